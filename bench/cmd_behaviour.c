// SPDX-License-Identifier: GPL-2.0-only
/* ncbench behaviour: how the chains of one kernel behave, or what two do differently. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "behaviour.h"
#include "command.h"
#include "target/target.h"

enum { KEY_ARCH = 256, KEY_KERNEL, KEY_HEADERS, KEY_AGAINST, KEY_AGAINST_HEADERS, KEY_TIMEOUT,
       KEY_JSON };

#define TIMEOUT_MAX	3600

static const struct argp_option options[] = {
	{ "arch", KEY_ARCH, "NAME", 0, "the machine, x86_64 or arm64; default: this one's", 1 },
	{ "kernel", KEY_KERNEL, "WHAT", 0, "a packaged version (6.1) or a vmlinuz", 1 },
	{ "headers", KEY_HEADERS, "DIR", 0, "build folder that belongs to a vmlinuz", 1 },
	{ "against", KEY_AGAINST, "WHAT", 0, "another kernel, or a file that --json has written", 2 },
	{ "against-headers", KEY_AGAINST_HEADERS, "DIR", 0, "build folder of that one", 2 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "end a guest after that time", 3 },
	{ "json", KEY_JSON, "FILE", 0, "keep the kernel's answers there", 3 },
	{ 0 }
};

struct input {
	struct ncb_run_options o;
	const char *against, *against_headers, *json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	uint64_t seconds = 0;
	int err = 0;

	switch (key) {
	case KEY_ARCH: in->o.arch = arg; break;
	case KEY_KERNEL: in->o.kernel = arg; break;
	case KEY_HEADERS: in->o.headers = arg; break;
	case KEY_AGAINST: in->against = arg; break;
	case KEY_AGAINST_HEADERS: in->against_headers = arg; break;
	case KEY_TIMEOUT:
		err = ncb_option_number(state, "timeout", arg, 1, TIMEOUT_MAX, &seconds);
		in->o.timeout = seconds;
		break;
	case KEY_JSON: in->json = arg; break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return EINVAL;
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
	.children = ncb_common_options,
	.doc = "Plays cases on notifier chains of a kernel in a guest, some of which it may not "
	       "survive, and says what happened.",
};

/* The other one's answers: stored, or asked. */
static int get_other(const struct input *in, json_t **other)
{
	struct ncb_run_options o = in->o;
	json_error_t where;

	*other = json_load_file(in->against, 0, &where);
	if (*other)
		return 0;
	o.kernel = in->against;
	o.headers = in->against_headers;
	return ncb_behaviour_get(&o, other);
}

static const char *release(const json_t *answers)
{
	const char *name = json_string_value(json_object_get(answers, "release"));

	return name ? name : "unknown";
}

static int print(const json_t *a, const json_t *b)
{
	struct ncb_report report = { 0 };
	int err;

	if (b)
		report.title = ncb_format("Behaviour of notifier chains: A %.64s, B %.64s", release(a),
					  release(b));
	else
		report.title = ncb_format("Behaviour of notifier chains: %.64s", release(a));
	if (b)
		ncb_behaviour_items(a, b, &report.summary);
	else
		ncb_behaviour_list(a, &report.summary);
	err = ncb_report_put_text(&report, stdout, true);
	ncb_items_free(&report.summary);
	free(report.title);
	return err;
}

/** ncb_command_behaviour - ncbench behaviour; returns an exit code */
int ncb_command_behaviour(int argc, char **argv)
{
	struct input in = { .o = { .target = "qemu" } };
	json_t *a = NULL, *b = NULL;
	int code, err;

	if (ncb_parse(&argp, argc, argv, &in, &code))
		return code;
	if (!ncb_choose_target(&in.o, &code))
		return code;
	err = ncb_behaviour_get(&in.o, &a);
	if (!err && in.json && json_dump_file(a, in.json, JSON_INDENT(1))) {
		ncb_error("cannot write %s", in.json);
		err = -EIO;
	}
	if (!err && in.against)
		err = get_other(&in, &b);
	if (!err)
		err = print(a, b);
	json_decref(a);
	json_decref(b);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}
