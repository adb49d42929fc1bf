// SPDX-License-Identifier: GPL-2.0-only
/* Machines that guests can be: the table, their kernel images, and what is missing for them. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <cmocka.h>
#include "../target/driver.h"
#include "../target/image.h"
#include "../target/kernel.h"
#include "../target/machine.h"

static char dir[64], *path, *old_path;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/ncbench-machine.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	path = ncb_format("%s/image", dir);
	old_path = ncb_copy(getenv("PATH"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	setenv("PATH", old_path, 1);
	free(old_path);
	free(path);
	return ncb_remove_tree(dir);
}

/* -- the table -- */

static bool has_option(const struct ncb_machine *m, const char *words)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(m->devices) && m->devices[i]; i++)
		if (strstr(m->devices[i], words))
			return true;
	return false;
}

/* The lists end, and both ways out of the guest are attached to something. */
static void test_entries_are_whole(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ncb_machine_count; i++) {
		const struct ncb_machine *m = &ncb_machines[i];

		assert_true(m->name && m->uname && m->kernel_arch && m->debian && m->suffix);
		assert_true(m->elf && m->cross && m->cross_packages && m->qemu && m->qemu_package);
		assert_null(m->devices[ARRAY_SIZE(m->devices) - 1]);
		assert_null(m->tcg->options[ARRAY_SIZE(m->tcg->options) - 1]);
		assert_true(has_option(m, "chardev:console"));
		assert_true(has_option(m, "chardev:wire") || has_option(m, "chardev=wire"));
		/* The console's messages would be damage on the wire. */
		assert_int_not_equal(strncmp(m->console, m->wire, strlen(m->wire)), 0);
		assert_int_equal(m->tcg->metric, NCB_INSN);
		assert_non_null(m->read_image);
	}
}

/* What one machine fetched must not be taken for another's. */
static void test_names_do_not_collide(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ncb_machine_count; i++) {
		for (k = 0; k < i; k++) {
			assert_string_not_equal(ncb_machines[i].name, ncb_machines[k].name);
			assert_string_not_equal(ncb_machines[i].suffix, ncb_machines[k].suffix);
			assert_string_not_equal(ncb_machines[i].debian, ncb_machines[k].debian);
			assert_int_not_equal(ncb_machines[i].elf, ncb_machines[k].elf);
		}
	}
}

static void test_found_by_name(void **state)
{
	(void)state;
	assert_string_equal(ncb_machine_find("arm64")->uname, "aarch64");
	assert_ptr_equal(ncb_machine_find("aarch64"), ncb_machine_find("arm64"));
	assert_string_equal(ncb_machine_find("x86_64")->debian, "amd64");
	assert_ptr_equal(ncb_machine_find("x86"), ncb_machine_find("x86_64"));
	assert_ptr_equal(ncb_machine_building("arm64"), ncb_machine_find("arm64"));
	assert_null(ncb_machine_building("um"));
	assert_null(ncb_machine_find("arm"));
	assert_null(ncb_machine_find(""));
	assert_int_equal(ncb_machine_check(NULL), 0);
	assert_int_equal(ncb_machine_check("arm64"), 0);
	assert_int_equal(ncb_machine_check("mips"), -EINVAL);
}

/* Tools of this machine have plain names, those for another its prefix. */
static void test_tools(void **state)
{
	const struct ncb_machine *here = ncb_machine_here();
	size_t i;

	(void)state;
	assert_ptr_equal(ncb_machine_find(NULL), here);
	for (i = 0; i < ncb_machine_count; i++) {
		const struct ncb_machine *m = &ncb_machines[i];
		char *tool = ncb_machine_tool(m, "strip");
		char *prefixed = ncb_format("%sstrip", m->cross);

		assert_int_equal(ncb_machine_is_here(m), m == here);
		assert_string_equal(tool, m == here ? "strip" : prefixed);
		free(tool);
		free(prefixed);
	}
}

/* -- kernel images -- */

#define SIZE	4096

static void write_plain(const char *data, size_t size)
{
	assert_int_equal(ncb_write_file(path, data, size), 0);
}

static void write_packed(const char *data, size_t size)
{
	gzFile file = gzopen(path, "we");

	assert_non_null(file);
	assert_int_equal(gzwrite(file, data, size), size);
	assert_int_equal(gzclose(file), Z_OK);
}

