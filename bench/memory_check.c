// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a run, as it is read: the report takes for granted that what is here is what
 * it is called, and that sums are sums.
 */
#include <string.h>
#include "memory.h"

enum kind { TEXT, WHOLE, WHOLE_OR_NULL, SIGNED, SIGNED_OR_NULL, BOOLEAN };

struct field {
	const char *key;
	enum kind kind;
};

static bool is_whole(const json_t *value, json_int_t low)
{
	return json_is_integer(value) && json_integer_value(value) >= low &&
	       json_integer_value(value) <= NCB_MEMORY_BYTES_MAX;
}

static bool has_field(const json_t *of, const struct field *f)
{
	const json_t *value = json_object_get(of, f->key);

	switch (f->kind) {
	case TEXT:
		return ncb_part_text(of, f->key, NCB_PART_TEXT);
	case WHOLE:
		return is_whole(value, 0);
	case WHOLE_OR_NULL:
		return json_is_null(value) || is_whole(value, 0);
	case SIGNED:
		return is_whole(value, -NCB_MEMORY_BYTES_MAX);
	case SIGNED_OR_NULL:
		return json_is_null(value) || is_whole(value, -NCB_MEMORY_BYTES_MAX);
	case BOOLEAN:
		return json_is_boolean(value);
	}
	return false;
}

static bool has_all(const json_t *of, const struct field *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!has_field(of, &f[i]))
			return false;
	return true;
}

#define HAS(of, ...) \
	has_all(of, (const struct field[]) { __VA_ARGS__ }, \
		sizeof((const struct field[]) { __VA_ARGS__ }) / sizeof(struct field))

/* All of them, and no more than @max. NULL is no list. */
static bool each(const json_t *list, size_t max, bool (*fits)(const json_t *entry))
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > max)
		return false;
	json_array_foreach(list, i, entry)
		if (!fits(entry))
			return false;
	return true;
}

static bool one_of(const json_t *of, const char *key, const char *a, const char *b)
{
	const char *text = ncb_part_string(of, key);

	return !strcmp(text, a) || !strcmp(text, b);
}

/* A part that is not there says why, and nothing else is asked of it. */
static bool is_none(const json_t *of)
{
	return json_is_object(of) && HAS(of, { "reason", TEXT }) && *ncb_part_string(of, "reason");
}

/* -- types -- */

static bool figures_fit(const json_t *f)
{
	return HAS(f, { "size", WHOLE }, { "holes", WHOLE }, { "padding", WHOLE },
		   { "loose_bits", WHOLE }, { "lines", WHOLE }, { "slab", WHOLE },
		   { "crossing", WHOLE_OR_NULL });
}

static bool between_fits(const json_t *between)
{
	const json_t *low = json_array_get(between, 0), *high = json_array_get(between, 1);

	return json_is_null(between) ||
	       (json_array_size(between) == 2 && is_whole(low, 0) && is_whole(high, 0) &&
		json_integer_value(low) <= json_integer_value(high));
}

static bool held_fits(const json_t *held)
{
	return HAS(held, { "notifier_block", WHOLE }, { "raw_notifier_head", WHOLE },
		   { "atomic_notifier_head", WHOLE }, { "blocking_notifier_head", WHOLE },
		   { "srcu_notifier_head", WHOLE });
}

static bool struct_fits(const json_t *s)
{
	const json_t *other = json_object_get(s, "other"), *module = json_object_get(s, "module");

	if (!HAS(s, { "name", TEXT }, { "kind", TEXT }, { "flexible", BOOLEAN }, { "reason", TEXT }) ||
	    !held_fits(json_object_get(s, "held")) || !figures_fit(json_object_get(s, "now")) ||
	    !between_fits(json_object_get(s, "other_between")))
		return false;
	if (module && !HAS(s, { "module", TEXT }, { "modules", WHOLE }))
		return false;
	return json_is_null(other) ? *ncb_part_string(s, "reason") : figures_fit(other);
}

