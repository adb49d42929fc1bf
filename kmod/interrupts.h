/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether anything interrupted a sample that was taken with interrupts on. */
#ifndef NCB_INTERRUPTS_H
#define NCB_INTERRUPTS_H

#include <linux/kernel_stat.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>

/*
 * A number that changes with every interrupt of this CPU and every switch of
 * the task. Not all interrupts are in the generic count: x86 keeps those of the
 * local APIC (timer, calls from other CPUs) apart, in a struct whose fields
 * differ between kernels, so all of it is summed up.
 */
static inline u64 ncb_interruptions(void)
{
	unsigned int cpu = raw_smp_processor_id();
	u64 sum = per_cpu(kstat, cpu).irqs_sum + current->nvcsw + current->nivcsw;
#ifdef CONFIG_X86_LOCAL_APIC
	const u32 *word = (const u32 *)&per_cpu(irq_stat, cpu);
	unsigned int i;

	for (i = 0; i < sizeof(irq_cpustat_t) / sizeof(*word); i++)
		sum += READ_ONCE(word[i]);
#endif
	return sum;
}

#endif /* NCB_INTERRUPTS_H */
