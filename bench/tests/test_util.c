// SPDX-License-Identifier: GPL-2.0-only
/* Files that are whole or as they were, and commands that end. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <signal.h>
#include <cmocka.h>
#include "../ncbench.h"

static char dir[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/ncbench-util.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return ncb_remove_tree(dir);
}

static int sh(const char *script, double timeout)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = timeout };

	return ncb_run_command(&s);
}

static void test_exit_codes(void **state)
{
	const char *argv[] = { "/nonexistent/program", NULL };
	struct ncb_spawn s = { .argv = argv };

	(void)state;
	assert_int_equal(sh("exit 0", 0), 0);
	assert_int_equal(sh("exit 7", 0), 7);
	assert_int_equal(sh("kill -TERM $$", 0), 128 + SIGTERM);
	assert_int_equal(ncb_run_command(&s), 127);
}

/* Also what the command started is gone: it would hold the file open. */
static void test_timeout_ends_the_whole_group(void **state)
{
	/* Where it is not killed, as a planted bug has it, it ends by itself. */
	char *script = ncb_format("(n=0; while [ $((n += 1)) -lt 600 ]; do echo x >>%s/beat; "
				  "sleep 0.05; done) & wait", dir);
	char *beat = ncb_format("%s/beat", dir);
	size_t before, after;
	double start = ncb_now();

	(void)state;
	assert_int_equal(sh(script, 0.5), -ETIMEDOUT);
	assert_true(ncb_now() - start < 5);
	free(ncb_read_file(beat, &before));
	usleep(300000);
	free(ncb_read_file(beat, &after));
	assert_int_equal(before, after);
	free(script);
	free(beat);
}

static void test_output(void **state)
{
	const char *good[] = { "sh", "-c", "echo one; echo two; echo error >&2", NULL };
	const char *bad[] = { "sh", "-c", "echo one; exit 1", NULL };
	char *out = ncb_command_output(good);

	(void)state;
	assert_string_equal(out, "one\ntwo");
	free(out);
	assert_null(ncb_command_output(bad));
}

static void test_write_replaces(void **state)
{
	char *path = ncb_format("%s/file", dir), *back;
	size_t size;

	(void)state;
	assert_int_equal(ncb_write_file(path, "old", 3), 0);
	assert_int_equal(ncb_write_file(path, "new!", 4), 0);
	back = ncb_read_file(path, &size);
	assert_int_equal(size, 4);
	assert_string_equal(back, "new!");
	free(back);
	free(path);
}

/* A disk that is full, here a limit on file size: the old file stays, nothing beside it. */
static void test_write_fails_whole(void **state)
{
	char *path = ncb_format("%s/file", dir), *back, big[8192] = { 0 };
	struct rlimit old, small;
	const char *ls[] = { "ls", dir, NULL };

	(void)state;
	assert_int_equal(ncb_write_file(path, "old", 3), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(ncb_write_file(path, big, sizeof(big)), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &old);
	back = ncb_read_file(path, NULL);
	assert_string_equal(back, "old");
	free(back);
	back = ncb_command_output(ls);
	assert_string_equal(back, "file");
	free(back);
	free(path);
}

static void test_lines(void **state)
{
	char *path = ncb_format("%s/line", dir), line[16];

	(void)state;
	assert_int_equal(ncb_write_file(path, "hello \t\r\nworld\n", 15), 0);
	assert_int_equal(ncb_read_line(path, line, sizeof(line)), 0);
	assert_string_equal(line, "hello");
	assert_int_equal(ncb_read_line(path, line, 3), 0);
	assert_string_equal(line, "he");
	assert_int_equal(ncb_read_line("/nonexistent", line, sizeof(line)), -ENOENT);
	assert_string_equal(line, "");
	free(path);
}

static void test_folders(void **state)
{
	char *path = ncb_format("%s/a/b/c", dir), *file = ncb_format("%s/a/f", dir);
	char *below = ncb_format("%s/a/f/g", dir);

	(void)state;
	assert_int_equal(ncb_make_dirs(path), 0);
	assert_int_equal(ncb_make_dirs(path), 0);
	assert_true(ncb_exists(path));
	assert_int_equal(ncb_write_file(file, "", 0), 0);
	assert_int_equal(ncb_make_dirs(below), -ENOTDIR);
	assert_int_equal(ncb_remove_tree("/nonexistent/x"), 0);
	free(below);
	free(file);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test_setup_teardown(test_timeout_ends_the_whole_group, set_up, tear_down),
		cmocka_unit_test(test_output),
		cmocka_unit_test_setup_teardown(test_write_replaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_write_fails_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folders, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
