/* SPDX-License-Identifier: GPL-2.0-only */
/* The machines that guests can be: one entry in machine.c's table each. */
#ifndef NCB_MACHINE_H
#define NCB_MACHINE_H

#include "../run.h"

struct ncb_image;

/**
 * struct ncb_accel - how the guest's instructions are executed
 * @name: for NCBENCH_ACCEL
 * @title: for the report
 * @summary: for people
 * @metric: what a clock tick is
 * @options: of QEMU, NULL-ended
 * @append: to the kernel command line
 */
struct ncb_accel {
	const char *name;
	const char *title;
	const char *summary;
	enum ncb_metric metric;
	const char *options[16];
	const char *append;
};

/**
 * struct ncb_machine - a kind of machine that a guest can be
 * @name: as in ARCH=
 * @uname: as `uname -m` says in it
 * @kernel_arch: as the kernel's build system calls it
 * @debian: as Debian calls it; its kernel is the package linux-image-@debian
 * @suffix: of its folders in the cache
 * @elf: e_machine of its programs
 * @cross: what names of tools that build for it elsewhere begin with
 * @cross_packages: Debian's packages of them
 * @qemu: the emulator
 * @qemu_package: Debian's package of it
 * @qemu_least: major and minor number of the first version that will do
 * @devices: of QEMU: the machine, and what the character devices "console" and
 *	"wire" are attached to; NULL-ended
 * @console, @wire: these two in the guest, below /dev/; @console with its rate
 * @append: to the kernel command line, with every accelerator
 * @tcg: emulated, counting instructions
 * @kvm: on such a machine, or NULL where it was never tried
 * @read_image: whether a file is a kernel for it, and what is booted then; see image.h
 */
struct ncb_machine {
	const char *name;
	const char *uname;
	const char *kernel_arch;
	const char *debian;
	const char *suffix;
	uint16_t elf;
	const char *cross;
	const char *cross_packages;
	const char *qemu;
	const char *qemu_package;
	unsigned int qemu_least[2];
	const char *devices[12];
	const char *console;
	const char *wire;
	const char *append;
	const struct ncb_accel *tcg;
	const struct ncb_accel *kvm;
	int (*read_image)(const char *path, struct ncb_image *image);
};

extern const struct ncb_machine ncb_machines[];
extern const size_t ncb_machine_count;

const struct ncb_machine *ncb_machine_find(const char *name);
const struct ncb_machine *ncb_machine_here(void);
const struct ncb_machine *ncb_machine_building(const char *kernel_arch);
bool ncb_machine_is_here(const struct ncb_machine *m);
int ncb_machine_check(const char *name);
char *ncb_machine_tool(const struct ncb_machine *m, const char *tool);
int ncb_machine_can_build(const struct ncb_machine *m, char *why, size_t size);
int ncb_machine_qemu(const struct ncb_machine *m, char **version, char *why, size_t size);

#endif /* NCB_MACHINE_H */
