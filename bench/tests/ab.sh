#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two kernels, one command: `make ab-demo` in a trimmed form, instructions alone, from the
# distribution's source; then the same kernel as A and B, in both ways; then what goes wrong
# half-way. Three kernels are built, which takes minutes; they stay in the cache.
# bench/tests/kbuild.sh has what needs no real kernel.
# shellcheck disable=SC2317 # the functions are called through check
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export NCBENCH_NO_DEPS=1
rows='*/call/16/distinct/packed/warm'

if ! "$ncb" list targets >"$tmp/targets" 2>&1 ||
	grep -A1 '^qemu' "$tmp/targets" | grep -q 'not possible'; then
	skip "ab: all of it" "$(grep -A1 '^qemu' "$tmp/targets" | tail -n 1 | sed 's/^ *//')"
	finish
fi
if [ ! -e .cache/sources/linux-source-6.1/Makefile ] && ! command -v apt-get >/dev/null; then
	skip "ab: all of it" "no kernel source: no Debian"
	finish
fi

# timed NAME COMMAND...: keeps what it says; the exit code is in $code.
timed() {
	name=$1
	shift
	start=$SECONDS
	"$@" >"$tmp/$name.out" 2>"$tmp/$name.err"
	code=$?
	echo "# $name: $((SECONDS - start)) s"
}

# says NAME TEXT: wherever lines are broken
says() {
	tr -s '\n ' ' ' <"$tmp/$1" | grep -qF -- "$2"
}

quick() {
	name=$1
	shift
	timed "$name" "$ncb" ab -p quick -r "$rows" --results "$tmp/results" -n "$name" "$@"
}

demo=linux-source-6.1

timed demo make -s ab-demo TARGET=qemu PROFILE=quick NAME=demo OPTIONS="--results $tmp/results"
[ $code = 0 ] || tail -n 20 "$tmp/demo.err" | sed 's/^/# /'
check "ab: make ab-demo" test $code = 0
run=$tmp/results/demo
sed 's/^/# | /' "$tmp/demo.out"
check "ab: the result has ab.json" test -s "$run/ab.json"
check "ab: the result has report.html" test -s "$run/report.html"
check "ab: stdout is the report" cmp -s "$tmp/demo.out" "$run/report.txt"
check "ab: one boot of each kernel" test -e "$run/a-insn/result.json" -a -e "$run/b-insn/result.json"
check "ab: the patched kernel has a reverse call" grep -q '"reverse-call"' "$run/b-insn/result.json"
check "ab: the other one has none" sh -c "! grep -q '\"reverse-call\"' '$run/a-insn/result.json'"
check "ab: rollback in reverse is told" says demo.out "rollback calls 2, 1 (reverse)"
check "ab: an oops is an answer" says demo.out "oops"
check "ab: blocks and heads are larger" grep -q '24 -> 32' "$tmp/demo.out"
check "ab: why there is no time is told" says demo.out "TARGET=qemu"
# The kernel's own code in both designs, against the module's copies of them: on A slist's, on B
# dlist's. What a row costs more has to be what the copies say.
"$ncb" report --results "$tmp/results" demo/b-insn >"$tmp/b.out" 2>&1
check "ab: the patched kernel is held against the copy of its design" says b.out "fidelity dlist and native"
"$ncb" report --results "$tmp/results" demo >"$tmp/again.txt" 2>"$tmp/again.err"
check "ab: report from what is stored is the same to the byte" cmp -s "$tmp/again.txt" "$run/report.txt"
sed 's/^/> /' "$run/report.txt" >"$tmp/mail.txt"
"$ncb" verify --results "$tmp/results" "$tmp/mail.txt" demo >"$tmp/verify.out" 2>&1
check "ab: a quoted report is verified" test $? = 0
sed '0,/raw call 16 /s/\(raw call 16 .*\)[0-9]/\19/' "$tmp/mail.txt" >"$tmp/wrong.txt"
cmp -s "$tmp/mail.txt" "$tmp/wrong.txt" && sed 's/[0-9]\( *[+-][0-9.]*%\)/7\1/' "$tmp/mail.txt" >"$tmp/wrong.txt"
"$ncb" verify --results "$tmp/results" "$tmp/wrong.txt" demo >"$tmp/verify.out" 2>&1
check "ab: a changed figure is found" test $? = 1
"$ncb" compare --results "$tmp/results" demo/a-insn demo/b-insn >"$tmp/compare.out" 2>&1
check "ab: boots can be compared by themselves" test $? = 0

# The commit that changed a row, among four of which two change nothing.
source_of() {
	sed -n 's/.*"source": *"\([0-9a-f]*\)".*/\1/p' "$run/ab.json" | sed -n "$1p"
}
commit() {
	git -C "$tmp/history" -c user.name=test -c user.email=test@example.org commit-tree -m "$1" "$2" ${3:+-p "$3"}
}
git init -q --bare "$tmp/history"
echo "$PWD/.cache/kbuild/store.git/objects" >"$tmp/history/objects/info/alternates"
first=$(commit base "$(source_of 1)")
second=$(commit elsewhere "$(source_of 1)" "$first")
third=$(commit doubly-linked "$(source_of 2)" "$second")
last=$(commit elsewhere "$(source_of 2)" "$third")
timed bisect make -s ab TREE="$tmp/history" BISECT="$first..$last" ROW=raw/call/16 NAME=bisect \
	OPTIONS="--results $tmp/results"
