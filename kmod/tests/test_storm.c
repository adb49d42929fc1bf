// SPDX-License-Identifier: GPL-2.0-only
/*
 * ncb_storm.ko and the payload modules in a kernel that really loads them, as root,
 * on a machine that is there for tests (a guest): test_storm <ncbench.ko> [<folder>],
 * with ncb_storm.ko and a payload of each shape in the folder, /storm by default, and
 * nothing in /tmp that is still wanted. Speaks TAP. Static and without
 * libraries, so that it also runs in the smallest guest. It also is the modprobe of
 * that machine, which has none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../storm/ncb_storm_uapi.h"
#define WHAT_IS_TESTED "storm module"
#include "in_kernel.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* enum module_state of mainline, as announced. */
enum { LIVE, COMING, GOING };

static const char *const shapes[] = { "small", "text", "symbols", "functions", "percpu", "dyndbg" };
static int device = -1;
static char self[256];
static const char *folder = "/storm";

/* -- modules -- */

static int load_storm(const char *parameters)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/" NCB_STORM_MODULE ".ko", folder);
	return load_file(path, parameters);
}

static char *read_all(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *data;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*size = st.st_size;
	data = malloc(*size + 1);
	if (read(fd, data, *size) != (ssize_t)*size)
		*size = 0;
	close(fd);
	return data;
}

