// SPDX-License-Identifier: GPL-2.0-only
/* Static blocks and heads: counted where debug information tells, else found by shape. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "../memory/census.h"
#include "../memory/image.h"
#include "make_elf.h"
#include "says.h"

#define TYPES \
	"struct list_head { struct list_head *next, *prev; };\n" \
	"struct rw_semaphore { long count, owner; int osq, lock; struct list_head wait_list; };\n" \
	"struct notifier_block { int (*notifier_call)(struct notifier_block *, unsigned long, void *);" \
	" struct notifier_block *next; int priority; };\n" \
	"struct raw_notifier_head { struct notifier_block *head; };\n" \
	"struct atomic_notifier_head { int lock; struct notifier_block *head; };\n" \
	"struct blocking_notifier_head { struct rw_semaphore rwsem; struct notifier_block *head; };\n"

#define USED "__attribute__((used)) static "

/* What there is in a module of notifiers, and what only looks like it. */
static const char module[] = TYPES
	"extern int elsewhere(struct notifier_block *, unsigned long, void *); extern int unlike(void *);\n"
	"static int called(struct notifier_block *nb, unsigned long a, void *d) { return 0; }\n"
	"__attribute__((used)) static int handler(void *packet) { return 1; }\n"
	USED "struct notifier_block first = { .notifier_call = called };\n"
	USED "struct notifier_block urgent = { called, 0, 0x7fffffff }, late = { called, 0, -10 };\n"
	USED "struct notifier_block from_elsewhere = { .notifier_call = elsewhere };\n"
	USED "struct blocking_notifier_head chain = { { .wait_list = { &chain.rwsem.wait_list,"
	" &chain.rwsem.wait_list } } };\n"
	USED "struct raw_notifier_head raw; " USED "struct atomic_notifier_head atomic;\n"
	USED "struct { int n; struct notifier_block nb[2]; struct raw_notifier_head head; } many[3]"
	" = { { .nb = { { called } } } };\n"
	/* decoys */
	USED "struct { int (*a)(void *), (*b)(void *); long n; } two = { handler, handler, 1 };\n"
	USED "struct { void *a, *b; long n; } data_pointer = { &raw, 0, 1 };\n"
	USED "struct { long n; int (*a)(void *); long m; } in_the_middle = { 0, handler, 0 };\n"
	USED "struct { int (*a)(void *); long set, n; } more_is_set = { handler, 7, 0 };\n"
	USED "struct { int (*a)(void *); void *b; int n, behind; } padded = { handler, 0, 0, 1 };\n"
	USED "struct { int (*a)(void *); void *b[3]; } longer = { handler };\n"
	USED "struct { struct rw_semaphore sem; void *p; } other_list = { { .wait_list ="
	" { &other_list.sem.wait_list, (void *)&other_list } } };\n"
	"#ifdef PROTOCOL\n" USED "struct { int (*a)(void *); void *b; int n; } protocol = { handler, 0, 1 };\n"
	"#endif\n";

/* A shell command that makes "$1", of "$1.c". */
static void make(const char *command, const char *source)
{
	char *path = ncb_format("%s.c", made_path);
	const char *argv[] = { "sh", "-c", command, "sh", made_path, NULL };
	struct ncb_spawn s = { .argv = argv };

	assert_int_equal(ncb_write_file(path, source, strlen(source)), 0);
	assert_int_equal(ncb_run_command(&s), 0);
	unlink(path);
	free(path);
}

static const struct ncb_census_item *find(const struct ncb_census *c, const char *name,
					  enum ncb_part part)
{
	uint32_t i;

	for (i = 0; i < c->items; i++)
		if (!strcmp(c->item[i].name, name) && c->item[i].part == part)
			return &c->item[i];
	return NULL;
}

