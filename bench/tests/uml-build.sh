#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# uml-build.sh [VERSION [FRAGMENT]]: a trimmed User Mode Linux kernel from the distribution's
# source package, into .cache; prints its build folder. About 3 minutes on 2 cores, then
# cached. FRAGMENT: options besides those of uml.config, bench/tests/uml-FRAGMENT.config.
set -eu
cd "$(dirname "$0")/../.."
version=${1:-6.1}
fragment=${2:-}
source=$PWD/.cache/sources/linux-source-$version
build=$PWD/.cache/uml-$version${fragment:+-$fragment}

mkdir -p .cache/debs .cache/sources
exec 9>.cache/uml.lock
flock 9
if [ ! -e "$source/Makefile" ]; then
	(cd .cache/debs && apt-get download "linux-source-$version") >&2 || {
		echo "cannot fetch linux-source-$version"
		exit 1
	}
	rm -rf .cache/sources/tmp
	dpkg-deb -x .cache/debs/linux-source-"${version}"_*.deb .cache/sources/tmp
	tar -xf .cache/sources/tmp/usr/src/linux-source-"$version".tar.xz -C .cache/sources/tmp
	mv ".cache/sources/tmp/linux-source-$version" "$source"
	rm -rf .cache/sources/tmp
fi
if [ ! -e "$build/complete" ]; then
	rm -rf "$build"
	mkdir -p "$build"
	cat bench/tests/uml.config ${fragment:+"bench/tests/uml-$fragment.config"} >"$build/asked.config"
	make -s -C "$source" ARCH=um O="$build" KCONFIG_ALLCONFIG="$build/asked.config" allnoconfig >&2
	make -s -C "$source" ARCH=um O="$build" -j"$(nproc)" linux modules_prepare >&2
	# Modules of our own only: the kernel's exports are all that there is.
	cp "$build/vmlinux.symvers" "$build/Module.symvers"
	touch "$build/complete"
fi
echo "$build"
