/* half.h: one half of a pair of the regression gate: what one build takes for one point, in a fresh
 * process.
 *
 * A fixed number of chunks; a chunk is a trial, so all have the same operations. The first trial of
 * a process finds caches and predictors that nobody warmed: it runs before, and is not a chunk.
 */
#ifndef TMB_HALF_H
#define TMB_HALF_H

#include <jansson.h>

#include "run/trial.h"

#define HALF_CHUNKS_LEAST 8
#define HALF_CHUNKS_MOST 1000

/* The half as pairs.jsonl has it: {"chunk_ns": wall time of each chunk, "cpu_ns": CPU time, mean of
 * all chunks, "counters": cycles, instructions and llc_misses, the same mean, where the machine
 * counts them}. All are per operation, times in ns and of all threads together (wall time times
 * threads). A new reference; NULL with what *problem says and a sentence in
 * error[POINT_ERROR_BYTES]. */
json_t *half_measure(const struct point *, unsigned chunks, enum trial_problem *, char *error);

/* {"instructions": N}: those of the calls into the map that end the tapes, counted one by one
 * (measure/call_counter.h): the same number on every run of the same build. Else as above. */
json_t *half_count_instructions(const struct point *, enum trial_problem *, char *error);

#endif
