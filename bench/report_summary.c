// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands on the first screen: the rows that matter most, the cost model,
 * and both summed up. The rows are chosen by name and length before anything
 * was measured, never by what came out.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "plan.h"
#include "report.h"
#include "report_counters.h"
#include "report_storm.h"

#define SUMMARY_ROWS	20	/* of the first table; a run with no more is shown whole */
#define FEWER_ROWS	4	/* where counters and storms both take room */
#define REASON_LINES	2	/* that say why there are no storms */
#define MEMORY_LINES	3	/* about memory */
#define BIT(n)		(1u << (n))

/*
 * Rows of the first table, in this order; a length that was not measured is the nearest one.
 * @types: of chains; @counted: those where counters or storms take room on the screen, too
 */
static const struct wanted {
	uint32_t op, position, types, counted;
	uint32_t length[4];
} wanted_rows[] = {
	{ NCB_CALL, NCB_POS_NONE, BIT(NCB_RAW), 0, { 1 } },
	{ NCB_CALL, NCB_POS_NONE, BIT(NCB_RAW), BIT(NCB_RAW), { 16 } },
	{ NCB_CALL, NCB_POS_NONE, BIT(NCB_BLOCKING), BIT(NCB_BLOCKING), { 1, 16, 64 } },
	{ NCB_CALL, NCB_POS_NONE, BIT(NCB_ATOMIC) | BIT(NCB_SRCU), 0, { 16 } },
	{ NCB_REVERSE, NCB_POS_NONE, BIT(NCB_BLOCKING), BIT(NCB_BLOCKING), { 16 } },
	{ NCB_ROBUST, NCB_POS_NONE, BIT(NCB_BLOCKING), 0, { 16 } },
	{ NCB_ROBUST, NCB_POS_HEAD, BIT(NCB_BLOCKING), 0, { 16 } },
	{ NCB_ROBUST, NCB_POS_HEAD, BIT(NCB_BLOCKING), BIT(NCB_BLOCKING), { 64 } },
	{ NCB_ROBUST, NCB_POS_TAIL, BIT(NCB_RAW) | BIT(NCB_BLOCKING), BIT(NCB_BLOCKING), { 16 } },
	{ NCB_REGISTER, NCB_POS_HEAD, BIT(NCB_BLOCKING), 0, { 16 } },
	{ NCB_REGISTER, NCB_POS_TAIL, BIT(NCB_BLOCKING), BIT(NCB_BLOCKING), { 16 } },
	{ NCB_UNREGISTER, NCB_POS_HEAD, BIT(NCB_RAW), 0, { 16 } },
	{ NCB_UNREGISTER, NCB_POS_TAIL, BIT(NCB_RAW), 0, { 16 } },
	{ NCB_EMPTY, NCB_POS_NONE, BIT(NCB_RAW) | BIT(NCB_BLOCKING), 0, { 0 } },
};

_Static_assert(ARRAY_SIZE(wanted_rows) * 12 <= NCB_CHOSEN_MAX,
	       "each for three lengths and four types");

/* Families of the cost model; @counted: as above. */
static const struct {
	uint32_t op, position, type;
	bool counted;
} wanted_lines[] = {
	{ NCB_CALL, NCB_POS_NONE, NCB_RAW, true },
	{ NCB_CALL, NCB_POS_NONE, NCB_BLOCKING, true },
	{ NCB_ROBUST, NCB_POS_HEAD, NCB_BLOCKING, false },
	{ NCB_ROBUST, NCB_POS_TAIL, NCB_BLOCKING, true },
	{ NCB_REGISTER, NCB_POS_TAIL, NCB_BLOCKING, false },
};

/* The family that counters are shown of: the first that was measured. */
static const uint32_t counted_types[] = { NCB_BLOCKING, NCB_RAW, NCB_ATOMIC, NCB_SRCU };

/* Smaller is more usual. */
static unsigned int strangeness(const struct ncb_row *row)
{
	return (row->cache != NCB_WARM) * 4u + (row->placement != NCB_PACKED) * 2u +
	       (row->callbacks != NCB_CB_DISTINCT);
}

