# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# One turn of stress-ng.sh, inside its machine; $rehearsal_tmp: for files. Prints how many
# loads a second were tried, and how many of them succeeded, each with an unload after it.
#
# stress-ng counts loads that succeeded, from processes that do not wait for each other; what
# it tried besides, count_loads.c counts. Ours: of churn one thread loads one module, once a
# round, as modules that differ take longer; where threads load the same module, one call a
# round succeeds.
# shellcheck disable=SC2154 # rehearsal_tmp is set by uml-boot.sh
read -r who mode threads loads <"$rehearsal_tmp/turn"
program=$(cat "$rehearsal_tmp/program")
files=/run/stress-ng
mkdir -p "$files"
export TMPDIR="$files"

ours() {
	.build/ncbench storm -t host --built "$rehearsal_tmp/built" -p quick -n turn --results "$files" --yes --modes "$mode" \
		--threads "$threads" --extra 0 --modules 1 --rounds "$((loads / threads))" \
		>"$files/out" 2>&1 || tail -n 3 "$files/out"
	zcat "$files/turn/storm.csv.gz" | awk -F, '
		$3 == "load" { n++; ok += $6 == 0; print $8 | "sort -n >'"$files/ns"'" }
		$3 == "round" { ns += $8 }
		END { if (ns) printf "figure: %d %d", n / ns * 1e9, ok / ns * 1e9 }'
	sort -n "$files/ns" | awk '{ v[NR] = $1 } END {
		printf " (a load: p50 %d us, p99 %d us)\n", v[int((NR + 1) / 2)] / 1e3,
			v[int(NR * 0.99 + 0.5)] / 1e3 }'
}

theirs() {
	dir=/lib/modules/$(uname -r)
	mkdir -p "$dir/kernel"
	strip -g -o "$dir/kernel/ncb_small_0000.ko" "$rehearsal_tmp/built/ncb_small_0000.ko"
	echo 'kernel/ncb_small_0000.ko:' >"$dir/modules.dep"
	LD_PRELOAD=$rehearsal_tmp/count_loads.so COUNT_LOADS=$files/counts \
		$program --module "$threads" --module-name ncb_small_0000 --module-ops "$loads" \
		--metrics-brief --temp-path "$files" 2>&1 |
		awk '{ for (i = 1; i < NF - 2; i++) if ($i == "module" && $(i + 1) ~ /^[0-9]+$/)
			print $(i + 1), $(i + 2) }' >"$files/said"
	# calls, loads that succeeded, what it counted itself, its seconds
	echo "$(od -An -t u8 "$files/counts")" "$(cat "$files/said")" |
		awk '$4 { printf "figure: %d %d (it says %d)\n", $1 / $4, $2 / $4, $3 / $4 }'
}

$who
