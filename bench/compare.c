// SPDX-License-Identifier: GPL-2.0-only
/* Two arms of one run, or one arm before and after; see compare.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include "../kmod/engine_table.h"
#include "compare_memory.h"
#include "compare_storm.h"

#define RANKED_BOOTS	4	/* boots of a side, from which on they are what is ranked */
#define RUN_LOADINGS	4096	/* more than a run has */

const char *const ncb_verdict_names[NCB_VERDICTS] = {
	"nothing", "unresolved", "equal", "within margin", "less", "more",
};

/** ncb_verdict_word - a verdict as reports say it */
const char *ncb_verdict_word(enum ncb_metric metric, enum ncb_verdict v)
{
	switch (v) {
	case NCB_LESS:
		return metric == NCB_INSN ? "fewer" : "faster";
	case NCB_MORE:
		return metric == NCB_INSN ? "more" : "slower";
	case NCB_EQUAL:
		return "=";
	case NCB_UNRESOLVED:
		return "~";
	case NCB_NOTHING:
		return "-";
	default:
		return ncb_verdict_names[v];
	}
}

/**
 * ncb_judge_pair - what may be said of a pair
 * @p: the pair, its p-values corrected
 * @o: how to judge
 *
 * A change is called one if it is significant after correction, if the rank
 * test does not contradict, and if it is larger than what two copies of the
 * same code differ by. One that is equivalent within the margin is not of
 * interest, whether it was resolved or not.
 */
enum ncb_verdict ncb_judge_pair(const struct ncb_pair *p, const struct ncb_compare_options *o)
{
	double v = p->change.ci.value;
	bool exact = p->change.se == 0;

	if (!p->change.ci.valid)
		return NCB_NOTHING;
	if (exact && fabs(v) <= NCB_EQUAL_SHARE)
		return NCB_EQUAL;
	/* Where equal code differs by more than the margin, nothing is within it. */
	if (o->margin > 0 && p->p_margin < NCB_SIGNIFICANT &&
	    (p->same_code || !(p->envelope > o->margin)))
		return NCB_WITHIN_MARGIN;
	if (!(p->p < NCB_SIGNIFICANT) || p->p_rank >= NCB_SIGNIFICANT ||
	    (!p->same_code && ncb_pair_in_envelope(p)))
		return NCB_UNRESOLVED;
	return v < 0 ? NCB_LESS : NCB_MORE;
}

/** ncb_pair_in_envelope - whether a change, up or down, is no larger than one of equal code */
bool ncb_pair_in_envelope(const struct ncb_pair *p)
{
	return fabs(log1p(p->change.ci.value)) <= log1p(p->envelope);
}

/** ncb_judge_alone - what would be said of a pair that stood alone, without correction */
enum ncb_verdict ncb_judge_alone(const struct ncb_pair *p, const struct ncb_compare_options *o)
{
	struct ncb_pair alone = *p;

	alone.p = p->change.p;
	return ncb_judge_pair(&alone, o);
}

/** ncb_is_change - whether a verdict calls a change one */
bool ncb_is_change(enum ncb_verdict v)
{
	return v == NCB_LESS || v == NCB_MORE;
}

static double from_log(double x)
{
	return isinf(x) ? (x < 0 ? -1 : INFINITY) : expm1(x);
}

/* Rows that are alike enough to tell of each other's spread: a family. */
static bool is_kin(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->op == b->op && a->position == b->position && a->callbacks == b->callbacks &&
	       a->cache == b->cache;
}

/* @e: one per entry of @row, which are indices into the rows of @r. */
static void moderate(const struct ncb_rundata *r, struct ncb_estimate *const *e, const size_t *row,
		     size_t n)
{
	struct ncb_estimate **kin = ncb_alloc(n + 1, sizeof(*kin));
	bool *done = ncb_alloc(n + 1, sizeof(*done));
	size_t i, k, used;

	for (i = 0; i < n; i++) {
		if (done[i])
			continue;
		for (used = 0, k = i; k < n; k++) {
			if (!is_kin(&r->rows[row[i]], &r->rows[row[k]]))
				continue;
			kin[used++] = e[k];
			done[k] = true;
		}
		ncb_moderate(kin, used);
	}
	free(kin);
	free(done);
}

/*
 * @null: what the comparison says of equal code, one for each row of @r; its
 * families are moderated like those of the pairs. Returns how much wider than it
 * says it is.
 */
static double inflation(const struct ncb_rundata *r, struct ncb_estimate *null)
{
	struct ncb_estimate **e = ncb_alloc(r->nrows + 1, sizeof(*e));
	size_t *row = ncb_alloc(r->nrows + 1, sizeof(*row)), i;
	double factor;

	for (i = 0; i < r->nrows; i++) {
		e[i] = &null[i];
		row[i] = i;
	}
	moderate(r, e, row, r->nrows);
	factor = ncb_inflation((const struct ncb_estimate *const *)e, r->nrows);
	free(e);
	free(row);
	return factor;
}

