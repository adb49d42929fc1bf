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
#include "target/target.h"

/* How long the slowest arm's batch may take: short against a timer tick. */
#define BATCH_NS	20000

struct clock_reading {
	uint64_t ticks, ns;
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

static int bind_to(int cpu)
{
	cpu_set_t set;

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

static void keep_samples(struct ncb_rundata *r, uint32_t row, uint32_t reload,
			 const struct ncb_sample *s, uint64_t count)
{
	struct ncb_raw raw = { .row = row, .reload = reload };
	uint64_t i;

	for (i = 0; i < count; i++) {
		raw.s = s[i];
		ncb_rundata_add(r, &raw);
	}
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

static int measure_row(struct ncb_device *d, struct ncb_rundata *r, uint32_t index,
		       uint32_t reload, struct ncb_sample *buffer)
{
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
		.samples = (uintptr_t)buffer,
		.capacity = (uint64_t)row->arms * r->blocks * NCB_SAMPLES_PER_BLOCK,
	};
	uint32_t i;
	int err;

	for (i = 0; i < row->arms; i++) {
		snprintf(run.arm[i].engine, sizeof(run.arm[i].engine), "%s", row->arm[i].engine);
		run.arm[i].flags = row->arm[i].flags;
	}
	err = d->ioctl(d, NCB_IOC_RUN, &run);
	if (err == -EBUSY)
		ncb_error("another measurement is running in %s; wait for it", d->name);
	else if (err && err != -EINTR)
		ncb_error("row %s: %s%s%s", row->id, strerror(-err), run.message[0] ? ": " : "",
			  run.message);
	if (!err || err == -EINTR) {
		keep_arms(row, &run, !reload);
		keep_samples(r, index, reload, buffer, run.count);
	}
	return err;
}

/* Known from the first row on, so that what is kept half-way has the right unit. */
static void update_rate(struct ncb_device *d, struct ncb_rundata *r, const struct clock_reading *first,
			struct clock_reading *last)
{
	if (read_info(d, r, last) == 0 && last->ns > first->ns)
		r->tick_hz = (last->ticks - first->ticks) * 1e9 / (last->ns - first->ns);
}

static int measure_rows(struct ncb_device *d, struct ncb_rundata *r, uint32_t reload,
			const struct clock_reading *first, struct clock_reading *last,
			void (*progress)(void *, double, const char *), void *data)
{
	size_t room = (size_t)NCB_ARMS_MAX * r->blocks * NCB_SAMPLES_PER_BLOCK;
	struct ncb_sample *buffer = ncb_alloc(room, sizeof(*buffer));
	double total = (double)r->reloads * r->nrows;
	size_t i;
	int err = 0;

	/* Touched now, so that the module's copies meet no page fault between samples. */
	memset(buffer, 0xff, room * sizeof(*buffer));
	for (i = 0; i < r->nrows && !err; i++) {
		update_rate(d, r, first, last);
		if (progress)
			progress(data, (reload * r->nrows + i) / total, r->rows[i].id);
		err = ncb_interrupted ? -EINTR : measure_row(d, r, i, reload, buffer);
	}
	free(buffer);
	return err;
}

static int one_load(struct ncb_device *d, struct ncb_rundata *r, uint32_t reload,
		    struct clock_reading *first, struct clock_reading *last,
		    void (*progress)(void *, double, const char *), void *data)
{
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
	err = read_info(d, r, reload ? &at : first);
	if (!err)
		err = measure_rows(d, r, reload, first, last, progress, data);
	if (!err || err == -EINTR)
		update_rate(d, r, first, last);
	d->close(d);
	if (d->unload(d) && !err)
		err = -EBUSY;
	return err;
}

/**
 * ncb_measure - measure the rows of the plan
 * @o: options: the CPU
 * @d: what measures: the module in this kernel, or what stands in for it
 * @r: rows, reloads, blocks and seed are read; samples, features, clock rate
 *	and what the module says of the arms are written
 * @progress: called before each row, or NULL
 * @data: passed to @progress
 *
 * Return: 0 or -errno with a message; -EINTR after a signal, with what was
 * measured until then in @r and @r->interrupted set.
 */
int ncb_measure(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		void (*progress)(void *data, double share, const char *detail), void *data)
{
	struct clock_reading first = { 0 }, last = { 0 };
	uint32_t i;
	int err;

	err = bind_to(ncb_measuring_cpu(o->cpu, r));
	if (err)
		return err;
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		ncb_detail("cannot raise the priority: %s", strerror(errno));
	for (i = 0; i < r->reloads && !err; i++)
		err = one_load(d, r, i, &first, &last, progress, data);
	if (err)
		r->interrupted = true;
	return err;
}