/* /tmp/ncb_<shape>_<number>.ko: the template with another name wherever the name stands. */
static int make_copy(const char *shape, unsigned int number)
{
	char from[64], name[64], path[256], *data, *at;
	size_t size, n;
	int fd, err;

	snprintf(from, sizeof(from), NCB_PAYLOAD_PREFIX "%s_0000", shape);
	snprintf(name, sizeof(name), NCB_PAYLOAD_PREFIX "%s_%04u", shape, number);
	snprintf(path, sizeof(path), "%s/%s.ko", folder, from);
	data = read_all(path, &size);
	if (!data)
		return -errno;
	n = strlen(from);
	for (at = data; (at = memmem(at, size - (at - data), from, n)); at += n)
		memcpy(at, name, n);
	snprintf(path, sizeof(path), "/tmp/%s.ko", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	err = fd < 0 || write(fd, data, size) != (ssize_t)size ? -EIO : 0;
	close(fd);
	free(data);
	return err;
}

static int load(const char *shape, unsigned int number, const char *parameters)
{
	char path[96];
	int err;

	snprintf(path, sizeof(path), "/tmp/" NCB_PAYLOAD_PREFIX "%s_%04u.ko", shape, number);
	if (access(path, R_OK)) {
		err = make_copy(shape, number);
		if (err)
			return err;
	}
	return load_file(path, parameters);
}

static int unload(const char *shape, unsigned int number)
{
	char name[64];

	snprintf(name, sizeof(name), NCB_PAYLOAD_PREFIX "%s_%04u", shape, number);
	return unload_name(name);
}

static int load_and_unload(unsigned int number)
{
	int err = load("small", number, "");

	return err ? err : unload("small", number);
}

/* -- the device -- */

static int open_device(void)
{
	return open_node(NCB_STORM_DEVICE);
}

static int device_ioctl(unsigned long number, void *arg)
{
	return ioctl(device, number, arg) < 0 ? -errno : 0;
}

static int set(uint32_t flags, uint32_t extra)
{
	struct ncb_storm_setting setting = { flags, extra };

	return device_ioctl(NCB_STORM_IOC_SET, &setting);
}

static struct ncb_storm_info info(void)
{
	struct ncb_storm_info i = { 0 };

	device_ioctl(NCB_STORM_IOC_INFO, &i);
	return i;
}

static struct ncb_storm_event event[65536];

static int read_events(void)
{
	ssize_t n = read(device, event, sizeof(event));

	if (n < 0)
		return -errno;
	return n % sizeof(*event) ? -EPROTO : (int)(n / sizeof(*event));
}

/*
 * What is written as "CF CM CL": action (Coming, Live, Going) and position (First,
 * Middle, Last, Tracepoint), of one payload and one task, in the order of time.
 */
static void check_events(const char *want, unsigned int module, const char *what)
{
	char got[512] = "", detail[1100];
	size_t used = 0;
	bool sound = true;
	int n = read_events(), i;

	for (i = 0; i < n && used < sizeof(got) - 4; i++) {
		const struct ncb_storm_event *e = &event[i];

		used += sprintf(got + used, "%s%c%c", i ? " " : "",
				e->action < 3 ? "LCG"[e->action] : '?',
				e->position < NCB_STORM_POSITIONS ? "FMLT"[e->position] : '?');
		sound &= e->module == module && e->task == (uint32_t)gettid() && e->ns &&
			 (!i || e->ns >= event[i - 1].ns) &&
			 !e->callback == (e->position != NCB_STORM_CALLBACK);
	}
	snprintf(detail, sizeof(detail), "%d records, %s, got '%s', expected '%s'", n,
		 sound ? "sound" : "not sound", got, want);
	check(sound && !strcmp(got, want), what, detail);
}

#define WHOLE	"CF CM CL LF LM LL GF GM GL"

/* -- tests -- */

static void test_rights(void)
{
	int status = 0;
	struct stat st;
	pid_t pid;

	check(stat(NCB_STORM_DEVICE, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_uid == 0,
	      "the device is root's alone", NULL);
	close(device);
	chmod(NCB_STORM_DEVICE, 0666);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(2);
		_exit(open(NCB_STORM_DEVICE, O_RDWR) < 0 && errno == EPERM ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	chmod(NCB_STORM_DEVICE, 0600);
	check_int(status, 0, "and nobody else's, even where the node would let him");
	device = open_device();
	check(device >= 0, "it opens again", NULL);
	check_int(open_device(), -EBUSY, "but not twice");
	check_int(unload_name(NCB_STORM_MODULE), -EWOULDBLOCK, "unloading while it is open");
}

static void test_info(void)
{
	struct ncb_storm_info i = info();
	struct utsname u;
	unsigned int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	printf("# %s, features %x\n", u.release, i.features);
	check(i.abi == NCB_STORM_ABI && !i.lost && !i.calls && !i.vetoes, "what it says of itself", NULL);
	check_int(i.records, NCB_STORM_RECORDS_MAX / sysconf(_SC_NPROCESSORS_CONF),
		  "each CPU has its share of the room");
	check(i.features & NCB_STORM_FEAT_REQUEST, "modules can be requested", NULL);
	check_int(!!(i.features & NCB_STORM_FEAT_TRACEPOINT), major * 100 + minor >= 605,
		  "the tracepoint is there since 6.5");
}

static void test_bad(void)
{
	static const struct {
		uint32_t flags, extra;
	} bad[] = {
		{ 8, 0 }, { 1u << 31, 0 }, { 0, NCB_STORM_EXTRA_MAX + 1 }, { 0, UINT32_MAX },
		{ NCB_STORM_TRACE, 0 }, { NCB_STORM_TRACE | NCB_STORM_VETO, 0 },
	};
	static const unsigned long odd[] = {
		_IO('s', 1), _IO('s', 5), _IOW('s', 2, __u32), _IOR('s', 1, __u32), _IO('N', 2),
	};
	unsigned long long calls;
	char small[8];
	size_t i;

	for (i = 0; i < COUNT(odd); i++)
		check_int(device_ioctl(odd[i], &calls), -ENOTTY, "an ioctl that is none of its own");
	check_int(device_ioctl(NCB_STORM_IOC_SET, (void *)8), -EFAULT, "a bad pointer to a setting");
	check_int(device_ioctl(NCB_STORM_IOC_CHAIN, (void *)8), -EFAULT, "a bad pointer to a chain");
	check_int(device_ioctl(NCB_STORM_IOC_INFO, (void *)8), -EFAULT, "a bad pointer to information");
	check_int(read(device, small, sizeof(small)) < 0 ? -errno : 0, -EINVAL,
		  "reading less than a record");
	check_int(set(NCB_STORM_PROBE, 3), 0, "a setting");
	for (i = 0; i < COUNT(bad); i++)
		check_int(set(bad[i].flags, bad[i].extra), -EINVAL, "a setting out of range");
	calls = info().calls;
	check_int(load_and_unload(1), 0, "a load");
	check_int(info().calls - calls, 9, "is as was set before what was refused");
	check_events(WHOLE, 1, "and so are the probes");
}

static void test_probes(const char *ncbench)
{
	check_int(set(0, 0), 0, "nothing is on the chain");
	check_int(load_and_unload(1), 0, "a load");
	check_events("", 1, "is not recorded");
	check_int(set(NCB_STORM_PROBE, 0), 0, "probes are on the chain");
	check_int(load("small", 42, ""), 0, "a load");
	check_events("CF CM CL LF LM LL", 42, "is recorded");
	check_int(unload("small", 42), 0, "an unload");
	check_events("GF GM GL", 42, "is recorded");
	check_int(load("small", 9999, "fail=12"), -ENOMEM, "init that fails");
	check_events("CF CM CL GF GM GL", 9999, "has its notifiers called with GOING");
	check_int(load("small", 1, "fail=4096"), -EINVAL, "no errno");
	check_events("CF CM CL GF GM GL", 1, "fails as well");
	check_int(set(NCB_STORM_PROBE | NCB_STORM_VETO, 0), 0, "other modules");
	check_int(load_file(ncbench, ""), 0, "are not vetoed");
	check_int(unload_name("ncbench"), 0, "and unload");
	check_events("", 0, "and are not recorded");
}

static int set_other(const char *name)
{
	struct ncb_storm_other other = { "" };

	strcpy(other.name, name);
	return device_ioctl(NCB_STORM_IOC_OTHER, &other);
}

/* One module that is no payload, as if it were number 0. */
static void test_other(const char *ncbench)
{
	struct ncb_storm_other endless;

	memset(endless.name, 'x', sizeof(endless.name));
	check_int(set(NCB_STORM_PROBE, 0), 0, "another module's name");
	check_int(set_other("ncbench"), -EBUSY, "cannot be given while probes look at it");
	check_int(set(0, 0), 0, "nothing is on the chain");
	check_int(device_ioctl(NCB_STORM_IOC_OTHER, &endless), -EINVAL, "a name without an end");
	check_int(device_ioctl(NCB_STORM_IOC_OTHER, (void *)8), -EFAULT, "a bad pointer to a name");
	check_int(set_other("ncbench"), 0, "another module's name");
	check_int(set(NCB_STORM_PROBE, 0), 0, "and then the probes");
	check_int(load_file(ncbench, ""), 0, "its load");
	check_int(unload_name("ncbench"), 0, "and its unload");
	check_events(WHOLE, 0, "are recorded");
	check_int(load_and_unload(7), 0, "a payload's");
	check_events(WHOLE, 7, "are as well");
	check_int(set(NCB_STORM_PROBE | NCB_STORM_VETO, 0), 0, "the other module");
	check_int(load_file(ncbench, ""), -NCB_STORM_VETO_ERRNO, "is vetoed");
	check(read_events() > 0, "and that is recorded", NULL);
	check_int(set(0, 0), 0, "nothing is on the chain");
	check_int(set_other(""), 0, "no other module");
	check_int(set(NCB_STORM_PROBE, 0), 0, "the module");
	check_int(load_file(ncbench, ""), 0, "loads");
	check_int(unload_name("ncbench"), 0, "and unloads");
	check_events("", 0, "unrecorded");
}

/* What the probes say that they cost is what is between two of them with nothing between. */
static void test_cost(void)
{
	unsigned long long least = UINT64_MAX, took;
	char detail[96];
	int n, i, turn;

	set(NCB_STORM_PROBE, 0);
	for (turn = 0; turn < 10; turn++) {
		load_and_unload(1);
		n = read_events();
		for (i = 1; i < n; i++) {
			took = event[i].ns - event[i - 1].ns;
			if (event[i].position == NCB_STORM_LAST && took < least)
				least = took;
		}
	}
	snprintf(detail, sizeof(detail), "%u ns, from MIDDLE to LAST %llu ns", info().probe_ns, least);
	printf("# the probes' cost: %s\n", detail);
	check(info().probe_ns && info().probe_ns <= 2 * least && least < 4 * info().probe_ns,
	      "the probes' own cost is told", detail);
}

static void test_veto(void)
{
	unsigned long long vetoes = info().vetoes;

	check_int(set(NCB_STORM_PROBE | NCB_STORM_VETO, 0), 0, "a veto is on the chain");
	check_int(load("small", 2, ""), -ECANCELED, "a vetoed load");
	check_events("CF CM GF GM", 2, "is rolled back, and the last probe does not see it");
	check_int(info().vetoes - vetoes, 1, "and is counted");
	check_int(set(NCB_STORM_VETO, 0), 0, "a veto without probes");
	check_int(load("small", 2, ""), -ECANCELED, "vetoes, too");
	check_events("", 2, "and nothing is recorded");
	check_int(set(NCB_STORM_PROBE, 0), 0, "it is off the chain");
	check_int(load_and_unload(2), 0, "what was vetoed loads");
	check_events(WHOLE, 2, "as others do");
}

static void test_extra(void)
{
	static const unsigned int counts[] = { 1, 16, 256, NCB_STORM_EXTRA_MAX, 64, 0 };
	unsigned long long calls;
	size_t i;

	for (i = 0; i < COUNT(counts); i++) {
		check_int(set(NCB_STORM_PROBE, counts[i]), 0, "extra notifiers");
		calls = info().calls;
		check_int(load_and_unload(3), 0, "a load with them");
		check_int(info().calls - calls, 3 * counts[i], "calls each of them for each state");
		check_events(WHOLE, 3, "and the probes");
	}
	check_int(set(NCB_STORM_VETO, 7), 0, "extra notifiers and a veto");
	calls = info().calls;
	check_int(load("small", 3, ""), -ECANCELED, "a load with them");
	check_int(info().calls - calls, 14, "calls each of them, and once more to roll back");
}

static struct ncb_storm_notifier notifier[NCB_STORM_CHAIN_MAX];

static int get_chain(unsigned int capacity)
{
	struct ncb_storm_chain chain = { .capacity = capacity, .notifiers = (uintptr_t)notifier };
	int err;

	memset(notifier, 0, sizeof(notifier));
	err = device_ioctl(NCB_STORM_IOC_CHAIN, &chain);
	return err ? err : (int)chain.count;
}

/* Whether the kernel has a symbol of this name. */
static bool has_symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], symbol[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %255s", symbol) == 1 && !strcmp(symbol, name);
	if (f)
		fclose(f);
	return found;
}

static void test_chain(void)
{
	unsigned int middle = 0, known = 0, ours = 0, disorder = 0;
	int names = has_symbol("tracepoint_module_notify"), n, i;

	close(device);
	device = open_device();
	check_int(get_chain(NCB_STORM_CHAIN_MAX), 0, "no chain is known at first");
	set(NCB_STORM_PROBE, 300);
	check_int(get_chain(NCB_STORM_CHAIN_MAX), 0, "nor before a payload has come");
	check_int(load_and_unload(4), 0, "a load");
	read_events();
	n = get_chain(NCB_STORM_CHAIN_MAX);
	check(n >= names && n < 40, "lists the chain", NULL);
	for (i = 0; i < n; i++) {
		printf("# %d %s %s\n", notifier[i].priority,
		       notifier[i].position == NCB_STORM_FIRST ? "first" : "middle", notifier[i].symbol);
		known += !strcmp(notifier[i].symbol, "tracepoint_module_notify");
		ours += strstr(notifier[i].symbol, NCB_STORM_MODULE) || !notifier[i].key ||
			!notifier[i].symbol[0] != (access("/proc/kallsyms", F_OK) != 0);
		middle += notifier[i].position == NCB_STORM_MIDDLE;
		disorder += i && (notifier[i].priority > notifier[i - 1].priority ||
				  notifier[i].position < notifier[i - 1].position);
		disorder += (notifier[i].priority > 0 && notifier[i].position != NCB_STORM_FIRST) ||
			    (notifier[i].priority < 0 && notifier[i].position != NCB_STORM_MIDDLE);
	}
	check_int(known, names, "the tracepoints' notifier is on it, where the kernel has it");
	check_int(ours, 0, "none of ours, and none without a name");
	check_int(disorder, 0, "it is in the order of priorities");
	check(!n || middle < (unsigned int)n, "those that were there before are before the middle", NULL);
	check_int(get_chain(2), n, "a short list says how many there are");
	check(!notifier[1].key == (n < 2) && !notifier[2].key, "and holds no more than there is room for", NULL);
	set(0, 0);
	set(NCB_STORM_PROBE, 0);
	check_int(get_chain(NCB_STORM_CHAIN_MAX), 0, "the list is made anew");
}

/* Whether the records of one action are first, middle, last and all listed ones between. */
static bool traced(unsigned int action, int events, int notifiers)
{
	int i, at = -1, wrong = 0, last = 0;

	for (i = 0; i < events; i++) {
		if (event[i].action != action)
			continue;
		if (event[i].position == NCB_STORM_FIRST)
			at = 0;
		else if (event[i].position == NCB_STORM_LAST)
			last += at == notifiers;
		else if (event[i].position == NCB_STORM_CALLBACK)
			wrong += at < 0 || at >= notifiers || event[i].callback != notifier[at++].key;
	}
	return !wrong && last == 1;
}

static void test_trace(void)
{
	int n, chain, i, calls = 0;

	if (!(info().features & NCB_STORM_FEAT_TRACEPOINT)) {
		check_int(set(NCB_STORM_PROBE, 0), 0, "probes");
		check_int(set(NCB_STORM_PROBE | NCB_STORM_TRACE, 5), -EOPNOTSUPP,
			  "no tracepoint to attach to");
		check_int(load_and_unload(5), 0, "a load");
		check_events(WHOLE, 5, "is recorded as before");
		return;
	}
	check_int(set(NCB_STORM_PROBE | NCB_STORM_TRACE, 3), 0, "the tracepoint is attached to");
	check_int(load_and_unload(5), 0, "a load");
	n = read_events();
	chain = get_chain(NCB_STORM_CHAIN_MAX);
	check_int(n, 9 + 3 * chain, "records each notifier on the list once for each state");
	check(traced(COMING, n, chain), "in their order, COMING", NULL);
	check(traced(LIVE, n, chain), "in their order, LIVE", NULL);
	check(traced(GOING, n, chain), "in their order, GOING", NULL);
	check_int(set(NCB_STORM_PROBE | NCB_STORM_TRACE | NCB_STORM_VETO, 0), 0, "with a veto");
	check_int(load("small", 5, ""), -ECANCELED, "a load is rolled back");
	n = read_events();
	for (i = 0; i < n; i++)
		calls += event[i].position == NCB_STORM_CALLBACK && event[i].action == COMING;
	check_int(calls, chain, "and those that were called with COMING are recorded");
	check_int(n, 4 + chain, "and nothing else");
	check_int(set(NCB_STORM_PROBE | NCB_STORM_TRACE, 0), 0, "without it");
	check_int(load_and_unload(5), 0, "a load after a rollback");
	check_int(read_events(), 9 + 3 * chain, "is recorded as before");
	check_int(set(NCB_STORM_PROBE, 0), 0, "the tracepoint is left");
	check_int(load_and_unload(5), 0, "a load");
	check_events(WHOLE, 5, "has the probes' records only");
}

static void test_request(void)
{
	struct ncb_storm_request request = { .name = "ncb_small_0007" };
	static const char *const bad[] = { "", "ncbench", "ncb_storm", "ncb_small_007", "ncb_0007",
					   "xcb_small_0007", "ncb_small_000x" };
	int fd = open("/proc/sys/kernel/modprobe", O_WRONLY | O_CLOEXEC);
	size_t i;

	check(fd >= 0 && write(fd, self, strlen(self)) > 0, "this program is the modprobe", NULL);
	close(fd);
	unlink("/tmp/ncb_small_0007.ko");
	check_int(device_ioctl(NCB_STORM_IOC_REQUEST, &request), 0, "a request for what is not there");
	check_int(request.result, 1 << 8, "has the exit status of modprobe");
	make_copy("small", 7);
	check_int(device_ioctl(NCB_STORM_IOC_REQUEST, &request), 0, "a request for what is there");
	check_int(request.result, 0, "succeeds");
	check_int(unload("small", 7), 0, "and it is loaded");
	for (i = 0; i < COUNT(bad); i++) {
		memset(&request, 0, sizeof(request));
		strcpy(request.name, bad[i]);
		check_int(device_ioctl(NCB_STORM_IOC_REQUEST, &request), -EINVAL,
			  "a request for what is no payload");
	}
	memset(request.name, '1', sizeof(request.name));
	check_int(device_ioctl(NCB_STORM_IOC_REQUEST, &request), -EINVAL, "a name without an end");
	read_events();
}

/* The first line of a file, without its end. */
static void read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(line, size, f))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void test_shapes(void)
{
	char path[96], what[96], version[64];
	size_t i;
	int err;

	for (i = 0; i < COUNT(shapes); i++) {
		snprintf(what, sizeof(what), "two of shape %s load", shapes[i]);
		err = load(shapes[i], 100 + i, "");
		check_int(err ? err : load(shapes[i], 200 + i, ""), 0, what);
		snprintf(path, sizeof(path), "/sys/module/" NCB_PAYLOAD_PREFIX "%s_%04zu/version",
			 shapes[i], 200 + i);
		read_line(path, version, sizeof(version));
		check(!strcmp(version, NCB_PAYLOAD_VERSION), "and have the payloads' version", version);
	}
	for (i = 0; i < COUNT(shapes); i++) {
		snprintf(what, sizeof(what), "two of shape %s unload", shapes[i]);
		err = unload(shapes[i], 100 + i);
		check_int(err ? err : unload(shapes[i], 200 + i), 0, what);
	}
	read_events();
	for (i = 0, err = 0; i < NCB_PAYLOAD_PERCPU_MAX && !err; i++)
		err = load("percpu", 300 + i, "");
	check_int(err, 0, "as many of shape percpu as there may be");
	while (i-- > 0)
		unload("percpu", 300 + i);
	read_events();
}

#define MANY	300

static void test_many(void)
{
	unsigned int seen[3][3] = { 0 }, wrong = 0;
	int i, n, err;

	for (i = 0, err = 0; i < MANY && !err; i++)
		err = load("small", i, "");
	check_int(err, 0, "300 modules load");
	n = read_events();
	check_int(n, 6 * MANY, "and are recorded");
	for (i = 0; i < n; i++) {
		wrong += event[i].action > GOING || event[i].position > NCB_STORM_LAST;
		if (!wrong)
			seen[event[i].action][event[i].position]++;
	}
	check(!wrong && seen[COMING][NCB_STORM_FIRST] == MANY && seen[LIVE][NCB_STORM_LAST] == MANY,
	      "each with both states", NULL);
	for (i = 0, err = 0; i < MANY && !err; i++)
		err = unload("small", i);
	check_int(err, 0, "and unload");
	check_int(read_events(), 3 * MANY, "and that is recorded");
}

#define THREADS	4
#define TURNS	12

static void *churn(void *data)
{
	unsigned int number = 400 + *(int *)data;
	long err = 0;
	int i;

	for (i = 0; i < TURNS && !err; i++)
		err = load_and_unload(number);
	return (void *)err;
}

/* Modules come and go while notifiers do. */
static void test_meanwhile(void)
{
	uint32_t trace = info().features & NCB_STORM_FEAT_TRACEPOINT ? NCB_STORM_TRACE : 0;
	int number[THREADS], i, err = 0, n;
	pthread_t thread[THREADS];
	void *result;

	set(NCB_STORM_PROBE, 0);
	for (i = 0; i < THREADS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, churn, &number[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], &result), err |= (long)result;
	check_int(err, 0, "threads load and unload at once");
	check_int(read_events(), THREADS * TURNS * 9, "and everything is recorded");
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, churn, &number[i]);
	for (i = 0; i < 40 && !err; i++) {
		err = set(i % 2 ? NCB_STORM_PROBE | trace : 0, i % 3 * 50);
		usleep(5000);
	}
	check_int(err, 0, "settings change meanwhile");
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], &result), err |= (long)result;
	check_int(err, 0, "and all loads and unloads succeed");
	n = read_events();
	for (i = err = 0; i < n; i++)
		err += event[i].module < 400 || event[i].module >= 400 + THREADS ||
		       event[i].action > GOING;
	check_int(err, 0, "and what was recorded is sound");
	set(NCB_STORM_PROBE | trace, 0);
	check_int(load_and_unload(6), 0, "a load after it");
	n = read_events();
	check_int(n, 9 + (trace ? 3 * get_chain(0) : 0), "is recorded as ever");
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check_int(sched_setaffinity(0, sizeof(set), &set), 0, "a thread moves");
}

