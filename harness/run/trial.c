/* trial.c: see trial.h. */
#include "run/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "check/oracle.h"
#include "load/plugin_loader.h"
#include "measure/stopwatch.h"
#include "run/plan_memory.h"
#include "run/worker_team.h"

struct seat_record {
  uint64_t start_ns, end_ns, page_faults;
  uint64_t stolen[2]; /* 0: none */
  int error;
  struct placement_proof proof;
};

struct trial_rig {
  const struct point *point;
  const struct map_plugin *map_calls;
  const struct workload_plugin *workload;
  struct plan_memory plan; /* the plan and all that prepare() allocated */
  struct topology *topology;
  struct placement *placement;
  struct worker_team *team;
  struct page_source pages;
  struct map_config config;
  void *map;
  bool filled; /* START_FILLED, and the fill tapes were played */
  struct oracle *oracle;
  uint64_t **fill_results, **timed_results; /* by worker */
  struct seat_record *record;               /* by worker */
  /* What the workers call in the trial under way: the map, or a watcher around it. */
  const struct map_plugin *calls;
  void *watched;
  enum placement_verdict placement_verdict;
  char placement_reason[160];
};

/* ---- making ready ---- */

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

static bool place_threads(struct trial_rig *rig, char *error)
{
  char sentence[TOPOLOGY_ERROR_BYTES];
  if (topology_load(&rig->topology, sentence) == 0 &&
      placement_create(rig->topology, rig->point->place, rig->point->threads, &rig->placement,
                       sentence) == 0 &&
      worker_team_create(rig->placement, &rig->team, sentence) == 0)
    return true;
  snprintf(error, POINT_ERROR_BYTES, "%s", sentence);
  return false;
}

/* Room for one result a step, pages present. */
static uint64_t **allocate_results(struct trial_rig *rig, const struct tape *tapes)
{
  struct workload_plan *plan = &rig->plan.plan;
  uint64_t **results = plan->allocate(plan, plan->threads * sizeof *results);
  for (unsigned t = 0; results && t < plan->threads; t++) {
    results[t] = plan->allocate(plan, (tapes[t].count + 1) * sizeof **results);
    if (!results[t])
      return NULL;
    memset(results[t], 0xff, (tapes[t].count + 1) * sizeof **results);
  }
  return results;
}

/* More than the maps here need: a warm source that runs dry faults pages in, and page_faults tells.
 */
#define WARM_BYTES_A_KEY 128
#define WARM_BYTES_A_THREAD ((size_t)1 << 20)
#define RESERVATION_FACTOR 16

static int prepare_pages(struct trial_rig *rig)
{
  const struct workload_plan *plan = &rig->plan.plan;
  const struct key_set *keys = &plan->key_set;
  size_t touched = keys->offset[keys->count] + keys->count * WARM_BYTES_A_KEY +
                   plan->threads * (WARM_BYTES_A_THREAD + rig->point->block_bytes);
  int error = page_source_init(&rig->pages, rig->point->pages, touched * RESERVATION_FACTOR);
  if (!error && rig->point->pages == PAGES_WARM && rig->map_calls->head.promises & MAP_USES_REGION)
    page_source_touch(&rig->pages, touched);
  return error;
}

static enum trial_problem needs_unmet(const struct trial_rig *rig, char *error)
{
  if (rig->workload->needs & NEEDS_LOOKUP && !rig->map_calls->lookup) {
    snprintf(error, POINT_ERROR_BYTES, "%s needs lookup, which %s does not offer",
             rig->workload->head.name, rig->map_calls->head.name);
    return TRIAL_REFUSED;
  }
  return TRIAL_GOOD;
}

static enum trial_problem make_ready(struct trial_rig *rig, char *error)
{
  if (!load_plugins(rig, error))
    return TRIAL_ERROR;
  enum trial_problem unmet = needs_unmet(rig, error);
  if (unmet)
    return unmet;
  if (!place_threads(rig, error) || !make_plan(rig, error))
    return TRIAL_ERROR;
  struct workload_plan *plan = &rig->plan.plan;
  rig->record = plan->allocate(plan, plan->threads * sizeof *rig->record);
  rig->timed_results = allocate_results(rig, plan->timed);
  if (plan->fill)
    rig->fill_results = allocate_results(rig, plan->fill);
  rig->oracle = oracle_create(plan);
  if (!rig->record || !rig->timed_results || (plan->fill && !rig->fill_results) || !rig->oracle ||
      prepare_pages(rig) != 0) {
    snprintf(error, POINT_ERROR_BYTES, "no memory for the results of %llu keys",
             (unsigned long long)plan->keys);
    return TRIAL_ERROR;
  }
  rig->config.hash = plan->hash;
  rig->config.hash_seed = plan->hash_seed;
  rig->config.expected_keys = plan->key_set.count;
  rig->config.threads = plan->threads;
  rig->config.region_config = (struct region_config){.block_bytes = rig->point->block_bytes,
                                                     .source = &rig->pages.source,
                                                     .threads = plan->threads};
  return TRIAL_GOOD;
}

