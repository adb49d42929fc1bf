// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct: the calls written into the code, in order, as mainline does for
 * ftrace and livepatch since 2016. No list, no lock: the floor for every chain
 * type. Undoing is a run of gotos into the calls in reverse order.
 *
 * Hard-coded means that each length is code of its own: 1, 2, 4 ... 64 calls in
 * a row, and multiples of 64 as runs of 64.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include "callbacks.h"

#define RUN_MAX		64

/* Only its address counts; as far apart as blocks of a list are. */
struct direct_node {
	notifier_fn_t notifier_call;
	void *unused[3];
};

struct direct_head {
	struct notifier_block *node[NCB_LENGTH_MAX];	/* filled from the end */
	u32 count;
	u32 shape;
};

/* The last n callbacks, forward and backward. */
#define FWD_1(M)	M(77)
#define FWD_2(M)	M(76) M(77)
#define FWD_4(M)	M(74) M(75) M(76) M(77)
#define FWD_8(M)	NCB_FOR_8(M, 7)
#define FWD_16(M)	NCB_FOR_8(M, 6) FWD_8(M)
#define FWD_32(M)	NCB_FOR_8(M, 4) NCB_FOR_8(M, 5) FWD_16(M)
#define FWD_64(M)	NCB_FOR_64(M)
#define BWD_R8(M, a)	M(a##7) M(a##6) M(a##5) M(a##4) M(a##3) M(a##2) M(a##1) M(a##0)
#define BWD_1(M)	M(77)
#define BWD_2(M)	M(77) M(76)
#define BWD_4(M)	M(77) M(76) M(75) M(74)
#define BWD_8(M)	BWD_R8(M, 7)
#define BWD_16(M)	BWD_8(M) BWD_R8(M, 6)
#define BWD_32(M)	BWD_16(M) BWD_R8(M, 5) BWD_R8(M, 4)
#define BWD_64(M)	BWD_32(M) BWD_R8(M, 3) BWD_R8(M, 2) BWD_R8(M, 1) BWD_R8(M, 0)

#define ONE_FN(k)	ncb_cb_00
#define DISTINCT_FN(k)	ncb_cb_##k
#define RECORD_FN(k)	ncb_cb_record

