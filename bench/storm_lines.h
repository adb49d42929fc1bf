/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of storm.csv.gz; storm_file.c writes and reads the whole of it. */
#ifndef NCB_STORM_LINES_H
#define NCB_STORM_LINES_H

#include "lines.h"
#include "storm.h"

void ncb_storm_lines_put(struct ncb_lines_out *out, const struct ncb_storms *s);
int ncb_storm_lines_read(struct ncb_lines *l, struct ncb_storms *s, uint64_t most);

#endif /* NCB_STORM_LINES_H */
