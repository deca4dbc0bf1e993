# gate_power.gp: how often the gate calls a change slower, over what the change costs.
# gnuplot -c gate_power.gp FOLDER OUT svg|png; power-1.tsv and power-2.tsv in FOLDER, by number of
# threads, are written by ci/gate-selftest.sh: change in percent, share of FAIL in percent, its interval.
folder = ARG1
format = ARG3
ink = '#24292f'
faint = '#d5d9de'
points = format eq 'png' ? 0.75 : 1.0
size_of(pixels) = sprintf(',%.4g', pixels * points)
if (format eq 'png') {
  set terminal pngcairo size 1920, 960 noenhanced font 'sans' . size_of(13) \
    fontscale 2 linewidth 2 pointscale 2 background rgb '#ffffff'
} else {
  set terminal svg size 960, 480 noenhanced font 'sans-serif,13' background rgb '#ffffff' \
    name 'gate_power'
}
set output ARG2
set encoding utf8
set border 3 lc rgb ink
set tics nomirror out scale 0.6 textcolor rgb ink
set grid xtics ytics lc rgb faint lt 1 lw 1
set bars 0.6
set lmargin at screen 0.09
set rmargin at screen 0.97
set tmargin at screen 0.84
set bmargin at screen 0.15
set label 1 'How often the gate says FAIL' at screen 0.02, 0.95 font size_of(17) textcolor rgb ink
set label 2 'a benchmark of a gate of 20; with 95 % intervals; dashed: the limits' \
  at screen 0.02, 0.895 textcolor rgb ink
set xlabel 'time of an operation more than the base, %' textcolor rgb ink
set ylabel 'comparisons that FAIL, %' textcolor rgb ink
set key bottom right textcolor rgb ink
set xrange [-1:*]
set yrange [-3:103]
set arrow 1 from first 2.5, graph 0 to first 2.5, graph 1 nohead dt 2 lw 1.2 lc rgb '#0b6bcb'
set arrow 2 from first 5, graph 0 to first 5, graph 1 nohead dt 2 lw 1.2 lc rgb '#c2410c'
curve(threads) = sprintf('%s/power-%d.tsv', folder, threads)
plot curve(1) using 1:2 with lines lc rgb '#0b6bcb' dt 3 lw 1.2 notitle, \
     curve(1) using 1:2:3:4 with yerrorbars lc rgb '#0b6bcb' pt 7 ps 0.8 title 'one thread', \
     curve(2) using 1:2 with lines lc rgb '#c2410c' dt 3 lw 1.2 notitle, \
     curve(2) using 1:2:3:4 with yerrorbars lc rgb '#c2410c' pt 5 ps 0.8 title 'two threads'
