/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the kernel under test runs. One file and one entry in table.c each. */
#ifndef NCB_TARGET_H
#define NCB_TARGET_H

#include "../run.h"
#include "../plan.h"

struct ncb_behaviour;

/**
 * struct ncb_run_options - what `ncbench run` was asked for
 * @target: name, or "auto"
 * @profile: quick, default, full
 * @rows: shell pattern over row ids, or NULL
 * @arms: comma-separated names of arms, or NULL for the profile's
 * @name: of the run, or NULL
 * @results: folder that runs are kept in
 * @seed: 0: from the clock
 * @reloads, @blocks: 0: as the profile says
 * @precision: a share; 0: the reloads are all there is
 * @time_limit: seconds, with @precision: no reload begins later
 * @enough: with @precision: whether row @row has been measured enough; asked
 *	after the reloads of the profile, then after each further one. NULL: as is
 * @enough_data: passed to it
 * @events: what to count, names separated by commas; "auto", "none"; NULL: auto
 * @steady: set governor and turbo, and restore them
 * @arch: for guests: name of the machine that it is, or NULL: this one
 * @kernel: for guests: "6.1" (packaged, fetched), or a vmlinuz
 * @headers: for guests with a vmlinuz: the kernel's build folder
 * @module: a ready ncbench.ko, or NULL to build one
 * @built: for target host: folder of modules that 'ncbench module --to' filled, or NULL to
 *	build them
 * @cpu: CPU to measure on, -1: chosen
 * @perf: NCB_PERF_* ored: what perf does in loadings of its own, see perf.h
 * @commands: time whole commands afterwards, see hyperfine.h
 * @alone: with target "auto": no time is measured beside the instructions of a guest
 * @storm: module load storms afterwards, or instead; see storm.h
 * @timeout: seconds after which a guest is ended
 * @program: run this in the guest, with the module as its argument, instead of
 *	measuring; what it prints goes to stdout
 * @word: argument of @program instead, which wants no module; or NULL
 * @append: to the guest's kernel command line; or NULL
 * @link: which of several links of one kernel it is, or NULL; goes into the environment
 * @build: what that kernel was built from and how, likewise
 * @output: file that gets what @program prints; NULL: stdout
 * @behaviour: guests: how its chains behave is asked instead of measuring, see
 *	../behaviour.h; or NULL
 */
struct ncb_run_options {
	const char *target;
	const char *profile;
	const char *rows;
	const char *arms;
	const char *name;
	const char *results;
	uint64_t seed;
	uint32_t reloads;
	uint32_t blocks;
	double precision;
	double time_limit;
	bool (*enough)(void *data, const struct ncb_rundata *r, size_t row);
	void *enough_data;
	const char *events;
	bool steady;
	const char *arch;
	const char *kernel;
	const char *headers;
	const char *module;
	const char *built;
	int cpu;
	uint32_t perf;
	bool commands, alone;
	struct ncb_storm_options storm;
	double timeout;
	const char *program, *word, *append, *link, *build, *output;
	struct ncb_behaviour *behaviour;
};

enum ncb_target_storms {
	NCB_STORMS_NEVER,	/* no module is loaded there */
	NCB_STORMS_AGREED,	/* others use the machine: where it was agreed to */
	NCB_STORMS_ALWAYS	/* it is the run's alone: with the profile's rows, unasked */
};

struct ncb_memory_subject;

/**
 * struct ncb_target - a place to run the kernel
 * @name: as in TARGET=
 * @summary: one line
 * @exact: expected to count instructions, so that few samples are enough
 * @storms: whether modules are loaded there in storms
 * @on_request: TARGET=auto never takes it
 * @any_arch: it can be another machine than this
 * @takes_built: ncb_run_options.built is for it
 * @possible: 0 where it can run here, -errno otherwise; @why gets the reason
 *	in one sentence with the way out, in both cases
 * @run: builds what it needs, measures the rows of the plan, fills @r (rows,
 *	samples, environment, metric); 0 or -errno; a run that was interrupted or
 *	broke half-way leaves what it has in @r, with @r->interrupted set
 * @kernel: the files of the kernel that is measured, see ../memory_ask.h; 0 or -errno with
 *	a message; NULL: none is
 */
