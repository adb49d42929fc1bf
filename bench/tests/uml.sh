#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rehearsal of bare metal: a User Mode Linux kernel with the host's file
# system as its root is a whole machine with compiler, root and loadable
# modules. In it: the module's own tests, then what a user does, in a fresh
# copy of this checkout: make bench TARGET=host, also interrupted and twice.
. bench/tests/tap.sh
. bench/tests/uml-boot.sh

uml_prepare "the rehearsal"
gcc -static -pthread -O1 -o "$tmp/test_module" kmod/tests/test_module.c || exit 1
bench/tests/uml-decoys.sh "$tmp/decoy" "$UML" >"$tmp/decoy.log" 2>&1 ||
	{ cat "$tmp/decoy.log"; check "uml: decoys build" false; }

# User Mode Linux itself has been seen to panic once when a process was killed
# inside a system call: then the whole rehearsal is done once more, and it is said.
for attempt in 1 2; do
	uml_boot bench/tests/uml-rehearsal.sh && break
	[ $attempt = 1 ] || break
	echo "# the machine ended before its rehearsal did; once more. Its console:"
	grep -vE 'channel|setup_one' "$tmp/console" | tail -n 60 | sed 's/^/# /'
	rm -rf "$tmp/checkout/results/"[a-qs-z]*
done
cat "$tmp/out"
if ! grep -q '^rehearsal: end' "$tmp/out"; then
	tail -n 15 "$tmp/console"
	check "uml: the rehearsal comes to its end" false
fi
finish
