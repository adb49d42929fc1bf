/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NCB_RUN_H
#define NCB_RUN_H

#include "ncbench_uapi.h"

u32 ncb_features(void);
int ncb_run_row(struct ncb_run *par);

#endif /* NCB_RUN_H */