struct ncb_target {
	const char *name;
	const char *summary;
	bool exact;
	enum ncb_target_storms storms;
	bool on_request;
	bool any_arch;
	bool takes_built;
	int (*possible)(const struct ncb_run_options *o, char *why, size_t size);
	int (*run)(const struct ncb_run_options *o, struct ncb_rundata *r);
	int (*kernel)(const struct ncb_run_options *o, struct ncb_memory_subject *s);
};

extern const struct ncb_target *const ncb_targets[];
extern const size_t ncb_target_count;
const struct ncb_target *ncb_target_find(const char *name);

/**
 * struct ncb_device - what measures: the module in a kernel, or what stands in for it
 * @name: for messages
 * @load, @unload: bring it in and take it out; each time anew is what a reload is
 * @open, @close: while it is loaded
 * @ioctl: NCB_IOC_INFO, NCB_IOC_RUN or NCB_IOC_EVENTS; returns the device's own 0 or -errno and
 *	says nothing
 * @file: what is loaded
 * @fd, @handle: the device's own
 *
 * All others return 0 or -errno with a message.
 */
struct ncb_device {
	const char *name;
	int (*load)(struct ncb_device *d);
	int (*open)(struct ncb_device *d);
	int (*ioctl)(struct ncb_device *d, unsigned int request, void *arg);
	void (*close)(struct ncb_device *d);
	int (*unload)(struct ncb_device *d);
	const char *file;
	int fd;
	void *handle;
};

/* -- module.c: building and loading ncbench.ko -- */
/* The module at @ko in the kernel this runs in; @ko has to stay. */
struct ncb_device ncb_module_device(const char *ko);
/* Builds for the kernel whose build folder is @kdir into .build/; path malloc'd in @ko. */
int ncb_module_build(const char *kdir, char **ko);
/* Builds all that there is for a kernel and copies it into a folder, which is made. */
int ncb_module_build_into(const char *kdir, const char *dir);
/* Builds kmod/payload likewise; the folder of the modules malloc'd in @dir. */
int ncb_payload_build(const char *kdir, char **dir);
/* Builds kmod/storm likewise. */
int ncb_storm_build(const char *kdir, char **dir);
/* Builds kmod/behaviour likewise; the path of the module malloc'd in @ko. */
int ncb_behaviour_build(const char *kdir, char **ko);
int ncb_module_load(const char *ko);	/* finit_module */
int ncb_load_file(const char *ko, const char *parameters);
const char *ncb_load_advice(int err);
int ncb_module_unload(void);
void ncb_module_note(const char *ko, const char *size_tool, struct ncb_rundata *r);
bool ncb_module_loaded(void);

/**
 * struct ncb_section - who looks on while the kernel is measured
 * @opened: what measures is loaded and open, no row has begun; 0 or -errno
 * @begin: a row is about to be measured; other than 0: no more rows
 * @end: it is done, @begin having been called
 * @again: all rows are done: whether they are to be measured once more
 * @closing: before it is closed and unloaded, also after an error
 * @data: passed to all
 */
struct ncb_section {
	int (*opened)(void *data);
	int (*begin)(void *data);
	void (*end)(void *data);
	bool (*again)(void *data);
	void (*closing)(void *data);
	void *data;
};

/* -- ../measure.c: the measuring half; as root, in the kernel under test -- */
int ncb_measuring_cpu(int wanted, struct ncb_rundata *r);
void ncb_anywhere(void);
int ncb_measure(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		void (*progress)(void *data, double share, const char *detail), void *data);
int ncb_measure_aside(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		      const struct ncb_section *section,
		      void (*progress)(void *data, double share, const char *detail), void *data);

#endif /* NCB_TARGET_H */
