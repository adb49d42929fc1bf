/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ELF file of either class and byte order, checked once: sections lie in the file,
 * names end, symbols are whole. Asked by number; what is asked cannot be out of bounds.
 */
#ifndef NCB_MEMORY_ELFFILE_H
#define NCB_MEMORY_ELFFILE_H

#include <gelf.h>
#include "../ncbench.h"

/**
 * struct ncb_elf_section - one of them
 * @name: "" where it has none
 * @header: of it
 */
struct ncb_elf_section {
	const char *name;
	GElf_Shdr header;
};

/**
 * struct ncb_elf_symbol - one of them
 * @name: of it; "" where it has none
 * @value, @size: as the file has them
 * @section: number; 0: none that is in the file (undefined, absolute, common)
 * @type, @bind: STT_*, STB_*
 */
struct ncb_elf_symbol {
	const char *name;
	uint64_t value, size;
	size_t section;
	unsigned char type, bind;
};

/**
 * struct ncb_elf - an open file
 * @path: of it, as it was given
 * @header: of it
 * @section, @sections: all; the first is none, as ELF has it
 * @symbols: with the one that is none; 0: the file has no table of them
 * @mapped: symbols of a System.map instead; NULL: the file's own. Their size is how far it
 *	is to the next one: not less than it really is
 * @map: where the names of these are
 * @elf, @fd, @contents, @table, @wide, @strings: how it is read
 */
struct ncb_elf {
	const char *path;
	GElf_Ehdr header;
	struct ncb_elf_section *section;
	size_t sections;
	size_t symbols;
	struct ncb_elf_symbol *mapped;
	char *map;
	Elf *elf;
	int fd;
	char *contents;
	Elf_Data *table, *wide;
	size_t strings;
};

/* 0, or -errno with a message. */
int ncb_elf_open(const char *path, struct ncb_elf *e);
/* Of a kernel that is linked: its symbols from the file that is packaged beside it. */
int ncb_elf_map(struct ncb_elf *e, const char *path);
void ncb_elf_close(struct ncb_elf *e);
int ncb_elf_symbol(const struct ncb_elf *e, size_t number, struct ncb_elf_symbol *s);
size_t ncb_elf_section_at(const struct ncb_elf *e, uint64_t address);
bool ncb_elf_has_dwarf(const struct ncb_elf *e);
/* -EINVAL, with a message: what is wrong in the file. */
int ncb_elf_damaged(const char *path, const char *what);

#endif /* NCB_MEMORY_ELFFILE_H */
