/* tics.h: where an axis has tics and what they say, as the inside of gnuplot's `set xtics (…)`;
 * empty when gnuplot is to choose. Called by picture.c. Gnuplot puts tics of a logarithmic axis at
 * powers alone, which leaves none on an axis that spans less than a decade. Thread-safe.
 */
#ifndef TMB_REPORT_TICS_H
#define TMB_REPORT_TICS_H

#include <stdio.h>

#include "report/picture.h"

/* values: where points are, for an axis whose tics follow them. */
void tics_write(FILE *out, enum axis axis, double low, double high, const double *values,
                size_t value_count);

#endif
