// SPDX-License-Identifier: GPL-2.0-only
/* From the records of storms to figures: see storm_stats.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_sort.h>
#include "../kmod/storm/ncb_storm_uapi.h"
#include "storm_stats.h"

#define P90_LEAST	10
#define P99_LEAST	100
#define P999_LEAST	1000
#define BINS_PER_OCTAVE	4
#define SLOPE_LEAST	3	/* storms that a line goes through */

const char *const ncb_storm_metric_names[NCB_STORM_METRICS] = {
	"load-p50", "load-p99", "unload-p50", "coming-p50", "rate",
};

/* -- records by storm -- */

typedef const struct ncb_storm_record *record;

/* What a load did that returned 0. */
enum became {
	BECAME_UNKNOWN,		/* the chain says nothing of it */
	BECAME_LIVE,		/* the chain announced LIVE in it */
	BECAME_SHARED,		/* another one, in which LIVE was announced, was at work meanwhile */
	BECAME_ALONE,		/* the chain is silent, but no other one returned 0 */
};

/**
 * struct ncb_storm_index - where the records of a storm are
 * @of, @records: what it was made of
 * @sorted: all but those of callbacks: by storm, round, module, thread, time
 * @from: where a storm begins in @sorted, and where the last one ends
 * @called: those of callbacks, by callback
 * @called_from: likewise
 * @became: enum became, by the place of a record in @of
 * @looks: of which @memory was made
 * @memory: by storm
 * @memory_from: likewise
 */
struct ncb_storm_index {
	record of;
	size_t records, looks;
	record *sorted, *called;
	size_t *from, *called_from, *memory_from;
	uint8_t *became;
	const struct ncb_storm_memory **memory;
};

/** ncb_storm_index_free - give an index back */
void ncb_storm_index_free(struct ncb_storm_index *index)
{
	if (!index)
		return;
	free(index->sorted);
	free(index->called);
	free(index->from);
	free(index->called_from);
	free(index->became);
	free(index->memory);
	free(index->memory_from);
	free(index);
}

static int by_place(const void *a, const void *b)
{
	const record x = *(const record *)a, y = *(const record *)b;

	if (x->round != y->round)
		return x->round < y->round ? -1 : 1;
	if (x->module != y->module)
		return x->module < y->module ? -1 : 1;
	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->what < y->what ? -1 : x->what > y->what;	/* a call before its chain */
}

/* Some of the records, in the order of by_place(). */
struct span {
	const record *r;
	size_t n;
	const struct ncb_storm_index *index;
};

/* Cuts the first round off, or with @module the first module of the first round. */
static struct span cut(struct span *rest, bool module)
{
	struct span first = { rest->r, 0, rest->index };

	while (first.n < rest->n && rest->r[first.n]->round == first.r[0]->round &&
	       (!module || rest->r[first.n]->module == first.r[0]->module))
		first.n++;
	rest->r += first.n;
	rest->n -= first.n;
	return first;
}

static bool is_load(record r)
{
	return r->what == NCB_STORM_LOAD || r->what == NCB_STORM_REQUESTED;
}

/* A system call, and the walks of the chain in it. */
struct call {
	record call, coming, live, going;
};

/* Of records of one thread and module: its calls one after the other, each with its walks. */
static bool next_call(struct span *rest, struct call *c)
{
	uint64_t end = 0;

	*c = (struct call) { 0 };
	for (; rest->n; rest->r++, rest->n--) {
		record r = *rest->r;

		if (is_load(r) || r->what == NCB_STORM_UNLOAD) {
			if (c->call)
				return true;
			c->call = r;
			end = r->start_ns + r->ns;
			continue;
		}
		if (!c->call || r->round != c->call->round || r->module != c->call->module ||
		    r->thread != c->call->thread || r->start_ns > end)
			continue;
		if (r->what == NCB_STORM_COMING)
			c->coming = r;
		else if (r->what == NCB_STORM_LIVE)
			c->live = r;
		else if (r->what == NCB_STORM_GOING)
			c->going = r;
	}
	return c->call;
}

/* -- what became of calls -- */

/* Whether the kernel may let a load wait for another one of the same file. */
static bool at_once(const struct ncb_storm *m)
{
	return m->mode == NCB_STORM_DUPLICATE || m->mode == NCB_STORM_MIXED;
}

static uint8_t *became(struct span span, record r)
{
	return &span.index->became[r - span.index->of];
}

/* Whether a load in which LIVE was announced was at work meanwhile. */
static bool has_waited(struct span module, record r)
{
	size_t i;

	for (i = 0; i < module.n; i++) {
		record other = module.r[i];

		if (is_load(other) && *became(module, other) == BECAME_LIVE &&
		    other->start_ns <= r->start_ns + r->ns &&
		    r->start_ns <= other->start_ns + other->ns)
			return true;
	}
	return false;
}

