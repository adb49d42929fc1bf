// SPDX-License-Identifier: GPL-2.0-only
/* The table of machines that guests can be, and what is asked of it. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "image.h"
#include "machine.h"

/*
 * For every emulated guest. -icount shift=0: one instruction takes 1 ns of
 * guest time, so that a clock of 1 GHz counts instructions; sleep=off: idle
 * time costs nothing.
 *
 * Two boots give the same samples to the last digit: the random numbers that
 * the guest gets (-seed) and the date (-rtc) are the same in each. With either
 * of them left alone, memory is laid out differently, and the timer's ticks
 * fall into other samples.
 */
#define TCG_NAMES	.name = "tcg", .title = "tcg icount shift=0", \
			.summary = "emulated, every instruction counted", .metric = NCB_INSN
#define TCG_OPTIONS	"-icount", "shift=0,sleep=off", "-seed", "1", \
			"-rtc", "base=2020-01-01T00:00:00,clock=vm"

/*
 * The time stamp counter is the clock of 1 GHz. The processor "max" has the
 * features of a current one (SMAP, fast strings, clflushopt ...), is none that
 * a speculation bug is known for, and gets the kernel's default mitigations:
 * retpolines among them, as on most machines.
 *
 * nokaslr is not needed: a kernel that is entered directly stays where it was
 * linked, one that unpacks itself takes its random address from the same
 * numbers in each boot.
 *
 * The emulated clock makes loops that calibrate timers slow: 3.5 s of 8 for
 * the local APIC's alone. Without it, and without the HPET, the kernel ticks
 * with the PIT. Nothing of that is in the measured code.
 */
static const struct ncb_accel x86_tcg = {
	TCG_NAMES,
	.options = { "-accel", "tcg", "-cpu", "max", TCG_OPTIONS },
	.append = "nolapic_timer no_timer_check hpet=disable",
};

static const struct ncb_accel x86_kvm = {
	.name = "kvm",
	.title = "kvm",
	.summary = "KVM, in ns",
	.metric = NCB_NS,
	.options = { "-accel", "kvm", "-cpu", "host" },
	.append = "",
};

/*
 * cntfrq: the generic timer runs at 62.5 MHz by default, which is one tick in
 * 16 instructions; at 1 GHz each instruction is one. The processor is one that
 * servers have, with the atomic instructions (LSE) that the kernel takes on
 * them; it has a PMUv3 with a counter of cycles and six more, of which QEMU
 * counts instructions exactly, with -icount only.
 *
 * nokaslr: the kernel at a random address has its modules more than 128 MiB
 * away, and each call between the two goes through three more instructions.
 * Where the kernel was linked they are near, and a copy in the module costs
 * what the same code in the kernel does.
 */
static const struct ncb_accel arm64_tcg = {
	TCG_NAMES,
	.options = { "-accel", "tcg", "-cpu", "neoverse-n1,cntfrq=1000000000", TCG_OPTIONS },
	.append = "nokaslr",
};

/*
 * Of arm64's "virt" only the first serial port is there without more devices;
 * the wire is a second one on PCI, whose driver is part of Debian's kernel, as
 * that of a virtio console is not.
 *
 * noreplace-smp: on one CPU an x86 kernel would take the lock prefixes out of
 * its atomic operations, which no machine that matters does. x86's machine "pc"
 * boots 0.4 s faster than "q35" and has two serial ports, unlike "microvm".
 */
const struct ncb_machine ncb_machines[] = {
	{
		.name = "x86_64",
		.uname = "x86_64",
		.kernel_arch = "x86",
		.debian = "amd64",
		.suffix = "",
		.elf = EM_X86_64,
		.cross = "x86_64-linux-gnu-",
		.cross_packages = "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
		.qemu = "qemu-system-x86_64",
		.qemu_package = "qemu-system-x86",
		.devices = { "-M", "pc", "-serial", "chardev:console", "-serial", "chardev:wire" },
		.console = "ttyS0,115200",
		.wire = "ttyS1",
		.append = "noreplace-smp tsc=reliable",
		.tcg = &x86_tcg,
		.kvm = &x86_kvm,
		.read_image = ncb_image_x86,
	},
	{
		.name = "arm64",
		.uname = "aarch64",
		.kernel_arch = "arm64",
		.debian = "arm64",
		.suffix = "-arm64",
		.elf = EM_AARCH64,
		.cross = "aarch64-linux-gnu-",
		.cross_packages = "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
		.qemu = "qemu-system-aarch64",
		.qemu_package = "qemu-system-arm",
		/* neoverse-n1 */
		.qemu_least = { 7, 1 },
		.devices = { "-M", "virt", "-serial", "chardev:console",
			     "-device", "pci-serial,chardev=wire" },
		.console = "ttyAMA0",
		.wire = "ttyS0",
		.append = "",
		.tcg = &arm64_tcg,
		.read_image = ncb_image_arm64,
	},
};
const size_t ncb_machine_count = ARRAY_SIZE(ncb_machines);

/* What this program was compiled for, as `uname -m` says. */
#if defined(__x86_64__)
#define BUILT_FOR	"x86_64"
#elif defined(__aarch64__)
#define BUILT_FOR	"aarch64"
#else
#define BUILT_FOR	""
#endif

