/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparisons: a list of rows with old, new, change and a verdict. Two kinds
 * have the same form, so that every report and format has to know only one:
 *
 * - two designs (arms) in one run, measured interleaved in one kernel;
 * - one arm in two sets of runs, before and after.
 *
 * Between runs the machine itself moves: costs of the very same code differ by
 * 5 % and more. What two kernels have in common is the private engines of the
 * module, which were measured interleaved with the arm in question. So before
 * and after are compared relative to them (change of the arm over the change
 * of the controls, cell by cell), and what the controls did by themselves is
 * told beside it as the drift.
 */
#ifndef NCB_COMPARE_H
#define NCB_COMPARE_H

#include "stats.h"

#define NCB_SIGNIFICANT		0.05	/* p after correction, and p of the rank test */

extern const char *const ncb_verdict_names[NCB_VERDICTS];
/* As reports say it: "faster", "slower"; of instructions "fewer", "more". */
const char *ncb_verdict_word(enum ncb_metric metric, enum ncb_verdict v);

/**
 * struct ncb_compare_options - how to judge
 * @correction: for the number of rows
 * @margin: a share; 0: no question of equivalence
 * @raw: between runs: costs as they are, not relative to the controls
 * @metric: figures were asked for in that one; NULL: in each run's own
 * @new_arm: between runs: another arm on the new side, such as a planted one; NULL: the same
 */
struct ncb_compare_options {
	enum ncb_correction correction;
	double margin;
	bool raw;
	const char *metric;
	const char *new_arm;
};

/**
 * struct ncb_pair - one line of a comparison
 * @row: index into the rows of the first run; rows of others are found by name
 * @id: name of the row
 * @old_arm, @new_arm: names
 * @old_cost, @new_cost: per operation, in the metric's unit; over all runs of a side
 * @change: of one boot of a side, wider by what layout may do to code with one copy;
 *	new / old - 1 with interval, p, level, shares of variance
 * @difference: new - old, in the metric's unit; between runs: @change of @old_cost
 * @drift: between runs: what the controls changed by, a share; NaN: no controls
 * @p: of @change, corrected for all rows of the comparison; @change.p is not
 * @p_rank: of the distribution-free test, not corrected; NaN: no such test
 * @p_margin: of the change being as large as the margin, corrected; NaN: not asked
 * @envelope: what the A/A control did in rows like this one, a share, up, or as a ratio
 *	down; NaN: there is no control; between runs:
 *	what this comparison says of a private engine there, and what the controls of
 *	the row did beyond the median drift
 * @same_code: both arms run the same compiled copies, one with something planted: no
 *	layout differs, so neither @envelope nor the widening applies
 * @verdict: see ncb_judge_pair()
 */
struct ncb_pair {
	size_t row;
	const char *id;
	const char *old_arm, *new_arm;
	struct ncb_interval old_cost, new_cost;
	struct ncb_estimate change;
	struct ncb_interval difference;
	double drift;
	double p, p_rank, p_margin;
	double envelope;
	bool same_code;
	enum ncb_verdict verdict;
};

/**
 * struct ncb_side - one side of a comparison
 * @label: name of the arm, or of the run or set of runs
 * @stats: of the runs, @runs of them
 */
struct ncb_side {
	const char *label;
	struct ncb_stats *const *stats;
	size_t runs;
};

/**
 * struct ncb_layouts - what the links of the two sides tell of layout; between runs only
 * @links: of each side, by env "link"; 1: it has one, or does not say
 * @common: that both have; @paired: see ncb_links_are_paired()
 * @share: of the variance of what is compared from boot to boot (links, boots, loadings),
 *	that of links; median over rows; NaN: not several links, or one boot of each
 * @moved: of single rows, what a link has more than the mean of its side's, a share
 * @alike: correlation over links and rows of that on both sides; NaN: not paired
 */
struct ncb_layouts {
	size_t links[2], common;
	bool paired;
	double share;
	struct ncb_range moved;
	double alike;
};

