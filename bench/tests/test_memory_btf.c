// SPDX-License-Identifier: GPL-2.0-only
/* Reading BTF that libbpf made, whole and damaged. */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../memory/types.h"

static char dir[64], *path, *base_path;
static struct btf *btf;
static struct ncb_types t, base;
static int u32, pointer, block;

static int set_up(void **state)
{
	(void)state;
	/* Refusals are what is tested; their words, memory.sh looks at. */
	ncb_verbosity = -2;
	strcpy(dir, "/tmp/ncbench-btf.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	path = ncb_format("%s/file", dir);
	base_path = ncb_format("%s/base", dir);
	btf = btf__new_empty();
	btf__set_endianness(btf, BTF_LITTLE_ENDIAN);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	pointer = btf__add_ptr(btf, 0);
	btf__add_int(btf, "long unsigned int", 8, 0);
	block = btf__add_struct(btf, "notifier_block", 24);
	btf__add_field(btf, "notifier_call", pointer, 0, 0);
	btf__add_field(btf, "next", pointer, 64, 0);
	return block > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ncb_types_free(&t);
	ncb_types_free(&base);
	btf__free(btf);
	free(path);
	free(base_path);
	return ncb_remove_tree(dir);
}

/* libbpf adds members to the last type only; so a struct is made at once. */
struct field {
	const char *name;
	int type;
	uint32_t bit, bits;
};

static int add_struct(const char *name, uint32_t size, const struct field *f)
{
	int id = btf__add_struct(btf, name, size);

	for (; f->name; f++)
		assert_int_equal(btf__add_field(btf, f->name, f->type, f->bit, f->bits), 0);
	return id;
}
#define STRUCT(name, size, ...)	\
	add_struct(name, size, (const struct field[]){ __VA_ARGS__, { 0 } })

static const void *raw(uint32_t *size)
{
	const void *data = btf__raw_data(btf, size);

	assert_non_null(data);
	return data;
}

static int read_back(void)
{
	uint32_t size;
	const void *data = raw(&size);

	ncb_types_free(&t);
	assert_int_equal(ncb_write_file(path, data, size), 0);
	return ncb_types_from_btf(path, NULL, &t);
}

static const struct ncb_type *found(const char *name)
{
	uint32_t index = ncb_types_find(&t, name);

	assert_int_not_equal(index, NCB_NO_TYPE);
	return &t.type[index];
}

/* -- what is read -- */

static void test_members(void **state)
{
	int number = btf__add_typedef(btf, "u32", btf__add_const(btf, u32)), many, u;
	const struct ncb_type *s;

	(void)state;
	many = btf__add_array(btf, u32, number, 5);
	u = btf__add_union(btf, "", 24);
	assert_int_equal(btf__add_field(btf, "b", block, 0, 0), 0);
	STRUCT("s", 60, { "a", number, 0, 0 }, { "many", many, 32, 0 }, { "", u, 256, 0 });
	assert_int_equal(read_back(), 0);
	assert_string_equal(t.source, "BTF");
	assert_int_equal(t.pointer, 8);
	s = found("s");
	assert_int_equal(s->size, 60);
	assert_int_equal(s->members, 3);
	assert_string_equal(s->member[1].name, "many");
	assert_int_equal(s->member[1].bit, 32);
	assert_int_equal(t.type[s->member[0].type].kind, NCB_TYPE_SCALAR);
	assert_int_equal(t.type[s->member[0].type].size, 4);
	assert_int_equal(t.type[s->member[1].type].kind, NCB_TYPE_ARRAY);
	assert_int_equal(t.type[s->member[1].type].count, 5);
	assert_int_equal(t.type[s->member[1].type].size, 20);
	assert_int_equal(t.type[s->member[1].type].element, s->member[0].type);
	assert_int_equal(t.type[s->member[2].type].kind, NCB_TYPE_UNION);
	s = found("notifier_block");
	assert_int_equal(t.type[s->member[1].type].size, 8);
	assert_int_equal(ncb_types_find(&t, "u32"), NCB_NO_TYPE);
}

static void test_bit_fields(void **state)
{
	const struct ncb_type *s;

	(void)state;
	STRUCT("s", 8, { "a", u32, 0, 3 }, { "b", u32, 3, 7 }, { "c", u32, 32, 0 });
	assert_int_equal(read_back(), 0);
	s = found("s");
	assert_int_equal(s->member[0].bits, 3);
	assert_int_equal(s->member[1].bits, 7);
	assert_int_equal(s->member[1].bit, 3);
	assert_int_equal(s->member[2].bits, 0);
}

/* As compilers before 2019 said it: the type is one of 3 bits. */
static void test_old_bit_fields(void **state)
{
	int narrow = btf__add_int(btf, "unsigned int", 4, 0);
	const struct ncb_type *s;
	struct btf_type *type;

	(void)state;
	STRUCT("s", 4, { "a", narrow, 8, 0 });
	type = (struct btf_type *)btf__type_by_id(btf, narrow);
	*(uint32_t *)(type + 1) = 2 << 16 | 3;
	assert_int_equal(read_back(), 0);
	s = found("s");
	assert_int_equal(s->member[0].bits, 3);
	assert_int_equal(s->member[0].bit, 10);
}

/* A declaration that is not whole is not found where a whole one is. */
static void test_forward(void **state)
{
	int s;

	(void)state;
	btf__add_fwd(btf, "s", BTF_FWD_STRUCT);
	s = btf__add_struct(btf, "s", 0);
	assert_true(s > 0);
	STRUCT("s", 4, { "a", u32, 0, 0 });
	assert_int_equal(read_back(), 0);
	assert_int_equal(found("s")->members, 1);
}

/* Files of the other byte order are read as well. */
static void test_swapped(void **state)
{
	(void)state;
	STRUCT("s", 8, { "a", u32, 0, 3 }, { "b", block, 64, 0 });
	STRUCT("s2", 28, { "a", u32, 0, 0 }, { "b", block, 32, 0 });
	assert_int_equal(btf__set_endianness(btf, BTF_BIG_ENDIAN), 0);
	assert_int_equal(read_back(), -EBADMSG);	/* s is too small for b */
	((struct btf_type *)btf__type_by_id(btf, btf__type_cnt(btf) - 2))->size = 32;
	btf__set_endianness(btf, BTF_LITTLE_ENDIAN);
	btf__set_endianness(btf, BTF_BIG_ENDIAN);
	assert_int_equal(read_back(), 0);
	assert_int_equal(found("s2")->member[1].bit, 32);
}

/* -- modules -- */

static void write_kernel_and_module(void)
{
	struct btf *kernel = btf, *module;
	uint32_t size;
	const void *data = raw(&size);

	assert_int_equal(ncb_write_file(base_path, data, size), 0);
	assert_int_equal(ncb_types_from_btf(base_path, NULL, &base), 0);
	module = btf__new_empty_split(kernel);
	assert_non_null(module);
	btf = module;
	STRUCT("mine", 32, { "nb", block, 64, 0 });
	data = raw(&size);
	assert_int_equal(ncb_write_file(path, data, size), 0);
	btf = kernel;
	btf__free(module);
}

/* Only what the module's structs are made of comes along. */
static void test_module(void **state)
{
	(void)state;
	STRUCT("unused", 4, { "a", u32, 0, 0 });
	write_kernel_and_module();
	assert_int_equal(ncb_types_from_btf(path, &base, &t), 0);
	assert_int_equal(found("mine")->size, 32);
	assert_int_equal(t.type[found("mine")->member[0].type].size, 24);
	assert_int_equal(found("notifier_block")->members, 2);
	assert_int_equal(ncb_types_find(&t, "unused"), NCB_NO_TYPE);
	/* Without the kernel, it cannot be read. */
	ncb_types_free(&t);
	assert_int_equal(ncb_types_from_btf(path, NULL, &t), -EBADMSG);
}

/* -- what does not fit together -- */

static void assert_refused(void)
{
	assert_int_equal(read_back(), -EBADMSG);
	assert_int_equal(t.types, 0);
}

static void test_no_such_type(void **state)
{
	(void)state;
	STRUCT("s", 4, { "a", 1000, 0, 0 });
	assert_refused();
}

static void test_typedef_loop(void **state)
{
	int first = btf__type_cnt(btf);

	(void)state;
	btf__add_typedef(btf, "a", first + 1);
	btf__add_typedef(btf, "b", first);
	STRUCT("s", 4, { "a", first, 0, 0 });
	assert_refused();
}

static void test_holds_itself(void **state)
{
	int first = btf__type_cnt(btf);

	(void)state;
	STRUCT("s", 4, { "a", first + 1, 0, 0 });
	STRUCT("s2", 4, { "a", first, 0, 0 });
	assert_refused();
}

static void test_array_of_itself(void **state)
{
	int first = btf__type_cnt(btf);

	(void)state;
	btf__add_array(btf, u32, first, 1);
	STRUCT("s", 4, { "a", first, 0, 0 });
	assert_refused();
}

/* As deep as allowed, and one deeper; the inner ones before the outer and behind them. */
static void test_too_deep(void **state)
{
	int direction, depth, first, i;

	for (direction = 0; direction < 2; direction++) {
		for (depth = NCB_TYPES_DEPTH - 1; depth <= NCB_TYPES_DEPTH; depth++) {
			btf__free(btf);
			btf = btf__new_empty();
			u32 = btf__add_int(btf, "unsigned int", 4, 0);
			first = btf__type_cnt(btf);
			for (i = 0; i < depth; i++)
				STRUCT("s", 4, { "a", direction ?
					(i ? first + i - 1 : u32) :
					(i < depth - 1 ? first + i + 1 : u32), 0, 0 });
			assert_int_equal(read_back(), depth < NCB_TYPES_DEPTH ? 0 : -EBADMSG);
		}
	}
	(void)state;
}

/* Arrays of arrays: 2^31 * 2^31 * 4, which 64 bits take for nothing. */
static void test_gigantic(void **state)
{
	int inner, outer;

	(void)state;
	inner = btf__add_array(btf, u32, u32, 1u << 31);
	outer = btf__add_array(btf, u32, inner, 1u << 31);
	btf__add_struct(btf, "s", UINT32_MAX);
	assert_int_equal(btf__add_field(btf, "a", outer, 0, 0), 0);
	assert_refused();
}

static void test_larger_than_whole(void **state)
{
	(void)state;
	STRUCT("s", 4, { "a", u32, 8, 0 });
	assert_refused();
}

static void test_twice_in_one_place(void **state)
{
	(void)state;
	STRUCT("s", 4, { "a", u32, 0, 0 }, { "b", u32, 0, 0 });
	assert_refused();
}

static void test_wide_bit_field(void **state)
{
	(void)state;
	STRUCT("s", 8, { "a", u32, 0, 33 });
	assert_refused();
}

static void test_function_as_member(void **state)
{
	int proto = btf__add_func_proto(btf, 0);

	(void)state;
	STRUCT("s", 8, { "a", proto, 0, 0 });
	assert_refused();
}

static void test_names(void **state)
{
	struct btf_type *type;
	int id;

	(void)state;
	id = STRUCT("s", 4, { "\x1b[2J", u32, 0, 0 });
	assert_refused();
	type = (struct btf_type *)btf__type_by_id(btf, id);
	btf_members(type)[0].name_off = 0x7fffffff;
	assert_refused();
}

/* -- damaged files -- */

static void write_some(const void *data, size_t size)
{
	ncb_types_free(&t);
	assert_int_equal(ncb_write_file(path, data, size), 0);
}

static void make_rich(void)
{
	int many = btf__add_array(btf, u32, block, 3);

	btf__add_enum(btf, "e", 4);
	btf__add_enum_value(btf, "E", 1);
	STRUCT("s", 84, { "a", u32, 0, 3 }, { "b", u32, 3, 7 }, { "c", many, 64, 0 });
	btf__add_func(btf, "f", BTF_FUNC_STATIC, btf__add_func_proto(btf, u32));
	assert_int_equal(read_back(), 0);
}

/* Every cut is noticed. */
static void test_truncated(void **state)
{
	uint32_t size, n;
	const char *data;
	char *copy;

	(void)state;
	make_rich();
	data = raw(&size);
	for (n = 0; n < size; n++) {
		copy = ncb_alloc(size, 1);
		memcpy(copy, data, size);
		write_some(copy, n);
		free(copy);
		assert_in_range(-ncb_types_from_btf(path, NULL, &t), 1, 200);
		assert_int_equal(t.types, 0);
	}
}

/* Each bit turned: refused, or read as something else that fits together. */
static void test_turned_bits(void **state)
{
	uint32_t size, n, accepted = 0;
	char *copy;
	int err;

	(void)state;
	make_rich();
	copy = ncb_alloc(1, 1);
	for (n = 0; raw(&size) && n < size * 8; n++) {
		copy = ncb_grow(copy, size, 1);
		memcpy(copy, raw(&size), size);
		copy[n / 8] ^= 1 << n % 8;
		write_some(copy, size);
		err = ncb_types_from_btf(path, NULL, &t);
		assert_true(!err || err == -EBADMSG || err == -ENODATA);
		accepted += !err;
	}
	free(copy);
	assert_true(accepted && accepted < n);
}

/* -- files that BTF is in -- */

/* An ELF file with one section beside that of the names; malloc'd. */
static char *make_elf(const char *name, const void *data, size_t size, size_t *total)
{
	Elf64_Ehdr e = { .e_ident = ELFMAG, .e_type = ET_REL, .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT, .e_ehsize = sizeof(e),
			 .e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 1 };
	Elf64_Shdr s[3] = { { 0 } };
	char names[32] = "\0.shstrtab\0", *file;

	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	e.e_ident[EI_VERSION] = EV_CURRENT;
	e.e_shoff = sizeof(e);
	strcpy(names + 11, name);
	s[1] = (Elf64_Shdr){ .sh_name = 1, .sh_type = SHT_STRTAB, .sh_size = sizeof(names),
			     .sh_offset = sizeof(e) + sizeof(s), .sh_addralign = 1 };
	s[2] = (Elf64_Shdr){ .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_size = size,
			     .sh_offset = sizeof(e) + sizeof(s) + sizeof(names), .sh_addralign = 1 };
	*total = sizeof(e) + sizeof(s) + sizeof(names) + size;
	file = ncb_alloc(*total, 1);
	memcpy(file, &e, sizeof(e));
	memcpy(file + sizeof(e), s, sizeof(s));
	memcpy(file + sizeof(e) + sizeof(s), names, sizeof(names));
	memcpy(file + *total - size, data, size);
	return file;
}

static int read_elf(const char *section, size_t cut)
{
	uint32_t size;
	const void *data = raw(&size);
	size_t total;
	char *file = make_elf(section, data, size, &total);

	write_some(file, cut ? cut : total);
	free(file);
	return ncb_types_from_btf(path, NULL, &t);
}

static void test_elf(void **state)
{
	size_t cut;

	(void)state;
	assert_int_equal(read_elf(".BTF", 0), 0);
	assert_int_equal(found("notifier_block")->size, 24);
	assert_int_equal(read_elf(".text", 0), -ENODATA);
	/* Names and sizes, no members. */
	assert_int_equal(read_elf(".BTF.base", 0), -EOPNOTSUPP);
	for (cut = 1; cut < 400; cut++)
		assert_in_range(-read_elf(".BTF", cut), 1, 200);
}

/* A kernel without sections; of several BTF the largest is its own. */
static void test_image(void **state)
{
	struct btf *small = btf__new_empty();
	uint32_t size, small_size;
	const void *data = raw(&size), *small_data;
	char image[4096];

	(void)state;
	btf__add_int(small, "int", 4, 0);
	small_data = btf__raw_data(small, &small_size);
	memset(image, 0x5a, sizeof(image));
	memcpy(image + 101, small_data, small_size);
	memcpy(image + 1001, data, size);
	memcpy(image + 3001, small_data, small_size);
	memcpy(image + sizeof(image) - 9, data, 9);	/* a beginning, and nothing more */
	write_some(image, sizeof(image));
	assert_int_equal(ncb_types_from_btf(path, NULL, &t), 0);
	assert_int_equal(found("notifier_block")->size, 24);
	btf__free(small);
}

static void test_other_files(void **state)
{
	(void)state;
	write_some("text\n", 5);
	assert_int_equal(ncb_types_from_btf(path, NULL, &t), -ENODATA);
	write_some("", 0);
	assert_int_equal(ncb_types_from_btf(path, NULL, &t), -ENODATA);
	assert_int_equal(ncb_types_from_btf(dir, NULL, &t), -EISDIR);
	assert_int_equal(remove(path), 0);
	assert_int_equal(ncb_types_from_btf(path, NULL, &t), -ENOENT);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_members),
		TEST(test_bit_fields),
		TEST(test_old_bit_fields),
		TEST(test_forward),
		TEST(test_swapped),
		TEST(test_module),
		TEST(test_no_such_type),
		TEST(test_typedef_loop),
		TEST(test_holds_itself),
		TEST(test_array_of_itself),
		TEST(test_too_deep),
		TEST(test_gigantic),
		TEST(test_larger_than_whole),
		TEST(test_twice_in_one_place),
		TEST(test_wide_bit_field),
		TEST(test_function_as_member),
		TEST(test_names),
		TEST(test_truncated),
		TEST(test_turned_bits),
		TEST(test_elf),
		TEST(test_image),
		TEST(test_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
