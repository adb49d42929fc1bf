/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

/* What is asked of the task that measures: shim_current() finds it out each time. */
struct task_struct {
	unsigned long nvcsw, nivcsw;
	int nr_cpus_allowed;
};

struct task_struct *shim_current(void);
unsigned int shim_cpu(void);

#define current			shim_current()
#define raw_smp_processor_id()	shim_cpu()
#define cond_resched()		((void)0)

#endif /* SHIM_LINUX_SCHED_H */
