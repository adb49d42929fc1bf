#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest of another machine than this, emulated: what is missing for it is
# told; the module's own tests in it; then the samples of two boots have to
# agree to the last digit, and the trust block has to hold.
# shellcheck disable=SC2317 # the functions are called through check
. bench/tests/tap.sh
. bench/tests/storms.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cross=aarch64-linux-gnu-
unset NCBENCH_ACCEL

# refused CODE "words" OPTION...: the exit code, and one line with these words.
refused() {
	want=$1 words=$2
	shift 2
	"$ncb" run --results "$tmp" -n refused "$@" >"$tmp/out" 2>"$tmp/err"
	code=$?
	[ "$code" = "$want" ] && grep -qF -- "$words" "$tmp/err" && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		return 0
	echo "# exit $code, expected $want: $(head -n 2 "$tmp/err")"
	return 1
}

check "guest-arm64: an unknown architecture is a usage error with the valid ones" \
	refused 2 "valid: x86_64, arm64" -t qemu --arch mips
if [ "$(uname -m)" = aarch64 ]; then
	skip "guest-arm64: the rest" "this machine is one: group guest boots it"
	finish
fi
check "guest-arm64: this machine is not of another architecture" \
	refused 4 "ARCH= is for guests" -t user --arch arm64

# bare PROGRAM...: an empty PATH but for these.
bare() {
	rm -rf "${tmp:?}/bin"
	mkdir "$tmp/bin"
	for program in "$@"; do
		printf '#!/bin/sh\n/bin/echo "QEMU emulator version 7.2.0"\n' >"$tmp/bin/$program"
		chmod +x "$tmp/bin/$program"
	done
	bare_path=$tmp/bin
}

# refused, with that PATH for ncbench alone.
bare_refused() {
	want=$1 words=$2
	PATH=$bare_path "$ncb" run --results "$tmp" -n refused -t qemu --arch arm64 >"$tmp/out" 2>"$tmp/err"
	code=$?
	[ "$code" = "$want" ] && grep -qF -- "$words" "$tmp/err" && return 0
	echo "# exit $code, expected $want: $(head -n 2 "$tmp/err")"
	return 1
}

bare
check "guest-arm64: without QEMU it cannot run, and the package is named" \
	bare_refused 4 "install the package qemu-system-arm"
bare qemu-system-aarch64
check "guest-arm64: without a cross compiler it cannot run, and the packages are named" \
	bare_refused 4 "install the packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
PATH=$bare_path "$ncb" list targets >"$tmp/targets" 2>&1
check "guest-arm64: the list of targets says so, too" \
	grep -q 'ARCH=arm64: not possible here: .*gcc-aarch64-linux-gnu' "$tmp/targets"

for program in qemu-system-aarch64 ${cross}gcc; do
	if ! command -v "$program" >/dev/null; then
		skip "guest-arm64: the rest" "no $program here ('make deps ARCH=arm64' installs it)"
		finish
	fi
done

${cross}gcc -static -pthread -O1 -o "$tmp/test_module" kmod/tests/test_module.c || exit 1
"$ncb" guest-test --arch arm64 "$tmp/test_module" >"$tmp/test.out" 2>"$tmp/test.err"
code=$?
cat "$tmp/test.out"
[ $code = 0 ] || tail -n 5 "$tmp/test.err"
check "guest-arm64: the module's tests in the guest" test $code = 0
check "guest-arm64: none of the PMU's is left out" bash -c \
	"! grep -E '# SKIP no (hardware event|PMU)' '$tmp/test.out'"
if [ $code != 0 ] && grep -q 'connect this machine to a Debian mirror' "$tmp/test.err"; then
	finish
fi

# With a second CPU, that goes offline with a hardware counter on it.
${cross}gcc -static -pthread -O1 -DONLY_COUNTING -o "$tmp/test_counting" kmod/tests/test_module.c || exit 1
NCBENCH_CPUS=2 "$ncb" guest-test --arch arm64 "$tmp/test_counting" >"$tmp/test2.out" 2>"$tmp/test2.err"
code=$?
cat "$tmp/test2.out"
[ $code = 0 ] || tail -n 5 "$tmp/test2.err"
check "guest-arm64: the tests of counting on two CPUs" test $code = 0
check "guest-arm64: among them, one goes offline, with cycles counted" \
	grep -q '^# .*CPU 1.*; clock [03], cycles [03], ' "$tmp/test2.out"

