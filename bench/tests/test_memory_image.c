// SPDX-License-Identifier: GPL-2.0-only
/* What an image takes: bytes by kind, section and symbol, and what became of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../memory/image.h"
#include "make_elf.h"
#include "says.h"

#define CODE	(SHF_ALLOC | SHF_EXECINSTR)
#define DATA	(SHF_ALLOC | SHF_WRITE)

/* Numbers of its sections, from 1. */
enum { TEXT = 1, RODATA, VARIABLES, ZEROS, INIT };

static struct made_elf usual(void)
{
	return (struct made_elf) {
		ELFCLASS64, ELFDATA2LSB, ET_REL, {
			{ ".text", SHT_PROGBITS, CODE, 64, 0x1000, NULL, 0 },
			{ ".rodata", SHT_PROGBITS, SHF_ALLOC, 32, 0x2000, NULL, 0 },
			{ ".data", SHT_PROGBITS, DATA, 40, 0x3000, NULL, 0 },
			{ ".bss", SHT_NOBITS, DATA, 48, 0x4000, NULL, 0 },
			{ ".init.text", SHT_PROGBITS, CODE, 16, 0x5000, NULL, 0 },
			{ ".comment", SHT_PROGBITS, 0, 20, 0, NULL, 0 },
		}, {
			{ "nb.1", STB_LOCAL, STT_OBJECT, VARIABLES, 0, 24 },
			{ "nb.27", STB_LOCAL, STT_OBJECT, VARIABLES, 24, 16 },
			{ "walk", STB_LOCAL, STT_FUNC, TEXT, 0, 40 },
			{ "walk.isra.0.cold", STB_LOCAL, STT_FUNC, TEXT, 40, 8 },
			{ "chain", STB_GLOBAL, STT_OBJECT, ZEROS, 0, 8 },
			{ "chain_too", STB_WEAK, STT_OBJECT, ZEROS, 0, 8 },
			{ "a_chain", STB_LOCAL, STT_OBJECT, ZEROS, 0, 8 },
		},
	};
}

static void read_made(const struct made_elf *m, struct ncb_sizes *s)
{
	make_elf(m);
	assert_int_equal(ncb_sizes_read(made_path, s), 0);
}

static const struct ncb_size *find(const struct ncb_size *size, uint32_t n, const char *name)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(size[i].name, name))
			return &size[i];
	return NULL;
}

static void test_kinds_in_each_class_and_order(void **state)
{
	static const int class[] = { ELFCLASS32, ELFCLASS64 };
	static const int order[] = { ELFDATA2LSB, ELFDATA2MSB };
	struct ncb_sizes s;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct made_elf m = usual();

		m.class = class[i / 2];
		m.order = order[i % 2];
		read_made(&m, &s);
		assert_int_equal(s.bytes[NCB_BYTES_TEXT], 64 + 32 + 16);
		assert_int_equal(s.bytes[NCB_BYTES_DATA], 40);
		assert_int_equal(s.bytes[NCB_BYTES_BSS], 48);
		assert_int_equal(s.total, 64 + 32 + 16 + 40 + 48);
		assert_int_equal(s.init, 16);
		assert_int_equal(s.sections, 5);
		assert_true(s.has_symbols);
		assert_int_equal(s.symbols, 4);
		ncb_sizes_free(&s);
	}
}

static void test_symbols_are_folded(void **state)
{
	struct made_elf m = usual();
	const struct ncb_size *nb;
	struct ncb_sizes s;

	(void)state;
	read_made(&m, &s);
	nb = find(s.symbol, s.symbols, "nb");
	assert_non_null(nb);
	assert_int_equal(nb->bytes, 40);
	assert_int_equal(nb->count, 2);
	assert_string_equal(nb->section, ".data");
	assert_int_equal(find(s.symbol, s.symbols, "walk")->bytes, 40);
	assert_int_equal(find(s.symbol, s.symbols, "walk.isra.cold")->bytes, 8);
	/* Three names of the same bytes: under the one that other files see. */
	assert_int_equal(find(s.symbol, s.symbols, "chain")->bytes, 8);
	assert_null(find(s.symbol, s.symbols, "a_chain"));
	assert_null(find(s.symbol, s.symbols, "chain_too"));
	ncb_sizes_free(&s);
}

static void test_numbered_names(void **state)
{
	struct made_elf m = usual();
	struct ncb_sizes s;

	(void)state;
	m.symbol[0].name = "__UNIQUE_ID_license417";
	m.symbol[1].name = "i8042.v2";
	read_made(&m, &s);
	assert_non_null(find(s.symbol, s.symbols, "__UNIQUE_ID_license"));
	assert_non_null(find(s.symbol, s.symbols, "i8042.v2"));
	ncb_sizes_free(&s);
}

static void test_init_of_a_kernel_is_a_range(void **state)
{
	struct made_elf m = usual();
	struct ncb_sizes s;

	(void)state;
	m.type = ET_EXEC;
	m.symbol[0] = (struct made_symbol) { "__init_begin", STB_GLOBAL, 0, ZEROS, 0x4000, 0 };
	m.symbol[1] = (struct made_symbol) { "__init_end", STB_GLOBAL, 0, INIT, 0x5000, 0 };
	read_made(&m, &s);
	assert_int_equal(s.init, 48);
	ncb_sizes_free(&s);
}

