// SPDX-License-Identifier: GPL-2.0-only
/* What makes the numbers of a run true, in figures; report_about.c puts it into words. */
#include <math.h>
#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "compare.h"

/** ncb_range_widen - one more value, of a row; what is not finite is none */
void ncb_range_widen(struct ncb_range *range, double value, size_t row)
{
	if (!isfinite(value))
		return;
	if (!range->n || value < range->low) {
		range->low = value;
		range->low_row = row;
	}
	if (!range->n || value > range->high) {
		range->high = value;
		range->high_row = row;
	}
	range->n++;
}

static bool is_loop(const struct ncb_row_arm *arm)
{
	const struct ncb_engine *e = ncb_engine_find(arm->engine);

	return e && e->no_list;
}

/* Returns whether the oracle passed it. */
static bool trust_arm(const struct ncb_stats *s, size_t row, uint32_t i, struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row_arm *arm = &r->rows[row].arm[i];
	const struct ncb_arm_stats *st = ncb_stats_arm(s, row, i);
	bool split = r->rows[row].cache == NCB_COLD || r->rows[row].op == NCB_REGISTER ||
		     r->rows[row].op == NCB_UNREGISTER;
	bool exists = arm->status != NCB_ARM_MISSING;
	bool callbacks = ncb_row_callbacks(&r->rows[row]), checked = false;

	if (is_loop(arm)) {
		ncb_range_widen(split ? &t->reading_split : &t->reading, st->reading, row);
		ncb_range_widen(&t->loop, st->cost.value, row);
	} else {
		t->controls += !!(arm->flags & NCB_ARM_CONTROL);
		t->controls_ran += (arm->flags & NCB_ARM_CONTROL) && exists;
		t->plants += !!(arm->flags & NCB_ARM_PLANT);
		t->plants_ran += (arm->flags & NCB_ARM_PLANT) && exists && callbacks;
		/* An interrupted run has arms that it never came to: nobody checked them. */
		checked = arm->status == NCB_ARM_OK && (st->samples || !r->interrupted);
		t->checked += checked;
		t->wrong += arm->status == NCB_ARM_WRONG;
		t->missing += arm->status == NCB_ARM_MISSING;
	}
	if (!st->samples)
		return checked;
	if (is_loop(arm))
		t->loops++;
	else
		t->arms++;
	if (!strcmp(arm->name, "slist")) {
		t->base_rows++;
		t->base_calls += callbacks;
	}
	if (st->copies_differ > t->copies.high)
		t->copies_arm = i;
	ncb_range_widen(&t->copies, st->copies_differ, row);
	t->inexact += r->metric == NCB_INSN && !st->exact;
	t->uneven += r->metric == NCB_INSN && !st->uniform;
	if (arm->clones > t->clones)
		t->clones = arm->clones;
	if (st->cells > t->cells)
		t->cells = st->cells;
	/* The empty loop is short: there the ratio says nothing about the list designs. */
	if (!is_loop(arm)) {
		ncb_range_widen(&t->proportion, st->proportion, row);
		ncb_range_widen(&t->proportion_ticks, st->proportion_ticks, row);
	}
	return checked;
}

static void trust_plant(const struct ncb_stats *s, size_t row, int arm, struct ncb_trust *t)
{
	const struct ncb_row *plan = &ncb_stats_run(s)->rows[row];
	uint32_t callbacks = ncb_row_callbacks(plan);
	struct ncb_interval d;

	if (!callbacks)
		return;
	d = ncb_stats_difference(s, row, ncb_arm_base(plan, arm), arm);
	if (!d.valid)
		return;
	ncb_range_widen(&t->plant, d.value / callbacks, row);
	t->plant_seen += d.low > 0;
}

static void trust_row_fidelity(const struct ncb_stats *s, size_t row, struct ncb_trust *t)
{
	const struct ncb_row *plan = &ncb_stats_run(s)->rows[row];
	const struct ncb_arm_stats *native = ncb_stats_arm(s, row,
							   ncb_row_arm_find(plan, "native"));
	struct ncb_interval apart = ncb_stats_difference(s, row,
			ncb_row_arm_find(plan, "native"), ncb_row_arm_find(plan, t->replica));

	if (!apart.valid)
		return;
	ncb_range_widen(&t->apart, apart.value, row);
	if (native->cost.value > 0)
		ncb_range_widen(&t->apart_share, apart.value / native->cost.value, row);
	t->far += ncb_stats_replica_is_far(s, row, ncb_row_arm_find(plan, "slist"),
					   ncb_row_arm_find(plan, "dlist"));
	t->beyond += fabs(apart.value) > NCB_FIDELITY_CALL + NCB_FIDELITY_BLOCK * plan->length;
}

