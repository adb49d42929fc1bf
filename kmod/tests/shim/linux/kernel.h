/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>
#include "shim.h"

enum system_states { SYSTEM_BOOTING, SYSTEM_RUNNING };
extern enum system_states system_state;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define swap(a, b) \
	do { typeof(a) tmp_ = (a); (a) = (b); (b) = tmp_; } while (0)

#define min(a, b) \
	({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) \
	({ typeof(a) a_ = (a); typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })

/* No option of any kernel is on. */
#define IS_ENABLED(option)	0

/* The text and its arguments are for people. */
#define WARN(condition, ...)	((condition) ? (void)shim.warned++ : (void)0)
#define BUG()			shim_die("BUG()")

#endif /* SHIM_LINUX_KERNEL_H */
