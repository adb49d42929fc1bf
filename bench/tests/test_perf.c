// SPDX-License-Identifier: GPL-2.0-only
/* perf: what it prints, and a script in its place that behaves, fails, hangs or dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "../perf.h"
#include "synthetic.h"

#define ROWS 3

static char *tmp;

/* -- what perf prints -- */

static const json_t *event(const json_t *list, const char *name)
{
	const json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (!strcmp(ncb_part_string(e, "event"), name))
			return e;
	fail_msg("no event %s", name);
	return NULL;
}

static json_t *parsed(const char *text)
{
	char why[NCB_PART_TEXT] = "";
	json_t *list = ncb_perf_events(text, why);

	if (!list)
		fail_msg("%s: %s", why, text);
	return list;
}

/* Of perf 6.1, where there is no PMU; with a counter that was multiplexed put in. */
static const char of_6_1[] =
	"# started on Sat Nov 21 11:58:40 2026\n\n"
	"{\"counter-value\" : \"327.773340\", \"unit\" : \"msec\", \"event\" : \"task-clock\", "
	"\"event-runtime\" : 327773340, \"pcnt-running\" : 100.00, \"metric-value\" : 0.299032, "
	"\"metric-unit\" : \"CPUs utilized\"}\n"
	"{\"counter-value\" : \"0.000000\", \"unit\" : \"\", \"event\" : \"context-switches\", "
	"\"event-runtime\" : 327773340, \"pcnt-running\" : 100.00, \"metric-value\" : 0.0, "
	"\"metric-unit\" : \"/sec\"}\n"
	"{\"counter-value\" : \"<not supported>\", \"unit\" : \"\", \"event\" : \"cycles:k\", "
	"\"event-runtime\" : 0, \"pcnt-running\" : 100.00, \"metric-value\" : 0.000000, "
	"\"metric-unit\" : \"\"}\n"
	"{\"counter-value\" : \"<not counted>\", \"unit\" : \"\", \"event\" : \"branches:k\", "
	"\"event-runtime\" : 0, \"pcnt-running\" : 0.00, \"metric-value\" : 0.000000, "
	"\"metric-unit\" : \"\"}\n"
	"{\"counter-value\" : \"12345678901.000000\", \"unit\" : \"\", \"event\" : "
	"\"instructions:k\", \"event-runtime\" : 140942536, \"pcnt-running\" : 43.00, "
	"\"metric-value\" : 1.93, \"metric-unit\" : \"insn per cycle\"}\n";

static void test_figures(void **state)
{
	json_t *list = parsed(of_6_1);
	const json_t *e;

	(void)state;
	assert_int_equal(json_array_size(list), 5);
	e = event(list, "task-clock");
	assert_true(ncb_part_value(e, "value") == 327.77334);
	assert_string_equal(ncb_part_string(e, "unit"), "msec");
	assert_string_equal(ncb_part_string(e, "reason"), "");
	/* A 0 that was counted is one. */
	assert_true(ncb_part_value(event(list, "context-switches"), "value") == 0);
	e = event(list, "instructions:k");
	assert_true(ncb_part_value(e, "value") == 12345678901.0);
	assert_true(ncb_part_value(e, "running") == 43);
	json_decref(list);
}

