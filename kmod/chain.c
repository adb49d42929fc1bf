// SPDX-License-Identifier: GPL-2.0-only
/* Building the chains that are measured. */
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "chain.h"
#include "cold.h"

/* A scattered block has a page of its own, on some cache line of it. */
#define SCATTER		4096

/* A head shares no cache line with what somebody else writes. */
#define HEAD_ROOM(size)	((size) + 2 * L1_CACHE_BYTES)

/* Blocks for the chain and one more for register and unregister. */
static size_t arena_bytes(const struct ncb_impl *impl, u32 length, u32 placement)
{
	size_t each = placement == NCB_SCATTERED ? SCATTER : impl->node_size;

	return each * (length + 1) + L1_CACHE_BYTES;
}

/**
 * ncb_chain_memory - what ncb_chain_alloc() will take
 * @impl: the engine
 * @type: enum ncb_type
 * @length: blocks on the chain
 * @placement: enum ncb_placement
 *
 * Return: bytes.
 */
size_t ncb_chain_memory(const struct ncb_impl *impl, u32 type, u32 length, u32 placement)
{
	return arena_bytes(impl, length, placement) + 2 * HEAD_ROOM(impl->head_size[type]) +
		(length + 1) * sizeof(void *);
}

/**
 * ncb_chain_alloc - take the memory for a chain and make its head
 * @c: the chain, zeroed
 * @impl: a copy of the engine; all copies have the same block and head
 * @run: the row
 *
 * Return: 0, -ENOMEM or the -errno of the engine; ncb_chain_free() is right in
 * all cases.
 */
int ncb_chain_alloc(struct ncb_chain *c, const struct ncb_impl *impl, const struct ncb_run *run)
{
	size_t head_size = impl->head_size[run->type];
	int err;

	c->impl = impl;
	c->type = run->type;
	c->op = run->op;
	c->position = run->position;
	c->length = run->length;
	c->base = run->op == NCB_UNREGISTER ? run->length - 1 : run->length;
	c->rebuild = run->type == NCB_ATOMIC || run->type == NCB_SRCU;
	c->arena_size = arena_bytes(impl, run->length, run->placement);
	/* Small pages for all arms alike: kvzalloc() may take the linear map for some. */
	c->arena = run->placement == NCB_SCATTERED ? vzalloc(c->arena_size) :
						     kvzalloc(c->arena_size, GFP_KERNEL);
	c->node = kvcalloc(run->length + 1, sizeof(*c->node), GFP_KERNEL);
	c->head = kvzalloc(HEAD_ROOM(head_size), GFP_KERNEL);
	c->empty = kvzalloc(HEAD_ROOM(head_size), GFP_KERNEL);
	if (!c->arena || !c->node || !c->head || !c->empty)
		return -ENOMEM;
	err = impl->head_init[run->type](c->head);
	if (err)
		return err;
	c->live = true;
	memcpy(c->empty, c->head, head_size);
	c->site = (struct ncb_site) {
		.head = c->head,
		.val = run->op == NCB_REVERSE ? NCB_DOWN : NCB_UP,
		.down = NCB_DOWN,
		.data = &c->ctx,
	};
	return 0;
}

/**
 * ncb_chain_free - give everything back
 * @c: the chain
 */
void ncb_chain_free(struct ncb_chain *c)
{
	if (c->live) {
		memcpy(c->head, c->empty, c->impl->head_size[c->type]);
		c->impl->head_fini[c->type](c->head);
	}
	c->live = false;
	kvfree(c->empty);
	kvfree(c->head);
	kvfree(c->node);
	kvfree(c->arena);
	c->empty = c->head = c->node = c->arena = NULL;
}

/**
 * ncb_chain_place - give every block its address
 * @c: the chain; what is on it is forgotten, so it has to be built next
 * @placement: enum ncb_placement
 * @rnd: where shuffling starts; by value, so that all arms get the same places
 *
 * Packed blocks follow each other in the order of the chain from a start that
 * varies within a cache line; scattered ones are shuffled over pages and lines.
 */
