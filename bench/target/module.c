// SPDX-License-Identifier: GPL-2.0-only
/* Building, loading and unloading ncbench.ko. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include "machine.h"
#include "target.h"
#include "../../kmod/behaviour/ncb_behaviour_uapi.h"

/* FNV-1a, to tell build folders of kernels with the same release apart. */
static unsigned int hash(const char *s)
{
	unsigned int h = 2166136261u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

static bool is_source(const char *name)
{
	const char *dot = strrchr(name, '.');

	return !strcmp(name, "Kbuild") ||
	       (dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".def")));
}

/* The sources appear in the build folder as links: the checkout stays clean. */
static int link_sources(const char *sources, const char *dir)
{
	char *from = ncb_format("%s/%s", ncb_top(), sources);
	DIR *d = opendir(from);
	struct dirent *e;
	int err = d ? 0 : -errno;

	while (d && !err && (e = readdir(d))) {
		char *source, *link;

		if (!is_source(e->d_name))
			continue;
		source = ncb_format("%s/%s", from, e->d_name);
		link = ncb_format("%s/%s", dir, e->d_name);
		unlink(link);
		if (symlink(source, link) < 0)
			err = -errno;
		free(source);
		free(link);
	}
	if (err)
		ncb_error("cannot prepare %s from %s: %s", dir, from, strerror(-err));
	if (d)
		closedir(d);
	free(from);
	return err;
}

/* The first error of a build, for the message. */
static char *first_error(const char *log)
{
	char *text = ncb_read_file(log, NULL), *at, *end, *line;

	if (!text)
		return ncb_copy("no log");
	at = strcasestr(text, "error");
	while (at && at > text && at[-1] != '\n')
		at--;
	if (!at)
		at = strrchr(text, '\n') ? text : text;
	end = strchrnul(at, '\n');
	line = ncb_format("%.*s", (int)(end - at), at);
	free(text);
	return line;
}

/*
 * "um", from the comment at the top of the kernel's configuration: make would
 * take the machine's own, which a User Mode Linux tree is not.
 */
static bool architecture(const char *kdir, char name[32])
{
	char *path = ncb_format("%s/include/config/auto.conf", kdir);
	char *text = ncb_read_file(path, NULL), *at = text ? strstr(text, "# Linux/") : NULL;
	bool found = at && sscanf(at, "# Linux/%31[a-z0-9_]", name) == 1;

	free(text);
	free(path);
	return found;
}

/* A kernel for another machine wants tools for it; NULL for this one's, or one unknown. */
static char *cross_compile(const char *arch)
{
	const struct ncb_machine *m = ncb_machine_building(arch);

	return m && !ncb_machine_is_here(m) ? ncb_format("CROSS_COMPILE=%s", m->cross) : NULL;
}

static int make_module(const char *kdir, const char *dir)
{
	char *m = ncb_format("M=%s", dir), *log = ncb_format("%s/build.log", dir), *line;
	char *jobs = ncb_format("-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
	char name[32];
	bool known = architecture(kdir, name);
	char *arch = known ? ncb_format("ARCH=%s", name) : NULL;
	char *cross = known ? cross_compile(name) : NULL;
	/* Type information of the module serves nobody and would need pahole. */
	const char *argv[] = {
		"make", jobs, "-C", kdir, m, "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules", arch, cross, NULL
	};
	const char *env[] = { "MAKEFLAGS=", "MAKELEVEL=", NULL };
	struct ncb_spawn s = { .argv = argv, .log = log, .env = env, .timeout = 600 };
	int status;

	unlink(log);
	status = ncb_run_command(&s);
	if (status > 0) {
		line = first_error(log);
		ncb_error("modules do not build for %s: %s (all of it in %s)", kdir, line, log);
		free(line);
	}
	free(m);
	free(log);
	free(jobs);
	free(arch);
	free(cross);
	return status > 0 ? -ENOEXEC : status;
}

/*
 * Builds the modules whose sources are in the folder @sources of the checkout, in
 * .build/<name>-..., which @built gets malloc'd. Safe for several processes at
 * once. What is up to date is not built again. 0 or -errno with a message.
 */
static int build(const char *kdir, const char *sources, const char *name, char **built)
{
	char *path = ncb_format("%s/include/config/kernel.release", kdir), *dir = NULL, *lock = NULL;
	char release[128], real[PATH_MAX];
	int err, fd = -1;

	*built = NULL;
	err = ncb_read_line(path, release, sizeof(release));
	if (err || !realpath(kdir, real)) {
		ncb_error("%s is no build folder of a kernel: no %s", kdir, path);
		err = err ? err : -ENOENT;
		goto out;
	}
	dir = ncb_format("%s/.build/%s-%s-%08x", ncb_top(), name, release, hash(real));
	err = ncb_make_dirs(dir);
	if (err) {
		ncb_error("cannot make %s: %s", dir, strerror(-err));
		goto out;
	}
	lock = ncb_format("%s/lock", dir);
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		err = -errno;
		ncb_error("cannot lock %s: %s", lock, strerror(-err));
		goto out;
	}
	ncb_detail("building modules in %s", dir);
	err = link_sources(sources, dir);
	if (!err)
		err = make_module(real, dir);
	if (!err)
		*built = ncb_copy(dir);
out:
	if (fd >= 0)
		close(fd);
	free(path);
	free(dir);
	free(lock);
	return err;
}

