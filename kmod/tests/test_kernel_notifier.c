// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's native engine on kernel/notifier.c of a kernel source tree, all
 * of it in userspace: the private copy of that kernel's design has to do what
 * it does, call for call, and the oracle has to pass it.
 *
 *	test_kernel_notifier [seed [operations]]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "chain.h"
#include "random.h"
#include "shim.h"

extern const struct ncb_impl native_impl_0;

static u64 seed = 20260419;
static unsigned int operations = 200000;

#ifdef NCB_HAVE_blocking_notifier_call_chain_reverse
#define FEATURES	(~0u)
#define TWIN		"dlist"
#else
#define FEATURES	(~NCB_FEAT_REVERSE)
#define TWIN		"slist"
#endif

#ifdef NCB_HAVE_TRACEPOINT
#define TRACED	true
#else
#define TRACED	false
#endif

static const u32 types[] = { NCB_RAW, NCB_BLOCKING, NCB_ATOMIC, NCB_SRCU };

static struct player native_player(u32 type)
{
	return (struct player) { .name = "kernel", .impl = &native_impl_0, .type = type };
}

static void play(const struct player *other, u32 type)
{
	const struct player kernel = native_player(type);
	const struct game game = {
		.seed = seed,
		.steps = operations,
		.kinds = random_kinds(&native_impl_0, type),
		.traced = TRACED,
	};

	shim_reset();
	assert_int_equal(random_compare(&kernel, other, &game), 0);
}

static void replica_does_what_the_kernel_does(void **state)
{
	const u32 *type = *state;
	const struct player replica = {
		.name = TWIN,
		.impl = ncb_engine_impls(TWIN)[0],
		.type = *type,
	};

	play(&replica, *type);
	/* Every refused second registration was reported, by both. */
	assert_true(shim.warned > 0);
	assert_int_equal(shim.warned, shim.twice);
}

static void model_does_what_the_kernel_does(void **state)
{
	const u32 *type = *state;
	const struct player model = {
		.name = "model",
		.type = *type,
		.rollback = ncb_engine_impls(TWIN)[0]->rollback,
	};

	play(&model, *type);
}

static void removal_waits_for_readers(void **state)
{
	const u32 *type = *state;
	const bool waits = *type == NCB_ATOMIC || *type == NCB_SRCU;
	void *head = malloc(native_impl_0.head_size[*type]);
	void *node = malloc(native_impl_0.node_size);

	shim_reset();
	assert_true(head && node);
	assert_int_equal(native_impl_0.head_init[*type](head), 0);
	native_impl_0.node_init(node, ncb_callbacks[NCB_FLAVOUR_ONE][0], 0);
	assert_int_equal(native_impl_0.add[*type](head, node), 0);
	assert_int_equal(shim.grace_periods, 0);
	assert_int_equal(native_impl_0.del[*type](head, node), 0);
	assert_int_equal(shim.grace_periods, waits);
	assert_int_equal(native_impl_0.undo_by_rebuild[*type], waits);
	native_impl_0.head_fini[*type](head);
	free(node);
	free(head);
}

static void block_and_heads_have_the_sizes_of_the_replica(void **state)
{
	const u32 *type = *state;
	const struct ncb_impl *replica = ncb_engine_impls(TWIN)[0];

	assert_int_equal(native_impl_0.node_size, replica->node_size);
	if (*type != NCB_SRCU)	/* what else is in that head depends on the version */
		assert_int_equal(native_impl_0.head_size[*type], replica->head_size[*type]);
}

static int judge(const struct ncb_run *run, struct ncb_arm *arm)
{
	unsigned long log[2 * 64 + 4];
	struct ncb_chain c = { 0 };
	int err;

	assert_int_equal(ncb_chain_alloc(&c, &native_impl_0, run), 0);
	ncb_chain_place(&c, run->placement, (struct rnd_state) { .s = 1 });
	err = ncb_oracle(&c, arm, log, ARRAY_SIZE(log));
	ncb_chain_free(&c);
	return err;
}

static void oracle_passes_the_kernel(void **state)
{
	static const u32 lengths[] = { 1, 2, 3, 8, 64 };
	const struct ncb_engine *e = ncb_engine_find("native");
	const u32 *type = *state;
	struct ncb_run run = { .type = *type };
	struct ncb_arm arm;
	u32 i;

	shim_reset();
	for (run.op = 0; run.op < NCB_OPS; run.op++) {
		if (ncb_engine_missing(e, run.type, run.op, FEATURES))
			continue;
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			run.length = run.op == NCB_EMPTY ? 0 : lengths[i];
			/* Only a robust call may have no position. */
			for (run.position = run.op != NCB_ROBUST; run.position < NCB_POSITIONS;
			     run.position++) {
				arm = (struct ncb_arm) { 0 };
				if (judge(&run, &arm))
					fail_msg("%s %s length %u at %s: %s",
						 ncb_type_names[run.type], ncb_op_names[run.op],
						 run.length, ncb_pos_names[run.position],
						 arm.message);
				if (run.op == NCB_ROBUST && run.length > 2 &&
				    run.position == NCB_POS_TAIL)
					assert_int_equal(arm.facts,
							 ncb_engine_impls(TWIN)[0]->rollback);
			}
		}
	}
	/* Checked by measuring machines: it must not make the kernel complain. */
	assert_int_equal(shim.warned, 0);
}

static bool parse(const char *text, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	return *text && !*end;
}

#define EACH_TYPE(fn)						\
	{ #fn " raw", fn, NULL, NULL, (void *)&types[0] },	\
	{ #fn " blocking", fn, NULL, NULL, (void *)&types[1] },	\
	{ #fn " atomic", fn, NULL, NULL, (void *)&types[2] },	\
	{ #fn " srcu", fn, NULL, NULL, (void *)&types[3] }

int main(int argc, char **argv)
{
	const struct CMUnitTest kernel_notifier[] = {
		EACH_TYPE(replica_does_what_the_kernel_does),
		EACH_TYPE(model_does_what_the_kernel_does),
		EACH_TYPE(removal_waits_for_readers),
		EACH_TYPE(block_and_heads_have_the_sizes_of_the_replica),
		EACH_TYPE(oracle_passes_the_kernel),
	};
	u64 count = operations;

	if (argc > 3 || (argc > 1 && !parse(argv[1], &seed)) ||
	    (argc > 2 && (!parse(argv[2], &count) || !count || count > ~0u))) {
		fprintf(stderr, "usage: test_kernel_notifier [seed [operations]]\n");
		return 2;
	}
	operations = count;
	printf("seed %llu, replica %s, tracepoints %s\n", seed, TWIN, TRACED ? "yes" : "no");
	return cmocka_run_group_tests(kernel_notifier, NULL, NULL) != 0;
}
