// SPDX-License-Identifier: GPL-2.0-only
/* Options that several commands have: those that compare sets of runs, those that measure. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "runset.h"
#include "target/target.h"

enum { KEY_ARM = 512, KEY_CORRECTION, KEY_MARGIN, KEY_RAW, KEY_METRIC, KEY_RESULTS };

static const struct argp_option options[] = {
	{ "arm", KEY_ARM, "NAME", 0, "what is compared: native where all sides have it, for runs of "
	  "target user slist", 1 },
	{ "correction", KEY_CORRECTION, "NAME", 0, "for the number of tests: holm (default), bh, none",
	  1 },
	{ "margin", KEY_MARGIN, "PERCENT", 0, "what is equivalent within it is said to be", 1 },
	{ "raw", KEY_RAW, NULL, 0, "costs as they are, not relative to the module's own engines", 1 },
	{ "metric", KEY_METRIC, "NAME", 0, NCB_METRIC_HELP, 1 },
	{ "results", KEY_RESULTS, "DIR", 0, "folder that runs are kept in", 3 },
	{ 0 }
};

/* What it may be instead; NULL: @arg is valid. */
static const char *set(struct ncb_judging *j, int key, const char *arg)
{
	j->given |= key != KEY_RESULTS;
	switch (key) {
	case KEY_ARM:
		j->arm = arg;
		return NULL;
	case KEY_CORRECTION:
		return ncb_parse_correction(arg, &j->options.correction) ? NULL :
		       "valid: holm, bh, none";
	case KEY_MARGIN:
		return ncb_parse_margin(arg, &j->options.margin) ? NULL : NCB_MARGIN_HELP;
	case KEY_RAW:
		j->options.raw = true;
		return NULL;
	case KEY_METRIC:
		j->options.metric = arg;
		return ncb_metric_known(arg) ? NULL : "valid: insn, cycles, ns";
	default:
		j->results = arg;
		return NULL;
	}
}

static const struct argp_option *find_option(int key, const char *name)
{
	const struct argp_option *o;

	for (o = options; o->name; o++)
		if (name ? !strcmp(o->name, name) : o->key == key)
			return o;
	return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct argp_option *option = find_option(key, NULL);
	const char *valid;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = NULL;
	if (!option)
		return ARGP_ERR_UNKNOWN;
	valid = set(state->input, key, arg);
	if (!valid)
		return 0;
	argp_error(state, "--%s: '%s' is not valid; %s", option->name, arg, valid);
	return EINVAL;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = ncb_common_options,
};
const struct argp_child ncb_judging_options[] = { { &argp, 0, NULL, 0 }, { 0 } };

/**
 * ncb_judging_adopt - take the options that a command was given
 * @j: gets them
 * @command: as typed; it is cut into words, which @j keeps
 *
 * Options that are not of these are passed over: the command may have others.
 * What is taken is told.
 *
 * Return: 0; -EINVAL with a message where one of them is not valid.
 */
int ncb_judging_adopt(struct ncb_judging *j, char *command)
{
	static const char between[] = " '\"=";	/* also of OPTIONS='--margin 2%' */
	char *word, *save, *arg, *taken = ncb_copy(""), *longer;
	int err = 0;

	for (word = strtok_r(command, between, &save); word && !err;
	     word = strtok_r(NULL, between, &save)) {
		const struct argp_option *option = strncmp(word, "--", 2) ? NULL :
						   find_option(0, word + 2);
		const char *valid;

		if (!option || option->key == KEY_RESULTS)
			continue;
		arg = option->arg ? strtok_r(NULL, between, &save) : NULL;
		valid = option->arg && !arg ? "it has no argument" : set(j, option->key, arg);
		if (valid) {
			ncb_error("the text was made with --%s '%s': %s", option->name, arg ? arg : "",
				  valid);
			err = -EINVAL;
			break;
		}
		longer = ncb_format("%s %s%s%s", taken, word, arg ? " " : "", arg ? arg : "");
		free(taken);
		taken = longer;
	}
	if (*taken && !err)
		ncb_say("with the options that the text names:%s", taken);
	free(taken);
	return err;
}

