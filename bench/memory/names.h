/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of names, each at a place of its own until all are given back at once. */
#ifndef NCB_MEMORY_NAMES_H
#define NCB_MEMORY_NAMES_H

#include <stddef.h>

struct ncb_names_block;

/**
 * struct ncb_names - all zero at first
 * @last: the block that is being filled, before it the full ones
 * @bytes: of all names
 */
struct ncb_names {
	struct ncb_names_block *last;
	size_t bytes;
};

char *ncb_names_add(struct ncb_names *n, const char *name);
void ncb_names_free(struct ncb_names *n);

#endif /* NCB_MEMORY_NAMES_H */
