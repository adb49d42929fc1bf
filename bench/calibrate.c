// SPDX-License-Identifier: GPL-2.0-only
/* How often the suite is wrong; see calibrate.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "calibrate.h"

static double lowest_tenth(double *values, size_t n)
{
	gsl_sort(values, 1, n);
	return ncb_quantile(values, n, 0.1);
}

static double mean(double *values, size_t n)
{
	return n ? gsl_stats_mean(values, 1, n) : NAN;
}

static double lower_quartile(double *values, size_t n)
{
	gsl_sort(values, 1, n);
	return ncb_quantile(values, n, 0.25);
}

const struct ncb_estimator ncb_estimators[] = {
	{ "minimum (used)", ncb_minimum, false },
	{ "10 % quantile", lowest_tenth, false },
	{ "25 % quantile", lower_quartile, false },
	{ "median", ncb_median, false },
	{ "half-sample mode", ncb_half_sample_mode, false },
	{ "mean", mean, false },
	{ "median of paired blocks", ncb_median, true },
	{ "mode of paired blocks", ncb_half_sample_mode, true },
};
const size_t ncb_estimator_count = ARRAY_SIZE(ncb_estimators);

/* -- equal code -- */

static void count_calls(struct ncb_false_calls *f, const struct ncb_comparison *c)
{
	size_t i, called = 0;

	f->half = ncb_grow(f->half, f->rows + c->pairs + 1, sizeof(*f->half));
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		if (!p->change.ci.valid)
			continue;
		f->half[f->rows++] = (p->change.ci.high - p->change.ci.low) / 2;
		f->interval += p->change.p < NCB_SIGNIFICANT;
		f->judged += ncb_is_change(ncb_judge_alone(p, &c->options));
		called += ncb_is_change(p->verdict);
	}
	f->corrected += called;
	f->with += called > 0;
	f->comparisons++;
}

/**
 * ncb_calibrate_between - compare two runs of equal code
 * @f: counts on
 * @a: the figures of one run
 * @b: of the other
 * @arm: which arm
 * @raw: costs as they are, not relative to the controls
 */
void ncb_calibrate_between(struct ncb_false_calls *f, struct ncb_stats *a, struct ncb_stats *b,
			   const char *arm, bool raw)
{
	struct ncb_compare_options o = { .correction = NCB_HOLM, .raw = raw };
	struct ncb_side old = { "old", &a, 1 }, new = { "new", &b, 1 };
	struct ncb_comparison *c = ncb_compare_runs(&old, &new, arm, &o);

	count_calls(f, c);
	ncb_comparison_free(c);
}

/**
 * ncb_calibrate_within - compare slist with its second copy
 * @f: counts on
 * @s: the figures of a run
 */
void ncb_calibrate_within(struct ncb_false_calls *f, struct ncb_stats *s)
{
	struct ncb_comparison *c = ncb_compare_arms(&s, "slist", "slist-aa", NULL);

	count_calls(f, c);
	ncb_comparison_free(c);
}

/** ncb_false_calls_free - frees what @f holds */
void ncb_false_calls_free(struct ncb_false_calls *f)
{
	free(f->half);
}

/* -- a planted cost -- */

static double planted_share(const struct ncb_stats *s, const struct ncb_pair *p)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_arm_stats *st;

	st = ncb_stats_arm(s, p->row, ncb_row_arm_find(&r->rows[p->row], "slist"));
	/* The loop turns as often as the operation is made: it is in the plant, too. */
	return 1.0 / NCB_SHARE_PER * (st->cost.value + (isnan(st->loop) ? 0 : st->loop)) /
	       st->cost.value;
}

/**
 * ncb_calibrate_planted - look for a planted share in NCB_PLANTED_ROW
 * @f: counts on
 * @a: the figures of a run
 * @b: NULL: slist against the planted arm in @a; else slist in @a against the
 *	planted arm in @b
 */
void ncb_calibrate_planted(struct ncb_found *f, struct ncb_stats *a, struct ncb_stats *b)
{
	struct ncb_compare_options o = { .correction = NCB_HOLM, .new_arm = NCB_PLANTED_ARM };
	struct ncb_side old = { "old", &a, 1 }, new = { "new", &b, 1 };
	struct ncb_comparison *c = b ? ncb_compare_runs(&old, &new, "slist", &o)
				     : ncb_compare_arms(&a, "slist", NCB_PLANTED_ARM, &o);
	size_t i;

	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];
		double truth;
		bool found;

		if (strcmp(p->id, NCB_PLANTED_ROW) || !p->change.ci.valid)
			continue;
		truth = planted_share(a, p);
		found = p->p < NCB_SIGNIFICANT && !(p->p_rank >= NCB_SIGNIFICANT) &&
			p->change.ci.value > 0;
		f->value = ncb_grow(f->value, f->searches + 1, sizeof(*f->value));
		f->truth = ncb_grow(f->truth, f->searches + 1, sizeof(*f->truth));
		f->value[f->searches] = p->change.ci.value;
		f->truth[f->searches++] = truth;
		f->found += found;
		f->beyond += found && !ncb_pair_in_envelope(p);
		f->held += p->change.ci.low <= truth && p->change.ci.high >= truth;
	}
	ncb_comparison_free(c);
}

/** ncb_found_free - frees what @f holds */
void ncb_found_free(struct ncb_found *f)
{
	free(f->value);
	free(f->truth);
}

