/* region_shared: the region allocator of the hash-trie's generation: one block stream for all
 * threads (block_stream.h), and a flag that catches an alloc during a drop.
 *
 * Reference: traceRegionAlloc, Go commit 5bba5b25.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "regions/block_stream.h"

struct region_shared {
  struct block_stream stream;
  _Atomic bool dropping;
};

static int create(const struct region_config *config, void **region)
{
  struct region_shared *r = aligned_alloc(64, sizeof *r);
  if (!r)
    return -ENOMEM;
  block_stream_init(&r->stream, config);
  atomic_init(&r->dropping, false);
  *region = r;
  return 0;
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  (void)seat;
  struct region_shared *r = region;
  if (load_relaxed(&r->dropping)) { /* pairs with nothing: catches a misuse, orders nothing */
    fputs("region_shared: alloc during a drop\n", stderr);
    abort();
  }
  return block_stream_alloc(&r->stream, bytes);
}

static bool drop_step(void *region, unsigned blocks)
{
  struct region_shared *r = region;
  store_relaxed(&r->dropping, true); /* as above */
  bool done = block_stream_drop_step(&r->stream, &blocks);
  store_relaxed(&r->dropping, !done);
  return done;
}

static void drop(void *region)
{
  drop_step(region, UINT_MAX);
}

static void destroy(void *region)
{
  struct region_shared *r = region;
  drop(r);
  block_stream_fini(&r->stream);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct region_shared *r = region;
  *stats = (struct region_stats){0};
  block_stream_stats(&r->stream, stats);
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = REGION_ASYNC_SIGNAL_SAFE,
             .name = "region_shared",
             .summary = "one block for all threads, atomic bump; a lock only to fetch a block"},
    .create = create,
    .destroy = destroy,
    .alloc = alloc,
    .drop = drop,
    .stats = stats,
    .drop_step = drop_step,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
