// SPDX-License-Identifier: GPL-2.0-only
/* Figures of storms: vectors that were worked out by hand, and storms with a known truth. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../../kmod/storm/ncb_storm_uapi.h"
#include "../storm_stats.h"
#include "synthetic.h"

#define T_1	12.706204736	/* Student's t, 97.5 %, one degree of freedom */

static void near(double value, double wanted)
{
	if (!(fabs(value - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
		fail_msg("%.12g instead of %.12g", value, wanted);
}

static void unknown(double value)
{
	if (!isnan(value))
		fail_msg("%.12g, and nobody can know it", value);
}

/* One storm; records are added by hand. */
static struct ncb_storms *storm(enum ncb_storm_mode mode, uint32_t threads, uint32_t modules,
				uint32_t rounds)
{
	struct ncb_storms *s = ncb_storms_new();

	s->storms = 1;
	s->storm = ncb_alloc(1, sizeof(*s->storm));
	*s->storm = (struct ncb_storm) {
		.id = "by/hand", .mode = mode, .threads = threads, .modules = modules,
		.rounds = rounds, .file_size = 5000,
	};
	return s;
}

/* At place { round, thread, module }. */
#define ADD(s, rnd, thr, mod, kind, res, start, took) \
	ncb_storms_add(s, &(struct ncb_storm_record) { \
		.round = (rnd), .thread = (thr), .module = (mod), .what = NCB_STORM_##kind, \
		.result = (res), .start_ns = (start), .ns = (took) })

static struct ncb_storm_figures figures(const struct ncb_storms *s, size_t i)
{
	struct ncb_storm_figures f;

	ncb_storm_figures(s, i, &f);
	return f;
}

static void test_latencies(void **state)
{
	static const size_t sizes[] = { 9, 10, 99, 100, 999, 1000 };
	struct ncb_storm_latency l;
	struct ncb_storms *s;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = sizes[i];
		s = storm(NCB_STORM_CHURN, 1, 1, 1);
		/* 1 .. n, the largest first; and some that are none. */
		for (k = n; k; k--)
			ADD(s, 0, 0, 0, LOAD, 0, 10 * k, k);
		ADD(s, 0, 0, 0, LOAD, -EEXIST, 0, 77777);
		ADD(s, 0, 0, 0, LOAD, -ENOMEM, 0, 99999);
		ADD(s, 0, 0, 0, UNLOAD, 0, 0, 5);
		ADD(s, 0, 0, 0, UNLOAD, -EBUSY, 0, 6);
		l = figures(s, 0).load;
		assert_int_equal(l.n, n);
		near(l.min, 1);
		near(l.max, n);
		near(l.mean, (n + 1) / 2.0);
		near(l.p50, (n + 1) / 2.0);
		/* Interpolated: 1 + q (n - 1). */
		n < 10 ? unknown(l.p90) : near(l.p90, 1 + 0.9 * (n - 1));
		n < 100 ? unknown(l.p99) : near(l.p99, 1 + 0.99 * (n - 1));
		n < 1000 ? unknown(l.p999) : near(l.p999, 1 + 0.999 * (n - 1));
		assert_int_equal(figures(s, 0).unload.n, 1);
		near(figures(s, 0).unload.max, 5);
		assert_int_equal(figures(s, 0).lost.n, 1);
		near(figures(s, 0).lost.p50, 77777);
		ncb_storms_free(s);
	}
}

static void test_nothing_was_measured(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 1, 1, 0);
	struct ncb_storm_figures f = figures(s, 0);
	struct ncb_storm_histogram h;
	struct ncb_point *p;
	double *values;

	(void)state;
	assert_int_equal(f.load.n, 0);
	unknown(f.load.min);
	unknown(f.load.p50);
	unknown(f.load.mean);
	unknown(f.load.max);
	assert_false(f.load_p50.valid);
	assert_false(f.unload_p50.valid);
	assert_false(f.rate.valid);
	assert_false(f.call_rate.valid);
	unknown(f.driver_share);
	unknown(f.coming_share);
	unknown(f.live_share);
	unknown(f.going_share);
	assert_int_equal(f.order_coming, 0);
	assert_false(f.proven);
	near(f.wasted, 0);
	unknown(f.peak[NCB_MEMORY_SLAB]);
	unknown(f.left[NCB_MEMORY_SLAB]);
	ncb_storm_histogram(s, 0, NCB_STORM_LOAD, &h);
	assert_int_equal(h.bins, 0);
	assert_null(h.count);
	assert_int_equal(ncb_storm_latencies(s, 0, NCB_STORM_LOAD, &values), 0);
	free(values);
	assert_int_equal(ncb_storm_points(s, 0, NCB_STORM_RATE, &p), 0);
	free(p);
	ncb_storms_free(s);
}

static void test_rounds(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 1, 3, 2);
	struct ncb_storm_figures f;

	(void)state;
	s->storm->inside_ns = 970;
	s->storm->thread_ns = 1000;
	ADD(s, 0, 0, 0, LOAD, 0, 0, 100);
	ADD(s, 0, 0, 1, LOAD, 0, 200, 90);
	ADD(s, 0, 0, 2, LOAD, 0, 400, 900);
	ADD(s, 0, 0, 0, UNLOAD, 0, 150, 10);
	ADD(s, 0, 0, 0, ROUND, 1, 0, 1000000);
	ADD(s, 1, 0, 0, LOAD, 0, 0, 300);
	ADD(s, 1, 0, 1, LOAD, 0, 500, 400);
	ADD(s, 1, 0, 2, LOAD, 0, 1000, 200);
	ADD(s, 1, 0, 2, LOAD, -EEXIST, 2000, 1);
	ADD(s, 1, 0, 0, UNLOAD, 0, 400, 10);
	ADD(s, 1, 0, 0, ROUND, 1, 0, 2000000);
	f = figures(s, 0);
	/* Medians 100 and 300: mean 200, standard error 100. */
	near(f.load_p50.value, 200);
	near(f.load_p50.low, 200 - 100 * T_1);
	near(f.load_p50.high, 200 + 100 * T_1);
	/* Both 10: exactly. */
	near(f.unload_p50.value, 10);
	near(f.unload_p50.low, 10);
	near(f.unload_p50.high, 10);
	/* Three in 1 ms, three in 2 ms; of calls four in the second. */
	near(f.rate.value, 2250);
	near(f.rate.high, 2250 + 750 * T_1);
	near(f.call_rate.value, 2500);
	near(f.driver_share, 0.03);
	ncb_storms_free(s);
}

