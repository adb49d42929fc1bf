// SPDX-License-Identifier: GPL-2.0-only
/* The table of formats, and what they have in common. */
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "env.h"
#include "format.h"
#include "memory.h"
#include "report.h"
#include "runset.h"

const struct ncb_comparison_format ncb_formats[] = {
	{ "0day", "as the kernel test robot reports", ncb_format_0day, NULL, true },
	{ "benchstat", "as Go's benchstat prints", ncb_format_benchstat, NULL, true },
	{ "csv", "RFC 4180, everything, full precision", ncb_format_csv, NULL, true },
	{ "gobench", "one value per layout, to be read by Go's benchstat", ncb_format_gobench,
	  ncb_format_gobench_files, true },
	{ "json", "everything, full precision", ncb_format_json, NULL, true },
	{ "ktap", "a test point per row, for kernel CI", ncb_format_ktap, NULL, true },
	{ "ministat", "as ministat prints", ncb_format_ministat, ncb_format_ministat_files, false },
	{ 0 }
};

/** ncb_format_find - the format of that name, or NULL */
const struct ncb_comparison_format *ncb_format_find(const char *name)
{
	const struct ncb_comparison_format *f;

	for (f = ncb_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

/**
 * ncb_format_names - names of the formats
 * @files: of those with input files only
 *
 * Return: them, separated by commas; to be freed.
 */
char *ncb_format_names(bool files)
{
	char *names = ncb_copy(""), *more;
	const struct ncb_comparison_format *f;

	for (f = ncb_formats; f->name; f++) {
		if (files && !f->files)
			continue;
		more = ncb_format("%s%s%s", names, *names ? ", " : "", f->name);
		free(names);
		names = more;
	}
	return names;
}

/* Numbers have a point, whatever the locale of the program is. */
struct c_locale {
	locale_t c, before;
};

static void enter_c_locale(struct c_locale *l)
{
	l->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	l->before = uselocale(l->c);
}

static void leave_c_locale(struct c_locale *l)
{
	uselocale(l->before);
	freelocale(l->c);
}

/**
 * ncb_format_write - print a comparison
 * @format: how
 * @c: what
 * @f: where to
 *
 * Return: 0, or -errno where it cannot be written.
 */
int ncb_format_write(const struct ncb_comparison_format *format, const struct ncb_comparison *c,
		     FILE *f)
{
	struct c_locale locale;
	int err;

	enter_c_locale(&locale);
	err = format->write(c, f);
	leave_c_locale(&locale);
	if (!err && (fflush(f) || ferror(f)))
		err = errno ? -errno : -EIO;
	return err;
}

/**
 * ncb_format_files - write the input files of the tool that a format is of
 * @format: which
 * @c: the comparison
 * @dir: made where it does not exist; files of the same names are replaced
 *
 * Return: 0; -EINVAL where the format has no files; -errno of the files.
 */
int ncb_format_files(const struct ncb_comparison_format *format, const struct ncb_comparison *c,
		     const char *dir)
{
	struct c_locale locale;
	int err;

	if (!format->files)
		return -EINVAL;
	err = ncb_make_dirs(dir);
	if (err)
		return err;
	enter_c_locale(&locale);
	err = format->files(c, dir);
	leave_c_locale(&locale);
	return err;
}

/* -- rows of both sides -- */

static const struct ncb_side *side_of(const struct ncb_comparison *c, int side)
{
	return side == NCB_NEW ? &c->new : &c->old;
}

/* The arm that a side is about; NULL: before and after, and nothing was compared. */
static const char *arm_of(const struct ncb_comparison *c, int side)
{
	if (!c->between)
		return side_of(c, side)->label;
	if (c->pairs)
		return side == NCB_NEW ? c->pair[0].new_arm : c->pair[0].old_arm;
	return side == NCB_NEW ? c->options.new_arm : NULL;
}

/* Values of a side, over all its runs; @metric: of instructions the mean may be known exactly. */
static struct ncb_interval collect(const struct ncb_side *side, enum ncb_metric metric,
				   const char *id, const char *arm, struct ncb_format_values *v)
{
	struct ncb_point *all = NULL;
	const struct ncb_point *p;
	struct ncb_interval cost;
	size_t run, i, n, total = 0;

	memset(v, 0, sizeof(*v));
	for (run = 0; run < side->runs; run++) {
		const struct ncb_rundata *r = ncb_stats_run(side->stats[run]);
		int row = ncb_row_find(r, id);

		if (row < 0)
			continue;
		n = ncb_stats_points(side->stats[run], row,
				     ncb_row_arm_find(&r->rows[row], arm), &p);
		if (!n)
			continue;
		all = ncb_grow(all, total + n, sizeof(*all));
		for (i = 0; i < n; i++) {
			all[total] = p[i];
			all[total++].boot = run;
		}
	}
	v->min = v->max = v->median = v->mean = v->sd = NAN;
	v->n = total;
	v->value = ncb_alloc(total + 1, sizeof(*v->value));
	for (i = 0; i < total; i++)
		v->value[i] = all[i].value;
	if (total) {
		double *sorted = ncb_alloc(total, sizeof(*sorted));

		memcpy(sorted, v->value, total * sizeof(*sorted));
		v->median = ncb_median(sorted, total);
		free(sorted);
		gsl_stats_minmax(&v->min, &v->max, v->value, 1, total);
		v->mean = gsl_stats_mean(v->value, 1, total);
	}
	if (total > 1)
		v->sd = gsl_stats_sd(v->value, 1, total);
	if (metric == NCB_INSN && total && ncb_all_equal(v->value, total))
		cost = ncb_estimate_exact(v->value[0]).ci;
	else
		cost = ncb_estimate_mean(all, total, ncb_stats_run(side->stats[0])->seed).ci;
	free(all);
	return cost;
}

static bool is_known(const struct ncb_format_row *rows, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(rows[i].id, id))
			return true;
	return false;
}

/* Why a side has no figure for a row: what the first run that knows the row says. */
static char *why_missing(const struct ncb_side *side, const char *id, const char *arm)
{
	size_t i;

	for (i = 0; i < side->runs; i++) {
		const struct ncb_rundata *r = ncb_stats_run(side->stats[i]);
		int row = ncb_row_find(r, id), a;

		if (row < 0)
			continue;
		a = ncb_row_arm_find(&r->rows[row], arm);
		if (a < 0)
			return ncb_format("%s is not part of the row", arm);
		if (r->rows[row].arm[a].status != NCB_ARM_OK)
			return ncb_format("%s: %s", arm, *r->rows[row].arm[a].message ?
					  r->rows[row].arm[a].message : "not measured");
		return ncb_format("%s has no samples", arm);
	}
	return ncb_format("not a row of %s", side->label);
}

/* The name of a row lives in its run; the caller fills in the rest. */
static struct ncb_format_row *add_row(struct ncb_format_row **rows, size_t *n,
				      const struct ncb_comparison *c, const char *id)
{
	struct ncb_format_row *row;
	int side;

	*rows = ncb_grow(*rows, *n + 1, sizeof(**rows));
	row = &(*rows)[(*n)++];
	memset(row, 0, sizeof(*row));
	row->id = id;
	for (side = 0; side < NCB_SIDES; side++) {
		row->arm[side] = arm_of(c, side);
		if (row->arm[side])
			row->cost[side] = collect(side_of(c, side), c->metric, id, row->arm[side],
						  &row->values[side]);
	}
	return row;
}

static void explain(const struct ncb_comparison *c, struct ncb_format_row *row)
{
	char *reason = NULL;
	int side;

	for (side = 0; side < NCB_SIDES && !reason; side++) {
		if (row->values[side].n)
			continue;
		reason = row->arm[side] ?
			why_missing(side_of(c, side), row->id, row->arm[side]) :
			ncb_copy("not measured on both sides");
	}
	row->reason = ncb_format_plain(reason ? reason : "not compared", "");
	free(reason);
}

/* An exact count needs no second layout to be known; keep what was collected then. */
static void take_cost(struct ncb_interval *cost, struct ncb_interval pair)
{
	if (!cost->valid || cost->low != cost->high || isfinite(ncb_format_half(pair)))
		*cost = pair;
}

/**
 * ncb_format_rows - every row that either side knows
 * @c: the comparison
 * @rows: gets them; to be given to ncb_format_rows_free()
 *
 * Return: how many there are. Names and pairs belong to @c.
 */
size_t ncb_format_rows(const struct ncb_comparison *c, struct ncb_format_row **rows)
{
	const struct ncb_rundata *first = ncb_stats_run(c->old.stats[0]);
	size_t n = 0, pair = 0, run, i;
	int side;

	*rows = NULL;
	/* Pairs stand in the order of these rows. */
	for (i = 0; i < first->nrows; i++) {
		struct ncb_format_row *row = add_row(rows, &n, c, first->rows[i].id);

		if (pair < c->pairs && c->pair[pair].row == i) {
			row->pair = &c->pair[pair++];
			take_cost(&row->cost[NCB_OLD], row->pair->old_cost);
			take_cost(&row->cost[NCB_NEW], row->pair->new_cost);
		} else {
			explain(c, row);
		}
	}
	for (side = 0; c->between && side < NCB_SIDES; side++) {
		for (run = 0; run < side_of(c, side)->runs; run++) {
			const struct ncb_rundata *r = ncb_stats_run(side_of(c, side)->stats[run]);

			for (i = 0; i < r->nrows; i++)
				if (!is_known(*rows, n, r->rows[i].id))
					explain(c, add_row(rows, &n, c, r->rows[i].id));
		}
	}
	return n;
}

/** ncb_format_rows_free - the reverse */
void ncb_format_rows_free(struct ncb_format_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(rows[i].values[NCB_OLD].value);
		free(rows[i].values[NCB_NEW].value);
		free(rows[i].reason);
	}
	free(rows);
}

