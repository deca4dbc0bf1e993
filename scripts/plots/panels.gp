# panels.gp: draws the panels of one picture, two in a row, with one legend and a footer.
#
# Loaded by the script of a picture, which has loaded the picture's variables (written by
# harness/report/picture.c) and set x_label, y_label and its axes' scales. Wants: out, format.

ink = '#24292f'
faint = '#d5d9de'
edge = '#6a737d'

# ---- measures, in pixels of the SVG; the PNG has twice as many ----
width = 960.0
columns = panels < 2 ? 1 : 2
rows = (panels + columns - 1) / columns
top = 66.0
panel_height = panels < 3 ? 340.0 : 290.0
longest = 1
do for [c in legend] {
  longest = strlen(curve_title[int(c)]) > longest ? strlen(curve_title[int(c)]) : longest
}
slot = 60.0 + 7.8 * longest
slots = int((width - 40) / slot)
slots = slots > words(legend) ? words(legend) : slots
slots = slots < 1 ? 1 : slots
legend_rows = (words(legend) + slots - 1) / slots
legend_height = 22.0 + 22.0 * legend_rows
footer_height = 48.0
height = top + rows * panel_height + legend_height + footer_height

# An SVG's sizes of letters are pixels, a PNG's are points.
points = format eq 'png' ? 0.75 : 1.0
size_of(pixels) = sprintf(',%.4g', pixels * points)
if (format eq 'png') {
  set terminal pngcairo size 2 * width, 2 * height noenhanced font 'sans' . size_of(13) \
    fontscale 2 linewidth 2 pointscale 2 background rgb '#ffffff'
} else {
  set terminal svg size width, height noenhanced font 'sans-serif,13' background rgb '#ffffff' \
    name picture_name
}
set output out

x_of(pixels) = pixels / width
y_of(pixels) = 1 - pixels / height # from above

set encoding utf8
set border 3 lc rgb ink
set tics nomirror out scale 0.6 textcolor rgb ink
set grid xtics ytics lc rgb faint lt 1 lw 1
set bars 0.6
unset key
set multiplot

do for [p = 1:panels] {
  column = (p - 1) % columns
  row = (p - 1) / columns
  cell = width / columns
  set lmargin at screen x_of(column * cell + 90)
  set rmargin at screen x_of((column + 1) * cell - 16)
  set tmargin at screen y_of(top + row * panel_height + 30)
  set bmargin at screen y_of(top + (row + 1) * panel_height - 52)
  # It stands over the axes, behind which the cell has 16 pixels; a wider one is set smaller.
  title_width = 7.2 * strlen(panel_title[p])
  title_room = cell - 90 + 16
  set title panel_title[p] offset 0, -0.4 textcolor rgb ink \
    font size_of(title_width > title_room ? 13 * title_room / title_width : 13)
  set xlabel (p + columns > panels ? x_label : '') textcolor rgb ink offset 0, 0.3
  if (strlen(x_tics[p])) { eval 'set xtics (' . x_tics[p] . ')' }
  if (strlen(y_tics[p])) { eval 'set ytics (' . y_tics[p] . ')' }
  set xrange [x_low[p]:x_high[p]]
  set yrange [y_low[p]:y_high[p]]
  # Where the machine's next part begins.
  do for [b = 1:boundaries] {
    unset arrow b
    unset label b
    if (boundary_panel[b] == p) {
      set arrow b from first boundary_x[b], graph 0 to first boundary_x[b], graph 1 nohead \
        lc rgb edge dt 3 lw 1
      set label b boundary_label[b] at first boundary_x[b], graph 0.98 rotate by 90 right \
        font size_of(10) textcolor rgb edge offset -0.9, 0
    }
  }
  # A list that may be empty cannot be walked inside plot.
  band_of(i) = int(word(panel_bands[p] . ' 1', i))
  mark_of(i) = int(word(panel_marks[p] . ' 1', i))
  plot for [i = 1:words(panel_bands[p])] data index sprintf('p%dc%db', p, band_of(i)) \
         using 1:3:4 with filledcurves lc rgb curve_color[band_of(i)] \
         fs transparent solid 0.18 noborder, \
       for [c in panel_lines[p]] data index sprintf('p%dc%sl', p, c) using 1:2 with lines \
         lc rgb curve_color[int(c)] dt curve_dash[int(c)] lw curve_width[int(c)], \
       for [i = 1:words(panel_marks[p])] data index sprintf('p%dc%dm', p, mark_of(i)) \
         using 1:2:3:4 with yerrorbars lc rgb curve_color[mark_of(i)] pt curve_marker[mark_of(i)] \
         ps 0.9 lw 1
}

do for [b = 1:boundaries] {
  unset arrow b
  unset label b
}

# ---- title, legend and footer, around an empty plot ----
set label 1001 picture_title at screen x_of(20), y_of(24) font size_of(17) textcolor rgb ink
set label 1002 picture_subtitle at screen x_of(20), y_of(46) textcolor rgb ink
set label 1003 footer_1 at screen x_of(20), y_of(height - 32) font size_of(11) textcolor rgb ink
set label 1004 footer_2 at screen x_of(20), y_of(height - 14) font size_of(11) textcolor rgb ink
do for [row = 0:rows - 1] {
  set label 900 + row y_label at screen x_of(14), y_of(top + (row + 0.5) * panel_height - 11) \
    rotate by 90 center textcolor rgb ink
}
above = top + rows * panel_height + 22
do for [i = 1:words(legend)] {
  c = int(word(legend, i))
  left = 20 + slot * ((i - 1) % slots)
  line = y_of(above + 22 * ((i - 1) / slots))
  set arrow 1000 + i from screen x_of(left), line to screen x_of(left + 32), line nohead \
    lc rgb curve_color[c] dt curve_dash[c] lw curve_width[c]
  set label i '' at screen x_of(left + 16), line \
    point pt curve_marker[c] ps 0.9 lc rgb curve_color[c] lw 1.3
  set label 500 + i curve_title[c] at screen x_of(left + 40), line textcolor rgb ink
}
unset title
unset xlabel
unset border
unset tics
unset grid
unset logscale
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 0.01
set bmargin at screen 0
plot [0:1] [0:1] -1
unset multiplot
