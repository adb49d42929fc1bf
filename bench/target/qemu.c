// SPDX-License-Identifier: GPL-2.0-only
/*
 * target qemu: a guest that boots a packaged (or given) kernel from an
 * initramfs with this same program as its first process, built for the machine
 * that the guest is. The result comes out through a second serial port, into a
 * file that is read as it grows. What guests there are says machine.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver.h"
#include "guest.h"
#include "guest_run.h"
#include "machine.h"
#include "../memory_ask.h"

#define MEMORY_MIB	"512"
#define STORM_MEMORY_MIB	"1024"

/* Seconds. */
#define PROBE_LIMIT	8

/*
 * For every guest. The console shows warnings and worse; a panic or an oops
 * ends the guest at once. Mitigations stay as they are by default.
 */
#define COMMAND_LINE	"console=%s loglevel=5 panic=-1 oops=panic"

/**
 * struct emulated - what only QEMU's guests have
 * @version: of QEMU
 * @accel: how; @many: the same with several CPUs, where nothing counts instructions
 * @cpus: number of them, as text; "": one
 */
struct emulated {
	char *version;
	const struct ncb_accel *accel;
	struct ncb_accel many;
	char cpus[16];
};

static const struct ncb_guest_kind kind;

static int get_kernel(const struct ncb_guest *g, struct ncb_kernel *k)
{
	return ncb_kernel_get(g->machine, g->options->kernel, g->options->headers, k);
}

/* -- the command -- */

static void add(struct ncb_guest_words *w, const char *const *more)
{
	while (*more)
		ncb_guest_word(w, "%s", *more++);
}

/* The character device @name, which is a file; a comma is doubled, as QEMU wants it. */
static void add_chardev(const struct ncb_guest *g, struct ncb_guest_words *w, const char *name,
			const char *file)
{
	char *path = ncb_guest_path(g, file), *doubled = ncb_alloc(2, strlen(path) + 1);
	char *to = doubled, *p;

	for (p = path; *p; p++) {
		*to++ = *p;
		if (*p == ',')
			*to++ = ',';
	}
	ncb_guest_word(w, "-chardev");
	ncb_guest_word(w, "file,id=%s,path=%s", name, doubled);
	free(doubled);
	free(path);
}

/*
 * A measurement of rows wants one CPU. Storms may want more, and a test: NCBENCH_CPUS,
 * with guest-test alone. NULL: one.
 */
static const char *wanted_cpus(const struct ncb_guest *g)
{
	const struct emulated *e = g->own;
	const char *cpus = e->cpus[0] ? e->cpus :
			   g->options->program ? getenv("NCBENCH_CPUS") : NULL;

	return cpus && *cpus ? cpus : NULL;
}

/*
 * Instructions are not counted with several CPUs: with two QEMU takes minutes to boot that
 * way, its CPUs waiting for each other.
 */
static void add_accel(const struct ncb_guest *g, struct ncb_guest_words *w)
{
	const struct emulated *e = g->own;
	const char *const *option, *cpus = wanted_cpus(g);

	for (option = e->accel->options; *option; option++) {
		if (cpus && !strcmp(*option, "-icount"))
			option++;
		else
			ncb_guest_word(w, "%s", *option);
	}
	if (cpus) {
		ncb_guest_word(w, "-smp");
		ncb_guest_word(w, "%s", cpus);
	}
}

/* -nodefaults leaves no network and no disk. */
static void command(const struct ncb_guest *g, struct ncb_guest_words *w)
{
	const char *const first[] = {
		g->machine->qemu, "-m", g->options->storm.wanted ? STORM_MEMORY_MIB : MEMORY_MIB,
		"-no-user-config", "-nodefaults", "-display", "none", "-no-reboot", NULL
	};
	char *initrd = ncb_guest_path(g, "initramfs");
	const char *const files[] = {
		"-kernel", g->kernel->boot, "-initrd", initrd, "-append", g->append, NULL
	};

	add(w, first);
	add_chardev(g, w, "console", kind.console);
	add_chardev(g, w, "wire", kind.wire);
	add(w, files);
	add(w, g->machine->devices);
	add_accel(g, w);
	free(initrd);
}

