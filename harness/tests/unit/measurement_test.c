/* measurement_test.c: known trials give known figures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/measurement.h"
#include "run/sampled_latencies.h"
#include "tests/contract/cmocka_includes.h"

struct figures {
  struct {
    char name[96];
    double value;
  } figure[64];
  size_t count;
};

static void note(void *arg, const char *name, double value)
{
  struct figures *figures = arg;
  assert_true(figures->count < 64);
  for (size_t i = 0; i < figures->count; i++)
    assert_string_not_equal(figures->figure[i].name, name);
  strncpy(figures->figure[figures->count].name, name, sizeof figures->figure[0].name - 1);
  figures->figure[figures->count++].value = value;
}

static const double *find(const struct figures *figures, const char *name)
{
  for (size_t i = 0; i < figures->count; i++)
    if (strcmp(figures->figure[i].name, name) == 0)
      return &figures->figure[i].value;
  return NULL;
}

static void assert_figure(const struct figures *figures, const char *name, double value)
{
  const double *found = find(figures, name);
  if (!found)
    fail_msg("no %s", name);
  else if (fabs(*found - value) > 1e-9 * fabs(value))
    fail_msg("%s is %g, not %g", name, *found, value);
}

static const struct workload_plan plan = {
    .threads = 2, .keys = 500, .fact = {{"repeat_share", 0.25}, {"puts", 9}}};

static struct trial_facts facts_of_1000(void)
{
  return (struct trial_facts){
      .plan = &plan, .operations = 1000, .added = 0.5, .found = 0.3, .missed = 0.2};
}

static struct measurement *of_trials(const struct trial_times *times, size_t count)
{
  struct measurement *m = measurement_create();
  assert_non_null(m);
  measurement_begin(m);
  for (size_t i = 0; i < count; i++)
    assert_true(measurement_add(m, &times[i]));
  return m;
}

static const struct trial_times three[] = {
    {.wall_ns = 30000, .slowest = 3e6, .fastest = 9e6, .cost.page_faults = 7},
    {.wall_ns = 10000, .slowest = 1e6, .fastest = 7e6, .cost.page_faults = 100},
    {.wall_ns = 20000, .slowest = 2e6, .fastest = 8e6, .cost.page_faults = 1},
};

static void the_median_trial_is_reported(void **state)
{
  (void)state;
  struct figures figures = {.count = 0};
  struct trial_facts facts = facts_of_1000();
  struct measurement *m = of_trials(three, 3);
  measurement_counters(m, &facts, note, &figures);
  assert_figure(&figures, "trial_ns", 20000);
  assert_figure(&figures, "ns_per_op", 40); /* 20 us on two threads, 1000 operations */
  assert_figure(&figures, "ns_per_op_min", 20);
  assert_figure(&figures, "ns_per_op_max", 60);
  assert_figure(&figures, "ops_per_s", 5e7);
  assert_figure(&figures, "ops_per_s_thread_min", 2e6);
  assert_figure(&figures, "ops_per_s_thread_max", 8e6);
  assert_figure(&figures, "page_faults", 7);
  assert_figure(&figures, "operations", 1000);
  assert_figure(&figures, "keys", 500);
  assert_figure(&figures, "added", 0.5);
  assert_figure(&figures, "found", 0.3);
  assert_figure(&figures, "missed", 0.2);
  assert_figure(&figures, "fact_repeat_share", 0.25);
  assert_figure(&figures, "fact_puts", 9);
  assert_true(*find(&figures, "peak_rss_bytes") > 4096);
  assert_non_null(find(&figures, "timer_cost_ns"));
  assert_null(find(&figures, "bytes_per_key")); /* a map without stats */
  assert_true(measurement_ns_per_op(m, &facts) == 40);
  measurement_destroy(m);
}

