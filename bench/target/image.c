// SPDX-License-Identifier: GPL-2.0-only
/* What kernel images of each machine look like. */
#define _GNU_SOURCE
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "fetch.h"
#include "image.h"

/** ncb_image_free - give back what reading an image gave */
void ncb_image_free(struct ncb_image *image)
{
	free(image->release);
	free(image->boot);
	memset(image, 0, sizeof(*image));
}

/* -- x86 -- */

/* Offsets as in Documentation/arch/x86/boot.rst. */
enum {
	BOOT_SETUP_SECTORS = 0x1f1,
	BOOT_MAGIC = 0x202,		/* "HdrS" */
	BOOT_PROTOCOL = 0x206,
	BOOT_VERSION = 0x20e,		/* where the release is, less 0x200 */
	BOOT_PAYLOAD = 0x248,
	BOOT_PAYLOAD_SIZE = 0x24c,
	BOOT_HEADER_END = 0x250,
};

static uint32_t number(const char *image, size_t at, unsigned int bytes)
{
	uint32_t value = 0;

	memcpy(&value, image + at, bytes);
	return le32toh(value);
}

static bool is_bzimage(const char *image, size_t size)
{
	return size > BOOT_HEADER_END && !memcmp(image + BOOT_MAGIC, "HdrS", 4) &&
	       number(image, BOOT_PROTOCOL, 2) >= 0x208;
}

/* The release that an image was built as, malloc'd; NULL where it does not say. */
static char *image_release(const char *image, size_t size)
{
	size_t at;

	if (!is_bzimage(image, size))
		return NULL;
	at = number(image, BOOT_VERSION, 2) + 0x200;
	if (at == 0x200 || at >= size || !memchr(image + at, '\0', size - at))
		return NULL;
	return ncb_format("%.*s", (int)strcspn(image + at, " "), image + at);
}

/* XEN_ELFNOTE_PHYS32_ENTRY */
#define NOTE_NAME	"Xen"
#define NOTE_ENTRY	18

/* What undoes each compression that kernels know; $1 from, $2 to. */
static const struct compression {
	const char *magic;
	unsigned int magic_size;
	bool size_behind;	/* the build appends the size; gzip has it anyway */
	const char *program;
	const char *command;
} compressions[] = {
	{ "\x1f\x8b", 2, false, "gzip", "gzip -dc <\"$1\" >\"$2\"" },
	{ "\xfd" "7zXZ", 6, true, "xz", "xz -dc <\"$1\" >\"$2\"" },
	{ "\x28\xb5\x2f\xfd", 4, true, "zstd", "zstd -dcq <\"$1\" >\"$2\"" },
	{ "\x02\x21\x4c\x18", 4, true, "lz4", "lz4 -dcq <\"$1\" >\"$2\"" },
	{ "\x5d\0\0", 3, true, "xz", "xz -dc --format=lzma <\"$1\" >\"$2\"" },
	{ "BZh", 3, true, "bzip2", "bzip2 -dc <\"$1\" >\"$2\"" },
};

/* NULL: it is none of these. */
static const struct compression *find_compression(const char *data, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(compressions); i++)
		if (size >= compressions[i].magic_size &&
		    !memcmp(data, compressions[i].magic, compressions[i].magic_size))
			return &compressions[i];
	return NULL;
}

static int undo(const struct compression *c, const char *from, const char *to)
{
	const char *argv[] = { "sh", "-c", c->command, "sh", from, to, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = 120 };

	return ncb_run_command(&s);
}

/* Whether notes tell an emulator where to enter an uncompressed kernel (PVH). */
static bool tell_entry(const char *notes, uint64_t left)
{
	Elf64_Nhdr n;
	uint64_t size;

	while (left > sizeof(n)) {
		memcpy(&n, notes, sizeof(n));
		size = sizeof(n) + ((n.n_namesz + 3ull) & ~3ull) + ((n.n_descsz + 3ull) & ~3ull);
		if (size > left)
			return false;
		if (n.n_type == NOTE_ENTRY && n.n_namesz == sizeof(NOTE_NAME) &&
		    !memcmp(notes + sizeof(n), NOTE_NAME, sizeof(NOTE_NAME)))
			return true;
		notes += size;
		left -= size;
	}
	return false;
}

static bool can_be_entered(const char *image, size_t size)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;
	unsigned int i;

	if (size < sizeof(e))
		return false;
	memcpy(&e, image, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_phentsize != sizeof(p) || e.e_phoff > size ||
	    size - e.e_phoff < e.e_phnum * sizeof(p))
		return false;
	for (i = 0; i < e.e_phnum; i++) {
		memcpy(&p, image + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_NOTE && p.p_offset <= size && p.p_filesz <= size - p.p_offset &&
		    tell_entry(image + p.p_offset, p.p_filesz))
			return true;
	}
	return false;
}

