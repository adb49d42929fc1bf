// SPDX-License-Identifier: GPL-2.0-only
/* Which storms profiles and options make. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../kmod/storm/ncb_storm_uapi.h"
#include "../plan.h"
#include "../storm.h"
#include "says.h"

static struct ncb_storms *plan(const char *profile, struct ncb_storm_options o)
{
	struct ncb_storms *s = ncb_storms_new();

	assert_int_equal(ncb_storm_plan(s, profile, &o), 0);
	return s;
}

/* What is said on stderr when options are refused, malloc'd. */
static char *refused(struct ncb_storm_options o)
{
	struct ncb_storms *s = ncb_storms_new();
	char path[] = "/tmp/test_storm_planXXXXXX", *said;
	int fd = mkstemp(path), old = dup(2);

	assert_true(fd >= 0 && old >= 0);
	fflush(stderr);
	dup2(fd, 2);
	assert_int_equal(ncb_storm_plan(s, "quick", &o), -EINVAL);
	fflush(stderr);
	dup2(old, 2);
	close(old);
	close(fd);
	said = ncb_read_file(path, NULL);
	unlink(path);
	ncb_storms_free(s);
	return said;
}

static void assert_refused(struct ncb_storm_options o, const char *name, const char *value,
			   const char *valid)
{
	char *said = refused(o);

	assert_says(said, name);
	assert_says(said, value);
	assert_says(said, valid);
	free(said);
}

static const struct ncb_storm *find(const struct ncb_storms *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->storms; i++)
		if (!strcmp(s->storm[i].id, id))
			return &s->storm[i];
	return NULL;
}

static void test_every_profile_has_all(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ncb_profile_count; i++) {
		struct ncb_storms *s = plan(ncb_profiles[i].name, (struct ncb_storm_options){ 0 });
		unsigned int modes = 0, shapes = 0, most = 0, churn_threads = 0;
		bool traced = false;

		for (k = 0; k < s->storms; k++) {
			const struct ncb_storm *t = &s->storm[k];

			modes |= 1u << t->mode;
			shapes |= 1u << t->shape;
			traced |= t->traced;
			if (t->mode == NCB_STORM_AUTOLOAD && t->threads > most)
				most = t->threads;
			churn_threads += t->mode == NCB_STORM_CHURN && t->shape == NCB_SHAPE_SMALL &&
					 !t->extra && !t->traced;
			assert_true(t->modules >= t->threads || t->modules == 1);
			assert_ptr_equal(find(s, t->id), t);
		}
		assert_int_equal(modes, (1u << NCB_STORM_MODES) - 1);
		if (strcmp(ncb_profiles[i].name, "quick"))
			assert_int_equal(shapes, (1u << NCB_SHAPES) - 1);
		assert_true(most > 50);
		assert_true(churn_threads >= 3);
		assert_true(traced);
		ncb_storms_free(s);
	}
}

static void test_the_sweep(void **state)
{
	static const uint32_t extra[] = { 0, 16, 64, 256 };
	struct ncb_storms *s = plan("quick", (struct ncb_storm_options){ 0 });
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(extra); i++) {
		assert_int_equal(s->storm[i].mode, NCB_STORM_CHURN);
		assert_int_equal(s->storm[i].threads, 1);
		assert_int_equal(s->storm[i].extra, extra[i]);
		assert_int_equal(s->storm[i].sweep, 1);
		assert_int_equal(s->storm[i].modules, s->storm[0].modules);
		assert_int_equal(s->storm[i].rounds, s->storm[0].rounds);
	}
	assert_int_equal(s->storm[i].sweep, 0);
	/* Throughput over threads: the same work for each number of them. */
	assert_int_equal(find(s, "churn/small/2")->modules, find(s, "churn/small/1")->modules);
	assert_int_equal(find(s, "churn/small/2")->rounds, find(s, "churn/small/1")->rounds);
	assert_non_null(find(s, "churn/small/1/k256"));
	assert_non_null(find(s, "churn/small/1/callbacks"));
	ncb_storms_free(s);
}

