/* trial.c: see trial.h. */
#include "run/trial.h"

#include <stdio.h>
#include <string.h>

#include "measure/stopwatch.h"
#include "run/sampled_latencies.h"
#include "run/trial_rig.h"

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

/* Starts a worker's clock, behind the start line. */
static struct worker_cost start_clock(struct trial_rig *rig, unsigned index)
{
  struct worker_cost before = worker_cost_now(&rig->events[index]);
  rig->record[index].start_ns = stopwatch_now_ns();
  return before;
}

static void stop_clock(struct trial_rig *rig, unsigned index, const struct worker_cost *before)
{
  struct seat_record *record = &rig->record[index];
  record->end_ns = stopwatch_now_ns();
  struct worker_cost after = worker_cost_now(&rig->events[index]);
  record->cost = worker_cost_between(before, &after);
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

  worker_team_start_line(rig->team); /* also by one that could not enter: the others wait for it */
  if (!entered)
    return;
  struct worker_cost before = start_clock(rig, index);
  if (rig->open_loop)
    open_loop_play(rig->open_loop, &rig->plan.plan, &worker, record->start_ns);
  else
    rig->workload->run(&rig->plan.plan, &worker);
  stop_clock(rig, index, &before);

  verify_placement(rig, record, index);
  record->stolen[1] = steal(rig, &worker);
  leave(&worker);
}

static void stage_job(void *arg, unsigned index)
{
  struct trial_rig *rig = arg;
  struct seat_record *record = &rig->record[index];
  verify_placement(rig, record, index);
  if (index == 0)
    stage_record_start(rig->stage, stopwatch_now_ns());

  worker_team_start_line(rig->team); /* behind it all workers see the start */
  struct worker_cost before = start_clock(rig, index);
  rig->workload->act(stage_record_stage(rig->stage), index);
  stop_clock(rig, index, &before);

  verify_placement(rig, record, index);
}

static void bare_job(void *arg, unsigned index)
{
  struct trial_rig *rig = arg;
  const struct tape *tape = &rig->plan.plan.timed[index];
  worker_team_start_line(rig->team);
  struct worker_cost before = start_clock(rig, index);
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    rig->timed_results[index][i] = result_word(step->operation + 1u, false);
    __asm__ volatile("" ::: "memory"); /* one store a step, as with a map; no vector loop */
  }
  stop_clock(rig, index, &before);
}

/* ---- a trial ---- */

/* Whether the region gave back every block in the step that lies behind. */
static enum trial_problem nothing_held(const struct trial_rig *rig, const char *step, char *error)
{
  uint64_t held = page_source_held_bytes(&rig->pages);
  if (!held)
    return TRIAL_GOOD;
  snprintf(error, POINT_ERROR_BYTES, "the map's region keeps %llu bytes after %s",
           (unsigned long long)held, step);
  return TRIAL_WRONG;
}

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
  enum trial_problem problem = nothing_held(rig, rig->map ? "reset" : "destroy", error);
  if (problem)
    return problem;
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

enum trial_problem trial_rig_prove_map(struct trial_rig *rig, char *error)
{
  if (!rig->unproved)
    return TRIAL_GOOD;
  rig->unproved = false;
  return oracle_map(rig->oracle, rig->map_calls, rig->map) ? TRIAL_GOOD : wrong(rig, error);
}

