// SPDX-License-Identifier: GPL-2.0-only
/*
 * What on a machine hurts or forbids measuring, and the way out.
 *
 * Each thing looked at is one function and one entry in the table of checks.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "doctor.h"
#include "env.h"
#include "events.h"
#include "target/machine.h"
#include "target/target.h"

#define CAP_SYS_MODULE_BIT	16
#define CAP_SYS_ADMIN_BIT	21
#define CAP_PERFMON_BIT		38
#define SYS_CPU			"/sys/devices/system/cpu"
#define ARCH_LEN		sizeof(((struct utsname *)NULL)->machine)

enum status {
	OK,
	HURTS,		/* figures are worse for it */
	FORBIDS,	/* something that was wanted is not possible */
	UNKNOWN,	/* not there, or cannot be seen */
};

static const char *const status_names[] = {
	[OK] = "ok",
	[HURTS] = "hurts",
	[FORBIDS] = "forbids",
	[UNKNOWN] = "n/a",
};

/**
 * struct patient - the machine looked at, and what the current check says
 * @root: prefix of all paths
 * @env: its environment, see env.h
 * @seen: what was seen
 * @way: the way out, "" where there is none or none is needed
 */
struct patient {
	const char *root;
	json_t *env;
	char seen[400];
	char way[400];
};

static void PRINTF(2, 3) seen(struct patient *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->seen, sizeof(p->seen), format, args);
	va_end(args);
}

static void PRINTF(2, 3) way(struct patient *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->way, sizeof(p->way), format, args);
	va_end(args);
}

static const char *text(const struct patient *p, const char *key)
{
	return json_string_value(json_object_get(p->env, key));
}

static void release_of(const char *root, char *release, size_t size)
{
	struct utsname u;

	if (!ncb_root_line(root, "/proc/sys/kernel/osrelease", release, size))
		return;
	snprintf(release, size, "%s", !*root && !uname(&u) ? u.release : "");
}

/* -- commands of the machine: found in PATH, or below the prefix -- */

static bool have(const char *root, const char *command)
{
	char *path;
	bool there;

	if (!*root)
		return ncb_have_command(command);
	path = ncb_format("%s/usr/bin/%s", root, command);
	there = !access(path, X_OK);
	free(path);
	return there;
}

/* First line of "<command> --version", malloc'd; NULL where it does not run. */
static char *version_of(const char *root, const char *command)
{
	char *path = *root ? ncb_format("%s/usr/bin/%s", root, command) : ncb_copy(command);
	const char *const argv[] = { path, "--version", NULL };
	char *out = ncb_command_output(argv);

	free(path);
	if (out)
		out[strcspn(out, "\n")] = '\0';
	return out;
}

/* -- packages -- */

/*
 * Names of the packages, in the order of the bits of enum ncb_package. In the
 * kernel's headers, %r is its release and %f its flavour (what follows the last
 * dash, after a dash, where the manager's packages are named so).
 */
struct manager {
	const char *command;
	const char *install;
	const char *packages[2];
	const char *qemu_arm;	/* where QEMU for arm64 is another package */
	const char *const *flavours;	/* known ones; NULL: any */
	const char *flavour_missing;	/* %f where the release has none */
};

static const char *const arch_flavours[] = { "-lts", "-zen", "-hardened", "-rt", NULL };

static const struct manager managers[] = {
	{ "apt-get", "apt-get install -y", { "linux-headers-%r", "qemu-system-x86" },
	  "qemu-system-arm", NULL, "" },
	{ "dnf", "dnf install -y", { "kernel-devel-%r", "qemu-system-x86-core" },
	  "qemu-system-aarch64-core", NULL, "" },
	{ "zypper", "zypper --non-interactive install", { "kernel%f-devel", "qemu-x86" },
	  "qemu-arm", NULL, "-default" },
	{ "pacman", "pacman -S --needed --noconfirm", { "linux%f-headers", "qemu-system-x86" },
	  "qemu-system-aarch64", arch_flavours, "" },
};

