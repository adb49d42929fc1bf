// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting, against a PMU of our own: rows of the timed loop whose counts are
 * known to the last digit, with counters that cannot be had, find no room, are
 * lost half-way, or are left behind on a CPU that goes offline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/perf_event.h>
#include "cold.h"
#include "counters.h"
#include "engine_table.h"
#include "row.h"
#include "shim.h"

/* Two kinds of events: what they count is worked out when they are read. */
enum {
	CALLS = 7,	/* config: for each call on an atomic chain; config1: for each reading */
	SCRIPT,		/* config: which script: what it has counted at each reading */
};

static const u64 scripts[][4 * NCB_KNOWN_TRIES] = {
	/* few: 10 each time; many: 110, 120, 105, 130, 110 */
	{ 0, 10, 10, 120, 120, 130, 130, 250, 250, 260, 260, 365, 365, 375, 375, 505,
	  505, 515, 515, 625 },
	/* few: 10, 9, 12, 10, 10; many: 9, 19, 22, 20, 20: once it is less */
	{ 0, 10, 10, 19, 19, 28, 28, 47, 47, 59, 59, 81, 81, 91, 91, 111, 111, 121, 121, 141 },
};

#define ALL	0xffu

/**
 * struct fake - the PMU
 * @refuse: bit n: the n-th event is refused, with errno n + 1
 * @room: counters that it has
 * @evict: this event loses its counter when the last one comes; -1: none
 * @last: which that is
 * @opened: events asked for
 * @open: events open now
 * @readings: of any event
 * @lose, @lose_at: this event loses its counter before reading @lose_at; 0: never
 * @leave_at: with this reading the CPU goes offline: as soon as interrupts are on
 *	the task is elsewhere, and counters still look as if they ran; 0: never
 * @leave_cpus: it may run on so many CPUs then
 * @event: those that are or were open
 */
static struct fake {
	u32 refuse, room, last, opened;
	int evict;
	int open;
	unsigned long readings, lose_at, leave_at;
	u32 lose;
	int leave_cpus;
	struct perf_event *event[NCB_EVENTS_MAX];
} fake;

static struct measured m;

static void lose(struct perf_event *e)
{
	e->state = PERF_EVENT_STATE_ERROR;
	e->oncpu = -1;
}

static void fake_read(struct perf_event *e)
{
	const struct perf_event_attr *a = &e->attr;

	if (!shim.irqs_off)
		fail_msg("read with interrupts on");
	if (e->state != PERF_EVENT_STATE_ACTIVE || e->oncpu != (int)asker.cpu)
		fail_msg("an event of CPU %d in state %d is read on CPU %u", e->oncpu, e->state,
			 asker.cpu);
	if (a->type == CALLS)
		e->count.value = 1000 + a->config * shim.taken[SHIM_RCU] + a->config1 * fake.readings;
	else
		e->count.value = scripts[a->config][fake.readings % (4 * NCB_KNOWN_TRIES)];
	fake.readings++;
	if (fake.lose_at && fake.readings == fake.lose_at)
		lose(fake.event[fake.lose]);
}

static void leave(void)
{
	if (fake.leave_at && fake.readings >= fake.leave_at) {
		asker.cpu = 0;
		asker.cpus = fake.leave_cpus;
	}
}

static struct pmu fake_pmu = { .read = fake_read };

struct perf_event *perf_event_create_kernel_counter(struct perf_event_attr *attr, int cpu,
						    struct task_struct *task, void *handler,
						    void *context)
{
	struct perf_event *e;
	u32 n = fake.opened++;

	if (shim.irqs_off)
		fail_msg("opened with interrupts off");
	if (attr->size != sizeof(*attr) || !attr->pinned || !attr->exclude_user ||
	    !attr->exclude_hv || attr->exclude_kernel || attr->disabled || task || cpu != 1)
		fail_msg("event %u is not one of the kernel, pinned, on CPU 1", n);
	if (fake.refuse & 1u << n)
		return ERR_PTR(-(int)(n + 1));
	e = calloc(1, sizeof(*e));
	if (!e)
		abort();
	fake.event[n] = e;
	*e = (struct perf_event) {
		.state = PERF_EVENT_STATE_ACTIVE, .oncpu = cpu, .pmu = &fake_pmu, .attr = *attr,
	};
	if ((u32)fake.open++ >= fake.room)
		lose(e);
	if (fake.evict >= 0 && n == fake.last)
		lose(fake.event[fake.evict]);
	return e;
}

