// SPDX-License-Identifier: GPL-2.0-only
/*
 * What chains take: an object for each length, blocks. Bytes of the blocks in an array
 * (packed), each from kmalloc() (alone), and of objects that hold one each (embedded: the
 * struct of median size, named "struct"). Lines: those of the blocks that a call of the
 * whole chain reads, which is not the priority; head and callbacks are not in them. Arrays
 * and slabs begin at a line, slabs of less than a page are one page, filled in order. Each
 * with _now and _other. All of it is computed, nothing counted: bench/tests/memory_lines.sh
 * has a tracer count the same. null: no such struct.
 */
#include <stdlib.h>
#include "../cache_lines.h"
#include "bill.h"

#define LONGEST	1024	/* blocks */
#define PAGE	4096	/* bytes */

static const json_t *figure(const json_t *of, const char *design, const char *key)
{
	return json_object_get(json_object_get(of, design), key);
}

static json_int_t value(const json_t *of, const char *design, const char *key)
{
	return json_integer_value(figure(of, design, key));
}

static json_int_t read_from(const json_t *block, const char *design)
{
	return value(block, design, "read_from");
}

static json_int_t read_to(const json_t *block, const char *design)
{
	return value(block, design, "read_to");
}

/* One block, no head, and all that is asked is known. */
static bool holds_one(const json_t *s)
{
	const json_t *held = json_object_get(s, "held");
	int i;

	for (i = 0; i < NCB_PARTS; i++)
		if (json_integer_value(json_object_get(held, ncb_part_names[i])) !=
		    (i == NCB_PART_BLOCK))
			return false;
	return !json_is_true(json_object_get(s, "flexible")) &&
	       json_is_integer(figure(s, "now", "block")) &&
	       json_is_integer(figure(s, "other", "block"));
}

static int by_size(const void *x, const void *y)
{
	json_int_t a = value(*(const json_t *const *)x, "now", "size");
	json_int_t b = value(*(const json_t *const *)y, "now", "size");

	return (a > b) - (a < b);
}

static const json_t *median_struct(const json_t *structs)
{
	const json_t **list = ncb_alloc(json_array_size(structs) + 1, sizeof(*list)), *s, *median;
	size_t i, n = 0;

	json_array_foreach(structs, i, s)
		if (holds_one(s))
			list[n++] = s;
	qsort(list, n, sizeof(*list), by_size);
	median = n ? list[(n - 1) / 2] : NULL;
	free(list);
	return median;
}

/* Of objects from kmalloc(), @slab bytes each, with a block @at in them. */
static json_int_t lines_of_slab(const json_t *block, const char *design, json_int_t slab,
				json_int_t at, json_int_t n)
{
	json_int_t run = slab < PAGE ? PAGE / slab : 1;

	return ncb_lines_read(at + read_from(block, design), at + read_to(block, design), slab, run,
			      slab < PAGE ? PAGE : slab, n);
}

static void add_design(json_t *to, const char *design, const json_t *block, const json_t *embedding,
		       json_int_t n)
{
	json_int_t size = value(block, design, "size"), slab = value(block, design, "slab");
	json_int_t outer = value(embedding, design, "slab"), at = value(embedding, design, "block");
	const struct {
		const char *name;
		bool known;
		json_int_t value;
	} figures[] = {
		{ "packed", true, n * size },
		{ "alone", true, n * slab },
		{ "lines_packed", true, ncb_lines_read(read_from(block, design),
						       read_to(block, design), size, n, 0, n) },
		{ "lines_alone", true, lines_of_slab(block, design, slab, 0, n) },
		{ "embedded", embedding, n * outer },
		{ "lines_embedded", embedding,
		  embedding ? lines_of_slab(block, design, outer, at, n) : 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		char *key = ncb_format("%s_%s", figures[i].name, design);

		json_object_set_new(to, key, figures[i].known ? json_integer(figures[i].value) :
								json_null());
		free(key);
	}
}

/**
 * ncb_chains_json - what chains of 1, 2, 4 ... blocks take
 * @parts: the types of blocks and heads
 * @structs: those that hold some
 *
 * Return: an object; its list is empty where the block is not known in both designs.
 */
json_t *ncb_chains_json(const json_t *parts, const json_t *structs)
{
	const json_t *block = json_array_get(parts, NCB_PART_BLOCK);
	const json_t *embedding = median_struct(structs);
	json_t *list = json_array(), *name = json_object_get(embedding, "name"), *one;
	json_int_t more, n;

	for (n = 1; n <= LONGEST && ncb_figure_change(block, "size", &more); n *= 2) {
		one = json_pack("{sI}", "blocks", n);
		add_design(one, "now", block, embedding, n);
		add_design(one, "other", block, embedding, n);
		json_array_append_new(list, one);
	}
	return json_pack("{so so}", "struct", name ? json_incref(name) : json_string(""),
			 "list", list);
}
