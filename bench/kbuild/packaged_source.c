// SPDX-License-Identifier: GPL-2.0-only
/* Debian's packages of kernel sources, unpacked into the cache. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "../target/fetch.h"
#include "git.h"

#define MIB	(1ull << 20)
/* The package, its archive, and what is in it. */
#define SPACE	(2200 * MIB)

/* By the name of the package in $1: into the folder of the cache that is $2. */
#define FETCH \
	"set -e; cd \"$2\"; mkdir -p debs sources; " \
	"exec 9>uml.lock; flock 9; [ ! -e \"sources/$1/Makefile\" ] || exit 0; " \
	"ls debs/\"$1\"_*.deb >/dev/null 2>&1 || (cd debs && apt-get -q download \"$1\"); " \
	"rm -rf sources/tmp; dpkg-deb -x \"$(ls -t debs/\"$1\"_*.deb | head -n 1)\" sources/tmp; " \
	"tar -xf sources/tmp/usr/src/\"$1\".tar.xz -C sources/tmp; " \
	"mv \"sources/tmp/$1\" \"sources/$1\"; rm -rf sources/tmp"

/* The first line of apt's that says what is wrong, malloc'd. */
static char *reason(const char *log)
{
	char *text = ncb_read_file(log, NULL), *at = text ? strstr(text, "E: ") : NULL;
	char *words = at ? ncb_format("%.*s", (int)strcspn(at, "\n"), at) :
			   ncb_format("its words are in %s", log);

	free(text);
	return words;
}

static int fetch(const char *name, const char *cache)
{
	char *log = ncb_kbuild_path("fetch.log"), *words;
	const char *argv[] = { "sh", "-c", FETCH, "sh", name, cache, NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .timeout = 3600 };
	int err = ncb_kbuild_room(SPACE, name);

	if (!err && (!ncb_have_command("apt-get") || !ncb_have_command("dpkg-deb"))) {
		ncb_error("no apt here to fetch %s with: unpack a kernel's source and give its folder",
			  name);
		err = -EOPNOTSUPP;
	}
	if (err)
		goto out;
	ncb_say("fetching %s (about 140 MiB) and unpacking it", name);
	unlink(log);
	err = ncb_run_command(&s);
	if (err && err != -EINTR) {
		words = reason(log);
		ncb_error("cannot fetch %s: %s; any kernel's source will do, give its folder", name,
			  words);
		err = strstr(words, "Unable to locate package") ? -EINVAL : -EIO;
		free(words);
	}
out:
	free(log);
	return err;
}

/**
 * ncb_packaged_source - a kernel's source as the distribution packages it
 * @name: of the package, "linux-source-6.1"
 * @folder: gets where it is, malloc'd
 *
 * Return: 0; -EINTR; -EINVAL: there is no such package; or another -errno; with a message.
 */
int ncb_packaged_source(const char *name, char **folder)
{
	char *cache = ncb_cache_folder(), *makefile;
	int err = 0;

	*folder = ncb_format("%s/sources/%s", cache, name);
	makefile = ncb_format("%s/Makefile", *folder);
	/* The archive is unpacked beside, and renamed when whole. */
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(name)) {
		ncb_error("'%s' is no name of a package", name);
		err = -EINVAL;
	} else if (!ncb_exists(makefile)) {
		err = fetch(name, cache);
	}
	free(makefile);
	free(cache);
	return err;
}
