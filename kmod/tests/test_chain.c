// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building the measured chains, and the oracle: that it passes every engine,
 * and that it notices each way of being wrong that naive.h knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include "chain.h"
#include "naive.h"
#include "shim.h"

#define FEATURES	(~0u)

static const u32 lengths[] = { 1, 2, 3, 8, 64, 128, 1024 };

/*
 * Long chains take their time: further copies of the same code are only tried
 * up to the one, wrong engines up to the other length.
 */
#define SHORT	8
#define LONG	128

/* A row, in short. */
struct row {
	u32 type, op, length, position, placement;
};

static void chain_open(struct ncb_chain *c, const struct ncb_impl *impl, const struct row *row)
{
	const struct ncb_run run = {
		.type = row->type,
		.op = row->op,
		.length = row->length,
		.position = row->position,
		.placement = row->placement,
	};

	memset(c, 0, sizeof(*c));
	assert_int_equal(ncb_chain_alloc(c, impl, &run), 0);
	ncb_chain_place(c, row->placement, (struct rnd_state) { .s = row->length * 2 + 1 });
}

/* The oracle's verdict on one row. */
static int judge(const struct ncb_impl *impl, const struct row *row, struct ncb_arm *arm)
{
	struct ncb_chain c;
	u32 log_size = 2 * row->length + 2;
	unsigned long *log = calloc(log_size, sizeof(*log));
	int err;

	assert_non_null(log);
	memset(arm, 0, sizeof(*arm));
	chain_open(&c, impl, row);
	err = ncb_oracle(&c, arm, log, log_size);
	assert_null(c.ctx.log);
	ncb_chain_free(&c);
	free(log);
	return err;
}

static const char *row_name(const struct row *row)
{
	static char text[80];

	snprintf(text, sizeof(text), "%s %s length %u at %s, %s", ncb_type_names[row->type],
		 ncb_op_names[row->op], row->length, ncb_pos_names[row->position],
		 ncb_placement_names[row->placement]);
	return text;
}

static bool row_exists(const struct ncb_engine *e, const struct ncb_impl *impl,
		       const struct row *row)
{
	if (ncb_engine_missing(e, row->type, row->op, FEATURES) ||
	    (impl->refuses && impl->refuses(row->length)))
		return false;
	/* Megabytes each: one operation is enough. */
	if (row->length > LONG && row->placement == NCB_SCATTERED &&
	    (row->op != NCB_ROBUST || row->position != NCB_POS_TAIL))
		return false;
	switch (row->op) {
	case NCB_ROBUST:
		return true;
	case NCB_REGISTER:
	case NCB_UNREGISTER:
		return row->position != NCB_POS_NONE;
	default:
		return row->position == NCB_POS_NONE;
	}
}

/* The next row that an engine has, from the @number-th of all that can be written down. */
static bool next_row(const struct ncb_engine *e, const struct ncb_impl *impl, struct row *row,
		     u32 *number)
{
	u32 n;

	while (*number < NCB_TYPES * NCB_OPS * ARRAY_SIZE(lengths) * NCB_POSITIONS * NCB_PLACEMENTS) {
		n = (*number)++;
		row->placement = n % NCB_PLACEMENTS;
		n /= NCB_PLACEMENTS;
		row->position = n % NCB_POSITIONS;
		n /= NCB_POSITIONS;
		row->length = lengths[n % ARRAY_SIZE(lengths)];
		n /= ARRAY_SIZE(lengths);
		row->op = n % NCB_OPS;
		row->type = n / NCB_OPS;
		if (row->op == NCB_EMPTY && row->length == lengths[0])
			row->length = 0;
		else if (row->op == NCB_EMPTY)
			continue;
		if (row_exists(e, impl, row))
			return true;
	}
	return false;
}

#define for_each_row(row, e, impl) \
	for (u32 number_ = 0; next_row(e, impl, &(row), &number_);)

/* Each engine that has a list, each of its copies. */
#define for_each_engine(e)							\
	for (e = ncb_engines; e < ncb_engines + ncb_engine_count; e++)		\
		if (!e->no_list)

