// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the full report. report_summary.c has those of the short one,
 * report_about.c what stands around them; report_text.c and report_html.c give
 * all of it a form.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "memory.h"
#include "report.h"
#include "report_beside.h"
#include "report_counters.h"
#include "report_storm.h"

static const char *const op_words[NCB_OPS][NCB_POSITIONS] = {
	[NCB_CALL] = { "call" },
	[NCB_REVERSE] = { "reverse call" },
	[NCB_ROBUST] = {
		"robust call that succeeds", "robust call, the first block fails",
		"robust call, the middle block fails", "robust call, the last block fails",
	},
	[NCB_REGISTER] = { "register", "register at the head", "register in the middle",
			   "register at the tail" },
	[NCB_UNREGISTER] = { "unregister", "unregister the head", "unregister from the middle",
			     "unregister the tail" },
	[NCB_EMPTY] = { "call of an empty chain" },
};

/*
 * Columns of the main tables, in this order. A change is against the base. Arms
 * that stand in no column here get a table of their own: a new engine needs no
 * entry.
 */
enum column_kind { COST, CHANGE, FAR, INTERVAL };
static const struct column {
	const char *head;
	enum column_kind kind;
	const char *arm;
	unsigned int width;
} columns[] = {
	{ "slist", COST, "slist", 7 },
	{ "dlist", COST, "dlist", 7 },
	{ "change", CHANGE, "dlist", 8 },
	{ "!", FAR, "dlist", 1 },
	{ "95 %", INTERVAL, "dlist", 15 },
	{ "native", COST, "native", 7 },
	{ "direct", COST, "direct", 7 },
};

/* Comparisons of a report: against the base, one for each other arm in any row. */
struct content {
	const struct ncb_stats *s;
	struct ncb_stats *run;
	struct ncb_comparison **against_base;
	size_t comparisons;
};

/* -- building blocks -- */

/** ncb_table_uses - whether any row has something in that column; others need no room */
bool ncb_table_uses(const struct ncb_table *t, unsigned int column)
{
	size_t i;

	for (i = 0; i < t->rows; i++)
		if (*t->cell[i * t->columns + column])
			return true;
	return false;
}

/**
 * ncb_cost_text - a cost as the tables show it
 * @metric: of the run
 * @v: cost
 *
 * Return: malloc'd; seven characters or less.
 */
char *ncb_cost_text(enum ncb_metric metric, double v)
{
	if (fabs(v) < 0.005)	/* what is left of 0; no sign either */
		v = 0;
	if (metric == NCB_INSN && fabs(v - round(v)) < 1e-6 && fabs(v) < 1e7)
		return ncb_format("%.0f", fabs(v) < 0.5 ? 0 : v);
	if (fabs(v) < 100)
		return ncb_format("%.2f", v);
	if (fabs(v) < 10000)
		return ncb_format("%.1f", v);
	return fabs(v) < 1e6 ? ncb_format("%.0f", v) : ncb_format("%.1e", v);
}

/** ncb_percent - a share as "+3.1", in percent; malloc'd */
char *ncb_percent(double share)
{
	double p = share * 100;

	return fabs(p) < 99.95 ? ncb_format("%+.1f", p) : ncb_format("%+.0f", p);
}

/** ncb_percent_text - the same with its sign, "+3.1%"; malloc'd */
char *ncb_percent_text(double share)
{
	char *number = ncb_percent(share), *text = ncb_format("%s%%", number);

	free(number);
	return text;
}

/** ncb_verdict_text - a change, or why none is shown; @p may be NULL; malloc'd */
char *ncb_verdict_text(enum ncb_metric metric, const struct ncb_pair *p)
{
	if (!p || p->verdict == NCB_NOTHING)
		return ncb_copy("-");
	if (p->verdict == NCB_LESS || p->verdict == NCB_MORE)
		return ncb_percent_text(p->change.ci.value);
	return ncb_copy(ncb_verdict_word(metric, p->verdict));
}

