// SPDX-License-Identifier: GPL-2.0-only
/* Statistics: vectors that were computed by hand, and runs with a known truth. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include "../compare.h"
#include "../stats.h"
#include "near.h"
#include "synthetic.h"

#define CALL_64		"blocking/call/64/distinct/packed/warm"

/* -- helpers -- */

static void empty_run(struct ncb_rundata *r, enum ncb_metric metric, const char *id)
{
	ncb_rundata_init(r);
	r->metric = metric;
	r->tick_hz = metric == NCB_NS ? 2e9 : 1e9;	/* 0.5 ns a tick */
	r->reloads = 1;
	r->blocks = 8;
	r->seed = 7;
	ncb_synthetic_row(r, id);
}

static void put(struct ncb_rundata *r, const char *arm, uint32_t reload, uint32_t block,
		enum ncb_kind kind, uint32_t iters, uint32_t stretches, uint64_t ticks)
{
	int index = ncb_row_arm_find(&r->rows[0], arm);
	struct ncb_raw raw = {
		.reload = reload,
		.s = {
			.ticks = ticks, .iters = iters, .stretches = stretches, .block = block,
			.arm = index, .clone = block % r->rows[0].arm[index].clones, .kind = kind,
		},
	};

	ncb_rundata_add(r, &raw, NULL);
}

/* One block of an arm: the base takes 200 ticks, each further operation @cost. */
static void put_block(struct ncb_rundata *r, const char *arm, uint32_t reload, uint32_t block,
		      uint64_t cost)
{
	put(r, arm, reload, block, NCB_KIND_BASE, 1, 1, 200);
	put(r, arm, reload, block, NCB_KIND_ONE, 11, 1, 200 + 10 * cost);
	put(r, arm, reload, block, NCB_KIND_TWO, 21, 1, 200 + 20 * cost);
}

static struct ncb_arm_stats stats_of(const struct ncb_rundata *r, const char *arm)
{
	struct ncb_arm_stats st;

	assert_int_equal(ncb_arm_stats(r, 0, ncb_row_arm_find(&r->rows[0], arm), &st), 0);
	return st;
}

static struct ncb_interval change_of(const struct ncb_rundata *r, const char *old, const char *new)
{
	return ncb_change(r, 0, ncb_row_arm_find(&r->rows[0], old),
			  ncb_row_arm_find(&r->rows[0], new));
}

static size_t row_of(const struct ncb_rundata *r, const char *id)
{
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (!strcmp(r->rows[i].id, id))
			return i;
	fail_msg("no row %s", id);
	return 0;
}

static struct ncb_stats *synthetic(struct ncb_rundata *r, const struct ncb_truth *t)
{
	ncb_rundata_init(r);
	ncb_synthetic(r, t);
	return ncb_stats_new(r);
}

static void drop(struct ncb_rundata *r, struct ncb_stats *s)
{
	ncb_stats_free(s);
	ncb_rundata_free(r);
}

static struct ncb_interval dlist_change(const struct ncb_stats *s, const char *id)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t row = row_of(r, id);

	return ncb_stats_change(s, row, ncb_row_arm_find(&r->rows[row], "slist"),
				ncb_row_arm_find(&r->rows[row], "dlist"));
}

/* -- vectors -- */

static void test_median_and_quantile(void **state)
{
	double odd[] = { 5, 1, 3 }, even[] = { 4, 1, 3, 2 }, sorted[] = { 10, 20, 30, 40, 50 };

	(void)state;
	assert_near(ncb_median(odd, 3), 3, 0);
	assert_near(odd[0], 1, 0);
	assert_near(ncb_median(even, 4), 2.5, 0);
	assert_true(isnan(ncb_median(odd, 0)));
	assert_near(ncb_quantile(sorted, 5, 0.25), 20, 0);
	assert_near(ncb_quantile(sorted, 5, 0), 10, 0);
	assert_near(ncb_quantile(sorted, 5, 1), 50, 0);
	assert_near(ncb_quantile(sorted, 5, 0.1), 14, 1e-12);
	assert_near(ncb_quantile(sorted, 1, 0.9), 10, 0);
	assert_true(isnan(ncb_quantile(sorted, 0, 0.5)));
}

