#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Plants the bugs of mutants.list one at a time into a copy of kmod, builds the
# program named there and demands that it fails.
#
#	mutants.sh [part of a name]
#
# Exit code: 0, all were noticed; 1, one was not, or could not be planted; 2, usage.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
quick='-w -g0 -O0'
build_timeout=120
build=../../build	# the same name everywhere, so that make's dependencies hold
test_timeout=60

# $1: line of the list, $2: folder with the pristine copy. Prints one line.
plant() {
	line=$1
	base=$2
	name=${line%% | *}
	rest=${line#* | }
	file=${rest%% | *}
	rest=${rest#* | }
	script=${rest% | *}
	program=${rest##* | }

	copy=$(mktemp -d "$base/mutant.XXXXXX") || return 1
	cp -a "$base/kmod" "$base/build" "$copy/" || return 1
	if ! sed "$script" "$base/kmod/$file" >"$copy/kmod/$file"; then
		verdict='FAILED: no valid sed script'
	elif cmp -s "$base/kmod/$file" "$copy/kmod/$file"; then
		verdict='FAILED: the sed script changes nothing'
	elif ! timeout $build_timeout make -s -C "$copy/kmod/tests" O=$build WERROR= \
		CFLAGS="$quick" "$build/$program" >"$copy/log" 2>&1; then
		verdict='FAILED: does not compile'
		cat "$copy/log" >&2
	else
		ASAN_OPTIONS=detect_leaks=1:symbolize=0 timeout $test_timeout "$copy/build/$program" \
			>"$copy/log" 2>&1
		case $? in
		0) verdict='FAILED: not noticed' ;;
		124 | 126 | 127) verdict='FAILED: did not run to an end' ;;
		*) verdict=OK ;;
		esac
	fi
	rm -rf "$copy"
	case $verdict in
	OK) echo "[       OK ] $program notices: $name" ;;
	*) echo "[  FAILED  ] $program, $name: ${verdict#FAILED: }" ;;
	esac
}

# How the script calls itself, so that several are built at once.
if [ "${1-}" = --plant ]; then
	plant "$3" "$2"
	exit
fi
if [ $# -gt 1 ]; then
	echo 'usage: mutants.sh [part of a name]' >&2
	exit 2
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/kmod" "$work/build" || exit 1
(cd "$here/.." && cp -a ./*.[ch] ./*.def behaviour tests "$work/kmod/") || exit 1

# Not to take a broken test for a noticed bug: without a bug all of them pass.
grep -v '^#' "$here/mutants.list" | grep -F -- "${1-}" | grep . >"$work/list"
programs=$(sed 's/.* | //' "$work/list" | sort -u)
jobs=$(getconf _NPROCESSORS_ONLN)
if [ -z "$programs" ]; then
	echo "mutants.sh: no planted bug's name contains '$1'" >&2
	exit 2
fi
for p in $programs; do
	echo "$build/$p"
done | xargs make -s -j "$jobs" -C "$work/kmod/tests" O=$build WERROR= CFLAGS="$quick" || exit 1
for p in $programs; do
	if ! "$work/build/$p" >"$work/log" 2>&1; then
		cat "$work/log"
		echo "mutants.sh: $p fails without a planted bug" >&2
		exit 1
	fi
done

tr '\n' '\0' <"$work/list" |
	xargs -0 -n 1 -P "$jobs" sh "$here/mutants.sh" --plant "$work" |
	tee "$work/verdicts"
noticed=$(grep -c '^\[       OK' "$work/verdicts")
planted=$(wc -l <"$work/list")
echo "[==========] $planted planted bug(s)"
echo "[  PASSED  ] $noticed test(s)."
if [ "$noticed" -ne "$planted" ]; then
	echo "[  FAILED  ] $((planted - noticed)) test(s)"
	exit 1
fi
