// SPDX-License-Identifier: GPL-2.0-only
/* ncbench run: choose the target, measure, keep the run, print the report. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "events.h"
#include "hyperfine.h"
#include "memory_ask.h"
#include "perf.h"
#include "precision.h"
#include "report.h"
#include "storm/measure.h"
#include "target/built.h"
#include "target/machine.h"
#include "target/target.h"

enum { KEY_RELOADS = 256, KEY_BLOCKS, KEY_SEED, KEY_STEADY, KEY_MODULE, KEY_CPU,
       KEY_PRECISION, KEY_TIME_LIMIT, KEY_EVENTS, KEY_ARCH, KEY_KERNEL, KEY_PERF,
       KEY_COMMANDS, KEY_STORM, KEY_NO_STORM, KEY_NO_UML };

static const struct argp_option options[] = {
	{ "rows", 'r', "PATTERN", 0, "only rows whose name matches the shell pattern", 1 },
	{ "arms", 'a', "LIST", 0, "only these arms, separated by commas", 1 },
	{ "events", KEY_EVENTS, "LIST", 0,
	  "count these beside the clock: names of 'ncbench list events', auto (default), none", 1 },
	{ "reloads", KEY_RELOADS, "N", 0, "load the module N times", 2 },
	{ "blocks", KEY_BLOCKS, "N", 0, "interleaved blocks per row and load", 2 },
	{ "precision", KEY_PRECISION, "P%", 0,
	  "load it more often until every row's 95 % interval is +-P % or narrower", 2 },
	{ "time-limit", KEY_TIME_LIMIT, "SECONDS", 0,
	  "but no longer than that (default 600)", 2 },
	{ "seed", KEY_SEED, "N", 0, "start all shuffling here", 2 },
	{ "cpu", KEY_CPU, "N", 0, "measure on this CPU", 2 },
	{ "steady", KEY_STEADY, NULL, 0, "performance governor, no turbo; restored afterwards", 2 },
	{ "perf", KEY_PERF, "MODES", 0,
	  "afterwards, one more loading under perf: stat, or record, or both with a comma", 2 },
	{ "commands", KEY_COMMANDS, NULL, 0,
	  "afterwards, time whole commands (insmod, modprobe ...) with hyperfine", 2 },
	{ "storm", KEY_STORM, NULL, 0,
	  "afterwards, load modules in storms: in a guest always, here only with this", 2 },
	{ "no-storm", KEY_NO_STORM, NULL, 0, "no storms, in a guest neither", 2 },
	{ "no-uml", KEY_NO_UML, NULL, 0,
	  "with --target auto: no time from User Mode Linux beside the counts of a guest", 2 },
	{ "module", KEY_MODULE, "FILE", 0, "use this ncbench.ko instead of building one", 3 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ncb_run_options *o = state->input;
	uint64_t n = 0;
	int err = 0;

	switch (key) {
	case 'r': o->rows = arg; break;
	case 'a': o->arms = arg; break;
	case KEY_EVENTS: o->events = arg; break;
	case KEY_RELOADS:
		err = ncb_option_number(state, "reloads", arg, 1, 100, &n);
		o->reloads = n;
		break;
	case KEY_BLOCKS:
		err = ncb_option_number(state, "blocks", arg, 1, NCB_BLOCKS_MAX, &n);
		o->blocks = n;
		break;
	case KEY_PRECISION:
		if (ncb_precision_parse(arg, &o->precision)) {
			argp_error(state, "precision: '%s' is not a percentage in %g%% .. %g%%", arg,
				   NCB_PRECISION_MIN * 100, NCB_PRECISION_MAX * 100);
			return EINVAL;
		}
		break;
	case KEY_TIME_LIMIT:
		err = ncb_option_number(state, "time-limit", arg, 1, NCB_TIME_LIMIT_MAX, &n);
		o->time_limit = n;
		break;
	case ARGP_KEY_END:
		if (o->storm.wanted && o->storm.never) {
			argp_error(state, "storm, no-storm: one of them");
			return EINVAL;
		}
		if (o->time_limit > 0 && !(o->precision > 0)) {
			argp_error(state, "time-limit: there is no precision to end; give both");
			return EINVAL;
		}
		if (o->precision > 0 && !(o->time_limit > 0))
			o->time_limit = NCB_TIME_LIMIT;
		break;
	case KEY_SEED:
		err = ncb_option_number(state, "seed", arg, 1, UINT64_MAX, &o->seed);
		break;
	case KEY_CPU:
		err = ncb_option_number(state, "cpu", arg, 0, 1023, &n);
		o->cpu = n;
		break;
	case KEY_PERF:
		if (ncb_perf_parse(arg, &o->perf)) {
			argp_error(state, "perf: '%s' is none of stat, record, or both with a comma",
				   arg);
			return EINVAL;
		}
		break;
	case KEY_COMMANDS: o->commands = true; break;
	case KEY_STEADY: o->steady = true; break;
	case KEY_STORM: o->storm.wanted = o->storm.agreed = true; break;
	case KEY_NO_STORM: o->storm.never = true; break;
	case KEY_NO_UML: o->alone = true; break;
	case KEY_MODULE: o->module = arg; break;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not an option", arg);
		return EINVAL;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = o;
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
	.doc = "Measures notifier chain designs in a kernel and keeps the result as a run.",
};

/* Letters, digits and . _ - only: it becomes a folder and is quoted in mails. */
bool ncb_good_run_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-+", *p))
			return false;
	return *name && *name != '.' && strlen(name) < 100;
}

