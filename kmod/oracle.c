// SPDX-License-Identifier: GPL-2.0-only
/*
 * The semantic check that an engine has to pass before it is timed: order,
 * stop, rollback set and order, error codes. It works on the same chain, with
 * callbacks that write down who was called.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "chain.h"

#define WRONG(arm, ...)	(snprintf((arm)->message, sizeof((arm)->message), __VA_ARGS__), -EILSEQ)

/* One operation with an empty log. */
static int once(struct ncb_chain *c)
{
	c->ctx.log_used = 0;
	return c->impl->call[c->type][c->op](&c->site);
}

/* For messages: index in the chain of the block that call i reached, or -1. */
static int reached(const struct ncb_chain *c, u32 i)
{
	u32 k;

	for (k = 0; k < c->base; k++)
		if ((unsigned long)c->node[k] == (c->ctx.log[i] & ~1ul))
			return k;
	return -1;
}

/* Calls @from .. went to blocks @first, @first + @step ... with one event. */
static int check_order(struct ncb_chain *c, struct ncb_arm *arm, u32 from, u32 count,
		       u32 first, int step, enum ncb_direction event, const char *what)
{
	const unsigned long *log = c->ctx.log;
	u32 i, block;

	for (i = from; i < from + count; i++) {
		block = first + (int)(i - from) * step;
		if (log[i] != ((unsigned long)c->node[block] | event))
			return WRONG(arm, "%s: call %u reached block %d with event %lu, expected %u with %u",
				     what, i, reached(c, i), log[i] & 1, block, event);
	}
	return 0;
}

static int check_walk(struct ncb_chain *c, struct ncb_arm *arm, int ret, u32 calls, int expected,
		      const char *what)
{
	bool back = c->op == NCB_REVERSE;

	if (ret != expected)
		return WRONG(arm, "%s: returned %#x, expected %#x", what, ret, expected);
	if (c->ctx.log_used != calls)
		return WRONG(arm, "%s: %u calls, expected %u", what, c->ctx.log_used, calls);
	return check_order(c, arm, 0, calls, back ? c->length - 1 : 0, back ? -1 : 1,
			   back ? NCB_DOWN : NCB_UP, what);
}

/* call and reverse: everybody in order; then a stop in the middle. */
static int oracle_walk(struct ncb_chain *c, struct ncb_arm *arm)
{
	enum ncb_direction event = c->op == NCB_REVERSE ? NCB_DOWN : NCB_UP;
	/* Near the middle, but never the last block called. */
	u32 at = c->op == NCB_REVERSE ? c->length / 2 : (c->length - 1) / 2, calls;
	int err;

	err = check_walk(c, arm, once(c), c->length, NOTIFY_OK, ncb_op_names[c->op]);
	if (err)
		return err;
	calls = c->op == NCB_REVERSE ? c->length - at : at + 1;
	c->ctx.stop[event] = c->node[at];
	err = check_walk(c, arm, once(c), calls, NOTIFY_BAD, "stop");
	c->ctx.stop[event] = NULL;
	return err;
}

static int oracle_robust(struct ncb_chain *c, struct ncb_arm *arm)
{
	u32 at = ncb_chain_index(c);
	int err, ret = once(c);

	if (at == c->length)
		return check_walk(c, arm, ret, c->length, NOTIFY_OK, "robust");
	if (ret != NOTIFY_BAD)
		return WRONG(arm, "robust: returned %#x, expected %#x", ret, NOTIFY_BAD);
	if (c->ctx.log_used != at + 1 + at)
		return WRONG(arm, "robust failing at block %u: %u calls, expected %u up and %u down",
			     at, c->ctx.log_used, at + 1, at);
	err = check_order(c, arm, 0, at + 1, 0, 1, NCB_UP, "robust");
	if (err)
		return err;
	/* With two or more blocks to undo, the first of them tells which way. */
	if (at < 2)
		return check_order(c, arm, at + 1, at, 0, 1, NCB_DOWN, "rollback");
	if (reached(c, at + 1) == 0) {
		arm->facts |= NCB_FACT_ROLLBACK_FORWARD;
		err = check_order(c, arm, at + 1, at, 0, 1, NCB_DOWN, "rollback");
	} else {
		arm->facts |= NCB_FACT_ROLLBACK_REVERSE;
		err = check_order(c, arm, at + 1, at, at - 1, -1, NCB_DOWN, "rollback");
	}
	if (!err && (arm->facts & ~c->impl->rollback))
		return WRONG(arm, "rollback runs the other way than this design's");
	return err;
}

