// SPDX-License-Identifier: GPL-2.0-only
/* From raw samples to figures; see stats.h for the words. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "../kmod/engine_table.h"
#include "counts.h"
#include "stats.h"

/* One sample, in ticks: @batch less the readings of the clock, @value per operation. */
struct net {
	uint32_t reload, block;
	uint32_t kind, iters;
	double batch, value;
};

/**
 * struct arm_data - what is kept of an arm
 * @net: sorted by reload, block and kind, @nnet of them; value in the metric's unit
 * @values: only the values of @net
 * @cell: sorted by reload and group, @ncell of them
 * @locate: estimates a cell's cost from its samples
 */
struct arm_data {
	struct ncb_arm_stats stats;
	struct net *net;
	size_t nnet;
	double *values;
	struct ncb_point *cell;
	size_t ncell;
	ncb_locate *locate;
};

struct row_data {
	uint32_t groups;
	struct arm_data arm[NCB_ARMS_MAX];
	struct ncb_interval aa;		/* of the first control arm */
};

/**
 * struct ncb_stats - figures of one event, or of the clock
 * @r: the run that they are computed from: @whole, or @view
 * @whole: the run as it is
 * @view: where the run has counters: as if the event were its clock
 * @counts: figures of all events, once somebody asked for them
 */
struct ncb_stats {
	const struct ncb_rundata *r, *whole;
	struct ncb_rundata view;
	struct row_data *row;
	struct ncb_counts *counts;
};

static const struct ncb_interval nothing = { NAN, NAN, NAN, false };

/** ncb_minimum - the estimate of one cell's cost; NaN for n = 0 */
double ncb_minimum(double *values, size_t n)
{
	return n ? gsl_stats_min(values, 1, n) : NAN;
}

/** ncb_mean - the estimate of a cell's count; NaN for n = 0 */
double ncb_mean(double *values, size_t n)
{
	return n ? gsl_stats_mean(values, 1, n) : NAN;
}

static bool is_exact(const struct ncb_rundata *r)
{
	return r->metric == NCB_INSN;
}

/*
 * An estimate over cells. What is counted exactly needs no second cell to be
 * known.
 */
static struct ncb_estimate over_cells(const struct ncb_rundata *r, const struct ncb_point *cell,
				      size_t n)
{
	size_t i;

	for (i = 1; i < n && is_exact(r); i++)
		if (fabs(cell[i].value - cell[0].value) > NCB_EQUAL_SHARE * fabs(cell[0].value))
			break;
	return is_exact(r) && n && i == n ? ncb_estimate_exact(cell[0].value)
					  : ncb_estimate_mean(cell, n, r->seed);
}

/* What a tick is worth in the metric's unit. */
static double tick_value(const struct ncb_rundata *r)
{
	return r->metric == NCB_NS ? 1e9 / r->tick_hz : 1;
}

static bool is_loop(const struct ncb_row_arm *arm)
{
	const struct ncb_engine *e = ncb_engine_find(arm->engine);

	return e && e->no_list;
}

static int find_loop(const struct ncb_row *row)
{
	uint32_t i;

	for (i = 0; i < row->arms; i++)
		if (is_loop(&row->arm[i]))
			return i;
	return -1;
}

/*
 * Groups of blocks per loading: as many as it takes for every arm's copies to
 * fall into the same groups, so that cells of any two arms can be paired.
 */
static uint32_t count_groups(const struct ncb_row *row)
{
	uint32_t groups = NCB_CELLS_PER_RELOAD, i;

	for (i = 0; i < row->arms; i++) {
		uint32_t n = groups;

		while (row->arm[i].clones && n % row->arm[i].clones)
			n += groups;
		if (n <= 8 * NCB_CLONES_MAX)
			groups = n;
	}
	return groups;
}

static int compare_raw(const void *a, const void *b)
{
	const struct ncb_raw *x = *(const struct ncb_raw *const *)a;
	const struct ncb_raw *y = *(const struct ncb_raw *const *)b;

#define ORDER(f)	do { if (x->f != y->f) return x->f < y->f ? -1 : 1; } while (0)
	ORDER(row);
	ORDER(s.arm);
	ORDER(reload);
	ORDER(s.block);
	ORDER(s.kind);
	ORDER(s.ticks);
#undef ORDER
	return 0;
}

/* A base sample: ticks per stretch, and iterations that were in it (0 or 1). */
struct base {
	double ticks;
	uint32_t iters;
};

/*
 * Samples that are set aside, by their flags. An interrupt's instructions and
 * misses are no part of the operation, nor are those of another task. A clock's
 * minimum passes over them by itself.
 */
static uint32_t disturbed(const struct ncb_rundata *r)
{
	if (r->metric == NCB_EVENT)
		return NCB_SAMPLE_INTERRUPTED | NCB_SAMPLE_SWITCHED;
	return is_exact(r) ? NCB_SAMPLE_INTERRUPTED : 0;
}

/*
 * Drops the samples of an arm that have one of the @flags. Where nothing would be
 * left they all stay, and the arm is not exact. Returns how many are kept.
 */
static size_t set_aside(const struct ncb_raw **raw, size_t n, uint32_t flags,
			struct ncb_arm_stats *st)
{
	size_t kept[NCB_KINDS] = { 0 }, i, used = 0;

	for (i = 0; i < n; i++) {
		if (raw[i]->s.flags & flags)
			st->interrupted++;
		else
			kept[raw[i]->s.kind]++;
	}
	if (!kept[NCB_KIND_BASE] || !kept[NCB_KIND_ONE])
		return n;
	for (i = 0; i < n; i++)
		if (!(raw[i]->s.flags & flags))
			raw[used++] = raw[i];
	return used;
}

