// SPDX-License-Identifier: GPL-2.0-only
/* ncbench report and ncbench plot: from a stored run, without a kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "report.h"
#include "run.h"

struct options {
	const char *run;
	const char *results;
	const char *format;
	const char *plot;
	bool full;
	bool plots;
};

static const struct argp_option report_options[] = {
	{ "full", 'f', NULL, 0, "all rows", 1 },
	{ "format", 'F', "NAME", 0, "text (default) or html", 1 },
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
	case 256:
		o->results = arg;
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

/* Parses, finds and loads; *code is the exit code where that fails. */
static int open_run(const struct argp *argp, int argc, char **argv, struct options *o,
		    struct ncb_rundata *r, char **dir, int *code)
{
	char *results = ncb_format("%s/results", ncb_top());
	int err;

	o->results = results;
	*dir = NULL;
	memset(r, 0, sizeof(*r));
	err = ncb_parse(argp, argc, argv, o, code);
	if (!err) {
		*code = NCB_EXIT_FAILED;
		*dir = ncb_find_run(o->run, o->results);
		err = *dir ? ncb_result_load(r, *dir) : -ENOENT;
	}
	free(results);
	return err;
}

/** ncb_command_report - ncbench report; returns an exit code */
int ncb_command_report(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*make)(const struct ncb_rundata *r, FILE *f, bool full);
	} formats[] = {
		{ "text", ncb_report_text },
		{ "html", ncb_report_html },
	};
	struct options o = { .format = "text" };
	struct ncb_rundata r;
	char *dir, names[64] = "";
	int code;
	size_t i;

	if (!open_run(&report_argp, argc, argv, &o, &r, &dir, &code)) {
		for (i = 0; i < ARRAY_SIZE(formats); i++) {
			if (!strcmp(formats[i].name, o.format))
				break;
			strcat(names, i ? ", " : "");
			strcat(names, formats[i].name);
		}
		if (i < ARRAY_SIZE(formats)) {
			code = formats[i].make(&r, stdout, o.full) ? NCB_EXIT_FAILED : NCB_EXIT_OK;
		} else {
			ncb_error("unknown format '%s'; valid: %s", o.format, names);
			code = NCB_EXIT_USAGE;
		}
	}
	free(dir);
	ncb_rundata_free(&r);
	return code;
}

/** ncb_command_plot - ncbench plot; returns an exit code */
int ncb_command_plot(int argc, char **argv)
{
	struct options o = { 0 };
	struct ncb_rundata r;
	char *dir;
	int code;

	if (!open_run(&plot_argp, argc, argv, &o, &r, &dir, &code)) {
		int err = ncb_plot_make(&r, dir, o.plot);

		code = !err ? NCB_EXIT_OK : err == -ENOENT ? NCB_EXIT_CANNOT :
		       err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
		if (!err)
			printf("%s/plots\n", dir);
	}
	free(dir);
	ncb_rundata_free(&r);
	return code;
}