/* The loads of one module in one round. */
static void trace_loads(struct span module)
{
	struct span rest = module;
	size_t i, succeeded = 0, live = 0;
	record last = NULL;
	struct call c;

	while (next_call(&rest, &c)) {
		if (!is_load(c.call) || c.call->result)
			continue;
		last = c.call;
		succeeded++;
		if (c.live)
			*became(module, last) = BECAME_LIVE;
		live += !!c.live;
	}
	for (i = 0; i < module.n && live && live < succeeded; i++)
		if (is_load(module.r[i]) && !module.r[i]->result &&
		    *became(module, module.r[i]) == BECAME_UNKNOWN &&
		    has_waited(module, module.r[i]))
			*became(module, module.r[i]) = BECAME_SHARED;
	if (!live && succeeded == 1)
		*became(module, last) = BECAME_ALONE;
}

/* -- records by storm, continued -- */

/* Counts become beginnings, in an array of one more. */
static void sum_up(size_t *from, size_t n)
{
	size_t i, sum = 0, count;

	for (i = 0; i <= n; i++) {
		count = from[i];
		from[i] = sum;
		sum += count;
	}
}

static void index_memory(const struct ncb_storms *s, struct ncb_storm_index *x)
{
	size_t i;

	x->looks = s->memories;
	x->memory = ncb_alloc(s->memories + 1, sizeof(*x->memory));
	x->memory_from = ncb_alloc(s->storms + 2, sizeof(*x->memory_from));
	for (i = 0; i < s->memories; i++)
		x->memory_from[s->memory[i].storm + 1]++;
	sum_up(x->memory_from + 1, s->storms);
	for (i = 0; i < s->memories; i++)
		x->memory[x->memory_from[s->memory[i].storm + 1]++] = &s->memory[i];
}

static struct ncb_storm_index *make_index(const struct ncb_storms *s)
{
	struct ncb_storm_index *x = ncb_alloc(1, sizeof(*x));
	size_t i;

	x->of = s->record;
	x->records = s->records;
	x->sorted = ncb_alloc(s->records + 1, sizeof(*x->sorted));
	x->called = ncb_alloc(s->records + 1, sizeof(*x->called));
	x->from = ncb_alloc(s->storms + 2, sizeof(*x->from));
	x->called_from = ncb_alloc(s->callbacks + 2, sizeof(*x->called_from));
	/* Counted one place further on, so that filling leaves the beginnings behind. */
	for (i = 0; i < s->records; i++) {
		if (s->record[i].what == NCB_STORM_CALLED)
			x->called_from[s->record[i].module + 1]++;
		else
			x->from[s->record[i].storm + 1]++;
	}
	sum_up(x->from + 1, s->storms);
	sum_up(x->called_from + 1, s->callbacks);
	for (i = 0; i < s->records; i++) {
		record r = &s->record[i];

		if (r->what == NCB_STORM_CALLED)
			x->called[x->called_from[r->module + 1]++] = r;
		else
			x->sorted[x->from[r->storm + 1]++] = r;
	}
	x->became = ncb_alloc(s->records + 1, sizeof(*x->became));
	for (i = 0; i < s->storms; i++) {
		struct span rest = { x->sorted + x->from[i], x->from[i + 1] - x->from[i], x };

		qsort(x->sorted + x->from[i], rest.n, sizeof(*x->sorted), by_place);
		while (rest.n)
			trace_loads(cut(&rest, true));
	}
	index_memory(s, x);
	return x;
}

/* Made when it is first asked for: not a part of the data, which stay as they are. */
static const struct ncb_storm_index *index_of(const struct ncb_storms *s)
{
	struct ncb_storms *cache = (struct ncb_storms *)s;

	if (!s->index || s->index->of != s->record || s->index->records != s->records ||
	    s->index->looks != s->memories) {
		ncb_storm_index_free(s->index);
		cache->index = make_index(s);
	}
	return s->index;
}

static struct span span_of(const struct ncb_storms *s, size_t storm)
{
	const struct ncb_storm_index *x = index_of(s);

	return (struct span) {
		x->sorted + x->from[storm], x->from[storm + 1] - x->from[storm], x,
	};
}

/* -- latencies -- */

/* What a load has to return: the first one where several do. */
static int expected(const struct ncb_storm *m)
{
	return m->mode == NCB_STORM_FAIL ? -NCB_STORM_FAIL_ERRNO :
	       m->mode == NCB_STORM_VETO_MODE ? -NCB_STORM_VETO_ERRNO : 0;
}

/*
 * A load that did what it had to. Where one may have waited for another one, 0 says too
 * little: then it is that in which the chain announced LIVE.
 */
