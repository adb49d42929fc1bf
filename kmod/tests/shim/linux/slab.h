/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/errno.h>
#include "shim.h"

#define GFP_KERNEL	0

#define kvzalloc(size, gfp)	shim_zalloc(size)
#define kvcalloc(n, size, gfp)	shim_zalloc((size_t)(n) * (size))
#define kvfree(p)		free(p)

#endif /* SHIM_LINUX_SLAB_H */
