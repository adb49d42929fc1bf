// SPDX-License-Identifier: GPL-2.0-only
/* Environment, doctor and steady settings on made-up machines in a temporary folder. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>
#include "../doctor.h"
#include "../env.h"
#include "../steady.h"
#include "../target/target.h"

#define CPU	"/sys/devices/system/cpu/"
#define CLOCK	"/sys/devices/system/clocksource/clocksource0/"

/* -- planting machines -- */

/**
 * struct file - a planted file
 * @path: below the root; NULL ends a list
 * @text: its content
 */
struct file {
	const char *path;
	const char *text;
};

/* A kernel that everything can be done with, on Intel. */
static const struct file intel[] = {
	{ "/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n" },
	{ "/proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n" },
	{ "/proc/sys/kernel/arch", "x86_64\n" },
	{ "/proc/sys/kernel/tainted", "0\n" },
	{ "/proc/sys/kernel/modules_disabled", "0\n" },
	{ "/proc/sys/kernel/perf_event_paranoid", "3\n" },
	{ "/proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n" },
	{ "/proc/version",
	  "Linux version 6.1.0-18-amd64 (builder@example.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP\n" },
	{ "/proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 isolcpus=3\n" },
	{ "/proc/modules", "ext4 1 0 - Live 0x0\n" },
	{ "/proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n" },
	{ "/proc/loadavg", "0.10 0.25 1.50 1/100 1234\n" },
	{ "/proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB\n" },
	{ "/etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n" },
	{ "/proc/cpuinfo",
	  "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 158\n"
	  "model name\t: Intel(R) Core(TM) i7-9700\nstepping\t: 13\nmicrocode\t: 0xf8\n"
	  "flags\t\t: fpu tsc constant_tsc nonstop_tsc\n\n"
	  "processor\t: 1\nvendor_id\t: GenuineIntel\nmicrocode\t: 0xf9\nflags\t\t: fpu\n\n" },
	{ CPU "online", "0-3\n" },
	{ CPU "isolated", "3\n" },
	{ CPU "nohz_full", "(null)\n" },
	{ CPU "smt/control", "on\n" },
	{ CPU "smt/active", "1\n" },
	{ CPU "vulnerabilities/meltdown", "Not affected\n" },
	{ CPU "vulnerabilities/spectre_v2", "Mitigation: Retpolines; IBPB: conditional\n" },
	{ CPU "vulnerabilities/mds", "Mitigation: Clear CPU buffers\n" },
	{ CPU "intel_pstate/no_turbo", "0\n" },
	{ CPU "cpufreq/policy0/scaling_governor", "powersave\n" },
	{ CPU "cpufreq/policy0/scaling_driver", "intel_pstate\n" },
	{ CPU "cpufreq/policy0/energy_performance_preference", "balance_performance\n" },
	{ CPU "cpufreq/policy1/scaling_governor", "powersave\n" },
	{ CPU "cpufreq/policy1/scaling_driver", "intel_pstate\n" },
	{ CPU "cpufreq/policy1/energy_performance_preference", "balance_performance\n" },
	{ CPU "cpu1/cpufreq/scaling_governor", "schedutil\n" },
	{ CLOCK "current_clocksource", "tsc\n" },
	{ CLOCK "available_clocksource", "tsc hpet acpi_pm\n" },
	{ "/sys/class/dmi/id/sys_vendor", "Maker Inc.\n" },
	{ "/sys/class/dmi/id/product_name", "Desk 3000\n" },
	{ "/sys/kernel/security/lockdown", "[none] integrity confidentiality\n" },
	{ "/sys/module/module/parameters/sig_enforce", "N\n" },
	{ "/sys/kernel/tracing/current_tracer", "nop\n" },
	{ "/sys/kernel/tracing/events/notifier/notifier_run/enable", "0\n" },
	{ "/boot/config-6.1.0-18-amd64",
	  "#\n# Automatically generated\n#\nCONFIG_HZ=250\nCONFIG_PREEMPT_DYNAMIC=y\n"
	  "# CONFIG_KASAN is not set\n# CONFIG_PREEMPT_RT is not set\nCONFIG_RETPOLINE=y\n"
	  "CONFIG_CC_VERSION_TEXT=\"gcc-12 (Debian 12.2.0-14) 12.2.0\"\nCONFIG_EXT4_FS=m\n"
	  "CONFIG_DEBUG_LIST=y\nCONFIG_FTRACE=y\nCONFIG_LTO_NONE=y\n"
	  "CONFIG_SOUND_KASAN=y\n" },
	{ "/lib/modules/6.1.0-18-amd64/build/Makefile", "all:\n" },
	{ "/lib/modules/6.1.0-18-amd64/build/include/generated/autoconf.h", "\n" },
	{ "/lib/modules/6.1.0-18-amd64/build/include/config/kernel.release", "6.1.0-18-amd64\n" },
	{ "/lib/modules/6.1.0-18-amd64/build/scripts/mod/modpost", "\n" },
	{ "/usr/bin/gcc", "#!/bin/sh\necho 'gcc (Debian 12.2.0-14) 12.2.0'\n" },
	{ "/usr/bin/make", "#!/bin/sh\n" },
	{ "/usr/bin/apt-get", "#!/bin/sh\n" },
	{ NULL, NULL }
};

static const struct file amd[] = {
	{ "/proc/sys/kernel/osrelease", "6.12.9\n" },
	{ "/proc/cpuinfo",
	  "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 33\n"
	  "model name\t: AMD Ryzen 9 5950X\nstepping\t: 2\nmicrocode\t: 0xa20120a\n"
	  "flags\t\t: constant_tsc nonstop_tsc" },	/* no end of line */
	{ CPU "smt/control", "off\n" },
	{ CPU "smt/active", "0\n" },
	{ CPU "isolated", "\n" },
	{ CPU "cpufreq/boost", "1\n" },
	{ CPU "cpufreq/policy0/scaling_governor", "performance\n" },
	{ CPU "cpufreq/policy0/scaling_driver", "amd-pstate-epp\n" },
	{ CPU "cpufreq/policy1/scaling_governor", "schedutil\n" },
	{ CPU "cpufreq/policy1/scaling_driver", "acpi-cpufreq\n" },
	{ CPU "cpufreq/policy2/scaling_governor", "schedutil\n" },
	{ NULL, NULL }
};

static const struct file arm64[] = {
	{ "/proc/sys/kernel/arch", "aarch64\n" },
	{ "/proc/cpuinfo",
	  "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n"
	  "CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n"
	  "processor\t: 1\nCPU implementer\t: 0x99\nCPU part\t: 0x123\n\n" },
	{ CLOCK "current_clocksource", "arch_sys_counter\n" },
	{ "/proc/device-tree/model", "Board 5" },
	{ "/proc/device-tree/compatible", "maker,board" },
	{ NULL, NULL }
};

