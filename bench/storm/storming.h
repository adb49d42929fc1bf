/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the measuring half of storms say to each other. */
#ifndef NCB_STORMING_H
#define NCB_STORMING_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "../../kmod/storm/ncb_storm_uapi.h"
#include "measure.h"

/* CLOCK_MONOTONIC_RAW, as the probes take it, in ns. */
uint64_t ncb_storm_now(void);

/* -- payload.c -- */

#define NCB_PAYLOAD_NAME	NCB_STORM_NAME

/**
 * struct ncb_payloads - the files of a storm, open
 * @dir: folder for copies
 * @storm: says what they are
 * @modules: different ones, numbered from 0
 * @fd: of each file, @files of them
 * @size: bytes of a file
 */
struct ncb_payloads {
	const char *dir;
	const struct ncb_storm *storm;
	uint32_t modules, files;
	int *fd;
	uint64_t size;
};

void ncb_payload_name(char name[NCB_PAYLOAD_NAME], uint32_t shape, uint32_t number);
/* Of a storm's module, from 0: a payload, or the packaged one. */
void ncb_storm_module_name(char name[NCB_PAYLOAD_NAME], const struct ncb_storm *storm,
			   uint32_t number);
int ncb_payload_number(const char *name);
int ncb_payload_rename(char *data, size_t size, const char *from, const char *to);
int ncb_payloads_open(struct ncb_payloads *p, const char *templates, const struct ncb_storm *storm);
void ncb_payloads_close(struct ncb_payloads *p);

/* -- threads.c: the threads of storms -- */

/* A system call, as the thread saw it. */
struct ncb_storm_call {
	uint64_t start, end;
	uint16_t module;
	uint8_t what;
	int16_t result;
};

#define NCB_STORM_COUNTERS	4

struct ncb_storm_pool;

/**
 * struct ncb_storm_worker - a thread
 * @call, @calls: what it did in the round
 * @start, @end: of its work in the two phases of the round
 * @since: when the call began that it is in, or 0; @module: of it
 * @counter: file descriptors, or -1; @counter_err: the errno then
 */
struct ncb_storm_worker {
	struct ncb_storm_pool *pool;
	pthread_t thread;
	uint32_t number;
	int cpu;
	atomic_int task;
	struct ncb_storm_call *call;
	size_t calls, room;
	uint64_t start[2], end[2];
	_Atomic uint64_t since;
	atomic_uint module;
	int counter[NCB_STORM_COUNTERS], counter_err[NCB_STORM_COUNTERS];
};

/**
 * struct ncb_storm_pool - threads, and the round that they are in
 * @worker, @threads: the threads
 * @barrier: of all and who directs them
 * @busy: threads that have not finished the phase; the last one posts @done
 * @phase: 0, 1: of the round; -1: end
 * @stop: begin no more calls
 * @storm, @round, @payloads, @device: what of
 * @loaded: by module: it was loaded in this round, by the thread that has it as its share or, where
 *	all load the same, by one of them
 * @hung: a call did not return: nobody can wait for its thread, which may come back at any time.
 *	Nothing that it uses is given back from then on; of @storm it looks at the last one
 * @gate: held until all threads are there, or, with @given_up, one could not start
 * @last: what @storm was, once it hung
 */
struct ncb_storm_pool {
	struct ncb_storm_worker *worker;
	uint32_t threads;
	pthread_barrier_t barrier;
	atomic_uint busy;
	sem_t done;
	int phase;
	atomic_bool stop;
	const struct ncb_storm *storm;
	uint32_t round;
	const struct ncb_payloads *payloads;
	int device;
	atomic_bool *loaded;
	bool hung;
	pthread_mutex_t gate;
	bool given_up;
	struct ncb_storm last;
};

/* The CPUs that this process may run on; returns how many, at least 1. */
uint32_t ncb_storm_cpus(int *cpu, uint32_t room);
int ncb_storm_pool_start(struct ncb_storm_pool *pool, const struct ncb_storm *storm);
int ncb_storm_pool_phase(struct ncb_storm_pool *pool, int phase, char why[NCB_STORM_TEXT]);
bool ncb_storm_two_phases(uint32_t mode);
void ncb_storm_pool_end(struct ncb_storm_pool *pool);

/* -- counters.c: what the PMU counts in the kernel, for each thread -- */

void ncb_storm_counters_open(struct ncb_storm_worker *w);
void ncb_storm_counters_on(const struct ncb_storm_worker *w);
void ncb_storm_counters_off(const struct ncb_storm_worker *w);
void ncb_storm_counters_add(struct ncb_storm *storm, const char *name, uint64_t value,
			    const char *why);
void ncb_storm_counters_take(const struct ncb_storm_pool *pool, struct ncb_storm *storm,
			     uint64_t last[NCB_STORM_COUNTERS]);
void ncb_storm_counters_close(struct ncb_storm_worker *w);

/* -- judge.c: pure: what a mode allows to be returned -- */

bool ncb_storm_allowed(uint32_t mode, enum ncb_storm_what what, int result);
/* NULL, or why the round was not what the mode is, malloc'd. */
char *ncb_storm_judge(const struct ncb_storm *storm, const struct ncb_storm_call *call, size_t calls,
		      bool cut_short);

/* -- pair.c: pure: from the probes' events to records -- */

/**
 * struct ncb_storm_pairing - events of one round
 * @event, @events: as they were read
 * @lost: some found no room: what is not whole is none
 * @task: of the threads, @threads of them
 * @helpers: others load for the threads: a task that is none is of the module's thread; without
 *	them it is nobody of the storm
 * @modules: of the storm, from 0
 * @key: of the chain's notifiers, @keys of them
 * @storm, @round: of the records
 * @base: when the first storm began
 */
