// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the probes' events to records. A task runs the chain for one announcement at a
 * time: its events are in order, and those of one announcement follow each other.
 */
#include <stdlib.h>
#include <string.h>
#include "storming.h"

/* What of a round one task announced, as far as it was seen. */
struct announcement {
	const struct ncb_storm_event *first;	/* NULL: none */
	uint64_t ns[NCB_STORM_CALLBACK];	/* by position */
	unsigned int seen;			/* positions, as bits */
	const struct ncb_storm_event *callback;	/* called last, its end not seen yet */
};

struct pairing {
	const struct ncb_storm_pairing *p;
	struct ncb_storms *s;
	size_t useless;
};

#define SEEN(position)	(1u << (position))
#define BOTH		(SEEN(NCB_STORM_FIRST) | SEEN(NCB_STORM_LAST))

static enum ncb_storm_what state(uint8_t action)
{
	static const enum ncb_storm_what states[] = {
		NCB_STORM_LIVE, NCB_STORM_COMING, NCB_STORM_GOING,
	};

	return action < ARRAY_SIZE(states) ? states[action] : NCB_STORM_OTHER;
}

/* @p->threads: none of them. */
static uint32_t find_thread(const struct ncb_storm_pairing *p, const struct ncb_storm_event *e)
{
	uint32_t i;

	for (i = 0; i < p->threads && p->task[i] != e->task; i++)
		;
	return i;
}

/* Who it was; whom modprobe ran for is not known: who has the module as its share. */
static uint32_t thread_of(const struct ncb_storm_pairing *p, const struct ncb_storm_event *e)
{
	uint32_t thread = find_thread(p, e);

	return thread < p->threads ? thread : e->module % p->threads;
}

/* Of a module that somebody else loads or unloads meanwhile, whatever its name. */
static bool is_foreign(const struct ncb_storm_pairing *p, const struct ncb_storm_event *e)
{
	return e->module >= p->modules || (!p->helpers && find_thread(p, e) == p->threads);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

static void finish(struct pairing *pairing, struct announcement *a)
{
	const struct ncb_storm_pairing *p = pairing->p;
	const struct ncb_storm_event *e = a->first;
	bool whole = (a->seen & BOTH) == BOTH, middle = a->seen & SEEN(NCB_STORM_MIDDLE);
	uint64_t first = a->ns[NCB_STORM_FIRST], last = a->ns[NCB_STORM_LAST];
	struct ncb_storm_record record;
	unsigned int seen = a->seen;

	a->first = NULL;
	a->callback = NULL;
	a->seen = 0;
	if (!e)
		return;
	/* Which of them was not called, and which was lost, nobody can tell. */
	if (!(seen & BOTH) || (!whole && p->lost)) {
		pairing->useless += __builtin_popcount(seen);
		return;
	}
	record = (struct ncb_storm_record) {
		.storm = p->storm, .round = p->round, .thread = thread_of(p, e), .module = e->module,
		.what = state(e->action),
		.start_ns = (whole ? first < last ? first : last : e->ns) - p->base,
	};
	if (whole) {
		record.result = e->position == NCB_STORM_LAST ? -1 : 1;
		record.ns = distance(first, last);
	}
	if (middle && seen & SEEN(NCB_STORM_FIRST))
		record.part_ns = distance(first, a->ns[NCB_STORM_MIDDLE]);
	ncb_storms_add(pairing->s, &record);
}

/* A callback is over when the next one is called. */
static void finish_callback(struct pairing *pairing, struct announcement *a,
			    const struct ncb_storm_event *next)
{
	const struct ncb_storm_pairing *p = pairing->p;
	const struct ncb_storm_event *e = a->callback;
	uint32_t i;

	a->callback = NULL;
	for (i = 0; e && i < p->keys; i++) {
		if (p->key[i] != e->callback)
			continue;
		ncb_storms_add(pairing->s, &(struct ncb_storm_record) {
			.storm = p->storm, .round = p->round, .thread = thread_of(p, e), .module = i,
			.what = NCB_STORM_CALLED, .result = state(e->action),
			.start_ns = e->ns - p->base, .ns = next->ns - e->ns,
		});
		return;
	}
}

static void take(struct pairing *pairing, struct announcement *a, const struct ncb_storm_event *e)
{
	bool probe = e->position < NCB_STORM_CALLBACK;

	if (a->first && (a->first->module != e->module || a->first->action != e->action ||
			 (probe && a->seen & SEEN(e->position))))
		finish(pairing, a);
	finish_callback(pairing, a, e);
	if (!probe) {
		a->callback = e;
		return;
	}
	if (!a->first)
		a->first = e;
	a->seen |= SEEN(e->position);
	a->ns[e->position] = e->ns;
}

static int by_task(const void *a, const void *b)
{
	const struct ncb_storm_event *x = *(const struct ncb_storm_event *const *)a;
	const struct ncb_storm_event *y = *(const struct ncb_storm_event *const *)b;

	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return x < y ? -1 : x > y;	/* as they were read */
}

/**
 * ncb_storm_pair - records of the chain from the events of a round
 * @p: the events
 * @s: gets the records
 * @foreign: gets how many events are of somebody else, and left out
 *
 * An announcement that only one of the outer probes saw is a record, too: the other
 * one was not called, as in the rollback of a veto. Not so where events were lost.
 *
 * Return: probes that are in no record.
 */
size_t ncb_storm_pair(const struct ncb_storm_pairing *p, struct ncb_storms *s, size_t *foreign)
{
	const struct ncb_storm_event **sorted = ncb_alloc(p->events + 1, sizeof(*sorted));
	struct pairing pairing = { .p = p, .s = s };
	struct announcement a = { 0 };
	size_t i, n = 0;

	for (i = 0; i < p->events; i++)
		if (!is_foreign(p, &p->event[i]))
			sorted[n++] = &p->event[i];
	*foreign = p->events - n;
	qsort(sorted, n, sizeof(*sorted), by_task);
	for (i = 0; i < n; i++) {
		if (i && sorted[i]->task != sorted[i - 1]->task) {
			finish(&pairing, &a);
			a.callback = NULL;
		}
		take(&pairing, &a, sorted[i]);
	}
	finish(&pairing, &a);
	free(sorted);
	return pairing.useless;
}
