/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case while it is played: a chain, its blocks, and what has happened. Pure C, which
 * tests build in userspace, over a chain API that the kernel's is one of.
 */
#ifndef NCB_SCENE_H
#define NCB_SCENE_H

#include <linux/notifier.h>
#include <linux/types.h>
#include "ncb_behaviour_uapi.h"

#define SCENE_BLOCK_SIZE	64	/* bytes; more than any design's block has */

/**
 * struct scene_api - chains of one type
 * @head_size: bytes of a head
 * @init: makes an empty chain
 * @fini: releases what @init took
 * @block: fills in a block
 * @add: registers a block; 0 or -errno, as the others
 * @add_unique: the same with a priority of its own; NULL: there is none
 * @del: unregisters a block
 * @call: the return value of a call; data is passed to the callbacks
 * @robust: likewise, with a rollback; NULL: there is none
 * @reverse: likewise, backwards; NULL: there is none
 */
struct scene_api {
	size_t head_size;
	void (*init)(void *head);
	void (*fini)(void *head);
	void (*block)(void *block, notifier_fn_t fn, int priority);
	int (*add)(void *head, void *block);
	int (*add_unique)(void *head, void *block);
	int (*del)(void *head, void *block);
	int (*call)(void *head, unsigned long event, void *data);
	int (*robust)(void *head, unsigned long up, unsigned long down, void *data);
	int (*reverse)(void *head, unsigned long event, void *data);
};

struct scene;

/**
 * struct scene_actor - a block, and what its callback does
 * @block: of the API's kind; first, as the callback gets its address
 * @number: of the block
 * @up: answer to the event, on the way up where there are two
 * @down: answer to the event of the rollback
 * @during: done in the first call with the event, or NULL
 */
struct scene_actor {
	u64 block[SCENE_BLOCK_SIZE / sizeof(u64)];
	u16 number;
	int up;
	int down;
	void (*during)(struct scene *s);
};

/**
 * struct scene - a case being played
 * @api: of the chain
 * @head: of the chain, zeroed before
 * @actor: blocks, by their numbers minus one
 * @elsewhere: has another thread unregister a block, waits until that has begun, and
 *	returns; NULL: there are no other threads
 * @join: waits for that thread; 0 or -errno of unregistering
 * @record: what has happened
 */
struct scene {
	const struct scene_api *api;
	void *head;
	struct scene_actor actor[NCB_BEHAVIOUR_BLOCKS];
	void (*elsewhere)(struct scene *s, struct scene_actor *a);
	int (*join)(struct scene *s);
	struct ncb_behaviour_record record;
};

struct scene_actor *scene_actor(struct scene *s, u16 number, int priority);
void scene_chain(struct scene *s, u16 blocks);
void scene_equals(struct scene *s, u16 blocks);
void scene_place(struct scene *s, u16 number);
int scene_add(struct scene *s, u16 number);
int scene_add_unique(struct scene *s, u16 number);
int scene_del(struct scene *s, u16 number);
void scene_step(struct scene *s, enum ncb_behaviour_what what, u16 block, int value);
void scene_call(struct scene *s);
void scene_robust(struct scene *s);
void scene_reverse(struct scene *s);

/* cases.c: -EINVAL where the case makes no sense for the type, else 0. */
int scene_possible(u32 which, u32 type);
void scene_play(struct scene *s, u32 which, u32 type);

/* kernel_api.c */
extern const struct scene_api scene_kernel_api[NCB_BEHAVIOUR_TYPES];

#endif /* NCB_SCENE_H */