/* Arms that run the same compiled copies, such as a planted one, differ in no layout. */
static bool same_copies(const struct ncb_comparison *c, const struct ncb_pair *p)
{
	const struct ncb_row *row = &ncb_stats_run(c->old.stats[0])->rows[p->row];
	int old = ncb_row_arm_find(row, p->old_arm), new = ncb_row_arm_find(row, p->new_arm);

	return !c->between && old != new && !strcmp(row->arm[old].engine, row->arm[new].engine) &&
	       !((row->arm[old].flags | row->arm[new].flags) & NCB_ARM_CONTROL);
}

/* Noisy changes are logarithms until here, and shares from here on. */
static void to_share(const struct ncb_comparison *c, struct ncb_pair *p)
{
	double old = p->old_cost.value;

	if (c->metric == NCB_INSN && !c->between)
		return;
	p->change.ci.value = from_log(p->change.ci.value);
	p->change.ci.low = from_log(p->change.ci.low);
	p->change.ci.high = from_log(p->change.ci.high);
	if (c->between)
		p->difference = (struct ncb_interval) { p->change.ci.value * old,
							p->change.ci.low * old,
							p->change.ci.high * old,
							p->change.ci.valid };
}

/*
 * From estimates to verdicts: standard errors are moderated and widened, p-values
 * corrected for the number of rows. @null is freed.
 */
static void conclude(struct ncb_comparison *c, struct ncb_estimate *null)
{
	const struct ncb_rundata *r = ncb_stats_run(c->old.stats[0]);
	double *p = ncb_alloc(c->pairs + 1, sizeof(*p)), *m = ncb_alloc(c->pairs + 1, sizeof(*m));
	struct ncb_estimate **e = ncb_alloc(c->pairs + 1, sizeof(*e));
	size_t *row = ncb_alloc(c->pairs + 1, sizeof(*row)), i;
	bool logs = c->metric != NCB_INSN || c->between;

	for (i = 0; i < c->pairs; i++) {
		e[i] = &c->pair[i].change;
		row[i] = c->pair[i].row;
	}
	moderate(r, e, row, c->pairs);
	c->inflation = inflation(r, null);
	for (i = 0; i < c->pairs; i++) {
		struct ncb_pair *pair = &c->pair[i];
		double margin = logs ? log1p(c->options.margin) : c->options.margin;

		pair->same_code = same_copies(c, pair);
		if (!pair->same_code)
			ncb_inflate(&pair->change, c->inflation);
		p[i] = pair->change.p;
		m[i] = margin > 0 ? ncb_equivalence(&pair->change, margin) : NAN;
		c->tested += !isnan(p[i]);
		to_share(c, pair);
	}
	ncb_correct(p, c->pairs, c->options.correction);
	ncb_correct(m, c->pairs, c->options.correction);
	for (i = 0; i < c->pairs; i++) {
		c->pair[i].p = p[i];
		c->pair[i].p_margin = m[i];
		c->pair[i].verdict = ncb_judge_pair(&c->pair[i], &c->options);
	}
	free(p);
	free(m);
	free(e);
	free(row);
	free(null);
}

static struct ncb_pair *add_pair(struct ncb_comparison *c, size_t row, const char *old_arm,
				 const char *new_arm)
{
	const struct ncb_rundata *r = ncb_stats_run(c->old.stats[0]);
	struct ncb_pair *p;

	c->pair = ncb_grow(c->pair, c->pairs + 1, sizeof(*c->pair));
	p = &c->pair[c->pairs++];
	memset(p, 0, sizeof(*p));
	p->row = row;
	p->id = r->rows[row].id;
	p->old_arm = old_arm;
	p->new_arm = new_arm;
	p->drift = p->p_rank = p->p_margin = p->envelope = NAN;
	return p;
}

static struct ncb_comparison *new_comparison(const struct ncb_compare_options *o)
{
	struct ncb_comparison *c = ncb_alloc(1, sizeof(*c));

	c->layouts.share = c->layouts.alike = NAN;
	if (o)
		c->options = *o;
	return c;
}

static bool measured(const struct ncb_arm_stats *st)
{
	return st && st->samples;
}

/**
 * ncb_compare_arms - two designs side by side in one kernel
 * @s: the run
 * @old_arm: name
 * @new_arm: name
 * @o: how to judge; NULL: Holm, no margin
 *
 * Return: a pair for each row that has both; to be given to ncb_comparison_free()
 * before @s is freed.
 */
struct ncb_comparison *ncb_compare_arms(struct ncb_stats *const *s, const char *old_arm,
					const char *new_arm, const struct ncb_compare_options *o)
{
	struct ncb_comparison *c = new_comparison(o);
	const struct ncb_rundata *r = ncb_stats_run(*s);
	struct ncb_estimate *null = ncb_alloc(r->nrows + 1, sizeof(*null));
	size_t row;

	c->metric = r->metric;
	c->old = (struct ncb_side) { old_arm, s, 1 };
	c->new = (struct ncb_side) { new_arm, s, 1 };
	for (row = 0; row < r->nrows; row++) {
		const struct ncb_row *plan = &r->rows[row];
		int x = ncb_row_arm_find(plan, old_arm), y = ncb_row_arm_find(plan, new_arm);
		const struct ncb_arm_stats *a = ncb_stats_arm(*s, row, x);
		const struct ncb_arm_stats *b = ncb_stats_arm(*s, row, y);
		struct ncb_pair *p;

		null[row] = ncb_stats_control(*s, row);
		if (!measured(a) || !measured(b)) {
			c->only_old += measured(a);
			c->only_new += measured(b);
			continue;
		}
		p = add_pair(c, row, old_arm, new_arm);
		p->old_cost = a->cost;
		p->new_cost = b->cost;
		p->change = ncb_stats_estimate(*s, row, x, y);
		p->difference = ncb_stats_difference(*s, row, x, y);
		/* A count that differs from sample to sample is not known by one loading. */
		if (c->metric == NCB_INSN && !(a->exact && b->exact))
			ncb_estimate_unsure(&p->change);
		if (c->metric != NCB_INSN)
			p->p_rank = ncb_stats_rank_test(*s, row, x, y);
		/* An A/A change is not part of the envelope that it is judged by. */
		p->envelope = ncb_stats_envelope(*s, row,
			!((plan->arm[x].flags | plan->arm[y].flags) & NCB_ARM_CONTROL));
	}
	conclude(c, null);
	return c;
}

