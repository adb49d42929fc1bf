#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Our storms against 'stress-ng --module' in one QEMU guest that counts instructions, with the
# same module and threads, in turns A B B A: ratios to a thousandth, where the clock of
# stress-ng.sh's machine takes 17 us to be read. A second is a thousand million instructions.
# STRESS_NG= as there: a program, or 'loader --library-path dir program'. Wants busybox
# (static) and the packaged 6.1 kernel that make bench fetches. Not part of 'make test'.
. bench/tests/tap.sh

STRESS_NG=${STRESS_NG:-stress-ng}
kernel=.cache/kernels/6.1
busybox=$(command -v busybox || echo "${BUSYBOX:-}")
if ! $STRESS_NG --help 2>/dev/null | grep -q -e '--module-name'; then
	skip "stress-ng: loads" "$STRESS_NG is not there or has no --module; STRESS_NG= names another"
	finish
elif [ ! -x "$busybox" ] || [ ! -e $kernel/boot ] || ! command -v qemu-system-x86_64 >/dev/null; then
	skip "stress-ng: loads" "no busybox (BUSYBOX=), no $kernel or no qemu-system-x86_64"
	finish
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
root=$tmp/root
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/t" \
	"$root/w/.build" "$root/w/kmod" "$root/w/plot"
.build/ncbench module --to "$root/built" --kernel 6.1 || exit 1
# As a packaged one is, for both.
strip -g "$root/built/ncb_small_0000.ko"
cp "$busybox" "$root/bin/busybox"
cp .build/ncbench "$root/w/.build/"
cp Makefile "$root/w/"
ldd .build/ncbench | grep -o '/lib[^ ]*' | while read -r file; do
	mkdir -p "$root${file%/*}"
	cp -L "$file" "$root$file"
done
# shellcheck disable=SC2086 # words
set -- $STRESS_NG
if [ $# = 1 ]; then
	program=$(command -v "$1")
	list=$(ldd "$program")
	loader=$(echo "$list" | grep -o '/[^ ]*ld-linux[^ ]*')
else
	loader=$1 program=$4
	list=$("$@" --help >/dev/null; "$1" "$2" "$3" --list "$4")
fi
cp -L "$program" "$root/t/stress-ng"
cp -L "$loader" "$root/t/loader"
echo "$list" | grep -o '=> /[^ ]*' | while read -r _ file; do cp -L "$file" "$root/t/"; done
gcc -shared -fPIC -O1 -o "$root/t/count_loads.so" bench/tests/count_loads.c -ldl || exit 1
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ TMPDIR=/tmp NCBENCH_TOP=/w COUNT_LOADS=/run/count
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
mount -t tmpfs t /tmp; mount -t tmpfs r /run
modules=/lib/modules/$(uname -r)
mkdir -p $modules/kernel
cp /built/ncb_small_0000.ko $modules/kernel/
echo 'kernel/ncb_small_0000.ko:' >$modules/modules.dep
echo 1 >/sys/kernel/rcu_expedited	# as our guests have it
cd /w
ours() {
	rm -rf /run/turn
	.build/ncbench storm -t host --built /built -p quick -n turn --results /run --yes \
		--modes $1 --threads $2 --extra 0 --modules 1 --rounds $(($3 / $2)) >/run/out 2>&1
	zcat /run/turn/storm.csv.gz | awk -F, '
		$3 == "load" { n++; ok += $6 == 0 }
		$3 == "round" { ns += $8 }
		END { printf "\nturn ours %d %d\n", n / ns * 1e9, ok / ns * 1e9 }'
}
theirs() {
	rm -f /run/count
	LD_PRELOAD=/t/count_loads.so /t/loader --library-path /t /t/stress-ng --module $2 \
		--module-name ncb_small_0000 --module-ops $3 --metrics-brief --temp-path /run 2>&1 |
		awk '{ for (i = 1; i < NF - 2; i++) if ($i == "module" && $(i + 1) ~ /^[0-9]+$/)
			print $(i + 5) }' >/run/said
	# It rounds its seconds, but not its rate.
	echo "$(od -An -t u8 /run/count) $(cat /run/said)" |
		awk '{ printf "\nturn theirs %d %d\n", $1 / $2 * $3, $3 }'
}
for what in "churn 1" "duplicate 4"; do
	printf "\nwhat %s\n" "$what"
	for who in ours theirs theirs ours ours theirs theirs ours; do $who $what 400; done
done
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc 2>/dev/null | gzip -1) >"$tmp/initramfs"
timeout 300 qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off -m 1500 -nographic -no-reboot \
	-kernel "$(ls $kernel/boot/vmlinuz-*)" -initrd "$tmp/initramfs" -append \
	"console=ttyS0 loglevel=3 panic=-1 tsc=reliable nolapic_timer no_timer_check hpet=disable" \
	</dev/null | tr -d '\r' >"$tmp/out"
# Both as they counted, and of each the median of four.
awk '
	$1 == "what" { what = $2 " with " $3 " threads" }
	$1 == "turn" { n[what, $2]++; calls[what, $2, n[what, $2]] = $3; ok[what, $2, n[what, $2]] = $4 }
	function median(of, what, who,	i, k, v, t) {
		for (i = 1; i <= 4; i++) v[i] = of[what, who, i]
		for (i = 1; i < 4; i++) for (k = i + 1; k <= 4; k++)
			if (v[k] < v[i]) { t = v[i]; v[i] = v[k]; v[k] = t }
		return (v[2] + v[3]) / 2
	}
	END {
		for (pair in n) {
			split(pair, p, SUBSEP); what = p[1]
			if (p[2] != "ours" || n[what, "theirs"] != 4 || n[what, "ours"] != 4) continue
			a = median(ok, what, "ours"); b = median(ok, what, "theirs")
			printf "# %s: tried a second: ours %d, stress-ng %d; loaded: ours %d, stress-ng %d; ratio %.3f\n",
				what, median(calls, what, "ours"), median(calls, what, "theirs"), a, b, a / b
			print (a >= b ? "ok" : "not ok") " - stress-ng: " what " loads at least as often"
			done++
		}
		if (done != 2) print "not ok - stress-ng: all turns ended"
	}' "$tmp/out"
finish
