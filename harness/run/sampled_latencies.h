/* sampled_latencies.h: how long single operations took: of all workers of a point, and of those of
 * each NUMA node by themselves. point.c has trials sampled into it and makes counters of it. Not
 * thread-safe.
 */
#ifndef TMB_SAMPLED_LATENCIES_H
#define TMB_SAMPLED_LATENCIES_H

#include "run/trial.h"

struct node_latencies {
  int node; /* OS index */
  struct histogram outcome[SAMPLE_OUTCOMES];
};

struct sampled_latencies {
  struct histogram all[SAMPLE_OUTCOMES];
  unsigned nodes; /* 0: all workers are on one node, or it is not known */
  struct node_latencies of_node[];
};

/* Empty, for the nodes that node_times_init() found. free() ends it. NULL: no memory. */
struct sampled_latencies *sampled_latencies_create(const struct node_times *, unsigned nodes);

/* Adds what the map has sampled. All seats have been left. */
void sampled_latencies_collect(struct sampled_latencies *, struct sampling_map *);

uint64_t sampled_latencies_count(const struct sampled_latencies *);

/* latency_found_p50_ns …, and latency_found_p50_ns_node_0 … where there are several nodes. An
 * outcome with no samples has none. */
void sampled_latencies_counters(const struct sampled_latencies *, counter_sink *, void *arg);

/* latency_<kind>_p50_ns<suffix> … of a histogram; none when it is empty. */
void latency_percentiles(const char *kind, const char *suffix, const struct histogram *,
                         counter_sink *, void *arg);

#endif
