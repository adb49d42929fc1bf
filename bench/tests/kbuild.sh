#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Kernel sources and builds, with a kernel of four files that builds in a second: what a
# source is, that nothing of the user's is changed, patches, builds that fail, stop or are there.
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
for tool in git flex bison bc; do
	command -v $tool >/dev/null || { skip "kbuild: all of it" "no $tool"; exit 0; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/top"
for part in Makefile kmod plot bench results; do
	ln -s "$PWD/$part" "$tmp/top/$part"
done
export NCBENCH_TOP="$tmp/top" TOY_COUNT="$tmp/count" TOY_SLOW="$tmp/slow" GIT_CONFIG_GLOBAL=/dev/null
cache=$tmp/top/.cache/kbuild

# -- a kernel --
toy=$tmp/toy
mkdir -p "$toy/kernel"
cat >"$toy/Makefile" <<'END'
# a kernel, for tests
VERSION = 9
PATCHLEVEL = 8
SUBLEVEL = 7
EXTRAVERSION = -toy

SRC := $(CURDIR)
.DEFAULT_GOAL := linux
.PHONY: allnoconfig linux modules_prepare
allnoconfig:
	@mkdir -p $(O)/include/config $(O)/kernel
	@grep -v '$(shell cat Kconfig)' $(KCONFIG_ALLCONFIG) >$(O)/.config
	@echo $(VERSION).$(PATCHLEVEL).$(SUBLEVEL)$(EXTRAVERSION) >$(O)/include/config/kernel.release
$(O)/kernel/%.o: kernel/%.c
	@[ ! -e "$$TOY_SLOW" ] || sleep 5
	@echo built $* >>"$$TOY_COUNT"
	@echo '  CC      kernel/$*.o'
	@cd $(O) && gcc -O2 -ffreestanding -fno-pie $(CFLAGS_$*) -c -o kernel/$*.o $(SRC)/kernel/$*.c
	@echo 'savedcmd_kernel/$*.o := gcc -O2 -ffreestanding -fno-pie $(CFLAGS_$*) -c -o kernel/$*.o $(SRC)/kernel/$*.c' >$(O)/kernel/.$*.o.cmd
$(O)/vmlinux: $(O)/kernel/notifier.o $(O)/kernel/other.o
	@cd $(O) && gcc -nostdlib -static -no-pie -Wl,-e,first -Wl,-z,noexecstack -o vmlinux kernel/other.o kernel/notifier.o && nm vmlinux >System.map
linux: $(O)/vmlinux
	@cp $(O)/vmlinux $(O)/linux
modules_prepare:
	@: >$(O)/vmlinux.symvers
END
echo NO_OPTION_IS_MISSING >"$toy/Kconfig"
printf 'int first(void)\n{\n\treturn 1;\n}\n' >"$toy/kernel/other.c"
cat >"$toy/kernel/notifier.c" <<'END'
int (*volatile callback)(int);

int raw_notifier_call_chain(int value)
{
	int sum = 0;

	while (value--)
		sum += callback(value);
	return sum;
}

int blocking_notifier_call_chain(int value)
{
	return value ? callback(value) : 0;
}
END
printf '*.o\n/vmlinux\n/.config\n' >"$toy/.gitignore"

# kernel WORDS...: out and err in $tmp, exit code in $code
kernel() {
	"$ncb" kernel "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}
id() { sed -n 's/^source \([0-9a-f]*\) .*/\1/p' "$tmp/out"; }
title() { sed -n 's/^source [0-9a-f]* //p' "$tmp/out"; }
said() { grep -qF -- "$1" "$tmp/err" || { echo "# no '$1' in: $(cat "$tmp/err")"; false; }; }
# fails CODE "words"
fails() { [ $code = "$1" ] || { echo "# exit $code: $(cat "$tmp/err")"; return 1; }; said "$2"; }

# -- what a source is --
kernel "$toy"
plain=$(id)
[ $code = 0 ] || sed 's/^/# /' "$tmp/err"
check "kbuild: a plain folder builds" [ -n "$plain" ]
check "kbuild: its version is the Makefile's" grep -q '^release 9.8.7-toy$' "$tmp/out"
count=$(wc -l <"$TOY_COUNT")
touch "$toy/kernel/notifier.c"
kernel "$toy"
check "kbuild: another time of a file is no other source" [ "$(id)" = "$plain" ]
check "kbuild: the second time nothing is built" [ "$(wc -l <"$TOY_COUNT")" = "$count" ]
: >"$toy/kernel/notifier.o"
: >"$toy/vmlinux"
kernel "$toy"
check "kbuild: what a build left in the tree is not part of it" [ "$(id)" = "$plain" ]
rm "$toy/kernel/notifier.o" "$toy/vmlinux"

cp -r "$toy" "$tmp/repo+git"
repo=$tmp/repo+git
git -C "$repo" init -q
git -C "$repo" add -A
git -C "$repo" -c user.name=t -c user.email=t@t commit -qm one
git -C "$repo" tag one
sums() { (cd "$repo" && find . -type f -exec cksum {} + | sort) && git -C "$repo" --no-optional-locks status --porcelain; }
sums >"$tmp/before"
stat -c '%n %Y %s' "$repo/.git/index" >>"$tmp/before"
kernel "$repo"
sums >"$tmp/after"
stat -c '%n %Y %s' "$repo/.git/index" >>"$tmp/after"
check "kbuild: the same in git is the same" [ "$(id)" = "$plain" ]
check "kbuild: its title says where it comes from" [ "$(title | sed 's/([0-9a-f]*)/()/')" = "HEAD of repo+git ()" ]
kernel one --tree "$repo"
check "kbuild: the same as a revision is the same" [ "$(id)" = "$plain" ]
check "kbuild: a revision has its name as title" [ "$(title | sed 's/([0-9a-f]*)/()/')" = "one ()" ]
git -C "$repo" -c user.name=t -c user.email=t@t tag -a -m one annotated one
kernel annotated --tree "$repo"
check "kbuild: a tag is called by its commit" \
	[ "$(title)" = "annotated ($(git -C "$repo" rev-parse --short=12 'one^{commit}'))" ]

sed -i 's/value--/--value/' "$repo/kernel/notifier.c"
echo '/* new */' >"$repo/kernel/new.h"
echo junk >"$repo/kernel/junk.o"
sums >"$tmp/before"
stat -c '%n %Y %s' "$repo/.git/index" >>"$tmp/before"
kernel "$repo"
changed=$(id)
sums >"$tmp/after"
stat -c '%n %Y %s' "$repo/.git/index" >>"$tmp/after"
check "kbuild: what is not committed counts" [ "$changed" != "$plain" ]
check "kbuild: its title says that it was changed" [ "$(title | sed 's/([0-9a-f]*/(/')" = "HEAD of repo+git (, changed)" ]
check "kbuild: a tree, its index and its objects stay as they were" cmp -s "$tmp/before" "$tmp/after"
git -C "$repo" update-index --assume-unchanged kernel/other.c
echo '/* assumed to be unchanged */' >>"$repo/kernel/other.c"
kernel "$repo"
check "kbuild: what git is told to take for unchanged counts, too" \
	sh -c "[ '$code' = 0 ] && [ '$(id)' != '$changed' ]"
git -C "$repo" update-index --no-assume-unchanged kernel/other.c
git -C "$repo" checkout -q kernel/other.c
cp -r "$repo" "$tmp/copy"
rm -rf "$tmp/copy/.git" "$tmp/copy/kernel/junk.o"
kernel "$tmp/copy"
check "kbuild: that is what a copy of the files is" [ "$(id)" = "$changed" ]

# -- patches --
git -C "$repo" add -A -- kernel/new.h kernel/notifier.c
git -C "$repo" -c user.name=t -c user.email=t@t commit -qm 'two: count first' kernel/notifier.c
git -C "$repo" -c user.name=t -c user.email=t@t commit -qm 'three: a header' kernel/new.h
git -C "$repo" format-patch -q --cover-letter --stdout one >"$tmp/series.mbox"
git -C "$repo" diff one >"$tmp/a+b.patch"
kernel "$toy+$tmp/series.mbox"
check "kbuild: a series of mails gives what was committed" [ "$(id)" = "$changed" ]
kernel "$toy+$tmp/a+b.patch"
check "kbuild: so does the patch, with a + in its name" [ "$(id)" = "$changed" ]
check "kbuild: a patch is part of the title" [ "$(title)" = "9.8.7-toy (toy) + a+b.patch" ]
git -C "$repo" format-patch -q -o "$tmp/apart" one
kernel "one+$(ls "$tmp"/apart/0001*)+$(ls "$tmp"/apart/0002*)" --tree "$repo"
check "kbuild: two patches on a revision, one after the other" [ "$(id)" = "$changed" ]
kernel "$toy+$tmp/apart"
[ $code = 0 ] || sed "s/^/# /" "$tmp/err"
check "kbuild: a folder of patches, in their order" [ "$(id)" = "$changed" ]
kernel "$repo+$tmp/a+b.patch"
check "kbuild: a patch that does not apply: which hunk" fails 1 "patch failed: kernel/notifier.c:4"
kernel "$tmp/copy+$tmp/series.mbox"
check "kbuild: a mail that does not apply: which" fails 1 "mail 2 of 3"
kernel "$toy+$tmp/nothing.patch"
check "kbuild: no such patch" fails 2 "there is no patch $tmp/nothing.patch"
kernel "$toy+$toy/Kconfig"
check "kbuild: a file that is no patch" fails 2 "is neither a patch nor a mail with one"
kernel nonsense
check "kbuild: no such source: what there can be" fails 2 "linux-source-6.1"
kernel "$tmp"
check "kbuild: a folder that is no kernel" fails 2 "no Makefile beside a Kconfig"

before=$PWD
cd "$repo/kernel" || exit 1
kernel HEAD~1 --tree ..
check "kbuild: a revision of a relative TREE builds" [ $code = 0 ]
kernel "HEAD~2+$(ls "$tmp"/apart/0001*)" --tree ..
check "kbuild: so does a patch on one" [ $code = 0 ]
cd "$before" || exit 1

# -- bisecting, as far as it gets with a kernel that takes no module --
bisect() {
	"$ncb" ab -t uml --boots 1 --links 1 -p quick --row raw/call/16 --results "$tmp/results" \
		--tree "$repo" --bisect "$1" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}
if [ "$(uname -m)" = x86_64 ]; then
	bisect HEAD..one
	check "kbuild: a bisection backwards" fails 2 "is the good one an ancestor of the bad one?"
	[ "$(id -u)" != 0 ] || chown -R 65534 "$repo"
	bisect one..HEAD
	[ "$(id -u)" != 0 ] || chown -R 0 "$repo"
	check "kbuild: a bisection, also of somebody else's tree, gets to its kernels" \
		fails 1 "modules do not build for $cache/build"
fi
check "kbuild: nothing of a bisection is left" \
	sh -c "! ls -d '$cache'/bisect-* '$tmp'/results/* 2>/dev/null"

# -- layouts --
kernel "$toy" --links 4
check "kbuild: four images" [ "$(grep -c '^image ' "$tmp/out")" = 4 ]
[ $code = 0 ] || sed 's/^/# /' "$tmp/err"
address() { nm "$1" | sed -n 's/ T raw_notifier_call_chain$//p'; }
places=$(sed -n 's/^image \([^ ]*\) .*/\1/p' "$tmp/out" | while read -r image; do address "$image"; done)
check "kbuild: the chain lies elsewhere in each" [ "$(echo "$places" | sort -u | wc -l)" = 4 ]
aligned=$(echo "$places" | sed -n 3p)
check "kbuild: where 64 bytes were asked for, it is aligned to them" [ $((0x$aligned % 64)) = 0 ]
kdir=$(sed -n 's/^kdir //p' "$tmp/out")
check "kbuild: the build folder has the first image again" [ "$(address "$kdir/linux")" = "$(echo "$places" | head -n 1)" ]
count=$(wc -l <"$TOY_COUNT")
kernel "$toy" --links 4
check "kbuild: the second time nothing is linked" [ "$(wc -l <"$TOY_COUNT")" = "$count" ]
cp -r "$toy" "$tmp/own"
sed -i 's/^SRC := .*/&\nCFLAGS_notifier := -falign-functions=4096/' "$tmp/own/Makefile"
kernel "$tmp/own" --links 2
own=$(sed -n 's/^image \([^ ]*\) .*/\1/p' "$tmp/out" | sed -n 2p)
check "kbuild: an alignment of the tree's own does not win" [ $((0x$(address "$own") % 4096)) != 0 ]
cp -r "$toy" "$tmp/again"
sed -i 's/^linux: .*/&\n\t@touch $(O)\/kernel\/other.o/' "$tmp/again/Makefile"
kernel "$tmp/again" --links 2
check "kbuild: where more than that object is made anew it is said" fails 1 "compiled anew ./kernel/other.o"

# -- builds that fail --
cp -r "$toy" "$tmp/broken"
echo 'int broken(void) { return nothing; }' >>"$tmp/broken/kernel/other.c"
kernel "$tmp/broken"
check "kbuild: the compiler's first error" fails 1 "kernel/other.c:5:27: error: 'nothing' undeclared"
log=$(sed -n 's/.*all of it in //p' "$tmp/err")
check "kbuild: and the log is kept" grep -q nothing "$log"
echo CONFIG_MODULES= >"$tmp/broken/Kconfig"
kernel "$tmp/broken"
check "kbuild: a kernel without modules" fails 1 "it is a kernel without modules"
echo CONFIG_MODULES=n >"$tmp/extra"
kernel "$toy" --config "$tmp/none"
check "kbuild: no such file of options" fails 2 "$tmp/none"

# -- builds that stop --
sed -i 's/SUBLEVEL = 7/SUBLEVEL = 8/' "$toy/Makefile"
for signal in INT KILL; do
	: >"$TOY_SLOW"
	"$ncb" kernel "$toy" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		sleep 0.3
		grep -q building "$tmp/err" && break
	done
	sleep 1
	kill -$signal $pid
	wait $pid 2>/dev/null
	check "kbuild: after SIG$signal no build is called complete" \
		[ "$(find "$cache/build" -name complete | wc -l)" = "$(find "$cache/build" -name linux -path '*/link-0/*' | wc -l)" ]
	rm "$TOY_SLOW"
done
kernel "$toy"
check "kbuild: what is left of a build that was killed is waited for" said "waiting for it"
check "kbuild: the next time it is built" grep -q '^release 9.8.8-toy$' "$tmp/out"

# Killed while another layout is linked: the folder has the first again, and its sizes.
kdir=$(sed -n 's/^kdir //p' "$tmp/out")
sizes=$(grep '^size ' "$tmp/out")
"$ncb" kernel "$toy" --links 4 >/dev/null 2>&1 </dev/null &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ ! -e "$kdir/../link-1/linux" ] || break
	sleep 0.3
done
kill -KILL $pid
wait $pid 2>/dev/null
check "kbuild: what is killed while it links leaves another image" \
	sh -c "! cmp -s '$kdir/linux' '$kdir/ncbench-first/linux'"
kernel "$toy"
check "kbuild: and the next one finds the first" cmp -s "$kdir/linux" "$kdir/ncbench-first/linux"
check "kbuild: and its sizes" [ "$(grep '^size ' "$tmp/out")" = "$sizes" ]

# -- two at once --
sed -i 's/SUBLEVEL = 8/SUBLEVEL = 9/' "$toy/Makefile"
: >"$TOY_COUNT"
"$ncb" kernel "$toy" >"$tmp/out2" 2>&1 </dev/null &
pid=$!
kernel "$toy"
wait $pid
check "kbuild: two processes build it once" [ "$(wc -l <"$TOY_COUNT")" = 2 ]

# -- two kernels, as far as that gets without modules --
if [ "$(uname -m)" = x86_64 ]; then
	ab() {
		"$ncb" ab -t uml --boots 1 --links 1 -p quick --results "$tmp/results" "$@" \
			>"$tmp/out" 2>"$tmp/err" </dev/null
		code=$?
	}
	sed -i 's/SUBLEVEL = 9/SUBLEVEL = 10/' "$toy/Makefile"
	: >"$TOY_COUNT"
	ab "$toy" "$toy"
	check "kbuild: ab of one kernel builds it once" [ "$(wc -l <"$TOY_COUNT")" = 2 ]
	check "kbuild: and says so" said "1 kernel has to be built"
	sed -i 's/SUBLEVEL = 10/SUBLEVEL = 11/' "$toy/Makefile"
	rm "$tmp/broken/Kconfig" && cp "$toy/Kconfig" "$tmp/broken"
	ab "$tmp/broken" "$toy"
	check "kbuild: ab of one that does not build" fails 1 "error: 'nothing' undeclared"
	check "kbuild: which of them is told" said "A (9.8.7-toy (broken)) cannot be measured: it does not build"
	kernel "$toy"
	check "kbuild: the other one was built" grep -q '^seconds 0.0$' "$tmp/out"
	sed -i 's/SUBLEVEL = 11/SUBLEVEL = 12/' "$toy/Makefile"
	cp -r "$toy" "$tmp/second"
	echo '/* other */' >>"$tmp/second/kernel/other.c"
	: >"$TOY_SLOW"
	"$ncb" ab -t uml --boots 1 --links 1 -p quick --results "$tmp/results" "$toy" "$tmp/second" \
		>"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! grep -q 'building 9.8.12' "$tmp/err" || break
		sleep 0.3
	done
	sleep 1
	# The one that builds the other kernel, which is to end with it.
	other=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
	start=$(date +%s)
	kill -TERM $pid
	wait $pid
	check "kbuild: ab that is to end while it builds two: exit 1" [ $? = 1 ]
	rm "$TOY_SLOW"
	check "kbuild: and at once" [ $(($(date +%s) - start)) -lt 4 ]
	check "kbuild: and none of its processes is left" \
		sh -c "for p in $other; do ! kill -0 \$p 2>/dev/null || exit 1; done"
	check "kbuild: and says why" said "interrupted: what was built to its end is kept"
	check "kbuild: and complains of nothing" sh -c "! grep -q 'cannot\|failed\|without a word' '$tmp/err'"
	check "kbuild: no result is left" sh -c "! ls -d '$tmp'/results/* 2>/dev/null"
fi

# -- a full disk --
kernel "$toy" >/dev/null
cat >"$tmp/full.c" <<'END'
#include <stdlib.h>
#include <sys/statvfs.h>
int statvfs(const char *path, struct statvfs *fs)
{
	(void)path;
	*fs = (struct statvfs){ .f_bavail = atoi(getenv("FREE_MIB")), .f_frsize = 1 << 20 };
	return 0;
}
END
if gcc -shared -fPIC -o "$tmp/full.so" "$tmp/full.c" 2>/dev/null; then
	FREE_MIB=1 LD_PRELOAD=$tmp/full.so "$ncb" kernel "$toy" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	check "kbuild: no room on the disk" fails 1 "not enough room in"
	FREE_MIB=100 LD_PRELOAD=$tmp/full.so "$ncb" kernel "$toy" >"$tmp/out" 2>"$tmp/err" </dev/null
	check "kbuild: what is there takes none" [ $? = 0 ]
	cp -r "$toy" "$tmp/third"
	FREE_MIB=100 LD_PRELOAD=$tmp/full.so "$ncb" kernel "$tmp/third" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	check "kbuild: a source that is new does" fails 1 "not enough room in"
	kernel "$tmp/third"
	check "kbuild: and is read when there is room" [ $code = 0 ]
else
	skip "kbuild: no room on the disk" "no shared objects"
fi
finish