#define for_each_impl(i, impl, e)						\
	for (i = 0; i < e->clones + e->controls &&				\
		    (impl = ncb_engine_impls(e->name)[i], true); i++)

static int setup(void **state)
{
	shim_reset();
	naive_fault = FAULT_NONE;
	return 0;
}

/* Memory and places */

static void memory_is_what_was_announced(void **state)
{
	const struct ncb_engine *e;
	const struct ncb_impl *impl;
	struct ncb_chain c;
	struct row row;

	for_each_engine(e) {
		impl = ncb_engine_impls(e->name)[0];
		for_each_row(row, e, impl) {
			shim.allocated = 0;
			chain_open(&c, impl, &row);
			ncb_chain_free(&c);
			if (shim.allocated != ncb_chain_memory(impl, row.type, row.length,
							       row.placement))
				fail_msg("%s %s: %zu bytes allocated, %zu announced", e->name,
					 row_name(&row), shim.allocated,
					 ncb_chain_memory(impl, row.type, row.length,
							  row.placement));
		}
	}
}

/* Whichever of the allocations it is. */
static void failed_allocation_is_cleaned_up(void **state)
{
	const struct ncb_run run = { .type = NCB_SRCU, .op = NCB_CALL, .length = 8 };
	struct ncb_chain c;
	int i, err;

	for (i = 0, err = -ENOMEM; err; i++) {
		memset(&c, 0, sizeof(c));
		shim.allocs_left = i;
		err = ncb_chain_alloc(&c, ncb_engine_impls("slist")[0], &run);
		if (err)
			assert_int_equal(err, -ENOMEM);
		ncb_chain_free(&c);
		/* A second time changes nothing. */
		ncb_chain_free(&c);
	}
	assert_true(i > 3);
}

static void head_that_cannot_be_made(void **state)
{
	const struct ncb_run run = { .type = NCB_SRCU, .op = NCB_CALL, .length = 8 };
	struct ncb_chain c = { 0 };

	shim.srcu_fails = true;
	assert_int_equal(ncb_chain_alloc(&c, ncb_engine_impls("slist")[0], &run), -ENOMEM);
	ncb_chain_free(&c);
}

static int by_address(const void *a, const void *b)
{
	const char *x = *(void *const *)a, *y = *(void *const *)b;

	return (x > y) - (x < y);
}

/* Blocks in the order of their addresses: inside the arena, none in another. */
static void check_places(const struct ncb_chain *c, const struct row *row)
{
	static void *sorted[NCB_LENGTH_MAX + 1];
	const char *arena = c->arena;
	size_t size = c->impl->node_size;
	u32 i, n = row->length + 1;

	memcpy(sorted, c->node, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_address);
	for (i = 0; i < n; i++) {
		const char *p = sorted[i];

		if (p < arena || p + size > arena + c->arena_size)
			fail_msg("%s: a block outside the arena", row_name(row));
		if (i && (const char *)sorted[i - 1] + size > p)
			fail_msg("%s: two blocks overlap", row_name(row));
		if ((unsigned long)p % sizeof(void *))
			fail_msg("%s: a block is not aligned", row_name(row));
		if (row->placement == NCB_PACKED && c->node[i] != p)
			fail_msg("%s: block %u is not in its place", row_name(row), i);
		if (row->placement == NCB_PACKED && i && (const char *)sorted[i - 1] + size != p)
			fail_msg("%s: a gap before block %u", row_name(row), i);
		if (row->placement != NCB_SCATTERED)
			continue;
		if ((p - arena) / PAGE_SIZE != i)
			fail_msg("%s: page %u has not one block", row_name(row), i);
		if ((p - arena) % L1_CACHE_BYTES + size > L1_CACHE_BYTES)
			fail_msg("%s: a block in two cache lines", row_name(row));
	}
	assert_ptr_equal(c->extra, c->node[row->length]);
	assert_ptr_equal(c->site.node, c->extra);
}

