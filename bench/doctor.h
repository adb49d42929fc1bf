/* SPDX-License-Identifier: GPL-2.0-only */
/* What on a machine hurts or forbids measuring, and the way out. */
#ifndef NCB_DOCTOR_H
#define NCB_DOCTOR_H

#include "ncbench.h"

/**
 * ncb_doctor() - one line for each thing looked at, then what is possible here
 * @f: where to print
 *
 * Return: NCB_EXIT_OK where at least one target can measure, else NCB_EXIT_CANNOT.
 */
int ncb_doctor(FILE *f);

/** ncb_doctor_at() - ncb_doctor() with a prefix before all paths and commands, for tests */
int ncb_doctor_at(FILE *f, const char *root);

/**
 * ncb_can_load_modules() - whether a module built here could be loaded here
 * @why: gets one sentence; where it cannot, with the way out
 * @size: of @why
 *
 * Looks at the kernel's support for modules, modules_disabled, lockdown,
 * enforced signatures, the right to load, and headers, in this order: what
 * cannot be helped comes first.
 *
 * Return: true where nothing speaks against it.
 */
bool ncb_can_load_modules(char *why, size_t size);

/** ncb_can_load_modules_at() - the same below a prefix, for tests */
bool ncb_can_load_modules_at(const char *root, char *why, size_t size);

/**
 * ncb_can_load_ready_modules_at() - the same of modules that were built elsewhere
 *
 * They need no headers, and may be signed as the kernel wants it.
 */
bool ncb_can_load_ready_modules_at(const char *root, char *why, size_t size);

/*
 * What depends on the machine; bits for ncb_install_command(). All the rest is
 * installed by bench/deps.sh (make deps), which has its own names.
 */
enum ncb_package {
	NCB_PKG_HEADERS	= 1 << 0,	/* of the running kernel */
	NCB_PKG_QEMU	= 1 << 1,
	NCB_PKG_ALL	= NCB_PKG_HEADERS | NCB_PKG_QEMU
};

/**
 * ncb_install_command() - the command that installs packages here
 * @packages: NCB_PKG_* ored
 *
 * Return: the command, with sudo where this is not root; valid until the next
 * call. NULL where none of apt, dnf, zypper, pacman is here.
 */
const char *ncb_install_command(unsigned int packages);

/** ncb_install_command_at() - the same below a prefix, for tests */
const char *ncb_install_command_at(const char *root, unsigned int packages);

#endif /* NCB_DOCTOR_H */
