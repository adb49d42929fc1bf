// SPDX-License-Identifier: GPL-2.0-only
/* target host: the kernel that is running. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "../doctor.h"
#include "../env.h"
#include "../hyperfine.h"
#include "../memory_ask.h"
#include "../perf.h"
#include "../storm/measure.h"
#include "../steady.h"
#include "host.h"
#include "target.h"

/* One run at a time on a machine, whatever checkout it comes from. */
#define LOCK	"/run/ncbench.lock"

/* Taint bits that a broken module would set: bad page, died, warned, lockup. */
#define TAINT_BAD	((1ul << 5) | (1ul << 7) | (1ul << 9) | (1ul << 14))

static int possible(const struct ncb_run_options *o, char *why, size_t size)
{
	if (o->module || o->built ? !ncb_can_load_ready_modules_at("", why, size) :
				    !ncb_can_load_modules(why, size))
		return -EPERM;
	return 0;
}

static unsigned long taint(void)
{
	char line[32];

	if (ncb_read_line("/proc/sys/kernel/tainted", line, sizeof(line)))
		return 0;
	return strtoul(line, NULL, 10);
}

static void on_progress(void *data, double share, const char *detail)
{
	ncb_progress(data, share, detail);
}

/**
 * ncb_host_lock - one ncbench at a time loads modules on this machine
 *
 * Return: a file descriptor, to be closed; -errno with a message.
 */
int ncb_host_lock(void)
{
	int fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600), err;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	err = fd < 0 ? -errno : errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fd >= 0)
		close(fd);
	if (err == -EBUSY)
		ncb_error("another ncbench is measuring on this machine (%s); wait for it", LOCK);
	else
		ncb_error("cannot lock %s: %s", LOCK, strerror(-err));
	return err;
}

/**
 * ncb_host_build - the module for the running kernel
 * @o: options: a ready module, or a folder of such
 * @ko: gets its malloc'd path
 *
 * Return: 0 or -errno with a message.
 */
int ncb_host_build(const struct ncb_run_options *o, char **ko)
{
	struct utsname u;
	char *kdir;
	int err;

	if (o->module) {
		*ko = ncb_copy(o->module);
		return 0;
	}
	if (o->built) {
		*ko = ncb_format("%s/" NCB_MODULE ".ko", o->built);
		return 0;
	}
	uname(&u);
	kdir = ncb_format("/lib/modules/%s/build", u.release);
	err = ncb_module_build(kdir, ko);
	free(kdir);
	return err;
}

static int build_storms(const struct ncb_run_options *o, char **storm, char **payload)
{
	struct utsname u;
	char *kdir;
	int err;

	if (o->built) {
		*storm = ncb_copy(o->built);
		*payload = ncb_copy(o->built);
		return 0;
	}
	uname(&u);
	kdir = ncb_format("/lib/modules/%s/build", u.release);
	err = ncb_storm_build(kdir, storm);
	if (!err)
		err = ncb_payload_build(kdir, payload);
	free(kdir);
	return err;
}

static int measure_storms(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct ncb_storm_place place = { .progress = on_progress };
	struct ncb_progress progress;
	char *storm = NULL, *payload = NULL;
	double start;
	int err = build_storms(o, &storm, &payload);

	if (err) {
		r->storms = ncb_storms_new();
		snprintf(r->storms->reason, sizeof(r->storms->reason),
			 "the modules for storms cannot be built");
		goto out;
	}
	place.storm = storm;
	place.payload = payload;
	place.data = &progress;
	start = ncb_now();
	ncb_progress_start(&progress, "storms");
	err = ncb_storm_measure(o, &place, r);
	ncb_progress_end(&progress);
	ncb_storm_note_seconds(r, ncb_now() - start);
out:
	free(storm);
	free(payload);
	/* That they could not be made is in the result. */
	return err == -EINTR || err == -EINVAL ? err : 0;
}

static int run(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct ncb_steady steady = { 0 };
	struct ncb_device device;
	struct ncb_progress progress;
	unsigned long before;
	char *ko = NULL;
	int err, lock;

	lock = ncb_host_lock();
	if (lock < 0)
		return lock;
	err = ncb_host_build(o, &ko);
	if (err)
		goto out;
	ncb_module_note(ko, "size", r);
	ncb_steady_recover(NULL, NULL);
	if (o->steady) {
		err = ncb_steady_begin(&steady, -1);
		if (err)
			goto out;
	}
	ncb_measuring_cpu(o->cpu, r);
	ncb_env_capture(r, "");
	before = taint();
	ncb_progress_start(&progress, "measuring");
	device = ncb_module_device(ko);
	err = ncb_measure(o, &device, r, on_progress, &progress);
	ncb_progress_end(&progress);
	if (!err)
		ncb_perf_measure(o, &device, r, true);
	if (!err)
		ncb_commands_measure(o, r, NULL);
	if (!err && o->storm.wanted)
		err = measure_storms(o, r);
	if (o->steady)
		ncb_steady_end(&steady);
	if (taint() & ~before & TAINT_BAD) {
		ncb_error("the kernel warned during the measurement: see dmesg; nothing of it holds");
		err = -EIO;
	}
	ncb_run_choose_metric(r, false);
out:
	free(ko);
	close(lock);
	return err;
}

static int kernel(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	(void)o;
	ncb_memory_running(s);
	return 0;
}

const struct ncb_target ncb_target_host = {
	.name = "host",
	.summary = "the running kernel, its module loaded and unloaded",
	.storms = NCB_STORMS_AGREED,
	.takes_built = true,
	.possible = possible,
	.run = run,
	.kernel = kernel,
};
