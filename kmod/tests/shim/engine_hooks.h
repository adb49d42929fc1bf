/* SPDX-License-Identifier: GPL-2.0-only */
/* Userspace twin of kmod/engine_hooks.h: counts what that one leaves to the kernel. */
#ifndef NCB_ENGINE_HOOKS_H
#define NCB_ENGINE_HOOKS_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <shim.h>

static inline void ncb_trace(notifier_fn_t fn)
{
	shim_trace();
}

static inline bool ncb_booting(void)
{
	return system_state == SYSTEM_BOOTING;
}

static inline void ncb_registered_twice(const void *node)
{
	shim.twice++;
}

#endif /* NCB_ENGINE_HOOKS_H */
