/* trial_rig.c: makes a point ready for its trials: plug-ins, threads, keys, tapes, pages. */
#include "run/trial_rig.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "place/huge_pages.h"

static bool load_plugins(struct trial_rig *rig, char *error)
{
  char sentence[PLUGIN_ERROR_BYTES];
  const union plugin_table *map = plugin_load(rig->point->map, PLUGIN_MAP, sentence);
  const union plugin_table *region =
      map ? plugin_load(rig->point->region, PLUGIN_REGION, sentence) : NULL;
  const union plugin_table *workload =
      region ? plugin_load(rig->point->workload, PLUGIN_WORKLOAD, sentence) : NULL;
  if (!workload) {
    snprintf(error, POINT_ERROR_BYTES, "%s", sentence);
    return false;
  }
  rig->map_calls = &map->map;
  rig->workload = &workload->workload;
  rig->config.region = &region->region;
  return true;
}

static bool set_parameters(struct trial_rig *rig, char *error)
{
  const struct workload_parameter *known = rig->workload->parameters;
  struct workload_plan *plan = &rig->plan.plan;
  for (int i = 0; known && known[i].name; i++)
    plan->parameter[i] = known[i].initial;
  for (int p = 0; p < PLAN_PARAMETERS && rig->point->parameter_name[p]; p++) {
    const char *name = rig->point->parameter_name[p];
    double value = rig->point->parameter[p];
    int i = 0;
    while (known && known[i].name && strcmp(known[i].name, name) != 0)
      i++;
    if (!known || !known[i].name) {
      snprintf(error, POINT_ERROR_BYTES, "%s has no parameter '%s': `tmb list` shows what it has",
               rig->workload->head.name, name);
      return false;
    }
    if (!(value >= known[i].least && value <= known[i].most)) {
      snprintf(error, POINT_ERROR_BYTES, "%s: parameter %s is %g, must be from %g to %g",
               rig->workload->head.name, name, value, known[i].least, known[i].most);
      return false;
    }
    plan->parameter[i] = value;
  }
  return true;
}

#define KEYS_MOST (UINT64_C(1) << 28) /* what key_stream can tell apart, misses doubling it */

static bool make_plan(struct trial_rig *rig, char *error)
{
  const struct point *point = rig->point;
  struct workload_plan *plan = &rig->plan.plan;
  if (point->keys > KEYS_MOST || (point->keys == 0 && !point->corpus)) {
    snprintf(error, POINT_ERROR_BYTES, "keys: %llu, must be from 1 to %llu",
             (unsigned long long)point->keys, (unsigned long long)KEYS_MOST);
    return false;
  }
  plan->seed = point->seed;
  plan->keys = point->keys;
  plan->operations = point->operations;
  plan->kind = point->kind;
  plan->threads = point->threads;
  plan->corpus_path = point->corpus;
  if (!set_parameters(rig, error))
    return false;
  if (rig->workload->prepare(plan) != 0) {
    snprintf(error, POINT_ERROR_BYTES, "%s: %s", rig->workload->head.name, plan->error);
    return false;
  }
  return true;
}

/* This thread resets and checks the map between trials. It stands where worker 0 does, which runs
 * only when this one waits: elsewhere, the kernel's choice of a place for it would decide whether a
 * trial finds the map's lines in its own cache or in another core's, and small inserts would take
 * 30 ns in one process and 110 in the next. */
static bool place_threads(struct trial_rig *rig, char *error)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  rig->caller_saved =
      pthread_getaffinity_np(pthread_self(), sizeof rig->caller_cpus, &rig->caller_cpus) == 0;
  if (topology_load(&rig->topology, sentence) == 0 &&
      placement_create(rig->topology, rig->point->place, rig->point->threads, &rig->placement,
                       sentence) == 0 &&
      worker_team_create(rig->placement, &rig->team, sentence) == 0 &&
      placement_bind(rig->placement, 0, sentence) == 0) {
    rig->placement_verdict = placement_is_free(rig->placement) ? PLACEMENT_FREE : PLACEMENT_HELD;
    return true;
  }
  snprintf(error, POINT_ERROR_BYTES, "%s", sentence);
  return false;
}

