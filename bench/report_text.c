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

/* How many items a view has. */
static size_t count_items(const struct ncb_items *items, bool full)
{
	size_t i, n = 0;

	for (i = 0; i < items->n; i++)
		n += full || !items->item[i].full;
	return n;
}

static void put_items(FILE *f, const char *title, const struct ncb_items *items, bool full)
{
	static const char *const marks[] = { "", "[ok] ", "[BAD] " };
	size_t i, indent = title && *title ? 2 : 0, column;
	bool named = false;

	if (!count_items(items, full))
		return;
	if (title && *title)
		fprintf(f, "\n%s\n", title);
	for (i = 0; i < items->n; i++)
		named |= *items->item[i].name;
	for (i = 0; i < items->n; i++) {
		const struct ncb_item *item = &items->item[i];
		bool more = full && item->more && *item->more;
		char *text;

		if (item->full && !full)
			continue;
		text = ncb_format("%s%s%s%s", marks[title ? item->mark : 0],
				  *item->text ? item->text : "-", more ? "; " : "",
				  more ? item->more : "");
		column = named ? put_name(f, item->name, indent) : indent;
		if (!named)
			fprintf(f, "%*s", (int)indent, "");
		put_wrapped(f, text, column);
		free(text);
	}
}

/* A table being written: widths as needed, and whether a line of it is too long. */
struct layout {
	const struct ncb_table *t;
	size_t width[NCB_TABLE_COLUMNS];
	bool used[NCB_TABLE_COLUMNS];
	bool stacked;
};

static struct layout lay_out(const struct ncb_table *t)
{
	struct layout l = { .t = t };
	size_t i, n, total = 0;
	unsigned int c;

	for (c = 0; c < t->columns; c++) {
		/* Columns that no row uses take no room. */
		l.used[c] = ncb_table_uses(t, c);
		l.width[c] = strlen(t->head[c]) > t->width[c] ? strlen(t->head[c]) : t->width[c];
		for (i = 0; i < t->rows; i++) {
			n = strlen(t->cell[i * t->columns + c]);
			if (n > l.width[c])
				l.width[c] = n;
		}
		if (l.used[c])
			total += l.width[c] + !!c;
	}
	l.stacked = total > NCB_REPORT_WIDTH;
	return l;
}

static void put_cell(FILE *f, const struct layout *l, unsigned int column, const char *text,
		     bool last)
{
	int pad = (int)l->width[column] - (int)strlen(text);

	if (!l->t->left[column])
		fprintf(f, "%*s", pad > 0 ? pad : 0, "");
	put_plain(f, text, strlen(text));
	if (l->t->left[column] && !last)
		fprintf(f, "%*s", pad > 0 ? pad : 0, "");
}

/* Too long: the first cell stands on a line of its own, and the others are packed. */
static void put_stacked(FILE *f, const struct layout *l, const char *const *cell)
{
	size_t column = 1, n;
	unsigned int c;

	put_wrapped(f, cell[0], 0);
	fputc(' ', f);
	for (c = 1; c < l->t->columns; c++) {
		n = strlen(cell[c]);
		if (!l->used[c] || !n)
			continue;
		if (column + 1 + n > NCB_REPORT_WIDTH) {
			fputs("\n ", f);
			column = 1;
		}
		fputc(' ', f);
		put_plain(f, cell[c], n);
		column += 1 + n;
	}
	fputc('\n', f);
}

static void put_line(FILE *f, const struct layout *l, const char *const *cell)
{
	unsigned int c, last = 0;
	bool first = true;

	if (l->stacked) {
		put_stacked(f, l, cell);
		return;
	}
	for (c = 0; c < l->t->columns; c++)
		if (*cell[c] && l->used[c])
			last = c;
	for (c = 0; c <= last; c++) {
		if (!l->used[c])
			continue;
		if (!first)
			fputc(' ', f);
		first = false;
		put_cell(f, l, c, cell[c], c == last);
	}
	fputc('\n', f);
}

static void put_table(FILE *f, const struct ncb_table *t)
{
	struct layout l = lay_out(t);
	size_t i;

	if (!t->rows)
		return;
	fputc('\n', f);
	put_wrapped(f, t->title, 0);
	put_line(f, &l, t->head);
	for (i = 0; i < t->rows; i++)
		put_line(f, &l, (const char *const *)t->cell + i * t->columns);
	if (t->note)
		put_wrapped(f, t->note, 0);
}

static void put_rule(FILE *f, size_t n)
{
	while (n--)
		fputc('=', f);
	fputc('\n', f);
}

static void put_tables(FILE *f, const struct ncb_report *report, bool full)
{
	size_t i;

	for (i = 0; i < report->tables; i++)
		if (report->table[i].full == full)
			put_table(f, &report->table[i]);
}

/**
 * ncb_report_put_text - any report as text
 * @report: what it says
 * @f: written to
 * @full: everything; without it, what is on the first screen
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_put_text(const struct ncb_report *report, FILE *f, bool full)
{
	size_t i;

	put_wrapped(f, report->title, 0);
	put_rule(f, strlen(report->title));
	put_items(f, NULL, &report->warnings, true);
	put_items(f, NULL, &report->head, full);
	put_tables(f, report, false);
	if (report->summary.n || report->memory.n)
		fputc('\n', f);
	put_items(f, "", &report->summary, full);
	put_items(f, "", &report->memory, full);
	if (full)
		put_tables(f, report, true);
	put_items(f, "Behaviour", &report->behaviour, full);
	put_items(f, "Reading the tables", &report->legend, full);
	put_items(f, "What makes the numbers true", &report->trust, full);
	for (i = 0; full && i < report->sections; i++)
		put_items(f, report->section[i].title, &report->section[i].items, full);
	put_items(f, "Not measured", &report->missing, full);
	if (full)
		put_items(f, "Machine and kernel", &report->env, full);
	put_items(f, full ? "To reproduce" : "", &report->reproduce, full);
	if (!full && report->hint)
		put_wrapped(f, report->hint, 0);
	return ferror(f) ? -EIO : 0;
}

/** ncb_report_text_with - ncb_report_put_text() of one run */
int ncb_report_text_with(const struct ncb_stats *s, FILE *f, bool full)
{
	struct ncb_report *report = ncb_report_new(s);
	int err = ncb_report_put_text(report, f, full);

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
