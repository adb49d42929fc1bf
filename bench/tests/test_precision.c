// SPDX-License-Identifier: GPL-2.0-only
/* When a run is precise enough, and how it says what stopped it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../precision.h"
#include "synthetic.h"

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"", "1", "%", "0%", "-1%", "1000%", "51%", "0.001%", "nan", "nan%", "inf%", "1%%",
		"1 %x", "one%", "1,5%", "0x1%", "1e0%", "1. 5%", ".%", "1%1", " ",
	};
	static const struct {
		const char *text;
		double share;
	} good[] = { { "1%", 0.01 }, { "0.5%", 0.005 }, { "2 %", 0.02 }, { "50%", 0.5 },
		     { "0.01%", 0.0001 } };
	double share = 7;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (ncb_precision_parse(bad[i], &share) != -EINVAL)
			fail_msg("'%s' was taken for a precision", bad[i]);
		assert_true(share == 7);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(ncb_precision_parse(good[i].text, &share), 0);
		assert_true(share == good[i].share);
	}
}

static void make_ns(struct ncb_rundata *r, const struct ncb_truth *t)
{
	ncb_rundata_init(r);
	ncb_synthetic(r, t);
	r->known_insn = 0;
}

/* Asked for exactly its width, and for a little less. */
static void at_the_width(struct ncb_rundata *r, size_t row, double half)
{
	struct ncb_precision p = { 0 };

	r->precision = half * (1 + 1e-9);
	assert_true(ncb_precise_enough(&p, r, row));
	r->precision = half * (1 - 1e-9);
	assert_false(ncb_precise_enough(&p, r, row));
	ncb_precision_free(&p);
}

static void drop_arm(struct ncb_rundata *r, size_t row, const char *name)
{
	int arm = ncb_row_arm_find(&r->rows[row], name);
	size_t i, kept = 0;

	assert_true(arm >= 0);
	r->rows[row].arm[arm].status = NCB_ARM_MISSING;
	for (i = 0; i < r->nsamples; i++)
		if (r->samples[i].row != row || r->samples[i].s.arm != arm)
			r->samples[kept++] = r->samples[i];
	r->nsamples = kept;
}

/* A row in which slist, dlist and native were all measured. */
static size_t full_row(const struct ncb_rundata *r)
{
	size_t row;

	for (row = 0; row < r->nrows; row++) {
		const struct ncb_row *plan = &r->rows[row];

		if (plan->op == NCB_CALL && plan->length == 64 &&
		    plan->arm[ncb_row_arm_find(plan, "native")].status == NCB_ARM_OK)
			return row;
	}
	fail_msg("no row has all arms");
	return 0;
}

static void test_which_width_counts(void **state)
{
	struct ncb_interval v;
	struct ncb_rundata r;
	struct ncb_stats *s;
	size_t row;

	(void)state;
	make_ns(&r, &ncb_truth_ns);
	row = full_row(&r);
	v = ncb_change(&r, row, ncb_row_arm_find(&r.rows[row], "slist"),
		       ncb_row_arm_find(&r.rows[row], "dlist"));
	assert_true(v.valid && v.high > v.low);
	at_the_width(&r, row, (v.high - v.low) / 2);

	drop_arm(&r, row, "dlist");
	s = ncb_stats_new(&r);
	v = ncb_stats_arm(s, row, ncb_row_arm_find(&r.rows[row], "slist"))->cost;
	ncb_stats_free(s);
	at_the_width(&r, row, (v.high - v.low) / 2 / v.value);

	drop_arm(&r, row, "slist");
	s = ncb_stats_new(&r);
	v = ncb_stats_arm(s, row, ncb_row_arm_find(&r.rows[row], "native"))->cost;
	ncb_stats_free(s);
	at_the_width(&r, row, (v.high - v.low) / 2 / v.value);
	ncb_rundata_free(&r);
}

/* A change of 50 % is resolved at once, and says nothing of when to stop. */
static void test_significance_does_not_count(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_precision p = { 0 };
	struct ncb_rundata r;
	size_t row;

	(void)state;
	t.dlist_share = 0.5;
	make_ns(&r, &t);
	row = full_row(&r);
	r.precision = NCB_PRECISION_MIN;
	assert_false(ncb_precise_enough(&p, &r, row));
	ncb_precision_free(&p);
	ncb_rundata_free(&r);
}

/* What was computed once is not taken for what more samples say. */
static void test_more_samples_are_looked_at(void **state)
{
	struct ncb_precision p = { 0 };
	struct ncb_rundata r;
	size_t row, all;

	(void)state;
	make_ns(&r, &ncb_truth_ns);
	row = full_row(&r);
	r.precision = NCB_PRECISION_MAX;
	all = r.nsamples;
	r.nsamples = 0;
	assert_false(ncb_precise_enough(&p, &r, row));
	r.nsamples = all;
	assert_true(ncb_precise_enough(&p, &r, row));
	ncb_precision_free(&p);
	ncb_rundata_free(&r);
}

