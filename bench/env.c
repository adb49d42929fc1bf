// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of the machine and the kernel that a run was made in, and what
 * of it speaks against the figures.
 *
 * Everything is read below a prefix, so that tests can plant machines. What
 * cannot be read is left out.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include "env.h"

#define LINE_MAX_LEN	8192	/* the longest line kept: a command line, CPU flags */
#define CONFIG_MAX	(8u << 20)	/* a kernel configuration is below 1 MiB */
#define SYS_CPU		"/sys/devices/system/cpu"

/**
 * struct capture - one capture under way
 * @env: filled
 * @root: prefix of all paths
 * @cpuinfo: /proc/cpuinfo, or NULL
 * @cpu: the measuring CPU, or -1
 * @release: kernel release, "" where not known
 */
struct capture {
	json_t *env;
	const char *root;
	char *cpuinfo;
	int cpu;
	char release[128];
};

/* -- small readers -- */

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

int ncb_root_line(const char *root, const char *path, char *buffer, size_t size)
{
	char *full = ncb_format("%s%s", root, path);
	char *text, *line;
	int err = 0;

	errno = 0;
	text = ncb_read_file(full, NULL);
	free(full);
	if (!text)
		return errno ? -errno : -EIO;
	text[strcspn(text, "\n")] = '\0';
	line = trim(text);
	if (!*line)
		err = -ENODATA;
	snprintf(buffer, size, "%s", line);
	free(text);
	return err;
}

bool ncb_root_exists(const char *root, const char *path)
{
	char *full = ncb_format("%s%s", root, path);
	bool there = ncb_exists(full);

	free(full);
	return there;
}

int ncb_cpu_list_count(const char *list)
{
	long count = 0;

	while (*list) {
		char *end;
		long first, last;

		if (!isdigit((unsigned char)*list))
			return -EINVAL;
		errno = 0;
		first = last = strtol(list, &end, 10);
		if (*end == '-') {
			list = end + 1;
			if (!isdigit((unsigned char)*list))
				return -EINVAL;
			last = strtol(list, &end, 10);
		}
		if (errno || last < first || last > 1 << 20)
			return -EINVAL;
		count += last - first + 1;
		list = end;
		if (*list == ',')
			list++;
		else if (*list)
			return -EINVAL;
	}
	return count > INT32_MAX ? -EINVAL : (int)count;
}

int ncb_compiler_version(const char *compiler, char *version, size_t size)
{
	int depth = 0;
	const char *p;

	for (p = compiler; *p; p++) {
		bool starts = p == compiler || p[-1] == ' ';
		size_t n;

		depth += (*p == '(') - (*p == ')');
		if (depth || !starts || !isdigit((unsigned char)*p))
			continue;
		n = strspn(p, "0123456789.");
		if (!memchr(p, '.', n))
			continue;
		snprintf(version, size, "%.*s", (int)n, p);
		return 0;
	}
	return -EINVAL;
}

/* -- writing keys -- */

static void put(struct capture *c, const char *key, const char *value)
{
	json_t *s;

	if (!value || !*value)
		return;
	s = json_string(value);
	if (!s) {	/* not UTF-8: a damaged file, or a firmware's string */
		char *plain = ncb_copy(value), *p;

		for (p = plain; *p; p++)
			if ((unsigned char)*p >= 0x80)
				*p = '?';
		s = json_string(plain);
		free(plain);
	}
	json_object_set_new(c->env, key, s);
}

static void put_number(struct capture *c, const char *key, long long value)
{
	json_object_set_new(c->env, key, json_integer(value));
}

static int get_line(struct capture *c, const char *path, char *buffer, size_t size)
{
	return ncb_root_line(c->root, path, buffer, size);
}

static void put_line(struct capture *c, const char *key, const char *path)
{
	char line[LINE_MAX_LEN];

	if (!get_line(c, path, line, sizeof(line)))
		put(c, key, line);
}

static bool whole_number(const char *s, long long *value)
{
	char *end;

	errno = 0;
	*value = strtoll(s, &end, 10);
	return end != s && !*end && !errno;
}

static void put_number_line(struct capture *c, const char *key, const char *path)
{
	char line[64];
	long long value;

	if (!get_line(c, path, line, sizeof(line)) && whole_number(line, &value))
		put_number(c, key, value);
}

static void put_yes_no(struct capture *c, const char *key, bool yes)
{
	put(c, key, yes ? "yes" : "no");
}

static const char *env_text(const json_t *env, const char *key)
{
	return json_string_value(json_object_get(env, key));
}

/* -- /proc/cpuinfo -- */

/*
 * Value of a field in the block of the measuring CPU (of the first CPU where
 * that is not known), into a buffer; false where there is none.
 */
static bool cpuinfo_field(struct capture *c, const char *name, char *buffer, size_t size)
{
	const char *line = c->cpuinfo;
	size_t length = strlen(name);
	int current = -1, wanted = c->cpu;

	for (; line && *line; line = strchr(line, '\n'), line += !!line) {
		size_t n = strcspn(line, "\n");
		const char *colon = memchr(line, ':', n);
		size_t key;

		if (!colon)
			continue;
		for (key = colon - line; key && isspace((unsigned char)line[key - 1]); key--)
			;
		if (key == 9 && !memcmp(line, "processor", 9)) {
			current = atoi(colon + 1);
			if (wanted < 0)
				wanted = current;
		}
		if (current != wanted || key != length || memcmp(line, name, length))
			continue;
		snprintf(buffer, size, "%.*s", (int)(n - (colon + 1 - line)), colon + 1);
		memmove(buffer, trim(buffer), strlen(trim(buffer)) + 1);
		return *buffer;
	}
	return false;
}

