#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# compare, trend, verify and --mail on the command line: what they refuse, their
# exit codes, and that nothing is said on stdout where they do. The runs are
# copies of the reference run with a word or a figure changed.
. bench/tests/tap.sh

ncb=$PWD/.build/ncbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
results=$tmp/results
reference=results/reference-quick-6.1

# copy NAME [sed script for result.json]: a run made of the reference
copy() {
	mkdir -p "$results/$1"
	cp "$reference/samples.csv.gz" "$results/$1/"
	sed "${2:-}" "$reference/result.json" >"$results/$1/result.json"
}

# expect CODE "words" "what" command...: words on stderr, or on stdout where it succeeds or finds
expect() {
	want=$1 words=$2 what=$3
	shift 3
	"$@" --results "$results" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	if [ $code != "$want" ]; then
		echo "# exit $code, expected $want: $(head -n 2 "$tmp/err")"
		check "$what" false
	elif ! cat "$tmp/out" "$tmp/err" | tr -s ' \n' '  ' | grep -qF -- "$words"; then
		echo "# no '$words' in: $(head -n 4 "$tmp/err")"
		check "$what" false
	elif [ "$want" = 1 ] || [ "$want" = 2 ]; then
		check "$what" sh -c "[ ! -s '$tmp/out' ] && [ \$(wc -l <'$tmp/err') -le 6 ]"
	else
		check "$what" true
	fi
}

compare() {
	want=$1 words=$2 what=$3
	shift 3
	expect "$want" "$words" "compare: $what" "$ncb" compare "$@"
}

another='s/"date": "[^"]*"/"date": "2026-12-24T00:00:00Z"/'
copy a
copy b "$another"
copy b-2 "s/\"date\": \"[^\"]*\"/\"date\": \"2026-12-25T00:00:00Z\"/"
copy arm64 "$another; s/\"arch\": \"x86_64\"/\"arch\": \"aarch64\"/"
copy host "$another; s/\"target\": \"qemu\"/\"target\": \"host\"/"
copy cycles "$another; s/\"metric\": \"insn\"/\"metric\": \"cycles\"/"
copy old-suite "$another; s/\"suite_version\": \"[^\"]*\"/\"suite_version\": \"0.0\"/"
copy unreal.partial-1 "$another"

for command in compare trend verify; do
	check "$command --help goes to stdout" \
		sh -c "'$ncb' $command --help | grep -q Usage: && '$ncb' --help | grep -qw $command"
done
compare 0 "48 rows: 48 equal to the last instruction" "two runs that agree" a b
check "compare: nothing on stderr" test ! -s "$tmp/err"
compare 0 "2 runs, 2 boots" "a pattern" a 'b*'
compare 0 "2 runs, 2 boots" "a list" a b,b-2
compare 1 "no run matches" "a pattern leaves half-written runs out" a 'unreal*'
compare 2 "is twice in 'b,b'" "a run twice on a side" a b,b
compare 0 "a run is on both sides" "a run against itself is warned of" a a
compare 0 "raw call 64 1747 1747 +0.0 =" "--full has every row" a b --full
compare 1 "no run 'none'" "a run that is not there" a none
compare 1 "no run matches 'none*'" "a pattern that matches nothing" a 'none*'
compare 2 "which two?" "one side" a
compare 2 "is a third" "three sides" a b b-2
compare 1 "architecture: x86_64 -> aarch64" "another architecture" a arm64
compare 1 "target: qemu -> host" "another target" a host
compare 1 "metric: insn -> cycles" "another metric" a cycles
compare 1 "metric: insn -> cycles" "another metric, which nothing forces" a cycles --force
compare 1 "version of ncbench: 0.1 -> 0.0" "another version" a old-suite
compare 1 "architecture: x86_64 -> x86_64 | aarch64" "a set that does not agree" a b,arm64
compare 0 "FORCED compared all the same (--force): architecture: x86_64 -> aarch64" \
	"--force compares and says so" a arm64 --force
