/* SPDX-License-Identifier: GPL-2.0-only */
/* Serialised reads of the best clock that the architecture offers. */
#ifndef NCB_CLOCK_H
#define NCB_CLOCK_H

#include <linux/types.h>

#if defined(__x86_64__) || defined(__i386__)
#define NCB_CLOCK_NAME "tsc"

/* Nothing before is still running when the counter is read, nothing after has begun. */
static __always_inline u64 ncb_ticks(void)
{
	u32 low, high;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=a" (low), "=d" (high) : : "memory");
	return (u64)high << 32 | low;
}

#elif defined(__aarch64__)
#define NCB_CLOCK_NAME "cntvct"

static __always_inline u64 ncb_ticks(void)
{
	u64 ticks;

	asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r" (ticks) : : "memory");
	return ticks;
}

#else
#include <asm/barrier.h>
#include <linux/timekeeping.h>
#define NCB_CLOCK_NAME "ktime"

static __always_inline u64 ncb_ticks(void)
{
	u64 ticks;

	mb();
	ticks = ktime_get_ns();
	mb();
	return ticks;
}
#endif

#endif /* NCB_CLOCK_H */
