// SPDX-License-Identifier: GPL-2.0-only
/* ncbench verify: a pasted report against the raw data. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ab.h"
#include "command.h"
#include "report_compare.h"
#include "runset.h"
#include "verify.h"

#define TEXT_MAX	(16u << 20)	/* bytes of a mail that are read */

struct options {
	const char *text, *side[2];
	struct ncb_judging judging;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->judging;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			o->text = arg;
		else if (state->arg_num < 3)
			o->side[state->arg_num - 1] = arg;
		else
			argp_error(state, "a text and one or two runs, please: '%s' is too much",
				   arg);
		return state->arg_num < 3 ? 0 : EINVAL;
	case ARGP_KEY_END:
		if (o->side[0])
			return 0;
		argp_error(state, "which text, and of which run? A file, or - for standard input, "
			   "and a run below results/, or both sides of a comparison");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "TEXT RUN [NEW]",
	.children = ncb_judging_options,
	.doc = "Reads a report as it was pasted (a file, or - for standard input), computes it "
	       "anew from the raw samples of the run, or of both sides of a comparison, and says "
	       "which lines hold. Of a comparison, where none of --arm, --correction, --margin and "
	       "--raw is given, those of the command that the text has are taken.\vok: as computed; DIFFERS: not; ?: has a figure, but is no line "
	       "of that report; MISSING: forbids quoting the figures, and is not quoted with them. "
	       "Exit: 0 at least one figure was checked and all hold, 1 not, 2 usage.",
};

/* The whole of a file or of standard input; NULL with a message. */
static char *read_text(const char *name)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;
	char *text = NULL;
	size_t n = 0, got;

	if (!f) {
		ncb_error("cannot read %s: %s", name, strerror(errno));
		return NULL;
	}
	do {
		text = ncb_grow(text, n + 65536, 1);
		got = fread(text + n, 1, 65535, f);
		n += got;
	} while (got && n < TEXT_MAX);
	text[n < TEXT_MAX ? n : TEXT_MAX] = '\0';
	if (ferror(f) || n >= TEXT_MAX) {
		ncb_error("cannot read %s: %s", name, n >= TEXT_MAX ? "it is larger than 16 MiB" :
			  strerror(errno));
		free(text);
		text = NULL;
	} else if (strlen(text) != n) {
		ncb_error("%s is no text: it has a zero byte in it", name);
		free(text);
		text = NULL;
	}
	if (f != stdin)
		fclose(f);
	return text;
}

static int conclude(const struct ncb_verified *v)
{
	printf("\n%zu line%s as computed, %zu otherwise, %zu with figures that are not of this "
	       "report\n", v->hold, v->hold == 1 ? " is" : "s are", v->differ, v->unplaced);
	if (!v->figures && !v->hold) {
		ncb_error("no line was recognised: is it a report of that run, with the same "
			  "--arm, --margin, --raw and --correction?");
		return NCB_EXIT_FAILED;
	}
	/* What cannot be checked may have been changed. */
	if (v->unplaced)
		ncb_error("%zu line%s with figures could not be checked (marked ?): look at them, or "
			  "paste without what is not of the report and without new line breaks",
			  v->unplaced, v->unplaced == 1 ? "" : "s");
	if (v->missing)
		ncb_error("%zu line%s that forbid%s quoting the figures %s not in the text (MISSING): "
			  "paste the header with the rows", v->missing, v->missing == 1 ? "" : "s",
			  v->missing == 1 ? "s" : "", v->missing == 1 ? "is" : "are");
	return v->differ || v->unplaced || v->missing ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int verify_report(struct ncb_report *report, const char *text)
{
	struct ncb_verified found;

	ncb_verify(report, text, stdout, &found);
	ncb_report_free(report);
	return conclude(&found);
}

static int verify_comparison(const struct options *o, const struct ncb_runset *set,
			     const char *text)
{
	struct ncb_side old = ncb_runset_side(&set[0]), new = ncb_runset_side(&set[1]);
	bool alone = ncb_without_rows(&old, &new, o->judging.arm);
	const char *arm = o->judging.arm ? o->judging.arm : alone ? "" : ncb_usual_arm(&old, &new);
	struct ncb_comparison *c;
	int code = NCB_EXIT_FAILED;

	if (!arm) {
		ncb_error("the two sides share neither native nor slist: name the --arm");
		return code;
	}
	c = ncb_compare_runs(&old, &new, arm, &o->judging.options);
	if (c->pairs || alone)
		code = verify_report(ncb_report_comparison(c), text);
	else
		ncb_error("no row was measured with '%s' on both sides", arm);
	ncb_comparison_free(c);
	return code;
}

/* The folder of two kernels, where that is meant; NULL: it is something else. malloc'd. */
static char *find_ab(const char *name, const char *results)
{
	char *dir = ncb_format("%s/%s", results, name);

	if (ncb_ab_is(name)) {
		free(dir);
		return ncb_copy(name);
	}
	if (ncb_ab_is(dir))
		return dir;
	free(dir);
	return NULL;
}

static int verify_ab(const struct options *o, const char *dir, const char *text)
{
	struct ncb_ab_view *v;
	struct ncb_ab ab;
	int code;

	if (o->side[1] || o->judging.given) {
		ncb_error("%s is of two kernels already, and judged as it was: no second run, and "
			  "none of --arm, --correction, --margin, --metric and --raw go with it",
			  o->side[0]);
		return NCB_EXIT_USAGE;
	}
	if (ncb_ab_load(&ab, dir))
		return NCB_EXIT_FAILED;
	v = ncb_ab_view_new(&ab);
	code = verify_report(ncb_report_ab(v), text);
	ncb_ab_view_free(v);
	ncb_ab_free(&ab);
	return code;
}

/* One run, or both sides of a comparison. */
static int verify_runs(struct options *o, const char *text)
{
	char *command = o->side[1] && !o->judging.given ? ncb_verify_command(text) : NULL;
	struct ncb_runset set[2] = { 0 };
	int code = NCB_EXIT_FAILED, err, i;

	err = command ? ncb_judging_adopt(&o->judging, command) : 0;
	for (i = 0; i < 2 && !err && o->side[i]; i++) {
		err = ncb_runset_load(&set[i], o->side[i], o->judging.results,
				      o->judging.options.metric, true);
		code = err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
	}
	if (!err && !o->side[1] && set[0].runs > 1) {
		ncb_error("'%s' is %zu runs: a report is of one run, or of two sides", o->side[0],
			  set[0].runs);
		code = NCB_EXIT_USAGE;
	} else if (!err) {
		code = o->side[1] ? verify_comparison(o, set, text) :
		       verify_report(ncb_report_new(set[0].stats[0]), text);
	}
	for (i = 0; i < 2; i++)
		ncb_runset_free(&set[i]);
	free(command);
	return code;
}

/** ncb_command_verify - ncbench verify; returns an exit code */
int ncb_command_verify(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top()), *text = NULL, *dir = NULL;
	struct options o = { .judging.results = results };
	int code;

	if (!ncb_parse(&argp, argc, argv, &o, &code)) {
		code = NCB_EXIT_FAILED;
		text = read_text(o.text);
		dir = find_ab(o.side[0], o.judging.results);
	}
	if (text)
		code = dir ? verify_ab(&o, dir, text) : verify_runs(&o, text);
	free(dir);
	free(text);
	free(results);
	return code;
}
