// SPDX-License-Identifier: GPL-2.0-only
/* The report as one HTML file: no scripts, no network, the pictures inside. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "perf.h"
#include "report.h"

static const char style[] =
	/* One set of colours for light, one for dark; paper is light whatever the screen. */
	":root{color-scheme:light dark;--ink:#1b1e23;--paper:#fcfcfb;--card:#fff;--soft:#5b6270;"
	"--line:#d9dce1;--band:#f3f4f6;--bad:#a81212;--good:#0b6b3a;--link:#0b57a4;"
	"--badcard:#fdeeee}\n"
	"@media (prefers-color-scheme:dark){:root{--ink:#e4e6ea;--paper:#14161a;--card:#1c1f25;"
	"--soft:#a2a9b5;--line:#363b45;--band:#20242b;--bad:#ff9a91;--good:#7fd8a8;--link:#8fc1ff;"
	"--badcard:#331d1f}}\n"
	"*{box-sizing:border-box}\n"
	"body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
	"max-width:70rem;margin:0 auto;padding:1.2rem 1rem 4rem}\n"
	"h1{font-size:1.45rem;line-height:1.25;margin:.2rem 0 .8rem;overflow-wrap:anywhere}\n"
	"h2{font-size:1.15rem;margin:2.4rem 0 .8rem;padding-bottom:.25rem;"
	"border-bottom:1px solid var(--line)}\n"
	"nav{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.9rem}"
	"nav a{color:var(--link)}\n"
	".warn{background:var(--badcard);border-left:4px solid var(--bad);padding:.5rem .9rem;"
	"margin:.8rem 0}\n"
	".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13.5rem),1fr));"
	"gap:.8rem;margin:1.2rem 0}\n"
	".card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
	"padding:.7rem .9rem;min-width:0;overflow-wrap:anywhere;break-inside:avoid}\n"
	".card b{display:block;font-size:1.7rem;line-height:1.2;font-weight:650;"
	"font-variant-numeric:tabular-nums}.card span{color:var(--soft);font-size:.88rem}\n"
	".card i{display:block;font-style:normal;font-weight:600}\n"
	".scroll{overflow-x:auto;margin:1rem 0;border:1px solid var(--line);border-radius:.4rem}"
	".scroll:focus-visible{outline:2px solid var(--link)}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem;"
	"min-width:100%}\n"
	"h3{font-size:1rem;margin:1.6rem 0 .4rem;overflow-wrap:anywhere}\n"
	"th,td{padding:.2rem .7rem;text-align:right;white-space:nowrap}"
	"thead th{border-bottom:1px solid var(--line);color:var(--soft);font-weight:600}"
	"tbody th{font-weight:400}.l{text-align:left}\n"
	"tbody tr:nth-child(even){background:var(--band)}\n"
	"dl{display:grid;grid-template-columns:minmax(6.5rem,max-content) minmax(0,1fr);"
	"gap:.35rem 1rem;margin:.8rem 0}\n"
	"dt{color:var(--soft);overflow-wrap:anywhere;max-width:16rem}"
	"dd{margin:0;overflow-wrap:anywhere}dd small{color:var(--soft);font-size:.88rem}\n"
	".mark{display:inline-block;font-size:.78rem;font-weight:700;padding:0 .4rem;"
	"border:1px solid;border-radius:.6rem;margin-right:.4rem}"
	".bad{color:var(--bad)}.good{color:var(--good)}\n"
	/* Pictures are drawn in dark ink: they keep a sheet of paper in the dark. */
	"figure{margin:1.2rem 0;break-inside:avoid;background:#fff;color:#1b1e23;"
	"border:1px solid var(--line);border-radius:.5rem;padding:.5rem}\n"
	"figure svg{display:block;width:100%;height:auto}\n"
	".wide{overflow-x:auto}.wide svg{min-width:34rem}\n"
	"figcaption{color:#5b6270;font-size:.88rem;padding:.3rem .4rem}\n"
	".note{color:var(--soft);font-size:.88rem;margin:.3rem 0}\n"
	"@media (max-width:34rem){dl{grid-template-columns:minmax(0,1fr);gap:0}"
	"dd{margin-bottom:.5rem}dt{max-width:none}}\n"
	"@media print{:root{--ink:#000;--paper:#fff;--card:#fff;--soft:#444;--band:#f4f4f2;"
	"--bad:#a30000;--good:#00603a;--line:#999;--link:#000;--badcard:#fff}"
	"body{max-width:none;padding:0;font-size:10pt}nav{display:none}"
	".scroll,.wide{overflow:visible;border:0}.wide svg{min-width:0}table{font-size:8.5pt}"
	"tr{break-inside:avoid}thead{display:table-header-group}h2,h3{break-after:avoid}"
	"th,td{padding:.05rem .35rem}}\n";

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

