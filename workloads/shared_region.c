/* shared_region.c: see shared_region.h. */
#include "shared_region.h"

#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stdlib.h>

/* What a map holds as its region. */
struct region_reference {
  struct shared_region *shared;
  bool dropped; /* read by alloc of this map alone, written when none runs */
  struct region_reference *next;
};

/* What a thread holds as its seat, whichever map it took it in. */
struct region_seat {
  alignas(64) void *inner;
  unsigned thread, holders;
  struct region_seat *next;
};

static struct shared_region *shared_of(struct block_source *source)
{
  return (struct shared_region *)source; /* its first member */
}

static void *take(struct block_source *source, size_t bytes)
{
  struct block_source *own = shared_of(source)->config.source;
  return own->take(own, bytes);
}

static void *take_zeroed(struct block_source *source, size_t bytes)
{
  return block_source_take_zeroed(shared_of(source)->config.source, bytes);
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  struct block_source *own = shared_of(source)->config.source;
  own->give_back(own, block, bytes);
}

static int create(const struct region_config *config, void **region)
{
  struct shared_region *shared = shared_of(config->source);
  struct region_reference *reference = malloc(sizeof *reference);
  if (!reference)
    return -ENOMEM;
  *reference = (struct region_reference){.shared = shared};
  pthread_mutex_lock(&shared->lock);
  int error = shared->region ? 0 : shared->inner.create(&shared->config, &shared->region);
  struct region_reference **last = &shared->references;
  while (*last)
    last = &(*last)->next;
  if (!error)
    *last = reference;
  pthread_mutex_unlock(&shared->lock);
  if (error)
    free(reference);
  else
    *region = reference;
  return error;
}

static int enter(void *region, const struct seat_place *place, void **out)
{
  struct shared_region *shared = ((struct region_reference *)region)->shared;
  pthread_mutex_lock(&shared->lock);
  int error = 0;
  struct region_seat *seat = shared->seats;
  while (seat && seat->thread != place->thread)
    seat = seat->next;
  if (!seat) {
    seat = aligned_alloc(alignof(struct region_seat), sizeof *seat);
    error = seat ? 0 : -ENOMEM;
    if (seat) {
      *seat = (struct region_seat){.thread = place->thread};
      if (shared->inner.enter)
        error = shared->inner.enter(shared->region, place, &seat->inner);
    }
    if (error) {
      free(seat);
    } else {
      seat->next = shared->seats;
      shared->seats = seat;
    }
  }
  if (!error) {
    seat->holders++;
    *out = seat;
  }
  pthread_mutex_unlock(&shared->lock);
  return error;
}

static void leave(void *region, void *out)
{
  struct shared_region *shared = ((struct region_reference *)region)->shared;
  struct region_seat *seat = out;
  pthread_mutex_lock(&shared->lock);
  if (--seat->holders == 0) {
    struct region_seat **link = &shared->seats;
    while (*link != seat)
      link = &(*link)->next;
    *link = seat->next;
    if (shared->inner.leave)
      shared->inner.leave(shared->region, seat->inner);
    free(seat);
  }
  pthread_mutex_unlock(&shared->lock);
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  const struct region_reference *reference = region;
  if (reference->dropped)
    return NULL;
  const struct shared_region *shared = reference->shared;
  return shared->inner.alloc(shared->region, ((struct region_seat *)seat)->inner, bytes);
}

/* Under the lock. */
static bool all_dropped(const struct shared_region *shared)
{
  const struct region_reference *reference = shared->references;
  while (reference && reference->dropped)
    reference = reference->next;
  return !reference;
}

/* Under the lock, when every block is given back. */
static void begin_anew(struct shared_region *shared)
{
  for (struct region_reference *r = shared->references; r; r = r->next)
    r->dropped = false;
}

static bool drop_step(void *region, unsigned blocks)
{
  struct region_reference *reference = region;
  struct shared_region *shared = reference->shared;
  bool done = true;
  pthread_mutex_lock(&shared->lock);
  reference->dropped = true;
  if (all_dropped(shared)) {
    if (shared->inner.drop_step)
      done = shared->inner.drop_step(shared->region, blocks);
    else
      shared->inner.drop(shared->region);
    if (done)
      begin_anew(shared);
  }
  pthread_mutex_unlock(&shared->lock);
  return done;
}

static void drop(void *region)
{
  while (!drop_step(region, UINT_MAX))
    ;
}

static void destroy(void *region)
{
  struct region_reference *reference = region;
  struct shared_region *shared = reference->shared;
  pthread_mutex_lock(&shared->lock);
  struct region_reference **link = &shared->references;
  while (*link != reference)
    link = &(*link)->next;
  *link = reference->next;
  if (!shared->references) {
    shared->inner.destroy(shared->region);
    shared->region = NULL;
  } else if (all_dropped(shared)) {
    shared->inner.drop(shared->region);
    begin_anew(shared);
  }
  pthread_mutex_unlock(&shared->lock);
  free(reference);
}

static void stats(const void *region, struct region_stats *out)
{
  const struct region_reference *reference = region;
  struct shared_region *shared = reference->shared;
  *out = (struct region_stats){0};
  pthread_mutex_lock(&shared->lock);
  if (shared->references == reference)
    shared->inner.stats(shared->region, out);
  pthread_mutex_unlock(&shared->lock);
}

void shared_region_init(struct shared_region *shared, const struct region_plugin *region,
                        const struct region_config *config)
{
  *shared = (struct shared_region){
      .source = {.take = take, .give_back = give_back, .take_zeroed = take_zeroed},
      .calls = {.head = region->head,
                .create = create,
                .destroy = destroy,
                .enter = enter,
                .leave = leave,
                .alloc = alloc,
                .drop = drop,
                .stats = stats,
                .drop_step = region->drop_step ? drop_step : NULL},
      .inner = *region,
      .config = *config,
  };
  /* Each map may call under a lock of its own; together they overlap. */
  shared->config.caller_serialises = false;
  pthread_mutex_init(&shared->lock, NULL);
}

void shared_region_fini(struct shared_region *shared)
{
  pthread_mutex_destroy(&shared->lock);
}

void shared_region_lend(struct shared_region *shared, struct map_config *config)
{
  config->region = &shared->calls;
  config->region_config = shared->config;
  config->region_config.source = &shared->source;
}
