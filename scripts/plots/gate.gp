# gate.gp: the ratio of each gated benchmark with its interval, and the limit.
# gnuplot -c gate.gp VARS OUT svg|png; VARS is written by tmb gate (harness/gate/gate_picture.c).
out = ARG2
format = ARG3
load ARG1

ink = '#24292f'
faint = '#d5d9de'
width = 960.0
top = 72.0
row_height = 26.0
bottom = 96.0
height = top + rows * row_height + bottom
longest = 10
do for [i = 1:rows] { longest = strlen(label[i]) > longest ? strlen(label[i]) : longest }
left = 30.0 + 6.4 * longest
left = left > 560 ? 560 : left

points = format eq 'png' ? 0.75 : 1.0
size_of(pixels) = sprintf(',%.4g', pixels * points)
if (format eq 'png') {
  set terminal pngcairo size 2 * width, 2 * height noenhanced font 'sans' . size_of(13) \
    fontscale 2 linewidth 2 pointscale 2 background rgb '#ffffff'
} else {
  set terminal svg size width, height noenhanced font 'sans-serif,13' background rgb '#ffffff' \
    name 'gate'
}
set output out
set encoding utf8
x_of(pixels) = pixels / width
y_of(pixels) = 1 - pixels / height

set lmargin at screen x_of(left)
set rmargin at screen x_of(width - 24)
set tmargin at screen y_of(top)
set bmargin at screen y_of(height - bottom)
set border 1 lc rgb ink
set xtics nomirror out scale 0.6 textcolor rgb ink
set grid xtics lc rgb faint lt 1 lw 1
set xrange [x_low:x_high]
set yrange [rows + 0.5:0.5]
unset ytics
unset key
set bars 0.5
set xlabel 'time of an operation, candidate over base (above 1: slower)' textcolor rgb ink
do for [i = 1:rows] {
  set label i label[i] at screen x_of(left - 12), first i right font size_of(11) textcolor rgb ink
}
set arrow from first 1, graph 0 to first 1, graph 1 nohead lc rgb ink lw 1
set label 1001 'The gate: ratios and their intervals' at screen x_of(20), y_of(24) \
  font size_of(17) textcolor rgb ink
set label 1002 'green PASS, red FAIL, amber INCONCLUSIVE, grey not judged; | the limit; open marks: base against itself' \
  at screen x_of(20), y_of(46) font size_of(12) textcolor rgb ink
set label 1003 footer at screen x_of(20), y_of(height - 16) font size_of(11) textcolor rgb ink
plot data using 6:($1 - 0.35):(0):(0.7) with vectors nohead lc rgb '#6a737d' lw 1.5, \
     data using 5:($1 - 0.35):(0):(0.7) with vectors nohead lc rgb '#6a737d' lw 1.5, \
     data using 2:1:3:4:7 with xerrorbars pt -1 lw 2 lc rgb variable, \
     data using 2:($8 == 0 ? $1 : NaN):7 with points pt 7 ps 0.8 lc rgb variable, \
     data using 2:($8 == 1 ? $1 : NaN):7 with points pt 6 ps 0.9 lw 1.5 lc rgb variable
