// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a report says about memory. Always from the singly-linked list to the doubly-linked
 * one, whichever of them the kernel has; and of each figure how it is known.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

#define NAMES_SHORT	3	/* structs that the short view names */

/* -- from the old design to the new one -- */

/** ncb_memory_doubly - whether the kernel has the new design */
bool ncb_memory_doubly(const json_t *m)
{
	return !strcmp(ncb_part_string(m, "design"), NCB_REPORT_NEW);
}

static const char *design_key(const json_t *m, bool new)
{
	return new == ncb_memory_doubly(m) ? "now" : "other";
}

static const json_t *side(const json_t *m, const json_t *of, bool new)
{
	return json_object_get(of, design_key(m, new));
}

static int64_t value(const json_t *of, const char *key)
{
	return json_integer_value(json_object_get(of, key));
}

static bool is_known(const json_t *of)
{
	return json_is_object(json_object_get(of, "now")) &&
	       json_is_object(json_object_get(of, "other"));
}

/** ncb_memory_growth - new less old of a part or struct; 0 also where it is not known */
int64_t ncb_memory_growth(const json_t *m, const json_t *of, const char *key)
{
	return is_known(of) ? value(side(m, of, true), key) - value(side(m, of, false), key) : 0;
}

/** ncb_memory_change - "24 -> 32", or "24" of what stays; malloc'd */
char *ncb_memory_change(const json_t *m, const json_t *of, const char *key)
{
	int64_t now = value(json_object_get(of, "now"), key);

	if (!is_known(of))
		return ncb_format("%" PRId64 " -> ?", now);
	if (!ncb_memory_growth(m, of, key))
		return ncb_format("%" PRId64, now);
	return ncb_format("%" PRId64 " -> %" PRId64, value(side(m, of, false), key),
			  value(side(m, of, true), key));
}

/** ncb_memory_added - what the census says, which is of the file's design, from old to new */
int64_t ncb_memory_added(const json_t *m, const json_t *of, const char *key)
{
	return ncb_memory_doubly(m) ? -value(of, key) : value(of, key);
}

/** ncb_memory_none - whether a part is not there; its "reason" says why */
bool ncb_memory_none(const json_t *of)
{
	return *ncb_part_string(of, "reason");
}

/** ncb_memory_census - of "image" or "modules" */
const json_t *ncb_memory_census(const json_t *m, const char *which)
{
	return json_object_get(json_object_get(m, "census"), which);
}

/* -- the bottom line -- */

static void put_static(FILE *f, const json_t *m)
{
	const json_t *image = ncb_memory_census(m, "image");
	const json_t *modules = ncb_memory_census(m, "modules");

	if (ncb_memory_none(image))
		fprintf(f, "bytes static in the kernel itself n/a");
	else
		fprintf(f, "%s%+" PRId64 " bytes static in this kernel",
			json_is_true(json_object_get(image, "exact")) ? "" : "at least ",
			ncb_memory_added(m, image, "bytes_sure"));
	if (!ncb_memory_none(modules))
		fprintf(f, " and %s%+" PRId64 " in its %" PRId64 " modules",
			json_is_true(json_object_get(modules, "exact")) ? "" : "at least ",
			ncb_memory_added(m, modules, "bytes_sure"), value(modules, "images"));
}

/* "+8 bytes per block and head", where that is so. */
static void put_each(FILE *f, const json_t *m)
{
	const json_t *parts = json_object_get(m, "parts"), *p;
	int64_t block = ncb_memory_growth(m, json_array_get(parts, 0), "size");
	bool same = true;
	size_t i;

	if (!is_known(json_array_get(parts, 0))) {
		fprintf(f, "bytes per block n/a");
		return;
	}
	json_array_foreach(parts, i, p)
		same &= !is_known(p) || ncb_memory_growth(m, p, "size") == block;
	fprintf(f, "%+" PRId64 " bytes per block%s", block, same ? " and head" : "");
}

