/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often the suite is wrong: it compares runs of equal code, in which every
 * difference is false, and looks for a planted cost, which has to be found. Pure
 * functions over stored runs.
 */
#ifndef NCB_CALIBRATE_H
#define NCB_CALIBRATE_H

#include <stdio.h>
#include "compare.h"

#define NCB_PLANTED_ARM		"slist+2%"
#define NCB_PLANTED_ROW		"raw/call/16/distinct/packed/warm"
#define NCB_BURST_SHARE		(1 / 3.0)	/* of the samples, made dearer by ... */
#define NCB_BURST_LEAST		0.5		/* ... 50 to 100 % */
#define NCB_BURST_MOST		1.0

/**
 * struct ncb_false_calls - comparisons of equal code
 * @comparisons: how many; @rows: in all of them
 * @interval: rows whose interval alone excludes 0
 * @judged: rows called different before correction: interval, rank test and envelope
 * @corrected: rows called different
 * @with: comparisons in which any row was called different
 * @half: half widths of all rows' intervals, @rows of them
 */
struct ncb_false_calls {
	size_t comparisons, rows, interval, judged, corrected, with;
	double *half;
};

/**
 * struct ncb_found - searches for a planted cost of a known share
 * @searches: how many
 * @found: significant after correction; code and layout are the same on both sides, so
 *	that the A/A envelope, which is about layouts, does not apply
 * @beyond: and larger than the envelope all the same
 * @held: intervals that hold the truth
 * @value: recovered shares, @searches of them; @truth: what was planted, the same
 */
struct ncb_found {
	size_t searches, found, beyond, held;
	double *value, *truth;
};

/**
 * struct ncb_estimator - a way to get a cell's cost from its samples
 * @name: for tables
 * @locate: sorts and estimates
 * @paired: of ratios new / old in each block, not of the costs of each arm
 */
struct ncb_estimator {
	const char *name;
	ncb_locate *locate;
	bool paired;
};
extern const struct ncb_estimator ncb_estimators[];
extern const size_t ncb_estimator_count;

/**
 * struct ncb_stability - how far an estimator's changes move
 * @moved: what a change moved by, per row and pair of arms, @n of them, without sign
 * @bias: the same with its sign
 * @n: how many
 */
struct ncb_stability {
	double *moved, *bias;
	size_t n;
};

/* One more comparison of two runs of equal code; @a and @b stay. */
void ncb_calibrate_between(struct ncb_false_calls *f, struct ncb_stats *a, struct ncb_stats *b,
			   const char *arm, bool raw);
/* An arm against its second copy within a run. */
void ncb_calibrate_within(struct ncb_false_calls *f, struct ncb_stats *s);
/* A planted share within a run, or (@b not NULL) planted in the second of two. */
void ncb_calibrate_planted(struct ncb_found *f, struct ncb_stats *a, struct ncb_stats *b);
/* How far changes within one run are from those within the next. */
void ncb_calibrate_calm(struct ncb_stability *s, const struct ncb_rundata *a,
			const struct ncb_rundata *b, const struct ncb_estimator *e);
/* How one estimator stands bursts of @length samples. */
void ncb_calibrate_bursts(struct ncb_stability *s, const struct ncb_rundata *r,
			  const struct ncb_estimator *e, unsigned int length);

void ncb_false_calls_free(struct ncb_false_calls *f);
void ncb_found_free(struct ncb_found *f);
void ncb_stability_free(struct ncb_stability *s);

#endif /* NCB_CALIBRATE_H */
