// SPDX-License-Identifier: GPL-2.0-only
/* Whole commands: what hyperfine exports, and a script in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../hyperfine.h"
#include "synthetic.h"

static char *tmp;

/* -- what hyperfine exports -- */

/* Of hyperfine 1.15, with four times of which mean and deviation are known. */
static const char export_text[] =
	"{\"results\":[{\"command\":\"x\",\"mean\":0.005,\"stddev\":0.0025819888974716113,"
	"\"median\":0.005,\"user\":0.001,\"system\":0.002,\"min\":0.002,\"max\":0.008,"
	"\"times\":[0.002,0.004,0.006,0.008],\"exit_codes\":[0,0,0,0]}]}";

/* @text with the first @from replaced; malloc'd. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		fail_msg("no %s in %s", from, text);
	return ncb_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static json_t *first_result(json_t *whole)
{
	return json_array_get(json_object_get(whole, "results"), 0);
}

static void test_figures(void **state)
{
	json_t *whole = json_loads(export_text, 0, NULL), *out = json_object();

	(void)state;
	assert_null(ncb_hyperfine_result(first_result(whole), out));
	assert_true(ncb_part_value(out, "runs") == 4);
	assert_true(fabs(ncb_part_value(out, "mean") - 0.005) < 1e-15);
	/* sqrt((9 + 1 + 1 + 9) / 3) ms */
	assert_true(fabs(ncb_part_value(out, "sd") - 0.002581988897) < 1e-12);
	assert_true(ncb_part_value(out, "median") == 0.005);
	assert_true(ncb_part_value(out, "min") == 0.002);
	assert_true(ncb_part_value(out, "max") == 0.008);
	json_decref(whole);
	json_decref(out);
}

static void test_exports_that_are_none(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} bad[] = {
		{ "[0.002,0.004,0.006,0.008]", "[]", "no times" },
		{ "[0.002,0.004,0.006,0.008]", "[0.005]", "no times" },
		{ "[0.002,0.004,0.006,0.008]", "7", "no times" },
		{ "\"times\"", "\"time\"", "no times" },
		{ "0.002,0.004", "\"0.002\",0.004", "a time that" },
		{ "0.002,0.004", "-0.002,0.004", "a time that" },
		{ "0.002,0.004", "null,0.004", "a time that" },
		{ "[0,0,0,0]", "[0,0,1,0]", "failed while it was timed" },
		{ "[0,0,0,0]", "[0,null,0,0]", "failed while it was timed" },
		{ "\"mean\":0.005", "\"mean\":0.0051", "mean is not that of its times" },
		{ "\"mean\":0.005", "\"mean\":5.0", "mean is not that of its times" },
		{ "\"mean\":0.005,", "", "mean is not that of its times" },
		{ "\"median\":0.005", "\"median\":0.001", "median is not among" },
		{ "\"median\":0.005,", "", "median is not among" },
	};
	json_t *out = json_object();
	size_t i;

	(void)state;
	assert_non_null(ncb_hyperfine_result(NULL, out));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = replaced(export_text, bad[i].from, bad[i].to);
		json_t *whole = json_loads(text, 0, NULL);
		const char *why = ncb_hyperfine_result(first_result(whole), out);

		if (!why || !strstr(why, bad[i].why))
			fail_msg("%s instead of %s: %s", bad[i].to, bad[i].from, why ? why : "taken");
		assert_int_equal(json_object_size(out), 0);
		json_decref(whole);
		free(text);
	}
	json_decref(out);
}

/* -- a hyperfine that is none -- */

static const char script[] =
	"#!/bin/bash\n"
	"here=${0%/*}\n"
	"[ \"$1\" = --version ] && { echo 'hyperfine 9.9.fake'; exit 0; }\n"
	"printf '%s\\n' \"$@\" >\"$here/arguments\"\n"
	"while [ $# -gt 1 ]; do\n"
	"	[ \"$1\" = --export-json ] && out=$2\n"
	"	shift\n"
	"done\n"
	"case $FAKE in\n"
	"fails) printf 'Benchmark 1: x\\nError: Command terminated with non-zero exit code: 1.\\n' >&2\n"
	"	exit 1 ;;\n"
	"old) echo \"error: Found argument '-N' which wasn't expected\" >&2; exit 2 ;;\n"
	"killed) kill -KILL $$ ;;\n"
	"nothing) exit 0 ;;\n"
	"esac\n"
	"cp \"$here/export\" \"$out\"\n";

