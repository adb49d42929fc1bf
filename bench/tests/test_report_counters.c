// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reports say of counted events. The golden file is rewritten with
 * NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../cache_lines.h"
#include "../format.h"
#include "../plan.h"
#include "../report_compare.h"
#include "../report_counters.h"
#include "../runset.h"
#include "../verify.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define GOLDEN	"bench/tests/golden/report-counters.txt"

static void counted_run(struct ncb_rundata *r)
{
	ncb_rundata_init(r);
	ncb_synthetic(r, &ncb_truth_counted);
}

static size_t lines_of(const char *text)
{
	size_t n = 0, width;

	for (; *text; text += width + 1, n++) {
		width = strcspn(text, "\n");
		if (width > NCB_REPORT_WIDTH)
			fail_msg("%zu columns: %.*s", width, (int)width, text);
	}
	return n;
}

/* Counters that all counted, all the time, on a machine that did nothing else. */
static void calm(struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < r->nsamples * r->slots; i++)
		if (r->counts[i] == NCB_COUNT_NONE)
			r->counts[i] = r->counts[i - 2];
	for (i = 0; i < r->nrows; i++)
		r->rows[i].place.steal_ns = 0;
	r->counter[NCB_SYNTHETIC_MISSES].event.running_ns =
		r->counter[NCB_SYNTHETIC_MISSES].event.enabled_ns;
}

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top()), *text, *golden;
	struct ncb_rundata r;

	(void)state;
	counted_run(&r);
	text = made(&r, true, ncb_report_text);
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	lines_of(text);
	free(path);
	free(text);
	free(golden);
	ncb_rundata_free(&r);
}

/* Of cold rows a count of misses stands beside the lines that the layout of blocks makes. */
static void test_lines_of_cold_rows(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	counted_run(&r);
	text = made(&r, true, ncb_report_text);
	assert_silent(text, "cache lines");
	free(text);
	strcpy(r.counter[NCB_SYNTHETIC_L1].name, "branches");
	strcpy(r.counter[NCB_SYNTHETIC_MISSES].name, "L1-dcache-load-misses");
	text = made(&r, true, ncb_report_text);
	/* 64 blocks on 64 lines, of all designs; not of the row of 8, nor of warm ones. */
	assert_words(text, "cache lines blocking/call/64/distinct/scattered/cold: slist 64, dlist 64, "
		     "native 64 computed (of blocks, besides head and callbacks); ");
	assert_words(text, " L1-dcache-load-misses counted");
	assert_silent(text, "slist 8,");
	free(text);
	ncb_rundata_free(&r);
}

/* Packed blocks begin anywhere in a line. */
static void test_lines_of_a_row(void **state)
{
	struct ncb_row row = { .op = NCB_CALL, .length = 1, .placement = NCB_PACKED };

	(void)state;
	/* One of eight places has the link in the next line. */
	assert_true(ncb_lines_of_row(&row, 24) == 1.125);
	assert_true(ncb_lines_of_row(&row, 32) == 1.125);
	row.length = 64;
	assert_true(ncb_lines_of_row(&row, 24) > 24);
	assert_true(ncb_lines_of_row(&row, 24) <= 25);
	assert_true(ncb_lines_of_row(&row, 32) > 32);
	row.placement = NCB_SCATTERED;
	assert_true(ncb_lines_of_row(&row, 32) == 64);
}

/* One screen, and what a block makes the CPU do on it. */
static void test_the_short_view_of_a_default_run(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct ncb_rundata r, plan;
	char *text;
	size_t i;

	(void)state;
	t.blocks = 8;
	ncb_rundata_init(&plan);
	assert_int_equal(ncb_plan(&plan, ncb_profile_find("default"), NULL, NULL), 0);
	ncb_rundata_init(&r);
	for (i = 0; i < plan.nrows; i++)
		ncb_synthetic_row(&r, plan.rows[i].id);
	ncb_rundata_free(&plan);
	ncb_synthetic_samples(&r, &t);
	calm(&r);
	text = made(&r, false, ncb_report_text);
	if (lines_of(text) > NCB_REPORT_LINES)
		fail_msg("%zu lines:\n%s", lines_of(text), text);
	assert_says(text, "cost of notifier chains, in cycles");
	assert_says(text, "metric      cycles = core cycles, from the PMU; ns stands beside it\n");
	assert_says(text, "counted per additional block: blocking/call\n");
	/* 13, 15 and 14 instructions a block, exactly. */
	assert_says(text, "\ninstructions            13.00   15.00  +2.000                   14.00\n");
	assert_says(text, "\nbranch-misses           0.01");
	assert_says(text, "\nIPC of 128 blocks        0.6");
	assert_says(text, "\nns                      ");
	assert_words(text, "counters [ok] 3 events in 2 passes; known loop: 39351 instructions as "
			   "39351");
	assert_words(text, "n/a L1-dcache-load-misses: not supported by this CPU");
	assert_silent(text, "not counted all the time");
	assert_silent(text, "during rows");
	free(text);
	ncb_rundata_free(&r);
}

