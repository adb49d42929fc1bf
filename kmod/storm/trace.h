/* SPDX-License-Identifier: GPL-2.0-only */
/* Which callbacks the kernel calls between two of our own, where it has a tracepoint. */
#ifndef NCB_TRACE_H
#define NCB_TRACE_H

#include <linux/errno.h>
#include <linux/types.h>
#include "ncb_storm_uapi.h"

#ifdef CONFIG_TRACEPOINTS
bool trace_possible(void);
int trace_start(void);
void trace_stop(void);
void trace_window(u32 module, u32 action, enum ncb_storm_position position);
#else
static inline bool trace_possible(void)
{
	return false;
}

static inline int trace_start(void)
{
	return -EOPNOTSUPP;
}

static inline void trace_stop(void)
{
}

static inline void trace_window(u32 module, u32 action, enum ncb_storm_position position)
{
}
#endif

#endif /* NCB_TRACE_H */
