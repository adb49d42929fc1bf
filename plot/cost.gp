# SPDX-License-Identifier: GPL-2.0-only
# Cost against length with bands; below, the change against one arm in percent.
# <name>.tsv: one block per arm: length cost low high change low high; where there
# are changes, a last block: length low high of the A/A envelope
# Also set before: changes (0: there is nothing to compare with), narrow (1: the
# costs span so little that the axis wants more labels)

file = name.'.tsv'
set logscale x 2
set xrange [*:*] noextend
set offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05
set key outside right top Left reverse samplen 4 width 1
set lmargin 11
set rmargin 16

set multiplot
if (changes) { set origin 0, 0.36; set size 1, 0.64 } else { set origin 0, 0; set size 1, 1 }
set title title."\n".place
set logscale y
set yrange [*:*] noextend
set ytics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6)
if (narrow) {
	set ytics (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 7000, 1e4, 1.5e4, 2e4, 3e4, 4e4, 5e4, 7e4, 1e5, 2e5, 5e5, 1e6)
}
unset mytics
set ylabel 'cost of one operation ['.unit.']'
if (changes) { unset xlabel; set format x ''; set bmargin 0.6 } else { set xlabel 'blocks on the chain'; }
plot for [i=1:n] file index i-1 using 1:3:4 with filledcurves ls style(i) fs transparent solid 0.18 noborder notitle, \
     for [i=1:n] file index i-1 using 1:2 with linespoints ls style(i) title arm(i)

if (changes) {
	set origin 0, 0
	set size 1, 0.36
	unset title
	unset logscale y
	set yrange [*:*]
	set ytics autofreq
	set xzeroaxis lc rgb '#444444' lw 1 dt solid
	unset key
	set format x '%g'
	set bmargin 3.2
	set tmargin 0.6
	set xlabel 'blocks on the chain'
	set ylabel 'against '.against.' [%]'
	plot file index n using 1:2:3 with filledcurves lc rgb '#d4d4d4' title 'A/A', \
	     for [i=1:n] file index i-1 using 1:6:7 with filledcurves ls style(i) fs transparent solid 0.18 noborder notitle, \
	     for [i=1:n] file index i-1 using 1:5 with linespoints ls style(i) title arm(i)
}
unset multiplot