/* -- between runs -- */

/* Points of a side, over all its runs. */
struct points {
	struct ncb_point *p;
	size_t n;
};

/**
 * ncb_side_boot - which boot a run was made in
 * @side: runs
 * @run: index of one of them
 *
 * Return: index of the first run of that boot; a run that does not know its
 * boot is taken for one of its own.
 */
size_t ncb_side_boot(const struct ncb_side *side, size_t run)
{
	const char *id = ncb_env_string(ncb_stats_run(side->stats[run]), "boot_id", NULL);
	size_t i;

	for (i = 0; i < run && id; i++)
		if (!strcmp(ncb_env_string(ncb_stats_run(side->stats[i]), "boot_id", ""), id))
			return i;
	return run;
}

/** ncb_side_boots - of how many boots the runs of a side are */
size_t ncb_side_boots(const struct ncb_side *side)
{
	size_t i, n = 0;

	for (i = 0; i < side->runs; i++)
		n += ncb_side_boot(side, i) == i;
	return n;
}

/*
 * What tells the layout of a kernel's code: its build, and which link of that. Runs of
 * before there were links know their kernel's version, in which is the date of the
 * build. NULL: not known.
 */
static char *layout_id(const struct ncb_rundata *r)
{
	const char *link = ncb_env_string(r, "link", ""), *build = ncb_env_string(r, "build", NULL);

	if (!build)
		build = ncb_env_string(r, "kernel_version", *link ? "" : NULL);
	return build ? ncb_format("%s, %s, %s", ncb_env_string(r, "kernel_release", ""), build,
				  link) : NULL;
}

static bool same_layout(const struct ncb_rundata *a, const struct ncb_rundata *b)
{
	char *x = layout_id(a), *y = layout_id(b);
	bool same = x && y && !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

/**
 * ncb_side_layout - which layout of the kernel's code a run was made with
 * @side: runs
 * @run: index of one of them
 *
 * Return: index of the first run with that layout. Boots of one link have one, and
 * where runs do not know their link, boots of one build; a kernel that is not known
 * is taken for another one in each boot.
 */
size_t ncb_side_layout(const struct ncb_side *side, size_t run)
{
	size_t i;

	for (i = 0; i < run; i++)
		if (same_layout(ncb_stats_run(side->stats[i]), ncb_stats_run(side->stats[run])))
			return i;
	return ncb_side_boot(side, run);
}

/** ncb_side_layouts - how many layouts of the kernel's code a side has */
size_t ncb_side_layouts(const struct ncb_side *side)
{
	size_t i, n = 0;

	for (i = 0; i < side->runs; i++)
		n += ncb_side_layout(side, i) == i;
	return n;
}

static bool has_link(const struct ncb_side *side, size_t run)
{
	return ncb_env_string(ncb_stats_run(side->stats[run]), "link", NULL);
}

static bool has_links(const struct ncb_side *side)
{
	size_t i;

	for (i = 0; i < side->runs; i++)
		if (has_link(side, i))
			return true;
	return false;
}

/* The number of a run's recipe; one that has none is not of any of the others' layout. */
static uint32_t side_link(const struct ncb_side *side, size_t run)
{
	if (has_link(side, run))
		return strtoul(ncb_env_string(ncb_stats_run(side->stats[run]), "link", ""), NULL,
			       10);
	return has_links(side) ? UINT32_MAX - ncb_side_layout(side, run) : 0;
}

static size_t count_links(const struct ncb_side *side, const struct ncb_side *other, size_t *common)
{
	size_t i, k, n = 0;

	for (*common = i = 0; i < side->runs; i++) {
		for (k = 0; k < i && side_link(side, k) != side_link(side, i); k++)
			;
		if (k < i)
			continue;
		n++;
		for (k = 0; k < other->runs && side_link(other, k) != side_link(side, i); k++)
			;
		*common += k < other->runs;
	}
	return n;
}

/**
 * ncb_is_one_layout - whether nothing tells what another layout would cost
 * @c: between runs
 * @new_side: of which side
 *
 * Several boots of one link repeat its layout. Where both sides booted the very same
 * kernel, its layout is in no difference: there one boot is what is too few. Where one
 * side has several links, they tell for the other, too.
 *
 * Return: true where the side's interval has to be widened.
 */
bool ncb_is_one_layout(const struct ncb_comparison *c, bool new_side)
{
	const struct ncb_side *side = new_side ? &c->new : &c->old;

	if (c->layouts.links[0] > 1 || c->layouts.links[1] > 1)
		return false;
	if (ncb_side_layouts(&c->old) == 1 && ncb_side_layouts(&c->new) == 1 &&
	    same_layout(ncb_stats_run(c->old.stats[0]), ncb_stats_run(c->new.stats[0])))
		return ncb_side_boots(side) == 1;
	return ncb_side_layouts(side) == 1;
}

static void add_points(struct points *out, const struct ncb_side *side, size_t run, const char *id,
		       const char *arm)
{
	const struct ncb_stats *s = side->stats[run];
	const struct ncb_rundata *r = ncb_stats_run(s);
	uint32_t boot = ncb_side_boot(side, run), link = side_link(side, run);
	const struct ncb_point *p;
	int row = ncb_row_find(r, id);
	size_t n, i;

	if (row < 0)
		return;
	n = ncb_stats_points(s, row, ncb_row_arm_find(&r->rows[row], arm), &p);
	if (!n)
		return;
	out->p = ncb_grow(out->p, out->n + n, sizeof(*out->p));
	for (i = 0; i < n; i++) {
		out->p[out->n] = p[i];
		out->p[out->n].boot = boot;
		out->p[out->n].link = link;
		out->p[out->n++].reload = p[i].reload + run * RUN_LOADINGS;
	}
}

/*
 * Costs of one arm in one row of a side. Loadings are numbered by run, too: two
 * runs of one boot load the module at different times.
 */
static struct points side_points(const struct ncb_side *side, const char *id, const char *arm)
{
	struct points out = { 0 };
	size_t i;

	for (i = 0; i < side->runs; i++)
		add_points(&out, side, i, id, arm);
	return out;
}

static bool same_cell(const struct ncb_point *a, const struct ncb_point *b)
{
	return a->boot == b->boot && a->copy == b->copy && a->reload == b->reload;
}

static bool all_positive(const struct points *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!(p->p[i].value > 0))
			return false;
	return p->n;
}

