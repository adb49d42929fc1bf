/* SPDX-License-Identifier: GPL-2.0-only */
/* The storms of a run with their figures, for whoever says or compares them. Pure. */
#ifndef NCB_STORM_VIEW_H
#define NCB_STORM_VIEW_H

#include "run.h"
#include "storm_stats.h"

#define NCB_STORM_SWEEPS_MAX	16u	/* lines through them */

/**
 * struct ncb_storm_view - the storms of a run with their figures, computed once
 * @r: the run
 * @s: its storms, at least one
 * @f: figures of each
 * @live, @announced: of each, records of LIVE, and of any state
 * @slope, @sweep, @slopes: lines, and the numbers of their sweeps
 * @swept: of each line the first storm of the sweep
 * @quoted: the line that is quoted; @slopes: there is none
 * @churn: the storm that is quoted for rate and latency; @chain: the one for what the chain
 *	takes; @s->storms: there is none
 */
struct ncb_storm_view {
	const struct ncb_rundata *r;
	const struct ncb_storms *s;
	struct ncb_storm_figures *f;
	size_t *live, *announced;
	struct ncb_storm_slope slope[NCB_STORM_SWEEPS_MAX];
	uint32_t sweep[NCB_STORM_SWEEPS_MAX];
	size_t swept[NCB_STORM_SWEEPS_MAX];
	size_t slopes, quoted, churn, chain;
};

/* NULL where the run has no storms that were begun. */
struct ncb_storm_view *ncb_storm_view_new(const struct ncb_rundata *r);
void ncb_storm_view_free(struct ncb_storm_view *v);	/* NULL is fine */

/* Whether a storm has figures, also where it failed in the end. */
bool ncb_storm_done(const struct ncb_storm *storm);
/*
 * Whether a storm stands for its mode, shape and threads: no notifiers more, no tracepoint. The
 * first one of a sweep does where there is no other.
 */
bool ncb_storm_is_plain(const struct ncb_storms *s, size_t storm);
/* Whether the sweep of @a is rather quoted than that of @b: churn, small modules, few threads. */
bool ncb_storm_is_rather(const struct ncb_storm *a, const struct ncb_storm *b);
/* "churn/small/1": what the storms of a sweep have in common; malloc'd. */
char *ncb_storm_family(const struct ncb_storm *storm);
/* Order of GOING against that of COMING: 1 the same, -1 reversed, 0 not known or both. */
int ncb_storms_order(const struct ncb_storm_view *v);

#endif /* NCB_STORM_VIEW_H */
