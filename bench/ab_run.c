// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncbench ab: from what two kernels are asked for as to a folder with a run of each
 * boot. Instructions are counted in one boot of each kernel, in an emulator: they are
 * the same in every boot. Time is measured in many boots in User Mode Linux, of A and B
 * in turn, so that what the machine does meanwhile hits both, and of several links of
 * each, because where the linker puts code weighs more than what it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include "ab_run.h"
#include "behaviour.h"
#include "command.h"
#include "memory_ask.h"
#include "plan.h"
#include "target/built.h"
#include "target/driver.h"
#include "target/kernel.h"
#include "target/uml_process.h"

/* How long a boot that counts takes, in boots that time; for the progress. */
#define COUNTING_WEIGHT	4

static const struct way {
	const char *target, *says;
} ways[NCB_WAYS] = {
	[NCB_WAY_INSN] = { "qemu", "instructions" },
	[NCB_WAY_TIME] = { "uml", "time" },
};

static const struct ncb_flavour *flavour(const struct ncb_ab_work *w, int way)
{
	const struct ncb_machine *m = ncb_machine_find(w->o->arch);

	return ncb_flavour_find(way == NCB_WAY_TIME ? "uml" : m->name);
}

static uint32_t links(const struct ncb_ab_work *w, int way)
{
	return way == NCB_WAY_TIME ? w->o->links : 1;
}

/* -- what is measured, and how -- */

/* An image is booted as it is: a packaged one by its version, or a file. */
static bool is_image(const struct ncb_ab_work *w, const char *spec)
{
	const struct ncb_machine *m = ncb_machine_find(w->o->arch);
	char why[512];
	struct stat st;

	return !w->o->tree && !ncb_built_is_source(spec) && !(stat(spec, &st) == 0 && S_ISDIR(st.st_mode)) &&
	       ncb_kernel_possible(m, spec, NULL, why, sizeof(why)) != -EINVAL;
}

/**
 * ncb_ab_open - find out what a kernel was asked for as
 * @w: the command
 * @side: its @label and @spec are set; to be given to ncb_ab_close() in any case
 *
 * Return: 0; -EINVAL where there is no such kernel; -errno; with a message.
 */
int ncb_ab_open(struct ncb_ab_work *w, struct ncb_ab_side *side)
{
	side->packaged = is_image(w, side->spec);
	if (!side->packaged)
		return ncb_source_get(side->spec, w->o->tree, &side->source);
	side->source.spec = ncb_copy(side->spec);
	side->source.title = ncb_format("packaged %s", side->spec);
	return 0;
}

static void forbid(struct ncb_ab_work *w, int way, char *why)
{
	free(w->why[way]);
	w->why[way] = why;
	w->target[way] = NULL;
}

/* Whether guests of that way run here at all; what they boot is another question. */
static int able(const struct ncb_ab_work *w, int way, char *why, size_t size)
{
	const struct ncb_machine *m = ncb_machine_find(w->o->arch);
	char *version, place[256];
	int err;

	if (way == NCB_WAY_TIME) {
		if (ncb_machine_here() && !strcmp(ncb_machine_here()->name, "x86_64"))
			return ncb_uml_memory_place((uint64_t)NCB_UML_MEMORY_MIB << 20, place, sizeof(place),
						    why, size);
		snprintf(why, size, "User Mode Linux runs on x86-64 only");
		return -EOPNOTSUPP;
	}
	err = ncb_machine_qemu(m, &version, why, size);
	free(version);
	return err ? err : ncb_driver_possible(m, why, size);
}

/**
 * ncb_ab_choose_ways - which metrics there will be
 * @w: gets them, or the reasons
 * @side: the kernels
 * @sides: how many
 *
 * Return: 0; -EINVAL, -EOPNOTSUPP where there is none, with a message.
 */
