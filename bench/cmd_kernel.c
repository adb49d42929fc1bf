// SPDX-License-Identifier: GPL-2.0-only
/* ncbench kernel: build a kernel for guests from its source, and say where it is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "kbuild/kbuild.h"

enum { KEY_TREE = 256, KEY_FLAVOUR, KEY_LINKS, KEY_CONFIG };

struct options {
	const char *spec, *tree, *config;
	const struct ncb_flavour *flavour;
	uint64_t links;
};

static const struct argp_option options[] = {
	{ "tree", KEY_TREE, "DIR", 0, "git repository that SPEC is a revision of", 1 },
	{ "flavour", KEY_FLAVOUR, "NAME", 0, "uml (default), x86_64 or arm64", 1 },
	{ "links", KEY_LINKS, "N", 0,
	  "images with other layouts of the notifier object, of uml: 1 (default) to 16", 1 },
	{ "config", KEY_CONFIG, "FILE", 0, "options besides those that the flavour has", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_TREE:
		o->tree = arg;
		return 0;
	case KEY_FLAVOUR:
		o->flavour = ncb_flavour_find(arg);
		if (o->flavour)
			return 0;
		argp_error(state, "--flavour: '%s' is none; there are uml, x86_64 and arm64", arg);
		return EINVAL;
	case KEY_LINKS:
		return ncb_option_number(state, "--links", arg, 1, NCB_LINKS_MAX, &o->links);
	case KEY_CONFIG:
		o->config = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->spec)
			argp_error(state, "one source only, '%s' is one too many", arg);
		else if (!*arg)
			argp_error(state, "the source has an empty name");
		else
			o->spec = arg;
		return o->spec == arg ? 0 : EINVAL;
	case ARGP_KEY_END:
		if (!o->spec)
			argp_error(state, "which source? A folder, a revision with --tree, linux-source-6.1, or one of these + a patch");
		return o->spec ? 0 : EINVAL;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options, .parser = parse, .args_doc = "SPEC",
	.doc = "Builds a kernel for guests and prints where its images are, and the folder that modules "
	       "are built against.\vSPEC: a folder with a kernel's source; a git revision, with --tree; "
	       "linux-source-6.1 or another version that the distribution packages; or one of these with "
	       "+FILE, a patch, a mail or a box of mails, or a folder of them, more than once if need be. "
	       "The folder and the repository are not changed. What was built once from the same source, "
	       "options and compiler is taken from the cache.",
	.children = ncb_common_options,
};

static void print(const struct ncb_source *s, const struct ncb_build *b)
{
	unsigned int i;

	printf("source %s %s\n", s->id, s->title);
	printf("release %s\n", b->release);
	printf("kdir %s\n", b->dir);
	printf("size text %llu data %llu bss %llu file %llu\n", (unsigned long long)b->text,
	       (unsigned long long)b->data, (unsigned long long)b->bss, (unsigned long long)b->file);
	printf("seconds %.1f\n", b->seconds);
	for (i = 0; i < b->links; i++)
		printf("image %s %s\n", b->link[i], b->layout[i]);
}

int ncb_command_kernel(int argc, char **argv)
{
	struct options o = { .flavour = ncb_flavour_find("uml"), .links = 1 };
	struct ncb_source source = { 0 };
	struct ncb_build build = { 0 };
	int code, err;

	if (ncb_parse(&argp, argc, argv, &o, &code))
		return code;
	err = ncb_source_get(o.spec, o.tree, &source);
	if (!err)
		err = ncb_build_get(&source, o.flavour, o.links, o.config, &build);
	if (!err)
		print(&source, &build);
	ncb_build_free(&build);
	ncb_source_free(&source);
	ncb_run_give_to_owner(NULL);
	return ncb_exit_code(err);
}
