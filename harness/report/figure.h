/* figure.h: numbers as a reader wants them: three significant digits, a unit, no more.
 *
 * Used by the tables, the pictures and the page. Each call writes into text[FIGURE] and returns it;
 * a value that is not known (NaN) becomes "-". Thread-safe.
 */
#ifndef TMB_REPORT_FIGURE_H
#define TMB_REPORT_FIGURE_H

#include "report/interval.h"

#define FIGURE 48

/* 0.123, 1.23, 12.3, 123, 12345 */
const char *figure_plain(char *text, double value);
/* "850 ns", "1.23 µs", "45.6 ms", "7.89 s" */
const char *figure_time(char *text, double ns);
/* "999", "12.3k", "4.56M", "7.89G" */
const char *figure_rate(char *text, double per_second);
/* "512 B", "1.23 MiB" */
const char *figure_bytes(char *text, double bytes);
/* exact: "1k", "300k", "10M", "6512" */
const char *figure_keys(char *text, double keys);
/* "3 %" with the plus-minus sign in front, "-" when there is no interval */
const char *figure_spread(char *text, const struct interval *interval);
/* "0.98 to 1.03", "-" when there is no interval */
const char *figure_range(char *text, const struct interval *interval);

#endif