static void test_by_debug_information(void **state)
{
	struct ncb_census c = { 0 };
	const struct ncb_census_item *many;

	(void)state;
	make("gcc -g -O2 -fno-pie -c -o \"$1\" \"$1.c\"", module);
	assert_int_equal(ncb_census_image(&c, made_path, NULL), 0);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_DWARF], 4 + 6);
	assert_int_equal(c.count[NCB_PART_RAW][NCB_BY_DWARF], 1 + 3);
	assert_int_equal(c.count[NCB_PART_ATOMIC][NCB_BY_DWARF], 1);
	assert_int_equal(c.count[NCB_PART_BLOCKING][NCB_BY_DWARF], 1);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_SHAPE], 0);
	/* The one in many[] has contents. */
	assert_int_equal(c.bss[NCB_PART_RAW], 1);
	assert_int_equal(c.bss[NCB_PART_ATOMIC], 1);
	assert_int_equal(c.bss[NCB_PART_BLOCKING], 0);
	assert_int_equal(c.images, 1);
	assert_int_equal(c.by_shape, 0);
	many = find(&c, "many", NCB_PART_BLOCK);
	assert_int_equal(many->count, 6);
	assert_string_equal(many->section, ".data");
	assert_non_null(strstr(many->unit, ".c"));
	assert_string_equal(many->image, strrchr(made_path, '/') + 1);
	assert_int_equal(find(&c, "many", NCB_PART_RAW)->count, 3);
	assert_int_equal(ncb_census_head(&c, "many"), NCB_PART_RAW);
	assert_int_equal(ncb_census_head(&c, "chain"), NCB_PART_BLOCKING);
	assert_int_equal(ncb_census_head(&c, "cha"), NCB_PARTS);
	assert_int_equal(ncb_census_head(&c, "first"), NCB_PARTS);
	ncb_census_free(&c);
}

/* -- by shape -- */

static struct ncb_types kernel;

static void make_kernel(const char *compiler)
{
	static const char source[] = TYPES "struct notifier_block nb;"
		" struct blocking_notifier_head blocking; struct raw_notifier_head raw;\n";
	char *command = ncb_format("%s -g -c -o \"$1\" \"$1.c\"", compiler);

	make(command, source);
	assert_int_equal(ncb_types_from_dwarf(made_path, &kernel), 0);
	free(command);
}

static void check_shapes(const struct ncb_census *c)
{
	assert_int_equal(c->count[NCB_PART_BLOCK][NCB_BY_SHAPE], 4);
	assert_int_equal(c->count[NCB_PART_BLOCKING][NCB_BY_SHAPE], 1);
	assert_int_equal(c->items, 5);
	assert_int_equal(c->by_shape, 1);
	assert_non_null(find(c, "first", NCB_PART_BLOCK));
	assert_non_null(find(c, "urgent", NCB_PART_BLOCK));
	assert_non_null(find(c, "late", NCB_PART_BLOCK));
	assert_non_null(find(c, "from_elsewhere", NCB_PART_BLOCK));
	assert_non_null(find(c, "chain", NCB_PART_BLOCKING));
	assert_null(find(c, "chain", NCB_PART_BLOCKING)->unit);
	assert_int_equal(ncb_census_head(c, "chain"), NCB_PART_BLOCKING);
}

