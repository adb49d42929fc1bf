#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Looks at report.html in a real browser, headless Chromium, at 360 and 1280
# pixels, in light and dark: nothing in the console, every picture there, no
# text cut, cut off or too faint, and the page itself never scrolls sideways.
# The page has no scripts; a *copy* of it gets one that writes down its findings.
# Bugs planted into the copy have to be found.
. bench/tests/tap.sh

browser=
for name in chromium chromium-browser google-chrome; do
	command -v $name >/dev/null 2>&1 && browser=$name && break
done
if [ -z "$browser" ]; then
	skip "browser: report.html" "no chromium ('bench/deps.sh test' installs it)"
	finish
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/look.html" <<'LOOK'
<script>
addEventListener("load", () => {
	const bad = [], wide = innerWidth;
	const say = (what, e) => bad.push(what + ": <" + e.tagName.toLowerCase() + "> " +
		(e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 60));
	const colour = c => (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
	const light = c => { const [r, g, b] = colour(c).map(v => v / 255)
		.map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const paper = e => { for (; e; e = e.parentElement) {
		const c = getComputedStyle(e).backgroundColor, n = colour(c);
		if (n.length < 4 || n[3] > 0) return c; } return "rgb(255,255,255)"; };
	const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX);
	const boxed = e => { for (; e; e = e.parentElement) if (scrolls(e)) return true; };
	if (document.documentElement.scrollWidth > wide)
		bad.push("the page is " + document.documentElement.scrollWidth + " wide");
	for (const e of document.body.querySelectorAll("*")) {
		const s = getComputedStyle(e), r = e.getBoundingClientRect();
		const svg = e.ownerSVGElement, text = [...e.childNodes].some(n =>
			n.nodeType == 3 && n.textContent.trim());
		if (/^(script|style|defs|title)$/i.test(e.tagName) || e.closest("defs")) continue;
		if (/^(img|svg)$/i.test(e.tagName) && !svg && (r.width < 50 || r.height < 50 ||
		    (e.tagName == "IMG" && !e.naturalWidth))) say("no picture", e);
		if (!svg && e.clientWidth && e.scrollWidth > e.clientWidth + 1 && !scrolls(e))
			say("cut or over its edge", e);
		if (!svg && /hidden|clip/.test(s.overflowY) && e.scrollHeight > e.clientHeight + 1)
			say("cut below", e);
		if (!svg && r.width && r.right > wide + 1 && !boxed(e)) say("outside of the page", e);
		if (!text || !r.width) continue;
		if (svg) {
			const o = svg.closest("figure svg").getBoundingClientRect();
			if (r.left < o.left - 1 || r.right > o.right + 1 || r.top < o.top - 1 ||
			    r.bottom > o.bottom + 1) say("outside of its picture", e);
		}
		const ink = light(svg ? s.fill : s.color), back = light(paper(svg ? svg.closest("figure") : e));
		if ((Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05) < 4.5)
			say("too faint", e);
		if (r.height > 0 && parseFloat(s.fontSize) < 6) say("too small", e);
	}
	const out = document.createElement("pre");
	out.id = "findings";
	out.textContent = ["width=" + wide,
		"dark=" + matchMedia("(prefers-color-scheme: dark)").matches,
		"pictures=" + document.querySelectorAll("figure svg").length,
		"tables=" + document.querySelectorAll("table").length,
		"bad=" + bad.length, ...bad.slice(0, 8)].join("\n");
	document.body.append(out);
});
</script>
LOOK

# look PAGE WIDTH light|dark: findings into $tmp/findings, the console into $tmp/console
look() {
	sed "/<\/body>/{
		r $tmp/look.html
		N
	}" "$1" >"$tmp/copy.html"
	# A window cannot be as narrow as a telephone; a frame can.
	cat >"$tmp/frame.html" <<-FRAME
		<!DOCTYPE html><meta charset=utf-8><body>
		<iframe src="copy.html" style="border:0" width=$2 height=900></iframe>
		<script>
		addEventListener("load", () => setTimeout(() => {
			const found = frames[0].document.getElementById("findings"),
				out = document.createElement("pre");
			out.id = "findings";
			out.textContent = "\\n" + (found ? found.textContent : "nothing") + "\\n";
			document.body.append(out);
		}, 300));
		</script></body>
	FRAME
	scheme=1
	[ "$3" = dark ] && scheme=0
	# On a busy machine the page may not have been drawn in time: no finding is no result.
	for _ in 1 2 3; do
		browse
		grep -q '^width=' "$tmp/findings" && break
	done
}

# The frame and its console, once.
browse() {
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$tmp/profile" --no-first-run --allow-file-access-from-files \
		--disable-extensions --hide-scrollbars --blink-settings=preferredColorScheme=$scheme \
		--window-size=1400,1000 --enable-logging=stderr --virtual-time-budget=5000 \
		--dump-dom "file://$tmp/frame.html" >"$tmp/dom" 2>"$tmp/log" </dev/null
	grep CONSOLE "$tmp/log" >"$tmp/console"
	sed -n '/<pre id="findings">/,/<\/pre>/p' "$tmp/dom" | grep -v 'pre' >"$tmp/findings"
}

