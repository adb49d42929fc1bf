/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is on the module loader's chain. */
#ifndef NCB_LISTING_H
#define NCB_LISTING_H

#include <linux/notifier.h>
#include "ncb_storm_uapi.h"

void listing_reset(void);
bool listing_has(u64 key);
void listing_take(const struct notifier_block *first);
int listing_copy(struct ncb_storm_chain *chain);

#endif /* NCB_LISTING_H */
