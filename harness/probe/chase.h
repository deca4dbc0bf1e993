/* chase.h: a cycle of pointers through an area, a pointer a cache line: each load needs the one
 * before, so its time is the latency of a load. Called by memory_probe.c.
 *
 * The cycle is single (every line once a round, whatever the length of the walk) and random (no
 * prefetcher guesses the next line). Not thread-safe for one area.
 *
 * Reference: S. Sattolo, "An algorithm to generate a random cyclic permutation", Information
 * Processing Letters 22 (1986); L. McVoy, C. Staelin, "lmbench", USENIX 1996.
 */
#ifndef TMB_CHASE_H
#define TMB_CHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lays the cycle through the first `lines` lines of line_bytes each; area is aligned to a pointer.
 * lines >= 2, line_bytes a multiple of a pointer's. */
void chase_build(void *area, size_t lines, size_t line_bytes, uint64_t seed);

/* So many steps from that line; where they end. */
void *chase_walk(void *from, size_t steps);

struct chase_shape {
  size_t visited;         /* lines met before the first one came again, or a stray pointer */
  bool closed;            /* it came again */
  double commonest_share; /* of all steps, those as long, and in the same direction, as most are */
};

/* What cycle is laid there. False: no memory for it. Takes as long as a walk and a sort. */
bool chase_look(void *area, size_t lines, size_t line_bytes, struct chase_shape *shape);

/* Whether it is single and random. */
bool chase_is_good(const struct chase_shape *shape, size_t lines);

#endif
