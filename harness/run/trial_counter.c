/* trial_counter.c: see trial_counter.h. All but call_counter_run() happens in its child. */
#include "run/trial_counter.h"

#include <stdio.h>

#include "run/trial_rig.h"

#define CALLS_COUNTED 256

struct counted_trial {
  const struct trial_rig *rig;
  const struct region_plugin *region; /* called itself; NULL: the map is */
  struct page_source pages;
  struct node_regions node_regions;
  unsigned seats;
  void *subject; /* the map or region */
  void *seat[CALL_COUNTER_SEATS_MOST];
  const struct tape_step *next[CALL_COUNTER_SEATS_MOST]; /* by tape */
  uint64_t left[CALL_COUNTER_SEATS_MOST];
  uint64_t done, total;
};

static bool enter_all(struct counted_trial *trial)
{
  const struct map_plugin *map = trial->rig->map_calls;
  for (unsigned s = 0; s < trial->seats; s++) {
    struct seat_place place = placement_seat(trial->rig->placement, s);
    int error = 0;
    if (trial->region && trial->region->enter)
      error = trial->region->enter(trial->subject, &place, &trial->seat[s]);
    else if (!trial->region && map->enter)
      error = map->enter(trial->subject, &place, &trial->seat[s]);
    if (error)
      return false;
  }
  return true;
}

static void make_call(const struct counted_trial *trial, const struct tape_step *step, void *seat)
{
  const struct map_plugin *map = trial->rig->map_calls;
  if (trial->region)
    trial->region->alloc(trial->subject, seat, step->length);
  else if (step->operation == TAPE_PUT)
    map->put(trial->subject, seat, tape_key(step), step->length);
  else
    map->lookup(trial->subject, seat, tape_key(step), step->length);
}

/* The next step, of the tapes in turn. */
static void play_step(struct counted_trial *trial)
{
  unsigned seat = (unsigned)(trial->done++ % trial->seats), tape = seat;
  while (trial->left[tape] == 0)
    tape = (tape + 1) % trial->seats;
  const struct tape_step *step = trial->next[tape];
  trial->next[tape] = tape_next(step);
  trial->left[tape]--;
  make_call(trial, step, trial->seat[seat]);
}

static void fill(struct counted_trial *trial)
{
  const struct workload_plan *plan = &trial->rig->plan.plan;
  for (unsigned t = 0; plan->fill && t < plan->threads; t++) {
    const struct tape_step *step = plan->fill[t].steps;
    for (uint64_t i = 0; i < plan->fill[t].count; i++, step = tape_next(step))
      make_call(trial, step, trial->seat[0]);
  }
}

/* Leaves nothing to play when something fails: then there are no calls, which call_counter says. */
static void warm_up(void *arg)
{
  struct counted_trial *trial = arg;
  const struct trial_rig *rig = trial->rig;
  struct map_config config = rig->config;
  node_regions_init(&trial->node_regions, rig->memory.node_regions.inner, &trial->pages, &config);
  if (page_source_init(&trial->pages, &rig->pages.config) != 0 ||
      (trial->region ? trial->region->create(&config.region_config, &trial->subject)
                     : rig->map_calls->create(&config, &trial->subject)) != 0 ||
      !enter_all(trial)) {
    trial->total = 0;
    return;
  }
  fill(trial);
  while (trial->done + CALLS_COUNTED < trial->total)
    play_step(trial);
}

static void play(void *arg)
{
  struct counted_trial *trial = arg;
  while (trial->done < trial->total)
    play_step(trial);
}

bool trial_counter_run(const struct trial_rig *rig, struct call_counts *counts, char *error)
{
  const struct workload_plan *plan = &rig->plan.plan;
  struct counted_trial trial = {.rig = rig, .seats = plan->threads};
  struct call_counter_task task = {.warm_up = warm_up,
                                   .play = play,
                                   .arg = &trial,
                                   .seats = plan->threads,
                                   .calls_most = CALLS_COUNTED};
  *counts = (struct call_counts){0};
  if (rig->workload->needs & NEEDS_NO_MAP) {
    trial.region = rig->config.region;
  } else if (workload_is_staged(rig->workload)) {
    snprintf(error, CALL_COUNTER_ERROR_BYTES, "%s conducts its own trials",
             rig->workload->head.name);
    return false;
  }
  if (plan->threads > CALL_COUNTER_SEATS_MOST) {
    snprintf(error, CALL_COUNTER_ERROR_BYTES, "for at most %d threads", CALL_COUNTER_SEATS_MOST);
    return false;
  }
  for (unsigned t = 0; t < plan->threads; t++) {
    trial.next[t] = plan->timed[t].steps;
    trial.left[t] = plan->timed[t].count;
    trial.total += plan->timed[t].count;
  }
  if (trial.region) {
    task.function[0] = (counted_function *)trial.region->alloc;
  } else {
    task.function[0] = (counted_function *)rig->map_calls->put;
    task.function[1] = (counted_function *)rig->map_calls->lookup;
  }
  return call_counter_run(&task, counts, error);
}

static void empty_function(void)
{
  __asm__ volatile("" ::: "memory");
}

static void call_empty_function(void *arg)
{
  (void)arg;
  counted_function *volatile function = empty_function;
  function();
}

bool trial_counter_available(char *error)
{
  const struct call_counter_task task = {
      .function = {empty_function}, .play = call_empty_function, .seats = 1, .calls_most = 1};
  struct call_counts counts;
  return call_counter_run(&task, &counts, error);
}
