// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures: writes tab-separated data and has gnuplot draw them with the
 * scripts in plot/, which compute nothing.
 *
 * A picture is one entry in pictures[]; its script may be shared. A script gets
 * the variables that set_up() writes, beside style.gp, which every script uses.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <gsl/gsl_sort.h>
#include "plan.h"
#include "plot.h"

#define DRAW_SECONDS	30
#define SIDE_NAME	28	/* characters of a side that a picture names */
#define NARROW		20	/* costs within that factor want more labels on a log axis */
#define FOREST_ROWS	60	/* of a forest plot; more cannot be read */
#define PANELS		6	/* of the picture of distributions */
#define BINS		64	/* of one of them */
#define CURVE_END	0.98	/* quantile at which its axis ends */

static bool forest_data(struct drawing *d);
static bool cost_data(struct drawing *d);
static bool position_data(struct drawing *d);
static bool distribution_data(struct drawing *d);

static const char cost_caption[] =
	"cost against length, with the 95 % interval as a band; below it the change against "
	NCB_REPORT_BASE ", and in grey what two copies of " NCB_REPORT_BASE " differ by.";

static const struct picture pictures[] = {
	{ "forest", "forest.gp", 0, 0, forest_data,
	  "change with its 95 % interval; the grey bar is what two copies of the same code differ "
	  "by in rows like it, and no change inside it is called one; filled dots would be called "
	  "one if the row stood alone.", true },
	{ "cost-call", "cost.gp", NCB_CALL, NCB_POS_NONE, cost_data, cost_caption, false },
	{ "cost-reverse", "cost.gp", NCB_REVERSE, NCB_POS_NONE, cost_data, cost_caption, false },
	{ "cost-robust", "cost.gp", NCB_ROBUST, NCB_POS_NONE, cost_data, cost_caption, false },
	{ "cost-robust-tail", "cost.gp", NCB_ROBUST, NCB_POS_TAIL, cost_data, cost_caption, false },
	{ "cost-register-tail", "cost.gp", NCB_REGISTER, NCB_POS_TAIL, cost_data, cost_caption, false },
	{ "cost-unregister-tail", "cost.gp", NCB_UNREGISTER, NCB_POS_TAIL, cost_data,
	  cost_caption, false },
	{ "position-robust", "position.gp", NCB_ROBUST, NCB_POS_NONE, position_data,
	  "cost of a robust call against the block that fails.", false },
	{ "distributions", "distributions.gp", 0, 0, distribution_data,
	  "how often a sample cost so much: the old above, the new below the line; the points are "
	  "the costs that the tables give, with their 95 % intervals.", true },
	{ "counters", "counters.gp", NCB_CALL, NCB_POS_NONE, ncb_draw_counters,
	  "how often an event happens for one more block on the chain, with its 95 % interval.",
	  false },
	{ "ipc", "against.gp", NCB_CALL, NCB_POS_NONE, ncb_draw_ipc,
	  "instructions per cycle against length, with the 95 % interval as a band.", false },
	{ "misses", "against.gp", NCB_CALL, NCB_POS_NONE, ncb_draw_misses,
	  "mispredicted branches for each callback beyond those of the shortest chain, against the "
	  "number of different functions: as many as blocks; at 1 all of up to 64 blocks have the "
	  "same.", false },
	{ "storm-latency", "storm-latency.gp", 0, 0, ncb_draw_storm_latency,
	  "the share of the loads that were done within a time, by storm.", false },
	{ "storm-threads", "against.gp", 0, 0, ncb_draw_storm_threads,
	  "loads per second against threads, with the 95 % interval as a band.", false },
	{ "storm-extra", "storm-extra.gp", 0, 0, ncb_draw_storm_extra,
	  "median latency against notifiers more on the loader's chain, with 95 % intervals and the "
	  "line whose slope the table gives.", false },
	{ "storm-memory", "storm-memory.gp", 0, 0, ncb_draw_storm_memory,
	  "memory over the time of all storms; taken: what MemFree is less.", false },
	{ "memory", "memory.gp", 0, 0, ncb_draw_memory,
	  "each panel has a scale of its own. Counted: by debug information, or read in both "
	  "kernels; at least: what is sure to be one; computed: by the rules of C and the size "
	  "classes of kmalloc().", false },
};