enum trial_problem trial_rig_create(const struct point *point, struct trial_rig **out, char *error)
{
  struct trial_rig *rig = calloc(1, sizeof *rig);
  if (!rig) {
    snprintf(error, POINT_ERROR_BYTES, "no memory");
    return TRIAL_ERROR;
  }
  rig->point = point;
  rig->placement_verdict = point->place == PLACE_NONE ? PLACEMENT_FREE : PLACEMENT_HELD;
  plan_memory_init(&rig->plan);
  enum trial_problem problem = make_ready(rig, error);
  if (problem)
    trial_rig_destroy(rig);
  else
    *out = rig;
  return problem;
}

void trial_rig_destroy(struct trial_rig *rig)
{
  if (rig->map)
    rig->map_calls->destroy(rig->map);
  if (rig->team)
    worker_team_destroy(rig->team);
  if (rig->placement)
    placement_destroy(rig->placement);
  if (rig->topology)
    topology_destroy(rig->topology);
  oracle_destroy(rig->oracle);
  page_source_fini(&rig->pages);
  if (rig->workload && rig->workload->cleanup)
    rig->workload->cleanup(&rig->plan.plan);
  plan_memory_fini(&rig->plan);
  free(rig);
}

/* ---- what the workers do ---- */

static bool enter(struct trial_rig *rig, unsigned index, struct worker *worker)
{
  *worker = (struct worker){.index = index, .calls = rig->calls, .map = rig->watched};
  if (!rig->calls->enter)
    return true;
  struct seat_place place = placement_seat(rig->placement, index);
  rig->record[index].error = rig->calls->enter(rig->watched, &place, &worker->seat);
  return rig->record[index].error == 0;
}

static void leave(struct worker *worker)
{
  if (worker->calls->leave)
    worker->calls->leave(worker->map, worker->seat);
}

static void fill_job(void *arg, unsigned index)
{
  struct trial_rig *rig = arg;
  struct worker worker;
  if (!enter(rig, index, &worker))
    return;
  tape_play(&rig->plan.plan.fill[index], &worker, rig->fill_results[index]);
  leave(&worker);
}

static uint64_t minor_faults(void)
{
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return (uint64_t)usage.ru_minflt;
}

static uint64_t steal(const struct trial_rig *rig, const struct worker *worker)
{
  /* Only into an empty map: the oracle must know every id stolen since. */
  bool wanted = worker->index == 0 && !rig->filled && worker->calls->steal_id;
  return wanted ? worker->calls->steal_id(worker->map, worker->seat) : 0;
}

static void verify_placement(struct trial_rig *rig, struct seat_record *record, unsigned index)
{
  struct placement_proof proof;
  placement_verify(rig->placement, index, &proof);
  if (record->proof.verdict != PLACEMENT_BROKEN)
    record->proof = proof;
}

static void timed_job(void *arg, unsigned index)
{
  struct trial_rig *rig = arg;
  struct seat_record *record = &rig->record[index];
  struct worker worker;
  bool entered = enter(rig, index, &worker);
  worker.results = rig->timed_results[index];
  if (entered)
    record->stolen[0] = steal(rig, &worker);
  verify_placement(rig, record, index);
  uint64_t faults = minor_faults();

  worker_team_start_line(rig->team); /* also by one that could not enter: the others wait for it */
  if (!entered)
    return;
  record->start_ns = stopwatch_now_ns();
  rig->workload->run(&rig->plan.plan, &worker);
  record->end_ns = stopwatch_now_ns();

  record->page_faults = minor_faults() - faults;
  verify_placement(rig, record, index);
  record->stolen[1] = steal(rig, &worker);
  leave(&worker);
}

static void bare_job(void *arg, unsigned index)
{
  struct trial_rig *rig = arg;
  const struct tape *tape = &rig->plan.plan.timed[index];
  struct seat_record *record = &rig->record[index];
  worker_team_start_line(rig->team);
  record->start_ns = stopwatch_now_ns();
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    rig->timed_results[index][i] = result_word(step->operation + 1u, false);
    __asm__ volatile("" ::: "memory"); /* one store a step, as with a map; no vector loop */
  }
  record->end_ns = stopwatch_now_ns();
}