int ncb_ab_choose_ways(struct ncb_ab_work *w, const struct ncb_ab_side *side, size_t sides)
{
	bool any = false;
	char why[512];
	size_t s;
	int way;

	for (way = 0; way < NCB_WAYS; way++) {
		w->target[way] = ncb_target_find(ways[way].target);
		if (strcmp(w->o->target, "auto") && strcmp(w->o->target, ways[way].target))
			forbid(w, way, ncb_format("TARGET=%s was asked for", w->o->target));
		else if (able(w, way, why, sizeof(why)))
			forbid(w, way, ncb_copy(why));
		for (s = 0; s < sides && way == NCB_WAY_TIME && w->target[way]; s++)
			if (side[s].packaged)
				forbid(w, way, ncb_format("%s is an image, and User Mode Linux is built from source",
							  side[s].spec));
		if (!w->target[way])
			ncb_say("no %s: %s", ways[way].says, w->why[way]);
		any |= w->target[way] != NULL;
	}
	if (any)
		return 0;
	ncb_error("these two kernels cannot be measured here; the lines above say why");
	return -EOPNOTSUPP;
}

/* -- building -- */

static int build(struct ncb_ab_work *w, struct ncb_ab_side *side, int way)
{
	const struct ncb_build *b = &side->build[way];
	int err;

	if (side->packaged || side->built[way])
		return 0;
	err = ncb_build_get(&side->source, flavour(w, way), links(w, way), w->o->config,
			    &side->build[way]);
	if (!err)
		err = ncb_module_build(b->dir, &side->module[way]);
	side->built[way] = !err;
	return err;
}

/* What has to be built, and how long it takes: before anybody waits for it; in seconds. */
static double announce(const struct ncb_ab_work *w, const struct ncb_ab_side *side, size_t sides)
{
	double seconds = 0;
	unsigned int n = 0;
	size_t s;
	int way;

	for (way = 0; way < NCB_WAYS; way++) {
		for (s = 0; s < sides && w->target[way]; s++) {
			if (side[s].packaged || ncb_build_cached(&side[s].source, flavour(w, way),
								 links(w, way), w->o->config))
				continue;
			n++;
			seconds += ncb_build_estimate(&side[s].source, flavour(w, way), links(w, way),
						      w->o->config);
		}
	}
	if (n)
		ncb_say("%u kernel%s to be built, about %.0f min in all; kept for the next time", n,
			n > 1 ? "s have" : " has", seconds / 60 < 1 ? 1 : seconds / 60);
	return seconds;
}

/* All that is to be booted of a kernel; 0 or -errno with a message. */
static int build_side(struct ncb_ab_work *w, struct ncb_ab_side *side)
{
	int err = 0, way;

	for (way = 0; way < NCB_WAYS && !err; way++)
		if (w->target[way])
			err = ncb_interrupted ? -EINTR : build(w, side, way);
	if (err && err != -EINTR)
		ncb_error("%s (%s) cannot be measured: %s", side->label, side->source.title,
			  err == -ENOEXEC ? "it does not build" : strerror(-err));
	return err;
}

/**
 * struct beside - a kernel that is built at the same time, by a process of its own
 * @pid: the process; 0: there is none
 * @fd: where it says what came of it
 * @seconds: estimated
 */
struct beside {
	pid_t pid;
	int fd;
	double seconds;
};

struct beside_said {
	int err;
	double seconds[NCB_WAYS];
};

/*
 * Linking and reading sources keep one processor busy: two kernels at once are ready
 * sooner. Where it cannot be started the kernel is built afterwards.
 */
