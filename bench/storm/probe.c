// SPDX-License-Identifier: GPL-2.0-only
/* ncb_storm.ko: the probes on the loader's chain, and what else it puts there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "storming.h"

#define EVENTS_AT_ONCE	8192

static int open_device(void)
{
	struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	int tries, fd = -1;

	/* The device node may take a moment where a daemon makes it. */
	for (tries = 0; tries < 100 && !ncb_interrupted; tries++) {
		fd = open(NCB_STORM_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		nanosleep(&nap, NULL);
	}
	if (fd >= 0)
		return fd;
	ncb_error("cannot open %s: %s", NCB_STORM_DEVICE, strerror(errno));
	return errno ? -errno : -EINTR;
}

/**
 * ncb_storm_probe_open - load ncb_storm.ko and open its device
 * @p: gets it
 * @dir: folder of the module
 * @records: that it is to keep for each CPU until they are read; no more than that: where a
 *	kernel maps vmalloc space lazily (User Mode Linux), each page of it costs every load
 *
 * Return: 0 or -errno with a message; nothing is loaded then.
 */
int ncb_storm_probe_open(struct ncb_storm_probe *p, const char *dir, uint32_t records)
{
	char *ko = ncb_format("%s/" NCB_STORM_MODULE ".ko", dir);
	char *parameters = ncb_format("records=%u", records);
	int err = ncb_load_file(ko, parameters);

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	free(parameters);
	free(ko);
	if (err)
		return err;
	p->fd = open_device();
	if (p->fd < 0) {
		err = p->fd;
		ncb_storm_unload(NCB_STORM_MODULE);
		return err;
	}
	if (ioctl(p->fd, NCB_STORM_IOC_INFO, &p->info) < 0 || p->info.abi != NCB_STORM_ABI) {
		ncb_error("%s does not answer as this ncbench expects; is it of this version?",
			  NCB_STORM_DEVICE);
		ncb_storm_probe_close(p);
		return -EPROTO;
	}
	p->lost = p->info.lost;
	return 0;
}

/**
 * ncb_storm_probe_other - a module that is no payload is recorded as one
 * @p: the probes, nothing set yet
 * @module: its name
 *
 * Return: 0 or -errno with a message.
 */
int ncb_storm_probe_other(const struct ncb_storm_probe *p, const char *module)
{
	struct ncb_storm_other other = { "" };
	int err;

	snprintf(other.name, sizeof(other.name), "%s", module);
	err = ioctl(p->fd, NCB_STORM_IOC_OTHER, &other) < 0 ? -errno : 0;
	if (err)
		ncb_error("%s does not take %s for a payload: %s", NCB_STORM_DEVICE, module,
			  strerror(-err));
	return err;
}

/** ncb_storm_probe_set - what a storm wants on the chain; 0 or -errno with a message */
int ncb_storm_probe_set(const struct ncb_storm_probe *p, const struct ncb_storm *storm)
{
	struct ncb_storm_setting setting = { .flags = NCB_STORM_PROBE, .extra = storm->extra };
	int err;

	if (storm->mode == NCB_STORM_VETO_MODE)
		setting.flags |= NCB_STORM_VETO;
	if (storm->traced)
		setting.flags |= NCB_STORM_TRACE;
	if (ioctl(p->fd, NCB_STORM_IOC_SET, &setting) == 0)
		return 0;
	err = -errno;
	ncb_error("%s refuses what storm %s wants on the chain: %s", NCB_STORM_DEVICE, storm->id,
		  strerror(-err));
	return err;
}

/**
 * ncb_storm_probe_drain - read what the probes saw in a round
 * @p: the probes; @p->event gets it, what was there before is gone
 * @lost: whether some found no room
 *
 * Return: 0 or -errno with a message.
 */
int ncb_storm_probe_drain(struct ncb_storm_probe *p, bool *lost)
{
	struct ncb_storm_info info;
	ssize_t n;

	p->events = 0;
	for (;;) {
		if (p->room - p->events < EVENTS_AT_ONCE) {
			p->room = 2 * p->room + EVENTS_AT_ONCE;
			p->event = ncb_grow(p->event, p->room, sizeof(*p->event));
		}
		n = read(p->fd, p->event + p->events, EVENTS_AT_ONCE * sizeof(*p->event));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		p->events += n / sizeof(*p->event);
	}
	if (n < 0 || ioctl(p->fd, NCB_STORM_IOC_INFO, &info) < 0) {
		n = -errno;
		ncb_error("cannot read %s: %s", NCB_STORM_DEVICE, strerror(-n));
		return n;
	}
	*lost = info.lost != p->lost;
	p->lost = info.lost;
	p->calls = info.calls;
	return 0;
}

/**
 * ncb_storm_probe_chain - the notifiers of the real chain
 * @p: the probes, which have seen a load; gets the keys
 * @s: gets them
 *
 * Return: 0 or -errno with a message.
 */
int ncb_storm_probe_chain(struct ncb_storm_probe *p, struct ncb_storms *s)
{
	struct ncb_storm_notifier *got = ncb_alloc(NCB_STORM_CHAIN_MAX, sizeof(*got));
	struct ncb_storm_chain chain = {
		.capacity = NCB_STORM_CHAIN_MAX, .notifiers = (uintptr_t)got,
	};
	int err = ioctl(p->fd, NCB_STORM_IOC_CHAIN, &chain) < 0 ? -errno : 0;
	uint32_t i;

	if (err) {
		ncb_error("%s does not tell what is on the chain: %s", NCB_STORM_DEVICE, strerror(-err));
		goto out;
	}
	free(s->callback);
	free(p->key);
	s->callbacks = p->keys = chain.count < NCB_STORM_CHAIN_MAX ? chain.count : NCB_STORM_CHAIN_MAX;
	s->callback = ncb_alloc(p->keys + 1, sizeof(*s->callback));
	p->key = ncb_alloc(p->keys + 1, sizeof(*p->key));
	for (i = 0; i < p->keys; i++) {
		p->key[i] = got[i].key;
		s->callback[i].priority = got[i].priority;
		s->callback[i].behind_middle = got[i].position == NCB_STORM_MIDDLE;
		snprintf(s->callback[i].symbol, sizeof(s->callback[i].symbol), "%.*s",
			 (int)sizeof(got[i].symbol) - 1, got[i].symbol);
	}
out:
	free(got);
	return err;
}

/** ncb_storm_probe_close - close the device, and with it all that it put on the chain; unload */
void ncb_storm_probe_close(struct ncb_storm_probe *p)
{
	if (p->fd >= 0) {
		close(p->fd);
		ncb_storm_unload(NCB_STORM_MODULE);
	}
	free(p->event);
	free(p->key);
	memset(p, 0, sizeof(*p));
	p->fd = -1;
}