static bool part_fits(const json_t *part)
{
	if (!json_object_get(part, "now"))
		return HAS(part, { "name", TEXT }) && is_none(part);
	return struct_fits(part);
}

static bool summary_fits(const json_t *memory)
{
	const json_t *summary = json_object_get(memory, "summary"), *s;
	const json_t *structs = json_object_get(memory, "structs");
	size_t i, computed = 0;

	if (!HAS(summary, { "structs", WHOLE }, { "not_computed", WHOLE }, { "uncertain", WHOLE },
		 { "slab_changes", WHOLE }, { "lines_change", WHOLE }))
		return false;
	json_array_foreach(structs, i, s)
		computed += !json_is_null(json_object_get(s, "other"));
	return ncb_part_value(summary, "structs") == json_array_size(structs) &&
	       ncb_part_value(summary, "not_computed") == json_array_size(structs) - computed &&
	       ncb_part_value(summary, "slab_changes") <= computed &&
	       ncb_part_value(summary, "lines_change") <= computed;
}

static bool name_fits(const json_t *name)
{
	const char *text = json_string_value(name);

	return text && strlen(text) < NCB_PART_TEXT;
}

static bool rules_fit(const json_t *rules)
{
	return HAS(rules, { "types", WHOLE }, { "explained", WHOLE },
		   { "with_asked_alignment", WHOLE }, { "packed", WHOLE }) &&
	       each(json_object_get(rules, "not_explained"), NCB_MEMORY_STRUCTS_MAX, name_fits) &&
	       ncb_part_value(rules, "explained") <= ncb_part_value(rules, "types");
}

static bool modules_fit(const json_t *modules)
{
	return !modules || is_none(modules) ||
	       (HAS(modules, { "read", WHOLE }, { "without_btf", WHOLE }) &&
		each(json_object_get(modules, "failed"), NCB_MEMORY_STRUCTS_MAX, name_fits));
}

static bool difference_fits(const json_t *d)
{
	return HAS(d, { "name", TEXT }, { "computed", WHOLE }, { "real", WHOLE });
}

static bool patched_fits(const json_t *patched)
{
	return json_is_null(patched) ||
	       (HAS(patched, { "agree", WHOLE }, { "missing", WHOLE }) &&
		each(json_object_get(patched, "differ"), NCB_MEMORY_STRUCTS_MAX, difference_fits));
}

/* -- images -- */

static bool image_fits(const json_t *image)
{
	if (is_none(image))
		return true;
	return HAS(image, { "reason", TEXT }, { "text", WHOLE }, { "data", WHOLE }, { "bss", WHOLE },
		   { "init", WHOLE_OR_NULL }, { "total", WHOLE }, { "sections", WHOLE },
		   { "symbols", WHOLE_OR_NULL }) &&
	       ncb_part_value(image, "text") + ncb_part_value(image, "data") +
	       ncb_part_value(image, "bss") == ncb_part_value(image, "total");
}

static bool counted_part_fits(const json_t *p)
{
	const json_t *count = json_object_get(p, "count");
	double all;

	if (!HAS(p, { "name", TEXT }, { "count", WHOLE_OR_NULL }, { "dwarf", WHOLE },
		 { "callback", WHOLE }, { "shape", WHOLE }, { "bss", WHOLE_OR_NULL },
		 { "more", SIGNED_OR_NULL }, { "known", TEXT }, { "reason", TEXT }))
		return false;
	all = ncb_part_value(p, "dwarf") + ncb_part_value(p, "callback") +
	      ncb_part_value(p, "shape");
	if (json_is_null(count))
		return !all && !*ncb_part_string(p, "known") && *ncb_part_string(p, "reason");
	return all == json_number_value(count) && one_of(p, "known", "exact", "at least");
}

