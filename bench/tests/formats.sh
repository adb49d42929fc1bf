#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Formats against the programs that they are of: the same values given to the
# real ministat, the KTAP read by the kernel's own parser, the benchmark data by
# benchstat, csv and json by python's readers. What is not here is skipped.
# shellcheck disable=SC2317 # the functions are called by check
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

make --no-print-directory -s .build/tests/unit/test_format || exit 1
mkdir "$tmp/noisy"
if ! .build/tests/unit/test_format "$tmp/noisy"; then
	echo "not ok - formats: a synthetic run could not be stored"
	exit 1
fi
runs="$tmp/noisy results/reference-quick-6.1"

# The first kernel source with the parser: KSRC=, or what the tests have unpacked.
kunit=
for dir in "${KSRC:-}" .cache/sources/linux-source-*; do
	if [ -n "$dir" ] && [ -e "$dir/tools/testing/kunit/kunit.py" ]; then
		kunit=$dir/tools/testing/kunit/kunit.py
		break
	fi
done

# A row of ours, from ministat's output: figures, then "difference" or "none".
ours() {
	awk -v row="$1" '
	/^# .*per operation$/ { on = index($0, "# " row ",") == 1; next }
	!on { next }
	/^[x+] +[0-9]+ +[0-9.e+-]+ / { print }
	/^Difference at 95/ { d = 1 }
	/ministat itself would/ { d = !d }
	END { print d ? "difference" : "none" }' "$2"
}

# The same of the real one. Its older versions take the upper of two middle
# values for the median: @upper says which this one does.
theirs() {
	ministat -A "$1" "$2" >"$tmp/real" || return 1
	awk '/^[x+] +[0-9]+ / { print }
	/^Difference at 95/ { d = 1 }
	END { print d ? "difference" : "none" }' "$tmp/real"
}

# Replaces the median of a line of figures by that of a file of values.
with_median() {
	sort -g "$1" | awk -v upper="$upper" -v line="$2" '
	{ v[NR] = $1 }
	END {
		m = NR % 2 || upper ? v[int(NR / 2) + 1] : (v[NR / 2] + v[NR / 2 + 1]) / 2
		$0 = line
		printf "%s %3d %13s %13s %13.8g %13s %13s\n", $1, $2, $3, $4, m, $6, $7
	}'
}

