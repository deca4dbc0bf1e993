/* region_shared: the region allocator of the hash-trie's generation.
 *
 * One current block, shared by all threads; an atomic add on its offset is the whole fast path. The
 * slow path, once a block, is under a lock: look once more, else retire the block and publish a
 * fresh one whose offset already covers the request, so that the caller is certain to progress.
 *
 * Progress: alloc is lock-free but for fetching a block. Signals are held off while the lock is
 * held, so a handler on the same thread never waits for what it interrupted.
 *
 * Reference: traceRegionAlloc, Go commit 5bba5b25.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/region.h"
#include "common/atomics.h"

struct block {
  struct block *next;
  _Atomic uint64_t offset; /* first free byte of data; runs past capacity once the block is full */
  uint64_t used;           /* of a full block: bytes handed out */
  uint64_t unused;         /* keeps data on a 32-byte boundary */
  unsigned char data[];
};

struct region_shared {
  alignas(64) _Atomic(struct block *) current;
  alignas(64) pthread_mutex_t lock;
  struct block *full; /* under lock */
  uint64_t blocks;    /* under lock */
  size_t block_bytes, capacity;
  struct block_source *source;
  _Atomic bool dropping;
};

static int create(const struct region_config *config, void **region)
{
  struct region_shared *r = aligned_alloc(64, sizeof *r);
  if (!r)
    return -ENOMEM;
  *r = (struct region_shared){.block_bytes = config->block_bytes,
                              .capacity = config->block_bytes - sizeof(struct block),
                              .source = config->source};
  pthread_mutex_init(&r->lock, NULL);
  *region = r;
  return 0;
}

/* Where the data of a block of this region begins to be handed out, or NULL when it does not fit.
 */
static inline void *bump(struct block *block, size_t bytes, size_t capacity)
{
  /* relaxed: the add only divides the block; its contents are published by whoever links them. */
  uint64_t offset = fetch_add_relaxed(&block->offset, bytes);
  if (offset + bytes <= capacity)
    return block->data + offset;
  if (offset <= capacity)
    block->used = offset; /* only the first add that fails sees this; read when no alloc runs */
  return NULL;
}

static void *alloc_slow(struct region_shared *r, size_t bytes)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&r->lock);

  void *memory = NULL;
  struct block *current = load_relaxed(&r->current); /* only changes under this lock */
  if (current)
    memory = bump(current, bytes, r->capacity);
  if (!memory) {
    struct block *fresh = r->source->take(r->source, r->block_bytes);
    if (fresh) {
      atomic_init(&fresh->offset, bytes);
      memory = fresh->data;
      if (current) {
        current->next = r->full;
        r->full = current;
      }
      r->blocks++;
      store_release(&r->current, fresh); /* pairs with the load in alloc() */
    }
  }

  pthread_mutex_unlock(&r->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return memory;
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  (void)seat;
  struct region_shared *r = region;
  bytes = (bytes + 7) & ~(size_t)7;
  if (bytes > r->capacity)
    return NULL;
  if (load_relaxed(&r->dropping)) { /* pairs with nothing: catches a misuse, orders nothing */
    fputs("region_shared: alloc during a drop\n", stderr);
    abort();
  }
  struct block *current = load_acquire(&r->current); /* pairs with the publish in alloc_slow() */
  if (current) {
    void *memory = bump(current, bytes, r->capacity);
    if (memory)
      return memory;
  }
  return alloc_slow(r, bytes);
}

static void drop(void *region)
{
  struct region_shared *r = region;
  store_relaxed(&r->dropping, true);
  struct block *current = load_relaxed(&r->current); /* no alloc runs */
  if (current) {
    current->next = r->full;
    r->full = current;
    store_relaxed(&r->current, NULL);
  }
  while (r->full) {
    struct block *block = r->full;
    r->full = block->next;
    r->source->give_back(r->source, block, r->block_bytes);
  }
  r->blocks = 0;
  store_relaxed(&r->dropping, false);
}

static void destroy(void *region)
{
  struct region_shared *r = region;
  drop(r);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct region_shared *r = region;
  stats->blocks = r->blocks;
  stats->mapped_bytes = r->blocks * r->block_bytes;
  stats->used_bytes = 0;
  for (const struct block *block = r->full; block; block = block->next)
    stats->used_bytes += block->used;
  const struct block *current = load_relaxed(&r->current); /* no alloc runs */
  if (current) {
    uint64_t offset = load_relaxed(&current->offset);
    stats->used_bytes += offset <= r->capacity ? offset : current->used;
  }
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
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
