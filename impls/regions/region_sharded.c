/* region_sharded: a block stream for each shard, so that no atomic is shared on the fast path. The
 * first thing that Go commit 5bba5b25 leaves for the future.
 *
 * A seat gets the shard with the fewest seats, the search beginning at its CPU's number when the
 * thread is bound, else at its own: so with no more seats than shards each has one to itself,
 * however CPUs are numbered, and who comes back finds the shard that was left. Entering and leaving
 * are under a lock. The add stays atomic: seats may share a shard, and a signal handler may
 * interrupt its own thread.
 *
 * Waste: up to a block a shard. Progress: as block_stream.h, and only threads of one shard can wait
 * for each other.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "regions/block_stream.h"

#define SHARDS_MOST 64u

struct shard {
  struct block_stream stream;
  unsigned seats; /* under the region's lock */
};

struct region_sharded {
  pthread_mutex_t lock;
  unsigned shards; /* a power of two */
  struct shard shard[];
};

static int create(const struct region_config *config, void **region)
{
  unsigned shards = 1;
  while (shards < config->threads && shards < SHARDS_MOST)
    shards *= 2;
  struct region_sharded *r = aligned_alloc(64, sizeof *r + shards * sizeof r->shard[0]);
  if (!r)
    return -ENOMEM;
  pthread_mutex_init(&r->lock, NULL);
  r->shards = shards;
  for (unsigned i = 0; i < shards; i++) {
    block_stream_init(&r->shard[i].stream, config);
    r->shard[i].seats = 0;
  }
  *region = r;
  return 0;
}

static int enter(void *region, const struct seat_place *place, void **seat)
{
  struct region_sharded *r = region;
  unsigned from = place->cpu >= 0 ? (unsigned)place->cpu : place->thread;
  pthread_mutex_lock(&r->lock);
  struct shard *emptiest = &r->shard[from % r->shards];
  for (unsigned i = 1; i < r->shards; i++) {
    struct shard *shard = &r->shard[(from + i) % r->shards];
    if (shard->seats < emptiest->seats)
      emptiest = shard;
  }
  emptiest->seats++;
  pthread_mutex_unlock(&r->lock);
  *seat = emptiest;
  return 0;
}

static void leave(void *region, void *seat)
{
  struct region_sharded *r = region;
  pthread_mutex_lock(&r->lock);
  ((struct shard *)seat)->seats--;
  pthread_mutex_unlock(&r->lock);
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  (void)region;
  return block_stream_alloc(&((struct shard *)seat)->stream, bytes);
}

static bool drop_step(void *region, unsigned blocks)
{
  struct region_sharded *r = region;
  for (unsigned i = 0; i < r->shards; i++)
    if (!block_stream_drop_step(&r->shard[i].stream, &blocks))
      return false;
  return true;
}

static void drop(void *region)
{
  drop_step(region, UINT_MAX);
}

static void destroy(void *region)
{
  struct region_sharded *r = region;
  drop(r);
  for (unsigned i = 0; i < r->shards; i++)
    block_stream_fini(&r->shard[i].stream);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct region_sharded *r = region;
  *stats = (struct region_stats){0};
  for (unsigned i = 0; i < r->shards; i++)
    block_stream_stats(&r->shard[i].stream, stats);
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = REGION_ASYNC_SIGNAL_SAFE,
             .name = "region_sharded",
             .summary = "a block a shard, a shard a seat up to 64; waste: up to a block a shard"},
    .create = create,
    .destroy = destroy,
    .enter = enter,
    .leave = leave,
    .alloc = alloc,
    .drop = drop,
    .stats = stats,
    .drop_step = drop_step,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
