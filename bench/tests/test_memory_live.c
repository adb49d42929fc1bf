// SPDX-License-Identifier: GPL-2.0-only
/* What is there while a kernel runs, of a kernel that is made here: its memory, symbols, BTF. */
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
#include <unistd.h>
#include <cmocka.h>
#include "../memory/live.h"

/* Where things are: code, variables, and what is allocated. */
#define TEXT	0xffffffff81000000ull
#define DATA	(TEXT + 0x1000)
#define HEAP	0xffff888000010000ull

#define CALL_A	(TEXT + 0x10)
#define CALL_B	(TEXT + 0x20)
#define OTHER	(TEXT + 0x30)
#define UNTOLD	(TEXT + 0x40)
#define MODULE	0xffffffffc0000000ull	/* its code; its data a page behind */

static char root[64];
static unsigned char kernel[0x3000], heap[0x1000], module[0x2000];
static char symbols[8192];
static json_t *said;

/* -- a kernel -- */

static char *in(const char *name)
{
	return ncb_format("%s/%s", root, name);
}

static void put_file(const char *name, const void *data, size_t size)
{
	char *path = in(name), *folder = ncb_copy(path);

	*strrchr(folder, '/') = '\0';
	assert_int_equal(ncb_make_dirs(folder), 0);
	assert_int_equal(ncb_write_file(path, data, size), 0);
	free(folder);
	free(path);
}

static void put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

static unsigned char *at(uint64_t address)
{
	if (address - TEXT < sizeof(kernel))
		return kernel + (address - TEXT);
	if (address - HEAP < sizeof(heap))
		return heap + (address - HEAP);
	assert_true(address - MODULE < sizeof(module));
	return module + (address - MODULE) % sizeof(module);
}

static void put(uint64_t address, uint64_t value)
{
	memcpy(at(address), &value, sizeof(value));
}

static void put_symbol(uint64_t address, char kind, const char *name)
{
	size_t n = strlen(symbols);

	snprintf(symbols + n, sizeof(symbols) - n, "%016llx %c %s\n", (unsigned long long)address,
		 kind, name);
}

static void put_block(uint64_t block, uint64_t call, uint64_t next, int priority)
{
	put(block, call);
	put(block + 8, next);
	put(block + 16, (uint32_t)priority);
}

/* Those of the design without a lock; @prev of the first and @next of the last are the head. */
static void put_double(uint64_t block, uint64_t call, uint64_t next, uint64_t prev, int priority)
{
	put_block(block, call, next, 0);
	put(block + 16, prev);
	put(block + 24, (uint32_t)priority);
}

static int add_function(struct btf *btf, const char *name, int first)
{
	static const char *const names[] = { "nb", "event", "data" };
	int number = btf__find_by_name_kind(btf, "long", BTF_KIND_INT), proto, i;

	proto = btf__add_func_proto(btf, number);
	for (i = 0; i < 3; i++)
		assert_int_equal(btf__add_func_param(btf, names[i], i ? number : first), 0);
	return btf__add_func(btf, name, BTF_FUNC_STATIC, proto);
}

static void put_btf(const char *name, const struct btf *btf)
{
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	assert_non_null(data);
	put_file(name, data, size);
}

static int add_head(struct btf *btf, const char *name, int lock, uint32_t lock_size, int link,
		    uint32_t link_size)
{
	int id = btf__add_struct(btf, name, lock_size + link_size);

	if (lock)
		assert_int_equal(btf__add_field(btf, lock_size == 8 ? "lock" : "rwsem", lock, 0, 0), 0);
	assert_int_equal(btf__add_field(btf, "head", link, 8 * lock_size, 0), 0);
	return id;
}

