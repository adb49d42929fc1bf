/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of a kernel or module as BTF or DWARF tell them, in one form: what is asked of
 * them does not know which it was. Typedefs and qualifiers are gone; what only points to
 * something is a scalar. Everything read is checked: an index is in range, sizes are
 * those of the file, a loop of types is refused.
 */
#ifndef NCB_MEMORY_TYPES_H
#define NCB_MEMORY_TYPES_H

#include "../ncbench.h"

#define NCB_NO_TYPE	UINT32_MAX

enum ncb_type_kind {
	NCB_TYPE_SCALAR,	/* number, enum, pointer, function: no parts */
	NCB_TYPE_STRUCT,
	NCB_TYPE_UNION,
	NCB_TYPE_ARRAY,
};

/**
 * struct ncb_member - of a struct or union
 * @name: "" where it has none
 * @type: index of its type
 * @bit: where it begins
 * @bits: of a bit field, else 0
 */
struct ncb_member {
	const char *name;
	uint32_t type;
	uint64_t bit;
	uint32_t bits;
};

/**
 * struct ncb_type - one of them
 * @kind: what it is
 * @name: of a struct or union; "" where it has none
 * @size: bytes; 0 also where the declaration is not whole
 * @align: bytes, where the source says (DWARF 5 of what the code aligned); else 0
 * @member, @members: of a struct or union, in the order of the source
 * @element, @count: of an array: type and number; 0: a flexible one
 */
struct ncb_type {
	enum ncb_type_kind kind;
	const char *name;
	uint64_t size;
	uint32_t align;
	struct ncb_member *member;
	uint32_t members;
	uint32_t element;
	uint64_t count;
};

/**
 * struct ncb_variable - something static, where the source says (DWARF alone)
 * @name: of it
 * @unit: source file that it is defined in
 * @section: of the image that it is in
 * @type: index of its type
 * @address: in the image; of a relocatable one, where libdw laid it out
 */
struct ncb_variable {
	const char *name, *unit, *section;
	uint32_t type;
	uint64_t address;
};

/**
 * struct ncb_types - what a file says
 * @source: "BTF" or "DWARF"
 * @pointer: bytes of one
 * @type, @types: all; equal definitions of different source files are one
 * @own: of a module: as many of the first types are its own structs, the others the
 *	kernel's or no structs; else 0
 * @variable, @variables: static ones that are or hold a notifier block or a head
 * @strings: where the names are; how, the reader knows
 * @free_strings: gives them back
 */
struct ncb_types {
	const char *source;
	uint32_t pointer;
	struct ncb_type *type;
	uint32_t types;
	uint32_t own;
	struct ncb_variable *variable;
	uint32_t variables;
	void *strings;
	void (*free_strings)(void *strings);
};

/*
 * What every reader ends with: indices are in range, nothing holds itself or is nested
 * deeper than NCB_TYPES_DEPTH, parts lie within the whole, sizes in bits fit into 64; arrays
 * get their size. 0 or -EBADMSG with a message.
 */
#define NCB_TYPES_DEPTH	127
int ncb_types_check(struct ncb_types *t, const char *path);
/* A struct by name, the first that is whole; NCB_NO_TYPE: there is none. */
uint32_t ncb_types_find(const struct ncb_types *t, const char *name);
/* A member by name, or NULL. */
const struct ncb_member *ncb_types_member(const struct ncb_type *type, const char *name);
/* Adds to *bit where the first struct list_head is, wherever it is nested; false: nowhere. */
bool ncb_types_list(const struct ncb_types *t, uint32_t index, uint64_t *bit);
void ncb_types_free(struct ncb_types *t);

/*
 * -- btf.c --
 * From a file: raw BTF as in /sys/kernel/btf, an ELF file with a .BTF section, or a kernel
 * image as it is booted. @base: of the kernel, where @path is a module's; else NULL.
 * 0, -ENODATA where the file has none, or -errno; with a message.
 */
int ncb_types_from_btf(const char *path, const struct ncb_types *base, struct ncb_types *t);
/* Of what that function gives @strings are this; for what else BTF tells. */
struct btf;
struct btf *ncb_btf_split(const void *data, size_t size, struct btf *base);

/* -- dwarf.c: from an ELF file with debug information; likewise -- */
int ncb_types_from_dwarf(const char *path, struct ncb_types *t);

/* -- typefile.c: from DWARF where the file has it, else from BTF -- */
bool ncb_is_raw_btf(const char *path);
bool ncb_is_elf(const char *path);
int ncb_types_from_file(const char *path, const struct ncb_types *base, struct ncb_types *t);

#endif /* NCB_MEMORY_TYPES_H */
