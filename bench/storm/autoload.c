// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a guest this program is also the kernel's modprobe: /proc/sys/kernel/modprobe
 * names it, and the kernel starts it as "<path> -q -- NAME" for request_module(). It
 * loads the copy of that name, and keeps count of how many of it are at work at once.
 * No host's configuration is ever changed: there is no autoload storm on a host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "storming.h"

#define SETTING		"/proc/sys/kernel/modprobe"
#define SHARED		"/tmp/ncbench-modprobe"

/**
 * struct shared - between the storm and the modprobes, in the file SHARED
 * @running: at work now; @most: at once, so far
 * @dir: folder of the copies
 */
struct shared {
	atomic_uint running, most;
	char dir[256];
};

static struct shared *map(int flags)
{
	int fd = open(SHARED, O_RDWR | O_CLOEXEC | flags, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && (!flags || ftruncate(fd, sizeof(struct shared)) == 0))
		at = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return at == MAP_FAILED ? NULL : at;
}

/** ncb_storm_is_modprobe - whether the kernel started this program in place of modprobe */
bool ncb_storm_is_modprobe(int argc, char **argv)
{
	return getpid() != 1 && argc == 4 && !strcmp(argv[0], "/init") && !strcmp(argv[1], "-q") &&
	       !strcmp(argv[2], "--");
}

/**
 * ncb_storm_modprobe - load the copy of that name
 * @name: of a module
 *
 * Return: an exit code; as with modprobe it is no failure that the module is there.
 */
int ncb_storm_modprobe(const char *name)
{
	struct shared *s = map(0);
	unsigned int now, most;
	char *path;
	long err;
	int fd;

	if (!s || ncb_payload_number(name) < 0)
		return NCB_EXIT_FAILED;
	now = atomic_fetch_add(&s->running, 1) + 1;
	most = atomic_load(&s->most);
	while (now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
		;
	path = ncb_format("%s/%s.ko", s->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", 0);
	if (err < 0 && fd >= 0 && errno == EEXIST)
		err = 0;
	atomic_fetch_sub(&s->running, 1);
	return err < 0 ? NCB_EXIT_FAILED : NCB_EXIT_OK;
}

static int set(const char *path)
{
	int fd = open(SETTING, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || write(fd, path, strlen(path)) < 0) {
		err = -errno;
		ncb_error("cannot set " SETTING ": %s", strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/**
 * ncb_autoload_begin - this program is modprobe from now on; in a guest only
 * @p: what it loads
 *
 * Return: 0 or -errno with a message.
 */
int ncb_autoload_begin(const struct ncb_payloads *p)
{
	struct shared *s = map(O_CREAT | O_TRUNC);

	if (!s || strlen(p->dir) >= sizeof(s->dir)) {
		ncb_error("cannot make " SHARED ": %s", strerror(errno));
		return -EIO;
	}
	strcpy(s->dir, p->dir);
	munmap(s, sizeof(*s));
	return set("/init");
}

/** ncb_autoload_end - it is no more; returns how many were at work at once, at most */
uint32_t ncb_autoload_end(void)
{
	struct shared *s = map(0);
	uint32_t most = s ? atomic_load(&s->most) : 0;

	if (s)
		munmap(s, sizeof(*s));
	unlink(SHARED);
	set("\n");	/* an empty one: nothing is started for a request */
	return most;
}
