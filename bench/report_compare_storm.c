// SPDX-License-Identifier: GPL-2.0-only
/* What a comparison between runs says of module load storms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compare_storm.h"
#include "report_storm.h"

static const struct ncb_rundata *first_run(const struct ncb_comparison *c)
{
	return ncb_stats_whole(c->old.stats[0]);
}

/* As tables of rows have it; a rate that rises is faster. */
static const char *verdict_text(const struct ncb_storm_comparison *s,
				const struct ncb_storm_pair *p)
{
	/* More instructions for a load are more; more loads for an instruction are not. */
	if (p->verdict == NCB_WITHIN_MARGIN)
		return "within";
	return ncb_verdict_word(s->exact && p->metric != NCB_STORM_RATE ? NCB_INSN : NCB_NS,
				p->verdict);
}

/* Times in us or kinsn; rates as they are. */
static char *value_text(const struct ncb_storm_pair *p, struct ncb_interval v)
{
	if (!v.valid)
		return ncb_copy("n/a");
	return p->metric == NCB_STORM_RATE ? ncb_storm_figure(v.value) : ncb_storm_cell(v.value);
}

static void add_table(struct ncb_report *report, const struct ncb_comparison *c, bool changed)
{
	const struct ncb_storm_comparison *s = c->storms;
	struct ncb_table *t = NULL;
	size_t i;

	for (i = 0; i < s->pairs; i++) {
		const struct ncb_storm_pair *p = &s->pair[i];
		char **cell;

		if (ncb_is_change(p->verdict) != changed)
			continue;
		if (!t) {
			t = ncb_report_table(report, ncb_format("module load storms%s: %s, change in %%",
					changed ? " that changed" : ", no change called",
					ncb_storm_cell_unit(first_run(c))), !changed);
			t->note = ncb_copy("storms have no controls: costs are as measured, with all "
					   "that the machine did meanwhile");
			ncb_table_column(t, "storm", 20, true);
			ncb_table_column(t, "figure", 8, true);
			ncb_table_column(t, "old", 5, false);
			ncb_table_column(t, "new", 5, false);
			ncb_table_column(t, "change", 6, false);
			ncb_table_column(t, "95 %", 11, false);
			ncb_table_column(t, "is", 6, true);
		}
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(p->id);
		cell[1] = ncb_copy(ncb_storm_metric_names[p->metric]);
		cell[2] = value_text(p, p->old_value);
		cell[3] = value_text(p, p->new_value);
		cell[4] = p->change.ci.valid ? ncb_percent(p->change.ci.value) : ncb_copy("-");
		cell[5] = isfinite(p->change.ci.high) ? ncb_percent_interval(p->change.ci) :
							ncb_copy("-");
		cell[6] = ncb_copy(verdict_text(s, p));
	}
}

static size_t count_verdicts(const struct ncb_storm_comparison *s, enum ncb_verdict v)
{
	size_t i, n = 0;

	for (i = 0; i < s->pairs; i++)
		n += s->pair[i].verdict == v;
	return n;
}

static char *notifiers_text(double n)
{
	return isnan(n) ? ncb_copy("n/a") : ncb_format("%.0f", n);
}

static void say_chain(struct ncb_items *items, const struct ncb_storm_comparison *s)
{
	static const char *const orders[] = { "reversed", "n/a", "same order" };
	char *old = notifiers_text(s->notifiers[0]), *new = notifiers_text(s->notifiers[1]);
	const char *from = orders[s->order[0] + 1], *to = orders[s->order[1] + 1];
	bool alike = !strcmp(old, new);

	ncb_items_say(items, "", NCB_MARK_NONE, "on the chain: %s%s%s notifiers; GOING: %s%s%s", old,
		      alike ? "" : " -> ", alike ? "" : new, from,
		      s->order[0] == s->order[1] ? "" : " -> ",
		      s->order[0] == s->order[1] ? "" : to);
	free(old);
	free(new);
}

/* The short view leaves lines out. */
static void add_hint(struct ncb_report *report, const struct ncb_storm_comparison *s)
{
	size_t i, left = 0;

	for (i = 0; i < s->pairs; i++)
		left += !ncb_is_change(s->pair[i].verdict);
	if (!left || report->hint)
		return;
	report->hint = ncb_format("%zu figure%s of storms in which no change is called: --full shows "
				  "%s.", left, ncb_ending(left), left == 1 ? "it" : "them");
}

static void say_left(struct ncb_items *items, const struct ncb_storm_comparison *s)
{
	char *list = NULL, *longer;
	size_t i;

	for (i = 0; i < s->lefts; i++) {
		longer = ncb_format("%s%s%s", list ? list : "", list ? "; " : "", s->left[i]);
		free(list);
		list = longer;
	}
	if (list)
		ncb_items_say(items, "", NCB_MARK_NONE, "not compared: %s", list);
	free(list);
	if (s->partial)
		ncb_items_say(items, "", NCB_MARK_NONE, "%zu figure%s not in all runs of a side",
			      s->partial, s->partial == 1 ? " is" : "s are");
}

static void say_result(struct ncb_items *items, const struct ncb_storm_comparison *s)
{
	size_t more = count_verdicts(s, NCB_MORE), less = count_verdicts(s, NCB_LESS);
	char *unsure = ncb_copy("");

	if (s->unsure) {
		free(unsure);
		unsure = s->exact ?
			ncb_format("; one boot of a side: of %zu, of several threads or the slowest "
				   "loads, nothing is called a change", s->unsure) :
			ncb_copy("; one boot of a side: nothing is called a change, between boots "
				 "the machine itself moves");
	}
	ncb_items_say(items, "storms", NCB_MARK_NONE, "%zu figure%s: %zu slower, %zu faster, %zu "
		      "without a change that is called%s", s->pairs, ncb_ending(s->pairs), more, less,
		      s->pairs - more - less, unsure);
	free(unsure);
}

static void add_trust(struct ncb_items *items, const struct ncb_comparison *c)
{
	const struct ncb_storm_comparison *s = c->storms;

	ncb_items_say(items, "storms", NCB_MARK_NONE,
		      "medians of rounds, logarithms, means over boots, Student's t; %s over %zu "
		      "figure%s, and a rank test that agrees; no controls: costs are absolute%s",
		      ncb_correction_names[c->options.correction], s->tested, ncb_ending(s->tested),
		      s->exact ? "; below 0.2 % nothing is called" : "");
}

/**
 * ncb_storms_compare_report - storms in the report of a comparison
 * @report: gets lines and tables
 * @c: between runs
 */
void ncb_storms_compare_report(struct ncb_report *report, const struct ncb_comparison *c)
{
	const struct ncb_storm_comparison *s = c->storms;

	if (!s)
		return;
	add_table(report, c, true);
	add_table(report, c, false);
	say_result(&report->summary, s);
	say_chain(&report->summary, s);
	say_left(&report->summary, s);
	add_trust(&report->trust, c);
	add_hint(report, s);
}
