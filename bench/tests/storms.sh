# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What tests look for in the storms of a run. Sourced.

# storm_records RUN: a line for each record: id, round, what, thread, module, result, start, ns.
storm_records() {
	awk '/^ "storms": \{/ { on = 1 }
	     /^ "[a-z]/ && !/"storms"/ { on = 0 }
	     on && /"id":/ { gsub(/[",]/, ""); print $2 }' "$1/result.json" >"$1.ids"
	zcat "$1/storm.csv.gz" | awk -F, 'NR == FNR { id[n++] = $1; next }
		FNR > 1 && $3 != "memory" { print id[$1], $2, $3, $4, $5, $6, $7, $8 }' "$1.ids" -
}

storm_seconds() {
	sed -n 's/.*"storm_seconds": *"\(.*\)".*/\1/p' "$1/result.json"
}

# says_words FILE "words": wherever the lines break.
says_words() {
	tr -s '\n ' '  ' <"$1" | grep -qF -- "$2" || {
		echo "# nowhere: $2"
		return 1
	}
}

# A load in the chain: LIVE as often as finit_module() or a request succeeded, and as often
# it goes; where all threads load one module, once a round.
storm_lives() {
	awk '$1 !~ /^(fail|veto)/ {
		same = $1 ~ /^(duplicate|copies)/
		if (($3 == "load" || $3 == "request") && $6 == 0)
			same ? once[$1, $2] = 1 : loads[$1]++
		if ($3 == "live")
			live[$1]++
		if ($3 == "unload" && $6 == 0)
			unloads[$1]++
	}
	END {
		for (k in once) {
			split(k, part, SUBSEP)
			loads[part[1]]++
		}
		for (id in loads) {
			n++
			if (live[id] != loads[id] || unloads[id] != loads[id]) {
				print "# " id ": " loads[id] " loads, " live[id] " LIVE, " unloads[id] " unloads"
				bad++
			}
		}
		exit !(n > 5 && !bad)
	}' "$1"
}

# The median of each: "id what n median".
storm_medians() {
	sort -k1,1 -k3,3 -k8,8n "$1" | awk '
		function put() { if (n) print key, n, (v[int((n + 1) / 2)] + v[int(n / 2) + 1]) / 2 }
		{ k = $1 " " $3; if (k != key) { put(); key = k; n = 0 } v[++n] = $8 }
		END { put() }'
}

# storm_alike A B SHARE WHATS IDS: medians agree within that share.
storm_alike() {
	storm_medians "$1" >"$1.medians"
	storm_medians "$2" >"$2.medians"
	awk -v most="$3" -v whats="^($4)\$" -v ids="$5" '
		NR == FNR { a[$1, $2] = $4; next }
		$2 ~ whats && $1 ~ ids && ($1, $2) in a {
			n++
			off = a[$1, $2] ? $4 / a[$1, $2] - 1 : $4 != 0
			off = off < 0 ? -off : off
			worst = off > worst ? off : worst
			if (off > most) {
				print "# " $1, $2 ": " a[$1, $2] " and " $4
				bad++
			}
		}
		END {
			printf "# %d medians, %.4f %% apart at most\n", n, worst * 100
			exit !(n >= 8 && !bad)
		}' "$1.medians" "$2.medians"
}

# instructions MODULE FUNCTION: of one without branches, from its entry to its return.
instructions() {
	objdump -d --no-show-raw-insn --disassemble="$2" "$1" |
		awk '/^ +[0-9a-f]+:/ { n++ } END { print n + 0 }'
}

# built FOLDERS NAME RELEASE: the module for that kernel.
built() {
	for file in .build/"$1"-*/"$2"; do
		grep -qa "vermagic=$3" "$file" && grep -qa '__fentry__' "$file" && echo "$file" && return
	done
}

# What a block of a row costs, with the row's callback out and the storm's in, is what a
# notifier costs: the loader calls its chain by the same functions, COMING so that it can
# be rolled back. Both callbacks are one line of code from entry to return.
storm_agrees() {
	counting=$(instructions "$(built kmod ncbench.ko "$3")" ncb_cb_00)
	extra=$(instructions "$(built storm ncb_storm.ko "$3")" on_extra)
	echo "# callbacks: $counting instructions in rows, $extra in storms"
	[ "$counting" -gt 0 ] && [ "$extra" -gt 0 ] || return 1
	storm_medians "$1" >"$1.medians"
	awk -v counting="$counting" -v extra="$extra" '
		NR == FNR {
			if ($1 == "churn/small/1" || $1 ~ "^churn/small/1/k") {
				k = $1 ~ /\/k/ ? substr($1, 16) : 0
				walk[$2, k] = $4
			}
			next
		}
		/^call \(distinct, packed, warm\)/ { op = "call" }
		/^robust call that succeeds/ { op = "robust" }
		/^$/ { op = "" }
		op && $1 == "blocking" && ($2 == 16 || $2 == 64) { native[op, $2] = $(NF - 1) }
		END {
			due["live"] = due["going"] = (native["call", 64] - native["call", 16]) / 48
			due["coming"] = (native["robust", 64] - native["robust", 16]) / 48
			for (what in due) {
				block = due[what] - counting + extra
				for (k = 16; k <= 256; k *= 4) {
					n++
					got = (walk[what, k] - walk[what, 0]) / k
					if (got != block) {
						print "# " what ", " k " more: " got ", due " block
						bad++
					}
				}
				print "# " what ": " block " instructions for a notifier"
			}
			exit !(n == 9 && !bad && due["live"] > 0)
		}' "$1.medians" "$2"
}

# storm_helpers RUN LIMIT
storm_helpers() {
	awk -v limit="$2" '/"helpers":/ { gsub(/,/, ""); if ($2 > most) most = $2 }
		END { print "# modprobes at once: " most + 0; exit !(most > 1 && most <= limit) }' \
		"$1/result.json"
}

# One LIVE a round, and more than one thread was told that it loaded it.
storm_shares() {
	awk '$1 ~ /^duplicate/ {
		if ($3 == "load" && $6 == 0)
			told++
		live += $3 == "live"
		if ($2 > rounds)
			rounds = $2
	}
	END {
		print "# " told + 0 " loads of " live + 0 " modules in " rounds + 1 " rounds"
		exit !(live == rounds + 1 && told > live)
	}' "$1"
}

# -17 is EEXIST.
storm_refuses() {
	awk '$1 ~ /^copies/ && $3 == "load" { n[$2]++; won[$2] += $6 == 0; lost[$2] += $6 == -17 }
	END {
		for (r in n) {
			rounds++
			bad += won[r] != 1 || lost[r] != n[r] - 1
		}
		exit !(rounds > 1 && !bad)
	}' "$1"
}

# Of the storm with callbacks: every one of the list once for each state of each load.
storm_called() {
	names=$(sed -n '/^  "callbacks": \[/,/^  \]/p' "$1/result.json" | grep -c '"symbol": "[a-z]')
	awk -v names="$names" '$1 ~ /callbacks$/ {
		loads += $3 == "load" && $6 == 0
		if ($3 == "callback")
			called[$5, $6]++
		if ($3 == "callback" && $5 > last)
			last = $5
	}
	END {
		for (k in called) {
			n++
			bad += called[k] != loads
		}
		print "# " names " notifiers with names, " n + 0 " of " 3 * names " states, " loads + 0 " loads"
		exit !(names > 5 && last == names - 1 && n == 3 * names && !bad)
	}' "$2"
}