/* The flavour in a release: "-default", "-lts", or what stands for none. */
static const char *flavour(const struct manager *m, const char *release)
{
	const char *dash = strrchr(release, '-');
	size_t i;

	if (!dash)
		return m->flavour_missing;
	if (!m->flavours)
		return dash;
	for (i = 0; m->flavours[i]; i++)
		if (!strcmp(m->flavours[i], dash))
			return dash;
	return m->flavour_missing;
}

/* A package's name with %r and %f filled in. */
static void print_package(FILE *f, const struct manager *m, const char *name,
			  const char *release)
{
	for (; *name; name++) {
		if (*name != '%')
			putc(*name, f);
		else
			fputs(*++name == 'r' ? release : flavour(m, release), f);
	}
}

static const char *machine_arch(const char *root, char *buffer, size_t size)
{
	struct utsname u;

	if (ncb_root_line(root, "/proc/sys/kernel/arch", buffer, size))
		snprintf(buffer, size, "%s", !uname(&u) ? u.machine : "x86_64");
	return buffer;
}

const char *ncb_install_command_at(const char *root, unsigned int packages)
{
	static char command[1024];
	char release[128], arch[ARCH_LEN];
	size_t i, bit;
	FILE *f;

	for (i = 0; i < ARRAY_SIZE(managers) && !have(root, managers[i].command); i++)
		;
	if (i == ARRAY_SIZE(managers))
		return NULL;
	release_of(root, release, sizeof(release));
	machine_arch(root, arch, sizeof(arch));
	f = fmemopen(command, sizeof(command), "w");
	if (!f)
		return NULL;
	fprintf(f, "%s%s", geteuid() ? "sudo " : "", managers[i].install);
	for (bit = 0; bit < ARRAY_SIZE(managers[i].packages); bit++) {
		if (!(packages >> bit & 1))
			continue;
		putc(' ', f);
		if (1u << bit == NCB_PKG_QEMU && !strcmp(arch, "aarch64"))
			fputs(managers[i].qemu_arm, f);
		else
			print_package(f, &managers[i], managers[i].packages[bit], release);
	}
	fclose(f);
	return command;
}

const char *ncb_install_command(unsigned int packages)
{
	return ncb_install_command_at("", packages);
}

/* "install it: <command>", or words where there is no package manager. */
static void way_install(struct patient *p, unsigned int packages, const char *what)
{
	const char *command = ncb_install_command_at(p->root, packages);

	if (command)
		way(p, "%s", command);
	else
		way(p, "install %s", what);
}

/* -- loading modules -- */

/* -1: not known. */
static int has_capability(const char *root, unsigned int bit)
{
	char *path = ncb_format("%s/proc/self/status", root);
	char *status = ncb_read_file(path, NULL);
	char *at = status ? strstr(status, "CapEff:") : NULL;
	int has = at ? (int)(strtoull(at + 7, NULL, 16) >> bit & 1) : -1;

	free(status);
	free(path);
	return has;
}

/* "none", "integrity", "confidentiality"; false where this kernel has no lockdown. */
static bool lockdown_mode(const char *root, char *mode, size_t size)
{
	char line[128], *from, *to;

	if (ncb_root_line(root, "/sys/kernel/security/lockdown", line, sizeof(line)))
		return false;
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	if (!to)
		return false;
	snprintf(mode, size, "%.*s", (int)(to - from - 1), from + 1);
	return true;
}

static bool signatures_enforced(const char *root)
{
	char line[16];

	return !ncb_root_line(root, "/sys/module/module/parameters/sig_enforce", line,
			      sizeof(line)) && (*line == 'Y' || *line == '1');
}

/* Files that building a module needs, any of each line. */
static const char *const header_files[][2] = {
	{ "Makefile", NULL },
	{ "include/generated/autoconf.h", "include/linux/autoconf.h" },
	{ "include/config/kernel.release", NULL },
	{ "scripts/mod/modpost", NULL },
};

