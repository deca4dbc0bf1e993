/* block_source.c: see block_source.h. All atomics here are counters: they order nothing, so they
 * are relaxed and have no partners. */
#include "place/block_source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static bool within_limit(struct page_source *s)
{
  /* Counts down only while a limit is set, so unlimited takes share no more than they must. */
  if (atomic_load_explicit(&s->blocks_left, memory_order_relaxed) == INT64_MAX)
    return true;
  return atomic_fetch_sub_explicit(&s->blocks_left, 1, memory_order_relaxed) > 0;
}

static void *map_pages(size_t bytes)
{
  void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? NULL : pages;
}

static void *take_cold(struct block_source *source, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  if (!within_limit(s))
    return NULL;
  void *block = map_pages(bytes);
  if (block)
    atomic_fetch_add_explicit(&s->held_bytes, bytes, memory_order_relaxed);
  return block;
}

static void give_back_cold(struct block_source *source, void *block, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  munmap(block, bytes);
  atomic_fetch_sub_explicit(&s->held_bytes, bytes, memory_order_relaxed);
}

static void *take_warm(struct block_source *source, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  if (!within_limit(s))
    return NULL;
  size_t offset = atomic_fetch_add_explicit(&s->taken_bytes, bytes, memory_order_relaxed);
  if (offset + bytes > s->reservation_bytes)
    return NULL;
  atomic_fetch_add_explicit(&s->held_bytes, bytes, memory_order_relaxed);
  return s->reservation + offset;
}

static void give_back_warm(struct block_source *source, void *block, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  (void)block; /* stays in the reservation until the rewind */
  atomic_fetch_sub_explicit(&s->held_bytes, bytes, memory_order_relaxed);
}

int page_source_init(struct page_source *s, enum block_pages pages, size_t warm_bytes)
{
  memset(s, 0, sizeof *s);
  s->pages = pages;
  atomic_init(&s->blocks_left, INT64_MAX);
  if (pages == PAGES_COLD) {
    s->source = (struct block_source){.take = take_cold, .give_back = give_back_cold};
    return 0;
  }
  s->source = (struct block_source){.take = take_warm, .give_back = give_back_warm};
  s->reservation_bytes = warm_bytes;
  s->reservation = mmap(NULL, warm_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (s->reservation == MAP_FAILED) {
    s->reservation = NULL;
    return -errno;
  }
  return 0;
}

void page_source_fini(struct page_source *s)
{
  if (s->reservation)
    munmap(s->reservation, s->reservation_bytes);
  s->reservation = NULL;
}

void page_source_rewind(struct page_source *s)
{
  atomic_store_explicit(&s->taken_bytes, 0, memory_order_relaxed);
}

void page_source_touch(struct page_source *s, size_t bytes)
{
  memset(s->reservation, 0, bytes < s->reservation_bytes ? bytes : s->reservation_bytes);
}

void page_source_limit(struct page_source *s, int64_t blocks)
{
  atomic_store_explicit(&s->blocks_left, blocks, memory_order_relaxed);
}

uint64_t page_source_held_bytes(const struct page_source *s)
{
  return atomic_load_explicit(&s->held_bytes, memory_order_relaxed);
}