static const struct file uml[] = {
	{ "/proc/sys/kernel/osrelease", "7.3.0\n" },
	{ "/proc/cpuinfo",
	  "processor\t: 0\nvendor_id\t: User Mode Linux\nmodel name\t: UML\nmode\t\t: skas\n"
	  "host\t\t: Linux somewhere 6.1.0\nflags\t\t: cmov hypervisor\n" },
	{ NULL, NULL }
};

static void plant(const char *root, const char *path, const char *text)
{
	char *full = ncb_format("%s%s", root, path), *dir = ncb_copy(full);
	FILE *f;

	*strrchr(dir, '/') = '\0';
	assert_int_equal(ncb_make_dirs(dir), 0);
	f = fopen(full, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	if (strstr(path, "/bin/"))
		assert_int_equal(chmod(full, 0755), 0);
	free(dir);
	free(full);
}

static void plant_all(const char *root, const struct file *files)
{
	for (; files->path; files++)
		plant(root, files->path, files->text);
}

static void uproot(const char *root, const char *path)
{
	char *full = ncb_format("%s%s", root, path);

	assert_int_equal(ncb_remove_tree(full), 0);
	free(full);
}

static void assert_file(const char *root, const char *path, const char *text)
{
	char line[256] = "";

	ncb_root_line(root, path, line, sizeof(line));
	assert_string_equal(line, text);
}

static int set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");

	*state = ncb_format("%s/ncbench-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	return mkdtemp(*state) ? 0 : -1;
}

static int tear_down(void **state)
{
	ncb_remove_tree(*state);
	free(*state);
	return 0;
}

/* -- env -- */

static json_t *capture(const char *root)
{
	struct ncb_rundata r = { .env = NULL };

	ncb_env_capture(&r, root);
	assert_non_null(r.env);
	return r.env;
}

static void assert_key(const json_t *env, const char *key, const char *value)
{
	const char *got = json_string_value(json_object_get(env, key));

	if (value && !got)
		fail_msg("%s is missing", key);
	if (value)
		assert_string_equal(got, value);
	else
		assert_null(json_object_get(env, key));
}

static void assert_number(const json_t *env, const char *key, double value)
{
	const json_t *got = json_object_get(env, key);

	if (!json_is_number(got))
		fail_msg("%s is missing", key);
	assert_true(json_number_value(got) == value);
}

static void env_intel(void **state)
{
	static const struct file expected[] = {
		{ "kernel_release", "6.1.0-18-amd64" },
		{ "kernel_version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)" },
		{ "kernel_compiler", "gcc-12 (Debian 12.2.0-14) 12.2.0" },
		{ "kernel_linker", "GNU ld (GNU Binutils for Debian) 2.40" },
		{ "kernel_command_line", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 isolcpus=3" },
		{ "kernel_config", "/boot/config-6.1.0-18-amd64" },
		{ "arch", "x86_64" },
		{ "CONFIG_HZ", "250" },
		{ "CONFIG_PREEMPT_DYNAMIC", "y" },
		{ "CONFIG_KASAN", "n" },
		{ "CONFIG_PREEMPT_RT", "n" },
		{ "CONFIG_RETPOLINE", "y" },
		{ "CONFIG_CC_VERSION_TEXT", "gcc-12 (Debian 12.2.0-14) 12.2.0" },
		{ "CONFIG_DEBUG_LIST", "y" },
		{ "CONFIG_LTO_NONE", "y" },
		{ "CONFIG_EXT4_FS", NULL },
		{ "CONFIG_SOUND_KASAN", NULL },
		{ "CONFIG_LOCKDEP", NULL },
		{ "kernel_taint", NULL },
		{ "cpu_model", "Intel(R) Core(TM) i7-9700" },
		{ "cpu_vendor", "GenuineIntel" },
		{ "cpu_family", "6" },
		{ "cpu_model_number", "158" },
		{ "cpu_stepping", "13" },
		{ "cpu_microcode", "0xf8" },
		{ "cpus_isolated", "3" },
		{ "cpus_nohz_full", "none" },
		{ "smt", "on" },
		{ "smt_control", "on" },
		{ "mitigation_meltdown", NULL },
		{ "mitigation_spectre_v2", "Mitigation: Retpolines; IBPB: conditional" },
		{ "mitigation_mds", "Mitigation: Clear CPU buffers" },
		{ "governor", "powersave" },
		{ "cpufreq_driver", "intel_pstate" },
		{ "energy_preference", "balance_performance" },
		{ "turbo", "on" },
		{ "clocksource", "tsc" },
		{ "clocksources", "tsc hpet acpi_pm" },
		{ "tsc_constant", "yes" },
		{ "tsc_nonstop", "yes" },
		{ "hypervisor", "none" },
		{ "machine", "Maker Inc. Desk 3000" },
		{ "distribution", "Debian GNU/Linux 12 (bookworm)" },
		{ "tracer", "nop" },
		{ NULL, NULL }
	};
	const struct file *e;
	json_t *env;

	plant_all(*state, intel);
	env = capture(*state);
	for (e = expected; e->path; e++)
		assert_key(env, e->path, e->text);
	assert_number(env, "kernel_tainted", 0);
	assert_number(env, "kernel_modules_disabled", 0);
	assert_number(env, "cpus_online", 4);
	assert_number(env, "load_1min", 0.10);
	assert_number(env, "load_5min", 0.25);
	assert_number(env, "load_15min", 1.50);
	assert_number(env, "memory_kib", 16384000);
	assert_number(env, "tracepoint_notifier", 0);
	json_decref(env);
}

static void env_of_the_measuring_cpu(void **state)
{
	struct ncb_rundata r = { .env = json_pack("{s:s, s:s}", "measuring_cpu", "1",
						  "module_compiler", "gcc 12") };

	plant_all(*state, intel);
	ncb_env_capture(&r, *state);
	assert_key(r.env, "governor", "schedutil");
	assert_key(r.env, "cpu_microcode", "0xf9");
	assert_key(r.env, "tsc_constant", "no");
	assert_key(r.env, "module_compiler", "gcc 12");
	assert_key(r.env, "cpu_family", NULL);
	json_decref(r.env);
}

static void env_amd(void **state)
{
	json_t *env;

	plant_all(*state, amd);
	env = capture(*state);
	assert_key(env, "cpu_vendor", "AuthenticAMD");
	assert_key(env, "cpu_family", "25");
	assert_key(env, "tsc_nonstop", "yes");
	assert_key(env, "smt", "off");
	assert_key(env, "cpus_isolated", "none");
	assert_key(env, "turbo", "on");
	assert_key(env, "governor", "performance (1 policy), schedutil (2 policies)");
	assert_key(env, "cpufreq_driver", "amd-pstate-epp (1 policy), acpi-cpufreq (1 policy)");
	assert_number(env, "cpus_online", 1);
	json_decref(env);
	plant(*state, CPU "cpufreq/boost", "0\n");
	env = capture(*state);
	assert_key(env, "turbo", "off");
	json_decref(env);
	/* newer amd-pstate: a switch in each policy only */
	uproot(*state, CPU "cpufreq/boost");
	plant(*state, CPU "cpufreq/policy0/boost", "1\n");
	env = capture(*state);
	assert_key(env, "turbo", "on");
	json_decref(env);
}

static void env_arm64(void **state)
{
	json_t *env;

	plant_all(*state, arm64);
	env = capture(*state);
	assert_key(env, "cpu_vendor", "ARM");
	assert_key(env, "cpu_model", "Neoverse-N1");
	assert_key(env, "cpu_family", "8");
	assert_key(env, "cpu_model_number", "0xd0c");
	assert_key(env, "cpu_stepping", "r3p1");
	assert_key(env, "machine", "Board 5");
	assert_key(env, "tsc_constant", NULL);
	assert_key(env, "hypervisor", NULL);
	assert_number(env, "cpus_online", 2);
	json_decref(env);
}

static void env_arm64_unknown_core(void **state)
{
	struct ncb_rundata r = { .env = json_pack("{s:i}", "measuring_cpu", 1) };

	plant_all(*state, arm64);
	plant(*state, "/proc/device-tree/compatible", "linux,dummy-virt");
	ncb_env_capture(&r, *state);
	assert_key(r.env, "cpu_vendor", "0x99");
	assert_key(r.env, "cpu_model", NULL);
	assert_key(r.env, "cpu_stepping", NULL);
	assert_key(r.env, "hypervisor", "QEMU");
	json_decref(r.env);
}

static void env_virtual_machine(void **state)
{
	json_t *env;

	plant_all(*state, intel);
	plant(*state, "/proc/cpuinfo", "processor : 0\nvendor_id : GenuineIntel\n"
	      "flags : fpu hypervisor constant_tsc\n");
	env = capture(*state);
	assert_key(env, "hypervisor", "yes");
	json_decref(env);
	plant(*state, "/sys/hypervisor/type", "xen\n");
	env = capture(*state);
	assert_key(env, "hypervisor", "xen");
	json_decref(env);
	plant(*state, "/sys/class/dmi/id/sys_vendor", "QEMU\n");
	plant(*state, "/sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");
	env = capture(*state);
	assert_key(env, "hypervisor", "QEMU");
	assert_key(env, "machine", "QEMU Standard PC (Q35 + ICH9, 2009)");
	json_decref(env);
}

static void env_metal_of_a_cloud_is_no_virtual_machine(void **state)
{
	json_t *env;

	plant(*state, "/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
	plant(*state, "/sys/class/dmi/id/product_name", "m7g.metal\n");
	env = capture(*state);
	assert_key(env, "hypervisor", NULL);
	json_decref(env);
	plant(*state, "/sys/class/dmi/id/product_name", "m7g.large\n");
	env = capture(*state);
	assert_key(env, "hypervisor", "Amazon EC2");
	json_decref(env);
}

static void env_user_mode_linux(void **state)
{
	json_t *env;

	plant_all(*state, uml);
	env = capture(*state);
	assert_key(env, "hypervisor", "User Mode Linux");
	assert_key(env, "cpu_vendor", "User Mode Linux");
	assert_key(env, "cpu_model", "UML");
	assert_key(env, "tsc_constant", NULL);
	json_decref(env);
}

/* CPU 1 is offline: its column is missing. Lines that are of no CPU do not count. */
static void env_interrupts(void **state)
{
	uint64_t sum;

	plant(*state, "/proc/interrupts",
	      "           CPU0       CPU2       \n"
	      "  0:         41          7   IO-APIC   2-edge      timer\n"
	      " 10:          0      30000   IO-APIC  10-fasteoi   3com 17\n"
	      "NMI:          1          2   Non-maskable interrupts\n"
	      "LOC:        500 3000000000   Local timer interrupts\n"
	      "ERR:         99\n"
	      "MIS:         99\n");
	assert_true(ncb_env_interrupts(*state, 0, &sum));
	assert_int_equal(sum, 542);
	assert_true(ncb_env_interrupts(*state, 2, &sum));
	assert_int_equal(sum, 3000030009);
	assert_false(ncb_env_interrupts(*state, 1, &sum));
	assert_int_equal(sum, 0);
	assert_false(ncb_env_interrupts("/nowhere", 0, &sum));
}

/* Who had the CPU: hundredths of a second in /proc/stat, by hand. */
static void env_of_a_shared_cpu(void **state)
{
	static const char before[] = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\n"
				     "cpu1 100 0 100 5000 0 0 0 10 0 0\n";
	static const char after[] = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 9 9 9 9 9 9 9 9 0 0\n"
				    "cpu1 550 10 150 5000 0 10 30 110 0 0\n";
	struct ncb_cpu_time x, y, none;
	char reasons[8][NCB_REASON_LEN];
	struct ncb_rundata r;
	double hz = sysconf(_SC_CLK_TCK);
	int n;

	ncb_rundata_init(&r);
	plant(*state, "/proc/stat", before);
	x = ncb_env_cpu_time(*state, 1);
	assert_true(x.known);
	assert_true(fabs(x.busy - 200 / hz) < 1e-9 && fabs(x.steal - 10 / hz) < 1e-9);
	plant(*state, "/proc/stat", after);
	y = ncb_env_cpu_time(*state, 1);
	y.wall = x.wall + 1000 / hz;
	y.own = x.own + 400 / hz;
	/* Busy 550 ticks more in 1000, 400 of them ours; 100 stolen. */
	ncb_env_note_cpu_time(&r, &x, &y);
	assert_true(json_real_value(json_object_get(r.env, "cpu_other_percent")) == 15);
	assert_true(json_real_value(json_object_get(r.env, "cpu_steal_percent")) == 10);
	n = ncb_env_not_for_review(r.env, 0, reasons, 8);
	assert_int_equal(n, 2);
	assert_string_equal(reasons[0], "steal: the hypervisor took 10.00 % of the CPU's time");
	assert_string_equal(reasons[1], "others took 15.00 % of the measuring CPU's time");
	json_object_clear(r.env);
	none = ncb_env_cpu_time(*state, 7);
	assert_false(none.known);
	ncb_env_note_cpu_time(&r, &none, &y);
	assert_int_equal(json_object_size(r.env), 0);
	ncb_rundata_free(&r);
}

static void env_of_nothing(void **state)
{
	json_t *env = capture(*state);

	assert_int_equal(json_object_size(env), 0);
	json_decref(env);
}

/* Each planted file in turn empty, without text, binary, or huge. */
static void env_of_damaged_files(void **state)
{
	const struct file *f;
	char *huge = ncb_alloc(200001, 1);
	const char *const damage[] = {
		"", "\n", "\xff\xfe(((:\n\x80:", ":", "processor", "((((", "CONFIG_", huge,
	};
	size_t i;

	memset(huge, 'a', 200000);
	plant_all(*state, intel);
	for (f = intel; f->path; f++) {
		for (i = 0; i < ARRAY_SIZE(damage); i++) {
			json_t *env;
			char *text;

			plant(*state, f->path, damage[i]);
			env = capture(*state);
			text = json_dumps(env, 0);
			assert_non_null(text);
			free(text);
			json_decref(env);
		}
		plant(*state, f->path, f->text);
	}
	free(huge);
}

static void env_takes_what_is_no_text(void **state)
{
	json_t *env;

	plant(*state, "/proc/cmdline", "quiet x=\xff\xfe\n");
	env = capture(*state);
	assert_key(env, "kernel_command_line", "quiet x=??");
	json_decref(env);
}

static void env_taint(void **state)
{
	json_t *env;

	plant(*state, "/proc/sys/kernel/tainted", "12801\n");	/* 1 + 512 + 4096 + 8192 */
	env = capture(*state);
	assert_number(env, "kernel_tainted", 12801);
	assert_key(env, "kernel_taint", "PWOE");
	json_decref(env);
}

static void env_compilers(void **state)
{
	static const struct { const char *version, *compiler, *linker, *number; } kernels[] = {
		{ "Linux version 4.19.0 (a@b) (gcc version 8.3.0 (Debian 8.3.0-6)) #1 SMP",
		  "gcc version 8.3.0 (Debian 8.3.0-6)", NULL, "8.3.0" },
		{ "Linux version 5.15 (a@b) (x86_64-linux-gnu-gcc-11 (Ubuntu 11.4.0-1~22.04) 11.4.0, GNU ld (GNU Binutils for Ubuntu) 2.38) #1",
		  "x86_64-linux-gnu-gcc-11 (Ubuntu 11.4.0-1~22.04) 11.4.0",
		  "GNU ld (GNU Binutils for Ubuntu) 2.38", "11.4.0" },
		{ "Linux version 6.6 (a@b) (clang version 17.0.1 (https://x/y (z), abc), LLD 17.0.1) #1",
		  "clang version 17.0.1 (https://x/y (z), abc)", "LLD 17.0.1", "17.0.1" },
		{ "Linux version 6.6 (a@b) (gcc", NULL, NULL, NULL },
		{ "Linux version 6.6", NULL, NULL, NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		char number[32];
		json_t *env;

		plant(*state, "/proc/version", kernels[i].version);
		env = capture(*state);
		assert_key(env, "kernel_compiler", kernels[i].compiler);
		assert_key(env, "kernel_linker", kernels[i].linker);
		json_decref(env);
		if (!kernels[i].compiler)
			continue;
		assert_int_equal(ncb_compiler_version(kernels[i].compiler, number,
						      sizeof(number)), 0);
		assert_string_equal(number, kernels[i].number);
	}
	{
		char number[32];

		assert_int_equal(ncb_compiler_version("cc (1.2.3)", number, sizeof(number)),
				 -EINVAL);
	}
}

static void env_cpu_lists(void **state)
{
	(void)state;
	assert_int_equal(ncb_cpu_list_count(""), 0);
	assert_int_equal(ncb_cpu_list_count("0"), 1);
	assert_int_equal(ncb_cpu_list_count("0-3,8,10-11"), 7);
	assert_int_equal(ncb_cpu_list_count("3-1"), -EINVAL);
	assert_int_equal(ncb_cpu_list_count("1-"), -EINVAL);
	assert_int_equal(ncb_cpu_list_count("-1"), -EINVAL);
	assert_int_equal(ncb_cpu_list_count("a"), -EINVAL);
	assert_int_equal(ncb_cpu_list_count("0-99999999999999999999"), -EINVAL);
}

/* A packed configuration, cut off after @share of 100 of its bytes. */
static void plant_packed(const char *root, const char *path, const char *text, int share)
{
	char *full = ncb_format("%s%s", root, path), *data;
	size_t size;
	gzFile f;

	plant(root, path, "");
	f = gzopen(full, "wb");
	assert_non_null(f);
	assert_int_equal(gzputs(f, text), (int)strlen(text));
	assert_int_equal(gzclose(f), Z_OK);
	data = ncb_read_file(full, &size);
	assert_non_null(data);
	assert_int_equal(truncate(full, size * share / 100), 0);
	free(data);
	free(full);
}

static void env_packed_config(void **state)
{
	json_t *env;

	plant_all(*state, intel);
	plant_packed(*state, "/proc/config.gz", "CONFIG_HZ=1000\nCONFIG_KASAN=y\n", 100);
	env = capture(*state);
	assert_key(env, "kernel_config", "/proc/config.gz");
	assert_key(env, "CONFIG_HZ", "1000");
	assert_key(env, "CONFIG_KASAN", "y");
	json_decref(env);
}

static void env_truncated_config(void **state)
{
	char *text = ncb_alloc(300000, 1);
	size_t used = 0;
	int share, i;

	plant_all(*state, intel);
	for (i = 0; i < 5000; i++)
		used += sprintf(text + used, "CONFIG_HZ=%d\nCONFIG_X%x=y\n", i, i * 2654435u);
	for (share = 0; share < 100; share += 9) {
		json_t *env;

		plant_packed(*state, "/proc/config.gz", text, share);
		env = capture(*state);
		assert_key(env, "kernel_config", "/boot/config-6.1.0-18-amd64");
		assert_key(env, "CONFIG_HZ", "250");
		json_decref(env);
	}
	free(text);
}

static void env_config_of_the_build_folder(void **state)
{
	json_t *env;

	plant_all(*state, intel);
	plant(*state, "/lib/modules/6.1.0-18-amd64/build/.config", "CONFIG_HZ=100\n");
	env = capture(*state);
	assert_key(env, "kernel_config", "/lib/modules/6.1.0-18-amd64/build/.config");
	assert_key(env, "CONFIG_HZ", "100");
	json_decref(env);
}

/* -- what speaks against figures -- */

static bool among(char reasons[][NCB_REASON_LEN], int n, const char *part)
{
	int i;

	for (i = 0; i < n; i++)
		if (strstr(reasons[i], part))
			return true;
	return false;
}

static void reasons_none(void **state)
{
	char reasons[4][NCB_REASON_LEN];

	(void)state;
	assert_int_equal(ncb_env_not_for_review(NULL, 0, reasons, 4), 0);
	assert_true(ncb_env_reviewable(NULL, 0));
}

static void reasons_of_a_desk(void **state)
{
	char reasons[32][NCB_REASON_LEN];
	json_t *env;
	int n;

	plant_all(*state, intel);
	env = capture(*state);
	n = ncb_env_not_for_review(env, 0, reasons, 32);
	assert_true(among(reasons, n, "governor: powersave"));
	assert_true(among(reasons, n, "turbo is on"));
	assert_true(among(reasons, n, "SMT is on"));
	assert_true(among(reasons, n, "retpolines"));
	assert_true(among(reasons, n, "DEBUG_LIST is on: dlist's list_add/list_del check more "
			  "than slist"));
	assert_int_equal(n, 5);
	assert_true(ncb_env_reviewable(env, 0));
	/* instructions suffer neither from the clock's rate nor from a sibling */
	json_object_set_new(env, "metric", json_string("insn"));
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 32), 2);
	json_decref(env);
}

static void reasons_against_time_only(void **state)
{
	char reasons[8][NCB_REASON_LEN];
	json_t *env = json_pack("{s:s, s:s, s:s}", "hypervisor", "KVM", "metric", "ns",
				"clocksource", "hpet");

	(void)state;
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 8), 2);
	assert_string_equal(reasons[0], "not for review: time in a virtual machine (KVM)");
	assert_string_equal(reasons[1],
			    "not for review: unstable clock: the kernel fell back to hpet");
	assert_false(ncb_env_reviewable(env, 0));
	json_object_set_new(env, "metric", json_string("insn"));
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 8), 0);
	json_decref(env);
}

