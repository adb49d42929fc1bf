/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing an initramfs: the kernel's "newc" archive, uncompressed. Written
 * here, because the one library for it would come along into every guest (the
 * guest runs this same program) with 40 MB of libraries of its own.
 */
#ifndef NCB_INITRAMFS_H
#define NCB_INITRAMFS_H

#include "../ncbench.h"

/**
 * struct ncb_initramfs - an archive being written
 * @file: written to
 * @path: its name
 * @made: names in it so far, @made_count of them
 * @err: first error, -errno; everything after it does nothing
 * @said: there was a message about it
 */
struct ncb_initramfs {
	FILE *file;
	char *path;
	char **made;
	size_t made_count;
	int err;
	bool said;
};

void ncb_initramfs_begin(struct ncb_initramfs *a, const char *path);
void ncb_initramfs_dir(struct ncb_initramfs *a, const char *name);
void ncb_initramfs_console(struct ncb_initramfs *a);
void ncb_initramfs_data(struct ncb_initramfs *a, const char *name, const void *data, size_t size);
void ncb_initramfs_file(struct ncb_initramfs *a, const char *name, const char *path);
void ncb_initramfs_program(struct ncb_initramfs *a, const char *name, const char *path,
			   const char *scratch);
void ncb_initramfs_foreign(struct ncb_initramfs *a, const char *name, const char *path,
			   uint16_t machine, const char *strip, const char *scratch);
int ncb_initramfs_end(struct ncb_initramfs *a);

#endif /* NCB_INITRAMFS_H */
