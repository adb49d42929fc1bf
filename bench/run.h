/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run as the driver holds it: the plan (rows and arms), the environment it
 * was made in, and the raw samples. Statistics are computed from it, never
 * stored in it.
 */
#ifndef NCB_BENCH_RUN_H
#define NCB_BENCH_RUN_H

#include <jansson.h>
#include "ncbench.h"
#include "storm.h"
#include "../kmod/ncbench_uapi.h"

enum ncb_metric {
	NCB_INSN,	/* exact instructions: the clock ticks once per instruction */
	NCB_CYCLES,	/* core cycles of a PMU */
	NCB_NS,		/* nanoseconds, from the clock's ticks and its rate */
	NCB_METRICS,
	NCB_EVENT = NCB_METRICS	/* of a view only: times that some event happened */
};
/* "insn", "cycles", "ns", and "events" */
extern const char *const ncb_metric_names[NCB_METRICS + 1];

/* What an event is to us, whatever it was asked for as. */
enum ncb_role {
	NCB_ROLE_OTHER,
	NCB_ROLE_CYCLES,
	NCB_ROLE_INSTRUCTIONS,
	NCB_ROLE_BRANCHES,
	NCB_ROLE_BRANCH_MISSES,
	NCB_ROLES
};

#define NCB_CLOCK	(-1)	/* in place of a counter's index */

/**
 * struct ncb_counter - an event that was counted beside the clock, or should have been
 * @name: as asked for, or of the default set
 * @full: as libpfm4 spells it out, or empty
 * @event: as encoded; @event.enabled_ns and @event.running_ns are sums of the run
 * @counted: in at least one row; else @reason says why not
 * @pass: which measuring of the rows it was counted in, from 0
 * @slot: its place among the counts of a sample
 * @known_low: what NCB_KNOWN_TURNS turns of the known loop were counted as, at least;
 *	NCB_COUNT_NONE: not known
 * @known_high: the same, at most
 * @reading: what NCB_FEW_TURNS turns and the reading were counted as
 * @turn_insn: see struct ncb_events
 */
struct ncb_counter {
	char name[64];
	char full[192];
	struct ncb_event event;
	bool counted;
	uint32_t pass, slot;
	uint64_t known_low, known_high, reading;
	uint32_t turn_insn;
	char reason[256];
};

/**
 * struct ncb_row_place - what the machine did while a row was measured, all loadings together
 * @known: NCB_PLACE_*
 * @interrupted: @interrupts is known
 * @interrupts: of the measuring CPU
 * @steal_ns: time that a hypervisor gave to others
 * @smis: system management interrupts
 * @low: least share of the nominal frequency that a loading had, by APERF and MPERF
 * @high: most
 */
struct ncb_row_place {
	uint32_t known;
	bool interrupted;
	uint64_t interrupts, steal_ns, smis;
	double low, high;
};

/**
 * struct ncb_row - one thing measured
 * @id: "blocking/robust@tail/64/distinct/packed/warm": the name people use;
 *	fields that do not apply are left out of it (empty chain: "raw/empty/0/one/packed/warm")
 * @type .. @cache: enums of ncbench_uapi.h
 * @iters: operations in a batch, as used (of the last reload)
 * @memory: bytes of kernel memory the row held at most
 * @irqs_on: interrupts were not off while the clock ran
 * @reached: the precision that the run was asked for
 * @place: what the machine did meanwhile
 * @arm: the arms, @arms of them
 */
struct ncb_row_arm {
	char name[NCB_NAME_LEN];	/* "slist", "slist-aa" (control), "slist+7" (planted) */
	char engine[NCB_NAME_LEN];
	uint32_t flags;			/* NCB_ARM_* */
	uint32_t status;		/* enum ncb_arm_status */
	uint32_t facts;			/* NCB_FACT_* */
	uint32_t clones;
	uint32_t node_size;
	uint32_t head_size;
	char message[NCB_MSG_LEN];
};