static void reasons_grave_first(void **state)
{
	char reasons[8][NCB_REASON_LEN];
	json_t *env = json_pack("{s:s, s:s, s:s, s:f}", "governor", "powersave",
				"CONFIG_DEBUG_ATOMIC_SLEEP", "y", "kernel_taint", "WO",
				"load_1min", 7.5);

	(void)state;
	assert_int_equal(ncb_env_not_for_review(env, NCB_FEAT_KASAN, reasons, 8), 5);
	assert_string_equal(reasons[0], "not for review: KASAN is on");
	assert_string_equal(reasons[1], "not for review: DEBUG_ATOMIC_SLEEP is on");
	assert_true(among(reasons + 2, 3, "has warned"));
	assert_true(among(reasons + 2, 3, "load was 7.50"));
	json_decref(env);
}

/* Figures of target user are of no kernel at all, whatever the metric. */
static void reasons_of_a_process(void **state)
{
	char reasons[2][NCB_REASON_LEN];
	json_t *env = json_pack("{s:s, s:s}", "target", "user", "metric", "insn");

	(void)state;
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 2), 1);
	assert_string_equal(reasons[0], "not for review: engines compiled into a process: locks "
			    "and RCU are stubs");
	assert_false(ncb_env_reviewable(env, 0));
	json_object_set_new(env, "target", json_string("qemu"));
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 2), 0);
	json_decref(env);
}