u64 perf_event_read_value(struct perf_event *e, u64 *enabled, u64 *running)
{
	*enabled = 100;
	*running = e->state == PERF_EVENT_STATE_ACTIVE ? 100 : 40;
	return e->count.value;
}

int perf_event_release_kernel(struct perf_event *e)
{
	if (shim.irqs_off)
		fail_msg("released with interrupts off");
	free(e);
	fake.open--;
	return 0;
}

static int setup(void **state)
{
	row_reset();
	fake = (struct fake) { .room = NCB_EVENTS_MAX, .evict = -1, .leave_cpus = 2 };
	shim.on_irqs = leave;
	return 0;
}

/* Whatever a test did: no event may be left, no interrupts off. */
static int teardown(void **state)
{
	if (fake.open || shim_held()) {
		print_error("%d events are left open, %d locks held\n", fake.open, shim_held());
		return -1;
	}
	return 0;
}

/* A row whose event i counts i + 1 for a call and some more for each reading. */
static void prepare(u32 type, u32 op, u32 events)
{
	u32 i;

	row_prepare(&m, type, op, events);
	for (i = 0; i < events; i++) {
		m.run.event[i].type = CALLS;
		m.run.event[i].config = i + 1;
		m.run.event[i].config1 = 10 * i;
		m.run.event[i].status = ~0u;
		m.run.event[i].error = ~0u;
	}
}

/* Samples whose count of @event is what the operations owe; the others say NONE or are wrong. */
static u64 good_counts(u32 event, u64 *none)
{
	u64 i, good = 0;

	for (i = *none = 0; i < m.run.count; i++) {
		const struct ncb_sample *s = &m.sample[i], *base = row_base(&m, s);
		u64 count = row_count(&m, i, event), of_base;

		assert_non_null(base);
		of_base = row_count(&m, base - m.sample, event);
		if (count == NCB_COUNT_NONE || of_base == NCB_COUNT_NONE)
			++*none;
		else
			good += count - of_base * s->stretches / base->stretches ==
				m.run.event[event].config * (u64)(s->iters - base->iters);
	}
	return good;
}

static void counts_are_right(u32 event)
{
	u64 none, good = good_counts(event, &none);

	if (none || good != m.run.count)
		fail_msg("event %u: of %llu samples %llu right, %llu not counted", event,
			 m.run.count, good, none);
}

static void nothing_is_counted(u32 event)
{
	u64 i;

	for (i = 0; i < m.run.count; i++)
		assert_int_equal(row_count(&m, i, event), NCB_COUNT_NONE);
}

static void expect_samples(void)
{
	assert_int_equal(m.run.count, 2 * (ROW_BLOCKS * 2 + 4));
	assert_int_equal(m.counts[m.run.count * m.run.events], UNTOUCHED);
}

static void every_call_is_counted(void **state)
{
	u32 events, i;

	for (events = 1; events <= NCB_EVENTS_MAX; events++) {
		setup(NULL);
		prepare(NCB_ATOMIC, NCB_CALL, events);
		assert_int_equal(row_measure(&m), 0);
		expect_samples();
		for (i = 0; i < events; i++) {
			assert_int_equal(m.run.event[i].status, NCB_EVENT_OK);
			assert_int_equal(m.run.event[i].error, 0);
			assert_int_equal(m.run.event[i].enabled_ns, 100);
			assert_int_equal(m.run.event[i].running_ns, 100);
			counts_are_right(i);
		}
		assert_int_equal(fake.opened, events);
	}
}

/*
 * A batch's count is what its calls owe, one turn after reading among them, and one
 * reading. What warms up is not in it: a base does so on a chain that was just
 * built, the others on one that the base left warm.
 */
