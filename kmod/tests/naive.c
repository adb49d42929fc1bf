// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <linux/errno.h>
#include "engine.h"
#include "naive.h"

struct naive_node {
	notifier_fn_t fn;
	int priority;
};

struct naive_head {
	u32 count;
	struct naive_node *node[NCB_LENGTH_MAX + 2];
};

enum naive_fault naive_fault;

#define FAULTY(what)	(naive_fault == FAULT_##what)

static int naive_init(void *head)
{
	struct naive_head *h = head;

	h->count = 0;
	return 0;
}

static void naive_fini(void *head)
{
}

static void naive_node_init(void *node, notifier_fn_t fn, int priority)
{
	struct naive_node *n = node;

	n->fn = fn;
	n->priority = priority;
}

static u32 find(const struct naive_head *h, const struct naive_node *n)
{
	u32 i;

	for (i = 0; i < h->count && h->node[i] != n; i++)
		;
	return i;
}

static void insert(struct naive_head *h, u32 at, struct naive_node *n)
{
	memmove(&h->node[at + 1], &h->node[at], (h->count - at) * sizeof(*h->node));
	h->node[at] = n;
	h->count++;
}

static void drop(struct naive_head *h, u32 at)
{
	h->count--;
	memmove(&h->node[at], &h->node[at + 1], (h->count - at) * sizeof(*h->node));
}

static int add(struct naive_head *h, struct naive_node *n, bool unique)
{
	u32 at, equal = 0, self = find(h, n);

	if (h->count == NCB_LENGTH_MAX + 2)
		return -ENOSPC;
	for (at = 0; at < h->count; at++)
		if (FAULTY(EQUAL_FIRST) ? h->node[at]->priority <= n->priority :
					  h->node[at]->priority < n->priority)
			break;
	while (unique && equal < h->count && h->node[equal]->priority != n->priority)
		equal++;
	if (unique && equal < h->count && equal != self) {
		if (FAULTY(EBUSY_ADDS) || FAULTY(EBUSY_ZERO))
			insert(h, at, n);
		return FAULTY(EBUSY_ZERO) ? 0 : FAULTY(EBUSY_OTHER) ? -EEXIST : -EBUSY;
	}
	if (self < h->count && !FAULTY(EEXIST_TWICE)) {
		if (FAULTY(EEXIST_REMOVES))
			drop(h, self);
		return FAULTY(EEXIST_ZERO) ? 0 : FAULTY(EEXIST_OTHER) ? -EBUSY : -EEXIST;
	}
	if (FAULTY(ADD_LAST))
		at = h->count;
	if (!FAULTY(ADD_NOT))
		insert(h, at, n);
	if (FAULTY(ADD_LOSES) && h->count > 1)
		h->count--;
	return FAULTY(ADD_ERROR) ? -EINVAL : 0;
}

static int naive_add(void *head, void *node)
{
	return add(head, node, false);
}

static int naive_add_unique(void *head, void *node)
{
	return add(head, node, true);
}

static int naive_del(void *head, void *node)
{
	struct naive_head *h = head;
	u32 at = find(h, node);

	if (at == h->count)
		return FAULTY(ENOENT_ZERO) ? 0 : FAULTY(ENOENT_OTHER) ? -EINVAL : -ENOENT;
	if (FAULTY(DEL_REST))
		h->count = at;
	else if (!FAULTY(DEL_NOT))
		drop(h, FAULTY(DEL_OTHER) ? 0 : at);
	return FAULTY(DEL_ERROR) ? -EINVAL : 0;
}

/* Blocks @first, @first + @step ... @count of them; @called: how many it took. */
static int walk(struct naive_head *h, int first, int step, int count, unsigned long val,
		void *data, int *called)
{
	int i, at, ret = NOTIFY_DONE;

	for (i = 0; i < count; i++) {
		at = first + i * step;
		if (FAULTY(SWAP) && count > 1 && i >= count - 2)
			at = first + (2 * count - 3 - i) * step;
		if ((FAULTY(DROP_FIRST) && !i) || (FAULTY(DROP_LAST) && i == count - 1))
			continue;
		ret = h->node[at]->fn((struct notifier_block *)h->node[at],
				      FAULTY(EVENT) ? !val : val, data);
		if (FAULTY(TWICE) && i == count - 1)
			h->node[at]->fn((struct notifier_block *)h->node[at], val, data);
		if (called)
			++*called;
		if (!(ret & NOTIFY_STOP_MASK))
			continue;
		if ((FAULTY(NO_STOP) || FAULTY(STOP_LATE)) && i + 1 < count)
			walk(h, at + step, step, FAULTY(NO_STOP) ? count - i - 1 : 1, val, data,
			     NULL);
		break;
	}
	if (FAULTY(RETURN_DONE))
		return NOTIFY_DONE;
	if (FAULTY(RETURN_SUM) && !(ret & NOTIFY_STOP_MASK))
		return ret + count;
	return FAULTY(STOP_LOST) ? ret & NOTIFY_OK : ret;
}

