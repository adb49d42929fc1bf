// SPDX-License-Identifier: GPL-2.0-only
/*
 * native: the running kernel's notifier chains through its exported API. Only
 * what every notifier user touches (notifier_call, priority, the initialisers)
 * is touched here, so this builds before and after a change of the list.
 */
#include <linux/compiler.h>
#include <linux/notifier.h>
#include <linux/srcu.h>
#include "engine.h"

/* The features that Kbuild found in this kernel's headers. */
#ifdef NCB_HAVE_blocking_notifier_call_chain_reverse
#define NCB_HAS_REVERSE
#define blocking_reverse	blocking_notifier_call_chain_reverse
#endif
#define NCB_ENGINE	native
#include "engine_wrap.h"

#define raw_call		raw_notifier_call_chain
#define raw_robust		raw_notifier_call_chain_robust
#define raw_insert			raw_notifier_chain_register
#define raw_remove			raw_notifier_chain_unregister
#define blocking_call		blocking_notifier_call_chain
#define blocking_robust		blocking_notifier_call_chain_robust
#define blocking_insert		blocking_notifier_chain_register
#define blocking_remove		blocking_notifier_chain_unregister
#define blocking_insert_unique	blocking_notifier_chain_register_unique_prio
#define atomic_call		atomic_notifier_call_chain
#define atomic_insert		atomic_notifier_chain_register
#define atomic_remove		atomic_notifier_chain_unregister
#define atomic_insert_unique	atomic_notifier_chain_register_unique_prio
#define srcu_call		srcu_notifier_call_chain
#define srcu_insert		srcu_notifier_chain_register
#define srcu_remove		srcu_notifier_chain_unregister

static int native_raw_init(void *head)
{
	struct raw_notifier_head *h = head;

	RAW_INIT_NOTIFIER_HEAD(h);
	return 0;
}

static int native_blocking_init(void *head)
{
	struct blocking_notifier_head *h = head;

	BLOCKING_INIT_NOTIFIER_HEAD(h);
	return 0;
}

static int native_atomic_init(void *head)
{
	struct atomic_notifier_head *h = head;

	ATOMIC_INIT_NOTIFIER_HEAD(h);
	return 0;
}

static int native_srcu_init(void *head)
{
	srcu_init_notifier_head(head);
	return 0;
}

static void native_srcu_fini(void *head)
{
	struct srcu_notifier_head *h = head;

	srcu_cleanup_notifier_head(h);
}

static void native_nothing_fini(void *head)
{
}

static void native_node_init(void *node, notifier_fn_t fn, int priority)
{
	struct notifier_block *nb = node;

	*nb = (struct notifier_block) { .notifier_call = fn, .priority = priority };
}

#define NODE_T	struct notifier_block *

NCB_WRAP_CALL(raw, struct raw_notifier_head *)
NCB_WRAP_CALL(blocking, struct blocking_notifier_head *)
NCB_WRAP_CALL(atomic, struct atomic_notifier_head *)
NCB_WRAP_CALL(srcu, struct srcu_notifier_head *)
NCB_WRAP_ROBUST(raw, struct raw_notifier_head *)
NCB_WRAP_ROBUST(blocking, struct blocking_notifier_head *)
#ifdef NCB_HAS_REVERSE
NCB_WRAP_REVERSE(blocking, struct blocking_notifier_head *)
#endif
NCB_WRAP_CHANGE(raw, insert, struct raw_notifier_head *, NODE_T)
NCB_WRAP_CHANGE(raw, remove, struct raw_notifier_head *, NODE_T)
NCB_WRAP_CHANGE(blocking, insert, struct blocking_notifier_head *, NODE_T)
NCB_WRAP_CHANGE(blocking, remove, struct blocking_notifier_head *, NODE_T)
NCB_WRAP_CHANGE(atomic, insert, struct atomic_notifier_head *, NODE_T)
NCB_WRAP_CHANGE(srcu, insert, struct srcu_notifier_head *, NODE_T)
NCB_WRAP_PLAIN(atomic, remove, struct atomic_notifier_head *, NODE_T)
NCB_WRAP_PLAIN(srcu, remove, struct srcu_notifier_head *, NODE_T)
#ifdef NCB_HAVE_blocking_notifier_chain_register_unique_prio
NCB_WRAP_PLAIN(blocking, insert_unique, struct blocking_notifier_head *, NODE_T)
#else
#define blocking_insert_unique_plain NULL
#endif
#ifdef NCB_HAVE_atomic_notifier_chain_register_unique_prio
NCB_WRAP_PLAIN(atomic, insert_unique, struct atomic_notifier_head *, NODE_T)
#else
#define atomic_insert_unique_plain NULL
#endif

extern const struct ncb_impl native_impl_0;
const struct ncb_impl native_impl_0 = {
	.node_size = sizeof(struct notifier_block),
	.head_size = {
		sizeof(struct raw_notifier_head), sizeof(struct blocking_notifier_head),
		sizeof(struct atomic_notifier_head), sizeof(struct srcu_notifier_head),
	},
	/* Forward in mainline, reverse after the RFC: seen by the oracle, reported. */
	.rollback = NCB_FACT_ROLLBACK_FORWARD | NCB_FACT_ROLLBACK_REVERSE,
	.head_init = {
		native_raw_init, native_blocking_init, native_atomic_init, native_srcu_init,
	},
	.head_fini = {
		native_nothing_fini, native_nothing_fini, native_nothing_fini,
		native_srcu_fini,
	},
	.node_init = native_node_init,
	.add = { raw_insert_plain, blocking_insert_plain, atomic_insert_plain, srcu_insert_plain },
	.add_unique = {
		[NCB_BLOCKING] = blocking_insert_unique_plain,
		[NCB_ATOMIC] = atomic_insert_unique_plain,
	},
	.del = { raw_remove_plain, blocking_remove_plain, atomic_remove_plain, srcu_remove_plain },
	.call = NCB_LIST_OPS(once),
	.loop = NCB_LIST_OPS(loop),
	/* The kernel WARNs and is tainted: not done to somebody's machine. */
	.double_is_safe = false,
	.undo_by_rebuild = { [NCB_ATOMIC] = true, [NCB_SRCU] = true },
};
