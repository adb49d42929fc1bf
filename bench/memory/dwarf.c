// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types and static variables from debug information, with libdw. Every source file of a
 * kernel brings its own copy of most types: each is looked at, parts first, and kept
 * where no equal one is there yet. So one index stands for one layout.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "elffile.h"
#include "layout.h"
#include "names.h"

/* Typedefs and qualifiers in a row, arrays of arrays. */
#define CHAIN_MAX	64

/* What is known of a type beside itself. */
enum {
	HOLDS = 1,	/* is or embeds a notifier block or a head */
	OPAQUE = 2,	/* was only declared here, or embeds one that was */
};

/* Open addressing; @size is a power of two, at most half of it used. */
struct seen {
	const void *die;
	uint32_t type;
	uint32_t unit;		/* in which that was found: others are free */
};

/* While a type's parts are looked at. */
#define UNDERWAY	(NCB_NO_TYPE - 1)

/**
 * struct reader - while a file is read
 * @types_room, @variables_room: for which there is memory
 * @flags: of each type
 * @equal, @equals: hash table of types: index + 1
 * @seen, @seens, @seen_used: hash table of this unit's debugging information entries
 * @unit: number of the one that is read, from 1
 * @unit_name: copy of its name, once one was needed
 * @left: entries that may still be looked at: what refers to each other without end ends
 */
struct reader {
	const char *path;
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwarf *dwarf;
	bool little, relocatable;
	struct ncb_types *t;
	uint32_t types_room, variables_room;
	unsigned char *flags;
	struct ncb_names *names;
	uint32_t *equal;
	size_t equals;
	struct seen *seen;
	size_t seens, seen_used;
	uint32_t unit;
	Dwarf_Die unit_die;
	const char *unit_name;
	int64_t left;
};

static int damaged(const struct reader *r, const char *what)
{
	ncb_error("the debug information of %s is damaged: %s; take the file anew from where it was built or packaged",
		  r->path, what);
	return -EBADMSG;
}

/* -- what an entry says of itself -- */

enum {
	NAME, TYPE, BYTE_SIZE, LOCATION, MEMBER_LOCATION, BIT_SIZE, DATA_BIT_OFFSET, BIT_OFFSET,
	UPPER_BOUND, COUNT, DECLARATION, ALIGNMENT, SIGNATURE, ATTRIBUTES,
};

static const unsigned int attribute_code[] = {
	[NAME] = DW_AT_name, [TYPE] = DW_AT_type, [BYTE_SIZE] = DW_AT_byte_size,
	[LOCATION] = DW_AT_location, [MEMBER_LOCATION] = DW_AT_data_member_location,
	[BIT_SIZE] = DW_AT_bit_size, [DATA_BIT_OFFSET] = DW_AT_data_bit_offset,
	[BIT_OFFSET] = DW_AT_bit_offset, [UPPER_BOUND] = DW_AT_upper_bound,
	[COUNT] = DW_AT_count, [DECLARATION] = DW_AT_declaration, [ALIGNMENT] = DW_AT_alignment,
	[SIGNATURE] = DW_AT_signature,
};

struct entry {
	Dwarf_Die die;
	unsigned int has;		/* bits */
	Dwarf_Attribute attribute[ATTRIBUTES];
};

static int take_attribute(Dwarf_Attribute *a, void *data)
{
	struct entry *e = data;
	unsigned int i;

	for (i = 0; i < ATTRIBUTES; i++) {
		if (attribute_code[i] == a->code) {
			e->attribute[i] = *a;
			e->has |= 1u << i;
		}
	}
	return DWARF_CB_OK;
}

static int look(struct reader *r, const Dwarf_Die *die, struct entry *e)
{
	if (--r->left < 0)
		return damaged(r, "its entries refer to each other without end");
	e->die = *die;
	e->has = 0;
	if (dwarf_getattrs(&e->die, take_attribute, e, 0) != 1)
		return damaged(r, "an entry cannot be read");
	return 0;
}

static bool has(const struct entry *e, unsigned int which)
{
	return e->has & 1u << which;
}

/* False where it is not there, or no constant. */
static bool number(struct entry *e, unsigned int which, uint64_t *value)
{
	Dwarf_Word word;

	if (!has(e, which) || dwarf_formudata(&e->attribute[which], &word))
		return false;
	*value = word;
	return true;
}

static const char *name_of(struct entry *e)
{
	const char *name = has(e, NAME) ? dwarf_formstring(&e->attribute[NAME]) : NULL;

	return name ? name : "";
}

