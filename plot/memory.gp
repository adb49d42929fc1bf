# SPDX-License-Identifier: GPL-2.0-only
# Bytes that the doubly-linked list takes more, by cause: a panel for each thing that they
# are bytes of, a bar for each cause.
# <name>.tsv: one block per panel: place bytes known cause figure; known: 0 counted,
# 1 at least, 2 computed, 3 not known
# Also set before: panels (how many), and of each panel i: bars<i>, low<i>, high<i>, title<i>

file = name.'.tsv'
panel(what, i) = value(sprintf('%s%d', what, i))
is(kind) = column(3) == kind ? column(2) : NaN
counted = '#0072B2'
computed = '#D55E00'
# In pixels: titles and legend, then of each panel its title, its bars and its axis.
top = 80.0
above = 34
bar = 22
below = 28
set multiplot title title."\n".place
set lmargin at screen 0.235
set rmargin at screen 0.975
set style fill solid 0.85 noborder
set border 1
set grid xtics noytics ls 100
set ytics font ',11' scale 0
unset key

# Beside the first panel, so that it is drawn once.
y = 1 - 70.0 / height
tall = 10.0 / height
set object 1 rectangle from screen 0.31, y rto screen 0.03, tall fs solid 0.85 noborder fc rgb counted
set object 2 rectangle from screen 0.49, y rto screen 0.03, tall fs pattern 4 border lc rgb counted fc rgb counted
set object 3 rectangle from screen 0.67, y rto screen 0.03, tall fs solid 0.85 noborder fc rgb computed
set label 1 'counted' at screen 0.35, y + tall / 2 font ',11'
set label 2 'at least' at screen 0.53, y + tall / 2 font ',11'
set label 3 'computed' at screen 0.71, y + tall / 2 font ',11'

do for [i=1:panels] {
	bottom = top + above + bar * panel('bars', i)
	set tmargin at screen 1 - (top + above) / height
	set bmargin at screen 1 - bottom / height
	top = bottom + below
	set title panel('title', i) font ',12' offset 0, -0.6
	set yrange [panel('bars', i) - 0.4:-0.6]
	# Room for the figures behind the bars; where none has a length, 0 is all there is.
	span = panel('high', i) - panel('low', i)
	set xrange [panel('low', i):panel('high', i) + (span ? 0.36 * span : 1)]
	set xtics font ',10' autofreq
	if (span == 0) { set xtics (0) }
	set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#444444' lw 1 dt solid
	plot file index i-1 using (is(0)):1:(0):2:($1-0.34):($1+0.34):ytic(4) with boxxyerror lc rgb counted, \
	     file index i-1 using (is(1)):1:(0):2:($1-0.34):($1+0.34) with boxxyerror fs pattern 4 border lc rgb counted lc rgb counted, \
	     file index i-1 using (is(2)):1:(0):2:($1-0.34):($1+0.34) with boxxyerror lc rgb computed, \
	     file index i-1 using ($2 > 0 ? $2 : 0):1:5 with labels left offset 0.6, 0 font ',11'
	unset object
	unset label
}
unset multiplot
