# SPDX-License-Identifier: GPL-2.0-only
# The share of module loads that were done within a time.
# <name>.tsv: one block per storm: latency percent
# Also set before: across, up (names of the axes)

file = name.'.tsv'
set logscale x 10
set title title."\n".place
set xrange [*:*] noextend
set offsets graph 0.03, graph 0.03, 0, 0
# From ns to a minute; powers of ten alone where there are too many of them for more.
stats file using 1 nooutput
if (STATS_max > 300 * STATS_min) {
	set xtics (0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8)
} else {
	set xtics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8)
}
unset mxtics
set yrange [0:101]
set xlabel across
set ylabel up
set grid xtics ytics ls 100
set lmargin 9
set bmargin 8.5
set key below Left reverse samplen 4 width 1 maxrows 4 font ',12'
plot for [i=1:n] file index i-1 using 1:2 with steps ls style(i) title arm(i)
