// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of Go's benchstat (its second version): old, new, change "vs base",
 * '~' where nothing is resolved, footnotes. The figures are ours: the value is
 * the cost, '+-' the wider half of its interval, p is corrected, n is the number
 * of independent clusters. For benchstat's own arithmetic there is 'gobench'.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"

/* Columns: name, then value, spread and footnote of each side, change, (p n), footnote. */
enum {
	NAME, OLD_VALUE, OLD_SPREAD, OLD_MARK, NEW_VALUE, NEW_SPREAD, NEW_MARK, DELTA, TEST,
	DELTA_MARK, COLUMNS
};

static const struct {
	const char *margin;	/* before the column */
	bool right;
} columns[COLUMNS] = {
	{ "", false },
	{ "   ", true }, { " \u00b1 ", true }, { " ", false },
	{ "   ", true }, { " \u00b1 ", true }, { " ", false },
	{ "  ", true }, { " ", false }, { " ", false },
};

struct line {
	char *cell[COLUMNS];	/* NULL: empty */
};

struct table {
	struct line *line;
	size_t lines;
	unsigned int width[COLUMNS];	/* with the margin; 0: not used */
	char **note;
	size_t notes;
};

/* Characters, not bytes. */
static unsigned int width_of(const char *s)
{
	unsigned int n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void pad(FILE *f, int n)
{
	while (n-- > 0)
		putc(' ', f);
}

/* -- numbers with SI prefixes -- */

/**
 * struct scale - how the values of a row are printed
 * @digits: behind the point
 * @factor: what one of the prefixed unit is
 * @prefix: of the unit
 */
struct scale {
	int digits;
	double factor;
	const char *prefix;
};

/* Four significant digits of the smallest value, and the same prefix for both. */
static struct scale scale_for(double a, double b)
{
	static const struct {
		double factor;
		const char *prefix;
	} prefixes[] = {
		{ 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1, "" },
		{ 1e-3, "m" }, { 1e-6, "\u00b5" }, { 1e-9, "n" },
	};
	double least = fabs(a), other = fabs(b), scaled;
	size_t i;
	int digits;

	if (!(least > 0) || (other > 0 && other < least))
		least = other;
	if (!(least > 0))
		return (struct scale) { 3, 1, "" };
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		scaled = least / prefixes[i].factor;
		/* The thresholds are where rounding would show one digit more. */
		if (scaled >= 99.995)
			return (struct scale) { 1, prefixes[i].factor, prefixes[i].prefix };
		if (scaled >= 9.9995)
			return (struct scale) { 2, prefixes[i].factor, prefixes[i].prefix };
		if (scaled >= 0.99995)
			return (struct scale) { 3, prefixes[i].factor, prefixes[i].prefix };
	}
	for (digits = 4, scaled *= 10; digits < 10 && scaled < 0.99995; digits++)
		scaled *= 10;
	return (struct scale) { digits, 1e-9, "n" };
}

static char *scaled_text(struct scale s, double v)
{
	return ncb_format("%.*f%s", s.digits, v / s.factor, s.prefix);
}

/* -- filling the table -- */

static const char *const superscripts[] = {
	"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074", "\u2075", "\u2076", "\u2077", "\u2078",
	"\u2079",
};

/* The mark of a footnote; equal ones share it. Takes over @text. */
static char *footnote(struct table *t, char *text)
{
	size_t i;

	for (i = 0; i < t->notes && strcmp(t->note[i], text); i++)
		;
	if (i < t->notes) {
		free(text);
	} else {
		t->note = ncb_grow(t->note, t->notes + 1, sizeof(*t->note));
		t->note[t->notes++] = text;
	}
	/* There are fewer kinds of notes than digits. */
	return ncb_copy(superscripts[(i + 1) % ARRAY_SIZE(superscripts)]);
}

static struct line *add_line(struct table *t, char *name)
{
	struct line *line;

