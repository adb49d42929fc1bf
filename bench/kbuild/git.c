// SPDX-License-Identifier: GPL-2.0-only
/* The folder of sources and builds in the cache, its locks, and git as a store of contents. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include "../target/fetch.h"
#include "git.h"

#define MIB	(1ull << 20)

/** ncb_kbuild_path - a path below .cache/kbuild/, malloc'd */
char *ncb_kbuild_path(const char *format, ...)
{
	char *cache = ncb_cache_folder(), *rest, *path;
	va_list args;

	va_start(args, format);
	if (vasprintf(&rest, format, args) < 0)
		abort();
	va_end(args);
	path = ncb_format("%s/kbuild/%s", cache, rest);
	free(rest);
	free(cache);
	return path;
}

/**
 * ncb_kbuild_lock - keep other processes from doing the same
 * @name: of the lock, a file below .cache/kbuild/lock/
 * @what: that the other one is doing, for people
 *
 * Return: a file descriptor, whose closing lets them; -EINTR; or -errno with a message.
 */
int ncb_kbuild_lock(const char *name, const char *what)
{
	char *folder = ncb_kbuild_path("lock"), *path = ncb_format("%s/%s", folder, name);
	struct timespec nap = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = -1, err = ncb_make_dirs(folder);
	bool said = false;

	if (!err) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		err = fd < 0 ? -errno : 0;
	}
	while (!err && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			err = -errno;
		else if (ncb_interrupted)
			err = -EINTR;
		if (!said && !err)
			ncb_say("another ncbench is %s; waiting for it", what);
		said = true;
		nanosleep(&nap, NULL);
	}
	if (err && err != -EINTR)
		ncb_error("cannot lock %s: %s", path, strerror(-err));
	free(path);
	free(folder);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

/**
 * ncb_kbuild_room - whether there is room for something in the cache
 * @need: bytes
 * @what: takes them
 *
 * Return: 0, or -ENOSPC with a message.
 */
int ncb_kbuild_room(unsigned long long need, const char *what)
{
	char *folder = ncb_kbuild_path("."), *cache = ncb_cache_folder();
	unsigned long long available;
	struct statvfs fs;
	int err = ncb_make_dirs(folder);

	if (!err && statvfs(folder, &fs) < 0)
		err = -errno;
	available = err ? 0 : (unsigned long long)fs.f_bavail * fs.f_frsize;
	if (err) {
		ncb_error("cannot use %s: %s", folder, strerror(-err));
	} else if (available < need) {
		ncb_error("not enough room in %s: %s takes about %llu MiB, %llu MiB are free; 'make distclean' empties it",
			  cache, what, need / MIB + 1, available / MIB);
		err = -ENOSPC;
	}
	free(folder);
	free(cache);
	return err;
}

/*
 * Nothing of the user's configuration changes what is stored: neither line ends nor
 * compression. A repository of another owner is read as well.
 */
static const char *const settings[][2] = {
	{ "core.compression", "0" },
	{ "core.autocrlf", "false" },
	{ "core.attributesFile", "/dev/null" },
	{ "core.fsmonitor", "false" },
	{ "core.untrackedCache", "false" },
	{ "core.splitIndex", "false" },
	{ "core.fsync", "none" },
	{ "core.quotePath", "false" },
	{ "apply.whitespace", "nowarn" },
	{ "gc.auto", "0" },
	{ "safe.directory", "*" },
};

#define ENV_MAX		(ARRAY_SIZE(settings) * 2 + 12)
#define WORDS_MAX	24

/* NAME=value strings for a command, each malloc'd. */
static void environment(const struct ncb_git *g, char **env)
{
	char *store = ncb_kbuild_path("store.git");
	size_t i, n = 0;

	env[n++] = ncb_format("GIT_DIR=%s", store);
	free(store);
	env[n++] = ncb_format("GIT_CONFIG_COUNT=%zu", ARRAY_SIZE(settings));
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		env[n++] = ncb_format("GIT_CONFIG_KEY_%zu=%s", i, settings[i][0]);
		env[n++] = ncb_format("GIT_CONFIG_VALUE_%zu=%s", i, settings[i][1]);
	}
	env[n++] = ncb_copy("LC_ALL=C");
	env[n++] = ncb_copy("GIT_OPTIONAL_LOCKS=0");
	env[n++] = ncb_copy("GIT_TERMINAL_PROMPT=0");
	if (g->index)
		env[n++] = ncb_format("GIT_INDEX_FILE=%s", g->index);
	if (g->work)
		env[n++] = ncb_format("GIT_WORK_TREE=%s", g->work);
	if (g->objects || g->objects2)
		env[n++] = ncb_format("GIT_ALTERNATE_OBJECT_DIRECTORIES=%s%s%s",
				      g->objects ? g->objects : "",
				      g->objects && g->objects2 ? ":" : "",
				      g->objects2 ? g->objects2 : "");
	env[n] = NULL;
}

