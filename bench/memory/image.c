// SPDX-License-Identifier: GPL-2.0-only
/* What an image takes: like size(1) and bloat-o-meter, with the init part and moves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "elffile.h"
#include "image.h"

/* All names together. A whole kernel's are some 5 MB. */
#define NAMES_MAX	(256u << 20)

/* Where a linked kernel keeps what it gives back. */
struct init_range {
	uint64_t begin, end;
};

static bool takes_memory(const struct ncb_elf_section *s)
{
	return s->header.sh_flags & SHF_ALLOC && s->header.sh_size;
}

static enum ncb_bytes kind_of(const struct ncb_elf_section *s)
{
	if (s->header.sh_flags & SHF_EXECINSTR || !(s->header.sh_flags & SHF_WRITE))
		return NCB_BYTES_TEXT;
	return s->header.sh_type == SHT_NOBITS ? NCB_BYTES_BSS : NCB_BYTES_DATA;
}

/* A module's loader goes by the name; a kernel is linked so that it can go by addresses. */
static bool is_init(const struct ncb_elf *e, const struct ncb_elf_section *s,
		    const struct init_range *init)
{
	if (init->begin < init->end)
		return s->header.sh_addr >= init->begin && s->header.sh_addr < init->end;
	return e->header.e_type == ET_REL && !strncmp(s->name, ".init", strlen(".init"));
}

static int find_init(const struct ncb_elf *e, struct init_range *init)
{
	struct ncb_elf_symbol s;
	size_t i;
	int err;

	memset(init, 0, sizeof(*init));
	for (i = 1; e->header.e_type != ET_REL && i < e->symbols; i++) {
		err = ncb_elf_symbol(e, i, &s);
		if (err)
			return err;
		if (!strcmp(s.name, "__init_begin"))
			init->begin = s.value;
		else if (!strcmp(s.name, "__init_end"))
			init->end = s.value;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ncb_size *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order && x->section && y->section)
		order = strcmp(x->section, y->section);
	return order ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

/* Sorted, and what is called the same at the same place put together; how many are left. */
static uint32_t merge(struct ncb_size *size, size_t n)
{
	size_t i, kept = 0;

	if (n)
		qsort(size, n, sizeof(*size), by_name);
	for (i = 0; i < n; i++) {
		if (kept && !by_name(&size[kept - 1], &size[i])) {
			size[kept - 1].bytes += size[i].bytes;
			size[kept - 1].count += size[i].count;
		} else {
			size[kept++] = size[i];
		}
	}
	return kept;
}

/*
 * The half that a package of debug information has of an image keeps the sizes, but
 * all is .bss in it: its figures would be wrong.
 */
static int refuse_half(const struct ncb_elf *e, const struct ncb_elf_section *s)
{
	if (s->header.sh_type != SHT_NOBITS || !(s->header.sh_flags & SHF_EXECINSTR))
		return 0;
	ncb_error("%s has the debug information of an image, not its code (%s is empty); give the image itself",
		  e->path, s->name);
	return -ENODATA;
}

/* Names may overlap in the file, so that a small one can have more than fits into memory. */
static char *keep(const struct ncb_elf *e, struct ncb_sizes *sizes, const char *name)
{
	if (sizes->names.bytes <= NAMES_MAX)
		return ncb_names_add(&sizes->names, name);
	ncb_elf_damaged(e->path, "its names are longer than any kernel's");
	return NULL;
}

/* Those that count get names that outlive the file. */
static int read_sections(struct ncb_elf *e, struct ncb_sizes *sizes)
{
	struct init_range init;
	size_t i, n = 0;
	int err = find_init(e, &init);

	if (err)
		return err;
	sizes->section = ncb_alloc(e->sections + 1, sizeof(*sizes->section));
	for (i = 1; i < e->sections; i++) {
		struct ncb_elf_section *s = &e->section[i];
		uint64_t bytes = s->header.sh_size;

		if (!takes_memory(s))
			continue;
		err = refuse_half(e, s);
		if (err)
			return err;
		s->name = keep(e, sizes, s->name);
		if (!s->name)
			return -EINVAL;
		if (__builtin_add_overflow(sizes->total, bytes, &sizes->total))
			return ncb_elf_damaged(e->path, "its sections are greater than any memory");
		sizes->bytes[kind_of(s)] += bytes;
		sizes->init += is_init(e, s, &init) ? bytes : 0;
		sizes->section[n++] = (struct ncb_size) { s->name, NULL, kind_of(s), bytes, 1 };
	}
	sizes->sections = merge(sizes->section, n);
	return 0;
}

/* -- symbols -- */

/* What the compiler or a macro numbers anew in every build. */
static const char *const numbered[] = {
	"__UNIQUE_ID_", "__addressable_", "__initcall__kmod_", "__exitcall_",
};

static bool is_numbered(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbered); i++)
		if (!strncmp(name, numbered[i], strlen(numbered[i])))
			return true;
	return false;
}