/* What was lost, what did not count all the time, what others took. */
static void test_what_was_not_counted_is_said(void **state)
{
	struct ncb_rundata r;
	char *brief, *full;

	(void)state;
	counted_run(&r);
	brief = made(&r, false, ncb_report_text);
	full = made(&r, true, ncb_report_text);
	assert_words(brief, "n/a branch-misses: not counted all the time (99.0 %), no figure in 1 "
			    "row; nothing is scaled up");
	assert_words(brief, "2.5 ms stolen (most in blocking/call/8)");
	/* 10 + 11 + ... + 32 */
	assert_words(full, "during rows 483 interrupts (most in raw/empty/0); 2.5 ms stolen");
	free(brief);
	free(full);
	ncb_rundata_free(&r);
}

static void test_tables_of_single_rows(void **state)
{
	struct ncb_rundata r;
	const char *table;
	char *full;

	(void)state;
	counted_run(&r);
	full = made(&r, true, ncb_report_text);
	/* 60 + 13 a block; 62 + 15; 66 + 14; 8 + 6 */
	table = strstr(full, "\ninstructions an operation: call (distinct, packed, warm)\n");
	assert_non_null(table);
	assert_says(table, "\nraw         1  73.00  77.00  +4.000  80.00  14.00\n"
			   "raw         8  164.0  182.0  +18.00  178.0  56.00\n");
	/* The row that was lost says n/a, and what is not there is no n/a. */
	table = strstr(full, "\nbranch-misses an operation: robust (distinct, packed, warm)\n");
	assert_non_null(table);
	assert_says(table, "\nblocking   64    n/a    n/a       -                    n/a    n/a\n");
	table = strstr(full, "\nbranch-misses an operation: reverse (distinct, packed, warm)\n");
	assert_non_null(table);
	assert_says(table, "\nblocking    8      -  0.");
	table = strstr(full, "\nIPC (instructions per cycle): call (distinct, packed, warm)\n");
	assert_non_null(table);
	assert_says(table, "\ntype      len  slist  dlist ");
	assert_says(full, "\nns an operation: call (distinct, packed, warm)\n");
	/* The metric's own figures stand in the main tables. */
	assert_silent(full, "\ncycles an operation");
	free(full);
	ncb_rundata_free(&r);
	/* Of two passes: the estimates' ratio, and said so. */
	counted_run(&r);
	r.counter[NCB_SYNTHETIC_MISSES].counted = false;
	r.counter[NCB_SYNTHETIC_INSN].pass = 1;
	r.counter[NCB_SYNTHETIC_INSN].slot = 0;
	full = made(&r, true, ncb_report_text);
	assert_says(full, "\nIPC (instructions per cycle, of different passes): call");
	free(full);
	ncb_rundata_free(&r);
}

static void test_a_loop_that_is_counted_wrong(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	counted_run(&r);
	r.counter[NCB_SYNTHETIC_INSN].known_high += 4000;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "counters [BAD] 3 events in 2 passes; known loop: 39351 instructions as "
			   "39351 .. 43351");
	free(text);
	ncb_rundata_free(&r);
}

/* The first event that was asked for may be one that nobody counted. */
static void test_the_loop_is_as_long_as_who_counted_says(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	counted_run(&r);
	r.counter[0].counted = false;
	r.counter[0].turn_insn = 0;
	ncb_run_choose_metric(&r, false);
	text = made(&r, true, ncb_report_text);
	assert_words(text, "the loop has 3027 turns of 13 instructions and a branch");
	free(text);
	ncb_rundata_free(&r);
}

