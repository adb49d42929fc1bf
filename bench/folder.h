/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a folder that is kept: written whole or not at all, read with bounds. */
#ifndef NCB_FOLDER_H
#define NCB_FOLDER_H

#include <jansson.h>
#include <stdio.h>

/* Says on stderr why @path is not written, unless @err is 0 or -EINVAL. Returns @err. */
int ncb_say_unwritten(const char *path, int err);

/* 0 or -errno with a message. */
int ncb_json_save(const json_t *json, const char *path);
/* What @put prints; its error is ours. */
int ncb_stream_save(const char *path, int (*put)(const void *data, FILE *f), const void *data);
int ncb_folder_sync(const char *path);

/*
 * A rename that replaces nothing: 0, -EEXIST, or -errno; says nothing.
 */
int ncb_rename_new(const char *from, const char *to);

/* At most NCB_RESULT_SIZE_MAX bytes, NCB_RESULT_MEMORY_MAX when parsed; NULL with a message. */
json_t *ncb_json_parse(const char *path, const char *text, size_t size);
/* 0; -errno of the file; -EBADMSG where it is no JSON; with a message. */
int ncb_json_load(const char *path, json_t **json);

#endif /* NCB_FOLDER_H */
