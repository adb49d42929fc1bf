#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Our storms against 'stress-ng --module': loads per second of the same module, side by
# side on a User Mode Linux machine, in turns A B B A. STRESS_NG= names the program, with
# arguments before its own. Not part of 'make test': it measures.
. bench/tests/tap.sh
. bench/tests/uml-boot.sh

STRESS_NG=${STRESS_NG:-stress-ng}
if ! $STRESS_NG --help 2>/dev/null | grep -q -e '--module-name'; then
	skip "stress-ng: loads per second" "$STRESS_NG is not there or has no --module (0.16 has); STRESS_NG= names another"
	finish
fi
uml_prepare "stress-ng against storms"
echo "$STRESS_NG" >"$tmp/program"
uml_boot bench/tests/stress-ng-guest.sh
cat "$tmp/out"
check "stress-ng: the comparison comes to its end" grep -q '^rehearsal: end' "$tmp/out"
finish