static void reasons_said_once(void **state)
{
	char reasons[8][NCB_REASON_LEN];
	json_t *env = json_pack("{s:s}", "CONFIG_LOCKDEP", "y");

	(void)state;
	assert_int_equal(ncb_env_not_for_review(env, NCB_FEAT_LOCKDEP, reasons, 8), 1);
	json_decref(env);
}

static void reasons_beyond_the_room(void **state)
{
	char reasons[3][NCB_REASON_LEN];
	json_t *env;

	memset(reasons, 'x', sizeof(reasons));
	plant_all(*state, intel);
	env = capture(*state);
	assert_int_equal(ncb_env_not_for_review(env, NCB_FEAT_KASAN, reasons, 2), 6);
	assert_int_equal(reasons[2][0], 'x');
	json_decref(env);
}

/* A hostile value must neither overflow a sentence nor be taken as a format. */
static void reasons_of_strange_values(void **state)
{
	char reasons[4][NCB_REASON_LEN], *huge = ncb_alloc(5001, 1);
	json_t *env = json_object();

	(void)state;
	memset(huge, 'h', 5000);
	json_object_set_new(env, "hypervisor", json_string(huge));
	json_object_set_new(env, "governor", json_string("%s%n%s"));
	json_object_set_new(env, "load_1min", json_string("9"));
	json_object_set_new(env, "CONFIG_KASAN", json_integer(1));
	assert_int_equal(ncb_env_not_for_review(env, 0, reasons, 4), 2);
	assert_string_equal(reasons[1], "governor: %s%n%s");
	assert_true(strlen(reasons[0]) < NCB_REASON_LEN);
	json_decref(env);
	free(huge);
}

