/* access_matrix.c: see access_matrix.h. */
#include "run/access_matrix.h"

#include <stdlib.h>
#include <string.h>

/* A step that is looked at. Sorted by id, so that a visit finds those of a string. */
struct sample {
  uint64_t id;
  unsigned worker;
  const void *bytes; /* in the map; NULL: not visited */
};

struct samples {
  struct sample *sample;
  size_t count;
};

static int by_id(const void *a, const void *b)
{
  uint64_t left = ((const struct sample *)a)->id, right = ((const struct sample *)b)->id;
  return (left > right) - (left < right);
}

static void take_samples(struct samples *samples, const struct workload_plan *plan,
                         uint64_t *const *results, unsigned worker)
{
  uint64_t steps = plan->timed[worker].count;
  uint64_t gap = steps / ACCESS_SAMPLES_A_WORKER + 1;
  for (uint64_t i = 0; i < steps; i += gap) {
    uint64_t id = result_id(results[worker][i]);
    if (id)
      samples->sample[samples->count++] = (struct sample){.id = id, .worker = worker};
  }
}

static bool visit(void *arg, uint64_t id, const void *bytes, size_t n)
{
  (void)n;
  struct samples *samples = arg;
  size_t low = 0, high = samples->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (samples->sample[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < samples->count && samples->sample[low].id == id; low++)
    samples->sample[low].bytes = bytes;
  return true;
}

static void count_samples(struct access_matrix *matrix, const struct samples *samples,
                          const int *worker_node, page_query *query)
{
  enum { BATCH = 512 };
  for (size_t from = 0; from < samples->count; from += BATCH) {
    void *page[BATCH];
    int node[BATCH];
    size_t count = samples->count - from < BATCH ? samples->count - from : BATCH;
    for (size_t i = 0; i < count; i++)
      page[i] = (void *)((uintptr_t)samples->sample[from + i].bytes & ~(uintptr_t)4095);
    if (query(page, count, node) != 0)
      continue;
    for (size_t i = 0; i < count; i++) {
      const struct sample *sample = &samples->sample[from + i];
      int of_worker = worker_node[sample->worker];
      if (!sample->bytes || node[i] < 0 || node[i] >= NODES_MOST || of_worker < 0 ||
          of_worker >= NODES_MOST)
        continue;
      matrix->count[of_worker][node[i]]++;
      matrix->samples++;
      matrix->remote += of_worker != node[i];
    }
  }
}

bool access_matrix_make(struct access_matrix *matrix, const struct workload_plan *plan,
                        uint64_t *const *results, const int *worker_node,
                        const struct map_plugin *calls, void *map, page_query *query)
{
  memset(matrix, 0, sizeof *matrix);
  if (!calls->visit || !map)
    return true;
  struct samples samples = {
      .sample = calloc((size_t)plan->threads * ACCESS_SAMPLES_A_WORKER, sizeof *samples.sample)};
  if (!samples.sample)
    return false;
  for (unsigned t = 0; t < plan->threads; t++)
    take_samples(&samples, plan, results, t);
  qsort(samples.sample, samples.count, sizeof *samples.sample, by_id);
  calls->visit(map, visit, &samples);
  count_samples(matrix, &samples, worker_node, query);
  free(samples.sample);
  return true;
}
