/* SPDX-License-Identifier: GPL-2.0-only */
/* One row over many kernels. */
#ifndef NCB_TREND_H
#define NCB_TREND_H

#include "compare.h"
#include "report.h"

/**
 * struct ncb_trend_point - one kernel
 * @side: its runs
 * @cost: of the row, in the metric's unit
 * @relative: to the module's own engines
 * @first, @previous: change against those kernels; corrected over the whole
 *	trend; not valid for the first kernel
 */
struct ncb_trend_point {
	struct ncb_side side;
	struct ncb_interval cost, relative;
	struct ncb_pair first, previous;
};

/**
 * struct ncb_trend - the kernels in their order
 * @row, @arm: names
 * @point: @points of them
 */
struct ncb_trend {
	const char *row, *arm;
	struct ncb_compare_options options;
	struct ncb_trend_point *point;
	size_t points;
};

/* @sides stay with the caller, as does @row. The row has to be on all sides, with @arm. */
struct ncb_trend *ncb_trend_new(const struct ncb_side *sides, size_t n, const char *row,
				const char *arm, const struct ncb_compare_options *o);
void ncb_trend_free(struct ncb_trend *t);
/* The row that all sides have and that is most like @wanted; NULL: they share none. */
const char *ncb_trend_row(const struct ncb_side *sides, size_t n, const char *wanted,
			  const char *arm);
struct ncb_report *ncb_trend_report(const struct ncb_trend *t);
/* Where memory is all that they share. */
struct ncb_report *ncb_trend_memory(const struct ncb_side *sides, size_t n);
/* trend.tsv and trend.svg into a folder that exists; as ncb_plot_draw(). */
int ncb_trend_plot(const struct ncb_trend *t, const char *dir);

#endif /* NCB_TREND_H */
