// SPDX-License-Identifier: GPL-2.0-only
/* ELF files, with libelf. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "packed.h"
#include "elffile.h"

/** ncb_elf_damaged - say what is wrong in a file; -EINVAL */
int ncb_elf_damaged(const char *path, const char *what)
{
	ncb_error("%s is damaged: %s; take it anew from where it was built or packaged", path, what);
	return -EINVAL;
}

static int read_sections(struct ncb_elf *e, uint64_t file_size)
{
	size_t names, i;

	if (elf_getshdrnum(e->elf, &e->sections) || elf_getshdrstrndx(e->elf, &names))
		return ncb_elf_damaged(e->path, "its table of sections cannot be read");
	/* So libelf says that their table is behind the end. */
	if (!e->sections)
		return ncb_elf_damaged(e->path, "it ends before its table of sections, or has none");
	e->section = ncb_alloc(e->sections + 1, sizeof(*e->section));
	for (i = 0; i < e->sections; i++) {
		struct ncb_elf_section *s = &e->section[i];
		Elf_Scn *scn = elf_getscn(e->elf, i);

		s->name = "";
		if (!scn || !gelf_getshdr(scn, &s->header))
			return ncb_elf_damaged(e->path, "it ends before its table of sections does");
		if (i == 0)
			continue;
		s->name = elf_strptr(e->elf, names, s->header.sh_name);
		if (!s->name)
			return ncb_elf_damaged(e->path, "a section has a name outside of the file");
		if (s->header.sh_type != SHT_NOBITS &&
		    (s->header.sh_offset > file_size ||
		     s->header.sh_size > file_size - s->header.sh_offset))
			return ncb_elf_damaged(e->path, "a section ends behind the file");
	}
	return 0;
}

static int read_symbols(struct ncb_elf *e)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr h;
	size_t i, table = 0;

	for (i = 1; i < e->sections && !table; i++)
		if (e->section[i].header.sh_type == SHT_SYMTAB)
			table = i;
	if (!table)
		return 0;
	h = e->section[table].header;
	e->strings = h.sh_link;
	if (h.sh_link >= e->sections || e->section[h.sh_link].header.sh_type != SHT_STRTAB)
		return ncb_elf_damaged(e->path, "its symbols have no names");
	scn = elf_getscn(e->elf, table);
	e->table = elf_getdata(scn, NULL);
	if (!e->table || h.sh_entsize != gelf_fsize(e->elf, ELF_T_SYM, 1, EV_CURRENT))
		return ncb_elf_damaged(e->path, "its table of symbols cannot be read");
	e->symbols = h.sh_size / h.sh_entsize;
	for (i = 1; i < e->sections; i++)
		if (e->section[i].header.sh_type == SHT_SYMTAB_SHNDX &&
		    e->section[i].header.sh_link == table)
			e->wide = elf_getdata(elf_getscn(e->elf, i), NULL);
	return 0;
}

