// SPDX-License-Identifier: GPL-2.0-only
/* The pure pieces of the measuring half: copies, results, pairing, what is ours. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "../storm/storming.h"
#include "says.h"

/* -- payloads -- */

static void test_names(void **state)
{
	char name[NCB_PAYLOAD_NAME];

	(void)state;
	ncb_payload_name(name, NCB_SHAPE_SMALL, 42);
	assert_string_equal(name, "ncb_small_0042");
	ncb_payload_name(name, NCB_SHAPE_DYNDBG, 4095);
	assert_string_equal(name, "ncb_dyndbg_4095");
	assert_int_equal(ncb_payload_number("ncb_small_0042"), 42);
	assert_int_equal(ncb_payload_number("ncb_functions_9999"), 9999);
	assert_int_equal(ncb_payload_number("ncb_small_0000"), 0);
}

static void test_names_that_are_none(void **state)
{
	static const char *const names[] = {
		"", "ncb_", "ncbx_small_0042", "ncb_small_00421", "ncb_small_042", "ncb_small_004a",
		"ncb_small_+042", "ncb_small0042", "ncb_large_0042", "ncb_small_", "ncb_storm",
		"ncb_payload", "ncb_payload_user", "ncbench", "xncb_small_0042", "ncb_small_0042_",
		"NCB_SMALL_0042", "ncb__0042", "ncb_small_ 042",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (ncb_payload_number(names[i]) != -1)
			fail_msg("'%s' passes for a payload", names[i]);
}

static void test_rename(void **state)
{
	char data[] = "ncb_small_0000\0x=ncb_small_0000_end\0ncb_small_000\0ncb_small_0000";
	static const char want[] =
		"ncb_small_0317\0x=ncb_small_0317_end\0ncb_small_000\0ncb_small_0317";

	(void)state;
	assert_int_equal(ncb_payload_rename(data, sizeof(data), "ncb_small_0000", "ncb_small_0317"), 3);
	assert_memory_equal(data, want, sizeof(want));
	assert_int_equal(ncb_payload_rename(data, sizeof(data), "ncb_small_0000", "ncb_small_0001"), 0);
	assert_memory_equal(data, want, sizeof(want));
	/* Other lengths would move everything behind. */
	assert_int_equal(ncb_payload_rename(data, sizeof(data), "ncb_small_0317", "ncb_text_0317"),
			 -EINVAL);
	assert_int_equal(ncb_payload_rename(data, sizeof(data), "", ""), -EINVAL);
	assert_memory_equal(data, want, sizeof(want));
	/* What the file ends with in part is no name, and nothing behind it is looked at. */
	assert_int_equal(ncb_payload_rename(data, 13, "ncb_small_0317", "ncb_small_0001"), 0);
}

static void put(const char *dir, const char *name, const void *data, size_t size)
{
	char *path = ncb_format("%s/%s", dir, name), *slash = strrchr(path, '/');

	*slash = '\0';
	assert_int_equal(ncb_make_dirs(path), 0);
	*slash = '/';
	assert_int_equal(ncb_write_file(path, data, size), 0);
	free(path);
}

static char *temporary(void)
{
	char *dir = ncb_copy("/tmp/test_storm_measureXXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void assert_file(int fd, const char *text, size_t size)
{
	char got[64] = "";

	assert_int_equal(pread(fd, got, sizeof(got), 0), size);
	assert_memory_equal(got, text, size);
}

static void test_copies(void **state)
{
	char *templates = temporary(), *dir = temporary();
	struct ncb_storm storm = {
		.mode = NCB_STORM_CHURN, .shape = NCB_SHAPE_TEXT, .threads = 1, .modules = 12,
	};
	struct ncb_payloads p = { .dir = dir };
	struct stat a, b;

	(void)state;
	put(templates, "ncb_text_0000.ko", "<ncb_text_0000>", 15);
	assert_int_equal(ncb_payloads_open(&p, templates, &storm), 0);
	assert_int_equal(p.files, 12);
	assert_int_equal(p.size, 15);
	assert_file(p.fd[0], "<ncb_text_0000>", 15);
	assert_file(p.fd[9], "<ncb_text_0009>", 15);
	assert_file(p.fd[11], "<ncb_text_0011>", 15);
	ncb_payloads_close(&p);
	/* The same module from a file of its own for each thread. */
	storm.mode = NCB_STORM_COPIES;
	storm.threads = 3;
	storm.modules = 1;
	assert_int_equal(ncb_payloads_open(&p, templates, &storm), 0);
	assert_int_equal(p.files, 3);
	assert_file(p.fd[0], "<ncb_text_0000>", 15);
	assert_file(p.fd[2], "<ncb_text_0000>", 15);
	assert_int_equal(fstat(p.fd[0], &a), 0);
	assert_int_equal(fstat(p.fd[2], &b), 0);
	assert_int_not_equal(a.st_ino, b.st_ino);
	ncb_payloads_close(&p);
	/* They are gone: the folder is empty. */
	assert_int_equal(rmdir(dir), 0);
	ncb_remove_tree(templates);
	free(templates);
	free(dir);
}

static void test_a_template_without_its_name(void **state)
{
	char *templates = temporary(), *dir = temporary();
	struct ncb_storm storm = { .threads = 1, .modules = 2 };
	struct ncb_payloads p = { .dir = dir };

	(void)state;
	put(templates, "ncb_small_0000.ko", "<something>", 11);
	assert_int_equal(ncb_payloads_open(&p, templates, &storm), -EINVAL);
	assert_int_equal(rmdir(dir), 0);
	ncb_remove_tree(templates);
	free(templates);
	free(dir);
}

/* -- packaged modules -- */

/* Its file is loaded as it is, from a copy for each thread that wants its own. */
static void test_a_packaged_module(void **state)
{
	char *templates = temporary(), *dir = temporary(), name[NCB_PAYLOAD_NAME];
	struct ncb_storm storm = {
		.mode = NCB_STORM_COPIES, .module = "vcan", .threads = 2, .modules = 1,
	};
	struct ncb_storm_call call = { .what = NCB_STORM_LOAD, .result = -ENODEV };
	struct ncb_payloads p = { .dir = dir };
	char *wrong;

	(void)state;
	put(templates, "vcan.ko", "<vcan>", 6);
	assert_int_equal(ncb_payloads_open(&p, templates, &storm), 0);
	assert_int_equal(p.files, 2);
	assert_file(p.fd[0], "<vcan>", 6);
	assert_file(p.fd[1], "<vcan>", 6);
	ncb_payloads_close(&p);
	assert_int_equal(rmdir(dir), 0);
	ncb_storm_module_name(name, &storm, 0);
	assert_string_equal(name, "vcan");
	wrong = ncb_storm_judge(&storm, &call, 1, false);
	assert_says(wrong, "finit_module() of vcan failed: No such device");
	free(wrong);
	ncb_remove_tree(templates);
	free(templates);
	free(dir);
}

static void free_names(char **name, size_t n)
{
	while (n)
		free(name[--n]);
	free(name);
}

static void test_lists_of_modules(void **state)
{
	static const char *const bad[] = { "", "\n", "a\n../b\n", "a b\n", "a\n<c>" };
	char **name;
	size_t i, n;

	(void)state;
	n = ncb_packaged_parse("can_dev\nvcan\n", &name);
	assert_int_equal(n, 2);
	assert_string_equal(name[0], "can_dev");
	assert_string_equal(name[1], "vcan");
	free_names(name, n);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		n = ncb_packaged_parse(bad[i], &name);
		assert_int_equal(n, 0);
		free_names(name, n);
	}
}

/* -- what is ours -- */

static void test_what_is_ours(void **state)
{
	char *root = temporary();
	static const char version[] = NCB_PAYLOAD_VERSION "\n", storm[] = NCB_STORM_VERSION "\n";

	(void)state;
	/* A module that only has the name is somebody else's. */
	assert_false(ncb_storm_is_ours(root, "ncb_storm"));
	put(root, "sys/module/ncb_storm/version", version, strlen(version));
	assert_false(ncb_storm_is_ours(root, "ncb_storm"));
	put(root, "sys/module/ncb_storm/version", storm, strlen(storm));
	put(root, "sys/module/ncb_small_0042/version", version, strlen(version));
	put(root, "sys/module/ncb_small_0043/version", "1.0\n", 4);
	put(root, "sys/module/ncb_small_0044/refcnt", "0\n", 2);
	put(root, "sys/module/ncb_small_00421/version", version, strlen(version));
	put(root, "sys/module/ncbx_small_0042/version", version, strlen(version));
	put(root, "sys/module/ext4/version", version, strlen(version));
	assert_true(ncb_storm_is_ours(root, "ncb_small_0042"));
	assert_true(ncb_storm_is_ours(root, "ncb_storm"));
	assert_false(ncb_storm_is_ours(root, "ncb_small_0043"));
	assert_false(ncb_storm_is_ours(root, "ncb_small_0044"));
	assert_false(ncb_storm_is_ours(root, "ncb_small_0045"));
	assert_false(ncb_storm_is_ours(root, "ncb_small_00421"));
	assert_false(ncb_storm_is_ours(root, "ncbx_small_0042"));
	assert_false(ncb_storm_is_ours(root, "ext4"));
	assert_false(ncb_storm_is_ours(root, "ncb_storm2"));
	ncb_remove_tree(root);
	free(root);
}

static void test_what_is_in_the_way(void **state)
{
	static const char loaded[] = "ncb_small_0042 16384 0 - Live 0x0\next4 16384 0 - Live 0x0\n"
				     "ncb_small_0007 16384 0 - Live 0x0\n"
				     "ncb_small_9999 16384 0 - Live 0x0\n";
	static const char version[] = NCB_PAYLOAD_VERSION "\n";
	struct ncb_storm storm = { .shape = NCB_SHAPE_SMALL, .modules = 64 };
	struct ncb_storms s = { .storm = &storm, .storms = 1 };
	char *root = temporary(), why[NCB_STORM_TEXT] = "";

	(void)state;
	put(root, "proc/modules", loaded, strlen(loaded));
	put(root, "sys/module/ncb_small_0042/version", version, strlen(version));
	/* 42 is ours, 9999 is no name that is wanted. */
	assert_true(ncb_storm_in_the_way(root, &s, why));
	assert_non_null(strstr(why, "rmmod ncb_small_0007"));
	storm.modules = 7;
	assert_false(ncb_storm_in_the_way(root, &s, why));
	storm.modules = 64;
	storm.shape = NCB_SHAPE_TEXT;
	assert_false(ncb_storm_in_the_way(root, &s, why));
	/* All storms want this one. */
	put(root, "proc/modules", "ncb_storm 16384 0 - Live 0x0\n", 29);
	assert_true(ncb_storm_in_the_way(root, &s, why));
	assert_non_null(strstr(why, "rmmod ncb_storm"));
	ncb_remove_tree(root);
	free(root);
}

/* -- folders of copies -- */

static char *inside(const char *dir, const char *name)
{
	return ncb_format("%s/%s", dir, name);
}

/* A folder as a killed storm leaves it, in <root>/tmp. */
static char *left_behind(const char *root)
{
	char *dir = ncb_storm_make_folder(root);

	assert_non_null(dir);
	put(dir, "ncb_small_0042.ko", "1", 1);
	put(dir, "copy_7.ko", "2", 1);
	put(dir, "template", "3", 1);
	return dir;
}

static char *place_for_folders(void)
{
	char *root = temporary(), *tmp = inside(root, "tmp"), *run = inside(root, "run");

	assert_int_equal(ncb_make_dirs(tmp), 0);
	assert_int_equal(ncb_make_dirs(run), 0);
	setenv("TMPDIR", tmp, 1);
	free(tmp);
	free(run);
	return root;
}

static void test_folders(void **state)
{
	char *root = place_for_folders(), *dir = left_behind(root), *other = inside(root, "other");
	struct stat st;

	(void)state;
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* Also where TMPDIR is another one by now. */
	assert_int_equal(ncb_make_dirs(other), 0);
	setenv("TMPDIR", other, 1);
	assert_int_equal(ncb_storm_remove_folders(root), 1);
	assert_false(ncb_exists(dir));
	assert_int_equal(ncb_storm_remove_folders(root), 0);
	unsetenv("TMPDIR");
	ncb_remove_tree(root);
	free(other);
	free(dir);
	free(root);
}

/* What only looks like one, in one thing each, and what somebody put into one. */
static void test_folders_of_others(void **state)
{
	static const char *const files[] = {
		"tmp/ncbench-storm-results/.ncbench-storm", "tmp/ncbench-storm-results/copy_1.ko",
		"tmp/ncbench-storm-abcdef/copy_1.ko",
		"tmp/ncbench-storm-ghijkl/.ncbench-storm", "tmp/ncbench-storm-ghijkl/copy_1.ko",
		"tmp/ncbench-storm-mnopqr",
	};
	char *root = place_for_folders(), *mixed = left_behind(root), *path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		bool open = strstr(files[i], "ghijkl");

		put(root, files[i], "1", 1);
		path = inside(root, files[i]);
		if (strcmp(strrchr(path, '/'), "/ncbench-storm-mnopqr")) {
			*strrchr(path, '/') = '\0';
			assert_int_equal(chmod(path, open ? 0755 : 0700), 0);
		}
		free(path);
	}
	put(mixed, "mine.txt", "1", 1);
	put(mixed, "folder/copy_1.ko", "1", 1);
	assert_int_equal(ncb_storm_remove_folders(root), 0);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		path = inside(root, files[i]);
		if (!ncb_exists(path))
			fail_msg("%s is gone", files[i]);
		free(path);
	}
	path = inside(mixed, "mine.txt");
	assert_true(ncb_exists(path));
	free(path);
	path = inside(mixed, "folder/copy_1.ko");
	assert_true(ncb_exists(path));
	free(path);
	/* The next one looks at it again. */
	path = inside(mixed, ".ncbench-storm");
	assert_true(ncb_exists(path));
	free(path);
	unsetenv("TMPDIR");
	ncb_remove_tree(root);
	free(mixed);
	free(root);
}