${cross}gcc -static -pthread -O1 -o "$tmp/test_storm" kmod/tests/test_storm.c || exit 1
"$ncb" guest-test --arch arm64 "$tmp/test_storm" >"$tmp/storm.out" 2>"$tmp/storm.err"
code=$?
cat "$tmp/storm.out"
[ $code = 0 ] || tail -n 5 "$tmp/storm.err"
check "guest-arm64: the tests of the storms' modules" test $code = 0

gcc -static -O1 -x c -o "$tmp/native" - <<<'int main(void) { return 0; }' || exit 1
"$ncb" guest-test --arch arm64 "$tmp/native" >"$tmp/native.out" 2>"$tmp/native.err"
code=$?
check "guest-arm64: a program of this machine is refused" test $code = 1
check "guest-arm64: and the message says why" grep -q 'for another machine' "$tmp/native.err"

# measure NAME OPTION...: one boot.
measure() {
	name=$1
	shift
	start=$SECONDS
	"$ncb" run -t qemu --arch arm64 -p quick -n "$name" --results "$tmp" "$@" \
		>"$tmp/$name.out" 2>"$tmp/$name.err"
	code=$?
	echo "# run $name $*: $((SECONDS - start)) s, set-up included"
	[ "$code" = 0 ] || tail -n 8 "$tmp/$name.err" | sed 's/^/# /'
	return "$code"
}

trusted() {
	grep -qE "^  $1 +\[ok\]" "$tmp/one.out" || {
		grep -A3 "^  $1 " "$tmp/one.out" | sed 's/^/# /'
		false
	}
}

says() {
	grep -qF -- "$1" "$tmp/one/result.json"
}

check "guest-arm64: a first boot" measure one --seed 1
check "guest-arm64: a second boot" measure two --seed 1
for run in one two; do
	zcat "$tmp/$run/samples.csv.gz" >"$tmp/$run.csv"
done
check "guest-arm64: there are samples" test "$(wc -l <"$tmp/one.csv")" -gt 1000
diff "$tmp/one.csv" "$tmp/two.csv" | head -n 4 | sed 's/^/# /'
check "guest-arm64: two boots agree to the last sample" cmp -s "$tmp/one.csv" "$tmp/two.csv"
check "guest-arm64: it is an arm64 kernel" says '"arch": "aarch64"'
check "guest-arm64: the metric is insn" says '"metric": "insn"'
check "guest-arm64: 3027 instructions take 3027 ticks of its clock" says '"known_insn": 3027'
check "guest-arm64: the command says what makes it again" \
	grep -q 'make bench TARGET=qemu PROFILE=quick ARCH=arm64 SEED=1' "$tmp/one.out"
for line in oracle A/A planted proportion exact; do
	check "guest-arm64: trust: $line" trusted "$line"
done
storm_records "$tmp/one" >"$tmp/one.storms"
check "guest-arm64: storms: each load became LIVE once" storm_lives "$tmp/one.storms"
check "guest-arm64: storms: threads count what the clock says, and what notifiers take" \
	storm_counted "$tmp/one" "$tmp/one.storms"
check "guest-arm64: storms: all that makes them true holds" \
	says_words "$tmp/one.out" "storms [ok] hold: calls, driver, records, leak, line, probes, rollback"
# slist in the module against the kernel's own, in calls: the same to the instruction.
"$ncb" report one --results "$tmp" --full >"$tmp/one.full"
check "guest-arm64: slist's calls cost what native ones do" awk -v n=0 -v bad=0 '
	/^$/ { on = 0 }
	on && $2 + 0 { n++; bad += $3 != $(NF - 1) }
	/^(call|robust call.*) \(.*insn$/ { on = 1 }
	END { exit !(n >= 30 && !bad) }' "$tmp/one.full"
finish
