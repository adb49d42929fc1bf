// SPDX-License-Identifier: GPL-2.0-only
/* What a report says of events that were counted. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "cache_lines.h"
#include "plan.h"
#include "report_counters.h"

#define SUMMARY_EVENTS	5	/* in the table of the short view; --full has all of them */
#define NCB_IPC		(-2)	/* in place of a counter's index */
#define NOT_COUNTED	"n/a"

/* Arms of the tables, in this order. */
static const char *const arms[] = { NCB_REPORT_BASE, NCB_REPORT_NEW, "native", "direct" };
enum { BASE, NEW, NATIVE, DIRECT };

/* Adds a word to a list that may be NULL. */
static void join(char **list, const char *between, const char *word)
{
	char *longer = *list ? ncb_format("%s%s%s", *list, between, word) : ncb_copy(word);

	free(*list);
	*list = longer;
}

/** ncb_counter_name - how an event is called in tables */
const char *ncb_counter_name(const struct ncb_counts *c, int counter)
{
	if (counter == NCB_IPC)
		return "IPC";
	return counter == NCB_CLOCK ? ncb_metric_names[c->run->clock] :
				      c->run->counter[counter].name;
}

/**
 * ncb_count_text - a count as tables show it
 * @metric: of its figures
 * @v: per operation
 *
 * Return: malloc'd; three digits behind the point below 10, where events are rare.
 */
char *ncb_count_text(enum ncb_metric metric, double v)
{
	if (metric != NCB_EVENT || fabs(v) >= 10)
		return ncb_cost_text(metric == NCB_EVENT ? NCB_NS : metric, v);
	return ncb_format("%.3f", fabs(v) < 0.0005 ? 0 : v);
}

static char *count_interval_text(enum ncb_metric metric, struct ncb_interval v)
{
	char *low, *high, *both;

	if (!v.valid || v.low == v.high)
		return ncb_copy("");
	low = ncb_count_text(metric, v.low);
	high = ncb_count_text(metric, v.high);
	both = ncb_format("[%s%s,%s%s]", *low == '-' ? "" : "+", low, *high == '-' ? "" : "+", high);
	free(low);
	free(high);
	return both;
}

/* What one arm has more, with its sign; "-" where nobody knows. */
static char *more_text(enum ncb_metric metric, struct ncb_interval v)
{
	char *count, *text;

	if (!v.valid)
		return ncb_copy("-");
	count = ncb_count_text(metric, v.value);
	text = ncb_format("%s%s", *count != '-' && strtod(count, NULL) > 0 ? "+" : "", count);
	free(count);
	return text;
}

static enum ncb_metric metric_of(const struct ncb_counts *c, int counter)
{
	if (counter == NCB_IPC)
		return NCB_EVENT;
	return ncb_stats_run(counter == NCB_CLOCK ? c->clock : c->event[counter])->metric;
}

/*
 * What a table of counts has beside the metric: events in their order, then
 * instructions per cycle, and the clock. Returns how many; @out has room for all.
 */
static size_t list_counts(const struct ncb_counts *c, int *out)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < c->run->counters; i++)
		if (c->event[i] && c->event[i] != c->main)
			out[n++] = i;
	if (c->cycles >= 0 && c->instructions >= 0)
		out[n++] = NCB_IPC;
	if (c->clock != c->main)
		out[n++] = NCB_CLOCK;
	return n;
}

static int *room_for_counts(const struct ncb_counts *c)
{
	return ncb_alloc(c->run->counters + 2, sizeof(int));
}

static bool any_counted(const struct ncb_rundata *r)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (r->counter[i].counted)
			return true;
	return false;
}

/** ncb_counters_any - whether a report has anything to say of counters */
bool ncb_counters_any(const struct ncb_stats *s)
{
	return any_counted(ncb_stats_whole(s));
}