static void test_a_frequency_that_moves_is_noted(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	counted_run(&r);
	text = made(&r, false, ncb_report_text);
	assert_silent(text, "the frequency changed");
	free(text);
	ncb_rundata_free(&r);
	t.moved = 0.2;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	text = made(&r, false, ncb_report_text);
	assert_words(text, "note the frequency changed during the run: 1.60 .. 2.00 GHz");
	assert_words(text, "place 1 note above");
	free(text);
	ncb_rundata_free(&r);
	/* Without a PMU APERF and MPERF tell. */
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	for (i = 0; i < r.nrows; i++)
		r.rows[i].place = (struct ncb_row_place) { .known = NCB_PLACE_FREQUENCY,
			.low = i ? 1.0 : 0.8, .high = 1.3 };
	text = made(&r, false, ncb_report_text);
	assert_words(text, "note the frequency changed during the run: 80 .. 130 % of the nominal "
			   "one");
	free(text);
	ncb_rundata_free(&r);
}

/* Without a PMU one line says why; runs of before say nothing. */
static void test_a_run_without_counters(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	text = made(&r, true, ncb_report_text);
	assert_silent(text, "counters");
	assert_silent(text, "n/a");
	assert_silent(text, "IPC");
	assert_silent(text, "during rows");
	free(text);
	ncb_env_set(&r, "counters", "no PMU in this guest");
	text = made(&r, false, ncb_report_text);
	assert_says(text, "\n  counters    none: no PMU in this guest\n");
	assert_silent(text, "IPC");
	free(text);
	ncb_rundata_free(&r);
	/* Asked for, and none of them counted: each reason once. */
	counted_run(&r);
	r.metric = NCB_NS;
	r.counter[0].counted = r.counter[1].counted = r.counter[2].counted = false;
	strcpy(r.counter[0].reason, "taken by the NMI watchdog");
	strcpy(r.counter[1].reason, "taken by the NMI watchdog");
	text = made(&r, false, ncb_report_text);
	assert_words(text, "n/a cycles, instructions: taken by the NMI watchdog n/a branch-misses: "
			   "no reason is known n/a L1-dcache-load-misses: not supported by this CPU");
	assert_silent(text, "counted per additional block");
	free(text);
	ncb_env_set(&r, "counters", "nothing at all");
	text = made(&r, false, ncb_report_text);
	assert_words(text, "counters none: nothing at all");
	assert_silent(text, "NMI watchdog");
	free(text);
	ncb_rundata_free(&r);
}

static void test_another_metric(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	counted_run(&r);
	assert_int_equal(ncb_run_set_metric(&r, "cycles"), 0);
	text = made(&r, false, ncb_report_text);
	assert_silent(text, "--metric");
	free(text);
	assert_int_equal(ncb_run_set_metric(&r, "ns"), 0);
	text = made(&r, false, ncb_report_text);
	assert_says(text, "cost of notifier chains, in ns");
	assert_words(text, "metric ns = nanoseconds, from clock ticks (tsc, 2000.000 MHz); chosen by "
			   "--metric ns measured");
	assert_says(text, "\ncycles                  ");
	assert_silent(text, "\nns        ");
	free(text);
	ncb_rundata_free(&r);
}

/* An emulator's PMU: instructions are the metric, to the last one. */
static void test_exact_instructions(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct ncb_rundata r;
	char *text;

	(void)state;
	t.exact_insn = true;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	text = made(&r, true, ncb_report_text);
	assert_says(text, "cost of notifier chains, in instructions");
	assert_says(text, "a second copy of slist: exactly 0 in");
	assert_words(text, "7 instructions a callback: exactly 7 in");
	assert_words(text, "; ns stands beside it");
	assert_says(text, "\nraw/call/8                 164    182  +11.0% !    178     56\n");
	assert_silent(text, "instructions an operation");
	free(text);
	ncb_rundata_free(&r);
}