/* A heading that the contents lead to; only where there is something below it. */
static void put_heading(FILE *f, const char *id, const char *title)
{
	fprintf(f, "<h2 id=\"%s\">%s</h2>\n", id, title);
}

static void put_list(FILE *f, const struct ncb_items *items, bool marks)
{
	static const char *const mark[] = {
		"", "<span class=\"mark good\">ok</span>", "<span class=\"mark bad\">BAD</span>",
	};
	size_t i;

	if (!items->n)
		return;
	fputs("<dl>\n", f);
	for (i = 0; i < items->n; i++) {
		const struct ncb_item *item = &items->item[i];

		fputs("<dt>", f);
		put_text(f, item->name);
		fprintf(f, "</dt><dd>%s", marks ? mark[item->mark] : "");
		put_text(f, *item->text ? item->text : "-");
		if (item->more && *item->more) {
			fputs(" <small>", f);
			put_text(f, item->more);
			fputs("</small>", f);
		}
		fputs("</dd>\n", f);
	}
	fputs("</dl>\n", f);
}

static void put_section(FILE *f, const char *id, const char *title, const struct ncb_items *items,
			bool marks)
{
	if (!items->n)
		return;
	put_heading(f, id, title);
	put_list(f, items, marks);
}

static void put_warnings(FILE *f, const struct ncb_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++) {
		bool bad = items->item[i].mark == NCB_MARK_BAD;

		fprintf(f, "<p%s><strong%s>", bad ? " class=\"warn\" role=\"note\"" : "",
			bad ? " class=\"bad\"" : "");
		put_text(f, items->item[i].name);
		fputs(":</strong> ", f);
		put_text(f, items->item[i].text);
		fputs("</p>\n", f);
	}
}

static void put_cards(FILE *f, const struct ncb_items *items)
{
	static const char *const classes[] = { "", " class=\"good\"", " class=\"bad\"" };
	size_t i;

	if (!items->n)
		return;
	fputs("<div class=\"cards\">\n", f);
	for (i = 0; i < items->n; i++) {
		fprintf(f, "<div class=\"card\"><b%s>", classes[items->item[i].mark]);
		put_text(f, items->item[i].text);
		fputs("</b><i>", f);
		put_text(f, items->item[i].name);
		fputs("</i><span>", f);
		put_text(f, items->item[i].more ? items->item[i].more : "");
		fputs("</span></div>\n", f);
	}
	fputs("</div>\n", f);
}