/* 0; -ENOENT where there is nothing; -EINVAL with @lacks where it cannot be used. */
static int headers_usable(const char *root, const char *release, const char **lacks)
{
	char *dir = ncb_format("/lib/modules/%s/build", release);
	int err = 0;
	size_t i;

	if (!*release || !ncb_root_exists(root, dir)) {
		free(dir);
		return -ENOENT;
	}
	for (i = 0; i < ARRAY_SIZE(header_files) && !err; i++) {
		bool there = false;
		size_t k;

		for (k = 0; k < 2 && header_files[i][k] && !there; k++) {
			char *path = ncb_format("%s/%s", dir, header_files[i][k]);

			there = ncb_root_exists(root, path);
			free(path);
		}
		if (!there) {
			*lacks = header_files[i][0];
			err = -EINVAL;
		}
	}
	free(dir);
	return err;
}

/*
 * Obstacles to loading a module, in the order in which they are told. Each
 * writes what is wrong, with the way out, and returns true where it stands.
 */
static bool no_modules(const char *root, char *why, size_t size)
{
	if (ncb_root_exists(root, "/proc/modules"))
		return false;
	snprintf(why, size,
		 "this kernel was built without modules (CONFIG_MODULES); use TARGET=qemu");
	return true;
}

static bool modules_disabled(const char *root, char *why, size_t size)
{
	char line[16];

	if (ncb_root_line(root, "/proc/sys/kernel/modules_disabled", line, sizeof(line)) ||
	    !strcmp(line, "0"))
		return false;
	snprintf(why, size,
		 "kernel.modules_disabled is set and stays until a reboot; reboot without it, or use TARGET=qemu");
	return true;
}

static bool locked_down(const char *root, char *why, size_t size)
{
	char mode[32];

	if (!lockdown_mode(root, mode, sizeof(mode)) || !strcmp(mode, "none"))
		return false;
	snprintf(why, size,
		 "kernel lockdown (%s) takes signed modules only; turn Secure Boot off or boot without lockdown=, or use TARGET=qemu",
		 mode);
	return true;
}

static bool signed_only(const char *root, char *why, size_t size)
{
	if (!signatures_enforced(root))
		return false;
	snprintf(why, size,
		 "this kernel takes signed modules only; boot without module.sig_enforce, or use TARGET=qemu");
	return true;
}

static bool not_allowed(const char *root, char *why, size_t size)
{
	int has = has_capability(root, CAP_SYS_MODULE_BIT);

	if (has > 0 || (has < 0 && (*root || !geteuid())))
		return false;
	if (geteuid())
		snprintf(why, size, "loading modules needs root; run it with sudo, or use TARGET=qemu");
	else
		snprintf(why, size,
			 "root here may not load modules (no CAP_SYS_MODULE: a container?); run it outside, or use TARGET=qemu");
	return true;
}

static bool no_headers(const char *root, char *why, size_t size)
{
	const char *lacks = NULL, *command;
	char release[128];
	int err;

	release_of(root, release, sizeof(release));
	err = headers_usable(root, release, &lacks);
	if (!err)
		return false;
	command = ncb_install_command_at(root, NCB_PKG_HEADERS);
	if (err == -ENOENT)
		snprintf(why, size,
			 "no headers of the running kernel in /lib/modules/%s/build; %s%s, or use TARGET=qemu",
			 release, command ? "try: " : "install them", command ? command : "");
	else
		snprintf(why, size,
			 "/lib/modules/%s/build lacks %s; run 'make modules_prepare' there, or install its headers anew",
			 release, lacks);
	return true;
}

static bool (*const obstacles[])(const char *root, char *why, size_t size) = {
	no_modules, modules_disabled, locked_down, signed_only, not_allowed, no_headers,
};

/* To a module that is ready, which may be signed. */
static bool (*const obstacles_to_ready[])(const char *root, char *why, size_t size) = {
	no_modules, modules_disabled, not_allowed,
};

bool ncb_can_load_modules_at(const char *root, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(obstacles); i++)
		if (obstacles[i](root, why, size))
			return false;
	snprintf(why, size, "modules may be built and loaded here");
	return true;
}

bool ncb_can_load_ready_modules_at(const char *root, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(obstacles_to_ready); i++)
		if (obstacles_to_ready[i](root, why, size))
			return false;
	snprintf(why, size, "ready modules were given");
	return true;
}

