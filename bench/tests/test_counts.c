// SPDX-License-Identifier: GPL-2.0-only
/* Figures of counted events: arithmetic by hand, and known truths found again. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../counts.h"
#include "synthetic.h"

#define CALL_8	"raw/call/8/distinct/packed/warm"
#define COLD_8	"blocking/call/8/distinct/scattered/cold"

static void assert_near(double a, double b, double room)
{
	if (!(fabs(a - b) <= room))
		fail_msg("%.9g is not %.9g within %g", a, b, room);
}

/* A run of one row with two arms and the loop, whose samples the test makes. */
static void begin(struct ncb_rundata *r, uint32_t type, uint32_t config)
{
	ncb_rundata_init(r);
	ncb_synthetic_row(r, CALL_8);
	r->name = ncb_copy("by hand");
	r->reloads = 1;
	r->blocks = 8;
	r->seed = 1;
	r->slots = 1;
	r->counters = 1;
	r->counter = ncb_alloc(1, sizeof(*r->counter));
	strcpy(r->counter[0].name, "event");
	r->counter[0].counted = true;
	r->counter[0].event.type = type;
	r->counter[0].event.config = config;
}

static void add_with(struct ncb_rundata *r, const char *arm, uint32_t block, uint32_t kind,
		     uint32_t iters, uint64_t ticks, uint64_t count, uint32_t flags)
{
	struct ncb_raw raw = { 0 };

	raw.s.arm = ncb_row_arm_find(&r->rows[0], arm);
	raw.s.block = block;
	raw.s.kind = kind;
	raw.s.iters = iters;
	raw.s.stretches = 1;
	raw.s.ticks = ticks;
	raw.s.flags = flags;
	raw.s.clone = block % r->rows[0].arm[raw.s.arm].clones;
	ncb_rundata_add(r, &raw, &count);
}

static void add(struct ncb_rundata *r, const char *arm, uint32_t block, uint32_t kind,
		uint32_t iters, uint64_t count)
{
	add_with(r, arm, block, kind, iters, 1000, count, 0);
}

static void test_counted_all_the_time(void **state)
{
	(void)state;
	assert_false(ncb_is_scaled(500, 500));
	assert_true(ncb_is_scaled(500, 499));
	assert_false(ncb_is_scaled(0, 0));
}

static void test_quotient_of_two_estimates(void **state)
{
	struct ncb_interval a = { 30, 27, 33, true }, b = { 10, 9.6, 10.4, true }, q;

	(void)state;
	q = ncb_quotient(a, b);
	assert_true(q.valid);
	assert_near(q.value, 3, 1e-12);
	/* 10 % and 4 %: sqrt(0.0116) = 10.77 % of 3 */
	assert_near(q.high - q.value, 0.3231, 1e-4);
	assert_near(q.value - q.low, 0.3231, 1e-4);
	a.low = -INFINITY;
	a.high = INFINITY;
	q = ncb_quotient(a, b);
	assert_true(q.valid && isinf(q.low) && isinf(q.high) && q.value == 3);
	b.value = 0;
	assert_false(ncb_quotient(a, b).valid);
	b.valid = false;
	assert_false(ncb_quotient(b, b).valid);
	a = (struct ncb_interval) { 0, 0, 0, true };
	b = (struct ncb_interval) { 10, -INFINITY, INFINITY, true };
	assert_true(isinf(ncb_quotient(a, b).high));
}

