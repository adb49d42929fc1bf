// SPDX-License-Identifier: GPL-2.0-only
/*
 * The storms of a run, one after the other; those of a sweep take turns, in shuffled
 * order, so that what the machine does meanwhile hits them all. A storm in which
 * something went wrong is marked and the next one begins: only a call that hangs, or a
 * signal, ends them all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "storming.h"

#define CHECKPOINTS	10

/**
 * struct storming - storms being made
 * @place: where
 * @s: what
 * @folder: of the copies
 * @began: clock when the first of them began; 0: none has
 * @probe: the chain
 * @random: state of the shuffling
 * @rounds: of each storm, as planned
 * @done, @all: rounds; @kept: @done at the last checkpoint
 * @hung: a call did not return: what its thread uses stays until the process ends
 */
struct storming {
	const struct ncb_storm_place *place;
	struct ncb_storms *s;
	char *folder;
	uint64_t began;
	struct ncb_storm_probe probe;
	uint64_t random;
	uint32_t rounds[NCB_STORMS_MAX];
	uint64_t done, all, kept;
	bool hung;
};

/* Storms @first .. @first + @n - 1: a sweep, or one. */
struct group {
	uint32_t first, n;
	struct ncb_payloads payloads;
	struct ncb_storm_pool pool;
	uint64_t counted[NCB_STORM_COUNTERS];
};

static void PRINTF(2, 3) fail(struct ncb_storm *storm, const char *format, ...)
{
	va_list args;

	/* The first that went wrong is the one to know. */
	if (storm->failed)
		return;
	storm->failed = true;
	va_start(args, format);
	vsnprintf(storm->reason, sizeof(storm->reason), format, args);
	va_end(args);
	ncb_error("storm %s: %s", storm->id, storm->reason);
}

/* -- a round -- */

static uint64_t at(const struct storming *g)
{
	return ncb_storm_now() - g->began;
}

/* From the barrier to the last one's end, in both phases; and what of it was in calls. */
static void note_time(struct storming *g, const struct group *group, uint32_t storm, uint32_t round,
		      int phases)
{
	struct ncb_storm_record whole = {
		.storm = storm, .round = round, .what = NCB_STORM_ROUND, .result = group->pool.threads,
	};
	struct ncb_storm *t = &g->s->storm[storm];
	uint32_t i;
	int phase;

	for (phase = 0; phase < phases; phase++) {
		uint64_t first = UINT64_MAX, last = 0;

		for (i = 0; i < group->pool.threads; i++) {
			const struct ncb_storm_worker *w = &group->pool.worker[i];

			first = w->start[phase] < first ? w->start[phase] : first;
			last = w->end[phase] > last ? w->end[phase] : last;
			t->thread_ns += w->end[phase] - w->start[phase];
		}
		if (!phase)
			whole.start_ns = first - g->began;
		whole.ns += last - first;
	}
	ncb_storms_add(g->s, &whole);
}

/* What the threads did becomes records; all calls in one array, malloc'd, to be judged. */
static size_t note_calls(struct storming *g, struct group *group, uint32_t storm, uint32_t round,
			 struct ncb_storm_call **calls)
{
	struct ncb_storm *t = &g->s->storm[storm];
	size_t n = 0, k;
	uint32_t i;

	*calls = NULL;
	for (i = 0; i < group->pool.threads; i++) {
		struct ncb_storm_worker *w = &group->pool.worker[i];

		*calls = ncb_grow(*calls, n + w->calls + 1, sizeof(**calls));
		memcpy(*calls + n, w->call, w->calls * sizeof(**calls));
		n += w->calls;
		for (k = 0; k < w->calls; k++) {
			const struct ncb_storm_call *c = &w->call[k];

			t->inside_ns += c->end - c->start;
			ncb_storms_add(g->s, &(struct ncb_storm_record) {
				.storm = storm, .round = round, .thread = i, .module = c->module,
				.what = c->what, .result = c->result,
				.start_ns = c->start - g->began, .ns = c->end - c->start,
			});
		}
		w->calls = 0;
	}
	return n;
}

