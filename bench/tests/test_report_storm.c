// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module load storms in reports and pictures. The golden file is rewritten with
 * NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../plan.h"
#include "../report_storm.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"
#include "verified.h"

#define GOLDEN	"bench/tests/golden/report-storm.txt"

/* -- helpers -- */

static void storm_run(struct ncb_rundata *r, const struct ncb_storm_truth *t, bool insn)
{
	ncb_rundata_init(r);
	ncb_synthetic_storm_run(r, t, insn);
}

static char *text_of(const struct ncb_storm_truth *t, bool insn, bool full)
{
	struct ncb_rundata r;
	char *text;

	storm_run(&r, t, insn);
	text = made(&r, full, ncb_report_text);
	ncb_rundata_free(&r);
	return text;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* -- storms alone -- */

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top()), *brief, *full, *text, *golden;
	struct ncb_storm_truth t = ncb_storm_truth;

	(void)state;
	t.noise = 0.3;
	brief = text_of(&t, false, false);
	full = text_of(&t, false, true);
	text = ncb_format("%s\n%s", brief, full);
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	free(path);
	free(brief);
	free(full);
	free(text);
	free(golden);
}

/* By what the storms are made of: 12 ns a load, 5 an unload, 63 of 64 refused. */
static void test_what_is_quoted(void **state)
{
	char *text = text_of(&ncb_storm_truth, false, false);

	(void)state;
	assert_says(text, "ncbench " NCB_VERSION ": module load storms, in time\n");
	assert_words(text, "storm churn/small/1: a notifier more: 12.0 ns a load (0.012 % of it), "
			   "5.00 ns an unload, by the chain's own time; by latencies: 12.0 ns, "
			   "5.00 ns ");
	assert_words(text, "line [ok] churn/small/1 over more notifiers: off the line by <0.001 % of "
			   "what they take");
	/* 336 more in all, in 20 rounds of 8 modules, three announcements of each. */
	assert_words(text, "they were called 161280 times, as often as announced");
	assert_silent(text, "rcu_expedited");
	/* 2 + 1 of 100 us, and 1 of 60. */
	assert_words(text, "6 notifiers take 3.0 % of a load (COMING + LIVE), 1.7 % of an unload; "
			   "GOING runs in the same order as COMING");
	assert_words(text, "churn/small/1: ");
	assert_words(text, "a load p50 100 us, p99 100 us");
	assert_words(text, "duplicate/small/64: 1 of 64 threads loads, 0 share that, 63 are "
			   "refused");
	assert_words(text, "probes [ok] ");
	assert_words(text, "rollback [ok] ");
	assert_silent(text, "NOT FOR REVIEW");
	free(text);
}

/* A run without rows does not speak of any. */
static void test_storms_alone(void **state)
{
	static const char *const not[] = {
		"A/A", "oracle", "slist", "dlist", "loading", "cost of", "0 rows", "planted", "samples",
		"metric ", "notifier_block", "kernel has",
	};
	size_t i, full;

	(void)state;
	for (full = 0; full < 2; full++) {
		char *text = text_of(&ncb_storm_truth, false, full);

		assert_quotable(text);
		for (i = 0; i < ARRAY_SIZE(not); i++)
			assert_silent(text, not[i]);
		assert_says(text, "again       make storm ");
		free(text);
	}
}

static void test_instructions(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	struct ncb_rundata r;
	char *text;

	(void)state;
	t.reversed = true;
	text = text_of(&t, true, true);
	assert_quotable(text);
	assert_says(text, "module load storms, in instructions\n");
	assert_words(text, "12.0 insn a load (0.012 % of it), 5.00 insn an unload, by the chain's");
	assert_words(text, "GOING runs in reverse order");
	assert_says(text, "storms: latency of a load in kinsn\n");
	assert_words(text, "loads/Ginsn");
	assert_words(text, "waiting costs nothing");
	assert_silent(text, " ns ");
	assert_silent(text, " us");
	assert_silent(text, "loads/s [");
	assert_silent(text, "expedited");
	free(text);
	storm_run(&r, &t, true);
	ncb_env_set(&r, "storm_rcu", "expedited");
	text = made(&r, true, ncb_report_text);
	assert_words(text, "rcu_expedited=1: nobody waits for a grace period");
	free(text);
	ncb_rundata_free(&r);
}

