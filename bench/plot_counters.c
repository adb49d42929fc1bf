// SPDX-License-Identifier: GPL-2.0-only
/* Data of the pictures of counted events. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "counts.h"
#include "plot.h"

#define PANELS	6	/* of the picture of events; more cannot be read */

/* The place without the metric: events are in no unit. */
static char *place_of(const struct ncb_rundata *r)
{
	return ncb_plot_quotable(ncb_format("kernel %s, %s",
					    ncb_env_string(r, "kernel_release", "unknown"),
					    r->target ? r->target : "unknown"));
}

static int by_length(const void *a, const void *b)
{
	const struct ncb_row *const *x = a, *const *y = b;

	return ((*x)->length > (*y)->length) - ((*x)->length < (*y)->length);
}

/* Rows of a family, the shortest first. */
static size_t list_family(const struct ncb_rundata *r, const struct ncb_row *like,
			  const struct ncb_row **row)
{
	size_t i, n = 0;

	for (i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], like))
			row[n++] = &r->rows[i];
	qsort(row, n, sizeof(*row), by_length);
	return n;
}

/* One panel: an event, per block, engine by engine; how many have it. */
static size_t put_event(struct drawing *d, const struct ncb_counts *c, int counter, size_t row,
			bool first)
{
	size_t e, n = 0;

	for (e = 0; e < ncb_engine_count; e++) {
		struct ncb_line l;

		if (!ncb_drawn_engine(e))
			continue;
		l = ncb_stats_line(c->event[counter], row, ncb_engines[e].name);
		if (!l.slope.valid || !l.straight)
			continue;
		if (!n)
			fprintf(d->tsv, "%s# %s\n# place\tcount\tlow\thigh\tstyle\tengine\n",
				first ? "" : "\n\n", c->run->counter[counter].name);
		fprintf(d->tsv, "%zu", n++);
		ncb_draw_interval(d->tsv, l.slope, 1);
		fprintf(d->tsv, "\t%zu\t%s\n", e, ncb_engines[e].name);
	}
	return n;
}

/** ncb_draw_counters - events per block, by engine */
bool ncb_draw_counters(struct drawing *d)
{
	const struct ncb_counts *c = ncb_stats_counts(d->s);
	size_t row, n, shown = 0, most = 0;
	char *variable, *place;
	uint32_t i;

	row = c ? ncb_choose_family(c->run, d->p->op, d->p->position, 2) : 0;
	if (!c || row == c->run->nrows)
		return false;
	for (i = 0; i < c->run->counters && shown < PANELS; i++) {
		char *name;

		n = c->event[i] ? put_event(d, c, i, row, !shown) : 0;
		if (!n)
			continue;
		most = n > most ? n : most;
		name = ncb_plot_quotable(ncb_copy(c->run->counter[i].name));
		variable = ncb_format("%sevent%zu='%s'", shown ? "; " : "", shown + 1, name);
		shown++;
		ncb_draw_word(&d->extra, variable);
		free(variable);
		free(name);
	}
	if (!shown)
		return false;
	ncb_draw_word(&d->arms, "all");
	place = place_of(c->run);
	d->height = 90 + 240 * ((shown + 1) / 2);
	/* Two lines of titles above the panels, at any height. */
	variable = ncb_format("; panels=%zu; engines=%zu; top=%.3f; place='%s'", shown, most,
			      1 - 65.0 / d->height, place);
	ncb_draw_word(&d->extra, variable);
	free(variable);
	free(place);
	d->subject = ncb_draw_subject(&c->run->rows[row], "call, per block");
	return true;
}

/* What against.gp wants to know beside the data. */
static void say_axes(struct drawing *d, const struct ncb_rundata *r, const char *x, const char *y)
{
	char *place = place_of(r);

	d->extra = ncb_format("place='%s'; across='%s'; up='%s'", place, x, y);
	free(place);
}