static void to_logs(struct points *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		p->p[i].value = log(p->p[i].value);
}

/*
 * A private engine has the same source in both kernels. Copies and planted
 * costs of it are no less the same.
 */
static bool is_private(const struct ncb_row_arm *arm)
{
	const struct ncb_engine *e = ncb_engine_find(arm->engine);

	return e && e->clones > 1 && !e->no_list;
}

static const struct ncb_point *find_cell(const struct points *p, const struct ncb_point *like)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (same_cell(&p->p[i], like))
			return &p->p[i];
	return NULL;
}

/* Another set of controls in another cell would be another zero. */
static bool covers(const struct points *control, const struct points *subject)
{
	size_t i;

	for (i = 0; i < subject->n; i++)
		if (!find_cell(control, &subject->p[i]))
			return false;
	return true;
}

/*
 * What the controls are on average in the cells of @subject (logs), which
 * each of them covers; with @subtract, each cell of @subject less its controls.
 */
static double relate(struct points *subject, const struct points *control, size_t controls,
		     bool subtract)
{
	double sum, all = 0;
	size_t i, c;

	for (i = 0; i < subject->n; i++) {
		for (sum = c = 0; c < controls; c++)
			sum += find_cell(&control[c], &subject->p[i])->value;
		if (subtract)
			subject->p[i].value -= sum / controls;
		all += sum / controls;
	}
	return all / subject->n;
}

/* Whether an arm has a cost wherever the subject has one on that side. */
static bool controls_side(const struct ncb_side *side, const char *id, const char *arm,
			  const char *subject)
{
	struct points a = side_points(side, id, arm), b = side_points(side, id, subject);
	bool good = all_positive(&a) && covers(&a, &b);

	free(a.p);
	free(b.p);
	return good;
}

/*
 * Names of the controls in a row: private engines that all sides measured
 * wherever they measured their subject.
 */
static size_t find_controls(const struct ncb_side *const *side, const char *const *subject,
			    size_t sides, const struct ncb_row *row, const char **names)
{
	size_t n = 0, k;
	uint32_t i;

	for (i = 0; i < row->arms; i++) {
		if (!is_private(&row->arm[i]) || row->arm[i].flags & ~NCB_ARM_CONTROL)
			continue;
		for (k = 0; k < sides; k++)
			if (!strcmp(row->arm[i].name, subject[k]) ||
			    !controls_side(side[k], row->id, row->arm[i].name, subject[k]))
				break;
		if (k == sides)
			names[n++] = row->arm[i].name;
	}
	return n;
}

/* Costs of @arm on one side, in logarithms, less those of the controls where wanted. */
static struct points related_points(const struct ncb_side *side, const char *id, const char *arm,
				    const char *const *names, size_t controls, bool subtract,
				    double *level)
{
	struct points control[NCB_ARMS_MAX], out = side_points(side, id, arm);
	size_t i;

	*level = NAN;
	if (!all_positive(&out)) {
		out.n = 0;
		return out;
	}
	to_logs(&out);
	for (i = 0; i < controls; i++) {
		control[i] = side_points(side, id, names[i]);
		to_logs(&control[i]);
	}
	if (controls)
		*level = relate(&out, control, controls, subtract);
	for (i = 0; i < controls; i++)
		free(control[i].p);
	return out;
}

