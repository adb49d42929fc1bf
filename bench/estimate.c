// SPDX-License-Identifier: GPL-2.0-only
/* Estimates, intervals and tests over plain arrays; see estimate.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include "estimate.h"
#include "ncbench.h"

#define EXACT_RANKS	40	/* values up to which rank tests enumerate */
#define TRIM_LEAST	6	/* loadings from which on quarters are left out */
#define SIGNED_LINKS	5	/* up to so many the exact signed rank test cannot reach 5 % */

const char *const ncb_level_names[NCB_LEVELS] = { "block", "reload", "copy", "boot", "link" };
const char *const ncb_correction_names[NCB_CORRECTIONS] = { "holm", "bh", "none" };

static const struct ncb_interval nothing = { NAN, NAN, NAN, false };

/* -- robust location -- */

/**
 * ncb_quantile - a quantile of sorted values, interpolated
 * @sorted: ascending
 * @n: how many
 * @q: 0 .. 1
 *
 * GSL's own weighs both neighbours, which makes another number of two equal
 * ones: an exact count has to stay exact.
 *
 * Return: the quantile; NaN for n = 0.
 */
double ncb_quantile(const double *sorted, size_t n, double q)
{
	size_t below;
	double at;

	if (!n)
		return NAN;
	at = q * (n - 1);
	below = (size_t)at;
	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
}

/**
 * ncb_median - the median
 * @values: get sorted
 * @n: how many
 *
 * Return: the median; NaN for n = 0.
 */
double ncb_median(double *values, size_t n)
{
	gsl_sort(values, 1, n);
	return ncb_quantile(values, n, 0.5);
}

/**
 * ncb_mad - the median absolute deviation from the median, not scaled
 * @values: in any order
 * @n: how many
 *
 * Return: the deviation; NaN for n = 0.
 */
double ncb_mad(const double *values, size_t n)
{
	double *room, mad;

	if (!n)
		return NAN;
	room = ncb_alloc(n, sizeof(*room));
	mad = gsl_stats_mad0(values, 1, n, room);
	free(room);
	return mad;
}

/**
 * ncb_half_sample_mode - where values are densest
 * @values: get sorted
 * @n: how many
 *
 * Bickel and Fruehwirth (2006): the shortest half, then its shortest half, and
 * so on. Of three values the mean of the closer two.
 *
 * Return: the mode; NaN for n = 0.
 */
double ncb_half_sample_mode(double *values, size_t n)
{
	size_t half, i, best;

	gsl_sort(values, 1, n);
	while (n > 3) {
		half = (n + 1) / 2;
		for (best = 0, i = 1; i + half <= n; i++)
			if (values[i + half - 1] - values[i] <
			    values[best + half - 1] - values[best])
				best = i;
		values += best;
		n = half;
	}
	if (n == 3) {
		double low = values[1] - values[0], high = values[2] - values[1];

		if (low == high)
			return values[1];
		return low < high ? (values[0] + values[1]) / 2 : (values[1] + values[2]) / 2;
	}
	return n ? gsl_stats_mean(values, 1, n) : NAN;
}

/** ncb_all_equal - whether values differ by no more than a calculation leaves */
bool ncb_all_equal(const double *values, size_t n)
{
	double low, high;

	if (!n)
		return true;
	gsl_stats_minmax(&low, &high, values, 1, n);
	return high - low <= NCB_EQUAL_SHARE * fmax(fabs(low), fabs(high));
}

/* -- mean with interval over independent values -- */

/*
 * Which of n values a resample consists of, for all resamples. A run asks for
 * the same n and seed thousands of times; the last answer is kept.
 */
static const uint16_t *draw_resamples(size_t n, uint64_t seed)
{
	static uint16_t *kept;
	static size_t kept_n;
	static uint64_t kept_seed;
	gsl_rng *rng;
	size_t i;

	if (kept && kept_n == n && kept_seed == seed)
		return kept;
	kept = ncb_grow(kept, n * NCB_RESAMPLES, sizeof(*kept));
	rng = gsl_rng_alloc(gsl_rng_mt19937);
	gsl_rng_set(rng, (unsigned long)(seed ^ seed >> 32));
	for (i = 0; i < n * NCB_RESAMPLES; i++)
		kept[i] = gsl_rng_uniform_int(rng, n);
	gsl_rng_free(rng);
	kept_n = n;
	kept_seed = seed;
	return kept;
}

static void resample_means(const double *values, size_t n, uint64_t seed, double *means)
{
	const uint16_t *which = draw_resamples(n, seed);
	size_t i, k;

	for (i = 0; i < NCB_RESAMPLES; i++) {
		means[i] = 0;
		for (k = 0; k < n; k++)
			means[i] += values[*which++];
		means[i] /= n;
	}
}

/*
 * The share of resamples to leave out at each end. A plain percentile interval
 * is too narrow for few values; the percentiles are moved outwards as in T.
 * Hesterberg, "What Teachers Should Know About the Bootstrap" (2015), 5.3: for
 * four values that makes it their range.
 */
static double tail_share(size_t n)
{
	return gsl_cdf_ugaussian_P(sqrt(n / (n - 1.0)) * gsl_cdf_tdist_Pinv(0.025, n - 1.0));
}

/* Quantiles @tail and 1 - @tail of the means; both ends are sorted, the rest is not. */
static void find_ends(const double *means, double tail, double *low, double *high)
{
	double at = tail * (NCB_RESAMPLES - 1), part = at - floor(at);
	size_t n = (size_t)at + 2;
	double *end = ncb_alloc(n, sizeof(*end));

	gsl_sort_smallest(end, n, means, 1, NCB_RESAMPLES);
	*low = end[n - 2] + part * (end[n - 1] - end[n - 2]);
	gsl_sort_largest(end, n, means, 1, NCB_RESAMPLES);
	*high = end[n - 2] + part * (end[n - 1] - end[n - 2]);
	free(end);
}

/* The cases that need no resampling: none, one, or all the same. */
static bool is_simple(const double *values, size_t n, struct ncb_interval *out)
{
	*out = nothing;
	if (!n)
		return true;
	out->valid = true;
	out->value = gsl_stats_mean(values, 1, n);
	out->low = -INFINITY;
	out->high = INFINITY;
	if (n == 1)
		return true;
	if (!ncb_all_equal(values, n))
		return false;
	out->low = out->high = out->value = values[0];
	return true;
}