check_ministat() {
	printf '1\n2\n3\n4\n' >"$tmp/four"
	upper=0
	[ "$(ministat -n "$tmp/four" | awk '/^x +4/ { print $5 }')" = 2.5 ] || upper=1
	"$ncb" report "$1" --format ministat >"$tmp/text" || return 1
	"$ncb" report "$1" --format ministat --output "$tmp/files" >/dev/null || return 1
	rows=0
	for old in "$tmp"/files/*.old.txt; do
		new=${old%.old.txt}.new.txt
		[ -e "$new" ] || continue
		row=$(basename "$old" .old.txt | tr _ /)
		rows=$((rows + 1))
		theirs "$old" "$new" >"$tmp/theirs" || return 1
		ours "$row" "$tmp/text" >"$tmp/ours"
		# Our median is the mean of the two in the middle, whatever theirs is.
		{
			own=$upper upper=0
			with_median "$old" "$(sed -n 1p "$tmp/theirs")"
			with_median "$new" "$(sed -n 2p "$tmp/theirs")"
			upper=$own
			sed -n 3p "$tmp/theirs"
		} >"$tmp/expected"
		# And theirs is what we think it is, or the line above proves nothing.
		{
			with_median "$old" "$(sed -n 1p "$tmp/theirs")"
			with_median "$new" "$(sed -n 2p "$tmp/theirs")"
			sed -n 3p "$tmp/theirs"
		} | cmp -s - "$tmp/theirs" || { echo "# $row: ministat's median"; return 1; }
		cmp -s "$tmp/ours" "$tmp/expected" && continue
		echo "# $row:"
		diff "$tmp/ours" "$tmp/expected" | sed 's/^/# /'
		return 1
	done
	echo "# ministat: $rows rows"
	[ "$rows" -gt 10 ]
}

check_kunit() {
	"$ncb" report "$1" --format ktap >"$tmp/ktap" || return 1
	PYTHONDONTWRITEBYTECODE=1 python3 "$kunit" parse "$tmp/ktap" >"$tmp/parsed"
	count() { grep -cE "$1" "$tmp/ktap"; }
	skipped=$(count '^ok .* # SKIP ') failed=$(count '^not ok ')
	passed=$(($(count '^ok ') - skipped))
	grep -E 'Ran [0-9]+ tests' "$tmp/parsed" | sed 's/.*complete. /# kunit: /'
	# Counts of nothing are left out of its summary.
	want="Ran $((passed + failed + skipped)) tests:"
	[ "$passed" = 0 ] || want="$want passed: $passed,"
	[ "$failed" = 0 ] || want="$want failed: $failed,"
	[ "$skipped" = 0 ] || want="$want skipped: $skipped,"
	grep -qF "${want%,}" "$tmp/parsed" || return 1
	! grep -q 'ERROR\|errors:' "$tmp/parsed"
}

check_benchstat() {
	"$ncb" report "$1" --format gobench >"$tmp/bench" || return 1
	benchstat -col side "$tmp/bench" >"$tmp/table" 2>"$tmp/err" || return 1
	rows=$(grep -o '^Benchmark[^ ]*' "$tmp/bench" | sort -u | wc -l)
	# One table: each row once.
	[ "$(grep -c '^Notifier/' "$tmp/table")" = "$rows" ] && [ ! -s "$tmp/err" ]
}

check_csv() {
	"$ncb" report "$1" --format csv >"$tmp/csv" || return 1
	"$ncb" report "$1" --format ktap >"$tmp/ktap" || return 1
	python3 - "$tmp/csv" "$(grep -cE '^(not )?ok ' "$tmp/ktap")" <<-'END'
	import csv, sys
	rows = list(csv.reader(open(sys.argv[1], newline=''), strict=True))
	ok = len({len(row) for row in rows}) == 1 and len(rows) == int(sys.argv[2]) + 1
	sys.exit(0 if ok and rows[0][0] == 'row' else 1)
	END
}

check_json() {
	"$ncb" report "$1" --format json >"$tmp/json" || return 1
	python3 - "$tmp/json" <<-'END'
	import json, sys
	def no(constant): raise ValueError(constant)
	data = json.load(open(sys.argv[1]), parse_constant=no)
	sys.exit(0 if data['schema'] == 'ncbench-comparison' and data['rows'] else 1)
	END
}

# refused "words of the message" option...: exit 2, one line
refused() {
	words=$1
	shift
	"$ncb" report results/reference-quick-6.1 "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? = 2 ] && [ ! -s "$tmp/out" ] && grep -qF -- "$words" "$tmp/err" &&
		[ "$(wc -l <"$tmp/err")" = 1 ]
}
check "formats: an unknown format lists the valid ones" refused \
	"valid: text, html, 0day, benchstat, csv, gobench, json, ktap, ministat" --format nothing
check "formats: an unknown arm lists those of the run" refused \
	"it has: loop, direct, slist" --format csv --new nothing
check "formats: --output where there are no files" refused \
	"csv has no input files" --format csv --output "$tmp/none"
check "formats: --old with a report of all arms" refused "do not go with" --old direct
check "formats: nothing was made" test ! -e "$tmp/none"

for run in $runs; do
	name=$(basename "$run")
	if [ "$name" != noisy ]; then
		: # one value per side, which ministat does not take
	elif command -v ministat >/dev/null; then
		check "formats: ministat comes to the same from the same values" \
			check_ministat "$run"
	else
		skip "formats: ministat" "no ministat here"
	fi
	if command -v benchstat >/dev/null; then
		check "formats: benchstat reads gobench ($name)" check_benchstat "$run"
	else
		skip "formats: gobench by benchstat ($name)" "no benchstat here; Debian has none"
	fi
	if ! command -v python3 >/dev/null; then
		skip "formats: csv, json, ktap ($name)" "no python3 here"
		continue
	fi
	check "formats: csv by a strict reader ($name)" check_csv "$run"
	check "formats: json by a strict reader ($name)" check_json "$run"
	if [ -n "$kunit" ]; then
		check "formats: ktap by the kernel's parser ($name)" check_kunit "$run"
	else
		skip "formats: ktap by the kernel's parser ($name)" \
			"no kernel source: KSRC=, or group uml before"
	fi
done
finish