/** ncb_machine_here - the machine that this program was built for, or NULL where guests are none */
const struct ncb_machine *ncb_machine_here(void)
{
	size_t i;

	for (i = 0; i < ncb_machine_count; i++)
		if (!strcmp(ncb_machines[i].uname, BUILT_FOR))
			return &ncb_machines[i];
	return NULL;
}

/**
 * ncb_machine_find - a machine by its name
 * @name: as in ARCH=, which is also what `uname -m` and the kernel call it; or
 *	NULL: this one
 *
 * Return: the machine or NULL.
 */
const struct ncb_machine *ncb_machine_find(const char *name)
{
	size_t i;

	if (!name)
		return ncb_machine_here();
	for (i = 0; i < ncb_machine_count; i++)
		if (!strcmp(ncb_machines[i].name, name) || !strcmp(ncb_machines[i].uname, name) ||
		    !strcmp(ncb_machines[i].kernel_arch, name))
			return &ncb_machines[i];
	return NULL;
}

/** ncb_machine_building - the machine whose kernel is built as @kernel_arch, or NULL */
const struct ncb_machine *ncb_machine_building(const char *kernel_arch)
{
	size_t i;

	for (i = 0; i < ncb_machine_count; i++)
		if (!strcmp(ncb_machines[i].kernel_arch, kernel_arch))
			return &ncb_machines[i];
	return NULL;
}

/** ncb_machine_is_here - whether @m is the machine this program was built for */
bool ncb_machine_is_here(const struct ncb_machine *m)
{
	return m == ncb_machine_here();
}

/**
 * ncb_machine_check - whether a guest can be a machine of that name
 * @name: as in ARCH=, or NULL: this one
 *
 * Return: 0, or -EINVAL with a message that lists the names.
 */
int ncb_machine_check(const char *name)
{
	char names[128] = "";
	size_t i;

	if (!name || ncb_machine_find(name))
		return 0;
	for (i = 0; i < ncb_machine_count; i++) {
		strcat(names, i ? ", " : "");
		strcat(names, ncb_machines[i].name);
	}
	ncb_error("unknown architecture '%s'; valid: %s", name, names);
	return -EINVAL;
}

/** ncb_machine_tool - the tool (gcc, strip ...) that works on files for @m, malloc'd */
char *ncb_machine_tool(const struct ncb_machine *m, const char *tool)
{
	return ncb_format("%s%s", ncb_machine_is_here(m) ? "" : m->cross, tool);
}

/* Whether a compiler can link static programs: it knows the place of a libc. */
static bool has_libc(const char *compiler)
{
	const char *argv[] = { compiler, "-print-file-name=libc.a", NULL };
	char *path = ncb_command_output(argv);
	bool found = path && *path == '/';

	free(path);
	return found;
}

/**
 * ncb_machine_can_build - whether programs for a machine can be built here
 * @m: the machine
 * @why: gets what is missing and the package that has it
 * @size: of @why
 *
 * This machine itself is not asked: its guests run this very program.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_machine_can_build(const struct ncb_machine *m, char *why, size_t size)
{
	char *compiler;
	bool there, libc;

	if (ncb_machine_is_here(m))
		return 0;
	compiler = ncb_machine_tool(m, "gcc");
	there = ncb_have_command(compiler);
	libc = there && has_libc(compiler);
	if (!there)
		snprintf(why, size, "there is no %s to build for %s with: install the packages %s",
			 compiler, m->name, m->cross_packages);
	else if (!libc)
		snprintf(why, size, "%s finds no libc.a for %s: install the packages %s", compiler,
			 m->name, m->cross_packages);
	free(compiler);
	return libc ? 0 : -EOPNOTSUPP;
}

/**
 * ncb_machine_qemu - whether there is an emulator for a machine
 * @m: the machine
 * @version: gets its version, malloc'd, where there is one
 * @why: gets what is wrong and the way out
 * @size: of @why
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int ncb_machine_qemu(const struct ncb_machine *m, char **version, char *why, size_t size)
{
	const char *argv[] = { m->qemu, "--version", NULL };
	char *out = ncb_have_command(m->qemu) ? ncb_command_output(argv) : NULL, *at;
	unsigned int major = 0, minor = 0;

	at = out ? strstr(out, "version ") : NULL;
	*version = NULL;
	if (!at) {
		snprintf(why, size, "there is no %s: install the package %s", m->qemu,
			 m->qemu_package);
	} else {
		at += strlen("version ");
		sscanf(at, "%u.%u", &major, &minor);
		if (major > m->qemu_least[0] ||
		    (major == m->qemu_least[0] && minor >= m->qemu_least[1]))
			*version = ncb_format("%.*s", (int)strcspn(at, "\n"), at);
		else
			snprintf(why, size, "%s is %u.%u; %s guests need %u.%u or newer", m->qemu,
				 major, minor, m->name, m->qemu_least[0], m->qemu_least[1]);
	}
	free(out);
	return *version ? 0 : -EOPNOTSUPP;
}