static void blocks_have_places_of_their_own(void **state)
{
	const struct ncb_engine *e;
	struct ncb_chain c;
	struct row row;
	u32 i, seed;

	for_each_engine(e) {
		for (row = (struct row) { .op = NCB_REGISTER };
		     row.placement < NCB_PLACEMENTS; row.placement++) {
			for (i = 0; i < ARRAY_SIZE(lengths); i++) {
				row.length = lengths[i];
				chain_open(&c, ncb_engine_impls(e->name)[0], &row);
				for (seed = 0; seed < 20; seed++) {
					ncb_chain_place(&c, row.placement,
							(struct rnd_state) { .s = 2 * seed + 1 });
					check_places(&c, &row);
				}
				ncb_chain_free(&c);
			}
		}
	}
}

/* By seed: the same again, and another. Packed starts vary, scattered orders do. */
static void places_follow_the_seed(void **state)
{
	struct row row = { .op = NCB_CALL, .length = 64 };
	void *before[64];
	struct ncb_chain c;
	u32 seed, moved;

	for (; row.placement < NCB_PLACEMENTS; row.placement++) {
		chain_open(&c, ncb_engine_impls("slist")[0], &row);
		for (moved = 0, seed = 1; seed < 40; seed += 2) {
			struct rnd_state rnd = { .s = seed * 0x9e3779b97f4a7c15ull | 1 };

			ncb_chain_place(&c, row.placement, rnd);
			memcpy(before, c.node, sizeof(before));
			ncb_chain_place(&c, row.placement, (struct rnd_state) { .s = 12345 });
			moved += memcmp(before, c.node, sizeof(before)) != 0;
			ncb_chain_place(&c, row.placement, rnd);
			assert_memory_equal(before, c.node, sizeof(before));
		}
		assert_true(moved >= 10);
		ncb_chain_free(&c);
	}
}

/* All arms of a row scatter alike, whatever the size of their blocks. */
static void scattered_order_is_the_same_for_all(void **state)
{
	struct row row = { .op = NCB_CALL, .length = 64, .placement = NCB_SCATTERED };
	struct ncb_chain slist, dlist;
	u32 i;

	chain_open(&slist, ncb_engine_impls("slist")[0], &row);
	chain_open(&dlist, ncb_engine_impls("dlist")[0], &row);
	for (i = 0; i < row.length; i++)
		assert_int_equal((char *)slist.node[i] - (char *)slist.arena,
				 (char *)dlist.node[i] - (char *)dlist.arena);
	ncb_chain_free(&slist);
	ncb_chain_free(&dlist);
}

/* What is on the chain */

static void where_it_happens(void **state)
{
	static const struct {
		u32 op, position, length, index;
	} expected[] = {
		{ NCB_ROBUST, NCB_POS_NONE, 8, 8 },
		{ NCB_ROBUST, NCB_POS_HEAD, 8, 0 },
		{ NCB_ROBUST, NCB_POS_MIDDLE, 8, 4 },
		{ NCB_ROBUST, NCB_POS_TAIL, 8, 7 },
		{ NCB_ROBUST, NCB_POS_MIDDLE, 1, 0 },
		{ NCB_ROBUST, NCB_POS_TAIL, 1, 0 },
		/* A ninth block comes before the first, between, behind the last. */
		{ NCB_REGISTER, NCB_POS_HEAD, 8, 0 },
		{ NCB_REGISTER, NCB_POS_MIDDLE, 8, 4 },
		{ NCB_REGISTER, NCB_POS_TAIL, 8, 8 },
		/* The eighth block goes: seven stay. */
		{ NCB_UNREGISTER, NCB_POS_HEAD, 8, 0 },
		{ NCB_UNREGISTER, NCB_POS_MIDDLE, 8, 3 },
		{ NCB_UNREGISTER, NCB_POS_TAIL, 8, 7 },
		{ NCB_UNREGISTER, NCB_POS_TAIL, 1, 0 },
	};
	struct ncb_chain c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct row row = {
			.op = expected[i].op,
			.position = expected[i].position,
			.length = expected[i].length,
		};

		chain_open(&c, ncb_engine_impls("slist")[0], &row);
		if (ncb_chain_index(&c) != expected[i].index)
			fail_msg("%s: index %u, expected %u", row_name(&row), ncb_chain_index(&c),
				 expected[i].index);
		ncb_chain_free(&c);
	}
}