static void unknown_target(const char *name)
{
	char names[256] = "auto";
	size_t i;

	for (i = 0; i < ncb_target_count; i++) {
		strcat(names, ", ");
		strcat(names, ncb_targets[i]->name);
	}
	ncb_error("unknown target '%s'; valid: %s", name, names);
}

static void unknown_profile(const char *name)
{
	char names[128] = "";
	size_t i;

	for (i = 0; i < ncb_profile_count; i++) {
		strcat(names, i ? ", " : "");
		strcat(names, ncb_profiles[i].name);
	}
	ncb_error("unknown profile '%s'; valid: %s", name, names);
}

/* What the target says or, of another architecture, whether it has any at all. */
static int ask_target(const struct ncb_target *t, const struct ncb_run_options *o, char *why,
		      size_t size)
{
	if (o->built && !t->takes_built) {
		snprintf(why, size, "modules that are built already (BUILT=) are for target host");
		return -EINVAL;
	}
	if (t->any_arch || !o->arch || ncb_machine_is_here(ncb_machine_find(o->arch)))
		return t->possible(o, why, size);
	snprintf(why, size, "it is this machine, which is none of %s: ARCH= is for guests", o->arch);
	return -EOPNOTSUPP;
}

/* A module that is not ncbench's own is loaded and unloaded in guests alone. */
static bool module_forbidden(const struct ncb_target *t, const struct ncb_run_options *o)
{
	return o->storm.module && t->storms != NCB_STORMS_ALWAYS;
}

/**
 * ncb_choose_target - the target asked for, or the first that is possible
 * @o: options; the choice is printed with its reason
 * @exit_code: gets why there is none
 *
 * Return: the target, or NULL with a message.
 */
const struct ncb_target *ncb_choose_target(const struct ncb_run_options *o, int *exit_code)
{
	char why[512];
	size_t i;
	int err;

	if (ncb_machine_check(o->arch)) {
		*exit_code = NCB_EXIT_USAGE;
		return NULL;
	}
	if (strcmp(o->target, "auto")) {
		const struct ncb_target *t = ncb_target_find(o->target);

		if (!t) {
			unknown_target(o->target);
			*exit_code = NCB_EXIT_USAGE;
			return NULL;
		}
		if (module_forbidden(t, o)) {
			ncb_error("module: target %s is no guest: only modules of ncbench are loaded and unloaded there; take TARGET=qemu",
				  t->name);
			*exit_code = NCB_EXIT_USAGE;
			return NULL;
		}
		err = ask_target(t, o, why, sizeof(why));
		if (err) {
			ncb_error("target %s is not possible here: %s", t->name, why);
			*exit_code = err == -EINVAL ? NCB_EXIT_USAGE : NCB_EXIT_CANNOT;
			return NULL;
		}
		return t;
	}
	for (i = 0; i < ncb_target_count; i++) {
		if (ncb_targets[i]->on_request || module_forbidden(ncb_targets[i], o))
			continue;
		if (!ask_target(ncb_targets[i], o, why, sizeof(why))) {
			ncb_say("target %s: %s", ncb_targets[i]->name, why);
			return ncb_targets[i];
		}
		ncb_say("not target %s: %s", ncb_targets[i]->name, why);
	}
	ncb_error("no target is possible here; the lines above say what would help");
	*exit_code = NCB_EXIT_CANNOT;
	return NULL;
}