	t->line = ncb_grow(t->line, t->lines + 1, sizeof(*t->line));
	line = &t->line[t->lines++];
	memset(line, 0, sizeof(*line));
	line->cell[NAME] = name;
	return line;
}

static double in_unit(enum ncb_metric metric, double v)
{
	return metric == NCB_NS ? v * 1e-9 : v;
}

static void set_cost(struct table *t, struct line *line, int value, enum ncb_metric metric,
		     struct ncb_interval cost, struct scale scale)
{
	double half = ncb_format_half(cost);

	if (!cost.valid)
		return;
	line->cell[value] = scaled_text(scale, in_unit(metric, cost.value));
	if (isfinite(half) && cost.value != 0) {
		line->cell[value + 1] = ncb_format("%.0f%%", 100 * half / fabs(cost.value));
		return;
	}
	line->cell[value + 1] = ncb_copy(half == 0 ? "0%" : "\u221e");
	if (half != 0)
		line->cell[value + 2] = footnote(t, ncb_copy(isfinite(half) ?
			"no share of a cost of 0" : "one layout only: its spread is not known"));
}

static void set_change(struct table *t, struct line *line, const struct ncb_comparison *c,
		       const struct ncb_pair *p, size_t cells)
{
	bool exact = p->change.se == 0;

	if (!ncb_format_has_change(p)) {
		line->cell[DELTA] = ncb_copy("?");
		line->cell[TEST] = ncb_copy("(n=0)");
		line->cell[DELTA_MARK] = footnote(t, ncb_copy("no change can be computed"));
		return;
	}
	if (p->verdict == NCB_EQUAL)
		line->cell[DELTA] = ncb_copy("0.00%");
	else if (ncb_format_resolved(p))
		line->cell[DELTA] = ncb_format("%+.2f%%", 100 * p->change.ci.value);
	else
		line->cell[DELTA] = ncb_copy("~");
	if (exact || isnan(p->p))
		line->cell[TEST] = ncb_format("(n=%zu)", cells);
	else
		line->cell[TEST] = ncb_format("(p=%.3f n=%zu)", p->p, p->change.clusters);
	if (p->verdict == NCB_WITHIN_MARGIN)
		line->cell[DELTA_MARK] = footnote(t, ncb_format("within the margin of %g%%",
								100 * c->options.margin));
	else if (p->verdict == NCB_UNRESOLVED && p->p < NCB_SIGNIFICANT &&
		 ncb_pair_in_envelope(p))
		line->cell[DELTA_MARK] = footnote(t, ncb_copy(
			"no larger than what two copies of the same code differ by"));
	else if (p->verdict == NCB_UNRESOLVED && p->p < NCB_SIGNIFICANT)
		line->cell[DELTA_MARK] = footnote(t, ncb_copy("the rank test does not agree"));
}

static void add_row(struct table *t, const struct ncb_comparison *c,
		    const struct ncb_format_row *row)
{
	const struct ncb_interval *cost = row->cost;
	struct line *line = add_line(t, ncb_copy(row->id));
	struct scale scale = scale_for(
		cost[NCB_OLD].valid ? in_unit(c->metric, cost[NCB_OLD].value) : 0,
		cost[NCB_NEW].valid ? in_unit(c->metric, cost[NCB_NEW].value) : 0);

	set_cost(t, line, OLD_VALUE, c->metric, cost[NCB_OLD], scale);
	set_cost(t, line, NEW_VALUE, c->metric, cost[NCB_NEW], scale);
	if (row->pair)
		set_change(t, line, c, row->pair, row->values[NCB_OLD].n < row->values[NCB_NEW].n ?
			   row->values[NCB_OLD].n : row->values[NCB_NEW].n);
}

