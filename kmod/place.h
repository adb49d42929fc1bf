/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine did meanwhile: stolen time, SMIs, frequency. */
#ifndef NCB_PLACE_H
#define NCB_PLACE_H

#include "ncbench_uapi.h"

void ncb_place_read(struct ncb_place *p);
void ncb_place_since(struct ncb_place *p, const struct ncb_place *before);

#endif /* NCB_PLACE_H */
