/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include "shim.h"

#define rcu_read_lock()		shim_enter(SHIM_RCU)
#define rcu_read_unlock()	shim_leave(SHIM_RCU, "rcu_read_unlock")

#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)

#define rcu_is_watching()		true
#define RCU_LOCKDEP_WARN(c, text)	WARN(c, text)

/* Nobody may hold anything while it waits. */
static inline void synchronize_rcu(void)
{
	if (shim_held())
		shim_die("synchronize_rcu");
	shim.grace_periods++;
}

#endif /* SHIM_LINUX_RCUPDATE_H */
