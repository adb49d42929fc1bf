/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What the driver and the module say to each other: one misc device, three
 * ioctls, and the limits, which stand here once and are checked on both sides.
 *
 * The module hands out raw samples in clock ticks. It knows neither target
 * nor statistics; what a tick is worth (ns or instructions) is the driver's
 * to find out.
 */
#ifndef NCBENCH_UAPI_H
#define NCBENCH_UAPI_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define NCB_ABI			2
#define NCB_MODULE		"ncbench"
#define NCB_DEVICE		"/dev/ncbench"

#define NCB_NAME_LEN		32
#define NCB_MSG_LEN		160

/* Limits: length is the number of registered blocks before the operation. */
#define NCB_LENGTH_MAX		1024
#define NCB_ARMS_MAX		16
#define NCB_BLOCKS_MAX		4096
#define NCB_CLONES_MAX		8
#define NCB_ITERS_MAX		(1u << 24)
#define NCB_BATCH_NS_MIN	500
#define NCB_BATCH_NS_MAX	100000		/* interrupts are off this long at most */
#define NCB_DISTINCT		64		/* distinct callback functions */
#define NCB_KNOWN_INSN		3027		/* no-operations that tell what a tick is */
#define NCB_PLANT_INSN		7		/* instructions a planted callback has more */
#define NCB_SHARE_PER		50		/* a planted share: one more operation for so many */
#define NCB_EVENTS_MAX		8u		/* events that are counted together */
#define NCB_MEMORY_MAX		(64ul << 20)	/* bytes of kernel memory for one run */

enum ncb_type {
	NCB_RAW,
	NCB_BLOCKING,
	NCB_ATOMIC,
	NCB_SRCU,
	NCB_TYPES
};

enum ncb_op {
	NCB_CALL,
	NCB_REVERSE,
	NCB_ROBUST,
	NCB_REGISTER,
	NCB_UNREGISTER,
	NCB_EMPTY,		/* call_chain on a chain with nothing registered */
	NCB_OPS
};

/* Where a robust call fails, or where a block is registered or removed. */
enum ncb_pos {
	NCB_POS_NONE,		/* robust: succeeds; other operations: does not apply */
	NCB_POS_HEAD,
	NCB_POS_MIDDLE,
	NCB_POS_TAIL,
	NCB_POSITIONS
};

enum ncb_callbacks {
	NCB_CB_ONE,		/* every block calls the same function */
	NCB_CB_DISTINCT,	/* NCB_DISTINCT functions in turn */
	NCB_CALLBACK_SETS
};

enum ncb_placement {
	NCB_PACKED,		/* one array, each design with its own block size */
	NCB_SCATTERED,		/* a cache line in a page of its own, shuffled */
	NCB_PLACEMENTS
};

enum ncb_cache {
	NCB_WARM,
	NCB_COLD,		/* blocks and head flushed before every call */
	NCB_CACHES
};

/*
 * A sample's kind. In a batch that is timed as a whole, the base runs one
 * iteration and the others n + 1 and 2n + 1: what reading the clock and entering
 * the loop cost is in all of them and falls out of the differences. Where each
 * call is timed by itself, the base makes as many readings around an empty
 * function, and the others make n and 2n calls.
 *
 * Cost of one operation, in ticks:
 *	(ticks - base.ticks * stretches / base.stretches) / (iters - base.iters)
 *
 * An arm with NCB_ARM_SHARE makes n + n / NCB_SHARE_PER + 1 operations (and twice
 * as many beside the one) and is credited with n + 1: by the formula above it
 * costs one part in NCB_SHARE_PER of (operation + one turn of the loop) more, in
 * any metric. For that n has to be a multiple of NCB_SHARE_PER.
 */
enum ncb_kind {
	NCB_KIND_BASE,
	NCB_KIND_ONE,
	NCB_KIND_TWO,		/* for the proportion check: costs twice as much as ONE */
	NCB_KINDS
};

/* Flags of an arm. */
#define NCB_ARM_CONTROL		0x1u	/* the second copy of the engine's text (A/A) */
#define NCB_ARM_PLANT		0x2u	/* callbacks with NCB_PLANT_INSN more instructions */
#define NCB_ARM_SHARE		0x4u	/* NCB_SHARE_PER + 1 operations for NCB_SHARE_PER credited */
#define NCB_ARM_FLAGS		(NCB_ARM_CONTROL | NCB_ARM_PLANT | NCB_ARM_SHARE)

/* Flags of a sample. */
#define NCB_SAMPLE_SWITCHED	0x1u	/* the task was scheduled away during it */
#define NCB_SAMPLE_IRQS_ON	0x2u	/* interrupts were not off */
#define NCB_SAMPLE_INTERRUPTED	0x4u	/* and there was at least one */

