/* svg.h: what gnuplot's SVG needs to be read on a dark page, and to stand on one page with others.
 * Called by gnuplot.c and page.c. */
#ifndef TMB_REPORT_SVG_H
#define TMB_REPORT_SVG_H

#include <stdbool.h>
#include <stdio.h>

/* Rewrites the file: ids begin with the picture's name, and where the reader prefers dark pages
 * lightness is turned over while hues stay. False with a sentence in error[RUN_ERROR]. */
bool svg_adapt(const char *path, const char *name, char *error);

/* Copies the picture into a page of HTML: without what belongs to a file of its own. label says
 * what it shows, for who cannot see it. False when there is no such file. */
bool svg_inline(FILE *page, const char *path, const char *label);

#endif
