// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison table of the kernel test robot (0-day, lkp-tests): axes that
 * both sides share, the two sides, then value, standard deviation where it is
 * above 2 %, change, and the same of the new side, one metric a line. The robot
 * lists changes only; here every row stands, with '~' for a change that is not
 * resolved, and what could not be compared is named below the table.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"

enum {
	VALUE_WIDTH = 10, CHANGE_WIDTH = 10, SPREAD_WIDTH = 6,
	OLD_WIDTH = VALUE_WIDTH + SPREAD_WIDTH,
	NEW_WIDTH = CHANGE_WIDTH + 1 + OLD_WIDTH,
	RULE = 89, SPREAD_LEAST = 2,
};

/* The first word: versions carry build numbers behind it. Slashes part axes. */
static char *axis(const char *text)
{
	char *out = ncb_format_plain(text, "/"), *space = strchr(out, ' ');

	if (space)
		*space = '\0';
	return out;
}

static void put_axes(const struct ncb_comparison *c, FILE *f)
{
	static const struct {
		const char *key, *name;
	} axes[] = {
		{ "arch", "arch" }, { "kernel_compiler", "compiler" },
		{ "governor", "cpufreq_governor" }, { "profile", "profile" },
		{ "target", "tbox_group" },
	};
	size_t i;

	for (i = 0; i < RULE; i++)
		putc('=', f);
	putc('\n', f);
	for (i = 0; i < ARRAY_SIZE(axes); i++)
		if (ncb_format_common(c, axes[i].key))
			fprintf(f, "%s/", axes[i].name);
	fputs("testcase:\n  ", f);
	for (i = 0; i < ARRAY_SIZE(axes); i++) {
		char *value;

		if (!ncb_format_common(c, axes[i].key))
			continue;
		value = axis(ncb_format_common(c, axes[i].key));
		fprintf(f, "%s/", value);
		free(value);
	}
	fputs("ncbench\n\n", f);
}

static void put_sides(const struct ncb_comparison *c, FILE *f)
{
	char *old = ncb_format_plain(c->old.label, ""), *new = ncb_format_plain(c->new.label, "");
	const struct ncb_side *side[NCB_SIDES] = { &c->old, &c->new };
	const char *label[NCB_SIDES] = { old, new };
	int i;

	fprintf(f, "%s: \n", c->between ? "kernel" : "engine");
	for (i = 0; i < NCB_SIDES; i++) {
		char *release = ncb_format_plain(ncb_format_env(side[i], "kernel_release"), "");

		fprintf(f, "  %s", label[i]);
		if (*release)
			fprintf(f, " (\"%s\")", release);
		putc('\n', f);
		free(release);
	}
	fprintf(f, "\n%*.*s %*.*s \n", OLD_WIDTH, OLD_WIDTH, old, NEW_WIDTH, NEW_WIDTH, new);
	for (i = 0; i < OLD_WIDTH; i++)
		putc('-', f);
	putc(' ', f);
	for (i = 0; i < NEW_WIDTH; i++)
		putc('-', f);
	fputs(" \n         %stddev     %change         %stddev\n"
	      "             \\          |                \\  \n", f);
	free(old);
	free(new);
}

static void put_value(FILE *f, double v)
{
	if (!isfinite(v))
		fprintf(f, "%*s", VALUE_WIDTH, "");
	else if (fabs(v) < 1000)
		fprintf(f, "%*.2f", VALUE_WIDTH, v);
	else if (fabs(v) > 1e8)
		fprintf(f, "%*.4g", VALUE_WIDTH, v);
	else
		fprintf(f, "%*.0f", VALUE_WIDTH, v);
}

static void put_spread(FILE *f, double mean, double sd)
{
	double share = mean != 0 ? 100 * sd / fabs(mean) : NAN;

	if (share > SPREAD_LEAST)
		fprintf(f, " \u00b1%*.0f%%", SPREAD_WIDTH - 3, share);
	else
		fprintf(f, "%*s", SPREAD_WIDTH, "");
}

static void put_change(FILE *f, const struct ncb_pair *p)
{
	double percent = 100 * p->change.ci.value;

	if (!ncb_format_has_change(p))
		fprintf(f, "%*s  ", CHANGE_WIDTH, "");
	else if (p->verdict == NCB_EQUAL)
		fprintf(f, "%+*.1f%% ", CHANGE_WIDTH, 0.0);
	else if (!ncb_format_resolved(p))
		fprintf(f, "%*s  ", CHANGE_WIDTH, "~");
	else if (fabs(percent) < 100000)
		fprintf(f, "%+*.1f%% ", CHANGE_WIDTH, percent);
	else
		fprintf(f, "%+*.2g%% ", CHANGE_WIDTH, percent);
}

/* Exact: there is no spread. */
static void put_memory(FILE *f, const struct ncb_memory_pair *p)
{
	double percent = 100 * ncb_format_memory_change(p);

	fprintf(f, "%*" PRId64 "%*s", VALUE_WIDTH, p->side[NCB_OLD].value, SPREAD_WIDTH, "");
	if (isfinite(percent))
		fprintf(f, "%+*.1f%% ", CHANGE_WIDTH, percent);
	else
		fprintf(f, "%*s  ", CHANGE_WIDTH, "");
	fprintf(f, "%*" PRId64 "%*s  ncbench.%s.%s\n", VALUE_WIDTH, p->side[NCB_NEW].value,
		SPREAD_WIDTH, "", p->id, p->unit);
}

/** ncb_format_0day - see format.h */
int ncb_format_0day(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	char *basis = ncb_format_basis(c);

	put_axes(c, f);
	put_sides(c, f);
	for (i = 0; i < n; i++) {
		const struct ncb_format_row *row = &rows[i];

		if (!row->pair)
			continue;
		put_value(f, row->cost[NCB_OLD].value);
		put_spread(f, row->values[NCB_OLD].mean, row->values[NCB_OLD].sd);
		put_change(f, row->pair);
		put_value(f, row->cost[NCB_NEW].value);
		put_spread(f, row->values[NCB_NEW].mean, row->values[NCB_NEW].sd);
		fprintf(f, "  ncbench.%s.%s\n", row->id, ncb_metric_names[c->metric]);
	}
	for (i = 0; c->memory && i < c->memory->pairs; i++)
		if (!c->memory->pair[i].reason)
			put_memory(f, &c->memory->pair[i]);
	fprintf(f, "\n~: not resolved%s. %%stddev: of the costs of single layouts, above %d %%.\n",
		c->options.margin > 0 ? ", or within the margin" : "", SPREAD_LEAST);
	fprintf(f, "%s.\n", basis);
	ncb_format_put_warnings(c, "", f);
	for (i = 0; i < n; i++)
		if (!rows[i].pair)
			fprintf(f, "not compared: %s (%s)\n", rows[i].id, rows[i].reason);
	for (i = 0; c->memory && i < c->memory->pairs; i++)
		if (c->memory->pair[i].reason)
			fprintf(f, "not compared: %s (%s)\n", c->memory->pair[i].id,
				c->memory->pair[i].reason);
	ncb_format_rows_free(rows, n);
	free(basis);
	return 0;
}