static bool has_loaded(const struct ncb_storm *m, struct span span, record r)
{
	return is_load(r) && r->result == expected(m) &&
	       (!at_once(m) || *became(span, r) == BECAME_LIVE ||
		*became(span, r) == BECAME_ALONE);
}

/* A load that another one made unnecessary. */
static bool has_shared(const struct ncb_storm *m, struct span span, record r)
{
	return is_load(r) && at_once(m) && *became(span, r) == BECAME_SHARED;
}

/* Whether a record is one of those that figures of @what are of. */
static bool counts_as(const struct ncb_storm *m, struct span span, record r,
		      enum ncb_storm_what what)
{
	switch (what) {
	case NCB_STORM_LOAD:
	case NCB_STORM_REQUESTED:
		return has_loaded(m, span, r);
	case NCB_STORM_UNLOAD:
		return r->what == what && !r->result;
	case NCB_STORM_ROUND:
		return r->what == what;
	default:	/* a walk of the chain that has two ends */
		return r->what == what && r->result;
	}
}

/* A walk of the chain, less what the first and the middle probe took themselves. */
static double walk_ns(const struct ncb_storm *m, record walk)
{
	return (double)walk->ns - (walk->result ? 2.0 * m->probe_ns : 0);
}

/* Into @out, which has room for all of the span; how many. */
static size_t collect(const struct ncb_storm *m, struct span span, enum ncb_storm_what what,
		      double *out)
{
	size_t i, n = 0;

	for (i = 0; i < span.n; i++)
		if (counts_as(m, span, span.r[i], what))
			out[n++] = what >= NCB_STORM_COMING && what <= NCB_STORM_OTHER ?
				   walk_ns(m, span.r[i]) : (double)span.r[i]->ns;
	return n;
}

static double quantile(const double *sorted, size_t n, size_t least, double q)
{
	return n < least ? NAN : ncb_quantile(sorted, n, q);
}

/* Sorts. */
static struct ncb_storm_latency summary(double *values, size_t n)
{
	double sum = 0;
	size_t i;

	gsl_sort(values, 1, n);
	for (i = 0; i < n; i++)
		sum += values[i];
	return (struct ncb_storm_latency) {
		.n = n,
		.min = n ? values[0] : NAN,
		.p50 = ncb_quantile(values, n, 0.5),
		.p90 = quantile(values, n, P90_LEAST, 0.9),
		.p99 = quantile(values, n, P99_LEAST, 0.99),
		.p999 = quantile(values, n, P999_LEAST, 0.999),
		.max = n ? values[n - 1] : NAN,
		.mean = n ? sum / n : NAN,
	};
}

/* -- figures of a storm -- */

/**
 * struct tally - the loads of a storm held against its chain
 * @lives: announcements of LIVE
 * @seen: loads in which one was announced
 */
struct tally {
	size_t lives, seen;
};

/* What became of the loads of one module in one round. */
static void count_module(const struct ncb_storm *m, struct span span, struct tally *tally,
			 struct ncb_storm_figures *out)
{
	size_t i, succeeded = 0, shared = 0, live = 0;

	for (i = 0; i < span.n; i++) {
		record r = span.r[i];

		live += r->what == NCB_STORM_LIVE;
		if (!is_load(r))
			continue;
		if (!r->result) {
			succeeded++;
			shared += has_shared(m, span, r);
			tally->seen += *became(span, r) == BECAME_LIVE;
		} else if (r->what == NCB_STORM_LOAD && r->result == -EEXIST) {
			out->refused++;
		} else if (r->result == expected(m) ||
			   (m->mode == NCB_STORM_MIXED && r->result == -NCB_STORM_FAIL_ERRNO)) {
			out->rejected++;
		} else {
			out->other++;
		}
	}
	/* Where the chain is silent, a file that all load at once was loaded once. */
	if (m->mode == NCB_STORM_DUPLICATE && !live && succeeded)
		shared = succeeded - 1;
	out->first += succeeded - shared;
	out->shared += shared;
	tally->lives += live;
}

static void count_loads(const struct ncb_storm *m, struct span all, struct ncb_storm_figures *out)
{
	size_t i, walks = 0, failed;
	struct tally tally = { 0 };

	for (i = 0; i < all.n; i++)
		walks += all.r[i]->what >= NCB_STORM_COMING && all.r[i]->what <= NCB_STORM_OTHER;
	while (all.n)
		count_module(m, cut(&all, true), &tally, out);
	/* Each announced in a load that returned 0, and all of these in one or waiting for it. */
	out->proven = walks && tally.lives == tally.seen && out->first == tally.seen;
	failed = out->refused + out->rejected + out->other;
	/* What modprobe read for a request that failed is not known. */
	out->wasted = !m->file_size || (m->mode == NCB_STORM_AUTOLOAD && failed) ? NAN :
		      (double)m->file_size * failed;
}

