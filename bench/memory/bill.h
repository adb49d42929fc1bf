/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole bill of a kernel, or of a module, as one JSON object. It is what
 * ncb_types_json() says (types_json.h), and besides:
 *
 * image: bytes of it by size(1)'s kinds, see below; or why they are not known
 * census: static blocks and heads, of "image" and of "modules"; each with a reason, or
 *	images, failed, without_dwarf, mapped (how many of them), exact, and parts: name,
 *	count (null: not known, see reason), dwarf, callback, shape (how many are known by
 *	what), bss (of them), more (bytes that each takes more in the other design), known
 *	("exact", "at least", "": not at all), reason. bytes: more of all; bytes_sure: of
 *	those that do not just look like one
 * chains: bytes and cache lines of chains of 1 .. 1024 blocks, computed; see chains.c
 * against: null, or another image: file, image, and of both sections and symbols that
 *	changed, how many symbols moved from .bss to .data, and which heads did
 */
#ifndef NCB_MEMORY_BILL_H
#define NCB_MEMORY_BILL_H

#include <jansson.h>
#include "census.h"
#include "image.h"
#include "types_json.h"

#define NCB_BILL_CHANGES_MAX	200	/* sections or symbols that are named */

/**
 * struct ncb_bill - what is asked for
 * @file: a kernel, a module, or BTF alone
 * @base: the kernel of a module; or NULL
 * @image: of the kernel, where @file is BTF alone; or NULL
 * @map: System.map of a kernel that is packaged without symbols; or NULL
 * @modules: folder of them; or NULL
 * @against: another kernel or module; or NULL
 */
struct ncb_bill {
	const char *file, *base, *image, *map, *modules, *against;
};

/* NULL with *err (-errno) and a message. */
json_t *ncb_bill_json(const struct ncb_bill *b, int *err);

/* -- pure -- */

/* @parts: as ncb_types_json() says them, in the order of enum ncb_part. */
json_t *ncb_census_json(const struct ncb_census *c, const json_t *parts);
json_t *ncb_chains_json(const json_t *parts, const json_t *structs);
/* Old and new may be of the same file. @census: of the old one. */
json_t *ncb_sizes_diff_json(const struct ncb_sizes_diff *d, const struct ncb_census *census,
			    bool symbols);
json_t *ncb_sizes_json(const struct ncb_sizes *s);
/* Of a part or struct: what @key of "now" and "other" differ in; false: not known. */
bool ncb_figure_change(const json_t *of, const char *key, json_int_t *more);

#endif /* NCB_MEMORY_BILL_H */