/* Who stands on the chain: its @count blocks, the extra one at @at (count: not there). */
static int check_members(struct ncb_chain *c, struct ncb_arm *arm, u32 count, u32 at,
			 const char *what)
{
	struct ncb_site *site = &c->site;
	u32 i, k = 0, expected = count + (at <= count);

	c->ctx.log_used = 0;
	c->impl->call[c->type][NCB_CALL](site);
	if (c->ctx.log_used != expected)
		return WRONG(arm, "%s: %u blocks on the chain, expected %u", what,
			     c->ctx.log_used, expected);
	for (i = 0; i < expected; i++) {
		const void *who = i == at ? c->extra : c->node[k++];

		if (c->ctx.log[i] != (unsigned long)who)
			return WRONG(arm, "%s: another block at place %u", what, i);
	}
	return 0;
}

/* register and unregister: membership, place and every error code. */
static int oracle_change(struct ncb_chain *c, struct ncb_arm *arm)
{
	const struct ncb_impl *impl = c->impl;
	u32 at = ncb_chain_index(c), gone = c->base + 1;
	int err, ret;

	if (c->op == NCB_UNREGISTER) {
		err = check_members(c, arm, c->base, at, "before unregister");
		if (err)
			return err;
		ret = once(c);
		if (ret)
			return WRONG(arm, "unregister: %d", ret);
		err = check_members(c, arm, c->base, gone, "after unregister");
		if (err)
			return err;
	}
	/* Now the extra block is on no chain. */
	if (!impl->undo_by_rebuild[c->type]) {
		ret = impl->del[c->type](c->head, c->extra);
		if (ret != -ENOENT)
			return WRONG(arm, "unregister of a block not on the chain: %d, expected -ENOENT",
				     ret);
	}
	ret = impl->add[c->type](c->head, c->extra);
	if (ret)
		return WRONG(arm, "register: %d", ret);
	err = check_members(c, arm, c->base, at, "after register");
	if (err)
		return err;
	if (impl->double_is_safe) {
		ret = impl->add[c->type](c->head, c->extra);
		if (ret != -EEXIST)
			return WRONG(arm, "second registration: %d, expected -EEXIST", ret);
		err = check_members(c, arm, c->base, at, "after second registration");
		if (err)
			return err;
	}
	if (impl->undo_by_rebuild[c->type])
		return 0;
	ret = impl->del[c->type](c->head, c->extra);
	if (ret)
		return WRONG(arm, "unregister: %d", ret);
	if (c->base) {
		/* The priority of the first block: among equals the older stays first. */
		impl->node_init(c->extra, ncb_cb_record, 2 * (int)c->base);
		ret = impl->add[c->type](c->head, c->extra);
		if (ret)
			return WRONG(arm, "register with an equal priority: %d", ret);
		err = check_members(c, arm, c->base, 1, "after register with an equal priority");
		if (err)
			return err;
		ret = impl->del[c->type](c->head, c->extra);
		if (ret)
			return WRONG(arm, "unregister: %d", ret);
	}
	if (impl->add_unique[c->type] && c->base) {
		ret = impl->add_unique[c->type](c->head, c->extra);
		if (ret != -EBUSY)
			return WRONG(arm, "register with a priority that is taken: %d, expected -EBUSY",
				     ret);
	}
	return check_members(c, arm, c->base, gone, "after the error codes");
}

static int oracle_empty(struct ncb_chain *c, struct ncb_arm *arm)
{
	int ret = once(c);

	if (ret != NOTIFY_DONE || c->ctx.log_used)
		return WRONG(arm, "empty chain: returned %#x after %u calls", ret, c->ctx.log_used);
	return 0;
}

/**
 * ncb_oracle - check the semantics of one compiled copy of an engine
 * @c: the chain, placed; has to be built anew afterwards
 * @arm: gets what was seen, and the message of a failure
 * @log: room for the calls
 * @log_size: entries of @log, 2 * length + 2 at least
 *
 * Return: 0, or -EILSEQ where the engine is wrong.
 */
int ncb_oracle(struct ncb_chain *c, struct ncb_arm *arm, unsigned long *log, u32 log_size)
{
	static int (*const check[NCB_OPS])(struct ncb_chain *, struct ncb_arm *) = {
		[NCB_CALL] = oracle_walk,
		[NCB_REVERSE] = oracle_walk,
		[NCB_ROBUST] = oracle_robust,
		[NCB_REGISTER] = oracle_change,
		[NCB_UNREGISTER] = oracle_change,
		[NCB_EMPTY] = oracle_empty,
	};
	int err;

	c->ctx.log = log;
	c->ctx.log_size = log_size;
	err = ncb_chain_build(c, NCB_FLAVOUR_RECORD);
	if (err)
		err = WRONG(arm, "register while building the chain: %d", err);
	else
		err = check[c->op](c, arm);
	c->ctx.log = NULL;
	c->ctx.log_size = 0;
	return err;
}
