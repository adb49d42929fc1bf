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

static struct ncb_storm_count *entry(struct ncb_storm *storm, const char *name)
{
	struct ncb_storm_count *c;
	size_t i;

	for (i = 0; i < storm->counts && strcmp(storm->count[i].name, name); i++)
		;
	if (i == storm->counts) {
		storm->count = ncb_grow(storm->count, storm->counts + 1, sizeof(*storm->count));
		c = &storm->count[storm->counts++];
		memset(c, 0, sizeof(*c));
		snprintf(c->name, sizeof(c->name), "%s", name);
	}
	return &storm->count[i];
}

static void add_reason(struct ncb_storm *storm, const char *name, const char *why)
{
	size_t n = strlen(storm->why_none);

	snprintf(storm->why_none + n, sizeof(storm->why_none) - n, "%s%s: %s", n ? "; " : "", name, why);
}

/**
 * ncb_storm_counters_add - what an event counted in a round
 * @storm: gets it added to its own
 * @name: of the event
 * @value: it counted; without meaning where there is a
 * @why: it is not known, or NULL
 *
 * A sum that lacks a round is none: from then on it is not known, and the first reason stays.
 */
void ncb_storm_counters_add(struct ncb_storm *storm, const char *name, uint64_t value,
			    const char *why)
{
	struct ncb_storm_count *c = entry(storm, name);

	if (c->value == NCB_STORM_UNKNOWN)
		return;
	c->value = why ? NCB_STORM_UNKNOWN : c->value + value;
	if (why)
		add_reason(storm, name, why);
}

/**
 * ncb_storm_counters_take - what was counted since the last time
 * @pool: the threads, none of which works
 * @storm: gets it added to its own
 * @last: what they had counted then; gets what they have now
 */
void ncb_storm_counters_take(const struct ncb_storm_pool *pool, struct ncb_storm *storm,
			     uint64_t last[NCB_STORM_COUNTERS])
{
	const char *why[NCB_STORM_COUNTERS];
	uint64_t value[NCB_STORM_COUNTERS];
	size_t i, known = storm->counts;

	for (i = 0; i < NCB_STORM_COUNTERS; i++) {
		why[i] = sum(pool, i, &value[i]);
		/* Of the rounds between, nobody knows which storm of a sweep they were of. */
		if (!why[i] && last[i] == NCB_STORM_UNKNOWN)
			why[i] = "it could not be read in between";
		known += !why[i];
	}
	for (i = 0; i < NCB_STORM_COUNTERS; i++) {
		if (known)
			ncb_storm_counters_add(storm, events[i].name, value[i] - last[i], why[i]);
		else if (storm->rounds == 1)
			add_reason(storm, events[i].name, why[i]);
		last[i] = why[i] ? NCB_STORM_UNKNOWN : value[i];
	}
}

/** ncb_storm_counters_close - for the thread that calls, at its end */
void ncb_storm_counters_close(struct ncb_storm_worker *w)
{
	size_t i;

	for (i = 0; i < NCB_STORM_COUNTERS; i++)
		if (w->counter[i] >= 0)
			close(w->counter[i]);
}
