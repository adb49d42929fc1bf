// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report says about memory while a kernel runs: chains that were followed,
 * registrations that were traced, objects with a cache of their own.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

#define ON_LINE	60	/* characters of callbacks that the table has of a chain */

static int64_t value(const json_t *of, const char *key)
{
	return json_integer_value(json_object_get(of, key));
}

/* -- lines -- */

static void say_walk(struct ncb_items *items, const json_t *memory, const json_t *walk)
{
	int64_t more = ncb_memory_added(memory, walk, "more");
	int64_t blocks = value(walk, "blocks");
	char *bytes;

	if (ncb_memory_none(walk)) {
		ncb_items_say(items, "registered", NCB_MARK_NONE, "blocks on chains n/a: %s",
			      ncb_part_string(walk, "reason"));
		return;
	}
	bytes = json_is_null(json_object_get(walk, "more")) ? ncb_copy("bytes n/a") :
		ncb_format("%+" PRId64 " bytes each", more);
	ncb_items_say(items, "registered", NCB_MARK_NONE,
		      "%" PRId64 " blocks on %zu chains that begin at static heads (/proc/kcore), %s: "
		      "%" PRId64 " static, %" PRId64 " allocated",
		      blocks, json_array_size(json_object_get(walk, "chains")), bytes,
		      value(walk, "static"), value(walk, "allocated"));
	free(bytes);
}

static void say_traced(struct ncb_items *items, const json_t *traced)
{
	int64_t there = value(traced, "there"), missing = value(traced, "not_reached");

	if (ncb_memory_none(traced)) {
		ncb_items_say(items, "since boot", NCB_MARK_NONE, "registrations n/a: %s",
			      ncb_part_string(traced, "reason"));
		return;
	}
	ncb_items_say(items, "since boot", NCB_MARK_NONE,
		      "%" PRId64 " registered, %" PRId64 " unregistered (tracepoints); %" PRId64
		      " are left", value(traced, "registered"), value(traced, "unregistered"), there);
	if (json_is_null(json_object_get(traced, "not_reached")))
		return;
	ncb_items_say(items, "", NCB_MARK_NONE,
		      "%" PRId64 " of these are on those chains, %" PRId64
		      " on none (heads in allocated memory are not looked for); %" PRId64
		      " more on those chains were there before the trace began", there - missing,
		      missing, value(traced, "not_traced"));
}

/* The other design's size, where it is not certain; malloc'd. */
static char *between_text(const json_t *c)
{
	const json_t *between = json_object_get(c, "other_between");

	if (!json_is_array(between))
		return ncb_copy("");
	return ncb_format(", if struct %s takes %" JSON_INTEGER_FORMAT ", of %" JSON_INTEGER_FORMAT
			  " .. %" JSON_INTEGER_FORMAT, ncb_part_string(c, "struct"),
			  json_integer_value(json_object_get(c, "other")),
			  json_integer_value(json_array_get(between, 0)),
			  json_integer_value(json_array_get(between, 1)));
}

static void say_cache(struct ncb_items *items, const json_t *memory, const json_t *c, bool first)
{
	const char *old = ncb_memory_doubly(memory) ? "other_object" : "object";
	const char *new = ncb_memory_doubly(memory) ? "object" : "other_object";
	const char *old_slab = ncb_memory_doubly(memory) ? "other_per_slab" : "per_slab";
	const char *new_slab = ncb_memory_doubly(memory) ? "per_slab" : "other_per_slab";
	const json_t *aliases = json_object_get(c, "aliases");
	char *between;

	if (json_is_null(json_object_get(c, "other")))
		return;
	between = between_text(c);
	ncb_items_say(items, first ? "slab" : "", NCB_MARK_NONE,
		      "%s: %" PRId64 " objects of %" PRId64 " -> %" PRId64 " bytes, together %+" PRId64
		      "; %" PRId64 " -> %" PRId64 " in a slab (struct %s)%s%s", ncb_part_string(c, "cache"),
		      value(c, "objects"), value(c, old), value(c, new),
		      value(c, "objects") * (value(c, new) - value(c, old)), value(c, old_slab),
		      value(c, new_slab), ncb_part_string(c, "struct"), between,
		      json_is_null(aliases) ? "; other caches may be merged into it" :
		      json_integer_value(aliases) ? "; with the objects of caches merged into it" : "");
	free(between);
}

static void say_slab(struct ncb_items *items, const json_t *memory, const json_t *slab)
{
	const json_t *caches = json_object_get(slab, "caches"), *c;
	bool any = json_array_size(caches);
	size_t i;

	if (ncb_memory_none(slab)) {
		ncb_items_say(items, "slab", NCB_MARK_NONE, "objects n/a: %s",
			      ncb_part_string(slab, "reason"));
		return;
	}
	json_array_foreach(caches, i, c)
		say_cache(items, memory, c, i == 0);
	ncb_items_say(items, any ? "" : "slab", NCB_MARK_NONE,
		      "objects of the other %" PRId64 " of the kernel's %" PRId64
		      " structs n/a: they have no cache of their own", value(slab, "unknown"),
		      value(slab, "structs"));
}

/* -- what makes them true -- */

