#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Our storms against 'stress-ng --module': loads per second of the same module, side by
# side on a User Mode Linux machine, in turns A B B A, each in a boot of its own: there, a
# machine that has loaded and unloaded a thousand modules takes tens of times longer for the
# next one, whoever loads it. STRESS_NG= names the program, with arguments before its own.
# Not part of 'make test': it measures.
. bench/tests/tap.sh
. bench/tests/uml-boot.sh

STRESS_NG=${STRESS_NG:-stress-ng}
if ! $STRESS_NG --help 2>/dev/null | grep -q -e '--module-name'; then
	skip "stress-ng: loads per second" "$STRESS_NG is not there or has no --module; STRESS_NG= names another"
	finish
fi
uml_prepare "stress-ng against storms"
echo "$STRESS_NG" >"$tmp/program"

# turn WHAT...: one boot; its last line is the figure.
turn() {
	echo "$*" >"$tmp/turn"
	uml_boot bench/tests/stress-ng-guest.sh || tail -n 5 "$tmp/out" | sed 's/^/# /' >&2
	sed -n 's/^figure: //p' "$tmp/out"
}

# versus MODE THREADS LOADS: A B B A, several times
versus() {
	ours=0 theirs=0 each=
	for _ in 1 2 3; do
		for who in ours theirs theirs ours; do
			got=$(turn "$who" "$1" "$2" "$3")
			each="$each $who $got;"
			# Of several turns the best: other load only ever takes time.
			[ "${got%% *}" -le "$(eval echo "\$$who")" ] || eval "$who=${got%% *}"
		done
	done
	echo "# $1, $2 threads:$each"
	echo "# $1, $2 threads: ours $ours a second at best, stress-ng $theirs; ratio" \
		"$(awk "BEGIN { printf \"%.2f\", $theirs ? $ours / $theirs : 0 }")"
	check "stress-ng: $1 with $2 threads loads at least as often" \
		test "$theirs" -gt 0 -a "$ours" -ge "$theirs"
}

turn ours churn 1 1 >/dev/null
versus churn 1 500
versus duplicate 4 400
versus copies 4 400
finish