/**
 * ncb_percent_interval - an interval of a change, in percent
 * @c: shares
 *
 * Return: malloc'd; "-1.2,+3.4", or nothing for an interval without width: the metric is exact.
 */
char *ncb_percent_interval(struct ncb_interval c)
{
	char *low, *high, *both;

	if (!c.valid || c.low == c.high)
		return ncb_copy("");
	low = ncb_percent(c.low);
	high = ncb_percent(c.high);
	both = ncb_format("%s,%s", low, high);
	free(low);
	free(high);
	return both;
}

/** ncb_change_interval_text - the same in brackets */
char *ncb_change_interval_text(struct ncb_interval c)
{
	char *bounds = ncb_percent_interval(c);
	char *text = *bounds ? ncb_format("[%s]", bounds) : ncb_copy("");

	free(bounds);
	return text;
}

/** ncb_cost_interval_text - an interval of a cost; @sign: a + before what is not negative */
char *ncb_cost_interval_text(enum ncb_metric metric, struct ncb_interval c, bool sign)
{
	char *low, *high, *both;

	if (!c.valid || c.low == c.high)
		return ncb_copy("");
	low = ncb_cost_text(metric, c.low);
	high = ncb_cost_text(metric, c.high);
	both = ncb_format("[%s%s,%s%s]", sign && *low != '-' ? "+" : "", low,
			  sign && *high != '-' ? "+" : "", high);
	free(low);
	free(high);
	return both;
}

/**
 * ncb_arm_cost_text - the cost of an arm as tables show it
 * @s: the figures
 * @row: index
 * @arm: name
 *
 * Return: malloc'd; "-" where it was not measured, "WRONG" where it failed the oracle.
 */
char *ncb_arm_cost_text(const struct ncb_stats *s, size_t row, const char *arm)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	int index = ncb_row_arm_find(&r->rows[row], arm);
	const struct ncb_arm_stats *st = ncb_stats_arm(s, row, index);

	if (!st || !st->cost.valid)
		return ncb_copy(index >= 0 && r->rows[row].arm[index].status == NCB_ARM_WRONG ?
				"WRONG" : "-");
	return ncb_cost_text(r->metric, st->cost.value);
}

/** ncb_find_pair - the line of a comparison that is about a row; NULL: none */
const struct ncb_pair *ncb_find_pair(const struct ncb_comparison *c, size_t row)
{
	size_t i;

	for (i = 0; c && i < c->pairs; i++)
		if (c->pair[i].row == row)
			return &c->pair[i];
	return NULL;
}

/**
 * ncb_far_text - a mark behind a change that native may not show
 * @s: the figures
 * @p: the change, or NULL
 *
 * Return: malloc'd; "!" where the replica is far from native.
 */
char *ncb_far_text(const struct ncb_stats *s, const struct ncb_pair *p)
{
	const struct ncb_row *plan = p ? &ncb_stats_run(s)->rows[p->row] : NULL;

	if (!p || p->verdict == NCB_NOTHING || p->verdict == NCB_UNRESOLVED)
		return ncb_copy("");
	return ncb_copy(ncb_stats_replica_is_far(s, p->row, ncb_row_arm_find(plan, p->old_arm),
						 ncb_row_arm_find(plan, p->new_arm)) ? "!" : "");
}

/* The change of @arm against the base in a row; NULL: there is none. */
static const struct ncb_pair *find_change(const struct content *c, size_t row, const char *arm)
{
	size_t i;

	for (i = 0; i < c->comparisons; i++)
		if (!strcmp(c->against_base[i]->new.label, arm))
			return ncb_find_pair(c->against_base[i], row);
	return NULL;
}

static bool same_variant(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->op == b->op && a->position == b->position && a->callbacks == b->callbacks &&
	       a->placement == b->placement && a->cache == b->cache;
}

/* Rows in the order of the report: operation, position, variant, type, length. */
static const struct ncb_row *sorted_rows;