static void make_btf(bool doubly)
{
	struct btf *btf = btf__new_empty();
	int pointer = btf__add_ptr(btf, 0), number = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	int list, sem, block, link, raw, many;
	uint32_t size = doubly ? 16 : 8;

	list = btf__add_struct(btf, "list_head", 16);
	btf__add_field(btf, "next", pointer, 0, 0);
	btf__add_field(btf, "prev", pointer, 64, 0);
	sem = btf__add_struct(btf, "rw_semaphore", 24);
	btf__add_field(btf, "count", number, 0, 0);
	btf__add_field(btf, "wait_list", list, 64, 0);
	link = doubly ? list : pointer;
	block = btf__add_struct(btf, "notifier_block", 16 + size);
	btf__add_field(btf, "notifier_call", pointer, 0, 0);
	btf__add_field(btf, "next", link, 64, 0);
	btf__add_field(btf, "priority", number, 64 + 8 * size, 0);
	raw = add_head(btf, "raw_notifier_head", 0, 0, link, size);
	add_head(btf, "atomic_notifier_head", number, 8, link, size);
	add_head(btf, "blocking_notifier_head", sem, 24, link, size);
	many = btf__add_array(btf, number, number, 25);
	btf__add_struct(btf, "net", 200 + size);
	btf__add_field(btf, "netdev_chain", raw, 0, 0);
	btf__add_field(btf, "many", many, 8 * size, 0);
	block = btf__add_ptr(btf, block);
	add_function(btf, "call_a", block);
	add_function(btf, "call_b", block);
	add_function(btf, "other", pointer);
	put_btf("sys/kernel/btf/vmlinux", btf);
	btf__free(btf);
}

static void make_module_btf(void)
{
	char *path = in("sys/kernel/btf/vmlinux");
	struct btf *base = btf__parse_raw(path), *btf = btf__new_empty_split(base);
	int block = btf__find_by_name_kind(base, "notifier_block", BTF_KIND_STRUCT);

	add_function(btf, "call_m", btf__add_ptr(btf, block));
	put_btf("sys/kernel/btf/mod", btf);
	btf__free(btf);
	btf__free(base);
	free(path);
}

/* Three segments behind one page of headers. */
static size_t make_core(unsigned char *file)
{
	static const struct {
		uint64_t at;
		const void *data;
		size_t size;
	} segment[] = {
		{ TEXT, kernel, sizeof(kernel) }, { HEAP, heap, sizeof(heap) },
		{ MODULE, module, sizeof(module) },
	};
	Elf64_Ehdr e = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				      EV_CURRENT },
			 .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			 .e_phoff = sizeof(e), .e_ehsize = sizeof(e), .e_phnum = ARRAY_SIZE(segment),
			 .e_phentsize = sizeof(Elf64_Phdr) };
	size_t end = 0x1000, i;

	memset(file, 0, end);
	memcpy(file, &e, sizeof(e));
	for (i = 0; i < ARRAY_SIZE(segment); i++) {
		Elf64_Phdr h = { .p_type = PT_LOAD, .p_offset = end, .p_vaddr = segment[i].at,
				 .p_filesz = segment[i].size, .p_memsz = segment[i].size };

		memcpy(file + sizeof(e) + i * sizeof(h), &h, sizeof(h));
		memcpy(file + end, segment[i].data, segment[i].size);
		end += segment[i].size;
	}
	return end;
}

static unsigned char core[0x8000];

static void look(void)
{
	char *btf = in("sys/kernel/btf/vmlinux");
	int err = 0;

	json_decref(said);
	said = ncb_live_json(&(struct ncb_live) { .root = root, .btf = btf }, &err);
	assert_int_equal(err, 0);
	assert_non_null(said);
	free(btf);
}

static void look_at_all(void)
{
	put_text("proc/kallsyms", symbols);
	put_file("proc/kcore", core, make_core(core));
	look();
}