/* The base of one loading and group, or of all (@groups 0); NaN: none. */
static struct base group_base(ncb_locate *locate, const struct ncb_raw *const *raw, size_t n,
			      uint32_t reload, uint32_t group, uint32_t groups, double *room)
{
	struct base out = { 0 };
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		const struct ncb_sample *s = &raw[i]->s;

		if (s->kind != NCB_KIND_BASE ||
		    (groups && (raw[i]->reload != reload || s->block % groups != group)))
			continue;
		room[used++] = (double)s->ticks / s->stretches;
		out.iters = s->iters;
	}
	out.ticks = locate(room, used);
	return out;
}

/*
 * Subtracts the base, which holds what reading the clock and entering the loop
 * cost; in ticks. @raw are one arm's samples, sorted.
 */
static void make_net(struct arm_data *d, const struct ncb_raw *const *raw, size_t n,
		     uint32_t groups, bool exact)
{
	double *room = ncb_alloc(n, sizeof(*room));
	struct base *cached = ncb_alloc(groups, sizeof(*cached)), own = { NAN, 0 };
	struct base whole = group_base(d->locate, raw, n, 0, 0, 0, room);
	uint32_t g, reload = 0;
	size_t i;

	d->stats.reading = whole.ticks;
	d->net = ncb_alloc(n, sizeof(*d->net));
	for (i = 0; i < n; i++) {
		const struct ncb_sample *s = &raw[i]->s;
		struct net *net = &d->net[d->nnet];
		struct base base;

		d->stats.switched += !!(s->flags & NCB_SAMPLE_SWITCHED);
		if (!i || raw[i]->reload != reload) {
			reload = raw[i]->reload;
			for (g = 0; g < groups; g++)
				cached[g] = group_base(d->locate, raw, n, reload, g, groups,
						       room);
		}
		/* Exact: the base that was measured in this very block, where it was kept. */
		if (!i || raw[i - 1]->reload != reload || raw[i - 1]->s.block != s->block)
			own.ticks = NAN;
		if (s->kind == NCB_KIND_BASE) {
			own = (struct base) { (double)s->ticks / s->stretches, s->iters };
			continue;
		}
		base = exact && !isnan(own.ticks) ? own : cached[s->block % groups];
		if (isnan(base.ticks))
			base = whole;
		if (isnan(base.ticks) || s->iters <= base.iters)
			continue;
		net->reload = reload;
		net->block = s->block;
		net->kind = s->kind;
		net->iters = s->iters - base.iters;
		net->batch = s->ticks - base.ticks * s->stretches;
		net->value = net->batch / net->iters;
		d->nnet++;
	}
	free(room);
	free(cached);
}

static bool same_block(const struct net *a, const struct net *b)
{
	return a->reload == b->reload && a->block == b->block;
}

/* The batch of one kind in one cell; NaN: none. */
static double cell_batch(const struct arm_data *d, const struct net *like, uint32_t kind,
			 uint32_t groups, double *room)
{
	size_t i, used = 0;

	for (i = 0; i < d->nnet; i++)
		if (d->net[i].kind == kind && d->net[i].reload == like->reload &&
		    d->net[i].block % groups == like->block % groups)
			room[used++] = d->net[i].batch;
	return d->locate(room, used);
}

static bool same_net_cell(const struct net *a, const struct net *b, uint32_t groups)
{
	return a->reload == b->reload && a->block % groups == b->block % groups;
}

/* Exact: the worst of all blocks that have both n and 2n. */
static void check_exact_proportion(struct arm_data *d)
{
	struct ncb_arm_stats *st = &d->stats;
	size_t i;

	for (i = 1; i < d->nnet; i++) {
		const struct net *two = &d->net[i], *one = two - 1;

		if (two->kind != NCB_KIND_TWO || one->kind != NCB_KIND_ONE || !same_block(one, two))
			continue;
		st->proportion_ticks = fmax(st->proportion_ticks,
					    fabs(two->batch - 2 * one->batch));
		if (one->batch > 0)
			st->proportion = fmax(st->proportion, fabs(two->batch / one->batch - 2));
	}
}

/* Noisy: the median over cells, each from its own n and 2n. */
static void check_noisy_proportion(struct arm_data *d, uint32_t groups)
{
	struct ncb_arm_stats *st = &d->stats;
	double *ratio = ncb_alloc(d->nnet + 1, sizeof(*ratio)), *off = ncb_alloc(d->nnet + 1, sizeof(*off));
	double *room = ncb_alloc(d->nnet + 1, sizeof(*room)), one, two;
	size_t i, k, used = 0;

	for (i = 0; i < d->nnet; i++) {
		const struct net *net = &d->net[i];

		for (k = 0; k < i; k++)
			if (d->net[k].kind == NCB_KIND_TWO && same_net_cell(&d->net[k], net, groups))
				break;
		if (net->kind != NCB_KIND_TWO || k < i)
			continue;
		one = cell_batch(d, net, NCB_KIND_ONE, groups, room);
		two = cell_batch(d, net, NCB_KIND_TWO, groups, room);
		if (!(one > 0))
			continue;
		off[used] = two - 2 * one;
		ratio[used++] = two / one;
	}
	if (used) {
		st->proportion = fabs(ncb_median(ratio, used) - 2);
		st->proportion_ticks = fabs(ncb_median(off, used));
	}
	free(ratio);
	free(off);
	free(room);
}

/* Does 2n take twice n? */
static void check_proportion(struct arm_data *d, uint32_t groups, bool exact)
{
	d->stats.proportion = d->stats.proportion_ticks = NAN;
	if (exact)
		check_exact_proportion(d);
	else
		check_noisy_proportion(d, groups);
}

