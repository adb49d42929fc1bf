# SPDX-License-Identifier: GPL-2.0-only
# Change of each row in percent, with its interval.
# <name>.tsv: envelope (place low high row), then one block per verdict
# (change low high place): more, less, only before correction, unresolved,
# equal, within the margin.
# Also set before: rows, least, most (ends of the axis), more, less (words)

file = name.'.tsv'
set title title."\n".place
# Linear near 0, logarithmic far from it: +-5 % and +2000 % stand in one picture.
set nonlinear x via asinh(x / 5.0) inverse 5.0 * sinh(x)
set xrange [least:most]
set yrange [0.3:rows + 0.7]
set xtics (-90, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
unset mxtics
set ytics font ',11' scale 0
set grid xtics noytics ls 100
set border 1 lc rgb '#444444'
set xlabel 'change of the cost [%]' offset 0, 0.4
set bmargin 6.5
set lmargin 27
set key at screen 0.55, screen 0.012 bottom center horizontal samplen 2 font ',12'
set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#444444' lw 1 dt solid
set xtics font ',10'

plot file index 0 using 2:1:2:3:($1-0.36):($1+0.36):ytic(4) with boxxyerror fs solid 1 noborder fc rgb '#d4d4d4' title 'A/A', \
     file index 1 using 1:4:2:3 with xerrorbars lc rgb '#B34700' lw 2 pt 9 ps 0.9 title more, \
     file index 2 using 1:4:2:3 with xerrorbars lc rgb '#0072B2' lw 2 pt 11 ps 0.9 title less, \
     file index 3 using 1:4:2:3 with xerrorbars lc rgb '#444444' lw 1.4 pt 7 ps 0.7 title 'not after correction', \
     file index 4 using 1:4:2:3 with xerrorbars lc rgb '#777777' lw 1.2 pt 6 ps 0.7 title 'not resolved', \
     file index 5 using 1:4:2:3 with xerrorbars lc rgb '#000000' lw 1.2 pt 2 ps 0.7 title 'equal', \
     file index 6 using 1:4:2:3 with xerrorbars lc rgb '#009E73' lw 1.2 pt 4 ps 0.7 title 'within margin'