/* Relocations with and without addends, of 32 and 64 bits, in both orders; and none. */
static void test_by_shape(void **state)
{
	static const char *const compilers[][2] = {
		{ "gcc", "-O2 -c" }, { "gcc", "-c -fno-section-anchors -fdata-sections" },
		{ "gcc -m32", "-c" }, { "clang --target=powerpc-linux-gnu", "-O1 -c" },
		{ "clang --target=aarch64-linux-gnu", "-c" },
		{ "gcc", "-nostdlib -static -Wl,-e,0" },
		{ "gcc", "-O2 -nostdlib -static -fno-pie -no-pie -Wl,-e,0" },
	};
	static const char linked[] = "int elsewhere(void *b, unsigned long a, void *d) { return 2; }\n";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(compilers); i++) {
		struct ncb_census c = { 0 };
		char *command;

		if (!strncmp(compilers[i][0], "clang", 5) && !ncb_have_command("clang"))
			continue;
		make_kernel(compilers[i][0]);
		command = ncb_format("echo '%s' >\"$1.2.c\"; %s %s -w -o \"$1\" \"$1.c\" %s;"
				     " code=$?; rm -f \"$1.2.c\"; exit $code", linked,
				     compilers[i][0], compilers[i][1],
				     strstr(compilers[i][1], "-nostdlib") ? "\"$1.2.c\"" : "");
		make(command, module);
		free(command);
		assert_int_equal(ncb_census_image(&c, made_path, &kernel), 0);
		check_shapes(&c);
		ncb_census_free(&c);
		ncb_types_free(&kernel);
	}
}

/* What has the shape of one, and a function that is none's callback. */
static void test_callbacks(void **state)
{
	struct ncb_types btf;
	struct ncb_census c = { 0 };

	(void)state;
	if (!ncb_have_command("pahole"))
		skip();
	make("gcc -g -DPROTOCOL -nostdlib -static -Wl,-e,0 -Wl,--unresolved-symbols=ignore-all"
	     " -w -o \"$1\" \"$1.c\" && pahole -J \"$1\" && objcopy --strip-debug \"$1\"", module);
	assert_int_equal(ncb_types_from_btf(made_path, NULL, &btf), 0);
	assert_int_equal(ncb_census_image(&c, made_path, &btf), 0);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_CALLBACK], 3);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_SHAPE], 0);
	assert_null(find(&c, "protocol", NCB_PART_BLOCK));
	ncb_census_free(&c);
	ncb_types_free(&btf);
}

/* A packaged kernel has no symbols; another file has, without sizes. */
static void test_symbols_of_another_file(void **state)
{
	char *map = ncb_format("%s.map", made_path);
	struct ncb_census c = { 0 };
	struct ncb_types btf;

	(void)state;
	if (!ncb_have_command("pahole"))
		skip();
	make("gcc -g -DPROTOCOL -nostdlib -static -Wl,-e,0 -Wl,--unresolved-symbols=ignore-all"
	     " -w -o \"$1\" \"$1.c\" && pahole -J \"$1\" && nm -n \"$1\" | grep -v ' [aNUw] ' >\"$1.map\""
	     " && strip \"$1\"", module);
	assert_int_equal(ncb_types_from_btf(made_path, NULL, &btf), 0);
	assert_int_equal(ncb_census_kernel(&c, made_path, map, &btf), 0);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_CALLBACK], 3);
	assert_int_equal(c.items, 3);
	assert_int_equal(c.by_map, 1);
	assert_non_null(find(&c, "late", NCB_PART_BLOCK));
	/* As Debian has it in its packages. */
	assert_int_equal(ncb_write_file(map, "ffffffffffffffff B The real one is elsewhere\n", 44), 0);
	assert_int_equal(CAUGHT(ncb_census_kernel(&c, made_path, map, &btf)), -ENODATA);
	assert_says(said, "says nothing about");
	assert_int_equal(ncb_write_file(map, "2000 T a\n1000 T b\n", 18), 0);
	assert_int_equal(CAUGHT(ncb_census_kernel(&c, made_path, map, &btf)), -EINVAL);
	assert_int_equal(ncb_write_file(map, "ELF", 3), 0);
	assert_int_equal(CAUGHT(ncb_census_kernel(&c, made_path, map, &btf)), -EINVAL);
	assert_int_equal(CAUGHT(ncb_census_kernel(&c, made_path, "/nonexistent", &btf)), -ENOENT);
	ncb_census_free(&c);
	ncb_types_free(&btf);
	unlink(map);
	free(map);
}

