// SPDX-License-Identifier: GPL-2.0-only
/* Packed lines of a run: see lines.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lines.h"

/** ncb_file_fault - say what is wrong with a file; -EBADMSG */
int ncb_file_fault(const char *path, const char *format, ...)
{
	char text[512], *p;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* What a file says is not to reach the terminal as it is. */
	for (p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	ncb_error("%s: %s", path, text);
	return -EBADMSG;
}

/**
 * ncb_file_open - open a file of a run
 * @path: of it
 * @max: bytes that it may have
 * @size: gets how many it has
 *
 * Return: descriptor, or -errno with a message.
 */
int ncb_file_open(const char *path, uint64_t max, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err = -errno;
		ncb_error("cannot read %s: %s%s", path, strerror(-err),
			  err == -ENOENT ? NCB_COPY_AGAIN :
			  err == -EACCES ? "; its owner or root may read it" : "");
	} else if (!S_ISREG(st.st_mode)) {
		err = ncb_file_fault(path, "not a file");
	} else if ((uint64_t)st.st_size > max) {
		err = ncb_file_fault(path, "larger than %" PRIu64 " bytes, which is more than this run can have",
				     max);
	}
	if (err && fd >= 0)
		close(fd);
	if (!err)
		*size = st.st_size;
	return err ? err : fd;
}

/** ncb_lines_from - read lines of a text in memory, which stays where it is */
void ncb_lines_from(struct ncb_lines *l, const char *path, const char *text, size_t size)
{
	*l = (struct ncb_lines) {
		.path = path, .buffer = text, .used = size, .crc = crc32(0, NULL, 0),
	};
}

/**
 * ncb_lines_open - read the lines of a file
 * @l: gets it; ncb_lines_close() afterwards, unless this failed
 * @path: of the file; has to stay
 * @max: bytes that it may have, packed
 */
int ncb_lines_open(struct ncb_lines *l, const char *path, uint64_t max)
{
	uint64_t size;
	int fd = ncb_file_open(path, max, &size);

	if (fd < 0)
		return fd;
	ncb_lines_from(l, path, NULL, 0);
	l->gz = gzdopen(fd, "rb");
	if (!l->gz) {
		close(fd);
		ncb_error("cannot read %s: %s", path, strerror(ENOMEM));
		return -ENOMEM;
	}
	gzbuffer(l->gz, NCB_LINES_CHUNK);
	l->buffer = l->room = ncb_alloc(NCB_LINES_CHUNK, 1);
	return 0;
}

/** ncb_lines_close - give back what reading took */
void ncb_lines_close(struct ncb_lines *l)
{
	if (l->gz)
		gzclose(l->gz);
	free(l->room);
}

/* 1: there is more now; 0: there is none; -EBADMSG. */
static int fill(struct ncb_lines *l)
{
	int n, number;

	if (!l->gz)
		return 0;
	memmove(l->room, l->room + l->at, l->used - l->at);
	l->used -= l->at;
	l->at = 0;
	n = gzread(l->gz, l->room + l->used, NCB_LINES_CHUNK - l->used);
	if (gzdirect(l->gz))
		return ncb_file_fault(l->path, n ? "no gzip file" NCB_COPY_AGAIN :
				      "it is empty" NCB_COPY_AGAIN);
	/* An end that comes too early is no error to gzread(). */
	gzerror(l->gz, &number);
	if (n < 0 || (!n && number != Z_OK && number != Z_STREAM_END))
		return ncb_file_fault(l->path, "ends early or is damaged after line %" PRIu64 NCB_COPY_AGAIN,
				      l->line);
	l->used += n;
	return n > 0;
}

