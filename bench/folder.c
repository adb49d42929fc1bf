// SPDX-License-Identifier: GPL-2.0-only
/* Files of a folder that is kept, as results/README.md describes them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "folder.h"
#include "lines.h"
#include "ncbench.h"
#include "run.h"

/* -- writing -- */

/**
 * ncb_say_unwritten - why a file is not there
 * @path: of it
 * @err: 0 or -errno; of -EINVAL somebody else spoke
 *
 * Return: @err.
 */
int ncb_say_unwritten(const char *path, int err)
{
	if (err && err != -EINVAL)
		ncb_error("cannot write %s: %s%s", path, strerror(-err),
			  err == -ENOSPC || err == -EDQUOT ? "; free some space, run again" : "");
	return err;
}

static int write_json(const json_t *json, const char *path)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)), *line;
	int err;

	if (!text)
		return -ENOMEM;
	line = ncb_format("%s\n", text);
	err = ncb_write_file(path, line, strlen(line));
	free(line);
	free(text);
	return err;
}

/** ncb_json_save - keep JSON, a line for each value; 0 or -errno with a message */
int ncb_json_save(const json_t *json, const char *path)
{
	return ncb_say_unwritten(path, write_json(json, path));
}

/**
 * ncb_stream_save - keep what is printed
 * @path: of the file
 * @put: prints it; 0 or -errno
 * @data: for it
 *
 * Return: 0 or -errno, with a message.
 */
int ncb_stream_save(const char *path, int (*put)(const void *data, FILE *f), const void *data)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err = f ? 0 : -errno;

	if (f) {
		err = put(data, f);
		if (fclose(f) && !err)
			err = -errno;
	}
	if (!err)
		err = ncb_write_file(path, text, size);
	free(text);
	return ncb_say_unwritten(path, err);
}

/** ncb_folder_sync - a folder's names on the disk; 0 or -errno */
int ncb_folder_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0 && errno != EINVAL)
		err = -errno;
	close(fd);
	return err;
}

/** ncb_rename_new - a rename that replaces nothing; 0, -EEXIST, or -errno */
int ncb_rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Not every file system can refuse by itself. */
	if (ncb_exists(to))
		return -EEXIST;
	return rename(from, to) < 0 ? -errno : 0;
}

/* -- reading -- */

/*
 * A text of some megabytes can make a tree of gigabytes ("[[],[],..."), so
 * jansson gets its memory from here while it parses.
 */
static size_t json_memory;
static bool json_too_large;	/* jansson does not always say so */

static void *limited_malloc(size_t size)
{
	void *p = size > json_memory ? NULL : malloc(size);
	size_t got = malloc_usable_size(p);

	json_too_large |= !p;
	json_memory -= got < json_memory ? got : json_memory;
	return p;
}

static void limited_free(void *p)
{
	json_memory += malloc_usable_size(p);
	free(p);
}

/**
 * ncb_json_parse - a text that others may have written
 * @path: where it is from, for messages
 * @text: as read
 * @size: bytes of it
 *
 * Return: to be given to json_decref(); NULL with a message.
 */
json_t *ncb_json_parse(const char *path, const char *text, size_t size)
{
	json_malloc_t old_malloc;
	json_free_t old_free;
	json_error_t error;
	json_t *json;
	char *near;

	json_get_alloc_funcs(&old_malloc, &old_free);
	json_memory = NCB_RESULT_MEMORY_MAX;
	json_too_large = false;
	json_set_alloc_funcs(limited_malloc, limited_free);
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	json_set_alloc_funcs(old_malloc, old_free);
	if (json)
		return json;
	near = strstr(error.text, " near ");
	if (near)
		*near = '\0';
	if (!size)
		ncb_file_fault(path, "it is empty" NCB_COPY_AGAIN);
	else if (json_too_large)
		ncb_file_fault(path, "takes more than %u MiB of memory: no result of ncbench",
			       NCB_RESULT_MEMORY_MAX >> 20);
	else
		ncb_file_fault(path, "damaged at line %d: %s" NCB_COPY_AGAIN, error.line,
			       error.text);
	return NULL;
}

/* All of a file that may grow meanwhile, but not beyond @max. */
static int read_all(const char *path, int fd, char *text, size_t max, size_t *size)
{
	ssize_t n = 0;
	int err;

	for (*size = 0; *size < max; *size += n) {
		n = read(fd, text + *size, max - *size);
		if (n < 0 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n <= 0)
			break;
	}
	err = n < 0 ? -errno : 0;
	if (err)
		ncb_error("cannot read %s: %s", path, strerror(-err));
	return err;
}

/**
 * ncb_json_load - a file that others may have written
 * @path: of it
 * @json: gets it, NULL where that fails
 *
 * Return: 0; -errno of the file, -EBADMSG where it is damaged; with a message.
 */
int ncb_json_load(const char *path, json_t **json)
{
	uint64_t announced;
	size_t size;
	char *text;
	int fd, err;

	*json = NULL;
	fd = ncb_file_open(path, NCB_RESULT_SIZE_MAX, &announced);
	if (fd < 0)
		return fd;
	text = ncb_alloc(announced, 1);
	err = read_all(path, fd, text, announced, &size);
	close(fd);
	if (!err) {
		*json = ncb_json_parse(path, text, size);
		err = *json ? 0 : -EBADMSG;
	}
	free(text);
	return err;
}
