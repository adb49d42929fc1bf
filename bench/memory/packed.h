/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NCB_MEMORY_PACKED_H
#define NCB_MEMORY_PACKED_H

#include <stdbool.h>
#include <stddef.h>

/* By its name, packed or not. */
bool ncb_is_module(const char *name);
/* As ncb_image_contents(), which it asks where @path is not compressed with xz. */
char *ncb_packed_contents(const char *path, size_t *size);
/*
 * What is asked of that file from here on is unpacked once; NULL: of none. The name stays
 * the caller's.
 */
void ncb_packed_hold(const char *path);

#endif /* NCB_MEMORY_PACKED_H */