check "compare: --force is in the command that is printed" grep -q -- --force "$tmp/out"
compare 1 "arms that both have: direct, slist" "an arm that neither has" a b --arm nothing --force
compare 1 "there is nothing to compare" "an arm that neither has, not forced" a b --arm nothing
compare 0 "slist, in instructions" "another arm" a b --arm slist
compare 2 "valid: holm, bh, none" "an unknown correction" a b --correction bonferroni
for margin in 0 -1 x 2x 100 '' nan inf; do
	compare 2 "a percentage above 0 and below 100" "--margin '$margin'" a b --margin "$margin"
done
compare 0 "margin 0.5 %" "--margin 0.5%" a b --margin 0.5%
for fail in faster slower: slower:x slower:-1 slower2 slower:2000 ''; do
	compare 2 "slower, or slower:N%" "--fail-on '$fail'" a b --fail-on "$fail"
done
compare 0 "equal" "--fail-on slower, nothing is" a b --fail-on slower
compare 2 "valid: text, html" "an unknown format" a b --format xml
compare 0 "old" "--format csv" a b --format csv
compare 2 "--tested-by is for --mail" "--tested-by alone" a b --tested-by
compare 2 "a form of its own" "--mail with a format" a b --mail --format html
compare 2 "a form of its own" "--mail with --full" a b --mail --full
compare 0 "</html>" "--format html" a b --format html
for option in --full '--format html' '--old direct' '--new direct' '--output x'; do
	# shellcheck disable=SC2086 # an option and its argument
	expect 2 "a form of its own" "report: --mail with $option" "$ncb" report a --mail $option
done

# A change is found: native's samples of one row cost more on the new side.
mkdir "$results/slow"
sed "$another" "$reference/result.json" >"$results/slow/result.json"
zcat "$reference/samples.csv.gz" | awk -F, -v OFS=, 'NR > 1 && $1 == 0 && $2 == "native" {
	$10 += 10 * $8 } { print }' >"$tmp/samples"
gzip -nc "$tmp/samples" >"$results/slow/samples.csv.gz"
crc=$(gzip -lv "$results/slow/samples.csv.gz" | awk 'NR == 2 { print $2 }')
sed -i "s/\"crc32\": \"[0-9a-f]*\"/\"crc32\": \"$crc\"/" "$results/slow/result.json"
compare 0 "raw call 1 46 56 +21.7 more" "a change is found" a slow
compare 3 "1 row is dearer by more than 0 %" "--fail-on slower" a slow --fail-on slower
check "compare: the report is printed all the same" grep -q 'raw call 1 ' "$tmp/out"
compare 3 "by more than 21.5 %" "--fail-on slower:21.5%" a slow --fail-on slower:21.5%
compare 0 "more" "--fail-on slower:22%" a slow --fail-on slower:22%
compare 0 "fewer" "--fail-on slower where it is faster" slow a --fail-on slower
"$ncb" compare a slow --results "$results" >"$tmp/pasted" 2>/dev/null

# Mails.
export HOME="$tmp" GIT_CONFIG_NOSYSTEM=1 XDG_CONFIG_HOME="$tmp"
expect 0 "raw call 1 46 56 +21.7 more" "mail: the rows that changed" "$ncb" compare a slow --mail
check "mail: 72 columns" sh -c "! grep -q '.\{73\}' '$tmp/out'"
check "mail: nothing signed without being asked" sh -c "! grep -q Tested-by '$tmp/out'"
check "mail: ends with how to reproduce it" sh -c "tail -n 2 '$tmp/out' | grep -q 'ncbench compare'"
if command -v git >/dev/null; then
	(cd "$tmp" && GIT_DIR=$tmp/none "$ncb" compare a slow --mail --tested-by \
		--results "$results" >"$tmp/out" 2>"$tmp/err")
	code=$?
	check "mail: without a name nothing is signed or printed" \
		sh -c "[ $code = 1 ] && [ ! -s '$tmp/out' ] && grep -q user.name '$tmp/err'"
	git config --file "$tmp/.gitconfig" user.name "A Tester"
	git config --file "$tmp/.gitconfig" user.email tester@example.org
	(cd "$tmp" && GIT_DIR=$tmp/none "$ncb" compare a slow --mail --tested-by \
		--results "$results" >"$tmp/out" 2>"$tmp/err")
	check "mail: Tested-by is the last line" \
		sh -c "tail -n 1 '$tmp/out' | grep -qx 'Tested-by: A Tester <tester@example.org>'"
