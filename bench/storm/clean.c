// SPDX-License-Identifier: GPL-2.0-only
/*
 * What storms leave behind when they are killed: payload modules, ncb_storm, the
 * folder of copies. Nothing else is ever unloaded: a module has to have a name and
 * the version, which sysfs shows, of ours alone. Nothing else is removed: see foreign().
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "storming.h"

#define FOLDER		"ncbench-storm-"
#define RANDOM		6	/* characters behind it, of mkdtemp() */
#define MARKER		".ncbench-storm"
#define NOTE		"/run/ncbench-storm-folder"
#define TRY_MS		50
#define TRIES		100	/* 5 s */

/**
 * ncb_storm_is_ours - whether a module is one that storms load
 * @root: "" or, for tests, a folder that stands for it
 * @module: its name
 *
 * Its name has to be one of ours, and its version as well.
 */
bool ncb_storm_is_ours(const char *root, const char *module)
{
	bool storm = !strcmp(module, NCB_STORM_MODULE);
	char *path, version[64] = "";

	if (!storm && ncb_payload_number(module) < 0)
		return false;
	path = ncb_format("%s/sys/module/%s/version", root, module);
	ncb_read_line(path, version, sizeof(version));
	free(path);
	return !strcmp(version, storm ? NCB_STORM_VERSION : NCB_PAYLOAD_VERSION);
}

/* Whether one of the storms loads a module of that name, or all need it. */
static bool is_wanted(const struct ncb_storms *s, const char *module)
{
	int number = ncb_payload_number(module);
	char name[NCB_PAYLOAD_NAME];
	size_t i;

	if (number < 0)
		return !strcmp(module, NCB_STORM_MODULE);
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
		found = is_wanted(s, line) && !ncb_storm_is_ours(root, line);
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

/*
 * --clean may have another TMPDIR: the place is noted where it is always looked for. A
 * machine without /run has no --clean either.
 */
static void note_place(const char *root, const char *place)
{
	char *path = ncb_format("%s" NOTE, root);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && write(fd, place, strlen(place)) != (ssize_t)strlen(place))
		ncb_error("cannot write %s: --clean finds copies in %s with this TMPDIR only", path,
			  place);
	if (fd >= 0)
		close(fd);
	free(path);
}

/**
 * ncb_storm_make_folder - a folder for copies
 * @root: "" or, for tests, a folder that stands for it
 *
 * Return: its path, malloc'd, for ncb_storm_remove_folder(); NULL with a message.
 */
char *ncb_storm_make_folder(const char *root)
{
	char *dir = ncb_format("%s/" FOLDER "XXXXXX", temporary()), *marker;
	int fd = -1;

	note_place(root, temporary());
	if (mkdtemp(dir)) {
		marker = ncb_format("%s/" MARKER, dir);
		fd = open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		free(marker);
		if (fd >= 0) {
			close(fd);
			return dir;
		}
	}
	ncb_error("cannot make a temporary folder %s: %s; TMPDIR chooses another place", dir,
		  strerror(errno));
	rmdir(dir);
	free(dir);
	return NULL;
}

/* What storms put into the folder: "ncb_small_0042.ko", "copy_7.ko", "template". */
static bool is_copy(const char *name)
{
	size_t length = strlen(name);
	bool prefix;

	if (!strcmp(name, "template"))
		return true;
	prefix = !strncmp(name, NCB_PAYLOAD_PREFIX, strlen(NCB_PAYLOAD_PREFIX)) ||
		 !strncmp(name, "copy_", strlen("copy_"));
	return prefix && length > 3 && !strcmp(name + length - 3, ".ko");
}

/* NULL, or why a folder of such a name is not one that a storm made. */
static const char *foreign(const char *path, const char *name)
{
	char *marker = ncb_format("%s/" MARKER, path);
	const char *why = NULL;
	struct stat st, mark;

	if (strlen(name) != strlen(FOLDER) + RANDOM)
		why = "its name is another";
	else if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		why = "it is no folder";
	else if (st.st_uid != geteuid() || (st.st_mode & 07777) != 0700)
		why = "it is another user's, or open to others";
	else if (lstat(marker, &mark) < 0 || !S_ISREG(mark.st_mode) || mark.st_uid != geteuid())
		why = "no storm marked it";
	free(marker);
	return why;
}

/**
 * ncb_storm_remove_folder - remove a folder of copies, if there is nothing else in it
 * @path: of it
 *
 * Nothing is looked for below it, and what is not a storm's stays: it is named then.
 *
 * Return: whether the folder is gone.
 */
bool ncb_storm_remove_folder(const char *path)
{
	char *marker = ncb_format("%s/" MARKER, path);
	DIR *d = opendir(path);
	struct dirent *e;
	bool gone = false;

	while (d && (e = readdir(d)))
		if (is_copy(e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	/* Without its mark nobody would find it again. */
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && strcmp(e->d_name, MARKER))
			break;
	if (d && !e)
		gone = (unlink(marker) == 0 || errno == ENOENT) && rmdir(path) == 0;
	if (d && e)
		ncb_error("%s stays: %s in it is no copy of a module; look at it, and remove it by hand",
			  path, e->d_name);
	else if (!gone)
		ncb_error("cannot remove %s: %s", path, strerror(errno));
	if (d)
		closedir(d);
	free(marker);
	return gone;
}

static size_t remove_folders_in(const char *place)
{
	DIR *d = opendir(place);
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		const char *why;
		char *path;

		if (strncmp(e->d_name, FOLDER, strlen(FOLDER)))
			continue;
		path = ncb_format("%s/%s", place, e->d_name);
		why = foreign(path, e->d_name);
		if (why)
			ncb_say("%s is left as it is: %s", path, why);
		else
			n += ncb_storm_remove_folder(path);
		free(path);
	}
	if (d)
		closedir(d);
	return n;
}

/**
 * ncb_storm_remove_folders - remove the folders of copies that killed storms left
 * @root: "" or, for tests, a folder that stands for it
 *
 * In TMPDIR, and where the last storm made its own. A folder is removed only if it has
 * such a name to the last letter, is of this user and closed to others, and is marked.
 *
 * Return: how many.
 */
size_t ncb_storm_remove_folders(const char *root)
{
	char *note = ncb_format("%s" NOTE, root), place[PATH_MAX] = "";
	size_t n = remove_folders_in(temporary());

	ncb_read_line(note, place, sizeof(place));
	if (place[0] == '/' && strcmp(place, temporary()))
		n += remove_folders_in(place);
	free(note);
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
	size_t left, modules = unload_all(false, &left), folders = ncb_storm_remove_folders("");

	if (modules || folders)
		ncb_say("an earlier storm left %zu modules loaded and %zu folders of copies: removed",
			modules, folders);
	return left ? -EBUSY : (int)(modules + folders);
}
