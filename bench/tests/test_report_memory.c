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
#include "../format.h"
#include "../memory.h"
#include "../report_compare.h"
#include "memory_run.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"
#include "verified.h"

#define GOLDEN	"bench/tests/golden/report-memory.txt"

static char *tmp;

/* -- helpers -- */

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

static void test_live(void **state)
{
	json_t *m = memory();
	char *text = report_of(json_incref(m), true);

	(void)state;
	assert_words(text, "registered 6 blocks on 2 chains that begin at static heads (/proc/kcore), "
		     "+8 bytes each: 4 static, 2 allocated");
	assert_words(text, "9 registered, 2 unregistered (tracepoints); 7 are left");
	assert_words(text, "4 of these are on those chains, 3 on none (heads in allocated memory are not looked for); 2 more");
	assert_words(text, "net_namespace: 10 objects of 4160 -> 4224 bytes, together +640; 7 -> 7 in a slab "
		     "(struct net), if struct net takes 4224, of 4160 .. 4224");
	assert_words(text, "watch: 30 objects of 64 -> 128 bytes, together +1920; 64 -> 32 in a slab (struct "
		     "watch); other caches may be merged into it");
	assert_words(text, "objects of the other 1 of the kernel's 3 structs n/a");
	/* One of three is none: that is for people to look at. */
	assert_words(text, "followed [BAD] of 100000 words");
	assert_words(text, "pointer: its blocks are on another chain");
	assert_words(text, "bus_notify 2 times, pm_notify");
	assert_words(text, "reboot_list blocking 5 3 first, second_of_them_with_a_long_name, third ...");
	assert_words(text, "chain [driver] atomic? 1 1 called");
	assert_words(text, "classes [ok] kmalloc() of the kernel that ran has the sizes");
	free(text);
	json_object_set_new(at(m, "live.slab"), "classes", json_false());
	text = report_of(json_incref(m), true);
	assert_words(text, "classes [BAD] kmalloc() of the kernel that ran has other sizes");
	free(text);
	json_object_set_new(at(m, "live.slab"), "classes", json_null());
	text = report_of(json_incref(m), true);
	assert_words(text, "classes slab is computed with the sizes of kmalloc() on x86-64");
	free(text);
	/* Of a kernel that is patched the other way round. */
	json_object_set_new(m, "design", json_string("dlist"));
	json_object_set_new(m, "other_design", json_string("slist"));
	json_object_set_new(at(m, "live.walk"), "more", json_integer(-8));
	text = report_of(m, true);
	assert_words(text, "+8 bytes each: 4 static");
	assert_words(text, "10 objects of 4224 -> 4160 bytes, together -640");
	free(text);
}

static void test_live_not_known(void **state)
{
	static const char *const parts[] = { "walk", "traced", "slab" };
	json_t *m = memory(), *live = at(m, "live");
	char *text;
	size_t i;

	(void)state;
	json_object_set_new(at(live, "traced"), "not_reached", json_null());
	json_object_set_new(at(live, "traced"), "missing", json_array());
	assert_null(ncb_memory_check(m));
	text = report_of(json_incref(m), false);
	assert_silent(text, "of these are on those chains");
	free(text);
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		json_object_set_new(live, parts[i], json_pack("{ss}", "reason", "not root"));
	assert_null(ncb_memory_check(m));
	text = report_of(json_incref(m), true);
	assert_words(text, "blocks on chains n/a: not root");
	assert_words(text, "registrations n/a: not root");
	assert_words(text, "objects n/a: not root");
	assert_silent(text, "followed");
	assert_silent(text, "0 blocks");
	free(text);
	json_object_set_new(m, "live", json_pack("{ss}", "reason", "no BTF"));
	assert_null(ncb_memory_check(m));
	text = report_of(json_incref(m), false);
	assert_words(text, "registered n/a: no BTF");
	free(text);
	/* Runs of before have none. */
	json_object_del(m, "live");
	assert_null(ncb_memory_check(m));
	text = report_of(m, true);
	assert_silent(text, "registered");
	free(text);
}

static void run_of_rows(struct ncb_rundata *r)
{
	ncb_rundata_init(r);
	ncb_synthetic(r, &ncb_truth_insn);
	ncb_synthetic_memory(r);
}