/* ---- a trial ---- */

static enum trial_problem fresh_map(struct trial_rig *rig, char *error)
{
  if (rig->map && rig->map_calls->reset) {
    int failed = rig->map_calls->reset(rig->map);
    if (failed) {
      snprintf(error, POINT_ERROR_BYTES, "reset failed: %s", strerror(-failed));
      return TRIAL_WRONG;
    }
  } else if (rig->map) {
    rig->map_calls->destroy(rig->map);
    rig->map = NULL;
  }
  uint64_t held = page_source_held_bytes(&rig->pages);
  if (held) {
    snprintf(error, POINT_ERROR_BYTES, "the map's region keeps %llu bytes after %s",
             (unsigned long long)held, rig->map ? "reset" : "destroy");
    return TRIAL_WRONG;
  }
  page_source_rewind(&rig->pages);
  if (!rig->map) {
    int failed = rig->map_calls->create(&rig->config, &rig->map);
    if (failed) {
      snprintf(error, POINT_ERROR_BYTES, "the map was not created: %s", strerror(-failed));
      return TRIAL_ERROR;
    }
  }
  return TRIAL_GOOD;
}

static bool is_baseline(const struct trial_rig *rig)
{
  return rig->map_calls->head.promises & MAP_IS_BASELINE;
}

static enum trial_problem seats_taken(const struct trial_rig *rig, char *error)
{
  for (unsigned t = 0; t < rig->plan.plan.threads; t++) {
    if (rig->record[t].error) {
      snprintf(error, POINT_ERROR_BYTES, "worker %u got no seat: %s", t,
               strerror(-rig->record[t].error));
      return TRIAL_ERROR;
    }
  }
  return TRIAL_GOOD;
}

static bool oracle_takes(struct trial_rig *rig, const struct tape *tapes, uint64_t **results)
{
  for (unsigned t = 0; t < rig->plan.plan.threads; t++)
    if (!oracle_tape(rig->oracle, &tapes[t], results[t], t))
      return false;
  oracle_settle(rig->oracle);
  return true;
}

static enum trial_problem wrong(const struct trial_rig *rig, char *error)
{
  snprintf(error, POINT_ERROR_BYTES, "oracle: %s", oracle_contradiction(rig->oracle));
  return TRIAL_WRONG;
}

/* Gives the trial an empty map. */
static enum trial_problem empty_map(struct trial_rig *rig, char *error)
{
  rig->filled = false;
  enum trial_problem problem = fresh_map(rig, error);
  if (!problem)
    oracle_begin(rig->oracle);
  return problem;
}

/* Plays the fill tapes, if there are any, through rig->calls. */
static enum trial_problem fill_map(struct trial_rig *rig, char *error)
{
  struct workload_plan *plan = &rig->plan.plan;
  if (!plan->fill)
    return TRIAL_GOOD;
  worker_team_run(rig->team, fill_job, rig);
  enum trial_problem problem = seats_taken(rig, error);
  if (problem)
    return problem;
  if (!is_baseline(rig) && !oracle_takes(rig, plan->fill, rig->fill_results))
    return wrong(rig, error);
  rig->filled = plan->start == START_FILLED;
  return TRIAL_GOOD;
}

/* Brings the map into the state in which trials start. */
static enum trial_problem start_map(struct trial_rig *rig, char *error)
{
  if (rig->filled)
    return TRIAL_GOOD;
  enum trial_problem problem = empty_map(rig, error);
  if (problem)
    return problem;
  rig->calls = rig->map_calls;
  rig->watched = rig->map;
  return fill_map(rig, error);
}

static void note_placement(struct trial_rig *rig)
{
  for (unsigned t = 0; t < rig->plan.plan.threads; t++) {
    const struct placement_proof *proof = &rig->record[t].proof;
    if (proof->verdict == PLACEMENT_BROKEN && rig->placement_verdict != PLACEMENT_BROKEN) {
      rig->placement_verdict = PLACEMENT_BROKEN;
      memcpy(rig->placement_reason, proof->reason, sizeof rig->placement_reason);
    }
  }
}

