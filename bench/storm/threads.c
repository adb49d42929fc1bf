// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of storms. Each is bound to one of the CPUs, in turn; files are open
 * and arrays are there before they start: between barrier and end a thread reads the
 * clock, makes a system call and stores what came of it. It waits at a real barrier.
 * Who directs the threads never waits for one without a limit: a load may hang.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "storming.h"

#define STACK		(64l << 10)
#define CPUS_ROOM	65536	/* no kernel has more */
#define HANGS_AFTER	60	/* seconds in one system call */
#define AUTOLOAD_LIMIT	180	/* a request may have to wait for all others */
#define LOOK_EVERY	200	/* ms */

/** ncb_storm_now - the clock of the probes, in ns */
uint64_t ncb_storm_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* -- calls -- */

static struct ncb_storm_call *begin_call(struct ncb_storm_worker *w, uint8_t what, uint16_t module)
{
	struct ncb_storm_call *call = &w->call[w->calls];

	call->what = what;
	call->module = module;
	atomic_store_explicit(&w->module, module, memory_order_relaxed);
	call->start = ncb_storm_now();
	atomic_store_explicit(&w->since, call->start, memory_order_relaxed);
	return call;
}

static int end_call(struct ncb_storm_worker *w, struct ncb_storm_call *call, int result)
{
	call->end = ncb_storm_now();
	atomic_store_explicit(&w->since, 0, memory_order_relaxed);
	call->result = result;
	w->calls++;
	return result;
}

static int load(struct ncb_storm_worker *w, uint32_t module, uint32_t file, const char *parameters)
{
	struct ncb_storm_call *call = begin_call(w, NCB_STORM_LOAD, module);
	long err = syscall(SYS_finit_module, w->pool->payloads->fd[file], parameters, 0);

	return end_call(w, call, err < 0 ? -errno : 0);
}

static int unload(struct ncb_storm_worker *w, uint32_t module)
{
	char name[NCB_PAYLOAD_NAME];
	struct ncb_storm_call *call;
	long err;

	ncb_storm_module_name(name, w->pool->storm, module);
	call = begin_call(w, NCB_STORM_UNLOAD, module);
	err = syscall(SYS_delete_module, name, O_NONBLOCK);
	return end_call(w, call, err < 0 ? -errno : 0);
}

static int request(struct ncb_storm_worker *w, uint32_t module)
{
	struct ncb_storm_request r = { 0 };
	struct ncb_storm_call *call;
	long err;

	ncb_storm_module_name(r.name, w->pool->storm, module);
	call = begin_call(w, NCB_STORM_REQUESTED, module);
	err = ioctl(w->pool->device, NCB_STORM_IOC_REQUEST, &r);
	return end_call(w, call, err < 0 ? -errno : r.result);
}

static bool may_go_on(const struct ncb_storm_worker *w)
{
	return !atomic_load_explicit(&w->pool->stop, memory_order_relaxed);
}

#define FOR_SHARE(w, i) \
	for ((i) = (w)->number; may_go_on(w) && (i) < (w)->pool->storm->modules; \
	     (i) += (w)->pool->threads)

/* -- what the modes do in each phase -- */

static void churn(struct ncb_storm_worker *w)
{
	uint32_t i;

	FOR_SHARE(w, i)
		if (!load(w, i, i, ""))
			unload(w, i);
}

static void load_share(struct ncb_storm_worker *w)
{
	uint32_t i;

	FOR_SHARE(w, i)
		w->pool->loaded[i] = !load(w, i, i, "");
}

static void unload_share(struct ncb_storm_worker *w)
{
	uint32_t i;

	for (i = w->number; i < w->pool->storm->modules; i += w->pool->threads)
		if (w->pool->loaded[i])
			unload(w, i);
}

static void request_share(struct ncb_storm_worker *w)
{
	uint32_t i;

	FOR_SHARE(w, i)
		w->pool->loaded[i] = !request(w, i);
}

static void load_same(struct ncb_storm_worker *w)
{
	if (!load(w, 0, 0, ""))
		w->pool->loaded[0] = true;
}

static void load_copy(struct ncb_storm_worker *w)
{
	if (!load(w, 0, w->number, ""))
		w->pool->loaded[0] = true;
}

/* Whoever of them loaded it. Where none did, a module of that name is somebody else's. */
static void unload_same(struct ncb_storm_worker *w)
{
	if (!w->number && w->pool->loaded[0])
		unload(w, 0);
}

static void load_failing(struct ncb_storm_worker *w, uint32_t module)
{
	char parameters[32];

	snprintf(parameters, sizeof(parameters), "fail=%d", NCB_STORM_FAIL_ERRNO);
	if (!load(w, module, module, parameters))
		unload(w, module);
}

