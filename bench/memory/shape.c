// SPDX-License-Identifier: GPL-2.0-only
/*
 * What looks like a notifier block or a head, where no debug information says what it is.
 * A block that is there from the start names its callback, a blocking head has an empty
 * list in its lock: both are written into the image by relocations, or stand in it where
 * it is linked. BTF tells whether a function is a notifier's. Raw and atomic heads are
 * all zero, as is much else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "census.h"

/* What stands in an image where a pointer of it will be. */
struct pointer {
	uint64_t at;
	size_t section;		/* that it leads into; 0: not known */
	uint64_t value;		/* there */
	const char *elsewhere;	/* what it leads to, where that is in another file; or NULL */
};

struct function {
	const char *name;
	size_t section;
	uint64_t value;
};

/**
 * struct shape - what to look for, by size and place of its parts
 * @size: bytes; 0: the kernel has no such type
 * @first: byte of the callback, or of the list in the lock
 * @number, @number_size: of a block's priority
 */
struct shape {
	uint64_t size, first, number, number_size;
};

/**
 * struct scan - of one file
 * @pointer, @pointers: of the section that is looked at, sorted
 * @data: of it
 * @relocations, @next: of each section: the first section of relocations that is about it;
 *	of each of these: the next one. 0: none
 * @function, @functions: where code begins, sorted
 * @callbacks: what BTF says of them
 */
struct scan {
	const struct ncb_elf *e;
	uint64_t word;
	struct pointer *pointer;
	size_t pointers;
	Elf_Data *data;
	size_t *relocations, *next;
	struct function *function;
	size_t functions;
	struct ncb_callbacks callbacks;
	struct shape block, blocking;
};

/* -- what to look for -- */

static int find_shapes(struct scan *s, const struct ncb_types *t)
{
	const struct ncb_member *call, *priority, *lock;
	const struct ncb_type *block, *blocking;
	struct ncb_design d;
	uint64_t bit = 0;

	if (!t || ncb_design_find(t, &d)) {
		ncb_error("what %s holds cannot be told: it has no debug information, and the types of its kernel are not known; give its BTF",
			  s->e->path);
		return -ENODATA;
	}
	block = &t->type[d.type[NCB_PART_BLOCK]];
	call = ncb_types_member(block, "notifier_call");
	priority = ncb_types_member(block, "priority");
	if (call && priority)
		s->block = (struct shape) { block->size, call->bit / 8, priority->bit / 8,
					    t->type[priority->type].size };
	if (d.type[NCB_PART_BLOCKING] != NCB_NO_TYPE) {
		blocking = &t->type[d.type[NCB_PART_BLOCKING]];
		lock = ncb_types_member(blocking, "rwsem");
		if (lock && ncb_types_list(t, lock->type, &bit))
			s->blocking = (struct shape) { blocking->size,
						       (lock->bit + bit) / 8, 0, 0 };
	}
	ncb_design_free(&d);
	return 0;
}

/* -- where pointers lead -- */

