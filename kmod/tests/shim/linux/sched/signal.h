/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SCHED_SIGNAL_H
#define SHIM_LINUX_SCHED_SIGNAL_H

#include <stdbool.h>
#include <linux/sched.h>

bool shim_signal_pending(void);

#define signal_pending(task)	((void)(task), shim_signal_pending())

#endif /* SHIM_LINUX_SCHED_SIGNAL_H */
