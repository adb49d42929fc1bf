// SPDX-License-Identifier: GPL-2.0-only
/*
 * KTAP, version 1 (Documentation/dev-tools/ktap.rst): a test point per row.
 * Slower, more instructions, or larger is "not ok"; what is not resolved is "ok ... # ~";
 * a row without a comparison is skipped with its reason.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "format.h"

static void put_cost(FILE *f, const char *name, struct ncb_interval v)
{
	fprintf(f, "%s %.6g", name, v.value);
	if (isfinite(v.low) && isfinite(v.high))
		fprintf(f, " [%.6g, %.6g]", v.low, v.high);
}

static void put_share(FILE *f, double v)
{
	fprintf(f, "%+.2f%%", 100 * v);
}

/* Directly before the result line, as the specification has it. */
static void put_figures(FILE *f, const struct ncb_comparison *c, const struct ncb_format_row *row)
{
	const struct ncb_pair *p = row->pair;

	put_cost(f, "# old", row->cost[NCB_OLD]);
	put_cost(f, ", new", row->cost[NCB_NEW]);
	fprintf(f, " %s/op", ncb_metric_names[c->metric]);
	if (p->change.se != 0 && !isnan(p->p)) {
		char *clusters = ncb_format_clusters(&p->change);

		fprintf(f, ", p=%.4f over %s", p->p, clusters);
		free(clusters);
	}
	if (isfinite(p->drift))
		fprintf(f, ", controls %+.2f%%", 100 * p->drift);
	if (p->envelope > 0)
		fprintf(f, ", the same code differs by up to %.2f%%", 100 * p->envelope);
	putc('\n', f);
}

static void put_result(FILE *f, const struct ncb_comparison *c, const struct ncb_format_row *row,
		       size_t number)
{
	const struct ncb_pair *p = row->pair;
	char *name = ncb_format_plain(row->id, "#");

	if (!ncb_format_has_change(p)) {
		char *reason = ncb_format_plain(row->reason ? row->reason :
						"no change can be computed", "#");

		fprintf(f, "ok %zu %s # SKIP %s\n", number, name, reason);
		free(reason);
		free(name);
		return;
	}
	put_figures(f, c, row);
	fprintf(f, "%s %zu %s # %s ", p->verdict == NCB_MORE ? "not ok" : "ok", number, name,
		ncb_verdict_word(c->metric, p->verdict));
	put_share(f, p->change.ci.value);
	if (isfinite(p->change.ci.low) && isfinite(p->change.ci.high)) {
		fputs(" [", f);
		put_share(f, p->change.ci.low);
		fputs(", ", f);
		put_share(f, p->change.ci.high);
		fputs("]", f);
	}
	putc('\n', f);
	free(name);
}

static void put_memory(FILE *f, const struct ncb_memory_pair *p, size_t number)
{
	char *name = ncb_format_plain(p->id, "#"), *reason = ncb_format_plain(p->reason, "#");
	double change = ncb_format_memory_change(p);

	if (p->reason) {
		fprintf(f, "ok %zu %s # SKIP %s\n", number, name, reason);
	} else {
		fprintf(f, "# old %" PRId64 ", new %" PRId64 " %s\n%s %zu %s # %s", p->side[0].value,
			p->side[1].value, p->unit, p->verdict == NCB_MORE ? "not ok" : "ok",
			number, name, ncb_memory_word(p->verdict));
		if (isfinite(change)) {
			putc(' ', f);
			put_share(f, change);
		}
		putc('\n', f);
	}
	free(name);
	free(reason);
}

/** ncb_format_ktap - see format.h */
int ncb_format_ktap(const struct ncb_comparison *c, FILE *f)
{
	struct ncb_format_row *rows;
	size_t n = ncb_format_rows(c, &rows), i;
	char *old = ncb_format_plain(c->old.label, ""), *new = ncb_format_plain(c->new.label, "");
	char *basis = ncb_format_basis(c);

	size_t figures = c->memory ? c->memory->pairs : 0;

	fprintf(f, "KTAP version 1\n1..%zu\n# ncbench: old %s, new %s\n# %s\n", n + figures, old,
		new, basis);
	ncb_format_put_warnings(c, "# ", f);
	for (i = 0; i < n; i++)
		put_result(f, c, &rows[i], i + 1);
	for (i = 0; i < figures; i++)
		put_memory(f, &c->memory->pair[i], n + i + 1);
	ncb_format_rows_free(rows, n);
	free(basis);
	free(old);
	free(new);
	return 0;
}