/* -- doctor -- */

static int target_answer;

static int stub_possible(const struct ncb_run_options *o, char *why, size_t size)
{
	assert_string_equal(o->target, "stub");
	snprintf(why, size, "because");
	return target_answer;
}

static const struct ncb_target stub_target = { .name = "stub", .possible = stub_possible };
const struct ncb_target *const ncb_targets[] = { &stub_target };
const size_t ncb_target_count = ARRAY_SIZE(ncb_targets);

static char *examine(const char *root, int *exit_code)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int code;

	assert_non_null(f);
	code = ncb_doctor_at(f, root);
	assert_int_equal(fclose(f), 0);
	if (exit_code)
		*exit_code = code;
	return text;
}

/* The line of one check says this status and this text, and the way out is as given. */
static void assert_check(const char *root, const char *name, const char *status,
			 const char *says, const char *way)
{
	char *text = examine(root, NULL), *line, *next, *start;

	start = ncb_format("  %-7s  %-15s  ", status, name);
	line = strstr(text, start);
	if (!line)
		fail_msg("no line '%s' in:\n%s", start, text);
	next = strchr(line, '\n') + 1;
	next[-1] = '\0';
	if (!strstr(line, says))
		fail_msg("'%s' does not say '%s'", line, says);
	next[strcspn(next, "\n")] = '\0';
	if (way && (!strstr(next, "-> ") || !strstr(next, way)))
		fail_msg("%s: '%s' does not say '%s'", name, next, way);
	if (!way && strstr(next, "-> "))
		fail_msg("%s: unexpected '%s'", name, next);
	free(start);
	free(text);
}

