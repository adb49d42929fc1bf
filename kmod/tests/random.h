/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random sequences of operations, played on two chains side by side: after each
 * operation both must have returned the same and have called the same blocks.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include "engine.h"

#define RANDOM_BLOCKS	20

/**
 * struct step - one operation
 * @kind: what is done
 * @block: to which block, where it is about one
 * @priority: of the block, where it is registered
 * @up: bit i: block i stops the chain on the way up, or in a reverse call
 * @down: bit i: block i stops a rollback
 */
struct step {
	enum step_kind {
		STEP_ADD, STEP_ADD_UNIQUE, STEP_DEL, STEP_CALL, STEP_ROBUST, STEP_REVERSE,
		STEP_KINDS
	} kind;
	unsigned int block;
	int priority;
	u32 up;
	u32 down;
};

/**
 * struct outcome - what came of it
 * @ret: what the operation returned
 * @calls: callbacks that ran, may exceed the room in @call
 * @call: block and, for the rollback, 0x80
 */
struct outcome {
	int ret;
	unsigned int calls;
	u8 call[3 * RANDOM_BLOCKS];
};

/**
 * struct player - something that a sequence can be played on
 * @name: for messages
 * @impl: the engine, or NULL for the model
 * @type: enum ncb_type
 * @rollback: the model's: NCB_FACT_ROLLBACK_FORWARD or _REVERSE
 */
struct player {
	const char *name;
	const struct ncb_impl *impl;
	u32 type;
	u32 rollback;
};

/**
 * struct game - how a sequence is drawn
 * @seed: decides everything
 * @steps: operations
 * @kinds: bits of enum step_kind that are drawn
 * @traced: the tracepoints have to be passed alike, too
 */
struct game {
	u64 seed;
	unsigned int steps;
	unsigned int kinds;
	bool traced;
};

unsigned int random_kinds(const struct ncb_impl *impl, u32 type);
int random_compare(const struct player *a, const struct player *b, const struct game *game);

#endif /* RANDOM_H */