/* A counter that does not exist or never ran is never 0. */
static void test_what_was_not_counted(void **state)
{
	static const struct {
		const char *fields, *reason;
	} lines[] = {
		{ "\"counter-value\":\"<not supported>\",\"pcnt-running\":100.00", "no such counter" },
		{ "\"counter-value\":\"<not counted>\",\"pcnt-running\":0.00", "never ran" },
		{ "\"counter-value\":\"0.000000\",\"pcnt-running\":0.00", "never ran" },
		{ "\"counter-value\":\"0.000000\",\"pcnt-running\":100.0,\"event-runtime\":0",
		  "never ran" },
		{ "\"counter-value\":\"5.000000\"", "how long it ran" },
		{ "\"counter-value\":\"5.000000\",\"pcnt-running\":\"x\"", "how long it ran" },
		{ "\"counter-value\":\"5.000000\",\"pcnt-running\":-1", "how long it ran" },
		{ "\"counter-value\":\"\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"-5.0\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"nan\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"0x10\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"1e3\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"1,234\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":\"1.234.567\",\"pcnt-running\":100.0", "cannot be read" },
		{ "\"counter-value\":null,\"pcnt-running\":100.0", "cannot be read" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		char *text = ncb_format("{\"event\":\"x\",%s}\n", lines[i].fields);
		json_t *list = parsed(text);
		const json_t *e = event(list, "x");

		if (!json_is_null(json_object_get(e, "value")) ||
		    !json_is_null(json_object_get(e, "running")) ||
		    !strstr(ncb_part_string(e, "reason"), lines[i].reason))
			fail_msg("%s became %s", text, json_dumps(e, 0));
		json_decref(list);
		free(text);
	}
}

/* Fields differ: metrics as texts and in lines of their own, numbers that are numbers. */
static void test_other_versions(void **state)
{
	static const char newer[] =
		"{\"counter-value\" : \"100.000000\", \"unit\" : \"\", \"event\" : "
		"\"cpu_core/cycles:k/\", \"event-runtime\" : 5, \"pcnt-running\" : 100.00, "
		"\"metric-value\" : \"1.5\", \"metric-unit\" : \"GHz\", \"metric-threshold\" : "
		"\"good\"}\n"
		"{\"metric-value\" : \"0.1\", \"metric-unit\" : \"%  tma_bad_speculation\"}\n"
		"{\"event\" : \"\", \"metric-value\" : \"0.1\"}\n"
		"{\"aggregate-number\" : 1, \"counter-value\" : \"7,500000\", \"variance\" : 0.0, "
		"\"event\" : \"comma\", \"pcnt-running\" : \"99.90\"}\n"
		"{\"counter-value\" : 42, \"event\" : \"plain\", \"pcnt-running\" : 100}";
	json_t *list = parsed(newer);

	(void)state;
	assert_int_equal(json_array_size(list), 3);
	assert_true(ncb_part_value(event(list, "cpu_core/cycles:k/"), "value") == 100);
	assert_true(ncb_part_value(event(list, "comma"), "value") == 7.5);
	assert_true(ncb_part_value(event(list, "comma"), "running") == 99.9);
	assert_true(ncb_part_value(event(list, "plain"), "value") == 42);
	json_decref(list);
}

static void test_damage(void **state)
{
	static const char *const bad[] = {
		"", "\n\n", "# started on\n", "{\"metric-value\" : \"0.1\"}\n", "[]\n", "7\n", "{\n",
		"{\"event\":\"a\",\"counter-value\":\"1.000000\",\"pcnt-running\" : 100,00}\n",
		"{\"event\":\"a\",\"event\":\"b\",\"counter-value\":\"1\",\"pcnt-running\":100}\n",
	};
	char why[NCB_PART_TEXT], *cut;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		*why = '\0';
		if (ncb_perf_events(bad[i], why) || !*why)
			fail_msg("'%s' was taken", bad[i]);
	}
	/* Killed while it wrote: wherever that is inside a line. */
	for (i = strlen(of_6_1) - 2; i > strlen(of_6_1) - 100; i--) {
		cut = ncb_format("%.*s", (int)i, of_6_1);
		assert_null(ncb_perf_events(cut, why));
		assert_non_null(strstr(why, "line 7 of perf's output is damaged"));
		free(cut);
	}
}

static void test_modes(void **state)
{
	static const char *const bad[] = { "", ",", "stat,", ",stat", "stats", "Stat", "sta", "1",
					   "stat, record", "stat stat" };
	uint32_t modes = 7;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (ncb_perf_parse(bad[i], &modes) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(modes, 7);
	}
	assert_int_equal(ncb_perf_parse("stat", &modes), 0);
	assert_int_equal(modes, NCB_PERF_STAT);
	assert_string_equal(ncb_perf_text(modes), "stat");
	assert_int_equal(ncb_perf_parse("record", &modes), 0);
	assert_int_equal(modes, NCB_PERF_RECORD);
	assert_int_equal(ncb_perf_parse("record,stat", &modes), 0);
	assert_int_equal(modes, NCB_PERF_STAT | NCB_PERF_RECORD);
	assert_string_equal(ncb_perf_text(modes), "stat,record");
	assert_string_equal(ncb_perf_text(0), "");
}

/* -- a perf that is none -- */

/*
 * Speaks the protocol of --control, and notes what it is told. $FAKE says how it
 * behaves. Commands are noted before they are answered.
 */
