// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of the reports. report_about.c has what stands around them;
 * report_text.c and report_html.c give both a form.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "report.h"

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
 * Columns of the main tables, in this order. A change is against @against. Arms
 * that stand in no column here get a table of their own: a new engine needs no
 * entry.
 */
enum column_kind { COST, CHANGE, FAR, INTERVAL };
static const struct column {
	const char *head;
	enum column_kind kind;
	const char *arm;
	const char *against;
	unsigned int width;
} columns[] = {
	{ "slist", COST, "slist", NULL, 7 },
	{ "dlist", COST, "dlist", NULL, 7 },
	{ "change", CHANGE, "dlist", "slist", 8 },
	{ "", FAR, "dlist", "slist", 1 },
	{ "95 %", INTERVAL, "dlist", "slist", 15 },
	{ "native", COST, "native", NULL, 7 },
	{ "direct", COST, "direct", NULL, 7 },
};

/* What the short view shows of a run with many lengths. */
static const uint32_t short_lengths[] = { 1, 8, 64, 1024 };
#define FEW_LENGTHS	4
#define ZERO_SLOPE	1e-9	/* what a calculation leaves of 0 */

/* -- building blocks -- */

static struct ncb_table *add_table(struct ncb_report *report, char *title)
{
	struct ncb_table *t;

	report->table = ncb_grow(report->table, report->tables + 1, sizeof(*report->table));
	t = &report->table[report->tables++];
	memset(t, 0, sizeof(*t));
	t->title = title;
	return t;
}

static void add_column(struct ncb_table *t, const char *head, unsigned int width, bool left)
{
	t->head[t->columns] = head;
	t->width[t->columns] = width;
	t->left[t->columns++] = left;
}

static char **add_row(struct ncb_table *t)
{
	t->cell = ncb_grow(t->cell, ++t->rows * t->columns, sizeof(*t->cell));
	memset(t->cell + (t->rows - 1) * t->columns, 0, t->columns * sizeof(*t->cell));
	return t->cell + (t->rows - 1) * t->columns;
}

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
	if (metric == NCB_INSN && fabs(v - round(v)) < 1e-6 && fabs(v) < 1e7)
		return ncb_format("%.0f", fabs(v) < 0.5 ? 0 : v);
	if (fabs(v) < 100)
		return ncb_format("%.2f", v);
	if (fabs(v) < 10000)
		return ncb_format("%.1f", v);
	return fabs(v) < 1e6 ? ncb_format("%.0f", v) : ncb_format("%.1e", v);
}

static char *percent_text(double share)
{
	double p = share * 100;

	return fabs(p) < 99.95 ? ncb_format("%+.1f%%", p) : ncb_format("%+.0f%%", p);
}

static char *change_text(enum ncb_metric metric, struct ncb_interval c, double envelope)
{
	switch (ncb_judge(metric, c, envelope)) {
	case NCB_NOTHING:
		return ncb_copy("-");
	case NCB_UNRESOLVED:
		return ncb_copy("~");
	case NCB_EQUAL:
		return ncb_copy("=");
	default:
		return percent_text(c.value);
	}
}

static char *bound_text(double share)
{
	return fabs(share) < 0.9995 ? ncb_format("%+.1f", share * 100) :
				      ncb_format("%+.0f", share * 100);
}

/* Nothing for an interval without width: the metric is exact, the copies agree. */
static char *change_interval_text(struct ncb_interval c)
{
	char *low, *high, *both;

	if (!c.valid || c.low == c.high)
		return ncb_copy("");
	low = bound_text(c.low);
	high = bound_text(c.high);
	both = ncb_format("[%s,%s]", low, high);
	free(low);
	free(high);
	return both;
}

static char *cost_interval_text(enum ncb_metric metric, struct ncb_interval c)
{
	char *low, *high, *both;

	if (!c.valid || c.low == c.high)
		return ncb_copy("");
	low = ncb_cost_text(metric, c.low);
	high = ncb_cost_text(metric, c.high);
	both = ncb_format("[%s,%s]", low, high);
	free(low);
	free(high);
	return both;
}