/* -- what calls may return -- */

static void test_allowed(void **state)
{
	(void)state;
	assert_true(ncb_storm_allowed(NCB_STORM_CHURN, NCB_STORM_LOAD, 0));
	assert_false(ncb_storm_allowed(NCB_STORM_CHURN, NCB_STORM_LOAD, -EEXIST));
	assert_false(ncb_storm_allowed(NCB_STORM_CHURN, NCB_STORM_UNLOAD, -EBUSY));
	assert_true(ncb_storm_allowed(NCB_STORM_DUPLICATE, NCB_STORM_LOAD, -EEXIST));
	assert_false(ncb_storm_allowed(NCB_STORM_DUPLICATE, NCB_STORM_LOAD, -ENOMEM));
	assert_true(ncb_storm_allowed(NCB_STORM_FAIL, NCB_STORM_LOAD, -NCB_STORM_FAIL_ERRNO));
	assert_false(ncb_storm_allowed(NCB_STORM_FAIL, NCB_STORM_LOAD, 0));
	assert_true(ncb_storm_allowed(NCB_STORM_VETO_MODE, NCB_STORM_LOAD, -ECANCELED));
	assert_false(ncb_storm_allowed(NCB_STORM_VETO_MODE, NCB_STORM_LOAD, 0));
	assert_true(ncb_storm_allowed(NCB_STORM_AUTOLOAD, NCB_STORM_REQUESTED, -ETIME));
	assert_false(ncb_storm_allowed(NCB_STORM_AUTOLOAD, NCB_STORM_REQUESTED, 256));
	assert_true(ncb_storm_allowed(NCB_STORM_MIXED, NCB_STORM_UNLOAD, -ENOENT));
	assert_false(ncb_storm_allowed(NCB_STORM_DISTINCT, NCB_STORM_UNLOAD, -ENOENT));
}

