# SPDX-License-Identifier: GPL-2.0-only
# A figure against a number that doubles from point to point, with bands.
# <name>.tsv: one block per arm: number value low high
# Also set before: across, up (names of the axes); from_zero, where the axis begins there

file = name.'.tsv'
set logscale x 2
set title title."\n".place
set xrange [*:*] noextend
set yrange [*:*]
set offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05
if (exists('from_zero')) { set yrange [0:*]; set offsets graph 0.03, graph 0.03, graph 0.05, 0 }
set xlabel across
set ylabel up
set lmargin 11
set key outside right top Left reverse samplen 4 width 1
plot for [i=1:n] file index i-1 using 1:3:4 with filledcurves ls style(i) fs transparent solid 0.18 noborder notitle, \
     for [i=1:n] file index i-1 using 1:2 with linespoints ls style(i) title arm(i)
