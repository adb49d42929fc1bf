// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places the members of structs by the rules of C compilers. What the source asked for
 * beyond them (packed, aligned, unnamed bit fields) does not stand in BTF: it is inferred
 * from where the file has each member, and then holds for the other design, too.
 */
#include <stdlib.h>
#include <string.h>
#include "layout.h"

/* Alignment that somebody asks for: of the stack of a CPU. */
#define ASKED_MAX	(1u << 16)

/*
 * @reach: of each type the largest alignment with which it is found where it is found;
 * what is asked for cannot be more
 * @every: what each member that stands at a multiple of it is taken to be aligned to; 0: none
 */
struct placing {
	const struct ncb_types *t;
	enum ncb_align align;
	struct ncb_layout *l;
	uint64_t *reach;
	unsigned char *done;
	uint32_t every;
};

static uint64_t up(uint64_t at, uint64_t step)
{
	return (at + step - 1) / step * step;
}

/* -- alignment that was asked for -- */

static void note_offset(const struct placing *p, uint32_t type, uint64_t bit)
{
	while (p->t->type[type].kind == NCB_TYPE_ARRAY)
		type = p->t->type[type].element;
	p->reach[type] |= bit / 8;
}

/* Offsets or'ed: their lowest bit is what all of them are a multiple of. */
static void find_reach(struct placing *p)
{
	const struct ncb_types *t = p->t;
	uint32_t i, k;

	for (i = 0; i < t->types; i++)
		p->reach[i] = t->type[i].size | ASKED_MAX;
	for (i = 0; i < t->types; i++)
		for (k = 0; k < t->type[i].members; k++)
			note_offset(p, t->type[i].member[k].type, t->type[i].member[k].bit);
	for (i = 0; i < t->types; i++)
		p->reach[i] &= -p->reach[i];
}

/*
 * The alignment in bytes, above @natural, that moves @end to @at, both in bits; 0: none
 * does. @reach: of the struct.
 */
static uint32_t asked_for(const struct placing *p, uint64_t end, uint64_t at, uint32_t natural,
			  uint64_t reach)
{
	uint32_t least = 0, most = 0;
	bool line = false;
	uint64_t step;

	for (step = 2ull * natural; step <= reach; step *= 2) {
		if (up(end, 8 * step) != at)
			continue;
		least = least ? least : step;
		most = step;
		line = line || step == NCB_CACHE_LINE;
	}
	if (p->align == NCB_ALIGN_MOST)
		return most;
	return p->align == NCB_ALIGN_LIKELY && line ? NCB_CACHE_LINE : least;
}

/* -- one struct -- */

static uint64_t file_bits(const struct ncb_types *t, const struct ncb_member *m)
{
	return m->bits ? m->bits : t->type[m->type].size * 8;
}

/**
 * ncb_member_size - bytes of a member in a layout; 0 of a bit field
 * @t: the types
 * @l: the layout
 * @index: of the struct or union
 * @member: which of its members
 */
uint64_t ncb_member_size(const struct ncb_types *t, const struct ncb_layout *l, uint32_t index,
			 uint32_t member)
{
	const struct ncb_member *m = &t->type[index].member[member];
	const struct ncb_design *d = l->other;

	if (d && d->part[index] != NCB_PARTS && d->link[index] == member)
		return d->doubly ? t->pointer : 2 * t->pointer;
	return m->bits ? 0 : l->type[m->type].size;
}

static uint64_t placed_bits(const struct ncb_types *t, const struct ncb_layout *l, uint32_t index,
			    uint32_t member)
{
	const struct ncb_member *m = &t->type[index].member[member];

	return m->bits ? m->bits : ncb_member_size(t, l, index, member) * 8;
}

/* Whether a bit field lies across two of the units that its type allows for it. */
static bool straddles(const struct ncb_types *t, const struct ncb_member *m)
{
	uint64_t unit = t->type[m->type].size * 8;

	return m->bits && m->bit % unit + m->bits > unit;
}

