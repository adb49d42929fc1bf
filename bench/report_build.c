// SPDX-License-Identifier: GPL-2.0-only
/* For those who fill in a report: tables, rows, items. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "report.h"

/**
 * ncb_report_table - add a table
 * @report: gets it
 * @title: malloc'd; the report's from now on
 * @full: not in the short view
 *
 * Return: the table, until the next is added.
 */
struct ncb_table *ncb_report_table(struct ncb_report *report, char *title, bool full)
{
	struct ncb_table *t;

	report->table = ncb_grow(report->table, report->tables + 1, sizeof(*report->table));
	t = &report->table[report->tables++];
	memset(t, 0, sizeof(*t));
	t->title = title;
	t->full = full;
	return t;
}

/**
 * ncb_report_section - add a section to the full view
 * @report: gets it
 * @id: of the heading on a page
 * @title: the heading; both stay the caller's
 *
 * Return: its lines, until the next is added.
 */
struct ncb_items *ncb_report_section(struct ncb_report *report, const char *id, const char *title)
{
	report->section = ncb_grow(report->section, report->sections + 1,
				   sizeof(*report->section));
	report->section[report->sections] = (struct ncb_section_items) { .id = id, .title = title };
	return &report->section[report->sections++].items;
}

/** ncb_table_column - add a column; before the first row */
void ncb_table_column(struct ncb_table *t, const char *head, unsigned int width, bool left)
{
	t->head[t->columns] = head;
	t->width[t->columns] = width;
	t->left[t->columns++] = left;
}

/** ncb_table_row - add a row; returns its cells, to be set to malloc'd texts */
char **ncb_table_row(struct ncb_table *t)
{
	t->cell = ncb_grow(t->cell, ++t->rows * t->columns, sizeof(*t->cell));
	memset(t->cell + (t->rows - 1) * t->columns, 0, t->columns * sizeof(*t->cell));
	return t->cell + (t->rows - 1) * t->columns;
}

/** ncb_items_add - add a line; @text is malloc'd, and theirs from now on */
struct ncb_item *ncb_items_add(struct ncb_items *items, const char *name, enum ncb_mark mark,
			       char *text)
{
	items->item = ncb_grow(items->item, items->n + 1, sizeof(*items->item));
	items->item[items->n] = (struct ncb_item) { .name = name, .text = text, .mark = mark };
	return &items->item[items->n++];
}

/** ncb_items_say - add a line with a format; the text is cut nowhere */
struct ncb_item *ncb_items_say(struct ncb_items *items, const char *name, enum ncb_mark mark,
			       const char *format, ...)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	va_list args;

	va_start(args, format);
	if (f) {
		vfprintf(f, format, args);
		fclose(f);
	}
	va_end(args);
	return ncb_items_add(items, name, mark, text ? text : ncb_copy(""));
}

/** ncb_ending - the ending of a plural, or of one */
const char *ncb_ending(size_t n)
{
	return n == 1 ? "" : "s";
}

/** ncb_items_free - the texts of a list and the list itself */
void ncb_items_free(struct ncb_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++) {
		free(items->item[i].text);
		free(items->item[i].more);
	}
	free(items->item);
}
