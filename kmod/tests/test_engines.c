// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every list design has to do, one behaviour per test, on every chain type
 * that has the operation; then what distinguishes slist and dlist.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include "fixture.h"
#include "shim.h"

static struct fixture fixture, *f = &fixture;

static bool is(const char *engine)
{
	return !strcmp(f->subject->engine, engine);
}

/* Registering and removing */

static void higher_priority_first(void **state)
{
	assert_int_equal(add(f, 0, 1), 0);
	assert_int_equal(add(f, 1, INT_MAX), 0);
	assert_int_equal(add(f, 2, INT_MIN), 0);
	assert_int_equal(add(f, 3, 0), 0);
	assert_int_equal(add(f, 4, -1), 0);
	assert_int_equal(add(f, 5, INT_MAX - 1), 0);
	expect_chain(f, "1+ 5+ 0+ 3+ 4+ 2+");
}

static void equal_priorities_in_order_of_registration(void **state)
{
	assert_int_equal(add(f, 2, 0), 0);
	assert_int_equal(add(f, 5, 7), 0);
	assert_int_equal(add(f, 0, 0), 0);
	assert_int_equal(add(f, 4, 7), 0);
	assert_int_equal(add(f, 1, 0), 0);
	expect_chain(f, "5+ 4+ 2+ 0+ 1+");
}

static void second_registration_is_refused(void **state)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		assert_int_equal(add(f, i, i < 2), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(add(f, i, i < 2), -EEXIST);
		expect_chain(f, "0+ 1+ 2+ 3+");
	}
	if (!is("native"))
		assert_int_equal(shim.twice, 4);
}

static void taken_priority_is_refused(void **state)
{
	if (!f->subject->impl->add_unique[f->subject->type]) {
		/* No kernel has such a call for these. */
		assert_true(f->subject->type == NCB_RAW || f->subject->type == NCB_SRCU);
		return;
	}
	assert_int_equal(add_unique(f, 0, 5), 0);
	assert_int_equal(add_unique(f, 1, 3), 0);
	assert_int_equal(add_unique(f, 2, 4), 0);
	assert_int_equal(add_unique(f, 3, 5), -EBUSY);
	assert_int_equal(add_unique(f, 3, 4), -EBUSY);
	assert_int_equal(add_unique(f, 3, 3), -EBUSY);
	expect_chain(f, "0+ 2+ 1+");
	assert_int_equal(add_unique(f, 3, 6), 0);
	assert_int_equal(add_unique(f, 4, 2), 0);
	expect_chain(f, "3+ 0+ 2+ 1+ 4+");
	assert_int_equal(add_unique(f, 2, 4), -EEXIST);
	/* The other call takes what this one refuses. */
	assert_int_equal(add(f, 5, 4), 0);
	expect_chain(f, "3+ 0+ 2+ 5+ 1+ 4+");
}

static void removing_a_stranger_is_refused(void **state)
{
	block_init(f, 5, 0);
	assert_int_equal(del(f, 5), -ENOENT);
	add_row(f, 3);
	assert_int_equal(del(f, 5), -ENOENT);
	expect_chain(f, "0+ 1+ 2+");
	assert_int_equal(del(f, 1), 0);
	assert_int_equal(del(f, 1), -ENOENT);
	expect_chain(f, "0+ 2+");
}

static void removing_keeps_the_others(void **state)
{
	add_row(f, 5);
	assert_int_equal(del(f, 2), 0);
	expect_chain(f, "0+ 1+ 3+ 4+");
	assert_int_equal(del(f, 4), 0);
	expect_chain(f, "0+ 1+ 3+");
	assert_int_equal(del(f, 0), 0);
	expect_chain(f, "1+ 3+");
	assert_int_equal(del(f, 3), 0);
	assert_int_equal(del(f, 1), 0);
	expect_chain(f, "");
}

static void removed_block_may_come_back(void **state)
{
	add_row(f, 3);
	assert_int_equal(del(f, 2), 0);
	assert_int_equal(add(f, 2, 1), 0);
	expect_chain(f, "2+ 0+ 1+");
}

/* Calling */

static void returns_what_the_last_block_returned(void **state)
{
	add_row(f, 3);
	f->up[0] = f->up[1] = NOTIFY_OK;
	f->up[2] = 0x1234;
	assert_int_equal(operate(f, NCB_CALL), 0x1234);
	f->up[2] = NOTIFY_DONE;
	assert_int_equal(operate(f, NCB_CALL), NOTIFY_DONE);
}

