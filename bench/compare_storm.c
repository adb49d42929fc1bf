// SPDX-License-Identifier: GPL-2.0-only
/* Module load storms before and after; see compare_storm.h. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compare_storm.h"
#include "storm_view.h"

struct points {
	struct ncb_point *p;
	size_t n;
};

static const struct ncb_rundata *run_of(const struct ncb_side *side, size_t i)
{
	return ncb_stats_whole(side->stats[i]);
}

/* What failed has figures, but not of what it should have done. */
static bool is_whole(const struct ncb_storm *storm)
{
	return !*storm->reason && !storm->failed && storm->rounds;
}

/* Index of a storm by its name; NULL-safe; -1: none, or not whole. */
static int find_whole(const struct ncb_rundata *r, const char *id)
{
	size_t i;

	for (i = 0; r->storms && i < r->storms->storms; i++)
		if (!strcmp(r->storms->storm[i].id, id))
			return is_whole(&r->storms->storm[i]) ? (int)i : -1;
	return -1;
}

static size_t count_whole(const struct ncb_side *side, const char *id)
{
	size_t i, n = 0;

	for (i = 0; i < side->runs; i++)
		n += find_whole(run_of(side, i), id) >= 0;
	return n;
}

static bool has_storms(const struct ncb_side *side)
{
	size_t i;

	for (i = 0; i < side->runs; i++)
		if (run_of(side, i)->storms && run_of(side, i)->storms->storms)
			return true;
	return false;
}

/* Ticks of one kind on both sides: instructions and time have no ratio. */
static bool same_clock(const struct ncb_side *old, const struct ncb_side *new)
{
	enum ncb_metric first = run_of(old, 0)->clock;
	size_t i;

	for (i = 0; i < old->runs; i++)
		if (run_of(old, i)->clock != first)
			return false;
	for (i = 0; i < new->runs; i++)
		if (run_of(new, i)->clock != first)
			return false;
	return true;
}

/** ncb_storms_shared - whether both sides have storms, by the same kind of clock */
bool ncb_storms_shared(const struct ncb_side *old, const struct ncb_side *new)
{
	return old->runs && new->runs && has_storms(old) && has_storms(new) && same_clock(old, new);
}

/* The first run of a side that has storms, from @i on; NULL: none. */
static const struct ncb_rundata *next_stormed(const struct ncb_side *side, size_t *i)
{
	for (; *i < side->runs; ++*i)
		if (run_of(side, *i)->storms)
			return run_of(side, (*i)++);
	return NULL;
}

/**
 * ncb_storms_obstacle - what forbids comparing storms, where rows may be compared
 * @old: one side
 * @new: the other
 *
 * Return: NULL, or a reason.
 */
const char *ncb_storms_obstacle(const struct ncb_side *old, const struct ncb_side *new)
{
	const struct ncb_side *const sides[] = { old, new };
	const struct ncb_rundata *r;
	const char *first = NULL, *one;
	size_t s, i;

	for (s = 0; s < ARRAY_SIZE(sides); s++) {
		for (i = 0; (r = next_stormed(sides[s], &i));) {
			one = ncb_env_string(r, "storm_rcu", "?");
			if (first && strcmp(first, one))
				return "grace periods of RCU are expedited in some of the runs only "
				       "(storm_rcu): loads wait for them";
			first = one;
		}
	}
	return NULL;
}

/* -- points -- */

/* A run is a boot unless it knows better; a round of a storm is what a loading is to rows. */
static struct points side_points(const struct ncb_side *side, const char *id,
				 enum ncb_storm_metric metric)
{
	struct points out = { 0 };
	size_t run, i, n;

	for (run = 0; run < side->runs; run++) {
		const struct ncb_rundata *r = run_of(side, run);
		int storm = find_whole(r, id);
		struct ncb_point *p = NULL;

		n = storm < 0 ? 0 : ncb_storm_points(r->storms, storm, metric, &p);
		out.p = ncb_grow(out.p, out.n + n + 1, sizeof(*out.p));
		for (i = 0; i < n; i++) {
			out.p[out.n] = p[i];
			out.p[out.n].boot = ncb_side_boot(side, run);
			out.p[out.n++].reload = p[i].reload + run * NCB_STORM_ROUNDS_MAX;
		}
		free(p);
	}
	return out;
}

/* False where a value has no logarithm. */
static bool to_logs(struct points *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (!(p->p[i].value > 0) || !isfinite(p->p[i].value))
			return false;
		p->p[i].value = log(p->p[i].value);
	}
	return p->n;
}