/* -- equal types are one -- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

static uint64_t mix_name(uint64_t hash, const char *name)
{
	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3;
	return hash;
}

static uint64_t hash_of(const struct ncb_type *type)
{
	uint64_t hash = mix(mix(mix_name(type->kind, type->name), type->size), type->align);
	uint32_t i;

	hash = mix(mix(hash, type->element), type->count);
	for (i = 0; i < type->members; i++)
		hash = mix(mix_name(mix(hash, type->member[i].type), type->member[i].name),
			   type->member[i].bit);
	return hash;
}

static bool are_equal(const struct ncb_type *a, const struct ncb_type *b)
{
	uint32_t i;

	if (a->kind != b->kind || a->size != b->size || a->align != b->align ||
	    a->members != b->members || a->element != b->element || a->count != b->count ||
	    strcmp(a->name, b->name))
		return false;
	for (i = 0; i < a->members; i++) {
		const struct ncb_member *x = &a->member[i], *y = &b->member[i];

		if (x->type != y->type || x->bit != y->bit || x->bits != y->bits ||
		    strcmp(x->name, y->name))
			return false;
	}
	return true;
}

static void grow_equal(struct reader *r)
{
	size_t i, at, room = r->equals ? 2 * r->equals : 1 << 12;
	uint32_t *table = ncb_alloc(room, sizeof(*table));

	for (i = 0; i < r->t->types; i++) {
		at = hash_of(&r->t->type[i]) & (room - 1);
		while (table[at])
			at = (at + 1) & (room - 1);
		table[at] = i + 1;
	}
	free(r->equal);
	r->equal = table;
	r->equals = room;
}

static unsigned char flags_of(const struct reader *r, const struct ncb_type *type)
{
	unsigned char flags = 0;
	size_t i;

	if (type->kind == NCB_TYPE_ARRAY)
		return r->flags[type->element];
	for (i = 0; i < type->members; i++)
		flags |= r->flags[type->member[i].type];
	for (i = 0; type->kind == NCB_TYPE_STRUCT && i < NCB_PARTS; i++)
		if (!strcmp(type->name, ncb_part_names[i]))
			flags |= HOLDS;
	return flags;
}

static uint32_t add_type(struct reader *r, const struct ncb_type *type, unsigned char flags)
{
	struct ncb_types *t = r->t;
	struct ncb_type *copy;
	uint32_t i;

	if (t->types == r->types_room) {
		r->types_room = r->types_room ? 2 * r->types_room : 1 << 10;
		t->type = ncb_grow(t->type, r->types_room, sizeof(*t->type));
		r->flags = ncb_grow(r->flags, r->types_room, 1);
	}
	r->flags[t->types] = flags | flags_of(r, type);
	copy = &t->type[t->types];
	*copy = *type;
	copy->name = ncb_names_add(r->names, type->name);
	for (i = 0; i < copy->members; i++)
		copy->member[i].name = ncb_names_add(r->names, copy->member[i].name);
	return t->types++;
}

/* Its index. Takes over its members, which are malloc'd. */
static uint32_t keep(struct reader *r, const struct ncb_type *type, unsigned char flags)
{
	size_t at;

	if (2 * (size_t)r->t->types >= r->equals)
		grow_equal(r);
	for (at = hash_of(type) & (r->equals - 1); r->equal[at]; at = (at + 1) & (r->equals - 1)) {
		uint32_t index = r->equal[at] - 1;

		if (are_equal(type, &r->t->type[index])) {
			free(type->member);
			r->flags[index] |= flags;
			return index;
		}
	}
	r->equal[at] = r->t->types + 1;
	return add_type(r, type, flags);
}

/* -- entries that were looked at -- */

static struct seen *find_seen(struct reader *r, const void *die)
{
	size_t at = mix(0, (uintptr_t)die) & (r->seens - 1);

	while (r->seen[at].unit == r->unit && r->seen[at].die != die)
		at = (at + 1) & (r->seens - 1);
	return &r->seen[at];
}

static void grow_seen(struct reader *r)
{
	struct seen *old = r->seen;
	size_t i, n = r->seens;

	r->seens = n ? 2 * n : 1 << 14;
	r->seen = ncb_alloc(r->seens, sizeof(*r->seen));
	for (i = 0; i < n; i++)
		if (old[i].unit == r->unit)
			*find_seen(r, old[i].die) = old[i];
	free(old);
}

