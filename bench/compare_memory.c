// SPDX-License-Identifier: GPL-2.0-only
/*
 * What two kernels take in memory, side by side: each as it is, nothing computed. What is
 * known of one of them only, or not known alike, has no difference.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

static const json_t *at(const json_t *of, const char *const *keys)
{
	for (; *keys; keys++)
		of = json_object_get(of, *keys);
	return of;
}

static char *figure_text(const json_t *figure)
{
	return json_is_integer(figure) ? ncb_format("%" JSON_INTEGER_FORMAT,
						    json_integer_value(figure)) : ncb_copy("n/a");
}

static void add_row(struct ncb_table *t, const char *name, const json_t *a, const json_t *b,
		    const char *unlike)
{
	char **cell = ncb_table_row(t);

	cell[0] = ncb_copy(name);
	cell[1] = figure_text(a);
	cell[2] = figure_text(b);
	if (!json_is_integer(a) || !json_is_integer(b))
		cell[3] = ncb_copy("n/a");
	else if (unlike)
		cell[3] = ncb_copy(unlike);
	else
		cell[3] = ncb_format("%+" JSON_INTEGER_FORMAT,
				     json_integer_value(b) - json_integer_value(a));
}

/* Beside rows the sides are called as there, and the tables are left to the full view. */
static struct ncb_table *new_table(struct ncb_report *report, const char *title, bool beside)
{
	struct ncb_table *t = ncb_report_table(report, ncb_copy(title), beside);

	ncb_table_column(t, "", 24, true);
	ncb_table_column(t, beside ? "old" : "A", 10, false);
	ncb_table_column(t, beside ? "new" : "B", 10, false);
	ncb_table_column(t, "more", 10, false);
	return t;
}

static const json_t *part_size(const json_t *m, size_t i)
{
	return json_object_get(json_object_get(json_array_get(json_object_get(m, "parts"), i), "now"),
			       "size");
}

static void parts_and_image(struct ncb_table *t, const json_t *a, const json_t *b)
{
	static const char *const image[] = { "text", "data", "bss", "total" };
	size_t i;

	for (i = 0; i < NCB_MEMORY_PARTS; i++)
		add_row(t, ncb_part_string(json_array_get(json_object_get(a, "parts"), i), "name"),
			part_size(a, i), part_size(b, i), NULL);
	for (i = 0; i < ARRAY_SIZE(image); i++) {
		const char *const keys[] = { "image", image[i], NULL };

		add_row(t, image[i], at(a, keys), at(b, keys), NULL);
	}
}

/* Counts that are lower bounds are not subtracted. */
static void census_rows(struct ncb_table *t, const json_t *a, const json_t *b, const char *which)
{
	const char *const census[] = { "census", which, NULL };
	const json_t *x = at(a, census), *y = at(b, census), *p, *q;
	bool exact = json_is_true(json_object_get(x, "exact")) &&
		     json_is_true(json_object_get(y, "exact"));
	size_t i;

	for (i = 0; i < NCB_MEMORY_PARTS; i++) {
		char *name;

		p = json_array_get(json_object_get(x, "parts"), i);
		q = json_array_get(json_object_get(y, "parts"), i);
		if (!p || !q)
			continue;
		name = ncb_format("%s, in %s", ncb_part_string(p, "name"), which);
		add_row(t, name, json_object_get(p, "count"), json_object_get(q, "count"),
			exact ? NULL : "at least");
		free(name);
	}
}

/* Of that name and from the same file; NULL: there is none, or are several. */
static const json_t *find_struct(const json_t *m, const json_t *like)
{
	const json_t *structs = json_object_get(m, "structs"), *s, *found = NULL;
	size_t i;

	json_array_foreach(structs, i, s) {
		if (strcmp(ncb_part_string(s, "name"), ncb_part_string(like, "name")))
			continue;
		if (found)
			return NULL;
		found = s;
	}
	return found;
}

