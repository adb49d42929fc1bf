// SPDX-License-Identifier: GPL-2.0-only
/*
 * Types from BTF. libbpf finds its way through the file; that the types fit together is
 * checked here: libbpf 1.1 takes indices, bit fields and sizes as they come.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <byteswap.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "packed.h"
#include "types.h"

/* Typedefs, const, volatile ... in a row; real kernels have 6. */
#define CHAIN_MAX	64

/* -- where it is in a file -- */

/* A stretch of the file that was read. */
struct stretch {
	const char *data;
	size_t size;
};

static bool is_elf(const char *data, size_t size)
{
	return size >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG);
}

static bool is_btf(const char *data, size_t size)
{
	uint16_t magic;

	if (size < sizeof(struct btf_header))
		return false;
	memcpy(&magic, data, sizeof(magic));
	return magic == BTF_MAGIC || magic == bswap_16(BTF_MAGIC);
}

/* A section by name; -ENODATA where there is none. */
static int find_section(Elf *elf, const char *name, struct stretch *found)
{
	Elf_Scn *scn = NULL;
	size_t names;
	GElf_Shdr header;
	const char *s;
	Elf_Data *data;

	if (elf_getshdrstrndx(elf, &names))
		return -EBADMSG;
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &header))
			return -EBADMSG;
		s = elf_strptr(elf, names, header.sh_name);
		if (!s || strcmp(s, name))
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return -EBADMSG;
		*found = (struct stretch){ data->d_buf, data->d_size };
		return 0;
	}
	return -ENODATA;
}

/* The .BTF section of an ELF file; it stays valid until elf_end(). */
static int find_in_elf(Elf *elf, const char *path, struct stretch *found)
{
	struct stretch base;
	int err;

	/* What of the kernel such a module knows is names and sizes, no members. */
	if (find_section(elf, ".BTF.base", &base) == 0) {
		ncb_error("the BTF of %s is made for any kernel and does not say what the kernel's structs hold; build the module within a kernel tree",
			  path);
		return -EOPNOTSUPP;
	}
	err = find_section(elf, ".BTF", found);
	if (err == -ENODATA)
		ncb_error("%s has no BTF: it was built without CONFIG_DEBUG_INFO_BTF; give a file that has it",
			  path);
	else if (err)
		ncb_error("%s is a damaged ELF file: %s; give another one", path, elf_errmsg(-1));
	return err;
}

/*
 * The BTF of an Image as arm64 boots it: no sections, but what is loaded is there as a
 * whole. Other BTF may be in it, of programs that the kernel brings along; the kernel's
 * is the largest.
 */
static int find_in_image(const char *data, size_t size, const char *path, struct stretch *found)
{
	static const struct btf_header start = { .magic = BTF_MAGIC, .version = BTF_VERSION,
						 .hdr_len = sizeof(start) };
	const size_t fixed = offsetof(struct btf_header, type_off);
	const char *at = data, *end = data + size;
	struct btf_header h;

	found->size = 0;
	while ((at = memmem(at, end - at, &start, fixed))) {
		if ((size_t)(end - at) < sizeof(h))
			break;
		memcpy(&h, at, sizeof(h));
		if (!h.type_off && h.str_off == h.type_len &&
		    (uint64_t)h.type_len + h.str_len <= (size_t)(end - at) - sizeof(h) &&
		    sizeof(h) + h.type_len + h.str_len > found->size)
			*found = (struct stretch){ at, sizeof(h) + h.type_len + h.str_len };
		at += fixed;
	}
	if (found->size)
		return 0;
	ncb_error("no BTF in %s: it is no kernel, no module and no BTF, or it was built without CONFIG_DEBUG_INFO_BTF; give a file that has it",
		  path);
	return -ENODATA;
}

/**
 * ncb_btf_split - BTF of a module
 * @data: the section
 * @size: bytes of it
 * @base: BTF of its kernel
 *
 * libbpf 1.1 declares btf__new_split(), but a program cannot link with it.
 *
 * Return: to be given back with btf__free(), or NULL with errno.
 */
struct btf *ncb_btf_split(const void *data, size_t size, struct btf *base)
{
	int fd = memfd_create("btf", MFD_CLOEXEC);
	struct btf *btf = NULL;
	char *path;

	if (fd < 0)
		return NULL;
	path = ncb_format("/proc/self/fd/%d", fd);
	/* A file in memory takes all or nothing. */
	if (write(fd, data, size) == (ssize_t)size)
		btf = btf__parse_raw_split(path, base);
	free(path);
	close(fd);
	return btf;
}

