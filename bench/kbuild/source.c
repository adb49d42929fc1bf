// SPDX-License-Identifier: GPL-2.0-only
/* What a kernel source can be asked for with, and its tree object. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "git.h"
#include "kbuild.h"

#define PACKAGED	"linux-source-"
#define MIB		(1ull << 20)

/* What a patch or a change adds; all of a source, checked out. */
#define SPACE_CHANGES	(64 * MIB)
#define SPACE_CHECKOUT	(2000 * MIB)

/* Lines of `git diff --stat` that are kept. */
#define STAT_LINES	"30"

/** ncb_source_free - give back what ncb_source_get() gave */
void ncb_source_free(struct ncb_source *s)
{
	free(s->spec);
	free(s->title);
	free(s->id);
	free(s->version);
	free(s->objects);
	memset(s, 0, sizeof(*s));
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static bool is_kernel(const char *folder)
{
	char *makefile = ncb_format("%s/Makefile", folder);
	char *kconfig = ncb_format("%s/Kconfig", folder);
	bool is = ncb_exists(makefile) && ncb_exists(kconfig);

	free(makefile);
	free(kconfig);
	return is;
}

static int no_such(const char *spec, const char *tree)
{
	ncb_error("'%s' is no kernel source: a folder with one, " PACKAGED "6.1 (or another version that is packaged), a git revision%s%s%s, or one of these and a patch: FOLDER+FILE.patch",
		  spec, tree ? " of " : " where TREE= gives the repository", tree ? tree : "", "");
	return -EINVAL;
}

/* -- what a tree object is -- */

/* The value of a variable of a kernel's Makefile, malloc'd; "" where it has none. */
static char *variable(const char *makefile, const char *name)
{
	size_t n = strlen(name);
	const char *line;

	for (line = makefile; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) || (line[n] != ' ' && line[n] != '='))
			continue;
		line += n;
		line += strspn(line, " \t=");
		return ncb_format("%.*s", (int)strcspn(line, " \t\n"), line);
	}
	return ncb_copy("");
}

