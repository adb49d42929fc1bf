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
gcc -shared -fPIC -O1 -o "$tmp/count_loads.so" bench/tests/count_loads.c -ldl || exit 1

# turn WHAT...: one boot; its last line are the figures.
turn() {
	echo "$*" >"$tmp/turn"
	uml_boot bench/tests/stress-ng-guest.sh || tail -n 5 "$tmp/out" | sed 's/^/# /' >&2
	sed -n 's/^figure: //p' "$tmp/out"
}

# best FIELD WHO: of several turns the best, as other load only ever takes time.
best() {
	cut -d' ' -f"$1" "$tmp/$2" | sort -n | tail -n 1
}

# versus MODE THREADS LOADS: A B B A, several times
versus() {
	rm -f "$tmp/ours" "$tmp/theirs"
	for _ in 1 2 3; do
		for who in ours theirs theirs ours; do
			turn "$who" "$1" "$2" "$3" >>"$tmp/$who"
			echo "# $1, $2 threads, $who: $(tail -n 1 "$tmp/$who")"
		done
	done
	for field in 1 2; do
		ours=$(best $field ours) theirs=$(best $field theirs)
		echo "# $1, $2 threads, $([ $field = 1 ] && echo calls || echo loads that succeeded):" \
			"ours $ours a second at best, stress-ng $theirs; ratio" \
			"$(awk "BEGIN { printf \"%.2f\", $theirs ? $ours / $theirs : 0 }")"
		[ $field = 2 ] || check "stress-ng: $1 with $2 threads loads at least as often" \
			test "$theirs" -gt 0 -a "$ours" -ge "$theirs"
	done
}

turn ours churn 1 1 >/dev/null
versus churn 1 500
versus duplicate 4 400
versus copies 4 400
finish