static void begin_beside(struct ncb_ab_work *w, struct ncb_ab_side *side, struct beside *b)
{
	struct beside_said said = { 0 };
	int pipes[2], way;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return;
	fflush(stdout);
	b->pid = fork();
	if (b->pid) {
		close(pipes[1]);
		b->fd = pipes[0];
		b->pid = b->pid < 0 ? 0 : b->pid;
		if (!b->pid)
			close(b->fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	ncb_verbosity = ncb_verbosity > 0 ? ncb_verbosity : -1;
	said.err = build_side(w, side);
	for (way = 0; way < NCB_WAYS; way++)
		said.seconds[way] = side->build[way].seconds;
	_exit(write(pipes[1], &said, sizeof(said)) != sizeof(said));
}

/* Waits for it; what it has built is found in the cache. */
static int end_beside(struct ncb_ab_work *w, struct ncb_ab_side *side, struct beside *b)
{
	struct ncb_progress progress;
	struct beside_said said = { .err = -EIO };
	double start = ncb_now();
	int status, way;

	ncb_progress_start(&progress, "building the other kernel");
	while (waitpid(b->pid, &status, WNOHANG) == 0) {
		if (ncb_interrupted)
			kill(b->pid, SIGTERM);
		else if (b->seconds > 0)
			ncb_progress(&progress, fmin((ncb_now() - start) / b->seconds, 0.99), NULL);
		usleep(100000);
	}
	ncb_progress_end(&progress);
	if (read(b->fd, &said, sizeof(said)) != sizeof(said))
		ncb_error("building %s (%s) ended without a word", side->label, side->source.title);
	close(b->fd);
	if (said.err)
		return said.err;
	said.err = build_side(w, side);
	for (way = 0; way < NCB_WAYS; way++)
		side->build[way].seconds += said.seconds[way];
	return said.err;
}

/* A kernel against itself is built once. */
static bool is_same(const struct ncb_ab_side *a, const struct ncb_ab_side *b)
{
	return a->source.id && b->source.id && !strcmp(a->source.id, b->source.id);
}

/**
 * ncb_ab_build_all - have all that is to be booted built
 * @w: the command
 * @side: the kernels
 * @sides: how many, one or two
 *
 * One kernel that does not build does not keep the other from it: the work is kept.
 *
 * Return: 0, the first error, with messages.
 */
int ncb_ab_build_all(struct ncb_ab_work *w, struct ncb_ab_side *side, size_t sides)
{
	bool same = sides > 1 && is_same(&side[0], &side[1]);
	struct beside beside = { 0 };
	int err, other = 0;

	beside.seconds = announce(w, side, same ? 1 : sides);
	if (sides > 1 && !same && beside.seconds > 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		begin_beside(w, &side[1], &beside);
	err = build_side(w, &side[0]);
	if (beside.pid)
		other = end_beside(w, &side[1], &beside);
	else if (sides > 1 && !(same && err))
		other = build_side(w, &side[1]);
	if (ncb_interrupted)
		return -EINTR;
	return err ? err : other;
}

/* -- booting -- */

/**
 * ncb_ab_boot - one boot of a kernel, one run
 * @w: the command
 * @side: the kernel
 * @way: NCB_WAY_*
 * @link: which layout of it
 * @name: of the run
 * @r: gets it, to be given to ncb_rundata_free() in any case
 *
 * Return: 0 or -errno with a message.
 */
int ncb_ab_boot(struct ncb_ab_work *w, struct ncb_ab_side *side, int way, uint32_t link,
		const char *name, struct ncb_rundata *r)
{
	const struct ncb_build *b = &side->build[way];
	char *number = ncb_format("%u", link);
	struct ncb_run_options o = {
		.target = ways[way].target, .profile = w->o->profile, .rows = w->o->rows,
		.name = name, .results = w->o->results, .seed = w->o->seed + w->boot++,
		.events = "none", .cpu = -1,
		.arch = way == NCB_WAY_INSN ? w->o->arch : NULL,
		.kernel = side->packaged ? side->spec : way == NCB_WAY_TIME ? b->link[link] : b->image,
		.headers = side->packaged ? NULL : b->dir,
		.module = side->module[way],
	};
	int verbosity = ncb_verbosity, err;

	if (way == NCB_WAY_TIME) {
		o.reloads = 1;
		o.link = number;
	}
	o.build = b->id;
	if (way == NCB_WAY_INSN && w->o->storm)
		o.storm.wanted = true;
	o.storm.never = !o.storm.wanted;
	ncb_verbosity = ncb_verbosity > 0 ? ncb_verbosity : -1;
	err = ncb_run_once(&o, w->target[way], w->profile, r);
	if (!err && r->interrupted)
		err = -EINTR;
	if (!err && way == NCB_WAY_INSN)
		ncb_memory_measure(&o, w->target[way], r);
	ncb_verbosity = verbosity;
	free(number);
	return err;
}

/**
 * struct booting - boots that are under way
 * @w, @ab, @side: of the command
 * @progress: over all of them
 * @done, @all: weights
 */
struct booting {
	struct ncb_ab_work *w;
	struct ncb_ab *ab;
	struct ncb_ab_side *side;
	struct ncb_progress progress;
	double done, all;
};

static int boot_one(struct booting *b, unsigned int s, int way, uint32_t link)
{
	struct ncb_ab_side *side = &b->side[s];
	double weight = way == NCB_WAY_INSN ? COUNTING_WEIGHT : 1;
	struct ncb_rundata r;
	int err;

	if (ncb_verbosity >= 0)
		ncb_progress_within(&b->progress, b->done / b->all, (b->done + weight) / b->all);
	err = ncb_ab_boot(b->w, side, way, link, ncb_ab_side_names[s], &r);
	ncb_progress_within(NULL, 0, 0);
	b->done += weight;
	if (!err)
		err = ncb_ab_add(b->ab, s, &r);
	if (!err && !b->ab->kernel[s].release)
		b->ab->kernel[s].release = ncb_copy(ncb_env_string(&r, "kernel_release", "?"));
	ncb_rundata_free(&r);
	if (err) {
		ncb_progress_end(&b->progress);
		if (err != -EINTR)
			ncb_error("a boot of %s (%s), for %s, failed; link %u", side->label,
				  side->source.title, ways[way].says, link);
	}
	return err;
}

/* A and B in turn, in an order drawn anew for each pair; the links in shuffled rounds. */
static int boot_pairs(struct booting *b)
{
	const struct ncb_ab_options *o = b->w->o;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	uint32_t order[NCB_LINKS_MAX], i, k;
	int err = 0;

	gsl_rng_set(rng, (unsigned long)o->seed);
	for (i = 0; i < o->links; i++)
		order[i] = i;
	for (i = 0; i < o->boots && !err; i++) {
		if (i % o->links == 0)
			gsl_ran_shuffle(rng, order, o->links, sizeof(*order));
		k = gsl_rng_uniform_int(rng, NCB_AB_SIDES);
		err = boot_one(b, k, NCB_WAY_TIME, order[i % o->links]);
		if (!err)
			err = boot_one(b, !k, NCB_WAY_TIME, order[i % o->links]);
	}
	gsl_rng_free(rng);
	return err;
}

static int boot_all(struct ncb_ab_work *w, struct ncb_ab *ab, struct ncb_ab_side *side)
{
	struct booting b = { .w = w, .ab = ab, .side = side };
	double start = ncb_now();
	unsigned int s;
	int err = 0;

	b.all = NCB_AB_SIDES * ((w->target[NCB_WAY_INSN] ? COUNTING_WEIGHT : 0) +
				(w->target[NCB_WAY_TIME] ? w->o->boots : 0.0));
	ncb_progress_start(&b.progress, "boots");
	for (s = 0; s < NCB_AB_SIDES && !err && w->target[NCB_WAY_INSN]; s++)
		err = boot_one(&b, s, NCB_WAY_INSN, 0);
	if (!err && w->target[NCB_WAY_TIME])
		err = boot_pairs(&b);
	ncb_progress_end(&b.progress);
	ab->boot_seconds = ncb_now() - start;
	return err;
}

/* -- how they behave -- */

static json_t *behaviour_of(struct ncb_ab_work *w, struct ncb_ab_side *side)
{
	const struct ncb_build *b = &side->build[NCB_WAY_INSN];
	struct ncb_run_options o = {
		.target = "qemu", .profile = w->o->profile, .cpu = -1, .arch = w->o->arch,
		.kernel = side->packaged ? side->spec : b->image,
		.headers = side->packaged ? NULL : b->dir,
	};
	json_t *out = NULL;
	int verbosity = ncb_verbosity, err;

	ncb_verbosity = verbosity > 0 ? verbosity : -1;
	err = ncb_behaviour_get(&o, &out);
	ncb_verbosity = verbosity;
	if (!err)
		return out;
	json_decref(out);
	return json_pack("{s:s}", "reason", "the guest that was to show it failed");
}

/* Where a kernel's guests count instructions, one more says how its chains behave. */
static void behaviour(struct ncb_ab_work *w, struct ncb_ab *ab, struct ncb_ab_side *side)
{
	unsigned int s;

	if (!w->target[NCB_WAY_INSN])
		return;
	ncb_say("behaviour: two more guests say how the kernels' chains behave");
	ab->behaviour = json_object();
	for (s = 0; s < NCB_AB_SIDES && !ncb_interrupted; s++)
		json_object_set_new(ab->behaviour, ncb_ab_side_names[s], behaviour_of(w, &side[s]));
}

/* -- what is kept -- */

static char *append_word(char *text, const char *variable, const char *value)
{
	const char *quote = value && strpbrk(value, SHELL_CHARS) ? "'" : "";
	char *longer;

	if (!value)
		return text;
	longer = ncb_format("%s %s=%s%s%s", text, variable, quote, value, quote);
	free(text);
	return longer;
}

/* The command that makes it again, as it would be typed. */
static char *command(const struct ncb_ab_options *o)
{
	char *boots = ncb_format("%u", o->boots), *link = ncb_format("%u", o->links);
	char *seed = ncb_format("%llu", (unsigned long long)o->seed);
	char *text = ncb_copy("make ab");

	text = append_word(text, "TREE", o->tree);
	text = append_word(text, "A", o->side[NCB_AB_A]);
	text = append_word(text, "B", o->side[NCB_AB_B]);
	text = append_word(text, "TARGET", strcmp(o->target, "auto") ? o->target : NULL);
	text = append_word(text, "PROFILE", o->profile);
	text = append_word(text, "ROWS", o->rows);
	text = append_word(text, "ARCH", o->arch);
	text = append_word(text, "CONFIG", o->config);
	text = append_word(text, "BOOTS", boots);
	text = append_word(text, "LINKS", link);
	text = append_word(text, "STORM", o->storm ? "1" : NULL);
	text = append_word(text, "SEED", seed);
	free(boots);
	free(link);
	free(seed);
	return text;
}

/* A configuration in words; a distribution sets thousands. */
static char *config_summary(const char *path)
{
	char *text = ncb_read_file(path, NULL), *at = text;
	unsigned int n = 0;

	while (at && (at = strstr(at, "=y\n"))) {
		at++;
		n++;
	}
	free(text);
	return ncb_format("trimmed: %u options are set", n);
}

static void describe_build(struct ncb_ab_kernel *k, const struct ncb_flavour *f,
			   const struct ncb_build *b)
{
	struct ncb_ab_build *out;
	uint32_t i;

	k->build = ncb_grow(k->build, k->builds + 1, sizeof(*k->build));
	out = &k->build[k->builds++];
	*out = (struct ncb_ab_build) {
		.flavour = ncb_copy(f->name), .config = config_summary(b->config),
		.links = b->links, .layouts = b->links,
		.layout = ncb_alloc(b->links + 1, sizeof(*out->layout)),
		.text = b->text, .data = b->data, .bss = b->bss, .file = b->file,
		.seconds = b->seconds,
	};
	for (i = 0; i < b->links; i++)
		out->layout[i] = ncb_copy(b->layout[i]);
}

static void describe(const struct ncb_ab_work *w, const struct ncb_ab_side *side, struct ncb_ab *ab)
{
	char date[32];
	time_t now = time(NULL);
	unsigned int s;
	int way;

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	ab->suite_version = ncb_copy(NCB_VERSION);
	ab->revision = ncb_copy(NCB_REVISION);
	ab->date = ncb_copy(date);
	ab->command = command(w->o);
	ab->profile = ncb_copy(w->o->profile);
	ab->seed = w->o->seed;
	for (s = 0; s < NCB_AB_SIDES; s++) {
		struct ncb_ab_kernel *k = &ab->kernel[s];

		k->spec = ncb_copy(side[s].spec);
		k->title = ncb_copy(side[s].source.title);
		k->source = side[s].source.id ? ncb_copy(side[s].source.id) : NULL;
		for (way = 0; way < NCB_WAYS; way++) {
			if (side[s].built[way])
				describe_build(k, flavour(w, way), &side[s].build[way]);
			if (side[s].built[way])
				ab->build_seconds += side[s].build[way].seconds;
		}
	}
	if (w->why[NCB_WAY_INSN])
		ab->missing[NCB_INSN] = ncb_copy(w->why[NCB_WAY_INSN]);
	if (w->why[NCB_WAY_TIME])
		ab->missing[NCB_NS] = ncb_copy(w->why[NCB_WAY_TIME]);
	if (!side[NCB_AB_A].packaged && !side[NCB_AB_B].packaged)
		ncb_source_difference(&side[NCB_AB_A].source, &side[NCB_AB_B].source,
				      &ab->difference);
}

/* Whether some row got slower, or takes more instructions, by more than was allowed. */
static bool regressed(const struct ncb_ab_options *o, const struct ncb_ab *ab)
{
	struct ncb_ab_view *v = ncb_ab_view_new(ab);
	const struct ncb_comparison *c[] = { v->insn, v->time };
	bool found = false;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(c); i++)
		for (k = 0; c[i] && k < c[i]->pairs; k++)
			found |= c[i]->pair[k].verdict == NCB_MORE &&
				 c[i]->pair[k].change.ci.value > o->fail_beyond;
	ncb_ab_view_free(v);
	return found;
}

/* @err: what ended the boots, or 0. */
static int keep(const struct ncb_ab_options *o, struct ncb_ab *ab, int err)
{
	bool whole = !err && !ncb_interrupted;

	if (!ncb_ab_has_boots(ab)) {
		ncb_error("nothing was measured");
		return err ? ncb_exit_code(err) : NCB_EXIT_FAILED;
	}
	ab->interrupted = !whole;
	/* What is there is kept, whoever wants it to end. */
	ncb_interrupted = 0;
	err = ncb_ab_finish(ab);
	if (!err) {
		ncb_ab_text(ab, stdout, false);
		fflush(stdout);
		ncb_say("kept in %s (report.txt, report.html)", ab->dir);
	}
	if (err || !whole)
		return NCB_EXIT_FAILED;
	return o->fail_on && regressed(o, ab) ? NCB_EXIT_REGRESSION : NCB_EXIT_OK;
}

/** ncb_ab_close - give back what ncb_ab_open() and building gave */
void ncb_ab_close(struct ncb_ab_side *side)
{
	int way;

	ncb_source_free(&side->source);
	for (way = 0; way < NCB_WAYS; way++) {
		ncb_build_free(&side->build[way]);
		free(side->module[way]);
	}
	memset(side, 0, sizeof(*side));
}

/** ncb_ab_work_end - give back the reasons */
void ncb_ab_work_end(struct ncb_ab_work *w)
{
	int way;

	for (way = 0; way < NCB_WAYS; way++)
		free(w->why[way]);
}

static int measure_two(struct ncb_ab_options *o, struct ncb_ab_work *w, const char *dir)
{
	struct ncb_ab_side side[NCB_AB_SIDES] = {
		{ .label = "A", .spec = o->side[NCB_AB_A] },
		{ .label = "B", .spec = o->side[NCB_AB_B] },
	};
	double start = ncb_now();
	struct ncb_ab ab;
	int err, code;

	ncb_ab_init(&ab);
	err = ncb_ab_open(w, &side[NCB_AB_A]);
	if (!err)
		err = ncb_ab_open(w, &side[NCB_AB_B]);
	if (!err)
		err = ncb_ab_choose_ways(w, side, NCB_AB_SIDES);
	if (!err)
		err = ncb_ab_build_all(w, side, NCB_AB_SIDES);
	if (!err)
		err = ncb_ab_begin(&ab, dir);
	if (err) {
		code = ncb_exit_code(err);
		goto out;
	}
	describe(w, side, &ab);
	err = boot_all(w, &ab, side);
	if (!err)
		behaviour(w, &ab, side);
	ab.all_seconds = ncb_now() - start;
	code = keep(o, &ab, err);
out:
	ncb_ab_free(&ab);
	ncb_ab_close(&side[NCB_AB_A]);
	ncb_ab_close(&side[NCB_AB_B]);
	return code;
}

/* The rows that are asked for, before minutes of building. */
static int check_rows(const struct ncb_ab_options *o)
{
	struct ncb_rundata r;
	int code = NCB_EXIT_OK;

	ncb_rundata_init(&r);
	if (ncb_plan(&r, ncb_profile_find(o->profile), o->bisect ? o->row : o->rows, NULL)) {
		code = NCB_EXIT_USAGE;
	} else if (o->bisect && r.nrows != 1) {
		ncb_error("row: '%s' is %zu rows; name one ('ncbench list rows' shows them)", o->row,
			  r.nrows);
		code = NCB_EXIT_USAGE;
	}
	ncb_rundata_free(&r);
	return code;
}

static int check(const struct ncb_ab_options *o)
{
	if (!ncb_profile_find(o->profile)) {
		ncb_error("unknown profile '%s'; valid: quick, default, full", o->profile);
		return NCB_EXIT_USAGE;
	}
	if (o->name && !ncb_good_run_name(o->name)) {
		ncb_error("'%s' is no name for a result: letters, digits and . _ - + only", o->name);
		return NCB_EXIT_USAGE;
	}
	if (strcmp(o->target, "auto") && strcmp(o->target, "qemu") && strcmp(o->target, "uml")) {
		ncb_error("target '%s' is not valid here: qemu counts instructions, uml measures time, auto does both",
			  o->target);
		return NCB_EXIT_USAGE;
	}
	if (o->config && access(o->config, R_OK) < 0) {
		ncb_error("cannot read the options in %s: %s", o->config, strerror(errno));
		return NCB_EXIT_USAGE;
	}
	return ncb_machine_check(o->arch) ? NCB_EXIT_USAGE : check_rows(o);
}

/**
 * ncb_ab_and_keep - measure two kernels, keep the result, print the report
 * @o: options, as parsed
 *
 * Return: an exit code, everything else having been said.
 */
int ncb_ab_and_keep(struct ncb_ab_options *o)
{
	char *results = ncb_format("%s/results", ncb_top()), *dir = NULL, *made = NULL;
	struct ncb_ab_work w = { .o = o };
	time_t now = time(NULL);
	int code = check(o);
	char date[32];

	if (code)
		goto out;
	w.profile = ncb_profile_find(o->profile);
	if (!o->results)
		o->results = results;
	if (!o->seed)
		o->seed = (uint64_t)now;
	/* Counts are wanted, also where KVM works and would give time. */
	setenv("NCBENCH_ACCEL", "tcg", 1);
	if (!o->name) {
		strftime(date, sizeof(date), "%Y%m%d-%H%M%S", localtime(&now));
		made = ncb_format("%s-%s-%s", date, o->bisect ? "bisect" : "ab", o->profile);
		o->name = made;
	}
	dir = ncb_format("%s/%s", o->results, o->name);
	if (ncb_run_check_place(o->results, dir))
		code = NCB_EXIT_FAILED;
	else
		code = o->bisect ? ncb_ab_bisect(o, &w) : measure_two(o, &w, dir);
	ncb_ab_work_end(&w);
	if (ncb_interrupted)
		ncb_say("interrupted: what was built to its end is kept");
	ncb_run_give_to_owner(o->results);
out:
	free(dir);
	free(made);
	free(results);
	return code;
}
