// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/prandom.h>
#include "random.h"
#include "shim.h"

#define UP	0x71ul
#define DOWN	0x72ul
#define TAIL	20	/* steps shown before a difference */

/*
 * A side of the comparison: either an engine's chain, or the model, which is
 * nothing but the numbers of the blocks in order.
 */
struct side {
	const struct player *player;
	void *head;
	void *node[RANDOM_BLOCKS];
	unsigned int order[RANDOM_BLOCKS];
	unsigned int count;
	int priority[RANDOM_BLOCKS];
	unsigned long traced;
	const struct step *step;
	struct outcome out;
};

/* What a block returns; not the same from all. */
static int answer(const struct step *s, unsigned int block, bool down)
{
	u32 stops = down && s->kind == STEP_ROBUST ? s->down : s->up;

	return (stops >> block & 1 ? NOTIFY_STOP_MASK : 0) | block % 3;
}

static int visit(struct side *side, unsigned int block, bool down)
{
	struct outcome *out = &side->out;

	if (out->calls < sizeof(out->call))
		out->call[out->calls] = block | (down ? 0x80 : 0);
	out->calls++;
	/* A chain that became a ring: no sense in going on. */
	if (out->calls > 10 * RANDOM_BLOCKS) {
		fprintf(stderr, "%s: no end of calls\n", side->player->name);
		abort();
	}
	return answer(side->step, block, down);
}

static int callback(struct notifier_block *nb, unsigned long val, void *data)
{
	struct side *side = data;
	unsigned int i;

	for (i = 0; i < RANDOM_BLOCKS; i++)
		if (side->node[i] == (void *)nb)
			return visit(side, i, val == DOWN);
	fprintf(stderr, "%s: a block that is none of ours was called\n", side->player->name);
	abort();
}

/* The model */

static unsigned int model_find(const struct side *m, unsigned int block)
{
	unsigned int i;

	for (i = 0; i < m->count && m->order[i] != block; i++)
		;
	return i;
}

static int model_add(struct side *m, unsigned int block, bool unique)
{
	unsigned int i, at = m->count;

	for (i = 0; i < m->count; i++) {
		if (m->order[i] == block)
			return -EEXIST;
		if (unique && m->priority[m->order[i]] == m->priority[block])
			return -EBUSY;
		if (m->priority[m->order[i]] < m->priority[block] && at == m->count)
			at = i;
	}
	for (i = m->count++; i > at; i--)
		m->order[i] = m->order[i - 1];
	m->order[at] = block;
	m->traced++;
	return 0;
}

static int model_del(struct side *m, unsigned int block)
{
	unsigned int i = model_find(m, block);

	if (i == m->count)
		return -ENOENT;
	for (m->count--; i < m->count; i++)
		m->order[i] = m->order[i + 1];
	m->traced++;
	return 0;
}

/* From place @first, @count blocks; @called: how many it took. */
static int model_walk(struct side *m, int first, int step, unsigned int count, bool down,
		      unsigned int *called)
{
	int ret = NOTIFY_DONE;
	unsigned int i;

	for (i = 0; i < count; i++) {
		m->traced++;
		ret = visit(m, m->order[first + (int)i * step], down);
		++*called;
		if (ret & NOTIFY_STOP_MASK)
			break;
	}
	return ret;
}

static int model_play(struct side *m, const struct step *s)
{
	unsigned int up = 0, undone = 0;
	int ret;

	switch (s->kind) {
	case STEP_ADD:
	case STEP_ADD_UNIQUE:
		return model_add(m, s->block, s->kind == STEP_ADD_UNIQUE);
	case STEP_DEL:
		return model_del(m, s->block);
	case STEP_REVERSE:
		return model_walk(m, m->count - 1, -1, m->count, true, &up);
	default:
		ret = model_walk(m, 0, 1, m->count, false, &up);
	}
	if (s->kind != STEP_ROBUST || !(ret & NOTIFY_STOP_MASK))
		return ret;
	if (m->player->rollback == NCB_FACT_ROLLBACK_FORWARD)
		model_walk(m, 0, 1, up - 1, true, &undone);
	else
		model_walk(m, up - 2, -1, up - 1, true, &undone);
	return ret;
}

/* An engine */

static int engine_play(struct side *e, const struct step *s)
{
	const struct ncb_impl *impl = e->player->impl;
	u32 type = e->player->type;
	void *node = e->node[s->block];
	struct ncb_site site = { .head = e->head, .val = UP, .down = DOWN, .data = e };
	unsigned long before = shim.traced;
	int ret;

	switch (s->kind) {
	case STEP_ADD:
		ret = impl->add[type](e->head, node);
		break;
	case STEP_ADD_UNIQUE:
		ret = impl->add_unique[type](e->head, node);
		break;
	case STEP_DEL:
		ret = impl->del[type](e->head, node);
		break;
	case STEP_CALL:
		ret = impl->call[type][NCB_CALL](&site);
		break;
	case STEP_ROBUST:
		ret = impl->call[type][NCB_ROBUST](&site);
		break;
	default:
		site.val = DOWN;
		ret = impl->call[type][NCB_REVERSE](&site);
	}
	e->traced += shim.traced - before;
	if (shim_held()) {
		fprintf(stderr, "%s: a lock is held after the operation\n", e->player->name);
		abort();
	}
	return ret;
}

static void play(struct side *side, const struct step *s)
{
	side->step = s;
	side->out.calls = 0;
	side->out.ret = side->player->impl ? engine_play(side, s) : model_play(side, s);
}

