/* SPDX-License-Identifier: GPL-2.0-only */
/* What a report says of module load storms; nothing where there are none. Pure. */
#ifndef NCB_REPORT_STORM_H
#define NCB_REPORT_STORM_H

#include "report.h"
#include "storm_view.h"

#define NCB_STORM_DRIVER_MOST	0.02	/* share of the threads' time that may be the driver's own */
#define NCB_STORM_LINE_MOST	0.05	/* share of a median that it may be off the line of a sweep */
#define NCB_STORM_BEND_MOST	0.1	/* the same, as a share of what the line rises by */

/* Whether a run is nothing but storms. */
bool ncb_storms_only(const struct ncb_rundata *r);
/* "ns" or "insn": what the run's clock counts. */
const char *ncb_storm_unit(const struct ncb_rundata *r);
/* In words; @order as ncb_storms_order() says it. */
const char *ncb_storms_order_words(int order);

/* Lines above the tables: what forbids quoting. */
void ncb_storms_warn(struct ncb_items *w, const struct ncb_rundata *r);
/* Below them: what makes storms true, how to read them, what was not done. */
void ncb_storms_about(struct ncb_report *report, const struct ncb_rundata *r,
		      const struct ncb_storm_view *v);
/* Lines of the first screen, as a cover letter quotes them. */
void ncb_storms_summary(struct ncb_report *report, const struct ncb_rundata *r,
			const struct ncb_storm_view *v);

/* -- report_storm_tables.c -- */
void ncb_storms_tables(struct ncb_report *report, const struct ncb_storm_view *v);

/* -- report_compare_storm.c: before and after -- */
struct ncb_comparison;
void ncb_storms_compare_report(struct ncb_report *report, const struct ncb_comparison *c);

/* -- texts, malloc'd -- */
/* "41.2 ns", "1.23 ms"; "1.23 Minsn"; "n/a". */
char *ncb_storm_time(const struct ncb_rundata *r, double v);
/* The same with its interval, "41.2 ns [38.1,44.3]". */
char *ncb_storm_time_interval(const struct ncb_rundata *r, struct ncb_interval v);
/* "[38.1,44.3]" in @divisor, or "one round" where there is no interval of it; "" is exact. */
char *ncb_storm_bounds(struct ncb_interval v, double divisor);
/* In us, or in thousands of instructions, for tables; "n/a". */
char *ncb_storm_cell(double v);
char *ncb_storm_bytes(double v);	/* "1.2 MiB" */
char *ncb_storm_share(double v);	/* "0.021 %" */
char *ncb_storm_figure(double v);	/* three digits or more, "n/a" */
const char *ncb_storm_cell_unit(const struct ncb_rundata *r);	/* "us", "kinsn" */

#endif /* NCB_REPORT_STORM_H */