static void put_cpuinfo(struct capture *c, const char *key, const char *name)
{
	char value[LINE_MAX_LEN];

	if (cpuinfo_field(c, name, value, sizeof(value)))
		put(c, key, value);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = text; (p = strstr(p, word)); p += n)
		if ((p == text || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* arm64 prints numbers only. Those of cores that people measure on. */
static const struct {
	unsigned long implementer;
	const char *name;
} arm_implementers[] = {
	{ 0x41, "ARM" }, { 0x42, "Broadcom" }, { 0x43, "Cavium" }, { 0x46, "Fujitsu" },
	{ 0x48, "HiSilicon" }, { 0x4e, "NVIDIA" }, { 0x50, "APM" }, { 0x51, "Qualcomm" },
	{ 0x61, "Apple" }, { 0x6d, "Microsoft" }, { 0xc0, "Ampere" },
};

static const struct {
	unsigned long implementer, part;
	const char *name;
} arm_parts[] = {
	{ 0x41, 0xd03, "Cortex-A53" }, { 0x41, 0xd04, "Cortex-A35" },
	{ 0x41, 0xd05, "Cortex-A55" }, { 0x41, 0xd07, "Cortex-A57" },
	{ 0x41, 0xd08, "Cortex-A72" }, { 0x41, 0xd09, "Cortex-A73" },
	{ 0x41, 0xd0a, "Cortex-A75" }, { 0x41, 0xd0b, "Cortex-A76" },
	{ 0x41, 0xd0c, "Neoverse-N1" }, { 0x41, 0xd0d, "Cortex-A77" },
	{ 0x41, 0xd40, "Neoverse-V1" }, { 0x41, 0xd41, "Cortex-A78" },
	{ 0x41, 0xd44, "Cortex-X1" }, { 0x41, 0xd46, "Cortex-A510" },
	{ 0x41, 0xd47, "Cortex-A710" }, { 0x41, 0xd48, "Cortex-X2" },
	{ 0x41, 0xd49, "Neoverse-N2" }, { 0x41, 0xd4f, "Neoverse-V2" },
	{ 0x43, 0x0a1, "ThunderX" }, { 0x43, 0x0af, "ThunderX2" },
	{ 0x46, 0x001, "A64FX" }, { 0x48, 0xd01, "TaiShan-v110" },
	{ 0xc0, 0xac3, "Ampere-1" }, { 0xc0, 0xac4, "Ampere-1a" },
};

static void capture_arm_cpu(struct capture *c)
{
	char implementer[32], part[32], variant[32], revision[32];
	unsigned long maker;
	size_t i;

	if (!cpuinfo_field(c, "CPU implementer", implementer, sizeof(implementer)))
		return;
	maker = strtoul(implementer, NULL, 16);
	put(c, "cpu_vendor", implementer);
	for (i = 0; i < ARRAY_SIZE(arm_implementers); i++)
		if (arm_implementers[i].implementer == maker)
			put(c, "cpu_vendor", arm_implementers[i].name);
	put_cpuinfo(c, "cpu_family", "CPU architecture");
	if (cpuinfo_field(c, "CPU part", part, sizeof(part))) {
		put(c, "cpu_model_number", part);
		for (i = 0; i < ARRAY_SIZE(arm_parts); i++)
			if (arm_parts[i].implementer == maker &&
			    arm_parts[i].part == strtoul(part, NULL, 16))
				put(c, "cpu_model", arm_parts[i].name);
	}
	if (cpuinfo_field(c, "CPU variant", variant, sizeof(variant)) &&
	    cpuinfo_field(c, "CPU revision", revision, sizeof(revision))) {
		char stepping[64];

		snprintf(stepping, sizeof(stepping), "r%lup%lu", strtoul(variant, NULL, 16),
			 strtoul(revision, NULL, 10));
		put(c, "cpu_stepping", stepping);
	}
}

static void capture_cpu(struct capture *c)
{
	char flags[LINE_MAX_LEN], list[LINE_MAX_LEN];
	const char *p;
	int n;

	capture_arm_cpu(c);
	put_cpuinfo(c, "cpu_vendor", "vendor_id");
	put_cpuinfo(c, "cpu_family", "cpu family");
	put_cpuinfo(c, "cpu_model_number", "model");
	put_cpuinfo(c, "cpu_stepping", "stepping");
	put_cpuinfo(c, "cpu_microcode", "microcode");
	put_cpuinfo(c, "cpu_model", "uarch");		/* riscv */
	put_cpuinfo(c, "cpu_model", "cpu");		/* powerpc */
	put_cpuinfo(c, "cpu_model", "model name");

	/* UML repeats some of the host's flags, and reads no TSC of its own as a clock. */
	p = env_text(c->env, "cpu_vendor");
	if (cpuinfo_field(c, "flags", flags, sizeof(flags)) &&
	    p && strcmp(p, "User Mode Linux")) {
		put_yes_no(c, "tsc_constant", has_word(flags, "constant_tsc"));
		put_yes_no(c, "tsc_nonstop", has_word(flags, "nonstop_tsc"));
	}

	if (!get_line(c, SYS_CPU "/online", list, sizeof(list))) {
		n = ncb_cpu_list_count(list);
	} else {
		for (n = 0, p = c->cpuinfo; p; p = strchr(p, '\n'), p += !!p)
			n += !strncmp(p, "processor", 9);
	}
	if (n > 0)
		put_number(c, "cpus_online", n);
}

/* A list of CPUs that is empty (or "(null)", as older kernels print it) where there are none. */
static void put_cpu_list(struct capture *c, const char *key, const char *path)
{
	char list[LINE_MAX_LEN];
	int err = get_line(c, path, list, sizeof(list));

	if (err == -ENODATA || (!err && !strcmp(list, "(null)")))
		put(c, key, "none");
	else if (!err)
		put(c, key, list);
}

static void capture_smt(struct capture *c)
{
	char line[64];

	put_line(c, "smt_control", SYS_CPU "/smt/control");
	if (!get_line(c, SYS_CPU "/smt/active", line, sizeof(line)))
		put(c, "smt", strcmp(line, "0") ? "on" : "off");
	put_cpu_list(c, "cpus_isolated", SYS_CPU "/isolated");
	put_cpu_list(c, "cpus_nohz_full", SYS_CPU "/nohz_full");
}

static void capture_mitigations(struct capture *c)
{
	char *pattern = ncb_format("%s" SYS_CPU "/vulnerabilities/*", c->root);
	glob_t found;
	size_t i;

	if (!glob(pattern, 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++) {
			const char *path = found.gl_pathv[i] + strlen(c->root);
			char *key = ncb_format("mitigation_%s", strrchr(path, '/') + 1);
			char line[1024];

			if (!get_line(c, path, line, sizeof(line)) &&
			    strcmp(line, "Not affected"))
				put(c, key, line);
			free(key);
		}
		globfree(&found);
	}
	free(pattern);
}

/* -- frequency -- */

/*
 * One attribute of cpufreq: of the measuring CPU; else of all policies, "a" where
 * they agree, "a (2 policies), b (6 policies)" where they do not.
 */
static void put_policies(struct capture *c, const char *key, const char *attribute)
{
	struct { char value[64]; unsigned int count; } seen[8] = { 0 };
	unsigned int kinds = 0, k;
	char text[512];
	size_t used = 0, i;
	char *pattern;
	glob_t found;

	if (c->cpu >= 0) {
		char *path = ncb_format(SYS_CPU "/cpu%d/cpufreq/%s", c->cpu, attribute);

		put_line(c, key, path);
		free(path);
		return;
	}
	pattern = ncb_format("%s" SYS_CPU "/cpufreq/policy*/%s", c->root, attribute);
	if (glob(pattern, 0, NULL, &found)) {
		free(pattern);
		return;
	}
	for (i = 0; i < found.gl_pathc; i++) {
		char line[64];

		if (ncb_root_line("", found.gl_pathv[i], line, sizeof(line)))
			continue;
		for (k = 0; k < kinds && strcmp(seen[k].value, line); k++)
			;
		if (k == ARRAY_SIZE(seen))
			continue;
		if (k == kinds)
			snprintf(seen[kinds++].value, sizeof(seen[0].value), "%s", line);
		seen[k].count++;
	}
	globfree(&found);
	free(pattern);
	if (kinds == 1) {
		put(c, key, seen[0].value);
		return;
	}
	text[0] = '\0';
	for (k = 0; k < kinds && used < sizeof(text); k++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s (%u %s)",
				 k ? ", " : "", seen[k].value, seen[k].count,
				 seen[k].count == 1 ? "policy" : "policies");
	put(c, key, text);
}

static void capture_frequency(struct capture *c)
{
	char line[64];

	put_policies(c, "governor", "scaling_governor");
	put_policies(c, "cpufreq_driver", "scaling_driver");
	put_policies(c, "energy_preference", "energy_performance_preference");

	if (!get_line(c, SYS_CPU "/intel_pstate/no_turbo", line, sizeof(line))) {
		put(c, "turbo", strcmp(line, "0") ? "off" : "on");
	} else if (!get_line(c, SYS_CPU "/cpufreq/boost", line, sizeof(line))) {
		put(c, "turbo", strcmp(line, "0") ? "on" : "off");
	} else {
		const char *boost;

		put_policies(c, "turbo", "boost");
		boost = env_text(c->env, "turbo");
		if (boost && !strcmp(boost, "0"))
			put(c, "turbo", "off");
		else if (boost && !strcmp(boost, "1"))
			put(c, "turbo", "on");
	}
}

/* -- virtual machines -- */

#if defined(__x86_64__) || defined(__i386__)
static const struct { const char *signature, *name; } hypervisor_leaves[] = {
	{ "KVMKVMKVM", "KVM" },
	{ "TCGTCGTCGTCG", "QEMU TCG" },
	{ "VMwareVMware", "VMware" },
	{ "XenVMMXenVMM", "Xen" },
	{ "bhyve bhyve ", "bhyve" },
	{ "VBoxVBoxVBox", "VirtualBox" },
	{ "prl hyperv  ", "Parallels" },
	{ "ACRNACRNACRN", "ACRN" },
	{ "Jailhouse", "Jailhouse" },
	{ "Microsoft Hv", "Hyper-V" },	/* last: others show it for Windows' sake */
};

/* The signature in leaf 0x40000000; KVM behind a Hyper-V face has it 0x100 further. */
static const char *hypervisor_by_cpuid(void)
{
	const char *name = NULL;
	unsigned int base, eax;
	size_t i, best = ARRAY_SIZE(hypervisor_leaves);

	for (base = 0x40000000; base <= 0x40000100; base += 0x100) {
		union { unsigned int reg[3]; char text[13]; } s = { .text = "" };

		__cpuid(base, eax, s.reg[0], s.reg[1], s.reg[2]);
		s.text[12] = '\0';
		for (i = 0; i < best; i++)
			if (!strcmp(s.text, hypervisor_leaves[i].signature)) {
				best = i;
				name = hypervisor_leaves[i].name;
			}
	}
	return name;
}
#else
static const char *hypervisor_by_cpuid(void)
{
	return NULL;
}
#endif

/* DMI maker and product, as shell patterns, of machines that are none. */
static const struct { const char *vendor, *product, *name; } virtual_machines[] = {
	{ "QEMU*", "*", "QEMU" },
	{ "*", "KVM*", "KVM" },
	{ "innotek GmbH", "*", "VirtualBox" },
	{ "VMware*", "*", "VMware" },
	{ "Xen", "*", "Xen" },
	{ "Microsoft Corporation", "Virtual Machine", "Hyper-V" },
	{ "Parallels*", "*", "Parallels" },
	{ "OpenStack*", "*", "OpenStack" },
	{ "Google", "Google Compute Engine", "Google Compute Engine" },
	{ "Apple Inc.", "Apple Virtualization*", "Apple Virtualization" },
	{ "*", "Bochs", "Bochs" },
};

static const char *hypervisor_by_dmi(const char *vendor, const char *product)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(virtual_machines); i++)
		if (!fnmatch(virtual_machines[i].vendor, vendor, 0) &&
		    !fnmatch(virtual_machines[i].product, product, 0))
			return virtual_machines[i].name;
	/* The metal instances of this maker carry its name too. */
	if (!strcmp(vendor, "Amazon EC2") && fnmatch("*.metal*", product, 0))
		return "Amazon EC2";
	return NULL;
}

