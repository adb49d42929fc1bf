/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the records of storms to figures. Pure functions, as in stats.h: no files, no
 * kernel, no clock. Times are in ns of the clock; where that counts instructions, a ns
 * is one. NaN is "not known", never 0.
 */
#ifndef NCB_STORM_STATS_H
#define NCB_STORM_STATS_H

#include "estimate.h"
#include "storm.h"

/* Quantiles of a latency, over all records; NaN where @n is too small to have one. */
struct ncb_storm_latency {
	size_t n;
	double min, p50, p90, p99, p999, max, mean;
};

/* Bins of a histogram: from 2^(i/4) us, i counted from @first; of the picture and the page. */
struct ncb_storm_histogram {
	int first;
	size_t bins;
	size_t *count;
};

/**
 * struct ncb_storm_figures - what one storm says
 * @load: finit_module() calls that did what they had to, and request_module() of autoload
 * @unload: delete_module() calls that did
 * @lost: loads that found the module there (EEXIST)
 * @coming, @live, @going: the chain, from the first probe to the last
 * @first: calls that loaded a module; @shared: calls that returned 0 without, because the
 *	kernel let them wait for another one; @refused: calls that found it there (EEXIST);
 *	@rejected: loads that failed because they had to (fail, veto)
 * @load_p50 .. @rate: medians over rounds with 95 % intervals (Student's t over rounds):
 *	of the rounds' median latency; loads that succeeded per second
 * @driver_share: of the threads' time that was not within a recorded system call
 * @coming_share, @live_share: of a load's time, of the loads that became live; @going_share:
 *	of an unload's time
 * @order: by COMING, GOING: 1 first probe first, -1 last probe first, 0 both or not known
 * @rolled_back: vetoed loads whose first probe saw GOING, and whose last probe saw nothing
 * @wasted: bytes of files that were read for loads which did not become live
 * @peak: most bytes above the round's beginning, by kind; @left: bytes above the storm's
 *	beginning at its end
 */
struct ncb_storm_figures {
	struct ncb_storm_latency load, unload, lost, coming, live, going;
	size_t first, shared, refused, rejected;
	struct ncb_interval load_p50, unload_p50, rate;
	double driver_share;
	double coming_share, live_share, going_share;
	int order_coming, order_going;
	size_t rolled_back;
	double wasted;
	double peak[NCB_MEMORY_KINDS], left[NCB_MEMORY_KINDS];
};

/**
 * struct ncb_storm_slope - what a notifier more costs: a line through the storms of a sweep
 * @load: ns per notifier and load, of finit_module(): it runs the chain twice (COMING, LIVE)
 * @unload: ns per notifier and unload (GOING)
 * @load_at_0, @unload_at_0: latency without any notifier more
 * @chain_share: of a load without any more: @load times the notifiers that were on the chain
 *	already; NaN: not known how many
 * @points: storms in it
 * @off: largest distance of a storm's median from the line, as a share of the median
 */
struct ncb_storm_slope {
	struct ncb_interval load, unload;
	double load_at_0, unload_at_0, chain_share;
	size_t points;
	double off;
};

/**
 * struct ncb_storm_callback_figures - one notifier of the real chain
 * @state: by COMING, LIVE, GOING (enum ncb_storm_what less NCB_STORM_COMING)
 */
struct ncb_storm_callback_figures {
	struct ncb_storm_latency state[3];
};

/* Of one storm. */
void ncb_storm_figures(const struct ncb_storms *s, size_t storm, struct ncb_storm_figures *out);
void ncb_storm_histogram(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			 struct ncb_storm_histogram *out);	/* @count to be freed */
/* Sorted latencies of one storm, malloc'd, for a picture; returns how many. */
size_t ncb_storm_latencies(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			   double **out);
/* Of a sweep, by its number; false where there are not at least three storms in it. */
bool ncb_storm_slope(const struct ncb_storms *s, uint32_t sweep, struct ncb_storm_slope *out);
/* Of the chain's notifier @callback. */
void ncb_storm_callback_figures(const struct ncb_storms *s, size_t callback,
				struct ncb_storm_callback_figures *out);

/* What of a storm is compared before and after; each is a row there. */
enum ncb_storm_metric {
	NCB_STORM_LOAD_P50,
	NCB_STORM_LOAD_P99,
	NCB_STORM_UNLOAD_P50,
	NCB_STORM_COMING_P50,
	NCB_STORM_RATE,
	NCB_STORM_METRICS
};
extern const char *const ncb_storm_metric_names[NCB_STORM_METRICS];
/*
 * Its value in each round of a storm, as points of which each is a loading (reload: the
 * round); malloc'd, 0 where there is none.
 */
size_t ncb_storm_points(const struct ncb_storms *s, size_t storm, enum ncb_storm_metric metric,
			struct ncb_point **points);

#endif /* NCB_STORM_STATS_H */
