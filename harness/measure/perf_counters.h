/* perf_counters.h: events that the kernel counts for one thread, by perf_event_open: cycles,
 * instructions and misses of the last cache, where the machine and the kernel's settings let a
 * process count them. Many virtual machines have none; then there is a sentence and no figure. */
#ifndef TMB_PERF_COUNTERS_H
#define TMB_PERF_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#define PERF_COUNTERS_MOST 4
#define PERF_COUNTERS_ERROR_BYTES 160

struct perf_counter_kind {
  const char *name;
  uint32_t type; /* PERF_TYPE_… of linux/perf_event.h */
  uint64_t config;
};

/* cycles, instructions, llc_misses; ended by a NULL name. Tests count others. */
extern const struct perf_counter_kind perf_hardware[];

/* Counters of one thread. */
struct perf_counters {
  unsigned count; /* 0: none are open */
  int handle[PERF_COUNTERS_MOST];
};

/* Starts counting the calling thread outside the kernel, all kinds over the same time. False with a
 * sentence in error[PERF_COUNTERS_ERROR_BYTES], and nothing open, where one of them cannot be had.
 */
bool perf_counters_open(struct perf_counters *, const struct perf_counter_kind *, char *error);
void perf_counters_close(struct perf_counters *);

/* What each kind has counted since it was opened, in their order. False: the processor had no room
 * for all of them at once. By any thread. */
bool perf_counters_read(const struct perf_counters *, uint64_t value[PERF_COUNTERS_MOST]);

#endif
