/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests have in common that load modules into a kernel: TAP, and the system
 * calls. WHAT_IS_TESTED: name of it in each line, by who includes this.
 */
#ifndef NCB_TEST_IN_KERNEL_H
#define NCB_TEST_IN_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tests, failures;

static void check(bool ok, const char *what, const char *detail)
{
	printf("%sok %d - " WHAT_IS_TESTED ": %s%s%s\n", ok ? "" : "not ", ++tests, what,
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

/* The plan, last; returns an exit code. */
static int end_tests(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}

/* These return 0 or a file descriptor, or -errno. */

static int load_file(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, parameters, 0) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int unload_name(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Its node may take a moment to be there. */
static int open_node(const char *path)
{
	int fd, tries;

	for (tries = 0; tries < 100; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			break;
		usleep(10000);
	}
	return fd < 0 ? -errno : fd;
}

#endif