[ $code = 0 ] || tail -n 8 "$tmp/bisect.err" | sed 's/^/# /'
sed 's/^/# | /' "$tmp/bisect.out"
check "ab: BISECT= finds the commit" grep -q "first bad commit: .*$third" "$tmp/bisect.out"
check "ab: and keeps what it measured" cmp -s "$tmp/bisect.out" "$tmp/results/bisect/bisect.txt"
check "ab: and leaves the repository as it was" test -z "$(git -C "$tmp/history" for-each-ref)"

# Equal kernels: every instruction is the same, no row takes another time.
quick same "$demo" "$demo" --boots 4 --links 2
[ $code = 0 ] || tail -n 20 "$tmp/same.err" | sed 's/^/# /'
check "ab: the same kernel as A and B" test $code = 0
sed 's/^/# | /' "$tmp/same.out"
run=$tmp/results/same
check "ab: four boots of each that time" test "$(find "$run" -name result.json -path '*-ns-*' | wc -l)" = 8
check "ab: of two links each" test "$(grep -ho '"link": *"[01]"' "$run"/a-ns-*/result.json | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = ' 2 "link": "0"; 2 "link": "1";'
check "ab: boots have names of their own" test "$(grep -ho '"boot_id": *"[^"]*"' "$run"/*/result.json | sort -u | wc -l)" = 10
"$ncb" compare --results "$tmp/results" --format csv same/a-insn same/b-insn >"$tmp/same.csv" 2>"$tmp/same-csv.err"
check "ab: no row has another count" sh -c "[ \$(grep -c ',equal,' '$tmp/same.csv') -ge 2 ] && ! grep -qE ',(more|less|unresolved),' '$tmp/same.csv'"
"$ncb" compare --results "$tmp/results" --format csv 'same/a-ns-*' 'same/b-ns-*' >"$tmp/time.csv" 2>"$tmp/time-csv.err"
check "ab: no row another time" sh -c "[ \$(grep -c ',unresolved,' '$tmp/time.csv') -ge 2 ] && ! grep -qE ',(more|less),' '$tmp/time.csv'"
quick twice "$demo" "$demo" --boots 1 --links 1 -t uml
check "ab: what is there is not built again" sh -c "[ $code = 0 ] && ! grep -q 'to be built' '$tmp/twice.err'"

# A machine that may not load modules has both in one report, unless that is declined.
"$ncb" run -p quick -r "$rows" --no-storm -n both --results "$tmp/results" >"$tmp/both.out" 2>"$tmp/both.err"
code=$?
if grep -q 'not target host' "$tmp/both.err"; then
	[ $code = 0 ] || tail -n 8 "$tmp/both.err" | sed 's/^/# /'
	check "ab: TARGET=auto measures time beside the counts" test $code = 0
	check "ab: and says where it comes from" says both.err "time comes from User Mode Linux"
	check "ab: both are in the run" sh -c "grep -q '\"metric\": *\"ns\"' '$tmp/results/both/beside/result.json' && grep -q '\"metric\": *\"insn\"' '$tmp/results/both/result.json'"
	sed 's/^/# | /' "$tmp/both.out"
	"$ncb" report --results "$tmp/results" both >"$tmp/both-again.txt" 2>&1
	check "ab: its report from what is stored is the same" cmp -s "$tmp/both-again.txt" "$tmp/both.out"
	"$ncb" run -p quick -r "$rows" --no-storm --no-uml -n alone --results "$tmp/results" >"$tmp/alone.out" 2>"$tmp/alone.err"
	check "ab: UML=0 leaves time out" sh -c "[ $? = 0 ] && [ -e '$tmp/results/alone' ] && [ ! -e '$tmp/results/alone/beside' ]"
else
	skip "ab: TARGET=auto measures time beside the counts" "modules may be loaded here"
fi

# What goes wrong half-way, with kernels that are there.
refused() {
	what=$1 want=$2 words=$3
	shift 3
	quick refused "$@"
	[ $code = "$want" ] || sed 's/^/# /' "$tmp/refused.err" | tail -n 8
	check "ab: $what: exit $want" test $code = "$want"
	check "ab: $what: said" says refused.err "$words"
	check "ab: $what: nothing is kept" test ! -e "$tmp/results/refused"
}
refused "no such kernel" 2 "/nonexistent" /nonexistent "$demo"
refused "a patch that is not there" 2 "nothing.patch" "$demo" "$demo+nothing.patch"
sed 's/NOTIFY_DONE/NOTIFY_NONE/; s/INIT_LIST_HEAD/INIT_LIST/' bench/demo/dlist-6.12.patch >"$tmp/other.patch"
refused "a patch that does not apply" 1 "notifier" "$demo" "$demo+$tmp/other.patch"
refused "a row that is none" 2 "nothing" "$demo" "$demo" -r nothing
refused "more links than boots" 2 "links" "$demo" "$demo" --boots 2 --links 3

quick stopped "$demo" "$demo" --boots 50 --links 2 &
pid=$!
tries=0
while ! ls "$tmp"/results/stopped.partial-*/a-ns-01 >/dev/null 2>&1 && [ $tries -lt 900 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
pkill -INT -f "ncbench ab .*-n stopped"
wait $pid
check "ab: one that is interrupted is kept" test -s "$tmp/results/stopped/report.txt"
check "ab: and marked" grep -q '"interrupted": *true' "$tmp/results/stopped/ab.json"
check "ab: and its report says so" grep -q 'NOT FOR REVIEW' "$tmp/results/stopped/report.txt"
check "ab: no guest is left behind" sh -c "! pgrep -f 'initrd=.*ncbench[-]guest' >/dev/null"
check "ab: nothing is left beside the results" sh -c "! ls -d '$tmp'/results/*.partial* 2>/dev/null"
finish
