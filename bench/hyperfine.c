// SPDX-License-Identifier: GPL-2.0-only
/* Whole commands, timed with hyperfine. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "hyperfine.h"

#define RUNS_LEAST	10	/* more while 3 s last, hyperfine's own limit */
#define RUNS_MOST	30
#define WARMUP		1	/* beside the one that tells whether it works */
#define SECONDS		120	/* that one command and its repetitions may take */
#define RUNS_MAX	1e6
#define SECONDS_MAX	1e6

/**
 * struct command - one command that is timed
 * @name: in the report
 * @shown: as people type it
 * @run, @prepare: as it is run, and what is run before each time; %d is the folder
 *	of the payload modules, %t the tree for modprobe, %n this program
 * @modules: it loads or unloads some
 */
static const struct command {
	const char *name, *shown, *run, *prepare;
	bool modules;
} commands[] = {
	{ "insmod", "insmod ncb_payload.ko", "insmod '%d/ncb_payload.ko'",
	  "modprobe -d '%t' -r ncb_payload", true },
	{ "rmmod", "rmmod ncb_payload", "rmmod ncb_payload", "insmod '%d/ncb_payload.ko'", true },
	{ "modprobe", "modprobe ncb_payload_user, which loads ncb_payload too",
	  "modprobe -d '%t' ncb_payload_user", "modprobe -d '%t' -r ncb_payload_user", true },
	{ "modprobe -r", "modprobe -r ncb_payload_user, which unloads both",
	  "modprobe -d '%t' -r ncb_payload_user", "modprobe -d '%t' ncb_payload_user", true },
	{ "ncbench", "ncbench --version", "'%n' --version", NULL, false },
};

/* In the order in which they can be unloaded. */
static const char *const payloads[] = { "ncb_payload_user", "ncb_payload" };

/* -- payload modules -- */

static bool any_loaded(void)
{
	bool any = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		char *path = ncb_format("/sys/module/%s", payloads[i]);

		any |= ncb_exists(path);
		free(path);
	}
	return any;
}

/*
 * Whatever was interrupted, nothing of it stays loaded. A command that was killed
 * may still be on its way out of the kernel: they have to be gone twice in a row.
 */
static void unload_all(void)
{
	struct timespec nap = { .tv_nsec = 20 * 1000 * 1000 };
	int tries, gone = 0;
	size_t i;

	for (tries = 0; tries < 200 && gone < 2; tries++) {
		if (!any_loaded()) {
			gone++;
		} else {
			gone = 0;
			for (i = 0; i < ARRAY_SIZE(payloads); i++)
				syscall(SYS_delete_module, payloads[i], O_NONBLOCK);
		}
		nanosleep(&nap, NULL);
	}
	if (any_loaded())
		ncb_error("the payload modules stay loaded: rmmod ncb_payload_user ncb_payload "
			  "says why");
}

/**
 * struct place - where the commands find what they need
 * @payload: folder of the modules; NULL: there is none
 * @tree: what modprobe takes for /
 * @self: this program
 * @no_modules: why no module can be loaded, or ""
 */
struct place {
	char *payload, *tree, *self;
	char no_modules[NCB_PART_TEXT];
};

static void PRINTF(2, 3) no_modules(struct place *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->no_modules, sizeof(p->no_modules), format, args);
	va_end(args);
}

static int link_one(const char *from, const char *dir, const char *name)
{
	char *path = ncb_format("%s/%s", dir, name);
	int err;

	unlink(path);
	err = symlink(from, path) < 0 ? -errno : 0;
	free(path);
	return err;
}

/* <payload>/tree/lib/modules/<release>/ with the modules and what depmod makes of them. */
static int make_tree(struct place *p, const char *release)
{
	char *dir = ncb_format("%s/tree/lib/modules/%s", p->payload, release);
	const char *argv[] = { "depmod", "-b", NULL, release, NULL };
	char *log = ncb_format("%s/depmod.log", p->payload);
	struct ncb_spawn s = { .argv = argv, .log = log, .timeout = 60 };
	int err = ncb_make_dirs(dir);
	size_t i;

	p->tree = ncb_format("%s/tree", p->payload);
	argv[2] = p->tree;
	for (i = 0; i < ARRAY_SIZE(payloads) && !err; i++) {
		char *ko = ncb_format("%s/%s.ko", p->payload, payloads[i]);
		char *name = ncb_format("%s.ko", payloads[i]);

		err = link_one(ko, dir, name);
		free(name);
		free(ko);
	}
	unlink(log);
	if (!err)
		err = ncb_run_command(&s);
	free(log);
	free(dir);
	return err;
}

static int find_payloads(struct place *p, const char *built, const char *kdir)
{
	if (!built)
		return ncb_payload_build(kdir, &p->payload);
	p->payload = ncb_copy(built);
	return 0;
}