/* @where: the figures are from: what stands nowhere else beside rows. */
static char *bottom_line(const json_t *m, const char *where)
{
	const json_t *summary = json_object_get(m, "summary");
	int64_t slab = value(summary, "slab_changes"), none = value(summary, "not_computed");
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	if (where && ncb_memory_none(ncb_memory_census(m, "image")))
		fputs("static n/a", f);
	else
		put_static(f, m);
	fputs(", ", f);
	put_each(f, m);
	fprintf(f, ", %s%" PRId64 " struct%s slab class", none ? "at least " : "", slab,
		slab == 1 ? " changes" : "s change");
	if (where)
		fprintf(f, " (%s; %s, computed)", where, ncb_part_string(m, "source"));
	fclose(f);
	return text;
}

/* -- lines of the short view -- */

static void say_parts(struct ncb_items *items, const json_t *m)
{
	const json_t *parts = json_object_get(m, "parts"), *p;
	size_t i;

	json_array_foreach(parts, i, p) {
		const char *label = i ? "" : "types", *name = ncb_part_string(p, "name");
		char *text;

		if (!json_object_get(p, "now")) {
			ncb_items_say(items, label, NCB_MARK_NONE, "%s n/a: %s", name,
				      ncb_part_string(p, "reason"));
			continue;
		}
		text = ncb_memory_change(m, p, "size");
		ncb_items_say(items, label, NCB_MARK_NONE, "%s %s%s%s%s%s", name, text,
			      i ? "" : " (", i ? "" : ncb_part_string(m, "source"),
			      i ? "" : ncb_memory_doubly(m) ? ", slist computed" : ", dlist computed",
			      i ? "" : ")");
		free(text);
	}
}

static int by_growth_of;	/* of the comparison below: 1 where the file is of the new design */

static int64_t grows(const json_t *s, const char *key)
{
	int64_t more;

	if (!is_known(s))
		return 0;
	more = value(json_object_get(s, "other"), key) - value(json_object_get(s, "now"), key);
	return by_growth_of ? -more : more;
}

/* What changes slab class first, then lines; by name where that is the same. */
static int compare_structs(const void *x, const void *y)
{
	const json_t *a = *(const json_t *const *)x, *b = *(const json_t *const *)y;
	static const char *const keys[] = { "slab", "lines" };
	size_t i;
	int order;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (grows(a, keys[i]) != grows(b, keys[i]))
			return grows(a, keys[i]) > grows(b, keys[i]) ? -1 : 1;
	order = strcmp(ncb_part_string(a, "name"), ncb_part_string(b, "name"));
	return order ? order : value(json_object_get(a, "now"), "size") <
			       value(json_object_get(b, "now"), "size") ? -1 : 1;
}

/** ncb_memory_structs - all structs, what grows most first; the list is malloc'd */
const json_t **ncb_memory_structs(const json_t *m, size_t *n)
{
	const json_t *structs = json_object_get(m, "structs"), *s;
	const json_t **list = ncb_alloc(json_array_size(structs) + 1, sizeof(*list));
	size_t i;

	*n = 0;
	json_array_foreach(structs, i, s)
		list[(*n)++] = s;
	by_growth_of = ncb_memory_doubly(m);
	qsort(list, *n, sizeof(*list), compare_structs);
	return list;
}

static void say_structs(struct ncb_items *items, const json_t *m)
{
	const json_t *summary = json_object_get(m, "summary");
	const json_t **list;
	size_t i, n, named = 0;

	ncb_items_say(items, "structs", NCB_MARK_NONE,
		      "%" PRId64 " hold some: %" PRId64 " change slab class, %" PRId64
		      " the number of cache lines (%s, computed)%s",
		      value(summary, "structs"), value(summary, "slab_changes"),
		      value(summary, "lines_change"), ncb_part_string(m, "source"),
		      value(summary, "not_computed") ? "; some cannot be computed, see --full" : "");
	list = ncb_memory_structs(m, &n);
	for (i = 0; i < n && named < NAMES_SHORT; i++, named++) {
		char *size, *slab;

		if (!ncb_memory_growth(m, list[i], "slab"))
			break;
		size = ncb_memory_change(m, list[i], "size");
		slab = ncb_memory_change(m, list[i], "slab");

		ncb_items_say(items, "", NCB_MARK_NONE, "%s %s, slab %s",
			      ncb_part_string(list[i], "name"), size, slab);
		free(size);
		free(slab);
	}
	free(list);
}

