// SPDX-License-Identifier: GPL-2.0-only
/* Types from wherever: what every reader of them has to check, and looking one up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "types.h"

/* Bytes of a type: bits of it still fit into 64. */
#define SIZE_MAX_BYTES	(1ull << 48)

/*
 * @height: of each, types that are nested in it; UNSEEN before it was looked at, OPEN
 * while its parts are
 */
struct check {
	struct ncb_types *t;
	const char *path;
	unsigned char *height;
};

enum { UNSEEN = 0, OPEN = 255 };

static const char *name_of(const struct ncb_type *type)
{
	return type->name && *type->name ? type->name : "(anonymous)";
}

static int refuse(const struct check *c, uint32_t index, const char *what)
{
	ncb_error("the types of %s are damaged: %s %s (type %u); read them from another file",
		  c->path, name_of(&c->t->type[index]), what, index);
	return -EBADMSG;
}

static int check_type(struct check *c, uint32_t index, unsigned int depth);

static int check_part(struct check *c, uint32_t whole, uint32_t part, unsigned int depth)
{
	if (part >= c->t->types)
		return refuse(c, whole, "has a part of a type that there is not");
	if (c->height[part] == OPEN)
		return refuse(c, whole, "holds itself");
	return c->height[part] == UNSEEN ? check_type(c, part, depth + 1) : 0;
}

static int check_members(struct check *c, uint32_t index, unsigned int depth, unsigned int *height)
{
	const struct ncb_type *type = &c->t->type[index];
	uint64_t bits = type->size * 8, sum = 0, width;
	uint32_t i;
	int err;

	for (i = 0; i < type->members; i++) {
		const struct ncb_member *m = &type->member[i];

		err = check_part(c, index, m->type, depth);
		if (err)
			return err;
		if (c->height[m->type] > *height)
			*height = c->height[m->type];
		width = m->bits ? m->bits : c->t->type[m->type].size * 8;
		if (m->bits > c->t->type[m->type].size * 8)
			return refuse(c, index, "has a bit field wider than its type");
		/* Only in a union is anything twice in the same place. */
		sum = type->kind == NCB_TYPE_UNION ? 0 : sum + width;
		if (width > bits || m->bit > bits - width || sum > bits)
			return refuse(c, index, "is smaller than its members");
	}
	return 0;
}

static int check_array(struct check *c, uint32_t index, unsigned int depth, unsigned int *height)
{
	struct ncb_type *type = &c->t->type[index];
	uint64_t element;
	int err = check_part(c, index, type->element, depth);

	if (err)
		return err;
	*height = c->height[type->element];
	element = c->t->type[type->element].size;
	if (element && type->count > SIZE_MAX_BYTES / element)
		return refuse(c, index, "is an array larger than any memory");
	type->size = type->count * element;
	return 0;
}

static int check_type(struct check *c, uint32_t index, unsigned int depth)
{
	const struct ncb_type *type = &c->t->type[index];
	unsigned int height = 0;
	int err = 0;

	if (depth > NCB_TYPES_DEPTH)
		return refuse(c, index, "is nested too deeply");
	if (type->size > SIZE_MAX_BYTES)
		return refuse(c, index, "is larger than any memory");
	c->height[index] = OPEN;
	if (type->kind == NCB_TYPE_ARRAY)
		err = check_array(c, index, depth, &height);
	else if (type->kind != NCB_TYPE_SCALAR)
		err = check_members(c, index, depth, &height);
	/* Its parts may have been looked at before it, each at no depth. */
	if (!err && height >= NCB_TYPES_DEPTH)
		return refuse(c, index, "is nested too deeply");
	c->height[index] = height + 1;
	return err;
}

/**
 * ncb_types_check - whether all that was read fits together; gives arrays their size
 * @t: the types
 * @path: of their file, for messages
 *
 * Afterwards a walk from a type into its parts ends, a part is never larger than the
 * whole, and sizes in bits fit into 64.
 *
 * Return: 0 or -EBADMSG with a message.
 */
int ncb_types_check(struct ncb_types *t, const char *path)
{
	struct check c = { t, path, ncb_alloc(t->types, 1) };
	uint32_t i;
	int err = 0;

	for (i = 0; i < t->types && !err; i++)
		if (c.height[i] == UNSEEN)
			err = check_type(&c, i, 0);
	free(c.height);
	return err;
}

/**
 * ncb_types_find - a struct by name
 * @t: the types
 * @name: of the struct
 *
 * Return: index of the first that is whole, or NCB_NO_TYPE.
 */
uint32_t ncb_types_find(const struct ncb_types *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->types; i++)
		if (t->type[i].kind == NCB_TYPE_STRUCT && t->type[i].size &&
		    !strcmp(t->type[i].name, name))
			return i;
	return NCB_NO_TYPE;
}

/** ncb_types_member - a member of a struct or union by name, or NULL */
const struct ncb_member *ncb_types_member(const struct ncb_type *type, const char *name)
{
	uint32_t i;

	for (i = 0; i < type->members; i++)
		if (!strcmp(type->member[i].name, name))
			return &type->member[i];
	return NULL;
}

/**
 * ncb_types_list - where a type has its first struct list_head
 * @t: types, checked
 * @index: the type
 * @bit: that is added to
 *
 * Return: false, and @bit as it was, where it has none.
 */
bool ncb_types_list(const struct ncb_types *t, uint32_t index, uint64_t *bit)
{
	const struct ncb_type *type = &t->type[index];
	uint32_t i;

	if (type->kind != NCB_TYPE_STRUCT && type->kind != NCB_TYPE_UNION)
		return false;
	if (!strcmp(type->name, "list_head"))
		return true;
	for (i = 0; i < type->members; i++) {
		if (ncb_types_list(t, type->member[i].type, bit)) {
			*bit += type->member[i].bit;
			return true;
		}
	}
	return false;
}

/** ncb_types_free - give back what a reader made */
void ncb_types_free(struct ncb_types *t)
{
	uint32_t i;

	for (i = 0; i < t->types; i++)
		free(t->type[i].member);
	free(t->type);
	free(t->variable);
	if (t->free_strings)
		t->free_strings(t->strings);
	memset(t, 0, sizeof(*t));
}
