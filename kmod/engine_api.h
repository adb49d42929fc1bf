/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The four chain types around a private list design, with their real locking.
 *
 * An engine file defines, for its block type struct NCB_NODE and its anchor
 * type NCB_ANCHOR,
 *
 *	list_init(anchor)
 *	list_is_empty(anchor)			what a blocking call looks at unlocked
 *	list_register(anchor, node, unique)
 *	list_unregister(anchor, node)
 *	list_call(anchor, val, data)
 *	list_call_srcu(anchor, val, data)
 *	list_robust(anchor, val, down, data)
 *	list_reverse(anchor, val, data)		and NCB_HAS_REVERSE, where it has one
 *
 * and NCB_ENGINE and NCB_ROLLBACK, then includes this file, which makes the
 * exported-style functions, the timed loops and the struct ncb_impl of it.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <engine_hooks.h>
#include "engine.h"

#ifndef NCB_CLONE
#define NCB_CLONE 0
#endif

struct raw_head {
	NCB_ANCHOR anchor;
};

struct blocking_head {
	struct rw_semaphore rwsem;
	NCB_ANCHOR anchor;
};

struct atomic_head {
	spinlock_t lock;
	NCB_ANCHOR anchor;
};

struct srcu_head {
	struct mutex mutex;
	struct srcu_struct srcu;
	NCB_ANCHOR anchor;
};

/* raw: no lock at all */

static int raw_head_init(void *head)
{
	struct raw_head *h = head;

	list_init(&h->anchor);
	return 0;
}

static NCB_API int raw_insert(struct raw_head *h, struct NCB_NODE *n)
{
	return list_register(&h->anchor, n, false);
}

static NCB_API int raw_remove(struct raw_head *h, struct NCB_NODE *n)
{
	return list_unregister(&h->anchor, n);
}

static NCB_API int raw_call(struct raw_head *h, unsigned long val, void *data)
{
	return list_call(&h->anchor, val, data);
}

static NCB_API int raw_robust(struct raw_head *h, unsigned long val, unsigned long down,
			      void *data)
{
	return list_robust(&h->anchor, val, down, data);
}

/* blocking: a rw_semaphore, and no lock where the chain looks empty */

static int blocking_head_init(void *head)
{
	struct blocking_head *h = head;

	init_rwsem(&h->rwsem);
	list_init(&h->anchor);
	return 0;
}

/*
 * The kernel has one walk for both ways to register on a blocking chain, and
 * its compiler leaves it one: it looks at @unique in every step. A walk of its
 * own for each call would be 2 instructions a block cheaper than native.
 */
static NCB_API int blocking_walk(NCB_ANCHOR *anchor, struct NCB_NODE *n, bool unique)
{
	return list_register(anchor, n, unique);
}

static int blocking_register(struct blocking_head *h, struct NCB_NODE *n, bool unique)
{
	int ret;

	if (unlikely(ncb_booting()))
		return blocking_walk(&h->anchor, n, unique);
	down_write(&h->rwsem);
	ret = blocking_walk(&h->anchor, n, unique);
	up_write(&h->rwsem);
	return ret;
}

static NCB_API int blocking_insert(struct blocking_head *h, struct NCB_NODE *n)
{
	return blocking_register(h, n, false);
}

static NCB_API int blocking_insert_unique(struct blocking_head *h, struct NCB_NODE *n)
{
	return blocking_register(h, n, true);
}

static NCB_API int blocking_remove(struct blocking_head *h, struct NCB_NODE *n)
{
	int ret;

	if (unlikely(ncb_booting()))
		return list_unregister(&h->anchor, n);
	down_write(&h->rwsem);
	ret = list_unregister(&h->anchor, n);
	up_write(&h->rwsem);
	return ret;
}

static NCB_API int blocking_call(struct blocking_head *h, unsigned long val, void *data)
{
	int ret = NOTIFY_DONE;

	if (!list_is_empty(&h->anchor)) {
		down_read(&h->rwsem);
		ret = list_call(&h->anchor, val, data);
		up_read(&h->rwsem);
	}
	return ret;
}

static NCB_API int blocking_robust(struct blocking_head *h, unsigned long val,
				   unsigned long down, void *data)
{
	int ret = NOTIFY_DONE;

	if (!list_is_empty(&h->anchor)) {
		down_read(&h->rwsem);
		ret = list_robust(&h->anchor, val, down, data);
		up_read(&h->rwsem);
	}
	return ret;
}

#ifdef NCB_HAS_REVERSE
static NCB_API int blocking_reverse(struct blocking_head *h, unsigned long val, void *data)
{
	int ret = NOTIFY_DONE;

	if (!list_is_empty(&h->anchor)) {
		down_read(&h->rwsem);
		ret = list_reverse(&h->anchor, val, data);
		up_read(&h->rwsem);
	}
	return ret;
}
#endif

/* atomic: a spinlock for changes, RCU for calls */

static int atomic_head_init(void *head)
{
	struct atomic_head *h = head;

	spin_lock_init(&h->lock);
	list_init(&h->anchor);
	return 0;
}

static __always_inline int atomic_change(struct atomic_head *h, struct NCB_NODE *n,
					 bool add, bool unique)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&h->lock, flags);
	ret = add ? list_register(&h->anchor, n, unique) : list_unregister(&h->anchor, n);
	spin_unlock_irqrestore(&h->lock, flags);
	return ret;
}

