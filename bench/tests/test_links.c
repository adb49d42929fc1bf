// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernels of which each has several links: estimates over links, and how often whole
 * comparisons are wrong. NCBENCH_LINKS=1 in the environment prints the long tables
 * (minutes) instead.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include "../compare.h"
#include "near.h"

enum { BOOTS_MOST = 40, FAMILY = 12 };

/**
 * struct world - two kernels that differ in one thing only, and how they are measured
 * @links, @boots: of each side
 * @rows: measured; @changed: of them, those that the new kernel changes by @share
 * @low, @high: spread of native's logarithms over links, which each row draws from these
 * @rho: how much of the layouts' effects both sides have in common
 * @noise_low, @noise_high: the same of boots
 * @shift: of the links' numbers on the new side: then the layouts are others, too
 */
struct world {
	size_t links, boots, rows, changed, shift;
	double share, low, high, rho, noise_low, noise_high;
};

/* What came of comparisons. */
struct tally {
	size_t comparisons, wrong, rows, found, p_low, rank_low;
};

/* Both sides of one row. */
static void draw_row(gsl_rng *rng, const struct world *w, double change, struct ncb_point *a,
		     struct ncb_point *b)
{
	double sd = w->low + (w->high - w->low) * gsl_rng_uniform(rng), common, own[2];
	double noise = w->noise_low + (w->noise_high - w->noise_low) * gsl_rng_uniform(rng);
	double layout[2][BOOTS_MOST];
	size_t i;

	for (i = 0; i < w->links; i++) {
		common = w->shift ? 0 : gsl_ran_gaussian(rng, sd * sqrt(w->rho));
		own[0] = gsl_ran_gaussian(rng, sd * sqrt(1 - w->rho));
		own[1] = gsl_ran_gaussian(rng, sd * sqrt(1 - w->rho));
		layout[0][i] = common + own[0];
		layout[1][i] = common + own[1];
	}
	for (i = 0; i < w->boots; i++) {
		uint32_t link = i % w->links;

		a[i] = (struct ncb_point) { .boot = i, .link = link,
			.value = layout[0][link] + gsl_ran_gaussian(rng, noise) };
		b[i] = (struct ncb_point) { .boot = i, .link = link + w->shift,
			.value = change + layout[1][link] + gsl_ran_gaussian(rng, noise) };
	}
}

/* As conclude() of compare.c does it: families moderated, p corrected, the rank test as a veto. */
static void compare_once(gsl_rng *rng, const struct world *w, struct tally *t)
{
	struct ncb_pair *pair = ncb_alloc(w->rows, sizeof(*pair));
	struct ncb_estimate *e[FAMILY];
	double *p = ncb_alloc(w->rows, sizeof(*p));
	struct ncb_compare_options o = { 0 };
	struct ncb_point a[BOOTS_MOST], b[BOOTS_MOST];
	size_t i, k, n;
	bool wrong = false;

	for (i = 0; i < w->rows; i++) {
		draw_row(rng, w, i < w->changed ? log1p(w->share) : 0, a, b);
		pair[i].change = ncb_estimate_between(a, w->boots, b, w->boots, 1);
		pair[i].p_rank = ncb_rank_links(a, w->boots, b, w->boots);
		pair[i].envelope = NAN;
		t->p_low += pair[i].change.p < 0.05;
		t->rank_low += pair[i].p_rank < 0.05;
	}
	for (i = 0; i < w->rows; i += n) {
		for (n = 0; n < FAMILY && i + n < w->rows; n++)
			e[n] = &pair[i + n].change;
		ncb_moderate(e, n);
	}
	for (i = 0; i < w->rows; i++)
		p[i] = pair[i].change.p;
	ncb_correct(p, w->rows, NCB_HOLM);
	for (i = 0; i < w->rows; i++) {
		pair[i].p = p[i];
		k = ncb_is_change(ncb_judge_pair(&pair[i], &o));
		if (i < w->changed)
			t->found += k;
		else
			wrong |= k;
	}
	t->rows += w->rows;
	t->comparisons++;
	t->wrong += wrong;
	free(pair);
	free(p);
}

