// SPDX-License-Identifier: GPL-2.0-only
/* Notifier blocks and heads: which types are they, where are they held, what does it cost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "layout.h"

#define PAGE		4096
#define SLAB_LARGEST	(2 * PAGE)
/* Members of one object that are looked at for blocks and heads, one by one. */
#define LOOKS_MAX	(1u << 14)

const char *const ncb_part_names[NCB_PARTS] = {
	[NCB_PART_BLOCK] = "notifier_block",
	[NCB_PART_RAW] = "raw_notifier_head",
	[NCB_PART_ATOMIC] = "atomic_notifier_head",
	[NCB_PART_BLOCKING] = "blocking_notifier_head",
	[NCB_PART_SRCU] = "srcu_notifier_head",
};

/* -- the design -- */

static uint8_t part_of(const struct ncb_type *type)
{
	uint8_t i;

	if (type->kind != NCB_TYPE_STRUCT || !type->size)
		return NCB_PARTS;
	for (i = 0; i < NCB_PARTS && strcmp(type->name, ncb_part_names[i]); i++)
		;
	return i;
}

/* The member that is the link: a struct list_head, or a pointer of that name. */
static bool find_link(const struct ncb_types *t, uint32_t index, const char *name, bool doubly,
		      uint32_t *link)
{
	const struct ncb_type *type = &t->type[index];

	for (*link = 0; *link < type->members; ++*link) {
		const struct ncb_member *m = &type->member[*link];
		const struct ncb_type *of = &t->type[m->type];

		if (doubly ? of->kind == NCB_TYPE_STRUCT && !strcmp(of->name, "list_head") &&
			     of->size == 2 * t->pointer :
			     of->kind == NCB_TYPE_SCALAR && !strcmp(m->name, name) &&
			     of->size == t->pointer && !m->bits)
			return true;
	}
	return false;
}

/**
 * ncb_design_find - which list design a kernel has, and where it shows
 * @t: its types
 * @d: gets it, to be given back with ncb_design_free()
 *
 * A type of that name without such a link is none of them.
 *
 * Return: 0, or -ENOENT where there is no notifier_block with a link.
 */
int ncb_design_find(const struct ncb_types *t, struct ncb_design *d)
{
	uint32_t i, block = ncb_types_find(t, ncb_part_names[NCB_PART_BLOCK]), link;
	uint8_t part;

	memset(d, 0, sizeof(*d));
	memset(d->type, 0xff, sizeof(d->type));
	if (block == NCB_NO_TYPE)
		return -ENOENT;
	d->doubly = !find_link(t, block, "next", false, &link);
	if (d->doubly && !find_link(t, block, "next", true, &link))
		return -ENOENT;
	d->part = ncb_alloc(t->types, sizeof(*d->part));
	d->link = ncb_alloc(t->types, sizeof(*d->link));
	for (i = 0; i < t->types; i++) {
		part = part_of(&t->type[i]);
		if (part != NCB_PARTS &&
		    !find_link(t, i, part == NCB_PART_BLOCK ? "next" : "head", d->doubly,
			       &d->link[i]))
			part = NCB_PARTS;
		d->part[i] = part;
		if (part != NCB_PARTS && d->type[part] == NCB_NO_TYPE)
			d->type[part] = i;
	}
	return 0;
}

/** ncb_design_free - give back what ncb_design_find() made */
void ncb_design_free(struct ncb_design *d)
{
	free(d->part);
	free(d->link);
	memset(d, 0, sizeof(*d));
}

/* -- counts -- */

struct counting {
	const struct ncb_types *t;
	const struct ncb_design *d;
	struct ncb_held *held;
	unsigned char *done;
};

/** ncb_held_any - whether it holds blocks or heads, be it in a flexible array */
bool ncb_held_any(const struct ncb_held *h)
{
	unsigned int i;

	for (i = 0; i < NCB_PARTS; i++)
		if (h->count[i])
			return true;
	return h->flexible;
}

static void count(struct counting *c, uint32_t index);

static void count_array(struct counting *c, const struct ncb_type *type, struct ncb_held *h)
{
	const struct ncb_held *element;
	unsigned int i;

	count(c, type->element);
	element = &c->held[type->element];
	h->flexible = element->flexible || (!type->count && ncb_held_any(element));
	for (i = 0; i < NCB_PARTS; i++)
		h->count[i] = element->count[i] * type->count;
}

static void count_members(struct counting *c, const struct ncb_type *type, struct ncb_held *h)
{
	uint32_t i, k;

	for (i = 0; i < type->members; i++) {
		const struct ncb_held *part = &c->held[type->member[i].type];

		count(c, type->member[i].type);
		h->flexible = h->flexible || part->flexible;
		for (k = 0; k < NCB_PARTS; k++)
			if (type->kind == NCB_TYPE_STRUCT)
				h->count[k] += part->count[k];
			else if (part->count[k] > h->count[k])
				h->count[k] = part->count[k];
	}
}

static void count(struct counting *c, uint32_t index)
{
	const struct ncb_type *type = &c->t->type[index];
	struct ncb_held *h = &c->held[index];

	if (c->done[index])
		return;
	c->done[index] = true;
	if (c->d->part[index] != NCB_PARTS)
		h->count[c->d->part[index]] = 1;
	else if (type->kind == NCB_TYPE_ARRAY)
		count_array(c, type, h);
	else
		count_members(c, type, h);
}

/**
 * ncb_held - how many blocks and heads are in an object of each type
 * @t: the types
 * @d: what blocks and heads are
 *
 * Return: as many as there are types, malloc'd.
 */