static void find_order(struct span all, struct ncb_storm_figures *out)
{
	size_t i;

	for (i = 0; i < all.n; i++) {
		record r = all.r[i];

		if (r->what < NCB_STORM_COMING || r->what > NCB_STORM_GOING)
			continue;
		out->forward[r->what - NCB_STORM_COMING] += r->result > 0;
		out->backward[r->what - NCB_STORM_COMING] += r->result < 0;
	}
}

static int order(const struct ncb_storm_figures *f, enum ncb_storm_what what)
{
	bool forward = f->forward[what - NCB_STORM_COMING];
	bool backward = f->backward[what - NCB_STORM_COMING];

	return forward == backward ? 0 : forward ? 1 : -1;
}

/* -- values of a round; NaN: it has none. @room has room for all of it -- */

typedef double round_value(const struct ncb_storm *m, struct span round, double *room);

static double load_median(const struct ncb_storm *m, struct span round, double *room)
{
	return ncb_median(room, collect(m, round, NCB_STORM_LOAD, room));
}

static double unload_median(const struct ncb_storm *m, struct span round, double *room)
{
	return ncb_median(room, collect(m, round, NCB_STORM_UNLOAD, room));
}

static double coming_median(const struct ncb_storm *m, struct span round, double *room)
{
	return ncb_median(room, collect(m, round, NCB_STORM_COMING, room));
}

static double per_second(struct span round, size_t n)
{
	size_t i;

	for (i = 0; i < round.n; i++)
		if (round.r[i]->what == NCB_STORM_ROUND && round.r[i]->ns)
			return n * 1e9 / round.r[i]->ns;
	return NAN;
}

static double load_rate(const struct ncb_storm *m, struct span round, double *room)
{
	return per_second(round, collect(m, round, NCB_STORM_LOAD, room));
}

static double call_rate(const struct ncb_storm *m, struct span round, double *room)
{
	size_t i, calls = 0;

	(void)m;
	(void)room;
	for (i = 0; i < round.n; i++)
		calls += is_load(round.r[i]);
	return per_second(round, calls);
}

/* The 99th percentile, of as many rounds as it needs: see cut_many(). */
static double load_p99(const struct ncb_storm *m, struct span rounds, double *room)
{
	size_t n = collect(m, rounds, NCB_STORM_LOAD, room);

	gsl_sort(room, 1, n);
	return quantile(room, n, P99_LEAST, 0.99);
}

static struct ncb_interval over_rounds(const struct ncb_storm *m, struct span rest,
				       round_value *value, double *room)
{
	double *values = ncb_alloc(m->rounds + 1, sizeof(*values)), v;
	struct ncb_interval out;
	size_t n = 0;

	while (rest.n) {
		v = value(m, cut(&rest, false), room);
		if (!isnan(v))
			values[n++] = v;
	}
	out = ncb_student(values, n);
	free(values);
	return out;
}

static bool whole(record walk)
{
	return walk && walk->result;
}

static double share(double part, double of)
{
	return of > 0 ? part / of : NAN;
}

static void pair_calls(const struct ncb_storm *m, struct span all, struct ncb_storm_figures *out)
{
	double load = 0, coming = 0, live = 0, unload = 0, going = 0;
	struct call c;

	while (next_call(&all, &c)) {
		if (is_load(c.call) && !c.call->result && whole(c.coming) && whole(c.live)) {
			load += c.call->ns;
			coming += walk_ns(m, c.coming);
			live += walk_ns(m, c.live);
		}
		if (c.call->what == NCB_STORM_UNLOAD && !c.call->result && whole(c.going)) {
			unload += c.call->ns;
			going += walk_ns(m, c.going);
		}
		/* Both probes in either walk: it was not vetoed, or all were told to go. */
		out->rolled_back += is_load(c.call) && c.call->result == -NCB_STORM_VETO_ERRNO &&
				    c.coming && !c.coming->result && c.going && !c.going->result;
	}
	/* With what the probes take in it, it would not be the chain's. */
	out->coming_share = m->probe_ns ? share(coming, load) : NAN;
	out->live_share = m->probe_ns ? share(live, load) : NAN;
	out->going_share = m->probe_ns ? share(going, unload) : NAN;
}

/* Bytes taken since @before; NaN: not known. */
static double taken(const struct ncb_storm_memory *before, const struct ncb_storm_memory *after,
		    unsigned int kind)
{
	double more;

	if (!before || !after || before->bytes[kind] == NCB_STORM_UNKNOWN ||
	    after->bytes[kind] == NCB_STORM_UNKNOWN)
		return NAN;
	more = (double)after->bytes[kind] - (double)before->bytes[kind];
	return kind == NCB_MEMORY_FREE ? -more : more;
}

