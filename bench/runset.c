// SPDX-License-Identifier: GPL-2.0-only
/* Sets of stored runs, as commands name them. */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ab.h"
#include "command.h"
#include "runset.h"

/**
 * ncb_find_run - the folder of a run
 * @name: a folder, or the name of one below @results
 * @results: where runs are kept
 *
 * Return: malloc'd path, or NULL with a message.
 */
char *ncb_find_run(const char *name, const char *results)
{
	char *path = ncb_format("%s/result.json", name);
	bool direct = ncb_exists(path) || ncb_ab_is(name);

	free(path);
	if (direct)
		return ncb_copy(name);
	path = ncb_format("%s/%s", results, name);
	if (ncb_exists(path))
		return path;
	ncb_error("no run '%s': neither that folder with a result.json nor %s exists", name, path);
	free(path);
	return NULL;
}

static int add_dir(struct ncb_runset *set, char *dir)
{
	char *real = realpath(dir, NULL);
	size_t i;

	for (i = 0; i < set->runs; i++) {
		char *other = realpath(set->dir[i], NULL);
		bool same = real && other && !strcmp(real, other);

		free(other);
		if (!same)
			continue;
		ncb_error("%s is twice in '%s': a run counts once", dir, set->label);
		free(real);
		free(dir);
		return -EINVAL;
	}
	free(real);
	set->dir = ncb_grow(set->dir, set->runs + 1, sizeof(*set->dir));
	set->dir[set->runs++] = dir;
	return 0;
}

/* Folders that match and hold a run; what an interrupted writer left is none. */
static int add_matches(struct ncb_runset *set, const char *pattern)
{
	char *files = ncb_format("%s/result.json", pattern);
	size_t before = set->runs, i;
	glob_t found;
	int err = 0;

	if (glob(files, 0, NULL, &found)) {
		free(files);
		return 0;
	}
	for (i = 0; i < found.gl_pathc && !err; i++) {
		char *dir = ncb_copy(found.gl_pathv[i]);

		dir[strlen(dir) - strlen("/result.json")] = '\0';
		if (strstr(dir, ".partial-"))
			free(dir);
		else
			err = add_dir(set, dir);
	}
	globfree(&found);
	free(files);
	return err ? err : set->runs > before;
}

static int add_word(struct ncb_runset *set, const char *word, const char *results)
{
	char *file = ncb_format("%s/result.json", word), *below;
	bool exact = ncb_exists(file) || !strpbrk(word, "*?[");
	int found;

	free(file);
	if (exact) {
		char *dir = ncb_find_run(word, results);

		if (dir && ncb_ab_is(dir)) {
			ncb_error("%s is of two kernels, and no run: 'ncbench report' shows it; "
				  "its boots are '%s/a-*' and '%s/b-*'", dir, word, word);
			free(dir);
			return -ENOENT;
		}
		return dir ? add_dir(set, dir) : -ENOENT;
	}
	below = ncb_format("%s/%s", results, word);
	found = add_matches(set, below);
	if (!found)
		found = add_matches(set, word);
	if (!found)
		ncb_error("no run matches '%s', neither below %s nor as a path", word, results);
	free(below);
	return found < 0 ? found : found ? 0 : -ENOENT;
}

static int find_dirs(struct ncb_runset *set, const char *spec, const char *results)
{
	char *words = ncb_copy(spec), *word, *save;
	int err = 0;

	for (word = strtok_r(words, ",", &save); word && !err; word = strtok_r(NULL, ",", &save))
		err = add_word(set, word, results);
	free(words);
	if (!err && !set->runs) {
		ncb_error("which run? '%s' names none", spec);
		err = -EINVAL;
	}
	return err;
}

/**
 * ncb_runset_find - which runs are meant, without reading them
 * @set: gets their folders; to be given to ncb_runset_free(), also after a failure
 * @spec: a run, a shell pattern, or several separated by commas
 * @results: folder that runs are kept in
 *
 * Return: 0; -ENOENT: no such run; -EINVAL: one is named twice; with a message.
 */
int ncb_runset_find(struct ncb_runset *set, const char *spec, const char *results)
{
	memset(set, 0, sizeof(*set));
	set->label = ncb_copy(spec);
	return find_dirs(set, spec, results);
}

