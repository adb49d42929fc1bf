// SPDX-License-Identifier: GPL-2.0-only
/* The callbacks that chains are measured with: what they are and what they count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <linux/kernel.h>
#include "callbacks.h"

static struct ncb_ctx ctx;

/* Blocks as far apart as the smallest design has them; never looked into. */
#define BLOCK(i)	((struct notifier_block *)(0x10000ul + (i) * 24ul))

static int setup(void **state)
{
	memset(&ctx, 0, sizeof(ctx));
	return 0;
}

static void one_is_one_function(void **state)
{
	unsigned int i;

	for (i = 1; i < NCB_DISTINCT; i++) {
		assert_ptr_equal(ncb_callbacks[NCB_FLAVOUR_ONE][i],
				 ncb_callbacks[NCB_FLAVOUR_ONE][0]);
		assert_ptr_equal(ncb_callbacks[NCB_FLAVOUR_ONE_PLANT][i],
				 ncb_callbacks[NCB_FLAVOUR_ONE_PLANT][0]);
		assert_ptr_equal(ncb_callbacks[NCB_FLAVOUR_RECORD][i],
				 ncb_callbacks[NCB_FLAVOUR_RECORD][0]);
	}
}

static void distinct_are_distinct_functions(void **state)
{
	notifier_fn_t all[2 * NCB_DISTINCT + 1];
	unsigned int i, k;

	for (i = 0; i < NCB_DISTINCT; i++) {
		all[i] = ncb_callbacks[NCB_FLAVOUR_DISTINCT][i];
		all[NCB_DISTINCT + i] = ncb_callbacks[NCB_FLAVOUR_DISTINCT_PLANT][i];
	}
	all[2 * NCB_DISTINCT] = ncb_callbacks[NCB_FLAVOUR_RECORD][0];
	for (i = 0; i < 2 * NCB_DISTINCT + 1; i++) {
		assert_non_null(all[i]);
		for (k = 0; k < i; k++)
			if (all[k] == all[i])
				fail_msg("functions %u and %u are the same", k, i);
	}
}

static void planted_are_not_plain(void **state)
{
	assert_ptr_not_equal(ncb_callbacks[NCB_FLAVOUR_ONE][0],
			     ncb_callbacks[NCB_FLAVOUR_ONE_PLANT][0]);
}

static void last_block_has_the_last_function(void **state)
{
	static const u32 lengths[] = { 1, 2, 3, 63, 64, 65, 128, 1024 };
	const notifier_fn_t *fn = ncb_callbacks[NCB_FLAVOUR_DISTINCT];
	u32 n, i, k;

	for (k = 0; k < ARRAY_SIZE(lengths); k++) {
		n = lengths[k];
		for (i = 0; i < n; i++)
			assert_ptr_equal(ncb_callback(NCB_FLAVOUR_DISTINCT, n - 1 - i, n),
					 fn[NCB_DISTINCT - 1 - i % NCB_DISTINCT]);
	}
}

static void each_call_counts_for_its_event(void **state)
{
	unsigned int flavour, i;
	u64 up = 0, down = 0;

	for (flavour = 0; flavour < NCB_FLAVOURS; flavour++) {
		for (i = 0; i < NCB_DISTINCT; i++) {
			notifier_fn_t fn = ncb_callbacks[flavour][i];

			assert_int_equal(fn(BLOCK(i), NCB_UP, &ctx), NOTIFY_OK);
			assert_int_equal(ncb_ctx_calls(&ctx, NCB_UP), ++up);
			if (i % 3)
				continue;
			assert_int_equal(fn(BLOCK(i), NCB_DOWN, &ctx), NOTIFY_OK);
			assert_int_equal(ncb_ctx_calls(&ctx, NCB_DOWN), ++down);
		}
	}
}

/* With blocks of 24 and of 32 bytes alike. */
static void counts_are_spread(void **state)
{
	unsigned int i, size;

	for (size = 24; size <= 32; size += 8) {
		memset(&ctx, 0, sizeof(ctx));
		for (i = 0; i < 256; i++)
			ncb_cb_00((void *)(0x10000ul + i * size), NCB_UP, &ctx);
		for (i = 0; i < NCB_COUNTERS; i++)
			assert_in_range(ctx.count[NCB_UP][i], 16, 64);
	}
}

static void stops_at_its_block_and_event(void **state)
{
	unsigned int flavour, i;

	ctx.stop[NCB_UP] = BLOCK(3);
	for (flavour = 0; flavour < NCB_FLAVOURS; flavour++) {
		for (i = 0; i < NCB_DISTINCT; i++) {
			notifier_fn_t fn = ncb_callbacks[flavour][i];

			assert_int_equal(fn(BLOCK(i), NCB_UP, &ctx), i == 3 ? NOTIFY_BAD : NOTIFY_OK);
			assert_int_equal(fn(BLOCK(i), NCB_DOWN, &ctx), NOTIFY_OK);
		}
	}
	ctx.stop[NCB_UP] = NULL;
	ctx.stop[NCB_DOWN] = BLOCK(3);
	assert_int_equal(ncb_cb_00(BLOCK(3), NCB_UP, &ctx), NOTIFY_OK);
	assert_int_equal(ncb_cb_00(BLOCK(3), NCB_DOWN, &ctx), NOTIFY_BAD);
}

static void record_writes_block_and_event(void **state)
{
	unsigned long log[2];

	ctx.log = log;
	ctx.log_size = 2;
	ncb_cb_record(BLOCK(1), NCB_UP, &ctx);
	ncb_cb_record(BLOCK(2), NCB_DOWN, &ctx);
	assert_int_equal(log[0], (unsigned long)BLOCK(1));
	assert_int_equal(log[1], (unsigned long)BLOCK(2) | 1);
	assert_int_equal(ctx.log_used, 2);
}

/* The sanitizer would see a write behind the end. */
static void full_log_only_counts(void **state)
{
	unsigned long log[1] = { 0 };

	ctx.log = log;
	ctx.log_size = 1;
	ncb_cb_record(BLOCK(1), NCB_UP, &ctx);
	ncb_cb_record(BLOCK(2), NCB_UP, &ctx);
	ncb_cb_record(BLOCK(3), NCB_UP, &ctx);
	assert_int_equal(log[0], (unsigned long)BLOCK(1));
	assert_int_equal(ctx.log_used, 3);
}

int main(void)
{
	const struct CMUnitTest callbacks[] = {
		cmocka_unit_test_setup(one_is_one_function, setup),
		cmocka_unit_test_setup(distinct_are_distinct_functions, setup),
		cmocka_unit_test_setup(planted_are_not_plain, setup),
		cmocka_unit_test_setup(last_block_has_the_last_function, setup),
		cmocka_unit_test_setup(each_call_counts_for_its_event, setup),
		cmocka_unit_test_setup(counts_are_spread, setup),
		cmocka_unit_test_setup(stops_at_its_block_and_event, setup),
		cmocka_unit_test_setup(record_writes_block_and_event, setup),
		cmocka_unit_test_setup(full_log_only_counts, setup),
	};

	return cmocka_run_group_tests(callbacks, NULL, NULL) != 0;
}