/* Where @m is what later looks are compared with: before a round, or the first while loading. */
static bool begins(const struct ncb_storm_memory *m, const struct ncb_storm_memory *before)
{
	return m->moment == 0 || (m->moment == 3 && (!before || m->at_ns < before->at_ns));
}

static void find_peak(const struct ncb_storm_memory *before, const struct ncb_storm_memory *m,
		      struct ncb_storm_figures *out)
{
	unsigned int k;

	for (k = 0; k < NCB_MEMORY_KINDS; k++) {
		double more = taken(before, m, k);

		if (isnan(more) || more <= out->peak[k])
			continue;
		out->peak[k] = more;
		out->while_loading[k] = m->moment == 3;
	}
}

static void find_memory(const struct ncb_storms *s, size_t storm, struct ncb_storm_figures *out)
{
	const struct ncb_storm_memory **before, *first = NULL, *last = NULL, *m;
	const struct ncb_storm_index *x = index_of(s);
	unsigned int k;
	size_t i;

	before = ncb_alloc(s->storm[storm].rounds + 1, sizeof(*before));
	for (i = x->memory_from[storm]; i < x->memory_from[storm + 1]; i++) {
		m = x->memory[i];
		if (begins(m, before[m->round]))
			before[m->round] = m;
		if (m->moment == 0 && (!first || m->round < first->round))
			first = m;
		if (m->moment == 2 && (!last || m->round > last->round))
			last = m;
	}
	for (k = 0; k < NCB_MEMORY_KINDS; k++)
		out->left[k] = taken(first, last, k);
	for (i = x->memory_from[storm]; i < x->memory_from[storm + 1]; i++) {
		m = x->memory[i];
		if (m->moment == 1 || m->moment == 3)
			find_peak(before[m->round], m, out);
	}
	free(before);
}

static struct ncb_storm_latency latency_of(const struct ncb_storm *m, struct span all,
					   enum ncb_storm_what what, double *room)
{
	return summary(room, collect(m, all, what, room));
}

/**
 * ncb_storm_figures - what a storm says
 * @s: the storms
 * @storm: index of it
 * @out: gets the figures
 */
void ncb_storm_figures(const struct ncb_storms *s, size_t storm, struct ncb_storm_figures *out)
{
	const struct ncb_storm *m = &s->storm[storm];
	struct span all = span_of(s, storm);
	double *room = ncb_alloc(all.n + 1, sizeof(*room));
	size_t i, n = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < NCB_MEMORY_KINDS; i++)
		out->peak[i] = NAN;
	out->load = latency_of(m, all, NCB_STORM_LOAD, room);
	out->unload = latency_of(m, all, NCB_STORM_UNLOAD, room);
	out->coming = latency_of(m, all, NCB_STORM_COMING, room);
	out->live = latency_of(m, all, NCB_STORM_LIVE, room);
	out->going = latency_of(m, all, NCB_STORM_GOING, room);
	for (i = 0; i < all.n; i++)
		if (all.r[i]->what == NCB_STORM_LOAD && all.r[i]->result == -EEXIST)
			room[n++] = all.r[i]->ns;
	out->lost = summary(room, n);
	for (i = n = 0; i < all.n; i++)
		if (has_shared(m, all, all.r[i]))
			room[n++] = all.r[i]->ns;
	out->waited = summary(room, n);
	count_loads(m, all, out);
	out->load_p50 = over_rounds(m, all, load_median, room);
	out->unload_p50 = over_rounds(m, all, unload_median, room);
	out->rate = over_rounds(m, all, load_rate, room);
	out->call_rate = over_rounds(m, all, call_rate, room);
	out->driver_share = m->thread_ns ? 1 - (double)m->inside_ns / m->thread_ns : NAN;
	find_order(all, out);
	out->order_coming = order(out, NCB_STORM_COMING);
	out->order_going = order(out, NCB_STORM_GOING);
	pair_calls(m, all, out);
	find_memory(s, storm, out);
	free(room);
}

/**
 * ncb_storm_latencies - all latencies of a storm, for a picture
 * @s: the storms
 * @storm: index of it
 * @what: of what; those that figures are of
 * @out: gets them, sorted; to be freed
 *
 * Return: how many.
 */
size_t ncb_storm_latencies(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			   double **out)
{
	struct span all = span_of(s, storm);
	size_t n;

	*out = ncb_alloc(all.n + 1, sizeof(**out));
	n = collect(&s->storm[storm], all, what, *out);
	gsl_sort(*out, 1, n);
	return n;
}

/* Which bin a latency is in; a clock that stood still counts as one ns. */
static int bin_of(double ns)
{
	return (int)floor(BINS_PER_OCTAVE * log2(fmax(ns, 1) / 1000));
}

