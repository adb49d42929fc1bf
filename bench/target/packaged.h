/* SPDX-License-Identifier: GPL-2.0-only */
/* A module of a kernel's package and what it needs, for a guest. */
#ifndef NCB_PACKAGED_H
#define NCB_PACKAGED_H

#include "kernel.h"

int ncb_packaged_collect(const struct ncb_machine *m, const struct ncb_kernel *k,
			 const char *module, const char *dir);

#endif /* NCB_PACKAGED_H */
