/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RCULIST_H
#define SHIM_LINUX_RCULIST_H

#include <linux/list.h>

/* The lockdep condition is not looked at. */
#define list_for_each_entry_rcu(pos, head, member, ...) \
	shim_walk(pos, head, member, next, rcu_steps)

#endif /* SHIM_LINUX_RCULIST_H */
