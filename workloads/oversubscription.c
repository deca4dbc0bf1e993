/* oversubscription: more threads than processors. On each worker's processor stands a crowd of
 * threads, which put the same unseen keys as all others, each crowd in an order of its own that its
 * threads share out. Whoever holds a lock may lose the processor with it.
 *
 * This measures the scheduler together with the map, so it is no point of a scaling curve:
 * `threads` counts processors, the parameter per_cpu the crowd on each. One of each crowd times its
 * puts, every one of them: a put that lost the processor shows as a long one.
 *
 * Checked after each trial: one id a key, no id for two keys, added once. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_stream.h"

enum parameter { PER_CPU };

static const struct workload_parameter parameters[] = {
    [PER_CPU] = {"per_cpu", "threads on each processor", 4, 1, 64},
    {0},
};

static const char *const latencies[] = {"put", NULL};

enum purpose { PURPOSE_ORDER = 100 }; /* + thread */

static int prepare(struct workload_plan *plan)
{
  if (!key_stream_generate(plan, plan->keys))
    return prepare_out_of_memory(plan);
  plan->timed = tapes_of_all(plan, plan->keys, PURPOSE_ORDER);
  return plan->timed ? 0 : prepare_out_of_memory(plan);
}

struct member {
  struct crowd *crowd;
  pthread_t thread;
  void *seat;
  const struct tape_step *step; /* its share of the worker's tape */
  uint64_t first, count;
  bool times; /* its puts, one by one */
};

enum signal { SIGNAL_WAIT, SIGNAL_GO, SIGNAL_GO_HOME };

struct crowd {
  struct stage *stage;
  unsigned worker;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum signal signal; /* under lock */
  struct member *member;
};

struct trial {
  void *map;
  unsigned per_cpu;
  unsigned seated, started; /* members, over all crowds */
  struct crowd *crowd;
  struct member *member; /* crowd by crowd */
};

/* ---- a member ---- */

static void play(const struct member *own)
{
  struct stage *stage = own->crowd->stage;
  const struct trial *trial = stage->own;
  const struct map_plugin *calls = stage->calls;
  const unsigned worker = own->crowd->worker;
  uint64_t *results = stage->results[worker];
  const struct tape_step *step = own->step;
  for (uint64_t i = own->first; i < own->first + own->count; i++, step = tape_next(step)) {
    uint64_t from_ns = own->times ? stage->now_ns() : 0;
    struct map_put put = calls->put(trial->map, own->seat, tape_key(step), step->length);
    if (own->times) /* the worker itself waits: its histogram is this thread's */
      stage->latency(stage, worker, 0, from_ns, stage->now_ns());
    results[i] = result_word(put.id, put.added);
  }
}

static void *live(void *arg)
{
  const struct member *own = arg;
  struct crowd *crowd = own->crowd;
  pthread_mutex_lock(&crowd->lock);
  while (crowd->signal == SIGNAL_WAIT)
    pthread_cond_wait(&crowd->changed, &crowd->lock);
  enum signal signal = crowd->signal;
  pthread_mutex_unlock(&crowd->lock);
  if (signal == SIGNAL_GO)
    play(own);
  return NULL;
}

static void give_signal(struct crowd *crowd, enum signal signal)
{
  pthread_mutex_lock(&crowd->lock);
  crowd->signal = signal;
  pthread_cond_broadcast(&crowd->changed);
  pthread_mutex_unlock(&crowd->lock);
}

/* ---- begin ---- */

/* Shares the worker's tape out among its crowd. */
static void share_out(struct crowd *crowd, unsigned per_cpu)
{
  const struct tape *tape = &crowd->stage->plan->timed[crowd->worker];
  const struct tape_step *step = tape->steps;
  uint64_t at = 0;
  for (unsigned m = 0; m < per_cpu; m++) {
    struct member *member = &crowd->member[m];
    *member = (struct member){.crowd = crowd, .step = step, .first = at, .times = m == 0};
    member->count = tape->count * (m + 1) / per_cpu - at;
    for (uint64_t i = 0; i < member->count; i++, at++)
      step = tape_next(step);
  }
}

static int start_member(struct stage *stage, struct member *member)
{
  struct trial *trial = stage->own;
  const struct seat_place *at = &stage->place[member->crowd->worker];
  const unsigned number = (unsigned)(member - trial->member);
  const struct seat_place place = {.thread = number, .cpu = at->cpu, .node = at->node};
  int error = stage->calls->enter ? stage->calls->enter(trial->map, &place, &member->seat) : 0;
  if (error)
    return error;
  trial->seated++;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (at->cpu >= 0 && at->cpu < CPU_SETSIZE) {
    CPU_SET((unsigned)at->cpu, &cpus);
    pthread_attr_setaffinity_np(&attributes, sizeof cpus, &cpus);
  }
  error = pthread_create(&member->thread, &attributes, live, member);
  pthread_attr_destroy(&attributes);
  trial->started += error == 0;
  return -error;
}

/* All members have ended or were never started. */
static void close_trial(struct stage *stage)
{
  struct trial *trial = stage->own;
  for (unsigned m = 0; stage->calls->leave && m < trial->seated; m++)
    stage->calls->leave(trial->map, trial->member[m].seat);
  for (unsigned c = 0; c < stage->plan->threads; c++) {
    pthread_mutex_destroy(&trial->crowd[c].lock);
    pthread_cond_destroy(&trial->crowd[c].changed);
  }
  stage->calls->destroy(trial->map);
  free(trial->crowd);
  free(trial->member);
  free(trial);
  stage->own = NULL;
}

