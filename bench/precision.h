/* SPDX-License-Identifier: GPL-2.0-only */
/* When a run that was asked for a precision has measured enough. */
#ifndef NCB_PRECISION_H
#define NCB_PRECISION_H

#include "run.h"
#include "stats.h"

#define NCB_PRECISION_MIN	0.0001	/* --precision, a share */
#define NCB_PRECISION_MAX	0.5
#define NCB_TIME_LIMIT		600	/* seconds, where none is given */
#define NCB_TIME_LIMIT_MAX	86400

/**
 * struct ncb_precision - what ncb_precise_enough() keeps between its calls
 * @s: figures of the samples so far, or NULL
 * @seen: how many samples that were
 */
struct ncb_precision {
	struct ncb_stats *s;
	size_t seen;
};

/* "1%" to 0.01; -EINVAL where it is no percentage in the range above. */
int ncb_precision_parse(const char *text, double *share);
/* Whether a row's interval is as narrow as @r->precision; @data: struct ncb_precision. */
bool ncb_precise_enough(void *data, const struct ncb_rundata *r, size_t row);
/* Before the run is freed. */
void ncb_precision_free(struct ncb_precision *p);

/* Into and out of result.json; reading returns NULL or the name of the damaged field. */
void ncb_precision_write(const struct ncb_rundata *r, json_t *out);
const char *ncb_precision_read(const json_t *json, struct ncb_rundata *r);
/* For the report, malloc'd: what stopped the run; "" where no precision was asked for. */
char *ncb_precision_text(const struct ncb_rundata *r);

#endif /* NCB_PRECISION_H */
