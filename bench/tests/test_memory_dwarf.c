// SPDX-License-Identifier: GPL-2.0-only
/* Types and static variables of debug information, as compilers write it and as they do not. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../memory/types.h"
#include "make_elf.h"
#include "says.h"

#define BLOCK	"struct notifier_block { int (*call)(struct notifier_block *, unsigned long, void *);" \
		" struct notifier_block *next; int priority; };\n"
#define HEADS	"struct raw_notifier_head { struct notifier_block *head; };\n"

/* @source made into the file at made_path. */
static void compile(const char *command, const char *source)
{
	char *path = ncb_format("%s.c", made_path);
	char *whole = ncb_format("%s", command);
	const char *argv[] = { "sh", "-c", whole, "sh", made_path, NULL };
	struct ncb_spawn s = { .argv = argv };

	assert_int_equal(ncb_write_file(path, source, strlen(source)), 0);
	assert_int_equal(ncb_run_command(&s), 0);
	unlink(path);
	free(whole);
	free(path);
}

static void read_compiled(const char *command, const char *source, struct ncb_types *t)
{
	compile(command, source);
	assert_int_equal(ncb_types_from_dwarf(made_path, t), 0);
}

static const struct ncb_type *find(const struct ncb_types *t, const char *name)
{
	uint32_t index = ncb_types_find(t, name);

	assert_int_not_equal(index, NCB_NO_TYPE);
	return &t->type[index];
}

static const struct ncb_member *member(const struct ncb_type *type, const char *name)
{
	uint32_t i;

	for (i = 0; i < type->members; i++)
		if (!strcmp(type->member[i].name, name))
			return &type->member[i];
	fail_msg("%s has no member %s", type->name, name);
	return NULL;
}

static uint32_t count_of(const struct ncb_types *t, const char *name)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->types; i++)
		n += !strcmp(t->type[i].name, name);
	return n;
}

static const struct ncb_variable *variable(const struct ncb_types *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->variables; i++)
		if (!strcmp(t->variable[i].name, name))
			return &t->variable[i];
	return NULL;
}

/* -- types -- */

static const char *const compilers[] = {
	"gcc -gdwarf-5 -c -o \"$1\" \"$1.c\"",
	"gcc -gdwarf-4 -gstrict-dwarf -O2 -c -o \"$1\" \"$1.c\"",
	"gcc -gdwarf-2 -gstrict-dwarf -c -o \"$1\" \"$1.c\"",
	"gcc -g -gz -O2 -c -o \"$1\" \"$1.c\"",
	"gcc -g -fdebug-types-section -fPIC -shared -o \"$1\" \"$1.c\"",
	"gcc -g -fPIC -shared -o \"$1\" \"$1.c\"",
	"clang -gdwarf-5 -O2 -c -o \"$1\" \"$1.c\"",
};

static const char layouts[] = BLOCK HEADS
	"typedef const struct notifier_block fixed_block;\n"
	"struct with_all { char c; unsigned a : 3, b : 7; long long wide : 40; fixed_block nb;\n"
	" volatile int grid[2][3]; struct { short s; union { int i; char bytes[6]; }; };\n"
	" void (*f)(void); enum { ONE } e; struct with_all *next; int last[]; };\n"
	"struct with_all all; struct raw_notifier_head chain; struct only_told *told;\n";

static void check_layouts(const struct ncb_types *t)
{
	const struct ncb_type *nb = find(t, "notifier_block"), *all = find(t, "with_all"), *in;
	const struct ncb_member *m;

	assert_int_equal(nb->kind, NCB_TYPE_STRUCT);
	assert_int_equal(nb->size, 24);
	assert_int_equal(nb->members, 3);
	assert_int_equal(member(nb, "priority")->bit, 128);
	assert_int_equal(t->type[member(nb, "priority")->type].size, 4);
	assert_int_equal(t->type[member(nb, "call")->type].size, 8);
	assert_int_equal(t->type[member(nb, "next")->type].kind, NCB_TYPE_SCALAR);

	assert_int_equal(all->size, 96);
	assert_int_equal(member(all, "a")->bit, 8);
	assert_int_equal(member(all, "a")->bits, 3);
	assert_int_equal(member(all, "b")->bit, 11);
	assert_int_equal(member(all, "wide")->bit, 18);
	assert_int_equal(member(all, "wide")->bits, 40);
	assert_int_equal(member(all, "nb")->bit, 64);
	assert_ptr_equal(&t->type[member(all, "nb")->type], nb);
	assert_int_equal(member(all, "nb")->bits, 0);
	m = member(all, "grid");
	assert_int_equal(t->type[m->type].kind, NCB_TYPE_ARRAY);
	assert_int_equal(t->type[m->type].count, 2);
	assert_int_equal(t->type[m->type].size, 24);
	assert_int_equal(t->type[t->type[m->type].element].count, 3);
	in = &t->type[member(all, "")->type];
	assert_int_equal(in->size, 12);
	assert_int_equal(t->type[member(in, "")->type].kind, NCB_TYPE_UNION);
	m = member(all, "last");
	assert_int_equal(t->type[m->type].count, 0);
	assert_int_equal(m->bit, 768);
	assert_int_equal(ncb_types_find(t, "only_told"), NCB_NO_TYPE);
}

