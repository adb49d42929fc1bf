// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fixture.h"
#include "shim.h"

/* What has to be held while a callback of this chain type runs. */
static bool locked_for_call(u32 type)
{
	switch (type) {
	case NCB_BLOCKING:
		return shim.held[SHIM_RWSEM_READ] == 1 && shim_held() == 1;
	case NCB_ATOMIC:
		return shim.held[SHIM_RCU] == 1 && shim_held() == 1;
	case NCB_SRCU:
		return shim.held[SHIM_SRCU] == 1 && shim_held() == 1;
	default:
		return !shim_held();
	}
}

static int probe(struct notifier_block *nb, unsigned long event, void *data)
{
	struct fixture *f = data;
	unsigned int i = 0;

	while (i < BLOCKS && f->block[i] != (void *)nb)
		i++;
	if (i == BLOCKS)
		fail_msg("a block that is none of ours was called");
	if (event != UP && event != DOWN)
		fail_msg("block %u was called with event %#lx", i, event);
	if (f->calls == CALLS_MAX)
		fail_msg("no end of calls: %.60s ...", transcript(f));
	if (strcmp(f->subject->engine, "native") && !locked_for_call(f->subject->type))
		fail_msg("block %u was called without the lock of its type", i);
	f->called[f->calls++] = (struct call) { .block = i, .event = event };
	if (f->meanwhile)
		f->meanwhile(f, i, event);
	return event == UP ? f->up[i] : f->down[i];
}

/* Memory full of rubbish: nothing may rely on zeroes. */
static void *rubbish(size_t size)
{
	void *p = malloc(size);

	if (!p)
		abort();
	return memset(p, 0xa5, size);
}

/**
 * fixture_open - an empty chain, and blocks that return NOTIFY_OK
 * @f: gets it
 * @subject: what kind of chain
 */
void fixture_open(struct fixture *f, const struct subject *subject)
{
	const struct ncb_impl *impl = subject->impl;
	unsigned int i;

	shim_reset();
	*f = (struct fixture) { .subject = subject };
	f->head = rubbish(impl->head_size[subject->type]);
	if (impl->head_init[subject->type](f->head))
		abort();
	for (i = 0; i < BLOCKS; i++) {
		f->block[i] = rubbish(impl->node_size);
		f->up[i] = f->down[i] = NOTIFY_OK;
	}
}

/**
 * fixture_close - give everything back
 * @f: the chain, with any blocks on it
 */
void fixture_close(struct fixture *f)
{
	unsigned int i;

	f->subject->impl->head_fini[f->subject->type](f->head);
	free(f->head);
	for (i = 0; i < BLOCKS; i++)
		free(f->block[i]);
}

void block_init(struct fixture *f, unsigned int block, int priority)
{
	f->subject->impl->node_init(f->block[block], probe, priority);
}

/* Fills a block in and registers it. */
int add(struct fixture *f, unsigned int block, int priority)
{
	block_init(f, block, priority);
	return f->subject->impl->add[f->subject->type](f->head, f->block[block]);
}

int add_unique(struct fixture *f, unsigned int block, int priority)
{
	block_init(f, block, priority);
	return f->subject->impl->add_unique[f->subject->type](f->head, f->block[block]);
}

int del(struct fixture *f, unsigned int block)
{
	return f->subject->impl->del[f->subject->type](f->head, f->block[block]);
}

/* Blocks 0, 1 ... in this order. */
void add_row(struct fixture *f, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		assert_int_equal(add(f, i, -(int)i), 0);
}

static struct ncb_site site(struct fixture *f, enum ncb_op op)
{
	f->calls = 0;
	return (struct ncb_site) {
		.head = f->head,
		.node = f->block[BLOCKS - 1],
		.val = op == NCB_REVERSE ? DOWN : UP,
		.down = DOWN,
		.data = f,
	};
}

/* One operation and what it returned; registering is about the last block. */
int operate(struct fixture *f, enum ncb_op op)
{
	struct ncb_site s = site(f, op);

	return f->subject->impl->call[f->subject->type][op](&s);
}

/* The same through the loop that the clock would see. */
void operate_n(struct fixture *f, enum ncb_op op, unsigned int n)
{
	struct ncb_site s = site(f, op);

	f->subject->impl->loop[f->subject->type][op](&s, n);
}

const char *transcript(const struct fixture *f)
{
	static char text[CALLS_MAX * 4 + 1];
	unsigned int i, used = 0;

	text[0] = '\0';
	for (i = 0; i < f->calls; i++)
		used += sprintf(text + used, "%s%u%c", i ? " " : "", f->called[i].block,
				f->called[i].event == UP ? '+' : '-');
	return text;
}
