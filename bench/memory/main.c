// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncbench-memory: what notifier chains cost in memory, from the files of a kernel, as JSON.
 * A program of its own: the libraries that read such files are not for guests, and a file
 * that they stumble over ends this program only.
 */
#include <argp.h>
#include <errno.h>
#include <string.h>
#include "bill.h"
#include "live.h"

static const char running[] = "/sys/kernel/btf/vmlinux";

static int exit_code(int err)
{
	if (!err)
		return NCB_EXIT_OK;
	return err == -ENODATA || err == -EOPNOTSUPP ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
}

static int print(json_t *json)
{
	int err = json_dumpf(json, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER) || fflush(stdout);

	json_decref(json);
	if (!err && putchar('\n') != EOF && !fflush(stdout))
		return 0;
	ncb_error("cannot write the figures: %s", strerror(errno));
	return -EIO;
}

/* -- types -- */

struct types_options {
	const char *file, *base, *modules, *patched;
	bool members;
};

static const struct argp_option types_options[] = {
	{ "base", 'b', "FILE", 0, "of the kernel, where FILE is a module", 0 },
	{ "modules", 'M', "FOLDER", 0, "read all modules below it, too: FILE is their kernel", 0 },
	{ "patched", 'p', "FILE", 0, "a kernel of the other design: is it as computed?", 0 },
	{ "members", 'm', NULL, 0, "say where each member is, too", 0 },
	{ 0 }
};