/**
 * ncb_bootstrap - a mean and its 95 % interval
 * @values: one per cluster, at most 65536
 * @n: how many
 * @seed: for the resampling
 *
 * Percentile bootstrap with NCB_RESAMPLES resamples; see tail_share().
 *
 * Return: bounds equal to the mean where all values are equal, infinite where
 * there is one value only and the spread is unknown; not valid for n = 0.
 */
struct ncb_interval ncb_bootstrap(const double *values, size_t n, uint64_t seed)
{
	struct ncb_interval out;
	double *means;

	if (is_simple(values, n, &out))
		return out;
	means = ncb_alloc(NCB_RESAMPLES, sizeof(*means));
	resample_means(values, n, seed, means);
	find_ends(means, tail_share(n), &out.low, &out.high);
	free(means);
	return out;
}

/**
 * ncb_student - a mean and its 95 % interval by Student's t
 * @values: one per cluster
 * @n: how many
 *
 * Return: as ncb_bootstrap(), which needs more than a handful of values.
 */
struct ncb_interval ncb_student(const double *values, size_t n)
{
	struct ncb_interval out;
	double half;

	if (is_simple(values, n, &out))
		return out;
	half = gsl_cdf_tdist_Pinv(0.975, n - 1.0) * gsl_stats_sd(values, 1, n) / sqrt(n);
	out.low = out.value - half;
	out.high = out.value + half;
	return out;
}

/* -- the same over clustered values -- */

/* Means of the values that share a cluster of one level. */
struct clusters {
	double *mean;
	uint64_t *key;
	size_t n;
};

/* A loading belongs to its boot; a copy is the same one in all loadings. */
static uint64_t cluster_key(const struct ncb_point *p, enum ncb_level level)
{
	switch (level) {
	case NCB_LEVEL_LINK:
		return p->link;
	case NCB_LEVEL_BOOT:
		return p->boot;
	case NCB_LEVEL_COPY:
		return p->copy;
	case NCB_LEVEL_RELOAD:
		return (uint64_t)p->boot << 32 | p->reload;
	default:
		return 0;
	}
}

static void make_clusters(const struct ncb_point *p, size_t n, enum ncb_level level,
			  struct clusters *out)
{
	size_t *count = ncb_alloc(n + 1, sizeof(*count)), i, k;

	out->mean = ncb_alloc(n + 1, sizeof(*out->mean));
	out->key = ncb_alloc(n + 1, sizeof(*out->key));
	out->n = 0;
	for (i = 0; i < n; i++) {
		uint64_t key = cluster_key(&p[i], level);

		/* Neighbours mostly share clusters or follow in the same order. */
		for (k = 0; k < out->n && out->key[k] != key; k++)
			;
		if (k == out->n)
			out->key[out->n++] = key;
		out->mean[k] += p[i].value;
		count[k]++;
	}
	for (k = 0; k < out->n; k++)
		out->mean[k] /= count[k];
	free(count);
}

static void free_clusters(struct clusters *c)
{
	free(c->mean);
	free(c->key);
}

/**
 * ncb_estimate_none - the estimate where nothing was measured
 */
struct ncb_estimate ncb_estimate_none(void)
{
	struct ncb_estimate e = { .ci = nothing, .se = NAN, .df = NAN, .p = NAN };
	int i;

	for (i = 0; i < NCB_LEVELS; i++)
		e.share[i] = NAN;
	return e;
}

/**
 * ncb_estimate_exact - the estimate of what is known to the last digit
 * @value: it
 *
 * Return: an interval without width; p is 0, or 1 where @value is 0.
 */
struct ncb_estimate ncb_estimate_exact(double value)
{
	struct ncb_estimate e = ncb_estimate_none();

	e.ci = (struct ncb_interval) { value, value, value, true };
	e.se = 0;
	e.df = INFINITY;
	e.p = fabs(value) <= NCB_EQUAL_SHARE ? 1 : 0;
	e.clusters = 1;
	return e;
}

/** ncb_estimate_unsure - take what an estimate says of its certainty away */
void ncb_estimate_unsure(struct ncb_estimate *e)
{
	if (!e->ci.valid)
		return;
	e->ci.low = -INFINITY;
	e->ci.high = INFINITY;
	e->se = e->df = NAN;
	e->p = 1;
}

static double two_sided(double value, double se, double df)
{
	if (se > 0)
		return 2 * gsl_cdf_tdist_Q(fabs(value) / se, df);
	return fabs(value) <= NCB_EQUAL_SHARE ? 1 : 0;
}

static double component(double of_means, double noise)
{
	return fmax(0, of_means - noise);
}

/*
 * Variance components of one boot's copies x loadings by the method of moments:
 * what is left when means of copies and of loadings are taken out is the noise of a cell.
 */
static void crossed_components(const struct ncb_point *p, size_t n, double *component_of)
{
	struct clusters copy, reload;
	double grand = 0, rest = 0, df;
	size_t i, c, l;

	make_clusters(p, n, NCB_LEVEL_COPY, &copy);
	make_clusters(p, n, NCB_LEVEL_RELOAD, &reload);
	for (i = 0; i < n; i++)
		grand += p[i].value / n;
	for (i = 0; i < n; i++) {
		for (c = 0; copy.key[c] != cluster_key(&p[i], NCB_LEVEL_COPY); c++)
			;
		for (l = 0; reload.key[l] != cluster_key(&p[i], NCB_LEVEL_RELOAD); l++)
			;
		rest += pow(p[i].value - copy.mean[c] - reload.mean[l] + grand, 2);
	}
	df = (double)n - copy.n - reload.n + 1;
	rest = df > 0 ? rest / df : 0;
	component_of[NCB_LEVEL_BLOCK] = df > 0 ? rest : NAN;
	component_of[NCB_LEVEL_COPY] = copy.n < 2 ? NAN :
		component(gsl_stats_variance(copy.mean, 1, copy.n), rest / reload.n);
	component_of[NCB_LEVEL_RELOAD] = reload.n < 2 ? NAN :
		component(gsl_stats_variance(reload.mean, 1, reload.n), rest / copy.n);
	free_clusters(&copy);
	free_clusters(&reload);
}

/**
 * struct within - boots, without what their links do to them
 * @variance: of a boot about the mean of its link
 * @df: of @variance; 0: no link has two boots
 * @weight: what part of it is in the mean over links; @per_link: in that of one link
 * @links, @boots: how many there are
 */
