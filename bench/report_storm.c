// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module load storms in the report: what is quoted of them, what makes it true,
 * how to read it. report_storm_tables.c has the tables.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "report_storm.h"

/* -- texts -- */

/** ncb_storm_unit - what a ns of the records is */
const char *ncb_storm_unit(const struct ncb_rundata *r)
{
	return ncb_metric_names[r->clock == NCB_INSN ? NCB_INSN : NCB_NS];
}

const char *ncb_storm_cell_unit(const struct ncb_rundata *r)
{
	return r->clock == NCB_INSN ? "kinsn" : "us";
}

/** ncb_storm_figure - a figure in some six characters; malloc'd */
char *ncb_storm_figure(double v)
{
	if (isnan(v))
		return ncb_copy("n/a");
	if (fabs(v) < 10)
		return ncb_format("%.2f", fabs(v) < 0.005 ? 0 : v);
	return ncb_format(fabs(v) < 100 ? "%.1f" : fabs(v) < 1e7 ? "%.0f" : "%.2e", v);
}

/** ncb_storm_cell - a time for a table, in us or thousands of instructions */
char *ncb_storm_cell(double v)
{
	return ncb_storm_figure(v / 1000);
}

/* Which of the units @v is best said in; *@v becomes that. */
static const char *scale(const struct ncb_rundata *r, double v, double *divisor)
{
	static const char *const units[][4] = {
		{ "ns", "us", "ms", "s" }, { "insn", "kinsn", "Minsn", "Ginsn" },
	};
	size_t i;

	*divisor = 1;
	for (i = 0; i < 3 && fabs(v) / *divisor >= 1000; i++)
		*divisor *= 1000;
	return units[r->clock == NCB_INSN][i];
}

/** ncb_storm_time - a time with its unit */
char *ncb_storm_time(const struct ncb_rundata *r, double v)
{
	double divisor;
	const char *unit = scale(r, v, &divisor);
	char *number, *text;

	if (isnan(v))
		return ncb_copy("n/a");
	number = ncb_storm_figure(v / divisor);
	text = ncb_format("%s %s", number, unit);
	free(number);
	return text;
}

/** ncb_storm_bounds - an interval over rounds, without its value */
char *ncb_storm_bounds(struct ncb_interval v, double divisor)
{
	char *low, *high, *text;

	if (!v.valid || v.low == v.high)
		return ncb_copy("");
	/* Of one value nobody knows how it varies: not to be taken for an exact one. */
	if (!isfinite(v.low) || !isfinite(v.high))
		return ncb_copy("(one round)");
	low = ncb_storm_figure(v.low / divisor);
	high = ncb_storm_figure(v.high / divisor);
	text = ncb_format("[%s,%s]", low, high);
	free(low);
	free(high);
	return text;
}

/** ncb_storm_time_interval - a time with unit and 95 % interval */
char *ncb_storm_time_interval(const struct ncb_rundata *r, struct ncb_interval v)
{
	char *time = ncb_storm_time(r, v.valid ? v.value : NAN), *range, *text;
	double divisor;

	scale(r, v.value, &divisor);
	range = ncb_storm_bounds(v, divisor);
	text = ncb_format("%s%s%s", time, *range ? " " : "", range);
	free(time);
	free(range);
	return text;
}

/** ncb_storm_bytes - an amount of memory */
char *ncb_storm_bytes(double v)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
	size_t i;

	if (isnan(v))
		return ncb_copy("n/a");
	for (i = 0; i < 3 && fabs(v) >= 1024; i++)
		v /= 1024;
	return ncb_format(i && fabs(v) < 100 ? "%.1f %s" : "%.0f %s", v, units[i]);
}

/** ncb_storm_share - a share in percent with two digits that say something */
char *ncb_storm_share(double v)
{
	double p = v * 100;

	if (isnan(v))
		return ncb_copy("n/a");
	if (fabs(p) < 0.0005)
		return ncb_copy("<0.001 %");
	return ncb_format(fabs(p) >= 10 ? "%.0f %%" : fabs(p) >= 1 ? "%.1f %%" :
			  fabs(p) >= 0.1 ? "%.2f %%" : "%.3f %%", p);
}

/* Takes both texts. */
static void join(char **list, char *one)
{
	char *longer = *list ? ncb_format("%s, %s", *list, one) : ncb_copy(one);

	free(*list);
	free(one);
	*list = longer;
}

