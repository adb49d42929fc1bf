// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports and pictures. The golden file is rewritten with
 * NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../plan.h"
#include "../report.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define GOLDEN	"bench/tests/golden/report.txt"
#define SUMMARY	"\ncost of one operation"
#define MODEL	"\ndlist less slist in insn, by lines"
#define CALL_64	"blocking/call/64/distinct/packed/warm"

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

static char *text_of(const struct ncb_truth *t, bool full)
{
	struct ncb_rundata r;
	char *text;

	ncb_rundata_init(&r);
	ncb_synthetic(&r, t);
	text = made(&r, full, ncb_report_text);
	ncb_rundata_free(&r);
	return text;
}

static void assert_report(const char *text)
{
	assert_quotable(text);
	assert_true(strlen(text) > 2000);
}

/* The line of a table that begins with @begin, below the title @title. */
static void assert_row(const char *text, const char *title, const char *row)
{
	const char *at = strstr(text, title), *end = at ? strstr(at, "\n\n") : NULL;
	const char *found = at ? strstr(at, row) : NULL;

	if (!found || (end && found > end))
		fail_msg("no line '%s' below '%s' in:\n%s", row, title, text);
}

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top()), *text, *golden;

	(void)state;
	text = text_of(&ncb_truth_insn, false);
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	free(path);
	free(text);
	free(golden);
}

static void test_every_line_can_be_quoted(void **state)
{
	static const struct ncb_truth *const truths[] = { &ncb_truth_insn, &ncb_truth_ns };
	size_t i, full;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(truths); i++) {
		for (full = 0; full < 2; full++) {
			char *text = text_of(truths[i], full);

			assert_report(text);
			free(text);
		}
	}
}

static void test_foreign_words_do_not_break_the_page(void **state)
{
	struct ncb_rundata r;
	char *text, *word;
	size_t full;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	word = ncb_alloc(2001, 1);
	memset(word, 'w', 2000);
	ncb_env_set(&r, "cpu_model", word);
	ncb_env_set(&r, "kernel_version", "\033[2J\tsm\303\266rg\303\245s\nbord");
	ncb_env_set(&r, word, "a long key");
	ncb_env_set(&r, "empty", "");
	free(r.name);
	r.name = ncb_copy(word);
	snprintf(r.rows[0].arm[1].message, NCB_MSG_LEN, "line\nbreak\a");
	r.rows[0].arm[1].status = NCB_ARM_WRONG;
	for (full = 0; full < 2; full++) {
		text = made(&r, full, ncb_report_text);
		assert_report(text);
		free(text);
	}
	free(word);
	ncb_rundata_free(&r);
}

/* Costs of any size fit into their columns. */
static void test_wide_numbers(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	for (i = 0; i < r.nsamples; i++)
		r.samples[i].s.ticks = r.samples[i].s.arm % 2 ? r.samples[i].s.ticks :
						r.samples[i].s.ticks * 100003;
	text = made(&r, true, ncb_report_text);
	assert_report(text);
	free(text);
	ncb_rundata_free(&r);
}

static void test_sign_of_the_change(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	char *text;

	(void)state;
	text = text_of(&t, true);
	assert_row(text, "\ncall (distinct", "blocking   64     660     788   +19.4%");
	assert_row(text, SUMMARY, "blocking/call/64           660    788  +19.4%");
	assert_row(text, MODEL, "raw/call                  +2      0\n");
	free(text);
	/* Names that were mixed up: the second copy of slist tells. */
	t.swap = true;
	text = text_of(&t, true);
	assert_row(text, "\ncall (distinct", "blocking   64     788     660        ~");
	assert_row(text, SUMMARY, "blocking/call/64           788    660       ~");
	assert_says(text, "A/A         [BAD]");
	free(text);
	t.swap = false;
	t.dlist_per_block = -1;
	text = text_of(&t, true);
	assert_row(text, "\ncall (distinct", "blocking   64     660     596    -9.7%");
	assert_row(text, SUMMARY, "blocking/call/64           660    596   -9.7%");
	assert_row(text, MODEL, "raw/call                  -1      0\n");
	free(text);
	t.dlist_per_block = 0;
	text = text_of(&t, true);
	assert_row(text, "\ncall (distinct", "blocking   64     660     660        =");
	assert_says(text, "more        in 0 of 20 rows\nless        in 0 of 20 rows\n");
	free(text);
}