static const char script[] =
	"#!/bin/bash\n"
	"[ \"$1\" = --version ] && { echo 'perf version 9.9.fake'; exit 0; }\n"
	"here=${0%/*}\n"
	"case $1 in\n"
	"script) [ \"$FAKE\" = no-script ] && { echo 'cannot read it' >&2; exit 2; }\n"
	"	[ \"$FAKE\" = slow-script ] && sleep 60\n"
	"	ls \"$here/loaded\" >/dev/null && exec cat \"$here/script\" ;;\n"
	"report) echo 'a report'; [ \"$FAKE\" = no-report ] && exit 2; exit 0 ;;\n"
	"esac\n"
	"echo \"$*\" >>\"$here/arguments\"\n"
	"echo $$ >\"$here/pid\"\n"
	"case $FAKE in\n"
	"missing-option) echo \"  Error: unknown option \\`control'\" >&2; exit 129 ;;\n"
	"rights) printf 'Error:\\nAccess to performance monitoring and observability operations is "
	"limited.\\nConsider adjusting /proc/sys/kernel/perf_event_paranoid setting\\n' >&2\n"
	"	exit 255 ;;\n"
	"quits) exit 0 ;;\n"
	"esac\n"
	"while [ $# -gt 0 ]; do\n"
	"	case $1 in\n"
	"	--control) fds=${2#fd:} ;;\n"
	"	-o) out=$2 ;;\n"
	"	esac\n"
	"	shift\n"
	"done\n"
	"in=${fds%,*} ack=${fds#*,} n=0\n"
	"trap '' INT\n"
	"[ \"$FAKE\" = deaf ] && sleep 60\n"
	"echo 'Events disabled' >&2\n"
	"while read -r -u \"$in\" command; do\n"
	"	echo \"$command\" >>\"$here/told\"\n"
	"	n=$((n + 1))\n"
	"	[ \"$FAKE\" = full ] && [ $n = 4 ] && {\n"
	"		echo '[ perf record: perf size limit reached (65 KB), stopping session ]' >&2\n"
	"		cp \"$here/output\" \"$out\"; exit 0; }\n"
	"	[ \"$FAKE\" = killed ] && [ $n = 4 ] && kill -KILL $$\n"
	"	[ \"$FAKE\" = fails-late ] && [ $n = 4 ] && { echo 'no more memory' >&2; exit 1; }\n"
	"	printf 'ack\\n\\0' >&\"$ack\"\n"
	"done\n"
	"[ \"$FAKE\" = stays ] && sleep 60\n"
	"[ \"$FAKE\" = writes-nothing ] && exit 0\n"
	"[ \"$FAKE\" = cut ] && { head -c 200 \"$here/output\" >\"$out\"; exit 0; }\n"
	"cp \"$here/output\" \"$out\"\n"
	"echo '[ perf record: Captured and wrote 0.029 MB perf.data (3 samples) ]' >&2\n"
	"[ \"$FAKE\" = fails-last ] && exit 3\n"
	"exit 0\n";

/**
 * struct fake - what measures, and what it noticed
 * @runs: rows that were measured
 * @counting, @not_counting: entries that began while perf counted, and not
 * @interrupt: set ncb_interrupted in that run, counted from 1
 * @fail: that run fails
 * @wrong: arms fail their check
 * @slow: a row takes so long that it need not be measured again
 */
static struct fake {
	unsigned int runs, counting, not_counting, info_counting;
	unsigned int interrupt, fail;
	bool wrong, slow;
} fake;

static bool counts(void)
{
	char *path = ncb_format("%s/bin/told", tmp), *text = ncb_read_file(path, NULL);
	size_t n = text ? strlen(text) : 0;
	bool yes = n >= 7 && !strcmp(text + n - 7, "enable\n");

	free(path);
	free(text);
	return yes;
}

static int fake_ok(struct ncb_device *d)
{
	(void)d;
	return 0;
}

/* perf script only knows names as long as what is measured is loaded. */
static int fake_load(struct ncb_device *d)
{
	char *path = ncb_format("%s/bin/loaded", tmp);

	(void)d;
	assert_int_equal(ncb_write_file(path, "", 0), 0);
	free(path);
	return 0;
}

static int fake_unload(struct ncb_device *d)
{
	char *path = ncb_format("%s/bin/loaded", tmp);

	(void)d;
	assert_int_equal(unlink(path), 0);
	free(path);
	return 0;
}

static void fake_close(struct ncb_device *d)
{
	(void)d;
}

static int fake_ioctl(struct ncb_device *d, unsigned int request, void *arg)
{
	struct ncb_run *run = arg;
	uint32_t i;

	(void)d;
	if (request == NCB_IOC_INFO) {
		*(struct ncb_info *)arg = (struct ncb_info) { .abi = NCB_ABI, .clock = "fake" };
		fake.info_counting += counts();
		return 0;
	}
	fake.runs++;
	if (counts())
		fake.counting++;
	else
		fake.not_counting++;
	if (fake.runs == fake.interrupt)
		ncb_interrupted = 2;
	if (fake.slow)
		usleep(101 * 1000);
	for (i = 0; i < run->arms; i++)
		run->arm[i].status = fake.wrong ? NCB_ARM_WRONG : NCB_ARM_OK;
	((struct ncb_sample *)(uintptr_t)run->samples)[run->count++] =
		(struct ncb_sample) { .iters = 1, .stretches = 1 };
	usleep(2000);
	return fake.runs == fake.fail ? -EIO : 0;
}

