# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Storms in the rehearsal machine: what a user does, and what goes wrong. In the end this
# kernel takes no module any more. What uml-rehearsal.sh left is there.
# shellcheck disable=SC2154 # rehearsal_tmp is set by uml-boot.sh

echo "# storms"
storm_tmp=$rehearsal_tmp/storm
mkdir -p "$storm_tmp" /run/copies /dev/pts
# The root of this machine is the host's: its /tmp may have copies of storms elsewhere.
export TMPDIR=/run/copies
mount -t devpts devpts /dev/pts

# storm NAME OPTION...: few loads, unless options say otherwise; what it says is kept. To ask
# make whether the modules are up to date takes a minute in here: they are ready.
built=$rehearsal_tmp/built
storm() {
	storm_name=$1
	shift
	.build/ncbench storm -t host --built "$built" -p quick -n "$storm_name" --modes churn \
		--threads 1 --extra 0 --modules 2 --rounds 2 "$@" >"$storm_tmp/$storm_name.out" 2>&1 </dev/null
}

said() {
	tr -s '\n ' ' ' <"$storm_tmp/$1.out" | grep -q -e "$2" && return
	sed 's/^/# /' "$storm_tmp/$1.out"
	return 1
}

clean() {
	.build/ncbench storm --clean >"$storm_tmp/clean.out" 2>&1
}

nothing_loaded() {
	grep -q '^ncb_' /proc/modules && sed 's/^/# /' /proc/modules && return 1
	! ls -d "/run/copies/"* 2>/dev/null
}

# Without a yes.
make -s storm TARGET=host PROFILE=quick NAME=no >"$storm_tmp/no.out" 2>&1 </dev/null
check "uml: make storm wants a yes" test $? = 2
check "uml: and says how to give it" said no 'STORM=1'
storm no
check "uml: which is exit 4" test $? = 4
script -qec '.build/ncbench storm -t host -p quick -n no' "$storm_tmp/no.out" \
	>/dev/null <<-END
		n
	END
check "uml: a no at a terminal is one, exit 4" test $? = 4
check "uml: it was asked" said no 'go on?'
check "uml: and nothing was loaded or kept" sh -c '! ls -d results/no* 2>/dev/null'
# shellcheck disable=SC2016 # for the shell in it
check "uml: make bench makes no storms unasked, and says how to" \
	sh -c '! test -e results/quick/storm.csv.gz && grep -q STORM=1 "$1"' - "$rehearsal_tmp/quick.err"

# With it.
start=$(date +%s)
# Few threads: to refuse a load takes a kernel of User Mode Linux a tenth of a second.
make -s storm TARGET=host PROFILE=quick NAME=storm STORM=1 THREADS=2 EXTRA=0,16 \
	ROUNDS=2 >"$storm_tmp/storm.out" 2>"$storm_tmp/storm.err"
code=$?
echo "# make storm TARGET=host PROFILE=quick STORM=1 THREADS=2: $(($(date +%s) - start)) s"
[ $code = 0 ] || sed 's/^/# /' "$storm_tmp/storm.err"
check "uml: make storm STORM=1" test $code = 0
for file in result.json storm.csv.gz report.txt report.html; do
	check "uml: the storms have $file" test -s "results/storm/$file"
done
check "uml: stdout is the report" cmp -s "$storm_tmp/storm.out" results/storm/report.txt
.build/ncbench report storm >"$storm_tmp/again.txt" 2>&1
check "uml: report from the stored storms is the same to the byte" \
	cmp -s "$storm_tmp/again.txt" results/storm/report.txt
for line in calls records probes rollback; do
	check "uml: the report says ok to $line" grep -qE "^  $line +\[ok\]" results/storm/report.txt
done
check "uml: nothing is loaded after storms" nothing_loaded
sed 's/^/# | /' results/storm/report.txt

# What others loaded is theirs: the names of payloads, but not their version; names that
# are nearly those of payloads.
decoy=$rehearsal_tmp/decoy
insmod "$decoy/ncb_small_9999.ko"
insmod "$decoy/ncbx_small_0001.ko"
clean
check "uml: --clean leaves modules of others" sh -c \
	'test -e /sys/module/ncb_small_9999 && test -e /sys/module/ncbx_small_0001'
check "uml: and says that nothing was left" said clean 'nothing was left'
insmod "$decoy/ncb_small_0001.ko"
storm way --yes --modes churn,duplicate
check "uml: a module of others in the way is exit 1" test $? = 1
check "uml: and is named, with the way out" said way 'rmmod ncb_small_0001'
check "uml: and stays loaded" test -e /sys/module/ncb_small_0001
check "uml: and nothing is kept of it" test ! -e results/way
rmmod ncb_small_0001

# In use: what stays is said, after a bounded wait.
insmod "$built/ncb_symbols_0000.ko"
insmod "$decoy/holder.ko"
start=$(date +%s)
clean
check "uml: a payload in use is exit 1" test $? = 1
check "uml: and said" said clean 'cannot unload ncb_symbols_0000: .*something uses it'
check "uml: and not waited for without end" test $(($(date +%s) - start)) -lt 30
storm busy --yes
check "uml: no storm begins beside it" test $? = 1
rmmod holder
clean
check "uml: once it is free --clean removes it" test $? = 0
check "uml: and says so" said clean 'an earlier storm left 1 modules'

