/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

#include <linux/spinlock.h>
#include "shim.h"

struct mutex {
	struct shim_lock lock;
};

#define mutex_init(m)	(*(m) = (struct mutex) { .lock = { .ready = true } })
#define mutex_lock(m)	shim_take(&(m)->lock, SHIM_MUTEX, "mutex_lock")
#define mutex_unlock(m)	shim_drop(&(m)->lock, SHIM_MUTEX, "mutex_unlock")

#endif /* SHIM_LINUX_MUTEX_H */
