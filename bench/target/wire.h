/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results out of a guest, over anything that carries bytes: a serial port, a
 * file. Frames have a checksum over their header and one over their content,
 * and are numbered, so that what is damaged or lost is noticed and named.
 *
 * A frame, all numbers little-endian:
 *
 *	 0  "NCW1"
 *	 4  u16 type, u16 bytes of the name
 *	 8  u32 bytes of the data, u32 bytes of it when inflated (0: it is as it is)
 *	16  u32 number of the frame, from 0
 *	20  u32 CRC-32 of the 20 bytes before
 *	24  name, data
 *	    u32 CRC-32 of name and data
 */
#ifndef NCB_WIRE_H
#define NCB_WIRE_H

#include "../ncbench.h"

#define NCB_WIRE_NAME_MAX	255
#define NCB_WIRE_DATA_MAX	(256u << 20)

/**
 * enum ncb_wire_type - what a frame is
 * @NCB_WIRE_PROGRESS: name: what is being done; data: the share done, as text
 * @NCB_WIRE_FILE: a file of the result
 * @NCB_WIRE_LOG: text, name: which log
 * @NCB_WIRE_ERROR: text: why the guest failed
 * @NCB_WIRE_END: nothing comes after it
 */
enum ncb_wire_type {
	NCB_WIRE_PROGRESS,
	NCB_WIRE_FILE,
	NCB_WIRE_LOG,
	NCB_WIRE_ERROR,
	NCB_WIRE_END,
	NCB_WIRE_TYPES
};
extern const char *const ncb_wire_type_names[NCB_WIRE_TYPES];

/**
 * struct ncb_wire - the sending end
 * @fd: written to
 * @number: of the next frame
 */
struct ncb_wire {
	int fd;
	uint32_t number;
};

int ncb_wire_send(struct ncb_wire *w, enum ncb_wire_type type, const char *name,
		  const void *data, size_t size);
int ncb_wire_send_progress(struct ncb_wire *w, double share, const char *what);

/**
 * struct ncb_wire_frame - one that has arrived whole
 * @type: what it is
 * @name: its name
 * @data: its content, with a NUL behind it
 * @size: bytes of @data, without the NUL
 */
struct ncb_wire_frame {
	enum ncb_wire_type type;
	char name[NCB_WIRE_NAME_MAX + 1];
	char *data;
	size_t size;
};

/**
 * struct ncb_wire_reader - the receiving end
 * @data, @used, @room: bytes that have not become a frame yet
 * @offset: of @data in the stream
 * @skipped: bytes before @data that were no frame
 * @number: of the frame that is due
 * @ended: the end frame was seen
 * @damage: what was wrong, after -EBADMSG or -EPIPE
 */
struct ncb_wire_reader {
	unsigned char *data;
	size_t used, room;
	uint64_t offset;
	size_t skipped;
	uint32_t number;
	bool started, ended;
	char damage[192];
};

void ncb_wire_init(struct ncb_wire_reader *r);
void ncb_wire_free(struct ncb_wire_reader *r);
void ncb_wire_feed(struct ncb_wire_reader *r, const void *data, size_t size);
int ncb_wire_next(struct ncb_wire_reader *r, struct ncb_wire_frame *frame);
void ncb_wire_frame_free(struct ncb_wire_frame *frame);
int ncb_wire_finish(struct ncb_wire_reader *r);
double ncb_wire_share(const struct ncb_wire_frame *frame);

#endif /* NCB_WIRE_H */
