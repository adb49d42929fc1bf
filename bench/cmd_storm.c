// SPDX-License-Identifier: GPL-2.0-only
/* ncbench storm: a run that is storms and no rows; and cleaning up after one. */
#include <errno.h>
#include <unistd.h>
#include "command.h"
#include "storm/measure.h"
#include "target/host.h"

enum { KEY_MODES = 256, KEY_SHAPES, KEY_THREADS, KEY_EXTRA, KEY_MODULES, KEY_ROUNDS, KEY_CPUS,
       KEY_CLEAN, KEY_YES, KEY_SEED, KEY_MODULE };

#define CPUS_MAX	64

static const struct argp_option options[] = {
	{ "modes", KEY_MODES, "LIST", 0, "distinct, duplicate, copies, autoload, churn, fail, veto, "
	  "mixed; default: all that the profile has", 1 },
	{ "shapes", KEY_SHAPES, "LIST", 0, "small, text, symbols, functions, percpu, dyndbg", 1 },
	{ "threads", KEY_THREADS, "LIST", 0, "numbers of threads", 1 },
	{ "extra", KEY_EXTRA, "LIST", 0, "numbers of notifiers more on the chain; several take turns",
	  1 },
	{ "module", KEY_MODULE, "NAME", 0, "guests: a module of the kernel's package in place of "
	  "ncbench's own, in modes churn (one thread), duplicate and copies", 2 },
	{ "modules", KEY_MODULES, "N", 0, "modules of a storm in which threads have a share each", 2 },
	{ "rounds", KEY_ROUNDS, "N", 0, "of each storm", 2 },
	{ "seed", KEY_SEED, "N", 0, "start all shuffling here", 2 },
	{ "cpus", KEY_CPUS, "N", 0, "guests: CPUs; with more than 1 time is measured, and no "
	  "instructions", 3 },
	{ "yes", KEY_YES, NULL, 0, "on a machine that is no guest: it is agreed to", 3 },
	{ "clean", KEY_CLEAN, NULL, 0, "unload and remove what an earlier storm left, and nothing "
	  "else", 4 },
	{ 0 }
};

struct input {
	struct ncb_run_options o;
	bool clean;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	struct ncb_storm_options *s = &in->o.storm;
	uint64_t n = 0;
	int err = 0;

	switch (key) {
	case KEY_MODES: s->modes = arg; break;
	case KEY_SHAPES: s->shapes = arg; break;
	case KEY_THREADS: s->threads = arg; break;
	case KEY_EXTRA: s->extra = arg; break;
	case KEY_MODULES:
		err = ncb_option_number(state, "modules", arg, 1, NCB_STORM_MODULES_MAX, &n);
		s->modules = n;
		break;
	case KEY_ROUNDS:
		err = ncb_option_number(state, "rounds", arg, 1, NCB_STORM_ROUNDS_MAX, &n);
		s->rounds = n;
		break;
	case KEY_CPUS:
		err = ncb_option_number(state, "cpus", arg, 1, CPUS_MAX, &n);
		s->cpus = n;
		break;
	case KEY_MODULE: s->module = arg; break;
	case KEY_SEED:
		err = ncb_option_number(state, "seed", arg, 1, UINT64_MAX, &in->o.seed);
		break;
	case KEY_YES: s->agreed = true; break;
	case KEY_CLEAN: in->clean = true; break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return EINVAL;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &in->o;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return err;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = ncb_measuring_options,
	.doc = "Loads and unloads modules of its own from many threads, and keeps the result as a "
	       "run.",
};

static int clean(void)
{
	int lock, got;

	if (geteuid()) {
		ncb_error("modules are unloaded by root only; run it again as root");
		return NCB_EXIT_CANNOT;
	}
	lock = ncb_host_lock();
	if (lock < 0)
		return NCB_EXIT_FAILED;
	got = ncb_storm_clean();
	close(lock);
	if (!got)
		ncb_say("nothing was left by a storm");
	return got < 0 ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

/** ncb_command_storm - ncbench storm; returns an exit code */
int ncb_command_storm(int argc, char **argv)
{
	struct input in = {
		.o = { .target = "auto", .profile = "default", .cpu = -1, .events = "none",
		       .reloads = 1, .blocks = 1, .storm = { .wanted = true, .only = true } },
	};
	int code;

	if (ncb_parse(&argp, argc, argv, &in, &code))
		return code;
	return in.clean ? clean() : ncb_run_and_keep(&in.o);
}