static int naive_call_once(struct ncb_site *site)
{
	struct naive_head *h = site->head;

	if (!h->count)
		return FAULTY(EMPTY_OK) ? NOTIFY_OK : NOTIFY_DONE;
	return walk(h, 0, 1, h->count, site->val, site->data, NULL);
}

static int naive_reverse_once(struct ncb_site *site)
{
	struct naive_head *h = site->head;

	if (FAULTY(REVERSE_FORWARD))
		return naive_call_once(site);
	return walk(h, h->count - 1, -1, h->count, site->val, site->data, NULL);
}

/* Undoes in reverse order. */
static int naive_robust_once(struct ncb_site *site)
{
	struct naive_head *h = site->head;
	unsigned long down = FAULTY(ROLLBACK_UP) ? site->val : site->down;
	int called = 0, first, count, step = -1, undone;
	int ret = walk(h, 0, 1, h->count, site->val, site->data, &called);

	if (FAULTY(ROLLBACK_ALWAYS) && !(ret & NOTIFY_STOP_MASK))
		called++;
	else if (!(ret & NOTIFY_STOP_MASK) || FAULTY(NO_ROLLBACK))
		return ret;
	count = called - 1;
	first = count - 1;
	if (FAULTY(ROLLBACK_FORWARD)) {
		first = 0;
		step = 1;
	} else if (FAULTY(ROLLBACK_SHIFTED)) {
		first++;
	} else if (FAULTY(ROLLBACK_SELF)) {
		first++;
		count++;
	} else if (FAULTY(ROLLBACK_BEHIND) && called < (int)h->count) {
		first += 2;
		count += 2;
	} else if (FAULTY(ROLLBACK_SHORT)) {
		count--;
	} else if (FAULTY(ROLLBACK_MIXED)) {
		naive_fault = FAULT_SWAP;
		undone = walk(h, first, step, count, down, site->data, NULL);
		naive_fault = FAULT_ROLLBACK_MIXED;
		return ret;
	}
	undone = walk(h, first, step, count, down, site->data, NULL);
	return FAULTY(ROLLBACK_RETURN) ? undone : ret;
}

static int naive_register_once(struct ncb_site *site)
{
	return naive_add(site->head, site->node);
}

static int naive_unregister_once(struct ncb_site *site)
{
	return naive_del(site->head, site->node);
}

#define LOOP(op)							\
static void naive_##op##_loop(struct ncb_site *site, unsigned int n)	\
{									\
	while (n--)							\
		naive_##op##_once(site);				\
}
LOOP(call)
LOOP(reverse)
LOOP(robust)
LOOP(register)
LOOP(unregister)

#define EACH_TYPE(...)	{ __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__ }
#define OPS(s)								\
	{								\
		[NCB_CALL] = naive_call_##s,				\
		[NCB_REVERSE] = naive_reverse_##s,			\
		[NCB_ROBUST] = naive_robust_##s,			\
		[NCB_REGISTER] = naive_register_##s,			\
		[NCB_UNREGISTER] = naive_unregister_##s,		\
		[NCB_EMPTY] = naive_call_##s,				\
	}

extern const struct ncb_impl native_impl_0;
const struct ncb_impl native_impl_0 = {
	.node_size = sizeof(struct naive_node),
	.head_size = EACH_TYPE(sizeof(struct naive_head)),
	.rollback = NCB_FACT_ROLLBACK_REVERSE,
	.head_init = EACH_TYPE(naive_init),
	.head_fini = EACH_TYPE(naive_fini),
	.node_init = naive_node_init,
	.add = EACH_TYPE(naive_add),
	.add_unique = { [NCB_BLOCKING] = naive_add_unique, [NCB_ATOMIC] = naive_add_unique },
	.del = EACH_TYPE(naive_del),
	.call = EACH_TYPE(OPS(once)),
	.loop = EACH_TYPE(OPS(loop)),
	.double_is_safe = true,
};