static int by_place(const void *a, const void *b)
{
	const struct pointer *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int by_code(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static int find_functions(struct scan *s)
{
	struct ncb_elf_symbol symbol;
	size_t i;
	int err;

	s->function = ncb_alloc(s->e->symbols + 1, sizeof(*s->function));
	for (i = 1; i < s->e->symbols; i++) {
		err = ncb_elf_symbol(s->e, i, &symbol);
		if (err)
			return err;
		if (symbol.type == STT_FUNC && symbol.section)
			s->function[s->functions++] = (struct function) {
				symbol.name, symbol.section, symbol.value };
	}
	if (s->functions)
		qsort(s->function, s->functions, sizeof(*s->function), by_code);
	return 0;
}

/* Its name, or NULL where it is none. Of what another file has nothing else is known. */
static const char *find_function(const struct scan *s, const struct pointer *p)
{
	struct function wanted = { NULL, p->section, p->value }, *found;

	if (p->elsewhere)
		return p->elsewhere;
	found = bsearch(&wanted, s->function, s->functions, sizeof(wanted), by_code);
	return found ? found->name : NULL;
}

static uint64_t read_number(const struct scan *s, uint64_t at, uint64_t size)
{
	bool little = s->e->header.e_ident[EI_DATA] == ELFDATA2LSB;
	const unsigned char *bytes;
	uint64_t value = 0, i;

	if (!s->data || !s->data->d_buf || at > s->data->d_size || size > s->data->d_size - at)
		return 0;
	bytes = (const unsigned char *)s->data->d_buf + at;
	for (i = 0; i < size; i++)
		value = value << 8 | bytes[little ? size - 1 - i : i];
	return value;
}

static int add_relocation(struct scan *s, const GElf_Rela *r, bool addend_there)
{
	struct ncb_elf_symbol symbol;
	struct pointer *p = &s->pointer[s->pointers];
	int err = 0;

	memset(&symbol, 0, sizeof(symbol));
	if (GELF_R_SYM(r->r_info) >= s->e->symbols)
		return ncb_elf_damaged(s->e->path, "a relocation has a symbol that there is not");
	err = ncb_elf_symbol(s->e, GELF_R_SYM(r->r_info), &symbol);
	p->at = r->r_offset;
	p->section = symbol.section;
	p->value = symbol.value + (addend_there ? read_number(s, r->r_offset, s->word) :
						  (uint64_t)r->r_addend);
	p->elsewhere = !symbol.section && symbol.name && *symbol.name ? symbol.name : NULL;
	s->pointers++;
	return err;
}

static void find_relocations(struct scan *s)
{
	size_t i;

	s->relocations = ncb_alloc(s->e->sections + 1, sizeof(*s->relocations));
	s->next = ncb_alloc(s->e->sections + 1, sizeof(*s->next));
	for (i = 1; i < s->e->sections; i++) {
		const GElf_Shdr *h = &s->e->section[i].header;

		if ((h->sh_type != SHT_RELA && h->sh_type != SHT_REL) || !h->sh_entsize ||
		    h->sh_info >= s->e->sections)
			continue;
		s->next[i] = s->relocations[h->sh_info];
		s->relocations[h->sh_info] = i;
	}
}

static int read_relocations(struct scan *s, size_t section)
{
	const GElf_Shdr *h = &s->e->section[section].header;
	Elf_Data *data = elf_getdata(elf_getscn(s->e->elf, section), NULL);
	size_t i, n = data ? h->sh_size / h->sh_entsize : 0;
	bool addend_there = h->sh_type == SHT_REL;
	int err = 0;

	s->pointer = ncb_grow(s->pointer, s->pointers + n + 1, sizeof(*s->pointer));
	for (i = 0; i < n && !err; i++) {
		GElf_Rela rela = { 0 };
		GElf_Rel rel;

		if (addend_there ? !gelf_getrel(data, i, &rel) : !gelf_getrela(data, i, &rela))
			return ncb_elf_damaged(s->e->path, "a relocation cannot be read");
		if (addend_there)
			rela = (GElf_Rela) { rel.r_offset, rel.r_info, 0 };
		err = add_relocation(s, &rela, addend_there);
	}
	return err;
}

/* Pointers in @size bytes from @at on: from relocations, or the words of a linked image. */
static size_t pointers_in(const struct scan *s, uint64_t at, uint64_t size, struct pointer *p,
			  size_t room)
{
	size_t n = 0, low = 0, high = s->pointers;
	uint64_t i, value;

	if (s->e->header.e_type == ET_REL) {
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (s->pointer[middle].at < at)
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < s->pointers && s->pointer[low].at - at < size; low++, n++)
			if (n < room) {
				p[n] = s->pointer[low];
				p[n].at -= at;
			}
		return n;
	}
	for (i = 0; i + s->word <= size; i += s->word) {
		value = read_number(s, at + i, s->word);
		if (value < 4096 || !ncb_elf_section_at(s->e, value))
			continue;
		if (n < room)
			p[n] = (struct pointer) { i, ncb_elf_section_at(s->e, value), value, NULL };
		n++;
	}
	return n;
}

/* -- what has which shape -- */

/* Nothing is set but the callback and the priority. */
static bool is_block(const struct scan *s, uint64_t at, enum ncb_evidence *by)
{
	const struct ncb_callback *callback;
	const struct shape *b = &s->block;
	const char *function;
	struct pointer p[2];
	uint64_t i;

	if (pointers_in(s, at, b->size, p, ARRAY_SIZE(p)) != 1 || p->at != b->first)
		return false;
	function = find_function(s, p);
	if (!function)
		return false;
	for (i = 0; i < b->size; i++)
		if (i - b->first >= s->word && i - b->number >= b->number_size &&
		    read_number(s, at + i, 1))
			return false;
	callback = ncb_callbacks_find(&s->callbacks, function);
	*by = callback ? NCB_BY_CALLBACK : NCB_BY_SHAPE;
	return !callback || callback->fits;
}

/* The list in its lock is empty: both pointers lead back to it. */
static bool is_blocking(const struct scan *s, size_t section, uint64_t at, uint64_t value)
{
	const struct shape *b = &s->blocking;
	struct pointer p[3];

	return pointers_in(s, at, b->size, p, ARRAY_SIZE(p)) == 2 && p[0].at == b->first &&
	       p[1].at == b->first + s->word && p[0].section == section &&
	       p[1].section == section && p[0].value == value + b->first &&
	       p[1].value == value + b->first;
}

struct wanted {
	struct ncb_elf_symbol *symbol;
	size_t n;
};

static int by_section(const void *a, const void *b)
{
	const struct ncb_elf_symbol *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* In a System.map there is room for what aligns the next one. */
#define ROOM	64

static bool has_size(const struct scan *s, const struct ncb_elf_symbol *symbol,
		     const struct shape *shape)
{
	if (s->e->mapped)
		return shape->size && symbol->size >= shape->size &&
		       symbol->size < shape->size + ROOM;
	return shape->size && symbol->size == shape->size;
}

/* Variables of a size that fits, in sections that have contents; one of each place. */
static int find_wanted(const struct scan *s, struct wanted *w)
{
	struct ncb_elf_symbol symbol;
	const GElf_Shdr *h;
	size_t i;
	int err;

	w->symbol = ncb_alloc(s->e->symbols + 1, sizeof(*w->symbol));
	for (i = 1; i < s->e->symbols; i++) {
		err = ncb_elf_symbol(s->e, i, &symbol);
		if (err)
			return err;
		h = &s->e->section[symbol.section].header;
		if (symbol.type == STT_OBJECT && symbol.section && h->sh_flags & SHF_ALLOC &&
		    h->sh_type != SHT_NOBITS &&
		    (has_size(s, &symbol, &s->block) || has_size(s, &symbol, &s->blocking)))
			w->symbol[w->n++] = symbol;
	}
	if (w->n)
		qsort(w->symbol, w->n, sizeof(*w->symbol), by_section);
	return 0;
}

static void judge(struct scan *s, const struct ncb_elf_symbol *symbol, const char *image,
		  struct ncb_census *c)
{
	const struct ncb_elf_section *section = &s->e->section[symbol->section];
	bool relative = s->e->header.e_type == ET_REL;
	uint64_t at = relative ? symbol->value : symbol->value - section->header.sh_addr;
	struct ncb_census_item item = { image, symbol->name, NULL, section->name, NCB_PARTS, 1,
					NCB_BY_SHAPE };

	if (at > section->header.sh_size || symbol->size > section->header.sh_size - at)
		return;
	if (has_size(s, symbol, &s->block) && is_block(s, at, &item.by))
		item.part = NCB_PART_BLOCK;
	else if (has_size(s, symbol, &s->blocking) &&
		 is_blocking(s, symbol->section, at, symbol->value))
		item.part = NCB_PART_BLOCKING;
	/* Where its size is not known: any semaphore has that list, and a callback is certain. */
	if (s->e->mapped && item.by != NCB_BY_CALLBACK)
		return;
	if (item.part != NCB_PARTS)
		ncb_census_add(c, &item);
}

/* Of a relocatable file: all that is written into the section. */
static int enter_section(struct scan *s, size_t section)
{
	size_t i = s->e->header.e_type == ET_REL ? s->relocations[section] : 0;
	int err = 0;

	s->pointers = 0;
	s->data = elf_rawdata(elf_getscn(s->e->elf, section), NULL);
	for (; i && !err; i = s->next[i])
		err = read_relocations(s, i);
	if (s->pointers)
		qsort(s->pointer, s->pointers, sizeof(*s->pointer), by_place);
	return err;
}

/**
 * ncb_census_by_shape - add what looks like a block or a blocking head
 * @c: gets it
 * @e: a module or kernel with a table of symbols
 * @image: its name
 * @kernel: types of its kernel; what is added has the size of them
 *
 * Return: 0; -ENODATA without symbols or types; or -errno; with a message.
 */
int ncb_census_by_shape(struct ncb_census *c, const struct ncb_elf *e, const char *image,
			const struct ncb_types *kernel)
{
	struct scan s = { .e = e, .word = gelf_fsize(e->elf, ELF_T_ADDR, 1, EV_CURRENT) };
	struct wanted w = { NULL, 0 };
	size_t i, section = 0;
	int err;

	if (!e->symbols) {
		ncb_error("what %s holds cannot be told: it has neither debug information nor symbols; give one with either",
			  e->path);
		return -ENODATA;
	}
	find_relocations(&s);
	ncb_callbacks_read(&s.callbacks, e, kernel);
	err = find_shapes(&s, kernel);
	if (!err)
		err = find_functions(&s);
	if (!err)
		err = find_wanted(&s, &w);
	for (i = 0; i < w.n && !err; i++) {
		if (i && w.symbol[i].section == section &&
		    w.symbol[i].value == w.symbol[i - 1].value)
			continue;
		if (w.symbol[i].section != section)
			err = enter_section(&s, section = w.symbol[i].section);
		if (!err)
			judge(&s, &w.symbol[i], image, c);
	}
	free(w.symbol);
	free(s.pointer);
	free(s.function);
	free(s.relocations);
	free(s.next);
	ncb_callbacks_free(&s.callbacks);
	return err;
}
