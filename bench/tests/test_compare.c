// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before and after: comparisons of runs with a known truth, their report, the
 * mail, trends, and pasted reports. The golden file is rewritten with
 * NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../report_compare.h"
#include "../runset.h"
#include "../trend.h"
#include "../verify.h"
#include "near.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define GOLDEN		"bench/tests/golden/compare.txt"
#define RUNS		10
#define FEW_ROWS	5	/* where every word is tried */
#define CALL_64		"blocking/call/64/distinct/packed/warm"

/* -- helpers -- */

struct set {
	struct ncb_rundata run[RUNS];
	struct ncb_stats *stats[RUNS];
	struct ncb_side side;
};

static void add_run(struct set *set, const struct ncb_truth *t)
{
	struct ncb_rundata *r = &set->run[set->side.runs];
	char date[32];

	ncb_rundata_init(r);
	ncb_synthetic(r, t);
	snprintf(date, sizeof(date), "2026-01-%02uT00:00:%02uZ", (unsigned int)(t->seed % 28 + 1),
		 (unsigned int)(t->seed / 28 % 60));
	ncb_env_set(r, "date", date);
	set->stats[set->side.runs] = ncb_stats_new(r);
	set->side.stats = set->stats;
	set->side.runs++;
}

static void make_set(struct set *set, const char *label, struct ncb_truth t, size_t runs,
		     uint64_t seed)
{
	memset(set, 0, sizeof(*set));
	set->side.label = label;
	while (runs--) {
		t.seed = seed++;
		add_run(set, &t);
	}
}

static void free_set(struct set *set)
{
	size_t i;

	for (i = 0; i < set->side.runs; i++) {
		ncb_stats_free(set->stats[i]);
		ncb_rundata_free(&set->run[i]);
	}
}

/* Times of a quiet machine: copies keep their layouts, a loading moves them by little. */
static struct ncb_truth quiet(void)
{
	struct ncb_truth t = ncb_truth_ns;

	t.layout = 0.01;
	t.layout_seed = 5;
	t.noise = 0.1;
	t.rows = 8;
	return t;
}

static struct ncb_comparison *compare(struct set *a, struct set *b,
				      const struct ncb_compare_options *o)
{
	return ncb_compare_runs(&a->side, &b->side, "native", o);
}

static size_t count(const struct ncb_comparison *c, enum ncb_verdict v)
{
	size_t i, n = 0;

	for (i = 0; i < c->pairs; i++)
		n += c->pair[i].verdict == v;
	return n;
}

static size_t called(const struct ncb_comparison *c)
{
	return count(c, NCB_LESS) + count(c, NCB_MORE);
}

static char *text_of(const struct ncb_comparison *c, bool full)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_comparison_text(c, f, full), 0);
	fclose(f);
	return text;
}

/* -- the comparison itself -- */