static const char *const op_titles[NCB_OPS][NCB_POSITIONS] = {
	[NCB_CALL] = { "call" },
	[NCB_REVERSE] = { "reverse call" },
	[NCB_ROBUST] = { "robust call, none fails", "robust call, first block fails",
			 "robust call, middle block fails", "robust call, last block fails" },
	[NCB_REGISTER] = { "register", "register at the head", "register in the middle",
			   "register at the tail" },
	[NCB_UNREGISTER] = { "unregister", "unregister the head", "unregister from the middle",
			     "unregister the tail" },
	[NCB_EMPTY] = { "call of an empty chain" },
};

/* -- which rows and arms -- */

/* Smaller is more telling: the usual variant, then blocking chains. */
static unsigned int strangeness(const struct ncb_row *row)
{
	return (row->cache != NCB_WARM) * 8u + (row->placement != NCB_PACKED) * 4u +
	       (row->callbacks != NCB_CB_DISTINCT) * 2u + (row->type != NCB_BLOCKING);
}

static size_t family_size(const struct ncb_rundata *r, const struct ncb_row *row)
{
	size_t i, n = 0;

	for (i = 0; i < r->nrows; i++)
		n += ncb_same_family(&r->rows[i], row);
	return n;
}

/* A row of the most telling family with at least @least lengths; nrows where there is none. */
size_t ncb_choose_family(const struct ncb_rundata *r, uint32_t op, uint32_t position,
			    size_t least)
{
	size_t i, best = r->nrows;

	for (i = 0; i < r->nrows; i++) {
		const struct ncb_row *row = &r->rows[i];

		if (row->op != op || row->position != position || family_size(r, row) < least)
			continue;
		if (best == r->nrows || strangeness(row) < strangeness(&r->rows[best]))
			best = i;
	}
	return best;
}

char *ncb_draw_subject(const struct ncb_row *row, const char *what)
{
	return ncb_format("%s %s (%s, %s, %s)", ncb_type_names[row->type], what,
			  row->callbacks == NCB_CB_ONE ? "one callback" : "distinct callbacks",
			  ncb_placement_names[row->placement], ncb_cache_names[row->cache]);
}

/* Hard-coded calls register nothing: they are the floor, and no design to compare with. */
static bool is_list(const struct ncb_engine *e)
{
	return e->ops[NCB_RAW] & 1u << NCB_REGISTER;
}

/* Engines that are drawn, in the order of their table; the place there is the style. */
const char *ncb_drawn_engine(size_t i)
{
	return i < ncb_engine_count && !ncb_engines[i].no_list ? ncb_engines[i].name : NULL;
}

void ncb_draw_word(char **list, const char *word)
{
	char *longer = ncb_format("%s%s%s", *list ? *list : "", *list ? " " : "", word);

	free(*list);
	*list = longer;
}

void ncb_draw_arm(struct drawing *d, size_t engine, const char *columns)
{
	char number[16];

	snprintf(number, sizeof(number), "%zu", engine);
	fprintf(d->tsv, "%s# %s\n# %s\n", d->arms ? "\n\n" : "", ncb_engines[engine].name, columns);
	ncb_draw_word(&d->arms, ncb_engines[engine].name);
	ncb_draw_word(&d->styles, number);
}

/* Bounds that can be drawn: where there are none, the value itself. */
void ncb_draw_interval(FILE *f, struct ncb_interval v, double scale)
{
	if (!v.valid)
		fprintf(f, "\tNaN\tNaN\tNaN");
	else
		fprintf(f, "\t%.9g\t%.9g\t%.9g", v.value * scale,
			(isfinite(v.low) ? v.low : v.value) * scale,
			(isfinite(v.high) ? v.high : v.value) * scale);
}

/* -- data -- */

static int by_length(const void *a, const void *b)
{
	const struct ncb_row *const *x = a, *const *y = b;

	return ((*x)->length > (*y)->length) - ((*x)->length < (*y)->length);
}