static void a_base_holds_what_is_outside(void **state)
{
	u32 warm = 1;
	u64 i;

	prepare(NCB_ATOMIC, NCB_CALL, 2);
	assert_int_equal(row_measure(&m), 0);
	for (i = 0; i < m.run.count; i++) {
		assert_int_equal(row_count(&m, i, 0), warm + m.sample[i].iters);
		assert_int_equal(row_count(&m, i, 1), 2 * (warm + m.sample[i].iters) + 10 * 2);
	}
}

static void swapped_events_swap_columns(void **state)
{
	static u64 before[ROW_SAMPLES * 2];
	struct ncb_event swap;
	u64 i;

	prepare(NCB_ATOMIC, NCB_CALL, 2);
	m.run.event[1].config1 = 0;
	assert_int_equal(row_measure(&m), 0);
	memcpy(before, m.counts, sizeof(before));
	setup(NULL);
	prepare(NCB_ATOMIC, NCB_CALL, 2);
	m.run.event[1].config1 = 0;
	swap = m.run.event[0];
	m.run.event[0] = m.run.event[1];
	m.run.event[1] = swap;
	assert_int_equal(row_measure(&m), 0);
	for (i = 0; i < m.run.count; i++) {
		assert_int_equal(row_count(&m, i, 0), before[2 * i + 1]);
		assert_int_equal(row_count(&m, i, 1), before[2 * i]);
		assert_int_not_equal(before[2 * i], before[2 * i + 1]);
	}
}

/* Interrupts on throughout: a blocking chain. Nothing here takes RCU, only reading counts. */
static void reading_is_all_that_nothing_costs(void **state)
{
	u64 i;

	prepare(NCB_BLOCKING, NCB_CALL, 3);
	assert_int_equal(row_measure(&m), 0);
	expect_samples();
	for (i = 0; i < m.run.count; i++) {
		assert_int_equal(row_count(&m, i, 0), 0);
		assert_int_equal(row_count(&m, i, 1), 3 * 10);
		assert_int_equal(row_count(&m, i, 2), 3 * 20);
	}
}

/* Each call has readings of its own, and so has each empty function of the base. */
static void calls_timed_one_by_one(void **state)
{
	u64 i;

	if (!NCB_HAVE_COLD)
		skip();
	prepare(NCB_ATOMIC, NCB_CALL, 2);
	m.run.cache = NCB_COLD;
	assert_int_equal(row_measure(&m), 0);
	expect_samples();
	for (i = 0; i < m.run.count; i++) {
		assert_int_equal(row_count(&m, i, 0), m.sample[i].iters);
		assert_int_equal(row_count(&m, i, 1),
				 2 * m.sample[i].iters + m.sample[i].stretches * 2 * 10);
	}
	counts_are_right(0);
	counts_are_right(1);
}

/* Undoing a registration is no part of it; the lock of one is a spinlock, no RCU. */
static void undoing_is_not_counted(void **state)
{
	u64 i;

	prepare(NCB_RAW, NCB_REGISTER, 2);
	assert_int_equal(row_measure(&m), 0);
	expect_samples();
	for (i = 0; i < m.run.count; i++)
		assert_int_equal(row_count(&m, i, 1), m.sample[i].stretches * 2 * 10);
}

static void without_events_nobody_is_asked(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 0);
	m.run.counts = 8;	/* not a pointer, and not used */
	assert_int_equal(row_measure(&m), 0);
	assert_int_equal(m.run.count, 2 * (ROW_BLOCKS * 2 + 4));
	assert_int_equal(m.counts[0], UNTOUCHED);
	assert_int_equal(fake.opened, 0);
}

/* Each set of eight events that can be refused: it costs those, and only those. */
static void refused_events_cost_only_themselves(void **state)
{
	u32 i;

	for (u32 refuse = 0; refuse <= ALL; refuse++) {
		setup(NULL);
		prepare(NCB_ATOMIC, NCB_CALL, NCB_EVENTS_MAX);
		fake.refuse = refuse;
		assert_int_equal(row_measure(&m), 0);
		expect_samples();
		for (i = 0; i < NCB_EVENTS_MAX; i++) {
			bool refused = refuse & 1u << i;

			assert_int_equal(m.run.event[i].status,
					 refused ? NCB_EVENT_REFUSED : NCB_EVENT_OK);
			assert_int_equal(m.run.event[i].error, refused ? i + 1 : 0);
			assert_int_equal(m.run.event[i].running_ns, refused ? 0 : 100);
			if (refused)
				nothing_is_counted(i);
			else
				counts_are_right(i);
		}
		assert_int_equal(fake.open, 0);
	}
}

