// SPDX-License-Identifier: GPL-2.0-only
/* Framing of what a guest sends: see wire.h. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "wire.h"

#define MAGIC		"NCW1"
#define MAGIC_SIZE	4u
#define CRC_SIZE	4u

/* Data of this size and more is deflated: a serial port takes 3 s for 1 MB. */
#define DEFLATE_FROM	4096

struct header {
	char magic[MAGIC_SIZE];
	uint16_t type;
	uint16_t name_size;
	uint32_t data_size;
	uint32_t inflated;
	uint32_t number;
	uint32_t crc;
};

const char *const ncb_wire_type_names[NCB_WIRE_TYPES] = {
	[NCB_WIRE_PROGRESS] = "progress",
	[NCB_WIRE_FILE] = "file",
	[NCB_WIRE_LOG] = "log",
	[NCB_WIRE_ERROR] = "error",
	[NCB_WIRE_END] = "end",
};

static uint32_t header_crc(const struct header *h)
{
	return crc32(0, (const unsigned char *)h, offsetof(struct header, crc));
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= n;
	}
	return 0;
}

/* Deflated data, malloc'd, where that makes it smaller; else NULL. */
static void *deflated(const void *data, size_t *size)
{
	uLongf room = compressBound(*size);
	void *out;

	if (*size < DEFLATE_FROM)
		return NULL;
	out = ncb_alloc(room, 1);
	if (compress2(out, &room, data, *size, Z_BEST_SPEED) == Z_OK && room < *size) {
		*size = room;
		return out;
	}
	free(out);
	return NULL;
}

/**
 * ncb_wire_send - send one frame
 * @w: the sending end
 * @type: what it is
 * @name: its name, up to NCB_WIRE_NAME_MAX bytes of it are sent
 * @data: its content, may be NULL where @size is 0
 * @size: bytes of @data
 *
 * Return: 0, -EMSGSIZE where @size is beyond NCB_WIRE_DATA_MAX, or -errno.
 */
int ncb_wire_send(struct ncb_wire *w, enum ncb_wire_type type, const char *name,
		  const void *data, size_t size)
{
	size_t name_size = strnlen(name, NCB_WIRE_NAME_MAX);
	struct header h = {
		.magic = MAGIC,
		.type = htole16(type),
		.name_size = htole16(name_size),
		.number = htole32(w->number),
	};
	void *packed;
	uint32_t crc;
	int err;

	if (size > NCB_WIRE_DATA_MAX)
		return -EMSGSIZE;
	h.inflated = htole32(size);
	packed = deflated(data, &size);
	if (packed)
		data = packed;
	else
		h.inflated = 0;
	h.data_size = htole32(size);
	h.crc = htole32(header_crc(&h));
	crc = crc32(0, (const unsigned char *)name, name_size);
	if (size)
		crc = crc32(crc, data, size);
	crc = htole32(crc);
	w->number++;
	err = write_all(w->fd, &h, sizeof(h));
	if (!err)
		err = write_all(w->fd, name, name_size);
	if (!err && size)
		err = write_all(w->fd, data, size);
	if (!err)
		err = write_all(w->fd, &crc, sizeof(crc));
	free(packed);
	return err;
}

/**
 * ncb_wire_send_progress - say how far it is
 * @w: the sending end
 * @share: 0 .. 1 done
 * @what: what is being done
 *
 * Return: 0 or -errno.
 */
int ncb_wire_send_progress(struct ncb_wire *w, double share, const char *what)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.6f", share);

	return ncb_wire_send(w, NCB_WIRE_PROGRESS, what, text, n);
}

/** ncb_wire_share - what a progress frame says: 0 .. 1 */
double ncb_wire_share(const struct ncb_wire_frame *frame)
{
	double share = strtod(frame->data, NULL);

	return share > 0 && share <= 1 ? share : 0;
}

/** ncb_wire_init - begin to receive */
void ncb_wire_init(struct ncb_wire_reader *r)
{
	memset(r, 0, sizeof(*r));
}

/** ncb_wire_free - give back what a reader holds */
void ncb_wire_free(struct ncb_wire_reader *r)
{
	free(r->data);
	ncb_wire_init(r);
}

/** ncb_wire_frame_free - give back what ncb_wire_next() gave */
void ncb_wire_frame_free(struct ncb_wire_frame *frame)
{
	free(frame->data);
	frame->data = NULL;
}

/**
 * ncb_wire_feed - bytes have arrived
 * @r: the receiving end
 * @data: the bytes, which are copied
 * @size: how many
 */
void ncb_wire_feed(struct ncb_wire_reader *r, const void *data, size_t size)
{
	if (r->room - r->used < size) {
		r->room = 2 * r->room + size;
		r->data = ncb_grow(r->data, r->room, 1);
	}
	if (size)
		memcpy(r->data + r->used, data, size);
	r->used += size;
}

static void drop(struct ncb_wire_reader *r, size_t size)
{
	r->used -= size;
	r->offset += size;
	memmove(r->data, r->data + size, r->used);
}

/* The header at @at, in this machine's byte order; false where it is none. */
static bool header_at(const struct ncb_wire_reader *r, size_t at, struct header *h)
{
	if (r->used - at < sizeof(*h))
		return false;
	memcpy(h, r->data + at, sizeof(*h));
	if (memcmp(h->magic, MAGIC, MAGIC_SIZE) || le32toh(h->crc) != header_crc(h))
		return false;
	h->type = le16toh(h->type);
	h->name_size = le16toh(h->name_size);
	h->data_size = le32toh(h->data_size);
	h->inflated = le32toh(h->inflated);
	h->number = le32toh(h->number);
	return h->name_size <= NCB_WIRE_NAME_MAX && h->data_size <= NCB_WIRE_DATA_MAX &&
	       h->inflated <= NCB_WIRE_DATA_MAX && h->type < NCB_WIRE_TYPES;
}

