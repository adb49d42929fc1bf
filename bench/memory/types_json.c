// SPDX-License-Identifier: GPL-2.0-only
/* What types say about notifier chains, as JSON. */
#include <stdlib.h>
#include <string.h>
#include "layout.h"
#include "types_json.h"

#define VERSION	1

/*
 * @now, @other: as the file has it, and under the other design
 * @least, @most: the other design again, with the least and the largest alignment that
 *	explains what is seen
 */
struct answer {
	const struct ncb_types_question *q;
	const struct ncb_types *t;
	struct ncb_design design;
	struct ncb_held *held;
	struct ncb_layout now, other, least, most;
	unsigned char *inner;		/* part of another type */
};

static json_t *number(uint64_t value)
{
	return value == NCB_UNKNOWN ? json_null() : json_integer((json_int_t)value);
}

/* Names in DWARF are what the compiler took. */
static json_t *text(const char *s)
{
	json_t *string = json_string(s);

	return string ? string : json_string("(unreadable)");
}

static const char *kind_name(const struct ncb_type *type)
{
	return type->kind == NCB_TYPE_UNION ? "union" : "struct";
}

/* -- one struct -- */

static json_t *held_json(const struct ncb_held *h)
{
	json_t *json = json_object();
	unsigned int i;

	for (i = 0; i < NCB_PARTS; i++)
		json_object_set_new(json, ncb_part_names[i], number(h->count[i]));
	return json;
}

static json_t *figures_json(const struct ncb_figures *f)
{
	return json_pack("{so so so so so so so so}", "size", number(f->size),
			 "holes", number(f->holes), "padding", number(f->padding),
			 "loose_bits", number(f->loose), "lines", number(f->lines),
			 "slab", number(f->slab), "crossing", number(f->crossing),
			 "block", number(f->block));
}

static json_t *members_json(const struct answer *a, uint32_t index)
{
	const struct ncb_type *type = &a->t->type[index];
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; i < type->members; i++) {
		const struct ncb_member *m = &type->member[i];

		json_array_append_new(list, json_pack("{so so so so so so}", "name", text(m->name),
			"bit", number(a->now.type[index].bit[i]), "bits", number(m->bits),
			"size", number(ncb_member_size(a->t, &a->now, index, i)),
			"other_bit", number(a->other.type[index].bit[i]),
			"other_size", number(ncb_member_size(a->t, &a->other, index, i))));
	}
	return list;
}

/* What it may be where what is seen has several explanations; null where all give the same. */
static json_t *between_json(const struct answer *a, uint32_t index)
{
	uint64_t least = a->least.type[index].size, most = a->most.type[index].size;

	if (least == most || !a->other.type[index].computed)
		return json_null();
	return json_pack("[oo]", number(least < most ? least : most),
			 number(least < most ? most : least));
}

static json_t *struct_json(const struct answer *a, uint32_t index, const struct ncb_figures *now,
			   const struct ncb_figures *other)
{
	const struct ncb_type *type = &a->t->type[index];
	json_t *json = json_pack("{so ss so so so so so ss}",
		"name", text(*type->name ? type->name : "(anonymous)"), "kind", kind_name(type),
		"held", held_json(&a->held[index]),
		"flexible", json_boolean(a->held[index].flexible),
		"now", figures_json(now), "other", other ? figures_json(other) : json_null(),
		"other_between", between_json(a, index),
		"reason", other ? "" : "its layout is not explained by the rules of C");

	if (a->q->members)
		json_object_set_new(json, "members", members_json(a, index));
	return json;
}

/* -- all structs that hold some -- */

static bool is_held_in(const struct answer *a, uint32_t index)
{
	const struct ncb_type *type = &a->t->type[index];

	/* One without a name counts with what it is in, one of the kernel with the kernel. */
	if ((a->t->own && index >= a->t->own) ||
	    (type->kind != NCB_TYPE_STRUCT && type->kind != NCB_TYPE_UNION) ||
	    a->design.part[index] != NCB_PARTS || (!*type->name && a->inner[index]))
		return false;
	return ncb_held_any(&a->held[index]);
}

