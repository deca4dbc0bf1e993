/* worker_cost.h: what a stretch of one worker's life costs besides wall time. */
#ifndef TMB_WORKER_COST_H
#define TMB_WORKER_COST_H

#include "measure/perf_counters.h"

struct worker_cost {
  uint64_t cpu_ns, page_faults;       /* faults: minor ones */
  uint64_t event[PERF_COUNTERS_MOST]; /* of perf_counters.h, where they are counted */
  bool counted;                       /* all events were */
};

/* Reads where the calling thread stands. Several system calls: outside the clock. `counters` are
 * its own, with none open nothing is counted. */
struct worker_cost worker_cost_now(const struct perf_counters *);

/* What lies between two readings of one thread. */
struct worker_cost worker_cost_between(const struct worker_cost *from,
                                       const struct worker_cost *to);

/* Adds another worker's; counted only where both are. */
void worker_cost_add(struct worker_cost *sum, const struct worker_cost *);

#endif