struct ncb_storm_pairing {
	const struct ncb_storm_event *event;
	size_t events;
	bool lost;
	const uint32_t *task;
	uint32_t threads;
	bool helpers;
	uint32_t modules;
	const uint64_t *key;
	uint32_t keys;
	uint32_t storm, round;
	uint64_t base;
};

/*
 * Appends to @s; returns how many events were of no use, because others were lost.
 * *@foreign gets how many were of modules or tasks that are not the storm's.
 */
size_t ncb_storm_pair(const struct ncb_storm_pairing *p, struct ncb_storms *s, size_t *foreign);

/* -- probe.c: ncb_storm.ko -- */

/**
 * struct ncb_storm_probe - the module, loaded and open
 * @fd: of its device
 * @info: as it was opened
 * @lost, @calls: as last read
 * @event, @events, @room: read and not paired yet
 * @key, @keys: of the chain
 */
struct ncb_storm_probe {
	int fd;
	struct ncb_storm_info info;
	uint64_t lost, calls;
	struct ncb_storm_event *event;
	size_t events, room;
	uint64_t *key;
	uint32_t keys;
};

int ncb_storm_probe_open(struct ncb_storm_probe *p, const char *dir, uint32_t records);
int ncb_storm_probe_other(const struct ncb_storm_probe *p, const char *module);
int ncb_storm_probe_set(const struct ncb_storm_probe *p, const struct ncb_storm *storm);
int ncb_storm_probe_drain(struct ncb_storm_probe *p, bool *lost);
int ncb_storm_probe_chain(struct ncb_storm_probe *p, struct ncb_storms *s);
void ncb_storm_probe_close(struct ncb_storm_probe *p);

/* -- memory.c -- */

/**
 * struct ncb_storm_level - what is loaded and taken
 * @modules: how many of ours are loaded, by name; @named: one of them, or ""
 * @bytes: see struct ncb_storm_memory
 */
struct ncb_storm_level {
	uint32_t modules;
	char named[NCB_STORM_NAME];
	uint64_t bytes[NCB_MEMORY_KINDS];
};

void ncb_storm_level(const char *root, struct ncb_storm_level *level);
/* What /proc/meminfo says of it; the rest of @bytes stays as it is. NULL: it says nothing. */
void ncb_storm_meminfo(const char *text, uint64_t bytes[NCB_MEMORY_KINDS]);
void ncb_storm_note_memory(struct ncb_storms *s, uint32_t storm, uint32_t round, uint32_t moment,
			   uint64_t at_ns);
/* The lines of modules/stats, malloc'd; 0 where the kernel has it not. */
size_t ncb_storm_module_stats(const char *root, struct ncb_storm_count **out);
void ncb_storm_stats_add(struct ncb_storm *storm, const struct ncb_storm_count *before, size_t n);
bool ncb_storm_leaks(const struct ncb_storms *s, char why[NCB_STORM_TEXT]);
/* Whether more of ours is loaded than @before, which gets into @why. */
bool ncb_storm_left_modules(const char *root, const struct ncb_storm_level *before,
			    char why[NCB_STORM_TEXT]);
/* "" into @s->leak, or what is not as it was. */
void ncb_storm_check_leak(struct ncb_storms *s, const struct ncb_storm_level *before);

/* -- sampler.c: memory while loads are under way -- */

#define NCB_STORM_LOOKS_MAX	2000

/**
 * struct ncb_storm_sampler - a thread that looks at the memory
 * @began: when the first storm began
 * @fd: of /proc/meminfo
 * @look, @looks: what it saw; of them at_ns and bytes are set
 */
struct ncb_storm_sampler {
	pthread_t thread;
	atomic_bool stop;
	uint64_t began;
	int fd;
	struct ncb_storm_memory *look;
	size_t looks;
};

int ncb_storm_sampler_start(struct ncb_storm_sampler *m, uint64_t began);
void ncb_storm_sampler_stop(struct ncb_storm_sampler *m);
void ncb_storm_sampler_thin(struct ncb_storm_sampler *m);

/* -- limits.c -- */

uint64_t ncb_storm_cgroup_pids(const char *root);
int ncb_storm_check_limits(const struct ncb_storms *s, const char *templates, const char *copies,
			   char why[NCB_STORM_TEXT]);

/* -- clean.c -- */

bool ncb_storm_is_ours(const char *root, const char *module);
bool ncb_storm_in_the_way(const char *root, const struct ncb_storms *s, char why[NCB_STORM_TEXT]);
int ncb_storm_unload(const char *module);
int ncb_storm_unload_payloads(void);
char *ncb_storm_make_folder(const char *root);
bool ncb_storm_remove_folder(const char *path);
size_t ncb_storm_remove_folders(const char *root);

/* -- packaged.c: a packaged module in place of payloads; in guests -- */

/**
 * struct ncb_packaged - modules of the kernel's package that are loaded
 * @name: in load order: what the module needs, then itself, @names of them
 * @load: indices of those that we loaded, @loaded of them
 */
struct ncb_packaged {
	char **name;
	size_t names, *load, loaded;
};

/* Names in a list, one a line, malloc'd each; 0: it is empty or one is none. */
size_t ncb_packaged_parse(const char *text, char ***names);
int ncb_packaged_begin(struct ncb_packaged *p, const char *dir, const char *module,
		       char why[NCB_STORM_TEXT]);
int ncb_packaged_end(struct ncb_packaged *p);
bool ncb_packaged_is_loaded(const char *root, const char *module);

/* -- autoload.c -- */

int ncb_autoload_begin(const struct ncb_payloads *p);
uint32_t ncb_autoload_end(void);

#endif /* NCB_STORMING_H */
