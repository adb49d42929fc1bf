#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rehearsal of bare metal: a User Mode Linux kernel with the host's file
# system as its root is a whole machine with compiler, root and loadable
# modules. In it: the module's own tests, then what a user does, in a fresh
# copy of this checkout: make bench TARGET=host, also interrupted and twice, and
# make storm. Each in a boot of its own: a kernel of this kind becomes slower with
# every module that it loaded, as it goes through all of its vmalloc space, page by
# page, when it meets a page there that it has not mapped yet; to ask make whether
# the modules are up to date takes 15 s after a boot and two minutes later.
. bench/tests/tap.sh
. bench/tests/uml-boot.sh

uml_prepare "the rehearsal"
gcc -static -pthread -O1 -o "$tmp/test_module" kmod/tests/test_module.c || exit 1
bench/tests/uml-decoys.sh "$tmp/decoy" "$UML" >"$tmp/decoy.log" 2>&1 ||
	{ cat "$tmp/decoy.log"; check "uml: decoys build" false; }

# User Mode Linux itself has been seen to panic once when a process was killed
# inside a system call: then that part is done once more, and it is said.
for part in module rehearsal storm; do
	for attempt in 1 2; do
		touch "$tmp/began"
		uml_boot bench/tests/uml-$part.sh && break
		[ $attempt = 1 ] || break
		echo "# the machine ended before its part '$part' did; once more. Its console:"
		grep -vE 'channel|setup_one' "$tmp/console" | tail -n 60 | sed 's/^/# /'
		find "$tmp/checkout/results" -mindepth 1 -maxdepth 1 -newer "$tmp/began" -exec rm -rf {} +
	done
	cat "$tmp/out"
	if ! grep -q '^rehearsal: end' "$tmp/out"; then
		tail -n 15 "$tmp/console"
		check "uml: the rehearsal's part '$part' comes to its end" false
	fi
done
finish