static struct tally compare_often(const struct world *w, size_t times)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct tally t = { 0 };

	gsl_rng_set(rng, 1);
	while (times--)
		compare_once(rng, w, &t);
	gsl_rng_free(rng);
	return t;
}

/* -- by hand -- */

/* One value for each boot of both sides, of one copy; ends with a link below 0. */
struct boot {
	int link;
	double value;
};

static size_t make_points(const struct boot *boot, struct ncb_point *p)
{
	size_t n;

	for (n = 0; boot[n].link >= 0; n++)
		p[n] = (struct ncb_point) { .boot = n, .link = boot[n].link,
					    .value = boot[n].value };
	return n;
}

static struct ncb_estimate between(const struct boot *old, const struct boot *new)
{
	struct ncb_point a[BOOTS_MOST], b[BOOTS_MOST];
	size_t na = make_points(old, a), nb = make_points(new, b);

	return ncb_estimate_between(a, na, b, nb, 1);
}

static double rank(const struct boot *old, const struct boot *new)
{
	struct ncb_point a[BOOTS_MOST], b[BOOTS_MOST];
	size_t na = make_points(old, a), nb = make_points(new, b);

	return ncb_rank_links(a, na, b, nb);
}

/*
 * Layouts are the same on both sides: what is left is 1, 2, 3, with the
 * standard error 1 / sqrt(3). Link 0 was booted more often on one side: 27 comes of that
 * if boots are averaged, where links are to be.
 */
static void test_links_are_paired(void **state)
{
	const struct boot a[] = { { 0, 100 }, { 1, 4 }, { 2, 8 }, { -1, 0 } };
	const struct boot b[] = { { 0, 101 }, { 0, 101 }, { 0, 101 }, { 1, 6 }, { 2, 11 },
				  { -1, 0 } };
	struct ncb_estimate e = between(a, b);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_LINK);
	assert_int_equal(e.clusters, 3);
	assert_near(e.ci.value, 2, 1e-12);
	assert_near(e.se, 1 / sqrt(3), 1e-12);
	assert_near(e.df, 2, 0);
	assert_near(e.ci.high - e.ci.value, 4.302653 * e.se, 1e-5);
	assert_false(e.resampled);
}

/*
 * Where layouts do the same to both, boots say how sure it is: in each link they are 1 apart
 * on the old side and equal on the new: a variance of 1 / 2 with 3 df, and of 0. The mean over
 * three links of the mean of two has a sixth of that.
 */
static void test_boots_without_their_layout(void **state)
{
	const struct boot a[] = { { 0, 100 }, { 0, 101 }, { 1, 4 }, { 1, 5 }, { 2, 8 }, { 2, 9 },
				  { -1, 0 } };
	const struct boot b[] = { { 0, 102 }, { 0, 102 }, { 1, 6 }, { 1, 6 }, { 2, 10 }, { 2, 10 },
				  { -1, 0 } };
	struct ncb_estimate e = between(a, b);

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_BOOT);
	assert_int_equal(e.clusters, 6);
	assert_near(e.ci.value, 1.5, 1e-12);
	assert_near(e.se, sqrt(1 / 12.0), 1e-12);
	/* But that layouts do the same to both is known from three links only. */
	assert_near(e.df, 2, 1e-12);
	/* Nearly all of what boots differ by is their link. */
	assert_true(e.share[NCB_LEVEL_LINK] > 0.999 && e.share[NCB_LEVEL_LINK] < 1);
	assert_true(e.share[NCB_LEVEL_BOOT] > 0);
}