static bool cost_data(struct drawing *d)
{
	const struct ncb_rundata *r = ncb_stats_run(d->s);
	size_t chosen = ncb_choose_family(r, d->p->op, d->p->position, 2), n = 0, i, e;
	const struct ncb_row **row;
	double low = INFINITY, high = 0;
	bool changes = false;

	if (chosen == r->nrows)
		return false;
	row = ncb_alloc(r->nrows, sizeof(*row));
	for (i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], &r->rows[chosen]))
			row[n++] = &r->rows[i];
	qsort(row, n, sizeof(*row), by_length);
	for (e = 0; e < ncb_engine_count; e++) {
		bool begun = false;

		for (i = 0; i < n && ncb_drawn_engine(e); i++) {
			size_t at = row[i] - r->rows;
			int arm = ncb_row_arm_find(row[i], ncb_engines[e].name);
			int base = ncb_row_arm_find(row[i], NCB_REPORT_BASE);
			const struct ncb_arm_stats *st = ncb_stats_arm(d->s, at, arm);
			struct ncb_interval change;

			if (!st || !st->cost.valid)
				continue;
			if (!begun)
				ncb_draw_arm(d, e, "length\tcost\tlow\thigh\tchange %\tlow\thigh");
			begun = true;
			change = ncb_stats_change(d->s, at, base,
						  is_list(&ncb_engines[e]) ? arm : -1);
			changes |= change.valid && arm != base;
			if (st->cost.value > 0)
				low = fmin(low, st->cost.value);
			high = fmax(high, st->cost.value);
			fprintf(d->tsv, "%u", row[i]->length);
			ncb_draw_interval(d->tsv, st->cost, 1);
			ncb_draw_interval(d->tsv, change, 100);
			fputc('\n', d->tsv);
		}
	}
	if (d->arms && changes) {
		fprintf(d->tsv, "\n\n# envelope\n# length\tlow %%\thigh %%\n");
		for (i = 0; i < n; i++) {
			double aa = ncb_stats_envelope(d->s, row[i] - r->rows, true);

			if (isnan(aa))
				aa = 0;
			fprintf(d->tsv, "%u\t%.9g\t%.9g\n", row[i]->length,
				(1 / (1 + aa) - 1) * 100, aa * 100);
		}
	}
	free(row);
	d->subject = ncb_draw_subject(&r->rows[chosen], op_titles[d->p->op][d->p->position]);
	d->extra = ncb_format("changes=%d; narrow=%d", changes, high < NARROW * low);
	return d->arms;
}

/* Longest length at which a robust call was seen to fail at the tail and to succeed. */
static size_t longest_robust(const struct ncb_rundata *r)
{
	size_t family = ncb_choose_family(r, NCB_ROBUST, NCB_POS_TAIL, 1), i, best = r->nrows;

	for (i = 0; i < r->nrows && family < r->nrows; i++) {
		if (!ncb_same_family(&r->rows[i], &r->rows[family]))
			continue;
		if (best == r->nrows || r->rows[i].length == 64 ||
		    (r->rows[best].length != 64 && r->rows[i].length > r->rows[best].length))
			best = i;
	}
	return best;
}

static size_t find_position(const struct ncb_rundata *r, const struct ncb_row *like,
			    uint32_t position)
{
	struct ncb_row wanted = *like;
	size_t i;

	wanted.position = position;
	for (i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], &wanted) && r->rows[i].length == like->length)
			break;
	return i;
}

static bool position_data(struct drawing *d)
{
	static const struct {
		uint32_t position;
		const char *name;
	} places[] = {
		{ NCB_POS_HEAD, "first" }, { NCB_POS_MIDDLE, "middle" }, { NCB_POS_TAIL, "last" },
		{ NCB_POS_NONE, "none" },
	};
	const struct ncb_rundata *r = ncb_stats_run(d->s);
	size_t like = longest_robust(r), e, i;
	char *what;

	if (like == r->nrows)
		return false;
	for (e = 0; e < ncb_engine_count; e++) {
		bool begun = false;

		for (i = 0; i < ARRAY_SIZE(places) && ncb_drawn_engine(e); i++) {
			size_t at = find_position(r, &r->rows[like], places[i].position);
			const struct ncb_arm_stats *st = at == r->nrows ? NULL :
				ncb_stats_arm(d->s, at, ncb_row_arm_find(&r->rows[at],
									 ncb_engines[e].name));

			if (!st || !st->cost.valid)
				continue;
			if (!begun)
				ncb_draw_arm(d, e, "place\tcost\tlow\thigh\tfailing block");
			begun = true;
			fprintf(d->tsv, "%zu", i);
			ncb_draw_interval(d->tsv, st->cost, 1);
			fprintf(d->tsv, "\t%s\n", places[i].name);
		}
	}
	what = ncb_format("robust call of %u blocks", r->rows[like].length);
	d->subject = ncb_draw_subject(&r->rows[like], what);
	free(what);
	return d->arms;
}

/* -- pictures of a comparison -- */

static const struct ncb_row *row_of(const struct drawing *d, const struct ncb_pair *p)
{
	return &ncb_stats_run(d->s)->rows[p->row];
}

/* Chosen by name where there are too many: usual rows of three lengths. */
static bool is_chosen(const struct ncb_row *row)
{
	return row->op == NCB_EMPTY ||
	       (row->callbacks == NCB_CB_DISTINCT && row->placement == NCB_PACKED &&
		row->cache == NCB_WARM && (row->length == 1 || row->length == 16 ||
					   row->length == 64));
}

