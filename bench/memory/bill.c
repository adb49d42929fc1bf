// SPDX-License-Identifier: GPL-2.0-only
/* The whole bill: types, images, census and chains put together. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bill.h"

/**
 * struct files - what was read
 * @base, @types, @against: types; of the base, the file, and the other kernel
 * @split: BTF of the file, which that of modules is based on, where @types is DWARF
 * @image: path of the image; NULL: there is none, and @no_image says why
 * @census: of @image
 * @modules: census of the modules
 * @counted: they were looked through, as their types were
 */
struct files {
	const struct ncb_bill *b;
	struct ncb_types base, types, split, against;
	const char *image, *no_image;
	struct ncb_census census, modules;
	bool counted;
};

#define BTF_ALONE	"BTF alone was given, no image"
#define BARE_IMAGE	"the image is no ELF file (arm64's are packed bare): it has neither sections nor symbols"
#define OTHER_IMAGE	"the image that goes by this kernel's name holds the BTF of another build, or none"

static json_t *none(const char *why)
{
	return json_pack("{ss}", "reason", why);
}

/* -- images and what is static in them -- */

/* NULL: there is one, with sections. */
static const char *no_image(const char *path)
{
	if (ncb_is_raw_btf(path))
		return BTF_ALONE;
	return ncb_is_elf(path) ? NULL : BARE_IMAGE;
}

static json_t *image_json(const char *path, const char *why)
{
	struct ncb_sizes s;
	json_t *json;

	if (!path)
		return none(why);
	if (ncb_sizes_read(path, &s))
		return none("its sections cannot be read");
	json = ncb_sizes_json(&s);
	ncb_sizes_free(&s);
	return json;
}

static const struct ncb_types *kernel_types(const struct files *f)
{
	return f->b->base ? &f->base : &f->types;
}

static json_t *modules_json(struct files *f, const json_t *parts)
{
	int err = 0;

	if (!f->b->modules)
		return none("no folder of modules was given");
	if (!f->counted)
		err = ncb_census_folder(&f->modules, f->b->modules, kernel_types(f));
	return err || !f->modules.images ? none("they cannot be read") :
					   ncb_census_json(&f->modules, parts);
}

static json_t *census_json(struct files *f, const json_t *parts)
{
	json_t *image;

	if (!f->image)
		image = none(f->no_image);
	else if (ncb_census_kernel(&f->census, f->image, f->b->map, kernel_types(f)))
		image = none("the image has neither symbols nor debug information, and no System.map was "
			     "given that tells of them");
	else
		image = ncb_census_json(&f->census, parts);
	return json_pack("{so so}", "image", image, "modules", modules_json(f, parts));
}

/* -- another image -- */

/* @why: the other has no image; or NULL. */
static json_t *diff_json(const struct files *f, const char *against, const char *why)
{
	struct ncb_sizes old = { 0 }, changed = { 0 };
	struct ncb_sizes_diff d;
	json_t *json;

	if (!f->image)
		return none(f->no_image);
	if (why)
		return none(why);
	if (ncb_sizes_read(f->image, &old))
		return none("sections of the first image cannot be read");
	if (ncb_sizes_read(against, &changed)) {
		ncb_sizes_free(&old);
		return none("sections of the second image cannot be read");
	}
	ncb_sizes_compare(&old, &changed, &d);
	json = ncb_sizes_diff_json(&d, &f->census, old.has_symbols && changed.has_symbols);
	json_object_set_new(json, "reason", json_string(""));
	ncb_sizes_diff_free(&d);
	ncb_sizes_free(&changed);
	ncb_sizes_free(&old);
	return json;
}

static json_t *against_json(const struct files *f)
{
	const char *against = f->b->against, *why;
	json_t *name;

	if (!against)
		return json_null();
	why = no_image(against);
	name = json_string(against);
	return json_pack("{so so so}", "file", name ? name : json_string("(unreadable)"),
			 "image", image_json(why ? NULL : against, why),
			 "changes", diff_json(f, against, why));
}

/* -- all of it -- */

static int read_split(struct files *f)
{
	int err;

	if (!f->b->modules || strcmp(f->types.source, "DWARF"))
		return 0;
	err = ncb_types_from_btf(f->b->file, NULL, &f->split);
	return err == -ENODATA ? 0 : err;
}