/* How far a length is from the one that is wanted. */
static double distance(uint32_t length, uint32_t wanted)
{
	return fabs(log((length + 1.0) / (wanted + 1.0)));
}

/* The most usual row of that kind whose length is nearest; nrows where there is none. */
static size_t choose_row(const struct ncb_rundata *r, uint32_t op, uint32_t position,
			 uint32_t type, uint32_t length)
{
	size_t i, best = r->nrows;

	for (i = 0; i < r->nrows; i++) {
		const struct ncb_row *row = &r->rows[i], *b = &r->rows[best < r->nrows ? best : i];
		unsigned int strange = strangeness(row), least = strangeness(b);

		if (row->op != op || row->position != position || row->type != type)
			continue;
		if (best == r->nrows || strange < least ||
		    (strange == least && distance(row->length, length) <
					 distance(b->length, length)))
			best = i;
	}
	return best;
}

static void choose(size_t *chosen, size_t *n, size_t row, size_t none)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (chosen[i] == row)
			return;
	if (row != none)
		chosen[(*n)++] = row;
}

/* What else takes room on the first screen. */
static bool has_storms(const struct ncb_storms *storms)
{
	return storms && !*storms->reason;
}

/**
 * ncb_report_choose_rows - the rows that a first screen shows
 * @r: the plan: nothing that was measured is looked at
 * @order: of all rows
 * @fewer: where something else takes room, too
 * @chosen: gets their indices; has room for all and NCB_CHOSEN_MAX more
 *
 * Return: how many.
 */
size_t ncb_report_choose_rows(const struct ncb_rundata *r, const size_t *order, bool fewer,
			      size_t *chosen)
{
	size_t n = 0, i, k;
	uint32_t type;

	for (i = 0; i < r->nrows && r->nrows <= SUMMARY_ROWS; i++)
		chosen[n++] = order[i];
	for (i = 0; i < ARRAY_SIZE(wanted_rows) && r->nrows > SUMMARY_ROWS; i++) {
		const struct wanted *w = &wanted_rows[i];
		uint32_t types = fewer ? w->counted : w->types;

		for (type = 0; type < NCB_TYPES; type++)
			for (k = 0; (types & BIT(type)) && (!k || w->length[k]); k++)
				choose(chosen, &n, choose_row(r, w->op, w->position, type,
							      w->length[k]), r->nrows);
	}
	return n;
}

/* Rows of the first table; @order: of all rows. */
static size_t choose_rows(const struct ncb_stats *s, const size_t *order, size_t *chosen)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_storms *storms = ncb_stats_whole(s)->storms;
	bool counted = ncb_counters_any(s);
	size_t n = ncb_report_choose_rows(r, order, counted || has_storms(storms), chosen);

	if (r->nrows <= SUMMARY_ROWS || n <= FEWER_ROWS)
		return n;
	if (storms && has_storms(storms) && counted)
		n = FEWER_ROWS;
	else if (storms && !has_storms(storms))
		n -= REASON_LINES;
	return r->memory ? n - MEMORY_LINES : n;
}

static void first_table(struct ncb_report *report, const struct ncb_stats *s,
			const struct ncb_comparison *c, const size_t *row, size_t n)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	bool exact = r->metric == NCB_INSN, native = false;
	struct ncb_table *t;
	size_t i;

	t = ncb_report_table(report, ncb_format("cost of one operation in %s; names without more: "
						"distinct/packed/warm",
						ncb_metric_names[r->metric]), false);
	ncb_table_column(t, "row", 3, true);
	ncb_table_column(t, NCB_REPORT_BASE, 6, false);
	ncb_table_column(t, NCB_REPORT_NEW, 6, false);
	ncb_table_column(t, "change", 7, false);
	ncb_table_column(t, "!", 1, false);
	ncb_table_column(t, "95 %", 13, false);
	ncb_table_column(t, "native", 6, false);
	if (exact)	/* where no interval takes the room */
		ncb_table_column(t, "direct", 6, false);
	for (i = 0; i < n; i++)
		native |= ncb_row_arm_find(&r->rows[row[i]], "native") >= 0;
	for (i = 0; i < n; i++) {
		const struct ncb_pair *p = ncb_find_pair(c, row[i]);
		char **cell = ncb_table_row(t);

		cell[0] = ncb_row_text(&r->rows[row[i]]);
		cell[1] = ncb_arm_cost_text(s, row[i], NCB_REPORT_BASE);
		cell[2] = ncb_arm_cost_text(s, row[i], NCB_REPORT_NEW);
		cell[3] = ncb_verdict_text(r->metric, p);
		cell[4] = ncb_far_text(s, p);
		cell[5] = p ? ncb_change_interval_text(p->change.ci) : ncb_copy("");
		cell[6] = native ? ncb_arm_cost_text(s, row[i], "native") : ncb_copy("");
		if (exact)
			cell[7] = ncb_arm_cost_text(s, row[i], "direct");
	}
}

