/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From raw samples to figures. Pure functions: no files, no kernel, no clock;
 * the same samples and seed give the same figures to the last bit.
 *
 * The words: a *net cost* is what one operation took in one sample, less the
 * reading of the clock and less the empty loop. A *cell* is one loading of the
 * module and one group of blocks that ran the same compiled copy. A cell's cost
 * is the minimum of its net costs, because other load on the machine only ever
 * adds: 'ncbench calibrate' measures what bursts of load do to it and to seven
 * other estimates. Costs and changes are means over copies of the trimmed mean over
 * loadings; their intervals are taken over the level of clusters, copies or
 * loadings, that makes the mean least certain (estimate.h). Instruction counts do not vary with layout but for padding
 * that some copies execute: there the copy with the kernel's own alignment counts.
 */
#ifndef NCB_STATS_H
#define NCB_STATS_H

#include "estimate.h"
#include "run.h"

#define NCB_ENVELOPE_FACTOR	4	/* in length: rows whose A/A changes are looked at */
#define NCB_CELLS_PER_RELOAD	4	/* at least, also where an engine has one copy only */
#define NCB_FIDELITY_BLOCK	3	/* what replica and native may differ by, per block */
#define NCB_FIDELITY_CALL	10	/* and per operation */
#define NCB_PROPORTION_SHARE	0.02	/* noisy metrics: net(2n) / net(n) is 2 within this */
#define NCB_LINE_TICKS		0.5	/* exact metric: |cost - line|; beyond it there is no line */
#define NCB_PROPORTION_TICKS	1.0	/* exact metric: |net(2n) - 2 net(n)| per batch */

#define NCB_QUANTILES		{ 0.05, 0.25, 0.5, 0.75, 0.95 }
#define NCB_QUANTILE_COUNT	5

/**
 * struct ncb_arm_stats - one arm of one row, per operation (call, registration ...)
 * @cost: net cost in the metric's unit: (ticks - base) / (iters - those of the base), less
 *	the same of the empty loop in that row; see enum ncb_kind
 * @min, @max, @mad, @samples: of the per-sample net costs
 * @quantile: of the same, at NCB_QUANTILES
 * @proportion: |net(2n) / net(n) - 2|, net: ticks less base; exact metric: the worst of all
 *	blocks, else the median over cells; NaN: not measured
 * @proportion_ticks: |net(2n) - 2 net(n)| in ticks per batch (exact metric: <= 1)
 * @reading: what the base takes per reading of the clock, subtracted
 * @loop: what one turn of the empty loop takes, subtracted; NaN: not measured
 * @cells: layouts that the cost is a mean of
 * @exact: exact metric only: all samples of each compiled copy are equal
 * @uniform: all cells are equal
 * @copies_differ: exact metric only: largest |cell - cost|, before the other copies are left out
 * @switched: samples during which the task was scheduled away
 * @interrupted: exact metric: samples set aside because of an interrupt in them; of an
 *	event: because of that, or of another task
 */
struct ncb_arm_stats {
	struct ncb_interval cost;
	double min, max, mad;
	double quantile[NCB_QUANTILE_COUNT];
	double proportion, proportion_ticks;
	double reading, loop;
	size_t cells;
	bool exact, uniform;
	double copies_differ;
	uint64_t samples, switched, interrupted;
};

/* Everything about one arm. -ENOENT where there is no such arm. */
int ncb_arm_stats(const struct ncb_rundata *r, size_t row, size_t arm, struct ncb_arm_stats *out);

/* Paired change new / old - 1 with its interval over layouts (reload x clone). */
struct ncb_interval ncb_change(const struct ncb_rundata *r, size_t row, size_t old_arm,
			       size_t new_arm);
/* Paired difference new - old per operation, in the metric's unit. */
struct ncb_interval ncb_difference(const struct ncb_rundata *r, size_t row, size_t old_arm,
				   size_t new_arm);

/* Cost = fixed + slope * length over the rows that differ in length only. */
struct ncb_line {
	struct ncb_interval fixed, slope;
	double residual;	/* largest |cost - line|, in the metric's unit */
	double residual_share;	/* largest |cost - line| / cost */
	size_t points;
	bool straight;		/* exact metric: @residual is within NCB_LINE_TICKS; else true */
};

/*
 * The functions above look at one row each and start from the samples every
 * time; a report wants all rows and holds them here.
 */
