// SPDX-License-Identifier: GPL-2.0-only
/* Memory before and after: what is compared, what is not, and what is pasted of it. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../compare_memory.h"
#include "../format.h"
#include "../report_compare.h"
#include "../runset.h"
#include "../trend.h"
#include "../verify.h"
#include "memory_run.h"
#include "printed.h"
#include "says.h"
#include "synthetic.h"

#define RUNS	3

static const struct ncb_compare_options plain;

struct set {
	struct ncb_rundata run[RUNS];
	struct ncb_stats *stats[RUNS];
	struct ncb_side side;
};

static void add_run(struct set *set, json_t *json, const char *label)
{
	size_t i = set->side.runs++;

	memory_run(&set->run[i], json);
	ncb_env_set(&set->run[i], "date", label);
	set->stats[i] = ncb_stats_new(&set->run[i]);
	set->side.label = label;
	set->side.stats = set->stats;
}

static void free_set(struct set *set)
{
	size_t i;

	for (i = 0; i < set->side.runs; i++) {
		ncb_stats_free(set->stats[i]);
		ncb_rundata_free(&set->run[i]);
	}
}

static void put(json_t *m, const char *path, const char *key, json_int_t value)
{
	json_object_set_new(at(m, path), key, json_integer(value));
}

/* Another kernel: larger blocks and "watch", smaller .bss, more blocks, all heads unknown. */
static json_t *patched(void)
{
	json_t *m = memory();

	put(m, "parts.0.now", "size", 32);
	put(m, "structs.0.now", "size", 72);
	put(m, "structs.0.now", "slab", 96);
	put(m, "image", "bss", 4999900);
	put(m, "image", "total", 34999900);
	put(m, "census.image.parts.0", "count", 410);
	put(m, "census.image.parts.0", "dwarf", 410);
	put(m, "census.modules.parts.0", "count", 60);
	put(m, "census.modules.parts.0", "callback", 57);
	return m;
}

static void sides(struct set *a, struct set *b)
{
	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	add_run(a, memory(), "before");
	add_run(b, patched(), "after");
}

/* Finds a pair, which has to be there. */
static const struct ncb_memory_pair *pair(const struct ncb_memory_comparison *c, const char *id)
{
	const struct ncb_memory_pair *p = ncb_memory_find_pair(c, id);

	if (!p)
		fail_msg("no %s", id);
	return p;
}

static void assert_pair(const struct ncb_memory_comparison *c, const char *id, int64_t old,
			int64_t new, enum ncb_verdict verdict)
{
	const struct ncb_memory_pair *p = pair(c, id);

	assert_true(p->side[0].known && p->side[1].known);
	assert_int_equal(p->side[0].value, old);
	assert_int_equal(p->side[1].value, new);
	if (p->verdict != verdict)
		fail_msg("%s is %s", id, ncb_memory_word(p->verdict));
	assert_int_equal(!p->reason, verdict != NCB_NOTHING);
}

/* -- figures -- */