static int by_change(const void *a, const void *b)
{
	const struct ncb_pair *const *x = a, *const *y = b;
	double u = (*x)->change.ci.value, v = (*y)->change.ci.value;

	return u != v ? (u > v) - (u < v) : ((*x)->row > (*y)->row) - ((*x)->row < (*y)->row);
}

/* Pairs to be drawn, the smallest change first. */
static size_t choose_pairs(const struct drawing *d, const struct ncb_pair **pair)
{
	size_t i, n = 0, all = 0;

	for (i = 0; i < d->c->pairs; i++)
		all += d->c->pair[i].change.ci.valid;
	for (i = 0; i < d->c->pairs; i++) {
		const struct ncb_pair *p = &d->c->pair[i];

		if (p->change.ci.valid && n < FOREST_ROWS &&
		    (all <= FOREST_ROWS || is_chosen(row_of(d, p))))
			pair[n++] = p;
	}
	qsort(pair, n, sizeof(*pair), by_change);
	return n;
}

/* Would be called a change if it were the only row. */
static bool alone_it_is_one(const struct drawing *d, const struct ncb_pair *p)
{
	return p->verdict == NCB_UNRESOLVED &&
	       ncb_is_change(ncb_judge_alone(p, &d->c->options));
}

/* A side's name as pictures have room for it: without its folder, and not long; malloc'd. */
static char *side_name(const struct ncb_side *side)
{
	const char *last = strrchr(side->label, '/');
	const char *name = last && last[1] ? last + 1 : side->label;

	return strlen(name) <= SIDE_NAME ? ncb_copy(name)
					 : ncb_format("%.*s..", SIDE_NAME - 2, name);
}

static bool forest_data(struct drawing *d)
{
	/* In the order of the styles of forest.gp. */
	static const struct {
		enum ncb_verdict verdict;
		bool alone;
		const char *name;
	} kinds[] = {
		{ NCB_MORE, false, "more" }, { NCB_LESS, false, "less" },
		{ NCB_UNRESOLVED, true, "not after correction" },
		{ NCB_UNRESOLVED, false, "unresolved" }, { NCB_EQUAL, false, "equal" },
		{ NCB_WITHIN_MARGIN, false, "margin" },
	};
	const struct ncb_pair **pair = ncb_alloc(d->c->pairs + 1, sizeof(*pair));
	size_t n = choose_pairs(d, pair), i, k, of = 0;
	double least = 0, most = 0;
	char *old, *new;

	for (i = 0; i < d->c->pairs; i++)
		of += d->c->pair[i].change.ci.valid;
	for (i = 0; i < n; i++) {
		const struct ncb_interval *c = &pair[i]->change.ci;

		least = fmin(least, fmax(c->low, 1.5 * c->value - 0.05));
		most = fmax(most, fmin(c->high, 1.5 * c->value + 0.05));
	}
	/* Wide intervals are cut at the edge, the changes themselves never are. */
	least = fmax(fmin(least, -0.05) * 130, -110);
	most = fmax(most, 0.05) * 130;
	fprintf(d->tsv, "# envelope\n# place\tlow %%\thigh %%\trow\n");
	for (i = 0; i < n; i++) {
		char *name = ncb_row_text(row_of(d, pair[i]));

		double up = isnan(pair[i]->envelope) ? 0 : pair[i]->envelope;

		fprintf(d->tsv, "%zu\t%.9g\t%.9g\t%s\n", i + 1,
			fmax((1 / (1 + up) - 1) * 100, least), fmin(up * 100, most), name);
		free(name);
	}
	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		fprintf(d->tsv, "\n\n# %s\n# change %%\tlow\thigh\tplace\n", kinds[k].name);
		/* A block without data would be no block to gnuplot. */
		fprintf(d->tsv, "NaN\tNaN\tNaN\tNaN\n");
		for (i = 0; i < n; i++) {
			const struct ncb_interval *c = &pair[i]->change.ci;

			if (pair[i]->verdict == kinds[k].verdict &&
			    alone_it_is_one(d, pair[i]) == kinds[k].alone)
				fprintf(d->tsv, "%.9g\t%.9g\t%.9g\t%zu\n", c->value * 100,
					fmax(c->low * 100, least), fmin(c->high * 100, most), i + 1);
		}
	}
	free(pair);
	if (!n)
		return false;
	ncb_draw_word(&d->arms, "all");
	d->height = 170 + 16 * n;
	old = side_name(&d->c->old);
	new = side_name(&d->c->new);
	d->subject = n < of ? ncb_format("%s against %s, %zu of %zu rows (lengths 1, 16, 64)",
					 new, old, n, of)
			    : ncb_format("%s against %s, %zu rows", new, old, n);
	free(old);
	free(new);
	d->extra = ncb_format("rows=%zu; least=%.9g; most=%.9g; more='%s'; less='%s'", n, least,
			      most, ncb_verdict_word(d->c->metric, NCB_MORE),
			      ncb_verdict_word(d->c->metric, NCB_LESS));
	return true;
}

