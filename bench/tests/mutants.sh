#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Plants the bugs of mutants.list, one at a time, into a copy of the checkout,
# builds the unit test named there and demands that it fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
list=$PWD/bench/tests/mutants.list
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

make --no-print-directory -s -j"$(nproc)" unit-tests || exit 1
mkdir -p "$work/.build/tests"
cp -a Makefile bench kmod plot results "$work/" 2>/dev/null
cp -a .build/tests/unit "$work/.build/tests/"
cd "$work" || exit 1

code=0
while IFS= read -r line; do
	case $line in
	'#'* | '') continue ;;
	esac
	name=${line%% | *}
	rest=${line#* | }
	file=${rest%% | *}
	rest=${rest#* | }
	script=${rest% | *}
	test=.build/tests/unit/${rest##* | }
	cp -p "$file" original
	if ! sed "$script" original >"$file" || cmp -s original "$file"; then
		verdict="the sed script changes nothing"
	elif ! make -s "$test" CFLAGS=-w >log 2>&1; then
		verdict="does not compile: $(grep -m1 error log)"
	elif NCBENCH_TOP=$work timeout 60 "$test" >log 2>&1; then
		verdict="not noticed"
	else
		verdict=
	fi
	if [ -z "$verdict" ]; then
		echo "ok - mutant: ${rest##* | } notices: $name"
	else
		echo "not ok - mutant: ${rest##* | }, $name: $verdict"
		code=1
	fi
	cp original "$file"
done <"$list"
exit $code