static void remember(struct reader *r, const void *die, uint32_t type)
{
	struct seen *s;

	if (2 * r->seen_used >= r->seens)
		grow_seen(r);
	s = find_seen(r, die);
	r->seen_used += s->unit != r->unit;
	*s = (struct seen) { die, type, r->unit };
}

/* -- types -- */

static int type_of_die(struct reader *r, const Dwarf_Die *die, unsigned int depth, uint32_t *type);

/* Where @which of an entry leads; without one, to nothing that has a size, as void. */
static int type_behind(struct reader *r, struct entry *e, unsigned int which, unsigned int depth,
		       uint32_t *type)
{
	static const struct ncb_type nothing = { .name = "" };
	Dwarf_Die die;

	if (!has(e, which)) {
		*type = keep(r, &nothing, 0);
		return 0;
	}
	if (!dwarf_formref_die(&e->attribute[which], &die))
		return damaged(r, "a type is outside of it");
	return type_of_die(r, &die, depth + 1, type);
}

/*
 * A type that the source aligned at this one place. A struct stays the one type that it
 * is: what is aligned is an array of one.
 */
static uint32_t aligned(struct reader *r, uint32_t type, uint64_t align)
{
	struct ncb_type t = r->t->type[type];

	if (t.kind == NCB_TYPE_STRUCT || t.kind == NCB_TYPE_UNION)
		t = (struct ncb_type) { .kind = NCB_TYPE_ARRAY, .name = "", .element = type,
					.count = 1 };
	t.align = align;
	return keep(r, &t, 0);
}

static int maybe_aligned(struct reader *r, struct entry *e, uint32_t *type)
{
	uint64_t align;

	if (!number(e, ALIGNMENT, &align))
		return 0;
	if (!align || align > UINT32_MAX || align & (align - 1))
		return damaged(r, "an alignment is no power of two");
	*type = aligned(r, *type, align);
	return 0;
}

/* Bytes from the beginning of the struct; also as an expression, as compilers once wrote it. */
static int member_at(struct reader *r, struct entry *e, uint64_t *at)
{
	Dwarf_Op *op;
	size_t n;

	*at = 0;
	if (!has(e, MEMBER_LOCATION) || number(e, MEMBER_LOCATION, at))
		return 0;
	if (dwarf_getlocation(&e->attribute[MEMBER_LOCATION], &op, &n) || n != 1 ||
	    op->atom != DW_OP_plus_uconst)
		return damaged(r, "a member is at no place that is known");
	*at = op->number;
	return 0;
}

static int place_member(struct reader *r, struct entry *e, struct ncb_member *m)
{
	uint64_t at, bits = 0, from = 0, storage = r->t->type[m->type].size;
	int err = member_at(r, e, &at);

	if (err)
		return err;
	number(e, BIT_SIZE, &bits);
	number(e, BYTE_SIZE, &storage);
	if (!number(e, DATA_BIT_OFFSET, &from) && number(e, BIT_OFFSET, &from) && r->little)
		from = storage * 8 - from - bits;	/* was counted from the other end */
	if (at > UINT64_MAX / 16 || from > UINT64_MAX / 16 || bits > UINT32_MAX)
		return damaged(r, "a member is larger than any memory");
	m->bit = at * 8 + from;
	m->bits = bits;
	return 0;
}

static int add_member(struct reader *r, const Dwarf_Die *die, unsigned int depth,
		      struct ncb_type *type)
{
	struct ncb_member m;
	struct entry e;
	int err = look(r, die, &e);

	/* A static one of C++ is no part of it. */
	if (err || has(&e, DECLARATION))
		return err;
	m.name = name_of(&e);
	err = type_behind(r, &e, TYPE, depth, &m.type);
	if (!err)
		err = maybe_aligned(r, &e, &m.type);
	if (!err)
		err = place_member(r, &e, &m);
	if (err)
		return err;
	if (!(type->members & (type->members - 1)))
		type->member = ncb_grow(type->member, type->members ? 2 * type->members : 1,
					sizeof(m));
	type->member[type->members++] = m;
	return 0;
}