static void test_options_replace(void **state)
{
	struct ncb_storms *s = plan("default", (struct ncb_storm_options){
		.modes = "duplicate,churn", .threads = "3,1024", .shapes = "text", .extra = "5",
		.rounds = 7,
	});
	size_t i;

	(void)state;
	assert_non_null(find(s, "duplicate/text/1024/k5"));
	assert_non_null(find(s, "duplicate/text/3/k5"));
	assert_non_null(find(s, "churn/text/1024/k5"));
	for (i = 0; i < s->storms; i++) {
		assert_true(s->storm[i].mode == NCB_STORM_CHURN ||
			    s->storm[i].mode == NCB_STORM_DUPLICATE);
		assert_int_equal(s->storm[i].shape, NCB_SHAPE_TEXT);
		assert_true(s->storm[i].threads == 3 || s->storm[i].threads == 1024);
		assert_int_equal(s->storm[i].rounds, 7);
		assert_int_equal(s->storm[i].extra, s->storm[i].traced ? 0 : 5);
		assert_int_equal(s->storm[i].sweep, 0);
	}
	assert_int_equal(find(s, "churn/text/1024/k5")->modules, 1024);
	ncb_storms_free(s);
}

static void test_two_sweeps_have_two_numbers(void **state)
{
	struct ncb_storms *s = plan("quick", (struct ncb_storm_options){
		.modes = "churn", .threads = "1,2", .extra = "0,8,8,9", .modules = 4,
	});

	(void)state;
	assert_int_equal(find(s, "churn/small/1")->sweep, 1);
	assert_int_equal(find(s, "churn/small/1/k9")->sweep, 1);
	assert_int_equal(find(s, "churn/small/2")->sweep, 2);
	assert_int_equal(find(s, "churn/small/2/k8")->sweep, 2);
	assert_int_equal(find(s, "churn/small/2/k8")->modules, 4);
	/* One of 8 for each, and two whose callbacks are timed. */
	assert_int_equal(s->storms, 8);
	ncb_storms_free(s);
}

static void test_one_module_where_all_load_it(void **state)
{
	struct ncb_storms *s = plan("quick", (struct ncb_storm_options){
		.modes = "duplicate,copies", .modules = 9,
	});

	(void)state;
	assert_int_equal(s->storms, 2);
	assert_int_equal(s->storm[0].modules, 1);
	assert_int_equal(s->storm[1].modules, 1);
	ncb_storms_free(s);
}

/* The loader has room for that of few modules; more fail, and it complains in its log. */
static void test_few_modules_with_percpu_data(void **state)
{
	struct ncb_storms *s = plan("quick", (struct ncb_storm_options){
		.shapes = "percpu", .modes = "distinct,autoload,churn,mixed,copies", .threads = "4",
	});
	size_t i;

	(void)state;
	assert_int_equal(find(s, "distinct/percpu/4")->modules, 6);
	assert_int_equal(find(s, "autoload/percpu/4")->modules, 6);
	assert_int_equal(find(s, "mixed/percpu/4")->modules, 6);
	assert_int_equal(find(s, "churn/percpu/4")->modules, 8);
	ncb_storms_free(s);
	s = plan("quick", (struct ncb_storm_options){
		.shapes = "percpu", .modes = "copies,churn", .threads = "6", .modules = 60,
	});
	assert_non_null(find(s, "churn/percpu/6"));
	ncb_storms_free(s);
	/* The shape was not asked for: the other storms are made. */
	s = plan("default", (struct ncb_storm_options){ .threads = "7" });
	assert_non_null(find(s, "churn/text/7"));
	for (i = 0; i < s->storms; i++)
		assert_int_not_equal(s->storm[i].shape, NCB_SHAPE_PERCPU);
	ncb_storms_free(s);
	assert_refused((struct ncb_storm_options){ .modes = "distinct", .shapes = "percpu",
						   .modules = 7, .threads = "4" },
		       "no more than 6 modules of percpu", "loads 7", "fewer");
	assert_refused((struct ncb_storm_options){ .modes = "churn", .shapes = "percpu",
						   .threads = "64" },
		       "no more than 6 modules of percpu", "loads 64", "fewer");
	/* Nobody asked for 64 threads and modules. */
	s = plan("quick", (struct ncb_storm_options){ .modes = "autoload", .shapes = "percpu" });
	assert_int_equal(s->storms, 1);
	assert_int_equal(find(s, "autoload/percpu/6")->modules, 6);
	ncb_storms_free(s);
}

