// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules compressed with xz, unpacked in this process: distributions have thousands, and
 * starting a program for each takes longer than all else together.
 */
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include "../ncbench.h"
#include "../target/image.h"
#include "packed.h"

#define MEMORY_MAX	(256ull << 20)	/* that unpacking may take */
#define CONTENTS_MAX	(1ull << 30)	/* bytes */

static const char magic[] = "\xfd" "7zXZ";

/** ncb_is_module - whether a file's name is a module's */
bool ncb_is_module(const char *name)
{
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.gz", ".ko.zst" };
	size_t i, n = strlen(name);

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (n > strlen(ends[i]) && !strcmp(name + n - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

/* A module is asked for its types, and then for what is static in it. */
static struct {
	const char *path;
	char *contents;		/* once they were asked for */
	size_t size;
} held;

/** ncb_packed_hold - unpack a file once */
void ncb_packed_hold(const char *path)
{
	free(held.contents);
	held.contents = NULL;
	held.path = path;
}

static bool is_held(const char *path)
{
	return held.path && !strcmp(held.path, path);
}

/* Malloc'd, as all contents are. */
static char *copy_contents(const char *contents, size_t size)
{
	char *copy = ncb_alloc(size + 1, 1);

	memcpy(copy, contents, size);
	return copy;
}

/* All that @s has to give; NULL with -errno in *err. */
static char *unpack(lzma_stream *s, size_t *size, int *err)
{
	size_t room = 4 * s->avail_in + 4096;
	char *data = ncb_alloc(room, 1);
	lzma_ret got = LZMA_OK;

	s->next_out = (uint8_t *)data;
	s->avail_out = room - 1;
	while ((got = lzma_code(s, LZMA_FINISH)) == LZMA_OK && room < CONTENTS_MAX) {
		data = ncb_grow(data, 2 * room, 1);
		s->next_out = (uint8_t *)data + s->total_out;
		s->avail_out = 2 * room - 1 - s->total_out;
		room *= 2;
	}
	*size = s->total_out;
	*err = got == LZMA_STREAM_END ? 0 : got == LZMA_OK ? -EFBIG : -EIO;
	if (!*err) {
		data[*size] = '\0';
		return data;
	}
	free(data);
	return NULL;
}

/**
 * ncb_packed_contents - what is in a file, however it is packed
 * @path: a kernel or module
 * @size: gets its bytes
 *
 * Return: malloc'd, with a NUL behind it, or NULL with errno and a message.
 */
char *ncb_packed_contents(const char *path, size_t *size)
{
	lzma_stream s = LZMA_STREAM_INIT;
	size_t packed_size = 0;
	char *packed, *data;
	int err = 0;

	if (is_held(path) && held.contents) {
		*size = held.size;
		return copy_contents(held.contents, held.size);
	}
	packed = ncb_read_file(path, &packed_size);
	if (!packed || packed_size < sizeof(magic) || memcmp(packed, magic, sizeof(magic)) ||
	    lzma_stream_decoder(&s, MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) {
		free(packed);
		return ncb_image_contents(path, size);
	}
	s.next_in = (uint8_t *)packed;
	s.avail_in = packed_size;
	data = unpack(&s, size, &err);
	lzma_end(&s);
	free(packed);
	if (!data) {
		ncb_error("cannot unpack %s: %s", path, err == -EFBIG ? "it has more than 1 GiB" :
			  "it is damaged; copy it again");
		errno = -err;
	} else if (is_held(path)) {
		held.contents = copy_contents(data, *size);
		held.size = *size;
	}
	return data;
}
