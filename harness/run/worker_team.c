/* worker_team.c: see worker_team.h. */
#include "run/worker_team.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct member {
  struct worker_team *team;
  unsigned worker;
  pthread_t thread;
};

struct worker_team {
  const struct placement *placement;
  unsigned threads;
  pthread_mutex_t lock;
  pthread_cond_t job_given, job_done;
  /* All under lock. */
  team_job *job; /* NULL: end */
  void *arg;
  uint64_t jobs;    /* given so far */
  unsigned working; /* workers that have not done the last one */
  int error;        /* the first one that a worker met when it bound itself */
  char reason[TOPOLOGY_ERROR_BYTES];
  /* Workers that came to a start line, all lines together. On a line of its own: all spin on it. */
  _Alignas(64) _Atomic uint64_t arrived;
  struct member member[];
};

static void *work(void *arg)
{
  struct member *self = arg;
  struct worker_team *team = self->team;
  char reason[TOPOLOGY_ERROR_BYTES];
  int error = placement_bind(team->placement, self->worker, reason);

  pthread_mutex_lock(&team->lock);
  if (error && !team->error) {
    team->error = error;
    snprintf(team->reason, sizeof team->reason, "%s", reason);
  }
  for (uint64_t done = 0;;) {
    if (--team->working == 0)
      pthread_cond_signal(&team->job_done);
    while (team->jobs == done)
      pthread_cond_wait(&team->job_given, &team->lock);
    done = team->jobs;
    team_job *job = team->job;
    void *job_arg = team->arg;
    if (!job)
      break;
    pthread_mutex_unlock(&team->lock);
    job(job_arg, self->worker);
    pthread_mutex_lock(&team->lock);
  }
  pthread_mutex_unlock(&team->lock);
  return NULL;
}

/* Under lock. */
static void give_job(struct worker_team *team, team_job *job, void *arg)
{
  team->job = job;
  team->arg = arg;
  team->working = team->threads;
  team->jobs++;
  pthread_cond_broadcast(&team->job_given);
}

/* Under lock. */
static void wait_until_done(struct worker_team *team)
{
  while (team->working > 0)
    pthread_cond_wait(&team->job_done, &team->lock);
}

int worker_team_create(const struct placement *placement, struct worker_team **out, char *error)
{
  unsigned threads = placement_threads(placement);
  size_t bytes = sizeof(struct worker_team) + threads * sizeof(struct member);
  struct worker_team *team = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
  if (!team) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for a team of %u threads", threads);
    return -ENOMEM;
  }
  *team = (struct worker_team){.placement = placement};
  pthread_mutex_init(&team->lock, NULL);
  pthread_cond_init(&team->job_given, NULL);
  pthread_cond_init(&team->job_done, NULL);

  pthread_mutex_lock(&team->lock); /* a new thread first waits here, so `working` counts all */
  int failed = 0;
  for (unsigned i = 0; i < threads && !failed; i++) {
    team->member[i] = (struct member){.team = team, .worker = i};
    failed = pthread_create(&team->member[i].thread, NULL, work, &team->member[i]);
    if (failed)
      snprintf(team->reason, sizeof team->reason, "thread %u of %u was not started", i, threads);
    else
      team->threads = ++team->working;
  }
  wait_until_done(team);
  if (failed && !team->error)
    team->error = -failed;
  pthread_mutex_unlock(&team->lock);

  if (team->error) {
    int result = team->error;
    snprintf(error, TOPOLOGY_ERROR_BYTES, "%s", team->reason);
    worker_team_destroy(team);
    return result;
  }
  *out = team;
  return 0;
}

void worker_team_destroy(struct worker_team *team)
{
  pthread_mutex_lock(&team->lock);
  give_job(team, NULL, NULL);
  pthread_mutex_unlock(&team->lock);
  for (unsigned i = 0; i < team->threads; i++)
    pthread_join(team->member[i].thread, NULL);
  pthread_cond_destroy(&team->job_done);
  pthread_cond_destroy(&team->job_given);
  pthread_mutex_destroy(&team->lock);
  free(team);
}

void worker_team_run(struct worker_team *team, team_job *job, void *arg)
{
  pthread_mutex_lock(&team->lock);
  give_job(team, job, arg);
  wait_until_done(team);
  pthread_mutex_unlock(&team->lock);
}

#define SPINS_BEFORE_YIELD 20000

void worker_team_start_line(struct worker_team *team)
{
  /* Release and acquire: what each did before the line is seen by all behind it. */
  uint64_t place = atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel);
  uint64_t all = (place / team->threads + 1) * team->threads;
  for (unsigned spins = 0; atomic_load_explicit(&team->arrived, memory_order_acquire) < all;
       spins++) {
    if (spins > SPINS_BEFORE_YIELD)
      sched_yield();
#if defined(__x86_64__)
    else
      __builtin_ia32_pause();
#endif
  }
}
