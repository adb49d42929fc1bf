#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ncbench-memory on real kernels, against pahole; on structs that a compiler laid out under
# both designs; and on files that are none. TAP lines. Kernels: those of other tests.
# shellcheck disable=SC1091,SC2016
set -u
cd "$(dirname "$0")/../.." || exit 1
. bench/tests/tap.sh

memory=$PWD/.build/ncbench-memory
if [ ! -x "$memory" ]; then
	skip "memory" "no libbpf, libelf and libdw; 'bench/deps.sh test' installs them"
	exit 0
fi
if ! command -v pahole >/dev/null || ! perl -MJSON::PP -e 1 2>/dev/null; then
	skip "memory" "no pahole, or no perl with JSON::PP; 'bench/deps.sh test' installs them"
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# -- real kernels --

agrees() {
	json=$1 vmlinux=$2
	shift 2
	pahole "$vmlinux" >"$tmp/pahole" 2>"$tmp/err" || return
	for module in "$@"; do
		pahole --btf_base "$vmlinux" "$module" >>"$tmp/pahole" 2>"$tmp/err" || return
	done
	perl bench/tests/memory_pahole.pl "$json" "$tmp/pahole"
}

# A whole kernel: what is read, in which time, and what pahole says.
kernel() {
	version=$1 file=$2 least=$3
	if ! [ -e "$file" ]; then
		skip "memory: $version" "not fetched: other tests do, or 'make bench KERNEL=$version'"
		return
	fi
	# Unpacks it, which is done once.
	"$memory" types "$file" >"$tmp/json" 2>"$tmp/err" </dev/null
	check "memory: $version: types are read in less than 2 s" \
		timeout 2 sh -c "'$memory' types --members '$file' >'$tmp/json'"
	check "memory: $version: notifier_block 24 -> 32, and all structs computed" \
		perl -MJSON::PP -e '
			local $/; my $d = decode_json(<STDIN>); my $s = $d->{summary};
			my $b = $d->{parts}[0];
			exit !($b->{now}{size} == 24 && $b->{other}{size} == 32 &&
			       $s->{structs} == @{$d->{structs}} && $s->{structs} >= $ARGV[0] &&
			       !$s->{not_computed})' "$least" <"$tmp/json"
	# All but those with unnamed bit fields, which do not stand in BTF.
	check "memory: $version: the rules give the layout of every struct but two at most" \
		perl -MJSON::PP -e '
			local $/; my $r = decode_json(<STDIN>)->{rules};
			print "# $r->{explained} of $r->{types} structs; not: @{$r->{not_explained}}\n";
			exit !($r->{types} > 5000 && $r->{types} - $r->{explained} <= 2 &&
			       @{$r->{not_explained}} == $r->{types} - $r->{explained})' <"$tmp/json"
	# Unpacked, by its size: bench/target/image.c.
	for unpacked in .cache/vmlinux/*-"$(stat -c %s "$file")"; do
		check "memory: $version: pahole says the same of every struct" \
			agrees "$tmp/json" "$unpacked"
	done
}

kernel 6.1 "$(echo .cache/kernels/6.1/boot/vmlinuz-*)" 20
kernel 6.12 "$(echo .cache/kernels/6.12/boot/vmlinuz-*)" 20

# arm64's are packed bare: BTF can be found in them, sections cannot.
file=$(echo .cache/kernels/6.1-arm64/boot/vmlinuz-*)
if [ -e "$file" ]; then
	"$memory" bill "$file" >"$tmp/json" 2>"$tmp/err"
	check "memory: arm64: types of a bare image, and why it has no sizes" \
		perl -MJSON::PP -e '
			local $/; my $d = decode_json(<STDIN>);
			exit !($d->{parts}[0]{now}{size} == 24 && $d->{summary}{structs} > 50 &&
			       $d->{image}{reason} =~ /no ELF file/ &&
			       $d->{census}{image}{reason} =~ /no ELF file/)' <"$tmp/json"
	check "memory: arm64: and no error is told on the way" test ! -s "$tmp/err"
else
	skip "memory: arm64" "not fetched: other tests do"
fi

# -- a tree that is built with debug information --

tree=.cache/uml-7.3-dwarf/vmlinux
if [ -e "$tree" ]; then
	check "memory: 7.3: types of a tree are from DWARF" \
		sh -c "'$memory' types --members '$tree' >'$tmp/json' && grep -q '\"DWARF\"' '$tmp/json'"
	pahole -F dwarf "$tree" >"$tmp/pahole" 2>"$tmp/err"
	check "memory: 7.3: pahole says the same of every struct" \
		perl bench/tests/memory_pahole.pl "$tmp/json" "$tmp/pahole"
	"$memory" bill "$tree" >"$tmp/json"
	check "memory: 7.3: every static block and head is known from DWARF" \
		perl -MJSON::PP -e '
			local $/; my $c = decode_json(<STDIN>)->{census}{image};
			print "# ", join(", ", map { "$_->{count} $_->{name}" } @{$c->{parts}}), "\n";
			exit !($c->{exact} && 5 == grep { $_->{count} && $_->{dwarf} == $_->{count} } @{$c->{parts}})' \
		<"$tmp/json"
else
	skip "memory: 7.3" "not built: 'bench/tests/uml-build.sh 7.3 dwarf', ten minutes of a processor"
fi

# -- modules --

# Some that hold many, and one that is packed. What they and the kernel share counts once.
modules() {
	mkdir "$tmp/modules"
	for name in mlx5_core drm watchdog bluetooth ib_core sfc; do
		find .cache/kernels/6.1/modules -name "$name.ko" -exec cp {} "$tmp/modules" \;
	done
	xz "$tmp/modules/sfc.ko"
	"$memory" types --members --modules "$tmp/modules" "$1" >"$tmp/json" || return
	xz -d "$tmp/modules/sfc.ko.xz"
	perl -MJSON::PP -e '
		local $/; my $d = decode_json(<STDIN>); my %of;
		$of{$_->{module}}++ for @{$d->{structs}};
		print "# $d->{modules}{read} modules, $d->{summary}{structs} structs, $of{\"\"} of the kernel\n";
		exit !($d->{modules}{read} == 6 && !@{$d->{modules}{failed}} && keys %of > 4 &&
		       $d->{summary}{structs} == @{$d->{structs}} && @{$d->{structs}} > 50)' <"$tmp/json" &&
		agrees "$tmp/json" "$2" "$tmp"/modules/*.ko
}

file=$(echo .cache/kernels/6.1/boot/vmlinuz-*)
if [ -d .cache/kernels/6.1/modules ] && [ -e "$file" ]; then
	check "memory: 6.1: pahole says the same of every struct of six modules" \
		modules "$file" "$(echo .cache/vmlinux/*-"$(stat -c %s "$file")")"
else
	skip "memory: modules" "not unpacked: 'ncbench storm --module' does"
fi

# -- structs as a compiler lays them out, under both designs --

# Of --patched: says what, and fails beyond so many percent.
wrong_at_most() {
	perl -MJSON::PP -e '
		local $/; my $d = decode_json(<STDIN>); my $p = $d->{patched};
		my %between = map { $_->{name} => $_->{other_between} } @{$d->{structs}};
		my @silent = grep { !$between{$_->{name}} } @{$p->{differ}};
		my $all = $p->{agree} + @{$p->{differ}};
		printf "# %s: %d structs as computed, %d within their bounds, wrong: %s\n",
			$d->{design}, $p->{agree}, @{$p->{differ}} - @silent,
			join(" ", map { "$_->{name} $_->{computed}/$_->{real}" } @silent);
		exit !($all > 150 && $p->{missing} == 0 && 100 * @silent <= $ARGV[0] * $all)' \
		"$1" <"$tmp/json"
}

compiled() {
	seed=$1 aligned=$2 most=$3 what=$4
	perl bench/tests/memory_structs.pl "$seed" 400 "$aligned" >"$tmp/structs.c" || return
	for design in SLIST DLIST; do
		"${CC:-gcc}" -w -g -c -D$design -o "$tmp/$design.o" "$tmp/structs.c" 2>"$tmp/err" &&
			pahole --btf_encode_detached="$tmp/$design" "$tmp/$design.o" || return
	done
	"$memory" types --patched "$tmp/DLIST" "$tmp/SLIST" >"$tmp/json" || return
	check "memory: $what: as the compiler does it, next -> list_head" wrong_at_most "$most"
	"$memory" types --patched "$tmp/SLIST" "$tmp/DLIST" >"$tmp/json" || return
	check "memory: $what: as the compiler does it, list_head -> next" wrong_at_most "$most"
	# Debug information has all alignment that the source asks for: nothing may be wrong.
	"$memory" types --patched "$tmp/DLIST.o" "$tmp/SLIST.o" >"$tmp/json" || return
	check "memory: $what: from DWARF, next -> list_head" wrong_at_most 0
	"$memory" types --patched "$tmp/SLIST.o" "$tmp/DLIST.o" >"$tmp/json" || return
	check "memory: $what: from DWARF, list_head -> next" wrong_at_most 0
}

compiled 1 0 0 "400 random structs"
compiled 2 0 0 "400 others"
# Alignment that shows nowhere cannot be known from BTF.
compiled 3 1 4 "400 with aligned members"

# -- the whole bill, and runs of it --

# A module as both designs have it, with all that is static in it.
design_source() {
	cat <<-'END'
	struct list_head { struct list_head *next, *prev; };
	struct notifier_block {
		int (*notifier_call)(struct notifier_block *, unsigned long, void *);
	#ifdef DLIST
		struct list_head list;
	#else
		struct notifier_block *next;
	#endif
		int priority;
	};
	struct raw_notifier_head {
	#ifdef DLIST
		struct list_head head;
	#else
		struct notifier_block *head;
	#endif
	};
	struct driver { long a[5]; struct notifier_block nb; };
	static int called(struct notifier_block *nb, unsigned long a, void *b) { return 0; }
	struct notifier_block one = { .notifier_call = called };
	#ifdef DLIST
	struct raw_notifier_head chain = { { &chain.head, &chain.head } };
	#else
	struct raw_notifier_head chain;
	#endif
	struct driver driver = { .nb = { .notifier_call = called } };
	END
}

# kept NAME arguments...: a run, whose report goes to $tmp/report on one line
kept() {
	name=$1
	shift
	rm -rf "${tmp:?}/runs/$name"
	.build/ncbench memory --results "$tmp/runs" --name "$name" "$@" >"$tmp/out" 2>"$tmp/err" \
		</dev/null || return
	tr -s ' \n' ' ' <"$tmp/runs/$name/report.txt" >"$tmp/report"
}

says() {
	for words in "$@"; do
		grep -qF -- "$words" "$tmp/report" && continue
		echo "# not said: $words"
		return 1
	done
}

design_source >"$tmp/design.c"
for design in SLIST DLIST; do
	"${CC:-gcc}" -w -g -c -D$design -o "$tmp/$design.dwarf" "$tmp/design.c"
done
both_ways() {
	kept slist "$tmp/SLIST.dwarf" --against "$tmp/DLIST.dwarf" &&
		says "memory +24 bytes static in this kernel, +8 bytes per block and head, 1 struct changes" \
			"driver 64 -> 72, slab 64 -> 96" "text +0, data +40, bss -8" \
			"of which 1 known as heads: chain" "[ok] 3 structs are in the other kernel as computed" &&
		kept dlist "$tmp/DLIST.dwarf" &&
		says "memory +24 bytes static in this kernel, +8 bytes per block and head, 1 struct changes" \
			"notifier_block 24 -> 32 (DWARF, slist computed)"
}
check "memory: a run of either design says the same of both" both_ways

# -- runs of both designs, compared --

compared() {
	.build/ncbench compare --results "$tmp/runs" slist dlist "$@" >"$tmp/compared" 2>"$tmp/err"
}
as_text() {
	compared && tr -s ' \n' ' ' <"$tmp/compared" >"$tmp/report" &&
		says "notifier_block 24 32 +8 larger" "image total 183 215 +32 larger" \
			"kernel: bytes 56 80 +24 larger" "driver 64 -> 72 64 -> 96 larger" \
			"kernel: raw_notifier_head 1 1 +0 same"
}
in_every_format() {
	for format in html csv json 0day benchstat gobench ktap; do
		compared --format $format && grep -q driver "$tmp/compared" && continue
		echo "# $format: $(head -n 1 "$tmp/err")"
		return 1
	done
	compared --format ministat
	[ $? = 2 ] && [ ! -s "$tmp/compared" ] && grep -q "memory are exact: text, csv" "$tmp/err"
}
fails_on() {
	compared --fail-on larger:99%
	[ $? = 3 ] && compared --fail-on larger:100% && ! compared --fail-on slower &&
		grep -q "fail-on larger is of those" "$tmp/err"
}
# A digit of a pasted text, changed.
verified() {
	compared --full && cp "$tmp/compared" "$tmp/text" || return
	.build/ncbench verify --results "$tmp/runs" "$tmp/text" slist dlist >"$tmp/out" || return
	sed -i 's/^\(image data .*\)136/\1137/' "$tmp/text"
	! .build/ncbench verify --results "$tmp/runs" "$tmp/text" slist dlist >"$tmp/out" 2>&1 &&
		grep -q "printed 137, computed 136" "$tmp/out"
}
trend() {
	.build/ncbench trend --results "$tmp/runs" slist dlist >"$tmp/out" 2>"$tmp/err" &&
		tr -s ' \n' ' ' <"$tmp/out" >"$tmp/report" &&
		says "1 DWARF 24 8 n/a 183 56 n/a 2 DWARF 32 16 n/a 215 80 n/a"
}
check "memory: both designs compared, as they are" as_text
check "memory: in every format, and ministat says why not" in_every_format
check "memory: --fail-on larger" fails_on
check "memory: a figure that was changed in a pasted text is found" verified
check "memory: over several kernels" trend

# -- cache lines that a call reads: computed, and seen by a tracer --

# The walker, and what valgrind saw of it; nothing of it is sanitized: that has loads, too.
walked() {
	flags="-std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Ikmod/tests/shim -Ikmod"
	# shellcheck disable=SC2086
	"${CC:-gcc}" $flags -DNCB_CLONE=0 -o "$tmp/walk" bench/tests/memory_walk.c kmod/engine_slist.c \
		kmod/engine_dlist.c kmod/tests/shim/shim.c 2>"$tmp/err" || return
	{ valgrind --tool=lackey --trace-mem=yes --log-fd=3 "$tmp/walk" 3>&1 >"$tmp/walked" ||
		rm -f "$tmp/walked"; } | grep '^ [LSM]' >"$tmp/trace"
	[ -s "$tmp/walked" ]
}

# Of each struct the bill of a kernel that has no other.
lines_agree() {
	walked || return
	bills=
	for sizes in $(grep -o 'X([0-9]*, [0-9]*)' bench/tests/memory_walk.c | tr -d 'X() ' | tr , _); do
		sed "s/struct driver {.*}/struct driver { long a[${sizes%_*}]; struct notifier_block nb; \
long b[${sizes#*_}]; }/" "$tmp/design.c" >"$tmp/one.c"
		"${CC:-gcc}" -w -g -c -DSLIST -o "$tmp/one.o" "$tmp/one.c" &&
			"$memory" bill "$tmp/one.o" >"$tmp/bill.$sizes" 2>"$tmp/err" || return
		bills="$bills $sizes=$tmp/bill.$sizes"
	done
	# shellcheck disable=SC2086
	perl bench/tests/memory_lines.pl "$tmp/walked" "$tmp/trace" $bills
}
if command -v valgrind >/dev/null; then
	check "memory: a call touches as many cache lines as computed" lines_agree
else
	skip "memory: cache lines of calls" "no valgrind; 'bench/deps.sh test' installs it"
fi

# A packaged kernel with all its modules: nothing in it says what is not known.
packaged() {
	kept "$1" "$1" && says "notifier_block 24 -> 32 (BTF, dlist computed)" "[ok]" \
		"bytes static in the kernel itself n/a and at least" "raw_notifier_head n/a" &&
		.build/ncbench report --full "$tmp/runs/$1" | grep mlx5_events >/dev/null
}
for version in 6.1 6.12; do
	if [ -d ".cache/kernels/$version/modules" ]; then
		check "memory: $version by its version, with its modules" packaged "$version"
	else
		skip "memory: $version by its version" \
			"its modules are not unpacked: 'ncbench storm --module' does"
	fi
done
check "memory: make memory passes on what it is given" sh -c "make -n memory VMLINUX=6.1 AGAINST=a \
	MODULES=b MAP=c NAME=d 2>/dev/null | tr -d '\\\\\n' | tr -s '\t ' ' ' |
	grep -qF -- \"memory --name 'd' --modules 'b' --against 'a' --map 'c' '6.1'\""
not_a_kernel() {
	.build/ncbench memory --results "$tmp/runs" --name none "$tmp/design.c" >"$tmp/out" 2>"$tmp/err"
	[ $? = 4 ] && [ ! -e "$tmp/runs/none" ] && grep -q "no BTF in" "$tmp/err"
}
check "memory: of a file that is no kernel no run is kept" not_a_kernel

# -- files that are none, and options --

# refused CODE "words" "what" arguments...: nothing on stdout, the words on stderr
refused() {
	want=$1 words=$2 what=$3
	shift 3
	timeout 10 "$memory" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	check "memory: $what" was_refused
}

was_refused() {
	[ "$code" = "$want" ] && [ ! -s "$tmp/out" ] && grep -qF -- "$words" "$tmp/err" && return
	echo "# exit $code: $(head -n 2 "$tmp/err")"
	return 1
}

echo text >"$tmp/text"
refused 4 "no BTF in" "a text is no kernel" types "$tmp/text"
strip -o "$tmp/stripped" "$memory"
refused 4 "has no BTF" "a program without BTF or debug information" types "$tmp/stripped"
refused 1 "No such file" "a file that there is not" types "$tmp/none"
refused 1 "Is a directory" "a folder" types "$tmp"
refused 2 "one file at a time" "two files" types "$tmp/text" "$tmp/text"
refused 2 "Usage:" "no command"
refused 2 "no command 'sizes'" "an unknown command" sizes
head -c $(($(stat -c %s "$tmp/SLIST") / 2)) "$tmp/SLIST" >"$tmp/cut"
refused 1 "damaged" "BTF that is cut off" types "$tmp/cut"
for file in .cache/kernels/6.1/boot/vmlinuz-*; do
	[ -e "$file" ] || continue
	head -c 4000000 "$file" >"$tmp/cut"
	refused 4 "cannot be unpacked" "a kernel that is cut off" types "$tmp/cut"
done
refused 1 "no module in" "a folder without modules" types --modules bench "$tmp/SLIST"
refused 2 "--base" "modules of a module" types --modules bench --base "$tmp/SLIST" "$tmp/SLIST"
if [ -e "$tmp/modules/drm.ko" ]; then
	refused 1 "the kernel that it was built for" "a module of another kernel" \
		types --base "$tmp/SLIST" "$tmp/modules/drm.ko"
fi
# The image that goes by the running kernel's name has to be of it: another build is none.
for file in .cache/kernels/6.1/boot/vmlinuz-*; do
	unpacked=$(echo .cache/vmlinux/*-"$(stat -c %s "$file")")
	[ -e "$unpacked" ] || continue
	objcopy --dump-section .BTF="$tmp/btf" "$unpacked" "$tmp/copy"
	check "memory: the image of a kernel that is BTF is read" \
		sh -c "'$memory' bill --image '$unpacked' '$tmp/btf' 2>/dev/null | grep -q '\"text\": [0-9]'"
	check "memory: that of another build is not" \
		sh -c "'$memory' bill --image '$tmp/SLIST.dwarf' '$tmp/btf' 2>/dev/null | grep -q 'BTF of another build'"
done
check "memory: --help goes to stdout" sh -c "'$memory' --help | grep -q types &&
	'$memory' types --help | grep -q -- --patched"
check "memory: a full disk is noticed" sh -c "! '$memory' types '$tmp/SLIST' >/dev/full 2>&1"
finish
