// SPDX-License-Identifier: GPL-2.0-only
/* Target uml without a kernel: what it refuses, and where its results and its memory are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../target/built.h"
#include "../target/guest.h"
#include "../target/uml_process.h"

extern const struct ncb_target ncb_target_uml;

#define COMPLETE	"CONFIG_UML=y\nCONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\n" \
			"CONFIG_BLK_DEV_INITRD=y\nCONFIG_HOSTFS=y\nCONFIG_DEBUG_FS=y\n" \
			"CONFIG_TMPFS=y\nCONFIG_DEVTMPFS=y\n"

static char dir[64], *image;

static void put(const char *name, const char *text)
{
	char *path = ncb_format("%s/%s", dir, name);

	assert_int_equal(ncb_write_file(path, text, strlen(text)), 0);
	free(path);
}

/* A build folder that has all that is wanted. */
static int set_up(void **state)
{
	char *config;

	(void)state;
	strcpy(dir, "/tmp/ncbench-uml.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	image = ncb_format("%s/linux", dir);
	config = ncb_format("%s/include/config", dir);
	assert_int_equal(ncb_make_dirs(config), 0);
	free(config);
	put("linux", "#!/bin/sh\n");
	chmod(image, 0755);
	put(".config", COMPLETE);
	put("Module.symvers", "");
	put("include/config/kernel.release", "6.1.0\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(image);
	return ncb_remove_tree(dir);
}

static int ask(const char *kernel, char *why, size_t size)
{
	struct ncb_run_options o = { .target = "uml", .profile = "quick", .cpu = -1, .kernel = kernel };

	return ncb_target_uml.possible(&o, why, size);
}

static void test_complete(void **state)
{
	char why[512];

	(void)state;
	assert_int_equal(ask(image, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "6.1.0"));
}

/* Each option is asked for, and one that is a module or off is none. */
static void test_options(void **state)
{
	static const char *const names[] = {
		"UML", "MODULES", "MODULE_UNLOAD", "BLK_DEV_INITRD", "HOSTFS", "DEBUG_FS", "TMPFS",
		"DEVTMPFS",
	};
	char why[512], name[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *config = ncb_copy("CONFIG_64BIT=y\n" COMPLETE), *at;

		snprintf(name, sizeof(name), "\nCONFIG_%s=y", names[i]);
		at = strstr(config, name);
		assert_non_null(at);
		at[strlen(name) - 1] = 'm';
		put(".config", config);
		assert_int_not_equal(ask(image, why, sizeof(why)), 0);
		name[strlen(name) - 2] = ':';
		name[strlen(name) - 1] = '\0';
		assert_non_null(strstr(why, name + 1));
		free(config);
	}
}

static void test_build_folder(void **state)
{
	char why[512], *symvers = ncb_format("%s/Module.symvers", dir);

	(void)state;
	unlink(symvers);
	assert_int_not_equal(ask(image, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "vmlinux.symvers"));
	free(symvers);
	assert_int_not_equal(ask(dir, why, sizeof(why)), 0);
	assert_non_null(strstr(why, "KERNEL=/path/linux"));
	assert_int_not_equal(ask("/nothing/linux", why, sizeof(why)), 0);
	assert_non_null(strstr(why, "KERNEL=/path/linux"));
}

/* What is built and what is booted as it is. */
static void test_sources(void **state)
{
	char *kconfig = ncb_format("%s/Kconfig", dir), *patched = ncb_format("%s+a.patch", dir);

	(void)state;
	assert_true(ncb_built_is_source("linux-source-6.1"));
	assert_true(ncb_built_is_source("linux-source-6.1+a.patch"));
	assert_false(ncb_built_is_source("6.1"));
	assert_false(ncb_built_is_source(image));
	assert_false(ncb_built_is_source(dir));
	assert_false(ncb_built_is_source(patched));
	assert_int_equal(ncb_write_file(kconfig, "", 0), 0);
	assert_true(ncb_built_is_source(dir));
	assert_true(ncb_built_is_source(patched));
	unlink(kconfig);
	free(kconfig);
	free(patched);
}

static void test_wire(void **state)
{
	bool hostfs;
	char *path = ncb_guest_wire_path("ttyS1", &hostfs);

	(void)state;
	assert_string_equal(path, "/dev/ttyS1");
	assert_false(hostfs);
	free(path);
	path = ncb_guest_wire_path("hostfs:wire", &hostfs);
	assert_string_equal(path, "/host/wire");
	assert_true(hostfs);
	free(path);
}

/* More than any machine has: the reason names each place that was tried. */
static void test_memory(void **state)
{
	char place[256], why[512];

	(void)state;
	setenv("TMPDIR", "/nowhere/at/all", 1);
	assert_int_not_equal(ncb_uml_memory_place(UINT64_MAX, place, sizeof(place), why, sizeof(why)), 0);
	assert_non_null(strstr(why, "/dev/shm: "));
	assert_non_null(strstr(why, "/nowhere/at/all: No such file or directory"));
	assert_non_null(strstr(why, "TMPDIR="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_complete, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_options, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_build_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sources, set_up, tear_down),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