static void doctor_of_a_desk(void **state)
{
	plant_all(*state, intel);
	assert_check(*state, "modules", "ok", "loads modules", NULL);
	assert_check(*state, "root", "ok", "", NULL);
	assert_check(*state, "lockdown", "ok", "none", NULL);
	assert_check(*state, "Secure Boot", "n/a", "not booted by EFI", NULL);
	assert_check(*state, "signatures", "ok", "", NULL);
	assert_check(*state, "headers", "ok", "/lib/modules/6.1.0-18-amd64/build", NULL);
	assert_check(*state, "compiler", "ok", "gcc 12.2.0, the kernel by 12.2.0", NULL);
	assert_check(*state, "make", "ok", "found", NULL);
	assert_check(*state, "virtual machine", "ok", "none", NULL);
	assert_check(*state, "clock", "ok", "tsc", NULL);
	assert_check(*state, "governor", "hurts", "powersave (intel_pstate)",
		     "echo performance | sudo tee "
		     "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
	assert_check(*state, "turbo", "hurts", "on",
		     "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo");
	assert_check(*state, "SMT", "hurts", "on",
		     "echo off | sudo tee /sys/devices/system/cpu/smt/control");
	assert_check(*state, "isolated CPUs", "ok", "3", NULL);
	assert_check(*state, "load", "ok", "0.10", NULL);
	assert_check(*state, "mitigations", "ok", "Mitigation: Retpolines", NULL);
	assert_check(*state, "debug options", "hurts", "DEBUG_LIST", NULL);
	assert_check(*state, "kernel's state", "ok", "not tainted", NULL);
	assert_check(*state, "perf events", "ok", "3", NULL);
	assert_check(*state, "PMU", "hurts", "no PMU: nothing but the clock can be measured",
		     "bare metal; or TARGET=qemu ARCH=arm64, whose PMU counts instructions exactly");
	plant(*state, "/sys/bus/event_source/devices/cpu/type", "4\n");
	assert_check(*state, "PMU", "ok", "a PMU, with all of its counters free for measuring", NULL);
	plant(*state, "/proc/sys/kernel/nmi_watchdog", "1\n");
	assert_check(*state, "PMU", "hurts", "the NMI watchdog holds one of the PMU's counters",
		     "sudo sysctl kernel.nmi_watchdog=0");
	assert_check(*state, "left behind", "ok", "", NULL);
	assert_check(*state, "KVM", "n/a", "no /dev/kvm", NULL);
	assert_check(*state, "QEMU", "forbids", "qemu-system-x86_64", "qemu-system-x86");
	assert_check(*state, "gnuplot", "n/a", "missing", "make deps");
}

static void doctor_of_a_worse_desk(void **state)
{
	plant_all(*state, intel);
	plant(*state, CPU "cpufreq/policy0/scaling_governor", "performance\n");
	plant(*state, CPU "cpufreq/policy1/scaling_governor", "performance\n");
	plant(*state, CPU "intel_pstate/no_turbo", "1\n");
	plant(*state, CPU "isolated", "\n");
	plant(*state, CPU "vulnerabilities/spectre_v2", "Vulnerable; IBPB: disabled\n");
	plant(*state, CLOCK "current_clocksource", "hpet\n");
	plant(*state, "/proc/loadavg", "3.00 2.00 1.00 1/1 1\n");
	plant(*state, "/proc/sys/kernel/tainted", "128\n");
	plant(*state, "/proc/self/status", "CapEff:\t0000000000000000\n");
	plant(*state, "/boot/config-6.1.0-18-amd64", "CONFIG_KASAN=y\nCONFIG_DEBUG_NOTIFIERS=y\n");
	plant(*state, "/usr/bin/gcc", "#!/bin/sh\necho 'gcc (GCC) 14.1.1 20240720'\n");
	plant(*state, "/dev/kvm", "");
	plant(*state, "/usr/bin/qemu-system-x86_64", "#!/bin/sh\necho 'QEMU emulator version 7'\n");
	plant(*state, "/.cache/steady-restore", "x");
	assert_check(*state, "governor", "ok", "performance", NULL);
	assert_check(*state, "turbo", "ok", "off", NULL);
	assert_check(*state, "isolated CPUs", "hurts", "none", "isolcpus=3 nohz_full=3");
	assert_check(*state, "mitigations", "hurts", "Vulnerable", "mitigations=off");
	assert_check(*state, "clock", "hurts", "hpet", "dmesg");
	assert_check(*state, "load", "hurts", "3.00", "top");
	assert_check(*state, "kernel's state", "hurts", "oopsed", "reboot");
	assert_check(*state, "root", "forbids", "", "");
	assert_check(*state, "debug options", "hurts", "KASAN is on; DEBUG_NOTIFIERS",
		     "without debug options");
	assert_check(*state, "perf events", "hurts", "3", "perf_event_paranoid=1");
	assert_check(*state, "compiler", "hurts", "gcc 14.1.1 here, the kernel by 12.2.0",
		     "install gcc 12");
	assert_check(*state, "KVM", "n/a", "only a probe boot tells", "probes it");
	assert_check(*state, "QEMU", "ok", "QEMU emulator version 7", NULL);
	assert_check(*state, "left behind", "hurts", "killed", "restores");
	plant(*state, "/.cache/kvm-probe", "the key\nno  nothing came within 5 s\n");
	assert_check(*state, "KVM", "hurts", "nothing came within 5 s", "emulated");
	plant(*state, "/.cache/kvm-probe", "the key\nyes booted in 2 s\n");
	assert_check(*state, "KVM", "ok", "booted in 2 s", NULL);
}

static void doctor_secure_boot(void **state)
{
	static const char variable[] =
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	char *path = ncb_format("%s%s", (char *)*state, variable);

	plant(*state, variable, "");
	assert_check(*state, "Secure Boot", "n/a", "cannot be read", NULL);
	assert_int_equal(ncb_write_file(path, "\6\0\0\0\1", 5), 0);
	assert_check(*state, "Secure Boot", "hurts", "on", "firmware");
	assert_int_equal(ncb_write_file(path, "\6\0\0\0\0", 5), 0);
	assert_check(*state, "Secure Boot", "ok", "off", NULL);
	free(path);
}

static void doctor_obstacles(void **state)
{
	/* @ready: a module that was built elsewhere, and may be signed, can be loaded */
	static const struct { const char *path, *text, *check, *says; bool ready; } cases[] = {
		{ "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n",
		  "lockdown", "lockdown (integrity)", true },
		{ "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n",
		  "lockdown", "lockdown (confidentiality)", true },
		{ "/sys/module/module/parameters/sig_enforce", "Y\n", "signatures",
		  "signed modules only", true },
		{ "/proc/sys/kernel/modules_disabled", "1\n", "modules", "modules_disabled", false },
		{ "/proc/self/status", "CapEff:\t0000000000000001\n", "root", "", false },
		{ "/proc/modules", NULL, "modules", "CONFIG_MODULES", false },
		{ "/lib/modules/6.1.0-18-amd64", NULL, "headers", "no headers", true },
		{ "/lib/modules/6.1.0-18-amd64/build/scripts", NULL, "headers",
		  "lacks scripts/mod/modpost", true },
	};
	char why[512];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		plant_all(*state, intel);
		assert_true(ncb_can_load_modules_at(*state, why, sizeof(why)));
		if (cases[i].text)
			plant(*state, cases[i].path, cases[i].text);
		else
			uproot(*state, cases[i].path);
		assert_int_equal(ncb_can_load_ready_modules_at(*state, why, sizeof(why)), cases[i].ready);
		assert_false(ncb_can_load_modules_at(*state, why, sizeof(why)));
		assert_non_null(strstr(why, cases[i].says));
		assert_non_null(strchr(why, ';'));	/* the way out */
		assert_check(*state, cases[i].check, "forbids", cases[i].says, "");
	}
	/* what cannot be helped is told first */
	plant(*state, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	assert_false(ncb_can_load_modules_at(*state, why, sizeof(why)));
	assert_non_null(strstr(why, "lockdown"));
}

static void doctor_of_nothing(void **state)
{
	char *text = examine(*state, NULL), why[32];

	assert_non_null(strstr(text, "CONFIG_MODULES"));
	assert_null(strstr(text, "(null)"));
	free(text);
	/* a small buffer is no overflow */
	assert_false(ncb_can_load_modules_at(*state, why, sizeof(why)));
	assert_int_equal(strlen(why), sizeof(why) - 1);
}

static void doctor_exit_code(void **state)
{
	char *text;
	int code;

	target_answer = 0;
	text = examine(*state, &code);
	assert_int_equal(code, NCB_EXIT_OK);
	assert_non_null(strstr(text, "  yes      stub             because\n"));
	free(text);
	target_answer = -EPERM;
	text = examine(*state, &code);
	assert_int_equal(code, NCB_EXIT_CANNOT);
	assert_non_null(strstr(text, "  no       stub             because\n"));
	free(text);
}

static void install_commands(void **state)
{
	static const struct { const char *manager, *release, *headers, *all; } cases[] = {
		{ "pacman", "6.9.1-arch1-1", "linux-headers", "pacman -S" },
		{ "pacman", "6.6.30-1-lts", "linux-lts-headers", "qemu-system-x86" },
		{ "zypper", "5.14.21-150500.55-default", "kernel-default-devel", "qemu-x86" },
		{ "zypper", "6.4.0-rt", "kernel-rt-devel", "kernel-rt-devel qemu-x86" },
		{ "dnf", "6.8.5-301.fc40.x86_64", "kernel-devel-6.8.5-301.fc40.x86_64",
		  "qemu-system-x86-core" },
		{ "apt-get", "6.1.0-18-amd64", "linux-headers-6.1.0-18-amd64",
		  "apt-get install -y linux-headers-6.1.0-18-amd64 qemu-system-x86" },
	};
	size_t i;

	assert_null(ncb_install_command_at(*state, NCB_PKG_ALL));
	plant(*state, "/proc/sys/kernel/arch", "x86_64\n");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *path = ncb_format("/usr/bin/%s", cases[i].manager);
		const char *command;

		plant(*state, path, "");
		plant(*state, "/proc/sys/kernel/osrelease", cases[i].release);
		command = ncb_install_command_at(*state, NCB_PKG_HEADERS);
		assert_string_equal(strrchr(command, ' ') + 1, cases[i].headers);
		command = ncb_install_command_at(*state, NCB_PKG_ALL);
		assert_non_null(strstr(command, cases[i].all));
		uproot(*state, path);
		free(path);
	}
	plant(*state, "/usr/bin/apt-get", "");
	plant(*state, "/proc/sys/kernel/arch", "aarch64\n");
	assert_non_null(strstr(ncb_install_command_at(*state, NCB_PKG_QEMU), "qemu-system-arm"));
}

