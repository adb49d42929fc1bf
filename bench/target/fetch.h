/* SPDX-License-Identifier: GPL-2.0-only */
/* Debian's packages, fetched into the checkout's cache and unpacked there. */
#ifndef NCB_FETCH_H
#define NCB_FETCH_H

#include "machine.h"

/* A kernel, its headers for this flavour and for all, and the build tools; or four libraries. */
#define NCB_PACKAGES	4

/**
 * struct ncb_package - a package to fetch; all strings malloc'd
 * @name: its name
 * @ask: the same as apt wants it: with ":arm64" where it is another machine's
 * @control: its entry in the lists
 * @part: the only part of it that is unpacked, or NULL: all
 */
struct ncb_package {
	char *name;
	char *ask;
	char *control;
	const char *part;
};

/**
 * struct ncb_fetch - packages being fetched
 * @name: folder of its lists, below .cache/apt/
 * @title: for people
 * @suites: of Debian, NULL-ended; "-security" ones come from another mirror
 * @machine: whose packages they are
 * @cache: .cache/ of the checkout; this and all below is for fetch.c
 * @apt: folder for apt's lists
 * @conf: apt's configuration
 * @debs: folder for packages
 * @log: what the commands print
 * @package: what is fetched
 * @packages: how many
 */
struct ncb_fetch {
	const char *name;
	const char *title;
	const char *const *suites;
	const struct ncb_machine *machine;
	char *cache, *apt, *conf, *debs, *log;
	struct ncb_package package[NCB_PACKAGES];
	unsigned int packages;
};

/* .cache/ of the checkout, absolute, malloc'd: commands run in other folders. */
char *ncb_cache_folder(void);

int ncb_fetch_possible(char *why, size_t size);
int ncb_fetch_lock(void);
int ncb_fetch_lists(struct ncb_fetch *f, const char *probe);
char *ncb_fetch_show(const struct ncb_fetch *f, const char *package);
char *ncb_fetch_dependency(const char *control, const char *prefix);
int ncb_fetch_want(struct ncb_fetch *f, const char *name, bool tool, const char *part);
int ncb_fetch_packages(struct ncb_fetch *f, unsigned long long more);
int ncb_fetch_unpack(const struct ncb_fetch *f, const char *dir);
char *ncb_fetch_reason(const struct ncb_fetch *f);
void ncb_fetch_free(struct ncb_fetch *f);

#endif /* NCB_FETCH_H */