static void fail(struct ncb_storm_worker *w)
{
	uint32_t i;

	FOR_SHARE(w, i)
		load_failing(w, i);
}

/* Each in turn, so that threads meet: churn, fail, load the next thread's module. */
static void mix(struct ncb_storm_worker *w)
{
	uint32_t modules = w->pool->storm->modules, i, other;

	FOR_SHARE(w, i) {
		switch ((i / w->pool->threads + w->number + w->pool->round) % 3) {
		case 0:
			if (!load(w, i, i, ""))
				unload(w, i);
			break;
		case 1:
			load_failing(w, i);
			break;
		default:
			other = (i + 1) % modules;
			if (!load(w, other, other, ""))
				unload(w, other);
		}
	}
}

static const struct {
	void (*phase[2])(struct ncb_storm_worker *w);
} modes[NCB_STORM_MODES] = {
	[NCB_STORM_DISTINCT] = { { load_share, unload_share } },
	[NCB_STORM_DUPLICATE] = { { load_same, unload_same } },
	[NCB_STORM_COPIES] = { { load_copy, unload_same } },
	[NCB_STORM_AUTOLOAD] = { { request_share, unload_share } },
	[NCB_STORM_CHURN] = { { churn, NULL } },
	[NCB_STORM_FAIL] = { { fail, NULL } },
	[NCB_STORM_VETO_MODE] = { { churn, NULL } },
	[NCB_STORM_MIXED] = { { mix, NULL } },
};

/** ncb_storm_two_phases - whether a round of that mode has its modules loaded half-way */
bool ncb_storm_two_phases(uint32_t mode)
{
	return modes[mode].phase[1];
}

/* -- threads -- */

/* What was allocated is touched: no page fault comes between barrier and end. */
static void warm(struct ncb_storm_worker *w)
{
	memset(w->call, 0, w->room * sizeof(*w->call));
}

static void *work(void *data)
{
	struct ncb_storm_worker *w = data;
	struct ncb_storm_pool *pool = w->pool;

	pthread_mutex_lock(&pool->gate);
	pthread_mutex_unlock(&pool->gate);
	if (pool->given_up)
		return NULL;
	atomic_store(&w->task, (int)syscall(SYS_gettid));
	warm(w);
	ncb_storm_counters_open(w);
	for (;;) {
		pthread_barrier_wait(&pool->barrier);
		if (pool->phase < 0)
			break;
		ncb_storm_counters_on(w);
		w->start[pool->phase] = ncb_storm_now();
		modes[pool->storm->mode].phase[pool->phase](w);
		w->end[pool->phase] = ncb_storm_now();
		ncb_storm_counters_off(w);
		if (atomic_fetch_sub(&pool->busy, 1) == 1)
			sem_post(&pool->done);
	}
	ncb_storm_counters_close(w);
	return NULL;
}

/**
 * ncb_storm_cpus - CPUs that this process may run on
 * @cpu: gets their numbers
 * @room: of @cpu
 *
 * Return: how many, at least 1.
 */
uint32_t ncb_storm_cpus(int *cpu, uint32_t room)
{
	cpu_set_t *set = CPU_ALLOC(CPUS_ROOM);
	size_t size = CPU_ALLOC_SIZE(CPUS_ROOM);
	uint32_t n = 0;
	int i;

	if (set && sched_getaffinity(0, size, set) == 0)
		for (i = 0; i < CPUS_ROOM && n < room; i++)
			if (CPU_ISSET_S(i, size, set))
				cpu[n++] = i;
	CPU_FREE(set);
	if (!n)
		cpu[n++] = 0;
	return n;
}

static int start_thread(struct ncb_storm_worker *w)
{
	long least = sysconf(_SC_THREAD_STACK_MIN), stack = least > STACK ? least : STACK;
	cpu_set_t *set = CPU_ALLOC(CPUS_ROOM);
	size_t size = CPU_ALLOC_SIZE(CPUS_ROOM);
	pthread_attr_t attr;
	int err;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S(w->cpu, size, set);
	pthread_attr_init(&attr);
	err = -pthread_attr_setstacksize(&attr, stack);
	if (!err)
		err = -pthread_attr_setaffinity_np(&attr, size, set);
	if (!err)
		err = -pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	CPU_FREE(set);
	return err;
}

/* Wait for the first @n, which are told to end, and give back what all had. */
static void end_threads(struct ncb_storm_pool *pool, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		pthread_join(pool->worker[i].thread, NULL);
	pthread_mutex_destroy(&pool->gate);
	pthread_barrier_destroy(&pool->barrier);
	sem_destroy(&pool->done);
	for (i = 0; i < pool->threads; i++)
		free(pool->worker[i].call);
	free(pool->worker);
	free(pool->loaded);
	pool->worker = NULL;
	pool->loaded = NULL;
}