static char *signed_cost(enum ncb_metric metric, struct ncb_interval v)
{
	char *cost = ncb_cost_text(metric, v.value), *text;

	text = ncb_format("%s%s", *cost != '-' && v.value > 0 ? "+" : "", cost);
	free(cost);
	return text;
}

/* What dlist takes more than slist: per block, and per operation whatever the length. */
static void model_table(struct ncb_report *report, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = NULL;
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(wanted_lines); i++) {
		struct ncb_line l;
		char **cell;

		row = choose_row(r, wanted_lines[i].op, wanted_lines[i].position,
				 wanted_lines[i].type, 1);
		if (row == r->nrows ||
		    ((ncb_counters_any(s) || has_storms(ncb_stats_whole(s)->storms)) &&
		     !wanted_lines[i].counted))
			continue;
		l = ncb_stats_line_difference(s, row, NCB_REPORT_BASE, NCB_REPORT_NEW);
		if (!l.slope.valid)
			continue;
		if (!t) {
			t = ncb_report_table(report,
				ncb_format("%s less %s in %s, by lines through the lengths%s",
					   NCB_REPORT_NEW, NCB_REPORT_BASE,
					   ncb_metric_names[r->metric], r->metric == NCB_INSN ? "" :
					   " (off: worst row)"), false);
			ncb_table_column(t, "rows", 20, true);
			ncb_table_column(t, "a block", 7, false);
			ncb_table_column(t, "95 %", 13, false);
			ncb_table_column(t, "a call", 6, false);
			ncb_table_column(t, "95 %", 13, false);
			ncb_table_column(t, "off", 4, false);
		}
		cell = ncb_table_row(t);
		cell[0] = ncb_format("%s/%s%s%s", ncb_type_names[r->rows[row].type],
				     ncb_op_names[r->rows[row].op],
				     r->rows[row].position == NCB_POS_NONE ? "" : "@",
				     r->rows[row].position == NCB_POS_NONE ? "" :
				     ncb_pos_names[r->rows[row].position]);
		cell[1] = l.straight ? signed_cost(r->metric, l.slope) : ncb_copy("-");
		cell[2] = l.straight ? ncb_cost_interval_text(r->metric, l.slope, true) :
				       ncb_copy("");
		cell[3] = l.straight ? signed_cost(r->metric, l.fixed) : ncb_copy("-");
		cell[4] = l.straight ? ncb_cost_interval_text(r->metric, l.fixed, true) :
				       ncb_copy("");
		/* Exact ones are lines, or not here. */
		cell[5] = r->metric == NCB_INSN ? ncb_copy("") :
			ncb_format("%.0f%%", l.residual_share * 100);
	}
}

/* What a block makes the CPU do, in the family that is likest a kernel's calls. */
static void counters_table(struct ncb_report *report, const struct ncb_stats *s)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t i, row;

	for (i = 0; i < ARRAY_SIZE(counted_types); i++) {
		row = choose_row(r, NCB_CALL, NCB_POS_NONE, counted_types[i], 1);
		if (row < r->nrows && ncb_counters_summary(report, s, row))
			return;
	}
}

/* Rows of that verdict; the one with the largest change in @most. */
static size_t count_verdict(const struct ncb_comparison *c, enum ncb_verdict v,
			    const struct ncb_pair **most)
{
	size_t i, n = 0;

	*most = NULL;
	for (i = 0; c && i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		if (p->verdict != v)
			continue;
		n++;
		if (!*most || fabs(p->change.ci.value) > fabs((*most)->change.ci.value))
			*most = p;
	}
	return n;
}