struct within {
	double variance, df, weight, per_link;
	size_t links, boots;
};

static struct within boots_within(const struct ncb_point *p, size_t n)
{
	struct ncb_point *own = ncb_alloc(n + 1, sizeof(*own));
	struct clusters link, boot;
	struct within out = { 0 };
	size_t i, k, m;

	make_clusters(p, n, NCB_LEVEL_LINK, &link);
	for (k = 0; k < link.n; k++) {
		for (m = 0, i = 0; i < n; i++)
			if (p[i].link == link.key[k])
				own[m++] = p[i];
		make_clusters(own, m, NCB_LEVEL_BOOT, &boot);
		if (boot.n > 1)
			out.variance += (boot.n - 1) * gsl_stats_variance(boot.mean, 1, boot.n);
		out.df += boot.n - 1;
		out.boots += boot.n;
		out.per_link += 1.0 / boot.n / link.n;
		free_clusters(&boot);
	}
	out.links = link.n;
	out.variance = out.df > 0 ? out.variance / out.df : 0;
	out.weight = out.per_link / link.n;
	free_clusters(&link);
	free(own);
	return out;
}

/*
 * Components of what boots and links have more than the cells in them; with one boot of
 * each link what boots do is in that of the links.
 */
static void outer_components(const struct ncb_point *p, size_t n, double cell, double *component_of)
{
	struct within boots = boots_within(p, n);
	double inside = cell * boots.boots / n;
	struct clusters link;

	make_clusters(p, n, NCB_LEVEL_LINK, &link);
	component_of[NCB_LEVEL_BOOT] = boots.df > 0 ? component(boots.variance, inside) : NAN;
	component_of[NCB_LEVEL_LINK] = boots.links < 2 ? NAN :
		component(gsl_stats_variance(link.mean, 1, link.n),
			  (boots.df > 0 ? boots.variance : inside) * boots.per_link);
	free_clusters(&link);
}

/* Shares of the variance; components of all boots are averaged. */
static void fill_shares(const struct ncb_point *p, size_t n, double *share)
{
	struct ncb_point *own = ncb_alloc(n + 1, sizeof(*own));
	double sum[NCB_LEVELS] = { 0 }, one[NCB_LEVELS], total = 0;
	size_t seen[NCB_LEVELS] = { 0 }, i, k, m;
	struct clusters boot;
	int level;

	make_clusters(p, n, NCB_LEVEL_BOOT, &boot);
	for (k = 0; k < boot.n; k++) {
		for (m = 0, i = 0; i < n; i++)
			if (cluster_key(&p[i], NCB_LEVEL_BOOT) == boot.key[k])
				own[m++] = p[i];
		crossed_components(own, m, one);
		for (level = 0; level < NCB_LEVEL_BOOT; level++) {
			if (isnan(one[level]))
				continue;
			sum[level] += one[level];
			seen[level]++;
		}
	}
	for (level = 0; level < NCB_LEVEL_BOOT; level++)
		sum[level] = seen[level] ? sum[level] / seen[level] : NAN;
	/* A copy is the same in all boots: it does not make boots differ. */
	outer_components(p, n, isnan(sum[NCB_LEVEL_BLOCK]) ? 0 : sum[NCB_LEVEL_BLOCK], sum);
	for (level = 0; level < NCB_LEVELS; level++)
		total += isnan(sum[level]) ? 0 : sum[level];
	for (level = 0; level < NCB_LEVELS; level++)
		share[level] = total > 0 ? sum[level] / total : NAN;
	free_clusters(&boot);
	free(own);
}

/* What the clusters of a level say about a mean. */
struct spread {
	double se, df;
	size_t clusters;
};

/* Links count alike, however many boots they have: a layout is drawn once. */
static double mean_of(const struct ncb_point *p, size_t n)
{
	struct clusters link;
	double mean;

	make_clusters(p, n, NCB_LEVEL_LINK, &link);
	mean = gsl_stats_mean(link.mean, 1, link.n);
	free_clusters(&link);
	return mean;
}

/* The level with the largest standard error carries the interval. */
static void widen(struct ncb_estimate *e, enum ncb_level level, struct spread spread)
{
	if (spread.se <= e->se)
		return;
	e->se = spread.se;
	e->df = spread.df;
	e->level = level;
	e->clusters = spread.clusters;
}

/*
 * Where few links happen to agree, boots or copies seem to be what makes a mean uncertain,
 * and have more degrees of freedom: but of layouts no more is known than links tell. Those
 * that looked best by chance would be called.
 */
static void bound_df(struct ncb_estimate *e, double of_links)
{
	if (!isnan(of_links))
		e->df = fmin(e->df, of_links);
}

/* Clusters of unequal size make the mean of means another one: the mean stays. */
static void set_bounds(struct ncb_estimate *e, struct ncb_interval of)
{
	e->ci.low = of.low + e->ci.value - of.value;
	e->ci.high = of.high + e->ci.value - of.value;
}

/* Interval and p from standard error and degrees of freedom. */
static void student_bounds(struct ncb_estimate *e)
{
	double half = e->se > 0 ? gsl_cdf_tdist_Pinv(0.975, e->df) * e->se : 0;

	e->ci.low = e->ci.value - half;
	e->ci.high = e->ci.value + half;
	e->p = two_sided(e->ci.value, e->se, e->df);
}

/* Levels whose clusters are independent of each other, beside loadings, and boots of links. */
static const enum ncb_level carriers[] = { NCB_LEVEL_LINK, NCB_LEVEL_BOOT, NCB_LEVEL_COPY };

/*
 * Loadings of the module repeat the layout of a copy; what differs between them
 * is the machine: other load, and where memory happens to lie. On a shared
 * machine a whole cell may be 20 % off. So the upper and the lower quarter of a
 * copy's loadings are left out of its mean, and Yuen's (1974) standard error of a
 * trimmed mean goes with it: what is left out still widens it, by standing in
 * for it with the last value that is kept.
 */
static size_t trim(size_t n)
{
	return n < TRIM_LEAST ? 0 : n / 4;
}

static double trimmed_mean(double *values, size_t n)
{
	size_t cut = trim(n);

	gsl_sort(values, 1, n);
	return gsl_stats_mean(values + cut, 1, n - 2 * cut);
}