/**
 * ncb_storm_histogram - latencies of a storm in bins of a quarter of an octave
 * @s: the storms
 * @storm: index of it
 * @what: of what; those that figures are of
 * @out: gets the bins; @out->count is to be freed
 */
void ncb_storm_histogram(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			 struct ncb_storm_histogram *out)
{
	double *sorted;
	size_t n = ncb_storm_latencies(s, storm, what, &sorted), i;

	*out = (struct ncb_storm_histogram) { 0 };
	if (n) {
		out->first = bin_of(sorted[0]);
		out->bins = bin_of(sorted[n - 1]) - out->first + 1;
		out->count = ncb_alloc(out->bins, sizeof(*out->count));
	}
	for (i = 0; i < n; i++)
		out->count[bin_of(sorted[i]) - out->first]++;
	free(sorted);
}

/* -- sweeps -- */

/**
 * struct sweep - medians of the storms of a sweep, round by round
 * @extra: of a storm
 * @median: of storm i in round r: [i * @rounds + r]; NaN: there is none
 * @least: values that a median is of, at least
 */
struct sweep {
	size_t storms, rounds, least;
	double *extra, *median;
};

/* What failed has figures, but not of what it should have done. */
static bool is_swept(const struct ncb_storm *m, uint32_t sweep)
{
	return m->sweep == sweep && !m->failed;
}

/* Storms without any value were not done: they are in no line. */
static void fill_sweep(const struct ncb_storms *s, uint32_t sweep, enum ncb_storm_what what,
		       struct sweep *w)
{
	struct span rest, round;
	double *room, *median;
	size_t i, k, n, most = 1;
	bool any;

	*w = (struct sweep) { .least = SIZE_MAX };
	for (i = 0; i < s->storms; i++) {
		if (!is_swept(&s->storm[i], sweep))
			continue;
		if (s->storm[i].rounds > w->rounds)
			w->rounds = s->storm[i].rounds;
		if (span_of(s, i).n > most)
			most = span_of(s, i).n;
	}
	w->extra = ncb_alloc(s->storms + 1, sizeof(*w->extra));
	w->median = ncb_alloc(s->storms * w->rounds + 1, sizeof(*w->median));
	room = ncb_alloc(most, sizeof(*room));
	for (i = 0; i < s->storms; i++) {
		if (!is_swept(&s->storm[i], sweep))
			continue;
		median = &w->median[w->storms * w->rounds];
		for (k = 0; k < w->rounds; k++)
			median[k] = NAN;
		any = false;
		for (rest = span_of(s, i); rest.n; any |= n > 0) {
			round = cut(&rest, false);
			n = collect(&s->storm[i], round, what, room);
			if (!n)
				continue;
			median[round.r[0]->round] = ncb_median(room, n);
			if (n < w->least)
				w->least = n;
		}
		w->extra[w->storms] = s->storm[i].extra;
		w->storms += any;
	}
	free(room);
}

static void free_sweep(struct sweep *w)
{
	free(w->extra);
	free(w->median);
}

/**
 * struct fitted - the line through a sweep
 * @slope: per notifier
 * @fixed: where the lines begin
 * @at_0: latency without notifiers
 * @off, @bend: see struct ncb_storm_slope
 * @rounds: that it was fitted to
 */
struct fitted {
	struct ncb_interval slope, bend;
	double fixed, at_0, off;
	size_t rounds;
};

static bool whole_round(const struct sweep *w, size_t round, double *y)
{
	size_t i;

	for (i = 0; i < w->storms; i++) {
		y[i] = w->median[i * w->rounds + round];
		if (isnan(y[i]))
			return false;
	}
	return true;
}

/*
 * The largest distance from the line as a share of what the line rises by, with what it is at
 * least and at most: by Student's t over rounds. @y: of storm i in round r [i * rounds + r].
 */
static struct ncb_interval bend_of(const struct sweep *w, const struct fitted *f, const double *y,
				   double *room)
{
	struct ncb_interval out = { .value = 0, .valid = true }, off;
	double most = 0, rise, least;
	size_t i, r;

	for (i = 0; i < w->storms; i++)
		most = fmax(most, w->extra[i]);
	rise = fabs(f->slope.value) * most;
	/* Rounds that differ by more than the notifiers take: there is no line to be off. */
	if (f->rounds < 2 || (f->slope.low <= 0 && f->slope.high >= 0))
		return (struct ncb_interval) { .value = NAN };
	for (i = 0; i < w->storms; i++) {
		for (r = 0; r < f->rounds; r++)
			room[r] = (y[i * w->rounds + r] - f->fixed - f->slope.value * w->extra[i]) /
				  rise;
		off = ncb_student(room, f->rounds);
		least = off.low > 0 ? off.low : off.high < 0 ? -off.high : 0;
		out.value = fmax(out.value, fabs(off.value));
		out.low = fmax(out.low, least);
		out.high = fmax(out.high, fmax(fabs(off.low), fabs(off.high)));
	}
	return out;
}

