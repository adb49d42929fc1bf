// SPDX-License-Identifier: GPL-2.0-only
/* ncbench report and ncbench plot: from a stored run, without a kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ab.h"
#include "command.h"
#include "compare.h"
#include "format.h"
#include "memory.h"
#include "report.h"
#include "report_compare.h"
#include "report_storm.h"
#include "run.h"
#include "runset.h"

#define NCB_REPORT_NEW	"dlist"	/* the design in question */

struct options {
	const char *run;
	const char *results;
	const char *format;
	const char *plot;
	const char *old_arm, *new_arm;
	const char *output;
	const char *metric;
	bool full;
	bool plots;
	bool mail, tested_by;
};

static const struct argp_option report_options[] = {
	{ "full", 'f', NULL, 0, "all rows (formats other than text have them always)", 1 },
	{ "format", 'F', "NAME", 0, "text (default), html, or two arms compared in the layout of "
	  "another tool (an unknown name lists them)", 1 },
	{ "old", 257, "ARM", 0, "what is compared with (default: " NCB_REPORT_BASE ")", 1 },
	{ "new", 258, "ARM", 0, "what is compared (default: " NCB_REPORT_NEW ")", 1 },
	{ "output", 'O', "DIR", 0, "write the input files of the program that the format is of "
	  "there instead", 1 },
	{ "metric", 261, "NAME", 0, NCB_METRIC_HELP, 1 },
	{ "mail", 259, NULL, 0, "short, to be pasted below a patch", 1 },
	{ "tested-by", 260, NULL, 0, "with --mail: a trailer from git's user name", 1 },
	{ "results", 256, "DIR", 0, "folder that runs are kept in", 1 },
	{ 0 }
};

