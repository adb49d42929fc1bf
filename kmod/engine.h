/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an engine (one notifier list design) is to the rest of the module.
 *
 * Pure C: the private engines and everything here also build in userspace,
 * where kmod/tests/shim stands in for the few kernel headers they need.
 */
#ifndef NCB_ENGINE_H
#define NCB_ENGINE_H

#include <linux/types.h>
#include <linux/notifier.h>
#include "engine_table.h"

/* Gives a function the distance that an exported function has to its callers. */
#if defined(__clang__)
#define NCB_API	__attribute__((__noinline__))
#else
#define NCB_API	__attribute__((noipa))
#endif

#define NCB_PASTE3_(a, b, c)	a##b##c
#define NCB_PASTE3(a, b, c)	NCB_PASTE3_(a, b, c)

/**
 * struct ncb_site - what a call, timed or not, works on
 * @head: the chain's head, of the engine's own kind
 * @node: the block to register or unregister
 * @val: event of a call; of a robust call, the event on the way up
 * @down: event of the rollback
 * @data: passed to the callbacks, struct ncb_ctx
 *
 * All of it is read from memory at run time, so that no compiler can
 * specialise an engine for the values of the benchmark.
 */
struct ncb_site {
	void *head;
	void *node;
	unsigned long val;
	unsigned long down;
	void *data;
};

/**
 * struct ncb_impl - one compiled copy of an engine
 * @node_size: bytes of one notifier block
 * @head_size: bytes of a head, per chain type
 * @rollback: NCB_FACT_ROLLBACK_* that the oracle may see; several bits: either
 * @head_init: makes an empty chain; 0 or -errno
 * @head_fini: releases what @head_init took; the blocks need not be gone
 * @node_init: fills in a block
 * @add: registers a block, 0 or -errno
 * @add_unique: the same, refusing a priority that is taken; NULL where the
 *	design has no such call
 * @del: unregisters a block without waiting for readers, 0 or -errno
 * @call: one operation and its return value, for the oracle; NULL: missing
 * @loop: n operations, for the clock: n may be 0; NULL: missing
 * @refuses: the reason why a length cannot be had; NULL: any can. Only an engine
 *	whose calls are written into its code has it
 * @double_is_safe: a second registration of a block may be tried
 * @undo_by_rebuild: per chain type, @del waits for a grace period, so the oracle
 *	leaves it out
 */
struct ncb_impl {
	size_t node_size;
	size_t head_size[NCB_TYPES];
	u32 rollback;
	int (*head_init[NCB_TYPES])(void *head);
	void (*head_fini[NCB_TYPES])(void *head);
	void (*node_init)(void *node, notifier_fn_t fn, int priority);
	int (*add[NCB_TYPES])(void *head, void *node);
	int (*add_unique[NCB_TYPES])(void *head, void *node);
	int (*del[NCB_TYPES])(void *head, void *node);
	int (*call[NCB_TYPES][NCB_OPS])(struct ncb_site *site);
	void (*loop[NCB_TYPES][NCB_OPS])(struct ncb_site *site, unsigned int n);
	const char *(*refuses)(u32 length);
	bool double_is_safe;
	bool undo_by_rebuild[NCB_TYPES];
};

/* The compiled copies of an engine: its clones, then its controls. */
const struct ncb_impl *const *ncb_engine_impls(const char *name);
u32 ncb_engine_copies(const char *name);

#endif /* NCB_ENGINE_H */