/* One value alone, as of a p99 over all rounds, says nothing of whether it is exact. */
static bool is_constant(const struct points *p)
{
	size_t i;

	for (i = 1; i < p->n; i++)
		if (fabs(p->p[i].value - p->p[0].value) > NCB_EQUAL_SHARE)
			return false;
	return p->n > 1;
}

/* -- pairs -- */

static double from_log(double x)
{
	return isinf(x) ? (x < 0 ? -1 : INFINITY) : expm1(x);
}

/*
 * What one boot of a side cannot tell from another boot: all times. Where instructions are
 * counted, what depends on whom a tick interrupts: which of several threads is next, and
 * the slowest loads. Two boots of one kernel were 5 to 12 % apart in these, with rounds
 * that agree; and 0.12 % in the medians of one thread.
 */
static bool moves_between_boots(const struct ncb_storm_comparison *c, const struct ncb_side *old,
				const struct ncb_storm_pair *pair)
{
	size_t run;
	int storm = -1;

	for (run = 0; run < old->runs && storm < 0; run++)
		storm = find_whole(run_of(old, run), pair->id);
	return !c->exact || pair->metric == NCB_STORM_LOAD_P99 ||
	       (storm >= 0 && run_of(old, run - 1)->storms->storm[storm].threads > 1);
}

/* @pair->change in logarithms, with the tests. */
static bool estimate(const struct ncb_storm_comparison *c, const struct ncb_side *old,
		     const struct ncb_side *new, struct ncb_storm_pair *pair)
{
	struct points a = side_points(old, pair->id, pair->metric);
	struct points b = side_points(new, pair->id, pair->metric);
	uint64_t seed = run_of(old, 0)->seed;
	bool valid;

	pair->old_value = ncb_estimate_mean(a.p, a.n, seed).ci;
	pair->new_value = ncb_estimate_mean(b.p, b.n, seed).ci;
	valid = to_logs(&a) && to_logs(&b);
	pair->p_rank = NAN;
	if (valid && c->exact && is_constant(&a) && is_constant(&b)) {
		pair->change = ncb_estimate_exact(b.p[0].value - a.p[0].value);
	} else if (valid) {
		pair->change = ncb_estimate_between(a.p, a.n, b.p, b.n, seed);
		pair->p_rank = ncb_rank_between(old, new, a.p, a.n, b.p, b.n);
		pair->unsure = c->one_boot && moves_between_boots(c, old, pair);
	} else {
		pair->change = ncb_estimate_none();
	}
	if (valid && pair->unsure)
		ncb_estimate_unsure(&pair->change);
	free(a.p);
	free(b.p);
	return valid;
}

/* Takes @text. */
static void leave_text(struct ncb_storm_comparison *c, char *text)
{
	c->left = ncb_grow(c->left, c->lefts + 1, sizeof(*c->left));
	c->left[c->lefts++] = text;
}

/* Whether any storm of that name has a chain of which nobody knows what the probes take of it. */
static bool is_clouded(const struct ncb_side *side, const char *id)
{
	size_t run;
	int storm;

	for (run = 0; run < side->runs; run++) {
		storm = find_whole(run_of(side, run), id);
		if (storm >= 0 && !run_of(side, run)->storms->storm[storm].probe_ns)
			return true;
	}
	return false;
}

/* A figure that is not compared: said, unless neither side can have it. */
static void leave_figure(struct ncb_storm_comparison *c, const struct ncb_side *old,
			 const struct ncb_side *new, const char *id, enum ncb_storm_metric metric)
{
	struct points a = side_points(old, id, metric), b = side_points(new, id, metric);
	const char *why = !a.n ? "new side only" : !b.n ? "old side only" :
			  metric == NCB_STORM_COMING_P50 && (is_clouded(old, id) ||
							     is_clouded(new, id)) ?
			  "it is not known what the probes take" :
			  "not above 0 in every round";

	if (a.n || b.n)
		leave_text(c, ncb_format("%s %s (%s)", id, ncb_storm_metric_names[metric], why));
	free(a.p);
	free(b.p);
}