/* Has libbpf look at it, which takes a copy. */
static int open_stretch(struct stretch s, const char *path, struct btf *base, struct btf **btf)
{
	int err;

	if (s.size > UINT32_MAX || !is_btf(s.data, s.size)) {
		ncb_error("the BTF of %s is damaged: it does not begin as BTF does; read it from another file",
			  path);
		return -EBADMSG;
	}
	*btf = base ? ncb_btf_split(s.data, s.size, base) : btf__new(s.data, s.size);
	if (*btf)
		return 0;
	err = -errno;
	ncb_error("the BTF of %s is damaged, or newer than libbpf %s: %s; read it from another file, or update libbpf",
		  path, libbpf_version_string(), strerror(-err));
	return err == -ENOMEM ? err : -EBADMSG;
}

/*
 * A file, in memory or, where it is an ELF file as it is, mapped: with DWARF it may have
 * a GiB.
 */
struct input {
	int fd;
	char *data;
	size_t size;
	Elf *elf;
};

static int open_input(const char *path, struct input *in)
{
	char magic[SELFMAG] = "";

	*in = (struct input){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	elf_version(EV_CURRENT);
	if (in->fd >= 0 && pread(in->fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	    is_elf(magic, sizeof(magic))) {
		in->elf = elf_begin(in->fd, ELF_C_READ_MMAP, NULL);
	} else {
		in->data = ncb_packed_contents(path, &in->size);
		if (!in->data)
			return -errno;
		if (!is_elf(in->data, in->size))
			return 0;
		in->elf = elf_memory(in->data, in->size);
	}
	if (in->elf)
		return 0;
	ncb_error("%s is a damaged ELF file: %s; give another one", path, elf_errmsg(-1));
	return -EBADMSG;
}

static void close_input(struct input *in)
{
	elf_end(in->elf);
	free(in->data);
	if (in->fd >= 0)
		close(in->fd);
}

static int open_btf(const char *path, struct btf *base, struct btf **btf)
{
	struct stretch s = { 0 };
	struct input in;
	int err = open_input(path, &in);

	if (err)
		goto out;
	if (in.elf)
		err = find_in_elf(in.elf, path, &s);
	else if (is_btf(in.data, in.size))
		s = (struct stretch){ in.data, in.size };
	else
		err = find_in_image(in.data, in.size, path, &s);
	if (!err)
		err = open_stretch(s, path, base, btf);
out:
	close_input(&in);
	return err;
}

/* -- into types -- */

/*
 * @index: of each type of BTF in @t; NCB_NO_TYPE: not asked for yet
 * @id, @ids, @room: the other way
 */
struct reader {
	const char *path;
	const struct btf *btf;
	uint32_t count;
	struct ncb_types *t;
	uint32_t *index;
	uint32_t *id;
	uint32_t ids, room;
	uint32_t pointer;
};

static int refuse(const struct reader *r, uint32_t id, const char *what)
{
	ncb_error("the BTF of %s is damaged: type %u %s; read it from another file, and a module with the kernel that it was built for",
		  r->path, id, what);
	return -EBADMSG;
}

static bool is_qualifier(const struct btf_type *type)
{
	return btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type);
}

/* A type of BTF without typedefs and qualifiers, as index of ours. */
static int use(struct reader *r, uint32_t user, uint32_t id, uint32_t *index)
{
	const struct btf_type *type;
	unsigned int n;

	for (n = 0; ; n++) {
		type = btf__type_by_id(r->btf, id);
		if (!type)
			return refuse(r, user, "is of a type that there is not");
		if (!is_qualifier(type))
			break;
		if (n == CHAIN_MAX)
			return refuse(r, user, "is a loop of typedefs");
		id = type->type;
	}
	/* One stands for all pointers: there are tens of thousands. */
	if (btf_is_ptr(type) && r->pointer)
		id = r->pointer;
	else if (btf_is_ptr(type))
		r->pointer = id;
	if (r->index[id] == NCB_NO_TYPE) {
		if (r->ids == r->room) {
			r->room = r->room ? 2 * r->room : 1024;
			r->id = ncb_grow(r->id, r->room, sizeof(*r->id));
		}
		r->index[id] = r->ids;
		r->id[r->ids++] = id;
	}
	*index = r->index[id];
	return 0;
}

static int read_name(const struct reader *r, uint32_t id, uint32_t offset, const char **name)
{
	const char *c;

	*name = btf__str_by_offset(r->btf, offset);
	if (!*name)
		return refuse(r, id, "has a name that there is not");
	for (c = *name; *c; c++)
		if (*c <= ' ' || *c > '~')
			return refuse(r, id, "has a name that is none");
	return 0;
}

/* Before compilers said so of the member, the type did. */
static void read_old_bit_field(const struct reader *r, uint32_t id, struct ncb_member *m)
{
	const struct btf_type *type = btf__type_by_id(r->btf, id);

	if (!btf_is_int(type) || btf_int_bits(type) == type->size * 8)
		return;
	m->bits = btf_int_bits(type);
	m->bit += btf_int_offset(type);
}

static int read_member(struct reader *r, uint32_t id, const struct btf_type *type, uint32_t i,
		       struct ncb_member *m)
{
	const struct btf_member *from = &btf_members(type)[i];
	int err = read_name(r, id, from->name_off, &m->name);

	if (!err)
		err = use(r, id, from->type, &m->type);
	if (err)
		return err;
	m->bit = btf_member_bit_offset(type, i);
	if (btf_kflag(type))
		m->bits = btf_member_bitfield_size(type, i);
	else
		read_old_bit_field(r, r->id[m->type], m);
	return 0;
}

static int read_composite(struct reader *r, uint32_t id, const struct btf_type *type,
			  struct ncb_type *to)
{
	uint32_t i;
	int err;

	to->kind = btf_is_union(type) ? NCB_TYPE_UNION : NCB_TYPE_STRUCT;
	to->size = type->size;
	to->members = btf_vlen(type);
	to->member = ncb_alloc(to->members, sizeof(*to->member));
	for (i = 0; i < to->members; i++) {
		err = read_member(r, id, type, i, &to->member[i]);
		if (err)
			return err;
	}
	return 0;
}

static int read_type(struct reader *r, uint32_t id, struct ncb_type *to)
{
	const struct btf_type *type = btf__type_by_id(r->btf, id);
	int err = 0;

	to->name = "";
	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		err = read_name(r, id, type->name_off, &to->name);
		return err ? err : read_composite(r, id, type, to);
	case BTF_KIND_FWD:
		to->kind = btf_kflag(type) ? NCB_TYPE_UNION : NCB_TYPE_STRUCT;
		return read_name(r, id, type->name_off, &to->name);
	case BTF_KIND_ARRAY:
		to->kind = NCB_TYPE_ARRAY;
		to->count = btf_array(type)->nelems;
		return use(r, id, btf_array(type)->type, &to->element);
	case BTF_KIND_PTR:
		to->size = r->t->pointer;
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		to->size = type->size;
		return 0;
	case BTF_KIND_UNKN:	/* void, behind a qualifier */
		return 0;
	default:
		return refuse(r, id, "is no type of data, and part of one");
	}
}