static struct ncb_device device = {
	.name = "fake", .load = fake_load, .open = fake_ok, .ioctl = fake_ioctl,
	.close = fake_close, .unload = fake_unload,
};

static void put(const char *name, const char *text, mode_t mode)
{
	char *path = ncb_format("%s/bin/%s", tmp, name);

	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static char *noted(const char *name)
{
	char *path = ncb_format("%s/bin/%s", tmp, name), *text = ncb_read_file(path, NULL);

	free(path);
	return text ? text : ncb_copy("");
}

static void begin(struct ncb_rundata *r, const char *how)
{
	static const char *const ids[ROWS] = { "raw/call/1/distinct/packed/warm",
		"raw/call/2/distinct/packed/warm", "raw/call/3/distinct/packed/warm" };
	size_t i;

	tmp = ncb_copy("/tmp/ncbench-perf-XXXXXX");
	assert_non_null(mkdtemp(tmp));
	char *bin = ncb_format("%s/bin", tmp);

	assert_int_equal(ncb_make_dirs(bin), 0);
	put("perf", script, 0755);
	put("output", of_6_1, 0644);
	char *path = ncb_format("%s:/usr/bin:/bin", bin);

	setenv("PATH", path, 1);
	setenv("FAKE", how, 1);
	fake = (struct fake) { 0 };
	ncb_interrupted = 0;
	ncb_perf_patience = 5;
	ncb_perf_seconds = 0.3;
	ncb_rundata_init(r);
	for (i = 0; i < ROWS; i++)
		ncb_synthetic_row(r, ids[i]);
	r->reloads = r->blocks = 1;
	r->files = ncb_format("%s/files", tmp);
	free(bin);
	free(path);
}

static void over(struct ncb_rundata *r)
{
	/* Nothing of it is left running. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	ncb_interrupted = 0;
	ncb_remove_tree(tmp);
	free(tmp);
	ncb_rundata_free(r);
}

static const json_t *part_of(struct ncb_rundata *r, uint32_t mode, const char *name, bool kernel)
{
	struct ncb_run_options o = { .perf = mode, .cpu = -1 };

	ncb_verbosity = -2;
	ncb_perf_measure(&o, &device, r, kernel);
	if (ncb_perf_check(r->perf))
		fail_msg("what was written cannot be read: %s", ncb_perf_check(r->perf));
	return json_object_get(r->perf, name);
}

static void test_perf_counts_the_section(void **state)
{
	struct ncb_rundata r;
	const json_t *part;
	char *told, *arguments, *file, *pid;

	(void)state;
	begin(&r, "good");
	part = part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_string_equal(ncb_part_string(part, "reason"), "");
	assert_true(ncb_part_value(part, "rows") == ROWS);
	/* Each row takes 2 ms of it. */
	assert_true(ncb_part_value(part, "seconds") >= 0.002 * ROWS);
	assert_true(ncb_part_value(part, "open") > ncb_part_value(part, "seconds"));
	assert_int_equal(json_array_size(json_object_get(part, "events")), 5);
	assert_string_equal(ncb_env_string(&r, "perf_version", ""), "9.9.fake");
	/* Only while a row is being measured. */
	assert_int_equal(fake.runs, ROWS);
	assert_int_equal(fake.counting, ROWS);
	assert_int_equal(fake.info_counting, 0);
	told = noted("told");
	assert_string_equal(told, "disable\nenable\ndisable\nenable\ndisable\nenable\ndisable\n");
	arguments = noted("arguments");
	pid = ncb_format("stat -p %d -D -1 --control fd:", (int)getpid());
	assert_non_null(strstr(arguments, pid));
	assert_non_null(strstr(arguments, "cycles:k,"));
	assert_null(strstr(arguments, ":u"));
	/* No figure of the run is from under perf. */
	assert_int_equal(r.nsamples, 0);
	/* perf's own words are kept; what it said on the way is not. */
	file = ncb_format("%s/" NCB_PERF_STAT_FILE, r.files);
	free(told);
	told = ncb_read_file(file, NULL);
	assert_string_equal(told, of_6_1);
	free(file);
	file = ncb_format("%s/perf-stat.log", r.files);
	assert_false(ncb_exists(file));
	free(file);
	free(told);
	free(arguments);
	free(pid);
	over(&r);
}

static void test_a_process_is_counted_as_one(void **state)
{
	struct ncb_rundata r;
	char *arguments;

	(void)state;
	begin(&r, "good");
	part_of(&r, NCB_PERF_STAT, "stat", false);
	arguments = noted("arguments");
	assert_non_null(strstr(arguments, "cycles:u,"));
	assert_null(strstr(arguments, ":k"));
	free(arguments);
	over(&r);
}

/* An arm that fails its check under perf has failed. */
static void test_a_wrong_arm_is_kept(void **state)
{
	struct ncb_rundata r;

	(void)state;
	begin(&r, "good");
	fake.wrong = true;
	part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_int_equal(r.rows[1].arm[1].status, NCB_ARM_WRONG);
	over(&r);
}

/* Whatever perf does: its part says why it is not there, and nothing else is lost. */
static void test_perf_that_fails(void **state)
{
	static const struct {
		const char *how, *reason, *and;
		double patience;
	} all[] = {
		{ "missing-option", "ended with exit code 129: unknown option `control'", "", 5 },
		{ "rights", "perf may not look on here", "sysctl kernel.perf_event_paranoid=1", 5 },
		{ "quits", "perf ended by itself", "", 5 },
		{ "killed", "perf was killed by signal 9", "", 5 },
		{ "fails-late", "ended with exit code 1: no more memory", "", 5 },
		{ "fails-last", "ended with exit code 3", "", 5 },
		{ "deaf", "did not answer within 0.3 s", "", 0.3 },
		{ "stays", "did not end within 0.3 s and was killed", "", 0.3 },
		{ "writes-nothing", "perf left no perf-stat.json", "", 5 },
		{ "cut", "line 3 of perf's output is damaged", "", 5 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct ncb_rundata r;
		const json_t *part;
		const char *reason;

		begin(&r, all[i].how);
		ncb_perf_patience = all[i].patience;
		part = part_of(&r, NCB_PERF_STAT, "stat", true);
		reason = ncb_part_string(part, "reason");
		if (!strstr(reason, all[i].reason) || !strstr(reason, all[i].and))
			fail_msg("%s: '%s'", all[i].how, reason);
		assert_null(json_object_get(part, "events"));
		assert_int_equal(r.nsamples, 0);
		assert_false(r.interrupted);
		over(&r);
	}
}

static void test_the_rows_fail_or_are_interrupted(void **state)
{
	struct ncb_rundata r;
	const json_t *part;

	(void)state;
	begin(&r, "good");
	fake.fail = 2;
	part = part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_non_null(strstr(ncb_part_string(part, "reason"), "could not be measured once more"));
	over(&r);
	begin(&r, "good");
	fake.interrupt = 2;
	part = part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_string_equal(ncb_part_string(part, "reason"), "interrupted");
	assert_int_equal(fake.runs, 2);
	over(&r);
}

/* -- perf record -- */

static const char chains[] =
	"cpu-clock:ppp: \n\tffffffffc0301234 slist_raw_call_loop ([ncbench])\n\t 1234 main (/a)\n\n"
	"cpu-clock:ppp: \n\tffffffffc0301234 slist_raw_call_loop ([ncbench])\n\t 1234 main (/a)\n\n"
	"cpu-clock:ppp: \n\tffffffff81000000 do_syscall_64 ([kernel.kallsyms])\n\t 1234 main (/a)\n\n";

static char *kept(const struct ncb_rundata *r, const char *name)
{
	char *path = ncb_format("%s/%s", r->files, name), *text = ncb_read_file(path, NULL);

	free(path);
	return text ? text : ncb_copy("(none)");
}

static void test_perf_records(void **state)
{
	struct ncb_rundata r;
	const json_t *part;
	char *text;

	(void)state;
	begin(&r, "good");
	put("script", chains, 0644);
	fake.slow = true;
	part = part_of(&r, NCB_PERF_RECORD, "record", true);
	assert_string_equal(ncb_part_string(part, "reason"), "");
	assert_int_equal(fake.runs, ROWS);
	assert_int_equal(fake.counting, ROWS);
	assert_true(ncb_part_value(part, "samples") == 3);
	assert_true(ncb_part_value(part, "said") == 3);
	assert_true(ncb_part_value(part, "measured") == 2);
	assert_true(json_is_false(json_object_get(part, "full")));
	assert_true(ncb_perf_has_picture(&r));
	text = kept(&r, NCB_PERF_FOLDED_FILE);
	assert_string_equal(text, "main;do_syscall_64_[k] 1\nmain;slist_raw_call_loop_[m] 2\n");
	free(text);
	text = kept(&r, NCB_PERF_FLAME_FILE);
	assert_non_null(strstr(text, "slist_raw_call_loop (what is measured): 2 samples, 66.67 %"));
	free(text);
	text = kept(&r, NCB_PERF_REPORT_FILE);
	assert_string_equal(text, "a report\n");
	free(text);
	text = kept(&r, NCB_PERF_DATA_FILE);
	assert_string_equal(text, of_6_1);
	free(text);
	text = kept(&r, "perf-script.tmp");
	assert_string_equal(text, "(none)");
	free(text);
	text = noted("arguments");
	assert_non_null(strstr(text, "--call-graph fp --max-size=64M -N"));
	free(text);
	over(&r);
}

/* Short rows are measured until there is something to see. */
static void test_short_rows_are_repeated(void **state)
{
	struct ncb_rundata r;
	const json_t *part;

	(void)state;
	begin(&r, "good");
	put("script", chains, 0644);
	part = part_of(&r, NCB_PERF_RECORD, "record", false);
	assert_true(fake.runs > ROWS && fake.runs % ROWS == 0);
	assert_true(ncb_part_value(part, "rows") == fake.runs);
	assert_true(ncb_part_value(part, "seconds") >= 0.3);
	assert_int_equal(r.nsamples, 0);
	over(&r);
}

static void test_a_full_file_ends_it(void **state)
{
	struct ncb_rundata r;
	const json_t *part;

	(void)state;
	begin(&r, "full");
	put("script", chains, 0644);
	part = part_of(&r, NCB_PERF_RECORD, "record", true);
	assert_string_equal(ncb_part_string(part, "reason"), "");
	assert_true(json_is_true(json_object_get(part, "full")));
	assert_true(ncb_part_value(part, "rows") == 1);
	over(&r);
	/* Counting has no such end. */
	begin(&r, "full");
	part = part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_non_null(strstr(ncb_part_string(part, "reason"), "perf ended by itself"));
	over(&r);
}

static void test_records_that_fail(void **state)
{
	static const struct {
		const char *how, *script, *reason;
	} all[] = {
		{ "no-script", chains, "perf script failed: cannot read it" },
		{ "no-report", chains, "perf report failed" },
		{ "good", "", "perf took no sample" },
		{ "killed", chains, "perf was killed by signal 9" },
		{ "fails-last", chains, "ended with exit code 3" },
	};
	static const char *const files[] = { NCB_PERF_DATA_FILE, NCB_PERF_FLAME_FILE,
					     NCB_PERF_FOLDED_FILE, NCB_PERF_REPORT_FILE,
					     "perf-script.tmp" };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct ncb_rundata r;
		const json_t *part;

		begin(&r, all[i].how);
		put("script", all[i].script, 0644);
		fake.slow = true;
		part = part_of(&r, NCB_PERF_RECORD, "record", true);
		if (!strstr(ncb_part_string(part, "reason"), all[i].reason))
			fail_msg("%s: '%s'", all[i].how, ncb_part_string(part, "reason"));
		assert_false(ncb_perf_has_picture(&r));
		for (k = 0; k < ARRAY_SIZE(files); k++) {
			char *text = kept(&r, files[k]);

			assert_string_equal(text, "(none)");
			free(text);
		}
		over(&r);
	}
}

static void test_no_perf_at_all(void **state)
{
	struct ncb_run_options o = { .perf = NCB_PERF_STAT };
	struct ncb_rundata r;
	const json_t *part;

	(void)state;
	begin(&r, "good");
	setenv("PATH", "/nonexistent", 1);
	part = part_of(&r, NCB_PERF_STAT, "stat", true);
	assert_non_null(strstr(ncb_part_string(part, "reason"), "make deps"));
	assert_int_equal(fake.runs, 0);
	ncb_perf_none(&o, &r, "not here");
	assert_null(ncb_perf_check(r.perf));
	assert_string_equal(ncb_part_string(json_object_get(r.perf, "stat"), "reason"), "not here");
	over(&r);
	/* Nothing was asked: nothing is said. */
	begin(&r, "good");
	assert_null(part_of(&r, 0, "stat", true));
	assert_null(r.perf);
	assert_null(ncb_perf_brief(&r));
	over(&r);
}

/* -- in and out of a result -- */

static const char good_part[] =
	"{\"stat\":{\"reason\":\"\",\"seconds\":0.3,\"open\":0.31,\"rows\":3,\"kernel\":true,\"file\":"
	"\"perf-stat.json\",\"events\":[{\"event\":\"task-clock\",\"value\":290.5,\"unit\":\"msec\","
	"\"running\":100.0,\"reason\":\"\"},{\"event\":\"cycles:k\",\"value\":2000000.0,\"unit\":\"\","
	"\"running\":100.0,\"reason\":\"\"},{\"event\":\"instructions:k\",\"value\":3000000.0,"
	"\"unit\":\"\",\"running\":50.0,\"reason\":\"\"},{\"event\":\"branches:k\",\"value\":null,"
	"\"unit\":\"\",\"running\":null,\"reason\":\"it never ran\"},{\"event\":\"cache-misses:k\","
	"\"value\":null,\"unit\":\"\",\"running\":null,\"reason\":\"it never ran\"}]}}";

/* @text with the first @from replaced; malloc'd. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	assert_non_null(at);
	return ncb_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_damaged_parts(void **state)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "{\"stat\":{", "{\"stat\":[{" /* no JSON: refused before */ },
		{ "\"reason\":\"\",\"seconds\"", "\"seconds\"" },
		{ "\"reason\":\"\",\"seconds\"", "\"reason\":\"a\\nb\",\"seconds\"" },
		{ "\"reason\":\"\",\"seconds\"", "\"reason\":\"\\u00e9\",\"seconds\"" },
		{ "\"seconds\":0.3", "\"seconds\":-1" },
		{ "\"seconds\":0.3", "\"seconds\":\"1\"" },
		{ "\"open\":0.31", "\"open\":-1" },
		{ "\"rows\":3", "\"rows\":1e10" },
		{ "\"kernel\":true", "\"kernel\":1" },
		{ "\"events\":[{", "\"events\":7,\"x\":[{" },
		{ "\"value\":290.5", "\"value\":-1" },
		{ "\"value\":290.5", "\"value\":1e300" },
		{ "\"value\":290.5", "\"value\":null" /* neither figure nor reason */ },
		{ "\"value\":290.5", "\"value\":true" },
		{ "\"running\":100.0", "\"running\":101" },
		{ "\"running\":100.0", "\"running\":0" /* a figure that never ran */ },
		{ "\"running\":100.0", "\"running\":null" },
		{ "\"unit\":\"msec\"", "\"unit\":null" },
		{ "\"event\":\"task-clock\"", "\"event\":\"a\\u0007\"" },
		{ "\"value\":null", "\"value\":0.0" /* both */ },
	};
	json_t *json = json_loads(good_part, 0, NULL);
	size_t i;

	(void)state;
	assert_null(ncb_perf_check(NULL));
	assert_non_null(json);
	assert_null(ncb_perf_check(json));
	json_decref(json);
	for (i = 1; i < ARRAY_SIZE(bad); i++) {
		char *text = replaced(good_part, bad[i].from, bad[i].to);

		json = json_loads(text, 0, NULL);
		if (!json || !ncb_perf_check(json))
			fail_msg("%s instead of %s: %s", bad[i].to, bad[i].from,
				 json ? "taken" : "no JSON");
		json_decref(json);
		free(text);
	}
}