static void add_storm(struct ncb_storm_comparison *c, const struct ncb_side *old,
		      const struct ncb_side *new, const char *id)
{
	bool partial = count_whole(old, id) < old->runs || count_whole(new, id) < new->runs;
	int metric;

	for (metric = 0; metric < NCB_STORM_METRICS; metric++) {
		struct ncb_storm_pair pair = { .id = id, .metric = metric };

		/* A storm that vetoes has no rate, one without probes no COMING. */
		if ((metric == NCB_STORM_COMING_P50 &&
		     (is_clouded(old, id) || is_clouded(new, id))) ||
		    !estimate(c, old, new, &pair)) {
			leave_figure(c, old, new, id, metric);
			continue;
		}
		c->partial += partial;
		c->unsure += pair.unsure;
		c->pair = ncb_grow(c->pair, c->pairs + 1, sizeof(*c->pair));
		c->pair[c->pairs++] = pair;
	}
}

/* Whether any run of a side has a storm of that name, whatever became of it. */
static bool is_listed(const struct ncb_side *side, const char *id)
{
	size_t i, k;

	for (i = 0; i < side->runs; i++) {
		const struct ncb_storms *s = run_of(side, i)->storms;

		for (k = 0; s && k < s->storms; k++)
			if (!strcmp(s->storm[k].id, id))
				return true;
	}
	return false;
}

/* A storm that is not compared, and why. */
static void leave(struct ncb_storm_comparison *c, const struct ncb_side *old,
		  const struct ncb_side *new, const char *id)
{
	const char *why = !is_listed(old, id) ? "new side only" :
			  !is_listed(new, id) ? "old side only" :
			  ncb_storms_obstacle(old, new) ? ncb_storms_obstacle(old, new) :
			  count_whole(old, id) ? "not done, or failed, on the new side" :
			  count_whole(new, id) ? "not done, or failed, on the old side" :
						 "not done, or failed, on both sides";

	leave_text(c, ncb_format("%s (%s)", id, why));
}

/* What two storms of one name differ in that makes them different ones; NULL: nothing. */
static char *difference(const struct ncb_storms *s, size_t i, const struct ncb_storms *t, size_t k)
{
	const struct ncb_storm *a = &s->storm[i], *b = &t->storm[k];
	double sizes = (double)a->file_size / b->file_size;

	if (a->modules != b->modules)
		return ncb_format("of %u and of %u modules", a->modules, b->modules);
	if (s->cpus != t->cpus)
		return ncb_format("on %u and on %u CPUs", s->cpus, t->cpus);
	if (a->file_size && b->file_size && fabs(log(sizes)) > log1p(NCB_STORM_SIZE_MOST))
		return ncb_format("modules of %" PRIu64 " and of %" PRIu64 " bytes", a->file_size,
				  b->file_size);
	return NULL;
}

/* The same, of any run of both sides against the first one of the old side that has it. */
static char *find_difference(const struct ncb_side *old, const struct ncb_side *new,
			     const char *id)
{
	const struct ncb_side *const sides[] = { old, new };
	const struct ncb_storms *first = NULL;
	size_t side, run;
	int storm, at = -1;
	char *out = NULL;

	for (side = 0; side < ARRAY_SIZE(sides); side++)
		for (run = 0; run < sides[side]->runs && !out; run++) {
			const struct ncb_storms *s = run_of(sides[side], run)->storms;

			storm = find_whole(run_of(sides[side], run), id);
			if (storm < 0)
				continue;
			if (first)
				out = difference(first, at, s, storm);
			else
				at = storm;
			first = first ? first : s;
		}
	return out;
}

/* Compared where it is the same storm. */
static void meet(struct ncb_storm_comparison *c, const struct ncb_side *old,
		 const struct ncb_side *new, const char *id)
{
	char *other = find_difference(old, new, id);

	if (other)
		leave_text(c, ncb_format("%s (%s)", id, other));
	else
		add_storm(c, old, new, id);
	free(other);
}

static bool met_before(const struct ncb_side *side, size_t run, size_t storm)
{
	const char *id = run_of(side, run)->storms->storm[storm].id;
	size_t i, k;

	for (i = 0; i <= run; i++) {
		const struct ncb_storms *s = run_of(side, i)->storms;

		for (k = 0; s && k < s->storms && (i < run || k < storm); k++)
			if (!strcmp(s->storm[k].id, id))
				return true;
	}
	return false;
}