static void test_cells_are_paired_by_what_they_are(void **state)
{
	static const struct ncb_point a[] = {
		{ 0, 0, 0, 6 }, { 0, 1, 0, 8 }, { 0, 0, 1, 5 }, { 0, 2, 0, 1 },
	};
	static const struct ncb_point b[] = {
		{ 0, 0, 1, 2 }, { 0, 1, 0, 4 }, { 0, 0, 0, 3 }, { 0, 2, 0, 0 }, { 1, 0, 0, 9 },
	};
	struct ncb_point out[4];

	(void)state;
	assert_int_equal(ncb_pair_quotients(a, 4, b, 5, out), 3);
	assert_near(out[0].value, 2, 0);
	assert_near(out[1].value, 2, 0);
	assert_near(out[2].value, 2.5, 0);
	assert_int_equal(out[1].copy, 1);
	assert_int_equal(ncb_pair_differences(a, 4, b, 5, out), 4);
	assert_near(out[0].value, -3, 0);
	assert_near(out[1].value, -4, 0);
	assert_near(out[2].value, -3, 0);
	assert_near(out[3].value, -1, 0);
}

static void test_rate(void **state)
{
	struct ncb_timed_cycles four[] = { { 200, 100 }, { 10, 1000 }, { 420, 200 }, { 900, 1 } };
	struct ncb_timed_cycles odd[] = { { 300, 100 }, { -5, 100 }, { 100, 0 } };

	(void)state;
	/* Stolen time and an absurd one at the ends; 620 cycles in 300 ns between. */
	assert_near(ncb_rate(four, 4), 620.0 / 300, 1e-12);
	assert_near(ncb_rate(odd, 3), 3, 1e-12);
	assert_true(isnan(ncb_rate(odd, 0)));
	assert_false(ncb_has_moved(2.0, 2.0999));
	assert_true(ncb_has_moved(2.0, 2.1001));
}

static void test_known_loop(void **state)
{
	static const struct {
		uint64_t low, high;
		int right;
	} cases[] = {
		{ 39351, 39351, 1 }, { 39351, 39390, 1 }, { 39351, 39391, 0 }, { 39312, 39351, 1 },
		{ 39311, 39351, 0 }, { 78702, 78702, 0 }, { 0, 0, 0 },
		{ NCB_COUNT_NONE, NCB_COUNT_NONE, -1 },
	};
	struct ncb_rundata r;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_counted);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ncb_counter c = r.counter[NCB_SYNTHETIC_INSN];

		c.known_low = cases[i].low;
		c.known_high = cases[i].high;
		if (ncb_known_right(&c) != cases[i].right)
			fail_msg("%zu: %d", i, ncb_known_right(&c));
	}
	/* What a loop mispredicts, nobody knows. */
	assert_int_equal(ncb_known_right(&r.counter[NCB_SYNTHETIC_MISSES]), -1);
	assert_int_equal(ncb_known_right(&r.counter[NCB_SYNTHETIC_L1]), -1);
	ncb_rundata_free(&r);
}

/*
 * Four calls beside the base in each batch. Bases of 2, 4, 0 and 2 misses, so 2 on
 * the average; batches of 3, 6, 3 and 4: (1 + 4 + 1 + 2) / 4 / 4 = half a miss a call.
 * The least would say -0.25 against a base of 2, and 0.75 against the least base.
 */
