/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two kernels, A and B, each booted several times: a folder results/<name>/
 * with ab.json, the reports, and a folder for each boot, which is an ordinary
 * run without reports. results/README.md describes it.
 *
 * Who measures fills in a struct ncb_ab, begins it, adds the boots as they
 * end, and finishes it; the reports are made of what was stored, so that
 * `ncbench report` makes the same again.
 */
#ifndef NCB_AB_H
#define NCB_AB_H

#include <jansson.h>
#include "compare.h"
#include "report.h"
#include "run.h"
#include "runset.h"

#define NCB_AB_FILE		"ab.json"
#define NCB_AB_ARM		"native"	/* what is compared: the kernels' own chains */

/* Bounds on what is read. */
#define NCB_AB_RUNS_MAX		256u		/* of one side in one metric */
#define NCB_AB_BUILDS_MAX	8u		/* of one side */
#define NCB_AB_LINKS_MAX	64u		/* of a build */
#define NCB_AB_STAT_MAX		512u		/* lines of a diffstat */
#define NCB_AB_SIZE_MAX		(1ull << 40)	/* bytes of a section or a file */

/* The sides, as they are numbered everywhere. */
enum { NCB_AB_A, NCB_AB_B, NCB_AB_SIDES };
extern const char *const ncb_ab_side_names[NCB_AB_SIDES];	/* "a", "b" */

/**
 * struct ncb_ab_build - a kernel as it was built
 * @flavour: "uml", "x86_64", "arm64"
 * @config: its configuration in words, such as "trimmed: 412 options set", or empty
 * @links: how many layouts it was linked with
 * @layout: of each link what is special about it, in words; @layouts of them (0: not said)
 * @text, @data, @bss: bytes of the first link's sections; 0: not known
 * @file: bytes of its file; 0: not known
 * @seconds: that it took; 0: it was there already
 */
struct ncb_ab_build {
	char *flavour, *config;
	uint32_t links;
	char **layout;
	uint32_t layouts;
	uint64_t text, data, bss, file;
	double seconds;
};

/**
 * struct ncb_ab_kernel - a side
 * @spec: as it was named on the command line
 * @title: what to call it in a sentence
 * @source: content id; NULL: a packaged image, of which there is no source
 * @release: as `uname -r`
 * @build: what was booted, @builds of them
 */
struct ncb_ab_kernel {
	char *spec, *title, *source, *release;
	struct ncb_ab_build *build;
	uint32_t builds;
};

/**
 * struct ncb_ab - two kernels and what was measured of them
 * @dir: results/<name>
 * @partial: the folder that it is written to until it is whole; NULL: it is whole
 * @suite_version: of the ncbench that measured
 * @revision: of the same
 * @date: UTC, as of runs
 * @command: that makes it again, with the seed
 * @profile: as of runs
 * @seed: where all shuffling started
 * @interrupted: not all boots that were planned are there
 * @kernel: the sides
 * @difference: of the sources: "files", "insertions", "deletions" (integers), "stat" (lines
 *	of a diffstat); NULL: not known
 * @behaviour: "a" and "b", see behaviour.h; NULL: not asked for
 * @missing: of each metric: why there are no figures in it, or NULL
 * @build_seconds, @boot_seconds, @all_seconds: what it took
 * @names: of the boots' folders in each metric, of each side, in the order in which they
 *	were added; @boots of them
 * @boots: how many
 * @set: the runs in them once it was finished or loaded, else empty
 */
struct ncb_ab {
	char *dir, *partial;
	char *suite_version, *revision, *date, *command, *profile;
	uint64_t seed;
	bool interrupted;
	struct ncb_ab_kernel kernel[NCB_AB_SIDES];
	json_t *difference, *behaviour;
	char *missing[NCB_METRICS];
	double build_seconds, boot_seconds, all_seconds;
	char **names[NCB_METRICS][NCB_AB_SIDES];
	uint32_t boots[NCB_METRICS][NCB_AB_SIDES];
	struct ncb_runset set[NCB_METRICS][NCB_AB_SIDES];
};

/* -- ab_file.c -- */

/* Texts are malloc'd and become its own; so do references to JSON. */
void ncb_ab_init(struct ncb_ab *ab);
void ncb_ab_free(struct ncb_ab *ab);	/* also removes what was begun and never finished */

/*
 * Makes <dir>.partial-<pid>. 0; -EEXIST where @dir is there already; -errno;
 * with a message.
 */
int ncb_ab_begin(struct ncb_ab *ab, const char *dir);
/*
 * Keeps a boot of a side, in the run's metric, as "a-insn" or "a-ns-01"; the run
 * gets that name and stays the caller's. 0; -EINVAL where it is not whole; -E2BIG; -errno of
 * the files; with a message, and nothing of it is left.
 */
int ncb_ab_add(struct ncb_ab *ab, unsigned int side, struct ncb_rundata *r);
bool ncb_ab_has_boots(const struct ncb_ab *ab);
/*
 * Writes ab.json and the reports and gives the folder its name: of another
 * name, @dir-<pid>, where somebody took that meanwhile; @ab->dir says which. @ab
 * is as if it had been loaded then. 0 or -errno with a message; -ENODATA without any boot.
 */
int ncb_ab_finish(struct ncb_ab *ab);

/* Whether a folder holds one. */
bool ncb_ab_is(const char *dir);
/* 0 or -errno as ncb_result_load(), with a message. */
int ncb_ab_load(struct ncb_ab *ab, const char *dir);

/* The metric that time was measured in: NCB_NS, or NCB_CYCLES. */
enum ncb_metric ncb_ab_time(const struct ncb_ab *ab);

/* -- report_ab.c -- */

/**
 * struct ncb_ab_view - an ab compared
 * @ab: which
 * @insn, @time: B against A; NULL: not measured, see @ab->missing
 */
struct ncb_ab_view {
	const struct ncb_ab *ab;
	struct ncb_comparison *insn, *time;
};
struct ncb_ab_view *ncb_ab_view_new(const struct ncb_ab *ab);
void ncb_ab_view_free(struct ncb_ab_view *v);
/* Before the view is freed. */
struct ncb_report *ncb_report_ab(const struct ncb_ab_view *v);

/* The forms: 0, or -EIO where @f cannot be written. */
int ncb_ab_text(const struct ncb_ab *ab, FILE *f, bool full);
int ncb_ab_html(const struct ncb_ab *ab, FILE *f, bool full);

#endif /* NCB_AB_H */