static NCB_API int atomic_insert(struct atomic_head *h, struct NCB_NODE *n)
{
	return atomic_change(h, n, true, false);
}

static NCB_API int atomic_insert_unique(struct atomic_head *h, struct NCB_NODE *n)
{
	return atomic_change(h, n, true, true);
}

/* Without the grace period of the real call: nobody else reads this chain. */
static NCB_API int atomic_remove(struct atomic_head *h, struct NCB_NODE *n)
{
	return atomic_change(h, n, false, false);
}

static NCB_API int atomic_call(struct atomic_head *h, unsigned long val, void *data)
{
	int ret;

	rcu_read_lock();
	ret = list_call(&h->anchor, val, data);
	rcu_read_unlock();
	return ret;
}

/* srcu: a mutex for changes, SRCU for calls */

static int srcu_head_init(void *head)
{
	struct srcu_head *h = head;

	mutex_init(&h->mutex);
	list_init(&h->anchor);
	return init_srcu_struct(&h->srcu);
}

static void srcu_head_fini(void *head)
{
	struct srcu_head *h = head;

	cleanup_srcu_struct(&h->srcu);
}

static __always_inline int srcu_change(struct srcu_head *h, struct NCB_NODE *n, bool add)
{
	int ret;

	if (unlikely(ncb_booting()))
		return add ? list_register(&h->anchor, n, false)
			   : list_unregister(&h->anchor, n);
	mutex_lock(&h->mutex);
	ret = add ? list_register(&h->anchor, n, false) : list_unregister(&h->anchor, n);
	mutex_unlock(&h->mutex);
	return ret;
}

static NCB_API int srcu_insert(struct srcu_head *h, struct NCB_NODE *n)
{
	return srcu_change(h, n, true);
}

/* Without the grace period of the real call: nobody else reads this chain. */
static NCB_API int srcu_remove(struct srcu_head *h, struct NCB_NODE *n)
{
	return srcu_change(h, n, false);
}

static NCB_API int srcu_call(struct srcu_head *h, unsigned long val, void *data)
{
	int idx, ret;

	idx = srcu_read_lock(&h->srcu);
	ret = list_call_srcu(&h->anchor, val, data);
	srcu_read_unlock(&h->srcu, idx);
	return ret;
}

#include "engine_wrap.h"

static void nothing_fini(void *head)
{
}

static void node_init(void *node, notifier_fn_t fn, int priority)
{
	struct NCB_NODE *n = node;

	n->notifier_call = fn;
	n->priority = priority;
}

NCB_WRAP_CALL(raw, struct raw_head *)
NCB_WRAP_CALL(blocking, struct blocking_head *)
NCB_WRAP_CALL(atomic, struct atomic_head *)
NCB_WRAP_CALL(srcu, struct srcu_head *)
NCB_WRAP_ROBUST(raw, struct raw_head *)
NCB_WRAP_ROBUST(blocking, struct blocking_head *)
#ifdef NCB_HAS_REVERSE
NCB_WRAP_REVERSE(blocking, struct blocking_head *)
#endif
NCB_WRAP_CHANGE(raw, insert, struct raw_head *, struct NCB_NODE *)
NCB_WRAP_CHANGE(raw, remove, struct raw_head *, struct NCB_NODE *)
NCB_WRAP_CHANGE(blocking, insert, struct blocking_head *, struct NCB_NODE *)
NCB_WRAP_CHANGE(blocking, remove, struct blocking_head *, struct NCB_NODE *)
NCB_WRAP_CHANGE(atomic, insert, struct atomic_head *, struct NCB_NODE *)
NCB_WRAP_CHANGE(srcu, insert, struct srcu_head *, struct NCB_NODE *)
NCB_WRAP_PLAIN(atomic, remove, struct atomic_head *, struct NCB_NODE *)
NCB_WRAP_PLAIN(srcu, remove, struct srcu_head *, struct NCB_NODE *)
NCB_WRAP_PLAIN(blocking, insert_unique, struct blocking_head *, struct NCB_NODE *)
NCB_WRAP_PLAIN(atomic, insert_unique, struct atomic_head *, struct NCB_NODE *)

#define NCB_IMPL	NCB_PASTE3(NCB_ENGINE, _impl_, NCB_CLONE)

extern const struct ncb_impl NCB_IMPL;
const struct ncb_impl NCB_IMPL = {
	.node_size = sizeof(struct NCB_NODE),
	.head_size = {
		sizeof(struct raw_head), sizeof(struct blocking_head),
		sizeof(struct atomic_head), sizeof(struct srcu_head),
	},
	.rollback = NCB_ROLLBACK,
	.head_init = { raw_head_init, blocking_head_init, atomic_head_init, srcu_head_init },
	.head_fini = { nothing_fini, nothing_fini, nothing_fini, srcu_head_fini },
	.node_init = node_init,
	.add = { raw_insert_plain, blocking_insert_plain, atomic_insert_plain, srcu_insert_plain },
	.add_unique = {
		[NCB_BLOCKING] = blocking_insert_unique_plain,
		[NCB_ATOMIC] = atomic_insert_unique_plain,
	},
	.del = { raw_remove_plain, blocking_remove_plain, atomic_remove_plain, srcu_remove_plain },
	.call = NCB_LIST_OPS(once),
	.loop = NCB_LIST_OPS(loop),
	.double_is_safe = true,
};