/* Squared standard error of trimmed_mean(); sorts. */
static double yuen(double *values, size_t n, double *df)
{
	size_t cut = trim(n), i, kept = n - 2 * cut;
	double variance;

	gsl_sort(values, 1, n);
	for (i = 0; i < cut; i++) {
		values[i] = values[cut];
		values[n - 1 - i] = values[n - 1 - cut];
	}
	variance = gsl_stats_variance(values, 1, n);
	*df = kept - 1;
	return (n - 1) * variance / (kept * (kept - 1.0));
}

/* One value for each boot and copy: the trimmed mean over the loadings. */
static size_t collapse(const struct ncb_point *p, size_t n, struct ncb_point *out)
{
	double *room = ncb_alloc(n + 1, sizeof(*room));
	size_t i, k, used, m = 0;

	for (i = 0; i < n; i++) {
		for (k = 0; k < m; k++)
			if (out[k].boot == p[i].boot && out[k].copy == p[i].copy)
				break;
		if (k < m)
			continue;
		for (used = 0, k = i; k < n; k++)
			if (p[k].boot == p[i].boot && p[k].copy == p[i].copy)
				room[used++] = p[k].value;
		out[m] = p[i];
		out[m++].value = trimmed_mean(room, used);
	}
	free(room);
	return m;
}

/*
 * What each loading of one boot did to all copies alike: the median over copies of
 * what a cell is off its copy's mean. One cell that is off by itself is no matter
 * of the loading; it is in its copy's mean. Returns how many loadings there are.
 */
static size_t loading_effects(const struct ncb_point *p, size_t n, double *effect)
{
	struct ncb_point *copy = ncb_alloc(n + 1, sizeof(*copy));
	double *room = ncb_alloc(n + 1, sizeof(*room));
	size_t copies = collapse(p, n, copy), i, k, c, used, m = 0;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i && p[k].reload != p[i].reload; k++)
			;
		if (k < i)
			continue;
		for (used = 0, k = i; k < n; k++) {
			if (p[k].reload != p[i].reload)
				continue;
			for (c = 0; c < copies && copy[c].copy != p[k].copy; c++)
				;
			room[used++] = p[k].value - copy[c].value;
		}
		effect[m++] = ncb_median(room, used);
	}
	free(copy);
	free(room);
	return m;
}

/*
 * The standard error that loadings give the mean over all boots: @p are cells. False
 * where no boot has two loadings.
 */
static bool reload_error(const struct ncb_point *p, size_t n, double *variance, double *df,
			 size_t *clusters)
{
	struct ncb_point *own = ncb_alloc(n + 1, sizeof(*own));
	double *effect = ncb_alloc(n + 1, sizeof(*effect)), sum = 0, weight = 0, one, one_df;
	size_t i, k, m, known = 0;
	struct clusters boot;

	*clusters = 0;
	make_clusters(p, n, NCB_LEVEL_BOOT, &boot);
	for (k = 0; k < boot.n; k++) {
		for (m = 0, i = 0; i < n; i++)
			if (cluster_key(&p[i], NCB_LEVEL_BOOT) == boot.key[k])
				own[m++] = p[i];
		m = loading_effects(own, m, effect);
		if (m < 2)
			continue;
		one = yuen(effect, m, &one_df);
		sum += one;
		weight += one * one / one_df;
		known++;
		*clusters += m;
	}
	if (known) {
		*variance = sum / known / boot.n;
		*df = weight > 0 ? sum * sum / weight : *clusters - known;
	}
	free_clusters(&boot);
	free(effect);
	free(own);
	return known;
}

/**
 * ncb_estimate_mean - a mean over clustered values
 * @p: one value per cell
 * @n: how many
 * @seed: for the bootstrap
 *
 * Values that share a boot, a copy or a loading are not independent. Of the
 * levels that have two clusters or more, the one that gives the mean the largest
 * standard error carries the interval: Student's t; over boots, from
 * NCB_BOOTSTRAP_LEAST on, for fewer of which it is too narrow, a bootstrap. Where
 * there are several links, boots are taken about the mean of theirs, by t.
 *
 * Return: not valid for n = 0; bounds are infinite where no level has two clusters.
 */
struct ncb_estimate ncb_estimate_mean(const struct ncb_point *p, size_t n, uint64_t seed)
{
	struct ncb_estimate e = ncb_estimate_none();
	struct ncb_point *q;
	struct clusters boot;
	struct within boots;
	double variance, df;
	size_t i, m, clusters;

	if (!n)
		return e;
	q = ncb_alloc(n, sizeof(*q));
	m = collapse(p, n, q);
	boots = boots_within(q, m);
	fill_shares(p, n, e.share);
	e.ci = (struct ncb_interval) { mean_of(q, m), -INFINITY, INFINITY, true };
	e.p = 1;
	e.clusters = 1;
	if (reload_error(p, n, &variance, &df, &clusters))
		widen(&e, NCB_LEVEL_RELOAD, (struct spread) { sqrt(variance), df, clusters });
	for (i = 0; i < ARRAY_SIZE(carriers); i++) {
		struct clusters c;

		make_clusters(q, m, carriers[i], &c);
		if (carriers[i] == NCB_LEVEL_BOOT && boots.links >= 2) {
			if (boots.df > 0)
				widen(&e, carriers[i], (struct spread) {
					sqrt(boots.variance * boots.weight), boots.df, c.n });
		} else if (c.n >= 2) {
			widen(&e, carriers[i], (struct spread) {
				gsl_stats_sd(c.mean, 1, c.n) / sqrt(c.n), c.n - 1, c.n });
		}
		free_clusters(&c);
	}
	bound_df(&e, boots.links < 2 ? NAN : boots.links - 1);
	if (!isnan(e.se))
		student_bounds(&e);
	make_clusters(q, m, NCB_LEVEL_BOOT, &boot);
	e.resampled = e.level == NCB_LEVEL_BOOT && e.se > 0 && boots.links < 2 &&
		      boot.n >= NCB_BOOTSTRAP_LEAST;
	if (e.resampled)
		set_bounds(&e, ncb_bootstrap(boot.mean, boot.n, seed));
	free_clusters(&boot);
	free(q);
	return e;
}