/** ncb_storms_only - whether a run is nothing but storms */
bool ncb_storms_only(const struct ncb_rundata *r)
{
	return r->storms && !r->nrows;
}

/** ncb_storms_order_words - the same in words */
const char *ncb_storms_order_words(int order)
{
	return order > 0 ? "GOING runs in the same order as COMING" :
	       order < 0 ? "GOING runs in reverse order" : "order of GOING: n/a";
}

/* -- what forbids quoting -- */

static bool has_mode(const struct ncb_storm *storm, enum ncb_storm_mode mode)
{
	return ncb_storm_done(storm) && storm->mode == mode;
}

static size_t count_failed(const struct ncb_storms *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->storms; i++)
		n += s->storm[i].failed;
	return n;
}

/** ncb_storms_warn - what speaks against the figures of storms */
void ncb_storms_warn(struct ncb_items *w, const struct ncb_rundata *r)
{
	const struct ncb_storms *s = r->storms;
	size_t failed;

	if (!s)
		return;
	if (s->interrupted || (r->interrupted && ncb_storms_only(r)))
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
			      "the module load storms were interrupted before all were done");
	failed = count_failed(s);
	if (failed)
		ncb_items_say(w, "NOT FOR REVIEW", NCB_MARK_BAD,
			      "%zu of %zu module load storms failed (see "
			      "'storm')", failed, s->storms);
}

/* -- the first screen -- */

/* Lines below each other, of which the first has the name. */
struct lines {
	struct ncb_items *items;
	bool begun;
};

/* Takes @text. */
static void put(struct lines *l, enum ncb_mark mark, char *text)
{
	ncb_items_add(l->items, l->begun ? "" : "storm", mark, text);
	l->begun = true;
}

/* Figures of loads that do not wait for a grace period to end, as they do elsewhere. */
static const char *expedited(const struct ncb_rundata *r)
{
	return strcmp(ncb_env_string(r, "storm_rcu", ""), "expedited") ? "" : "; rcu_expedited=1";
}

static void say_slope(struct lines *l, const struct ncb_storm_view *v)
{
	const struct ncb_storm_slope *slope = &v->slope[v->quoted];
	char *family, *load, *unload, *share, *chain, *chain_unload;

	if (!v->slopes)
		return;
	family = ncb_storm_family(&v->s->storm[v->swept[v->quoted]]);
	load = ncb_storm_time_interval(v->r, slope->load);
	unload = ncb_storm_time_interval(v->r, slope->unload);
	if (slope->chain.valid && slope->chain_unload.valid) {
		share = ncb_storm_share(slope->chain.value / slope->load_at_0);
		chain = ncb_storm_time_interval(v->r, slope->chain);
		chain_unload = ncb_storm_time_interval(v->r, slope->chain_unload);
		put(l, NCB_MARK_NONE,
		    ncb_format("%s: a notifier more: %s a load (%s of it), %s an unload, by the "
			       "chain's own time; by latencies: %s, %s%s", family, chain, share,
			       chain_unload, load, unload, expedited(v->r)));
		free(chain);
		free(chain_unload);
	} else {
		share = ncb_storm_share(slope->load.value / slope->load_at_0);
		put(l, NCB_MARK_NONE,
		    ncb_format("%s: a notifier more: %s a load (%s of it), %s an unload, by "
			       "latencies%s", family, load, share, unload, expedited(v->r)));
	}
	free(family);
	free(load);
	free(unload);
	free(share);
}

static void say_chain(struct lines *l, const struct ncb_storm_view *v)
{
	const struct ncb_storm_figures *f = &v->f[v->chain];
	char *count, *load, *unload;

	count = v->s->callbacks ? ncb_format("%zu notifier%s", v->s->callbacks,
					     ncb_ending(v->s->callbacks))
				: ncb_copy("the chain (notifiers: n/a)");
	if (v->chain == v->s->storms) {
		put(l, NCB_MARK_NONE, ncb_format("%s: share of a load n/a, no probes were on the "
						 "chain",
						 count));
	} else if (!v->s->storm[v->chain].probe_ns) {
		put(l, NCB_MARK_NONE, ncb_format("%s: share of a load n/a, it is not known what our "
						 "probes take themselves; %s", count,
						 ncb_storms_order_words(ncb_storms_order(v))));
	} else {
		load = ncb_storm_share(f->coming_share + f->live_share);
		unload = ncb_storm_share(f->going_share);
		put(l, NCB_MARK_NONE,
		    ncb_format("%s take%s %s of a load (COMING + LIVE), %s of an unload%s; %s", count,
			       v->s->callbacks > 1 ? "" : "s", load, unload, expedited(v->r),
			       ncb_storms_order_words(ncb_storms_order(v))));
		free(load);
		free(unload);
	}
	free(count);
}

