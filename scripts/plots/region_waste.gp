# region_waste.gp: bytes that regions mapped and did not use, over seats and over threads.
# gnuplot -c region_waste.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'threads (first panel: seats)'
y_label = 'KiB mapped and not used'
set logscale x 2
set logscale y 10
load plots . '/panels.gp'