static void more_events_than_room(void **state)
{
	u32 i;

	for (u32 room = 0; room < NCB_EVENTS_MAX; room++) {
		setup(NULL);
		prepare(NCB_ATOMIC, NCB_CALL, NCB_EVENTS_MAX);
		fake.room = room;
		assert_int_equal(row_measure(&m), 0);
		expect_samples();
		for (i = 0; i < NCB_EVENTS_MAX; i++) {
			assert_int_equal(m.run.event[i].status,
					 i < room ? NCB_EVENT_OK : NCB_EVENT_NO_ROOM);
			assert_int_equal(m.run.event[i].error, 0);
			if (i < room)
				counts_are_right(i);
			else
				nothing_is_counted(i);
		}
		assert_int_equal(fake.open, 0);
	}
}

/* The first has a counter until the last one comes. */
static void an_event_may_be_driven_out_by_a_later_one(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 3);
	fake.evict = 0;
	fake.last = 2;
	assert_int_equal(row_measure(&m), 0);
	assert_int_equal(m.run.event[0].status, NCB_EVENT_NO_ROOM);
	nothing_is_counted(0);
	counts_are_right(1);
	counts_are_right(2);
}

/* After any reading: what was counted before stays, the rest says so, the others go on. */
static void a_counter_lost_half_way(void **state)
{
	u64 none, seen = 0, i;

	for (unsigned long at = 1; at < 200; at += 7) {
		setup(NULL);
		prepare(NCB_ATOMIC, NCB_CALL, 3);
		/* What reading one costs the others is another test's. */
		m.run.event[1].config1 = m.run.event[2].config1 = 0;
		fake.lose = 1;
		fake.lose_at = at;
		assert_int_equal(row_measure(&m), 0);
		expect_samples();
		assert_int_equal(m.run.event[0].status, NCB_EVENT_OK);
		assert_int_equal(m.run.event[1].status, NCB_EVENT_LOST);
		assert_int_equal(m.run.event[2].status, NCB_EVENT_OK);
		assert_int_equal(m.run.event[1].enabled_ns, 100);
		assert_int_equal(m.run.event[1].running_ns, 40);
		counts_are_right(0);
		counts_are_right(2);
		assert_int_equal(good_counts(1, &none) + none, m.run.count);
		assert_true(none > 0);
		seen += none < m.run.count;
		/* For good: no count after one that is missing. */
		for (i = 1; i < m.run.count; i++)
			assert_true(row_count(&m, i, 1) == NCB_COUNT_NONE ||
				    row_count(&m, i - 1, 1) != NCB_COUNT_NONE);
	}
	assert_true(seen > 10);
}

/* One reading that is missing spoils the sum of a sample that has many. */
static void a_counter_lost_between_two_calls(void **state)
{
	u64 i, first;

	prepare(NCB_RAW, NCB_REGISTER, 1);
	fake.lose_at = 8;	/* within the first sample of 16 and one calls */
	assert_int_equal(row_measure(&m), 0);
	for (i = first = 0; i < m.run.count; i++)
		first += row_count(&m, i, 0) != NCB_COUNT_NONE;
	assert_int_equal(first, 0);
}

/*
 * After any reading, also the last one, and between the two of a sample where
 * interrupts are on: an error that names the CPU, and nothing from elsewhere.
 */
