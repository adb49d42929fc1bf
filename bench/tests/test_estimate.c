// SPDX-License-Identifier: GPL-2.0-only
/*
 * Estimates and tests against published examples, values worked out by hand,
 * and simulations with a known truth (seeded: the same in every run).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include "../estimate.h"
#include "../ncbench.h"

#define assert_close(a, b, eps) assert_true(fabs((a) - (b)) <= (eps))

/* Hollander and Wolfe, Nonparametric Statistical Methods: depression scores, p. 29 ff. */
static void test_signed_rank_published(void **state)
{
	static const double before[] = { 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
	static const double after[] = { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
	double d[9];
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		d[i] = after[i] - before[i];
	/* T+ of the decreases is 40: 10 of 512 ways are as far out, on each side. */
	assert_close(ncb_signed_rank(d, 9), 2 * 10 / 512.0, 1e-12);
}

static void test_signed_rank_by_hand(void **state)
{
	static const double all_up[] = { 1, 2, 3, 4, 5 }, mixed[] = { 1, -2, 3, -4 };
	static const double zeros[] = { 0, 0, 0 }, with_zeros[] = { 0, 1, 2, 0, 3, 4, 5 };

	(void)state;
	assert_close(ncb_signed_rank(all_up, 5), 2 / 32.0, 1e-12);
	assert_close(ncb_signed_rank(with_zeros, 7), 2 / 32.0, 1e-12);
	/* T+ = 4 of 10: 7 of 16 subsets of ranks have a sum of 4 or less. */
	assert_close(ncb_signed_rank(mixed, 4), 2 * 7 / 16.0, 1e-12);
	assert_close(ncb_signed_rank(zeros, 3), 1, 0);
	assert_close(ncb_signed_rank(NULL, 0), 1, 0);
}

/* Ties: the normal approximation, worked out by hand. */
static void test_signed_rank_ties(void **state)
{
	static const double d[] = { 1, 1, 1, 1, -1, 1, 1, 1 };
	/* Mean rank 4.5 each; T+ = 31.5, mean 18, variance 51 - 504 / 48 = 40.5. */
	double z = (31.5 - 18 - 0.5) / sqrt(40.5);

	(void)state;
	assert_close(ncb_signed_rank(d, 8), erfc(z / sqrt(2)), 1e-9);
}

/* Hollander and Wolfe: permeability of membranes, p. 69 f. */
static void test_rank_sum_published(void **state)
{
	static const double term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
	static const double weeks[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

	(void)state;
	assert_close(ncb_rank_sum(term, 10, weeks, 5), 0.2544, 5e-5);
	assert_close(ncb_rank_sum(weeks, 5, term, 10), 0.2544, 5e-5);
}

static void test_rank_sum_by_hand(void **state)
{
	static const double low[] = { 1, 2, 3 }, high[] = { 4, 5, 6 }, same[] = { 1, 1, 1 };

	(void)state;
	assert_close(ncb_rank_sum(low, 3, high, 3), 2 / 20.0, 1e-12);
	assert_close(ncb_rank_sum(low, 1, high, 1), 1, 1e-12);
	assert_close(ncb_rank_sum(same, 3, same, 3), 1, 0);
	assert_true(isnan(ncb_rank_sum(low, 0, high, 3)));
}

/* Enumerated up to 20 against 20, approximated beyond; both as SciPy 1.10 has them. */
static void test_rank_sum_large(void **state)
{
	double a[21], b[21];
	size_t i;

	(void)state;
	for (i = 0; i < 21; i++) {
		a[i] = i;
		b[i] = i + 5.5;
	}
	assert_close(ncb_rank_sum(a, 20, b, 20), 0.009483607191205003, 1e-12);
	assert_close(ncb_rank_sum(a, 21, b, 21), 0.011883872063715774, 1e-12);
}

/* Worked through by hand; the first column is the usual textbook example. */
static void test_corrections(void **state)
{
	static const double raw[] = { 0.01, NAN, 0.04, 0.03, 0.005 };
	static const double holm[] = { 0.03, NAN, 0.06, 0.06, 0.02 };
	static const double bh[] = { 0.02, NAN, 0.04, 0.04, 0.02 };
	double p[5];
	size_t i;

	(void)state;
	memcpy(p, raw, sizeof(p));
	ncb_correct(p, 5, NCB_HOLM);
	for (i = 0; i < 5; i++)
		assert_true(isnan(holm[i]) ? isnan(p[i]) : fabs(p[i] - holm[i]) < 1e-12);
	memcpy(p, raw, sizeof(p));
	ncb_correct(p, 5, NCB_BENJAMINI_HOCHBERG);
	for (i = 0; i < 5; i++)
		assert_true(isnan(bh[i]) ? isnan(p[i]) : fabs(p[i] - bh[i]) < 1e-12);
	memcpy(p, raw, sizeof(p));
	ncb_correct(p, 5, NCB_UNCORRECTED);
	assert_memory_equal(p, raw, sizeof(p));
	p[0] = 0.7;
	p[1] = 0.8;
	ncb_correct(p, 2, NCB_HOLM);
	assert_close(p[0], 1, 0);
	assert_close(p[1], 1, 0);
}

static void test_quantiles(void **state)
{
	double v[] = { 5, 1, 4, 2, 3 }, one[] = { 7 };

	(void)state;
	assert_close(ncb_median(v, 5), 3, 0);
	assert_close(ncb_quantile(v, 5, 0), 1, 0);
	assert_close(ncb_quantile(v, 5, 1), 5, 0);
	assert_close(ncb_quantile(v, 5, 0.1), 1.4, 1e-12);
	assert_close(ncb_quantile(one, 1, 0.1), 7, 0);
	assert_true(isnan(ncb_quantile(v, 0, 0.5)));
	assert_close(ncb_mad(v, 5), 1, 0);
}

/* Interpolating between two equal counts has to give that very count. */
static void test_quantile_of_equal_values(void **state)
{
	static const double odd = 1864.0 / 3;
	double v[] = { odd, odd, odd, odd };
	double q;

	(void)state;
	for (q = 0; q < 1; q += 0.01)
		assert_true(ncb_quantile(v, 4, q) == odd);
}

static void test_half_sample_mode(void **state)
{
	double crowd[] = { 10, 1, 2.9, 3, 3.1, 20, 30 }, three[] = { 1, 2, 10 }, two[] = { 1, 2 };

	(void)state;
	assert_close(ncb_half_sample_mode(crowd, 7), 3, 0.06);
	assert_close(ncb_half_sample_mode(three, 3), 1.5, 0);
	assert_close(ncb_half_sample_mode(two, 2), 1.5, 0);
	assert_true(isnan(ncb_half_sample_mode(two, 0)));
}

/* -- clustered values -- */

enum { COPIES = 4, RELOADS = 3, CELLS = COPIES * RELOADS };

static void fill(struct ncb_point *p, gsl_rng *rng, uint32_t boot, double mean, double boot_sd,
		 double copy_sd, double reload_sd, double noise)
{
	double b = gsl_ran_gaussian(rng, boot_sd), copy[COPIES], reload;
	uint32_t c, r;

	for (c = 0; c < COPIES; c++)
		copy[c] = gsl_ran_gaussian(rng, copy_sd);
	for (r = 0; r < RELOADS; r++) {
		reload = gsl_ran_gaussian(rng, reload_sd);
		for (c = 0; c < COPIES; c++)
			*p++ = (struct ncb_point) {
				.boot = boot, .copy = c, .reload = r,
				.value = mean + b + copy[c] + reload +
					 gsl_ran_gaussian(rng, noise),
			};
	}
}

/* Four copies, hand-checked: mean 2.5, sd 1.29, t(3) 3.18. */
static void test_mean_over_copies(void **state)
{
	struct ncb_point p[] = {
		{ 0, 0, 0, 1, 0 }, { 0, 1, 0, 2, 0 }, { 0, 2, 0, 3, 0 }, { 0, 3, 0, 4, 0 },
		{ 0, 0, 1, 1, 0 }, { 0, 1, 1, 2, 0 }, { 0, 2, 1, 3, 0 }, { 0, 3, 1, 4, 0 },
	};
	struct ncb_estimate e = ncb_estimate_mean(p, ARRAY_SIZE(p), 1);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_COPY);
	assert_int_equal(e.clusters, 4);
	assert_close(e.ci.value, 2.5, 1e-12);
	assert_close(e.se, sqrt(5 / 3.0) / 2, 1e-12);
	assert_close(e.ci.high - e.ci.value, 3.182446 * e.se, 1e-5);
	assert_close(e.share[NCB_LEVEL_COPY], 1, 1e-9);
	assert_close(e.share[NCB_LEVEL_RELOAD], 0, 1e-9);
	assert_true(isnan(e.share[NCB_LEVEL_BOOT]));
}

/* The same values, but now it is the loadings that differ. */
static void test_mean_over_reloads(void **state)
{
	struct ncb_point p[] = {
		{ 0, 0, 0, 1, 0 }, { 0, 0, 1, 2, 0 }, { 0, 0, 2, 3, 0 }, { 0, 0, 3, 4, 0 },
		{ 0, 1, 0, 1, 0 }, { 0, 1, 1, 2, 0 }, { 0, 1, 2, 3, 0 }, { 0, 1, 3, 4, 0 },
	};
	struct ncb_estimate e = ncb_estimate_mean(p, ARRAY_SIZE(p), 1);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_RELOAD);
	assert_close(e.ci.value, 2.5, 1e-12);
	assert_close(e.share[NCB_LEVEL_RELOAD], 1, 1e-9);
	assert_close(e.share[NCB_LEVEL_COPY], 0, 1e-9);
}

/*
 * Eight loadings of one copy, by hand: 3 .. 6 are kept, their mean is 4.5; winsorized
 * 3 3 3 4 5 6 6 6 has the variance 2, so the squared error is 7 * 2 / (4 * 3).
 */
static void test_trimmed_loadings(void **state)
{
	struct ncb_point p[8];
	struct ncb_estimate e;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		p[i] = (struct ncb_point) { .reload = i, .value = (i * 3 + 1) % 8 + 1 };
	e = ncb_estimate_mean(p, 8, 1);
	assert_int_equal(e.level, NCB_LEVEL_RELOAD);
	assert_close(e.ci.value, 4.5, 1e-12);
	assert_close(e.se, sqrt(14 / 12.0), 1e-12);
	assert_close(e.df, 3, 0);
	/* However far off one of them is. */
	for (i = 0; i < 8; i++)
		if (p[i].value == 8)
			p[i].value = 1e6;
	e = ncb_estimate_mean(p, 8, 1);
	assert_close(e.ci.value, 4.5, 1e-12);
	assert_close(e.se, sqrt(14 / 12.0), 1e-12);
	/* With fewer there is nothing to spare. */
	e = ncb_estimate_mean(p, 5, 1);
	assert_int_equal(e.clusters, 5);
	assert_close(e.df, 4, 0);
}

/* Single cells that are off, one in each of four loadings, are no effect of the loading. */
static void test_single_cells_that_are_off(void **state)
{
	struct ncb_point p[32];
	struct ncb_estimate e;
	uint32_t i;

	(void)state;
	for (i = 0; i < 32; i++)
		p[i] = (struct ncb_point) { .copy = i % 4, .reload = i / 4, .value = 1 };
	/* Copy 0 in loadings 0 and 1, copy 1 in 2 and 3. */
	p[0].value = p[4].value = p[9].value = p[13].value = 6;
	e = ncb_estimate_mean(p, 32, 1);
	assert_close(e.ci.value, 1, 0);
	assert_close(e.se, 0, 0);
}

/* By hand: in each of two boots the mean of three has the variance 1 / 3, so theirs has 1 / 6. */
static void test_loadings_of_two_boots(void **state)
{
	struct ncb_point p[] = {
		{ 0, 0, 0, 1, 0 }, { 0, 0, 1, 2, 0 }, { 0, 0, 2, 3, 0 },
		{ 1, 0, 0, 1, 0 }, { 1, 0, 1, 2, 0 }, { 1, 0, 2, 3, 0 },
	};
	struct ncb_estimate e = ncb_estimate_mean(p, ARRAY_SIZE(p), 1);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_RELOAD);
	assert_int_equal(e.clusters, 6);
	assert_close(e.se, sqrt(1 / 6.0), 1e-12);
	assert_close(e.df, 4, 1e-12);
}