static void assert_judged(struct ncb_storm storm, const struct ncb_storm_call *call, size_t n,
			  bool cut_short, const char *words)
{
	char *wrong = ncb_storm_judge(&storm, call, n, cut_short);

	if (!words && wrong)
		fail_msg("'%s' where nothing is wrong", wrong);
	if (words) {
		assert_non_null(wrong);
		assert_says(wrong, words);
	}
	free(wrong);
}

static void test_judging(void **state)
{
	struct ncb_storm churn = { .mode = NCB_STORM_CHURN }, copies = { .mode = NCB_STORM_COPIES };
	struct ncb_storm duplicate = { .mode = NCB_STORM_DUPLICATE };
	struct ncb_storm_call good[] = {
		{ .module = 7, .what = NCB_STORM_LOAD }, { .module = 7, .what = NCB_STORM_UNLOAD },
	}, bad[] = {
		{ .module = 7, .what = NCB_STORM_LOAD },
		{ .module = 7, .what = NCB_STORM_UNLOAD, .result = -EBUSY },
	}, missing[] = {
		{ .module = 3, .what = NCB_STORM_LOAD, .result = -ENOENT },
	}, two[] = {
		{ .what = NCB_STORM_LOAD }, { .what = NCB_STORM_LOAD },
		{ .what = NCB_STORM_LOAD, .result = -EEXIST }, { .what = NCB_STORM_UNLOAD },
	};

	(void)state;
	assert_judged(churn, good, 2, false, NULL);
	assert_judged(churn, bad, 2, false, "delete_module() of ncb_small_0007 failed: Device or resource busy");
	assert_judged(churn, missing, 1, false, "finit_module() of ncb_small_0003 failed");
	assert_judged(churn, missing, 1, false, "a symbol is missing");
	/* On a shared file several are told that they loaded it; on files of their own one. */
	assert_judged(duplicate, two, 4, false, NULL);
	assert_judged(copies, two, 4, false, "2 threads were told");
	assert_judged(copies, two + 1, 3, false, NULL);
	assert_judged(duplicate, two + 2, 2, false, "none that it loaded it");
	assert_judged(duplicate, two + 2, 2, true, NULL);
}