static int compare_rows(const void *x, const void *y)
{
	const struct ncb_row *a = &sorted_rows[*(const size_t *)x];
	const struct ncb_row *b = &sorted_rows[*(const size_t *)y];

#define ORDER(f)	do { if (a->f != b->f) return a->f < b->f ? -1 : 1; } while (0)
	ORDER(op);
	ORDER(position);
	ORDER(cache);
	ORDER(placement);
	if (a->callbacks != b->callbacks)	/* distinct ones first */
		return a->callbacks > b->callbacks ? -1 : 1;
	ORDER(type);
	ORDER(length);
#undef ORDER
	return 0;
}

/** ncb_report_sort_rows - indices of a run's rows in the order of the report; malloc'd */
size_t *ncb_report_sort_rows(const struct ncb_rundata *r)
{
	size_t *order = ncb_alloc(r->nrows, sizeof(*order)), i;

	for (i = 0; i < r->nrows; i++)
		order[i] = i;
	sorted_rows = r->rows;
	qsort(order, r->nrows, sizeof(*order), compare_rows);
	return order;
}

/* -- tables -- */

static char *variant_text(const struct ncb_row *row)
{
	if (row->op == NCB_EMPTY)
		return ncb_copy("");
	return ncb_format(" (%s, %s, %s)", ncb_callback_names[row->callbacks],
			  ncb_placement_names[row->placement], ncb_cache_names[row->cache]);
}

static void fill_row(const struct content *c, size_t row, char **cell)
{
	const struct ncb_rundata *r = ncb_stats_run(c->s);
	size_t i;

	*cell++ = ncb_copy(ncb_type_names[r->rows[row].type]);
	*cell++ = ncb_format("%u", r->rows[row].length);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct ncb_pair *p = find_change(c, row, columns[i].arm);

		switch (columns[i].kind) {
		case COST:
			*cell++ = ncb_arm_cost_text(c->s, row, columns[i].arm);
			break;
		case CHANGE:
			*cell++ = ncb_verdict_text(r->metric, p);
			break;
		case FAR:
			*cell++ = ncb_far_text(c->s, p);
			break;
		case INTERVAL:
			*cell++ = p ? ncb_change_interval_text(p->change.ci) : ncb_copy("");
			break;
		}
	}
}

static bool in_columns(const char *arm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (!strcmp(columns[i].arm, arm))
			return true;
	return false;
}

static bool is_other(const struct ncb_row_arm *arm)
{
	const struct ncb_engine *e = ncb_engine_find(arm->engine);

	return !arm->flags && !(e && e->no_list) && !in_columns(arm->name);
}

/* Designs that have no column: one line each, against the base. */
static void others_table(struct ncb_report *report, const struct content *c,
			 const size_t *row, size_t n, const char *title)
{
	const struct ncb_rundata *r = ncb_stats_run(c->s);
	struct ncb_table *t = NULL;
	size_t i;
	uint32_t a;

	for (i = 0; i < n; i++) {
		for (a = 0; a < r->rows[row[i]].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[row[i]].arm[a];
			const struct ncb_arm_stats *st = ncb_stats_arm(c->s, row[i], a);
			const struct ncb_pair *p = find_change(c, row[i], arm->name);
			char **cell;

			if (!is_other(arm) || !st->samples)
				continue;
			if (!t) {
				t = ncb_report_table(report, ncb_format("%s: other designs", title),
						     true);
				ncb_table_column(t, "type", 8, true);
				ncb_table_column(t, "length", 6, false);
				ncb_table_column(t, "design", 14, true);
				ncb_table_column(t, "cost", 8, false);
				ncb_table_column(t, "to " NCB_REPORT_BASE, 8, false);
				ncb_table_column(t, "!", 1, false);
				ncb_table_column(t, "95 %", 15, false);
			}
			cell = ncb_table_row(t);
			cell[0] = ncb_copy(ncb_type_names[r->rows[row[i]].type]);
			cell[1] = ncb_format("%u", r->rows[row[i]].length);
			cell[2] = ncb_copy(arm->name);
			cell[3] = ncb_cost_text(r->metric, st->cost.value);
			cell[4] = ncb_verdict_text(r->metric, p);
			cell[5] = ncb_far_text(c->s, p);
			cell[6] = p ? ncb_change_interval_text(p->change.ci) : ncb_copy("");
		}
	}
}

