// SPDX-License-Identifier: GPL-2.0-only
/* Patches and mails with patches, applied to a tree of the store: no file is written. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "git.h"

/**
 * struct applying - a patch, or a series of them, being applied
 * @git: a temporary index of the tree
 * @mails: folder for the mails of a box
 * @log: what git says
 * @title: of the patch, for people
 * @applied: how many were
 */
struct applying {
	struct ncb_git git;
	char *mails, *log;
	const char *title;
	unsigned int applied;
};

/* Whether a file is a mail, or a box of them: it begins with a header. */
static bool is_mail(const char *text)
{
	size_t n = strcspn(text, ":\n ");

	if (!strncmp(text, "From ", 5))
		return true;
	return n && text[n] == ':' && n == strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						  "abcdefghijklmnopqrstuvwxyz-");
}

static bool has_patch(const char *text)
{
	return !strncmp(text, "diff --git ", 11) || !strncmp(text, "--- ", 4) ||
	       strstr(text, "\ndiff --git ") || strstr(text, "\n--- ");
}

/* git's own words: the first two lines of the log that say what is wrong, malloc'd. */
static char *words_of(const char *log)
{
	char *text = ncb_read_file(log, NULL), *line, *save = NULL, *words = ncb_copy("");
	unsigned int n = 0;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && n < 2;
	     line = strtok_r(NULL, "\n", &save)) {
		bool tag = !strncmp(line, "error: ", 7) || !strncmp(line, "fatal: ", 7);
		char *more;

		if (!tag)
			continue;
		more = ncb_format("%s%s%s", words, n++ ? "; " : "", line + 7);
		free(words);
		words = more;
	}
	free(text);
	return words;
}

/* Applies one diff; @number, @of and @subject say which mail it is of, @of 0: of none. */
static int apply_one(struct applying *a, const char *diff, unsigned int number, unsigned int of,
		     const char *subject)
{
	const char *args[] = { diff, NULL };
	char *words;
	int err;

	unlink(a->log);
	err = ncb_git_run(&a->git, "exec git apply --cached \"$1\"", args, a->log);
	if (!err)
		a->applied++;
	if (err <= 0)
		return err;
	words = words_of(a->log);
	if (of)
		ncb_error("mail %u of %u in %s does not apply (%s): %s", number, of, a->title,
			  subject, words);
	else
		ncb_error("%s does not apply: %s", a->title, words);
	free(words);
	return -EBADMSG;
}

/* The header "Subject: " of what mailinfo printed into @path, malloc'd. */
static char *subject_of(const char *path)
{
	char *text = ncb_read_file(path, NULL), *at = text ? strstr(text, "Subject: ") : NULL;
	char *subject = at ? ncb_format("%.*s", (int)strcspn(at + 9, "\n"), at + 9) :
			     ncb_copy("no subject");

	free(text);
	return subject;
}

static int apply_mail(struct applying *a, unsigned int number, unsigned int of)
{
	char *mail = ncb_format("%s/%04u", a->mails, number), *diff = ncb_format("%s.diff", mail);
	char *info = ncb_format("%s.info", mail), *message = ncb_format("%s.message", mail);
	const char *args[] = { message, diff, mail, NULL };
	char *subject = NULL, *text = NULL;
	int err = ncb_git_run(&a->git, "exec git mailinfo \"$1\" \"$2\" <\"$3\"", args, info);

	if (err > 0) {
		ncb_error("mail %u of %u in %s cannot be read; git's words are in %s", number, of,
			  a->title, info);
		err = -EINVAL;
	}
	if (!err) {
		subject = subject_of(info);
		text = ncb_read_file(diff, NULL);
	}
	/* A cover letter has none. */
	if (!err && text && has_patch(text))
		err = apply_one(a, diff, number, of, subject);
	free(text);
	free(subject);
	free(message);
	free(info);
	free(diff);
	free(mail);
	return err;
}