static bool first_of_family(const struct ncb_rundata *r, size_t row)
{
	size_t i;

	for (i = 0; i < row; i++)
		if (ncb_same_family(&r->rows[i], &r->rows[row]))
			return false;
	return true;
}


/* Names of the first arm with that flag and of its engine's plain arm; false: none. */
static bool find_special(const struct ncb_rundata *r, uint32_t flag, const char **plain,
			 const char **special)
{
	size_t row;
	uint32_t i;

	for (row = 0; row < r->nrows; row++) {
		for (i = 0; i < r->rows[row].arms; i++) {
			const struct ncb_row_arm *arm = &r->rows[row].arm[i];
			int base = ncb_arm_base(&r->rows[row], i);

			if (!(arm->flags & flag) || base < 0)
				continue;
			*plain = r->rows[row].arm[base].name;
			*special = arm->name;
			return true;
		}
	}
	return false;
}

/* A/A by the rule of the report: each change against the envelope of the other rows. */
static void trust_control(struct ncb_stats *const *s, struct ncb_trust *t)
{
	const char *plain, *copy;
	struct ncb_comparison *c;
	size_t i;

	if (!find_special(ncb_stats_run(*s), NCB_ARM_CONTROL, &plain, &copy))
		return;
	c = ncb_compare_arms(s, plain, copy, NULL);
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		if (!p->change.ci.valid)
			continue;
		t->aa_resolved += p->change.ci.low > 0 || p->change.ci.high < 0;
		if (ncb_is_change(p->verdict) && !t->aa_called++)
			t->aa_called_row = p->row;
		ncb_range_widen(&t->aa, p->change.ci.value, p->row);
	}
	t->inflation = c->inflation;
	ncb_comparison_free(c);
}

/* The planted share, as a part of what it is a share of: operation and loop. */
static void trust_share(struct ncb_stats *const *s, struct ncb_trust *t)
{
	const char *plain, *planted;
	struct ncb_comparison *c;
	double *values;
	size_t i, n = 0;

	if (!find_special(ncb_stats_run(*s), NCB_ARM_SHARE, &plain, &planted))
		return;
	c = ncb_compare_arms(s, plain, planted, NULL);
	values = ncb_alloc(c->pairs + 1, sizeof(*values));
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];
		const struct ncb_row *row = &ncb_stats_run(*s)->rows[p->row];
		double loop = ncb_stats_arm(*s, p->row, ncb_row_arm_find(row, plain))->loop;

		if (!p->difference.valid || isnan(loop) || !(p->old_cost.value + loop > 0))
			continue;
		values[n] = p->difference.value / (p->old_cost.value + loop);
		ncb_range_widen(&t->share, values[n++], p->row);
		t->share_seen += p->difference.low > 0;
		t->share_called += p->verdict == NCB_MORE && !ncb_pair_in_envelope(p);
	}
	t->share_mean = ncb_student(values, n);
	free(values);
	ncb_comparison_free(c);
}

/* Levels with one cluster only have no share; false where no level has one. */
static bool add_shares(const struct ncb_estimate *e, double *sum)
{
	bool any = false;
	size_t level;

	for (level = 0; level < NCB_LEVELS; level++) {
		any |= !isnan(e->share[level]);
		sum[level] += isnan(e->share[level]) ? 0 : e->share[level];
	}
	return any;
}

/* Two designs: verdicts, and what the intervals are made of. */
static double least_change(const struct ncb_pair *p, size_t tested)
{
	double half = (p->change.ci.high - p->change.ci.low) / 2;

	if (p->change.se > 0)
		half *= gsl_cdf_tdist_Qinv(0.025 / tested, p->change.df) /
			gsl_cdf_tdist_Qinv(0.025, p->change.df);
	return fmax(half, p->envelope);
}

static void trust_changes(struct ncb_stats *const *s, struct ncb_trust *t)
{
	struct ncb_comparison *c = ncb_compare_arms(s, "slist", "dlist", NULL);
	double *least = ncb_alloc(c->pairs + 1, sizeof(*least));
	size_t i, level, n = 0;

	t->tested = c->tested;
	for (i = 0; i < c->pairs; i++) {
		t->verdicts[c->pair[i].verdict]++;
		t->before_correction += ncb_is_change(ncb_judge_alone(&c->pair[i], &c->options));
		if (!c->pair[i].change.ci.valid)
			continue;
		least[t->changes] = least_change(&c->pair[i], c->tested);
		t->changes++;
		t->levels[c->pair[i].change.level]++;
		n += add_shares(&c->pair[i].change, t->variance);
	}
	for (level = 0; level < NCB_LEVELS; level++)
		t->variance[level] = n ? t->variance[level] / n : NAN;
	t->least = ncb_median(least, t->changes);
	free(least);
	ncb_comparison_free(c);
}

