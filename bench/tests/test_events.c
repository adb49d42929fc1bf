// SPDX-License-Identifier: GPL-2.0-only
/* Events: names, codes, what counts together, and what becomes of the rest. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/perf_event.h>
#include "../events.h"
#include "../plan.h"
#include "../target/target.h"

/* A PMU as the module would show it. */
static struct fake {
	unsigned int room;		/* events that count together */
	uint64_t refused;		/* config of PERF_TYPE_HARDWARE that it has not */
	int error;			/* said to it */
	unsigned int requests, runs;
	unsigned int lose_run;		/* the counters stop in this RUN, from 1 */
	int lose_slot;
	bool software;			/* software events need no room */
	bool emulated;			/* cycles are as many as instructions */
	bool still;			/* counts of config 0 stand at 0 */
	bool empty;			/* no arm is there: as long batches as can be, no sample */
	uint32_t iters[8];		/* asked for in each RUN */
} fake;

/* What a known loop is counted as, by config. */
static uint64_t known(const struct ncb_event *e)
{
	return e->config == PERF_COUNT_HW_INSTRUCTIONS ||
	       (fake.emulated && e->config == PERF_COUNT_HW_CPU_CYCLES) ? NCB_KNOWN_TURNS * NCB_TURN_INSN : 5;
}

static int fake_events(struct ncb_events *e)
{
	unsigned int i, taken = 0;

	fake.requests++;
	assert_int_equal(e->abi, NCB_ABI);
	assert_in_range(e->events, 1, NCB_EVENTS_MAX);
	e->turn_insn = NCB_TURN_INSN;
	for (i = 0; i < e->events; i++) {
		e->known_low[i] = NCB_COUNT_NONE;
		e->known_high[i] = 0;
		if (e->event[i].type == PERF_TYPE_HARDWARE && fake.error &&
		    e->event[i].config == fake.refused) {
			e->event[i].status = NCB_EVENT_REFUSED;
			e->event[i].error = fake.error;
		} else if (taken == fake.room &&
			   !(fake.software && e->event[i].type == PERF_TYPE_SOFTWARE)) {
			e->event[i].status = NCB_EVENT_NO_ROOM;
		} else {
			taken++;
			e->event[i].status = NCB_EVENT_OK;
			e->known_low[i] = e->known_high[i] = known(&e->event[i]);
			e->reading[i] = 7;
		}
	}
	return 0;
}

/* Each sample counts its number, and 1000 times the event's config. */
static int fake_run(struct ncb_run *run)
{
	struct ncb_sample *out = (void *)(uintptr_t)run->samples;
	uint64_t *counts = (void *)(uintptr_t)run->counts;
	uint32_t kind, i;

	fake.iters[fake.runs] = run->iters;
	fake.runs++;
	assert_true(run->events <= fake.room || fake.software);
	if (fake.empty) {
		/* What the calibration ends at is more than may be asked for. */
		if (run->iters > NCB_ITERS_MAX / NCB_LENGTH_MAX)
			return -EINVAL;
		for (i = 0; i < run->arms; i++)
			run->arm[i].status = NCB_ARM_MISSING;
		run->iters = NCB_ITERS_MAX / 2;
		return 0;
	}
	for (kind = 0; kind < NCB_KIND_TWO; kind++) {
		out[run->count] = (struct ncb_sample) {
			.ticks = 100 + kind, .iters = 1 + 4 * kind, .stretches = 1, .kind = kind,
		};
		for (i = 0; i < run->events; i++) {
			bool lost = fake.runs == fake.lose_run && (int)i == fake.lose_slot;

			counts[run->count * run->events + i] = lost ? NCB_COUNT_NONE :
				fake.still && !run->event[i].config ? 0 : 1000 * run->event[i].config + run->count;
			run->event[i].status = lost ? NCB_EVENT_LOST : NCB_EVENT_OK;
			run->event[i].enabled_ns = 10;
			run->event[i].running_ns = lost ? 5 : 10;
		}
		run->count++;
	}
	for (i = 0; i < run->arms; i++) {
		run->arm[i].status = NCB_ARM_OK;
		run->arm[i].clones = 1;
	}
	run->iters = 4;
	run->place = (struct ncb_place) {
		.known = NCB_PLACE_STEAL | NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY,
		.steal_ns = 3, .smis = 1, .aperf = 100 + 20 * fake.runs, .mperf = 100,
	};
	return 0;
}