/* What a run may take: samples of the full profile, reports, pictures. */
#define RUN_BYTES	(64ull << 20)

/** ncb_run_check_place - the folder of results can be written, and has no run of that name */
int ncb_run_check_place(const char *results, const char *dir)
{
	int err = ncb_make_dirs(results);
	struct statvfs fs;
	struct stat st;

	if (!err && (stat(results, &st) < 0 || access(results, W_OK) < 0 ||
		     statvfs(results, &fs) < 0))
		err = -errno;
	if (!err && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (!err && (uint64_t)fs.f_bavail * fs.f_frsize < RUN_BYTES)
		err = -ENOSPC;
	if (err) {
		ncb_error("cannot keep runs in %s: %s; --results=DIR chooses another folder",
			  results, strerror(-err));
		return err;
	}
	if (ncb_exists(dir)) {
		ncb_error("there is a run %s already; NAME= (--name) chooses another name", dir);
		return -EEXIST;
	}
	return 0;
}

/**
 * ncb_run_give_to_owner - what root made in somebody's checkout belongs to him, not to root
 * @results: folder of results, or NULL: there are none
 */
void ncb_run_give_to_owner(const char *results)
{
	char *build = ncb_format("%s/.build", ncb_top()), *cache = ncb_format("%s/.cache", ncb_top());
	const char *argv[] = { "chown", "-Rf", NULL, build, cache, results, NULL };
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	struct ncb_spawn s = { .argv = argv };
	char *owner;

	if (uid && gid && geteuid() == 0) {
		owner = ncb_format("%s:%s", uid, gid);
		argv[2] = owner;
		/* Also after an interruption, which would end the command. */
		ncb_interrupted = 0;
		/* A folder that is not there is no fault. */
		ncb_run_command(&s);
		free(owner);
	}
	free(build);
	free(cache);
}

/* The command that makes this run again, as it would be typed. */
static void note_command(struct ncb_rundata *r, const struct ncb_run_options *o)
{
	char *cpu = o->cpu < 0 ? NULL : ncb_format("%d", o->cpu);
	char *precision = o->precision > 0 ? ncb_format("%g%%", o->precision * 100) : NULL;
	char *limit = o->precision > 0 ? ncb_format("%g", o->time_limit) : NULL;
	const struct ncb_storm_options *s = &o->storm;
	char *modules = s->modules ? ncb_format("%u", s->modules) : NULL;
	char *rounds = s->rounds ? ncb_format("%u", s->rounds) : NULL;
	char *cpus = s->cpus ? ncb_format("%u", s->cpus) : NULL;
	const struct {
		const char *variable, *value;
	} words[] = {
		/* No other than auto measures time beside counts. */
		{ "TARGET", r->beside ? "auto" : r->target }, { "PROFILE", r->profile }, { "ROWS", o->rows },
		{ "ARMS", o->arms }, { "EVENTS", s->only ? NULL : o->events }, { "ARCH", o->arch },
		{ "KERNEL", o->kernel }, { "HEADERS", o->headers },
		{ "BUILT", o->built },
		{ "STEADY", o->steady ? "1" : NULL }, { "CPU", cpu },
		{ "PRECISION", precision }, { "TIME_LIMIT", limit },
		{ "PERF", o->perf ? ncb_perf_text(o->perf) : NULL },
		{ "COMMANDS", o->commands ? "1" : NULL }, { "MODE", s->modes },
		{ "SHAPE", s->shapes }, { "THREADS", s->threads }, { "EXTRA", s->extra },
		{ "MODULE", s->module }, { "MODULES", modules }, { "ROUNDS", rounds }, { "CPUS", cpus },
		{ "STORM", s->agreed ? "1" : s->never ? "0" : NULL },
		{ "UML", o->alone ? "0" : NULL },
	};
	char *command = ncb_copy(s->only ? "make storm" : "make bench"), *longer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		const char *quote = words[i].value && strpbrk(words[i].value, SHELL_CHARS) ? "'" : "";

		if (!words[i].value)
			continue;
		longer = ncb_format("%s %s=%s%s%s", command, words[i].variable, quote,
				    words[i].value, quote);
		free(command);
		command = longer;
	}
	longer = ncb_format("%s SEED=%llu", command, (unsigned long long)r->seed);
	ncb_env_set(r, "command", longer);
	ncb_env_set(r, "revision", NCB_REVISION);
	free(cpu);
	free(precision);
	free(limit);
	free(modules);
	free(rounds);
	free(cpus);
	free(longer);
	free(command);
}