static void test_bootstrap_of_few(void **state)
{
	const double equal[] = { 3, 3, 3 }, four[] = { 1, 2, 3, 6 };
	struct ncb_interval v;

	(void)state;
	assert_false(ncb_bootstrap(equal, 0, 1).valid);
	v = ncb_bootstrap(equal, 1, 1);
	assert_true(v.valid);
	assert_near(v.value, 3, 0);
	assert_true(isinf(v.low) && v.low < 0 && isinf(v.high) && v.high > 0);
	v = ncb_bootstrap(equal, 3, 1);
	assert_near(v.low, 3, 0);
	assert_near(v.high, 3, 0);
	/* Four values: 95 % takes their whole range. */
	v = ncb_bootstrap(four, 4, 1);
	assert_near(v.value, 3, 0);
	assert_near(v.low, 1, 0.3);
	assert_near(v.high, 6, 0.8);
}

static void test_bootstrap_is_reproducible(void **state)
{
	const double v[] = { 1, 2, 4, 8, 16, 32, 64 };
	struct ncb_interval a = ncb_bootstrap(v, 7, 42), b = ncb_bootstrap(v, 7, 42);
	struct ncb_interval c = ncb_bootstrap(v, 7, 43);

	(void)state;
	assert_memory_equal(&a.low, &b.low, sizeof(a.low));
	assert_memory_equal(&a.high, &b.high, sizeof(a.high));
	assert_true(a.low != c.low || a.high != c.high);
	assert_true(a.low < a.value && a.value < a.high);
}

/* Of 95 % intervals, 95 % hold the truth: here 400 of them over 12 values each. */
static void test_bootstrap_covers(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int hits = 0, run, i;

	(void)state;
	gsl_rng_set(rng, 5);
	for (run = 0; run < 400; run++) {
		struct ncb_interval v;
		double x[12];

		for (i = 0; i < 12; i++)
			x[i] = 10 + gsl_ran_gaussian(rng, 2);
		v = ncb_bootstrap(x, 12, run);
		hits += v.low <= 10 && 10 <= v.high;
	}
	gsl_rng_free(rng);
	assert_in_range(hits, 365, 395);
}

/* mean 2.5, sd 1.290994, t(0.975, 3) = 3.182446: 2.5 -+ 3.182446 * 1.290994 / 2 */
static void test_student_by_hand(void **state)
{
	static const double one[] = { 7 }, same[] = { 5, 5, 5 }, four[] = { 1, 2, 3, 4 };
	struct ncb_interval v = ncb_student(four, 4);

	(void)state;
	assert_true(v.valid);
	assert_near(v.value, 2.5, 1e-12);
	assert_near(v.low, 0.445739, 1e-5);
	assert_near(v.high, 4.554261, 1e-5);
	v = ncb_student(one, 1);
	assert_true(v.valid && isinf(v.low) && isinf(v.high));
	v = ncb_student(same, 3);
	assert_near(v.high - v.low, 0, 0);
	assert_false(ncb_student(NULL, 0).valid);
}

/*
 * Two arms of the same true cost, each copy with a layout of its own that every
 * loading repeats: at most about 5 % of the intervals may leave 0 out, however
 * many loadings there are.
 */
static void test_loadings_are_no_new_layouts(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct ncb_rundata r;
	int runs = 300, wrong = 0, run;
	uint32_t reload, copy;

	(void)state;
	gsl_rng_set(rng, 11);
	for (run = 0; run < runs; run++) {
		double a[4], b[4];
		struct ncb_interval c;

		empty_run(&r, NCB_CYCLES, CALL_64);
		for (copy = 0; copy < 4; copy++) {
			a[copy] = 1000 + gsl_ran_gaussian(rng, 50);
			b[copy] = 1000 + gsl_ran_gaussian(rng, 50);
		}
		for (reload = 0; reload < 5; reload++) {
			for (copy = 0; copy < 4; copy++) {
				put_block(&r, "slist", reload, copy,
					  a[copy] + gsl_ran_gaussian(rng, 10));
				put_block(&r, "dlist", reload, copy,
					  b[copy] + gsl_ran_gaussian(rng, 10));
			}
		}
		c = change_of(&r, "slist", "dlist");
		assert_true(c.valid);
		wrong += c.low > 0 || c.high < 0;
		ncb_rundata_free(&r);
	}
	gsl_rng_free(rng);
	assert_in_range(wrong, 4, 27);
}

