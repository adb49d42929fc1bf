// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory in runs and reports. golden/memory.json is made by hand; the report of it is
 * rewritten with NCBENCH_UPDATE_GOLDEN=1 in the environment; look at the difference then.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../memory.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define INPUT	"bench/tests/golden/memory.json"
#define GOLDEN	"bench/tests/golden/report-memory.txt"

static char *tmp;

/* -- helpers -- */

static json_t *memory(void)
{
	char *path = ncb_format("%s/" INPUT, ncb_top());
	json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(path);
	return json;
}

/* @path: names and numbers of entries, separated by dots. */
static json_t *at(json_t *json, const char *path)
{
	char *copy = ncb_copy(path), *save = NULL, *key;

	for (key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save)) {
		json = json_is_array(json) ? json_array_get(json, atoi(key)) :
					     json_object_get(json, key);
		if (!json)
			fail_msg("no %s in %s", key, path);
	}
	free(copy);
	return json;
}

static void memory_run(struct ncb_rundata *r, json_t *json)
{
	ncb_rundata_init(r);
	r->memory = json;
	r->name = ncb_copy("memory");
	r->target = ncb_copy("files");
	r->profile = ncb_copy("memory");
	ncb_env_set(r, "kernel_release", "6.1.0-test");
	ncb_env_set(r, "command", "make memory VMLINUX=6.1");
}

static char *report_of(json_t *json, bool full)
{
	struct ncb_rundata r;
	char *text;

	memory_run(&r, json);
	text = made(&r, full, ncb_report_text);
	ncb_rundata_free(&r);
	return text;
}

/* -- reports -- */

static void test_golden(void **state)
{
	char *path = ncb_format("%s/" GOLDEN, ncb_top());
	char *brief = report_of(memory(), false), *full = report_of(memory(), true);
	char *text = ncb_format("%s\n%s", brief, full), *golden;

	(void)state;
	if (getenv("NCBENCH_UPDATE_GOLDEN"))
		assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	golden = ncb_read_file(path, NULL);
	assert_non_null(golden);
	assert_string_equal(text, golden);
	assert_quotable(text);
	free(golden);
	free(text);
	free(full);
	free(brief);
	free(path);
}

static void test_bottom_line(void **state)
{
	char *text = report_of(memory(), false);

	(void)state;
	assert_words(text, "+3680 bytes static in this kernel and at least +400 in its 100 modules, "
		     "+8 bytes per block and head, at least 2 structs change slab class");
	assert_words(text, "notifier_block 24 -> 32 (DWARF, dlist computed)");
	assert_words(text, "raw_notifier_head n/a");
	free(text);
}

/* The same kernel, patched: what is saved there is the same cost. */
static void test_other_direction(void **state)
{
	json_t *m = memory(), *census;
	char *text;

	(void)state;
	json_object_set_new(m, "design", json_string("dlist"));
	json_object_set_new(m, "other_design", json_string("slist"));
	census = at(m, "census.image");
	json_object_set_new(census, "bytes", json_integer(-3680));
	json_object_set_new(census, "bytes_sure", json_integer(-3680));
	text = report_of(m, true);
	assert_words(text, "+3680 bytes static in this kernel");
	/* What is read is 24, and is called the new one. */
	assert_words(text, "notifier_block 32 -> 24 (DWARF, slist computed)");
	assert_words(text, "-8 bytes per block and head");
	assert_words(text, "array 32768 -> 24576 bytes, 512 -> 384 cache lines");
	free(text);
}

static void test_not_measured(void **state)
{
	json_t *m = memory(), *census = at(m, "census");
	char *text;

	(void)state;
	json_object_set_new(census, "image", json_pack("{ss}", "reason", "BTF alone was given"));
	json_object_set_new(m, "image", json_pack("{ss}", "reason", "BTF alone was given"));
	assert_null(ncb_memory_check(m));
	text = report_of(m, false);
	assert_words(text, "bytes static in the kernel itself n/a and at least +400");
	assert_words(text, "static blocks and heads n/a: BTF alone was given");
	assert_words(text, "sizes n/a: BTF alone was given");
	assert_silent(text, "+0 bytes");
	free(text);
}

