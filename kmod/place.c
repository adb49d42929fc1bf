// SPDX-License-Identifier: GPL-2.0-only
#include <linux/irqflags.h>
#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include "place.h"

#if defined(CONFIG_X86) && !defined(CONFIG_UML)
#include <asm/cpufeature.h>
#include <asm/msr.h>

/* Register numbers of Intel's manual, volume 4. */
#define MPERF		0xe7
#define APERF		0xe8
#define SMI_COUNT	0x34

static bool read_msr(u32 number, u64 *value)
{
	u32 low, high;

	if (rdmsr_safe(number, &low, &high))
		return false;
	*value = (u64)high << 32 | low;
	return true;
}

static void read_msrs(struct ncb_place *p)
{
	if (boot_cpu_has(X86_FEATURE_APERFMPERF) && read_msr(APERF, &p->aperf) &&
	    read_msr(MPERF, &p->mperf))
		p->known |= NCB_PLACE_FREQUENCY;
	/*
	 * Other makers do not count them, or elsewhere; Intel does since Nehalem, but
	 * not in family 15. A hypervisor answers 0.
	 */
	if (boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
	    boot_cpu_data.x86 >= 6 && boot_cpu_data.x86 != 15 &&
	    !boot_cpu_has(X86_FEATURE_HYPERVISOR) && read_msr(SMI_COUNT, &p->smis))
		p->known |= NCB_PLACE_SMIS;
}
#else
static void read_msrs(struct ncb_place *p)
{
}
#endif

/**
 * ncb_place_read - what this CPU has seen so far
 * @p: gets it; what is not known has no bit in @known
 *
 * Context: any, on the CPU that is meant.
 */
void ncb_place_read(struct ncb_place *p)
{
	unsigned int cpu = raw_smp_processor_id();
	unsigned long flags;

	memset(p, 0, sizeof(*p));
	p->known = NCB_PLACE_STEAL;
	p->steal_ns = kcpustat_cpu(cpu).cpustat[CPUTIME_STEAL];
	local_irq_save(flags);
	read_msrs(p);
	local_irq_restore(flags);
}

/**
 * ncb_place_since - what it has seen since
 * @p: a later reading, made a difference; what is not known of either, or of
 *	registers that do not move, as in emulators, is 0 and has no bit in @known
 * @before: an earlier one, of the same CPU
 */
void ncb_place_since(struct ncb_place *p, const struct ncb_place *before)
{
	p->known &= before->known;
	p->steal_ns -= before->steal_ns;
	p->smis -= before->smis;
	p->aperf -= before->aperf;
	p->mperf -= before->mperf;
	if (!p->aperf || !p->mperf)
		p->known &= ~NCB_PLACE_FREQUENCY;
	if (!(p->known & NCB_PLACE_FREQUENCY))
		p->aperf = p->mperf = 0;
	if (!(p->known & NCB_PLACE_SMIS))
		p->smis = 0;
}
