// SPDX-License-Identifier: GPL-2.0-only
/* Module load storms in the full report: tables, and a section with a line for each storm. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "report_storm.h"

#define NO_CALLS	"n/a: too few calls for that quantile, or none"

/* What differs by less than a percent wants more digits. */
static char *fine_cell(double v)
{
	return isnan(v) ? ncb_copy("n/a") : ncb_format(fabs(v) < 1e7 ? "%.2f" : "%.0f", v / 1000);
}

/* "[800.00,824.00]", or what ncb_storm_bounds() says of one that has no two ends. */
static char *fine_interval(struct ncb_interval v)
{
	char *low, *high, *text;

	if (!v.valid || v.low == v.high || !isfinite(v.low) || !isfinite(v.high))
		return ncb_storm_bounds(v, 1);
	low = fine_cell(v.low);
	high = fine_cell(v.high);
	text = ncb_format("[%s,%s]", low, high);
	free(low);
	free(high);
	return text;
}

static double value_of(struct ncb_interval v)
{
	return v.valid ? v.value : NAN;
}

/* -- latencies -- */

static void load_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	struct ncb_table *t = ncb_report_table(report, ncb_format("storms: latency of a load in %s",
						ncb_storm_cell_unit(v->r)), true);
	size_t i, k;

	t->note = ncb_copy(NO_CALLS "; 'callbacks': under a tracepoint, which takes time itself");
	ncb_table_column(t, "storm", 20, true);
	ncb_table_column(t, "loads", 6, false);
	ncb_table_column(t, "p50", 6, false);
	ncb_table_column(t, "p90", 6, false);
	ncb_table_column(t, "p99", 6, false);
	ncb_table_column(t, "p99.9", 6, false);
	ncb_table_column(t, "max", 6, false);
	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm_latency *l = &v->f[i].load;
		const double q[] = { l->p50, l->p90, l->p99, l->p999, l->max };
		char **cell;

		if (!ncb_storm_done(&v->s->storm[i]))
			continue;
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(v->s->storm[i].id);
		cell[1] = ncb_format("%zu", l->n);
		for (k = 0; k < ARRAY_SIZE(q); k++)
			cell[2 + k] = ncb_storm_cell(l->n ? q[k] : NAN);
	}
}

static void rate_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	struct ncb_table *t = ncb_report_table(report, ncb_format("storms: median of unloads in "
								  "%s, "
			"loads per %s, the driver's own share", ncb_storm_cell_unit(v->r),
			v->r->clock == NCB_INSN ? "Ginsn" : "second"), true);
	size_t i;

	ncb_table_column(t, "storm", 20, true);
	ncb_table_column(t, "unloads", 7, false);
	ncb_table_column(t, "p50", 6, false);
	ncb_table_column(t, "rate", 6, false);
	ncb_table_column(t, "95 %", 13, false);
	ncb_table_column(t, "driver", 8, false);
	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm_figures *f = &v->f[i];
		char **cell;

		if (!ncb_storm_done(&v->s->storm[i]))
			continue;
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(v->s->storm[i].id);
		cell[1] = ncb_format("%zu", f->unload.n);
		cell[2] = ncb_storm_cell(f->unload.n ? f->unload.p50 : NAN);
		cell[3] = ncb_storm_figure(value_of(f->rate));
		cell[4] = ncb_storm_bounds(f->rate, 1);
		cell[5] = ncb_storm_share(f->driver_share);
	}
}

static void chain_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	struct ncb_table *t = ncb_report_table(report, ncb_format("storms: the chain from its "
								  "first "
			"probe to its last, median in %s, and its share",
			ncb_storm_cell_unit(v->r)), true);
	size_t i;

	t->note = ncb_copy("shares: COMING and LIVE of loads, GOING of unloads, all of a storm summed "
			   "up with what they waited; n/a: not announced in that storm, or it is not "
			   "known what our probes take themselves");
	ncb_table_column(t, "storm", 20, true);
	ncb_table_column(t, "COMING", 6, false);
	ncb_table_column(t, "share", 7, false);
	ncb_table_column(t, "LIVE", 6, false);
	ncb_table_column(t, "share", 7, false);
	ncb_table_column(t, "GOING", 6, false);
	ncb_table_column(t, "share", 7, false);
	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm_figures *f = &v->f[i];
		const struct ncb_storm_latency *state[] = { &f->coming, &f->live, &f->going };
		const double share[] = { f->coming_share, f->live_share, f->going_share };
		char **cell;
		size_t k;

		if (!ncb_storm_done(&v->s->storm[i]) || !(f->coming.n + f->live.n + f->going.n))
			continue;
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(v->s->storm[i].id);
		for (k = 0; k < ARRAY_SIZE(state); k++) {
			cell[1 + 2 * k] = ncb_storm_cell(state[k]->n ? state[k]->p50 : NAN);
			cell[2 + 2 * k] = ncb_storm_share(share[k]);
		}
	}
}