static void set_up(struct ncb_rundata *r, const struct ncb_run_options *o,
		   const struct ncb_target *t, const struct ncb_profile *p)
{
	time_t now = time(NULL);
	char date[32];

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	ncb_env_set(r, "date", date);
	r->profile = ncb_copy(o->profile);
	r->target = ncb_copy(t->name);
	r->name = ncb_copy(o->name);
	r->seed = o->seed ? o->seed : (uint64_t)now;
	r->reloads = o->reloads ? o->reloads : t->exact ? p->reloads_insn : p->reloads_ns;
	r->blocks = o->blocks ? o->blocks : t->exact ? p->blocks_insn : p->blocks_ns;
	r->precision = o->precision;
	r->time_limit = o->time_limit;
	/* On the file system of the run, which they are moved into. */
	if (o->perf || o->commands)
		r->files = ncb_format("%s/%s.partial-%d-files", o->results, o->name, (int)getpid());
	note_command(r, o);
}

static void no_storms(struct ncb_rundata *r, const char *reason)
{
	ncb_say("storms: n/a: %s", reason);
	r->storms = ncb_storms_new();
	snprintf(r->storms->reason, sizeof(r->storms->reason), "%s", reason);
}

/**
 * ncb_run_once - measure
 * @o: what
 * @t: where
 * @p: how much
 * @r: gets the run, to be given to ncb_rundata_free() in any case
 *
 * Return: 0; -EINVAL where the plan has no rows, -E2BIG where it has too many
 * samples; -errno with a message, what was measured until then is in @r.
 */
int ncb_run_once(struct ncb_run_options *o, const struct ncb_target *t,
		 const struct ncb_profile *p, struct ncb_rundata *r)
{
	struct ncb_precision precision = { 0 };
	int err;

	ncb_rundata_init(r);
	set_up(r, o, t, p);
	err = o->storm.only ? 0 : ncb_plan(r, p, o->rows, o->arms);
	if (!err)
		err = ncb_result_check_plan(r);
	if (err)
		return err;
	if (o->storm.only)
		ncb_say("run %s: storms, profile %s, target %s", r->name, p->name, t->name);
	else
		ncb_say("run %s: %zu rows%s, profile %s, target %s", r->name, r->nrows,
			o->storm.wanted ? " and storms" : "", p->name, t->name);
	if (o->precision > 0) {
		o->enough = ncb_precise_enough;
		o->enough_data = &precision;
	}
	err = t->run(o, r);
	if (!err && o->perf && !r->perf)
		ncb_perf_none(o, r, "perf runs on host and user targets only");
	if (!err && o->commands && !r->commands)
		ncb_commands_none(r, "commands are timed on host and user targets only");
	if (o->storm.wanted && !r->storms && (!err || r->nsamples))
		no_storms(r, err ? "the run ended before one of them was done" :
			     "modules are loaded on host and qemu targets only");
	ncb_precision_free(&precision);
	r->interrupted |= err != 0;
	ncb_env_set(r, "metric", ncb_metric_names[r->metric]);
	return err;
}