static int fake_ioctl(struct ncb_device *d, unsigned int request, void *arg)
{
	struct ncb_info *info = arg;

	(void)d;
	if (request == NCB_IOC_EVENTS)
		return fake_events(arg);
	if (request == NCB_IOC_RUN)
		return fake_run(arg);
	assert_int_equal(request, NCB_IOC_INFO);
	*info = (struct ncb_info) { .abi = NCB_ABI, .clock = "fake" };
	return 0;
}

static int fine(struct ncb_device *d)
{
	(void)d;
	return 0;
}

static void close_it(struct ncb_device *d)
{
	(void)d;
}

static struct ncb_device device = {
	.name = "the fake", .load = fine, .open = fine, .ioctl = fake_ioctl, .close = close_it,
	.unload = fine,
};

static int blind_ioctl(struct ncb_device *d, unsigned int request, void *arg)
{
	return request == NCB_IOC_EVENTS ? -ENOTTY : fake_ioctl(d, request, arg);
}

/* One row of one arm. */
static void make_run(struct ncb_rundata *r)
{
	ncb_rundata_init(r);
	r->name = ncb_copy("events");
	r->reloads = r->blocks = 1;
	r->rows = ncb_alloc(1, sizeof(*r->rows));
	r->nrows = 1;
	r->rows[0].length = 1;
	r->rows[0].arms = 1;
	strcpy(r->rows[0].arm[0].name, "slist");
	strcpy(r->rows[0].arm[0].engine, "slist");
	ncb_row_name(&r->rows[0]);
	fake = (struct fake) { .room = 3 };
}

static int measure(struct ncb_rundata *r, const char *list)
{
	struct ncb_run_options o = { .cpu = -1, .events = list };

	return ncb_measure(&o, &device, r, NULL, NULL);
}

/* Runs @call with stderr caught; what was said goes to @said. */
static int check(const char *list, bool here, char *said, size_t size)
{
	FILE *f = tmpfile();
	int err, old;
	size_t n;

	assert_non_null(f);
	fflush(stderr);
	old = dup(2);
	dup2(fileno(f), 2);
	err = ncb_events_check(list, here);
	fflush(stderr);
	dup2(old, 2);
	close(old);
	rewind(f);
	n = fread(said, 1, size - 1, f);
	said[n] = '\0';
	fclose(f);
	return err;
}

static void test_names(void **state)
{
	static const struct {
		const char *list;
		bool here;
		int err;
		const char *said;
	} cases[] = {
		{ NULL, true, 0, "" },
		{ "auto", true, 0, "" },
		{ "none", true, 0, "" },
		{ "cycles,instructions", true, 0, "" },
		{ "cycles, branch-misses", true, 0, "" },
		{ "cycles:k", true, 0, "" },
		{ "r08c1", true, 0, "" },
		{ "context-switches", true, 0, "" },
		{ "no-such-event", true, -EINVAL, "event not found" },
		{ "no-such-event", false, 0, "" },
		{ "cycles:u", true, -EINVAL, "leave out the modifier u" },
		{ "cycles:u", false, -EINVAL, "leave out the modifier u" },
		{ "cycles:mg=1", true, -EINVAL, "a modifier that the module does not know" },
		{ "cycles:bogus", true, -EINVAL, "libpfm4: invalid event attribute" },
		{ "", true, -EINVAL, "no list of names" },
		{ ",cycles", true, -EINVAL, "no list of names" },
		{ "cycles,", true, -EINVAL, "no list of names" },
		{ "cyc\033les", false, -EINVAL, "not printable" },
	};
	char said[512], many[4096] = "cycles";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (check(cases[i].list, cases[i].here, said, sizeof(said)) != cases[i].err ||
		    !strstr(said, cases[i].said) || (!cases[i].err && said[0]))
			fail_msg("'%s': %s", cases[i].list, said);
	}
	for (i = 0; i < 64; i++)
		strcat(many, ",cycles");
	assert_int_equal(check(many, true, said, sizeof(said)), -EINVAL);
	assert_non_null(strstr(said, "more than 64"));
}

static const struct ncb_counter *counter(const struct ncb_rundata *r, const char *name)
{
	uint32_t i;

	for (i = 0; i < r->counters; i++)
		if (!strcmp(r->counter[i].name, name))
			return &r->counter[i];
	fail_msg("no counter %s", name);
	return NULL;
}

