// SPDX-License-Identifier: GPL-2.0-only
/* The table of ways to build a kernel. */
#include <string.h>
#include "kbuild.h"

/*
 * Types are wanted, for what lists cost in memory; where variables are is not, and takes
 * two thirds of what debug information costs: 10 % of a build are left. Code is the same.
 */
#define TYPES_ONLY	"KCFLAGS=-fno-var-tracking -fno-var-tracking-assignments"

/* Without these the guest does not come up, or the module does not load. */
#define REQUIRED \
	"64BIT", "MODULES", "MODULE_UNLOAD", "PRINTK", "KALLSYMS", "PROC_FS", "SYSFS", "DEBUG_FS", \
	"SHMEM", "TMPFS", "DEVTMPFS", "BLK_DEV_INITRD", "BINFMT_ELF", "BINFMT_SCRIPT", "FUTEX", \
	"EPOLL", "TTY", "IKCONFIG_PROC"

const struct ncb_flavour ncb_flavours[] = {
	{
		.name = "uml",
		.summary = "User Mode Linux: a process, at native speed",
		.make = { "ARCH=um" },
		.uname = "x86_64",
		.targets = { "linux", "modules_prepare" },
		.image = "linux",
		.config = "bench/kbuild/uml.config",
		.required = { REQUIRED, "HOSTFS", "STDERR_CONSOLE" },
		.layouts = true,
		.objects = 800,
		.seconds = 170,
	},
	{
		.name = "x86_64",
		.summary = "for QEMU's x86 machine",
		.make = { "ARCH=x86_64", TYPES_ONLY },
		.cross = "x86_64-linux-gnu-",
		.uname = "x86_64",
		.targets = { "vmlinux", "modules_prepare" },
		.image = "vmlinux",
		.config = "bench/kbuild/x86_64.config",
		.required = { REQUIRED, "SMP", "SERIAL_8250_CONSOLE", "PVH" },
		.objects = 1200,
		.seconds = 200,
	},
	{
		.name = "arm64",
		.summary = "for QEMU's arm64 machine",
		.make = { "ARCH=arm64", TYPES_ONLY },
		.cross = "aarch64-linux-gnu-",
		.uname = "aarch64",
		.targets = { "Image", "modules_prepare" },
		.image = "arch/arm64/boot/Image",
		.config = "bench/kbuild/arm64.config",
		.required = { REQUIRED, "SMP", "SERIAL_AMBA_PL011_CONSOLE", "SERIAL_8250_PCI" },
		.objects = 1400,
		.seconds = 240,
	},
};
const size_t ncb_flavour_count = ARRAY_SIZE(ncb_flavours);

/** ncb_flavour_find - a flavour by its name, or NULL */
const struct ncb_flavour *ncb_flavour_find(const char *name)
{
	size_t i;

	for (i = 0; i < ncb_flavour_count; i++)
		if (!strcmp(ncb_flavours[i].name, name))
			return &ncb_flavours[i];
	return NULL;
}
