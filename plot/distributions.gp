# SPDX-License-Identifier: GPL-2.0-only
# How often a sample cost so much: the old above the line, the new below.
# <name>.tsv: two blocks per panel: cost old new width; cost low high place
# Also set before: panels, old, new (names), row<i>, low<i>, high<i>

file = name.'.tsv'
set multiplot layout (panels + 1) / 2, 2 title title.': samples of each cost, '.place margins 0.04, 0.97, 0.07, 0.88 spacing 0.06, 0.11
set yrange [-1.1:1.1]
unset ytics
unset grid
set border 1 lc rgb '#444444'
set xzeroaxis lc rgb '#444444' lw 1 dt solid
set xtics font ',11'
set key top right samplen 1.5 font ',11'
do for [i=1:panels] {
	set title value(sprintf('row%d', i)).' ['.unit.']' font ',12' offset 0, -0.6
	set xrange [value(sprintf('low%d', i)):value(sprintf('high%d', i))]
	plot file index 2 * i - 2 using 1:2:4 with boxes fs solid 0.55 noborder lc rgb '#0072B2' title old, \
	     file index 2 * i - 2 using 1:3:4 with boxes fs pattern 4 border lc rgb '#D55E00' title new, \
	     file index 2 * i - 1 using 1:4:2:3 with xerrorbars lc rgb '#000000' lw 1.5 pt 7 ps 0.6 notitle
	unset key
}
unset multiplot
