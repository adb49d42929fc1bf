// SPDX-License-Identifier: GPL-2.0-only
/* Data of the pictures of module load storms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "plot.h"
#include "report_storm.h"

#define CURVES	8	/* of a picture: as many as there are styles */
#define STEPS	240	/* of a curve; the tail has half of them */

/* The place without the metric of rows, and whatever else the script wants. */
static void say_place(struct drawing *d, const char *more)
{
	const struct ncb_rundata *r = ncb_stats_whole(d->s);
	char *place = ncb_plot_quotable(ncb_format("kernel %s, %s",
						   ncb_env_string(r, "kernel_release", "unknown"),
						   r->target ? r->target : "unknown"));

	d->extra = ncb_format("place='%s'; %s", place, more);
	free(place);
}

static const struct ncb_storms *storms_of(const struct drawing *d)
{
	const struct ncb_storms *s = ncb_stats_whole(d->s)->storms;

	return s && s->storms ? s : NULL;
}

/* Begins a block of data with the next style. */
static void begin(struct drawing *d, size_t number, const char *name, const char *columns)
{
	char style[16];

	snprintf(style, sizeof(style), "%zu", number + 1);
	fprintf(d->tsv, "%s# %s\n# %s\n", number ? "\n\n" : "", name, columns);
	ncb_draw_word(&d->arms, name);
	ncb_draw_word(&d->styles, style);
}

/* -- latency -- */

/* The share of the loads that were done within a time; the tail in finer steps. */
static void put_curve(FILE *f, const double *v, size_t n)
{
	size_t i, at, last = n;

	for (i = 0; i <= STEPS; i++) {
		double share = i <= STEPS / 2 ? 0.9 * i / (STEPS / 2) :
				1 - 0.1 * pow(10, -3 * (i - STEPS / 2.0) / (STEPS / 2.0));

		at = i == STEPS ? n - 1 : (size_t)(share * (n - 1));
		if (at == last)
			continue;
		last = at;
		fprintf(f, "%.9g\t%.6f\n", fmax(v[at], 1) / 1000, (at + 1.0) / n * 100);
	}
}

/* One storm of each mode comes before any second one. */
static bool is_first(const struct ncb_storms *s, size_t storm)
{
	size_t i;

	for (i = 0; i < storm; i++)
		if (ncb_storm_is_plain(s, i) && s->storm[i].mode == s->storm[storm].mode)
			return false;
	return true;
}

/** ncb_draw_storm_latency - how many loads were done within a time */
bool ncb_draw_storm_latency(struct drawing *d)
{
	const struct ncb_storms *s = storms_of(d);
	size_t i, n, drawn = 0;
	int pass;
	double *v;
	char *more;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; s && i < s->storms && drawn < CURVES; i++) {
			if (!ncb_storm_is_plain(s, i) || is_first(s, i) == pass)
				continue;
			n = ncb_storm_latencies(s, i, NCB_STORM_LOAD, &v);
			if (n) {
				begin(d, drawn++, s->storm[i].id, "latency\tpercent");
				put_curve(d->tsv, v, n);
			}
			free(v);
		}
	}
	if (!drawn)
		return false;
	d->subject = ncb_copy("latency of module loads");
	more = ncb_format("across='latency of a load [%s]'; up='loads done by then [%%]'",
			  ncb_storm_cell_unit(ncb_stats_whole(d->s)));
	say_place(d, more);
	free(more);
	return true;
}

/* -- throughput -- */

static bool same_family(const struct ncb_storm *a, const struct ncb_storm *b)
{
	return a->mode == b->mode && ncb_storm_same_kind(a, b);
}

static const struct ncb_storm *sorted;

static int by_threads(const void *x, const void *y)
{
	uint32_t a = sorted[*(const size_t *)x].threads, b = sorted[*(const size_t *)y].threads;

	return (a > b) - (a < b);
}

