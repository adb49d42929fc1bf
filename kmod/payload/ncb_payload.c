// SPDX-License-Identifier: GPL-2.0-only
/* A module with next to nothing in it: what loading any module costs. */
#include <linux/module.h>
#include "ncb_payload.h"

/* What makes ncb_payload_user depend on this one. */
int ncb_payload_number(void)
{
	return 1;
}
EXPORT_SYMBOL_GPL(ncb_payload_number);

static int __init payload_init(void)
{
	return 0;
}

static void __exit payload_exit(void)
{
}

module_init(payload_init);
module_exit(payload_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ncbench: a module with nothing in it");