/* The longest row of a family: there a call is mostly blocks. */
static size_t longest(const struct ncb_rundata *r, size_t row)
{
	size_t i, best = row;

	for (i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], &r->rows[row]) &&
		    r->rows[i].length > r->rows[best].length)
			best = i;
	return best;
}

/* -- around the tables -- */

/**
 * ncb_counters_metric - what else figures are in
 * @s: the figures
 * @words: what the metric means; becomes part of what is returned
 *
 * Return: malloc'd.
 */
char *ncb_counters_metric(const struct ncb_stats *s, char *words)
{
	const struct ncb_rundata *r = ncb_stats_whole(s);
	char *out;

	if (!r->asked && r->metric == r->clock)
		return words;
	out = ncb_format("%s%s%s%s", words, r->asked ? "; chosen by --metric " : "",
			 r->asked ? ncb_metric_names[r->metric] : "", r->metric == r->clock ? "" :
			 r->clock == NCB_NS ? "; ns stands beside it" : "; insn stands beside it");
	free(words);
	return out;
}

/** ncb_counters_warn - a line where the frequency moved */
void ncb_counters_warn(struct ncb_items *warnings, const struct ncb_stats *s)
{
	const struct ncb_counts *c = ncb_stats_counts(s);
	const struct ncb_rundata *r = ncb_stats_whole(s);
	struct ncb_meanwhile m;

	ncb_meanwhile(r, &m);
	if (c && c->frequency.n && ncb_has_moved(c->frequency.low, c->frequency.high))
		ncb_items_say(warnings, "note", NCB_MARK_NONE, "the frequency changed during the run: "
			      "%.2f .. %.2f GHz (cycles per ns of single rows and loadings), by more "
			      "than %g %%", c->frequency.low, c->frequency.high,
			      NCB_FREQUENCY_MOVED * 100);
	else if (m.known & NCB_PLACE_FREQUENCY && ncb_has_moved(m.low, m.high))
		ncb_items_say(warnings, "note", NCB_MARK_NONE, "the frequency changed during the run: "
			      "%.0f .. %.0f %% of the nominal one (APERF/MPERF of single rows and "
			      "loadings)", m.low * 100, m.high * 100);
}

/* "39351 instructions as 39351", "3027 branches as 3027 .. 3031"; malloc'd. */
static char *known_text(const struct ncb_counter *c)
{
	char *high = c->known_high == c->known_low ? ncb_copy("") :
		     ncb_format(" .. %" PRIu64, c->known_high), *text;

	text = ncb_format("%.0f %s as %" PRIu64 "%s", ncb_counter_expected(c), c->name, c->known_low,
			  high);
	free(high);
	return text;
}

/* Instructions in a turn of the known loop, as each event that was counted says; 0: no loop. */
static uint32_t turn_length(const struct ncb_rundata *r)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (r->counter[i].counted && r->counter[i].turn_insn)
			return r->counter[i].turn_insn;
	return 0;
}

/* All events that were counted, in how many passes, and what else full readers want. */
static char *counted_text(const struct ncb_rundata *r)
{
	char *list = NULL, *read = NULL, *one, *text;
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		const struct ncb_counter *c = &r->counter[i];

		if (!c->counted)
			continue;
		one = ncb_format("%s%s%s%s", c->name, *c->full ? " (" : "", c->full,
				 *c->full ? ")" : "");
		join(&list, ", ", one);
		free(one);
		if (c->reading == NCB_COUNT_NONE)
			continue;
		one = ncb_format("%" PRIu64 " %s", c->reading, c->name);
		join(&read, ", ", one);
		free(one);
	}
	text = ncb_format("the loop has %u turns of %u instructions and a branch; within %g %% is "
			  "right; %u turns and reading all counters once: %s; that falls out, because "
			  "a base holds the same; counted in the kernel only: %s",
			  NCB_KNOWN_TURNS, turn_length(r), NCB_KNOWN_SHARE * 100,
			  NCB_FEW_TURNS, read ? read : "not known", list);
	free(list);
	free(read);
	return text;
}