static bool several_links(const struct ncb_point *p, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (p[i].link != p[0].link)
			return true;
	return false;
}

/**
 * ncb_rank_between - whether two sides differ, whatever their distribution
 * @old: one side
 * @new: the other
 * @a: values of the old side, with their boots and links
 * @na: how many
 * @b: values of the new side
 * @nb: how many
 *
 * Return: p of ncb_rank_links() where a side has several links; else of Wilcoxon's
 * rank sum of means over boots; of all values where a side has few boots.
 */
double ncb_rank_between(const struct ncb_side *old, const struct ncb_side *new,
			const struct ncb_point *a, size_t na, const struct ncb_point *b, size_t nb)
{
	bool boots = ncb_side_boots(old) >= RANKED_BOOTS && ncb_side_boots(new) >= RANKED_BOOTS;
	const struct ncb_point *side[2] = { a, b };
	size_t size[2] = { na, nb }, n[2], i, k, count;
	double *value[2], p;
	int s;

	if (several_links(a, na) || several_links(b, nb))
		return ncb_rank_links(a, na, b, nb);
	for (s = 0; s < 2; s++) {
		const struct ncb_point *q = side[s];

		value[s] = ncb_alloc(size[s] + 1, sizeof(*value[s]));
		for (n[s] = i = 0; i < size[s]; i++) {
			double sum = 0;

			for (k = 0; k < i && boots && q[k].boot != q[i].boot; k++)
				;
			if (boots && k < i)
				continue;
			for (count = 0, k = i; k < size[s]; k++) {
				if (k != i && !(boots && q[k].boot == q[i].boot))
					continue;
				sum += q[k].value;
				count++;
			}
			value[s][n[s]++] = sum / count;
		}
	}
	p = ncb_rank_sum(value[0], n[0], value[1], n[1]);
	free(value[0]);
	free(value[1]);
	return p;
}

static bool is_constant(const struct points *p)
{
	size_t i;

	for (i = 1; i < p->n; i++)
		if (fabs(p->p[i].value - p->p[0].value) > NCB_EQUAL_SHARE)
			return false;
	return p->n;
}

/*
 * Instructions do not drift: theirs are compared as they are, and what the
 * controls did is told all the same.
 */
static bool is_relative(const struct ncb_comparison *c)
{
	return !c->options.raw && c->metric != NCB_INSN;
}

/*
 * Change of @arm in one row, in logarithms, less that of the controls with
 * @subtract; @drift gets what the controls did.
 */
static struct ncb_estimate change_between(const struct ncb_comparison *c, const struct ncb_row *row,
					  const char *arm, const char *new_arm,
					  const char *const *names, size_t controls, bool subtract,
					  double *drift, double *rank)
{
	uint64_t seed = ncb_stats_run(c->old.stats[0])->seed;
	double from, to;
	struct points a = related_points(&c->old, row->id, arm, names, controls, subtract, &from);
	struct points b = related_points(&c->new, row->id, new_arm, names, controls, subtract,
					 &to);
	struct ncb_estimate e;

	if (c->metric == NCB_INSN && is_constant(&a) && is_constant(&b))
		e = ncb_estimate_exact(b.p[0].value - a.p[0].value);
	else
		e = ncb_estimate_between(a.p, a.n, b.p, b.n, seed);
	*drift = to - from;
	*rank = c->metric == NCB_INSN || !a.n || !b.n ? NAN :
		ncb_rank_between(&c->old, &c->new, a.p, a.n, b.p, b.n);
	free(a.p);
	free(b.p);
	return e;
}

/* Of some arms, those that are a second copy of @base. */
static size_t keep_copies(const struct ncb_row *row, const char *base, const char **names, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		int arm = ncb_row_arm_find(row, names[i]), of = ncb_arm_base(row, arm);

		if (of >= 0 && !strcmp(row->arm[of].name, base))
			names[kept++] = names[i];
	}
	return kept;
}

/*
 * What this comparison says of code that is the same on both sides, per row of
 * the first run; NaN: there is none. As the arm in question is compared, so is
 * this: relative to the other private engines, or as it is with raw costs.
 * Instructions of an engine may change with how a kernel is compiled, those of
 * its second copy against the first may not.
 */
static struct ncb_estimate *control_changes(const struct ncb_comparison *c, const struct ncb_rundata *r)
{
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	static const char *const none[] = { "", "" };
	struct ncb_estimate *out = ncb_alloc(r->nrows + 1, sizeof(*out));
	const char *names[NCB_ARMS_MAX];
	double drift, rank;
	size_t row, n;

	for (row = 0; row < r->nrows; row++) {
		const char *base[2];

		out[row] = ncb_estimate_none();
		if (!find_controls(sides, none, 2, &r->rows[row], names))
			continue;
		base[0] = base[1] = names[0];
		n = find_controls(sides, base, 2, &r->rows[row], names);
		if (c->metric == NCB_INSN)
			n = keep_copies(&r->rows[row], base[0], names, n);
		if (n)
			out[row] = change_between(c, &r->rows[row], base[0], base[1], names, n,
						  !c->options.raw, &drift, &rank);
	}
	return out;
}