/* Two copies of one design under a noisy clock: '~', and no figure. */
static void test_unresolved_changes(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	const char *line;
	size_t tildes = 0;
	char *text;

	(void)state;
	t.dlist_share = 0;
	text = text_of(&t, false);
	for (line = text; (line = strstr(line, " ~ ")); line++)
		tildes++;
	assert_int_equal(tildes, 10);
	assert_says(text, "more        in 0 of 20 rows\nless        in 0 of 20 rows\n");
	free(text);
}

static void test_metric_and_place_are_said(void **state)
{
	char *text;

	(void)state;
	text = text_of(&ncb_truth_insn, false);
	assert_says(text, "insn = exact instructions, counted by the guest");
	assert_silent(text, "NOT FOR REVIEW");
	assert_says(text, "make bench TARGET=qemu PROFILE=quick SEED=1");
	assert_says(text, "notifier_block 24 -> 32");
	assert_says(text, "notifier_block 24 -> 32; every head +8\n");
	assert_silent(text, "[BAD]");
	free(text);
	text = text_of(&ncb_truth_ns, false);
	assert_says(text, "ns = nanoseconds");
	assert_words(text, "called is what exceeds ");
	free(text);
}

/* Noisy as times are, but no clock is behind them. */
static void test_cycles(void **state)
{
	static const char *const not[] = { "insn", "instruction", " ns", "nanosecond", "MHz" };
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_rundata r;
	size_t i;
	char *text;
	int full;

	(void)state;
	t.metric = NCB_CYCLES;
	t.dlist_share = 0.5;
	for (full = 0; full < 2; full++) {
		text = text_of(&t, full);
		assert_says(text, "cost of notifier chains, in cycles\n");
		assert_words(text, "cycles = core cycles, from the PMU");
		assert_says(text, "cost of one operation in cycles;");
		assert_words(text, "cycles, seen in ");
		assert_words(text, "intervals x ");
		assert_says(text, "95 %");
		for (i = 0; i < ARRAY_SIZE(not); i++)
			assert_silent(text, not[i]);
		free(text);
	}
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	ncb_env_set(&r, "hypervisor", "KVM");
	ncb_env_set(&r, "clocksource", "hpet");
	ncb_env_set(&r, "governor", "powersave");
	text = made(&r, false, ncb_report_text);
	assert_says(text, "NOT FOR REVIEW: cycles in a virtual machine (KVM)");
	assert_silent(text, "hpet");
	assert_says(text, "governor: powersave");
	free(text);
	ncb_rundata_free(&r);
}

/* Of a run that was broken off the oracle is said to have passed what it came to, no more. */
static void test_oracle_of_an_interrupted_run(void **state)
{
	struct ncb_rundata r;
	char *text, *whole;
	size_t i, n = 0;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	whole = ncb_format("arms in %zu rows behaved, 0 did not", r.nrows);
	text = made(&r, false, ncb_report_text);
	assert_says(text, whole);
	free(text);
	for (i = 0; i < r.nsamples; i++)
		if (r.samples[i].row < 2)
			r.samples[n++] = r.samples[i];
	assert_in_range(n, 1, r.nsamples - 1);
	r.nsamples = n;
	r.interrupted = true;
	text = made(&r, false, ncb_report_text);
	assert_says(text, " arms in 2 rows behaved, 0 did not");
	assert_silent(text, whole);
	free(text);
	r.nsamples = 0;
	text = made(&r, false, ncb_report_text);
	assert_says(text, "oracle      [BAD] 0 arms in 0 rows behaved");
	free(text);
	free(whole);
	ncb_rundata_free(&r);
}

static void test_what_forbids_quoting_is_said(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	r.features |= NCB_FEAT_LOCKDEP;
	r.interrupted = true;
	ncb_env_set(&r, "hypervisor", "KVM");
	text = made(&r, false, ncb_report_text);
	assert_says(text, "NOT FOR REVIEW: lockdep");
	assert_says(text, "NOT FOR REVIEW: the run was interrupted");
	assert_says(text, "NOT FOR REVIEW: time in a virtual machine (KVM)");
	assert_says(text, "place       [BAD] 3 lines above forbid quoting; drift ");
	free(text);
	ncb_rundata_free(&r);
}

