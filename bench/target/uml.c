// SPDX-License-Identifier: GPL-2.0-only
/*
 * target uml: a kernel that was built to be a process (ARCH=um), with the same program in the
 * same initramfs as other guests. The kernel's code runs natively, and time is measured. The
 * result comes out through a file in a folder of its own, which is all of this machine's files
 * that the guest can have.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "built.h"
#include "driver.h"
#include "guest.h"
#include "guest_run.h"
#include "uml_process.h"
#include "../env.h"
#include "../memory_ask.h"

/* A panic or an oops ends the guest at once. No terminals, no serial ports but the console. */
#define COMMAND_LINE	"con=null con0=null,fd:1 ssl=null console=tty0 loglevel=5 panic=-1 oops=panic"

#define SHARED		"shared"	/* folder that the guest has */
#define WIRE		"wire"		/* its file there */
#define WHAT_TO_GIVE	"give KERNEL=/path/linux, a kernel built with ARCH=um, and HEADERS=, its build folder, or the folder of a source"

/**
 * struct process - what only these guests have
 * @cpu: they run on
 * @place: folder of their memory
 * @smp: the kernel can have several CPUs
 * @before: where the time of @cpu had gone when the guest was started
 */
struct process {
	int cpu;
	char place[256];
	bool smp;
	struct ncb_cpu_time before;
};

/* -- the kernel -- */

/* What a kernel has to have been configured with. */
static const struct {
	const char *option, *why;
} wanted[] = {
	{ "UML", "it is no User Mode Linux" },
	{ "MODULES", "it takes no modules" },
	{ "MODULE_UNLOAD", "modules cannot be unloaded from it" },
	{ "BLK_DEV_INITRD", "it takes no initramfs" },
	{ "HOSTFS", "no result would come out of it" },
	{ "DEBUG_FS", "the module has no device without it" },
	{ "TMPFS", "results are written there" },
	{ "DEVTMPFS", "there would be no devices" },
};

static bool has_option(const char *config, const char *option)
{
	char *line = ncb_format("\nCONFIG_%s=y\n", option);
	bool found = strstr(config, line) || !strncmp(config, line + 1, strlen(line + 1));

	free(line);
	return found;
}

/* 0, or -EINVAL with the reason in @why. */
static int check_config(const char *path, char *why, size_t size)
{
	char *config = ncb_read_file(path, NULL);
	int err = 0;
	size_t i;

	if (!config) {
		snprintf(why, size, "%s cannot be read: %s; HEADERS= is the kernel's build folder", path,
			 strerror(errno));
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(wanted) && !err; i++) {
		if (has_option(config, wanted[i].option))
			continue;
		snprintf(why, size, "the kernel of %s was built without CONFIG_%s: %s", path,
			 wanted[i].option, wanted[i].why);
		err = -EINVAL;
	}
	free(config);
	return err;
}

/* The kernel is in its build folder where no other was given; malloc'd. */
static char *build_folder(const struct ncb_run_options *o, const char *image)
{
	char *copy = ncb_copy(image), *dir = ncb_copy(o->headers ? o->headers : dirname(copy));

	free(copy);
	return dir;
}

/* Fills in @k, or says in @why what is wrong; 0 or -errno. */
static int find_kernel(const struct ncb_run_options *o, struct ncb_kernel *k, char *why, size_t size)
{
	char image[PATH_MAX], release[128], *path;
	struct stat st;
	int err;

	if (!o->kernel || !realpath(o->kernel, image) || stat(image, &st) < 0 ||
	    !S_ISREG(st.st_mode) || access(image, X_OK) < 0) {
		snprintf(why, size, "%s is no kernel that can be started: " WHAT_TO_GIVE,
			 o->kernel ? o->kernel : "no KERNEL=");
		return -EINVAL;
	}
	k->vmlinuz = ncb_copy(image);
	k->boot = ncb_copy(image);
	k->kdir = build_folder(o, image);
	k->config = ncb_format("%s/.config", k->kdir);
	err = check_config(k->config, why, size);
	if (err)
		return err;
	path = ncb_format("%s/Module.symvers", k->kdir);
	if (!ncb_exists(path)) {
		snprintf(why, size, "there is no %s: copy vmlinux.symvers to it, or build the kernel's modules",
			 path);
		err = -EINVAL;
	}
	free(path);
	path = ncb_format("%s/include/config/kernel.release", k->kdir);
	if (!err && ncb_read_line(path, release, sizeof(release))) {
		snprintf(why, size, "%s is no build folder of a kernel: no %s", k->kdir, path);
		err = -EINVAL;
	}
	free(path);
	k->release = err ? NULL : ncb_copy(release);
	return err;
}

