/* pair_run.h: measures the pairs of a gate, until every benchmark is decided or had its last look.
 *
 * Instructions come first. Then the benchmarks take turns, a pair each, so that a burst of noise
 * meets all of them; which half of a pair goes first is a coin flip, and each pair has keys of its
 * own, the same for both halves. All of that follows from the seed. A benchmark in trouble costs
 * itself alone. Called by cmd/gate.c. */
#ifndef TMB_GATE_PAIR_RUN_H
#define TMB_GATE_PAIR_RUN_H

#include "gate/pairs.h"

struct pair_run_options {
  const char *tree[PAIRS_SIDES]; /* build trees, as half_process.h has them */
  double timeout_s;              /* of one process */
  FILE *progress;                /* NULL: none */
};

/* Adds to pairs that pairs_create() made. Ctrl-C and SIGTERM end it early, with *interrupted set;
 * what is finished is in the file. False with a sentence in error[GATE_ERROR_BYTES] when a pair
 * could not be kept. */
bool pair_run(struct pairs *, const struct pair_run_options *, bool *interrupted, char *error);

#endif