/* -- figures -- */

/** ncb_format_resolved - whether the change of a pair may be called one */
bool ncb_format_resolved(const struct ncb_pair *p)
{
	return p->verdict == NCB_LESS || p->verdict == NCB_MORE;
}

/** ncb_format_has_change - whether a pair has a change at all, resolved or not */
bool ncb_format_has_change(const struct ncb_pair *p)
{
	return p && p->verdict != NCB_NOTHING && p->change.ci.valid &&
	       isfinite(p->change.ci.value);
}

/** ncb_format_half - how far the wider end of an interval is from its value */
double ncb_format_half(struct ncb_interval v)
{
	return fmax(v.high - v.value, v.value - v.low);
}

/** ncb_format_memory_change - new / old - 1 of a figure of memory; NAN: there is none */
double ncb_format_memory_change(const struct ncb_memory_pair *p)
{
	return p->reason || !p->side[0].value ? NAN :
	       (double)p->side[1].value / p->side[0].value - 1;
}

/**
 * ncb_format_number - the shortest decimal that reads back as the same number
 * @out: room for NCB_NUMBER_LEN characters
 * @v: finite
 *
 * Return: @out.
 */
const char *ncb_format_number(char *out, double v)
{
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(out, NCB_NUMBER_LEN, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return out;
}

/* -- words -- */

/**
 * ncb_format_plain - text that breaks no line and no field
 * @text: of any origin; NULL is ""
 * @bad: further characters that must not be in it
 *
 * Return: a copy with '_' instead of each of them and of control characters; to be freed.
 */
char *ncb_format_plain(const char *text, const char *bad)
{
	char *out = ncb_copy(text ? text : ""), *p;

	for (p = out; *p; p++)
		if (iscntrl((unsigned char)*p) || strchr(bad, *p))
			*p = '_';
	return out;
}

static const char *run_string(const struct ncb_rundata *r, const char *key)
{
	if (!strcmp(key, "target"))
		return r->target ? r->target : "";
	if (!strcmp(key, "profile"))
		return r->profile ? r->profile : "";
	return ncb_env_string(r, key, "");
}

/**
 * ncb_format_env - what a key of the environment is on one side
 * @side: of a comparison
 * @key: see env.h; also "target" and "profile"
 *
 * Return: its text; "" where it is unknown or the runs of the side differ.
 */
const char *ncb_format_env(const struct ncb_side *side, const char *key)
{
	const char *text = run_string(ncb_stats_run(side->stats[0]), key);
	size_t i;

	for (i = 1; i < side->runs; i++)
		if (strcmp(text, run_string(ncb_stats_run(side->stats[i]), key)))
			return "";
	return text;
}

/**
 * ncb_format_common - what a key of the environment is on both sides
 * @c: the comparison
 * @key: as for ncb_format_env()
 *
 * Return: its text; NULL where it is unknown or not the same everywhere.
 */
const char *ncb_format_common(const struct ncb_comparison *c, const char *key)
{
	const char *text = ncb_format_env(&c->old, key);

	return *text && !strcmp(text, ncb_format_env(&c->new, key)) ? text : NULL;
}

/**
 * ncb_format_basis - what intervals and tests are taken over
 * @c: the comparison
 *
 * Return: a sentence without a full stop; to be freed.
 */
char *ncb_format_basis(const struct ncb_comparison *c)
{
	bool seen[NCB_LEVELS] = { false };
	size_t i, level;
	char *levels = NULL, *more;

	if (ncb_memory_alone(c))
		return ncb_copy("figures of memory are exact: a difference needs no test");
	if (c->metric == NCB_INSN)
		return ncb_copy("exact counts of instructions: a difference needs no test");
	for (i = 0; i < c->pairs; i++)
		if (c->pair[i].change.clusters > 1)
			seen[c->pair[i].change.level] = true;
	for (level = 0; level < NCB_LEVELS; level++) {
		if (!seen[level])
			continue;
		more = ncb_format("%s%s%s", levels ? levels : "", levels ? " or " : "",
				  ncb_level_names[level]);
		free(levels);
		levels = more;
	}
	if (!levels)
		levels = ncb_copy("one layout only: unknown");
	more = ncb_format("intervals are 95 %%, over the level with the largest standard error (%s), "
			  "p is corrected for %zu rows (%s)%s", levels, c->tested,
			  ncb_correction_names[c->options.correction],
			  c->between && !c->options.raw ?
			  ", changes are relative to the controls" : "");
	free(levels);
	return more;
}

/** ncb_format_clusters - what an estimate is over, "4 copies"; to be freed */
char *ncb_format_clusters(const struct ncb_estimate *e)
{
	static const char *const many[NCB_LEVELS] = { "blocks", "reloads", "copies", "boots", "links" };

	return ncb_format("%zu %s", e->clusters,
			  e->clusters == 1 ? ncb_level_names[e->level] : many[e->level]);
}

static void add_text(struct ncb_format_texts *t, const char *text)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!strcmp(t->text[i], text))
			return;
	t->text = ncb_grow(t->text, t->n + 1, sizeof(*t->text));
	t->text[t->n++] = ncb_format_plain(text, "");
}