/* One side lost links: the others are paired, as long as they are half of either side's. */
static void test_links_that_one_side_lacks(void **state)
{
	const struct boot a[] = { { 0, 100 }, { 1, 4 }, { 2, 8 }, { 3, 50 }, { -1, 0 } };
	const struct boot b[] = { { 1, 5 }, { 2, 10 }, { 7, 1000 }, { -1, 0 } };
	const struct boot c[] = { { 0, 1 }, { 7, 2 }, { 8, 3 }, { -1, 0 } };
	const struct boot one[] = { { 3, 20 }, { 3, 20 }, { -1, 0 } };
	struct ncb_estimate e = between(a, b);

	(void)state;
	assert_near(e.ci.value, 1.5, 1e-12);
	assert_near(e.se, 0.5, 1e-12);
	assert_near(e.df, 1, 0);
	/* One of four in common: independent draws, all count. */
	e = between(a, c);
	assert_int_equal(e.level, NCB_LEVEL_LINK);
	assert_near(e.ci.value, 2 - 40.5, 1e-12);
	assert_near(e.se, sqrt((59.5 * 59.5 + 36.5 * 36.5 + 32.5 * 32.5 + 9.5 * 9.5) / 3 / 4 +
				1 / 3.0), 1e-9);
	assert_int_equal(e.clusters, 3);
	/* One link against several: how those differ stands for both. */
	e = between(one, c);
	assert_near(e.ci.value, -18, 1e-12);
	assert_near(e.se, sqrt(1 + 1 / 3.0), 1e-12);
	assert_near(e.df, 2, 0);
	assert_true(isnan(rank(one, c)));
	assert_true(ncb_links_are_paired(5, 5, 3) && ncb_links_are_paired(4, 2, 2));
	assert_false(ncb_links_are_paired(5, 5, 2) || ncb_links_are_paired(1, 1, 1));
}

/* A mean over links, and what each of them does. */
static void test_mean_over_links(void **state)
{
	const struct boot a[] = { { 4, 1 }, { 4, 1 }, { 4, 1 }, { 2, 2 }, { 9, 3 }, { -1, 0 } };
	struct ncb_point p[BOOTS_MOST];
	size_t n = make_points(a, p);
	struct ncb_estimate e = ncb_estimate_mean(p, n, 1);
	uint32_t link[BOOTS_MOST];
	double effect[BOOTS_MOST];

	(void)state;
	assert_int_equal(e.level, NCB_LEVEL_LINK);
	assert_near(e.ci.value, 2, 1e-12);
	assert_near(e.se, 1 / sqrt(3), 1e-12);
	assert_int_equal(ncb_link_effects(p, n, link, effect), 3);
	assert_int_equal(link[0], 4);
	assert_near(effect[0], -1, 1e-12);
	assert_near(effect[1], 0, 1e-12);
	assert_near(effect[2], 1, 1e-12);
}

/* Ranks 1 .. 5 have the mean 3 and the variance 2.5: t is 3 / sqrt(2.5 / 5) = 4.243 with 4 df. */
static void test_ranks_of_links(void **state)
{
	const struct boot old[] = { { 0, 0 }, { 1, 100 }, { 2, 7 }, { 3, 50 }, { 4, 20 }, { 5, 0 },
				    { -1, 0 } };
	struct boot new[] = { { 0, 1 }, { 1, 102 }, { 2, 10 }, { 3, 54 }, { 4, 25 }, { 5, 6 },
			      { -1, 0 } };
	struct boot five[7];

	(void)state;
	/* Six that agree: 2 of 64. */
	assert_near(rank(old, new), 0.03125, 1e-12);
	memcpy(five, old, sizeof(five));
	five[5].link = new[5].link = -1;
	assert_near(rank(five, new), 0.013236, 1e-5);
	/* The one that changed least, the other way: -1 2 3 4 5. */
	new[0].value = -1;
	assert_true(rank(five, new) > 0.05);
	/* Three never tell. */
	five[4].link = new[4].link = five[3].link = new[3].link = -1;
	new[0].value = 1;
	assert_true(rank(five, new) > 0.05);
}

/* -- how often it is wrong, and what it finds -- */

/* Layouts do as much to the kernels as is usual; boots are quiet; families of 12 rows. */
static const struct world usual = {
	.links = 5, .boots = 10, .rows = 48, .low = 0.1, .high = 0.2, .rho = 1,
	.noise_low = 0.01, .noise_high = 0.03,
};

