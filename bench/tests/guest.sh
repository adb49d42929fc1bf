#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that counts instructions: the module's own tests in it; then the
# figures of two boots, with different seeds, have to agree to the last
# instruction, and the trust block has to hold.
# shellcheck disable=SC2317 # the functions are called through check
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export NCBENCH_ACCEL=tcg

if ! "$ncb" list targets >"$tmp/targets" 2>&1 ||
	! grep -A1 '^qemu' "$tmp/targets" | grep -q ' possible here' ||
	grep -A1 '^qemu' "$tmp/targets" | grep -q 'not possible'; then
	skip "guest: all of it" "$(grep -A1 '^qemu' "$tmp/targets" | tail -n 1 | sed 's/^ *//')"
	finish
fi

# measure NAME OPTION...: one boot; the report's tables alone go to NAME.tables.
measure() {
	name=$1
	shift
	start=$SECONDS
	"$ncb" run -t qemu -n "$name" --results "$tmp" "$@" >"$tmp/$name.out" 2>"$tmp/$name.err"
	code=$?
	echo "# run $name $*: $((SECONDS - start)) s, set-up included"
	[ "$code" = 0 ] || tail -n 8 "$tmp/$name.err" | sed 's/^/# /'
	return "$code"
}

# What must not differ: all tables, without the lines that name seed and date.
tables() {
	"$ncb" report --full --results "$tmp" "$1" |
		sed -n '/^[a-z].*, insn$/,/^Reading the tables/p' |
		sed '/^storms: /,$d' >"$tmp/$1.tables"
	[ "$(wc -l <"$tmp/$1.tables")" -gt 50 ]
}

trusted() {
	grep -qE "^  $1 +\[ok\]" "$tmp/one.out" || {
		grep -A3 "^  $1 " "$tmp/one.out" | sed 's/^/# /'
		false
	}
}

. bench/tests/storms.sh

gcc -static -pthread -O1 -o "$tmp/test_module" kmod/tests/test_module.c || exit 1
"$ncb" guest-test "$tmp/test_module" >"$tmp/test.out" 2>"$tmp/test.err"
code=$?
cat "$tmp/test.out"
[ $code = 0 ] || tail -n 5 "$tmp/test.err"
check "guest: the module's tests in the guest" test $code = 0

# With a second CPU, that goes offline in the midst of a row.
gcc -static -pthread -O1 -DONLY_COUNTING -o "$tmp/test_counting" kmod/tests/test_module.c || exit 1
NCBENCH_CPUS=2 "$ncb" guest-test "$tmp/test_counting" >"$tmp/test2.out" 2>"$tmp/test2.err"
code=$?
cat "$tmp/test2.out"
[ $code = 0 ] || tail -n 5 "$tmp/test2.err"
check "guest: the tests of counting on two CPUs" test $code = 0
check "guest: among them, one goes offline" grep -q '^ok .*CPU 1 offline 1000 us' "$tmp/test2.out"

# Modules of storms; the tracepoint of notifiers is in the newer kernel alone.
gcc -static -pthread -O1 -o "$tmp/test_storm" kmod/tests/test_storm.c || exit 1
for kernel in 6.1 6.12; do
	start=$SECONDS
	# The newer one with one CPU: QEMU does not survive code that is patched while
	# another CPU runs it, and the tracepoint is in what an int3 goes through.
	NCBENCH_CPUS=$([ $kernel = 6.1 ] && echo 2) "$ncb" guest-test --kernel $kernel "$tmp/test_storm" \
		>"$tmp/storm.out" 2>"$tmp/storm.err"
	code=$?
	cat "$tmp/storm.out"
	echo "# $kernel: $((SECONDS - start)) s, set-up included"
	[ $code = 0 ] || tail -n 5 "$tmp/storm.err"
	check "guest: the tests of the storms' modules, $kernel" test $code = 0
done
check "guest: single callbacks were among them" grep -q '^ok .*each notifier on the list' "$tmp/storm.out"

