/* sampling_map.h: a map around a map that times some of its operations. Whoever uses it sees a map;
 * a run that samples nothing uses the inner map itself and pays nothing.
 *
 * One of about every `mean_gap` operations of a seat is timed. The gaps are random, drawn from a
 * seeded generator of the seat's own, so that the samples do not fall into step with a workload
 * that repeats itself. The samples of a seat go into three histograms of its own, by outcome. The
 * time of two clock readings' difference is inside (stopwatch_cost_ns).
 *
 * Calls that the inner map lacks are NULL in the table, those that it has are passed on. Two
 * differ: enter and leave are always there, as a seat holds the histograms; create and destroy are
 * NULL, as both maps belong to whoever made them.
 *
 *   sampling_map_create(plugin, map, 64, seed, &sampling);
 *   worker.calls = sampling_map_calls(sampling), worker.map = sampling;
 *   … enter, run, leave …
 *   sampling_map_collect(sampling, SAMPLE_FOUND, &histogram);
 *   sampling_map_destroy(sampling);
 *   plugin->destroy(map);
 */
#ifndef TMB_SAMPLING_MAP_H
#define TMB_SAMPLING_MAP_H

#include "api/intern_map.h"
#include "measure/histogram.h"

/* A put that was refused, or of no bytes (id 0), is not a sample. */
enum sample_outcome {
  SAMPLE_ADDED,  /* put that added */
  SAMPLE_FOUND,  /* put that did not add, lookup with a hit */
  SAMPLE_MISSED, /* lookup without one */
  SAMPLE_OUTCOMES,
};

struct sampling_map;

/* "added", "found", "missed". */
const char *sample_outcome_name(enum sample_outcome outcome);

/* Wraps inner_map, which stays the caller's and outlives the wrapper. mean_gap >= 1; 1 times every
 * operation. 0 and *sampling, -EINVAL or -ENOMEM. */
int sampling_map_create(const struct map_plugin *inner, void *inner_map, uint32_t mean_gap,
                        uint64_t seed, struct sampling_map **sampling);
/* All seats have been left. Does not touch the inner map. */
void sampling_map_destroy(struct sampling_map *sampling);

/* The table to call, with the struct sampling_map as the map. Lives as long as that. It does not
 * promise MAP_ASYNC_SIGNAL_SAFE, whatever the inner map does: a seat's histograms may not be
 * interrupted by themselves. */
const struct map_plugin *sampling_map_calls(const struct sampling_map *sampling);

/* The inner map's seat behind a seat that is taken now: with it and the inner map's own table a
 * thread works untimed (filling a map before the start line). */
void *sampling_map_inner_seat(void *seat);

/* Adds all samples of that outcome since creation to `into`. Any number of trials may lie behind:
 * seats keep their samples when left, and when taken again. All seats have been left. */
void sampling_map_collect(struct sampling_map *sampling, enum sample_outcome outcome,
                          struct histogram *into);
/* Only those of the seats whose place was on that node. */
void sampling_map_collect_node(struct sampling_map *sampling, int node, enum sample_outcome outcome,
                               struct histogram *into);

#endif
