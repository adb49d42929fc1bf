// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop: nothing but the loop that every other engine's calls stand in. What
 * it takes is subtracted where the report says so.
 */
#include <linux/compiler.h>
#include "engine.h"

struct loop_node {
	char nothing;
};

static int loop_init(void *head)
{
	return 0;
}

static void loop_fini(void *head)
{
}

static void loop_node_init(void *node, notifier_fn_t fn, int priority)
{
}

static int loop_change(void *head, void *node)
{
	return 0;
}

static int loop_once(struct ncb_site *site)
{
	return NOTIFY_DONE;
}

static void loop_loop(struct ncb_site *site, unsigned int n)
{
	while (n--)
		barrier();
}

#define EACH_TYPE(x)	{ x, x, x, x }
#define EACH_OP(x)	{ x, x, x, x, x, x }

extern const struct ncb_impl loop_impl_0;
const struct ncb_impl loop_impl_0 = {
	.node_size = sizeof(struct loop_node),
	.head_size = EACH_TYPE(1),
	.head_init = EACH_TYPE(loop_init),
	.head_fini = EACH_TYPE(loop_fini),
	.node_init = loop_node_init,
	.add = EACH_TYPE(loop_change),
	.del = EACH_TYPE(loop_change),
	.call = EACH_TYPE(EACH_OP(loop_once)),
	.loop = EACH_TYPE(EACH_OP(loop_loop)),
};
