// SPDX-License-Identifier: GPL-2.0-only
/* Static blocks and heads of images, from whatever of them tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include "census.h"
#include "packed.h"

/** ncb_census_add - one more variable */
void ncb_census_add(struct ncb_census *c, const struct ncb_census_item *item)
{
	struct ncb_census_item *copy;

	if (c->items == c->room) {
		c->room = c->room ? 2 * c->room : 256;
		c->item = ncb_grow(c->item, c->room, sizeof(*c->item));
	}
	copy = &c->item[c->items++];
	*copy = *item;
	copy->name = ncb_names_add(&c->names, item->name);
	copy->unit = item->unit ? ncb_names_add(&c->names, item->unit) : NULL;
	copy->section = ncb_names_add(&c->names, item->section);
	c->count[item->part][item->by] += item->count;
	if (!strncmp(item->section, ".bss", strlen(".bss")))
		c->bss[item->part] += item->count;
}

/** ncb_census_free - give it back */
void ncb_census_free(struct ncb_census *c)
{
	free(c->item);
	ncb_names_free(&c->names);
	memset(c, 0, sizeof(*c));
}

/** ncb_census_head - whether a symbol that two images differ in is a head */
enum ncb_part ncb_census_head(const struct ncb_census *c, const char *name)
{
	size_t n = strlen(name);
	uint32_t i;

	for (i = 0; i < c->items; i++) {
		const struct ncb_census_item *item = &c->item[i];

		if (item->part != NCB_PART_BLOCK && !strncmp(item->name, name, n) &&
		    (!item->name[n] || item->name[n] == '.'))
			return item->part;
	}
	return NCB_PARTS;
}

/* -- by debug information -- */

static int by_dwarf(struct ncb_census *c, const char *path, const char *image)
{
	struct ncb_design d;
	struct ncb_types t;
	struct ncb_held *held;
	uint32_t i, part;
	int err = ncb_types_from_dwarf(path, &t);

	if (err)
		return err;
	if (ncb_design_find(&t, &d)) {
		/* Else it has nothing to do with notifiers, and may not even know the type. */
		if (t.variables) {
			ncb_error("%s has %s, but blocks and heads of no design that is known", path,
				  t.variable[0].name);
			err = -ENODATA;
		}
		goto out;
	}
	held = ncb_held(&t, &d);
	for (i = 0; i < t.variables; i++) {
		const struct ncb_variable *v = &t.variable[i];
		const uint64_t *count = held[v->type].count;

		for (part = 0; part < NCB_PARTS; part++)
			if (count[part])
				ncb_census_add(c, &(struct ncb_census_item) {
					image, v->name, v->unit, v->section, part,
					count[part], NCB_BY_DWARF });
	}
	free(held);
	ncb_design_free(&d);
out:
	ncb_types_free(&t);
	return err;
}

/* -- images -- */

/**
 * ncb_census_kernel - add what a kernel has
 * @c: gets it
 * @path: a vmlinux or module, packed or not
 * @map: its System.map, for where it has no symbols; or NULL
 * @kernel: types of its kernel, for images without debug information; or NULL
 *
 * Return: 0 or -errno with a message; then it is counted as failed.
 */
int ncb_census_kernel(struct ncb_census *c, const char *path, const char *map,
		      const struct ncb_types *kernel)
{
	const char *slash = strrchr(path, '/');
	const char *image = ncb_names_add(&c->names, slash ? slash + 1 : path);
	struct ncb_elf e;
	int err = ncb_elf_open(path, &e);
	bool dwarf = !err && ncb_elf_has_dwarf(&e), mapped;

	if (!err && !dwarf && map && !e.symbols && e.header.e_type != ET_REL)
		err = ncb_elf_map(&e, map);
	if (!err && !dwarf)
		err = ncb_census_by_shape(c, &e, image, kernel);
	mapped = e.mapped;
	ncb_elf_close(&e);
	if (dwarf)
		err = by_dwarf(c, path, image);
	if (err) {
		c->failed++;
		return err;
	}
	c->images++;
	c->by_shape += !dwarf;
	c->by_map += mapped;
	return 0;
}

/** ncb_census_image - the same of what brings its symbols along, as modules do */
int ncb_census_image(struct ncb_census *c, const char *path, const struct ncb_types *kernel)
{
	return ncb_census_kernel(c, path, NULL, kernel);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/**
 * ncb_census_folder - add what the modules of a folder have
 * @c: gets it
 * @folder: it and those below
 * @kernel: as above
 *
 * What is no module that can be read is counted as failed, with a message, and no more.
 *
 * Return: 0; -ENOENT where none could be read; or -errno; with a message.
 */
int ncb_census_folder(struct ncb_census *c, const char *folder, const struct ncb_types *kernel)
{
	char *path = ncb_copy(folder), *const paths[] = { path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	uint32_t before = c->images;
	int err = -errno;
	FTSENT *entry;

	while (tree && (entry = fts_read(tree)) && !ncb_interrupted)
		if (entry->fts_info == FTS_F && ncb_is_module(entry->fts_name))
			ncb_census_image(c, entry->fts_path, kernel);
	if (tree) {
		err = ncb_interrupted ? -EINTR : c->images == before ? -ENOENT : 0;
		fts_close(tree);
	}
	if (err)
		ncb_error("cannot look through the modules of %s: %s", folder,
			  err == -ENOENT ? "there is none that can be read" : strerror(-err));
	free(path);
	return err;
}