/**
 * ncb_may_compare - whether nothing forbids comparing two sides
 * @old, @new: the sides
 * @arm: that is compared
 * @force: compare them all the same, but for other metrics
 *
 * Return: false with a message for each obstacle.
 */
bool ncb_may_compare(const struct ncb_side *old, const struct ncb_side *new, const char *arm,
		     bool force)
{
	char **reasons;
	size_t n = ncb_find_obstacles(old, new, arm, &reasons), i;
	bool metric;

	/* Instructions and nanoseconds have no ratio: nothing forces that. */
	metric = n && !strncmp(reasons[0], "metric", strlen("metric"));
	for (i = 0; i < n && (!force || metric); i++)
		ncb_error("cannot compare '%s' with '%s': %s%s", old->label, new->label, reasons[i],
			  i + 1 == n && !metric ? " (--force does it all the same, and says so)" : "");
	ncb_free_texts(reasons, n);
	return !n || (force && !metric);
}

/* -- commands that measure -- */

enum { KEY_KERNEL = 768, KEY_HEADERS, KEY_TIMEOUT, KEY_RESULTS_TO, KEY_ARCH, KEY_BUILT };

static const struct argp_option measuring_options[] = {
	{ "target", 't', "NAME", 0, "where: auto (default), or a name of 'ncbench list targets'", 1 },
	{ "profile", 'p', "NAME", 0, "how much: quick, default, full", 1 },
	{ "name", 'n', "RUN", 0, "name of the run; default: time, target, profile", 1 },
	{ "arch", KEY_ARCH, "NAME", 0, "guests: the machine, x86_64 or arm64; default: this one's", 3 },
	{ "kernel", KEY_KERNEL, "WHAT", 0, "guests: a packaged version (6.1) or a vmlinuz", 3 },
	{ "headers", KEY_HEADERS, "DIR", 0, "guests: build folder that belongs to a vmlinuz", 3 },
	{ "built", KEY_BUILT, "DIR", 0, "this machine: modules that 'ncbench module --to DIR' built for "
	  "its kernel, in place of building them", 3 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "end a guest after that time", 3 },
	{ "results", KEY_RESULTS_TO, "DIR", 0, "folder for runs", 3 },
	{ 0 }
};

/**
 * ncb_option_number - an option that is a whole number
 * @state: of the parser
 * @what: name of the option
 * @arg: what was given
 * @low, @high: what is valid
 * @out: gets it
 *
 * Return: 0, or EINVAL with a message.
 */
int ncb_option_number(struct argp_state *state, const char *what, const char *arg, uint64_t low,
		      uint64_t high, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(arg, &end, 0);
	if (errno || *end || !isdigit((unsigned char)arg[0]) || *out < low || *out > high) {
		argp_error(state, "%s: '%s' is not a number in %llu .. %llu", what, arg,
			   (unsigned long long)low, (unsigned long long)high);
		return EINVAL;
	}
	return 0;
}

static error_t parse_measuring(int key, char *arg, struct argp_state *state)
{
	struct ncb_run_options *o = state->input;
	uint64_t n = 0;
	int err = 0;

	switch (key) {
	case 't': o->target = arg; break;
	case 'p': o->profile = arg; break;
	case 'n': o->name = arg; break;
	case KEY_ARCH: o->arch = arg; break;
	case KEY_KERNEL: o->kernel = arg; break;
	case KEY_HEADERS: o->headers = arg; break;
	case KEY_BUILT: o->built = arg; break;
	case KEY_RESULTS_TO: o->results = arg; break;
	case KEY_TIMEOUT:
		err = ncb_option_number(state, "timeout", arg, 1, 86400, &n);
		o->timeout = n;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return err;
}

static const struct argp measuring_argp = {
	.options = measuring_options,
	.parser = parse_measuring,
	.children = ncb_common_options,
};
const struct argp_child ncb_measuring_options[] = { { &measuring_argp, 0, NULL, 0 }, { 0 } };
