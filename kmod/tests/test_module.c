// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a kernel that really loads it: test_module <ncbench.ko>, as
 * root, on a machine that is there for tests (a guest). Speaks TAP. Static and
 * without libraries, so that it also runs in the smallest guest. Compiled with
 * -DONLY_COUNTING it leaves out all but the counters, and a machine may be slow.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../ncbench_uapi.h"
#define WHAT_IS_TESTED "module"
#include "in_kernel.h"

static const char *ko;

/* Says why; what has to be there fails elsewhere. */
static void skip(const char *what, const char *why)
{
	printf("ok %d - module: %s # SKIP %s\n", ++tests, what, why);
	fflush(stdout);
}

static int load(void)
{
	return load_file(ko, "");
}

static int unload(void)
{
	return unload_name(NCB_MODULE);
}

static int open_device(void)
{
	return open_node(NCB_DEVICE);
}

/* With ONLY_COUNTING, some of it is not used. */
#pragma GCC diagnostic ignored "-Wunused-function"

static struct ncb_sample samples[16 * 64 * NCB_SAMPLES_PER_BLOCK];

/* A small row that works. */
static struct ncb_run good_row(void)
{
	struct ncb_run run = {
		.abi = NCB_ABI,
		.type = NCB_BLOCKING,
		.op = NCB_CALL,
		.length = 8,
		.callbacks = NCB_CB_DISTINCT,
		.arms = 3,
		.blocks = 8,
		.batch_ns = 5000,
		.seed = 1,
		.samples = (uintptr_t)samples,
		.capacity = sizeof(samples) / sizeof(samples[0]),
	};

	strcpy(run.arm[0].engine, "loop");
	strcpy(run.arm[1].engine, "slist");
	strcpy(run.arm[2].engine, "dlist");
	return run;
}

static int run_row(int fd, struct ncb_run *run)
{
	return ioctl(fd, NCB_IOC_RUN, run) < 0 ? -errno : 0;
}

/* Somebody else asks over and over whether it has begun: it may come in between. */
static int run_row_stubborn(int fd, struct ncb_run *run)
{
	int err;

	do
		err = run_row(fd, run);
	while (err == -EBUSY);
	return err;
}

static void test_good(int fd)
{
	struct ncb_run run = good_row();
	unsigned int seen[3][8][NCB_KINDS] = { 0 }, i, k, bad = 0;

	check_int(run_row(fd, &run), 0, "a good row is measured");
	for (i = 0; i < run.count; i++) {
		const struct ncb_sample *s = &samples[i];

		if (s->arm > 2 || s->block > 7 || s->kind >= NCB_KINDS || !s->ticks)
			bad++;
		else
			seen[s->arm][s->block][s->kind]++;
	}
	check_int(bad, 0, "every sample is sound");
	for (i = 0; i < 3; i++)
		for (k = 0; k < 8; k++)
			bad += seen[i][k][NCB_KIND_BASE] != 1 || seen[i][k][NCB_KIND_ONE] != 1;
	check_int(bad, 0, "every arm has one sample of each kind in every block");
	check(run.memory && run.memory < NCB_MEMORY_MAX, "memory is told and within its limit", NULL);
	check_int(run.arm[1].node_size, sizeof(long) == 8 ? 24 : 12, "an slist block's size");
	check_int(run.arm[2].node_size, sizeof(long) == 8 ? 32 : 16, "a dlist block's size");
}

/* Every arm of every combination: passes its oracle, or says why it is missing. */
static void test_all(int fd)
{
	static const char *const engines[] = {
		"loop", "direct", "slist", "slist", "slist", "slist", "dlist", "native"
	};
	unsigned int rows = 0, wrong = 0, unexplained = 0, failed = 0, few = 0, i;
	static const unsigned int lengths[] = { 1, 2, 3, 16, 64, 192 };
	struct ncb_run run;
	char detail[256] = "";
	unsigned int type, op, pos, l, cb, place, cache;

	for (type = 0; type < NCB_TYPES; type++)
	for (op = 0; op < NCB_OPS; op++)
	for (pos = 0; pos < NCB_POSITIONS; pos++)
	for (l = 0; l < 6; l++)
	for (cb = 0; cb < NCB_CALLBACK_SETS; cb++)
	for (place = 0; place < NCB_PLACEMENTS; place++)
	for (cache = 0; cache < NCB_CACHES; cache++) {
		bool change = op == NCB_REGISTER || op == NCB_UNREGISTER;
		unsigned int timed = 0;

		if ((change && pos == NCB_POS_NONE) || (!change && op != NCB_ROBUST && pos) ||
		    (op == NCB_EMPTY && l) || (cb != place) /* half of them will do */)
			continue;
		run = good_row();
		run.type = type;
		run.op = op;
		run.position = pos;
		run.length = op == NCB_EMPTY ? 0 : lengths[l];
		run.callbacks = cb;
		run.placement = place;
		run.cache = cache;
		run.blocks = 4;
		run.arms = 8;
		for (i = 0; i < 8; i++)
			strcpy(run.arm[i].engine, engines[i]);
		run.arm[3].flags = NCB_ARM_CONTROL;
		run.arm[4].flags = NCB_ARM_PLANT;
		run.arm[5].flags = NCB_ARM_SHARE;
		rows++;
		if (run_row(fd, &run)) {
			failed++;
			snprintf(detail, sizeof(detail), "%u/%u@%u/%u: %s", type, op, pos,
				 run.length, run.message);
		}
		for (i = 0; i < 8; i++) {
			wrong += run.arm[i].status == NCB_ARM_WRONG;
			unexplained += run.arm[i].status == NCB_ARM_MISSING &&
				       !run.arm[i].message[0];
			timed += run.arm[i].status == NCB_ARM_OK;
			if (run.arm[i].status == NCB_ARM_WRONG)
				snprintf(detail, sizeof(detail), "%s %u/%u@%u/%u: %s",
					 run.arm[i].engine, type, op, pos, run.length,
					 run.arm[i].message);
		}
		/* base and n in four blocks, 2n in the first four too */
		few += run.count != timed * 4 * 3;
	}
	printf("# %u rows\n", rows);
	check_int(failed, 0, detail[0] && failed ? detail : "every row is measured");
	check_int(wrong, 0, detail[0] && wrong ? detail : "every engine passes its oracle");
	check_int(unexplained, 0, "what is missing says why");
	check_int(few, 0, "every arm that is there has all its samples");
}