/* "nb.12" is "nb", "f.isra.0.cold" is "f.isra.cold". In place. */
static void fold(char *name)
{
	bool all = is_numbered(name);
	char *to = name;
	size_t digits;

	while (*name) {
		digits = *name == '.' ? strspn(name + 1, "0123456789") : 0;
		if (digits && (name[1 + digits] == '.' || !name[1 + digits]))
			name += 1 + digits;
		else if (all && *name >= '0' && *name <= '9')
			name++;
		else
			*to++ = *name++;
	}
	*to = '\0';
}

static bool counts(const struct ncb_elf *e, const struct ncb_elf_symbol *s)
{
	return s->size && s->section && takes_memory(&e->section[s->section]) &&
	       (s->type == STT_OBJECT || s->type == STT_FUNC || s->type == STT_NOTYPE);
}

/* Where there are several names for the same bytes, one that other files see comes first. */
static int by_place(const void *a, const void *b)
{
	const struct ncb_elf_symbol *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->bind != y->bind)
		return x->bind == STB_GLOBAL || y->bind == STB_LOCAL ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool same_place(const struct ncb_elf_symbol *x, const struct ncb_elf_symbol *y)
{
	return x->section == y->section && x->value == y->value && x->size == y->size;
}

/* Those that count, each place once. */
static int collect(const struct ncb_elf *e, struct ncb_elf_symbol *symbol, size_t *kept)
{
	size_t i, n = 0;
	int err;

	for (i = 1; i < e->symbols; i++) {
		err = ncb_elf_symbol(e, i, &symbol[n]);
		if (err)
			return err;
		if (!counts(e, &symbol[n]))
			continue;
		if (symbol[n].size > e->section[symbol[n].section].header.sh_size)
			return ncb_elf_damaged(e->path, "a symbol is greater than its section");
		n++;
	}
	if (n)
		qsort(symbol, n, sizeof(*symbol), by_place);
	*kept = 0;
	for (i = 0; i < n; i++)
		if (!i || !same_place(&symbol[*kept - 1], &symbol[i]))
			symbol[(*kept)++] = symbol[i];
	return 0;
}

static int read_symbols(const struct ncb_elf *e, struct ncb_sizes *sizes)
{
	struct ncb_elf_symbol *symbol = ncb_alloc(e->symbols + 1, sizeof(*symbol));
	size_t i, n = 0;
	int err = collect(e, symbol, &n);

	if (err)
		goto out;
	sizes->has_symbols = e->symbols;
	sizes->symbol = ncb_alloc(n + 1, sizeof(*sizes->symbol));
	for (i = 0; i < n; i++) {
		const struct ncb_elf_section *s = &e->section[symbol[i].section];
		char *name = keep(e, sizes, symbol[i].name);

		if (!name) {
			err = -EINVAL;
			goto out;
		}
		fold(name);
		sizes->symbol[i] = (struct ncb_size) { name, s->name, kind_of(s),
						       symbol[i].size, 1 };
	}
	sizes->symbols = merge(sizes->symbol, n);
out:
	free(symbol);
	return err;
}

/**
 * ncb_sizes_read - what an image takes
 * @path: a vmlinux, vmlinux.o or module
 * @sizes: gets it, to be given back with ncb_sizes_free() also where this fails
 *
 * Return: 0; -ENODATA where the file has no more than debug information; -EINVAL where it
 * is no such image or damaged; or -errno; with a message.
 */
int ncb_sizes_read(const char *path, struct ncb_sizes *sizes)
{
	struct ncb_elf e;
	int err;

	memset(sizes, 0, sizeof(*sizes));
	err = ncb_elf_open(path, &e);
	if (!err)
		err = read_sections(&e, sizes);
	if (!err)
		err = read_symbols(&e, sizes);
	ncb_elf_close(&e);
	return err;
}

/** ncb_sizes_free - give it back */
void ncb_sizes_free(struct ncb_sizes *sizes)
{
	free(sizes->section);
	free(sizes->symbol);
	ncb_names_free(&sizes->names);
	memset(sizes, 0, sizeof(*sizes));
}

/* -- two images -- */

/* What is called the same in one image: a run of its sorted names. */
struct group {
	const struct ncb_size *size;
	uint32_t n;
};