/* (500 - 200) / 10 = 30 ticks, less 4 of the loop. */
static void test_cost_by_hand(void **state)
{
	struct ncb_arm_stats st;
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_INSN, CALL_64);
	for (block = 0; block < 4; block++) {
		put_block(&r, "slist", 0, block, 30);
		put_block(&r, "loop", 0, block, 4);
	}
	st = stats_of(&r, "slist");
	assert_true(st.cost.valid);
	assert_near(st.cost.value, 26, 1e-12);
	assert_near(st.cost.low, 26, 1e-12);
	assert_near(st.cost.high, 26, 1e-12);
	assert_near(st.min, 26, 1e-12);
	assert_near(st.max, 26, 1e-12);
	assert_near(st.mad, 0, 1e-12);
	assert_near(st.reading, 200, 0);
	assert_near(st.loop, 4, 1e-12);
	assert_int_equal(st.samples, 8);
	assert_int_equal(st.cells, 4);
	assert_near(st.proportion, 0, 1e-12);
	assert_near(st.proportion_ticks, 0, 0);
	assert_true(st.exact && st.uniform);
	/* The loop itself is not freed of itself. */
	assert_near(stats_of(&r, "loop").cost.value, 4, 1e-12);
	assert_false(stats_of(&r, "dlist").cost.valid);
	assert_int_equal(ncb_arm_stats(&r, 0, NCB_ARMS_MAX, &st), -ENOENT);
	ncb_rundata_free(&r);
}

/* Each call timed by itself: as many readings in the base as in the batch. */
static void test_split_cost_by_hand(void **state)
{
	struct ncb_arm_stats st;
	struct ncb_rundata r;

	(void)state;
	empty_run(&r, NCB_INSN, "raw/register@tail/8/distinct/packed/warm");
	put(&r, "slist", 0, 0, NCB_KIND_BASE, 0, 10, 500);
	put(&r, "slist", 0, 0, NCB_KIND_ONE, 10, 10, 500 + 10 * 33);
	put(&r, "slist", 0, 0, NCB_KIND_TWO, 20, 20, 1000 + 20 * 33);
	st = stats_of(&r, "slist");
	assert_near(st.cost.value, 33, 1e-12);
	assert_near(st.reading, 50, 0);
	assert_near(st.proportion_ticks, 0, 0);
	assert_true(isnan(st.loop));
	ncb_rundata_free(&r);
}

/* 60 ticks an operation, 10 of them the loop's, 0.5 ns each; bursts do not move it. */
static void test_noisy_cost_by_hand(void **state)
{
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_NS, CALL_64);
	r.blocks = 32;
	for (block = 0; block < 32; block++) {
		put_block(&r, "slist", 0, block, block % 8 < 4 ? 60 : 600);
		put_block(&r, "loop", 0, block, 10);
	}
	assert_near(stats_of(&r, "slist").cost.value, 25, 1e-9);
	assert_near(stats_of(&r, "slist").max, (600 - 10) * 0.5, 1e-9);
	ncb_rundata_free(&r);
}

/* Exact metric: a sample with an interrupt inside is set aside, unless all have one. */
static void test_interrupted_samples(void **state)
{
	struct ncb_arm_stats st;
	struct ncb_rundata r;
	uint32_t block;
	size_t i;

	(void)state;
	empty_run(&r, NCB_INSN, CALL_64);
	for (block = 0; block < 8; block++)
		put_block(&r, "slist", 0, block, 30);
	for (i = 0; i < 12; i++) {
		r.samples[i].s.ticks += 5000;
		r.samples[i].s.flags |= NCB_SAMPLE_INTERRUPTED;
	}
	st = stats_of(&r, "slist");
	assert_near(st.cost.value, 30, 1e-12);
	assert_near(st.max, 30, 1e-12);
	assert_true(st.exact);
	assert_int_equal(st.interrupted, 12);
	assert_int_equal(st.samples, 8);
	for (i = 12; i < r.nsamples; i++)
		r.samples[i].s.flags |= NCB_SAMPLE_INTERRUPTED;
	r.samples[1].s.ticks += 77;
	st = stats_of(&r, "slist");
	assert_int_equal(st.samples, 16);
	assert_false(st.exact);
	ncb_rundata_free(&r);
}

/* A base that was set aside is replaced by one of the same copy, not of another. */
static void test_interrupted_base(void **state)
{
	struct ncb_arm_stats st;
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_INSN, CALL_64);
	for (block = 0; block < 8; block++) {
		uint32_t reading = 200 + block % 4;

		put(&r, "slist", 0, block, NCB_KIND_BASE, 1, 1, reading);
		put(&r, "slist", 0, block, NCB_KIND_ONE, 11, 1, reading + 10 * 30);
		put(&r, "slist", 0, block, NCB_KIND_TWO, 21, 1, reading + 20 * 30);
	}
	r.samples[9].s.ticks += 5000;
	r.samples[9].s.flags |= NCB_SAMPLE_INTERRUPTED;
	st = stats_of(&r, "slist");
	assert_true(st.exact && st.uniform);
	assert_near(st.cost.value, 30, 1e-12);
	assert_near(st.proportion_ticks, 0, 0);
	ncb_rundata_free(&r);
}