/* Code of four functions; variables come with the test. */
static int set_up(void **state)
{
	(void)state;
	ncb_verbosity = -2;
	strcpy(root, "/tmp/ncbench-live.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	memset(kernel, 0, sizeof(kernel));
	memset(heap, 0, sizeof(heap));
	memset(module, 0, sizeof(module));
	symbols[0] = '\0';
	put_symbol(CALL_A, 't', "call_a");
	put_symbol(CALL_B, 'T', "call_b");
	put_symbol(OTHER, 't', "other");
	put_symbol(UNTOLD, 't', "untold");
	put_symbol(TEXT + 0x50, 'T', "_etext");
	make_btf(false);
	put_text("proc/sys/kernel/osrelease", "6.1.0-test\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(said);
	said = NULL;
	return ncb_remove_tree(root);
}

/* -- what is said -- */

static json_t *part(const char *name)
{
	json_t *p = json_object_get(said, name);

	assert_non_null(p);
	return p;
}

static const char *reason(const char *name)
{
	return json_string_value(json_object_get(part(name), "reason"));
}

static json_int_t number(const char *name, const char *key)
{
	json_t *v = json_object_get(part(name), key);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static json_t *chain(const char *name)
{
	json_t *list = json_object_get(part("walk"), "chains"), *c;
	size_t i;

	json_array_foreach(list, i, c)
		if (!strcmp(json_string_value(json_object_get(c, "name")), name))
			return c;
	return NULL;
}

static const char *text(json_t *of, const char *key)
{
	return json_string_value(json_object_get(of, key));
}

static json_t *block(json_t *of, size_t i)
{
	return json_array_get(json_object_get(of, "blocks"), i);
}

static void assert_refused(const char *why)
{
	json_t *list = json_object_get(part("walk"), "refusals");

	assert_int_equal(number("walk", "refused"), 1);
	assert_int_equal(json_array_size(json_object_get(part("walk"), "chains")), 0);
	assert_non_null(strstr(text(json_array_get(list, 0), "why"), why));
}

/* -- chains -- */

#define HEAD	DATA
#define FIRST	(DATA + 0x40)
#define SECOND	(DATA + 0x80)

/* A head and room for two blocks; what they hold is the test's. */
static void put_variables(void)
{
	put_symbol(HEAD, 'b', "head");
	put_symbol(HEAD + 8, 'b', "between");
	put_symbol(FIRST, 'd', "first");
	put_symbol(SECOND, 'D', "second");
	put_symbol(SECOND + 0x40, 'D', "end");
	put(HEAD, FIRST);
	put_block(FIRST, CALL_A, SECOND, 5);
	put_block(SECOND, CALL_B, 0, -1);
}

static void test_chain(void **state)
{
	json_t *c;

	(void)state;
	put_variables();
	put_block(SECOND, CALL_B, HEAP + 0x100, 5);
	put_block(HEAP + 0x100, CALL_A, 0, -7);
	look_at_all();
	assert_string_equal(reason("walk"), "");
	assert_string_equal(text(said, "release"), "6.1.0-test");
	assert_int_equal(number("walk", "blocks"), 3);
	assert_int_equal(number("walk", "static"), 2);
	assert_int_equal(number("walk", "allocated"), 1);
	assert_int_equal(number("walk", "more"), 8);
	assert_int_equal(number("walk", "callbacks"), 1);
	assert_int_equal(number("walk", "refused"), 0);
	c = chain("head");
	assert_non_null(c);
	assert_string_equal(text(c, "type"), "raw_notifier_head");
	assert_string_equal(text(c, "or"), "");
	assert_int_equal(json_array_size(json_object_get(c, "blocks")), 3);
	assert_string_equal(text(block(c, 0), "callback"), "call_a");
	assert_string_equal(text(block(c, 0), "static"), "first");
	assert_string_equal(text(block(c, 1), "callback"), "call_b");
	assert_string_equal(text(block(c, 2), "static"), "");
	assert_int_equal(json_integer_value(json_object_get(block(c, 2), "priority")), -7);
	/* The link of a block leads to a block, too. */
	assert_int_equal(json_array_size(json_object_get(part("walk"), "chains")), 1);
}

static void test_kinds_of_heads(void **state)
{
	const uint64_t blocking = DATA + 0x200, atomic = DATA + 0x300;

	(void)state;
	put_variables();
	put_symbol(blocking, 'd', "blocking");
	put_symbol(blocking + 0x40, 'd', "end_of_it");
	put(blocking + 8, blocking + 8);
	put(blocking + 16, blocking + 8);
	put(blocking + 24, HEAP);
	put_block(HEAP, CALL_A, 0, 0);
	put_symbol(atomic, 'B', "atomic");
	put_symbol(atomic + 0x10, 'B', "_end");
	put(atomic + 8, HEAP + 0x40);
	put_block(HEAP + 0x40, CALL_A, 0, 0);
	look_at_all();
	assert_string_equal(text(chain("blocking"), "type"), "blocking_notifier_head");
	assert_string_equal(text(chain("blocking"), "or"), "");
	assert_string_equal(text(chain("atomic"), "type"), "atomic_notifier_head");
	assert_string_equal(text(chain("atomic"), "or"), "raw_notifier_head");
	assert_string_equal(text(chain("head"), "type"), "raw_notifier_head");
	/* A list that is not the lock's own. */
	put(blocking + 8, DATA + 0x100);
	look_at_all();
	assert_string_not_equal(text(chain("blocking"), "type"), "blocking_notifier_head");
}

static void test_refused(void **state)
{
	(void)state;
	put_variables();
	put_block(SECOND, CALL_B, FIRST, 5);
	look_at_all();
	assert_refused("loop");
	put_block(SECOND, CALL_B, 0, 6);
	look_at_all();
	assert_refused("rises");
	put_block(SECOND, CALL_B + 4, 0, 5);
	look_at_all();
	assert_refused("no function");
	put_block(SECOND, OTHER, 0, 5);
	look_at_all();
	assert_refused("something else");
	put_block(FIRST, CALL_A, HEAP + sizeof(heap) - 8, 5);
	look_at_all();
	assert_refused("no memory");
	put_block(FIRST, CALL_A, SECOND + 4, 5);
	look_at_all();
	assert_refused("no memory");
}

/* Of what begins with no callback nothing is said; nor of what BTF does not know. */
static void test_no_chain(void **state)
{
	(void)state;
	put_variables();
	put_block(SECOND, CALL_B, 0, 0);
	put_block(FIRST, CALL_A + 1, SECOND, 5);
	look_at_all();
	assert_int_equal(number("walk", "functions"), 1);	/* what FIRST leads to */
	put_block(FIRST, OTHER, 0, 5);
	look_at_all();
	assert_int_equal(number("walk", "functions"), 1);
	assert_int_equal(number("walk", "callbacks"), 0);
	put_block(FIRST, UNTOLD, 0, 5);
	look_at_all();
	assert_int_equal(number("walk", "untold"), 1);
	assert_int_equal(number("walk", "blocks"), 0);
	/* One that is known vouches for it. */
	put_block(FIRST, UNTOLD, SECOND, 5);
	look_at_all();
	assert_int_equal(number("walk", "blocks"), 2);
	assert_false(json_is_true(json_object_get(block(chain("head"), 0), "told")));
	assert_true(json_is_true(json_object_get(block(chain("head"), 1), "told")));
}

static void test_pointers_to_blocks(void **state)
{
	(void)state;
	put_variables();
	/* Into the middle: the head is where all of the chain is. */
	put(HEAD + 8, SECOND);
	look_at_all();
	assert_int_equal(number("walk", "blocks"), 2);
	assert_int_equal(number("walk", "refused"), 1);
	assert_non_null(chain("head"));
	/* To the same block: which is the head, nothing says. */
	put(HEAD + 8, FIRST);
	look_at_all();
	assert_int_equal(number("walk", "blocks"), 0);
	assert_int_equal(number("walk", "refused"), 2);
}

/* Others have that memory now: what is there is no variable. */
static void test_freed_memory(void **state)
{
	static const char *const ranges[][2] = {
		{ "__init_begin", "__init_end" },
		{ "__start_bss_decrypted_unused", "__end_bss_decrypted" },
		{ "__brk_base", "__brk_limit" }, { "_end", "behind" },
	};
	size_t i;

	(void)state;
	put_variables();
	put(DATA + 0x810, HEAP);
	put_block(HEAP, CALL_A, 0, 0);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		put_symbol(DATA + 0x800, 'D', ranges[i][0]);
		put_symbol(DATA + 0x808, 'd', "inside");
		put_symbol(DATA + 0x820, 'D', ranges[i][1]);
		look_at_all();
		assert_int_equal(number("walk", "blocks"), 2);
		*strstr(symbols, ranges[i][0]) = 'x';
		look_at_all();
		assert_int_equal(number("walk", "blocks"), 3);
		*strstr(symbols, "ffffffff81001800") = '\0';
	}
}

static void test_module(void **state)
{
	const uint64_t head = MODULE + 0x1000, first = MODULE + 0x1040;

	(void)state;
	put_variables();
	put_symbol(MODULE, 't', "call_m\t[mod]");
	put_symbol(head, 'b', "head_of_it\t[mod]");
	put_symbol(first, 'd', "nb\t[mod]");
	put(head, first);
	put_block(first, MODULE, 0, 3);
	/* A trampoline is no module. */
	put_symbol(MODULE + 0x100, 't', "bpf_prog\t[bpf]");
	put(HEAD + 8, HEAP);
	put_block(HEAP, MODULE + 0x100, 0, 0);
	look_at_all();
	assert_null(chain("head_of_it"));
	assert_int_equal(number("walk", "untold"), 1);
	assert_int_equal(number("walk", "modules"), 1);
	assert_int_equal(number("walk", "modules_without_btf"), 1);
	make_module_btf();
	look_at_all();
	assert_int_equal(number("walk", "modules_without_btf"), 0);
	assert_string_equal(text(chain("head_of_it"), "module"), "mod");
	assert_string_equal(text(block(chain("head_of_it"), 0), "module"), "mod");
	assert_string_equal(text(block(chain("head_of_it"), 0), "static"), "nb");
	assert_int_equal(number("walk", "static"), 3);
}

/* Behind the last variable of a piece of a module is what somebody left there. */
static void test_end_of_module(void **state)
{
	const uint64_t last = MODULE + 0x40, next = MODULE + 0x1000;

	(void)state;
	put_variables();
	put_symbol(last, 'b', "last\t[mod]");
	put_symbol(next, 'b', "next\t[mod]");
	put_symbol(next + 0x80, 'b', "end\t[mod]");
	put(last + 0x80, FIRST);
	look_at_all();
	assert_int_equal(number("walk", "refused"), 0);
	assert_int_equal(number("walk", "blocks"), 2);
	/* But there it has a head, if it is one. */
	put(last, HEAP);
	put(next + 0x40, HEAP + 0x40);
	put_block(HEAP, CALL_A, 0, 0);
	put_block(HEAP + 0x40, CALL_A, 0, 0);
	look_at_all();
	assert_int_equal(number("walk", "blocks"), 4);
	assert_non_null(chain("last"));
	assert_int_equal(json_integer_value(json_object_get(chain("next"), "offset")), 0x40);
}

static void test_doubly(void **state)
{
	const uint64_t head = DATA + 0x200;

	(void)state;
	make_btf(true);
	put_symbol(head, 'd', "head");
	put_symbol(head + 16, 'd', "first");
	put_symbol(head + 48, 'd', "empty");
	put_symbol(head + 64, 'd', "end");
	put(head, head + 16 + 8);
	put(head + 8, HEAP + 8);
	put_double(head + 16, CALL_A, HEAP + 8, head, 5);
	put_double(HEAP, CALL_B, head, head + 16 + 8, 5);
	put(head + 48, head + 48);
	put(head + 56, head + 48);
	look_at_all();
	assert_int_equal(number("walk", "blocks"), 2);
	assert_int_equal(number("walk", "static"), 1);
	assert_int_equal(number("walk", "refused"), 0);
	assert_int_equal(number("walk", "more"), -8);
	assert_int_equal(json_array_size(json_object_get(part("walk"), "chains")), 1);
	assert_string_equal(text(block(chain("head"), 1), "callback"), "call_b");
	/* Each points back to the one before it, the head to the last. */
	put_double(HEAP, CALL_B, head, head, 5);
	look_at_all();
	assert_refused("point back");
	put_double(HEAP, CALL_B, head, head + 16 + 8, 5);
	put(head + 8, head + 16 + 8);
	look_at_all();
	assert_refused("point back");
}

/* -- what cannot be read -- */

static void test_reasons(void **state)
{
	char *path = in("proc/kcore");

	(void)state;
	put_variables();
	look();
	assert_non_null(strstr(reason("walk"), "no /proc/kcore"));
	assert_non_null(strstr(reason("traced"), "no tracefs"));
	assert_non_null(strstr(reason("slab"), "no /proc/slabinfo"));
	put_file("proc/kcore", core, make_core(core));
	look();
	assert_non_null(strstr(reason("walk"), "no /proc/kallsyms"));
	put_text("proc/kallsyms", "0000000000000000 T call_a\n0000000000000000 d head\n");
	look();
	assert_non_null(strstr(reason("walk"), "hides addresses"));
	put_text("proc/kallsyms", "ffffffff81000010 T call_a\nwhat is this\n");
	look();
	assert_non_null(strstr(reason("walk"), "no symbol"));
	put_text("proc/kallsyms", "ffffffff81000010 T call_a\n");
	look();
	assert_non_null(strstr(reason("walk"), "CONFIG_KALLSYMS_ALL"));
	free(path);
}

/* Whatever is wrong with it: an answer, and no access beyond it. */
static void test_damaged_core(void **state)
{
	size_t size, i;

	(void)state;
	put_variables();
	put_text("proc/kallsyms", symbols);
	size = make_core(core);
	core[offsetof(Elf64_Ehdr, e_phnum)] = core[offsetof(Elf64_Ehdr, e_phnum) + 1] = 0xff;
	put_file("proc/kcore", core, size);
	look();
	assert_non_null(strstr(reason("walk"), "no core file"));
	make_core(core);
	core[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
	put_file("proc/kcore", core, size);
	look();
	assert_non_null(strstr(reason("walk"), "no core file"));
	for (i = 0; i < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr); i++) {
		make_core(core);
		core[i] ^= 0xff;
		put_file("proc/kcore", core, size);
		look();
		put_file("proc/kcore", core, i);
		look();
		assert_string_not_equal(reason("walk"), "");
	}
	/* Half of the memory is missing. */
	make_core(core);
	put_file("proc/kcore", core, 0x1000 + 0x1010);
	look();
	assert_string_equal(reason("walk"), "");
	assert_int_equal(number("walk", "blocks"), 0);
}

/* The same of symbols, and of the memory itself. */
static void test_damaged_contents(void **state)
{
	size_t size, i;

	(void)state;
	put_variables();
	size = make_core(core);
	put_file("proc/kcore", core, size);
	for (i = 0; symbols[i]; i++) {
		char was = symbols[i];

		symbols[i] = was == 'f' ? '0' : was == ' ' ? '\n' : 'f';
		put_text("proc/kallsyms", symbols);
		look();
		symbols[i] = was;
	}
	put_text("proc/kallsyms", symbols);
	for (i = 0; i < 0xc0; i++) {
		make_core(core);
		core[0x1000 + (DATA - TEXT) + i] ^= 0xff;
		put_file("proc/kcore", core, size);
		look();
		assert_string_equal(reason("walk"), "");
		assert_true(number("walk", "blocks") <= 2);
	}
}

/* -- registrations -- */

#define EVENTS	"sys/kernel/tracing/events/notifier/"
#define LINE	" swapper/0-1 [000] .....     0.1: notifier_"

static void trace(const char *counts, const char *lines)
{
	char *all = ncb_format("# tracer: nop\n#\n# entries-in-buffer/entries-written: %s   #P:1\n%s",
			       counts, lines);

	put_text("sys/kernel/tracing/trace", all);
	free(all);
}

static void test_traced(void **state)
{
	static const char lines[] =
		LINE "register: call_a\n" LINE "register: call_b\n" LINE "register: far [mod]\n"
		LINE "register: gone\n" LINE "unregister: gone\n" LINE "unregister: before\n";

	(void)state;
	put_variables();
	put_block(SECOND, CALL_B, HEAP, 5);
	put_block(HEAP, CALL_B, 0, 0);
	trace("6/6", lines);
	put_text("proc/cmdline", "quiet\n");
	look_at_all();
	assert_non_null(strstr(reason("traced"), "no tracepoints"));
	put_text(EVENTS "notifier_register/enable", "1\n");
	put_text(EVENTS "notifier_unregister/enable", "1\n");
	put_text("sys/kernel/tracing/tracing_on", "1\n");
	look_at_all();
	assert_non_null(strstr(reason("traced"), "not on from boot"));
	put_text("proc/cmdline",
		 "quiet trace_event=notifier:notifier_register,notifier:notifier_unregister\n");
	look_at_all();
	assert_string_equal(reason("traced"), "");
	assert_int_equal(number("traced", "registered"), 4);
	assert_int_equal(number("traced", "unregistered"), 2);
	assert_int_equal(number("traced", "there"), 3);
	assert_int_equal(number("traced", "not_reached"), 1);
	assert_int_equal(number("traced", "not_traced"), 1);
	assert_string_equal(text(json_array_get(json_object_get(part("traced"), "missing"), 0),
				 "callback"), "far [mod]");
	assert_string_equal(text(json_array_get(json_object_get(part("traced"), "early"), 0),
				 "callback"), "call_b");
	trace("6/7", lines);
	look();
	assert_non_null(strstr(reason("traced"), "lost its oldest"));
	trace("6/6", lines);
	put_text("sys/kernel/tracing/tracing_on", "0\n");
	look();
	assert_non_null(strstr(reason("traced"), "off since"));
	/* Without a walk, what it reached is not known. */
	put_text("sys/kernel/tracing/tracing_on", "1\n");
	put_text("proc/kallsyms", "");
	look();
	assert_int_equal(number("traced", "there"), 3);
	assert_true(json_is_null(json_object_get(part("traced"), "not_reached")));
}

/* -- objects -- */

static json_t *cache(void)
{
	return json_array_get(json_object_get(part("slab"), "caches"), 0);
}

static json_int_t of_cache(const char *key)
{
	return json_integer_value(json_object_get(cache(), key));
}

static void slabinfo(unsigned int size)
{
	char *all = ncb_format("slabinfo - version: 2.1\n# name\nnet_namespace_x 1 1 208 19 1 :\n"
			       "net_namespace 5 19 %u 19 1 : tunables 0 0 0 : slabdata 1 1 0\n",
			       size);

	put_text("proc/slabinfo", all);
	free(all);
}

static void test_slab(void **state)
{
	(void)state;
	slabinfo(208);
	look();
	assert_string_equal(reason("slab"), "");
	assert_int_equal(number("slab", "structs"), 1);
	assert_int_equal(number("slab", "unknown"), 0);
	assert_int_equal(of_cache("objects"), 5);
	assert_int_equal(of_cache("size"), 208);
	assert_int_equal(of_cache("object"), 208);
	assert_int_equal(of_cache("other"), 216);
	/* It keeps to 16 bytes now; so it will. */
	assert_int_equal(of_cache("other_object"), 224);
	assert_int_equal(of_cache("per_slab"), 19);
	assert_int_equal(of_cache("other_per_slab"), 18);
	assert_true(json_is_null(json_object_get(cache(), "aliases")));
	put_text("sys/kernel/slab/net_namespace/aliases", "2\n");
	look();
	assert_int_equal(of_cache("aliases"), 2);
	/* Of another struct, or of a kernel that looks for overruns. */
	slabinfo(200);
	look();
	assert_int_equal(number("slab", "unknown"), 1);
	slabinfo(288);
	look();
	assert_int_equal(number("slab", "unknown"), 1);
}

/* What is said of kmalloc(), which shows caches of these names and sizes. */
static const json_t *classes(const char *const *names, const int *size, size_t n)
{
	char *all = ncb_copy("slabinfo - version: 2.1\nkmalloc-rcl-24 0 0 24 1 1 :\n"), *longer;
	size_t i;

	for (i = 0; i < n; i++) {
		longer = ncb_format("%skmalloc-%s 0 0 %d 1 1 :\n", all, names[i], size[i]);
		free(all);
		all = longer;
	}
	put_text("proc/slabinfo", all);
	free(all);
	look();
	return json_object_get(part("slab"), "classes");
}

static void test_classes(void **state)
{
	/* Not in the order of their sizes. */
	static const char *const names[] = { "8", "16", "32", "64", "128", "256", "96", "192", "2k" };
	static const int size[] = { 8, 16, 32, 64, 128, 256, 96, 192, 512 };
	static const char *const few[] = { "128", "256" };
	static const int few_sizes[] = { 128, 256 };

	(void)state;
	assert_true(json_is_true(classes(names, size, 9)));
	/* Without 8; with a gap; none below 128. */
	assert_true(json_is_false(classes(names + 1, size + 1, 8)));
	assert_true(json_is_false(classes(names, size, 7)));
	assert_true(json_is_false(classes(few, few_sizes, 2)));
	assert_true(json_is_null(classes(NULL, NULL, 0)));
}

int main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_chain),
		TEST(test_kinds_of_heads),
		TEST(test_refused),
		TEST(test_no_chain),
		TEST(test_pointers_to_blocks),
		TEST(test_freed_memory),
		TEST(test_module),
		TEST(test_end_of_module),
		TEST(test_doubly),
		TEST(test_reasons),
		TEST(test_damaged_core),
		TEST(test_damaged_contents),
		TEST(test_traced),
		TEST(test_slab),
		TEST(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