/**
 * ncb_module_build - build ncbench.ko for a kernel
 * @kdir: the kernel's build folder (headers)
 * @ko: gets the malloc'd path of the module, below .build/
 *
 * Return: 0 or -errno with a message.
 */
int ncb_module_build(const char *kdir, char **ko)
{
	char *dir;
	int err = build(kdir, "kmod", "kmod", &dir);

	*ko = err ? NULL : ncb_format("%s/ncbench.ko", dir);
	free(dir);
	return err;
}

/**
 * ncb_payload_build - build the payload modules for a kernel
 * @kdir: the kernel's build folder (headers)
 * @dir: gets the malloc'd path of the folder that they are in, below .build/
 *
 * Return: 0 or -errno with a message.
 */
int ncb_payload_build(const char *kdir, char **dir)
{
	return build(kdir, "kmod/payload", "payload", dir);
}

/**
 * ncb_storm_build - build ncb_storm.ko for a kernel
 * @kdir: the kernel's build folder (headers)
 * @dir: gets the malloc'd path of the folder that it is in, below .build/
 *
 * Return: 0 or -errno with a message.
 */
int ncb_storm_build(const char *kdir, char **dir)
{
	return build(kdir, "kmod/storm", "storm", dir);
}

/**
 * ncb_behaviour_build - build ncb_behaviour.ko for a kernel
 * @kdir: the kernel's build folder (headers)
 * @ko: gets the malloc'd path of the module, below .build/
 *
 * Return: 0 or -errno with a message.
 */
int ncb_behaviour_build(const char *kdir, char **ko)
{
	char *dir;
	int err = build(kdir, "kmod/behaviour", "behaviour", &dir);

	*ko = err ? NULL : ncb_format("%s/" NCB_BEHAVIOUR_MODULE ".ko", dir);
	free(dir);
	return err;
}

static bool is_module(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".ko");
}

static int copy_modules(const char *from, const char *to)
{
	DIR *d = opendir(from);
	int err = d ? 0 : -errno;
	struct dirent *e;

	while (d && !err && (e = readdir(d))) {
		char *source = ncb_format("%s/%s", from, e->d_name);
		char *copy = ncb_format("%s/%s", to, e->d_name), *data;
		size_t size;

		if (is_module(e->d_name)) {
			data = ncb_read_file(source, &size);
			err = data ? ncb_write_file(copy, data, size) : -errno;
			free(data);
		}
		free(source);
		free(copy);
	}
	if (d)
		closedir(d);
	if (err)
		ncb_error("cannot copy modules from %s to %s: %s", from, to, strerror(-err));
	return err;
}

/**
 * ncb_module_build_into - build all that a run loads, for a machine that cannot build it
 * @kdir: the kernel's build folder (headers)
 * @dir: folder that gets the modules; made where it is not there
 *
 * Return: 0 or -errno with a message.
 */
int ncb_module_build_into(const char *kdir, const char *dir)
{
	static const struct {
		const char *sources, *name;
	} all[] = { { "kmod", "kmod" }, { "kmod/storm", "storm" }, { "kmod/payload", "payload" } };
	int err = ncb_make_dirs(dir);
	char *built;
	size_t i;

	if (err)
		ncb_error("cannot make %s: %s", dir, strerror(-err));
	for (i = 0; i < ARRAY_SIZE(all) && !err; i++) {
		err = build(kdir, all[i].sources, all[i].name, &built);
		if (!err)
			err = copy_modules(built, dir);
		free(built);
	}
	return err;
}

/**
 * ncb_module_note - note the module's size and compiler in a run
 * @ko: its path
 * @size_tool: the tool "size" for it
 * @r: gets bytes of text and data, and what the compiler wrote into the file;
 *	left alone where binutils are not there
 */
