// SPDX-License-Identifier: GPL-2.0-only
/* Layout by the rules, of types made by hand: each rule one test. Sizes in bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../memory/layout.h"

/* -- types of a kernel, as its file would say -- */

static struct ncb_types t;
static struct ncb_design design;
static struct ncb_layout now, other;
static struct ncb_held *held;
static uint32_t u8, u16, u32, u64, u128, pointer, list_head, block;

static uint32_t add(enum ncb_type_kind kind, const char *name, uint64_t size)
{
	t.type = ncb_grow(t.type, t.types + 1, sizeof(*t.type));
	t.type[t.types] = (struct ncb_type){ .kind = kind, .name = name, .size = size };
	return t.types++;
}

static uint32_t array(uint32_t element, uint64_t count)
{
	uint32_t index = add(NCB_TYPE_ARRAY, "", 0);

	t.type[index].element = element;
	t.type[index].count = count;
	return index;
}

static void bits(uint32_t to, const char *name, uint32_t type, uint64_t bit, uint32_t width)
{
	struct ncb_type *s = &t.type[to];

	s->member = ncb_grow(s->member, s->members + 1, sizeof(*s->member));
	s->member[s->members++] = (struct ncb_member){ name, type, bit, width };
}

static void member(uint32_t to, const char *name, uint32_t type, uint64_t byte)
{
	bits(to, name, type, byte * 8, 0);
}

static uint32_t structure(const char *name, uint64_t size)
{
	return add(NCB_TYPE_STRUCT, name, size);
}

static uint32_t raw_head(void)
{
	uint32_t raw = structure("raw_notifier_head", 8);

	member(raw, "head", pointer, 0);
	return raw;
}

static void add_numbers(void)
{
	t.source = "test";
	t.pointer = 8;
	u8 = add(NCB_TYPE_SCALAR, "", 1);
	u16 = add(NCB_TYPE_SCALAR, "", 2);
	u32 = add(NCB_TYPE_SCALAR, "", 4);
	u64 = add(NCB_TYPE_SCALAR, "", 8);
	u128 = add(NCB_TYPE_SCALAR, "", 16);
	pointer = add(NCB_TYPE_SCALAR, "", 8);
	list_head = structure("list_head", 16);
	member(list_head, "next", pointer, 0);
	member(list_head, "prev", pointer, 8);
}

static int set_up(void **state)
{
	(void)state;
	add_numbers();
	block = structure("notifier_block", 24);
	member(block, "notifier_call", pointer, 0);
	member(block, "next", pointer, 8);
	member(block, "priority", u32, 16);
	return 0;
}

static int set_up_patched(void **state)
{
	(void)state;
	add_numbers();
	block = structure("notifier_block", 32);
	member(block, "notifier_call", pointer, 0);
	member(block, "entry", list_head, 8);
	member(block, "priority", u32, 24);
	return 0;
}

static void forget_layout(void)
{
	ncb_layout_free(&now);
	ncb_layout_free(&other);
	ncb_design_free(&design);
	free(held);
	held = NULL;
}

static int tear_down(void **state)
{
	(void)state;
	forget_layout();
	ncb_types_free(&t);
	return 0;
}

static void lay_out_as(enum ncb_align align)
{
	forget_layout();
	assert_int_equal(ncb_types_check(&t, "test"), 0);
	assert_int_equal(ncb_design_find(&t, &design), 0);
	held = ncb_held(&t, &design);
	ncb_layout(&t, NULL, align, &now);
	ncb_layout(&t, &design, align, &other);
}

static void lay_out(void)
{
	lay_out_as(NCB_ALIGN_LIKELY);
}

/* Explained as it is, and of that size under the other design. */
static void assert_becomes(uint32_t index, uint64_t size)
{
	assert_true(now.type[index].explained);
	assert_true(other.type[index].computed);
	assert_int_equal(now.type[index].size, t.type[index].size);
	assert_int_equal(other.type[index].size, size);
}

static void assert_moves(uint32_t index, uint32_t m, uint64_t byte)
{
	assert_int_equal(now.type[index].bit[m], t.type[index].member[m].bit);
	assert_int_equal(other.type[index].bit[m], byte * 8);
}