check "guest: a first boot" measure one -p quick --seed 1
check "guest: a second boot, another seed" measure two -p quick --seed 2 \
	--precision 1%
check "guest: the report has tables" tables one
tables two
diff "$tmp/one.tables" "$tmp/two.tables" | head -n 6
check "guest: two boots give identical figures for every row" \
	cmp -s "$tmp/one.tables" "$tmp/two.tables"
check "guest: a precision asks for nothing more of exact counts" bash -c \
	"grep -q '\"stopped\": *\"precision\"' '$tmp/two/result.json' &&
	grep -q '\"reloads\": *1,' '$tmp/two/result.json' && grep -q '\"reloads\": *1,' '$tmp/one/result.json'"
check "guest: the metric is insn" grep -q '"metric": *"insn"' "$tmp/one/result.json"
check "guest: the oracle passes" trusted oracle
check "guest: a second copy differs by exactly 0" trusted A/A
check "guest: 7 planted instructions are found as exactly 7" trusted planted
# 51 operations for 50: what the share costs more is known from the samples alone.
zcat "$tmp/one/samples.csv.gz" | awk -F, '
	NR > 1 && $11 < 4 && $2 ~ /^slist/ {
		k = $1 "," $4 "," $2 "," $3
		if ($7 == 0)
			base[k] = $10
		else if ($7 == 1 && k in base)
			net[$1, $6, $2] = $10 - base[k]
	}
	END {
		for (k in net) {
			split(k, part, SUBSEP)
			if (part[3] != "slist+2%")
				continue
			n++
			bad += 50 * net[k] != 51 * net[part[1], part[2], "slist"]
		}
		print "# share: " n + 0 " copies in rows, " bad + 0 " of them off"
		exit !(n >= 16 && !bad)
	}' >"$tmp/share"
code=$?
cat "$tmp/share"
check "guest: a planted share of 2 % is exactly 2 % of operation and loop" test $code = 0
check "guest: 2n calls take twice n within one instruction a batch" trusted proportion
check "guest: all samples of a copy are equal" trusted exact
check "guest: slist is within 3 instructions a block and 10 a call of native" trusted fidelity
check "guest: no row is missing an arm without a reason" \
	bash -c "! grep -q '\"message\": \"\", *\"status\": \"missing\"' '$tmp/one/result.json'"
for file in report.html plots/cost-call.svg plots/cost-call.png; do
	check "guest: the run has $file" test -s "$tmp/one/$file"
done

# What the kernel that was booted takes in memory: the module was compiled for it, too.
if [ -x .build/ncbench-memory ]; then
	"$ncb" report --full --results "$tmp" one >"$tmp/one.full" 2>&1
	check "guest: memory: two lines about the kernel that was booted" says_words "$tmp/one.out" \
		"+8 bytes per block and head, 3 structs change slab class (vmlinux alone; BTF, computed)"
	check "guest: memory: what is not known is not called 0" says_words "$tmp/one.full" \
		"vmlinux static blocks and heads n/a: "
	check "guest: memory: blocks and all heads are as the module was compiled" \
		says_words "$tmp/one.full" "sizes [ok] 15 of 15 sizes of blocks and heads"
	check "guest: memory: it has its picture" test -s "$tmp/one/plots/memory.svg"
else
	skip "guest: memory" "no libbpf, libelf and libdw; 'bench/deps.sh test' installs them"
fi

# The storms of the two boots. The clock is told what the instructions are.
for run in one two; do
	storm_records "$tmp/$run" >"$tmp/$run.storms"
	echo "# storms of $run: $(storm_seconds "$tmp/$run") s"
done
check "guest: storms: all that makes them true holds" \
	says_words "$tmp/one.out" "storms [ok] hold: calls, driver, records, leak, line, probes, rollback"
check "guest: storms: GOING has the order of COMING on this kernel" \
	says_words "$tmp/one.out" "GOING runs in the same order as COMING"
