// SPDX-License-Identifier: GPL-2.0-only
/* What storms will want, against what there is: before anything is loaded. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "storming.h"

/* A thread: the kernel's stack and ours, what is touched of them, and its task. */
#define THREAD_BYTES	(48u << 10)
/* A loaded module: pages of each kind of memory, sysfs, symbols; beside its file's size. */
#define MODULE_BYTES	(96u << 10)
/* Files of the process itself. */
#define OTHER_FILES	64u
#define CALL_BYTES	64u

static uint64_t memory_available(void)
{
	char *text = ncb_read_file("/proc/meminfo", NULL), *at = text ? strstr(text, "MemAvailable:") : NULL;
	uint64_t kib = 0;
	bool known = at && sscanf(at, "MemAvailable: %" SCNu64, &kib) == 1;

	free(text);
	return known ? kib << 10 : UINT64_MAX;
}

static uint64_t number_in(const char *path)
{
	char line[64];

	return ncb_read_line(path, line, sizeof(line)) || line[0] < '0' || line[0] > '9' ?
	       UINT64_MAX : strtoull(line, NULL, 10);
}

/**
 * ncb_storm_cgroup_pids - threads that the cgroup of this process, or one above it, allows more
 * @root: "" or, for tests, a folder that stands for it
 *
 * Return: how many, also where there are more than allowed by now: 0; UINT64_MAX: no limit.
 */
uint64_t ncb_storm_cgroup_pids(const char *root)
{
	char *self = ncb_format("%s/proc/self/cgroup", root), *text = ncb_read_file(self, NULL);
	char *at = text ? strstr(text, "0::/") : NULL, *path, *slash;
	uint64_t least = UINT64_MAX;

	free(self);
	if (!at) {
		free(text);
		return least;
	}
	at[strcspn(at, "\n")] = '\0';
	path = ncb_copy(at + strlen("0::"));
	for (;;) {
		char *max = ncb_format("%s/sys/fs/cgroup%s/pids.max", root, path);
		char *now = ncb_format("%s/sys/fs/cgroup%s/pids.current", root, path);
		uint64_t limit = number_in(max), used = number_in(now);
		uint64_t room = limit > used ? limit - used : 0;

		if (limit != UINT64_MAX && used != UINT64_MAX && room < least)
			least = room;
		free(max);
		free(now);
		slash = strrchr(path, '/');
		if (!slash || !path[0])
			break;
		*slash = '\0';
	}
	free(path);
	free(text);
	return least;
}

static uint64_t threads_possible(const char **limit)
{
	uint64_t machine = number_in("/proc/sys/kernel/threads-max"), cgroup = ncb_storm_cgroup_pids("");
	struct rlimit r;

	*limit = "/proc/sys/kernel/threads-max";
	if (cgroup < machine) {
		machine = cgroup;
		*limit = "pids.max of the cgroup";
	}
	/* Root is not held to RLIMIT_NPROC. */
	if (geteuid() && getrlimit(RLIMIT_NPROC, &r) == 0 && r.rlim_cur < machine) {
		machine = r.rlim_cur;
		*limit = "ulimit -u";
	}
	return machine;
}

static bool raise_files(uint64_t wanted)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= wanted)
		return true;
	if (r.rlim_max < wanted)
		r.rlim_max = wanted;
	r.rlim_cur = wanted;
	return setrlimit(RLIMIT_NOFILE, &r) == 0;
}

static uint64_t file_size(const char *templates, const struct ncb_storm *storm)
{
	char name[NCB_PAYLOAD_NAME], *path;
	struct stat st;
	bool there;

	ncb_storm_module_name(name, storm, 0);
	path = ncb_format("%s/%s.ko", templates, name);
	there = stat(path, &st) == 0;
	free(path);
	return there ? st.st_size : 0;
}

/* What one storm wants at most. */
struct need {
	uint64_t memory, disk, files, threads;
};

static void add_need(struct need *n, const struct ncb_storm *storm, uint64_t size)
{
	bool same = storm->mode == NCB_STORM_DUPLICATE || storm->mode == NCB_STORM_COPIES;
	uint64_t files = storm->mode == NCB_STORM_COPIES ? storm->threads : storm->modules;
	/* All of them at once: twice the file (as read, as laid out), and what is around. */
	uint64_t loading = same ? storm->threads : storm->modules;
	uint64_t memory = storm->threads * (uint64_t)THREAD_BYTES + loading * (2 * size + MODULE_BYTES) +
			  2ull * loading * CALL_BYTES;

	n->memory = memory > n->memory ? memory : n->memory;
	n->disk = files * size > n->disk ? files * size : n->disk;
	n->threads = storm->threads > n->threads ? storm->threads : n->threads;
	/* Each thread may have its counters. */
	files += storm->threads * (uint64_t)NCB_STORM_COUNTERS + OTHER_FILES;
	n->files = files > n->files ? files : n->files;
}

/**
 * ncb_storm_check_limits - whether this machine can take the storms
 * @s: the plan
 * @templates: folder of the payloads
 * @copies: folder for their copies
 * @why: gets why not
 *
 * Return: 0; -ENOMEM, -ENOSPC, -EMFILE, -EAGAIN with the limit and the way out in @why.
 */
int ncb_storm_check_limits(const struct ncb_storms *s, const char *templates, const char *copies,
			   char why[NCB_STORM_TEXT])
{
	uint64_t records = 0, available = memory_available(), threads, size, room;
	struct need n = { 0 };
	struct statvfs fs;
	const char *limit;
	size_t i;

	for (i = 0; i < s->storms; i++) {
		const struct ncb_storm *t = &s->storm[i];

		size = file_size(templates, t);
		add_need(&n, t, size);
		records += (uint64_t)t->rounds * (t->modules > t->threads ? t->modules : t->threads) * 5;
	}
	n.memory += records * sizeof(struct ncb_storm_record);
	if (n.memory > available / 2) {
		snprintf(why, NCB_STORM_TEXT, "the storms may take %" PRIu64 " MiB and half of what is available is %" PRIu64 "; give fewer modules, threads or rounds",
			 n.memory >> 20, available >> 21);
		return -ENOMEM;
	}
	room = statvfs(copies, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : UINT64_MAX;
	if (n.disk > room) {
		snprintf(why, NCB_STORM_TEXT, "copies of the modules take %" PRIu64 " MiB and %s has room for %" PRIu64 "; TMPDIR chooses another place",
			 n.disk >> 20, copies, room >> 20);
		return -ENOSPC;
	}
	threads = threads_possible(&limit);
	if (n.threads + 1 > threads) {
		snprintf(why, NCB_STORM_TEXT, "%" PRIu64 " threads are wanted and %s allows %" PRIu64 "; raise it, or give fewer threads",
			 n.threads, limit, threads);
		return -EAGAIN;
	}
	if (!raise_files(n.files)) {
		snprintf(why, NCB_STORM_TEXT, "%" PRIu64 " open files are wanted and ulimit -n cannot be raised to that; give fewer modules or threads",
			 n.files);
		return -EMFILE;
	}
	return 0;
}