/* Independent clusters, Welch; where one side has one only, the other's spread stands for both. */
static bool welch(const struct clusters *a, const struct clusters *b, struct spread *out)
{
	double va = a->n < 2 ? NAN : gsl_stats_variance(a->mean, 1, a->n);
	double vb = b->n < 2 ? NAN : gsl_stats_variance(b->mean, 1, b->n), x, y;

	out->clusters = a->n < b->n ? a->n : b->n;
	if (isnan(va) && isnan(vb))
		return false;
	if (isnan(va) || isnan(vb)) {
		double v = isnan(va) ? vb : va;

		out->se = sqrt(v / a->n + v / b->n);
		out->df = (isnan(va) ? b->n : a->n) - 1;
		return true;
	}
	x = va / a->n;
	y = vb / b->n;
	out->se = sqrt(x + y);
	out->df = x + y > 0 ? pow(x + y, 2) / (x * x / (a->n - 1) + y * y / (b->n - 1)) :
			      a->n + b->n - 2;
	return true;
}

/* The same copies on both sides: differences of each. */
static bool paired(const struct clusters *a, const struct clusters *b, struct spread *out)
{
	double *d = ncb_alloc(a->n + 1, sizeof(*d));
	size_t i, k, n = 0;
	bool all = a->n == b->n;

	for (i = 0; i < a->n && all; i++) {
		for (k = 0; k < b->n && b->key[k] != a->key[i]; k++)
			;
		all = k < b->n;
		if (all)
			d[n++] = b->mean[k] - a->mean[i];
	}
	all = all && n >= 2;
	if (all)
		*out = (struct spread) { gsl_stats_sd(d, 1, n) / sqrt(n), n - 1, n };
	free(d);
	return all;
}

/* Percentile bootstrap of a difference of means over boots, both sides resampled. */
static void bootstrap_between(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			      size_t nb, uint64_t seed, struct ncb_estimate *e)
{
	double *x = ncb_alloc(NCB_RESAMPLES, sizeof(*x)), *y = ncb_alloc(NCB_RESAMPLES, sizeof(*y));
	struct ncb_interval of;
	struct clusters c, d;
	size_t i;

	make_clusters(a, na, NCB_LEVEL_BOOT, &c);
	make_clusters(b, nb, NCB_LEVEL_BOOT, &d);
	resample_means(c.mean, c.n, seed, x);
	resample_means(d.mean, d.n, ~seed, y);
	for (i = 0; i < NCB_RESAMPLES; i++)
		y[i] -= x[i];
	of.value = gsl_stats_mean(d.mean, 1, d.n) - gsl_stats_mean(c.mean, 1, c.n);
	find_ends(y, tail_share(c.n < d.n ? c.n : d.n), &of.low, &of.high);
	set_bounds(e, of);
	free_clusters(&c);
	free_clusters(&d);
	free(x);
	free(y);
}

/* Loadings of both sides; where one side has one only, the other's stand for both. */
static void between_reloads(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			    size_t nb, struct ncb_estimate *e)
{
	double va, vb, da, db;
	size_t ca, cb;
	bool x = reload_error(a, na, &va, &da, &ca), y = reload_error(b, nb, &vb, &db, &cb);
	struct spread spread;

	if (!x && !y)
		return;
	if (!x || !y) {
		double v = x ? va : vb;
		size_t c = x ? ca : cb;

		/* One loading has as much variance as @c of them times @c. */
		spread = (struct spread) { sqrt(v + v * c), x ? da : db, 1 };
	} else {
		spread.se = sqrt(va + vb);
		spread.df = va + vb > 0 ? pow(va + vb, 2) / (va * va / da + vb * vb / db) : da + db;
		spread.clusters = ca < cb ? ca : cb;
	}
	widen(e, NCB_LEVEL_RELOAD, spread);
}

/**
 * ncb_links_are_paired - whether two sides are compared link by link
 * @old: links of one side
 * @new: links of the other
 * @common: those that both have
 *
 * A recipe of layout is drawn once for both sides: what it does to both alike is
 * in no difference of a pair, and where it does something else to other code, the
 * spread of the pairs' differences shows that. So links are paired where it is
 * possible, and those that one side lacks (an interrupted comparison, a link that
 * failed) are left out. Where that would leave less than half of them, too much
 * would be thrown away: then the sides' links are taken for independent draws
 * (Welch), which is never narrower than it should be.
 *
 * Return: true for two common links or more, if they are half of either side's.
 */
bool ncb_links_are_paired(size_t old, size_t new, size_t common)
{
	return common >= 2 && 2 * common >= (old > new ? old : new);
}

/**
 * ncb_link_effects - what layout does to the values of a side
 * @p: one value per cell
 * @n: how many
 * @link: gets the links' numbers; room for @n
 * @effect: gets each one's mean less the mean over links
 *
 * Return: how many links there are.
 */
size_t ncb_link_effects(const struct ncb_point *p, size_t n, uint32_t *link, double *effect)
{
	struct ncb_point *flat = ncb_alloc(n + 1, sizeof(*flat));
	size_t m = collapse(p, n, flat), i;
	double mean = mean_of(flat, m);
	struct clusters c;

	make_clusters(flat, m, NCB_LEVEL_LINK, &c);
	for (i = 0; i < c.n; i++) {
		link[i] = c.key[i];
		effect[i] = c.mean[i] - mean;
	}
	m = c.n;
	free_clusters(&c);
	free(flat);
	return m;
}

/* Links of two sides that are to be compared. */
struct linked {
	struct ncb_point *a, *b;
	size_t na, nb;
	bool several, paired;
};

static bool has_cluster(const struct clusters *c, uint64_t key)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->key[i] == key)
			return true;
	return false;
}

static size_t keep(const struct ncb_point *p, size_t n, const struct clusters *links, bool all,
		   struct ncb_point *out)
{
	size_t i, m = 0;

	for (i = 0; i < n; i++)
		if (all || has_cluster(links, p[i].link))
			out[m++] = p[i];
	return m;
}

/* Copies of both sides' points, without links that only one has where links are paired. */
static struct linked match_links(const struct ncb_point *a, size_t na, const struct ncb_point *b,
				 size_t nb)
{
	struct linked out = { .a = ncb_alloc(na + 1, sizeof(*out.a)),
			      .b = ncb_alloc(nb + 1, sizeof(*out.b)) };
	struct clusters x, y;
	size_t i, common = 0;

	make_clusters(a, na, NCB_LEVEL_LINK, &x);
	make_clusters(b, nb, NCB_LEVEL_LINK, &y);
	for (i = 0; i < x.n; i++)
		common += has_cluster(&y, x.key[i]);
	out.several = x.n > 1 || y.n > 1;
	out.paired = ncb_links_are_paired(x.n, y.n, common);
	out.na = keep(a, na, &y, !out.paired, out.a);
	out.nb = keep(b, nb, &x, !out.paired, out.b);
	free_clusters(&x);
	free_clusters(&y);
	return out;
}

