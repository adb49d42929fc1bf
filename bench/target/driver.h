/* SPDX-License-Identifier: GPL-2.0-only */
/* The program that runs in a guest: this one, or the same built for another machine. */
#ifndef NCB_DRIVER_H
#define NCB_DRIVER_H

#include "machine.h"

int ncb_driver_possible(const struct ncb_machine *m, char *why, size_t size);
int ncb_driver_build(const struct ncb_machine *m, char **path);

#endif /* NCB_DRIVER_H */