/* -- pairing -- */

#define LIVE	0
#define COMING	1
#define GOING	2

static struct ncb_storms *pair_of(const struct ncb_storm_event *e, size_t n, bool lost,
				  size_t useless, bool helpers, size_t foreign)
{
	static const uint32_t task[] = { 100, 200 };
	static const uint64_t key[] = { 0xa, 0xb };
	struct ncb_storm_pairing p = {
		.event = e, .events = n, .lost = lost, .task = task, .threads = 2, .key = key,
		.keys = 2, .storm = 5, .round = 6, .base = 1000, .helpers = helpers, .modules = 10,
	};
	struct ncb_storms *s = ncb_storms_new();
	size_t others;

	assert_int_equal(ncb_storm_pair(&p, s, &others), useless);
	assert_int_equal(others, foreign);
	return s;
}

static struct ncb_storms *pair(const struct ncb_storm_event *e, size_t n, bool lost, size_t useless)
{
	return pair_of(e, n, lost, useless, false, 0);
}

static void assert_chain(const struct ncb_storm_record *r, uint8_t what, uint16_t thread,
			 uint16_t module, int16_t result, uint64_t start, uint64_t ns, uint64_t part)
{
	assert_int_equal(r->storm, 5);
	assert_int_equal(r->round, 6);
	assert_int_equal(r->what, what);
	assert_int_equal(r->thread, thread);
	assert_int_equal(r->module, module);
	assert_int_equal(r->result, result);
	assert_int_equal(r->start_ns, start);
	assert_int_equal(r->ns, ns);
	assert_int_equal(r->part_ns, part);
}

#define EVENT(t, who, m, a, p)	{ .ns = (t), .task = (who), .module = (m), .action = (a), \
				  .position = NCB_STORM_##p }

