// SPDX-License-Identifier: GPL-2.0-only
/* Shape dyndbg: 200 messages that dynamic debugging can switch on. */
#include "shape.h"

#define DYNDBG_SITE(n)	pr_debug("site %d of %u\n", n, fail);

static noinline __used void dyndbg_sites(void)
{
	SHAPE_100(DYNDBG_SITE, 1)
	SHAPE_100(DYNDBG_SITE, 2)
}
