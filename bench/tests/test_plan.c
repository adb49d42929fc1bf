// SPDX-License-Identifier: GPL-2.0-only
/* Rows, their names and the profiles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "../../kmod/engine_table.h"
#include "../plan.h"

static void plan(struct ncb_rundata *r, const char *profile, const char *pattern, const char *arms)
{
	ncb_rundata_init(r);
	assert_int_equal(ncb_plan(r, ncb_profile_find(profile), pattern, arms), 0);
}

static void test_names_round_trip(void **state)
{
	struct ncb_rundata r;
	size_t i;

	(void)state;
	plan(&r, "full", NULL, NULL);
	assert_true(r.nrows > 500);
	for (i = 0; i < r.nrows; i++) {
		struct ncb_row row = { 0 };

		assert_int_equal(ncb_row_parse(&row, r.rows[i].id), 0);
		assert_int_equal(row.type, r.rows[i].type);
		assert_int_equal(row.op, r.rows[i].op);
		assert_int_equal(row.length, r.rows[i].length);
		assert_int_equal(row.position, r.rows[i].position);
		assert_int_equal(row.callbacks, r.rows[i].callbacks);
		assert_int_equal(row.placement, r.rows[i].placement);
		assert_int_equal(row.cache, r.rows[i].cache);
	}
	ncb_rundata_free(&r);
}

static void test_a_name(void **state)
{
	struct ncb_row row = {
		.type = NCB_BLOCKING, .op = NCB_ROBUST, .position = NCB_POS_TAIL, .length = 64,
		.callbacks = NCB_CB_DISTINCT, .placement = NCB_PACKED, .cache = NCB_WARM,
	};

	(void)state;
	ncb_row_name(&row);
	assert_string_equal(row.id, "blocking/robust@tail/64/distinct/packed/warm");
}

static void test_short_names(void **state)
{
	static const char *const names[][2] = {
		{ "raw/call/16", "raw/call/16/distinct/packed/warm" },
		{ "srcu/empty/0", "srcu/empty/0/distinct/packed/warm" },
		{ "raw/call/16/one/packed/warm", "raw/call/16/one/packed/warm" },
		{ "raw/call/16/distinct/packed/cold", "raw/call/16/distinct/packed/cold" },
	};
	struct ncb_rundata r;
	struct ncb_row row;
	char *text, *id;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(&row, 0, sizeof(row));
		assert_int_equal(ncb_row_parse(&row, names[i][1]), 0);
		text = ncb_row_text(&row);
		id = ncb_row_id(text);
		assert_string_equal(text, names[i][0]);
		assert_string_equal(id, names[i][1]);
		free(text);
		free(id);
		id = ncb_row_id(names[i][1]);
		assert_string_equal(id, names[i][1]);
		free(id);
	}
	plan(&r, "default", "raw/call/16", NULL);
	assert_int_equal(r.nrows, 1);
	assert_string_equal(r.rows[0].id, names[0][1]);
	ncb_rundata_free(&r);
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = {
		"", "/", "raw", "raw/call/8/one/packed", "raw/call/8/one/packed/warm/", "raw//8/one/packed/warm",
		"raw/call/08/one/packed/warm", "raw/call/2000/one/packed/warm", "raw/call/-1/one/packed/warm",
		"raw/call/8x/one/packed/warm", "ra/call/8/one/packed/warm", "raw/calls/8/one/packed/warm",
		"raw/call@head/8/one/packed/warm", "raw/robust@end/8/one/packed/warm",
		"raw/robust@none/8/one/packed/warm", "raw/call/8/one/packed/warm ",
	};
	struct ncb_row row, before;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&row, 0x5a, sizeof(row));
		before = row;
		assert_int_not_equal(ncb_row_parse(&row, bad[i]), 0);
		assert_memory_equal(&row, &before, sizeof(row));
	}
}

static void test_no_row_twice(void **state)
{
	struct ncb_rundata r;
	size_t i, k;

	(void)state;
	plan(&r, "default", NULL, NULL);
	for (i = 0; i < r.nrows; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(r.rows[i].id, r.rows[k].id);
	ncb_rundata_free(&r);
}

/* Each row of the list is in the default profile. */
static void test_default_has_what_it_must(void **state)
{
	static const char *const must[] = {
		"raw/call/1/distinct/packed/warm", "raw/call/128/distinct/packed/warm",
		"srcu/call/64/distinct/packed/warm", "atomic/call/8/distinct/packed/warm",
		"blocking/reverse/32/distinct/packed/warm", "raw/robust/16/distinct/packed/warm",
		"blocking/robust@head/64/distinct/packed/warm",
		"blocking/robust@middle/64/distinct/packed/warm",
		"blocking/robust@tail/64/distinct/packed/warm", "raw/empty/0/distinct/packed/warm",
		"srcu/empty/0/distinct/packed/warm", "raw/register@tail/64/distinct/packed/warm",
		"raw/unregister@middle/64/distinct/packed/warm", "raw/call/64/one/packed/warm",
		"raw/call/64/distinct/scattered/warm", "raw/call/64/distinct/scattered/cold",
	};
	struct ncb_rundata r;
	size_t i, k;

	(void)state;
	plan(&r, "default", NULL, NULL);
	for (i = 0; i < ARRAY_SIZE(must); i++) {
		for (k = 0; k < r.nrows && strcmp(r.rows[k].id, must[i]); k++)
			;
		if (k == r.nrows)
			fail_msg("no %s", must[i]);
	}
	ncb_rundata_free(&r);
}

