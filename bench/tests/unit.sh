#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver's unit tests: each test_*.c here is a program, with sanitizers.
make --no-print-directory -s -j"$(nproc)" unit-tests || exit 1
code=0
for program in .build/tests/unit/test_*; do
	case $program in
	*.[od]) continue ;;
	esac
	"$program" || code=1
done
exit $code
