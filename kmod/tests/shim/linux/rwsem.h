/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RWSEM_H
#define SHIM_LINUX_RWSEM_H

#include "shim.h"

struct rw_semaphore {
	struct shim_lock lock;
};

#define __RWSEM_INITIALIZER(name)	{ .lock = { .ready = true } }
#define init_rwsem(s)			(*(s) = (struct rw_semaphore)__RWSEM_INITIALIZER())

#define down_read(s)	shim_take(&(s)->lock, SHIM_RWSEM_READ, "down_read")
#define up_read(s)	shim_drop(&(s)->lock, SHIM_RWSEM_READ, "up_read")
#define down_write(s)	shim_take(&(s)->lock, SHIM_RWSEM_WRITE, "down_write")
#define up_write(s)	shim_drop(&(s)->lock, SHIM_RWSEM_WRITE, "up_write")

#endif /* SHIM_LINUX_RWSEM_H */