static struct fitted fit(const struct sweep *w)
{
	double *slope = ncb_alloc(w->rounds + 1, sizeof(*slope));
	double *mean = ncb_alloc(w->storms + 1, sizeof(*mean));
	double *y = ncb_alloc(w->storms + 1, sizeof(*y));
	double *all = ncb_alloc(w->storms * w->rounds + 1, sizeof(*all));
	double fixed, cov00, cov01, cov11, sumsq, line;
	struct fitted f = { .at_0 = NAN, .off = 0 };
	size_t i, r;

	for (r = 0; r < w->rounds && w->storms >= SLOPE_LEAST; r++) {
		if (!whole_round(w, r, y))
			continue;
		gsl_fit_linear(w->extra, 1, y, 1, w->storms, &fixed, &slope[f.rounds], &cov00,
			       &cov01, &cov11, &sumsq);
		for (i = 0; i < w->storms; i++)
			all[i * w->rounds + f.rounds] = y[i];
		f.rounds++;
		f.fixed += (fixed - f.fixed) / f.rounds;
		for (i = 0; i < w->storms; i++)
			mean[i] += (y[i] - mean[i]) / f.rounds;
	}
	f.slope = ncb_student(slope, f.rounds);
	for (i = 0; i < w->storms && f.rounds; i++) {
		line = f.fixed + f.slope.value * w->extra[i];
		f.off = fmax(f.off, fabs(mean[i] - line) / mean[i]);
		if (w->extra[i] == 0)
			f.at_0 = mean[i];
	}
	f.bend = bend_of(w, &f, all, slope);
	if (isnan(f.at_0))
		f.at_0 = f.fixed;
	if (!f.rounds)
		f.fixed = f.at_0 = f.off = NAN;
	free(slope);
	free(mean);
	free(y);
	free(all);
	return f;
}

/* What a notifier more takes of walks; two kinds of them together. Not valid without probes. */
static struct fitted fit_walks(const struct ncb_storms *s, uint32_t sweep,
				     enum ncb_storm_what what, enum ncb_storm_what with)
{
	struct fitted out = { .slope.value = NAN, .bend.value = NAN };
	struct sweep a, b;
	size_t i;

	fill_sweep(s, sweep, what, &a);
	fill_sweep(s, sweep, with, &b);
	for (i = 0; what != with && i < a.storms * a.rounds; i++)
		a.median[i] += b.median[i];
	if (a.storms == b.storms)
		out = fit(&a);
	free_sweep(&a);
	free_sweep(&b);
	return out;
}

static bool loads_the_same(const struct ncb_storms *s, uint32_t sweep)
{
	size_t i;

	for (i = 0; i < s->storms; i++)
		if (s->storm[i].sweep == sweep &&
		    (at_once(&s->storm[i]) || s->storm[i].mode == NCB_STORM_COPIES))
			return true;
	return false;
}

/**
 * ncb_storm_slope - what a notifier more costs
 * @s: the storms
 * @sweep: number of the sweep
 * @out: gets it
 *
 * Return: false where fewer than three storms of it were done, or not in the same round; where
 * its threads load the same module, of which most calls load nothing.
 */
bool ncb_storm_slope(const struct ncb_storms *s, uint32_t sweep, struct ncb_storm_slope *out)
{
	struct fitted load, unload, chain, chain_unload;
	struct sweep loads, unloads;
	bool known, walked;

	fill_sweep(s, sweep, NCB_STORM_LOAD, &loads);
	fill_sweep(s, sweep, NCB_STORM_UNLOAD, &unloads);
	load = fit(&loads);
	unload = fit(&unloads);
	known = sweep && load.rounds && !loads_the_same(s, sweep);
	chain = fit_walks(s, sweep, NCB_STORM_COMING, NCB_STORM_LIVE);
	chain_unload = fit_walks(s, sweep, NCB_STORM_GOING, NCB_STORM_GOING);
	walked = chain.slope.valid && chain_unload.slope.valid;
	*out = (struct ncb_storm_slope) {
		.load = load.slope, .load_at_0 = load.at_0, .off = load.off,
		.unload = unload.slope, .unload_at_0 = unload.at_0, .off_unload = unload.off,
		.load_fixed = load.fixed, .unload_fixed = unload.fixed,
		.chain = chain.slope, .chain_unload = chain_unload.slope,
		.bend = walked ? chain.bend : load.bend,
		.bend_unload = walked ? chain_unload.bend : unload.bend,
		.points = loads.storms, .rounds = load.rounds,
		.least = load.rounds ? loads.least : 0,
		.chain_share = !s->callbacks ? NAN : s->callbacks / load.at_0 *
			       (chain.slope.valid ? chain.slope.value : load.slope.value),
	};
	free_sweep(&loads);
	free_sweep(&unloads);
	return known;
}