/* Storms of one side, each once; those of the new side that the old one has are done. */
static void walk_side(struct ncb_storm_comparison *c, const struct ncb_side *old,
		      const struct ncb_side *new, bool is_old)
{
	const struct ncb_side *here = is_old ? old : new;
	bool comparable = !ncb_storms_obstacle(old, new);
	size_t run, i;

	for (run = 0; run < here->runs; run++) {
		const struct ncb_storms *s = run_of(here, run)->storms;

		for (i = 0; s && i < s->storms; i++) {
			const char *id = s->storm[i].id;

			/* Single callbacks are looked at; what that costs is no figure. */
			if (s->storm[i].traced || met_before(here, run, i) ||
			    (!is_old && is_listed(old, id)))
				continue;
			if (comparable && count_whole(old, id) && count_whole(new, id))
				meet(c, old, new, id);
			else
				leave(c, old, new, id);
		}
	}
}

/* -- verdicts -- */

/* By the rule for rows; a rate that falls is what costs more. */
static void judge(const struct ncb_storm_comparison *c, struct ncb_storm_pair *pair,
		  const struct ncb_compare_options *o)
{
	struct ncb_pair row = {
		.change = pair->change, .p = pair->p, .p_rank = pair->p_rank,
		.p_margin = pair->p_margin, .envelope = c->exact ? NCB_STORM_INSN_LEAST : NAN,
	};

	pair->verdict = ncb_judge_pair(&row, o);
	pair->slower = pair->change.ci.value;
	if (pair->metric != NCB_STORM_RATE)
		return;
	pair->slower = 1 / (1 + pair->change.ci.value) - 1;
	if (ncb_is_change(pair->verdict))
		pair->verdict = pair->verdict == NCB_MORE ? NCB_LESS : NCB_MORE;
}

static void conclude(struct ncb_storm_comparison *c, const struct ncb_compare_options *o)
{
	double *p = ncb_alloc(c->pairs + 1, sizeof(*p)), *m = ncb_alloc(c->pairs + 1, sizeof(*m));
	size_t i;

	for (i = 0; i < c->pairs; i++) {
		struct ncb_estimate *e = &c->pair[i].change;

		p[i] = e->p;
		m[i] = o->margin > 0 ? ncb_equivalence(e, log1p(o->margin)) : NAN;
		c->tested += !isnan(p[i]);
		e->ci.value = from_log(e->ci.value);
		e->ci.low = from_log(e->ci.low);
		e->ci.high = from_log(e->ci.high);
	}
	ncb_correct(p, c->pairs, o->correction);
	ncb_correct(m, c->pairs, o->correction);
	for (i = 0; i < c->pairs; i++) {
		c->pair[i].p = p[i];
		c->pair[i].p_margin = m[i];
		judge(c, &c->pair[i], o);
	}
	free(p);
	free(m);
}

/* What all runs of a side that have storms say of the chain. */
static void read_chain(const struct ncb_side *side, int *order, double *notifiers)
{
	size_t i, seen = 0;

	*order = 0;
	*notifiers = NAN;
	for (i = 0; i < side->runs; i++) {
		struct ncb_storm_view *v = ncb_storm_view_new(run_of(side, i));
		double n;
		int one;

		if (!v)
			continue;
		one = ncb_storms_order(v);
		n = v->s->callbacks ? v->s->callbacks : NAN;
		if (!seen++) {
			*order = one;
			*notifiers = n;
		}
		*order = *order == one ? one : 0;
		*notifiers = *notifiers == n ? n : NAN;
		ncb_storm_view_free(v);
	}
}

/**
 * ncb_storms_compare - storms before and after
 * @old: the runs before
 * @new: the runs after
 * @o: how to judge
 *
 * Return: NULL where they share none; else to be given to
 * ncb_storm_comparison_free(), before the sides are freed.
 */
struct ncb_storm_comparison *ncb_storms_compare(const struct ncb_side *old,
						const struct ncb_side *new,
						const struct ncb_compare_options *o)
{
	struct ncb_storm_comparison *c;

	if (!ncb_storms_shared(old, new))
		return NULL;
	c = ncb_alloc(1, sizeof(*c));
	c->exact = run_of(old, 0)->clock == NCB_INSN;
	c->one_boot = ncb_side_boots(old) < 2 || ncb_side_boots(new) < 2;
	walk_side(c, old, new, true);
	walk_side(c, old, new, false);
	conclude(c, o);
	read_chain(old, &c->order[0], &c->notifiers[0]);
	read_chain(new, &c->order[1], &c->notifiers[1]);
	return c;
}

/** ncb_storm_comparison_free - the reverse */
void ncb_storm_comparison_free(struct ncb_storm_comparison *c)
{
	if (!c)
		return;
	while (c->lefts)
		free(c->left[--c->lefts]);
	free(c->left);
	free(c->pair);
	free(c);
}
