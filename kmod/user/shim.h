/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of kmod/tests/shim/shim.h, below the same stand-ins for kernel
 * headers: nothing is counted and nothing is checked, because it is timed.
 *
 * Locks cost what an uncontended one costs at least, a call and an atomic
 * operation each way, and never wait: there is one thread.
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
};

struct shim_lock {
	bool ready;
	int held;
};

/**
 * struct shim - what the stand-ins write; only @irqs_off is touched in timed code
 * @interrupted: set where the measurement has to end
 */
struct shim {
	bool irqs_off;
	bool srcu_fails;
	unsigned long grace_periods;
	unsigned long twice;
	unsigned long warned;
	const volatile int *interrupted;
};

extern struct shim shim;

_Noreturn void shim_die(const char *what);
void *shim_zalloc(size_t size);

static inline int shim_held(void)
{
	return 0;
}

/* RCU's read side is nothing but order for the compiler, SRCU's a full barrier. */
static inline void shim_enter(enum shim_kind kind)
{
	if (kind == SHIM_SRCU)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else
		asm volatile("" : : : "memory");
}

static inline void shim_leave(enum shim_kind kind, const char *what)
{
	shim_enter(kind);
}

void shim_lock(struct shim_lock *l);
void shim_unlock(struct shim_lock *l);

#define shim_take(l, kind, what)	shim_lock(l)
#define shim_drop(l, kind, what)	shim_unlock(l)

/* A process cannot hold interrupts off, and says so. */
static inline bool shim_irqs(bool off)
{
	return false;
}

static inline bool shim_irqs_disabled(void)
{
	return false;
}

#define shim_step(counter)	1

static inline void shim_trace(void)
{
}

#endif /* SHIM_H */