static void test_counts_are_means(void **state)
{
	static const uint64_t base[] = { 2, 4, 0, 2 }, one[] = { 3, 6, 3, 4 };
	const struct ncb_counts *c;
	struct ncb_interval v;
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t i;

	(void)state;
	begin(&r, 4, 0xc5);
	/* Blocks 0, 4, 8, 12: one copy, one cell. */
	r.blocks = 16;
	for (i = 0; i < 4; i++) {
		add(&r, "slist", 4 * i, NCB_KIND_BASE, 1, base[i]);
		add(&r, "slist", 4 * i, NCB_KIND_ONE, 5, one[i]);
	}
	s = ncb_stats_new(&r);
	c = ncb_stats_counts(s);
	assert_non_null(c);
	v = ncb_count(c, 0, 0, ncb_row_arm_find(r.rows, "slist"));
	assert_true(v.valid);
	assert_near(v.value, 0.5, 1e-12);
	assert_true(isinf(v.high));
	assert_false(ncb_count(c, 0, 0, ncb_row_arm_find(r.rows, "dlist")).valid);
	assert_false(ncb_count(c, 0, 0, -1).valid);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* The empty loop's count is subtracted, as a mean; costs below 0 stay what they are. */
static void test_the_loop_is_subtracted_from_counts(void **state)
{
	struct ncb_estimate more;
	const struct ncb_counts *c;
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t i;

	(void)state;
	begin(&r, 4, 0xc5);
	for (i = 0; i < 4; i++) {
		add(&r, "loop", i, NCB_KIND_BASE, 1, 10);
		add(&r, "loop", i, NCB_KIND_ONE, 5, 10 + 4 * 3);
		add(&r, "slist", i, NCB_KIND_BASE, 1, 10);
		add(&r, "slist", i, NCB_KIND_ONE, 5, 10 + 4 * 3 - 2);
		add(&r, "dlist", i, NCB_KIND_BASE, 1, 10);
		add(&r, "dlist", i, NCB_KIND_ONE, 5, 10 + 4 * 3 + i);
	}
	s = ncb_stats_new(&r);
	c = ncb_stats_counts(s);
	assert_near(ncb_count(c, 0, 0, ncb_row_arm_find(r.rows, "slist")).value, -0.5, 1e-12);
	/* 0, 1/4, 2/4, 3/4 in the four copies */
	assert_near(ncb_count(c, 0, 0, ncb_row_arm_find(r.rows, "dlist")).value, 0.375, 1e-12);
	more = ncb_count_more(c, 0, 0, ncb_row_arm_find(r.rows, "slist"),
			      ncb_row_arm_find(r.rows, "dlist"));
	assert_near(more.ci.value, 0.875, 1e-12);
	/* t of 3 degrees of freedom, 3.1824, times sd(0, .25, .5, .75) / 2 = 0.16137 */
	assert_near(more.ci.high - more.ci.value, 3.1824 * 0.16137, 1e-4);
	/* A share of something below 0 is nobody's. */
	assert_false(ncb_stats_change(c->event[0], 0, ncb_row_arm_find(r.rows, "slist"),
				      ncb_row_arm_find(r.rows, "dlist")).valid);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* Another task's and an interrupt's counts are not the operation's. */
static void test_disturbed_samples_are_set_aside(void **state)
{
	const struct ncb_arm_stats *st;
	const struct ncb_counts *c;
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t i;
	int arm;

	(void)state;
	begin(&r, 4, 0xc5);
	arm = ncb_row_arm_find(r.rows, "slist");
	for (i = 0; i < 8; i++) {
		add(&r, "slist", i, NCB_KIND_BASE, 1, 10);
		add_with(&r, "slist", i, NCB_KIND_ONE, 5, 1000, i == 1 ? 5000 : i == 2 ? 900 : 18,
			 i == 1 ? NCB_SAMPLE_SWITCHED : i == 2 ? NCB_SAMPLE_INTERRUPTED : 0);
	}
	s = ncb_stats_new(&r);
	c = ncb_stats_counts(s);
	st = ncb_stats_arm(c->event[0], 0, arm);
	assert_near(st->cost.value, 2, 1e-12);
	assert_int_equal(st->interrupted, 2);
	assert_int_equal(st->samples, 6);
	/* The clock's minimum keeps them all, as ever. */
	assert_int_equal(ncb_stats_arm(s, 0, arm)->samples, 8);
	assert_int_equal(ncb_stats_arm(s, 0, arm)->interrupted, 0);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* Cycles are a time: the least of a cell. */
static void test_cycles_are_minima(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t i;

	(void)state;
	begin(&r, 0, 0);
	r.metric = NCB_CYCLES;
	assert_int_equal(ncb_run_source(&r), 0);
	for (i = 0; i < 8; i++) {
		add(&r, "slist", i, NCB_KIND_BASE, 1, 10 + i);
		add(&r, "slist", i, NCB_KIND_ONE, 5, 10 + 40 + (i > 3 ? 7 * i : 0));
	}
	s = ncb_stats_new(&r);
	assert_int_equal(ncb_stats_run(s)->metric, NCB_CYCLES);
	/* Bases 10 to 13 in the four copies: 40, 39, 38, 37 cycles of 4 calls. */
	assert_near(ncb_stats_arm(s, 0, ncb_row_arm_find(r.rows, "slist"))->cost.value, 38.5 / 4,
		    1e-12);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static struct ncb_stats *counted(struct ncb_rundata *r, const struct ncb_truth *t)
{
	ncb_rundata_init(r);
	ncb_synthetic(r, t);
	return ncb_stats_new(r);
}

/* All rows and arms, whatever the noise: within four half widths, and no bias over all. */
static void test_true_counts_are_found(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	size_t row, n[NCB_SYNTHETIC_COUNTERS] = { 0 }, out[NCB_SYNTHETIC_COUNTERS] = { 0 };
	double bias[NCB_SYNTHETIC_COUNTERS] = { 0 };
	const struct ncb_counts *c;
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t a;
	int i;

	(void)state;
	t.reloads = 6;
	s = counted(&r, &t);
	c = ncb_stats_counts(s);
	for (row = 0; row < r.nrows; row++) {
		for (a = 0; a < r.rows[row].arms; a++) {
			for (i = NCB_SYNTHETIC_INSN; i <= NCB_SYNTHETIC_MISSES; i++) {
				struct ncb_interval v = ncb_count(c, i, row, a);
				double truth = ncb_true_count(&t, &r.rows[row],
							      r.rows[row].arm[a].name, i);

				if (!v.valid || !strcmp(r.rows[row].arm[a].name, "loop"))
					continue;
				if (fabs(v.value - truth) > 4 * (v.high - v.value) + 0.01)
					fail_msg("%s %s: %g [%g, %g] of %s, true: %g",
						 r.rows[row].id, r.rows[row].arm[a].name, v.value,
						 v.low, v.high, r.counter[i].name, truth);
				n[i]++;
				out[i] += truth < v.low - 1e-9 || truth > v.high + 1e-9;
				bias[i] += v.value - truth;
			}
		}
	}
	assert_true(n[NCB_SYNTHETIC_INSN] > 120 && n[NCB_SYNTHETIC_MISSES] > 110);
	assert_near(bias[NCB_SYNTHETIC_INSN] / n[NCB_SYNTHETIC_INSN], 0, 0.005);
	assert_near(bias[NCB_SYNTHETIC_MISSES] / n[NCB_SYNTHETIC_MISSES], 0, 0.005);
	/* 95 % intervals: 5 % are due outside. */
	assert_true(out[NCB_SYNTHETIC_MISSES] < n[NCB_SYNTHETIC_MISSES] / 8);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_a_lost_row_has_no_figures(void **state)
{
	const struct ncb_counts *c;
	struct ncb_rundata r;
	struct ncb_stats *s = counted(&r, &ncb_truth_counted);
	int row, cold, slist;

	(void)state;
	c = ncb_stats_counts(s);
	row = ncb_row_find(&r, NCB_SYNTHETIC_LOST);
	cold = ncb_row_find(&r, COLD_8);
	slist = ncb_row_arm_find(&r.rows[row], "slist");
	assert_false(ncb_count(c, NCB_SYNTHETIC_MISSES, row, slist).valid);
	assert_true(ncb_count(c, NCB_SYNTHETIC_INSN, row, slist).valid);
	assert_string_equal(ncb_counts_why(c, NCB_SYNTHETIC_MISSES, row),
			    "it did not count all the time in this row");
	assert_null(ncb_counts_why(c, NCB_SYNTHETIC_MISSES, cold));
	assert_true(ncb_count(c, NCB_SYNTHETIC_MISSES, cold, slist).valid);
	assert_string_equal(ncb_counts_why(c, NCB_SYNTHETIC_L1, row), "not supported by this CPU");
	assert_false(ncb_count(c, NCB_SYNTHETIC_L1, row, slist).valid);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_instructions_per_cycle(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	const struct ncb_counts *c;
	struct ncb_interval paired, apart;
	struct ncb_rundata r;
	struct ncb_stats *s;
	int row, slist;

	(void)state;
	t.layout = 0;
	s = counted(&r, &t);
	c = ncb_stats_counts(s);
	row = ncb_row_find(&r, CALL_8);
	slist = ncb_row_arm_find(&r.rows[row], "slist");
	assert_true(ncb_count_ipc_paired(c));
	paired = ncb_count_ipc(c, row, slist);
	/* 60 + 8 * 13 instructions in 2 * (20 + 8 * 10) cycles */
	assert_near(paired.value, 164.0 / 200, 0.01);
	assert_true(paired.low < paired.value && paired.value < paired.high);
	assert_true(paired.high - paired.low < 0.05);
	apart = ncb_quotient(ncb_count(c, NCB_SYNTHETIC_INSN, row, slist),
			     ncb_count(c, NCB_SYNTHETIC_CYCLES, row, slist));
	assert_near(apart.value, paired.value, 0.01);
	ncb_stats_free(s);
	/* In another pass: of the estimates. */
	r.counter[NCB_SYNTHETIC_INSN].pass = 1;
	r.counter[NCB_SYNTHETIC_MISSES].counted = false;
	s = ncb_stats_new(&r);
	assert_false(ncb_count_ipc_paired(ncb_stats_counts(s)));
	ncb_stats_free(s);
	r.counter[NCB_SYNTHETIC_INSN].counted = false;
	s = ncb_stats_new(&r);
	assert_false(ncb_count_ipc(ncb_stats_counts(s), row, slist).valid);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* Layouts that are slower have fewer instructions a cycle: paired, that is seen in each cell. */
static void test_ipc_is_a_ratio_of_cells(void **state)
{
	const struct ncb_counts *c;
	struct ncb_interval v;
	struct ncb_rundata r;
	struct ncb_stats *s;
	uint32_t i;

	(void)state;
	begin(&r, 0, 0);
	r.slots = r.counters = 2;
	r.counter = ncb_grow(r.counter, 2, sizeof(*r.counter));
	r.counter[1] = r.counter[0];
	r.counter[1].event.config = 1;
	r.counter[1].slot = 1;
	for (i = 0; i < 8; i++) {
		struct ncb_raw raw = { .s = { .iters = 1, .stretches = 1, .block = i, .ticks = 1,
			.arm = ncb_row_arm_find(r.rows, "slist"), .clone = i % 4 } };
		uint64_t counts[2] = { 0, 0 };

		ncb_rundata_add(&r, &raw, counts);
		raw.s.kind = NCB_KIND_ONE;
		raw.s.iters = 2;
		raw.s.ticks = 100;
		counts[0] = i % 4 ? 50 : 100;
		counts[1] = 100;
		ncb_rundata_add(&r, &raw, counts);
	}
	s = ncb_stats_new(&r);
	c = ncb_stats_counts(s);
	v = ncb_count_ipc(c, 0, ncb_row_arm_find(r.rows, "slist"));
	/* (1 + 2 + 2 + 2) / 4; of the estimates it would be 100 / 62.5 */
	assert_near(v.value, 1.75, 1e-12);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_the_frequency_is_seen(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	const struct ncb_counts *c;
	struct ncb_rundata r;
	struct ncb_stats *s = counted(&r, &t);

	(void)state;
	c = ncb_stats_counts(s);
	assert_int_equal(c->frequency.n, r.nrows * t.reloads);
	assert_near(c->frequency.low, NCB_SYNTHETIC_GHZ, 0.02);
	assert_near(c->frequency.high, NCB_SYNTHETIC_GHZ, 0.02);
	assert_false(ncb_has_moved(c->frequency.low, c->frequency.high));
	ncb_stats_free(s);
	ncb_rundata_free(&r);
	t.moved = 0.2;
	s = counted(&r, &t);
	c = ncb_stats_counts(s);
	assert_near(c->frequency.low, NCB_SYNTHETIC_GHZ * 0.8, 0.02);
	assert_near(c->frequency.high, NCB_SYNTHETIC_GHZ, 0.02);
	assert_true(ncb_has_moved(c->frequency.low, c->frequency.high));
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_what_the_machine_did_is_summed_up(void **state)
{
	struct ncb_meanwhile m;
	struct ncb_rundata r;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic_row(&r, CALL_8);
	ncb_synthetic_row(&r, COLD_8);
	ncb_meanwhile(&r, &m);
	assert_int_equal(m.known, 0);
	assert_false(m.interrupted);
	r.rows[0].place = (struct ncb_row_place) { .known = NCB_PLACE_SMIS, .smis = 3,
		.interrupted = true, .interrupts = 5, .steal_ns = 77 };
	r.rows[1].place = (struct ncb_row_place) {
		.known = NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY | NCB_PLACE_STEAL, .smis = 4,
		.interrupted = true, .interrupts = 4, .steal_ns = 1000, .low = 0.8, .high = 1.2 };
	ncb_meanwhile(&r, &m);
	assert_int_equal(m.known, NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY | NCB_PLACE_STEAL);
	assert_int_equal(m.smis, 7);
	assert_int_equal(m.smis_row, 1);
	assert_int_equal(m.interrupts, 9);
	assert_int_equal(m.interrupts_row, 0);
	assert_int_equal(m.steal_ns, 1000);
	assert_near(m.low, 0.8, 0);
	assert_near(m.high, 1.2, 0);
	ncb_rundata_free(&r);
}

/* An emulator's PMU: instructions to the last one, by the path that an exact clock takes. */
static void test_exact_instructions_of_a_pmu(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct ncb_interval change;
	struct ncb_rundata r;
	struct ncb_stats *s;
	size_t row, n = 0;
	uint32_t a;

	(void)state;
	t.exact_insn = true;
	t.reloads = 1;
	s = counted(&r, &t);
	assert_int_equal(r.metric, NCB_INSN);
	assert_int_equal(r.clock, NCB_NS);
	assert_int_equal(ncb_stats_run(s)->metric, NCB_INSN);
	for (row = 0; row < r.nrows; row++) {
		for (a = 0; a < r.rows[row].arms; a++) {
			const struct ncb_arm_stats *st = ncb_stats_arm(s, row, a);

			if (!st->samples || !strcmp(r.rows[row].arm[a].name, "loop"))
				continue;
			assert_near(st->cost.value, ncb_true_count(&t, &r.rows[row],
					r.rows[row].arm[a].name, NCB_SYNTHETIC_INSN), 1e-9);
			assert_true(st->exact && st->uniform);
			assert_near(st->cost.low, st->cost.high, 0);
			n++;
		}
	}
	assert_true(n > 100);
	row = ncb_row_find(&r, CALL_8);
	change = ncb_stats_change(s, row, ncb_row_arm_find(&r.rows[row], "slist"),
				  ncb_row_arm_find(&r.rows[row], "dlist"));
	assert_near(change.value, (62.0 + 8 * 15) / (60 + 8 * 13) - 1, 1e-12);
	assert_near(change.low, change.high, 0);
	/* The same figures where all of a run is asked for, and no second computation of them. */
	assert_ptr_equal(ncb_stats_counts(s)->event[NCB_SYNTHETIC_INSN], s);
	assert_near(ncb_count_more(ncb_stats_counts(s), NCB_SYNTHETIC_INSN, row,
				   ncb_row_arm_find(&r.rows[row], "slist"),
				   ncb_row_arm_find(&r.rows[row], "dlist")).ci.high, 18, 1e-9);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* Clock, cycles and events stand side by side, each from its own pass. */
/* What stands beside the rows belongs to the run, however often it is counted from. */
static void test_a_view_takes_nothing_away(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_counted);
	r.perf = json_pack("{ss}", "reason", "no perf");
	r.commands = json_pack("{ss}", "reason", "no hyperfine");
	r.files = ncb_copy("/nonexistent");
	r.storms = ncb_synthetic_storms(&ncb_storm_truth);
	s = ncb_stats_new(&r);
	assert_null(ncb_stats_run(s)->storms);
	assert_ptr_equal(ncb_stats_whole(s)->storms, r.storms);
	ncb_stats_free(s);
	assert_string_equal(json_string_value(json_object_get(r.perf, "reason")), "no perf");
	assert_string_equal(json_string_value(json_object_get(r.commands, "reason")),
			    "no hyperfine");
	assert_string_equal(r.files, "/nonexistent");
	assert_int_equal(r.storms->storms, NCB_SYNTHETIC_STORMS);
	ncb_rundata_free(&r);
}

static void test_one_run_many_metrics(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s = counted(&r, &ncb_truth_counted);
	const struct ncb_counts *c;
	int row, slist;
	double ns;

	(void)state;
	c = ncb_stats_counts(s);
	row = ncb_row_find(&r, CALL_8);
	slist = ncb_row_arm_find(&r.rows[row], "slist");
	assert_int_equal(ncb_stats_run(s)->metric, NCB_CYCLES);
	assert_int_equal(ncb_stats_run(c->clock)->metric, NCB_NS);
	assert_int_equal(ncb_stats_run(c->event[NCB_SYNTHETIC_MISSES])->metric, NCB_EVENT);
	ns = ncb_count(c, NCB_CLOCK, row, slist).value;
	assert_near(ncb_count(c, NCB_SYNTHETIC_CYCLES, row, slist).value / ns, NCB_SYNTHETIC_GHZ,
		    0.02);
	ncb_stats_free(s);
	assert_int_equal(ncb_run_set_metric(&r, "ns"), 0);
	s = ncb_stats_new(&r);
	assert_int_equal(ncb_stats_run(s)->metric, NCB_NS);
	assert_near(ncb_stats_arm(s, row, slist)->cost.value, ns, 0);
	assert_ptr_equal(ncb_stats_counts(s)->clock, s);
	assert_int_equal(ncb_run_set_metric(&r, "insn"), -ENODATA);
	assert_int_equal(r.metric, NCB_NS);
	assert_true(r.asked);
	assert_int_equal(ncb_run_set_metric(&r, "seconds"), -EINVAL);
	assert_int_equal(ncb_run_set_metric(&r, "cycles"), 0);
	ncb_stats_free(s);
	/* Nothing counted: no counts, and ns is all there is. */
	ncb_rundata_free(&r);
	s = counted(&r, &ncb_truth_ns);
	assert_null(ncb_stats_counts(s));
	assert_int_equal(ncb_run_set_metric(&r, "cycles"), -ENODATA);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counted_all_the_time),
		cmocka_unit_test(test_quotient_of_two_estimates),
		cmocka_unit_test(test_cells_are_paired_by_what_they_are),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_known_loop),
		cmocka_unit_test(test_counts_are_means),
		cmocka_unit_test(test_the_loop_is_subtracted_from_counts),
		cmocka_unit_test(test_disturbed_samples_are_set_aside),
		cmocka_unit_test(test_cycles_are_minima),
		cmocka_unit_test(test_true_counts_are_found),
		cmocka_unit_test(test_a_lost_row_has_no_figures),
		cmocka_unit_test(test_instructions_per_cycle),
		cmocka_unit_test(test_ipc_is_a_ratio_of_cells),
		cmocka_unit_test(test_the_frequency_is_seen),
		cmocka_unit_test(test_what_the_machine_did_is_summed_up),
		cmocka_unit_test(test_exact_instructions_of_a_pmu),
		cmocka_unit_test(test_a_view_takes_nothing_away),
		cmocka_unit_test(test_one_run_many_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
