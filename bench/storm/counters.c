// SPDX-License-Identifier: GPL-2.0-only
/* What the PMU counts while a thread is in the kernel, summed over all threads of a storm. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "storming.h"

static const struct {
	const char *name;
	uint64_t config;
} events[NCB_STORM_COUNTERS] = {
	{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
	{ "cycles", PERF_COUNT_HW_CPU_CYCLES },
	{ "branch-misses", PERF_COUNT_HW_BRANCH_MISSES },
	{ "cache-misses", PERF_COUNT_HW_CACHE_MISSES },
};

/* As the kernel gives it. */
struct reading {
	uint64_t value, enabled, running;
};

/** ncb_storm_counters_open - for the thread that calls; -1 where there is none */
void ncb_storm_counters_open(struct ncb_storm_worker *w)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(attr), .disabled = 1, .exclude_user = 1,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	size_t i;

	for (i = 0; i < NCB_STORM_COUNTERS; i++) {
		attr.config = events[i].config;
		w->counter[i] = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
		w->counter_err[i] = w->counter[i] < 0 ? errno : 0;
	}
}

static void all(const struct ncb_storm_worker *w, unsigned long request)
{
	size_t i;

	for (i = 0; i < NCB_STORM_COUNTERS; i++)
		if (w->counter[i] >= 0)
			ioctl(w->counter[i], request, 0);
}

/** ncb_storm_counters_on - before a thread begins to work */
void ncb_storm_counters_on(const struct ncb_storm_worker *w)
{
	all(w, PERF_EVENT_IOC_ENABLE);
}

/** ncb_storm_counters_off - when it has finished */
void ncb_storm_counters_off(const struct ncb_storm_worker *w)
{
	all(w, PERF_EVENT_IOC_DISABLE);
}

/* Over all threads; why it is not known, or NULL. */
static const char *sum(const struct ncb_storm_pool *pool, size_t event, uint64_t *out)
{
	struct reading r;
	uint32_t i;

	*out = 0;
	for (i = 0; i < pool->threads; i++) {
		const struct ncb_storm_worker *w = &pool->worker[i];

		if (w->counter[event] < 0)
			return w->counter_err[event] == ENOENT || w->counter_err[event] == EOPNOTSUPP ?
			       "this machine has no such counter" : strerror(w->counter_err[event]);
		if (read(w->counter[event], &r, sizeof(r)) != sizeof(r))
			return "it cannot be read";
		if (r.running < r.enabled)
			return "others took the counter in part of the time";
		*out += r.value;
	}
	return NULL;
}

/**
 * ncb_storm_counters_take - what was counted since the last time
 * @pool: the threads, none of which works
 * @storm: gets it added to its own
 */
void ncb_storm_counters_take(const struct ncb_storm_pool *pool, struct ncb_storm *storm,
			     uint64_t last[NCB_STORM_COUNTERS])
{
	const char *why[NCB_STORM_COUNTERS];
	size_t i, k, counted = 0;
	uint64_t value;

	for (i = 0; i < NCB_STORM_COUNTERS; i++) {
		why[i] = sum(pool, i, &value);
		if (why[i])
			continue;
		counted++;
		for (k = 0; k < storm->counts && strcmp(storm->count[k].name, events[i].name); k++)
			;
		if (k == storm->counts) {
			storm->count = ncb_grow(storm->count, storm->counts + 1, sizeof(*storm->count));
			memset(&storm->count[k], 0, sizeof(*storm->count));
			snprintf(storm->count[k].name, sizeof(storm->count[k].name), "%s",
				 events[i].name);
			storm->counts++;
		}
		storm->count[k].value += value - last[i];
		last[i] = value;
	}
	if (!counted)
		snprintf(storm->why_none, sizeof(storm->why_none), "%s: %s", events[0].name, why[0]);
}

/** ncb_storm_counters_close - for the thread that calls, at its end */
void ncb_storm_counters_close(struct ncb_storm_worker *w)
{
	size_t i;

	for (i = 0; i < NCB_STORM_COUNTERS; i++)
		if (w->counter[i] >= 0)
			close(w->counter[i]);
}