/* "429 notifier_block, ..."; what only looks like one is none, as in the bottom line. */
static char *counts_text(const json_t *census)
{
	const json_t *parts = json_object_get(census, "parts"), *p;
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	json_array_foreach(parts, i, p) {
		int64_t shape = value(p, "shape");

		fputs(i ? ", " : "", f);
		if (json_is_null(json_object_get(p, "count")))
			fprintf(f, "%s n/a", ncb_part_string(p, "name"));
		else
			fprintf(f, "%" PRId64 " %s", value(p, "count") - shape,
				ncb_part_string(p, "name"));
		if (shape)
			fprintf(f, " (%" PRId64 " more look like one)", shape);
	}
	fclose(f);
	return text;
}

static void say_census(struct ncb_items *items, const json_t *m, const char *which,
		       const char *label)
{
	const json_t *census = ncb_memory_census(m, which);
	char *counts;

	if (ncb_memory_none(census)) {
		ncb_items_say(items, label, NCB_MARK_NONE, "static blocks and heads n/a: %s",
			      ncb_part_string(census, "reason"));
		return;
	}
	counts = counts_text(census);
	ncb_items_say(items, label, NCB_MARK_NONE, "static: %s (%s)", counts,
		      json_is_true(json_object_get(census, "exact")) ? "DWARF: exact" :
		      "lower bound: not all has debug information");
	free(counts);
}

static void say_image(struct ncb_items *items, const char *label, const json_t *image)
{
	char *init;

	if (ncb_memory_none(image)) {
		ncb_items_say(items, label, NCB_MARK_NONE, "sizes n/a: %s",
			      ncb_part_string(image, "reason"));
		return;
	}
	init = json_is_null(json_object_get(image, "init")) ? ncb_copy("n/a") :
	       ncb_format("%" PRId64, value(image, "init"));
	ncb_items_say(items, label, NCB_MARK_NONE, "text %" PRId64 ", data %" PRId64 ", bss %" PRId64
		      ", together %" PRId64 " bytes, of which init %s (its sections)",
		      value(image, "text"), value(image, "data"), value(image, "bss"),
		      value(image, "total"), init);
	free(init);
}

/** ncb_memory_chain - a figure of a chain in one of the designs */
const json_t *ncb_memory_chain(const json_t *m, const json_t *chain, const char *name, bool new)
{
	char *key = ncb_format("%s_%s", name, design_key(m, new));
	const json_t *figure = json_object_get(chain, key);

	free(key);
	return figure;
}

static char *chain_text(const json_t *m, const json_t *chain, const char *name)
{
	const json_t *old = ncb_memory_chain(m, chain, name, false);
	const json_t *new = ncb_memory_chain(m, chain, name, true);

	if (!json_is_integer(old) || !json_is_integer(new))
		return ncb_copy("n/a");
	if (json_equal(old, new))
		return ncb_format("%" JSON_INTEGER_FORMAT, json_integer_value(old));
	return ncb_format("%" JSON_INTEGER_FORMAT " -> %" JSON_INTEGER_FORMAT, json_integer_value(old),
			  json_integer_value(new));
}

static void say_chains(struct ncb_items *items, const json_t *m)
{
	const json_t *list = json_object_get(json_object_get(m, "chains"), "list");
	const json_t *longest = json_array_get(list, json_array_size(list) - 1);
	char *packed, *lines, *alone;

	if (!longest)
		return;
	packed = chain_text(m, longest, "packed");
	lines = chain_text(m, longest, "lines_packed");
	alone = chain_text(m, longest, "alone");
	ncb_items_say(items, "chains", NCB_MARK_NONE,
		      "%" PRId64 " blocks in an array %s bytes, %s cache lines a call; each from "
		      "kmalloc() %s bytes%s (computed)", value(longest, "blocks"), packed, lines, alone,
		      strchr(alone, '>') ? "" : " under both designs");
	free(packed);
	free(lines);
	free(alone);
}

