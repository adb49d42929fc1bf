// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shape percpu: NCB_PAYLOAD_PERCPU bytes of static data for each CPU. All modules
 * together get 8 KiB of such: few copies can be loaded at once.
 */
#include <linux/percpu.h>
#include "shape.h"

static DEFINE_PER_CPU(char [NCB_PAYLOAD_PERCPU], percpu_data) __used;
