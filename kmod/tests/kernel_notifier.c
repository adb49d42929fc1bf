// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own code, from the source tree on the include path, unchanged. */
#include <kernel/notifier.c>