static struct group group_at(const struct ncb_size *size, uint32_t left)
{
	struct group g = { size, 0 };

	while (g.n < left && !strcmp(size[g.n].name, size->name))
		g.n++;
	return g;
}

static const char *main_section(const struct group *g)
{
	const struct ncb_size *most = g->size;
	uint32_t i;

	for (i = 1; i < g->n; i++)
		if (g->size[i].bytes > most->bytes)
			most = &g->size[i];
	return g->n ? most->section : NULL;
}

static void add_up(const struct group *g, uint64_t *bytes, int64_t *count)
{
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		bytes[g->size[i].kind] += g->size[i].bytes;
		count[g->size[i].kind] += g->size[i].count;
	}
}

static uint64_t sum(const uint64_t *bytes)
{
	return bytes[NCB_BYTES_TEXT] + bytes[NCB_BYTES_DATA] + bytes[NCB_BYTES_BSS];
}

/* How many left .bss, and came to .data: no more than either. */
static uint32_t moved(const int64_t *old, const int64_t *changed)
{
	int64_t gone = old[NCB_BYTES_BSS] - changed[NCB_BYTES_BSS];
	int64_t came = changed[NCB_BYTES_DATA] - old[NCB_BYTES_DATA];
	int64_t least = gone < came ? gone : came;

	return least > 0 ? least : 0;
}

/* False where nothing became of it. */
static bool change_of(const struct group *old, const struct group *changed,
		      struct ncb_size_change *c)
{
	uint64_t was[NCB_BYTES_KINDS] = { 0 }, is[NCB_BYTES_KINDS] = { 0 };
	int64_t had[NCB_BYTES_KINDS] = { 0 }, has[NCB_BYTES_KINDS] = { 0 };

	add_up(old, was, had);
	add_up(changed, is, has);
	c->name = (old->n ? old : changed)->size->name;
	c->old_section = main_section(old);
	c->new_section = main_section(changed);
	c->old_bytes = sum(was);
	c->new_bytes = sum(is);
	c->moved = moved(had, has);
	return c->old_bytes != c->new_bytes || c->moved;
}

static uint64_t size_of_change(const struct ncb_size_change *c)
{
	return c->new_bytes > c->old_bytes ? c->new_bytes - c->old_bytes :
					     c->old_bytes - c->new_bytes;
}

static int greatest_first(const void *a, const void *b)
{
	const struct ncb_size_change *x = a, *y = b;
	uint64_t by_x = size_of_change(x), by_y = size_of_change(y);

	if (by_x != by_y)
		return by_x > by_y ? -1 : 1;
	if (x->moved != y->moved)
		return x->moved > y->moved ? -1 : 1;
	return strcmp(x->name, y->name);
}

static uint32_t compare(const struct ncb_size *old, uint32_t olds, const struct ncb_size *changed,
			uint32_t all_changed, struct ncb_size_change **changes)
{
	struct ncb_size_change *c = ncb_alloc((size_t)olds + all_changed + 1, sizeof(*c));
	uint32_t i = 0, j = 0, n = 0;

	while (i < olds || j < all_changed) {
		struct group a = group_at(old + i, olds - i);
		struct group b = group_at(changed + j, all_changed - j);
		int order = !a.n ? 1 : !b.n ? -1 : strcmp(a.size->name, b.size->name);

		if (order > 0)
			a.n = 0;
		if (order < 0)
			b.n = 0;
		n += change_of(&a, &b, &c[n]);
		i += a.n;
		j += b.n;
	}
	if (n)
		qsort(c, n, sizeof(*c), greatest_first);
	*changes = c;
	return n;
}

/**
 * ncb_sizes_compare - what became of an image
 * @old, @changed: the two
 * @d: gets it, to be given back with ncb_sizes_diff_free()
 */
void ncb_sizes_compare(const struct ncb_sizes *old, const struct ncb_sizes *changed,
		       struct ncb_sizes_diff *d)
{
	bool both = old->has_symbols && changed->has_symbols;
	uint32_t i;

	memset(d, 0, sizeof(*d));
	d->sections = compare(old->section, old->sections, changed->section, changed->sections,
			      &d->section);
	d->symbols = compare(old->symbol, both ? old->symbols : 0, changed->symbol,
			     both ? changed->symbols : 0, &d->symbol);
	for (i = 0; i < d->symbols; i++)
		d->moved += d->symbol[i].moved;
}

/** ncb_sizes_diff_free - give it back */
void ncb_sizes_diff_free(struct ncb_sizes_diff *d)
{
	free(d->section);
	free(d->symbol);
	memset(d, 0, sizeof(*d));
}