/* The format of the greeting stands in the image, too, before the greeting itself. */
static void make_arm64(char image[SIZE])
{
	memset(image, 0, SIZE);
	memcpy(image, "MZ", 2);
	memcpy(image + 0x38, "ARM\x64", 4);
	strcpy(image + 1000, "Linux version %s (%s)");
	strcpy(image + 2000, "Linux version 6.1.0-56-arm64 (somebody@somewhere) (gcc-12");
}

/* The last use of the words is at the very end, without a space behind. */
static void test_arm64_image(void **state)
{
	struct ncb_image k;
	char image[SIZE];

	(void)state;
	make_arm64(image);
	memcpy(image + SIZE - 15, "Linux version 9", 15);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_arm64(path, &k), 0);
	assert_string_equal(k.release, "6.1.0-56-arm64");
	assert_string_equal(k.boot, path);
	assert_true(k.direct);
	ncb_image_free(&k);

	memset(image + 2000, 0, 100);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_arm64(path, &k), 0);
	assert_null(k.release);
	ncb_image_free(&k);
}

static void test_arm64_image_packed(void **state)
{
	struct ncb_image k;
	char image[SIZE], *packed;
	size_t size;

	(void)state;
	make_arm64(image);
	write_packed(image, SIZE);
	assert_int_equal(ncb_image_arm64(path, &k), 0);
	assert_string_equal(k.release, "6.1.0-56-arm64");
	assert_string_equal(k.boot, path);
	assert_false(k.direct);
	ncb_image_free(&k);

	/* Its check sum is not there: nothing of it holds. */
	packed = ncb_read_file(path, &size);
	write_plain(packed, size - 4);
	assert_int_equal(ncb_image_arm64(path, &k), -EIO);
	ncb_image_free(&k);
	packed[size - 6] ^= 1;
	write_plain(packed, size);
	assert_int_equal(ncb_image_arm64(path, &k), -EIO);
	ncb_image_free(&k);
	free(packed);
}

static void make_x86(char image[SIZE])
{
	memset(image, 0, SIZE);
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x0f;
	image[0x207] = 0x02;
	image[0x20e] = 0x00;
	image[0x20f] = 0x06;		/* at 0x800 */
	strcpy(image + 0x800, "6.1.0-56-amd64 (somebody@somewhere) #1");
}

/* A payload that cannot be unpacked here is left to the guest. */
static void test_x86_image(void **state)
{
	struct ncb_image k;
	char image[SIZE];

	(void)state;
	make_x86(image);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_x86(path, &k), 0);
	assert_string_equal(k.release, "6.1.0-56-amd64");
	assert_string_equal(k.boot, path);
	assert_false(k.direct);
	ncb_image_free(&k);
	image[0x207] = 0x01;		/* a boot protocol too old */
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_x86(path, &k), -EINVAL);
	ncb_image_free(&k);
}

/* Each says of the other's kernel, and of what is none, that it is not its own. */
static void test_other_files(void **state)
{
	struct ncb_image k;
	char image[SIZE];

	(void)state;
	make_arm64(image);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_x86(path, &k), -EINVAL);
	make_x86(image);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_arm64(path, &k), -EINVAL);
	make_arm64(image);
	memcpy(image + 0x38, "ARM", 4);
	memcpy(image + 4, "zimg", 4);
	write_plain(image, SIZE);
	assert_int_equal(ncb_image_arm64(path, &k), -EINVAL);
	write_plain("text\n", 5);
	assert_int_equal(ncb_image_arm64(path, &k), -EINVAL);
	assert_int_equal(ncb_image_x86(path, &k), -EINVAL);
	write_plain("", 0);
	assert_int_equal(ncb_image_arm64(path, &k), -EINVAL);
	assert_int_equal(remove(path), 0);
	assert_int_equal(ncb_image_arm64(path, &k), -ENOENT);
	assert_int_equal(ncb_image_x86(path, &k), -ENOENT);
}

