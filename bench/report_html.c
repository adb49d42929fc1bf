// SPDX-License-Identifier: GPL-2.0-only
/* The report as one HTML file: no scripts, no network, the pictures inside. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "report.h"

static const char style[] =
	":root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--soft:#666;--line:#ccc;"
	"--band:#f4f4f2;--bad:#a30000;--good:#00603a}\n"
	"@media (prefers-color-scheme:dark){:root{--ink:#e6e6e6;--paper:#161616;--soft:#a0a0a0;"
	"--line:#444;--band:#222;--bad:#ff8a80;--good:#7fd8a8}}\n"
	"body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
	"max-width:62em;margin:1.5em auto;padding:0 1em}\n"
	"h1{font-size:1.5em}\n"
	"h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid var(--line)}\n"
	".scroll{overflow-x:auto;margin:1em 0}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
	"caption{text-align:left;font-weight:600;padding:.3em 0}\n"
	"th,td{padding:.15em .7em;text-align:right;white-space:nowrap}\n"
	"th{border-bottom:1px solid var(--ink)}.l{text-align:left}\n"
	"tbody tr:nth-child(even){background:var(--band)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em}\n"
	"dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
	".bad{color:var(--bad);font-weight:600}.good{color:var(--good)}\n"
	"figure{margin:1.5em 0;break-inside:avoid}\n"
	"figure svg{width:100%;height:auto;color:#000;background:#fff;"
	"border:1px solid var(--line)}\n"
	"figcaption,.note{color:var(--soft);font-size:.9em}\n"
	"code{font-family:ui-monospace,monospace}\n"
	"@media print{:root{--ink:#000;--paper:#fff;--soft:#444;--band:#f4f4f2;--bad:#a30000;"
	"--good:#00603a;--line:#999}body{max-width:none;margin:0;font-size:10pt}"
	"table,dl{break-inside:avoid}.scroll{overflow:visible}}\n";

static void put_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			/* Control characters are no text; the rest is UTF-8, JSON saw to that. */
			fputc(iscntrl((unsigned char)*text) ? ' ' : *text, f);
		}
	}
}

static void put_items(FILE *f, const char *title, const struct ncb_items *items)
{
	static const char *const classes[] = { "", " class=\"good\"", " class=\"bad\"" };
	static const char *const marks[] = { "", "ok: ", "BAD: " };
	size_t i;

	if (!items->n)
		return;
	if (title) {
		fputs("<h2>", f);
		put_text(f, title);
		fputs("</h2>\n", f);
	}
	fputs("<dl>\n", f);
	for (i = 0; i < items->n; i++) {
		const struct ncb_item *item = &items->item[i];

		fputs("<dt>", f);
		put_text(f, item->name);
		fprintf(f, "</dt><dd><span%s>%s</span>", classes[item->mark],
			title ? marks[item->mark] : "");
		put_text(f, item->text);
		fputs("</dd>\n", f);
	}
	fputs("</dl>\n", f);
}

