/* sampled_latencies.c: see sampled_latencies.h. */
#include "run/sampled_latencies.h"

#include <stdio.h>
#include <stdlib.h>

struct sampled_latencies *sampled_latencies_create(const struct node_times *times, unsigned nodes)
{
  struct sampled_latencies *latencies =
      calloc(1, sizeof *latencies + nodes * sizeof *latencies->of_node);
  if (!latencies)
    return NULL;
  latencies->nodes = nodes;
  for (unsigned i = 0; i < nodes; i++)
    latencies->of_node[i].node = times[i].node;
  return latencies;
}

void sampled_latencies_collect(struct sampled_latencies *latencies, struct sampling_map *sampling)
{
  for (int i = 0; i < SAMPLE_OUTCOMES; i++) {
    enum sample_outcome outcome = (enum sample_outcome)i;
    sampling_map_collect(sampling, outcome, &latencies->all[outcome]);
    for (unsigned n = 0; n < latencies->nodes; n++)
      sampling_map_collect_node(sampling, latencies->of_node[n].node, outcome,
                                &latencies->of_node[n].outcome[outcome]);
  }
}

uint64_t sampled_latencies_count(const struct sampled_latencies *latencies)
{
  uint64_t count = 0;
  for (int outcome = 0; outcome < SAMPLE_OUTCOMES; outcome++)
    count += latencies->all[outcome].count;
  return count;
}

void latency_percentiles(const char *kind, const char *suffix, const struct histogram *histogram,
                         counter_sink *sink, void *arg)
{
  static const struct {
    const char *name;
    unsigned per_mille;
  } wanted[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}, {"max", 1000}};
  for (size_t i = 0; histogram->count && i < sizeof wanted / sizeof *wanted; i++) {
    char name[96];
    snprintf(name, sizeof name, "latency_%s_%s_ns%s", kind, wanted[i].name, suffix);
    sink(arg, name, (double)histogram_percentile_ns(histogram, wanted[i].per_mille));
  }
}

void sampled_latencies_counters(const struct sampled_latencies *latencies, counter_sink *sink,
                                void *arg)
{
  for (int outcome = 0; outcome < SAMPLE_OUTCOMES; outcome++) {
    const char *name = sample_outcome_name((enum sample_outcome)outcome);
    latency_percentiles(name, "", &latencies->all[outcome], sink, arg);
    for (unsigned n = 0; n < latencies->nodes; n++) {
      const struct node_latencies *of = &latencies->of_node[n];
      char suffix[32];
      snprintf(suffix, sizeof suffix, "_node_%d", of->node);
      latency_percentiles(name, suffix, &of->outcome[outcome], sink, arg);
    }
  }
}