/* Announcements of LIVE: the proof of how often a module was really loaded. */
static size_t became_live(const struct ncb_storms *s, size_t from)
{
	size_t n = 0;

	for (; from < s->records; from++)
		n += s->record[from].what == NCB_STORM_LIVE;
	return n;
}

static int note_chain(struct storming *g, const struct group *group, uint32_t storm, uint32_t round,
		      bool cut_short)
{
	struct ncb_storm *t = &g->s->storm[storm];
	uint32_t *task = ncb_alloc(group->pool.threads, sizeof(*task)), i;
	struct ncb_storm_pairing p = {
		.task = task, .threads = group->pool.threads, .storm = storm, .round = round,
		.helpers = t->mode == NCB_STORM_AUTOLOAD, .modules = t->modules, .base = g->began,
	};
	size_t before = g->s->records, live, foreign;
	uint64_t lost = g->probe.lost, calls = g->probe.calls;
	bool some_lost;
	int err;

	for (i = 0; i < group->pool.threads; i++)
		task[i] = atomic_load(&group->pool.worker[i].task);
	err = ncb_storm_probe_drain(&g->probe, &some_lost);
	/* The module lists the chain once: at the first load that the probes see. */
	if (!err && !g->probe.keys)
		err = ncb_storm_probe_chain(&g->probe, g->s);
	if (!err) {
		p.event = g->probe.event;
		p.events = g->probe.events;
		p.key = g->probe.key;
		p.keys = t->traced ? g->probe.keys : 0;
		p.lost = some_lost;
		t->extra_calls += g->probe.calls - calls;
		g->s->lost += g->probe.lost - lost + ncb_storm_pair(&p, g->s, &foreign);
		if (foreign)
			ncb_error("storm %s: round %u: %zu announcements are left out: somebody else loaded or unloaded a module with such a name",
				  t->id, round, foreign);
		live = became_live(g->s, before);
		if ((t->mode == NCB_STORM_DUPLICATE || t->mode == NCB_STORM_COPIES) && live != 1 &&
		    !some_lost && !cut_short)
			fail(t, "round %u: the chain announced %zu modules as live, not 1", round, live);
	}
	free(task);
	return err;
}

/* Nothing of a round stays for the next one, whatever went wrong. */
static int clear(struct ncb_storm *t)
{
	int left = ncb_storm_unload_payloads();

	if (left >= 0 && t->module[0] && ncb_packaged_is_loaded("", t->module))
		left = ncb_storm_unload(t->module) ? -EBUSY : left + 1;

	if (left < 0)
		fail(t, "a module cannot be unloaded after it");
	/* In a mixed storm a thread may find nothing to unload that another one loads later. */
	else if (left && t->mode != NCB_STORM_MIXED && t->mode != NCB_STORM_AUTOLOAD)
		fail(t, "%d modules were still loaded at its end", left);
	return left < 0 ? left : 0;
}

/* What was announced since the last round is of nobody: what it left was unloaded. */
static int prepare_chain(struct storming *g, const struct ncb_storm *t)
{
	int err = ncb_storm_probe_set(&g->probe, t);
	bool lost;

	return err ? err : ncb_storm_probe_drain(&g->probe, &lost);
}

