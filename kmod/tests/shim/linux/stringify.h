/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_STRINGIFY_H
#define SHIM_LINUX_STRINGIFY_H

#define __stringify_(x)	#x
#define __stringify(x)	__stringify_(x)

#endif /* SHIM_LINUX_STRINGIFY_H */
