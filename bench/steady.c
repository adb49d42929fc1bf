// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fixed clock rate while measuring, and everything as before afterwards.
 *
 * The old values are written to a state file before anything is changed. The
 * file is locked for as long as the settings last; a lock goes away with its
 * process, so a file that is there and not locked was left by a killed one.
 *
 * State file: lines of text, tabs between fields, knobs in the order in which
 * they are to be restored:
 *	ncbench-steady 1 <boot id>
 *	<path> <old> <set>	(without <set>: follows the knob above it)
 *	end
 * Without its last line it was not finished, and nothing had been changed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "env.h"
#include "steady.h"

#define SYS_CPU		"/sys/devices/system/cpu/"
#define HEADER		"ncbench-steady 1 "
#define VALUE_LEN	128

static const char *root_of(const char *root)
{
	return root ? root : "";
}

static char *state_path(const char *state)
{
	return state ? ncb_copy(state) : ncb_format("%s/.cache/steady-restore", ncb_top());
}

static void boot_id(const char *root, char *id, size_t size)
{
	if (ncb_root_line(root, "/proc/sys/kernel/random/boot_id", id, size))
		snprintf(id, size, "unknown");
}

/* sysfs wants one write() of the whole value, and reports errors from it. */
static int write_knob(const char *root, const char *path, const char *value)
{
	char *full = ncb_format("%s%s", root, path);
	int fd = open(full, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t n;
	int err = 0;

	free(full);
	if (fd < 0)
		return -errno;
	n = write(fd, value, strlen(value));
	if (n < 0)
		err = -errno;
	else if (n != (ssize_t)strlen(value))
		err = -EIO;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* Written and, as some knobs take a value without following it, read back. */
static int set_knob(const char *root, const char *path, const char *value)
{
	char now[VALUE_LEN];
	int err = write_knob(root, path, value);

	if (err)
		return err;
	err = ncb_root_line(root, path, now, sizeof(now));
	if (err)
		return err;
	return strcmp(now, value) ? -EIO : 0;
}

static void add_knob(struct ncb_steady *s, const char *path, const char *old, const char *set,
		     bool follows)
{
	s->knobs = ncb_grow(s->knobs, s->count + 1, sizeof(*s->knobs));
	s->knobs[s->count++] = (struct ncb_steady_knob) {
		.path = ncb_copy(path),
		.old = ncb_copy(old),
		.set = ncb_copy(set),
		.follows = follows,
	};
}

static void free_knobs(struct ncb_steady *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		free(s->knobs[i].path);
		free(s->knobs[i].old);
		free(s->knobs[i].set);
	}
	free(s->knobs);
	s->knobs = NULL;
	s->count = 0;
}

/* -- what there is to set -- */

/**
 * struct switch_file - a switch that turns the clock's upper range on and off
 * @pattern: glob below the root
 * @off: value that turns it off
 */
struct switch_file {
	const char *pattern;
	const char *off;
};

/* The first that exists counts. */
static const struct switch_file turbo_switches[] = {
	{ SYS_CPU "intel_pstate/no_turbo", "1" },
	{ SYS_CPU "cpufreq/boost", "0" },
	{ SYS_CPU "cpufreq/policy*/boost", "0" },
};

/* Adds those of the files that do not hold the value already. Returns how many there are. */
static size_t find_switches(struct ncb_steady *s, const struct switch_file *sw)
{
	const char *root = root_of(s->root);
	char *pattern = ncb_format("%s%s", root, sw->pattern);
	glob_t found;
	size_t i, n = 0;

	if (!glob(pattern, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++) {
			const char *path = found.gl_pathv[i] + strlen(root);
			char old[VALUE_LEN];

			if (ncb_root_line(root, path, old, sizeof(old)))
				continue;
			if (strcmp(old, sw->off))
				add_knob(s, path, old, sw->off, false);
			n++;
		}
		globfree(&found);
	}
	free(pattern);
	return n;
}

/* What moves along with the governor, and does not always come back by itself. */
static const char *const governor_followers[] = {
	"energy_performance_preference",	/* processors that choose their own rate */
	"scaling_setspeed",			/* the rate, under the governor "userspace" */
};

/* The governor in one cpufreq folder; false where there is none. */
static bool find_governor(struct ncb_steady *s, const char *dir)
{
	const char *root = root_of(s->root);
	char *path = ncb_format("%s/scaling_governor", dir);
	char old[VALUE_LEN];
	bool there = !ncb_root_line(root, path, old, sizeof(old));
	size_t i;

	if (there && strcmp(old, "performance")) {
		add_knob(s, path, old, "performance", false);
		for (i = 0; i < ARRAY_SIZE(governor_followers); i++) {
			free(path);
			path = ncb_format("%s/%s", dir, governor_followers[i]);
			if (!ncb_root_line(root, path, old, sizeof(old)) && *old != '<')
				add_knob(s, path, old, "", true);
		}
	}
	free(path);
	return there;
}

static void find_governors(struct ncb_steady *s, int cpu)
{
	const char *root = root_of(s->root);
	size_t i, n = 0;
	glob_t found;
	char *dir;

	if (cpu >= 0) {
		dir = ncb_format(SYS_CPU "cpu%d/cpufreq", cpu);
		n = find_governor(s, dir);
	} else {
		dir = ncb_format("%s" SYS_CPU "cpufreq/policy*", root);
		if (!glob(dir, 0, NULL, &found)) {
			for (i = 0; i < found.gl_pathc; i++)
				n += find_governor(s, found.gl_pathv[i] + strlen(root));
			globfree(&found);
		}
	}
	free(dir);
	if (!n) {
		ncb_say("steady: this machine has no cpufreq governor to set");
		s->failed++;
	}
}

static void find_turbo(struct ncb_steady *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(turbo_switches); i++)
		if (find_switches(s, &turbo_switches[i]))
			return;
	ncb_say("steady: this machine has no switch for turbo");
	s->failed++;
}