static const struct argp_option plot_options[] = {
	{ "only", 'o', "NAME", 0, "this picture only", 1 },
	{ "results", 256, "DIR", 0, "folder that runs are kept in", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'f':
		o->full = true;
		break;
	case 'F':
		o->format = arg;
		break;
	case 'o':
		o->plot = arg;
		break;
	case 'O':
		o->output = arg;
		break;
	case 256:
		o->results = arg;
		break;
	case 257:
		o->old_arm = arg;
		break;
	case 258:
		o->new_arm = arg;
		break;
	case 259:
		o->mail = true;
		break;
	case 260:
		o->tested_by = true;
		break;
	case 261:
		o->metric = arg;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		break;
	case ARGP_KEY_ARG:
		if (o->run)
			argp_error(state, "one run, please: '%s' is a second", arg);
		if (o->run)
			return EINVAL;
		o->run = arg;
		break;
	case ARGP_KEY_END:
		if (o->tested_by && !o->mail) {
			argp_error(state, "--tested-by is for --mail");
			return EINVAL;
		}
		if (o->mail && (o->full || o->format || o->old_arm || o->new_arm || o->output)) {
			argp_error(state, "--mail is a form of its own: not with --full, --format, "
				   "--old, --new or --output");
			return EINVAL;
		}
		if (o->run)
			break;
		argp_error(state, "which run? A name below results/, or a folder");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp report_argp = {
	.options = report_options,
	.parser = parse,
	.args_doc = "RUN",
	.children = ncb_common_options,
	.doc = "Prints the report of a stored run, computed anew from its raw samples.",
};

static const struct argp plot_argp = {
	.options = plot_options,
	.parser = parse,
	.args_doc = "RUN",
	.children = ncb_common_options,
	.doc = "Draws the pictures of a stored run into its plots/ folder.",
};

/* Parses and finds; *code is the exit code where that fails. */
static int find_run(const struct argp *argp, int argc, char **argv, struct options *o, char **dir,
		    int *code)
{
	char *results = ncb_format("%s/results", ncb_top());
	int err;

	o->results = results;
	*dir = NULL;
	err = ncb_parse(argp, argc, argv, o, code);
	if (!err) {
		*code = NCB_EXIT_FAILED;
		*dir = ncb_find_run(o->run, o->results);
		err = *dir ? 0 : -ENOENT;
	}
	free(results);
	return err;
}

/* Loads; *code is the exit code where that fails. */
static int open_run(const struct options *o, const char *dir, struct ncb_rundata *r, int *code)
{
	int err = ncb_result_load(r, dir);

	*code = NCB_EXIT_FAILED;
	if (!err && o->metric) {
		err = ncb_run_set_metric(r, o->metric);
		*code = err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
	}
	return err;
}

/* Whether any row has an arm of that name; else says which there are. */
static bool check_arm(const struct ncb_rundata *r, const char *name)
{
	char *names = ncb_copy(""), *more;
	bool found = false;
	size_t i, k;
	uint32_t a;

	for (i = 0; i < r->nrows && !found; i++) {
		found = ncb_row_arm_find(&r->rows[i], name) >= 0;
		for (a = 0; a < r->rows[i].arms && !found; a++) {
			const char *arm = r->rows[i].arm[a].name;

			for (k = 0; k < i && ncb_row_arm_find(&r->rows[k], arm) < 0; k++)
				;
			if (k < i)
				continue;
			more = ncb_format("%s%s%s", names, *names ? ", " : "", arm);
			free(names);
			names = more;
		}
	}
	if (!found)
		ncb_error("no arm '%s' in this run; it has: %s", name, *names ? names : "none");
	free(names);
	return found;
}

static int print_comparison(const struct ncb_comparison_format *format, struct ncb_stats *s,
			    const struct options *o)
{
	struct ncb_comparison *c = ncb_compare_arms(&s, o->old_arm, o->new_arm, NULL);
	int err;

	if (o->output)
		err = ncb_format_files(format, c, o->output);
	else
		err = ncb_format_write(format, c, stdout);
	if (err)
		ncb_error("cannot write %s: %s", o->output ? o->output : "the output",
			  strerror(-err));
	else if (o->output)
		printf("%s\n", o->output);
	ncb_comparison_free(c);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int compare_arms(const struct ncb_comparison_format *format, const struct ncb_rundata *r,
			struct options *o)
{
	struct ncb_stats *s;
	int code;

	o->old_arm = o->old_arm ? o->old_arm : NCB_REPORT_BASE;
	o->new_arm = o->new_arm ? o->new_arm : NCB_REPORT_NEW;
	if (o->output && !format->files) {
		char *names = ncb_format_names(true);

		ncb_error("--output: %s has no input files; those that have: %s", format->name,
			  names);
		free(names);
		return NCB_EXIT_USAGE;
	}
	if (ncb_storms_only(r) || ncb_memory_only(r)) {
		ncb_error("--format %s is of rows, and this run has only %s: text and html have them",
			  format->name, ncb_memory_only(r) ? "figures of memory" :
			  "module load storms");
		return NCB_EXIT_USAGE;
	}
	if (!check_arm(r, o->old_arm) || !check_arm(r, o->new_arm))
		return NCB_EXIT_USAGE;
	s = ncb_stats_new(r);
	code = print_comparison(format, s, o);
	ncb_stats_free(s);
	return code;
}

static int print_mail(const struct ncb_rundata *r, bool tested_by)
{
	struct ncb_stats *s = ncb_stats_new(r);
	struct ncb_report *report = ncb_report_new(s);
	int err = ncb_mail(report, tested_by, stdout);

	ncb_report_free(report);
	ncb_stats_free(s);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

/* Layouts of other tools have one metric. */
static bool fits_ab(const struct options *o)
{
	if (!o->metric && !o->old_arm && !o->new_arm && !o->output &&
	    (!o->format || !strcmp(o->format, "text") || !strcmp(o->format, "html")))
		return true;
	ncb_error("%s compares two kernels in two metrics: --format text and html, --full and "
		  "--mail go with it; one metric, in any format: ncbench compare '%s/a-insn*' "
		  "'%s/b-insn*'",
		  o->run, o->run, o->run);
	return false;
}

/* Two kernels. */
static int report_ab(const struct options *o, const char *dir)
{
	struct ncb_ab_view *v;
	struct ncb_report *report;
	struct ncb_ab ab;
	int err;

	if (!fits_ab(o))
		return NCB_EXIT_USAGE;
	if (ncb_ab_load(&ab, dir))
		return NCB_EXIT_FAILED;
	if (o->mail) {
		v = ncb_ab_view_new(&ab);
		report = ncb_report_ab(v);
		err = ncb_mail(report, o->tested_by, stdout);
		ncb_report_free(report);
		ncb_ab_view_free(v);
	} else {
		err = o->format && !strcmp(o->format, "html") ? ncb_ab_html(&ab, stdout, true) :
								ncb_ab_text(&ab, stdout, o->full);
	}
	ncb_ab_free(&ab);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int report_run(struct options *o, const struct ncb_rundata *r)
{
	static const struct {
		const char *name;
		int (*make)(const struct ncb_rundata *r, FILE *f, bool full);
	} reports[] = {
		{ "text", ncb_report_text },
		{ "html", ncb_report_html },
	};
	const struct ncb_comparison_format *format;
	char *names;
	size_t i;

	o->format = o->format ? o->format : "text";
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		if (!strcmp(reports[i].name, o->format))
			break;
	format = ncb_format_find(o->format);
	if (o->mail)
		return print_mail(r, o->tested_by);
	if (format)
		return compare_arms(format, r, o);
	if (i == ARRAY_SIZE(reports)) {
		names = ncb_format_names(false);
		ncb_error("unknown format '%s'; valid: text, html, %s", o->format, names);
		free(names);
		return NCB_EXIT_USAGE;
	}
	if (o->old_arm || o->new_arm || o->output) {
		ncb_error("--old, --new and --output do not go with --format %s, "
			  "which shows all arms", o->format);
		return NCB_EXIT_USAGE;
	}
	return reports[i].make(r, stdout, o->full) ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

/** ncb_command_report - ncbench report; returns an exit code */
int ncb_command_report(int argc, char **argv)
{
	struct options o = { 0 };
	struct ncb_rundata r;
	char *dir;
	int code;

	if (find_run(&report_argp, argc, argv, &o, &dir, &code)) {
		;
	} else if (ncb_ab_is(dir)) {
		code = report_ab(&o, dir);
	} else {
		if (!open_run(&o, dir, &r, &code))
			code = report_run(&o, &r);
		ncb_rundata_free(&r);
	}
	free(dir);
	return code;
}

/* Into the run's folder. */
static int plot_run(const struct options *o, const char *dir)
{
	struct ncb_rundata r;
	int code, err;

	err = open_run(o, dir, &r, &code);
	if (!err) {
		err = ncb_plot_make(&r, dir, o->plot);
		code = !err ? NCB_EXIT_OK : err == -ENOENT ? NCB_EXIT_CANNOT :
		       err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
		if (!err)
			printf("%s/plots\n", dir);
	}
	ncb_rundata_free(&r);
	return code;
}

/** ncb_command_plot - ncbench plot; returns an exit code */
int ncb_command_plot(int argc, char **argv)
{
	struct options o = { 0 };
	char *dir;
	int code;

	if (find_run(&plot_argp, argc, argv, &o, &dir, &code)) {
		;
	} else if (ncb_ab_is(dir)) {
		ncb_error("%s is of two kernels: its pictures are in report.html; those of a boot: "
			  "ncbench plot %s/a-insn", dir, o.run);
		code = NCB_EXIT_USAGE;
	} else {
		code = plot_run(&o, dir);
	}
	free(dir);
	return code;
}