static void build_payloads(struct place *p, const char *built)
{
	struct utsname u;
	char *kdir;
	int err;

	uname(&u);
	kdir = ncb_format("/lib/modules/%s/build", u.release);
	if (!built && !ncb_exists(kdir))
		no_modules(p, "no headers of the running kernel in %s; make doctor names the package",
			   kdir);
	else if (find_payloads(p, built, kdir))
		no_modules(p, "the payload modules cannot be built");
	else if (!ncb_have_command("depmod") || !ncb_have_command("modprobe"))
		no_modules(p, "depmod and modprobe are missing: install kmod");
	else if ((err = make_tree(p, u.release)))
		no_modules(p, "cannot make a tree for modprobe: %s",
			   err > 0 ? "depmod failed" : strerror(-err));
	free(kdir);
}

/* -- running hyperfine -- */

/* A command with %d, %t and %n filled in; malloc'd. NULL stays NULL. */
static char *fill_in(const struct place *p, const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *f = text ? open_memstream(&out, &size) : NULL;

	for (; f && *text; text++) {
		if (*text != '%') {
			fputc(*text, f);
			continue;
		}
		text++;
		fputs(*text == 'd' ? p->payload : *text == 't' ? p->tree : p->self, f);
	}
	if (f)
		fclose(f);
	return out;
}

/* Once, by a shell, for the words of what fails: hyperfine keeps them to itself. */
static int try_once(const char *command, const char *log)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	const char *env[] = { "LC_ALL=C", NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .env = env, .timeout = SECONDS };

	unlink(log);
	return command ? ncb_run_command(&s) : 0;
}

static int run_hyperfine(const char *run, const char *prepare, const char *file, const char *log)
{
	char *least = ncb_format("%d", RUNS_LEAST), *most = ncb_format("%d", RUNS_MOST);
	char *warmup = ncb_format("%d", WARMUP);
	const char *argv[18] = { "hyperfine", "-N", "--style", "basic", "--min-runs", least,
				 "--max-runs", most, "--warmup", warmup, "--export-json", file };
	const char *env[] = { "LC_ALL=C", NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .env = env, .timeout = SECONDS };
	size_t n = 12;
	int status;

	if (prepare) {
		argv[n++] = "--prepare";
		argv[n++] = prepare;
	}
	argv[n++] = run;
	unlink(log);
	unlink(file);
	status = ncb_run_command(&s);
	free(least);
	free(most);
	free(warmup);
	return status;
}

/* What an exit status says, where a log does not; malloc'd. */
static char *failed(const char *what, int status, const char *log)
{
	char *said = ncb_part_complaint(log), *text;

	if (status == -EINTR)
		text = ncb_copy("interrupted");
	else if (status == -ETIMEDOUT)
		text = ncb_format("%s took longer than %d s and was killed", what, SECONDS);
	else if (status > 128)
		text = ncb_format("%s was killed by signal %d", what, status - 128);
	else if (status == 127)
		text = ncb_format("%s cannot be started", what);
	else
		text = ncb_format("%s failed%s%s", what, *said ? ": " : "", said);
	free(said);
	said = ncb_part_clean(text);
	free(text);
	return said;
}

/* Into @entry and the list of all results; returns why not, malloc'd, or NULL. */
static char *take_export(const char *file, json_t *entry, json_t *all)
{
	json_t *exported = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);
	json_t *one = json_array_get(json_object_get(exported, "results"), 0);
	const char *why = ncb_hyperfine_result(one, entry);

	if (!why)
		json_array_append(all, one);
	json_decref(exported);
	return why ? ncb_copy(why) : NULL;
}

/* NULL, or why it is not timed, malloc'd. */
static char *time_one(const struct place *p, const struct command *c, const struct ncb_rundata *r,
		      json_t *entry, json_t *all)
{
	char *run, *prepare, *file, *log, *why = NULL;
	int status;

	if (ncb_interrupted)
		return ncb_copy("interrupted");
	if (c->modules && *p->no_modules)
		return ncb_part_clean(p->no_modules);
	run = fill_in(p, c->run);
	prepare = fill_in(p, c->prepare);
	file = ncb_format("%s/one.json", r->files);
	log = ncb_format("%s/hyperfine.log", r->files);
	status = try_once(prepare, log);
	if (!status)
		status = try_once(run, log);
	if (status) {
		why = failed("it", status, log);
	} else {
		status = run_hyperfine(run, prepare, file, log);
		why = status ? failed("hyperfine", status, log) : take_export(file, entry, all);
	}
	unlink(file);
	unlink(log);
	if (c->modules)
		unload_all();
	free(run);
	free(prepare);
	free(file);
	free(log);
	return why;
}

static json_t *entry_of(const struct command *c)
{
	return json_pack("{ss ss ss sn sn sn sn sn sn}", "name", c->name, "command", c->shown,
			 "reason", "", "runs", "mean", "sd", "median", "min", "max");
}

