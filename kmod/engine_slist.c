// SPDX-License-Identifier: GPL-2.0-only
/*
 * slist: mainline's design. A block has one link; a change walks a pointer to
 * the link that will change; a call loads the next link before it calls, so a
 * raw callback may unregister itself and the next block is fetched early.
 * Rollback calls the first nr - 1 blocks again, forward.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <asm/barrier.h>
#include <engine_hooks.h>
#include "engine.h"

struct slist_node {
	notifier_fn_t notifier_call;
	struct slist_node *next;
	int priority;
};

#define NCB_ENGINE	slist
#define NCB_NODE	slist_node
#define NCB_ANCHOR	struct slist_node *
#define NCB_ROLLBACK	NCB_FACT_ROLLBACK_FORWARD

static inline void list_init(struct slist_node **anchor)
{
	*anchor = NULL;
}

static inline bool list_is_empty(struct slist_node **anchor)
{
	return !READ_ONCE(*anchor);
}

static int list_register(struct slist_node **link, struct slist_node *n, bool unique)
{
	struct slist_node *cur;

	for (cur = *link; cur; link = &cur->next, cur = *link) {
		if (unlikely(cur == n)) {
			ncb_registered_twice(n);
			return -EEXIST;
		}
		if (n->priority > cur->priority)
			break;
		if (unique && n->priority == cur->priority)
			return -EBUSY;
	}
	n->next = cur;
	smp_store_release(link, n);
	ncb_trace(n->notifier_call);
	return 0;
}

static int list_unregister(struct slist_node **link, struct slist_node *n)
{
	struct slist_node *cur;

	for (cur = *link; cur; link = &cur->next, cur = *link) {
		if (cur == n) {
			smp_store_release(link, n->next);
			ncb_trace(n->notifier_call);
			return 0;
		}
	}
	return -ENOENT;
}

/* Up to @limit blocks (-1: all); how many were called goes to @called. */
static int list_walk(struct slist_node **anchor, unsigned long val, void *data,
			      int limit, int *called)
{
	struct slist_node *cur = READ_ONCE(*anchor), *next;
	int ret = NOTIFY_DONE;

	for (; cur && limit; cur = next, limit--) {
		next = READ_ONCE(cur->next);
		ncb_trace(cur->notifier_call);
		ret = cur->notifier_call((struct notifier_block *)cur, val, data);
		if (called)
			++*called;
		if (ret & NOTIFY_STOP_MASK)
			break;
	}
	return ret;
}

static inline int list_call(struct slist_node **anchor, unsigned long val, void *data)
{
	return list_walk(anchor, val, data, -1, NULL);
}

#define list_call_srcu list_call

static inline int list_robust(struct slist_node **anchor, unsigned long val,
			      unsigned long down, void *data)
{
	int called = 0;
	int ret = list_walk(anchor, val, data, -1, &called);

	if (ret & NOTIFY_STOP_MASK)
		list_walk(anchor, down, data, called - 1, NULL);
	return ret;
}

#include "engine_api.h"
