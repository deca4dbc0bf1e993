/* block_source.c: see block_source.h. All atomics here are counters: they order nothing, so they
 * are relaxed and have no partners. */
#include "place/block_source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "place/huge_pages.h"

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

static void *take_mapping(struct block_source *source, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  if (!within_limit(s))
    return NULL;
  void *block = map_pages(bytes);
  if (block)
    atomic_fetch_add_explicit(&s->held_bytes, bytes, memory_order_relaxed);
  return block;
}

static void give_back_mapping(struct block_source *source, void *block, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  munmap(block, bytes);
  atomic_fetch_sub_explicit(&s->held_bytes, bytes, memory_order_relaxed);
}

static void *take_reserved(struct block_source *source, size_t bytes)
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

static void give_back_reserved(struct block_source *source, void *block, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  (void)block; /* stays in the reservation until the rewind */
  atomic_fetch_sub_explicit(&s->held_bytes, bytes, memory_order_relaxed);
}

/* Maps the reservation's pages afresh, at `at` when that is not NULL. */
static unsigned char *map_reservation(unsigned char *at, size_t bytes)
{
  int fixed = at ? MAP_FIXED : 0;
  void *mapping = mmap(at, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  return mapping == MAP_FAILED ? NULL : mapping;
}

static int reserve(struct page_source *s)
{
  const size_t alignment = s->config.huge ? HUGE_PAGE_BYTES : 4096, bytes = s->config.reserve_bytes;
  if (bytes > SIZE_MAX - 2 * alignment)
    return -ENOMEM;
  s->reservation_bytes = (bytes + alignment - 1) & ~(alignment - 1);
  s->mapping_bytes = s->reservation_bytes + (s->config.huge ? alignment : 0);
  s->mapping = map_reservation(NULL, s->mapping_bytes);
  if (!s->mapping)
    return -errno;
  s->reservation =
      (unsigned char *)(((uintptr_t)s->mapping + alignment - 1) & ~(uintptr_t)(alignment - 1));
  if (s->config.huge && madvise(s->reservation, s->reservation_bytes, MADV_HUGEPAGE) != 0) {
    int error = -errno;
    page_source_fini(s);
    return error;
  }
  return 0;
}

int page_source_init(struct page_source *s, const struct page_source_config *config)
{
  memset(s, 0, sizeof *s);
  s->config = *config;
  atomic_init(&s->blocks_left, INT64_MAX);
  if (config->pages == PAGES_COLD && !config->huge) {
    s->source = (struct block_source){.take = take_mapping, .give_back = give_back_mapping};
    return 0;
  }
  s->source = (struct block_source){.take = take_reserved, .give_back = give_back_reserved};
  return reserve(s);
}

void page_source_fini(struct page_source *s)
{
  if (s->mapping)
    munmap(s->mapping, s->mapping_bytes);
  s->mapping = s->reservation = NULL;
}

void page_source_rewind(struct page_source *s)
{
  atomic_store_explicit(&s->taken_bytes, 0, memory_order_relaxed);
  if (s->config.pages == PAGES_WARM || !s->reservation)
    return;
  /* Not MADV_DONTNEED: it leaves small page tables behind, in which no huge page fits. */
  if (!map_reservation(s->reservation, s->reservation_bytes) ||
      madvise(s->reservation, s->reservation_bytes, MADV_HUGEPAGE) != 0)
    s->reservation_bytes = 0; /* no block is to be had any more */
}

void page_source_touch(struct page_source *s, size_t bytes)
{
  memset(s->reservation, 0, bytes < s->reservation_bytes ? bytes : s->reservation_bytes);
}

void page_source_limit(struct page_source *s, int64_t blocks)
{
  atomic_store_explicit(&s->blocks_left, blocks, memory_order_relaxed);
}

uint64_t page_source_huge_bytes(const struct page_source *s)
{
  return huge_pages_held(NULL, s->reservation, s->reservation_bytes);
}

uint64_t page_source_held_bytes(const struct page_source *s)
{
  return atomic_load_explicit(&s->held_bytes, memory_order_relaxed);
}