static void add_reason(struct ncb_format_texts *t, const char *reason)
{
	char *text = ncb_format(NCB_NOT_FOR_REVIEW "%s", reason);

	add_text(t, text);
	free(text);
}

/* What the report of a run says. */
static void add_reasons(struct ncb_format_texts *out, const struct ncb_stats *s)
{
	struct ncb_items w = { 0 };
	struct ncb_trust t;
	size_t i;

	ncb_stats_trust(s, &t);
	ncb_warn_of_run(&w, s, &t);
	for (i = 0; i < w.n; i++)
		if (w.item[i].mark == NCB_MARK_BAD)
			add_reason(out, w.item[i].text);
	ncb_items_free(&w);
}

/* What forbids comparing the two sides: it was forced. */
static void add_obstacles(struct ncb_format_texts *out, const struct ncb_comparison *c)
{
	char **reasons, *text;
	size_t n = ncb_find_obstacles(&c->old, &c->new, c->arm, &reasons), i;

	for (i = 0; i < n; i++) {
		text = ncb_format("compared all the same (--force): %s", reasons[i]);
		add_reason(out, text);
		free(text);
	}
	ncb_free_texts(reasons, n);
}

/**
 * ncb_format_warnings - what makes the figures unfit for a review
 * @c: the comparison
 *
 * Return: sentences that begin with NCB_NOT_FOR_REVIEW, of all runs of both sides; to
 * be given to ncb_format_texts_free().
 */
struct ncb_format_texts ncb_format_warnings(const struct ncb_comparison *c)
{
	struct ncb_format_texts out = { 0 };
	size_t run;
	int side;

	/* What spoils measured figures is nothing to what is read from files. */
	if (c->between && ncb_memory_alone(c))
		return out;
	if (c->between)
		add_obstacles(&out, c);
	for (side = 0; side < (c->between ? NCB_SIDES : 1); side++)
		for (run = 0; run < side_of(c, side)->runs; run++)
			add_reasons(&out, side_of(c, side)->stats[run]);
	return out;
}

/** ncb_format_texts_free - the reverse */
void ncb_format_texts_free(struct ncb_format_texts *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->text[i]);
	free(t->text);
	memset(t, 0, sizeof(*t));
}

/** ncb_format_put_warnings - print them, each on a line of its own behind @prefix */
void ncb_format_put_warnings(const struct ncb_comparison *c, const char *prefix, FILE *f)
{
	struct ncb_format_texts t = ncb_format_warnings(c);
	size_t i;

	for (i = 0; i < t.n; i++)
		fprintf(f, "%s%s\n", prefix, t.text[i]);
	ncb_format_texts_free(&t);
}
