/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#define per_cpu(variable, cpu)	((void)(cpu), (variable))

#endif /* SHIM_LINUX_PERCPU_H */
