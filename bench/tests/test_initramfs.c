// SPDX-License-Identifier: GPL-2.0-only
/* The archive of a guest's files, read back by an unpacker of our own. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../target/initramfs.h"

static char dir[64];
static char *path;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/ncbench-initramfs.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	path = ncb_format("%s/archive", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(path);
	return ncb_remove_tree(dir);
}

/**
 * struct entry - a file as unpacked
 * @name, @data: point into the archive
 * @size: bytes of @data
 * @mode, @links, @major, @minor, @inode: its header's fields
 */
struct entry {
	const char *name;
	const char *data;
	unsigned int size, mode, links, major, minor, inode;
};

static unsigned int hex(const char *p, unsigned int field)
{
	char text[9] = "", *end;
	unsigned int value;

	memcpy(text, p + 6 + 8 * field, 8);
	value = strtoul(text, &end, 16);
	assert_ptr_equal(end, text + 8);
	return value;
}

/* Every entry up to the trailer, of which there is one, at the end. */
static size_t unpack(const char *archive, size_t size, struct entry *e, size_t room)
{
	size_t at = 0, n = 0, name_size;

	for (;;) {
		const char *p = archive + at;

		assert_true(at % 4 == 0 && at + 110 <= size && n < room);
		assert_memory_equal(p, "070701", 6);
		name_size = hex(p, 11);
		e[n] = (struct entry) {
			.name = p + 110,
			.size = hex(p, 6),
			.inode = hex(p, 0),
			.mode = hex(p, 1),
			.links = hex(p, 4),
			.major = hex(p, 9),
			.minor = hex(p, 10),
		};
		assert_int_equal(strlen(e[n].name) + 1, name_size);
		assert_int_equal(hex(p, 2) | hex(p, 3) | hex(p, 5), 0);	/* owner, group, time */
		at = (at + 110 + name_size + 3) & ~3ul;
		e[n].data = archive + at;
		at = (at + e[n].size + 3) & ~3ul;
		assert_true(at <= size);
		if (!strcmp(e[n].name, "TRAILER!!!"))
			break;
		n++;
	}
	assert_int_equal(at, size);
	return n;
}

static const struct entry *find(const struct entry *e, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(e[i].name, name))
			return &e[i];
	return NULL;
}

/* Folders before what lies in them; nothing twice; every inode its own. */
static void check_order(const struct entry *e, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		const char *slash = strrchr(e[i].name, '/');

		assert_true(e[i].name[0] != '/');
		for (k = 0; k < i; k++) {
			assert_string_not_equal(e[k].name, e[i].name);
			assert_int_not_equal(e[k].inode, e[i].inode);
		}
		if (slash) {
			char *parent = ncb_format("%.*s", (int)(slash - e[i].name), e[i].name);
			const struct entry *p = find(e, i, parent);

			assert_non_null(p);
			assert_true(S_ISDIR(p->mode));
			free(parent);
		}
	}
}

static void test_everything_in_it(void **state)
{
	struct ncb_initramfs a;
	struct entry e[32];
	const struct entry *p;
	char *archive, *odd = ncb_format("%s/odd", dir);
	size_t size, n;

	(void)state;
	assert_int_equal(ncb_write_file(odd, "12345", 5), 0);
	ncb_initramfs_begin(&a, path);
	ncb_initramfs_dir(&a, "/proc");
	ncb_initramfs_console(&a);
	ncb_initramfs_data(&a, "/plan", "{}", 2);
	ncb_initramfs_data(&a, "/empty", NULL, 0);
	ncb_initramfs_data(&a, "/a/b/c/file", "abcd", 4);
	ncb_initramfs_data(&a, "/a/b/other", "abc", 3);
	ncb_initramfs_file(&a, "/a/odd", odd);
	ncb_initramfs_dir(&a, "/proc");
	ncb_initramfs_data(&a, "/plan", "second", 6);
	assert_int_equal(ncb_initramfs_end(&a), 0);

	archive = ncb_read_file(path, &size);
	assert_non_null(archive);
	n = unpack(archive, size, e, ARRAY_SIZE(e));
	check_order(e, n);
	assert_int_equal(n, 11);
	p = find(e, n, "proc");
	assert_true(p && p->mode == (S_IFDIR | 0755));
	p = find(e, n, "dev/console");
	assert_true(p && p->mode == (S_IFCHR | 0600) && p->major == 5 && p->minor == 1);
	p = find(e, n, "plan");
	assert_true(p && S_ISREG(p->mode) && p->size == 2 && !memcmp(p->data, "{}", 2));
	p = find(e, n, "empty");
	assert_true(p && S_ISREG(p->mode) && p->size == 0 && p->links == 1);
	p = find(e, n, "a/b/c/file");
	assert_true(p && p->size == 4 && !memcmp(p->data, "abcd", 4));
	p = find(e, n, "a/odd");
	assert_true(p && p->size == 5 && !memcmp(p->data, "12345", 5));
	free(archive);
	free(odd);
}