static void stop_ends_the_call(void **state)
{
	add_row(f, 3);
	f->up[0] = NOTIFY_STOP;
	assert_int_equal(operate(f, NCB_CALL), NOTIFY_STOP);
	expect_calls(f, "0+");
	f->up[0] = NOTIFY_DONE;
	f->up[1] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_CALL), NOTIFY_BAD);
	expect_calls(f, "0+ 1+");
	f->up[1] = NOTIFY_DONE;
	f->up[2] = NOTIFY_STOP_MASK;
	assert_int_equal(operate(f, NCB_CALL), NOTIFY_STOP_MASK);
	expect_calls(f, "0+ 1+ 2+");
}

static void empty_chain_calls_nobody(void **state)
{
	assert_int_equal(operate(f, NCB_EMPTY), NOTIFY_DONE);
	assert_int_equal(operate(f, NCB_CALL), NOTIFY_DONE);
	expect_calls(f, "");
	add_row(f, 1);
	assert_int_equal(del(f, 0), 0);
	assert_int_equal(operate(f, NCB_EMPTY), NOTIFY_DONE);
	expect_calls(f, "");
}

/* Robust */

static void robust_without_failure_is_a_call(void **state)
{
	add_row(f, 4);
	f->up[3] = NOTIFY_DONE;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_DONE);
	expect_calls(f, "0+ 1+ 2+ 3+");
}

static void robust_failing_first_undoes_nothing(void **state)
{
	add_row(f, 4);
	f->up[0] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_BAD);
	expect_calls(f, "0+");
}

static void robust_failing_second_undoes_first(void **state)
{
	add_row(f, 4);
	f->up[1] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_BAD);
	expect_calls(f, "0+ 1+ 0-");
}

/* Which way a rollback goes is the design's. */
static bool forward(void)
{
	return f->subject->impl->rollback == NCB_FACT_ROLLBACK_FORWARD;
}

static void robust_failing_in_the_middle(void **state)
{
	assert_true(forward() == is("slist"));
	add_row(f, 7);
	f->up[3] = NOTIFY_STOP;
	f->down[0] = f->down[1] = f->down[2] = 0x77;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_STOP);
	expect_calls(f, forward() ? "0+ 1+ 2+ 3+ 0- 1- 2-" : "0+ 1+ 2+ 3+ 2- 1- 0-");
}

static void robust_failing_last(void **state)
{
	add_row(f, 4);
	f->up[3] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_BAD);
	expect_calls(f, forward() ? "0+ 1+ 2+ 3+ 0- 1- 2-" : "0+ 1+ 2+ 3+ 2- 1- 0-");
}

static void robust_single_block(void **state)
{
	add_row(f, 1);
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_OK);
	expect_calls(f, "0+");
	f->up[0] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_BAD);
	expect_calls(f, "0+");
}

static void robust_empty_chain(void **state)
{
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_DONE);
	expect_calls(f, "");
}

/* In every list design: a rollback is a call, so a stop ends it. */
static void stop_ends_the_rollback(void **state)
{
	add_row(f, 4);
	f->up[3] = NOTIFY_BAD;
	f->down[1] = NOTIFY_STOP;
	assert_int_equal(operate(f, NCB_ROBUST), NOTIFY_BAD);
	expect_calls(f, forward() ? "0+ 1+ 2+ 3+ 0- 1-" : "0+ 1+ 2+ 3+ 2- 1-");
}

/* Reverse */

static void reverse_is_the_other_way_round(void **state)
{
	add_row(f, 4);
	f->down[0] = 0x55;
	assert_int_equal(operate(f, NCB_REVERSE), 0x55);
	expect_calls(f, "3- 2- 1- 0-");
}

static void stop_ends_the_reverse_call(void **state)
{
	add_row(f, 4);
	f->down[1] = NOTIFY_BAD;
	assert_int_equal(operate(f, NCB_REVERSE), NOTIFY_BAD);
	expect_calls(f, "3- 2- 1-");
}

static void reverse_of_equal_priorities(void **state)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(add(f, i, 0), 0);
	operate(f, NCB_REVERSE);
	expect_calls(f, "2- 1- 0-");
}

static void reverse_of_an_empty_chain(void **state)
{
	assert_int_equal(operate(f, NCB_REVERSE), NOTIFY_DONE);
	expect_calls(f, "");
}

/* The loops that the clock sees */

