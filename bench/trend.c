// SPDX-License-Identifier: GPL-2.0-only
/* One row over many kernels: figures, table, picture. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"
#include "plan.h"
#include "report_compare.h"
#include "runset.h"
#include "trend.h"

static const struct ncb_rundata *run_of(const struct ncb_side *side)
{
	return ncb_stats_run(side->stats[0]);
}

static bool has_row(const struct ncb_side *side, const char *id, const char *arm)
{
	return ncb_side_cost(side, id, arm).valid;
}

/* What is not alike, the worse the more. */
static double distance(const struct ncb_row *a, const struct ncb_row *b)
{
	return 100 * (a->op != b->op) + 50 * (a->position != b->position) +
	       20 * (a->cache != b->cache) + 20 * (a->placement != b->placement) +
	       20 * (a->callbacks != b->callbacks) + 10 * (a->type != b->type) +
	       fabs(log2((a->length + 1.0) / (b->length + 1.0)));
}

/**
 * ncb_trend_row - the row to look at
 * @sides: the kernels
 * @n: how many
 * @wanted: name of a row
 * @arm: that is looked at
 *
 * Return: the name of the row that all sides have and that is most like
 * @wanted, which belongs to the first run; NULL: they share none.
 */
const char *ncb_trend_row(const struct ncb_side *sides, size_t n, const char *wanted,
			  const char *arm)
{
	const struct ncb_rundata *r = run_of(&sides[0]);
	struct ncb_row like = { 0 };
	const char *best = NULL;
	double nearest = INFINITY;
	size_t i, k;

	if (ncb_row_parse(&like, wanted))
		return NULL;
	for (i = 0; i < r->nrows; i++) {
		if (distance(&r->rows[i], &like) >= nearest)
			continue;
		for (k = 0; k < n && has_row(&sides[k], r->rows[i].id, arm); k++)
			;
		if (k < n)
			continue;
		best = r->rows[i].id;
		nearest = distance(&r->rows[i], &like);
	}
	return best;
}

static struct ncb_pair compare(const struct ncb_trend *t, size_t old, size_t new)
{
	struct ncb_compare_options o = t->options;
	struct ncb_pair out = { .change = ncb_estimate_none(), .p = NAN, .p_margin = NAN };
	struct ncb_comparison *c;
	size_t i;

	/* All rows: the others say how far to believe this one. */
	o.correction = NCB_UNCORRECTED;
	c = ncb_compare_runs(&t->point[old].side, &t->point[new].side, t->arm, &o);
	for (i = 0; i < c->pairs; i++)
		if (!strcmp(c->pair[i].id, t->row))
			out = c->pair[i];
	ncb_comparison_free(c);
	return out;
}

/* Each kernel is tested twice, the second of them once: both are the same test. */
static void correct(struct ncb_trend *t)
{
	double *p = ncb_alloc(2 * t->points + 1, sizeof(*p));
	double *m = ncb_alloc(2 * t->points + 1, sizeof(*m));
	struct ncb_pair *of;
	size_t i;

	for (i = 0; i < 2 * t->points; i++) {
		of = i % 2 ? &t->point[i / 2].previous : &t->point[i / 2].first;
		p[i] = i < 2 || i == 3 ? NAN : of->p;
		m[i] = i < 2 || i == 3 ? NAN : of->p_margin;
	}
	ncb_correct(p, 2 * t->points, t->options.correction);
	ncb_correct(m, 2 * t->points, t->options.correction);
	for (i = 2; i < 2 * t->points; i++) {
		of = i % 2 ? &t->point[i / 2].previous : &t->point[i / 2].first;
		of->p = p[i == 3 ? 2 : i];
		of->p_margin = m[i == 3 ? 2 : i];
		of->verdict = ncb_judge_pair(of, &t->options);
	}
	free(p);
	free(m);
}