static void test_mean_of_little(void **state)
{
	struct ncb_point p = { 0, 0, 0, 5, 0 };
	struct ncb_estimate e = ncb_estimate_mean(&p, 1, 1);

	(void)state;
	assert_true(e.ci.valid);
	assert_close(e.ci.value, 5, 0);
	assert_true(isinf(e.ci.low) && isinf(e.ci.high));
	assert_close(e.p, 1, 0);
	assert_close(ncb_equivalence(&e, 100), 1, 0);
	e = ncb_estimate_mean(&p, 0, 1);
	assert_false(e.ci.valid);
	assert_true(isnan(e.p) && isnan(ncb_equivalence(&e, 1)));
}

/*
 * The point of it all: whatever varies, 95 % of intervals have to hold the truth.
 * 400 draws; fewer than 90 % in 400 at a true 95 % happens once in 10^5.
 */
static void test_coverage(void **state)
{
	static const struct {
		double copy, reload, noise;
	} cases[] = { { 1, 0, 0.1 }, { 0, 1, 0.1 }, { 1, 1, 1 }, { 0, 0, 1 } };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct ncb_point p[CELLS];
	size_t c, i, held;

	(void)state;
	gsl_rng_set(rng, 4711);
	for (c = 0; c < ARRAY_SIZE(cases); c++) {
		for (held = i = 0; i < 400; i++) {
			struct ncb_estimate e;

			fill(p, rng, 0, 10, 0, cases[c].copy, cases[c].reload, cases[c].noise);
			e = ncb_estimate_mean(p, CELLS, i);
			held += e.ci.low <= 10 && e.ci.high >= 10;
		}
		assert_true(held >= 360);
	}
	gsl_rng_free(rng);
}