/* -- blocks and heads -- */

/*
 * Alignment that the source asks for and that leaves no hole here: of a number and of an
 * array, as debug information has it.
 */
static void test_asked_for_without_a_hole(void **state)
{
	uint32_t number = add(NCB_TYPE_SCALAR, "", 4), list = array(u64, 0), a, b;

	(void)state;
	t.type[number].align = 64;
	t.type[list].align = 64;
	a = structure("number", 128);
	member(a, "pad", array(u64, 5), 0);
	member(a, "block", block, 40);
	member(a, "number", number, 64);
	b = structure("list", 64);
	member(b, "pad", array(u64, 5), 0);
	member(b, "block", block, 40);
	member(b, "list", list, 64);
	lay_out();
	assert_becomes(a, 192);
	assert_becomes(b, 128);
}

static void test_block(void **state)
{
	(void)state;
	lay_out();
	assert_false(design.doubly);
	assert_becomes(block, 32);
	assert_moves(block, 2, 24);
	assert_int_equal(design.type[NCB_PART_BLOCK], block);
	assert_int_equal(design.type[NCB_PART_RAW], NCB_NO_TYPE);
}

static void test_patched_block(void **state)
{
	(void)state;
	lay_out();
	assert_true(design.doubly);
	assert_becomes(block, 24);
	assert_moves(block, 2, 16);
	/* A list_head that is no link stays. */
	assert_becomes(list_head, 16);
}

/* Each grows by 8, wherever in it the pointer is. */
static void test_heads(void **state)
{
	uint32_t raw = raw_head(), srcu, atomic, blocking, lock;

	(void)state;
	atomic = structure("atomic_notifier_head", 16);
	member(atomic, "lock", u32, 0);
	member(atomic, "head", pointer, 8);
	lock = structure("rw_semaphore", 40);
	member(lock, "count", u64, 0);
	member(lock, "wait_list", list_head, 8);
	member(lock, "owner", array(u64, 2), 24);
	blocking = structure("blocking_notifier_head", 48);
	member(blocking, "rwsem", lock, 0);
	member(blocking, "head", pointer, 40);
	srcu = structure("srcu_notifier_head", 24);
	member(srcu, "mutex", u64, 0);
	member(srcu, "head", pointer, 8);
	member(srcu, "srcu", u64, 16);
	lay_out();
	assert_becomes(raw, 16);
	assert_becomes(atomic, 24);
	assert_becomes(blocking, 56);
	assert_becomes(srcu, 32);
	assert_moves(srcu, 2, 24);
	assert_becomes(lock, 40);
	assert_int_equal(design.type[NCB_PART_SRCU], srcu);
}

/* A struct of that name without a link is something else. */
static void test_no_link(void **state)
{
	uint32_t raw = structure("raw_notifier_head", 8);

	(void)state;
	member(raw, "first", pointer, 0);
	lay_out();
	assert_int_equal(design.part[raw], NCB_PARTS);
	assert_int_equal(design.type[NCB_PART_RAW], NCB_NO_TYPE);
	assert_becomes(raw, 8);
	t.type[block].member[1].name = "other";
	ncb_design_free(&design);
	assert_int_equal(ncb_design_find(&t, &design), -ENOENT);
	t.type[block].name = "other";
	assert_int_equal(ncb_design_find(&t, &design), -ENOENT);
}

/* -- natural alignment -- */

static void test_members_move(void **state)
{
	uint32_t s = structure("s", 48);

	(void)state;
	member(s, "a", u32, 0);
	member(s, "nb", block, 8);
	member(s, "b", u8, 32);
	member(s, "c", u16, 34);
	member(s, "d", u64, 40);
	lay_out();
	assert_becomes(s, 56);
	assert_moves(s, 1, 8);
	assert_moves(s, 2, 40);
	assert_moves(s, 3, 42);
	assert_moves(s, 4, 48);
	assert_false(now.type[s].asked || now.type[s].packed);
}

