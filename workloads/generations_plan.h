/* generations_plan.h: what the workload `generations` puts: the streams of a corpus, over and over,
 * each step a string or a stack.
 *
 * A corpus may have fewer different keys than a generation shall have. Then a share of the puts is
 * numbered: "#" and a number behind a string; further callers around a stack, their program
 * counters taken from the corpus and standing for the number. The number says where in its
 * generation the put stands, so every generation meets the same numbers, as a tracer meets the same
 * stacks again.
 */
#ifndef TMB_GENERATIONS_PLAN_H
#define TMB_GENERATIONS_PLAN_H

#include "corpus_streams.h"

enum generations_parameter {
  PARAMETER_KEYS,
  PARAMETER_GENERATIONS,
  PARAMETER_RATE,
  PARAMETER_STEP_STACKS,
  PARAMETER_STEP_BLOCKS,
  PARAMETER_ONE_REGION,
};

struct generations_plan {
  struct corpus *corpus;
  uint64_t stretch;     /* steps of a worker a generation, when the switch is after events */
  uint8_t **stack_step; /* by worker, a byte a step: 1 where it puts a stack, 0 for a string */
  struct tape timed[];  /* the plan's */
};

/* As prepare(). */
int generations_plan_prepare(struct workload_plan *);
/* As cleanup(). */
void generations_plan_cleanup(struct workload_plan *);
const struct generations_plan *generations_plan_of(const struct workload_plan *);

#endif
