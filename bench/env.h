/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of the machine and the kernel that a run was made in. */
#ifndef NCB_ENV_H
#define NCB_ENV_H

#include "run.h"

/**
 * DOC: keys of the environment
 *
 * Values are strings unless marked (number). A key that could not be read is
 * left out: absence means unknown, never "off". "none" and "off" are facts.
 *
 * ======================= =====================================================
 * kernel_release          as `uname -r`
 * kernel_version          as `uname -v`: build number, SMP/PREEMPT, date
 * kernel_compiler         compiler of the kernel, from /proc/version
 * kernel_linker           linker of the kernel, from /proc/version
 * kernel_command_line     /proc/cmdline
 * kernel_config           file that the CONFIG_* keys were read from
 * kernel_tainted          (number) /proc/sys/kernel/tainted
 * kernel_taint            the same as the kernel's letters ("PWO"); left out
 *                         when 0. O and E come with ncbench.ko itself
 * kernel_modules_disabled (number) 1: no module can be loaded until reboot
 * boot_id                 random, of this boot: tells whether two runs are of the
 *                         same one; left out for target user, where each
 *                         process places code anew
 * CONFIG_<OPTION>         y, m, n (written as "is not set") or the value, for
 *                         the options that matter here; an option that the file
 *                         does not mention is left out
 * arch                    as `uname -m`
 * module_compiler         compiler of ncbench.ko; from the caller, who built it
 * measuring_cpu           number of the CPU that measures; from the caller
 * events                  what was asked to be counted: names, auto or none
 * counters                why nothing of the default set was counted; left out
 *                         where anything was, or none was asked for
 * metric                  insn, cycles or ns; from the caller
 * cpu_model               model name; on arm64 the core's name where known
 * cpu_vendor              GenuineIntel, AuthenticAMD ...; on arm64 implementer
 * cpu_family              x86: family; arm64: architecture
 * cpu_model_number        x86: model; arm64: part, in hex
 * cpu_stepping            x86: stepping; arm64: variant and revision, "r1p0"
 * cpu_microcode           revision as the kernel prints it; inside a virtual
 *                         machine this is what the hypervisor makes up
 * cpus_online             (number)
 * cpus_isolated           list as in isolcpus=, or "none"
 * cpus_nohz_full          list as in nohz_full=, or "none"
 * smt                     on: more than one thread of a core is online; off
 * smt_control             on, off, forceoff, notsupported, notimplemented
 * mitigation_<name>       one for each file in cpu/vulnerabilities that does
 *                         not say "Not affected"
 * governor                of the measuring CPU; where that is not known: of all
 *                         CPUs, with counts where they differ
 * cpufreq_driver          likewise: intel_pstate, amd-pstate-epp, acpi-cpufreq
 * energy_preference       likewise: energy_performance_preference
 * turbo                   on, off: whether the clock may go beyond the nominal
 * clocksource             the kernel's current one
 * clocksources            all that it could use
 * tsc_constant            x86: yes, no: the flag constant_tsc
 * tsc_nonstop             x86: yes, no: the flag nonstop_tsc
 * hypervisor              its name, "yes" (there is one, without a name), or
 *                         "none"; "User Mode Linux" counts as one
 * machine                 maker and product from DMI, or the device tree's model
 * load_1min               (number) load average when captured
 * load_5min               (number)
 * load_15min              (number)
 * cpu_steal_percent       (number) of the measuring CPU's time during the run, what
 *                         the hypervisor gave to others; from /proc/stat
 * cpu_other_percent       (number) and what other tasks and interrupts took
 * memory_kib              (number) MemTotal
 * distribution            PRETTY_NAME of os-release
 * tracer                  current_tracer of ftrace, where tracefs can be read
 * tracepoint_notifier     (number) 1: the notifier_run tracepoint is enabled
 * date                    of the run's start, UTC; from `ncbench run`
 * command                 that makes the run again; from `ncbench run`
 * revision                of the suite, git describe; from `ncbench run`
 * perf_version            of perf, where PERF= was given
 * hyperfine_version       of hyperfine, where COMMANDS=1 was given
 * clock                   the clock that was read: tsc, cntvct, ktime; from the
 *                         module
 * target                  qemu, uml, user: where that is said by the target itself
 * qemu_version            of a guest; from target qemu
 * accelerator             of a guest: kvm, or tcg with its options, or "User Mode
 *                         Linux"; from the target
 * host_kernel_release     of the kernel that a User Mode Linux guest is a process of;
 *                         arch, cpu_*, tsc_*, smt*, governor, turbo, machine,
 *                         hypervisor, load_1min and measuring_cpu are that machine's,
 *                         too; from target uml
 * link                    which of several links of one kernel, "0" and on: the same
 *                         number is the same layout on both sides; likewise
 * build                   what that kernel was built from and how; likewise
 * storm_seconds           what the storms took, by a clock of who waited for them
 * memory_seconds          what reading the kernel's types took; from `ncbench run`
 * storm_rcu               "expedited" where grace periods were, during storms: a guest whose
 *                         clock counts instructions, see storm/measure.c
 * ======================= =====================================================
 */

