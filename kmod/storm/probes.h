/* SPDX-License-Identifier: GPL-2.0-only */
/* Our notifiers on the module loader's chain. */
#ifndef NCB_PROBES_H
#define NCB_PROBES_H

#include <linux/notifier.h>
#include <linux/types.h>
#include "ncb_storm_uapi.h"

int probes_alloc(void);
void probes_free(void);
int probes_other(const struct ncb_storm_other *wanted);
int probes_set(const struct ncb_storm_setting *wanted);
u64 probes_calls(void);
u64 probes_vetoes(void);
u32 probes_cost(void);
int probes_payload(const char *name);
bool probes_is_own(notifier_fn_t callback);
bool probes_is_middle(const struct notifier_block *nb);
bool probes_is_last(const struct notifier_block *nb);

#endif /* NCB_PROBES_H */