static void test_known_change(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.native_share = 0.2;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(c->pairs, 8);
	assert_int_equal(c->tested, 8);
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		assert_near(p->change.ci.value, 0.2, 0.01);
		assert_true(p->change.ci.low > 0 && p->change.ci.low < 0.2);
		assert_true(p->change.ci.high > 0.2);
		assert_near(p->difference.value, 0.2 * p->old_cost.value,
			    0.02 * p->old_cost.value);
		assert_int_equal(p->verdict, NCB_MORE);
		assert_true(p->p < NCB_SIGNIFICANT);
	}
	assert_near(ncb_comparison_geomean(c), 0.2, 0.005);
	ncb_comparison_free(c);
	/* The other way round it is faster, by 1 - 1 / 1.2. */
	c = compare(&b, &a, NULL);
	assert_int_equal(count(c, NCB_LESS), 8);
	assert_near(c->pair[0].change.ci.value, 1 / 1.2 - 1, 0.01);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_drift_is_removed(void **state)
{
	struct ncb_compare_options raw = { .raw = true };
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.drift = 0.15;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	for (i = 0; i < c->pairs; i++) {
		assert_near(c->pair[i].change.ci.value, 0, 0.01);
		assert_near(c->pair[i].drift, 0.15, 0.01);
	}
	assert_int_equal(called(c), 0);
	ncb_comparison_free(c);
	/* As measured it is all there; and the same code moves by as much, so nothing is called. */
	c = compare(&a, &b, &raw);
	for (i = 0; i < c->pairs; i++) {
		assert_near(c->pair[i].change.ci.value, 0.15, 0.01);
		assert_near(c->pair[i].drift, 0.15, 0.01);
		assert_true(c->pair[i].envelope > 0.14);
	}
	ncb_comparison_free(c);
	/* A change on top of the drift is found. */
	free_set(&b);
	t.native_share = -0.1;
	make_set(&b, "b", t, 1, 200);
	c = compare(&a, &b, NULL);
	assert_int_equal(count(c, NCB_LESS), c->pairs);
	assert_near(ncb_comparison_geomean(c), -0.1, 0.005);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/*
 * Nothing changed, in 60 comparisons of 4 rows with one to three boots of a
 * side: Holm's correction allows a false call in one of twenty comparisons.
 * Boots differ only where there are several: one boot cannot know.
 */
static void test_nothing_is_called_without_a_change(void **state)
{
	struct ncb_compare_options none = { .correction = NCB_UNCORRECTED };
	size_t seed, i, low = 0, all = 0, found = 0, boots;
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_comparison *c;
	struct set a, b;

	(void)state;
	t.layout_seed = 5;
	t.rows = 4;
	t.blocks = 16;
	for (seed = 1; seed <= 60; seed++) {
		boots = 1 + seed % 3;
		t.boot = boots > 1 ? 0.01 : 0;
		make_set(&a, "a", t, boots, 10 * seed);
		make_set(&b, "b", t, boots, 10 * seed + 5);
		c = compare(&a, &b, NULL);
		found += called(c) > 0;
		ncb_comparison_free(c);
		c = compare(&a, &b, &none);
		for (i = 0; i < c->pairs; i++) {
			all++;
			low += c->pair[i].p < NCB_SIGNIFICANT;
		}
		assert_true(called(c) <= c->pairs);
		ncb_comparison_free(c);
		free_set(&a);
		free_set(&b);
	}
	assert_int_equal(all, 240);
	if (getenv("NCBENCH_TEST_VERBOSE"))
		print_message("called in %zu of 60 comparisons; p low in %zu of 240\n", found, low);
	assert_true(found <= 3);
	/* The p-values themselves: 5 % are due. */
	assert_true(low >= 1 && low <= all * 8 / 100);
}

static void test_boots_are_clusters(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i, of_boots = 0;

	(void)state;
	t.boot = 0.05;
	make_set(&a, "a", t, 4, 10);
	make_set(&b, "b", t, 4, 20);
	assert_int_equal(ncb_side_boots(&a.side), 4);
	c = compare(&a, &b, NULL);
	for (i = 0; i < c->pairs; i++) {
		of_boots += c->pair[i].change.level == NCB_LEVEL_BOOT;
		if (c->pair[i].change.level == NCB_LEVEL_BOOT)
			assert_int_equal(c->pair[i].change.clusters, 4);
		assert_true(c->pair[i].change.share[NCB_LEVEL_BOOT] > 0.3);
		/* Two boots differ by 7 % here: an interval that knows of them is not narrow. */
		assert_true(c->pair[i].change.ci.high - c->pair[i].change.ci.low > 0.02);
	}
	assert_true(of_boots >= 6);
	ncb_comparison_free(c);
	/* Runs that know that they are of one boot are one. */
	for (i = 0; i < 4; i++) {
		ncb_env_set(&a.run[i], "boot_id", i < 3 ? "one" : "two");
		ncb_env_set(&b.run[i], "boot_id", "three");
	}
	assert_int_equal(ncb_side_boots(&a.side), 2);
	assert_int_equal(ncb_side_boots(&b.side), 1);
	assert_int_equal(ncb_side_boot(&a.side, 2), 0);
	assert_int_equal(ncb_side_boot(&a.side, 3), 3);
	c = compare(&a, &b, NULL);
	for (i = 0; i < c->pairs; i++)
		assert_true(c->pair[i].change.level != NCB_LEVEL_BOOT ||
			    c->pair[i].change.clusters == 1);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_missing_rows_are_counted(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.rows = 5;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(c->pairs, 5);
	assert_int_equal(c->only_old, 3);
	assert_int_equal(c->only_new, 0);
	assert_int_equal(c->partial, 0);
	ncb_comparison_free(c);
	c = compare(&b, &a, NULL);
	assert_int_equal(c->only_old, 0);
	assert_int_equal(c->only_new, 3);
	ncb_comparison_free(c);
	/* Rows that only one of two runs has rest on that one, and are counted. */
	t.rows = 8;
	t.seed = 50;
	add_run(&b, &t);
	c = compare(&a, &b, NULL);
	assert_int_equal(c->pairs, 8);
	assert_int_equal(c->partial, 3);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* A control that one run has not is left out; the row stays, and so does the zero. */
static void test_a_missing_control_is_left_out(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 2, 1);
	make_set(&b, "b", t, 1, 100);
	t.without = "dlist";
	t.seed = 200;
	add_run(&b, &t);
	c = compare(&a, &b, NULL);
	assert_int_equal(c->pairs, 8);
	for (i = 0; i < c->pairs; i++) {
		assert_true(c->pair[i].change.ci.valid);
		assert_near(c->pair[i].change.ci.value, 0, 0.02);
	}
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_exact_counts(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	make_set(&b, "b", t, 1, 2);
	c = compare(&a, &b, NULL);
	assert_int_equal(c->metric, NCB_INSN);
	assert_int_equal(count(c, NCB_EQUAL), c->pairs);
	for (i = 0; i < c->pairs; i++) {
		assert_true(c->pair[i].change.ci.value == 0);
		assert_true(c->pair[i].envelope == 0);
		assert_true(c->pair[i].drift == 0);
	}
	ncb_comparison_free(c);
	free_set(&b);
	t.native_per_block = 1;
	make_set(&b, "b", t, 1, 3);
	c = compare(&a, &b, NULL);
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_row *row = &a.run[0].rows[c->pair[i].row];
		double old = ncb_true_cost(&ncb_truth_insn, row, "native");
		double new = ncb_true_cost(&t, row, "native");

		assert_near(c->pair[i].change.ci.value, new / old - 1, 1e-12);
		assert_int_equal(c->pair[i].verdict, new > old ? NCB_MORE : NCB_EQUAL);
		assert_true(c->pair[i].p == (new > old ? 0 : 1));
	}
	assert_true(called(c) > 15);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Other engines may change with the compiler; that is no envelope of exact counts. */
static void test_exact_counts_of_other_engines(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_comparison *c;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.dlist_per_block = 5;
	t.native_per_block = 1;
	make_set(&b, "b", t, 1, 2);
	c = compare(&a, &b, NULL);
	assert_true(c->pair[0].envelope == 0);
	assert_true(c->pair[0].drift > 0);
	assert_int_equal(c->pair[0].verdict, NCB_MORE);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_the_envelope_silences(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.slist_share = 0.3;
	t.native_share = 0.2;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	/* slist against its copy and dlist: +30 %; native against all three: 1.2 / 1.3^(1/3) */
	for (i = 0; i < c->pairs; i++) {
		assert_near(c->pair[i].envelope, 0.3, 0.02);
		assert_near(c->pair[i].change.ci.value, 1.2 / cbrt(1.3) - 1, 0.01);
		assert_int_equal(c->pair[i].verdict, NCB_UNRESOLVED);
	}
	/* And where equal code differs by that much, intervals are no longer believed. */
	assert_true(c->inflation > 2);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* The module lies elsewhere, in one row: nothing that native did. */
static void test_controls_that_move_by_themselves(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.own_share = 0.12;
	t.drift = 0.3;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	assert_near(c->pair[0].change.ci.value, 1 / 1.12 - 1, 0.01);
	assert_true(c->pair[0].p < NCB_SIGNIFICANT);
	assert_near(c->pair[0].envelope, 0.12, 0.02);
	assert_int_equal(c->pair[0].verdict, NCB_UNRESOLVED);
	for (i = 1; i < c->pairs; i++)
		assert_true(c->pair[i].envelope < 0.02);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Native has one layout per boot: copies of other engines say what another may cost. */
static void test_layout_of_one_boot(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	t.layout = 0.06;
	make_set(&a, "a", t, 1, 1);
	t.native_share = 0.08;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(called(c), 0);
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_interval *v = &c->pair[i].change.ci;

		assert_near(v->value, 0.08, 0.01);
		assert_true(v->high - v->low > 0.1);
		assert_int_equal(c->pair[i].change.level, NCB_LEVEL_COPY);
	}
	ncb_comparison_free(c);
	/* What has copies of its own is compared copy by copy. */
	c = ncb_compare_runs(&a.side, &b.side, "slist", NULL);
	for (i = 0; i < c->pairs; i++)
		assert_true(c->pair[i].change.ci.high - c->pair[i].change.ci.low < 0.05);
	ncb_comparison_free(c);
	/* Where boots are several, they tell. */
	free_set(&a);
	free_set(&b);
	t.native_share = 0;
	make_set(&a, "a", t, 3, 1);
	t.native_share = 0.08;
	make_set(&b, "b", t, 3, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(count(c, NCB_MORE), c->pairs);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/*
 * Two links of one kernel, one on each side, in several boots: single rows differ by what
 * layout does, +36 % and more, as surely as boots can tell. That is not the design.
 */
static void test_one_link_a_side_is_one_layout(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	double most = 0;
	struct set a, b;
	size_t i;
	char *text;

	(void)state;
	t.layout = 0.08;
	t.boot = 0.01;
	t.links = 0.15;
	t.link = 0;
	make_set(&a, "a", t, 6, 1);
	t.link = 3;
	make_set(&b, "b", t, 6, 100);
	assert_int_equal(ncb_side_boots(&a.side), 6);
	assert_int_equal(ncb_side_layouts(&a.side), 1);
	c = compare(&a, &b, NULL);
	for (i = 0; i < c->pairs; i++)
		most = fmax(most, fabs(c->pair[i].change.ci.value));
	assert_true(most > 0.3);
	assert_int_equal(called(c), 0);
	text = text_of(c, true);
	assert_says(text, "WARNING     one link of each side");
	free(text);
	ncb_comparison_free(c);
	/* The same link on both sides: there is no other layout, and boots tell. */
	free_set(&b);
	t.native_share = 0.1;
	t.link = 0;
	make_set(&b, "b", t, 6, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(count(c, NCB_MORE), c->pairs);
	ncb_comparison_free(c);
	/* But not if it is another kernel: the recipe does something else to that. */
	for (i = 0; i < 6; i++)
		ncb_env_set(&b.run[i], "build", "another");
	c = compare(&a, &b, NULL);
	assert_int_equal(called(c), 0);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Runs that know no links, but the date of their kernel's build: boots of one are one layout. */
static void test_boots_of_one_build_are_one_layout(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	t.layout = 0.06;
	make_set(&a, "a", t, 3, 1);
	t.native_share = 0.08;
	make_set(&b, "b", t, 3, 100);
	for (i = 0; i < 3; i++)
		ncb_env_set(&b.run[i], "kernel_version", "#2 SMP of another day");
	assert_int_equal(ncb_side_layouts(&b.side), 1);
	c = compare(&a, &b, NULL);
	assert_int_equal(called(c), 0);
	assert_int_equal(c->pair[0].change.level, NCB_LEVEL_COPY);
	ncb_comparison_free(c);
	/* Each boot another build: these are layouts. */
	ncb_env_set(&b.run[1], "kernel_version", "#3");
	ncb_env_set(&a.run[1], "kernel_version", "#4");
	assert_int_equal(ncb_side_layouts(&b.side), 2);
	c = compare(&a, &b, NULL);
	assert_int_equal(count(c, NCB_MORE), c->pairs);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* @boots boots of each of @links links. */
static void make_links(struct set *set, const char *label, struct ncb_truth t, size_t links,
		       size_t boots, uint64_t seed)
{
	memset(set, 0, sizeof(*set));
	set->side.label = label;
	for (t.link = 0; t.link < links; t.link++) {
		size_t i;

		for (i = 0; i < boots; i++) {
			t.seed = seed++;
			add_run(set, &t);
		}
	}
}

static void test_several_links(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;
	char *text;

	(void)state;
	t.blocks = 16;
	t.boot = 0.005;
	t.links = 0.15;
	make_links(&a, "a", t, 5, 2, 1);
	/* The same kernel: nothing. */
	make_links(&b, "b", t, 5, 2, 100);
	c = compare(&a, &b, NULL);
	assert_int_equal(called(c), 0);
	assert_int_equal(c->layouts.links[0], 5);
	assert_int_equal(c->layouts.links[1], 5);
	assert_int_equal(c->layouts.common, 5);
	assert_true(c->layouts.paired);
	ncb_comparison_free(c);
	free_set(&b);
	/* Another design, 8 % dearer: layout moves rows by more, on both sides alike. */
	t.native_share = 0.08;
	make_links(&b, "b", t, 5, 2, 100);
	c = compare(&a, &b, NULL);
	assert_true(count(c, NCB_MORE) >= c->pairs - 1);
	for (i = 0; i < c->pairs; i++) {
		const struct ncb_pair *p = &c->pair[i];

		assert_near(p->change.ci.value, 0.08, 0.02);
		assert_true(p->change.share[NCB_LEVEL_LINK] > 0.5);
		assert_true(p->p_rank < NCB_SIGNIFICANT);
	}
	assert_true(c->layouts.share > 0.95 && c->layouts.share < 1);
	assert_true(c->layouts.moved.low < -0.15 && c->layouts.moved.high > 0.2);
	assert_true(c->layouts.alike > 0.98);
	text = text_of(c, true);
	assert_words(text, "5 links of each kernel");
	assert_words(text, "10 boots of 5 links");
	assert_words(text, "of the variance of native's time");
	assert_words(text, "signed ranks of what pairs of links differ by");
	free(text);
	ncb_comparison_free(c);
	/* One side lost a link, and a boot of another: neither changes the zero. */
	ncb_stats_free(b.stats[9]);
	ncb_stats_free(b.stats[8]);
	ncb_stats_free(b.stats[7]);
	for (i = 7; i < 10; i++)
		ncb_rundata_free(&b.run[i]);
	b.side.runs = 7;
	c = compare(&a, &b, NULL);
	assert_int_equal(c->layouts.common, 4);
	for (i = 0; i < c->pairs; i++)
		assert_near(c->pair[i].change.ci.value, 0.08, 0.02);
	text = text_of(c, true);
	assert_words(text, "changes rest on the 4 links that both sides have");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_margin(void **state)
{
	struct ncb_compare_options o = { .margin = 0.05 };
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	struct set a, b;

	(void)state;
	t.layout = 0.005;
	make_set(&a, "a", t, 1, 1);
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, &o);
	assert_int_equal(count(c, NCB_WITHIN_MARGIN), c->pairs);
	ncb_comparison_free(c);
	free_set(&b);
	t.native_share = 0.2;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, &o);
	assert_int_equal(count(c, NCB_WITHIN_MARGIN), 0);
	assert_int_equal(count(c, NCB_MORE), c->pairs);
	ncb_comparison_free(c);
	/* What is equivalent is not called, however well it is resolved. */
	o.margin = 0.5;
	c = compare(&a, &b, &o);
	assert_int_equal(count(c, NCB_WITHIN_MARGIN), c->pairs);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_corrections(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_comparison *c[NCB_CORRECTIONS];
	double p[64];
	struct set a, b;
	size_t i;
	int k;

	(void)state;
	t.layout_seed = 5;
	t.layout = 0.01;
	make_set(&a, "a", t, 2, 1);
	/* Between 0 and 0.2 %: some rows show it, some do not. */
	t.native_per_block = 0.02;
	make_set(&b, "b", t, 2, 100);
	for (k = 0; k < NCB_CORRECTIONS; k++) {
		struct ncb_compare_options o = { .correction = k };

		c[k] = compare(&a, &b, &o);
		assert_int_equal(c[k]->tested, c[k]->pairs);
	}
	for (k = 0; k < NCB_CORRECTIONS; k++) {
		for (i = 0; i < c[k]->pairs; i++)
			p[i] = c[NCB_UNCORRECTED]->pair[i].p;
		ncb_correct(p, c[k]->pairs, k);
		for (i = 0; i < c[k]->pairs; i++)
			assert_true(c[k]->pair[i].p == p[i]);
	}
	if (getenv("NCBENCH_TEST_VERBOSE"))
		print_message("called: %zu holm, %zu bh, %zu none of %zu\n", called(c[NCB_HOLM]),
			      called(c[NCB_BENJAMINI_HOCHBERG]), called(c[NCB_UNCORRECTED]),
			      c[0]->pairs);
	/* The stricter, the fewer. */
	assert_true(called(c[NCB_UNCORRECTED]) > called(c[NCB_HOLM]));
	assert_true(called(c[NCB_UNCORRECTED]) >= called(c[NCB_BENJAMINI_HOCHBERG]));
	assert_true(called(c[NCB_BENJAMINI_HOCHBERG]) >= called(c[NCB_HOLM]));
	for (k = 0; k < NCB_CORRECTIONS; k++)
		ncb_comparison_free(c[k]);
	free_set(&a);
	free_set(&b);
}

static void test_order(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_comparison *c;
	size_t *order, i;
	struct set a, b;

	(void)state;
	make_set(&a, "a", t, 1, 1);
	t.native_per_block = 1;
	make_set(&b, "b", t, 1, 2);
	c = compare(&a, &b, NULL);
	order = ncb_comparison_order(c);
	for (i = 1; i < c->pairs; i++) {
		const struct ncb_pair *x = &c->pair[order[i - 1]], *y = &c->pair[order[i]];

		if (y->verdict == NCB_MORE)
			assert_true(x->verdict == NCB_MORE &&
				    x->change.ci.value >= y->change.ci.value);
		else if (x->verdict != NCB_MORE)
			assert_true(order[i - 1] < order[i]);
	}
	free(order);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- what may be compared, and what differs -- */

static size_t obstacles(struct set *a, struct set *b, const char *words)
{
	char **reasons;
	size_t n = ncb_find_obstacles(&a->side, &b->side, "native", &reasons), i, said = 0;

	for (i = 0; i < n; i++)
		said += words && strstr(reasons[i], words);
	if (words && said != 1)
		fail_msg("'%s' is said %zu times in %zu reasons", words, said, n);
	ncb_free_texts(reasons, n);
	return n;
}

static void test_obstacles(void **state)
{
	struct ncb_truth t = ncb_truth_insn, noisy = ncb_truth_ns;
	struct set a, b;

	(void)state;
	t.rows = noisy.rows = 2;
	make_set(&a, "a", t, 1, 1);
	make_set(&b, "b", t, 2, 2);
	assert_int_equal(obstacles(&a, &b, NULL), 0);
	b.run[1].suite_version = ncb_copy("0.0");
	assert_int_equal(obstacles(&a, &b, "version of ncbench: " NCB_VERSION " -> " NCB_VERSION
				   " | 0.0"), 1);
	ncb_env_set(&b.run[0], "arch", "arm64");
	ncb_env_set(&b.run[1], "arch", "arm64");
	ncb_env_set(&b.run[0], "cpu_model", "another");
	assert_int_equal(obstacles(&a, &b, "architecture: x86_64 -> arm64"), 3);
	b.run[0].rows[1].arm[ncb_row_arm_find(&b.run[0].rows[1], "slist")].clones = 2;
	assert_int_equal(obstacles(&a, &b, "compiled copies of slist differ (4, 2)"), 4);
	free_set(&b);
	make_set(&b, "b", noisy, 1, 2);
	obstacles(&a, &b, "metric: insn -> ns");
	obstacles(&a, &b, "target: qemu -> host");
	obstacles(&a, &b, "blocks per loading: 8 -> 24");
	free_set(&b);
	/* Nothing in common: another arm only. */
	t.without = "native";
	make_set(&b, "b", t, 1, 2);
	assert_int_equal(obstacles(&a, &b, "there is nothing to compare"), 1);
	assert_null(ncb_usual_arm(&a.side, &b.side));
	free(b.run[0].target);
	free(a.run[0].target);
	a.run[0].target = ncb_copy("user");
	b.run[0].target = ncb_copy("user");
	assert_string_equal(ncb_usual_arm(&a.side, &b.side), "slist");
	free_set(&a);
	free_set(&b);
}

static void test_same_run(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct set a, b;

	(void)state;
	t.rows = 1;
	make_set(&a, "a", t, 2, 1);
	make_set(&b, "b", t, 2, 2);
	assert_true(ncb_runset_share(&a.side, &b.side));
	free_set(&b);
	make_set(&b, "b", t, 2, 3);
	assert_false(ncb_runset_share(&a.side, &b.side));
	free_set(&a);
	free_set(&b);
}

static void test_differences(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_env_difference *d;
	struct set a, b;
	size_t n;

	(void)state;
	t.rows = 1;
	make_set(&a, "a", t, 1, 1);
	make_set(&b, "b", t, 2, 2);
	assert_int_equal(ncb_env_differences(&a.side, &b.side, &d), 0);
	ncb_env_differences_free(d, 0);
	ncb_env_set(&b.run[0], "CONFIG_HZ", "1000");
	ncb_env_set(&b.run[1], "CONFIG_HZ", "1000");
	ncb_env_set(&b.run[0], "date", "another");
	ncb_env_set(&b.run[0], "load_1min", "9");
	ncb_env_set(&a.run[0], "kernel_command_line", "quiet");
	ncb_env_set(&b.run[1], "governor", "powersave");
	n = ncb_env_differences(&a.side, &b.side, &d);
	assert_int_equal(n, 3);
	assert_string_equal(d[0].name, "config");
	assert_string_equal(d[0].key, "HZ");
	assert_string_equal(d[0].old, "250");
	assert_string_equal(d[0].new, "1000");
	assert_false(d[0].inside);
	assert_string_equal(d[1].key, "kernel_command_line");
	assert_string_equal(d[1].new, "?");
	assert_string_equal(d[2].key, "governor");
	assert_string_equal(d[2].new, "? | powersave");
	assert_true(d[2].inside);
	ncb_env_differences_free(d, n);
	free_set(&a);
	free_set(&b);
}

/* -- the report -- */

/* A comparison with something of everything that is exact: it is the golden one. */
static struct ncb_comparison *golden_comparison(struct set *a, struct set *b)
{
	struct ncb_truth t = ncb_truth_insn;

	make_set(a, "before", t, 1, 1);
	t.native_per_block = 1;
	make_set(b, "after-*", t, 2, 2);
	ncb_env_set(&b->run[0], "kernel_release", "6.2.0-synthetic");
	ncb_env_set(&b->run[1], "kernel_release", "6.2.0-synthetic");
	ncb_env_set(&b->run[0], "CONFIG_HZ", "1000");
	ncb_env_set(&b->run[1], "CONFIG_HZ", "1000");
	ncb_env_set(&b->run[0], "CONFIG_SMP", "n");
	ncb_env_set(&b->run[0], "kernel_command_line", "quiet");
	return compare(a, b, NULL);
}

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top()), *text, *golden;
	struct ncb_comparison *c;
	struct set a, b;

	(void)state;
	c = golden_comparison(&a, &b);
	text = text_of(c, false);
	assert_quotable(text);
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
	free(path);
	free(text);
	free(golden);
}

static void test_report_of_times(void **state)
{
	struct ncb_compare_options o = { .margin = 0.02 };
	struct ncb_truth t = quiet();
	struct ncb_comparison *c;
	char *text, *html = NULL;
	size_t size;
	struct set a, b;
	FILE *f;

	(void)state;
	make_set(&a, "a run", t, 1, 1);
	t.rows = 0;
	t.native_share = 0.3;
	make_set(&b, "b", t, 1, 100);
	c = compare(&a, &b, &o);
	text = text_of(c, true);
	assert_quotable(text);
	assert_says(text, "WARNING     one boot of each side");
	assert_says(text, "not compared: 0 rows of the old side only, 12 of the new");
	assert_says(text, "8 rows: 8 slower");
	assert_says(text, "blocking call 64 sc");
	assert_says(text, " slower\n");
	assert_says(text, "5 %; 8 rows");
	assert_says(text, "--margin 2%");
	assert_says(text, "ncbench compare 'a run' b --arm native");
	assert_silent(text, "nan");
	assert_silent(text, "the other rows");
	free(text);
	f = open_memstream(&html, &size);
	assert_int_equal(ncb_comparison_html(c, f, false), 0);
	fclose(f);
	assert_says(html, "blocking call 64 sc</th>");
	assert_says(html, "</html>");
	free(html);
	ncb_comparison_free(c);
	/* The same run twice, and forced: both are said. */
	ncb_env_set(&a.run[0], "cpu_model", "x");
	ncb_env_set(&a.run[0], "hypervisor", "User Mode Linux");
	c = compare(&a, &a, NULL);
	text = text_of(c, false);
	assert_says(text, "a run is on both sides");
	assert_says(text, "NOT FOR REVIEW");
	assert_says(text, "8 rows in which no change is called: --full shows them.");
	assert_silent(text, "raw call 1 ");
	free(text);
	ncb_comparison_free(c);
	c = compare(&a, &b, NULL);
	text = text_of(c, false);
	assert_says(text, "FORCED      compared all the same (--force): CPU: x -> A CPU");
	assert_says(text, "--force");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_row_labels(void **state)
{
	static const char *const labels[][2] = {
		{ "raw/call/16/distinct/packed/warm", "raw call 16" },
		{ "blocking/robust@middle/1024/one/scattered/cold", "blocking robust@mid 1024 osc" },
		{ "srcu/unregister@tail/8/distinct/packed/cold", "srcu unreg@tail 8 c" },
		{ "raw/empty/0/one/packed/warm", "raw empty 0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		struct ncb_rundata r;
		char *label;

		ncb_rundata_init(&r);
		ncb_synthetic_row(&r, labels[i][0]);
		label = ncb_row_label(&r.rows[0]);
		assert_string_equal(label, labels[i][1]);
		free(label);
		ncb_rundata_free(&r);
	}
}

/* -- mail -- */

static char *mail_of(const struct ncb_comparison *c)
{
	struct ncb_report *report = ncb_report_comparison(c);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_mail(report, false, f), 0);
	fclose(f);
	ncb_report_free(report);
	return text;
}

static void test_mail(void **state)
{
	struct ncb_comparison *c;
	struct set a, b;
	char *text;

	(void)state;
	c = golden_comparison(&a, &b);
	text = mail_of(c);
	assert_quotable(text);
	assert_says(text, "what changed: native");
	assert_says(text, "passed      [ok] oracle");
	assert_says(text, "6.2.0-synthetic");
	assert_says(text, "\nagain       ncbench compare before 'after-*'");
	assert_silent(text, "Reading the tables");
	assert_silent(text, "Tested-by");
	assert_silent(text, "--full");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- pasted reports -- */

static struct ncb_verified verified_as(const struct ncb_report *report, const char *text)
{
	struct ncb_verified v;
	FILE *f = fopen("/dev/null", "w");

	ncb_verify(report, text, f, &v);
	fclose(f);
	return v;
}

static struct ncb_verified verified(const struct ncb_comparison *c, const char *text)
{
	struct ncb_report *report = ncb_report_comparison(c);
	struct ncb_verified v = verified_as(report, text);

	ncb_report_free(report);
	return v;
}

static bool holds(struct ncb_verified v)
{
	return v.hold && !v.differ && !v.unplaced && !v.missing;
}

/* @text with the first @from made @to, and as in a mail: quoted, white space changed. */
static char *altered(const char *text, const char *from, const char *to, bool squeeze)
{
	char *out = NULL;
	const char *at = from ? strstr(text, from) : NULL, *p;
	size_t size;
	FILE *f = open_memstream(&out, &size);

	assert_true(!from || at);
	fputs("> > ", f);
	for (p = text; *p; p++) {
		if (p == at) {
			fputs(to, f);
			p += strlen(from) - 1;
		} else if (*p == '\n') {
			fputs(p[1] ? "\n> > " : "\n", f);
		} else if (!squeeze || *p != ' ' || p[1] != ' ') {
			fputc(*p, f);
		}
	}
	fclose(f);
	return out;
}

static void test_verify(void **state)
{
	struct ncb_verified v, whole;
	struct ncb_comparison *c;
	char *full, *short_text, *mail, *other;
	struct set a, b;

	(void)state;
	c = golden_comparison(&a, &b);
	full = text_of(c, true);
	short_text = text_of(c, false);
	mail = mail_of(c);
	whole = verified(c, full);
	assert_int_equal(whole.differ, 0);
	assert_int_equal(whole.unplaced, 0);
	assert_true(whole.hold > 20 + 8);
	assert_true(whole.figures == 20 * 4);
	v = verified(c, short_text);
	assert_int_equal(v.differ + v.unplaced, 0);
	v = verified(c, mail);
	assert_int_equal(v.differ + v.unplaced, 0);
	/* Quoted twice, and with single spaces. */
	other = altered(full, NULL, NULL, false);
	v = verified(c, other);
	assert_int_equal(v.hold, whole.hold);
	assert_int_equal(v.differ + v.unplaced, 0);
	free(other);
	other = altered(full, NULL, NULL, true);
	v = verified(c, other);
	assert_int_equal(v.differ, 0);
	assert_int_equal(v.figures, whole.figures);
	free(other);
	/* A figure, a verdict, a name, a line of the trust block, with either white space. */
	other = altered(full, "+8.9", "+8.5", true);
	assert_int_equal(verified(c, other).differ, 1);
	free(other);
	other = altered(full, " more\n", " fewer\n", false);
	assert_int_equal(verified(c, other).differ, 1);
	free(other);
	other = altered(full, "raw call 8 ", "raw call 9 ", true);
	assert_int_equal(verified(c, other).differ, 1);
	free(other);
	other = altered(full, "[ok] 36", "[ok] 37", true);
	assert_int_equal(verified(c, other).differ, 1);
	free(other);
	other = altered(full, "equal to the last", "different from the last", false);
	assert_int_equal(verified(c, other).differ, 1);
	free(other);
	/* Prose has figures of its own, and is no report. */
	v = verified(c, "I saw 3 of them on 6.1.\nold machines have 2 CPUs\n");
	assert_int_equal(v.hold + v.differ + v.figures, 0);
	assert_int_equal(v.unplaced, 2);
	v = verified(c, "");
	assert_int_equal(v.hold + v.differ + v.unplaced, 0);
	/* A single row, cut out, and one that a mail broke. */
	v = verified(c, "blocking call 64  730 794  +8.8 more\n");
	assert_int_equal(v.hold, 1);
	v = verified(c, "blocking call 64  730\n794  +8.8 more\n\nEnd\n");
	assert_int_equal(v.hold, 1);
	assert_int_equal(v.differ, 0);
	v = verified(c, "blocking call 64  730 794  +8.8\n");
	assert_int_equal(v.hold, 0);
	assert_int_equal(v.differ, 1);
	free(full);
	free(short_text);
	free(mail);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Every word of a text, made another one, is noticed; but those of the line below the title, and
 * of @sides.
 */
static void assert_no_word_to_change(const struct ncb_report *report, const char *text,
				     const char *sides)
{
	char *own = ncb_copy(text), *p, *at, *free_from = sides ? strstr(own, sides) : NULL;
	size_t n = 0;

	assert_true(holds(verified_as(report, text)));
	for (p = own; *p; p += strcspn(p, " \n")) {
		char before;

		p += strspn(p, " \n");
		if (!*p || *p == '=' ||
		    (free_from && p >= free_from && p < free_from + strlen(sides)))
			continue;
		/* A figure by one, anything else by a letter. */
		at = p + strcspn(p, "0123456789 \n");
		at = isdigit((unsigned char)*at) ? at : p;
		before = *at;
		*at = before == '8' ? '7' : isdigit((unsigned char)before) ? before + 1 :
		      before == 'q' ? 'x' : 'q';
		if (holds(verified_as(report, own)))
			fail_msg("'%.20s' for '%c' was not noticed", at, before);
		*at = before;
		n++;
	}
	assert_true(n > 150);
	free(own);
}

static void test_verify_every_word(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_report *report;
	struct ncb_comparison *c;
	struct set a, b;
	char *text;
	size_t size;
	FILE *f;

	(void)state;
	t.rows = FEW_ROWS;
	make_set(&a, "a", t, 1, 1);
	report = ncb_report_new(a.stats[0]);
	f = open_memstream(&text, &size);
	assert_int_equal(ncb_report_put_text(report, f, false), 0);
	fclose(f);
	assert_no_word_to_change(report, text, NULL);
	free(text);
	ncb_report_free(report);
	free_set(&a);
	c = golden_comparison(&a, &b);
	report = ncb_report_comparison(c);
	text = text_of(c, false);
	assert_no_word_to_change(report, text, "before 'after-*' ");
	free(text);
	ncb_report_free(report);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* What words changed one by one do not show. */
static void test_verify_what_is_around_figures(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "slist  dlist  change", "dlist  slist  change" },	/* columns swapped */
		{ "! native direct", "native direct" },			/* one left out */
		{ "machine     x86_64, A CPU with", "machine     another one with" },
		{ "layout      executed padding only: figures of kernel-aligned copies",
		  "layout      no other copy is any dearer" },
		{ "PROFILE=quick SEED=1\n", "PROFILE=quick\n" },
	};
	struct ncb_report *report;
	struct ncb_verified v;
	char *text, *other;
	struct set a;
	size_t i, size;
	FILE *f;

	(void)state;
	make_set(&a, "a", ncb_truth_insn, 1, 1);
	report = ncb_report_new(a.stats[0]);
	f = open_memstream(&text, &size);
	assert_int_equal(ncb_report_put_text(report, f, false), 0);
	fclose(f);
	assert_true(holds(verified_as(report, text)));
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		other = altered(text, changes[i].from, changes[i].to, false);
		if (holds(verified_as(report, other)))
			fail_msg("'%s' was not noticed", changes[i].to);
		free(other);
	}
	free(text);
	ncb_report_free(report);

	/* Rows, without what forbids quoting them; and with it, however it is broken. */
	a.run[0].interrupted = true;
	report = ncb_report_new(a.stats[0]);
	v = verified_as(report, "raw/call/8 100 116 +16.0% ! 114 43\n");
	assert_int_equal(v.hold, 1);
	assert_int_equal(v.missing, 1);
	v = verified_as(report, "NOT FOR REVIEW: the run was interrupted\n"
				"raw/call/8 100 116 +16.0% ! 114 43\n");
	assert_int_equal(v.missing, 1);
	v = verified_as(report, "> NOT FOR REVIEW: the run was interrupted before all\n"
				"> rows were done\n> \n> raw/call/8 100 116 +16.0% ! 114 43\n");
	assert_true(holds(v));
	v = verified_as(report, "Nothing of it is here.\n");
	assert_int_equal(v.missing, 0);
	ncb_report_free(report);
	free_set(&a);
}

/* A run's own report, whose tables are others. */
static void test_verify_a_run(void **state)
{
	struct ncb_verified v;
	struct ncb_report *report;
	struct set a;
	char *text = NULL, *other;
	size_t size;
	FILE *f = open_memstream(&text, &size), *null = fopen("/dev/null", "w");

	(void)state;
	make_set(&a, "a", ncb_truth_ns, 1, 1);
	assert_int_equal(ncb_report_text_with(a.stats[0], f, false), 0);
	fclose(f);
	report = ncb_report_new(a.stats[0]);
	ncb_verify(report, text, null, &v);
	assert_int_equal(v.differ, 0);
	assert_true(v.figures > 50);
	other = altered(text, "blocking/call/64 ", "blocking/call/8  ", true);
	ncb_verify(report, other, null, &v);
	assert_true(v.differ >= 1);
	free(other);
	free(text);
	fclose(null);
	ncb_report_free(report);
	free_set(&a);
}

/* -- trends -- */

static void test_trend(void **state)
{
	struct ncb_truth t = quiet();
	struct ncb_compare_options o = { 0 };
	struct ncb_side sides[4];
	struct ncb_trend *trend, *plain;
	struct ncb_report *report;
	double p[5];
	struct set set[4];
	const char *row;
	char *text = NULL;
	size_t i, size;
	FILE *f;

	(void)state;
	for (i = 0; i < 4; i++) {
		t.drift = 0.05 * i;
		t.native_share = i < 2 ? 0 : 0.25;
		make_set(&set[i], "set", t, 1, 10 * (i + 1));
		sides[i] = set[i].side;
	}
	row = ncb_trend_row(sides, 4, "raw/call/16/distinct/packed/warm", "native");
	assert_string_equal(row, "raw/call/8/distinct/packed/warm");
	assert_string_equal(ncb_trend_row(sides, 4, CALL_64, "native"), CALL_64);
	assert_null(ncb_trend_row(sides, 4, CALL_64, "nothing"));
	trend = ncb_trend_new(sides, 4, CALL_64, "native", &o);
	assert_int_equal(trend->points, 4);
	assert_int_equal(trend->point[1].first.verdict, NCB_UNRESOLVED);
	assert_int_equal(trend->point[2].first.verdict, NCB_MORE);
	assert_int_equal(trend->point[2].previous.verdict, NCB_MORE);
	assert_int_equal(trend->point[3].first.verdict, NCB_MORE);
	assert_int_equal(trend->point[3].previous.verdict, NCB_UNRESOLVED);
	assert_near(trend->point[3].first.change.ci.value, 0.25, 0.01);
	assert_near(trend->point[3].relative.value / trend->point[0].relative.value, 1.25, 0.01);
	assert_near(trend->point[3].cost.value / trend->point[0].cost.value, 1.25 * 1.15, 0.02);
	/* Five tests, not six: the second kernel's two are one. */
	o.correction = NCB_UNCORRECTED;
	plain = ncb_trend_new(sides, 4, CALL_64, "native", &o);
	p[0] = plain->point[1].first.p;
	for (i = 2; i < 4; i++) {
		p[2 * i - 3] = plain->point[i].first.p;
		p[2 * i - 2] = plain->point[i].previous.p;
	}
	ncb_correct(p, 5, NCB_HOLM);
	assert_true(trend->point[1].first.p == p[0]);
	assert_true(trend->point[1].previous.p == p[0]);
	assert_true(trend->point[2].first.p == p[1]);
	assert_true(trend->point[3].previous.p == p[4]);
	ncb_trend_free(plain);
	report = ncb_trend_report(trend);
	f = open_memstream(&text, &size);
	ncb_report_put_text(report, f, true);
	fclose(f);
	assert_quotable(text);
	assert_says(text, "p corrected over 5 tests (holm)");
	assert_says(text, "one boot of 4 kernels");
	assert_says(text, " slower");
	free(text);
	ncb_report_free(report);
	ncb_trend_free(trend);
	for (i = 0; i < 4; i++)
		free_set(&set[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_change),
		cmocka_unit_test(test_drift_is_removed),
		cmocka_unit_test(test_nothing_is_called_without_a_change),
		cmocka_unit_test(test_boots_are_clusters),
		cmocka_unit_test(test_missing_rows_are_counted),
		cmocka_unit_test(test_a_missing_control_is_left_out),
		cmocka_unit_test(test_exact_counts),
		cmocka_unit_test(test_exact_counts_of_other_engines),
		cmocka_unit_test(test_the_envelope_silences),
		cmocka_unit_test(test_controls_that_move_by_themselves),
		cmocka_unit_test(test_layout_of_one_boot),
		cmocka_unit_test(test_one_link_a_side_is_one_layout),
		cmocka_unit_test(test_boots_of_one_build_are_one_layout),
		cmocka_unit_test(test_several_links),
		cmocka_unit_test(test_margin),
		cmocka_unit_test(test_corrections),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_obstacles),
		cmocka_unit_test(test_same_run),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_report_of_times),
		cmocka_unit_test(test_row_labels),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_verify_every_word),
		cmocka_unit_test(test_verify_what_is_around_figures),
		cmocka_unit_test(test_verify_a_run),
		cmocka_unit_test(test_trend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
