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
#include "../kmod/engine_table.h"
#include "report.h"

#define DRAW_SECONDS	30
#define NARROW		20	/* costs within that factor want more labels on a log axis */
#define CURVE_POINTS	400	/* of a distribution */
#define CURVE_END	0.98	/* quantile at which its axis ends */

/**
 * struct drawing - one picture being prepared
 * @s: the figures
 * @p: the entry
 * @tsv: data, one block per arm
 * @arms, @styles: words, for the script: arms in the order of the blocks
 * @subject: what is shown, without metric and kernel
 * @extra: further variables for the script
 */
struct picture;
struct drawing {
	const struct ncb_stats *s;
	const struct picture *p;
	FILE *tsv;
	char *arms, *styles, *subject, *extra;
};

/**
 * struct picture - a picture
 * @name: of its files
 * @script: in plot/
 * @op, @position: which rows
 * @prepare: writes the data and fills in the drawing; false where the run has none
 * @caption: one sentence for the report
 */
struct picture {
	const char *name;
	const char *script;
	uint32_t op, position;
	bool (*prepare)(struct drawing *d);
	const char *caption;
};

static bool cost_data(struct drawing *d);
static bool position_data(struct drawing *d);
static bool distribution_data(struct drawing *d);

static const char cost_caption[] =
	"Cost against length, with the 95 % interval over layouts as a band; below it the "
	"change against " NCB_REPORT_BASE ".";

static const struct picture pictures[] = {
	{ "cost-call", "cost.gp", NCB_CALL, NCB_POS_NONE, cost_data, cost_caption },
	{ "cost-reverse", "cost.gp", NCB_REVERSE, NCB_POS_NONE, cost_data, cost_caption },
	{ "cost-robust", "cost.gp", NCB_ROBUST, NCB_POS_NONE, cost_data, cost_caption },
	{ "cost-robust-tail", "cost.gp", NCB_ROBUST, NCB_POS_TAIL, cost_data, cost_caption },
	{ "cost-register-tail", "cost.gp", NCB_REGISTER, NCB_POS_TAIL, cost_data, cost_caption },
	{ "cost-unregister-tail", "cost.gp", NCB_UNREGISTER, NCB_POS_TAIL, cost_data,
	  cost_caption },
	{ "position-robust", "position.gp", NCB_ROBUST, NCB_POS_NONE, position_data,
	  "Cost of a robust call against the block that fails." },
	{ "distribution-call", "distribution.gp", NCB_CALL, NCB_POS_NONE, distribution_data,
	  "Share of the samples that cost at most so much." },
};

static const char *const unit_names[NCB_METRICS] = { "instructions", "cycles", "ns" };

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
static size_t choose_family(const struct ncb_rundata *r, uint32_t op, uint32_t position,
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

static char *subject_of(const struct ncb_row *row, const char *what)
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
static const char *drawn_engine(size_t i)
{
	return i < ncb_engine_count && !ncb_engines[i].no_list ? ncb_engines[i].name : NULL;
}

static void append(char **list, const char *word)
{
	char *longer = ncb_format("%s%s%s", *list ? *list : "", *list ? " " : "", word);

	free(*list);
	*list = longer;
}

static void begin_arm(struct drawing *d, size_t engine, const char *columns)
{
	char number[16];

	snprintf(number, sizeof(number), "%zu", engine);
	fprintf(d->tsv, "%s# %s\n# %s\n", d->arms ? "\n\n" : "", ncb_engines[engine].name, columns);
	append(&d->arms, ncb_engines[engine].name);
	append(&d->styles, number);
}

/* Bounds that can be drawn: where there are none, the value itself. */
static void put_interval(FILE *f, struct ncb_interval v, double scale)
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
	size_t chosen = choose_family(r, d->p->op, d->p->position, 2), n = 0, i, e;
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

		for (i = 0; i < n && drawn_engine(e); i++) {
			size_t at = row[i] - r->rows;
			int arm = ncb_row_arm_find(row[i], ncb_engines[e].name);
			int base = ncb_row_arm_find(row[i], NCB_REPORT_BASE);
			const struct ncb_arm_stats *st = ncb_stats_arm(d->s, at, arm);
			struct ncb_interval change;

			if (!st || !st->cost.valid)
				continue;
			if (!begun)
				begin_arm(d, e, "length\tcost\tlow\thigh\tchange %\tlow\thigh");
			begun = true;
			change = ncb_stats_change(d->s, at, base,
						  is_list(&ncb_engines[e]) ? arm : -1);
			changes |= change.valid && arm != base;
			if (st->cost.value > 0)
				low = fmin(low, st->cost.value);
			high = fmax(high, st->cost.value);
			fprintf(d->tsv, "%u", row[i]->length);
			put_interval(d->tsv, st->cost, 1);
			put_interval(d->tsv, change, 100);
			fputc('\n', d->tsv);
		}
	}
	free(row);
	d->subject = subject_of(&r->rows[chosen], op_titles[d->p->op][d->p->position]);
	d->extra = ncb_format("changes=%d; narrow=%d", changes, high < NARROW * low);
	return d->arms;
}

