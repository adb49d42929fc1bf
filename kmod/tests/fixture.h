/* SPDX-License-Identifier: GPL-2.0-only */
/* A chain of any engine with blocks that write down who called them. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "engine.h"

#define BLOCKS		24
#define CALLS_MAX	(8 * BLOCKS)

/* Events that no engine can guess. */
#define UP		0x51ul
#define DOWN		0x52ul

/**
 * struct subject - what a test is about
 * @engine: its name
 * @impl: a compiled copy of it
 * @type: enum ncb_type
 */
struct subject {
	const char *engine;
	const struct ncb_impl *impl;
	u32 type;
};

/**
 * struct call - one callback that ran
 * @block: whose
 * @event: UP or DOWN
 */
struct call {
	unsigned int block;
	unsigned long event;
};

/**
 * struct fixture - a chain under test
 * @subject: its engine
 * @head: the chain, exactly as large as the engine says
 * @block: the blocks, each an allocation of its own of exactly its size
 * @up: what the callback of a block returns for UP
 * @down: the same for DOWN
 * @called: @calls calls since the last operation began
 * @meanwhile: runs inside each callback, or NULL
 */
struct fixture {
	const struct subject *subject;
	void *head;
	void *block[BLOCKS];
	int up[BLOCKS];
	int down[BLOCKS];
	struct call called[CALLS_MAX];
	unsigned int calls;
	void (*meanwhile)(struct fixture *f, unsigned int block, unsigned long event);
};

void fixture_open(struct fixture *f, const struct subject *subject);
void fixture_close(struct fixture *f);
void block_init(struct fixture *f, unsigned int block, int priority);
int add(struct fixture *f, unsigned int block, int priority);
int add_unique(struct fixture *f, unsigned int block, int priority);
int del(struct fixture *f, unsigned int block);
void add_row(struct fixture *f, unsigned int count);
int operate(struct fixture *f, enum ncb_op op);
void operate_n(struct fixture *f, enum ncb_op op, unsigned int n);
const char *transcript(const struct fixture *f);

/* Calls are written as block and event: "0+ 1+ 0-". */
#define expect_calls(f, text)	assert_string_equal(transcript(f), text)

/* The chain's blocks in order, whoever registered them. */
#define expect_chain(f, text)					\
	do {							\
		operate(f, NCB_CALL);				\
		expect_calls(f, text);				\
	} while (0)

#endif /* FIXTURE_H */
