/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Optional parts of a run that other programs made: what perf said, what
 * hyperfine said. Each is one JSON object in result.json, kept as it is, with
 * "reason": "" where it is there, else why it is not.
 */
#ifndef NCB_PART_H
#define NCB_PART_H

#include <jansson.h>
#include "estimate.h"
#include "ncbench.h"

#define NCB_PART_TEXT	400	/* bytes of a text in a part, with its end */

/* For readers: whether a field is what it has to be. */
bool ncb_part_text(const json_t *part, const char *key, size_t size);
bool ncb_part_number(const json_t *part, const char *key, double low, double high);
/* The same, or null. */
bool ncb_part_maybe(const json_t *part, const char *key, double low, double high);

/* Values of fields that were looked at. */
const char *ncb_part_string(const json_t *part, const char *key);
double ncb_part_value(const json_t *part, const char *key);

/* For writers: null where a number is not known, and for a bound that is infinite. */
json_t *ncb_part_real(double value);
json_t *ncb_part_interval(struct ncb_interval v);

/* What another program printed, fit for a report: malloc'd, ASCII, NCB_PART_TEXT at most. */
char *ncb_part_clean(const char *text);
/* The line of a log that says what went wrong, cleaned; malloc'd, "" where there is none. */
char *ncb_part_complaint(const char *path);

#endif /* NCB_PART_H */