/* -- scaling -- */

/* Storms that differ in nothing but the number of threads; both are plain. */
static bool same_but_threads(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return a->mode == b->mode && ncb_storm_same_kind(a, b);
}

static bool scales(const struct ncb_storm_view *v, size_t storm)
{
	const struct ncb_storm *s = &v->s->storm[storm];
	size_t i;

	for (i = 0; i < v->s->storms && ncb_storm_is_plain(v->s, storm); i++)
		if (ncb_storm_is_plain(v->s, i) && same_but_threads(s, &v->s->storm[i]) &&
		    s->threads != v->s->storm[i].threads)
			return v->f[storm].rate.valid;
	return false;
}

/* The rate of the storm of that kind with the fewest threads. */
static double fewest_rate(const struct ncb_storm_view *v, size_t storm)
{
	size_t i, best = storm;

	for (i = 0; i < v->s->storms; i++)
		if (ncb_storm_is_plain(v->s, i) && v->f[i].rate.valid &&
		    same_but_threads(&v->s->storm[storm], &v->s->storm[i]) &&
		    v->s->storm[i].threads < v->s->storm[best].threads)
			best = i;
	return v->f[best].rate.value;
}

static const struct ncb_storm *sorted;

/* Families in the order of modes and shapes, in each the fewest threads first. */
static int by_family(const void *x, const void *y)
{
	const struct ncb_storm *a = &sorted[*(const size_t *)x], *b = &sorted[*(const size_t *)y];

	if (a->mode != b->mode)
		return a->mode < b->mode ? -1 : 1;
	if (a->shape != b->shape)
		return a->shape < b->shape ? -1 : 1;
	return (a->threads > b->threads) - (a->threads < b->threads);
}

static void threads_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	size_t *order = ncb_alloc(v->s->storms, sizeof(*order)), n = 0, i;
	struct ncb_table *t;

	for (i = 0; i < v->s->storms; i++)
		if (scales(v, i))
			order[n++] = i;
	sorted = v->s->storm;
	qsort(order, n, sizeof(*order), by_family);
	t = ncb_report_table(report, ncb_format("storms: loads per %s over threads, on %u CPU%s",
						v->r->clock == NCB_INSN ? "Ginsn" : "second",
						v->s->cpus, ncb_ending(v->s->cpus)), true);
	t->note = ncb_copy("times: of the rate with the fewest threads");
	ncb_table_column(t, "storms", 20, true);
	ncb_table_column(t, "threads", 7, false);
	ncb_table_column(t, "rate", 6, false);
	ncb_table_column(t, "95 %", 13, false);
	ncb_table_column(t, "times", 6, false);
	for (i = 0; i < n; i++) {
		const struct ncb_storm *s = &v->s->storm[order[i]];
		struct ncb_interval rate = v->f[order[i]].rate;
		char **cell = ncb_table_row(t);

		cell[0] = ncb_format("%s/%s", ncb_storm_mode_names[s->mode], ncb_storm_kind(s));
		cell[1] = ncb_format("%u", s->threads);
		cell[2] = ncb_storm_figure(rate.value);
		cell[3] = ncb_storm_bounds(rate, 1);
		cell[4] = ncb_storm_figure(rate.value / fewest_rate(v, order[i]));
	}
	free(order);
}

/* -- notifiers -- */

