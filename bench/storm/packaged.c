// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module of the kernel's own package in place of payloads. Who starts the guest has
 * put it and what it needs into the folder of the storms, unpacked, with a list in the
 * order of loading. Only in guests: on a machine that others use none but our own
 * modules are ever unloaded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../target/guest.h"
#include "storming.h"

/**
 * ncb_packaged_parse - read a list of modules
 * @text: a name in each line
 * @names: gets them, malloc'd, in their order
 *
 * Return: how many; 0 where there is none, or a line that is no module's name.
 */
size_t ncb_packaged_parse(const char *text, char ***names)
{
	char *copy = ncb_copy(text), *line, *save = NULL;
	bool sound = true;
	size_t n = 0;

	*names = NULL;
	for (line = strtok_r(copy, "\n", &save); line && sound; line = strtok_r(NULL, "\n", &save)) {
		sound = ncb_storm_is_module_name(line);
		*names = ncb_grow(*names, n + 1, sizeof(**names));
		(*names)[n++] = ncb_copy(line);
	}
	free(copy);
	while (n && !sound)
		free((*names)[--n]);
	return n;
}

/** ncb_packaged_is_loaded - whether a module is there; one that is built in is not loaded */
bool ncb_packaged_is_loaded(const char *root, const char *module)
{
	char *path = ncb_format("%s/sys/module/%s/initstate", root, module);
	bool there = ncb_exists(path);

	free(path);
	return there;
}

static int load(const char *dir, const char *name)
{
	char *path = ncb_format("%s/%s.ko", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(path);
	return err;
}

static void explain(const char *name, int err, char why[NCB_STORM_TEXT])
{
	snprintf(why, NCB_STORM_TEXT, "%s cannot be loaded in this guest: %s; %s", name, strerror(-err),
		 err == -ENODEV || err == -ENXIO ? "it wants a device that the guest has not" :
						   ncb_load_advice(-err));
}

/* Once, alone: what cannot be loaded and unloaded is no matter for storms. */
static int rehearse(const char *dir, const char *module, char why[NCB_STORM_TEXT])
{
	int err = load(dir, module);

	if (err) {
		explain(module, err, why);
		return err;
	}
	err = ncb_storm_unload(module);
	if (err)
		snprintf(why, NCB_STORM_TEXT, "%s is loaded, but cannot be unloaded: %s", module,
			 strerror(-err));
	return err;
}

/*
 * What is needed only softly, such as a faster algorithm, may be for another processor;
 * if the module does need it, its own load says so.
 */
static int load_needed(struct ncb_packaged *p, const char *dir, size_t i, char why[NCB_STORM_TEXT])
{
	int err = load(dir, p->name[i]);

	if (!err)
		p->load[p->loaded++] = i;
	if (!err || err == -ENODEV || err == -EEXIST)
		return 0;
	explain(p->name[i], err, why);
	return err;
}

/**
 * ncb_packaged_begin - load what a packaged module needs, and see whether it can be loaded
 * @p: state, to be given to ncb_packaged_end() in any case
 * @dir: folder of the modules and their list
 * @module: the module
 * @why: gets why it cannot be
 *
 * Return: 0 or -errno.
 */
int ncb_packaged_begin(struct ncb_packaged *p, const char *dir, const char *module,
		       char why[NCB_STORM_TEXT])
{
	char *path = ncb_format("%s/" NCB_GUEST_PACKAGED, dir), *text = ncb_read_file(path, NULL);
	size_t i;
	int err = 0;

	memset(p, 0, sizeof(*p));
	p->names = ncb_packaged_parse(text ? text : "", &p->name);
	p->load = ncb_alloc(p->names + 1, sizeof(*p->load));
	if (!p->names || strcmp(p->name[p->names - 1], module)) {
		snprintf(why, NCB_STORM_TEXT, "the list %s of what %s needs is missing or damaged", path,
			 module);
		err = -EPROTO;
	}
	for (i = 0; !err && i + 1 < p->names; i++)
		err = load_needed(p, dir, i, why);
	if (!err)
		err = rehearse(dir, module, why);
	free(text);
	free(path);
	return err;
}

/**
 * ncb_packaged_end - unload what was loaded, and give back the state
 *
 * Return: 0 or -errno with a message where something stays.
 */
int ncb_packaged_end(struct ncb_packaged *p)
{
	int err = 0, left;
	size_t i;

	while (p->loaded) {
		left = ncb_storm_unload(p->name[p->load[--p->loaded]]);
		err = err ? err : left;
	}
	free(p->load);
	for (i = 0; i < p->names; i++)
		free(p->name[i]);
	free(p->name);
	memset(p, 0, sizeof(*p));
	return err;
}
