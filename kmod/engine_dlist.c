// SPDX-License-Identifier: GPL-2.0-only
/*
 * dlist: the design of the April 2026 RFC, with what the posted code does and
 * a benchmark can show: the next link is read after the callback; a limited
 * walk admits one call more than asked; rollback starts at the tail and skips
 * until it meets the block that failed; only srcu chains are walked with the
 * RCU iterator; a change still searches from the head; removal poisons.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/rculist.h>
#include <engine_hooks.h>
#include "engine.h"

struct dlist_node {
	notifier_fn_t notifier_call;
	struct list_head entry;
	int priority;
};

#define NCB_ENGINE	dlist
#define NCB_NODE	dlist_node
#define NCB_ANCHOR	struct list_head
#define NCB_ROLLBACK	NCB_FACT_ROLLBACK_REVERSE
#define NCB_HAS_REVERSE

static inline void list_init(struct list_head *anchor)
{
	INIT_LIST_HEAD(anchor);
}

#define list_is_empty	list_empty

static int list_register(struct list_head *anchor, struct dlist_node *n, bool unique)
{
	struct dlist_node *cur;

	list_for_each_entry(cur, anchor, entry) {
		if (unlikely(cur == n)) {
			ncb_registered_twice(n);
			return -EEXIST;
		}
		if (n->priority > cur->priority)
			break;
		if (unique && n->priority == cur->priority)
			return -EBUSY;
	}
	/* Before the block that ended the walk, which is the anchor at the end. */
	list_add_tail(&n->entry, &cur->entry);
	ncb_trace(n->notifier_call);
	return 0;
}

static int list_unregister(struct list_head *anchor, struct dlist_node *n)
{
	struct dlist_node *cur;

	list_for_each_entry(cur, anchor, entry) {
		if (cur == n) {
			list_del(&n->entry);
			ncb_trace(n->notifier_call);
			return 0;
		}
	}
	return -ENOENT;
}

/* One block of a walk; true where the walk is to end here. */
static __always_inline bool visit(struct dlist_node *cur, unsigned long val, void *data,
				  int *limit, int *called, struct dlist_node **last, int *ret)
{
	ncb_trace(cur->notifier_call);
	*ret = cur->notifier_call((struct notifier_block *)cur, val, data);
	if (called)
		++*called;
	if (*ret & NOTIFY_STOP_MASK) {
		if (last)
			*last = cur;
		return true;
	}
	return (*limit)-- == 0;
}

static int walk(struct list_head *anchor, unsigned long val, void *data,
			 int limit, int *called, struct dlist_node **last)
{
	struct dlist_node *cur;
	int ret = NOTIFY_DONE;

	list_for_each_entry(cur, anchor, entry)
		if (visit(cur, val, data, &limit, called, last, &ret))
			break;
	return ret;
}

static int walk_rcu(struct list_head *anchor, unsigned long val, void *data,
			     int limit, int *called, struct dlist_node **last)
{
	struct dlist_node *cur;
	int ret = NOTIFY_DONE;

	list_for_each_entry_rcu(cur, anchor, entry, true)
		if (visit(cur, val, data, &limit, called, last, &ret))
			break;
	return ret;
}

/* Backwards; with @behind, only the blocks before it in the list are called. */
static int walk_reverse(struct list_head *anchor, unsigned long val, void *data,
				 int limit, struct dlist_node *behind)
{
	struct dlist_node *cur;
	bool skip = behind;
	int ret = NOTIFY_DONE;

	list_for_each_entry_reverse(cur, anchor, entry) {
		if (skip) {
			skip = cur != behind;
			continue;
		}
		if (visit(cur, val, data, &limit, NULL, NULL, &ret))
			break;
	}
	return ret;
}

static inline int list_call(struct list_head *anchor, unsigned long val, void *data)
{
	return walk(anchor, val, data, -1, NULL, NULL);
}

static inline int list_call_srcu(struct list_head *anchor, unsigned long val, void *data)
{
	return walk_rcu(anchor, val, data, -1, NULL, NULL);
}

static inline int list_reverse(struct list_head *anchor, unsigned long val, void *data)
{
	return walk_reverse(anchor, val, data, -1, NULL);
}

static inline int list_robust(struct list_head *anchor, unsigned long val,
			      unsigned long down, void *data)
{
	struct dlist_node *last = NULL;
	int called = 0;
	int ret = walk(anchor, val, data, -1, &called, &last);

	if (ret & NOTIFY_STOP_MASK)
		walk_reverse(anchor, down, data, called - 1, last);
	return ret;
}

#include "engine_api.h"