/* Two sides: copies are shared, boots and loadings are not. */
static void between_rate(double boot, double copy, double reload, double noise, size_t boots,
			 double shift, size_t *called, size_t *held)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct ncb_point a[12 * CELLS], b[12 * CELLS];
	size_t i, k;

	gsl_rng_set(rng, 4712);
	for (*called = *held = i = 0; i < 400; i++) {
		struct ncb_estimate e;
		double per_copy[COPIES];
		uint32_t c;

		for (c = 0; c < COPIES; c++)
			per_copy[c] = gsl_ran_gaussian(rng, copy);
		for (k = 0; k < boots; k++) {
			fill(a + k * CELLS, rng, k, 10, boot, 0, reload, noise);
			fill(b + k * CELLS, rng, k, 10 + shift, boot, 0, reload, noise);
		}
		for (k = 0; k < boots * CELLS; k++) {
			a[k].value += per_copy[a[k].copy];
			b[k].value += per_copy[b[k].copy];
		}
		e = ncb_estimate_between(a, boots * CELLS, b, boots * CELLS, i);
		*called += e.p < 0.05;
		*held += e.ci.low <= shift && e.ci.high >= shift;
	}
	gsl_rng_free(rng);
}

static void test_between(void **state)
{
	size_t called, held;

	(void)state;
	/* One boot a side, loadings vary: not called different, and the copies cancel out. */
	between_rate(0, 5, 1, 0.2, 1, 0, &called, &held);
	assert_true(called <= 36 && held >= 360);
	/* Boots vary most, and there are several. */
	between_rate(1, 5, 0.1, 0.1, 5, 0, &called, &held);
	assert_true(called <= 36 && held >= 360);
	between_rate(1, 5, 0.1, 0.1, 12, 0, &called, &held);
	assert_true(called <= 36 && held >= 360);
	/* A shift of several standard errors is found. */
	between_rate(0, 5, 0.1, 0.1, 1, 1, &called, &held);
	assert_true(called >= 380 && held >= 360);
	between_rate(1, 5, 0.1, 0.1, 12, 3, &called, &held);
	assert_true(called >= 380 && held >= 360);
}