static void test_loads_of_the_same_file(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_DUPLICATE, 5, 1, 3);
	struct ncb_storm_figures f;
	uint32_t i;

	(void)state;
	/* One loads, two wait for it, one is told that it is there, one meets a failure. */
	for (i = 0; i < 3; i++)
		ADD(s, 0, i, 0, LOAD, 0, 100, 1000);
	ADD(s, 0, 3, 0, LOAD, -EEXIST, 100, 1000);
	ADD(s, 0, 4, 0, LOAD, -EBUSY, 100, 1000);
	/* Nobody waits. */
	ADD(s, 1, 2, 0, LOAD, 0, 5000, 1000);
	ADD(s, 1, 3, 0, LOAD, -EEXIST, 5000, 1000);
	f = figures(s, 0);
	/* Without probes it is taken for granted that a module is loaded once. */
	assert_int_equal(f.first, 2);
	assert_int_equal(f.shared, 2);
	assert_int_equal(f.refused, 2);
	assert_int_equal(f.other, 1);
	assert_int_equal(f.rejected, 0);
	assert_false(f.proven);
	near(f.wasted, 3 * 5000);
	ADD(s, 0, 1, 0, LIVE, 1, 300, 10);
	f = figures(s, 0);
	assert_int_equal(f.first, 2);
	assert_false(f.proven);		/* of the second round nobody saw anything */
	ADD(s, 1, 2, 0, LIVE, 1, 5300, 10);
	assert_true(figures(s, 0).proven);
	/* The kernel loads the same module twice: that is what is reported. */
	ADD(s, 0, 2, 0, LIVE, 1, 300, 10);
	f = figures(s, 0);
	assert_int_equal(f.first, 3);
	assert_int_equal(f.shared, 1);
	assert_true(f.proven);
	/* One loads: whoever waited for it has its own latency, and no rate. */
	near(f.waited.p50, 1000);
	assert_int_equal(f.load.n, 3);
	assert_int_equal(f.waited.n, 1);
	/* Where each has a file of its own, 0 means loaded. */
	s->storm->mode = NCB_STORM_COPIES;
	f = figures(s, 0);
	assert_int_equal(f.first, 4);
	assert_int_equal(f.shared, 0);
	assert_false(f.proven);
	s->storm->file_size = 0;
	unknown(figures(s, 0).wasted);
	ncb_storms_free(s);
}