static void test_layouts(void **state)
{
	struct ncb_types t;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(compilers); i++) {
		if (!strncmp(compilers[i], "clang", 5) && !ncb_have_command("clang"))
			continue;
		read_compiled(compilers[i], layouts, &t);
		assert_string_equal(t.source, "DWARF");
		assert_int_equal(t.pointer, 8);
		check_layouts(&t);
		ncb_types_free(&t);
	}
}

static void test_alignment(void **state)
{
	static const char source[] = BLOCK
		"struct line { int a; } __attribute__((aligned(64)));\n"
		"struct user { int a; int b __attribute__((aligned(32)));\n"
		" struct notifier_block nb __attribute__((aligned(64))); } user; struct line line;\n";
	const struct ncb_type *user, *of;
	struct ncb_types t;

	(void)state;
	read_compiled(compilers[0], source, &t);
	assert_int_equal(find(&t, "line")->align, 64);
	user = find(&t, "user");
	of = &t.type[member(user, "b")->type];
	assert_int_equal(of->kind, NCB_TYPE_SCALAR);
	assert_int_equal(of->align, 32);
	/* One struct of that name; where it is aligned, an array of one. */
	of = &t.type[member(user, "nb")->type];
	assert_int_equal(of->kind, NCB_TYPE_ARRAY);
	assert_int_equal(of->count, 1);
	assert_int_equal(of->align, 64);
	assert_int_equal(of->size, 24);
	assert_ptr_equal(&t.type[of->element], find(&t, "notifier_block"));
	assert_int_equal(count_of(&t, "notifier_block"), 1);
	ncb_types_free(&t);
}

/* Two source files: what is equal is one, what only has the same name is two. */
static void test_equal_types_are_one(void **state)
{
	static const char command[] =
		"gcc -g -c -DFIRST -o \"$1.1\" \"$1.c\" && gcc -g -c -o \"$1.2\" \"$1.c\" &&"
		" ld -r -o \"$1\" \"$1.1\" \"$1.2\"; code=$?; rm -f \"$1.1\" \"$1.2\"; exit $code";
	static const char source[] = BLOCK
		"struct same { struct notifier_block nb; };\n"
		"__attribute__((weak)) struct notifier_block weak = { .priority = 1 };\n"
		"#ifdef FIRST\nstruct part { int a, b; }; struct same s1; struct part p1;\n"
		"struct whole { struct part p; } w1; extern struct notifier_block shared;\n"
		"struct notifier_block *use1 = &shared;\n"
		"#else\nstruct part { int a, c; }; struct same s2; struct part p2;\n"
		"struct whole { struct part p; } w2; struct notifier_block shared = { .priority = 1 };\n"
		"#endif\n";
	struct ncb_types t;

	(void)state;
	read_compiled(command, source, &t);
	assert_int_equal(count_of(&t, "notifier_block"), 1);
	assert_int_equal(count_of(&t, "same"), 1);
	assert_int_equal(count_of(&t, "part"), 2);
	assert_int_equal(count_of(&t, "whole"), 2);
	/* Declared in one, defined in the other; or in both, and the linker takes one. */
	assert_int_equal(t.variables, 4);
	assert_non_null(variable(&t, "weak"));
	assert_string_equal(variable(&t, "shared")->section, ".data");
	assert_string_equal(variable(&t, "s1")->section, ".bss");
	/* What relocations put apart. */
	assert_int_not_equal(variable(&t, "s1")->address, variable(&t, "s2")->address);
	ncb_types_free(&t);
}

/* -- variables -- */

static const char statics[] = BLOCK HEADS
	"extern int sink(void *);\n"
	"static int called(struct notifier_block *nb, unsigned long a, void *d) { return sink(nb); }\n"
	"struct device { int n; struct { struct raw_notifier_head head[2]; } in; };\n"
	"static struct notifier_block file_block = { .call = called };\n"
	"static struct device devices[3];\n"
	"static struct notifier_block *only_a_pointer;\n"
	"static inline __attribute__((always_inline)) int once(void) {\n"
	" static struct notifier_block inlined = { .call = called, .priority = 1 };\n"
	" return sink(&inlined); }\n"
	"int a(void) { static struct notifier_block nb = { .call = called };\n"
	" struct notifier_block on_the_stack; sink(&on_the_stack);\n"
	" { static struct raw_notifier_head nested; sink(&nested); }\n"
	" return once() + sink(&nb) + sink(only_a_pointer); }\n"
	"int b(void) { static struct notifier_block nb = { .call = called };\n"
	" return once() + sink(&nb) + sink(&file_block) + sink(devices); }\n";

