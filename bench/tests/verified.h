/* SPDX-License-Identifier: GPL-2.0-only */
/* A text held against the report of a run. After cmocka.h. */
#ifndef NCB_VERIFIED_H
#define NCB_VERIFIED_H

#include <stdio.h>
#include "../verify.h"

static inline struct ncb_verified verify(const struct ncb_rundata *r, const char *text)
{
	struct ncb_stats *s = ncb_stats_new(r);
	struct ncb_report *report = ncb_report_new(s);
	struct ncb_verified found;
	FILE *f = fopen("/dev/null", "w");

	assert_non_null(f);
	ncb_verify(report, text, f, &found);
	fclose(f);
	ncb_report_free(report);
	ncb_stats_free(s);
	return found;
}

#endif /* NCB_VERIFIED_H */