static char *append(const struct ncb_guest *g)
{
	const struct emulated *e = g->own;
	char *line = ncb_format(COMMAND_LINE, g->machine->console), *out;

	out = ncb_format("%s%s%s " NCB_GUEST_WIRE "%s%s%s", line, *g->machine->append ? " " : "",
			 g->machine->append, g->machine->wire, *e->accel->append ? " " : "",
			 e->accel->append);
	free(line);
	return out;
}

/* -- which accelerator -- */

/* What a probe's answer holds for: this boot of the machine, this QEMU, this kernel. */
static char *probe_key(const char *version, const struct ncb_kernel *kernel)
{
	char id[64];

	ncb_read_line("/proc/sys/kernel/random/boot_id", id, sizeof(id));
	return ncb_format("%s %s %s", id, version, kernel->boot);
}

/*
 * Boots the very guest that is to be measured, which powers off at once. A
 * /dev/kvm that is there may still hang the guest, so that nothing else tells.
 */
static bool probe_kvm(const struct ncb_guest *like, char *why, size_t size)
{
	struct emulated e = *(struct emulated *)like->own;
	struct ncb_guest g = {
		.kind = like->kind,
		.own = &e,
		.options = like->options,
		.run = like->run,
		.dir = like->dir,
		.kernel = like->kernel,
		.machine = like->machine,
		.module = like->module,
		.storm = like->storm,
		.payload = like->payload,
		.program = like->program,
		.limit = PROBE_LIMIT,
		.silence = PROBE_LIMIT,
	};
	int err;

	e.accel = like->machine->kvm;
	ncb_guest_set_append(&g, NCB_GUEST_PROBE);
	ncb_detail("probing KVM with a guest that powers off at once (%d s at most)", PROBE_LIMIT);
	err = ncb_guest_pack(&g);
	if (!err)
		err = ncb_guest_boot(&g);
	if (!err)
		snprintf(why, size, "a probe guest with KVM booted in %.1f s", ncb_now() - g.started);
	else if (err == -ETIMEDOUT)
		snprintf(why, size, "a probe guest with KVM hung for %d s", PROBE_LIMIT);
	else
		snprintf(why, size, "a probe guest with KVM failed: %.180s", g.reason);
	free(g.append);
	return !err;
}

/* The answer is kept in .cache/kvm-probe: a line with the key, one with it and the reason. */
static bool kvm_works(const struct ncb_guest *like, const char *version, char *why, size_t size)
{
	char *path, *key, *text, *stored, *end;
	bool works;
	int fd;

	if (!ncb_machine_is_here(like->machine) || !like->machine->kvm) {
		snprintf(why, size, ncb_machine_is_here(like->machine) ?
			 "guests of %s were never tried with KVM" :
			 "KVM has no guests of %s on another machine", like->machine->name);
		return false;
	}
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, size, errno == ENOENT ? "there is no /dev/kvm" :
			 "/dev/kvm cannot be opened (%s)", strerror(errno));
		return false;
	}
	close(fd);
	path = ncb_format("%s/.cache/kvm-probe", ncb_top());
	key = probe_key(version, like->kernel);
	text = ncb_read_file(path, NULL);
	end = text ? strchr(text, '\n') : NULL;
	if (end && strlen(end) > 5 && text + strlen(key) == end && !strncmp(text, key, strlen(key))) {
		works = !strncmp(end + 1, "yes ", 4);
		snprintf(why, size, "%.*s", (int)strcspn(end + 5, "\n"), end + 5);
	} else {
		works = probe_kvm(like, why, size);
		stored = ncb_format("%s\n%s %s\n", key, works ? "yes" : "no ", why);
		if (!ncb_interrupted)
			ncb_write_file(path, stored, strlen(stored));
		free(stored);
	}
	free(path);
	free(key);
	free(text);
	return works;
}

/*
 * Instructions where KVM does not work. NCBENCH_ACCEL=tcg asks for them where
 * it does, =kvm insists on it.
 */