static void variant_table(struct ncb_report *report, const struct content *c,
			  const size_t *row, size_t n)
{
	const struct ncb_rundata *r = ncb_stats_run(c->s);
	const struct ncb_row *first = &r->rows[row[0]];
	char *variant = variant_text(first), *title;
	struct ncb_table *t;
	size_t i;

	title = ncb_format("%s%s, %s", op_words[first->op][first->position], variant,
			   ncb_metric_names[r->metric]);
	t = ncb_report_table(report, ncb_copy(title), true);
	ncb_table_column(t, "type", 8, true);
	ncb_table_column(t, "len", 4, false);
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		ncb_table_column(t, columns[i].head, columns[i].width, false);
	for (i = 0; i < n; i++)
		fill_row(c, row[i], ncb_table_row(t));
	others_table(report, c, row, n, title);
	free(variant);
	free(title);
}

static void cost_tables(struct ncb_report *report, const struct content *c, const size_t *order)
{
	const struct ncb_rundata *r = ncb_stats_run(c->s);
	size_t first, end;

	for (first = 0; first < r->nrows; first = end) {
		for (end = first; end < r->nrows; end++)
			if (!same_variant(&r->rows[order[end]], &r->rows[order[first]]))
				break;
		variant_table(report, c, order + first, end - first);
	}
}

/* Fixed cost or cost per block of a fit. */
static struct ncb_interval part_of(const struct ncb_line *l, bool slope)
{
	return slope ? l->slope : l->fixed;
}

static char *part_text(enum ncb_metric metric, const struct ncb_line *l, bool slope)
{
	struct ncb_interval v = part_of(l, slope);

	return v.valid && l->straight ? ncb_cost_text(metric, v.value) : ncb_copy("-");
}

/* Value and interval of a difference of lines: "-" where there is no line. */
static char *difference_text(enum ncb_metric metric, const struct ncb_line *l, bool slope)
{
	char *cost = part_text(metric, l, slope), *text;

	text = ncb_format("%s%s", isdigit((unsigned char)*cost) && part_of(l, slope).value > 0 ?
			  "+" : "", cost);
	free(cost);
	return text;
}

static char *op_text(const struct ncb_row *row)
{
	bool at = row->position != NCB_POS_NONE;

	return ncb_format("%s%s%s", ncb_op_names[row->op], at ? "@" : "",
			  at ? ncb_pos_names[row->position] : "");
}

/* The two designs; the table with intervals has all arms. */
static bool in_lines(const struct column *c)
{
	return c->kind == COST && (!strcmp(c->arm, NCB_REPORT_BASE) ||
				   !strcmp(c->arm, NCB_REPORT_NEW));
}

static void fill_line(const struct ncb_stats *s, size_t row, bool slope, char **cell)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_line l = ncb_stats_line_difference(s, row, NCB_REPORT_BASE, NCB_REPORT_NEW);
	size_t i;

	*cell++ = op_text(&r->rows[row]);
	*cell++ = ncb_copy(ncb_type_names[r->rows[row].type]);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		if (columns[i].kind == CHANGE) {
			*cell++ = difference_text(r->metric, &l, slope);
			*cell++ = l.straight ? ncb_cost_interval_text(r->metric, part_of(&l, slope),
								      true)
					     : ncb_copy("");
		}
		if (in_lines(&columns[i])) {
			struct ncb_line one = ncb_stats_line(s, row, columns[i].arm);

			*cell++ = part_text(r->metric, &one, slope);
		}
	}
}