static void test_texts(void **state)
{
	static const struct {
		enum ncb_metric metric;
		double v;
		const char *text;
	} cases[] = {
		{ NCB_EVENT, 0.0134, "0.013" }, { NCB_EVENT, -0.0004, "0.000" },
		{ NCB_EVENT, -0.5, "-0.500" }, { NCB_EVENT, 9.9994, "9.999" },
		{ NCB_EVENT, 13, "13.00" }, { NCB_EVENT, 1234, "1234.0" }, { NCB_NS, 0.5, "0.50" },
		{ NCB_INSN, 13, "13" }, { NCB_EVENT, 1e9, "1.0e+09" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = ncb_count_text(cases[i].metric, cases[i].v);

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void test_a_pasted_report_holds(void **state)
{
	struct ncb_verified found;
	struct ncb_rundata r;
	FILE *null = fopen("/dev/null", "w");
	int full;

	(void)state;
	counted_run(&r);
	for (full = 0; full < 2; full++) {
		struct ncb_stats *s = ncb_stats_new(&r);
		struct ncb_report *report = ncb_report_new(s);
		char *text = made(&r, full, ncb_report_text), *at;

		ncb_verify(report, text, null, &found);
		assert_int_equal(found.differ, 0);
		assert_int_equal(found.unplaced, 0);
		at = strstr(text, "\ninstructions            13.00");
		assert_non_null(at);
		memcpy(strstr(at, "13.00"), "12.00", 5);
		ncb_verify(report, text, null, &found);
		assert_int_equal(found.differ, 1);
		free(text);
		ncb_report_free(report);
		ncb_stats_free(s);
	}
	fclose(null);
	ncb_rundata_free(&r);
}

/* -- before and after -- */

struct one {
	struct ncb_rundata r;
	struct ncb_stats *s;
	struct ncb_side side;
};

static void make_one(struct one *o, const struct ncb_truth *t, const char *metric)
{
	ncb_rundata_init(&o->r);
	ncb_synthetic(&o->r, t);
	if (metric)
		assert_int_equal(ncb_run_set_metric(&o->r, metric), 0);
	o->s = ncb_stats_new(&o->r);
	o->side = (struct ncb_side) { "side", &o->s, 1 };
}

static void drop_one(struct one *o)
{
	ncb_stats_free(o->s);
	ncb_rundata_free(&o->r);
}

static char *comparison_text(const struct one *a, const struct one *b, const char *metric,
			     bool full)
{
	struct ncb_compare_options o = { .metric = metric };
	struct ncb_comparison *c = ncb_compare_runs(&a->side, &b->side, "native", &o);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(ncb_comparison_text(c, f, full), 0);
	fclose(f);
	ncb_comparison_free(c);
	lines_of(text);
	return text;
}

static void test_counts_before_and_after(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct one a, b, same;
	char *text;

	(void)state;
	make_one(&a, &t, NULL);
	t.seed = 2;
	make_one(&same, &t, NULL);
	t.native_insn = 2;
	make_one(&b, &t, NULL);
	text = comparison_text(&a, &b, NULL, false);
	/* Two more per visit, in all rows but that of an empty chain and robust@head's one. */
	assert_words(text, "counted instructions: changed in 19 of 20 rows, most: +254.0 in "
			   "blocking/robust@tail/64");
	assert_words(text, "counted branch-misses: no change is told in 19 rows");
	assert_silent(text, "that changed, per operation");
	free(text);
	text = comparison_text(&a, &b, NULL, true);
	assert_says(text, "\ninstructions of native that changed, per operation\n");
	assert_says(text, "\nraw/call/8                                 178.0   194.0  +16.00\n");
	assert_silent(text, "\nbranch-misses of native");
	free(text);
	text = comparison_text(&a, &same, NULL, true);
	assert_words(text, "instructions: no change is told in 20 rows");
	free(text);
	drop_one(&a);
	drop_one(&b);
	drop_one(&same);
}

/* Whether a change of mispredictions is told between two runs. */
static bool misses_changed(const struct one *a, const struct one *b, enum ncb_correction correction)
{
	struct ncb_compare_options o = { .correction = correction };
	struct ncb_comparison *c = ncb_compare_runs(&a->side, &b->side, "native", &o);
	struct ncb_report *report = ncb_report_comparison(c);
	size_t i, seen = 0;
	bool changed = false;

	for (i = 0; i < report->summary.n; i++) {
		const char *text = report->summary.item[i].text;

		if (strncmp(text, "branch-misses: ", strlen("branch-misses: ")))
			continue;
		seen++;
		changed = strstr(text, "differ between these boots in");
		assert_int_equal(changed, strstr(text, "another link") != NULL);
		assert_silent(text, "changed");
	}
	assert_int_equal(seen, 1);
	ncb_report_free(report);
	ncb_comparison_free(c);
	return changed;
}

/* Nineteen rows of equal code: one of them differs by chance, which correction knows. */
static void test_counts_are_corrected_for_their_number(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	size_t alone = 0, corrected = 0;
	struct one a, b;

	(void)state;
	t.blocks = 8;
	make_one(&a, &t, NULL);
	for (t.seed = 2; t.seed < 8; t.seed++) {
		make_one(&b, &t, NULL);
		alone += misses_changed(&a, &b, NCB_UNCORRECTED);
		corrected += misses_changed(&a, &b, NCB_HOLM);
		drop_one(&b);
	}
	drop_one(&a);
	if (alone < 2 || corrected)
		fail_msg("%zu without, %zu with correction", alone, corrected);
}

static size_t obstacles(const struct one *a, const struct one *b, const char *words)
{
	char **reasons;
	size_t n = ncb_find_obstacles(&a->side, &b->side, "native", &reasons), i, found = 0;

	for (i = 0; i < n; i++)
		found += !!strstr(reasons[i], words);
	ncb_free_texts(reasons, n);
	return found;
}

static void test_runs_with_and_without_counters(void **state)
{
	struct ncb_truth t = ncb_truth_counted;
	struct ncb_env_difference *d;
	struct one cycles, ns, forced;
	size_t n, i, seen = 0;
	char *text;

	(void)state;
	make_one(&cycles, &t, NULL);
	make_one(&forced, &t, "ns");
	t.counted = false;
	make_one(&ns, &t, NULL);
	assert_int_equal(obstacles(&cycles, &ns, "metric: cycles -> ns"), 1);
	assert_int_equal(obstacles(&cycles, &ns, "--metric ns compares times"), 1);
	assert_int_equal(obstacles(&forced, &ns, ""), 0);
	n = ncb_env_differences(&forced.side, &ns.side, &d);
	for (i = 0; i < n; i++)
		seen += !strcmp(d[i].name, "events") &&
			!strcmp(d[i].old, "cycles, instructions, branch-misses") &&
			!strcmp(d[i].new, "none");
	assert_int_equal(seen, 1);
	ncb_env_differences_free(d, n);
	text = comparison_text(&forced, &ns, "ns", false);
	assert_silent(text, "counted");
	assert_says(text, "--metric ns");
	free(text);
	drop_one(&cycles);
	drop_one(&ns);
	drop_one(&forced);
	/* Exact counts have no times to fall back on. */
	make_one(&ns, &ncb_truth_insn, NULL);
	t.counted = true;
	make_one(&cycles, &t, NULL);
	assert_int_equal(obstacles(&cycles, &ns, "metric: cycles -> insn"), 1);
	assert_int_equal(obstacles(&cycles, &ns, "--metric"), 0);
	drop_one(&cycles);
	drop_one(&ns);
}

static void test_json_has_counts(void **state)
{
	const json_t *row = NULL, *entry;
	struct ncb_comparison *c;
	struct ncb_stats *s;
	struct ncb_rundata r;
	json_t *json, *rows;
	char *text = NULL;
	size_t size, i;
	FILE *f;

	(void)state;
	counted_run(&r);
	s = ncb_stats_new(&r);
	c = ncb_compare_arms(&s, "slist", "dlist", NULL);
	f = open_memstream(&text, &size);
	assert_int_equal(ncb_format_json(c, f), 0);
	fclose(f);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	rows = json_object_get(json, "rows");
	json_array_foreach(rows, i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "row")),
			    "raw/call/8/distinct/packed/warm"))
			row = json_object_get(json_object_get(entry, "new"), "events");
	assert_non_null(row);
	assert_int_equal(json_object_size(row), NCB_SYNTHETIC_COUNTERS);
	entry = json_array_get(json_object_get(row, "instructions"), 0);
	assert_true(fabs(json_number_value(json_object_get(entry, "value")) - 182) < 1e-6);
	assert_true(json_is_null(json_array_get(json_object_get(row, "L1-dcache-load-misses"), 0)));
	json_decref(json);
	free(text);
	ncb_comparison_free(c);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* -- pictures -- */

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ncbench-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	(void)state;
	return ncb_remove_tree(folder);
}