static void capture_machine(struct capture *c)
{
	char vendor[128] = "", product[128] = "", line[256], flags[LINE_MAX_LEN];
	const char *cpu = env_text(c->env, "cpu_vendor"), *name;

	if (cpu && !strcmp(cpu, "User Mode Linux")) {
		/* Whatever DMI says, below /sys or not, is not this kernel's. */
		put(c, "hypervisor", cpu);
		return;
	}

	get_line(c, "/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor));
	get_line(c, "/sys/class/dmi/id/product_name", product, sizeof(product));
	if (*vendor || *product) {
		snprintf(line, sizeof(line), "%s%s%.100s", vendor,
			 *vendor && *product ? " " : "", product);
		put(c, "machine", line);
	} else {
		put_line(c, "machine", "/proc/device-tree/model");
	}

	name = *vendor || *product ? hypervisor_by_dmi(vendor, product) : NULL;
	if (!name && !get_line(c, "/proc/device-tree/hypervisor/compatible", line, sizeof(line)))
		name = line;
	if (!name && !get_line(c, "/proc/device-tree/compatible", line, sizeof(line)) &&
	    !strcmp(line, "linux,dummy-virt"))
		name = "QEMU";

	/* x86: the flag decides, and the processor itself knows the name best. */
	if (cpuinfo_field(c, "flags", flags, sizeof(flags))) {
		if (has_word(flags, "hypervisor")) {
			const char *better = *c->root ? NULL : hypervisor_by_cpuid();

			if (better)
				name = better;
			else if (!name && !get_line(c, "/sys/hypervisor/type", line, sizeof(line)))
				name = line;
			if (!name)
				name = "yes";
		} else if (!name) {
			name = "none";
		}
	}
	put(c, "hypervisor", name);
}

/* -- the kernel's configuration -- */

/* Options that matter, without CONFIG_; a star at the end: all that begin so. */
static const char *const config_wanted[] = {
	"CALL_THUNKS", "CC_OPTIMIZE_FOR_PERFORMANCE", "CC_OPTIMIZE_FOR_SIZE", "CC_VERSION_TEXT",
	"CFI", "CFI_CLANG", "DEBUG_ATOMIC_SLEEP", "DEBUG_KMEMLEAK", "DEBUG_LIST",
	"DEBUG_LOCK_ALLOC", "DEBUG_NOTIFIERS", "DEBUG_PREEMPT", "DEBUG_RWSEMS", "DEBUG_VM",
	"DYNAMIC_FTRACE", "FINEIBT", "FTRACE", "FUNCTION_TRACER", "GCOV_KERNEL",
	"GCOV_PROFILE_ALL", "HZ", "JUMP_LABEL", "KASAN*", "KCOV", "KCSAN", "KMSAN",
	"LIST_HARDENED", "LIVEPATCH", "LOCKDEP", "LOCK_STAT", "LTO*", "MITIGATION_*", "MODULES",
	"MODULE_SIG", "MODULE_SIG_FORCE", "MODVERSIONS", "NO_HZ_FULL", "PARAVIRT", "PREEMPT*",
	"PROVE_LOCKING", "PROVE_RCU", "RANDSTRUCT*", "RETHUNK", "RETPOLINE", "SLS",
	"SLUB_DEBUG_ON", "SMP", "STACKPROTECTOR*", "TRACEPOINTS", "UBSAN*", "UML",
	"X86_KERNEL_IBT",
};

static bool config_is_wanted(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(config_wanted); i++) {
		const char *w = config_wanted[i];
		size_t n = strcspn(w, "*");

		if (length < n || memcmp(name, w, n))
			continue;
		if (w[n] == '*' || length == n)
			return true;
	}
	return false;
}