struct ncb_row {
	char id[96];
	uint32_t type, op, length, position, callbacks, placement, cache;
	uint32_t iters;
	uint64_t memory;
	bool reached;
	struct ncb_row_place place;
	uint32_t arms;
	struct ncb_row_arm arm[NCB_ARMS_MAX];
};

/* What ended a run that was asked for a precision. */
enum ncb_stopped {
	NCB_STOPPED_FIXED,	/* none was asked for, or it was interrupted before */
	NCB_STOPPED_PRECISION,	/* reached in every row */
	NCB_STOPPED_TIME,	/* its time limit */
	NCB_STOPPED_SIZE,	/* as many loadings or samples as a run may have */
	NCB_STOPPED
};

/**
 * struct ncb_raw - one raw sample of a run
 * @row: index into the run's rows
 * @reload: which loading of the module, from 0
 * @pass: which measuring of the row in that loading, from 0
 * @s: as the module gave it
 */
struct ncb_raw {
	uint32_t row;
	uint16_t reload;
	uint16_t pass;
	struct ncb_sample s;
};

/**
 * struct ncb_rundata - a run
 * @name: of its folder under results/
 * @metric: what figures are in, unless others are asked for
 * @asked: others were asked for
 * @clock: what a tick counts: NCB_NS or NCB_INSN
 * @tick_hz: clock ticks per second (1e9 and meaningless for NCB_INSN)
 * @profile: quick, default, full
 * @target: host, qemu ...
 * @suite_version: of the ncbench that measured; NULL: this one
 * @seed: where all shuffling started
 * @reloads: times the module was loaded
 * @blocks: interleaved blocks per row and reload
 * @features: NCB_FEAT_* of the kernel
 * @known_insn: see struct ncb_info
 * @module_size: bytes of text and data of ncbench.ko
 * @interrupted: ended before all rows were done
 * @precision: half width of the 95 % interval that was asked for, a share; 0: none
 * @time_limit: seconds that it might take to get there
 * @stopped: what ended it
 * @env: object of strings and numbers: what is known of machine and kernel
 *	(keys documented in results/README.md)
 * @perf: what perf said, or NULL; see perf.h
 * @commands: what hyperfine said, or NULL; see hyperfine.h
 * @memory: what the list design costs in memory, or NULL; see memory.h
 * @storms: module load storms, or NULL; see storm.h
 * @beside: the same rows in another metric, measured in another place, or NULL; it has
 *	neither storms nor one beside it that is kept
 * @files: folder of what else is to be kept, or NULL; ncb_result_save() empties it
 * @rows, @nrows, @samples, @nsamples: the plan and the raw data
 * @counter, @counters: what was counted beside the clock
 * @passes: times that each row was measured in a loading: more than one where there are
 *	more events than count together; the clock's figures are from the first
 * @slots: counts per sample
 * @counts: @slots for each sample, in the order of @samples; NCB_COUNT_NONE: not counted
 * @missing: JSON array of { "row", "reason" }: combinations that do not exist
 */
struct ncb_rundata {
	char *name;
	enum ncb_metric metric, clock;
	bool asked;
	double tick_hz;
	char *profile;
	char *target;
	char *suite_version;
	uint64_t seed;
	uint32_t reloads;
	uint32_t blocks;
	uint32_t features;
	uint64_t known_insn;
	uint64_t module_size;
	bool interrupted;
	double precision, time_limit;
	enum ncb_stopped stopped;
	json_t *env;
	json_t *missing;
	json_t *perf, *commands, *memory;
	struct ncb_storms *storms;
	struct ncb_rundata *beside;
	char *files;
	struct ncb_row *rows;
	size_t nrows;
	struct ncb_raw *samples;
	size_t nsamples, samples_room;
	struct ncb_counter *counter;
	uint32_t counters, passes, slots;
	uint64_t *counts;
};