static void sum_up(const struct trial_rig *rig, struct trial_times *times)
{
  const struct workload_plan *plan = &rig->plan.plan;
  uint64_t first = UINT64_MAX, last = 0;
  *times = (struct trial_times){0};
  for (unsigned t = 0; t < plan->threads; t++) {
    const struct seat_record *record = &rig->record[t];
    first = record->start_ns < first ? record->start_ns : first;
    last = record->end_ns > last ? record->end_ns : last;
    uint64_t own_ns = record->end_ns - record->start_ns;
    double rate = (double)plan->timed[t].count * 1e9 / (double)(own_ns ? own_ns : 1);
    times->slowest = t == 0 || rate < times->slowest ? rate : times->slowest;
    times->fastest = rate > times->fastest ? rate : times->fastest;
    times->page_faults += record->page_faults;
  }
  times->wall_ns = last > first ? last - first : 1;
}

/* Runs the timed tapes through rig->calls and has the oracle look. */
static enum trial_problem play(struct trial_rig *rig, struct trial_times *times, char *error)
{
  memset(rig->record, 0, rig->plan.plan.threads * sizeof *rig->record);
  worker_team_run(rig->team, timed_job, rig);
  enum trial_problem problem = seats_taken(rig, error);
  if (problem)
    return problem;
  note_placement(rig);
  sum_up(rig, times);
  if (is_baseline(rig))
    return TRIAL_GOOD;
  for (int i = 0; i < 2; i++)
    if (rig->record[0].stolen[i])
      oracle_stolen(rig->oracle, rig->record[0].stolen[i]);
  if (!oracle_takes(rig, rig->plan.plan.timed, rig->timed_results) ||
      !oracle_map(rig->oracle, rig->map_calls, rig->map))
    return wrong(rig, error);
  return TRIAL_GOOD;
}

enum trial_problem trial_run(struct trial_rig *rig, struct trial_times *times, char *error)
{
  enum trial_problem problem = start_map(rig, error);
  if (problem)
    return problem;
  rig->calls = rig->map_calls;
  rig->watched = rig->map;
  return play(rig, times, error);
}

enum trial_problem trial_run_sampled(struct trial_rig *rig, uint32_t mean_gap,
                                     struct histogram into[SAMPLE_OUTCOMES], char *error)
{
  enum trial_problem problem = start_map(rig, error);
  if (problem)
    return problem;
  struct sampling_map *sampling;
  if (sampling_map_create(rig->map_calls, rig->map, mean_gap, rig->point->seed, &sampling) != 0) {
    snprintf(error, POINT_ERROR_BYTES, "no memory to sample latencies");
    return TRIAL_ERROR;
  }
  rig->calls = sampling_map_calls(sampling);
  rig->watched = sampling;
  struct trial_times unused;
  problem = play(rig, &unused, error);
  for (int outcome = 0; outcome < SAMPLE_OUTCOMES; outcome++)
    sampling_map_collect(sampling, (enum sample_outcome)outcome, &into[outcome]);
  sampling_map_destroy(sampling);
  return problem;
}

enum trial_problem trial_run_watched(struct trial_rig *rig, const struct trial_watcher *watcher,
                                     struct trial_times *times, char *error)
{
  enum trial_problem problem = empty_map(rig, error);
  if (problem)
    return problem;
  rig->calls = watcher->wrap(watcher->arg, rig->map_calls, rig->map, &rig->watched);
  problem = fill_map(rig, error);
  return problem ? problem : play(rig, times, error);
}

void trial_bare_loop(struct trial_rig *rig, struct trial_times *times)
{
  memset(rig->record, 0, rig->plan.plan.threads * sizeof *rig->record);
  worker_team_run(rig->team, bare_job, rig);
  sum_up(rig, times);
}

void trial_rig_facts(struct trial_rig *rig, struct trial_facts *facts)
{
  const struct workload_plan *plan = &rig->plan.plan;
  *facts = (struct trial_facts){.plan = plan, .map = rig->map_calls};
  uint64_t added = 0, missed = 0;
  for (unsigned t = 0; t < plan->threads; t++) {
    facts->operations += plan->timed[t].count;
    for (uint64_t i = 0; i < plan->timed[t].count; i++) {
      uint64_t word = rig->timed_results[t][i];
      added += result_added(word);
      missed += result_id(word) == 0;
    }
  }
  double operations = facts->operations ? (double)facts->operations : 1;
  facts->added = (double)added / operations;
  facts->missed = (double)missed / operations;
  facts->found = (double)(facts->operations - added - missed) / operations;
  facts->has_stats = rig->map && rig->map_calls->stats;
  if (facts->has_stats)
    rig->map_calls->stats(rig->map, &facts->stats);
  facts->placement = placement_verdict_name(rig->placement_verdict);
  memcpy(facts->placement_reason, rig->placement_reason, sizeof facts->placement_reason);
}
