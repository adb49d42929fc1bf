// SPDX-License-Identifier: GPL-2.0-only
/* Which functions of an image can be a notifier's callback, from BTF. */
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>
#include "census.h"

/* Qualifiers in a row. */
#define CHAIN_MAX	16

static bool is_pointer_to_block(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	const char *name;
	unsigned int n;

	if (!type || !btf_is_ptr(type))
		return false;
	type = btf__type_by_id(btf, type->type);
	for (n = 0; type && btf_is_mod(type) && n < CHAIN_MAX; n++)
		type = btf__type_by_id(btf, type->type);
	if (!type || (!btf_is_struct(type) && !btf_is_fwd(type)))
		return false;
	name = btf__name_by_offset(btf, type->name_off);
	return name && !strcmp(name, ncb_part_names[NCB_PART_BLOCK]);
}

/* (struct notifier_block *, unsigned long, void *) */
static bool fits(const struct btf *btf, const struct btf_type *function)
{
	const struct btf_type *type = btf__type_by_id(btf, function->type);

	return type && btf_is_func_proto(type) && btf_vlen(type) == 3 &&
	       is_pointer_to_block(btf, btf_params(type)[0].type);
}

static int by_name(const void *a, const void *b)
{
	const struct ncb_callback *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct btf *module_btf(const struct ncb_elf *e, struct btf *kernel)
{
	Elf_Data *data;
	size_t i;

	for (i = 1; i < e->sections; i++) {
		if (strcmp(e->section[i].name, ".BTF"))
			continue;
		data = elf_rawdata(elf_getscn(e->elf, i), NULL);
		return data && data->d_buf ? ncb_btf_split(data->d_buf, data->d_size, kernel) :
					     NULL;
	}
	return NULL;
}

/* From type @id on. */
static void collect(struct ncb_callbacks *f, const struct btf *btf, uint32_t id)
{
	uint32_t end = btf__type_cnt(btf);

	f->function = ncb_alloc(end - id + 1, sizeof(*f->function));
	for (; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_func(type))
			continue;
		name = btf__name_by_offset(btf, type->name_off);
		if (name)
			f->function[f->functions++] = (struct ncb_callback) {
				name, fits(btf, type) };
	}
	if (f->functions)
		qsort(f->function, f->functions, sizeof(*f->function), by_name);
}

static struct btf *kernel_btf(const struct ncb_types *kernel)
{
	return kernel && !strcmp(kernel->source, "BTF") ? kernel->strings : NULL;
}

/**
 * ncb_callbacks_read - what BTF says of the functions of an image
 * @f: gets it; nothing where there is no BTF, or none that fits the kernel's
 * @e: a module or, linked, the kernel itself
 * @kernel: types of its kernel
 */
void ncb_callbacks_read(struct ncb_callbacks *f, const struct ncb_elf *e,
			const struct ncb_types *kernel)
{
	struct btf *btf = kernel_btf(kernel);

	memset(f, 0, sizeof(*f));
	if (!btf)
		return;
	if (e->header.e_type != ET_REL) {
		collect(f, btf, 1);
		return;
	}
	f->btf = module_btf(e, btf);
	if (f->btf)
		collect(f, f->btf, btf__type_cnt(btf));
}

/**
 * ncb_callbacks_running - what BTF says of the functions of what runs
 * @f: gets it; nothing where there is no BTF, or none that fits the kernel's
 * @path: raw BTF of a module; NULL: the kernel itself
 * @kernel: types of the kernel
 */
void ncb_callbacks_running(struct ncb_callbacks *f, const char *path,
			   const struct ncb_types *kernel)
{
	struct btf *btf = kernel_btf(kernel);

	memset(f, 0, sizeof(*f));
	if (!btf)
		return;
	if (!path) {
		collect(f, btf, 1);
		return;
	}
	f->btf = btf__parse_raw_split(path, btf);
	if (f->btf)
		collect(f, f->btf, btf__type_cnt(btf));
}

/** ncb_callbacks_find - what BTF says of a function, or NULL */
const struct ncb_callback *ncb_callbacks_find(const struct ncb_callbacks *f, const char *name)
{
	struct ncb_callback wanted = { name, false };

	return f->functions ? bsearch(&wanted, f->function, f->functions, sizeof(wanted), by_name) :
			      NULL;
}

/** ncb_callbacks_free - give it back */
void ncb_callbacks_free(struct ncb_callbacks *f)
{
	free(f->function);
	btf__free(f->btf);
	memset(f, 0, sizeof(*f));
}
