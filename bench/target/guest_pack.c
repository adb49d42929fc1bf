// SPDX-License-Identifier: GPL-2.0-only
/* What a guest is given: the initramfs with its program, its modules and its plan. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "driver.h"
#include "guest.h"
#include "guest_run.h"
#include "initramfs.h"
#include "packaged.h"
#include "../../kmod/storm/ncb_storm_uapi.h"

/* A program into the archive: of this machine with its libraries, of another alone. */
static void add_program(const struct ncb_guest *g, struct ncb_initramfs *a, const char *name,
			const char *path)
{
	char *strip;

	if (ncb_machine_is_here(g->machine)) {
		ncb_initramfs_program(a, name, path, g->dir);
		return;
	}
	strip = ncb_machine_tool(g->machine, "strip");
	ncb_initramfs_foreign(a, name, path, g->machine->elf, strip, g->dir);
	free(strip);
}

/* A module into the archive, without what only debuggers want where it can be taken out. */
static void add_module(const struct ncb_guest *g, struct ncb_initramfs *a, const char *name,
		       const char *path)
{
	char *stripped = ncb_guest_path(g, "module"), *strip = ncb_machine_tool(g->machine, "strip");
	const char *argv[] = { strip, "-g", "-o", stripped, path, NULL };
	struct ncb_spawn s = { .argv = argv, .timeout = 60 };
	bool small = ncb_have_command(strip) && ncb_run_command(&s) == 0;

	ncb_initramfs_file(a, name, small ? stripped : path);
	free(stripped);
	free(strip);
}

/* All modules in @folder whose names match @pattern, always in the same order. */
static void add_modules(const struct ncb_guest *g, struct ncb_initramfs *a, const char *folder,
			const char *pattern)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), i;

	for (i = 0; i < n; i++) {
		if (fnmatch(pattern, entry[i]->d_name, 0) == 0) {
			char *path = ncb_format("%s/%s", folder, entry[i]->d_name);
			char *name = ncb_format(NCB_GUEST_STORM "/%s", entry[i]->d_name);

			add_module(g, a, name, path);
			free(path);
			free(name);
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

/* As they are: what has a signature would lose it. */
static void add_packaged(const struct ncb_guest *g, struct ncb_initramfs *a)
{
	char *folder = ncb_guest_path(g, NCB_GUEST_PACKAGED);
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), i;

	for (i = 0; i < n; i++) {
		char *path = ncb_format("%s/%s", folder, entry[i]->d_name);
		char *name = ncb_format(NCB_GUEST_STORM "/%s", entry[i]->d_name);

		if (entry[i]->d_name[0] != '.')
			ncb_initramfs_file(a, name, path);
		free(path);
		free(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	free(folder);
}

/** ncb_guest_pack - write the guest's files, with the plan as it is settled now; 0 or -errno */
int ncb_guest_pack(const struct ncb_guest *g)
{
	static const char *const folders[] = { "/proc", "/sys", "/dev", "/tmp", NCB_GUEST_HOST };
	char *path = ncb_guest_path(g, "initramfs"), *config;
	char *plan = ncb_guest_plan(g->options, g->run);
	struct ncb_initramfs a;
	size_t i;
	int err;

	ncb_initramfs_begin(&a, path);
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		ncb_initramfs_dir(&a, folders[i]);
	ncb_initramfs_console(&a);
	add_program(g, &a, "/init", g->program);
	if (g->module)
		add_module(g, &a, NCB_GUEST_MODULE, g->module);
	if (g->storm)
		add_modules(g, &a, g->storm, NCB_STORM_MODULE ".ko");
	if (g->payload)
		add_modules(g, &a, g->payload, NCB_PAYLOAD_PREFIX "*_0000.ko");
	if (g->options->storm.module)
		add_packaged(g, &a);
	ncb_initramfs_data(&a, NCB_GUEST_PLAN, plan, strlen(plan));
	if (g->options->program)
		add_program(g, &a, NCB_GUEST_PROGRAM, g->options->program);
	if (g->kernel->config && ncb_exists(g->kernel->config)) {
		config = ncb_format("/boot/config-%s", g->kernel->release);
		ncb_initramfs_file(&a, config, g->kernel->config);
		free(config);
	}
	err = ncb_initramfs_end(&a);
	free(path);
	free(plan);
	return err;
}

static int build_modules(struct ncb_guest *g, const struct ncb_kernel *kernel)
{
	const struct ncb_run_options *o = g->options;
	char *size_tool;
	int err = 0;

	if (o->behaviour)
		return ncb_behaviour_build(kernel->kdir, &g->module);
	if (o->module)
		g->module = ncb_copy(o->module);
	else
		err = ncb_module_build(kernel->kdir, &g->module);
	if (!err && (o->storm.wanted || o->program))
		err = ncb_storm_build(kernel->kdir, &g->storm);
	if (!err && g->storm)
		err = ncb_payload_build(kernel->kdir, &g->payload);
	if (err)
		return err;
	size_tool = ncb_machine_tool(g->machine, "size");
	ncb_module_note(g->module, size_tool, g->run);
	free(size_tool);
	return 0;
}

/**
 * ncb_guest_build - the kernel, the modules for it, and the program that runs in the guest
 * @g: the guest
 * @kernel: gets the first of them
 *
 * Return: 0 or -errno with a message.
 */
int ncb_guest_build(struct ncb_guest *g, struct ncb_kernel *kernel)
{
	const struct ncb_run_options *o = g->options;
	int err = g->kind->kernel(g, kernel);

	if (!err && !o->word)
		err = build_modules(g, kernel);
	return err ? err : ncb_driver_build(g->machine, &g->program);
}

/**
 * ncb_guest_collect_packaged - the packaged module that is wanted in place of payloads
 * @g: the guest, whose folder gets it by the name that the plan makes of it
 *
 * Return: 0 or -errno with a message.
 */
int ncb_guest_collect_packaged(const struct ncb_guest *g)
{
	struct ncb_storms *s = ncb_storms_new();
	char *dir = ncb_guest_path(g, NCB_GUEST_PACKAGED);
	int err = ncb_storm_plan(s, g->options->profile, &g->options->storm);

	if (!err)
		err = ncb_packaged_collect(g->machine, g->kernel, s->storm[0].module, dir);
	ncb_storms_free(s);
	free(dir);
	return err;
}