/* Rows whose distributions are shown; a row that is not there makes room for another. */
static const char *const shown_rows[] = {
	"blocking/call/16/distinct/packed/warm", "blocking/call/64/distinct/packed/warm",
	"raw/call/16/distinct/packed/warm", "blocking/robust@head/16/distinct/packed/warm",
	"blocking/robust@tail/16/distinct/packed/warm", "blocking/robust/16/distinct/packed/warm",
};

static size_t choose_panels(const struct drawing *d, const struct ncb_pair **pair)
{
	size_t i, k, n = 0;

	for (i = 0; i < ARRAY_SIZE(shown_rows); i++)
		for (k = 0; k < d->c->pairs && n < PANELS; k++)
			if (!strcmp(d->c->pair[k].id, shown_rows[i]))
				pair[n++] = &d->c->pair[k];
	for (k = 0; k < d->c->pairs && n < PANELS; k++) {
		for (i = 0; i < n && pair[i] != &d->c->pair[k]; i++)
			;
		if (i == n && row_of(d, &d->c->pair[k])->op == NCB_CALL)
			pair[n++] = &d->c->pair[k];
	}
	return n;
}

/* All samples of one side of a pair, sorted. */
static double *side_samples(const struct drawing *d, const struct ncb_pair *p, bool new_side,
			    size_t *n)
{
	size_t runs = new_side ? d->c->new.runs : d->c->old.runs, run, some;
	const double *values;
	double *all = NULL;

	*n = 0;
	for (run = 0; run < runs; run++) {
		some = ncb_pair_samples(d->c, p, new_side, run, &values);
		if (!some)
			continue;
		all = ncb_grow(all, *n + some, sizeof(*all));
		memcpy(all + *n, values, some * sizeof(*all));
		*n += some;
	}
	if (*n)
		gsl_sort(all, 1, *n);
	return all;
}

/* Share of the values in each of BINS bins; the largest is 1. */
static void fill_bins(const double *sorted, size_t n, double low, double high, double *bin)
{
	double most = 0;
	size_t i, at;

	memset(bin, 0, BINS * sizeof(*bin));
	for (i = 0; i < n; i++) {
		if (!(sorted[i] >= low && sorted[i] < high))
			continue;
		/* What is just below the end may be rounded to it. */
		at = (sorted[i] - low) / (high - low) * BINS;
		bin[at < BINS ? at : BINS - 1] += 1;
	}
	for (i = 0; i < BINS; i++)
		most = fmax(most, bin[i]);
	for (i = 0; i < BINS && most > 0; i++)
		bin[i] /= most;
}

/* Nothing is drawn where there is nothing. */
static void put_bin(FILE *f, double at, double width, double old, double new)
{
	fprintf(f, "%.9g\t%.6g\t%.6g\t%.6g\n", at, old > 0 ? old : NAN, new > 0 ? -new : NAN,
		width);
}

/* Two blocks of data: the bins, then the costs of both sides. */
static bool put_panel(struct drawing *d, const struct ncb_pair *p, size_t number)
{
	double bins[2][BINS], *values[2], low, high, width;
	const struct ncb_interval *cost[2] = { &p->old_cost, &p->new_cost };
	size_t n[2], i;
	char *name, *variable;
	int side;

	for (side = 0; side < 2; side++)
		values[side] = side_samples(d, p, side, &n[side]);
	if (!n[0] || !n[1]) {
		free(values[0]);
		free(values[1]);
		return false;
	}
	low = fmin(values[0][0], values[1][0]);
	high = fmax(ncb_quantile(values[0], n[0], CURVE_END), ncb_quantile(values[1], n[1], CURVE_END));
	if (!(high > low))
		high = low + 1;
	width = (high - low) / BINS;
	for (side = 0; side < 2; side++) {
		fill_bins(values[side], n[side], low, high, bins[side]);
		free(values[side]);
	}
	fprintf(d->tsv, "%s# %s\n# cost\told\tnew\twidth\n", number ? "\n\n" : "", p->id);
	for (i = 0; i < BINS; i++)
		put_bin(d->tsv, low + (i + 0.5) * width, width, bins[0][i], bins[1][i]);
	fprintf(d->tsv, "\n\n# cost\tlow\thigh\tplace\n");
	for (side = 0; side < 2; side++) {
		fprintf(d->tsv, "%.9g", cost[side]->value);
		fprintf(d->tsv, "\t%.9g\t%.9g\t%s\n",
			fmax(isfinite(cost[side]->low) ? cost[side]->low : low, low),
			fmin(isfinite(cost[side]->high) ? cost[side]->high : high, high),
			side ? "-0.5" : "0.5");
	}
	name = ncb_row_text(row_of(d, p));
	variable = ncb_format("%srow%zu='%s'; low%zu=%.9g; high%zu=%.9g", d->extra ? "; " : "",
			      number + 1, name, number + 1, low, number + 1, high);
	ncb_draw_word(&d->extra, variable);
	free(variable);
	free(name);
	return true;
}

