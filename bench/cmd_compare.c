// SPDX-License-Identifier: GPL-2.0-only
/* ncbench compare: one arm before and after, from stored runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "compare_memory.h"
#include "compare_storm.h"
#include "format.h"
#include "report_compare.h"
#include "runset.h"

enum {
	KEY_FAIL_ON = 256, KEY_FORCE, KEY_FORMAT, KEY_MAIL, KEY_TESTED_BY,
};

struct options {
	const char *side[2];
	const char *format;
	struct ncb_judging judging;
	bool fail_on, fail_larger, force, full, mail, tested_by;
	double fail_beyond;
};

/* Reports of a comparison; the layouts of other tools are in format.c. */
static const struct format {
	const char *name;
	int (*make)(const struct ncb_comparison *c, FILE *f, bool full);
} formats[] = {
	{ "text", ncb_comparison_text },
	{ "html", ncb_comparison_html },
};

static const struct argp_option options[] = {
	{ "force", KEY_FORCE, NULL, 0, "compare what cannot be compared, and say so", 1 },
	{ "full", 'f', NULL, 0, "all rows", 2 },
	{ "format", KEY_FORMAT, "NAME", 0, "text (default), html, or the layout of another tool "
	  "(an unknown name lists them)", 2 },
	{ "mail", KEY_MAIL, NULL, 0, "short, to be pasted below a patch", 2 },
	{ "tested-by", KEY_TESTED_BY, NULL, 0, "with --mail: a trailer from git's user name", 2 },
	{ "fail-on", KEY_FAIL_ON, "slower[:PERCENT]", 0, "exit 3 if a row is slower (more "
	  "instructions), by more than that; or larger: if a figure of memory is", 2 },
	{ 0 }
};

static bool parse_fail_on(const char *text, struct options *o)
{
	static const char *const words[] = { "slower", "more", "larger" };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		n = strlen(words[i]);
		if (strncmp(text, words[i], n) || (text[n] && text[n] != ':'))
			continue;
		o->fail_larger = !strcmp(words[i], "larger");
		o->fail_on = !o->fail_larger;
		return !text[n] || ncb_parse_percent(text + n + 1, &o->fail_beyond);
	}
	return false;
}

