# scaling.gp: throughput of n threads over that of one, a panel a workload.
# gnuplot -c scaling.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'threads'
y_label = 'times one thread'
load plots . '/panels.gp'