/*
 * Drops what is no frame; true with the header where one begins. Fewer bytes
 * than a header stay: more of it may come.
 */
static bool find_header(struct ncb_wire_reader *r, struct header *h)
{
	size_t at = 0;
	bool found = false;

	while (r->used - at >= sizeof(*h) && !found) {
		const unsigned char *p = memchr(r->data + at, MAGIC[0],
						r->used - at - sizeof(*h) + 1);

		at = p ? (size_t)(p - r->data) : r->used - sizeof(*h) + 1;
		found = p && header_at(r, at, h);
		at += p && !found;
	}
	r->skipped += at;
	if (at)
		drop(r, at);
	return found;
}

static size_t frame_size(const struct header *h)
{
	return sizeof(*h) + h->name_size + h->data_size + CRC_SIZE;
}

static const char *frame_title(const struct ncb_wire_reader *r, const struct header *h,
			       char *buffer, size_t size)
{
	size_t have = r->used - sizeof(*h);
	int name = h->name_size < have ? h->name_size : have;

	snprintf(buffer, size, "%s '%.*s'", ncb_wire_type_names[h->type], name > 64 ? 64 : name,
		 (const char *)r->data + sizeof(*h));
	return buffer;
}

/* What lies between frames, or frames that are not there; noise before the first is none. */
static int check_gap(struct ncb_wire_reader *r, const struct header *h)
{
	size_t skipped = r->skipped;
	uint32_t due = r->number;
	bool started = r->started;
	char title[96];

	r->skipped = 0;
	r->number = h->number;
	r->started = true;
	frame_title(r, h, title, sizeof(title));
	if (h->number != due) {
		snprintf(r->damage, sizeof(r->damage),
			 "before %s, at byte %llu: frame %u arrived where frame %u was due", title,
			 (unsigned long long)r->offset, h->number, due);
		return -EBADMSG;
	}
	if (skipped && started) {
		snprintf(r->damage, sizeof(r->damage),
			 "before %s, at byte %llu: %zu bytes belong to no frame", title,
			 (unsigned long long)r->offset, skipped);
		return -EBADMSG;
	}
	return 0;
}

/* The content of a frame whose checksum is right. */
static int unpack(const struct header *h, const unsigned char *content,
		  struct ncb_wire_frame *frame)
{
	uLongf size = h->inflated;

	frame->type = h->type;
	memcpy(frame->name, content, h->name_size);
	frame->size = h->inflated ? h->inflated : h->data_size;
	frame->data = ncb_alloc(frame->size + 1, 1);
	if (!h->inflated) {
		memcpy(frame->data, content + h->name_size, frame->size);
		return 0;
	}
	if (uncompress((Bytef *)frame->data, &size, content + h->name_size, h->data_size) == Z_OK &&
	    size == h->inflated)
		return 0;
	ncb_wire_frame_free(frame);
	return -EBADMSG;
}

/**
 * ncb_wire_next - the next whole frame
 * @r: the receiving end
 * @frame: gets the frame, to be given back with ncb_wire_frame_free()
 *
 * Bytes before the first frame that belong to none are passed over: a serial
 * line may begin with noise. After damage, the next call goes on with what
 * comes behind it.
 *
 * Return: 1 with a frame, 0 where more bytes are needed, -EBADMSG where
 * something is damaged or missing; @r->damage says what.
 */
int ncb_wire_next(struct ncb_wire_reader *r, struct ncb_wire_frame *frame)
{
	const unsigned char *content;
	struct header h;
	size_t size;
	uint32_t crc;
	char title[96];

	memset(frame, 0, sizeof(*frame));
	if (!find_header(r, &h) || r->used < frame_size(&h))
		return 0;
	if (check_gap(r, &h))
		return -EBADMSG;
	content = r->data + sizeof(h);
	size = h.name_size + h.data_size;
	memcpy(&crc, content + size, sizeof(crc));
	r->number++;
	if (le32toh(crc) != crc32(0, content, size) || unpack(&h, content, frame)) {
		snprintf(r->damage, sizeof(r->damage), "%s, at byte %llu: its checksum is wrong",
			 frame_title(r, &h, title, sizeof(title)), (unsigned long long)r->offset);
		/* Bytes may be missing in it: the next frame is looked for inside, too. */
		drop(r, MAGIC_SIZE);
		return -EBADMSG;
	}
	drop(r, frame_size(&h));
	r->ended = h.type == NCB_WIRE_END;
	return 1;
}

/**
 * ncb_wire_finish - nothing more will arrive: was it all?
 * @r: the receiving end, after ncb_wire_next() returned 0
 *
 * Return: 0, or -EPIPE where the end is missing; @r->damage says what.
 */
int ncb_wire_finish(struct ncb_wire_reader *r)
{
	struct header h;
	char title[96];

	if (r->ended && !r->used && !r->skipped)
		return 0;
	if (r->ended)
		snprintf(r->damage, sizeof(r->damage), "%zu bytes follow the end",
			 r->skipped + r->used);
	else if (header_at(r, 0, &h))
		snprintf(r->damage, sizeof(r->damage),
			 "it ends inside %s: %zu of %zu bytes have arrived",
			 frame_title(r, &h, title, sizeof(title)), r->used, frame_size(&h));
	else
		snprintf(r->damage, sizeof(r->damage),
			 "it ends at byte %llu without an end frame",
			 (unsigned long long)(r->offset + r->used));
	return -EPIPE;
}
