/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions and time of the same rows side by side: of two kernels, or of
 * two designs in one. Rows are joined by name, wherever they stand.
 */
#ifndef NCB_REPORT_BESIDE_H
#define NCB_REPORT_BESIDE_H

#include "compare.h"
#include "report.h"

/**
 * struct ncb_beside - comparisons of the same two things in two metrics
 * @insn: in instructions; NULL: not measured
 * @time: in ns or cycles; NULL: not measured
 * @heads: of the columns: old and new in instructions, old and new in time
 * @what: is compared, for titles: "native, B against A"
 */
struct ncb_beside {
	const struct ncb_comparison *insn, *time;
	const char *heads[4];
	const char *what;
};

/* One table with the rows of the short view, one with all; @fewer: other things take room, too. */
void ncb_beside_tables(struct ncb_report *report, const struct ncb_beside *b, bool fewer);
/* Rows in which the two disagree; nothing where there are none. */
void ncb_beside_disagreements(struct ncb_items *items, const struct ncb_beside *b);
/* What either can show and what it cannot. */
void ncb_beside_legend(struct ncb_items *items, const struct ncb_beside *b);
/* What came out, for a quote: malloc'd. */
char *ncb_beside_insn_text(const struct ncb_comparison *c);
char *ncb_beside_time_text(const struct ncb_comparison *c);
/* The same as large figures. */
void ncb_beside_cards(struct ncb_items *cards, const struct ncb_beside *b);
/* report_beside_run.c: the two designs in both metrics, where a run has another one beside it. */
void ncb_report_beside_run(struct ncb_report *report, const struct ncb_stats *s);
/* How many rows the full table has. */
size_t ncb_beside_rows(const struct ncb_beside *b);

#endif /* NCB_REPORT_BESIDE_H */
