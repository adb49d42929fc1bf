// SPDX-License-Identifier: GPL-2.0-only
/* A run that was measured in another metric, too: the two designs in both. */
#include <stdlib.h>
#include <string.h>
#include "report_beside.h"
#include "report_compare.h"

/* "ns: ..." in front of what the other run says; what passed is one line here. */
static struct ncb_item *take(struct ncb_items *to, const struct ncb_item *item, const char *metric)
{
	bool passed = !strcmp(item->name, NCB_PASSED);

	return ncb_items_say(to, passed ? "beside" : item->name, item->mark, "%s: %s%s", metric,
			     passed ? "passed " : "", item->text);
}

/* What speaks against it in any view; what makes it true in the full one. */
static void take_trust(struct ncb_report *report, struct ncb_stats *other)
{
	const char *metric = ncb_metric_names[ncb_stats_run(other)->metric];
	struct ncb_report *own = ncb_report_new(other), *view = ncb_mail_view(own);
	size_t i;

	for (i = 0; i < own->warnings.n; i++)
		take(&report->warnings, &own->warnings.item[i], metric);
	for (i = 0; i < view->trust.n; i++)
		take(&report->trust, &view->trust.item[i], metric)->full =
			view->trust.item[i].mark == NCB_MARK_NONE;
	ncb_mail_view_free(view);
	ncb_report_free(own);
}

static void say_place(struct ncb_items *head, const struct ncb_rundata *r)
{
	ncb_items_say(head, "beside", NCB_MARK_NONE, "%s on target %s: kernel %s, %u loading%s of "
		      "%u blocks", ncb_metric_names[r->metric], *r->target ? r->target : "unknown",
		      ncb_env_string(r, "kernel_release", "unknown"), r->reloads,
		      ncb_ending(r->reloads), r->blocks);
}

static void say_results(struct ncb_report *report, const struct ncb_beside *b)
{
	char *insn = ncb_beside_insn_text(b->insn), *time = ncb_beside_time_text(b->time);

	ncb_items_add(&report->summary, "both", NCB_MARK_NONE, ncb_format("%s; %s", insn, time));
	ncb_beside_disagreements(&report->summary, b);
	free(insn);
	free(time);
}

/**
 * ncb_report_beside_run - what was measured beside a run
 * @report: gets a table of both metrics, and what makes the other one true
 * @s: the run
 *
 * Nothing where nothing was, or where neither is in instructions, as figures of another
 * metric than the run's own may be asked for.
 */
void ncb_report_beside_run(struct ncb_report *report, const struct ncb_stats *s)
{
	struct ncb_rundata *r = ncb_stats_whole(s)->beside;
	struct ncb_stats *own = (struct ncb_stats *)s, *other;	/* comparisons only read it */
	struct ncb_beside b = {
		.heads = { NCB_REPORT_BASE, NCB_REPORT_NEW, NCB_REPORT_BASE, NCB_REPORT_NEW },
		.what = NCB_REPORT_NEW " against " NCB_REPORT_BASE,
	};
	struct ncb_comparison *mine, *others;
	bool exact = ncb_stats_run(s)->metric == NCB_INSN;

	if (!r || exact == (r->metric == NCB_INSN))
		return;
	other = ncb_stats_new(r);
	mine = ncb_compare_arms(&own, NCB_REPORT_BASE, NCB_REPORT_NEW, NULL);
	others = ncb_compare_arms(&other, NCB_REPORT_BASE, NCB_REPORT_NEW, NULL);
	b.insn = exact ? mine : others;
	b.time = exact ? others : mine;
	say_place(&report->head, r);
	if (ncb_beside_rows(&b)) {
		ncb_beside_tables(report, &b, true);
		say_results(report, &b);
		ncb_beside_legend(&report->legend, &b);
	}
	take_trust(report, other);
	ncb_comparison_free(mine);
	ncb_comparison_free(others);
	ncb_stats_free(other);
}
