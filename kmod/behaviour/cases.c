// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases, as cases.def says them in words. Blocks are numbered as they are called:
 * by descending priority. None makes a call that waits for itself.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include "scene.h"

static void case_order(struct scene *s)
{
	s->api->init(s->head);
	scene_actor(s, 1, INT_MAX);
	scene_actor(s, 2, 0);
	scene_actor(s, 3, INT_MIN);
	scene_place(s, 3);
	scene_place(s, 1);
	scene_place(s, 2);
	scene_call(s);
}

static void case_equal(struct scene *s)
{
	scene_equals(s, 3);
	scene_call(s);
}

static void case_stop(struct scene *s)
{
	scene_chain(s, 3);
	s->actor[1].up = NOTIFY_STOP;
	scene_call(s);
}

static void case_bad(struct scene *s)
{
	scene_chain(s, 3);
	s->actor[1].up = NOTIFY_BAD;
	scene_call(s);
}

static void case_value(struct scene *s)
{
	scene_chain(s, 3);
	s->actor[2].up = NOTIFY_DONE;
	scene_call(s);
}

static void case_empty(struct scene *s)
{
	scene_chain(s, 0);
	scene_call(s);
}

static void case_emptied(struct scene *s)
{
	scene_chain(s, 1);
	scene_del(s, 1);
	scene_call(s);
}

static void case_again(struct scene *s)
{
	scene_equals(s, 3);
	scene_del(s, 1);
	scene_add(s, 1);
	scene_call(s);
}

static void case_unknown(struct scene *s)
{
	scene_chain(s, 2);
	scene_actor(s, 3, 0);
	scene_del(s, 3);
	scene_call(s);
}

static void case_twice(struct scene *s)
{
	scene_chain(s, 3);
	scene_del(s, 2);
	scene_del(s, 2);
	scene_call(s);
}

/* Block 3 gets a priority of its own, or the one of block 2. */
static void add_unique(struct scene *s, bool taken)
{
	s->api->init(s->head);
	scene_actor(s, 1, 2);
	scene_actor(s, 2, 1);
	scene_actor(s, 3, taken);
	scene_place(s, 1);
	scene_place(s, 2);
	if (scene_add_unique(s, 3) != -EOPNOTSUPP)
		scene_call(s);
}

static void case_unique_taken(struct scene *s)
{
	add_unique(s, true);
}

static void case_unique_free(struct scene *s)
{
	add_unique(s, false);
}

/* Of so many blocks, number @failing fails; 0: none. */
static void robust(struct scene *s, u16 blocks, u16 failing)
{
	scene_chain(s, blocks);
	if (failing)
		s->actor[failing - 1].up = NOTIFY_BAD;
	scene_robust(s);
}

static void case_robust_none(struct scene *s)
{
	robust(s, 3, 0);
}

static void case_robust_head(struct scene *s)
{
	robust(s, 3, 1);
}

static void case_robust_middle(struct scene *s)
{
	robust(s, 4, 3);
}

static void case_robust_tail(struct scene *s)
{
	robust(s, 3, 3);
}

static void case_robust_only(struct scene *s)
{
	robust(s, 1, 1);
}

static void case_robust_empty(struct scene *s)
{
	robust(s, 0, 0);
}

static void case_robust_down(struct scene *s)
{
	u16 i;

	scene_chain(s, 4);
	for (i = 0; i < 4; i++)
		s->actor[i].down = NOTIFY_STOP;
	s->actor[3].up = NOTIFY_BAD;
	scene_robust(s);
}

static void case_reverse_order(struct scene *s)
{
	scene_chain(s, 3);
	scene_reverse(s);
}

static void case_reverse_stop(struct scene *s)
{
	scene_chain(s, 3);
	s->actor[1].up = NOTIFY_STOP;
	scene_reverse(s);
}

static void case_reverse_empty(struct scene *s)
{
	scene_chain(s, 0);
	scene_reverse(s);
}

static void register_4(struct scene *s)
{
	scene_add(s, 4);
}

static void unregister_1(struct scene *s)
{
	scene_del(s, 1);
}