static void say_counted(struct ncb_items *trust, const struct ncb_rundata *r)
{
	char *known = NULL, *one;
	size_t n = 0, wrong = 0;
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		n += r->counter[i].counted;
		if (ncb_known_right(&r->counter[i]) < 0)
			continue;
		wrong += !ncb_known_right(&r->counter[i]);
		one = known_text(&r->counter[i]);
		join(&known, ", ", one);
		free(one);
	}
	ncb_items_say(trust, "counters", wrong ? NCB_MARK_BAD : known ? NCB_MARK_OK : NCB_MARK_NONE,
		      "%zu event%s in %u pass%s; known loop: %s", n, ncb_ending(n), r->passes,
		      r->passes == 1 ? "" : "es", known ? known : "this architecture has none, or "
		      "nothing that it could tell")->more = counted_text(r);
	free(known);
}

/* Rows without figures of a counter that was counted, and what share of the time it ran. */
static void say_lost(struct ncb_items *trust, const struct ncb_counts *c)
{
	uint32_t i;
	size_t row, lost;

	for (i = 0; i < c->run->counters; i++) {
		const struct ncb_event *e = &c->run->counter[i].event;

		if (!c->event[i])
			continue;
		for (lost = row = 0; row < c->run->nrows; row++)
			lost += ncb_counts_why(c, i, row) != NULL;
		if (lost || ncb_is_scaled(e->enabled_ns, e->running_ns))
			ncb_items_say(trust, NOT_COUNTED, NCB_MARK_NONE,
				      "%s: not counted all the time (%.1f %%), no figure "
				      "in %zu row%s; nothing is scaled up", c->run->counter[i].name,
				      e->enabled_ns ? 100.0 * e->running_ns / e->enabled_ns : 0,
				      lost, ncb_ending(lost));
	}
}

/* Events that were not counted, those with the same reason in one line. */
static void say_reasons(struct ncb_items *trust, const struct ncb_rundata *r)
{
	uint32_t i, k;

	for (i = 0; i < r->counters; i++) {
		const struct ncb_counter *c = &r->counter[i];
		char *names = NULL;

		for (k = 0; k < i; k++)
			if (!r->counter[k].counted && !strcmp(r->counter[k].reason, c->reason))
				break;
		if (c->counted || k < i)
			continue;
		for (k = i; k < r->counters; k++)
			if (!r->counter[k].counted && !strcmp(r->counter[k].reason, c->reason))
				join(&names, ", ", r->counter[k].name);
		ncb_items_say(trust, NOT_COUNTED, NCB_MARK_NONE, "%s: %s", names,
			      *c->reason ? c->reason : "no reason is known");
		free(names);
	}
}

/* What a line that was flushed is counted as, when a call reads it. */
static bool is_of_lines(const char *event)
{
	static const char *const names[] = {
		"L1-dcache-load-misses", "LLC-load-misses", "cache-misses",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(event, names[i]))
			return true;
	return false;
}

/* "slist 8.5, dlist 9, native 8.5 computed ...": of one row; NULL: nothing was counted in it. */
static char *lines_text(const struct ncb_counts *c, int counter, size_t row)
{
	const struct ncb_row *plan = &c->run->rows[row];
	char *computed = NULL, *counted = NULL, *one, *text;
	size_t i;

	for (i = BASE; i <= NATIVE; i++) {
		int arm = ncb_row_arm_find(plan, arms[i]);
		struct ncb_interval v = ncb_count(c, counter, row, arm);

		if (!v.valid || !plan->arm[arm].node_size)
			continue;
		one = ncb_format("%s %.4g", arms[i],
				 ncb_lines_of_row(plan, plan->arm[arm].node_size));
		join(&computed, ", ", one);
		free(one);
		one = ncb_count_text(NCB_EVENT, v.value);
		join(&counted, ", ", one);
		free(one);
	}
	if (!computed)
		return NULL;
	one = ncb_row_text(plan);
	text = ncb_format("%s: %s computed (of blocks, besides head and callbacks); %s %s counted",
			  one, computed, counted, c->run->counter[counter].name);
	free(one);
	free(computed);
	free(counted);
	return text;
}