/* Threads 0 and 1 on node 3, 2 on node 0: both figures of a node and the order of nodes show. */
static void nodes_are_told_apart(void **state)
{
  (void)state;
  struct topology *topology;
  struct placement *placement;
  struct node_times times[3];
  char error[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(topology_load_synthetic("numa:4 core:2 pu:1", &topology, error), 0);
  assert_int_equal(placement_create(topology, "node:3+node:0", 3, &placement, error), 0);
  unsigned nodes = node_times_init(times, placement);
  assert_int_equal(nodes, 2);
  assert_int_equal(times[0].node, 0);
  assert_int_equal(times[1].node, 3);

  struct measurement *m = measurement_create();
  assert_non_null(m);
  for (int trial = 1; trial <= 3; trial++) {
    node_times_begin(times, nodes);
    node_times_add(times, nodes, 3, 100 * trial);
    node_times_add(times, nodes, 3, 50 * trial);
    node_times_add(times, nodes, 0, 7 * trial);
    struct trial_times all = {.wall_ns = 1000, .node = times, .nodes = nodes};
    assert_true(measurement_add(m, &all));
  }
  struct figures figures = {.count = 0};
  struct trial_facts facts = facts_of_1000();
  measurement_counters(m, &facts, note, &figures);
  assert_figure(&figures, "ops_per_s_node_3", 300);
  assert_figure(&figures, "ops_per_s_thread_min_node_3", 100);
  assert_figure(&figures, "ops_per_s_thread_max_node_3", 200);
  assert_figure(&figures, "ops_per_s_node_0", 14);
  assert_figure(&figures, "ops_per_s_thread_min_node_0", 14);
  assert_null(find(&figures, "ops_per_s_node_1"));
  measurement_destroy(m);
  placement_destroy(placement);
  topology_destroy(topology);
}

static void one_node_has_no_figures_of_its_own(void **state)
{
  (void)state;
  static const char *const places[] = {"node:3+node:3", "none"}; /* with none no node is known */
  struct topology *topology;
  char error[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(topology_load_synthetic("numa:4 core:2 pu:1", &topology, error), 0);
  for (int i = 0; i < 2; i++) {
    struct placement *placement;
    struct node_times times[2];
    assert_int_equal(placement_create(topology, places[i], 2, &placement, error), 0);
    assert_int_equal(node_times_init(times, placement), 0);
    placement_destroy(placement);
  }
  topology_destroy(topology);
  struct measurement *m = of_trials(three, 3);
  struct figures figures = {.count = 0};
  struct trial_facts facts = facts_of_1000();
  measurement_counters(m, &facts, note, &figures);
  for (size_t i = 0; i < figures.count; i++)
    assert_null(strstr(figures.figure[i].name, "_node_"));
  measurement_destroy(m);
}

static void an_even_number_has_its_median_between(void **state)
{
  (void)state;
  struct figures figures = {.count = 0};
  struct trial_facts facts = facts_of_1000();
  struct measurement *m = of_trials(three, 2);
  measurement_counters(m, &facts, note, &figures);
  assert_figure(&figures, "trial_ns", 20000);
  assert_figure(&figures, "page_faults", 53.5);
  measurement_begin(m); /* and all is forgotten */
  assert_true(measurement_add(m, &three[1]));
  assert_true(measurement_ns_per_op(m, &facts) == 20);
  measurement_destroy(m);
}

static void many_trials_are_kept(void **state)
{
  (void)state;
  struct trial_facts facts = facts_of_1000();
  struct measurement *m = of_trials(three, 0);
  for (uint64_t i = 0; i < 5001; i++) /* beyond any first capacity; in no order */
    assert_true(measurement_add(m, &(struct trial_times){.wall_ns = 1000 + i * 2503 % 5001}));
  assert_true(fabs(measurement_ns_per_op(m, &facts) - 3500 * 2 / 1000.0) < 1e-9);
  measurement_destroy(m);
  measurement_destroy(NULL);
}

static void map_figures(void **state)
{
  (void)state;
  struct figures figures = {.count = 0};
  struct trial_facts facts = facts_of_1000();
  facts.has_stats = true;
  facts.stats = (struct map_stats){.keys = 4,
                                   .lost_races = 3,
                                   .table_bytes = 100,
                                   .region = {.blocks = 1, .mapped_bytes = 4000, .used_bytes = 90},
                                   .depth_count = {1, 2, 1},
                                   .depth_max = 3};
  struct measurement *m = of_trials(three, 3);
  measurement_counters(m, &facts, note, &figures);
  assert_figure(&figures, "bytes_per_key", 1025);
  assert_figure(&figures, "region_mapped_bytes", 4000);
  assert_figure(&figures, "region_used_bytes", 90);
  assert_figure(&figures, "table_bytes", 100);
  assert_figure(&figures, "lost_races", 3);
  assert_figure(&figures, "depth_mean", 2);
  assert_figure(&figures, "depth_max", 3);

  figures.count = 0; /* deeper than is counted one by one: no mean */
  facts.stats.depth_count[MAP_DEPTHS - 1] = 5;
  facts.stats.depth_max = MAP_DEPTHS + 20;
  measurement_counters(m, &facts, note, &figures);
  assert_null(find(&figures, "depth_mean"));
  assert_figure(&figures, "depth_max", MAP_DEPTHS + 20);

  figures.count = 0; /* stats of a map that holds nothing divide by nothing */
  facts.stats = (struct map_stats){.table_bytes = 100};
  measurement_counters(m, &facts, note, &figures);
  assert_null(find(&figures, "bytes_per_key"));
  measurement_destroy(m);
}

static void latencies_by_outcome_and_node(void **state)
{
  (void)state;
  struct figures figures = {.count = 0};
  static const struct node_times nodes[] = {{.node = 0}, {.node = 3}};
  struct sampled_latencies *latencies = sampled_latencies_create(nodes, 2);
  assert_non_null(latencies);
  for (uint64_t ns = 1; ns <= 20; ns++) {
    histogram_record(&latencies->all[SAMPLE_ADDED], ns);
    histogram_record(&latencies->of_node[ns > 10].outcome[SAMPLE_ADDED], ns);
  }
  assert_int_equal(sampled_latencies_count(latencies), 20);
  sampled_latencies_counters(latencies, note, &figures);
  assert_int_equal(figures.count, 3 * 5); /* other outcomes have no samples, so no figures */
  static const struct {
    const char *what;
    double all, node_0, node_3;
  } wanted[] = {{"p50", 10, 5, 15},
                {"p90", 18, 9, 19},
                {"p99", 20, 10, 20},
                {"p999", 20, 10, 20},
                {"max", 20, 10, 20}};
  for (size_t i = 0; i < 5; i++) {
    char name[96];
    snprintf(name, sizeof name, "latency_added_%s_ns", wanted[i].what);
    assert_figure(&figures, name, wanted[i].all);
    snprintf(name, sizeof name, "latency_added_%s_ns_node_0", wanted[i].what);
    assert_figure(&figures, name, wanted[i].node_0);
    snprintf(name, sizeof name, "latency_added_%s_ns_node_3", wanted[i].what);
    assert_figure(&figures, name, wanted[i].node_3);
  }
  free(latencies);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_median_trial_is_reported),
      cmocka_unit_test(nodes_are_told_apart),
      cmocka_unit_test(one_node_has_no_figures_of_its_own),
      cmocka_unit_test(an_even_number_has_its_median_between),
      cmocka_unit_test(many_trials_are_kept),
      cmocka_unit_test(map_figures),
      cmocka_unit_test(latencies_by_outcome_and_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
