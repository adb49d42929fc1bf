# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# A User Mode Linux machine with this machine's files as its root. Sourced after tap.sh:
# uml_prepare makes $tmp, a copy of this checkout in $tmp/checkout with the driver built, its
# modules in $tmp/built, and the kernel in $UML;
# uml_boot SCRIPT runs the script of this checkout in there, in the copy, with $rehearsal_tmp
# for files and what tap.sh has, and sees to it that the kernel log is clean; it has come to
# its end where it says "rehearsal: end" last.

uml_prepare() {
	if [ "$(id -u)" != 0 ]; then
		skip "uml: $1" "the guest's files are this machine's: root is needed to mount in it"
		finish
	fi
	tmp=$(mktemp -d /var/tmp/ncbench-uml.XXXXXX)
	# Each page that is mapped apart is a mapping of that process here; beyond the limit the
	# machine panics, which large chains from vmalloc() came to.
	uml_maps=$(cat /proc/sys/vm/max_map_count)
	trap 'rm -rf "$tmp"; echo "$uml_maps" >/proc/sys/vm/max_map_count' EXIT
	[ "$uml_maps" -ge 262144 ] || echo 262144 >/proc/sys/vm/max_map_count ||
		echo "# vm.max_map_count stays $uml_maps: the machine may panic"
	# KSRC= and UML= take a tree and a build that are there already.
	if [ -z "${UML:-}" ]; then
		if ! bench/tests/uml-build.sh >"$tmp/build.log" 2>&1; then
			tail -n 5 "$tmp/build.log"
			if grep -q '^cannot fetch' "$tmp/build.log"; then
				skip "uml: $1" "no kernel source: no network, or no Debian"
			else
				check "uml: the kernel builds" false
			fi
			finish
		fi
		UML=$(tail -n 1 "$tmp/build.log")
	fi
	# The files of this checkout as they are now, without what was built or fetched.
	mkdir "$tmp/checkout"
	if ! git ls-files -z -co --exclude-standard 2>/dev/null |
		xargs -0 cp --parents -t "$tmp/checkout"; then
		cp -a . "$tmp/checkout" && rm -rf "$tmp/checkout/.build"
	fi
	# By the same compiler as in there, where it takes six times as long; but the module is
	# built in there, as on a user's machine.
	make -C "$tmp/checkout" --no-print-directory -s -j"$(nproc)" driver ||
		check "uml: the driver builds" false
	"$tmp/checkout/.build/ncbench" module --to "$tmp/built" "$UML" ||
		check "uml: the modules build" false
	rm -rf "$tmp/checkout/.build/"kmod-*
}

uml_boot() {
	cat >"$tmp/init" <<-END
		#!/bin/sh
		exec >"$tmp/out" 2>&1 </dev/null
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
		mount -t proc proc /proc
		mount -t sysfs sys /sys
		mount -t devtmpfs dev /dev
		mount -t tmpfs run /run
		# Nothing here gathers randomness, and a first hyperfine was seen to wait two minutes for
		# it: getrandom(2). RNDADDENTROPY with 512 bits that need not be random.
		perl -e 'open(my \$r, ">", "/dev/urandom") or die;
			ioctl(\$r, 0x40085203, my \$p = pack("iia64", 512, 64, "rehearsal")) or die \$!'
		[ -d /lib/modules ] || mkdir /lib/modules
		mount -t tmpfs modules /lib/modules
		mkdir -p /lib/modules/\$(uname -r)
		ln -s "$UML" /lib/modules/\$(uname -r)/build
		export NCBENCH_NO_DEPS=1
		cd "$tmp/checkout"
		rehearsal_tmp="$tmp"
		. bench/tests/tap.sh
		. $1
		bad=\$(dmesg | grep -E 'WARNING:|BUG:|Oops|INFO: possible|suspicious RCU' | head -n 3)
		[ -z "\$bad" ] || echo "# \$bad"
		check "uml: the kernel log is clean" test -z "\$bad"
		echo "rehearsal: end"
		sync
		# reboot(LINUX_REBOOT_CMD_POWER_OFF): there is no init here that would do it.
		perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
	END
	chmod +x "$tmp/init"
	# On one CPU, the last one: kernel and processes take turns, and waking each other across
	# CPUs made a fork with exec 30 % slower.
	timeout -s KILL 1500 taskset -c "$(taskset -pc $$ | sed 's/.*[-, ]//')" "$UML/linux" \
		rootfstype=hostfs root=/dev/root rootflags=/ rw init="$tmp/init" mem=768M >"$tmp/console" 2>&1 </dev/null
	grep -q '^rehearsal: end' "$tmp/out"
}