/* Before the operation the chain has exactly as many blocks as the row says. */
static void length_is_what_was_asked_for(void **state)
{
	const struct ncb_engine *e;
	const struct ncb_impl *impl;
	struct ncb_chain c;
	struct row row;

	for_each_engine(e) {
		impl = ncb_engine_impls(e->name)[0];
		for_each_row(row, e, impl) {
			chain_open(&c, impl, &row);
			assert_int_equal(ncb_chain_build(&c, NCB_FLAVOUR_DISTINCT), 0);
			c.ctx.stop[NCB_UP] = NULL;
			impl->call[row.type][NCB_CALL](&c.site);
			if (ncb_ctx_calls(&c.ctx, c.site.val) != row.length)
				fail_msg("%s %s: %llu blocks", e->name, row_name(&row),
					 ncb_ctx_calls(&c.ctx, c.site.val));
			ncb_chain_free(&c);
		}
	}
}

/* What is checked after each sample: n iterations make n times the calls, in any copy. */
static void counts_are_as_expected(void **state)
{
	static const u32 times[] = { 0, 1, 2, 5 };
	const struct ncb_engine *e;
	const struct ncb_impl *impl;
	struct ncb_chain c;
	struct row row;
	u64 up, down;
	u32 i, k;

	for_each_engine(e) {
		for_each_impl(i, impl, e) {
			for_each_row(row, e, impl) {
				if (row.op == NCB_REGISTER || row.op == NCB_UNREGISTER ||
				    (i && row.length > SHORT))
					continue;
				chain_open(&c, impl, &row);
				assert_int_equal(ncb_chain_build(&c, i % 2 ? NCB_FLAVOUR_ONE :
								 NCB_FLAVOUR_DISTINCT), 0);
				ncb_chain_expect(&c, &up, &down);
				for (k = 0; k < ARRAY_SIZE(times); k++) {
					memset(c.ctx.count, 0, sizeof(c.ctx.count));
					impl->loop[row.type][row.op](&c.site, times[k]);
					if (ncb_ctx_calls(&c.ctx, NCB_UP) != up * times[k] ||
					    ncb_ctx_calls(&c.ctx, NCB_DOWN) != down * times[k])
						fail_msg("%s copy %u %s: %u operations, %llu up, %llu down",
							 e->name, i, row_name(&row), times[k],
							 ncb_ctx_calls(&c.ctx, NCB_UP),
							 ncb_ctx_calls(&c.ctx, NCB_DOWN));
				}
				ncb_chain_free(&c);
			}
		}
	}
}

static void expected_counts(void **state)
{
	static const struct {
		u32 op, position, length;
		u64 up, down;
	} expected[] = {
		{ NCB_CALL, NCB_POS_NONE, 8, 8, 0 },
		{ NCB_REVERSE, NCB_POS_NONE, 8, 0, 8 },
		{ NCB_ROBUST, NCB_POS_NONE, 8, 8, 0 },
		{ NCB_ROBUST, NCB_POS_HEAD, 8, 1, 0 },
		{ NCB_ROBUST, NCB_POS_MIDDLE, 8, 5, 4 },
		{ NCB_ROBUST, NCB_POS_TAIL, 8, 8, 7 },
		{ NCB_REGISTER, NCB_POS_HEAD, 8, 0, 0 },
		{ NCB_UNREGISTER, NCB_POS_HEAD, 8, 0, 0 },
		{ NCB_EMPTY, NCB_POS_NONE, 0, 0, 0 },
	};
	struct ncb_chain c;
	u64 up, down;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct row row = {
			.type = NCB_BLOCKING,
			.op = expected[i].op,
			.position = expected[i].position,
			.length = expected[i].length,
		};

		chain_open(&c, ncb_engine_impls("dlist")[0], &row);
		ncb_chain_expect(&c, &up, &down);
		assert_int_equal(up, expected[i].up);
		assert_int_equal(down, expected[i].down);
		ncb_chain_free(&c);
	}
}

