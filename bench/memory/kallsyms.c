// SPDX-License-Identifier: GPL-2.0-only
/* The symbols of the running kernel and of its modules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "live.h"

/* "ffffffffc0a01000 t name\t[module]"; cuts the line up. */
static bool read_line(char *line, struct ncb_symbol *s)
{
	char *end, *module;

	s->address = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	s->kind = end[1];
	s->name = end + 3;
	module = strpbrk(end + 3, "\t ");
	s->module = "";
	if (!module)
		return true;
	*module++ = '\0';
	module += strspn(module, "\t [");
	module[strcspn(module, "]")] = '\0';
	s->module = module;
	return true;
}

/* Programs and trampolines that the kernel makes while it runs: nothing that is in an image. */
static bool is_made(const struct ncb_symbol *s)
{
	return !strcmp(s->module, "bpf") || !strncmp(s->module, "__builtin__", 11);
}

/* Those of one address as they came: the first is what the kernel calls it. */
static int by_address(const void *a, const void *b)
{
	const struct ncb_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* A module is in several pieces, whose ends nothing tells. */
static bool may_be_last(const struct ncb_symbol *s, const struct ncb_symbol *next)
{
	return *s->module && (!ncb_symbol_is_data(next) ||
			      s->address / NCB_KCORE_PAGE != next->address / NCB_KCORE_PAGE);
}

static void set_sizes(struct ncb_symbols *s)
{
	const struct ncb_symbol *next = NULL;
	size_t i;

	for (i = s->symbols; i-- > 0; ) {
		struct ncb_symbol *at = &s->symbol[i];

		if (i + 1 < s->symbols && s->symbol[i + 1].address != at->address)
			next = &s->symbol[i + 1];
		if (next && !strcmp(next->module, at->module)) {
			at->size = next->address - at->address;
			at->last = may_be_last(at, next);
		} else {
			at->size = NCB_KCORE_PAGE - at->address % NCB_KCORE_PAGE;
			at->last = true;
		}
	}
}

/**
 * ncb_symbols_read - read all symbols
 * @path: /proc/kallsyms
 * @s: gets them, to be given back with ncb_symbols_free() also where this fails
 *
 * Return: NULL, or why they are not known.
 */
const char *ncb_symbols_read(const char *path, struct ncb_symbols *s)
{
	size_t size, lines = 1, i;
	char *line, *save = NULL;
	bool hidden = true;

	memset(s, 0, sizeof(*s));
	s->text = ncb_read_file(path, &size);
	if (!s->text)
		return errno == ENOENT ? "there is no /proc/kallsyms: the kernel was built without CONFIG_KALLSYMS" :
					 "/proc/kallsyms cannot be read";
	for (i = 0; i < size; i++)
		lines += s->text[i] == '\n';
	s->symbol = ncb_alloc(lines, sizeof(*s->symbol));
	for (line = strtok_r(s->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!read_line(line, &s->symbol[s->symbols]))
			return "/proc/kallsyms has a line that is no symbol";
		if (is_made(&s->symbol[s->symbols]))
			continue;
		hidden &= !s->symbol[s->symbols++].address;
	}
	if (hidden)
		return "/proc/kallsyms hides addresses: that takes root, and kernel.kptr_restrict below 2";
	qsort(s->symbol, s->symbols, sizeof(*s->symbol), by_address);
	set_sizes(s);
	return NULL;
}

/** ncb_symbols_free - give them back */
void ncb_symbols_free(struct ncb_symbols *s)
{
	free(s->symbol);
	free(s->text);
	memset(s, 0, sizeof(*s));
}

/* How many begin before @address. */
static size_t before(const struct ncb_symbols *s, uint64_t address)
{
	size_t low = 0, high = s->symbols, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->symbol[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/** ncb_symbols_at - the first symbol that begins there, or NULL */
const struct ncb_symbol *ncb_symbols_at(const struct ncb_symbols *s, uint64_t address)
{
	size_t i = before(s, address);

	return i < s->symbols && s->symbol[i].address == address ? &s->symbol[i] : NULL;
}

/** ncb_symbol_is_data - whether it is a variable */
bool ncb_symbol_is_data(const struct ncb_symbol *s)
{
	return s->kind && strchr("dDbB", s->kind);
}

/** ncb_symbols_data - the variable that an address is in, or NULL */
const struct ncb_symbol *ncb_symbols_data(const struct ncb_symbols *s, uint64_t address)
{
	size_t i = address == UINT64_MAX ? 0 : before(s, address + 1), begin;
	const struct ncb_symbol *found;

	if (!i || address - s->symbol[i - 1].address >= s->symbol[i - 1].size)
		return NULL;
	begin = before(s, s->symbol[i - 1].address);
	for (found = NULL; begin < i && !found; begin++)
		if (ncb_symbol_is_data(&s->symbol[begin]))
			found = &s->symbol[begin];
	return found;
}

/** ncb_symbols_address - where a symbol of the kernel is; 0: there is none */
uint64_t ncb_symbols_address(const struct ncb_symbols *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->symbols; i++)
		if (!*s->symbol[i].module && !strcmp(s->symbol[i].name, name))
			return s->symbol[i].address;
	return 0;
}