static void test_nothing_to_wait_for(void **state)
{
	struct ncb_precision p = { 0 };
	struct ncb_rundata r;
	uint32_t i;

	(void)state;
	make_ns(&r, &ncb_truth_ns);
	r.precision = NCB_PRECISION_MIN;
	assert_false(ncb_precise_enough(&p, &r, 0));
	r.known_insn = NCB_KNOWN_INSN;
	assert_true(ncb_precise_enough(&p, &r, 0));
	r.known_insn = 0;
	for (i = 0; i < r.rows[0].arms; i++)
		if (strcmp(r.rows[0].arm[i].engine, "loop"))
			r.rows[0].arm[i].status = NCB_ARM_MISSING;
	assert_true(ncb_precise_enough(&p, &r, 0));
	ncb_precision_free(&p);
	ncb_rundata_free(&r);
}

static void make_rows(struct ncb_rundata *r)
{
	ncb_rundata_init(r);
	ncb_synthetic_row(r, "raw/call/1/one/packed/warm");
	ncb_synthetic_row(r, "raw/call/8/one/packed/warm");
	ncb_synthetic_row(r, "raw/call/64/one/packed/warm");
	r->precision = 0.01;
	r->time_limit = 60;
	r->stopped = NCB_STOPPED_TIME;
	r->rows[1].reached = true;
}

static void test_there_and_back(void **state)
{
	struct ncb_rundata r, got;
	json_t *json = json_object();

	(void)state;
	make_rows(&r);
	make_rows(&got);
	got.precision = got.time_limit = got.stopped = 0;
	ncb_precision_write(&r, json);
	assert_string_equal(json_string_value(json_object_get(json, "stopped")), "time limit");
	assert_int_equal(json_array_size(json_object_get(json, "not_reached")), 2);
	assert_null(ncb_precision_read(json, &got));
	assert_true(got.precision == 0.01 && got.time_limit == 60);
	assert_int_equal(got.stopped, NCB_STOPPED_TIME);
	assert_false(got.rows[0].reached);
	assert_true(got.rows[1].reached);
	assert_false(got.rows[2].reached);
	json_decref(json);
	/* A run of before there was a precision. */
	json = json_object();
	assert_null(ncb_precision_read(json, &got));
	assert_true(got.precision == 0);
	assert_int_equal(got.stopped, NCB_STOPPED_FIXED);
	assert_false(got.rows[1].reached);
	json_decref(json);
	ncb_rundata_free(&r);
	ncb_rundata_free(&got);
}

static void test_damaged_fields(void **state)
{
	static const struct {
		const char *key, *value, *field;
	} bad[] = {
		{ "precision", "-1", "precision" }, { "precision", "0.6", "precision" },
		{ "precision", "\"1%\"", "precision" }, { "precision", "null", "precision" },
		{ "time_limit", "1e9", "time_limit" }, { "time_limit", "[]", "time_limit" },
		{ "stopped", "\"bored\"", "stopped" }, { "stopped", "1", "stopped" },
		{ "stopped", "null", "stopped" },
		{ "not_reached", "{}", "not_reached" }, { "not_reached", "[1]", "not_reached" },
		{ "not_reached", "[\"raw/call/2/one/packed/warm\"]", "not_reached" },
		/* twice, and out of order */
		{ "not_reached", "[\"raw/call/8/one/packed/warm\", \"raw/call/8/one/packed/warm\"]",
		  "not_reached" },
		{ "not_reached", "[\"raw/call/8/one/packed/warm\", \"raw/call/1/one/packed/warm\"]",
		  "not_reached" },
		/* rows that did not reach what nobody asked for */
		{ "precision", "0", "not_reached" },
	};
	struct ncb_rundata r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		json_t *json = json_object();
		const char *field;

		make_rows(&r);
		ncb_precision_write(&r, json);
		json_object_set_new(json, bad[i].key, json_loads(bad[i].value, JSON_DECODE_ANY, NULL));
		field = ncb_precision_read(json, &r);
		if (!field || strcmp(field, bad[i].field))
			fail_msg("%s: %s gave %s", bad[i].key, bad[i].value, field ? field : "no fault");
		json_decref(json);
		ncb_rundata_free(&r);
	}
}

static void check_text(const struct ncb_rundata *r, const char *want)
{
	char *text = ncb_precision_text(r);

	assert_string_equal(text, want);
	free(text);
}

static void test_text(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_rows(&r);
	check_text(&r, ", for +-1 %, not reached in 2 of 3 rows within 60 s: the time was over");
	r.rows[0].reached = r.rows[2].reached = true;
	check_text(&r, ", until +-1 % in every row");
	r.precision = 0;
	check_text(&r, "");
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_which_width_counts),
		cmocka_unit_test(test_significance_does_not_count),
		cmocka_unit_test(test_more_samples_are_looked_at),
		cmocka_unit_test(test_nothing_to_wait_for),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_damaged_fields),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