/* All structs from @first on, and what they are made of. */
static int read_types(struct reader *r, uint32_t first)
{
	struct ncb_types *t = r->t;
	uint32_t id, unused, room = 0;
	int err = 0;

	for (id = first; id < r->count && !err; id++)
		if (btf_is_composite(btf__type_by_id(r->btf, id)))
			err = use(r, id, id, &unused);
	t->own = first > 1 ? r->ids : 0;
	/* Grows while it is read. */
	for (; t->types < r->ids && !err; t->types++) {
		if (t->types == room) {
			room = r->room;
			t->type = ncb_grow(t->type, room, sizeof(*t->type));
		}
		memset(&t->type[t->types], 0, sizeof(*t->type));
		err = read_type(r, r->id[t->types], &t->type[t->types]);
	}
	return err ? err : ncb_types_check(t, r->path);
}

static void free_btf(void *btf)
{
	btf__free(btf);
}

/**
 * ncb_types_from_btf - the structs of a kernel or module, and what they are made of
 * @path: raw BTF, an ELF file, or a kernel image as it is booted; compressed or not
 * @base: types of the kernel, where it is a module's; it has to stay. Else NULL
 * @t: gets them, to be given back with ncb_types_free()
 *
 * Of @base, what the module's structs are made of is there once more.
 *
 * Return: 0, -ENODATA where there is no BTF, or -errno; with a message.
 */
int ncb_types_from_btf(const char *path, const struct ncb_types *base, struct ncb_types *t)
{
	struct btf *btf = NULL, *base_btf = base ? base->strings : NULL;
	struct reader r = { .path = path, .t = t };
	int err;

	memset(t, 0, sizeof(*t));
	/* It would say everything on stderr. */
	libbpf_set_print(NULL);
	err = open_btf(path, base_btf, &btf);
	if (err)
		return err;
	t->source = "BTF";
	t->pointer = btf__pointer_size(btf) ? btf__pointer_size(btf) : sizeof(void *);
	t->strings = btf;
	t->free_strings = free_btf;
	r.btf = btf;
	r.count = btf__type_cnt(btf);
	r.index = ncb_alloc(r.count, sizeof(*r.index));
	memset(r.index, 0xff, r.count * sizeof(*r.index));
	err = read_types(&r, base_btf ? btf__type_cnt(base_btf) : 1);
	free(r.index);
	free(r.id);
	if (err)
		ncb_types_free(t);
	return err;
}