/**
 * struct ncb_comparison - rows compared
 * @metric: of both sides
 * @old, @new: the sides; of two arms in one run both hold that run
 * @between: before and after: two sets of runs
 * @options: as given
 * @pair: in the order of the rows of the first run; @pairs of them
 * @arm: between runs: its name
 * @only_old, @only_new: rows with that arm that the other side has not
 * @partial: pairs that not all runs of both sides have
 * @tested: pairs that have a p-value: how many the correction is for
 * @inflation: factor that intervals were widened by, for equal code to be called
 *	different as rarely as intervals say; 1: they were wide enough
 * @layouts: between runs: of the kernels
 * @storms: between runs: module load storms, or NULL; see compare_storm.h
 * @memory: between runs: what the kernels take, or NULL; see compare_memory.h
 */
struct ncb_storm_comparison;
struct ncb_memory_comparison;
struct ncb_comparison {
	enum ncb_metric metric;
	struct ncb_side old, new;
	bool between;
	struct ncb_compare_options options;
	const char *arm;
	struct ncb_pair *pair;
	size_t pairs;
	size_t only_old, only_new, partial, tested;
	double inflation;
	struct ncb_layouts layouts;
	struct ncb_storm_comparison *storms;
	struct ncb_memory_comparison *memory;
};

/* Two arms of one run. */
struct ncb_comparison *ncb_compare_arms(struct ncb_stats *const *s, const char *old_arm,
					const char *new_arm,
					const struct ncb_compare_options *o);
/* One arm before and after; labels and lists stay with the caller. */
struct ncb_comparison *ncb_compare_runs(const struct ncb_side *old, const struct ncb_side *new,
					const char *arm, const struct ncb_compare_options *o);
void ncb_comparison_free(struct ncb_comparison *c);

enum ncb_verdict ncb_judge_pair(const struct ncb_pair *p, const struct ncb_compare_options *o);
enum ncb_verdict ncb_judge_alone(const struct ncb_pair *p, const struct ncb_compare_options *o);
bool ncb_pair_in_envelope(const struct ncb_pair *p);
bool ncb_is_change(enum ncb_verdict v);

/* Which runs of a side are of one boot: the first of them, by index; and of how many boots. */
size_t ncb_side_boot(const struct ncb_side *side, size_t run);
size_t ncb_side_boots(const struct ncb_side *side);

/* The same of layouts of the kernel: links, or builds. */
size_t ncb_side_layout(const struct ncb_side *side, size_t run);
size_t ncb_side_layouts(const struct ncb_side *side);
/* Whether nothing on a side tells what another layout of its kernel would cost. */
bool ncb_is_one_layout(const struct ncb_comparison *c, bool new_side);

/*
 * Wilcoxon's test of two sides: of links where there are several; else the rank sum
 * over boots where each side has enough, else over all values.
 */
double ncb_rank_between(const struct ncb_side *old, const struct ncb_side *new,
			const struct ncb_point *a, size_t na, const struct ncb_point *b, size_t nb);

/* What an arm costs relative to the controls that all of @sides have, per operation. */
struct ncb_interval ncb_side_relative(const struct ncb_side *const *sides, size_t n, size_t which,
				      const char *id, const char *arm);
struct ncb_interval ncb_side_cost(const struct ncb_side *side, const char *id, const char *arm);

/* Pairs with a verdict first, the largest change first; then the rest as they were. */
size_t *ncb_comparison_order(const struct ncb_comparison *c);
/* Net costs behind a pair, one per sample, of one run of a side (for plots and formats). */
size_t ncb_pair_samples(const struct ncb_comparison *c, const struct ncb_pair *p, bool new_side,
			size_t run, const double **values);
/* Geometric mean of new / old - 1 over pairs that have a change; NaN: none. */
double ncb_comparison_geomean(const struct ncb_comparison *c);

#endif /* NCB_COMPARE_H */
