/* gate_measure.h: the measuring half of `tmb gate`: two build trees to pairs. */
#ifndef TMB_GATE_MEASURE_H
#define TMB_GATE_MEASURE_H

#include "gate/pairs.h"

struct gate_measure_options {
  const char *tree[PAIRS_SIDES];
  const char *manifest; /* NULL: share/tracemap-bench/gate.tsv of the candidate */
  const char *folder;   /* made when it is not there; gets pairs.jsonl */
  uint64_t seed;
  double timeout_s; /* of one process */
  size_t pairs;     /* the one look is at so many; 0: the usual looks */
};

/* Measures until all is decided, or interrupted by a signal. False with a sentence in
 * error[GATE_ERROR_BYTES], and then no pairs. */
bool gate_measure(const struct gate_measure_options *, struct pairs *, bool *interrupted,
                  char *error);

#endif