static int refuse(struct stage *stage, int error, const char *what)
{
  snprintf(stage->error, sizeof stage->error, "%s: %s", what, strerror(-error));
  return error;
}

static struct trial *allocate_trial(const struct workload_plan *plan)
{
  struct trial *trial = calloc(1, sizeof *trial);
  if (!trial)
    return NULL;
  trial->per_cpu = (unsigned)plan->parameter[PER_CPU];
  trial->crowd = calloc(plan->threads, sizeof *trial->crowd);
  trial->member = calloc((size_t)plan->threads * trial->per_cpu, sizeof *trial->member);
  if (trial->crowd && trial->member)
    return trial;
  free(trial->crowd);
  free(trial->member);
  free(trial);
  return NULL;
}

static int begin(struct stage *stage)
{
  const unsigned crowds = stage->plan->threads;
  struct trial *trial = allocate_trial(stage->plan);
  if (!trial)
    return refuse(stage, -ENOMEM, "the crowd");
  struct map_config config = *stage->config;
  config.threads = config.region_config.threads = crowds * trial->per_cpu;
  int error = stage->calls->create(&config, &trial->map);
  if (error) {
    free(trial->crowd);
    free(trial->member);
    free(trial);
    return refuse(stage, error, "the map was not created");
  }
  stage->own = trial;
  for (unsigned c = 0; c < crowds; c++) {
    struct crowd *crowd = &trial->crowd[c];
    *crowd = (struct crowd){.stage = stage, .worker = c};
    crowd->member = &trial->member[(size_t)c * trial->per_cpu];
    pthread_mutex_init(&crowd->lock, NULL); /* cannot fail with default attributes */
    pthread_cond_init(&crowd->changed, NULL);
    share_out(crowd, trial->per_cpu);
  }
  for (unsigned m = 0; !error && m < crowds * trial->per_cpu; m++)
    error = start_member(stage, &trial->member[m]);
  if (!error)
    return 0;
  for (unsigned c = 0; c < crowds; c++)
    give_signal(&trial->crowd[c], SIGNAL_GO_HOME);
  for (unsigned m = 0; m < trial->started; m++)
    pthread_join(trial->member[m].thread, NULL);
  close_trial(stage);
  return refuse(stage, error, "not all of the crowd came");
}

/* ---- act ---- */

static void act(struct stage *stage, unsigned thread)
{
  const struct trial *trial = stage->own;
  struct crowd *crowd = &trial->crowd[thread];
  give_signal(crowd, SIGNAL_GO);
  for (unsigned m = 0; m < trial->per_cpu; m++)
    pthread_join(crowd->member[m].thread, NULL);
}

/* ---- end ---- */

static int ascending(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return left < right ? -1 : left > right;
}

/* What the first put of a key gave is what all the others must give. id and added have an entry a
 * key, zeroed. */
static const char *contradiction(const struct stage *stage, uint64_t *id, uint8_t *added)
{
  const struct workload_plan *plan = stage->plan;
  for (unsigned t = 0; t < plan->threads; t++) {
    const struct tape_step *step = plan->timed[t].steps;
    for (uint64_t i = 0; i < plan->timed[t].count; i++, step = tape_next(step)) {
      uint64_t word = stage->results[t][i], *known = &id[step->key];
      if (!result_id(word))
        return "a put was refused";
      if (*known && *known != result_id(word))
        return "one string has two ids";
      *known = result_id(word);
      if (result_added(word) && added[step->key]++)
        return "a string was added twice";
    }
  }
  for (uint64_t key = 0; key < plan->key_set.count; key++)
    if (!added[key])
      return "a string has an id, and no put added it";
  qsort(id, plan->key_set.count, sizeof *id, ascending);
  for (uint64_t key = 1; key < plan->key_set.count; key++)
    if (id[key] == id[key - 1])
      return "two strings have one id";
  return NULL;
}

static int check(struct stage *stage)
{
  const uint64_t keys = stage->plan->key_set.count;
  uint64_t *id = calloc(keys, sizeof *id);
  uint8_t *added = calloc(keys, sizeof *added);
  const char *found = id && added ? contradiction(stage, id, added) : "no memory for the check";
  free(id);
  free(added);
  if (!found)
    return 0;
  snprintf(stage->error, sizeof stage->error, "%s", found);
  return -EINVAL;
}

static int end(struct stage *stage)
{
  const struct trial *trial = stage->own;
  stage->figure(stage, "crowd", trial->per_cpu * stage->plan->threads, FIGURE_MEDIAN);
  int result = stage->calls->head.promises & MAP_IS_BASELINE ? 0 : check(stage);
  close_trial(stage);
  return result;
}

static const struct workload_plugin plugin = {
    .head = {.kind = PLUGIN_WORKLOAD,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "oversubscription",
             .summary = "more threads than processors put the same unseen keys"},
    .parameters = parameters,
    .prepare = prepare,
    .begin = begin,
    .act = act,
    .end = end,
    .latencies = latencies,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