static void test_no_table_of_symbols(void **state)
{
	struct made_elf m = usual();
	struct ncb_sizes whole, s;
	struct ncb_sizes_diff d;

	(void)state;
	read_made(&m, &whole);
	m.symbol[0].name = NULL;
	read_made(&m, &s);
	assert_false(s.has_symbols);
	/* Not known is not gone. */
	ncb_sizes_compare(&whole, &s, &d);
	assert_int_equal(d.symbols, 0);
	ncb_sizes_diff_free(&d);
	ncb_sizes_free(&whole);
	ncb_sizes_free(&s);
}

static void test_changes(void **state)
{
	struct made_elf m = usual();
	struct ncb_sizes old, changed;
	struct ncb_sizes_diff d;

	(void)state;
	m.symbol[7] = (struct made_symbol) { "same.1", STB_LOCAL, STT_OBJECT, ZEROS, 16, 8 };
	m.symbol[8] = (struct made_symbol) { "same.2", STB_LOCAL, STT_OBJECT, ZEROS, 24, 8 };
	m.symbol[9] = (struct made_symbol) { "grown", STB_LOCAL, STT_OBJECT, ZEROS, 32, 1 };
	read_made(&m, &old);
	m.section[VARIABLES - 1].size = 80;
	m.section[ZEROS - 1].size = 40;
	m.section[6] = (struct made_section) { ".data..ro_after_init", SHT_PROGBITS, DATA, 5, 0, NULL, 0 };
	/* A head of 8 bytes in .bss is one of 16 in .data. */
	m.symbol[4] = (struct made_symbol) { "chain", STB_GLOBAL, STT_OBJECT, VARIABLES, 40, 16 };
	m.symbol[5] = (struct made_symbol) { "come", STB_LOCAL, STT_FUNC, TEXT, 48, 12 };
	/* One of two moves, and is no larger. */
	m.symbol[6] = (struct made_symbol) { "same.7", STB_LOCAL, STT_OBJECT, VARIABLES, 56, 8 };
	m.symbol[7] = (struct made_symbol) { "same.8", STB_LOCAL, STT_OBJECT, ZEROS, 16, 8 };
	m.symbol[8] = (struct made_symbol) { "grown", STB_LOCAL, STT_OBJECT, ZEROS, 32, 4 };
	m.symbol[9].name = NULL;
	m.symbol[2] = (struct made_symbol) { "come.4", STB_LOCAL, STT_FUNC, TEXT, 0, 20 };
	read_made(&m, &changed);
	ncb_sizes_compare(&old, &changed, &d);

	assert_int_equal(d.sections, 3);
	assert_string_equal(d.section[0].name, ".data");
	assert_int_equal(d.section[0].old_bytes, 40);
	assert_int_equal(d.section[0].new_bytes, 80);
	assert_string_equal(d.section[1].name, ".bss");
	assert_int_equal(d.section[1].new_bytes, 40);
	assert_string_equal(d.section[2].name, ".data..ro_after_init");
	assert_int_equal(d.section[2].old_bytes, 0);

	assert_int_equal(d.symbols, 5);
	assert_string_equal(d.symbol[0].name, "walk");
	assert_int_equal(d.symbol[0].new_bytes, 0);
	assert_null(d.symbol[0].new_section);
	assert_string_equal(d.symbol[1].name, "come");
	assert_null(d.symbol[1].old_section);
	assert_int_equal(d.symbol[1].new_bytes, 32);
	assert_string_equal(d.symbol[2].name, "chain");
	assert_string_equal(d.symbol[2].old_section, ".bss");
	assert_string_equal(d.symbol[2].new_section, ".data");
	assert_int_equal(d.symbol[2].moved, 1);
	assert_string_equal(d.symbol[3].name, "grown");
	assert_int_equal(d.symbol[3].moved, 0);
	assert_string_equal(d.symbol[4].name, "same");
	assert_int_equal(d.symbol[4].moved, 1);
	assert_int_equal(d.symbol[4].old_bytes, d.symbol[4].new_bytes);
	assert_int_equal(d.moved, 2);

	ncb_sizes_diff_free(&d);
	ncb_sizes_free(&old);
	ncb_sizes_free(&changed);
}

/* -- what other programs say -- */

static const char source[] =
	"#include <stdio.h>\n"
	"int zeros[100], ones[] = { 1, 2, 3 }; const char text[] = \"read only\";\n"
	"static const char *names[] = { \"a\", \"b\", \"c\" };\n"
	"static int f(int n) { static int calls = 1; return n * calls++; }\n"
	"int (*volatile call)(int) = f;\n"
	"__attribute__((section(\".init.text\"))) int begin(int n) { return names[n] && f(n); }\n"
	"int main(void) { printf(\"%s %d\\n\", text, call(ones[0]) + zeros[7]); return begin(1); }\n";