static cpu_set_t everywhere;

#define CROWD		3
#define CROWD_TURNS	60

/* Two that stay on a CPU each, and one that moves from one to the other and back. */
static void *churn_on(void *data)
{
	int me = *(int *)data, i, err = 0;
	cpu_set_t set;

	for (i = 0; i < CROWD_TURNS && !err; i++) {
		CPU_ZERO(&set);
		CPU_SET((me < 2 ? me : i) % CPU_COUNT(&everywhere), &set);
		err = sched_setaffinity(0, sizeof(set), &set) ? -errno : load("small", 500 + me, "");
		CPU_ZERO(&set);
		CPU_SET((me < 2 ? me : i + 1) % CPU_COUNT(&everywhere), &set);
		if (!err)
			err = sched_setaffinity(0, sizeof(set), &set) ? -errno : unload("small", 500 + me);
	}
	return (void *)(long)err;
}

/* What was read of the crowd so far. */
static struct crowd {
	unsigned long long last_ns;
	int records[CROWD], backwards, disorder, strange;
	uint32_t task[CROWD];
} crowd;

static void note_crowd(int n)
{
	static const char whole[] = "CFCMCLLFLMLLGFGMGL";
	int i;

	for (i = 0; i < n; i++) {
		const struct ncb_storm_event *e = &event[i];
		unsigned int who = e->module - 500u;
		const char *want;

		if (who >= CROWD || e->action > GOING || e->position > NCB_STORM_LAST) {
			crowd.strange++;
			continue;
		}
		want = &whole[2 * (crowd.records[who]++ % 9)];
		if (!crowd.task[who])
			crowd.task[who] = e->task;
		crowd.disorder += want[0] != "LCG"[e->action] || want[1] != "FML"[e->position] ||
				  e->task != crowd.task[who];
		crowd.backwards += e->ns < crowd.last_ns;
		crowd.last_ns = e->ns;
	}
}

