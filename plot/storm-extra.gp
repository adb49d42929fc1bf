# SPDX-License-Identifier: GPL-2.0-only
# Latency of a load and of an unload against notifiers more on the chain.
# <name>.tsv: points of loads (more latency low high), their line (more latency),
# points of unloads, their line
# Also set before: across, up (names of the axes), load, unload (titles)

file = name.'.tsv'
set multiplot layout 1, 2 title title.', '.place margins 0.12, 0.98, 0.18, 0.8 spacing 0.1, 0
set xrange [*:*] noextend
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.1
set xlabel across
set ylabel up
unset key
set title load font ',12'
plot file index 1 using 1:2 with lines ls 3, \
     file index 0 using 1:2:3:4 with yerrorbars lc rgb '#0072B2' lw 2 pt 7 ps 0.7
unset ylabel
set title unload font ',12'
plot file index 3 using 1:2 with lines ls 3, \
     file index 2 using 1:2:3:4 with yerrorbars lc rgb '#0072B2' lw 2 pt 7 ps 0.7
unset multiplot