/* A load of two tasks at once, and an unload that runs backwards. */
static void test_pairing(void **state)
{
	static const struct ncb_storm_event e[] = {
		EVENT(1010, 100, 4, COMING, FIRST), EVENT(1011, 200, 9, COMING, FIRST),
		EVENT(1013, 100, 4, COMING, MIDDLE), EVENT(1015, 200, 9, COMING, MIDDLE),
		EVENT(1018, 100, 4, COMING, LAST), EVENT(1030, 200, 9, COMING, LAST),
		EVENT(1040, 100, 4, LIVE, FIRST), EVENT(1041, 100, 4, LIVE, MIDDLE),
		EVENT(1043, 100, 4, LIVE, LAST),
		EVENT(1050, 100, 4, GOING, LAST), EVENT(1052, 100, 4, GOING, MIDDLE),
		EVENT(1057, 100, 4, GOING, FIRST),
	};
	struct ncb_storms *s = pair(e, ARRAY_SIZE(e), false, 0);

	(void)state;
	assert_int_equal(s->records, 4);
	assert_chain(&s->record[0], NCB_STORM_COMING, 0, 4, 1, 10, 8, 3);
	assert_chain(&s->record[1], NCB_STORM_LIVE, 0, 4, 1, 40, 3, 1);
	assert_chain(&s->record[2], NCB_STORM_GOING, 0, 4, -1, 50, 7, 5);
	assert_chain(&s->record[3], NCB_STORM_COMING, 1, 9, 1, 11, 19, 4);
	ncb_storms_free(s);
}

/* A veto between MIDDLE and LAST: neither COMING nor the rollback gets to LAST. */
static void test_a_veto(void **state)
{
	static const struct ncb_storm_event e[] = {
		EVENT(1010, 200, 1, COMING, FIRST), EVENT(1014, 200, 1, COMING, MIDDLE),
		EVENT(1020, 200, 1, GOING, FIRST), EVENT(1021, 200, 1, GOING, MIDDLE),
		/* The same module once more. */
		EVENT(1030, 200, 1, COMING, FIRST), EVENT(1034, 200, 1, COMING, MIDDLE),
	};
	struct ncb_storms *s = pair(e, ARRAY_SIZE(e), false, 0);

	(void)state;
	assert_int_equal(s->records, 3);
	assert_chain(&s->record[0], NCB_STORM_COMING, 1, 1, 0, 10, 0, 4);
	assert_chain(&s->record[1], NCB_STORM_GOING, 1, 1, 0, 20, 0, 1);
	assert_chain(&s->record[2], NCB_STORM_COMING, 1, 1, 0, 30, 0, 4);
	ncb_storms_free(s);
}

/* Where events were lost nothing is made of the pieces. */
static void test_lost_events(void **state)
{
	static const struct ncb_storm_event e[] = {
		EVENT(1010, 100, 4, COMING, FIRST), EVENT(1013, 100, 4, COMING, MIDDLE),
		EVENT(1018, 100, 4, COMING, LAST),
		EVENT(1040, 100, 4, LIVE, FIRST), EVENT(1041, 100, 4, LIVE, MIDDLE),
		EVENT(1050, 200, 5, GOING, LAST),
	};
	struct ncb_storms *s = pair(e, ARRAY_SIZE(e), true, 3);

	(void)state;
	assert_int_equal(s->records, 1);
	assert_chain(&s->record[0], NCB_STORM_COMING, 0, 4, 1, 10, 8, 3);
	ncb_storms_free(s);
}

static void test_going_without_coming(void **state)
{
	static const struct ncb_storm_event e[] = {
		/* MIDDLE alone says nothing; a task that is no thread: the module's. */
		EVENT(1005, 100, 2, LIVE, MIDDLE),
		EVENT(1010, 777, 3, GOING, FIRST), EVENT(1012, 777, 3, GOING, LAST),
		EVENT(1020, 777, 3, 3, FIRST), EVENT(1021, 777, 3, 3, LAST),
	};
	struct ncb_storms *s = pair_of(e, ARRAY_SIZE(e), false, 1, true, 0);

	(void)state;
	assert_int_equal(s->records, 2);
	assert_chain(&s->record[0], NCB_STORM_GOING, 1, 3, 1, 10, 2, 0);
	assert_chain(&s->record[1], NCB_STORM_OTHER, 1, 3, 1, 20, 1, 0);
	ncb_storms_free(s);
}

/* Modules whose numbers no storm has, and tasks that are none of its threads, in its midst. */
static void test_announcements_of_others(void **state)
{
	static const struct ncb_storm_event e[] = {
		EVENT(1010, 100, 4, COMING, FIRST),
		EVENT(1011, 777, 4, GOING, FIRST), EVENT(1012, 777, 4, GOING, LAST),
		EVENT(1013, 100, 4, COMING, LAST),
		EVENT(1020, 100, 10, GOING, FIRST), EVENT(1022, 100, 10, GOING, LAST),
		EVENT(1030, 200, 9, GOING, FIRST), EVENT(1033, 200, 9, GOING, LAST),
	};
	struct ncb_storms *s = pair_of(e, ARRAY_SIZE(e), false, 0, false, 4);

	(void)state;
	assert_int_equal(s->records, 2);
	assert_chain(&s->record[0], NCB_STORM_COMING, 0, 4, 1, 10, 3, 0);
	assert_chain(&s->record[1], NCB_STORM_GOING, 1, 9, 1, 30, 3, 0);
	ncb_storms_free(s);
	/* Modprobes are tasks of their own, but load no other modules. */
	s = pair_of(e, ARRAY_SIZE(e), false, 0, true, 2);
	assert_int_equal(s->records, 3);
	ncb_storms_free(s);
}

