/* SPDX-License-Identifier: GPL-2.0-only */
/* For bench/kbuild/ only: a build being made. */
#ifndef NCB_KBUILD_MAKE_H
#define NCB_KBUILD_MAKE_H

#include "kbuild.h"

/**
 * struct ncb_making - a build and its folder
 * @source: of the kernel
 * @flavour: how
 * @folder: in the cache; out/ below it is make's, link-N/ hold images
 * @out: that one
 * @log: what make and the compiler say
 * @tree: the source checked out, or NULL
 * @config: the options that were asked for, as text
 */
struct ncb_making {
	const struct ncb_source *source;
	const struct ncb_flavour *flavour;
	char *folder, *out, *log, *tree, *config;
};

int ncb_make(const struct ncb_making *m, const char *const *targets, const char *what,
	     unsigned int lines);
int ncb_make_script(const struct ncb_making *m, const char *script, const char *const *args);
char *ncb_make_tool(const struct ncb_flavour *f, const char *tool);
bool ncb_make_cross(const struct ncb_flavour *f);
unsigned int ncb_make_lines(const char *log);
int ncb_make_failed(const struct ncb_making *m, const char *what);

/* -- layout.c -- */
#define NCB_LAYOUT_RULES	1	/* counts changes of what layouts are */
char *ncb_layout_words(unsigned int n);
char *ncb_layout_image(const char *folder, unsigned int n);
int ncb_layout_keep(const struct ncb_making *m, unsigned int n);
int ncb_layout_link(const struct ncb_making *m, unsigned int n);
int ncb_layout_restore(const struct ncb_making *m);

#endif /* NCB_KBUILD_MAKE_H */