static void test_figures(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a, b;

	(void)state;
	sides(&a, &b);
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/type/notifier_block/size", 24, 32, NCB_MORE);
	assert_pair(c, "memory/type/notifier_block/slab", 32, 32, NCB_EQUAL);
	assert_pair(c, "memory/image/bss", 5000000, 4999900, NCB_LESS);
	assert_pair(c, "memory/image/total", 35000000, 34999900, NCB_LESS);
	assert_pair(c, "memory/struct/watch/size", 64, 72, NCB_MORE);
	assert_pair(c, "memory/struct/watch/slab", 64, 96, NCB_MORE);
	assert_pair(c, "memory/struct/driver/size", 1000, 1000, NCB_EQUAL);
	assert_pair(c, "memory/static/kernel/notifier_block", 400, 410, NCB_MORE);
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* While the kernels ran; of what one side did not look at there is no figure. */
static void test_live(void **state)
{
	struct ncb_memory_comparison *c;
	const struct ncb_memory_pair *p;
	struct set a, b;

	(void)state;
	sides(&a, &b);
	json_object_set_new(at(b.run[0].memory, "live.walk"), "blocks", json_integer(9));
	json_object_set_new(at(b.run[0].memory, "live"), "traced", json_pack("{ss}", "reason", "none"));
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/live/blocks-on-chains", 6, 9, NCB_MORE);
	assert_pair(c, "memory/live/allocated-blocks", 2, 2, NCB_EQUAL);
	p = pair(c, "memory/live/registered-since-boot");
	assert_int_equal(p->verdict, NCB_NOTHING);
	assert_string_equal(p->reason, "new: none");
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* 400 blocks of 24, 30, 20 and 10 heads: what they take in the kernel that has them. */
static void test_static_bytes(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a, b;
	int64_t heads;

	(void)state;
	sides(&a, &b);
	heads = 30 * json_integer_value(at(a.run[0].memory, "parts.1.now.size")) +
		20 * json_integer_value(at(a.run[0].memory, "parts.2.now.size")) +
		10 * json_integer_value(at(a.run[0].memory, "parts.3.now.size"));
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/static/kernel/bytes", 400 * 24 + heads, 410 * 32 + heads, NCB_MORE);
	/* Some heads of the modules are not counted: no sum. */
	assert_false(pair(c, "memory/static/modules/bytes")->side[0].known);
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* What just looks like a block is not in a lower bound. */
static void test_lower_bounds(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a, b;

	(void)state;
	sides(&a, &b);
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/static/modules/notifier_block", 50, 57, NCB_NOTHING);
	assert_true(pair(c, "memory/static/modules/notifier_block")->side[0].least);
	assert_int_equal(pair(c, "memory/static/modules/raw_notifier_head")->verdict, NCB_NOTHING);
	assert_says(pair(c, "memory/static/modules/raw_notifier_head")->reason,
		    "old: all zero, as much else is");
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- structs and their names -- */

static json_t *named(json_t *m, size_t i, const char *name, const char *module)
{
	json_t *s = json_array_get(json_object_get(m, "structs"), i);

	json_object_set_new(s, "name", json_string(name));
	json_object_set_new(s, "module", json_string(module));
	return m;
}

static void test_struct_of_another_module(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a = { 0 }, b = { 0 };

	(void)state;
	add_run(&a, memory(), "before");
	add_run(&b, named(named(memory(), 1, "driver", "other.ko"), 4, "new", ""), "after");
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/struct/driver/size", 1000, 1000, NCB_EQUAL);
	assert_string_equal(pair(c, "memory/struct/odd/size")->reason, "old side only");
	assert_string_equal(pair(c, "memory/struct/new/slab")->reason, "new side only");
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Two drivers of one name are told by their modules, or not at all. */
static void test_namesakes(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a = { 0 }, b = { 0 };

	(void)state;
	add_run(&a, named(named(memory(), 0, "driver", "b.ko"), 1, "driver", "a.ko"), "before");
	add_run(&b, named(named(named(memory(), 0, "driver", "a.ko"), 1, "driver", "b.ko"), 2,
			  "driver", "b.ko"), "after");
	c = ncb_memory_compare(&a.side, &b.side);
	assert_pair(c, "memory/struct/driver@a.ko/size", 1000, 64, NCB_LESS);
	assert_string_equal(pair(c, "memory/struct/driver@b.ko/size")->reason,
			    "new: several have that name");
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- several runs of a side -- */

static void test_runs_agree(void **state)
{
	struct ncb_memory_comparison *c;
	struct set a, b;

	(void)state;
	sides(&a, &b);
	add_run(&a, memory(), "again");
	add_run(&a, json_pack("{ss}", "reason", "there was no BTF"), "none");
	c = ncb_memory_compare(&a.side, &b.side);
	assert_int_equal(c->differ[0], 0);
	assert_int_equal(c->known[0], 2);
	assert_pair(c, "memory/type/notifier_block/size", 24, 32, NCB_MORE);
	ncb_memory_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_runs_differ(void **state)
{
	struct ncb_memory_comparison *c;
	struct ncb_report *report;
	struct ncb_comparison *all;
	json_t *other = memory();
	struct set a, b;

	(void)state;
	put(other, "image", "text", 20000008);
	put(other, "image", "total", 35000008);
	json_array_remove(json_object_get(other, "structs"), 0);
	sides(&a, &b);
	add_run(&a, other, "another");
	add_run(&a, memory(), "third");
	c = ncb_memory_compare(&a.side, &b.side);
	assert_int_equal(c->differ[0], 2);
	assert_int_equal(c->differ[1], 0);
	assert_string_equal(pair(c, "memory/image/total")->reason,
			    "old: the old side's runs differ: 35000000, 35000008");
	assert_int_equal(pair(c, "memory/image/total")->verdict, NCB_NOTHING);
	assert_string_equal(pair(c, "memory/struct/watch/size")->reason,
			    "old: not in all runs of the old side");
	assert_pair(c, "memory/type/notifier_block/size", 24, 32, NCB_MORE);
	ncb_memory_comparison_free(c);
	all = ncb_compare_runs(&a.side, &b.side, "", &plain);
	report = ncb_report_comparison(all);
	assert_int_equal(report->warnings.n, 1);
	assert_says(report->warnings.item[0].text, "2 figures differ among them");
	ncb_report_free(report);
	ncb_comparison_free(all);
	free_set(&a);
	free_set(&b);
}

static void test_nothing_known(void **state)
{
	struct set a, b;

	(void)state;
	sides(&a, &b);
	json_decref(b.run[0].memory);
	b.run[0].memory = json_pack("{ss}", "reason", "there was no BTF");
	assert_false(ncb_memory_shared(&a.side, &b.side));
	assert_null(ncb_memory_compare(&a.side, &b.side));
	assert_false(ncb_without_rows(&a.side, &b.side, NULL));
	free_set(&a);
	free_set(&b);
}

/* -- reports -- */

static char *report_text(const struct ncb_comparison *c, bool full)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_comparison_text(c, f, full), 0);
	fclose(f);
	assert_quotable(text);
	return text;
}

static void test_report(void **state)
{
	struct ncb_comparison *c;
	struct set a, b;
	char *text;

	(void)state;
	sides(&a, &b);
	json_object_set_new(b.run[0].memory, "source", json_string("BTF"));
	assert_true(ncb_without_rows(&a.side, &b.side, NULL));
	assert_false(ncb_without_rows(&a.side, &b.side, "native"));
	c = ncb_compare_runs(&a.side, &b.side, "", &plain);
	text = report_text(c, false);
	assert_words(text, "notifier_block 24 32 +8 larger");
	assert_words(text, "image total 35000000 34999900 -100 smaller");
	assert_words(text, "kernel: notifier_block 400 410 +10 larger");
	assert_words(text, "modules: notifier_block >=50 >=57 - -");
	assert_words(text, "watch 64 -> 72 64 -> 96 larger");
	assert_words(text, "types are from DWARF on the old side and from BTF on the new");
	assert_words(text, "1 of another slab class, 0 of another size alone, 4 the same");
	assert_silent(text, "NOT FOR REVIEW");
	assert_silent(text, " ns");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* Beside rows the short view has the figures of the bill, and the others are in the full one. */
static void test_beside_rows(void **state)
{
	struct ncb_comparison *c;
	struct set a = { 0 }, b = { 0 };
	struct set *const both[] = { &a, &b };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct ncb_truth t = ncb_truth_insn;

		t.seed += i;
		ncb_rundata_init(&both[i]->run[0]);
		ncb_synthetic(&both[i]->run[0], &t);
		both[i]->run[0].memory = i ? patched() : memory();
		both[i]->stats[0] = ncb_stats_new(&both[i]->run[0]);
		both[i]->side = (struct ncb_side) { i ? "after" : "before", both[i]->stats, 1 };
	}
	c = ncb_compare_runs(&a.side, &b.side, "native", &plain);
	text = report_text(c, false);
	assert_says(text, "before and after, in instructions");
	assert_words(text, "notifier_block 24 32 +8 larger");
	assert_words(text, "watch 64 -> 72, slab 64 -> 96");
	assert_silent(text, "kernel: notifier_block");
	free(text);
	text = report_text(c, true);
	assert_words(text, "kernel: notifier_block 400 410 +10 larger");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- layouts of other tools -- */

static char *formatted(const struct ncb_comparison *c, const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_format_write(ncb_format_find(name), c, f), 0);
	fclose(f);
	return text;
}

static void test_formats(void **state)
{
	static const struct {
		const char *name, *changed, *not_compared;
	} formats[] = {
		{ "0day", "        24           +33.3%         32        "
		  "ncbench.memory/type/notifier_block/size.bytes\n",
		  "not compared: memory/static/modules/notifier_block (a lower bound" },
		{ "benchstat", "  24.00 \u00b1 0%    32.00 \u00b1 0%  +33.33% (n=1)", NULL },
		{ "csv", "bytes,24,exact,32,exact,8\r\n", "count,50,at least,57,at least,\r\n" },
		{ "gobench", "BenchmarkNotifier/memory/type/notifier_block/size 1 32 bytes\n", NULL },
		{ "json", "\"verdict\": \"larger\"", "\"lower_bound\": true" },
		{ "ktap", "not ok 1 memory/type/notifier_block/size # larger +33.33%\n",
		  "memory/static/modules/notifier_block # SKIP a lower bound" },
	};
	struct ncb_comparison *c;
	struct set a, b;
	size_t i;

	(void)state;
	sides(&a, &b);
	c = ncb_compare_runs(&a.side, &b.side, "", &plain);
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		char *text = formatted(c, formats[i].name);

		assert_true(ncb_format_find(formats[i].name)->exact);
		assert_says(text, formats[i].changed);
		if (formats[i].not_compared)
			assert_says(text, formats[i].not_compared);
		else
			assert_silent(text, "modules/notifier_block");
		free(text);
	}
	assert_false(ncb_format_find("ministat")->exact);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* A benchmark in a virtual machine against 'make memory': files are the same everywhere. */
static void test_memory_of_a_benchmark(void **state)
{
	struct ncb_truth t = ncb_truth_ns;
	struct ncb_comparison *c;
	struct set a = { 0 }, b = { 0 };
	char *text;

	(void)state;
	t.rows = 1;
	ncb_rundata_init(&a.run[0]);
	ncb_synthetic(&a.run[0], &t);
	ncb_env_set(&a.run[0], "hypervisor", "kvm");
	a.run[0].memory = memory();
	a.stats[0] = ncb_stats_new(&a.run[0]);
	a.side = (struct ncb_side) { "before", a.stats, 1 };
	add_run(&b, patched(), "after");
	assert_true(ncb_without_rows(&a.side, &b.side, NULL));
	c = ncb_compare_runs(&a.side, &b.side, "", &plain);
	text = formatted(c, "ktap");
	assert_says(text, "memory/type/notifier_block/size # larger +33.33%");
	assert_silent(text, "not for review");
	free(text);
	text = report_text(c, true);
	assert_silent(text, "NOT FOR REVIEW");
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* A reader that counts columns has to find as many in each line. */
static void test_csv_columns(void **state)
{
	struct ncb_comparison *c;
	size_t n = 0, want = 0;
	bool quoted = false;
	struct set a, b;
	char *text, *p;

	(void)state;
	sides(&a, &b);
	c = ncb_compare_runs(&a.side, &b.side, "", &plain);
	text = formatted(c, "csv");
	for (p = text; *p; p++) {
		quoted ^= *p == '"';
		n += *p == ',' && !quoted;
		if (*p != '\n')
			continue;
		want = want ? want : n;
		assert_int_equal(n, want);
		n = 0;
	}
	free(text);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

/* -- pasted texts -- */

static size_t complaints(const struct ncb_report *report, const char *text)
{
	struct ncb_verified v;
	FILE *f = fopen("/dev/null", "w");

	ncb_verify(report, text, f, &v);
	fclose(f);
	return v.differ + v.unplaced + v.missing;
}

/* One digit after the other is changed, and each change has to be found. */
static void assert_all_held(const struct ncb_report *report, char *text)
{
	size_t line = 0, kept = 0;
	char *p;

	assert_int_equal(complaints(report, text), 0);
	for (p = text; *p; p++) {
		char digit = *p;

		if (*p == '\n')
			line++;
		if (!isdigit((unsigned char)*p))
			continue;
		*p = digit == '9' ? '1' : digit + 1;
		if (!complaints(report, text) && kept++ < 5)
			print_error("line %zu, not found: %.60s\n", line + 1, p);
		*p = digit;
	}
	assert_int_equal(kept, 0);
}

static void test_verify_report(void **state)
{
	int full;

	(void)state;
	for (full = 0; full < 2; full++) {
		struct ncb_rundata r;
		struct ncb_stats *s;
		struct ncb_report *report;
		char *text;

		memory_run(&r, memory());
		text = made(&r, full, ncb_report_text);
		s = ncb_stats_new(&r);
		report = ncb_report_new(s);
		assert_all_held(report, text);
		ncb_report_free(report);
		ncb_stats_free(s);
		ncb_rundata_free(&r);
		free(text);
	}
}

static void test_verify_compare(void **state)
{
	struct ncb_comparison *c;
	struct ncb_report *report;
	struct set a, b;
	char *text;

	(void)state;
	sides(&a, &b);
	c = ncb_compare_runs(&a.side, &b.side, "", &plain);
	report = ncb_report_comparison(c);
	text = report_text(c, true);
	assert_all_held(report, text);
	free(text);
	ncb_report_free(report);
	ncb_comparison_free(c);
	free_set(&a);
	free_set(&b);
}

static void test_mail(void **state)
{
	struct ncb_rundata r;
	struct ncb_report *report;
	struct ncb_stats *s;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	memory_run(&r, memory());
	s = ncb_stats_new(&r);
	report = ncb_report_new(s);
	assert_int_equal(ncb_mail(report, false, f), 0);
	fclose(f);
	assert_quotable(text);
	assert_words(text, "+8 bytes per block and head");
	assert_words(text, "kernel 6.1.0-test");
	assert_all_held(report, text);
	free(text);
	ncb_report_free(report);
	ncb_stats_free(s);
	ncb_rundata_free(&r);
}

/* -- trends -- */

static void test_trend(void **state)
{
	struct ncb_side both[2];
	struct ncb_report *report;
	struct set a, b;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	sides(&a, &b);
	both[0] = a.side;
	both[1] = b.side;
	report = ncb_trend_memory(both, 2);
	ncb_report_put_text(report, f, false);
	fclose(f);
	assert_quotable(text);
	assert_words(text, "1 DWARF 24 8 48 35000000 10640 n/a");
	assert_words(text, "2 DWARF 32 8 48 34999900 14160 n/a");
	free(text);
	ncb_report_free(report);
	free_set(&a);
	free_set(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_static_bytes),
		cmocka_unit_test(test_lower_bounds),
		cmocka_unit_test(test_struct_of_another_module),
		cmocka_unit_test(test_namesakes),
		cmocka_unit_test(test_runs_agree),
		cmocka_unit_test(test_runs_differ),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_beside_rows),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_memory_of_a_benchmark),
		cmocka_unit_test(test_csv_columns),
		cmocka_unit_test(test_verify_report),
		cmocka_unit_test(test_verify_compare),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_trend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
