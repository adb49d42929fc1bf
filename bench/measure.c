// SPDX-License-Identifier: GPL-2.0-only
/*
 * The measuring half: loads the module, has it measure the rows of the plan,
 * keeps the raw samples. It runs as root in the kernel under test, on the host
 * or in a guest. It knows neither the target, which gives it a device to ask,
 * nor statistics.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "env.h"
#include "events.h"
#include "target/target.h"

/* How long the slowest arm's batch may take: short against a timer tick. */
#define BATCH_NS	20000

/* With a precision: loadings and samples that a run has at most, so that it can be read. */
#define MANY_RELOADS	1000
#define MANY_SAMPLES	(1u << 24)

struct clock_reading {
	uint64_t ticks, ns;
};

/**
 * struct measuring - a run being measured
 * @o, @d, @r: see ncb_measure()
 * @progress, @data: likewise
 * @cpu: that measures
 * @first, @last: the clock at the beginning and now
 * @started: ncb_now() of the beginning
 * @section: what wants to know when the kernel is measured, or NULL
 * @due: rows that are measured in this loading: with @more, those not reached
 * @more: the reloads of the profile are done, what follows is for the precision
 */
struct measuring {
	const struct ncb_run_options *o;
	struct ncb_device *d;
	struct ncb_rundata *r;
	void (*progress)(void *data, double share, const char *detail);
	void *data;
	int cpu;
	struct clock_reading first, last;
	double started;
	const struct ncb_section *section;
	size_t due;
	bool more;
};

static int choose_cpu(int wanted)
{
	char isolated[128] = "";
	cpu_set_t set;
	int cpu, last = -1;

	if (wanted >= 0)
		return wanted;
	ncb_read_line("/sys/devices/system/cpu/isolated", isolated, sizeof(isolated));
	if (isolated[0] >= '0' && isolated[0] <= '9')
		return atoi(isolated);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			last = cpu;
	return last < 0 ? 0 : last;
}

/**
 * ncb_measuring_cpu - the CPU that will measure
 * @wanted: as asked for, or -1
 * @r: gets it in its environment
 *
 * CPUs kept free of other work come first, then the last one that we may use.
 *
 * Return: its number.
 */
int ncb_measuring_cpu(int wanted, struct ncb_rundata *r)
{
	char text[16];
	int cpu = choose_cpu(wanted);

	snprintf(text, sizeof(text), "%d", cpu);
	ncb_env_set(r, "measuring_cpu", text);
	return cpu;
}

/* Where this program might run before the rows; the kernel takes longer sets than it has CPUs. */
#define CPUS_ROOM	65536
static cpu_set_t allowed[CPUS_ROOM / CPU_SETSIZE];
static bool bound;

static int bind_to(int cpu)
{
	cpu_set_t set;

	bound = bound || sched_getaffinity(0, sizeof(allowed), allowed) == 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0) {
		int err = -errno;

		ncb_error("cannot run on CPU %d: %s; is it online? CPU= (--cpu) chooses another", cpu,
			  strerror(-err));
		return err;
	}
	return 0;
}

/** ncb_anywhere - what binds the rows to one CPU, and hurries them, is nothing for what follows */
void ncb_anywhere(void)
{
	/* But taskset is: it was meant. */
	if (bound)
		sched_setaffinity(0, sizeof(allowed), allowed);
	setpriority(PRIO_PROCESS, 0, 0);
}

static int read_info(struct ncb_device *d, struct ncb_rundata *r, struct clock_reading *at)
{
	struct ncb_info info;
	int err = d->ioctl(d, NCB_IOC_INFO, &info);

	if (err) {
		ncb_error("%s does not answer: %s; is it of this version?", d->name,
			  strerror(-err));
		return err;
	}
	if (info.abi != NCB_ABI) {
		ncb_error("%s speaks ABI %u, this program %u", d->name, info.abi, NCB_ABI);
		return -EPROTO;
	}
	r->features = info.features;
	r->known_insn = info.known_insn;
	ncb_env_set(r, "clock", info.clock);
	*at = (struct clock_reading) { info.ticks, info.ktime_ns };
	return 0;
}

/*
 * What the module counted, slot by slot; the other slots were not counted in this
 * pass. Where one event stopped counting half-way, reading took less from then
 * on, which the differences of the others have in them: none of that row counts.
 */