/* Over the rows that have a change; benchstat has it from two rows on. */
static void add_geomean(struct table *t, const struct ncb_comparison *c)
{
	double old = 0, new = 0, change = ncb_comparison_geomean(c);
	struct line *line;
	size_t n = 0, i;

	if (t->lines < 2)
		return;
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		if (!ncb_format_has_change(p) || !(p->old_cost.value > 0) ||
		    !(p->new_cost.value > 0))
			continue;
		old += log(in_unit(c->metric, p->old_cost.value));
		new += log(in_unit(c->metric, p->new_cost.value));
		n++;
	}
	line = add_line(t, ncb_copy("geomean"));
	if (n) {
		line->cell[OLD_VALUE] = scaled_text(scale_for(exp(old / n), 0), exp(old / n));
		line->cell[NEW_VALUE] = scaled_text(scale_for(exp(new / n), 0), exp(new / n));
	}
	line->cell[DELTA] = isnan(change) ? ncb_copy("?") : ncb_format("%+.2f%%", 100 * change);
}

/* -- printing -- */

static unsigned int sum(const struct table *t, int first, int last)
{
	unsigned int n = 0;

	for (; first <= last; first++)
		n += t->width[first];
	return n;
}

/* The first column of a group gives way for its head. */
static void fit(struct table *t, int first, int last, const char *head)
{
	unsigned int need = width_of(head) + width_of(columns[first].margin);
	unsigned int have = sum(t, first, last);

	if (have < need)
		t->width[first] += need - have;
}

static void measure(struct table *t, const char *old, const char *new, const char *unit)
{
	size_t i;
	int k;

	for (k = 0; k < COLUMNS; k++) {
		for (i = 0; i < t->lines; i++) {
			const char *cell = t->line[i].cell[k];
			unsigned int w = cell ? width_of(cell) + width_of(columns[k].margin) : 0;

			if (w > t->width[k])
				t->width[k] = w;
		}
	}
	fit(t, OLD_VALUE, OLD_MARK, unit);
	fit(t, NEW_VALUE, NEW_MARK, unit);
	fit(t, DELTA, DELTA_MARK, "vs base");
	fit(t, OLD_VALUE, OLD_MARK, old);
	fit(t, NEW_VALUE, DELTA_MARK, new);
}

/* In the middle of columns @first to @last, behind a rule; returns where it ends. */
static unsigned int put_head(FILE *f, const struct table *t, int first, int last,
			     const char *head, unsigned int at)
{
	unsigned int start = sum(t, NAME, first - 1), width = sum(t, first, last) - 3;
	unsigned int before = (width - width_of(head)) / 2;

	pad(f, start - at);
	fputs(" \u2502 ", f);
	pad(f, before);
	fputs(head, f);
	return start + 3 + before + width_of(head);
}

static void put_end(FILE *f, const struct table *t, unsigned int at)
{
	pad(f, sum(t, NAME, COLUMNS - 1) - at);
	fputs(" \u2502\n", f);
}

static void put_line(FILE *f, const struct table *t, const struct line *line)
{
	unsigned int at = 0, start = 0;
	int k;

	for (k = 0; k < COLUMNS; start += t->width[k++]) {
		const char *cell = line->cell[k];
		unsigned int room;

		if (!cell)
			continue;
		room = t->width[k] - width_of(columns[k].margin);
		pad(f, start - at);
		fputs(columns[k].margin, f);
		if (columns[k].right)
			pad(f, room - width_of(cell));
		fputs(cell, f);
		at = start + width_of(columns[k].margin) +
		     (columns[k].right ? room : width_of(cell));
	}
	putc('\n', f);
}

static void free_table(struct table *t)
{
	size_t i;
	int k;

	for (i = 0; i < t->lines; i++)
		for (k = 0; k < COLUMNS; k++)
			free(t->line[i].cell[k]);
	for (i = 0; i < t->notes; i++)
		free(t->note[i]);
	free(t->line);
	free(t->note);
}

