// SPDX-License-Identifier: GPL-2.0-only
/* User Mode Linux as a process: what it may do here, where its memory is, and that it ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "uml_process.h"

/* -- where its memory is -- */

/* 0 where a file in the folder @place can be that many bytes of memory with code in it. */
static int try_place(const char *place, uint64_t bytes)
{
	int fd = open(place, O_RDWR | O_EXCL | O_TMPFILE | O_CLOEXEC, 0700), err = 0;
	struct statvfs fs;
	void *p;

	if (fd < 0)
		return -errno;
	p = ftruncate(fd, 4096) < 0 ? MAP_FAILED :
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		err = -errno;
	else
		munmap(p, 4096);
	if (!err && fstatvfs(fd, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < bytes)
		err = -ENOSPC;
	close(fd);
	return err;
}

/**
 * ncb_uml_memory_place - a folder for the file that is the guest's memory
 * @bytes: of it
 * @place: gets the folder
 * @size: of @place
 * @why: gets, where there is none, what is wrong with each and the way out
 * @room: of @why
 *
 * User Mode Linux maps its memory from an unlinked file, executable. On a disk that file would
 * be written back while it is measured, so that TMPDIR comes after the one place that is memory.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_uml_memory_place(uint64_t bytes, char *place, size_t size, char *why, size_t room)
{
	const char *const places[] = { "/dev/shm", getenv("TMPDIR"), "/tmp" };
	size_t i, used = 0;
	int err;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!places[i] || !*places[i])
			continue;
		err = try_place(places[i], bytes);
		if (!err) {
			snprintf(place, size, "%s", places[i]);
			return 0;
		}
		if (used < room)
			used += snprintf(why + used, room - used, "%s%s: %s", used ? ", " : "", places[i],
					 err == -EPERM ? "mounted noexec" : strerror(-err));
	}
	if (used < room)
		snprintf(why + used, room - used,
			 "; the guest's memory is a file of %llu MB that code is run from: give TMPDIR= on a file system that allows it",
			 (unsigned long long)(bytes >> 20));
	return -EOPNOTSUPP;
}

/* -- what it may do -- */

/*
 * Its processes want no rights, and get none where we are root: what runs in the guest must
 * not reach this machine even if the guest's kernel dies and lets go of it. Files that only
 * root may read remain readable: the checkout may be one of them. Each fails where we
 * are not root, and have none to lose.
 */
static void drop_rights(void)
{
	int cap;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (cap != CAP_DAC_READ_SEARCH)
			prctl(PR_CAPBSET_DROP, cap);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Waits for the end of its parent, and ends what is left of the process group. */
static void __attribute__((noreturn)) watch(pid_t parent, const sigset_t *ends)
{
	int number;

	/* Not ours: who ends ncbench by name leaves this one to do its work. */
	prctl(PR_SET_NAME, "uml-watch");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent)
		sigwait(ends, &number);
	kill(0, SIGKILL);
	_exit(0);
}

/*
 * The processes of the guest are traced by its kernel, and run free, here, as soon as that is
 * killed. So the group gets one process more, which kills it when the kernel's process ends,
 * however that came; and that ends with ncbench, see ncb_run_command().
 */
static void leave_watch(void)
{
	pid_t parent = getpid();
	sigset_t ends, before;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	if (fork() == 0)
		watch(parent, &ends);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/**
 * ncb_uml_confine - make this process what User Mode Linux is to be started from
 * @place: for its memory
 * @cpu: that it runs on; its kernel and its processes take turns
 *
 * In a process of its own group, whose program is started next. What cannot be had is done
 * without: figures are noisier then, and no worse.
 */
void ncb_uml_confine(const char *place, int cpu)
{
	static const struct rlimit none;
	cpu_set_t set;

	leave_watch();
	setenv("TMPDIR", place, 1);
	setrlimit(RLIMIT_CORE, &none);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	setpriority(PRIO_PROCESS, 0, -20);
	drop_rights();
}