struct ncb_stats;
struct ncb_stats *ncb_stats_new(const struct ncb_rundata *r);
struct ncb_stats *ncb_stats_new_counter(const struct ncb_rundata *r, int counter);
/* An estimate of one cell's cost; may sort. */
typedef double ncb_locate(double *values, size_t n);
double ncb_minimum(double *values, size_t n);
double ncb_mean(double *values, size_t n);
struct ncb_stats *ncb_stats_new_with(const struct ncb_rundata *r, ncb_locate *locate);
void ncb_stats_free(struct ncb_stats *s);
void ncb_stats_shrink(struct ncb_stats *s);
struct ncb_counts;
const struct ncb_counts *ncb_stats_counts(const struct ncb_stats *s);	/* see counts.h */
const struct ncb_rundata *ncb_stats_run(const struct ncb_stats *s);
const struct ncb_rundata *ncb_stats_whole(const struct ncb_stats *s);
const struct ncb_arm_stats *ncb_stats_arm(const struct ncb_stats *s, size_t row, int arm);
struct ncb_interval ncb_stats_change(const struct ncb_stats *s, size_t row, int old_arm,
				     int new_arm);
struct ncb_interval ncb_stats_difference(const struct ncb_stats *s, size_t row, int old_arm,
					 int new_arm);
/* With level, p-value and shares of variance; of noisy metrics in logarithms. */
struct ncb_estimate ncb_stats_estimate(const struct ncb_stats *s, size_t row, int old_arm,
				       int new_arm);
/* The A/A change of a row. */
struct ncb_estimate ncb_stats_control(const struct ncb_stats *s, size_t row);
struct ncb_interval ncb_estimate_share(const struct ncb_estimate *e, enum ncb_metric metric);
double ncb_stats_rank_test(const struct ncb_stats *s, size_t row, int old_arm, int new_arm);
/* The A/A envelope for changes in this row. */
double ncb_stats_envelope(const struct ncb_stats *s, size_t row, bool itself);
/* new / old of each block, with its cell; to be freed. */
size_t ncb_stats_ratios(const struct ncb_stats *s, size_t row, int old_arm, int new_arm,
			struct ncb_point **ratios);
/* Costs of an arm, one per cell. */
size_t ncb_stats_points(const struct ncb_stats *s, size_t row, int arm,
			const struct ncb_point **points);
/* All net costs of an arm, in the order of reload and block; returns how many. */
size_t ncb_stats_net(const struct ncb_stats *s, size_t row, int arm, const double **values);

/* Whether the A/A change of one row says what to expect in the other. */
bool ncb_row_is_neighbour(const struct ncb_row *a, const struct ncb_row *b);
/* Whether two rows differ in nothing but length. */
bool ncb_same_family(const struct ncb_row *a, const struct ncb_row *b);
/* The line through the family of @row, for the arm of that name. */
struct ncb_line ncb_stats_line(const struct ncb_stats *s, size_t row, const char *arm);
/* Paired difference of two such lines, new - old. */
struct ncb_line ncb_stats_line_difference(const struct ncb_stats *s, size_t row,
					  const char *old_arm, const char *new_arm);

/* The private engine that does what the running kernel does, to be held against native. */
const char *ncb_stats_replica(const struct ncb_stats *s);
/* Whether replica and native differ by half as much as the two arms do, or more. */
bool ncb_stats_replica_is_far(const struct ncb_stats *s, size_t row, int old_arm, int new_arm);

/* What may be said about a change; compare.h has the rule. */
enum ncb_verdict {
	NCB_NOTHING,		/* not measured on one side, or too small to divide by */
	NCB_UNRESOLVED,		/* "~" */
	NCB_EQUAL,		/* exact metric: no difference at all */
	NCB_WITHIN_MARGIN,	/* equivalent: two one-sided tests, corrected */
	NCB_LESS,		/* faster, or fewer instructions */
	NCB_MORE,
	NCB_VERDICTS
};

/* Index of the plain arm that a control or planted arm belongs to, or -1. */
int ncb_arm_base(const struct ncb_row *row, int arm);
/* Callbacks that one operation of the row makes. */
uint32_t ncb_row_callbacks(const struct ncb_row *row);

/**
 * struct ncb_range - smallest and largest of what was seen
 * @n: how many values; @low and @high mean nothing while it is 0
 * @low, @high: the values
 * @low_row, @high_row: rows they were seen in
 */