/* -- what went wrong -- */

static void test_failures(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	char *text;

	(void)state;
	t.failed = true;
	text = text_of(&t, false, false);
	assert_words(text, "NOT FOR REVIEW: 1 of 16 module load storms failed");
	assert_words(text, "[BAD] fail/small/2: ");
	assert_words(text, "calls [BAD] ");
	free(text);
	t = ncb_storm_truth;
	t.leak = true;
	text = text_of(&t, false, false);
	assert_words(text, "[BAD] left behind: ");
	assert_words(text, "leak [BAD] ");
	free(text);
	t = ncb_storm_truth;
	t.stuck = true;
	text = text_of(&t, false, false);
	assert_words(text, "rollback [BAD] 0 of ");
	free(text);
}

static void test_interrupted(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	char *text;

	(void)state;
	t.interrupted = true;
	text = text_of(&t, false, false);
	assert_words(text, "NOT FOR REVIEW: the module load storms were interrupted before all "
			   "were "
			   "done");
	free(text);
}

/* Threads that share a load: their wait is no load's latency. */
static void test_shared_loads(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	char *text;

	(void)state;
	t.coalesced = true;
	text = text_of(&t, false, true);
	/* 100 us by one thread; a tenth more for each of 63, three quarters where it waits. */
	assert_words(text, "duplicate/small/64 20 730 ");
	assert_words(text, "20 loaded, 1260 shared (p50 548 us)");
	assert_words(text, "probes [ok] ");
	free(text);
}

/* A sweep of many threads comes first: the one that is quoted is of one. */
static void test_which_slope_is_quoted(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	for (i = 0; i < 4; i++) {
		static const size_t others[] = {
			NCB_SYNTHETIC_CHURN_1, NCB_SYNTHETIC_CHURN_2, NCB_SYNTHETIC_CHURN_4,
			NCB_SYNTHETIC_TEXT,
		};
		struct ncb_storm *m = &r.storms->storm[others[i]];

		m->sweep = 2;
		m->mode = NCB_STORM_DISTINCT;
		m->shape = NCB_SHAPE_SMALL;
		m->threads = 4;
		m->extra = 100 * i;
	}
	text = made(&r, true, ncb_report_text);
	assert_words(text, "storm churn/small/1: a notifier more: 12.0 ns a load");
	assert_words(text, "sweep 2, distinct/small/4: more notifiers on the loader's chain");
	assert_words(text, "sweep 1, churn/small/1: a notifier more adds 12.0 ns to the chain's own "
			   "time in a load");
	free(text);
	ncb_rundata_free(&r);
}

/* One round: a value alone looks like an exact one. */
static void test_one_round(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	char *text;

	(void)state;
	t.rounds = 1;
	text = text_of(&t, false, true);
	assert_words(text, "by latencies: 12.0 ns (one round), 5.00 ns (one round)");
	assert_words(text, "churn/small/1: 6250 loads/s (one round)");
	assert_words(text, "line churn/small/1: n/a: one round");
	free(text);
}