/* Exact metric: equal work must have taken equally many ticks. */
static bool samples_agree(const struct arm_data *d, uint32_t groups)
{
	size_t i, k;

	for (i = 0; i < d->nnet; i++) {
		for (k = 0; k < i; k++)
			if (d->net[i].block % groups == d->net[k].block % groups &&
			    d->net[i].kind == d->net[k].kind &&
			    d->net[i].iters == d->net[k].iters)
				break;
		if (k < i && d->net[i].batch != d->net[k].batch)
			return false;
	}
	return true;
}

/* Minimum of the loop's cost in one loading, or of all. */
static double loop_cost(const struct arm_data *loop, uint32_t reload, bool any, double *room)
{
	size_t i, used = 0;

	for (i = 0; i < loop->nnet; i++)
		if (any || loop->net[i].reload == reload)
			room[used++] = loop->net[i].value;
	return loop->locate(room, used);
}

/* @loop is in ticks still, like @d. */
static void subtract_loop(struct arm_data *d, const struct arm_data *loop, bool exact)
{
	double *room = ncb_alloc(loop->nnet, sizeof(*room));
	double whole = loop_cost(loop, 0, true, room), one = NAN;
	size_t i, k = 0;

	d->stats.loop = whole;
	for (i = 0; i < d->nnet; i++) {
		struct net *n = &d->net[i];
		double cost = NAN;

		if (!i || d->net[i - 1].reload != n->reload)
			one = loop_cost(loop, n->reload, false, room);
		if (exact) {
			while (k < loop->nnet && (loop->net[k].reload < n->reload ||
			       (loop->net[k].reload == n->reload && loop->net[k].block < n->block)))
				k++;
			if (k < loop->nnet && same_block(&loop->net[k], n) &&
			    loop->net[k].kind == n->kind)
				cost = loop->net[k].value;
		}
		if (isnan(cost))
			cost = one;
		n->value -= isnan(cost) ? whole : cost;
	}
	free(room);
}

static void make_cells(struct arm_data *d, uint32_t groups)
{
	double *room = ncb_alloc(d->nnet, sizeof(*room));
	size_t first, i, used;
	uint32_t g;

	d->cell = ncb_alloc(d->nnet, sizeof(*d->cell));
	for (first = 0; first < d->nnet; first = i) {
		uint32_t reload = d->net[first].reload;

		i = first;
		for (g = 0; g < groups; g++) {
			used = 0;
			for (i = first; i < d->nnet && d->net[i].reload == reload; i++)
				if (d->net[i].block % groups == g)
					room[used++] = d->net[i].value;
			if (used)
				d->cell[d->ncell++] = (struct ncb_point) {
					.reload = reload, .copy = g,
					.value = d->locate(room, used),
				};
		}
	}
	free(room);
}

/*
 * Exact metric: the figures are those of the first copy, which has the kernel's
 * own alignment. Other copies may execute padding that native code has not.
 */
static void keep_first_copy(struct arm_data *d)
{
	size_t i, kept = 0;

	for (i = 0; i < d->ncell; i++)
		if (!d->cell[i].copy)
			d->cell[kept++] = d->cell[i];
	d->ncell = kept;
}

static double *cell_values(const struct ncb_point *cell, size_t n)
{
	double *values = ncb_alloc(n, sizeof(*values));
	size_t i;

	for (i = 0; i < n; i++)
		values[i] = cell[i].value;
	return values;
}

/* From net values (now in the metric's unit) to everything about the arm. */
static void summarise(struct arm_data *d, const struct ncb_rundata *r, uint32_t groups)
{
	static const double at[NCB_QUANTILE_COUNT] = NCB_QUANTILES;
	struct ncb_arm_stats *st = &d->stats;
	double tick = tick_value(r), *room;
	size_t i;

	d->values = ncb_alloc(d->nnet, sizeof(*d->values));
	for (i = 0; i < d->nnet; i++)
		d->values[i] = d->net[i].value *= tick;
	st->reading *= tick;
	st->loop *= tick;
	st->samples = d->nnet;
	make_cells(d, groups);
	st->cells = d->ncell;
	room = cell_values(d->cell, d->ncell);
	st->uniform = d->ncell && ncb_all_equal(room, d->ncell);
	if (is_exact(r))
		keep_first_copy(d);
	for (i = 0; i < st->cells && d->ncell && is_exact(r) && !st->uniform; i++)
		st->copies_differ = fmax(st->copies_differ, fabs(room[i] - d->cell[0].value));
	free(room);
	st->cost = over_cells(r, d->cell, d->ncell).ci;
	room = ncb_alloc(d->nnet + 1, sizeof(*room));
	memcpy(room, d->values, d->nnet * sizeof(*room));
	gsl_sort(room, 1, d->nnet);
	st->min = ncb_quantile(room, d->nnet, 0);
	st->max = ncb_quantile(room, d->nnet, 1);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		st->quantile[i] = ncb_quantile(room, d->nnet, at[i]);
	free(room);
	st->mad = ncb_mad(d->values, d->nnet);
}

/* @raw are the samples of one row, sorted by arm, reload, block and kind. */
static void analyse_row(struct row_data *out, const struct ncb_rundata *r, size_t row,
			const struct ncb_raw **raw, size_t n, ncb_locate *locate)
{
	const struct ncb_row *plan = &r->rows[row];
	int loop = find_loop(plan);
	bool exact = is_exact(r);
	size_t first = 0, end;
	uint32_t i;

	out->groups = count_groups(plan);
	for (i = 0; i < plan->arms; i++) {
		struct arm_data *d = &out->arm[i];

		d->locate = locate;
		for (end = first; end < n && raw[end]->s.arm == i; end++)
			;
		make_net(d, raw + first,
			 set_aside(raw + first, end - first, disturbed(r), &d->stats),
			 out->groups, exact);
		first = end;
		check_proportion(d, out->groups, exact);
		d->stats.exact = exact && d->nnet && samples_agree(d, out->groups);
		d->stats.loop = NAN;
	}
	for (i = 0; i < plan->arms && loop >= 0; i++)
		if ((int)i != loop && out->arm[loop].nnet)
			subtract_loop(&out->arm[i], &out->arm[loop], exact);
	for (i = 0; i < plan->arms; i++)
		summarise(&out->arm[i], r, out->groups);
}