# The page as it is has to be without a fault in WIDTH and SCHEME.
clean() {
	look "$2" "$3" "$4"
	grep -qx "width=$3" "$tmp/findings" && grep -qx bad=0 "$tmp/findings" &&
		grep -qx "dark=$([ "$4" = dark ] && echo true || echo false)" "$tmp/findings" &&
		[ ! -s "$tmp/console" ] && ! grep -qx 'tables=0' "$tmp/findings" &&
		{ [ -z "$pictures" ] || ! grep -qx 'pictures=0' "$tmp/findings"; }
	code=$?
	[ $code = 0 ] || sed 's/^/# /' "$tmp/findings" "$tmp/console" | head -n 14
	check "browser: $1, $3 pixels, $4" test $code = 0
}

# planted "what" WIDTH "words of the finding" sed-script: must be found.
planted() {
	sed "$4" "$page" >"$tmp/planted.html"
	if cmp -s "$page" "$tmp/planted.html"; then
		check "browser: planted: $1 (the script changes nothing)" false
		return
	fi
	look "$tmp/planted.html" "$2" light
	check "browser: planted and found: $1" grep -q "$3" "$tmp/findings" "$tmp/console"
}

pictures=
command -v gnuplot >/dev/null 2>&1 && pictures=yes
page=$tmp/insn.html
.build/ncbench report --format html reference-quick-6.1 >"$page" || exit 1
for width in 360 1280; do
	for scheme in light dark; do
		clean "report of instructions" "$page" $width $scheme
	done
done

# In time: intervals, more columns, distributions.
make --no-print-directory -s .build/make_run &&
	.build/make_run "$tmp/run" 20000 1 quick >/dev/null &&
	.build/ncbench report --format html "$tmp/run" >"$tmp/ns.html" || exit 1
clean "report of times" "$tmp/ns.html" 360 light
clean "report of times" "$tmp/ns.html" 1280 dark

# With counters: in cycles, with pictures of events.
.build/make_run "$tmp/counted" 20000 1 quick counters >/dev/null &&
	.build/ncbench report --format html "$tmp/counted" >"$tmp/counted.html" || exit 1
clean "report with counters" "$tmp/counted.html" 360 dark
clean "report with counters" "$tmp/counted.html" 1280 light

# Storms alone, with their pictures.
.build/make_run "$tmp/storms" storms 1 >/dev/null &&
	.build/ncbench report --format html "$tmp/storms" >"$tmp/storms.html" || exit 1
check "browser: a report of storms has its four pictures" \
	test -z "$pictures" -o "$(grep -c '<svg' "$tmp/storms.html")" = 4
clean "report of storms" "$tmp/storms.html" 360 dark
clean "report of storms" "$tmp/storms.html" 1280 light

# With a flame graph, where perf may sample this machine, and with what is n/a where not.
.build/ncbench run -q -t user -p quick -r 'raw/call/*' -n perf --perf stat,record --commands \
	--results "$tmp" >/dev/null 2>&1 || exit 1
clean "report with perf's sections" "$tmp/perf/report.html" 360 dark
clean "report with perf's sections" "$tmp/perf/report.html" 1280 light

# With figures of memory: their table of structs and their picture.
.build/make_run "$tmp/memory" 20000 1 quick memory >/dev/null &&
	.build/ncbench report --format html "$tmp/memory" >"$tmp/memory.html" || exit 1
check "browser: a report with memory has its picture" \
	test -z "$pictures" -o "$(grep -c 'aria-label="bytes that the doubly' "$tmp/memory.html")" = 2
clean "report with memory" "$tmp/memory.html" 360 dark
clean "report with memory" "$tmp/memory.html" 1280 light

# Before and after is a page of its own, with pictures.
after=$tmp/the-same-machine-with-a-kernel-that-has-a-long-name
.build/make_run "$after" 20000 2 quick >/dev/null &&
	.build/ncbench compare --format html "$tmp/run" "$after" >"$tmp/compare.html" || exit 1
check "browser: before and after has its two pictures" \
	test "$(grep -c '<svg' "$tmp/compare.html")" = 2
clean "comparison" "$tmp/compare.html" 360 dark
clean "comparison" "$tmp/compare.html" 1280 light

long=$(printf '%0200d' 0)
planted "a long cell that does not wrap" 360 'the page is\|outside of the page' \
	"s|<nav |<p style=\"white-space:nowrap\">$long</p><nav |"
planted "text cut by its box" 1280 'cut or over its edge' \
	"s|<nav |<p style=\"width:9em;overflow:hidden;white-space:nowrap\">$long</p><nav |"
planted "a picture that is missing" 1280 'no picture' 's|<nav |<img src="none.png" alt=""><nav |'
planted "ink like the paper" 1280 'too faint' 's|<nav |<p style="color:#eee">faint</p><nav |'
planted "a script that fails" 1280 CONSOLE 's|<nav |<script>nothing()</script><nav |'
finish
