# cold_warm.gp: time of an insert into fresh and into used pages over the number of keys.
# gnuplot -c cold_warm.gp VARS OUT svg|png; VARS is written by tmb report (harness/report/picture.c).
out = ARG2
format = ARG3
load ARG1
x_label = 'keys'
y_label = 'time per insert'
set logscale xy 10
load plots . '/panels.gp'