/*
 * All rows, or only one of them, of one event (or the clock). Without @locate: the
 * minimum of times and cycles; the mean of counts, which noise moves both ways.
 */
static struct ncb_stats *analyse(const struct ncb_rundata *whole, int counter, size_t from,
				 size_t to, ncb_locate *locate)
{
	struct ncb_stats *s = ncb_alloc(1, sizeof(*s));
	size_t i, n = 0, first, end, row;
	const struct ncb_rundata *r;
	const struct ncb_raw **raw;

	s->r = s->whole = whole;
	if (whole->counters) {
		ncb_run_view(whole, counter, &s->view);
		s->r = &s->view;
	}
	r = s->r;
	if (!locate)
		locate = r->metric == NCB_EVENT ? ncb_mean : ncb_minimum;
	raw = ncb_alloc(r->nsamples + 1, sizeof(*raw));
	s->row = ncb_alloc(r->nrows, sizeof(*s->row));
	for (i = 0; i < r->nsamples; i++)
		if (r->samples[i].row >= from && r->samples[i].row < to)
			raw[n++] = &r->samples[i];
	qsort(raw, n, sizeof(*raw), compare_raw);
	for (first = 0, row = from; row < to && row < r->nrows; row++, first = end) {
		for (end = first; end < n && raw[end]->row == row; end++)
			;
		analyse_row(&s->row[row], r, row, raw + first, end - first, locate);
	}
	free(raw);
	return s;
}

/** ncb_stats_free - the reverse; NULL is fine */
void ncb_stats_free(struct ncb_stats *s)
{
	size_t row, arm;

	if (!s)
		return;
	for (row = 0; row < s->r->nrows; row++) {
		for (arm = 0; arm < NCB_ARMS_MAX; arm++) {
			free(s->row[row].arm[arm].net);
			free(s->row[row].arm[arm].values);
			free(s->row[row].arm[arm].cell);
		}
	}
	free(s->row);
	ncb_counts_free(s->counts);
	if (s->r == &s->view)
		ncb_rundata_free(&s->view);
	free(s);
}

/**
 * ncb_stats_shrink - give back what is kept per sample
 * @s: the figures; those of arms, cells and lines stay, changes are gone
 */
void ncb_stats_shrink(struct ncb_stats *s)
{
	size_t row, arm;

	for (row = 0; row < s->r->nrows; row++) {
		for (arm = 0; arm < NCB_ARMS_MAX; arm++) {
			struct arm_data *d = &s->row[row].arm[arm];

			free(d->net);
			free(d->values);
			d->net = NULL;
			d->values = NULL;
			d->nnet = 0;
		}
	}
	if (s->r != &s->view)
		return;
	free(s->view.samples);
	s->view.samples = NULL;
	s->view.nsamples = s->view.samples_room = 0;
}

/**
 * ncb_stats_counts - figures of what was counted beside the metric
 * @s: the figures
 *
 * The first call computes them from the run's samples, which have to be there still.
 *
 * Return: they belong to @s; NULL where the run has no counters.
 */
const struct ncb_counts *ncb_stats_counts(const struct ncb_stats *s)
{
	if (!s->counts && s->whole->counters)
		((struct ncb_stats *)s)->counts = ncb_counts_new(s);
	return s->counts;
}

/** ncb_stats_whole - the run that @s is of, with all that was counted */
const struct ncb_rundata *ncb_stats_whole(const struct ncb_stats *s)
{
	return s->whole;
}

/** ncb_stats_run - the run that @s was computed from: its samples are those of one event */
const struct ncb_rundata *ncb_stats_run(const struct ncb_stats *s)
{
	return s->r;
}

static const struct arm_data *find_arm(const struct ncb_stats *s, size_t row, int arm)
{
	if (row >= s->r->nrows || arm < 0 || (uint32_t)arm >= s->r->rows[row].arms)
		return NULL;
	return &s->row[row].arm[arm];
}

/**
 * ncb_stats_arm - everything about one arm
 * @s: the figures
 * @row: index
 * @arm: index in the row; -1 is allowed
 *
 * Return: NULL where there is no such arm.
 */
const struct ncb_arm_stats *ncb_stats_arm(const struct ncb_stats *s, size_t row, int arm)
{
	const struct arm_data *d = find_arm(s, row, arm);

	return d ? &d->stats : NULL;
}

/**
 * ncb_stats_net - the net costs of an arm, one per sample
 * @s: the figures
 * @row: index
 * @arm: index in the row
 * @values: gets them, in the metric's unit; they belong to @s
 *
 * Return: how many there are.
 */
size_t ncb_stats_net(const struct ncb_stats *s, size_t row, int arm, const double **values)
{
	const struct arm_data *d = find_arm(s, row, arm);

	*values = d ? d->values : NULL;
	return d ? d->nnet : 0;
}

/* -1, 0, 1: which of two net costs was measured earlier. */
static int compare_net(const struct net *a, const struct net *b)
{
	if (a->reload != b->reload)
		return a->reload < b->reload ? -1 : 1;
	if (a->block != b->block)
		return a->block < b->block ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return 0;
}

