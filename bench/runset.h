/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of stored runs, as commands name them; and whether two may be compared. */
#ifndef NCB_RUNSET_H
#define NCB_RUNSET_H

#include "compare.h"

/**
 * struct ncb_runset - stored runs in memory
 * @label: as it was named
 * @dir: their folders
 * @run: the runs
 * @stats: of each
 * @runs: how many
 */
struct ncb_runset {
	char *label;
	char **dir;
	struct ncb_rundata *run;
	struct ncb_stats **stats;
	size_t runs;
};

/* The folder of a run: as given, or below results/; NULL with a message. malloc'd. */
char *ncb_find_run(const char *name, const char *results);

/*
 * @spec is a run, a shell pattern, or several of both separated by commas; each
 * below @results, or a path. Finding fills in label, folders and their number;
 * loading the rest. Raw samples are given back once the statistics are
 * there, unless @samples. 0 or -errno with a message; -ENOENT: no such run;
 * -EINVAL: a run is named twice; -ENODATA: one has no figures in @metric (NULL:
 * each in its own).
 */
int ncb_runset_find(struct ncb_runset *set, const char *spec, const char *results);
int ncb_runset_load(struct ncb_runset *set, const char *spec, const char *results,
		    const char *metric, bool samples);
int ncb_runset_load_dirs(struct ncb_runset *set, const char *label, char *const *dir, size_t runs);
void ncb_runset_free(struct ncb_runset *set);
struct ncb_side ncb_runset_side(const struct ncb_runset *set);
/* Whether any run is in both sets, by folder or by what is in it. */
bool ncb_runset_share(const struct ncb_side *a, const struct ncb_side *b);

/* Options that commands over sets of runs share; false where the text is not valid. */
#define NCB_METRIC_HELP	"ns, cycles or insn: figures in that instead of the run's own"
#define NCB_MARGIN_HELP	"a percentage above 0 and below 100, such as 2"
bool ncb_parse_percent(const char *text, double *share);
bool ncb_parse_margin(const char *text, double *share);
bool ncb_parse_correction(const char *text, enum ncb_correction *out);

/* -- comparable.c -- */

/*
 * What forbids comparing two sides, and runs of a side with each other: one
 * sentence each, malloc'd in a malloc'd list. Returns how many; 0: nothing.
 */
size_t ncb_find_obstacles(const struct ncb_side *old, const struct ncb_side *new,
			  const char *arm, char ***reasons);
void ncb_free_texts(char **texts, size_t n);

/**
 * struct ncb_env_difference - something known of kernel or machine that differs
 * @name: the key, or the group that the key belongs to ("config", "mitigation")
 * @key: the key without what makes the group
 * @old, @new: values; several of a side are joined by " | "; "?": not known
 * @inside: the runs of one side differ among themselves
 */
struct ncb_env_difference {
	char *name, *key, *old, *new;
	bool inside;
};
size_t ncb_env_differences(const struct ncb_side *old, const struct ncb_side *new,
			   struct ncb_env_difference **out);
void ncb_env_differences_free(struct ncb_env_difference *d, size_t n);

/* The arm that is compared where none is named: "native", else "slist"; NULL: neither is shared. */
const char *ncb_usual_arm(const struct ncb_side *old, const struct ncb_side *new);
/* Names of arms with samples on both sides, "a, b, c"; malloc'd, "" for none. */
char *ncb_shared_arms(const struct ncb_side *old, const struct ncb_side *new);
/* Whether there are only storms or memory to compare, unless @arm asks for rows. */
bool ncb_without_rows(const struct ncb_side *old, const struct ncb_side *new, const char *arm);

#endif /* NCB_RUNSET_H */