/* The text of a configuration, packed or not; NULL where it cannot be read whole. */
static char *config_text(const char *path)
{
	char *text = NULL;
	size_t used = 0, room = 0;
	gzFile f = gzopen(path, "rb");
	int n;

	if (!f)
		return NULL;
	do {
		if (room - used < 65536) {
			room = room ? 2 * room : 1 << 18;
			text = ncb_grow(text, room, 1);
		}
		n = gzread(f, text + used, (unsigned int)(room - used - 1));
		used += n > 0 ? n : 0;
	} while (n > 0 && used < CONFIG_MAX);
	/* Closing says whether the end was missing. */
	if (gzclose(f) != Z_OK || n) {
		free(text);
		return NULL;
	}
	text[used] = '\0';
	if (strlen(text) == used && strstr(text, "CONFIG_"))
		return text;
	free(text);
	return NULL;
}

static void capture_config_line(struct capture *c, char *line)
{
	char *name, *value, *key;
	size_t length;

	if (!strncmp(line, "# CONFIG_", 9) && strstr(line, " is not set")) {
		name = line + 9;
		length = strcspn(name, " ");
		value = "n";
	} else if (!strncmp(line, "CONFIG_", 7) && strchr(line, '=')) {
		name = line + 7;
		length = strcspn(name, "=");
		value = trim(name + length + 1);
		if (*value == '"') {
			size_t n = strlen(++value);

			if (n && value[n - 1] == '"')
				value[n - 1] = '\0';
		}
	} else {
		return;
	}
	if (!config_is_wanted(name, length))
		return;
	key = ncb_format("CONFIG_%.*s", (int)length, name);
	put(c, key, value);
	free(key);
}

