/* gnuplot.h: runs the system's gnuplot on one picture's files. Called by pictures.c. */
#ifndef TMB_REPORT_GNUPLOT_H
#define TMB_REPORT_GNUPLOT_H

#include <stdbool.h>

/* Whether there is a gnuplot on the PATH. */
bool gnuplot_present(void);

/* Draws <work>/<name>.vars by <plots>/<name>.gp as <out>/<name>.svg and .png, each whole or not at
 * all. False with a sentence in error[RUN_ERROR]. */
bool gnuplot_draw(const char *plots, const char *work, const char *name, const char *out,
                  char *error);

#endif
