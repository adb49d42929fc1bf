/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module load storms as data: what was done (struct ncb_storm), every single load
 * and unload (struct ncb_storm_record), and what the machine's memory was.
 * The measuring half (bench/storm/) fills it in, storm_file.c keeps it with the
 * run, storm_stats.c makes figures of it, report_storm.c words.
 */
#ifndef NCB_STORM_H
#define NCB_STORM_H

#include <jansson.h>
#include "ncbench.h"

#define NCB_STORM_FILE		"storm.csv.gz"
#define NCB_STORM_TEXT		400	/* bytes of a text, with its end */

#define NCB_STORM_MODULE_NAME	56	/* bytes of a module's name, with its end: as in Linux */

/* Bounds on what is asked for and on what is read back. */
#define NCB_STORMS_MAX		256u
#define NCB_STORM_THREADS_MAX	1024u
#define NCB_STORM_MODULES_MAX	4096u
#define NCB_STORM_ROUNDS_MAX	100000u
#define NCB_STORM_RECORDS_LIMIT	(1u << 24)	/* with samples of memory */
#define NCB_STORM_COUNTS_MAX	256u		/* counters of a storm; lines of modules/stats */
#define NCB_STORM_CALLBACKS_MAX	256u
#define NCB_STORM_CPUS_MAX	65536u
#define NCB_STORM_NUMBER_MAX	(1ull << 62)	/* ns, bytes, counts */

/* What init of a payload returns that has to fail. */
#define NCB_STORM_FAIL_ERRNO	33	/* EDOM */

/**
 * enum ncb_storm_mode - what the threads of a storm do in a round
 * @NCB_STORM_DISTINCT: load all modules, each its share; wait for each other; unload them
 * @NCB_STORM_DUPLICATE: all threads load the same module at once, from the same file; then
 *	it is unloaded
 * @NCB_STORM_COPIES: the same from files of their own, which no kernel can tell to be the same
 * @NCB_STORM_AUTOLOAD: each requests its share of the modules through request_module()
 * @NCB_STORM_CHURN: load and unload its share of the modules, one after the other
 * @NCB_STORM_FAIL: the same, but init fails
 * @NCB_STORM_VETO: the same, but a notifier vetoes COMING
 * @NCB_STORM_MIXED: threads take turns in churn, fail and loading what another one loads
 */
enum ncb_storm_mode {
	NCB_STORM_DISTINCT,
	NCB_STORM_DUPLICATE,
	NCB_STORM_COPIES,
	NCB_STORM_AUTOLOAD,
	NCB_STORM_CHURN,
	NCB_STORM_FAIL,
	NCB_STORM_VETO_MODE,
	NCB_STORM_MIXED,
	NCB_STORM_MODES
};
extern const char *const ncb_storm_mode_names[NCB_STORM_MODES];

/* Payload modules by what they have much of; kmod/payload has one of each. */
enum ncb_storm_shape {
	NCB_SHAPE_SMALL,
	NCB_SHAPE_TEXT,
	NCB_SHAPE_SYMBOLS,
	NCB_SHAPE_FUNCTIONS,
	NCB_SHAPE_PERCPU,
	NCB_SHAPE_DYNDBG,
	NCB_SHAPES
};
extern const char *const ncb_storm_shape_names[NCB_SHAPES];

/* What a record is of. */
enum ncb_storm_what {
	NCB_STORM_LOAD,		/* finit_module() */
	NCB_STORM_UNLOAD,	/* delete_module() */
	NCB_STORM_REQUESTED,	/* request_module() */
	NCB_STORM_COMING,	/* the notifier chain, from the first probe to the last */
	NCB_STORM_LIVE,
	NCB_STORM_GOING,
	NCB_STORM_OTHER,	/* a state that mainline does not announce */
	NCB_STORM_CALLED,	/* one callback on the chain; @module is its index in the chain */
	NCB_STORM_ROUND,	/* a whole round: from the barrier to the last thread's end; the time
				 * in which all wait, loaded, for the memory to be read is not in it */
	NCB_STORM_WHATS
};
extern const char *const ncb_storm_what_names[NCB_STORM_WHATS];