void ncb_module_note(const char *ko, const char *size_tool, struct ncb_rundata *r)
{
	const char *comment[] = { "readelf", "-p", ".comment", ko, NULL };
	const char *argv[] = { size_tool, ko, NULL };
	char *out = ncb_command_output(argv), *line = out ? strchr(out, '\n') : NULL;
	unsigned long text, data, bss;

	if (line && sscanf(line, "%lu %lu %lu", &text, &data, &bss) == 3)
		r->module_size = text + data + bss;
	free(out);
	/* "  [     1]  GCC: (Debian 12.2.0-14) 12.2.0" */
	out = ncb_command_output(comment);
	line = out ? strchr(out, ']') : NULL;
	if (line) {
		line += 1 + strspn(line + 1, " ");
		line[strcspn(line, "\n")] = '\0';
		ncb_env_set(r, "module_compiler", line);
	}
	free(out);
}

/** ncb_module_loaded - whether ncbench.ko is loaded in this kernel */
bool ncb_module_loaded(void)
{
	return ncb_exists("/sys/module/" NCB_MODULE "/initstate") ||
	       ncb_exists("/sys/module/" NCB_MODULE "/refcnt");
}

/** ncb_load_advice - what an error of finit_module means for the person who sees it */
const char *ncb_load_advice(int err)
{
	switch (err) {
	case EPERM:
		return "root is needed, and a kernel that still takes modules (not kernel.modules_disabled, no lockdown)";
	case EKEYREJECTED:
	case ENOKEY:
		return "this kernel takes signed modules only: sign it, or turn Secure Boot off";
	case ENOEXEC:
		return "the module is for another kernel; the kernel log says which";
	case ENOENT:
		return "a symbol is missing in this kernel; the kernel log names it";
	case ENOSYS:
		return "this kernel was built without modules";
	default:
		return "the kernel log may say more";
	}
}

/** ncb_load_file - load the module in a file, "" or with parameters; 0 or -errno with a message */
int ncb_load_file(const char *ko, const char *parameters)
{
	int fd = open(ko, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0) {
		err = -errno;
		ncb_error("cannot open %s: %s", ko, strerror(-err));
		return err;
	}
	err = syscall(SYS_finit_module, fd, parameters, 0) < 0 ? -errno : 0;
	close(fd);
	if (err)
		ncb_error("cannot load %s: %s; %s", ko, strerror(-err), ncb_load_advice(-err));
	return err;
}

/**
 * ncb_module_load - load ncbench.ko into this kernel
 * @ko: its path
 *
 * A module left behind by an earlier run is unloaded first.
 *
 * Return: 0 or -errno with a message.
 */
int ncb_module_load(const char *ko)
{
	int err;

	if (ncb_module_loaded()) {
		ncb_say("an earlier run left the module loaded: unloading it");
		err = ncb_module_unload();
		if (err)
			return err;
	}
	return ncb_load_file(ko, "");
}

/**
 * ncb_module_unload - take ncbench.ko out of this kernel
 *
 * Return: 0, also where it is not loaded, or -errno with a message.
 */
int ncb_module_unload(void)
{
	int err;

	if (syscall(SYS_delete_module, NCB_MODULE, O_NONBLOCK) == 0 || errno == ENOENT)
		return 0;
	err = -errno;
	ncb_error("cannot unload the module: %s%s", strerror(-err),
		  err == -EWOULDBLOCK ? "; another process has " NCB_DEVICE " open" : "");
	return err;
}

/* -- the module as what measures -- */

static int device_load(struct ncb_device *d)
{
	return ncb_module_load(d->file);
}

static int device_open(struct ncb_device *d)
{
	struct timespec nap = { .tv_nsec = 10 * 1000 * 1000 };
	int tries, err;

	/* The device node may take a moment where a daemon makes it. */
	for (tries = 0; tries < 100; tries++) {
		d->fd = open(NCB_DEVICE, O_RDWR | O_CLOEXEC);
		if (d->fd >= 0 || errno != ENOENT || ncb_interrupted)
			break;
		nanosleep(&nap, NULL);
	}
	if (d->fd >= 0)
		return 0;
	err = -errno;
	ncb_error("cannot open %s: %s", NCB_DEVICE, strerror(-err));
	return err;
}

static int device_ioctl(struct ncb_device *d, unsigned int request, void *arg)
{
	return ioctl(d->fd, request, arg) < 0 ? -errno : 0;
}

static void device_close(struct ncb_device *d)
{
	close(d->fd);
	d->fd = -1;
}

static int device_unload(struct ncb_device *d)
{
	(void)d;
	return ncb_module_unload();
}

/**
 * ncb_module_device - ncbench.ko in the kernel this runs in
 * @ko: its path, which has to stay
 *
 * Return: what ncb_measure() wants.
 */
struct ncb_device ncb_module_device(const char *ko)
{
	return (struct ncb_device) {
		.name = NCB_DEVICE,
		.load = device_load,
		.open = device_open,
		.ioctl = device_ioctl,
		.close = device_close,
		.unload = device_unload,
		.file = ko,
		.fd = -1,
	};
}
