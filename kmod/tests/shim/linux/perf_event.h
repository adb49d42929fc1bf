/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counting in the kernel needs of it. Without CONFIG_PERF_EVENTS nothing is
 * asked of it; with it, a test is the PMU: see test_counters.c.
 */
#ifndef SHIM_LINUX_PERF_EVENT_H
#define SHIM_LINUX_PERF_EVENT_H

#include <linux/types.h>

enum perf_event_state {
	PERF_EVENT_STATE_ERROR = -2,
	PERF_EVENT_STATE_OFF = -1,
	PERF_EVENT_STATE_INACTIVE = 0,
	PERF_EVENT_STATE_ACTIVE = 1,
};

struct perf_event_attr {
	u32 type, size;
	u64 config, config1, config2;
	u64 disabled : 1, pinned : 1, exclude_user : 1, exclude_kernel : 1, exclude_hv : 1;
};

struct perf_event;
struct task_struct;

struct pmu {
	void (*read)(struct perf_event *event);
};

typedef struct {
	u64 value;
} local64_t;

#define local64_read(l)		((l)->value)

struct perf_event {
	enum perf_event_state state;
	int oncpu;
	struct pmu *pmu;
	local64_t count;
	struct perf_event_attr attr;
};

struct perf_event *perf_event_create_kernel_counter(struct perf_event_attr *attr, int cpu,
						    struct task_struct *task, void *handler,
						    void *context);
u64 perf_event_read_value(struct perf_event *event, u64 *enabled, u64 *running);
int perf_event_release_kernel(struct perf_event *event);

#endif /* SHIM_LINUX_PERF_EVENT_H */
