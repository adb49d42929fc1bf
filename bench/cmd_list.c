// SPDX-License-Identifier: GPL-2.0-only
/* ncbench list, doctor and module: what there is, and what this machine can do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "../kmod/engine_table.h"
#include "command.h"
#include "doctor.h"
#include "events.h"
#include "target/kernel.h"
#include "target/machine.h"
#include "target/target.h"

static int list_engines(const char *profile)
{
	uint32_t i, type, op;

	(void)profile;
	for (i = 0; i < ncb_engine_count; i++) {
		const struct ncb_engine *e = &ncb_engines[i];

		printf("%s: %s\n", e->name, e->summary);
		printf("  copies: %u%s\n", e->clones,
		       e->controls ? ", and as many for the A/A control" : "");
		for (op = 0; op < NCB_OPS; op++) {
			bool any = false;

			printf("  %-10s", ncb_op_names[op]);
			for (type = 0; type < NCB_TYPES; type++) {
				if (ncb_engine_missing(e, type, op, ~0u))
					continue;
				printf(" %s", ncb_type_names[type]);
				any = true;
			}
			if (!any)
				printf(" none: %s", ncb_engine_missing(e, NCB_BLOCKING, op, ~0u));
			else if (e->needs[op])
				printf(", where the kernel has it (else: %s)", e->why[op]);
			putchar('\n');
		}
	}
	return NCB_EXIT_OK;
}

static int list_rows(const char *profile)
{
	const struct ncb_profile *p = ncb_profile_find(profile);
	struct ncb_rundata r;
	json_t *entry;
	size_t i;
	int err;

	if (!p) {
		ncb_error("unknown profile '%s'; 'ncbench list profiles' names them", profile);
		return NCB_EXIT_USAGE;
	}
	ncb_rundata_init(&r);
	err = ncb_plan(&r, p, NULL, NULL);
	for (i = 0; !err && i < r.nrows; i++)
		puts(r.rows[i].id);
	json_array_foreach(r.missing, i, entry)
		printf("%s: does not exist: %s\n",
		       json_string_value(json_object_get(entry, "row")),
		       json_string_value(json_object_get(entry, "reason")));
	ncb_rundata_free(&r);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int list_profiles(const char *profile)
{
	size_t i;

	(void)profile;
	for (i = 0; i < ncb_profile_count; i++)
		printf("%-8s %s\n", ncb_profiles[i].name, ncb_profiles[i].summary);
	return NCB_EXIT_OK;
}

static void print_possible(const struct ncb_target *t, const struct ncb_run_options *o)
{
	char why[512];
	int err = t->possible(o, why, sizeof(why));

	printf("       %s%s%s%s: %s\n", o->arch ? "ARCH=" : "", o->arch ? o->arch : "",
	       o->arch ? ": " : "", err ? "not possible here" : "possible here", why);
}

static int list_targets(const char *profile)
{
	struct ncb_run_options o = { .target = "auto", .profile = profile, .cpu = -1 };
	size_t i, k;

	for (i = 0; i < ncb_target_count; i++) {
		printf("%-6s %s\n", ncb_targets[i]->name, ncb_targets[i]->summary);
		print_possible(ncb_targets[i], &o);
		for (k = 0; k < ncb_machine_count && ncb_targets[i]->any_arch; k++) {
			o.arch = ncb_machines[k].name;
			if (!ncb_machine_is_here(&ncb_machines[k]))
				print_possible(ncb_targets[i], &o);
		}
		o.arch = NULL;
	}
	return NCB_EXIT_OK;
}

static int list_events(const char *profile)
{
	(void)profile;
	return ncb_events_list(stdout) ? NCB_EXIT_CANNOT : NCB_EXIT_OK;
}

static const struct {
	const char *name;
	int (*list)(const char *profile);
} lists[] = {
	{ "engines", list_engines },
	{ "rows", list_rows },
	{ "profiles", list_profiles },
	{ "targets", list_targets },
	{ "events", list_events },
};

struct list_input {
	const char *what;
	const char *profile;
};

static const struct argp_option list_options[] = {
	{ "profile", 'p', "NAME", 0, "whose rows", 1 },
	{ 0 }
};

static error_t list_parse(int key, char *arg, struct argp_state *state)
{
	struct list_input *in = state->input;

	switch (key) {
	case 'p':
		in->profile = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case ARGP_KEY_ARG:
		in->what = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp list_argp = {
	.options = list_options,
	.parser = list_parse,
	.args_doc = "[engines|rows|profiles|targets|events]",
	.children = ncb_common_options,
	.doc = "Lists what there is, what is possible here, and why the rest is not.",
};

/** ncb_command_list - ncbench list; returns an exit code */
int ncb_command_list(int argc, char **argv)
{
	struct list_input in = { .profile = "default" };
	int code;
	size_t i;

	if (ncb_parse(&list_argp, argc, argv, &in, &code))
		return code;
	code = NCB_EXIT_USAGE;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		if (in.what && strcmp(lists[i].name, in.what))
			continue;
		if (!in.what)
			printf("%s== %s ==\n", i ? "\n" : "", lists[i].name);
		code = lists[i].list(in.profile);
	}
	if (code == NCB_EXIT_USAGE && in.what)
		ncb_error("nothing to list under '%s'; valid: engines, rows, profiles, targets, events",
			  in.what);
	return code;
}