/* Not @kept: its time and its counts are nobody's; see do_sampled_round(). */
static int do_round(struct storming *g, struct group *group, uint32_t storm, bool kept)
{
	struct ncb_storm *t = &g->s->storm[storm];
	struct ncb_storm_pool *pool = &group->pool;
	int phases = ncb_storm_two_phases(t->mode) ? 2 : 1, phase, err;
	uint32_t round = t->rounds;
	struct ncb_storm_count *stats;
	size_t n = ncb_storm_module_stats("", &stats), calls, memories;
	struct ncb_storm_call *call;
	char why[NCB_STORM_TEXT], *wrong;

	pool->storm = t;
	pool->round = round;
	memset(pool->loaded, 0, t->modules * sizeof(*pool->loaded));
	err = prepare_chain(g, t);
	if (err) {
		fail(t, "the probes cannot be set: %s", strerror(-err));
		goto out;
	}
	t->probe_ns = g->probe.info.probe_ns;
	memories = g->s->memories;
	ncb_storm_note_memory(g->s, storm, round, 0, at(g));
	for (phase = 0; phase < phases && !err; phase++) {
		if (phase)
			ncb_storm_note_memory(g->s, storm, round, 1, at(g));
		err = ncb_storm_pool_phase(pool, phase, why);
	}
	if (err) {
		/* What was not finished is no round. */
		g->s->memories = memories;
		fail(t, "%s", why);
		goto out;
	}
	t->rounds++;
	note_time(g, group, storm, round, phases);
	calls = note_calls(g, group, storm, round, &call);
	if (kept)
		ncb_storm_counters_take(pool, t, group->counted);
	err = note_chain(g, group, storm, round, atomic_load(&pool->stop));
	wrong = ncb_storm_judge(t, call, calls, atomic_load(&pool->stop));
	if (wrong)
		fail(t, "round %u: %s", round, wrong);
	free(wrong);
	free(call);
	if (!err)
		err = clear(t);
	if (kept)
		ncb_storm_stats_add(t, stats, n);
	ncb_storm_note_memory(g->s, storm, round, 2, at(g));
out:
	free(stats);
	return err;
}

static void keep_looks(struct ncb_storms *s, uint32_t storm, const struct ncb_storm_sampler *m)
{
	size_t i;

	s->memory = ncb_grow(s->memory, s->memories + m->looks, sizeof(*s->memory));
	for (i = 0; i < m->looks; i++) {
		struct ncb_storm_memory *to = &s->memory[s->memories++];

		*to = m->look[i];
		to->storm = storm;
		to->round = s->storm[storm].rounds;
		to->moment = 3;
	}
}

/*
 * One round more, in which somebody looks at the memory all the time: what loads take
 * while they are under way is given back before the last of them returns. It is
 * checked as the others are; but its latencies have the looks in them.
 */
static int do_sampled_round(struct storming *g, struct group *group, uint32_t storm)
{
	struct ncb_storm *t = &g->s->storm[storm];
	size_t records = g->s->records, memories = g->s->memories;
	uint64_t inside_ns = t->inside_ns, thread_ns = t->thread_ns, lost = g->s->lost;
	uint32_t rounds = t->rounds;
	struct ncb_storm_sampler sampler;
	int err = ncb_storm_sampler_start(&sampler, g->began);

	if (err) {
		ncb_error("storm %s: its memory while loading is not known, nobody can look: %s",
			  t->id, strerror(-err));
		return 0;
	}
	err = do_round(g, group, storm, false);
	ncb_storm_sampler_stop(&sampler);
	g->s->records = records;
	g->s->memories = memories;
	g->s->lost = lost;
	t->inside_ns = inside_ns;
	t->thread_ns = thread_ns;
	t->rounds = rounds;
	if (!err && !t->failed && !atomic_load(&group->pool.stop))
		keep_looks(g->s, storm, &sampler);
	free(sampler.look);
	return err;
}

/* -- groups -- */

/* xorshift64*: the same seed, the same order. */
static uint32_t draw(struct storming *g, uint32_t below)
{
	g->random ^= g->random >> 12;
	g->random ^= g->random << 25;
	g->random ^= g->random >> 27;
	return (g->random * 0x2545f4914f6cdd1dull >> 32) % below;
}

static void shuffle(struct storming *g, uint32_t *order, uint32_t n)
{
	uint32_t i, k, swap;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; i > 1; i--) {
		k = draw(g, i);
		swap = order[k];
		order[k] = order[i - 1];
		order[i - 1] = swap;
	}
}

static void tell(struct storming *g, const struct ncb_storm *t)
{
	char detail[160];

	snprintf(detail, sizeof(detail), NCB_STORM_DOING "%s", t->id);
	if (g->place->progress)
		g->place->progress(g->place->data, (double)g->done / g->all, detail);
}

static void keep(struct storming *g);

