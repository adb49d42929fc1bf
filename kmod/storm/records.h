/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of the probes, kept until they are read. */
#ifndef NCB_RECORDS_H
#define NCB_RECORDS_H

#include <linux/types.h>
#include "ncb_storm_uapi.h"

int records_alloc(u32 records);
void records_free(void);
u32 records_capacity(void);
u64 records_lost(void);
void records_lose(void);
void records_add(u32 module, u32 action, enum ncb_storm_position position, u64 callback);
u64 records_interval(void);
void records_forget(void);
ssize_t records_read(char __user *to, size_t size);

#endif /* NCB_RECORDS_H */
