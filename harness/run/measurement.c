/* measurement.c: see measurement.h. */
#include "run/measurement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "measure/stopwatch.h"
#include "run/sampled_latencies.h"

struct measurement {
  struct trial_times *trial;
  struct node_times *node; /* by trial, then by node */
  unsigned nodes;          /* of each trial; 0: there is nothing to keep apart */
  size_t count, capacity;
};

struct measurement *measurement_create(void)
{
  return calloc(1, sizeof(struct measurement));
}

void measurement_destroy(struct measurement *m)
{
  if (m) {
    free(m->node);
    free(m->trial);
  }
  free(m);
}

void measurement_begin(struct measurement *m)
{
  m->count = 0;
}

static bool grow(struct measurement *m)
{
  size_t capacity = m->capacity ? 2 * m->capacity : 1024;
  struct trial_times *trial = realloc(m->trial, capacity * sizeof *trial);
  if (!trial)
    return false;
  m->trial = trial;
  if (m->nodes) {
    struct node_times *node = realloc(m->node, capacity * m->nodes * sizeof *node);
    if (!node)
      return false;
    m->node = node;
  }
  m->capacity = capacity;
  return true;
}

bool measurement_add(struct measurement *m, const struct trial_times *times)
{
  if (m->capacity == 0)
    m->nodes = times->nodes; /* all trials have the same workers */
  if (m->count == m->capacity && !grow(m))
    return false;
  if (m->nodes)
    memcpy(&m->node[m->count * m->nodes], times->node, m->nodes * sizeof *m->node);
  m->trial[m->count++] = *times;
  return true;
}

static int ascending(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

struct spread {
  double least, median, most;
};

typedef double trial_figure(const struct trial_times *);

static double wall(const struct trial_times *t)
{
  return (double)t->wall_ns;
}

static double slowest(const struct trial_times *t)
{
  return t->slowest;
}

static double fastest(const struct trial_times *t)
{
  return t->fastest;
}

static double faults(const struct trial_times *t)
{
  return (double)t->cost.page_faults;
}

/* Sorts them. There is at least one. */
static struct spread spread_of_values(double *values, size_t count)
{
  qsort(values, count, sizeof *values, ascending);
  size_t middle = count / 2;
  return (struct spread){
      .least = values[0],
      .median = count % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2,
      .most = values[count - 1],
  };
}

/* All zero without memory or trials: a figure that is plainly none. */
static struct spread spread_of(const struct measurement *m, trial_figure *figure)
{
  double *values = m->count ? malloc(m->count * sizeof *values) : NULL;
  if (!values)
    return (struct spread){0};
  for (size_t i = 0; i < m->count; i++)
    values[i] = figure(&m->trial[i]);
  struct spread spread = spread_of_values(values, m->count);
  free(values);
  return spread;
}

static double per_operation(double wall_ns, const struct trial_facts *facts)
{
  return wall_ns * facts->plan->threads / (double)facts->operations;
}

double measurement_ns_per_op(const struct measurement *m, const struct trial_facts *facts)
{
  return per_operation(spread_of(m, wall).median, facts);
}

static void map_counters(const struct trial_facts *facts, counter_sink *sink, void *arg)
{
  const struct map_stats *stats = &facts->stats;
  if (!facts->has_stats || !stats->keys)
    return;
  double keys = (double)stats->keys;
  sink(arg, "bytes_per_key", (double)(stats->region.mapped_bytes + stats->table_bytes) / keys);
  sink(arg, "region_mapped_bytes", (double)stats->region.mapped_bytes);
  sink(arg, "region_used_bytes", (double)stats->region.used_bytes);
  sink(arg, "table_bytes", (double)stats->table_bytes);
  sink(arg, "lost_races", (double)stats->lost_races);
  uint64_t counted = 0, looked_at = 0;
  for (uint64_t d = 0; d < MAP_DEPTHS; d++) {
    counted += stats->depth_count[d];
    looked_at += stats->depth_count[d] * (d + 1);
  }
  if (!counted)
    return;
  if (stats->depth_max <= MAP_DEPTHS) /* else the last entry holds several depths: no mean */
    sink(arg, "depth_mean", (double)looked_at / (double)counted);
  sink(arg, "depth_max", (double)stats->depth_max);
}

static void stage_counters(const struct stage_record *stage, counter_sink *sink, void *arg)
{
  stage_record_figures(stage, sink, arg);
  for (unsigned kind = 0; kind < stage_record_kinds(stage); kind++)
    latency_percentiles(stage_record_kind(stage, kind), "", stage_record_histogram(stage, kind),
                        sink, arg);
}

/* Medians of that node's figures over the trials. */
static void node_counters(const struct measurement *m, unsigned index, counter_sink *sink,
                          void *arg)
{
  static const struct {
    const char *format;
    size_t offset;
  } figures[] = {{"ops_per_s_node_%d", offsetof(struct node_times, ops_per_s)},
                 {"ops_per_s_thread_min_node_%d", offsetof(struct node_times, slowest)},
                 {"ops_per_s_thread_max_node_%d", offsetof(struct node_times, fastest)}};
  double *values = malloc(m->count * sizeof *values);
  for (size_t f = 0; values && f < sizeof figures / sizeof figures[0]; f++) {
    for (size_t i = 0; i < m->count; i++)
      memcpy(&values[i], (const char *)&m->node[i * m->nodes + index] + figures[f].offset,
             sizeof values[i]);
    char name[64];
    snprintf(name, sizeof name, figures[f].format, m->node[index].node);
    sink(arg, name, spread_of_values(values, m->count).median);
  }
  free(values);
}

void measurement_counters(const struct measurement *m, const struct trial_facts *facts,
                          counter_sink *sink, void *arg)
{
  struct spread time = spread_of(m, wall);
  sink(arg, "ns_per_op", per_operation(time.median, facts));
  sink(arg, "ns_per_op_min", per_operation(time.least, facts));
  sink(arg, "ns_per_op_max", per_operation(time.most, facts));
  sink(arg, "ops_per_s", (double)facts->operations * 1e9 / time.median);
  sink(arg, "ops_per_s_thread_min", spread_of(m, slowest).median);
  sink(arg, "ops_per_s_thread_max", spread_of(m, fastest).median);
  for (unsigned i = 0; m->count && i < m->nodes; i++)
    node_counters(m, i, sink, arg);
  sink(arg, "trial_ns", time.median);
  sink(arg, "page_faults", spread_of(m, faults).median);
  sink(arg, "operations", (double)facts->operations);
  sink(arg, "keys", (double)facts->plan->keys);
  if (!facts->without_outcomes) {
    sink(arg, "added", facts->added);
    sink(arg, "found", facts->found);
    sink(arg, "missed", facts->missed);
  }
  map_counters(facts, sink, arg);
  if (facts->huge_pages_asked)
    sink(arg, "huge_page_bytes", (double)facts->huge_page_bytes);
  if (facts->stage)
    stage_counters(facts->stage, sink, arg);
  for (int i = 0; i < PLAN_FACTS && facts->plan->fact[i].name; i++) {
    char name[96];
    snprintf(name, sizeof name, "fact_%s", facts->plan->fact[i].name);
    sink(arg, name, facts->plan->fact[i].value);
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  sink(arg, "peak_rss_bytes", (double)usage.ru_maxrss * 1024);
  sink(arg, "timer_cost_ns", (double)stopwatch_cost_ns());
}