/** ncb_side_cost - what an arm costs in a row, over all runs of a side */
struct ncb_interval ncb_side_cost(const struct ncb_side *side, const char *id, const char *arm)
{
	struct points p = side_points(side, id, arm);
	struct ncb_interval out;

	out = ncb_estimate_mean(p.p, p.n, ncb_stats_run(side->stats[0])->seed).ci;
	free(p.p);
	return out;
}

/**
 * ncb_side_relative - what an arm costs relative to the controls
 * @sides: those that are to be compared
 * @n: how many
 * @which: the one in question
 * @id: the row
 * @arm: the arm
 *
 * Return: its cost over the geometric mean of the private engines that all
 * sides have there, cell by cell; not valid where there are none.
 */
struct ncb_interval ncb_side_relative(const struct ncb_side *const *sides, size_t n, size_t which,
				      const char *id, const char *arm)
{
	const struct ncb_rundata *r = ncb_stats_run(sides[0]->stats[0]);
	const char *names[NCB_ARMS_MAX];
	int row = ncb_row_find(r, id);
	struct ncb_estimate e = ncb_estimate_none();
	const char **arms;
	struct points p;
	size_t controls, i;
	double level;

	arms = ncb_alloc(n, sizeof(*arms));
	for (i = 0; i < n; i++)
		arms[i] = arm;
	controls = row < 0 ? 0 : find_controls(sides, arms, n, &r->rows[row], names);
	free(arms);
	if (!controls)
		return e.ci;
	p = related_points(sides[which], id, arm, names, controls, true, &level);
	e = is_constant(&p) ? ncb_estimate_exact(p.p[0].value) :
			      ncb_estimate_mean(p.p, p.n, r->seed);
	free(p.p);
	if (!e.ci.valid)
		return e.ci;
	return (struct ncb_interval) { exp(e.ci.value), exp(e.ci.low), exp(e.ci.high), true };
}

/*
 * Variance that layout alone gives to a cost, in logarithms: that of the
 * compiled copies of the controls, over both sides. @df gets its degrees of
 * freedom; 0: not known.
 */
static double layout_variance(const struct ncb_comparison *c, const char *id,
			      const char *const *names, size_t controls, double *df)
{
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	double sum[NCB_CLONES_MAX], mean, all = 0;
	size_t count[NCB_CLONES_MAX], s, i, k, n;

	for (*df = 0, s = 0; s < ARRAY_SIZE(sides); s++) {
		for (i = 0; i < controls; i++) {
			struct points p = side_points(sides[s], id, names[i]);

			to_logs(&p);
			memset(sum, 0, sizeof(sum));
			memset(count, 0, sizeof(count));
			for (k = 0; k < p.n; k++) {
				sum[p.p[k].copy % NCB_CLONES_MAX] += p.p[k].value;
				count[p.p[k].copy % NCB_CLONES_MAX]++;
			}
			for (mean = n = k = 0; k < NCB_CLONES_MAX; k++) {
				if (!count[k])
					continue;
				mean += sum[k] / count[k];
				n++;
			}
			for (k = 0; k < NCB_CLONES_MAX; k++)
				if (count[k])
					all += pow(sum[k] / count[k] - mean / n, 2);
			*df += n ? n - 1 : 0;
			free(p.p);
		}
	}
	if (!(*df > 0))
		return 0;
	all /= *df;
	/* Both sides run the same copies: one draw of layouts, seen twice. */
	*df /= ARRAY_SIZE(sides);
	return all;
}

/*
 * One link has one layout of code that has one copy only, and no spread within
 * runs of it tells what another would cost. What is known is how much the copies
 * of the module's engines differ by theirs: each side of one layout adds that.
 */
static void add_layout(const struct ncb_comparison *c, const struct ncb_row *row,
		       struct ncb_pair *p, const char *const *names, size_t controls)
{
	int arm = ncb_row_arm_find(row, p->old_arm);
	size_t single = ncb_is_one_layout(c, false) + ncb_is_one_layout(c, true);
	struct ncb_estimate *e = &p->change;
	double df, more, own, half;

	if (c->metric == NCB_INSN || !single || row->arm[arm].clones > 1 || !e->ci.valid ||
	    isnan(e->se))
		return;
	if (!controls) {
		ncb_estimate_unsure(e);
		return;
	}
	more = single * layout_variance(c, row->id, names, controls, &df);
	if (!(more > 0))
		return;
	own = e->se * e->se;
	e->df = pow(own + more, 2) / ((own > 0 ? own * own / e->df : 0) + more * more / df);
	e->se = sqrt(own + more);
	half = gsl_cdf_tdist_Qinv(0.025, e->df) * e->se;
	e->ci.low = e->ci.value - half;
	e->ci.high = e->ci.value + half;
	e->p = 2 * gsl_cdf_tdist_Q(fabs(e->ci.value) / e->se, e->df);
	if (more > own) {
		e->level = NCB_LEVEL_COPY;
		e->clusters = (size_t)df;
	}
}

