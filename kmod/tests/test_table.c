// SPDX-License-Identifier: GPL-2.0-only
/* The table of engines against what is compiled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <linux/kernel.h>
#include "engine.h"

#define FEATURES	(~0u)

static void every_engine_is_found_by_name(void **state)
{
	unsigned int i;

	for (i = 0; i < ncb_engine_count; i++) {
		assert_ptr_equal(ncb_engine_find(ncb_engines[i].name), &ncb_engines[i]);
		assert_true(strlen(ncb_engines[i].name) < NCB_NAME_LEN);
		assert_non_null(ncb_engines[i].summary);
	}
}

static void unknown_engine_is_not_found(void **state)
{
	assert_null(ncb_engine_find("slis"));
	assert_null(ncb_engine_find(""));
	assert_null(ncb_engine_impls("slis"));
}

static void every_engine_has_its_copies(void **state)
{
	unsigned int i, k, j;

	for (i = 0; i < ncb_engine_count; i++) {
		const struct ncb_engine *e = &ncb_engines[i];
		const struct ncb_impl *const *impl = ncb_engine_impls(e->name);

		assert_non_null(impl);
		assert_in_range(e->clones, 1, NCB_CLONES_MAX);
		assert_in_range(e->controls, 0, NCB_CLONES_MAX);
		for (k = 0; k < e->clones + e->controls; k++)
			for (j = 0; j < k; j++)
				assert_ptr_not_equal(impl[k], impl[j]);
	}
}

/* What the table promises, every copy can do: with text of its own. */
static void every_copy_does_what_the_table_says(void **state)
{
	unsigned int i, k, type, op;

	for (i = 0; i < ncb_engine_count; i++) {
		const struct ncb_engine *e = &ncb_engines[i];
		const struct ncb_impl *const *impl = ncb_engine_impls(e->name);

		for (k = 0; k < e->clones + e->controls; k++) {
			assert_true(impl[k]->node_size > 0);
			for (type = 0; type < NCB_TYPES; type++) {
				assert_true(impl[k]->head_size[type] > 0);
				assert_non_null(impl[k]->head_init[type]);
				assert_non_null(impl[k]->head_fini[type]);
				assert_non_null(impl[k]->add[type]);
				assert_non_null(impl[k]->del[type]);
				for (op = 0; op < NCB_OPS; op++) {
					if (ncb_engine_missing(e, type, op, FEATURES))
						continue;
					if (!impl[k]->call[type][op] || !impl[k]->loop[type][op])
						fail_msg("%s copy %u has no %s %s", e->name, k,
							 ncb_type_names[type], ncb_op_names[op]);
					if (k && impl[k]->loop[type][op] == impl[0]->loop[type][op])
						fail_msg("%s copies 0 and %u share %s %s", e->name,
							 k, ncb_type_names[type], ncb_op_names[op]);
				}
			}
		}
	}
}

static void what_is_missing_has_a_reason(void **state)
{
	const struct ncb_engine *slist = ncb_engine_find("slist");
	const struct ncb_engine *direct = ncb_engine_find("direct");
	const struct ncb_engine *native = ncb_engine_find("native");

	assert_string_equal(ncb_engine_missing(slist, NCB_BLOCKING, NCB_REVERSE, FEATURES),
			    slist->why[NCB_REVERSE]);
	assert_string_equal(ncb_engine_missing(direct, NCB_RAW, NCB_REGISTER, FEATURES),
			    direct->why[NCB_REGISTER]);
	assert_string_equal(ncb_engine_missing(native, NCB_BLOCKING, NCB_REVERSE,
					       FEATURES & ~NCB_FEAT_REVERSE),
			    native->why[NCB_REVERSE]);
	assert_null(ncb_engine_missing(native, NCB_BLOCKING, NCB_REVERSE, NCB_FEAT_REVERSE));
}

/* Only these exist for no engine at all. */
static void rows_that_do_not_exist(void **state)
{
	unsigned int type, op;

	for (type = 0; type < NCB_TYPES; type++) {
		for (op = 0; op < NCB_OPS; op++) {
			bool grace = type == NCB_ATOMIC || type == NCB_SRCU;
			bool missing = (op == NCB_ROBUST && grace) ||
				       (op == NCB_UNREGISTER && grace) ||
				       (op == NCB_REVERSE && type != NCB_BLOCKING);

			assert_int_equal(ncb_row_missing(type, op) != NULL, missing);
		}
	}
}

static void the_lists_have_every_row_but_reverse(void **state)
{
	static const char *const names[] = { "slist", "dlist", "native" };
	unsigned int i, type, op;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct ncb_engine *e = ncb_engine_find(names[i]);

		for (type = 0; type < NCB_TYPES; type++) {
			for (op = 0; op < NCB_OPS; op++) {
				bool missing = ncb_row_missing(type, op) ||
					       (op == NCB_REVERSE && !strcmp(names[i], "slist"));

				assert_int_equal(ncb_engine_missing(e, type, op, FEATURES) != NULL,
						 missing);
			}
		}
	}
}

static void every_dimension_has_its_names(void **state)
{
	unsigned int i;

	for (i = 0; i < NCB_TYPES; i++)
		assert_non_null(ncb_type_names[i]);
	for (i = 0; i < NCB_OPS; i++)
		assert_non_null(ncb_op_names[i]);
	for (i = 0; i < NCB_POSITIONS; i++)
		assert_non_null(ncb_pos_names[i]);
	for (i = 0; i < NCB_CALLBACK_SETS; i++)
		assert_non_null(ncb_callback_names[i]);
	for (i = 0; i < NCB_PLACEMENTS; i++)
		assert_non_null(ncb_placement_names[i]);
	for (i = 0; i < NCB_CACHES; i++)
		assert_non_null(ncb_cache_names[i]);
}

int main(void)
{
	const struct CMUnitTest table[] = {
		cmocka_unit_test(every_engine_is_found_by_name),
		cmocka_unit_test(unknown_engine_is_not_found),
		cmocka_unit_test(every_engine_has_its_copies),
		cmocka_unit_test(every_copy_does_what_the_table_says),
		cmocka_unit_test(what_is_missing_has_a_reason),
		cmocka_unit_test(rows_that_do_not_exist),
		cmocka_unit_test(the_lists_have_every_row_but_reverse),
		cmocka_unit_test(every_dimension_has_its_names),
	};

	return cmocka_run_group_tests(table, NULL, NULL) != 0;
}