#define STEP(FN, k)							\
	ret = FN(k)(p[0##k], val, data);				\
	if (ret & NOTIFY_STOP_MASK)					\
		return ret;
#define STEP_OR_UNDO(FN, k)						\
	ret = FN(k)(p[0##k], val, data);				\
	if (ret & NOTIFY_STOP_MASK)					\
		goto undo_##k;
#define UNDO(FN, k)							\
	FN(k)(p[0##k], down, data);					\
undo_##k: ;

#define ONE_STEP(k)		STEP(ONE_FN, k)
#define DISTINCT_STEP(k)	STEP(DISTINCT_FN, k)
#define RECORD_STEP(k)		STEP(RECORD_FN, k)
#define ONE_OR_UNDO(k)		STEP_OR_UNDO(ONE_FN, k)
#define DISTINCT_OR_UNDO(k)	STEP_OR_UNDO(DISTINCT_FN, k)
#define RECORD_OR_UNDO(k)	STEP_OR_UNDO(RECORD_FN, k)
#define ONE_UNDO(k)		UNDO(ONE_FN, k)
#define DISTINCT_UNDO(k)	UNDO(DISTINCT_FN, k)
#define RECORD_UNDO(k)		UNDO(RECORD_FN, k)

/* p[0##k] is the block of the k-th (octal) of 64 callbacks. */
#define RUN(F, n)							\
static NCB_API int F##_call_##n(struct notifier_block **p, unsigned long val, void *data) \
{									\
	int ret;							\
									\
	FWD_##n(F##_STEP)						\
	return ret;							\
}									\
static NCB_API int F##_reverse_##n(struct notifier_block **p, unsigned long val, void *data) \
{									\
	int ret;							\
									\
	BWD_##n(F##_STEP)						\
	return ret;							\
}									\
static NCB_API int F##_robust_##n(struct notifier_block **p, unsigned long val,	\
				  unsigned long down, void *data)	\
{									\
	int ret;							\
									\
	FWD_##n(F##_OR_UNDO)						\
	return ret;							\
	BWD_##n(F##_UNDO)						\
	return ret;							\
}

/* Runs of 64, for the longer chains. */
#define RUN_MANY(F)							\
static NCB_API int F##_call_many(struct direct_head *h, unsigned long val, void *data)	\
{									\
	struct notifier_block **p = h->node + NCB_LENGTH_MAX - h->count;	\
	int ret = NOTIFY_DONE;						\
									\
	for (; p < h->node + NCB_LENGTH_MAX; p += RUN_MAX) {		\
		ret = F##_call_64(p, val, data);			\
		if (ret & NOTIFY_STOP_MASK)				\
			break;						\
	}								\
	return ret;							\
}									\
static NCB_API int F##_reverse_many(struct direct_head *h, unsigned long val, void *data)	\
{									\
	struct notifier_block **p = h->node + NCB_LENGTH_MAX;		\
	int ret = NOTIFY_DONE;						\
									\
	while (p > h->node + NCB_LENGTH_MAX - h->count) {		\
		p -= RUN_MAX;						\
		ret = F##_reverse_64(p, val, data);			\
		if (ret & NOTIFY_STOP_MASK)				\
			break;						\
	}								\
	return ret;							\
}									\
static NCB_API int F##_robust_many(struct direct_head *h, unsigned long val,	\
				   unsigned long down, void *data)	\
{									\
	struct notifier_block **first = h->node + NCB_LENGTH_MAX - h->count, **p = first;	\
	int ret = NOTIFY_DONE;						\
									\
	for (; p < h->node + NCB_LENGTH_MAX; p += RUN_MAX) {		\
		ret = F##_robust_64(p, val, down, data);		\
		if (!(ret & NOTIFY_STOP_MASK))				\
			continue;					\
		while (p > first) {					\
			p -= RUN_MAX;					\
			F##_reverse_64(p, down, data);			\
		}							\
		break;							\
	}								\
	return ret;							\
}

#define RUNS(F)	RUN(F, 1) RUN(F, 2) RUN(F, 4) RUN(F, 8) RUN(F, 16) RUN(F, 32) RUN(F, 64) \
		RUN_MANY(F)
RUNS(ONE)
RUNS(DISTINCT)
RUNS(RECORD)

/* Which run a chain needs: its callbacks, and the place of its length here. */
static const u32 lengths[] = { 1, 2, 4, 8, 16, 32, 64, 0 /* many */ };
#define SHAPE(flavour, i)	((flavour) * 8 + (i))

#define LAST64		(h->node + NCB_LENGTH_MAX - RUN_MAX)
#define CASES(F, flavour, op, DO, ...)					\
	case SHAPE(flavour, 0): DO(F##_##op##_1(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 1): DO(F##_##op##_2(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 2): DO(F##_##op##_4(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 3): DO(F##_##op##_8(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 4): DO(F##_##op##_16(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 5): DO(F##_##op##_32(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 6): DO(F##_##op##_64(LAST64, __VA_ARGS__));	\
	case SHAPE(flavour, 7): DO(F##_##op##_many(h, __VA_ARGS__));

#define ONCE_DO(expr)	return expr
#define LOOP_DO(expr)	while (n--) expr; break

#define DIRECT_OP(op, ...)						\
static int direct_##op##_once(struct ncb_site *site)			\
{									\
	struct direct_head *h = site->head;				\
									\
	switch (h->shape) {						\
	CASES(ONE, NCB_FLAVOUR_ONE, op, ONCE_DO, __VA_ARGS__)		\
	CASES(DISTINCT, NCB_FLAVOUR_DISTINCT, op, ONCE_DO, __VA_ARGS__)	\
	CASES(RECORD, NCB_FLAVOUR_RECORD, op, ONCE_DO, __VA_ARGS__)	\
	}								\
	return NOTIFY_DONE;						\
}									\
static void direct_##op##_loop(struct ncb_site *site, unsigned int n)	\
{									\
	struct direct_head *h = site->head;				\
									\
	switch (h->shape) {						\
	CASES(ONE, NCB_FLAVOUR_ONE, op, LOOP_DO, __VA_ARGS__)		\
	CASES(DISTINCT, NCB_FLAVOUR_DISTINCT, op, LOOP_DO, __VA_ARGS__)	\
	}								\
}

DIRECT_OP(call, site->val, site->data)
DIRECT_OP(reverse, site->val, site->data)
DIRECT_OP(robust, site->val, site->down, site->data)

static int direct_init(void *head)
{
	struct direct_head *h = head;

	h->count = 0;
	h->shape = 0;
	return 0;
}

static void direct_fini(void *head)
{
}

static void direct_node_init(void *node, notifier_fn_t fn, int priority)
{
	struct direct_node *n = node;

	n->notifier_call = fn;
}

/* Blocks come last first, as on every chain of the benchmark. */
static int direct_add(void *head, void *node)
{
	struct direct_head *h = head;
	const struct direct_node *last;
	u32 flavour, i;

	if (h->count == NCB_LENGTH_MAX)
		return -ENOSPC;
	h->node[NCB_LENGTH_MAX - ++h->count] = node;
	last = (const struct direct_node *)h->node[NCB_LENGTH_MAX - 1];
	for (flavour = 0; flavour < NCB_FLAVOURS; flavour++)
		if (ncb_callback(flavour, 0, 1) == last->notifier_call)
			break;
	for (i = 0; lengths[i] && lengths[i] != h->count; i++)
		;
	h->shape = SHAPE(flavour, i);
	return 0;
}

static const char *direct_refuses(u32 length)
{
	u32 i;

	for (i = 0; lengths[i]; i++)
		if (lengths[i] == length)
			return NULL;
	return length % RUN_MAX ?
		"hard-coded for lengths 1, 2, 4 ... 64 and multiples of 64" : NULL;
}

static int direct_del(void *head, void *node)
{
	return -EOPNOTSUPP;
}

#define EACH_TYPE(x)	{ x, x, x, x }
#define OPS(s)		{ [NCB_CALL] = direct_call_##s, [NCB_REVERSE] = direct_reverse_##s, \
			  [NCB_ROBUST] = direct_robust_##s }
#define ALL_OPS(s)	{ OPS(s), OPS(s), OPS(s), OPS(s) }

extern const struct ncb_impl direct_impl_0;
const struct ncb_impl direct_impl_0 = {
	.node_size = sizeof(struct direct_node),
	.head_size = EACH_TYPE(sizeof(struct direct_head)),
	.rollback = NCB_FACT_ROLLBACK_REVERSE,
	.head_init = EACH_TYPE(direct_init),
	.head_fini = EACH_TYPE(direct_fini),
	.node_init = direct_node_init,
	.add = EACH_TYPE(direct_add),
	.del = EACH_TYPE(direct_del),
	.call = ALL_OPS(once),
	.loop = ALL_OPS(loop),
	.refuses = direct_refuses,
};
