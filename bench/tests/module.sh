#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The modules build without a warning, also with W=1 and sparse, against every
# kernel whose build folder is at hand, and stay within their sizes.
. bench/tests/tap.sh

# What the tools of a kernel's architecture begin with; nothing for this machine's.
cross_of() {
	case $1-$(uname -m) in
	arm64-aarch64 | riscv-riscv64) ;;
	arm64-*) echo aarch64-linux-gnu- ;;
	riscv-*) echo riscv64-linux-gnu- ;;
	esac
}

# Code without a word for riscv64 in it: the driver, with this machine's headers
# of the libraries, and the module's sources as a shared object.
neutral() {
	cc=riscv64-linux-gnu-gcc
	if ! command -v $cc >/dev/null || [ "$($cc -print-file-name=libc.a)" = libc.a ]; then
		skip "module: riscv64" "no $cc with a libc (libc6-dev-riscv64-cross)"
		return
	fi
	dir=$(mktemp -d)
	log=.build/tests/module-riscv64.log
	make -s -C kmod/user O="$dir" CC=$cc CFLAGS= >"$log" 2>&1
	check "module: its sources compile for riscv64" test -e "$dir/ncbench-user.so"
	for source in bench/*.c bench/target/*.c kmod/engine_table.c; do
		$cc -std=gnu11 -Wall -Wextra -Wshadow -fsyntax-only -idirafter /usr/include \
			"$source" >>"$log" 2>&1 || echo "error: $source" >>"$log"
	done
	grep -iE 'warning:|error:' "$log" | head -n 5
	check "module: and the driver, without a warning" \
		sh -c "! grep -qiE 'warning:|error:' '$log'"
	rm -rf "$dir"
}

# builds KDIR NAME FILE...: with links to the files in a new folder, $dir; of kernel
# $release, $arch, with tools $cross.
builds() {
	kdir=$1
	part=$2
	shift 2
	dir=$(mktemp -d)
	for f; do
		ln -s "$PWD/$f" "$dir"
	done
	log=".build/tests/module-$part-$(echo "$release" | tr " " -).log"
	set -- -C "$kdir" M="$dir" ARCH="$arch" CROSS_COMPILE="$cross" W=1 -j"$(nproc)" \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules
	if command -v sparse >/dev/null; then sparse=2; else sparse=0; fi
	if ! make C=$sparse "$@" >"$log" 2>&1 &&
		grep -q 'sparse is not available or not up to date' "$log"; then
		skip "module: sparse on $release" "this kernel wants a newer sparse"
		make "$@" >"$log" 2>&1
	elif [ $sparse = 0 ]; then
		skip "module: sparse on $release" "no sparse"
	fi
	warnings=$(grep -ciE 'warning:|error:' "$log")
	grep -iE 'warning:|error:' "$log" | head -n 5
	check "module: no warning from $part for $release (W=1)" test "$warnings" = 0
}

# within NAME FROM TO: bytes of text and data of the module in $dir.
within() {
	check "module: $1 builds for $release" test -e "$dir/$1.ko"
	bytes=$("${cross}size" "$dir/$1.ko" | awk 'NR == 2 { print $4 }')
	echo "# $release: $1: $bytes bytes of text and data"
	check "module: $1 has $2 to $3 bytes for $release" \
		test "${bytes:-999999}" -ge "$2" -a "${bytes:-999999}" -lt "$3"
}

.build/ncbench module --kernel 6.1 >.build/tests/module-fetch.log 2>&1
found=0
for kdir in .cache/kernels/*/usr/src/linux-headers-*-amd64 \
	.cache/kernels/*/usr/src/linux-headers-*-arm64 \
	"/lib/modules/$(uname -r)/build" ${KDIRS:-}; do
	[ -e "$kdir/include/config/kernel.release" ] || continue
	# "6.1" is another name of what it was unpacked as.
	root=${kdir#.cache/kernels/}
	[ ! -L ".cache/kernels/${root%%/*}" ] || continue
	found=1
	arch=$(sed -n 's/^# Linux\/\([a-z0-9_]*\) .*/\1/p' "$kdir/include/config/auto.conf")
	release="$(cat "$kdir/include/config/kernel.release") for $arch"
	cross=$(cross_of "$arch")
	if ! command -v "${cross}gcc" >/dev/null; then
		skip "module: builds for $release" "no ${cross}gcc"
		continue
	fi
	builds "$kdir" . kmod/*.c kmod/*.h kmod/engines.def kmod/Kbuild
	within ncbench 0 262144
	rm -rf "$dir"
	builds "$kdir" storm kmod/storm/*
	within ncb_storm 0 131072
	rm -rf "$dir"
	builds "$kdir" behaviour kmod/behaviour/*
	within ncb_behaviour 0 32768
	rm -rf "$dir"
	builds "$kdir" payload kmod/payload/*
	within ncb_small_0000 0 8192
	within ncb_text_0000 204800 307200
	within ncb_symbols_0000 32768 131072
	within ncb_functions_0000 32768 131072
	within ncb_percpu_0000 0 8192
	within ncb_dyndbg_0000 4096 65536
	rm -rf "$dir"
done
[ $found = 1 ] || skip "module: builds" "no kernel headers, and none could be fetched"
neutral
finish