/* The same announcement twice in a row, as of two loads of which LIVE was not announced. */
static void test_twice_the_same(void **state)
{
	static const struct ncb_storm_event e[] = {
		EVENT(1010, 100, 4, COMING, FIRST), EVENT(1018, 100, 4, COMING, LAST),
		EVENT(1110, 100, 4, COMING, FIRST), EVENT(1119, 100, 4, COMING, LAST),
	};
	struct ncb_storms *s = pair(e, ARRAY_SIZE(e), false, 0);

	(void)state;
	assert_int_equal(s->records, 2);
	assert_chain(&s->record[0], NCB_STORM_COMING, 0, 4, 1, 10, 8, 0);
	assert_chain(&s->record[1], NCB_STORM_COMING, 0, 4, 1, 110, 9, 0);
	ncb_storms_free(s);
}

#define CALLED(t, k)	{ .ns = (t), .task = 100, .module = 4, .action = COMING, \
			  .position = NCB_STORM_CALLBACK, .callback = (k) }

static void test_callbacks(void **state)
{
	static const struct ncb_storm_event e[] = {
		CALLED(1009, 0xff),	/* our own first probe */
		EVENT(1010, 100, 4, COMING, FIRST),
		CALLED(1012, 0xa), CALLED(1017, 0xb),
		EVENT(1027, 100, 4, COMING, MIDDLE), EVENT(1030, 100, 4, COMING, LAST),
		CALLED(1040, 0xa),	/* nothing follows: its end is not known */
	};
	struct ncb_storms *s = pair(e, ARRAY_SIZE(e), false, 0);

	(void)state;
	assert_int_equal(s->records, 3);
	assert_chain(&s->record[0], NCB_STORM_CALLED, 0, 0, NCB_STORM_COMING, 12, 5, 0);
	assert_chain(&s->record[1], NCB_STORM_CALLED, 0, 1, NCB_STORM_COMING, 17, 10, 0);
	assert_chain(&s->record[2], NCB_STORM_COMING, 0, 4, 1, 10, 20, 17);
	ncb_storms_free(s);
}

/* -- threads -- */

static unsigned int refused_thread;	/* 1: the next one, and so on; 0: none */

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *data)
{
	int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (refused_thread && !--refused_thread)
		return EAGAIN;
	next = (__typeof__(next))dlsym(RTLD_NEXT, "pthread_create");
	return next(thread, attr, start, data);
}

static unsigned int threads_now(void)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	unsigned int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += *e->d_name != '.';
	closedir(d);
	return n;
}

/* One that was waited for is seen a moment longer. */
static void assert_threads(unsigned int n)
{
	unsigned int tries;

	for (tries = 0; tries < 1000 && threads_now() != n; tries++)
		usleep(1000);
	assert_int_equal(threads_now(), n);
}

/* A stack of theirs finds no room: those that began end, and nothing waits for the others. */
static void test_threads_that_cannot_start(void **state)
{
	struct ncb_storm storm = { .mode = NCB_STORM_CHURN, .threads = 8, .modules = 8 };
	unsigned int before = threads_now();
	struct ncb_storm_pool pool;

	(void)state;
	refused_thread = 5;
	assert_int_equal(ncb_storm_pool_start(&pool, &storm), -EAGAIN);
	assert_threads(before);
	assert_null(pool.worker);
	assert_false(pool.hung);
	refused_thread = 0;
	assert_int_equal(ncb_storm_pool_start(&pool, &storm), 0);
	assert_threads(before + 8);
	ncb_storm_pool_end(&pool);
	assert_threads(before);
}

/* -- counters -- */

/* Others take a counter from the third round on: what was counted before is no sum. */
static void test_partial_counters(void **state)
{
	struct ncb_storm storm = { .rounds = 4 };

	(void)state;
	ncb_storm_counters_add(&storm, "instructions", 100, NULL);
	ncb_storm_counters_add(&storm, "cycles", 10, NULL);
	ncb_storm_counters_add(&storm, "branch-misses", 0, "no such counter");
	ncb_storm_counters_add(&storm, "instructions", 200, NULL);
	ncb_storm_counters_add(&storm, "cycles", 5, "others took it");
	ncb_storm_counters_add(&storm, "cycles", 20, NULL);
	ncb_storm_counters_add(&storm, "branch-misses", 0, "another reason");
	assert_int_equal(storm.counts, 3);
	assert_int_equal(storm.count[0].value, 300);
	assert_string_equal(storm.count[1].name, "cycles");
	assert_true(storm.count[1].value == NCB_STORM_UNKNOWN);
	assert_true(storm.count[2].value == NCB_STORM_UNKNOWN);
	assert_string_equal(storm.why_none,
			    "branch-misses: no such counter; cycles: others took it");
	free(storm.count);
}

