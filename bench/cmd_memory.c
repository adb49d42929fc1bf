// SPDX-License-Identifier: GPL-2.0-only
/* ncbench memory: what the list designs take in memory, kept as a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "memory_ask.h"
#include "target/kernel.h"
#include "target/target.h"

/* From boot on, so that the guest's trace has all registrations. */
#define TRACED	"trace_event=notifier:notifier_register,notifier:notifier_unregister"

enum { KEY_AGAINST = 256, KEY_MODULES, KEY_MAP, KEY_TARGET, KEY_ARCH, KEY_NAME, KEY_RESULTS };

static const struct argp_option options[] = {
	{ "against", KEY_AGAINST, "WHAT", 0, "another kernel: what changed, and is it as computed?", 1 },
	{ "modules", KEY_MODULES, "DIR", 0, "its modules; default: those that come with it", 1 },
	{ "map", KEY_MAP, "FILE", 0, "System.map of a kernel without symbols", 1 },
	{ "target", KEY_TARGET, "NAME", 0, "qemu: boot KERNEL in a guest, and say what is there while it runs", 1 },
	{ "arch", KEY_ARCH, "NAME", 0, "of the guest", 1 },
	{ "name", KEY_NAME, "NAME", 0, "of the run", 2 },
	{ "results", KEY_RESULTS, "DIR", 0, "keep runs there", 2 },
	{ 0 }
};

struct input {
	const char *kernel, *against, *modules, *map, *target, *arch, *name, *results;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;

	switch (key) {
	case KEY_AGAINST: in->against = arg; break;
	case KEY_MODULES: in->modules = arg; break;
	case KEY_MAP: in->map = arg; break;
	case KEY_TARGET: in->target = arg; break;
	case KEY_ARCH: in->arch = arg; break;
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
	       "Reads files, and of the running kernel, as root, its memory; nothing is loaded.\v"
	       "KERNEL: a vmlinux with or without debug information, a vmlinuz, BTF, or the version "
	       "of a packaged kernel (6.1); without it, the running kernel, or with --target qemu the "
	       "packaged " NCB_KERNEL_DEFAULT ".",
};

static bool in_guest(const struct input *in)
{
	return !strcmp(in->target, "qemu");
}

/* -- a kernel that runs -- */

/* A guest for this very program; what it printed is in @to then. */
static int run_guest(const struct input *in, const char *to)
{
	char *program = ncb_memory_program();
	struct ncb_run_options o = {
		.target = "qemu", .profile = "quick", .cpu = -1, .kernel = in->kernel,
		.program = program, .word = "live", .append = TRACED, .output = to,
	};
	const struct ncb_target *t;
	struct ncb_rundata r;
	int code, err;

	t = ncb_choose_target(&o, &code);
	if (!t) {
		free(program);
		return code == NCB_EXIT_CANNOT ? -EOPNOTSUPP : -EINVAL;
	}
	ncb_rundata_init(&r);
	r.profile = ncb_copy(o.profile);
	err = t->run(&o, &r);
	ncb_rundata_free(&r);
	free(program);
	return err;
}

static int live_in_guest(const struct input *in, json_t **live)
{
	char to[] = "/tmp/ncbench-live.XXXXXX";
	int fd = mkstemp(to), err;

	if (fd < 0) {
		err = -errno;
		ncb_error("cannot make %s: %s", to, strerror(errno));
		return err;
	}
	close(fd);
	err = run_guest(in, to);
	if (!err)
		*live = ncb_memory_live_said(to);
	unlink(to);
	return err;
}

/* Of another build nothing would belong together. */
static int check_same(const struct ncb_rundata *r, const char *release)
{
	const json_t *live = json_object_get(r->memory, "live");
	const json_t *types = json_object_get(json_object_get(r->memory, "rules"), "types");

	if (*ncb_part_string(live, "reason") ||
	    (json_equal(json_object_get(live, "types"), types) &&
	     (!release || !strcmp(ncb_part_string(live, "release"), release))))
		return 0;
	ncb_error("the kernel that ran is %s with %lld structs in its BTF, the file's has %lld: they are not the same build",
		  ncb_part_string(live, "release"),
		  (long long)json_integer_value(json_object_get(live, "types")),
		  (long long)json_integer_value(types));
	return -EBADMSG;
}

static int add_live(const struct input *in, const char *release, struct ncb_rundata *r)
{
	json_t *live = NULL;
	int err = 0;

	if (in_guest(in))
		err = live_in_guest(in, &live);
	else if (!in->kernel)
		live = ncb_memory_live_here();
	if (!err && ncb_interrupted) {
		ncb_error("interrupted: no run is kept");
		err = -EINTR;
	}
	if (err)
		json_decref(live);
	if (err || !live)
		return err;
	json_object_set_new(r->memory, "live", live);
	return check_same(r, release);
}

/* -- the run -- */

static void note_command(struct ncb_rundata *r, const struct input *in)
{
	const struct {
		const char *variable, *value;
	} words[] = {
		{ in_guest(in) ? "TARGET" : NULL, "qemu" },
		{ in_guest(in) ? "KERNEL" : "VMLINUX", in->kernel },
		{ "AGAINST", in->against }, { "MODULES", in->modules },
		{ "MAP", in->map },
	};
	char *command = ncb_copy("make memory"), *longer;
	const char *quote;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!words[i].variable || !words[i].value)
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
	r->target = ncb_copy(in_guest(in) ? in->target : "files");
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
	if (err == -EINVAL)
		return NCB_EXIT_USAGE;
	return err == -EOPNOTSUPP || err == -ENODATA ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
}

static int count_and_keep(const struct input *in, const char *name, const char *dir)
{
	struct ncb_memory_subject s, other = { 0 };
	struct ncb_rundata r;
	const char *kernel = in_guest(in) && !in->kernel ? NCB_KERNEL_DEFAULT : in->kernel;
	int err = ncb_memory_find(&s, kernel, !in->modules);

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
		err = add_live(in, s.release, &r);
	if (!err)
		err = ncb_run_keep(&r, dir);
	ncb_rundata_free(&r);
	ncb_memory_subject_free(&other);
	ncb_memory_subject_free(&s);
	return exit_code(err);
}

static bool can_run(const struct input *in, int *code)
{
	if (!in_guest(in) && strcmp(in->target, "auto") && strcmp(in->target, "host")) {
		ncb_error("target '%s': memory has host, the running kernel, and qemu", in->target);
		*code = NCB_EXIT_USAGE;
		return false;
	}
	*code = ncb_machine_check(in->arch) ? NCB_EXIT_USAGE : NCB_EXIT_CANNOT;
	if (*code == NCB_EXIT_USAGE)
		return false;
	if (in->arch && !ncb_machine_is_here(ncb_machine_find(in->arch))) {
		ncb_error("memory of a running %s guest is not told: ncbench-memory is built for this machine alone; VMLINUX= reads the files of its kernel",
			  in->arch);
		return false;
	}
	return true;
}

/** ncb_command_memory - ncbench memory; returns an exit code */
int ncb_command_memory(int argc, char **argv)
{
	char *results = ncb_format("%s/results", ncb_top()), *made = NULL, *dir = NULL;
	struct input in = { .results = results, .target = "auto" };
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
	if (!can_run(&in, &code))
		goto out;
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
