/* block_source.c: see block_source.h. All atomics here are counters: they order nothing, so they
 * are relaxed and have no partners. */
#include "place/block_source.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "place/huge_pages.h"

struct logged_block {
  _Atomic(void *) block; /* NULL: given back, or not written yet */
  size_t bytes;
  const struct page_area *area;
};

/* ---- taking and giving back ---- */

static bool within_limit(struct page_source *s)
{
  /* Counts down only while a limit is set, so unlimited takes share no more than they must. */
  if (atomic_load_explicit(&s->blocks_left, memory_order_relaxed) == INT64_MAX)
    return true;
  return atomic_fetch_sub_explicit(&s->blocks_left, 1, memory_order_relaxed) > 0;
}

static void *map_pages(const struct page_properties *properties, size_t bytes)
{
  void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return NULL;
  if (page_properties_apply(properties, pages, bytes, false) == 0)
    return pages;
  munmap(pages, bytes);
  return NULL;
}

static void log_block(struct page_source *s, const struct page_area *area, void *block,
                      size_t bytes)
{
  size_t at = atomic_fetch_add_explicit(&s->log_count, 1, memory_order_relaxed);
  if (at >= s->log_room)
    return;
  s->log[at].bytes = bytes;
  s->log[at].area = area;
  atomic_store_explicit(&s->log[at].block, block, memory_order_relaxed);
}

/* A block that is given back while others are taken was taken just before: it is looked for among
 * the last ones only, so that a drop stays cheap. What is left is forgotten by the rewind. */
#define LOG_SEARCHED 256

static void unlog_block(struct page_source *s, const void *block)
{
  size_t count = atomic_load_explicit(&s->log_count, memory_order_relaxed);
  size_t at = count < s->log_room ? count : s->log_room;
  size_t least = at > LOG_SEARCHED ? at - LOG_SEARCHED : 0;
  while (at-- > least) {
    if (atomic_load_explicit(&s->log[at].block, memory_order_relaxed) == block) {
      atomic_store_explicit(&s->log[at].block, NULL, memory_order_relaxed);
      return;
    }
  }
}

static void *take_from(struct page_area *area, size_t bytes)
{
  struct page_source *s = area->owner;
  size_t offset = 0;
  if (!within_limit(s))
    return NULL;
  if (area->most_bytes != SIZE_MAX) { /* reserved areas among them */
    offset = atomic_fetch_add_explicit(&area->taken_bytes, bytes, memory_order_relaxed);
    if (offset + bytes > area->most_bytes)
      return NULL;
  }
  void *block =
      area->reservation ? area->reservation + offset : map_pages(&area->properties, bytes);
  if (!block)
    return NULL;
  if (s->log)
    log_block(s, area, block, bytes);
  atomic_fetch_add_explicit(&s->held_bytes, bytes, memory_order_relaxed);
  return block;
}

static struct page_area *area_of_node(struct page_source *s, int node)
{
  for (unsigned i = 0; i < s->areas; i++)
    if (s->area[i].node == node)
      return &s->area[i];
  return NULL;
}

static struct page_area *area_of_caller(struct page_source *s)
{
  unsigned cpu, node;
  if (getcpu(&cpu, &node) != 0)
    return &s->area[0];
  struct page_area *area = area_of_node(s, (int)node);
  return area ? area : &s->area[0];
}

static struct page_area *area_in_turn(struct page_source *s, size_t bytes)
{
  uint64_t at = atomic_fetch_add_explicit(&s->turn_bytes, bytes, memory_order_relaxed);
  return &s->area[at / s->config.memory.policy.stripe_bytes % s->areas];
}

static void *take(struct block_source *source, size_t bytes)
{
  struct page_source *s = (struct page_source *)source;
  struct page_area *area = s->area;
  if (s->areas > 1)
    area = s->config.memory.policy.kind == MEMORY_INTERLEAVE ? area_in_turn(s, bytes)
                                                             : area_of_caller(s);
  return take_from(area, bytes);
}

