/* region_per_thread: each seat bumps blocks of its own, with plain loads and stores. The second
 * thing that Go commit 5bba5b25 leaves for the future: one thread's blocks serve the string
 * table and the stack table of a generation together, where both take their seats in one region
 * (workloads/shared_region.h).
 *
 * A full block is handed over to the region by one push onto a list that is only pushed to while
 * threads run, so there is no lock on the way and no ABA. When a thread leaves, the rest of its
 * block waits for the next that enters; that is under a lock, as is entering.
 *
 * Progress: alloc is lock-free. Not for signal handlers: the bump is not atomic.
 * Waste: up to a block a seat.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>

#include "api/region.h"
#include "common/atomics.h"

struct block {
  struct block *next;
  size_t used; /* bytes of data handed out; of a seat's current block, in the seat */
  unsigned char data[];
};

struct seat {
  alignas(64) struct block *current;
  size_t offset;
  struct seat *next; /* of the region's seats, under its lock */
};

struct region_per_thread {
  size_t block_bytes, capacity;
  struct block_source *source;
  alignas(64) _Atomic(struct block *) full;
  alignas(64) pthread_mutex_t lock;
  struct seat *seats;    /* under lock */
  struct block *partial; /* under lock: left behind by threads that left */
};

static int create(const struct region_config *config, void **region)
{
  struct region_per_thread *r = aligned_alloc(64, sizeof *r);
  if (!r)
    return -ENOMEM;
  *r = (struct region_per_thread){.block_bytes = config->block_bytes,
                                  .capacity = config->block_bytes - sizeof(struct block),
                                  .source = config->source};
  pthread_mutex_init(&r->lock, NULL);
  *region = r;
  return 0;
}

static int enter(void *region, const struct seat_place *place, void **out)
{
  (void)place;
  struct region_per_thread *r = region;
  struct seat *seat = aligned_alloc(64, sizeof *seat);
  if (!seat)
    return -ENOMEM;
  *seat = (struct seat){0};
  pthread_mutex_lock(&r->lock);
  if (r->partial) {
    seat->current = r->partial;
    seat->offset = r->partial->used;
    r->partial = r->partial->next;
  }
  seat->next = r->seats;
  r->seats = seat;
  pthread_mutex_unlock(&r->lock);
  *out = seat;
  return 0;
}

static void leave(void *region, void *out)
{
  struct region_per_thread *r = region;
  struct seat *seat = out;
  pthread_mutex_lock(&r->lock);
  struct seat **link = &r->seats;
  while (*link != seat)
    link = &(*link)->next;
  *link = seat->next;
  if (seat->current) {
    seat->current->used = seat->offset;
    seat->current->next = r->partial;
    r->partial = seat->current;
  }
  pthread_mutex_unlock(&r->lock);
  free(seat);
}

static void hand_over(struct region_per_thread *r, struct block *block)
{
  block->next = load_relaxed(&r->full); /* checked by the exchange */
  /* Release: pairs with the acquire in drop_step() and stats(). Failure only reloads the head. */
  while (!atomic_compare_exchange_weak_explicit(&r->full, &block->next, block, memory_order_release,
                                                memory_order_relaxed))
    ;
}

static void *alloc(void *region, void *out, size_t bytes)
{
  struct region_per_thread *r = region;
  struct seat *seat = out;
  if (bytes > r->capacity) /* a multiple of 8; asked first, as rounding may wrap */
    return NULL;
  bytes = (bytes + 7) & ~(size_t)7;
  if (!seat->current || seat->offset + bytes > r->capacity) {
    struct block *fresh = r->source->take(r->source, r->block_bytes);
    if (!fresh)
      return NULL;
    if (seat->current) {
      seat->current->used = seat->offset;
      hand_over(r, seat->current);
    }
    seat->current = fresh;
    seat->offset = 0;
  }
  void *memory = seat->current->data + seat->offset;
  seat->offset += bytes;
  return memory;
}

/* Moves what seats and leavers hold to the full list. No alloc runs. */
static void gather(struct region_per_thread *r)
{
  pthread_mutex_lock(&r->lock);
  for (struct seat *seat = r->seats; seat; seat = seat->next) {
    if (seat->current) {
      seat->current->used = seat->offset;
      hand_over(r, seat->current);
    }
    seat->current = NULL;
  }
  while (r->partial) {
    struct block *block = r->partial;
    r->partial = block->next;
    hand_over(r, block);
  }
  pthread_mutex_unlock(&r->lock);
}

static bool drop_step(void *region, unsigned blocks)
{
  struct region_per_thread *r = region;
  gather(r);
  struct block *full = load_acquire(&r->full); /* pairs with the push in hand_over() */
  for (; full && blocks; blocks--) {
    struct block *next = full->next;
    r->source->give_back(r->source, full, r->block_bytes);
    full = next;
  }
  store_relaxed(&r->full, full); /* no alloc runs */
  return !full;
}

static void drop(void *region)
{
  drop_step(region, UINT_MAX);
}

static void destroy(void *region)
{
  struct region_per_thread *r = region;
  drop(r);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  /* Only the lock of a region that is otherwise unchanged. */
  struct region_per_thread *r = (struct region_per_thread *)(uintptr_t)region;
  *stats = (struct region_stats){0};
  const struct block *block = load_acquire(&r->full); /* pairs with the push in hand_over() */
  for (; block; block = block->next, stats->blocks++)
    stats->used_bytes += block->used;
  pthread_mutex_lock(&r->lock);
  for (block = r->partial; block; block = block->next, stats->blocks++)
    stats->used_bytes += block->used;
  for (const struct seat *seat = r->seats; seat; seat = seat->next) {
    if (!seat->current)
      continue;
    stats->used_bytes += seat->offset;
    stats->blocks++;
  }
  pthread_mutex_unlock(&r->lock);
  stats->mapped_bytes = stats->blocks * r->block_bytes;
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = REGION_LOCK_FREE,
             .name = "region_per_thread",
             .summary = "a block a thread, plain bump; waste: up to a block a thread"},
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