static const struct format *find_format(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static error_t bad(struct argp_state *state, const char *option, const char *arg, const char *valid)
{
	argp_error(state, "%s: '%s' is not valid; %s", option, arg, valid);
	return EINVAL;
}

static error_t parse_end(struct argp_state *state, const struct options *o)
{
	if (!o->side[0] || !o->side[1]) {
		argp_error(state, "which two? Each is a run below results/, a pattern, or a list");
		return EINVAL;
	}
	if (o->tested_by && !o->mail) {
		argp_error(state, "--tested-by is for --mail");
		return EINVAL;
	}
	if (o->mail && (o->full || o->format)) {
		argp_error(state, "--mail is a form of its own: not with --full or --format");
		return EINVAL;
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *names;

	switch (key) {
	case KEY_FORCE:
		o->force = true;
		return 0;
	case 'f':
		o->full = true;
		return 0;
	case KEY_FORMAT:
		o->format = arg;
		if (find_format(arg) || ncb_format_find(arg))
			return 0;
		names = ncb_format_names(false);
		argp_error(state, "unknown format '%s'; valid: text, html, %s", arg, names);
		free(names);
		return EINVAL;
	case KEY_MAIL:
		o->mail = true;
		return 0;
	case KEY_TESTED_BY:
		o->tested_by = true;
		return 0;
	case KEY_FAIL_ON:
		return parse_fail_on(arg, o) ? 0 :
		       bad(state, "--fail-on", arg,
			   "slower, or slower:N% with N in 0 .. 1000; likewise larger");
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->judging;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num < 2) {
			o->side[state->arg_num] = arg;
			return 0;
		}
		argp_error(state,
			   "two sides, please: '%s' is a third (quote patterns, and put commas "
			   "between the runs of a side)", arg);
		return EINVAL;
	case ARGP_KEY_END:
		return parse_end(state, o);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "OLD NEW",
	.children = ncb_judging_options,
	.doc = "Compares runs before and after a change of the kernel. Each side is a run, a shell "
	       "pattern or a comma-separated list of runs; several runs of a side are several "
	       "boots.\v"
	       "Exit: 0 compared, 1 cannot be compared, 2 usage, 3 found what --fail-on asks for.",
};

static const char *choose_arm(const struct options *o, const struct ncb_side *old,
			      const struct ncb_side *new)
{
	const char *arm = o->judging.arm ? o->judging.arm : ncb_usual_arm(old, new);
	char *names;

	if (arm)
		return arm;
	names = ncb_shared_arms(old, new);
	if (*names)
		ncb_error("no row has 'native' on both sides; choose with --arm: %s", names);
	else
		ncb_error("'%s' and '%s' have no row with an arm in common: nothing to compare",
			  old->label, new->label);
	free(names);
	return NULL;
}

/* @n figures @of what are @worse. */
static bool say_worse(const struct options *o, size_t n, const char *of, const char *worse)
{
	if (n)
		ncb_say("--fail-on: %zu figure%s of %s %s %s by more than %g %%", n, n == 1 ? "" : "s",
			of, n == 1 ? "is" : "are", worse, o->fail_beyond * 100);
	return n;
}

static bool regressed_storms(const struct options *o, const struct ncb_comparison *c)
{
	size_t i, n = 0;

	for (i = 0; c->storms && i < c->storms->pairs && o->fail_on; i++)
		n += c->storms->pair[i].verdict == NCB_MORE &&
		     c->storms->pair[i].slower > o->fail_beyond;
	return say_worse(o, n, "storms", "slower");
}

static bool regressed_memory(const struct options *o, const struct ncb_comparison *c)
{
	size_t i, n = 0;

	for (i = 0; c->memory && i < c->memory->pairs && o->fail_larger; i++) {
		const struct ncb_memory_pair *p = &c->memory->pair[i];

		n += p->verdict == NCB_MORE &&
		     p->side[1].value - p->side[0].value > o->fail_beyond * p->side[0].value;
	}
	return say_worse(o, n, "memory", "larger");
}

static bool regressed(const struct options *o, const struct ncb_comparison *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->pairs && o->fail_on; i++)
		n += c->pair[i].verdict == NCB_MORE && c->pair[i].change.ci.value > o->fail_beyond;
	if (n)
		ncb_say("--fail-on: %zu row%s %s by more than %g %%", n, n == 1 ? " is" : "s are",
			c->metric == NCB_INSN ? "dearer" : "slower", o->fail_beyond * 100);
	return n || regressed_storms(o, c) || regressed_memory(o, c);
}

static int print(const struct options *o, const struct ncb_comparison *c)
{
	const struct ncb_comparison_format *other = o->format ? ncb_format_find(o->format) : NULL;
	struct ncb_report *report;
	int err;

	if (other)
		return ncb_format_write(other, c, stdout);
	if (!o->mail)
		return find_format(o->format ? o->format : "text")->make(c, stdout, o->full);
	report = ncb_report_comparison(c);
	err = ncb_mail(report, o->tested_by, stdout);
	ncb_report_free(report);
	return err;
}

/* Where there are no rows: layouts of other tools have no storms, and some no exact figures. */
static bool may_print(const struct options *o, const struct ncb_side *old,
		      const struct ncb_side *new)
{
	const struct ncb_comparison_format *other = o->format ? ncb_format_find(o->format) : NULL;

	if (!other || (ncb_memory_shared(old, new) && other->exact))
		return true;
	if (ncb_memory_shared(old, new))
		ncb_error("--format %s is of samples, and figures of memory are exact: text, csv and "
			  "json have them", o->format);
	else
		ncb_error("--format %s is of rows, and these runs share only module load storms: "
			  "text and html have them", o->format);
	return false;
}

/* What is not compared cannot be found worse: that is not to be taken for "no change". */
static bool may_fail(const struct options *o, const struct ncb_side *old,
		     const struct ncb_side *new, bool alone)
{
	if (o->fail_larger && !ncb_memory_shared(old, new))
		ncb_error("--fail-on larger is of memory, which not both sides have: 'make memory' and "
			  "'make bench' read it");
	else if (o->fail_on && alone && !ncb_storms_shared(old, new))
		ncb_error("--fail-on slower is of what is timed, and these runs share only figures of "
			  "memory: --fail-on larger is of those");
	else
		return true;
	return false;
}

static int compare(const struct options *o, const struct ncb_side *old, const struct ncb_side *new)
{
	bool alone = ncb_without_rows(old, new, o->judging.arm);
	const char *arm = alone ? "" : choose_arm(o, old, new);
	struct ncb_comparison *c;
	int code;

	if ((alone && !may_print(o, old, new)) || !may_fail(o, old, new, alone))
		return NCB_EXIT_USAGE;
	if (!arm || !ncb_may_compare(old, new, arm, o->force))
		return NCB_EXIT_FAILED;
	if (ncb_runset_share(old, new))
		ncb_say("the same run is on both sides");
	c = ncb_compare_runs(old, new, arm, &o->judging.options);
	if (!c->pairs && !alone) {
		char *names = ncb_shared_arms(old, new);

		ncb_error("no row was measured with '%s' on both sides; arms that both have: %s",
			  arm,
			  *names ? names : "none");
		free(names);
		code = NCB_EXIT_FAILED;
	} else if (print(o, c)) {
		code = NCB_EXIT_FAILED;
	} else {
		code = regressed(o, c) ? NCB_EXIT_REGRESSION : NCB_EXIT_OK;
	}
	ncb_comparison_free(c);
	return code;
}

/** ncb_command_compare - ncbench compare; returns an exit code */
int ncb_command_compare(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top());
	struct options o = { .judging.results = results };
	struct ncb_runset set[2] = { 0 };
	int code, err, i;

	err = ncb_parse(&argp, argc, argv, &o, &code);
	for (i = 0; i < 2 && !err; i++) {
		err = ncb_runset_load(&set[i], o.side[i], o.judging.results,
				      o.judging.options.metric, false);
		code = err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_FAILED;
	}
	if (!err) {
		struct ncb_side old = ncb_runset_side(&set[0]), new = ncb_runset_side(&set[1]);

		code = compare(&o, &old, &new);
	}
	for (i = 0; i < 2; i++)
		ncb_runset_free(&set[i]);
	free(results);
	return code;
}