static int decompress(const char *payload, size_t size, const char *path)
{
	char *packed = ncb_format("%s.packed", path);
	const struct compression *c = find_compression(payload, size);
	uint32_t expected = number(payload, size - 4, 4);
	struct stat st;
	int err = -ENOTSUP;

	if (c && !ncb_have_command(c->program)) {
		ncb_say("without %s the kernel unpacks itself in the guest: some seconds more",
			c->program);
	} else if (c) {
		err = ncb_write_file(packed, payload, size - 4 * c->size_behind);
		if (!err)
			err = undo(c, packed, path);
		if (err > 0 || (!err && (stat(path, &st) < 0 || (uint64_t)st.st_size != expected)))
			err = -EIO;
	}
	unlink(packed);
	free(packed);
	return err;
}

/*
 * A bzImage as the linker made it, in the cache, unpacked once for each content; NULL
 * where that is not possible.
 */
static char *unpack_image(const char *image, size_t size)
{
	char *cache = ncb_cache_folder(), *dir = ncb_format("%s/vmlinux", cache), *part;
	char *path = ncb_format("%s/%08lx-%zu", dir, crc32(0, (const Bytef *)image, size), size);
	size_t start, payload;
	int err = 0;

	if (ncb_exists(path))
		goto out;
	start = ((size_t)(image[BOOT_SETUP_SECTORS] ? (unsigned char)image[BOOT_SETUP_SECTORS] : 4)
		 + 1) * 512 + number(image, BOOT_PAYLOAD, 4);
	payload = number(image, BOOT_PAYLOAD_SIZE, 4);
	part = ncb_format("%s.part-%d", path, (int)getpid());
	err = payload < 16 || start > size || payload > size - start ? -ENOTSUP :
								       ncb_make_dirs(dir);
	if (!err)
		err = decompress(image + start, payload, part);
	if (!err && rename(part, path) < 0)
		err = -errno;
	unlink(part);
	free(part);
out:
	free(dir);
	free(cache);
	if (err) {
		free(path);
		path = NULL;
	}
	return path;
}

static bool file_can_be_entered(const char *path)
{
	size_t size = 0;
	char *data = ncb_read_file(path, &size);
	bool can = data && can_be_entered(data, size);

	free(data);
	return can;
}

/*
 * A kernel that unpacks itself takes 5 s of an emulated boot, and puts itself
 * at a random address on the way. So it is entered directly. Where that is not
 * possible, the guest boots the packed one.
 */
static void choose_boot(struct ncb_image *k, const char *vmlinuz, const char *image, size_t size)
{
	char *unpacked = unpack_image(image, size);

	k->direct = unpacked && file_can_be_entered(unpacked);
	if (!k->direct)
		ncb_detail("%s cannot be unpacked here: the guest will do it", vmlinuz);
	k->boot = ncb_copy(k->direct ? unpacked : vmlinuz);
	free(unpacked);
}

/* What a compressed file holds, in place of @data. */
static char *read_compressed(const struct compression *c, const char *path, char *data,
			     size_t *size)
{
	char to[] = "/tmp/ncbench-image-XXXXXX";
	int fd = mkstemp(to);

	free(data);
	if (fd < 0)
		return NULL;
	close(fd);
	data = NULL;
	errno = EIO;
	if (undo(c, path, to) == 0)
		data = ncb_read_file(to, size);
	unlink(to);
	return data;
}

/**
 * ncb_image_contents - a kernel or module as the linker made it, from the file as it is packaged
 * @path: an ELF file or an Image, as it is or compressed, or a bzImage
 * @size: gets its bytes
 *
 * Return: malloc'd, with a NUL behind it, or NULL with errno and a message.
 */
