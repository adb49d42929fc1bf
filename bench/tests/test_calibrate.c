// SPDX-License-Identifier: GPL-2.0-only
/* Calibration on runs whose truth is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../calibrate.h"
#include "synthetic.h"

#define SHARE_ROW	NCB_PLANTED_ROW

static void make_run(struct ncb_rundata *r, uint64_t seed, double dlist_share)
{
	struct ncb_truth t = ncb_truth_ns;

	t.seed = seed;
	t.reloads = 8;
	t.blocks = 16;
	t.dlist_share = dlist_share;
	ncb_rundata_init(r);
	ncb_synthetic(r, &t);
}

/* A run against itself differs in nothing. */
static void test_nothing_is_called_in_the_same_run(void **state)
{
	struct ncb_false_calls f = { 0 };
	struct ncb_rundata r;
	struct ncb_stats *s;

	(void)state;
	make_run(&r, 1, 0.1);
	s = ncb_stats_new(&r);
	ncb_calibrate_between(&f, s, s, "slist", false);
	assert_int_equal(f.comparisons, 1);
	assert_true(f.rows > 10);
	assert_int_equal(f.interval + f.judged + f.corrected + f.with, 0);
	ncb_false_calls_free(&f);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* What is not equal code has to be counted, or the command could only say 0. */
static void test_a_difference_is_counted(void **state)
{
	struct ncb_false_calls f = { 0 };
	struct ncb_rundata a, b;
	struct ncb_stats *x, *y;
	size_t i;

	(void)state;
	make_run(&a, 1, 0.1);
	make_run(&b, 2, 0.1);
	for (i = 0; i < b.nsamples; i++)
		if (!strcmp(b.rows[b.samples[i].row].arm[b.samples[i].s.arm].name, "native"))
			b.samples[i].s.ticks *= 2;
	x = ncb_stats_new(&a);
	y = ncb_stats_new(&b);
	ncb_calibrate_between(&f, x, y, "native", false);
	assert_int_equal(f.interval, f.rows);
	assert_int_equal(f.with, 1);
	assert_true(f.judged > 0.9 * f.rows && f.corrected > 0.9 * f.rows);
	assert_true(f.judged >= f.corrected);
	ncb_false_calls_free(&f);
	ncb_stats_free(x);
	ncb_stats_free(y);
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
}

/* With a third of the samples inflated the minimum moves least, the mean by 25 %. */
static void test_bursts_move_what_they_should(void **state)
{
	struct ncb_stability s[16] = { { 0 } };
	double most[16];
	struct ncb_rundata r;
	size_t e;

	(void)state;
	make_run(&r, 3, 0.1);
	assert_true(ncb_estimator_count <= 16);
	for (e = 0; e < ncb_estimator_count; e++) {
		ncb_calibrate_bursts(&s[e], &r, &ncb_estimators[e], 1);
		assert_true(s[e].n > 20);
		ncb_median(s[e].moved, s[e].n);
		most[e] = ncb_quantile(s[e].moved, s[e].n, 0.95);
		assert_true(most[e] > 0);
	}
	assert_string_equal(ncb_estimators[0].name, "minimum (used)");
	for (e = 1; e < ncb_estimator_count; e++)
		assert_true(most[0] <= most[e]);
	/* Nothing happens to the samples that were given. */
	for (e = 0; e < ncb_estimator_count; e++)
		ncb_stability_free(&s[e]);
	memset(s, 0, sizeof(s));
	ncb_calibrate_calm(&s[0], &r, &r, &ncb_estimators[0]);
	assert_true(s[0].n > 20);
	assert_true(ncb_median(s[0].moved, s[0].n) == 0);
	ncb_stability_free(&s[0]);
	ncb_rundata_free(&r);
}

/* What was slist+7 takes that share more than slist, of the operation and the loop. */
static void plant(struct ncb_rundata *r, double share)
{
	int arm = ncb_row_arm_find(&r->rows[0], NCB_PLANTED_ARM);
	int of = ncb_row_arm_find(&r->rows[0], "slist");
	size_t i, k;

	for (i = 0; i < r->nsamples; i++) {
		struct ncb_sample *s = &r->samples[i].s;
		uint64_t base = 0;

		/* A block's base comes first, and is the same in both. */
		for (k = 0; k < r->nsamples && s->arm == arm; k++) {
			const struct ncb_sample *like = &r->samples[k].s;

			if (r->samples[k].reload != r->samples[i].reload || like->arm != of ||
			    like->block != s->block)
				continue;
			if (like->kind == NCB_KIND_BASE)
				base = like->ticks;
			if (like->kind == s->kind)
				s->ticks = base + round((like->ticks - base) * (1 + share));
		}
	}
}

static void test_a_planted_share(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_found f = { 0 };
	struct ncb_rundata r;
	struct ncb_stats *s;
	int i;

	(void)state;
	t.reloads = 8;
	t.blocks = 16;
	ncb_rundata_init(&r);
	ncb_synthetic_row(&r, SHARE_ROW);
	ncb_synthetic_samples(&r, &t);
	i = ncb_row_arm_find(&r.rows[0], "slist+7");
	assert_true(i >= 0);
	strcpy(r.rows[0].arm[i].name, NCB_PLANTED_ARM);
	r.rows[0].arm[i].flags = NCB_ARM_SHARE;
	plant(&r, 1.0 / NCB_SHARE_PER);
	s = ncb_stats_new(&r);
	ncb_calibrate_planted(&f, s, NULL);
	assert_int_equal(f.searches, 1);
	assert_int_equal(f.found, 1);
	assert_int_equal(f.held, 1);
	assert_true(fabs(f.value[0] - f.truth[0]) < 0.002);
	assert_true(f.truth[0] > 0.02 && f.truth[0] < 0.03);
	ncb_stats_free(s);
	/* Without one, none is found. */
	plant(&r, 0);
	s = ncb_stats_new(&r);
	ncb_calibrate_planted(&f, s, NULL);
	assert_int_equal(f.searches, 2);
	assert_int_equal(f.found, 1);
	assert_int_equal(f.held, 1);
	ncb_found_free(&f);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_called_in_the_same_run),
		cmocka_unit_test(test_a_difference_is_counted),
		cmocka_unit_test(test_bursts_move_what_they_should),
		cmocka_unit_test(test_a_planted_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