/* Names and contents of every length modulo 4. */
static void test_padding(void **state)
{
	struct ncb_initramfs a;
	struct entry e[128];
	char *archive, name[16], data[8] = "1234567";
	size_t size, n, i, k;

	(void)state;
	ncb_initramfs_begin(&a, path);
	for (i = 1; i <= 8; i++)
		for (k = 0; k < 8; k++) {
			snprintf(name, sizeof(name), "/%zu%.*s", k, (int)i, "nnnnnnnn");
			ncb_initramfs_data(&a, name, data, k);
		}
	assert_int_equal(ncb_initramfs_end(&a), 0);
	archive = ncb_read_file(path, &size);
	n = unpack(archive, size, e, ARRAY_SIZE(e));
	assert_int_equal(n, 64);
	check_order(e, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(e[i].size, e[i].name[0] - '0');
		assert_memory_equal(e[i].data, data, e[i].size);
	}
	free(archive);
}

static char *pack_self(size_t *size)
{
	char *self = realpath("/proc/self/exe", NULL);
	struct ncb_initramfs a;

	ncb_initramfs_begin(&a, path);
	ncb_initramfs_program(&a, "/init", self, dir);
	assert_int_equal(ncb_initramfs_end(&a), 0);
	free(self);
	return ncb_read_file(path, size);
}

/* The loader that the program names, and a C library, are there, byte for byte. */
static void test_program_with_its_libraries(void **state)
{
	struct entry e[64];
	const struct entry *init, *loader = NULL;
	size_t size, n, i, library_size;
	Elf64_Ehdr h;
	Elf64_Phdr p;
	char *archive = pack_self(&size), *library;
	bool libc = false;

	(void)state;
	n = unpack(archive, size, e, ARRAY_SIZE(e));
	check_order(e, n);
	init = find(e, n, "init");
	assert_true(init && init->mode & 0100);
	memcpy(&h, init->data, sizeof(h));
	assert_memory_equal(h.e_ident, ELFMAG, SELFMAG);
	for (i = 0; i < h.e_phnum; i++) {
		memcpy(&p, init->data + h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_INTERP)
			loader = find(e, n, init->data + p.p_offset + 1);
	}
	assert_non_null(loader);
	for (i = 0; i < n; i++) {
		char *real = ncb_format("/%s", e[i].name);

		if (strstr(e[i].name, "/libc.so")) {
			library = ncb_read_file(real, &library_size);
			libc = library && library_size == e[i].size &&
			       !memcmp(library, e[i].data, library_size);
			free(library);
		}
		free(real);
	}
	assert_true(libc);
	free(archive);
}

static void test_same_input_same_archive(void **state)
{
	size_t first_size, size;
	char *first = pack_self(&first_size), *again;

	(void)state;
	sleep(1);
	again = pack_self(&size);
	assert_int_equal(size, first_size);
	assert_memory_equal(again, first, size);
	free(first);
	free(again);
}

static int pack_foreign(const char *name, uint16_t machine)
{
	struct ncb_initramfs a;

	ncb_initramfs_begin(&a, path);
	ncb_initramfs_foreign(&a, "/init", name, machine, "no-such-strip", dir);
	return ncb_initramfs_end(&a);
}

/* For another machine: its own programs only, and none that wants a loader. */
static void test_foreign_program(void **state)
{
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p;
	} program = {
		.e = { .e_ident = ELFMAG "\2", .e_machine = EM_AARCH64, .e_phnum = 1,
		       .e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr) },
		.p = { .p_type = PT_LOAD },
	};
	char *name = ncb_format("%s/program", dir), *archive;
	struct entry e[8];
	size_t size, n;

	(void)state;
	assert_int_equal(ncb_write_file(name, &program, sizeof(program)), 0);
	assert_int_equal(pack_foreign(name, EM_AARCH64), 0);
	archive = ncb_read_file(path, &size);
	n = unpack(archive, size, e, ARRAY_SIZE(e));
	assert_int_equal(n, 1);
	assert_string_equal(e[0].name, "init");
	assert_int_equal(e[0].size, sizeof(program));
	assert_memory_equal(e[0].data, &program, sizeof(program));
	free(archive);
	assert_int_equal(pack_foreign(name, EM_X86_64), -ENOEXEC);
	program.p.p_type = PT_INTERP;
	assert_int_equal(ncb_write_file(name, &program, sizeof(program)), 0);
	assert_int_equal(pack_foreign(name, EM_AARCH64), -ENOEXEC);
	/* Program headers that are not all there. */
	program.p.p_type = PT_LOAD;
	program.e.e_phnum = 2;
	assert_int_equal(ncb_write_file(name, &program, sizeof(program)), 0);
	assert_int_equal(pack_foreign(name, EM_AARCH64), -ENOEXEC);
	assert_int_equal(ncb_write_file(name, "#!/bin/sh\n", 10), 0);
	assert_int_equal(pack_foreign(name, EM_AARCH64), -ENOEXEC);
	free(name);
	assert_int_equal(pack_foreign("/no/such/program", EM_AARCH64), -ENOEXEC);
}

