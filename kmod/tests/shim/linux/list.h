/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/kernel.h>
#include "shim.h"

struct list_head {
	struct list_head *next, *prev;
};

/* In a page that is never mapped. */
#define LIST_POISON1	((void *)0x100)
#define LIST_POISON2	((void *)0x122)

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void shim_list_link(struct list_head *before, struct list_head *l,
				  struct list_head *after)
{
	l->prev = before;
	l->next = after;
	before->next = after->prev = l;
}

static inline void list_add(struct list_head *l, struct list_head *head)
{
	shim_list_link(head, l, head->next);
}

static inline void list_add_tail(struct list_head *l, struct list_head *head)
{
	shim_list_link(head->prev, l, head);
}

static inline void list_del(struct list_head *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	l->next = LIST_POISON1;
	l->prev = LIST_POISON2;
}

#define list_entry(p, type, member)	container_of(p, type, member)

/* Each entry that a walk looks at is counted, in shim.@steps, before it is used. */
#define shim_walk(pos, head, member, to, steps)					\
	for (pos = list_entry((head)->to, typeof(*pos), member);		\
	     &pos->member != (head) && shim_step(steps);			\
	     pos = list_entry(pos->member.to, typeof(*pos), member))

#define list_for_each_entry(pos, head, member) \
	shim_walk(pos, head, member, next, list_steps)
#define list_for_each_entry_reverse(pos, head, member) \
	shim_walk(pos, head, member, prev, list_steps)

#endif /* SHIM_LINUX_LIST_H */