/* Where caches are cold: lines that the blocks' layout makes a call read, and misses. */
static void say_lines(struct ncb_items *trust, const struct ncb_counts *c)
{
	const char *label = "cache lines";
	uint32_t i;
	size_t row;

	for (i = 0; i < c->run->counters; i++) {
		for (row = 0; row < c->run->nrows; row++) {
			const struct ncb_row *plan = &c->run->rows[row];
			char *text;

			if (!c->event[i] || !is_of_lines(c->run->counter[i].name) ||
			    plan->cache != NCB_COLD || plan->op != NCB_CALL ||
			    longest(c->run, row) != row)
				continue;
			text = lines_text(c, i, row);
			if (!text)
				continue;
			ncb_items_add(trust, label, NCB_MARK_NONE, text)->full = !*label;
			label = "";
		}
	}
}

/** ncb_counters_trust - are the counts right, and why is there n/a? */
void ncb_counters_trust(struct ncb_items *trust, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_whole(s);
	const char *none = ncb_env_string(r, "counters", NULL);

	if (any_counted(r)) {
		say_counted(trust, r);
		say_lost(trust, ncb_stats_counts(s));
		say_lines(trust, ncb_stats_counts(s));
	} else if (none) {
		ncb_items_say(trust, "counters", NCB_MARK_NONE, "none: %s", none);
		return;
	}
	say_reasons(trust, r);
}

/** ncb_counters_place - what the machine did while rows were measured */
void ncb_counters_place(struct ncb_items *trust, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_whole(s);
	const struct ncb_counts *c = ncb_stats_counts(s);
	char *list = NULL, *row, *one;
	struct ncb_meanwhile m;

	ncb_meanwhile(r, &m);
	if (m.interrupted) {
		row = ncb_row_text(&r->rows[m.interrupts_row]);
		one = ncb_format("%" PRIu64 " interrupt%s (most in %s)", m.interrupts,
				 ncb_ending(m.interrupts), row);
		join(&list, "; ", one);
		free(row);
		free(one);
	}
	/* 0 is also what a hypervisor says that tells nobody. */
	if (m.steal_ns) {
		row = ncb_row_text(&r->rows[m.steal_row]);
		one = ncb_format("%.1f ms stolen (most in %s)", m.steal_ns / 1e6, row);
		join(&list, "; ", one);
		free(row);
		free(one);
	}
	if (m.known & NCB_PLACE_SMIS) {
		row = m.smis ? ncb_row_text(&r->rows[m.smis_row]) : ncb_copy("");
		one = ncb_format("%" PRIu64 " SMI%s%s%s%s", m.smis, ncb_ending(m.smis), m.smis ?
				 " (most in " : "", row, m.smis ? ")" : "");
		join(&list, "; ", one);
		free(row);
		free(one);
	}
	if (m.known & NCB_PLACE_FREQUENCY) {
		one = ncb_format("%.0f .. %.0f %% of the nominal frequency", m.low * 100,
				 m.high * 100);
		join(&list, "; ", one);
		free(one);
	}
	if (c && c->frequency.n) {
		one = ncb_format("%.2f .. %.2f GHz", c->frequency.low, c->frequency.high);
		join(&list, "; ", one);
		free(one);
	}
	if (!list)
		return;
	/* On the first screen only where it is out of the ordinary. */
	ncb_items_say(trust, "during rows", NCB_MARK_NONE, "%s", list)->full =
		!m.smis && !m.steal_ns;
	free(list);
}

/* -- the short view -- */