static void test_codes(void **state)
{
	struct ncb_rundata r;
	const struct ncb_counter *c;

	(void)state;
	make_run(&r);
	assert_int_equal(ncb_events_choose(&r, "instructions,L1-dcache-load-misses,r08c1,cycles"), 0);
	assert_int_equal(r.counters, 4);
	c = counter(&r, "instructions");
	assert_int_equal(c->event.type, PERF_TYPE_HARDWARE);
	assert_int_equal(c->event.config, PERF_COUNT_HW_INSTRUCTIONS);
	assert_int_equal(ncb_counter_role(c), NCB_ROLE_INSTRUCTIONS);
	c = counter(&r, "L1-dcache-load-misses");
	assert_int_equal(c->event.type, PERF_TYPE_HW_CACHE);
	assert_int_equal(c->event.config, PERF_COUNT_HW_CACHE_L1D |
			 PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_MISS << 16);
	assert_int_equal(ncb_counter_role(c), NCB_ROLE_OTHER);
	c = counter(&r, "r08c1");
	assert_int_equal(c->event.type, PERF_TYPE_RAW);
	assert_int_equal(c->event.config, 0x8c1);
	assert_int_equal(ncb_counter_role(c), NCB_ROLE_OTHER);
	assert_int_equal(ncb_counter_role(counter(&r, "cycles")), NCB_ROLE_CYCLES);
	ncb_rundata_free(&r);
}

/* A row of which nothing is there is nothing to measure in further passes, either. */
static void test_a_row_without_arms_in_two_passes(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	fake.empty = true;
	assert_int_equal(measure(&r, "branches,cycles,instructions,branch-misses"), 0);
	assert_int_equal(r.passes, 2);
	assert_int_equal(fake.runs, 1);
	assert_int_equal(r.nsamples, 0);
	assert_int_equal(r.rows[0].arm[0].status, NCB_ARM_MISSING);
	ncb_rundata_free(&r);
}

/* Five events, room for three: two passes, in the order asked for, each once. */
static void test_more_events_than_counters(void **state)
{
	static const char *const names[] = {
		"branches", "cycles", "instructions", "branch-misses", "cache-misses",
	};
	struct ncb_rundata r, view;
	size_t i;

	(void)state;
	make_run(&r);
	assert_int_equal(measure(&r, "branches,cycles,instructions,branch-misses,cache-misses,cycles"),
			 0);
	assert_int_equal(r.counters, 5);
	assert_int_equal(r.passes, 2);
	assert_int_equal(r.slots, 3);
	assert_int_equal(fake.runs, 2);
	/* The second pass measures the same. */
	assert_int_equal(fake.iters[0], 0);
	assert_int_equal(fake.iters[1], 4);
	assert_int_equal(r.nsamples, 4);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct ncb_counter *c = &r.counter[i];

		assert_string_equal(c->name, names[i]);
		assert_true(c->counted);
		assert_int_equal(c->pass, i / 3);
		assert_int_equal(c->slot, i % 3);
		assert_int_equal(c->event.enabled_ns, 10);
		assert_int_equal(c->reading, 7);
		assert_true(ncb_counter_whole(&r, i));
		ncb_run_view(&r, i, &view);
		assert_int_equal(view.nsamples, 2);
		assert_int_equal(view.samples[0].s.ticks, 1000 * c->event.config);
		assert_int_equal(view.samples[1].s.ticks, 1000 * c->event.config + 1);
		assert_int_equal(view.metric, i == 1 ? NCB_CYCLES : NCB_EVENT);
		ncb_rundata_free(&view);
	}
	/* The clock's figures are from the first pass only. */
	ncb_run_view(&r, NCB_CLOCK, &view);
	assert_int_equal(view.nsamples, 2);
	assert_int_equal(view.samples[1].s.ticks, 101);
	assert_int_equal(view.metric, NCB_NS);
	ncb_rundata_free(&view);
	assert_true(ncb_counter_exact(&r.counter[2]));
	assert_false(ncb_counter_exact(&r.counter[0]));
	assert_false(ncb_counter_exact(&r.counter[1]));
	ncb_rundata_free(&r);
}

