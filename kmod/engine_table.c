// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the rows' dimensions and the table of engines with what each can
 * do. Shared by the module, the driver and the userspace tests.
 */
#include "engine_table.h"

const char *const ncb_type_names[NCB_TYPES] = { "raw", "blocking", "atomic", "srcu" };
const char *const ncb_op_names[NCB_OPS] = {
	"call", "reverse", "robust", "register", "unregister", "empty",
};
const char *const ncb_pos_names[NCB_POSITIONS] = { "none", "head", "middle", "tail" };
const char *const ncb_callback_names[NCB_CALLBACK_SETS] = { "one", "distinct" };
const char *const ncb_placement_names[NCB_PLACEMENTS] = { "packed", "scattered" };
const char *const ncb_cache_names[NCB_CACHES] = { "warm", "cold" };

#define BIT_(op)	(1u << (op))
#define CALLS		(BIT_(NCB_CALL) | BIT_(NCB_EMPTY))
#define CHANGES		(BIT_(NCB_REGISTER) | BIT_(NCB_UNREGISTER))
#define ALL_OPS		((1u << NCB_OPS) - 1)

/* Every list design offers these; reverse comes on top where it has it. */
#define LIST_OPS(blocking_extra) {						\
	[NCB_RAW] = CALLS | CHANGES | BIT_(NCB_ROBUST),				\
	[NCB_BLOCKING] = CALLS | CHANGES | BIT_(NCB_ROBUST) | (blocking_extra),	\
	[NCB_ATOMIC] = CALLS | BIT_(NCB_REGISTER),				\
	[NCB_SRCU] = CALLS | BIT_(NCB_REGISTER),				\
}

#define DIRECT_OPS	(BIT_(NCB_CALL) | BIT_(NCB_REVERSE) | BIT_(NCB_ROBUST))

#define CLONES		4

const struct ncb_engine ncb_engines[] = {
	{
		.name = "loop",
		.summary = "the empty loop: what the measuring itself costs",
		.clones = 1,
		.ops = { ALL_OPS, ALL_OPS, ALL_OPS, ALL_OPS },
		.no_list = 1,
	}, {
		.name = "direct",
		.summary = "hard-coded calls without list or lock: the floor",
		.clones = 1,
		.ops = { DIRECT_OPS, DIRECT_OPS, DIRECT_OPS, DIRECT_OPS },
		.why = {
			[NCB_REGISTER] = "hard-coded calls register nothing",
			[NCB_UNREGISTER] = "hard-coded calls register nothing",
			[NCB_EMPTY] = "no hard-coded call is no code at all",
		},
	}, {
		.name = "slist",
		.summary = "mainline's singly-linked list, private copy",
		.clones = CLONES,
		.controls = CLONES,
		.ops = LIST_OPS(0),
		.why = { [NCB_REVERSE] = "a singly-linked list has no way back" },
	}, {
		.name = "dlist",
		.summary = "the doubly-linked list of the April 2026 RFC, private copy",
		.clones = CLONES,
		.ops = LIST_OPS(BIT_(NCB_REVERSE)),
	}, {
		.name = "native",
		.summary = "the running kernel's own exported API",
		.clones = 1,
		.ops = LIST_OPS(BIT_(NCB_REVERSE)),
		.needs = { [NCB_REVERSE] = NCB_FEAT_REVERSE },
		.why = {
			[NCB_REVERSE] = "this kernel has no blocking_notifier_call_chain_reverse()",
		},
	},
};

const unsigned int ncb_engine_count = sizeof(ncb_engines) / sizeof(ncb_engines[0]);

static _Bool same(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b;
}

/**
 * ncb_engine_find - look an engine up by name
 * @name: as in the table
 *
 * Return: the entry, or NULL.
 */
const struct ncb_engine *ncb_engine_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ncb_engine_count; i++)
		if (same(ncb_engines[i].name, name))
			return &ncb_engines[i];
	return NULL;
}

/**
 * ncb_row_missing - why no list design has this chain type and operation
 * @type: enum ncb_type
 * @op: enum ncb_op
 *
 * Return: the reason, or NULL where the combination exists.
 */
const char *ncb_row_missing(__u32 type, __u32 op)
{
	if (op == NCB_ROBUST && (type == NCB_ATOMIC || type == NCB_SRCU))
		return "no API: the chain must not change between call and rollback";
	if (op == NCB_REVERSE && type != NCB_BLOCKING)
		return "no API: the RFC adds a reverse call for blocking chains only";
	if (op == NCB_UNREGISTER && (type == NCB_ATOMIC || type == NCB_SRCU))
		return "ends in a grace period: RCU would be measured, not the list";
	return NULL;
}

/**
 * ncb_engine_missing - why an engine has no such operation
 * @e: the engine
 * @type: enum ncb_type
 * @op: enum ncb_op
 * @features: NCB_FEAT_* of the kernel in question
 *
 * Return: the reason, or NULL where the combination exists.
 */
const char *ncb_engine_missing(const struct ncb_engine *e, __u32 type, __u32 op, __u32 features)
{
	const char *why = ncb_row_missing(type, op);

	if (why)
		return why;
	if (!(e->ops[type] & BIT_(op)) || (e->needs[op] & ~features))
		return e->why[op] ? e->why[op] : "not part of this design";
	return NULL;
}