static void sweep_table(struct ncb_report *report, const struct ncb_storm_view *v, size_t line)
{
	const struct ncb_storm_slope *slope = &v->slope[line];
	char *family = ncb_storm_family(&v->s->storm[v->swept[line]]);
	struct ncb_table *t = ncb_report_table(report, ncb_format("sweep %u, %s: more notifiers on "
			"the loader's chain, medians in %s", v->sweep[line], family,
			ncb_storm_cell_unit(v->r)), true);
	size_t i;

	free(family);

	ncb_table_column(t, "storm", 20, true);
	ncb_table_column(t, "more", 4, false);
	ncb_table_column(t, "load", 6, false);
	ncb_table_column(t, "95 %", 13, false);
	ncb_table_column(t, "line", 6, false);
	ncb_table_column(t, "unload", 6, false);
	ncb_table_column(t, "line", 6, false);
	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm *s = &v->s->storm[i];
		char **cell;

		/* What failed is not in the line, and its figures are of something else. */
		if (s->sweep != v->sweep[line] || !ncb_storm_done(s) || s->failed)
			continue;
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(s->id);
		cell[1] = ncb_format("%u", s->extra);
		cell[2] = fine_cell(value_of(v->f[i].load_p50));
		cell[3] = fine_interval(v->f[i].load_p50);
		cell[4] = fine_cell(slope->load_fixed + s->extra * value_of(slope->load));
		cell[5] = fine_cell(value_of(v->f[i].unload_p50));
		cell[6] = fine_cell(slope->unload_fixed + s->extra * value_of(slope->unload));
	}
}

static void notifier_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	const struct ncb_storms *s = v->s;
	struct ncb_table *t;
	size_t i, k;

	if (!s->callbacks)
		return;
	t = ncb_report_table(report, ncb_format("notifiers on the loader's chain, ours left out; "
						"median of a call in "
						"%s", ncb_storm_unit(v->r)), true);
	t->note = *s->callbacks_why ? ncb_format("no times: %s", s->callbacks_why) :
		ncb_copy("times include what the tracepoint takes; n/a: was not called; at 0: "
			 "before or "
			 "behind our probe of that priority");
	ncb_table_column(t, "notifier", 24, true);
	ncb_table_column(t, "prio", 5, false);
	ncb_table_column(t, "at 0", 6, true);
	ncb_table_column(t, "COMING", 6, false);
	ncb_table_column(t, "LIVE", 6, false);
	ncb_table_column(t, "GOING", 6, false);
	for (i = 0; i < s->callbacks; i++) {
		struct ncb_storm_callback_figures f;
		char **cell = ncb_table_row(t);

		ncb_storm_callback_figures(s, i, &f);
		cell[0] = ncb_copy(*s->callback[i].symbol ? s->callback[i].symbol : "(without a "
										    "name)");
		cell[1] = ncb_format("%" PRId32, s->callback[i].priority);
		cell[2] = ncb_copy(s->callback[i].behind_middle ? "behind" : "before");
		for (k = 0; k < ARRAY_SIZE(f.state); k++)
			cell[3 + k] = ncb_storm_figure(f.state[k].n ? f.state[k].p50 : NAN);
	}
}

/* What is known of single notifiers where no tracepoint times them. */
static void part_table(struct ncb_report *report, const struct ncb_storm_view *v)
{
	const struct ncb_storms *s = v->s;
	struct ncb_table *t;
	int behind;
	size_t i, k;

	if (v->chain == s->storms)
		return;
	t = ncb_report_table(report, ncb_format("notifiers before our probe at 0 and behind it, "
						"all together; median of a walk in %s",
						ncb_storm_unit(v->r)), true);
	t->note = ncb_format("of %s; %s", s->storm[v->chain].id, s->storm[v->chain].probe_ns ?
			     "what our probes take themselves is taken off" :
			     "what our probes take themselves is not known, and in it");
	ncb_table_column(t, "at 0", 6, true);
	ncb_table_column(t, "notifiers", 9, false);
	ncb_table_column(t, "COMING", 6, false);
	ncb_table_column(t, "LIVE", 6, false);
	ncb_table_column(t, "GOING", 6, false);
	for (behind = 0; behind < 2; behind++) {
		struct ncb_storm_callback_figures f;
		char **cell = ncb_table_row(t);
		size_t count = 0;

		for (i = 0; i < s->callbacks; i++)
			count += s->callback[i].behind_middle == behind;
		ncb_storm_part_figures(s, v->chain, behind, &f);
		cell[0] = ncb_copy(behind ? "behind" : "before");
		cell[1] = s->callbacks ? ncb_format("%zu", count) : ncb_copy("n/a");
		for (k = 0; k < ARRAY_SIZE(f.state); k++)
			cell[2 + k] = ncb_storm_figure(f.state[k].n ? f.state[k].p50 : NAN);
	}
}