static char *made(const struct ncb_rundata *r, bool full)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_report_text(r, f, full), 0);
	fclose(f);
	return text;
}

static void says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no '%s' in:\n%s", words, text);
}

/* The section of the full report; malloc'd. */
static char *section(const char *text, const char *title)
{
	const char *from = strstr(text, title), *to;

	if (!from)
		fail_msg("no section %s", title);
	to = strstr(from + 1, "\n\n");
	return ncb_format("%.*s", (int)(to - from), from);
}

static const char golden_record[] =
	"\nperf record\n"
	"  sampled     perf 6.1.192; 676 times a row was measured, 2.000 s; one\n"
	"              more loading, after the measuring\n"
	"  samples     1234 of cpu-clock:ppp at 997 Hz (1994 in that time, if\n"
	"              none is missed), 3 lost\n"
	"  check       [ok] the picture has all that perf recorded\n"
	"  measured    50.0 % of the chains pass through ncbench.ko; others tell\n"
	"              perf to begin and end\n"
	"  unnamed     10.0 % end in code without a symbol\n"
	"  not seen    no PMU here: cpu-clock is a timer's interrupt. What runs\n"
	"              with interrupts off is charged to where they are switched\n"
	"              on again: the timed loops of all but blocking chains run\n"
	"              so\n"
	"  files       flamegraph.svg, perf-report.txt, perf-folded.txt,\n"
	"              perf.data";

