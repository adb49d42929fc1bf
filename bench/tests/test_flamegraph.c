// SPDX-License-Identifier: GPL-2.0-only
/* Chains of perf's text, folded and drawn: counts, widths, names, and nothing that runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../flamegraph.h"

static char *folded(const struct ncb_stacks *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_stacks_write(s, f), 0);
	fclose(f);
	return text;
}

static char *drawn(const struct ncb_stacks *s, const char *title, const char *note)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(ncb_flamegraph(s, title, note, f), 0);
	fclose(f);
	return text;
}

static void says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no '%s' in:\n%s", words, text);
}

/* -- chains -- */

static void test_chains_are_counted(void **state)
{
	struct ncb_stacks *s = ncb_stacks_new();
	char *text;

	(void)state;
	ncb_stacks_add(s, "main;b;c", 2);
	ncb_stacks_add(s, "main;a", 1);
	ncb_stacks_add(s, "main;b", 3);
	ncb_stacks_add(s, "main;bc", 1);	/* the same beginning is another name */
	ncb_stacks_add(s, "main;b;c", 5);
	ncb_stacks_add(s, "other", 1);
	ncb_stacks_add(s, "main;;a", 4);	/* nothing is no name */
	text = folded(s);
	assert_string_equal(text, "main;a 5\nmain;b 3\nmain;b;c 7\nmain;bc 1\nother 1\n");
	free(text);
	ncb_stacks_free(s);
	ncb_stacks_free(NULL);
}

static void test_a_chain_without_end_is_cut(void **state)
{
	struct ncb_stacks *s = ncb_stacks_new();
	size_t n = NCB_FLAME_DEPTH + 50, i;
	char *chain = ncb_alloc(2 * n + 1, 1), *text;

	(void)state;
	for (i = 0; i < n; i++)
		memcpy(chain + 2 * i, "r;", 2);
	ncb_stacks_add(s, chain, 7);
	text = folded(s);
	assert_int_equal(strlen(text), 2 * NCB_FLAME_DEPTH - 1 + strlen(" 7\n"));
	free(text);
	free(chain);
	ncb_stacks_free(s);
}

/* -- perf's text -- */

static const char script[] =
	"cpu-clock:ppp: \n"
	"\tffffffffc0301234 ncb_cb_7 ([ncbench])\n"
	"\tffffffffc0302345 slist_raw_call_loop ([ncbench])\n"
	"\tffffffff813cd009 __x64_sys_ioctl ([kernel.kallsyms])\n"
	"\t           2426f main (/home/a b/ncbench)\n"
	"\n"
	"cpu-clock:ppp: \n"
	"\tffffffffc0302345 slist_raw_call_loop ([ncbench])\n"
	"\tffffffff813cd009 __x64_sys_ioctl ([kernel.kallsyms])\n"
	"\t           2426f main (/home/a b/ncbench)\n"
	"\n"
	"PERF_RECORD_LOST lost 12\n"
	"cpu-clock:ppp: \n"
	"\tffffffffc0302345 slist_raw_call_loop ([ncbench])\n"
	"\tffffffff813cd009 __x64_sys_ioctl ([kernel.kallsyms])\n"
	"\t           2426f main (/home/a b/ncbench)\n"
	"\n"
	"cpu-clock:ppp: \n"
	"\t    7f0123456789 [unknown] ([unknown])\n"
	"\t           2426f std::f(int; (anonymous namespace)::x) (/lib/x.so)\n"
	"\t          123456 [unknown] (/lib/y.so)\n"
	"\n"
	"cpu-clock:ppp: \n"
	"\n"
	"cpu-clock:ppp:  ffffffff81000000 a_line_of_its_own ([kernel.kallsyms])\n"
	"\t7ffc00000000 gettime ([vdso])\n";	/* the end without an empty line */

static struct ncb_stacks *folded_from(const char *text, const char *name,
				      struct ncb_stacks_facts *facts)
{
	struct ncb_stacks_object object = { .name = name };
	struct ncb_stacks *s = ncb_stacks_new();
	FILE *f = fmemopen((char *)text, strlen(text), "r");

	ncb_stacks_fold(s, f, &object, facts);
	fclose(f);
	return s;
}

