/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf around the timed section: PERF=stat counts, PERF=record samples.
 *
 * Each of them gets a loading of the module of its own, after the measuring, of
 * which no sample is kept: perf's interrupts and its counters disturb no figure of
 * the run, and take no counter away from those that the module opens.
 *
 * It is attached to this process, and not to the CPU: what is measured is the
 * kernel inside an ioctl of this process. A CPU would add what others do there,
 * and would want more rights. Counters only run while the ioctl does.
 */
#ifndef NCB_PERF_H
#define NCB_PERF_H

#include "flamegraph.h"
#include "part.h"
#include "report.h"
#include "target/target.h"

enum {
	NCB_PERF_STAT	= 1 << 0,
	NCB_PERF_RECORD	= 1 << 1,
};

#define NCB_PERF_EVENTS_MAX	64
#define NCB_PERF_STAT_FILE	"perf-stat.json"
#define NCB_PERF_DATA_FILE	"perf.data"
#define NCB_PERF_REPORT_FILE	"perf-report.txt"
#define NCB_PERF_FOLDED_FILE	"perf-folded.txt"
#define NCB_PERF_FLAME_NAME	"flamegraph"
#define NCB_PERF_FLAME_FILE	NCB_PERF_FLAME_NAME ".svg"

/* "stat", "record", or both with a comma; -EINVAL for anything else. */
int ncb_perf_parse(const char *text, uint32_t *modes);
/* As it is typed; "" for none. Valid for ever. */
const char *ncb_perf_text(uint32_t modes);

/*
 * What @o->perf asks for, into @r->perf and files in @r->files. @kernel: what is
 * measured is the kernel, else this process. Cannot fail: what perf cannot do
 * costs its own part, which says why.
 */
void ncb_perf_measure(const struct ncb_run_options *o, struct ncb_device *d, struct ncb_rundata *r,
		      bool kernel);
/* The same where perf cannot be run at all, for @reason. */
void ncb_perf_none(const struct ncb_run_options *o, struct ncb_rundata *r, const char *reason);

/* How long perf may take to answer and to end, in seconds; tests have less time. */
extern double ncb_perf_patience;
/* And how much 'perf record' has to see, in seconds. */
extern double ncb_perf_seconds;

/* -- perf_record.c -- */

#define NCB_PERF_FREQUENCY	997	/* samples a second: prime, so that it beats with nothing */
#define NCB_PERF_SIZE		(64u << 20)	/* bytes of perf.data at most */

/**
 * struct ncb_perf_recorded - what there is after 'perf record'
 * @dir: folder of perf.data; the report, the chains and the picture go there, too
 * @log: what perf said while it recorded
 * @title: of the picture
 * @object: what is measured
 */
struct ncb_perf_recorded {
	const char *dir, *log, *title;
	struct ncb_stacks_object object;
};
/*
 * Reads it while what was measured is still loaded: names of a module's functions
 * are gone with it. Fields of perf.h's "record" into @part. NULL, or why not, malloc'd.
 */
char *ncb_perf_take_record(const struct ncb_perf_recorded *recorded, json_t *part);

/* -- perf_stat.c: pure -- */

/*
 * What 'perf stat -j' wrote: a list of { "event", "value" (null: n/a), "unit",
 * "running" (percent of the time), "reason" }. NULL with a cleaned sentence in @why.
 */
json_t *ncb_perf_events(const char *text, char why[NCB_PART_TEXT]);
/* NULL, or the name of the field of result.json's "perf" that is damaged. */
const char *ncb_perf_check(const json_t *perf);
/* Sections of the report, and words for its first screen (malloc'd, NULL: nothing). */
void ncb_perf_report(struct ncb_report *report, const struct ncb_rundata *r);
bool ncb_perf_has_picture(const struct ncb_rundata *r);
char *ncb_perf_brief(const struct ncb_rundata *r);

#endif /* NCB_PERF_H */