static int read_struct(struct reader *r, struct entry *e, unsigned int depth, uint32_t *index)
{
	struct ncb_type type = {
		.kind = dwarf_tag(&e->die) == DW_TAG_union_type ? NCB_TYPE_UNION : NCB_TYPE_STRUCT,
		.name = name_of(e),
	};
	bool whole = !has(e, DECLARATION);
	uint64_t align = 0;
	Dwarf_Die child;
	int more, err = 0;

	if (has(e, SIGNATURE))
		return type_behind(r, e, SIGNATURE, depth, index);
	number(e, BYTE_SIZE, &type.size);
	number(e, ALIGNMENT, &align);
	type.align = align;
	if (align > UINT32_MAX || align & (align - 1))
		return damaged(r, "an alignment is no power of two");
	more = whole ? dwarf_child(&e->die, &child) : 1;
	for (; more == 0 && !err; more = dwarf_siblingof(&child, &child))
		if (dwarf_tag(&child) == DW_TAG_member)
			err = add_member(r, &child, depth, &type);
	if (more < 0 && !err)
		err = damaged(r, "the members of a type cannot be read");
	if (err)
		free(type.member);
	else
		*index = keep(r, &type, whole ? 0 : OPAQUE);
	return err;
}

/* Of one dimension; none where it is flexible, or found out at run time. */
static int elements(struct reader *r, const Dwarf_Die *die, uint64_t *count)
{
	struct entry e;
	int err = look(r, die, &e);

	*count = 0;
	if (!err && !number(&e, COUNT, count) && number(&e, UPPER_BOUND, count))
		*count += 1;
	return err;
}

static int read_array(struct reader *r, struct entry *e, unsigned int depth, uint32_t *index)
{
	uint64_t count[CHAIN_MAX];
	unsigned int n = 0;
	Dwarf_Die child;
	int more, err;

	err = type_behind(r, e, TYPE, depth, index);
	for (more = dwarf_child(&e->die, &child); more == 0 && !err;
	     more = dwarf_siblingof(&child, &child)) {
		if (dwarf_tag(&child) != DW_TAG_subrange_type)
			continue;
		if (n == CHAIN_MAX)
			return damaged(r, "an array has too many dimensions");
		err = elements(r, &child, &count[n++]);
	}
	if (more < 0 && !err)
		return damaged(r, "the dimensions of an array cannot be read");
	while (n && !err) {
		struct ncb_type array = { .kind = NCB_TYPE_ARRAY, .name = "", .element = *index,
					  .count = count[--n] };

		*index = keep(r, &array, 0);
	}
	return err ? err : maybe_aligned(r, e, index);
}

static void read_scalar(struct reader *r, struct entry *e, uint32_t *index)
{
	struct ncb_type type = { .name = "" };
	uint64_t align = 0;

	switch (dwarf_tag(&e->die)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		type.size = r->t->pointer;
	}
	number(e, BYTE_SIZE, &type.size);
	number(e, ALIGNMENT, &align);
	type.align = align > UINT32_MAX ? 0 : align;
	*index = keep(r, &type, 0);
}

static int read_type(struct reader *r, const Dwarf_Die *die, unsigned int depth, uint32_t *index)
{
	struct entry e;
	int err = look(r, die, &e);

	if (err)
		return err;
	switch (dwarf_tag(&e.die)) {
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		err = type_behind(r, &e, TYPE, depth, index);
		return err ? err : maybe_aligned(r, &e, index);
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return read_struct(r, &e, depth, index);
	case DW_TAG_array_type:
		return read_array(r, &e, depth, index);
	}
	read_scalar(r, &e, index);
	return 0;
}

/* Its index, the same for all that are equal. */
static int type_of_die(struct reader *r, const Dwarf_Die *die, unsigned int depth, uint32_t *type)
{
	const struct seen *s = find_seen(r, die->addr);
	int err;

	if (s->unit == r->unit) {
		*type = s->type;
		return *type == UNDERWAY ? damaged(r, "a type holds itself") : 0;
	}
	if (depth > NCB_TYPES_DEPTH)
		return damaged(r, "its types are nested too deeply");
	remember(r, die->addr, UNDERWAY);
	err = read_type(r, die, depth, type);
	if (!err)
		remember(r, die->addr, *type);
	return err;
}

/* -- variables -- */

/* False where it is at no address of its own. */
static bool address_of(struct entry *e, uint64_t *address)
{
	Dwarf_Attribute indirect;
	Dwarf_Op *op;
	size_t n;
	Dwarf_Addr value;

	if (dwarf_getlocation(&e->attribute[LOCATION], &op, &n) || n != 1)
		return false;
	*address = op->number;
	if (op->atom == DW_OP_addr)
		return true;
	if ((op->atom != DW_OP_addrx && op->atom != DW_OP_GNU_addr_index) ||
	    dwarf_getlocation_attr(&e->attribute[LOCATION], op, &indirect) ||
	    dwarf_formaddr(&indirect, &value))
		return false;
	*address = value;
	return true;
}