/* -- bursts -- */

/*
 * The same run on a busier machine: a third of the samples, in bursts of @length
 * on average in the order of measurement, take 50 to 100 % longer.
 */
static void inflate(const struct ncb_rundata *r, struct ncb_raw *out, unsigned int length)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double leave = 1.0 / length, enter = leave * NCB_BURST_SHARE / (1 - NCB_BURST_SHARE);
	bool on = false;
	size_t i;

	gsl_rng_set(rng, r->seed);
	for (i = 0; i < r->nsamples; i++) {
		double u = gsl_rng_uniform(rng);

		on = length == 1 ? u < NCB_BURST_SHARE : on ? u >= leave : u < enter;
		out[i] = r->samples[i];
		if (on)
			out[i].s.ticks *= 1 + NCB_BURST_LEAST + gsl_rng_uniform(rng) *
					  (NCB_BURST_MOST - NCB_BURST_LEAST);
	}
	gsl_rng_free(rng);
}

static bool same_cell(const struct ncb_point *a, const struct ncb_point *b)
{
	return a->copy == b->copy && a->reload == b->reload;
}

/* As ncb_stats_change(), but of an estimate of each cell's ratios. */
static double paired_change(const struct ncb_stats *s, size_t row, int old_arm, int new_arm,
			    ncb_locate *locate)
{
	struct ncb_point *ratio, *cell;
	size_t n = ncb_stats_ratios(s, row, old_arm, new_arm, &ratio), i, k, used, cells = 0;
	double *room = ncb_alloc(n + 1, sizeof(*room)), change;

	cell = ncb_alloc(n + 1, sizeof(*cell));
	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !same_cell(&ratio[k], &ratio[i]); k++)
			;
		if (k < i)
			continue;
		for (used = 0; k < n; k++)
			if (same_cell(&ratio[k], &ratio[i]))
				room[used++] = ratio[k].value;
		cell[cells] = ratio[i];
		cell[cells++].value = locate(room, used) - 1;
	}
	change = ncb_estimate_mean(cell, cells, ncb_stats_run(s)->seed).ci.value;
	free(room);
	free(cell);
	free(ratio);
	return change;
}

static double change_by(const struct ncb_stats *s, size_t row, const char *old_arm,
			const char *new_arm, const struct ncb_estimator *e)
{
	const struct ncb_row *plan = &ncb_stats_run(s)->rows[row];
	int x = ncb_row_arm_find(plan, old_arm), y = ncb_row_arm_find(plan, new_arm);

	return e->paired ? paired_change(s, row, x, y, e->locate)
			 : ncb_stats_change(s, row, x, y).value;
}

/* Ratios of blocks subtract the same bases as reports do. */
static struct ncb_stats *stats_by(const struct ncb_rundata *r, const struct ncb_estimator *e)
{
	return ncb_stats_new_with(r, e->paired ? ncb_minimum : e->locate);
}

/* How far changes against slist are from each other in two sets of samples of the same rows. */
static void add_moves(struct ncb_stability *out, const struct ncb_rundata *a,
		      const struct ncb_rundata *b, const struct ncb_estimator *e)
{
	static const char *const new_arms[] = { "slist-aa", "dlist" };
	struct ncb_stats *x = stats_by(a, e), *y = stats_by(b, e);
	size_t room = out->n + a->nrows * ARRAY_SIZE(new_arms) + 1, row, i;

	out->moved = ncb_grow(out->moved, room, sizeof(*out->moved));
	out->bias = ncb_grow(out->bias, room, sizeof(*out->bias));
	for (row = 0; row < a->nrows && row < b->nrows; row++) {
		for (i = 0; i < ARRAY_SIZE(new_arms); i++) {
			double before = change_by(x, row, "slist", new_arms[i], e);
			double after = change_by(y, row, "slist", new_arms[i], e);

			if (isnan(before) || isnan(after))
				continue;
			out->bias[out->n] = (1 + after) / (1 + before) - 1;
			out->moved[out->n] = fabs(out->bias[out->n]);
			out->n++;
		}
	}
	ncb_stats_free(x);
	ncb_stats_free(y);
}

/**
 * ncb_calibrate_calm - how well changes within a run repeat in the next
 * @out: counts on
 * @a: a run
 * @b: another of the same rows and code
 * @e: the estimator
 */
void ncb_calibrate_calm(struct ncb_stability *out, const struct ncb_rundata *a,
			const struct ncb_rundata *b, const struct ncb_estimator *e)
{
	add_moves(out, a, b, e);
}

/**
 * ncb_calibrate_bursts - what bursts of other load do to changes within a run
 * @out: counts on
 * @r: a run; bursts are added to a copy of its samples
 * @e: the estimator
 * @length: of a burst, in samples, on average
 */
void ncb_calibrate_bursts(struct ncb_stability *out, const struct ncb_rundata *r,
			  const struct ncb_estimator *e, unsigned int length)
{
	struct ncb_rundata busy = *r;

	busy.samples = ncb_alloc(r->nsamples + 1, sizeof(*busy.samples));
	inflate(r, busy.samples, length);
	add_moves(out, r, &busy, e);
	free(busy.samples);
}

/** ncb_stability_free - frees what @s holds */
void ncb_stability_free(struct ncb_stability *s)
{
	free(s->moved);
	free(s->bias);
}