/* Since 6.5: 0 is what a call gets that waited, and it is faster than one that loads. */
static void test_what_waits_is_no_load(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_DUPLICATE, 3, 1, 2);
	struct ncb_storm_figures f;
	struct ncb_point *p;
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ADD(s, i, 0, 0, LOAD, 0, 100, 9000);
		ADD(s, i, 0, 0, LIVE, 1, 8000, 10);
		ADD(s, i, 1, 0, LOAD, 0, 9050, 1000);
		ADD(s, i, 2, 0, LOAD, 0, 500, 8650);
		ADD(s, i, 0, 0, ROUND, 3, 0, 1000000);
	}
	f = figures(s, 0);
	assert_int_equal(f.load.n, 2);
	near(f.load.min, 9000);
	near(f.load_p50.value, 9000);
	near(f.rate.value, 1000);
	near(f.call_rate.value, 3000);
	assert_int_equal(f.waited.n, 4);
	near(f.waited.p50, (1000 + 8650) / 2.0);
	assert_true(f.proven);
	assert_int_equal(ncb_storm_points(s, 0, NCB_STORM_LOAD_P50, &p), 2);
	near(p[0].value, 9000);
	free(p);
	/* Of several nobody knows which one loaded; of one alone it is plain. */
	for (i = 0; i < s->records; i++)
		if (s->record[i].what == NCB_STORM_LIVE)
			s->record[i].what = NCB_STORM_OTHER;
	s->records--;
	f = figures(s, 0);
	assert_int_equal(f.load.n, 0);
	assert_int_equal(f.first, 2);
	assert_int_equal(f.waited.n, 0);
	for (i = 0; i < s->records; i++)
		if (s->record[i].what == NCB_STORM_LOAD && s->record[i].thread)
			s->record[i].result = -EEXIST;
	s->records--;
	assert_int_equal(figures(s, 0).load.n, 2);
	ncb_storms_free(s);
}

/* Each LIVE is in a call, and each call that returned 0 has one, in it or beside it. */
static void test_mixed_loads_are_proven(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_MIXED, 3, 1, 1);
	struct ncb_storm_figures f;

	(void)state;
	ADD(s, 0, 0, 0, LOAD, 0, 100, 1000);
	ADD(s, 0, 0, 0, LIVE, 1, 800, 10);
	ADD(s, 0, 1, 0, LOAD, 0, 300, 900);
	f = figures(s, 0);
	assert_true(f.proven);
	assert_int_equal(f.first, 1);
	assert_int_equal(f.shared, 1);
	/* It returned 0, and nothing was loaded meanwhile. */
	ADD(s, 0, 2, 0, LOAD, 0, 5000, 900);
	f = figures(s, 0);
	assert_false(f.proven);
	assert_int_equal(f.first, 2);
	assert_int_equal(f.load.n, 1);
	/* Nor does it help that somebody else was announced then. */
	ADD(s, 0, 1, 0, LIVE, 1, 5500, 10);
	assert_false(figures(s, 0).proven);
	ncb_storms_free(s);
}

static void test_shares_of_the_chain(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 2, 2, 1);
	struct ncb_storm_figures f;

	(void)state;
	ADD(s, 0, 0, 0, LOAD, 0, 0, 1000);
	ADD(s, 0, 0, 0, COMING, 1, 100, 100);
	ADD(s, 0, 0, 0, LIVE, 1, 500, 50);
	ADD(s, 0, 1, 1, LOAD, 0, 0, 3000);
	ADD(s, 0, 1, 1, COMING, -1, 100, 100);
	ADD(s, 0, 1, 1, LIVE, 1, 2500, 150);
	/* Of this one LIVE is not known: its time does not count. */
	ADD(s, 0, 0, 1, LOAD, 0, 5000, 1000);
	ADD(s, 0, 0, 1, COMING, 1, 5100, 900);
	/* Of this one COMING was seen by one probe only. */
	ADD(s, 0, 1, 0, LOAD, 0, 7000, 1000);
	ADD(s, 0, 1, 0, COMING, 0, 7100, 0);
	ADD(s, 0, 1, 0, LIVE, 1, 7300, 100);
	/* Another load of the same thread and module, later in the round. */
	ADD(s, 0, 0, 0, LOAD, -NCB_STORM_FAIL_ERRNO, 2000, 400);
	ADD(s, 0, 0, 0, GOING, 1, 2300, 60);
	ADD(s, 0, 0, 0, UNLOAD, 0, 1500, 400);
	ADD(s, 0, 0, 0, GOING, 1, 1600, 20);
	/* Not within any call of that thread. */
	ADD(s, 0, 0, 1, LIVE, 1, 9000, 5000);
	f = figures(s, 0);
	/* What the probes take may be more than the chain does. */
	unknown(f.coming_share);
	unknown(f.live_share);
	unknown(f.going_share);
	assert_int_equal(f.coming.n, 3);
	near(f.coming.max, 900);
	assert_int_equal(f.live.n, 4);
	assert_int_equal(f.going.n, 2);
	near(f.going.mean, 40);
	/* Less what two probes take, where both outer ones were called. */
	s->storm->probe_ns = 10;
	f = figures(s, 0);
	near(f.coming_share, (80.0 + 80) / 4000);
	near(f.live_share, (30.0 + 130) / 4000);
	near(f.going_share, 0);
	near(f.coming.max, 880);
	near(f.going.mean, 20);
	near(f.load.max, 3000);
	ncb_storms_free(s);
}

