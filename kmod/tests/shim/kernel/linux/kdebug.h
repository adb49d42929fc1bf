/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KDEBUG_H
#define SHIM_LINUX_KDEBUG_H

/* As much as notify_die() needs to compile; nobody calls it here. */
#include <linux/kernel.h>

struct pt_regs;
enum die_val { DIE_NOTHING };

struct die_args {
	struct pt_regs *regs;
	const char *str;
	long err;
	int trapnr;
	int signr;
};

#endif /* SHIM_LINUX_KDEBUG_H */