/* Notifiers that are not called, and a chain that does not rise as a line does. */
static void test_notifiers_that_are_not_called(void **state)
{
	struct ncb_rundata r;
	size_t i;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	r.storms->storm[NCB_SYNTHETIC_K64].extra_calls--;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "extra [BAD] churn/small/1/k64: its notifiers more were called 30719 times, "
			   "not 30720");
	free(text);
	r.storms->storm[NCB_SYNTHETIC_K64].extra_calls += 2;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "extra n/a: notifiers more were called 1 times more");
	free(text);
	for (i = 0; i < r.storms->storms; i++)
		r.storms->storm[i].extra_calls = NCB_STORM_UNKNOWN;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "extra n/a: no notifiers more whose calls were counted");
	free(text);
	/* As many as there are from 16 on: a step. */
	for (i = 0; i < r.storms->records; i++) {
		struct ncb_storm_record *record = &r.storms->record[i];

		if (record->storm >= NCB_SYNTHETIC_K0 && record->storm <= NCB_SYNTHETIC_K256 &&
		    record->what >= NCB_STORM_COMING && record->what <= NCB_STORM_GOING)
			record->ns = record->storm == NCB_SYNTHETIC_K0 ? 2040 : 2140;
	}
	text = made(&r, false, ncb_report_text);
	assert_words(text, "line [BAD] churn/small/1 over more notifiers: off the line by 1");
	free(text);
	ncb_rundata_free(&r);
}

static void test_probes_of_unknown_cost(void **state)
{
	struct ncb_rundata r;
	size_t i;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	for (i = 0; i < r.storms->storms; i++)
		r.storms->storm[i].probe_ns = 0;
	text = made(&r, true, ncb_report_text);
	assert_words(text, "6 notifiers: share of a load n/a, it is not known what our probes take "
			   "themselves; GOING runs in the same order");
	assert_words(text, "what they take themselves is not known and in the chain's time: there are "
			   "no shares");
	assert_words(text, "churn/small/1 2.04 n/a 1.04 n/a 1.04 n/a");
	free(text);
	ncb_rundata_free(&r);
}

/* Loads that do not wait for grace periods as they do elsewhere: beside each figure. */
static void test_expedited(void **state)
{
	struct ncb_rundata r;
	char *text, *at;
	size_t n = 0;

	(void)state;
	storm_run(&r, &ncb_storm_truth, true);
	ncb_env_set(&r, "storm_rcu", "expedited");
	text = made(&r, true, ncb_report_text);
	for (at = text; (at = strstr(at, "rcu_expedited=1")); at++)
		n++;
	assert_int_equal(n, 4);		/* slope, share, load; and the legend */
	free(text);
	ncb_rundata_free(&r);
}

/* What was not probed is n/a, and no share of anything. */
static void test_unprobed(void **state)
{
	struct ncb_storm_truth t = ncb_storm_truth;
	char *text;

	(void)state;
	t.unprobed = true;
	text = text_of(&t, false, true);
	assert_quotable(text);
	assert_words(text, "share of a load n/a, no probes were on the chain");
	assert_words(text, "probes n/a: the chain was not probed");
	assert_silent(text, "GOING runs in");
	assert_silent(text, " nan ");
	assert_silent(text, "-nan");
	assert_silent(text, "[nan");
	free(text);
}

static void test_a_lost_record(void **state)
{
	struct ncb_rundata r;
	size_t i;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	r.storms->lost = 3;
	for (i = 0; i < r.storms->records && r.storms->record[i].what != NCB_STORM_LIVE; i++)
		;
	r.storms->record[i].what = NCB_STORM_OTHER;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "records [BAD] 3 of the chain found no room");
	assert_words(text, "probes [BAD] LIVE does not agree with the loads in 1 of ");
	free(text);
	ncb_rundata_free(&r);
}

/* Loaded twice in a round is not loaded once, even where LIVE and loads agree. */
static void test_a_module_that_was_loaded_twice(void **state)
{
	struct ncb_rundata r;
	struct ncb_storm_record twice;
	size_t i;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	for (i = 0; i < r.storms->records; i++) {
		twice = r.storms->record[i];
		if (twice.storm == NCB_SYNTHETIC_COPIES &&
		    (twice.what == NCB_STORM_LIVE || (twice.what == NCB_STORM_LOAD && !twice.result)) &&
		    twice.round == 1) {
			/* Later, so that none of the two is within the other. */
			twice.start_ns += 1000000000;
			ncb_storms_add(r.storms, &twice);
			if (twice.what == NCB_STORM_LOAD)
				break;
		}
	}
	text = made(&r, false, ncb_report_text);
	assert_words(text, "probes [BAD] LIVE does not agree with the loads in 1 of ");
	free(text);
	ncb_rundata_free(&r);
}