/* A planted share is measured where n is a multiple of 50, and says so where not. */
static void test_share(int fd)
{
	static const struct {
		unsigned int iters, op, cache;
		const char *missing;
	} cases[] = {
		{ 50, NCB_CALL, NCB_WARM, NULL },
		{ 150, NCB_CALL, NCB_WARM, NULL },
		{ 0, NCB_CALL, NCB_WARM, NULL },
		{ 49, NCB_CALL, NCB_WARM, "shorter than 50" },
		{ 64, NCB_CALL, NCB_WARM, "not a multiple of 50" },
		{ 32, NCB_CALL, NCB_COLD, "timed by itself" },
		{ 0, NCB_REGISTER, NCB_WARM, "timed by itself" },
	};
	struct ncb_run run;
	char detail[256];
	unsigned int i, k, odd;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run = good_row();
		run.iters = cases[i].iters;
		run.op = cases[i].op;
		run.position = run.op == NCB_REGISTER ? NCB_POS_HEAD : NCB_POS_NONE;
		run.cache = cases[i].cache;
		run.arm[2] = run.arm[1];
		run.arm[2].flags = NCB_ARM_SHARE;
		snprintf(detail, sizeof(detail), "share, case %u", i);
		check_int(run_row(fd, &run), 0, detail);
		snprintf(detail, sizeof(detail), "case %u: status %u, iters %u, '%s'", i,
			 run.arm[2].status, run.iters, run.arm[2].message);
		if (cases[i].missing)
			check(run.arm[2].status == NCB_ARM_MISSING &&
			      strstr(run.arm[2].message, cases[i].missing) &&
			      run.arm[2].node_size == (cases[i].op == NCB_CALL &&
			      cases[i].cache == NCB_WARM ? run.arm[1].node_size : 0),
			      "a share that cannot be planted is missing and says why", detail);
		else
			check(run.arm[2].status == NCB_ARM_OK && run.iters % 50 == 0,
			      "a share is planted where n is a multiple of 50", detail);
		for (k = odd = 0; k < run.count; k++)
			odd += samples[k].arm == 2 ? !!cases[i].missing :
			       run.arm[samples[k].arm].status != NCB_ARM_OK;
		check_int(odd, 0, "and what is missing has no samples");
		for (k = odd = 0; k < run.count && !cases[i].missing; k++)
			odd += samples[k].iters != 1 && samples[k].iters != run.iters + 1 &&
			       samples[k].iters != 2 * run.iters + 1;
		check_int(odd, 0, "and samples are credited with n, not with what was made");
	}
}

static void refused(int fd, struct ncb_run run, const char *field, const char *what)
{
	char title[96], detail[256];
	int err = run_row(fd, &run);

	snprintf(title, sizeof(title), "%s is refused with the field named", what);
	snprintf(detail, sizeof(detail), "got %d, '%s'", err, run.message);
	check(err == -EINVAL && strstr(run.message, field), title, detail);
}