/* Room for one result a step, pages present. */
static uint64_t **allocate_results(struct trial_rig *rig, const struct tape *tapes)
{
  const int unwritten = workload_is_staged(rig->workload) ? 0 : 0xff; /* a stage need not write */
  struct workload_plan *plan = &rig->plan.plan;
  uint64_t **results = plan->allocate(plan, plan->threads * sizeof *results);
  for (unsigned t = 0; results && t < plan->threads; t++) {
    results[t] = plan->allocate(plan, (tapes[t].count + 1) * sizeof **results);
    if (!results[t])
      return NULL;
    memset(results[t], unwritten, (tapes[t].count + 1) * sizeof **results);
  }
  return results;
}

/* More than the maps here need: where warm pages run out, fresh ones fault in, and page_faults
 * tells.
 */
#define WARM_BYTES_A_KEY 128
#define WARM_BYTES_A_THREAD ((size_t)1 << 20)

static size_t expected_bytes(const struct trial_rig *rig)
{
  const struct workload_plan *plan = &rig->plan.plan;
  const struct key_set *keys = &plan->key_set;
  uint64_t key_bytes = keys->count ? keys->offset[keys->count] : 0; /* of a stage: maybe none */
  return key_bytes + keys->count * WARM_BYTES_A_KEY +
         plan->threads * (WARM_BYTES_A_THREAD + rig->point->block_bytes);
}

static enum trial_problem needs_unmet(const struct trial_rig *rig, char *error)
{
  if (rig->point->huge_pages && !huge_pages_offered("", error))
    return TRIAL_REFUSED;
  const struct map_plugin *map = rig->map_calls;
  const struct {
    uint32_t need;
    bool missing;
    const char *call;
  } of_map[] = {{NEEDS_LOOKUP, !map->lookup, "lookup"},
                {NEEDS_VISIT, !map->visit, "visit"},
                {NEEDS_RESET, !map->reset, "reset"},
                {NEEDS_STEAL, !map->steal_id, "steal_id"}};
  const char *name = rig->workload->head.name;
  for (size_t i = 0; i < sizeof of_map / sizeof *of_map; i++) {
    if (rig->workload->needs & of_map[i].need && of_map[i].missing) {
      snprintf(error, POINT_ERROR_BYTES, "%s needs %s, which %s does not offer", name,
               of_map[i].call, map->head.name);
      return TRIAL_REFUSED;
    }
  }
  if (rig->point->rate && workload_is_staged(rig->workload)) {
    snprintf(error, POINT_ERROR_BYTES,
             "%s conducts its own trials, so they cannot be played at a "
             "rate: leave the rate out",
             name);
    return TRIAL_REFUSED;
  }
  if (rig->workload->needs & NEEDS_NO_MAP && !(map->head.promises & MAP_IS_BASELINE)) {
    snprintf(error, POINT_ERROR_BYTES,
             "%s calls no map, so a figure of %s would mean nothing: name null_map", name,
             map->head.name);
    return TRIAL_REFUSED;
  }
  return TRIAL_GOOD;
}

static bool make_stage(struct trial_rig *rig)
{
  struct workload_plan *plan = &rig->plan.plan;
  rig->places = plan->allocate(plan, plan->threads * sizeof *rig->places);
  for (unsigned t = 0; rig->places && t < plan->threads; t++)
    rig->places[t] = placement_seat(rig->placement, t);
  if (rig->places)
    rig->stage = stage_record_create(rig->workload, plan, rig->map_calls, &rig->config, rig->places,
                                     rig->timed_results);
  return rig->stage;
}

/* A plan that failed for its memory policy says so itself; else what `error` says stays. */
static enum trial_problem no_memory(const struct trial_rig *rig, char *error)
{
  if (!rig->plan.refusal[0])
    return TRIAL_ERROR;
  snprintf(error, POINT_ERROR_BYTES, "%s", rig->plan.refusal);
  return TRIAL_REFUSED;
}