/* Whether it stands nearer to others than its members let it: __packed, or aligned to less. */
static bool is_packed(const struct placing *p, const struct ncb_type *type)
{
	uint32_t i, most = 1;

	for (i = 0; i < type->members; i++) {
		const struct ncb_member *m = &type->member[i];
		uint32_t align = p->l->type[m->type].align;

		if (m->bits ? straddles(p->t, m) : m->bit % (8ull * align))
			return true;
		most = align > most ? align : most;
	}
	return type->size % most;
}

/*
 * @end: bits that are taken, in the file and now
 */
struct cursor {
	uint64_t end, now;
};

/*
 * A bit field stays where it is in its unit: fields without a name, which do not stand in
 * the file, may be before it.
 */
static bool place_bit_field(const struct placing *p, const struct ncb_member *m,
			    struct ncb_placed *to, const struct cursor *c, uint64_t *at)
{
	uint64_t unit = to->packed ? 8 : p->t->type[m->type].size * 8;

	if (m->bit < c->end)
		return false;
	while (m->bit - c->end >= unit)
		unit *= 2;
	*at = c->now + (m->bit % unit + unit - c->now % unit) % unit;
	return true;
}

/* What a member may be aligned to, its natural alignment first where it leaves a hole. */
static uint32_t align_in(const struct ncb_placed *to, const struct ncb_member *m, uint64_t end,
			 uint32_t natural)
{
	return to->packed && (up(end, 8) == m->bit || up(end, 8ull * natural) != m->bit) ?
	       1 : natural;
}

static bool place_member(const struct placing *p, const struct ncb_member *m,
			 struct ncb_placed *to, uint64_t reach, const struct cursor *c,
			 uint64_t *at)
{
	uint32_t natural = p->l->type[m->type].align, align = align_in(to, m, c->end, natural);

	if (m->bits) {
		if (align > to->align)
			to->align = align;
		return place_bit_field(p, m, to, c, at);
	}
	if (up(c->end, 8ull * align) != m->bit) {
		align = asked_for(p, c->end, m->bit, align, reach);
		if (!align)
			return false;
		to->asked = to->asked || align > natural;
	}
	if (align < p->every && m->bit && m->bit % (8ull * p->every) == 0)
		align = p->every;
	if (align > to->align)
		to->align = align;
	*at = up(c->now, 8ull * align);
	return true;
}

/* Where its own end shows that it was aligned as a whole. */
static bool place_end(const struct placing *p, const struct ncb_type *type,
		      struct ncb_placed *to, uint64_t reach, const struct cursor *c)
{
	uint32_t align;

	if (up(c->end, 8ull * to->align) != type->size * 8) {
		align = asked_for(p, c->end, type->size * 8, to->align, reach);
		if (!align)
			return false;
		to->align = align;
		to->asked = true;
	}
	to->size = up(c->now, 8ull * to->align) / 8;
	return true;
}

static bool place_once(const struct placing *p, uint32_t index, struct ncb_placed *to)
{
	const struct ncb_type *type = &p->t->type[index];
	bool is_union = type->kind == NCB_TYPE_UNION;
	struct cursor c = { 0 }, most = { 0 };
	uint32_t i;

	for (i = 0; i < type->members; i++) {
		const struct ncb_member *m = &type->member[i];

		if (is_union)
			c = (struct cursor){ 0 };
		if (!place_member(p, m, to, p->reach[index], &c, &to->bit[i]))
			return false;
		c.end = m->bit + file_bits(p->t, m);
		c.now = to->bit[i] + placed_bits(p->t, p->l, index, i);
		most.end = c.end > most.end ? c.end : most.end;
		most.now = c.now > most.now ? c.now : most.now;
	}
	return place_end(p, type, to, p->reach[index], &most);
}

/*
 * Where somebody asked for alignment, the same may have been asked for members that would
 * stand there anyway. NCB_ALIGN_MOST takes it for granted.
 */
