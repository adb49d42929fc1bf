# SPDX-License-Identifier: GPL-2.0-only
# Share of the samples that cost at most so much.
# <name>.tsv: one block per arm: cost share
# Also set before: low, high (ends of the axis), cut (share of samples inside it)

file = name.'.tsv'
set title title."\n".place
set xlabel 'cost of one operation ['.unit."]\n".sprintf('(the axis ends where every arm has %g %% of its samples)', cut)
set ylabel 'samples at or below [%]'
set xrange [low:high]
set yrange [0:102]
set key outside right top Left reverse samplen 4 width 1
plot for [i=1:n] file index i-1 using 1:2 with steps ls style(i) title arm(i)
