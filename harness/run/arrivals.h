/* arrivals.h: when the operations of an open loop are due: laid out before the clock starts, so
 * that the timed loop draws no random number and takes no logarithm. Called by open_loop.c; pure,
 * thread-safe.
 *
 *   fixed:   operation k of all workers together is due (k + 1) / rate after the start; the workers
 *            take turns, so worker t of n has k = t, t + n, t + 2n …
 *   poisson: each worker has a Poisson process of rate / n from a stream of its own; independent
 *            ones add up to one of the whole rate.
 */
#ifndef TMB_ARRIVALS_H
#define TMB_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#define ARRIVALS_RATE_MOST                                                                         \
  UINT64_C(1000000000) /* a second: what the clock's nanoseconds resolve                           \
                        */

enum arrival_process { ARRIVALS_FIXED = 0, ARRIVALS_POISSON };

struct arrivals {
  uint64_t rate; /* operations a second of all workers together, 1 to ARRIVALS_RATE_MOST */
  enum arrival_process process;
  uint64_t seed;
  unsigned threads;
};

const char *arrival_process_name(enum arrival_process);
bool arrival_process_parse(const char *, enum arrival_process *);

/* When a worker's first `count` operations are due, in ns after the start; never falling. */
void arrivals_lay_out(const struct arrivals *, unsigned worker, uint64_t *due_ns, uint64_t count);

#endif