static void keep_export(const struct ncb_rundata *r, json_t *all)
{
	json_t *whole = json_pack("{sO}", "results", all);
	char *text = json_dumps(whole, JSON_INDENT(1)), *path;
	int err;

	path = ncb_format("%s/" NCB_HYPERFINE_FILE, r->files);
	err = text ? ncb_write_file(path, text, strlen(text)) : -ENOMEM;
	if (err)
		ncb_error("%s is not kept: %s", path, strerror(-err));
	free(path);
	free(text);
	json_decref(whole);
}

static char *version_of_hyperfine(void)
{
	static const char before[] = "hyperfine ";
	const char *argv[] = { "hyperfine", "--version", NULL };
	char *out = ncb_command_output(argv), *clean = NULL;

	if (out && !strncmp(out, before, strlen(before)))
		clean = ncb_part_clean(out + strlen(before));
	free(out);
	return clean;
}

static void time_all(const struct place *p, struct ncb_rundata *r, json_t *list)
{
	struct ncb_progress progress;
	json_t *all = json_array(), *entry;
	char *why;
	size_t i;

	ncb_progress_start(&progress, "timing commands");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		ncb_progress(&progress, (double)i / ARRAY_SIZE(commands), commands[i].name);
		entry = entry_of(&commands[i]);
		why = time_one(p, &commands[i], r, entry, all);
		if (why) {
			json_object_set_new(entry, "reason", json_string(why));
			ncb_detail("%s: n/a: %s", commands[i].name, why);
		}
		json_array_append_new(list, entry);
		free(why);
	}
	ncb_progress_end(&progress);
	if (json_array_size(all))
		keep_export(r, all);
	json_decref(all);
}

/**
 * ncb_commands_measure - time the commands, where it was asked for
 * @o: options: @o->commands
 * @r: the run; gets the commands' part; @r->files is where files go
 * @reason: why no module may be loaded, or NULL
 */
void ncb_commands_measure(const struct ncb_run_options *o, struct ncb_rundata *r,
			  const char *reason)
{
	struct place p = { 0 };
	char self[PATH_MAX] = "", *version;
	json_t *list;
	int err;

	if (!o->commands)
		return;
	version = ncb_have_command("hyperfine") ? version_of_hyperfine() : NULL;
	if (!version) {
		ncb_commands_none(r, "there is no hyperfine: make deps, as root, installs it");
		return;
	}
	ncb_env_set(r, "hyperfine_version", version);
	free(version);
	err = ncb_make_dirs(r->files);
	if (err || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    strchr(self, '\'') || strchr(ncb_top(), '\'')) {
		ncb_commands_none(r, err ? "there is no room for its files" :
				  "this checkout is in a folder with ' in its name");
		return;
	}
	if (reason)
		no_modules(&p, "%s", reason);
	else
		build_payloads(&p, o->built);
	p.self = self;
	if (!reason && any_loaded()) {
		ncb_say("an earlier run left payload modules loaded: unloading them");
		unload_all();
	}
	ncb_anywhere();
	list = json_array();
	time_all(&p, r, list);
	json_decref(r->commands);
	r->commands = json_pack("{ss ss so}", "reason", "", "file", NCB_HYPERFINE_FILE, "list", list);
	free(p.payload);
	free(p.tree);
}

/** ncb_commands_none - the same where nothing can be timed, for a reason */
void ncb_commands_none(struct ncb_rundata *r, const char *reason)
{
	ncb_say("commands: n/a: %s", reason);
	json_decref(r->commands);
	r->commands = json_pack("{ss}", "reason", reason);
}

/* -- what hyperfine exported -- */

/**
 * ncb_hyperfine_result - the figures of one command
 * @exported: an element of "results"; any JSON, or NULL
 * @out: gets them
 *
 * They are computed from the single times, and hyperfine's own mean has to be
 * that of its times: then it is known what they are.
 *
 * Return: NULL, or why there are none; @out is as it was then.
 */