static char *arm_cost_text(const struct ncb_stats *s, size_t row, const char *arm)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	int index = ncb_row_arm_find(&r->rows[row], arm);
	const struct ncb_arm_stats *st = ncb_stats_arm(s, row, index);

	if (!st || !st->cost.valid)
		return ncb_copy(index >= 0 && r->rows[row].arm[index].status == NCB_ARM_WRONG ?
				"WRONG" : "-");
	return ncb_cost_text(r->metric, st->cost.value);
}

static struct ncb_interval arm_change(const struct ncb_stats *s, size_t row, const char *arm,
				      const char *against)
{
	const struct ncb_row *plan = &ncb_stats_run(s)->rows[row];

	return ncb_stats_change(s, row, ncb_row_arm_find(plan, against),
				ncb_row_arm_find(plan, arm));
}

/* A mark behind a change that native may not show. */
static char *far_text(const struct ncb_stats *s, size_t row, const char *arm, const char *against)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row *plan = &r->rows[row];
	bool far = ncb_stats_replica_is_far(s, row, ncb_row_arm_find(plan, against),
					    ncb_row_arm_find(plan, arm));

	switch (ncb_judge(r->metric, arm_change(s, row, arm, against),
			  ncb_stats_envelope(s, row, true))) {
	case NCB_NOTHING:
	case NCB_UNRESOLVED:
		return ncb_copy("");
	default:
		return ncb_copy(far ? "!" : "");
	}
}

/* -- which rows are shown -- */

static bool usual_variant(const struct ncb_row *row)
{
	return row->callbacks == NCB_CB_DISTINCT && row->placement == NCB_PACKED &&
	       row->cache == NCB_WARM;
}

static bool same_variant(const struct ncb_row *a, const struct ncb_row *b)
{
	return a->op == b->op && a->position == b->position && a->callbacks == b->callbacks &&
	       a->placement == b->placement && a->cache == b->cache;
}

static bool is_short_length(uint32_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(short_lengths); i++)
		if (short_lengths[i] == length)
			return true;
	return false;
}

/* Lengths of a variant, up to one more than are few; and whether short ones are among them. */
static size_t count_lengths(const struct ncb_rundata *r, const struct ncb_row *row, bool *any_short)
{
	uint32_t seen[FEW_LENGTHS + 1];
	size_t n = 0, i, k;

	*any_short = false;
	for (i = 0; i < r->nrows; i++) {
		if (!same_variant(&r->rows[i], row))
			continue;
		*any_short |= is_short_length(r->rows[i].length);
		for (k = 0; k < n && seen[k] != r->rows[i].length; k++)
			;
		if (k == n && n <= FEW_LENGTHS)
			seen[n++] = r->rows[i].length;
	}
	return n;
}

static bool variant_matters(const struct ncb_rundata *r, const struct ncb_row *row)
{
	bool middle = row->position == NCB_POS_MIDDLE && row->op != NCB_ROBUST;
	bool usual_there = false, ends_there = false;
	size_t i;

	for (i = 0; i < r->nrows; i++) {
		if (r->rows[i].op != row->op)
			continue;
		usual_there |= usual_variant(&r->rows[i]);
		ends_there |= r->rows[i].position == NCB_POS_TAIL;
	}
	return (usual_variant(row) || !usual_there) && !(middle && ends_there);
}