/* One row per family: the two designs and their difference. */
static void line_table(struct ncb_report *report, const struct ncb_stats *s, const size_t *row,
		       size_t n, const char *variant, bool slope)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = ncb_report_table(report, ncb_format("%s%s, %s",
			slope ? "cost per additional block" : "fixed cost per operation", variant,
			ncb_metric_names[r->metric]), true);
	size_t i;

	ncb_table_column(t, "operation", 15, true);
	ncb_table_column(t, "type", 8, true);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		if (in_lines(&columns[i]))
			ncb_table_column(t, columns[i].head, 7, false);
		if (columns[i].kind == CHANGE) {
			ncb_table_column(t, "more", 7, false);
			ncb_table_column(t, "95 %", 15, false);
		}
	}
	for (i = 0; i < n; i++)
		fill_line(s, row[i], slope, ncb_table_row(t));
}

/* One row per family and arm, with intervals and what the line leaves. */
static void line_details(struct ncb_report *report, const struct ncb_stats *s, const size_t *row,
			 size_t n, const char *variant, bool slope)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = ncb_report_table(report, ncb_format("%s%s with intervals, %s",
			slope ? "cost per additional block" : "fixed cost per operation", variant,
			ncb_metric_names[r->metric]), true);
	size_t i;
	uint32_t a;

	t->note = ncb_copy("off by: the largest distance of a measured cost from the line");
	ncb_table_column(t, "operation", 17, true);
	ncb_table_column(t, "type", 8, true);
	ncb_table_column(t, "arm", 9, true);
	ncb_table_column(t, slope ? "a block" : "fixed", 8, false);
	ncb_table_column(t, "95 %", 17, false);
	ncb_table_column(t, "off by", 7, false);
	for (i = 0; i < n; i++) {
		for (a = 0; a < r->rows[row[i]].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[row[i]].arm[a];
			const struct ncb_engine *e = ncb_engine_find(arm->engine);
			struct ncb_line l;
			char **cell;

			if (arm->flags || (e && e->no_list))
				continue;
			l = ncb_stats_line(s, row[i], arm->name);
			if (!l.slope.valid)
				continue;
			cell = ncb_table_row(t);
			cell[0] = op_text(&r->rows[row[i]]);
			cell[1] = ncb_copy(ncb_type_names[r->rows[row[i]].type]);
			cell[2] = ncb_copy(arm->name);
			cell[3] = part_text(r->metric, &l, slope);
			cell[4] = l.straight ? ncb_cost_interval_text(r->metric, part_of(&l, slope),
									 false)
					     : ncb_copy("");
			cell[5] = ncb_cost_text(r->metric, l.residual);
		}
	}
}

static bool has_lengths(const struct ncb_rundata *r, const struct ncb_row *row)
{
	size_t i;

	for (i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], row) && r->rows[i].length != row->length)
			return true;
	return false;
}

/* Families of the same callbacks, placement and cache stand in one table. */
static void line_tables(struct ncb_report *report, const struct ncb_stats *s, const size_t *order)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t *chosen = ncb_alloc(r->nrows, sizeof(*chosen)), i, n;
	int variant, variants = NCB_CALLBACK_SETS * NCB_PLACEMENTS * NCB_CACHES;
	const struct ncb_row *row, *before;
	char *text;

	for (variant = 0; variant < variants; variant++) {
		for (n = 0, i = 0; i < r->nrows; i++) {
			row = &r->rows[order[i]];
			before = n ? &r->rows[chosen[n - 1]] : NULL;
			if (row->callbacks == (uint32_t)variant % NCB_CALLBACK_SETS ||
			    row->placement != (uint32_t)variant / 2 % NCB_PLACEMENTS ||
			    row->cache != (uint32_t)variant / 4 % NCB_CACHES)
				continue;
			if (has_lengths(r, row) && (!before || !ncb_same_family(before, row)))
				chosen[n++] = order[i];
		}
		if (!n)
			continue;
		text = variant_text(&r->rows[chosen[0]]);
		line_table(report, s, chosen, n, text, true);
		line_table(report, s, chosen, n, text, false);
		line_details(report, s, chosen, n, text, true);
		line_details(report, s, chosen, n, text, false);
		free(text);
	}
	free(chosen);
}

