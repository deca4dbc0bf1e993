/* rig.c: see rig.h. */
#include "stress/rig.h"

#include <stdint.h>
#include <string.h>

#define DIRT 0xa5 /* a block's contents are unspecified, so they are not zero here */

/* Counters that order nothing are relaxed and have no partners. */
#define load_count(p) atomic_load_explicit((p), memory_order_relaxed)
#define bump_count(p) atomic_fetch_add_explicit((p), 1, memory_order_relaxed)

/* A region's alloc is given no room for the watcher's own pointer, so it is kept here: one rig a
 * process. */
static const struct region_plugin *watched_region;
static _Thread_local struct board_seat *here;
static _Atomic bool misaligned;

void rig_set_here(struct board_seat *seat)
{
  here = seat;
}

static void *aligned(void *memory)
{
  if ((uintptr_t)memory % 8 != 0)
    atomic_store_explicit(&misaligned, true, memory_order_relaxed);
  return memory;
}

bool rig_saw_misaligned(void)
{
  return atomic_load_explicit(&misaligned, memory_order_relaxed);
}

static void *watched_alloc(void *region, void *seat, size_t bytes)
{
  struct board_seat *board = here;
  if (!board)
    return aligned(watched_region->alloc(region, seat, bytes));
  /* A handler's alloc may interrupt the alloc of the same thread: leave what was found. */
  uint32_t before = board_where(board);
  board_enter(board, WHERE_ALLOC);
  void *memory = watched_region->alloc(region, seat, bytes);
  if (!(before & WHERE_ALLOC))
    board_leave(board, WHERE_ALLOC);
  return aligned(memory);
}

static void *take(struct block_source *source, size_t bytes)
{
  struct failing_source *s = (struct failing_source *)source;
  uint64_t number = bump_count(&s->takes);
  if (number - s->first_refused < s->refused_count) { /* below first: wraps to a large number */
    bump_count(&s->refusals);
    return NULL;
  }
  void *block = s->pages.source.take(&s->pages.source, bytes);
  if (block)
    memset(block, DIRT, bytes);
  return block;
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  struct failing_source *s = (struct failing_source *)source;
  s->pages.source.give_back(&s->pages.source, block, bytes);
}

int rig_init(struct rig *rig, const struct subject *subject)
{
  *rig = (struct rig){.subject = subject, .region = *subject->region};
  rig->region.alloc = watched_alloc;
  watched_region = subject->region;
  rig->blocks.source = (struct block_source){.take = take, .give_back = give_back};
  return page_source_init(&rig->blocks.pages, &(struct page_source_config){.pages = PAGES_COLD});
}

int rig_create_map(struct rig *rig, const struct epoch_shape *shape)
{
  struct map_config config = {.hash = shape->hash,
                              .hash_seed = shape->hash_seed,
                              .region = &rig->region,
                              .region_config = {.block_bytes = shape->block_bytes,
                                                .source = &rig->blocks.source,
                                                .threads = shape->threads},
                              .expected_keys = shape->keys,
                              .threads = shape->threads};
  int error = rig->subject->map->create(&config, &rig->map);
  if (error)
    rig->map = NULL;
  return error;
}

void rig_destroy_map(struct rig *rig)
{
  if (rig->map)
    rig->subject->map->destroy(rig->map);
  rig->map = NULL;
}

void rig_fini(struct rig *rig)
{
  rig_destroy_map(rig);
  page_source_fini(&rig->blocks.pages);
}

void rig_refuse_blocks(struct rig *rig, uint64_t first, uint64_t count)
{
  atomic_store_explicit(&rig->blocks.takes, 0, memory_order_relaxed);
  rig->blocks.first_refused = first;
  rig->blocks.refused_count = count;
}

uint64_t rig_held_bytes(const struct rig *rig)
{
  return page_source_held_bytes(&rig->blocks.pages);
}