static json_t *structs_json(const struct answer *a)
{
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; i < a->t->types; i++) {
		struct ncb_figures now, other;
		bool computed = a->other.type[i].computed;

		if (!is_held_in(a, i))
			continue;
		ncb_figures(a->t, &a->design, a->held, &a->now, i, &now);
		ncb_figures(a->t, &a->design, a->held, &a->other, i, &other);
		json_array_append_new(list, struct_json(a, i, &now, computed ? &other : NULL));
	}
	return list;
}

static bool differs(const json_t *s, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(s, "now"), key)) !=
	       json_integer_value(json_object_get(json_object_get(s, "other"), key));
}

/**
 * ncb_types_summary - how many structs there are, and what they become
 * @structs: list of them, as ncb_types_json() makes it
 *
 * Return: an object.
 */
json_t *ncb_types_summary(const json_t *structs)
{
	uint64_t not_computed = 0, uncertain = 0, slab = 0, lines = 0;
	size_t i;
	json_t *s;

	json_array_foreach(structs, i, s) {
		if (json_is_null(json_object_get(s, "other"))) {
			not_computed++;
			continue;
		}
		uncertain += !json_is_null(json_object_get(s, "other_between"));
		slab += differs(s, "slab");
		lines += differs(s, "lines");
	}
	return json_pack("{so so so so so}", "structs", number(i),
			 "not_computed", number(not_computed), "uncertain", number(uncertain),
			 "slab_changes", number(slab), "lines_change", number(lines));
}

/* -- blocks and heads themselves -- */

static void add_read(const struct answer *a, const struct ncb_layout *l, json_t *figures)
{
	uint64_t from, to;

	ncb_block_read(a->t, &a->design, l, &from, &to);
	json_object_set_new(figures, "read_from", number(from));
	json_object_set_new(figures, "read_to", number(to));
}

static json_t *part_json(const struct answer *a, enum ncb_part part)
{
	uint32_t index = a->design.type[part];
	struct ncb_figures now, other;
	json_t *json;

	if (index == NCB_NO_TYPE)
		return json_pack("{ss ss}", "name", ncb_part_names[part], "reason",
				 "the file has no such struct with a link");
	ncb_figures(a->t, &a->design, a->held, &a->now, index, &now);
	ncb_figures(a->t, &a->design, a->held, &a->other, index, &other);
	json = struct_json(a, index, &now, a->other.type[index].computed ? &other : NULL);
	if (part != NCB_PART_BLOCK)
		return json;
	add_read(a, &a->now, json_object_get(json, "now"));
	if (a->other.type[index].computed)
		add_read(a, &a->other, json_object_get(json, "other"));
	return json;
}

static json_t *parts_json(const struct answer *a)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < NCB_PARTS; i++)
		json_array_append_new(list, part_json(a, i));
	return list;
}

/* -- what the rules are worth on this file -- */

static json_t *rules_json(const struct answer *a)
{
	uint64_t all = 0, explained = 0, asked = 0, packed = 0;
	json_t *others = json_array();
	uint32_t i;

	for (i = 0; i < a->t->types; i++) {
		const struct ncb_type *type = &a->t->type[i];
		const struct ncb_placed *p = &a->now.type[i];

		if ((type->kind != NCB_TYPE_STRUCT && type->kind != NCB_TYPE_UNION) || !type->members)
			continue;
		all++;
		explained += p->explained;
		asked += p->explained && p->asked;
		packed += p->explained && p->packed;
		if (!p->explained)
			json_array_append_new(others, text(type->name));
	}
	return json_pack("{so so so so so}", "types", number(all), "explained", number(explained),
			 "with_asked_alignment", number(asked), "packed", number(packed),
			 "not_explained", others);
}

/* -- a kernel that is really patched -- */

struct named {
	const char *name;
	uint32_t index;
};