/* What is counted exactly has no distribution. */
static bool distribution_data(struct drawing *d)
{
	const struct ncb_pair *pair[PANELS];
	size_t n, i, shown = 0;
	char *variables, *old, *new;

	if (d->c->metric == NCB_INSN)
		return false;
	n = choose_panels(d, pair);
	for (i = 0; i < n; i++)
		shown += put_panel(d, pair[i], shown);
	if (!shown)
		return false;
	ncb_draw_word(&d->arms, "all");
	old = side_name(&d->c->old);
	new = side_name(&d->c->new);
	variables = ncb_format("; panels=%zu; old='%s'; new='%s'", shown, old, new);
	ncb_draw_word(&d->extra, variables);
	free(variables);
	d->height = 90 + 235 * ((shown + 1) / 2);
	d->subject = ncb_format("%s (above) and %s (below)", old, new);
	free(old);
	free(new);
	return true;
}

/* -- drawing -- */

static void drop(struct drawing *d)
{
	free(d->arms);
	free(d->styles);
	free(d->subject);
	free(d->extra);
}

/* What a result file says becomes a string of gnuplot's: nothing in it may end the string. */
char *ncb_plot_quotable(char *text)
{
	char *p;

	for (p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(" ._,:;+-/()=<>[]#%", *p))
			*p = '?';
	return text;
}

static char *variables(const struct drawing *d, const char *terminal)
{
	const struct ncb_rundata *r = ncb_stats_run(d->s);
	char *title = ncb_plot_quotable(ncb_format("%s", d->subject));
	char *place, *out;

	if (d->c && d->c->between)
		place = ncb_format("%s, %zu and %zu runs", ncb_metric_names[r->metric],
				   d->c->old.runs, d->c->new.runs);
	else
		place = ncb_format("%s, kernel %s, %s", ncb_metric_names[r->metric],
				   ncb_env_string(r, "kernel_release", "unknown"),
				   r->target ? r->target : "unknown");
	ncb_plot_quotable(place);
	out = ncb_format("height=%zu; name='%s'; format='%s'; title='%s'; place='%s'; unit='%s'; arms='%s'; "
			 "styles='%s'; against='" NCB_REPORT_BASE "'; %s",
			 d->height ? d->height : 600, d->p->name, terminal, title, place,
			 ncb_metric_words[r->metric].unit, d->arms, d->styles ? d->styles : "",
			 d->extra ? d->extra : "");
	free(title);
	free(place);
	return out;
}

