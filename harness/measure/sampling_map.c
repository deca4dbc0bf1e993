/* sampling_map.c: times one of about every mean_gap operations of another map.
 *
 * Progress: put, lookup and steal_id add no lock to the inner map's. enter and leave take a mutex.
 */
#include "measure/sampling_map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "around/around_map.h"
#include "measure/stopwatch.h"

enum { CACHE_LINE = 64 };

struct sampling_seat {
  _Alignas(CACHE_LINE) uint64_t until_sample; /* operations, the sampled one included; >= 1 */
  void *inner;
  uint64_t random; /* the generator's state */
  uint32_t mean_gap;
  unsigned thread;
  int node;   /* of the place that the thread came with; the same each time */
  bool taken; /* guarded by seats_lock, like next */
  struct sampling_seat *next;
  struct histogram outcome[SAMPLE_OUTCOMES]; /* written by the seat's thread only */
};

struct sampling_map {
  struct around_map around; /* first */
  uint32_t mean_gap;
  uint64_t seed;
  pthread_mutex_t seats_lock;
  struct sampling_seat *seats; /* guarded by seats_lock */
};

const char *sample_outcome_name(enum sample_outcome outcome)
{
  static const char *const name[SAMPLE_OUTCOMES] = {"added", "found", "missed"};
  return name[outcome];
}

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). */
static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* Uniform in 1 … 2 * mean_gap - 1, whose mean is mean_gap. */
static uint64_t draw_gap(struct sampling_seat *seat)
{
  return 1 + next_random(&seat->random) % (2 * (uint64_t)seat->mean_gap - 1);
}

static bool is_sample(struct sampling_seat *seat)
{
  if (__builtin_expect(--seat->until_sample != 0, 1))
    return false;
  seat->until_sample = draw_gap(seat); /* before the clock is read */
  return true;
}

static struct map_put put(void *map, void *opaque_seat, const void *bytes, size_t n)
{
  const struct sampling_map *self = map;
  struct sampling_seat *seat = opaque_seat;
  if (!is_sample(seat))
    return self->around.inner.put(self->around.inner_map, seat->inner, bytes, n);
  uint64_t start_ns = stopwatch_now_ns();
  struct map_put result = self->around.inner.put(self->around.inner_map, seat->inner, bytes, n);
  uint64_t end_ns = stopwatch_now_ns();
  if (result.id != 0)
    histogram_record(&seat->outcome[result.added ? SAMPLE_ADDED : SAMPLE_FOUND], end_ns - start_ns);
  return result;
}

static uint64_t lookup(void *map, void *opaque_seat, const void *bytes, size_t n)
{
  const struct sampling_map *self = map;
  struct sampling_seat *seat = opaque_seat;
  if (!is_sample(seat))
    return self->around.inner.lookup(self->around.inner_map, seat->inner, bytes, n);
  uint64_t start_ns = stopwatch_now_ns();
  uint64_t id = self->around.inner.lookup(self->around.inner_map, seat->inner, bytes, n);
  uint64_t end_ns = stopwatch_now_ns();
  histogram_record(&seat->outcome[id != 0 ? SAMPLE_FOUND : SAMPLE_MISSED], end_ns - start_ns);
  return id;
}

static uint64_t steal_id(void *map, void *opaque_seat)
{
  const struct sampling_map *self = map;
  struct sampling_seat *seat = opaque_seat;
  return self->around.inner.steal_id(self->around.inner_map, seat->inner);
}

/* A seat that this thread number has left, so that its generator goes on where it stopped and the
 * samples of a run do not depend on the order in which threads arrive; or else a new one. */
