/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <linux/compiler.h>
#include "shim.h"

typedef struct {
	struct shim_lock lock;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	{ .lock = { .ready = true } }
#define spin_lock_init(l)		(*(l) = (spinlock_t)__SPIN_LOCK_UNLOCKED())

#define spin_lock_irqsave(l, flags)			\
	do {						\
		(flags) = shim.irqs_off;		\
		shim.irqs_off = true;			\
		shim_take(&(l)->lock, SHIM_SPIN, "spin_lock_irqsave"); \
	} while (0)
#define spin_unlock_irqrestore(l, flags)		\
	do {						\
		shim_drop(&(l)->lock, SHIM_SPIN, "spin_unlock_irqrestore"); \
		shim.irqs_off = (flags);		\
	} while (0)

#endif /* SHIM_LINUX_SPINLOCK_H */
