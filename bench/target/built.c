// SPDX-License-Identifier: GPL-2.0-only
/* Kernels for guests that are built from source: one image, and its build folder. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "../kbuild/kbuild.h"
#include "built.h"
#include "fetch.h"

#define PACKAGED	"linux-source-"

static bool is_folder(const char *spec)
{
	char *path = ncb_format("%s/Kconfig", spec);
	bool is = ncb_exists(path);

	free(path);
	return is;
}

static bool is_fetched(const char *spec)
{
	char *cache = ncb_cache_folder();
	char *path = ncb_format("%s/sources/%.*s/Makefile", cache, (int)strcspn(spec, "+"), spec);
	bool is = ncb_exists(path);

	free(path);
	free(cache);
	return is;
}

/**
 * ncb_built_is_source - whether a kernel is asked for as a source
 * @spec: KERNEL=, a folder with a source, "linux-source-6.1", or one of these and a patch
 */
bool ncb_built_is_source(const char *spec)
{
	bool is = !strncmp(spec, PACKAGED, strlen(PACKAGED)) || is_folder(spec);
	const char *plus;

	/* Names may themselves have one in them. */
	for (plus = strchr(spec, '+'); plus && !is; plus = strchr(plus + 1, '+')) {
		char *before = ncb_format("%.*s", (int)(plus - spec), spec);

		is = is_folder(before);
		free(before);
	}
	return is;
}

/**
 * ncb_built_seconds - how long ncb_built_get() takes about
 * @spec: the source
 * @flavour: as of struct ncb_flavour
 *
 * Return: seconds; 0: it is there; -1: not known, the source is not here yet.
 */
double ncb_built_seconds(const char *spec, const char *flavour)
{
	struct ncb_source s;
	double seconds = -1;

	if (strncmp(spec, PACKAGED, strlen(PACKAGED)) || is_fetched(spec)) {
		if (!ncb_source_get(spec, NULL, &s))
			seconds = ncb_build_estimate(&s, ncb_flavour_find(flavour), 1, NULL);
		ncb_source_free(&s);
	}
	return seconds;
}

/**
 * ncb_built_possible - whether it can be had, as far as can be told without trying
 * @spec: the source
 * @flavour: as of struct ncb_flavour
 * @why: gets the reason, in both cases
 * @size: of @why
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_built_possible(const char *spec, const char *flavour, char *why, size_t size)
{
	static const char *const tools[] = { "gcc", "make", "flex", "bison", "bc" };
	bool packaged = !strncmp(spec, PACKAGED, strlen(PACKAGED));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tools); i++) {
		if (ncb_have_command(tools[i]))
			continue;
		snprintf(why, size, "kernel %s would have to be built, and there is no %s: 'bench/deps.sh ab' installs what that takes",
			 spec, tools[i]);
		return -EOPNOTSUPP;
	}
	if (packaged && !is_fetched(spec) && (!ncb_have_command("apt-get") || !ncb_have_command("dpkg-deb"))) {
		snprintf(why, size, "there is no apt to fetch %s with: KERNEL= takes the folder of any kernel's source",
			 spec);
		return -EOPNOTSUPP;
	}
	snprintf(why, size, "kernel %s, built for %s", spec, flavour);
	return 0;
}

/**
 * ncb_built_get - a kernel from its source, built unless it is there
 * @spec: the source
 * @flavour: as of struct ncb_flavour
 * @image: gets what is booted, malloc'd
 * @dir: gets the folder that modules are built against, malloc'd
 *
 * Return: 0 or -errno with a message.
 */
int ncb_built_get(const char *spec, const char *flavour, char **image, char **dir)
{
	struct ncb_source s;
	struct ncb_build b = { 0 };
	int err = ncb_source_get(spec, NULL, &s);

	*image = *dir = NULL;
	if (!err)
		err = ncb_build_get(&s, ncb_flavour_find(flavour), 1, NULL, &b);
	if (!err) {
		*image = ncb_copy(b.image);
		*dir = ncb_copy(b.dir);
	}
	ncb_build_free(&b);
	ncb_source_free(&s);
	return err;
}