/* Each round of all storms, in an order of its own, until one of them cannot go on. */
static int do_rounds(struct storming *g, struct group *group, uint32_t rounds)
{
	uint32_t order[NCB_STORMS_MAX], round, i;
	int err = 0;

	for (round = 0; round < rounds && !err; round++) {
		shuffle(g, order, group->n);
		for (i = 0; i < group->n && !err; i++) {
			uint32_t storm = group->first + order[i];

			if (ncb_interrupted)
				return -EINTR;
			tell(g, &g->s->storm[storm]);
			g->done++;
			if (g->s->storm[storm].failed)
				continue;
			err = do_round(g, group, storm, true);
		}
		/* A sweep may be most of it all. */
		if (!err)
			keep(g);
	}
	/* Where a round has a moment in which all is loaded, there may have been more before. */
	for (i = 0; i < group->n && !err && !ncb_interrupted; i++) {
		const struct ncb_storm *t = &g->s->storm[group->first + i];

		if (ncb_storm_two_phases(t->mode) && !t->failed)
			err = do_sampled_round(g, group, group->first + i);
	}
	return ncb_interrupted ? -EINTR : err;
}

/* A sentence where it cannot be made here. */
static const char *impossible(const struct storming *g, const struct ncb_storm *t)
{
	if (t->mode == NCB_STORM_AUTOLOAD && !g->place->guest)
		return "only in a guest: the system's module loading configuration is not changed";
	if (t->mode == NCB_STORM_AUTOLOAD && !(g->probe.info.features & NCB_STORM_FEAT_REQUEST))
		return "this kernel has no request_module()";
	if (t->traced && !(g->probe.info.features & NCB_STORM_FEAT_TRACEPOINT))
		return "this kernel has no tracepoint notifier:notifier_run";
	/*
	 * Its code is patched by int3, whose handler runs a notifier chain; QEMU's CPUs may see
	 * the int3 after it is gone.
	 */
	if (t->traced && g->place->guest && g->s->cpus > 1)
		return "a guest of several CPUs was seen to panic where this tracepoint is turned on";
	return NULL;
}

/*
 * Its storms one after the other or in turns. Only where nothing more can be done is
 * there an error: a call hangs, the probes do not answer, a signal came.
 */
static int do_group(struct storming *g, uint32_t first, uint32_t n)
{
	struct group *group;
	struct ncb_storm *t = &g->s->storm[first];
	const char *why = impossible(g, t);
	uint32_t rounds = g->rounds[first], i;
	int err;

	for (i = 0; i < n; i++)
		t[i].reason[0] = '\0';
	if (why) {
		for (i = 0; i < n; i++)
			snprintf(t[i].reason, sizeof(t[i].reason), "%s", why);
		g->done += (uint64_t)rounds * n;
		return 0;
	}
	/* Not on the stack: a call that hangs may come back when nobody is there any more. */
	group = ncb_alloc(1, sizeof(*group));
	*group = (struct group){ .first = first, .n = n, .payloads.dir = g->folder };
	err = ncb_payloads_open(&group->payloads, g->place->payload, t);
	if (err) {
		for (i = 0; i < n; i++)
			fail(&t[i], "its modules cannot be made: %s", strerror(-err));
		free(group);
		return 0;
	}
	for (i = 0; i < n; i++)
		t[i].file_size = group->payloads.size;
	if (t->mode == NCB_STORM_AUTOLOAD)
		err = ncb_autoload_begin(&group->payloads);
	if (!err)
		err = ncb_storm_pool_start(&group->pool, t);
	if (err) {
		fail(t, "its threads cannot be started: %s", strerror(-err));
		goto out;
	}
	group->pool.payloads = &group->payloads;
	group->pool.device = g->probe.fd;
	if (!g->began)
		g->began = ncb_storm_now();
	err = do_rounds(g, group, rounds);
	g->hung = group->pool.hung;
	ncb_storm_pool_end(&group->pool);
out:
	if (t->mode == NCB_STORM_AUTOLOAD)
		t->helpers = ncb_autoload_end();
	if (g->hung)
		return err;
	ncb_payloads_close(&group->payloads);
	free(group);
	return err;
}