static void free_linked(struct linked *l)
{
	free(l->a);
	free(l->b);
}

/* Boots about the means of their links; where one side has one of each, the other's stand for it. */
static bool between_boots(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			  size_t nb, struct spread *out)
{
	struct within x = boots_within(a, na), y = boots_within(b, nb);
	double va, vb;

	if (!(x.df > 0) && !(y.df > 0))
		return false;
	va = (x.df > 0 ? x.variance : y.variance) * x.weight;
	vb = (y.df > 0 ? y.variance : x.variance) * y.weight;
	out->se = sqrt(va + vb);
	out->clusters = x.boots < y.boots ? x.boots : y.boots;
	out->df = x.df + y.df;
	if (x.df > 0 && y.df > 0 && va + vb > 0)
		out->df = pow(va + vb, 2) / (va * va / x.df + vb * vb / y.df);
	return true;
}

/* What the clusters of a level say of a difference; false: nothing. */
static bool between_level(const struct linked *l, enum ncb_level level, struct spread *out)
{
	struct clusters c, d;
	bool known;

	if (level == NCB_LEVEL_BOOT && l->several)
		return between_boots(l->a, l->na, l->b, l->nb, out);
	make_clusters(l->a, l->na, level, &c);
	make_clusters(l->b, l->nb, level, &d);
	known = level == NCB_LEVEL_COPY || (level == NCB_LEVEL_LINK && l->paired) ?
		paired(&c, &d, out) : welch(&c, &d, out);
	free_clusters(&c);
	free_clusters(&d);
	return known;
}

static void between_shares(const struct linked *l, double *out)
{
	double share[2][NCB_LEVELS];
	int k;

	fill_shares(l->a, l->na, share[0]);
	fill_shares(l->b, l->nb, share[1]);
	for (k = 0; k < NCB_LEVELS; k++)
		out[k] = isnan(share[0][k]) ? share[1][k] : isnan(share[1][k]) ? share[0][k] :
			 (share[0][k] + share[1][k]) / 2;
}

/**
 * ncb_estimate_between - difference of two means over clustered values, b - a
 * @a: one value per cell
 * @na: how many
 * @b: of the other side; boots and loadings there are others, a copy of the
 *	same number is the same copy, a link of the same number the same recipe
 * @nb: how many
 * @seed: for the bootstrap
 *
 * As ncb_estimate_mean(). Copies are paired, and links where
 * ncb_links_are_paired() says so; boots and loadings are not. The shares of
 * variance are those of both sides' values about their own means.
 *
 * Return: not valid where one side has none.
 */
struct ncb_estimate ncb_estimate_between(const struct ncb_point *a, size_t na,
					 const struct ncb_point *b, size_t nb, uint64_t seed)
{
	struct ncb_estimate e = ncb_estimate_none();
	struct linked l, flat;
	struct spread spread;
	size_t i;

	if (!na || !nb)
		return e;
	l = match_links(a, na, b, nb);
	flat = l;
	flat.a = ncb_alloc(l.na, sizeof(*flat.a));
	flat.b = ncb_alloc(l.nb, sizeof(*flat.b));
	flat.na = collapse(l.a, l.na, flat.a);
	flat.nb = collapse(l.b, l.nb, flat.b);
	between_shares(&l, e.share);
	e.ci = (struct ncb_interval) { mean_of(flat.b, flat.nb) - mean_of(flat.a, flat.na),
				       -INFINITY, INFINITY, true };
	e.p = 1;
	e.clusters = 1;
	between_reloads(l.a, l.na, l.b, l.nb, &e);
	for (i = 0; i < ARRAY_SIZE(carriers); i++)
		if (between_level(&flat, carriers[i], &spread))
			widen(&e, carriers[i], spread);
	bound_df(&e, between_level(&flat, NCB_LEVEL_LINK, &spread) ? spread.df : NAN);
	if (!isnan(e.se))
		student_bounds(&e);
	e.resampled = e.level == NCB_LEVEL_BOOT && e.se > 0 && !l.several &&
		      e.clusters >= NCB_BOOTSTRAP_LEAST;
	if (e.resampled)
		bootstrap_between(flat.a, flat.na, flat.b, flat.nb, seed, &e);
	free_linked(&flat);
	free_linked(&l);
	return e;
}

/* -- many estimates of one kind -- */

static bool has_spread(const struct ncb_estimate *e)
{
	return e->ci.valid && e->se > 0 && e->df > 0;
}

/* Solves trigamma(x) = y by Newton's method, from below (Smyth 2004, appendix). */
static double inverse_trigamma(double y)
{
	double x = 0.5 + 1 / y, trigamma, step;
	int i;

	for (i = 0; i < 50; i++) {
		trigamma = gsl_sf_psi_1(x);
		step = trigamma * (1 - trigamma / y) / gsl_sf_psi_n(2, x);
		x += step;
		if (-step < 1e-8 * x)
			break;
	}
	return x;
}

/*
 * Logarithms of variances vary by what their degrees of freedom let expect, and
 * by what the true variances differ. The first is known, so the second follows.
 */
static struct ncb_prior find_prior(struct ncb_estimate *const *e, size_t n)
{
	double *z = ncb_alloc(n + 1, sizeof(*z)), expected = 0, mean, extra;
	struct ncb_prior out = { NAN, 0 };
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (!has_spread(e[i]))
			continue;
		z[used++] = 2 * log(e[i]->se) - gsl_sf_psi(e[i]->df / 2) + log(e[i]->df / 2);
		expected += gsl_sf_psi_1(e[i]->df / 2);
	}
	if (used >= NCB_MODERATE_LEAST) {
		mean = gsl_stats_mean(z, 1, used);
		extra = gsl_stats_variance(z, 1, used) - expected / used;
		out.df = extra > 0 ? 2 * inverse_trigamma(extra) : INFINITY;
		out.se = isinf(out.df) ? exp(mean / 2) :
			 exp((mean + gsl_sf_psi(out.df / 2) - log(out.df / 2)) / 2);
		out.df = fmin(out.df, NCB_PRIOR_DF_MOST);
	}
	free(z);
	return out;
}