static struct sampling_seat *take_seat(struct sampling_map *self, unsigned thread)
{
  uint64_t ordinal = 0; /* tells apart seats that one thread number holds at a time */
  for (struct sampling_seat *seat = self->seats; seat; seat = seat->next) {
    if (seat->thread != thread)
      continue;
    if (!seat->taken) {
      seat->taken = true;
      return seat;
    }
    ordinal++;
  }
  struct sampling_seat *seat = aligned_alloc(CACHE_LINE, sizeof *seat);
  if (!seat)
    return NULL;
  memset(seat, 0, sizeof *seat); /* its pages are present before any clock runs */
  seat->thread = thread;
  seat->mean_gap = self->mean_gap;
  uint64_t state = self->seed;
  seat->random = next_random(&state) ^ ((uint64_t)thread << 32 | ordinal);
  seat->until_sample = draw_gap(seat);
  seat->taken = true;
  seat->next = self->seats;
  self->seats = seat;
  return seat;
}

static void give_seat_back(struct sampling_map *self, struct sampling_seat *seat)
{
  pthread_mutex_lock(&self->seats_lock);
  seat->taken = false;
  pthread_mutex_unlock(&self->seats_lock);
}

static int enter(void *map, const struct seat_place *place, void **opaque_seat)
{
  struct sampling_map *self = map;
  pthread_mutex_lock(&self->seats_lock);
  struct sampling_seat *seat = take_seat(self, place->thread);
  pthread_mutex_unlock(&self->seats_lock);
  if (!seat)
    return -ENOMEM;
  seat->inner = NULL;
  seat->node = place->node;
  if (self->around.inner.enter) {
    int error = self->around.inner.enter(self->around.inner_map, place, &seat->inner);
    if (error) {
      give_seat_back(self, seat);
      return error;
    }
  }
  *opaque_seat = seat;
  return 0;
}

static void leave(void *map, void *opaque_seat)
{
  struct sampling_map *self = map;
  struct sampling_seat *seat = opaque_seat;
  if (self->around.inner.leave)
    self->around.inner.leave(self->around.inner_map, seat->inner);
  give_seat_back(self, seat);
}

int sampling_map_create(const struct map_plugin *inner, void *inner_map, uint32_t mean_gap,
                        uint64_t seed, struct sampling_map **sampling)
{
  if (mean_gap == 0)
    return -EINVAL;
  struct sampling_map *self = calloc(1, sizeof *self);
  if (!self)
    return -ENOMEM;
  self->mean_gap = mean_gap;
  self->seed = seed;
  pthread_mutex_init(&self->seats_lock, NULL); /* cannot fail with default attributes */
  static const struct map_plugin own = {
      .enter = enter, .leave = leave, .put = put, .lookup = lookup, .steal_id = steal_id};
  around_map_init(&self->around, inner, inner_map, &own);
  *sampling = self;
  return 0;
}

void sampling_map_destroy(struct sampling_map *sampling)
{
  for (struct sampling_seat *seat = sampling->seats, *next; seat; seat = next) {
    next = seat->next;
    free(seat);
  }
  pthread_mutex_destroy(&sampling->seats_lock);
  free(sampling);
}

const struct map_plugin *sampling_map_calls(const struct sampling_map *sampling)
{
  return &sampling->around.calls;
}

void *sampling_map_inner_seat(void *seat)
{
  return ((struct sampling_seat *)seat)->inner;
}

static void collect(struct sampling_map *sampling, const int *node, enum sample_outcome outcome,
                    struct histogram *into)
{
  pthread_mutex_lock(&sampling->seats_lock); /* pairs with the unlock in leave() */
  for (struct sampling_seat *seat = sampling->seats; seat; seat = seat->next)
    if (!node || seat->node == *node)
      histogram_merge(into, &seat->outcome[outcome]);
  pthread_mutex_unlock(&sampling->seats_lock);
}

void sampling_map_collect(struct sampling_map *sampling, enum sample_outcome outcome,
                          struct histogram *into)
{
  collect(sampling, NULL, outcome, into);
}

void sampling_map_collect_node(struct sampling_map *sampling, int node, enum sample_outcome outcome,
                               struct histogram *into)
{
  collect(sampling, &node, outcome, into);
}
