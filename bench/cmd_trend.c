// SPDX-License-Identifier: GPL-2.0-only
/* ncbench trend: one row over many kernels, from stored runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "compare_memory.h"
#include "plan.h"
#include "report_compare.h"
#include "runset.h"
#include "trend.h"

#define USUAL_ROW	"raw/call/16"

enum { KEY_ROW = 256, KEY_OUTPUT, KEY_FORCE };

struct options {
	char *row;		/* its id; malloc'd */
	const char *output;
	struct ncb_judging judging;
	bool force;
	char **spec;
	size_t specs;
};

static const struct argp_option options[] = {
	{ "row", KEY_ROW, "NAME", 0, "which row, short as in reports or whole; default: "
	  USUAL_ROW ", or the nearest that all have", 1 },
	{ "force", KEY_FORCE, NULL, 0, "compare what cannot be compared, and say so", 1 },
	{ "output", KEY_OUTPUT, "DIR", 0, "draw trend.svg into it, beside trend.tsv", 2 },
	{ 0 }
};

static error_t parse_end(struct argp_state *state, const struct options *o)
{
	if (o->specs >= 2)
		return 0;
	argp_error(state, "which runs? At least two, a kernel each, in their order");
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct ncb_row row = { 0 };

	switch (key) {
	case KEY_ROW:
		free(o->row);
		o->row = ncb_row_id(arg);
		if (!ncb_row_parse(&row, o->row))
			return 0;
		argp_error(state, "--row: '%s' is no name of a row; 'ncbench list rows' has them",
			   arg);
		return EINVAL;
	case KEY_FORCE:
		o->force = true;
		return 0;
	case KEY_OUTPUT:
		o->output = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->judging;
		return 0;
	case ARGP_KEY_ARG:
		o->spec = ncb_grow(o->spec, o->specs + 1, sizeof(*o->spec));
		o->spec[o->specs++] = arg;
		return 0;
	case ARGP_KEY_END:
		return parse_end(state, o);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RUN RUN...",
	.children = ncb_judging_options,
	.doc = "One row over many kernels, in the order given. Each argument is one kernel: a "
	       "run, or a quoted shell pattern or comma-separated list of runs, which are its boots.",
};

static bool may_compare(const struct options *o, const struct ncb_side *side, const char *arm)
{
	bool may = true;
	size_t i;

	for (i = 1; i < o->specs; i++)
		may &= ncb_may_compare(&side[0], &side[i], arm, o->force);
	return may;
}

static int draw(const struct options *o, const struct ncb_trend *t)
{
	int err = ncb_trend_plot(t, o->output);

	if (!err)
		ncb_say("%s/trend.svg", o->output);
	return !err ? NCB_EXIT_OK : err == -ENOENT ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
}

/* Each of them has memory, and some no rows. */
static bool is_of_memory(const struct options *o, const struct ncb_side *side)
{
	bool rows = true;
	size_t i;

	for (i = 0; i < o->specs; i++) {
		if (!ncb_memory_shared(&side[0], &side[i]))
			return false;
		rows &= !ncb_without_rows(&side[0], &side[i], o->judging.arm);
	}
	return !rows && !o->row;
}

static int memory_trend(const struct options *o, const struct ncb_side *side)
{
	struct ncb_report *report;
	int err;

	if (o->output) {
		ncb_error("--output draws a row, and these runs share only figures of memory: without "
			  "it they are printed");
		return NCB_EXIT_USAGE;
	}
	report = ncb_trend_memory(side, o->specs);
	err = ncb_report_put_text(report, stdout, true);
	ncb_report_free(report);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int trend(const struct options *o, const struct ncb_side *side)
{
	const char *arm = o->judging.arm ? o->judging.arm : ncb_usual_arm(&side[0], &side[1]), *row;
	struct ncb_report *report;
	struct ncb_trend *t;
	int err;

	if (is_of_memory(o, side))
		return memory_trend(o, side);
	if (!arm) {
		ncb_error("'%s' and '%s' share neither native nor slist: name the --arm",
			  side[0].label, side[1].label);
		return NCB_EXIT_FAILED;
	}
	if (!may_compare(o, side, arm))
		return NCB_EXIT_FAILED;
	row = ncb_trend_row(side, o->specs, o->row ? o->row : USUAL_ROW NCB_ROW_USUAL, arm);
	if (!row || (o->row && strcmp(row, o->row))) {
		ncb_error("not all of these runs have %s with '%s'%s%s",
			  o->row ? o->row : "one row", arm, row ? "; the nearest that they share is " : ": they share no row with it",
			  row ? row : "");
		return NCB_EXIT_FAILED;
	}
	err = o->output ? ncb_make_dirs(o->output) : 0;
	if (err) {
		ncb_error("cannot make %s: %s", o->output, strerror(-err));
		return NCB_EXIT_FAILED;
	}
	t = ncb_trend_new(side, o->specs, row, arm, &o->judging.options);
	report = ncb_trend_report(t);
	err = ncb_report_put_text(report, stdout, true);
	ncb_report_free(report);
	err = err ? NCB_EXIT_FAILED : o->output ? draw(o, t) : NCB_EXIT_OK;
	ncb_trend_free(t);
	return err;
}

/** ncb_command_trend - ncbench trend; returns an exit code */
int ncb_command_trend(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top());
	struct options o = { .judging.results = results };
	struct ncb_runset *set = NULL;
	struct ncb_side *side = NULL;
	size_t i, loaded = 0;
	int code, err;

	err = ncb_parse(&argp, argc, argv, &o, &code);
	if (!err) {
		set = ncb_alloc(o.specs, sizeof(*set));
		side = ncb_alloc(o.specs, sizeof(*side));
	}
	for (i = 0; i < o.specs && !err; i++) {
		err = ncb_runset_load(&set[i], o.spec[i], o.judging.results,
				      o.judging.options.metric, false);
		code = err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
		loaded++;
		side[i] = ncb_runset_side(&set[i]);
	}
	if (!err)
		code = trend(&o, side);
	for (i = 0; i < loaded; i++)
		ncb_runset_free(&set[i]);
	free(set);
	free(side);
	free(o.spec);
	free(o.row);
	free(results);
	return code;
}