static void test_default_set(void **state)
{
	struct ncb_rundata r;

	(void)state;
	/* What fits into the first pass, and what exists; nothing is said of the rest. */
	make_run(&r);
	fake.error = ENOENT;
	fake.refused = PERF_COUNT_HW_BRANCH_MISSES;
	assert_int_equal(measure(&r, NULL), 0);
	assert_int_equal(r.passes, 1);
	assert_int_equal(r.counters, 3);
	assert_string_equal(r.counter[0].name, "cycles");
	assert_string_equal(r.counter[1].name, "instructions");
	assert_string_equal(r.counter[2].name, "L1-dcache-load-misses");
	assert_int_equal(r.counter[2].slot, 2);
	assert_null(ncb_env_string(&r, "counters", NULL));
	assert_string_equal(ncb_env_string(&r, "events", ""), "auto");
	ncb_rundata_free(&r);

	make_run(&r);
	fake.room = 0;
	assert_int_equal(measure(&r, "auto"), 0);
	assert_int_equal(r.counters, 0);
	assert_int_equal(r.slots, 0);
	assert_int_equal(r.passes, 1);
	assert_non_null(strstr(ncb_env_string(&r, "counters", ""), "in use"));
	ncb_rundata_free(&r);

	make_run(&r);
	assert_int_equal(measure(&r, "none"), 0);
	assert_int_equal(fake.requests, 0);
	assert_int_equal(r.counters, 0);
	assert_null(ncb_env_string(&r, "counters", NULL));
	assert_int_equal(r.nsamples, 2);
	ncb_rundata_free(&r);
}

static void test_what_cannot_be_counted(void **state)
{
	static const struct {
		int error;
		const char *reason;
	} refusals[] = {
		{ EBUSY, "another user" }, { ENOSYS, "CONFIG_PERF_EVENTS" }, { EINVAL, "" },
		{ E2BIG, "" },
	};
	struct ncb_rundata r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		make_run(&r);
		fake.error = refusals[i].error;
		fake.refused = PERF_COUNT_HW_CPU_CYCLES;
		/* A software event needs no PMU: its reason is the kernel's own. */
		assert_int_equal(measure(&r, "cycles,context-switches,no-such-event"), 0);
		assert_int_equal(r.counters, 3);
		assert_false(r.counter[0].counted);
		assert_true(strlen(r.counter[0].reason) > 10);
		if (access("/sys/bus/event_source/devices/cpu", F_OK) == 0 ||
		    refusals[i].error == ENOSYS)
			assert_non_null(strstr(r.counter[0].reason, refusals[i].reason));
		assert_true(r.counter[1].counted);
		assert_int_equal(r.counter[1].slot, 0);
		assert_false(r.counter[2].counted);
		assert_non_null(strstr(r.counter[2].reason, "event not found"));
		assert_int_equal(r.metric, NCB_NS);
		ncb_rundata_free(&r);
	}
	/* What counts nothing at all. */
	make_run(&r);
	device.ioctl = blind_ioctl;
	assert_int_equal(measure(&r, "cycles"), 0);
	device.ioctl = fake_ioctl;
	assert_int_equal(r.counters, 1);
	assert_string_equal(r.counter[0].reason, "not to be had from the fake");
	ncb_rundata_free(&r);
}

/* Eight that find no room do not stand in the way of a ninth that needs none. */
static void test_no_room_for_some(void **state)
{
	struct ncb_rundata r;
	uint32_t i;

	(void)state;
	make_run(&r);
	fake.room = 0;
	fake.software = true;
	assert_int_equal(measure(&r, "cycles,instructions,branches,branch-misses,cache-misses,"
				 "cache-references,bus-cycles,ref-cycles,context-switches"), 0);
	assert_int_equal(r.counters, 9);
	assert_int_equal(fake.requests, 2);
	for (i = 0; i < 8; i++)
		assert_non_null(strstr(r.counter[i].reason, "in use"));
	assert_true(r.counter[8].counted);
	assert_int_equal(r.passes, 1);
	assert_int_equal(r.slots, 1);
	ncb_rundata_free(&r);
}

/* No room even for one alone: that is no reason to try for ever. */
static void test_no_room_at_all(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	fake.room = 0;
	assert_int_equal(measure(&r, "cycles,instructions"), 0);
	assert_int_equal(fake.requests, 1);
	assert_int_equal(r.passes, 1);
	assert_int_equal(r.slots, 0);
	assert_non_null(strstr(r.counter[0].reason, "in use"));
	assert_non_null(strstr(r.counter[1].reason, "in use"));
	assert_int_equal(r.nsamples, 2);
	ncb_rundata_free(&r);
}

/*
 * Where one stopped counting, there are no figures of any in that row: reading it
 * was in the differences of the others. And the metric is not of it.
 */
