/* SPDX-License-Identifier: GPL-2.0-only */
/* For bench/kbuild/ and what bisects: a folder in the cache, and git as a store of contents. */
#ifndef NCB_KBUILD_GIT_H
#define NCB_KBUILD_GIT_H

#include "../ncbench.h"

/**
 * struct ncb_git - a store, and what git works on
 * @index: the index, or NULL: none is needed
 * @work: folder of files, or NULL
 * @objects: folder of another repository's objects that are seen, too, or NULL
 * @objects2: another one
 */
struct ncb_git {
	const char *index, *work, *objects, *objects2;
};

char *ncb_kbuild_path(const char *format, ...) PRINTF(1, 2);
int ncb_kbuild_lock(const char *name, const char *what);
int ncb_kbuild_room(unsigned long long need, const char *what);
int ncb_git_open(void);
int ncb_git_run(const struct ncb_git *g, const char *script, const char *const *args,
		const char *log);
char *ncb_git_output(const struct ncb_git *g, const char *script, const char *const *args);
char *ncb_git_in(const char *folder, const char *const *words);
char *ncb_git_ask(const char *folder, const char *question, const char *word);
char *ncb_git_file(const char *folder, const char *name);

/* -- tree.c -- */
bool ncb_tree_is_git(const char *folder);
int ncb_tree_scan(const char *folder, char **id, char **objects);
/* -- patch.c -- */
int ncb_patch_apply(const char *base, const char *objects, const char *patch, char **id);
/* -- packaged_source.c -- */
int ncb_packaged_source(const char *name, char **folder);

#endif /* NCB_KBUILD_GIT_H */
