/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting events of the processor (or the kernel) around a piece of code, from
 * inside the kernel: no system call, no user space in it. kmod/user has none.
 */
#ifndef NCB_COUNTERS_H
#define NCB_COUNTERS_H

#include "ncbench_uapi.h"

struct perf_event;

/**
 * struct ncb_counters - what counts on one CPU
 * @cpu: where
 * @n: used entries of @event
 * @event: NULL where it could not be opened
 */
struct ncb_counters {
	u32 cpu;
	u32 n;
	struct perf_event *event[NCB_EVENTS_MAX];
};

void ncb_counters_open(struct ncb_counters *c, struct ncb_event *event, u32 n, u32 cpu);
void ncb_counters_read(const struct ncb_counters *c, u64 *value);
void ncb_counters_settle(const struct ncb_counters *c, struct ncb_event *event);
void ncb_counters_close(struct ncb_counters *c);

int ncb_events_row(struct ncb_events *par);

#endif /* NCB_COUNTERS_H */