/* The source that a kernel is built from, malloc'd; NULL: it is built already. */
static char *source_of(const struct ncb_run_options *o)
{
	const char *spec = o->kernel ? o->kernel : NCB_BUILT_DEFAULT;

	if (ncb_built_is_source(spec))
		return ncb_copy(spec);
	/* A version is that of a packaged source. */
	return strspn(spec, "0123456789.") == strlen(spec) ? ncb_format("linux-source-%s", spec) : NULL;
}

/* 0 or -errno with a message. */
static int kernel_of(const struct ncb_run_options *o, struct ncb_kernel *k)
{
	struct ncb_run_options built = *o;
	char *source = source_of(o), *image = NULL, *dir = NULL, why[512];
	int err = 0;

	if (source) {
		err = ncb_built_get(source, "uml", &image, &dir);
		built.kernel = image;
		built.headers = dir;
	}
	if (!err) {
		err = find_kernel(&built, k, why, sizeof(why));
		if (err)
			ncb_error("%s", why);
	}
	free(source);
	free(image);
	free(dir);
	return err;
}

static int get_kernel(const struct ncb_guest *g, struct ncb_kernel *k)
{
	return kernel_of(g->options, k);
}

/* -- the process -- */

static bool is_smp(const struct ncb_kernel *k)
{
	char *config = ncb_read_file(k->config, NULL);
	bool smp = config && has_option(config, "SMP");

	free(config);
	return smp;
}

static int choose(struct ncb_guest *g)
{
	struct process *p = g->own;
	char why[512], *shared = ncb_guest_path(g, SHARED);
	int err = ncb_uml_memory_place((uint64_t)NCB_UML_MEMORY_MIB << 20, p->place, sizeof(p->place), why,
				       sizeof(why));

	if (err) {
		ncb_error("%s", why);
		goto out;
	}
	err = ncb_make_dirs(shared);
	if (err) {
		ncb_error("cannot make %s: %s", shared, strerror(-err));
		goto out;
	}
	g->metric = NCB_NS;
	p->smp = is_smp(g->kernel);
	p->cpu = ncb_measuring_cpu(p->cpu, g->run);
	ncb_say("guest: User Mode Linux %s, a process on CPU %d: native code, in ns",
		g->kernel->release, p->cpu);
out:
	free(shared);
	return err;
}

static char *append(const struct ncb_guest *g)
{
	const struct process *p = g->own;

	/* 7.3 traces the processes of several CPUs with seccomp alone. */
	return ncb_format(COMMAND_LINE "%s " NCB_GUEST_WIRE NCB_GUEST_HOSTFS WIRE,
			  p->smp ? " seccomp=on ncpus=1" : "");
}

/* Of the guests what their ends have added up; there is one at a time. */
static struct ncb_cpu_time cpu_time(int cpu)
{
	struct ncb_cpu_time t = ncb_env_cpu_time("", cpu);
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u) < 0)
		t.known = false;
	t.own = u.ru_utime.tv_sec + u.ru_stime.tv_sec +
		(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	return t;
}

/* Paths are words of a kernel command line, where no space can be. */
static void command(const struct ncb_guest *g, struct ncb_guest_words *w)
{
	struct process *p = g->own;

	ncb_guest_word(w, "%s", g->kernel->boot);
	ncb_guest_word(w, "mem=%uM", NCB_UML_MEMORY_MIB);
	ncb_guest_word(w, "initrd=initramfs");
	ncb_guest_word(w, "hostfs=" SHARED);
	ncb_guest_word(w, "%s", g->append);
	p->before = cpu_time(p->cpu);
}

static void prepare(void *guest)
{
	struct ncb_guest *g = guest;
	struct process *p = g->own;

	if (chdir(g->dir) < 0)
		_exit(127);
	ncb_uml_confine(p->place, p->cpu);
}

/* -- the place -- */

/* What the guest cannot see: the processor, and what this machine does with it. */
static const char *const of_host[] = {
	"arch", "cpu_vendor", "cpu_family", "cpu_model_number", "cpu_model", "cpu_stepping",
	"cpu_microcode", "tsc_constant", "tsc_nonstop", "smt_control", "smt", "cpus_isolated",
	"cpus_nohz_full", "governor", "cpufreq_driver", "energy_preference", "turbo", "machine",
	"hypervisor", "load_1min", "measuring_cpu",
};

