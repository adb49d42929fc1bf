// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters made inside the kernel. They cannot be grouped; each one is pinned,
 * so that it counts all the time or says that it could not. They count on one
 * CPU, whatever runs there, in kernel mode only.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include "counters.h"

#ifdef CONFIG_PERF_EVENTS

static struct perf_event *open_one(const struct ncb_event *e, u32 cpu)
{
	struct perf_event_attr attr = {
		.type = e->type,
		.size = sizeof(attr),
		.config = e->config,
		.config1 = e->config1,
		.config2 = e->config2,
		.pinned = 1,
		.exclude_user = 1,
		.exclude_hv = 1,
	};

	return perf_event_create_kernel_counter(&attr, cpu, NULL, NULL, NULL);
}

/* A pinned counter that found no room is in the state of an error, for good. */
static bool counts(const struct perf_event *event, u32 cpu)
{
	return READ_ONCE(event->state) == PERF_EVENT_STATE_ACTIVE &&
	       READ_ONCE(event->oncpu) == (int)cpu;
}

/**
 * ncb_counters_open - start counting
 * @c: gets the counters; to be given to ncb_counters_close() in any case
 * @event: what to count; @status and @error are written
 * @n: how many
 * @cpu: where, the one that the calling task is bound to
 *
 * Each is tried by itself: one that cannot be had costs only itself.
 *
 * Context: process context.
 */
void ncb_counters_open(struct ncb_counters *c, struct ncb_event *event, u32 n, u32 cpu)
{
	u32 i;

	memset(c, 0, sizeof(*c));
	c->cpu = cpu;
	c->n = n;
	for (i = 0; i < n; i++) {
		struct perf_event *e = open_one(&event[i], cpu);

		event[i].error = 0;
		event[i].enabled_ns = event[i].running_ns = 0;
		if (IS_ERR(e)) {
			event[i].status = NCB_EVENT_REFUSED;
			event[i].error = -PTR_ERR(e);
			continue;
		}
		c->event[i] = e;
	}
	/* Only now: each that comes may take the place of one before. */
	for (i = 0; i < n; i++)
		if (c->event[i])
			event[i].status = counts(c->event[i], cpu) ? NCB_EVENT_OK :
								     NCB_EVENT_NO_ROOM;
}

/**
 * ncb_counters_read - what has been counted so far
 * @c: counters
 * @value: gets a number for each; NCB_COUNT_NONE where it does not count now
 *
 * As the kernel's own reading of a local counter does it: the PMU brings the
 * number up to date, which is a few instructions where the processor has one
 * to read counters with.
 *
 * A task that was bound to a CPU is somewhere else once that CPU goes offline,
 * some time before its counters are stopped. There is nothing to be read then:
 * it would be another CPU's register, taken for a step of this event.
 *
 * Context: interrupts off.
 */
void ncb_counters_read(const struct ncb_counters *c, u64 *value)
{
	bool here = raw_smp_processor_id() == c->cpu;
	u32 i;

	for (i = 0; i < c->n; i++) {
		struct perf_event *e = c->event[i];

		if (!here || !e || !counts(e, c->cpu)) {
			value[i] = NCB_COUNT_NONE;
			continue;
		}
		e->pmu->read(e);
		value[i] = local64_read(&e->count);
	}
}

/**
 * ncb_counters_settle - how it went
 * @c: counters
 * @event: gets for how long each was wanted and really counted, and whether one
 *	that had counted does not any more
 *
 * Context: process context.
 */
void ncb_counters_settle(const struct ncb_counters *c, struct ncb_event *event)
{
	u32 i;

	for (i = 0; i < c->n; i++) {
		u64 enabled = 0, running = 0;

		if (!c->event[i])
			continue;
		perf_event_read_value(c->event[i], &enabled, &running);
		event[i].enabled_ns = enabled;
		event[i].running_ns = running;
		if (event[i].status == NCB_EVENT_OK && !counts(c->event[i], c->cpu))
			event[i].status = NCB_EVENT_LOST;
	}
}

/** ncb_counters_close - end of counting; @c may be all zero */
void ncb_counters_close(struct ncb_counters *c)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		if (c->event[i])
			perf_event_release_kernel(c->event[i]);
	memset(c, 0, sizeof(*c));
}

#else /* !CONFIG_PERF_EVENTS */

void ncb_counters_open(struct ncb_counters *c, struct ncb_event *event, u32 n, u32 cpu)
{
	u32 i;

	memset(c, 0, sizeof(*c));
	c->cpu = cpu;
	c->n = n;
	for (i = 0; i < n; i++) {
		event[i].status = NCB_EVENT_REFUSED;
		event[i].error = ENOSYS;
		event[i].enabled_ns = event[i].running_ns = 0;
	}
}

void ncb_counters_read(const struct ncb_counters *c, u64 *value)
{
	u32 i;

	for (i = 0; i < c->n; i++)
		value[i] = NCB_COUNT_NONE;
}

void ncb_counters_settle(const struct ncb_counters *c, struct ncb_event *event)
{
}

void ncb_counters_close(struct ncb_counters *c)
{
}

#endif /* CONFIG_PERF_EVENTS */

/*
 * A loop of NCB_TURN_INSN instructions a turn, one of them a branch that is
 * taken each time but the last.
 */