/* A number of 16 bytes is aligned to 16, and so is what holds it. */
static void test_hole_takes_growth(void **state)
{
	uint32_t s = structure("s", 48);

	(void)state;
	member(s, "nb", block, 0);
	member(s, "wide", u128, 32);
	lay_out();
	assert_becomes(s, 48);
	assert_moves(s, 1, 32);
	assert_false(now.type[s].asked);
}

static void test_nested(void **state)
{
	uint32_t inner = structure("inner", 32), outer = structure("outer", 136);

	(void)state;
	member(inner, "nb", block, 0);
	member(inner, "a", u8, 24);
	member(outer, "a", u8, 0);
	member(outer, "many", array(inner, 3), 8);
	member(outer, "one", block, 104);
	member(outer, "b", u64, 128);
	lay_out();
	assert_becomes(inner, 40);
	assert_becomes(outer, 8 + 3 * 40 + 32 + 8);
	assert_moves(outer, 2, 128);
	assert_moves(outer, 3, 160);
	assert_int_equal(held[outer].count[NCB_PART_BLOCK], 4);
}

/* Its members are one, and what it takes is the largest. */
static void test_anonymous_union(void **state)
{
	uint32_t u = add(NCB_TYPE_UNION, "", 40), s = structure("s", 56), two = structure("", 24);

	(void)state;
	member(two, "a", array(u64, 3), 0);
	member(u, "nb", block, 0);
	member(u, "", two, 0);
	member(u, "c", array(u8, 40), 0);
	member(s, "a", u64, 0);
	member(s, "", u, 8);
	member(s, "b", u64, 48);
	lay_out();
	assert_becomes(u, 40);
	assert_becomes(s, 56);
	assert_int_equal(held[s].count[NCB_PART_BLOCK], 1);
	member(u, "pair", array(block, 2), 0);
	t.type[u].size = 48;
	t.type[s].size = 64;
	t.type[s].member[2].bit = 56 * 8;
	lay_out();
	assert_becomes(u, 64);
	assert_becomes(s, 80);
	assert_int_equal(held[s].count[NCB_PART_BLOCK], 2);
}

static void test_flexible(void **state)
{
	uint32_t s = structure("s", 8), outer = structure("outer", 16);

	(void)state;
	member(s, "n", u64, 0);
	member(s, "nb", array(block, 0), 8);
	member(outer, "a", u64, 0);
	member(outer, "s", s, 8);
	lay_out();
	assert_becomes(s, 8);
	assert_becomes(outer, 16);
	assert_true(held[outer].flexible);
	assert_true(ncb_held_any(&held[outer]));
	assert_int_equal(held[outer].count[NCB_PART_BLOCK], 0);
	assert_false(ncb_held_any(&held[list_head]));
}

/* -- alignment that was asked for -- */

/* A member behind a hole keeps what explains it, and takes the struct's end along. */
static void test_aligned_member(void **state)
{
	uint32_t s = structure("s", 192);

	(void)state;
	member(s, "a", u64, 0);
	member(s, "nb", array(block, 4), 8);
	member(s, "line", u64, 128);
	lay_out();
	assert_true(now.type[s].asked);
	assert_becomes(s, 256);
	assert_moves(s, 2, 192);
	/* 32 explains the hole as well. */
	lay_out_as(NCB_ALIGN_LEAST);
	assert_becomes(s, 192);
	assert_moves(s, 2, 160);
}

/* Where it shows only at the end. */
static void test_aligned_struct(void **state)
{
	uint32_t s = structure("s", 128), outer;

	(void)state;
	member(s, "nb", array(block, 3), 0);
	member(s, "a", array(u64, 5), 72);
	lay_out_as(NCB_ALIGN_LEAST);
	assert_becomes(s, 160);
	lay_out_as(NCB_ALIGN_MOST);
	assert_becomes(s, 256);
	outer = structure("outer", 192);
	member(outer, "a", u64, 0);
	member(outer, "s", s, 64);
	lay_out();
	assert_int_equal(now.type[s].align, 64);
	assert_becomes(s, 192);
	assert_becomes(outer, 256);
	assert_moves(outer, 1, 64);
}