/* -- steady -- */

#define GOVERNOR0	CPU "cpufreq/policy0/scaling_governor"
#define GOVERNOR1	CPU "cpufreq/policy1/scaling_governor"
#define ENERGY0		CPU "cpufreq/policy0/energy_performance_preference"
#define NO_TURBO	CPU "intel_pstate/no_turbo"

static char *state_file(const char *root)
{
	return ncb_format("%s/.cache/steady-restore", root);
}

static void steady_sets_and_restores(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, intel);
	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	assert_int_equal(s.failed, 0);
	assert_file(*state, GOVERNOR0, "performance");
	assert_file(*state, GOVERNOR1, "performance");
	assert_file(*state, NO_TURBO, "1");
	assert_true(ncb_exists(file));
	/* as the kernel does: the preference moves along with the governor */
	plant(*state, ENERGY0, "performance\n");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_file(*state, GOVERNOR0, "powersave");
	assert_file(*state, GOVERNOR1, "powersave");
	assert_file(*state, ENERGY0, "balance_performance");
	assert_file(*state, NO_TURBO, "0");
	assert_false(ncb_exists(file));
	assert_int_equal(ncb_steady_end(&s), 0);	/* twice does no harm */
	free(file);
}

static void steady_one_cpu(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, intel);
	assert_int_equal(ncb_steady_begin(&s, 1), 0);
	assert_file(*state, CPU "cpu1/cpufreq/scaling_governor", "performance");
	assert_file(*state, GOVERNOR0, "powersave");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_file(*state, CPU "cpu1/cpufreq/scaling_governor", "schedutil");
	free(file);
}

static void steady_boost(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, amd);
	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	assert_file(*state, CPU "cpufreq/boost", "0");
	assert_file(*state, CPU "cpufreq/policy2/scaling_governor", "performance");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_file(*state, CPU "cpufreq/boost", "1");
	assert_file(*state, GOVERNOR0, "performance");
	assert_file(*state, CPU "cpufreq/policy2/scaling_governor", "schedutil");
	free(file);
}

static void steady_without_knobs(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	assert_int_equal(s.failed, 2);
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_false(ncb_exists(file));
	free(file);
}

/* A file of the kernel that nobody may write stands in for a knob that refuses. */
static void steady_that_cannot_set(void **state)
{
	char *file = state_file(*state);
	char *path = ncb_format("%s" GOVERNOR0, (char *)*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, intel);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/proc/sys/kernel/osrelease", path), 0);
	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	assert_int_equal(s.failed, 1);
	assert_file(*state, GOVERNOR1, "performance");	/* the rest is set all the same */
	assert_file(*state, NO_TURBO, "1");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_file(*state, GOVERNOR1, "powersave");
	free(path);
	free(file);
}

/* Begins in another process, which is killed in the middle. */
static void begin_and_be_killed(const char *root, const char *file)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct ncb_steady s = { .root = root, .state = file };

		if (ncb_steady_begin(&s, -1))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_file(root, GOVERNOR0, "performance");
	assert_file(root, NO_TURBO, "1");
}