struct ncb_range {
	size_t n;
	double low, high;
	size_t low_row, high_row;
};
void ncb_range_widen(struct ncb_range *range, double value, size_t row);	/* trust.c */

/**
 * struct ncb_trust - what makes the numbers true, over the whole run
 * @checked, @wrong, @missing: arms that the oracle passed, refused, and that do not exist;
 *	all three without the empty loops; @checked_rows: rows with any that it passed
 * @base_rows: rows in which slist was measured; @base_calls: those that run callbacks
 * @controls, @controls_ran: A/A arms in the plan; those that exist in their rows
 * @plants, @plants_ran: planted arms in the plan; those that exist and run callbacks
 * @aa: A/A changes, shares
 * @aa_resolved: A/A intervals that do not hold 0 (5 % of them are expected)
 * @aa_called: A/A changes that the rule of the report calls one; @aa_called_row: the first
 * @inflation: see struct ncb_comparison
 * @least: of the rows' changes, the median of what an estimate has to be larger than to be
 *	called one: the half width after Holm's first step, or the envelope
 * @plant: planted cost per callback as recovered, in the metric's unit
 * @plant_seen: rows in which it was told from nothing
 * @share: planted share as recovered, of (operation + one turn of the loop), per row
 * @share_mean: its mean over rows, with Student's t
 * @share_seen: rows whose interval lies above 0; @share_called: those that the rule calls more
 * @changes: rows with a change of dlist against slist; @verdicts: of them, by verdict
 * @tested: rows that were corrected for
 * @before_correction: rows that would be called a change without the correction
 * @levels: rows by the level that their interval is taken over
 * @variance: mean share of the variance of a change, by level: they add up to 1, as medians
 *	would not; NaN: not known
 * @proportion: worst per arm, shares; @proportion_ticks: the same in ticks per batch
 * @proportion_median, @proportion_most: of the arms' shares, median and 95 % quantile
 * @proportion_off: arms beyond NCB_PROPORTION_SHARE
 * @drift: mean cost of code without a list in a loading, as a share of that in all
 * @replica: name of the private engine that is compared with native, or NULL
 * @per_block, @per_call: replica less native, from the lines that are straight
 * @apart, @apart_share: replica less native, of every row that has both; as a share of native
 * @far: rows of these in which ncb_stats_replica_is_far() for slist and dlist
 * @beyond: rows of these that are further apart than NCB_FIDELITY_CALL + NCB_FIDELITY_BLOCK
 *	per block, in the metric's unit
 * @clones: largest number of compiled copies of an arm
 * @cells: largest number of layouts behind a figure
 * @arms, @loops: arms with samples, empty loops with samples
 * @inexact, @uneven: those of both whose samples, whose copies differ
 * @copies: of struct ncb_arm_stats.copies_differ, @copies_arm: the arm in its high_row
 * @samples, @switched, @interrupted: raw samples; those with a task switch, an interrupt inside
 * @reading, @reading_split, @loop: what was subtracted (see struct ncb_arm_stats);
 *	@reading_split where each operation is timed by itself
 */
struct ncb_trust {
	size_t checked, checked_rows, wrong, missing;
	size_t base_rows, base_calls;
	size_t controls, controls_ran, plants, plants_ran;
	struct ncb_range aa;
	size_t aa_resolved, aa_called, aa_called_row;
	double inflation, least;
	struct ncb_range plant;
	size_t plant_seen;
	struct ncb_range share;
	struct ncb_interval share_mean;
	size_t share_seen, share_called;
	size_t changes, verdicts[NCB_VERDICTS], tested, before_correction;
	size_t levels[NCB_LEVELS];
	double variance[NCB_LEVELS];
	struct ncb_range proportion, proportion_ticks;
	double proportion_median, proportion_most;
	size_t proportion_off;
	struct ncb_range drift;
	const char *replica;
	struct ncb_range per_block, per_call, apart, apart_share;
	size_t far, beyond;
	uint32_t clones;
	size_t cells;
	size_t arms, loops, inexact, uneven;
	struct ncb_range copies;
	uint32_t copies_arm;
	uint64_t samples, switched, interrupted;
	struct ncb_range reading, reading_split, loop;
};
/* trust.c */
void ncb_stats_trust(const struct ncb_stats *s, struct ncb_trust *t);

#endif /* NCB_STATS_H */