/* What gnuplot said, on one line. */
static char *read_complaint(const char *log)
{
	char *text = ncb_read_file(log, NULL), *p;

	if (!text)
		return ncb_copy("");
	for (p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = ' ';
	memmove(text, text + strspn(text, " "), strlen(text + strspn(text, " ")) + 1);
	for (p = text + strlen(text); p > text && p[-1] == ' '; p--)
		p[-1] = '\0';
	return text;
}

/**
 * struct batch - pictures for one process of gnuplot: starting it takes longer than drawing
 * @argv: its arguments, @args of them; each was allocated
 * @out: files that it is to make, @outs of them
 */
struct batch {
	char **argv;
	char **out;
	size_t args, outs;
};

static void add_word(char ***list, size_t *n, char *word)
{
	*list = ncb_grow(*list, *n + 2, sizeof(**list));
	(*list)[(*n)++] = word;
	(*list)[*n] = NULL;
}

static void free_words(char **list, size_t n)
{
	while (n--)
		free(list[n]);
	free(list);
}

static void add_drawing(struct batch *b, const char *plots, const char *script, const char *name,
			char *vars, const char *terminal)
{
	char *top = realpath(ncb_top(), NULL);

	if (!b->args)
		add_word(&b->argv, &b->args, ncb_copy("gnuplot"));
	add_word(&b->argv, &b->args, ncb_copy("-e"));
	add_word(&b->argv, &b->args, ncb_copy("reset session"));
	add_word(&b->argv, &b->args, ncb_copy("-e"));
	add_word(&b->argv, &b->args, vars);
	add_word(&b->argv, &b->args, ncb_format("%s/plot/style.gp", top ? top : "."));
	add_word(&b->argv, &b->args, ncb_format("%s/plot/%s", top ? top : ".", script));
	add_word(&b->out, &b->outs, ncb_format("%s/%s.%s", plots, name, terminal));
	free(top);
}

static int run_gnuplot(struct batch *b, const char *plots)
{
	char *log = ncb_format("%s/gnuplot.log", plots), *said;
	struct ncb_spawn spawn = {
		.argv = (const char *const *)b->argv, .dir = plots, .log = log,
		.timeout = DRAW_SECONDS,
	};
	int err = b->args ? ncb_run_command(&spawn) : 0;
	size_t i;

	if (err > 0) {
		said = read_complaint(log);
		ncb_error("gnuplot could not draw the pictures (exit %d): %.200s", err, said);
		free(said);
		err = -ECHILD;
	} else if (err < 0) {
		ncb_error("gnuplot could not draw the pictures: %s", strerror(-err));
	}
	unlink(log);
	/* Half a picture is none, and which one was last is not known. */
	for (i = 0; i < b->outs && err; i++)
		unlink(b->out[i]);
	free_words(b->argv, b->args);
	free_words(b->out, b->outs);
	free(log);
	return err;
}

/**
 * ncb_gnuplot - draw one picture
 * @plots: folder with <name>.tsv
 * @script: in plot/
 * @name: of the files
 * @vars: what style.gp and the script want set
 * @terminal: "svg" or "png"
 *
 * Return: 0, -ECHILD where gnuplot failed, or as ncb_run_command(), with a
 * message and without half a picture.
 */
int ncb_gnuplot(const char *plots, const char *script, const char *name, const char *vars,
		const char *terminal)
{
	struct batch batch = { 0 };

	add_drawing(&batch, plots, script, name, ncb_copy(vars), terminal);
	return run_gnuplot(&batch, plots);
}

static int write_data(const char *plots, const char *name, const char *data, size_t size)
{
	char *path = ncb_format("%s/%s.tsv", plots, name);
	int err = ncb_write_file(path, data, size);

	if (err)
		ncb_error("cannot write %s: %s", path, strerror(-err));
	free(path);
	return err;
}

static int draw(const struct ncb_stats *s, const struct ncb_comparison *c,
		const struct picture *p, const char *plots, bool png, struct batch *b,
		size_t *made)
{
	struct drawing d = { .s = s, .c = c, .p = p };
	char *data = NULL;
	size_t size = 0;
	int err = 0;

	d.tsv = open_memstream(&data, &size);
	if (!d.tsv)
		return -errno;
	if (!p->prepare(&d)) {
		fclose(d.tsv);
		goto out;
	}
	if (fclose(d.tsv)) {
		err = -errno;
		goto out;
	}
	++*made;
	err = write_data(plots, p->name, data, size);
	add_drawing(b, plots, p->script, p->name, variables(&d, "svg"), "svg");
	if (png)
		add_drawing(b, plots, p->script, p->name, variables(&d, "png"), "png");
out:
	free(data);
	drop(&d);
	return err;
}

static int unknown_picture(const char *which)
{
	char *names = NULL, *word;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pictures); i++) {
		word = ncb_format("%s%s", pictures[i].name,
				  i + 1 < ARRAY_SIZE(pictures) ? "," : "");
		ncb_draw_word(&names, word);
		free(word);
	}
	ncb_error("unknown picture '%s'; valid: %s", which, names);
	free(names);
	return -EINVAL;
}

/* All pictures, or one, or those that a comparison has. */
static int draw_all(const struct ncb_stats *s, const struct ncb_comparison *c, const char *plots,
		    const char *which, bool png, bool comparison_only)
{
	bool gnuplot = ncb_have_command("gnuplot");
	struct batch batch = { 0 };
	size_t i, made = 0, known = 0;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(pictures) && !err; i++) {
		if ((which && strcmp(which, pictures[i].name)) ||
		    (comparison_only && !pictures[i].compares))
			continue;
		known++;
		err = draw(s, c, &pictures[i], plots, png, &batch, &made);
	}
	if (!gnuplot || err) {
		free_words(batch.argv, batch.args);
		free_words(batch.out, batch.outs);
	} else {
		err = run_gnuplot(&batch, plots);
	}
	if (!known)
		return unknown_picture(which);
	if (!err && which && !made) {
		ncb_error("this run has no rows for the picture '%s'", which);
		return -ENODATA;
	}
	if (!err && !gnuplot && made) {
		ncb_say("no pictures: gnuplot is not installed (package gnuplot-nox); "
			"'make plot RUN=...' draws them later");
		return -ENOENT;
	}
	return err;
}