static void say_churn(struct lines *l, const struct ncb_storm_view *v)
{
	const struct ncb_storm_figures *f = &v->f[v->churn];
	char *rate, *range, *p50, *p99;

	if (v->churn == v->s->storms)
		return;
	rate = ncb_storm_figure(f->rate.valid ? f->rate.value : NAN);
	range = ncb_storm_bounds(f->rate, 1);
	p50 = ncb_storm_time(v->r, f->load.p50);
	p99 = ncb_storm_time(v->r, f->load.p99);
	put(l, NCB_MARK_NONE, ncb_format("%s: %s loads/%s%s%s; a load p50 %s%s%s%s",
					 v->s->storm[v->churn].id, rate,
					 v->r->clock == NCB_INSN ? "Ginsn" : "s", *range ? " " : "",
					 range, p50, isnan(f->load.p99) ? "" : ", p99 ",
					 isnan(f->load.p99) ? "" : p99, expedited(v->r)));
	free(rate);
	free(range);
	free(p50);
	free(p99);
}

/* Of calls in a round: "63", or "62.5" where rounds differ. */
static char *per_round(size_t n, uint32_t rounds)
{
	double v = (double)n / rounds;

	return ncb_format(v == round(v) ? "%.0f" : "%.1f", v);
}

/* The storm of a mode with the most threads; @v->s->storms: there is none. */
static size_t find_largest(const struct ncb_storm_view *v, enum ncb_storm_mode mode)
{
	size_t i, best = v->s->storms;

	for (i = 0; i < v->s->storms; i++)
		if (has_mode(&v->s->storm[i], mode) && v->s->storm[i].rounds &&
		    (best == v->s->storms || v->s->storm[i].threads > v->s->storm[best].threads))
			best = i;
	return best;
}

/* Whether two storms have the same to tell: of a kernel that knows no file again. */
static bool tell_the_same(const struct ncb_storm_view *v, size_t a, size_t b)
{
	const struct ncb_storm_figures *f = &v->f[a], *g = &v->f[b];

	return v->s->storm[a].threads == v->s->storm[b].threads &&
	       v->s->storm[a].rounds == v->s->storm[b].rounds && f->first == g->first &&
	       f->shared == g->shared && f->refused == g->refused && f->wasted == g->wasted;
}

/* All threads load one module; @like: a storm that was told of just the same, or none. */
static void say_same(struct lines *l, const struct ncb_storm_view *v, size_t at, size_t like)
{
	const struct ncb_storm_figures *f;
	const struct ncb_storm *storm;
	char *first, *shared, *refused, *wasted;

	if (at == v->s->storms || (like < v->s->storms && tell_the_same(v, at, like)))
		return;
	storm = &v->s->storm[at];
	f = &v->f[at];
	first = per_round(f->first, storm->rounds);
	shared = per_round(f->shared, storm->rounds);
	refused = per_round(f->refused, storm->rounds);
	wasted = ncb_storm_bytes(f->wasted / storm->rounds);
	put(l, NCB_MARK_NONE, ncb_format("%s: %s of %u threads load%s, %s share that, %s are "
					 "refused; %s a round read for nothing", storm->id, first,
					 storm->threads, f->first == storm->rounds ? "s" : "",
					 shared, refused, wasted));
	free(first);
	free(shared);
	free(refused);
	free(wasted);
}

static void say_failures(struct lines *l, const struct ncb_storms *s)
{
	size_t i, none = 0;

	for (i = 0; i < s->storms; i++) {
		none += !ncb_storm_done(&s->storm[i]);
		if (s->storm[i].failed)
			put(l, NCB_MARK_BAD, ncb_format("%s: %s", s->storm[i].id, s->storm[i].reason));
	}
	if (*s->leak)
		put(l, NCB_MARK_BAD, ncb_format("left behind: %s", s->leak));
	if (none)
		put(l, NCB_MARK_NONE, ncb_format("n/a: %zu of %zu storms (--full says why)", none,
						 s->storms));
}

