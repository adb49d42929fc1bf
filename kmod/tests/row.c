// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "place.h"
#include "row.h"
#include "run.h"

struct asker asker;

struct task_struct *shim_current(void)
{
	static struct task_struct task;

	task.nr_cpus_allowed = asker.cpus;
	return &task;
}

unsigned int shim_cpu(void)
{
	return asker.cpu;
}

bool shim_signal_pending(void)
{
	return asker.signal;
}

void ncb_place_read(struct ncb_place *p)
{
	memset(p, 0, sizeof(*p));
}

void ncb_place_since(struct ncb_place *p, const struct ncb_place *before)
{
}

u32 ncb_features(void)
{
	return ~0u;
}

/** row_reset - a task that is bound to CPU 1, nothing wrong with it */
void row_reset(void)
{
	shim_reset();
	asker = (struct asker) { .cpu = 1, .cpus = 1 };
}

/**
 * row_prepare - a small row of two arms that works
 * @m: gets it
 * @type: enum ncb_type
 * @op: enum ncb_op
 * @events: number of them, all zero
 */
void row_prepare(struct measured *m, u32 type, u32 op, u32 events)
{
	u32 i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < ARRAY_SIZE(m->counts); i++)
		m->counts[i] = UNTOUCHED;
	m->run = (struct ncb_run) {
		.abi = NCB_ABI,
		.type = type,
		.op = op,
		.position = op == NCB_REGISTER ? NCB_POS_HEAD : NCB_POS_NONE,
		.length = 3,
		.arms = 2,
		.blocks = ROW_BLOCKS,
		.batch_ns = 5000,
		.iters = 16,
		.seed = 1,
		.samples = (unsigned long)m->sample,
		.capacity = ROW_SAMPLES,
		.counts = (unsigned long)m->counts,
		.events = events,
	};
	strcpy(m->run.arm[0].engine, "slist");
	strcpy(m->run.arm[1].engine, "dlist");
}

/** row_measure - what the ioctl would do; returns what it would */
int row_measure(struct measured *m)
{
	return ncb_run_row(&m->run);
}

/** row_count - what @event counted in a sample */
u64 row_count(const struct measured *m, u64 sample, u32 event)
{
	return m->counts[sample * m->run.events + event];
}

/** row_base - the base of the same arm and block; NULL: none */
const struct ncb_sample *row_base(const struct measured *m, const struct ncb_sample *s)
{
	u64 i;

	for (i = 0; i < m->run.count; i++)
		if (m->sample[i].kind == NCB_KIND_BASE && m->sample[i].arm == s->arm &&
		    m->sample[i].block == s->block)
			return &m->sample[i];
	return NULL;
}
