// SPDX-License-Identifier: GPL-2.0-only
/*
 * target user: no kernel at all. The module's engines and its timed loop are
 * compiled into a shared object, which is loaded into this process where
 * elsewhere the module is loaded into a kernel. It proves statistics at native
 * speed where no module can be loaded, and says nothing about a kernel.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "../../kmod/user/user.h"
#include "../env.h"
#include "../hyperfine.h"
#include "../perf.h"
#include "target.h"

#define OBJECT	"ncbench-user.so"

/* What make said, appended to a log of its own. */
static int make(const char *source, const char *dir)
{
	char *o = ncb_format("O=%s", dir), *log = ncb_format("%s/build.log", dir);
	const char *argv[] = { "make", "-s", "-C", source, o, NULL };
	const char *env[] = { "MAKEFLAGS=", "MAKELEVEL=", NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .env = env, .timeout = 600 };
	int status;

	unlink(log);
	status = ncb_run_command(&s);
	if (status > 0)
		ncb_error(OBJECT " does not build (make ended with %d): %s says why", status, log);
	else if (status < 0 && status != -EINTR)
		ncb_error("cannot run make to build " OBJECT ": %s", strerror(-status));
	free(o);
	free(log);
	return status > 0 ? -ENOEXEC : status;
}

/* One process at a time builds; the others find it done. */
static int build(char **object)
{
	char *source = ncb_format("%s/kmod/user", ncb_top());
	char *dir = ncb_format("%s/.build/user", ncb_top()), *lock = ncb_format("%s/lock", dir);
	int err = ncb_make_dirs(dir), fd = -1;

	if (!err) {
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		err = fd < 0 || flock(fd, LOCK_EX) < 0 ? -errno : 0;
	}
	if (err)
		ncb_error("cannot lock %s: %s", lock, strerror(-err));
	else
		err = make(source, dir);
	if (!err)
		*object = ncb_format("%s/" OBJECT, dir);
	if (fd >= 0)
		close(fd);
	free(source);
	free(dir);
	free(lock);
	return err;
}

/* -- the shared object as what measures -- */

static int load(struct ncb_device *d)
{
	d->handle = dlopen(d->file, RTLD_NOW | RTLD_LOCAL);
	if (d->handle)
		return 0;
	ncb_error("cannot load the engines: %s", dlerror());
	return -ENOEXEC;
}

static int open_entry(struct ncb_device *d)
{
	if (dlsym(d->handle, NCB_USER_ENTRY))
		return 0;
	ncb_error("%s is not what 'make -C kmod/user' builds: %s", d->file, dlerror());
	return -ENOEXEC;
}

static int call(struct ncb_device *d, unsigned int request, void *arg)
{
	/* An object pointer and a function pointer are the same thing to POSIX only. */
	union {
		void *symbol;
		ncb_user_ioctl_fn *call;
	} entry = { .symbol = dlsym(d->handle, NCB_USER_ENTRY) };

	return entry.symbol ? entry.call(request, arg, &ncb_interrupted) : -ENODEV;
}

static void close_entry(struct ncb_device *d)
{
	(void)d;
}

/* Gone for good: an object that stayed would be no second layout, not even a first load. */
static int unload(struct ncb_device *d)
{
	void *still;

	if (dlclose(d->handle)) {
		ncb_error("cannot unload the engines: %s", dlerror());
		return -EBUSY;
	}
	d->handle = NULL;
	still = dlopen(d->file, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
	if (!still)
		return 0;
	dlclose(still);
	ncb_error("%s stays in memory after it was unloaded: no reload is possible", d->file);
	return -EBUSY;
}

static void on_progress(void *data, double share, const char *detail)
{
	ncb_progress(data, share, detail);
}

static int run(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct ncb_device device = {
		.name = "the engines in this process",
		.load = load,
		.open = open_entry,
		.ioctl = call,
		.close = close_entry,
		.unload = unload,
	};
	struct ncb_progress progress;
	char *object = NULL;
	int err = 0;

	if (o->module)
		object = ncb_copy(o->module);
	else
		err = build(&object);
	if (!object)
		return err;
	device.file = object;
	ncb_module_note(object, "size", r);
	ncb_env_set(r, "target", "user");
	ncb_measuring_cpu(o->cpu, r);
	ncb_env_capture(r, "");
	json_object_del(r->env, "boot_id");	/* each process is what a boot is elsewhere */
	ncb_progress_start(&progress, "measuring");
	err = ncb_measure(o, &device, r, on_progress, &progress);
	ncb_progress_end(&progress);
	if (!err) {
		ncb_perf_measure(o, &device, r, false);
		ncb_commands_measure(o, r, "modules are loaded with TARGET=host only");
	}
	r->metric = NCB_NS;
	free(object);
	return err;
}

static int possible(const struct ncb_run_options *o, char *why, size_t size)
{
	char *source = ncb_format("%s/kmod/user/Makefile", ncb_top());
	bool there = ncb_exists(source);
	int err = 0;

	free(source);
	if (o->steady) {
		snprintf(why, size, "it sets no governor: leave STEADY= (--steady) out");
		return -EINVAL;
	}
	if (o->module) {
		snprintf(why, size, "a ready shared object was given");
	} else if (!there || !ncb_have_command("make") || !ncb_have_command("cc")) {
		snprintf(why, size, "it wants make, a compiler and the sources in kmod/user");
		err = -EOPNOTSUPP;
	} else {
		snprintf(why, size, "no kernel and no rights needed, and no figure of a kernel");
	}
	return err;
}

const struct ncb_target ncb_target_user = {
	.name = "user",
	.summary = "no kernel: the engines in this process, to prove the statistics",
	.on_request = true,
	.possible = possible,
	.run = run,
};
