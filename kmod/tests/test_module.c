// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a kernel that really loads it: test_module <ncbench.ko>, as
 * root, on a machine that is there for tests (a guest). Speaks TAP. Static and
 * without libraries, so that it also runs in the smallest guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
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

static int tests, failures;
static const char *ko;

static void check(bool ok, const char *what, const char *detail)
{
	printf("%sok %d - module: %s%s%s\n", ok ? "" : "not ", ++tests, what,
	       ok || !detail ? "" : ": ", ok || !detail ? "" : detail);
	fflush(stdout);
	failures += !ok;
}

static void check_int(long got, long want, const char *what)
{
	char detail[64];

	snprintf(detail, sizeof(detail), "got %ld, expected %ld", got, want);
	check(got == want, what, detail);
}

static int load(void)
{
	int fd = open(ko, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int unload(void)
{
	return syscall(SYS_delete_module, NCB_MODULE, O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_device(void)
{
	int fd, tries;

	for (tries = 0; tries < 100; tries++) {
		fd = open(NCB_DEVICE, O_RDWR | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		usleep(10000);
	}
	return fd < 0 ? -errno : fd;
}

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
	return (void *)(long)run_row(fd, &run);
}

static void test_twice(int fd)
{
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
	struct ncb_run run = good_row();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CPU_SET(1, &set);
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		printf("ok %d - module: a task on two CPUs is refused # SKIP one CPU here\n", ++tests);
		return;
	}
	sched_setaffinity(0, sizeof(set), &set);
	refused(fd, run, "bound", "a task on two CPUs");
	CPU_CLR(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
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
	if (fd >= 0) {
		test_good(fd);
		test_share(fd);
		test_bad(fd);
		test_unbound(fd);
		test_rights(fd);
		test_interrupt(fd);
		test_twice(fd);
		test_all(fd);
		close(fd);
	}
	check_int(unload(), 0, "unloads");
	for (i = 0; i < 20 && !err; i++) {
		err = load();
		if (!err)
			err = unload();
	}
	check_int(err, 0, "loads and unloads twenty times");
	test_log();
	printf("1..%d\n", tests);
	return failures != 0;
}
