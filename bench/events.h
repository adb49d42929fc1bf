/* SPDX-License-Identifier: GPL-2.0-only */
/* Which events to count: names to codes (libpfm4), what this machine has, what counts together. */
#ifndef NCB_EVENTS_H
#define NCB_EVENTS_H

#include <stdio.h>
#include "run.h"
#include "target/target.h"

#define NCB_EVENTS_AUTO	"auto"
#define NCB_EVENTS_NONE	"none"

int ncb_events_check(const char *list, bool here);
int ncb_events_choose(struct ncb_rundata *r, const char *list);
int ncb_events_arrange(struct ncb_rundata *r, struct ncb_device *d);
void ncb_events_request(const struct ncb_rundata *r, uint32_t pass, struct ncb_run *run);
void ncb_events_note(struct ncb_rundata *r, uint32_t pass, const struct ncb_run *run,
		     const char *row);
void ncb_events_finish(struct ncb_rundata *r);
bool ncb_events_pmu(const char *root);
int ncb_events_list(FILE *out);

#endif /* NCB_EVENTS_H */