static error_t parse_types(int key, char *arg, struct argp_state *state)
{
	struct types_options *o = state->input;

	switch (key) {
	case 'b':
		o->base = arg;
		return 0;
	case 'M':
		o->modules = arg;
		return 0;
	case 'p':
		o->patched = arg;
		return 0;
	case 'm':
		o->members = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one file at a time; '%s' is one more", arg);
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->base && o->modules)
			argp_error(state, "--modules wants FILE to be their kernel, --base a module");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp types_argp = {
	.options = types_options, .parser = parse_types, .args_doc = "[FILE]",
	.doc = "Structs that hold notifier blocks or heads, and what they become under the other list design.\v"
	       "FILE: raw BTF, a vmlinux, a packaged kernel, or with --base a module; without it, the running kernel. Where it has debug information, that is asked, else BTF.",
};

/* 0 also where no file is asked for. */
static int read_types(const char *path, const struct ncb_types *base, struct ncb_types *t)
{
	return path ? ncb_types_from_file(path, base, t) : 0;
}

static int answer(const struct types_options *o, const struct ncb_types *t,
		  const struct ncb_types *patched)
{
	json_t *json = ncb_types_json(&(struct ncb_types_question){
		.file = o->file, .types = t, .members = o->members, .patched = patched });
	int err = o->modules ? ncb_types_add_modules(json, o->modules, t, o->members, NULL, NULL) : 0;

	if (!err)
		return print(json);
	json_decref(json);
	return err;
}

static int command_types(int argc, char **argv)
{
	struct types_options o = { .file = running };
	struct ncb_types base = { 0 }, t = { 0 }, patched = { 0 };
	int err;

	ncb_catch_signals();
	argp_err_exit_status = NCB_EXIT_USAGE;
	argp_parse(&types_argp, argc, argv, 0, NULL, &o);
	err = read_types(o.base, NULL, &base);
	if (!err)
		err = read_types(o.file, o.base ? &base : NULL, &t);
	if (!err)
		err = read_types(o.patched, NULL, &patched);
	if (!err)
		err = answer(&o, &t, o.patched ? &patched : NULL);
	ncb_types_free(&patched);
	ncb_types_free(&t);
	ncb_types_free(&base);
	return exit_code(err);
}

/* -- bill -- */

enum { KEY_AGAINST = 256, KEY_MAP, KEY_IMAGE };

static const struct argp_option bill_options[] = {
	{ "base", 'b', "FILE", 0, "of the kernel, where FILE is a module", 0 },
	{ "modules", 'M', "FOLDER", 0, "all modules below it, too: FILE is their kernel", 0 },
	{ "image", KEY_IMAGE, "FILE", 0, "the kernel, where FILE is its BTF alone", 0 },
	{ "map", KEY_MAP, "FILE", 0, "System.map of a kernel that has no symbols itself", 0 },
	{ "against", KEY_AGAINST, "FILE", 0, "another kernel: what changed, and is it as computed?",
	  0 },
	{ 0 }
};

static error_t parse_bill(int key, char *arg, struct argp_state *state)
{
	struct ncb_bill *b = state->input;

	switch (key) {
	case 'b':
		b->base = arg;
		return 0;
	case 'M':
		b->modules = arg;
		return 0;
	case KEY_IMAGE:
		b->image = arg;
		return 0;
	case KEY_MAP:
		b->map = arg;
		return 0;
	case KEY_AGAINST:
		b->against = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one file at a time; '%s' is one more", arg);
		b->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (b->base && b->modules)
			argp_error(state, "--modules wants FILE to be their kernel, --base a module");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp bill_argp = {
	.options = bill_options, .parser = parse_bill, .args_doc = "[FILE]",
	.doc = "All that a kernel's list design costs in memory: types, static blocks and heads, sizes of the image, chains.\v"
	       "FILE as with 'types'.",
};

static int command_bill(int argc, char **argv)
{
	struct ncb_bill b = { .file = running };
	json_t *json;
	int err;

	ncb_catch_signals();
	argp_err_exit_status = NCB_EXIT_USAGE;
	argp_parse(&bill_argp, argc, argv, 0, NULL, &b);
	json = ncb_bill_json(&b, &err);
	return exit_code(json ? print(json) : err);
}

/* -- live -- */

enum { KEY_BTF = 256, KEY_ROOT };

static const struct argp_option live_options[] = {
	{ "btf", KEY_BTF, "FILE", 0, "of the running kernel", 0 },
	{ "root", KEY_ROOT, "FOLDER", 0, "in place of /, where /proc and /sys are", 0 },
	{ 0 }
};

static error_t parse_live(int key, char *arg, struct argp_state *state)
{
	struct ncb_live *l = state->input;

	switch (key) {
	case KEY_BTF:
		l->btf = arg;
		return 0;
	case KEY_ROOT:
		l->root = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp live_argp = {
	.options = live_options, .parser = parse_live,
	.doc = "Chains, registrations and objects of the running kernel, as root: reads its memory (/proc/kcore), "
	       "the trace of its notifiers and its slabs. Nothing is loaded, nothing is changed.",
};

static int command_live(int argc, char **argv)
{
	struct ncb_live l = { .root = "", .btf = running };
	json_t *json;
	int err;

	ncb_catch_signals();
	argp_err_exit_status = NCB_EXIT_USAGE;
	argp_parse(&live_argp, argc, argv, 0, NULL, &l);
	json = ncb_live_json(&l, &err);
	return exit_code(json ? print(json) : err);
}

/* -- the table of commands -- */

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "types", "structs that hold notifier blocks or heads", command_types },
	{ "bill", "all that a kernel's list design costs in memory", command_bill },
	{ "live", "what of it is there while this kernel runs", command_live },
};

static void help(FILE *f)
{
	size_t i;

	fputs("Usage: ncbench-memory COMMAND [OPTION...]\n\n", f);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(f, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'ncbench-memory COMMAND --help' lists the options of a command.\n"
	      "Exit: 0 fine, 1 failed, 2 usage, 4 cannot be told from this file.\n", f);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		help(stdout);
		return NCB_EXIT_OK;
	}
	for (i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = argv[0];
		return commands[i].run(argc - 1, argv + 1);
	}
	if (argc > 1)
		ncb_error("ncbench-memory has no command '%s'", argv[1]);
	help(stderr);
	return NCB_EXIT_USAGE;
}
