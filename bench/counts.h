/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures of the events that were counted beside the clock, and what they make
 * of each other: instructions per cycle, the frequency that the CPU had.
 *
 * Counts may be 0, or by chance less: changes of them are differences with their
 * intervals, never ratios or logarithms. What cannot be known is not valid, or
 * NaN, and ncb_counts_why() says why.
 */
#ifndef NCB_COUNTS_H
#define NCB_COUNTS_H

#include "stats.h"

#define NCB_FREQUENCY_MOVED	0.05	/* a share: lowest to highest, beyond it there is a note */
#define NCB_KNOWN_SHARE		0.001	/* what the known loop may be counted off by */

/* -- arithmetic -- */

/* Whether it did not count all the time; no count of ours is ever scaled up for that. */
bool ncb_is_scaled(uint64_t enabled_ns, uint64_t running_ns);
/* One over the other, known independently; the bounds by propagation of errors. */
struct ncb_interval ncb_quotient(struct ncb_interval a, struct ncb_interval b);
/* Cells that both have, @a over @b, into @out (room for @na); how many. */
size_t ncb_pair_quotients(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			  size_t nb, struct ncb_point *out);
/* The same, @b less @a. */
size_t ncb_pair_differences(const struct ncb_point *a, size_t na, const struct ncb_point *b,
			    size_t nb, struct ncb_point *out);

/**
 * struct ncb_timed_cycles - one batch: cycles and time, both less the base's
 * @cycles: of the PMU
 * @ns: of the clock
 */
struct ncb_timed_cycles {
	double cycles, ns;
};
/* Cycles per ns of the middle half of the batches, by their rate; sorts. NaN: none. */
double ncb_rate(struct ncb_timed_cycles *batch, size_t n);
/* Whether a frequency moved by more than NCB_FREQUENCY_MOVED. */
bool ncb_has_moved(double low, double high);
/* Whether the known loop was counted right: 1, 0, or -1 where nobody knows. */
int ncb_known_right(const struct ncb_counter *c);

/* -- of a run -- */

/**
 * struct ncb_frequency - cycles per ns, that is GHz, of single rows in single loadings
 * @n: of how many; the rest means nothing while it is 0
 * @low: the lowest, in @low_row
 * @high: the highest, in @high_row
 */
struct ncb_frequency {
	size_t n;
	double low, high;
	size_t low_row, high_row;
};

/**
 * struct ncb_meanwhile - what the machine did during the rows of a run, all together
 * @known: NCB_PLACE_* that at least one row knows
 * @interrupted: @interrupts is known
 * @interrupts, @interrupts_row: sum; the row with most of them
 * @steal_ns, @steal_row: likewise
 * @smis, @smis_row: likewise
 * @low, @high: shares of the nominal frequency
 */
struct ncb_meanwhile {
	uint32_t known;
	bool interrupted;
	uint64_t interrupts, steal_ns, smis;
	size_t interrupts_row, steal_row, smis_row;
	double low, high;
};
void ncb_meanwhile(const struct ncb_rundata *r, struct ncb_meanwhile *out);

/**
 * struct ncb_counts - figures of all events of a run
 * @run: the run
 * @main: those of its metric
 * @event: of each counter; NULL where it was not counted; may be @main
 * @clock: of the clock; may be @main
 * @cycles, @instructions, @misses: indices of counters, or -1; the last one: mispredictions
 * @frequency: where cycles and nanoseconds are known
 */
struct ncb_counts {
	const struct ncb_rundata *run;
	const struct ncb_stats *main, **event, *clock;
	int cycles, instructions, misses;
	struct ncb_frequency frequency;
};

/* For ncb_stats_counts(), which keeps them. */
struct ncb_counts *ncb_counts_new(const struct ncb_stats *s);
void ncb_counts_free(struct ncb_counts *c);

/* How often an event happens in one operation of an arm; @arm may be -1. */
struct ncb_interval ncb_count(const struct ncb_counts *c, int counter, size_t row, int arm);
/* What it happens more often in one arm than in another. */
struct ncb_estimate ncb_count_more(const struct ncb_counts *c, int counter, size_t row,
				   int old_arm, int new_arm);
/* Instructions per cycle. */
struct ncb_interval ncb_count_ipc(const struct ncb_counts *c, size_t row, int arm);
/* Whether instructions and cycles are of the same samples. */
bool ncb_count_ipc_paired(const struct ncb_counts *c);
/* Why there is no figure; NULL where there is one, or the arm was not measured. */
const char *ncb_counts_why(const struct ncb_counts *c, int counter, size_t row);

#endif /* NCB_COUNTS_H */