void ncb_rundata_init(struct ncb_rundata *r);
void ncb_rundata_free(struct ncb_rundata *r);
void ncb_rundata_add(struct ncb_rundata *r, const struct ncb_raw *raw, const uint64_t *counts);
const char *ncb_env_string(const struct ncb_rundata *r, const char *key, const char *otherwise);
void ncb_env_set(struct ncb_rundata *r, const char *key, const char *value);
int ncb_row_find(const struct ncb_rundata *r, const char *id);	/* index or -1 */
int ncb_row_arm_find(const struct ncb_row *row, const char *name);	/* index or -1 */

extern const char *const ncb_feature_names[];	/* of NCB_FEAT_*, by bit; NULL-ended */

/* -- counters.c -- */

enum ncb_role ncb_counter_role(const struct ncb_counter *c);
int ncb_counter_find(const struct ncb_rundata *r, enum ncb_role role);	/* index or -1 */
bool ncb_counter_whole(const struct ncb_rundata *r, int counter);
double ncb_counter_expected(const struct ncb_counter *c);
bool ncb_counter_exact(const struct ncb_counter *c);
int ncb_run_source(const struct ncb_rundata *r);
void ncb_run_choose_metric(struct ncb_rundata *r, bool exact);
bool ncb_metric_known(const char *name);
int ncb_run_set_metric(struct ncb_rundata *r, const char *name);
void ncb_run_view(const struct ncb_rundata *r, int counter, struct ncb_rundata *view);
void ncb_counters_write(const struct ncb_rundata *r, json_t *out);
const char *ncb_counters_read(const json_t *json, struct ncb_rundata *r);

/* -- result.c: results/<run>/, see results/README.md -- */

/*
 * Bounds on what is read, so that no file takes the machine's memory or time;
 * results/README.md lists them. The full profile has 1844 rows and some 4 million
 * samples where time is measured.
 */
#define NCB_RUN_ROWS_MAX	8192u
#define NCB_RUN_RELOADS_MAX	1024u
#define NCB_RUN_COUNTERS_MAX	64u
#define NCB_RUN_PASSES_MAX	16u
#define NCB_RUN_SAMPLES_MAX	(1u << 26)	/* also of those that a run is planned with */
#define NCB_RUN_TEXTS_MAX	4096u		/* entries of env, and of missing */
#define NCB_RUN_TEXT_MAX	16384u		/* bytes of a text */
#define NCB_RESULT_SIZE_MAX	(64u << 20)	/* bytes of result.json */
#define NCB_RESULT_MEMORY_MAX	(512u << 20)	/* bytes that it takes when parsed */

/*
 * Writes result.json, samples.csv.gz, storm.csv.gz (where there were storms), report.txt,
 * report.html, plots/ into
 * <dir>.partial-<pid>, then renames it to <dir>. An existing <dir> is refused
 * with -EEXIST. 0 or -errno, with the reason on stderr.
 */
int ncb_result_save(struct ncb_rundata *r, const char *dir);
/*
 * Only result.json (without statistics), samples.csv.gz, storm.csv.gz, and what is beside it,
 * into an existing folder.
 */
int ncb_result_save_raw(const struct ncb_rundata *r, const char *dir);
/* -E2BIG with a message where the plan makes more of them than may be read back. */
int ncb_result_check_plan(const struct ncb_rundata *r);
/* 0 or -errno; says on stderr in one sentence what is wrong with the files. */
int ncb_result_load(struct ncb_rundata *r, const char *dir);
/*
 * The same from memory, samples and records of storms unpacked, without comparing their
 * number and check sum: for the fuzzer, which would not get past them. No command
 * comes here.
 */
int ncb_result_parse(struct ncb_rundata *r, const char *json, size_t json_size,
		     const char *samples, size_t samples_size, const char *storms,
		     size_t storms_size);

#endif /* NCB_BENCH_RUN_H */