static void loop_calls_n_times(void **state)
{
	static const unsigned int times[] = { 0, 1, 2, 7 };
	unsigned int i;

	add_row(f, 3);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		operate_n(f, NCB_CALL, times[i]);
		assert_int_equal(f->calls, 3 * times[i]);
	}
}

static void loop_of_robust_calls_n_times(void **state)
{
	add_row(f, 3);
	f->up[2] = NOTIFY_BAD;
	operate_n(f, NCB_ROBUST, 0);
	expect_calls(f, "");
	operate_n(f, NCB_ROBUST, 7);
	assert_int_equal(f->calls, 7 * 5);
}

static void loop_of_reverse_calls_n_times(void **state)
{
	add_row(f, 3);
	operate_n(f, NCB_REVERSE, 0);
	expect_calls(f, "");
	operate_n(f, NCB_REVERSE, 7);
	assert_int_equal(f->calls, 7 * 3);
}

static void loop_on_an_empty_chain(void **state)
{
	operate_n(f, NCB_EMPTY, 7);
	expect_calls(f, "");
}

static void loop_registers_n_times(void **state)
{
	const unsigned int block = BLOCKS - 1;
	unsigned int n;

	add_row(f, 2);
	block_init(f, block, 9);
	operate_n(f, NCB_REGISTER, 0);
	expect_chain(f, "0+ 1+");
	operate_n(f, NCB_REGISTER, 1);
	assert_int_equal(shim.twice, 0);
	expect_chain(f, "23+ 0+ 1+");
	/* One at a time: a design that misses it may run in a ring from then on. */
	for (n = 1; n <= 2; n++) {
		operate_n(f, NCB_REGISTER, 1);
		if (!is("native"))
			assert_int_equal(shim.twice, n);
	}
	operate_n(f, NCB_REGISTER, 3);
	if (!is("native"))
		assert_int_equal(shim.twice, 5);
	expect_chain(f, "23+ 0+ 1+");
}

static void loop_unregisters(void **state)
{
	add_row(f, 2);
	assert_int_equal(add(f, BLOCKS - 1, -1), 0);
	operate_n(f, NCB_UNREGISTER, 0);
	expect_chain(f, "0+ 1+ 23+");
	operate_n(f, NCB_UNREGISTER, 2);
	expect_chain(f, "0+ 1+");
}

/* Locks and hooks of the private engines. What is held in a call, fixture.c checks. */

static bool locked_for_change(void)
{
	if (system_state == SYSTEM_BOOTING && f->subject->type != NCB_ATOMIC)
		return !shim_held();
	switch (f->subject->type) {
	case NCB_BLOCKING:
		return shim.held[SHIM_RWSEM_WRITE] == 1 && shim_held() == 1;
	case NCB_ATOMIC:
		return shim.held[SHIM_SPIN] == 1 && shim.irqs_off && shim_held() == 2;
	case NCB_SRCU:
		return shim.held[SHIM_MUTEX] == 1 && shim_held() == 1;
	default:
		return !shim_held();
	}
}

static void on_change(void)
{
	if (!locked_for_change())
		fail_msg("a change without the lock of its type");
}

static void changes_hold_the_lock(void **state)
{
	shim.on_trace = on_change;
	assert_int_equal(add(f, 0, 0), 0);
	assert_int_equal(add(f, 0, 0), -EEXIST);
	assert_int_equal(del(f, 0), 0);
	assert_int_equal(del(f, 0), -ENOENT);
	if (f->subject->impl->add_unique[f->subject->type])
		assert_int_equal(add_unique(f, 0, 0), 0);
	assert_int_equal(shim_held(), 0);
	if (f->subject->type != NCB_RAW)
		assert_int_equal(shim_taken(), f->subject->type == NCB_SRCU ? 4 : 5);
}

static void no_sleeping_lock_while_booting(void **state)
{
	unsigned long taken;

	system_state = SYSTEM_BOOTING;
	shim.on_trace = on_change;
	assert_int_equal(add(f, 0, 0), 0);
	assert_int_equal(add(f, 1, 0), 0);
	assert_int_equal(del(f, 0), 0);
	taken = shim_taken();
	assert_int_equal(taken, f->subject->type == NCB_ATOMIC ? 3 : 0);
	shim.on_trace = NULL;
	expect_chain(f, "1+");
}