static void fill_line(const struct ncb_stats *s, size_t row, char **cell)
{
	enum ncb_metric metric = ncb_stats_run(s)->metric;
	struct ncb_line more = ncb_stats_line_difference(s, row, arms[BASE], arms[NEW]);
	size_t i;

	for (i = 0; i < 3; i++) {
		struct ncb_line l = ncb_stats_line(s, row, arms[i]);

		cell[i < 2 ? i + 1 : 5] = l.slope.valid && l.straight ?
			ncb_count_text(metric, l.slope.value) : ncb_copy("-");
	}
	cell[3] = more.straight ? more_text(metric, more.slope) : ncb_copy("-");
	cell[4] = more.straight ? count_interval_text(metric, more.slope) : ncb_copy("");
}

static char *ipc_text(struct ncb_interval v)
{
	return v.valid ? ncb_format("%.2f", v.value) : ncb_copy("-");
}

static void fill_ipc(const struct ncb_counts *c, size_t row, char **cell)
{
	const struct ncb_row *plan = &c->run->rows[row];
	size_t i;

	for (i = 0; i < 3; i++)
		cell[i < 2 ? i + 1 : 5] =
			ipc_text(ncb_count_ipc(c, row, ncb_row_arm_find(plan, arms[i])));
	cell[3] = ncb_copy("");
	cell[4] = ncb_copy("");
}

/**
 * ncb_counters_summary - what a block makes the CPU do
 * @report: gets a table
 * @s: the figures
 * @row: any row of the family that it is about
 *
 * Return: whether there is one: a family with lines, and something counted.
 */
bool ncb_counters_summary(struct ncb_report *report, const struct ncb_stats *s, size_t row)
{
	const struct ncb_counts *c = ncb_stats_counts(s);
	const struct ncb_row *plan = &ncb_stats_run(s)->rows[row];
	struct ncb_table *t;
	size_t n, i, shown = 0;
	int *list;

	if (!c || !any_counted(c->run) || !ncb_stats_line(s, row, arms[BASE]).slope.valid)
		return false;
	list = room_for_counts(c);
	n = list_counts(c, list);
	t = ncb_report_table(report, ncb_format("counted per additional block: %s/%s",
						ncb_type_names[plan->type], ncb_op_names[plan->op]),
			     false);
	ncb_table_column(t, "event", 21, true);
	ncb_table_column(t, arms[BASE], 7, false);
	ncb_table_column(t, arms[NEW], 7, false);
	ncb_table_column(t, "more", 7, false);
	ncb_table_column(t, "95 %", 15, false);
	ncb_table_column(t, arms[NATIVE], 7, false);
	for (i = 0; i < n; i++) {
		char **cell;

		/* The last ones are IPC and the clock. */
		if (list[i] >= 0 && shown++ >= SUMMARY_EVENTS)
			continue;
		cell = ncb_table_row(t);
		if (list[i] == NCB_IPC) {
			size_t at = longest(c->run, row);

			cell[0] = ncb_format("IPC of %u blocks", c->run->rows[at].length);
			fill_ipc(c, at, cell);
			continue;
		}
		cell[0] = ncb_copy(ncb_counter_name(c, list[i]));
		fill_line(list[i] < 0 ? c->clock : c->event[list[i]], row, cell);
	}
	if (shown > SUMMARY_EVENTS)
		t->note = ncb_format("%zu more event%s: --full", shown - SUMMARY_EVENTS,
				     ncb_ending(shown - SUMMARY_EVENTS));
	free(list);
	return true;
}

/* -- the full view -- */

static bool same_variant(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->op == b->op && a->position == b->position && a->callbacks == b->callbacks &&
	       a->placement == b->placement && a->cache == b->cache;
}

/* "call (distinct, packed, warm)" */
static char *variant_text(const struct ncb_row *row)
{
	bool at = row->position != NCB_POS_NONE;

	return ncb_format("%s%s%s (%s, %s, %s)", ncb_op_names[row->op], at ? "@" : "",
			  at ? ncb_pos_names[row->position] : "",
			  ncb_callback_names[row->callbacks], ncb_placement_names[row->placement],
			  ncb_cache_names[row->cache]);
}