/**
 * struct ncb_storm_record - one thing that took time
 * @storm: index of the storm
 * @round: of it, from 0
 * @thread: who did it, from 0
 * @module: number of the payload within the storm, from 0
 * @what: enum ncb_storm_what
 * @result: of a system call 0 or -errno; of the chain 1: the first probe came first, -1: the
 *	last one did, 0: only one of them was called (@ns is 0 then); of a callback
 *	enum ncb_storm_what of its state; of a round how many threads took part
 * @start_ns: since the first storm began
 * @ns: how long
 * @part_ns: of the chain: from the first probe to the middle one; else 0
 */
struct ncb_storm_record {
	uint32_t storm, round;
	uint16_t thread, module;
	uint8_t what;
	int16_t result;
	uint64_t start_ns, ns, part_ns;
};

/* Bytes of memory; NCB_STORM_UNKNOWN: the kernel does not say. */
#define NCB_STORM_UNKNOWN	UINT64_MAX
enum ncb_storm_memory_kind {
	NCB_MEMORY_FREE,	/* MemFree of /proc/meminfo */
	NCB_MEMORY_VMALLOC,	/* VmallocUsed */
	NCB_MEMORY_PERCPU,	/* Percpu */
	NCB_MEMORY_SLAB,	/* SUnreclaim: caches of names and files come and go with any path looked at */
	NCB_MEMORY_MODULES,	/* sizes in /proc/modules, all modules together */
	NCB_MEMORY_KINDS
};
extern const char *const ncb_storm_memory_names[NCB_MEMORY_KINDS];

/**
 * struct ncb_storm_memory - the machine's memory at one moment
 * @storm, @round: when
 * @moment: 0 before a round, 1 all of it loaded, 2 after it; 3 while it was loading: of one
 *	round more, behind the last, of which nothing else is kept; the first look is before it
 * @at_ns: since the first storm began
 * @bytes: by enum ncb_storm_memory_kind
 */
struct ncb_storm_memory {
	uint32_t storm, round, moment;
	uint64_t at_ns;
	uint64_t bytes[NCB_MEMORY_KINDS];
};

/**
 * struct ncb_storm_count - a counter's name and what it counted
 * @name: such as "instructions", or a line of the kernel's modules/stats
 * @value: in the kernel only, over all threads; or the difference over the storm; more than
 *	INT64_MAX: not known
 */
struct ncb_storm_count {
	char name[64];
	uint64_t value;
};

/**
 * struct ncb_storm - one storm
 * @id: "churn/small/4", or "churn/small/4/k64" with extra notifiers, "churn/small/1/callbacks"
 *	where @traced: what people call it
 * @mode, @shape: enums
 * @module: name of a packaged module, which takes the place of payloads; "": none
 * @threads, @modules, @rounds: how many; @rounds as done
 * @extra: notifiers more on the chain
 * @sweep: its rounds took turns with those of the other storms that have this number, from 1,
 *	which differ from it in @extra only; 0: none
 * @traced: the chain's callbacks were timed one by one, which takes time itself: no figure
 *	of it but theirs is to be compared with another storm's
 * @reason: "" where it was done; else why not, or what went wrong
 * @failed: something returned what it should not have, or something was left behind
 * @file_size: bytes of a module's file
 * @inside_ns: of all threads, within the system calls that were recorded
 * @thread_ns: of all threads, from the barrier to their end
 * @helpers: autoload: modprobes at once, at most; else 0
 * @probe_ns: what a probe itself takes from its record to the next one's: in the records of
 *	the chain once up to the middle probe, twice up to the last; 0: not known, or no probes
 * @extra_calls: calls of the notifiers more, in its rounds, of any module's announcements;
 *	NCB_STORM_UNKNOWN: not known
 * @count, @counts: of counters
 * @why_none: why counters are not known, each with its reason, or ""
 * @stat, @stats: of modules/stats; none where the kernel has it not
 */
struct ncb_storm {
	char id[96];
	uint32_t mode, shape, threads, modules, rounds, extra, sweep;
	char module[NCB_STORM_MODULE_NAME];
	char reason[NCB_STORM_TEXT];
	bool traced, failed;
	uint64_t file_size, inside_ns, thread_ns, extra_calls;
	uint32_t helpers, probe_ns;
	struct ncb_storm_count *count;
	size_t counts;
	char why_none[NCB_STORM_TEXT];
	struct ncb_storm_count *stat;
	size_t stats;
};