/**
 * struct ncb_sample - one timed batch
 * @ticks: clock ticks that passed
 * @iters: operations in the batch, as credited: see NCB_ARM_SHARE
 * @stretches: clock readings summed up in @ticks: 1 when the batch is timed as
 *	a whole, the number of calls when each call is timed by itself
 * @block: number of the interleaved block, from 0
 * @arm: index into the arms of the run
 * @clone: which copy of the engine's text ran
 * @pos: position of the arm within its block, from 0
 * @kind: enum ncb_kind
 * @flags: NCB_SAMPLE_*
 */
struct ncb_sample {
	__u64 ticks;
	__u32 iters;
	__u32 stretches;
	__u16 block;
	__u8 arm;
	__u8 clone;
	__u8 pos;
	__u8 kind;
	__u8 flags;
	__u8 reserved;
};

enum ncb_arm_status {
	NCB_ARM_OK,
	NCB_ARM_MISSING,	/* the combination does not exist */
	NCB_ARM_WRONG,		/* failed the semantic check: not timed */
};

/* Instead of a count: the event was not being counted. */
#define NCB_COUNT_NONE		(~0ull)

enum ncb_event_status {
	NCB_EVENT_OK,
	NCB_EVENT_REFUSED,	/* could not be opened: see @error */
	NCB_EVENT_NO_ROOM,	/* opened, but all counters that could take it were taken */
	NCB_EVENT_LOST,		/* counted at first, not to the end */
	NCB_EVENT_STATUSES
};

/**
 * struct ncb_event - what to count, as in struct perf_event_attr
 * @type: in: PERF_TYPE_*, or the number of a PMU
 * @status: out: enum ncb_event_status
 * @error: out: errno, positive
 * @reserved: 0
 * @config: in: which event
 * @config1: in: more of it
 * @config2: in: more of it
 * @enabled_ns: out: how long it was wanted
 * @running_ns: out: how long it counted; less where it was not all the time
 */
struct ncb_event {
	__u32 type;
	__u32 status;
	__u32 error;
	__u32 reserved;
	__u64 config;
	__u64 config1;
	__u64 config2;
	__u64 enabled_ns;
	__u64 running_ns;
};

/* What is known of the place a row was measured in. */
#define NCB_PLACE_STEAL		0x1u
#define NCB_PLACE_SMIS		0x2u
#define NCB_PLACE_FREQUENCY	0x4u

/**
 * struct ncb_place - what the CPU saw while a row was measured
 * @known: NCB_PLACE_*; what has no bit is 0
 * @reserved: 0
 * @steal_ns: time that a hypervisor says it gave to others; 0 where it says nothing
 * @smis: system management interrupts
 * @aperf: cycles at the frequency that it really had ...
 * @mperf: ... and at the nominal one, while not idle
 */
struct ncb_place {
	__u32 known;
	__u32 reserved;
	__u64 steal_ns;
	__u64 smis;
	__u64 aperf;
	__u64 mperf;
};

/* Facts the oracle saw, for the report. */
#define NCB_FACT_ROLLBACK_FORWARD	0x1u
#define NCB_FACT_ROLLBACK_REVERSE	0x2u

/**
 * struct ncb_arm - an engine inside a row
 * @engine: in: name from the engine table
 * @flags: in: NCB_ARM_*
 * @status: out: enum ncb_arm_status
 * @facts: out: NCB_FACT_*
 * @clones: out: number of text copies the blocks alternate over
 * @node_size: out: bytes of a notifier block in this design
 * @head_size: out: bytes of the row's head in this design
 * @message: out: why it was not timed
 */
struct ncb_arm {
	char engine[NCB_NAME_LEN];
	__u32 flags;
	__u32 status;
	__u32 facts;
	__u32 clones;
	__u32 node_size;
	__u32 head_size;
	char message[NCB_MSG_LEN];
};

/**
 * struct ncb_run - NCB_IOC_RUN: measure one row, all arms interleaved
 * @abi: in: NCB_ABI
 * @type: in: enum ncb_type
 * @op: in: enum ncb_op
 * @length: in: blocks on the chain, 1 .. NCB_LENGTH_MAX (0 for NCB_EMPTY)
 * @position: in: enum ncb_pos
 * @callbacks: in: enum ncb_callbacks
 * @placement: in: enum ncb_placement
 * @cache: in: enum ncb_cache
 * @arms: in: used entries of @arm
 * @blocks: in: interleaved blocks, 1 .. NCB_BLOCKS_MAX
 * @batch_ns: in: how long the slowest arm's batch may take, for the calibration
 * @iters: in: 0 to calibrate, else operations in a batch; out: what was used. Where
 *	it is calibrated, more than NCB_SHARE_PER are a multiple of it
 * @seed: in: for the order of arms, the choice of clones and the placement
 * @samples: in: user pointer to room for @capacity samples
 * @capacity: in: see NCB_SAMPLES_PER_BLOCK
 * @count: out: samples written, also when the run was interrupted
 * @memory: out: bytes of kernel memory the run held
 * @counts: in: user pointer to room for @capacity times @events numbers: what each event
 *	counted in each sample, in the order of @samples; see below
 * @events: in: used entries of @event; 0: nothing is counted, @counts is not used
 * @reserved: 0
 * @event: in and out
 * @place: out: what the machine did while it was measured
 * @arm: in and out
 * @message: out: what was wrong: field, value, range
 *
 * A count holds more than the ticks of its sample: the counters are read outside
 * the timed stretch, one turn of the loop before the clock, or, where each call is
 * timed by itself, before the clock. All of that is the same in a base, so that
 * the formula of enum ncb_kind holds for counts too, and reading costs nothing.
 */
