/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of the kernel source tree, which is on the include path as a whole. */
#include <include/linux/notifier.h>