/* -- memory -- */

static void memory_table(struct ncb_report *report, const struct ncb_storm_view *v, bool left)
{
	struct ncb_table *t = ncb_report_table(report, ncb_copy(left ?
			"storms: KiB of memory at the end, above the storm's beginning" :
			"storms: KiB of memory at most, above the round's beginning"), true);
	size_t i, k;

	t->note = ncb_format("%sn/a: the kernel does not say; free: how much less there is, which "
			     "others move, too; storms of a sweep have the others in between",
			     left ? "" : "*: at least, seen each ms while loads were under way, "
			     "in one more round of which no latency is kept; else when all was "
			     "loaded; ");
	ncb_table_column(t, "storm", 20, true);
	for (k = 0; k < NCB_MEMORY_KINDS; k++)
		ncb_table_column(t, ncb_storm_memory_names[k], 8, false);
	for (i = 0; i < v->s->storms; i++) {
		const double *bytes = left ? v->f[i].left : v->f[i].peak;
		bool known = false;
		char **cell;

		for (k = 0; k < NCB_MEMORY_KINDS; k++)
			known |= !isnan(bytes[k]);
		if (!ncb_storm_done(&v->s->storm[i]) || !known)
			continue;
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(v->s->storm[i].id);
		for (k = 0; k < NCB_MEMORY_KINDS; k++)
			cell[1 + k] = isnan(bytes[k]) ? ncb_copy("n/a") :
				      ncb_format("%.0f%s", round(bytes[k] / 1024) + 0.0,
						 !left && v->f[i].while_loading[k] ? "*" : "");
	}
}

/* -- a line for each storm -- */

/* "; counted: name 12, other 3"; "" where there are none; malloc'd. */
static char *counts_text(const char *what, const struct ncb_storm_count *count, size_t n)
{
	char *text = n ? ncb_format("; %s:", what) : ncb_copy(""), *longer;
	size_t i;

	for (i = 0; i < n; i++) {
		const char *comma = i ? "," : "";

		longer = count[i].value > INT64_MAX ?
			ncb_format("%s%s %s n/a", text, comma, count[i].name) :
			ncb_format("%s%s %s %" PRIu64, text, comma, count[i].name, count[i].value);
		free(text);
		text = longer;
	}
	return text;
}

/* Of a dozen most are 0: they are said in two words. malloc'd. */
static char *stats_text(const struct ncb_storm *s)
{
	struct ncb_storm_count *moved = ncb_alloc(s->stats + 1, sizeof(*moved));
	size_t n = 0, i;
	char *text, *all;

	for (i = 0; i < s->stats; i++)
		if (s->stat[i].value)
			moved[n++] = s->stat[i];
	text = n ? counts_text("modules/stats", moved, n) : ncb_copy("; modules/stats:");
	all = ncb_format("%s%s", s->stats ? text : "", n == s->stats ? "" : n ? ", others 0" : " all 0");
	free(text);
	free(moved);
	return all;
}

/* What became of the loads: none of a kind is not said; malloc'd. */
static char *became_text(const struct ncb_rundata *r, const struct ncb_storm *s,
			 const struct ncb_storm_figures *f)
{
	bool requests = s->mode == NCB_STORM_AUTOLOAD;
	char *p50 = ncb_storm_time(r, f->waited.n ? f->waited.p50 : NAN);
	char *shared = ncb_format("shared (p50 %s)", p50);
	const struct {
		size_t n;
		const char *what;
	} kinds[] = {
		{ f->shared, shared }, { f->refused, "refused" },
		{ f->rejected, "failed as they had to" },
		{ f->other, requests ? "given up by the kernel, too many being at it" : "otherwise" },
		{ s->helpers, "modprobes at work at once, at most" },
	};
	char *text = ncb_format("%zu loaded", f->first), *longer, *wasted;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!kinds[i].n)
			continue;
		longer = ncb_format("%s, %zu %s", text, kinds[i].n, kinds[i].what);
		free(text);
		text = longer;
	}
	free(p50);
	free(shared);
	if (f->wasted == 0)
		return text;
	wasted = ncb_storm_bytes(f->wasted);
	longer = ncb_format("%s; %s read for nothing", text, wasted);
	free(wasted);
	free(text);
	return longer;
}