static struct ncb_interval value_of(const struct ncb_counts *c, int counter, size_t row, int arm)
{
	return counter == NCB_IPC ? ncb_count_ipc(c, row, arm) : ncb_count(c, counter, row, arm);
}

/* A figure; "-" where the arm was not measured, n/a where it was and the event not counted. */
static char *value_text(const struct ncb_counts *c, int counter, size_t row, int arm)
{
	struct ncb_interval v = value_of(c, counter, row, arm);
	const struct ncb_arm_stats *st = ncb_stats_arm(c->clock, row, arm);

	if (!v.valid)
		return ncb_copy(st && st->samples ? NOT_COUNTED : "-");
	return counter == NCB_IPC ? ipc_text(v) : ncb_count_text(metric_of(c, counter), v.value);
}

static char *ipc_interval_text(struct ncb_interval v)
{
	if (!v.valid || v.low == v.high)
		return ncb_copy("");
	return ncb_format("[%.2f,%.2f]", v.low, v.high);
}

static void fill_row(const struct ncb_counts *c, int counter, size_t row, char **cell)
{
	const struct ncb_row *plan = &c->run->rows[row];
	int arm[ARRAY_SIZE(arms)];
	struct ncb_interval more;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arms); i++)
		arm[i] = ncb_row_arm_find(plan, arms[i]);
	*cell++ = ncb_copy(ncb_type_names[plan->type]);
	*cell++ = ncb_format("%u", plan->length);
	*cell++ = value_text(c, counter, row, arm[BASE]);
	*cell++ = value_text(c, counter, row, arm[NEW]);
	if (counter == NCB_IPC) {
		*cell++ = ipc_interval_text(ncb_count_ipc(c, row, arm[BASE]));
		*cell++ = ipc_interval_text(ncb_count_ipc(c, row, arm[NEW]));
	} else {
		more = ncb_count_more(c, counter, row, arm[BASE], arm[NEW]).ci;
		*cell++ = more_text(metric_of(c, counter), more);
		*cell++ = count_interval_text(metric_of(c, counter), more);
	}
	*cell++ = value_text(c, counter, row, arm[NATIVE]);
	*cell++ = value_text(c, counter, row, arm[DIRECT]);
}

static void variant_table(struct ncb_report *report, const struct ncb_counts *c, int counter,
			  const size_t *row, size_t n)
{
	char *variant = variant_text(&c->run->rows[row[0]]);
	struct ncb_table *t = ncb_report_table(report, ncb_format("%s %s: %s",
			ncb_counter_name(c, counter), counter == NCB_IPC ?
			(ncb_count_ipc_paired(c) ? "(instructions per cycle)" :
			 "(instructions per cycle, of different passes)") : "an operation", variant),
			true);
	size_t i;

	free(variant);
	ncb_table_column(t, "type", 8, true);
	ncb_table_column(t, "len", 4, false);
	ncb_table_column(t, arms[BASE], 6, false);
	ncb_table_column(t, arms[NEW], 6, false);
	ncb_table_column(t, counter == NCB_IPC ? "95 % of " NCB_REPORT_BASE : "more",
			 counter == NCB_IPC ? 13 : 7, false);
	ncb_table_column(t, counter == NCB_IPC ? "95 % of " NCB_REPORT_NEW : "95 %", 13, false);
	ncb_table_column(t, arms[NATIVE], 6, false);
	ncb_table_column(t, arms[DIRECT], 6, false);
	for (i = 0; i < n; i++)
		fill_row(c, counter, row[i], ncb_table_row(t));
}

/**
 * ncb_counters_tables - every event, row by row
 * @report: gets the tables
 * @s: the figures
 * @order: of all rows
 */
void ncb_counters_tables(struct ncb_report *report, const struct ncb_stats *s, const size_t *order)
{
	const struct ncb_counts *c = ncb_stats_counts(s);
	size_t n, i, first, end;
	int *list;

	if (!c || !any_counted(c->run))
		return;
	list = room_for_counts(c);
	n = list_counts(c, list);
	for (first = 0; first < c->run->nrows; first = end) {
		for (end = first; end < c->run->nrows; end++)
			if (!same_variant(&c->run->rows[order[end]], &c->run->rows[order[first]]))
				break;
		for (i = 0; i < n; i++)
			variant_table(report, c, list[i], order + first, end - first);
	}
	free(list);
}