static int by_start(const void *a, const void *b)
{
	const struct ncb_storm_record *x = a, *y = b;

	if (x->storm != y->storm)
		return x->storm < y->storm ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->what - y->what;
}

static int by_time(const void *a, const void *b)
{
	const struct ncb_storm_memory *x = a, *y = b;

	if (x->storm != y->storm)
		return x->storm < y->storm ? -1 : 1;
	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

/* As the format wants it, since a sweep's records came in turns. */
static void sort(struct ncb_storms *s)
{
	if (s->records)
		qsort(s->record, s->records, sizeof(*s->record), by_start);
	if (s->memories)
		qsort(s->memory, s->memories, sizeof(*s->memory), by_time);
}

static uint32_t group_size(const struct ncb_storms *s, uint32_t first)
{
	uint32_t n = 1;

	while (s->storm[first].sweep && first + n < s->storms &&
	       s->storm[first + n].sweep == s->storm[first].sweep)
		n++;
	return n;
}

/* What is there is not lost with the machine: a few times in all, for it takes time. */
static void keep(struct storming *g)
{
	if (!g->place->checkpoint || g->done - g->kept < g->all / CHECKPOINTS)
		return;
	g->kept = g->done;
	sort(g->s);
	g->s->interrupted = true;
	g->place->checkpoint(g->place->data);
	g->s->interrupted = false;
}

static int do_all(struct storming *g)
{
	uint32_t i, n;
	int err = 0;

	for (i = 0; i < g->s->storms; i++) {
		struct ncb_storm *t = &g->s->storm[i];

		g->rounds[i] = t->rounds;
		g->all += t->rounds;
		t->rounds = 0;
		snprintf(t->reason, sizeof(t->reason), "not begun: the storms ended before it");
	}
	for (i = 0; i < g->s->storms && !err; i += n) {
		n = group_size(g->s, i);
		err = do_group(g, i, n);
	}
	return err;
}

/* -- the section -- */

static void why_no_callbacks(struct ncb_storms *s)
{
	size_t i;

	snprintf(s->callbacks_why, sizeof(s->callbacks_why), "no storm was asked for that times them");
	for (i = 0; i < s->storms; i++)
		if (s->storm[i].traced)
			snprintf(s->callbacks_why, sizeof(s->callbacks_why), "%s", s->storm[i].reason);
}

/* Callbacks take a hundred times more room: only where the kernel says that they can be traced. */
static int open_probe(struct storming *g)
{
	uint32_t most = ncb_storm_events(g->s, true);
	int err = ncb_storm_probe_open(&g->probe, g->place->storm, ncb_storm_events(g->s, false));

	if (err || !(g->probe.info.features & NCB_STORM_FEAT_TRACEPOINT) ||
	    most <= g->probe.info.records)
		return err;
	ncb_storm_probe_close(&g->probe);
	return ncb_storm_probe_open(&g->probe, g->place->storm, most);
}

/* Without the modules it would be a record of nothing. */
static int storm_all(struct storming *g)
{
	struct ncb_storm_level before;
	int err;

	ncb_storm_level("", &before);
	err = open_probe(g);
	if (err) {
		snprintf(g->s->reason, sizeof(g->s->reason), "ncb_storm.ko cannot be loaded: %s; %s",
			 strerror(-err), ncb_load_advice(-err));
		return err;
	}
	if (g->s->storms && g->s->storm[0].module[0])
		err = ncb_storm_probe_other(&g->probe, g->s->storm[0].module);
	if (!err)
		err = do_all(g);
	sort(g->s);
	why_no_callbacks(g->s);
	/*
	 * The kernel may never come back from taking the probes off a chain on which somebody
	 * hangs, nor from listing its modules: what there is has to be kept first. The device
	 * is closed as the process ends.
	 */
	if (g->hung) {
		snprintf(g->s->leak, sizeof(g->s->leak), "a call hangs: " NCB_STORM_MODULE " and what was loaded then stay until a reboot");
	} else {
		ncb_storm_probe_close(&g->probe);
		ncb_storm_check_leak(g->s, &before);
	}
	if (g->s->leak[0])
		ncb_error("after the storms: %s", g->s->leak);
	return err;
}

/* What a packaged module needs is loaded once, before and not with it. */
static int storm_all_packaged(struct storming *g)
{
	struct ncb_packaged packaged;
	int err;

	if (!g->s->storms || !g->s->storm[0].module[0])
		return storm_all(g);
	err = ncb_packaged_begin(&packaged, g->place->payload, g->s->storm[0].module, g->s->reason);
	if (err)
		ncb_error("no storms: %s", g->s->reason);
	else
		err = storm_all(g);
	if (ncb_packaged_end(&packaged) && !g->s->leak[0])
		snprintf(g->s->leak, sizeof(g->s->leak), "a module that %s needs stays loaded",
			 g->s->storm[0].module);
	return err;
}

/*
 * A load waits for grace periods of RCU, and these for ticks: 12 ms of idling in a load
 * of 0.6 ms. Where the clock counts instructions idle time is none, and what a notifier
 * costs would vanish in the wait for the next tick. So nobody idles there.
 */
static void prepare_guest(struct ncb_rundata *r)
{
	static const char setting[] = "/sys/kernel/rcu_expedited";
	int fd;

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (r->known_insn != NCB_KNOWN_INSN)
		return;
	fd = open(setting, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1\n", 2) == 2)
		ncb_env_set(r, "storm_rcu", "expedited");
	if (fd >= 0)
		close(fd);
}

/**
 * ncb_storm_measure - make the storms that were asked for
 * @o: options
 * @place: where
 * @r: the run; gets the storms
 *
 * Return: 0, also where a storm failed, see ncb_storm_failed(); -EINVAL where the options
 * make no sense; -errno with a message where they ended early, what there is is in @r.
 */
int ncb_storm_measure(const struct ncb_run_options *o, const struct ncb_storm_place *place,
		      struct ncb_rundata *r)
{
	struct storming g = { .place = place, .random = r->seed ? r->seed : 1 };
	int cpu[NCB_STORM_THREADS_MAX], err;

	ncb_storms_free(r->storms);
	r->storms = g.s = ncb_storms_new();
	err = ncb_storm_plan(g.s, o->profile, &o->storm);
	if (err)
		return err;
	if (place->guest)
		prepare_guest(r);
	ncb_anywhere();
	g.s->cpus = ncb_storm_cpus(cpu, ARRAY_SIZE(cpu));
	err = ncb_storm_clean();
	if (err < 0) {
		snprintf(g.s->reason, sizeof(g.s->reason), "what an earlier storm left stays loaded");
		return err;
	}
	if (ncb_storm_in_the_way("", g.s, g.s->reason)) {
		ncb_error("no storms: %s", g.s->reason);
		return -EEXIST;
	}
	g.folder = ncb_storm_make_folder("");
	if (!g.folder) {
		snprintf(g.s->reason, sizeof(g.s->reason), "there is no folder for copies of the modules");
		return -EIO;
	}
	err = ncb_storm_check_limits(g.s, place->payload, g.folder, g.s->reason);
	if (err)
		ncb_error("no storms: %s", g.s->reason);
	else
		err = storm_all_packaged(&g);
	g.s->interrupted = err && !g.s->reason[0];
	ncb_storm_remove_folder(g.folder);
	free(g.folder);
	return err;
}

/** ncb_storm_note_seconds - how long the storms took, by a clock of who waited for them */
void ncb_storm_note_seconds(struct ncb_rundata *r, double seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", seconds);
	ncb_env_set(r, "storm_seconds", text);
	ncb_detail("the storms took %s s", text);
}

/** ncb_storm_failed - whether a storm was not what it had to be, or left something */
bool ncb_storm_failed(const struct ncb_storms *s)
{
	size_t i;

	for (i = 0; s && i < s->storms; i++)
		if (s->storm[i].failed)
			return true;
	return s && s->leak[0];
}
