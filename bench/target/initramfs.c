// SPDX-License-Identifier: GPL-2.0-only
/*
 * The initramfs of a guest; the format is described in the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "initramfs.h"

#define LIBRARY_CACHE	"/etc/ld.so.cache"

/**
 * ncb_initramfs_begin - begin to write an archive
 * @a: state; errors are kept in it until ncb_initramfs_end()
 * @path: of the file
 */
void ncb_initramfs_begin(struct ncb_initramfs *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->path = ncb_copy(path);
	a->file = fopen(path, "we");
	if (!a->file)
		a->err = -errno;
}

/* An error that the caller has a message for. */
static void fail(struct ncb_initramfs *a, int err)
{
	a->err = a->err ? a->err : err;
	a->said = true;
}

static void put(struct ncb_initramfs *a, const void *data, size_t size)
{
	static const char zeros[4];

	if (a->err)
		return;
	errno = EIO;
	if ((size && fwrite(data, size, 1, a->file) != 1) ||
	    (size % 4 && fwrite(zeros, 4 - size % 4, 1, a->file) != 1))
		a->err = -errno;
}

/* Header and name count together for the padding; times are 0: same input, same archive. */
static void put_entry(struct ncb_initramfs *a, const char *name, mode_t mode, dev_t device,
		      const void *data, size_t size)
{
	size_t name_size = strlen(name) + 1;
	unsigned int links = S_ISDIR(mode) ? 2 : 1;
	char *head;

	if (size > UINT32_MAX) {
		a->err = a->err ? a->err : -EFBIG;
		return;
	}
	head = ncb_format("070701%08zx%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x%s%c",
			  a->made_count + 1, mode, 0, 0, links, 0, size, 0, 0, major(device),
			  minor(device), name_size, 0, name, '\0');
	put(a, head, 110 + name_size);
	put(a, data, size);
	free(head);
	a->made = ncb_grow(a->made, a->made_count + 1, sizeof(*a->made));
	a->made[a->made_count++] = ncb_copy(name);
}

static bool is_made(const struct ncb_initramfs *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->made_count; i++)
		if (!strcmp(a->made[i], name))
			return true;
	return false;
}

/**
 * ncb_initramfs_dir - a folder, with those that it lies in
 * @a: the archive
 * @name: absolute; one that is there already is left alone
 */
void ncb_initramfs_dir(struct ncb_initramfs *a, const char *name)
{
	char *path = ncb_copy(name + (*name == '/')), *p;

	for (p = path; *path; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (!is_made(a, path))
			put_entry(a, path, S_IFDIR | 0755, 0, NULL, 0);
		*p = c;
		if (!c)
			break;
	}
	free(path);
}

/* The folder that @name lies in; returns @name without the leading slash. */
static const char *parents(struct ncb_initramfs *a, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (slash && slash > name) {
		char *dir = ncb_format("%.*s", (int)(slash - name), name);

		ncb_initramfs_dir(a, dir);
		free(dir);
	}
	return name + (*name == '/');
}

/** ncb_initramfs_console - /dev/console, which the kernel opens for init */
void ncb_initramfs_console(struct ncb_initramfs *a)
{
	put_entry(a, parents(a, "/dev/console"), S_IFCHR | 0600, makedev(5, 1), NULL, 0);
}

/**
 * ncb_initramfs_data - a file from memory
 * @a: the archive
 * @name: absolute; a second one of that name is left out
 * @data: its content
 * @size: bytes of @data
 */
void ncb_initramfs_data(struct ncb_initramfs *a, const char *name, const void *data, size_t size)
{
	name = parents(a, name);
	if (!is_made(a, name))
		put_entry(a, name, S_IFREG | 0755, 0, data, size);
}

/**
 * ncb_initramfs_file - a file from a file
 * @a: the archive
 * @name: absolute
 * @path: what is copied; symbolic links are followed
 */
void ncb_initramfs_file(struct ncb_initramfs *a, const char *name, const char *path)
{
	size_t size;
	char *data;

	if (a->err)
		return;
	data = ncb_read_file(path, &size);
	if (!data) {
		fail(a, -errno);
		ncb_error("cannot read %s: %s", path, strerror(-a->err));
		return;
	}
	ncb_initramfs_data(a, name, data, size);
	free(data);
}

/* Copies made for better processors are not looked for in a guest with another one. */
static void plain_library(char *path)
{
	char *variant = strstr(path, "/glibc-hwcaps/"), *plain, *rest;

	rest = variant ? strchr(variant + strlen("/glibc-hwcaps/"), '/') : NULL;
	if (!rest)
		return;
	plain = ncb_format("%.*s%s", (int)(variant - path), path, rest);
	if (ncb_exists(plain))
		strcpy(path, plain);
	free(plain);
}

