// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <linux/kernel.h>
#include "shim.h"

struct shim shim = { .allocs_left = -1 };
enum system_states system_state = SYSTEM_RUNNING;

/* Forgets everything, locks held by a test that failed midway included. */
void shim_reset(void)
{
	shim = (struct shim) { .allocs_left = -1 };
	system_state = SYSTEM_RUNNING;
}

_Noreturn void shim_die(const char *what)
{
	fprintf(stderr, "shim: %s: not possible here\n", what);
	abort();
}

int shim_held(void)
{
	int kind, sum = shim.irqs_off;

	for (kind = 0; kind < SHIM_KINDS; kind++)
		sum += shim.held[kind];
	return sum;
}

unsigned long shim_taken(void)
{
	unsigned long sum = 0;
	int kind;

	for (kind = 0; kind < SHIM_KINDS; kind++)
		sum += shim.taken[kind];
	return sum;
}

void *shim_zalloc(size_t size)
{
	void *p;

	if (!shim.allocs_left)
		return NULL;
	if (shim.allocs_left > 0)
		shim.allocs_left--;
	p = calloc(1, size);
	if (!p)
		abort();
	shim.allocated += size;
	return p;
}
