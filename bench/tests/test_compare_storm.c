// SPDX-License-Identifier: GPL-2.0-only
/* Module load storms before and after, of which the truth is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../compare_storm.h"
#include "../report_compare.h"
#include "../runset.h"
#include "../verify.h"
#include "near.h"
#include "says.h"
#include "synthetic.h"

#define RUNS	6

static const struct ncb_compare_options plain;

struct set {
	struct ncb_rundata run[RUNS];
	struct ncb_stats *stats[RUNS];
	struct ncb_side side;
};

/* Each run is a boot that is slower than the last by up to @boot, as boots are. */
static void make_set(struct set *set, const char *label, struct ncb_storm_truth t, size_t runs,
		     uint64_t seed, double boot, bool insn)
{
	double slower = t.slower;
	char date[32];
	size_t i;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < runs; i++) {
		t.seed = seed + i;
		t.slower = (1 + slower) * (1 + boot * (t.seed * 2654435761u % 1000 / 1000.0)) - 1;
		ncb_rundata_init(&set->run[i]);
		ncb_synthetic_storm_run(&set->run[i], &t, insn);
		snprintf(date, sizeof(date), "2026-01-%02zuT00:00:%02u", i + 1,
			 (unsigned int)(seed % 60));
		ncb_env_set(&set->run[i], "date", date);
		set->stats[i] = ncb_stats_new(&set->run[i]);
	}
	set->side = (struct ncb_side) { label, set->stats, runs };
}

static void free_set(struct set *set)
{
	size_t i;

	for (i = 0; i < set->side.runs; i++) {
		ncb_stats_free(set->stats[i]);
		ncb_rundata_free(&set->run[i]);
	}
}

static const struct ncb_storm_pair *find(const struct ncb_storm_comparison *c, const char *id,
					 enum ncb_storm_metric metric)
{
	size_t i;

	for (i = 0; i < c->pairs; i++)
		if (!strcmp(c->pair[i].id, id) && c->pair[i].metric == metric)
			return &c->pair[i];
	fail_msg("no %s of %s", ncb_storm_metric_names[metric], id);
	return NULL;
}

static size_t count_changes(const struct ncb_storm_comparison *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++)
		n += ncb_is_change(c->pair[i].verdict);
	return n;
}

/* -- figures -- */

/* Without noise: 100 us and 120, and a rate that says so the other way. */
static void test_known_values(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_storm_comparison *c;
	const struct ncb_storm_pair *p;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 2, 1, 0, false);
	t.slower = 0.2;
	make_set(&b, "b", t, 2, 11, 0, false);
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_non_null(c);
	p = find(c, "churn/small/1", NCB_STORM_LOAD_P50);
	assert_near(p->old_value.value, 100000, 1);
	assert_near(p->new_value.value, 120000, 1);
	assert_near(p->change.ci.value, 0.2, 1e-6);
	assert_near(p->slower, 0.2, 1e-6);
	assert_int_equal(p->verdict, NCB_MORE);
	p = find(c, "churn/small/1", NCB_STORM_RATE);
	assert_true(p->change.ci.value < -0.05);
	assert_near(p->slower, p->old_value.value / p->new_value.value - 1, 1e-6);
	assert_int_equal(p->verdict, NCB_MORE);
	assert_false(c->one_boot);
	assert_near(c->notifiers[0], NCB_SYNTHETIC_CALLBACKS, 0);
	ncb_storm_comparison_free(c);
	/* And the way back. */
	c = ncb_storms_compare(&b.side, &a.side, &plain);
	assert_int_equal(find(c, "churn/small/1", NCB_STORM_RATE)->verdict, NCB_LESS);
	assert_int_equal(find(c, "churn/small/1", NCB_STORM_LOAD_P50)->verdict, NCB_LESS);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Equal code, boots of a machine that is never the same: nothing is called, twenty times. */
static void test_equal_storms(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	size_t seed, outside = 0, all = 0, i;

	(void)state;
	t.noise = 0.2;
	t.rounds = 8;
	for (seed = 0; seed < 20; seed++) {
		struct ncb_storm_comparison *c;
		struct set a, b;

		make_set(&a, "a", t, RUNS, 1 + seed * 100, 0.05, false);
		make_set(&b, "b", t, RUNS, 51 + seed * 100, 0.05, false);
		c = ncb_storms_compare(&a.side, &b.side, &plain);
		assert_true(c->pairs > 40);
		if (count_changes(c))
			fail_msg("seed %zu: %zu of %zu called", seed, count_changes(c), c->pairs);
		for (i = 0; i < c->pairs; i++) {
			all += c->pair[i].change.ci.valid;
			outside += c->pair[i].change.ci.low > 0 || c->pair[i].change.ci.high < 0;
		}
		ncb_storm_comparison_free(c);
		free_set(&a);
		free_set(&b);
	}
	/* Intervals of single figures are wrong as often as they say, give or take. */
	if (outside > all / 8)
		fail_msg("%zu of %zu intervals are off", outside, all);
}