/* Scrolls inside its own box, which the keyboard can reach; the page never does. */
static void put_table(FILE *f, const struct ncb_table *t)
{
	unsigned int c;
	size_t i;

	if (!t->rows)
		return;
	fputs("<h3>", f);
	put_text(f, t->title);
	fputs("</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
	put_text(f, t->title);
	fputs("\"><table>\n<thead><tr>", f);
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
			const char *tag = c ? "td" : "th";

			if (!ncb_table_uses(t, c))
				continue;
			fprintf(f, "<%s%s%s>", tag, c ? "" : " scope=\"row\"",
				t->left[c] ? " class=\"l\"" : "");
			put_text(f, t->cell[i * t->columns + c]);
			fprintf(f, "</%s>", tag);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
	if (t->note) {
		fputs("<p class=\"note\">", f);
		put_text(f, t->note);
		fputs("</p>\n", f);
	}
}

static void put_tables(FILE *f, const struct ncb_report *report, bool full)
{
	size_t i;

	for (i = 0; i < report->tables; i++)
		if (report->table[i].full == full)
			put_table(f, &report->table[i]);
}

static bool has_tables(const struct ncb_report *report, bool full)
{
	size_t i;

	for (i = 0; i < report->tables; i++)
		if (report->table[i].full == full && report->table[i].rows)
			return true;
	return false;
}

/*
 * An SVG file as part of the page: from its root element on, and with its ids
 * made different from those of the other pictures.
 */
static void put_svg(FILE *f, const char *svg, const char *label, size_t number)
{
	static const char *const before[] = { " id=\"", "url(#", "href='#", "href=\"#", " id='" };
	const char *p = strstr(svg, "<svg");
	size_t i, n;

	if (p) {
		fputs("<svg role=\"img\" aria-label=\"", f);
		put_text(f, label);
		fputc('"', f);
		p += strlen("<svg");
	}
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

/* Pictures from @from up to @to of the list. */
static void put_pictures(FILE *f, const struct ncb_picture *list, size_t from, size_t to,
			 const char *plots)
{
	size_t i;

	for (i = from; i < to; i++) {
		char *path = ncb_format("%s/%s.svg", plots, list[i].name);
		char *svg = ncb_exists(path) ? ncb_read_file(path, NULL) : NULL;

		free(path);
		if (!svg)
			continue;
		fputs("<figure><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"", f);
		put_text(f, list[i].caption);
		fputs("\">\n", f);
		put_svg(f, svg, list[i].caption, i);
		fputs("</div><figcaption>", f);
		put_text(f, list[i].caption);
		fputs("</figcaption></figure>\n", f);
		free(svg);
	}
}

/**
 * ncb_report_put_html - any report as one page
 * @report: what it says
 * @f: written to
 * @picture: the pictures, the most telling first
 * @n: how many
 * @plots: folder of <name>.svg; those that are not there are left out
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
	put_warnings(f, &report->warnings);
	put_cards(f, &report->cards);
	put_list(f, &report->head, false);
	fputs("<nav aria-label=\"contents\"><a href=\"#costs\">summary</a>"
	      "<a href=\"#trust\">what makes the numbers true</a>", f);
	if (n > 1)	/* the first stands in the summary */
		fputs("<a href=\"#pictures\">pictures</a>", f);
	if (has_tables(report, true))
		fputs("<a href=\"#all\">all tables</a>", f);
	if (report->env.n)
		fputs("<a href=\"#machine\">machine</a>", f);
	fputs("</nav>\n", f);
	put_heading(f, "costs", "Summary");
	put_pictures(f, picture, 0, n ? 1 : 0, plots);
	put_tables(f, report, false);
	put_list(f, &report->summary, true);
	put_list(f, &report->memory, false);
	put_section(f, "behaviour", "Behaviour", &report->behaviour, false);
	put_section(f, "trust", "What makes the numbers true", &report->trust, true);
	if (n > 1)
		put_heading(f, "pictures", "Pictures");
	put_pictures(f, picture, 1, n, plots);
	if (has_tables(report, true)) {
		put_heading(f, "all", "All tables");
		put_tables(f, report, true);
	}
	put_section(f, "reading", "Reading the tables", &report->legend, false);
	for (i = 0; i < report->sections; i++)
		put_section(f, report->section[i].id, report->section[i].title,
			    &report->section[i].items, true);
	put_section(f, "missing", "Not measured", &report->missing, true);
	put_section(f, "again", "To reproduce", &report->reproduce, false);
	put_section(f, "machine", "Machine and kernel", &report->env, false);
	fputs("</body></html>\n", f);
	return ferror(f) ? -EIO : 0;
}

/**
 * ncb_report_html_with - the report as HTML, with pictures that are there
 * @s: the figures
 * @f: written to
 * @full: it always has all rows
 * @plots: folder of <name>.svg; pictures that are not there are left out
 *
 * Return: 0, or -EIO where @f could not be written.
 */
int ncb_report_html_with(const struct ncb_stats *s, FILE *f, bool full, const char *plots)
{
	struct ncb_report *report = ncb_report_new(s);
	struct ncb_picture *list;
	size_t n = ncb_plot_list(s, &list);
	int err;

	if (ncb_perf_has_picture(ncb_stats_run(s))) {
		/* It lies beside the folder of the others: gnuplot did not draw it. */
		list = ncb_grow(list, n + 1, sizeof(*list));
		list[n++] = (struct ncb_picture) {
			.name = "../" NCB_PERF_FLAME_NAME,
			.caption = ncb_copy("flame graph of perf record: each function stands on its "
					    "caller, as wide as its share of the samples (the "
					    "section perf record says what cannot be seen)"),
		};
	}
	err = ncb_report_put_html(report, f, list, n, plots);
	(void)full;
	ncb_plot_free(list, n);
	ncb_report_free(report);
	return err;
}

/**
 * ncb_plot_folder - a folder to draw into for a page
 *
 * Return: its name, to be removed and freed; NULL with a message.
 */
char *ncb_plot_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *plots = ncb_format("%s/ncbench-XXXXXX", tmp && *tmp ? tmp : "/tmp");

	if (mkdtemp(plots))
		return plots;
	ncb_say("no pictures: cannot make a folder in %s: %s", plots, strerror(errno));
	free(plots);
	return NULL;
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
	struct ncb_stats *s = ncb_stats_new(r);
	char *plots = ncb_plot_folder();
	int err;

	if (plots)
		ncb_plot_draw(s, plots, NULL, false);
	err = ncb_report_html_with(s, f, full, plots ? plots : "/nonexistent");
	if (plots)
		ncb_remove_tree(plots);
	ncb_stats_free(s);
	free(plots);
	return err;
}