static void test_parts_of_the_chain(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 1, 1, 1);
	struct ncb_storm_callback_figures before, behind;

	(void)state;
	s->storm->probe_ns = 10;
	ADD(s, 0, 0, 0, COMING, 1, 0, 100);
	s->record[0].part_ns = 70;
	/* Backwards: the last probe was called first. */
	ADD(s, 0, 0, 0, GOING, -1, 200, 90);
	s->record[1].part_ns = 50;
	/* The middle one was not called; only one of the outer ones was. */
	ADD(s, 0, 0, 0, COMING, 1, 300, 5000);
	ADD(s, 0, 0, 0, COMING, 0, 400, 0);
	s->record[3].part_ns = 3000;
	ncb_storm_part_figures(s, 0, false, &before);
	ncb_storm_part_figures(s, 0, true, &behind);
	assert_int_equal(before.state[0].n, 1);
	near(before.state[0].p50, 60);
	near(behind.state[0].p50, 20);
	near(before.state[2].p50, 40);
	near(behind.state[2].p50, 30);
	assert_int_equal(before.state[1].n, 0);
	unknown(behind.state[1].p50);
	ncb_storms_free(s);
}

static void test_order_of_the_chain(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 1, 1, 1);

	(void)state;
	ADD(s, 0, 0, 0, COMING, 1, 0, 10);
	ADD(s, 0, 0, 0, GOING, -1, 100, 10);
	ADD(s, 0, 0, 0, GOING, 0, 200, 0);
	assert_int_equal(figures(s, 0).order_coming, 1);
	assert_int_equal(figures(s, 0).order_going, -1);
	ADD(s, 0, 0, 0, GOING, 1, 300, 10);
	assert_int_equal(figures(s, 0).order_going, 0);
	assert_int_equal(figures(s, 0).forward[2], 1);
	assert_int_equal(figures(s, 0).backward[2], 1);
	assert_int_equal(figures(s, 0).forward[1], 0);
	ncb_storms_free(s);
}

static void test_vetoes_are_rolled_back(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_VETO_MODE, 1, 4, 1);
	struct ncb_storm_figures f;
	uint32_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		ADD(s, 0, 0, i, LOAD, -NCB_STORM_VETO_ERRNO, 1000 * i, 500);
	/* As it should be; GOING for nobody, for all; and the veto came too late. */
	ADD(s, 0, 0, 0, COMING, 0, 100, 0);
	ADD(s, 0, 0, 0, GOING, 0, 200, 0);
	ADD(s, 0, 0, 1, COMING, 0, 1100, 0);
	ADD(s, 0, 0, 2, COMING, 0, 2100, 0);
	ADD(s, 0, 0, 2, GOING, 1, 2200, 10);
	ADD(s, 0, 0, 3, COMING, 1, 3100, 10);
	ADD(s, 0, 0, 3, GOING, 0, 3200, 0);
	f = figures(s, 0);
	assert_int_equal(f.rejected, 4);
	assert_int_equal(f.rolled_back, 1);
	/* They did what they had to. */
	assert_int_equal(f.load.n, 4);
	assert_int_equal(f.first, 0);
	assert_int_equal(f.other, 0);
	near(f.wasted, 4 * 5000);
	ADD(s, 0, 0, 0, LOAD, -ENOMEM, 9000, 1);
	ADD(s, 0, 0, 0, LOAD, 0, 9100, 1);
	f = figures(s, 0);
	assert_int_equal(f.load.n, 4);
	assert_int_equal(f.other, 1);
	assert_int_equal(f.first, 1);
	ncb_storms_free(s);
}

static void look(struct ncb_storms *s, uint32_t round, uint32_t moment, uint64_t free_bytes,
		 uint64_t slab)
{
	s->memory = ncb_grow(s->memory, s->memories + 1, sizeof(*s->memory));
	s->memory[s->memories++] = (struct ncb_storm_memory) {
		.round = round, .moment = moment,
		.bytes = { free_bytes, 7, NCB_STORM_UNKNOWN, slab, 0 },
	};
}

static void test_memory(void **state)
{
	struct ncb_storms *s = storm(NCB_STORM_DISTINCT, 1, 1, 2);
	struct ncb_storm_figures f;
	size_t i;

	(void)state;
	/* The later round first: the order says nothing. */
	look(s, 1, 2, 960, 530);
	look(s, 1, 0, 980, 520);
	look(s, 1, 1, 900, 560);
	look(s, 0, 1, 850, 510);
	look(s, 0, 0, 1000, 500);
	look(s, 0, 2, 980, 520);
	f = figures(s, 0);
	near(f.peak[NCB_MEMORY_FREE], 150);
	near(f.peak[NCB_MEMORY_SLAB], 40);
	near(f.peak[NCB_MEMORY_VMALLOC], 0);
	unknown(f.peak[NCB_MEMORY_PERCPU]);
	near(f.left[NCB_MEMORY_FREE], 40);
	near(f.left[NCB_MEMORY_SLAB], 30);
	unknown(f.left[NCB_MEMORY_PERCPU]);
	assert_false(f.while_loading[NCB_MEMORY_FREE]);
	/* Looked at once more. */
	look(s, 1, 1, 700, 560);
	near(figures(s, 0).peak[NCB_MEMORY_FREE], 280);
	/* While loading, of a round of its own: above its earliest look, not another round's. */
	look(s, 2, 3, 300, 700);
	look(s, 2, 3, 700, 600);
	look(s, 2, 3, 600, 635);
	for (i = 7; i < 10; i++)
		s->memory[i].at_ns = 1000 - i;
	f = figures(s, 0);
	near(f.peak[NCB_MEMORY_FREE], 300);
	assert_true(f.while_loading[NCB_MEMORY_FREE]);
	near(f.peak[NCB_MEMORY_SLAB], 65);
	assert_true(f.while_loading[NCB_MEMORY_SLAB]);
	assert_false(f.while_loading[NCB_MEMORY_VMALLOC]);
	near(f.left[NCB_MEMORY_FREE], 40);
	ncb_storms_free(s);
}

