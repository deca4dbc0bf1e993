/* region_locked: the region allocator of the old map's generation.
 *
 * A bump pointer in the newest block, blocks in a list, freed all at once. In the original it has
 * no lock of its own: it lives under the map's mutex. A map that serialises its calls gets exactly
 * that; for any other map the region takes a mutex of its own around each call.
 *
 * Reference: traceAlloc, Go before commit 5bba5b25.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "api/region.h"

struct block {
  struct block *next;
  unsigned char data[];
};

struct region_locked {
  pthread_mutex_t lock; /* unused when the caller serialises */
  bool caller_serialises;
  struct block *newest;
  size_t offset; /* first free byte of newest->data */
  uint64_t blocks, used_bytes;
  size_t block_bytes, capacity;
  struct block_source *source;
};

static int create(const struct region_config *config, void **region)
{
  struct region_locked *r = calloc(1, sizeof *r);
  if (!r)
    return -ENOMEM;
  pthread_mutex_init(&r->lock, NULL);
  r->caller_serialises = config->caller_serialises;
  r->block_bytes = config->block_bytes;
  r->capacity = config->block_bytes - sizeof(struct block);
  r->source = config->source;
  *region = r;
  return 0;
}

static void *bump(struct region_locked *r, size_t bytes)
{
  if (!r->newest || r->offset + bytes > r->capacity) {
    struct block *fresh = r->source->take(r->source, r->block_bytes);
    if (!fresh)
      return NULL;
    fresh->next = r->newest;
    r->newest = fresh;
    r->offset = 0;
    r->blocks++;
  }
  void *memory = r->newest->data + r->offset;
  r->offset += bytes;
  r->used_bytes += bytes;
  return memory;
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  (void)seat;
  struct region_locked *r = region;
  if (bytes > r->capacity) /* a multiple of 8; asked first, as rounding may wrap */
    return NULL;
  bytes = (bytes + 7) & ~(size_t)7;
  if (r->caller_serialises)
    return bump(r, bytes);
  pthread_mutex_lock(&r->lock);
  void *memory = bump(r, bytes);
  pthread_mutex_unlock(&r->lock);
  return memory;
}

static void drop(void *region)
{
  struct region_locked *r = region;
  while (r->newest) {
    struct block *block = r->newest;
    r->newest = block->next;
    r->source->give_back(r->source, block, r->block_bytes);
  }
  r->blocks = 0;
  r->used_bytes = 0;
}

static void destroy(void *region)
{
  struct region_locked *r = region;
  drop(r);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct region_locked *r = region;
  stats->blocks = r->blocks;
  stats->mapped_bytes = r->blocks * r->block_bytes;
  stats->used_bytes = r->used_bytes;
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = "region_locked",
             .summary = "a plain bump pointer under the map's mutex, or under one of its own"},
    .create = create,
    .destroy = destroy,
    .alloc = alloc,
    .drop = drop,
    .stats = stats,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