/* Had boots been taken for as many loadings, nearly every draw would be a difference. */
static void test_boots_are_the_clusters(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct ncb_point a[3 * CELLS], b[3 * CELLS];
	struct ncb_estimate e;
	size_t k;

	(void)state;
	gsl_rng_set(rng, 1);
	for (k = 0; k < 3; k++) {
		fill(a + k * CELLS, rng, k, 10, 1, 0, 0.01, 0.01);
		fill(b + k * CELLS, rng, k, 10, 1, 0, 0.01, 0.01);
	}
	e = ncb_estimate_between(a, 3 * CELLS, b, 3 * CELLS, 1);
	assert_int_equal(e.level, NCB_LEVEL_BOOT);
	assert_int_equal(e.clusters, 3);
	assert_true(e.se > 0.3);
	assert_true(e.share[NCB_LEVEL_BOOT] > 0.9);
	gsl_rng_free(rng);
}

/* One boot against several: the spread of the several stands for both. */
static void test_one_boot_against_three(void **state)
{
	struct ncb_point a[] = { { 0, 0, 0, 10, 0 } };
	struct ncb_point b[] = { { 0, 0, 0, 10, 0 }, { 1, 0, 0, 11, 0 }, { 2, 0, 0, 12, 0 } };
	struct ncb_estimate e = ncb_estimate_between(a, 1, b, 3, 1);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_BOOT);
	assert_close(e.se, sqrt(1 / 1.0 + 1 / 3.0), 1e-12);
	assert_close(e.df, 2, 0);
	assert_int_equal(e.clusters, 1);
}