static void a_cpu_that_goes_offline(u32 type, u32 together)
{
	unsigned long at, readings;
	u64 none;

	prepare(type, NCB_CALL, 2);
	assert_int_equal(row_measure(&m), 0);
	readings = fake.readings;
	assert_int_equal(readings, m.run.count * 2 * 2);
	for (at = 1; at <= readings; at++) {
		setup(NULL);
		prepare(type, NCB_CALL, 2);
		m.run.event[0].config = type == NCB_ATOMIC;
		m.run.event[1].config1 = 0;
		fake.leave_at = at;
		assert_int_equal(row_measure(&m), -EINVAL);
		assert_non_null(strstr(m.run.message, "moved away from CPU 1"));
		assert_int_equal(fake.readings, (at + together - 1) / together * together);
		/* Two readings of two events make a sample; the one in which it went is not kept. */
		assert_int_equal(m.run.count, (at - 1) / 4);
		assert_int_equal(m.counts[m.run.count * 2], UNTOUCHED);
		if (type == NCB_ATOMIC)
			assert_int_equal(good_counts(0, &none), m.run.count);
		assert_int_equal(fake.open, 0);
		assert_int_equal(shim_held(), 0);
	}
}

static void a_cpu_that_goes_offline_while_interrupts_are_off(void **state)
{
	a_cpu_that_goes_offline(NCB_ATOMIC, 4);
}

static void a_cpu_that_goes_offline_between_two_readings(void **state)
{
	a_cpu_that_goes_offline(NCB_BLOCKING, 2);
}

/* Bound all the time, but not to the CPU where it began. */
static void a_task_bound_anew(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 1);
	fake.leave_at = 9;
	fake.leave_cpus = 1;
	assert_int_equal(row_measure(&m), -EINVAL);
	assert_non_null(strstr(m.run.message, "moved away from CPU 1"));
	assert_int_equal(m.run.count, 4);
}

static void a_task_that_is_not_bound(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 1);
	asker.cpus = 2;
	assert_int_equal(row_measure(&m), -EINVAL);
	assert_non_null(strstr(m.run.message, "not bound"));
	assert_int_equal(fake.opened, 0);
}

static void a_signal_leaves_nothing_open(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 2);
	asker.signal = true;
	assert_int_equal(row_measure(&m), -EINTR);
	assert_int_equal(fake.open, 0);
}

static void refuse_row(const char *field)
{
	assert_int_equal(row_measure(&m), -EINVAL);
	assert_non_null(strstr(m.run.message, field));
	assert_int_equal(fake.opened, 0);
}

static void rows_with_bad_events(void **state)
{
	prepare(NCB_ATOMIC, NCB_CALL, 1);
	m.run.events = NCB_EVENTS_MAX + 1;
	refuse_row("events: 9 is not in 0 .. 8");
	prepare(NCB_ATOMIC, NCB_CALL, 1);
	m.run.reserved = 1;
	refuse_row("reserved");
	prepare(NCB_ATOMIC, NCB_CALL, 3);
	m.run.event[2].reserved = 1;
	refuse_row("event 2: reserved");
}

/* -- NCB_IOC_EVENTS -- */

static struct ncb_events known(u32 events, u32 type)
{
	struct ncb_events par = { .abi = NCB_ABI, .events = events };
	u32 i;

	for (i = 0; i < events && i < NCB_EVENTS_MAX; i++)
		par.event[i].type = type;
	return par;
}

/* Nothing but reading costs anything here: the loop has no calls in it. */
static void more_turns_cost_what_they_cost(void **state)
{
	struct ncb_events par = known(3, CALLS);

	par.event[1].config1 = 10;
	par.event[2].config1 = 100;
	assert_int_equal(ncb_events_row(&par), 0);
	assert_int_equal(par.known_low[1], 0);
	assert_int_equal(par.known_high[1], 0);
	assert_int_equal(par.reading[0], 0);
	assert_int_equal(par.reading[1], 3 * 10);
	assert_int_equal(par.reading[2], 3 * 100);
	assert_int_equal(par.event[2].running_ns, 100);
	assert_int_equal(fake.readings, 3 * 4 * NCB_KNOWN_TRIES);
}

static void least_and_most_of_several_tries(void **state)
{
	struct ncb_events par = known(1, SCRIPT);

	assert_int_equal(ncb_events_row(&par), 0);
	assert_int_equal(par.known_low[0], 95);
	assert_int_equal(par.known_high[0], 120);
	assert_int_equal(par.reading[0], 10);
}