bool ncb_can_load_modules(char *why, size_t size)
{
	return ncb_can_load_modules_at("", why, size);
}

/* An obstacle as a check: its sentence, the part behind the semicolon as the way out. */
static bool obstacle(struct patient *p,
		     bool (*stands)(const char *root, char *why, size_t size))
{
	char *cut;

	if (!stands(p->root, p->seen, sizeof(p->seen)))
		return false;
	cut = strstr(p->seen, "; ");
	if (cut) {
		way(p, "%s", cut + 2);
		*cut = '\0';
	}
	return true;
}

/* -- checks: may a module be built and loaded -- */

static enum status check_modules(struct patient *p)
{
	if (obstacle(p, no_modules) || obstacle(p, modules_disabled))
		return FORBIDS;
	seen(p, "this kernel loads modules");
	return OK;
}

static enum status check_root(struct patient *p)
{
	if (obstacle(p, not_allowed))
		return FORBIDS;
	seen(p, "modules may be loaded by this user");
	return OK;
}

static enum status check_lockdown(struct patient *p)
{
	if (obstacle(p, locked_down))
		return FORBIDS;
	seen(p, "none");
	return OK;
}

static enum status check_secure_boot(struct patient *p)
{
	static const char variable[] =
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	char *path = ncb_format("%s%s", p->root, variable), *data;
	enum status status = OK;
	size_t size = 0;

	data = ncb_read_file(path, &size);
	if (!data || size < 5) {	/* four bytes of attributes, one of value */
		seen(p, ncb_root_exists(p->root, "/sys/firmware/efi") ? "cannot be read" :
		     "not booted by EFI");
		status = UNKNOWN;
	} else if (data[4]) {
		seen(p, "on: distributions' kernels then refuse unsigned modules");
		way(p, "turn it off in the firmware's setup, or use TARGET=qemu");
		status = HURTS;
	} else {
		seen(p, "off");
	}
	free(data);
	free(path);
	return status;
}

static enum status check_signatures(struct patient *p)
{
	if (obstacle(p, signed_only))
		return FORBIDS;
	seen(p, "unsigned modules are taken");
	return OK;
}

static enum status check_headers(struct patient *p)
{
	if (obstacle(p, no_headers))
		return FORBIDS;
	seen(p, "in /lib/modules/%s/build", text(p, "kernel_release"));
	return OK;
}

static enum status check_compiler(struct patient *p)
{
	const char *kernel = text(p, "kernel_compiler");
	const char *command = kernel && strstr(kernel, "clang") ? "clang" : "gcc";
	char theirs[32] = "", ours[32] = "", *version;

	version = version_of(p->root, command);
	if (!version || ncb_compiler_version(version, ours, sizeof(ours))) {
		seen(p, "no %s%s", command, kernel ? ", which built this kernel" : "");
		way(p, "make deps");
		if (*command == 'c')
			way(p, "install clang, and build with LLVM=1");
		free(version);
		return FORBIDS;
	}
	free(version);
	if (!kernel || ncb_compiler_version(kernel, theirs, sizeof(theirs))) {
		seen(p, "%s %s; the kernel does not say what it was built with", command, ours);
		return UNKNOWN;
	}
	if (atoi(ours) != atoi(theirs)) {
		seen(p, "%s %s here, the kernel by %s: replica and native differ in code too",
		     command, ours, theirs);
		way(p, "install %s %d", command, atoi(theirs));
		return HURTS;
	}
	seen(p, "%s %s, the kernel by %s", command, ours, theirs);
	return OK;
}

static enum status check_make(struct patient *p)
{
	if (have(p->root, "make")) {
		seen(p, "found");
		return OK;
	}
	seen(p, "missing: nothing can be built");
	way(p, "install make");
	return FORBIDS;
}

/* -- checks: how good will the figures be -- */

static enum status check_governor(struct patient *p)
{
	const char *governor = text(p, "governor"), *driver = text(p, "cpufreq_driver");