/* NULL where it is in no part of the image: the linker took it out, and left its entry. */
static const char *section_of(const struct reader *r, uint64_t address)
{
	Dwarf_Addr bias, at = address;
	GElf_Shdr header;
	Elf_Scn *scn;
	Elf *elf = dwfl_module_getelf(r->module, &bias);
	size_t names;

	if (!address && !r->relocatable)
		return NULL;
	at += bias;
	scn = dwfl_module_address_section(r->module, &at, &bias);
	if (!scn || !gelf_getshdr(scn, &header) || elf_getshdrstrndx(elf, &names))
		return NULL;
	return elf_strptr(elf, names, header.sh_name);
}

static int add_variable(struct reader *r, struct entry *e, uint32_t type)
{
	struct ncb_types *t = r->t;
	const char *name = dwarf_diename(&e->die), *section;
	uint64_t address;

	if (!address_of(e, &address))
		return 0;
	if (r->flags[type] & OPAQUE) {
		ncb_error("the debug information of %s leaves types out (CONFIG_DEBUG_INFO_REDUCED?): that of %s is not whole; build it without",
			  r->path, name ? name : "a variable");
		return -ENODATA;
	}
	section = section_of(r, address);
	if (!section)
		return 0;
	if (!r->unit_name) {
		name = dwarf_diename(&r->unit_die);
		r->unit_name = ncb_names_add(r->names, name ? name : "");
		name = dwarf_diename(&e->die);
	}
	if (t->variables == r->variables_room) {
		r->variables_room = r->variables_room ? 2 * r->variables_room : 256;
		t->variable = ncb_grow(t->variable, r->variables_room, sizeof(*t->variable));
	}
	t->variable[t->variables++] = (struct ncb_variable) {
		ncb_names_add(r->names, name ? name : ""), r->unit_name,
		ncb_names_add(r->names, section), type, address,
	};
	return 0;
}

static int read_variable(struct reader *r, const Dwarf_Die *die)
{
	Dwarf_Attribute of;
	uint32_t type;
	struct entry e;
	int err = look(r, die, &e);

	if (err || !has(&e, LOCATION))
		return err;
	/* The definition of what was declared before has its type there. */
	if (!has(&e, TYPE) && dwarf_attr_integrate(&e.die, DW_AT_type, &of)) {
		e.attribute[TYPE] = of;
		e.has |= 1u << TYPE;
	}
	err = type_behind(r, &e, TYPE, 0, &type);
	if (err || !r->flags[type])
		return err;
	return add_variable(r, &e, type);
}

