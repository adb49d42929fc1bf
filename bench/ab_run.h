/* SPDX-License-Identifier: GPL-2.0-only */
/* Two kernels from what they are asked for as to a folder of boots. */
#ifndef NCB_AB_RUN_H
#define NCB_AB_RUN_H

#include "ab.h"
#include "kbuild/kbuild.h"
#include "target/target.h"

#define NCB_AB_BOOTS_MAX	100	/* of a kernel */

/**
 * struct ncb_ab_options - what `ncbench ab` was asked for
 * @side: the kernels, A and B
 * @tree: where revisions are, or NULL
 * @target: "auto": both ways; "qemu", "uml"
 * @profile, @rows, @results, @name, @seed, @arch: as of struct ncb_run_options
 * @config: file with options of both kernels, or NULL
 * @boots: of each kernel, for time
 * @links: of each kernel, for time
 * @storm: module load storms in the guests that count
 * @fail_on: exit 3 where a row got slower, by more than @fail_beyond
 * @bisect: "good..bad", or NULL
 * @row: that @bisect goes by
 */
struct ncb_ab_options {
	const char *side[NCB_AB_SIDES];
	const char *tree, *target, *profile, *rows, *name, *results, *config, *arch;
	uint64_t seed;
	uint32_t boots, links;
	bool storm, fail_on;
	double fail_beyond;
	const char *bisect, *row;
};

/* How a kernel is measured: each metric in one kind of guest. */
enum { NCB_WAY_INSN, NCB_WAY_TIME, NCB_WAYS };

/**
 * struct ncb_ab_side - a kernel while it is worked on
 * @label: for messages
 * @spec: as it was asked for
 * @source: what it is built from; where @packaged it is not built
 * @packaged: an image of a distribution, or a file
 * @build: of each way
 * @built: which of these there are
 * @module: ncbench.ko for it, of each way
 */
struct ncb_ab_side {
	const char *label, *spec;
	struct ncb_source source;
	bool packaged;
	struct ncb_build build[NCB_WAYS];
	bool built[NCB_WAYS];
	char *module[NCB_WAYS];
};

/**
 * struct ncb_ab_work - a command of `ncbench ab`
 * @o: what it was asked for
 * @profile: of @o
 * @target: of each way; NULL: it is not gone
 * @why: of each way: why not
 * @boot: counts boots: each has a seed of its own
 */
struct ncb_ab_work {
	const struct ncb_ab_options *o;
	const struct ncb_profile *profile;
	const struct ncb_target *target[NCB_WAYS];
	char *why[NCB_WAYS];
	uint64_t boot;
};

/* All: 0 or -errno with a message. */
int ncb_ab_open(struct ncb_ab_work *w, struct ncb_ab_side *side);
int ncb_ab_choose_ways(struct ncb_ab_work *w, const struct ncb_ab_side *side, size_t sides);
int ncb_ab_build_all(struct ncb_ab_work *w, struct ncb_ab_side *side, size_t sides);
int ncb_ab_boot(struct ncb_ab_work *w, struct ncb_ab_side *side, int way, uint32_t link,
		const char *name, struct ncb_rundata *r);
void ncb_ab_close(struct ncb_ab_side *side);
void ncb_ab_work_end(struct ncb_ab_work *w);

/* Returns exit codes. */
int ncb_ab_and_keep(struct ncb_ab_options *o);
/* -- ab_bisect.c -- */
int ncb_ab_bisect(struct ncb_ab_options *o, struct ncb_ab_work *w);

#endif /* NCB_AB_RUN_H */