static int choose(struct ncb_guest *g)
{
	struct emulated *e = g->own;
	const struct ncb_accel *tcg = g->machine->tcg, *kvm = g->machine->kvm;
	const char *wanted = getenv("NCBENCH_ACCEL");
	bool emulate = wanted && !strcmp(wanted, "tcg"), insist = wanted && !strcmp(wanted, "kvm");
	char why[256] = "NCBENCH_ACCEL asks for it";

	if (wanted && *wanted && !emulate && !insist) {
		ncb_error("NCBENCH_ACCEL=%s: valid are kvm and tcg", wanted);
		return -EINVAL;
	}
	e->accel = !emulate && kvm_works(g, e->version, why, sizeof(why)) ? kvm : tcg;
	if (ncb_interrupted)
		return -EINTR;
	if (e->accel == tcg && insist) {
		ncb_error("no KVM for the guest: %s", why);
		return -EOPNOTSUPP;
	}
	if (e->accel == tcg && e->cpus[0]) {
		e->many = *tcg;
		e->many.metric = NCB_NS;
		e->many.title = "tcg";
		e->many.summary = "emulated, with several CPUs; the times are the emulator's";
		e->accel = &e->many;
	}
	g->metric = e->accel->metric;
	ncb_say("guest: kernel %s, QEMU %s", g->kernel->release, e->version);
	ncb_say("guest: %s, because: %s", e->accel->summary, why);
	return 0;
}

/* -- the run -- */

static int judge(const struct ncb_guest *g)
{
	struct ncb_rundata *r = g->run;

	if (r->nsamples && g->metric == NCB_INSN && r->metric != NCB_INSN) {
		ncb_error("this QEMU does not count instructions: %d of them took %" PRIu64 " ticks of the guest's clock, and no PMU counts them either; use another version, or KVM, or TARGET=host",
			  NCB_KNOWN_INSN, r->known_insn);
		r->nsamples = 0;
		return -EIO;
	}
	return 0;
}

static void note(const struct ncb_guest *g)
{
	const struct emulated *e = g->own;

	ncb_env_set(g->run, "qemu_version", e->version);
	ncb_env_set(g->run, "accelerator", e->accel->title);
}

static const struct ncb_guest_kind kind = {
	.name = "qemu",
	.program = "QEMU",
	.console = "console.log",
	.wire = "wire",
	.kernel = get_kernel,
	.choose = choose,
	.append = append,
	.command = command,
	.judge = judge,
	.note = note,
};

static int run(const struct ncb_run_options *o, struct ncb_rundata *r)
{
	struct emulated e = { 0 };
	char why[256];
	int err = ncb_machine_qemu(ncb_machine_find(o->arch), &e.version, why, sizeof(why));

	if (o->storm.cpus > 1)
		snprintf(e.cpus, sizeof(e.cpus), "%u", o->storm.cpus);
	if (err)
		ncb_error("%s", why);
	else
		err = ncb_guest_run(&kind, &e, o, r);
	free(e.version);
	return err;
}

static int possible(const struct ncb_run_options *o, char *why, size_t size)
{
	const struct ncb_machine *m = ncb_machine_find(o->arch);
	char *version, kernel[512];
	int err;

	if (!m || !ncb_machine_here()) {
		snprintf(why, size, "guests are machines that this program was built for, and it was built for none of them");
		return -EOPNOTSUPP;
	}
	err = ncb_machine_qemu(m, &version, why, size);
	if (!err)
		err = ncb_driver_possible(m, why, size);
	if (!err) {
		err = ncb_kernel_possible(m, o->kernel, o->headers, kernel, sizeof(kernel));
		if (err)
			snprintf(why, size, "%s", kernel);
		else
			snprintf(why, size, "QEMU %s, %s", version, kernel);
	}
	free(version);
	return err;
}

static int kernel_files(const struct ncb_run_options *o, struct ncb_memory_subject *s)
{
	struct ncb_kernel k;
	int err = ncb_kernel_get(ncb_machine_find(o->arch), o->kernel, o->headers, &k);

	if (err)
		return err;
	ncb_memory_of_kernel(s, &k);
	ncb_kernel_free(&k);
	return 0;
}

const struct ncb_target ncb_target_qemu = {
	.name = "qemu",
	.summary = "a guest with a packaged kernel, or a given one; no rights needed",
	.exact = true,
	.storms = NCB_STORMS_ALWAYS,
	.any_arch = true,
	.possible = possible,
	.run = run,
	.kernel = kernel_files,
};
