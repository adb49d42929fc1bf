/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs with a known truth, for tests of statistics, reports and files. */
#ifndef NCB_SYNTHETIC_H
#define NCB_SYNTHETIC_H

#include "../run.h"

/**
 * struct ncb_truth - what a synthetic run is made of
 * @metric: NCB_INSN without any noise, NCB_CYCLES or NCB_NS
 * @seed: of the noise
 * @reloads, @blocks: as in a run
 * @layout: spread of the cost between layouts, a share (0.05: about 5 %)
 * @noise: share of the samples that other load slows down, up to twofold
 * @dlist_per_block: what dlist takes more per block than slist, in the metric's unit
 * @dlist_share: dlist takes that share more of everything (0.1: +10 %)
 * @native_per_block, @native_share: the same of native: a change of the kernel
 * @slist_share: slist takes that share more, its second copy does not
 * @drift: all arms take that share more: the machine is another today
 * @boot: spread of the cost of each arm and row between runs, a share
 * @own_share: in the first row all engines of the module take that share more: it
 *	lies elsewhere
 * @layout_seed: layouts are those of the copies, the same in all loadings and
 *	all runs with this number; 0: each loading draws its own
 * @links: spread of native's cost over links, a share; 0: the kernel says nothing of links
 * @link: which link this run is of: the same layout in all runs of that number
 * @rows: only that many rows; 0: all
 * @without: arm that exists in no row, or NULL
 * @swap: the samples of slist and dlist stand under each other's name: a
 *	report of that must show the opposite sign
 * @one_more: the loop runs one operation more than it says, in ONE and TWO alike
 * @uneven_copies: copy 1 of slist executes one more instruction a call
 * @inexact: one sample of slist is one instruction too long
 * @counted: events are counted beside the clock: cycles and instructions in the first
 *	pass, mispredictions in a second one, where a row is lost; L1 misses cannot be
 * @exact_insn: and instructions are the metric, as in an emulator whose PMU is exact
 * @moved: in the last loading the frequency is lower by that share
 * @native_insn: instructions that native executes more per block
 */
struct ncb_truth {
	enum ncb_metric metric;
	uint64_t seed;
	uint32_t reloads, blocks;
	double layout, noise;
	double dlist_per_block, dlist_share;
	double native_per_block, native_share, slist_share, own_share, drift, boot;
	uint64_t layout_seed;
	double links;
	uint32_t link;
	size_t rows;
	const char *without;
	bool swap, one_more, uneven_copies, inexact;
	bool counted, exact_insn;
	double moved, native_insn;
};

/* Counters of a counted run, in their order; and the row in which the last one is lost. */
enum { NCB_SYNTHETIC_CYCLES, NCB_SYNTHETIC_INSN, NCB_SYNTHETIC_MISSES, NCB_SYNTHETIC_L1,
       NCB_SYNTHETIC_COUNTERS };
#define NCB_SYNTHETIC_LOST	"blocking/robust/64/distinct/packed/warm"
#define NCB_SYNTHETIC_GHZ	2.0

/* Exact metric, one loading, eight blocks; dlist is 2 instructions per block dearer. */
extern const struct ncb_truth ncb_truth_insn;
/* Noisy metric, 3 loadings of 24 blocks, 5 % between layouts; dlist is 10 % dearer. */
extern const struct ncb_truth ncb_truth_ns;

/* Noisy, in cycles: the same 3 loadings with counters. */
extern const struct ncb_truth ncb_truth_counted;

/* How often an event really happens in one operation. */
double ncb_true_count(const struct ncb_truth *t, const struct ncb_row *row, const char *arm,
		      int counter);

/* The true cost of an operation in the metric's unit. */
double ncb_true_cost(const struct ncb_truth *t, const struct ncb_row *row, const char *arm);

/* Fills an initialised run: rows of every operation over lengths 1, 8, 64. */
void ncb_synthetic(struct ncb_rundata *r, const struct ncb_truth *t);

/* Only the rows, without samples; for tests that make their own. */
void ncb_synthetic_row(struct ncb_rundata *r, const char *id);

/* The description and the samples of the rows that are there already. */
void ncb_synthetic_samples(struct ncb_rundata *r, const struct ncb_truth *t);

/*
 * Gives a run of rows the figures of golden/memory.json as a whole kernel's, all computed, and
 * its arms the sizes of blocks and heads that they say.
 */
void ncb_synthetic_memory(struct ncb_rundata *r);

/**
 * struct ncb_storm_truth - what synthetic storms are made of
 * @seed: of the noise
 * @noise: system calls take longer by up to that share, evenly spread
 * @rounds: of each storm
 * @load_slope, @unload_slope: ns that a notifier more takes per load (half of it in COMING,
 *	half in LIVE) and per unload
 * @slower: loads take that share more of everything: another kernel
 * @coalesced: loads of the same file wait for the first one and return 0, as since 6.5
 * @reversed: GOING is announced from the last notifier to the first one
 * @stuck: GOING after a veto is announced to all, not only to those that saw COMING
 * @unprobed: nobody was on the chain: there are system calls and rounds only
 * @interrupted: half-way through the sweep; what follows is not there
 * @failed: in the storm "fail/small/2" a load succeeded that must not
 * @leak: 64 KiB are not given back after each round of the first storm
 */
struct ncb_storm_truth {
	uint64_t seed;
	double noise;
	uint32_t rounds;
	double load_slope, unload_slope, slower;
	bool coalesced, reversed, stuck, unprobed, interrupted, failed, leak;
};

/* Without noise: 20 rounds, 12 ns per notifier and load, 5 per unload. */
extern const struct ncb_storm_truth ncb_storm_truth;

/* Storms of all modes, in this order; the last ones are a sweep and a traced storm. */
enum {
	NCB_SYNTHETIC_CHURN_1, NCB_SYNTHETIC_CHURN_2, NCB_SYNTHETIC_CHURN_4, NCB_SYNTHETIC_TEXT,
	NCB_SYNTHETIC_DISTINCT, NCB_SYNTHETIC_DUPLICATE, NCB_SYNTHETIC_COPIES,
	NCB_SYNTHETIC_AUTOLOAD, NCB_SYNTHETIC_FAIL, NCB_SYNTHETIC_VETO, NCB_SYNTHETIC_MIXED,
	NCB_SYNTHETIC_K0, NCB_SYNTHETIC_K16, NCB_SYNTHETIC_K64, NCB_SYNTHETIC_K256,
	NCB_SYNTHETIC_TRACED, NCB_SYNTHETIC_STORMS
};

/*
 * What a call takes without noise: NCB_SYNTHETIC_LOAD of a small payload by one thread;
 * a tenth more for each thread more, a fifth for each shape further. The chain without
 * more notifiers takes NCB_SYNTHETIC_WALK (COMING), half of that (LIVE, GOING).
 */
#define NCB_SYNTHETIC_LOAD	100000
#define NCB_SYNTHETIC_UNLOAD	60000
#define NCB_SYNTHETIC_OWN	100	/* ns of the driver's own, each call */
#define NCB_SYNTHETIC_WALK	2000
#define NCB_SYNTHETIC_PROBE	20	/* what a probe adds to a walk, twice */
#define NCB_SYNTHETIC_CALLBACKS	6

/* A whole section of storms; to be freed by ncb_storms_free(). */
struct ncb_storms *ncb_synthetic_storms(const struct ncb_storm_truth *t);

/* Makes an initialised run one of nothing but storms; @insn: by a clock of instructions. */
void ncb_synthetic_storm_run(struct ncb_rundata *r, const struct ncb_storm_truth *t, bool insn);

#endif /* NCB_SYNTHETIC_H */