/* Like time_split() does it: the operation, then its undoing, again and again. */
static void undoing_brings_the_chain_back(struct ncb_impl *impl)
{
	struct row row = { .length = 8, .position = NCB_POS_MIDDLE };
	struct ncb_chain c;
	u32 i;

	for (row.op = NCB_REGISTER; row.op <= NCB_UNREGISTER; row.op++) {
		chain_open(&c, impl, &row);
		assert_int_equal(ncb_chain_build(&c, NCB_FLAVOUR_ONE), 0);
		for (i = 0; i < 3; i++) {
			impl->loop[row.type][row.op](&c.site, 1);
			memset(c.ctx.count, 0, sizeof(c.ctx.count));
			impl->call[row.type][NCB_CALL](&c.site);
			assert_int_equal(ncb_ctx_calls(&c.ctx, NCB_UP),
					 row.op == NCB_REGISTER ? 9 : 7);
			assert_int_equal(ncb_chain_undo(&c, NCB_FLAVOUR_ONE), 0);
			memset(c.ctx.count, 0, sizeof(c.ctx.count));
			impl->call[row.type][NCB_CALL](&c.site);
			assert_int_equal(ncb_ctx_calls(&c.ctx, NCB_UP), 8);
		}
		ncb_chain_free(&c);
	}
}

static void undo_by_the_opposite(void **state)
{
	struct ncb_impl impl = *ncb_engine_impls("slist")[0];

	undoing_brings_the_chain_back(&impl);
	impl = *ncb_engine_impls("dlist")[0];
	undoing_brings_the_chain_back(&impl);
}

static void undo_by_rebuilding(void **state)
{
	struct ncb_impl impl = *ncb_engine_impls("slist")[0];

	impl.undo_by_rebuild[NCB_RAW] = true;
	undoing_brings_the_chain_back(&impl);
}

static void undo_of_a_call_is_nothing(void **state)
{
	const struct row row = { .op = NCB_CALL, .length = 2 };
	struct ncb_chain c;

	chain_open(&c, ncb_engine_impls("slist")[0], &row);
	assert_int_equal(ncb_chain_build(&c, NCB_FLAVOUR_ONE), 0);
	assert_int_equal(ncb_chain_undo(&c, NCB_FLAVOUR_ONE), 0);
	assert_true(c.live);
	ncb_chain_free(&c);
}

static void flushing_changes_nothing(void **state)
{
	struct row row = { .op = NCB_CALL, .length = 8 };
	struct ncb_chain c;

	for (; row.placement < NCB_PLACEMENTS; row.placement++) {
		chain_open(&c, ncb_engine_impls("slist")[0], &row);
		assert_int_equal(ncb_chain_build(&c, NCB_FLAVOUR_ONE), 0);
		ncb_chain_flush(&c);
		c.impl->call[NCB_RAW][NCB_CALL](&c.site);
		assert_int_equal(ncb_ctx_calls(&c.ctx, NCB_UP), 8);
		ncb_chain_free(&c);
	}
}

/* The oracle on what is right */

static void oracle_passes_every_engine(void **state)
{
	const struct ncb_engine *e;
	const struct ncb_impl *impl;
	struct ncb_arm arm;
	struct row row;
	u32 i, rows = 0;

	for_each_engine(e) {
		for_each_impl(i, impl, e) {
			for_each_row(row, e, impl) {
				int err;

				if (i && row.length > SHORT)
					continue;
				err = judge(impl, &row, &arm);
				if (err)
					fail_msg("%s copy %u %s: %d %s", e->name, i, row_name(&row),
						 err, arm.message);
				assert_int_equal(shim_held(), 0);
				rows++;
			}
		}
	}
	print_message("             %u rows\n", rows);
	assert_true(rows > 2000);
}

static void oracle_passes_what_waits_for_readers(void **state)
{
	struct ncb_impl impl = *ncb_engine_impls("slist")[0];
	struct row row = { .op = NCB_REGISTER, .length = 8, .position = NCB_POS_TAIL };
	struct ncb_arm arm;

	impl.undo_by_rebuild[NCB_RAW] = true;
	impl.del[NCB_RAW] = NULL;
	impl.double_is_safe = false;
	assert_int_equal(judge(&impl, &row, &arm), 0);
}

