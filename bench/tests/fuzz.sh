#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The reader of results under libFuzzer for FUZZ_SECONDS (default 30), on one
# core, from the seeds in corpus-result/ and what earlier runs found worth
# keeping in .build/tests/fuzz/found/. TAP lines; a finding is kept and named.
set -u
cd "$(dirname "$0")/../.." || exit 1
. bench/tests/tap.sh

seconds=${FUZZ_SECONDS:-30}
work=.build/tests/fuzz
log=$work/log

# Fewer inputs than this, or fewer past the reader, and nothing was tried: the
# share of the seeds alone is a few dozen, a slow machine still does 100 a second.
least=$((seconds * 20))

if ! command -v "${FUZZ_CC:-clang}" >/dev/null; then	# CI counts that as a failure
	skip "fuzz: reader of results" "no clang; 'bench/deps.sh test' installs it"
	exit 0
fi
if ! make --no-print-directory -s "$work/fuzz_result"; then
	echo "not ok - fuzz: the fuzzer does not build"
	exit 1
fi
mkdir -p "$work/found" "$work/findings"

"$work/fuzz_result" -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=1024 \
	-print_final_stats=1 -dict=bench/tests/fuzz_result.dict \
	-artifact_prefix="$work/findings/" "$work/found" bench/tests/corpus-result >"$log" 2>&1
code=$?
# "fuzz: N inputs, N accepted"
counts=$(sed -n 's/^fuzz: \([0-9]*\) inputs, \([0-9]*\) accepted$/\1 \2/p' "$log")
inputs=${counts% *} accepted=${counts#* }
echo "# ${inputs:-no} inputs, ${accepted:-none} accepted and reported on, in $seconds s;" \
	"$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)"

no_finding() {
	[ "$code" = 0 ] && return 0
	grep -m 3 -aE 'ERROR:|runtime error|^fuzz: [a-z]' "$log" | cut -c1-200 | sed 's/^/# /'
	sed -n 's/^.*Test unit written to \(.*\)$/# kept: \1/p' "$log"
	echo "# all of it: $log; again: $work/fuzz_result <kept file>"
	return 1
}
check "fuzz: no finding in the reader of results and in reports of what it accepts" no_finding
check "fuzz: $least inputs were tried at least, and a tenth of them accepted" \
	[ "${inputs:-0}" -ge "$least" -a "${accepted:-0}" -ge $((least / 10)) ]
finish