/* The file as it is or, where it is packed, what is in it. */
static int open_unpacked(struct ncb_elf *e, uint64_t *size)
{
	struct stat st;
	size_t bytes;
	int err;

	e->fd = open(e->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (e->fd < 0 || fstat(e->fd, &st) < 0) {
		err = -errno;
		ncb_error("cannot read %s: %s", e->path, strerror(-err));
		return err;
	}
	*size = st.st_size;
	elf_version(EV_CURRENT);
	if (!S_ISREG(st.st_mode))
		return 0;
	e->elf = elf_begin(e->fd, ELF_C_READ_MMAP, NULL);
	if (elf_kind(e->elf) == ELF_K_ELF)
		return 0;
	elf_end(e->elf);
	e->elf = NULL;
	e->contents = ncb_packed_contents(e->path, &bytes);
	if (!e->contents)
		return -errno;
	*size = bytes;
	e->elf = elf_memory(e->contents, bytes);
	return 0;
}

/**
 * ncb_elf_open - open a file and check what it says of itself
 * @path: of it, packed or not; kept, not copied
 * @e: gets it, to be given back with ncb_elf_close() also where this fails
 *
 * Return: 0, -EINVAL: it is no ELF file, damaged, or of no kind that holds a kernel's
 * code; or -errno; with a message.
 */
int ncb_elf_open(const char *path, struct ncb_elf *e)
{
	uint64_t size = 0;
	int err;

	memset(e, 0, sizeof(*e));
	e->path = path;
	err = open_unpacked(e, &size);
	if (err)
		return err;
	if (elf_kind(e->elf) != ELF_K_ELF || !gelf_getehdr(e->elf, &e->header)) {
		ncb_error("%s is no ELF file; give a vmlinux, a vmlinux.o or a module (.ko)", path);
		return -EINVAL;
	}
	if (e->header.e_type != ET_REL && e->header.e_type != ET_EXEC &&
	    e->header.e_type != ET_DYN) {
		ncb_error("%s is an ELF file, but neither a kernel nor a module (e_type %u)", path,
			  e->header.e_type);
		return -EINVAL;
	}
	err = read_sections(e, size);
	return err ? err : read_symbols(e);
}

/** ncb_elf_section_at - the section of an address in a linked file; 0: none */
size_t ncb_elf_section_at(const struct ncb_elf *e, uint64_t address)
{
	size_t i;

	for (i = 1; i < e->sections; i++)
		if (e->section[i].header.sh_flags & SHF_ALLOC &&
		    address - e->section[i].header.sh_addr < e->section[i].header.sh_size)
			return i;
	return 0;
}

/* "ffffffff81000000 T _text"; cuts the line off where the name ends. */
static bool read_line(const struct ncb_elf *e, char *line, struct ncb_elf_symbol *s)
{
	char *end;

	s->value = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	s->type = strchr("tTwW", end[1]) ? STT_FUNC : STT_OBJECT;
	s->bind = end[1] >= 'a' ? STB_LOCAL : STB_GLOBAL;
	s->section = ncb_elf_section_at(e, s->value);
	s->name = end + 3;
	end[3 + strcspn(end + 3, "\n\t ")] = '\0';
	return true;
}

/**
 * ncb_elf_map - the symbols of a kernel that has none, as packaged ones
 * @e: the kernel
 * @path: its System.map, whose lines go by address
 *
 * Return: 0 or -errno with a message.
 */
int ncb_elf_map(struct ncb_elf *e, const char *path)
{
	size_t size, n = 1, i, inside = 0;
	uint64_t next = 0;
	char *line, *end;

	e->map = ncb_read_file(path, &size);
	if (!e->map) {
		int err = -errno;

		ncb_error("cannot read the symbols %s: %s", path, strerror(-err));
		return err;
	}
	for (line = e->map; (line = strchr(line, '\n')); line++)
		n++;
	e->mapped = ncb_alloc(n + 1, sizeof(*e->mapped));
	e->mapped[0].name = "";
	e->symbols = 1;
	for (line = e->map; *line; line = end) {
		end = strchr(line, '\n');
		end = end ? end + 1 : line + strlen(line);
		if (!read_line(e, line, &e->mapped[e->symbols]) ||
		    e->mapped[e->symbols].value < e->mapped[e->symbols - 1].value)
			return ncb_elf_damaged(path, "it is no System.map, whose lines are an address, a letter and a name, sorted");
		inside += e->mapped[e->symbols++].section != 0;
	}
	/* Debian's packages have one line, which says where the real one is. */
	if (!inside) {
		ncb_error("%s says nothing about %s; give that of its kernel, which may be in the package of debug information",
			  path, e->path);
		return -ENODATA;
	}
	for (i = e->symbols; i-- > 1; ) {
		e->mapped[i].size = next - e->mapped[i].value;
		if (e->mapped[i].value != e->mapped[i - 1].value)
			next = e->mapped[i].value;
		else
			e->mapped[i].size = 0;
	}
	return 0;
}

/** ncb_elf_close - give back an open file, and one that failed to open */
void ncb_elf_close(struct ncb_elf *e)
{
	elf_end(e->elf);
	if (e->fd >= 0)
		close(e->fd);
	free(e->contents);
	free(e->mapped);
	free(e->map);
	free(e->section);
	memset(e, 0, sizeof(*e));
	e->fd = -1;
}

/**
 * ncb_elf_symbol - one symbol
 * @number: below e->symbols
 * @s: gets it
 *
 * Return: 0, or -EINVAL with a message.
 */
int ncb_elf_symbol(const struct ncb_elf *e, size_t number, struct ncb_elf_symbol *s)
{
	Elf32_Word wide = 0;
	GElf_Sym sym;

	if (e->mapped) {
		*s = e->mapped[number];
		return 0;
	}
	if (!gelf_getsymshndx(e->table, e->wide, number, &sym, &wide))
		return ncb_elf_damaged(e->path, "it ends before its table of symbols does");
	s->name = elf_strptr(e->elf, e->strings, sym.st_name);
	if (!s->name)
		return ncb_elf_damaged(e->path, "a symbol has a name outside of the file");
	s->value = sym.st_value;
	s->size = sym.st_size;
	s->type = GELF_ST_TYPE(sym.st_info);
	s->bind = GELF_ST_BIND(sym.st_info);
	s->section = sym.st_shndx == SHN_XINDEX ? wide : sym.st_shndx;
	if (sym.st_shndx >= SHN_LORESERVE && sym.st_shndx != SHN_XINDEX)
		s->section = 0;
	if (s->section >= e->sections)
		return ncb_elf_damaged(e->path, "a symbol is in a section that there is not");
	return 0;
}

/** ncb_elf_has_dwarf - whether it has debug information */
bool ncb_elf_has_dwarf(const struct ncb_elf *e)
{
	size_t i;

	for (i = 1; i < e->sections; i++)
		if (!strcmp(e->section[i].name, ".debug_info") ||
		    !strcmp(e->section[i].name, ".zdebug_info"))
			return true;
	return false;
}
