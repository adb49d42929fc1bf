#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Target user: the module's code in a process, from the command line to the
# report, and nothing of it called a kernel's.
# shellcheck disable=SC2317 # the functions are called through check
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
object=$PWD/.build/user/ncbench-user.so
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
result=$tmp/one/result.json

run() {
	name=$1
	shift
	"$ncb" run -t user -n "$name" --results "$tmp" "$@" >"$tmp/$name.out" 2>"$tmp/$name.err"
	code=$?
	[ "$code" = 0 ] || tail -n 4 "$tmp/$name.err" | sed 's/^/# /'
	return "$code"
}

# arm NAME STATUS: how many arms of that name have that status
arm() {
	tr -d '\n' <"$result" |
		grep -oE "\"name\": *\"$1\", *\"engine\"[^}]*\"status\": *\"$2\"" | wc -l
}

no_arm() {
	[ "$(arm "$1" "$2")" = 0 ]
}

check "user: a run of the quick profile" run one -p quick --seed 1
check "user: its report says first that it is of no kernel" bash -c \
	"sed -n 3p '$tmp/one.out' | grep -q '^NOT FOR REVIEW: engines compiled into a process'"
check "user: the target is kept" grep -q '"target": *"user"' "$result"
check "user: the metric is ns" grep -q '"metric": *"ns"' "$result"
check "user: what the machine runs is kept" grep -q "\"$(uname -r)\"" "$result"
check "user: the module was loaded four times" grep -q '"reloads": *4' "$result"
check "user: no arm fails the oracle or miscounts its callbacks" no_arm '[^"]*' wrong
check "user: and more than 200 arms were asked" test "$(arm '[^"]*' ok)" -gt 200
check "user: slist is measured, and its second copy in as many rows" \
	test "$(arm slist ok)" -ge 40 -a "$(arm slist ok)" = "$(arm slist-aa ok)"
check "user: dlist is measured in every row" no_arm dlist missing
check "user: the planted share is there" test "$(arm 'slist[+]2%' ok)" = 4
check "user: native is not" no_arm native ok
check "user: and says why" grep -q "no kernel's own chains in a process" "$result"
check "user: blocks alternate over four copies" bash -c \
	"[ \"\$(zcat '$tmp/one/samples.csv.gz' | cut -d, -f2,6 | grep -c '^slist-aa,3\$')\" -gt 100 ]"
check "user: interrupts are not claimed to have been off" bash -c \
	"zcat '$tmp/one/samples.csv.gz' | awk -F, 'NR > 1 && \$11 % 4 < 2 { exit 1 }'"
check "user: the report is computed from the samples anew, to the byte" bash -c \
	"'$ncb' report --results '$tmp' one | cmp -s - '$tmp/one/report.txt'"
check "user: nothing is said about memory but that there is no kernel" bash -c \
	"grep -q '\"reason\": *\"target user measures no kernel\"' '$result' &&
	grep -q '^memory  *n/a: target user measures no kernel\$' '$tmp/one.out' &&
	! grep -q 'slab class' '$tmp/one.out'"
check "user: the object is built" test -s "$object"
touch "$tmp/now"
check "user: a second run" run two -p quick --rows 'raw/call/16/*'
check "user: builds nothing anew" bash -c "[ ! '$object' -nt '$tmp/now' ]"

# Reached at once, with half the cost as the margin; and never, for lack of time.
check "user: a precision that is easy" run easy -p quick --rows 'raw/call/64/*' --precision 50%
check "user: stops for it" grep -q '"stopped": *"precision"' "$tmp/easy/result.json"
check "user: and says so" bash -c "tr -s '\n ' ' ' <'$tmp/easy.out' | grep -q 'until +-50 % in every row'"
check "user: a precision that is out of reach" run hard -p quick --rows 'raw/call/1*/*' \
	--precision 0.01% --time-limit 2
check "user: stops for the time" grep -q '"stopped": *"time limit"' "$tmp/hard/result.json"
check "user: names the rows" bash -c "tr -d '\n' <'$tmp/hard/result.json' |
	grep -qE '\"not_reached\": *\[ *\"raw/call/1/[^]]*raw/call/16/'"
check "user: was loaded more often than the profile says" \
	bash -c "[ \"\$(grep -o '\"reloads\": *[0-9]*' '$tmp/hard/result.json' | tr -dc 0-9)\" -gt 4 ]"