/* -- against another kernel -- */

/* Names, or objects that have one. */
static char *list_text(const json_t *names)
{
	const json_t *one;
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	json_array_foreach(names, i, one) {
		const char *name = json_is_string(one) ? json_string_value(one) :
							 ncb_part_string(one, "name");

		fprintf(f, "%s%s", i ? ", " : "", *name ? name : "(anonymous)");
	}
	fclose(f);
	return text;
}

static void say_changes(struct ncb_items *items, const json_t *changes)
{
	const json_t *heads = json_object_get(changes, "heads_moved");
	char *names;

	if (ncb_memory_none(changes)) {
		ncb_items_say(items, "", NCB_MARK_NONE, "changes n/a: %s",
			      ncb_part_string(changes, "reason"));
		return;
	}
	if (json_is_null(heads)) {
		ncb_items_say(items, "", NCB_MARK_NONE, "%" PRId64 " sections changed; symbols n/a: "
			      "not both images have some", value(changes, "sections_changed"));
		return;
	}
	names = list_text(heads);
	ncb_items_say(items, "", NCB_MARK_NONE, "%" PRId64 " sections and %" PRId64
		      " symbols changed; from .bss to .data: %" PRId64
		      " symbols, of which %zu known as heads%s%s",
		      value(changes, "sections_changed"), value(changes, "symbols_changed"),
		      value(changes, "moved"), json_array_size(heads), *names ? ": " : "", names);
	free(names);
}

static void say_against(struct ncb_items *items, const json_t *m)
{
	const json_t *against = json_object_get(m, "against");
	const json_t *image = json_object_get(m, "image"), *other;

	if (!json_is_object(against))
		return;
	other = json_object_get(against, "image");
	ncb_items_say(items, "against", NCB_MARK_NONE, "%s", ncb_part_string(against, "file"));
	if (!ncb_memory_none(image) && !ncb_memory_none(other))
		ncb_items_say(items, "", NCB_MARK_NONE, "text %+" PRId64 ", data %+" PRId64
			      ", bss %+" PRId64 ", together %+" PRId64 " bytes (sections of both)",
			      value(other, "text") - value(image, "text"),
			      value(other, "data") - value(image, "data"),
			      value(other, "bss") - value(image, "bss"),
			      value(other, "total") - value(image, "total"));
	say_changes(items, json_object_get(against, "changes"));
}

/* -- what makes them true -- */

static void trust_rules(struct ncb_items *items, const json_t *m)
{
	const json_t *rules = json_object_get(m, "rules");
	int64_t none = value(json_object_get(m, "summary"), "not_computed");
	char *others = list_text(json_object_get(rules, "not_explained"));

	ncb_items_say(items, "layouts", none ? NCB_MARK_BAD : NCB_MARK_OK,
		      "%" PRId64 " of %" PRId64 " structs of the file reproduced by the rules%s%s; "
		      "%" PRId64 " that hold blocks or heads not computed",
		      value(rules, "explained"), value(rules, "types"), *others ? "; not " : "",
		      others, none);
	free(others);
}

/* Files do not say what sizes kmalloc() has; a kernel that ran shows them. */
static void trust_classes(struct ncb_items *items, const json_t *m)
{
	const json_t *slab = json_object_get(json_object_get(m, "live"), "slab");
	const json_t *same = json_object_get(slab, "classes");

	if (json_is_true(same))
		ncb_items_say(items, "classes", NCB_MARK_OK, "kmalloc() of the kernel that ran has "
			      "the sizes that slab is computed with");
	else if (json_is_false(same))
		ncb_items_say(items, "classes", NCB_MARK_BAD, "kmalloc() of the kernel that ran has "
			      "other sizes than slab is computed with: what is said of slab is wrong there");
	else
		ncb_items_say(items, "classes", NCB_MARK_NONE, "slab is computed with the sizes of "
			      "kmalloc() on x86-64: 8, 16, 32, 64, 96, 128, 192, 256 and so on; arm64 "
			      "before 6.5 has none below 128");
}

