// SPDX-License-Identifier: GPL-2.0-only
/* A module that depends on ncb_payload: modprobe loads both. */
#include <linux/module.h>
#include "ncb_payload.h"

static int __init payload_init(void)
{
	return ncb_payload_number() == 1 ? 0 : -EINVAL;
}

static void __exit payload_exit(void)
{
}

module_init(payload_init);
module_exit(payload_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ncbench: a module that depends on another one");
