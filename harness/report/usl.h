/* usl.h: the Universal Scalability Law, fitted to what was measured: a model, never a measurement.
 *
 * Thread time per operation with n threads: one * (1 + contention (n - 1) + coherence n (n - 1)).
 * Contention is the share of the work that threads do one after the other, coherence what each pair
 * of threads costs both. Read by scaling_model.c and pictures.c. Thread-safe.
 *
 * Reference: N. J. Gunther, "Guerrilla Capacity Planning", Springer 2007, chapters 4 to 6.
 */
#ifndef TMB_REPORT_USL_H
#define TMB_REPORT_USL_H

#include <stddef.h>
#include <stdint.h>

#include "report/interval.h"

/* Three parameters pass through any three points. As many points again are needed before the fit
 * can fail, and so before it says anything. */
#define USL_LEAST_COUNTS 6

enum { USL_RESAMPLES = 1000 };

/* All rounds with one number of threads. */
struct usl_point {
  unsigned threads;
  const double *ns_per_op; /* thread time, one a round, above 0 */
  size_t rounds;
};

enum usl_verdict {
  USL_FITS,
  USL_FEW_COUNTS,   /* fewer than USL_LEAST_COUNTS numbers of threads */
  USL_FEW_ROUNDS,   /* a single round somewhere: no band can be had */
  USL_DOES_NOT_FIT, /* the points are further from the curve than their rounds explain */
};

struct usl_curve {
  double one, linear, square; /* ns: one + linear (n - 1) + square n (n - 1) */
};

struct usl {
  enum usl_verdict verdict;
  size_t counts;
  /* The rest only with USL_FITS and USL_DOES_NOT_FIT. Intervals: 95 % of the resamples. */
  struct usl_curve curve;
  struct interval one_ns, contention, coherence;
  double worst; /* measured over model at the number of threads that is worst */
  unsigned worst_threads;
  struct usl_curve resample[USL_RESAMPLES]; /* rounds drawn again, with replacement */
};

/* points: by rising threads, each number once. */
void usl_fit(const struct usl_point *points, size_t count, uint64_t seed, struct usl *usl);

/* Thread time per operation by the model, with its band, between the least and the most threads
 * that were measured: the curve says nothing beyond them. */
struct interval usl_ns(const struct usl *usl, double threads);

#endif
