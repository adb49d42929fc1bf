// SPDX-License-Identifier: GPL-2.0-only
/* The bill: what is counted, what is not known, and chains, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../cache_lines.h"
#include "../memory/bill.h"
#include "../memory/packed.h"
#include "../part.h"

/* Block 24 -> 32, raw 8 -> 16, atomic 16 -> 24, blocking 48 -> 56; no SRCU head. */
static json_t *parts(void)
{
	static const int sizes[] = { 24, 8, 16, 48 };
	json_t *list = json_array();
	int i;

	for (i = 0; i < NCB_PARTS - 1; i++)
		json_array_append_new(list, json_pack("{ss s{si si si si} s{si si si si}}",
			"name", ncb_part_names[i], "now", "size", sizes[i], "slab", 32,
			"read_from", 0, "read_to", 16, "other", "size", sizes[i] + 8, "slab", 32,
			"read_from", 0, "read_to", 16));
	json_array_append_new(list, json_pack("{ss ss}", "name", ncb_part_names[NCB_PART_SRCU],
					      "reason", "none"));
	return list;
}

static json_t *part_of(json_t *census, enum ncb_part part)
{
	return json_array_get(json_object_get(census, "parts"), part);
}

static json_int_t whole(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void add(struct ncb_census *c, enum ncb_part part, uint64_t count, enum ncb_evidence by)
{
	ncb_census_add(c, &(struct ncb_census_item) { "vmlinux", "x", NULL, ".bss", part, count,
						      by });
}

/* -- the census -- */

static void test_exact(void **state)
{
	struct ncb_census c = { .images = 1 };
	json_t *types = parts(), *json;

	(void)state;
	add(&c, NCB_PART_BLOCK, 10, NCB_BY_DWARF);
	add(&c, NCB_PART_RAW, 3, NCB_BY_DWARF);
	json = ncb_census_json(&c, types);
	assert_true(json_is_true(json_object_get(json, "exact")));
	assert_int_equal(whole(json, "bytes"), 13 * 8);
	assert_int_equal(whole(json, "bytes_sure"), 13 * 8);
	assert_int_equal(whole(part_of(json, NCB_PART_RAW), "count"), 3);
	assert_int_equal(whole(part_of(json, NCB_PART_RAW), "bss"), 3);
	assert_string_equal(ncb_part_string(part_of(json, NCB_PART_RAW), "known"), "exact");
	/* None is a measurement where all of it was looked through. */
	assert_int_equal(whole(part_of(json, NCB_PART_ATOMIC), "count"), 0);
	assert_true(json_is_null(json_object_get(part_of(json, NCB_PART_SRCU), "more")));
	json_decref(json);
	json_decref(types);
	ncb_census_free(&c);
}

static void assert_unknown(const json_t *part)
{
	assert_true(json_is_null(json_object_get(part, "count")));
	assert_true(json_is_null(json_object_get(part, "bss")));
	assert_string_equal(ncb_part_string(part, "known"), "");
	assert_true(*ncb_part_string(part, "reason"));
}

/* What has no shape was not counted, and 0 of it would be a lie. */
static void test_by_shape(void **state)
{
	struct ncb_census c = { .images = 2, .by_shape = 1 };
	json_t *types = parts(), *json;

	(void)state;
	add(&c, NCB_PART_BLOCK, 4, NCB_BY_CALLBACK);
	add(&c, NCB_PART_BLOCK, 2, NCB_BY_SHAPE);
	add(&c, NCB_PART_BLOCKING, 1, NCB_BY_SHAPE);
	add(&c, NCB_PART_ATOMIC, 5, NCB_BY_DWARF);
	json = ncb_census_json(&c, types);
	assert_true(json_is_false(json_object_get(json, "exact")));
	assert_int_equal(whole(part_of(json, NCB_PART_BLOCK), "count"), 6);
	assert_string_equal(ncb_part_string(part_of(json, NCB_PART_BLOCK), "known"), "at least");
	assert_int_equal(whole(part_of(json, NCB_PART_BLOCKING), "count"), 1);
	/* Of the image that has debug information. */
	assert_int_equal(whole(part_of(json, NCB_PART_ATOMIC), "count"), 5);
	assert_string_equal(ncb_part_string(part_of(json, NCB_PART_ATOMIC), "known"), "at least");
	assert_unknown(part_of(json, NCB_PART_RAW));
	assert_unknown(part_of(json, NCB_PART_SRCU));
	assert_int_equal(whole(json, "bytes_sure"), (4 + 5) * 8);
	assert_int_equal(whole(json, "bytes"), (6 + 1 + 5) * 8);
	json_decref(json);
	c.by_map = 1;
	c.count[NCB_PART_BLOCKING][NCB_BY_SHAPE] = 0;
	json = ncb_census_json(&c, types);
	assert_unknown(part_of(json, NCB_PART_BLOCKING));
	assert_non_null(strstr(ncb_part_string(part_of(json, NCB_PART_BLOCKING), "reason"),
			       "System.map"));
	json_decref(json);
	json_decref(types);
	ncb_census_free(&c);
}

static void test_failed(void **state)
{
	struct ncb_census c = { .images = 1, .failed = 1 };
	json_t *types = parts(), *json = ncb_census_json(&c, types);

	(void)state;
	assert_true(json_is_false(json_object_get(json, "exact")));
	assert_string_equal(ncb_part_string(part_of(json, NCB_PART_BLOCK), "known"), "at least");
	json_decref(json);
	json_decref(types);
}

/* -- chains -- */

static json_t *holding(const char *name, int blocks, int heads, int size, int slab, int block)
{
	return json_pack("{ss s{si si si si si} sb s{si si si} s{si si si}}", "name", name, "held",
		"notifier_block", blocks, "raw_notifier_head", heads, "atomic_notifier_head", 0,
		"blocking_notifier_head", 0, "srcu_notifier_head", 0, "flexible", 0,
		"now", "size", size, "slab", slab, "block", block,
		"other", "size", size + 8, "slab", 2 * slab, "block", block + 56);
}

/* A call reads 16 bytes of each block. */
static void test_lines_read(void **state)
{
	(void)state;
	/* In an array, 24 bytes each: of the third its priority is in the next line, and not read. */
	assert_int_equal(ncb_lines_read(0, 16, 24, 3, 0, 3), 1);
	assert_int_equal(ncb_lines_read(0, 16, 24, 4, 0, 4), 2);
	assert_int_equal(ncb_lines_read(0, 24, 24, 3, 0, 3), 2);
	/* In slots of 96, at 56: of each other one in two lines. */
	assert_int_equal(ncb_lines_read(56, 72, 96, 42, 4096, 1), 2);
	assert_int_equal(ncb_lines_read(56, 72, 96, 42, 4096, 2), 3);
	assert_int_equal(ncb_lines_read(56, 72, 96, 42, 4096, 4), 6);
	assert_int_equal(ncb_lines_read(56, 72, 96, 42, 4096, 42), 63);
	/* The next slab begins with the next page. */
	assert_int_equal(ncb_lines_read(56, 72, 96, 42, 4096, 43), 65);
	assert_int_equal(ncb_lines_read(0, 16, 32, 128, 4096, 1024), 512);
	assert_int_equal(ncb_lines_read(56, 72, 8192, 1, 8192, 3), 6);
}

static void test_chains(void **state)
{
	json_t *types = parts(), *json, *one;
	json_t *structs = json_pack("[o o o o o]", holding("large", 1, 0, 4000, 4096, 0),
		holding("middle", 1, 0, 250, 256, 0), holding("small", 1, 0, 60, 64, 0),
		holding("two", 2, 0, 100, 128, 0), holding("chain", 1, 1, 200, 256, 0));

	(void)state;
	json = ncb_chains_json(types, structs);
	assert_string_equal(ncb_part_string(json, "struct"), "middle");
	assert_int_equal(json_array_size(json_object_get(json, "list")), 11);
	one = json_array_get(json_object_get(json, "list"), 3);
	assert_int_equal(whole(one, "blocks"), 8);
	assert_int_equal(whole(one, "packed_now"), 192);
	assert_int_equal(whole(one, "packed_other"), 256);
	assert_int_equal(whole(one, "alone_now"), 256);
	assert_int_equal(whole(one, "alone_other"), 256);
	assert_int_equal(whole(one, "lines_packed_now"), 3);
	assert_int_equal(whole(one, "lines_packed_other"), 4);
	assert_int_equal(whole(one, "lines_alone_now"), 4);
	assert_int_equal(whole(one, "embedded_now"), 8 * 256);
	assert_int_equal(whole(one, "embedded_other"), 8 * 512);
	assert_int_equal(whole(one, "lines_embedded_now"), 8);
	assert_int_equal(whole(one, "lines_embedded_other"), 16);
	one = json_array_get(json_object_get(json, "list"), 0);
	assert_int_equal(whole(one, "lines_packed_now"), 1);
	json_decref(json);
	json_array_clear(structs);
	json = ncb_chains_json(types, structs);
	one = json_array_get(json_object_get(json, "list"), 10);
	assert_int_equal(whole(one, "blocks"), 1024);
	assert_true(json_is_null(json_object_get(one, "embedded_now")));
	json_decref(json);
	json_decref(structs);
	json_decref(types);
}

/* -- packed files -- */

static void assert_contents(const char *path, const char *want)
{
	size_t size;
	char *got = ncb_packed_contents(path, &size);

	if (!want) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_int_equal(size, strlen(want));
	assert_string_equal(got, want);
	free(got);
}

static char *packed(const char *dir, const char *name, const char *text)
{
	char *path = ncb_format("%s/%s", dir, name);
	const char *argv[] = { "xz", "-f", path, NULL };
	struct ncb_spawn s = { .argv = argv };

	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	assert_int_equal(ncb_run_command(&s), 0);
	free(path);
	return ncb_format("%s/%s.xz", dir, name);
}

/* One file is unpacked once while it is held, and no other is taken for it. */
static void test_held_contents(void **state)
{
	char dir[] = "/tmp/ncbench-test.XXXXXX", *a, *b;
	int verbosity = ncb_verbosity;

	(void)state;
	assert_non_null(mkdtemp(dir));
	ncb_verbosity = -2;
	a = packed(dir, "a.ko", "types and symbols");
	b = packed(dir, "b.ko", "others");
	ncb_packed_hold(a);
	assert_contents(a, "types and symbols");
	assert_contents(b, "others");
	assert_int_equal(unlink(a), 0);
	assert_contents(a, "types and symbols");
	ncb_packed_hold(b);
	assert_contents(a, NULL);
	assert_contents(b, "others");
	ncb_packed_hold(NULL);
	assert_int_equal(unlink(b), 0);
	assert_contents(b, NULL);
	ncb_verbosity = verbosity;
	ncb_remove_tree(dir);
	free(a);
	free(b);
}

static void test_module_names(void **state)
{
	(void)state;
	assert_true(ncb_is_module("a.ko") && ncb_is_module("a.ko.zst"));
	assert_false(ncb_is_module("a.ko.debug") || ncb_is_module(".ko"));
}

/* -- images -- */

static void test_sizes(void **state)
{
	struct ncb_sizes s = { .bytes = { 10, 20, 30 }, .total = 60, .sections = 3 };
	json_t *json = ncb_sizes_json(&s);

	(void)state;
	/* What is init only symbols tell. */
	assert_true(json_is_null(json_object_get(json, "init")));
	assert_true(json_is_null(json_object_get(json, "symbols")));
	assert_int_equal(whole(json, "text"), 10);
	json_decref(json);
	s.has_symbols = true;
	json = ncb_sizes_json(&s);
	assert_int_equal(whole(json, "init"), 0);
	json_decref(json);
}

static void test_heads_that_moved(void **state)
{
	struct ncb_size_change symbol[] = { { "chain", ".bss", ".data", 8, 16, 1 },
					    { "other", ".bss", ".data", 8, 16, 1 } };
	struct ncb_sizes_diff d = { .symbol = symbol, .symbols = 2, .moved = 2 };
	struct ncb_census c = { .images = 1 };
	json_t *json;

	(void)state;
	ncb_census_add(&c, &(struct ncb_census_item) { "vmlinux", "chain", NULL, ".bss",
						       NCB_PART_RAW, 1, NCB_BY_DWARF });
	json = ncb_sizes_diff_json(&d, &c, true);
	assert_int_equal(whole(json, "moved"), 2);
	assert_int_equal(json_array_size(json_object_get(json, "heads_moved")), 1);
	assert_string_equal(ncb_part_string(json_array_get(json_object_get(json, "heads_moved"), 0),
					    "name"), "chain");
	json_decref(json);
	json = ncb_sizes_diff_json(&d, &c, false);
	assert_true(json_is_null(json_object_get(json, "moved")));
	assert_true(json_is_null(json_object_get(json, "heads_moved")));
	json_decref(json);
	ncb_census_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_by_shape),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_lines_read),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_held_contents),
		cmocka_unit_test(test_module_names),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_heads_that_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
