/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparisons in the layouts of other tools. Each is one file, format_<name>.c,
 * and one entry in the table in format.c. All of them get the same struct
 * ncb_comparison, whatever it compares, and print all its rows.
 *
 * Figures and verdicts are ours: a layout is not a reason to judge by another
 * test. Where a tool's own arithmetic would conclude something else from the
 * values shown, that is said beside them.
 */
#ifndef NCB_FORMAT_H
#define NCB_FORMAT_H

#include <stdio.h>
#include "compare_memory.h"

/**
 * struct ncb_comparison_format - one layout
 * @name: as given to --format
 * @about: one line
 * @write: prints a comparison; 0 or -errno
 * @files: writes the tool's input files into a folder that exists; NULL: it has none
 * @exact: has room for figures that no test is of: those of memory
 */
struct ncb_comparison_format {
	const char *name;
	const char *about;
	int (*write)(const struct ncb_comparison *c, FILE *f);
	int (*files)(const struct ncb_comparison *c, const char *dir);
	bool exact;
};

extern const struct ncb_comparison_format ncb_formats[];	/* ends with a NULL name */
const struct ncb_comparison_format *ncb_format_find(const char *name);
char *ncb_format_names(bool files);	/* "0day, benchstat, ..."; to be freed */
int ncb_format_write(const struct ncb_comparison_format *format, const struct ncb_comparison *c,
		     FILE *f);
int ncb_format_files(const struct ncb_comparison_format *format, const struct ncb_comparison *c,
		     const char *dir);

int ncb_format_0day(const struct ncb_comparison *c, FILE *f);
int ncb_format_benchstat(const struct ncb_comparison *c, FILE *f);
int ncb_format_csv(const struct ncb_comparison *c, FILE *f);
int ncb_format_gobench(const struct ncb_comparison *c, FILE *f);
int ncb_format_gobench_files(const struct ncb_comparison *c, const char *dir);
int ncb_format_json(const struct ncb_comparison *c, FILE *f);
int ncb_format_ktap(const struct ncb_comparison *c, FILE *f);
int ncb_format_ministat(const struct ncb_comparison *c, FILE *f);
int ncb_format_ministat_files(const struct ncb_comparison *c, const char *dir);

/* -- for the formats -- */

enum { NCB_OLD, NCB_NEW, NCB_SIDES };

/**
 * struct ncb_format_values - what a tool that wants single values gets
 * @value: costs in the metric's unit, one per cell (a loading of the module and
 *	one compiled copy), over all runs of the side; @n of them. A cell is
 *	the smallest unit that has a layout of its own; raw samples, of which it has
 *	many, repeat one layout and would make any test far too sure
 * @min, @max, @median, @mean, @sd: of them; NaN where there are too few
 */
struct ncb_format_values {
	double *value;
	size_t n;
	double min, max, median, mean, sd;
};

/**
 * struct ncb_format_row - a row of either side
 * @id: its name
 * @pair: NULL: not compared
 * @arm: names, old and new
 * @cost: per operation, in the metric's unit; not valid where that side has not measured it
 * @values: see above; none where that side has not measured it
 * @reason: why it is not compared, one line; NULL: it is
 */
struct ncb_format_row {
	const char *id;
	const struct ncb_pair *pair;
	const char *arm[NCB_SIDES];
	struct ncb_interval cost[NCB_SIDES];
	struct ncb_format_values values[NCB_SIDES];
	char *reason;
};

/* Pairs as they stand, rows of the old side that have none among them, then those of the new. */
size_t ncb_format_rows(const struct ncb_comparison *c, struct ncb_format_row **rows);
void ncb_format_rows_free(struct ncb_format_row *rows, size_t n);

/* Whether a change may be called one; whether there is one to be printed at all. */
bool ncb_format_resolved(const struct ncb_pair *p);
bool ncb_format_has_change(const struct ncb_pair *p);
/* Half the width of an interval, the wider half; infinite where unbounded. */
double ncb_format_half(struct ncb_interval v);
/* What @key of the environment is in all runs of both sides; NULL where they differ. */
const char *ncb_format_common(const struct ncb_comparison *c, const char *key);
/* The same of target, profile and so on, one side or both; "" where runs differ. */
const char *ncb_format_env(const struct ncb_side *side, const char *key);
/* Without control characters, nor those in @bad: '_' instead; to be freed. */
char *ncb_format_plain(const char *text, const char *bad);
/* Shortest decimal that reads back as the same number; @out has NCB_NUMBER_LEN bytes. */
enum { NCB_NUMBER_LEN = 32 };
const char *ncb_format_number(char *out, double v);
/* new / old - 1 of a figure of memory; NAN: there is none. */
double ncb_format_memory_change(const struct ncb_memory_pair *p);
/* One sentence: over what the intervals and tests of this comparison are. */
char *ncb_format_basis(const struct ncb_comparison *c);
/* Over what one estimate is: "4 copies"; to be freed. */
char *ncb_format_clusters(const struct ncb_estimate *e);
/* What makes the figures unfit for a review, each sentence once; every format says it. */
struct ncb_format_texts {
	char **text;
	size_t n;
};
struct ncb_format_texts ncb_format_warnings(const struct ncb_comparison *c);
void ncb_format_texts_free(struct ncb_format_texts *t);
/* Each on a line of its own behind @prefix. */
void ncb_format_put_warnings(const struct ncb_comparison *c, const char *prefix, FILE *f);

#endif /* NCB_FORMAT_H */