static void test_histogram(void **state)
{
	static const uint64_t ns[] = { 1000, 1189, 1190, 1999, 2000, 500, 500 };
	struct ncb_storms *s = storm(NCB_STORM_CHURN, 1, 1, 1);
	struct ncb_storm_histogram h;
	double *sorted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		ADD(s, 0, 0, 0, LOAD, 0, 10000 * i, ns[i]);
	ncb_storm_histogram(s, 0, NCB_STORM_LOAD, &h);
	/* From 0.5 us to 2 us; 2^(1/4) is 1.1892. */
	assert_int_equal(h.first, -4);
	assert_int_equal(h.bins, 9);
	assert_int_equal(h.count[0], 2);
	assert_int_equal(h.count[1] + h.count[2] + h.count[3], 0);
	assert_int_equal(h.count[4], 2);
	assert_int_equal(h.count[5], 1);
	assert_int_equal(h.count[6], 0);
	assert_int_equal(h.count[7], 1);
	assert_int_equal(h.count[8], 1);
	free(h.count);
	assert_int_equal(ncb_storm_latencies(s, 0, NCB_STORM_LOAD, &sorted), ARRAY_SIZE(ns));
	near(sorted[0], 500);
	near(sorted[2], 1000);
	near(sorted[6], 2000);
	free(sorted);
	ADD(s, 0, 0, 0, LOAD, 0, 0, 0);
	ncb_storm_histogram(s, 0, NCB_STORM_LOAD, &h);
	assert_int_equal(h.first, -40);		/* 1 ns */
	assert_int_equal(h.count[0], 1);
	free(h.count);
	ncb_storms_free(s);
}

/* -- storms with a known truth -- */

static void test_slope_without_noise(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_slope l;

	(void)state;
	assert_true(ncb_storm_slope(s, 1, &l));
	near(l.load.value, 12);
	near(l.load.low, 12);
	near(l.load.high, 12);
	near(l.unload.value, 5);
	near(l.unload.high, 5);
	near(l.load_at_0, NCB_SYNTHETIC_LOAD);
	near(l.unload_at_0, NCB_SYNTHETIC_UNLOAD);
	near(l.chain_share, 12.0 * NCB_SYNTHETIC_CALLBACKS / NCB_SYNTHETIC_LOAD);
	near(1 + l.off, 1);
	near(1 + l.off_unload, 1);
	assert_int_equal(l.points, 4);
	assert_int_equal(l.rounds, 20);
	assert_int_equal(l.least, 8);
	assert_false(ncb_storm_slope(s, 2, &l));
	assert_false(ncb_storm_slope(s, 0, &l));
	s->callbacks = 0;
	assert_true(ncb_storm_slope(s, 1, &l));
	unknown(l.chain_share);
	ncb_storms_free(s);
}

/* 95 % intervals hold the truth in 95 of 100 tries or so. */
static void test_slope_with_noise(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	size_t i, held = 0, tries = 100;
	struct ncb_storm_slope l;

	(void)state;
	truth.noise = 0.2;
	for (i = 0; i < tries; i++) {
		struct ncb_storms *s;

		truth.seed = i + 1;
		s = ncb_synthetic_storms(&truth);
		assert_true(ncb_storm_slope(s, 1, &l));
		held += l.load.low <= 12 && l.load.high >= 12;
		/* The chain's own time has no noise of the calls in it. */
		near(l.chain.value, 12);
		near(l.chain_unload.value, 5);
		assert_true(l.load.high - l.load.low > 1 && l.load.high - l.load.low < 40);
		ncb_storms_free(s);
	}
	if (held < 88 || held == tries)
		fail_msg("%zu of %zu intervals hold the truth", held, tries);
}

/* Latencies that are no line say so. */
static void test_a_bent_line(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_slope l;
	size_t i;

	(void)state;
	for (i = 0; i < s->records; i++)
		if (s->record[i].storm == NCB_SYNTHETIC_K64 && s->record[i].what == NCB_STORM_LOAD)
			s->record[i].ns += 50000;
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_true(l.off > 0.1);
	near(1 + l.off_unload, 1);
	ncb_storms_free(s);
}