char *ncb_image_contents(const char *path, size_t *size)
{
	char *data = ncb_read_file(path, size), *unpacked;
	const struct compression *c;

	if (!data) {
		ncb_error("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	c = find_compression(data, *size);
	if (c && !ncb_have_command(c->program)) {
		ncb_error("%s is compressed, and there is no %s; install it", path, c->program);
		goto cannot;
	}
	if (c) {
		data = read_compressed(c, path, data, size);
	} else if (is_bzimage(data, *size)) {
		unpacked = unpack_image(data, *size);
		if (!unpacked) {
			ncb_error("the kernel %s cannot be unpacked: it is damaged, or what undoes its compression is not installed; give its vmlinux",
				  path);
			goto cannot;
		}
		free(data);
		data = ncb_read_file(unpacked, size);
		free(unpacked);
	}
	if (!data)
		ncb_error("cannot unpack %s: %s", path, strerror(errno));
	return data;
cannot:
	free(data);
	errno = EOPNOTSUPP;
	return NULL;
}

/**
 * ncb_image_module - a packaged module as it was before it was compressed
 * @path: the module
 * @to: file that it is written into
 *
 * Return: 0 or -errno with a message.
 */
int ncb_image_module(const char *path, const char *to)
{
	size_t size = 0;
	char *data = ncb_image_contents(path, &size);
	int err = data ? 0 : -errno;

	if (err)
		return err;
	err = ncb_write_file(to, data, size);
	if (err)
		ncb_error("cannot write the module %s into %s: %s", path, to, strerror(-err));
	free(data);
	return err;
}

static int no_file(const char *path)
{
	int err = -errno;

	ncb_error("cannot read the kernel %s: %s", path, strerror(-err));
	return err;
}

/**
 * ncb_image_x86 - read a kernel for x86: a bzImage, or a vmlinux that can be entered directly
 * @path: the file
 * @k: gets what it says, to be given back with ncb_image_free()
 *
 * Return: 0, -EINVAL where it is neither, or -errno; with a message.
 */
int ncb_image_x86(const char *path, struct ncb_image *k)
{
	size_t size = 0;
	char *image = ncb_read_file(path, &size);
	int err = 0;

	memset(k, 0, sizeof(*k));
	if (!image)
		return no_file(path);
	k->release = image_release(image, size);
	if (is_bzimage(image, size)) {
		choose_boot(k, path, image, size);
	} else if (can_be_entered(image, size)) {
		k->boot = ncb_copy(path);
		k->direct = true;
	} else {
		ncb_error("%s is no x86 kernel: neither a vmlinuz nor a vmlinux that can be entered directly; ARCH= chooses another guest",
			  path);
		err = -EINVAL;
	}
	free(image);
	return err;
}

/* -- arm64 -- */

/* Offsets as in Documentation/arch/arm64/booting.rst; of an EFI zboot image, in its header. */
enum {
	IMAGE_MAGIC = 0x38,		/* "ARM\x64" */
	IMAGE_HEADER_END = 0x40,
	ZBOOT_MAGIC = 4,		/* "zimg" */
};

/* Unpacked ones have some 30 MiB. */
#define IMAGE_MAX	(512u << 20)

/* A file as it is or, where gzip packed it, unpacked; malloc'd, or NULL with errno. */
static char *read_unpacked(const char *path, size_t *size, bool *packed)
{
	size_t room = 1 << 20, used = 0;
	gzFile file;
	char *data;
	int n;

	errno = 0;
	file = gzopen(path, "re");
	if (!file) {
		errno = errno ? errno : ENOMEM;
		return NULL;
	}
	data = ncb_alloc(room, 1);
	while ((n = gzread(file, data + used, room - used)) > 0) {
		used += n;
		if (used == room && room < IMAGE_MAX)
			data = ncb_grow(data, room *= 2, 1);
	}
	*size = used;
	*packed = !gzdirect(file);
	/* Cut off, or with a wrong check sum: what was read of it is not the kernel. */
	if (gzclose(file) != Z_OK || n < 0 || used == IMAGE_MAX) {
		free(data);
		errno = EIO;
		return NULL;
	}
	return data;
}

/*
 * The header has no release. The kernel's own greeting has: "Linux version
 * 6.1.0-56-arm64 (...", among other uses of these words.
 */
static char *banner_release(const char *image, size_t size)
{
	static const char words[] = "Linux version ";
	const size_t n = strlen(words);
	const char *at = image, *end = image + size, *space;

	while ((at = memmem(at, end - at, words, n))) {
		at += n;
		space = memchr(at, ' ', end - at);
		if (space && *at >= '0' && *at <= '9' && space - at < 128)
			return ncb_format("%.*s", (int)(space - at), at);
	}
	return NULL;
}

/**
 * ncb_image_arm64 - read a kernel for arm64: an Image, as it is or packed by gzip
 * @path: the file
 * @k: gets what it says, to be given back with ncb_image_free()
 *
 * QEMU boots both. An EFI zboot image, which some distributions have, it boots
 * not before its version 8.1, and the kernel inside says no release.
 *
 * Return: 0, -EINVAL where it is none, or -errno; with a message.
 */
int ncb_image_arm64(const char *path, struct ncb_image *k)
{
	bool packed = false;
	size_t size = 0;
	char *image = read_unpacked(path, &size, &packed);
	int err = 0;

	memset(k, 0, sizeof(*k));
	if (!image)
		return no_file(path);
	if (size > IMAGE_HEADER_END && !memcmp(image + IMAGE_MAGIC, "ARM\x64", 4)) {
		k->release = banner_release(image, size);
		k->boot = ncb_copy(path);
		k->direct = !packed;
	} else {
		ncb_error(size > IMAGE_HEADER_END && !memcmp(image + ZBOOT_MAGIC, "zimg", 4) ?
			  "%s is an EFI zboot image; give the Image of arch/arm64/boot that is packed in it" :
			  "%s is no arm64 kernel: neither an Image nor one packed by gzip; ARCH= chooses another guest", path);
		err = -EINVAL;
	}
	free(image);
	return err;
}
