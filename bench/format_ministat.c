// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of ministat(1), as its option -A prints it: figures, no drawing.
 * Its values are costs of single layouts of code and data, one per cell: the
 * samples of a cell repeat one layout, and a t test over thousands of them
 * would prove any difference. Even cells are not all independent (a reload of
 * the module repeats the layouts of its copies), so the conclusion printed is
 * ours, over independent clusters and with the A/A envelope; where ministat
 * would conclude something else from these values, a line says so.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include "format.h"

enum {
	LEAST = 3,		/* values that ministat takes */
	TABLE_ENDS = 100,	/* degrees of freedom; beyond it takes the normal distribution */
};

static const char symbols[NCB_SIDES] = { 'x', '+' };

static void put_summary(FILE *f, char symbol, const struct ncb_format_values *v)
{
	fprintf(f, "%c %3zu %13.8g %13.8g %13.8g %13.8g ", symbol, v->n, v->min, v->max,
		v->median, v->mean);
	if (isnan(v->sd))
		fprintf(f, "%13s\n", "n/a");
	else
		fprintf(f, "%13.8g\n", v->sd);
}

/* What Student's t test with a pooled variance says, which is all that ministat has. */
static bool ministat_sees_difference(const struct ncb_format_values *a,
				     const struct ncb_format_values *b)
{
	double df = a->n + b->n - 2;
	double t = df > TABLE_ENDS ? gsl_cdf_ugaussian_Pinv(0.975) : gsl_cdf_tdist_Pinv(0.975, df);
	double pooled = ((a->n - 1) * a->sd * a->sd + (b->n - 1) * b->sd * b->sd) / df;

	return fabs(b->mean - a->mean) > t * sqrt(pooled * (1.0 / a->n + 1.0 / b->n));
}

static void put_note(FILE *f, const struct ncb_format_row *row, bool ours)
{
	const struct ncb_format_values *a = &row->values[NCB_OLD], *b = &row->values[NCB_NEW];
	bool theirs;

	if (a->n < LEAST || b->n < LEAST) {
		fprintf(f, "\t(ministat itself wants %d values or more)\n", LEAST);
		return;
	}
	theirs = ministat_sees_difference(a, b);
	if (theirs && !ours)
		fprintf(f, "\t(ministat itself would see a difference: it takes %zu + %zu values "
			"for independent\n\tand corrects for nothing)\n", a->n, b->n);
	else if (ours && !theirs)
		fprintf(f, "\t(ministat itself would see none: it does not pair the values, and "
			"loadings\n\tthat stand apart count)\n");
}

static void put_conclusion(FILE *f, const struct ncb_comparison *c,
			   const struct ncb_format_row *row)
{
	const struct ncb_pair *p = row->pair;
	bool difference = ncb_format_resolved(p);
	double half = ncb_format_half(p->change.ci);
	char *clusters;

	if (!ncb_format_has_change(p)) {
		fputs("No change can be computed\n", f);
		return;
	}
	clusters = ncb_format_clusters(&p->change);
	fputs(difference ? "Difference at 95.0% confidence\n" :
			   "No difference proven at 95.0% confidence\n", f);
	if (difference) {
		fprintf(f, "\t%g +/- %g\n", p->difference.value, ncb_format_half(p->difference));
		fprintf(f, "\t%g%% +/- %g%%\n", 100 * p->change.ci.value, 100 * half);
		if (p->change.se == 0)
			fputs("\t(exact)\n", f);
		else
			fprintf(f, "\t(ncbench: over %s, p = %.3g corrected for %zu rows)\n",
				clusters, p->p, c->tested);
	} else if (p->verdict == NCB_WITHIN_MARGIN) {
		fprintf(f, "\t(within the margin of %g%%)\n", 100 * c->options.margin);
	}
	free(clusters);
	if (isfinite(p->drift))
		fprintf(f, "\t(relative to the controls, which changed by %+.2f%%)\n",
			100 * p->drift);
	put_note(f, row, difference);
}

/* Costs are trimmed means over loadings where there are enough; Avg is a plain one. */
static void put_costs(FILE *f, const struct ncb_format_row *row)
{
	const struct ncb_interval *cost = row->cost;
	bool differ = false;
	int i;

	for (i = 0; i < NCB_SIDES; i++)
		differ |= fabs(cost[i].value - row->values[i].mean) >
			  NCB_EQUAL_SHARE * fabs(cost[i].value);
	if (differ)
		fprintf(f, "\t(ncbench's costs, without loadings that stand apart: %.8g, %.8g)\n",
			cost[NCB_OLD].value, cost[NCB_NEW].value);
}

static void put_row(FILE *f, const struct ncb_comparison *c, const struct ncb_format_row *row)
{
	const struct ncb_side *side[NCB_SIDES] = { &c->old, &c->new };
	int i;

	fprintf(f, "\n# %s, %s per operation\n", row->id, ncb_metric_names[c->metric]);
	if (row->reason)
		fprintf(f, "# not compared: %s\n", row->reason);
	if (!row->values[NCB_OLD].n && !row->values[NCB_NEW].n)
		return;
	for (i = 0; i < NCB_SIDES; i++) {
		char *label = ncb_format_plain(side[i]->label, "");

		if (row->values[i].n)
			fprintf(f, "%c %s\n", symbols[i], label);
		free(label);
	}
	fputs("    N           Min           Max        Median           Avg        Stddev\n", f);
	for (i = 0; i < NCB_SIDES; i++)
		if (row->values[i].n)
			put_summary(f, symbols[i], &row->values[i]);
	if (row->pair) {
		put_conclusion(f, c, row);
		put_costs(f, row);
	}
}

/** ncb_format_ministat - see format.h */
int ncb_format_ministat(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	char *basis = ncb_format_basis(c);

	fprintf(f, "# One value is the cost in one layout of code and data. Conclusions are "
		"ncbench's:\n# %s.\n", basis);
	ncb_format_put_warnings(c, "# ", f);
	if (c->memory)
		fputs("# Figures of memory are exact, and not here: text, csv and json have them.\n", f);
	for (i = 0; i < n; i++)
		put_row(f, c, &rows[i]);
	ncb_format_rows_free(rows, n);
	free(basis);
	return 0;
}

static int write_values(const struct ncb_format_values *v, const char *dir, const char *id,
			const char *side)
{
	char *name = ncb_format_plain(id, "/"), *path, *text = NULL, number[NCB_NUMBER_LEN];
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);
	int err = f ? 0 : -ENOMEM;

	path = ncb_format("%s/%s.%s.txt", dir, name, side);
	for (i = 0; !err && i < v->n; i++)
		fprintf(f, "%s\n", ncb_format_number(number, v->value[i]));
	if (f && fclose(f))
		err = -ENOMEM;
	if (!err)
		err = ncb_write_file(path, text, size);
	free(text);
	free(path);
	free(name);
	return err;
}

/** ncb_format_ministat_files - one value a line, <row>.old.txt and <row>.new.txt */
int ncb_format_ministat_files(const struct ncb_comparison *c, const char *dir)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	int err = 0;

	for (i = 0; !err && i < n; i++) {
		if (rows[i].values[NCB_OLD].n)
			err = write_values(&rows[i].values[NCB_OLD], dir, rows[i].id, "old");
		if (!err && rows[i].values[NCB_NEW].n)
			err = write_values(&rows[i].values[NCB_NEW], dir, rows[i].id, "new");
	}
	ncb_format_rows_free(rows, n);
	return err;
}