struct ncb_run {
	__u32 abi;
	__u32 type;
	__u32 op;
	__u32 length;
	__u32 position;
	__u32 callbacks;
	__u32 placement;
	__u32 cache;
	__u32 arms;
	__u32 blocks;
	__u32 batch_ns;
	__u32 iters;
	__u64 seed;
	__u64 samples;
	__u64 capacity;
	__u64 count;
	__u64 memory;
	__u64 counts;
	__u32 events;
	__u32 reserved;
	struct ncb_event event[NCB_EVENTS_MAX];
	struct ncb_place place;
	struct ncb_arm arm[NCB_ARMS_MAX];
	char message[NCB_MSG_LEN];
};

/* Samples of one arm in one block, one of each kind. */
#define NCB_SAMPLES_PER_BLOCK	3u

/* Features of the kernel the module was built for and runs in. */
#define NCB_FEAT_REVERSE	0x01u	/* blocking_notifier_call_chain_reverse() */
#define NCB_FEAT_UNIQUE_BLOCKING 0x02u	/* blocking_notifier_chain_register_unique_prio() */
#define NCB_FEAT_UNIQUE_ATOMIC	0x04u	/* atomic_notifier_chain_register_unique_prio() */
#define NCB_FEAT_TRACEPOINT	0x08u	/* the call loop has the notifier_run tracepoint */
#define NCB_FEAT_DEBUG_NOTIFIERS 0x10u	/* CONFIG_DEBUG_NOTIFIERS: the replicas lack its check */
#define NCB_FEAT_LOCKDEP	0x20u
#define NCB_FEAT_KASAN		0x40u
#define NCB_FEAT_RETPOLINE	0x80u

/**
 * struct ncb_info - NCB_IOC_INFO: what this module is
 * @abi: NCB_ABI
 * @features: NCB_FEAT_*
 * @ticks: the clock, read together with @ktime_ns: two calls give its rate
 * @ktime_ns: CLOCK_MONOTONIC_RAW in ns
 * @known_insn: ticks that NCB_KNOWN_INSN no-operations took, each time they were
 *	tried; NCB_KNOWN_INSN says that the clock counts instructions, 0 that the
 *	tries differed
 * @clock: name of the clock that is read
 */
struct ncb_info {
	__u32 abi;
	__u32 features;
	__u64 ticks;
	__u64 ktime_ns;
	__u64 known_insn;
	char clock[NCB_NAME_LEN];
};

/* The known loop: so many instructions a turn, one of them a branch. */
#define NCB_TURN_INSN		13u
#define NCB_FEW_TURNS		1009u
#define NCB_KNOWN_TURNS		3027u		/* more turns, whose counts are handed out */
#define NCB_KNOWN_TRIES		5u

/**
 * struct ncb_events - NCB_IOC_EVENTS: what can be counted together, and is it right?
 * @abi: in: NCB_ABI
 * @events: in: used entries of @event, 1 .. NCB_EVENTS_MAX
 * @turn_insn: out: instructions in a turn of the known loop, or 0 where this
 *	architecture has none
 * @reserved: 0
 * @event: in and out
 * @known_low: out: what NCB_KNOWN_TURNS turns were counted as, the least of
 *	NCB_KNOWN_TRIES tries, 0 where more turns were counted as less;
 *	NCB_COUNT_NONE: not counted
 * @known_high: out: the most; NCB_COUNT_NONE likewise
 * @reading: out: what NCB_FEW_TURNS turns were counted as, the least: reading all
 *	events once is in it; NCB_COUNT_NONE likewise
 * @message: out: what was wrong
 */
struct ncb_events {
	__u32 abi;
	__u32 events;
	__u32 turn_insn;
	__u32 reserved;
	struct ncb_event event[NCB_EVENTS_MAX];
	__u64 known_low[NCB_EVENTS_MAX];
	__u64 known_high[NCB_EVENTS_MAX];
	__u64 reading[NCB_EVENTS_MAX];
	char message[NCB_MSG_LEN];
};

#define NCB_IOC_MAGIC		'N'
#define NCB_IOC_INFO		_IOR(NCB_IOC_MAGIC, 1, struct ncb_info)
#define NCB_IOC_RUN		_IOWR(NCB_IOC_MAGIC, 2, struct ncb_run)
#define NCB_IOC_EVENTS		_IOWR(NCB_IOC_MAGIC, 3, struct ncb_events)

#endif /* NCBENCH_UAPI_H */
