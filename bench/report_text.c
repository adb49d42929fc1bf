// SPDX-License-Identifier: GPL-2.0-only
/* The report as a mail can quote it: ASCII, NCB_REPORT_WIDTH columns at most. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"

#define NAME_WIDTH	12

/* Words of a file or a kernel are not to break the page. */
static char plain(char c)
{
	return c >= ' ' && c <= '~' ? c : '?';
}

static void put_plain(FILE *f, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fputc(plain(text[i]), f);
}

/* Bytes of @text that fit into @room columns: whole words where there is a choice. */
static size_t fit(const char *text, size_t room)
{
	size_t n = strlen(text), k;

	if (n <= room)
		return n;
	for (k = room; k && text[k] != ' '; k--)
		;
	return k ? k : room;
}

/* Wrapped; lines after the first begin in column @indent, where the first is already. */
static void put_wrapped(FILE *f, const char *text, size_t indent)
{
	size_t n;

	do {
		n = fit(text, NCB_REPORT_WIDTH - indent);
		put_plain(f, text, n);
		fputc('\n', f);
		text += n;
		text += strspn(text, " ");
		if (*text)
			fprintf(f, "%*s", (int)indent, "");
	} while (*text);
}

/* The name of an item, and the column in which its text begins. */
static size_t put_name(FILE *f, const char *name, size_t indent)
{
	size_t n = strlen(name), column = indent + n + 2;

	fprintf(f, "%*s", (int)indent, "");
	if (column > NCB_REPORT_WIDTH / 2) {
		put_wrapped(f, name, indent);
		column = indent + 4;
		fprintf(f, "%*s", (int)column, "");
		return column;
	}
	put_plain(f, name, n);
	if (n < NAME_WIDTH) {
		column = indent + NAME_WIDTH;
		fprintf(f, "%*s", (int)(NAME_WIDTH - n), "");
	} else {
		fputs(": ", f);
	}
	return column;
}

static void put_items(FILE *f, const char *title, const struct ncb_items *items)
{
	static const char *const marks[] = { "", "[ok] ", "[BAD] " };
	size_t i, indent = title ? 2 : 0, column;
	bool named = false;

	if (!items->n)
		return;
	if (title)
		fprintf(f, "\n%s\n", title);
	for (i = 0; i < items->n; i++)
		named |= *items->item[i].name;
	for (i = 0; i < items->n; i++) {
		const struct ncb_item *item = &items->item[i];
		char *text = ncb_format("%s%s", marks[title ? item->mark : 0],
					*item->text ? item->text : "-");

		column = named ? put_name(f, item->name, indent) : indent;
		if (!named)
			fprintf(f, "%*s", (int)indent, "");
		put_wrapped(f, text, column);
		free(text);
	}
}

static void put_cell(FILE *f, const struct ncb_table *t, unsigned int column, const char *text)
{
	int pad = (int)t->width[column] - (int)strlen(text);

	if (column)
		fputc(' ', f);
	if (!t->left[column])
		fprintf(f, "%*s", pad > 0 ? pad : 0, "");
	put_plain(f, text, strlen(text));
	if (t->left[column] && column + 1 < t->columns)
		fprintf(f, "%*s", pad > 0 ? pad : 0, "");
}

/* Columns that no row uses take no room. */
static void put_line(FILE *f, const struct ncb_table *t, const char *const *cell)
{
	unsigned int c, last = 0;

	for (c = 0; c < t->columns; c++)
		if (*cell[c] && ncb_table_uses(t, c))
			last = c;
	for (c = 0; c <= last; c++)
		if (ncb_table_uses(t, c))
			put_cell(f, t, c, cell[c]);
	fputc('\n', f);
}

static void put_table(FILE *f, const struct ncb_table *t)
{
	size_t i;

	if (!t->rows)
		return;
	fputc('\n', f);
	put_wrapped(f, t->title, 0);
	put_line(f, t, t->head);
	for (i = 0; i < t->rows; i++)
		put_line(f, t, (const char *const *)t->cell + i * t->columns);
	if (t->note)
		put_wrapped(f, t->note, 0);
}

static void put_rule(FILE *f, size_t n)
{
	while (n--)
		fputc('=', f);
	fputc('\n', f);
}

/**
 * ncb_report_put_text - a report as text
 * @report: what it says
 * @f: written to
 * @full: all tables, and everything known of the machine
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_put_text(const struct ncb_report *report, FILE *f, bool full)
{
	size_t i;

	put_wrapped(f, report->title, 0);
	put_rule(f, strlen(report->title));
	put_items(f, NULL, &report->warnings);
	put_items(f, NULL, &report->head);
	for (i = 0; i < report->tables; i++)
		if (full || !report->table[i].full)
			put_table(f, &report->table[i]);
	put_items(f, "Reading the tables", &report->legend);
	put_items(f, "Memory, in bytes: " NCB_REPORT_BASE " -> dlist", &report->memory);
	put_items(f, "What makes the numbers true", &report->trust);
	put_items(f, "Not measured", &report->missing);
	if (full)
		put_items(f, "Machine and kernel", &report->env);
	put_items(f, "To reproduce", &report->reproduce);
	if (!full && report->hint) {
		fputc('\n', f);
		put_wrapped(f, report->hint, 0);
	}
	return ferror(f) ? -EIO : 0;
}

/**
 * ncb_report_text_with - the report of a run as text
 * @s: the figures
 * @f: written to
 * @full: all rows and everything known of the machine
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_text_with(const struct ncb_stats *s, FILE *f, bool full)
{
	struct ncb_report *report = ncb_report_new(s, full);
	int err;

	report->hint = ncb_copy("Rows that matter most; 'ncbench report --full' has all.");
	err = ncb_report_put_text(report, f, full);
	ncb_report_free(report);
	return err;
}

/** ncb_report_text - ncb_report_text_with() from a run */
int ncb_report_text(const struct ncb_rundata *r, FILE *f, bool full)
{
	struct ncb_stats *s = ncb_stats_new(r);
	int err = ncb_report_text_with(s, f, full);

	ncb_stats_free(s);
	return err;
}