/* Beside rows it is a few lines; the rest is left to the full view and the page. */
static void test_beside_rows(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	run_of_rows(&r);
	assert_false(ncb_memory_only(&r));
	text = made(&r, false, ncb_report_text);
	assert_says(text, "cost of notifier chains");
	assert_words(text, "memory +3680 bytes static in this kernel and at least +400 in its 100 "
		     "modules, +8 bytes per block and head, 2 structs change slab class (with "
		     "modules; DWARF, computed) bytes notifier_block");
	assert_silent(text, "\nstructs ");
	assert_silent(text, "layouts");
	free(text);
	text = made(&r, true, ncb_report_text);
	assert_words(text, "DWARF, computed); of vmlinux-6.1 types notifier_block 24 -> 32");
	assert_words(text, "watch 64 -> 72, slab 64 -> 96");
	assert_says(text, "structs that hold blocks or heads, bytes");
	assert_words(text, "layouts [ok] 8999 of 9000");
	assert_words(text, "sizes [ok] 9 of 9 sizes of blocks and heads, read or computed, are what "
		     "ncbench.ko was compiled with");
	free(text);
	text = made(&r, true, ncb_report_html);
	assert_says(text, "<b>+8</b><i>bytes a notifier block</i>");
	assert_says(text, "2 of 4 structs that hold some change slab class");
	free(text);
	ncb_rundata_free(&r);
}

/* Types of the kernel alone, without an image: as a guest's packaged kernel is. */
static void test_vmlinux_alone(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	run_of_rows(&r);
	json_object_del(r.memory, "modules");
	json_object_set_new(at(r.memory, "census"), "image", json_pack("{ss}", "reason", "no symbols"));
	json_object_set_new(at(r.memory, "census"), "modules", json_pack("{ss}", "reason", "none given"));
	text = made(&r, false, ncb_report_text);
	assert_words(text, "memory static n/a, +8 bytes per block and head, 2 structs change slab class "
		     "(vmlinux alone; DWARF, computed) bytes");
	free(text);
	text = made(&r, true, ncb_report_text);
	assert_words(text, "static blocks and heads n/a: no symbols");
	assert_words(text, "static blocks and heads n/a: none given");
	free(text);
	ncb_rundata_free(&r);
}

/* The file was of another kernel, or a rule of C is not the compiler's. */
static void test_compiled_otherwise(void **state)
{
	struct ncb_rundata r;
	char *text;
	size_t i;
	int arm;

	(void)state;
	run_of_rows(&r);
	for (i = 0; i < r.nrows; i++) {
		arm = ncb_row_arm_find(&r.rows[i], "native");
		if (arm >= 0 && r.rows[i].arm[arm].node_size)
			r.rows[i].arm[arm].node_size = 40;
		arm = ncb_row_arm_find(&r.rows[i], "dlist");
		if (arm >= 0 && r.rows[i].type == NCB_RAW && r.rows[i].arm[arm].node_size)
			r.rows[i].arm[arm].head_size = 24;
	}
	text = made(&r, false, ncb_report_text);
	assert_words(text, "sizes [BAD] 7 of 9 sizes of blocks and heads, read or computed, are what "
		     "ncbench.ko was compiled with; notifier_block is 24 here, 40 there (native); "
		     "raw_notifier_head is 16 here, 24 there (dlist)");
	free(text);
	ncb_rundata_free(&r);
}

/* On a patched kernel what was read is the new design. */
static void test_compiled_on_a_patched_kernel(void **state)
{
	struct ncb_rundata r;
	json_t *parts, *part, *now;
	char *text;
	size_t i;
	int arm;

	(void)state;
	run_of_rows(&r);
	json_object_set_new(r.memory, "design", json_string("dlist"));
	json_object_set_new(r.memory, "other_design", json_string("slist"));
	parts = at(r.memory, "parts");
	json_array_foreach(parts, i, part) {
		now = json_incref(json_object_get(part, "now"));
		if (!now)
			continue;
		json_object_set(part, "now", json_object_get(part, "other"));
		json_object_set_new(part, "other", now);
	}
	for (i = 0; i < r.nrows; i++) {
		arm = ncb_row_arm_find(&r.rows[i], "native");
		if (arm < 0 || !r.rows[i].arm[arm].node_size)
			continue;
		r.rows[i].arm[arm].node_size += 8;
		r.rows[i].arm[arm].head_size += 8;
	}
	text = made(&r, true, ncb_report_text);
	assert_words(text, "sizes [ok] 9 of 9");
	free(text);
	ncb_rundata_free(&r);
}