static bool row_matters(const struct ncb_rundata *r, const struct ncb_row *row)
{
	bool any_short;

	return count_lengths(r, row, &any_short) <= FEW_LENGTHS || !any_short ||
	       is_short_length(row->length);
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

static size_t *sort_rows(const struct ncb_rundata *r)
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

static void fill_row(const struct ncb_stats *s, size_t row, char **cell)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t i;

	*cell++ = ncb_copy(ncb_type_names[r->rows[row].type]);
	*cell++ = ncb_format("%u", r->rows[row].length);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct column *c = &columns[i];
		struct ncb_interval change;

		if (c->kind == COST) {
			*cell++ = arm_cost_text(s, row, c->arm);
			continue;
		}
		if (c->kind == FAR) {
			*cell++ = far_text(s, row, c->arm, c->against);
			continue;
		}
		change = arm_change(s, row, c->arm, c->against);
		*cell++ = c->kind == INTERVAL ? change_interval_text(change) :
			change_text(r->metric, change, ncb_stats_envelope(s, row, true));
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
static void others_table(struct ncb_report *report, const struct ncb_stats *s,
			 const size_t *row, size_t n, const char *title)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = NULL;
	size_t i;
	uint32_t a;

	for (i = 0; i < n; i++) {
		for (a = 0; a < r->rows[row[i]].arms; a++) {
			const struct ncb_row_arm *arm = &r->rows[row[i]].arm[a];
			const struct ncb_arm_stats *st = ncb_stats_arm(s, row[i], a);
			struct ncb_interval change;
			char **cell;

			if (!is_other(arm) || !st->samples)
				continue;
			if (!t) {
				t = add_table(report, ncb_format("%s: other designs", title));
				add_column(t, "type", 8, true);
				add_column(t, "length", 6, false);
				add_column(t, "design", 14, true);
				add_column(t, "cost", 8, false);
				add_column(t, "to " NCB_REPORT_BASE, 8, false);
				add_column(t, "", 1, false);
				add_column(t, "95 %", 15, false);
			}
			change = arm_change(s, row[i], arm->name, NCB_REPORT_BASE);
			cell = add_row(t);
			cell[0] = ncb_copy(ncb_type_names[r->rows[row[i]].type]);
			cell[1] = ncb_format("%u", r->rows[row[i]].length);
			cell[2] = ncb_copy(arm->name);
			cell[3] = ncb_cost_text(r->metric, st->cost.value);
			cell[4] = change_text(r->metric, change, ncb_stats_envelope(s, row[i], true));
			cell[5] = far_text(s, row[i], arm->name, NCB_REPORT_BASE);
			cell[6] = change_interval_text(change);
		}
	}
}

static void variant_table(struct ncb_report *report, const struct ncb_stats *s,
			  const size_t *row, size_t n)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	const struct ncb_row *first = &r->rows[row[0]];
	char *variant = variant_text(first), *title;
	struct ncb_table *t;
	size_t i;

	title = ncb_format("%s%s, %s", op_words[first->op][first->position], variant,
			   ncb_metric_names[r->metric]);
	t = add_table(report, ncb_copy(title));
	add_column(t, "type", 8, true);
	add_column(t, "len", 4, false);
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		add_column(t, columns[i].head, columns[i].width, false);
	for (i = 0; i < n; i++)
		fill_row(s, row[i], add_row(t));
	others_table(report, s, row, n, title);
	free(variant);
	free(title);
}

static void cost_tables(struct ncb_report *report, const struct ncb_stats *s, const size_t *order,
			bool full)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t *chosen = ncb_alloc(r->nrows, sizeof(*chosen)), first, end, n;

	for (first = 0; first < r->nrows; first = end) {
		const struct ncb_row *row = &r->rows[order[first]];

		for (n = 0, end = first; end < r->nrows; end++) {
			if (!same_variant(&r->rows[order[end]], row))
				break;
			if (full || (variant_matters(r, row) &&
				     row_matters(r, &r->rows[order[end]])))
				chosen[n++] = order[end];
		}
		if (n)
			variant_table(report, s, chosen, n);
	}
	free(chosen);
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

/* A share, or the difference itself where the old slope is 0. */
static char *slope_change_text(const struct ncb_stats *s, size_t row, const char *arm,
			       const char *against)
{
	enum ncb_metric metric = ncb_stats_run(s)->metric;
	struct ncb_line a = ncb_stats_line(s, row, against), b = ncb_stats_line(s, row, arm);
	char *cost, *text;

	if (!a.slope.valid || !b.slope.valid || !a.straight || !b.straight)
		return ncb_copy("-");
	if (fabs(a.slope.value) >= ZERO_SLOPE)
		return change_text(metric, ncb_stats_slope_change(s, row, against, arm),
				   ncb_stats_envelope(s, row, true));
	if (fabs(b.slope.value) < ZERO_SLOPE)
		return ncb_copy("=");
	cost = ncb_cost_text(metric, b.slope.value);
	text = ncb_format("%s%s", b.slope.value > 0 ? "+" : "", cost);
	free(cost);
	return text;
}