static char *most_text(const struct ncb_comparison *c, const struct ncb_pair *p)
{
	char *change, *row, *text;

	if (!p)
		return ncb_copy("none");
	change = ncb_percent_text(p->change.ci.value);
	row = ncb_row_text(&ncb_stats_run(c->old.stats[0])->rows[p->row]);
	text = ncb_format("most: %s in %s", change, row);
	free(change);
	free(row);
	return text;
}

/* All rows in a few words, and the same as large figures. */
static void add_verdicts(struct ncb_report *report, const struct ncb_comparison *c)
{
	static const char *const names[NCB_VERDICTS] = {
		[NCB_MORE] = "more", [NCB_LESS] = "less",
	};
	static const enum ncb_verdict shown[] = { NCB_MORE, NCB_LESS };
	static const char *const cards[2][2] = {
		{ "rows slower", "rows faster" },
		{ "rows with more instructions", "rows with fewer instructions" },
	};
	const struct ncb_pair *most;
	size_t i, n, same, open;

	if (!c || !c->pairs)
		return;
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		char *text;

		n = count_verdict(c, shown[i], &most);
		text = most_text(c, most);
		ncb_items_say(&report->summary, names[shown[i]], NCB_MARK_NONE,
			      "in %zu of %zu rows%s%s", n, c->pairs, n ? "; " : "", n ? text : "");
		ncb_items_say(&report->cards, cards[c->metric == NCB_INSN][i], NCB_MARK_NONE,
			      "%zu", n)->more = text;
	}
	same = count_verdict(c, NCB_EQUAL, &most);
	open = c->pairs - same;
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		open -= count_verdict(c, shown[i], &most);
	if (c->metric == NCB_INSN)
		ncb_items_say(&report->cards, "rows equal", NCB_MARK_NONE, "%zu", same)->more =
			ncb_format("of %zu rows, to the last instruction", c->pairs);
	else
		ncb_items_say(&report->cards, "rows not resolved", NCB_MARK_NONE, "%zu", open)->more
			= ncb_format("of %zu rows; no difference is shown, which is not to say that "
				     "there is none", c->pairs);
}

static void add_trust_card(struct ncb_report *report)
{
	size_t i, bad = 0, ok = 0, grave = 0;
	struct ncb_item *item;

	for (i = 0; i < report->trust.n; i++) {
		bad += report->trust.item[i].mark == NCB_MARK_BAD;
		ok += report->trust.item[i].mark == NCB_MARK_OK;
	}
	for (i = 0; i < report->warnings.n; i++)
		grave += report->warnings.item[i].mark == NCB_MARK_BAD;
	item = ncb_items_say(&report->cards, "checks of the figures",
			     bad || grave ? NCB_MARK_BAD : NCB_MARK_OK, "%zu ok, %zu bad", ok, bad);
	item->more = grave ? ncb_copy("not for review: see above") :
			     ncb_copy("below: what makes the numbers true");
}

/**
 * ncb_report_summary - the tables of the short view, and what sums them up
 * @report: gets it; everything around the tables has to be there
 * @s: the figures
 * @c: the two designs, or NULL
 * @order: of all rows
 */
void ncb_report_summary(struct ncb_report *report, const struct ncb_stats *s,
			const struct ncb_comparison *c, const size_t *order)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t *chosen = ncb_alloc(r->nrows + NCB_CHOSEN_MAX, sizeof(*chosen));
	size_t n = choose_rows(s, order, chosen);

	if (n)
		first_table(report, s, c, chosen, n);
	/* Lines through the lengths are in --full; what is counted stands nowhere else so short. */
	if (!ncb_counters_any(s) || !has_storms(ncb_stats_whole(s)->storms))
		model_table(report, s);
	counters_table(report, s);
	add_verdicts(report, c);
	add_trust_card(report);
	report->hint = ncb_storms_only(r) ?
		ncb_copy("--full: all tables, legend, machine, what is missing. --format html") :
		ncb_format("--full: all %zu rows, legend, machine, what is missing. "
			   "--format html", r->nrows);
	free(chosen);
}