/* On the page, the slope is a large figure. */
static void add_card(struct ncb_report *report, const struct ncb_storm_view *v)
{
	const struct ncb_storm_slope *slope = &v->slope[v->quoted];
	struct ncb_interval cost = slope->chain.valid ? slope->chain : slope->load;
	char *share, *text, *family;

	if (!v->slopes || !cost.valid)
		return;
	family = ncb_storm_family(&v->s->storm[v->swept[v->quoted]]);
	share = ncb_storm_share(cost.value / slope->load_at_0);
	text = ncb_storm_time(v->r, cost.value);
	ncb_items_add(&report->cards, "for a notifier more on the loader's chain", NCB_MARK_NONE,
		      text)->more = ncb_format("a module load of %s, %s of it%s", family, share,
					  expedited(v->r));
	free(family);
	free(share);
}

/**
 * ncb_storms_summary - storms on the first screen
 * @report: gets the lines
 * @r: the run
 * @v: its storms; NULL: none was begun
 */
void ncb_storms_summary(struct ncb_report *report, const struct ncb_rundata *r,
			const struct ncb_storm_view *v)
{
	struct lines l = { .items = &report->summary };
	size_t same;

	if (!r->storms)
		return;
	if (!v) {
		put(&l, NCB_MARK_NONE, ncb_format("n/a: %s", *r->storms->reason ?
						  r->storms->reason : "none was done"));
		return;
	}
	say_slope(&l, v);
	say_chain(&l, v);
	say_churn(&l, v);
	same = find_largest(v, NCB_STORM_DUPLICATE);
	say_same(&l, v, same, v->s->storms);
	say_same(&l, v, find_largest(v, NCB_STORM_COPIES), same);
	say_failures(&l, v->s);
	add_card(report, v);
}

/* -- what makes it true -- */

/* Lines of the trust block; a list of those that hold for the short view. */
struct checks {
	struct ncb_items *items;
	char *held;
	size_t bad;
	bool brief;
};

/* Takes @text. A check that fails is on every screen. */
static struct ncb_item *check(struct checks *c, const char *name, enum ncb_mark mark, char *text)
{
	struct ncb_item *item = ncb_items_add(c->items, name, mark, text);

	item->full = c->brief && mark != NCB_MARK_BAD;
	c->bad += mark == NCB_MARK_BAD;
	if (mark == NCB_MARK_OK)
		join(&c->held, ncb_copy(name));
	return item;
}

static size_t count_done(const struct ncb_storms *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->storms; i++)
		n += ncb_storm_done(&s->storm[i]);
	return n;
}

static void check_calls(struct checks *c, const struct ncb_storm_view *v)
{
	size_t failed = count_failed(v->s), done = count_done(v->s), i, calls = 0;

	for (i = 0; i < v->s->records; i++)
		calls += v->s->record[i].what <= NCB_STORM_REQUESTED;
	check(c, "calls", failed ? NCB_MARK_BAD : done ? NCB_MARK_OK : NCB_MARK_NONE,
	      ncb_format("%zu calls in %zu storm%s, each returned what it had to%s", calls, done,
			 ncb_ending(done), failed ? ": NOT so in those that failed" : ""));
}

/* Where threads share a CPU, the others' turns between two calls of one look like its own time. */
static bool has_own_time(const struct ncb_storm_view *v, size_t i)
{
	return ncb_storm_done(&v->s->storm[i]) && !isnan(v->f[i].driver_share) &&
	       v->s->storm[i].threads <= v->s->cpus;
}

static void check_driver(struct checks *c, const struct ncb_storm_view *v)
{
	size_t i, worst = v->s->storms;
	char *share;

	for (i = 0; i < v->s->storms; i++)
		if (has_own_time(v, i) &&
		    (worst == v->s->storms || v->f[i].driver_share > v->f[worst].driver_share))
			worst = i;
	if (worst == v->s->storms) {
		check(c, "driver", NCB_MARK_NONE, ncb_copy("its own share: n/a, in no storm has each "
							   "thread a CPU, or its time is not known"));
		return;
	}
	share = ncb_storm_share(v->f[worst].driver_share);
	check(c, "driver", v->f[worst].driver_share < NCB_STORM_DRIVER_MOST ? NCB_MARK_OK :
							    NCB_MARK_BAD,
	      ncb_format("its own share of the threads' time: %s at most (%s); less than %g %% is "
			 "due, where each thread has a CPU",
			 share, v->s->storm[worst].id, NCB_STORM_DRIVER_MOST * 100));
	free(share);
}