check "guest: storms: each load became LIVE once, and what was loaded was unloaded" \
	storm_lives "$tmp/one.storms"
check "guest: storms: two boots run the chain in the same number of instructions" \
	storm_alike "$tmp/one.storms" "$tmp/two.storms" 0 'coming|live|going' '.*'
check "guest: storms: and loads of one thread within 0.2 %, less than which compare does not call" \
	storm_alike "$tmp/one.storms" "$tmp/two.storms" 0.002 'load|unload' '^churn/small/1(/k|$)'
"$ncb" compare "$tmp/one" "$tmp/two" >"$tmp/compare.out" 2>&1
check "guest: storms: no difference between them is called a change" \
	says_words "$tmp/compare.out" ": 0 slower, 0 faster, "
"$ncb" report one --results "$tmp" >"$tmp/again.out" 2>&1
check "guest: storms: the stored run is reported the same to the byte" \
	cmp -s "$tmp/one.out" "$tmp/again.out"
check "guest: storms: a notifier costs what the rows say of a block, to the instruction" \
	storm_agrees "$tmp/one.storms" "$tmp/one.tables" 6.1.0
check "guest: storms: autoload runs several modprobes at once, and no more than the kernel lets" \
	storm_helpers "$tmp/one" 50

# A newer kernel: loads of one file are told apart from loads of copies; single callbacks.
storm() {
	name=$1
	shift
	"$ncb" storm -t qemu -p quick -n "$name" --results "$tmp" "$@" >"$tmp/$name.out" \
		2>"$tmp/$name.err"
	code=$?
	echo "# storm $name $*: $(storm_seconds "$tmp/$name") s"
	[ "$code" = 0 ] || tail -n 8 "$tmp/$name.err" | sed 's/^/# /'
	storm_records "$tmp/$name" >"$tmp/$name.storms"
	return "$code"
}
check "guest: storms of a newer kernel" storm new --kernel 6.12 --modes churn,duplicate,copies
check "guest: storms: of threads that load one file at once, some share the load of one" \
	storm_shares "$tmp/new.storms"
check "guest: storms: of threads with files of their own, one loads, and all others are refused" \
	storm_refuses "$tmp/new.storms"
check "guest: storms: every notifier has a name, and is called once for each state of a load" \
	storm_called "$tmp/new" "$tmp/new.storms"
check "guest: storms: single callbacks take no more than the chain does" \
	storm_within "$tmp/new.storms"

# Two CPUs: time.
check "guest: storms on two CPUs" storm pair --cpus 2 --modes churn,duplicate,veto
check "guest: storms: they are measured in time" says_words "$tmp/pair.out" \
	"unit ns = nanoseconds of CLOCK_MONOTONIC_RAW"
check "guest: storms: and nothing that makes them true is wrong" \
	bash -c "! sed -n '/^What makes/,\$p' '$tmp/pair.out' | grep -v '^  place' | grep -q '\[BAD\]'"

# Ctrl-C in the midst of storms: rounds that were done are kept, and marked.
"$ncb" storm -t qemu -p default -n halfway --results "$tmp" --modes churn,distinct \
	>"$tmp/halfway.out" 2>"$tmp/halfway.err" &
pid=$!
until grep -qE 'guest: ([4-9][0-9]|3[0-9]) %' "$tmp/halfway.err" || ! kill -0 $pid 2>/dev/null; do
	sleep 1
done
kill -INT $pid
wait $pid
code=$?
check "guest: interrupted storms are exit 1" test $code = 1
check "guest: and what was done is kept" test "$(storm_records "$tmp/halfway" | wc -l)" -gt 100
check "guest: and marked" says_words "$tmp/halfway.out" \
	"NOT FOR REVIEW: the module load storms were interrupted"