static int apply_mails(struct applying *a, const char *patch)
{
	char *out = ncb_format("-o%s", a->mails), *count = NULL;
	const char *args[] = { out, patch, NULL };
	unsigned int i, n;
	int err;

	/* git does not write over what it split before. */
	ncb_remove_tree(a->mails);
	err = ncb_make_dirs(a->mails);
	if (!err)
		count = ncb_git_output(&a->git, "exec git mailsplit -b -d4 \"$@\"", args);
	n = count ? strtoul(count, NULL, 10) : 0;
	if (!err && !count) {
		ncb_error("%s cannot be split into mails", patch);
		err = -EINVAL;
	}
	for (i = 1; i <= n && !err; i++)
		err = apply_mail(a, i, n);
	free(count);
	free(out);
	return err;
}

static int apply_file(struct applying *a, const char *patch)
{
	char *text = ncb_read_file(patch, NULL);
	int err;

	if (!text) {
		ncb_error("cannot read the patch %s: %s", patch, strerror(errno));
		return -EINVAL;
	}
	a->title = patch;
	if (!has_patch(text) && !is_mail(text)) {
		ncb_error("%s is neither a patch nor a mail with one", patch);
		err = -EINVAL;
	} else {
		err = is_mail(text) ? apply_mails(a, patch) : apply_one(a, patch, 0, 0, NULL);
	}
	free(text);
	return err;
}

static int is_patch(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && (!strcmp(dot, ".patch") || !strcmp(dot, ".mbox") || !strcmp(dot, ".diff"));
}

/* The files of a folder, as format-patch numbers them. */
static int apply_folder(struct applying *a, const char *folder)
{
	struct dirent **entry;
	int i, n = scandir(folder, &entry, is_patch, alphasort), err = n < 0 ? -errno : 0;

	for (i = 0; i < n; i++) {
		char *path = ncb_format("%s/%s", folder, entry[i]->d_name);

		if (!err)
			err = apply_file(a, path);
		free(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return err;
}

/**
 * ncb_patch_apply - the tree that a patch makes of another
 * @base: git's name of the tree
 * @objects: where some of its objects lie, or NULL
 * @patch: a diff, a mail, a box of mails, or a folder of them in the order of their names
 * @id: gets git's name of the new tree, malloc'd
 *
 * Return: 0; -EINTR; -EBADMSG: it does not apply; -EINVAL: it is no patch; or another -errno;
 * with a message, which names the place that does not fit.
 */
int ncb_patch_apply(const char *base, const char *objects, const char *patch, char **id)
{
	char *folder = ncb_kbuild_path("apply"), *index = ncb_format("%s/index", folder);
	char *work = ncb_format("%s/empty", folder);
	struct applying a = { .git = { .index = index, .work = work, .objects = objects },
			      .mails = ncb_format("%s/mails", folder),
			      .log = ncb_format("%s/log", folder) };
	const char *args[] = { base, NULL };
	struct stat st;
	int err;

	*id = NULL;
	ncb_remove_tree(folder);
	err = ncb_make_dirs(work);
	if (!err)
		err = ncb_git_run(&a.git, "exec git read-tree \"$1\"", args, a.log);
	if (!err)
		err = !stat(patch, &st) && S_ISDIR(st.st_mode) ? apply_folder(&a, patch) :
								apply_file(&a, patch);
	else if (err != -EINTR)
		ncb_error("cannot read the tree %s; git's words are in %s", base, a.log);
	if (!err && !a.applied) {
		ncb_error("there is no patch in %s", patch);
		err = -EINVAL;
	}
	if (!err) {
		*id = ncb_git_output(&a.git, "exec git write-tree", NULL);
		err = *id ? 0 : ncb_interrupted ? -EINTR : -EIO;
	}
	if (!err)
		ncb_remove_tree(folder);
	free(a.log);
	free(a.mails);
	free(work);
	free(index);
	free(folder);
	return err > 0 ? -EIO : err;
}