static void check_records(struct checks *c, const struct ncb_storms *s)
{
	check(c, "records", s->lost ? NCB_MARK_BAD : NCB_MARK_OK,
	      s->lost ? ncb_format("%" PRIu64 " of the chain found no room: its figures are of the "
				   "others", s->lost)
		      : ncb_format("all %zu are kept, none of the chain was lost", s->records));
}

static void check_leak(struct checks *c, const struct ncb_storms *s)
{
	double most = 0;
	size_t i, judged = 0;

	for (i = 0; i < s->storms; i++) {
		double seen = ncb_storm_leak_seen(s, i);

		judged += !isnan(seen);
		most = seen > most ? seen : most;
	}
	if (s->interrupted && !*s->leak)
		check(c, "leak", NCB_MARK_NONE, ncb_copy("n/a: interrupted before the end"));
	else if (*s->leak)
		check(c, "leak", NCB_MARK_BAD, ncb_copy(s->leak));
	else if (!judged)
		check(c, "leak", NCB_MARK_NONE, ncb_copy("modules are as before; memory n/a: no storm has rounds enough to compare it"));
	else
		check(c, "leak", NCB_MARK_OK,
		      ncb_format("modules are as before, and memory in %zu of %zu storms, where a leak of %.1f KiB a load would be seen",
				 judged, s->storms, most / 1024));
}

/* The bend of a sweep: the worse of both kinds of calls; not valid where one is not known. */
static struct ncb_interval bend_of(const struct ncb_storm_slope *slope)
{
	struct ncb_interval a = slope->bend, b = slope->bend_unload;

	return (struct ncb_interval) {
		.value = fmax(a.value, b.value), .low = fmax(a.low, b.low),
		.high = fmax(a.high, b.high), .valid = a.valid && b.valid,
	};
}

/* Of calls whose rounds differ by more than the notifiers take nobody can say what they are off. */
static double off_line(const struct ncb_storm_slope *slope)
{
	bool load = slope->load.low <= 0 && slope->load.high >= 0;
	bool unload = slope->unload.low <= 0 && slope->unload.high >= 0;

	return fmax(load ? 0 : slope->off, unload ? 0 : slope->off_unload);
}

/*
 * The notifiers more count themselves: each is called in each announcement. What is to be said
 * of it beside the line, malloc'd.
 */
static char *check_extra(struct checks *c, const struct ncb_storm_view *v)
{
	uint64_t calls = 0, more = 0, wanted;
	size_t i, storms = 0, first = v->s->storms;

	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm *storm = &v->s->storm[i];

		/* A veto keeps COMING from them. */
		if (!ncb_storm_done(storm) || !storm->extra || !v->announced[i] ||
		    storm->mode == NCB_STORM_VETO_MODE || storm->extra_calls == NCB_STORM_UNKNOWN)
			continue;
		storms++;
		wanted = (uint64_t)storm->extra * v->announced[i];
		calls += storm->extra_calls;
		if (storm->extra_calls < wanted && first == v->s->storms)
			first = i;
		if (storm->extra_calls > wanted)
			more += storm->extra_calls - wanted;
	}
	if (!storms)
		check(c, "extra", NCB_MARK_NONE, ncb_copy("n/a: no notifiers more whose calls were "
							  "counted"));
	else if (v->s->lost)
		check(c, "extra", NCB_MARK_NONE, ncb_copy("n/a: records of the chain were lost"));
	else if (first < v->s->storms)
		check(c, "extra", NCB_MARK_BAD,
		      ncb_format("%s: its notifiers more were called %" PRIu64 " times, not %" PRIu64,
				 v->s->storm[first].id, v->s->storm[first].extra_calls,
				 (uint64_t)v->s->storm[first].extra * v->announced[first]));
	else if (more)
		check(c, "extra", NCB_MARK_NONE,
		      ncb_format("n/a: notifiers more were called %" PRIu64 " times more than payloads "
				 "were announced: others loaded modules, too", more));
	else
		return ncb_format("; they were called %" PRIu64 " times, as often as announced", calls);
	return ncb_copy("");
}

