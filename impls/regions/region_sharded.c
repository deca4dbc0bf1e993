/* region_sharded: a block stream for each shard, so that no atomic is shared on the fast path. The
 * first thing that Go commit 5bba5b25 leaves for the future.
 *
 * A seat belongs to the shard of its CPU when its thread is bound, else of its number in the team;
 * with no more seats than shards each has one to itself. The add stays atomic: seats may share a
 * shard, and a signal handler may interrupt its own thread.
 *
 * Waste: up to a block a shard. Progress: as block_stream.h, and only threads of one shard can wait
 * for each other.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "regions/block_stream.h"

#define SHARDS_MOST 64u

struct region_sharded {
  unsigned shards; /* a power of two */
  struct block_stream stream[];
};

static int create(const struct region_config *config, void **region)
{
  unsigned shards = 1;
  while (shards < config->threads && shards < SHARDS_MOST)
    shards *= 2;
  struct region_sharded *r = aligned_alloc(64, sizeof *r + shards * sizeof r->stream[0]);
  if (!r)
    return -ENOMEM;
  r->shards = shards;
  for (unsigned i = 0; i < shards; i++)
    block_stream_init(&r->stream[i], config);
  *region = r;
  return 0;
}

static int enter(void *region, const struct seat_place *place, void **seat)
{
  struct region_sharded *r = region;
  unsigned number = place->cpu >= 0 ? (unsigned)place->cpu : place->thread;
  *seat = &r->stream[number % r->shards];
  return 0;
}

static void leave(void *region, void *seat)
{
  (void)region, (void)seat;
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  (void)region;
  return block_stream_alloc(seat, bytes);
}

static bool drop_step(void *region, unsigned blocks)
{
  struct region_sharded *r = region;
  for (unsigned i = 0; i < r->shards; i++)
    if (!block_stream_drop_step(&r->stream[i], &blocks))
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
    block_stream_fini(&r->stream[i]);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct region_sharded *r = region;
  *stats = (struct region_stats){0};
  for (unsigned i = 0; i < r->shards; i++)
    block_stream_stats(&r->stream[i], stats);
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = REGION_ASYNC_SIGNAL_SAFE,
             .name = "region_sharded",
             .summary = "a block a shard, the shard chosen by CPU; waste: up to a block a shard"},
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
