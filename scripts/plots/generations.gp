# generations.gp: puts a second and stalls over time; the panels' titles say which. Logarithmic in y.
out = ARG2
format = ARG3
load ARG1
x_label = 'time since the trial began, ms'
y_label = ''
set logscale y 10
load plots . '/panels.gp'