/* Has ldd, as seen by what is tested, print @text. */
static void plant_ldd(const char *text)
{
	char *name = ncb_format("%s/bin/ldd", dir), *bin = ncb_format("%s/bin", dir);
	char *script = ncb_format("#!/bin/sh\ncat <<'EOF'\n%s\nEOF\n", text), *env;

	assert_int_equal(ncb_make_dirs(bin), 0);
	assert_int_equal(ncb_write_file(name, script, strlen(script)), 0);
	assert_int_equal(chmod(name, 0755), 0);
	env = ncb_format("%s:%s", bin, getenv("PATH"));
	setenv("PATH", env, 1);
	free(env);
	free(name);
	free(bin);
	free(script);
}

static int pack_planted(const char *text)
{
	char *old = ncb_copy(getenv("PATH"));
	struct ncb_initramfs a;
	int err;

	plant_ldd(text);
	ncb_initramfs_begin(&a, path);
	ncb_initramfs_program(&a, "/init", "/proc/self/exe", dir);
	err = ncb_initramfs_end(&a);
	setenv("PATH", old, 1);
	free(old);
	return err;
}

/* A library for better processors only: the plain one of that name is taken. */
static void test_plain_libraries(void **state)
{
	char *better = ncb_format("%s/lib/glibc-hwcaps/x86-64-v3/libz.so.1", dir);
	char *plain = ncb_format("%s/lib/libz.so.1", dir);
	char *folder = ncb_format("%s/lib/glibc-hwcaps/x86-64-v3", dir);
	char *text = ncb_format("\tlinux-vdso.so.1 (0x7f00)\n\tlibz.so.1 => %s (0x7f01)", better);
	struct entry e[32];
	const struct entry *p;
	char *archive;
	size_t size, n;

	(void)state;
	assert_int_equal(ncb_make_dirs(folder), 0);
	assert_int_equal(ncb_write_file(better, "better", 6), 0);
	assert_int_equal(ncb_write_file(plain, "plain", 5), 0);
	assert_int_equal(pack_planted(text), 0);
	archive = ncb_read_file(path, &size);
	n = unpack(archive, size, e, ARRAY_SIZE(e));
	p = find(e, n, plain + 1);
	assert_true(p && p->size == 5 && !memcmp(p->data, "plain", 5));
	assert_null(find(e, n, better + 1));
	free(archive);
	free(better);
	free(plain);
	free(folder);
	free(text);
}

static void test_missing_library(void **state)
{
	(void)state;
	assert_int_equal(pack_planted("\tlibgone.so.1 => not found"), -ENOENT);
	assert_false(ncb_exists(path));
}

static void test_missing_file(void **state)
{
	struct ncb_initramfs a;

	(void)state;
	ncb_initramfs_begin(&a, path);
	ncb_initramfs_file(&a, "/x", "/nonexistent/file");
	ncb_initramfs_data(&a, "/y", "y", 1);
	assert_int_equal(ncb_initramfs_end(&a), -ENOENT);
	assert_false(ncb_exists(path));
}

static void test_no_such_folder(void **state)
{
	char *nowhere = ncb_format("%s/none/archive", dir);
	struct ncb_initramfs a;

	(void)state;
	ncb_initramfs_begin(&a, nowhere);
	ncb_initramfs_dir(&a, "/proc");
	assert_int_equal(ncb_initramfs_end(&a), -ENOENT);
	free(nowhere);
}

/* As on a full disk: an error, and nothing half-written stays. */
static void test_no_room(void **state)
{
	struct rlimit old, small = { .rlim_cur = 65536 };
	char *data = ncb_alloc(1, 1 << 20);
	struct ncb_initramfs a;
	int err;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	ncb_initramfs_begin(&a, path);
	ncb_initramfs_data(&a, "/big", data, 1 << 20);
	err = ncb_initramfs_end(&a);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(err, -EFBIG);
	assert_false(ncb_exists(path));
	free(data);
}

int main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_everything_in_it),
		TEST(test_padding),
		TEST(test_program_with_its_libraries),
		TEST(test_same_input_same_archive),
		TEST(test_foreign_program),
		TEST(test_plain_libraries),
		TEST(test_missing_library),
		TEST(test_missing_file),
		TEST(test_no_such_folder),
		TEST(test_no_room),
	};

	ncb_verbosity = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
