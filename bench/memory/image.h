/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an image of a kernel or module takes, counted from its ELF file, and what
 * became of it in another one.
 */
#ifndef NCB_MEMORY_IMAGE_H
#define NCB_MEMORY_IMAGE_H

#include "../ncbench.h"
#include "names.h"

/* As size(1) counts: text is code and all that is read only. */
enum ncb_bytes {
	NCB_BYTES_TEXT,
	NCB_BYTES_DATA,
	NCB_BYTES_BSS,		/* takes memory, but no room in the file */
	NCB_BYTES_KINDS,
};

/**
 * struct ncb_size - bytes under one name
 * @name: of a section, or of a symbol less the numbers that change from build to build
 * @section: of a symbol
 * @kind: what they are
 * @bytes: of all that are called so there
 * @count: how many these are
 */
struct ncb_size {
	const char *name, *section;
	enum ncb_bytes kind;
	uint64_t bytes;
	uint32_t count;
};

/**
 * struct ncb_sizes - of an image
 * @bytes: by kind
 * @total: of them
 * @init: of them, what is given back once booted or loaded
 * @section, @sections: that take memory, sorted by name
 * @symbol, @symbols: likewise. What has several names is counted under one of them.
 * @has_symbols: false: the file has no table of them, and @symbols is not known
 * @names: where they are
 */
struct ncb_sizes {
	uint64_t bytes[NCB_BYTES_KINDS];
	uint64_t total, init;
	struct ncb_size *section;
	uint32_t sections;
	struct ncb_size *symbol;
	uint32_t symbols;
	bool has_symbols;
	struct ncb_names names;
};

/**
 * struct ncb_size_change - of what has one name
 * @name: of it
 * @old_section, @new_section: where most of it is; NULL: it is not there
 * @old_bytes, @new_bytes: of it
 * @moved: how many of them were in .bss and are in .data now
 */
struct ncb_size_change {
	const char *name, *old_section, *new_section;
	uint64_t old_bytes, new_bytes;
	uint32_t moved;
};

/**
 * struct ncb_sizes_diff - of two images; the greatest changes first
 * @section, @sections: that changed, came or went
 * @symbol, @symbols: likewise, or that moved from .bss to .data; none where one of the
 * images does not tell
 * @moved: how many symbols did that
 */
struct ncb_sizes_diff {
	struct ncb_size_change *section, *symbol;
	uint32_t sections, symbols;
	uint64_t moved;
};

int ncb_sizes_read(const char *path, struct ncb_sizes *s);
void ncb_sizes_free(struct ncb_sizes *s);
/* Its names are those of the two, which must live as long. */
void ncb_sizes_compare(const struct ncb_sizes *old, const struct ncb_sizes *changed,
		       struct ncb_sizes_diff *d);
void ncb_sizes_diff_free(struct ncb_sizes_diff *d);

#endif /* NCB_MEMORY_IMAGE_H */