/* Records of several CPUs, all read at the end, or few at a time while others are added. */
static void test_crowd(bool meanwhile)
{
	int number[CROWD], i, err = 0, n, reads = 0;
	ssize_t size = meanwhile ? 5 * sizeof(*event) : sizeof(event);
	unsigned long long lost = info().lost;
	pthread_t thread[CROWD];
	void *result;

	set(NCB_STORM_PROBE, 0);
	read_events();
	memset(&crowd, 0, sizeof(crowd));
	for (i = 0; i < CROWD; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, churn_on, &number[i]);
	}
	while (meanwhile && crowd.records[0] < CROWD_TURNS * 5 && reads < 10000000) {
		n = read(device, event, size) / (ssize_t)sizeof(*event);
		note_crowd(n);
		reads++;
	}
	for (i = 0; i < CROWD; i++)
		pthread_join(thread[i], &result), err |= (long)result;
	check_int(err, 0, meanwhile ? "CPUs add at once, and are read meanwhile" : "CPUs add at once");
	while ((n = read(device, event, size) / (ssize_t)sizeof(*event)) > 0)
		note_crowd(n);
	for (i = 0; i < CROWD; i++)
		check_int(crowd.records[i], CROWD_TURNS * 9, "each thread's records are there");
	check_int(crowd.strange, 0, "and no others");
	check_int(crowd.backwards, 0, "in the order of their times");
	check_int(crowd.disorder, 0, "and for each thread in the order of its calls, wherever it ran");
	check_int(info().lost - lost, 0, "and none is lost");
}

