/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SRCU_H
#define SHIM_LINUX_SRCU_H

#include <stdlib.h>
#include <linux/errno.h>
#include "shim.h"

/* @memory: so that a forgotten cleanup is a leak. */
struct srcu_struct {
	void *memory;
	int index;
};

/* Part of a kernel's chain head in some versions. */
struct srcu_usage {
	int nothing;
};

static inline int init_srcu_struct(struct srcu_struct *s)
{
	if (shim.srcu_fails)
		return -ENOMEM;
	*s = (struct srcu_struct) { .memory = malloc(1) };
	return 0;
}

static inline void cleanup_srcu_struct(struct srcu_struct *s)
{
	free(s->memory);
	s->memory = NULL;
}

static inline int srcu_read_lock(struct srcu_struct *s)
{
	if (!s->memory)
		shim_die("srcu_read_lock");
	shim_enter(SHIM_SRCU);
	return ++s->index;
}

static inline void srcu_read_unlock(struct srcu_struct *s, int index)
{
	if (!s->memory || index != s->index)
		shim_die("srcu_read_unlock");
	s->index--;
	shim_leave(SHIM_SRCU, "srcu_read_unlock");
}

static inline void synchronize_srcu(struct srcu_struct *s)
{
	if (!s->memory || shim_held())
		shim_die("synchronize_srcu");
	shim.grace_periods++;
}

#endif /* SHIM_LINUX_SRCU_H */