/* As much as the notifiers take at most is little of a load, and much of a line. */
static void test_a_chain_that_is_no_line(void **state)
{
	static const struct {
		uint32_t extra[4];	/* that are really called */
		double bend;
	} chains[] = {
		{ { 0, 16, 64, 256 }, 0 },
		{ { 0, 16, 64, 64 }, 0.6 },	/* no more than 64 */
		{ { 0, 256, 256, 256 }, 1.1 },	/* a step */
	};
	struct ncb_storms *s;
	struct ncb_storm_slope l;
	size_t i, k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(chains); k++) {
		s = ncb_synthetic_storms(&ncb_storm_truth);
		for (i = 0; i < s->records; i++) {
			struct ncb_storm_record *r = &s->record[i];
			uint32_t nr = r->storm - NCB_SYNTHETIC_K0;

			if (r->storm >= NCB_SYNTHETIC_K0 && nr < 4 && r->what >= NCB_STORM_COMING &&
			    r->what <= NCB_STORM_GOING)
				r->ns = 2000 + 6 * chains[k].extra[nr];
		}
		assert_true(ncb_storm_slope(s, 1, &l));
		assert_true(l.bend.valid && l.bend_unload.valid);
		if (fabs(l.bend.value - chains[k].bend) > 0.05)
			fail_msg("%zu: bent by %g, not %g", k, l.bend.value, chains[k].bend);
		near(1 + l.bend.low, 1 + l.bend.value);	/* no noise */
		near(1 + l.bend.high, 1 + l.bend.value);
		/* Latencies have it as little as 5 %. */
		assert_true(l.off < 0.05);
		ncb_storms_free(s);
	}
	/* None are called: a line, but none that rises. */
	s = ncb_synthetic_storms(&ncb_storm_truth);
	for (i = 0; i < s->records; i++)
		if (s->record[i].what >= NCB_STORM_COMING && s->record[i].what <= NCB_STORM_GOING)
			s->record[i].ns = 2000;
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_false(l.bend.valid);
	ncb_storms_free(s);
}

/* The line as fitted does not begin at the value that was measured without notifiers. */
static void test_where_the_line_begins(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_slope l;
	size_t i;

	(void)state;
	for (i = 0; i < s->records; i++)
		if (s->record[i].storm == NCB_SYNTHETIC_K0 && s->record[i].what == NCB_STORM_LOAD)
			s->record[i].ns += 1000;
	assert_true(ncb_storm_slope(s, 1, &l));
	near(l.load_at_0, NCB_SYNTHETIC_LOAD + 1000);
	/* 0, 16, 64, 256: Sxx is 41664, Sxy 84000 less: 250 - 84 * that. */
	near(l.load.value, 12 - 84000.0 / 41664);
	near(l.load_fixed, NCB_SYNTHETIC_LOAD + 250 + 84 * 84000.0 / 41664);
	near(l.unload_fixed, NCB_SYNTHETIC_UNLOAD);
	ncb_storms_free(s);
}

/* What failed, what is of one round, and what loads hardly anything. */
static void test_lines_that_are_none(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_storms *s = ncb_synthetic_storms(&truth);
	struct ncb_storm_slope l;
	size_t i;

	(void)state;
	for (i = 0; i < s->records; i++)
		if (s->record[i].storm == NCB_SYNTHETIC_K64)
			s->record[i].ns *= 2;
	s->storm[NCB_SYNTHETIC_K64].failed = true;
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_int_equal(l.points, 3);
	near(l.load.value, 12);
	s->storm[NCB_SYNTHETIC_K16].failed = true;
	assert_false(ncb_storm_slope(s, 1, &l));
	ncb_storms_free(s);
	s = ncb_synthetic_storms(&truth);
	for (i = NCB_SYNTHETIC_K0; i <= NCB_SYNTHETIC_K256; i++)
		s->storm[i].mode = NCB_STORM_DUPLICATE;
	assert_false(ncb_storm_slope(s, 1, &l));
	ncb_storms_free(s);
	truth.rounds = 1;
	s = ncb_synthetic_storms(&truth);
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_true(isinf(l.load.high));
	assert_false(l.bend.valid);
	ncb_storms_free(s);
}

/* The machine slows down from round to round: storms of a round share that. */
static void test_slope_with_drift(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_slope l;
	size_t i;

	(void)state;
	for (i = 0; i < s->records; i++)
		if (s->record[i].what == NCB_STORM_LOAD)
			s->record[i].ns += 10000 * s->record[i].round;
	assert_true(ncb_storm_slope(s, 1, &l));
	near(l.load.value, 12);
	near(l.load.high, 12);
	ncb_storms_free(s);
}