static void trust_lines(const struct ncb_stats *s, size_t row, struct ncb_trust *t)
{
	struct ncb_line apart = ncb_stats_line_difference(s, row, "native", t->replica);

	if (!apart.slope.valid || !apart.straight)
		return;
	ncb_range_widen(&t->per_block, apart.slope.value, row);
	ncb_range_widen(&t->per_call, apart.fixed.value, row);
}

/* Of all arms with a list: what is usual, and what nearly all stay within. */
static void trust_proportion(const struct ncb_stats *s, struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	double *share = ncb_alloc(r->nrows * NCB_ARMS_MAX + 1, sizeof(*share));
	size_t n = 0, row;
	uint32_t i;

	for (row = 0; row < r->nrows; row++) {
		for (i = 0; i < r->rows[row].arms; i++) {
			const struct ncb_arm_stats *st = ncb_stats_arm(s, row, i);
			const struct ncb_engine *e = ncb_engine_find(r->rows[row].arm[i].engine);

			if (!st->samples || isnan(st->proportion) || (e && e->no_list))
				continue;
			share[n++] = st->proportion;
			t->proportion_off += st->proportion > NCB_PROPORTION_SHARE;
		}
	}
	t->proportion_median = ncb_median(share, n);
	t->proportion_most = ncb_quantile(share, n, 0.95);
	free(share);
}

/* Mean logarithm of an arm's cells in one loading, less that in all of them; NaN: none. */
static double loading_drift(const struct ncb_stats *s, size_t row, int arm, uint32_t reload)
{
	const struct ncb_point *p;
	size_t n = ncb_stats_points(s, row, arm, &p), i, own = 0;
	double sum = 0, all = 0;

	for (i = 0; i < n; i++) {
		if (!(p[i].value > 0))
			return NAN;
		all += log(p[i].value);
		if (p[i].reload != reload)
			continue;
		sum += log(p[i].value);
		own++;
	}
	return own ? sum / own - all / n : NAN;
}

/*
 * What the machine did from loading to loading: hard-coded calls, of which one
 * compiled copy is called in all of them. The clock of the CPU moves them, and
 * so does other load.
 */
static void trust_drift(const struct ncb_stats *s, struct ncb_trust *t)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	double *drift = ncb_alloc(r->nrows + 1, sizeof(*drift)), one;
	uint32_t reload;
	size_t row, n;

	for (reload = 0; reload < r->reloads && r->metric != NCB_INSN; reload++) {
		for (n = row = 0; row < r->nrows; row++) {
			one = loading_drift(s, row, ncb_row_arm_find(&r->rows[row], "direct"),
					    reload);
			if (!isnan(one))
				drift[n++] = one;
		}
		if (n)
			ncb_range_widen(&t->drift, expm1(ncb_median(drift, n)), reload);
	}
	free(drift);
}

/**
 * ncb_stats_trust - what makes the numbers true, over the whole run
 * @s: the figures
 * @t: gets it
 */
void ncb_stats_trust(const struct ncb_stats *s, struct ncb_trust *t)
{
	struct ncb_stats *run = (struct ncb_stats *)s;	/* comparisons only read it */
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t row;
	uint32_t i;
	bool any;

	memset(t, 0, sizeof(*t));
	t->replica = ncb_stats_replica(s);
	t->samples = r->nsamples;
	for (row = 0; row < r->nsamples; row++) {
		t->switched += !!(r->samples[row].s.flags & NCB_SAMPLE_SWITCHED);
		t->interrupted += !!(r->samples[row].s.flags & NCB_SAMPLE_INTERRUPTED);
	}
	for (row = 0; row < r->nrows; row++) {
		for (any = false, i = 0; i < r->rows[row].arms; i++) {
			any |= trust_arm(s, row, i, t);
			if (r->rows[row].arm[i].flags & NCB_ARM_PLANT)
				trust_plant(s, row, i, t);
		}
		t->checked_rows += any;
		trust_row_fidelity(s, row, t);
		if (r->rows[row].op != NCB_EMPTY && first_of_family(r, row))
			trust_lines(s, row, t);
	}
	trust_proportion(s, t);
	trust_drift(s, t);
	trust_control(&run, t);
	trust_share(&run, t);
	trust_changes(&run, t);
}
