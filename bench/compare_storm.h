/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module load storms before and after, by the same estimates as rows. What two
 * kernels have in common, the module's own engines, is no part of a module load:
 * there are no controls, and costs are compared as they are. Pure.
 */
#ifndef NCB_COMPARE_STORM_H
#define NCB_COMPARE_STORM_H

#include "compare.h"
#include "storm_stats.h"

/*
 * The clock of a guest that counts instructions is right to about 1e-4, and no two boots
 * allocate alike: medians of one thread were up to 0.12 % apart in boots of one kernel, with
 * rows before the storms and without. Less than this is not called a change.
 */
#define NCB_STORM_INSN_LEAST	0.002

/* Files of modules that differ by more are other modules. */
#define NCB_STORM_SIZE_MOST	0.1

/**
 * struct ncb_storm_pair - one figure of one storm, before and after
 * @id: of the storm
 * @metric: which figure
 * @old_value, @new_value: over all rounds and runs of a side: ns, or loads per second
 * @change: new / old - 1
 * @slower: how much longer it takes, a share: of a rate old / new - 1
 * @p: corrected for all figures of all storms; @change.p is not
 * @p_rank, @p_margin: see struct ncb_pair
 * @verdict: NCB_MORE is slower, whatever the figure
 * @unsure: of one boot, and such figures differ between boots: nothing is called
 */
struct ncb_storm_pair {
	const char *id;
	enum ncb_storm_metric metric;
	struct ncb_interval old_value, new_value;
	struct ncb_estimate change;
	double slower, p, p_rank, p_margin;
	enum ncb_verdict verdict;
	bool unsure;
};

/**
 * struct ncb_storm_comparison - storms compared
 * @exact: the clock counts instructions
 * @one_boot: a side has one boot
 * @pair, @pairs: in the order of the old side's first run
 * @left, @lefts: storms that are not compared, and figures of those that are, each with the
 *	reason; malloc'd texts
 * @partial: pairs that not all runs of both sides have
 * @tested: pairs that the correction is for; @unsure: that are so
 * @order: of GOING against COMING, old and new: see ncb_storms_order()
 * @notifiers: on the chain, old and new; NaN: not known, or not the same in all runs
 */
struct ncb_storm_comparison {
	bool exact, one_boot;
	struct ncb_storm_pair *pair;
	size_t pairs;
	char **left;
	size_t lefts, partial, tested, unsure;
	int order[2];
	double notifiers[2];
};

/* Whether both sides have storms that can be compared. */
bool ncb_storms_shared(const struct ncb_side *old, const struct ncb_side *new);
/* NULL, or why none of the storms may be compared, whatever may be of rows. */
const char *ncb_storms_obstacle(const struct ncb_side *old, const struct ncb_side *new);
/* NULL where they have not; @o: as for rows. To be given to ncb_storm_comparison_free(). */
struct ncb_storm_comparison *ncb_storms_compare(const struct ncb_side *old,
						const struct ncb_side *new,
						const struct ncb_compare_options *o);
void ncb_storm_comparison_free(struct ncb_storm_comparison *c);	/* NULL is fine */

#endif /* NCB_COMPARE_STORM_H */