/* -- the state file -- */

/*
 * Opens and locks the state file. Whoever held it before may have removed it
 * between our open() and flock(); then there is a new one, or none.
 * -ENOENT only without @create.
 */
static int open_state(const char *path, bool create)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0644);
		struct stat ours, named;
		int err;

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			err = errno == EWOULDBLOCK ? -EBUSY : -errno;
			close(fd);
			return err;
		}
		if (!fstat(fd, &ours) && !stat(path, &named) && ours.st_ino == named.st_ino &&
		    ours.st_dev == named.st_dev)
			return fd;
		close(fd);
	}
}

static int write_state(const struct ncb_steady *s, int fd)
{
	char *text = NULL, id[64];
	size_t size, i;
	int err = 0;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		return -errno;
	boot_id(root_of(s->root), id, sizeof(id));
	fprintf(f, HEADER "%s\n", id);
	for (i = 0; i < s->count; i++)
		fprintf(f, "%s\t%s\t%s\n", s->knobs[i].path, s->knobs[i].old, s->knobs[i].set);
	fprintf(f, "end\n");
	if (fclose(f))
		err = -EIO;
	if (!err && (ftruncate(fd, 0) || pwrite(fd, text, size, 0) != (ssize_t)size || fsync(fd)))
		err = errno ? -errno : -EIO;
	free(text);
	return err;
}

/* Only knobs of the CPUs: the file might have been written by somebody else. */
static bool sane_path(const char *path)
{
	return !strncmp(path, SYS_CPU, strlen(SYS_CPU)) && !strstr(path, "..");
}

/* Fills @s from the text of a state file. -ENODATA where nothing has to be restored. */
static int parse_state(struct ncb_steady *s, char *text)
{
	char id[64], *line, *save, *field[3];
	size_t n = strlen(text);
	int i;

	boot_id(root_of(s->root), id, sizeof(id));
	if (n < 5 || strcmp(text + n - 5, "\nend\n"))
		return -ENODATA;
	text[n - 5] = '\0';
	line = strtok_r(text, "\n", &save);
	if (!line || strncmp(line, HEADER, strlen(HEADER)) || strcmp(line + strlen(HEADER), id))
		return -ENODATA;
	while ((line = strtok_r(NULL, "\n", &save))) {
		for (i = 0; i < 3; i++)
			field[i] = strsep(&line, "\t");
		if (!field[2] || line || !sane_path(field[0]))
			return -EINVAL;
		add_knob(s, field[0], field[1], field[2], !*field[2]);
	}
	return s->count ? 0 : -ENODATA;
}

/**
 * restore - write the old values back
 * @s: what to restore, in this order
 * @careful: leave alone what no longer holds the value that we had set
 *
 * What need not be tried again is taken out of @s.
 *
 * Return: how many values were written.
 */