else
	skip "mail: Tested-by" "no git"
fi
expect 0 "passed [ok] oracle" "mail: of a run" "$ncb" report a --mail
check "mail: of a run in 72 columns" sh -c "! grep -q '.\{73\}' '$tmp/out'"

# Pasted reports.
verify() {
	want=$1 words=$2 what=$3
	shift 3
	"$ncb" verify "$@" --results "$results" >"$tmp/out" 2>"$tmp/err" <"$tmp/in"
	code=$?
	if [ $code != "$want" ] || ! grep -qF -- "$words" "$tmp/out" "$tmp/err"; then
		echo "# exit $code, expected $want, '$words': $(tail -n 2 "$tmp/out") $(cat "$tmp/err")"
		check "verify: $what" false
	else
		check "verify: $what" true
	fi
}
: >"$tmp/in"
verify 0 "0 otherwise" "a comparison" "$tmp/pasted" a slow
sed 's/^/> /' "$tmp/pasted" >"$tmp/in"
verify 0 "0 otherwise" "quoted, from standard input" - a slow
sed 's/ 56  *+21.7/ 55 +21.7/' "$tmp/pasted" >"$tmp/in"
verify 1 "'new': printed 55, computed 56" "a changed figure" - a slow
verify 1 "DIFFERS" "a comparison of other runs" "$tmp/pasted" a b
# Options of the command that the text has, quoted and broken, unless others are given.
"$ncb" compare a slow --results "$results" --arm slist --margin 0.5% --correction bh --full \
	2>/dev/null | sed 's/^/> /; s/ --arm/\n>          --arm/' >"$tmp/in"
verify 0 "0 otherwise" "a comparison of another arm, by its own command" - a slow
check "verify: what it took from the text" \
	grep -q -- '--arm slist --correction bh --margin 0.5%$' "$tmp/err"
verify 1 "DIFFERS" "its own options, or those given" - a slow --arm native
sed -i 's/ncbench compare a slow/make compare A=a B=slow OPTIONS=x/' "$tmp/in"
verify 1 "printed 'make', computed 'ncbench'" "another command" - a slow
check "verify: options of 'make compare'" grep -q -- '--arm slist' "$tmp/err"
sed -i 's/--correction bh/--correction all/' "$tmp/in"
verify 1 "made with --correction 'all': valid: holm" "an option in the text that is none" - a slow
"$ncb" report a --results "$results" >"$tmp/report" 2>/dev/null
verify 0 "0 otherwise" "a run" "$tmp/report" a
# changed "sed script" "what": an edited report of a run is not believed.
changed() {
	sed "$1" "$tmp/report" >"$tmp/in"
	check "verify: edited: $2" sh -c "! cmp -s '$tmp/in' '$tmp/report'"
	verify 1 "DIFFERS" "$2" - a
}
changed 's/one operation in insn/one operation in ns/' "a heading's unit"
changed 's/^\(row .*\)slist  dlist/\1dlist  slist/' "columns with each other's name"
changed 's/chains, in instructions/chains, in cycles/' "the title's unit"
changed 's/^ncbench [0-9.]*:/ncbench 9.9:/' "the version of the suite"
changed 's/SEED=[0-9]*/SEED=1/' "the seed"
changed 's/^again .*/again       make bench/' "the command"
"$ncb" report a --full --results "$results" >"$tmp/report" 2>/dev/null
changed 's/^\( *tsc_constant:\) no$/\1 yes/' "a fact of the machine"
changed 's/^\( *CONFIG_KCOV\) n$/\1 y/' "an option of the kernel"
# Rows that nobody may quote without saying why.
copy stopped 's/"interrupted": false/"interrupted": true/'
"$ncb" report stopped --results "$results" >"$tmp/in" 2>/dev/null
verify 0 "0 otherwise" "an interrupted run" - stopped
sed -i '/^NOT FOR REVIEW/d' "$tmp/in"
verify 1 "MISSING  NOT FOR REVIEW: the run was interrupted" "without what forbids quoting it" \
	- stopped
