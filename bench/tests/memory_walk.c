// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of chains, for a tracer that sees each access to memory: the module's own engines,
 * slist and dlist, over blocks in an array, blocks each in a slot of 32 bytes, and blocks in
 * structs, in slots of kmalloc()'s sizes in slabs of one page. Says on stdout where the
 * blocks are, and of each call what it is and which two stores enclose it. bench/tests/memory.sh
 * has valgrind trace it; memory_lines.pl counts the cache lines.
 *
 * Nothing here is computed as in bench/memory/: the compiler lays out the structs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "engine.h"

#define LONGEST	1024
#define PAGE	4096
#define ARENA	(LONGEST * 2 * PAGE)	/* bytes */
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

extern const struct ncb_impl slist_impl_0, dlist_impl_0;

struct slist_block {
	notifier_fn_t call;
	void *next;
	int priority;
};

struct dlist_block {
	notifier_fn_t call;
	struct { void *next, *prev; } entry;
	int priority;
};

/* Longs before and behind a block: memory.sh compiles the same ones with debug information. */
#define STRUCTS(X)	X(0, 1) X(5, 0) X(7, 0) X(6, 9) X(1, 600)

/**
 * struct layout - where blocks are
 * @name: of it
 * @pitch: bytes of an object
 * @at: where its block is
 * @slab: they are in slabs of a page
 */
struct layout {
	const char *name;
	size_t pitch, at;
	bool slab;
};

/* What kmalloc() takes for it. */
static size_t slot(size_t size)
{
	static const size_t sizes[] = { 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };
	size_t i;

	for (i = 0; sizes[i] < size; i++)
		;
	return sizes[i];
}

#define OBJECT(a, b) \
	struct slist_##a##_##b { long before[a]; struct slist_block nb; long behind[b]; }; \
	struct dlist_##a##_##b { long before[a]; struct dlist_block nb; long behind[b]; };
STRUCTS(OBJECT)

#define IN_SLIST(a, b)	{ #a "_" #b, sizeof(struct slist_##a##_##b), \
			  offsetof(struct slist_##a##_##b, nb), true },
#define IN_DLIST(a, b)	{ #a "_" #b, sizeof(struct dlist_##a##_##b), \
			  offsetof(struct dlist_##a##_##b, nb), true },

static const struct layout slist_layouts[] = {
	{ "packed", sizeof(struct slist_block), 0, false },
	{ "alone", sizeof(struct slist_block), 0, true },
	STRUCTS(IN_SLIST)
};

static const struct layout dlist_layouts[] = {
	{ "packed", sizeof(struct dlist_block), 0, false },
	{ "alone", sizeof(struct dlist_block), 0, true },
	STRUCTS(IN_DLIST)
};

static char *arena;
static volatile unsigned int marks[2 * 2 * 7 * 11];
static unsigned int marked;	/* two for each call */

static int called(struct notifier_block *nb, unsigned long val, void *data)
{
	return NOTIFY_DONE;
}

static char *place(const struct layout *l, size_t i)
{
	size_t pitch = l->slab ? slot(l->pitch) : l->pitch, run;

	if (!l->slab)
		return arena + i * pitch;
	run = pitch < PAGE ? PAGE / pitch : 1;
	return arena + i / run * (pitch < PAGE ? PAGE : pitch) + i % run * pitch + l->at;
}

static void walk(const char *design, const struct ncb_impl *impl, const struct layout *l, size_t n)
{
	char head[128] __attribute__((aligned(64)));
	struct ncb_site site = { .head = head };
	unsigned int first = marked, i;

	impl->head_init[NCB_RAW](head);
	/* Each goes to the head: the search for its place ends at once. */
	for (i = 0; i < n; i++) {
		impl->node_init(place(l, i), called, i);
		impl->add[NCB_RAW](head, place(l, i));
	}
	marks[marked++] = 1;
	impl->call[NCB_RAW][NCB_CALL](&site);
	marks[marked++] = 1;
	printf("call %s %s %zu %p %p\n", design, l->name, n, (void *)&marks[first],
	       (void *)&marks[first + 1]);
}

static void walk_all(const char *design, const struct ncb_impl *impl, const struct layout *l,
		     size_t layouts)
{
	size_t i, n;

	if (impl->node_size != l[0].pitch)
		abort();
	for (i = 0; i < layouts; i++)
		for (n = 1; n <= LONGEST; n *= 2)
			walk(design, impl, &l[i], n);
}

int main(void)
{
	arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		return 1;
	printf("blocks %p %p\n", (void *)arena, (void *)(arena + ARENA));
	walk_all("slist", &slist_impl_0, slist_layouts, COUNT(slist_layouts));
	walk_all("dlist", &dlist_impl_0, dlist_layouts, COUNT(dlist_layouts));
	return 0;
}
