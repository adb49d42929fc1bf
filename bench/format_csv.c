// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comma-separated values after RFC 4180: a header line, lines end in CR LF, a
 * field with a comma, a quote or a line end is quoted. What is unknown or
 * unbounded is an empty field. Figures of memory have columns of their own, as
 * they have other units. The columns stand in results/README.md.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"

static void put_text(FILE *f, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, f);
		return;
	}
	putc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', f);
		putc(*text, f);
	}
	putc('"', f);
}

static void put_number(FILE *f, double v)
{
	char number[NCB_NUMBER_LEN];

	putc(',', f);
	if (isfinite(v))
		fputs(ncb_format_number(number, v), f);
}

static void put_interval(FILE *f, struct ncb_interval v)
{
	put_number(f, v.valid ? v.value : NAN);
	put_number(f, v.valid ? v.low : NAN);
	put_number(f, v.valid ? v.high : NAN);
}

static void put_header(FILE *f, const char *unit)
{
	size_t i;

	fprintf(f, "row,old_arm,new_arm,verdict,"
		"old_%s,old_low_%s,old_high_%s,new_%s,new_low_%s,new_high_%s,"
		"change_share,change_low_share,change_high_share,"
		"difference_%s,difference_low_%s,difference_high_%s,"
		"p,p_rank,p_margin,envelope_share,drift_share,level,clusters,se,df",
		unit, unit, unit, unit, unit, unit, unit, unit, unit);
	for (i = 0; i < NCB_LEVELS; i++)
		fprintf(f, ",variance_%s_share", ncb_level_names[i]);
	fputs(",old_cells,new_cells,reason,warning,memory_unit,old_memory,old_memory_known,"
	      "new_memory,new_memory_known,difference_memory\r\n", f);
}

static void put_pair(FILE *f, const struct ncb_pair *p)
{
	static const struct ncb_pair none = {
		.p = NAN, .p_rank = NAN, .p_margin = NAN, .envelope = NAN, .drift = NAN,
	};
	/* What is known exactly has no level that it varies with. */
	bool known = p && p->change.ci.valid && p->change.se != 0;
	size_t i;

	if (!p)
		p = &none;
	put_interval(f, p->change.ci);
	put_interval(f, p->difference);
	put_number(f, p->p);
	put_number(f, p->p_rank);
	put_number(f, p->p_margin);
	put_number(f, p->envelope);
	put_number(f, p->drift);
	fprintf(f, ",%s,", known ? ncb_level_names[p->change.level] : "");
	if (known)
		fprintf(f, "%zu", p->change.clusters);
	put_number(f, known ? p->change.se : NAN);
	put_number(f, known ? p->change.df : NAN);
	for (i = 0; i < NCB_LEVELS; i++)
		put_number(f, known ? p->change.share[i] : NAN);
}

static char *join_warnings(const struct ncb_comparison *c)
{
	struct ncb_format_texts t = ncb_format_warnings(c);
	char *out = ncb_copy(""), *more;
	size_t i;

	for (i = 0; i < t.n; i++) {
		more = ncb_format("%s%s%s", out, i ? "; " : "", t.text[i]);
		free(out);
		out = more;
	}
	ncb_format_texts_free(&t);
	return out;
}

static void put_memory_figure(FILE *f, const struct ncb_memory_figure *v)
{
	if (v->known)
		fprintf(f, ",%" PRId64 ",%s", v->value, v->least ? "at least" : "exact");
	else
		fputs(",,", f);
}

static void put_memory(FILE *f, const struct ncb_memory_pair *p, const char *warning)
{
	double change = ncb_format_memory_change(p);
	int i;

	put_text(f, p->id);
	fprintf(f, ",,,%s,,,,,,", p->reason ? ncb_verdict_names[NCB_NOTHING] :
					      ncb_memory_word(p->verdict));
	put_number(f, change);
	put_number(f, change);
	put_number(f, change);
	/* Differences, p and so on, which only rows have, up to the cells. */
	for (i = 0; i < 12 + NCB_LEVELS + 2; i++)
		putc(',', f);
	putc(',', f);
	put_text(f, p->reason ? p->reason : "");
	putc(',', f);
	put_text(f, warning);
	fprintf(f, ",%s", p->unit);
	put_memory_figure(f, &p->side[NCB_OLD]);
	put_memory_figure(f, &p->side[NCB_NEW]);
	if (p->reason)
		fputs(",\r\n", f);
	else
		fprintf(f, ",%" PRId64 "\r\n", p->side[NCB_NEW].value - p->side[NCB_OLD].value);
}

/** ncb_format_csv - see format.h */
int ncb_format_csv(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;

	char *warning = join_warnings(c);

	put_header(f, ncb_metric_names[c->metric]);
	for (i = 0; i < n; i++) {
		const struct ncb_format_row *row = &rows[i];

		put_text(f, row->id);
		putc(',', f);
		put_text(f, row->arm[NCB_OLD] ? row->arm[NCB_OLD] : "");
		putc(',', f);
		put_text(f, row->arm[NCB_NEW] ? row->arm[NCB_NEW] : "");
		putc(',', f);
		put_text(f, ncb_verdict_names[row->pair ? row->pair->verdict : NCB_NOTHING]);
		put_interval(f, row->cost[NCB_OLD]);
		put_interval(f, row->cost[NCB_NEW]);
		put_pair(f, row->pair);
		fprintf(f, ",%zu,%zu,", row->values[NCB_OLD].n, row->values[NCB_NEW].n);
		put_text(f, row->reason ? row->reason : "");
		putc(',', f);
		put_text(f, warning);
		fputs(",,,,,,\r\n", f);
	}
	for (i = 0; c->memory && i < c->memory->pairs; i++)
		put_memory(f, &c->memory->pair[i], warning);
	free(warning);
	ncb_format_rows_free(rows, n);
	return 0;
}