/* A notifier on the real chain; times are in the records NCB_STORM_CALLED. */
struct ncb_storm_callback {
	char symbol[96];
	int32_t priority;
	bool behind_middle;
};

/**
 * struct ncb_storms - the storms of a run
 * @reason: "" where there were some; else why not
 * @cpus: that the threads were spread over
 * @interrupted: not all of them are done
 * @storm, @storms: in the order in which they began
 * @record, @records, @room: in any order
 * @memory, @memories: in any order
 * @callback, @callbacks: the real chain, ours left out
 * @callbacks_why: why there are no times of single callbacks, or ""
 * @lost: records of the chain that found no room
 * @leak: "" where everything was as before at the end; else what was not
 * @index: of storm_stats.c: the records by storm, made when they are first asked for
 */
struct ncb_storms {
	char reason[NCB_STORM_TEXT];
	uint32_t cpus;
	bool interrupted;
	struct ncb_storm *storm;
	size_t storms;
	struct ncb_storm_record *record;
	size_t records, room;
	struct ncb_storm_memory *memory;
	size_t memories;
	struct ncb_storm_callback *callback;
	size_t callbacks;
	char callbacks_why[NCB_STORM_TEXT];
	uint64_t lost;
	char leak[NCB_STORM_TEXT];
	struct ncb_storm_index *index;
};

/**
 * struct ncb_storm_options - what storms were asked for; 0 and NULL: as the profile says
 * @wanted: there are to be storms
 * @never: not even where they are made without being asked for
 * @only: and no rows
 * @agreed: loading on a machine that is not a guest was agreed to
 * @modes, @shapes, @threads, @extra: lists separated by commas
 * @modules, @rounds: of each storm
 * @cpus: of a guest
 * @module: a packaged module with its dependencies instead of payloads; guests only
 */
struct ncb_storm_options {
	bool wanted, never, only, agreed;
	const char *modes, *shapes, *threads, *extra;
	uint32_t modules, rounds, cpus;
	const char *module;
};

/* -- storm_plan.c: pure: which storms a profile has, and what options make of them -- */
int ncb_storm_plan(struct ncb_storms *s, const char *profile, const struct ncb_storm_options *o);
/* Records of the chain that a CPU has to keep in a round at most; by how many there are. */
uint32_t ncb_storm_events(const struct ncb_storms *s, bool traced);
/* Whether it can be the name of a module; letters, digits, "_" and "-". */
bool ncb_storm_is_module_name(const char *name);

/* -- storm/memory.c -- */
double ncb_storm_leak_seen(const struct ncb_storms *s, size_t storm);

/* -- storm_file.c -- */
struct ncb_storms *ncb_storms_new(void);
void ncb_storms_free(struct ncb_storms *s);	/* NULL is fine */
/* What was loaded, in a word: the shape of the payloads, or the packaged module's name. */
const char *ncb_storm_kind(const struct ncb_storm *storm);
bool ncb_storm_same_kind(const struct ncb_storm *a, const struct ncb_storm *b);
void ncb_storms_add(struct ncb_storms *s, const struct ncb_storm_record *record);
/*
 * Into <dir>/storm.csv.gz; the same data give the same bytes. *@crc is for result.json.
 * -EINVAL with a message where something is out of range and could not be read back;
 * other -errno of the file, without one.
 */
int ncb_storms_write(const struct ncb_storms *s, const char *dir, uint32_t *crc);
/* All but the records, for result.json. */
json_t *ncb_storms_json(const struct ncb_storms *s, uint32_t crc);
/*
 * Both back. *@out is NULL where @json is, and after errors. 0; -EBADMSG or -errno of the
 * file, with one sentence on stderr about what is damaged.
 */
int ncb_storms_read(const json_t *json, const char *dir, struct ncb_storms **out);
/*
 * The same from memory, the lines unpacked, without comparing their number and check sum:
 * for the fuzzer.
 */
int ncb_storms_parse(const json_t *json, const char *lines, size_t size,
		     struct ncb_storms **out);

#endif /* NCB_STORM_H */
