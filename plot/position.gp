# SPDX-License-Identifier: GPL-2.0-only
# Cost of a robust call against the block that fails.
# <name>.tsv: one block per arm: place cost low high failing-block

file = name.'.tsv'
set title title."\n".place
set xlabel 'block that fails'
set ylabel 'cost of one operation ['.unit.']'
set xrange [-0.3:3.3]
set yrange [0:*]
set key outside right top Left reverse samplen 4 width 1
plot for [i=1:n] file index i-1 using 1:2:3:4 with yerrorbars ls style(i) dt solid notitle, \
     for [i=1:n] file index i-1 using 1:2:xtic(5) with linespoints ls style(i) title arm(i)