static void free_words(char **words)
{
	for (; *words; words++)
		free(*words);
}

/*
 * What git is told by the variables of a hook or of the user's shell would lead it into
 * another repository.
 */
#define CLEAN	"-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE", "-u", \
		"GIT_OBJECT_DIRECTORY", "-u", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "-u", \
		"GIT_COMMON_DIR", "-u", "GIT_NAMESPACE", "-u", "GIT_PREFIX"

/* argv for a shell script that uses git; its words are borrowed from @env, @script and @args. */
static void command(char **env, const char *script, const char *const *args, const char **argv)
{
	static const char *const clean[] = { "env", CLEAN };
	size_t n;

	memcpy(argv, clean, sizeof(clean));
	n = ARRAY_SIZE(clean);
	while (*env)
		argv[n++] = *env++;
	argv[n++] = "sh";
	argv[n++] = "-c";
	argv[n++] = script;
	argv[n++] = "sh";
	while (args && *args)
		argv[n++] = *args++;
	argv[n] = NULL;
}

#define ARGV_MAX	(ENV_MAX + WORDS_MAX + 32)

/**
 * ncb_git_run - run a shell script that uses git on the store
 * @g: what git works on
 * @script: for sh; it runs in @g->work, where there is one
 * @args: its arguments, NULL-ended, or NULL
 * @log: file that gets what it prints
 *
 * Return: as ncb_run_command().
 */
int ncb_git_run(const struct ncb_git *g, const char *script, const char *const *args,
		const char *log)
{
	const char *argv[ARGV_MAX];
	char *env[ENV_MAX];
	struct ncb_spawn s = { .argv = argv, .dir = g->work, .log = log };
	int err;

	environment(g, env);
	command(env, script, args, argv);
	err = ncb_run_command(&s);
	free_words(env);
	return err;
}

/** ncb_git_output - what such a script prints, malloc'd; NULL where it failed */
char *ncb_git_output(const struct ncb_git *g, const char *script, const char *const *args)
{
	const char *argv[ARGV_MAX];
	char *env[ENV_MAX], *out;

	environment(g, env);
	command(env, script, args, argv);
	out = ncb_command_output(argv);
	free_words(env);
	return out;
}

/**
 * ncb_git_in - what git says in the repository that a folder belongs to
 * @folder: the folder
 * @words: its command, NULL-ended, WORDS_MAX at most
 *
 * In English, whatever the user speaks, and of any owner's repository.
 *
 * Return: what it prints, malloc'd; NULL where it failed.
 */
char *ncb_git_in(const char *folder, const char *const *words)
{
	static const char *const git[] = { "env", CLEAN, "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C", "git", "-c",
					   "safe.directory=*", "-C" };
	const char *argv[ARRAY_SIZE(git) + WORDS_MAX + 2];
	size_t n = ARRAY_SIZE(git);

	memcpy(argv, git, sizeof(git));
	argv[n++] = folder;
	while (*words)
		argv[n++] = *words++;
	argv[n] = NULL;
	return ncb_command_output(argv);
}

/**
 * ncb_git_ask - ask the repository that a folder belongs to
 * @folder: the folder
 * @question: of `git rev-parse`
 * @word: another word of it, or NULL
 *
 * Return: the answer, malloc'd; NULL where there is none.
 */
char *ncb_git_ask(const char *folder, const char *question, const char *word)
{
	const char *words[] = { "rev-parse", question, word, NULL };

	return ncb_git_in(folder, words);
}

/** ncb_git_file - the absolute path of a file of a folder's repository, malloc'd, or NULL */
char *ncb_git_file(const char *folder, const char *name)
{
	char *path = ncb_git_ask(folder, "--git-path", name), *absolute, *top;

	if (!path || *path == '/')
		return path;
	/* git works in other folders, and would look for it there. */
	top = realpath(folder, NULL);
	absolute = ncb_format("%s/%s", top ? top : folder, path);
	free(top);
	free(path);
	return absolute;
}

/** ncb_git_open - make the store where there is none; 0 or -errno with a message */
int ncb_git_open(void)
{
	char *store = ncb_kbuild_path("store.git"), *log = ncb_kbuild_path("git.log");
	char *head = ncb_format("%s/HEAD", store), *folder = ncb_kbuild_path(".");
	struct ncb_git g = { NULL };
	int err = 0;

	if (!ncb_have_command("git")) {
		ncb_error("no git here, which kernel sources are kept with: install git, or run 'bench/deps.sh ab'");
		err = -EOPNOTSUPP;
	} else if (!ncb_exists(head)) {
		err = ncb_make_dirs(folder);
		if (!err)
			err = ncb_git_run(&g, "exec git init -q --bare \"$GIT_DIR\"", NULL, log);
		if (err && err != -EINTR)
			ncb_error("cannot make the store %s; git's words are in %s", store, log);
		err = err > 0 ? -EIO : err;
	}
	free(folder);
	free(head);
	free(log);
	free(store);
	return err;
}