static bool bytes_are_sums(const json_t *c)
{
	const json_t *parts = json_object_get(c, "parts"), *p;
	double sure = 0, all = 0, more;
	size_t i;

	json_array_foreach(parts, i, p) {
		if (json_is_null(json_object_get(p, "more")))
			continue;
		more = ncb_part_value(p, "more");
		sure += more * (ncb_part_value(p, "dwarf") + ncb_part_value(p, "callback"));
		all += more * ncb_part_value(p, "shape");
	}
	return ncb_part_value(c, "bytes_sure") == sure && ncb_part_value(c, "bytes") == sure + all;
}

static bool census_fits(const json_t *c)
{
	const json_t *parts = json_object_get(c, "parts");

	if (is_none(c))
		return true;
	return HAS(c, { "reason", TEXT }, { "images", WHOLE }, { "failed", WHOLE },
		   { "without_dwarf", WHOLE }, { "mapped", WHOLE }, { "exact", BOOLEAN },
		   { "bytes", SIGNED }, { "bytes_sure", SIGNED }) &&
	       json_array_size(parts) == NCB_MEMORY_PARTS &&
	       each(parts, NCB_MEMORY_PARTS, counted_part_fits) && bytes_are_sums(c);
}

/* Runs of before have no lines of blocks that are alone. */
static bool chain_fits(const json_t *c)
{
	if (json_object_get(c, "lines_alone_now") &&
	    !HAS(c, { "lines_alone_now", WHOLE }, { "lines_alone_other", WHOLE }))
		return false;
	return HAS(c, { "blocks", WHOLE },
		   { "packed_now", WHOLE }, { "packed_other", WHOLE },
		   { "alone_now", WHOLE }, { "alone_other", WHOLE },
		   { "lines_packed_now", WHOLE }, { "lines_packed_other", WHOLE },
		   { "embedded_now", WHOLE_OR_NULL }, { "embedded_other", WHOLE_OR_NULL },
		   { "lines_embedded_now", WHOLE_OR_NULL }, { "lines_embedded_other", WHOLE_OR_NULL });
}

static bool change_fits(const json_t *c)
{
	return HAS(c, { "name", TEXT }, { "old_section", TEXT }, { "new_section", TEXT },
		   { "old", WHOLE }, { "new", WHOLE }, { "moved", WHOLE });
}

static bool head_fits(const json_t *h)
{
	return HAS(h, { "name", TEXT }, { "part", TEXT });
}

static bool null_or(const json_t *list, bool (*fits)(const json_t *entry))
{
	return json_is_null(list) || each(list, NCB_MEMORY_STRUCTS_MAX, fits);
}

static bool against_fits(const json_t *against)
{
	const json_t *c = json_object_get(against, "changes");

	if (json_is_null(against))
		return true;
	if (!HAS(against, { "file", TEXT }) || !image_fits(json_object_get(against, "image")))
		return false;
	return is_none(c) ||
	       (HAS(c, { "reason", TEXT }, { "sections_changed", WHOLE },
		    { "symbols_changed", WHOLE_OR_NULL }, { "moved", WHOLE_OR_NULL }) &&
		each(json_object_get(c, "sections"), NCB_MEMORY_STRUCTS_MAX, change_fits) &&
		null_or(json_object_get(c, "symbols"), change_fits) &&
		null_or(json_object_get(c, "heads_moved"), head_fits));
}

/* -- while it runs -- */

static bool block_fits(const json_t *b)
{
	return HAS(b, { "callback", TEXT }, { "module", TEXT }, { "told", BOOLEAN },
		   { "priority", SIGNED }, { "static", TEXT });
}

static bool live_chain_fits(const json_t *c)
{
	const json_t *blocks = json_object_get(c, "blocks");

	return HAS(c, { "name", TEXT }, { "module", TEXT }, { "offset", WHOLE }, { "type", TEXT },
		   { "or", TEXT }) &&
	       json_array_size(blocks) && each(blocks, NCB_MEMORY_STRUCTS_MAX, block_fits);
}

static bool refused_fits(const json_t *r)
{
	return HAS(r, { "name", TEXT }, { "why", TEXT });
}