check "guest: and what was not begun says so" grep -q 'not begun' "$tmp/halfway/result.json"
check "guest: storms that do not fit are one sentence" bash -c "! '$ncb' storm -t qemu -p quick \
	-n large --results '$tmp' --threads 1024 --modules 4096 --shapes text >'$tmp/large.out' 2>&1 &&
	[ \$(grep -c 'half of what is available' '$tmp/large.out') = 1 ] && [ ! -e '$tmp/large' ]"

# Ctrl-C half-way: what the guest has sent until then is kept, and marked.
"$ncb" run -t qemu -p full -n broken --results "$tmp" >"$tmp/broken.out" 2>&1 &
pid=$!
# Until rows have been sent: 64 of 1844 at a time.
tries=0
until grep -qE 'in the guest: ([5-9]|[0-9]{2}) %' "$tmp/broken.out" || [ $tries = 120 ]; do
	sleep 1
	tries=$((tries + 1))
done
kill -INT $pid
wait $pid
code=$?
check "guest: an interrupted run is exit 1" test $code = 1
check "guest: and is kept and marked" grep -q '"interrupted": *true' "$tmp/broken/result.json"
check "guest: and its report says so" grep -q 'NOT FOR REVIEW: the run was interrupted' "$tmp/broken.out"
check "guest: and nothing of it runs on" bash -c "! pgrep -f '[q]emu-system.*ncbench-guest' >/dev/null"

# A packaged module that needs another one (can_dev), found by libkmod, loaded once before.
"$ncb" storm -t qemu -p quick -n vcan --results "$tmp" --module vcan --modes churn,copies \
	--threads 1 --extra 0 --rounds 4 >"$tmp/vcan.out" 2>"$tmp/vcan.err"
code=$?
[ $code = 0 ] || tail -n 5 "$tmp/vcan.err" | sed 's/^/# /'
check "guest: a packaged module in a storm" test $code = 0
check "guest: each load of it is seen by the probes" \
	grep -q '8 LIVE for 8 loads in 2 storms' "$tmp/vcan.out"
check "guest: and nothing of it stays" says_words "$tmp/vcan.out" 'modules are as before'

# Chains of a kernel that runs: followed in its memory, and against its own trace.
live() {
	"$ncb" memory --target qemu --modules "$tmp/one-module" --name "live-$1" --results "$tmp" \
		"$1" >"$tmp/live-$1.out" 2>"$tmp/live-$1.err" || {
		tail -n 3 "$tmp/live-$1.err" | sed 's/^/# /'
		return 1
	}
	perl bench/tests/memory_live.pl "$tmp/live-$1/result.json" "$2"
}

if [ -x .build/ncbench-memory ] && perl -MJSON::PP -e 1 2>/dev/null; then
	for kernel in 6.1:untraced 6.12:traced; do
		mkdir -p "$tmp/one-module"
		find ".cache/kernels/${kernel%:*}/modules/" -name watchdog.ko -exec cp {} "$tmp/one-module" \;
		check "guest: memory: ${kernel%:*}: chains that are known to be there, ${kernel#*:}" \
			live "${kernel%:*}" "${kernel#*:}"
	done
else
	skip "guest: memory" "no ncbench-memory, or no perl with JSON::PP; 'bench/deps.sh test' installs them"
fi

# What goes wrong in a guest is told, and ends.
check "guest: a time limit ends it" bash -c "! '$ncb' run -t qemu -n slow --results '$tmp' \
	-p full --timeout 3 >'$tmp/slow.out' 2>&1"
check "guest: and says so" grep -q 'not done after' "$tmp/slow.out"
check "guest: and leaves no run half-written" \
	bash -c "[ ! -e '$tmp/slow' ] && ! ls -d '$tmp'/*.partial* 2>/dev/null"
check "guest: an unknown kernel is a usage error" bash -c "'$ncb' run -t qemu -n none \
	--results '$tmp' --kernel 1.0 >'$tmp/none.out' 2>&1; [ \$? = 2 ]"
check "guest: with one clear sentence" test "$(wc -l <"$tmp/none.out")" -le 4
finish
