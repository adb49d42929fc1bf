/* SPDX-License-Identifier: GPL-2.0-only */
/* The notifier callbacks that the chains call, and what they count. */
#ifndef NCB_CALLBACKS_H
#define NCB_CALLBACKS_H

#include "engine.h"

#define NCB_COUNTERS	8

enum ncb_direction { NCB_UP, NCB_DOWN, NCB_DIRECTIONS };

/**
 * struct ncb_ctx - what a callback gets as its data
 * @count: calls seen, per event. Spread over several counters by the block's
 *	address: one counter would chain all callbacks through one memory word
 *	and hide the cost of walking behind it
 * @stop: block whose callback stops the chain on that event, or NULL
 * @log: with the recording callback, the blocks in the order of the calls,
 *	bit 0 set for NCB_DOWN
 * @log_size: room in @log
 * @log_used: calls seen by the recording callback, may exceed @log_size
 */
struct ncb_ctx {
	u64 count[NCB_DIRECTIONS][NCB_COUNTERS];
	const void *stop[NCB_DIRECTIONS];
	unsigned long *log;
	unsigned int log_size;
	unsigned int log_used;
};

/* Which callback the i-th of n blocks has. */
enum ncb_flavour {
	NCB_FLAVOUR_ONE,
	NCB_FLAVOUR_DISTINCT,
	NCB_FLAVOUR_ONE_PLANT,
	NCB_FLAVOUR_DISTINCT_PLANT,
	NCB_FLAVOUR_RECORD,
	NCB_FLAVOURS
};

extern const notifier_fn_t ncb_callbacks[NCB_FLAVOURS][NCB_DISTINCT];

/*
 * The last block always has the last function, whatever the length: so the
 * hard-coded engine can enter its straight run of calls at the right place.
 */
static inline notifier_fn_t ncb_callback(enum ncb_flavour flavour, u32 i, u32 n)
{
	return ncb_callbacks[flavour][(i + NCB_DISTINCT - n % NCB_DISTINCT) % NCB_DISTINCT];
}

u64 ncb_ctx_calls(const struct ncb_ctx *ctx, enum ncb_direction event);

/* Names of the functions, for direct calls: every one has external linkage. */
#define NCB_FOR_8(M, a)		M(a##0) M(a##1) M(a##2) M(a##3) M(a##4) M(a##5) M(a##6) M(a##7)
#define NCB_FOR_64(M)		NCB_FOR_8(M, 0) NCB_FOR_8(M, 1) NCB_FOR_8(M, 2) NCB_FOR_8(M, 3) \
				NCB_FOR_8(M, 4) NCB_FOR_8(M, 5) NCB_FOR_8(M, 6) NCB_FOR_8(M, 7)

#define NCB_CB_DECLARE(fn)	int fn(struct notifier_block *nb, unsigned long val, void *data);
#define NCB_CB_DECLARE_K(k)	NCB_CB_DECLARE(ncb_cb_##k) NCB_CB_DECLARE(ncb_cb_plant_##k)
NCB_CB_DECLARE(ncb_cb_record)
NCB_FOR_64(NCB_CB_DECLARE_K)

#endif /* NCB_CALLBACKS_H */
