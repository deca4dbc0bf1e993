/* memory_probe.c: see memory_probe.h. */
#include "probe/memory_probe.h"

#include <errno.h>
#include <hwloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/stopwatch.h"
#include "probe/chase.h"

static const double PASS_NS = 10e6; /* long beside the clock and an interrupt */

enum {
  LOOKED_AT_LINES = 1 << 16, /* chases up to here are looked at whole before they are measured */
  WARM_UP_LINES = 1 << 22,   /* beyond any cache: walking all of it would warm nothing */
  TRIAL_STEPS = 1 << 14,
};

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static struct probe_figure figure_of(double *values, unsigned count)
{
  qsort(values, count, sizeof *values, ascending);
  double median = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
  return (struct probe_figure){values[0], median, values[count - 1]};
}

bool memory_probe_bind(const struct topology *topology, unsigned cpu)
{
  hwloc_topology_t hwloc = topology_hwloc(topology);
  hwloc_obj_t pu =
      topology_support(topology).bind_thread ? hwloc_get_pu_obj_by_os_index(hwloc, cpu) : NULL;
  return pu && hwloc_set_cpubind(hwloc, pu->cpuset, HWLOC_CPUBIND_THREAD) == 0;
}

/* ---- latency ---- */

static int check_chase(void *bytes, size_t lines, char *error)
{
  struct chase_shape shape;
  if (lines > LOOKED_AT_LINES)
    return 0;
  if (!chase_look(bytes, lines, PROBE_LINE_BYTES, &shape)) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory to look at the chase");
    return -ENOMEM;
  }
  if (chase_is_good(&shape, lines))
    return 0;
  snprintf(
      error, TOPOLOGY_ERROR_BYTES,
      "the chase through %zu lines is not a single random cycle: it visits %zu, and %.0f %% of "
      "its steps are alike",
      lines, shape.visited, shape.commonest_share * 100);
  return -EPROTO;
}

int memory_probe_latency_ns(const struct probe_area *area, size_t bytes, unsigned passes,
                            uint64_t seed, struct probe_figure *ns, char *error)
{
  size_t lines = bytes / PROBE_LINE_BYTES;
  double each[PROBE_PASSES_MOST];
  chase_build(area->bytes, lines, PROBE_LINE_BYTES, seed);
  int status = check_chase(area->bytes, lines, error);
  if (status != 0)
    return status;
  void *at = area->bytes;
  if (lines <= WARM_UP_LINES && (at = chase_walk(at, lines)) != area->bytes) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "the chase through %zu lines does not close", lines);
    return -EPROTO;
  }
  uint64_t start = stopwatch_now_ns();
  at = chase_walk(at, TRIAL_STEPS);
  double trial_ns = (double)(stopwatch_now_ns() - start) / TRIAL_STEPS;
  size_t steps = TRIAL_STEPS + (size_t)(PASS_NS / (trial_ns > 0.1 ? trial_ns : 0.1));
  for (unsigned pass = 0; pass < passes; pass++) {
    start = stopwatch_now_ns();
    at = chase_walk(at, steps);
    each[pass] = (double)(stopwatch_now_ns() - start) / (double)steps;
  }
  __asm__ volatile("" : : "r"(at)); /* the walk has a result */
  *ns = figure_of(each, passes);
  return 0;
}

/* ---- bandwidth ---- */

/* Held while readers are started: where one cannot be, none begins. */
struct gate {
  pthread_mutex_t lock;
  bool abandoned;
};

struct reader {
  pthread_t thread;
  const struct topology *topology;
  struct gate *gate;
  pthread_barrier_t *barrier;
  unsigned cpu, passes;
  const uint64_t *words;
  size_t count;
  uint64_t (*clock)[2]; /* a pass: start, end */
};

static uint64_t read_all(const uint64_t *words, size_t count)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += words[i];
  return sum;
}

static void *read_passes(void *arg)
{
  struct reader *self = arg;
  pthread_mutex_lock(&self->gate->lock);
  bool abandoned = self->gate->abandoned;
  pthread_mutex_unlock(&self->gate->lock);
  if (abandoned)
    return NULL;
  memory_probe_bind(self->topology, self->cpu);
  for (unsigned pass = 0; pass < self->passes; pass++) {
    pthread_barrier_wait(self->barrier);
    self->clock[pass][0] = stopwatch_now_ns();
    uint64_t sum = read_all(self->words, self->count);
    __asm__ volatile("" : : "r"(sum));
    self->clock[pass][1] = stopwatch_now_ns();
  }
  return NULL;
}

static double pass_bytes_per_s(const struct reader *readers, unsigned threads, unsigned pass)
{
  uint64_t first = UINT64_MAX, last = 0;
  size_t words = 0;
  for (unsigned i = 0; i < threads; i++) {
    first = readers[i].clock[pass][0] < first ? readers[i].clock[pass][0] : first;
    last = readers[i].clock[pass][1] > last ? readers[i].clock[pass][1] : last;
    words += readers[i].count;
  }
  return (double)(words * sizeof(uint64_t)) * 1e9 / (double)(last > first ? last - first : 1);
}

int memory_probe_bandwidth(const struct probe_area *area, const struct topology *topology,
                           const unsigned *cpus, unsigned threads, unsigned passes,
                           struct probe_figure *bytes_per_s, char *error)
{
  struct reader *readers = calloc(threads, sizeof *readers);
  uint64_t(*clock)[2] = calloc((size_t)threads * passes, sizeof *clock);
  struct gate gate = {.abandoned = false};
  pthread_barrier_t barrier;
  unsigned started = 0;
  int status = readers && clock ? 0 : ENOMEM;
  size_t words = area->size / sizeof(uint64_t) / threads;
  pthread_mutex_init(&gate.lock, NULL);
  pthread_barrier_init(&barrier, NULL, threads);
  pthread_mutex_lock(&gate.lock);
  for (; status == 0 && started < threads; started += status == 0) {
    readers[started] =
        (struct reader){.topology = topology,
                        .gate = &gate,
                        .barrier = &barrier,
                        .cpu = cpus[started],
                        .passes = passes,
                        .words = (const uint64_t *)(const void *)area->bytes + started * words,
                        .count = words,
                        .clock = clock + (size_t)started * passes};
    status = pthread_create(&readers[started].thread, NULL, read_passes, &readers[started]);
  }
  gate.abandoned = status != 0;
  pthread_mutex_unlock(&gate.lock);
  for (unsigned i = 0; i < started; i++)
    pthread_join(readers[i].thread, NULL);
  if (status == 0) {
    double each[PROBE_PASSES_MOST];
    for (unsigned pass = 0; pass < passes; pass++)
      each[pass] = pass_bytes_per_s(readers, threads, pass);
    *bytes_per_s = figure_of(each, passes);
  } else {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "%u reading threads: %s", threads, strerror(status));
  }
  pthread_barrier_destroy(&barrier);
  pthread_mutex_destroy(&gate.lock);
  free(readers);
  free(clock);
  return -status;
}
