/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's own notifier code does besides walking a list, for the
 * private engines to do as well. kmod/tests/shim has the userspace twin.
 */
#ifndef NCB_ENGINE_HOOKS_H
#define NCB_ENGINE_HOOKS_H

#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/notifier.h>

#ifdef NCB_HAVE_TRACEPOINT
/* Stands for the static branch of the notifier tracepoints; never switched on. */
DECLARE_STATIC_KEY_FALSE(ncb_trace_key);
void ncb_trace_hit(void *fn);

static __always_inline void ncb_trace(notifier_fn_t fn)
{
	if (static_branch_unlikely(&ncb_trace_key))
		ncb_trace_hit((void *)fn);
}
#else
static __always_inline void ncb_trace(notifier_fn_t fn)
{
}
#endif

static __always_inline bool ncb_booting(void)
{
	return system_state == SYSTEM_BOOTING;
}

/* Where the kernel WARNs about a second registration: out of line, silent. */
void ncb_registered_twice(const void *node);

#endif /* NCB_ENGINE_HOOKS_H */
