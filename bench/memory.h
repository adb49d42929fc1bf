/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the list design costs a kernel in memory, as ncbench-memory says it
 * (bench/memory/bill.h, types_json.h): the part "memory" of a run.
 */
#ifndef NCB_MEMORY_H
#define NCB_MEMORY_H

#include "part.h"
#include "report.h"

#define NCB_MEMORY_PARTS	5	/* notifier_block and four heads */
#define NCB_MEMORY_STRUCTS_MAX	65536u
#define NCB_MEMORY_BYTES_MAX	(1ll << 53)

/* NULL, or the name of the field of result.json's "memory" that is damaged. */
const char *ncb_memory_check(const json_t *memory);
/* A run that has nothing else. */
bool ncb_memory_only(const struct ncb_rundata *r);

/* -- report_memory.c -- */

/* What a report of any run says about memory; nothing where there is no such part. */
void ncb_memory_report(struct ncb_report *report, const struct ncb_rundata *r);
/* All that a report says of a run that has nothing else. */
void ncb_memory_report_only(struct ncb_report *report, const struct ncb_rundata *r);

/* -- compare_memory.c: two runs that have nothing else -- */

struct ncb_report *ncb_memory_compare(const struct ncb_rundata *a, const struct ncb_rundata *b);

#endif /* NCB_MEMORY_H */
