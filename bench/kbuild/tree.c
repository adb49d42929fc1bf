// SPDX-License-Identifier: GPL-2.0-only
/*
 * A folder of kernel source as a tree object of the store. Nothing is written below the
 * folder, nor into the repository that it belongs to: the index is a copy of its own, in
 * which only what was changed is read again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "git.h"

/* All objects of a kernel's source. */
#define SPACE_STORE	(1600ull << 20)
/* Files handed to git at once: few enough to show how far it is. */
#define CHUNK	4000u
/* git looks for each blob among all that it packed since it was started, one by one. */
#define ADD	"exec git -c core.bigFileThreshold=1 update-index --add --remove --replace -z --stdin <\"$1\""

/*
 * What archives hold although the kernel's own rules ignore it, in 6.1 and 7.3. All else
 * that they ignore is made by building.
 */
#define SHIPPED	"-x '!.kunitconfig' -x '!.yamllint' -x '!.renames.txt' -x '!.clang-format' " \
		"-x '!/tools/testing/selftests/arm64/tags/' "
#define LIST_FOLDER \
	"list=$1; shift; exec git ls-files -o -m -d -z --exclude-per-directory=.gitignore " SHIPPED \
	"\"$@\" >\"$list\""
/* What the user has told git to take for unchanged is looked at as well. */
#define LIST_REPOSITORY \
	"list=$1; shift; git update-index -q --really-refresh; exec git ls-files -o -m -d -z --exclude-standard \"$@\" >\"$list\""

/** ncb_tree_is_git - whether a folder is the top of a git repository's files */
bool ncb_tree_is_git(const char *folder)
{
	char *top = ncb_git_ask(folder, "--show-toplevel", NULL);
	char *a = top ? realpath(top, NULL) : NULL, *b = realpath(folder, NULL);
	bool is = a && b && !strcmp(a, b);

	free(a);
	free(b);
	free(top);
	return is;
}

/* Debian's sources have a line in .gitignore that ignores the whole kernel. */
#define EVERYTHING	"/*"
#define RULES_MAX	512

/*
 * Rules for git that stand in for the top .gitignore of @folder where that ignores
 * everything: all its other lines, of the top folder only where they are of any. Pairs of
 * "-x" and a rule, malloc'd as one text that @words points into; the count of words.
 */
static size_t top_rules(const char *folder, char **text, const char **words)
{
	char *path = ncb_format("%s/.gitignore", folder), *all = ncb_read_file(path, NULL);
	char *line, *save = NULL, *out;
	size_t n = 0, size = all ? strlen(all) : 0;
	bool everything = false;

	free(path);
	/* Each line may get a slash before it. */
	out = *text = ncb_alloc(2 * size + 2, 1);
	words[n++] = "-x";
	words[n++] = "!" EVERYTHING;
	for (line = all ? strtok_r(all, "\n", &save) : NULL; line && n + 2 < RULES_MAX;
	     line = strtok_r(NULL, "\n", &save)) {
		bool keep = *line == '!';
		const char *slash = strchr(line, '/');

		everything |= !strcmp(line, EVERYTHING);
		if (*line == '#' || !strcmp(line, EVERYTHING))
			continue;
		words[n++] = "-x";
		words[n++] = out;
		out += sprintf(out, "%s%s%s", keep ? "!" : "", !slash || !slash[1] ? "/" : "",
			       line + keep) + 1;
	}
	free(all);
	return everything ? n : 0;
}

/* Names what is new, changed or gone in @g->work, into the file @list. */
static int list_changes(const struct ncb_git *g, const char *exclude, const char *list,
			const char *log)
{
	const char *rules[RULES_MAX + 1], *argv[] = { list, "-X", exclude, NULL };
	char *text = NULL, *file = ncb_format("%s.rules", list), *script;
	size_t n, i;
	int err;

	if (exclude) {
		argv[1] = ncb_exists(exclude) ? "-X" : NULL;
		err = ncb_git_run(g, LIST_REPOSITORY, argv, log);
		goto out;
	}
	n = top_rules(g->work, &text, rules);
	/* Too many for a command of ours: a script of its own has them. */
	script = ncb_copy("set --");
	for (i = 1; i < n; i += 2) {
		char *more = ncb_format("%s -x '%s'", script, strchr(rules[i], '\'') ? "" : rules[i]);

		free(script);
		script = more;
	}
	err = ncb_write_file(file, script, strlen(script));
	free(script);
	argv[1] = file;
	argv[2] = NULL;
	if (!err)
		err = ncb_git_run(g, "list=$1; . \"$2\"; set -- \"$list\" \"$@\"; " LIST_FOLDER, argv, log);
	unlink(file);
out:
	free(text);
	free(file);
	return err;
}

