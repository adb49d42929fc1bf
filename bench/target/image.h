/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel images: is a file one, what does it say of itself, and what of it is booted. */
#ifndef NCB_IMAGE_H
#define NCB_IMAGE_H

#include "../ncbench.h"

/**
 * struct ncb_image - what a kernel image is; strings malloc'd
 * @release: that it was built as, or NULL where it does not say
 * @boot: what is given to QEMU: the file, or an unpacked copy of it in the cache
 * @direct: @boot is uncompressed
 */
struct ncb_image {
	char *release;
	char *boot;
	bool direct;
};

/* Each: 0; -EINVAL with a message where the file is no such kernel; -errno with a message. */
int ncb_image_x86(const char *path, struct ncb_image *image);
int ncb_image_arm64(const char *path, struct ncb_image *image);
int ncb_image_module(const char *path, const char *to);
char *ncb_image_contents(const char *path, size_t *size);
void ncb_image_free(struct ncb_image *image);

#endif /* NCB_IMAGE_H */