static void test_exact(void **state)
{
	struct ncb_estimate none = ncb_estimate_exact(0), some = ncb_estimate_exact(0.02);

	(void)state;
	assert_close(none.p, 1, 0);
	assert_close(some.p, 0, 0);
	assert_true(some.ci.low == some.ci.high && some.ci.low == 0.02);
	assert_close(ncb_equivalence(&some, 0.03), 0, 0);
	assert_close(ncb_equivalence(&some, 0.01), 1, 0);
}

/* Student with 3 degrees of freedom, from a table: P(t > 2.353) = 0.05. */
static void test_equivalence(void **state)
{
	struct ncb_estimate e = ncb_estimate_exact(0.01);

	(void)state;
	e.se = 0.01;
	e.df = 3;
	assert_close(ncb_equivalence(&e, 0.01 + 2.353363 * 0.01), 0.05, 1e-6);
	e.ci.value = -0.01;
	assert_close(ncb_equivalence(&e, 0.01 + 2.353363 * 0.01), 0.05, 1e-6);
	/* An estimate beyond the margin is no equivalence at all. */
	assert_true(ncb_equivalence(&e, 0.005) > 0.5);
}

/* Estimates whose true standard error is @low or @high, from three degrees of freedom. */
static size_t moderated(double low, double high, struct ncb_prior *prior, double *widest)
{
	enum { ROWS = 400 };
	static struct ncb_estimate e[ROWS];
	struct ncb_estimate *list[ROWS];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t i, called = 0;

	gsl_rng_set(rng, 4713);
	for (i = 0; i < ROWS; i++) {
		double se = i % 2 ? low : high;

		list[i] = &e[i];
		e[i] = ncb_estimate_exact(gsl_ran_gaussian(rng, se));
		e[i].df = 3;
		e[i].se = se * sqrt(gsl_ran_chisq(rng, 3) / 3);
	}
	*prior = ncb_moderate(list, ROWS);
	for (*widest = i = 0; i < ROWS; i++) {
		called += e[i].p < 0.05;
		*widest = fmax(*widest, e[i].ci.high - e[i].ci.value);
	}
	gsl_rng_free(rng);
	return called;
}

static void test_moderation(void **state)
{
	struct ncb_prior prior;
	double widest;

	(void)state;
	/* All alike: the prior is worth as much as it may be, and nobody is wide by accident. */
	assert_true(moderated(1, 1, &prior, &widest) <= 32);
	assert_close(prior.se, 1, 0.1);
	assert_close(prior.df, NCB_PRIOR_DF_MOST, 0);
	assert_true(widest < 2.132 * 2);
	/* Half of the rows a hundred times noisier: the prior is worth next to nothing. */
	assert_true(moderated(0.01, 1, &prior, &widest) <= 32);
	assert_true(prior.df > 0 && prior.df < 1);
}

