/* SPDX-License-Identifier: GPL-2.0-only */
/* What a report says of events that were counted; nothing where there are none. */
#ifndef NCB_REPORT_COUNTERS_H
#define NCB_REPORT_COUNTERS_H

#include "counts.h"
#include "report.h"

/* Takes the words for the metric, and adds where the other ones stand; malloc'd. */
char *ncb_counters_metric(const struct ncb_stats *s, char *words);
/* Lines above the tables: a frequency that moved. */
void ncb_counters_warn(struct ncb_items *warnings, const struct ncb_stats *s);
/* Below them: whether a known loop is counted right, and why there is n/a ... */
void ncb_counters_trust(struct ncb_items *trust, const struct ncb_stats *s);
/* ... and what the machine did meanwhile. */
void ncb_counters_place(struct ncb_items *trust, const struct ncb_stats *s);
/* Whether anything was counted. */
bool ncb_counters_any(const struct ncb_stats *s);
/* One table of the short view: per block, of the family of @row; true where there is one. */
bool ncb_counters_summary(struct ncb_report *report, const struct ncb_stats *s, size_t row);
/* The tables of the full view: each event, row by row. @order: of all rows. */
void ncb_counters_tables(struct ncb_report *report, const struct ncb_stats *s, const size_t *order);
/* Before and after: rows in which an event's count changed. */
void ncb_counters_compare(struct ncb_report *report, const struct ncb_comparison *c);

/* How events are called: short names of the clock's unit, IPC, and the events themselves. */
const char *ncb_counter_name(const struct ncb_counts *c, int counter);
/* "0.013", "13.00"; malloc'd, seven characters or less where it can be. */
char *ncb_count_text(enum ncb_metric metric, double v);

#endif /* NCB_REPORT_COUNTERS_H */
