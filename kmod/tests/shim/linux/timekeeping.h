/* SPDX-License-Identifier: GPL-2.0-only */
/* For machines whose clock is ktime_get_ns(). */
#include <linux/ktime.h>
