# SPDX-License-Identifier: GPL-2.0-only
# How often events happen for one more block: a panel per event, a bar per engine.
# <name>.tsv: one block per event: place count low high style engine
# Also set before: panels, engines (most of a panel), event<i>, top (of the panels, a share)

file = name.'.tsv'
set multiplot layout (panels + 1) / 2, 2 title title.', '.place margins 0.09, 0.97, 0.08, top spacing 0.11, 0.12
set xrange [-0.6:engines - 0.4]
# Bars begin at 0.
set yrange [*<0:*]
set boxwidth 0.6
set xtics font ',11' scale 0
set ytics font ',11'
set xzeroaxis lc rgb '#444444' lw 1 dt solid
set offsets 0, 0, graph 0.12, 0
unset key
do for [i=1:panels] {
	set title value(sprintf('event%d', i)).' per block' font ',12' offset 0, -0.5
	plot file index i-1 using 1:2:xtic(6) with boxes lc rgb '#56B4E9' fs solid 0.7 noborder, \
	     file index i-1 using 1:2:3:4 with yerrorbars lc rgb '#000000' lw 1.5 pt 7 ps 0.5
}
unset multiplot