/* One loading of three at 4/5 of the speed: 25 % slower, by hand against their geometric mean. */
static void test_a_machine_that_slows_down(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_trust trust;
	struct ncb_stats *s;
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	t.noise = 0;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	text = made(&r, false, ncb_report_text);
	assert_null(strstr(text, "speed moved"));
	free(text);
	for (i = 0; i < r.nsamples; i++)
		if (r.samples[i].reload == 1)
			r.samples[i].s.ticks = r.samples[i].s.ticks * 5 / 4;
	text = made(&r, false, ncb_report_text);
	assert_says(text, "note        the machine's speed moved: hard-coded calls took -7.");
	free(text);
	s = ncb_stats_new(&r);
	ncb_stats_trust(s, &trust);
	/* 1.25^(-1/3) and 1.25^(2/3); ticks are whole numbers. */
	assert_true(fabs(trust.drift.low - -0.0717) < 0.005);
	assert_true(fabs(trust.drift.high - 0.1604) < 0.005);
	assert_int_equal(trust.drift.high_row, 1);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

static void test_faults_show_in_the_trust_block(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	t.one_more = true;
	text = text_of(&t, false);
	assert_says(text, "proportion  [BAD]");
	free(text);
	t.one_more = false;
	t.inexact = true;
	text = text_of(&t, false);
	assert_says(text, "exact       [BAD] samples of one copy are not equal in 1 of 123 arms");
	free(text);
	t.inexact = false;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	/* One callback less is planted than is said. */
	for (i = 0; i < r.nsamples; i++)
		if (!strcmp(r.rows[r.samples[i].row].arm[r.samples[i].s.arm].name, "slist+7"))
			r.samples[i].s.ticks -= r.samples[i].s.iters;
	text = made(&r, false, ncb_report_text);
	assert_says(text, "planted     [BAD]");
	free(text);
	snprintf(r.rows[0].arm[2].message, NCB_MSG_LEN, "called 3 of 4");
	r.rows[0].arm[2].status = NCB_ARM_WRONG;
	text = made(&r, false, ncb_report_text);
	assert_says(text, "oracle      [BAD]");
	free(text);
	text = made(&r, true, ncb_report_text);
	assert_says(text, "WRONG       [BAD] slist in raw/call/1");
	free(text);
	ncb_rundata_free(&r);
}

/* Leaves arms of that kind out, as ARMS= does; they are the last but two. */
static void leave_out(struct ncb_rundata *r, uint32_t flag)
{
	size_t i;

	for (i = 0; i < r->nsamples; i++)
		if (r->rows[r->samples[i].row].arm[r->samples[i].s.arm].flags == flag)
			r->samples[i].s.arm = NCB_ARMS_MAX - 1;
	for (i = 0; i < r->nrows * NCB_ARMS_MAX; i++) {
		struct ncb_row_arm *arm = &r->rows[i / NCB_ARMS_MAX].arm[i % NCB_ARMS_MAX];

		if (arm->flags != flag)
			continue;
		arm->flags = 0;
		arm->status = NCB_ARM_MISSING;
		snprintf(arm->name, sizeof(arm->name), "gone");
		snprintf(arm->engine, sizeof(arm->engine), "gone");
	}
}

static void test_a_run_without_controls_says_so(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	leave_out(&r, NCB_ARM_CONTROL);
	leave_out(&r, NCB_ARM_PLANT);
	text = made(&r, false, ncb_report_text);
	assert_says(text, "note        no A/A control in this run: ARMS= left it out");
	assert_says(text, "note        no planted cost in this run: ARMS= left it out");
	assert_says(text, "A/A         not measured: no control arm in this run");
	assert_says(text, "planted     not measured: no planted arm in this run");
	assert_says(text, "place       2 notes above");
	assert_silent(text, "[BAD]");
	free(text);
	ncb_rundata_free(&r);
}

/* Changes the cost of an arm in one row: @more ticks an operation. */
static void change_cost(struct ncb_rundata *r, const char *row, const char *arm, int more)
{
	size_t i;

	for (i = 0; i < r->nsamples; i++) {
		const struct ncb_row *plan = &r->rows[r->samples[i].row];

		if (!strcmp(plan->id, row) && !strcmp(plan->arm[r->samples[i].s.arm].name, arm))
			r->samples[i].s.ticks += (int64_t)more * r->samples[i].s.iters;
	}
}

/* A second copy that differs where none of its neighbours does. */
static void test_an_a_a_change_is_called_one(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_rundata r;
	char *text;

	(void)state;
	t.layout = 0.01;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &t);
	text = made(&r, false, ncb_report_text);
	assert_says(text, "A/A         [ok] 0 of 20 rows called, largest ");
	free(text);
	change_cost(&r, "blocking/call/64/distinct/scattered/cold", "slist-aa", 1000);
	text = made(&r, false, ncb_report_text);
	assert_words(text, "A/A [BAD] 1 of 20 rows called, first "
			   "blocking/call/64/distinct/scattered/cold, largest +");
	free(text);
	ncb_rundata_free(&r);
}