/* Beside rows it is one section among others. */
static void test_beside_rows(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.memory = memory();
	assert_false(ncb_memory_only(&r));
	text = made(&r, false, ncb_report_text);
	assert_says(text, "cost of notifier chains");
	assert_words(text, "+3680 bytes static in this kernel");
	free(text);
	ncb_rundata_free(&r);
}

static void test_html(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	memory_run(&r, memory());
	text = made(&r, true, ncb_report_html);
	assert_says(text, "what notifier chains take in memory");
	assert_says(text, "reboot_list");
	assert_says(text, "64 -&gt; 96");
	free(text);
	ncb_rundata_free(&r);
}

/* Two kernels as they are: a lower bound is not subtracted from anything. */
static void test_compare(void **state)
{
	struct ncb_rundata a, b;
	struct ncb_report *report;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	memory_run(&a, memory());
	memory_run(&b, memory());
	json_object_set_new(at(b.memory, "parts.0.now"), "size", json_integer(32));
	json_object_set_new(at(b.memory, "structs.0.now"), "size", json_integer(80));
	json_object_set_new(at(b.memory, "census.image.parts.0"), "count", json_integer(410));
	json_object_set_new(at(b.memory, "census.modules.parts.0"), "count", json_integer(60));
	json_object_set_new(at(b.memory, "image"), "text", json_null());
	report = ncb_memory_compare(&a, &b);
	assert_int_equal(ncb_report_put_text(report, f, false), 0);
	fclose(f);
	assert_quotable(text);
	assert_words(text, "notifier_block 24 32 +8");
	assert_words(text, "watch 64 80 +16");
	assert_silent(text, "driver");
	assert_words(text, "notifier_block, in image 400 410 +10");
	assert_words(text, "notifier_block, in modules 53 60 at least");
	assert_words(text, "raw_notifier_head, in modules n/a n/a n/a");
	assert_words(text, "text 20000000 n/a n/a");
	free(text);
	ncb_report_free(report);
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
}

/* -- files -- */

static void test_kept(void **state)
{
	char *dir = ncb_format("%s/kept", tmp), *path = ncb_format("%s/result.json", dir), *text;
	struct ncb_rundata r, back;

	(void)state;
	memory_run(&r, memory());
	assert_int_equal(ncb_result_save(&r, dir), 0);
	assert_int_equal(ncb_result_load(&back, dir), 0);
	assert_true(json_equal(r.memory, back.memory));
	assert_true(ncb_memory_only(&back));
	text = ncb_read_file(path, NULL);
	/* Readers of before would say that nothing was measured. */
	assert_says(text, "\"schema_version\": 4,");
	free(text);
	ncb_rundata_free(&back);
	ncb_rundata_free(&r);
	free(path);
	free(dir);
}

/* A run of nothing is still none. */
static void test_no_figures_no_run(void **state)
{
	char *dir = ncb_format("%s/none", tmp);
	struct ncb_rundata r, back;

	(void)state;
	assert_int_equal(ncb_make_dirs(dir), 0);
	memory_run(&r, json_pack("{ss}", "reason", "there is no BTF"));
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	assert_int_equal(ncb_result_load(&back, dir), -EBADMSG);
	ncb_rundata_free(&back);
	ncb_rundata_free(&r);
	free(dir);
}

/* -- what is refused -- */