static int restore(struct ncb_steady *s, bool careful)
{
	const char *root = root_of(s->root);
	bool left_alone = false;	/* the knob that others follow */
	size_t i, kept = 0;
	int written = 0;

	for (i = 0; i < s->count; i++) {
		struct ncb_steady_knob k = s->knobs[i];
		char now[VALUE_LEN];
		int err = ncb_root_line(root, k.path, now, sizeof(now));

		if (!k.follows)
			left_alone = careful && !err && strcmp(now, k.old) && strcmp(now, k.set);
		if (!err && left_alone && !k.follows)
			ncb_say("steady: %s is '%s' by now, left alone (it was '%s')", k.path, now,
				k.old);
		if (!err && !left_alone && strcmp(now, k.old)) {
			err = set_knob(root, k.path, k.old);
			written += !err;
		}
		if (err) {
			ncb_error("cannot restore %s to '%s': %s", k.path, k.old, strerror(-err));
			s->failed++;
			if (err != -ENOENT) {	/* its CPU was taken offline: gone for good */
				s->knobs[kept++] = k;
				continue;
			}
		}
		free(k.path);
		free(k.old);
		free(k.set);
	}
	s->count = kept;
	return written;
}

/* Restores what the locked file says was left behind. Count, or -EIO where some is still left. */
static int recover_locked(struct ncb_steady *s, int fd, const char *path)
{
	struct ncb_steady left = { .root = s->root };
	char *text = ncb_read_file(path, NULL);
	int n;

	if (!text)
		return -errno;
	n = parse_state(&left, text);
	free(text);
	if (n == -EINVAL)
		ncb_error("%s is damaged and was dropped; look at governor and turbo yourself",
			  path);
	if (n < 0) {
		free_knobs(&left);
		return 0;
	}
	n = restore(&left, true);
	if (n)
		ncb_say("steady: restored %d setting%s that a killed run had left", n,
			n == 1 ? "" : "s");
	if (left.count) {
		write_state(&left, fd);
		n = -EIO;
	}
	free_knobs(&left);
	return n;
}

int ncb_steady_recover(const char *root, const char *state)
{
	struct ncb_steady s = { .root = root };
	char *path = state_path(state);
	int fd = open_state(path, false), n;

	if (fd == -ENOENT) {
		n = 0;
	} else if (fd < 0) {
		n = fd;
		if (n == -EACCES)
			ncb_error("a killed run left governor and turbo changed; as root, any ncbench run restores them");
		else if (n != -EBUSY)
			ncb_error("cannot open %s: %s", path, strerror(-n));
	} else {
		n = recover_locked(&s, fd, path);
		if (n >= 0)
			unlink(path);
		close(fd);
	}
	free(path);
	return n;
}

/* -- begin and end -- */

static void set_all(struct ncb_steady *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		const struct ncb_steady_knob *k = &s->knobs[i];
		int err;

		if (k->follows)
			continue;
		err = set_knob(root_of(s->root), k->path, k->set);
		if (err) {
			ncb_say("steady: cannot set %s to '%s': %s", k->path, k->set,
				err == -EIO ? "it does not take it" : strerror(-err));
			s->failed++;
		} else {
			ncb_detail("steady: %s: '%s' -> '%s'", k->path, k->old, k->set);
		}
	}
}

int ncb_steady_begin(struct ncb_steady *s, int cpu)
{
	char *path = state_path(s->state), *dir = ncb_copy(path), *slash = strrchr(dir, '/');
	int err = 0;

	if (slash && slash != dir) {
		*slash = '\0';
		err = ncb_make_dirs(dir);
	}
	if (!err) {
		s->lock = open_state(path, true);
		err = s->lock < 0 ? s->lock : 0;
	}
	if (err) {
		if (err == -EBUSY)
			ncb_error("another run holds governor and turbo (%s is locked)", path);
		else
			ncb_error("cannot remember the old settings in %s: %s", path,
				  strerror(-err));
		goto out;
	}
	err = recover_locked(s, s->lock, path);
	if (err < 0)	/* said there; what is left stays in the file */
		goto out_close;

	find_governors(s, cpu);
	find_turbo(s);
	err = write_state(s, s->lock);
	if (err) {
		ncb_error("cannot remember the old settings in %s: %s", path, strerror(-err));
		goto out_unlink;
	}
	s->begun = true;
	set_all(s);
	goto out;

out_unlink:
	free_knobs(s);
	unlink(path);
out_close:
	close(s->lock);
out:
	free(dir);
	free(path);
	return err;
}

int ncb_steady_end(struct ncb_steady *s)
{
	char *path;
	int err = 0;

	if (!s->begun)
		return 0;
	s->begun = false;
	path = state_path(s->state);
	restore(s, false);
	if (s->count) {
		write_state(s, s->lock);
		err = -EIO;
	} else {
		unlink(path);
	}
	close(s->lock);
	free_knobs(s);
	free(path);
	return err;
}
