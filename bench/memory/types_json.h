/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What types say about notifier chains, as JSON:
 *
 * version, file, source ("BTF"), pointer (bytes)
 * reason: why nothing else is there; "" where it is
 * design, other_design: "slist" or "dlist": the file's, and what is computed
 * parts: notifier_block and the heads, each as a struct below; without figures and with a
 *	reason where the file has none
 * summary: structs; of them not_computed, uncertain; of the rest slab_changes, lines_change
 * structs: all that hold some, directly or through others. Each: name, kind, held (of each
 *	part how many; of the members of a union the most), flexible (an array of them
 *	besides), now, other (null: not computed, see reason). Both: size, holes, padding
 *	(bytes), loose_bits (beside bit fields), lines (from the beginning of one), slab
 *	(bytes that kmalloc() takes), crossing (blocks and heads in two lines; null: too
 *	many to look at), block (where the first block begins; null: there is none); of
 *	notifier_block also read_from, read_to (what a call reads: function and link). other_between: smallest and largest size that explain what is
 *	seen, where that is not one. With @members: name, bit, bits, size, other_bit,
 *	other_size of each
 * modules: of several files: read, without_btf, failed (their names); then each struct has
 *	modules, how many have it (0: the kernel), and module, the first that has
 * rules: of all structs with members (types), how many the rules explain, how many of
 *	them with alignment that was asked for or packed; not_explained: the others' names
 * patched: null, or how many are in the other file as computed (agree), not there
 *	(missing), and which differ
 *
 * other is computed. Alignment that was asked for and shows nowhere (no hole, whole cache
 * lines) does not stand in BTF: it is not known, and neither bounds nor reason say so.
 */
#ifndef NCB_MEMORY_TYPES_JSON_H
#define NCB_MEMORY_TYPES_JSON_H

#include <jansson.h>
#include "types.h"

/**
 * struct ncb_types_question - what to say of types
 * @file: where they are from
 * @types: they
 * @patched: types of a kernel of the other design, which has to look as computed; or NULL
 * @members: say where each member is, too
 */
struct ncb_types_question {
	const char *file;
	const struct ncb_types *types;
	const struct ncb_types *patched;
	bool members;
};

json_t *ncb_types_json(const struct ncb_types_question *q);
json_t *ncb_types_summary(const json_t *structs);

/*
 * -- modules.c --
 * Adds the structs of all modules below @folder to what was said of @kernel, and to its
 * summary; "modules" says how many were read. @also: called for each of them, which is
 * unpacked once for all, with @data; or NULL. 0, -ENOENT where there is none, or -errno; with a message.
 */
int ncb_types_add_modules(json_t *said, const char *folder, const struct ncb_types *kernel,
			  bool members, void (*also)(void *data, const char *path), void *data);

#endif /* NCB_MEMORY_TYPES_JSON_H */