/* The clock's rate turns ticks into ns, and means nothing where ticks are instructions. */
static void test_units(void **state)
{
	struct ncb_rundata r;

	(void)state;
	empty_run(&r, NCB_NS, CALL_64);
	put_block(&r, "slist", 0, 0, 30);
	assert_near(stats_of(&r, "slist").cost.value, 15, 1e-12);
	r.tick_hz = 3e9;
	assert_near(stats_of(&r, "slist").cost.value, 10, 1e-12);
	r.metric = NCB_CYCLES;
	assert_near(stats_of(&r, "slist").cost.value, 30, 1e-12);
	r.metric = NCB_INSN;
	assert_near(stats_of(&r, "slist").cost.value, 30, 1e-12);
	ncb_rundata_free(&r);
}

/* 1 .. 9 in no order, each from n and from 2n: what is at 5, 25, 50, 75 and 95 %, by hand. */
static void test_quantiles_of_samples(void **state)
{
	static const uint64_t cost[] = { 7, 2, 9, 4, 1, 6, 3, 8, 5 };
	static const double due[] = { 1, 3, 5, 7, 9 };
	struct ncb_arm_stats st;
	struct ncb_rundata r;
	uint32_t i;

	(void)state;
	empty_run(&r, NCB_CYCLES, CALL_64);
	for (i = 0; i < ARRAY_SIZE(cost); i++)
		put_block(&r, "slist", 0, i, cost[i]);
	st = stats_of(&r, "slist");
	assert_near(st.min, 1, 1e-12);
	assert_near(st.max, 9, 1e-12);
	assert_near(st.mad, 2, 1e-12);
	for (i = 0; i < NCB_QUANTILE_COUNT; i++)
		assert_near(st.quantile[i], due[i], 1e-12);
	ncb_rundata_free(&r);
}

/* Cells: 20/40, 30/40, 20/10, 10/10; the geometric mean is the fourth root of 3/4. */
static void test_change_by_hand(void **state)
{
	static const uint64_t old[] = { 40, 40, 10, 10 }, new[] = { 20, 30, 20, 10 };
	struct ncb_interval c;
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_CYCLES, CALL_64);
	for (block = 0; block < 8; block++) {
		put_block(&r, "slist", 0, block, old[block % 4]);
		put_block(&r, "dlist", 0, block, new[block % 4]);
	}
	c = change_of(&r, "slist", "dlist");
	assert_true(c.valid);
	assert_near(c.value, pow(0.75, 0.25) - 1, 1e-12);
	assert_true(c.low < 0 && c.high > 0);
	c = ncb_difference(&r, 0, ncb_row_arm_find(&r.rows[0], "slist"),
			   ncb_row_arm_find(&r.rows[0], "dlist"));
	assert_near(c.value, (-20 - 10 + 10 + 0) / 4.0, 1e-12);
	assert_false(change_of(&r, "slist", "native").valid);
	ncb_rundata_free(&r);
}

/* native has one compiled copy, slist four: their cells still pair up, block by block. */
static void test_pairs_arms_with_other_copies(void **state)
{
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_CYCLES, CALL_64);
	for (block = 0; block < 8; block++) {
		put_block(&r, "slist", 0, block, 10 + block % 4);
		put_block(&r, "native", 0, block, 20 + 2 * (block % 4));
	}
	assert_near(change_of(&r, "slist", "native").value, 1, 1e-12);
	assert_near(change_of(&r, "slist", "native").low, 1, 1e-12);
	ncb_rundata_free(&r);
}

/* Instructions: the first copy counts, others may execute padding. */
static void test_exact_figures_are_of_the_first_copy(void **state)
{
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_INSN, CALL_64);
	for (block = 0; block < 8; block++) {
		put_block(&r, "slist", 0, block, 10 + block % 4);
		put_block(&r, "dlist", 0, block, 20 + 3 * (block % 4));
	}
	assert_near(stats_of(&r, "slist").cost.value, 10, 1e-12);
	assert_near(stats_of(&r, "slist").cost.high, 10, 1e-12);
	assert_false(stats_of(&r, "slist").uniform);
	assert_near(change_of(&r, "slist", "dlist").value, 1, 1e-12);
	assert_near(change_of(&r, "slist", "dlist").low, 1, 1e-12);
	ncb_rundata_free(&r);
}

