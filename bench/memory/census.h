/* SPDX-License-Identifier: GPL-2.0-only */
/* Notifier blocks and heads that are there from the start: static ones of images. */
#ifndef NCB_MEMORY_CENSUS_H
#define NCB_MEMORY_CENSUS_H

#include "elffile.h"
#include "layout.h"
#include "names.h"

/* How it is known that something is a block or head. */
enum ncb_evidence {
	NCB_BY_SHAPE,		/* it looks like one, and nothing says that it is another thing */
	NCB_BY_CALLBACK,	/* and BTF says that the function it names is a notifier's */
	NCB_BY_DWARF,		/* debug information says so: exact */
	NCB_EVIDENCES,
};

/**
 * struct ncb_census_item - a static variable that is or holds some
 * @image: file that it is in
 * @name: of it
 * @unit: its source file; NULL: not known
 * @section: of the image
 * @part: what it holds; one that holds several kinds has an item for each
 * @count: how many of them
 * @by: how that is known
 */
struct ncb_census_item {
	const char *image, *name, *unit, *section;
	enum ncb_part part;
	uint64_t count;
	enum ncb_evidence by;
};

/**
 * struct ncb_census - of one image or many; all zero at first
 * @item, @items: what was found
 * @count: of each part, by how that is known
 * @bss: of them, those in .bss: heads of the other design are in .data
 * @images: that were looked at
 * @by_shape: of them, those without debug information. A head that is all zero has no
 * shape: raw and atomic ones of these are not counted at all.
 * @by_map: of these, those whose symbols a System.map has: no head is counted
 * @failed: that could not be read, with a message each
 * @names: where names are
 */
struct ncb_census {
	struct ncb_census_item *item;
	uint32_t items, room;
	uint64_t count[NCB_PARTS][NCB_EVIDENCES], bss[NCB_PARTS];
	uint32_t images, by_shape, by_map, failed;
	struct ncb_names names;
};

/*
 * Adds an image: a vmlinux or module, packed or not. From its debug information where it
 * has some, else by shape; how large blocks and heads are @kernel says then, the types of
 * the kernel that it is of or is for. 0 or -errno with a message.
 */
int ncb_census_image(struct ncb_census *c, const char *path, const struct ncb_types *kernel);
/* Likewise, with the System.map of a kernel that is packaged without symbols. */
int ncb_census_kernel(struct ncb_census *c, const char *path, const char *map,
		      const struct ncb_types *kernel);
/* Adds all modules of a folder and those below. -ENOENT: there is none; likewise. */
int ncb_census_folder(struct ncb_census *c, const char *folder, const struct ncb_types *kernel);
void ncb_census_free(struct ncb_census *c);
/* What head a variable of that name is, less what compilers number it with; NCB_PARTS: none. */
enum ncb_part ncb_census_head(const struct ncb_census *c, const char *name);

/* For who finds some. Strings are copied but @image. */
void ncb_census_add(struct ncb_census *c, const struct ncb_census_item *item);

/* -- shape.c: adds what looks like one, of a file without debug information -- */
int ncb_census_by_shape(struct ncb_census *c, const struct ncb_elf *e, const char *image,
			const struct ncb_types *kernel);

/* -- callbacks.c -- */

/**
 * struct ncb_callbacks - what BTF says of the functions of an image
 * @function, @functions: all, sorted by name
 * @btf: where the names are; NULL: in the kernel's
 */
struct ncb_callbacks {
	struct ncb_callback {
		const char *name;
		bool fits;		/* takes what a notifier is called with */
	} *function;
	size_t functions;
	struct btf *btf;
};

void ncb_callbacks_read(struct ncb_callbacks *f, const struct ncb_elf *e,
			const struct ncb_types *kernel);
/* Of what runs: @path is raw BTF of a module, or NULL. */
void ncb_callbacks_running(struct ncb_callbacks *f, const char *path,
			   const struct ncb_types *kernel);
/* NULL: BTF does not tell of it. */
const struct ncb_callback *ncb_callbacks_find(const struct ncb_callbacks *f, const char *name);
void ncb_callbacks_free(struct ncb_callbacks *f);

#endif /* NCB_MEMORY_CENSUS_H */