static int read_version(struct ncb_source *s)
{
	const char *args[] = { s->id, NULL };
	struct ncb_git g = { .objects = s->objects };
	char *text = ncb_git_output(&g, "exec git cat-file blob \"$1:Makefile\"", args);
	char *number[4] = { 0 };
	static const char *const names[] = { "VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION" };
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		number[i] = variable(text, names[i]);
	if (!text || !*number[0]) {
		ncb_error("%s is no kernel source: its Makefile has no VERSION", s->spec);
		err = -EINVAL;
	} else {
		s->version = ncb_format("%s.%s%s%s%s", number[0], number[1], *number[2] ? "." : "",
					number[2], number[3]);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		free(number[i]);
	free(text);
	return err;
}

/* -- the kinds of source -- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int get_folder(const char *path, struct ncb_source *s)
{
	char *folder = realpath(path, NULL), *commit, *tree;
	int err;

	if (!folder || !is_kernel(folder)) {
		ncb_error("%s is no kernel source: it has no Makefile beside a Kconfig", path);
		free(folder);
		return -EINVAL;
	}
	err = ncb_tree_scan(folder, &s->id, &s->objects);
	if (!err)
		err = read_version(s);
	if (err)
		goto out;
	commit = ncb_tree_is_git(folder) ? ncb_git_ask(folder, "--short=12", "HEAD") : NULL;
	tree = commit ? ncb_git_ask(folder, "HEAD^{tree}", NULL) : NULL;
	if (commit && tree)
		s->title = ncb_format("HEAD of %s (%s%s)", last_part(folder), commit,
				      strcmp(tree, s->id) ? ", changed" : "");
	else
		s->title = ncb_format("%s (%s)", s->version, last_part(folder));
	free(commit);
	free(tree);
out:
	free(folder);
	return err;
}

static int get_packaged(const char *spec, struct ncb_source *s)
{
	char *folder;
	int err = ncb_packaged_source(spec, &folder);

	if (!err)
		err = ncb_tree_scan(folder, &s->id, &s->objects);
	if (!err)
		err = read_version(s);
	if (!err)
		s->title = ncb_copy(s->version);
	free(folder);
	return err;
}

/* -EINVAL without a message where it is no revision. */
static int get_revision(const char *spec, const char *tree, struct ncb_source *s)
{
	char *question = ncb_format("%s^{tree}", spec), *name, *commit;
	int err;

	/* What begins with a dash would be an option. */
	s->id = *spec == '-' ? NULL : ncb_git_ask(tree, "--verify", question);
	free(question);
	if (!s->id || strlen(s->id) != 40) {
		free(s->id);
		s->id = NULL;
		return -ENOENT;
	}
	s->objects = ncb_git_file(tree, "objects");
	err = read_version(s);
	if (err)
		return err;
	/* Not the tag's own name, which an annotated one has. */
	name = ncb_format("%s^{commit}", spec);
	commit = ncb_git_ask(tree, "--short=12", name);
	free(name);
	if (commit && strncmp(spec, commit, strlen(commit)))
		s->title = ncb_format("%s (%s)", spec, commit);
	else
		s->title = ncb_copy(commit ? commit : spec);
	free(commit);
	return 0;
}

static int get(const char *spec, const char *tree, struct ncb_source *s);

/* The part of @spec before the '+' at @plus, with the patch behind it. */
static int get_patched(const char *spec, const char *plus, const char *tree, struct ncb_source *s)
{
	char *base = ncb_format("%.*s", (int)(plus - spec), spec), *patch = realpath(plus + 1, NULL);
	char *title, *id;
	int err = get(base, tree, s);

	if (!err)
		err = ncb_patch_apply(s->id, s->objects, patch, &id);
	if (!err) {
		free(s->id);
		s->id = id;
		free(s->version);
		s->version = NULL;
		title = ncb_format("%s + %s", s->title, last_part(patch));
		free(s->title);
		s->title = title;
		err = read_version(s);
	}
	free(patch);
	free(base);
	return err;
}

/*
 * Where what is behind a '+' is a file or a folder of patches, the last such; NULL: there is
 * none. Names may themselves have one in them.
 */
static const char *find_patch(const char *spec)
{
	const char *p;

	for (p = spec + strlen(spec); p > spec; p--)
		if (*p == '+' && p[1] && ncb_exists(p + 1))
			return p;
	return NULL;
}

static int get(const char *spec, const char *tree, struct ncb_source *s)
{
	const char *plus;
	int err;

	if (tree && !strchr(spec, '/')) {
		err = get_revision(spec, tree, s);
		if (err != -ENOENT)
			return err;
	}
	if (is_folder(spec))
		return get_folder(spec, s);
	if (tree) {
		err = get_revision(spec, tree, s);
		if (err != -ENOENT)
			return err;
	}
	plus = find_patch(spec);
	if (plus)
		return get_patched(spec, plus, tree, s);
	plus = strrchr(spec, '+');
	if (plus && plus > spec && plus[1]) {
		ncb_error("there is no patch %s", plus + 1);
		return -EINVAL;
	}
	if (!strncmp(spec, PACKAGED, strlen(PACKAGED)) && !strchr(spec, '/'))
		return get_packaged(spec, s);
	return no_such(spec, tree);
}

/**
 * ncb_source_get - find a kernel source, and what its content is
 * @spec: what it is asked for with: a folder, a git revision of @tree, "linux-source-6.1", or
 *	one of these with "+" and the file of a patch, more than once if need be
 * @tree: a git repository, or NULL
 * @s: gets it
 *
 * Neither the folder nor the repository that it belongs to is changed. What has been read
 * once is only read again where it was changed.
 *
 * Return: 0; -EINVAL with a message: there is no such source; -EBADMSG with a message: the
 * patch does not apply; -EINTR; or another -errno with a message.
 */
int ncb_source_get(const char *spec, const char *tree, struct ncb_source *s)
{
	int lock, err;

	memset(s, 0, sizeof(*s));
	if (tree && !ncb_exists(tree)) {
		ncb_error("there is no TREE %s", tree);
		return -EINVAL;
	}
	err = ncb_kbuild_room(SPACE_CHANGES, "a kernel's source");
	lock = err ? err : ncb_kbuild_lock("sources", "reading a kernel's source");
	if (lock < 0)
		return lock;
	err = ncb_git_open();
	s->spec = ncb_copy(spec);
	if (!err)
		err = get(spec, tree, s);
	close(lock);
	if (err)
		ncb_source_free(s);
	return err;
}

/* -- what is done with them -- */

/* "  12 files changed, 100 insertions(+), 4 deletions(-)": the number before @word, or 0. */
static json_int_t number_before(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	if (!at)
		return 0;
	at--;
	while (at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return strtoll(at, NULL, 10);
}

/**
 * ncb_source_difference - what one source has that another has not
 * @a: the old one
 * @b: the new one
 * @out: gets { "files", "insertions", "deletions", "stat": [line ...] }
 *
 * Return: 0 or -errno with a message.
 */
int ncb_source_difference(const struct ncb_source *a, const struct ncb_source *b, json_t **out)
{
	struct ncb_git g = { .objects = a->objects, .objects2 = b->objects };
	const char *args[] = { a->id, b->id, NULL };
	char *text = ncb_git_output(&g, "exec git diff-tree -r --stat=68 --stat-count=" STAT_LINES
				    " \"$1\" \"$2\"", args);
	char *line, *save = NULL, *last = NULL;
	json_t *stat;

	if (!text) {
		ncb_error("cannot compare the sources %s and %s", a->title, b->title);
		return -EIO;
	}
	stat = json_array();
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (last)
			json_array_append_new(stat, json_string(last));
		last = line + strspn(line, " ");
	}
	*out = json_pack("{s:I, s:I, s:I, s:o}", "files", last ? number_before(last, " file") : 0,
			 "insertions", last ? number_before(last, " insertion") : 0,
			 "deletions", last ? number_before(last, " deletion") : 0, "stat", stat);
	free(text);
	return *out ? 0 : -ENOMEM;
}

/* All files get one time, which is none of the future. */
#define TIME	"@1577836800"
#define CHECKOUT \
	"git read-tree \"$1\" && git checkout-index -q -a -f --prefix=\"$2/\" && " \
	"exec find \"$2\" -exec touch -h -d " TIME " {} +"

static int checkout(const struct ncb_source *s, const char *dir, const char *part)
{
	char *index = ncb_format("%s.index", part), *log = ncb_kbuild_path("checkout.log");
	struct ncb_git g = { .index = index, .work = part, .objects = s->objects };
	const char *args[] = { s->id, part, NULL };
	int err;

	unlink(log);
	ncb_remove_tree(part);
	err = ncb_make_dirs(part);
	if (!err)
		err = ncb_git_run(&g, CHECKOUT, args, log);
	if (!err && rename(part, dir) < 0)
		err = -errno;
	if (err)
		ncb_remove_tree(part);
	if (err && err != -EINTR)
		ncb_error("cannot check out %s into %s; git's words are in %s", s->title, dir, log);
	unlink(index);
	free(index);
	free(log);
	return err > 0 ? -EIO : err;
}

/**
 * ncb_source_checkout - the files of a source
 * @s: the source
 * @dir: gets their folder, malloc'd; nobody writes into it
 *
 * Return: 0; -EINTR; or -errno with a message.
 */
int ncb_source_checkout(const struct ncb_source *s, char **dir)
{
	char *part;
	int lock, err = 0;

	*dir = ncb_kbuild_path("source/%.12s", s->id);
	lock = ncb_kbuild_lock("sources", "reading a kernel's source");
	if (lock < 0)
		return lock;
	part = ncb_format("%s.part", *dir);
	if (!ncb_exists(*dir)) {
		ncb_say("checking out %s", s->title);
		err = ncb_kbuild_room(SPACE_CHECKOUT, "a kernel's source");
		if (!err)
			err = checkout(s, *dir, part);
	}
	free(part);
	close(lock);
	return err;
}