/* By Holm, of 60 comparisons of equal designs 3 may call any row. */
static void test_nothing_is_called(void **state)
{
	static const double rhos[] = { 1, 0.5, 0 };
	struct world w = usual;
	struct tally t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rhos); i++) {
		w.rho = rhos[i];
		t = compare_often(&w, 60);
		assert_true(t.wrong <= 5);
		assert_true(t.p_low <= t.rows * 6 / 100);
		assert_true(t.rank_low <= t.rows * 8 / 100);
	}
	/* Two and three links are too few to know what others do. */
	for (w.links = 2; w.links <= 3; w.links++)
		assert_int_equal(compare_often(&w, 30).wrong, 0);
	/* Other recipes on the new side, and more boots of some. */
	w = usual;
	w.shift = 100;
	w.rho = 0;
	w.boots = 12;
	t = compare_often(&w, 60);
	assert_true(t.wrong <= 5 && t.p_low <= t.rows * 6 / 100);
}

/* A change is found that is a fraction of what layout does, where it does that to both. */
static void test_changes_are_found(void **state)
{
	struct world w = usual;
	struct tally t;

	(void)state;
	w.changed = 12;
	w.share = 0.05;
	t = compare_often(&w, 20);
	assert_true(t.found >= 20 * 12 * 70 / 100);
	assert_true(t.wrong <= 2);
	/* And where it does not, links have to be many. */
	w.rho = 0.5;
	w.share = 0.2;
	w.links = w.boots = 20;
	t = compare_often(&w, 20);
	assert_true(t.found >= 20 * 12 * 40 / 100);
	assert_true(t.wrong <= 2);
}

/* -- the long form -- */

static const struct plan {
	size_t links, boots;
} plans[] = {
	{ 4, 8 }, { 5, 5 }, { 5, 10 }, { 5, 20 }, { 6, 12 }, { 8, 10 }, { 8, 16 }, { 8, 20 },
	{ 10, 10 }, { 10, 20 }, { 16, 16 },
};

static int print_tables(void)
{
	static const double rhos[] = { 1, 0.9, 0.5, 0 }, shares[] = { 0.05, 0.1, 0.2 };
	static const size_t rows[] = { 48, 160 };
	size_t i, k, r, s;

	printf("equal designs, comparisons with any row called, of 500, in %%\n"
	       "links boots  rows");
	for (k = 0; k < ARRAY_SIZE(rhos); k++)
		printf("  rho %.1f", rhos[k]);
	printf("\n");
	for (i = 0; i < ARRAY_SIZE(plans) * 2; i++) {
		struct world w = usual;

		w.links = plans[i / 2].links;
		w.boots = plans[i / 2].boots;
		w.rows = rows[i % 2];
		printf("%5zu %5zu %5zu", w.links, w.boots, w.rows);
		for (k = 0; k < ARRAY_SIZE(rhos); k++) {
			w.rho = rhos[k];
			printf("  %7.1f", compare_often(&w, 500).wrong / 5.0);
			fflush(stdout);
		}
		printf("\n");
	}
	printf("changed rows that are found, of 12 of 48, in %%\nlinks boots");
	for (k = 0; k < 3; k++)
		for (s = 0; s < ARRAY_SIZE(shares); s++)
			printf("  rho %.1f %+3.0f %%", rhos[k], shares[s] * 100);
	printf("\n");
	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		struct world w = usual;

		w.links = plans[i].links;
		w.boots = plans[i].boots;
		w.changed = 12;
		printf("%5zu %5zu", w.links, w.boots);
		for (r = 0; r < 3 * ARRAY_SIZE(shares); r++) {
			w.rho = rhos[r / ARRAY_SIZE(shares)];
			w.share = shares[r % ARRAY_SIZE(shares)];
			printf("  %13.0f", compare_often(&w, 200).found / 24.0);
			fflush(stdout);
		}
		printf("\n");
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_are_paired),
		cmocka_unit_test(test_boots_without_their_layout),
		cmocka_unit_test(test_links_that_one_side_lacks),
		cmocka_unit_test(test_mean_over_links),
		cmocka_unit_test(test_ranks_of_links),
		cmocka_unit_test(test_nothing_is_called),
		cmocka_unit_test(test_changes_are_found),
	};

	if (getenv("NCBENCH_LINKS"))
		return print_tables();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
