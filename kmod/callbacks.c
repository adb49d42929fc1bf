// SPDX-License-Identifier: GPL-2.0-only
/*
 * The callbacks: each counts, and stops the chain where it is told to. They
 * are the same machine code but for one number, so that a row with many
 * distinct callbacks differs from a row with one in the branches only.
 */
#include <linux/compiler.h>
#include "callbacks.h"

static __always_inline int cb_body(struct notifier_block *nb, unsigned long val, void *data)
{
	struct ncb_ctx *ctx = data;

	ctx->count[val][((unsigned long)nb >> 5) % NCB_COUNTERS]++;
	return (const void *)nb == ctx->stop[val] ? NOTIFY_BAD : NOTIFY_OK;
}

/* The operand keeps the compiler from folding equal functions into one. */
#define CB_DEFINE(k)								\
noinline int ncb_cb_##k(struct notifier_block *nb, unsigned long val, void *data)	\
{										\
	asm volatile("" : : "i" (0##k));					\
	return cb_body(nb, val, data);						\
}										\
noinline int ncb_cb_plant_##k(struct notifier_block *nb, unsigned long val, void *data)	\
{										\
	asm volatile("nop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop" : : "i" (0##k)); \
	return cb_body(nb, val, data);						\
}
NCB_FOR_64(CB_DEFINE)

noinline int ncb_cb_record(struct notifier_block *nb, unsigned long val, void *data)
{
	struct ncb_ctx *ctx = data;

	if (ctx->log_used < ctx->log_size)
		ctx->log[ctx->log_used] = (unsigned long)nb | (val & 1);
	ctx->log_used++;
	return cb_body(nb, val, data);
}

#define CB_ENTRY(k)		ncb_cb_##k,
#define CB_ENTRY_PLANT(k)	ncb_cb_plant_##k,
#define CB_ENTRY_SAME(k)	ncb_cb_00,
#define CB_ENTRY_SAME_PLANT(k)	ncb_cb_plant_00,
#define CB_ENTRY_RECORD(k)	ncb_cb_record,

const notifier_fn_t ncb_callbacks[NCB_FLAVOURS][NCB_DISTINCT] = {
	[NCB_FLAVOUR_ONE] = { NCB_FOR_64(CB_ENTRY_SAME) },
	[NCB_FLAVOUR_DISTINCT] = { NCB_FOR_64(CB_ENTRY) },
	[NCB_FLAVOUR_ONE_PLANT] = { NCB_FOR_64(CB_ENTRY_SAME_PLANT) },
	[NCB_FLAVOUR_DISTINCT_PLANT] = { NCB_FOR_64(CB_ENTRY_PLANT) },
	[NCB_FLAVOUR_RECORD] = { NCB_FOR_64(CB_ENTRY_RECORD) },
};

/**
 * ncb_ctx_calls - number of calls counted for an event
 * @ctx: the callbacks' data
 * @event: NCB_UP or NCB_DOWN
 *
 * Return: calls since the counters were last cleared.
 */
u64 ncb_ctx_calls(const struct ncb_ctx *ctx, enum ncb_direction event)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < NCB_COUNTERS; i++)
		sum += ctx->count[event][i];
	return sum;
}