/* Where a kernel's configuration is kept; %s: its release. The first that is whole counts. */
static const char *const config_places[] = {
	"/proc/config.gz",
	"/lib/modules/%s/build/.config",
	"/lib/modules/%s/config",
	"/boot/config-%s",
	"/usr/lib/modules/%s/config",
};

static void capture_config(struct capture *c)
{
	char place[512], *text = NULL, *line, *save;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(config_places) && !text; i++) {
		const char *release = strstr(config_places[i], "%s");
		char *path;

		if (release && !*c->release)
			continue;
		if (release)
			snprintf(place, sizeof(place), "%.*s%s%s",
				 (int)(release - config_places[i]), config_places[i], c->release,
				 release + 2);
		else
			snprintf(place, sizeof(place), "%s", config_places[i]);
		path = ncb_format("%s%s", c->root, place);
		if (ncb_exists(path))
			text = config_text(path);
		free(path);
	}
	if (!text)
		return;
	put(c, "kernel_config", place);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		capture_config_line(c, line);
	free(text);
}

/* -- the kernel -- */

/* Letter for each bit of the taint, from bit 0; a space where the bit has none. */
static const char taint_letters[] = "PFSRMBUDAWCIOELKXTNJ";

static void capture_taint(struct capture *c)
{
	char line[64], letters[sizeof(taint_letters)];
	unsigned int bit, n = 0;
	long long taint;

	if (get_line(c, "/proc/sys/kernel/tainted", line, sizeof(line)) ||
	    !whole_number(line, &taint))
		return;
	put_number(c, "kernel_tainted", taint);
	for (bit = 0; taint_letters[bit]; bit++)
		if (taint >> bit & 1)
			letters[n++] = taint_letters[bit];
	letters[n] = '\0';
	put(c, "kernel_taint", letters);
}

/*
 * "Linux version R (who@where) (gcc (Debian 12.2.0-14) 12.2.0, GNU ld (...) 2.40) #1 ..."
 * The second outermost bracket holds compiler and linker; before 5.8 only the compiler.
 */
static void capture_compiler(struct capture *c)
{
	char line[LINE_MAX_LEN], *p, *from = NULL, *comma = NULL;
	int depth = 0, groups = 0;

	if (get_line(c, "/proc/version", line, sizeof(line)))
		return;
	for (p = line; *p; p++) {
		if (*p == '(' && !depth++ && ++groups == 2)
			from = p + 1;
		if (from && depth == 1 && *p == ',' && !comma)
			comma = p;
		if (*p == ')' && depth && !--depth && from)
			break;
	}
	if (!from || *p != ')')
		return;
	*p = '\0';
	if (comma) {
		*comma = '\0';
		put(c, "kernel_linker", trim(comma + 1));
	}
	put(c, "kernel_compiler", trim(from));
}

static void capture_kernel(struct capture *c)
{
	struct utsname u = { .release = "" };
	bool real = !*c->root && !uname(&u);

	if (get_line(c, "/proc/sys/kernel/osrelease", c->release, sizeof(c->release)))
		snprintf(c->release, sizeof(c->release), "%s", real ? u.release : "");
	put(c, "kernel_release", c->release);
	put_line(c, "kernel_version", "/proc/sys/kernel/version");
	put_line(c, "arch", "/proc/sys/kernel/arch");		/* since 6.1 */
	if (real) {
		put(c, "kernel_version", u.version);
		put(c, "arch", u.machine);
	}
	put_line(c, "kernel_command_line", "/proc/cmdline");
	capture_compiler(c);
	capture_taint(c);
	put_number_line(c, "kernel_modules_disabled", "/proc/sys/kernel/modules_disabled");
	put_line(c, "boot_id", "/proc/sys/kernel/random/boot_id");
	put_line(c, "clocksource",
		 "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	put_line(c, "clocksources",
		 "/sys/devices/system/clocksource/clocksource0/available_clocksource");
}

static void capture_tracing(struct capture *c)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		char *tracer = ncb_format("%s/current_tracer", places[i]);
		char *enable = ncb_format("%s/events/notifier/notifier_run/enable", places[i]);
		bool there = ncb_root_exists(c->root, tracer);

		put_line(c, "tracer", tracer);
		put_number_line(c, "tracepoint_notifier", enable);
		free(tracer);
		free(enable);
		if (there)
			break;
	}
}

/* -- who has the measuring CPU -- */