/* The same of a module, whose BTF is one with that of its kernel. */
static void test_callbacks_of_a_module(void **state)
{
	struct ncb_census c = { 0 };
	struct ncb_types btf;
	char *base = ncb_format("%s.base", made_path);

	(void)state;
	if (!ncb_have_command("pahole"))
		skip();
	make("gcc -g -c -o \"$1.base\" \"$1.c\" && pahole -J \"$1.base\"", TYPES
	     "struct notifier_block nb; struct blocking_notifier_head blocking;\n"
	     "int f(struct notifier_block *n, unsigned long a, void *d) { return 0; }\n");
	make("gcc -g -DPROTOCOL -w -c -o \"$1\" \"$1.c\" && pahole -J --btf_base=\"$1.base\" \"$1\" &&"
	     " objcopy --strip-debug \"$1\"", module);
	assert_int_equal(ncb_types_from_btf(base, NULL, &btf), 0);
	assert_int_equal(ncb_census_image(&c, made_path, &btf), 0);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_CALLBACK], 3);
	/* The function of another module. */
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_SHAPE], 1);
	assert_null(find(&c, "protocol", NCB_PART_BLOCK));
	ncb_census_free(&c);
	ncb_types_free(&btf);
	unlink(base);
	free(base);
}

static void test_neither_debug_information_nor_types(void **state)
{
	struct ncb_census c = { 0 };

	(void)state;
	make("gcc -c -w -o \"$1\" \"$1.c\"", module);
	assert_int_equal(CAUGHT(ncb_census_image(&c, made_path, NULL)), -ENODATA);
	assert_says(said, "give its BTF");
	make_kernel("gcc");
	make("gcc -c -w -o \"$1\" \"$1.c\" && strip \"$1\"", module);
	assert_int_equal(CAUGHT(ncb_census_image(&c, made_path, &kernel)), -ENODATA);
	assert_says(said, "neither debug information nor symbols");
	/* Not none, but nobody knows how many. */
	make("gcc -g -c -o \"$1\" \"$1.c\"", "struct notifier_block { void *links[2]; } block;");
	assert_int_equal(CAUGHT(ncb_census_image(&c, made_path, NULL)), -ENODATA);
	assert_says(said, "no design that is known");
	make("gcc -g -c -o \"$1\" \"$1.c\"", "struct other { void *links[2]; } other;");
	assert_int_equal(ncb_census_image(&c, made_path, NULL), 0);
	assert_int_equal(c.failed, 3);
	assert_int_equal(c.images, 1);
	ncb_census_free(&c);
	ncb_types_free(&kernel);
}

/* -- two images -- */

/* The same file under both designs: which of the symbols that moved are heads. */
static void test_heads_that_move(void **state)
{
	static const char source[] =
		"struct list_head { struct list_head *next, *prev; };\n"
		"#ifdef DLIST\n"
		"struct raw_notifier_head { struct list_head head; };\n"
		"#define INIT(name) = { { &(name).head, &(name).head } }\n"
		"#else\n"
		"struct notifier_block { struct notifier_block *next; };\n"
		"struct raw_notifier_head { struct notifier_block *head; };\n"
		"#define INIT(name)\n"
		"#endif\n"
		"struct raw_notifier_head chain INIT(chain);\n"
		"int f(void) { static struct raw_notifier_head inner INIT(inner); return !!&inner; }\n"
		"static int other " "\n#ifdef DLIST\n = 1\n#endif\n" "; int *use = &other;\n";
	struct ncb_sizes old, changed;
	struct ncb_census c = { 0 };
	struct ncb_sizes_diff d;
	uint32_t i, heads = 0;

	(void)state;
	make("gcc -g -fno-pie -c -o \"$1\" \"$1.c\"", source);
	assert_int_equal(ncb_sizes_read(made_path, &old), 0);
	assert_int_equal(ncb_census_image(&c, made_path, NULL), 0);
	assert_int_equal(c.bss[NCB_PART_RAW], 2);
	make("gcc -g -fno-pie -DDLIST -c -o \"$1\" \"$1.c\"", source);
	assert_int_equal(ncb_sizes_read(made_path, &changed), 0);
	ncb_sizes_compare(&old, &changed, &d);
	assert_int_equal(d.moved, 3);
	for (i = 0; i < d.symbols; i++) {
		if (ncb_census_head(&c, d.symbol[i].name) != NCB_PART_RAW)
			continue;
		heads++;
		assert_int_equal(d.symbol[i].moved, 1);
		assert_int_equal(d.symbol[i].old_bytes, 8);
		assert_int_equal(d.symbol[i].new_bytes, 16);
	}
	assert_int_equal(heads, 2);
	ncb_sizes_diff_free(&d);
	ncb_sizes_free(&old);
	ncb_sizes_free(&changed);
	ncb_census_free(&c);
}