static bool place_all(struct placing *p, uint32_t index, struct ncb_placed *to)
{
	bool explained = place_once(p, index, to);

	if (p->align == NCB_ALIGN_MOST && explained && to->asked && !p->t->type[index].align) {
		p->every = to->align < NCB_CACHE_LINE ? to->align : NCB_CACHE_LINE;
		explained = place_once(p, index, to);
		p->every = 0;
	}
	return explained;
}

/* What the file says, where the rules do not explain it. */
static void take_over(const struct ncb_type *type, struct ncb_placed *to)
{
	uint32_t i;

	to->size = type->size;
	for (i = 0; i < type->members; i++)
		to->bit[i] = type->member[i].bit;
}

/* Of a number: its size; 80 bits are kept in 16 bytes. */
static uint32_t natural_align(uint64_t size)
{
	return size && size <= 16 && !(size & (size - 1)) ? size : 1;
}

static void place(struct placing *p, uint32_t index);

static void place_composite(struct placing *p, uint32_t index, struct ncb_placed *to)
{
	const struct ncb_type *type = &p->t->type[index];
	const struct ncb_design *d = p->l->other;
	bool computed = true;
	uint32_t i;

	to->affected = d && d->part[index] != NCB_PARTS;
	for (i = 0; i < type->members; i++) {
		const struct ncb_placed *part = &p->l->type[type->member[i].type];

		place(p, type->member[i].type);
		to->affected = to->affected || part->affected;
		computed = computed && (part->computed || !part->affected);
	}
	to->packed = is_packed(p, type);
	to->align = type->align ? type->align : 1;
	to->explained = place_all(p, index, to);
	to->computed = to->explained && computed;
	if (!to->computed)
		take_over(type, to);
}

/* Parts first; how deep that goes, ncb_types_check() limits. */
static void place(struct placing *p, uint32_t index)
{
	const struct ncb_type *type = &p->t->type[index];
	struct ncb_placed *to = &p->l->type[index];
	const struct ncb_placed *element;

	if (p->done[index])
		return;
	p->done[index] = true;
	to->explained = to->computed = true;
	switch (type->kind) {
	case NCB_TYPE_SCALAR:
		to->size = type->size;
		to->align = type->align ? type->align : natural_align(type->size);
		break;
	case NCB_TYPE_ARRAY:
		place(p, type->element);
		element = &p->l->type[type->element];
		to->size = element->size * type->count;
		to->align = type->align ? type->align : element->align;
		to->affected = element->affected;
		to->computed = element->computed;
		break;
	default:
		place_composite(p, index, to);
	}
}

/**
 * ncb_layout - place all types by the rules
 * @t: the types, which were checked
 * @other: the design that the file has not; NULL: as they are
 * @align: which alignment explains a hole, where there are several
 * @l: gets the layout
 */
void ncb_layout(const struct ncb_types *t, const struct ncb_design *other, enum ncb_align align,
		struct ncb_layout *l)
{
	struct placing p = { .t = t, .align = align, .l = l };
	size_t members = 0;
	uint32_t i;

	for (i = 0; i < t->types; i++)
		members += t->type[i].members;
	l->other = other;
	l->type = ncb_alloc(t->types, sizeof(*l->type));
	l->bits = ncb_alloc(members, sizeof(*l->bits));
	for (i = 0, members = 0; i < t->types; members += t->type[i++].members)
		l->type[i].bit = l->bits + members;
	p.reach = ncb_alloc(t->types, sizeof(*p.reach));
	p.done = ncb_alloc(t->types, 1);
	find_reach(&p);
	for (i = 0; i < t->types; i++)
		place(&p, i);
	free(p.done);
	free(p.reach);
}

/** ncb_layout_free - give back what ncb_layout() made */
void ncb_layout_free(struct ncb_layout *l)
{
	free(l->type);
	free(l->bits);
	memset(l, 0, sizeof(*l));
}