struct ncb_cpu_time ncb_env_cpu_time(const char *root, int cpu)
{
	enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };
	struct ncb_cpu_time out = { .wall = ncb_now() };
	char *path = ncb_format("%s/proc/stat", root), *name = ncb_format("\ncpu%d ", cpu);
	char *text = ncb_read_file(path, NULL), *p = text ? strstr(text, name) : NULL, *end;
	double ticks[FIELDS], hz = sysconf(_SC_CLK_TCK);
	struct rusage usage;
	int i;

	if (p)
		p += strlen(name);
	for (i = 0; p && i < FIELDS; i++, p = end) {
		ticks[i] = strtod(p, &end) / hz;
		if (end == p)
			break;
	}
	if (p && i == FIELDS && !getrusage(RUSAGE_SELF, &usage)) {
		out.busy = ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] + ticks[SOFTIRQ];
		out.steal = ticks[STEAL];
		out.own = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
			  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
		out.known = true;
	}
	free(text);
	free(name);
	free(path);
	return out;
}

/* Both clocks tick in hundredths of a second, so a little below 0 is 0. */
static void note_percent(struct ncb_rundata *r, const char *key, double seconds, double wall)
{
	json_object_set_new(r->env, key, json_real(fmax(0, round(1e4 * seconds / wall) / 100)));
}

void ncb_env_note_cpu_time(struct ncb_rundata *r, const struct ncb_cpu_time *before,
			   const struct ncb_cpu_time *after)
{
	double wall = after->wall - before->wall;

	if (!before->known || !after->known || !(wall > 0))
		return;
	note_percent(r, "cpu_steal_percent", after->steal - before->steal, wall);
	note_percent(r, "cpu_other_percent",
		     after->busy - before->busy - (after->own - before->own), wall);
}

/**
 * ncb_env_interrupts - interrupts of all kinds that a CPU has had
 * @root: "" or a folder with a /proc
 * @cpu: its number
 * @sum: gets them
 *
 * Source: /proc/interrupts; lines that are not per CPU (ERR, MIS) do not count.
 *
 * Return: whether they are known.
 */
bool ncb_env_interrupts(const char *root, int cpu, uint64_t *sum)
{
	char *path = ncb_format("%s/proc/interrupts", root), *text = ncb_read_file(path, NULL);
	char *line, *save = NULL, *p, *end;
	int column = -1, columns = 0, i;
	uint64_t n, here;

	*sum = 0;
	free(path);
	line = text ? strtok_r(text, "\n", &save) : NULL;
	for (p = line; p && (p = strstr(p, "CPU")); p += 3, columns++)
		if (strtol(p + 3, NULL, 10) == cpu)
			column = columns;
	while (column >= 0 && (line = strtok_r(NULL, "\n", &save))) {
		p = strchr(line, ':');
		here = 0;
		for (i = 0; p && i < columns; i++, p = end) {
			p += !i;
			n = strtoull(p, &end, 10);
			if (end == p)
				break;
			here = i == column ? n : here;
		}
		if (i == columns)
			*sum += here;
	}
	free(text);
	return column >= 0;
}

/* -- load, memory, distribution -- */

static void capture_system(struct capture *c)
{
	static const char *const releases[] = { "/etc/os-release", "/usr/lib/os-release" };
	static const char *const loads[] = { "load_1min", "load_5min", "load_15min" };
	char line[256], *p, *end, *text, *path;
	size_t i;

	if (!get_line(c, "/proc/loadavg", line, sizeof(line))) {
		for (i = 0, p = line; i < ARRAY_SIZE(loads); i++, p = end) {
			double load = strtod(p, &end);

			if (end == p)
				break;
			json_object_set_new(c->env, loads[i], json_real(load));
		}
	}

	path = ncb_format("%s/proc/meminfo", c->root);
	text = ncb_read_file(path, NULL);
	p = text ? strstr(text, "MemTotal:") : NULL;
	if (p && strtoll(p + 9, NULL, 10) > 0)
		put_number(c, "memory_kib", strtoll(p + 9, NULL, 10));
	free(text);
	free(path);

	for (i = 0, text = NULL; i < ARRAY_SIZE(releases) && !text; i++) {
		path = ncb_format("%s%s", c->root, releases[i]);
		text = ncb_read_file(path, NULL);
		free(path);
	}
	for (p = text ? strtok_r(text, "\n", &end) : NULL; p; p = strtok_r(NULL, "\n", &end)) {
		if (strncmp(p, "PRETTY_NAME=", 12))
			continue;
		p = trim(p + 12);
		if (*p == '"' || *p == '\'') {
			size_t n = strlen(++p);

			if (n && p[n - 1] == p[-1])
				p[n - 1] = '\0';
		}
		put(c, "distribution", p);
		break;
	}
	free(text);
}

void ncb_env_capture(struct ncb_rundata *r, const char *root)
{
	struct capture c = { .root = root, .cpu = -1 };
	char *path = ncb_format("%s/proc/cpuinfo", root);
	const json_t *cpu;

	if (!r->env)
		r->env = json_object();
	c.env = r->env;
	c.cpuinfo = ncb_read_file(path, NULL);
	free(path);

	cpu = json_object_get(c.env, "measuring_cpu");
	if (json_is_integer(cpu))
		c.cpu = (int)json_integer_value(cpu);
	else if (json_is_string(cpu) && isdigit((unsigned char)*json_string_value(cpu)))
		c.cpu = atoi(json_string_value(cpu));
#ifdef NCB_MODULE_COMPILER
	if (!json_object_get(c.env, "module_compiler"))
		put(&c, "module_compiler", NCB_MODULE_COMPILER);
#endif

	capture_kernel(&c);
	capture_config(&c);
	capture_cpu(&c);
	capture_smt(&c);
	capture_mitigations(&c);
	capture_frequency(&c);
	capture_machine(&c);
	capture_system(&c);
	capture_tracing(&c);
	free(c.cpuinfo);
}

