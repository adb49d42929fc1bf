/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows measured by run.c in userspace: who asks for them, and where it all goes. */
#ifndef ROW_H
#define ROW_H

#include <linux/types.h>
#include "ncbench_uapi.h"

#define ROW_BLOCKS	8
#define ROW_SAMPLES	(NCB_ARMS_MAX * ROW_BLOCKS * NCB_SAMPLES_PER_BLOCK)

/* In the room behind the last number; the module never writes there. */
#define UNTOUCHED	0x5555555555555555ull

/**
 * struct asker - the task that measures
 * @cpu: it runs there
 * @cpus: it may run on so many
 * @signal: one is waiting for it
 */
struct asker {
	u32 cpu;
	int cpus;
	bool signal;
};

extern struct asker asker;

/**
 * struct measured - a row and what came of it
 * @run: asked and answered
 * @sample: @run.count of them
 * @counts: @run.events for each, then UNTOUCHED
 */
struct measured {
	struct ncb_run run;
	struct ncb_sample sample[ROW_SAMPLES];
	u64 counts[(ROW_SAMPLES + 1) * NCB_EVENTS_MAX];
};

void row_reset(void);
void row_prepare(struct measured *m, u32 type, u32 op, u32 events);
int row_measure(struct measured *m);
u64 row_count(const struct measured *m, u64 sample, u32 event);
const struct ncb_sample *row_base(const struct measured *m, const struct ncb_sample *s);

#endif /* ROW_H */