#define FEW		((int)NCB_STORM_RECORDS_MIN)
#define FILLS		60	/* loads and unloads: more than FEW records */
#define WRAPS		54	/* fewer than FEW; some more go around the end */

static int fill(int cpu)
{
	int i, err = 0;

	stay_on(cpu);
	for (i = 0; i < FILLS && !err; i++)
		err = load_and_unload(i);
	return err;
}

/* Two full rings: both are read, and what either lost is counted. */
static void test_two_full(unsigned long long lost)
{
	int cpus = CPU_COUNT(&everywhere) > 1 ? 2 : 1, cpu, i, n, wrong = 0;

	for (cpu = 0; cpu < cpus; cpu++)
		check_int(fill(cpu), 0, "loads on one CPU");
	check_int(info().lost - lost, cpus * (FILLS * 9 - FEW), "what each CPU loses is counted");
	n = read_events();
	check_int(n, cpus * FEW, "what fits on each CPU is read");
	for (i = 0; i < n; i++)
		wrong += event[i].module != i % FEW / 9;
	check_int(wrong, 0, "one after the other, as it was");
}

/* Rings with room for few, and around their end. */
static void test_overflow(void)
{
	struct ncb_storm_info before;
	int i, n, err = 0;

	close(device);
	device = -1;
	check_int(unload_name(NCB_STORM_MODULE), 0, "it unloads");
	check_int(load_storm("records=511"), -EINVAL, "too few records");
	check_int(load_storm("records=1048577"), -EINVAL,
		  "too many records");
	check_int(load_storm("records=512"), 0, "few records");
	device = open_device();
	check_int(info().records, FEW, "are what there is room for on each CPU");
	set(NCB_STORM_PROBE, 0);
	check_int(fill(0), 0, "sixty loads");
	before = info();
	check_int(before.lost, FILLS * 9 - FEW, "lose what does not fit");
	check_int(read(device, event, 7 * sizeof(*event) + 5), 7 * sizeof(*event),
		  "whole records are read");
	check(event[0].module == 0 && event[6].action == GOING && event[6].position == NCB_STORM_FIRST,
	      "the oldest ones", NULL);
	n = read_events();
	check_int(n, FEW - 7, "and then the rest");
	check_int(event[0].position, NCB_STORM_MIDDLE, "from where it was left");
	check_int(event[n > 0 ? n - 1 : 0].module, (FEW - 1) / 9, "until there was no room");
	for (i = 0; i < WRAPS; i++)
		err |= load_and_unload(i);
	check_int(err ? err : read_events(), WRAPS * 9, "more fit when they are read");
	for (i = 0; i < 6; i++) {
		err = load_and_unload(i);
		check_events(err ? "an error" : WHOLE, i, "nothing is mixed up around the ring's end");
	}
	check_int(info().lost, before.lost, "nor counted as lost");
	check_int(read_events(), 0, "and then there is nothing");
	test_two_full(before.lost);
	sched_setaffinity(0, sizeof(everywhere), &everywhere);
}