static void trust_uncertain(struct ncb_items *items, const json_t *m)
{
	const json_t *structs = json_object_get(m, "structs"), *s, *between;
	char *text = NULL;
	size_t size, i, n = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	json_array_foreach(structs, i, s) {
		between = json_object_get(s, "other_between");
		if (!json_is_array(between))
			continue;
		fprintf(f, "%s%s %" JSON_INTEGER_FORMAT " .. %" JSON_INTEGER_FORMAT, n++ ? ", " : "",
			ncb_part_string(s, "name"), json_integer_value(json_array_get(between, 0)),
			json_integer_value(json_array_get(between, 1)));
	}
	fclose(f);
	if (n)
		ncb_items_say(items, "uncertain", NCB_MARK_NONE,
			      "%zu struct%s with alignment that explains more than one size: %s", n,
			      ncb_ending(n), text);
	free(text);
}

static void trust_patched(struct ncb_items *items, const json_t *m)
{
	const json_t *patched = json_object_get(m, "patched"), *d;
	const json_t *differ = json_object_get(patched, "differ");
	size_t i, n = json_array_size(differ);

	if (!json_is_object(patched))
		return;
	ncb_items_say(items, "computed", n ? NCB_MARK_BAD : NCB_MARK_OK,
		      "%" PRId64 " structs are in the other kernel as computed, %zu otherwise; %"
		      PRId64 " not there", value(patched, "agree"), n, value(patched, "missing"));
	json_array_foreach(differ, i, d)
		ncb_items_say(items, "", NCB_MARK_NONE, "%s: %" PRId64 " computed, %" PRId64 " really",
			      ncb_part_string(d, "name"), value(d, "computed"), value(d, "real"));
}

static void trust_census(struct ncb_items *items, const json_t *m, const char *which)
{
	const json_t *c = ncb_memory_census(m, which);
	bool exact = json_is_true(json_object_get(c, "exact"));

	if (ncb_memory_none(c))
		return;
	ncb_items_say(items, exact ? "counted" : "at least", exact ? NCB_MARK_OK : NCB_MARK_NONE,
		      "%s: %" PRId64 " read, %" PRId64 " of them without debug information, %" PRId64
		      " failed; bytes are what blocks and heads grow by, without the padding around "
		      "them", which, value(c, "images"), value(c, "without_dwarf"),
		      value(c, "failed"));
}

/* -- tables -- */

static int64_t held_heads(const json_t *held)
{
	static const char *const heads[] = { "raw_notifier_head", "atomic_notifier_head",
					     "blocking_notifier_head", "srcu_notifier_head" };
	int64_t n = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(heads); i++)
		n += value(held, heads[i]);
	return n;
}

static void structs_table(struct ncb_report *report, const json_t *m)
{
	static const char *const figures[] = { "size", "holes", "lines", "slab" };
	struct ncb_table *t = ncb_report_table(report,
		ncb_copy("structs that hold blocks or heads, bytes"), true);
	const json_t **list;
	size_t i, k, n;
	char **cell;

	ncb_table_column(t, "struct", 20, true);
	ncb_table_column(t, "blocks", 6, false);
	ncb_table_column(t, "heads", 5, false);
	for (k = 0; k < ARRAY_SIZE(figures); k++)
		ncb_table_column(t, figures[k], 5, false);
	ncb_table_column(t, "in", 2, true);
	list = ncb_memory_structs(m, &n);
	for (i = 0; i < n; i++) {
		const json_t *held = json_object_get(list[i], "held");

		cell = ncb_table_row(t);
		cell[0] = ncb_copy(ncb_part_string(list[i], "name"));
		cell[1] = ncb_format("%" PRId64, value(held, "notifier_block"));
		cell[2] = ncb_format("%" PRId64, held_heads(held));
		for (k = 0; k < ARRAY_SIZE(figures); k++)
			cell[3 + k] = ncb_memory_change(m, list[i], figures[k]);
		cell[7] = ncb_copy(ncb_part_string(list[i], "module"));
	}
	t->note = ncb_copy("old -> new, one figure where it stays; holes: without padding at the end; "
			   "lines: cache lines, from the beginning of one; slab: what kmalloc() takes; "
			   "in: the first module that has it. The file's design is read, the other "
			   "computed");
	free(list);
}