static void a_call_takes_one_lock(void **state)
{
	enum ncb_op op;
	unsigned long taken;

	add_row(f, 3);
	f->up[2] = NOTIFY_BAD;
	for (op = NCB_CALL; op <= NCB_ROBUST; op++) {
		if (!f->subject->impl->call[f->subject->type][op])
			continue;
		taken = shim_taken();
		operate(f, op);
		assert_int_equal(shim_held(), 0);
		assert_int_equal(shim_taken() - taken, f->subject->type != NCB_RAW);
	}
}

/* A blocking chain that looks empty is not locked at all. */
static void an_empty_chain_and_its_lock(void **state)
{
	enum ncb_op op;
	unsigned long taken;

	for (op = 0; op < NCB_OPS; op++) {
		if (op == NCB_REGISTER || op == NCB_UNREGISTER ||
		    !f->subject->impl->call[f->subject->type][op])
			continue;
		taken = shim_taken();
		operate(f, op);
		assert_int_equal(shim_taken() - taken,
				 f->subject->type == NCB_ATOMIC || f->subject->type == NCB_SRCU);
	}
}

static void passes_the_tracepoints(void **state)
{
	assert_int_equal(add(f, 0, 0), 0);
	assert_int_equal(add(f, 1, -1), 0);
	assert_int_equal(shim.traced, 2);
	operate(f, NCB_CALL);
	assert_int_equal(shim.traced, 4);
	f->up[0] = NOTIFY_BAD;
	operate(f, NCB_CALL);
	assert_int_equal(shim.traced, 5);
	assert_int_equal(add(f, 1, -1), -EEXIST);
	assert_int_equal(shim.traced, 5);
	assert_int_equal(del(f, 0), 0);
	assert_int_equal(del(f, 0), -ENOENT);
	assert_int_equal(shim.traced, 6);
}

static void rollback_passes_the_tracepoints(void **state)
{
	unsigned long before;

	add_row(f, 6);
	f->up[3] = NOTIFY_BAD;
	before = shim.traced;
	operate(f, NCB_ROBUST);
	assert_int_equal(shim.traced - before, f->calls);
}

static void no_grace_period_is_waited_for(void **state)
{
	add_row(f, 2);
	assert_int_equal(del(f, 0), 0);
	assert_int_equal(shim.grace_periods, 0);
}

static void init_reports_what_fails(void **state)
{
	void *head = calloc(1, f->subject->impl->head_size[NCB_SRCU]);

	shim.srcu_fails = true;
	assert_int_equal(f->subject->impl->head_init[NCB_SRCU](head), -ENOMEM);
	shim.srcu_fails = false;
	free(head);
}

/* What distinguishes the two designs */

static void sizes(void **state)
{
	const size_t pointer = sizeof(void *);
	extern const struct ncb_impl slist_impl_0, dlist_impl_0;
	u32 type = f->subject->type;

	assert_int_equal(f->subject->impl->node_size, is("slist") ? 3 * pointer : 4 * pointer);
	assert_int_equal(dlist_impl_0.head_size[type] - slist_impl_0.head_size[type], pointer);
	assert_int_equal(f->subject->impl->head_size[NCB_RAW], is("slist") ? pointer : 2 * pointer);
}

/* From inside a callback only raw chains can be changed. */
static void remove_itself(struct fixture *f, unsigned int block, unsigned long event)
{
	if (block == 1)
		assert_int_equal(del(f, 1), 0);
}

static void slist_block_may_remove_itself(void **state)
{
	add_row(f, 3);
	f->meanwhile = remove_itself;
	operate(f, NCB_CALL);
	expect_calls(f, "0+ 1+ 2+");
	f->meanwhile = NULL;
	expect_chain(f, "0+ 2+");
}

static void on_poison(int signal, siginfo_t *info, void *context)
{
	_exit((unsigned long)info->si_addr / 4096 ? 3 : 42);
}