static int by_address(const void *a, const void *b)
{
	const struct ncb_variable *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* What several units tell of, as a static one in an inline function, is there once. */
static void once_each(struct ncb_types *t)
{
	uint32_t i, kept = 0;

	if (t->variables)
		qsort(t->variable, t->variables, sizeof(*t->variable), by_address);
	for (i = 0; i < t->variables; i++)
		if (!kept || t->variable[kept - 1].address != t->variable[i].address)
			t->variable[kept++] = t->variable[i];
	t->variables = kept;
}

/* -- units -- */

/*
 * All below an entry that can be a type or hold a static variable. A function that was
 * inlined has its own in the entry of the function.
 */
static int walk(struct reader *r, const Dwarf_Die *parent, unsigned int depth)
{
	Dwarf_Die die, up = *parent;
	uint32_t type;
	int more, err = 0;

	if (depth > NCB_TYPES_DEPTH)
		return damaged(r, "its blocks are nested too deeply");
	for (more = dwarf_child(&up, &die); more == 0 && !err; more = dwarf_siblingof(&die, &die)) {
		if (--r->left < 0)
			return damaged(r, "its entries refer to each other without end");
		switch (dwarf_tag(&die)) {
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			if (!dwarf_hasattr(&die, DW_AT_declaration))
				err = type_of_die(r, &die, 0, &type);
			break;
		case DW_TAG_variable:
			err = read_variable(r, &die);
			break;
		case DW_TAG_subprogram:
		case DW_TAG_lexical_block:
		case DW_TAG_namespace:
			err = walk(r, &die, depth + 1);
			break;
		}
	}
	return more < 0 && !err ? damaged(r, "its entries cannot be read") : err;
}

static int read_unit(struct reader *r, Dwarf_Off begin, uint8_t address_size)
{
	uint8_t kind;

	if (!dwarf_offdie(r->dwarf, begin, &r->unit_die) ||
	    dwarf_cu_info(r->unit_die.cu, NULL, &kind, NULL, NULL, NULL, NULL, NULL))
		return damaged(r, "a unit cannot be read");
	if (kind == DW_UT_skeleton) {
		ncb_error("the debug information of %s is in other files (CONFIG_DEBUG_INFO_SPLIT); build it without",
			  r->path);
		return -ENODATA;
	}
	if (!r->t->pointer)
		r->t->pointer = address_size;
	r->unit++;
	r->unit_name = NULL;
	r->seen_used = 0;
	return walk(r, &r->unit_die, 0);
}

static int read_units(struct reader *r)
{
	Dwarf_Off at = 0, next;
	uint8_t address_size;
	size_t header;
	int more, err = 0;

	grow_seen(r);
	for (; !err; at = next) {
		more = dwarf_next_unit(r->dwarf, at, &next, &header, NULL, NULL, &address_size,
				       NULL, NULL, NULL);
		if (more)
			break;
		/* Each takes a byte at least; some are looked at from other units, too. */
		r->left += 2 * (next - at) + 100000;
		err = read_unit(r, at + header, address_size);
	}
	if (!err && more < 0)
		return damaged(r, "a unit cannot be read");
	if (!err && !r->unit) {
		ncb_error("%s has no debug information (DWARF); give one that was built with -g, or the packaged debug image",
			  r->path);
		return -ENODATA;
	}
	return err;
}

/* -- files -- */

/* Debug information that other files have is no part of this one. */
static int find_no_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **path)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc;
	*path = NULL;
	return -1;
}

/* Also lays out what is relocatable, and relocates its debug information. */
static int open_dwarf(struct reader *r)
{
	static const Dwfl_Callbacks callbacks = {
		.section_address = dwfl_offline_section_address,
		.find_debuginfo = find_no_file,
	};
	Dwarf_Addr bias;

	r->dwfl = dwfl_begin(&callbacks);
	r->module = r->dwfl ? dwfl_report_offline(r->dwfl, "", r->path, -1) : NULL;
	if (!r->module || dwfl_report_end(r->dwfl, NULL, NULL)) {
		ncb_error("cannot read the debug information of %s: %s", r->path, dwfl_errmsg(-1));
		return -EBADMSG;
	}
	r->dwarf = dwfl_module_getdwarf(r->module, &bias);
	if (r->dwarf)
		return 0;
	ncb_error("%s has no debug information (DWARF; %s); give one that was built with -g, or the packaged debug image",
		  r->path, dwfl_errmsg(-1));
	return -ENODATA;
}

static int check_file(struct reader *r)
{
	struct ncb_elf e;
	int err = ncb_elf_open(r->path, &e);

	r->little = e.header.e_ident[EI_DATA] == ELFDATA2LSB;
	r->relocatable = e.header.e_type == ET_REL;
	ncb_elf_close(&e);
	return err;
}

static void free_names(void *names)
{
	ncb_names_free(names);
	free(names);
}

/**
 * ncb_types_from_dwarf - types and static variables from an ELF file's debug information
 * @path: a vmlinux, a module, or the debug image of either
 * @t: gets them, to be given back with ncb_types_free()
 *
 * What a struct is aligned to at one place alone shows there as an array of one.
 *
 * Return: 0; -ENODATA where the file has none, or has it elsewhere or not whole; or
 * -errno; with a message.
 */
int ncb_types_from_dwarf(const char *path, struct ncb_types *t)
{
	struct reader r = { .path = path, .t = t };
	int err;

	memset(t, 0, sizeof(*t));
	t->source = "DWARF";
	r.names = ncb_alloc(1, sizeof(*r.names));
	t->strings = r.names;
	t->free_strings = free_names;
	err = check_file(&r);
	if (!err)
		err = open_dwarf(&r);
	if (!err)
		err = read_units(&r);
	if (!err)
		err = ncb_types_check(t, path);
	once_each(t);
	if (r.dwfl)
		dwfl_end(r.dwfl);
	free(r.flags);
	free(r.equal);
	free(r.seen);
	if (err)
		ncb_types_free(t);
	return err;
}