static void test_a_planted_change_is_found(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_storm_comparison *c;
	const struct ncb_storm_pair *p;
	struct set a, b;
	size_t i, missed = 0;

	(void)state;
	t.noise = 0.2;
	t.rounds = 8;
	make_set(&a, "a", t, RUNS, 1, 0.05, false);
	t.slower = 0.2;
	make_set(&b, "b", t, RUNS, 51, 0.05, false);
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	for (i = 0; i < c->pairs; i++) {
		p = &c->pair[i];
		if (p->metric == NCB_STORM_LOAD_P50) {
			missed += p->verdict != NCB_MORE;
			assert_near(p->slower, 0.2, 0.06);
		}
		assert_true(p->verdict != NCB_LESS);
	}
	assert_int_equal(missed, 0);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Between boots the machine moves: one boot of a side proves nothing in time. */
static void test_one_boot(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_storm_comparison *c;
	struct set a, b;
	size_t i;
	int insn;

	(void)state;
	t.noise = 0.01;
	for (insn = 0; insn < 2; insn++) {
		t.slower = 0;
		make_set(&a, "a", t, 1, 1, 0, insn);
		t.slower = 0.5;
		make_set(&b, "b", t, 1, 51, 0, insn);
		c = ncb_storms_compare(&a.side, &b.side, &plain);
		assert_true(c->one_boot);
		assert_true(c->unsure > 0);
		/* Instructions of one thread are what they are; not who of several is next. */
		if (insn) {
			assert_int_equal(find(c, "churn/small/1", NCB_STORM_LOAD_P50)->verdict,
					 NCB_MORE);
			assert_int_equal(find(c, "churn/small/1", NCB_STORM_LOAD_P99)->verdict,
					 NCB_UNRESOLVED);
			assert_int_equal(find(c, "churn/small/4", NCB_STORM_LOAD_P50)->verdict,
					 NCB_UNRESOLVED);
		} else {
			assert_int_equal(count_changes(c), 0);
		}
		for (i = 0; i < c->pairs && !insn; i++)
			assert_false(isfinite(c->pair[i].change.ci.high));
		ncb_storm_comparison_free(c);
		free_set(&a);
		free_set(&b);
	}
	/* Two runs of one boot are one. */
	t.slower = 0;
	make_set(&a, "a", t, 2, 1, 0, false);
	t.slower = 0.5;
	make_set(&b, "b", t, 2, 51, 0, false);
	for (i = 0; i < 2; i++)
		ncb_env_set(&a.run[i], "boot_id", "the same");
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_true(c->one_boot);
	assert_int_equal(count_changes(c), 0);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Less than the clock of instructions is right to. */
static void test_a_change_below_the_clock(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_storm_comparison *c;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 1, 1, 0, true);
	t.slower = 0.0015;
	make_set(&b, "b", t, 1, 51, 0, true);
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(count_changes(c), 0);
	ncb_storm_comparison_free(c);
	free_set(&b);
	t.slower = 0.004;
	make_set(&b, "b", t, 1, 51, 0, true);
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(find(c, "churn/small/1", NCB_STORM_LOAD_P50)->verdict, NCB_MORE);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* A p99 over all rounds is one value a side, and its spread is not known. */
static void test_one_value_is_not_exact(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_storm_comparison *c;
	const struct ncb_storm_pair *p;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 1, 1, 0, true);
	t.slower = 0.2;
	make_set(&b, "b", t, 1, 51, 0, true);
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	p = find(c, "churn/small/1", NCB_STORM_LOAD_P99);	/* 160 loads */
	assert_int_equal(p->verdict, NCB_UNRESOLVED);
	assert_false(isfinite(p->change.ci.high));
	assert_int_equal(find(c, "churn/small/1", NCB_STORM_LOAD_P50)->verdict, NCB_MORE);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- what is not compared -- */

static void test_what_is_left_out(void **state)
{
	struct ncb_storm_comparison *c;
	struct ncb_storm *storm;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", ncb_storm_truth, 2, 1, 0, false);
	make_set(&b, "b", ncb_storm_truth, 2, 11, 0, false);
	for (i = 0; i < 2; i++) {
		storm = a.run[i].storms->storm;
		strcpy(storm[NCB_SYNTHETIC_TEXT].id, "churn/text/7");
		storm = b.run[i].storms->storm;
		storm[NCB_SYNTHETIC_FAIL].failed = true;
		strcpy(storm[NCB_SYNTHETIC_FAIL].reason, "it loaded");
	}
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(c->lefts, 3);
	assert_string_equal(c->left[0], "churn/text/7 (old side only)");
	assert_string_equal(c->left[1], "fail/small/2 (not done, or failed, on the new side)");
	assert_string_equal(c->left[2], "churn/text/1 (new side only)");
	for (i = 0; i < c->pairs; i++) {
		assert_string_not_equal(c->pair[i].id, "fail/small/2");
		/* What a tracepoint takes is no figure of a storm. */
		assert_string_not_equal(c->pair[i].id, "churn/small/1/callbacks");
	}
	assert_int_equal(c->partial, 0);
	ncb_storm_comparison_free(c);
	/* One run of a side is enough, and is said. */
	strcpy(b.run[0].storms->storm[NCB_SYNTHETIC_TEXT].id, "churn/text/7");
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_true(c->partial > 0);
	find(c, "churn/text/7", NCB_STORM_LOAD_P50);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Storms of one name that are not the same one. */
static void test_other_storms_are_left_out(void **state)
{
	struct ncb_storm_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", ncb_storm_truth, 2, 1, 0, false);
	make_set(&b, "b", ncb_storm_truth, 2, 11, 0, false);
	for (i = 0; i < 2; i++) {
		/* Storms of a sweep are alike, and no limit of them is broken. */
		b.run[i].storms->storm[NCB_SYNTHETIC_CHURN_2].modules = 512;
		b.run[i].storms->storm[NCB_SYNTHETIC_TEXT].file_size *= 1.2;
		b.run[i].storms->storm[NCB_SYNTHETIC_CHURN_4].file_size *= 1.05;
	}
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(c->lefts, 2);
	assert_string_equal(c->left[0], "churn/small/2 (of 8 and of 512 modules)");
	assert_string_equal(c->left[1], "churn/text/1 (modules of 140000 and of 168000 bytes)");
	for (i = 0; i < c->pairs; i++)
		assert_string_not_equal(c->pair[i].id, "churn/small/2");
	find(c, "churn/small/4", NCB_STORM_LOAD_P50);
	ncb_storm_comparison_free(c);
	/* Of two runs of a side one is enough. */
	b.run[1].storms->cpus = 4;
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(c->pairs, 0);
	assert_string_equal(c->left[0], "churn/small/1 (on 2 and on 4 CPUs)");
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* A chain that takes nothing, or of which it is not known what it takes. */
static void test_figures_that_are_left_out(void **state)
{
	struct ncb_storm_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", ncb_storm_truth, 1, 1, 0, false);
	make_set(&b, "b", ncb_storm_truth, 1, 11, 0, false);
	/* Of 2040 ns of a walk. */
	b.run[0].storms->storm[NCB_SYNTHETIC_CHURN_1].probe_ns = 1020;
	b.run[0].storms->storm[NCB_SYNTHETIC_CHURN_2].probe_ns = 0;
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(c->lefts, 2);
	assert_string_equal(c->left[0], "churn/small/1 coming-p50 (not above 0 in every round)");
	assert_string_equal(c->left[1],
			    "churn/small/2 coming-p50 (it is not known what the probes take)");
	for (i = 0; i < c->pairs; i++)
		assert_false(c->pair[i].metric == NCB_STORM_COMING_P50 &&
			     !strcmp(c->pair[i].id, "churn/small/2"));
	find(c, "churn/small/1", NCB_STORM_LOAD_P50);
	find(c, "churn/small/4", NCB_STORM_COMING_P50);
	ncb_storm_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_clocks_are_not_mixed(void **state)
{
	struct set a, b, c;

	(void)state;
	make_set(&a, "a", ncb_storm_truth, 1, 1, 0, false);
	make_set(&b, "b", ncb_storm_truth, 1, 11, 0, true);
	make_set(&c, "c", ncb_storm_truth, 1, 21, 0, false);
	assert_null(ncb_storms_compare(&a.side, &b.side, &plain));
	ncb_storms_free(c.run[0].storms);
	c.run[0].storms = NULL;
	assert_null(ncb_storms_compare(&a.side, &c.side, &plain));
	free_set(&a);
	free_set(&b);
	free_set(&c);
}

static void test_other_grace_periods(void **state)
{
	struct ncb_storm_comparison *c;
	struct set a, b;
	char **reasons;
	size_t n;

	(void)state;
	make_set(&a, "a", ncb_storm_truth, 2, 1, 0, true);
	make_set(&b, "b", ncb_storm_truth, 2, 11, 0, true);
	ncb_env_set(&a.run[0], "storm_rcu", "expedited");
	ncb_env_set(&a.run[1], "storm_rcu", "expedited");
	ncb_env_set(&b.run[0], "storm_rcu", "expedited");
	c = ncb_storms_compare(&a.side, &b.side, &plain);
	assert_int_equal(c->pairs, 0);
	assert_int_equal(c->lefts, NCB_SYNTHETIC_STORMS - 1);
	assert_says(c->left[0], "churn/small/1 (grace periods of RCU are expedited in some");
	ncb_storm_comparison_free(c);
	n = ncb_find_obstacles(&a.side, &b.side, "", &reasons);
	assert_int_equal(n, 1);
	assert_says(reasons[0], "storms: grace periods of RCU");
	ncb_free_texts(reasons, n);
	/* All of them are: nothing is in the way. Nor of rows, or of a run without storms. */
	ncb_env_set(&b.run[1], "storm_rcu", "expedited");
	assert_null(ncb_storms_obstacle(&a.side, &b.side));
	ncb_env_set(&b.run[1], "storm_rcu", "normal");
	ncb_storms_free(b.run[1].storms);
	b.run[1].storms = NULL;
	assert_null(ncb_storms_obstacle(&a.side, &b.side));
	free_set(&a);
	free_set(&b);
}

/* -- words -- */

static char *text_of(const struct set *a, const struct set *b, bool full)
{
	struct ncb_comparison *c = ncb_compare_runs(&a->side, &b->side, "", NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_comparison_text(c, f, full), 0);
	fclose(f);
	ncb_comparison_free(c);
	return text;
}

static void test_report(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_verified found;
	struct ncb_comparison *c;
	struct ncb_report *report;
	struct set a, b;
	char *text, *at;
	FILE *f;

	(void)state;
	make_set(&a, "before", t, 2, 1, 0, false);
	t.slower = 0.2;
	t.reversed = true;
	make_set(&b, "after", t, 2, 11, 0, false);
	assert_true(ncb_without_rows(&a.side, &b.side, NULL));
	assert_false(ncb_without_rows(&a.side, &b.side, "native"));
	text = text_of(&a, &b, true);
	assert_says(text, "before and after, module load storms in time\n");
	assert_says(text, "module load storms that changed: us, change in %\n");
	assert_words(text, "churn/small/1 load-p50 100 120 +20.0 ");
	assert_words(text, "6 notifiers; GOING: same order -> reversed");
	assert_words(text, "storms have no controls: costs are as measured");
	assert_words(text, "again ncbench compare before after");
	assert_silent(text, "--arm");
	assert_silent(text, "A/A");
	assert_silent(text, "oracle");
	assert_silent(text, "0 rows");
	assert_silent(text, "NOT FOR REVIEW");
	c = ncb_compare_runs(&a.side, &b.side, "", NULL);
	report = ncb_report_comparison(c);
	f = fopen("/dev/null", "w");
	ncb_verify(report, text, f, &found);
	assert_int_equal(found.differ + found.unplaced + found.missing, 0);
	assert_true(found.figures > 50);
	at = strstr(text, "-> reversed");
	assert_non_null(at);
	memcpy(at, "-> the same", strlen("-> reversed"));
	ncb_verify(report, text, f, &found);
	assert_true(found.differ + found.unplaced > 0);
	fclose(f);
	ncb_report_free(report);
	ncb_comparison_free(c);
	free(text);
	text = text_of(&a, &a, false);
	assert_words(text, "0 slower, 0 faster");
	free(text);
	free_set(&a);
	free_set(&b);
}

static void test_one_boot_is_said(void **state)
{
	struct set a, b;
	char *text;

	(void)state;
	make_set(&a, "before", ncb_storm_truth, 1, 1, 0, false);
	make_set(&b, "after", ncb_storm_truth, 1, 11, 0, false);
	text = text_of(&a, &b, false);
	assert_words(text, "one boot of a side: nothing is called a change");
	assert_words(text, "figures of storms in which no change is called: --full shows them.");
	free(text);
	free_set(&a);
	free_set(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_equal_storms),
		cmocka_unit_test(test_a_planted_change_is_found),
		cmocka_unit_test(test_one_boot),
		cmocka_unit_test(test_a_change_below_the_clock),
		cmocka_unit_test(test_one_value_is_not_exact),
		cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_other_storms_are_left_out),
		cmocka_unit_test(test_figures_that_are_left_out),
		cmocka_unit_test(test_clocks_are_not_mixed),
		cmocka_unit_test(test_other_grace_periods),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_one_boot_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
