// SPDX-License-Identifier: GPL-2.0-only
/* ncbench calibrate: measures the suite itself, by runs of equal code. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "calibrate.h"
#include "command.h"
#include "env.h"
#include "plan.h"
#include "report.h"
#include "runset.h"
#include "target/target.h"

#define RUNS_DEFAULT	41	/* 40 comparisons, 41 searches for a planted cost */
#define BURST_RUNS	3	/* runs that bursts are added to */

static const unsigned int burst_lengths[] = { 1, 8, 64 };

enum { KEY_RUNS = 256, KEY_RESULTS, KEY_SEED };

struct options {
	struct ncb_run_options run;
	uint64_t runs;
	char *spec;		/* of stored runs, malloc'd; NULL: they are measured */
	struct ncb_runset stored;
};

static const struct argp_option options[] = {
	{ "target", 't', "NAME", 0, "where to measure; default: user (engines in a process)", 1 },
	{ "profile", 'p', "NAME", 0, "quick, default or full", 1 },
	{ "runs", KEY_RUNS, "N", 0, "runs to measure, 2 .. 1000; default: 41", 1 },
	{ "name", 'n', "NAME", 0, "folder below results/ that the runs are kept in", 1 },
	{ "seed", KEY_SEED, "N", 0, "of the first run; each further one is one more", 1 },
	{ "results", KEY_RESULTS, "DIR", 0, "folder that runs are kept in", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end, *longer;

	switch (key) {
	case 't': o->run.target = arg; break;
	case 'p': o->run.profile = arg; break;
	case 'n': o->run.name = arg; break;
	case KEY_RESULTS: o->run.results = arg; break;
	case KEY_SEED:
	case KEY_RUNS:
		errno = 0;
		*(key == KEY_RUNS ? &o->runs : &o->run.seed) = strtoull(arg, &end, 10);
		if (!*arg || *end || errno || *arg == '-' ||
		    (key == KEY_RUNS && (o->runs < 2 || o->runs > 1000))) {
			argp_error(state, key == KEY_RUNS ? "runs: '%s' is not in 2 .. 1000"
							  : "seed: '%s' is no number", arg);
			return EINVAL;
		}
		break;
	case ARGP_KEY_ARG:
		longer = ncb_format("%s%s%s", o->spec ? o->spec : "", o->spec ? "," : "", arg);
		free(o->spec);
		o->spec = longer;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[RUN RUN...]",
	.children = ncb_common_options,
	.doc = "Compares runs of equal code, in which every difference is false, looks for a "
	       "planted cost of 2 %, and adds bursts of load to stored samples. Measures the "
	       "runs itself, or takes stored ones (names, shell patterns, lists with commas): of "
	       "one kernel, one machine and one build.",
};

/**
 * struct result - all that is printed
 * @related, @raw, @within: false calls between runs, relative to controls and
 *	as costs are; within runs
 * @planted, @planted_between: searches for the planted cost
 * @bursts: by estimator and length
 * @calm: by estimator
 * @arm: compared between runs
 * @about: of the first run: kernel, machine, profile ...
 * @early: there should have been more
 */
struct result {
	struct ncb_false_calls related, raw, within;
	struct ncb_found planted, planted_between;
	struct ncb_stability *bursts, *calm;
	char *arm, *about;
	enum ncb_metric metric;
	size_t runs;
	bool early;
};

static char *describe(const struct ncb_rundata *r)
{
	/* In a process it is of no kernel. */
	bool kernel = strcmp(r->target, "user");

	return ncb_format("target %s, profile %s: %zu rows, %u loadings x %u blocks\n"
			  "%s, hypervisor: %s%s%s\nncbench %s, first seed %llu\n",
			  r->target, r->profile, r->nrows, r->reloads, r->blocks,
			  ncb_env_string(r, "cpu_model", "CPU unknown"),
			  ncb_env_string(r, "hypervisor", "unknown"),
			  kernel ? ", kernel " : "",
			  kernel ? ncb_env_string(r, "kernel_release", "unknown") : "",
			  ncb_env_string(r, "revision", "unknown"),
			  (unsigned long long)r->seed);
}

static const char *choose_arm(const struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < r->nrows; i++) {
		int arm = ncb_row_arm_find(&r->rows[i], "native");

		if (arm >= 0 && r->rows[i].arm[arm].status == NCB_ARM_OK)
			return "native";
	}
	return "slist";
}

/* A run and its figures @b; @before and @a are those of the run before, @a NULL for the first. */
static void add_run(struct result *out, const struct ncb_rundata *before,
		    const struct ncb_rundata *r, struct ncb_stats *a, struct ncb_stats *b)
{
	size_t e, k;

	if (!a) {
		out->arm = ncb_copy(choose_arm(r));
		out->about = describe(r);
		out->metric = r->metric;
	}
	ncb_calibrate_within(&out->within, b);
	ncb_calibrate_planted(&out->planted, b, NULL);
	if (a) {
		ncb_calibrate_between(&out->related, a, b, out->arm, false);
		ncb_calibrate_between(&out->raw, a, b, out->arm, true);
		ncb_calibrate_planted(&out->planted_between, a, b);
	}
	/* Counts are exact: no load makes them dearer. */
	for (e = 0; e < ncb_estimator_count && out->runs < BURST_RUNS && r->metric != NCB_INSN;
	     e++) {
		if (a)
			ncb_calibrate_calm(&out->calm[e], before, r, &ncb_estimators[e]);
		for (k = 0; k < ARRAY_SIZE(burst_lengths); k++)
			ncb_calibrate_bursts(&out->bursts[e * ARRAY_SIZE(burst_lengths) + k], r,
					     &ncb_estimators[e], burst_lengths[k]);
	}
	out->runs++;
}

/* -- the text -- */

static double share(size_t n, size_t of)
{
	return of ? 100.0 * n / of : 0;
}

static void print_calls(FILE *f, const char *what, const struct ncb_false_calls *c)
{
	if (c->comparisons)
		fprintf(f, "%-34s %6zu %6.1f%% %6.1f%% %5zu  %6.1f%%\n", what, c->rows,
			share(c->interval, c->rows), share(c->judged, c->rows), c->corrected,
			100 * ncb_median(c->half, c->rows));
}

static void print_found(FILE *f, const char *what, const struct ncb_found *p)
{
	if (!p->searches)
		return;
	fprintf(f, "%-28s %6zu %6zu %6zu %6zu   %+.2f%% (%+.2f%%)\n", what, p->searches, p->found,
		p->beyond, p->held, 100 * ncb_median(p->value, p->searches),
		100 * ncb_median(p->truth, p->searches));
}

static double most(struct ncb_stability *s)
{
	ncb_median(s->moved, s->n);
	return 100 * ncb_quantile(s->moved, s->n, 0.95);
}

static void print_bursts(FILE *f, const struct result *out)
{
	size_t e, k;

	fprintf(f, "\nEstimates of a cell: how far 95 %% of changes (slist to its copy, to dlist)\n"
		   "move, from run to run, and with a third of the samples made 50 to 100 %%\n"
		   "dearer in bursts of so many; bias: median with sign\n"
		   "%-24s %6s", "", "calm");
	for (k = 0; k < ARRAY_SIZE(burst_lengths); k++)
		fprintf(f, " %6u %6s", burst_lengths[k], "bias");
	fputc('\n', f);
	for (e = 0; e < ncb_estimator_count; e++) {
		fprintf(f, "%-24s %5.1f%%", ncb_estimators[e].name, most(&out->calm[e]));
		for (k = 0; k < ARRAY_SIZE(burst_lengths); k++) {
			struct ncb_stability *s = &out->bursts[e * ARRAY_SIZE(burst_lengths) + k];

			fprintf(f, " %5.1f%% %+5.1f%%", most(s), 100 * ncb_median(s->bias, s->n));
		}
		fputc('\n', f);
	}
}

static int print_result(FILE *f, const struct result *out)
{
	char *between = ncb_format("before/after, %s", out->arm);
	char *raw = ncb_format("before/after, %s, raw costs", out->arm);

	fprintf(f, "ncbench calibrate: %zu runs of equal code, in %s\n%s%s", out->runs,
		ncb_metric_names[out->metric], out->about,
		out->early ? "ENDED EARLY: fewer runs than were asked for\n" : "");
	fprintf(f, "\nEqual code: all differences are false\n"
		   "%-34s %6s %7s %7s %5s  %7s\n", "", "rows", "p<0.05", "judged", "Holm",
		"+- half");
	print_calls(f, between, &out->related);
	print_calls(f, raw, &out->raw);
	print_calls(f, "within a run, slist and its copy", &out->within);
	fprintf(f, "p<0.05: rows whose interval excludes 0; judged: and rank test and envelope\n"
		   "say so (called different, before correction); Holm: called different;\n"
		   "+- half: median half width of the 95 %% interval. Within a run intervals\n"
		   "are widened by what these very changes say, so about 5 %% are due.\n");
	if (!out->planted.searches)
		fprintf(f, "\nPlanted: these runs have no %s in " NCB_PLANTED_ROW "\n",
			NCB_PLANTED_ARM);
	else
		fprintf(f, "\nPlanted: 51 operations counted as 50 (" NCB_PLANTED_ROW ")\n"
		   "%-28s %6s %6s %6s %6s   %s\n", "", "runs", "found", "beyond", "held",
		"median (truth)");
	print_found(f, "within a run", &out->planted);
	print_found(f, "before/after", &out->planted_between);
	if (out->planted.searches)
		fprintf(f, "found: significant after correction; beyond: and larger than what copies of\n"
		   "equal code differ by in such rows; held: the interval holds the truth\n");
	if (out->metric != NCB_INSN)
		print_bursts(f, out);
	free(between);
	free(raw);
	return ferror(f) ? -EIO : 0;
}

/* -- getting runs -- */

/* Which stored ones are meant; an exit code. */
static int find_stored(struct options *o)
{
	int err = ncb_runset_find(&o->stored, o->spec, o->run.results);

	if (!err && o->stored.runs < 2) {
		ncb_error("one run cannot be compared; two or more, please");
		err = -EINVAL;
	}
	return err == -EINVAL ? NCB_EXIT_USAGE : err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

/* Measures one and keeps its raw samples. */
static int make_run(struct options *o, const struct ncb_target *t, const struct ncb_profile *p,
		    const char *dir, uint64_t seed, size_t i, struct ncb_rundata *r)
{
	struct ncb_run_options once = o->run;
	char *name = ncb_format("%03zu", i), *place = ncb_format("%s/%s", dir, name);
	int err, verbosity = ncb_verbosity;

	once.name = name;
	once.seed = seed + i;
	/* One bar for all of them instead of one for each. */
	if (!verbosity)
		ncb_verbosity = -1;
	err = ncb_run_once(&once, t, p, r);
	ncb_verbosity = verbosity;
	if (!err)
		err = ncb_make_dirs(place);
	if (!err)
		err = ncb_result_save_raw(r, place);
	free(name);
	free(place);
	return err;
}

static int check_same(const struct ncb_rundata *a, const struct ncb_rundata *b)
{
	if (a->metric == b->metric && a->blocks == b->blocks)
		return 0;
	ncb_error("%s and %s cannot be compared: metrics %s and %s, blocks %u and %u", a->name,
		  b->name, ncb_metric_names[a->metric], ncb_metric_names[b->metric], a->blocks,
		  b->blocks);
	return -EINVAL;
}

static int go_through(struct options *o, const struct ncb_target *t, const struct ncb_profile *p,
		      const char *dir, struct result *out)
{
	size_t total = o->spec ? o->stored.runs : o->runs, i;
	struct ncb_rundata run[2];
	struct ncb_stats *s[2] = { NULL, NULL };
	struct ncb_progress bar;
	uint64_t seed = o->run.seed ? o->run.seed : (uint64_t)time(NULL);
	int err = 0;

	memset(run, 0, sizeof(run));
	ncb_progress_start(&bar, "calibrate");
	for (i = 0; i < total && !err; i++) {
		struct ncb_rundata *r = &run[i % 2];

		ncb_progress(&bar, (double)i / total, o->spec ? o->stored.dir[i] : "");
		ncb_stats_free(s[i % 2]);
		s[i % 2] = NULL;
		ncb_rundata_free(r);
		memset(r, 0, sizeof(*r));
		err = o->spec ? ncb_result_load(r, o->stored.dir[i]) :
				make_run(o, t, p, dir, seed, i, r);
		if (!err && i)
			err = check_same(&run[1 - i % 2], r);
		if (err)
			break;
		s[i % 2] = ncb_stats_new(r);
		add_run(out, &run[1 - i % 2], r, i ? s[1 - i % 2] : NULL, s[i % 2]);
	}
	ncb_progress_end(&bar);
	for (i = 0; i < 2; i++) {
		ncb_stats_free(s[i]);
		ncb_rundata_free(&run[i]);
	}
	return err;
}

static int keep(const struct result *out, const char *dir)
{
	char *text = NULL, *path;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		return -errno;
	err = print_result(f, out);
	if (fclose(f) && !err)
		err = -errno;
	if (!err && fputs(text, stdout) < 0)
		err = -EIO;
	if (!err && dir) {
		path = ncb_format("%s/calibrate.txt", dir);
		err = ncb_write_file(path, text, size);
		if (err)
			ncb_error("cannot write %s: %s", path, strerror(-err));
		else
			ncb_say("kept in %s, with the raw samples of every run", dir);
		free(path);
	}
	free(text);
	return err;
}

static void free_result(struct result *out)
{
	size_t i;

	ncb_false_calls_free(&out->related);
	ncb_false_calls_free(&out->raw);
	ncb_false_calls_free(&out->within);
	ncb_found_free(&out->planted);
	ncb_found_free(&out->planted_between);
	for (i = 0; i < ncb_estimator_count * ARRAY_SIZE(burst_lengths); i++)
		ncb_stability_free(&out->bursts[i]);
	for (i = 0; i < ncb_estimator_count; i++)
		ncb_stability_free(&out->calm[i]);
	free(out->bursts);
	free(out->calm);
	free(out->arm);
	free(out->about);
}

/* Where runs are measured: the target, and a folder that is not there yet. */
static int prepare(struct options *o, const struct ncb_target **t, const struct ncb_profile **p,
		   char **dir)
{
	char date[32];
	time_t now = time(NULL);
	int code = NCB_EXIT_USAGE;

	if (o->run.name && !ncb_good_run_name(o->run.name)) {
		ncb_error("'%s' is no name for a folder of runs: letters, digits and . _ - + only",
			  o->run.name);
		return code;
	}
	*p = ncb_profile_find(o->run.profile);
	if (!*p) {
		ncb_error("unknown profile '%s'; 'ncbench list profiles' names them",
			  o->run.profile);
		return code;
	}
	*t = ncb_choose_target(&o->run, &code);
	if (!*t)
		return code;
	strftime(date, sizeof(date), "calibrate-%Y%m%d-%H%M%S", localtime(&now));
	*dir = ncb_format("%s/%s", o->run.results, o->run.name ? o->run.name : date);
	if (ncb_exists(*dir)) {
		ncb_error("there is %s already; --name chooses another name, and "
			  "'ncbench calibrate %s/*' takes the runs that are in it", *dir, *dir);
		return NCB_EXIT_FAILED;
	}
	if (ncb_make_dirs(*dir)) {
		ncb_error("cannot make %s: %s", *dir, strerror(errno));
		return NCB_EXIT_FAILED;
	}
	return NCB_EXIT_OK;
}

/** ncb_command_calibrate - ncbench calibrate; returns an exit code */
int ncb_command_calibrate(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top()), *dir = NULL;
	struct options o = {
		.run = { .target = "user", .profile = "default", .cpu = -1, .results = results },
		.runs = RUNS_DEFAULT,
	};
	struct result out = { 0 };
	const struct ncb_target *t = NULL;
	const struct ncb_profile *p = NULL;
	int code;

	out.bursts = ncb_alloc(ncb_estimator_count * ARRAY_SIZE(burst_lengths),
			       sizeof(*out.bursts));
	out.calm = ncb_alloc(ncb_estimator_count, sizeof(*out.calm));
	if (ncb_parse(&argp, argc, argv, &o, &code))
		goto out;
	code = o.spec ? find_stored(&o) : prepare(&o, &t, &p, &dir);
	if (code)
		goto out;
	code = NCB_EXIT_FAILED;
	if (!go_through(&o, t, p, dir, &out))
		code = NCB_EXIT_OK;
	else if ((out.early = true) && out.runs > 1)
		ncb_say("ended early: this is of the %zu runs that are there", out.runs);
	if (out.runs > 1 && keep(&out, dir))
		code = NCB_EXIT_FAILED;
out:
	free_result(&out);
	ncb_runset_free(&o.stored);
	free(o.spec);
	free(dir);
	free(results);
	return code;
}