/**
 * ncb_plot_draw - write data and draw pictures
 * @s: the figures
 * @plots: existing folder
 * @which: one picture, or NULL for all that the run has data for
 * @png: PNG files too
 *
 * Return: 0; -EINVAL for an unknown picture; -ENODATA where the run has no data
 * for the one asked for; -ENOENT where there is no gnuplot, with the data
 * written; -ECHILD or -ETIMEDOUT where it failed; -EINTR; -errno of the files.
 * The reason is on stderr.
 */
int ncb_plot_draw(const struct ncb_stats *s, const char *plots, const char *which, bool png)
{
	struct ncb_stats *run = (struct ncb_stats *)s;	/* comparisons only read it */
	struct ncb_comparison *c = ncb_compare_arms(&run, NCB_REPORT_BASE, NCB_REPORT_NEW, NULL);
	int err = draw_all(s, c, plots, which, png, false);

	ncb_comparison_free(c);
	return err;
}

/**
 * ncb_plot_comparison - the pictures of a comparison
 * @c: the comparison
 * @dir: existing folder; forest.svg and distributions.svg are made in it
 *
 * Return: as ncb_plot_draw().
 */
int ncb_plot_comparison(const struct ncb_comparison *c, const char *dir)
{
	return draw_all(c->old.stats[0], c, dir, NULL, false, true);
}

/**
 * ncb_plot_into - the pictures of a run
 * @s: the figures
 * @dir: folder of the run; plots/ is made in it
 * @which: one picture, or NULL for all
 *
 * Return: as ncb_plot_draw().
 */
int ncb_plot_into(const struct ncb_stats *s, const char *dir, const char *which)
{
	char *plots = ncb_format("%s/plots", dir);
	int err = ncb_make_dirs(plots);

	if (err)
		ncb_error("cannot make %s: %s", plots, strerror(-err));
	else
		err = ncb_plot_draw(s, plots, which, true);
	free(plots);
	return err;
}

/** ncb_plot_make - ncb_plot_into() from a run */
int ncb_plot_make(const struct ncb_rundata *r, const char *dir, const char *which)
{
	struct ncb_stats *s = ncb_stats_new(r);
	int err = ncb_plot_into(s, dir, which);

	ncb_stats_free(s);
	return err;
}

static size_t list_pictures(const struct ncb_stats *s, const struct ncb_comparison *c,
			    bool comparison_only, struct ncb_picture **out)
{
	struct ncb_picture *list = ncb_alloc(ARRAY_SIZE(pictures), sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(pictures); i++) {
		struct drawing d = {
			.s = s, .c = c, .p = &pictures[i], .tsv = fopen("/dev/null", "w"),
		};

		if (d.tsv && (pictures[i].compares || !comparison_only) &&
		    pictures[i].prepare(&d)) {
			list[n].name = pictures[i].name;
			list[n++].caption = ncb_format("%s: %s", d.subject, pictures[i].caption);
		}
		if (d.tsv)
			fclose(d.tsv);
		drop(&d);
	}
	*out = list;
	return n;
}

/**
 * ncb_plot_list - pictures that a run has data for
 * @s: the figures
 * @out: gets them, to be given to ncb_plot_free()
 *
 * Return: how many.
 */
size_t ncb_plot_list(const struct ncb_stats *s, struct ncb_picture **out)
{
	struct ncb_stats *run = (struct ncb_stats *)s;	/* comparisons only read it */
	struct ncb_comparison *c = ncb_compare_arms(&run, NCB_REPORT_BASE, NCB_REPORT_NEW, NULL);
	size_t n = list_pictures(s, c, false, out);

	ncb_comparison_free(c);
	return n;
}

/** ncb_plot_comparison_list - the same of a comparison */
size_t ncb_plot_comparison_list(const struct ncb_comparison *c, struct ncb_picture **out)
{
	return list_pictures(c->old.stats[0], c, true, out);
}

/** ncb_plot_free - give back what ncb_plot_list() returned */
void ncb_plot_free(struct ncb_picture *list, size_t n)
{
	while (n--)
		free(list[n].caption);
	free(list);
}