/* Native far away in one row only, which is in no line. */
static void test_fidelity_looks_at_every_row(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	for (i = 0; i < r.nrows; i++)
		change_cost(&r, r.rows[i].id, "native",
			    (int)(ncb_true_cost(&ncb_truth_insn, &r.rows[i], "slist") -
				  ncb_true_cost(&ncb_truth_insn, &r.rows[i], "native")));
	text = made(&r, false, ncb_report_text);
	assert_says(text, "fidelity    [ok] slist less native: 0 instructions in all 20 rows");
	assert_silent(text, " !");
	free(text);
	text = made(&r, true, ncb_report_text);
	assert_says(text, "equal counts; the code");
	free(text);
	change_cost(&r, "raw/empty/0/distinct/packed/warm", "native", 5);
	text = made(&r, true, ncb_report_text);
	assert_says(text, "raw/empty/0: 20 against 25");
	assert_row(text, "\ncall of an empty chain", "raw         0      20      20        = !");
	assert_row(text, SUMMARY, "raw/empty/0                 20     20       = !     25      -");
	assert_says(text, "in 1 of 20 rows");
	assert_silent(text, "fidelity    [ok]");
	free(text);
	change_cost(&r, "raw/empty/0/distinct/packed/warm", "native", 15);
	text = made(&r, false, ncb_report_text);
	assert_says(text, "fidelity    [BAD]");
	free(text);
	ncb_rundata_free(&r);
}

static void test_no_line_is_drawn_through_a_bend(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	change_cost(&r, "raw/call/8/distinct/packed/warm", "dlist", 30);
	text = made(&r, true, ncb_report_text);
	assert_row(text, "\ncost per additional block (distinct, packed, warm), insn",
		   "call            raw           10       -       -\n");
	assert_row(text, "\nfixed cost per operation (distinct, packed, warm), insn",
		   "call            raw           20       -       -\n");
	assert_row(text, "\ncost per additional block (distinct, packed, warm) with intervals",
		   "call              raw      dlist            -");
	assert_row(text, MODEL, "raw/call                   -      -\n");
	free(text);
	ncb_rundata_free(&r);
}

/* A slope of 0 that grows: no share, the difference itself. */
static void test_a_slope_from_nothing(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	change_cost(&r, "blocking/robust@head/64/distinct/packed/warm", "dlist", 9 * 56);
	text = made(&r, true, ncb_report_text);
	assert_row(text, "\ncost per additional block",
		   "robust@head     blocking       0       9      +9\n");
	assert_row(text, MODEL, "blocking/robust@head      +9    -70\n");
	free(text);
	ncb_rundata_free(&r);
}

static void test_size_of_the_layout_is_said(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	char *text;

	(void)state;
	t.uneven_copies = true;
	text = text_of(&t, true);
	assert_says(text, "other copies differ by at most 1 instruction an");
	assert_says(text, "raw/call/1/distinct/packed/warm)");
	free(text);
}