static const char good_record[] =
	"{\"reason\":\"\",\"seconds\":2.0,\"open\":2.1,\"rows\":676,\"kernel\":true,\"event\":\"cpu-clock:ppp\","
	"\"frequency\":997,\"samples\":1234,\"lost\":3,\"measured\":617,\"unnamed\":123,"
	"\"said\":1234,\"full\":false}";

static void test_damaged_records(void **state)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "\"samples\":1234", "\"samples\":0" },
		{ "\"samples\":1234", "\"samples\":600" /* fewer than are measured */ },
		{ "\"samples\":1234", "\"samples\":1e13" },
		{ "\"unnamed\":123", "\"unnamed\":1235" },
		{ "\"lost\":3", "\"lost\":-1" },
		{ "\"lost\":3", "\"lost\":null" },
		{ "\"frequency\":997", "\"frequency\":0" },
		{ "\"event\":\"cpu-clock:ppp\"", "\"event\":7" },
		{ "\"full\":false", "\"full\":0" },
		{ "\"said\":1234", "\"said\":\"x\"" },
		{ "\"said\":1234,", "" },
	};
	json_t *perf = json_object();
	size_t i;

	(void)state;
	json_object_set_new(perf, "record", json_loads(good_record, 0, NULL));
	assert_null(ncb_perf_check(perf));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = replaced(good_record, bad[i].from, bad[i].to);
		json_t *record = json_loads(text, 0, NULL);

		assert_non_null(record);
		json_object_set_new(perf, "record", record);
		if (!ncb_perf_check(perf))
			fail_msg("%s instead of %s: taken", bad[i].to, bad[i].from);
		free(text);
	}
	json_decref(perf);
}

