// SPDX-License-Identifier: GPL-2.0-only
/* ncbench memory: what the list designs take in memory, kept as a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "command.h"
#include "memory_ask.h"

enum { KEY_AGAINST = 256, KEY_MODULES, KEY_MAP, KEY_NAME, KEY_RESULTS };

static const struct argp_option options[] = {
	{ "against", KEY_AGAINST, "WHAT", 0, "another kernel: what changed, and is it as computed?", 1 },
	{ "modules", KEY_MODULES, "DIR", 0, "its modules; default: those that come with it", 1 },
	{ "map", KEY_MAP, "FILE", 0, "System.map of a kernel without symbols", 1 },
	{ "name", KEY_NAME, "NAME", 0, "of the run", 2 },
	{ "results", KEY_RESULTS, "DIR", 0, "keep runs there", 2 },
	{ 0 }
};

struct input {
	const char *kernel, *against, *modules, *map, *name, *results;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;

	switch (key) {
	case KEY_AGAINST: in->against = arg; break;
	case KEY_MODULES: in->modules = arg; break;
	case KEY_MAP: in->map = arg; break;
	case KEY_NAME: in->name = arg; break;
	case KEY_RESULTS: in->results = arg; break;
	case ARGP_KEY_ARG:
		if (in->kernel) {
			argp_error(state, "one kernel at a time; '%s' is one more", arg);
			return EINVAL;
		}
		in->kernel = arg;
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
	.options = options, .parser = parse, .args_doc = "[KERNEL]", .children = ncb_common_options,
	.doc = "What notifier blocks, heads and the structs around them take under both list designs. "
	       "Reads files; nothing is loaded or run.\vKERNEL: a vmlinux with or without debug "
	       "information, a vmlinuz, BTF, or the version of a packaged kernel (6.1); without it, "
	       "the running kernel.",
};

/* -- the run -- */

static void note_command(struct ncb_rundata *r, const struct input *in)
{
	const struct {
		const char *variable, *value;
	} words[] = {
		{ "VMLINUX", in->kernel }, { "AGAINST", in->against }, { "MODULES", in->modules },
		{ "MAP", in->map },
	};
	char *command = ncb_copy("make memory"), *longer;
	const char *quote;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!words[i].value)
			continue;
		quote = strpbrk(words[i].value, SHELL_CHARS) ? "'" : "";
		longer = ncb_format("%s %s=%s%s%s", command, words[i].variable, quote,
				    words[i].value, quote);
		free(command);
		command = longer;
	}
	ncb_env_set(r, "command", command);
	ncb_env_set(r, "revision", NCB_REVISION);
	free(command);
}

static void set_up(struct ncb_rundata *r, const struct input *in,
		   const struct ncb_memory_subject *s, const char *name)
{
	time_t now = time(NULL);
	char date[32];

	ncb_rundata_init(r);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	ncb_env_set(r, "date", date);
	if (s->release)
		ncb_env_set(r, "kernel_release", s->release);
	r->name = ncb_copy(name);
	r->target = ncb_copy("files");
	r->profile = ncb_copy("memory");
	note_command(r, in);
}

static int ask(const struct ncb_memory_subject *s, const struct ncb_memory_subject *other,
	       struct ncb_rundata *r)
{
	const struct ncb_memory_question question = { .kernel = s, .other = other };
	char *why;
	int err;

	ncb_say("reading %s%s%s", s->file, s->modules ? " and the modules in " : "",
		s->modules ? s->modules : "");
	err = ncb_memory_ask(&question, &r->memory, &why);
	if (err == -EINTR)
		ncb_error("interrupted: no run is kept");
	else if (why)
		ncb_error("%s", why);
	free(why);
	return err;
}

static int exit_code(int err)
{
	if (!err)
		return NCB_EXIT_OK;
	return err == -EOPNOTSUPP || err == -ENODATA ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
}

static int count_and_keep(const struct input *in, const char *name, const char *dir)
{
	struct ncb_memory_subject s, other = { 0 };
	struct ncb_rundata r;
	int err = ncb_memory_find(&s, in->kernel, !in->modules);

	if (!err && in->against)
		err = ncb_memory_find(&other, in->against, false);
	if (in->modules) {
		free(s.modules);
		s.modules = ncb_copy(in->modules);
	}
	if (in->map) {
		free(s.map);
		s.map = ncb_copy(in->map);
	}
	set_up(&r, in, &s, name);
	if (!err)
		err = ask(&s, in->against ? &other : NULL, &r);
	if (!err)
		err = ncb_run_keep(&r, dir);
	ncb_rundata_free(&r);
	ncb_memory_subject_free(&other);
	ncb_memory_subject_free(&s);
	return exit_code(err);
}

/** ncb_command_memory - ncbench memory; returns an exit code */
int ncb_command_memory(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top()), *made = NULL, *dir = NULL;
	struct input in = { .results = results };
	time_t now = time(NULL);
	char date[32];
	int code;

	if (ncb_parse(&argp, argc, argv, &in, &code))
		goto out;
	if (in.name && !ncb_good_run_name(in.name)) {
		ncb_error("'%s' is no name for a run: letters, digits and . _ - + only", in.name);
		code = NCB_EXIT_USAGE;
		goto out;
	}
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", localtime(&now));
	made = in.name ? ncb_copy(in.name) : ncb_format("%s-memory", date);
	dir = ncb_format("%s/%s", in.results, made);
	code = ncb_run_check_place(in.results, dir) ? NCB_EXIT_FAILED :
						      count_and_keep(&in, made, dir);
	ncb_run_give_to_owner(in.results);
out:
	free(dir);
	free(made);
	free(results);
	return code;
}
