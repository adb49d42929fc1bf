/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel sources, and kernels built from them: both cached by what they are made of. */
#ifndef NCB_KBUILD_H
#define NCB_KBUILD_H

#include <jansson.h>
#include "../ncbench.h"

/**
 * struct ncb_source - the source of a kernel; all strings malloc'd
 * @spec: what it was asked for with
 * @title: a few words for reports: "6.1.192 + dlist.patch"
 * @id: git's name of the tree object, 40 hex digits
 * @version: as its Makefile says: "6.1.192"
 * @objects: folder of the user's repository that has some of its objects, or NULL. They are
 *	ours only once the source is checked out
 */
struct ncb_source {
	char *spec, *title, *id, *version;
	char *objects;
};

int ncb_source_get(const char *spec, const char *tree, struct ncb_source *s);
void ncb_source_free(struct ncb_source *s);
int ncb_source_difference(const struct ncb_source *a, const struct ncb_source *b, json_t **out);
int ncb_source_checkout(const struct ncb_source *s, char **dir);

#define NCB_LINKS_DEFAULT	5u
#define NCB_LINKS_MAX		16u

/**
 * struct ncb_flavour - a way to build a kernel
 * @name: as in --flavour
 * @summary: one line
 * @make: variables for make, NULL-ended
 * @cross: what names of tools begin with where @uname is not this machine, or NULL: only there
 * @uname: of machines that build it with their own tools
 * @targets: of make, NULL-ended
 * @image: what is booted, in the build folder
 * @config: file of options, below the checkout's top
 * @required: options without which ncbench does not work in it, NULL-ended
 * @layouts: images are linked with other layouts of the notifier object
 * @objects: that make about compiles, where no earlier build tells
 * @seconds: that it takes about on two processors
 */
struct ncb_flavour {
	const char *name, *summary;
	const char *make[3];
	const char *cross, *uname;
	const char *targets[4];
	const char *image;
	const char *config;
	const char *required[28];
	bool layouts;
	unsigned int objects;
	double seconds;
};

extern const struct ncb_flavour ncb_flavours[];
extern const size_t ncb_flavour_count;
const struct ncb_flavour *ncb_flavour_find(const char *name);

/**
 * struct ncb_build - a kernel that was built; all strings malloc'd
 * @id: of its folder in the cache: the same source, flavour, options and compiler have the same
 * @dir: what modules are built against
 * @image: what is booted: @link[0]
 * @release: as `uname -r` says in it
 * @config: its configuration
 * @links: how many images there are
 * @link: the images
 * @layout: what is different in each, in words
 * @text, @data, @bss: of vmlinux, bytes
 * @file: size of vmlinux without what debuggers need
 * @seconds: that building took; 0: it was there
 */
struct ncb_build {
	char *id, *dir, *image, *release, *config;
	unsigned int links;
	char **link, **layout;
	uint64_t text, data, bss, file;
	double seconds;
};

bool ncb_build_cached(const struct ncb_source *s, const struct ncb_flavour *f, unsigned int links,
		      const char *extra_config);
double ncb_build_estimate(const struct ncb_source *s, const struct ncb_flavour *f,
			  unsigned int links, const char *extra_config);
int ncb_build_get(const struct ncb_source *s, const struct ncb_flavour *f, unsigned int links,
		  const char *extra_config, struct ncb_build *b);
void ncb_build_free(struct ncb_build *b);

#endif /* NCB_KBUILD_H */