static void put_keys(const struct ncb_comparison *c, FILE *f)
{
	static const char *const keys[][2] = {
		{ "target", "target" }, { "profile", "profile" }, { "kernel_release", "kernel" },
		{ "arch", "arch" }, { "cpu_model", "cpu" },
	};
	char *basis = ncb_format_basis(c);
	size_t i;

	fputs("suite: ncbench " NCB_VERSION "\n", f);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = ncb_format_common(c, keys[i][0]);
		char *plain = ncb_format_plain(text, "");

		if (text)
			fprintf(f, "%s: %s\n", keys[i][1], plain);
		free(plain);
	}
	fprintf(f, "note: %s\n", basis);
	ncb_format_put_warnings(c, "warning: ", f);
	free(basis);
}

/* Takes the lines. */
static void put_table(FILE *f, struct table *t, const char *old, const char *new, const char *unit)
{
	unsigned int at;
	size_t i;

	measure(t, old, new, unit);
	at = put_head(f, t, OLD_VALUE, OLD_MARK, old, 0);
	put_end(f, t, put_head(f, t, NEW_VALUE, DELTA_MARK, new, at));
	at = put_head(f, t, OLD_VALUE, OLD_MARK, unit, 0);
	at = put_head(f, t, NEW_VALUE, NEW_MARK, unit, at);
	pad(f, sum(t, NAME, NEW_MARK) - at);
	fputs("  vs base", f);
	put_end(f, t, sum(t, NAME, NEW_MARK) + strlen("  vs base"));
	for (i = 0; i < t->lines; i++)
		put_line(f, t, &t->line[i]);
	for (i = 0; i < t->notes; i++)
		fprintf(f, "%s %s\n", superscripts[(i + 1) % ARRAY_SIZE(superscripts)], t->note[i]);
	free_table(t);
}

/* One value of each side, which is exact. */
static void add_memory(struct table *t, const struct ncb_memory_pair *p)
{
	double old = p->side[NCB_OLD].value, new = p->side[NCB_NEW].value;
	double change = ncb_format_memory_change(p);
	struct line *line = add_line(t, ncb_copy(p->id));
	struct scale scale = scale_for(old, new);

	line->cell[OLD_VALUE] = scaled_text(scale, old);
	line->cell[OLD_SPREAD] = ncb_copy("0%");
	line->cell[NEW_VALUE] = scaled_text(scale, new);
	line->cell[NEW_SPREAD] = ncb_copy("0%");
	line->cell[DELTA] = p->verdict == NCB_EQUAL ? ncb_copy("0.00%") :
			    isfinite(change) ? ncb_format("%+.2f%%", 100 * change) : ncb_copy("?");
	line->cell[TEST] = ncb_copy("(n=1)");
}

/* A table for each unit. */
static void put_memory(FILE *f, const struct ncb_memory_comparison *m, const char *old,
		       const char *new)
{
	static const char *const units[] = { "bytes", "lines", "count" };
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(units); k++) {
		struct table t = { 0 };

		for (i = 0; i < m->pairs; i++)
			if (!m->pair[i].reason && !strcmp(m->pair[i].unit, units[k]))
				add_memory(&t, &m->pair[i]);
		if (!t.lines)
			continue;
		putc('\n', f);
		put_table(f, &t, old, new, units[k]);
	}
}

/** ncb_format_benchstat - see format.h */
int ncb_format_benchstat(const struct ncb_comparison *c, FILE *f)
{
	char *old = ncb_format_plain(c->old.label, ""), *new = ncb_format_plain(c->new.label, "");
	/* It takes times in seconds, whatever they were given in. */
	char *unit = ncb_format("%s/op", c->metric == NCB_NS ? "sec" : ncb_metric_names[c->metric]);
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	struct table t = { 0 };

	for (i = 0; i < n; i++)
		if (rows[i].cost[NCB_OLD].valid || rows[i].cost[NCB_NEW].valid)
			add_row(&t, c, &rows[i]);
	add_geomean(&t, c);
	put_keys(c, f);
	if (t.lines || !c->memory)
		put_table(f, &t, old, new, unit);
	if (c->memory)
		put_memory(f, c->memory, old, new);
	ncb_format_rows_free(rows, n);
	free(unit);
	free(old);
	free(new);
	return 0;
}