/* No figures, and why; the run is what it is without them. */
static void test_reason_beside_rows(void **state)
{
	char *dir = ncb_format("%s/reason", tmp), *text;
	struct ncb_rundata r, back;

	(void)state;
	ncb_rundata_init(&r);
	ncb_synthetic(&r, &ncb_truth_insn);
	r.memory = json_pack("{ss}", "reason", "target user measures no kernel");
	assert_int_equal(ncb_result_save(&r, dir), 0);
	assert_int_equal(ncb_result_load(&back, dir), 0);
	text = made(&back, false, ncb_report_text);
	assert_says(text, "\nmemory      n/a: target user measures no kernel\n");
	assert_silent(text, "slab class");
	free(text);
	text = made(&back, true, ncb_report_html);
	assert_says(text, "n/a: target user measures no kernel");
	assert_silent(text, "notifier block</i>");
	free(text);
	ncb_rundata_free(&back);
	ncb_rundata_free(&r);
	free(dir);
}

/* Readers of before know all of it but the part, which they pass over. */
static void test_kept_beside_rows(void **state)
{
	char *dir = ncb_format("%s/beside", tmp), *path = ncb_format("%s/result.json", dir), *text;
	struct ncb_rundata r, back;

	(void)state;
	run_of_rows(&r);
	assert_int_equal(ncb_result_save(&r, dir), 0);
	text = ncb_read_file(path, NULL);
	assert_says(text, "\"schema_version\": 1,");
	free(text);
	assert_int_equal(ncb_result_load(&back, dir), 0);
	assert_true(json_equal(r.memory, back.memory));
	assert_int_equal(back.nsamples, r.nsamples);
	ncb_rundata_free(&back);
	ncb_rundata_free(&r);
	free(path);
	free(dir);
}

/* A quoted line about memory is held against the run like any other. */
static void test_verified(void **state)
{
	static const char *const changes[][2] = {
		{ "+3680 bytes", "+3688 bytes" }, { "+8 bytes per block", "+4 bytes per block" },
		{ "2 structs change", "3 structs change" },
	};
	struct ncb_verified found;
	struct ncb_rundata r;
	char *text, *line;
	size_t i;

	(void)state;
	run_of_rows(&r);
	text = made(&r, true, ncb_report_text);
	found = verify(&r, text);
	assert_int_equal(found.differ, 0);
	assert_int_equal(found.unplaced, 0);
	free(text);
	text = made(&r, false, ncb_report_text);
	assert_int_equal(verify(&r, text).differ, 0);
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		line = strstr(text, changes[i][0]);
		assert_non_null(line);
		assert_int_equal(strlen(changes[i][0]), strlen(changes[i][1]));
		memcpy(line, changes[i][1], strlen(changes[i][1]));
		found = verify(&r, text);
		assert_true(found.differ + found.unplaced > 0);
		memcpy(line, changes[i][0], strlen(changes[i][0]));
	}
	free(text);
	ncb_rundata_free(&r);
}

/* A table that is too wide has the cells of a row below its name. */
static void test_wide_rows_verified(void **state)
{
	struct ncb_verified found;
	struct ncb_rundata r;
	char *text, *line;

	(void)state;
	memory_run(&r, memory());
	/* Its name is another one's, too: both stand there. */
	json_object_set_new(at(r.memory, "structs.1"), "name", json_string("watch"));
	text = made(&r, true, ncb_report_text);
	found = verify(&r, text);
	assert_int_equal(found.differ, 0);
	assert_int_equal(found.unplaced, 0);
	line = strstr(text, "\n  1 0 64 -> 72 ");
	assert_non_null(line);
	memcpy(line, "\n  1 0 64 -> 80 ", strlen("\n  1 0 64 -> 80 "));
	found = verify(&r, text);
	assert_int_equal(found.differ, 1);
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
	/* Its one picture stands in the summary: nothing leads to a heading that is not there. */
	assert_silent(text, "#pictures");
	free(text);
	ncb_rundata_free(&r);
}

