/* half.c: see half.h. */
#include "run/half.h"

#include <stdio.h>

#include "run/trial_counter.h"

static json_t *counters_json(const struct worker_cost *cost, double operations)
{
  json_t *counters = json_object();
  for (int i = 0; perf_hardware[i].name; i++)
    json_object_set_new(counters, perf_hardware[i].name,
                        json_real((double)cost->event[i] / operations));
  return counters;
}

static json_t *half_json(json_t *chunk_ns, const struct worker_cost *cost, double operations)
{
  json_t *half =
      json_pack("{s:o, s:f}", "chunk_ns", chunk_ns, "cpu_ns", (double)cost->cpu_ns / operations);
  if (half && cost->counted)
    json_object_set_new(half, "counters", counters_json(cost, operations));
  return half;
}

static json_t *run_chunks(struct trial_rig *rig, unsigned chunks, enum trial_problem *problem,
                          char *error)
{
  struct trial_times times;
  struct worker_cost cost = {.counted = true};
  json_t *chunk_ns = json_array();
  trial_rig_begin_series(rig);
  *problem = trial_run(rig, &times, error);
  struct trial_facts facts;
  trial_rig_facts(rig, &facts);
  double operations = (double)facts.operations;
  for (unsigned i = 0; i < chunks && !*problem; i++) {
    *problem = trial_run(rig, &times, error);
    worker_cost_add(&cost, &times.cost);
    json_array_append_new(chunk_ns,
                          json_real((double)times.wall_ns * facts.plan->threads / operations));
  }
  if (!*problem)
    *problem = trial_rig_prove_map(rig, error);
  trial_rig_facts(rig, &facts);
  if (!*problem && facts.placement_reason[0]) {
    snprintf(error, POINT_ERROR_BYTES, "the placement did not hold: %s", facts.placement_reason);
    *problem = TRIAL_REFUSED;
  }
  if (!*problem)
    return half_json(chunk_ns, &cost, operations * chunks);
  json_decref(chunk_ns);
  return NULL;
}

json_t *half_measure(const struct point *point, unsigned chunks, enum trial_problem *problem,
                     char *error)
{
  struct trial_rig *rig;
  char uncounted[PERF_COUNTERS_ERROR_BYTES]; /* the gate asks once and says why */
  *problem = trial_rig_create(point, &rig, error);
  if (*problem)
    return NULL;
  trial_rig_count_events(rig, uncounted);
  json_t *half = run_chunks(rig, chunks, problem, error);
  trial_rig_destroy(rig);
  return half;
}

json_t *half_count_instructions(const struct point *point, enum trial_problem *problem, char *error)
{
  struct trial_rig *rig;
  *problem = trial_rig_create(point, &rig, error);
  if (*problem)
    return NULL;
  struct call_counts counts;
  char sentence[CALL_COUNTER_ERROR_BYTES];
  json_t *json = NULL;
  if (trial_counter_run(rig, &counts, sentence)) {
    json = json_pack("{s:I}", "instructions", (json_int_t)counts.instructions);
  } else {
    snprintf(error, POINT_ERROR_BYTES, "instructions are not counted: %s", sentence);
    *problem = TRIAL_REFUSED;
  }
  trial_rig_destroy(rig);
  return json;
}