/* That it was may be seen at the end, and not which member it was: it may be one behind. */
static void test_hidden_alignment(void **state)
{
	uint32_t s = structure("s", 128);

	(void)state;
	member(s, "nb", block, 0);
	member(s, "a", array(u64, 5), 24);
	member(s, "b", u64, 64);
	lay_out();
	assert_becomes(s, 128);
	assert_moves(s, 2, 72);
	lay_out_as(NCB_ALIGN_MOST);
	assert_becomes(s, 256);		/* aligned to 128, for all that is seen */
	assert_moves(s, 2, 128);
}

/* It was not aligned to a line, as it is found elsewhere, too. */
static void test_aligned_elsewhere(void **state)
{
	uint32_t s = structure("s", 128), outer = structure("outer", 160);

	(void)state;
	member(s, "nb", array(block, 3), 0);
	member(s, "a", array(u64, 5), 72);
	member(outer, "a", array(u64, 4), 0);
	member(outer, "s", s, 32);
	lay_out();
	assert_int_equal(now.type[s].align, 32);
	assert_becomes(s, 160);
	assert_becomes(outer, 192);
}

/* DWARF may say what BTF cannot: there is no hole. */
static void test_known_alignment(void **state)
{
	uint32_t s = structure("s", 64);

	(void)state;
	member(s, "nb", block, 0);
	member(s, "a", array(u64, 5), 24);
	lay_out();
	assert_becomes(s, 72);
	t.type[s].align = 64;
	lay_out();
	assert_becomes(s, 128);
}

/* A mark without a size, as kernels put before a line of their own. */
static void test_empty_member(void **state)
{
	uint32_t pad = structure("padding", 0), s = structure("s", 128);

	(void)state;
	member(pad, "x", array(u8, 0), 0);
	member(s, "a", array(u64, 2), 0);
	member(s, "nb", block, 16);
	member(s, "pad", pad, 64);
	member(s, "b", array(u8, 61), 64);
	lay_out();
	assert_becomes(s, 128);
	assert_moves(s, 3, 64);
	assert_true(now.type[s].asked);
}

/* -- packed -- */

static void test_packed(void **state)
{
	uint32_t s = structure("s", 26), outer = structure("outer", 28);

	(void)state;
	member(s, "a", u8, 0);
	member(s, "nb", block, 1);
	member(s, "b", u8, 25);
	member(outer, "a", u8, 0);
	member(outer, "s", s, 1);
	member(outer, "b", u8, 27);
	lay_out();
	assert_true(now.type[s].packed);
	assert_int_equal(now.type[s].align, 1);
	assert_becomes(s, 34);
	assert_moves(s, 2, 33);
	assert_becomes(outer, 36);
}

/* Of one member, whose type nothing else shows to be packed; the others stay aligned. */
static void test_packed_member(void **state)
{
	uint32_t s = structure("s", 64);

	(void)state;
	member(s, "a", u16, 0);
	member(s, "nb", block, 2);
	member(s, "b", u8, 26);
	member(s, "wide", u128, 32);
	member(s, "nb2", raw_head(), 48);
	lay_out();
	assert_becomes(s, 80);
	assert_moves(s, 2, 34);
	assert_moves(s, 3, 48);
}

/* Nothing in it stands wrong, but its size does. */
static void test_packed_end(void **state)
{
	uint32_t s = structure("s", 25);

	(void)state;
	member(s, "nb", block, 0);
	member(s, "a", u8, 24);
	lay_out();
	assert_true(now.type[s].packed);
	assert_becomes(s, 33);
}

/* -- bit fields -- */

static void test_bit_fields(void **state)
{
	uint32_t s = structure("s", 40);

	(void)state;
	bits(s, "a", u32, 0, 3);
	bits(s, "b", u32, 3, 5);
	bits(s, "c", u32, 16, 4);		/* unnamed ones before it */
	member(s, "nb", block, 8);
	bits(s, "d", u32, 32 * 8, 30);
	bits(s, "e", u32, 36 * 8, 4);		/* not in two units */
	lay_out();
	assert_becomes(s, 48);
	assert_int_equal(other.type[s].bit[2], 16);
	assert_moves(s, 4, 40);
	assert_moves(s, 5, 44);
	assert_false(now.type[s].packed);
}