/* What a comparison of @a and @b prints; malloc'd. */
static char *compared(const struct ncb_rundata *a, const struct ncb_rundata *b,
		      const struct ncb_comparison_format *format, bool full)
{
	struct ncb_stats *old = ncb_stats_new(a), *new = ncb_stats_new(b);
	struct ncb_side sides[] = { { .stats = &old, .runs = 1, .label = "old" },
				    { .stats = &new, .runs = 1, .label = "new" } };
	struct ncb_comparison *c = ncb_compare_runs(&sides[0], &sides[1], "native", NULL);
	struct ncb_report *report;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (format) {
		assert_int_equal(ncb_format_write(format, c, f), 0);
	} else {
		report = ncb_report_comparison(c);
		assert_int_equal(ncb_report_put_text(report, f, full), 0);
		ncb_report_free(report);
	}
	fclose(f);
	ncb_comparison_free(c);
	ncb_stats_free(old);
	ncb_stats_free(new);
	return text;
}

/* Runs of rows: memory stands beside them, or why it does not. */
static void test_compare_rows(void **state)
{
	struct ncb_rundata a, b;
	char *text;

	(void)state;
	run_of_rows(&a);
	run_of_rows(&b);
	json_object_set_new(at(b.memory, "structs.0.now"), "size", json_integer(72));
	text = compared(&a, &b, NULL, true);
	assert_words(text, "watch 64 -> 72");
	free(text);
	json_decref(b.memory);
	b.memory = json_pack("{ss}", "reason", "no BTF");
	text = compared(&a, &b, NULL, false);
	assert_words(text, "memory n/a: new side: no BTF");
	assert_silent(text, "watch");
	free(text);
	json_decref(b.memory);
	b.memory = NULL;
	text = compared(&a, &b, NULL, false);
	assert_words(text, "memory n/a: new side: its run has nothing about memory");
	free(text);
	json_decref(a.memory);
	a.memory = NULL;
	text = compared(&a, &b, NULL, false);
	assert_silent(text, "memory n/a");
	free(text);
	ncb_rundata_free(&a);
	ncb_rundata_free(&b);
}

/* What one side alone knows is no row of other tools. */
static void test_formats(void **state)
{
	const struct ncb_comparison_format *format;
	struct ncb_rundata a, b, with;
	char *plain, *beside;

	(void)state;
	ncb_rundata_init(&a);
	ncb_synthetic(&a, &ncb_truth_insn);
	ncb_rundata_init(&b);
	ncb_synthetic(&b, &ncb_truth_insn);
	run_of_rows(&with);
	for (format = ncb_formats; format->name; format++) {
		plain = compared(&a, &b, format, false);
		beside = compared(&a, &with, format, false);
		assert_string_equal(plain, beside);
		free(beside);
		free(plain);
	}
	ncb_rundata_free(&with);
	ncb_rundata_free(&b);
	ncb_rundata_free(&a);
}

/* -- the picture -- */

static char *drawn(const struct ncb_rundata *r)
{
	char *dir = ncb_format("%s/drawn", tmp), *path = ncb_format("%s/plots/memory.tsv", dir), *text;
	char *svg = ncb_format("%s/plots/memory.svg", dir);

	assert_int_equal(ncb_plot_make(r, dir, "memory"), ncb_have_command("gnuplot") ? 0 : -ENOENT);
	assert_true(ncb_exists(svg) || !ncb_have_command("gnuplot"));
	text = ncb_read_file(path, NULL);
	assert_non_null(text);
	ncb_remove_tree(dir);
	free(svg);
	free(path);
	free(dir);
	return text;
}

static void test_picture(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	memory_run(&r, memory());
	text = drawn(&r);
	assert_says(text, "\n0\t3200\t0\tstatic blocks, vmlinux\t+3200\n");
	assert_says(text, "\n1\t480\t0\tstatic heads, vmlinux\t+480\n");
	/* What is sure is a lower bound; what only looks like a head is none. */
	assert_says(text, "\n2\t400\t1\tstatic blocks, modules\tat least +400\n");
	assert_says(text, "\n3\t0\t3\tstatic heads, modules\tn/a: all zero, as much else is: debug "
		    "information would tell\n");
	assert_says(text, "\n4\t16\t1\tallocated blocks, on chains\tat least +16\n");
	assert_says(text, "\tdata, patched vmlinux\t+3200\n");
	assert_says(text, "\n7\t-400\t0\tbss, patched vmlinux\t-400\n");
	assert_says(text, "\n0\t512\t2\tblocks in an array\t+512 (1536 -> 2048)\n");
	assert_says(text, "\n1\t0\t2\teach from kmalloc()\t+0 (2048 -> 2048)\n");
	/* The two whose class changes, and no other struct. */
	assert_says(text, "\n0\t32\t2\twatch\t+32 (64 -> 96)\n1\t32\t2\tchain\t+32 (96 -> 128)\n");
	assert_silent(text, "driver");
	free(text);
	ncb_rundata_free(&r);
}