/* Sums are those of the lists. */
static bool chains_add_up(const json_t *walk)
{
	const json_t *chain, *block;
	double blocks = 0, fixed = 0;
	size_t i, k;

	json_array_foreach(json_object_get(walk, "chains"), i, chain) {
		json_array_foreach(json_object_get(chain, "blocks"), k, block) {
			blocks++;
			fixed += *ncb_part_string(block, "static") != 0;
		}
	}
	return ncb_part_value(walk, "callbacks") == json_array_size(json_object_get(walk, "chains")) +
	       ncb_part_value(walk, "refused") + ncb_part_value(walk, "changing") &&
	       ncb_part_value(walk, "blocks") == blocks && ncb_part_value(walk, "static") == fixed &&
	       ncb_part_value(walk, "allocated") == blocks - fixed;
}

static bool walk_fits(const json_t *walk)
{
	if (is_none(walk))
		return true;
	return HAS(walk, { "reason", TEXT }, { "words", WHOLE }, { "functions", WHOLE },
		   { "callbacks", WHOLE }, { "untold", WHOLE }, { "refused", WHOLE },
		   { "changing", WHOLE },
		   { "blocks", WHOLE }, { "static", WHOLE }, { "allocated", WHOLE },
		   { "more", SIGNED_OR_NULL }, { "modules", WHOLE }, { "modules_without_btf", WHOLE }) &&
	       each(json_object_get(walk, "chains"), NCB_MEMORY_STRUCTS_MAX, live_chain_fits) &&
	       each(json_object_get(walk, "refusals"), NCB_MEMORY_STRUCTS_MAX, refused_fits) &&
	       chains_add_up(walk);
}

static bool counted_fits(const json_t *c)
{
	return HAS(c, { "callback", TEXT }, { "count", WHOLE });
}

/* The sum of a list, or null. */
static bool is_sum(const json_t *traced, const char *key, const char *list)
{
	const json_t *c;
	double sum = 0;
	size_t i;

	if (json_is_null(json_object_get(traced, key)))
		return !json_array_size(json_object_get(traced, list));
	json_array_foreach(json_object_get(traced, list), i, c)
		sum += ncb_part_value(c, "count");
	return sum == ncb_part_value(traced, key);
}

static bool traced_fits(const json_t *traced)
{
	if (is_none(traced))
		return true;
	return HAS(traced, { "reason", TEXT }, { "registered", WHOLE }, { "unregistered", WHOLE },
		   { "there", WHOLE }, { "not_reached", WHOLE_OR_NULL }, { "not_traced", WHOLE_OR_NULL }) &&
	       each(json_object_get(traced, "missing"), NCB_MEMORY_STRUCTS_MAX, counted_fits) &&
	       each(json_object_get(traced, "early"), NCB_MEMORY_STRUCTS_MAX, counted_fits) &&
	       is_sum(traced, "not_reached", "missing") && is_sum(traced, "not_traced", "early") &&
	       ncb_part_value(traced, "there") <= ncb_part_value(traced, "registered") &&
	       (json_is_null(json_object_get(traced, "not_reached")) ||
		ncb_part_value(traced, "not_reached") <= ncb_part_value(traced, "there"));
}

/* All of it or nothing is computed; and all objects together are bytes that there can be. */
static bool other_object_fits(const json_t *c)
{
	bool none = json_is_null(json_object_get(c, "other"));

	return none == json_is_null(json_object_get(c, "other_object")) &&
	       none == json_is_null(json_object_get(c, "other_per_slab")) &&
	       ncb_part_value(c, "objects") * ncb_part_value(c, "object") <= NCB_MEMORY_BYTES_MAX &&
	       (none || ncb_part_value(c, "objects") * ncb_part_value(c, "other_object") <=
		NCB_MEMORY_BYTES_MAX);
}