/* -- memory -- */

static void test_levels(void **state)
{
	static const char meminfo[] = "MemTotal: 100 kB\nMemFree:          12 kB\nSReclaimable: 7 kB\nSUnreclaim:   3 kB\n"
				      "VmallocUsed:     7 kB\n";
	static const char modules[] = "ncb_small_0001 16384 0 - Live 0x0\nfat 8192 1 vfat, Live 0x0\n";
	char *root = temporary();
	struct ncb_storm_level level;

	(void)state;
	put(root, "proc/meminfo", meminfo, strlen(meminfo));
	put(root, "proc/modules", modules, strlen(modules));
	ncb_storm_level(root, &level);
	assert_int_equal(level.bytes[NCB_MEMORY_FREE], 12 << 10);
	assert_int_equal(level.bytes[NCB_MEMORY_SLAB], 3 << 10);
	assert_int_equal(level.bytes[NCB_MEMORY_VMALLOC], 7 << 10);
	assert_true(level.bytes[NCB_MEMORY_PERCPU] == NCB_STORM_UNKNOWN);
	assert_int_equal(level.bytes[NCB_MEMORY_MODULES], 24576);
	assert_int_equal(level.modules, 1);
	assert_string_equal(level.named, "ncb_small_0001");
	ncb_remove_tree(root);
	free(root);
}

/* Others come and go on a host; one of ours that goes takes none along that stays. */
static void test_modules_left(void **state)
{
	static const char before[] = "fat 8192 1 vfat, Live 0x0\n";
	static const char others[] = "fat 8192 1 vfat, Live 0x0\nudf 16384 0 - Live 0x0\n";
	static const char ours[] = "ncb_text_0003 16384 0 - Live 0x0\n";
	static const char probe[] = "fat 8192 1 vfat, Live 0x0\nncb_storm 16384 0 - Live 0x0\n";
	char *root = temporary(), why[NCB_STORM_TEXT];
	struct ncb_storm_level level;

	(void)state;
	put(root, "proc/modules", before, strlen(before));
	ncb_storm_level(root, &level);
	put(root, "proc/modules", others, strlen(others));
	assert_false(ncb_storm_left_modules(root, &level, why));
	assert_string_equal(why, "");
	put(root, "proc/modules", ours, strlen(ours));
	assert_true(ncb_storm_left_modules(root, &level, why));
	assert_says(why, "1 modules of ncbench are loaded, such as ncb_text_0003, and 0 were");
	put(root, "proc/modules", probe, strlen(probe));
	assert_true(ncb_storm_left_modules(root, &level, why));
	ncb_remove_tree(root);
	free(root);
}

/* A limit that was lowered below what there is leaves room for none. */
static void test_cgroup_limits(void **state)
{
	char *root = temporary();

	(void)state;
	assert_true(ncb_storm_cgroup_pids(root) == UINT64_MAX);
	put(root, "proc/self/cgroup", "0::/a/b\n", 8);
	put(root, "sys/fs/cgroup/a/pids.max", "100\n", 4);
	put(root, "sys/fs/cgroup/a/pids.current", "40\n", 3);
	put(root, "sys/fs/cgroup/a/b/pids.max", "max\n", 4);
	put(root, "sys/fs/cgroup/a/b/pids.current", "40\n", 3);
	assert_int_equal(ncb_storm_cgroup_pids(root), 60);
	put(root, "sys/fs/cgroup/a/b/pids.max", "30\n", 3);
	assert_int_equal(ncb_storm_cgroup_pids(root), 0);
	ncb_remove_tree(root);
	free(root);
}

static void test_looks_are_thinned(void **state)
{
	static const uint64_t vmalloc[] = { 9, 1, 5, 7, 2, 3 };
	struct ncb_storm_memory look[ARRAY_SIZE(vmalloc)] = { 0 };
	struct ncb_storm_sampler m = { .look = look, .looks = ARRAY_SIZE(vmalloc) };
	size_t i;

	(void)state;
	for (i = 0; i < m.looks; i++) {
		look[i].at_ns = i;
		look[i].bytes[NCB_MEMORY_VMALLOC] = vmalloc[i];
	}
	ncb_storm_sampler_thin(&m);
	/* What was before the round, and the most of each two. */
	assert_int_equal(m.looks, 4);
	assert_int_equal(look[0].at_ns, 0);
	assert_int_equal(look[1].at_ns, 2);
	assert_int_equal(look[2].at_ns, 3);
	assert_int_equal(look[3].at_ns, 5);
}