static void steady_recovers_after_a_kill(void **state)
{
	char *file = state_file(*state);

	plant_all(*state, intel);
	assert_int_equal(ncb_steady_recover(*state, file), 0);
	begin_and_be_killed(*state, file);
	plant(*state, ENERGY0, "performance\n");
	assert_int_equal(ncb_steady_recover(*state, file), 4);
	assert_file(*state, GOVERNOR0, "powersave");
	assert_file(*state, GOVERNOR1, "powersave");
	assert_file(*state, ENERGY0, "balance_performance");
	assert_file(*state, NO_TURBO, "0");
	assert_false(ncb_exists(file));
	assert_int_equal(ncb_steady_recover(*state, file), 0);
	free(file);
}

static void steady_begins_after_a_kill(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, intel);
	begin_and_be_killed(*state, file);
	/* what the killed one found, not what it had set, comes back in the end */
	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	assert_file(*state, GOVERNOR0, "performance");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_file(*state, GOVERNOR0, "powersave");
	assert_file(*state, NO_TURBO, "0");
	free(file);
}

static void steady_leaves_alone_what_was_changed_since(void **state)
{
	char *file = state_file(*state);

	plant_all(*state, intel);
	begin_and_be_killed(*state, file);
	plant(*state, GOVERNOR0, "ondemand\n");
	plant(*state, ENERGY0, "power\n");
	assert_int_equal(ncb_steady_recover(*state, file), 2);
	assert_file(*state, GOVERNOR0, "ondemand");
	assert_file(*state, ENERGY0, "power");
	assert_file(*state, GOVERNOR1, "powersave");
	assert_file(*state, NO_TURBO, "0");
	free(file);
}

static void steady_forgets_after_a_reboot(void **state)
{
	char *file = state_file(*state);

	plant_all(*state, intel);
	begin_and_be_killed(*state, file);
	plant(*state, "/proc/sys/kernel/random/boot_id", "another\n");
	assert_int_equal(ncb_steady_recover(*state, file), 0);
	assert_file(*state, GOVERNOR0, "performance");
	assert_false(ncb_exists(file));
	free(file);
}

static void steady_busy(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady first = { .root = *state, .state = file }, second = first;

	plant_all(*state, intel);
	assert_int_equal(ncb_steady_begin(&first, -1), 0);
	assert_int_equal(ncb_steady_recover(*state, file), -EBUSY);
	assert_int_equal(ncb_steady_begin(&second, -1), -EBUSY);
	assert_int_equal(ncb_steady_end(&second), 0);
	assert_file(*state, GOVERNOR0, "performance");
	assert_int_equal(ncb_steady_end(&first), 0);
	assert_file(*state, GOVERNOR0, "powersave");
	free(file);
}

/* Cut off at any byte, the file says that nothing had been changed, or that it is damaged. */
static void steady_damaged_state(void **state)
{
	char *file = state_file(*state), *text;
	size_t size, n;

	plant_all(*state, intel);
	begin_and_be_killed(*state, file);
	text = ncb_read_file(file, &size);
	assert_non_null(text);
	for (n = 0; n < size; n++) {
		assert_int_equal(ncb_write_file(file, text, n), 0);
		assert_int_equal(ncb_steady_recover(*state, file), 0);
		assert_file(*state, GOVERNOR0, "performance");
		assert_false(ncb_exists(file));
	}
	free(text);
	free(file);
}

/* As root, a file that anybody could have written must not lead us elsewhere. */
static void steady_foreign_paths(void **state)
{
	static const char *const paths[] = {
		"/etc/passwd", "/sys/devices/system/cpu/../../../../etc/passwd",
	};
	char *file = state_file(*state);
	size_t i;

	plant(*state, "/etc/passwd", "new\n");
	plant(*state, "/sys/devices/system/cpu/online", "0\n");
	plant(*state, "/proc/sys/kernel/random/boot_id", "id\n");
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		char *text = ncb_format("ncbench-steady 1 id\n%s\told\tnew\nend\n", paths[i]);

		plant(*state, "/.cache/steady-restore", text);
		assert_int_equal(ncb_steady_recover(*state, file), 0);
		assert_file(*state, "/etc/passwd", "new");
		free(text);
	}
	free(file);
}

static void steady_state_folder_not_writable(void **state)
{
	struct ncb_steady s = { .root = *state, .state = "/proc/no/such/state" };

	plant_all(*state, intel);
	assert_true(ncb_steady_begin(&s, -1) < 0);
	assert_file(*state, GOVERNOR0, "powersave");
	assert_int_equal(ncb_steady_end(&s), 0);
}

/* A CPU taken offline takes its knobs with it; nothing is left to try again. */
static void steady_cpu_gone(void **state)
{
	char *file = state_file(*state);
	struct ncb_steady s = { .root = *state, .state = file };

	plant_all(*state, intel);
	assert_int_equal(ncb_steady_begin(&s, -1), 0);
	uproot(*state, CPU "cpufreq/policy1");
	assert_int_equal(ncb_steady_end(&s), 0);
	assert_int_equal(s.failed, 2);
	assert_file(*state, GOVERNOR0, "powersave");
	assert_false(ncb_exists(file));
	free(file);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(env_intel),
		TEST(env_of_the_measuring_cpu),
		TEST(env_amd),
		TEST(env_interrupts),
		TEST(env_arm64),
		TEST(env_arm64_unknown_core),
		TEST(env_virtual_machine),
		TEST(env_metal_of_a_cloud_is_no_virtual_machine),
		TEST(env_user_mode_linux),
		TEST(env_of_a_shared_cpu),
		TEST(env_of_nothing),
		TEST(env_of_damaged_files),
		TEST(env_takes_what_is_no_text),
		TEST(env_taint),
		TEST(env_compilers),
		TEST(env_cpu_lists),
		TEST(env_packed_config),
		TEST(env_truncated_config),
		TEST(env_config_of_the_build_folder),
		TEST(reasons_none),
		TEST(reasons_of_a_desk),
		TEST(reasons_against_time_only),
		TEST(reasons_grave_first),
		TEST(reasons_of_a_process),
		TEST(reasons_said_once),
		TEST(reasons_beyond_the_room),
		TEST(reasons_of_strange_values),
		TEST(doctor_of_a_desk),
		TEST(doctor_of_a_worse_desk),
		TEST(doctor_secure_boot),
		TEST(doctor_obstacles),
		TEST(doctor_of_nothing),
		TEST(doctor_exit_code),
		TEST(install_commands),
		TEST(steady_sets_and_restores),
		TEST(steady_one_cpu),
		TEST(steady_boost),
		TEST(steady_without_knobs),
		TEST(steady_that_cannot_set),
		TEST(steady_recovers_after_a_kill),
		TEST(steady_begins_after_a_kill),
		TEST(steady_leaves_alone_what_was_changed_since),
		TEST(steady_forgets_after_a_reboot),
		TEST(steady_busy),
		TEST(steady_damaged_state),
		TEST(steady_foreign_paths),
		TEST(steady_state_folder_not_writable),
		TEST(steady_cpu_gone),
	};

	ncb_verbosity = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
