/* block_stream.h: one current block that any number of threads bump, and the full blocks behind it.
 * region_shared is one stream, region_sharded several.
 *
 * An atomic add on the current block's offset is the whole fast path. The slow path, once a block,
 * is under a lock: look once more, else retire the block and publish a fresh one whose offset
 * already covers the request, so that the caller is certain to progress.
 *
 * Progress: lock-free but for fetching a block. Signals are held off while the lock is held, so a
 * handler on the same thread never waits for what it interrupted.
 *
 * Reference: traceRegionAlloc, Go commit 5bba5b25.
 */
#ifndef TMB_BLOCK_STREAM_H
#define TMB_BLOCK_STREAM_H

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>

#include "api/region.h"
#include "common/atomics.h"

struct stream_block {
  struct stream_block *next;
  _Atomic uint64_t offset; /* first free byte of data; runs past capacity once the block is full */
  uint64_t used;           /* of a full block: bytes handed out */
  uint64_t unused;         /* keeps data on a 32-byte boundary */
  unsigned char data[];
};

struct block_stream {
  /* Read by every alloc, written once a block. */
  alignas(64) _Atomic(struct stream_block *) current;
  size_t block_bytes, capacity;
  struct block_source *source;
  alignas(64) pthread_mutex_t lock;
  struct stream_block *full; /* under lock */
  uint64_t blocks;           /* under lock */
};

static inline void block_stream_init(struct block_stream *stream,
                                     const struct region_config *config)
{
  *stream = (struct block_stream){.block_bytes = config->block_bytes,
                                  .capacity = config->block_bytes - sizeof(struct stream_block),
                                  .source = config->source};
  pthread_mutex_init(&stream->lock, NULL);
}

static inline void block_stream_fini(struct block_stream *stream)
{
  pthread_mutex_destroy(&stream->lock);
}

/* Memory of that block, or NULL when it does not fit. */
static inline void *block_stream_bump(struct stream_block *block, size_t bytes, size_t capacity)
{
  /* relaxed: the add only divides the block; its contents are published by whoever links them. */
  uint64_t offset = fetch_add_relaxed(&block->offset, bytes);
  if (offset + bytes <= capacity)
    return block->data + offset;
  if (offset <= capacity)
    block->used = offset; /* only the first add that fails sees this; read when no alloc runs */
  return NULL;
}

static inline void *block_stream_alloc_slow(struct block_stream *stream, size_t bytes)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_mutex_lock(&stream->lock);

  void *memory = NULL;
  struct stream_block *current = load_relaxed(&stream->current); /* changes only under this lock */
  if (current)
    memory = block_stream_bump(current, bytes, stream->capacity);
  if (!memory) {
    struct stream_block *fresh = stream->source->take(stream->source, stream->block_bytes);
    if (fresh) {
      atomic_init(&fresh->offset, bytes);
      memory = fresh->data;
      if (current) {
        current->next = stream->full;
        stream->full = current;
      }
      stream->blocks++;
      store_release(&stream->current, fresh); /* pairs with the load in block_stream_alloc() */
    }
  }

  pthread_mutex_unlock(&stream->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return memory;
}

/* bytes is rounded up to 8; NULL: too large for a block, or none to be had. */
static inline void *block_stream_alloc(struct block_stream *stream, size_t bytes)
{
  if (bytes > stream->capacity) /* a multiple of 8; asked first, as rounding may wrap */
    return NULL;
  bytes = (bytes + 7) & ~(size_t)7;
  /* Pairs with the publish in block_stream_alloc_slow(). */
  struct stream_block *current = load_acquire(&stream->current);
  if (current) {
    void *memory = block_stream_bump(current, bytes, stream->capacity);
    if (memory)
      return memory;
  }
  return block_stream_alloc_slow(stream, bytes);
}

/* Gives back at most *blocks blocks and counts them off. True: none is left. No alloc may run. */
static inline bool block_stream_drop_step(struct block_stream *stream, unsigned *blocks)
{
  struct stream_block *current = load_relaxed(&stream->current); /* no alloc runs */
  if (current) {
    uint64_t offset = load_relaxed(&current->offset);
    if (offset <= stream->capacity) /* else the add that failed has said it */
      current->used = offset;
    current->next = stream->full;
    stream->full = current;
    store_relaxed(&stream->current, NULL);
  }
  for (; stream->full && *blocks; --*blocks, stream->blocks--) {
    struct stream_block *block = stream->full;
    stream->full = block->next;
    stream->source->give_back(stream->source, block, stream->block_bytes);
  }
  return !stream->full;
}

/* Adds this stream's figures. */
static inline void block_stream_stats(const struct block_stream *stream, struct region_stats *stats)
{
  stats->blocks += stream->blocks;
  stats->mapped_bytes += stream->blocks * stream->block_bytes;
  for (const struct stream_block *block = stream->full; block; block = block->next)
    stats->used_bytes += block->used;
  const struct stream_block *current = load_relaxed(&stream->current); /* no alloc runs */
  if (current) {
    uint64_t offset = load_relaxed(&current->offset);
    stats->used_bytes += offset <= stream->capacity ? offset : current->used;
  }
}

#endif
