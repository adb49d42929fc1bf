/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KTIME_H
#define SHIM_LINUX_KTIME_H

#include <time.h>
#include <linux/types.h>

static inline u64 shim_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (u64)t.tv_sec * 1000000000 + t.tv_nsec;
}

#define ktime_get_ns()		shim_clock_ns(CLOCK_MONOTONIC)
#define ktime_get_raw_ns()	shim_clock_ns(CLOCK_MONOTONIC_RAW)

#endif /* SHIM_LINUX_KTIME_H */
