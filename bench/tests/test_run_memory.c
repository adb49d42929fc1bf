// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory part of a run: asked of a program that is not what it should be. It lies beside
 * the one that asks, which is this test here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../memory_ask.h"
#include "../target/target.h"
#include "says.h"

static char *tmp, *program;

/* -- helpers -- */

/* A shell script in its place; what it was called with is kept. */
static void plant(const char *script)
{
	char *text = ncb_format("#!/bin/sh\necho \"$@\" >%s/called\n%s\n", tmp, script);

	assert_int_equal(ncb_write_file(program, text, strlen(text)), 0);
	assert_int_equal(chmod(program, 0755), 0);
	free(text);
}

static int some_kernel(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	(void)o;
	memset(s, 0, sizeof(*s));
	s->file = ncb_format("%s/btf", tmp);
	s->image = ncb_format("%s/image", tmp);
	s->modules = ncb_format("%s/modules", tmp);
	return ncb_write_file(s->file, "x", 1);
}

static int no_kernel(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	(void)o;
	(void)s;
	return -ENOENT;
}

static int no_btf(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	(void)o;
	s->file = ncb_copy("/nonexistent/btf");
	return 0;
}

static void measure_at(struct ncb_rundata *r, const struct ncb_target *t)
{
	const struct ncb_run_options o = { .target = "stub" };

	ncb_rundata_init(r);
	ncb_memory_measure(&o, t, r);
	assert_non_null(r->memory);
}

static void measure(struct ncb_rundata *r)
{
	const struct ncb_target t = { .name = "stub", .kernel = some_kernel };

	measure_at(r, &t);
}

static void assert_reason(struct ncb_rundata *r, const char *words)
{
	assert_int_equal(json_object_size(r->memory), 1);
	assert_says(ncb_part_string(r->memory, "reason"), words);
	/* A reader takes it. */
	assert_null(ncb_memory_check(r->memory));
	ncb_rundata_free(r);
}

/* -- tests -- */

static void test_figures(void **state)
{
	char *script = ncb_format("cat %s/bench/tests/golden/memory.json; echo said >&2", ncb_top());
	char *called = ncb_format("%s/called", tmp), *with, *want;
	struct ncb_rundata r;

	(void)state;
	plant(script);
	measure(&r);
	assert_string_equal(ncb_part_string(r.memory, "reason"), "");
	assert_string_equal(ncb_part_string(r.memory, "design"), "slist");
	assert_true(strtod(ncb_env_string(&r, "memory_seconds", "-1"), NULL) >= 0);
	/* Not the modules: that takes too long. */
	with = ncb_read_file(called, NULL);
	want = ncb_format("bill %s/btf --image %s/image\n", tmp, tmp);
	assert_string_equal(with, want);
	free(want);
	free(with);
	ncb_rundata_free(&r);
	free(called);
	free(script);
}

static void test_no_kernel(void **state)
{
	const struct ncb_target none = { .name = "stub" };
	const struct ncb_target lost = { .name = "stub", .kernel = no_kernel };
	const struct ncb_target bare = { .name = "stub", .kernel = no_btf };
	struct ncb_rundata r;

	(void)state;
	plant("exit 0");
	measure_at(&r, &none);
	assert_reason(&r, "target stub measures no kernel");
	measure_at(&r, &lost);
	assert_reason(&r, "not there any more");
	measure_at(&r, &bare);
	assert_reason(&r, "the kernel has no BTF that can be read (/nonexistent/btf)");
}

static void test_no_program(void **state)
{
	struct ncb_rundata r;

	(void)state;
	unlink(program);
	measure(&r);
	assert_reason(&r, "there is no ");
}

/* In its own words, where it has some. */
static void test_program_fails(void **state)
{
	static const struct {
		const char *script, *reason;
	} cases[] = {
		{ "echo 'ncbench: x is no kernel; give one' >&2; exit 1", "x is no kernel; give one" },
		{ "echo 'ncbench: x has none' >&2; exit 4", "x has none" },
		{ "exit 1", "status 1" },
		{ "kill -9 $$", "did not end as it should (status 137)" },
		{ "echo '{'", "said nothing that can be read" },
		{ "echo '{\"version\": 1}'", "said what makes no sense (memory)" },
		{ "echo '{\"reason\": \"no notifier_block\", \"file\": \"x\"}'", "no notifier_block" },
	};
	struct ncb_rundata r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		plant(cases[i].script);
		measure(&r);
		assert_false(r.interrupted);
		assert_reason(&r, cases[i].reason);
	}
}

/* No run waits for it for long. */
static void test_takes_too_long(void **state)
{
	double start = ncb_now();
	struct ncb_rundata r;

	(void)state;
	plant("sleep 60");
	ncb_memory_seconds = 0.3;
	measure(&r);
	ncb_memory_seconds = 20;
	assert_true(ncb_now() - start < 20);
	assert_reason(&r, "took longer than 0.3 s");
}

/* The rows are whole: the run is none that was broken off. */
static void test_interrupted(void **state)
{
	double start = ncb_now();
	struct ncb_rundata r;

	(void)state;
	plant("kill -INT $PPID; sleep 60");
	measure(&r);
	assert_true(ncb_interrupted);
	assert_true(ncb_now() - start < 20);
	assert_false(r.interrupted);
	assert_reason(&r, "interrupted");
	/* Nothing is begun after that. */
	plant("exit 0");
	unlink(program);
	measure(&r);
	assert_reason(&r, "interrupted before");
	ncb_interrupted = 0;
}

static int set_up(void **state)
{
	char *self = realpath("/proc/self/exe", NULL);

	(void)state;
	ncb_verbosity = -2;
	ncb_catch_signals();
	tmp = ncb_copy("/tmp/ncbench-test.XXXXXX");
	program = ncb_format("%.*sncbench-memory", (int)(strrchr(self, '/') + 1 - self), self);
	free(self);
	return mkdtemp(tmp) ? 0 : -1;
}

static int clean_up(void **state)
{
	(void)state;
	unlink(program);
	ncb_remove_tree(tmp);
	free(program);
	free(tmp);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_no_kernel),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_program_fails),
		cmocka_unit_test(test_takes_too_long),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