/* In what is left of the unit that others began; what follows goes to the next byte. */
static void test_shared_unit(void **state)
{
	uint32_t s = structure("s", 32);

	(void)state;
	member(s, "nb", block, 0);
	member(s, "a", u8, 24);
	bits(s, "b", u32, 25 * 8, 4);
	member(s, "c", u8, 26);
	lay_out();
	assert_becomes(s, 40);
	assert_moves(s, 2, 33);
	assert_moves(s, 3, 34);
}

/* The type of a bit field aligns the struct. */
static void test_bit_field_aligns(void **state)
{
	uint32_t s = structure("s", 4), outer = structure("outer", 32);

	(void)state;
	bits(s, "a", u32, 0, 1);
	member(outer, "nb", block, 0);
	member(outer, "a", u8, 24);
	member(outer, "s", s, 28);
	lay_out();
	assert_int_equal(now.type[s].align, 4);
	assert_false(now.type[s].asked);
	assert_becomes(outer, 40);
	assert_moves(outer, 2, 36);
}

/* Across two units: only where packed, and then it follows at once. */
static void test_packed_bit_fields(void **state)
{
	uint32_t s = structure("s", 32);

	(void)state;
	member(s, "nb", block, 0);
	bits(s, "a", u32, 24 * 8, 30);
	bits(s, "b", u32, 24 * 8 + 30, 10);
	member(s, "c", array(u8, 3), 29);
	lay_out();
	assert_true(now.type[s].packed);
	assert_becomes(s, 40);
	assert_int_equal(other.type[s].bit[2], 32 * 8 + 30);
}

/* -- what is not explained -- */

/* Out of order: not computed, nor what holds it; sizes stay the file's. */
static void test_not_explained(void **state)
{
	uint32_t s = structure("s", 32), outer = structure("outer", 40), clean;

	(void)state;
	member(s, "a", u64, 24);
	member(s, "nb", block, 0);
	member(outer, "s", s, 0);
	member(outer, "a", u64, 32);
	clean = structure("clean", 32);
	member(clean, "nb", block, 0);
	member(clean, "a", u64, 24);
	lay_out();
	assert_false(now.type[s].explained);
	assert_false(other.type[s].computed);
	assert_int_equal(other.type[s].size, 32);
	assert_true(now.type[outer].explained);
	assert_true(now.type[outer].computed);
	assert_false(other.type[outer].computed);
	assert_int_equal(other.type[outer].size, 40);
	assert_moves(outer, 1, 32);
	assert_becomes(clean, 40);
}

/* What does not change may look as it likes. */
static void test_not_explained_beside(void **state)
{
	uint32_t odd = structure("odd", 4), s = structure("s", 32);

	(void)state;
	member(odd, "a", u8, 0);
	member(odd, "b", u8, 1);
	member(odd, "c", u8, 3);
	member(s, "odd", odd, 0);
	member(s, "nb", block, 8);
	lay_out();
	assert_false(now.type[odd].explained);
	assert_becomes(s, 40);
	assert_moves(s, 1, 8);
}

/* -- figures -- */