static void test_header(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	ncb_env_set(&r, "revision", "v0.1-3-g0123abc");
	ncb_env_set(&r, "cpu_microcode", "0xf8");
	ncb_env_set(&r, "mitigation_mds", "Vulnerable: no microcode");
	ncb_env_set(&r, "mitigation_retbleed", "Mitigation: untrained return thunk");
	ncb_env_set(&r, "governor", "powersave");
	ncb_env_set(&r, "turbo", "off");
	ncb_env_set(&r, "smt", "off");
	ncb_env_set(&r, "cpus_isolated", "2-3");
	ncb_env_set(&r, "kernel_command_line", "isolcpus=2-3");
	ncb_env_set(&r, "module_compiler", "gcc-13");
	text = made(&r, true, ncb_report_text);
	assert_says(text, "revision    v0.1-3-g0123abc of ncbench\n");
	assert_says(text, "microcode   0xf8\n");
	assert_says(text, "mitigations retbleed\n");
	assert_says(text, "clock       tsc, governor powersave, turbo off, SMT off, isolated CPUs:");
	assert_says(text, "cmdline     isolcpus=2-3\n");
	assert_says(text, "module: gcc-13\n");
	assert_silent(text, "\nguest ");
	free(text);
	ncb_env_set(&r, "hypervisor", "QEMU TCG");
	ncb_env_set(&r, "qemu_version", "7.2");
	ncb_env_set(&r, "accelerator", "tcg");
	text = made(&r, true, ncb_report_text);
	assert_says(text, "guest       QEMU 7.2, tcg\n");
	assert_silent(text, "\nmicrocode");
	free(text);
	ncb_rundata_free(&r);
}

static void test_other_designs_get_a_table(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	for (i = 0; i < r.nrows; i++) {
		strcpy(r.rows[i].arm[5].name, "array");
		strcpy(r.rows[i].arm[5].engine, "array");
	}
	text = made(&r, true, ncb_report_text);
	assert_row(text, "call (distinct, packed, warm), insn: other designs",
		   "blocking     64 array               788   +19.4%");
	assert_report(text);
	free(text);
	ncb_rundata_free(&r);
}

