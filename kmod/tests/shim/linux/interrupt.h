/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_INTERRUPT_H
#define SHIM_LINUX_INTERRUPT_H

#include "shim.h"

/* shim_irqs() turns them off or on and tells how they were, as far as a process can. */
#define local_irq_save(flags)		((void)((flags) = shim_irqs(true)))
#define local_irq_restore(flags)	((void)shim_irqs(flags))
#define irqs_disabled()			shim_irqs_disabled()

#endif /* SHIM_LINUX_INTERRUPT_H */
