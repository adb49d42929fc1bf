// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module of a kernel's package, and what it needs, for storms in a guest. What it
 * needs libkmod knows, which a program of its own asks, see bench/resolve/.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "image.h"
#include "packaged.h"

#define RESOLVE	"ncbench-resolve"

/* It is built beside this program; malloc'd, or NULL with a message. */
static char *find_program(void)
{
	char *self = realpath("/proc/self/exe", NULL), *slash = self ? strrchr(self, '/') : NULL;
	char *path = slash ? ncb_format("%.*s/" RESOLVE, (int)(slash - self), self) : ncb_copy(RESOLVE);

	free(self);
	if (ncb_exists(path))
		return path;
	ncb_error("there is no %s, which finds what a module needs: 'make' builds it, with libkmod", path);
	free(path);
	return NULL;
}

/* What the program printed, malloc'd; NULL with a message. */
static char *resolve(const char *modules, const char *module, const char *dir)
{
	char *program = find_program(), *said = ncb_format("%s/said", dir), *list = NULL, *text = NULL;
	const char *argv[] = { program, modules, module, NULL };
	struct ncb_spawn s = { .argv = argv, .log = said, .timeout = 60 };
	int status = program ? ncb_run_command(&s) : -ENOENT;

	if (program)
		text = ncb_read_file(said, NULL);
	if (!status)
		list = ncb_copy(text ? text : "");
	else if (program)
		ncb_error("%s", text && *text ? strtok(text, "\n") : strerror(status < 0 ? -status : EIO));
	unlink(said);
	free(text);
	free(said);
	free(program);
	return list;
}

/* A line "name path": unpacks the file as <dir>/<name>.ko. */
static int take(char *line, const char *dir)
{
	char *space = strchr(line, ' '), *to;
	int err;

	if (!space)
		return -EPROTO;
	*space = '\0';
	to = ncb_format("%s/%s.ko", dir, line);
	err = ncb_image_module(space + 1, to);
	free(to);
	return err;
}

/**
 * ncb_packaged_collect - a packaged module and what it needs, as files that can be loaded
 * @m: the machine that the kernel is for
 * @k: the kernel
 * @module: name of the module
 * @dir: folder that is made, and gets <name>.ko of each, and their list, as
 *	NCB_GUEST_PACKAGED is described
 *
 * Return: 0 or -errno with a message.
 */
int ncb_packaged_collect(const struct ncb_machine *m, const struct ncb_kernel *k,
			 const char *module, const char *dir)
{
	char *modules, *list = NULL, *names = ncb_copy(""), *longer, *line, *save = NULL, *path;
	int err = ncb_kernel_modules(m, k, &modules);

	if (!err)
		err = ncb_make_dirs(dir);
	if (!err) {
		list = resolve(modules, module, dir);
		err = list ? 0 : -ENOENT;
	}
	for (line = list ? strtok_r(list, "\n", &save) : NULL; line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		err = take(line, dir);
		longer = ncb_format("%s%s\n", names, line);
		free(names);
		names = longer;
	}
	if (!err) {
		path = ncb_format("%s/" NCB_GUEST_PACKAGED, dir);
		err = ncb_write_file(path, names, strlen(names));
		free(path);
	}
	free(modules);
	free(list);
	free(names);
	return err;
}
