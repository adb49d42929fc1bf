/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_NOTIFIER_H
#define SHIM_LINUX_NOTIFIER_H

/* Engines have blocks of their own kind: to callbacks this is an address. */
struct notifier_block;

typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action, void *data);

#define NOTIFY_DONE		0
#define NOTIFY_OK		1
#define NOTIFY_STOP_MASK	0x8000
#define NOTIFY_BAD		(NOTIFY_STOP_MASK | 2)
#define NOTIFY_STOP		(NOTIFY_STOP_MASK | NOTIFY_OK)

#endif /* SHIM_LINUX_NOTIFIER_H */