/* Blocks that only one arm has do not count. */
static void test_only_common_blocks_are_compared(void **state)
{
	struct ncb_rundata r;
	uint32_t block;

	(void)state;
	empty_run(&r, NCB_NS, CALL_64);
	for (block = 0; block < 8; block++)
		put_block(&r, "slist", 0, block, block < 4 ? 100 : 10);
	for (block = 0; block < 8; block++) {
		put_block(&r, "slist-aa", 0, block, block < 4 ? 10 : 220);
		if (block < 4)
			put_block(&r, "dlist", 0, block, 110);
		else
			put_block(&r, "native", 0, block, 20);
	}
	assert_near(change_of(&r, "slist", "dlist").value, 0.1, 1e-12);
	assert_near(change_of(&r, "dlist", "slist").value, 100 / 110.0 - 1, 1e-12);
	assert_near(change_of(&r, "slist", "native").value, 1, 1e-12);
	assert_near(change_of(&r, "native", "slist-aa").value, 10, 1e-12);
	assert_false(change_of(&r, "dlist", "native").valid);
	ncb_rundata_free(&r);
}

static void test_nothing_to_divide_by(void **state)
{
	struct ncb_rundata r;

	(void)state;
	empty_run(&r, NCB_INSN, CALL_64);
	put_block(&r, "slist", 0, 0, 2);
	put_block(&r, "dlist", 0, 0, 5);
	put_block(&r, "loop", 0, 0, 2);
	assert_near(stats_of(&r, "slist").cost.value, 0, 1e-12);
	assert_false(change_of(&r, "slist", "dlist").valid);
	assert_true(change_of(&r, "dlist", "slist").valid);
	ncb_rundata_free(&r);
}

static void test_callbacks_of_a_row(void **state)
{
	static const struct {
		uint32_t op, position, length, callbacks;
	} cases[] = {
		{ NCB_CALL, NCB_POS_NONE, 64, 64 }, { NCB_REVERSE, NCB_POS_NONE, 64, 64 },
		{ NCB_ROBUST, NCB_POS_NONE, 64, 64 }, { NCB_ROBUST, NCB_POS_HEAD, 64, 1 },
		{ NCB_ROBUST, NCB_POS_MIDDLE, 64, 65 }, { NCB_ROBUST, NCB_POS_MIDDLE, 5, 5 },
		{ NCB_ROBUST, NCB_POS_TAIL, 64, 127 }, { NCB_REGISTER, NCB_POS_TAIL, 64, 0 },
		{ NCB_EMPTY, NCB_POS_NONE, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ncb_row row = { .op = cases[i].op, .position = cases[i].position,
				       .length = cases[i].length };

		assert_int_equal(ncb_row_callbacks(&row), cases[i].callbacks);
	}
}

/* -- known truths -- */

static void test_exact_run_is_recovered(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s = synthetic(&r, &ncb_truth_insn);
	struct ncb_trust trust;
	size_t row, seen = 0;
	uint32_t arm;

	(void)state;
	for (row = 0; row < r.nrows; row++) {
		for (arm = 0; arm < r.rows[row].arms; arm++) {
			const struct ncb_arm_stats *st = ncb_stats_arm(s, row, arm);
			const char *name = r.rows[row].arm[arm].name;

			if (!st->samples || !strcmp(name, "loop"))
				continue;
			seen++;
			assert_near(st->cost.value,
				    ncb_true_cost(&ncb_truth_insn, &r.rows[row], name), 1e-9);
			assert_true(st->cost.low == st->cost.high);
			assert_true(st->exact && st->uniform);
		}
	}
	assert_int_equal(seen, 123);
	assert_near(dlist_change(s, CALL_64).value, 788.0 / 660 - 1, 1e-12);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.aa.n, 20);
	assert_true(trust.aa.low == 0 && trust.aa.high == 0);
	drop(&r, s);
}

/* The interval is meant to hold the truth; where it does not, it misses narrowly. */
static void test_noisy_run_is_recovered(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s = synthetic(&r, &ncb_truth_ns);
	size_t row, hits = 0, n = 0;

	(void)state;
	for (row = 0; row < r.nrows; row++) {
		struct ncb_interval c = dlist_change(s, r.rows[row].id);

		if (!c.valid)
			continue;
		n++;
		hits += c.low <= 0.1 && 0.1 <= c.high;
		assert_near(c.value, 0.1, 0.06);
		assert_true(c.low < c.high);
	}
	assert_int_equal(n, 20);
	assert_in_range(hits, 17, 20);
	drop(&r, s);
}