static void keep_common(const struct arm_data *a, const struct arm_data *b, struct arm_data *out)
{
	size_t i = 0, k = 0;
	int c;

	memset(out, 0, sizeof(*out));
	out->locate = a->locate;
	out->net = ncb_alloc(a->nnet, sizeof(*out->net));
	while (i < a->nnet && k < b->nnet) {
		c = compare_net(&a->net[i], &b->net[k]);
		if (!c)
			out->net[out->nnet++] = a->net[i];
		i += c <= 0;
		k += c >= 0;
	}
}

/*
 * Cells of two arms from the blocks in which both were measured; returns how
 * many, with their minima in @old_cells and @new_cells.
 */
static size_t pair_cells(const struct row_data *row, int old_arm, int new_arm, bool exact,
			 struct ncb_point **old_cells, struct ncb_point **new_cells)
{
	struct arm_data x, y;
	size_t n;

	keep_common(&row->arm[old_arm], &row->arm[new_arm], &x);
	keep_common(&row->arm[new_arm], &row->arm[old_arm], &y);
	make_cells(&x, row->groups);
	make_cells(&y, row->groups);
	if (exact) {
		keep_first_copy(&x);
		keep_first_copy(&y);
	}
	n = x.ncell < y.ncell ? x.ncell : y.ncell;
	*old_cells = x.cell;
	*new_cells = y.cell;
	free(x.net);
	free(y.net);
	return n;
}

/*
 * new / old of each cell: of counts less one, which is exact where they are;
 * else logarithms, in which a half and a double are equally far from nothing.
 */
static struct ncb_estimate ratio_of_cells(const struct ncb_rundata *r, struct ncb_point *old_cells,
					  const struct ncb_point *new_cells, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double ratio = new_cells[i].value / old_cells[i].value;

		if (!(old_cells[i].value > 0) || (!is_exact(r) && !(ratio > 0)))
			return ncb_estimate_none();
		old_cells[i].value = is_exact(r) ? ratio - 1 : log(ratio);
	}
	return over_cells(r, old_cells, n);
}

/**
 * ncb_estimate_share - the interval of a change
 * @e: from ncb_stats_estimate()
 * @metric: of the run
 *
 * Return: new / old - 1, a share.
 */
struct ncb_interval ncb_estimate_share(const struct ncb_estimate *e, enum ncb_metric metric)
{
	struct ncb_interval out = e->ci;

	if (metric == NCB_INSN || !out.valid)
		return out;
	out.value = expm1(out.value);
	out.low = expm1(out.low);
	out.high = expm1(out.high);
	return out;
}

/**
 * ncb_stats_estimate - paired change between two arms of a row
 * @s: the figures
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 *
 * Return: new / old, less one where the metric is exact, else its logarithm. Not
 * valid where one of them was not measured or a cost is not above zero in every
 * layout.
 */
struct ncb_estimate ncb_stats_estimate(const struct ncb_stats *s, size_t row, int old_arm,
				       int new_arm)
{
	struct ncb_estimate out;
	struct ncb_point *a, *b;
	size_t n;

	if (!find_arm(s, row, old_arm) || !find_arm(s, row, new_arm))
		return ncb_estimate_none();
	n = pair_cells(&s->row[row], old_arm, new_arm, is_exact(s->r), &a, &b);
	out = ratio_of_cells(s->r, a, b, n);
	free(a);
	free(b);
	return out;
}

/** ncb_stats_change - the interval of ncb_stats_estimate(), as a share */
struct ncb_interval ncb_stats_change(const struct ncb_stats *s, size_t row, int old_arm,
				     int new_arm)
{
	struct ncb_estimate e = ncb_stats_estimate(s, row, old_arm, new_arm);

	return ncb_estimate_share(&e, s->r->metric);
}

/**
 * ncb_stats_rank_test - do two arms of a row differ in this run, whatever the distribution?
 * @s: the figures
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 *
 * Signed ranks of the paired differences, one pair per interleaved block. It
 * speaks of the copies that were measured in this run, not of other layouts.
 *
 * Return: two-sided p; NaN where one of them was not measured.
 */
double ncb_stats_rank_test(const struct ncb_stats *s, size_t row, int old_arm, int new_arm)
{
	const struct arm_data *a = find_arm(s, row, old_arm), *b = find_arm(s, row, new_arm);
	size_t i = 0, k = 0, n = 0;
	double *d, p;
	int c;

	if (!a || !b || !a->nnet || !b->nnet)
		return NAN;
	d = ncb_alloc(a->nnet, sizeof(*d));
	while (i < a->nnet && k < b->nnet) {
		c = compare_net(&a->net[i], &b->net[k]);
		if (!c && a->net[i].kind == NCB_KIND_ONE)
			d[n++] = b->net[k].value - a->net[i].value;
		i += c <= 0;
		k += c >= 0;
	}
	p = n ? ncb_signed_rank(d, n) : NAN;
	free(d);
	return p;
}

/**
 * ncb_stats_ratios - new / old of every block
 * @s: the figures
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 * @ratios: gets one per block and kind in which both were measured; to be freed
 *
 * Return: how many there are.
 */
size_t ncb_stats_ratios(const struct ncb_stats *s, size_t row, int old_arm, int new_arm,
			struct ncb_point **ratios)
{
	const struct arm_data *a = find_arm(s, row, old_arm), *b = find_arm(s, row, new_arm);
	size_t i = 0, k = 0, n = 0;
	int c;

