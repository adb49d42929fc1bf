// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory while modules are being loaded: a thread that looks at it again and again. It
 * disturbs the loads, so it is there in one round more only, of which no time is kept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "storming.h"

#define PERIOD_NS	1000000

static int look(struct ncb_storm_sampler *m)
{
	struct ncb_storm_memory *now = &m->look[m->looks];
	char text[8192];
	ssize_t n = pread(m->fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	now->at_ns = ncb_storm_now() - m->began;
	ncb_storm_meminfo(text, now->bytes);
	/* The list of modules has a lock that loads take. */
	now->bytes[NCB_MEMORY_MODULES] = NCB_STORM_UNKNOWN;
	m->looks++;
	return 0;
}

/**
 * ncb_storm_sampler_thin - half as many looks, of two the one with more of vmalloc
 * @m: the looks; the first stays as it is: all others are compared with it
 */
void ncb_storm_sampler_thin(struct ncb_storm_sampler *m)
{
	size_t n = 1, i;

	for (i = 1; i < m->looks; i += 2, n++) {
		const struct ncb_storm_memory *a = &m->look[i], *b = a;

		if (i + 1 < m->looks)
			b = &m->look[i + 1];
		m->look[n] = b->bytes[NCB_MEMORY_VMALLOC] > a->bytes[NCB_MEMORY_VMALLOC] ? *b : *a;
	}
	m->looks = n;
}

static void *sample(void *data)
{
	struct ncb_storm_sampler *m = data;
	struct timespec nap = { .tv_nsec = PERIOD_NS };
	int err = 0;

	while (!err && !atomic_load(&m->stop)) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		if (m->looks == NCB_STORM_LOOKS_MAX) {
			ncb_storm_sampler_thin(m);
			if (nap.tv_nsec < 500000000)
				nap.tv_nsec *= 2;
		}
		err = look(m);
	}
	return NULL;
}

/**
 * ncb_storm_sampler_start - look at the memory now, and from now on each ms
 * @m: gets the looks
 * @began: when the first storm began
 *
 * Return: 0 or -errno.
 */
int ncb_storm_sampler_start(struct ncb_storm_sampler *m, uint64_t began)
{
	const struct sched_param first = { .sched_priority = 1 };
	int err;

	*m = (struct ncb_storm_sampler) {
		.began = began, .fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC),
		.look = ncb_alloc(NCB_STORM_LOOKS_MAX, sizeof(*m->look)),
	};
	if (m->fd < 0) {
		err = -errno;
		goto out;
	}
	err = look(m);
	if (!err)
		err = -pthread_create(&m->thread, NULL, sample, m);
	if (err)
		goto close;
	/* Otherwise it has its turn when the loads are over: two looks that see nothing. */
	err = -pthread_setschedparam(m->thread, SCHED_FIFO, &first);
	if (!err)
		return 0;
	atomic_store(&m->stop, true);
	pthread_join(m->thread, NULL);
close:
	close(m->fd);
out:
	free(m->look);
	return err;
}

/** ncb_storm_sampler_stop - end the thread; the looks stay, and are to be freed */
void ncb_storm_sampler_stop(struct ncb_storm_sampler *m)
{
	atomic_store(&m->stop, true);
	pthread_join(m->thread, NULL);
	close(m->fd);
}
