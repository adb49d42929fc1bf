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

/*
 * Quantiles of a latency, over all records, interpolated (ncb_quantile()). NaN where @n is
 * too small to have one: p90 of fewer than 10, p99 of fewer than 100, p99.9 of fewer than 1000.
 */
struct ncb_storm_latency {
	size_t n;
	double min, p50, p90, p99, p999, max, mean;
};

/*
 * Bins of a histogram: @count[k] latencies from 2^((first + k) / 4) us on, less than the next
 * bin's; of the picture and the page. Nothing in it: @bins is 0, @count is NULL.
 */
struct ncb_storm_histogram {
	int first;
	size_t bins;
	size_t *count;
};

/**
 * struct ncb_storm_figures - what one storm says
 * @load: finit_module() calls that did what they had to (in fail and veto: that failed as they
 *	had to), and request_module() of autoload. Where one may wait for another one (duplicate,
 *	mixed): those in which the chain announced LIVE, or that were the only ones
 * @unload: delete_module() calls that did
 * @lost: loads that found the module there (EEXIST)
 * @waited: loads that returned 0 because another one had loaded the module meanwhile
 * @coming, @live, @going: the chain, from the first probe to the last; walks that both saw
 * @first: calls that loaded a module; @shared: calls that returned 0 without, because the
 *	kernel let them wait for another one; @refused: calls that found it there (EEXIST);
 *	@rejected: loads that failed because they had to (fail, veto); @other: loads that
 *	returned anything else. Together all calls that were to load
 * @proven: the chain announced LIVE once within each of @first, and nowhere else; all in
 *	@shared were at work at the same time as one of them. Else it is what the mode implies: of
 *	a file that all load at once one a round, elsewhere every call that returned 0
 * @load_p50, @unload_p50: means over rounds of the rounds' median latencies, with 95 %
 *	intervals by Student's t over rounds
 * @rate: the same of loads (those in @load) per second of a round; rounds as they are
 *	recorded, so distinct's and duplicate's have unloading in them
 * @call_rate: the same of all calls that were to load, whatever they returned
 * @driver_share: of the threads' time that was not within a recorded system call
 * @coming_share, @live_share: of the time of loads that became live, added up; @going_share:
 *	of unloads'. Only calls whose walks are known. NaN where it is not known what the probes
 *	take themselves: it may be more than the chain does
 * @order_coming, @order_going: 1 first probe first, -1 last probe first, 0 both or not known
 * @forward, @backward: walks by COMING, LIVE, GOING, that went so
 * @rolled_back: vetoed loads of which one outer probe alone saw COMING and GOING: the first
 *	one, unless the chain is walked backwards
 * @wasted: bytes of files that were read for loads which did not become live; calls in @shared
 *	read none
 * @peak: most bytes above the round's beginning, by kind, when all was loaded or
 *	@while_loading; @left: bytes above the storm's beginning at its end. Of free memory: less.
 *	Storms of a sweep have others in between
 */
struct ncb_storm_figures {
	struct ncb_storm_latency load, unload, lost, waited, coming, live, going;
	size_t first, shared, refused, rejected, other;
	bool proven;
	struct ncb_interval load_p50, unload_p50, rate, call_rate;
	double driver_share;
	double coming_share, live_share, going_share;
	int order_coming, order_going;
	size_t forward[3], backward[3];
	size_t rolled_back;
	double wasted;
	double peak[NCB_MEMORY_KINDS], left[NCB_MEMORY_KINDS];
	bool while_loading[NCB_MEMORY_KINDS];
};

/**
 * struct ncb_storm_slope - what a notifier more costs: a line through the storms of a sweep
 *
 * A line is fitted to each round, least squares through the median latencies of the storms in
 * that round, which ran one after the other; so what drifts between rounds is in no slope. Value
 * and interval are of these slopes, by Student's t over rounds. A round that a storm lacks is
 * left out, and so are storms that failed. Rounds need some loads each: the median of fewer than 5 is hardly one.
 *
 * @load: ns per notifier and load, of finit_module(): it runs the chain twice (COMING, LIVE)
 * @unload: ns per notifier and unload (GOING)
 * @chain, @chain_unload: the same from the walks of the chain alone, COMING and LIVE, and
 *	GOING: without all that a call does besides, which varies more than they take
 * @load_fixed, @unload_fixed: where the lines begin
 * @load_at_0, @unload_at_0: latency without any notifier more: mean over rounds of the medians
 *	there; of the lines' beginning where the sweep has no such storm
 * @chain_share: of a load without any more: @chain, or @load without probes, times the
 *	notifiers that were on the chain already; NaN: not known how many
 * @points: storms in it
 * @off, @off_unload: largest distance of a storm's median (mean over rounds) from the line (the
 *	mean one), as a share of that median: large where it is no line
 * @bend, @bend_unload: the same, as a share of what the line rises by over the sweep, and what
 *	it is at least and at most with 95 %. Of the walks of the chain where they are known: one
 *	that calls no more than some of its notifiers is bent. Not valid where there is no rise
 * @rounds: that the line was fitted to; of one alone no interval is known
 * @least: loads that a median is of, at least
 */
struct ncb_storm_slope {
	struct ncb_interval load, unload, chain, chain_unload, bend, bend_unload;
	double load_fixed, unload_fixed, load_at_0, unload_at_0, chain_share;
	size_t points, rounds, least;
	double off, off_unload;
};

/**
 * struct ncb_storm_callback_figures - one notifier of the real chain, or some in a row
 * @state: by COMING, LIVE, GOING (enum ncb_storm_what less NCB_STORM_COMING)
 */
struct ncb_storm_callback_figures {
	struct ncb_storm_latency state[3];
};

void ncb_storm_index_free(struct ncb_storm_index *index);	/* NULL is fine */

/* Of one storm. */
void ncb_storm_figures(const struct ncb_storms *s, size_t storm, struct ncb_storm_figures *out);
void ncb_storm_histogram(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			 struct ncb_storm_histogram *out);	/* @count to be freed */
/* Sorted latencies of one storm, malloc'd, for a picture; returns how many. */
size_t ncb_storm_latencies(const struct ncb_storms *s, size_t storm, enum ncb_storm_what what,
			   double **out);
/*
 * Of a sweep, by its number; false where there are not at least three storms in it that did not
 * fail, or where their threads load the same module.
 */
bool ncb_storm_slope(const struct ncb_storms *s, uint32_t sweep, struct ncb_storm_slope *out);
/* Of the chain's notifier @callback. */
void ncb_storm_callback_figures(const struct ncb_storms *s, size_t callback,
				struct ncb_storm_callback_figures *out);
/*
 * Of the chain's two parts in a storm: from the first probe to the middle one, and @behind it
 * to the last; less what a probe takes. Only walks that all three saw.
 */
void ncb_storm_part_figures(const struct ncb_storms *s, size_t storm, bool behind,
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
 * round); malloc'd, 0 where there is none. Of NCB_STORM_LOAD_P99 as many rounds in a row are
 * taken together as have 100 loads (reload: the first one). A traced storm has none.
 */
size_t ncb_storm_points(const struct ncb_storms *s, size_t storm, enum ncb_storm_metric metric,
			struct ncb_point **points);

/* -- storm_json.c: all figures, for "statistics" of result.json -- */
json_t *ncb_storm_statistics(const struct ncb_storms *s);

#endif /* NCB_STORM_STATS_H */