static void test_the_drivers_share(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	for (i = 0; i < r.storms->storms; i++) {
		r.storms->storm[i].thread_ns = 1000000;
		r.storms->storm[i].inside_ns = i == 1 ? 985000 : 999000;
	}
	text = made(&r, false, ncb_report_text);
	assert_words(text, "driver [ok] its own share of the threads' time: 1.5 % at most "
			   "(churn/small/2)");
	free(text);
	r.storms->storm[1].inside_ns = 979000;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "driver [BAD] its own share of the threads' time: 2.1 % at most "
			   "(churn/small/2)");
	free(text);
	/* Four threads on two CPUs: that they wait for each other is not the driver's. */
	r.storms->storm[1].inside_ns = 990000;
	r.storms->storm[2].inside_ns = 500000;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "driver [ok] its own share of the threads' time: 1.0 % at most "
			   "(churn/small/2)");
	free(text);
	r.storms->cpus = 0;
	text = made(&r, false, ncb_report_text);
	assert_words(text, "driver its own share: n/a");
	free(text);
	ncb_rundata_free(&r);
}

static void test_storms_that_were_not_done(void **state)
{
	struct ncb_rundata r;
	struct ncb_storm *one;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	one = &r.storms->storm[NCB_SYNTHETIC_AUTOLOAD];
	snprintf(one->reason, sizeof(one->reason), "there is no modprobe");
	text = made(&r, false, ncb_report_text);
	assert_words(text, "n/a: 1 of 16 storms (--full says why)");
	free(text);
	text = made(&r, true, ncb_report_text);
	assert_words(text, "storm autoload/small/8: there is no modprobe");
	assert_silent(text, "\nautoload/small/8 ");
	free(text);
	ncb_rundata_free(&r);
}

/* Profiles have no other churn of one thread than the first storm of the sweep. */
static void test_the_first_of_a_sweep_is_plain(void **state)
{
	struct ncb_rundata r;
	struct ncb_storm_view *v;
	char *text;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	v = ncb_storm_view_new(&r);
	assert_int_equal(v->churn, NCB_SYNTHETIC_CHURN_1);
	assert_false(ncb_storm_is_plain(r.storms, NCB_SYNTHETIC_K0));
	assert_false(ncb_storm_is_plain(r.storms, NCB_SYNTHETIC_K64));
	assert_false(ncb_storm_is_plain(r.storms, NCB_SYNTHETIC_TRACED));
	ncb_storm_view_free(v);
	r.storms->storm[NCB_SYNTHETIC_CHURN_1].mode = NCB_STORM_MIXED;
	v = ncb_storm_view_new(&r);
	assert_int_equal(v->churn, NCB_SYNTHETIC_K0);
	assert_true(ncb_storm_is_plain(r.storms, NCB_SYNTHETIC_K0));
	ncb_storm_view_free(v);
	text = made(&r, true, ncb_report_text);
	/* 2 threads and 4 against the sweep's 1. */
	assert_words(text, "churn/small 1 6250 1.00 churn/small 2 11364 1.82");
	free(text);
	ncb_rundata_free(&r);
}

static void test_no_storms_at_all(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	r.storms = ncb_storms_new();
	snprintf(r.storms->reason, sizeof(r.storms->reason), "loading was not agreed to: STORM=1 "
							     "does");
	text = made(&r, false, ncb_report_text);
	assert_words(text, "storm n/a: loading was not agreed to: STORM=1 does");
	assert_silent(text, "storms [ok]");
	free(text);
	ncb_rundata_free(&r);
}

/* -- beside rows -- */

