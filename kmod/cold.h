/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting memory out of the data caches. */
#ifndef NCB_COLD_H
#define NCB_COLD_H

#include <linux/cache.h>
#include <linux/types.h>

#if defined(__x86_64__)
#define NCB_HAVE_COLD 1
static inline void ncb_cold_line(const char *p)
{
	asm volatile("clflush %0" : : "m" (*p) : "memory");
}

static inline void ncb_cold_done(void)
{
	asm volatile("mfence" : : : "memory");
}
#elif defined(__aarch64__)
#define NCB_HAVE_COLD 1
static inline void ncb_cold_line(const char *p)
{
	asm volatile("dc civac, %0" : : "r" (p) : "memory");
}

static inline void ncb_cold_done(void)
{
	asm volatile("dsb sy" : : : "memory");
}
#else
#define NCB_HAVE_COLD 0
static inline void ncb_cold_line(const char *p)
{
}

static inline void ncb_cold_done(void)
{
}
#endif

/* L1_CACHE_BYTES can be more than a line (a distribution's worst case), so 32. */
static inline void ncb_cold_flush(const void *start, size_t size)
{
	const char *p = (const char *)((unsigned long)start & ~31ul);

	for (; p < (const char *)start + size; p += 32)
		ncb_cold_line(p);
}

#endif /* NCB_COLD_H */