/* A run and the files beside it that were not moved into its folder. */
static void forget(struct ncb_rundata *r)
{
	if (r->files)
		ncb_remove_tree(r->files);
	ncb_rundata_free(r);
}

static bool has_records(const struct ncb_rundata *r)
{
	return r->nsamples || (r->storms && r->storms->records);
}

/* Storms that were to be made and were not, or not as they had to be. */
static bool storms_failed(const struct ncb_rundata *r, const struct ncb_target *t)
{
	const struct ncb_storms *s = r->storms;

	return s && t->storms != NCB_STORMS_NEVER &&
	       (s->reason[0] || s->interrupted || ncb_storm_failed(s));
}

/**
 * ncb_run_keep - keep a run and print its report
 * @r: the run
 * @dir: folder to make
 *
 * Another run may have taken the name meanwhile; what was measured is not lost for that.
 *
 * Return: 0 or -errno, with a message.
 */
int ncb_run_keep(struct ncb_rundata *r, const char *dir)
{
	char *place = ncb_copy(dir);
	int err = ncb_result_save(r, place);

	if (err == -EEXIST) {
		free(place);
		place = ncb_format("%s-%d", dir, (int)getpid());
		err = ncb_result_save(r, place);
	}
	if (!err) {
		ncb_report_text(r, stdout, false);
		fflush(stdout);
		ncb_say("kept in %s (report.txt, report.html, plots/)", place);
	}
	free(place);
	return err;
}

/*
 * Where a guest counts instructions because this machine takes no modules, its time is
 * wanted, too: User Mode Linux has it without rights. Other kernels than packaged ones and
 * sources exist as they are, and not as a process.
 */
static char *source_beside(const struct ncb_run_options *o, const struct ncb_target *t)
{
	const char *kernel = o->kernel;

	if (strcmp(o->target, "auto") || !t->exact || o->alone || o->storm.only || o->module ||
	    !ncb_machine_is_here(ncb_machine_find(o->arch)))
		return NULL;
	if (!kernel)
		return ncb_copy(NCB_BUILT_DEFAULT);
	if (ncb_built_is_source(kernel))
		return ncb_copy(kernel);
	return strspn(kernel, "0123456789.") == strlen(kernel) ? ncb_format("linux-source-%s", kernel) :
								 NULL;
}

/* Before anybody waits for a kernel to be built. */
static void announce_beside(const char *source)
{
	double seconds = ncb_built_seconds(source, "uml");

	if (seconds < 0)
		ncb_say("time comes from User Mode Linux: %s (140 MB) is fetched, and a kernel built of it, some 4 min once; UML=0 (--no-uml) leaves that out",
			source);
	else if (seconds > 0)
		ncb_say("time comes from User Mode Linux: its kernel is built of %s, about %.0f min once; UML=0 (--no-uml) leaves that out",
			source, seconds < 60 ? 1 : seconds / 60);
	else
		ncb_say("time comes from User Mode Linux, of %s", source);
}

static void measure_beside(const struct ncb_run_options *o, const struct ncb_target *t,
			   const struct ncb_profile *p, struct ncb_rundata *r)
{
	char *source = r->metric == NCB_INSN ? source_beside(o, t) : NULL;
	const struct ncb_target *uml = ncb_target_find("uml");
	struct ncb_run_options other = {
		.target = "uml", .profile = o->profile, .rows = o->rows, .arms = o->arms,
		.name = o->name, .results = o->results, .seed = r->seed, .reloads = o->reloads,
		.blocks = o->blocks, .precision = o->precision, .time_limit = o->time_limit,
		.events = "none", .kernel = source, .cpu = o->cpu,
	};
	struct ncb_rundata *beside;
	char why[512];

	if (!source || ncb_interrupted)
		goto out;
	if (uml->possible(&other, why, sizeof(why))) {
		ncb_say("no time beside the counts: %s", why);
		goto out;
	}
	announce_beside(source);
	beside = ncb_alloc(1, sizeof(*beside));
	if (!ncb_run_once(&other, uml, p, beside) && beside->nsamples) {
		r->beside = beside;
		note_command(r, o);
	} else {
		ncb_say("no time beside the counts: see above; the counts are whole");
		forget(beside);
		free(beside);
	}
out:
	free(source);
}