/* From two blocks to undo on, the oracle can tell which way. */
static void oracle_sees_which_way_a_rollback_goes(void **state)
{
	struct row row = { .type = NCB_BLOCKING, .op = NCB_ROBUST, .position = NCB_POS_TAIL };
	struct ncb_impl either = *ncb_engine_impls("slist")[0];
	struct ncb_arm arm;
	u32 i;

	either.rollback = NCB_FACT_ROLLBACK_FORWARD | NCB_FACT_ROLLBACK_REVERSE;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		bool seen = lengths[i] > 2;

		row.length = lengths[i];
		assert_int_equal(judge(ncb_engine_impls("slist")[0], &row, &arm), 0);
		assert_int_equal(arm.facts, seen ? NCB_FACT_ROLLBACK_FORWARD : 0);
		assert_int_equal(judge(ncb_engine_impls("dlist")[0], &row, &arm), 0);
		assert_int_equal(arm.facts, seen ? NCB_FACT_ROLLBACK_REVERSE : 0);
		assert_int_equal(judge(&either, &row, &arm), 0);
		assert_int_equal(arm.facts, seen ? NCB_FACT_ROLLBACK_FORWARD : 0);
	}
}

/* The oracle on what is wrong */

/**
 * struct planted - a way of being wrong, and where the oracle has to notice
 * @name: in words
 * @fault: enum naive_fault
 * @op: the row's operation
 * @position: the row's position
 * @from: shortest length at which there is a difference
 */
struct planted {
	const char *name;
	enum naive_fault fault;
	enum ncb_op op;
	enum ncb_pos position;
	u32 from;
};

#define PLANT(what, ...)	{ #what, FAULT_##what, __VA_ARGS__ }

