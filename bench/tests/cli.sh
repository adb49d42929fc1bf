#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line with bad input: the exit code, one clear sentence with the
# way out, and nothing half-written.
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# bad CODE "words that the message must have" what command...
bad() {
	want=$1 words=$2 what=$3
	shift 3
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	if [ $code != "$want" ]; then
		echo "# exit $code, expected $want: $(head -n 2 "$tmp/err")"
		check "cli: $what" false
	elif ! grep -qF -- "$words" "$tmp/err"; then
		echo "# no '$words' in: $(head -n 3 "$tmp/err")"
		check "cli: $what" false
	elif [ "$(wc -l <"$tmp/err")" -gt 4 ]; then
		echo "# too many words: $(wc -l <"$tmp/err") lines"
		check "cli: $what" false
	else
		check "cli: $what" true
	fi
}

good() {
	what=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	[ $code = 0 ] || echo "# exit $code: $(head -n 2 "$tmp/err")"
	check "cli: $what" test $code = 0
}

good "--help" "$ncb" --help
check "cli: --help names every command" \
	sh -c "for c in run report plot list doctor; do grep -qw \$c '$tmp/out' || exit 1; done"
good "--version" "$ncb" --version
for command in run report plot list doctor module ab kernel; do
	good "$command --help" "$ncb" $command --help
	check "cli: $command --help goes to stdout" test -s "$tmp/out"
done
bad 2 "which command?" "no command" "$ncb"
bad 2 "unknown command 'rnu'" "an unknown command" "$ncb" rnu
bad 2 "valid: auto, host, qemu, uml, user" "an unknown target" "$ncb" run --target hots
bad 2 "valid: quick, default, full" "an unknown profile" "$ncb" run --profile slow
bad 2 "not a number in 1 .. 4096" "blocks out of range" "$ncb" run --blocks 5000
bad 2 "not a number in 1 .. 100" "reloads that are no number" "$ncb" run --reloads x
bad 2 "not a number" "a negative seed" "$ncb" run --seed -1
bad 2 "(BUILT=) are for target host" "ready modules for a guest" "$ncb" storm --target qemu --built /tmp
bad 1 "cannot make /dev/null/built" "a folder for modules that cannot be made" \
	"$ncb" module --to /dev/null/built /tmp
bad 2 "module: target host is no guest" "a packaged module on a host" \
	"$ncb" storm --target host --module dummy
bad 2 "valid modes are churn, duplicate, copies" "a packaged module in a mode that needs copies" \
	"$ncb" storm --target qemu --module dummy --modes mixed
bad 2 "is no module's name" "a module's name with strange characters" \
	"$ncb" storm --target qemu --module ../dummy
for precision in 0% -1% 1000% nan nan% one 1 '' 1%%; do
	bad 2 "is not a percentage in 0.01% .. 50%" "a precision of '$precision'" \
		"$ncb" run --precision="$precision"
done
for limit in 0 -1 nan 1e3 86401 ''; do
	bad 2 "is not a number in 1 .. 86400" "a time limit of '$limit'" \
		"$ncb" run --precision=1% --time-limit="$limit"
done
bad 2 "there is no precision to end" "a time limit for nothing" "$ncb" run --time-limit=5
for perf in '' ',' stats 'stat,' 'stat record' 1; do
	bad 2 "is none of stat, record, or both" "perf to do '$perf'" "$ncb" run --perf="$perf"
done
bad 2 "no name for a run" "a bad name" "$ncb" run --name ../x
bad 2 "'x' is not an option" "a stray word" "$ncb" run x
bad 2 "" "an unknown option" "$ncb" run --nothing
bad 2 "valid: engines, rows, profiles, targets" "an unknown list" "$ncb" list nothing
bad 2 "unknown profile" "rows of an unknown profile" "$ncb" list rows --profile nothing
bad 2 "which run?" "report without a run" "$ncb" report
bad 2 "is a second" "report of two runs" "$ncb" report a b
bad 1 "no run 'none'" "report of a run that is not there" "$ncb" report none
bad 2 "unknown metric 'seconds'; valid: insn, cycles, ns" "an unknown metric" \
	"$ncb" report reference-quick-6.1 --metric seconds
for command in "report reference-quick-6.1" "compare reference-quick-6.1 reference-quick-6.1" \
	"trend reference-quick-6.1 reference-quick-6.1" "verify - reference-quick-6.1"; do
	# shellcheck disable=SC2086
	bad 1 "run ${command##* }" "cycles of a run that has none: ${command%% *}" \
		"$ncb" $command --metric cycles
done
bad 1 "no run 'none'" "plot of a run that is not there" "$ncb" plot none
good "list engines" "$ncb" list engines
check "cli: list engines names them" \
	sh -c "for e in loop direct slist dlist native; do grep -q \"^\$e:\" '$tmp/out' || exit 1; done"