/* A line: by the chain's own time close to it, measured by what the notifiers take of it. */
static void check_line(struct checks *c, const struct ncb_storm_view *v, size_t at,
		       const char *extra)
{
	const struct ncb_storm_slope *slope = &v->slope[at];
	struct ncb_interval bend = bend_of(slope);
	char *family = ncb_storm_family(&v->s->storm[v->swept[at]]);
	char *share = ncb_storm_share(bend.value), *most = ncb_storm_share(bend.high);
	char *off = ncb_storm_share(off_line(slope));
	bool wrong = off_line(slope) > NCB_STORM_LINE_MOST ||
		     (bend.valid && bend.low > NCB_STORM_BEND_MOST);

	if (slope->rounds < 2)
		check(c, "line", NCB_MARK_NONE, ncb_format("%s: n/a: one round", family));
	else if (!bend.valid && !wrong)
		check(c, "line", NCB_MARK_NONE,
		      ncb_format("%s: n/a: one round and the next differ by more than the notifiers "
				 "take", family));
	else if (!wrong && bend.high > NCB_STORM_BEND_MOST)
		check(c, "line", NCB_MARK_NONE,
		      ncb_format("%s: n/a: off the line by %s of what the notifiers more take, but "
				 "it may be %s", family, share, most));
	else
		check(c, "line", wrong ? NCB_MARK_BAD : NCB_MARK_OK,
		      ncb_format("%s over more notifiers: off the line by %s of what they take (%g %% "
				 "may be), latencies by %s of themselves (%g %%)%s", family, share,
				 NCB_STORM_BEND_MOST * 100, off, NCB_STORM_LINE_MOST * 100, extra));
	free(family);
	free(share);
	free(most);
	free(off);
}

static void check_lines(struct checks *c, const struct ncb_storm_view *v)
{
	char *extra = check_extra(c, v);
	size_t i;

	for (i = 0; i < v->slopes; i++)
		check_line(c, v, i, extra);
	free(extra);
	if (!v->slopes)
		check(c, "line", NCB_MARK_NONE, ncb_copy("n/a: no sweep of notifiers with three "
							 "storms"));
}

static bool loads_once(const struct ncb_storm *storm)
{
	return storm->mode == NCB_STORM_DUPLICATE || storm->mode == NCB_STORM_COPIES;
}

/* LIVE is announced once in each load, and where all load the same, once a round. */
static void check_probes(struct checks *c, const struct ncb_storm_view *v)
{
	size_t i, probed = 0, wrong = 0, first = 0, live = 0, loads = 0;

	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm *storm = &v->s->storm[i];

		if (!ncb_storm_done(storm) || !v->announced[i])
			continue;
		probed++;
		live += v->live[i];
		loads += v->f[i].first;
		if (v->f[i].proven &&
		    (!loads_once(storm) || v->live[i] == storm->rounds))
			continue;
		if (!wrong++)
			first = i;
	}
	if (!probed)
		check(c, "probes", NCB_MARK_NONE, ncb_copy("n/a: the chain was not probed"));
	else if (wrong)
		check(c, "probes", NCB_MARK_BAD,
		      ncb_format("LIVE does not agree with the loads in %zu of %zu storms, first "
				 "%s: "
				 "%zu LIVE, %zu loads", wrong, probed, v->s->storm[first].id,
				 v->live[first], v->f[first].first));
	else
		check(c, "probes", NCB_MARK_OK,
		      ncb_format("%zu LIVE for %zu loads in %zu storm%s", live, loads, probed,
				 ncb_ending(probed)));
}

/* A veto: who was told COMING is told GOING, who was not is told nothing. */
static void check_rollback(struct checks *c, const struct ncb_storm_view *v)
{
	size_t i, vetoed = 0, rolled = 0, storms = 0;

	for (i = 0; i < v->s->storms; i++) {
		if (!has_mode(&v->s->storm[i], NCB_STORM_VETO_MODE))
			continue;
		storms++;
		vetoed += v->f[i].rejected;
		rolled += v->f[i].rolled_back;
	}
	if (!vetoed)
		check(c, "rollback", NCB_MARK_NONE,
		      ncb_copy(storms ? "n/a: no load was vetoed" : "n/a: no storm with a veto"));
	else
		check(c, "rollback", rolled == vetoed ? NCB_MARK_OK : NCB_MARK_BAD,
		      ncb_format("%zu of %zu vetoed loads: the first notifier saw COMING and "
				 "GOING, "
				 "the last one neither", rolled, vetoed));
}

