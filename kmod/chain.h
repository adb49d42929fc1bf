/* SPDX-License-Identifier: GPL-2.0-only */
/* A chain of one arm: memory, placement, building, and what is on it. */
#ifndef NCB_CHAIN_H
#define NCB_CHAIN_H

#include <linux/prandom.h>
#include "callbacks.h"

/**
 * struct ncb_chain - the chain of one arm and the memory it stands in
 * @impl: the compiled copy in use
 * @type: enum ncb_type
 * @length: blocks registered before the operation
 * @base: of those, blocks 0 .. @base - 1 of @node; the others are @extra
 * @op: enum ncb_op
 * @position: enum ncb_pos
 * @arena: memory for the blocks
 * @arena_size: bytes of it
 * @node: the blocks in the order of the chain, @extra not among them
 * @extra: the block that a register or unregister works on
 * @head: the chain's head
 * @empty: the head byte for byte as it was when new. Putting that back empties
 *	the chain at once, where unregistering would wait for grace periods and
 *	making a head anew would set up and tear down an srcu_struct each time.
 *	Right because nobody else knows this head: no reader, waiter or holder
 * @rebuild: a timed registration is undone by making the chain anew, in every
 *	arm of the row alike: where the kernel's own way waits for a grace period
 * @live: the head has been made and wants head_fini()
 * @ctx: data of the callbacks
 * @site: what a call works on
 */
struct ncb_chain {
	const struct ncb_impl *impl;
	u32 type;
	u32 length;
	u32 base;
	u32 op;
	u32 position;
	void *arena;
	size_t arena_size;
	void **node;
	void *extra;
	void *head;
	void *empty;
	bool rebuild;
	bool live;
	struct ncb_ctx ctx;
	struct ncb_site site;
};

size_t ncb_chain_memory(const struct ncb_impl *impl, u32 type, u32 length, u32 placement);
int ncb_chain_alloc(struct ncb_chain *c, const struct ncb_impl *impl, const struct ncb_run *run);
void ncb_chain_free(struct ncb_chain *c);
void ncb_chain_place(struct ncb_chain *c, u32 placement, struct rnd_state rnd);
int ncb_chain_build(struct ncb_chain *c, enum ncb_flavour flavour);
int ncb_chain_undo(struct ncb_chain *c, enum ncb_flavour flavour);
void ncb_chain_flush(struct ncb_chain *c);
u32 ncb_chain_index(const struct ncb_chain *c);
void ncb_chain_expect(const struct ncb_chain *c, u64 *up, u64 *down);

int ncb_oracle(struct ncb_chain *c, struct ncb_arm *arm, unsigned long *log, u32 log_size);

#endif /* NCB_CHAIN_H */