/* -- what speaks against the figures -- */

/**
 * struct rule - one thing that has to be said beside figures
 * @key: of the environment, or NULL
 * @holds: whether its value is such; called only where the key is there
 * @word: for @holds
 * @feature: NCB_FEAT_* that says the same as the key does, or 0
 * @grave: figures are not for review
 * @suffer: the metrics that do
 * @sentence: without a full stop; %s, at most once: the value
 */
struct rule {
	const char *key;
	bool (*holds)(const json_t *value, const char *word);
	const char *word;
	uint32_t feature;
	bool grave;
	unsigned int suffer;
	const char *sentence;
};

/* Sets of metrics. No clock is read for cycles, and nothing slows an instruction count down. */
#define ALL	(1u << NCB_INSN | 1u << NCB_CYCLES | 1u << NCB_NS)
#define TIMES	(1u << NCB_CYCLES | 1u << NCB_NS)
#define CYCLES	(1u << NCB_CYCLES)
#define CLOCK	(1u << NCB_NS)

static bool is(const json_t *value, const char *word)
{
	return json_is_string(value) && !strcmp(json_string_value(value), word);
}

static bool is_not(const json_t *value, const char *word)
{
	return json_is_string(value) && strcmp(json_string_value(value), word);
}

static bool contains(const json_t *value, const char *word)
{
	return json_is_string(value) && strstr(json_string_value(value), word);
}

static bool begins(const json_t *value, const char *word)
{
	return json_is_string(value) && !strncmp(json_string_value(value), word, strlen(word));
}

/* One of the words between bars, "|hpet|acpi_pm|". */
static bool is_one_of(const json_t *value, const char *words)
{
	char *word;
	bool found;

	if (!json_is_string(value))
		return false;
	word = ncb_format("|%s|", json_string_value(value));
	found = strstr(words, word);
	free(word);
	return found;
}

static bool is_other_than_those(const json_t *value, const char *words)
{
	return json_is_string(value) && !is_one_of(value, words);
}

/* A number at or above the one given. */
static bool at_least(const json_t *value, const char *word)
{
	return json_is_number(value) && json_number_value(value) >= strtod(word, NULL);
}

#define DEBUG_OPTION(option, bit, sentence) \
	{ "CONFIG_" option, is, "y", bit, true, ALL, sentence }
#define KERNEL_OPTION(option, sentence) \
	{ "CONFIG_" option, is, "y", 0, false, ALL, sentence }

static const struct rule rules[] = {
	{ "target", is, "user", 0, true, ALL,
	  "engines compiled into a process: locks and RCU are stubs" },
	DEBUG_OPTION("KASAN", NCB_FEAT_KASAN, "KASAN is on"),
	DEBUG_OPTION("KCSAN", 0, "KCSAN is on"),
	DEBUG_OPTION("KMSAN", 0, "KMSAN is on"),
	DEBUG_OPTION("KCOV", 0, "KCOV is on"),
	DEBUG_OPTION("GCOV_PROFILE_ALL", 0, "the whole kernel is built with gcov"),
	DEBUG_OPTION("LOCKDEP", NCB_FEAT_LOCKDEP, "lockdep (PROVE_LOCKING) is on"),
	DEBUG_OPTION("DEBUG_LOCK_ALLOC", 0, "DEBUG_LOCK_ALLOC is on"),
	DEBUG_OPTION("LOCK_STAT", 0, "LOCK_STAT is on"),
	DEBUG_OPTION("DEBUG_RWSEMS", 0, "DEBUG_RWSEMS is on"),
	DEBUG_OPTION("DEBUG_ATOMIC_SLEEP", 0, "DEBUG_ATOMIC_SLEEP is on"),
	DEBUG_OPTION("DEBUG_NOTIFIERS", NCB_FEAT_DEBUG_NOTIFIERS,
		     "DEBUG_NOTIFIERS is on; only native pays for it"),
	{ "tracer", is_not, "nop", 0, true, ALL, "ftrace runs the tracer '%.20s'" },
	{ "tracepoint_notifier", at_least, "1", 0, true, ALL,
	  "the notifier_run tracepoint is enabled" },
	{ "kernel_taint", contains, "D", 0, true, ALL, "this kernel has oopsed" },
	{ "kernel_taint", contains, "M", 0, true, ALL, "this kernel saw a machine check" },
	{ "kernel_taint", contains, "B", 0, true, ALL, "this kernel found a bad page" },
	{ "kernel_taint", contains, "L", 0, true, ALL, "this kernel has locked up" },
	{ "hypervisor", is_other_than_those, "|none|User Mode Linux|", 0, true, CLOCK,
	  "time in a virtual machine (%.30s)" },
	{ "hypervisor", is_other_than_those, "|none|User Mode Linux|", 0, true, CYCLES,
	  "cycles in a virtual machine (%.30s)" },
	{ "hypervisor", is, "User Mode Linux", 0, true, CLOCK,
	  "time in User Mode Linux, a process" },
	{ "hypervisor", is, "User Mode Linux", 0, true, CYCLES,
	  "cycles in User Mode Linux, a process" },
	{ "clocksource", is_one_of, "|hpet|acpi_pm|pit|jiffies|refined-jiffies|", 0, true, CLOCK,
	  "unstable clock: the kernel fell back to %.20s" },
	{ "tsc_constant", is, "no", 0, true, CLOCK, "the TSC's rate varies" },

	{ "target", is, "uml", 0, false, TIMES,
	  "User Mode Linux: native code of a kernel that has no retpolines" },
	{ "target", is, "uml", 0, false, TIMES,
	  "User Mode Linux: load and interrupts of this machine are in the times" },
	{ "kernel_taint", contains, "W", 0, false, ALL, "tainted: this kernel has warned" },
	{ "kernel_taint", contains, "K", 0, false, ALL, "tainted: live patches are applied" },
	{ "kernel_taint", contains, "P", 0, false, ALL, "tainted: proprietary module loaded" },
	{ "kernel_taint", contains, "F", 0, false, ALL, "tainted: a module was forced" },
	{ "tsc_nonstop", is, "no", 0, false, CLOCK, "the TSC stops in deep sleep states" },
	{ "load_1min", at_least, "1", 0, false, TIMES, "busy machine: load was %s at the start" },
	{ "cpu_steal_percent", at_least, "0.5", 0, false, TIMES,
	  "steal: the hypervisor took %s %% of the CPU's time" },
	{ "cpu_other_percent", at_least, "2", 0, false, TIMES,
	  "others took %s %% of the measuring CPU's time" },
	{ "governor", is_not, "performance", 0, false, TIMES, "governor: %.40s" },
	{ "turbo", is, "on", 0, false, TIMES, "turbo is on: the clock follows load and heat" },
	{ "smt", is, "on", 0, false, TIMES, "SMT is on: a sibling thread can slow the core" },
	{ "CONFIG_DEBUG_LIST", is, "y", 0, false, ALL,
	  "DEBUG_LIST is on: dlist's list_add/list_del check more than slist" },
	{ "CONFIG_LIST_HARDENED", is, "y", 0, false, ALL,
	  "LIST_HARDENED is on: dlist's list_add/list_del check more than slist" },
	KERNEL_OPTION("DEBUG_PREEMPT", "DEBUG_PREEMPT is on"),
	KERNEL_OPTION("SLUB_DEBUG_ON", "SLUB_DEBUG_ON is on: memory is poisoned"),
	KERNEL_OPTION("DEBUG_KMEMLEAK", "DEBUG_KMEMLEAK is built in"),
	KERNEL_OPTION("UBSAN", "UBSAN is on, at least in part"),
	KERNEL_OPTION("PREEMPT_RT", "PREEMPT_RT: rwsems and spinlocks are rtmutexes"),
	KERNEL_OPTION("CFI_CLANG", "CFI: every indirect call is checked"),
	KERNEL_OPTION("CFI", "CFI: every indirect call is checked"),
	KERNEL_OPTION("LTO_CLANG", "the kernel is built with LTO, the module apart"),
	KERNEL_OPTION("CC_OPTIMIZE_FOR_SIZE", "the kernel is optimised for size (-Os)"),
	{ "CONFIG_JUMP_LABEL", is, "n", 0, false, ALL,
	  "no jump labels: the tracepoint costs a load and a test" },
	{ "mitigation_spectre_v2", contains, "etpoline", 0, false, ALL,
	  "indirect calls go through retpolines" },
	{ "mitigation_spectre_v2", begins, "Vulnerable;", 0, false, ALL,
	  "spectre v2 is not mitigated: indirect calls are cheap" },
	{ "mitigation_spectre_v2", begins, "Vulnerable,", 0, false, ALL,
	  "spectre v2 is not mitigated: indirect calls are cheap" },
};

