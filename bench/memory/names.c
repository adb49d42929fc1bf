// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "../ncbench.h"
#include "names.h"

#define BLOCK	65536

struct ncb_names_block {
	struct ncb_names_block *before;
	size_t used, room;
	char text[];
};

/** ncb_names_add - a copy of @name, which may be written to as far as it is long */
char *ncb_names_add(struct ncb_names *n, const char *name)
{
	size_t size = strlen(name) + 1;
	struct ncb_names_block *b = n->last;
	char *copy;

	if (!b || b->room - b->used < size) {
		size_t room = size > BLOCK ? size : BLOCK;

		b = ncb_alloc(1, sizeof(*b) + room);
		b->before = n->last;
		b->room = room;
		n->last = b;
	}
	copy = memcpy(b->text + b->used, name, size);
	b->used += size;
	n->bytes += size;
	return copy;
}

/** ncb_names_free - give all back */
void ncb_names_free(struct ncb_names *n)
{
	struct ncb_names_block *b;

	while ((b = n->last)) {
		n->last = b->before;
		free(b);
	}
	n->bytes = 0;
}