static void keep_samples(struct ncb_rundata *r, struct ncb_raw raw, const struct ncb_run *run)
{
	const struct ncb_sample *s = (const void *)(uintptr_t)run->samples;
	const uint64_t *counted = (const void *)(uintptr_t)run->counts;
	uint64_t counts[NCB_EVENTS_MAX], i;
	bool whole = true;
	uint32_t k;

	for (k = 0; k < run->events; k++)
		whole &= run->event[k].status == NCB_EVENT_OK;
	for (i = 0; i < run->count; i++) {
		for (k = 0; k < r->slots; k++)
			counts[k] = whole && k < run->events ? counted[i * run->events + k] : NCB_COUNT_NONE;
		raw.s = s[i];
		ncb_rundata_add(r, &raw, counts);
	}
}

static void keep_place(struct ncb_row *row, const struct ncb_place *p, bool known,
		       uint64_t interrupts)
{
	struct ncb_row_place *to = &row->place;
	double share = p->known & NCB_PLACE_FREQUENCY ? (double)p->aperf / p->mperf : 0;

	to->interrupted |= known;
	to->interrupts += interrupts;
	to->steal_ns += p->steal_ns;
	to->smis += p->smis;
	if (share > 0) {
		to->low = to->known & NCB_PLACE_FREQUENCY && to->low < share ? to->low : share;
		to->high = to->high > share ? to->high : share;
	}
	to->known |= p->known;
}

/*
 * What the module says of the arms; one that failed in one reload has failed. One
 * that is missing in some only is there: batches are calibrated anew in each
 * reload, and a planted share may find them too short once.
 */