static void test_short_and_full(void **state)
{
	char *brief = text_of(&ncb_truth_insn, false), *full = text_of(&ncb_truth_insn, true);

	(void)state;
	assert_silent(brief, "scattered, cold), insn");
	assert_says(brief, "--full: all 23 rows");
	assert_says(full, "call (distinct, scattered, cold), insn");
	assert_says(full, "with intervals, insn");
	assert_says(full, "Machine and kernel");
	free(brief);
	free(full);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* A run of the default profile as it is planned, with true costs. */
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

/* The table of @text whose title begins with @title stands in @other, too. */
static void assert_same_part(const char *text, const char *other, const char *title)
{
	const char *from = strstr(text, title), *to = from ? strstr(from + 1, "\n\n") : NULL;
	char *part;

	if (!to)
		fail_msg("no '%s' in:\n%s", title, text);
	part = ncb_format("%.*s", (int)(to - from), from);
	assert_says(other, part);
	free(part);
}

/* One screen, and no figure that the full view has not. */
static void test_the_short_view_of_a_default_run(void **state)
{
	struct ncb_truth truths[] = { ncb_truth_insn, ncb_truth_ns };
	size_t i, k;

	(void)state;
	truths[1].blocks = 8;
	for (i = 0; i < ARRAY_SIZE(truths); i++) {
		struct ncb_rundata r;
		char *brief, *full, *words;
		const char *line;

		default_run(&r, &truths[i]);
		assert_true(r.nrows > 150);
		brief = made(&r, false, ncb_report_text);
		full = made(&r, true, ncb_report_text);
		assert_report(brief);
		assert_report(full);
		if (count_lines(brief) > NCB_REPORT_LINES)
			fail_msg("%zu lines:\n%s", count_lines(brief), brief);
		assert_true(count_lines(full) > 500);
		assert_same_part(brief, full, "\ncost of one operation");
		assert_same_part(brief, full, "\ndlist less slist");
		assert_same_part(brief, full, "\nmore  ");
		/* What is judged is said in the same words. */
		for (line = strstr(brief, "\nWhat makes"), k = 0; line && *line; k++) {
			words = ncb_format("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
			if (!strncmp(words, "  ", 2) && strchr(words, '['))
				assert_says(full, words);
			line = strchr(line + 1, '\n');
			free(words);
		}
		assert_true(k > 9);
		free(brief);
		free(full);
		ncb_rundata_free(&r);
	}
}

/* What speaks against the figures is never cut. */
static void test_the_short_view_keeps_every_warning(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_ns);
	r.features |= NCB_FEAT_LOCKDEP | NCB_FEAT_KASAN;
	ncb_env_set(&r, "hypervisor", "KVM");
	ncb_env_set(&r, "CONFIG_DEBUG_LIST", "y");
	text = made(&r, false, ncb_report_text);
	assert_says(text, "NOT FOR REVIEW: lockdep");
	assert_says(text, "NOT FOR REVIEW: KASAN");
	assert_says(text, "NOT FOR REVIEW: time in a virtual machine (KVM)");
	assert_says(text, "DEBUG_LIST");
	assert_says(text, "place       [BAD]");
	free(text);
	ncb_rundata_free(&r);
}

static void test_an_empty_run(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	text = made(&r, true, ncb_report_text);
	assert_says(text, "no second copy was measured");
	assert_says(text, "no planted cost was measured");
	free(text);
	text = made(&r, true, ncb_report_html);
	assert_says(text, "</html>");
	free(text);
	ncb_rundata_free(&r);
}

static void test_a_full_disk_is_noticed(void **state)
{
	FILE *f = fopen("/dev/full", "w");
	struct ncb_rundata r;

	(void)state;
	if (!f)
		skip();
	setbuf(f, NULL);
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	assert_int_equal(ncb_report_text(&r, f, false), -EIO);
	assert_int_equal(ncb_report_html(&r, f, false), -EIO);
	fclose(f);
	ncb_rundata_free(&r);
}

/* -- html -- */

static size_t count(const char *text, const char *words)
{
	size_t n = 0;

	for (; (text = strstr(text, words)); text += strlen(words))
		n++;
	return n;
}

static void test_html_stands_alone(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	ncb_env_set(&r, "cpu_model", "<script>alert('x & y')</script>\"");
	text = made(&r, true, ncb_report_html);
	assert_int_equal(strncmp(text, "<!DOCTYPE html>", 15), 0);
	assert_says(text, "</html>");
	assert_silent(text, "<script");
	assert_says(text, "&lt;script&gt;alert");
	assert_says(text, "x &amp; y");
	assert_silent(text, " src=");
	assert_silent(text, "@import");
	assert_silent(text, "url(http");
	assert_silent(text, "<link");
	assert_says(text, "prefers-color-scheme:dark");
	assert_int_equal(count(text, "<table>"), count(text, "</table>"));
	assert_int_equal(count(text, "<dl>"), count(text, "</dl>"));
	assert_true(count(text, "<tr>") > 50);
	assert_int_equal(count(text, "<th scope=\"col\"") + count(text, "<th scope=\"row\""),
			 count(text, "<th "));
	assert_says(text, "<b class=\"good\">6 ok, 0 bad</b>");
	/* Exact figures have no intervals, and no empty column for them. */
	assert_silent(text, ">95 %<");
	free(text);
	ncb_rundata_free(&r);
}

/* -- pictures -- */

static bool no_gnuplot(void)
{
	return !ncb_have_command("gnuplot");
}

static int draw(const struct ncb_truth *t, const char *which, const char *kernel)
{
	struct ncb_rundata r;
	int err;

	ncb_rundata_init(&r);
	ncb_synthetic(&r, t);
	if (kernel)
		ncb_env_set(&r, "kernel_release", kernel);
	err = ncb_plot_make(&r, folder, which);
	ncb_rundata_free(&r);
	return err;
}

static char *drawn(const char *name)
{
	char *path = ncb_format("%s/plots/%s", folder, name), *text = ncb_read_file(path, NULL);

	free(path);
	return text;
}

static void test_pictures(void **state)
{
	static const char *const names[] = {
		"forest", "cost-call", "cost-reverse", "cost-robust", "cost-robust-tail",
		"cost-register-tail", "position-robust", "distributions",
	};
	size_t i;

	(void)state;
	if (no_gnuplot())
		skip();
	assert_int_equal(draw(&ncb_truth_ns, NULL, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *svg = ncb_format("%s.svg", names[i]), *png = ncb_format("%s.png", names[i]);
		char *text = drawn(svg);

		assert_non_null(text);
		assert_says(text, "<svg");
		assert_says(text, "</svg>");
		assert_says(text, "dlist");
		assert_says(text, "kernel 6.1.0-synthetic");
		free(text);
		text = drawn(png);
		assert_non_null(text);
		assert_memory_equal(text, "\211PNG", 4);
		free(text);
		free(svg);
		free(png);
	}
	assert_null(drawn("gnuplot.log"));
	/* Nothing was unregistered in that run: no empty picture is made. */
	assert_null(drawn("cost-unregister-tail.tsv"));
}

static void test_data_of_a_picture(void **state)
{
	char *text;

	(void)state;
	if (no_gnuplot())
		skip();
	assert_int_equal(draw(&ncb_truth_insn, "cost-call", NULL), 0);
	text = drawn("cost-call.tsv");
	assert_says(text, "# dlist\n# length\tcost\tlow\thigh\tchange %\tlow\thigh\n"
			  "1\t32\t32\t32\t6.66666667\t6.66666667\t6.66666667\n"
			  "8\t116\t116\t116\t16\t16\t16\n");
	/* The floor is no design that changes anything. */
	assert_says(text, "# direct\n# length\tcost\tlow\thigh\tchange %\tlow\thigh\n"
			  "1\t8\t8\t8\tNaN\tNaN\tNaN\n");
	free(text);
	assert_null(drawn("cost-robust.tsv"));
}

/* What the forest shows is what the tables say: change, interval, verdict, envelope. */
static void test_data_of_the_forest(void **state)
{
	struct ncb_truth t = ncb_truth_insn;
	char *text;

	(void)state;
	assert_int_equal(draw(&t, "forest", NULL), no_gnuplot() ? -ENOENT : 0);
	text = drawn("forest.tsv");
	/* Sorted by change: 19.7 % in robust@tail/64 stands last, which is on top. */
	assert_says(text, "20\t0\t0\tblocking/robust@tail/64\n\n\n# more\n");
	assert_says(text, "\t20\n\n\n# less\n");
	assert_says(text, "19.6899225\t19.6899225\t19.6899225\t20\n");
	assert_says(text, "# less\n# change %\tlow\thigh\tplace\nNaN\tNaN\tNaN\tNaN\n\n");
	assert_says(text, "# equal\n# change %\tlow\thigh\tplace\nNaN\tNaN\tNaN\tNaN\n0\t0\t0\t1\n");
	free(text);
	/* Under the other name the sign turns, and the second copy forbids to call it a change. */
	t.swap = true;
	assert_int_equal(draw(&t, "forest", NULL), no_gnuplot() ? -ENOENT : 0);
	text = drawn("forest.tsv");
	assert_says(text, "-16.4507772\t-16.4507772\t-16.4507772\t1\n");
	assert_says(text, "# less\n# change %\tlow\thigh\tplace\nNaN\tNaN\tNaN\tNaN\n\n");
	assert_says(text, "1\t-16.4507772\t6.5\tblocking/robust@tail/64\n");
	free(text);
}

/* Each side stays on its side of the line; all of it fits the axis. */
static void test_data_of_the_distributions(void **state)
{
	double mean[2] = { 0 }, sum[2] = { 0 };
	const char *line;
	size_t bins = 0;
	char *text;

	(void)state;
	assert_int_equal(draw(&ncb_truth_ns, "distributions", NULL), no_gnuplot() ? -ENOENT : 0);
	text = drawn("distributions.tsv");
	assert_says(text, "# blocking/call/64/distinct/packed/warm\n# cost\told\tnew\twidth\n");
	line = strstr(text, "width\n") + strlen("width\n");
	for (; *line && *line != '\n'; line = strchr(line, '\n') + 1, bins++) {
		double at, old, new, width;

		assert_int_equal(sscanf(line, "%lf\t%lf\t%lf\t%lf", &at, &old, &new, &width), 4);
		assert_true(isnan(old) || (old > 0 && old <= 1));
		assert_true(isnan(new) || (new < 0 && new >= -1));
		/* 660 ns, and the layouts and bursts of this run around it. */
		assert_true(at > 500 && at < 1700 && width > 0);
		sum[0] += isnan(old) ? 0 : old;
		sum[1] += isnan(new) ? 0 : -new;
		mean[0] += isnan(old) ? 0 : old * at;
		mean[1] += isnan(new) ? 0 : -new * at;
	}
	assert_int_equal(bins, 64);
	/* dlist is 10 % dearer. */
	assert_true(mean[1] / sum[1] > 1.03 * mean[0] / sum[0]);
	assert_true(mean[1] / sum[1] < 1.2 * mean[0] / sum[0]);
	free(text);
	/* Counts have none. */
	assert_int_equal(draw(&ncb_truth_insn, "distributions", NULL), -ENODATA);
}

static void test_unknown_picture(void **state)
{
	(void)state;
	assert_int_equal(draw(&ncb_truth_insn, "mona-lisa", NULL), -EINVAL);
	assert_int_equal(draw(&ncb_truth_insn, "cost-unregister-tail", NULL), -ENODATA);
}

/* What a result file says is text, and no command to gnuplot. */
static void test_titles_are_no_commands(void **state)
{
	char *planted = ncb_format("%s/planted", folder), *kernel, *text;

	(void)state;
	if (no_gnuplot())
		skip();
	kernel = ncb_format("6.1'; system('touch %s'); x='`touch %s`\"\n system('touch %s')",
			    planted, planted, planted);
	assert_int_equal(draw(&ncb_truth_insn, "cost-call", kernel), 0);
	assert_false(ncb_exists(planted));
	text = drawn("cost-call.svg");
	assert_says(text, "kernel 6.1");
	free(text);
	free(kernel);
	free(planted);
}

static void test_without_gnuplot_only_the_pictures_are_missing(void **state)
{
	char *path = ncb_copy(getenv("PATH")), *text;

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(draw(&ncb_truth_insn, NULL, NULL), -ENOENT);
	setenv("PATH", path, 1);
	free(path);
	text = drawn("cost-call.tsv");
	assert_non_null(text);
	free(text);
	assert_null(drawn("cost-call.svg"));
}

static void assert_unique_ids(const char *text, const char *before, const char *after)
{
	const char *p;

	for (p = text; (p = strstr(p, before)); p++) {
		size_t n = strcspn(p + strlen(before), after);
		char *whole = ncb_format("%.*s%s", (int)(strlen(before) + n), p, after);

		if (count(text, whole) != 1)
			fail_msg("%s stands %zu times in the page", whole, count(text, whole));
		free(whole);
	}
}

static void test_html_has_the_pictures(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	if (no_gnuplot())
		skip();
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	text = made(&r, false, ncb_report_html);
	assert_int_equal(count(text, "<svg"), 7);
	assert_int_equal(count(text, "</svg>"), 7);
	assert_int_equal(count(text, "<svg role=\"img\" aria-label=\""), 7);
	/* The changes of all rows come first. */
	assert_true(strstr(text, "<figure>") < strstr(text, "<table>"));
	assert_says(text, "aria-label=\"dlist against slist, 20 rows: change with");
	/* An id stands once in a page, and what is referred to is there. */
	assert_unique_ids(text, " id=\"", "\"");
	assert_unique_ids(text, " id='", "'");
	assert_silent(text, "<?xml");
	free(text);
	ncb_rundata_free(&r);
}

#define IN_FOLDER(f)	cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_every_line_can_be_quoted),
		cmocka_unit_test(test_foreign_words_do_not_break_the_page),
		cmocka_unit_test(test_wide_numbers),
		cmocka_unit_test(test_sign_of_the_change),
		cmocka_unit_test(test_unresolved_changes),
		cmocka_unit_test(test_metric_and_place_are_said),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_oracle_of_an_interrupted_run),
		cmocka_unit_test(test_what_forbids_quoting_is_said),
		cmocka_unit_test(test_a_machine_that_slows_down),
		cmocka_unit_test(test_faults_show_in_the_trust_block),
		cmocka_unit_test(test_a_run_without_controls_says_so),
		cmocka_unit_test(test_an_a_a_change_is_called_one),
		cmocka_unit_test(test_fidelity_looks_at_every_row),
		cmocka_unit_test(test_no_line_is_drawn_through_a_bend),
		cmocka_unit_test(test_a_slope_from_nothing),
		cmocka_unit_test(test_size_of_the_layout_is_said),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_other_designs_get_a_table),
		cmocka_unit_test(test_short_and_full),
		cmocka_unit_test(test_the_short_view_of_a_default_run),
		cmocka_unit_test(test_the_short_view_keeps_every_warning),
		cmocka_unit_test(test_an_empty_run),
		cmocka_unit_test(test_a_full_disk_is_noticed),
		cmocka_unit_test(test_html_stands_alone),
		IN_FOLDER(test_pictures),
		IN_FOLDER(test_data_of_a_picture),
		IN_FOLDER(test_data_of_the_forest),
		IN_FOLDER(test_data_of_the_distributions),
		IN_FOLDER(test_unknown_picture),
		IN_FOLDER(test_titles_are_no_commands),
		IN_FOLDER(test_without_gnuplot_only_the_pictures_are_missing),
		cmocka_unit_test(test_html_has_the_pictures),
	};

	ncb_verbosity = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