/* -- before and after -- */

/* Cells of an arm in all runs of a side; each run is a boot of its own, as elsewhere. */
struct points {
	struct ncb_point *p;
	size_t n;
};

static int find_counted(const struct ncb_rundata *r, const char *name)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (r->counter[i].counted && !strcmp(r->counter[i].name, name))
			return i;
	return -1;
}

static struct points side_points(const struct ncb_side *side, const char *name, const char *id,
				 const char *arm)
{
	struct points out = { 0 };
	size_t run, i, n;

	for (run = 0; run < side->runs; run++) {
		const struct ncb_rundata *r = ncb_stats_whole(side->stats[run]);
		int counter = find_counted(r, name), row = ncb_row_find(r, id);
		const struct ncb_point *p;

		if (counter < 0 || row < 0)
			continue;
		n = ncb_stats_points(ncb_stats_counts(side->stats[run])->event[counter], row,
				     ncb_row_arm_find(&r->rows[row], arm), &p);
		out.p = ncb_grow(out.p, out.n + n + 1, sizeof(*out.p));
		for (i = 0; i < n; i++) {
			out.p[out.n] = p[i];
			out.p[out.n++].boot = ncb_side_boot(side, run);
		}
	}
	return out;
}

/**
 * struct counted_pair - a row of a comparison, of one event
 * @pair: the row
 * @old: mean of the old side
 * @more: what the new side has more
 */
struct counted_pair {
	const struct ncb_pair *pair;
	double old;
	struct ncb_estimate more;
};

/* What is counted exactly on both sides needs no second cell to be known. */
static bool all_equal(const struct points *p)
{
	size_t i;

	for (i = 1; i < p->n; i++)
		if (p->p[i].value != p->p[0].value)
			return false;
	return p->n > 0;
}

static bool compare_pair(const struct ncb_comparison *c, const struct ncb_pair *pair,
			 const char *name, bool exact, struct counted_pair *out)
{
	struct points a = side_points(&c->old, name, pair->id, pair->old_arm);
	struct points b = side_points(&c->new, name, pair->id, pair->new_arm);
	uint64_t seed = ncb_stats_run(c->old.stats[0])->seed;

	out->pair = pair;
	out->more = ncb_estimate_none();
	if (a.n && b.n) {
		out->old = ncb_estimate_mean(a.p, a.n, seed).ci.value;
		out->more = exact && all_equal(&a) && all_equal(&b) ?
			ncb_estimate_exact(b.p[0].value - a.p[0].value) :
			ncb_estimate_between(a.p, a.n, b.p, b.n, seed);
	}
	free(a.p);
	free(b.p);
	return out->more.ci.valid;
}

/* Rows that changed, after correction; below what is shown nothing is. */
static size_t find_changes(const struct ncb_comparison *c, const char *name, bool exact,
			   struct counted_pair *pair, size_t *tested)
{
	double *p = ncb_alloc(c->pairs + 1, sizeof(*p));
	size_t i, n = 0, changed = 0;

	for (i = 0; i < c->pairs; i++) {
		if (!compare_pair(c, &c->pair[i], name, exact, &pair[n]))
			continue;
		p[n] = pair[n].more.p;
		n++;
	}
	*tested = n;
	ncb_correct(p, n, c->options.correction);
	for (i = 0; i < n; i++)
		if (p[i] < NCB_SIGNIFICANT && fabs(pair[i].more.ci.value) >= 0.0005)
			pair[changed++] = pair[i];
	free(p);
	return changed;
}

