# memory_latency.gp: time of a load over the working set.
# gnuplot -c memory_latency.gp VARS OUT svg|png; VARS is written by tmb memory (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'working set, bytes'
y_label = 'time of a load'
set logscale x 2
set logscale y 10
load plots . '/panels.gp'
