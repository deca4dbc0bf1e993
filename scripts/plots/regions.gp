# regions.gp: throughput over threads with each region, a panel a workload.
# gnuplot -c regions.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'threads'
y_label = 'operations per second'
set logscale x 2
set logscale y 10
load plots . '/panels.gp'