static int measure_and_keep(struct ncb_run_options *o, const struct ncb_target *t,
			    const struct ncb_profile *p, const char *dir)
{
	struct ncb_rundata r;
	bool broken_off, failed;
	int err, saved;

	err = ncb_run_once(o, t, p, &r);
	if ((!r.nrows && !o->storm.only) || err == -E2BIG) {
		forget(&r);
		return NCB_EXIT_USAGE;
	}
	if (!has_records(&r)) {
		if (!err && r.storms && r.storms->reason[0])
			ncb_error("nothing was measured: %s", r.storms->reason);
		forget(&r);
		return err == -EOPNOTSUPP ? NCB_EXIT_CANNOT : NCB_EXIT_FAILED;
	}
	if (err)
		ncb_say("ended early: keeping the %zu samples and %zu records of storms that were taken",
			r.nsamples, r.storms ? r.storms->records : 0);
	if (!o->storm.only)
		ncb_memory_measure(o, t, &r);
	if (!err)
		measure_beside(o, t, p, &r);
	/* All rows are whole where only what follows them was broken off. */
	broken_off = ncb_interrupted;
	ncb_interrupted = 0;
	saved = ncb_run_keep(&r, dir);
	failed = storms_failed(&r, t);
	forget(&r);
	return err || saved || broken_off || failed ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

/* A yes from a terminal. */
static bool asked(void)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fputs("ncbench: go on? [y/N] ", stderr);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* Before anything is loaded on a machine that others use. */
static int agree(const struct ncb_run_options *o, const struct ncb_storms *s)
{
	uint64_t loads = 0;
	uint32_t modules = 0, threads = 0;
	size_t i;

	for (i = 0; i < s->storms; i++) {
		const struct ncb_storm *t = &s->storm[i];

		modules = t->modules > modules ? t->modules : modules;
		threads = t->threads > threads ? t->threads : threads;
		loads += (uint64_t)t->rounds * (t->modules > t->threads ? t->modules : t->threads);
	}
	ncb_say("storms on this machine: %zu storms, %llu loads in all; up to %u modules at once, from up to %u threads",
		s->storms, (unsigned long long)loads, modules, threads);
	ncb_say("only modules of ncbench are loaded and unloaded, ncb_storm and its payloads; a kernel that has a bug in its loader may meet it");
	if (o->storm.agreed || asked())
		return NCB_EXIT_OK;
	ncb_error("storms on this machine have to be agreed to: STORM=1 (storm --yes, run --storm); TARGET=qemu makes them in a guest");
	return NCB_EXIT_CANNOT;
}

/*
 * Whether there are storms, and whether they make sense: before hours of rows. Rows that
 * were picked are what is wanted, and no storms.
 */
static int settle_storms(struct ncb_run_options *o, const struct ncb_target *t)
{
	struct ncb_storms *s;
	int code = NCB_EXIT_OK;

	if (t->storms == NCB_STORMS_ALWAYS && !o->storm.never && !o->rows && !o->arms && !o->program)
		o->storm.wanted = true;
	if (!o->storm.wanted) {
		if (t->storms == NCB_STORMS_AGREED && !o->storm.never && !o->rows && !o->arms)
			ncb_say("no module load storms on this machine unasked: STORM=1 (--storm) makes them too");
		return NCB_EXIT_OK;
	}
	if (t->storms == NCB_STORMS_NEVER && o->storm.only) {
		ncb_error("target %s loads no modules; storms are made on targets host and qemu",
			  t->name);
		return NCB_EXIT_CANNOT;
	}
	if (o->storm.cpus && t->storms != NCB_STORMS_ALWAYS) {
		ncb_error("cpus: target %s has the CPUs that it has; --cpus is for guests", t->name);
		return NCB_EXIT_USAGE;
	}
	s = ncb_storms_new();
	if (ncb_storm_plan(s, o->profile, &o->storm))
		code = NCB_EXIT_USAGE;
	else if (t->storms == NCB_STORMS_AGREED)
		code = agree(o, s);
	ncb_storms_free(s);
	return code;
}

/**
 * ncb_run_and_keep - measure what was asked for, keep the run, print the report
 * @o: options, as parsed
 *
 * Return: an exit code, everything else having been said.
 */
int ncb_run_and_keep(struct ncb_run_options *o)
{
	const struct ncb_profile *p = ncb_profile_find(o->profile);
	char *results = ncb_format("%s/results", ncb_top()), *dir = NULL, *made = NULL;
	const struct ncb_target *t;
	int code = NCB_EXIT_USAGE;
	char date[32];
	time_t now = time(NULL);

	if (!o->results)
		o->results = results;
	if (!p) {
		unknown_profile(o->profile);
		goto out;
	}
	if (o->name && !ncb_good_run_name(o->name)) {
		ncb_error("'%s' is no name for a run: letters, digits and . _ - + only", o->name);
		goto out;
	}
	t = ncb_choose_target(o, &code);
	if (!t)
		goto out;
	/* A guest's processor is another one. */
	if (ncb_events_check(o->events, strcmp(t->name, "qemu") != 0)) {
		code = NCB_EXIT_USAGE;
		goto out;
	}
	code = settle_storms(o, t);
	if (code)
		goto out;
	if (!o->name) {
		strftime(date, sizeof(date), "%Y%m%d-%H%M%S", localtime(&now));
		made = ncb_format("%s-%s-%s%s", date, t->name, o->storm.only ? "storm-" : "", p->name);
		o->name = made;
	}
	dir = ncb_format("%s/%s", o->results, o->name);
	code = ncb_run_check_place(o->results, dir) ? NCB_EXIT_FAILED :
						measure_and_keep(o, t, p, dir);
	ncb_run_give_to_owner(o->results);
out:
	free(dir);
	free(made);
	free(results);
	return code;
}

/** ncb_command_run - ncbench run; returns an exit code */
int ncb_command_run(int argc, char **argv)
{
	struct ncb_run_options o = { .target = "auto", .profile = "default", .cpu = -1 };
	int code;

	return ncb_parse(&argp, argc, argv, &o, &code) ? code : ncb_run_and_keep(&o);
}

static const struct argp_option test_options[] = {
	{ "arch", KEY_ARCH, "NAME", 0, "the guest is such a machine; default: this one's", 1 },
	{ "kernel", KEY_KERNEL, "WHAT", 0, "a packaged version (6.1) or a vmlinuz", 1 },
	{ 0 }
};

static error_t parse_test(int key, char *arg, struct argp_state *state)
{
	struct ncb_run_options *o = state->input;

	if (key == KEY_ARCH) {
		o->arch = arg;
	} else if (key == KEY_KERNEL) {
		o->kernel = arg;
	} else if (key == ARGP_KEY_ARG && !o->program) {
		o->program = arg;
	} else if (key == ARGP_KEY_ARG || (key == ARGP_KEY_END && !o->program)) {
		argp_error(state, "one program is wanted");
		return EINVAL;
	} else if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = NULL;
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp test_argp = {
	.options = test_options,
	.parser = parse_test,
	.args_doc = "PROGRAM",
	.children = ncb_common_options,
	.doc = "Runs a program in a guest, with the module as its argument.",
};

/** ncb_command_guest_test - ncbench guest-test PROGRAM; returns an exit code */
int ncb_command_guest_test(int argc, char **argv)
{
	struct ncb_run_options o = { .target = "qemu", .profile = "quick", .cpu = -1 };
	const struct ncb_target *t;
	struct ncb_rundata r;
	int code, err;

	if (ncb_parse(&test_argp, argc, argv, &o, &code))
		return code;
	t = ncb_choose_target(&o, &code);
	if (!t)
		return code;
	ncb_rundata_init(&r);
	set_up(&r, &o, t, ncb_profile_find(o.profile));
	err = ncb_plan(&r, ncb_profile_find(o.profile), NULL, NULL);
	if (!err)
		err = t->run(&o, &r);
	ncb_rundata_free(&r);
	return err ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}
