#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module's pure code in userspace; with a kernel source tree (KSRC=, or one
# that the suite has unpacked) also against the kernel's own notifier.c.
if [ -z "${KSRC:-}" ]; then
	for tree in .cache/sources/linux-source-*; do
		[ -e "$tree/kernel/notifier.c" ] && KSRC=$PWD/$tree
	done
fi
make --no-print-directory -s -j"$(nproc)" -C kmod/tests all ${KSRC:+KSRC="$KSRC"} &&
	make --no-print-directory -s -C kmod/tests run ${KSRC:+KSRC="$KSRC"}