good "list rows" "$ncb" list rows
check "cli: list rows says what does not exist" grep -q 'srcu/robust: does not exist: ' "$tmp/out"
good "list targets" "$ncb" list targets
check "cli: list targets says why" grep -qE '^ +(not )?possible here: .' "$tmp/out"
"$ncb" doctor >"$tmp/out" 2>"$tmp/err"
code=$?
check "cli: doctor ends with 0 or 4" test $code = 0 -o $code = 4
check "cli: doctor says something of modules" grep -qi module "$tmp/out"

# Two kernels: all that can be known before anything is built.
bad 2 "which two kernels?" "ab of no kernel" "$ncb" ab
bad 2 "which two kernels?" "ab of one kernel" "$ncb" ab 6.1
bad 2 "two kernels are compared" "ab of three kernels" "$ncb" ab 6.1 6.12 7.3
bad 2 "unknown profile" "ab with an unknown profile" "$ncb" ab -p slow 6.1 6.12
bad 2 "is not valid here: qemu counts" "ab on a target of no guests" "$ncb" ab -t host 6.1 6.12
bad 2 "unknown architecture" "ab for an unknown machine" "$ncb" ab --arch vax 6.1 6.12
bad 2 "each link is booted once at least" "ab with more links than boots" \
	"$ncb" ab --links 3 --boots 2 6.1 6.12
bad 2 "not a number in 1 .. 16" "ab with too many links" "$ncb" ab --links 17 6.1 6.12
bad 2 "no row of profile" "ab of rows that are none" "$ncb" ab -r nothing 6.1 6.12
bad 2 "cannot read the options in $tmp/none" "ab with options that are not there" \
	"$ncb" ab --config "$tmp/none" 6.1 6.12
bad 2 "no kernel source" "ab of a kernel that is none" \
	"$ncb" ab --results "$tmp/ab" /nonexistent /nonexistent
bad 2 "wants --tree and --row" "a bisection without a tree" "$ncb" ab --bisect a..b --row raw/call/16
bad 2 "wants --tree and --row" "a bisection without a row" "$ncb" ab --bisect a..b --tree .
bad 2 "wants --tree and --row" "a bisection by an empty row" \
	"$ncb" ab --bisect a..b --tree . --row ''
bad 2 "wants --tree and --row" "a bisection and another kernel" \
	"$ncb" ab --bisect a..b --tree . --row raw/call/16 6.1
bad 2 "it is for --bisect" "a row without a bisection" "$ncb" ab --row raw/call/16 6.1 6.12
bad 2 "rows; name one" "a bisection by several rows" \
	"$ncb" ab --bisect a..b --tree . --row 'raw/*'
bad 2 "is not two commits GOOD..BAD" "a bisection between what is not there" \
	"$ncb" ab --results "$tmp/ab" --bisect a..b --tree "$tmp" --row raw/call/16
bad 2 "which kernels?" "make ab with one kernel" make -s ab A=6.1
mkdir -p "$tmp/ab/there"
bad 1 "there is a run" "ab by a name that is taken" "$ncb" ab --results "$tmp/ab" -n there 6.1 6.12
bad 1 "cannot keep runs in" "ab whose results cannot be kept" \
	"$ncb" ab --results "$tmp/err/x" 6.1 6.12
bad 2 "which source?" "kernel without a source" "$ncb" kernel
bad 2 "one source only" "kernel of two sources" "$ncb" kernel a b
bad 2 "there are uml, x86_64 and arm64" "kernel of an unknown kind" "$ncb" kernel --flavour vax a

# Results that cannot be kept or read.
mkdir -p "$tmp/results/there"
bad 1 "there is a run" "a name that is taken" \
	"$ncb" run -t user --results "$tmp/results" --name there
bad 1 "cannot keep runs in" "a results folder that is a file" \
	"$ncb" run -t user --results "$tmp/err/x" --name new
bad 2 "no row of profile" "a pattern that matches nothing" \
	"$ncb" run -t user --results "$tmp/results" --name new --rows 'nothing*'
bad 2 "valid: loop, direct, slist" "an unknown arm" \
	"$ncb" run -t user --results "$tmp/results" --name new --arms slits
bad 2 "it sets no governor" "a governor for no kernel" \
	"$ncb" run -t user --results "$tmp/results" --name new --steady
bad 1 "cannot load the engines" "a shared object that is none" \
	"$ncb" run -t user --results "$tmp/results" --name new --module Makefile
bad 2 "that a run may have" "more samples than can be read back" \
	"$ncb" run -t user --results "$tmp/results" --name new --profile full \
	--blocks 4096 --reloads 100
check "cli: nothing half-written is left" \
	sh -c "[ \"\$(ls '$tmp/results')\" = there ]"
