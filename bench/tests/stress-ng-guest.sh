# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# One turn of stress-ng.sh, inside its machine; $rehearsal_tmp: for files.
#
# stress-ng counts loads that succeeded, each with an unload after it, from processes that do
# not wait for each other; what was refused it tries again, uncounted. Ours: of churn all
# loads, with their unloads; where threads load the same module, all calls, of which one a
# round succeeds.
# shellcheck disable=SC2154 # rehearsal_tmp is set by uml-boot.sh
read -r who mode threads loads <"$rehearsal_tmp/turn"
program=$(cat "$rehearsal_tmp/program")
files=/run/stress-ng
mkdir -p "$files"
export TMPDIR="$files"

ours() {
	.build/ncbench storm -t host -p quick -n turn --results "$files" --yes --modes "$mode" \
		--threads "$threads" --extra 0 --modules 1 --rounds "$((loads / threads))" \
		>"$files/out" 2>&1 || tail -n 3 "$files/out"
	zcat "$files/turn/storm.csv.gz" | awk -F, '
		$3 == "load" { n++; print $8 | "sort -n >'"$files/ns"'" }
		$3 == "round" { ns += $8 }
		END { if (ns) printf "figure: %d", n / ns * 1e9 }'
	sort -n "$files/ns" | awk '{ v[NR] = $1 } END {
		printf " (a load: p50 %d us, p99 %d us)\n", v[int((NR + 1) / 2)] / 1e3,
			v[int(NR * 0.99 + 0.5)] / 1e3 }'
}

theirs() {
	dir=/lib/modules/$(uname -r)
	mkdir -p "$dir/kernel"
	strip -g -o "$dir/kernel/ncb_small_0000.ko" .build/payload-"$(uname -r)"-*/ncb_small_0000.ko
	echo 'kernel/ncb_small_0000.ko:' >"$dir/modules.dep"
	$program --module "$threads" --module-name ncb_small_0000 --module-ops "$loads" \
		--metrics-brief --temp-path "$files" 2>&1 |
		awk '{ for (i = 1; i < NF - 2; i++) if ($i == "module" && $(i + 1) ~ /^[0-9]+$/)
			printf "figure: %d\n", $(i + 1) / $(i + 2) }'
}

$who
echo "rehearsal: end"