/* A driver that is killed leaves nothing behind. */
static void test_killed(void)
{
	int ready[2], status = 0;
	char byte = 0;
	pid_t pid;

	close(device);
	device = -1;
	if (pipe(ready))
		return;
	pid = fork();
	if (!pid) {
		device = open_device();
		byte = device >= 0 && !set(NCB_STORM_PROBE | NCB_STORM_VETO, 500) &&
		       load("small", 8, "") == -ECANCELED;
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		pause();
	}
	if (read(ready[0], &byte, 1) != 1)
		byte = 0;
	check(byte, "a process has its notifiers on the chain", NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	check_int(load_and_unload(8), 0, "and none, once it is killed");
	device = open_device();
	check(device >= 0, "the device is free", NULL);
	check(!info().calls && !info().vetoes, "and counts from 0", NULL);
	check_int(read_events(), 0, "and has no records");
	close(device);
	check_int(unload_name(NCB_STORM_MODULE), 0, "and the module unloads");
	check_int(load_and_unload(8), 0, "and loading goes on");
}

/* What the kernel said while all this went on. */
static void test_log(void)
{
	static const char *const bad[] = {
		"WARNING:", "BUG:", "Oops", "INFO: ", "possible recursive", "inconsistent lock",
		"suspicious RCU", "Call Trace", "general protection", "percpu: allocation failed",
	};
	int size = klogctl(10, NULL, 0), n;
	char *log = calloc(1, size + 1), *at = NULL;
	size_t i;

	n = klogctl(3, log, size);
	for (i = 0; i < COUNT(bad) && !at; i++)
		at = n > 0 ? strstr(log, bad[i]) : NULL;
	if (at)
		at[strcspn(at, "\n")] = '\0';
	check(n > 0 && !at, "the kernel log is clean", at);
	free(log);
}

/* As the kernel calls it: modprobe -q -- <name> */
static int modprobe(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/tmp/%.60s.ko", name);
	return load_file(path, "") ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "-q"))
		return modprobe(argv[3]);
	if (argc == 3)
		folder = argv[2];
	if (argc < 2 || argc > 3 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		fprintf(stderr, "usage: test_storm <ncbench.ko> [<folder>]\n");
		return 2;
	}
	sched_getaffinity(0, sizeof(everywhere), &everywhere);
	klogctl(5, NULL, 0);
	check_int(load_storm(""), 0, "loads");
	device = open_device();
	check(device >= 0, "the device opens", NULL);
	if (device >= 0) {
		test_rights();
		test_info();
		test_bad();
		test_probes(argv[1]);
		test_other(argv[1]);
		test_cost();
		test_veto();
		test_extra();
		test_chain();
		test_trace();
		test_request();
		test_shapes();
		test_many();
		test_meanwhile();
		test_crowd(false);
		test_crowd(true);
		test_overflow();
		test_killed();
	}
	test_log();
	return end_tests();
}
