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
	char *packed = ncb_read_file(path, &packed_size), *data;
	int err = 0;

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
	}
	return data;
}
