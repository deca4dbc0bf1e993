/* stopwatch.h: the one clock of the harness: the worker team times trials with it, the sampling map
 * times single operations.
 *
 * CLOCK_MONOTONIC, not the processor's cycle counter: it counts nanoseconds on every machine, its
 * readings on different cores may be compared, and where a machine's counter is unfit the kernel
 * has already chosen another source. A raw counter would need a frequency, an ordering instruction
 * and a proof for every processor, and where a hypervisor traps it, it is no cheaper. Where the
 * kernel answers without a system call (see the fact `clock_source`) a reading takes some ten
 * nanoseconds: what it takes here is measured, not assumed.
 */
#ifndef TMB_STOPWATCH_H
#define TMB_STOPWATCH_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some moment in the past. Thread-safe, async-signal-safe. */
static inline uint64_t stopwatch_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock is mandatory on Linux */
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What two readings with nothing between them differ by: the median of many pairs, measured on each
 * call. A sampled latency contains this much that is not the operation's. The thread itself loses
 * about twice as much a sample, as it takes two readings. Thread-safe.
 */
uint64_t stopwatch_cost_ns(void);

#endif
