# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Inside the machine that stress-ng.sh boots; $rehearsal_tmp: for files.
#
# stress-ng counts successful loads, each with an unload after it, from processes that do
# not wait for each other; what was refused it tries again, uncounted. Ours: of churn all
# loads; of threads that load the same module one succeeds in each round, and the others'
# calls are loads that were refused. So both are printed: loads that succeeded, and calls.
# shellcheck disable=SC2154 # rehearsal_tmp is set by stress-ng.sh
. bench/tests/tap.sh

seconds=5
STRESS_NG=$(cat "$rehearsal_tmp/program")
files=$rehearsal_tmp/stress-ng
mkdir -p "$files"
export TMPDIR="$files"
echo "# $(uname -srm), $(nproc) CPU; $($STRESS_NG --version 2>/dev/null)"
[ -x .build/ncbench ] || make -s driver

# ours NAME MODE THREADS MODULES ROUNDS
ours() {
	.build/ncbench storm -t host -p quick -n "$1" --yes --modes "$2" --threads "$3" --extra 0 \
		--modules "$4" --rounds "$5" >"$files/$1.out" 2>&1 || sed 's/^/# /' "$files/$1.out"
	zcat "results/$1/storm.csv.gz" | awk -F, '
		$3 == "load" { calls++; good += $6 == 0; print $8 | "sort -n >'"$files/$1.ns"'" }
		$3 == "round" { ns += $8 }
		END { printf "%.1f %.1f\n", good / ns * 1e9, calls / ns * 1e9 }' >"$files/$1.rate"
	sort -n "$files/$1.ns" | awk '{ v[NR] = $1 } END {
		printf "p50 %d us, p99 %d us, max %d us of %d", v[int((NR + 1) / 2)] / 1e3,
			v[int(NR * 0.99 + 0.5)] / 1e3, v[NR] / 1e3, NR }' >"$files/$1.latency"
}

# theirs NAME WORKERS: loads per second
theirs() {
	$STRESS_NG --module "$2" --module-name ncb_small_0000 --timeout $seconds --metrics-brief \
		--temp-path "$files" >"$files/$1.out" 2>&1
	# ... module <bogo ops> <real time> ...
	awk '{ for (i = 1; i < NF - 2; i++) if ($i == "module" && $(i + 1) ~ /^[0-9]+$/) {
		printf "%.1f\n", $(i + 1) / $(i + 2); exit } }' "$files/$1.out" >"$files/$1.rate"
	[ -s "$files/$1.rate" ] || sed 's/^/# /' "$files/$1.out"
	rmmod ncb_small_0000 2>/dev/null
}

# The modules are built, and the same file, stripped, lies where stress-ng looks for it.
ours built churn 1 1 1
dir=/lib/modules/$(uname -r)
mkdir -p "$dir/kernel"
strip -g -o "$dir/kernel/ncb_small_0000.ko" .build/payload-"$(uname -r)"-*/ncb_small_0000.ko
depmod 2>/dev/null
grep -q '^kernel/ncb_small_0000.ko:' "$dir/modules.dep" || echo 'kernel/ncb_small_0000.ko:' >>"$dir/modules.dep"

# versus MODE THREADS MODULES ROUNDS: A B B A
versus() {
	ours "a1-$1" "$@"
	theirs "b1-$1" "$2"
	theirs "b2-$1" "$2"
	ours "a2-$1" "$@"
	cat "$files/a1-$1.rate" "$files/a2-$1.rate" "$files/b1-$1.rate" "$files/b2-$1.rate" |
		awk -v mode="$1" -v n="$2" '
		NR <= 2 { good += $1 / 2; calls += $2 / 2 }
		NR > 2 { theirs += $1 / 2 }
		{ each = each " " $1 }
		END {
			if (NR != 4 || !theirs) { print "# " mode ": n/a: one of them gave no figure"; exit 1 }
			printf "# %s, %d threads: ours %.1f loads/s that succeeded, %.1f calls/s;" \
				" stress-ng %.1f; ratio %.2f of loads, %.2f of calls (A A B B:%s)\n",
				mode, n, good, calls, theirs, good / theirs, calls / theirs, each
			exit calls < theirs }'
	check "stress-ng: $1 with $2 threads loads at least as often" test $? = 0
	echo "# a load took $(cat "$files/a1-$1.latency"); $(cat "$files/a2-$1.latency")"
}

versus churn 1 64 "${CHURN_ROUNDS:-8}"
versus duplicate 4 1 "${SAME_ROUNDS:-20}"
versus copies 4 1 "${SAME_ROUNDS:-20}"
check "stress-ng: nothing is loaded afterwards" sh -c '! grep ^ncb_ /proc/modules'
echo "rehearsal: end"