/* "name => /path (address)" or "/path (address)"; anything else is in the kernel. */
static void add_library(struct ncb_initramfs *a, const char *program, char *line)
{
	char *path = strchr(line, '/');

	if (strstr(line, "=> not found")) {
		line += strspn(line, "\t ");
		ncb_error("%s needs %.*s, which is not installed", program,
			  (int)strcspn(line, " "), line);
		fail(a, -ENOENT);
		return;
	}
	if (!path)
		return;
	path[strcspn(path, " ")] = '\0';
	plain_library(path);
	ncb_initramfs_file(a, path, path);
}

static void add_libraries(struct ncb_initramfs *a, const char *program)
{
	const char *argv[] = { "ldd", program, NULL };
	char *list, *line, *save = NULL;

	if (!ncb_have_command("ldd")) {
		ncb_error("cannot tell which libraries %s needs: there is no ldd; install libc-bin",
			  program);
		fail(a, -ENOENT);
		return;
	}
	list = ncb_command_output(argv);
	/* It fails for a program that needs none. */
	for (line = list ? strtok_r(list, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		add_library(a, program, line);
	if (list && ncb_exists(LIBRARY_CACHE))
		ncb_initramfs_file(a, LIBRARY_CACHE, LIBRARY_CACHE);
	free(list);
}

/**
 * ncb_initramfs_program - a program with its loader and shared libraries
 * @a: the archive
 * @name: absolute
 * @path: the program; debug information is left out where strip is installed
 * @scratch: a folder for the stripped copy
 */
void ncb_initramfs_program(struct ncb_initramfs *a, const char *name, const char *path,
			   const char *scratch)
{
	char *stripped = ncb_format("%s/stripped", scratch);
	const char *argv[] = { "strip", "-o", stripped, path, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = 60 };
	bool small = ncb_have_command("strip") && ncb_run_command(&s) == 0;

	ncb_initramfs_file(a, name, small ? stripped : path);
	add_libraries(a, path);
	free(stripped);
}

/* Whether a file is a program for @machine that needs no loader, and if not, why. */
static const char *wrong_program(const char *data, size_t size, uint16_t machine)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	unsigned int i;

	if (size < sizeof(e))
		return "is no program";
	memcpy(&e, data, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_ident[EI_CLASS] != ELFCLASS64)
		return "is no program";
	if (e.e_machine != machine)
		return "is a program for another machine than the guest";
	if (e.e_phentsize != sizeof(p) || e.e_phoff > size ||
	    (size - e.e_phoff) / sizeof(p) < e.e_phnum)
		return "is damaged";
	for (i = 0; i < e.e_phnum; i++) {
		memcpy(&p, data + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_INTERP)
			return "needs shared libraries, which are not at hand for the guest: link it with -static";
	}
	return NULL;
}

/**
 * ncb_initramfs_foreign - a static program for another kind of machine than this
 * @a: the archive
 * @name: absolute
 * @path: the program
 * @machine: e_machine of what can run in the guest
 * @strip: the tool that leaves debug information out of it, where it is installed
 * @scratch: a folder for the stripped copy
 */
void ncb_initramfs_foreign(struct ncb_initramfs *a, const char *name, const char *path,
			   uint16_t machine, const char *strip, const char *scratch)
{
	char *stripped = ncb_format("%s/stripped", scratch), *data;
	const char *argv[] = { strip, "-o", stripped, path, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = 60 };
	const char *wrong;
	size_t size;

	if (a->err)
		goto out;
	data = ncb_read_file(path, &size);
	wrong = data ? wrong_program(data, size, machine) : strerror(errno);
	free(data);
	if (wrong) {
		ncb_error("%s: %s", path, wrong);
		fail(a, -ENOEXEC);
	} else {
		bool small = ncb_have_command(strip) && ncb_run_command(&s) == 0;

		ncb_initramfs_file(a, name, small ? stripped : path);
	}
out:
	free(stripped);
}

/**
 * ncb_initramfs_end - finish and close an archive
 * @a: the archive
 *
 * Return: 0, or the first error as -errno, with a message; then the file is gone.
 */
int ncb_initramfs_end(struct ncb_initramfs *a)
{
	size_t i;
	int err;

	put_entry(a, "TRAILER!!!", 0, 0, NULL, 0);
	if (a->file && fclose(a->file) && !a->err)
		a->err = -errno;
	err = a->err;
	if (err && !a->said)
		ncb_error("cannot write the guest's files into %s: %s", a->path, strerror(-err));
	if (err && a->file)
		remove(a->path);
	for (i = 0; i < a->made_count; i++)
		free(a->made[i]);
	free(a->made);
	free(a->path);
	memset(a, 0, sizeof(*a));
	return err;
}