/* A mapping of its own is zeros already. */
static void *zeroed(const struct page_source *s, void *block, size_t bytes)
{
  return block && s->area->reservation ? memset(block, 0, bytes) : block;
}

static void *take_zeroed(struct block_source *source, size_t bytes)
{
  return zeroed((struct page_source *)source, take(source, bytes), bytes);
}

static void *take_of_node(struct block_source *source, size_t bytes)
{
  return take_from((struct page_area *)source, bytes);
}

static void *take_zeroed_of_node(struct block_source *source, size_t bytes)
{
  return zeroed(((struct page_area *)source)->owner, take_of_node(source, bytes), bytes);
}

static void take_back(struct page_source *s, void *block, size_t bytes)
{
  if (s->log)
    unlog_block(s, block);
  if (!s->area->reservation) /* else it stays there until the rewind */
    munmap(block, bytes);
  atomic_fetch_sub_explicit(&s->held_bytes, bytes, memory_order_relaxed);
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  take_back((struct page_source *)source, block, bytes);
}

static void give_back_of_node(struct block_source *source, void *block, size_t bytes)
{
  take_back(((struct page_area *)source)->owner, block, bytes);
}

/* ---- areas ---- */

/* Maps the reservation's pages afresh, at `at` when that is not NULL. */
static unsigned char *map_reservation(unsigned char *at, size_t bytes)
{
  int fixed = at ? MAP_FIXED : 0;
  void *mapping = mmap(at, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  return mapping == MAP_FAILED ? NULL : mapping;
}

static int reserve(struct page_area *area, size_t bytes)
{
  const size_t alignment = area->properties.huge ? HUGE_PAGE_BYTES : 4096;
  if (bytes > SIZE_MAX - 2 * alignment)
    return -ENOMEM;
  area->reservation_bytes = (bytes + alignment - 1) & ~(alignment - 1);
  area->mapping_bytes = area->reservation_bytes + (area->properties.huge ? alignment : 0);
  area->mapping = map_reservation(NULL, area->mapping_bytes);
  if (!area->mapping)
    return -errno;
  area->reservation =
      (unsigned char *)(((uintptr_t)area->mapping + alignment - 1) & ~(uintptr_t)(alignment - 1));
  if (area->reservation_bytes < area->most_bytes)
    area->most_bytes = area->reservation_bytes;
  return page_properties_apply(&area->properties, area->reservation, area->reservation_bytes,
                               false);
}

/* A node each, where blocks of different nodes are told apart; else one for all. */
static int make_areas(struct page_source *s)
{
  const struct memory_plan *plan = &s->config.memory;
  bool by_node = plan->policy.kind == MEMORY_LOCAL || plan->policy.kind == MEMORY_PER_NODE ||
                 (plan->policy.kind == MEMORY_INTERLEAVE && plan->policy.stripe_bytes > 0);
  s->areas = by_node ? (unsigned)__builtin_popcountll(plan->nodes) : 1;
  s->area = calloc(s->areas ? s->areas : 1, sizeof *s->area);
  if (!s->area)
    return -ENOMEM;
  int node = -1;
  for (unsigned i = 0; i < s->areas; i++) {
    struct page_area *area = &s->area[i];
    area->source = (struct block_source){
        .take = take_of_node, .give_back = give_back_of_node, .take_zeroed = take_zeroed_of_node};
    area->owner = s;
    area->node = -1;
    area->most_bytes = SIZE_MAX;
    area->properties = memory_plan_properties(plan);
    if (by_node || plan->policy.kind == MEMORY_BIND) {
      while (!node_set_has(plan->nodes, ++node))
        ;
      area->node = node;
      area->properties.nodes = UINT64_C(1) << node;
      uint64_t room = memory_room_bytes("", (unsigned)node);
      area->most_bytes = room < SIZE_MAX ? (size_t)room : SIZE_MAX;
    }
    area->properties.huge = s->config.huge;
  }
  return 0;
}

int page_source_init(struct page_source *s, const struct page_source_config *config)
{
  memset(s, 0, sizeof *s);
  s->config = *config;
  s->source =
      (struct block_source){.take = take, .give_back = give_back, .take_zeroed = take_zeroed};
  atomic_init(&s->blocks_left, INT64_MAX);
  int error = make_areas(s);
  if (config->pages == PAGES_WARM || config->huge) {
    for (unsigned i = 0; i < s->areas && !error; i++)
      error = reserve(&s->area[i], config->reserve_bytes);
  } else if (config->logged && !error) {
    s->log_room = config->reserve_bytes / 4096 * s->areas;
    s->log = (struct logged_block *)map_reservation(NULL, (s->log_room + 1) * sizeof *s->log);
    error = s->log ? 0 : -errno;
  }
  if (error)
    page_source_fini(s);
  return error;
}

void page_source_fini(struct page_source *s)
{
  for (unsigned i = 0; s->area && i < s->areas; i++)
    if (s->area[i].mapping)
      munmap(s->area[i].mapping, s->area[i].mapping_bytes);
  if (s->log)
    munmap(s->log, (s->log_room + 1) * sizeof *s->log);
  free(s->area);
  s->area = NULL;
  s->log = NULL;
}

void page_source_rewind(struct page_source *s)
{
  atomic_store_explicit(&s->turn_bytes, 0, memory_order_relaxed);
  size_t logged = atomic_exchange_explicit(&s->log_count, 0, memory_order_relaxed);
  for (size_t i = 0; s->log && i < logged && i < s->log_room; i++)
    atomic_store_explicit(&s->log[i].block, NULL, memory_order_relaxed);
  for (unsigned i = 0; i < s->areas; i++) {
    struct page_area *area = &s->area[i];
    atomic_store_explicit(&area->taken_bytes, 0, memory_order_relaxed);
    if (s->config.pages == PAGES_WARM || !area->reservation)
      continue;
    /* Not MADV_DONTNEED: it leaves small page tables behind, in which no huge page fits. */
    if (!map_reservation(area->reservation, area->reservation_bytes) ||
        page_properties_apply(&area->properties, area->reservation, area->reservation_bytes,
                              false) != 0)
      area->most_bytes = 0; /* no block is to be had any more */
  }
}

void page_source_touch(struct page_source *s, unsigned index, size_t bytes)
{
  struct page_area *area = &s->area[index];
  area->touched_bytes = bytes < area->most_bytes ? bytes : area->most_bytes;
  memset(area->reservation, 0, area->touched_bytes);
}

/* ---- what there is ---- */

void page_source_limit(struct page_source *s, int64_t blocks)
{
  atomic_store_explicit(&s->blocks_left, blocks, memory_order_relaxed);
}

uint64_t page_source_huge_bytes(const struct page_source *s)
{
  uint64_t bytes = 0;
  for (unsigned i = 0; i < s->areas; i++)
    bytes += huge_pages_held(NULL, s->area[i].reservation, s->area[i].reservation_bytes);
  return bytes;
}

uint64_t page_source_held_bytes(const struct page_source *s)
{
  return atomic_load_explicit(&s->held_bytes, memory_order_relaxed);
}

void page_source_each(const struct page_source *s, page_source_visitor *visitor, void *arg)
{
  for (unsigned i = 0; i < s->areas; i++) {
    const struct page_area *area = &s->area[i];
    size_t bytes = atomic_load_explicit(&area->taken_bytes, memory_order_relaxed);
    if (bytes == 0)
      bytes = area->touched_bytes;
    if (area->reservation)
      visitor(arg, area, area->reservation, bytes < area->most_bytes ? bytes : area->most_bytes);
  }
  size_t count = atomic_load_explicit(&s->log_count, memory_order_relaxed);
  for (size_t i = 0; s->log && i < count && i < s->log_room; i++) {
    const void *block = atomic_load_explicit(&s->log[i].block, memory_order_relaxed);
    if (block)
      visitor(arg, s->log[i].area, block, s->log[i].bytes);
  }
}
