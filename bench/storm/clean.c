// SPDX-License-Identifier: GPL-2.0-only
/*
 * What storms leave behind when they are killed: payload modules, ncb_storm, the
 * folder of copies. Nothing else is ever unloaded: a module has to have a payload's
 * name and the version that sysfs shows of payloads alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "storming.h"

#define FOLDER		"ncbench-storm-"
#define TRY_MS		50
#define TRIES		100	/* 5 s */

/**
 * ncb_storm_is_ours - whether a module is one that storms load
 * @root: "" or, for tests, a folder that stands for it
 * @module: its name
 */
bool ncb_storm_is_ours(const char *root, const char *module)
{
	char *path, version[64] = "";

	if (!strcmp(module, NCB_STORM_MODULE))
		return true;
	if (ncb_payload_number(module) < 0)
		return false;
	path = ncb_format("%s/sys/module/%s/version", root, module);
	ncb_read_line(path, version, sizeof(version));
	free(path);
	return !strcmp(version, NCB_PAYLOAD_VERSION);
}

/* Whether one of the storms loads a module of that name. */
static bool is_wanted(const struct ncb_storms *s, const char *module)
{
	int number = ncb_payload_number(module);
	char name[NCB_PAYLOAD_NAME];
	size_t i;

	for (i = 0; i < s->storms; i++) {
		ncb_payload_name(name, s->storm[i].shape, number);
		if ((uint32_t)number < s->storm[i].modules && !strcmp(name, module))
			return true;
	}
	return false;
}

/**
 * ncb_storm_in_the_way - whether a module that is not ours has a name that storms want
 * @root: "" or, for tests, a folder that stands for it
 * @s: the plan
 * @why: gets its name, and the way out
 *
 * Nobody but its owner may unload it, and loading would say that it is there.
 */
bool ncb_storm_in_the_way(const char *root, const struct ncb_storms *s, char why[NCB_STORM_TEXT])
{
	char *path = ncb_format("%s/proc/modules", root), *text = ncb_read_file(path, NULL);
	char *line, *save = NULL;
	bool found = false;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " ")] = '\0';
		found = ncb_payload_number(line) >= 0 && !ncb_storm_is_ours(root, line) &&
			is_wanted(s, line);
		if (found)
			snprintf(why, NCB_STORM_TEXT, "a module %s is loaded that ncbench did not load, and storms want that name; unload it (rmmod %s)",
				 line, line);
	}
	free(text);
	free(path);
	return found;
}

/**
 * ncb_storm_unload - unload a module of ours
 * @module: its name
 *
 * One that is in use, or on its way in or out, is waited for, 5 s at most.
 *
 * Return: 0, also where it is not loaded, or -errno with a message.
 */
int ncb_storm_unload(const char *module)
{
	struct timespec nap = { .tv_nsec = TRY_MS * 1000000l };
	int i, err = 0;

	for (i = 0; i < TRIES; i++) {
		if (syscall(SYS_delete_module, module, O_NONBLOCK) == 0 || errno == ENOENT)
			return 0;
		err = -errno;
		if (err != -EWOULDBLOCK && err != -EBUSY)
			break;
		nanosleep(&nap, NULL);
	}
	ncb_error("cannot unload %s: %s%s", module, strerror(-err),
		  err == -EWOULDBLOCK ? "; something uses it: end that, then 'ncbench storm --clean'" :
		  err == -EBUSY ? "; its load or unload hangs, and only a reboot ends it" : "");
	return err;
}

/* Names of our modules that are loaded, malloc'd each; payloads come first. */
static size_t find(char ***names)
{
	char *text = ncb_read_file("/proc/modules", NULL), *line, *save = NULL;
	bool storm = false;
	size_t n = 0;

	*names = NULL;
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, " ")] = '\0';
		if (!ncb_storm_is_ours("", line))
			continue;
		if (!strcmp(line, NCB_STORM_MODULE)) {
			storm = true;
			continue;
		}
		*names = ncb_grow(*names, n + 1, sizeof(**names));
		(*names)[n++] = ncb_copy(line);
	}
	if (storm) {
		*names = ncb_grow(*names, n + 1, sizeof(**names));
		(*names)[n++] = ncb_copy(NCB_STORM_MODULE);
	}
	free(text);
	return n;
}

/* How many of them are gone; *@left gets how many are not. */
static size_t unload_all(bool payloads_only, size_t *left)
{
	char **names;
	size_t n = find(&names), i, gone = 0;

	*left = 0;
	for (i = 0; i < n; i++) {
		bool storm = !strcmp(names[i], NCB_STORM_MODULE);

		if (!storm || !payloads_only) {
			if (ncb_storm_unload(names[i]))
				(*left)++;
			else
				gone++;
		}
		free(names[i]);
	}
	free(names);
	return gone;
}

/**
 * ncb_storm_unload_payloads - unload every payload that is loaded
 *
 * Return: how many were, or -EBUSY with a message where one stays.
 */
int ncb_storm_unload_payloads(void)
{
	size_t left, gone = unload_all(true, &left);

	return left ? -EBUSY : (int)gone;
}

static const char *temporary(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

/** ncb_storm_make_folder - a folder for copies, malloc'd; NULL with a message */
char *ncb_storm_make_folder(void)
{
	char *dir = ncb_format("%s/" FOLDER "XXXXXX", temporary());

	if (mkdtemp(dir))
		return dir;
	ncb_error("cannot make a temporary folder %s: %s; TMPDIR chooses another place", dir,
		  strerror(errno));
	free(dir);
	return NULL;
}

/* Of our own user only, and no link to somewhere else. */
static size_t remove_folders(void)
{
	DIR *d = opendir(temporary());
	struct dirent *e;
	struct stat st;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		char *path;

		if (strncmp(e->d_name, FOLDER, strlen(FOLDER)))
			continue;
		path = ncb_format("%s/%s", temporary(), e->d_name);
		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		    !ncb_remove_tree(path))
			n++;
		free(path);
	}
	if (d)
		closedir(d);
	return n;
}

/**
 * ncb_storm_clean - remove what earlier storms left, and say what it was
 *
 * No storm may be on its way: the caller holds the lock of the machine.
 *
 * Return: how much there was, or -errno with a message where some of it stays.
 */
int ncb_storm_clean(void)
{
	size_t left, modules = unload_all(false, &left), folders = remove_folders();

	if (modules || folders)
		ncb_say("an earlier storm left %zu modules loaded and %zu folders of copies: removed",
			modules, folders);
	return left ? -EBUSY : (int)(modules + folders);
}