static void note_host(struct ncb_rundata *r, int cpu)
{
	struct ncb_rundata here;
	size_t i;

	ncb_rundata_init(&here);
	ncb_measuring_cpu(cpu, &here);
	ncb_env_capture(&here, "");
	for (i = 0; i < ARRAY_SIZE(of_host); i++) {
		json_t *value = json_object_get(here.env, of_host[i]);

		json_object_del(r->env, of_host[i]);
		if (value)
			json_object_set(r->env, of_host[i], value);
	}
	ncb_env_set(r, "host_kernel_release", ncb_env_string(&here, "kernel_release", "unknown"));
	ncb_rundata_free(&here);
}

/*
 * The place is this machine: its processor runs the guest's code as it is, others that run on
 * it are others, and a hypervisor below it is below the guest.
 */
static void note(const struct ncb_guest *g)
{
	const struct process *p = g->own;
	const struct ncb_run_options *o = g->options;
	struct ncb_cpu_time after = cpu_time(p->cpu);
	char id[64];

	note_host(g->run, p->cpu);
	json_object_del(g->run->env, "cpu_steal_percent");
	json_object_del(g->run->env, "cpu_other_percent");
	ncb_env_note_cpu_time(g->run, &p->before, &after);
	ncb_env_set(g->run, "accelerator", "User Mode Linux");
	/* The guest has little to make random numbers of: two may have the same. */
	if (ncb_read_line("/proc/sys/kernel/random/uuid", id, sizeof(id)) == 0)
		ncb_env_set(g->run, "boot_id", id);
	if (o->link)
		ncb_env_set(g->run, "link", o->link);
	if (o->build)
		ncb_env_set(g->run, "build", o->build);
}

static const struct ncb_guest_kind kind = {
	.name = "uml",
	.program = "User Mode Linux",
	.console = "uml.log",
	.wire = SHARED "/" WIRE,
	.kernel = get_kernel,
	.choose = choose,
	.append = append,
	.command = command,
	.prepare = prepare,
	.note = note,
};

/* What was left when its kernel's process ended has become ours, and is killed by then. */
static int await_others(void)
{
	struct timespec nap = { .tv_nsec = 2 * 1000 * 1000 };
	int tries = 1000;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
		if (!pid)
			nanosleep(&nap, NULL);
	} while (pid > 0 || (!pid && tries--));
	if (pid < 0)
		return 0;
	ncb_error("a process of the guest does not end");
	return -EBUSY;
}

/* The guest has one CPU, whatever number that has here. */
static int run(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct process p = { .cpu = o->cpu };
	struct ncb_run_options inside = *o;
	int err, left;

	inside.cpu = -1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	err = ncb_guest_run(&kind, &p, &inside, r);
	left = await_others();
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	return err ? err : left;
}

static int possible(const struct ncb_run_options *o, char *why, size_t size)
{
	const struct ncb_machine *m = ncb_machine_here();
	struct ncb_kernel k = { 0 };
	char place[256], reason[400], *source;
	int err = 0;

	if (!m || strcmp(m->kernel_arch, "x86")) {
		snprintf(why, size, "User Mode Linux is for x86 processors");
		return -EOPNOTSUPP;
	}
	if (o->steady) {
		snprintf(why, size, "it sets no governor: leave STEADY= (--steady) out");
		return -EINVAL;
	}
	if (ncb_uml_memory_place((uint64_t)NCB_UML_MEMORY_MIB << 20, place, sizeof(place), reason,
				 sizeof(reason))) {
		snprintf(why, size, "%s", reason);
		return -EOPNOTSUPP;
	}
	source = source_of(o);
	err = source ? ncb_built_possible(source, "uml", reason, sizeof(reason)) :
		       find_kernel(o, &k, reason, sizeof(reason));
	if (err)
		snprintf(why, size, "%s", reason);
	else
		snprintf(why, size, "User Mode Linux, %s%s, its memory in %s", source ? "" : "kernel ",
			 source ? reason : k.release, place);
	free(source);
	ncb_kernel_free(&k);
	return err;
}

static int kernel_files(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	struct ncb_kernel k = { 0 };
	int err = kernel_of(o, &k);

	if (!err)
		ncb_memory_of_kernel(s, &k);
	ncb_kernel_free(&k);
	return err;
}

const struct ncb_target ncb_target_uml = {
	.name = "uml",
	.summary = "a kernel built as a process: its code natively, in ns; no rights needed",
	.on_request = true,
	.possible = possible,
	.run = run,
	.kernel = kernel_files,
};
