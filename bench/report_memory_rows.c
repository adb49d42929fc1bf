// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory beside rows: the rows' module was compiled with the measured kernel's headers, which
 * is another way to the sizes that were read from its types, or computed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../kmod/engine_table.h"
#include "memory.h"

#define NAMED	2	/* of those that differ */

/* How many sizes were the compiler's, of how many; the first that were not, in words. */
struct check {
	size_t agree, compared;
	FILE *differ;
};

static void check_size(struct check *c, const json_t *part, const char *key, const char *arm,
		       uint32_t compiled)
{
	const json_t *size = json_object_get(json_object_get(part, key), "size");

	if (!compiled || !json_is_integer(size))
		return;
	c->compared++;
	c->agree += json_integer_value(size) == compiled;
	if (json_integer_value(size) == compiled || c->compared - c->agree > NAMED)
		return;
	fprintf(c->differ, "; %s is %" JSON_INTEGER_FORMAT " here, %" PRIu32 " there (%s)",
		ncb_part_string(part, "name"), json_integer_value(size), compiled, arm);
}

static const json_t *find_part(const json_t *m, const char *name)
{
	const json_t *parts = json_object_get(m, "parts"), *p;
	size_t i;

	json_array_foreach(parts, i, p)
		if (!strcmp(ncb_part_string(p, "name"), name))
			return p;
	return NULL;
}

/* Of an arm: a block, and a head of each type that there are rows of. */
static void check_arm(struct check *c, const struct ncb_rundata *r, const char *name,
		      const char *key)
{
	uint32_t block = 0, head[NCB_TYPES] = { 0 };
	size_t i;

	for (i = 0; i < r->nrows; i++) {
		int arm = ncb_row_arm_find(&r->rows[i], name);

		if (arm < 0 || !r->rows[i].arm[arm].node_size)
			continue;
		block = r->rows[i].arm[arm].node_size;
		head[r->rows[i].type] = r->rows[i].arm[arm].head_size;
	}
	check_size(c, find_part(r->memory, "notifier_block"), key, name, block);
	for (i = 0; i < NCB_TYPES; i++) {
		char *part = ncb_format("%s_notifier_head", ncb_type_names[i]);

		check_size(c, find_part(r->memory, part), key, name, head[i]);
		free(part);
	}
}

/**
 * ncb_memory_check_compiled - were blocks and heads compiled as they are said to be?
 * @items: gets a line
 * @r: a run with rows and figures of memory
 */
void ncb_memory_check_compiled(struct ncb_items *items, const struct ncb_rundata *r)
{
	bool doubly = ncb_memory_doubly(r->memory);
	struct check c = { 0 };
	char *differ = NULL;
	size_t size;

	c.differ = open_memstream(&differ, &size);
	if (!c.differ)
		abort();
	check_arm(&c, r, "native", "now");
	check_arm(&c, r, NCB_REPORT_BASE, doubly ? "other" : "now");
	check_arm(&c, r, NCB_REPORT_NEW, doubly ? "now" : "other");
	fclose(c.differ);
	if (c.compared)
		ncb_items_say(items, "sizes", c.agree == c.compared ? NCB_MARK_OK : NCB_MARK_BAD,
			      "%zu of %zu sizes of blocks and heads, read or computed, are what "
			      "ncbench.ko was compiled with%s", c.agree, c.compared, differ);
	else
		ncb_items_say(items, "sizes", NCB_MARK_NONE,
			      "n/a: ncbench.ko told no sizes of blocks and heads");
	free(differ);
}
