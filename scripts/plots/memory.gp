# memory.gp: bytes of region and table per key over the number of keys.
# gnuplot -c memory.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'keys'
y_label = 'bytes per key'
set logscale xy 10
load plots . '/panels.gp'
