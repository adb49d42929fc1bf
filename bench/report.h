/* SPDX-License-Identifier: GPL-2.0-only */
/* What is made of a run: a report to quote, a report to look at, pictures. */
#ifndef NCB_REPORT_H
#define NCB_REPORT_H

#include <stdio.h>
#include "compare.h"
#include "run.h"
#include "stats.h"

#define NCB_REPORT_BASE		"slist"	/* changes are against this arm: what mainline has */
#define NCB_REPORT_NEW		"dlist"	/* of this arm */
#define NCB_REPORT_WIDTH	72	/* columns of report.txt */
#define NCB_REPORT_LINES	60	/* of its short view, for a default run without warnings */

/**
 * struct ncb_metric_words - a metric in reports; its short name is in ncb_metric_names
 * @unit: of a cost
 * @meaning: a line of the header
 */
struct ncb_metric_words {
	const char *unit;
	const char *meaning;
};
extern const struct ncb_metric_words ncb_metric_words[NCB_METRICS];

/*
 * The report as text: ASCII, NCB_REPORT_WIDTH columns at most, to be quoted in
 * a mail. @full: everything; without it, one screen. 0, or -errno where @f
 * cannot be written.
 */
int ncb_report_text(const struct ncb_rundata *r, FILE *f, bool full);

/* The same from figures that were computed already. */
int ncb_report_text_with(const struct ncb_stats *s, FILE *f, bool full);

/*
 * The same as one HTML file with the pictures inside: no scripts, no network.
 * It always has everything; @full is there for callers that choose a form.
 */
int ncb_report_html(const struct ncb_rundata *r, FILE *f, bool full);

/* The same with pictures that were drawn already, <plots>/<name>.svg. */
int ncb_report_html_with(const struct ncb_stats *s, FILE *f, bool full, const char *plots);

/*
 * -- plot.c: data for gnuplot and pictures made of them, into <dir>/plots/ --
 *
 * @which: name of one picture, NULL: all. 0; -EINVAL for an unknown name, with
 * a message that lists the valid ones; -ENOENT without gnuplot (the data are
 * written all the same); -ECHILD where gnuplot failed; -EINTR; -errno of the
 * files.
 */
int ncb_plot_make(const struct ncb_rundata *r, const char *dir, const char *which);

int ncb_plot_into(const struct ncb_stats *s, const char *dir, const char *which);

/* The same into @plots itself, with or without PNG beside SVG. */
int ncb_plot_draw(const struct ncb_stats *s, const char *plots, const char *which, bool png);

/* forest and distributions of any comparison, before and after too, into @dir itself. */
int ncb_plot_comparison(const struct ncb_comparison *c, const char *dir);
/* A temporary folder for the pictures of a page, malloc'd; NULL with a message. */
char *ncb_plot_folder(void);

/**
 * struct ncb_picture - a picture that a run has
 * @name: of its files, without ending
 * @caption: what it shows
 */
struct ncb_picture {
	const char *name;
	char *caption;
};
/* Pictures that there are data for; returns how many, free them with ncb_plot_free(). */
size_t ncb_plot_list(const struct ncb_stats *s, struct ncb_picture **pictures);
size_t ncb_plot_comparison_list(const struct ncb_comparison *c, struct ncb_picture **pictures);
void ncb_plot_free(struct ncb_picture *pictures, size_t n);

/* For other pictures: one script with its variables; and a text made fit for a variable. */
int ncb_gnuplot(const char *plots, const char *script, const char *name, const char *vars,
		const char *terminal);
char *ncb_plot_quotable(char *text);

/* -- report.c: the content of the reports, whatever they look like -- */

enum { NCB_TABLE_COLUMNS = 12 };

/**
 * struct ncb_table - a table of short texts
 * @title: what it shows and in which unit
 * @note: a sentence below it, or NULL
 * @columns: how many are used
 * @head: of each column
 * @width: of each column at least, in characters
 * @left: aligned left
 * @rows: how many there are
 * @cell: @rows times @columns texts; "" is nothing
 * @full: not in the short view
 */
struct ncb_table {
	char *title;
	char *note;
	unsigned int columns;
	const char *head[NCB_TABLE_COLUMNS];
	unsigned int width[NCB_TABLE_COLUMNS];
	bool left[NCB_TABLE_COLUMNS];
	size_t rows;
	char **cell;
	bool full;
};

/**
 * struct ncb_item - a line "name: text", with a judgement where there is one
 * @name: short
 * @text: what both views say
 * @mark: what is printed before it
 * @more: what the full view says behind it, or NULL
 * @full: not in the short view
 */
enum ncb_mark { NCB_MARK_NONE, NCB_MARK_OK, NCB_MARK_BAD };
struct ncb_item {
	const char *name;
	char *text;
	enum ncb_mark mark;
	char *more;
	bool full;
};

struct ncb_items {
	struct ncb_item *item;
	size_t n;
};