static void add_trust(struct ncb_report *report, const struct ncb_storm_view *v)
{
	struct checks c = { .items = &report->trust, .brief = !ncb_storms_only(v->r) };
	size_t at = report->trust.n;

	/* Filled in below: what the others come to. */
	if (c.brief)
		ncb_items_add(&report->trust, "storms", NCB_MARK_OK, NULL);
	check_calls(&c, v);
	check_driver(&c, v);
	check_records(&c, v->s);
	check_leak(&c, v->s);
	check_lines(&c, v);
	check_probes(&c, v);
	check_rollback(&c, v);
	if (!c.brief) {
		free(c.held);
		return;
	}
	report->trust.item[at].mark = c.bad ? NCB_MARK_BAD : c.held ? NCB_MARK_OK : NCB_MARK_NONE;
	report->trust.item[at].text = c.held ? ncb_format("hold: %s", c.held) :
					       ncb_copy("nothing of them was checked");
	free(c.held);
}

/* -- how to read it, and what is not there -- */

/* What the probes take differs between storms by nothing but the boot that it was measured in. */
static char *probe_text(const struct ncb_rundata *r)
{
	const struct ncb_storms *s = r->storms;
	char *time, *text;
	size_t i;

	for (i = 0; i < s->storms && !s->storm[i].probe_ns; i++)
		;
	if (i == s->storms)
		return ncb_copy("what they take themselves is not known and in the chain's time: there "
				"are no shares");
	time = ncb_storm_time(r, s->storm[i].probe_ns);
	text = ncb_format("shares are what passes between the first and the last of them, less what "
			  "they take themselves (%s each)", time);
	free(time);
	return text;
}

static void add_legend(struct ncb_report *report, const struct ncb_rundata *r)
{
	struct ncb_items *l = &report->legend;
	char *probe = probe_text(r);
	size_t i = l->n;

	ncb_items_say(l, "load", NCB_MARK_NONE,
		      "one finit_module(), from the call to its return, of a file that was open "
		      "before; an unload is one delete_module(); %s%s",
		      r->clock == NCB_INSN ?
		      "insn: the guest's clock counts instructions, of all that its one CPU does "
		      "meanwhile; waiting costs nothing" : "times are of CLOCK_MONOTONIC_RAW",
		      *expedited(r) ? "; rcu_expedited=1: nobody waits for a grace period as long as "
				      "elsewhere, and a call is shorter by that" : "");
	ncb_items_say(l, "storm", NCB_MARK_NONE,
		      "mode/shape of the modules/threads; k64: with 64 notifiers more that do "
		      "nothing; several threads on one CPU take turns, and a latency holds "
		      "the others' turns");
	ncb_items_say(l, "probes", NCB_MARK_NONE,
		      "three probes of ours are on the loader's chain at INT_MAX, 0 and INT_MIN "
		      "and in every latency, each three times in that of a load and its unload; %s",
		      probe);
	ncb_items_say(l, "loads/s", NCB_MARK_NONE,
		      "loads that did what they had to, over whole rounds with their unloads; "
		      "what returned 0 because another thread had loaded it meanwhile is none of "
		      "them; medians and rates are over rounds with 95 %% intervals, quantiles over all calls%s",
		      r->clock == NCB_INSN ? "; a second is a thousand million instructions" : "");
	for (; i < l->n; i++)
		l->item[i].full = true;
	free(probe);
}

static void add_missing(struct ncb_report *report, const struct ncb_storms *s)
{
	size_t i, before = report->missing.n;

	if (*s->reason)
		ncb_items_say(&report->missing, "", NCB_MARK_NONE, "module load storms: "
								   "%s", s->reason);
	for (i = 0; i < s->storms; i++)
		if (!ncb_storm_done(&s->storm[i]))
			ncb_items_say(&report->missing, "", NCB_MARK_NONE, "storm %s: %s",
				      s->storm[i].id, s->storm[i].reason);
	if (*s->callbacks_why)
		ncb_items_say(&report->missing, "", NCB_MARK_NONE, "times of single notifiers: %s",
			      s->callbacks_why);
	for (; before < report->missing.n; before++)
		report->missing.item[before].full = true;
}

/**
 * ncb_storms_about - what stands around the tables of storms
 * @report: gets it
 * @r: the run
 * @v: its storms; NULL: none was begun
 */
void ncb_storms_about(struct ncb_report *report, const struct ncb_rundata *r,
		      const struct ncb_storm_view *v)
{
	if (!r->storms)
		return;
	add_missing(report, r->storms);
	if (!v)
		return;
	add_trust(report, v);
	add_legend(report, r);
}