static void chains_table(struct ncb_report *report, const json_t *m)
{
	static const struct {
		const char *name, *head;
	} figures[] = {
		{ "packed", "array" }, { "lines_packed", "lines" }, { "alone", "kmalloc" },
		{ "lines_alone", "lines" }, { "embedded", "in structs" }, { "lines_embedded", "lines" },
	};
	const json_t *chains = json_object_get(m, "chains"), *c;
	const json_t *list = json_object_get(chains, "list");
	struct ncb_table *t = ncb_report_table(report, ncb_copy("chains, bytes, computed"), true);
	size_t i, k;
	char **cell;

	ncb_table_column(t, "blocks", 6, false);
	for (k = 0; k < ARRAY_SIZE(figures); k++)
		ncb_table_column(t, figures[k].head, 5, false);
	json_array_foreach(list, i, c) {
		cell = ncb_table_row(t);
		cell[0] = ncb_format("%" PRId64, value(c, "blocks"));
		for (k = 0; k < ARRAY_SIZE(figures); k++)
			cell[1 + k] = chain_text(m, c, figures[k].name);
	}
	t->note = ncb_format("one figure where it stays; array, kmalloc: of the blocks alone; in "
			     "structs: of objects like %s, the median of those that hold one block; lines: cache lines that a call "
			     "reads of the blocks, slabs filled in order",
			     *ncb_part_string(chains, "struct") ? ncb_part_string(chains, "struct") :
								  "(none)");
}

static void changes_table(struct ncb_report *report, const json_t *m, const char *which)
{
	const json_t *changes = json_object_get(json_object_get(m, "against"), "changes"), *c;
	const json_t *list = json_object_get(changes, which);
	struct ncb_table *t;
	size_t i;
	char **cell;

	if (!json_array_size(list))
		return;
	t = ncb_report_table(report, ncb_format("%s that changed, bytes", which), true);
	ncb_table_column(t, "name", 20, true);
	ncb_table_column(t, "old", 8, false);
	ncb_table_column(t, "new", 8, false);
	ncb_table_column(t, "more", 8, false);
	ncb_table_column(t, "moved", 5, true);
	json_array_foreach(list, i, c) {
		cell = ncb_table_row(t);
		cell[0] = ncb_copy(ncb_part_string(c, "name"));
		cell[1] = ncb_format("%" PRId64, value(c, "old"));
		cell[2] = ncb_format("%" PRId64, value(c, "new"));
		cell[3] = ncb_format("%+" PRId64, value(c, "new") - value(c, "old"));
		cell[4] = ncb_copy(value(c, "moved") ? ".bss to .data" : "");
	}
}

/* -- all of it -- */

static bool beside_rows(const struct ncb_rundata *r)
{
	return !ncb_memory_only(r);
}

/* The short view of rows has no room for them. */
static void leave_to_full(struct ncb_items *items, size_t from)
{
	for (; from < items->n; from++)
		items->item[from].full = items->item[from].mark != NCB_MARK_BAD;
}

/** ncb_memory_about - what makes the figures of memory true; @r may have none */
void ncb_memory_about(struct ncb_report *report, const struct ncb_rundata *r)
{
	struct ncb_items *items = &report->trust;
	const json_t *m = r->memory;
	size_t from = items->n;

	if (!m || ncb_memory_none(m))
		return;
	trust_rules(items, m);
	trust_classes(items, m);
	trust_uncertain(items, m);
	trust_patched(items, m);
	trust_census(items, m, "image");
	trust_census(items, m, "modules");
	if (!beside_rows(r))
		return;
	ncb_memory_check_compiled(items, r);
	leave_to_full(items, from);
}