/* Nothing is drawn of what was not asked for, and nothing as 0 that is not known. */
static void test_picture_of_little(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	memory_run(&r, memory());
	json_object_set_new(at(r.memory, "census"), "image", json_pack("{ss}", "reason", "it's \"odd\""));
	json_object_set_new(r.memory, "patched", json_null());
	json_object_set_new(at(r.memory, "chains"), "list", json_array());
	json_object_set_new(at(r.memory, "live"), "walk", json_pack("{ss}", "reason", "not root"));
	text = drawn(&r);
	assert_says(text, "\tallocated blocks, on chains\tn/a: not root\n");
	assert_says(text, "\n0\t0\t3\tstatic blocks, vmlinux\tn/a: it?s ?odd?\n");
	/* Two kernels of one design say nothing of the other. */
	assert_silent(text, "patched vmlinux");
	assert_silent(text, "in an array");
	free(text);
	json_decref(r.memory);
	r.memory = json_pack("{ss}", "reason", "no BTF");
	assert_int_equal(ncb_plot_make(&r, tmp, "memory"), -ENODATA);
	ncb_rundata_free(&r);
}

/* From the older design to the newer one on a patched kernel, too. */
static void test_picture_of_a_patched_kernel(void **state)
{
	struct ncb_rundata r;
	char *text;

	(void)state;
	memory_run(&r, memory());
	json_object_set_new(r.memory, "design", json_string("dlist"));
	json_object_set_new(r.memory, "other_design", json_string("slist"));
	text = drawn(&r);
	assert_says(text, "\tstatic blocks, vmlinux\t-3200\n");
	assert_says(text, "\tbss, patched vmlinux\t+400\n");
	assert_says(text, "\tblocks in an array\t-512 (2048 -> 1536)\n");
	free(text);
	ncb_rundata_free(&r);
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
	{ "live", "types", "-1", "memory.live" },
	{ "live", "walk", "7", "memory.live.walk" },
	{ "live.walk", "blocks", "7", "memory.live.walk" },
	{ "live.walk", "static", "5", "memory.live.walk" },
	{ "live.walk", "allocated", "3", "memory.live.walk" },
	{ "live.walk", "callbacks", "2", "memory.live.walk" },
	{ "live.walk", "more", "\"8\"", "memory.live.walk" },
	{ "live.walk.chains.1", "blocks", "[]", "memory.live.walk" },
	{ "live.walk.chains.1", "type", "null", "memory.live.walk" },
	{ "live.walk.chains.0.blocks.0", "static", "null", "memory.live.walk" },
	{ "live.walk.refusals.0", "why", "null", "memory.live.walk" },
	{ "live.traced", "there", "10", "memory.live.traced" },
	{ "live.traced", "there", "2", "memory.live.traced" },
	{ "live.traced", "not_reached", "2", "memory.live.traced" },
	{ "live.traced", "not_reached", "null", "memory.live.traced" },
	{ "live.traced.early.0", "count", "2", "memory.live.traced" },
	{ "live.slab", "unknown", "2", "memory.live.slab" },
	{ "live.slab.caches.0", "objects", "null", "memory.live.slab" },
	{ "live.slab.caches.0", "other_between", "[2, 1]", "memory.live.slab" },
	{ "live.slab.caches.0", "other_object", "null", "memory.live.slab" },
	{ "live.slab.caches.0", "other_per_slab", "null", "memory.live.slab" },
	{ "live.slab.caches.0", "objects", "9007199254740992", "memory.live.slab" },
	{ "live.slab.caches.1", "other", "\"72\"", "memory.live.slab" },
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
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_live_not_known),
		cmocka_unit_test(test_beside_rows),
		cmocka_unit_test(test_vmlinux_alone),
		cmocka_unit_test(test_compiled_otherwise),
		cmocka_unit_test(test_compiled_on_a_patched_kernel),
		cmocka_unit_test(test_reason_beside_rows),
		cmocka_unit_test(test_kept_beside_rows),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_wide_rows_verified),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_compare_rows),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_picture_of_little),
		cmocka_unit_test(test_picture_of_a_patched_kernel),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_no_figures_no_run),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refused_with_its_name),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