	if (!governor) {
		seen(p, "no cpufreq here");
		return UNKNOWN;
	}
	seen(p, "%s%s%s%s", governor, driver ? " (" : "", driver ? driver : "", driver ? ")" : "");
	if (!strcmp(governor, "performance"))
		return OK;
	way(p, "STEADY=1, or: echo performance | sudo tee " SYS_CPU
	    "/cpufreq/policy*/scaling_governor");
	return HURTS;
}

/* Where turbo is switched, and what turns it off; the first that exists. */
static const char *const turbo_switches[][2] = {
	{ SYS_CPU "/intel_pstate/no_turbo", "1" },
	{ SYS_CPU "/cpufreq/boost", "0" },
};

static enum status check_turbo(struct patient *p)
{
	const char *turbo = text(p, "turbo"), *off = "0";
	const char *file = SYS_CPU "/cpufreq/policy*/boost";
	size_t i;

	if (!turbo) {
		seen(p, "no switch for it here");
		return UNKNOWN;
	}
	seen(p, "%s", turbo);
	if (!strcmp(turbo, "off"))
		return OK;
	for (i = ARRAY_SIZE(turbo_switches); i-- > 0;) {
		if (ncb_root_exists(p->root, turbo_switches[i][0])) {
			file = turbo_switches[i][0];
			off = turbo_switches[i][1];
		}
	}
	way(p, "STEADY=1, or: echo %s | sudo tee %s", off, file);
	return HURTS;
}

static enum status check_smt(struct patient *p)
{
	const char *smt = text(p, "smt");

	if (!smt) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	if (strcmp(smt, "on")) {
		seen(p, "off");
		return OK;
	}
	seen(p, "on: a sibling thread shares the measuring core");
	way(p, "echo off | sudo tee " SYS_CPU "/smt/control");
	return HURTS;
}

static enum status check_isolated(struct patient *p)
{
	long long online = json_integer_value(json_object_get(p->env, "cpus_online"));
	const char *isolated = text(p, "cpus_isolated");

	if (!isolated) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	if (strcmp(isolated, "none")) {
		seen(p, "%s", isolated);
		return OK;
	}
	if (online < 2) {
		seen(p, "none, and only one CPU");
		return UNKNOWN;
	}
	seen(p, "none: other work may share the measuring CPU");
	way(p, "boot with isolcpus=%lld nohz_full=%lld rcu_nocbs=%lld", online - 1, online - 1,
	    online - 1);
	return HURTS;
}

static enum status check_load(struct patient *p)
{
	const json_t *load = json_object_get(p->env, "load_1min");

	if (!load) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	seen(p, "%.2f", json_number_value(load));
	if (json_number_value(load) < 1)
		return OK;
	way(p, "see what runs: top; measure when it is below 1");
	return HURTS;
}

static enum status check_mitigations(struct patient *p)
{
	const char *spectre = text(p, "mitigation_spectre_v2");

	if (!ncb_root_exists(p->root, SYS_CPU "/vulnerabilities/spectre_v2")) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	if (!spectre) {
		seen(p, "spectre v2: not affected");
		return OK;
	}
	seen(p, "spectre v2: %.*s", (int)strcspn(spectre, ";"), spectre);
	if (strncmp(spectre, "Vulnerable", 10))
		return OK;
	way(p, "boot without mitigations=off: indirect calls cost users more than here");
	return HURTS;
}

/*
 * What env.c's rules say about one part of the environment: the keys that begin
 * so. Joined into what is seen; false where they say nothing.
 */
static bool rules_say(struct patient *p, const char *const *prefixes, bool *grave)
{
	char reasons[16][NCB_REASON_LEN];
	json_t *part = json_object(), *value;
	size_t used = 0;
	const char *key;
	int n, i;

	json_object_foreach(p->env, key, value) {
		const char *const *prefix;

		for (prefix = prefixes; *prefix; prefix++)
			if (!strncmp(key, *prefix, strlen(*prefix)))
				json_object_set(part, key, value);
	}
	n = ncb_env_not_for_review(part, 0, reasons, ARRAY_SIZE(reasons));
	json_decref(part);
	*grave = false;
	for (i = 0; i < n && i < (int)ARRAY_SIZE(reasons) && used < sizeof(p->seen); i++) {
		const char *s = reasons[i];

		if (!strncmp(s, NCB_NOT_FOR_REVIEW, strlen(NCB_NOT_FOR_REVIEW))) {
			s += strlen(NCB_NOT_FOR_REVIEW);
			*grave = true;
		}
		used += snprintf(p->seen + used, sizeof(p->seen) - used, "%s%s", i ? "; " : "", s);
	}
	return n;
}