/** ncb_memory_file - the name of the file that was read, without folders */
const char *ncb_memory_file(const json_t *m)
{
	const char *path = ncb_part_string(m, "file"), *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Large, on the page. */
static void say_card(struct ncb_report *report, const json_t *m)
{
	const json_t *block = json_array_get(json_object_get(m, "parts"), 0);
	const json_t *summary = json_object_get(m, "summary");

	if (is_known(block))
		ncb_items_say(&report->cards, "bytes a notifier block", NCB_MARK_NONE, "%+" PRId64,
			      ncb_memory_growth(m, block, "size"))->more =
			ncb_format("%" PRId64 " of %" PRId64 " structs that hold some change "
				   "slab class",
				   value(summary, "slab_changes"), value(summary, "structs"));
}

static void say_all(struct ncb_items *items, const json_t *m)
{
	say_parts(items, m);
	say_structs(items, m);
	say_census(items, m, "image", "vmlinux");
	say_census(items, m, "modules", "modules");
	say_image(items, "image", json_object_get(m, "image"));
	say_chains(items, m);
	say_against(items, m);
}

/** ncb_memory_summary - what a report says about memory above its tables; @r may have none */
void ncb_memory_summary(struct ncb_report *report, const struct ncb_rundata *r)
{
	struct ncb_items *items = &report->summary;
	const json_t *m = r->memory, *modules;
	const char *where = NULL;
	struct ncb_item *item;
	size_t from;

	if (!m)
		return;
	if (ncb_memory_none(m)) {
		ncb_items_say(items, "memory", NCB_MARK_NONE, "n/a: %s",
			      ncb_part_string(m, "reason"));
		return;
	}
	modules = json_object_get(m, "modules");
	if (beside_rows(r))
		where = modules && !ncb_memory_none(modules) ? "with modules" : "vmlinux alone";
	item = ncb_items_add(items, "memory", NCB_MARK_NONE, bottom_line(m, where));
	if (where)
		item->more = ncb_format("of %s", ncb_memory_file(m));
	from = items->n;
	say_all(items, m);
	if (!where)
		return;
	say_card(report, m);
	leave_to_full(items, from);
}

/** ncb_memory_tables - the tables about memory; @r may have none */
void ncb_memory_tables(struct ncb_report *report, const struct ncb_rundata *r)
{
	const json_t *m = r->memory;

	if (!m || ncb_memory_none(m))
		return;
	structs_table(report, m);
	chains_table(report, m);
	changes_table(report, m, "sections");
	changes_table(report, m, "symbols");
}

/**
 * ncb_memory_report_only - the report of a run that is memory and nothing else
 * @report: gets it
 * @r: the run
 */
void ncb_memory_report_only(struct ncb_report *report, const struct ncb_rundata *r)
{
	const json_t *m = r->memory;
	const char *key, *command = ncb_env_string(r, "command", "make memory");
	struct ncb_item *item;
	json_t *entry;

	report->title = ncb_format("ncbench %s: what notifier chains take in memory", NCB_VERSION);
	report->name = ncb_copy(r->name ? r->name : "unnamed");
	item = ncb_items_say(&report->head, "kernel", NCB_MARK_NONE, "%s (%s)",
			     ncb_env_string(r, "kernel_release", "release unknown"),
			     ncb_memory_file(m));
	item->more = ncb_copy(ncb_part_string(m, "file"));
	ncb_items_say(&report->head, "designs", NCB_MARK_NONE,
		      "%s is in it, %s is computed by the rules of C from its %s; figures are "
		      NCB_REPORT_BASE " -> " NCB_REPORT_NEW ", in bytes", ncb_part_string(m, "design"),
		      ncb_part_string(m, "other_design"), ncb_part_string(m, "source"));
	ncb_memory_about(report, r);
	ncb_memory_summary(report, r);
	ncb_memory_report_live(report, m);
	ncb_memory_tables(report, r);
	ncb_items_say(&report->reproduce, "again", NCB_MARK_NONE, "%s", command);
	ncb_items_say(&report->reproduce, "this run", NCB_MARK_NONE, "%s", report->name);
	json_object_foreach(r->env, key, entry)
		if (json_is_string(entry))
			ncb_items_say(&report->env, key, NCB_MARK_NONE, "%s",
				      json_string_value(entry));
	report->hint = ncb_copy("--full: all structs, chains by length, what changed. --format html");
}
