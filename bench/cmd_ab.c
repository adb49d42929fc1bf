// SPDX-License-Identifier: GPL-2.0-only
/* ncbench ab: builds, boots and compares two kernels. What is done stands in ab_run.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ab_run.h"
#include "command.h"
#include "runset.h"

enum {
	KEY_TREE = 256, KEY_BOOTS, KEY_LINKS, KEY_CONFIG, KEY_ARCH, KEY_SEED, KEY_RESULTS,
	KEY_STORM, KEY_BISECT, KEY_ROW, KEY_FAIL_ON,
};

#define FORMS	"a folder with a kernel's source, linux-source-6.1 (or another version that is " \
		"packaged), a git revision (with --tree), one of these and a patch or a series in " \
		"mbox form: FOLDER+FILE.patch, or a packaged image: 6.1, 6.12"

static const struct argp_option options[] = {
	{ "tree", KEY_TREE, "DIR", 0, "a git tree of the kernel, in which A and B are revisions", 1 },
	{ "target", 't', "NAME", 0, "qemu: instructions alone, uml: time alone; default: both", 2 },
	{ "profile", 'p', "NAME", 0, "quick, default (the default), full", 2 },
	{ "rows", 'r', "PATTERN", 0, "only rows whose name matches the shell pattern", 2 },
	{ "boots", KEY_BOOTS, "N", 0, "of each kernel, for time (default 10)", 2 },
	{ "links", KEY_LINKS, "N", 0,
	  "of each kernel, for time: layouts of the notifier's code (default 5)", 2 },
	{ "config", KEY_CONFIG, "FILE", 0, "options of both kernels beside those they are built with", 2 },
	{ "arch", KEY_ARCH, "NAME", 0, "of the guests in which instructions are counted", 2 },
	{ "storm", KEY_STORM, NULL, 0, "module load storms in these guests, too", 2 },
	{ "seed", KEY_SEED, "N", 0, "start all shuffling here", 2 },
	{ "name", 'n', "NAME", 0, "of the result", 3 },
	{ "results", KEY_RESULTS, "DIR", 0, "folder that results are kept in", 3 },
	{ "fail-on", KEY_FAIL_ON, "slower[:PERCENT]", 0,
	  "exit 3 if a row takes more instructions or is slower in B, by more than that", 3 },
	{ "bisect", KEY_BISECT, "GOOD..BAD", 0,
	  "with --tree and --row: find the commit that changed the row", 4 },
	{ "row", KEY_ROW, "NAME", 0, "the row that --bisect goes by", 4 },
	{ 0 }
};

static error_t wrong(struct argp_state *state, const char *text)
{
	argp_error(state, "%s", text);
	return EINVAL;
}

static error_t parse_end(struct argp_state *state, const struct ncb_ab_options *o)
{
	if (o->bisect && (o->side[0] || !o->tree || !o->row || !*o->row))
		return wrong(state, "bisect: it wants --tree and --row, and no other kernels");
	if (o->row && !o->bisect)
		return wrong(state, "row: it is for --bisect; --rows chooses rows");
	if (!o->bisect && !o->side[1])
		return wrong(state, "which two kernels? " FORMS);
	if (o->links > o->boots)
		return wrong(state, "links: each link is booted once at least; give as many boots");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ncb_ab_options *o = state->input;
	uint64_t n = 0;
	int err = 0;

	switch (key) {
	case KEY_TREE: o->tree = arg; break;
	case 't': o->target = arg; break;
	case 'p': o->profile = arg; break;
	case 'r': o->rows = arg; break;
	case 'n': o->name = arg; break;
	case KEY_CONFIG: o->config = arg; break;
	case KEY_ARCH: o->arch = arg; break;
	case KEY_STORM: o->storm = true; break;
	case KEY_RESULTS: o->results = arg; break;
	case KEY_BISECT: o->bisect = arg; break;
	case KEY_ROW: o->row = arg; break;
	case KEY_SEED:
		err = ncb_option_number(state, "seed", arg, 1, UINT64_MAX, &o->seed);
		break;
	case KEY_BOOTS:
		err = ncb_option_number(state, "boots", arg, 1, NCB_AB_BOOTS_MAX, &n);
		o->boots = n;
		break;
	case KEY_LINKS:
		err = ncb_option_number(state, "links", arg, 1, NCB_LINKS_MAX, &n);
		o->links = n;
		break;
	case KEY_FAIL_ON:
		if (strncmp(arg, "slower", 6) || (arg[6] && (arg[6] != ':' ||
		    !ncb_parse_percent(arg + 7, &o->fail_beyond))))
			return wrong(state, "fail-on: slower or slower:PERCENT is valid");
		o->fail_on = true;
		break;
	case ARGP_KEY_ARG:
		if (o->side[1])
			return wrong(state, "two kernels are compared, not more");
		o->side[o->side[0] ? 1 : 0] = arg;
		break;
	case ARGP_KEY_END:
		return parse_end(state, o);
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return err;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "A B",
	.children = ncb_common_options,
	.doc = "Builds two kernels, boots them, and says what changed from A to B: instructions, "
	       "counted exactly in an emulator, and time, in User Mode Linux on this processor.\v"
	       "Each kernel is " FORMS ".",
};

/** ncb_command_ab - ncbench ab A B; returns an exit code */
int ncb_command_ab(int argc, char **argv)
{
	struct ncb_ab_options o = {
		.target = "auto", .profile = "default", .boots = 10, .links = 5,
	};
	int code;

	return ncb_parse(&argp, argc, argv, &o, &code) ? code : ncb_ab_and_keep(&o);
}