check "user: and says so" bash -c "tr -s '\n ' ' ' <'$tmp/hard.out' |
	grep -q 'not reached in 2 of 2 rows within 2 s: the time was over'"
check "user: and how to do it again" bash -c "tr -s '\n ' ' ' <'$tmp/hard.out' |
	grep -q 'PRECISION=0.01% TIME_LIMIT=2'"
check "user: its report is computed from the samples anew, to the byte" bash -c \
	"'$ncb' report --results '$tmp' hard | cmp -s - '$tmp/hard/report.txt'"

# perf looks on in a loading of its own; where it may not, or is not there, it is said.
check "user: a run with PERF=stat" run counted -p quick --rows 'raw/call/1*/*' --perf stat
check "user: has a part that says what perf counted, or why not" bash -c \
	"tr -d ' \n' <'$tmp/counted/result.json' | grep -qE '\"stat\":[{]\"reason\":\"(\",.*\"events\":\[[{]|[^\"])'"
check "user: its samples are those of a run without" test \
	"$(zcat "$tmp/counted/samples.csv.gz" | cut -d, -f1-6 | md5sum)" = \
	"$("$ncb" run -t user -n plain --results "$tmp" -p quick --rows 'raw/call/1*/*' \
	--seed "$(sed -n 's/^ "seed": \([0-9]*\),/\1/p' "$tmp/counted/result.json")" >/dev/null 2>&1
	zcat "$tmp/plain/samples.csv.gz" | cut -d, -f1-6 | md5sum)"
check "user: its report is computed anew, to the byte" bash -c \
	"'$ncb' report --results '$tmp' counted | cmp -s - '$tmp/counted/report.txt'"
check "user: and says how to do it again" grep -q 'PERF=stat' "$tmp/counted.out"
if grep -q 'perf stat [1-9]' "$tmp/counted.out"; then
	check "user: perf's own words are kept" grep -q '"task-clock"' "$tmp/counted/perf-stat.json"
	"$ncb" report --results "$tmp" counted --full >"$tmp/counted.full"
	check "user: perf counted no longer than the section was open" \
		bash -c "sed -n '/^perf stat/,/^\$/p' '$tmp/counted.full' | grep -q '[[]ok] task-clock'"
else
	skip "user: perf's own words are kept" "$(grep -o 'perf stat: n/a.*' "$tmp/counted.err")"
fi

# A flame graph of the engines, and a command that is timed.
check "user: a run with PERF=record COMMANDS=1" run seen -p quick --rows 'raw/call/64/*' \
	--perf record --commands
"$ncb" report --results "$tmp" seen --full >"$tmp/seen.full"
if grep -q 'flame graph of' "$tmp/seen.out"; then
	for file in perf.data perf-report.txt perf-folded.txt flamegraph.svg; do
		check "user: the run has $file" test -s "$tmp/seen/$file"
	done
	check "user: the picture has all that perf recorded" \
		grep -q '[[]ok] the picture has all' "$tmp/seen.full"
	check "user: whose chain was walked can be told" grep -qE \
		'slist_raw_call_loop_[[]m];raw_call_[[]m];.*ncb_cb_[0-9a-z_]*_[[]m] [0-9]+$' "$tmp/seen/perf-folded.txt"
	check "user: and dlist's is another" grep -q 'dlist_raw_call_loop_[[]m]' "$tmp/seen/perf-folded.txt"
	check "user: the picture is one" rsvg-convert -o "$tmp/seen.png" "$tmp/seen/flamegraph.svg"
	check "user: and stands in the page" grep -q '<rect class="fg-m"' "$tmp/seen/report.html"
else
	skip "user: a flame graph" "$(grep -o 'perf record: n/a.*' "$tmp/seen.err")"
fi
if command -v hyperfine >/dev/null; then
	check "user: the start of the suite is timed" grep -qE '^  ncbench +[0-9.]+ [+]-' "$tmp/seen.full"
	check "user: and hyperfine's own words are kept" grep -q '"exit_codes"' "$tmp/seen/hyperfine.json"
else
	check "user: hyperfine is missed" grep -q 'commands n/a' "$tmp/seen.out"
fi
check "user: modules are not loaded by a target that is no kernel" \
	grep -q 'insmod  *n/a: modules are loaded with TARGET=host only' "$tmp/seen.full"
