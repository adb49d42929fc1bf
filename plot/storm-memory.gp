# SPDX-License-Identifier: GPL-2.0-only
# Memory over the time of all storms, as more than there was at the beginning.
# <name>.tsv: one block per kind: time MiB
# Also set before: across, up (names of the axes)

file = name.'.tsv'
set title title."\n".place
set xlabel across
set ylabel up
set lmargin 11
set xzeroaxis lc rgb '#444444' lw 1 dt solid
set key outside right top Left reverse samplen 4 width 1
plot for [i=1:n] file index i-1 using 1:2 with steps ls style(i) dt solid lw 1.5 title arm(i)