/* Rows of a run share its layouts, so many runs tell more than the rows of one. */
static void test_intervals_of_equal_code_hold_nothing(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_trust trust;
	struct ncb_stats *s;
	struct ncb_rundata r;
	size_t resolved = 0, n = 0;

	(void)state;
	t.dlist_share = 0;
	for (t.seed = 1; t.seed <= 20; t.seed++) {
		s = synthetic(&r, &t);
		ncb_stats_trust(s, &trust);
		resolved += trust.aa_resolved;
		n += trust.aa.n;
		assert_int_equal(trust.aa_called, 0);
		drop(&r, s);
	}
	assert_int_equal(n, 400);
	assert_true(resolved <= 20);
}

static void test_copies_of_one_engine_do_not_differ(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_stats *s;
	struct ncb_rundata r;
	struct ncb_trust trust;
	size_t row, level, envelopes = 0;
	double sum = 0;

	(void)state;
	/* dlist is slist under another name, layouts vary by 5 %; as the default profile. */
	t.dlist_share = 0;
	t.reloads = 8;
	t.blocks = 16;
	s = synthetic(&r, &t);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.aa.n, 20);
	assert_true(trust.aa.high < 0.15 && trust.aa.low > -0.15);
	/* Copies differ by 5 %: four of them and 20 rows leave a change of so much untold. */
	assert_true(trust.least > 0.05 && trust.least < 0.3);
	for (row = 0; row < r.nrows; row++) {
		double envelope = ncb_stats_envelope(s, row, true);

		double most = fmax(expm1(fabs(log1p(trust.aa.low))), expm1(fabs(log1p(trust.aa.high))));

		/* Rows without a control have no envelope. */
		assert_true(isnan(envelope) ||
			    (envelope >= 0 && envelope <= most * (1 + 1e-12)));
		envelopes += !isnan(envelope);
	}
	assert_true(envelopes >= 20);
	assert_int_equal(trust.aa_called, 0);
	assert_int_equal(trust.changes, 20);
	assert_int_equal(trust.tested, 20);
	assert_int_equal(trust.verdicts[NCB_UNRESOLVED], 20);
	assert_int_equal(trust.levels[NCB_LEVEL_RELOAD] + trust.levels[NCB_LEVEL_COPY], 20);
	for (level = 0; level < NCB_LEVELS; level++)
		sum += trust.variance[level];
	assert_near(sum, 1, 1e-9);
	drop(&r, s);
}

static void test_swapped_sign_is_seen(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_stats *s;
	struct ncb_comparison *c;
	struct ncb_rundata r;
	size_t i;

	(void)state;
	s = synthetic(&r, &t);
	assert_true(dlist_change(s, CALL_64).value > 0);
	drop(&r, s);
	t.swap = true;
	s = synthetic(&r, &t);
	assert_near(dlist_change(s, CALL_64).value, 660.0 / 788 - 1, 1e-12);
	c = ncb_compare_arms(&s, "slist", "dlist", NULL);
	for (i = 0; i < c->pairs; i++)
		if (!strcmp(c->pair[i].id, CALL_64))
			/* The second copy is not swapped: its envelope tells that something is wrong. */
			assert_int_equal(c->pair[i].verdict, NCB_UNRESOLVED);
	assert_int_equal(c->pairs, 20);
	ncb_comparison_free(c);
	drop(&r, s);
}

/* A loop that runs n + 1 times and is divided by n. */
static void test_one_more_is_caught_by_proportion(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_trust trust;
	struct ncb_stats *s;
	struct ncb_rundata r;

	(void)state;
	s = synthetic(&r, &t);
	ncb_stats_trust(s, &trust);
	assert_near(trust.proportion_ticks.high, 0, 0);
	assert_true(trust.proportion_ticks.n > 100);
	drop(&r, s);
	t.one_more = true;
	s = synthetic(&r, &t);
	ncb_stats_trust(s, &trust);
	assert_true(trust.proportion_ticks.high > NCB_PROPORTION_TICKS);
	drop(&r, s);
}

static void test_planted_cost_is_recovered(void **state)
{
	struct ncb_trust trust;
	struct ncb_rundata r;
	struct ncb_stats *s = synthetic(&r, &ncb_truth_insn);

	(void)state;
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.plant.n, 17);
	assert_near(trust.plant.low, NCB_PLANT_INSN, 1e-9);
	assert_near(trust.plant.high, NCB_PLANT_INSN, 1e-9);
	assert_int_equal(trust.plant_seen, 17);
	assert_int_equal(trust.base_calls, 17);
	assert_int_equal(trust.base_rows, 20);
	assert_int_equal(trust.arms + trust.loops, 146);
	assert_int_equal(trust.loops, 23);
	drop(&r, s);
}

