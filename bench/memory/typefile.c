// SPDX-License-Identifier: GPL-2.0-only
/* Types of a file, whatever it has them in. */
#include <fcntl.h>
#include <unistd.h>
#include "elffile.h"
#include "types.h"

/** ncb_is_raw_btf - as in /sys/kernel/btf; in either byte order */
bool ncb_is_raw_btf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char magic[2] = { 0 };
	ssize_t n = fd < 0 ? 0 : read(fd, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return n == 2 && ((magic[0] == 0x9f && magic[1] == 0xeb) ||
			  (magic[0] == 0xeb && magic[1] == 0x9f));
}

static bool open_silently(const char *path, struct ncb_elf *e)
{
	int verbosity = ncb_verbosity;
	bool opened;

	ncb_verbosity = -2;
	opened = !ncb_elf_open(path, e);
	ncb_verbosity = verbosity;
	return opened;
}

/** ncb_is_elf - an ELF file that can be read, also one that is packed */
bool ncb_is_elf(const char *path)
{
	struct ncb_elf e;

	if (!open_silently(path, &e))
		return false;
	ncb_elf_close(&e);
	return true;
}

/* Packed and raw files have none: BTF is asked, with its messages. */
static bool has_dwarf(const char *path)
{
	struct ncb_elf e;
	bool has;

	if (ncb_is_raw_btf(path) || !open_silently(path, &e))
		return false;
	has = ncb_elf_has_dwarf(&e);
	ncb_elf_close(&e);
	return has;
}

/**
 * ncb_types_from_file - from DWARF where the file has it, else from BTF
 * @path: raw BTF, an ELF file, or a packaged kernel
 * @base: of the kernel, where @path is a module's; else NULL
 * @t: gets them
 *
 * Return: 0, -ENODATA where the file has none, or -errno; with a message.
 */
int ncb_types_from_file(const char *path, const struct ncb_types *base, struct ncb_types *t)
{
	return has_dwarf(path) ? ncb_types_from_dwarf(path, t) : ncb_types_from_btf(path, base, t);
}