/* Storms like @storm whatever their threads, the fewest first; 0 where an earlier one is. */
static size_t list_family(const struct ncb_storms *s, size_t storm, size_t *list)
{
	size_t i, n = 0;

	for (i = 0; i < s->storms; i++) {
		if (!ncb_storm_is_plain(s, i) || !same_family(&s->storm[i], &s->storm[storm]))
			continue;
		if (i < storm)
			return 0;
		list[n++] = i;
	}
	sorted = s->storm;
	qsort(list, n, sizeof(*list), by_threads);
	return n;
}

/** ncb_draw_storm_threads - loads per second against threads */
bool ncb_draw_storm_threads(struct drawing *d)
{
	const struct ncb_storms *s = storms_of(d);
	bool insn = ncb_stats_whole(d->s)->clock == NCB_INSN;
	size_t i, k, n, drawn = 0;
	size_t *list;
	char *more;

	if (!s)
		return false;
	list = ncb_alloc(s->storms, sizeof(*list));
	for (i = 0; i < s->storms && drawn < CURVES; i++) {
		bool begun = false;

		n = ncb_storm_is_plain(s, i) ? list_family(s, i, list) : 0;
		if (n < 2 || s->storm[list[0]].threads == s->storm[list[n - 1]].threads)
			continue;
		for (k = 0; k < n; k++) {
			struct ncb_storm_figures f;
			char *name;

			ncb_storm_figures(s, list[k], &f);
			if (!f.rate.valid)
				continue;
			if (!begun) {
				name = ncb_format("%s/%s", ncb_storm_mode_names[s->storm[i].mode],
						  ncb_storm_kind(&s->storm[i]));
				begin(d, drawn++, name, "threads\tloads/s\tlow\thigh");
				free(name);
			}
			begun = true;
			fprintf(d->tsv, "%u", s->storm[list[k]].threads);
			ncb_draw_interval(d->tsv, f.rate, 1);
			fputc('\n', d->tsv);
		}
	}
	free(list);
	if (!drawn)
		return false;
	d->subject = ncb_format("module loads on %u CPU%s", s->cpus, ncb_ending(s->cpus));
	more = ncb_format("across='threads'; from_zero=1; up='loads per %s'",
			  insn ? "1e9 instructions" : "second");
	say_place(d, more);
	free(more);
	return true;
}

/* -- more notifiers -- */

/* A panel: points with intervals, then the line. */
static void put_panel(struct drawing *d, const struct ncb_storms *s, uint32_t sweep, bool load,
		      const struct ncb_storm_slope *line, bool first)
{
	struct ncb_interval slope = load ? line->load : line->unload;
	double fixed = load ? line->load_fixed : line->unload_fixed;
	uint32_t most = 0;
	size_t i;

	fprintf(d->tsv, "%s# %s\n# more\tlatency\tlow\thigh\n", first ? "" : "\n\n",
		load ? "load" : "unload");
	for (i = 0; i < s->storms; i++) {
		struct ncb_storm_figures f;

		if (s->storm[i].sweep != sweep || !ncb_storm_done(&s->storm[i]) ||
		    s->storm[i].failed)
			continue;
		ncb_storm_figures(s, i, &f);
		fprintf(d->tsv, "%u", s->storm[i].extra);
		ncb_draw_interval(d->tsv, load ? f.load_p50 : f.unload_p50, 1e-3);
		fputc('\n', d->tsv);
		most = s->storm[i].extra > most ? s->storm[i].extra : most;
	}
	fprintf(d->tsv, "\n\n# line\n# more\tlatency\n0\t%.9g\n%u\t%.9g\n", fixed / 1000, most,
		(fixed + most * slope.value) / 1000);
}

/* The first storm of the sweep whose line is quoted; @s->storms: there is none. */
static size_t find_sweep(const struct ncb_storms *s, struct ncb_storm_slope *line)
{
	size_t i, best = s->storms;
	struct ncb_storm_slope one;

	for (i = 0; i < s->storms; i++) {
		if (!s->storm[i].sweep || (best < s->storms &&
					   !ncb_storm_is_rather(&s->storm[i], &s->storm[best])) ||
		    !ncb_storm_slope(s, s->storm[i].sweep, &one))
			continue;
		best = i;
		*line = one;
	}
	return best;
}

