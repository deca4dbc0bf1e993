/* memory_survey.c: see memory_survey.h. */
#include "probe/memory_survey.h"

#include <errno.h>
#include <hwloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t MATRIX_LEAST_BYTES = (size_t)64 << 20, MATRIX_MOST_BYTES = (size_t)1 << 30;

static struct survey_area look_at(const struct probe_area *area)
{
  return (struct survey_area){area->bound, area->on_node_share, area->huge_share};
}

/* ---- latency over the working set ---- */

/* Powers of two, and the middles between them. */
static void choose_sizes(struct memory_survey *survey, size_t most_bytes)
{
  for (size_t bytes = PROBE_LEAST_BYTES; bytes <= most_bytes; bytes *= 2) {
    if (survey->size_count + 2 > SURVEY_SIZES_MOST)
      return;
    survey->size[survey->size_count++].bytes = bytes;
    if (bytes + bytes / 2 <= most_bytes)
      survey->size[survey->size_count++].bytes = bytes + bytes / 2;
  }
}

static int measure_sizes(struct memory_survey *survey, const struct topology *topology,
                         const struct survey_options *options, char *error)
{
  struct topology_pu pu = topology_pu(topology, 0);
  size_t room = probe_area_room("", pu.node), most = options->most_bytes;
  if (room > 0 && room < most)
    most = room;
  survey->cpu = pu.cpu;
  survey->node = pu.node;
  choose_sizes(survey, most);
  memory_probe_bind(topology, pu.cpu);
  struct probe_area area[PROBE_PAGES];
  int status = 0, made = 0;
  while (made < PROBE_PAGES && status == 0) {
    status = probe_area_init(&area[made], topology, most, pu.node, (enum probe_pages)made, error);
    if (status == 0) {
      survey->area[made] = look_at(&area[made]);
      made++;
    }
  }
  /* In turns, so that both kinds of pages meet the same machine. */
  for (size_t i = 0; i < survey->size_count * PROBE_PAGES && status == 0; i++) {
    struct survey_size *size = &survey->size[i / PROBE_PAGES];
    size_t pages = i % PROBE_PAGES;
    status = memory_probe_latency_ns(&area[pages], size->bytes, options->passes, options->seed,
                                     &size->ns[pages], error);
  }
  while (made > 0)
    probe_area_fini(&area[--made]);
  return status;
}

/* ---- node by node ---- */

/* Beyond all caches, so that memory is what is measured. */
static size_t matrix_bytes(const struct topology *topology, const struct survey_options *options)
{
  struct topology_cache cache;
  size_t bytes = MATRIX_LEAST_BYTES;
  if (topology_cache(topology, 0, &cache) && 4 * cache.size_bytes > bytes)
    bytes = 4 * cache.size_bytes;
  if (bytes > MATRIX_MOST_BYTES)
    bytes = MATRIX_MOST_BYTES;
  return bytes > options->most_bytes && options->most_bytes < MATRIX_LEAST_BYTES
             ? options->most_bytes
             : bytes;
}

static int measure_area(struct survey_cell *cell, const struct topology *topology,
                        const unsigned *cpus, const struct survey_options *options, int pages,
                        char *error)
{
  struct probe_area area;
  memory_probe_bind(topology, cpus[0]);
  int status = probe_area_init(&area, topology, cell->bytes, (int)cell->memory_node,
                               (enum probe_pages)pages, error);
  if (status != 0)
    return status;
  cell->area[pages] = look_at(&area);
  status = memory_probe_bandwidth(&area, topology, cpus, 1, options->passes,
                                  &cell->one_bytes_per_s[pages], error);
  if (status == 0)
    status = memory_probe_bandwidth(&area, topology, cpus, cell->cpus, options->passes,
                                    &cell->all_bytes_per_s[pages], error);
  if (status == 0)
    status = memory_probe_latency_ns(&area, cell->bytes, options->passes, options->seed,
                                     &cell->latency_ns[pages], error);
  probe_area_fini(&area);
  return status;
}

static int measure_cell(struct survey_cell *cell, const struct topology *topology,
                        const unsigned *cpus, const struct survey_options *options, char *error)
{
  size_t room = probe_area_room("", (int)cell->memory_node);
  cell->bytes = matrix_bytes(topology, options);
  if (room > 0 && room < cell->bytes) {
    snprintf(cell->reason, sizeof cell->reason,
             "node %u has no room: %zu MiB may be used, %zu are needed to get past the caches",
             cell->memory_node, room >> 20, cell->bytes >> 20);
    return 0;
  }
  int status = 0;
  for (int pages = 0; pages < PROBE_PAGES && status == 0; pages++)
    status = measure_area(cell, topology, cpus, options, pages, error);
  return status;
}

static int measure_matrix(struct memory_survey *survey, const struct topology *topology,
                          const struct survey_options *options, char *error)
{
  struct topology_counts counts = topology_counts(topology);
  uint64_t *distance = topology_distances(topology);
  unsigned *cpus = calloc(counts.pus, sizeof *cpus);
  survey->cell = calloc((size_t)counts.nodes * counts.nodes + 1, sizeof *survey->cell);
  int status = 0;
  if (!cpus || !survey->cell) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for %u nodes", counts.nodes);
    status = -ENOMEM;
  }
  for (unsigned from = 0; from < counts.nodes && status == 0; from++) {
    struct topology_node cpu_node, memory_node;
    unsigned cpu_count = 0;
    topology_node(topology, from, &cpu_node);
    for (unsigned i = 0; i < counts.pus; i++)
      if (topology_pu(topology, i).node == (int)cpu_node.node)
        cpus[cpu_count++] = topology_pu(topology, i).cpu;
    for (unsigned to = 0; cpu_count > 0 && to < counts.nodes && status == 0; to++) {
      topology_node(topology, to, &memory_node);
      struct survey_cell *cell = &survey->cell[survey->cell_count++];
      cell->cpu_node = cpu_node.node;
      cell->memory_node = memory_node.node;
      cell->cpus = cpu_count;
      cell->distance = distance ? (double)distance[from * counts.nodes + to] : NAN;
      status = measure_cell(cell, topology, cpus, options, error);
    }
  }
  free(cpus);
  free(distance);
  return status;
}

int memory_survey_init(struct memory_survey *survey, const struct topology *topology,
                       const struct survey_options *options, char *error)
{
  *survey = (struct memory_survey){.node = -1};
  int status = measure_sizes(survey, topology, options, error);
  return status ? status : measure_matrix(survey, topology, options, error);
}

void memory_survey_fini(struct memory_survey *survey)
{
  free(survey->cell);
}