static void default_run(struct ncb_rundata *r, const struct ncb_truth *t)
{
	struct ncb_rundata plan;
	size_t i;

	ncb_rundata_init(&plan);
	assert_int_equal(ncb_plan(&plan, ncb_profile_find("default"), NULL, NULL), 0);
	ncb_rundata_init(r);
	for (i = 0; i < plan.nrows; i++)
		ncb_synthetic_row(r, plan.rows[i].id);
	ncb_rundata_free(&plan);
	ncb_synthetic_samples(r, t);
}

/* As in test_report_counters.c: nothing was lost, nobody disturbed. */
static void calm(struct ncb_rundata *r)
{
	size_t i;

	for (i = 0; i < r->nsamples * r->slots; i++)
		if (r->counts[i] == NCB_COUNT_NONE)
			r->counts[i] = r->counts[i - 2];
	for (i = 0; i < r->nrows; i++)
		r->rows[i].place.steal_ns = 0;
	if (r->counters)
		r->counter[NCB_SYNTHETIC_MISSES].event.running_ns =
			r->counter[NCB_SYNTHETIC_MISSES].event.enabled_ns;
}

static void assert_short(const struct ncb_rundata *r)
{
	char *text = made(r, false, ncb_report_text);

	if (count_lines(text) > NCB_REPORT_LINES)
		fail_msg("%zu lines:\n%s", count_lines(text), text);
	free(text);
}

/*
 * One screen for both, and for what could not be done; counters take room, too, and so does
 * memory.
 */
static void test_one_screen(void **state)
{
	struct ncb_truth truths[] = { ncb_truth_insn, ncb_truth_ns, ncb_truth_counted };
	size_t i, none;

	(void)state;
	truths[1].blocks = truths[2].blocks = 8;
	for (i = 0; i < ARRAY_SIZE(truths); i++) {
		struct ncb_rundata r;

		default_run(&r, &truths[i]);
		calm(&r);
		for (none = 0; none < 4; none++) {
			char *text;

			if (none == 2)
				ncb_synthetic_memory(&r);
			ncb_storms_free(r.storms);
			r.storms = none % 2 ? ncb_storms_new() :
					      ncb_synthetic_storms(&ncb_storm_truth);
			snprintf(r.storms->reason, sizeof(r.storms->reason), "%s",
				 none % 2 ? "STORM=1 was not given" : "");
			text = made(&r, false, ncb_report_text);
			if (count_lines(text) > NCB_REPORT_LINES)
				fail_msg("%zu lines:\n%s", count_lines(text), text);
			assert_quotable(text);
			assert_says(text, "\nstorm       ");
			assert_says(text, "\ncost of one operation");
			assert_words(text, none % 2 ? "oracle" : "storms [");
			if (none >= 2)
				assert_words(text, "+3680 bytes static");
			free(text);
		}
		/* Without storms there is more of the rows. */
		ncb_storms_free(r.storms);
		r.storms = NULL;
		assert_short(&r);
		ncb_rundata_free(&r);
	}
}

/* -- pasted -- */

static void test_every_line_is_verified(void **state)
{
	/* Of the first screen and of each table: a figure, and what it is changed to. */
	static const char *const changes[][2] = {
		{ "12.0 ns a load", "11.0 ns a load" }, { "3.0 %", "3.1 %" },
		{ "0 share that, 63", "0 share that, 62" }, { "same order", "reverse order" },
		{ "\nchurn/small/2 ", "\nchurn/small/3 " }, { "\nchurn/small/1/k16", "\nchurn/small/1/k17" },
		{ "LIVE for", "LIVEs for" }, { "in time\n", "in insn\n" },
	};
	struct ncb_rundata r;
	struct ncb_verified found;
	size_t i, full;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	for (full = 0; full < 2; full++) {
		char *text = made(&r, full, ncb_report_text);

		found = verify(&r, text);
		assert_int_equal(found.differ, 0);
		assert_int_equal(found.unplaced, 0);
		assert_true(found.hold > (full ? 60u : 10u));
		for (i = 0; i < ARRAY_SIZE(changes); i++) {
			char *at = strstr(text, changes[i][0]), *changed;

			if (!at && !full)
				continue;
			assert_non_null(at);
			changed = ncb_format("%.*s%s%s", (int)(at - text), text, changes[i][1],
					     at + strlen(changes[i][0]));
			found = verify(&r, changed);
			if (!(found.differ + found.unplaced))
				fail_msg("'%s' instead of '%s' was not found", changes[i][1],
					 changes[i][0]);
			free(changed);
		}
		free(text);
	}
	ncb_rundata_free(&r);
}