static void test_lost_half_way(void **state)
{
	struct ncb_rundata r, view;
	int i;

	(void)state;
	make_run(&r);
	r.reloads = 2;
	fake.lose_run = 1;
	fake.lose_slot = 1;
	assert_int_equal(measure(&r, "instructions,cycles"), 0);
	assert_true(r.counter[0].counted && r.counter[1].counted);
	assert_non_null(strstr(r.counter[1].reason, "from row raw/call/1"));
	assert_non_null(strstr(r.counter[1].reason, "stopped counting"));
	assert_string_equal(r.counter[0].reason, "");
	assert_int_equal(r.counter[1].event.running_ns, 15);
	assert_int_equal(r.counter[0].event.running_ns, 20);
	for (i = 0; i < 2; i++) {
		assert_false(ncb_counter_whole(&r, i));
		assert_int_equal(r.counts[i], NCB_COUNT_NONE);
		assert_int_not_equal(r.counts[2 * r.slots + i], NCB_COUNT_NONE);
		ncb_run_view(&r, i, &view);
		assert_int_equal(view.nsamples, 0);
		ncb_rundata_free(&view);
	}
	ncb_run_choose_metric(&r, false);
	assert_int_equal(r.metric, NCB_NS);
	ncb_run_choose_metric(&r, true);
	assert_int_equal(r.metric, NCB_NS);
	ncb_rundata_free(&r);
}

/* Accepted and never counted is not "0 a call"; of the kernel's own events it is. */
static void test_stood_still(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	fake.still = true;
	assert_int_equal(measure(&r, "cycles,cpu-clock,instructions"), 0);
	assert_false(r.counter[0].counted);
	assert_non_null(strstr(r.counter[0].reason, "stood at 0 in every sample"));
	assert_true(r.counter[1].counted);
	assert_true(r.counter[2].counted);
	ncb_run_choose_metric(&r, false);
	assert_int_equal(r.metric, NCB_NS);
	ncb_rundata_free(&r);
}

static void test_emulated(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	fake.emulated = true;
	assert_int_equal(measure(&r, "cycles,instructions"), 0);
	assert_false(r.counter[0].counted);
	assert_non_null(strstr(r.counter[0].reason, "no processor's"));
	assert_true(r.counter[1].counted);
	assert_int_equal(r.counter[1].slot, 0);
	ncb_run_choose_metric(&r, false);
	assert_int_equal(r.metric, NCB_NS);
	ncb_rundata_free(&r);
}

static void test_metric(void **state)
{
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	assert_int_equal(measure(&r, "cycles,instructions"), 0);
	ncb_run_choose_metric(&r, false);
	assert_int_equal(r.metric, NCB_CYCLES);
	assert_int_equal(r.clock, NCB_NS);
	assert_int_equal(ncb_run_source(&r), 0);
	assert_int_equal(ncb_run_set_metric(&r, "ns"), 0);
	assert_int_equal(ncb_run_source(&r), NCB_CLOCK);
	assert_int_equal(ncb_run_set_metric(&r, "cycles"), 0);
	/* Counted on a machine that is not known to be exact: no instructions. */
	assert_int_equal(ncb_run_set_metric(&r, "insn"), -ENODATA);
	assert_int_equal(r.metric, NCB_CYCLES);
	assert_int_equal(ncb_run_set_metric(&r, "pounds"), -EINVAL);
	/* A clock that counts instructions is as good as it gets. */
	r.known_insn = NCB_KNOWN_INSN;
	ncb_run_choose_metric(&r, true);
	assert_int_equal(r.metric, NCB_INSN);
	assert_int_equal(ncb_run_source(&r), NCB_CLOCK);
	/* A known loop that was counted wrong once is not exact. */
	r.known_insn = 0;
	r.counter[1].known_high++;
	ncb_run_choose_metric(&r, true);
	assert_int_equal(r.metric, NCB_NS);
	ncb_rundata_free(&r);
}

static void test_place(void **state)
{
	const struct ncb_row_place *p;
	struct ncb_rundata r;

	(void)state;
	make_run(&r);
	r.reloads = 3;
	assert_int_equal(measure(&r, "none"), 0);
	p = &r.rows[0].place;
	assert_int_equal(p->known, NCB_PLACE_STEAL | NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY);
	assert_int_equal(p->steal_ns, 9);
	assert_int_equal(p->smis, 3);
	assert_true(p->low > 1.199 && p->low < 1.201);
	assert_true(p->high > 1.599 && p->high < 1.601);
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_a_row_without_arms_in_two_passes),
		cmocka_unit_test(test_more_events_than_counters),
		cmocka_unit_test(test_default_set),
		cmocka_unit_test(test_what_cannot_be_counted),
		cmocka_unit_test(test_no_room_for_some),
		cmocka_unit_test(test_no_room_at_all),
		cmocka_unit_test(test_lost_half_way),
		cmocka_unit_test(test_stood_still),
		cmocka_unit_test(test_emulated),
		cmocka_unit_test(test_metric),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