static void compare_table(struct ncb_report *report, const struct ncb_comparison *c,
			  const char *name, enum ncb_metric metric, const struct counted_pair *pair,
			  size_t n)
{
	struct ncb_table *t = ncb_report_table(report, ncb_format("%s of %s that changed, per "
			"operation", name, c->arm), true);
	size_t i;

	t->note = ncb_copy("95 %: of these boots; another link of a kernel may move what is "
			   "mispredicted or missed");
	ncb_table_column(t, "row", 27, true);
	ncb_table_column(t, "old", 7, false);
	ncb_table_column(t, "new", 7, false);
	ncb_table_column(t, "more", 7, false);
	ncb_table_column(t, "95 %", 15, false);
	for (i = 0; i < n; i++) {
		char **cell = ncb_table_row(t);

		cell[0] = ncb_row_text(&ncb_stats_run(c->old.stats[0])->rows[pair[i].pair->row]);
		cell[1] = ncb_count_text(metric, pair[i].old);
		cell[2] = ncb_count_text(metric, pair[i].old + pair[i].more.ci.value);
		cell[3] = more_text(metric, pair[i].more.ci);
		cell[4] = count_interval_text(metric, pair[i].more.ci);
	}
}

/*
 * "instructions: changed in 3 of 40 rows, most +2.00 in raw/call/8". What is not
 * exact depends on where a link has put the code: one boot of a side knows only
 * its own.
 */
static void compare_event(struct ncb_report *report, const struct ncb_comparison *c,
			  const char *name, enum ncb_metric metric, bool exact)
{
	struct counted_pair *pair = ncb_alloc(c->pairs + 1, sizeof(*pair));
	size_t tested, n = find_changes(c, name, exact, pair, &tested), i, most = 0;
	bool one_link = !exact && (ncb_side_boots(&c->old) < 2 || ncb_side_boots(&c->new) < 2);
	char *row, *more;

	if (!tested) {
		free(pair);
		return;
	}
	for (i = 0; i < n; i++)
		if (fabs(pair[i].more.ci.value) > fabs(pair[most].more.ci.value))
			most = i;
	if (n) {
		row = ncb_row_text(&ncb_stats_run(c->old.stats[0])->rows[pair[most].pair->row]);
		more = more_text(metric, pair[most].more.ci);
		ncb_items_say(&report->summary, "counted", NCB_MARK_NONE,
			      "%s: %s in %zu of %zu row%s, most: %s in %s%s", name,
			      one_link ? "differ between these boots" : "changed", n, tested,
			      ncb_ending(tested), more, row,
			      one_link ? "; so may another link of the same kernel" : "");
		free(row);
		free(more);
		compare_table(report, c, name, metric, pair, n);
	} else {
		ncb_items_say(&report->summary, "counted", NCB_MARK_NONE,
			      "%s: no change is told in %zu row%s", name, tested, ncb_ending(tested));
	}
	free(pair);
}

static bool counted_everywhere(const struct ncb_side *side, const char *name)
{
	size_t i;

	for (i = 0; i < side->runs; i++)
		if (find_counted(ncb_stats_whole(side->stats[i]), name) < 0)
			return false;
	return true;
}

/**
 * ncb_counters_compare - what was counted before and after
 * @report: gets one line per event, and a table where something changed
 * @c: between runs
 *
 * Of events that all runs of both sides counted, but for the metric's own.
 */
void ncb_counters_compare(struct ncb_report *report, const struct ncb_comparison *c)
{
	const struct ncb_rundata *r = ncb_stats_whole(c->old.stats[0]);
	uint32_t i;

	for (i = 0; i < r->counters; i++) {
		const char *name = r->counter[i].name;
		const struct ncb_counts *counts = ncb_stats_counts(c->old.stats[0]);

		if ((int)i == ncb_run_source(r) || find_counted(r, name) != (int)i ||
		    !counted_everywhere(&c->old, name) || !counted_everywhere(&c->new, name))
			continue;
		compare_event(report, c, name, metric_of(counts, i),
			      ncb_counter_exact(&r->counter[i]));
	}
}