static void test_report(void **state)
{
	static const char golden[] =
		"\nperf stat\n"
		"  counted     perf 6.1.192; 3 times a row was measured, 0.300 s of the\n"
		"              kernel inside the module's ioctl (:k, the kernel alone);\n"
		"              one more loading, after the measuring: none of its samples\n"
		"              is in the tables\n"
		"  not a row's set-up, semantic check, calibration, all engines and\n"
		"              telling perf to begin and end are in it: it says what the\n"
		"              machine did, not what a call costs\n"
		"  task-clock  290.500 msec\n"
		"  cycles:k    2,000,000\n"
		"  instructions:k: 3,000,000, scaled: an estimate, it ran 50 % of the\n"
		"                  time\n"
		"  n/a         branches:k, cache-misses:k: it never ran\n"
		"  check       [ok] task-clock is no more than the 310.000 ms that perf\n"
		"              was counting\n"
		"  insn/cycle  1.500, of scaled figures";
	struct ncb_rundata r;
	char *brief, *full, *part, *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.perf = json_loads(good_part, 0, NULL);
	ncb_env_set(&r, "perf_version", "6.1.192");
	brief = made(&r, false);
	full = made(&r, true);
	part = section(full, "\nperf stat\n");
	assert_string_equal(part, golden);
	says(brief, "\nbeside it   perf stat 3/5; --full\n");
	assert_null(strstr(brief, "task-clock"));
	free(brief);
	free(full);
	free(part);
	/* What was counted elsewhere. */
	text = replaced(good_part, "290.5", "340.5");
	json_decref(r.perf);
	r.perf = json_loads(text, 0, NULL);
	full = made(&r, true);
	says(full, "[BAD] task-clock is more than the 310.000 ms");
	free(full);
	free(text);
	/* Sampled, too. */
	json_decref(r.perf);
	r.perf = json_loads(good_part, 0, NULL);
	json_object_set_new(r.perf, "record", json_loads(good_record, 0, NULL));
	assert_null(ncb_perf_check(r.perf));
	brief = made(&r, false);
	full = made(&r, true);
	part = section(full, "\nperf record\n");
	assert_string_equal(part, golden_record);
	says(brief, "\nbeside it   perf stat 3/5, flame graph of 1234 samples; --full\n");
	free(brief);
	free(full);
	free(part);
	/* What is missing in the picture, and what nobody knows the names of. */
	json_object_set_new(json_object_get(r.perf, "record"), "said", json_integer(1235));
	json_object_set_new(json_object_get(r.perf, "record"), "measured", json_integer(0));
	full = made(&r, true);
	says(full, "[BAD] perf recorded 1235: the picture has not all of them");
	says(full, "[BAD] 0.0 % of the chains pass through ncbench.ko:");
	free(full);
	/* What is not there. */
	json_decref(r.perf);
	r.perf = json_loads("{\"stat\":{\"reason\":\"because\",\"seconds\":0,\"open\":0,\"rows\":0,"
			    "\"kernel\":false}}", 0, NULL);
	assert_null(ncb_perf_check(r.perf));
	brief = made(&r, false);
	full = made(&r, true);
	says(brief, "\nbeside it   perf stat n/a; --full\n");
	says(full, "\nperf stat\n  n/a: because\n");
	free(brief);
	free(full);
	ncb_rundata_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_what_was_not_counted),
		cmocka_unit_test(test_other_versions),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_perf_counts_the_section),
		cmocka_unit_test(test_a_process_is_counted_as_one),
		cmocka_unit_test(test_a_wrong_arm_is_kept),
		cmocka_unit_test(test_perf_that_fails),
		cmocka_unit_test(test_the_rows_fail_or_are_interrupted),
		cmocka_unit_test(test_perf_records),
		cmocka_unit_test(test_short_rows_are_repeated),
		cmocka_unit_test(test_a_full_file_ends_it),
		cmocka_unit_test(test_records_that_fail),
		cmocka_unit_test(test_no_perf_at_all),
		cmocka_unit_test(test_damaged_parts),
		cmocka_unit_test(test_damaged_records),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