/* Longest length at which a robust call was seen to fail at the tail and to succeed. */
static size_t longest_robust(const struct ncb_rundata *r)
{
	size_t family = choose_family(r, NCB_ROBUST, NCB_POS_TAIL, 1), i, best = r->nrows;

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

		for (i = 0; i < ARRAY_SIZE(places) && drawn_engine(e); i++) {
			size_t at = find_position(r, &r->rows[like], places[i].position);
			const struct ncb_arm_stats *st = at == r->nrows ? NULL :
				ncb_stats_arm(d->s, at, ncb_row_arm_find(&r->rows[at],
									 ncb_engines[e].name));

			if (!st || !st->cost.valid)
				continue;
			if (!begun)
				begin_arm(d, e, "place\tcost\tlow\thigh\tfailing block");
			begun = true;
			fprintf(d->tsv, "%zu", i);
			put_interval(d->tsv, st->cost, 1);
			fprintf(d->tsv, "\t%s\n", places[i].name);
		}
	}
	what = ncb_format("robust call of %u blocks", r->rows[like].length);
	d->subject = subject_of(&r->rows[like], what);
	free(what);
	return d->arms;
}

static bool distribution_data(struct drawing *d)
{
	const struct ncb_rundata *r = ncb_stats_run(d->s);
	size_t family = choose_family(r, d->p->op, d->p->position, 1), row, e, i, n;
	const double *values;
	double *sorted, low = INFINITY, high = -INFINITY;
	char *what;

	if (family == r->nrows)
		return false;
	for (row = family, i = 0; i < r->nrows; i++)
		if (ncb_same_family(&r->rows[i], &r->rows[family]) &&
		    (r->rows[i].length == 64 ||
		     (r->rows[row].length != 64 && r->rows[i].length > r->rows[row].length)))
			row = i;
	for (e = 0; e < ncb_engine_count; e++) {
		if (!drawn_engine(e))
			continue;
		n = ncb_stats_net(d->s, row, ncb_row_arm_find(&r->rows[row], ncb_engines[e].name),
				  &values);
		if (!n)
			continue;
		begin_arm(d, e, "cost\tshare of samples %");
		sorted = ncb_alloc(n, sizeof(*sorted));
		memcpy(sorted, values, n * sizeof(*sorted));
		gsl_sort(sorted, 1, n);
		low = fmin(low, sorted[0]);
		high = fmax(high, ncb_quantile(sorted, n, CURVE_END));
		fprintf(d->tsv, "%.9g\t0\n", sorted[0]);
		for (i = 0; i < n; i++)
			if (n <= CURVE_POINTS || i == n - 1 || i % (n / CURVE_POINTS) == 0)
				fprintf(d->tsv, "%.9g\t%.6g\n", sorted[i], 100.0 * (i + 1) / n);
		free(sorted);
	}
	if (!d->arms)
		return false;
	what = ncb_format("call of %u blocks", r->rows[row].length);
	d->subject = subject_of(&r->rows[row], what);
	free(what);
	if (low > 0)
		low *= 0.95;
	d->extra = ncb_format("low=%.9g; high=%.9g; cut=%g", low, high * 1.05, CURVE_END * 100);
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
	char *place = ncb_plot_quotable(ncb_format("%s, kernel %s, %s", ncb_metric_names[r->metric],
					  ncb_env_string(r, "kernel_release", "unknown"),
					  r->target ? r->target : "unknown"));
	char *out;

	out = ncb_format("name='%s'; format='%s'; title='%s'; place='%s'; unit='%s'; arms='%s'; "
			 "styles='%s'; against='" NCB_REPORT_BASE "'; %s", d->p->name, terminal,
			 title, place, unit_names[r->metric], d->arms, d->styles,
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
	char *log = ncb_format("%s/gnuplot.log", plots);
	char *top = realpath(ncb_top(), NULL), *said;
	char *style = ncb_format("%s/plot/style.gp", top ? top : ".");
	char *path = ncb_format("%s/plot/%s", top ? top : ".", script);
	char *out = ncb_format("%s/%s.%s", plots, name, terminal);
	const char *argv[] = { "gnuplot", "-e", vars, style, path, NULL };
	struct ncb_spawn spawn = {
		.argv = argv, .dir = plots, .log = log, .timeout = DRAW_SECONDS,
	};
	int err = ncb_run_command(&spawn);

	if (err > 0) {
		said = read_complaint(log);
		ncb_error("gnuplot could not draw %s (exit %d): %.200s", name, err, said);
		free(said);
		err = -ECHILD;
	} else if (err < 0) {
		ncb_error("gnuplot could not draw %s: %s", name, strerror(-err));
	}
	unlink(log);
	/* Half a picture is none. */
	if (err)
		unlink(out);
	free(log);
	free(top);
	free(style);
	free(path);
	free(out);
	return err;
}

static int run_gnuplot(const struct drawing *d, const char *plots, const char *terminal)
{
	char *vars = variables(d, terminal);
	int err = ncb_gnuplot(plots, d->p->script, d->p->name, vars, terminal);

	free(vars);
	return err;
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

static int draw(const struct ncb_stats *s, const struct picture *p, const char *plots,
		bool gnuplot, bool png, size_t *made)
{
	struct drawing d = { .s = s, .p = p };
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
	if (!err && gnuplot)
		err = run_gnuplot(&d, plots, "svg");
	if (!err && gnuplot && png)
		err = run_gnuplot(&d, plots, "png");
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
		append(&names, word);
		free(word);
	}
	ncb_error("unknown picture '%s'; valid: %s", which, names);
	free(names);
	return -EINVAL;
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
	bool gnuplot = ncb_have_command("gnuplot");
	size_t i, made = 0, known = 0;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(pictures); i++) {
		if (which && strcmp(which, pictures[i].name))
			continue;
		known++;
		/* What fails once would fail eight times. */
		err = draw(s, &pictures[i], plots, gnuplot, png, &made);
		if (err)
			break;
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

/**
 * ncb_plot_list - pictures that a run has data for
 * @s: the figures
 * @out: gets them, to be given to ncb_plot_free()
 *
 * Return: how many.
 */
size_t ncb_plot_list(const struct ncb_stats *s, struct ncb_picture **out)
{
	struct ncb_picture *list = ncb_alloc(ARRAY_SIZE(pictures), sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(pictures); i++) {
		struct drawing d = { .s = s, .p = &pictures[i], .tsv = fopen("/dev/null", "w") };

		if (d.tsv && pictures[i].prepare(&d)) {
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

/** ncb_plot_free - give back what ncb_plot_list() returned */
void ncb_plot_free(struct ncb_picture *list, size_t n)
{
	while (n--)
		free(list[n].caption);
	free(list);
}
