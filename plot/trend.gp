# SPDX-License-Identifier: GPL-2.0-only
# One row over many kernels: above the cost, below the same relative to the
# module's own engines, which no kernel changes.
# <name>.tsv: number kernel cost low high relative low high
# Also set before: points (how many), relative (0: there is none), what (the arm)

file = name.'.tsv'
set xrange [0.5:points + 0.5]
set yrange [*:*]
set offsets graph 0, graph 0, graph 0.08, graph 0.08
set lmargin 11
set rmargin 4
unset key
set xtics rotate by -35 scale 0.5

set multiplot
if (relative) { set origin 0, 0.5; set size 1, 0.5 } else { set origin 0, 0; set size 1, 1 }
set title title."\n".place
set ylabel 'cost ['.unit.']'
if (relative) { set format x ''; set bmargin 0.8; set xtics 1 }
if (relative) {
	plot file using 1:3 with lines ls 8 notitle, file using 1:3:4:5 with yerrorbars ls 2 dt solid notitle
} else {
	plot file using 1:3 with lines ls 8 notitle, file using 1:3:4:5:xtic(2) with yerrorbars ls 2 dt solid notitle
}
if (relative) {
	set origin 0, 0
	set size 1, 0.5
	unset title
	set tmargin 0.8
	set bmargin 6
	set format x '%g'
	set ylabel 'relative to own engines'
	plot file using 1:6 with lines ls 8 notitle, file using 1:6:7:8:xtic(2) with yerrorbars ls 3 dt solid notitle
}
unset multiplot