static void test_static_variables(void **state)
{
	struct ncb_types t;
	size_t i, nbs;
	uint32_t j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(compilers); i++) {
		if (!strncmp(compilers[i], "clang", 5) && !ncb_have_command("clang"))
			continue;
		read_compiled(compilers[i], statics, &t);
		for (j = nbs = 0; j < t.variables; j++)
			nbs += !strcmp(t.variable[j].name, "nb");
		assert_int_equal(nbs, 2);
		assert_non_null(variable(&t, "file_block"));
		assert_non_null(variable(&t, "inlined"));
		assert_non_null(variable(&t, "nested"));
		assert_string_equal(variable(&t, "nested")->section, ".bss");
		assert_non_null(variable(&t, "devices"));
		assert_int_equal(t.variables, 6);
		assert_int_equal(t.type[variable(&t, "devices")->type].kind, NCB_TYPE_ARRAY);
		assert_int_equal(t.type[variable(&t, "devices")->type].count, 3);
		assert_non_null(strstr(variable(&t, "nested")->unit, ".c"));
		ncb_types_free(&t);
	}
}

/* The linker takes out what nobody uses; the debug information still tells of it. */
static void test_what_the_linker_took_out(void **state)
{
	static const char command[] = "gcc -g -O0 -fdata-sections -nostdlib -static"
		" -Wl,--gc-sections -Wl,-e,a -o \"$1\" \"$1.c\"";
	static const char source[] = BLOCK
		"struct notifier_block unused = { .priority = 1 }, used = { .priority = 2 };\n"
		"int a(void) { return used.priority; }\n";
	struct ncb_types t;

	(void)state;
	read_compiled(command, source, &t);
	assert_int_equal(t.variables, 1);
	assert_string_equal(t.variable[0].name, "used");
	ncb_types_free(&t);
}

/* -- other machines -- */

static void test_other_byte_order(void **state)
{
	static const char command[] = "clang --target=powerpc-linux-gnu -g -c -o \"$1\" \"$1.c\"";
	static const char source[] = BLOCK
		"struct bits { unsigned a : 3, b : 7; } bits; struct notifier_block nb;\n";
	struct ncb_types t;

	(void)state;
	if (!ncb_have_command("clang"))
		skip();
	read_compiled(command, source, &t);
	assert_int_equal(t.pointer, 4);
	assert_int_equal(find(&t, "notifier_block")->size, 12);
	assert_int_equal(member(find(&t, "bits"), "b")->bit, 3);
	assert_int_equal(t.variables, 1);
	assert_string_equal(t.variable[0].name, "nb");
	ncb_types_free(&t);
}

/* -- what is not whole -- */

static int read_path(const char *path)
{
	struct ncb_types t;
	int err = ncb_types_from_dwarf(path, &t);

	if (!err)
		ncb_types_free(&t);
	return err;
}

static void refused(const char *command, int err, const char *words)
{
	compile(command, statics);
	assert_int_equal(CAUGHT(read_path(made_path)), err);
	assert_says(said, words);
	assert_says(said, made_path);
}

static void test_not_there(void **state)
{
	(void)state;
	refused("gcc -c -o \"$1\" \"$1.c\"", -ENODATA, "no debug information");
	refused("gcc -g -gsplit-dwarf -c -o \"$1\" \"$1.c\"; rm -f \"$1\"*.dwo *.dwo", -ENODATA,
		"CONFIG_DEBUG_INFO_SPLIT");
	assert_int_equal(CAUGHT(read_path("/nonexistent")), -ENOENT);
	assert_int_equal(CAUGHT(read_path("/dev/null")), -EINVAL);
}

/* Only what a file's own header declares is whole: a struct in a struct would go unnoticed. */
static void test_reduced(void **state)
{
	static const char command[] = "cp \"$1.c\" \"$1.other.h\" &&"
		" echo 'struct device one;' | gcc -g -femit-struct-debug-baseonly"
		" -include \"$1.other.h\" -x c -c -o \"$1\" -; code=$?; rm -f \"$1.other.h\"; exit $code";

	(void)state;
	refused(command, -ENODATA, "CONFIG_DEBUG_INFO_REDUCED");
}

/* Small, or each byte of it takes too long. */
static const char tiny[] = BLOCK "struct a { struct notifier_block nb[2]; } a;\n";

static void test_cut_off(void **state)
{
	(void)state;
	compile(compilers[0], tiny);
	cut_everywhere(read_path);
}

static void test_spoilt(void **state)
{
	(void)state;
	compile(compilers[0], tiny);
	spoil_everywhere(read_path);
	compile("gcc -g -gdwarf-4 -shared -nostdlib -o \"$1\" \"$1.c\"", tiny);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_equal_types_are_one),
		cmocka_unit_test(test_static_variables),
		cmocka_unit_test(test_what_the_linker_took_out),
		cmocka_unit_test(test_other_byte_order),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_reduced),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_spoilt),
	};

	return cmocka_run_group_tests_name("memory_dwarf", tests, made_setup, made_teardown);
}
