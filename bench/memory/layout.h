/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What structs that hold notifier blocks and heads become under the other list design, by
 * the rules that compilers follow. Pure: of types, whoever read them.
 */
#ifndef NCB_MEMORY_LAYOUT_H
#define NCB_MEMORY_LAYOUT_H

#include "types.h"

#define NCB_CACHE_LINE	64	/* bytes */

/* What the designs differ in; NCB_PARTS: anything else. */
enum ncb_part {
	NCB_PART_BLOCK,
	NCB_PART_RAW,
	NCB_PART_ATOMIC,
	NCB_PART_BLOCKING,
	NCB_PART_SRCU,
	NCB_PARTS,
};
extern const char *const ncb_part_names[NCB_PARTS];	/* of the structs */

/**
 * struct ncb_design - where the list design shows in the types of a kernel
 * @doubly: of the file: blocks and heads hold a struct list_head; else a pointer
 * @part: of each type
 * @link: of each type that is a part: the member that is the link
 * @type: of each part: the first type that is it, or NCB_NO_TYPE
 */
struct ncb_design {
	bool doubly;
	uint8_t *part;
	uint32_t *link;
	uint32_t type[NCB_PARTS];
};

/* 0; -ENOENT where there is no notifier_block whose link is known; no message. */
int ncb_design_find(const struct ncb_types *t, struct ncb_design *d);
void ncb_design_free(struct ncb_design *d);

/*
 * Alignment that somebody asked for does not stand in BTF; it shows in holes. Where more
 * than one explains a hole, which to take: a cache line's where it is among them, the
 * least, the largest.
 */
enum ncb_align { NCB_ALIGN_LIKELY, NCB_ALIGN_LEAST, NCB_ALIGN_MOST };

/**
 * struct ncb_placed - a type, placed by the rules
 * @size: bytes
 * @align: bytes
 * @bit: where each member begins
 * @explained: the rules give the layout that the file has
 * @asked: a hole was explained by alignment that somebody asked for
 * @packed: some member stands where its alignment does not let it
 * @affected: the design shows in it
 * @computed: @size and @bit hold under the other design; else they are the file's
 */
struct ncb_placed {
	uint64_t size;
	uint32_t align;
	uint64_t *bit;
	bool explained, asked, packed, affected, computed;
};

/**
 * struct ncb_layout - all types, placed
 * @other: the design that the file has not and this layout has; NULL: as in the file
 * @type: as many as there are types
 * @bits: where their @bit point to
 */
struct ncb_layout {
	const struct ncb_design *other;
	struct ncb_placed *type;
	uint64_t *bits;
};

/*
 * Places all types, which were checked: with @other under the design that the file has
 * not, with NULL as they are. To be given back with ncb_layout_free().
 */
void ncb_layout(const struct ncb_types *t, const struct ncb_design *other, enum ncb_align align,
		struct ncb_layout *l);
void ncb_layout_free(struct ncb_layout *l);

/**
 * struct ncb_held - blocks and heads in one object
 * @count: of each part; of the members of a union the most
 * @flexible: there is a flexible array of them besides
 */
struct ncb_held {
	uint64_t count[NCB_PARTS];
	bool flexible;
};

bool ncb_held_any(const struct ncb_held *h);
/* Of each type; malloc'd. */
struct ncb_held *ncb_held(const struct ncb_types *t, const struct ncb_design *d);

#define NCB_UNKNOWN	UINT64_MAX

/**
 * struct ncb_figures - of one type
 * @size: bytes
 * @holes: bytes between members, of which none of @padding
 * @padding: bytes behind the last
 * @loose: bits beside bit fields, which make no whole byte
 * @lines: cache lines, where it begins at one
 * @slab: bytes that kmalloc() takes for it
 * @crossing: blocks and heads that lie in two lines, where it begins at one; NCB_UNKNOWN
 *	where there are too many to look at
 * @block: where the first notifier block in it begins; NCB_UNKNOWN: none was found
 */
struct ncb_figures {
	uint64_t size, holes, padding, loose, lines, slab, crossing, block;
};

void ncb_figures(const struct ncb_types *t, const struct ncb_design *d,
		 const struct ncb_held *held, const struct ncb_layout *l, uint32_t index,
		 struct ncb_figures *f);
/* Bytes of a notifier block that a call reads: the function and the link, and what is between. */
void ncb_block_read(const struct ncb_types *t, const struct ncb_design *d,
		    const struct ncb_layout *l, uint64_t *from, uint64_t *to);
/* Bytes that kmalloc() takes: a size class, or pages. */
uint64_t ncb_slab(uint64_t size);
/* Bytes of a member: what it takes in @l. 0 for bit fields. */
uint64_t ncb_member_size(const struct ncb_types *t, const struct ncb_layout *l, uint32_t index,
			 uint32_t member);

#endif /* NCB_MEMORY_LAYOUT_H */