static void test_a_sampler_sees_something(void **state)
{
	struct timespec nap = { .tv_nsec = 50 * 1000 * 1000 };
	struct ncb_storm_sampler m;
	size_t i;
	int err;

	(void)state;
	err = ncb_storm_sampler_start(&m, ncb_storm_now());
	if (err == -EPERM)	/* SCHED_FIFO is not for everybody */
		skip();
	assert_int_equal(err, 0);
	nanosleep(&nap, NULL);
	ncb_storm_sampler_stop(&m);
	assert_in_range(m.looks, 2, NCB_STORM_LOOKS_MAX);
	for (i = 0; i < m.looks; i++) {
		assert_true(m.look[i].bytes[NCB_MEMORY_FREE] != NCB_STORM_UNKNOWN);
		assert_true(m.look[i].bytes[NCB_MEMORY_MODULES] == NCB_STORM_UNKNOWN);
		assert_true(!i || m.look[i].at_ns > m.look[i - 1].at_ns);
	}
	free(m.look);
}

static void test_module_stats(void **state)
{
	static const char text[] = "         Mods ever loaded       72\n"
				   "Average mod size        53000\n    Mods failed on load       2\n"
				   "  Avg fail becoming bytes 4648\n"
				   "Duplicate failed modules:\n   snd_hda   3   Becoming & Load\n";
	char *root = temporary();
	struct ncb_storm_count *stat;

	(void)state;
	put(root, "sys/kernel/debug/modules/stats", text, strlen(text));
	assert_int_equal(ncb_storm_module_stats(root, &stat), 2);
	assert_string_equal(stat[0].name, "Mods ever loaded");
	assert_int_equal(stat[0].value, 72);
	assert_string_equal(stat[1].name, "Mods failed on load");
	assert_int_equal(stat[1].value, 2);
	free(stat);
	ncb_remove_tree(root);
	assert_int_equal(ncb_storm_module_stats(root, &stat), 0);
	assert_null(stat);
	free(root);
}

/* After each of 20 rounds of 100 loads: bytes of slab. */
static bool leaks(uint64_t (*slab)(unsigned int round))
{
	struct ncb_storms *s = ncb_storms_new();
	char why[NCB_STORM_TEXT] = "";
	unsigned int i, k;
	bool found;

	s->storms = 1;
	s->storm = ncb_alloc(1, sizeof(*s->storm));
	s->memory = ncb_alloc(20, sizeof(*s->memory));
	s->memories = 20;
	for (i = 0; i < 20; i++) {
		s->memory[i].moment = 2;
		s->memory[i].at_ns = 1000 * i + 900;
		s->memory[i].bytes[NCB_MEMORY_SLAB] = slab(i);
		s->memory[i].bytes[NCB_MEMORY_VMALLOC] = 1 << 20;
		s->memory[i].bytes[NCB_MEMORY_PERCPU] = NCB_STORM_UNKNOWN;
		for (k = 0; k < 100; k++)
			ncb_storms_add(s, &(struct ncb_storm_record) {
				.what = NCB_STORM_LOAD, .start_ns = 1000 * i + k });
	}
	/* 1 MiB over 1000 loads, and 32 for each. */
	assert_true(fabs(ncb_storm_leak_seen(s, 0) - (1048.576 + 32)) < 0.01);
	found = ncb_storm_leaks(s, why);
	if (found)
		assert_says(why, "1000 loads");
	else
		assert_string_equal(why, "");
	/* Nobody judges seven rounds. */
	s->memories = 7;
	assert_true(isnan(ncb_storm_leak_seen(s, 0)));
	ncb_storms_free(s);
	return found;
}

static uint64_t flat(unsigned int round)
{
	(void)round;
	return 5 << 20;
}

/* A cache fills up, then stays. */
static uint64_t filling(unsigned int round)
{
	return (uint64_t)(round < 8 ? round : 8) << 20;
}

/* 2 KiB for each load. */
static uint64_t growing(unsigned int round)
{
	return (uint64_t)round * 100 * 2048;
}

/* Much in the midst, and given back. */
static uint64_t hill(unsigned int round)
{
	return round > 10 && round < 19 ? 100 << 20 : 5 << 20;
}

static void test_leaks(void **state)
{
	(void)state;
	assert_false(leaks(flat));
	assert_false(leaks(filling));
	assert_false(leaks(hill));
	assert_true(leaks(growing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_a_template_without_its_name),
		cmocka_unit_test(test_a_packaged_module),
		cmocka_unit_test(test_lists_of_modules),
		cmocka_unit_test(test_what_is_ours),
		cmocka_unit_test(test_what_is_in_the_way),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_folders_of_others),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_judging),
		cmocka_unit_test(test_pairing),
		cmocka_unit_test(test_a_veto),
		cmocka_unit_test(test_lost_events),
		cmocka_unit_test(test_going_without_coming),
		cmocka_unit_test(test_announcements_of_others),
		cmocka_unit_test(test_twice_the_same),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_threads_that_cannot_start),
		cmocka_unit_test(test_partial_counters),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_looks_are_thinned),
		cmocka_unit_test(test_a_sampler_sees_something),
		cmocka_unit_test(test_modules_left),
		cmocka_unit_test(test_cgroup_limits),
		cmocka_unit_test(test_module_stats),
		cmocka_unit_test(test_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