static error_t no_arguments(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = NULL;
		return 0;
	}
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "'%s' is not an option", arg);
	return EINVAL;
}

static const struct argp doctor_argp = {
	.parser = no_arguments,
	.children = ncb_common_options,
	.doc = "Says what on this machine hurts or forbids measuring, and the way out.",
};

/** ncb_command_doctor - ncbench doctor; returns an exit code */
int ncb_command_doctor(int argc, char **argv)
{
	int code;

	if (ncb_parse(&doctor_argp, argc, argv, NULL, &code))
		return code;
	return ncb_doctor(stdout);
}

struct module_input {
	const char *kdir;
	const char *arch;
	const char *kernel;
	const char *to;
};

static const struct argp_option module_options[] = {
	{ "kernel", 'k', "VERSION", 0, "for a packaged kernel, fetched where it is not cached", 1 },
	{ "arch", 'a', "NAME", 0, "of that kernel; default: this machine's", 1 },
	{ "to", 't', "DIR", 0, "build all that storms load, too, and copy it there: for a machine "
	  "that cannot build it (BUILT=)", 1 },
	{ 0 }
};

static error_t module_parse(int key, char *arg, struct argp_state *state)
{
	struct module_input *in = state->input;

	switch (key) {
	case 'k':
		in->kernel = arg;
		return 0;
	case 'a':
		in->arch = arg;
		return 0;
	case 't':
		in->to = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = NULL;
		return 0;
	case ARGP_KEY_ARG:
		in->kdir = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp module_argp = {
	.options = module_options,
	.parser = module_parse,
	.args_doc = "[KERNEL-BUILD-FOLDER]",
	.children = ncb_common_options,
	.doc = "Builds ncbench.ko, for the running kernel, the one of that folder or a "
	       "packaged one, and prints its path.",
};

/* The build folder that was asked for, malloc'd; NULL with a message. */
static char *module_kdir(const struct module_input *in)
{
	const struct ncb_machine *m = ncb_machine_find(in->arch);
	struct ncb_kernel kernel = { 0 };
	struct utsname u;
	char *kdir;

	if (in->kdir)
		return ncb_copy(in->kdir);
	if (in->kernel) {
		kdir = ncb_kernel_get(m, in->kernel, NULL, &kernel) ? NULL :
								      ncb_copy(kernel.kdir);
		ncb_kernel_free(&kernel);
		return kdir;
	}
	uname(&u);
	kdir = ncb_format("/lib/modules/%s/build", u.release);
	if (ncb_exists(kdir))
		return kdir;
	ncb_error("no headers of the running kernel in %s; 'make doctor' says how to get them",
		  kdir);
	free(kdir);
	return NULL;
}

/** ncb_command_module - ncbench module; returns an exit code */
int ncb_command_module(int argc, char **argv)
{
	struct module_input in = { 0 };
	char *kdir, *ko = NULL;
	int code, err;

	if (ncb_parse(&module_argp, argc, argv, &in, &code))
		return code;
	if (ncb_machine_check(in.arch))
		return NCB_EXIT_USAGE;
	kdir = module_kdir(&in);
	if (!kdir)
		return NCB_EXIT_CANNOT;
	if (in.to)
		err = ncb_module_build_into(kdir, in.to);
	else
		err = ncb_module_build(kdir, &ko);
	if (ko)
		puts(ko);
	free(ko);
	free(kdir);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}