static void test_unequal_samples_are_not_hidden(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_trust trust;
	struct ncb_stats *s;
	struct ncb_rundata r;

	(void)state;
	t.inexact = true;
	s = synthetic(&r, &t);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.inexact, 1);
	drop(&r, s);
	t.inexact = false;
	t.uneven_copies = true;
	s = synthetic(&r, &t);
	ncb_stats_trust(s, &trust);
	/* Copies differ, but each agrees with itself. */
	assert_int_equal(trust.inexact, 0);
	assert_true(trust.uneven > 50);
	assert_near(trust.copies.high, 1, 1e-9);
	assert_true(trust.copies_arm < r.rows[trust.copies.high_row].arms);
	drop(&r, s);
}

#define READING	50	/* of synthetic.c, in ticks */
#define LOOP	2

/* The planted cost of that row becomes a planted share: 51 operations for 50. */
static void plant_share(struct ncb_rundata *r, const char *id, double cost)
{
	size_t row = row_of(r, id), i;
	int arm = ncb_row_arm_find(&r->rows[row], "slist+7");

	strcpy(r->rows[row].arm[arm].name, "slist+2%");
	r->rows[row].arm[arm].flags = NCB_ARM_SHARE;
	for (i = 0; i < r->nsamples; i++) {
		struct ncb_sample *s = &r->samples[i].s;
		uint32_t n = NCB_SHARE_PER * s->kind;

		if (r->samples[i].row != row || s->arm != (uint32_t)arm)
			continue;
		s->iters = n + 1;
		s->ticks = READING + (cost + LOOP) * (n + 1 + s->kind);
	}
}

static void test_planted_share_is_recovered(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_trust trust;
	struct ncb_rundata r;
	struct ncb_stats *s;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	plant_share(&r, CALL_64, 660);
	plant_share(&r, "raw/call/8/distinct/packed/warm", 100);
	s = ncb_stats_new(&r);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.share.n, 2);
	assert_near(trust.share.low, 0.02, 1e-12);
	assert_near(trust.share.high, 0.02, 1e-12);
	assert_near(trust.share_mean.value, 0.02, 1e-12);
	assert_int_equal(trust.share_seen, 2);
	assert_int_equal(trust.share_called, 2);
	assert_int_equal(trust.plant.n, 15);
	drop(&r, s);
}

static void test_lines(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s = synthetic(&r, &ncb_truth_insn);
	size_t row = row_of(&r, CALL_64);
	struct ncb_line l;

	(void)state;
	l = ncb_stats_line(s, row, "slist");
	assert_int_equal(l.points, 3);
	assert_near(l.slope.value, 10, 1e-9);
	assert_near(l.fixed.value, 20, 1e-9);
	assert_near(l.residual, 0, 1e-9);
	assert_true(l.straight);
	l = ncb_stats_line(s, row, "dlist");
	assert_near(l.slope.value, 12, 1e-9);
	l = ncb_stats_line_difference(s, row, "slist", "dlist");
	assert_near(l.slope.value, 2, 1e-9);
	assert_near(l.fixed.value, 0, 1e-9);
	assert_near(l.residual_share, 0, 1e-9);
	assert_true(l.straight);
	l = ncb_stats_line_difference(s, row, "dlist", "slist");
	assert_near(l.slope.value, -2, 1e-9);
	assert_false(ncb_stats_line_difference(s, row, "slist", "nothing").slope.valid);
	l = ncb_stats_line(s, row_of(&r, "blocking/robust@tail/64/distinct/packed/warm"), "slist");
	assert_near(l.slope.value, 20, 1e-9);
	assert_near(l.fixed.value, 10, 1e-9);
	/* One length is no line; an arm that was not measured neither. */
	l = ncb_stats_line(s, row_of(&r, "raw/empty/0/distinct/packed/warm"), "slist");
	assert_false(l.slope.valid);
	l = ncb_stats_line(s, row_of(&r, "blocking/reverse/8/distinct/packed/warm"), "slist");
	assert_false(l.slope.valid);
	drop(&r, s);
}

/* Three points that are on no line. */
static void test_residual(void **state)
{
	static const char *const ids[] = {
		"raw/call/1/one/packed/warm", "raw/call/2/one/packed/warm",
		"raw/call/4/one/packed/warm",
	};
	static const uint64_t cost[] = { 10, 32, 40 };
	struct ncb_rundata r;
	struct ncb_stats *s;
	struct ncb_line l;
	uint32_t i;

	(void)state;
	empty_run(&r, NCB_INSN, ids[0]);
	ncb_synthetic_row(&r, ids[1]);
	ncb_synthetic_row(&r, ids[2]);
	for (i = 0; i < 3; i++) {
		put_block(&r, "slist", 0, 0, cost[i]);
		for (size_t k = r.nsamples - 3; k < r.nsamples; k++)
			r.samples[k].row = i;
	}
	s = ncb_stats_new(&r);
	l = ncb_stats_line(s, 0, "slist");
	/* Weights 1/4, 1/9, 1/25; worked out in fractions. */
	assert_near(l.slope.value, 712.0 / 61, 1e-9);
	assert_near(l.fixed.value, 42.0 / 61, 1e-9);
	assert_near(l.residual, 486.0 / 61, 1e-9);
	drop(&r, s);
}

