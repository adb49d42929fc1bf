/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is there while a kernel runs, as one JSON object. Nothing is loaded or changed; what
 * may not be read is not known, and each part has a reason then.
 *
 * reason: ""; release: of the kernel; types: structs in its BTF, as bill.h has them
 * walk: chains that begin at static heads, followed in /proc/kcore. reason, or
 *	words: of static data that were looked at
 *	functions: of them, lead to something that begins with the address of a function
 *	callbacks: of these, the function takes what a notifier is called with, by BTF; each
 *	is a chain, refused or changing
 *	untold: BTF does not tell of any function there; such chains are not listed
 *	refused: begin like a chain and are none; refusals: of some of them name, why
 *	changing: changed whenever they were read
 *	blocks, static, allocated: on all chains; static are in data of the kernel or a module
 *	more: bytes that each block takes more in the other design; null: not computed
 *	modules, modules_without_btf: whose functions were asked for
 *	chains: name, module ("": the kernel), offset (of the head's pointer in what has the
 *	name), type, or (another type that it may be, or ""), blocks: callback, module,
 *	told (BTF knows the callback), priority, static (name of what it is in, or "": allocated)
 * traced: what the tracepoints of notifiers say since boot. reason, or registered,
 *	unregistered (events), there (of those registered), not_reached (of these, not on a
 *	chain of walk; null without one), not_traced (on a chain, but registered before;
 *	likewise), and lists "missing" and "early" of both: callback, count
 * slab: objects in caches of their own. reason, or structs (that hold some), unknown (no
 *	cache of their own), classes (whether kmalloc() has the sizes that ncb_slab() knows;
 *	null: it shows none), caches: struct, cache, objects, slabs, pages (of a slab), size,
 *	object (what the cache takes for one), per_slab, and other, other_object,
 *	other_per_slab (in the other design, of slabs as large; null: not computed),
 *	other_between (as of a struct, see types_json.h), aliases (other caches that are
 *	merged into it, whose objects count here; null: not known)
 */
#ifndef NCB_MEMORY_LIVE_H
#define NCB_MEMORY_LIVE_H

#include <jansson.h>
#include "census.h"

/**
 * struct ncb_live - what is asked for
 * @root: in place of "/": "" but in tests
 * @btf: of the kernel
 */
struct ncb_live {
	const char *root, *btf;
};

/* NULL with *err (-errno) and a message. */
json_t *ncb_live_json(const struct ncb_live *l, int *err);

/* Of functions that return a reason: NULL is success, else a sentence that stays. */

/* -- kcore.c: the memory of the kernel -- */

#define NCB_KCORE_PAGE	4096u

struct ncb_kcore {
	int fd;
	struct ncb_kcore_segment {
		uint64_t from, size, offset;
	} *segment;
	size_t segments;
	struct ncb_kcore_page *page;
};

const char *ncb_kcore_open(const char *path, struct ncb_kcore *k);
void ncb_kcore_close(struct ncb_kcore *k);
/* NULL: no memory there. */
const struct ncb_kcore_segment *ncb_kcore_segment(const struct ncb_kcore *k, uint64_t at);
/* As it is now. */
bool ncb_kcore_read(const struct ncb_kcore *k, uint64_t at, void *to, size_t size);
/* As it was when something near was first read. */
bool ncb_kcore_peek(struct ncb_kcore *k, uint64_t at, void *to, size_t size);

/* -- kallsyms.c: its symbols -- */

/**
 * struct ncb_symbol - one of them
 * @address: where it begins
 * @size: how far it is to the next; of the last of a module, to the end of the page
 * @last: of a module, perhaps of one of its pieces: it may take less than that
 * @name: of it
 * @module: "" of the kernel
 * @kind: as nm says it
 */
struct ncb_symbol {
	uint64_t address, size;
	const char *name, *module;
	char kind;
	bool last;
};

struct ncb_symbols {
	struct ncb_symbol *symbol;	/* sorted */
	size_t symbols;
	char *text;
};

const char *ncb_symbols_read(const char *path, struct ncb_symbols *s);
void ncb_symbols_free(struct ncb_symbols *s);
/* The first that begins there; others may follow. NULL: none. */
const struct ncb_symbol *ncb_symbols_at(const struct ncb_symbols *s, uint64_t address);
/* Variable that an address is in; NULL: none. */
const struct ncb_symbol *ncb_symbols_data(const struct ncb_symbols *s, uint64_t address);
bool ncb_symbol_is_data(const struct ncb_symbol *s);
/* Of the kernel, by name; 0: none. */
uint64_t ncb_symbols_address(const struct ncb_symbols *s, const char *name);

/* -- walk.c -- */

/**
 * struct ncb_walk - what is needed
 * @kernel: its types, from BTF
 * @folder: BTF of modules is there
 */
struct ncb_walk {
	struct ncb_kcore *core;
	const struct ncb_symbols *symbols;
	const struct ncb_types *kernel;
	const char *folder;
};

json_t *ncb_walk_json(const struct ncb_walk *w);

/* -- traced.c: @walk is that of the same kernel -- */

json_t *ncb_traced_json(const char *root, const json_t *walk);

/* -- slab.c: @structs as ncb_types_json() says them -- */

json_t *ncb_slab_json(const char *root, const json_t *structs);

#endif /* NCB_MEMORY_LIVE_H */