/* Gives the trial an empty map. */
static enum trial_problem empty_map(struct trial_rig *rig, char *error)
{
  enum trial_problem problem = trial_rig_prove_map(rig, error);
  if (problem)
    return problem;
  rig->filled = false;
  problem = fresh_map(rig, error);
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

static void sum_up(struct trial_rig *rig, struct trial_times *times)
{
  const struct workload_plan *plan = &rig->plan.plan;
  uint64_t first = UINT64_MAX, last = 0;
  *times = (struct trial_times){.node = rig->node, .nodes = rig->nodes, .cost.counted = true};
  node_times_begin(rig->node, rig->nodes);
  for (unsigned t = 0; t < plan->threads; t++) {
    const struct seat_record *record = &rig->record[t];
    first = record->start_ns < first ? record->start_ns : first;
    last = record->end_ns > last ? record->end_ns : last;
    uint64_t own_ns = record->end_ns - record->start_ns;
    double rate = (double)plan->timed[t].count * 1e9 / (double)(own_ns ? own_ns : 1);
    times->slowest = t == 0 || rate < times->slowest ? rate : times->slowest;
    times->fastest = rate > times->fastest ? rate : times->fastest;
    worker_cost_add(&times->cost, &record->cost);
    node_times_add(rig->node, rig->nodes, placement_seat(rig->placement, t).node, rate);
  }
  times->wall_ns = last > first ? last - first : 1;
}

/* Runs the timed tapes through rig->calls and has the oracle look. */
static enum trial_problem play(struct trial_rig *rig, struct trial_times *times, char *error)
{
  memset(rig->record, 0, rig->plan.plan.threads * sizeof *rig->record);
  rig->stats_taken = false;
  if (rig->open_loop)
    open_loop_begin(rig->open_loop);
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
  if (!oracle_takes(rig, rig->plan.plan.timed, rig->timed_results))
    return wrong(rig, error);
  /* A filled map lives on, and what a trial spoils in it stays: one look for all of them. */
  rig->unproved = true;
  return rig->filled ? TRIAL_GOOD : trial_rig_prove_map(rig, error);
}

/* What a call of a staged workload came to; its sentence is the trial's. */
static enum trial_problem stage_call(const struct stage *stage, int result, const char *call,
                                     enum trial_problem problem, char *error)
{
  if (result == 0)
    return TRIAL_GOOD;
  snprintf(error, POINT_ERROR_BYTES, "%s: %s", call,
           stage->error[0] ? stage->error : strerror(result < 0 ? -result : result));
  return problem;
}

/* The trial of a staged workload. */
static enum trial_problem conduct(struct trial_rig *rig, struct trial_times *times, char *error)
{
  struct stage *stage = stage_record_stage(rig->stage);
  memset(rig->record, 0, rig->plan.plan.threads * sizeof *rig->record);
  stage_record_begin_trial(rig->stage);
  page_source_rewind(&rig->pages);
  enum trial_problem problem =
      stage_call(stage, rig->workload->begin(stage), "begin", TRIAL_ERROR, error);
  if (problem)
    return problem;
  worker_team_run(rig->team, stage_job, rig);
  problem = stage_call(stage, rig->workload->end(stage), "oracle", TRIAL_WRONG, error);
  if (!problem)
    problem = nothing_held(rig, "end", error);
  if (!problem && !stage_record_end_trial(rig->stage, error))
    problem = TRIAL_ERROR;
  note_placement(rig);
  sum_up(rig, times);
  return problem;
}

enum trial_problem trial_run(struct trial_rig *rig, struct trial_times *times, char *error)
{
  if (rig->stage)
    return conduct(rig, times, error);
  enum trial_problem problem = start_map(rig, error);
  if (problem)
    return problem;
  rig->calls = rig->map_calls;
  rig->watched = rig->map;
  return play(rig, times, error);
}

enum trial_problem trial_run_sampled(struct trial_rig *rig, uint32_t mean_gap,
                                     struct sampled_latencies *latencies, char *error)
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
  sampled_latencies_collect(latencies, sampling);
  sampling_map_destroy(sampling);
  return problem;
}

struct sampled_latencies *trial_rig_latencies(const struct trial_rig *rig)
{
  return sampled_latencies_create(rig->node, rig->nodes);
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

void trial_rig_begin_series(struct trial_rig *rig)
{
  if (rig->stage)
    stage_record_begin_series(rig->stage);
}

struct stage_record *trial_rig_stage(struct trial_rig *rig)
{
  return rig->stage;
}

const struct open_loop *trial_rig_open_loop(const struct trial_rig *rig)
{
  return rig->open_loop;
}

void trial_rig_facts(struct trial_rig *rig, struct trial_facts *facts)
{
  const struct workload_plan *plan = &rig->plan.plan;
  *facts = (struct trial_facts){.plan = plan, .map = rig->map_calls, .stage = rig->stage};
  uint64_t added = 0, missed = 0, written = 0;
  for (unsigned t = 0; t < plan->threads; t++) {
    facts->operations += plan->timed[t].count;
    for (uint64_t i = 0; i < plan->timed[t].count; i++) {
      uint64_t word = rig->timed_results[t][i];
      added += result_added(word);
      missed += result_id(word) == 0;
      written |= word;
    }
  }
  facts->without_outcomes = rig->stage && !written;
  double operations = facts->operations ? (double)facts->operations : 1;
  facts->added = (double)added / operations;
  facts->missed = (double)missed / operations;
  facts->found = (double)(facts->operations - added - missed) / operations;
  facts->has_stats = rig->map && rig->map_calls->stats;
  if (facts->has_stats && !rig->stats_taken) { /* a walk through the map */
    rig->stats = (struct map_stats){0};
    rig->map_calls->stats(rig->map, &rig->stats);
    rig->stats_taken = true;
  }
  facts->stats = rig->stats;
  facts->huge_pages_asked = rig->point->huge_pages;
  if (facts->huge_pages_asked)
    facts->huge_page_bytes = page_source_huge_bytes(&rig->pages);
  facts->placement = placement_verdict_name(rig->placement_verdict);
  memcpy(facts->placement_reason, rig->placement_reason, sizeof facts->placement_reason);
}
