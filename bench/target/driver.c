// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that runs in a guest. On this kind of machine it is this very
 * program. For another it is built by make from the same sources: statically,
 * since a guest has nothing else, with the libraries of Debian's packages for
 * that machine, which are unpacked into the cache.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver.h"
#include "fetch.h"

static const char *const suites[] = { "bookworm", "bookworm-updates", "bookworm-security", NULL };

/* Each has a static library. */
static const char *const libraries[NCB_PACKAGES] = {
	"libjansson-dev", "libgsl-dev", "zlib1g-dev", "libpfm4-dev",
};

/* The folder with these libraries, as if it were "/", malloc'd. */
static char *sysroot_folder(const struct ncb_machine *m)
{
	char *cache = ncb_cache_folder(), *path = ncb_format("%s/sysroot-%s", cache, m->debian);

	free(cache);
	return path;
}

/* Unpacks beside and renames: what can be found under its name is whole. */
static int unpack(const struct ncb_fetch *f, const char *path)
{
	char *part = ncb_format("%s.part", path);
	int err = ncb_remove_tree(part);

	if (!err)
		err = ncb_make_dirs(part);
	if (!err)
		err = ncb_fetch_unpack(f, part);
	if (!err && rename(part, path) < 0)
		err = -errno;
	if (err)
		ncb_remove_tree(part);
	free(part);
	return err;
}

static int fetch_libraries(const struct ncb_machine *m, const char *path)
{
	char *name = ncb_format("sysroot-%s", m->debian), *reason;
	char *title = ncb_format("libraries for %s", m->name);
	struct ncb_fetch f = { .name = name, .title = title, .suites = suites, .machine = m };
	int err = ncb_fetch_lists(&f, libraries[0]);
	size_t i;

	if (err == -EACCES)
		goto out;
	for (i = 0; i < ARRAY_SIZE(libraries) && !err; i++)
		err = ncb_fetch_want(&f, libraries[i], false, NULL);
	if (!err)
		err = ncb_fetch_packages(&f, 0);
	if (err == -ENOSPC)
		goto out;
	if (!err)
		err = unpack(&f, path);
	if (err && err != -EINTR) {
		reason = ncb_fetch_reason(&f);
		ncb_error("cannot fetch %s (%s; all of it in %s); connect this machine to a Debian mirror",
			  title, reason, f.log);
		free(reason);
		err = -EOPNOTSUPP;
	}
out:
	ncb_fetch_free(&f);
	free(name);
	free(title);
	return err;
}

/* In a folder of its own below .build/; what is up to date is not built again. */
static int make_driver(const struct ncb_machine *m, const char *sysroot, char **path)
{
	char *folder = ncb_format(".build/%s", m->name), *o = ncb_format("O=%s", folder);
	char *log = ncb_format("%s/%s/build.log", ncb_top(), folder);
	char *compiler = ncb_machine_tool(m, "gcc"), *cc = ncb_format("CC=%s", compiler);
	char *root = ncb_format("SYSROOT=%s", sysroot);
	char *triplet = ncb_format("TRIPLET=%.*s", (int)strlen(m->cross) - 1, m->cross);
	const char *argv[] = {
		/* CFLAGS of this machine's build may name this machine's processor. */
		"make", "-s", "-j2", "driver", o, cc, root, triplet, "CFLAGS=-O2 -g", "LDFLAGS=", NULL
	};
	const char *env[] = { "MAKEFLAGS=", "MAKELEVEL=", NULL };
	struct ncb_spawn s = { .argv = argv, .dir = ncb_top(), .log = log, .env = env, .timeout = 600 };
	char *dir = ncb_format("%s/%s", ncb_top(), folder);
	int err = ncb_make_dirs(dir), status;

	unlink(log);
	ncb_detail("building ncbench for %s in %s", m->name, dir);
	status = err ? err : ncb_run_command(&s);
	if (status > 0)
		ncb_error("ncbench does not build for %s; all of it in %s", m->name, log);
	else if (status < 0)
		ncb_error("cannot build ncbench for %s in %s: %s", m->name, dir, strerror(-status));
	else
		*path = ncb_format("%s/ncbench", dir);
	free(folder);
	free(o);
	free(log);
	free(compiler);
	free(cc);
	free(root);
	free(triplet);
	free(dir);
	return status > 0 ? -ENOEXEC : status;
}

/**
 * ncb_driver_possible - whether there can be an ncbench for a machine, as far as is known
 * @m: the machine
 * @why: gets what is missing and the way out
 * @size: of @why
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_driver_possible(const struct ncb_machine *m, char *why, size_t size)
{
	char *sysroot, missing[192];
	int err;

	if (ncb_machine_is_here(m))
		return 0;
	err = ncb_machine_can_build(m, why, size);
	if (err)
		return err;
	sysroot = sysroot_folder(m);
	err = ncb_exists(sysroot) ? 0 : ncb_fetch_possible(missing, sizeof(missing));
	if (err)
		snprintf(why, size, "%s; libraries for %s are wanted from there", missing, m->name);
	free(sysroot);
	return err;
}

/**
 * ncb_driver_build - the ncbench that runs in a guest
 * @m: the machine that the guest is
 * @path: gets its path, malloc'd
 *
 * Safe for several processes at once, which the lock of the cache sees to.
 *
 * Return: 0 or -errno with a message.
 */
int ncb_driver_build(const struct ncb_machine *m, char **path)
{
	char *sysroot;
	int err, lock;

	*path = NULL;
	if (ncb_machine_is_here(m)) {
		/* "/proc/self/exe" would be another one in a child. */
		*path = realpath("/proc/self/exe", NULL);
		*path = *path ? *path : ncb_copy("/proc/self/exe");
		return 0;
	}
	lock = ncb_fetch_lock();
	if (lock < 0)
		return lock;
	sysroot = sysroot_folder(m);
	err = ncb_exists(sysroot) ? 0 : fetch_libraries(m, sysroot);
	if (!err)
		err = make_driver(m, sysroot, path);
	free(sysroot);
	close(lock);
	return err;
}
