/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KPROBES_H
#define SHIM_LINUX_KPROBES_H

#define NOKPROBE_SYMBOL(fn)

#endif /* SHIM_LINUX_KPROBES_H */
