#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Target uml: measures in a kernel that is a process; whatever ends it, the reason is said, what
# was measured is kept, and no process of it stays behind.
# UML_TARGET_KERNEL= is the kernel, a "linux" built with ARCH=um, UML_TARGET_KDIR= its build folder;
# without, it is one that group ab has built.
# shellcheck disable=SC2317 # the functions are called through check
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
kernel=${UML_TARGET_KERNEL:-}
kdir=${UML_TARGET_KDIR:-${kernel%/*}}
if [ -z "$kernel" ]; then
	# One is there: this finds that of the distribution's source, and builds nothing.
	if find .cache/kbuild/build -path '*-uml-*/complete' 2>/dev/null | grep -q .; then
		kernel=$("$ncb" kernel linux-source-6.1 --flavour uml 2>/dev/null |
			sed -n 's/^image \([^ ]*\).*/\1/p' | head -n 1)
	fi
	kdir=${kernel%/link-0/linux}/out
fi
if [ ! -x "$kernel" ]; then
	skip "uml-target: all of it" "no kernel: group ab builds one, UML_TARGET_KERNEL= names one"
	finish
fi
tmp=$(mktemp -d /tmp/ncbench-uml-target.XXXXXX)
trap 'umount "$tmp/small" 2>/dev/null; rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
mkdir "$tmp/work"
export TMPDIR=$tmp/work
if ! "$ncb" run -t uml --kernel "$kernel" --headers "$kdir" -p quick -r raw/call/1 --reloads 1 \
	-n first --results "$tmp/results" >"$tmp/first.out" 2>"$tmp/first.err"; then
	if grep -q 'is not possible here' "$tmp/first.err"; then
		skip "uml-target: all of it" "$(sed -n 's/.*not possible here: //p' "$tmp/first.err")"
	else
		tail -n 20 "$tmp/first.err" | sed 's/^/# /'
		check "uml-target: a first run" false
	fi
	finish
fi
module=$(find "$PWD/.build" -maxdepth 2 -path "*/kmod-$(cat "$kdir/include/config/kernel.release")-*" \
	-name ncbench.ko -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
cp "$module" "$tmp/ncbench.ko"

# run NAME KERNEL OPTION...: with the ready module
run() {
	name=$1 image=$2
	shift 2
	"$ncb" run -t uml --kernel "$image" --headers "$kdir" --module "$tmp/ncbench.ko" -p quick \
		-n "$name" --results "$tmp/results" "$@" >"$tmp/$name.out" 2>"$tmp/$name.err"
}

# A kernel that is started with more words.
with_words() {
	printf '#!/bin/sh\nexec "%s" "$@" %s\n' "$kernel" "$2" >"$tmp/$1"
	chmod +x "$tmp/$1"
}

# Processes of guests: they are in their folder, which is below $tmp.
alive() {
	find /proc/[0-9]*/cwd -maxdepth 0 -lname "$tmp/work/*" 2>/dev/null
}

nothing_left() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -z "$(alive)" ] && break
		sleep 0.1
	done
	[ -z "$(alive)" ] && [ -z "$(ls "$tmp/work")" ]
}

up() {
	for _ in $(seq 1 100); do
		# Its kernel, its process 1 and who watches over them; process 1 is soon past its start.
		[ "$(alive | wc -l)" -ge 2 ] && sleep 0.5 && return 0
		sleep 0.05
	done
	return 1
}

# Bit 2 is CAP_DAC_READ_SEARCH.
powerless() {
	alive | while read -r cwd; do
		[ "$(cat "${cwd%/cwd}/comm")" = uml-watch ] ||
			grep -E '^Cap(Eff|Prm|Bnd)' "${cwd%/cwd}/status"
	done >"$tmp/rights"
	[ -s "$tmp/rights" ] && { [ "$(id -u)" != 0 ] || ! grep -vE '000000000000000[04]$' "$tmp/rights"; }
}

env_of() {
	grep -oE "\"$2\": *\"[^\"]*\"" "$tmp/results/$1/result.json" | head -n 1 | sed 's/.*: *"//; s/"$//'
}

check "uml-target: nothing is left of a run" nothing_left
check "uml-target: the kept run says what it is" test "$(env_of first target)" = uml
check "uml-target: the metric is ns" test "$(env_of first metric)" = ns
check "uml-target: the processor is this machine's" \
	grep -qF "$(env_of first cpu_model)" /proc/cpuinfo
check "uml-target: the report says that there are no retpolines" \
	grep -q 'User Mode Linux: native code' "$tmp/first.out"

# Two at once: each has its own boot, and all rows.
run one "$kernel" --reloads 1 &
first=$!
run two "$kernel" --reloads 1
code=$?
wait $first
check "uml-target: two at once are both well" test "$code$?" = 00
check "uml-target: they are two boots" test "$(env_of one boot_id)" != "$(env_of two boot_id)"

start=$SECONDS
with_words panics "init=/nothing rdinit=/nothing"
run panic "$tmp/panics"
check "uml-target: a panic is an exit code of 1" test $? = 1
check "uml-target: said at once" test $((SECONDS - start)) -lt 10
check "uml-target: as a panic" grep -q "the guest's kernel panicked" "$tmp/panic.err"
check "uml-target: with the console's last lines" grep -q '^ncbench: console: ' "$tmp/panic.err"
check "uml-target: nothing is left after a panic" nothing_left

# Its process 1 computes, and says nothing. Processes that only wait for their kernel mostly
# fall over when that is gone; this one runs on, unless it is ended.
mkdir "$tmp/files"
echo 'int main(void) { volatile long i = 0; for (;;) i++; }' >"$tmp/spin.c"
gcc -O1 -static -o "$tmp/files/init" "$tmp/spin.c" || exit 1
(cd "$tmp/files" && echo init | cpio -o -H newc 2>/dev/null) >"$tmp/files.cpio"
check "uml-target: an archive for a guest that hangs" test -s "$tmp/files.cpio"
with_words hangs "initrd=$tmp/files.cpio"
start=$SECONDS
run hang "$tmp/hangs" --timeout 2
check "uml-target: a hang is an exit code of 1" test $? = 1
check "uml-target: after its time" test $((SECONDS - start)) -lt 6
check "uml-target: nothing is left after a hang" nothing_left

# Ended from outside, in the midst of rows; but the hardest is what computes.
for signal in INT TERM KILL; do
	image=$kernel
	[ $signal = KILL ] && image=$tmp/hangs
	# Not through a function: $! has to be ncbench itself.
	"$ncb" run -t uml --kernel "$image" --headers "$kdir" --module "$tmp/ncbench.ko" -p quick \
		--reloads 100 -n "sig$signal" --results "$tmp/results" >/dev/null 2>"$tmp/sig$signal.err" &
	pid=$!
	check "uml-target: SIG$signal: the guest is up" up
	if [ $signal = TERM ]; then
		check "uml-target: its processes have no rights but to read" powerless
	fi
	kill -$signal $pid
	wait $pid
	code=$?
	if [ $signal = KILL ]; then
		rm -rf "$tmp"/work/*
	else
		check "uml-target: SIG$signal is an exit code of 1" test $code = 1
	fi
	check "uml-target: nothing is left after SIG$signal" nothing_left
done

# The kernel's process alone: those that it traces would run free.
run killed "$tmp/hangs" &
pid=$!
check "uml-target: the guest is up" up
kill -KILL "$(alive | while read -r cwd; do
	p=${cwd%/cwd} && p=${p#/proc/}
	[ "$(ps -o pgid= -p "$p" | tr -d ' ')" = "$p" ] && echo "$p"
done)"
wait $pid
check "uml-target: a killed kernel is an exit code of 1" test $? = 1
check "uml-target: nothing is left of a killed kernel" nothing_left

if [ "$(id -u)" = 0 ]; then
	mkdir "$tmp/small"
	if mount -t tmpfs -o size=6m small "$tmp/small" 2>/dev/null; then
		TMPDIR=$tmp/small run full "$kernel"
		check "uml-target: a full disk is an exit code of 1" test $? = 1
		check "uml-target: and named" grep -q 'No space left' "$tmp/full.err"
		check "uml-target: nothing is left on it" test -z "$(ls "$tmp/small")"
	else
		skip "uml-target: a full disk" "nothing can be mounted"
	fi
	mkdir -m 1777 "$tmp/user"
	if setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$ncb" -a -x "$kernel" -a \
		-r "$kdir/.config" 2>/dev/null; then
		HOME=$tmp/user TMPDIR=$tmp/user setpriv --reuid=65534 --regid=65534 --clear-groups \
			"$ncb" run -t uml --kernel "$kernel" --headers "$kdir" --module "$tmp/ncbench.ko" \
			-p quick -r raw/call/1 --reloads 1 -n user --results "$tmp/user/results" \
			>"$tmp/user.out" 2>"$tmp/user.err" || tail -n 5 "$tmp/user.err" | sed 's/^/# /'
		check "uml-target: no rights are needed" test -s "$tmp/user/results/user/samples.csv.gz"
	else
		skip "uml-target: as another user" "he cannot read the checkout or the kernel"
	fi
fi

# What cannot be booted is said before anything is.
refused() {
	"$ncb" run -t uml -p quick --results "$tmp/results" "$@" >"$tmp/refused.out" 2>"$tmp/refused.err"
	code=$?
	[ $code = 2 ] || [ $code = 4 ]
}
mkdir "$tmp/kdir"
grep -v BLK_DEV_INITRD "$kdir/.config" >"$tmp/kdir/.config"
check "uml-target: a kernel without initramfs is refused" \
	refused --kernel "$kernel" --headers "$tmp/kdir"
check "uml-target: with the option that it wants" grep -q CONFIG_BLK_DEV_INITRD "$tmp/refused.err"
check "uml-target: no kernel is refused" refused --kernel "$tmp/nothing"
check "uml-target: with what to give" grep -q 'KERNEL=/path/linux' "$tmp/refused.err"
finish
