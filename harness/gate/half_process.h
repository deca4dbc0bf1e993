/* half_process.h: measures one half of a pair, in a fresh process of `tmb half`.
 *
 * A tree is a folder as a build or an installation leaves it: bin/tmb and lib/tracemap-bench/. Of
 * the side measured come the map and the region. The program and the workload are the candidate's
 * for both sides, so that only the map differs; but a row of null_map is about the harness, and
 * each side runs its own. Called by pair_run.c; one caller at a time. */
#ifndef TMB_GATE_HALF_PROCESS_H
#define TMB_GATE_HALF_PROCESS_H

#include "gate/pairs.h"
#include "run/child.h"

#define HALF_REASON_BYTES 4096

struct half_task {
  const char *const *tree; /* by enum pairs_side */
  enum pairs_side side;
  const struct manifest_row *row; /* of tier instructions: these are counted, nothing is timed */
  uint64_t seed;
  double timeout_s;
};

struct half_outcome {
  bool good;
  struct pairs_half half; /* when good; of a row in pairs */
  uint64_t instructions;  /* when good; of a row of instructions */
  /* When not good, and no signal asked to stop: the command, how it ended, its last words. */
  enum pairs_trouble trouble;
  char reason[HALF_REASON_BYTES];
  json_t *json; /* half.counters belongs to it */
};

/* Between child_begin() and child_end() of the watch. */
void half_process_run(const struct half_task *, const struct child_watch *, struct half_outcome *);
void half_process_fini(struct half_outcome *);

#endif