for content in '' '{' 'null' '{}' '{"schema":"something"}' \
	'{"schema":"ncbench-result","schema_version":999}'; do
	printf '%s' "$content" >"$tmp/results/there/result.json"
	bad 1 "result.json" "a damaged or foreign result.json: '$content'" \
		"$ncb" report --results "$tmp/results" there
done

# A file of 30 MiB that would take 1.3 GiB when parsed, had jansson its way.
{ printf '{"a":['; yes '[],[],[],[],[],[],[],[]' | head -n 1200000 | tr '\n' ','; } \
	>"$tmp/results/there/result.json"
bad 1 "takes more than 512 MiB" "a result.json that takes gigabytes" \
	sh -c "ulimit -v 1000000; exec '$ncb' report --results '$tmp/results' there"

# A stored run is read and its figures come out as they were.
good "report of the reference run" "$ncb" report reference-quick-6.1
grep -E '^(raw|blocking|atomic|srcu)/' "$tmp/out" >"$tmp/now"
grep -E '^(raw|blocking|atomic|srcu)/' results/reference-quick-6.1/report.txt >"$tmp/then"
check "cli: its figures come out as they were" sh -c "[ -s '$tmp/now' ] && cmp -s '$tmp/now' '$tmp/then'"

# A disk that is full: the output.
if [ -w /dev/full ]; then
	"$ncb" list rows >/dev/full 2>"$tmp/err"
	code=$?
	check "cli: output that cannot be written is exit 1" test $code = 1
else
	skip "cli: output that cannot be written" "no /dev/full"
fi

# 0 is no in the Makefile, too.
check "cli: STEADY=0 COMMANDS=0 are neither" sh -c \
	"make -n bench STEADY=0 COMMANDS=0 | grep 'ncbench run' | grep -vqe --steady -e --commands"
check "cli: STEADY=1 COMMANDS=1 are both" sh -c \
	"make -n bench STEADY=1 COMMANDS=1 | grep 'ncbench run' | grep -q -e --steady.*--commands"
check "cli: UML=0 is no time beside, UML=1 and nothing are" sh -c \
	"make -n bench UML=0 | grep -q 'ncbench run.*--no-uml' && ! make -n bench UML=1 | grep -q -e --no-uml && ! make -n bench | grep -q -e --no-uml"

# Without root: what would be needed is said.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$ncb" "$tmp/ncbench" && chmod 755 "$tmp" "$tmp/ncbench"
	bad 4 "target host is not possible here" "host without root" \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		env NCBENCH_TOP="$PWD" "$tmp/ncbench" run --target host --name new \
		--results "$tmp/results"
else
	skip "cli: host without root" "this is no root, or no setpriv"
fi

# make deps: every manager gives a command, and without root it is printed.
for manager in apt-get dnf zypper pacman; do
	rm -rf "${tmp:?}/bin" && mkdir "$tmp/bin"
	for tool in sh id mktemp tail uname; do
		ln -s "$(command -v $tool)" "$tmp/bin"
	done
	printf '#!/bin/sh\nexit 1\n' >"$tmp/bin/$manager" && chmod +x "$tmp/bin/$manager"
	printf '#!/bin/sh\necho 1000\n' >"$tmp/bin/id.new" && chmod +x "$tmp/bin/id.new"
	mv "$tmp/bin/id.new" "$tmp/bin/id"
	bad 4 "as root: $manager" "deps without root prints the command of $manager" \
		env PATH="$tmp/bin" sh bench/deps.sh
done
rm -f "$tmp/bin/pacman"

# perf and hyperfine are optional: what cannot be installed fails nothing, and is tried once.
mkdir "$tmp/root" "$tmp/all"
ln -s /usr/sbin/* /usr/bin/* "$tmp/all" 2>/dev/null
rm -f "$tmp/all/perf" "$tmp/all/hyperfine" "$tmp/all/id" "$tmp/all/apt-get"
printf '#!/bin/sh\necho 0\n' >"$tmp/all/id"
printf '#!/bin/sh\nexit 100\n' >"$tmp/all/apt-get"
chmod +x "$tmp/all/id" "$tmp/all/apt-get"
for again in 1 2; do
	good "deps go on without perf and hyperfine ($again)" \
		env PATH="$tmp/all" sh -c "cd '$tmp/root' && sh '$PWD/bench/deps.sh'"
	cp "$tmp/err" "$tmp/deps-$again"
done
check "cli: deps says that there is no perf to be had" grep -q 'no perf to be had' "$tmp/deps-1"
check "cli: and no hyperfine" grep -q 'no hyperfine to be had' "$tmp/deps-1"
check "cli: and does not try again" sh -c "! grep -q 'to be had' '$tmp/deps-2'"
bad 4 "no apt, dnf, zypper or pacman" "deps without any package manager" \
	env PATH="$tmp/bin" sh bench/deps.sh
finish