/**
 * ncb_env_capture() - what is known of the kernel and machine this runs in
 * @r: @r->env gets the keys above; those already there named "from the caller"
 *	are kept, all others are overwritten. "measuring_cpu", when wanted, has
 *	to be set before
 * @root: put before every path that is read; "" for the real machine. With
 *	another, nothing comes from the running system (uname, CPUID)
 *
 * Cannot fail: what is unreadable or damaged is left out.
 */
void ncb_env_capture(struct ncb_rundata *r, const char *root);

/**
 * struct ncb_cpu_time - where the time of one CPU went since the boot
 * @busy: seconds that it ran anything, interrupts included
 * @steal: seconds that the hypervisor took
 * @own: seconds that this process ran, on any CPU
 * @wall: seconds, monotonic
 * @known: false where /proc/stat does not have that CPU
 */
struct ncb_cpu_time {
	double busy, steal, own, wall;
	bool known;
};

/**
 * ncb_env_cpu_time() - read the clock of a CPU's work
 * @root: as for ncb_env_capture()
 * @cpu: number
 */
bool ncb_env_interrupts(const char *root, int cpu, uint64_t *sum);
struct ncb_cpu_time ncb_env_cpu_time(const char *root, int cpu);

/**
 * ncb_env_note_cpu_time() - who else had the measuring CPU during the run
 * @r: its environment gets cpu_steal_percent and cpu_other_percent
 * @before: read when measuring began
 * @after: when it ended
 */
void ncb_env_note_cpu_time(struct ncb_rundata *r, const struct ncb_cpu_time *before,
			   const struct ncb_cpu_time *after);

/** NCB_REASON_LEN - bytes of a reason, with its end */
#define NCB_REASON_LEN	80

/** NCB_NOT_FOR_REVIEW - how the grave reasons begin */
#define NCB_NOT_FOR_REVIEW	"not for review: "

/**
 * ncb_env_not_for_review() - what has to be said beside figures from here
 * @env: as filled by ncb_env_capture(); NULL is an empty one. Of "metric", what
 *	only disturbs others is not listed; where it is not known it is time
 * @features: NCB_FEAT_* of the kernel, 0 where not known
 * @reasons: gets the sentences, grave ones first: these begin with
 *	NCB_NOT_FOR_REVIEW, the others only need saying
 * @max: room in @reasons
 *
 * Return: how many there are, also when that is more than @max; @reasons then
 * holds the first @max.
 */
int ncb_env_not_for_review(const json_t *env, uint32_t features,
			   char reasons[][NCB_REASON_LEN], int max);

/** ncb_env_reviewable() - whether no grave reason stands against the figures */
bool ncb_env_reviewable(const json_t *env, uint32_t features);

/* -- shared with doctor.c and steady.c -- */

/**
 * ncb_root_line() - first line of a file below a root, trimmed
 * @root: prefix, "" for none
 * @path: absolute path
 * @buffer: gets the line
 * @size: of @buffer
 *
 * Return: 0, -ENODATA where the line is empty, or -errno.
 */
int ncb_root_line(const char *root, const char *path, char *buffer, size_t size);

/** ncb_root_exists() - whether @root + @path exists */
bool ncb_root_exists(const char *root, const char *path);

/**
 * ncb_cpu_list_count() - CPUs in a list such as "0-3,8"
 * @list: text; empty: none
 *
 * Return: the number, or -EINVAL where it is no list.
 */
int ncb_cpu_list_count(const char *list);

/**
 * ncb_compiler_version() - "12.2.0" out of "gcc-12 (Debian 12.2.0-14) 12.2.0"
 * @compiler: as in /proc/version
 * @version: gets the version
 * @size: of @version
 *
 * Return: 0, or -EINVAL where there is none.
 */
int ncb_compiler_version(const char *compiler, char *version, size_t size);

#endif /* NCB_ENV_H */