static char *op_text(const struct ncb_row *row)
{
	bool at = row->position != NCB_POS_NONE;

	return ncb_format("%s%s%s", ncb_op_names[row->op], at ? "@" : "",
			  at ? ncb_pos_names[row->position] : "");
}

static void fill_line(const struct ncb_stats *s, size_t row, bool slope, char **cell)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t i;

	*cell++ = op_text(&r->rows[row]);
	*cell++ = ncb_copy(ncb_type_names[r->rows[row].type]);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct column *c = &columns[i];
		struct ncb_line l;

		if (c->kind == CHANGE && slope)
			*cell++ = slope_change_text(s, row, c->arm, c->against);
		if (c->kind != COST)
			continue;
		l = ncb_stats_line(s, row, c->arm);
		*cell++ = part_text(r->metric, &l, slope);
	}
}

/* One row per family, one column per arm. */
static void line_table(struct ncb_report *report, const struct ncb_stats *s, const size_t *row,
		       size_t n, const char *variant, bool slope)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = add_table(report, ncb_format("%s%s, %s",
			slope ? "cost per additional block" : "fixed cost per operation", variant,
			ncb_metric_names[r->metric]));
	size_t i;

	add_column(t, "operation", 17, true);
	add_column(t, "type", 8, true);
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (columns[i].kind == COST || (columns[i].kind == CHANGE && slope))
			add_column(t, columns[i].head, 8, false);
	for (i = 0; i < n; i++)
		fill_line(s, row[i], slope, add_row(t));
}

/* One row per family and arm, with intervals and what the line leaves. */
static void line_details(struct ncb_report *report, const struct ncb_stats *s, const size_t *row,
			 size_t n, const char *variant, bool slope)
{
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_table *t = add_table(report, ncb_format("%s%s with intervals, %s",
			slope ? "cost per additional block" : "fixed cost per operation", variant,
			ncb_metric_names[r->metric]));
	size_t i;
	uint32_t a;

	t->note = ncb_copy("off by: the largest distance of a measured cost from the line");
	add_column(t, "operation", 17, true);
	add_column(t, "type", 8, true);
	add_column(t, "arm", 9, true);
	add_column(t, slope ? "a block" : "fixed", 8, false);
	add_column(t, "95 %", 17, false);
	add_column(t, "off by", 7, false);
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
			cell = add_row(t);
			cell[0] = op_text(&r->rows[row[i]]);
			cell[1] = ncb_copy(ncb_type_names[r->rows[row[i]].type]);
			cell[2] = ncb_copy(arm->name);
			cell[3] = part_text(r->metric, &l, slope);
			cell[4] = l.straight ? cost_interval_text(r->metric, part_of(&l, slope))
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
static void line_tables(struct ncb_report *report, const struct ncb_stats *s, const size_t *order,
			bool full)
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
			if (has_lengths(r, row) && (!before || !ncb_same_family(before, row)) &&
			    (full || variant_matters(r, row)))
				chosen[n++] = order[i];
		}
		if (!n)
			continue;
		text = variant_text(&r->rows[chosen[0]]);
		line_table(report, s, chosen, n, text, true);
		line_table(report, s, chosen, n, text, false);
		if (full) {
			line_details(report, s, chosen, n, text, true);
			line_details(report, s, chosen, n, text, false);
		}
		free(text);
	}
	free(chosen);
}

/**
 * ncb_report_new - all that a report says
 * @s: the figures
 * @full: all rows, not only those that matter most
 *
 * Return: to be given to ncb_report_free(), before the run is freed.
 */
struct ncb_report *ncb_report_new(const struct ncb_stats *s, bool full)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));
	const struct ncb_rundata *r = ncb_stats_run(s);
	size_t *order = sort_rows(r);

	ncb_report_about(report, s);
	cost_tables(report, s, order, full);
	line_tables(report, s, order, full);
	free(order);
	return report;
}

static void free_items(struct ncb_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		free(items->item[i].text);
	free(items->item);
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
	free_items(&report->warnings);
	free_items(&report->head);
	free_items(&report->legend);
	free_items(&report->memory);
	free_items(&report->trust);
	free_items(&report->missing);
	free_items(&report->reproduce);
	free_items(&report->env);
	free(report->title);
	free(report->name);
	free(report->hint);
	free(report);
}