static void trust_walk(struct ncb_items *items, const json_t *walk)
{
	const json_t *refusals = json_object_get(walk, "refusals"), *r;
	int64_t callbacks = value(walk, "callbacks"), bad = callbacks;
	size_t whole = json_array_size(json_object_get(walk, "chains")), i;

	if (ncb_memory_none(walk))
		return;
	bad -= whole;
	ncb_items_say(items, "followed", bad || value(walk, "untold") ? NCB_MARK_BAD : NCB_MARK_OK,
		      "of %" PRId64 " words of static data %" PRId64
		      " lead to what begins with the address of a function; %" PRId64
		      " of the functions take what a notifier is called with (BTF), and %zu of these "
		      "words begin whole chains", value(walk, "words"), value(walk, "functions"),
		      callbacks, whole);
	if (value(walk, "changing"))
		ncb_items_say(items, "", NCB_MARK_NONE, "%" PRId64 " changed whenever they were read",
			      value(walk, "changing"));
	if (value(walk, "untold"))
		ncb_items_say(items, "", NCB_MARK_NONE, "%" PRId64
			      " more, of functions that BTF does not know, are left out",
			      value(walk, "untold"));
	json_array_foreach(refusals, i, r)
		ncb_items_say(items, "", NCB_MARK_NONE, "%s: %s", ncb_part_string(r, "name"),
			      ncb_part_string(r, "why"));
	if (value(walk, "modules_without_btf"))
		ncb_items_say(items, "", NCB_MARK_NONE, "%" PRId64 " of %" PRId64
			      " modules have no BTF: chains of theirs alone are left out",
			      value(walk, "modules_without_btf"), value(walk, "modules"));
}

/* Those of blocks, or of a list with counts; as many as @most characters hold. */
static char *callbacks_text(const json_t *list, int most)
{
	const json_t *c;
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	json_array_foreach(list, i, c) {
		const char *name = ncb_part_string(c, "callback");

		if (i && ftell(f) + (long)strlen(name) + 2 > most)
			break;
		fprintf(f, "%s%.*s", i ? ", " : "", most, name);
		if (value(c, "count") > 1)
			fprintf(f, " %" PRId64 " times", value(c, "count"));
	}
	if (i < json_array_size(list))
		fprintf(f, " ...");
	fclose(f);
	return text;
}

/* Names, so that who knows the kernel can tell whether they belong there. */
static void trust_traced(struct ncb_items *items, const json_t *traced)
{
	static const struct {
		const char *list, *what;
	} lists[] = {
		{ "missing", "traced, on no chain that was followed" },
		{ "early", "on a chain, registered before the trace began" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists) && !ncb_memory_none(traced); i++) {
		const json_t *list = json_object_get(traced, lists[i].list);
		char *text;

		if (!json_array_size(list))
			continue;
		text = callbacks_text(list, INT_MAX);
		ncb_items_say(items, i ? "" : "traced", NCB_MARK_NONE, "%s: %s", lists[i].what, text);
		free(text);
	}
}

/* -- the table -- */

static int64_t count_static(const json_t *blocks)
{
	const json_t *b;
	int64_t n = 0;
	size_t i;

	json_array_foreach(blocks, i, b)
		n += *ncb_part_string(b, "static") != 0;
	return n;
}

/* "blocking", of "blocking_notifier_head"; "atomic?" where it may be another. */
static char *type_text(const json_t *chain)
{
	const char *type = ncb_part_string(chain, "type");

	return ncb_format("%.*s%s", (int)strcspn(type, "_"), type,
			  *ncb_part_string(chain, "or") ? "?" : "");
}

static void chains_table(struct ncb_report *report, const json_t *walk)
{
	const json_t *chains = json_object_get(walk, "chains"), *c;
	struct ncb_table *t;
	size_t i;

	if (ncb_memory_none(walk) || !json_array_size(chains))
		return;
	t = ncb_report_table(report, ncb_copy("chains of the running kernel that begin at static heads"),
			     true);
	ncb_table_column(t, "head", 20, true);
	ncb_table_column(t, "type", 8, true);
	ncb_table_column(t, "blocks", 6, false);
	ncb_table_column(t, "static", 6, false);
	ncb_table_column(t, "callbacks", 20, true);
	json_array_foreach(chains, i, c) {
		const json_t *blocks = json_object_get(c, "blocks");
		const char *module = ncb_part_string(c, "module");
		char **cell = ncb_table_row(t);

		cell[0] = ncb_format("%s%s%s%s", ncb_part_string(c, "name"), *module ? " [" : "", module,
				     *module ? "]" : "");
		cell[1] = type_text(c);
		cell[2] = ncb_format("%zu", json_array_size(blocks));
		cell[3] = ncb_format("%" PRId64, count_static(blocks));
		cell[4] = callbacks_text(blocks, ON_LINE);
	}
	t->note = ncb_copy("type: by the lock beside the head, \"atomic?\" may be "
			   "a raw one behind a zero; static: blocks in data of the kernel or a module; "
			   "callbacks: the first, in the order of the calls");
}

/**
 * ncb_memory_report_live - what a report says of a kernel that ran
 * @report: gets it
 * @memory: of a run; it may have no such part
 */
void ncb_memory_report_live(struct ncb_report *report, const json_t *memory)
{
	const json_t *live = json_object_get(memory, "live");
	const json_t *walk = json_object_get(live, "walk");
	struct ncb_items *items = &report->summary;

	if (!live)
		return;
	if (ncb_memory_none(live)) {
		ncb_items_say(items, "registered", NCB_MARK_NONE, "n/a: %s",
			      ncb_part_string(live, "reason"));
		return;
	}
	say_walk(items, memory, walk);
	say_traced(items, json_object_get(live, "traced"));
	say_slab(items, memory, json_object_get(live, "slab"));
	trust_walk(&report->trust, walk);
	trust_traced(&report->trust, json_object_get(live, "traced"));
	chains_table(report, walk);
}
