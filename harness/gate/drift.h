/* drift.h: where in a series of figures something changed, if anything did: many small steps pass a
 * gate, and their sum shows here.
 *
 * Pettitt's statistic, with the probability found by shuffling the series, so that ties and short
 * series are no matter. Called by advice.c. Pure but for memory; thread-safe.
 *
 * Reference: A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied
 * Statistics 28 (1979).
 */
#ifndef TMB_GATE_DRIFT_H
#define TMB_GATE_DRIFT_H

#include <stddef.h>

/* A shorter series has not enough orders for a change to be unlikely; of a longer one only the end
 * is looked at. */
enum { DRIFT_LEAST = 8, DRIFT_MOST = 500 };

struct drift {
  size_t first;         /* index of the first figure after the change */
  double before, after; /* medians */
  double probability;   /* that a series without a change has one as clear; 1: not looked for */
};

/* Of n figures in their order, all finite. The same series gives the same answer. */
struct drift drift_find(const double *values, size_t n);

#endif
