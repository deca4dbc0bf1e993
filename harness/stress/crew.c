/* crew.c: see crew.h. */
#include "stress/crew.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress/rig.h"

struct crew_member {
  struct crew *crew;
  unsigned thread;
  pthread_t handle;
};

struct crew {
  struct board *board;
  crew_job *job;
  void *arg;
  unsigned threads;
  _Atomic bool abandoned;   /* a thread could not be started: do nothing */
  _Atomic bool complete;    /* all were started */
  _Atomic unsigned arrived; /* at the start line */
  struct crew_member member[];
};

static void *member_run(void *arg)
{
  struct crew_member *self = arg;
  struct crew *crew = self->crew;
  /* Acquire: pairs with the stores in crew_start(). */
  while (!atomic_load_explicit(&crew->complete, memory_order_acquire)) {
    if (atomic_load_explicit(&crew->abandoned, memory_order_acquire))
      return NULL;
    sched_yield();
  }
  struct board_seat *seat = &crew->board->seat[self->thread];
  atomic_store_explicit(&seat->where, 0, memory_order_relaxed);
  atomic_store_explicit(&seat->tid, (int32_t)gettid(), memory_order_relaxed);
  rig_set_here(seat);
  crew->job(crew->arg, crew, self->thread);
  rig_set_here(NULL);
  atomic_store_explicit(&seat->tid, 0, memory_order_relaxed);
  return NULL;
}

static void join(struct crew *crew, unsigned started)
{
  for (unsigned i = 0; i < started; i++)
    pthread_join(crew->member[i].handle, NULL);
  free(crew);
}

struct crew *crew_start(struct board *board, unsigned threads, crew_job *job, void *arg)
{
  struct crew *crew = calloc(1, sizeof *crew + threads * sizeof crew->member[0]);
  if (!crew)
    return NULL;
  crew->board = board;
  crew->job = job;
  crew->arg = arg;
  crew->threads = threads;
  for (unsigned i = 0; i < threads; i++) {
    crew->member[i] = (struct crew_member){.crew = crew, .thread = i};
    if (pthread_create(&crew->member[i].handle, NULL, member_run, &crew->member[i]) != 0) {
      atomic_store_explicit(&crew->abandoned, true, memory_order_release);
      join(crew, i);
      return NULL;
    }
  }
  /* Release: pairs with the load in member_run(). */
  atomic_store_explicit(&crew->complete, true, memory_order_release);
  return crew;
}

void crew_start_line(struct crew *crew)
{
  /* Release and acquire: what each did before the line is seen by all behind it. */
  atomic_fetch_add_explicit(&crew->arrived, 1, memory_order_acq_rel);
  while (atomic_load_explicit(&crew->arrived, memory_order_acquire) < crew->threads)
    sched_yield();
}

void crew_join(struct crew *crew)
{
  join(crew, crew->threads);
}

void crew_signal(const struct crew *crew, unsigned thread, int signal_number)
{
  pthread_kill(crew->member[thread].handle, signal_number);
}