/*
 * A file that is named after the running kernel may be of another build of the same release, as
 * after 'make install' without a reboot: its BTF has to be the running kernel's to the byte.
 */
static bool is_image_of(const char *image, const char *btf)
{
	size_t size = 0, i;
	char *want = ncb_read_file(btf, &size);
	bool same = false;
	struct ncb_elf e;

	if (!want || ncb_elf_open(image, &e)) {
		free(want);
		return false;
	}
	for (i = 1; i < e.sections && !same; i++) {
		const struct ncb_elf_section *s = &e.section[i];
		Elf_Data *data = strcmp(s->name, ".BTF") ? NULL :
				 elf_rawdata(elf_getscn(e.elf, i), NULL);

		same = data && data->d_size == size && !memcmp(data->d_buf, want, size);
	}
	ncb_elf_close(&e);
	free(want);
	return same;
}

static int read_files(struct files *f)
{
	const struct ncb_bill *b = f->b;
	int err = b->base ? ncb_types_from_btf(b->base, NULL, &f->base) : 0;

	if (!err)
		err = ncb_types_from_file(b->file, b->base ? &f->base : NULL, &f->types);
	if (!err)
		err = read_split(f);
	if (!err && b->against)
		err = ncb_types_from_file(b->against, b->base ? &f->base : NULL, &f->against);
	f->image = b->image ? b->image : b->file;
	f->no_image = no_image(f->image);
	if (f->no_image)
		f->image = NULL;
	if (!err && f->image && b->image && ncb_is_raw_btf(b->file) && !is_image_of(b->image, b->file)) {
		f->image = NULL;
		f->no_image = OTHER_IMAGE;
	}
	return err;
}

/* Only a kernel of the other design can be as computed. */
static bool is_other_design(const struct ncb_types *a, const struct ncb_types *b)
{
	struct ncb_design x, y;
	bool other;

	if (ncb_design_find(a, &x))
		return false;
	other = !ncb_design_find(b, &y);
	if (other) {
		other = x.doubly != y.doubly;
		ncb_design_free(&y);
	}
	ncb_design_free(&x);
	return other;
}

static void count_module(void *data, const char *path)
{
	struct files *f = data;

	ncb_census_image(&f->modules, path, kernel_types(f));
}

/* Types and census in one go: unpacking thousands of modules takes longer than all else. */
static int add_modules(struct files *f, json_t *json)
{
	const struct ncb_types *kernel = f->split.types ? &f->split : &f->types;

	if (!f->b->modules)
		return 0;
	if (strcmp(kernel->source, "BTF")) {
		json_object_set_new(json, "modules", none("the kernel has no BTF, which theirs is based on"));
		return 0;
	}
	f->counted = json_object_get(json, "structs");
	return ncb_types_add_modules(json, f->b->modules, kernel, false, count_module, f);
}

static json_t *bill(struct files *f, int *err)
{
	bool other = f->b->against && is_other_design(&f->types, &f->against);
	json_t *json = ncb_types_json(&(struct ncb_types_question) {
		.file = f->b->file, .types = &f->types, .patched = other ? &f->against : NULL });
	const json_t *parts = json_object_get(json, "parts");

	*err = add_modules(f, json);
	if (*err) {
		json_decref(json);
		return NULL;
	}
	json_object_set_new(json, "image", image_json(f->image, f->no_image));
	json_object_set_new(json, "census", census_json(f, parts));
	json_object_set_new(json, "chains", ncb_chains_json(parts, json_object_get(json, "structs")));
	json_object_set_new(json, "against", against_json(f));
	if (!ncb_interrupted)
		return json;
	json_decref(json);
	*err = -EINTR;
	return NULL;
}

/**
 * ncb_bill_json - what the list design costs a kernel in memory
 * @b: which kernel
 * @err: gets 0 or -errno, with a message
 *
 * What cannot be known from these files is null with a reason. -ENODATA: not even types.
 *
 * Return: an object, or NULL.
 */
json_t *ncb_bill_json(const struct ncb_bill *b, int *err)
{
	struct files f = { .b = b };
	json_t *json = NULL;

	*err = read_files(&f);
	if (!*err)
		json = bill(&f, err);
	ncb_census_free(&f.modules);
	ncb_census_free(&f.census);
	ncb_types_free(&f.against);
	ncb_types_free(&f.split);
	ncb_types_free(&f.types);
	ncb_types_free(&f.base);
	return json;
}
