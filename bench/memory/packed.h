/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NCB_MEMORY_PACKED_H
#define NCB_MEMORY_PACKED_H

#include <stddef.h>

/* As ncb_image_contents(), which it asks where @path is not compressed with xz. */
char *ncb_packed_contents(const char *path, size_t *size);

#endif /* NCB_MEMORY_PACKED_H */