static void fill_between(const struct ncb_comparison *c, struct ncb_pair *p,
			 const struct ncb_row *row, const struct ncb_estimate *null)
{
	const struct ncb_rundata *r = ncb_stats_run(c->old.stats[0]);
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	const char *const arms[] = { p->old_arm, p->new_arm };
	const char *names[NCB_ARMS_MAX];
	size_t controls = find_controls(sides, arms, 2, row, names), i;

	p->change = change_between(c, row, p->old_arm, p->new_arm, names, controls, is_relative(c),
				   &p->drift, &p->p_rank);
	add_layout(c, row, p, names, controls);
	p->drift = from_log(p->drift);
	for (i = 0; i < r->nrows; i++)
		if (null[i].ci.valid && ncb_row_is_neighbour(&r->rows[i], row))
			p->envelope = fmax(p->envelope, from_log(fabs(null[i].ci.value)));
}

/*
 * A machine that is slower today is so in all rows. Where the controls of one
 * row moved otherwise than those of the others, it is their own layout that
 * did: the module's copies move together when it is loaded elsewhere, and no
 * comparison among them shows that. A change has to be larger than this.
 */
static void add_own_drift(struct ncb_comparison *c)
{
	double *drift = ncb_alloc(c->pairs + 1, sizeof(*drift)), common;
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++)
		if (!isnan(c->pair[i].drift))
			drift[n++] = log1p(c->pair[i].drift);
	common = ncb_median(drift, n);
	for (i = 0; i < c->pairs; i++)
		if (!isnan(c->pair[i].drift))
			c->pair[i].envelope = fmax(c->pair[i].envelope,
				expm1(fabs(log1p(c->pair[i].drift) - common)));
	free(drift);
}

/* What links of both sides did in one row; @sum gets xx, yy and xy of those in common. */
static void see_row(struct ncb_comparison *c, const struct ncb_pair *p, double sum[3])
{
	const struct ncb_row *row = &ncb_stats_run(c->old.stats[0])->rows[p->row];
	const struct ncb_side *const sides[] = { &c->old, &c->new };
	const char *const arms[] = { p->old_arm, p->new_arm };
	const char *names[NCB_ARMS_MAX];
	size_t controls = find_controls(sides, arms, 2, row, names), n[2], i, k;
	double *effect[2], level;
	uint32_t *link[2];
	int s;

	for (s = 0; s < 2; s++) {
		struct points q = related_points(sides[s], row->id, arms[s], names, controls,
						 is_relative(c), &level);

		link[s] = ncb_alloc(q.n + 1, sizeof(*link[s]));
		effect[s] = ncb_alloc(q.n + 1, sizeof(*effect[s]));
		n[s] = q.n ? ncb_link_effects(q.p, q.n, link[s], effect[s]) : 0;
		for (i = 0; i < n[s] && n[s] > 1; i++)
			ncb_range_widen(&c->layouts.moved, expm1(effect[s][i]), p->row);
		free(q.p);
	}
	for (i = 0; i < n[0]; i++) {
		for (k = 0; k < n[1] && link[1][k] != link[0][i]; k++)
			;
		if (k == n[1])
			continue;
		sum[0] += effect[0][i] * effect[0][i];
		sum[1] += effect[1][k] * effect[1][k];
		sum[2] += effect[0][i] * effect[1][k];
	}
	for (s = 0; s < 2; s++) {
		free(link[s]);
		free(effect[s]);
	}
}

/* Of what moves a value from boot to boot, the links' part; NaN: not told from the boots'. */
static double link_share(const struct ncb_estimate *e)
{
	double links = e->share[NCB_LEVEL_LINK], boots = e->share[NCB_LEVEL_BOOT];
	double all = links + boots;

	if (!isnan(e->share[NCB_LEVEL_RELOAD]))
		all += e->share[NCB_LEVEL_RELOAD];
	return all > 0 ? links / all : NAN;
}

static void see_layouts(struct ncb_comparison *c)
{
	double *share = ncb_alloc(c->pairs + 1, sizeof(*share)), sum[3] = { 0 }, one;
	struct ncb_layouts *l = &c->layouts;
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++) {
		one = link_share(&c->pair[i].change);
		if (!isnan(one))
			share[n++] = one;
		if (c->metric != NCB_INSN && (l->links[0] > 1 || l->links[1] > 1))
			see_row(c, &c->pair[i], sum);
	}
	l->share = ncb_median(share, n);
	l->alike = l->paired && sum[0] > 0 && sum[1] > 0 ? sum[2] / sqrt(sum[0] * sum[1]) : NAN;
	free(share);
}

/* Runs of a side that have the row with that arm. */
static size_t count_runs(const struct ncb_side *side, const char *id, const char *arm)
{
	const struct ncb_point *p;
	size_t i, n = 0;

	for (i = 0; i < side->runs; i++) {
		const struct ncb_rundata *r = ncb_stats_run(side->stats[i]);
		int row = ncb_row_find(r, id);

		n += row >= 0 && ncb_stats_points(side->stats[i], row,
						  ncb_row_arm_find(&r->rows[row], arm), &p);
	}
	return n;
}

/**
 * ncb_compare_runs - one arm before and after
 * @old: the runs before, at least one
 * @new: the runs after, at least one
 * @arm: name, as a rule "native"
 * @o: how to judge; NULL: Holm, no margin
 *
 * All runs have to be of one metric, and as comparable as ncb_find_obstacles()
 * demands. Runs of a side are taken for boots, each a cluster, unless they
 * know better; those that know their link (env "link") are clusters of that, too.
 * Rows are those of the first run of a side.
 *
 * Return: a pair for each row that has the arm on both sides; to be given to
 * ncb_comparison_free() before the sides are freed.
 */