/* A block that is on no chain may get another priority. */
static void set_priority(struct side *side, unsigned int block, int priority)
{
	side->priority[block] = priority;
	if (side->player->impl)
		side->player->impl->node_init(side->node[block], callback, priority);
}

static void side_open(struct side *side, const struct player *player)
{
	unsigned int i;

	*side = (struct side) { .player = player };
	if (!player->impl)
		return;
	side->head = malloc(player->impl->head_size[player->type]);
	if (!side->head || player->impl->head_init[player->type](side->head))
		abort();
	for (i = 0; i < RANDOM_BLOCKS; i++)
		side->node[i] = malloc(player->impl->node_size);
}

static void side_close(struct side *side)
{
	unsigned int i;

	if (side->player->impl)
		side->player->impl->head_fini[side->player->type](side->head);
	free(side->head);
	for (i = 0; i < RANDOM_BLOCKS; i++)
		free(side->node[i]);
}

/* Messages */

static void show_step(const struct step *s, unsigned int number)
{
	static const char *const names[STEP_KINDS] = {
		"register", "register unique", "unregister", "call", "robust", "reverse",
	};

	fprintf(stderr, "%8u %s", number, names[s->kind]);
	if (s->kind <= STEP_DEL)
		fprintf(stderr, " block %u priority %d\n", s->block, s->priority);
	else
		fprintf(stderr, " stopping at %#x, in rollback at %#x\n", s->up, s->down);
}

static void show_outcome(const struct side *side)
{
	const struct outcome *out = &side->out;
	unsigned int i;

	fprintf(stderr, "         %s: returned %d, %u calls:", side->player->name, out->ret,
		out->calls);
	for (i = 0; i < out->calls && i < sizeof(out->call); i++)
		fprintf(stderr, " %u%c", out->call[i] & 0x7f, out->call[i] & 0x80 ? '-' : '+');
	fprintf(stderr, "; passed %lu tracepoints in all\n", side->traced);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->ret == b->ret && a->calls == b->calls && a->calls <= sizeof(a->call) &&
		!memcmp(a->call, b->call, a->calls);
}

/* Drawing */

static u32 draw(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

/* Mostly nobody stops, often one block, rarely several. */
static u32 draw_stops(struct rnd_state *rnd)
{
	switch (draw(rnd, 8)) {
	case 0 ... 2:
		return 0;
	case 3:
		return prandom_u32_state(rnd) & prandom_u32_state(rnd);
	default:
		return 1u << draw(rnd, RANDOM_BLOCKS);
	}
}

static struct step draw_step(struct rnd_state *rnd, unsigned int kinds)
{
	struct step s = { .block = draw(rnd, RANDOM_BLOCKS) };

	do
		s.kind = draw(rnd, STEP_KINDS);
	while (!(kinds >> s.kind & 1));
	/* Few values, so that many are equal. */
	s.priority = (int)draw(rnd, 7) - 3;
	s.up = draw_stops(rnd);
	s.down = draw(rnd, 4) ? 0 : draw_stops(rnd);
	return s;
}

/**
 * random_kinds - what can be played on an engine
 * @impl: a copy of the engine
 * @type: enum ncb_type
 *
 * Return: bits of enum step_kind.
 */
unsigned int random_kinds(const struct ncb_impl *impl, u32 type)
{
	return 1u << STEP_ADD | 1u << STEP_DEL | 1u << STEP_CALL |
		(impl->add_unique[type] ? 1u << STEP_ADD_UNIQUE : 0) |
		(impl->call[type][NCB_ROBUST] ? 1u << STEP_ROBUST : 0) |
		(impl->call[type][NCB_REVERSE] ? 1u << STEP_REVERSE : 0);
}

/**
 * random_compare - play one sequence on both
 * @a: one
 * @b: the other
 * @game: which sequence
 *
 * Return: 0, or -EILSEQ after a message with the seed and the steps before the
 * first difference.
 */
int random_compare(const struct player *a, const struct player *b, const struct game *game)
{
	struct side side[2];
	struct step tail[TAIL];
	struct rnd_state rnd;
	unsigned int i, k;
	u32 member = 0;	/* bit i: block i is on the chain */
	int err = 0;

	side_open(&side[0], a);
	side_open(&side[1], b);
	prandom_seed_state(&rnd, game->seed);
	for (i = 0; !err && i < game->steps; i++) {
		struct step *s = &tail[i % TAIL];

		*s = draw_step(&rnd, game->kinds);
		if (s->kind <= STEP_DEL && !(member >> s->block & 1)) {
			set_priority(&side[0], s->block, s->priority);
			set_priority(&side[1], s->block, s->priority);
		}
		s->priority = side[0].priority[s->block];
		play(&side[0], s);
		play(&side[1], s);
		if (!same(&side[0].out, &side[1].out) ||
		    (game->traced && side[0].traced != side[1].traced))
			err = -EILSEQ;
		else if (!side[0].out.ret && s->kind <= STEP_ADD_UNIQUE)
			member |= 1u << s->block;
		else if (!side[0].out.ret && s->kind == STEP_DEL)
			member &= ~(1u << s->block);
	}
	if (err) {
		fprintf(stderr, "%s and %s differ on a %s chain: seed %llu, step %u\n",
			a->name, b->name, ncb_type_names[a->type], game->seed, i - 1);
		for (k = i > TAIL ? i - TAIL : 0; k < i; k++)
			show_step(&tail[k % TAIL], k);
		show_outcome(&side[0]);
		show_outcome(&side[1]);
	}
	side_close(&side[0]);
	side_close(&side[1]);
	return err;
}
