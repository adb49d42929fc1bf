// SPDX-License-Identifier: GPL-2.0-only
/*
 * The running kernel's notifier chains, through its exported API only. Nothing of a
 * block or a head is touched but what every user touches, so this builds before and
 * after a change of the list.
 */
#include <linux/build_bug.h>
#include <linux/notifier.h>
#include <linux/srcu.h>
#include "scene.h"

static void make_block(void *block, notifier_fn_t fn, int priority)
{
	struct notifier_block *nb = block;

	BUILD_BUG_ON(sizeof(*nb) > SCENE_BLOCK_SIZE);
	*nb = (struct notifier_block) { .notifier_call = fn, .priority = priority };
}

static void api_raw_init(void *head)
{
	struct raw_notifier_head *h = head;

	RAW_INIT_NOTIFIER_HEAD(h);
}

static void api_blocking_init(void *head)
{
	struct blocking_notifier_head *h = head;

	BLOCKING_INIT_NOTIFIER_HEAD(h);
}

static void api_atomic_init(void *head)
{
	struct atomic_notifier_head *h = head;

	ATOMIC_INIT_NOTIFIER_HEAD(h);
}

static void api_srcu_init(void *head)
{
	srcu_init_notifier_head(head);
}

static void api_nothing_fini(void *head)
{
}

static void api_srcu_fini(void *head)
{
	struct srcu_notifier_head *h = head;

	srcu_cleanup_notifier_head(h);
}

#define CHANGE(name, function)						\
	static int name(void *head, void *block)			\
	{								\
		return function(head, block);				\
	}
#define CALL(name, function)						\
	static int name(void *head, unsigned long event, void *data)	\
	{								\
		return function(head, event, data);			\
	}
#define ROBUST(name, function)						\
	static int name(void *head, unsigned long up, unsigned long down, void *data) \
	{								\
		return function(head, up, down, data);			\
	}

CHANGE(api_raw_add, raw_notifier_chain_register)
CHANGE(api_raw_del, raw_notifier_chain_unregister)
CALL(api_raw_call, raw_notifier_call_chain)
ROBUST(api_raw_robust, raw_notifier_call_chain_robust)

CHANGE(api_blocking_add, blocking_notifier_chain_register)
CHANGE(api_blocking_del, blocking_notifier_chain_unregister)
CALL(api_blocking_call, blocking_notifier_call_chain)
ROBUST(api_blocking_robust, blocking_notifier_call_chain_robust)

CHANGE(api_atomic_add, atomic_notifier_chain_register)
CHANGE(api_atomic_del, atomic_notifier_chain_unregister)
CALL(api_atomic_call, atomic_notifier_call_chain)

CHANGE(api_srcu_add, srcu_notifier_chain_register)
CHANGE(api_srcu_del, srcu_notifier_chain_unregister)
CALL(api_srcu_call, srcu_notifier_call_chain)

/* What Kbuild found in this kernel's headers. */
#ifdef NCB_HAVE_blocking_notifier_chain_register_unique_prio
CHANGE(api_blocking_add_unique, blocking_notifier_chain_register_unique_prio)
#else
#define api_blocking_add_unique NULL
#endif
#ifdef NCB_HAVE_atomic_notifier_chain_register_unique_prio
CHANGE(api_atomic_add_unique, atomic_notifier_chain_register_unique_prio)
#else
#define api_atomic_add_unique NULL
#endif
#ifdef NCB_HAVE_blocking_notifier_call_chain_reverse
CALL(api_blocking_reverse, blocking_notifier_call_chain_reverse)
#else
#define api_blocking_reverse NULL
#endif

const struct scene_api scene_kernel_api[NCB_BEHAVIOUR_TYPES] = {
	[NCB_BEHAVIOUR_RAW] = {
		.head_size = sizeof(struct raw_notifier_head),
		.init = api_raw_init, .fini = api_nothing_fini, .block = make_block,
		.add = api_raw_add, .del = api_raw_del,
		.call = api_raw_call, .robust = api_raw_robust,
	},
	[NCB_BEHAVIOUR_BLOCKING] = {
		.head_size = sizeof(struct blocking_notifier_head),
		.init = api_blocking_init, .fini = api_nothing_fini, .block = make_block,
		.add = api_blocking_add, .add_unique = api_blocking_add_unique, .del = api_blocking_del,
		.call = api_blocking_call, .robust = api_blocking_robust, .reverse = api_blocking_reverse,
	},
	[NCB_BEHAVIOUR_ATOMIC] = {
		.head_size = sizeof(struct atomic_notifier_head),
		.init = api_atomic_init, .fini = api_nothing_fini, .block = make_block,
		.add = api_atomic_add, .add_unique = api_atomic_add_unique, .del = api_atomic_del,
		.call = api_atomic_call,
	},
	[NCB_BEHAVIOUR_SRCU] = {
		.head_size = sizeof(struct srcu_notifier_head),
		.init = api_srcu_init, .fini = api_srcu_fini, .block = make_block,
		.add = api_srcu_add, .del = api_srcu_del,
		.call = api_srcu_call,
	},
};
