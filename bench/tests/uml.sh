#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rehearsal of bare metal: a User Mode Linux kernel with the host's file
# system as its root is a whole machine with compiler, root and loadable
# modules. In it: the module's own tests, then what a user does, in a fresh
# copy of this checkout: make bench TARGET=host, also interrupted and twice.
. bench/tests/tap.sh

if [ "$(id -u)" != 0 ]; then
	skip "uml: the rehearsal" "the guest's files are this machine's: root is needed to mount in it"
	finish
fi
tmp=$(mktemp -d /var/tmp/ncbench-uml.XXXXXX)
trap 'rm -rf "$tmp"' EXIT

# KSRC= and UML= take a tree and a build that are there already.
if [ -z "${UML:-}" ]; then
	if ! bench/tests/uml-build.sh >"$tmp/build.log" 2>&1; then
		tail -n 5 "$tmp/build.log"
		if grep -q '^cannot fetch' "$tmp/build.log"; then
			skip "uml: the rehearsal" "no kernel source: no network, or no Debian"
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
gcc -static -pthread -O1 -o "$tmp/test_module" kmod/tests/test_module.c || exit 1

cat >"$tmp/init" <<EOF
#!/bin/sh
exec >"$tmp/out" 2>&1 </dev/null
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
[ -d /lib/modules ] || mkdir /lib/modules
mount -t tmpfs modules /lib/modules
mkdir -p /lib/modules/\$(uname -r)
ln -s "$UML" /lib/modules/\$(uname -r)/build
export NCBENCH_NO_DEPS=1
cd "$tmp/checkout"
rehearsal_tmp="$tmp"
. bench/tests/uml-rehearsal.sh
sync
# reboot(LINUX_REBOOT_CMD_POWER_OFF): there is no init here that would do it.
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
EOF
chmod +x "$tmp/init"
# User Mode Linux itself has been seen to panic once when a process was killed
# inside a system call: then the whole rehearsal is done once more, and it is said.
for attempt in 1 2; do
	timeout -s KILL 1500 "$UML/linux" rootfstype=hostfs root=/dev/root rootflags=/ rw \
		init="$tmp/init" mem=768M >"$tmp/console" 2>&1 </dev/null
	grep -q '^rehearsal: end' "$tmp/out" && break
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
