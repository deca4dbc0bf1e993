# stretches.gp: the longest stretch of cleaning without a yield point over the keys of a generation; log
# scales.
out = ARG2
format = ARG3
load ARG1
x_label = 'keys of a generation'
y_label = 'longest stretch'
set logscale xy 10
load plots . '/panels.gp'