check "user: and how to do it again" grep -q 'PERF=record COMMANDS=1' "$tmp/seen/result.json"
check "user: nothing is left beside the runs" bash -c "! ls -d '$tmp'/*.partial* 2>/dev/null"

# How often is it wrong? Few runs tell little; what they say has to hold all the same.
"$ncb" calibrate -p quick --runs 4 -n cal --seed 1 --results "$tmp" >"$tmp/cal.out" 2>"$tmp/cal.err"
check "user: calibrate measures" test $? = 0 -a -s "$tmp/cal/calibrate.txt" -a -d "$tmp/cal/003"
check "user: and prints what it keeps" cmp -s "$tmp/cal.out" "$tmp/cal/calibrate.txt"
"$ncb" calibrate 'cal/00?' --results "$tmp" >"$tmp/again.out" 2>"$tmp/again.err"
check "user: and says the same of the stored runs, to the byte" cmp -s "$tmp/cal.out" "$tmp/again.out"
check "user: equal code is compared" grep -qE '^before/after, slist +[0-9]{2,}' "$tmp/cal.out"
check "user: the planted 2 % is recovered within its interval in 3 of 4 runs at least" \
	grep -qE '^within a run +4 +[0-4] +[0-4] +[34] ' "$tmp/cal.out"
check "user: every estimate of a cell is tried" \
	test "$(grep -cE '(minimum|quantile|median|mode|mean)[a-z() ]* +[0-9.]+%' "$tmp/cal.out")" = 8
for wrong in "--runs 1" "--runs x" "--name a/b" "--name ../a" "cal/000 cal/001 cal/000" "one" "-p nothing" "-t nowhere"; do
	# shellcheck disable=SC2086 # two words
	"$ncb" calibrate $wrong --results "$tmp" >/dev/null 2>"$tmp/wrong.err"
	check "user: calibrate $wrong is a usage error" test $? = 2 -a -s "$tmp/wrong.err"
done

# The rights of nobody, and nothing of it in the kernel.
cp "$ncb" "$object" "$tmp"
mkdir "$tmp/nobody"
chmod 755 "$tmp"
chmod 777 "$tmp/nobody"
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$tmp/ncbench" 2>/dev/null; then
	NCBENCH_TOP=$PWD setpriv --reuid 65534 --clear-groups "$tmp/ncbench" run -t user \
		-p quick --rows 'raw/call/16/*' -n own --results "$tmp/nobody" \
		--module "$tmp/ncbench-user.so" >"$tmp/own.out" 2>&1
	code=$?
	[ $code = 0 ] || tail -n 3 "$tmp/own.out" | sed 's/^/# /'
	check "user: needs no rights" test $code = 0 -a -s "$tmp/nobody/own/report.txt"
elif [ "$(id -u)" != 0 ]; then
	check "user: needs no rights" true
else
	skip "user: needs no rights" "this root cannot be nobody"
fi

# Ctrl-C half-way: kept and marked.
# Closed streams: neither perf nor a file of the run may take their places.
"$ncb" run -t user -p quick --rows 'raw/call/1/*' --perf=stat -n closed --results "$tmp" \
	<&- >&- 2>&-
code=$?
check "user: with closed streams the output fails and is said to" test "$code" = 1
if grep -q '"perf_version"' "$tmp/closed/result.json"; then
	check "user: and perf still listens" test -s "$tmp/closed/perf-stat.json"
else
	skip "user: and perf still listens" "no perf"
fi
check "user: and the run is as kept as any" "$ncb" verify "$tmp/closed/report.txt" "$tmp/closed"

"$ncb" run -t user -p full -n broken --results "$tmp" >"$tmp/broken.out" 2>&1 &
pid=$!
sleep 2
kill -INT $pid
wait $pid
code=$?
check "user: an interrupted run is exit 1" test $code = 1
check "user: and is kept and marked" grep -q '"interrupted": *true' "$tmp/broken/result.json"
check "user: and its report says so" \
	grep -q 'NOT FOR REVIEW: the run was interrupted' "$tmp/broken.out"

# Never by itself.
"$ncb" list targets >"$tmp/targets"
check "user: it is listed" grep -q '^user ' "$tmp/targets"
"$ncb" run -p quick --rows 'nothing*' -n auto --results "$tmp" >"$tmp/auto.out" 2>&1
check "user: TARGET=auto does not take it" bash -c "! grep -q 'target user' '$tmp/auto.out'"
finish