static void put(const char *name, const char *text, mode_t mode)
{
	char *path = ncb_format("%s/bin/%s", tmp, name);

	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void begin(struct ncb_rundata *r, const char *how)
{
	char *bin, *path;

	tmp = ncb_copy("/tmp/ncbench-hyperfine-XXXXXX");
	assert_non_null(mkdtemp(tmp));
	bin = ncb_format("%s/bin", tmp);
	path = ncb_format("%s:/usr/bin:/bin", bin);
	assert_int_equal(ncb_make_dirs(bin), 0);
	put("hyperfine", script, 0755);
	put("export", export_text, 0644);
	setenv("PATH", path, 1);
	setenv("FAKE", how, 1);
	ncb_verbosity = -2;
	ncb_interrupted = 0;
	ncb_rundata_init(r);
	r->files = ncb_format("%s/files", tmp);
	free(bin);
	free(path);
}

static void over(struct ncb_rundata *r)
{
	ncb_interrupted = 0;
	ncb_remove_tree(tmp);
	free(tmp);
	ncb_rundata_free(r);
}

static void measure(struct ncb_rundata *r)
{
	struct ncb_run_options o = { .commands = true };

	ncb_commands_measure(&o, r, "no modules in a test");
	if (ncb_commands_check(r->commands))
		fail_msg("what was written cannot be read: %s", ncb_commands_check(r->commands));
}

/* One of the commands; "" is the whole part. */
static const char *reason_of(const struct ncb_rundata *r, const char *name)
{
	const json_t *entry;
	size_t i;

	if (!*name)
		return ncb_part_string(r->commands, "reason");
	json_array_foreach(json_object_get(r->commands, "list"), i, entry)
		if (!strcmp(ncb_part_string(entry, "name"), name))
			return ncb_part_string(entry, "reason");
	fail_msg("no command %s", name);
	return NULL;
}

static void test_commands_are_timed(void **state)
{
	struct ncb_rundata r;
	char *path, *text, *brief;

	(void)state;
	begin(&r, "good");
	measure(&r);
	assert_string_equal(reason_of(&r, ""), "");
	assert_string_equal(reason_of(&r, "ncbench"), "");
	/* What cannot be timed here costs itself alone. */
	assert_string_equal(reason_of(&r, "insmod"), "no modules in a test");
	assert_string_equal(reason_of(&r, "rmmod"), "no modules in a test");
	assert_string_equal(reason_of(&r, "modprobe"), "no modules in a test");
	assert_string_equal(reason_of(&r, "modprobe -r"), "no modules in a test");
	assert_string_equal(ncb_env_string(&r, "hyperfine_version", ""), "9.9.fake");
	brief = ncb_commands_brief(&r);
	assert_string_equal(brief, "commands 1/5");
	free(brief);
	/* No shell in the figure. */
	path = ncb_format("%s/bin/arguments", tmp);
	text = ncb_read_file(path, NULL);
	assert_int_equal(strncmp(text, "-N\n", 3), 0);
	assert_non_null(strstr(text, "' --version\n"));
	free(text);
	free(path);
	/* hyperfine's own words, of all commands. */
	path = ncb_format("%s/" NCB_HYPERFINE_FILE, r.files);
	text = ncb_read_file(path, NULL);
	assert_non_null(text);
	assert_non_null(strstr(text, "\"exit_codes\""));
	free(text);
	free(path);
	path = ncb_format("%s/hyperfine.log", r.files);
	assert_false(ncb_exists(path));
	free(path);
	over(&r);
}

static void test_hyperfine_that_fails(void **state)
{
	static const struct {
		const char *how, *reason;
	} all[] = {
		{ "fails", "hyperfine failed: Command terminated with non-zero exit code: 1." },
		{ "old", "hyperfine failed: error: Found argument '-N'" },
		{ "killed", "hyperfine was killed by signal 9" },
		{ "nothing", "hyperfine exported no times" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct ncb_rundata r;
		char *path;

		begin(&r, all[i].how);
		measure(&r);
		if (!strstr(reason_of(&r, "ncbench"), all[i].reason))
			fail_msg("%s: '%s'", all[i].how, reason_of(&r, "ncbench"));
		path = ncb_format("%s/" NCB_HYPERFINE_FILE, r.files);
		assert_false(ncb_exists(path));
		free(path);
		assert_false(r.interrupted);
		over(&r);
	}
}

static void test_no_hyperfine_and_interruption(void **state)
{
	struct ncb_run_options none = { .commands = false };
	struct ncb_rundata r;

	(void)state;
	begin(&r, "good");
	setenv("PATH", "/nonexistent", 1);
	measure(&r);
	assert_non_null(strstr(reason_of(&r, ""), "make deps"));
	over(&r);
	begin(&r, "good");
	ncb_interrupted = 2;
	measure(&r);
	assert_string_equal(reason_of(&r, "ncbench"), "interrupted");
	over(&r);
	begin(&r, "good");
	ncb_commands_measure(&none, &r, NULL);
	assert_null(r.commands);
	assert_null(ncb_commands_brief(&r));
	over(&r);
}

/* -- in and out of a result -- */

static const char good_part[] =
	"{\"reason\":\"\",\"file\":\"hyperfine.json\",\"list\":["
	"{\"name\":\"insmod\",\"command\":\"insmod ncb_payload.ko\",\"reason\":\"\",\"runs\":30,"
	"\"mean\":0.0123,\"sd\":0.0004,\"median\":0.0122,\"min\":0.0119,\"max\":0.014},"
	"{\"name\":\"rmmod\",\"command\":\"rmmod ncb_payload\",\"reason\":\"because\",\"runs\":null,"
	"\"mean\":null,\"sd\":null,\"median\":null,\"min\":null,\"max\":null}]}";

static void test_damaged_parts(void **state)
{
	static const struct {
		const char *from, *to;
	} bad[] = {
		{ "\"reason\":\"\",\"file\"", "\"file\"" },
		{ "\"list\":[", "\"list\":7,\"x\":[" },
		{ "\"name\":\"insmod\"", "\"name\":7" },
		{ "\"name\":\"insmod\"", "\"name\":\"\\u001b[2J\"" },
		{ "\"runs\":30", "\"runs\":0" },
		{ "\"runs\":30", "\"runs\":null" },
		{ "\"mean\":0.0123", "\"mean\":null" },
		{ "\"mean\":0.0123", "\"mean\":-1" },
		{ "\"max\":0.014", "\"max\":1e300" },
		{ "\"sd\":null", "\"sd\":0.1" /* a figure and a reason */ },
		{ "\"reason\":\"because\"", "\"reason\":\"\"" /* neither */ },
	};
	json_t *json = json_loads(good_part, 0, NULL);
	size_t i;

	(void)state;
	assert_null(ncb_commands_check(NULL));
	assert_null(ncb_commands_check(json));
	json_decref(json);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = replaced(good_part, bad[i].from, bad[i].to);

		json = json_loads(text, 0, NULL);
		if (!json || !ncb_commands_check(json))
			fail_msg("%s instead of %s: %s", bad[i].to, bad[i].from,
				 json ? "taken" : "no JSON");
		json_decref(json);
		free(text);
	}
}

static void test_report(void **state)
{
	static const char golden[] =
		"\nWhole commands\n"
		"  timed by    hyperfine 1.15.0, mean +- standard deviation; starting a\n"
		"              process, its libraries and the tool itself are in it;\n"
		"              modules are empty ones of ncbench\n"
		"  insmod      12.300 +- 0.400 ms, median 12.200, 11.900 .. 14.000 in 30\n"
		"              runs: insmod ncb_payload.ko\n"
		"  rmmod       n/a: because\n\n";
	struct ncb_rundata r;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.commands = json_loads(good_part, 0, NULL);
	ncb_env_set(&r, "hyperfine_version", "1.15.0");
	assert_int_equal(ncb_report_text(&r, f, true), 0);
	fclose(f);
	if (!strstr(text, golden))
		fail_msg("not in the report:%s", strstr(text, "\nWhole"));
	free(text);
	f = open_memstream(&text, &size);
	assert_int_equal(ncb_report_text(&r, f, false), 0);
	fclose(f);
	assert_non_null(strstr(text, "\nbeside it   commands 1/2; --full\n"));
	assert_null(strstr(text, "Whole commands"));
	free(text);
	ncb_rundata_free(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_exports_that_are_none),
		cmocka_unit_test(test_commands_are_timed),
		cmocka_unit_test(test_hyperfine_that_fails),
		cmocka_unit_test(test_no_hyperfine_and_interruption),
		cmocka_unit_test(test_damaged_parts),
		cmocka_unit_test(test_report),
	};

	/* This program is the one whose start is timed. */
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