static char *output(const char *command)
{
	const char *argv[] = { "sh", "-c", command, "sh", made_path, NULL };
	char *text = ncb_command_output(argv);

	assert_non_null(text);
	return text;
}

static void compile(const char *options)
{
	char *command = ncb_format("gcc %s -x c - -o \"$1\" <\"$1.c\"", options);
	char *path = ncb_format("%s.c", made_path);

	assert_int_equal(ncb_write_file(path, source, strlen(source)), 0);
	free(output(command));
	unlink(path);
	free(path);
	free(command);
}

/* nm's, which are all that have a size; a byte with two names counts twice there, so none is. */
static void agree_with_nm(const struct ncb_sizes *s)
{
	char *text = output("nm -S --size-sort \"$1\""), *at = text, name[256];
	uint64_t bytes, by_nm = 0, ours = 0;
	uint32_t i;
	int n;

	for (; sscanf(at, "%*x %lx %*c %255s%n", &bytes, name, &n) == 2; at += n)
		by_nm += bytes;
	for (i = 0; i < s->symbols; i++)
		ours += s->symbol[i].bytes;
	assert_true(by_nm > 400);
	assert_int_equal(ours, by_nm);
	free(text);
}

static void test_agrees_with_size_and_nm(void **state)
{
	static const char *const options[] = { "-c -O2", "-O2", "-O0 -g -static" };
	unsigned long text, data, bss;
	struct ncb_sizes s;
	char *by_size;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		compile(options[i]);
		by_size = output("size \"$1\"");
		assert_int_equal(sscanf(strchr(by_size, '\n'), "%lu %lu %lu", &text, &data, &bss), 3);
		free(by_size);
		assert_int_equal(ncb_sizes_read(made_path, &s), 0);
		assert_int_equal(s.bytes[NCB_BYTES_TEXT], text);
		assert_int_equal(s.bytes[NCB_BYTES_DATA], data);
		assert_int_equal(s.bytes[NCB_BYTES_BSS], bss);
		assert_int_equal(s.total, text + data + bss);
		if (i == 0)
			agree_with_nm(&s);
		ncb_sizes_free(&s);
	}
}

/* -- files that are none -- */

static int read_path(const char *path)
{
	struct ncb_sizes s;
	int err = ncb_sizes_read(path, &s);

	ncb_sizes_free(&s);
	return err;
}

static void refused(const struct made_elf *m, int err, const char *words)
{
	make_elf(m);
	assert_int_equal(CAUGHT(read_path(made_path)), err);
	assert_says(said, words);
	assert_says(said, made_path);
}

static void test_half_of_a_debug_package(void **state)
{
	struct made_elf m = usual();

	(void)state;
	m.section[TEXT - 1].type = SHT_NOBITS;
	refused(&m, -ENODATA, "debug information of an image");
}

static void test_impossible_sizes(void **state)
{
	struct made_elf m = usual();

	(void)state;
	m.section[ZEROS - 1].size = UINT64_MAX - 8;
	refused(&m, -EINVAL, "greater than any memory");
	m = usual();
	m.symbol[0].size = 41;
	refused(&m, -EINVAL, "a symbol is greater than its section");
	m = usual();
	m.symbol[0].section = 77;
	refused(&m, -EINVAL, "in a section that there is not");
	m = usual();
	m.type = ET_CORE;
	refused(&m, -EINVAL, "neither a kernel nor a module");
}

static void test_no_elf_file(void **state)
{
	(void)state;
	assert_int_equal(CAUGHT(read_path("/nonexistent")), -ENOENT);
	assert_says(said, "/nonexistent");
	assert_int_equal(CAUGHT(read_path("/tmp")), -EINVAL);
	assert_int_equal(CAUGHT(read_path("/dev/zero")), -EINVAL);
	assert_says(said, "no ELF file");
}

static void test_cut_off(void **state)
{
	struct made_elf m = usual();

	(void)state;
	make_elf(&m);
	cut_everywhere(read_path);
	m.class = ELFCLASS32;
	m.order = ELFDATA2MSB;
	make_elf(&m);
	cut_everywhere(read_path);
}

static void test_spoilt(void **state)
{
	struct made_elf m = usual();

	(void)state;
	make_elf(&m);
	spoil_everywhere(read_path);
	m.class = ELFCLASS32;
	m.order = ELFDATA2MSB;
	make_elf(&m);
	spoil_everywhere(read_path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_in_each_class_and_order),
		cmocka_unit_test(test_symbols_are_folded),
		cmocka_unit_test(test_numbered_names),
		cmocka_unit_test(test_init_of_a_kernel_is_a_range),
		cmocka_unit_test(test_no_table_of_symbols),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_agrees_with_size_and_nm),
		cmocka_unit_test(test_half_of_a_debug_package),
		cmocka_unit_test(test_impossible_sizes),
		cmocka_unit_test(test_no_elf_file),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_spoilt),
	};

	return cmocka_run_group_tests_name("memory_image", tests, made_setup, made_teardown);
}
