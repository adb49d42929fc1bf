/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernels for guests that are built from source, see ../kbuild/kbuild.h. */
#ifndef NCB_BUILT_H
#define NCB_BUILT_H

#include "../ncbench.h"

#define NCB_BUILT_DEFAULT	"linux-source-6.1"

bool ncb_built_is_source(const char *spec);
int ncb_built_possible(const char *spec, const char *flavour, char *why, size_t size);
int ncb_built_get(const char *spec, const char *flavour, char **image, char **dir);
double ncb_built_seconds(const char *spec, const char *flavour);

#endif /* NCB_BUILT_H */
