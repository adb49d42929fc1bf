#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module builds without a warning, also with W=1 and sparse, against every
# kernel whose build folder is at hand, and stays within its size.
. bench/tests/tap.sh

.build/ncbench module --kernel 6.1 >.build/tests/module-fetch.log 2>&1
found=0
for kdir in .cache/kernels/*/usr/src/linux-headers-*-amd64 \
	"/lib/modules/$(uname -r)/build" ${KDIRS:-}; do
	[ -e "$kdir/include/config/kernel.release" ] || continue
	found=1
	release=$(cat "$kdir/include/config/kernel.release")
	arch=$(sed -n 's/^# Linux\/\([a-z0-9_]*\) .*/\1/p' "$kdir/include/config/auto.conf")
	dir=$(mktemp -d)
	for f in kmod/*.c kmod/*.h kmod/engines.def kmod/Kbuild; do
		ln -s "$PWD/$f" "$dir"
	done
	log=.build/tests/module-$release.log
	if command -v sparse >/dev/null; then sparse=2; else sparse=0; fi
	if ! make -C "$kdir" M="$dir" ARCH="$arch" W=1 C=$sparse \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$log" 2>&1 &&
		grep -q 'sparse is not available or not up to date' "$log"; then
		skip "module: sparse on $release" "this kernel wants a newer sparse"
		make -C "$kdir" M="$dir" ARCH="$arch" W=1 \
			CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$log" 2>&1
	elif [ $sparse = 0 ]; then
		skip "module: sparse on $release" "no sparse"
	fi
	check "module: builds for $release" test -e "$dir/ncbench.ko"
	warnings=$(grep -ciE 'warning:|error:' "$log")
	grep -iE 'warning:|error:' "$log" | head -n 5
	check "module: no warning for $release (W=1)" test "$warnings" = 0
	bytes=$(size "$dir/ncbench.ko" | awk 'NR == 2 { print $4 }')
	echo "# $release: $bytes bytes of text and data"
	check "module: under 256 KiB for $release" test "${bytes:-999999}" -lt 262144
	rm -rf "$dir"
done
[ $found = 1 ] || skip "module: builds" "no kernel headers, and none could be fetched"
finish