/** ncb_draw_ipc - instructions per cycle against length */
bool ncb_draw_ipc(struct drawing *d)
{
	const struct ncb_counts *c = ncb_stats_counts(d->s);
	const struct ncb_row **row;
	size_t chosen, n, i, e;

	chosen = c ? ncb_choose_family(c->run, d->p->op, d->p->position, 2) : 0;
	if (!c || chosen == c->run->nrows || c->cycles < 0 || c->instructions < 0)
		return false;
	row = ncb_alloc(c->run->nrows, sizeof(*row));
	n = list_family(c->run, &c->run->rows[chosen], row);
	for (e = 0; e < ncb_engine_count; e++) {
		bool begun = false;

		for (i = 0; i < n && ncb_drawn_engine(e); i++) {
			struct ncb_interval v = ncb_count_ipc(c, row[i] - c->run->rows,
					ncb_row_arm_find(row[i], ncb_engines[e].name));

			if (!v.valid)
				continue;
			if (!begun)
				ncb_draw_arm(d, e, "length\tIPC\tlow\thigh");
			begun = true;
			fprintf(d->tsv, "%u", row[i]->length);
			ncb_draw_interval(d->tsv, v, 1);
			fputc('\n', d->tsv);
		}
	}
	free(row);
	if (!d->arms)
		return false;
	d->subject = ncb_draw_subject(&c->run->rows[chosen], "call");
	say_axes(d, c->run, "blocks on the chain", "instructions per cycle");
	return true;
}

/* How many different functions a call of the row calls. */
static uint32_t functions_of(const struct ncb_row *row)
{
	if (row->callbacks == NCB_CB_ONE)
		return 1;
	return row->length < NCB_DISTINCT ? row->length : NCB_DISTINCT;
}

/* A chain, and the shortest of its kind. */
struct step {
	const struct ncb_row *row, *first;
};

/*
 * Chains with ever more functions: of one function the longest that is not longer
 * than NCB_DISTINCT; then one for each number of functions.
 */
static size_t list_functions(const struct ncb_rundata *r, const struct ncb_row *like,
			     struct step *step)
{
	const struct ncb_row **all = ncb_alloc(r->nrows, sizeof(*all));
	struct ncb_row one = *like;
	size_t n = 0, found, i;

	one.callbacks = NCB_CB_ONE;
	found = list_family(r, &one, all);
	for (i = 1; i < found; i++)
		if (all[i]->length <= NCB_DISTINCT)
			step[n = 0] = (struct step) { all[i], all[0] };
	n = found > 1 && all[1]->length <= NCB_DISTINCT;
	found = list_family(r, like, all);
	for (i = 1; i < found; i++)
		if (all[i]->length <= NCB_DISTINCT)
			step[n++] = (struct step) { all[i], all[0] };
	free(all);
	return n;
}

/* What each callback more than those of the shortest chain mispredicts, cell by cell. */
static struct ncb_interval misses_of(const struct ncb_counts *c, const struct step *step,
				     const char *arm)
{
	const struct ncb_stats *s = c->event[c->misses];
	const struct ncb_point *a, *b;
	double more = (double)ncb_row_callbacks(step->row) - ncb_row_callbacks(step->first);
	size_t na, nb, n, i;
	struct ncb_point *room;
	struct ncb_interval out;

	na = ncb_stats_points(s, step->first - c->run->rows, ncb_row_arm_find(step->first, arm), &a);
	nb = ncb_stats_points(s, step->row - c->run->rows, ncb_row_arm_find(step->row, arm), &b);
	room = ncb_alloc(na + 1, sizeof(*room));
	n = ncb_pair_differences(a, na, b, nb, room);
	for (i = 0; i < n; i++)
		room[i].value /= more;
	out = ncb_estimate_mean(room, n, c->run->seed).ci;
	free(room);
	return out;
}

/** ncb_draw_misses - mispredictions per callback against the number of functions */
bool ncb_draw_misses(struct drawing *d)
{
	const struct ncb_counts *c = ncb_stats_counts(d->s);
	size_t chosen, n, i, e;
	struct step *step;

	chosen = c ? ncb_choose_family(c->run, d->p->op, d->p->position, 3) : 0;
	if (!c || chosen == c->run->nrows || c->misses < 0)
		return false;
	step = ncb_alloc(c->run->nrows + 1, sizeof(*step));
	n = list_functions(c->run, &c->run->rows[chosen], step);
	for (e = 0; e < ncb_engine_count; e++) {
		bool begun = false;

		for (i = 0; i < n && n > 1 && ncb_drawn_engine(e); i++) {
			struct ncb_interval v = misses_of(c, &step[i], ncb_engines[e].name);

			if (!v.valid)
				continue;
			if (!begun)
				ncb_draw_arm(d, e, "functions\tmisses\tlow\thigh");
			begun = true;
			fprintf(d->tsv, "%u", functions_of(step[i].row));
			ncb_draw_interval(d->tsv, v, 1);
			fputc('\n', d->tsv);
		}
	}
	free(step);
	if (!d->arms)
		return false;
	d->subject = ncb_draw_subject(&c->run->rows[chosen], "call");
	say_axes(d, c->run, "different callback functions", "mispredicted, per callback");
	return true;
}