echo "nothing of note" >"$tmp/in"
verify 1 "no line was recognised" "a text that is no report" - a
: >"$tmp/in"
verify 1 "no line was recognised" "an empty text" - a
printf 'raw\0call\n' >"$tmp/in"
verify 1 "is no text" "a text with a zero byte" - a
verify 1 "cannot read" "a file that is not there" "$tmp/none" a
verify 2 "which text" "no run" "$tmp/report"
verify 2 "is too much" "four words" "$tmp/report" a b b-2
verify 2 "a report is of one run" "a set where a run is meant" "$tmp/report" 'a,b'

# Trends.
trend() {
	want=$1 words=$2 what=$3
	shift 3
	expect "$want" "$words" "trend: $what" "$ncb" trend "$@"
}
trend 0 "one row over 3 kernels" "three kernels" a b slow
check "trend: the usual row" grep -q 'raw/call/16/distinct/packed/warm, native' "$tmp/out"
trend 0 "56" "a row by name" a b slow --row raw/call/1/distinct/packed/warm
trend 0 "56" "a row by the name that reports use" a b slow --row raw/call/1
check "trend: against the first and the one before" \
	grep -qE '^ 3 +\+21\.7 +more +\+21\.7 +more$' "$tmp/out"
trend 1 "the nearest that they share is" "a row that they have not" a b \
	--row raw/call/3/distinct/packed/warm
trend 2 "no name of a row" "a word that is no row" a b --row nothing
trend 2 "At least two" "one kernel" a
trend 1 "architecture" "another architecture" a arm64
trend 0 "FORCED" "--force" a arm64 --force
check "trend: --force is in the command that is printed" grep -q -- '--force a arm64' "$tmp/out"
trend 0 "--arm slist --correction bh --margin 2% --raw --force 'a*' b slow" "options are in it, too" \
	'a*' b slow --arm slist --raw --margin 2% --correction bh --force
trend 1 "no run 'none'" "a run that is not there" a none
if command -v gnuplot >/dev/null; then
	trend 0 "trend.svg" "a picture" a b slow --output "$tmp/plots"
	check "trend: it is there, and its data" \
		sh -c "grep -q '</svg>' '$tmp/plots/trend.svg' && [ \$(grep -vc '^#' '$tmp/plots/trend.tsv') = 3 ]"
else
	skip "trend: a picture" "no gnuplot"
fi
trend 1 "cannot make" "a folder that cannot be" a b --output "$tmp/pasted/x"

# Module load storms, in runs without rows.
make --no-print-directory -s .build/make_run || exit 1
for seed in 1 2 3 4; do
	.build/make_run "$results/calm-$seed" storms $seed && .build/make_run "$results/slow-$seed" \
		storms 1$seed 20 || exit 1
done
compare 0 "0 slower, 0 faster" "storms: one boot of a side" calm-1 slow-1
compare 0 "load-p50" "storms: four boots" 'calm-*' 'slow-*' --full
compare 3 "figures of storms are slower" "storms: --fail-on" 'calm-*' 'slow-*' --fail-on slower:5%
compare 0 "load-p50" "storms: --fail-on, not that much" 'calm-*' 'slow-*' --fail-on slower:50%
compare 2 "is of rows" "storms: a layout of rows" calm-1 slow-1 --format csv
compare 1 "nothing to compare" "storms: rows were asked for" calm-1 slow-1 --arm native
compare 1 "compare" "storms: nothing in common with rows" a calm-1
expect 2 "is of rows" "report: a layout of rows" "$ncb" report calm-1 --format 0day
"$ncb" compare 'calm-*' 'slow-*' --results "$results" --full >"$tmp/report"
verify 0 "0 otherwise" "storms: as computed" "$tmp/report" 'calm-*' 'slow-*'
sed 's/+20\../+10.1/' "$tmp/report" >"$tmp/changed"
verify 1 "DIFFERS" "storms: a changed figure" "$tmp/changed" 'calm-*' 'slow-*'
"$ncb" report calm-1 --results "$results" >"$tmp/report"
verify 0 "0 otherwise" "storms: a run of nothing else" "$tmp/report" calm-1
expect 0 "storm" "storms: a run in a mail" "$ncb" report calm-1 --mail
finish
