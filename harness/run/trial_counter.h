/* trial_counter.h: the instructions and locked instructions of a point's calls, counted
 * (measure/call_counter.h): of put and lookup where the workload plays tapes on a map, of the
 * region's alloc where it calls no map. */
#ifndef TMB_TRIAL_COUNTER_H
#define TMB_TRIAL_COUNTER_H

#include "measure/call_counter.h"
#include "run/trial.h"

/* Counts the last calls of a trial, on a map or region of its own: one seat a worker, taking turns.
 * False with a sentence in error[CALL_COUNTER_ERROR_BYTES]: not on this system, or not for such a
 * workload. */
bool trial_counter_run(const struct trial_rig *, struct call_counts *, char *error);

/* False with a sentence: nothing can be counted on this system. */
bool trial_counter_available(char *error);

#endif