/* All that is known of a run but what it was computed from. */
static void drop_samples(struct ncb_rundata *r)
{
	free(r->samples);
	free(r->counts);
	r->samples = NULL;
	r->counts = NULL;
	r->nsamples = r->samples_room = 0;
	if (r->beside)
		ncb_rundata_free(r->beside);
	free(r->beside);
	r->beside = NULL;
}

static int load_dirs(struct ncb_runset *set, const char *metric, bool samples)
{
	size_t i;
	int err = 0;

	set->run = ncb_alloc(set->runs + 1, sizeof(*set->run));
	set->stats = ncb_alloc(set->runs + 1, sizeof(*set->stats));
	for (i = 0; i < set->runs && !err; i++) {
		struct ncb_rundata *r = &set->run[i];

		err = ncb_result_load(r, set->dir[i]);
		if (!err && metric)
			err = ncb_run_set_metric(r, metric);
		if (err)
			break;
		set->stats[i] = ncb_stats_new(r);
		if (!samples) {
			ncb_stats_counts(set->stats[i]);
			drop_samples(r);
		}
	}
	return err;
}

/**
 * ncb_runset_load - read runs and compute their statistics
 * @set: gets them; to be given to ncb_runset_free(), also after a failure
 * @spec: a run, a shell pattern, or several separated by commas
 * @results: folder that runs are kept in
 * @metric: of the figures, or NULL
 * @samples: keep the raw samples
 *
 * Return: 0; -ENOENT, -EINVAL, or what ncb_result_load() returns, with a message.
 */
int ncb_runset_load(struct ncb_runset *set, const char *spec, const char *results,
		    const char *metric, bool samples)
{
	int err = ncb_runset_find(set, spec, results);

	return err ? err : load_dirs(set, metric, samples);
}

/**
 * ncb_runset_load_dirs - the same of folders, whatever characters are in their names
 * @set: gets them, without raw samples; to be given to ncb_runset_free(), also after a failure
 * @label: of the set
 * @dir: the folders
 * @runs: how many
 *
 * Return: 0, or what ncb_result_load() returns, with a message.
 */
int ncb_runset_load_dirs(struct ncb_runset *set, const char *label, char *const *dir, size_t runs)
{
	memset(set, 0, sizeof(*set));
	set->label = ncb_copy(label);
	set->dir = ncb_alloc(runs + 1, sizeof(*set->dir));
	for (; set->runs < runs; set->runs++)
		set->dir[set->runs] = ncb_copy(dir[set->runs]);
	return load_dirs(set, NULL, false);
}

/** ncb_runset_free - the reverse */
void ncb_runset_free(struct ncb_runset *set)
{
	size_t i;

	for (i = 0; i < set->runs; i++) {
		if (set->stats)
			ncb_stats_free(set->stats[i]);
		if (set->run)
			ncb_rundata_free(&set->run[i]);
		free(set->dir[i]);
	}
	free(set->dir);
	free(set->run);
	free(set->stats);
	free(set->label);
	memset(set, 0, sizeof(*set));
}

/** ncb_runset_side - a set as one side of a comparison; the set has to stay */
struct ncb_side ncb_runset_side(const struct ncb_runset *set)
{
	return (struct ncb_side) { set->label, set->stats, set->runs };
}

/**
 * ncb_parse_percent - "2", "2%" or "0.5 %" into a share
 * @text: as typed
 * @share: gets it
 *
 * Return: false for what is no number in 0 .. 1000.
 */
bool ncb_parse_percent(const char *text, double *share)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	v = strtod(text, &end);
	if (end == text)
		return false;
	end += strspn(end, " ");
	end += *end == '%';
	if (*end || !isfinite(v) || v < 0 || v > 1000)
		return false;
	*share = v / 100;
	return true;
}

/** ncb_parse_margin - the argument of --margin; false where it is none */
bool ncb_parse_margin(const char *text, double *share)
{
	return ncb_parse_percent(text, share) && *share > 0 && *share < 1;
}

/** ncb_parse_correction - the argument of --correction; false where it is none */
bool ncb_parse_correction(const char *text, enum ncb_correction *out)
{
	int i;

	for (i = 0; i < NCB_CORRECTIONS; i++) {
		if (strcmp(text, ncb_correction_names[i]))
			continue;
		*out = i;
		return true;
	}
	return false;
}