	*ratios = ncb_alloc((a ? a->nnet : 0) + 1, sizeof(**ratios));
	while (a && b && i < a->nnet && k < b->nnet) {
		c = compare_net(&a->net[i], &b->net[k]);
		if (!c && a->net[i].value > 0)
			(*ratios)[n++] = (struct ncb_point) {
				.copy = a->net[i].block % s->row[row].groups,
				.reload = a->net[i].reload,
				.value = b->net[k].value / a->net[i].value,
			};
		i += c <= 0;
		k += c >= 0;
	}
	return n;
}

/**
 * ncb_stats_points - costs of an arm, one per cell
 * @s: the figures
 * @row: index
 * @arm: index, or -1
 * @points: gets them, with boot 0; they belong to @s
 *
 * Return: how many there are.
 */
size_t ncb_stats_points(const struct ncb_stats *s, size_t row, int arm,
			const struct ncb_point **points)
{
	const struct arm_data *d = find_arm(s, row, arm);

	*points = d ? d->cell : NULL;
	return d ? d->ncell : 0;
}

/**
 * ncb_stats_difference - paired difference between two arms of a row
 * @s: the figures
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 *
 * Return: new - old per operation, in the metric's unit.
 */
struct ncb_interval ncb_stats_difference(const struct ncb_stats *s, size_t row, int old_arm,
					 int new_arm)
{
	struct ncb_interval out;
	struct ncb_point *a, *b;
	size_t n, i;

	if (!find_arm(s, row, old_arm) || !find_arm(s, row, new_arm))
		return nothing;
	n = pair_cells(&s->row[row], old_arm, new_arm, is_exact(s->r), &a, &b);
	for (i = 0; i < n; i++)
		a[i].value = b[i].value - a[i].value;
	out = over_cells(s->r, a, n).ci;
	free(a);
	free(b);
	return out;
}

/**
 * ncb_arm_base - the plain arm that a control or planted arm belongs to
 * @row: the row
 * @arm: index of the control or planted arm
 *
 * Return: index of the arm with the same engine and no flags, or -1.
 */
int ncb_arm_base(const struct ncb_row *row, int arm)
{
	uint32_t i;

	if (!row->arm[arm].flags)
		return -1;
	for (i = 0; i < row->arms; i++)
		if (!row->arm[i].flags && !strcmp(row->arm[i].engine, row->arm[arm].engine))
			return i;
	return -1;
}

/**
 * ncb_row_callbacks - callbacks that one operation makes
 * @row: the row
 *
 * Return: up and down together; 0 for registering and for empty chains.
 */
uint32_t ncb_row_callbacks(const struct ncb_row *row)
{
	switch (row->op) {
	case NCB_CALL:
	case NCB_REVERSE:
		return row->length;
	case NCB_ROBUST:
		switch (row->position) {
		case NCB_POS_HEAD:
			return 1;
		case NCB_POS_MIDDLE:
			return row->length / 2 + 1 + row->length / 2;
		case NCB_POS_TAIL:
			return row->length + row->length - 1;
		}
		return row->length;
	}
	return 0;
}

/**
 * ncb_stats_control - the A/A change of a row
 * @s: the figures
 * @row: index
 *
 * Return: as ncb_stats_estimate(), of the first control arm against the arm that
 * it is a second copy of; not valid where none was measured.
 */
struct ncb_estimate ncb_stats_control(const struct ncb_stats *s, size_t row)
{
	const struct ncb_row *plan = &s->r->rows[row];
	struct ncb_estimate e;
	uint32_t i;

	for (i = 0; i < plan->arms; i++) {
		if (!(plan->arm[i].flags & NCB_ARM_CONTROL))
			continue;
		e = ncb_stats_estimate(s, row, ncb_arm_base(plan, i), i);
		if (e.ci.valid)
			return e;
	}
	return ncb_estimate_none();
}

static struct ncb_interval aa_change(const struct ncb_stats *s, size_t row)
{
	struct ncb_estimate e = ncb_stats_control(s, row);

	return ncb_estimate_share(&e, s->r->metric);
}

/* Counts may be 0: their changes are differences, and no share of anything. */
static struct ncb_stats *with_control(struct ncb_stats *s)
{
	size_t row;

	for (row = 0; row < s->r->nrows; row++)
		s->row[row].aa = s->r->metric == NCB_EVENT ? nothing : aa_change(s, row);
	return s;
}

/**
 * ncb_stats_new - compute everything that is per arm, and the A/A control
 * @r: the run; has to stay while the result is used
 *
 * Return: to be given to ncb_stats_free(); never NULL.
 */
struct ncb_stats *ncb_stats_new(const struct ncb_rundata *r)
{
	return ncb_stats_new_with(r, ncb_minimum);
}

/**
 * ncb_stats_new_with - the same with another estimate of a cell's cost
 * @r: the run; has to stay while the result is used
 * @locate: sorts and estimates; to compare estimators, never for a report
 *
 * Return: as ncb_stats_new().
 */
struct ncb_stats *ncb_stats_new_with(const struct ncb_rundata *r, ncb_locate *locate)
{
	return with_control(analyse(r, ncb_run_source(r), 0, r->nrows, locate));
}

/**
 * ncb_stats_new_counter - the figures of one event instead of the run's metric
 * @r: the run; has to stay while the result is used
 * @counter: index of the event, or NCB_CLOCK
 *
 * Times and cycles are estimated by the minimum of a cell, because other load
 * only adds to them. Of other events a base may by chance have more than a
 * batch, and the smallest difference would be what chance made of it: there bases
 * and cells are means, which are right on the average even where an event happens
 * once in a hundred calls. A median, or a mean of the middle, calls that never.
 * What an interrupt or another task added is set aside by its flag instead.
 *
 * Return: as ncb_stats_new().
 */
struct ncb_stats *ncb_stats_new_counter(const struct ncb_rundata *r, int counter)
{
	return with_control(analyse(r, counter, 0, r->nrows, NULL));
}