/** ncb_draw_storm_extra - latency against notifiers more, with the line through it */
bool ncb_draw_storm_extra(struct drawing *d)
{
	const struct ncb_storms *s = storms_of(d);
	const struct ncb_rundata *r = ncb_stats_whole(d->s);
	struct ncb_storm_slope line;
	char *load, *unload, *more;
	size_t i;

	if (!s)
		return false;
	i = find_sweep(s, &line);
	if (i == s->storms)
		return false;
	put_panel(d, s, s->storm[i].sweep, true, &line, true);
	put_panel(d, s, s->storm[i].sweep, false, &line, false);
	ncb_draw_word(&d->arms, "all");
	load = ncb_storm_time_interval(r, line.load);
	unload = ncb_storm_time_interval(r, line.unload);
	more = ncb_format("across='notifiers more on the chain'; up='median [%s]'; "
			  "load='a load: %s each'; unload='an unload: %s each'",
			  ncb_storm_cell_unit(r), load, unload);
	free(load);
	free(unload);
	d->subject = ncb_format("%s/%s, %u thread%s", ncb_storm_mode_names[s->storm[i].mode],
				ncb_storm_kind(&s->storm[i]), s->storm[i].threads,
				ncb_ending(s->storm[i].threads));
	say_place(d, more);
	free(more);
	d->height = 430;
	return true;
}

/* -- memory -- */

static const struct ncb_storms *sorted_memory;

static int by_time(const void *x, const void *y)
{
	uint64_t a = sorted_memory->memory[*(const size_t *)x].at_ns;
	uint64_t b = sorted_memory->memory[*(const size_t *)y].at_ns;

	return (a > b) - (a < b);
}

/* What there is more than in the beginning; of free memory, what there is less. */
static double more_of(const struct ncb_storms *s, size_t first, size_t at, unsigned int kind)
{
	double more = (double)s->memory[at].bytes[kind] - (double)s->memory[first].bytes[kind];

	return (kind == NCB_MEMORY_FREE ? -more : more) / (1 << 20);
}

/* Of many looks every n-th. */
static void put_memory(FILE *f, const struct ncb_storms *s, const size_t *order, size_t n,
		       unsigned int kind)
{
	size_t i, step = n / 2000 + 1;

	/* The moments of a round take turns: a step that is a multiple would see one only. */
	step += step > 1 && step % 3 == 0;
	for (i = 0; i < n; i += step) {
		const struct ncb_storm_memory *m = &s->memory[order[i]];

		if (m->bytes[kind] != NCB_STORM_UNKNOWN)
			fprintf(f, "%.9g\t%.9g\n", m->at_ns / 1e9,
				more_of(s, order[0], order[i], kind));
	}
}

/** ncb_draw_storm_memory - memory over time, all storms */
bool ncb_draw_storm_memory(struct drawing *d)
{
	const struct ncb_storms *s = storms_of(d);
	size_t i, n = 0, drawn = 0;
	unsigned int kind;
	size_t *order;
	char *more;

	if (!s)
		return false;
	order = ncb_alloc(s->memories + 1, sizeof(*order));
	/* Looks while loading are of rounds in which time was nothing: they would hide the rest. */
	for (i = 0; i < s->memories; i++)
		if (s->memory[i].moment != 3)
			order[n++] = i;
	sorted_memory = s;
	qsort(order, n, sizeof(*order), by_time);
	for (kind = 0; n > 1 && kind < NCB_MEMORY_KINDS; kind++) {
		if (s->memory[order[0]].bytes[kind] == NCB_STORM_UNKNOWN)
			continue;
		begin(d, drawn++, kind == NCB_MEMORY_FREE ? "taken" : ncb_storm_memory_names[kind],
		      "time\tMiB");
		put_memory(d->tsv, s, order, n, kind);
	}
	free(order);
	if (!drawn)
		return false;
	d->subject = ncb_copy("memory during the storms");
	more = ncb_format("across='%s'; up='more than at the beginning [MiB]'",
			  ncb_stats_whole(d->s)->clock == NCB_INSN ? "1e9 instructions" : "seconds");
	say_place(d, more);
	free(more);
	return true;
}