# Callbacks of a walk come behind its beginning, in its thread: together they take less.
storm_within() {
	grep -E '^[^ ]*/callbacks ' "$1" | sort -k2,2n -k4,4n -k7,7n | awk '
		function put() { if (sum) { n++; bad += sum > whole } sum = 0 }
		$3 ~ /^(coming|live|going)$/ { put(); whole = $8 }
		$3 == "callback" { sum += $8 }
		END { put(); print "# " n + 0 " walks"; exit !(n > 20 && !bad) }'
}

# Counters of the threads, in the kernel alone: less than the clock says of the calls, which
# has all that the CPU does meanwhile; and what 240 notifiers more take, by the walks, is in
# them: within 5 %, since allocations vary by a thousandth of the whole.
storm_counted() {
	storm_medians "$2" >"$2.medians"
	awk '
		NR == FNR {
			if ($1 == "churn/small/1/k16" || $1 == "churn/small/1/k256") {
				walk[$1] += $2 == "coming" || $2 == "live" || $2 == "going" ? $4 : 0
				loads = $2 == "live" ? $3 : loads
			}
			next
		}
		/^ "storms": \{/ { on = 1 }
		/^ "[a-z]/ && !/"storms"/ { on = 0 }
		!on { next }
		{ gsub(/[",]/, "") }
		$1 == "id:" { id = $2 }
		$1 == "inside_ns:" { inside[id] = $2 }
		$1 == "name:" { name = $2 }
		$1 == "value:" && name == "instructions" { counted[id] = $2 }
		END {
			one = "churn/small/1"
			part = counted[one] / inside[one]
			due = loads * (walk[one "/k256"] - walk[one "/k16"])
			got = counted[one "/k256"] - counted[one "/k16"]
			printf "# %.3f of the clock; 240 notifiers: %d counted, %d due\n", part, got, due
			exit !(part > 0.75 && part <= 1 && due > 0 && got > 0.95 * due && got < 1.05 * due)
		}' "$2.medians" "$1/result.json"
}