/** ncb_lines_next - the next line, with its end */
const char *ncb_lines_next(struct ncb_lines *l, int *err)
{
	const char *line, *end;
	size_t left;

	for (;;) {
		line = l->buffer + l->at;
		left = l->used - l->at;
		end = left ? memchr(line, '\n', left < NCB_LINE_SIZE ? left : NCB_LINE_SIZE) : NULL;
		if (end)
			break;
		if (left >= NCB_LINE_SIZE) {
			*err = ncb_file_fault(l->path, "line %" PRIu64 " is longer than %d bytes",
					      l->line + 1, NCB_LINE_SIZE);
			return NULL;
		}
		*err = fill(l);
		if (!*err && left)
			*err = ncb_file_fault(l->path, "line %" PRIu64 " is cut off" NCB_COPY_AGAIN,
					      l->line + 1);
		if (*err <= 0)
			return NULL;
	}
	*err = 0;
	l->at += end + 1 - line;
	l->line++;
	l->crc = crc32(l->crc, (const Bytef *)line, end + 1 - line);
	return line;
}

/** ncb_lines_header - read the line that names the columns */
int ncb_lines_header(struct ncb_lines *l, const char *header)
{
	size_t n = strlen(header);
	const char *line;
	int err;

	line = ncb_lines_next(l, &err);
	if (err)
		return err;
	/* As long as the header, or it is not the header. */
	if (!line || (size_t)(l->buffer + l->at - line) != n || memcmp(line, header, n))
		return ncb_file_fault(l->path, "its first line does not name the columns expected");
	return 0;
}

/** ncb_lines_number - the next number of a line that has its end */
bool ncb_lines_number(const char **p, char end, uint64_t max, uint64_t *out)
{
	const char *s = *p;
	unsigned int digit;

	/* Nineteen digits fit into 64 bits. The line's end stops it at the latest. */
	for (*out = 0; (digit = (unsigned char)*s - '0') <= 9; s++) {
		if (s - *p == 19)
			return false;
		*out = *out * 10 + digit;
	}
	if (s == *p || *s != end || *out > max)
		return false;
	*p = s + 1;
	return true;
}

/** ncb_lines_crc - a check sum as result.json has it; false: it is none */
bool ncb_lines_crc(const char *hex, uint32_t *crc)
{
	*crc = strtoul(hex, NULL, 16);
	return strlen(hex) == 8 && strspn(hex, "0123456789abcdefABCDEF") == 8;
}

/** ncb_lines_create - begin to write a file */
void ncb_lines_create(struct ncb_lines_out *out, const char *path)
{
	int copy;

	*out = (struct ncb_lines_out) { .crc = crc32(0, NULL, 0) };
	out->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	copy = out->fd < 0 ? -1 : dup(out->fd);
	if (copy < 0) {
		out->err = -errno;
		return;
	}
	out->gz = gzdopen(copy, "wb6");
	if (!out->gz) {
		out->err = -ENOMEM;
		close(copy);
	}
}

static int gz_fault(gzFile gz)
{
	int number;

	gzerror(gz, &number);
	return number == Z_ERRNO && errno ? -errno : number == Z_MEM_ERROR ? -ENOMEM : -EIO;
}

/** ncb_lines_put - write a line of @n bytes */
void ncb_lines_put(struct ncb_lines_out *out, const char *line, size_t n)
{
	if (out->err)
		return;
	out->crc = crc32(out->crc, (const Bytef *)line, n);
	errno = 0;
	if ((size_t)gzwrite(out->gz, line, n) != n)
		out->err = gz_fault(out->gz);
}

/** ncb_lines_finish - all of it on the disk; 0 or what went wrong since the beginning */
int ncb_lines_finish(struct ncb_lines_out *out)
{
	errno = 0;
	if (out->gz && gzclose(out->gz) != Z_OK && !out->err)
		out->err = errno ? -errno : -EIO;
	if (out->fd >= 0 && !out->err && fsync(out->fd) < 0)
		out->err = -errno;
	if (out->fd >= 0 && close(out->fd) < 0 && !out->err)
		out->err = -errno;
	return out->err;
}
