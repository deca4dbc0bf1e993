/* rate_sweep.h: finds, for each map, the highest rate of an open loop that keeps p99.9 of the
 * response time under a bound. Called by cmd/sweep.c.
 *
 * First each map is measured in a closed loop: from the slowest one's throughput follows where the
 * search (rate_search.h) begins. Then, step by step, every map whose search is not over gets its
 * next rate as a point of its own; runner.h runs the rounds of all maps of the step in shuffled
 * order, so that the maps meet the same neighbours.
 *
 * A rate passes when, over the rounds of its point,
 *   - the median of response_p999_ns is at most the bound, and
 *   - the median of rate_achieved_share is at least RATE_SWEEP_ACHIEVED_LEAST: a trial ends with
 *     its tapes, so a rate that the map cannot hold for long might still end under the bound.
 *
 * The next step follows from the results in the folder alone: an interrupted sweep that is run
 * again finds its finished rounds there and goes the same way.
 */
#ifndef TMB_RATE_SWEEP_H
#define TMB_RATE_SWEEP_H

#include "run/matrix.h"
#include "run/runner.h"

#define RATE_SWEEP_ACHIEVED_LEAST 0.99

struct rate_sweep {
  double p999_bound_ns;
  double precision;    /* the search ends when the lowest rate that failed is at most this share
                          above the highest that passed */
  uint64_t first_rate; /* 0: as the closed loop says */
  enum arrival_process arrivals;
};

/* As a plan holds it, and back. False: not such an object, with a sentence in
 * error[MATRIX_ERROR_BYTES]. */
json_t *rate_sweep_json(const struct rate_sweep *);
bool rate_sweep_from_json(const json_t *, struct rate_sweep *, char *error);

/* What became of one rate of one map. */
struct rate_try {
  const struct point *point;
  size_t index; /* of the point in the matrix */
  unsigned rounds, rounds_under;
  double p999_ns, p999_least_ns, p999_most_ns; /* of the response time: median, least, most */
  double achieved_share, late_share;           /* medians */
  double start_delay_ns; /* p99.9, median: above the bound, the machine fails, not the map */
  bool measured;         /* false: the point failed, or was interrupted */
  bool passed;
};

typedef void rate_sweep_watch(void *arg, const struct rate_try *);

/* The matrix holds one point a map, of a closed loop; the rates that are tried are added to it.
 * `watch` is told of each. *verdict: what sweep.json holds, a new reference. False with a sentence
 * in error[MATRIX_ERROR_BYTES]; the verdict is then NULL. */
bool rate_sweep_run(const struct rate_sweep *, struct matrix *, const struct runner_options *,
                    rate_sweep_watch *watch, void *arg, struct runner_outcome *, json_t **verdict,
                    char *error);

#endif