/* Two rows by hand: 3 and 12 degrees of freedom weigh 1 : 4. */
static void test_moderation_by_hand(void **state)
{
	struct ncb_estimate e[12], *list[12];
	struct ncb_prior prior;
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++) {
		list[i] = &e[i];
		e[i] = ncb_estimate_exact(1);
		e[i].se = 1;
		e[i].df = 3;
	}
	prior = ncb_moderate(list, 7);
	assert_close(prior.df, 0, 0);
	assert_close(e[0].se, 1, 0);
	prior = ncb_moderate(list, 12);
	assert_close(prior.df, 12, 0);
	assert_close(e[0].df, 15, 0);
	assert_close(e[0].se, sqrt((3 + 12 * prior.se * prior.se) / 15), 1e-12);
	assert_close(e[0].ci.high - 1, 2.131450 * e[0].se, 1e-5);
	/* An exact count has nothing to moderate. */
	e[0] = ncb_estimate_exact(1);
	ncb_moderate(list, 12);
	assert_close(e[0].se, 0, 0);
	assert_close(e[0].p, 0, 0);
}

/* Values twice as far out as they say: the factor is 2, give or take what 400 draws do. */
static void test_inflation(void **state)
{
	enum { ROWS = 400 };
	static struct ncb_estimate e[ROWS];
	const struct ncb_estimate *list[ROWS];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double half;
	size_t i;

	(void)state;
	gsl_rng_set(rng, 4714);
	for (i = 0; i < ROWS; i++) {
		list[i] = &e[i];
		e[i] = ncb_estimate_exact(2 * gsl_ran_tdist(rng, 5));
		e[i].se = 1;
		e[i].df = 5;
	}
	assert_close(ncb_inflation(list, ROWS), 2, 0.3);
	assert_close(ncb_inflation(list, 7), 1, 0);
	for (i = 0; i < ROWS; i++)
		e[i].ci.value /= 8;
	assert_close(ncb_inflation(list, ROWS), 1, 0);
	e[0] = ncb_estimate_exact(3);
	e[0].se = 1;
	e[0].df = 5;
	ncb_inflate(&e[0], 1.5);
	half = 1.5 * 2.570582;
	assert_close(e[0].ci.high, 3 + half, 1e-5);
	assert_close(e[0].ci.low, 3 - half, 1e-5);
	/* P(t > 2) with five degrees of freedom. */
	assert_close(e[0].p, 2 * 0.0509697, 1e-6);
	gsl_rng_free(rng);
}

static void test_same_seed_same_bits(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct ncb_estimate x, y, z;
	struct ncb_point p[12 * CELLS];
	size_t k;

	(void)state;
	gsl_rng_set(rng, 2);
	for (k = 0; k < 12; k++)
		fill(p + k * CELLS, rng, k, 10, 1, 0, 1, 1);
	x = ncb_estimate_mean(p, ARRAY_SIZE(p), 7);
	y = ncb_estimate_mean(p, ARRAY_SIZE(p), 7);
	z = ncb_estimate_mean(p, ARRAY_SIZE(p), 8);
	assert_int_equal(x.level, NCB_LEVEL_BOOT);
	assert_true(x.ci.low == y.ci.low && x.ci.high == y.ci.high);
	assert_true(x.ci.low != z.ci.low);
	/* Between 12 and 40 clusters the bootstrap has to be close to Student's t. */
	assert_close((x.ci.high - x.ci.low) / 2 / x.se, 2.2, 0.5);
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed_rank_published),
		cmocka_unit_test(test_signed_rank_by_hand),
		cmocka_unit_test(test_signed_rank_ties),
		cmocka_unit_test(test_rank_sum_published),
		cmocka_unit_test(test_rank_sum_by_hand),
		cmocka_unit_test(test_rank_sum_large),
		cmocka_unit_test(test_corrections),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_quantile_of_equal_values),
		cmocka_unit_test(test_half_sample_mode),
		cmocka_unit_test(test_mean_over_copies),
		cmocka_unit_test(test_mean_over_reloads),
		cmocka_unit_test(test_trimmed_loadings),
		cmocka_unit_test(test_single_cells_that_are_off),
		cmocka_unit_test(test_loadings_of_two_boots),
		cmocka_unit_test(test_mean_of_little),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_boots_are_the_clusters),
		cmocka_unit_test(test_one_boot_against_three),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_equivalence),
		cmocka_unit_test(test_moderation),
		cmocka_unit_test(test_moderation_by_hand),
		cmocka_unit_test(test_inflation),
		cmocka_unit_test(test_same_seed_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
