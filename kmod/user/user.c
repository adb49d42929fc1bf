// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's engines, timed loop and oracle in a shared object: what
 * main.c is to the kernel. The driver loads it and calls it where it would
 * load the module and use the device, so that statistics can be proven at
 * native speed where no module can be loaded. What locks and RCU cost here has
 * nothing to do with a kernel.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include "../clock.h"
#include "../counters.h"
#include "../engine.h"
#include "../place.h"
#include "../run.h"
#include "user.h"

struct shim shim;
enum system_states system_state = SYSTEM_RUNNING;

_Noreturn void shim_die(const char *what)
{
	fprintf(stderr, "ncbench: %s in the engines\n", what);
	abort();
}

/* In whole pages where it is large, as vmalloc() has them; every page is touched. */
void *shim_zalloc(size_t size)
{
	size_t align = size < 4096 ? 64 : 4096;
	void *p = aligned_alloc(align, (size + align - 1) / align * align);

	return p ? memset(p, 0, size) : NULL;
}

/* Elsewhere, as a kernel's lock functions are; the result is looked at, as there. */
void shim_lock(struct shim_lock *l)
{
	if (__atomic_fetch_add(&l->held, 1, __ATOMIC_ACQUIRE) < 0)
		shim_die("a lock that is held by nobody");
}

void shim_unlock(struct shim_lock *l)
{
	if (__atomic_fetch_sub(&l->held, 1, __ATOMIC_RELEASE) <= 0)
		shim_die("a lock that is not held");
}

/* A new count with each call: nothing of it is called while the clock runs. */
struct task_struct *shim_current(void)
{
	static struct task_struct task;
	struct rusage usage;
	cpu_set_t set;

	if (getrusage(RUSAGE_THREAD, &usage) == 0) {
		task.nvcsw = usage.ru_nvcsw;
		task.nivcsw = usage.ru_nivcsw;
	}
	task.nr_cpus_allowed = sched_getaffinity(0, sizeof(set), &set) ? 0 : CPU_COUNT(&set);
	return &task;
}

unsigned int shim_cpu(void)
{
	return sched_getcpu();
}

bool shim_signal_pending(void)
{
	return *shim.interrupted;
}

static const char *no_kernel(u32 length)
{
	return "no kernel's own chains in a process";
}

/* Always refused, so that nothing else of it is needed. */
extern const struct ncb_impl native_impl_0;
const struct ncb_impl native_impl_0 = { .refuses = no_kernel };

/* Of the machine, a process knows nothing that a row would be told. */
void ncb_place_read(struct ncb_place *p)
{
	memset(p, 0, sizeof(*p));
}

void ncb_place_since(struct ncb_place *p, const struct ncb_place *before)
{
}

u32 ncb_features(void)
{
	return 0;
}

/* Ticks of this clock are never taken for instructions: @known_insn stays 0. */
static long info(struct ncb_info *info)
{
	*info = (struct ncb_info) {
		.abi = NCB_ABI,
		.features = ncb_features(),
		.clock = NCB_CLOCK_NAME,
	};
	info->ticks = ncb_ticks();
	info->ktime_ns = ktime_get_raw_ns();
	return 0;
}

__attribute__((visibility("default"))) ncb_user_ioctl_fn ncb_user_ioctl;

/**
 * ncb_user_ioctl - what ioctl() on the module's device is elsewhere
 * @request: NCB_IOC_INFO or NCB_IOC_RUN
 * @arg: their argument
 * @interrupted: looked at between samples: not 0 ends the measurement with -EINTR
 *
 * Return: as the module's: 0 or -errno.
 */
long ncb_user_ioctl(unsigned int request, void *arg, const volatile int *interrupted)
{
	shim.interrupted = interrupted;
	switch (request) {
	case NCB_IOC_INFO:
		return info(arg);
	case NCB_IOC_RUN:
		return ncb_run_row(arg);
	/* A process is no kernel: what is counted in it says nothing of one. */
	default:
		return -ENOTTY;
	}
}