static void keep_arms(struct ncb_row *row, const struct ncb_run *run, bool first)
{
	uint32_t i;

	for (i = 0; i < row->arms; i++) {
		struct ncb_row_arm *to = &row->arm[i];
		const struct ncb_arm *from = &run->arm[i];

		to->facts |= from->facts;
		to->clones = from->clones;
		to->node_size = from->node_size;
		to->head_size = from->head_size;
		if (from->status == NCB_ARM_WRONG ? to->status != NCB_ARM_WRONG :
		    first || (from->status == NCB_ARM_OK && to->status == NCB_ARM_MISSING)) {
			to->status = from->status;
			snprintf(to->message, sizeof(to->message), "%s", from->message);
		}
	}
	row->iters = run->iters;
	if (run->memory > row->memory)
		row->memory = run->memory;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/**
 * struct buffer - what the module writes into, touched beforehand: its copies meet no
 *	page fault between samples
 */
struct buffer {
	struct ncb_sample *samples;
	uint64_t *counts;
};

static int measure_row(struct measuring *m, uint32_t index, uint32_t reload, uint32_t pass,
		       const struct buffer *buffer)
{
	struct ncb_rundata *r = m->r;
	struct ncb_row *row = &r->rows[index];
	struct ncb_run run = {
		.abi = NCB_ABI,
		.type = row->type,
		.op = row->op,
		.length = row->length,
		.position = row->position,
		.callbacks = row->callbacks,
		.placement = row->placement,
		.cache = row->cache,
		.arms = row->arms,
		.blocks = r->blocks,
		.batch_ns = BATCH_NS,
		.seed = mix(r->seed + ((uint64_t)reload << 32) + index),
		/* As many in each pass, so that the passes measure the same. */
		.iters = pass ? row->iters : 0,
		.samples = (uintptr_t)buffer->samples,
		.counts = (uintptr_t)buffer->counts,
		.capacity = (uint64_t)row->arms * r->blocks * NCB_SAMPLES_PER_BLOCK,
	};
	uint64_t before = 0, after = 0;
	bool known;
	uint32_t i;
	int err;

	ncb_events_request(r, pass, &run);
	for (i = 0; i < row->arms; i++) {
		snprintf(run.arm[i].engine, sizeof(run.arm[i].engine), "%s", row->arm[i].engine);
		run.arm[i].flags = row->arm[i].flags;
	}
	known = ncb_env_interrupts("", m->cpu, &before);
	if (m->section && m->section->begin(m->section->data))
		return -ECANCELED;
	err = m->d->ioctl(m->d, NCB_IOC_RUN, &run);
	if (m->section)
		m->section->end(m->section->data);
	known = ncb_env_interrupts("", m->cpu, &after) && known;
	if (err == -EBUSY)
		ncb_error("another measurement is running in %s; wait for it", m->d->name);
	else if (err && err != -EINTR)
		ncb_error("row %s: %s%s%s", row->id, strerror(-err), run.message[0] ? ": " : "",
			  run.message);
	if (!err || err == -EINTR) {
		keep_arms(row, &run, !reload && !pass);
		keep_samples(r, (struct ncb_raw) { .row = index, .reload = reload, .pass = pass },
			     &run);
		keep_place(row, &run.place, known, after - before);
		ncb_events_note(r, pass, &run, row->id);
	}
	return err;
}

/* Known from the first row on, so that what is kept half-way has the right unit. */
static void update_rate(struct measuring *m)
{
	if (read_info(m->d, m->r, &m->last) == 0 && m->last.ns > m->first.ns)
		m->r->tick_hz = (m->last.ticks - m->first.ticks) * 1e9 /
				(m->last.ns - m->first.ns);
}

/* Instructions are exact: nothing follows the reloads of the profile. */
static bool may_take_longer(const struct measuring *m)
{
	return m->o->enough && m->r->known_insn != NCB_KNOWN_INSN;
}

static bool time_is_over(const struct measuring *m)
{
	return ncb_now() - m->started >= m->o->time_limit;
}

/*
 * With a precision nobody knows how long it takes, but how long at most: the bar
 * is that of the time limit, and of the reloads where these take longer.
 */
static void show_progress(const struct measuring *m, uint32_t reload, size_t row)
{
	const struct ncb_rundata *r = m->r;
	double share = (reload + (double)row / r->nrows) / r->reloads, time;
	char detail[160];

	if (!m->progress)
		return;
	if (may_take_longer(m)) {
		time = (ncb_now() - m->started) / m->o->time_limit;
		share = m->more || time < share ? time : share;
	}
	if (m->more)
		snprintf(detail, sizeof(detail), "at most; not precise yet: %zu of %zu rows, %s",
			 m->due, r->nrows, r->rows[row].id);
	else
		snprintf(detail, sizeof(detail), "%s", r->rows[row].id);
	m->progress(m->data, share, detail);
}

/*
 * A row in all passes. One that the first has no samples of has nothing to count,
 * and no number of iterations to give to the others.
 */
static int measure_passes(struct measuring *m, uint32_t index, uint32_t reload,
			  const struct buffer *buffer)
{
	size_t before = m->r->nsamples;
	uint32_t pass;
	int err = 0;

	for (pass = 0; pass < m->r->passes && !err; pass++) {
		err = ncb_interrupted ? -EINTR : measure_row(m, index, reload, pass, buffer);
		if (m->r->nsamples == before)
			break;
	}
	return err;
}

static int measure_rows(struct measuring *m, uint32_t reload)
{
	struct ncb_rundata *r = m->r;
	size_t room = (size_t)NCB_ARMS_MAX * r->blocks * NCB_SAMPLES_PER_BLOCK;
	struct buffer buffer = {
		.samples = ncb_alloc(room, sizeof(*buffer.samples)),
		.counts = ncb_alloc(room, NCB_EVENTS_MAX * sizeof(*buffer.counts)),
	};
	size_t i;
	int err = 0;

	memset(buffer.samples, 0xff, room * sizeof(*buffer.samples));
	memset(buffer.counts, 0xff, room * NCB_EVENTS_MAX * sizeof(*buffer.counts));
	for (i = 0; i < r->nrows && !err; i++) {
		if (m->more && (r->rows[i].reached || time_is_over(m)))
			continue;
		update_rate(m);
		show_progress(m, reload, i);
		err = measure_passes(m, i, reload, &buffer);
	}
	free(buffer.samples);
	free(buffer.counts);
	return err;
}

/* With the first loading: what counts does not change with the others. */
static int arrange_events(struct measuring *m)
{
	struct ncb_rundata *r = m->r;
	const char *list = m->o->events ? m->o->events : NCB_EVENTS_AUTO;
	int err;

	ncb_env_set(r, "events", list);
	err = ncb_events_choose(r, list);
	if (!err)
		err = ncb_events_arrange(r, m->d);
	/* From now on, for what is kept half-way, and for a precision. */
	ncb_run_choose_metric(r, false);
	return err ? err : ncb_result_check_plan(r);
}

static int one_load(struct measuring *m, uint32_t reload)
{
	struct ncb_device *d = m->d;
	struct clock_reading at;
	int err;

	err = d->load(d);
	if (err)
		return err;
	err = d->open(d);
	if (err) {
		d->unload(d);
		return err;
	}
	err = read_info(d, m->r, reload ? &at : &m->first);
	if (!err && !reload && !m->section)
		err = arrange_events(m);
	if (!err && m->section)
		err = m->section->opened(m->section->data);
	if (!err)
		err = measure_rows(m, reload);
	while (!err && m->section && m->section->again(m->section->data)) {
		m->r->nsamples = 0;	/* nobody's */
		err = measure_rows(m, reload);
	}
	if (m->section)
		m->section->closing(m->section->data);
	if (!err || err == -EINTR)
		update_rate(m);
	d->close(d);
	if (d->unload(d) && !err)
		err = -EBUSY;
	return err;
}

/* Loads and measures what is not precise enough, until it is or may not go on. */
static int measure_until_precise(struct measuring *m)
{
	const struct ncb_run_options *o = m->o;
	struct ncb_rundata *r = m->r;
	size_t i;
	int err;

	m->more = true;
	for (;;) {
		for (i = m->due = 0; i < r->nrows; i++) {
			if (!r->rows[i].reached)
				r->rows[i].reached = o->enough(o->enough_data, r, i);
			m->due += !r->rows[i].reached;
		}
		if (!m->due)
			r->stopped = NCB_STOPPED_PRECISION;
		else if (time_is_over(m))
			r->stopped = NCB_STOPPED_TIME;
		else if (r->reloads >= MANY_RELOADS || r->nsamples >= MANY_SAMPLES)
			r->stopped = NCB_STOPPED_SIZE;
		else if ((err = one_load(m, r->reloads++)))
			return err;
		if (r->stopped != NCB_STOPPED_FIXED)
			return 0;
	}
}

/**
 * ncb_measure - measure the rows of the plan
 * @o: options: the CPU, when it is enough
 * @d: what measures: the module in this kernel, or what stands in for it
 * @r: rows, reloads, blocks and seed are read; samples, features, clock rate
 *	and what the module says of the arms are written; with a precision also
 *	the number of reloads, what stopped it, and which rows reached it
 * @progress: called before each row, or NULL
 * @data: passed to @progress
 *
 * Return: 0 or -errno with a message; -EINTR after a signal, with what was
 * measured until then in @r and @r->interrupted set.
 */
int ncb_measure(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		void (*progress)(void *data, double share, const char *detail), void *data)
{
	struct measuring m = {
		.o = o, .d = d, .r = r, .progress = progress, .data = data,
		.started = ncb_now(), .due = r->nrows,
	};
	struct ncb_cpu_time before, after;
	uint32_t i;
	int err, cpu = ncb_measuring_cpu(o->cpu, r);

	m.cpu = cpu;
	err = bind_to(cpu);
	if (err)
		return err;
	before = ncb_env_cpu_time("", cpu);
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		ncb_detail("cannot raise the priority: %s", strerror(errno));
	for (i = 0; i < r->reloads && !err; i++)
		err = one_load(&m, i);
	if (!err && o->enough)
		err = measure_until_precise(&m);
	ncb_events_finish(r);
	after = ncb_env_cpu_time("", cpu);
	ncb_env_note_cpu_time(r, &before, &after);
	if (err)
		r->interrupted = true;
	return err;
}

/* An arm that fails only while somebody looks has failed all the same. */
static void keep_wrong(struct ncb_rundata *r, const struct ncb_rundata *aside)
{
	size_t i;
	uint32_t a;

	for (i = 0; i < r->nrows; i++) {
		for (a = 0; a < r->rows[i].arms; a++) {
			const struct ncb_row_arm *from = &aside->rows[i].arm[a];
			struct ncb_row_arm *to = &r->rows[i].arm[a];

			if (from->status != NCB_ARM_WRONG || to->status == NCB_ARM_WRONG)
				continue;
			to->status = from->status;
			snprintf(to->message, sizeof(to->message), "%s", from->message);
		}
	}
}

/**
 * ncb_measure_aside - the first loading once more, for somebody who looks on
 * @o, @d, @progress, @data: see ncb_measure(), which was called before
 * @r: the run; no sample is added to it, so that who looks on disturbs none, and
 *	the module opens no counter that would be another's to take. An arm that
 *	fails its check here is marked as one that does
 * @section: who looks on
 *
 * Return: 0 or -errno; -ECANCELED where @section wanted no more.
 */
int ncb_measure_aside(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		      const struct ncb_section *section,
		      void (*progress)(void *data, double share, const char *detail), void *data)
{
	struct ncb_run_options once = *o;
	struct ncb_rundata aside;
	struct measuring m = {
		.o = &once, .d = d, .r = &aside, .progress = progress, .data = data,
		.started = ncb_now(), .section = section, .due = r->nrows,
		.cpu = atoi(ncb_env_string(r, "measuring_cpu", "0")),
	};
	int err;

	once.enough = NULL;
	ncb_rundata_init(&aside);
	aside.seed = r->seed;
	aside.blocks = r->blocks;
	aside.reloads = 1;
	aside.nrows = r->nrows;
	aside.rows = ncb_alloc(r->nrows, sizeof(*aside.rows));
	memcpy(aside.rows, r->rows, r->nrows * sizeof(*aside.rows));
	err = one_load(&m, 0);
	keep_wrong(r, &aside);
	ncb_rundata_free(&aside);
	return err;
}