/* Another standard error: interval and p follow; an interval of a bootstrap keeps its shape. */
static void renew(struct ncb_estimate *e, double se, double df)
{
	struct ncb_interval before = e->ci;
	double by = se / e->se;

	e->se = se;
	e->df = df;
	student_bounds(e);
	if (!e->resampled)
		return;
	e->ci.low = before.value + (before.low - before.value) * by;
	e->ci.high = before.value + (before.high - before.value) * by;
}

/**
 * ncb_moderate - let estimates of one kind say how sure each of them is
 * @e: estimates, of rows that are alike
 * @n: how many
 *
 * A standard error from four copies has three degrees of freedom: it is often
 * half or twice the true one, and after correction for 150 rows nearly nothing
 * can be told from nothing. G. K. Smyth's (2004) moderated t takes a weighted
 * mean with the typical one of such rows; the weight comes from how much the
 * rows differ beyond what their degrees of freedom explain: rows that have
 * little in common keep their own. It makes standard errors that happen to be
 * small larger, too. The prior's weight is bounded by NCB_PRIOR_DF_MOST.
 *
 * Return: what was put in; its df is 0 where too few estimates have a spread.
 */
struct ncb_prior ncb_moderate(struct ncb_estimate *const *e, size_t n)
{
	struct ncb_prior prior = find_prior(e, n);
	size_t i;

	for (i = 0; i < n && prior.df > 0; i++) {
		double df;

		if (!has_spread(e[i]))
			continue;
		df = e[i]->df + prior.df;
		renew(e[i], sqrt((e[i]->df * e[i]->se * e[i]->se +
				  prior.df * prior.se * prior.se) / df), df);
	}
	return prior;
}

/**
 * ncb_inflation - how much wider than they say estimates of nothing are
 * @e: estimates whose true values are all 0: equal code
 * @n: how many
 *
 * Copies of one engine are not as independent as they are counted: they stand
 * in one module, rows share them. What equal code does in the same run tells by
 * how much intervals are too narrow: the median of |value| / se, which should
 * be that of Student's t. (The idea is genomic control: Devlin and Roeder 1999.)
 *
 * Return: a factor for standard errors, 1 or more; 1 with too few estimates.
 */
double ncb_inflation(const struct ncb_estimate *const *e, size_t n)
{
	double *ratio = ncb_alloc(n + 1, sizeof(*ratio)), factor = 1;
	size_t i, used = 0;

	for (i = 0; i < n; i++)
		if (has_spread(e[i]))
			ratio[used++] = fabs(e[i]->ci.value) / e[i]->se /
					gsl_cdf_tdist_Pinv(0.75, e[i]->df);
	if (used >= NCB_MODERATE_LEAST)
		factor = fmax(1, ncb_median(ratio, used));
	free(ratio);
	return factor;
}

/** ncb_inflate - widen an estimate */
void ncb_inflate(struct ncb_estimate *e, double factor)
{
	if (!has_spread(e) || factor <= 1)
		return;
	renew(e, e->se * factor, e->df);
}

/* -- tests -- */

/* Ranks 1 .. n of values, ties get their mean rank; returns the sum of t^3 - t over ties. */
static double make_ranks(const double *values, size_t n, double *rank)
{
	size_t *order = ncb_alloc(n, sizeof(*order)), i, k, end;
	double ties = 0;

	gsl_sort_index(order, values, 1, n);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && values[order[end]] == values[order[i]]; end++)
			;
		for (k = i; k < end; k++)
			rank[order[k]] = (i + 1 + end) / 2.0;
		ties += pow(end - i, 3) - (end - i);
	}
	free(order);
	return ties;
}

/* Two-sided p of a whole-numbered statistic with the number of ways to each value. */
static double from_ways(const double *ways, size_t values, size_t at)
{
	double total = 0, low = 0, high = 0;
	size_t i;

	for (i = 0; i < values; i++) {
		total += ways[i];
		low += i <= at ? ways[i] : 0;
		high += i >= at ? ways[i] : 0;
	}
	return fmin(1, 2 * fmin(low, high) / total);
}

static double from_normal(double statistic, double mean, double variance)
{
	double off = fmax(0, fabs(statistic - mean) - 0.5);

	return variance > 0 ? 2 * gsl_cdf_ugaussian_Q(off / sqrt(variance)) : 1;
}

/**
 * ncb_signed_rank - Wilcoxon's signed rank test
 * @differences: of pairs; zeros are left out
 * @n: how many
 *
 * Exact up to EXACT_RANKS differences without ties, else the normal
 * approximation with corrections for ties and continuity.
 *
 * Return: two-sided p of the median being 0; 1 where only zeros are given.
 */
double ncb_signed_rank(const double *differences, size_t n)
{
	double *size = ncb_alloc(n + 1, sizeof(*size)), *rank = ncb_alloc(n + 1, sizeof(*rank));
	double plus = 0, ties, p = 1;
	size_t i, k, used = 0;

	for (i = 0; i < n; i++)
		if (differences[i] != 0)
			size[used++] = fabs(differences[i]);
	if (!used)
		goto out;
	ties = make_ranks(size, used, rank);
	for (i = 0, k = 0; i < n; i++) {
		if (differences[i] == 0)
			continue;
		plus += differences[i] > 0 ? rank[k] : 0;
		k++;
	}
	if (used <= EXACT_RANKS && ties == 0) {
		size_t most = used * (used + 1) / 2;
		double *ways = ncb_alloc(most + 1, sizeof(*ways));

		ways[0] = 1;
		for (k = 1; k <= used; k++)
			for (i = most + 1; i-- > k;)
				ways[i] += ways[i - k];
		p = from_ways(ways, most + 1, (size_t)plus);
		free(ways);
	} else {
		p = from_normal(plus, used * (used + 1) / 4.0,
				used * (used + 1.0) * (2.0 * used + 1) / 24 - ties / 48);
	}
out:
	free(size);
	free(rank);
	return p;
}

/* Ways to choose @na of 1 .. na + nb with each sum of ranks less its least. */
static double exact_rank_sum(size_t na, size_t nb, size_t at)
{
	size_t most = na * nb, width = most + 1, taken, item, i;
	double *ways = ncb_alloc((na + 1) * width, sizeof(*ways)), p;

	ways[0] = 1;
	/* Taking the k-th smallest item as the t-th one adds k - t. */
	for (item = 0; item < na + nb; item++) {
		for (taken = item + 1 < na ? item + 1 : na; taken > 0; taken--) {
			size_t add = item - (taken - 1);

			if (add > nb)
				continue;
			for (i = add; i < width; i++)
				ways[taken * width + i] += ways[(taken - 1) * width + i - add];
		}
	}
	p = from_ways(ways + na * width, width, at);
	free(ways);
	return p;
}