static void struct_rows(struct ncb_table *t, const json_t *a, const json_t *b)
{
	static const char *const size[] = { "now", "size", NULL };
	const json_t *structs = json_object_get(a, "structs"), *s, *other;
	size_t i;

	json_array_foreach(structs, i, s) {
		other = find_struct(b, s);
		if (other && find_struct(a, s) == s && !json_equal(at(s, size), at(other, size)))
			add_row(t, ncb_part_string(s, "name"), at(s, size), at(other, size), NULL);
	}
}

static void put_tables(struct ncb_report *report, const json_t *a, const json_t *b, bool beside)
{
	struct ncb_table *t = new_table(report, "types and images as they are, bytes", beside);

	parts_and_image(t, a, b);
	t = new_table(report, "static blocks and heads", beside);
	census_rows(t, a, b, "image");
	census_rows(t, a, b, "modules");
	t->note = ncb_copy("at least: not all of them has debug information, so no difference is told");
	t = new_table(report, "structs that hold some, in both and of another size, bytes", beside);
	struct_rows(t, a, b);
}

static void add_side(struct ncb_report *report, const char *label, const struct ncb_rundata *r)
{
	ncb_items_say(&report->head, label, NCB_MARK_NONE, "%s: %s (%s), %s, from %s",
		      r->name ? r->name : "unnamed", ncb_env_string(r, "kernel_release",
		      "release unknown"), ncb_part_string(r->memory, "file"),
		      ncb_part_string(r->memory, "design"), ncb_part_string(r->memory, "source"));
}

/**
 * ncb_memory_compare - what two runs say about memory
 * @a, @b: runs of nothing else
 *
 * Return: to be given to ncb_report_free().
 */
struct ncb_report *ncb_memory_compare(const struct ncb_rundata *a, const struct ncb_rundata *b)
{
	struct ncb_report *report = ncb_alloc(1, sizeof(*report));

	report->title = ncb_format("ncbench %s: what notifier chains take in memory, two kernels",
				   NCB_VERSION);
	add_side(report, "A", a);
	add_side(report, "B", b);
	put_tables(report, a->memory, b->memory, false);
	return report;
}

/* Of the structs that are in both kernels, how many differ, and how. */
static void say_structs(struct ncb_items *items, const json_t *a, const json_t *b)
{
	static const char *const size[] = { "now", "size", NULL };
	static const char *const slab[] = { "now", "slab", NULL };
	const json_t *structs = json_object_get(a, "structs"), *s, *other;
	const char *from = ncb_part_string(a, "source"), *from_b = ncb_part_string(b, "source");
	bool alike = !strcmp(from, from_b);
	size_t i, both = 0, larger = 0, smaller = 0, class = 0;

	json_array_foreach(structs, i, s) {
		json_int_t more;

		other = find_struct(b, s);
		if (!other || find_struct(a, s) != s)
			continue;
		more = json_integer_value(at(other, size)) - json_integer_value(at(s, size));
		both++;
		larger += more > 0;
		smaller += more < 0;
		class += !json_equal(at(s, slab), at(other, slab));
	}
	ncb_items_say(items, "structs", NCB_MARK_NONE,
		      "%zu hold blocks or heads in both kernels: %zu larger, %zu smaller, %zu of "
		      "another slab class (%s%s%s, as read)", both, larger, smaller, class, from,
		      alike ? "" : " and ", alike ? "" : from_b);
}

/**
 * ncb_memory_compare_rows - what a comparison of rows says about memory
 * @report: gets it
 * @old, @new: runs; nothing is said where one of them has no such part
 */
void ncb_memory_compare_rows(struct ncb_report *report, const struct ncb_rundata *old,
			     const struct ncb_rundata *new)
{
	const json_t *a = old->memory, *b = new->memory;

	if (!a || !b)
		return;
	if (ncb_memory_none(a) || ncb_memory_none(b)) {
		ncb_items_say(&report->head, "structs", NCB_MARK_NONE, "n/a: %s",
			      ncb_part_string(ncb_memory_none(a) ? a : b, "reason"));
		return;
	}
	say_structs(&report->head, a, b);
	put_tables(report, a, b, true);
}