/* A difference below zero is 0, neither a huge number nor NCB_COUNT_NONE. */
static void more_turns_that_are_counted_as_less(void **state)
{
	struct ncb_events par = known(1, SCRIPT);

	par.event[0].config = 1;
	assert_int_equal(ncb_events_row(&par), 0);
	assert_int_equal(par.known_low[0], 0);
	assert_int_equal(par.known_high[0], 10);
	assert_int_equal(par.reading[0], 9);
}

static void known_loop_with_events_that_do_not_count(void **state)
{
	struct ncb_events par = known(4, CALLS);

	par.event[1].config1 = 10;
	fake.refuse = 1u << 0;
	fake.room = 2;
	fake.lose = 2;
	fake.lose_at = 3;	/* the first try is not over */
	assert_int_equal(ncb_events_row(&par), 0);
	assert_int_equal(par.event[0].status, NCB_EVENT_REFUSED);
	assert_int_equal(par.event[0].error, 1);
	assert_int_equal(par.event[1].status, NCB_EVENT_OK);
	assert_int_equal(par.event[2].status, NCB_EVENT_LOST);
	assert_int_equal(par.event[3].status, NCB_EVENT_NO_ROOM);
	for (u32 i = 0; i < 4; i++) {
		assert_int_equal(par.known_low[i], i == 1 ? 0 : NCB_COUNT_NONE);
		assert_int_equal(par.known_high[i] == NCB_COUNT_NONE, i != 1);
		assert_int_equal(par.reading[i] == NCB_COUNT_NONE, i != 1);
	}
}

static void known_loop_on_a_cpu_that_goes_offline(void **state)
{
	struct ncb_events par;
	unsigned long at;

	for (at = 1; at <= 2 * 4 * NCB_KNOWN_TRIES; at++) {
		setup(NULL);
		par = known(2, CALLS);
		fake.leave_at = at;
		assert_int_equal(ncb_events_row(&par), -EINVAL);
		assert_non_null(strstr(par.message, "moved away from CPU 1"));
		assert_int_equal(fake.readings, (at + 3) / 4 * 4);
		assert_int_equal(fake.open, 0);
	}
}

static void refuse_events(struct ncb_events *par, const char *field)
{
	assert_int_equal(ncb_events_row(par), -EINVAL);
	assert_non_null(strstr(par->message, field));
	assert_int_equal(fake.opened, 0);
}

static void bad_events(void **state)
{
	struct ncb_events par = known(1, CALLS);

	par.abi = NCB_ABI - 1;
	refuse_events(&par, "abi: 1 is not in 2 .. 2");
	par = known(0, CALLS);
	refuse_events(&par, "events: 0 is not in 1 .. 8");
	par = known(NCB_EVENTS_MAX + 1, CALLS);
	refuse_events(&par, "events: 9 is not in 1 .. 8");
	par = known(1, CALLS);
	par.reserved = 1;
	refuse_events(&par, "reserved");
	par = known(2, CALLS);
	par.event[1].reserved = 1;
	refuse_events(&par, "event 1: reserved");
	par = known(1, CALLS);
	asker.cpus = 2;
	refuse_events(&par, "bound");
}

int main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_call_is_counted),
		TEST(a_base_holds_what_is_outside),
		TEST(swapped_events_swap_columns),
		TEST(reading_is_all_that_nothing_costs),
		TEST(calls_timed_one_by_one),
		TEST(undoing_is_not_counted),
		TEST(without_events_nobody_is_asked),
		TEST(refused_events_cost_only_themselves),
		TEST(more_events_than_room),
		TEST(an_event_may_be_driven_out_by_a_later_one),
		TEST(a_counter_lost_half_way),
		TEST(a_counter_lost_between_two_calls),
		TEST(a_cpu_that_goes_offline_while_interrupts_are_off),
		TEST(a_cpu_that_goes_offline_between_two_readings),
		TEST(a_task_bound_anew),
		TEST(a_task_that_is_not_bound),
		TEST(a_signal_leaves_nothing_open),
		TEST(rows_with_bad_events),
		TEST(more_turns_cost_what_they_cost),
		TEST(least_and_most_of_several_tries),
		TEST(more_turns_that_are_counted_as_less),
		TEST(known_loop_with_events_that_do_not_count),
		TEST(known_loop_on_a_cpu_that_goes_offline),
		TEST(bad_events),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL) != 0;
}