/**
 * ncb_row_is_neighbour - whether the A/A change of one row says what to expect in another
 * @a: a row
 * @b: the other
 *
 * Return: true for the same operation, cache state and set of callbacks, at a
 * length within a factor of NCB_ENVELOPE_FACTOR.
 */
bool ncb_row_is_neighbour(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->op == b->op && a->cache == b->cache && a->callbacks == b->callbacks &&
	       a->length <= NCB_ENVELOPE_FACTOR * b->length &&
	       b->length <= NCB_ENVELOPE_FACTOR * a->length;
}

/**
 * ncb_stats_envelope - how far two copies of one engine differ
 * @s: the figures
 * @row: the row that a change is judged in
 * @itself: with the A/A change of @row; without it an A/A change can be judged
 *
 * Return: the largest |A/A change| among the rows like this one, a share; NaN
 * where there is none.
 */
double ncb_stats_envelope(const struct ncb_stats *s, size_t row, bool itself)
{
	const struct ncb_row *plan = s->r->rows;
	double worst = NAN;
	size_t i;

	for (i = 0; i < s->r->nrows; i++)
		if ((i != row || itself) && ncb_row_is_neighbour(&plan[i], &plan[row]))
			worst = fmax(worst, expm1(fabs(log1p(s->row[i].aa.value))));
	return worst;
}

/** ncb_same_family - whether two rows differ in nothing but length */
bool ncb_same_family(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->type == b->type && a->op == b->op && a->position == b->position &&
	       a->callbacks == b->callbacks && a->placement == b->placement &&
	       a->cache == b->cache;
}

/* Lines of one arm through a family, one line per cell. */
struct lines {
	struct ncb_point *slope, *fixed;
	size_t n, points;
	double residual, share;
};

static const struct ncb_point *find_cell(const struct arm_data *d, uint32_t reload, uint32_t group)
{
	size_t i;

	for (i = 0; i < d->ncell; i++)
		if (d->cell[i].reload == reload && d->cell[i].copy == group)
			return &d->cell[i];
	return NULL;
}

/*
 * Errors are about proportional to the cost, and the cost to the length, so
 * each point weighs 1 / (length + 1)^2; for points on a line it is all the same.
 */
static void fit_line(const double *x, const double *y, size_t n, double *fixed, double *slope)
{
	double *w = ncb_alloc(n, sizeof(*w)), cov00, cov01, cov11, chisq;
	size_t i;

	for (i = 0; i < n; i++)
		w[i] = 1 / ((x[i] + 1) * (x[i] + 1));
	gsl_fit_wlinear(x, 1, w, 1, y, 1, n, fixed, slope, &cov00, &cov01, &cov11, &chisq);
	free(w);
}

static void free_lines(struct lines *l)
{
	free(l->slope);
	free(l->fixed);
}

static void fit_family(const struct ncb_stats *s, size_t row, const char *arm, struct lines *l)
{
	const struct ncb_rundata *r = s->r;
	const struct arm_data **d = ncb_alloc(r->nrows, sizeof(*d));
	double *x = ncb_alloc(r->nrows, sizeof(*x)), *y = ncb_alloc(r->nrows, sizeof(*y));
	double fixed, slope;
	size_t n = 0, i, k;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < r->nrows; i++) {
		const struct arm_data *one = find_arm(s, i, ncb_row_arm_find(&r->rows[i], arm));

		if (!ncb_same_family(&r->rows[i], &r->rows[row]) || !one || !one->ncell)
			continue;
		for (k = 0; k < n && x[k] != r->rows[i].length; k++)
			;
		if (k < n)
			continue;
		x[n] = r->rows[i].length;
		d[n++] = one;
	}
	l->points = n;
	if (n < 2)
		goto free;
	l->slope = ncb_alloc(d[0]->ncell, sizeof(*l->slope));
	l->fixed = ncb_alloc(d[0]->ncell, sizeof(*l->fixed));
	for (k = 0; k < d[0]->ncell; k++) {
		uint32_t reload = d[0]->cell[k].reload, group = d[0]->cell[k].copy;

		for (i = 0; i < n; i++) {
			const struct ncb_point *c = find_cell(d[i], reload, group);

			if (!c)
				break;
			y[i] = c->value;
		}
		if (i < n)
			continue;
		fit_line(x, y, n, &fixed, &slope);
		l->fixed[l->n] = l->slope[l->n] = d[0]->cell[k];
		l->fixed[l->n].value = fixed;
		l->slope[l->n++].value = slope;
	}
	for (i = 0; i < n; i++)
		y[i] = d[i]->stats.cost.value;
	fit_line(x, y, n, &fixed, &slope);
	for (i = 0; i < n; i++) {
		double off = fabs(y[i] - fixed - slope * x[i]);

		l->residual = fmax(l->residual, off);
		l->share = fmax(l->share, y[i] > 0 ? off / y[i] : 0);
	}
free:
	free(d);
	free(x);
	free(y);
}

/**
 * ncb_stats_line - cost against length as a line
 * @s: the figures
 * @row: any row of the family (rows that differ in length only)
 * @arm: name
 *
 * Return: fixed cost and cost per block, intervals over layouts; not valid
 * with fewer than two lengths.
 */
struct ncb_line ncb_stats_line(const struct ncb_stats *s, size_t row, const char *arm)
{
	struct ncb_line out;
	struct lines l;

	fit_family(s, row, arm, &l);
	out.fixed = over_cells(s->r, l.fixed, l.n).ci;
	out.slope = over_cells(s->r, l.slope, l.n).ci;
	out.residual = l.residual;
	out.residual_share = l.share;
	out.points = l.points;
	out.straight = !is_exact(s->r) || l.residual <= NCB_LINE_TICKS;
	free_lines(&l);
	return out;
}