/* A given kernel that is not the one its headers are for, whatever machine's. */
static void test_release_of_the_headers(void **state)
{
	static const char header[] = "#define UTS_RELEASE \"6.1.0-55-arm64\"\n";
	char *kdir = ncb_format("%s/build", dir), *below = ncb_format("%s/include/generated", kdir);
	char *file = ncb_format("%s/utsrelease.h", below);
	const struct ncb_machine *m = ncb_machine_find("arm64");
	struct ncb_kernel k;
	char image[SIZE];

	(void)state;
	make_arm64(image);
	write_plain(image, SIZE);
	assert_int_equal(ncb_make_dirs(below), 0);
	assert_int_equal(ncb_write_file(file, header, strlen(header)), 0);
	assert_int_equal(ncb_kernel_get(m, path, kdir, &k), -EINVAL);
	strcpy(image + 2000, "Linux version 6.1.0-55-arm64 (");
	write_plain(image, SIZE);
	assert_int_equal(ncb_kernel_get(m, path, kdir, &k), 0);
	assert_string_equal(k.release, "6.1.0-55-arm64");
	assert_string_equal(k.boot, path);
	ncb_kernel_free(&k);
	free(kdir);
	free(below);
	free(file);
}

/* -- what is missing -- */

/* Nothing but what is planted can be found. */
static void plant(const char *name, const char *script)
{
	char *file = ncb_format("%s/%s", dir, name), *text = ncb_format("#!/bin/sh\n%s\n", script);

	assert_int_equal(ncb_write_file(file, text, strlen(text)), 0);
	assert_int_equal(chmod(file, 0755), 0);
	free(file);
	free(text);
}

static void plant_qemu(const char *version)
{
	char *script = ncb_format("echo 'QEMU emulator version %s (Some 1:2)'", version);

	plant("qemu-system-aarch64", script);
	free(script);
}

static void test_qemu(void **state)
{
	static const struct {
		const char *version;
		int err;
	} cases[] = {
		{ "6.2.0", -EOPNOTSUPP }, { "7.0.50", -EOPNOTSUPP }, { "7.1.0", 0 }, { "7.10.0", 0 },
		{ "8.0.0", 0 }, { "10.0.2", 0 },
	};
	const struct ncb_machine *m = ncb_machine_find("arm64");
	char why[256], *version;
	size_t i;

	(void)state;
	setenv("PATH", dir, 1);
	assert_int_equal(ncb_machine_qemu(m, &version, why, sizeof(why)), -EOPNOTSUPP);
	assert_non_null(strstr(why, "install the package qemu-system-arm"));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		plant_qemu(cases[i].version);
		assert_int_equal(ncb_machine_qemu(m, &version, why, sizeof(why)), cases[i].err);
		if (cases[i].err) {
			assert_null(version);
			assert_non_null(strstr(why, "7.1 or newer"));
		} else {
			assert_int_equal(strncmp(version, cases[i].version, strlen(cases[i].version)),
					 0);
		}
		free(version);
	}
	setenv("PATH", old_path, 1);
}

static void test_cross_compiler(void **state)
{
	const struct ncb_machine *m = NULL;
	char why[256], *compiler;
	size_t i;

	(void)state;
	for (i = 0; i < ncb_machine_count; i++)
		if (!ncb_machine_is_here(&ncb_machines[i]))
			m = &ncb_machines[i];
	compiler = ncb_machine_tool(m, "gcc");
	setenv("PATH", dir, 1);
	assert_int_equal(ncb_driver_possible(m, why, sizeof(why)), -EOPNOTSUPP);
	assert_non_null(strstr(why, m->cross_packages));
	assert_non_null(strstr(why, compiler));
	/* As gcc says it where it finds none. */
	plant(compiler, "echo libc.a");
	assert_int_equal(ncb_driver_possible(m, why, sizeof(why)), -EOPNOTSUPP);
	assert_non_null(strstr(why, "no libc.a"));
	assert_non_null(strstr(why, m->cross_packages));
	plant(compiler, "echo /somewhere/libc.a");
	assert_int_equal(ncb_machine_can_build(m, why, sizeof(why)), 0);
	/* This machine's guests run this program: nothing is built. */
	if (ncb_machine_here())
		assert_int_equal(ncb_driver_possible(ncb_machine_here(), why, sizeof(why)), 0);
	setenv("PATH", old_path, 1);
	free(compiler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_whole),
		cmocka_unit_test(test_names_do_not_collide),
		cmocka_unit_test(test_found_by_name),
		cmocka_unit_test(test_tools),
		cmocka_unit_test_setup_teardown(test_arm64_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_arm64_image_packed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_x86_image, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_release_of_the_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_qemu, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cross_compiler, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
