/* signed_rank.h: Wilcoxon's signed-rank statistic, exact, for the differences of pairs.
 *
 * Called by verdict.c, ratios.c and drift.c. All calls are pure and thread-safe but for memory;
 * values must be finite.
 *
 * References: F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1
 * (1945); J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests", Annals of
 * Mathematical Statistics 34 (1963); J. W. Tukey's reading of the interval as order statistics of
 * the Walsh averages.
 */
#ifndef TMB_GATE_SIGNED_RANK_H
#define TMB_GATE_SIGNED_RANK_H

#include <stddef.h>

/* Above this 2^-n is no normal double any more. */
enum { SIGNED_RANK_MOST = 1000 };

struct signed_rank_interval {
  double estimate;  /* Hodges-Lehmann: the median of the Walsh averages */
  double low, high; /* -INFINITY and INFINITY when n is too small for that error */
};

/* The probability that the rank sum of the positive differences among n is at most t, when each
 * sign is a fair coin. n from 1 to SIGNED_RANK_MOST. */
double signed_rank_tail(size_t n, size_t t);

/* The centre of n values (1 to SIGNED_RANK_MOST) drawn from a symmetric distribution. Each bound is
 * on the wrong side with a probability of at most `error`, above 0 and below a half: exactly known
 * for values without ties; ties and zeros stay as they are among the Walsh averages, and the closed
 * interval then covers at least as often. */
struct signed_rank_interval signed_rank_interval_of(const double *values, size_t n, double error);

#endif