struct ncb_held *ncb_held(const struct ncb_types *t, const struct ncb_design *d)
{
	struct counting c = { t, d, ncb_alloc(t->types, sizeof(*c.held)), ncb_alloc(t->types, 1) };
	uint32_t i;

	for (i = 0; i < t->types; i++)
		count(&c, i);
	free(c.done);
	return c.held;
}

/* -- figures -- */

/**
 * ncb_slab - what kmalloc() takes for a size
 * @size: bytes
 *
 * Return: bytes of its size class; beyond the largest, of pages.
 */
uint64_t ncb_slab(uint64_t size)
{
	uint64_t class = size > SLAB_LARGEST ? PAGE : 8;

	if (!size)
		return 0;
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	while (class < size)
		class *= 2;
	return class;
}

struct range {
	uint64_t from, to;	/* bits */
};

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* What no member covers. A gap that is no number of bytes ends or begins in a bit field. */
static void find_gaps(const struct range *r, uint32_t n, struct ncb_figures *f)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (r[i].from > end) {
			f->holes += (r[i].from - end) / 8;
			f->loose += (r[i].from - end) % 8;
		}
		end = r[i].to > end ? r[i].to : end;
	}
	if (f->size * 8 > end) {
		f->padding = (f->size * 8 - end) / 8;
		f->loose += (f->size * 8 - end) % 8;
	}
}

struct looking {
	const struct ncb_types *t;
	const struct ncb_design *d;
	const struct ncb_layout *l;
	const struct ncb_held *held;
	uint32_t left;
	bool too_many;
	uint64_t block;		/* where the first one is */
};

/* Blocks and heads in two lines, in a type that begins at @at, in bytes. */
static uint64_t look(struct looking *k, uint32_t index, uint64_t at)
{
	const struct ncb_type *type = &k->t->type[index];
	uint64_t sum = 0, n, i;

	k->too_many = k->too_many || !k->left;
	if (k->too_many || !k->left-- || !ncb_held_any(&k->held[index]))
		return 0;
	if (k->d->part[index] == NCB_PART_BLOCK && at < k->block)
		k->block = at;
	if (k->d->part[index] != NCB_PARTS)
		return at / NCB_CACHE_LINE !=
		       (at + k->l->type[index].size - 1) / NCB_CACHE_LINE;
	if (type->kind == NCB_TYPE_ARRAY) {
		for (i = 0; i < type->count && !k->too_many; i++)
			sum += look(k, type->element, at + i * k->l->type[type->element].size);
		return sum;
	}
	for (i = 0; i < type->members; i++) {
		n = look(k, type->member[i].type, at + k->l->type[index].bit[i] / 8);
		if (type->kind == NCB_TYPE_STRUCT)
			sum += n;
		else if (n > sum)
			sum = n;
	}
	return sum;
}

/**
 * ncb_figures - what a struct costs in a layout
 * @t: the types
 * @d: what blocks and heads are
 * @held: where they are, from ncb_held()
 * @l: the layout
 * @index: of the struct or union
 * @f: gets the figures
 */
void ncb_figures(const struct ncb_types *t, const struct ncb_design *d,
		 const struct ncb_held *held, const struct ncb_layout *l, uint32_t index,
		 struct ncb_figures *f)
{
	const struct ncb_type *type = &t->type[index];
	const struct ncb_placed *placed = &l->type[index];
	struct looking k = { t, d, l, held, LOOKS_MAX, false, NCB_UNKNOWN };
	struct range *r = ncb_alloc(type->members, sizeof(*r));
	uint32_t i;

	memset(f, 0, sizeof(*f));
	f->size = placed->size;
	f->lines = (f->size + NCB_CACHE_LINE - 1) / NCB_CACHE_LINE;
	f->slab = ncb_slab(f->size);
	for (i = 0; i < type->members; i++) {
		uint64_t bits = type->member[i].bits;

		bits = bits ? bits : ncb_member_size(t, l, index, i) * 8;
		r[i] = (struct range){ placed->bit[i], placed->bit[i] + bits };
	}
	qsort(r, type->members, sizeof(*r), compare_ranges);
	find_gaps(r, type->members, f);
	f->crossing = look(&k, index, 0);
	if (k.too_many)
		f->crossing = NCB_UNKNOWN;
	f->block = k.block;
	free(r);
}

/**
 * ncb_block_read - what a call reads of a notifier block
 * @t: the types
 * @d: what the block is
 * @l: the layout
 * @from: gets where that begins
 * @to: gets where it ends; where the function is not found, all of the block is read
 *
 * The priority is read by changes, and the link backwards by calls that go that way.
 */
void ncb_block_read(const struct ncb_types *t, const struct ncb_design *d,
		    const struct ncb_layout *l, uint64_t *from, uint64_t *to)
{
	uint32_t index = d->type[NCB_PART_BLOCK], i;
	const struct ncb_type *type = &t->type[index];
	bool found = false;

	*from = UINT64_MAX;
	*to = 0;
	for (i = 0; i < type->members; i++) {
		bool function = !strcmp(type->member[i].name, "notifier_call");
		uint64_t at = l->type[index].bit[i] / 8;

		if (!function && i != d->link[index])
			continue;
		found |= function;
		*from = at < *from ? at : *from;
		*to = at + t->pointer > *to ? at + t->pointer : *to;
	}
	if (found)
		return;
	*from = 0;
	*to = l->type[index].size;
}
