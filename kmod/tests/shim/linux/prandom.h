/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_PRANDOM_H
#define SHIM_LINUX_PRANDOM_H

#include <linux/types.h>

struct rnd_state {
	u64 s;
};

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	state->s = seed * 2 + 1;
}

/* The upper half of a multiplicative congruential generator. */
static inline u32 prandom_u32_state(struct rnd_state *state)
{
	state->s *= 0xd1342543de82ef95ull;
	return state->s >> 32;
}

#endif /* SHIM_LINUX_PRANDOM_H */