static bool cache_fits(const json_t *c)
{
	return HAS(c, { "struct", TEXT }, { "cache", TEXT }, { "objects", WHOLE }, { "slabs", WHOLE },
		   { "pages", WHOLE }, { "size", WHOLE }, { "object", WHOLE },
		   { "per_slab", WHOLE }, { "other", WHOLE_OR_NULL },
		   { "other_object", WHOLE_OR_NULL }, { "other_per_slab", WHOLE_OR_NULL },
		   { "aliases", WHOLE_OR_NULL }) &&
	       between_fits(json_object_get(c, "other_between")) && other_object_fits(c);
}

static bool slab_fits(const json_t *slab)
{
	const json_t *caches = json_object_get(slab, "caches");
	const json_t *classes = json_object_get(slab, "classes");

	if (is_none(slab))
		return true;
	return (json_is_null(classes) || json_is_boolean(classes)) && HAS(slab, { "reason", TEXT }, { "structs", WHOLE }, { "unknown", WHOLE }) &&
	       each(caches, NCB_MEMORY_STRUCTS_MAX, cache_fits) &&
	       ncb_part_value(slab, "structs") ==
	       ncb_part_value(slab, "unknown") + json_array_size(caches);
}

/**
 * ncb_memory_live_check - what a kernel that ran says of its memory
 * @live: "live" of a run's memory, or NULL
 *
 * Return: NULL, or the name of what is damaged.
 */
const char *ncb_memory_live_check(const json_t *live)
{
	if (!live || is_none(live))
		return NULL;
	if (!HAS(live, { "reason", TEXT }, { "release", TEXT }, { "types", WHOLE }))
		return "memory.live";
	if (!walk_fits(json_object_get(live, "walk")))
		return "memory.live.walk";
	if (!traced_fits(json_object_get(live, "traced")))
		return "memory.live.traced";
	return slab_fits(json_object_get(live, "slab")) ? NULL : "memory.live.slab";
}

/* -- all of it -- */

/**
 * ncb_memory_check - what result.json says of memory
 * @m: its field, or NULL
 *
 * Return: NULL, or the name of what is damaged.
 */
const char *ncb_memory_check(const json_t *m)
{
	const json_t *parts = json_object_get(m, "parts"), *census = json_object_get(m, "census");
	const json_t *chains = json_object_get(m, "chains");

	if (!m || is_none(m))
		return NULL;
	if (!HAS(m, { "version", WHOLE }, { "file", TEXT }, { "source", TEXT }, { "pointer", WHOLE },
		 { "design", TEXT }, { "other_design", TEXT }, { "reason", TEXT }) ||
	    !one_of(m, "design", "slist", "dlist") || !one_of(m, "other_design", "slist", "dlist") ||
	    !strcmp(ncb_part_string(m, "design"), ncb_part_string(m, "other_design")) ||
	    !one_of(m, "source", "BTF", "DWARF") || ncb_part_value(m, "version") != 1)
		return "memory";
	if (json_array_size(parts) != NCB_MEMORY_PARTS || !each(parts, NCB_MEMORY_PARTS, part_fits))
		return "memory.parts";
	if (!each(json_object_get(m, "structs"), NCB_MEMORY_STRUCTS_MAX, struct_fits))
		return "memory.structs";
	if (!summary_fits(m))
		return "memory.summary";
	if (!rules_fit(json_object_get(m, "rules")))
		return "memory.rules";
	if (!modules_fit(json_object_get(m, "modules")))
		return "memory.modules";
	if (!patched_fits(json_object_get(m, "patched")))
		return "memory.patched";
	if (!image_fits(json_object_get(m, "image")))
		return "memory.image";
	if (!census_fits(json_object_get(census, "image")) ||
	    !census_fits(json_object_get(census, "modules")))
		return "memory.census";
	if (!HAS(chains, { "struct", TEXT }) || !each(json_object_get(chains, "list"), 16, chain_fits))
		return "memory.chains";
	if (!against_fits(json_object_get(m, "against")))
		return "memory.against";
	return ncb_memory_live_check(json_object_get(m, "live"));
}

/** ncb_memory_only - whether memory is all that a run has */
bool ncb_memory_only(const struct ncb_rundata *r)
{
	return r->memory && !r->nrows && !r->storms;
}