/* Each arm that is a design, against the base: corrected over the rows of that design. */
static void compare_arms(struct content *c)
{
	const struct ncb_rundata *r = ncb_stats_run(c->s);
	size_t row, i;
	uint32_t a;

	for (row = 0; row < r->nrows; row++) {
		for (a = 0; a < r->rows[row].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[row].arm[a];

			if (!ncb_stats_arm(c->s, row, a)->samples ||
			    !(is_other(arm) || !strcmp(arm->name, NCB_REPORT_NEW)))
				continue;
			for (i = 0; i < c->comparisons; i++)
				if (!strcmp(c->against_base[i]->new.label, arm->name))
					break;
			if (i < c->comparisons)
				continue;
			c->against_base = ncb_grow(c->against_base, ++c->comparisons,
						   sizeof(*c->against_base));
			c->against_base[i] = ncb_compare_arms(&c->run, NCB_REPORT_BASE, arm->name,
							      NULL);
		}
	}
}

/**
 * ncb_report_new - all that a report of one run says
 * @s: the figures
 *
 * Return: to be given to ncb_report_free(), before the run is freed.
 */
struct ncb_report *ncb_report_new(const struct ncb_stats *s)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));
	/* Comparisons only read what they are given. */
	struct content c = { .s = s, .run = (struct ncb_stats *)s };
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_comparison *designs = NULL;
	struct ncb_storm_view *storms;
	size_t *order, i;

	if (ncb_memory_only(r)) {
		ncb_memory_report_only(report, r);
		return report;
	}
	storms = ncb_storm_view_new(ncb_stats_whole(s));
	order = ncb_report_sort_rows(r);
	compare_arms(&c);
	for (i = 0; i < c.comparisons; i++)
		if (!strcmp(c.against_base[i]->new.label, NCB_REPORT_NEW))
			designs = c.against_base[i];
	ncb_report_about(report, s);
	ncb_storms_about(report, ncb_stats_whole(s), storms);
	ncb_memory_about(report, r);
	ncb_report_summary(report, s, designs, order);
	ncb_storms_summary(report, ncb_stats_whole(s), storms);
	ncb_memory_summary(report, r);
	ncb_report_beside_run(report, s);
	cost_tables(report, &c, order);
	line_tables(report, s, order);
	ncb_counters_tables(report, s, order);
	ncb_storms_tables(report, storms);
	ncb_memory_tables(report, r);
	ncb_storm_view_free(storms);
	for (i = 0; i < c.comparisons; i++)
		ncb_comparison_free(c.against_base[i]);
	free(c.against_base);
	free(order);
	return report;
}

/** ncb_report_free - the reverse; NULL is fine */
void ncb_report_free(struct ncb_report *report)
{
	size_t i, k;

	if (!report)
		return;
	for (i = 0; i < report->tables; i++) {
		struct ncb_table *t = &report->table[i];

		for (k = 0; k < t->rows * t->columns; k++)
			free(t->cell[k]);
		free(t->cell);
		free(t->title);
		free(t->note);
	}
	free(report->table);
	ncb_items_free(&report->warnings);
	ncb_items_free(&report->head);
	ncb_items_free(&report->cards);
	ncb_items_free(&report->summary);
	ncb_items_free(&report->legend);
	ncb_items_free(&report->memory);
	ncb_items_free(&report->behaviour);
	ncb_items_free(&report->trust);
	ncb_items_free(&report->missing);
	ncb_items_free(&report->reproduce);
	ncb_items_free(&report->env);
	for (i = 0; i < report->sections; i++)
		ncb_items_free(&report->section[i].items);
	free(report->section);
	free(report->title);
	free(report->name);
	free(report->hint);
	free(report);
}