#if defined(__x86_64__) || defined(__i386__)
#define HAVE_TURNS 1
static noinline __noclone void turns(unsigned int n)
{
	asm volatile("1:\n\t.rept 11\n\tnop\n\t.endr\n\tsub $1, %0\n\tjnz 1b"
		     : "+r" (n) : : "cc", "memory");
}
#elif defined(__aarch64__)
#define HAVE_TURNS 1
static noinline __noclone void turns(unsigned int n)
{
	asm volatile("1:\n\t.rept 11\n\tnop\n\t.endr\n\tsubs %w0, %w0, #1\n\tb.ne 1b"
		     : "+r" (n) : : "cc", "memory");
}
#elif defined(__riscv)
#define HAVE_TURNS 1
/* Without compressed instructions or with, it is as many. */
static noinline __noclone void turns(unsigned int n)
{
	asm volatile("1:\n\t.rept 11\n\tnop\n\t.endr\n\taddi %0, %0, -1\n\tbnez %0, 1b"
		     : "+r" (n) : : "memory");
}
#else
#define HAVE_TURNS 0
static noinline __noclone void turns(unsigned int n)
{
}
#endif

/*
 * One function, for any number of turns: inlined or cloned for a number that is
 * known, two of them would differ by more than their turns.
 */
static noinline __noclone void count_turns(const struct ncb_counters *c, unsigned int n, u64 *value)
{
	u64 before[NCB_EVENTS_MAX], after[NCB_EVENTS_MAX];
	unsigned long flags;
	u32 i;

	local_irq_save(flags);
	turns(n);
	ncb_counters_read(c, before);
	turns(n);
	ncb_counters_read(c, after);
	local_irq_restore(flags);
	for (i = 0; i < c->n; i++)
		value[i] = before[i] == NCB_COUNT_NONE || after[i] == NCB_COUNT_NONE ?
			   NCB_COUNT_NONE : after[i] - before[i];
}

/* What NCB_KNOWN_TURNS more turns are counted as, at least and at most of several tries. */
static void known_answer(const struct ncb_counters *c, struct ncb_events *par)
{
	u64 few[NCB_EVENTS_MAX], many[NCB_EVENTS_MAX], more;
	u32 i, k;

	for (i = 0; i < c->n; i++) {
		par->known_low[i] = NCB_COUNT_NONE;
		par->known_high[i] = 0;
		par->reading[i] = NCB_COUNT_NONE;
	}
	for (k = 0; k < NCB_KNOWN_TRIES; k++) {
		count_turns(c, NCB_FEW_TURNS, few);
		count_turns(c, NCB_FEW_TURNS + NCB_KNOWN_TURNS, many);
		for (i = 0; i < c->n; i++) {
			if (few[i] == NCB_COUNT_NONE || many[i] == NCB_COUNT_NONE)
				continue;
			/* Time, say, may be less for more turns; a difference below 0 is none. */
			more = many[i] > few[i] ? many[i] - few[i] : 0;
			par->known_low[i] = min(par->known_low[i], more);
			par->known_high[i] = max(par->known_high[i], more);
			par->reading[i] = min(par->reading[i], few[i]);
		}
	}
	for (i = 0; i < c->n; i++)
		if (par->known_low[i] == NCB_COUNT_NONE)
			par->known_high[i] = NCB_COUNT_NONE;
}

#define REFUSE(par, ...) (snprintf((par)->message, sizeof((par)->message), __VA_ARGS__), -EINVAL)

static int validate(struct ncb_events *par)
{
	u32 i;

	if (par->abi != NCB_ABI)
		return REFUSE(par, "abi: %u is not in %u .. %u", par->abi, NCB_ABI, NCB_ABI);
	if (par->events < 1 || par->events > NCB_EVENTS_MAX)
		return REFUSE(par, "events: %u is not in %u .. %u", par->events, 1u, NCB_EVENTS_MAX);
	if (par->reserved)
		return REFUSE(par, "reserved: %u is not in 0 .. 0", par->reserved);
	for (i = 0; i < par->events; i++)
		if (par->event[i].reserved)
			return REFUSE(par, "event %u: reserved: %u is not in 0 .. 0", i,
				      par->event[i].reserved);
	if (current->nr_cpus_allowed != 1)
		return REFUSE(par, "the calling task is not bound to one CPU");
	return 0;
}

/**
 * ncb_events_row - NCB_IOC_EVENTS: which events count together, and how a known loop is counted
 * @par: the events; results are written into it
 *
 * Context: process context of a task that is bound to one CPU.
 * Return: 0; -EINVAL with a message.
 */
int ncb_events_row(struct ncb_events *par)
{
	struct ncb_counters c;
	u32 cpu;
	int err;

	par->message[0] = '\0';
	par->turn_insn = HAVE_TURNS ? NCB_TURN_INSN : 0;
	err = validate(par);
	if (err)
		return err;
	cpu = raw_smp_processor_id();
	ncb_counters_open(&c, par->event, par->events, cpu);
	known_answer(&c, par);
	ncb_counters_settle(&c, par->event);
	ncb_counters_close(&c);
	if (raw_smp_processor_id() != cpu || current->nr_cpus_allowed != 1)
		return REFUSE(par, "the task was moved away from CPU %u: is it offline?", cpu);
	return 0;
}
