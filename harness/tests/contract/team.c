/* team.c: see team.h. */
#include "tests/contract/team.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS_MOST 64
#define SMALL_STACK_BYTES ((size_t)256 * 1024)

struct member {
  team_work *work;
  void *arg;
  unsigned thread;
  pthread_barrier_t *barrier; /* NULL: alone */
};

static _Thread_local pthread_barrier_t *own_barrier;

static void *run_member(void *arg)
{
  const struct member *member = arg;
  own_barrier = member->barrier;
  team_meet();
  member->work(member->arg, member->thread);
  return NULL;
}

static void must(int failed, const char *what)
{
  if (!failed)
    return;
  fprintf(stderr, "%s failed: %d\n", what, failed);
  abort();
}

void team_meet(void)
{
  if (own_barrier)
    pthread_barrier_wait(own_barrier);
}

void team_run(unsigned threads, team_work *work, void *arg)
{
  struct member member[THREADS_MOST];
  pthread_t id[THREADS_MOST];
  pthread_barrier_t barrier;
  must(threads > THREADS_MOST, "a team this large");
  must(pthread_barrier_init(&barrier, NULL, threads), "pthread_barrier_init");
  for (unsigned t = 0; t < threads; t++) {
    member[t] = (struct member){work, arg, t, &barrier};
    must(pthread_create(&id[t], NULL, run_member, &member[t]), "pthread_create");
  }
  for (unsigned t = 0; t < threads; t++)
    pthread_join(id[t], NULL);
  pthread_barrier_destroy(&barrier);
}

void team_run_on_small_stack(team_work *work, void *arg)
{
  struct member member = {work, arg, 0, NULL};
  pthread_attr_t attributes;
  pthread_t id;
  pthread_attr_init(&attributes);
  must(pthread_attr_setstacksize(&attributes, SMALL_STACK_BYTES), "pthread_attr_setstacksize");
  must(pthread_create(&id, &attributes, run_member, &member), "pthread_create");
  pthread_join(id, NULL);
  pthread_attr_destroy(&attributes);
}