/**
 * ncb_trend_new - one row over many kernels
 * @sides: the kernels, in their order
 * @n: how many, at least two
 * @row: name of the row
 * @arm: name of the arm
 * @o: how to judge
 *
 * Return: to be given to ncb_trend_free() before the sides are freed.
 */
struct ncb_trend *ncb_trend_new(const struct ncb_side *sides, size_t n, const char *row,
				const char *arm, const struct ncb_compare_options *o)
{
	struct ncb_trend *t = ncb_alloc(1, sizeof(*t));
	const struct ncb_side **list = ncb_alloc(n + 1, sizeof(*list));
	size_t i;

	t->row = row;
	t->arm = arm;
	t->options = *o;
	t->point = ncb_alloc(n + 1, sizeof(*t->point));
	t->points = n;
	for (i = 0; i < n; i++) {
		t->point[i].side = sides[i];
		list[i] = &sides[i];
	}
	for (i = 0; i < n; i++) {
		t->point[i].cost = ncb_side_cost(&sides[i], row, arm);
		t->point[i].relative = ncb_side_relative(list, n, i, row, arm);
		if (!i)
			continue;
		t->point[i].first = compare(t, 0, i);
		t->point[i].previous = i > 1 ? compare(t, i - 1, i) : t->point[i].first;
	}
	correct(t);
	free(list);
	return t;
}

/** ncb_trend_free - the reverse; NULL is fine */
void ncb_trend_free(struct ncb_trend *t)
{
	if (!t)
		return;
	free(t->point);
	free(t);
}

/* -- the table -- */

static const char *release(const struct ncb_trend_point *p)
{
	return ncb_env_string(run_of(&p->side), "kernel_release", "unknown");
}

static void fill_change(const struct ncb_trend *t, const struct ncb_pair *p, char **cell)
{
	enum ncb_metric metric = run_of(&t->point[0].side)->metric;

	cell[0] = p->change.ci.valid ? ncb_percent(p->change.ci.value) : ncb_copy("-");
	cell[1] = ncb_percent_interval(p->change.ci);
	cell[2] = ncb_copy(p->verdict == NCB_WITHIN_MARGIN ? "within" :
			   ncb_verdict_word(metric, p->verdict));
}

static void add_tables(struct ncb_report *report, const struct ncb_trend *t)
{
	enum ncb_metric metric = run_of(&t->point[0].side)->metric;
	struct ncb_table *table;
	char **cell;
	size_t i;

	table = ncb_report_table(report, ncb_format("cost of %s, %s an operation", t->arm,
						    ncb_metric_words[metric].unit), false);
	ncb_table_column(table, "#", 2, false);
	ncb_table_column(table, "kernel", 30, true);
	ncb_table_column(table, "boots", 5, false);
	ncb_table_column(table, "cost", 7, false);
	ncb_table_column(table, "95 %", 15, false);
	ncb_table_column(table, "to own", 7, false);
	for (i = 0; i < t->points; i++) {
		const struct ncb_trend_point *p = &t->point[i];

		cell = ncb_table_row(table);
		cell[0] = ncb_format("%zu", i + 1);
		cell[1] = ncb_copy(release(p));
		cell[2] = ncb_format("%zu", ncb_side_boots(&p->side));
		cell[3] = ncb_cost_text(metric, p->cost.value);
		cell[4] = ncb_cost_interval_text(metric, p->cost, false);
		cell[5] = p->relative.valid ? ncb_format("%.3f", p->relative.value) : ncb_copy("-");
	}
	table = ncb_report_table(report, ncb_format("change of %s in %%, against the first kernel "
						    "and the one before", t->arm), false);
	ncb_table_column(table, "#", 2, false);
	ncb_table_column(table, "to #1", 6, false);
	ncb_table_column(table, "95 %", 13, false);
	ncb_table_column(table, "is", 6, true);
	ncb_table_column(table, "before", 6, false);
	ncb_table_column(table, "95 %", 13, false);
	ncb_table_column(table, "is", 6, true);
	for (i = 1; i < t->points; i++) {
		cell = ncb_table_row(table);
		cell[0] = ncb_format("%zu", i + 1);
		fill_change(t, &t->point[i].first, cell + 1);
		fill_change(t, &t->point[i].previous, cell + 4);
	}
}

