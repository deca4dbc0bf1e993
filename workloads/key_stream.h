/* key_stream.h: keys and tapes for workloads, all from one seed.
 *
 * Keys are distinct by construction: each holds its own index, scrambled by a bijection of the
 * seed, so no set of seen keys is needed and key i is the same whatever the count.
 *
 *   strings: 5 to 60 bytes, uniform; letters and digits.
 *   stacks:  1 to 128 program counters of 8 bytes, geometric with mean 24; callers are drawn from a
 *            small set, as in a real call tree, so keys differ first in their leaf.
 *
 * All memory comes from plan->allocate. Functions that can run out of it return false; prepare()
 * then returns prepare_out_of_memory().
 */
#ifndef TMB_KEY_STREAM_H
#define TMB_KEY_STREAM_H

#include "api/workload.h"

/* A small seeded generator (splitmix64). */
struct random_stream {
  uint64_t state;
};

/* A stream of its own for each purpose, so that one more draw in one does not shift the others. */
struct random_stream random_stream_from(uint64_t seed, uint64_t purpose);
uint64_t random_stream_next(struct random_stream *);
/* Uniform in 0 … bound-1; bound > 0. */
uint64_t random_stream_below(struct random_stream *, uint64_t bound);
/* Uniform in [0, 1). */
double random_stream_unit(struct random_stream *);

/* Fills plan->key_set with `count` distinct keys of plan->kind; false also for more than 2^29. */
bool key_stream_generate(struct workload_plan *, uint64_t count);

/* A permutation of 0 … count-1 in fresh memory of the plan, or NULL. */
uint32_t *key_stream_permutation(struct workload_plan *, uint64_t count, uint64_t purpose);

/* Fresh, empty tapes, one a worker; NULL: no memory. */
struct tape *tapes_allocate(struct workload_plan *);
/* Writes tape[worker] from a list of keys, all with the same operation. */
bool tape_write(struct workload_plan *, struct tape *, const uint32_t *keys, uint64_t count,
                enum tape_operation);
/* The same, with an operation for each step. */
bool tape_write_mixed(struct workload_plan *, struct tape *, const uint32_t *keys,
                      const uint8_t *operations, uint64_t count);

/* Tapes that put keys 0 … count-1, shuffled, split evenly over the workers; NULL: no memory. */
struct tape *tapes_split(struct workload_plan *, uint64_t count, uint64_t purpose);
/* Tapes each of which puts all keys 0 … count-1, in an order of its own: worker t's is of purpose +
 * t. NULL: no memory. */
struct tape *tapes_of_all(struct workload_plan *, uint64_t count, uint64_t purpose);
/* Fill tapes that put keys 0 … count-1, shuffled, split evenly over the workers. */
bool tapes_fill_all(struct workload_plan *, uint64_t count);

/* Says so in plan->error and returns -ENOMEM. */
int prepare_out_of_memory(struct workload_plan *);

/* The prepare() of workloads that put keys which are all in the map: plan->operations times one of
 * plan->keys strings, drawn uniformly, each worker's of a stream of its own. */
int prepare_uniform_hits(struct workload_plan *);

/* The run() of most workloads. */
void run_timed_tape(const struct workload_plan *, struct worker *);

#endif