static void test_bad(int fd)
{
	struct ncb_run run;

#define BAD(member, value, name)			\
	do {						\
		run = good_row();			\
		run.member = value;			\
		refused(fd, run, name, #member " = " #value);	\
	} while (0)
	BAD(abi, NCB_ABI + 1, "abi");
	BAD(type, NCB_TYPES, "type");
	BAD(op, NCB_OPS, "op");
	BAD(length, 0, "length");
	BAD(length, NCB_LENGTH_MAX + 1, "length");
	BAD(position, NCB_POSITIONS, "position");
	BAD(position, NCB_POS_HEAD, "position");
	BAD(callbacks, NCB_CALLBACK_SETS, "callbacks");
	BAD(placement, NCB_PLACEMENTS, "placement");
	BAD(cache, NCB_CACHES, "cache");
	BAD(arms, 0, "arms");
	BAD(arms, NCB_ARMS_MAX + 1, "arms");
	BAD(blocks, 0, "blocks");
	BAD(blocks, NCB_BLOCKS_MAX + 1, "blocks");
	BAD(batch_ns, 0, "batch_ns");
	BAD(batch_ns, NCB_BATCH_NS_MAX, "batch_ns");
	BAD(iters, NCB_ITERS_MAX + 1, "iters");
	BAD(capacity, 71, "capacity");
	BAD(arm[1].engine[0], 'x', "engine");
	BAD(arm[1].flags, NCB_ARM_FLAGS + 1, "flags");
	run = good_row();
	run.samples = 8;
	check_int(run_row(fd, &run), -EFAULT, "a bad pointer for samples");
	check_int(ioctl(fd, NCB_IOC_RUN, (void *)8) < 0 ? -errno : 0, -EFAULT, "a bad pointer");
	check_int(ioctl(fd, _IO('N', 99)) < 0 ? -errno : 0, -ENOTTY, "an unknown ioctl");
}

static void nothing(int number)
{
	(void)number;
}

/* A row that would take long ends soon after a signal, with what it has. */
static void test_interrupt(int fd)
{
	struct ncb_run run = good_row();
	struct itimerval timer = { .it_value.tv_usec = 100000 };
	struct timespec a, b;
	size_t room = 3 * NCB_BLOCKS_MAX * NCB_SAMPLES_PER_BLOCK;
	struct sigaction action = { .sa_handler = nothing };
	int err;

	run.length = 1024;
	run.placement = NCB_SCATTERED;
	run.blocks = NCB_BLOCKS_MAX;
	run.samples = (uintptr_t)malloc(room * sizeof(struct ncb_sample));
	run.capacity = room;
	sigaction(SIGALRM, &action, NULL);
	clock_gettime(CLOCK_MONOTONIC, &a);
	setitimer(ITIMER_REAL, &timer, NULL);
	err = run_row(fd, &run);
	clock_gettime(CLOCK_MONOTONIC, &b);
	check_int(err, -EINTR, "a signal ends a measurement");
	check(run.count < (__u64)2 * run.arms * run.blocks, "and the samples so far are counted", NULL);
	check(b.tv_sec - a.tv_sec < 5, "within 5 s", NULL);
	free((void *)(uintptr_t)run.samples);
}

static void *long_row(void *data)
{
	int fd = *(int *)data;
	static struct ncb_sample own[3 * 2048 * NCB_SAMPLES_PER_BLOCK];
	struct ncb_run run = good_row();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	run.blocks = 2048;
	run.batch_ns = NCB_BATCH_NS_MAX / 2;
	run.samples = (uintptr_t)own;
	run.capacity = sizeof(own) / sizeof(own[0]);
	return (void *)(long)run_row_stubborn(fd, &run);
}

static void test_twice(int fd)
{
	struct ncb_events known = { .abi = NCB_ABI, .events = 1, .event[0].type = PERF_TYPE_SOFTWARE };
	struct ncb_run run;
	pthread_t thread;
	void *result;
	int err = 0, tries;

	pthread_create(&thread, NULL, long_row, &fd);
	for (tries = 0; tries < 200 && err != -EBUSY; tries++) {
		run = good_row();
		run.blocks = 1;
		err = run_row(fd, &run);
		usleep(1000);
	}
	check_int(err, -EBUSY, "a second measurement at the same time");
	check_int(ioctl(fd, NCB_IOC_EVENTS, &known) < 0 ? -errno : 0, -EBUSY,
		  "or a known loop at the same time");
	check_int(unload(), -EWOULDBLOCK, "unloading while the device is open");
	pthread_join(thread, &result);
	check_int((long)result, 0, "the first one is not disturbed");
}

static void test_rights(int fd)
{
	struct stat st;
	int status = 0;
	pid_t pid;

	(void)fd;
	check(stat(NCB_DEVICE, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_uid == 0,
	      "the device is root's alone", NULL);
	chmod(NCB_DEVICE, 0666);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(2);
		_exit(open(NCB_DEVICE, O_RDWR) < 0 && errno == EPERM ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	chmod(NCB_DEVICE, 0600);
	check_int(status, 0, "and nobody else's, even where the node would let him");
}

static void test_unbound(int fd)
{
	struct ncb_events known = { .abi = NCB_ABI, .events = 1, .event[0].type = PERF_TYPE_SOFTWARE };
	struct ncb_run run = good_row();
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CPU_SET(1, &set);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("a task on two CPUs is refused", "one CPU here");
		return;
	}
	sched_setaffinity(0, sizeof(set), &set);
	refused(fd, run, "bound", "a task on two CPUs");
	err = ioctl(fd, NCB_IOC_EVENTS, &known) < 0 ? -errno : 0;
	check(err == -EINVAL && strstr(known.message, "bound"),
	      "and so is its known loop", known.message);
	CPU_CLR(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* -- counting -- */

#define SOFTWARE(what)	{ .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_##what }
#define HARDWARE(what)	{ .type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_##what }
#define UNTOUCHED	0x5555555555555555ull

static const struct ncb_event clock_event = SOFTWARE(CPU_CLOCK);
static const struct ncb_event switches_event = SOFTWARE(CONTEXT_SWITCHES);
static const struct ncb_event faults_event = SOFTWARE(PAGE_FAULTS);
static const struct ncb_event insn_event = HARDWARE(INSTRUCTIONS);
static const struct ncb_event cycles_event = HARDWARE(CPU_CYCLES);
static const struct ncb_event no_such_type = { .type = 0x7ffffff0 };
static const struct ncb_event no_such_config = { .type = PERF_TYPE_HARDWARE, .config = 999 };

static __u64 counts[(sizeof(samples) / sizeof(samples[0]) + 1) * NCB_EVENTS_MAX];

/* A row of blocks on raw chains; interrupts are off where the kernel can do that. */
static struct ncb_run counted_row(unsigned int events, ...)
{
	struct ncb_run run = good_row();
	va_list list;
	unsigned int i;

	run.type = NCB_RAW;
	run.iters = 20;
	run.counts = (uintptr_t)counts;
	run.events = events;
	va_start(list, events);
	for (i = 0; i < events; i++)
		run.event[i] = *va_arg(list, const struct ncb_event *);
	va_end(list);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		counts[i] = UNTOUCHED;
	return run;
}

static int ask_events(int fd, struct ncb_events *known, const struct ncb_event *event,
		      unsigned int n)
{
	unsigned int i;

	*known = (struct ncb_events) { .abi = NCB_ABI, .events = n };
	for (i = 0; i < n && i < NCB_EVENTS_MAX; i++)
		known->event[i] = *event;
	return ioctl(fd, NCB_IOC_EVENTS, known) < 0 ? -errno : 0;
}

/* Samples in which @event counted @low .. @high; NCB_COUNT_NONE twice: in which it did not. */
static unsigned int samples_with(const struct ncb_run *run, unsigned int event, __u64 low,
				 __u64 high)
{
	unsigned int i, n = 0;

	for (i = 0; i < run->count; i++) {
		__u64 count = counts[i * run->events + event];

		n += count >= low && count <= high;
	}
	return n;
}

#define NOTHING_ELSE	(NCB_COUNT_NONE - 1)

static bool no_samples_behind(const struct ncb_run *run)
{
	return run->count && counts[run->count * run->events] == UNTOUCHED;
}

static void test_bad_events(int fd)
{
	struct ncb_events known;
	struct ncb_run run;
	int err;

	run = counted_row(1, &clock_event);
	run.events = NCB_EVENTS_MAX + 1;
	refused(fd, run, "events", "events = NCB_EVENTS_MAX + 1");
	run = counted_row(1, &clock_event);
	run.reserved = 1;
	refused(fd, run, "reserved", "reserved = 1");
	run = counted_row(1, &clock_event);
	run.event[0].reserved = 1;
	refused(fd, run, "reserved", "event[0].reserved = 1");
	run = counted_row(1, &clock_event);
	run.counts = 8;
	check_int(run_row(fd, &run), -EFAULT, "a bad pointer for counts");
	run = counted_row(0);
	run.counts = 8;
	check_int(run_row(fd, &run), 0, "and nobody minds where nothing is counted");
	err = ask_events(fd, &known, &clock_event, 0);
	check(err == -EINVAL && strstr(known.message, "events: 0"), "a known loop without events",
	      known.message);
	err = ask_events(fd, &known, &clock_event, NCB_EVENTS_MAX + 1);
	check(err == -EINVAL && strstr(known.message, "events: 9"), "a known loop with too many",
	      known.message);
	known = (struct ncb_events) { .abi = NCB_ABI - 1, .events = 1 };
	err = ioctl(fd, NCB_IOC_EVENTS, &known) < 0 ? -errno : 0;
	check(err == -EINVAL && strstr(known.message, "abi"), "a known loop of another ABI",
	      known.message);
	check_int(ioctl(fd, NCB_IOC_EVENTS, (void *)8) < 0 ? -errno : 0, -EFAULT,
		  "a bad pointer for a known loop");
}

/* A kernel without perf refuses all of it, and no sample holds a number. */
static void test_no_perf(int fd)
{
	struct ncb_run run = counted_row(2, &clock_event, &insn_event);
	unsigned int i;

	check_int(run_row(fd, &run), 0, "a row is measured although the kernel has no perf");
	for (i = 0; i < 2; i++) {
		check_int(run.event[i].status, NCB_EVENT_REFUSED, "and its events are refused");
		check_int(run.event[i].error, ENOSYS, "with ENOSYS");
		check_int(samples_with(&run, i, NCB_COUNT_NONE, NCB_COUNT_NONE), run.count,
			  "and no sample holds a number");
	}
	check(no_samples_behind(&run), "nor anything behind the last one", NULL);
	skip("counting", "this kernel has no perf");
}

/* Refused ones cost only themselves; the columns are those of the events. */
static void test_software(int fd)
{
	struct ncb_run run = counted_row(5, &no_such_type, &clock_event, &no_such_config,
					 &switches_event, &faults_event);
	unsigned int i;

	check_int(run_row(fd, &run), 0, "a row with events is measured");
	for (i = 0; i < 5; i += 2) {
		bool refuse = i < 4;

		check_int(run.event[i].status, refuse ? NCB_EVENT_REFUSED : NCB_EVENT_OK,
			  refuse ? "an event that is none is refused" : "page-faults are counted");
		check((run.event[i].error == ENOENT || run.event[i].error == EINVAL ||
		       run.event[i].error == EOPNOTSUPP) == refuse,
		      refuse ? "and says why" : "without an error", NULL);
	}
	check_int(samples_with(&run, 0, NCB_COUNT_NONE, NCB_COUNT_NONE), run.count,
		  "and has no number in any sample");
	check_int(samples_with(&run, 2, NCB_COUNT_NONE, NCB_COUNT_NONE), run.count,
		  "nor has the other one");
	check_int(run.event[1].status, NCB_EVENT_OK, "cpu-clock is counted beside them");
	check_int(run.event[3].status, NCB_EVENT_OK, "and context-switches");
	check(run.event[1].running_ns && run.event[1].running_ns == run.event[1].enabled_ns,
	      "all the time", NULL);
	check_int(samples_with(&run, 1, 1, NOTHING_ELSE), run.count, "each sample takes time");
	check_int(samples_with(&run, 3, 0, 0) + samples_with(&run, 3, 1, 8), run.count,
		  "and few or no switches");
	check_int(samples_with(&run, 4, 0, 0), run.count, "and no page fault in the kernel");
	check(no_samples_behind(&run), "nothing stands behind the last sample", NULL);
	run = counted_row(5, &faults_event, &switches_event, &no_such_config, &clock_event,
			  &no_such_type);
	check_int(run_row(fd, &run), 0, "and the other way round");
	check_int(samples_with(&run, 3, 1, NOTHING_ELSE), run.count, "it is the other column");
	check_int(samples_with(&run, 0, 0, 0), run.count, "the first one is page-faults now");
	check_int(samples_with(&run, 4, NCB_COUNT_NONE, NCB_COUNT_NONE), run.count,
		  "the last one is refused now");
}

/* A machine whose PMU is emulated, and counts instructions only where it does so exactly. */
static bool emulated_pmu(void)
{
	char text[256] = "";
	int fd = open("/proc/device-tree/compatible", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return n > 0 && !strcmp(text, "linux,dummy-virt");
}

static void test_pmu(int fd)
{
	const __u64 exact = (__u64)NCB_KNOWN_TURNS * NCB_TURN_INSN;
	struct ncb_events one, many;
	unsigned int i, k, room = 0, wrong = 0, fewer = 0;
	char detail[160];

	ask_events(fd, &one, &insn_event, 1);
	if (one.event[0].status == NCB_EVENT_REFUSED) {
		snprintf(detail, sizeof(detail), "no hardware event here: %s",
			 strerror(one.event[0].error));
		skip("a known loop is counted in instructions", detail);
		skip("more events than the PMU has counters", detail);
		return;
	}
	snprintf(detail, sizeof(detail), "status %u, %llu .. %llu, expected %llu",
		 one.event[0].status, one.known_low[0], one.known_high[0], exact);
	printf("# instructions of the known loop: %s; one reading: %lld\n", detail,
	       (long long)(one.reading[0] - NCB_FEW_TURNS * NCB_TURN_INSN));
	/* Of real ones, some count an interrupt that is no maskable one. */
	check(one.event[0].status == NCB_EVENT_OK && one.known_low[0] == exact &&
	      one.known_high[0] <= exact + (emulated_pmu() ? 0 : exact / 50),
	      "a known loop is counted in instructions", detail);

	/* Twenty times: what is not given back is missing the next time. */
	for (k = 0; k < 20; k++) {
		unsigned int ok = 0;

		ask_events(fd, &many, &insn_event, NCB_EVENTS_MAX);
		for (i = 0; i < NCB_EVENTS_MAX; i++) {
			bool counted = many.event[i].status == NCB_EVENT_OK;

			ok += counted;
			wrong += counted ? many.known_low[i] != exact :
				 many.event[i].status != NCB_EVENT_NO_ROOM ||
				 many.known_low[i] != NCB_COUNT_NONE ||
				 many.known_high[i] != NCB_COUNT_NONE;
		}
		room = k ? room : ok;
		fewer += ok != room;
	}
	printf("# 8 times instructions: room for %u; reading them all: %lld\n", room,
	       (long long)(many.reading[0] - NCB_FEW_TURNS * NCB_TURN_INSN));
	check_int(wrong, 0, "of more events than counters, each is right or found no room");
	check_int(fewer, 0, "and counters are given back");
	if (room < NCB_EVENTS_MAX)
		check(room > 0, "some found room, and some did not", NULL);
	else if (emulated_pmu())
		check(false, "some found room, and some did not", "room for all");
	else
		skip("more events than the PMU has counters", "this one has 8 or more");
}

/* What instructions count in a sample, without what they count in its base; 0: no base. */
static __u64 net_count(const struct ncb_run *run, unsigned int sample, unsigned int event)
{
	const struct ncb_sample *s = &samples[sample];
	unsigned int i;

	for (i = 0; i < run->count; i++)
		if (samples[i].kind == NCB_KIND_BASE && samples[i].arm == s->arm &&
		    samples[i].block == s->block)
			return counts[sample * run->events + event] -
			       counts[i * run->events + event] * s->stretches / samples[i].stretches;
	return 0;
}

/*
 * Where instructions are exact: all samples of a copy are equal, twice the calls
 * are twice the instructions, and what is read beside them makes no difference.
 */
static void test_exact_row(int fd, const char *name, unsigned int op, unsigned int position)
{
	static __u64 alone[sizeof(samples) / sizeof(samples[0])];
	struct ncb_run run = counted_row(1, &insn_event);
	__u64 of[3][4][NCB_KINDS] = { 0 };
	unsigned int i, uneven = 0, odd = 0, moved = 0, missing = 0;
	char what[96];

	run.op = op;
	run.position = position;
	if (run_row(fd, &run))
		missing++;
	for (i = 0; i < run.count; i++) {
		const struct ncb_sample *s = &samples[i];
		__u64 *same = &of[s->arm % 3][s->clone % 4][s->kind % NCB_KINDS];

		alone[i] = net_count(&run, i, 0);
		if (s->kind == NCB_KIND_BASE)
			continue;
		/* The empty loop, of which nothing is left where calls are timed one by one, is arm 0. */
		missing += (s->arm && !alone[i]) || alone[i] > NOTHING_ELSE / 2;
		uneven += *same && *same != alone[i];
		*same = alone[i];
		odd += s->kind == NCB_KIND_TWO &&
		       alone[i] != 2 * of[s->arm % 3][s->clone % 4][NCB_KIND_ONE];
	}
	run = counted_row(5, &switches_event, &cycles_event, &insn_event, &no_such_type, &insn_event);
	run.op = op;
	run.position = position;
	if (run_row(fd, &run))
		missing++;
	for (i = 0; i < run.count; i++)
		moved += net_count(&run, i, 2) != alone[i] || net_count(&run, i, 4) != alone[i];
	snprintf(what, sizeof(what), "%s: instructions of every sample", name);
	check_int(missing, 0, what);
	check_int(uneven, 0, "the same in all of a copy");
	check_int(odd, 0, "twice as many for twice the calls");
	check_int(moved, 0, "and the same next to four other events");
	printf("# %s: slist, copy 0: %llu instructions for 20 operations\n", name,
	       of[1][0][NCB_KIND_ONE]);
}

static void test_exact_rows(int fd)
{
	struct ncb_events one;

	ask_events(fd, &one, &insn_event, 1);
	if (!emulated_pmu() || one.event[0].status != NCB_EVENT_OK) {
		skip("instructions of rows are exact", "no PMU that counts them exactly");
		return;
	}
	test_exact_row(fd, "raw/call", NCB_CALL, NCB_POS_NONE);
	test_exact_row(fd, "raw/register@tail", NCB_REGISTER, NCB_POS_TAIL);
}

/* The last digit of a row's ticks; samples that an interrupt fell into are left out. */
static unsigned int differing_ticks(int fd, struct ncb_run row, unsigned int *compared)
{
	static struct ncb_sample plain[sizeof(samples) / sizeof(samples[0])];
	const struct ncb_event *all[] = { &clock_event, &switches_event, &faults_event, &no_such_type };
	const __u32 disturbed = NCB_SAMPLE_INTERRUPTED | NCB_SAMPLE_SWITCHED;
	struct ncb_run with = row;
	unsigned int i, differ = 0;

	*compared = 0;
	if (run_row(fd, &row))
		return ~0u;
	memcpy(plain, samples, sizeof(plain));
	with.events = 4;
	for (i = 0; i < 4; i++)
		with.event[i] = *all[i];
	if (run_row(fd, &with) || with.count != row.count)
		return ~0u;
	for (i = 0; i < row.count; i++) {
		if ((plain[i].flags | samples[i].flags) & disturbed)
			continue;
		++*compared;
		differ += plain[i].ticks != samples[i].ticks || plain[i].arm != samples[i].arm ||
			  plain[i].kind != samples[i].kind;
	}
	return differ;
}

/* Where each instruction is a tick: the timed stretch is the same with counters around it. */
static void test_undisturbed(int fd)
{
	static const struct {
		const char *name;
		unsigned int type, op, position, cache;
	} rows[] = {
		{ "raw/call", NCB_RAW, NCB_CALL, NCB_POS_NONE, NCB_WARM },
		{ "atomic/call", NCB_ATOMIC, NCB_CALL, NCB_POS_NONE, NCB_WARM },
		{ "blocking/call", NCB_BLOCKING, NCB_CALL, NCB_POS_NONE, NCB_WARM },
		{ "srcu/call", NCB_SRCU, NCB_CALL, NCB_POS_NONE, NCB_WARM },
		{ "raw/call, cold", NCB_RAW, NCB_CALL, NCB_POS_NONE, NCB_COLD },
		{ "raw/register@tail", NCB_RAW, NCB_REGISTER, NCB_POS_TAIL, NCB_WARM },
	};
	struct ncb_info info = { 0 };
	unsigned int i, differ, compared;
	char what[96], detail[96];

	ioctl(fd, NCB_IOC_INFO, &info);
	if (info.known_insn != NCB_KNOWN_INSN) {
		skip("counting leaves the timed stretch as it is", "ticks are no instructions here");
		return;
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncb_run row = counted_row(0);

		row.type = rows[i].type;
		row.op = rows[i].op;
		row.position = rows[i].position;
		row.cache = rows[i].cache;
		differ = differing_ticks(fd, row, &compared);
		snprintf(what, sizeof(what), "%s takes the same ticks with 4 events as with none",
			 rows[i].name);
		snprintf(detail, sizeof(detail), "%u of %u samples differ", differ, compared);
		check(!differ && compared >= 3 * 8, what, detail);
	}
}

/* What is read costs; how much, where a nanosecond is an instruction. */
static void test_reading(int fd)
{
	const __u64 loop = (__u64)NCB_KNOWN_TURNS * NCB_TURN_INSN;
	struct ncb_info info = { 0 };
	struct ncb_events known;
	__u64 cost[NCB_EVENTS_MAX + 1] = { 0 };
	char detail[96];
	unsigned int n;

	ioctl(fd, NCB_IOC_INFO, &info);
	if (info.known_insn != NCB_KNOWN_INSN) {
		skip("a known loop takes the time that it takes", "ticks are no instructions here");
		return;
	}
	for (n = 1; n <= NCB_EVENTS_MAX; n++) {
		if (ask_events(fd, &known, &clock_event, n))
			break;
		cost[n] = known.reading[0] - NCB_FEW_TURNS * NCB_TURN_INSN;
	}
	snprintf(detail, sizeof(detail), "%llu .. %llu, expected %llu", known.known_low[7],
		 known.known_high[7], loop);
	/* The kernel's clock is ns by a rate that it has measured. */
	check(n > NCB_EVENTS_MAX && known.known_low[7] > loop - loop / 500 &&
	      known.known_high[7] < loop + loop / 500, "a known loop takes the time that it takes",
	      detail);
	printf("# reading of cpu-clock: %llu instructions for one, %llu for each more\n", cost[1],
	       (cost[8] - cost[1] + 3) / 7);
	snprintf(detail, sizeof(detail), "%llu for one, %llu for eight", cost[1], cost[8]);
	check(cost[1] > 0 && cost[8] > cost[1] && cost[8] < 8 * 500,
	      "reading takes less than 500 instructions an event", detail);
}

/* kB of the kernel's own memory that nothing can take back, or -1. */
static long slab_kb(void)
{
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");
	long kb = -1;

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "SUnreclaim: %ld", &kb) != 1)
			kb = -1;
	if (f)
		fclose(f);
	return kb;
}

/* An event that is left open is more than 1 kB. */
static void test_leak(int fd)
{
	struct ncb_events known;
	char detail[96];
	long before, after;
	int i;

	for (i = 0; i < 20; i++)
		ask_events(fd, &known, &clock_event, NCB_EVENTS_MAX);
	usleep(200000);
	before = slab_kb();
	for (i = 0; i < 250; i++)
		ask_events(fd, &known, &clock_event, NCB_EVENTS_MAX);
	/* They are freed after a grace period. */
	usleep(200000);
	after = slab_kb();
	snprintf(detail, sizeof(detail), "%ld kB before, %ld kB after 2000 events", before, after);
	printf("# memory of the kernel: %s\n", detail);
	check(before > 0 && after < before + 1000, "events are given back", detail);
}

/* The machine a row was measured in. */
static void test_place(int fd)
{
	struct ncb_run run = counted_row(0);

	check_int(run_row(fd, &run), 0, "a row says what the machine did meanwhile");
	check(!(run.place.known & ~(NCB_PLACE_STEAL | NCB_PLACE_SMIS | NCB_PLACE_FREQUENCY)) &&
	      run.place.known & NCB_PLACE_STEAL, "what is known is told", NULL);
	check((run.place.known & NCB_PLACE_FREQUENCY ? run.place.aperf && run.place.mperf :
	       !run.place.aperf && !run.place.mperf) &&
	      (run.place.known & NCB_PLACE_SMIS || !run.place.smis), "and what is not is 0", NULL);
}

/* -- a CPU that goes offline -- */

struct elsewhere {
	int fd, err;
	unsigned int cpu;
	struct ncb_run run;
};

static void bind_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *measure_elsewhere(void *data)
{
	struct elsewhere *e = data;

	bind_to(e->cpu);
	e->err = run_row_stubborn(e->fd, &e->run);
	return NULL;
}

static int set_online(unsigned int cpu, bool online)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, online ? "1" : "0", 1) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Takes CPU 1 offline @us after a row has begun there. */
static void offline_during(int fd, unsigned int type, unsigned int us)
{
	static struct ncb_sample own[3 * 4096 * NCB_SAMPLES_PER_BLOCK];
	static __u64 own_counts[sizeof(own) / sizeof(own[0]) * 3];
	struct elsewhere e = { .fd = fd, .cpu = 1 };
	struct ncb_run probe;
	unsigned int i, none = 0, tries, n;
	char what[96], detail[256];
	pthread_t thread;
	int err = 0, off;

	e.run = counted_row(3, &clock_event, &cycles_event, &switches_event);
	e.run.type = type;
	e.run.iters = 0;
	e.run.batch_ns = 20000;
	e.run.blocks = 4096;
	e.run.samples = (uintptr_t)own;
	e.run.capacity = sizeof(own) / sizeof(own[0]);
	e.run.counts = (uintptr_t)own_counts;
	pthread_create(&thread, NULL, measure_elsewhere, &e);
	for (tries = 0; tries < 2000 && err != -EBUSY; tries++) {
		probe = counted_row(0);
		probe.arms = 0;
		err = run_row(fd, &probe);
		usleep(100);
	}
	usleep(us);
	off = set_online(1, false);
	pthread_join(thread, NULL);
	snprintf(what, sizeof(what), "CPU 1 offline %u us into a row, type %u", us, type);
	check_int(off, 0, what);
	snprintf(detail, sizeof(detail), "%d after %llu samples, '%s'", e.err, e.run.count,
		 e.run.message);
	check(e.err == -EINVAL && strstr(e.run.message, "CPU 1"), "ends it, naming the CPU", detail);
	for (i = 0; i < e.run.count * 3; i += 3)
		none += own_counts[i] == NCB_COUNT_NONE || own_counts[i + 2] == NCB_COUNT_NONE;
	check_int(none, 0, "and what is kept was counted");
	printf("# %s; clock %u, cycles %u, switches %u\n", detail, e.run.event[0].status,
	       e.run.event[1].status, e.run.event[2].status);
	check_int(set_online(1, true), 0, "and it comes back");
	for (n = 0; n < 3; n++) {
		e.run.blocks = 4;
		e.run.iters = 20;
		pthread_create(&thread, NULL, measure_elsewhere, &e);
		pthread_join(thread, NULL);
	}
	check(e.err == 0 && e.run.event[0].status == NCB_EVENT_OK &&
	      e.run.event[1].status != NCB_EVENT_NO_ROOM && own_counts[0] != NCB_COUNT_NONE,
	      "and counts again", e.run.message);
}

static void test_offline(int fd)
{
	static const unsigned int when[] = { 1000, 7000, 31000 };
	unsigned int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2 || access("/sys/devices/system/cpu/cpu1/online", W_OK)) {
		skip("a CPU taken offline during a row", "no second CPU here that can go");
		return;
	}
	for (i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		offline_during(fd, NCB_RAW, when[i]);
		offline_during(fd, NCB_BLOCKING, when[i]);
	}
}

static void test_counting(int fd)
{
	struct ncb_events known;

	test_bad_events(fd);
	test_place(fd);
	check_int(ask_events(fd, &known, &clock_event, 1), 0, "a known loop is answered");
	if (known.event[0].status == NCB_EVENT_REFUSED && known.event[0].error == ENOSYS) {
		test_no_perf(fd);
		return;
	}
	test_software(fd);
	test_pmu(fd);
	test_exact_rows(fd);
	test_undisturbed(fd);
	test_reading(fd);
	test_leak(fd);
	test_offline(fd);
}

/* What the kernel said while all this went on. */
static void test_log(void)
{
	static const char *const bad[] = {
		"WARNING:", "BUG:", "Oops", "INFO: possible", "possible recursive",
		"inconsistent lock", "suspicious RCU", "Call Trace", "general protection",
	};
	int size = klogctl(10, NULL, 0), n;
	char *log = calloc(1, size + 1), *at;
	size_t i;

	n = klogctl(3, log, size);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at = n > 0 ? strstr(log, bad[i]) : NULL;
		if (at)
			at[strcspn(at, "\n")] = '\0';
		if (at)
			break;
	}
	check(n > 0, "the kernel log can be read", NULL);
	check(n <= 0 || !at, "the kernel log is clean", at);
	free(log);
}

int main(int argc, char **argv)
{
	void (*const test[])(int fd) = {
#ifndef ONLY_COUNTING
		test_good, test_share, test_bad, test_rights, test_interrupt, test_twice, test_all,
#endif
		test_unbound, test_counting,
	};
	cpu_set_t set;
	int fd, i, err = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: test_module <ncbench.ko>\n");
		return 2;
	}
	ko = argv[1];
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	klogctl(5, NULL, 0);
	check_int(load(), 0, "loads");
	check_int(load(), -EEXIST, "does not load twice");
	fd = open_device();
	check(fd >= 0, "the device opens", strerror(fd < 0 ? -fd : 0));
	for (i = 0; fd >= 0 && i < (int)(sizeof(test) / sizeof(test[0])); i++)
		test[i](fd);
	if (fd >= 0)
		close(fd);
	check_int(unload(), 0, "unloads");
	for (i = 0; i < 20 && !err; i++) {
		err = load();
		if (!err)
			err = unload();
	}
	check_int(err, 0, "loads and unloads twenty times");
	test_log();
	return end_tests();
}
