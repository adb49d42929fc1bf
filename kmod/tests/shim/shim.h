/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stand-ins for kernel headers count, and how they complain.
 *
 * Tests have one thread: a lock that is taken twice would never be had, so it
 * is an error, and so is a lock that was never initialised. An error ends the
 * program with abort().
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>
#include <stddef.h>

enum shim_kind {
	SHIM_RWSEM_READ,
	SHIM_RWSEM_WRITE,
	SHIM_SPIN,
	SHIM_MUTEX,
	SHIM_RCU,
	SHIM_SRCU,
	SHIM_KINDS
};

/**
 * struct shim_lock - any lock
 * @ready: it was initialised
 * @held: somebody has it
 */
struct shim_lock {
	bool ready;
	bool held;
};

/**
 * struct shim - what happened since shim_reset()
 * @held: locks and read sides held now, per kind
 * @taken: how often one was taken, per kind
 * @irqs_off: interrupts are off
 * @on_irqs: called each time they go on again, or NULL
 * @grace_periods: waited for
 * @traced: passes of the notifier tracepoints
 * @on_trace: called at each of those passes, or NULL
 * @twice: reports of a second registration
 * @warned: WARN()s
 * @list_steps: list entries looked at by the plain iterators
 * @rcu_steps: list entries looked at by the RCU iterator
 * @srcu_fails: init_srcu_struct() returns -ENOMEM
 * @allocs_left: allocations until one fails; negative: none does
 * @allocated: bytes handed out by all allocations
 */
struct shim {
	int held[SHIM_KINDS];
	unsigned long taken[SHIM_KINDS];
	bool irqs_off;
	void (*on_irqs)(void);
	unsigned long grace_periods;
	unsigned long traced;
	void (*on_trace)(void);
	unsigned long twice;
	unsigned long warned;
	unsigned long list_steps;
	unsigned long rcu_steps;
	bool srcu_fails;
	int allocs_left;
	size_t allocated;
};

extern struct shim shim;

void shim_reset(void);
_Noreturn void shim_die(const char *what);
int shim_held(void);
unsigned long shim_taken(void);
void *shim_zalloc(size_t size);

static inline void shim_enter(enum shim_kind kind)
{
	shim.held[kind]++;
	shim.taken[kind]++;
}

static inline void shim_leave(enum shim_kind kind, const char *what)
{
	if (!shim.held[kind])
		shim_die(what);
	shim.held[kind]--;
}

static inline void shim_take(struct shim_lock *l, enum shim_kind kind, const char *what)
{
	if (!l->ready || l->held)
		shim_die(what);
	l->held = true;
	shim_enter(kind);
}

static inline void shim_drop(struct shim_lock *l, enum shim_kind kind, const char *what)
{
	if (!l->ready || !l->held)
		shim_die(what);
	l->held = false;
	shim_leave(kind, what);
}

static inline bool shim_irqs(bool off)
{
	bool before = shim.irqs_off;

	shim.irqs_off = off;
	if (before && !off && shim.on_irqs)
		shim.on_irqs();
	return before;
}

static inline bool shim_irqs_disabled(void)
{
	return shim.irqs_off;
}

#define shim_step(counter)	(++shim.counter)

static inline void shim_trace(void)
{
	shim.traced++;
	if (shim.on_trace)
		shim.on_trace();
}

#endif /* SHIM_H */