static enum status check_debug(struct patient *p)
{
	static const char *const part[] = { "CONFIG_", NULL };
	bool grave;

	if (!text(p, "kernel_config")) {
		seen(p, "this kernel's configuration is not to be found");
		way(p, "sudo modprobe configs, or put it into /boot/config-%s",
		    text(p, "kernel_release") ? text(p, "kernel_release") : "$(uname -r)");
		return UNKNOWN;
	}
	if (!rules_say(p, part, &grave)) {
		seen(p, "none (%s)", text(p, "kernel_config"));
		return OK;
	}
	if (!grave)
		return HURTS;
	way(p, "measure a kernel without debug options; these figures are not for review");
	return HURTS;
}

static enum status check_state(struct patient *p)
{
	static const char *const part[] = { "kernel_taint", "tracer", "tracepoint_notifier", NULL };
	bool grave;

	if (!rules_say(p, part, &grave)) {
		seen(p, "not tainted, not traced");
		if (text(p, "kernel_taint"))
			seen(p, "tainted %s, nothing that matters", text(p, "kernel_taint"));
		return OK;
	}
	if (grave)
		way(p, "switch tracing off, or reboot");
	return grave ? HURTS : OK;
}

static enum status check_clock(struct patient *p)
{
	static const char *const part[] = { "clocksource", "tsc_", NULL };
	const char *clock = text(p, "clocksource");
	bool grave;

	if (rules_say(p, part, &grave)) {
		if (clock && !strcmp(clock, "hpet"))
			way(p, "see why: dmesg | grep -i -e tsc -e clocksource");
		return HURTS;
	}
	if (!clock) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	seen(p, "%s", clock);
	return OK;
}

static enum status check_virtual(struct patient *p)
{
	const char *name = text(p, "hypervisor");

	if (!name) {
		seen(p, "cannot be seen");
		return UNKNOWN;
	}
	if (!strcmp(name, "none")) {
		seen(p, "none");
		return OK;
	}
	seen(p, "%s: times from here are not for review",
	     strcmp(name, "yes") ? name : "a hypervisor");
	way(p, "bare metal; or TARGET=qemu, which counts instructions exactly");
	return HURTS;
}

static enum status check_perf(struct patient *p)
{
	char line[32];

	if (ncb_root_line(p->root, "/proc/sys/kernel/perf_event_paranoid", line, sizeof(line))) {
		seen(p, "this kernel has no perf events");
		return UNKNOWN;
	}
	seen(p, "%s", line);
	if (atoi(line) <= 1 || has_capability(p->root, CAP_PERFMON_BIT) > 0 ||
	    has_capability(p->root, CAP_SYS_ADMIN_BIT) > 0)
		return OK;
	seen(p, "%s: the kernel's cycles cannot be counted by this user", line);
	way(p, "sudo sysctl kernel.perf_event_paranoid=1, or run as root");
	return HURTS;
}

static enum status check_pmu(struct patient *p)
{
	char line[16] = "";

	if (!ncb_events_pmu(p->root)) {
		seen(p, "no PMU: nothing but the clock can be measured");
		way(p, "bare metal; or TARGET=qemu ARCH=arm64, whose PMU counts instructions exactly");
		return HURTS;
	}
	ncb_root_line(p->root, "/proc/sys/kernel/nmi_watchdog", line, sizeof(line));
	if (line[0] != '1') {
		seen(p, "a PMU, with all of its counters free for measuring");
		return OK;
	}
	seen(p, "the NMI watchdog holds one of the PMU's counters");
	way(p, "sudo sysctl kernel.nmi_watchdog=0");
	return HURTS;
}