/* Returns whether there was anything to force. */
static bool add_warnings(struct ncb_report *report, const struct ncb_trend *t)
{
	const struct ncb_side **sides = ncb_alloc(t->points, sizeof(*sides));
	size_t i, k, n, single = 0;
	bool forced = false;
	char **reasons;

	for (i = 0; i < t->points; i++) {
		sides[i] = &t->point[i].side;
		single += ncb_side_boots(sides[i]) == 1;
		n = ncb_find_obstacles(&t->point[0].side, &t->point[i].side, t->arm, &reasons);
		for (k = 0; k < n; k++)
			ncb_items_say(&report->warnings, "FORCED", NCB_MARK_BAD,
				      "#%zu, compared all the same (--force): %s",
				      i + 1, reasons[k]);
		ncb_free_texts(reasons, n);
		forced |= n;
	}
	ncb_warn_of_runs(&report->warnings, sides, NULL, t->points);
	free(sides);
	if (single && run_of(&t->point[0].side)->metric != NCB_INSN)
		ncb_items_say(&report->warnings, "WARNING", NCB_MARK_BAD,
			      "one boot of %zu kernel%s: layout between boots was not sampled there",
			      single, single == 1 ? "" : "s");
	for (i = 1; i < t->points; i++)
		if (ncb_runset_share(&t->point[i - 1].side, &t->point[i].side))
			ncb_items_say(&report->warnings, "WARNING", NCB_MARK_BAD,
				      "#%zu and #%zu share a run", i, i + 1);
	return forced;
}

static void add_memory(struct ncb_report *report, const struct ncb_trend *t)
{
	struct ncb_side *sides = ncb_alloc(t->points, sizeof(*sides));
	size_t i;

	for (i = 0; i < t->points; i++)
		sides[i] = t->point[i].side;
	ncb_memory_trend(report, sides, t->points);
	free(sides);
}

/**
 * ncb_trend_memory - what a trend says where memory is all that the kernels share
 * @sides: the kernels, in their order
 * @n: how many
 *
 * Return: to be given to ncb_report_free().
 */
struct ncb_report *ncb_trend_memory(const struct ncb_side *sides, size_t n)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));
	char *again = ncb_copy("ncbench trend");
	size_t i;

	report->title = ncb_format("ncbench %s: memory over %zu kernels", NCB_VERSION, n);
	ncb_memory_trend(report, sides, n);
	for (i = 0; i < n; i++) {
		ncb_items_say(&report->head, i ? "" : "kernels", NCB_MARK_NONE, "#%zu %s: %s", i + 1,
			      sides[i].label, ncb_env_string(run_of(&sides[i]), "kernel_release",
							     "release unknown"));
		ncb_command_word(&again, sides[i].label);
	}
	ncb_items_add(&report->reproduce, "again", NCB_MARK_NONE, again);
	return report;
}

/**
 * ncb_trend_report - what a trend says
 * @t: the trend
 *
 * Return: to be given to ncb_report_free().
 */