static void test_bad_options_are_named(void **state)
{
	(void)state;
	assert_refused((struct ncb_storm_options){ .modes = "churn,chrun" }, "modes", "'chrun'",
		       "distinct, duplicate, copies, autoload, churn, fail, veto, mixed");
	assert_refused((struct ncb_storm_options){ .modes = "" }, "modes", "''", "distinct");
	assert_refused((struct ncb_storm_options){ .shapes = "big" }, "shapes", "'big'",
		       "small, text, symbols, functions, percpu, dyndbg");
	assert_refused((struct ncb_storm_options){ .threads = "0" }, "threads", "'0'", "1 .. 1024");
	assert_refused((struct ncb_storm_options){ .threads = "1025" }, "threads", "'1025'",
		       "1 .. 1024");
	assert_refused((struct ncb_storm_options){ .threads = "1,,2" }, "threads", "''",
		       "1 .. 1024");
	assert_refused((struct ncb_storm_options){ .threads = "-1" }, "threads", "'-1'",
		       "1 .. 1024");
	assert_refused((struct ncb_storm_options){ .threads = "4294967297" }, "threads",
		       "'4294967297'", "1 .. 1024");
	assert_refused((struct ncb_storm_options){ .extra = "1025" }, "extra", "'1025'", "0 .. 1024");
	assert_refused((struct ncb_storm_options){ .modules = 4097 }, "modules", "4097",
		       "1 .. 4096");
	assert_refused((struct ncb_storm_options){ .rounds = 100001 }, "rounds", "100001",
		       "1 .. 100000");
	assert_refused((struct ncb_storm_options){ .modes = "churn", .modules = 2, .threads = "4" },
		       "modules", "2", "4 or more");
	assert_refused((struct ncb_storm_options){ .modes = "distinct", .modules = 4096,
						   .rounds = 100000 },
		       "records", "16777216", "fewer");
	assert_refused((struct ncb_storm_options){
			.threads = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
			.extra = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16" }, "256", "storms", "fewer");
}

/* Of one module there are no copies: what needs several is left out, or refused where asked for. */
static void test_a_packaged_module(void **state)
{
	struct ncb_storms *s = plan("default", (struct ncb_storm_options){ .module = "can-dev" });
	unsigned int modes = 0;
	size_t i;

	(void)state;
	for (i = 0; i < s->storms; i++) {
		const struct ncb_storm *t = &s->storm[i];

		modes |= 1u << t->mode;
		assert_string_equal(t->module, "can_dev");
		assert_int_equal(t->modules, 1);
		if (t->mode == NCB_STORM_CHURN)
			assert_int_equal(t->threads, 1);
	}
	assert_int_equal(modes, 1u << NCB_STORM_CHURN | 1u << NCB_STORM_DUPLICATE |
				1u << NCB_STORM_COPIES);
	assert_non_null(find(s, "churn/can_dev/1/k256"));
	assert_non_null(find(s, "duplicate/can_dev/400"));
	/* As many loads as of 16 payloads in 16 rounds. */
	assert_int_equal(find(s, "churn/can_dev/1")->rounds, 256);
	ncb_storms_free(s);
	s = plan("quick", (struct ncb_storm_options){
		.module = "dummy", .threads = "3,5", .rounds = 7, .modules = 1 });
	assert_non_null(find(s, "copies/dummy/5"));
	assert_int_equal(find(s, "churn/dummy/1")->rounds, 7);
	assert_null(find(s, "churn/dummy/3"));
	ncb_storms_free(s);
}

static void test_a_packaged_module_refused(void **state)
{
	static const char long_name[] =
		"a234567890123456789012345678901234567890123456789012345x";
	static const char *const bad[] = { "", "a/b", "../x", "a b", "x.ko", "\303\244", long_name };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused((struct ncb_storm_options){ .module = bad[i] }, "module", bad[i],
			       "letters, digits, _ and -");
	assert_true(ncb_storm_is_module_name(long_name + 1));
	assert_refused((struct ncb_storm_options){ .module = "dummy", .modes = "churn,mixed" },
		       "module", "dummy", "churn, duplicate, copies");
	assert_refused((struct ncb_storm_options){ .module = "dummy", .shapes = "text" },
		       "module", "dummy", "leave shapes out");
	assert_refused((struct ncb_storm_options){ .module = "dummy", .modules = 2 },
		       "module", "dummy", "leave modules out");
	assert_refused((struct ncb_storm_options){ .module = "dummy", .modes = "churn", .threads = "2" },
		       "module", "dummy", "one thread alone");
}

/* Nine of a load and its unload, of all loads that one CPU may have between two readings. */
static void test_room_for_records(void **state)
{
	static const struct {
		const char *modes, *threads;
		uint32_t modules, cpus, events;
	} want[] = {
		{ "churn", "1", 100, 1, 900 },
		{ "churn", "1", 100, 64, 900 },
		{ "churn", "4", 400, 2, 2 * 100 * 9 },
		{ "mixed", "3", 400, 2, 2 * 134 * 9 },
		{ "churn,distinct", "1,2", 200, 1, 1800 },
		{ "duplicate", "1024", 0, 8, 128 * 9 },
		{ "copies", "1000", 0, 1, 9000 },
		{ "autoload", "64", 4096, 64, 4096 * 9 },
		{ "fail", "1", 1, 1, NCB_STORM_RECORDS_MIN },
	};
	struct ncb_storms *s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		s = plan("quick", (struct ncb_storm_options){
			.modes = want[i].modes, .threads = want[i].threads, .extra = "0",
			.modules = want[i].modules,
		});
		s->cpus = want[i].cpus;
		assert_int_equal(ncb_storm_events(s, false), want[i].events);
		ncb_storms_free(s);
	}
	/* Each callback is one more: of a chain as long as may be, 8 loads. */
	s = plan("quick", (struct ncb_storm_options){ .modes = "churn" });
	s->cpus = 2;
	assert_int_equal(ncb_storm_events(s, true), 8 * (9 + 3 * NCB_STORM_CHAIN_MAX));
	ncb_storms_free(s);
	s = plan("full", (struct ncb_storm_options){ .modes = "churn", .modules = 4096, .rounds = 1 });
	s->cpus = 1;
	assert_int_equal(ncb_storm_events(s, true), NCB_STORM_RECORDS_MAX);
	ncb_storms_free(s);
}

static void test_an_unknown_profile(void **state)
{
	struct ncb_storms *s = ncb_storms_new();
	struct ncb_storm_options o = { 0 };

	(void)state;
	assert_int_equal(ncb_storm_plan(s, "fast", &o), -EINVAL);
	assert_int_equal(s->storms, 0);
	ncb_storms_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_profile_has_all),
		cmocka_unit_test(test_the_sweep),
		cmocka_unit_test(test_options_replace),
		cmocka_unit_test(test_two_sweeps_have_two_numbers),
		cmocka_unit_test(test_one_module_where_all_load_it),
		cmocka_unit_test(test_few_modules_with_percpu_data),
		cmocka_unit_test(test_bad_options_are_named),
		cmocka_unit_test(test_a_packaged_module),
		cmocka_unit_test(test_a_packaged_module_refused),
		cmocka_unit_test(test_room_for_records),
		cmocka_unit_test(test_an_unknown_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
