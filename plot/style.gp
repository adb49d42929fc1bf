# SPDX-License-Identifier: GPL-2.0-only
# What all pictures share. Set before, by the driver: format (svg, png), name,
# height, title, place (metric, kernel, target), unit, arms and styles (words, in the
# order of the data blocks of <name>.tsv), against (arm that changes refer to).

if (!exists('height')) { height = 600 }
if (format eq 'svg') {
	set terminal svg size 820,height dynamic font 'sans-serif,14' background 'white'
} else {
	if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
		set terminal pngcairo size 1230,height * 3 / 2 font 'Sans,14' fontscale 1.1 background 'white'
	} else {
		set terminal png size 1230,height * 3 / 2 background '#ffffff'
	}
}
set output name.'.'.format
set datafile separator tab
set datafile missing 'NaN'
set encoding utf8
set termoption noenhanced

# Okabe and Ito's palette; each arm has its own dashes and points as well.
set style line 1 lc rgb '#000000' lw 2 dt '.-'  pt 2  ps 0.7
set style line 2 lc rgb '#0072B2' lw 2 dt solid pt 7  ps 0.7
set style line 3 lc rgb '#D55E00' lw 2 dt '-'   pt 9  ps 0.85
set style line 4 lc rgb '#009E73' lw 2 dt '.'   pt 4  ps 1.1
set style line 5 lc rgb '#CC79A7' lw 2 dt '_'   pt 11 ps 0.85
set style line 6 lc rgb '#E69F00' lw 2 dt '-.'  pt 13 ps 0.85
set style line 7 lc rgb '#56B4E9' lw 2 dt '_-'  pt 5  ps 0.7
set style line 8 lc rgb '#999999' lw 2 dt '-..' pt 6  ps 0.7

set border 3 lc rgb '#444444'
set tics nomirror
set style line 100 lt 1 lc rgb '#d8d8d8' lw 1 dt solid
set grid ytics ls 100
n = words(arms)
arm(i) = word(arms, i)
style(i) = word(styles, i) + 0