/**
 * ncb_rank_sum - Wilcoxon's rank sum test, also called Mann and Whitney's U test
 * @a: one set
 * @na: how many
 * @b: the other
 * @nb: how many
 *
 * Exact up to EXACT_RANKS values without ties, else the normal approximation
 * with corrections for ties and continuity.
 *
 * Return: two-sided p of both sets coming from the same distribution; NaN where
 * one of them is empty.
 */
double ncb_rank_sum(const double *a, size_t na, const double *b, size_t nb)
{
	size_t n = na + nb, i;
	double *all, *rank, u = 0, ties, p;

	if (!na || !nb)
		return NAN;
	all = ncb_alloc(n, sizeof(*all));
	rank = ncb_alloc(n, sizeof(*rank));
	memcpy(all, a, na * sizeof(*a));
	memcpy(all + na, b, nb * sizeof(*b));
	ties = make_ranks(all, n, rank);
	for (i = 0; i < na; i++)
		u += rank[i];
	u -= na * (na + 1) / 2.0;
	if (n <= EXACT_RANKS && ties == 0)
		p = exact_rank_sum(na, nb, (size_t)u);
	else
		p = from_normal(u, na * (double)nb / 2,
				na * (double)nb / 12 * (n + 1 - ties / (n * (n - 1.0))));
	free(all);
	free(rank);
	return p;
}

/* Student's t of signed ranks. */
static double signed_rank_t(const double *differences, size_t n)
{
	double *size = ncb_alloc(n + 1, sizeof(*size)), *rank = ncb_alloc(n + 1, sizeof(*rank));
	double spread, p;
	size_t i;

	for (i = 0; i < n; i++)
		size[i] = fabs(differences[i]);
	make_ranks(size, n, rank);
	for (i = 0; i < n; i++)
		rank[i] *= (differences[i] > 0) - (differences[i] < 0);
	spread = gsl_stats_sd(rank, 1, n) / sqrt(n);
	p = two_sided(gsl_stats_mean(rank, 1, n), spread, n - 1);
	free(size);
	free(rank);
	return p;
}

/**
 * ncb_rank_links - whether two sides differ, whatever the distribution
 * @a: one value per cell
 * @na: how many
 * @b: of the other side
 * @nb: how many
 *
 * What is ranked are links: boots of one link share its layout, and a test that
 * counts them one by one calls layouts that differ a difference of the kernels.
 * Of paired links the differences' signed ranks are tested. With five of them
 * no exact test can be below 1/16, so up to SIGNED_LINKS Student's t of the ranks
 * stands for it (Conover and Iman 1981): below 5 % where four or five links all
 * agree, never with two or three. Equal code does that once in 8 or 16 times, which
 * is enough for what the test is there for: it denies changes that few links make.
 * The bound on false calls is the interval's. Links that are not paired: rank sum
 * of their means.
 *
 * Return: two-sided p; NaN where a side has one link.
 */
double ncb_rank_links(const struct ncb_point *a, size_t na, const struct ncb_point *b, size_t nb)
{
	struct linked l = match_links(a, na, b, nb);
	double *difference, p = NAN;
	struct clusters c, d;
	size_t i, k;

	make_clusters(l.a, l.na, NCB_LEVEL_LINK, &c);
	make_clusters(l.b, l.nb, NCB_LEVEL_LINK, &d);
	if (c.n < 2 || d.n < 2)
		goto out;
	if (!l.paired) {
		p = ncb_rank_sum(c.mean, c.n, d.mean, d.n);
		goto out;
	}
	difference = ncb_alloc(c.n, sizeof(*difference));
	for (i = 0; i < c.n; i++) {
		for (k = 0; d.key[k] != c.key[i]; k++)
			;
		difference[i] = d.mean[k] - c.mean[i];
	}
	p = c.n > SIGNED_LINKS ? ncb_signed_rank(difference, c.n) :
				 signed_rank_t(difference, c.n);
	free(difference);
out:
	free_clusters(&c);
	free_clusters(&d);
	free_linked(&l);
	return p;
}

/**
 * ncb_equivalence - two one-sided tests
 * @e: an estimate
 * @margin: above 0, in its unit
 *
 * Return: p of the true value being @margin or more away from 0; NaN where
 * there is no estimate, 1 where nothing is known of its spread.
 */
double ncb_equivalence(const struct ncb_estimate *e, double margin)
{
	double room;

	if (!e->ci.valid)
		return NAN;
	room = margin - fabs(e->ci.value);
	if (isnan(e->se))
		return 1;
	if (!(e->se > 0))
		return room > 0 ? 0 : 1;
	return gsl_cdf_tdist_Q(room / e->se, e->df);
}

/**
 * ncb_correct - correct p-values for how many there are
 * @p: get adjusted, each at most 1; NaN stays and does not count
 * @n: how many
 * @correction: NCB_HOLM bounds the chance of one false finding among all,
 *	NCB_BENJAMINI_HOCHBERG the expected share of false ones among the findings
 */
void ncb_correct(double *p, size_t n, enum ncb_correction correction)
{
	size_t *order = ncb_alloc(n + 1, sizeof(*order)), i, used = 0;
	double *kept = ncb_alloc(n + 1, sizeof(*kept)), bound;
	size_t *where = ncb_alloc(n + 1, sizeof(*where));

	for (i = 0; i < n; i++) {
		if (isnan(p[i]))
			continue;
		kept[used] = p[i];
		where[used++] = i;
	}
	gsl_sort_index(order, kept, 1, used);
	if (correction == NCB_HOLM) {
		for (bound = 0, i = 0; i < used; i++) {
			bound = fmax(bound, fmin(1, kept[order[i]] * (used - i)));
			p[where[order[i]]] = bound;
		}
	} else if (correction == NCB_BENJAMINI_HOCHBERG) {
		for (bound = 1, i = used; i-- > 0;) {
			bound = fmin(bound, kept[order[i]] * used / (i + 1));
			p[where[order[i]]] = bound;
		}
	}
	free(order);
	free(kept);
	free(where);
}