/* The next chunk of names in @at .. @end, without folders (other repositories); its bytes. */
static size_t take_chunk(const char *at, const char *end, char *chunk, size_t *taken)
{
	unsigned int n;
	size_t size = 0;
	const char *start = at;

	for (n = 0; n < CHUNK && at < end; n++) {
		size_t length = strlen(at) + 1;

		if (length > 1 && at[length - 2] != '/') {
			memcpy(chunk + size, at, length);
			size += length;
		}
		at += length;
	}
	*taken = at - start;
	return size;
}

static int add_files(const struct ncb_git *g, const char *list, const char *log)
{
	char *part = ncb_format("%s.part", list), *names, *chunk;
	const char *argv[] = { part, NULL };
	struct ncb_progress progress;
	size_t size = 0, at = 0, taken, n;
	int err = 0;

	names = ncb_read_file(list, &size);
	if (!names) {
		free(part);
		return -errno;
	}
	chunk = ncb_alloc(size + 1, 1);
	ncb_progress_start(&progress, "reading the source");
	while (at < size && !err) {
		n = take_chunk(names + at, names + size, chunk, &taken);
		err = ncb_write_file(part, chunk, n);
		if (!err && n)
			err = ncb_git_run(g, ADD, argv, log);
		at += taken;
		ncb_progress(&progress, (double)at / size, NULL);
	}
	ncb_progress_end(&progress);
	unlink(part);
	free(chunk);
	free(names);
	free(part);
	return err;
}

/* A name for the index of a folder, that no other folder has; malloc'd. */
static char *index_path(const char *folder)
{
	uint64_t hash = 0xcbf29ce484222325;
	const char *p;

	for (p = folder; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3;
	return ncb_kbuild_path("index/%016llx", (unsigned long long)hash);
}

/*
 * The index of @folder's own repository is where ours begins. Its times are kept: git
 * tells by them which files have to be read whatever their times say.
 */
static int copy_index(const char *folder, const char *index, const char *log)
{
	char *git = ncb_git_ask(folder, "--absolute-git-dir", NULL);
	char *from = git ? ncb_format("%s/index", git) : NULL;
	const char *argv[] = { "cp", "-p", from, index, NULL };
	struct ncb_spawn s = { .argv = argv, .log = log };
	struct ncb_git g = { .index = index, .work = folder };
	int err = 0;

	unlink(index);
	if (from && ncb_exists(from)) {
		err = ncb_run_command(&s);
		/* One that is split or has been cut down lies in more than one file. */
		if (!err && ncb_git_run(&g, "git ls-files --stage >/dev/null", NULL, log))
			unlink(index);
	}
	free(from);
	free(git);
	return err;
}

static int scan(struct ncb_git *g, const char *exclude, const char *log, char **id)
{
	char *list = ncb_format("%s.list", g->index);
	int err = list_changes(g, exclude, list, log);

	if (!err)
		err = add_files(g, list, log);
	if (!err) {
		*id = ncb_git_output(g, "exec git write-tree", NULL);
		err = *id && strlen(*id) == 40 ? 0 : ncb_interrupted ? -EINTR : -EIO;
	}
	unlink(list);
	free(list);
	return err;
}

/**
 * ncb_tree_scan - the content of a folder, as it is now
 * @folder: the folder, absolute
 * @id: gets git's name of the tree object, malloc'd
 * @objects: gets the folder of objects that some of it lies in, malloc'd, or NULL
 *
 * Of a git repository that is what is tracked, changed or not, and what is untracked and not
 * ignored; of a plain folder all but what building makes.
 *
 * Return: 0; -EINTR; or -errno with a message.
 */
int ncb_tree_scan(const char *folder, char **id, char **objects)
{
	char *index = index_path(folder), *log = ncb_format("%s.log", index), *lock, *exclude = NULL;
	struct ncb_git g = { .index = index, .work = folder };
	bool is_git = ncb_tree_is_git(folder);
	char *indexes = ncb_kbuild_path("index");
	int err = ncb_make_dirs(indexes);

	*id = *objects = NULL;
	/* Of a process that was killed. Ours is the only one: the caller has a lock. */
	lock = ncb_format("%s.lock", index);
	unlink(lock);
	unlink(log);
	if (!err && is_git) {
		err = copy_index(folder, index, log);
		exclude = ncb_git_file(folder, "info/exclude");
		*objects = ncb_git_file(folder, "objects");
		g.objects = *objects;
	} else if (!err && !ncb_exists(index)) {
		err = ncb_kbuild_room(SPACE_STORE, "a kernel's source");
		if (err)
			goto out;
	}
	if (!err)
		err = scan(&g, is_git ? (exclude ? exclude : "") : NULL, log, id);
	if (err && err != -EINTR)
		ncb_error("cannot read the source %s; git's words are in %s", folder, log);
out:
	free(indexes);
	free(exclude);
	free(lock);
	free(log);
	free(index);
	return err > 0 ? -EIO : err;
}
