// SPDX-License-Identifier: GPL-2.0-only
/* What cases are made of: blocks, calls, and the steps that come of them. */
#include <linux/compiler.h>
#include <linux/errno.h>
#include "scene.h"

#define EVENT_UP	1ul
#define EVENT_DOWN	2ul

/* Kept for what ends a walk after its callbacks were cut. */
#define STEPS_AFTER_CUT	16u

/* Priorities of a chain's blocks are this far from each other. */
#define PRIORITY_STEP	10

/** scene_step - note that something happened */
void scene_step(struct scene *s, enum ncb_behaviour_what what, u16 block, int value)
{
	struct ncb_behaviour_record *r = &s->record;

	if (r->steps == NCB_BEHAVIOUR_STEPS) {
		r->status = NCB_BEHAVIOUR_CUT;
		return;
	}
	r->step[r->steps] = (struct ncb_behaviour_step) { what, block, value };
	/* A reader of a case that was killed sees whole steps. */
	WRITE_ONCE(r->steps, r->steps + 1);
}

/*
 * All blocks have it. @nb is the first thing of its actor, whatever a block is; a walk
 * that does not end is ended from here.
 */
static int callback(struct notifier_block *nb, unsigned long event, void *data)
{
	struct scene_actor *a = (void *)nb;
	struct scene *s = data;
	void (*during)(struct scene *s) = a->during;
	int answer = event == EVENT_UP ? a->up : a->down;

	if (s->record.steps >= NCB_BEHAVIOUR_STEPS - STEPS_AFTER_CUT) {
		s->record.status = NCB_BEHAVIOUR_CUT;
		return NOTIFY_BAD;
	}
	scene_step(s, event == EVENT_UP ? NCB_BEHAVIOUR_UP : NCB_BEHAVIOUR_DOWN, a->number, answer);
	if (event == EVENT_UP && during) {
		a->during = NULL;
		during(s);
	}
	return answer;
}

/** scene_actor - make block @number, which is on no chain yet and answers NOTIFY_OK */
struct scene_actor *scene_actor(struct scene *s, u16 number, int priority)
{
	struct scene_actor *a = &s->actor[number - 1];

	*a = (struct scene_actor) { .number = number, .up = NOTIFY_OK, .down = NOTIFY_OK };
	s->api->block(a->block, callback, priority);
	return a;
}

/** scene_place - register a block; a step only where that does not work */
void scene_place(struct scene *s, u16 number)
{
	int err = s->api->add(s->head, s->actor[number - 1].block);

	if (err)
		scene_step(s, NCB_BEHAVIOUR_ADD, number, err);
}

static void fill(struct scene *s, u16 blocks, int step)
{
	u16 n;

	s->api->init(s->head);
	for (n = 1; n <= blocks; n++) {
		scene_actor(s, n, -step * n);
		scene_place(s, n);
	}
}

/** scene_chain - a chain of blocks 1, 2 ... of descending priority */
void scene_chain(struct scene *s, u16 blocks)
{
	fill(s, blocks, PRIORITY_STEP);
}

/** scene_equals - a chain of blocks 1, 2 ... of equal priority */
void scene_equals(struct scene *s, u16 blocks)
{
	fill(s, blocks, 0);
}

/** scene_add - register a block */
int scene_add(struct scene *s, u16 number)
{
	int err = s->api->add(s->head, s->actor[number - 1].block);

	scene_step(s, NCB_BEHAVIOUR_ADD, number, err);
	return err;
}

/** scene_add_unique - register a block with a priority of its own */
int scene_add_unique(struct scene *s, u16 number)
{
	int err;

	if (!s->api->add_unique) {
		s->record.status = NCB_BEHAVIOUR_ABSENT;
		return -EOPNOTSUPP;
	}
	err = s->api->add_unique(s->head, s->actor[number - 1].block);
	scene_step(s, NCB_BEHAVIOUR_ADD_UNIQUE, number, err);
	return err;
}

/** scene_del - unregister a block */
int scene_del(struct scene *s, u16 number)
{
	int err = s->api->del(s->head, s->actor[number - 1].block);

	scene_step(s, NCB_BEHAVIOUR_DEL, number, err);
	return err;
}

/** scene_call - call the chain */
void scene_call(struct scene *s)
{
	scene_step(s, NCB_BEHAVIOUR_CALL, 0, 0);
	scene_step(s, NCB_BEHAVIOUR_END, 0, s->api->call(s->head, EVENT_UP, s));
}

/** scene_robust - call the chain, with a rollback where a block fails */
void scene_robust(struct scene *s)
{
	if (!s->api->robust) {
		s->record.status = NCB_BEHAVIOUR_ABSENT;
		return;
	}
	scene_step(s, NCB_BEHAVIOUR_ROBUST, 0, 0);
	scene_step(s, NCB_BEHAVIOUR_END, 0, s->api->robust(s->head, EVENT_UP, EVENT_DOWN, s));
}

/** scene_reverse - call the chain backwards */
void scene_reverse(struct scene *s)
{
	if (!s->api->reverse) {
		s->record.status = NCB_BEHAVIOUR_ABSENT;
		return;
	}
	scene_step(s, NCB_BEHAVIOUR_REVERSE, 0, 0);
	scene_step(s, NCB_BEHAVIOUR_END, 0, s->api->reverse(s->head, EVENT_UP, s));
}