static void test_folding(void **state)
{
	struct ncb_stacks_facts facts;
	struct ncb_stacks *s = folded_from(script, "[ncbench]", &facts);
	char *text = folded(s);

	(void)state;
	assert_string_equal(text,
		"[no chain] 1\n"
		"[unknown];std::f(int: (anonymous namespace)::x);[unknown] 1\n"
		"gettime 1\n"
		"main;__x64_sys_ioctl_[k];slist_raw_call_loop_[m] 2\n"
		"main;__x64_sys_ioctl_[k];slist_raw_call_loop_[m];ncb_cb_7_[m] 1\n");
	assert_int_equal(facts.samples, 6);
	assert_int_equal(facts.module, 3);
	assert_int_equal(facts.unnamed, 2);
	assert_int_equal(facts.lost, 12);
	assert_string_equal(facts.event, "cpu-clock:ppp");
	free(text);
	ncb_stacks_free(s);
	/* What is measured is a shared object here. */
	s = folded_from(script, "/lib/x.so", &facts);
	text = folded(s);
	says(text, "::x)_[m];");
	says(text, "slist_raw_call_loop_[k] 2");
	assert_int_equal(facts.module, 1);
	free(text);
	ncb_stacks_free(s);
}

/* A perf that does not know of modules still knows where their functions lie. */
static void test_a_module_by_its_addresses(void **state)
{
	static const char text[] =
		"e:\n\tffffffffc0302345 raw_call ([kernel.kallsyms])\n"
		"\tffffffffc0302fff last ([kernel.kallsyms])\n"
		"\tffffffffc0303000 behind ([kernel.kallsyms])\n"
		"\tffffffffc0301fff before ([kernel.kallsyms])\n\n";
	struct ncb_stacks_object object = { "[ncbench]", 0xffffffffc0302000, 0xffffffffc0303000 };
	struct ncb_stacks *s = ncb_stacks_new();
	FILE *f = fmemopen((char *)text, strlen(text), "r");
	struct ncb_stacks_facts facts;
	char *out;

	(void)state;
	ncb_stacks_fold(s, f, &object, &facts);
	fclose(f);
	out = folded(s);
	assert_string_equal(out, "before_[k];behind_[k];last_[m];raw_call_[m] 1\n");
	assert_int_equal(facts.module, 1);
	free(out);
	ncb_stacks_free(s);
}

static void test_no_samples(void **state)
{
	static const char *const nothing[] = { "", "\n\n\n", "\tffffffff81000000 a ([k])\n\n" };
	struct ncb_stacks_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		struct ncb_stacks *s = folded_from(nothing[i], "[ncbench]", &facts);
		char *text = *nothing[i] ? folded(s) : ncb_copy(""), *svg = drawn(s, "t", "n");

		assert_int_equal(facts.samples, 0);
		assert_string_equal(text, "");
		says(svg, "</svg>");
		assert_null(strstr(svg, "nan"));
		assert_null(strstr(svg, "inf"));
		free(text);
		free(svg);
		ncb_stacks_free(s);
	}
}

/* A line longer than any that perf prints is one frame, or none, and not two. */
static void test_a_long_line(void **state)
{
	char *name = ncb_alloc(20001, 1), *text, *out;
	struct ncb_stacks_facts facts;
	struct ncb_stacks *s;

	(void)state;
	memset(name, 'x', 20000);
	text = ncb_format("e:\n\t1234 %s (/lib/a)\n\t5678 main (/lib/a)\n\n", name);
	s = folded_from(text, "[ncbench]", &facts);
	out = folded(s);
	assert_int_equal(facts.samples, 1);
	assert_true(strlen(out) < 300);
	says(out, "main;xxx");
	free(out);
	free(text);
	free(name);
	ncb_stacks_free(s);
}

/* -- the picture -- */

/* The attribute of the rectangle that belongs to a title; fails where there is none. */
static double attribute(const char *svg, const char *title, const char *name)
{
	char *words = ncb_format("<title>%s (", title), *key = ncb_format(" %s=\"", name);
	const char *at = strstr(svg, words), *value;

	if (!at)
		fail_msg("no frame %s in:\n%s", title, svg);
	value = strstr(strstr(at, "<rect"), key);
	assert_non_null(value);
	free(words);
	value += strlen(key);
	free(key);
	return atof(value);
}

static bool near(double a, double b)
{
	return a - b < 0.02 && b - a < 0.02;
}