static void test_missing_has_reasons(void **state)
{
	struct ncb_rundata r;
	json_t *entry;
	size_t i;

	(void)state;
	plan(&r, "default", NULL, NULL);
	assert_true(json_array_size(r.missing) >= 5);
	json_array_foreach(r.missing, i, entry)
		assert_true(strlen(json_string_value(json_object_get(entry, "reason"))) > 10);
	for (i = 0; i < r.nrows; i++)
		assert_null(ncb_row_missing(r.rows[i].type, r.rows[i].op));
	ncb_rundata_free(&r);
}

static void test_every_row_has_its_controls(void **state)
{
	struct ncb_rundata r;
	size_t i;

	(void)state;
	plan(&r, "quick", NULL, NULL);
	for (i = 0; i < r.nrows; i++) {
		assert_true(ncb_row_arm_find(&r.rows[i], "loop") >= 0);
		assert_true(ncb_row_arm_find(&r.rows[i], "slist-aa") >= 0);
		assert_true(ncb_row_arm_find(&r.rows[i], "slist+7") >= 0);
	}
	ncb_rundata_free(&r);
}

/* In calls of 16 blocks in warm caches of every profile, and nowhere else. */
static void test_where_the_share_is(void **state)
{
	static const char *const profiles[] = { "quick", "default", "full" };
	struct ncb_rundata r;
	size_t i, k, with;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(profiles); k++) {
		plan(&r, profiles[k], NULL, NULL);
		for (i = with = 0; i < r.nrows; i++) {
			const struct ncb_row *row = &r.rows[i];
			bool due = row->op == NCB_CALL && row->length == 16 && row->cache == NCB_WARM;
			int at = ncb_row_arm_find(row, "slist+2%");

			assert_int_equal(at >= 0, due);
			with += due;
			if (!due)
				continue;
			assert_int_equal(row->arm[at].flags, NCB_ARM_SHARE);
			assert_string_equal(row->arm[at].engine, "slist");
			assert_true(ncb_row_arm_find(row, "native") >= 0);
		}
		assert_true(with >= 4);
		ncb_rundata_free(&r);
	}
	plan(&r, "quick", "raw/call/*", "slist,slist+2%");
	for (i = 0; i < r.nrows; i++)
		assert_int_equal(r.rows[i].arms, r.rows[i].length == 16 ? 3 : 2);
	ncb_rundata_free(&r);
}

static void test_narrowing(void **state)
{
	struct ncb_rundata r;

	(void)state;
	plan(&r, "default", "raw/call/16/distinct/packed/warm", "slist,dlist");
	assert_int_equal(r.nrows, 1);
	assert_int_equal(r.rows[0].arms, 3);		/* the empty loop is always there */
	assert_true(ncb_row_arm_find(&r.rows[0], "loop") >= 0);
	assert_int_equal(ncb_row_arm_find(&r.rows[0], "native"), -1);
	ncb_rundata_free(&r);
	ncb_rundata_init(&r);
	assert_int_not_equal(ncb_plan(&r, ncb_profile_find("quick"), "nothing", NULL), 0);
	assert_int_not_equal(ncb_plan(&r, ncb_profile_find("quick"), NULL, "slits"), 0);
	ncb_rundata_free(&r);
	assert_null(ncb_profile_find("slow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_round_trip),
		cmocka_unit_test(test_a_name),
		cmocka_unit_test(test_short_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_no_row_twice),
		cmocka_unit_test(test_default_has_what_it_must),
		cmocka_unit_test(test_missing_has_reasons),
		cmocka_unit_test(test_every_row_has_its_controls),
		cmocka_unit_test(test_where_the_share_is),
		cmocka_unit_test(test_narrowing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