static void test_an_interrupted_sweep(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_storm_slope l;
	struct ncb_storms *s;
	size_t i;

	(void)state;
	truth.interrupted = true;
	s = ncb_synthetic_storms(&truth);
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_int_equal(l.rounds, 10);
	near(l.load.value, 12);
	assert_int_equal(figures(s, NCB_SYNTHETIC_TRACED).load.n, 0);
	/* One storm lacks a round, one has none at all: then there are three of nine. */
	for (i = 0; i < s->records; i++)
		if ((s->record[i].storm == NCB_SYNTHETIC_K16 && s->record[i].round == 3) ||
		    s->record[i].storm == NCB_SYNTHETIC_K0)
			s->record[i].what = NCB_STORM_OTHER;
	s->records--;		/* as after a change: looked at anew */
	assert_true(ncb_storm_slope(s, 1, &l));
	assert_int_equal(l.points, 3);
	assert_int_equal(l.rounds, 9);
	near(l.load.value, 12);
	near(l.load_at_0, NCB_SYNTHETIC_LOAD);	/* by the line */
	for (i = 0; i < s->records; i++)
		if (s->record[i].storm == NCB_SYNTHETIC_K64)
			s->record[i].what = NCB_STORM_OTHER;
	s->records--;
	assert_false(ncb_storm_slope(s, 1, &l));
	assert_false(l.load.valid);
	ncb_storms_free(s);
}

static void test_modes(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_figures f;

	(void)state;
	f = figures(s, NCB_SYNTHETIC_CHURN_1);
	assert_int_equal(f.load.n, 160);
	near(f.load.p99, NCB_SYNTHETIC_LOAD);
	near(f.unload_p50.value, NCB_SYNTHETIC_UNLOAD);
	near(f.coming_share, (double)NCB_SYNTHETIC_WALK / NCB_SYNTHETIC_LOAD);
	near(f.live_share, NCB_SYNTHETIC_WALK / 2.0 / NCB_SYNTHETIC_LOAD);
	near(f.going_share, NCB_SYNTHETIC_WALK / 2.0 / NCB_SYNTHETIC_UNLOAD);
	near(f.rate.value, 1e9 / (NCB_SYNTHETIC_LOAD + NCB_SYNTHETIC_UNLOAD));
	near(f.driver_share, 200.0 / 160200);
	assert_true(f.proven);
	assert_int_equal(f.order_coming, 1);
	assert_int_equal(f.order_going, 1);
	f = figures(s, NCB_SYNTHETIC_DUPLICATE);
	assert_int_equal(f.first, 20);
	assert_int_equal(f.refused, 20 * 63);
	assert_int_equal(f.lost.n, 20 * 63);
	assert_int_equal(f.shared, 0);
	assert_true(f.proven);
	near(f.peak[NCB_MEMORY_VMALLOC], 64 * 40000);
	near(f.peak[NCB_MEMORY_FREE], 64 * 40000);
	near(f.left[NCB_MEMORY_FREE], 0);
	f = figures(s, NCB_SYNTHETIC_AUTOLOAD);
	assert_int_equal(f.load.n, 20 * 16);
	near(f.load.p50, 17.0 * NCB_SYNTHETIC_LOAD);
	near(f.coming_share, NCB_SYNTHETIC_WALK / (17.0 * NCB_SYNTHETIC_LOAD));
	near(f.wasted, 0);
	f = figures(s, NCB_SYNTHETIC_FAIL);
	assert_int_equal(f.rejected, 160);
	assert_int_equal(f.load.n, 160);
	assert_int_equal(f.going.n, 160);
	assert_int_equal(f.rolled_back, 0);
	assert_int_equal(f.unload.n, 0);
	unknown(f.going_share);
	f = figures(s, NCB_SYNTHETIC_VETO);
	assert_int_equal(f.rejected, 160);
	assert_int_equal(f.rolled_back, 160);
	f = figures(s, NCB_SYNTHETIC_MIXED);
	assert_int_equal(f.first, 80);
	assert_int_equal(f.rejected, 80);
	assert_int_equal(f.refused, 80);
	assert_int_equal(f.load.n, 80);
	ncb_storms_free(s);
}

static void test_other_kernels(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_storm_figures f;
	struct ncb_storms *s;

	(void)state;
	truth.coalesced = truth.reversed = truth.stuck = truth.leak = true;
	s = ncb_synthetic_storms(&truth);
	f = figures(s, NCB_SYNTHETIC_DUPLICATE);
	assert_int_equal(f.first, 20);
	assert_int_equal(f.shared, 20 * 63);
	assert_int_equal(f.refused, 0);
	near(f.wasted, 0);
	assert_int_equal(f.order_coming, 1);
	assert_int_equal(f.order_going, -1);
	assert_int_equal(figures(s, NCB_SYNTHETIC_VETO).rolled_back, 0);
	near(figures(s, NCB_SYNTHETIC_CHURN_1).left[NCB_MEMORY_SLAB], 20 * 65536);
	ncb_storms_free(s);
}