static void test_slab(void **state)
{
	static const uint64_t sizes[][2] = {
		{ 0, 0 }, { 1, 8 }, { 8, 8 }, { 9, 16 }, { 33, 64 }, { 64, 64 }, { 65, 96 },
		{ 96, 96 }, { 97, 128 }, { 129, 192 }, { 192, 192 }, { 193, 256 }, { 257, 512 },
		{ 4096, 4096 }, { 4097, 8192 }, { 8192, 8192 }, { 8193, 16384 }, { 16385, 32768 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_int_equal(ncb_slab(sizes[i][0]), sizes[i][1]);
}

static void test_figures(void **state)
{
	uint32_t s = structure("s", 104);
	struct ncb_figures f;

	(void)state;
	member(s, "a", array(u64, 5), 0);
	member(s, "nb", block, 40);		/* its last 8 bytes fill the line */
	bits(s, "b", u32, 64 * 8, 5);
	member(s, "nb2", block, 72);
	member(s, "c", u8, 96);
	lay_out();
	ncb_figures(&t, &design, held, &now, s, &f);
	assert_int_equal(f.size, 104);
	assert_int_equal(f.holes, 7);		/* 59 bits behind b */
	assert_int_equal(f.loose, 3);
	assert_int_equal(f.padding, 7);
	assert_int_equal(f.lines, 2);
	assert_int_equal(f.slab, 128);
	assert_int_equal(f.crossing, 0);
	assert_int_equal(f.block, 40);
	ncb_figures(&t, &design, held, &other, s, &f);
	assert_int_equal(f.block, 40);
	assert_int_equal(f.size, 120);
	assert_int_equal(f.holes, 7);
	assert_int_equal(f.padding, 7);
	assert_int_equal(f.crossing, 1);	/* 40 .. 72, and 80 .. 112 */
}

/* Function and link, not the priority; a block that calls something else is read as a whole. */
static void test_block_read(void **state)
{
	uint64_t from, to;

	(void)state;
	lay_out();
	ncb_block_read(&t, &design, &now, &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, 16);
	ncb_block_read(&t, &design, &other, &from, &to);
	assert_int_equal(to, 16);
	t.type[block].member[0].name = "called";
	ncb_block_read(&t, &design, &other, &from, &to);
	assert_int_equal(from, 0);
	assert_int_equal(to, 32);
}

/* A struct without one has no place of it. */
static void test_no_block(void **state)
{
	uint32_t s = structure("s", 8);
	struct ncb_figures f;

	(void)state;
	member(s, "head", raw_head(), 0);
	lay_out();
	ncb_figures(&t, &design, held, &now, s, &f);
	assert_true(f.block == NCB_UNKNOWN);
}

/* Arrays in arrays, one by one, and members of a union once. */
static void test_crossing(void **state)
{
	uint32_t row = array(block, 2), s = structure("s", 144), many, u;
	struct ncb_figures f;

	(void)state;
	member(s, "nb", array(row, 3), 0);	/* 0 24 48* 72 96 120* */
	u = add(NCB_TYPE_UNION, "u", 144);
	member(u, "a", s, 0);
	member(u, "b", array(block, 4), 0);
	many = structure("many", 100000 * 24);
	member(many, "nb", array(block, 100000), 0);
	lay_out();
	ncb_figures(&t, &design, held, &now, s, &f);
	assert_int_equal(f.crossing, 2);
	ncb_figures(&t, &design, held, &now, u, &f);
	assert_int_equal(f.crossing, 2);
	ncb_figures(&t, &design, held, &other, s, &f);
	assert_int_equal(f.crossing, 0);	/* 32 each */
	ncb_figures(&t, &design, held, &now, many, &f);
	assert_true(f.crossing == NCB_UNKNOWN);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_block),
		cmocka_unit_test_setup_teardown(test_patched_block, set_up_patched, tear_down),
		TEST(test_heads),
		TEST(test_no_link),
		TEST(test_members_move),
		TEST(test_hole_takes_growth),
		TEST(test_nested),
		TEST(test_anonymous_union),
		TEST(test_flexible),
		TEST(test_asked_for_without_a_hole),
		TEST(test_aligned_member),
		TEST(test_aligned_struct),
		TEST(test_hidden_alignment),
		TEST(test_aligned_elsewhere),
		TEST(test_known_alignment),
		TEST(test_empty_member),
		TEST(test_packed),
		TEST(test_packed_member),
		TEST(test_packed_end),
		TEST(test_bit_fields),
		TEST(test_shared_unit),
		TEST(test_bit_field_aligns),
		TEST(test_packed_bit_fields),
		TEST(test_not_explained),
		TEST(test_not_explained_beside),
		TEST(test_slab),
		TEST(test_figures),
		TEST(test_crossing),
		TEST(test_block_read),
		TEST(test_no_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
