# cost.gp: thread time of an operation over the number of keys in the map.
# gnuplot -c cost.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'keys'
y_label = 'time per operation'
set logscale xy 10
load plots . '/panels.gp'