struct ncb_report *ncb_trend_report(const struct ncb_trend *t)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));
	const struct ncb_rundata *r = run_of(&t->point[0].side);
	char *again = ncb_format("ncbench trend --row %s", t->row);
	bool forced;
	size_t i;

	report->title = ncb_format("ncbench %s: one row over %zu kernels, in %s", NCB_VERSION,
				   t->points, ncb_metric_words[r->metric].unit);
	forced = add_warnings(report, t);
	ncb_items_say(&report->head, "row", NCB_MARK_NONE, "%s, %s", t->row, t->arm);
	ncb_items_say(&report->head, "machine", NCB_MARK_NONE, "%s, %s",
		      ncb_env_string(r, "arch", "unknown"),
		      ncb_env_string(r, "cpu_model", "CPU unknown"));
	add_tables(report, t);
	add_memory(report, t);
	ncb_items_say(&report->legend, "to own", NCB_MARK_NONE,
		      "cost over the geometric mean of the module's own engines, which are the "
		      "same source in all kernels");
	ncb_items_say(&report->legend, "change", NCB_MARK_NONE,
		      "%s; p corrected over %zu tests (%s)",
		      t->options.raw ? "of costs as measured (--raw)" : r->metric == NCB_INSN ?
		      "of exact counts" : "of costs relative to them", 2 * t->points - 3,
		      ncb_correction_names[t->options.correction]);
	ncb_command_judging(&again, t->arm, &t->options, forced);
	for (i = 0; i < t->points; i++)
		ncb_command_word(&again, t->point[i].side.label);
	ncb_items_add(&report->reproduce, "again", NCB_MARK_NONE, again);
	return report;
}

/* -- the picture -- */

static void put_interval(FILE *f, struct ncb_interval v)
{
	if (!v.valid)
		fprintf(f, "\tNaN\tNaN\tNaN");
	else
		fprintf(f, "\t%.9g\t%.9g\t%.9g", v.value, isfinite(v.low) ? v.low : v.value,
			isfinite(v.high) ? v.high : v.value);
}

static int write_data(const struct ncb_trend *t, const char *dir, bool *relative)
{
	char *path = ncb_format("%s/trend.tsv", dir), *data = NULL, *label;
	size_t size = 0, i;
	FILE *f = open_memstream(&data, &size);
	int err;

	if (!f) {
		free(path);
		return -ENOMEM;
	}
	fprintf(f,
		"# %s, %s\n# number\tkernel\tcost\tlow\thigh\trelative\tlow\thigh\n",
		t->row, t->arm);
	for (i = 0; i < t->points; i++) {
		label = ncb_plot_quotable(ncb_copy(release(&t->point[i])));
		fprintf(f, "%zu\t%s", i + 1, label);
		put_interval(f, t->point[i].cost);
		put_interval(f, t->point[i].relative);
		fputc('\n', f);
		*relative |= t->point[i].relative.valid;
		free(label);
	}
	fclose(f);
	err = ncb_write_file(path, data, size);
	if (err)
		ncb_error("cannot write %s: %s", path, strerror(-err));
	free(path);
	free(data);
	return err;
}

/**
 * ncb_trend_plot - trend.tsv and trend.svg
 * @t: the trend
 * @dir: folder that exists
 *
 * Return: 0; -ENOENT without gnuplot, with the data written; -ECHILD where it
 * failed; -errno of the files.
 */
int ncb_trend_plot(const struct ncb_trend *t, const char *dir)
{
	const struct ncb_rundata *r = run_of(&t->point[0].side);
	bool relative = false;
	char *vars, *title, *place;
	int err = write_data(t, dir, &relative);

	if (err)
		return err;
	if (!ncb_have_command("gnuplot")) {
		ncb_say("no picture: gnuplot is not installed (package gnuplot-nox)");
		return -ENOENT;
	}
	title = ncb_plot_quotable(ncb_format("%s, %s", t->row, t->arm));
	place = ncb_plot_quotable(ncb_format("%s, %s, 95 %% intervals", ncb_metric_names[r->metric],
					     ncb_env_string(r, "cpu_model", "CPU unknown")));
	vars = ncb_format("name='trend'; format='svg'; title='%s'; place='%s'; unit='%s'; arms=''; "
			  "styles=''; points=%zu; relative=%d", title, place, ncb_metric_words[r->metric].unit,
			  t->points, relative);
	err = ncb_gnuplot(dir, "trend.gp", "trend", vars, "svg");
	free(title);
	free(place);
	free(vars);
	return err;
}
