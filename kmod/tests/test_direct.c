// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hard-coded calls, linked to callbacks of this file that write down which
 * function was called for which block: every length, every failing position.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "callbacks.h"

extern const struct ncb_impl direct_impl_0;

#define IMPL		(&direct_impl_0)
#define LOG_SIZE	(2 * NCB_LENGTH_MAX + 2)
#define RECORD		NCB_DISTINCT	/* number of the recording function */

struct call {
	unsigned int fn;
	const void *block;
	unsigned long event;
};

static struct call called[LOG_SIZE];
static unsigned int calls;
static const void *stop[NCB_DIRECTIONS];
static char data;	/* only its address counts */

static int note(unsigned int fn, const void *block, unsigned long event, const void *d)
{
	if (d != &data || event >= NCB_DIRECTIONS)
		fail_msg("function %u got event %lu with other data", fn, event);
	if (calls == LOG_SIZE)
		fail_msg("no end of calls");
	called[calls++] = (struct call) { .fn = fn, .block = block, .event = event };
	return block == stop[event] ? NOTIFY_BAD : NOTIFY_OK;
}

#define DEFINE(k)							\
int ncb_cb_##k(struct notifier_block *nb, unsigned long val, void *d)	\
{									\
	return note(0##k, nb, val, d);					\
}									\
int ncb_cb_plant_##k(struct notifier_block *nb, unsigned long val, void *d)	\
{									\
	return note(100 + 0##k, nb, val, d);				\
}
NCB_FOR_64(DEFINE)

int ncb_cb_record(struct notifier_block *nb, unsigned long val, void *d)
{
	return note(RECORD, nb, val, d);
}

#define ENTRY(k)		ncb_cb_##k,
#define ENTRY_PLANT(k)		ncb_cb_plant_##k,
#define ENTRY_ONE(k)		ncb_cb_00,
#define ENTRY_ONE_PLANT(k)	ncb_cb_plant_00,
#define ENTRY_RECORD(k)		ncb_cb_record,

const notifier_fn_t ncb_callbacks[NCB_FLAVOURS][NCB_DISTINCT] = {
	[NCB_FLAVOUR_ONE] = { NCB_FOR_64(ENTRY_ONE) },
	[NCB_FLAVOUR_DISTINCT] = { NCB_FOR_64(ENTRY) },
	[NCB_FLAVOUR_ONE_PLANT] = { NCB_FOR_64(ENTRY_ONE_PLANT) },
	[NCB_FLAVOUR_DISTINCT_PLANT] = { NCB_FOR_64(ENTRY_PLANT) },
	[NCB_FLAVOUR_RECORD] = { NCB_FOR_64(ENTRY_RECORD) },
};

/* A chain of @n calls. */
static struct chain {
	enum ncb_flavour flavour;
	u32 n;
	void *head;
	char *node;
	struct ncb_site site;
} c;

static void *block(u32 i)
{
	return c.node + i * IMPL->node_size;
}

static void build(enum ncb_flavour flavour, u32 n)
{
	u32 i;

	free(c.head);
	free(c.node);
	c = (struct chain) {
		.flavour = flavour,
		.n = n,
		.head = malloc(IMPL->head_size[NCB_RAW]),
		.node = calloc(n, IMPL->node_size),
	};
	assert_true(c.head && c.node);
	memset(c.head, 0xa5, IMPL->head_size[NCB_RAW]);
	c.site = (struct ncb_site) { .head = c.head, .val = NCB_UP, .down = NCB_DOWN, .data = &data };
	assert_int_equal(IMPL->head_init[NCB_RAW](c.head), 0);
	for (i = n; i-- > 0;) {
		IMPL->node_init(block(i), ncb_callback(flavour, i, n), 0);
		assert_int_equal(IMPL->add[NCB_RAW](c.head, block(i)), 0);
	}
	stop[NCB_UP] = stop[NCB_DOWN] = NULL;
}

static int teardown(void **state)
{
	free(c.head);
	free(c.node);
	c.head = c.node = NULL;
	return 0;
}

static int operate(enum ncb_op op)
{
	calls = 0;
	c.site.val = op == NCB_REVERSE ? NCB_DOWN : NCB_UP;
	return IMPL->call[NCB_RAW][op](&c.site);
}

/* Which function block i is hard-coded to. */
static unsigned int function(u32 i)
{
	switch (c.flavour) {
	case NCB_FLAVOUR_ONE:
		return 0;
	case NCB_FLAVOUR_DISTINCT:
		return NCB_DISTINCT - 1 - (c.n - 1 - i) % NCB_DISTINCT;
	default:
		return RECORD;
	}
}

/* Calls @from .. are @count blocks from @first in steps of @step. */
static void expect(u32 from, u32 count, u32 first, int step, enum ncb_direction event)
{
	u32 i, at;

	for (i = 0; i < count; i++) {
		const struct call *call = &called[from + i];

		at = first + (int)i * step;
		if (call->block != block(at) || call->event != event || call->fn != function(at))
			fail_msg("%u calls, call %u: function %u for block %d, expected function %u for block %u",
				 c.n, from + i, call->fn,
				 (int)(((const char *)call->block - c.node) / (long)IMPL->node_size),
				 function(at), at);
	}
}

static const enum ncb_flavour flavours[] = {
	NCB_FLAVOUR_ONE, NCB_FLAVOUR_DISTINCT, NCB_FLAVOUR_RECORD
};

/* Every chain that there is. */
#define for_each_chain(k, n)						\
	for (k = 0; k < ARRAY_SIZE(flavours); k++)					\
		for (n = 1; n <= NCB_LENGTH_MAX; n++)			\
			if (!IMPL->refuses(n) && (build(flavours[k], n), true))

static void lengths(void **state)
{
	u32 n;

	for (n = 1; n <= NCB_LENGTH_MAX; n++) {
		bool accepted = n < 64 ? !(n & (n - 1)) : n % 64 == 0;

		assert_int_equal(IMPL->refuses(n) == NULL, accepted);
	}
}

static void full_head_takes_no_more(void **state)
{
	char one_more[64] = { 0 };

	build(NCB_FLAVOUR_ONE, NCB_LENGTH_MAX);
	assert_true(sizeof(one_more) >= IMPL->node_size);
	assert_int_equal(IMPL->add[NCB_RAW](c.head, one_more), -ENOSPC);
	assert_int_equal(operate(NCB_CALL), NOTIFY_OK);
	assert_int_equal(calls, NCB_LENGTH_MAX);
}

static void nothing_is_removed(void **state)
{
	build(NCB_FLAVOUR_ONE, 4);
	assert_int_equal(IMPL->del[NCB_RAW](c.head, block(0)), -EOPNOTSUPP);
	operate(NCB_CALL);
	assert_int_equal(calls, 4);
}

static void calls_in_order(void **state)
{
	u32 k, n;

	for_each_chain(k, n) {
		assert_int_equal(operate(NCB_CALL), NOTIFY_OK);
		assert_int_equal(calls, n);
		expect(0, n, 0, 1, NCB_UP);
	}
}

static void reverse_in_order(void **state)
{
	u32 k, n;

	for_each_chain(k, n) {
		assert_int_equal(operate(NCB_REVERSE), NOTIFY_OK);
		assert_int_equal(calls, n);
		expect(0, n, n - 1, -1, NCB_DOWN);
	}
}

static void stops_anywhere(void **state)
{
	u32 k, n, at;

	for_each_chain(k, n) {
		for (at = 0; at < n; at++) {
			stop[NCB_UP] = stop[NCB_DOWN] = block(at);
			assert_int_equal(operate(NCB_CALL), NOTIFY_BAD);
			assert_int_equal(calls, at + 1);
			expect(0, at + 1, 0, 1, NCB_UP);
			assert_int_equal(operate(NCB_REVERSE), NOTIFY_BAD);
			assert_int_equal(calls, n - at);
			expect(0, n - at, n - 1, -1, NCB_DOWN);
		}
	}
}

static void robust_without_failure(void **state)
{
	u32 k, n;

	for_each_chain(k, n) {
		assert_int_equal(operate(NCB_ROBUST), NOTIFY_OK);
		assert_int_equal(calls, n);
		expect(0, n, 0, 1, NCB_UP);
	}
}

static void robust_fails_anywhere(void **state)
{
	u32 k, n, at;

	for_each_chain(k, n) {
		for (at = 0; at < n; at++) {
			stop[NCB_UP] = block(at);
			assert_int_equal(operate(NCB_ROBUST), NOTIFY_BAD);
			assert_int_equal(calls, at + 1 + at);
			expect(0, at + 1, 0, 1, NCB_UP);
			expect(at + 1, at, at - 1, -1, NCB_DOWN);
		}
	}
}

/* The recording flavour is for the oracle: it is never timed. */
static void loops_call_n_times(void **state)
{
	u32 k, n, times;

	for_each_chain(k, n) {
		if (flavours[k] == NCB_FLAVOUR_RECORD || n > 256)
			continue;
		for (times = 0; times <= 3; times++) {
			calls = 0;
			c.site.val = NCB_UP;
			IMPL->loop[NCB_RAW][NCB_CALL](&c.site, times);
			assert_int_equal(calls, times * n);
			calls = 0;
			c.site.val = NCB_DOWN;
			IMPL->loop[NCB_RAW][NCB_REVERSE](&c.site, times);
			assert_int_equal(calls, times * n);
			stop[NCB_UP] = block(n - 1);
			calls = 0;
			c.site.val = NCB_UP;
			IMPL->loop[NCB_RAW][NCB_ROBUST](&c.site, times);
			assert_int_equal(calls, times * (2 * n - 1));
			stop[NCB_UP] = NULL;
		}
	}
}

static void every_type_is_the_same_code(void **state)
{
	u32 type, op;

	for (type = 1; type < NCB_TYPES; type++)
		for (op = 0; op < NCB_OPS; op++)
			assert_ptr_equal(IMPL->loop[type][op], IMPL->loop[NCB_RAW][op]);
}

int main(void)
{
	const struct CMUnitTest direct[] = {
		cmocka_unit_test_teardown(lengths, teardown),
		cmocka_unit_test_teardown(full_head_takes_no_more, teardown),
		cmocka_unit_test_teardown(nothing_is_removed, teardown),
		cmocka_unit_test_teardown(calls_in_order, teardown),
		cmocka_unit_test_teardown(reverse_in_order, teardown),
		cmocka_unit_test_teardown(stops_anywhere, teardown),
		cmocka_unit_test_teardown(robust_without_failure, teardown),
		cmocka_unit_test_teardown(robust_fails_anywhere, teardown),
		cmocka_unit_test_teardown(loops_call_n_times, teardown),
		cmocka_unit_test_teardown(every_type_is_the_same_code, teardown),
	};

	return cmocka_run_group_tests(direct, NULL, NULL) != 0;
}