static void test_layout(void **state)
{
	struct ncb_stacks *s = ncb_stacks_new();
	double all = NCB_FLAME_WIDTH - 20, x, width;
	char *svg;

	(void)state;
	ncb_stacks_add(s, "main;b_[k];leaf_[m]", 30);
	ncb_stacks_add(s, "main;b_[k]", 10);
	ncb_stacks_add(s, "main;a", 20);
	ncb_stacks_add(s, "main", 15);
	ncb_stacks_add(s, "zero", 25);
	svg = drawn(s, "title", "note");
	/* As wide as their share, side by side in alphabetical order, on their caller. */
	assert_true(near(attribute(svg, "main", "x"), 10));
	assert_true(near(attribute(svg, "main", "width"), all * 0.75));
	assert_true(near(attribute(svg, "zero", "x"), 10 + all * 0.75));
	assert_true(near(attribute(svg, "zero", "width"), all * 0.25));
	assert_true(near(attribute(svg, "a", "x"), 10));
	assert_true(near(attribute(svg, "a", "width"), all * 0.2));
	assert_true(near(attribute(svg, "b", "x"), 10 + all * 0.2));
	assert_true(near(attribute(svg, "b", "width"), all * 0.4));
	x = attribute(svg, "leaf", "x");
	width = attribute(svg, "leaf", "width");
	assert_true(near(x, attribute(svg, "b", "x")));
	assert_true(near(width, all * 0.3));
	assert_true(near(attribute(svg, "main", "y"), attribute(svg, "zero", "y")));
	assert_true(near(attribute(svg, "b", "y"), attribute(svg, "main", "y") - 18));
	assert_true(near(attribute(svg, "leaf", "y"), attribute(svg, "b", "y") - 18));
	assert_true(attribute(svg, "leaf", "y") > 39);
	/* The whole story of a frame. */
	says(svg, "<title>b (kernel): 40 samples, 40.00 %; by itself 10</title><rect class=\"fg-k\"");
	says(svg, "<title>leaf (what is measured): 30 samples, 30.00 %; by itself 30</title>"
		  "<rect class=\"fg-m\"");
	says(svg, "<title>main (user space): 75 samples");
	says(svg, ">leaf</text>");
	says(svg, ">note</text>");
	free(svg);
	ncb_stacks_free(s);
}

static void test_what_is_too_narrow(void **state)
{
	struct ncb_stacks *s = ncb_stacks_new();
	char *svg;

	(void)state;
	ncb_stacks_add(s, "wide_and_with_a_name_that_takes_room", 100000);
	ncb_stacks_add(s, "thin;under", 1);
	ncb_stacks_add(s, "a_name_of_some_length", 4000);
	svg = drawn(s, "t", "note");
	assert_null(strstr(svg, "thin"));
	/* What stood on it is not there either, and counts with it. */
	says(svg, ">note; 1 frame narrower than 0.4 px not drawn</text>");
	/* A name that is too long says so; the mouse has all of it. */
	says(svg, "<title>a_name_of_some_length (");
	says(svg, ">a_n..</text>");
	free(svg);
	ncb_stacks_free(s);
}

static void test_names_do_nothing(void **state)
{
	struct ncb_stacks *s = ncb_stacks_new();
	char *svg;

	(void)state;
	ncb_stacks_add(s, "<script>alert(\"1\")</script>&\x01\xc3\xa4", 1);
	svg = drawn(s, "a < b & \"c\"", "</svg>");
	assert_null(strstr(svg, "<script"));
	assert_null(strchr(svg, '\x01'));
	says(svg, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;??? (");
	says(svg, ">a &lt; b &amp; &quot;c&quot;</text>");
	says(svg, ">&lt;/svg&gt;</text>");
	/* No network, and both colours. */
	assert_null(strstr(svg, "href"));
	assert_null(strstr(svg, "url("));
	says(svg, "prefers-color-scheme:dark");
	/* Inside a page, whose root is another, it has none of the dark ones. */
	assert_null(strstr(strstr(svg, "prefers-color-scheme:dark"), "}.fg"));
	free(svg);
	ncb_stacks_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains_are_counted),
		cmocka_unit_test(test_a_chain_without_end_is_cut),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_a_module_by_its_addresses),
		cmocka_unit_test(test_no_samples),
		cmocka_unit_test(test_a_long_line),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_what_is_too_narrow),
		cmocka_unit_test(test_names_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
