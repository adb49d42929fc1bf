# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Runs in the rehearsal machine: what a user does, and what goes wrong half-way. In the
# checkout; $rehearsal_tmp: for files.
# shellcheck disable=SC2154 # rehearsal_tmp is set by uml-boot.sh
echo "# $(uname -srm), $(nproc) CPU"

ko=$(.build/ncbench module)
check "uml: the module builds" test -n "$ko"

# bench NAME: what a user types; keeps what it says.
bench() {
	name=$1
	shift
	make -s bench TARGET=host NAME="$name" "$@" >"$rehearsal_tmp/$name.out" 2>"$rehearsal_tmp/$name.err"
}

start=$(date +%s)
bench quick PROFILE=quick
code=$?
echo "# make bench TARGET=host PROFILE=quick: $(($(date +%s) - start)) s"
[ $code = 0 ] || tail -n 5 "$rehearsal_tmp/quick.err"
check "uml: make bench TARGET=host" test $code = 0
for file in result.json samples.csv.gz report.txt report.html; do
	check "uml: the run has $file" test -s "results/quick/$file"
done
check "uml: the metric is ns" grep -q '"metric": *"ns"' results/quick/result.json
check "uml: stdout is the report" cmp -s "$rehearsal_tmp/quick.out" results/quick/report.txt
check "uml: the module is gone" test ! -e /sys/module/ncbench
.build/ncbench report quick >"$rehearsal_tmp/again.txt" 2>&1
check "uml: report from the stored run is the same to the byte" \
	cmp -s "$rehearsal_tmp/again.txt" results/quick/report.txt
sed 's/^/# | /' results/quick/report.txt

# Whole commands, with the modules that they load; perf, which this kernel has no events for.
start=$(date +%s)
bench commands PROFILE=quick ROWS='raw/call/1/*' COMMANDS=1 PERF=stat BUILT="$rehearsal_tmp/built"
check "uml: COMMANDS=1 PERF=stat, with modules that are built" test $? = 0
echo "# that took $(($(date +%s) - start)) s"
.build/ncbench report commands --full >"$rehearsal_tmp/commands.full" 2>&1
sed -n '/^Whole commands/,/^$/p' "$rehearsal_tmp/commands.full" | sed 's/^/# | /'
if command -v hyperfine >/dev/null; then
	check "uml: every command is timed" grep -q 'commands 5/5' "$rehearsal_tmp/commands.out"
	check "uml: and hyperfine's own words are kept" \
		test "$(grep -c '"exit_codes"' results/commands/hyperfine.json)" = 5
	# Ctrl-C while a payload is loaded.
	.build/ncbench run -t host -p quick -n stopped -r 'raw/call/1/*' --reloads 1 --module "$ko" \
		--commands >"$rehearsal_tmp/stopped.out" 2>&1 &
	pid=$!
	tries=0
	while [ ! -e /sys/module/ncb_payload ] && [ $tries -lt 600 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	kill -INT "$(pgrep -f 'ncbench run.*stopped')"
	wait $pid
	check "uml: commands that are interrupted are exit 1" test $? = 1
	check "uml: and say so" grep -q '"reason": *"interrupted"' results/stopped/result.json
	check "uml: but all rows are there" grep -q '"interrupted": *false' results/stopped/result.json
else
	check "uml: and hyperfine is missed" grep -q 'commands n/a' "$rehearsal_tmp/commands.out"
fi
check "uml: no payload stays loaded" sh -c '! ls -d /sys/module/ncb_payload* 2>/dev/null'
check "uml: perf is missed, with the reason" \
	sh -c "tr -s '\n ' ' ' <'$rehearsal_tmp/commands.full' | grep -q 'n/a: this kernel has no perf events'"
check "uml: nothing is left beside the runs" sh -c '! ls -d results/*.partial* 2>/dev/null'

# What goes wrong half-way, on a run that would take minutes; the module is built.
run() {
	name=$1
	profile=$2
	shift 2
	.build/ncbench run -t host -p "$profile" -n "$name" -r 'raw/*' --module "$ko" "$@" \
		>"$rehearsal_tmp/$name.out" 2>&1
}

# Until the module is loaded and measures: somebody has it open. On a busy machine it takes
# a second to load, and who is killed then leaves none.
measuring() {
	tries=0
	while [ "$(cat /sys/module/ncbench/refcnt 2>/dev/null || echo 0)" = 0 ] && [ $tries -lt 600 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sleep 1
}

# Ctrl-C: kept, marked, module unloaded.
run broken full &
pid=$!
measuring
kill -INT "$(pgrep -f 'ncbench run.*broken')"
wait $pid
code=$?
[ -e results/broken ] || sed 's/^/# /' "$rehearsal_tmp/broken.out"
check "uml: an interrupted run is exit 1" test $code = 1
check "uml: and unloads the module" test ! -e /sys/module/ncbench
check "uml: and is kept and marked" grep -q '"interrupted": *true' results/broken/result.json
.build/ncbench report broken >"$rehearsal_tmp/broken.txt" 2>&1
check "uml: and can be reported on" grep -q 'NOT FOR REVIEW: the run was interrupted' \
	"$rehearsal_tmp/broken.txt"

# Killed: the next run cleans up.
run killed full &
pid=$!
measuring
kill -KILL "$(pgrep -f 'ncbench run.*killed')"
wait $pid 2>/dev/null
check "uml: a killed run leaves no run behind" test ! -e results/killed
check "uml: but its module" test -e /sys/module/ncbench
run after quick
code=$?
[ $code = 0 ] || sed 's/^/# /' "$rehearsal_tmp/after.out"
check "uml: the next run cleans up and measures" test $code = 0
check "uml: and says so" grep -q 'left the module loaded' "$rehearsal_tmp/after.out"

# Twice at once: the second says so.
run first full &
pid=$!
measuring
run second quick
code=$?
check "uml: a second run at the same time is refused" test $code = 1
check "uml: and told why" grep -q 'another ncbench is measuring' "$rehearsal_tmp/second.out"
check "uml: and writes nothing" test ! -e results/second
kill -INT "$(pgrep -f 'ncbench run.*first')"
wait $pid

# A disk that is full: nothing half-written under the run's name.
mkdir -p /run/small
mount -t tmpfs -o size=64k small /run/small
run full quick --results /run/small
code=$?
check "uml: a full disk is exit 1" test $code = 1
check "uml: and said" grep -qi 'no space' "$rehearsal_tmp/full.out"
check "uml: and leaves nothing under the run's name" test ! -e /run/small/full