/* Cells that both have: b less a into @a. */
static size_t subtract_cells(struct ncb_point *a, size_t na, const struct ncb_point *b, size_t nb)
{
	size_t i, k, n = 0;

	for (i = 0; i < na; i++) {
		for (k = 0; k < nb; k++)
			if (a[i].reload == b[k].reload && a[i].copy == b[k].copy)
				break;
		if (k == nb)
			continue;
		a[n] = a[i];
		a[n++].value = b[k].value - a[i].value;
	}
	return n;
}

/**
 * ncb_stats_line_difference - paired difference of two lines
 * @s: the figures
 * @row: any row of the family
 * @old_arm: name
 * @new_arm: name
 *
 * Return: new - old of the fixed cost and of the cost per block, paired cell by
 * cell; what is left is that of the worse one.
 */
struct ncb_line ncb_stats_line_difference(const struct ncb_stats *s, size_t row,
					  const char *old_arm, const char *new_arm)
{
	struct ncb_line out;
	struct lines a, b;

	fit_family(s, row, old_arm, &a);
	fit_family(s, row, new_arm, &b);
	out.residual = fmax(a.residual, b.residual);
	out.residual_share = fmax(a.share, b.share);
	out.points = a.points < b.points ? a.points : b.points;
	out.straight = !is_exact(s->r) || out.residual <= NCB_LINE_TICKS;
	out.slope = over_cells(s->r, a.slope, subtract_cells(a.slope, a.n, b.slope, b.n)).ci;
	out.fixed = over_cells(s->r, a.fixed, subtract_cells(a.fixed, a.n, b.fixed, b.n)).ci;
	free_lines(&a);
	free_lines(&b);
	return out;
}

/* The private engine that does what the running kernel does: known by its rollback. */
static const char *find_replica(const struct ncb_rundata *r)
{
	static const struct {
		uint32_t facts;
		const char *arm;
	} replicas[] = {
		{ NCB_FACT_ROLLBACK_REVERSE, "dlist" },
		{ NCB_FACT_ROLLBACK_FORWARD, "slist" },
	};
	uint32_t facts = 0;
	size_t i;
	int arm;

	for (i = 0; i < r->nrows; i++) {
		arm = ncb_row_arm_find(&r->rows[i], "native");
		if (arm >= 0)
			facts |= r->rows[i].arm[arm].facts;
	}
	for (i = 0; i < ARRAY_SIZE(replicas); i++)
		if (facts == replicas[i].facts)
			return replicas[i].arm;
	/* No rollback was seen: the call of the RFC tells a patched kernel. */
	return replicas[!(r->features & NCB_FEAT_REVERSE)].arm;
}

/** ncb_stats_replica - name of the engine that is compared with native */
const char *ncb_stats_replica(const struct ncb_stats *s)
{
	return find_replica(s->r);
}

/* Replica less native in a row; not valid where one of them was not measured. */
static struct ncb_interval replica_apart(const struct ncb_stats *s, size_t row)
{
	const struct ncb_row *plan = &s->r->rows[row];

	return ncb_stats_difference(s, row, ncb_row_arm_find(plan, "native"),
				    ncb_row_arm_find(plan, find_replica(s->r)));
}

/**
 * ncb_stats_replica_is_far - whether a change is to be held against native
 * @s: the figures
 * @row: index
 * @old_arm: index, or -1
 * @new_arm: index, or -1
 *
 * Return: true where replica and native are known to differ, and by at least
 * half of what the two arms differ by.
 */
bool ncb_stats_replica_is_far(const struct ncb_stats *s, size_t row, int old_arm, int new_arm)
{
	struct ncb_interval apart = replica_apart(s, row);
	struct ncb_interval change = ncb_stats_difference(s, row, old_arm, new_arm);

	if (!apart.valid || !change.valid || (apart.low <= 0 && apart.high >= 0))
		return false;
	return fabs(apart.value) >= fabs(change.value) / 2;
}

/* -- one row at a time -- */

/**
 * ncb_arm_stats - everything about one arm of a run
 * @r: the run
 * @row: index
 * @arm: index in the row
 * @out: gets it
 *
 * Return: 0, or -ENOENT where there is no such arm.
 */
int ncb_arm_stats(const struct ncb_rundata *r, size_t row, size_t arm, struct ncb_arm_stats *out)
{
	struct ncb_stats *s = analyse(r, ncb_run_source(r), row, row + 1, ncb_minimum);
	const struct ncb_arm_stats *st = ncb_stats_arm(s, row, arm > INT32_MAX ? -1 : (int)arm);

	if (st)
		*out = *st;
	ncb_stats_free(s);
	return st ? 0 : -ENOENT;
}

/** ncb_change - ncb_stats_change() from the samples of one row */
struct ncb_interval ncb_change(const struct ncb_rundata *r, size_t row, size_t old_arm,
			       size_t new_arm)
{
	struct ncb_stats *s = analyse(r, ncb_run_source(r), row, row + 1, ncb_minimum);
	struct ncb_interval out = ncb_stats_change(s, row, (int)old_arm, (int)new_arm);

	ncb_stats_free(s);
	return out;
}

/** ncb_difference - ncb_stats_difference() from the samples of one row */
struct ncb_interval ncb_difference(const struct ncb_rundata *r, size_t row, size_t old_arm,
				   size_t new_arm)
{
	struct ncb_stats *s = analyse(r, ncb_run_source(r), row, row + 1, ncb_minimum);
	struct ncb_interval out = ncb_stats_difference(s, row, (int)old_arm, (int)new_arm);

	ncb_stats_free(s);
	return out;
}
