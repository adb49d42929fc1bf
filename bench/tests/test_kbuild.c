// SPDX-License-Identifier: GPL-2.0-only
/* Kernel sources: what their content is, patches, and the table of layouts. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../kbuild/kbuild.h"
#include "../kbuild/make.h"

static char top[] = "/tmp/ncbench-kbuild-XXXXXX";
static char *tree, *patch;

static void put(const char *folder, const char *name, const char *text)
{
	char *path = ncb_format("%s/%s", folder, name), *slash = strrchr(path, '/');

	*slash = '\0';
	assert_int_equal(ncb_make_dirs(path), 0);
	*slash = '/';
	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	free(path);
}

static void run(const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct ncb_spawn s = { .argv = argv, .dir = tree, .log = "/dev/null" };

	assert_int_equal(ncb_run_command(&s), 0);
}

#define SOURCE	"int a;\nint b;\nint c;\n"

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	setenv("NCBENCH_TOP", top, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	tree = ncb_format("%s/tree", top);
	patch = ncb_format("%s/a+b.patch", top);
	put(tree, "Makefile", "# x\nVERSION = 9\nPATCHLEVEL = 8\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n");
	put(tree, "Kconfig", "");
	put(tree, "kernel/notifier.c", SOURCE);
	/* As Debian's: all of the top folder. */
	put(tree, ".gitignore", "*.o\nvmlinux\n/*\n!/debian/\n");
	put(top, "a+b.patch", "--- a/kernel/notifier.c\n+++ b/kernel/notifier.c\n"
	    "@@ -1,3 +1,3 @@\n int a;\n-int b;\n+int d;\n int c;\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(tree);
	free(patch);
	return ncb_remove_tree(top);
}

/* The content of a source, in a buffer of its own for each of 16 calls. */
static const char *id_of(const char *spec, const char *repository)
{
	static char ids[16][41];
	static unsigned int n;
	struct ncb_source s;
	char *id = ids[n++ % 16];

	*id = '\0';
	if (!ncb_source_get(spec, repository, &s))
		snprintf(id, 41, "%s", s.id);
	ncb_source_free(&s);
	return id;
}

static void test_folder(void **state)
{
	const char *before = id_of(tree, NULL);
	struct ncb_source s;

	(void)state;
	assert_int_equal(ncb_source_get(tree, NULL, &s), 0);
	assert_int_equal(strlen(s.id), 40);
	assert_string_equal(s.version, "9.8.0-rc1");
	assert_string_equal(s.title, "9.8.0-rc1 (tree)");
	ncb_source_free(&s);
	run("touch -d '2001-01-01' kernel/notifier.c; echo x >kernel/notifier.o; echo x >vmlinux");
	assert_string_equal(id_of(tree, NULL), before);
	/* The top folder's rules hold for what is below it as well. */
	run("test -e kernel/notifier.o && rm kernel/notifier.o vmlinux");
	put(tree, "kernel/notifier.c", "int a;\nint b;\nint C;\n");
	assert_string_not_equal(id_of(tree, NULL), before);
	put(tree, "kernel/notifier.c", SOURCE);
	assert_string_equal(id_of(tree, NULL), before);
	put(tree, "kernel/new.c", "");
	assert_string_not_equal(id_of(tree, NULL), before);
	run("rm kernel/new.c");
	assert_string_equal(id_of(tree, NULL), before);
}

static void test_patched(void **state)
{
	char *spec = ncb_format("%s+%s", tree, patch), *twice = ncb_format("%s+%s", spec, patch);
	struct ncb_source a, b;
	const char *patched;
	json_t *difference;

	(void)state;
	patched = id_of(spec, NULL);
	assert_string_not_equal(patched, "");
	assert_string_not_equal(patched, id_of(tree, NULL));
	assert_string_equal(id_of(twice, NULL), "");
	assert_int_equal(ncb_source_get(twice, NULL, &a), -EBADMSG);
	assert_int_equal(ncb_source_get(tree, NULL, &a), 0);
	assert_int_equal(ncb_source_get(spec, NULL, &b), 0);
	assert_string_equal(b.title, "9.8.0-rc1 (tree) + a+b.patch");
	assert_int_equal(ncb_source_difference(&a, &b, &difference), 0);
	assert_int_equal(json_integer_value(json_object_get(difference, "files")), 1);
	assert_int_equal(json_integer_value(json_object_get(difference, "insertions")), 1);
	assert_int_equal(json_integer_value(json_object_get(difference, "deletions")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(difference, "stat"), 0)),
			    "kernel/notifier.c | 2 +-");
	json_decref(difference);
	assert_int_equal(ncb_source_difference(&a, &a, &difference), 0);
	assert_int_equal(json_integer_value(json_object_get(difference, "files")), 0);
	json_decref(difference);
	ncb_source_free(&a);
	ncb_source_free(&b);
	put(tree, "kernel/notifier.c", "int a;\nint d;\nint c;\n");
	assert_string_equal(id_of(tree, NULL), patched);
	put(tree, "kernel/notifier.c", SOURCE);
	free(twice);
	free(spec);
}

static void test_checkout(void **state)
{
	struct ncb_source s;
	char *dir, *path, *text;

	(void)state;
	assert_int_equal(ncb_source_get(tree, NULL, &s), 0);
	assert_int_equal(ncb_source_checkout(&s, &dir), 0);
	path = ncb_format("%s/kernel/notifier.c", dir);
	text = ncb_read_file(path, NULL);
	assert_string_equal(text, SOURCE);
	free(text);
	free(path);
	free(dir);
	ncb_source_free(&s);
}

static void test_none(void **state)
{
	struct ncb_source s;

	(void)state;
	assert_int_equal(ncb_source_get("nothing", NULL, &s), -EINVAL);
	assert_int_equal(ncb_source_get(top, NULL, &s), -EINVAL);
	assert_int_equal(ncb_source_get("nothing", tree, &s), -EINVAL);
	assert_int_equal(ncb_source_get("--all", tree, &s), -EINVAL);
	assert_null(s.id);
}

static void test_layouts(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < NCB_LINKS_MAX; i++)
		for (j = 0; j < i; j++) {
			char *a = ncb_layout_words(i), *b = ncb_layout_words(j);

			assert_string_not_equal(a, b);
			free(a);
			free(b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_patched),
		cmocka_unit_test(test_checkout),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_layouts),
	};

	return cmocka_run_group_tests_name("kbuild", tests, set_up, tear_down);
}