struct ncb_comparison *ncb_compare_runs(const struct ncb_side *old, const struct ncb_side *new,
					const char *arm, const struct ncb_compare_options *o)
{
	struct ncb_comparison *c = new_comparison(o);
	const char *other = c->options.new_arm ? c->options.new_arm : arm;
	const struct ncb_rundata *r = ncb_stats_run(old->stats[0]);
	const struct ncb_rundata *n = ncb_stats_run(new->stats[0]);
	struct ncb_estimate *null;
	size_t row;

	c->metric = r->nrows ? r->metric : r->clock;
	c->old = *old;
	c->new = *new;
	c->between = true;
	c->arm = arm;
	c->layouts.links[0] = count_links(old, new, &c->layouts.common);
	c->layouts.links[1] = count_links(new, old, &c->layouts.common);
	c->layouts.paired = ncb_links_are_paired(c->layouts.links[0], c->layouts.links[1],
						 c->layouts.common);
	null = control_changes(c, r);
	for (row = 0; row < r->nrows; row++) {
		const char *id = r->rows[row].id;
		struct ncb_pair *p;

		if (!count_runs(old, id, arm))
			continue;
		if (!count_runs(new, id, other)) {
			c->only_old++;
			continue;
		}
		c->partial += count_runs(old, id, arm) < old->runs ||
			      count_runs(new, id, other) < new->runs;
		p = add_pair(c, row, arm, other);
		p->old_cost = ncb_side_cost(old, id, arm);
		p->new_cost = ncb_side_cost(new, id, other);
		fill_between(c, p, &r->rows[row], null);
	}
	for (row = 0; row < n->nrows; row++)
		c->only_new += count_runs(new, n->rows[row].id, other) &&
			       !count_runs(old, n->rows[row].id, arm);
	if (is_relative(c))
		add_own_drift(c);
	conclude(c, null);
	see_layouts(c);
	c->storms = ncb_storms_compare(old, new, &c->options);
	c->memory = ncb_memory_compare(old, new);
	return c;
}

/** ncb_comparison_free - the reverse; NULL is fine */
void ncb_comparison_free(struct ncb_comparison *c)
{
	if (!c)
		return;
	ncb_storm_comparison_free(c->storms);
	ncb_memory_comparison_free(c->memory);
	free(c->pair);
	free(c);
}

static const struct ncb_pair *sorted_pairs;

static int compare_pairs(const void *x, const void *y)
{
	size_t i = *(const size_t *)x, k = *(const size_t *)y;
	const struct ncb_pair *a = &sorted_pairs[i], *b = &sorted_pairs[k];

	if (ncb_is_change(a->verdict) != ncb_is_change(b->verdict))
		return ncb_is_change(a->verdict) ? -1 : 1;
	if (ncb_is_change(a->verdict) && fabs(a->change.ci.value) != fabs(b->change.ci.value))
		return fabs(a->change.ci.value) > fabs(b->change.ci.value) ? -1 : 1;
	return i < k ? -1 : i > k;
}

/**
 * ncb_comparison_order - what changed first
 * @c: the comparison
 *
 * Return: indices of all pairs; those that changed, the largest first, then the
 * others as they stand. To be freed.
 */
size_t *ncb_comparison_order(const struct ncb_comparison *c)
{
	size_t *order = ncb_alloc(c->pairs + 1, sizeof(*order)), i;

	for (i = 0; i < c->pairs; i++)
		order[i] = i;
	sorted_pairs = c->pair;
	qsort(order, c->pairs, sizeof(*order), compare_pairs);
	return order;
}

/**
 * ncb_pair_samples - net costs behind a pair
 * @c: the comparison
 * @p: the pair
 * @new_side: of which side
 * @run: of which run of the side
 * @values: gets them, in the metric's unit; they belong to the statistics
 *
 * Return: how many there are; 0 where that run has not this row.
 */
size_t ncb_pair_samples(const struct ncb_comparison *c, const struct ncb_pair *p, bool new_side,
			size_t run, const double **values)
{
	const struct ncb_side *side = new_side ? &c->new : &c->old;
	const struct ncb_rundata *r;
	int row;

	*values = NULL;
	if (run >= side->runs)
		return 0;
	r = ncb_stats_run(side->stats[run]);
	row = ncb_row_find(r, p->id);
	if (row < 0)
		return 0;
	return ncb_stats_net(side->stats[run], row,
			     ncb_row_arm_find(&r->rows[row], new_side ? p->new_arm : p->old_arm),
			     values);
}

/**
 * ncb_comparison_geomean - the mean change
 * @c: the comparison
 *
 * Return: geometric mean of new / old over all pairs, less one; NaN without any.
 */
double ncb_comparison_geomean(const struct ncb_comparison *c)
{
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++) {
		if (!c->pair[i].change.ci.valid || !(c->pair[i].change.ci.value > -1))
			continue;
		sum += log1p(c->pair[i].change.ci.value);
		n++;
	}
	return n ? expm1(sum / n) : NAN;
}