void ncb_chain_place(struct ncb_chain *c, u32 placement, struct rnd_state rnd)
{
	u32 n = c->length + 1, i, j, start;
	size_t size = c->impl->node_size;

	start = prandom_u32_state(&rnd) % (L1_CACHE_BYTES / sizeof(void *)) * sizeof(void *);
	for (i = 0; i < n; i++) {
		size_t at = i * size + start;

		if (placement == NCB_SCATTERED) {
			u32 lines = (SCATTER - size) / L1_CACHE_BYTES;

			at = i * SCATTER + prandom_u32_state(&rnd) % lines * L1_CACHE_BYTES;
		}
		c->node[i] = c->arena + at;
	}
	for (i = n - 1; placement == NCB_SCATTERED && i > 0; i--) {
		j = prandom_u32_state(&rnd) % (i + 1);
		swap(c->node[i], c->node[j]);
	}
	c->extra = c->node[n - 1];
	c->site.node = c->extra;
}

/**
 * ncb_chain_index - where a robust call fails, or the extra block stands
 * @c: the chain
 *
 * Return: index in the order of the chain; @length where it succeeds.
 */
u32 ncb_chain_index(const struct ncb_chain *c)
{
	switch (c->position) {
	case NCB_POS_HEAD:
		return 0;
	case NCB_POS_MIDDLE:
		return c->base / 2;
	case NCB_POS_TAIL:
		return c->op == NCB_ROBUST ? c->length - 1 : c->base;
	default:
		return c->length;
	}
}

/* Priorities fall by two a block, so that the extra one fits between any. */
static int priority(const struct ncb_chain *c, u32 i)
{
	return 2 * (int)(c->base - i);
}

/**
 * ncb_chain_build - make the chain of the placed blocks, from an empty one
 * @c: the chain
 * @flavour: which callbacks they have
 *
 * Return: 0 or the -errno of the engine.
 */
int ncb_chain_build(struct ncb_chain *c, enum ncb_flavour flavour)
{
	const struct ncb_impl *impl = c->impl;
	u32 i;
	int err;

	memcpy(c->head, c->empty, impl->head_size[c->type]);
	/* From the tail on, so that each becomes the first: no long walks. */
	for (i = c->base; i-- > 0;) {
		impl->node_init(c->node[i], ncb_callback(flavour, i, c->base), priority(c, i));
		err = impl->add[c->type](c->head, c->node[i]);
		if (err)
			return err;
	}
	impl->node_init(c->extra, ncb_callback(flavour, 0, 1), priority(c, ncb_chain_index(c)) + 1);
	if (c->op == NCB_UNREGISTER) {
		err = impl->add[c->type](c->head, c->extra);
		if (err)
			return err;
	}
	memset(&c->ctx.count, 0, sizeof(c->ctx.count));
	c->ctx.stop[NCB_UP] = c->ctx.stop[NCB_DOWN] = NULL;
	if (c->op == NCB_ROBUST && c->position != NCB_POS_NONE)
		c->ctx.stop[NCB_UP] = c->node[ncb_chain_index(c)];
	return 0;
}

/**
 * ncb_chain_undo - bring back what a register or unregister changed
 * @c: the chain
 * @flavour: for a chain that has to be made anew
 *
 * Return: 0 or the -errno of the engine.
 */
int ncb_chain_undo(struct ncb_chain *c, enum ncb_flavour flavour)
{
	switch (c->op) {
	case NCB_REGISTER:
		if (c->rebuild)
			return ncb_chain_build(c, flavour);
		return c->impl->del[c->type](c->head, c->extra);
	case NCB_UNREGISTER:
		return c->impl->add[c->type](c->head, c->extra);
	default:
		return 0;
	}
}

/**
 * ncb_chain_flush - put head and blocks out of the caches
 * @c: the chain
 */
void ncb_chain_flush(struct ncb_chain *c)
{
	u32 i;

	for (i = 0; i <= c->length; i++)
		ncb_cold_flush(c->node[i], c->impl->node_size);
	/* A table of hard-coded calls stands for operands in the code. */
	if (!c->impl->refuses)
		ncb_cold_flush(c->head, c->impl->head_size[c->type]);
	ncb_cold_done();
}

/**
 * ncb_chain_expect - callbacks that one operation makes
 * @c: the chain
 * @up: calls with NCB_UP
 * @down: calls with NCB_DOWN
 */
void ncb_chain_expect(const struct ncb_chain *c, u64 *up, u64 *down)
{
	u32 at = ncb_chain_index(c);

	*up = *down = 0;
	switch (c->op) {
	case NCB_CALL:
		*up = c->length;
		break;
	case NCB_REVERSE:
		*down = c->length;
		break;
	case NCB_ROBUST:
		*up = at < c->length ? at + 1 : c->length;
		*down = at < c->length ? at : 0;
		break;
	}
}