# Storms that take a while, to be broken off.
long() {
	long_name=$1
	storm "$long_name" --yes --rounds 40000 --modules 4 &
	long_pid=$!
	tries=0
	while ! grep -q '^ncb_storm ' /proc/modules && [ $tries -lt 600 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	check "uml: a long storm begins" grep -q '^ncb_storm ' /proc/modules
	[ $tries -lt 600 ] || sed 's/^/# /' "$storm_tmp/$long_name.out"
	sleep 1
}

# Ctrl-C, and a second one beside it. Names: not those of the runs that uml-rehearsal.sh
# left in the same folder, or they are refused.
long cut
storm second --yes
code=$?
check "uml: a second storm at the same time is refused" test $code = 1
check "uml: and told why" said second 'another ncbench is measuring'
.build/ncbench storm --clean >"$storm_tmp/second.out" 2>&1
check "uml: nor does --clean unload what is being measured" said second 'another ncbench'
kill -INT "$(pgrep -f 'ncbench storm.*cut')"
wait $long_pid
check "uml: an interrupted storm is exit 1" test $? = 1
check "uml: and unloads all" sh -c '! grep -E "^ncb_(storm|small_000)" /proc/modules'
check "uml: and is kept and marked" sh -c \
	'tr -d " \n" <results/cut/result.json | grep -q "\"interrupted\":true"'
.build/ncbench report cut >"$storm_tmp/report.out" 2>&1
check "uml: and can be reported on" test $? = 0

# Killed: --clean finds what is left, and so does the next storm.
for next in clean storm; do
	long killed
	kill -KILL "$(pgrep -f 'ncbench storm.*killed')"
	wait $long_pid 2>/dev/null
	check "uml: a killed storm leaves no run behind" test ! -e results/killed
	check "uml: but its module" grep -q '^ncb_storm ' /proc/modules
	check "uml: and its copies" sh -c "ls -d '/run/copies/'ncbench-storm-* >/dev/null"
	if [ $next = clean ]; then
		clean
	else
		# With a yes from a terminal.
		script -qec ".build/ncbench storm -t host --built '$built' -p quick -n clean \
			--modes churn --threads 1 --extra 0 --modules 2 --rounds 2" "$storm_tmp/clean.out" \
			>/dev/null <<-END
				y
			END
	fi
	check "uml: which the next $next removes" test $? = 0
	check "uml: and says so" said clean 'an earlier storm left [1-9][0-9]* modules loaded and 1 folders'
	check "uml: all of it" sh -c \
		"! grep -E '^ncb_(storm|small_000)' /proc/modules && ! ls -d '/run/copies/'* 2>/dev/null"
done
check "uml: a yes at a terminal is one" test -s results/clean/storm.csv.gz
rmmod ncb_small_9999 ncbx_small_0001

# Disks that are full.
mkdir -p /run/storm
mount -t tmpfs -o size=64k small /run/storm
storm full --yes --results /run/storm
check "uml: a full disk for the run is exit 1" test $? = 1
check "uml: and said" said full '[Nn]o space'
dd if=/dev/zero of=/run/storm/fill bs=1k count=60 2>/dev/null
TMPDIR=/run/storm storm copies --yes --modules 64
check "uml: a full disk for the copies is exit 1" test $? = 1
check "uml: and said, with the way out" said copies 'TMPDIR chooses another'
check "uml: and nothing of it stays" sh -c '! ls -d /run/storm/ncbench-storm-* 2>/dev/null'
umount /run/storm
check "uml: nothing is loaded after that" nothing_loaded

# Payloads that the kernel does not take: storm_with NAME SED SAYS.
cp "$built/ncb_small_0000.ko" "$storm_tmp/good.ko"
storm_with() {
	sed -i "$2" "$built/ncb_small_0000.ko"
	storm "$1" --yes
	check "uml: a payload, $1, is exit 1" test $? = 1
	check "uml: and said" said "$1" "$3"
	check "uml: nothing is loaded after that" nothing_loaded
	cp "$storm_tmp/good.ko" "$built/ncb_small_0000.ko"
}
storm_with vermagic 's/vermagic=6/vermagic=5/' 'for another kernel'
storm_with symbol 's/param_ops_uint/param_ops_uinx/g' 'a symbol is missing'
mv "$built/ncb_small_0000.ko" "$built/elsewhere"
storm absent --yes
check "uml: a payload that is not there is exit 1" test $? = 1
check "uml: and said" said absent 'ncb_small_0000.ko: No such file'
mv "$built/elsewhere" "$built/ncb_small_0000.ko"
storm nowhere --yes --built /run/nowhere
check "uml: no folder of modules is exit 1" test $? = 1
check "uml: and said" said nowhere '/run/nowhere/ncbench.ko: No such file'

# Input that makes no sense: exit 2, and one sentence with field, value and range.
bad() {
	what=$1
	shift
	storm bad --yes "$@"
	check "uml: $* is exit 2" test $? = 2
	check "uml: and said" said bad "$what"
}
bad "modes: 'chrun'.*distinct, duplicate" --modes chrun
bad "shapes: 'big'.*small, text" --shapes big
bad "threads: '0'.*1 .. 1024" --threads 0
bad "threads: '1025'.*1 .. 1024" --threads 1025
bad "modules: '0'.*1 .. 4096" --modules 0
bad "modules: '5000'.*1 .. 4096" --modules 5000
bad "rounds: '0'.*1 .. 100000" --rounds 0
bad "extra: '2000'.*0 .. 1024" --extra 2000
bad "cpus: .*guests" --cpus 2

# Without the right to load, and, last of all, a kernel that takes no module any more.
setpriv --bounding-set=-sys_module --inh-caps=-sys_module .build/ncbench storm -t host -p quick \
	-n caps --yes >"$storm_tmp/caps.out" 2>&1 </dev/null
check "uml: without CAP_SYS_MODULE it is exit 4" test $? = 4
check "uml: and said" said caps 'CAP_SYS_MODULE'
echo 1 >/proc/sys/kernel/modules_disabled
storm disabled --yes
check "uml: kernel.modules_disabled is exit 4" test $? = 4
check "uml: and said" said disabled 'modules_disabled'
unset TMPDIR
