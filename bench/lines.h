/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of a run that were packed with gzip: lines of numbers and names, with a check
 * sum of the unpacked text. What was damaged is refused in one sentence on stderr.
 */
#ifndef NCB_LINES_H
#define NCB_LINES_H

#include <zlib.h>
#include "ncbench.h"

#define NCB_LINE_SIZE		512		/* bytes of a line, with its end */
#define NCB_LINES_CHUNK		(128u << 10)	/* bytes that are read at once */
#define NCB_LINE_LIKELY_MAX	256		/* bytes of gzip per line, never reached */

/* What to do about a file that was fine once. */
#define NCB_COPY_AGAIN	"; copy the run again from where it was measured, or measure again"

/* "<path>: <sentence>" on stderr, without what no terminal should get; -EBADMSG. */
int ncb_file_fault(const char *path, const char *format, ...) PRINTF(2, 3);
/*
 * Opens a file that has to be one: no folder, and nothing that could block. The
 * descriptor, or -errno with a message.
 */
int ncb_file_open(const char *path, uint64_t max, uint64_t *size);

/**
 * struct ncb_lines - a text that is read by the line
 * @path: for messages
 * @gz: where it is read from, or NULL: @buffer is all of it
 * @buffer: text read, @used bytes
 * @room: the same where it was read; NULL: it is somebody else's
 * @at: where the next line begins in it
 * @line: number of the line that was read last
 * @crc: check sum of the lines so far
 */
struct ncb_lines {
	const char *path;
	gzFile gz;
	const char *buffer;
	char *room;
	size_t at, used;
	uint64_t line;
	uint32_t crc;
};
/* 0 or -errno, with a message. */
int ncb_lines_open(struct ncb_lines *l, const char *path, uint64_t max);
void ncb_lines_from(struct ncb_lines *l, const char *path, const char *text, size_t size);
void ncb_lines_close(struct ncb_lines *l);
/* The next line, with its end; NULL with *err 0 where there is none, or -EBADMSG. */
const char *ncb_lines_next(struct ncb_lines *l, int *err);
/* The next line has to be @header, which has its end. 0 or -EBADMSG. */
int ncb_lines_header(struct ncb_lines *l, const char *header);
/* The next number of a line; *p is left behind the @end that follows it. */
bool ncb_lines_number(const char **p, char end, uint64_t max, uint64_t *out);
/* "0123abcd" of result.json. */
bool ncb_lines_crc(const char *hex, uint32_t *crc);

/**
 * struct ncb_lines_out - a text that is written by the line
 * @err: first thing that went wrong, 0 or -errno; nothing is written from then on
 */
struct ncb_lines_out {
	int fd;
	gzFile gz;
	uint32_t crc;
	int err;
};
/* The archive has no name and no time in it, so that the same lines give the same bytes. */
void ncb_lines_create(struct ncb_lines_out *out, const char *path);
void ncb_lines_put(struct ncb_lines_out *out, const char *line, size_t n);
/* Synced to the disk; 0 or -errno. */
int ncb_lines_finish(struct ncb_lines_out *out);

#endif /* NCB_LINES_H */
