// SPDX-License-Identifier: GPL-2.0-only
/*
 * What chains take: an object for each length, blocks. Bytes of the blocks in an array
 * (packed), each from kmalloc() (alone), and of objects that hold one each (embedded: the
 * struct of median size, named "struct"). Lines: those that the blocks lie in, which a
 * call of the whole chain goes through, where arrays and objects begin at a line. Each with
 * _now and _other. All of it is computed, nothing counted. null: no such struct.
 */
#include <stdlib.h>
#include "bill.h"

#define LONGEST	1024	/* blocks */

static const json_t *figure(const json_t *of, const char *design, const char *key)
{
	return json_object_get(json_object_get(of, design), key);
}

static json_int_t value(const json_t *of, const char *design, const char *key)
{
	return json_integer_value(figure(of, design, key));
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
	       json_is_integer(figure(s, "now", "crossing")) &&
	       json_is_integer(figure(s, "other", "crossing"));
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

static void add_design(json_t *to, const char *design, const json_t *block, const json_t *embedding,
		       json_int_t n)
{
	json_int_t packed = n * value(block, design, "size");
	const struct {
		const char *name;
		bool known;
		json_int_t value;
	} figures[] = {
		{ "packed", true, packed },
		{ "alone", true, n * value(block, design, "slab") },
		{ "lines_packed", true, (packed + NCB_CACHE_LINE - 1) / NCB_CACHE_LINE },
		{ "embedded", embedding, n * value(embedding, design, "slab") },
		{ "lines_embedded", embedding, n * (1 + value(embedding, design, "crossing")) },
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
