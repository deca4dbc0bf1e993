/* interval.h: medians, Student's 95 % intervals of rounds, and ratios of two points.
 *
 * Called by points.c, report_tables.c and usl.c. Times are compared in logarithms: what disturbs a
 * round multiplies its time, it does not add to it. All calls are pure and thread-safe; values must
 * be finite and above 0.
 *
 * Reference: B. L. Welch, "The generalization of Student's problem when several different
 * population variances are involved", Biometrika 34 (1947).
 */
#ifndef TMB_REPORT_INTERVAL_H
#define TMB_REPORT_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
  double centre;    /* geometric mean, or ratio of two geometric means */
  double low, high; /* 95 %; equal to centre when not known */
  bool known;       /* false: fewer than two rounds on a side, so there is no interval */
};

/* The t that Student's distribution with that many degrees of freedom (>= 1, need not be whole)
 * exceeds in absolute value with probability 5 %. */
double interval_student(double degrees);

/* How often the F distribution with those degrees of freedom (> 0) exceeds f >= 0. */
double interval_f_tail(double f, double above_degrees, double below_degrees);

/* The middle value, or the mean of the middle two. n >= 1. */
double interval_median(const double *values, size_t n);

/* Of the mean logarithm of n >= 1 values. */
struct interval interval_of(const double *values, size_t n);

/* Of the ratio above / below, by Welch's method on logarithms; n, m >= 1. */
struct interval interval_of_ratio(const double *above, size_t n, const double *below, size_t m);

/* Half the interval's width in per cent of the centre, upwards: the x of "± x %". */
double interval_percent(const struct interval *interval);

/* Whether a ratio's interval holds 1. */
bool interval_holds_one(const struct interval *ratio);

#endif