/* -- page and pictures -- */

static void test_pictures(void **state)
{
	static const char *const names[] = {
		"storm-latency", "storm-threads", "storm-extra", "storm-memory",
	};
	char folder[] = "/tmp/ncbench-storm-XXXXXX", *path, *data;
	struct ncb_rundata r;
	struct ncb_stats *s;
	struct ncb_picture *list;
	size_t n, i;

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	s = ncb_stats_new(&r);
	n = ncb_plot_list(s, &list);
	assert_int_equal(n, ARRAY_SIZE(names));
	for (i = 0; i < n; i++)
		assert_string_equal(list[i].name, names[i]);
	ncb_plot_free(list, n);
	assert_non_null(mkdtemp(folder));
	ncb_verbosity = -2;
	ncb_plot_draw(s, folder, NULL, false);
	path = ncb_format("%s/storm-extra.tsv", folder);
	data = ncb_read_file(path, NULL);
	assert_non_null(data);
	/* 12 and 5 ns for each of 256, on 100 and 60 us. */
	assert_says(data, "# load\n# more\tlatency\tlow\thigh\n0\t100\t");
	assert_says(data, "# line\n# more\tlatency\n0\t100\n256\t103.072\n");
	assert_says(data, "# line\n# more\tlatency\n0\t60\n256\t61.28\n");
	free(data);
	free(path);
	path = ncb_format("%s/storm-latency.tsv", folder);
	data = ncb_read_file(path, NULL);
	assert_non_null(data);
	assert_says(data, "# churn/small/1\n# latency\tpercent\n100\t");
	assert_silent(data, "k16");
	assert_silent(data, "callbacks");
	free(data);
	free(path);
	ncb_remove_tree(folder);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_page(void **state)
{
	struct ncb_rundata r;
	struct ncb_stats *s;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	storm_run(&r, &ncb_storm_truth, false);
	r.storms->storm[0].failed = true;
	snprintf(r.storms->storm[0].reason, NCB_STORM_TEXT, "<b>finit_module() & co.</b>");
	s = ncb_stats_new(&r);
	assert_int_equal(ncb_report_html_with(s, f, true, "/nonexistent"), 0);
	fclose(f);
	assert_says(text, "<h3>storms: latency of a load in us</h3>");
	assert_says(text, "<span class=\"mark bad\">BAD</span>churn/small/1: "
			  "&lt;b&gt;finit_module() "
			  "&amp; co.");
	assert_silent(text, "<b>finit");
	/* The answer in a large figure. */
	assert_says(text, "<b>12.0 ns</b>");
	free(text);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_what_is_quoted),
		cmocka_unit_test(test_storms_alone),
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_shared_loads),
		cmocka_unit_test(test_which_slope_is_quoted),
		cmocka_unit_test(test_one_round),
		cmocka_unit_test(test_notifiers_that_are_not_called),
		cmocka_unit_test(test_probes_of_unknown_cost),
		cmocka_unit_test(test_expedited),
		cmocka_unit_test(test_unprobed),
		cmocka_unit_test(test_a_lost_record),
		cmocka_unit_test(test_a_module_that_was_loaded_twice),
		cmocka_unit_test(test_the_drivers_share),
		cmocka_unit_test(test_storms_that_were_not_done),
		cmocka_unit_test(test_the_first_of_a_sweep_is_plain),
		cmocka_unit_test(test_no_storms_at_all),
		cmocka_unit_test(test_one_screen),
		cmocka_unit_test(test_every_line_is_verified),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