static void unregister_2(struct scene *s)
{
	scene_del(s, 2);
}

static void unregister_3(struct scene *s)
{
	scene_del(s, 3);
}

/* Block @who of three does something while it is called; then a call shows what became. */
static void act(struct scene *s, u16 who, void (*during)(struct scene *s))
{
	s->actor[who - 1].during = during;
	scene_call(s);
	scene_call(s);
}

static void case_add_before(struct scene *s)
{
	scene_chain(s, 3);
	scene_actor(s, 4, -15);
	act(s, 2, register_4);
}

static void case_add_behind(struct scene *s)
{
	scene_chain(s, 3);
	scene_actor(s, 4, -25);
	act(s, 2, register_4);
}

static void case_add_end(struct scene *s)
{
	scene_chain(s, 3);
	scene_actor(s, 4, -35);
	act(s, 3, register_4);
}

static void case_twins(struct scene *s)
{
	scene_chain(s, 3);
	scene_add(s, 2);
	scene_call(s);
}

static void case_drop_previous(struct scene *s)
{
	scene_chain(s, 3);
	act(s, 2, unregister_1);
}

static void case_drop_self_robust(struct scene *s)
{
	scene_chain(s, 3);
	s->actor[2].during = unregister_3;
	s->actor[2].up = NOTIFY_BAD;
	scene_robust(s);
}

static void case_drop_self(struct scene *s)
{
	scene_chain(s, 3);
	act(s, 2, unregister_2);
}

static void case_drop_self_end(struct scene *s)
{
	scene_chain(s, 3);
	act(s, 3, unregister_3);
}

static void case_drop_next(struct scene *s)
{
	scene_chain(s, 3);
	act(s, 1, unregister_2);
}

static void other_unregisters_2(struct scene *s)
{
	s->elsewhere(s, &s->actor[1]);
}

/* Its answer comes when the call is over, as it waits for that. */
static void act_elsewhere(struct scene *s, u16 who)
{
	if (!s->elsewhere) {
		s->record.status = NCB_BEHAVIOUR_ABSENT;
		return;
	}
	scene_chain(s, 3);
	s->actor[who - 1].during = other_unregisters_2;
	scene_call(s);
	scene_step(s, NCB_BEHAVIOUR_DEL, 2, s->join(s));
	scene_call(s);
}

static void case_other_self(struct scene *s)
{
	act_elsewhere(s, 2);
}

static void case_other_next(struct scene *s)
{
	act_elsewhere(s, 1);
}

static void case_zeroed_call(struct scene *s)
{
	scene_call(s);
}

static void case_zeroed_add(struct scene *s)
{
	scene_actor(s, 1, 1);
	scene_actor(s, 2, 0);
	scene_add(s, 1);
	scene_add(s, 2);
	scene_call(s);
}

static const struct {
	void (*play)(struct scene *s);
	u32 types;
} cases[NCB_BEHAVIOUR_CASES] = {
#define NCB_CASE(id, name, types, title)	{ case_##id, types },
#include "cases.def"
#undef NCB_CASE
};

/**
 * scene_possible - whether a case makes sense for a type of chains
 * @which: enum ncb_behaviour_case
 * @type: enum ncb_behaviour_type
 *
 * Return: 0 or -EINVAL.
 */
int scene_possible(u32 which, u32 type)
{
	if (which >= NCB_BEHAVIOUR_CASES || type >= NCB_BEHAVIOUR_TYPES)
		return -EINVAL;
	return cases[which].types & 1u << type ? 0 : -EINVAL;
}

/**
 * scene_play - play a case; may not return, see the top of ncb_behaviour_uapi.h
 * @s: with an API and a zeroed head
 * @which: enum ncb_behaviour_case, which scene_possible() allows
 * @type: enum ncb_behaviour_type
 */
void scene_play(struct scene *s, u32 which, u32 type)
{
	struct ncb_behaviour_record *r = &s->record;

	*r = (struct ncb_behaviour_record) { .which = which, .type = type };
	cases[which].play(s);
	if (r->status == NCB_BEHAVIOUR_BEGUN)
		r->status = NCB_BEHAVIOUR_DONE;
}
