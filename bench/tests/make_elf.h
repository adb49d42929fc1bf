/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small ELF files for tests, of either class and byte order, and what is done to every
 * reader of such files: cut them off, spoil each byte. After cmocka.h.
 */
#ifndef NCB_MAKE_ELF_H
#define NCB_MAKE_ELF_H

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../ncbench.h"

struct made_section {
	const char *name;
	uint32_t type;		/* 0 ends the list */
	uint64_t flags, size;
	uint64_t addr;
	const void *data;	/* of @size bytes; NULL: zeros */
	uint32_t of;		/* SHT_RELA: number of the section that it is about, from 1 */
};

struct made_symbol {
	const char *name;	/* NULL ends the list */
	unsigned int bind, type;
	uint16_t section;	/* from 1 */
	uint64_t value, size;
};

struct made_elf {
	int class, order, type;
	struct made_section section[16];
	struct made_symbol symbol[32];	/* none: no table of them */
};

static char made_path[] = "/tmp/ncbench-elf-XXXXXX";

static void *made_zeros(uint64_t size)
{
	static char zeros[65536];

	assert_true(size <= sizeof(zeros));
	return zeros;
}

/* Section @name with @data; its number. */
static size_t made_add(Elf *elf, const struct made_section *s, const char *names, uint32_t link,
		       Elf_Type type)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *d = elf_newdata(scn);
	GElf_Shdr h;

	d->d_type = type;
	d->d_size = s->size;
	d->d_buf = s->type == SHT_NOBITS ? NULL : s->data ? (void *)s->data : made_zeros(s->size);
	d->d_align = 1;
	gelf_getshdr(scn, &h);
	h.sh_name = (const char *)memmem(names, 4096, s->name, strlen(s->name) + 1) - names;
	h.sh_type = s->type;
	h.sh_flags = s->flags;
	h.sh_addr = s->addr;
	h.sh_link = link;
	h.sh_info = s->of;
	h.sh_entsize = type == ELF_T_BYTE ? 0 : gelf_fsize(elf, type, 1, EV_CURRENT);
	h.sh_addralign = 1;
	assert_true(gelf_update_shdr(scn, &h));
	return elf_ndxscn(scn);
}

/* Writes the file that made_path names then. */
static inline void make_elf(const struct made_elf *m)
{
	static char names[4096], strings[4096], symbols[65536];
	size_t n, at = 1, string = 1, i, count = 1, size;
	int fd = open(made_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	GElf_Ehdr e;
	Elf *elf;

	assert_true(fd >= 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(gelf_newehdr(elf, m->class));
	assert_non_null(gelf_getehdr(elf, &e));
	e.e_ident[EI_DATA] = m->order;
	e.e_type = m->type;
	e.e_machine = m->class == ELFCLASS64 ? EM_X86_64 : EM_386;
	e.e_version = EV_CURRENT;
	assert_true(gelf_update_ehdr(elf, &e));
	memset(names, 0, sizeof(names));
	memset(strings, 0, sizeof(strings));
	for (n = 0; m->section[n].type; n++)
		at = stpcpy(names + at, m->section[n].name) - names + 1;
	at = stpcpy(names + at, ".symtab") - names + 1;
	at = stpcpy(names + at, ".strtab") - names + 1;
	stpcpy(names + at, ".shstrtab");
	for (i = 0; i < n; i++)
		made_add(elf, &m->section[i], names, m->section[i].type == SHT_RELA ? n + 1 : 0,
			 m->section[i].type == SHT_RELA ? ELF_T_RELA : ELF_T_BYTE);
	size = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);
	memset(symbols, 0, sizeof(symbols));
	for (i = 0; m->symbol[i].name; i++) {
		const struct made_symbol *s = &m->symbol[i];
		GElf_Sym sym = { string, GELF_ST_INFO(s->bind, s->type), 0, s->section, s->value,
				 s->size };

		string = stpcpy(strings + string, s->name) - strings + 1;
		/* libelf asks a section of which class it is; so it is made by hand. */
		if (m->class == ELFCLASS64) {
			Elf64_Sym wide = { sym.st_name, sym.st_info, 0, sym.st_shndx, sym.st_value,
					   sym.st_size };

			memcpy(symbols + count++ * size, &wide, size);
		} else {
			Elf32_Sym small = { sym.st_name, sym.st_value, sym.st_size, sym.st_info, 0,
					    sym.st_shndx };

			memcpy(symbols + count++ * size, &small, size);
		}
	}
	if (i) {
		struct made_section s = { ".symtab", SHT_SYMTAB, 0, count * size, 0, symbols, 1 };

		made_add(elf, &s, names, n + 2, ELF_T_SYM);
		s = (struct made_section) { ".strtab", SHT_STRTAB, 0, string, 0, strings, 0 };
		made_add(elf, &s, names, 0, ELF_T_BYTE);
	}
	i = made_add(elf, &(struct made_section) { ".shstrtab", SHT_STRTAB, 0, at + 10, 0, names, 0 },
		     names, 0, ELF_T_BYTE);
	gelf_getehdr(elf, &e);
	e.e_shstrndx = i;
	gelf_update_ehdr(elf, &e);
	assert_true(elf_update(elf, ELF_C_WRITE) > 0);
	elf_end(elf);
	close(fd);
}

static int made_setup(void **state)
{
	int fd = mkstemp(made_path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int made_teardown(void **state)
{
	(void)state;
	return unlink(made_path);
}

/* -- what readers are asked to survive -- */

static char said[4096];		/* on stderr, between these two */
static int said_before;
static FILE *said_to;

static void catch_said(void)
{
	fflush(stderr);
	said_before = dup(2);
	said_to = tmpfile();
	dup2(fileno(said_to), 2);
}

static void stop_said(void)
{
	size_t n;

	fflush(stderr);
	dup2(said_before, 2);
	close(said_before);
	rewind(said_to);
	n = fread(said, 1, sizeof(said) - 1, said_to);
	said[n] = '\0';
	fclose(said_to);
}

#define CAUGHT(call)			\
	({				\
		int caught_;		\
					\
		catch_said();		\
		caught_ = (call);	\
		stop_said();		\
		caught_;		\
	})

/* @read of the file at made_path, cut off at each byte: never good, always with a message. */
static inline void cut_everywhere(int (*read)(const char *path))
{
	size_t size, n;

	free(ncb_read_file(made_path, &size));
	for (n = size; n-- > 0; ) {
		assert_int_equal(truncate(made_path, n), 0);
		if (CAUGHT(read(made_path)) >= 0 || !*said)
			fail_msg("cut off at %zu of %zu bytes: taken for whole", n, size);
	}
}

static inline void spoil(int fd, size_t at, unsigned char byte)
{
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* Each byte of it spoilt in three ways: whatever it is taken for, nothing crashes. */
static inline void spoil_everywhere(int (*read)(const char *path))
{
	static const unsigned char spoilt[] = { 0, 0x7f, 0xff };
	int fd = open(made_path, O_WRONLY);
	size_t size, n, i, good = 0;
	char *whole = ncb_read_file(made_path, &size);

	assert_non_null(whole);
	for (n = 0; n < size; n++) {
		for (i = 0; i < ARRAY_SIZE(spoilt); i++) {
			spoil(fd, n, spoilt[i]);
			good += CAUGHT(read(made_path)) >= 0;
		}
		spoil(fd, n, whole[n]);
	}
	close(fd);
	free(whole);
	/* Most bytes are names or contents, of which any is as good as another. */
	assert_true(good > 0 && good < size * ARRAY_SIZE(spoilt));
}

#endif /* NCB_MAKE_ELF_H */