static void test_callbacks(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_storm_callback_figures f;
	int i;

	(void)state;
	ncb_storm_callback_figures(s, 2, &f);
	for (i = 0; i < 3; i++) {
		assert_int_equal(f.state[i].n, 160);
		near(f.state[i].p50, 30 + 100 * i);
	}
	ncb_storm_callback_figures(s, NCB_SYNTHETIC_CALLBACKS - 1, &f);
	near(f.state[2].max, 60 + 200);
	ncb_storms_free(s);
}

/* Figures do not depend on where a record stands. */
static void test_any_order(void **state)
{
	struct ncb_storm_truth truth = ncb_storm_truth;
	struct ncb_storms *s;
	struct ncb_storm_figures before, after;
	struct ncb_storm_record swapped;
	size_t storm_nr, i, k;

	(void)state;
	truth.noise = 0.3;
	s = ncb_synthetic_storms(&truth);
	for (storm_nr = 0; storm_nr < s->storms; storm_nr += 5) {
		memset(&before, 0, sizeof(before));
		memset(&after, 0, sizeof(after));
		ncb_storm_figures(s, storm_nr, &before);
		for (i = 0; i < s->records; i++) {
			k = (i * 7919 + 13) % s->records;
			swapped = s->record[i];
			s->record[i] = s->record[k];
			s->record[k] = swapped;
		}
		ncb_storm_index_free(s->index);
		s->index = NULL;
		ncb_storm_figures(s, storm_nr, &after);
		near(after.load_p50.low, before.load_p50.low);
		near(after.coming_share, before.coming_share);
		assert_int_equal(after.first, before.first);
		assert_int_equal(after.rolled_back, before.rolled_back);
		near(after.rate.value, before.rate.value);
	}
	ncb_storms_free(s);
}

static void test_points(void **state)
{
	struct ncb_storms *s = ncb_synthetic_storms(&ncb_storm_truth);
	struct ncb_point *p;
	size_t n;

	(void)state;
	n = ncb_storm_points(s, NCB_SYNTHETIC_CHURN_2, NCB_STORM_LOAD_P50, &p);
	assert_int_equal(n, 20);
	assert_int_equal(p[7].reload, 7);
	assert_int_equal(p[7].boot + p[7].copy, 0);
	near(p[7].value, 1.1 * NCB_SYNTHETIC_LOAD);
	free(p);
	n = ncb_storm_points(s, NCB_SYNTHETIC_CHURN_2, NCB_STORM_UNLOAD_P50, &p);
	near(p[0].value, 1.1 * NCB_SYNTHETIC_UNLOAD);
	free(p);
	n = ncb_storm_points(s, NCB_SYNTHETIC_CHURN_2, NCB_STORM_COMING_P50, &p);
	near(p[0].value, NCB_SYNTHETIC_WALK);
	free(p);
	n = ncb_storm_points(s, NCB_SYNTHETIC_CHURN_2, NCB_STORM_RATE, &p);
	near(p[0].value, 2e9 / (1.1 * (NCB_SYNTHETIC_LOAD + NCB_SYNTHETIC_UNLOAD)));
	free(p);
	/* Eight loads a round: the 99th percentile is of 13 rounds or more; here of all 20. */
	n = ncb_storm_points(s, NCB_SYNTHETIC_CHURN_2, NCB_STORM_LOAD_P99, &p);
	assert_int_equal(n, 1);
	free(p);
	/* 32 a round: 4, 4, 4, 4, 4. */
	n = ncb_storm_points(s, NCB_SYNTHETIC_DISTINCT, NCB_STORM_LOAD_P99, &p);
	assert_int_equal(n, 5);
	assert_int_equal(p[4].reload, 16);
	near(p[4].value, 1.3 * NCB_SYNTHETIC_LOAD);
	free(p);
	/* 20 of them in all. */
	assert_int_equal(ncb_storm_points(s, NCB_SYNTHETIC_DUPLICATE, NCB_STORM_LOAD_P99, &p), 0);
	free(p);
	assert_int_equal(ncb_storm_points(s, NCB_SYNTHETIC_TRACED, NCB_STORM_LOAD_P50, &p), 0);
	free(p);
	ncb_storms_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latencies),
		cmocka_unit_test(test_nothing_was_measured),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_loads_of_the_same_file),
		cmocka_unit_test(test_what_waits_is_no_load),
		cmocka_unit_test(test_mixed_loads_are_proven),
		cmocka_unit_test(test_shares_of_the_chain),
		cmocka_unit_test(test_parts_of_the_chain),
		cmocka_unit_test(test_order_of_the_chain),
		cmocka_unit_test(test_vetoes_are_rolled_back),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_slope_without_noise),
		cmocka_unit_test(test_slope_with_noise),
		cmocka_unit_test(test_a_bent_line),
		cmocka_unit_test(test_a_chain_that_is_no_line),
		cmocka_unit_test(test_where_the_line_begins),
		cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test(test_slope_with_drift),
		cmocka_unit_test(test_an_interrupted_sweep),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_other_kernels),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