static void test_fidelity(void **state)
{
	struct ncb_trust trust;
	struct ncb_rundata r;
	struct ncb_stats *s = synthetic(&r, &ncb_truth_insn);
	size_t i;

	(void)state;
	ncb_stats_trust(s, &trust);
	assert_string_equal(trust.replica, "slist");
	/* native: 1 more per block and 6 per call; a robust call passes blocks twice. */
	assert_near(trust.per_block.low, -2, 1e-9);
	assert_near(trust.per_block.high, 0, 1e-9);
	assert_near(trust.per_call.low, -7, 1e-9);
	assert_near(trust.per_call.high, -5, 1e-9);
	/* Every row that has both, also those of one length. */
	assert_int_equal(trust.apart.n, 20);
	assert_near(trust.apart.low, -133, 1e-9);
	assert_string_equal(r.rows[trust.apart_share.low_row].id,
			    "raw/empty/0/distinct/packed/warm");
	assert_near(trust.apart_share.low, 20.0 / 26 - 1, 1e-9);
	assert_int_equal(trust.far, 20);
	assert_int_equal(trust.beyond, 0);
	/* A kernel that rolls back in reverse is the patched one: dlist stands for it. */
	for (i = 0; i < r.nrows; i++)
		r.rows[i].arm[6].facts = NCB_FACT_ROLLBACK_REVERSE;
	ncb_stats_trust(s, &trust);
	assert_string_equal(trust.replica, "dlist");
	drop(&r, s);
}

static void test_no_samples_at_all(void **state)
{
	struct ncb_trust trust;
	struct ncb_rundata r;
	struct ncb_stats *s;

	(void)state;
	ncb_rundata_init(&r);
	s = ncb_stats_new(&r);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.checked, 0);
	assert_int_equal(trust.aa.n, 0);
	drop(&r, s);
	empty_run(&r, NCB_NS, CALL_64);
	s = ncb_stats_new(&r);
	ncb_stats_trust(s, &trust);
	assert_int_equal(trust.arms, 0);
	assert_false(ncb_stats_arm(s, 0, 2)->cost.valid);
	assert_null(ncb_stats_arm(s, 0, -1));
	assert_null(ncb_stats_arm(s, 1, 0));
	drop(&r, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_median_and_quantile),
		cmocka_unit_test(test_bootstrap_of_few),
		cmocka_unit_test(test_bootstrap_is_reproducible),
		cmocka_unit_test(test_bootstrap_covers),
		cmocka_unit_test(test_student_by_hand),
		cmocka_unit_test(test_loadings_are_no_new_layouts),
		cmocka_unit_test(test_cost_by_hand),
		cmocka_unit_test(test_split_cost_by_hand),
		cmocka_unit_test(test_noisy_cost_by_hand),
		cmocka_unit_test(test_interrupted_samples),
		cmocka_unit_test(test_interrupted_base),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_quantiles_of_samples),
		cmocka_unit_test(test_change_by_hand),
		cmocka_unit_test(test_pairs_arms_with_other_copies),
		cmocka_unit_test(test_exact_figures_are_of_the_first_copy),
		cmocka_unit_test(test_only_common_blocks_are_compared),
		cmocka_unit_test(test_nothing_to_divide_by),
		cmocka_unit_test(test_callbacks_of_a_row),
		cmocka_unit_test(test_exact_run_is_recovered),
		cmocka_unit_test(test_noisy_run_is_recovered),
		cmocka_unit_test(test_intervals_of_equal_code_hold_nothing),
		cmocka_unit_test(test_copies_of_one_engine_do_not_differ),
		cmocka_unit_test(test_swapped_sign_is_seen),
		cmocka_unit_test(test_one_more_is_caught_by_proportion),
		cmocka_unit_test(test_planted_cost_is_recovered),
		cmocka_unit_test(test_unequal_samples_are_not_hidden),
		cmocka_unit_test(test_planted_share_is_recovered),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_residual),
		cmocka_unit_test(test_fidelity),
		cmocka_unit_test(test_no_samples_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
