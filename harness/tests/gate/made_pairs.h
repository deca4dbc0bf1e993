/* made_pairs.h: pairs without a machine: made-up figures, and recorded ones with their sides turned
 * by coin flip. For the tests of the gate. */
#ifndef TMB_MADE_PAIRS_H
#define TMB_MADE_PAIRS_H

#include "gate/pairs.h"

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014). */
uint64_t made_random(uint64_t *state);
double made_uniform(uint64_t *state); /* above 0, below 1 */

/* A header with `count` rows of tier time, the odd ones at two threads, limits of 2.5 % and 4 %; an
 * A/A arm on each of them when `same`. Ends the program on a fault. Give back with pairs_fini(). */
void made_pairs_init(struct pairs *, size_t count, bool same);

/* Noise of a half, as a factor: heavy in its tail and skewed upwards, as what disturbs a process
 * is. A model, not a measurement. */
struct made_noise {
  double width; /* about the standard deviation of the minimum's logarithm */
};

/* Adds `n` pairs in which the candidate takes `slowdown` times as long. */
void made_pairs_add(struct pairs *, const char *benchmark, enum pairs_arm, size_t n,
                    double slowdown, struct made_noise, uint64_t *state);

/* Forgets all pairs, not the header. */
void made_pairs_clear(struct pairs *);

#endif
