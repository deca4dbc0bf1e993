# latency.gp: latency by percentile; each decade of x is one nine more.
# gnuplot -c latency.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'percentile'
y_label = 'latency'
set logscale xy 10
load plots . '/panels.gp'