/**
 * struct ncb_section_items - lines below a heading of their own
 * @id: of the heading on a page
 * @title: the heading
 * @items: the lines
 */
struct ncb_section_items {
	const char *id, *title;
	struct ncb_items items;
};

/**
 * struct ncb_report - all that a report says
 * @title: one line
 * @name: of what is reported on, for the title of a window; NULL: @title
 * @warnings: what speaks against the figures; the grave ones begin with "NOT FOR REVIEW"
 * @head: machine, kernel, metric ...
 * @cards: the answer in a few large figures: name, figure, and as @more what it means; only
 *	the page shows them, @summary says the same
 * @summary: below the first tables: how many rows changed, by how much
 * @legend: how to read the tables
 * @tables: first those of the short view, then the others
 * @memory: sizes of blocks and heads
 * @behaviour: of two kernels: what their chains do, and do differently
 * @trust: what makes the numbers true
 * @missing: what was not measured, and why
 * @reproduce: the command and the name of the run
 * @env: everything known of the machine
 * @section: what else is there in the full view, each with its heading
 * @hint: the last line of the short view, or NULL
 */
struct ncb_report {
	char *title, *name;
	struct ncb_items warnings, head, cards, summary, legend, memory, behaviour, trust, missing,
			 reproduce, env;
	struct ncb_table *table;
	size_t tables;
	struct ncb_section_items *section;
	size_t sections;
	char *hint;
};

/* All that a report of one run says; to be freed before the run is. */
struct ncb_report *ncb_report_new(const struct ncb_stats *s);
void ncb_report_free(struct ncb_report *report);

/* The forms, of any report. 0, or -EIO where @f could not be written. */
int ncb_report_put_text(const struct ncb_report *report, FILE *f, bool full);
/* @picture: @n of them, <plots>/<name>.svg; those without a file are left out. */
int ncb_report_put_html(const struct ncb_report *report, FILE *f, const struct ncb_picture *picture,
			size_t n, const char *plots);

/* report_build.c, for those who fill in a report. @title and @text become the report's. */
struct ncb_table *ncb_report_table(struct ncb_report *report, char *title, bool full);
/* Its lines, until the next is added; only the full view has it. */
struct ncb_items *ncb_report_section(struct ncb_report *report, const char *id, const char *title);
void ncb_table_column(struct ncb_table *t, const char *head, unsigned int width, bool left);
char **ncb_table_row(struct ncb_table *t);	/* its cells, to be set to malloc'd texts */
/* Whether any row of a table has something in that column. */
bool ncb_table_uses(const struct ncb_table *t, unsigned int column);
struct ncb_item *ncb_items_add(struct ncb_items *items, const char *name, enum ncb_mark mark,
			       char *text);
void ncb_items_free(struct ncb_items *items);	/* texts and list; the struct stays */
struct ncb_item *ncb_items_say(struct ncb_items *items, const char *name, enum ncb_mark mark,
			       const char *format, ...) PRINTF(4, 5);

/* report_about.c: what speaks against a run; whatever shows its figures says it. */
void ncb_warn_of_run(struct ncb_items *w, const struct ncb_stats *s, const struct ncb_trust *t);
/* Fills in all but the tables and what sums them up. */
void ncb_report_about(struct ncb_report *report, const struct ncb_stats *s);

/* Rows in the order of the report: indices, malloc'd. */
size_t *ncb_report_sort_rows(const struct ncb_rundata *r);

/*
 * report_summary.c: rows of the short view, by name; @chosen has room for all rows and
 * NCB_CHOSEN_MAX more.
 */
#define NCB_CHOSEN_MAX	200
size_t ncb_report_choose_rows(const struct ncb_rundata *r, const size_t *order, bool fewer,
			      size_t *chosen);
/* The tables of the short view. @c: the two designs, or NULL. */
void ncb_report_summary(struct ncb_report *report, const struct ncb_stats *s,
			const struct ncb_comparison *c, const size_t *order);

const struct ncb_pair *ncb_find_pair(const struct ncb_comparison *c, size_t row);
/* Texts of figures; malloc'd. A cost has seven characters or less. */
char *ncb_cost_text(enum ncb_metric metric, double v);
char *ncb_arm_cost_text(const struct ncb_stats *s, size_t row, const char *arm);
char *ncb_far_text(const struct ncb_stats *s, const struct ncb_pair *p);	/* "!" or "" */
const char *ncb_ending(size_t n);			/* "s", or "" of one */
char *ncb_percent(double share);			/* "+3.1" */
char *ncb_percent_text(double share);			/* "+3.1%" */
char *ncb_percent_interval(struct ncb_interval c);	/* "+1.0,+5.2", or "" */
char *ncb_verdict_text(enum ncb_metric metric, const struct ncb_pair *p);	/* or "~", "=" */
char *ncb_change_interval_text(struct ncb_interval c);	/* the same in brackets */
char *ncb_cost_interval_text(enum ncb_metric metric, struct ncb_interval c, bool sign);

#endif /* NCB_REPORT_H */