/* The value as a sentence shows it. */
static void value_text(const json_t *value, char *buffer, size_t size)
{
	if (json_is_integer(value))
		snprintf(buffer, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(buffer, size, "%.2f", json_real_value(value));
	else
		snprintf(buffer, size, "%s", json_is_string(value) ? json_string_value(value) : "");
}

static bool rule_holds(const struct rule *rule, const json_t *env, uint32_t features)
{
	const json_t *value = json_object_get(env, rule->key);

	return (rule->feature & features) || (value && rule->holds(value, rule->word));
}

static void write_reason(const struct rule *rule, const json_t *env, char *reason)
{
	char value[NCB_REASON_LEN], sentence[NCB_REASON_LEN];

	value_text(json_object_get(env, rule->key), value, sizeof(value));
	snprintf(sentence, sizeof(sentence), rule->sentence, value);
	if (rule->grave)
		snprintf(reason, NCB_REASON_LEN, NCB_NOT_FOR_REVIEW "%.*s",
			 NCB_REASON_LEN - (int)sizeof(NCB_NOT_FOR_REVIEW), sentence);
	else
		snprintf(reason, NCB_REASON_LEN, "%s", sentence);
}

/* What is measured; time where that is not known yet. */
static unsigned int metric_of(const json_t *env)
{
	const char *name = env_text(env, "metric");
	unsigned int i;

	for (i = 0; i < NCB_METRICS && name; i++)
		if (!strcmp(name, ncb_metric_names[i]))
			return i;
	return NCB_NS;
}

int ncb_env_not_for_review(const json_t *env, uint32_t features,
			   char reasons[][NCB_REASON_LEN], int max)
{
	unsigned int metric = metric_of(env);
	int n = 0, grave;
	size_t i;

	for (grave = 1; grave >= 0; grave--) {
		for (i = 0; i < ARRAY_SIZE(rules); i++) {
			if (rules[i].grave != grave || !(rules[i].suffer & 1u << metric) ||
			    !rule_holds(&rules[i], env, features))
				continue;
			if (n < max)
				write_reason(&rules[i], env, reasons[n]);
			n++;
		}
	}
	return n;
}

bool ncb_env_reviewable(const json_t *env, uint32_t features)
{
	char first[1][NCB_REASON_LEN];

	return !ncb_env_not_for_review(env, features, first, 1) ||
	       strncmp(first[0], NCB_NOT_FOR_REVIEW, strlen(NCB_NOT_FOR_REVIEW));
}