static char *data_of(const struct ncb_rundata *r, const char *which)
{
	char *path = ncb_format("%s/plots/%s.tsv", folder, which), *text;

	assert_int_equal(ncb_plot_make(r, folder, which),
			 ncb_have_command("gnuplot") ? 0 : -ENOENT);
	text = ncb_read_file(path, NULL);
	assert_non_null(text);
	free(path);
	return text;
}

/* The line of a block of data that begins with @key; its value and bounds. */
static struct ncb_interval line_of(const char *text, const char *block, const char *key)
{
	char *title = ncb_format("# %s\n", block), *begin = ncb_format("\n%s\t", key);
	const char *at = strstr(text, title), *end = at ? strstr(at, "\n\n") : NULL;
	struct ncb_interval v = { .valid = false };

	at = at ? strstr(at, begin) : NULL;
	if (!at || (end && at > end))
		fail_msg("no %s of %s in:\n%s", key, block, text);
	v.valid = sscanf(at + strlen(begin), "%lf\t%lf\t%lf", &v.value, &v.low, &v.high) == 3;
	free(title);
	free(begin);
	return v;
}

static void assert_between(struct ncb_interval v, double truth, double room)
{
	assert_true(v.valid && v.low <= v.value && v.value <= v.high);
	if (fabs(v.value - truth) > room)
		fail_msg("%g is not %g", v.value, truth);
}