/* -- callbacks -- */

/**
 * ncb_storm_callback_figures - what one notifier of the real chain takes
 * @s: the storms
 * @callback: index of it
 * @out: gets it, by state
 */
void ncb_storm_callback_figures(const struct ncb_storms *s, size_t callback,
				struct ncb_storm_callback_figures *out)
{
	const struct ncb_storm_index *x = index_of(s);
	const record *r = x->called + x->called_from[callback];
	size_t n = x->called_from[callback + 1] - x->called_from[callback], i, found;
	double *room = ncb_alloc(n + 1, sizeof(*room));
	int state;

	for (state = 0; state < 3; state++) {
		for (i = found = 0; i < n; i++)
			if (r[i]->result == NCB_STORM_COMING + state)
				room[found++] = r[i]->ns;
		out->state[state] = summary(room, found);
	}
	free(room);
}

/* Less what one probe took: two adjacent records hold that once. */
static double part_ns(const struct ncb_storm *m, record walk, bool behind)
{
	return (double)(behind ? walk->ns - walk->part_ns : walk->part_ns) - m->probe_ns;
}

/**
 * ncb_storm_part_figures - what the chain's notifiers take before the middle probe, or behind it
 * @s: the storms
 * @storm: index of it
 * @behind: which
 * @out: gets it, by state
 *
 * Distances are from probe to probe, whichever was called first.
 */
void ncb_storm_part_figures(const struct ncb_storms *s, size_t storm, bool behind,
			    struct ncb_storm_callback_figures *out)
{
	const struct ncb_storm *m = &s->storm[storm];
	struct span all = span_of(s, storm);
	double *room = ncb_alloc(all.n + 1, sizeof(*room));
	size_t i, found;
	int state;

	for (state = 0; state < 3; state++) {
		for (i = found = 0; i < all.n; i++)
			if (all.r[i]->what == NCB_STORM_COMING + state && whole(all.r[i]) &&
			    all.r[i]->part_ns)
				room[found++] = part_ns(m, all.r[i], behind);
		out->state[state] = summary(room, found);
	}
	free(room);
}

/* -- before and after -- */

static round_value *const round_values[NCB_STORM_METRICS] = {
	[NCB_STORM_LOAD_P50] = load_median,
	[NCB_STORM_LOAD_P99] = load_p99,
	[NCB_STORM_UNLOAD_P50] = unload_median,
	[NCB_STORM_COMING_P50] = coming_median,
	[NCB_STORM_RATE] = load_rate,
};

/* Adds to @loads those of the span; does not count beyond what a quantile needs. */
static bool enough(const struct ncb_storm *m, struct span span, size_t *loads)
{
	size_t i;

	for (i = 0; i < span.n && *loads < P99_LEAST; i++)
		*loads += counts_as(m, span, span.r[i], NCB_STORM_LOAD);
	return *loads >= P99_LEAST;
}

/* Rounds in a row that have as many loads as the quantile needs; the last ones may have more. */
static struct span cut_many(const struct ncb_storm *m, struct span *rest)
{
	struct span group = cut(rest, false), more = group;
	size_t loads = 0, left = 0;

	while (!enough(m, more, &loads) && rest->n) {
		more = cut(rest, false);
		group.n += more.n;
	}
	if (!enough(m, *rest, &left)) {
		group.n += rest->n;
		rest->n = 0;
	}
	return group;
}

/**
 * ncb_storm_points - a figure round by round, for comparisons
 * @s: the storms
 * @storm: index of it
 * @metric: which figure
 * @points: gets them; to be freed
 *
 * Return: how many.
 */
size_t ncb_storm_points(const struct ncb_storms *s, size_t storm, enum ncb_storm_metric metric,
			struct ncb_point **points)
{
	const struct ncb_storm *m = &s->storm[storm];
	struct span rest = span_of(s, storm);
	double *room = ncb_alloc(rest.n + 1, sizeof(*room)), value;
	size_t n = 0;

	*points = ncb_alloc(m->rounds + 1, sizeof(**points));
	while (rest.n && !m->traced) {
		uint32_t round = rest.r[0]->round;

		value = round_values[metric](m, metric == NCB_STORM_LOAD_P99 ?
					     cut_many(m, &rest) : cut(&rest, false), room);
		if (!isnan(value))
			(*points)[n++] = (struct ncb_point) { .reload = round, .value = value };
	}
	free(room);
	return n;
}
