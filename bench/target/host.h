/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NCB_HOST_H
#define NCB_HOST_H

#include "target.h"

int ncb_host_lock(void);
int ncb_host_build(const struct ncb_run_options *o, char **ko);

#endif /* NCB_HOST_H */