static void test_pictures(void **state)
{
	static const char *const ids[] = {
		"blocking/call/1/distinct/packed/warm", "blocking/call/8/distinct/packed/warm",
		"blocking/call/64/distinct/packed/warm", "blocking/call/128/distinct/packed/warm",
		"blocking/call/1/one/packed/warm", "blocking/call/16/one/packed/warm",
	};
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		ncb_synthetic_row(&r, ids[i]);
	ncb_synthetic_samples(&r, &ncb_truth_counted);
	text = data_of(&r, "counters");
	assert_between(line_of(text, "instructions", "0"), 6, 1e-6);	/* direct */
	assert_between(line_of(text, "instructions", "1"), 13, 1e-6);	/* slist */
	assert_between(line_of(text, "instructions", "2"), 15, 1e-6);	/* dlist */
	assert_between(line_of(text, "branch-misses", "2"), 0.03, 0.005);
	assert_between(line_of(text, "cycles", "1"), 20, 1);
	assert_silent(text, "L1-dcache");
	free(text);
	text = data_of(&r, "ipc");
	assert_between(line_of(text, "slist", "1"), 73.0 / 60, 0.1);
	assert_between(line_of(text, "slist", "64"), 892.0 / 1320, 0.06);
	free(text);
	text = data_of(&r, "misses");
	/* 1: sixteen blocks with one function; beyond 64 there are no more functions. */
	assert_between(line_of(text, "dlist", "1"), 0.03, 0.01);
	assert_between(line_of(text, "dlist", "8"), 0.03, 0.02);
	assert_between(line_of(text, "dlist", "64"), 0.03, 0.003);
	assert_between(line_of(text, "slist", "64"), 0.01, 0.003);
	assert_silent(text, "\n16\t");
	assert_silent(text, "\n128\t");
	free(text);
	ncb_rundata_free(&r);
}

static void test_no_pictures_without_counters(void **state)
{
	static const struct ncb_truth *const truths[] = { &ncb_truth_ns, &ncb_truth_counted };
	static const char *const names[] = { "counters", "ipc", "misses" };
	struct ncb_picture *list;
	size_t i, k, t, n, found;

	(void)state;
	for (t = 0; t < ARRAY_SIZE(truths); t++) {
		struct ncb_rundata r;
		struct ncb_stats *s;

		ncb_rundata_init(&r);
		ncb_synthetic(&r, truths[t]);
		s = ncb_stats_new(&r);
		n = ncb_plot_list(s, &list);
		for (found = i = 0; i < n; i++)
			for (k = 0; k < ARRAY_SIZE(names); k++)
				found += !strcmp(list[i].name, names[k]);
		assert_int_equal(found, t ? ARRAY_SIZE(names) : 0);
		ncb_plot_free(list, n);
		ncb_stats_free(s);
		ncb_rundata_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_lines_of_cold_rows),
		cmocka_unit_test(test_lines_of_a_row),
		cmocka_unit_test(test_the_short_view_of_a_default_run),
		cmocka_unit_test(test_what_was_not_counted_is_said),
		cmocka_unit_test(test_tables_of_single_rows),
		cmocka_unit_test(test_a_loop_that_is_counted_wrong),
		cmocka_unit_test(test_the_loop_is_as_long_as_who_counted_says),
		cmocka_unit_test(test_a_frequency_that_moves_is_noted),
		cmocka_unit_test(test_a_run_without_counters),
		cmocka_unit_test(test_another_metric),
		cmocka_unit_test(test_exact_instructions),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_a_pasted_report_holds),
		cmocka_unit_test(test_counts_before_and_after),
		cmocka_unit_test(test_counts_are_corrected_for_their_number),
		cmocka_unit_test(test_runs_with_and_without_counters),
		cmocka_unit_test(test_json_has_counts),
		cmocka_unit_test_setup_teardown(test_pictures, make_folder, drop_folder),
		cmocka_unit_test(test_no_pictures_without_counters),
	};

	ncb_verbosity = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