static void put_table(FILE *f, const struct ncb_table *t)
{
	unsigned int c;
	size_t i;

	if (!t->rows)
		return;
	fputs("<div class=\"scroll\"><table><caption>", f);
	put_text(f, t->title);
	fputs("</caption>\n<thead><tr>", f);
	for (c = 0; c < t->columns; c++) {
		if (!ncb_table_uses(t, c))
			continue;
		fprintf(f, "<th scope=\"col\"%s>", t->left[c] ? " class=\"l\"" : "");
		put_text(f, t->head[c]);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
	for (i = 0; i < t->rows; i++) {
		fputs("<tr>", f);
		for (c = 0; c < t->columns; c++) {
			if (!ncb_table_uses(t, c))
				continue;
			fprintf(f, "<td%s>", t->left[c] ? " class=\"l\"" : "");
			put_text(f, t->cell[i * t->columns + c]);
			fputs("</td>", f);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table>", f);
	if (t->note) {
		fputs("<p class=\"note\">", f);
		put_text(f, t->note);
		fputs("</p>", f);
	}
	fputs("</div>\n", f);
}

/*
 * An SVG file as part of the page: from its root element on, and with its ids
 * made different from those of the other pictures.
 */
static void put_svg(FILE *f, const char *svg, size_t number)
{
	static const char *const before[] = { " id=\"", "url(#", "href='#", "href=\"#", " id='" };
	const char *p = strstr(svg, "<svg");
	size_t i, n;

	while (p && *p) {
		for (i = 0; i < ARRAY_SIZE(before); i++) {
			n = strlen(before[i]);
			if (!strncmp(p, before[i], n))
				break;
		}
		if (i < ARRAY_SIZE(before)) {
			fprintf(f, "%sp%zu-", before[i], number);
			p += n;
		} else {
			fputc(*p++, f);
		}
	}
}

static void put_pictures(FILE *f, const struct ncb_picture *list, size_t n, const char *plots)
{
	size_t i, shown = 0;

	for (i = 0; i < n; i++) {
		char *path = ncb_format("%s/%s.svg", plots, list[i].name);
		char *svg = ncb_read_file(path, NULL);

		free(path);
		if (!svg)
			continue;
		if (!shown++)
			fputs("<h2>Pictures</h2>\n", f);
		fputs("<figure>\n", f);
		put_svg(f, svg, i);
		fputs("<figcaption>", f);
		put_text(f, list[i].caption);
		fputs("</figcaption></figure>\n", f);
		free(svg);
	}
}

/**
 * ncb_report_put_html - a report as HTML, with pictures that are there
 * @report: what it says
 * @f: written to
 * @picture: in this order, @n of them
 * @n: how many; 0: none
 * @plots: folder of <name>.svg; pictures that are not there are left out
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_put_html(const struct ncb_report *report, FILE *f, const struct ncb_picture *picture,
			size_t n, const char *plots)
{
	size_t i;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<title>", f);
	put_text(f, report->name ? report->name : report->title);
	fprintf(f, "</title>\n<style>\n%s</style></head>\n<body>\n<h1>", style);
	put_text(f, report->title);
	fputs("</h1>\n", f);
	put_items(f, NULL, &report->warnings);
	put_items(f, NULL, &report->head);
	put_items(f, "Reading the tables", &report->legend);
	fputs("<h2>Costs</h2>\n", f);
	for (i = 0; i < report->tables; i++)
		put_table(f, &report->table[i]);
	put_items(f, "Memory, in bytes: " NCB_REPORT_BASE " -> dlist", &report->memory);
	put_items(f, "What makes the numbers true", &report->trust);
	put_pictures(f, picture, n, plots);
	put_items(f, "Not measured", &report->missing);
	put_items(f, "To reproduce", &report->reproduce);
	put_items(f, "Machine and kernel", &report->env);
	fputs("</body></html>\n", f);
	return ferror(f) ? -EIO : 0;
}

/**
 * ncb_report_html_with - the report of a run as HTML, with pictures that are there
 * @s: the figures
 * @f: written to
 * @full: all rows
 * @plots: folder of <name>.svg
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_html_with(const struct ncb_stats *s, FILE *f, bool full, const char *plots)
{
	struct ncb_report *report = ncb_report_new(s, full);
	const struct ncb_rundata *r = ncb_stats_run(s);
	struct ncb_picture *list;
	size_t n = ncb_plot_list(s, &list);
	int err;

	report->name = ncb_copy(r->name ? r->name : "ncbench");
	err = ncb_report_put_html(report, f, list, n, plots);
	ncb_plot_free(list, n);
	ncb_report_free(report);
	return err;
}

/**
 * ncb_report_html - the report as HTML, with pictures drawn for it
 * @r: the run
 * @f: written to
 * @full: all rows
 *
 * Return: 0, or -EIO where @f could not be written. A picture that cannot be
 * drawn is left out, with a message.
 */
int ncb_report_html(const struct ncb_rundata *r, FILE *f, bool full)
{
	const char *tmp = getenv("TMPDIR");
	char *plots = ncb_format("%s/ncbench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	struct ncb_stats *s = ncb_stats_new(r);
	int err;

	if (mkdtemp(plots)) {
		ncb_plot_draw(s, plots, NULL, false);
		err = ncb_report_html_with(s, f, full, plots);
		ncb_remove_tree(plots);
	} else {
		ncb_say("no pictures: cannot make a folder in %s: %s", plots, strerror(errno));
		err = ncb_report_html_with(s, f, full, "/nonexistent");
	}
	ncb_stats_free(s);
	free(plots);
	return err;
}
