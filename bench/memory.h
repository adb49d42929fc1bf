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
/* The same of its "live", of a kernel that ran. */
const char *ncb_memory_live_check(const json_t *live);
/* A run that has nothing else. */
bool ncb_memory_only(const struct ncb_rundata *r);

/* -- report_memory.c -- */

/* What a report of any run says about memory; nothing where there is no such part. */
void ncb_memory_about(struct ncb_report *report, const struct ncb_rundata *r);
void ncb_memory_summary(struct ncb_report *report, const struct ncb_rundata *r);
void ncb_memory_tables(struct ncb_report *report, const struct ncb_rundata *r);
/* All that a report says of a run that has nothing else. */
void ncb_memory_report_only(struct ncb_report *report, const struct ncb_rundata *r);

/* Figures of the part, always from the singly-linked list to the doubly-linked one. */
int64_t ncb_memory_growth(const json_t *m, const json_t *of, const char *key);
int64_t ncb_memory_added(const json_t *m, const json_t *of, const char *key);
bool ncb_memory_doubly(const json_t *m);
bool ncb_memory_none(const json_t *of);
const json_t *ncb_memory_census(const json_t *m, const char *which);
const json_t *ncb_memory_chain(const json_t *m, const json_t *chain, const char *name, bool new);
const json_t **ncb_memory_structs(const json_t *m, size_t *n);
char *ncb_memory_change(const json_t *m, const json_t *of, const char *key);
const char *ncb_memory_file(const json_t *m);

/* -- report_live.c: of its "live", where there is one -- */

void ncb_memory_report_live(struct ncb_report *report, const json_t *memory);

/* -- report_memory_rows.c -- */

void ncb_memory_check_compiled(struct ncb_items *items, const struct ncb_rundata *r);

/* -- report_compare_memory.c -- */

/* Whether memory is all that is compared. */
bool ncb_memory_alone(const struct ncb_comparison *c);
/* What a comparison of any runs says about memory; nothing where there is none. */
void ncb_memory_compare_report(struct ncb_report *report, const struct ncb_comparison *c);
/* All that one says of nothing else. */
void ncb_memory_compare_only(struct ncb_report *report, const struct ncb_comparison *c);
/* A table of kernels, @n of them; nothing where none of them knows. */
void ncb_memory_trend(struct ncb_report *report, const struct ncb_side *side, size_t n);

#endif /* NCB_MEMORY_H */