/**
 * ncb_storm_pool_start - start the threads of a storm, or of those of one sweep
 * @pool: gets them; they wait
 * @storm: says how many, and what for
 *
 * Return: 0, or -errno with a message.
 */
int ncb_storm_pool_start(struct ncb_storm_pool *pool, const struct ncb_storm *storm)
{
	int cpu[NCB_STORM_THREADS_MAX], err = 0;
	uint32_t cpus = ncb_storm_cpus(cpu, ARRAY_SIZE(cpu)), i;

	memset(pool, 0, sizeof(*pool));
	pool->threads = storm->threads;
	pool->worker = ncb_alloc(storm->threads, sizeof(*pool->worker));
	pool->loaded = ncb_alloc(storm->modules, sizeof(*pool->loaded));
	pthread_mutex_init(&pool->gate, NULL);
	pthread_mutex_lock(&pool->gate);
	pthread_barrier_init(&pool->barrier, NULL, storm->threads + 1);
	sem_init(&pool->done, 0, 0);
	for (i = 0; i < storm->threads && !err; i++) {
		struct ncb_storm_worker *w = &pool->worker[i];

		w->pool = pool;
		w->number = i;
		w->cpu = cpu[i % cpus];
		/* Two calls for each module of its share, and one where all load the same. */
		w->room = 2 * (storm->modules / storm->threads + 1) + 2;
		w->call = ncb_alloc(w->room, sizeof(*w->call));
		err = start_thread(w);
	}
	if (!err) {
		pthread_mutex_unlock(&pool->gate);
		return 0;
	}
	ncb_error("cannot start thread %u of %u: %s; fewer --threads, or higher limits (ulimit -u, pids.max)",
		  i, storm->threads, strerror(-err));
	/* The others would wait at the barrier for those that are not there. */
	pool->given_up = true;
	pthread_mutex_unlock(&pool->gate);
	end_threads(pool, i - 1);
	return err;
}

/* Which thread has been in one call for too long; NULL: none. */
static const struct ncb_storm_worker *hanging(const struct ncb_storm_pool *pool)
{
	uint64_t limit = pool->storm->mode == NCB_STORM_AUTOLOAD ? AUTOLOAD_LIMIT : HANGS_AFTER;
	uint64_t now = ncb_storm_now();
	uint32_t i;

	for (i = 0; i < pool->threads; i++) {
		uint64_t since = atomic_load(&pool->worker[i].since);

		if (since && since < now && now - since > limit * 1000000000)
			return &pool->worker[i];
	}
	return NULL;
}

/* Until all have finished the phase. */
static int watch(struct ncb_storm_pool *pool, char why[NCB_STORM_TEXT])
{
	const struct ncb_storm_worker *w;
	char name[NCB_PAYLOAD_NAME];
	struct timespec until;

	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_EVERY * 1000000l;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (sem_timedwait(&pool->done, &until) == 0)
			return 0;
		if (ncb_interrupted)
			atomic_store(&pool->stop, true);
		w = hanging(pool);
		if (!w)
			continue;
		pool->hung = true;
		pool->last = *pool->storm;
		pool->storm = &pool->last;
		atomic_store(&pool->stop, true);
		ncb_storm_module_name(name, pool->storm, atomic_load(&w->module));
		snprintf(why, NCB_STORM_TEXT, "thread %u has not come back from a call for %s for %u s; the kernel log may say why, and only a reboot ends it",
			 w->number, name,
			 pool->storm->mode == NCB_STORM_AUTOLOAD ? AUTOLOAD_LIMIT : HANGS_AFTER);
		return -ETIMEDOUT;
	}
}

/**
 * ncb_storm_pool_phase - let all threads go, and wait until they have finished
 * @pool: the threads; @pool->storm, @round, @payloads and @device are set
 * @phase: 0 or 1
 * @why: gets why they have not
 *
 * Return: 0, or -ETIMEDOUT where a call hangs; no thread may be waited for then.
 */
int ncb_storm_pool_phase(struct ncb_storm_pool *pool, int phase, char why[NCB_STORM_TEXT])
{
	pool->phase = phase;
	atomic_store(&pool->busy, pool->threads);
	pthread_barrier_wait(&pool->barrier);
	return watch(pool, why);
}

/**
 * ncb_storm_pool_end - end the threads
 * @pool: the threads; where one hangs they are left to the end of the process
 */
void ncb_storm_pool_end(struct ncb_storm_pool *pool)
{
	if (pool->hung)
		return;
	pool->phase = -1;
	pthread_barrier_wait(&pool->barrier);
	end_threads(pool, pool->threads);
}