static int compare_named(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static struct named *sort_names(const struct ncb_types *t, uint32_t *n)
{
	struct named *list = ncb_alloc(t->types, sizeof(*list));
	uint32_t i;

	for (i = 0, *n = 0; i < t->types; i++)
		if (t->type[i].members && *t->type[i].name)
			list[(*n)++] = (struct named){ t->type[i].name, i };
	qsort(list, *n, sizeof(*list), compare_named);
	return list;
}

/* The first of that name; @n where there is none. */
static uint32_t find_named(const struct named *list, uint32_t n, const char *name)
{
	uint32_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && !strcmp(list[low].name, name) ? low : n;
}

static bool is_as_computed(const struct answer *a, uint32_t index, const struct ncb_type *real)
{
	const struct ncb_placed *p = &a->other.type[index];
	uint32_t i;

	if (real->kind != a->t->type[index].kind || real->size != p->size ||
	    real->members != a->t->type[index].members)
		return false;
	for (i = 0; i < real->members; i++)
		if (real->member[i].bit != p->bit[i])
			return false;
	return true;
}

static json_t *patched_json(const struct answer *a)
{
	const struct ncb_types *t = a->q->patched;
	uint64_t agree = 0, missing = 0;
	json_t *differ = json_array();
	uint32_t n, i, first, k;
	struct named *list = sort_names(t, &n);

	for (i = 0; i < a->t->types; i++) {
		const char *name = a->t->type[i].name;

		if (!*name || !a->other.type[i].computed ||
		    (!is_held_in(a, i) && a->design.part[i] == NCB_PARTS))
			continue;
		first = find_named(list, n, name);
		/* Several source files may each have their own of that name. */
		for (k = first; k < n && !strcmp(list[k].name, name); k++)
			if (is_as_computed(a, i, &t->type[list[k].index]))
				break;
		if (first == n)
			missing++;
		else if (k < n && !strcmp(list[k].name, name))
			agree++;
		else
			json_array_append_new(differ, json_pack("{so so so}", "name", text(name),
				"computed", number(a->other.type[i].size),
				"real", number(t->type[list[first].index].size)));
	}
	free(list);
	return json_pack("{so so so}", "agree", number(agree), "missing", number(missing),
			 "differ", differ);
}

/* -- all of it -- */

static void note_inner(struct answer *a)
{
	const struct ncb_types *t = a->t;
	uint32_t i, k;

	for (i = 0; i < t->types; i++) {
		if (t->type[i].kind == NCB_TYPE_ARRAY)
			a->inner[t->type[i].element] = true;
		for (k = 0; k < t->type[i].members; k++)
			a->inner[t->type[i].member[k].type] = true;
	}
}

static json_t *answer_json(const struct answer *a)
{
	json_t *structs = structs_json(a);

	return json_pack("{si so ss si ss ss so so so so so ss}", "version", VERSION,
			 "file", text(a->q->file), "source", a->t->source,
			 "pointer", (int)a->t->pointer,
			 "design", a->design.doubly ? "dlist" : "slist",
			 "other_design", a->design.doubly ? "slist" : "dlist",
			 "parts", parts_json(a), "summary", ncb_types_summary(structs), "structs", structs,
			 "rules", rules_json(a),
			 "patched", a->q->patched ? patched_json(a) : json_null(), "reason", "");
}

/**
 * ncb_types_json - what types say about notifier chains
 * @q: the types, and what to say of them
 *
 * Return: an object; its "reason" is not empty where there is nothing to say.
 */
json_t *ncb_types_json(const struct ncb_types_question *q)
{
	struct answer a = { .q = q, .t = q->types };
	json_t *json;

	if (ncb_design_find(a.t, &a.design))
		return json_pack("{si so ss}", "version", VERSION, "file", text(q->file), "reason",
				 "no struct notifier_block with a link is used in its structs");
	a.inner = ncb_alloc(a.t->types, 1);
	note_inner(&a);
	a.held = ncb_held(a.t, &a.design);
	ncb_layout(a.t, NULL, NCB_ALIGN_LIKELY, &a.now);
	ncb_layout(a.t, &a.design, NCB_ALIGN_LIKELY, &a.other);
	ncb_layout(a.t, &a.design, NCB_ALIGN_LEAST, &a.least);
	ncb_layout(a.t, &a.design, NCB_ALIGN_MOST, &a.most);
	json = answer_json(&a);
	ncb_layout_free(&a.now);
	ncb_layout_free(&a.other);
	ncb_layout_free(&a.least);
	ncb_layout_free(&a.most);
	ncb_design_free(&a.design);
	free(a.held);
	free(a.inner);
	return json;
}
