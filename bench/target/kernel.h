/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernels for guests: packaged ones, fetched into the checkout's cache, or given files. */
#ifndef NCB_KERNEL_H
#define NCB_KERNEL_H

#include "machine.h"

#define NCB_KERNEL_DEFAULT	"6.1"

/**
 * struct ncb_kernel - a kernel that a guest can boot; all strings malloc'd
 * @release: as `uname -r` says in it
 * @vmlinuz: the kernel as packaged or given
 * @boot: what is booted: @vmlinuz uncompressed, where that is possible, or @vmlinuz
 * @direct: @boot is uncompressed
 * @kdir: build folder for modules
 * @config: its configuration, or NULL
 * @root: folder in the cache where a packaged one is unpacked, or NULL
 */
struct ncb_kernel {
	char *release;
	char *vmlinuz;
	char *boot;
	bool direct;
	char *kdir;
	char *config;
	char *root;
};

int ncb_kernel_get(const struct ncb_machine *m, const char *spec, const char *headers,
		   struct ncb_kernel *k);
int ncb_kernel_modules(const struct ncb_machine *m, const struct ncb_kernel *k, char **dir);
void ncb_kernel_free(struct ncb_kernel *k);
int ncb_kernel_possible(const struct ncb_machine *m, const char *spec, const char *headers,
			char *why, size_t size);
bool ncb_kernel_complains(const char *line);

#endif /* NCB_KERNEL_H */