static enum status check_steady(struct patient *p)
{
	char *path = *p->root ? ncb_format("%s/.cache/steady-restore", p->root) :
				ncb_format("%s/.cache/steady-restore", ncb_top());
	bool there = ncb_exists(path);

	free(path);
	if (!there) {
		seen(p, "governor and turbo are as they were");
		return OK;
	}
	seen(p, "a run with STEADY=1 is under way, or was killed and left its settings");
	way(p, "the next run with STEADY=1 restores them");
	return HURTS;
}

/* -- checks: guests, and what else is needed -- */

/* The second line of what target qemu keeps of its last probe: "yes" or "no", and why. */
static enum status check_kvm(struct patient *p)
{
	char *path, *text, *answer;
	enum status status;

	if (!ncb_root_exists(p->root, "/dev/kvm")) {
		seen(p, "no /dev/kvm: guests are emulated, instructions are counted");
		return UNKNOWN;
	}
	path = ncb_format("%s/.cache/kvm-probe", *p->root ? p->root : ncb_top());
	text = ncb_read_file(path, NULL);
	answer = text ? strchr(text, '\n') : NULL;
	if (answer) {
		answer++;
		answer[strcspn(answer, "\n")] = '\0';
		status = strncmp(answer, "yes", 3) ? HURTS : OK;
		seen(p, "%s at the last probe boot:%s", status == OK ? "works" : "does not work",
		     answer + 3);
	} else {
		status = UNKNOWN;
		seen(p, "/dev/kvm is there; only a probe boot tells whether it works");
		way(p, "the first run with TARGET=qemu probes it");
	}
	if (status == HURTS)
		way(p, "none is needed: guests are emulated then, instructions are counted");
	free(text);
	free(path);
	return status;
}

static enum status check_qemu(struct patient *p)
{
	char arch[ARCH_LEN], command[96], *version;

	snprintf(command, sizeof(command), "qemu-system-%s",
		 machine_arch(p->root, arch, sizeof(arch)));
	version = version_of(p->root, command);
	if (version) {
		seen(p, "%s", version);
		free(version);
		return OK;
	}
	seen(p, "no %s: no TARGET=qemu", command);
	way_install(p, NCB_PKG_QEMU, "QEMU");
	return FORBIDS;
}

static enum status check_gnuplot(struct patient *p)
{
	char *version = version_of(p->root, "gnuplot");

	if (version) {
		seen(p, "%s", version);
		free(version);
		return OK;
	}
	/* Nothing that is measured suffers. */
	seen(p, "missing: reports come without pictures");
	way(p, "make deps");
	return UNKNOWN;
}

/* Programs that add a section to a run, and without which only that is missing. */
static enum status check_optional(struct patient *p, const char *command, const char *what)
{
	char *version = version_of(p->root, command);

	if (version) {
		seen(p, "%s", version);
		free(version);
		return OK;
	}
	seen(p, "missing: no %s", what);
	way(p, "make deps");
	return UNKNOWN;
}

static enum status check_perf_program(struct patient *p)
{
	return check_optional(p, "perf", "PERF=");
}

static enum status check_hyperfine(struct patient *p)
{
	return check_optional(p, "hyperfine", "COMMANDS=1");
}

/* A run takes a few MiB; unpacked kernels and headers for guests a good GiB. */
#define DISK_RUN_MIB	64
#define DISK_GUEST_MIB	1500

static enum status check_disk(struct patient *p)
{
	const char *dir = *p->root ? p->root : ncb_top();
	struct statvfs s;
	unsigned long long mib;

	if (statvfs(dir, &s)) {
		seen(p, "%s: %s", dir, strerror(errno));
		return UNKNOWN;
	}
	mib = (unsigned long long)s.f_bavail * s.f_frsize >> 20;
	seen(p, "%llu MiB free in the checkout", mib);
	if (mib >= DISK_GUEST_MIB)
		return OK;
	way(p, "free %d MiB for runs, %d MiB for guests; 'make distclean' empties the cache",
	    DISK_RUN_MIB, DISK_GUEST_MIB);
	return mib < DISK_RUN_MIB ? FORBIDS : HURTS;
}