static const struct planted planted[] = {
	PLANT(DROP_FIRST, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(DROP_FIRST, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(DROP_FIRST, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(DROP_LAST, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(DROP_LAST, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(DROP_LAST, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(TWICE, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(TWICE, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(TWICE, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(SWAP, NCB_CALL, NCB_POS_NONE, 2),
	PLANT(SWAP, NCB_REVERSE, NCB_POS_NONE, 2),
	PLANT(SWAP, NCB_ROBUST, NCB_POS_NONE, 2),
	PLANT(EVENT, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(EVENT, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(EVENT, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(RETURN_DONE, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(RETURN_DONE, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(RETURN_DONE, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(RETURN_DONE, NCB_ROBUST, NCB_POS_TAIL, 1),
	PLANT(RETURN_SUM, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(RETURN_SUM, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(NO_STOP, NCB_CALL, NCB_POS_NONE, 2),
	PLANT(NO_STOP, NCB_REVERSE, NCB_POS_NONE, 3),
	PLANT(NO_STOP, NCB_ROBUST, NCB_POS_HEAD, 2),
	PLANT(STOP_LATE, NCB_CALL, NCB_POS_NONE, 3),
	PLANT(STOP_LATE, NCB_REVERSE, NCB_POS_NONE, 3),
	PLANT(STOP_LATE, NCB_ROBUST, NCB_POS_MIDDLE, 3),
	PLANT(STOP_LOST, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(STOP_LOST, NCB_REVERSE, NCB_POS_NONE, 1),
	PLANT(STOP_LOST, NCB_ROBUST, NCB_POS_TAIL, 1),
	PLANT(REVERSE_FORWARD, NCB_REVERSE, NCB_POS_NONE, 2),
	PLANT(NO_ROLLBACK, NCB_ROBUST, NCB_POS_MIDDLE, 2),
	PLANT(NO_ROLLBACK, NCB_ROBUST, NCB_POS_TAIL, 2),
	PLANT(ROLLBACK_ALWAYS, NCB_ROBUST, NCB_POS_NONE, 1),
	PLANT(ROLLBACK_SELF, NCB_ROBUST, NCB_POS_HEAD, 1),
	PLANT(ROLLBACK_SELF, NCB_ROBUST, NCB_POS_MIDDLE, 1),
	PLANT(ROLLBACK_SELF, NCB_ROBUST, NCB_POS_TAIL, 1),
	PLANT(ROLLBACK_BEHIND, NCB_ROBUST, NCB_POS_HEAD, 2),
	PLANT(ROLLBACK_BEHIND, NCB_ROBUST, NCB_POS_MIDDLE, 3),
	PLANT(ROLLBACK_SHORT, NCB_ROBUST, NCB_POS_MIDDLE, 2),
	PLANT(ROLLBACK_SHORT, NCB_ROBUST, NCB_POS_TAIL, 2),
	PLANT(ROLLBACK_SHIFTED, NCB_ROBUST, NCB_POS_MIDDLE, 2),
	PLANT(ROLLBACK_SHIFTED, NCB_ROBUST, NCB_POS_TAIL, 2),
	PLANT(ROLLBACK_FORWARD, NCB_ROBUST, NCB_POS_TAIL, 3),
	PLANT(ROLLBACK_MIXED, NCB_ROBUST, NCB_POS_TAIL, 3),
	PLANT(ROLLBACK_UP, NCB_ROBUST, NCB_POS_TAIL, 2),
	PLANT(ROLLBACK_RETURN, NCB_ROBUST, NCB_POS_TAIL, 1),
	PLANT(ADD_LAST, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(ADD_LAST, NCB_REGISTER, NCB_POS_MIDDLE, 2),
	PLANT(ADD_LAST, NCB_CALL, NCB_POS_NONE, 2),
	PLANT(ADD_ERROR, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(ADD_ERROR, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(ADD_ERROR, NCB_UNREGISTER, NCB_POS_HEAD, 1),
	PLANT(ADD_NOT, NCB_REGISTER, NCB_POS_TAIL, 1),
	PLANT(ADD_NOT, NCB_CALL, NCB_POS_NONE, 1),
	PLANT(ADD_LOSES, NCB_REGISTER, NCB_POS_HEAD, 2),
	PLANT(EEXIST_TWICE, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(EEXIST_TWICE, NCB_UNREGISTER, NCB_POS_TAIL, 1),
	PLANT(EEXIST_ZERO, NCB_REGISTER, NCB_POS_MIDDLE, 1),
	PLANT(EEXIST_OTHER, NCB_REGISTER, NCB_POS_TAIL, 1),
	PLANT(EEXIST_REMOVES, NCB_REGISTER, NCB_POS_TAIL, 1),
	PLANT(DEL_NOT, NCB_UNREGISTER, NCB_POS_MIDDLE, 1),
	PLANT(DEL_NOT, NCB_REGISTER, NCB_POS_MIDDLE, 1),
	PLANT(DEL_REST, NCB_UNREGISTER, NCB_POS_HEAD, 2),
	PLANT(DEL_REST, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(DEL_OTHER, NCB_UNREGISTER, NCB_POS_TAIL, 2),
	PLANT(DEL_ERROR, NCB_UNREGISTER, NCB_POS_HEAD, 1),
	PLANT(ENOENT_ZERO, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(ENOENT_ZERO, NCB_UNREGISTER, NCB_POS_HEAD, 1),
	PLANT(ENOENT_OTHER, NCB_UNREGISTER, NCB_POS_TAIL, 1),
	PLANT(EBUSY_ZERO, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(EBUSY_OTHER, NCB_REGISTER, NCB_POS_HEAD, 1),
	PLANT(EBUSY_ADDS, NCB_UNREGISTER, NCB_POS_TAIL, 2),
	PLANT(EMPTY_OK, NCB_EMPTY, NCB_POS_NONE, 0),
	PLANT(EQUAL_FIRST, NCB_REGISTER, NCB_POS_MIDDLE, 1),
};

static void oracle_notices(void **state)
{
	const struct planted *p = *state;
	const struct ncb_engine *e = ncb_engine_find("native");
	const struct ncb_impl *impl = ncb_engine_impls("native")[0];
	struct row row = { .op = p->op, .position = p->position };
	struct ncb_arm arm;
	u32 i, rows = 0;

	for (row.type = 0; row.type < NCB_TYPES; row.type++) {
		if (ncb_engine_missing(e, row.type, row.op, FEATURES))
			continue;
		/* Only some types have the call that this is about. */
		if (p->fault >= FAULT_EBUSY_ZERO && p->fault <= FAULT_EBUSY_ADDS &&
		    !impl->add_unique[row.type])
			continue;
		for (i = 0; i < (p->from ? ARRAY_SIZE(lengths) : 1); i++) {
			row.length = p->from ? lengths[i] : 0;
			if (row.length < p->from || row.length > LONG)
				continue;
			naive_fault = FAULT_NONE;
			assert_int_equal(judge(impl, &row, &arm), 0);
			naive_fault = p->fault;
			if (judge(impl, &row, &arm) != -EILSEQ)
				fail_msg("not noticed: %s", row_name(&row));
			assert_string_not_equal(arm.message, "");
			rows++;
		}
	}
	assert_true(rows > 0);
}

/* Every fault has been planted somewhere above. */
static void oracle_is_asked_about_every_fault(void **state)
{
	enum naive_fault fault;
	u32 i;

	for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
		for (i = 0; i < ARRAY_SIZE(planted) && planted[i].fault != fault; i++)
			;
		if (i == ARRAY_SIZE(planted))
			fail_msg("fault %u is nowhere planted", fault);
	}
}

/* slist says that it goes forward; something that does not is not slist. */
static void oracle_notices_the_other_direction(void **state)
{
	struct row row = { .op = NCB_ROBUST, .length = 8, .position = NCB_POS_TAIL };
	struct ncb_impl impl = *ncb_engine_impls("slist")[0];
	struct ncb_arm arm;

	impl.rollback = NCB_FACT_ROLLBACK_REVERSE;
	assert_int_equal(judge(&impl, &row, &arm), -EILSEQ);
	impl = *ncb_engine_impls("dlist")[0];
	impl.rollback = NCB_FACT_ROLLBACK_FORWARD;
	assert_int_equal(judge(&impl, &row, &arm), -EILSEQ);
	assert_string_not_equal(arm.message, "");
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_SIZE(planted) + 30] = {
		cmocka_unit_test_setup(memory_is_what_was_announced, setup),
		cmocka_unit_test_setup(failed_allocation_is_cleaned_up, setup),
		cmocka_unit_test_setup(blocks_have_places_of_their_own, setup),
		cmocka_unit_test_setup(places_follow_the_seed, setup),
		cmocka_unit_test_setup(scattered_order_is_the_same_for_all, setup),
		cmocka_unit_test_setup(where_it_happens, setup),
		cmocka_unit_test_setup(length_is_what_was_asked_for, setup),
		cmocka_unit_test_setup(counts_are_as_expected, setup),
		cmocka_unit_test_setup(expected_counts, setup),
		cmocka_unit_test_setup(undo_by_the_opposite, setup),
		cmocka_unit_test_setup(undo_by_rebuilding, setup),
		cmocka_unit_test_setup(undo_of_a_call_is_nothing, setup),
		cmocka_unit_test_setup(flushing_changes_nothing, setup),
		cmocka_unit_test_setup(head_that_cannot_be_made, setup),
		cmocka_unit_test_setup(oracle_passes_every_engine, setup),
		cmocka_unit_test_setup(oracle_passes_what_waits_for_readers, setup),
		cmocka_unit_test_setup(oracle_sees_which_way_a_rollback_goes, setup),
		cmocka_unit_test_setup(oracle_notices_the_other_direction, setup),
		cmocka_unit_test_setup(oracle_is_asked_about_every_fault, setup),
	};
	static char names[ARRAY_SIZE(planted)][80];
	size_t count = 0;
	u32 i;

	while (tests[count].test_func)
		count++;
	for (i = 0; i < ARRAY_SIZE(planted); i++) {
		snprintf(names[i], sizeof(names[i]), "oracle_notices: %s, %s %s", planted[i].name,
			 ncb_op_names[planted[i].op], ncb_pos_names[planted[i].position]);
		tests[count++] = (struct CMUnitTest) {
			.name = names[i],
			.test_func = oracle_notices,
			.setup_func = setup,
			.initial_state = (void *)&planted[i],
		};
	}
	return _cmocka_run_group_tests("chain", tests, count, NULL, NULL) != 0;
}
