/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Estimates, intervals and tests over plain arrays. Nothing here knows a run, a
 * row or an engine; the same input gives the same bits.
 */
#ifndef NCB_ESTIMATE_H
#define NCB_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NCB_RESAMPLES		2000	/* of the bootstrap */
#define NCB_BOOTSTRAP_LEAST	10	/* clusters; with fewer, Student's t */
#define NCB_EQUAL_SHARE		1e-9	/* differences of a calculation, not of a measurement */

/**
 * struct ncb_interval - an estimate with its 95 % interval
 * @value, @low, @high: in the metric's unit, or a share (0.02 is +2 %); the
 *	bounds are infinite where one cluster alone says nothing about the spread
 * @valid: false where there was nothing to compute it from
 */
struct ncb_interval {
	double value, low, high;
	bool valid;
};

/* What samples are clustered in, from the inside out. */
enum ncb_level {
	NCB_LEVEL_BLOCK,	/* interleaved blocks of one copy in one loading */
	NCB_LEVEL_RELOAD,	/* loadings of the module */
	NCB_LEVEL_COPY,		/* compiled copies: layouts of the code */
	NCB_LEVEL_BOOT,		/* runs, of one boot each */
	NCB_LEVEL_LINK,		/* links of one kernel, with other layouts of its code */
	NCB_LEVELS
};
extern const char *const ncb_level_names[NCB_LEVELS];

/**
 * struct ncb_point - one value, and the clusters that it belongs to
 * @boot, @copy, @reload: any numbers; a loading belongs to its boot, a copy is
 *	the same copy in every loading
 * @value: already an estimate over the blocks of that cell
 * @link: any number; a boot belongs to its link, the same number on two sides is
 *	the same recipe; all alike: there is one layout, or nobody knows
 */
struct ncb_point {
	uint32_t boot, copy, reload;
	double value;
	uint32_t link;
};

/**
 * struct ncb_estimate - a mean, how sure it is, and what it varies with
 * @ci: the mean over links of the mean, over boots and copies, of the trimmed mean
 *	over loadings; and its 95 % interval
 * @se: standard error of the mean; NaN where it is unknown
 * @df: degrees of freedom of @se; where there are several links, theirs at most
 * @p: two-sided, of the mean being 0; 1 where nothing is known
 * @level: of the clusters that @ci is taken over
 * @clusters: how many there were, on the smaller side
 * @resampled: @ci is a bootstrap's, not Student's t of @se
 * @share: of the variance of a value, by level; they add up to 1; NaN: only
 *	one cluster, or no variance at all
 */
struct ncb_estimate {
	struct ncb_interval ci;
	double se, df, p;
	enum ncb_level level;
	size_t clusters;
	bool resampled;
	double share[NCB_LEVELS];
};

/* -- robust location -- */
double ncb_quantile(const double *sorted, size_t n, double q);
double ncb_median(double *values, size_t n);		/* sorts */
double ncb_mad(const double *values, size_t n);		/* median |x - median|, not scaled */
double ncb_half_sample_mode(double *values, size_t n);	/* sorts */

/* -- mean with interval over independent values -- */
struct ncb_interval ncb_bootstrap(const double *values, size_t n, uint64_t seed);
struct ncb_interval ncb_student(const double *values, size_t n);
bool ncb_all_equal(const double *values, size_t n);

/* -- the same over clustered values -- */
struct ncb_estimate ncb_estimate_mean(const struct ncb_point *p, size_t n, uint64_t seed);
struct ncb_estimate ncb_estimate_between(const struct ncb_point *a, size_t na,
					 const struct ncb_point *b, size_t nb, uint64_t seed);
/* Whether two sides with that many links, so many of them in common, are paired by link. */
bool ncb_links_are_paired(size_t old, size_t new, size_t common);
/* What each link does to its side: its mean less the mean over links. */
size_t ncb_link_effects(const struct ncb_point *p, size_t n, uint32_t *link, double *effect);
/* Known exactly: no spread, p is 0 or 1. */
struct ncb_estimate ncb_estimate_exact(double value);
struct ncb_estimate ncb_estimate_none(void);
/* Known to be uncertain by nobody knows how much: bounds are infinite, p is 1. */
void ncb_estimate_unsure(struct ncb_estimate *e);

/* -- many estimates of one kind -- */
#define NCB_MODERATE_LEAST	8	/* estimates of a family; fewer say nothing of each other */
#define NCB_PRIOR_DF_MOST	12.0
/**
 * struct ncb_prior - what the estimates of a family say of each other's standard errors
 * @se: typical standard error
 * @df: degrees of freedom that it is worth; 0: nothing was moderated
 */
struct ncb_prior {
	double se, df;
};
struct ncb_prior ncb_moderate(struct ncb_estimate *const *e, size_t n);
/* How much wider than they say estimates are, of which all true values are 0; at least 1. */
double ncb_inflation(const struct ncb_estimate *const *e, size_t n);
/* Widens an estimate by that factor. */
void ncb_inflate(struct ncb_estimate *e, double factor);

/* -- tests -- */
/* Distribution-free, two-sided: Wilcoxon's signed ranks of paired differences ... */
double ncb_signed_rank(const double *differences, size_t n);
/* ... and rank sum (Mann and Whitney) of two independent sets. */
double ncb_rank_sum(const double *a, size_t na, const double *b, size_t nb);
/* Whether sides of several links differ, whatever the distribution; NaN: one has one. */
double ncb_rank_links(const struct ncb_point *a, size_t na, const struct ncb_point *b, size_t nb);
/* Two one-sided tests: p of |true value| being @margin or more. */
double ncb_equivalence(const struct ncb_estimate *e, double margin);

enum ncb_correction { NCB_HOLM, NCB_BENJAMINI_HOCHBERG, NCB_UNCORRECTED, NCB_CORRECTIONS };
extern const char *const ncb_correction_names[NCB_CORRECTIONS];	/* "holm", "bh", "none" */
/* Adjusts p-values in place; NaN stays NaN and does not count. */
void ncb_correct(double *p, size_t n, enum ncb_correction correction);

#endif /* NCB_ESTIMATE_H */