/* -- folders -- */

static void test_modules_of_a_folder(void **state)
{
	struct ncb_census c = { 0 };
	char *folder = ncb_format("%s.d", made_path);

	(void)state;
	make_kernel("gcc");
	make("mkdir -p \"$1.d/net\" && gcc -w -c -o \"$1.d/plain.ko\" \"$1.c\" &&"
	     " gcc -w -c -o \"$1.d/net/packed.ko\" \"$1.c\" && xz \"$1.d/net/packed.ko\" &&"
	     " gcc -w -g -c -o \"$1.d/net/debug.ko\" \"$1.c\" && echo damaged >\"$1.d/bad.ko\" &&"
	     " echo none >\"$1.d/modules.dep\"", module);
	assert_int_equal(CAUGHT(ncb_census_folder(&c, folder, &kernel)), 0);
	assert_says(said, "bad.ko");
	assert_silent(said, "modules.dep");
	assert_int_equal(c.images, 3);
	assert_int_equal(c.by_shape, 2);
	assert_int_equal(c.failed, 1);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_SHAPE], 8);
	assert_int_equal(c.count[NCB_PART_BLOCK][NCB_BY_DWARF], 10);
	ncb_census_free(&c);
	ncb_remove_tree(folder);
	assert_int_equal(CAUGHT(ncb_census_folder(&c, folder, &kernel)), -ENOENT);
	assert_says(said, folder);
	ncb_census_free(&c);
	ncb_types_free(&kernel);
	free(folder);
}

/* -- files that are none -- */

static int read_path(const char *path)
{
	struct ncb_census c = { 0 };
	int err = ncb_census_image(&c, path, &kernel);

	ncb_census_free(&c);
	return err;
}

static void test_cut_off_and_spoilt(void **state)
{
	static const char *const compilers[] = { "gcc", "gcc -m32" };
	static const char tiny[] = TYPES
		"int f(struct notifier_block *n, unsigned long a, void *d) { return 0; }\n"
		"struct notifier_block nb = { f }; struct blocking_notifier_head chain = {"
		" { .wait_list = { &chain.rwsem.wait_list, &chain.rwsem.wait_list } } };\n";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(compilers); i++) {
		char *command = ncb_format("%s -Os -fno-ident -fno-asynchronous-unwind-tables -c"
					   " -o \"$1\" \"$1.c\"", compilers[i]);

		make_kernel(compilers[i]);
		make(command, tiny);
		spoil_everywhere(read_path);
		cut_everywhere(read_path);
		ncb_types_free(&kernel);
		free(command);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_debug_information),
		cmocka_unit_test(test_by_shape),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_symbols_of_another_file),
		cmocka_unit_test(test_callbacks_of_a_module),
		cmocka_unit_test(test_neither_debug_information_nor_types),
		cmocka_unit_test(test_heads_that_move),
		cmocka_unit_test(test_modules_of_a_folder),
		cmocka_unit_test(test_cut_off_and_spoilt),
	};

	return cmocka_run_group_tests_name("memory_census", tests, made_setup, made_teardown);
}
