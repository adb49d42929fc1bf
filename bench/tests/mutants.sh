#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Plants the bugs of mutants.list, one at a time, into a copy of the checkout,
# builds the unit test named there and demands that it fails. As many at once,
# each with a copy of its own, as there are processors. MUTANTS='word': only those
# whose line has it.
set -u
cd "$(dirname "$0")/../.." || exit 1
list=$PWD/bench/tests/mutants.list
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)

# plant NAME FILE SCRIPT TEST: in the copy that this runs in.
plant() {
	test=.build/tests/unit/$4 object=.build/tests/unit/${2%.*}.o
	cp -p "$2" original
	rm -f object
	[ "$2" = "${2%.c}" ] || [ ! -e "$object" ] || cp -p "$object" object
	if ! sed "$3" original >"$2" || cmp -s original "$2"; then
		verdict="the sed script changes nothing"
	# Compiled plainly, which takes a third of the time: there are hundreds.
	elif ! make -s "$test" CFLAGS=-w UNIT_O=-O0 >log 2>&1; then
		verdict="does not compile: $(grep -m1 error log)"
	elif NCBENCH_TOP=$PWD timeout 60 "$test" >log 2>&1; then
		verdict="not noticed"
	else
		verdict=
	fi
	# The object as it was, newer than its source: it goes into the library again as it is.
	if [ -e object ]; then
		cp -p original "$2"
		cp object "$object"
	else
		cp original "$2"
	fi
	if [ -z "$verdict" ]; then
		echo "ok - mutant: $4 notices: $1"
	else
		echo "not ok - mutant: $4, $1: $verdict"
	fi
}

# share N: every line whose number is N modulo the number of jobs.
share() {
	grep -v '^#\|^$' "$list" | grep -F -- "${MUTANTS:-}" | awk "NR % $jobs == $1" |
	while IFS= read -r line; do
		name=${line%% | *}
		rest=${line#* | }
		file=${rest%% | *}
		rest=${rest#* | }
		plant "$name" "$file" "${rest% | *}" "${rest##* | }"
	done
}

make --no-print-directory -s -j"$jobs" unit-tests || exit 1
job=0
while [ "$job" -lt "$jobs" ]; do
	copy=$work/$job
	mkdir -p "$copy/.build/tests"
	cp -a Makefile bench kmod plot results "$copy/" 2>/dev/null
	cp -a .build/tests/unit "$copy/.build/tests/"
	(cd "$copy" && share "$job") >"$work/out.$job" &
	job=$((job + 1))
done
wait
cat "$work"/out.*
! grep -q '^not ok' "$work"/out.*
