#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The readers of results and of BTF under libFuzzer for FUZZ_SECONDS (default 30) each, on
# one core, from seeds and what earlier runs found worth keeping in .build/tests/fuzz/.
# TAP lines; a finding is kept and named.
set -u
cd "$(dirname "$0")/../.." || exit 1
. bench/tests/tap.sh

seconds=${FUZZ_SECONDS:-30}
work=.build/tests/fuzz

# Fewer inputs than this, or fewer past the reader, and nothing was tried: the
# share of the seeds alone is a few dozen, a slow machine still does 100 a second.
least=$((seconds * 20))

if ! command -v "${FUZZ_CC:-clang}" >/dev/null; then	# CI counts that as a failure
	skip "fuzz: readers" "no clang; 'bench/deps.sh test' installs it"
	exit 0
fi

no_finding() {
	[ "$code" = 0 ] && return 0
	grep -m 3 -aE 'ERROR:|runtime error|^fuzz: [a-z]' "$log" | cut -c1-200 | sed 's/^/# /'
	sed -n 's/^.*Test unit written to \(.*\)$/# kept: \1/p' "$log"
	echo "# all of it: $log; again: $work/$fuzzer <kept file>"
	return 1
}

# fuzz FUZZER FOUND SEEDS SHARE "what" OPTION...: one input in SHARE has to be accepted.
fuzz() {
	fuzzer=$1 found=$work/$2 seeds=$3 share=$4 what=$5
	shift 5
	log=$work/$fuzzer.log
	if ! make --no-print-directory -s "$work/$fuzzer"; then
		check "fuzz: the fuzzer of $what builds" false
		return
	fi
	mkdir -p "$found" "$work/findings"
	"$work/$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$work/findings/" "$@" "$found" "$seeds" \
		>"$log" 2>&1
	code=$?
	# "fuzz: N inputs, N accepted"
	counts=$(sed -n 's/^fuzz: \([0-9]*\) inputs, \([0-9]*\) accepted$/\1 \2/p' "$log")
	inputs=${counts% *} accepted=${counts#* }
	echo "# ${inputs:-no} inputs, ${accepted:-none} accepted, in $seconds s;" \
		"$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)"
	check "fuzz: no finding in $what" no_finding
	check "fuzz: $least inputs were tried at least, and one of $share accepted" \
		[ "${inputs:-0}" -ge "$least" -a "${accepted:-0}" -ge $((least / share)) ]
}

# Raw BTF of a few structs, and the same in an ELF file and in an image without sections.
make_btf() {
	seeds=$work/btf-seeds
	rm -rf "$seeds"
	mkdir -p "$seeds" || return
	for seed in 1 2 3 4; do
		perl bench/tests/memory_structs.pl $seed 6 $((seed % 2)) >"$work/structs.c" &&
			"${CC:-gcc}" -w -g -c -o "$work/structs.o" "$work/structs.c" 2>/dev/null &&
			pahole --btf_encode_detached="$work/structs" "$work/structs.o" || return
		# What is behind its strings is not BTF.
		head -c "$(od -A n -t u4 -w20 -j 4 -N 20 "$work/structs" |
			awk '{ print $1 + $4 + $5 }')" "$work/structs" >"$seeds/$seed" || return
		{ printf MZ0000; cat "$seeds/$seed"; } >"$seeds/image-$seed"
		objcopy -S -R .text -R .data -R .bss -R .comment -R .note.GNU-stack \
			--add-section .BTF="$seeds/$seed" "$work/structs.o" "$seeds/elf-$seed" || return
	done
}

fuzz fuzz_result found bench/tests/corpus-result 10 \
	"the reader of results and in reports of what it accepts" \
	-max_len=32768 -dict=bench/tests/fuzz_result.dict
if ! command -v pahole >/dev/null || [ ! -x .build/ncbench-memory ]; then
	skip "fuzz: reader of BTF" "no pahole or libbpf; 'bench/deps.sh test' installs them"
elif make_btf; then
	fuzz fuzz_btf btf-found "$work/btf-seeds" 25 \
		"the reader of BTF and in the layout of what it accepts" -max_len=8192
else
	check "fuzz: seeds of BTF are made" false
fi
finish
