/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_STAT_H
#define SHIM_LINUX_KERNEL_STAT_H

#include <linux/types.h>

/* A process does not see the interrupts of its CPU. */
struct kernel_stat {
	u64 irqs_sum;
};

static const struct kernel_stat kstat;

#endif /* SHIM_LINUX_KERNEL_STAT_H */