/* The next link is read after the callback: it is poison by then. */
static void dlist_block_that_removes_itself_meets_poison(void **state)
{
	struct sigaction action = { .sa_sigaction = on_poison, .sa_flags = SA_SIGINFO };
	int status;
	pid_t child;

	add_row(f, 3);
	f->meanwhile = remove_itself;
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		sigaction(SIGSEGV, &action, NULL);
		operate(f, NCB_CALL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

static void remove_next(struct fixture *f, unsigned int block, unsigned long event)
{
	if (block == 1)
		assert_int_equal(del(f, 2), 0);
}

/* slist has loaded the next block before, dlist looks for it now. */
static void when_the_next_block_is_looked_up(void **state)
{
	add_row(f, 4);
	f->meanwhile = remove_next;
	operate(f, NCB_CALL);
	expect_calls(f, is("slist") ? "0+ 1+ 2+ 3+" : "0+ 1+ 3+");
}

static void two_new_in_front(struct fixture *f, unsigned int block, unsigned long event)
{
	if (block == 2 && event == UP) {
		assert_int_equal(add(f, 10, 100), 0);
		assert_int_equal(add(f, 11, 101), 0);
	}
}

/*
 * The block that fails puts two new ones in front, so that the rollback has
 * more blocks before it than it may call: 2.
 */
static void limit_of_the_rollback(void **state)
{
	add_row(f, 4);
	f->up[2] = NOTIFY_BAD;
	f->meanwhile = two_new_in_front;
	operate(f, NCB_ROBUST);
	/* dlist: 2 and one more. */
	expect_calls(f, is("slist") ? "0+ 1+ 2+ 11- 10-" : "0+ 1+ 2+ 1- 0- 10-");
}

static unsigned long steps(void)
{
	unsigned long n = shim.list_steps + shim.rcu_steps;

	shim.list_steps = shim.rcu_steps = 0;
	return n;
}

static void dlist_rollback_visits_all_behind_the_failure(void **state)
{
	unsigned int at;

	add_row(f, 10);
	for (at = 0; at < 10; at++) {
		f->up[at] = NOTIFY_BAD;
		steps();
		operate(f, NCB_ROBUST);
		assert_int_equal(f->calls, at + 1 + at);
		/* Up to the failure, then all the way back from the tail. */
		assert_int_equal(steps(), at + 1 + 10);
		f->up[at] = NOTIFY_OK;
	}
}

static void dlist_change_searches_from_the_head(void **state)
{
	add_row(f, 10);
	steps();
	assert_int_equal(del(f, 6), 0);
	assert_int_equal(steps(), 7);
	assert_int_equal(add(f, 6, -6), 0);
	/* Up to the first block of lower priority. */
	assert_int_equal(steps(), 7);
}

static void dlist_uses_the_rcu_iterator_for_srcu_only(void **state)
{
	add_row(f, 3);
	steps();
	operate(f, NCB_CALL);
	assert_int_equal(shim.rcu_steps, f->subject->type == NCB_SRCU ? 3 : 0);
	assert_int_equal(shim.list_steps, f->subject->type == NCB_SRCU ? 0 : 3);
}

struct dlist_layout {
	notifier_fn_t fn;
	struct list_head entry;
};

static void dlist_poisons_what_it_removes(void **state)
{
	const struct dlist_layout *block = f->block[1];

	add_row(f, 3);
	assert_int_equal(del(f, 1), 0);
	assert_ptr_equal(block->entry.next, LIST_POISON1);
	assert_ptr_equal(block->entry.prev, LIST_POISON2);
}

/**
 * struct behaviour - a test
 * @name: in words
 * @run: the test
 * @op: the subject has to have this operation
 * @types: bits of the chain types it makes sense for; 0: all
 * @only: for this engine; "list": the private ones; NULL: all
 */
struct behaviour {
	const char *name;
	CMUnitTestFunction run;
	enum ncb_op op;
	unsigned int types;
	const char *only;
};

#define RAW	(1 << NCB_RAW)
#define TEST(fn, ...)	{ .name = #fn, .run = fn, __VA_ARGS__ }

static const struct behaviour behaviours[] = {
	TEST(higher_priority_first),
	TEST(equal_priorities_in_order_of_registration),
	TEST(second_registration_is_refused),
	TEST(taken_priority_is_refused),
	TEST(removing_a_stranger_is_refused),
	TEST(removing_keeps_the_others),
	TEST(removed_block_may_come_back),
	TEST(returns_what_the_last_block_returned),
	TEST(stop_ends_the_call),
	TEST(empty_chain_calls_nobody),
	TEST(robust_without_failure_is_a_call, .op = NCB_ROBUST),
	TEST(robust_failing_first_undoes_nothing, .op = NCB_ROBUST),
	TEST(robust_failing_second_undoes_first, .op = NCB_ROBUST),
	TEST(robust_failing_in_the_middle, .op = NCB_ROBUST),
	TEST(robust_failing_last, .op = NCB_ROBUST),
	TEST(robust_single_block, .op = NCB_ROBUST),
	TEST(robust_empty_chain, .op = NCB_ROBUST),
	TEST(stop_ends_the_rollback, .op = NCB_ROBUST),
	TEST(reverse_is_the_other_way_round, .op = NCB_REVERSE),
	TEST(stop_ends_the_reverse_call, .op = NCB_REVERSE),
	TEST(reverse_of_equal_priorities, .op = NCB_REVERSE),
	TEST(reverse_of_an_empty_chain, .op = NCB_REVERSE),
	TEST(loop_calls_n_times),
	TEST(loop_of_robust_calls_n_times, .op = NCB_ROBUST),
	TEST(loop_of_reverse_calls_n_times, .op = NCB_REVERSE),
	TEST(loop_on_an_empty_chain, .op = NCB_EMPTY),
	TEST(loop_registers_n_times, .op = NCB_REGISTER),
	TEST(loop_unregisters, .op = NCB_UNREGISTER),
	TEST(changes_hold_the_lock, .only = "list"),
	TEST(no_sleeping_lock_while_booting, .only = "list"),
	TEST(a_call_takes_one_lock, .only = "list"),
	TEST(an_empty_chain_and_its_lock, .only = "list"),
	TEST(passes_the_tracepoints, .only = "list"),
	TEST(rollback_passes_the_tracepoints, .op = NCB_ROBUST, .only = "list"),
	TEST(no_grace_period_is_waited_for, .only = "list"),
	TEST(init_reports_what_fails, .types = 1 << NCB_SRCU, .only = "list"),
	TEST(sizes, .only = "list"),
	TEST(slist_block_may_remove_itself, .types = RAW, .only = "slist"),
	TEST(dlist_block_that_removes_itself_meets_poison, .types = RAW, .only = "dlist"),
	TEST(when_the_next_block_is_looked_up, .types = RAW, .only = "list"),
	TEST(limit_of_the_rollback, .op = NCB_ROBUST, .types = RAW, .only = "list"),
	TEST(dlist_rollback_visits_all_behind_the_failure, .op = NCB_ROBUST, .only = "dlist"),
	TEST(dlist_change_searches_from_the_head, .only = "dlist"),
	TEST(dlist_uses_the_rcu_iterator_for_srcu_only, .only = "dlist"),
	TEST(dlist_poisons_what_it_removes, .only = "dlist"),
};

static bool applies(const struct behaviour *b, const struct subject *s)
{
	if (!s->impl->call[s->type][b->op] || (b->types && !(b->types >> s->type & 1)))
		return false;
	if (b->only && !strcmp(b->only, "list"))
		return strcmp(s->engine, "native");
	return !b->only || !strcmp(b->only, s->engine);
}

/* A list that became a ring would be walked for ever: then SIGALRM ends it. */
static int setup(void **state)
{
	alarm(10);
	fixture_open(f, *state);
	return 0;
}

static int teardown(void **state)
{
	fixture_close(f);
	return 0;
}

int main(void)
{
	extern const struct ncb_impl slist_impl_0, dlist_impl_0, native_impl_0;
	static const struct {
		const char *engine;
		const struct ncb_impl *impl;
	} engines[] = {
		{ "slist", &slist_impl_0 },
		{ "dlist", &dlist_impl_0 },
		{ "native", &native_impl_0 },
	};
	static struct subject subjects[ARRAY_SIZE(engines) * NCB_TYPES];
	static struct CMUnitTest tests[ARRAY_SIZE(subjects) * ARRAY_SIZE(behaviours)];
	static char names[ARRAY_SIZE(tests)][80];
	unsigned int i, k, count = 0;

	for (i = 0; i < ARRAY_SIZE(subjects); i++)
		subjects[i] = (struct subject) {
			.engine = engines[i / NCB_TYPES].engine,
			.impl = engines[i / NCB_TYPES].impl,
			.type = i % NCB_TYPES,
		};
	for (k = 0; k < ARRAY_SIZE(behaviours); k++) {
		for (i = 0; i < ARRAY_SIZE(subjects); i++) {
			if (!applies(&behaviours[k], &subjects[i]))
				continue;
			snprintf(names[count], sizeof(names[count]), "%s: %s %s",
				 behaviours[k].name, subjects[i].engine,
				 ncb_type_names[subjects[i].type]);
			tests[count] = (struct CMUnitTest) {
				.name = names[count],
				.test_func = behaviours[k].run,
				.setup_func = setup,
				.teardown_func = teardown,
				.initial_state = &subjects[i],
			};
			count++;
		}
	}
	return _cmocka_run_group_tests("engines", tests, count, NULL, NULL) != 0;
}
