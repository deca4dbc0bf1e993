/* worker_cost.c: see worker_cost.h. */
#include "run/worker_cost.h"

#include <sys/resource.h>
#include <time.h>

struct worker_cost worker_cost_now(const struct perf_counters *counters)
{
  struct rusage usage;
  struct timespec cpu; /* not of rusage: that one is as old as the last tick */
  getrusage(RUSAGE_THREAD, &usage);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  struct worker_cost now = {.page_faults = (uint64_t)usage.ru_minflt,
                            .cpu_ns = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec};
  now.counted = perf_counters_read(counters, now.event);
  return now;
}

struct worker_cost worker_cost_between(const struct worker_cost *from, const struct worker_cost *to)
{
  struct worker_cost cost = {.cpu_ns = to->cpu_ns - from->cpu_ns,
                             .page_faults = to->page_faults - from->page_faults,
                             .counted = from->counted && to->counted};
  for (int i = 0; i < PERF_COUNTERS_MOST; i++)
    cost.event[i] = to->event[i] - from->event[i];
  return cost;
}

void worker_cost_add(struct worker_cost *sum, const struct worker_cost *cost)
{
  sum->cpu_ns += cost->cpu_ns;
  sum->page_faults += cost->page_faults;
  sum->counted = sum->counted && cost->counted;
  for (int i = 0; i < PERF_COUNTERS_MOST; i++)
    sum->event[i] += cost->event[i];
}
