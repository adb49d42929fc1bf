/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_INTERRUPT_H
#define SHIM_LINUX_INTERRUPT_H

/* A process cannot hold interrupts off, and says so. */
#define local_irq_save(flags)		((void)((flags) = 0))
#define local_irq_restore(flags)	((void)(flags))
#define irqs_disabled()			false

#endif /* SHIM_LINUX_INTERRUPT_H */