/* Why nothing was counted, once for all storms that have that reason. */
static void say_no_counters(struct ncb_items *items, const struct ncb_storms *s)
{
	size_t i, k, stats = 0;

	for (i = 0; i < s->storms; i++) {
		stats += s->storm[i].stats;
		for (k = 0; k < i && strcmp(s->storm[k].why_none, s->storm[i].why_none); k++)
			;
		if (k == i && *s->storm[i].why_none)
			ncb_items_say(items, "counters", NCB_MARK_NONE, "n/a: %s",
				      s->storm[i].why_none);
	}
	if (!stats)
		ncb_items_say(items, "modules/stats", NCB_MARK_NONE,
			      "n/a: the kernel has none (CONFIG_MODULE_STATS)");
}

/* What the line through a sweep says. */
static void say_slope(struct ncb_items *items, const struct ncb_storm_view *v, size_t line)
{
	const struct ncb_storm_slope *slope = &v->slope[line];
	char *family = ncb_storm_family(&v->s->storm[v->swept[line]]);
	char *off = ncb_storm_share(fmax(slope->off, slope->off_unload));
	char *load = ncb_storm_time_interval(v->r, slope->load);
	char *unload = ncb_storm_time_interval(v->r, slope->unload);
	char *chain = ncb_storm_time_interval(v->r, slope->chain);
	char *chain_unload = ncb_storm_time_interval(v->r, slope->chain_unload);
	char *share = ncb_storm_share(slope->chain_share);

	ncb_items_say(items, "slope", NCB_MARK_NONE,
		      "sweep %u, %s: a notifier more adds %s to the chain's own time in a load, which "
		      "runs the chain twice, and %s in an unload; by latencies of the calls %s and %s; "
		      "at that price those that are there are %s of a load; medians of calls are off "
		      "the line by %s at most; %zu round%s, a line each, of medians of %zu loads at "
		      "least", v->sweep[line], family, chain, chain_unload, load, unload, share, off,
		      slope->rounds, ncb_ending(slope->rounds), slope->least);
	free(family);
	free(load);
	free(unload);
	free(chain);
	free(chain_unload);
	free(share);
	free(off);
}

static void add_section(struct ncb_report *report, const struct ncb_storm_view *v)
{
	struct ncb_items *items = ncb_report_section(report, "storms", "Module load storms");
	size_t i;

	for (i = 0; i < v->s->storms; i++) {
		const struct ncb_storm *s = &v->s->storm[i];
		const struct ncb_storm_figures *f = &v->f[i];
		char *size, *became, *counts, *stats;

		if (!ncb_storm_done(s))
			continue;
		size = ncb_storm_bytes(s->file_size);
		became = became_text(v->r, s, f);
		counts = counts_text("counted", s->count, s->counts);
		stats = stats_text(s);
		ncb_items_say(items, s->id, s->failed ? NCB_MARK_BAD : NCB_MARK_NONE,
			      "%s%s%u thread%s, %u module%s of %s, %u round%s; %s%s%s",
			      s->reason, *s->reason ? "; " : "", s->threads, ncb_ending(s->threads),
			      s->modules, ncb_ending(s->modules), size, s->rounds,
			      ncb_ending(s->rounds), became, counts, stats);
		free(size);
		free(became);
		free(counts);
		free(stats);
	}
	for (i = 0; i < v->slopes; i++)
		say_slope(items, v, i);
	say_no_counters(items, v->s);
}

/**
 * ncb_storms_tables - storms in the full view
 * @report: gets tables and a section
 * @v: the storms; NULL: there are none
 */
void ncb_storms_tables(struct ncb_report *report, const struct ncb_storm_view *v)
{
	size_t i;

	if (!v)
		return;
	load_table(report, v);
	rate_table(report, v);
	chain_table(report, v);
	threads_table(report, v);
	for (i = 0; i < v->slopes; i++)
		sweep_table(report, v, i);
	notifier_table(report, v);
	part_table(report, v);
	memory_table(report, v, false);
	memory_table(report, v, true);
	add_section(report, v);
}
