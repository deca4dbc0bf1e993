# response.gp: latency over the rate at which operations come; log scales.
# gnuplot -c response.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'operations per second, asked for'
y_label = 'latency'
set logscale xy 10
load plots . '/panels.gp'
