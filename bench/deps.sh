#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building and measuring needs, with 'deps.sh test' also what the
# tests need, with 'deps.sh ab' what building kernels needs, as root, with the
# machine's own package manager. Without root it prints the command and exits 4.
# NCBENCH_NO_DEPS=1 skips all of it. With ARCH=arm64 also what a guest of that
# kind takes on another machine.
set -u

[ -z "${NCBENCH_NO_DEPS:-}" ] || exit 0

have_header() { printf '#include <%s>\n' "$1" | ${CC:-cc} -E - >/dev/null 2>&1; }
have() { command -v "$1" >/dev/null 2>&1; }
have_library() {
	for dir in /lib /lib64 /usr/lib /usr/lib64 /usr/lib/*-linux-gnu*; do
		[ ! -e "$dir/$1" ] || return 0
	done
	return 1
}

# A compiler for another machine, with the libc that static programs want.
have_cross() {
	have "$1-gcc" || return 1
	case $("$1-gcc" -print-file-name=libc.a) in
	/*) return 0 ;;
	esac
	return 1
}

# clang with libFuzzer, which some distributions package by itself.
have_fuzzer() {
	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		"${FUZZ_CC:-clang}" -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null
}

# What is missing, as plain words; each manager maps them to its names.
missing=
need() { missing="$missing $1"; }
have "${CC:-cc}" || need compiler
have make || need make
have ld || need linker
have_header jansson.h || need jansson
have_header gsl/gsl_rng.h || need gsl
have_header zlib.h || need zlib
have_header perfmon/pfmlib.h || need libpfm
have_header libkmod.h || need libkmod
have depmod || [ -e /usr/sbin/depmod ] || [ -e /sbin/depmod ] || need kmod
have_library libelf.so.1 || need elf	# objtool, for modules
have xz || need xz
# ncbench-memory: without it all else works, so nobody is stopped for it.
if [ "$(id -u)" = 0 ] || [ "${1:-}" = test ]; then
	have_header bpf/btf.h || need libbpf
	have_header gelf.h || need libelf
	have_header elfutils/libdw.h || need libdw
	have_header lzma.h || need liblzma
fi
have gnuplot || need gnuplot
have rsvg-convert || need rsvg
if [ "${1:-}" = test ]; then
	have_header cmocka.h || need cmocka
	have sparse || need sparse
	have pahole || need pahole
	have valgrind || need valgrind
	perl -MJSON::PP -e 1 2>/dev/null || need perl
	have_fuzzer || need clang
fi
# Kernels from their sources.
if [ "${1:-}" = test ] || [ "${1:-}" = ab ]; then
	have bc || need bc
	have bison || need bison
	have flex || need flex
	have git || need git
	have perl || need perl
	have_header gelf.h || need libelf
fi
for manager in apt-get dnf zypper pacman none; do
	have "$manager" && break
done
# Not every distribution has it; the test of its format is skipped without.
if [ "${1:-}" = test ] && [ "$manager" = apt-get ]; then
	have ministat || need ministat
fi

# A guest of arm64, where this machine is none. The tests want it, too, and that
# the code compiles for riscv64, but only Debian has all of it; they are skipped
# without.
arch=${ARCH:-}
if [ "${1:-}" = test ] && [ "$manager" = apt-get ]; then
	arch=arm64
	have_cross riscv64-linux-gnu || need cross-riscv
fi
case $arch in
arm64 | aarch64)
	have qemu-system-aarch64 || need qemu-arm
	[ "$(uname -m)" = aarch64 ] || have_cross aarch64-linux-gnu || need cross-arm
	;;
esac

# One test looks at report.html in a browser (300 MB); without it, it is skipped.
if [ "${1:-}" = test ] && [ "$(id -u)" = 0 ] && ! have chromium && ! have chromium-browser &&
	! have google-chrome; then
	echo "ncbench: installing chromium, to look at report.html" >&2
	case $manager in
	apt-get) apt-get update -qq && apt-get install -y --no-install-recommends chromium ;;
	dnf) dnf install -y chromium ;;
	zypper) zypper --non-interactive install chromium ;;
	pacman) pacman -S --needed --noconfirm chromium ;;
	esac >/dev/null 2>&1 || echo "ncbench: not to be had: that test is skipped" >&2
fi

# perf and hyperfine add a section each to a run. They are tried once, one by one,
# and may fail: without them that section is missing.
optional() {
	case $manager in
	apt-get) apt-get install -y --no-install-recommends "$1" ;;
	dnf) dnf install -y "$1" ;;
	zypper) zypper --non-interactive install "$1" ;;
	pacman) pacman -S --needed --noconfirm "$1" ;;
	*) false ;;
	esac >/dev/null 2>&1 </dev/null
}
tried=.build/optional-tried
if [ "$(id -u)" = 0 ] && [ ! -e $tried ] && { ! have perf || ! have hyperfine; }; then
	echo "ncbench: installing perf and hyperfine, where they are to be had" >&2
	if [ "$manager" = apt-get ]; then
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -qq >/dev/null 2>&1
	fi
	if ! have perf; then
		# Ubuntu has one for each kernel.
		if [ "$manager" = apt-get ]; then
			optional linux-perf || optional "linux-tools-$(uname -r)"
		else
			optional perf
		fi || echo "ncbench: no perf to be had: no PERF=" >&2
	fi
	have hyperfine || optional hyperfine ||
		echo "ncbench: no hyperfine to be had: no COMMANDS=1" >&2
	mkdir -p .build && : >$tried
fi

# A machine that may load modules wants the headers of its kernel. They are
# tried first and may fail: distributions drop old ones. A guest does without.
release=$(uname -r)
build=/lib/modules/$release/build/Makefile
if [ -e /proc/modules ] && [ ! -e "$build" ] && [ "$(id -u)" = 0 ]; then
	echo "ncbench: looking for the headers of the running kernel" >&2
	case $manager in
	apt-get) apt-get update -qq && apt-get install -y "linux-headers-$release" ;;
	dnf) dnf install -y "kernel-devel-$release" ;;
	zypper) zypper --non-interactive install "kernel-${release##*-}-devel" ;;
	pacman) pacman -S --needed --noconfirm linux-headers ;;
	esac >/dev/null 2>&1
	[ -e "$build" ] ||
		echo "ncbench: not to be had: measuring in a guest ('make doctor' says more)" >&2
fi
# Two kernels are counted in it; without it there is their time, and nobody is stopped for it.
if [ ! -e "$build" ] || { [ "${1:-}" = ab ] && [ "$(id -u)" = 0 ]; }; then
	case $(uname -m) in
	x86_64) have qemu-system-x86_64 || need qemu ;;
	aarch64) have qemu-system-aarch64 || need qemu-arm ;;
	esac
fi
[ -n "$missing" ] || exit 0

# manager | word=package ...
names() {
	case $1 in
	apt-get) echo "compiler=gcc make=make linker=binutils jansson=libjansson-dev gsl=libgsl-dev" \
		"zlib=zlib1g-dev libpfm=libpfm4-dev libkmod=libkmod-dev kmod=kmod" \
		"elf=libelf1 xz=xz-utils gnuplot=gnuplot-nox rsvg=librsvg2-bin" \
		"cmocka=libcmocka-dev sparse=sparse bc=bc bison=bison flex=flex git=git" \
		"libbpf=libbpf-dev libelf=libelf-dev libdw=libdw-dev liblzma=liblzma-dev" \
		"pahole=pahole perl=perl valgrind=valgrind" \
		"clang=clang clang=libclang-rt-dev ministat=ministat qemu=qemu-system-x86" \
		"qemu-arm=qemu-system-arm cross-arm=gcc-aarch64-linux-gnu" \
		"cross-arm=libc6-dev-arm64-cross cross-riscv=gcc-riscv64-linux-gnu" \
		"cross-riscv=libc6-dev-riscv64-cross" ;;
	dnf) echo "compiler=gcc make=make linker=binutils jansson=jansson-devel gsl=gsl-devel" \
		"zlib=zlib-devel libpfm=libpfm-devel libkmod=kmod-devel kmod=kmod" \
		"elf=elfutils-libelf xz=xz gnuplot=gnuplot rsvg=librsvg2-tools" \
		"cmocka=libcmocka-devel sparse=sparse bc=bc bison=bison flex=flex git=git" \
		"libbpf=libbpf-devel libelf=elfutils-libelf-devel libdw=elfutils-devel liblzma=xz-devel" \
		"pahole=dwarves perl=perl-JSON-PP valgrind=valgrind clang=clang clang=compiler-rt qemu=qemu-system-x86-core" \
		"qemu-arm=qemu-system-aarch64-core cross-arm=gcc-aarch64-linux-gnu" ;;
	zypper) echo "compiler=gcc make=make linker=binutils jansson=libjansson-devel gsl=gsl-devel" \
		"zlib=zlib-devel libpfm=libpfm-devel libkmod=libkmod-devel kmod=kmod" \
		"elf=libelf1 xz=xz gnuplot=gnuplot rsvg=rsvg-convert" \
		"cmocka=libcmocka-devel sparse=sparse clang=clang bc=bc bison=bison flex=flex git=git" \
		"libbpf=libbpf-devel libelf=libelf-devel libdw=libdw-devel liblzma=xz-devel" \
		"pahole=dwarves perl=perl valgrind=valgrind" \
		"qemu=qemu-x86 qemu-arm=qemu-arm cross-arm=cross-aarch64-gcc13" ;;
	pacman) echo "compiler=gcc make=make linker=binutils jansson=jansson gsl=gsl zlib=zlib libpfm=libpfm" \
		"libkmod=kmod kmod=kmod elf=libelf xz=xz gnuplot=gnuplot rsvg=librsvg cmocka=cmocka sparse=sparse bc=bc git=git" \
		"libbpf=libbpf libelf=libelf libdw=libelf liblzma=xz pahole=pahole perl=perl valgrind=valgrind" \
		"bison=bison flex=flex clang=clang clang=compiler-rt qemu=qemu-system-x86" \
		"qemu-arm=qemu-system-aarch64 cross-arm=aarch64-linux-gnu-gcc" ;;
	esac
}

if [ "$manager" = none ]; then
	echo "ncbench: missing:$missing; no apt, dnf, zypper or pacman to install them with" >&2
	exit 4
fi

packages=
for word in $missing; do
	for pair in $(names "$manager"); do
		[ "${pair%%=*}" = "$word" ] && packages="$packages ${pair#*=}"
	done
done

case $manager in
apt-get) install="apt-get install -y --no-install-recommends$packages" ;;
dnf) install="dnf install -y$packages" ;;
zypper) install="zypper --non-interactive install$packages" ;;
pacman) install="pacman -S --needed --noconfirm$packages" ;;
esac

if [ "$(id -u)" != 0 ]; then
	echo "ncbench: missing:$missing" >&2
	echo "ncbench: as root: $install" >&2
	exit 4
fi
echo "ncbench: installing:$packages" >&2
log=$(mktemp)
if [ "$manager" = apt-get ]; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >"$log" 2>&1
fi
# shellcheck disable=SC2086 # a command with arguments
if ! $install >>"$log" 2>&1; then
	tail -n 5 "$log" >&2
	echo "ncbench: '$install' failed; all of it in $log" >&2
	exit 1
fi
rm -f "$log"