static const struct {
	const char *where, *key, *to, *damaged;
} damages[] = {
	{ "", "version", "2", "memory" },
	{ "", "design", "\"tree\"", "memory" },
	{ "", "other_design", "\"slist\"", "memory" },
	{ "", "source", "\"guess\"", "memory" },
	{ "", "file", "\"a\\nb\"", "memory" },
	{ "", "parts", "[]", "memory.parts" },
	{ "parts.0", "name", "7", "memory.parts" },
	{ "parts.0.now", "size", "-24", "memory.parts" },
	{ "parts.0.other", "size", "\"32\"", "memory.parts" },
	{ "parts.4", "reason", "\"\"", "memory.parts" },
	{ "", "structs", "{}", "memory.structs" },
	{ "structs.0", "held", "{}", "memory.structs" },
	{ "structs.0", "other", "null", "memory.structs" },
	{ "structs.0", "modules", "-1", "memory.structs" },
	{ "structs.0.now", "slab", "9007199254740993", "memory.structs" },
	{ "structs.2", "other_between", "[256, 192]", "memory.structs" },
	{ "structs.2", "other_between", "[192]", "memory.structs" },
	{ "summary", "structs", "4", "memory.summary" },
	{ "summary", "not_computed", "0", "memory.summary" },
	{ "summary", "slab_changes", "5", "memory.summary" },
	{ "rules", "explained", "9001", "memory.rules" },
	{ "rules", "not_explained", "[1]", "memory.rules" },
	{ "modules", "read", "null", "memory.modules" },
	{ "patched", "differ", "[{}]", "memory.patched" },
	{ "image", "total", "35000001", "memory.image" },
	{ "image", "text", "null", "memory.image" },
	{ "census", "image", "null", "memory.census" },
	{ "census.image", "bytes", "3681", "memory.census" },
	{ "census.modules", "bytes_sure", "440", "memory.census" },
	{ "census.image", "exact", "1", "memory.census" },
	{ "census.image", "parts", "[]", "memory.census" },
	{ "census.image.parts.0", "count", "401", "memory.census" },
	{ "census.image.parts.0", "known", "\"\"", "memory.census" },
	{ "census.modules.parts.1", "count", "0", "memory.census" },
	{ "census.modules.parts.1", "reason", "\"\"", "memory.census" },
	{ "chains", "list", "null", "memory.chains" },
	{ "chains.list.0", "packed_now", "null", "memory.chains" },
	{ "against", "file", "null", "memory.against" },
	{ "against.changes", "symbols", "7", "memory.against" },
	{ "against.changes.symbols.0", "old", "-1", "memory.against" },
};

static void test_damaged(void **state)
{
	json_t *m = memory();
	size_t i;

	(void)state;
	assert_null(ncb_memory_check(m));
	assert_null(ncb_memory_check(NULL));
	assert_string_equal(ncb_memory_check(json_null()), "memory");
	json_decref(m);
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		const char *got;

		m = memory();
		json_object_set_new(at(m, damages[i].where), damages[i].key,
				    json_loads(damages[i].to, JSON_DECODE_ANY, NULL));
		got = ncb_memory_check(m);
		if (!got || strcmp(got, damages[i].damaged))
			fail_msg("%s.%s = %s: %s", damages[i].where, damages[i].key,
				 damages[i].to, got ? got : "believed");
		json_decref(m);
	}
}

static void test_refused_with_its_name(void **state)
{
	char *dir = ncb_format("%s/damaged", tmp);
	struct ncb_rundata r, back;

	(void)state;
	assert_int_equal(ncb_make_dirs(dir), 0);
	memory_run(&r, memory());
	json_object_set_new(at(r.memory, "census.image"), "bytes", json_integer(1));
	assert_int_equal(ncb_result_save_raw(&r, dir), 0);
	assert_int_equal(ncb_result_load(&back, dir), -EBADMSG);
	ncb_rundata_free(&back);
	ncb_rundata_free(&r);
	free(dir);
}

static int set_up(void **state)
{
	(void)state;
	tmp = ncb_copy("/tmp/ncbench-test.XXXXXX");
	ncb_verbosity = -2;
	return mkdtemp(tmp) ? 0 : -1;
}

static int clean_up(void **state)
{
	(void)state;
	ncb_remove_tree(tmp);
	free(tmp);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_bottom_line),
		cmocka_unit_test(test_other_direction),
		cmocka_unit_test(test_not_measured),
		cmocka_unit_test(test_beside_rows),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_no_figures_no_run),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refused_with_its_name),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