static enum trial_problem make_ready(struct trial_rig *rig, char *error)
{
  if (!load_plugins(rig, error))
    return TRIAL_ERROR;
  enum trial_problem unmet = needs_unmet(rig, error);
  if (unmet)
    return unmet;
  if (!place_threads(rig, error))
    return TRIAL_ERROR;
  enum trial_problem unfit = rig_memory_plan(rig, error);
  if (unfit)
    return unfit;
  if (!make_plan(rig, error))
    return no_memory(rig, error);
  struct workload_plan *plan = &rig->plan.plan;
  rig->record = plan->allocate(plan, plan->threads * sizeof *rig->record);
  rig->events = plan->allocate(plan, plan->threads * sizeof *rig->events);
  rig->node = plan->allocate(plan, plan->threads * sizeof *rig->node);
  if (rig->node)
    rig->nodes = node_times_init(rig->node, rig->placement);
  rig->timed_results = allocate_results(rig, plan->timed);
  if (plan->fill)
    rig->fill_results = allocate_results(rig, plan->fill);
  bool watched = workload_is_staged(rig->workload) ? make_stage(rig)
                                                   : (rig->oracle = oracle_create(plan)) != NULL;
  if (rig->point->rate)
    rig->open_loop = open_loop_create(rig->point, plan);
  bool scheduled = !rig->point->rate || rig->open_loop;
  if (!rig->record || !rig->events || !rig->node || !rig->timed_results ||
      (plan->fill && !rig->fill_results) || !watched || !scheduled) {
    snprintf(error, POINT_ERROR_BYTES, "no memory for the results of %llu keys",
             (unsigned long long)plan->keys);
    return no_memory(rig, error);
  }
  rig->config.hash = plan->hash;
  rig->config.hash_seed = plan->hash_seed;
  rig->config.expected_keys = plan->key_set.count;
  rig->config.threads = plan->threads;
  enum trial_problem problem = rig_memory_settle(rig, error);
  return problem ? problem : rig_memory_make_pages(rig, expected_bytes(rig), error);
}

enum trial_problem trial_rig_create(const struct point *point, struct trial_rig **out, char *error)
{
  struct trial_rig *rig = calloc(1, sizeof *rig);
  if (!rig) {
    snprintf(error, POINT_ERROR_BYTES, "no memory");
    return TRIAL_ERROR;
  }
  rig->point = point;
  plan_memory_init(&rig->plan);
  enum trial_problem problem = make_ready(rig, error);
  if (problem) {
    trial_rig_destroy(rig);
    return problem;
  }
  /* Each worker walks its tape once: else the first trial, and with long trials the only one, pays
   * for bringing tape and results into its processor's caches and page tables. */
  struct trial_times unused;
  if (!rig->stage) /* which may hold something else in its tapes */
    trial_bare_loop(rig, &unused);
  rig_memory_prove_before(rig);
  *out = rig;
  return TRIAL_GOOD;
}

void trial_rig_destroy(struct trial_rig *rig)
{
  trial_rig_stop_events(rig);
  if (rig->caller_saved)
    pthread_setaffinity_np(pthread_self(), sizeof rig->caller_cpus, &rig->caller_cpus);
  if (rig->map)
    rig->map_calls->destroy(rig->map);
  if (rig->team)
    worker_team_destroy(rig->team);
  if (rig->placement)
    placement_destroy(rig->placement);
  if (rig->topology)
    topology_destroy(rig->topology);
  oracle_destroy(rig->oracle);
  stage_record_destroy(rig->stage);
  open_loop_destroy(rig->open_loop);
  if (rig->pages.area)
    page_source_fini(&rig->pages);
  rig_memory_fini(&rig->memory);
  if (rig->workload && rig->workload->cleanup)
    rig->workload->cleanup(&rig->plan.plan);
  plan_memory_fini(&rig->plan);
  free(rig);
}