const char *ncb_hyperfine_result(const json_t *exported, json_t *out)
{
	const json_t *times = json_object_get(exported, "times"), *value;
	const json_t *codes = json_object_get(exported, "exit_codes");
	size_t n = json_array_size(times), i;
	double sum = 0, squares = 0, low = INFINITY, high = 0, mean, theirs;

	if (n < 2 || n > RUNS_MAX)
		return "hyperfine exported no times";
	json_array_foreach(times, i, value) {
		double t = json_number_value(value);

		if (!json_is_number(value) || !(t >= 0 && t <= SECONDS_MAX))
			return "a time that hyperfine exported is none";
		sum += t;
		low = fmin(low, t);
		high = fmax(high, t);
	}
	json_array_foreach(codes, i, value)
		if (!json_is_integer(value) || json_integer_value(value))
			return "the command failed while it was timed";
	mean = sum / n;
	json_array_foreach(times, i, value)
		squares += pow(json_number_value(value) - mean, 2);
	theirs = ncb_part_value(exported, "mean");
	if (!(fabs(theirs - mean) <= 1e-6 + 1e-3 * mean))
		return "hyperfine's mean is not that of its times";
	if (!ncb_part_number(exported, "median", low, high))
		return "hyperfine's median is not among its times";
	json_object_set_new(out, "runs", json_integer(n));
	json_object_set_new(out, "mean", json_real(mean));
	json_object_set_new(out, "sd", json_real(sqrt(squares / (n - 1))));
	json_object_set_new(out, "median", json_real(ncb_part_value(exported, "median")));
	json_object_set_new(out, "min", json_real(low));
	json_object_set_new(out, "max", json_real(high));
	return NULL;
}

/* -- in and out of result.json -- */

static const char *const figures[] = { "mean", "sd", "median", "min", "max" };

/**
 * ncb_commands_check - what result.json says of commands
 * @part: its field, or NULL
 *
 * Return: NULL, or the name of what is damaged.
 */
const char *ncb_commands_check(const json_t *part)
{
	const json_t *list = json_object_get(part, "list"), *entry;
	size_t i, k;

	if (!part)
		return NULL;
	if (!json_is_object(part) || !ncb_part_text(part, "reason", NCB_PART_TEXT))
		return "commands";
	if (*ncb_part_string(part, "reason"))
		return NULL;
	if (!json_is_array(list) || json_array_size(list) > NCB_COMMANDS_MAX)
		return "commands.list";
	json_array_foreach(list, i, entry) {
		bool none;

		if (!ncb_part_text(entry, "name", NCB_PART_TEXT) ||
		    !ncb_part_text(entry, "command", NCB_PART_TEXT) ||
		    !ncb_part_text(entry, "reason", NCB_PART_TEXT))
			return "commands.list[]";
		none = *ncb_part_string(entry, "reason");
		if (none ? !json_is_null(json_object_get(entry, "runs")) :
			   !ncb_part_number(entry, "runs", 2, RUNS_MAX))
			return "commands.list[].runs";
		for (k = 0; k < ARRAY_SIZE(figures); k++)
			if (none ? !json_is_null(json_object_get(entry, figures[k])) :
				   !ncb_part_number(entry, figures[k], 0, SECONDS_MAX))
				return "commands.list[]'s figures";
	}
	return NULL;
}

/* -- the report -- */

/** ncb_commands_report - what hyperfine said, as a section of the full report */
void ncb_commands_report(struct ncb_report *report, const struct ncb_rundata *r)
{
	const json_t *list = json_object_get(r->commands, "list"), *entry;
	const char *reason = ncb_part_string(r->commands, "reason");
	struct ncb_items *items;
	size_t i;

	if (!r->commands)
		return;
	items = ncb_report_section(report, "commands", "Whole commands");
	if (*reason) {
		ncb_items_say(items, "", NCB_MARK_NONE, "n/a: %s", reason);
		return;
	}
	ncb_items_say(items, "timed by", NCB_MARK_NONE,
		      "hyperfine %s, mean +- standard deviation; starting a process, its libraries "
		      "and the tool itself are in it; modules are empty ones of ncbench",
		      ncb_env_string(r, "hyperfine_version", "(version unknown)"));
	json_array_foreach(list, i, entry) {
		const char *name = ncb_part_string(entry, "name");

		reason = ncb_part_string(entry, "reason");
		if (*reason)
			ncb_items_say(items, name, NCB_MARK_NONE, "n/a: %s", reason);
		else
			ncb_items_say(items, name, NCB_MARK_NONE,
				      "%.3f +- %.3f ms, median %.3f, %.3f .. %.3f in %.0f runs: %s",
				      ncb_part_value(entry, "mean") * 1e3,
				      ncb_part_value(entry, "sd") * 1e3,
				      ncb_part_value(entry, "median") * 1e3,
				      ncb_part_value(entry, "min") * 1e3,
				      ncb_part_value(entry, "max") * 1e3,
				      ncb_part_value(entry, "runs"),
				      ncb_part_string(entry, "command"));
	}
}

/** ncb_commands_brief - the same in a few words; NULL where it was not asked for */
char *ncb_commands_brief(const struct ncb_rundata *r)
{
	const json_t *list = json_object_get(r->commands, "list"), *entry;
	size_t i, timed = 0;

	if (!r->commands)
		return NULL;
	if (*ncb_part_string(r->commands, "reason"))
		return ncb_copy("commands n/a");
	json_array_foreach(list, i, entry)
		timed += !*ncb_part_string(entry, "reason");
	return ncb_format("commands %zu/%zu", timed, json_array_size(list));
}