/**
 * struct check - one thing looked at
 * @name: as printed
 * @look: writes what was seen and the way out into the patient
 */
struct check {
	const char *name;
	enum status (*look)(struct patient *p);
};

static const struct check checks[] = {
	{ "modules", check_modules },
	{ "root", check_root },
	{ "lockdown", check_lockdown },
	{ "Secure Boot", check_secure_boot },
	{ "signatures", check_signatures },
	{ "headers", check_headers },
	{ "compiler", check_compiler },
	{ "make", check_make },
	{ "virtual machine", check_virtual },
	{ "clock", check_clock },
	{ "governor", check_governor },
	{ "turbo", check_turbo },
	{ "SMT", check_smt },
	{ "isolated CPUs", check_isolated },
	{ "load", check_load },
	{ "mitigations", check_mitigations },
	{ "debug options", check_debug },
	{ "kernel's state", check_state },
	{ "perf events", check_perf },
	{ "PMU", check_pmu },
	{ "left behind", check_steady },
	{ "KVM", check_kvm },
	{ "QEMU", check_qemu },
	{ "gnuplot", check_gnuplot },
	{ "perf", check_perf_program },
	{ "hyperfine", check_hyperfine },
	{ "disk", check_disk },
};

/* Guests of other machines; whether there can be any says nothing of this one. */
static void print_other_machines(FILE *f, const struct ncb_target *t, struct ncb_run_options *o)
{
	char why[512], name[32];
	size_t i;

	for (i = 0; i < ncb_machine_count; i++) {
		if (ncb_machine_is_here(&ncb_machines[i]))
			continue;
		o->arch = ncb_machines[i].name;
		snprintf(name, sizeof(name), "%s ARCH=%s", t->name, o->arch);
		fprintf(f, "  %-7s  %-15s  ", t->possible(o, why, sizeof(why)) ? "no" : "yes", name);
		fprintf(f, "%s\n", why);
	}
	o->arch = NULL;
}

/* Whether any target can measure. */
static bool print_targets(FILE *f)
{
	struct ncb_run_options o = { .profile = "default", .cpu = -1 };
	bool any = false;
	size_t i;

	fputs("\ntargets\n", f);
	for (i = 0; i < ncb_target_count; i++) {
		const struct ncb_target *t = ncb_targets[i];
		char why[512] = "";
		bool can;

		o.target = t->name;
		can = !t->possible(&o, why, sizeof(why));
		/* One that is no kernel's measures nothing of it. */
		any |= can && !t->on_request;
		fprintf(f, "  %-7s  %-15s  %s\n", can ? "yes" : "no", t->name, why);
		if (t->any_arch)
			print_other_machines(f, t, &o);
	}
	return any;
}

int ncb_doctor_at(FILE *f, const char *root)
{
	struct ncb_rundata r = { .env = json_object() };
	struct patient p = { .root = root, .env = r.env };
	unsigned int count[ARRAY_SIZE(status_names)] = { 0 };
	bool any;
	size_t i;

	ncb_env_capture(&r, root);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		enum status status;

		p.seen[0] = p.way[0] = '\0';
		status = checks[i].look(&p);
		count[status]++;
		fprintf(f, "  %-7s  %-15s  %s\n", status_names[status], checks[i].name, p.seen);
		if (*p.way)
			fprintf(f, "  %-7s  %-15s  -> %s\n", "", "", p.way);
	}
	any = print_targets(f);
	fprintf(f, "\n%u ok, %u hurt, %u forbid, %u not known; %s\n", count[OK], count[HURTS],
		count[FORBIDS], count[UNKNOWN],
		any ? "this machine can measure" : "nothing can be measured here");
	json_decref(r.env);
	return any ? NCB_EXIT_OK : NCB_EXIT_CANNOT;
}

int ncb_doctor(FILE *f)
{
	return ncb_doctor_at(f, "");
}
