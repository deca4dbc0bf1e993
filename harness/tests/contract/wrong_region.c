/* wrong_region.c: a region that is right but for one defect, which the build names with
 * -DDEFECT=…: what the contract tests must catch. With SOUND it has none. A bump pointer under a
 * mutex, and seats that are counted. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "api/region.h"

enum defect {
  SOUND,
  MISALIGNS,       /* sizes are not rounded up */
  OVERLAPS,        /* sizes are rounded down */
  RUNS_OVER,       /* a piece may end behind its block, by 8 bytes */
  WRAPS,           /* the rounding of a huge size overflows */
  TAKES_LARGE,     /* a block of its own for what no block holds */
  WASTES,          /* hands out half a block at most */
  KEEPS_ONE,       /* drop keeps the newest block */
  KEEPS_ALL,       /* destroy does not drop */
  COUNTS_REFUSALS, /* used_bytes grows although the request was refused */
  FORGETS_HEADERS, /* mapped_bytes without headers */
  STARTS_OVER,     /* no block to be had: the newest one is used again from its start */
  STAYS_DRY,       /* refuses for good once there was no block */
  TORN_BUMP,       /* lets go of the lock between reading and writing the offset */
  SHARES_BLOCK,    /* all regions have one offset */
  STEPS_FAR,       /* drop_step gives back more than it may */
  STEPS_SHORT,     /* drop_step says done too early */
  STEPS_KEEP_USED, /* between the steps of a drop used_bytes grows */
  WEARS_SEATS_OUT, /* a seat that was left is not free again */
  KNOWS_FEW_CPUS,  /* no seat on a processor with a number above 63 */
};

static const enum defect defect = DEFECT;

struct block {
  struct block *next;
  unsigned char data[];
};

struct wrong_region {
  struct region_config config;
  pthread_mutex_t lock;
  struct block *newest;
  size_t own_offset, capacity;
  uint64_t blocks, used_bytes;
  unsigned seats;
  bool dry;
};

static size_t shared_offset;

static size_t *offset_of(struct wrong_region *r)
{
  return defect == SHARES_BLOCK ? &shared_offset : &r->own_offset;
}

static int create(const struct region_config *config, void **region)
{
  struct wrong_region *r = calloc(1, sizeof *r);
  if (!r)
    return -ENOMEM;
  r->config = *config;
  r->capacity = config->block_bytes - sizeof(struct block) + (defect == RUNS_OVER ? 8 : 0);
  if (defect == WASTES)
    r->capacity /= 2;
  pthread_mutex_init(&r->lock, NULL);
  *region = r;
  return 0;
}

static int enter(void *region, const struct seat_place *place, void **seat)
{
  struct wrong_region *r = region;
  pthread_mutex_lock(&r->lock);
  bool full = r->seats == r->config.threads || (defect == KNOWS_FEW_CPUS && place->cpu > 63);
  r->seats += !full;
  pthread_mutex_unlock(&r->lock);
  *seat = r;
  return full ? -EAGAIN : 0;
}

static void leave(void *region, void *seat)
{
  struct wrong_region *r = region;
  (void)seat;
  pthread_mutex_lock(&r->lock);
  r->seats -= defect != WEARS_SEATS_OUT;
  pthread_mutex_unlock(&r->lock);
}

static bool fetch_block(struct wrong_region *r)
{
  struct block *fresh =
      r->dry ? NULL : r->config.source->take(r->config.source, r->config.block_bytes);
  if (!fresh) {
    r->dry = defect == STAYS_DRY;
    if (defect == STARTS_OVER && r->newest)
      *offset_of(r) = 0;
    return defect == STARTS_OVER && r->newest;
  }
  fresh->next = r->newest;
  r->newest = fresh;
  *offset_of(r) = 0;
  r->blocks++;
  return true;
}

static size_t round_up(size_t bytes)
{
  return defect == MISALIGNS  ? bytes
         : defect == OVERLAPS ? (bytes & ~(size_t)7) + (bytes < 8 ? 8u : 0u)
                              : (bytes + 7) & ~(size_t)7;
}

static void *alloc(void *region, void *seat, size_t bytes)
{
  struct wrong_region *r = region;
  (void)seat;
  void *memory = NULL;
  pthread_mutex_lock(&r->lock);
  bool fits = defect == WRAPS ? round_up(bytes) <= r->capacity
                              : bytes <= r->capacity || defect == TAKES_LARGE;
  bytes = round_up(bytes);
  if (fits && r->newest && *offset_of(r) + bytes <= r->capacity)
    memory = r->newest->data + *offset_of(r);
  else if (fits && fetch_block(r))
    memory = r->newest->data + *offset_of(r);
  if (memory && defect == TORN_BUMP) {
    size_t read = *offset_of(r);
    pthread_mutex_unlock(&r->lock);
    sched_yield();
    pthread_mutex_lock(&r->lock);
    *offset_of(r) = read;
  }
  if (memory)
    *offset_of(r) += bytes;
  if (memory || defect == COUNTS_REFUSALS)
    r->used_bytes += bytes;
  pthread_mutex_unlock(&r->lock);
  return memory;
}

static void drop(void *region)
{
  struct wrong_region *r = region;
  struct block **list = &r->newest;
  if (defect == KEEPS_ONE && r->newest)
    list = &r->newest->next;
  while (*list) {
    struct block *block = *list;
    *list = block->next;
    r->config.source->give_back(r->config.source, block, r->config.block_bytes);
  }
  r->blocks = 0;
  r->used_bytes = 0;
}

static bool drop_step(void *region, unsigned blocks)
{
  struct wrong_region *r = region;
  for (blocks += defect == STEPS_FAR; r->newest && blocks; blocks--) {
    struct block *block = r->newest;
    r->newest = block->next;
    r->blocks--;
    r->config.source->give_back(r->config.source, block, r->config.block_bytes);
    r->used_bytes -= r->used_bytes < r->capacity ? r->used_bytes : r->capacity;
    r->used_bytes += defect == STEPS_KEEP_USED ? 2 * r->config.block_bytes : 0;
  }
  if (r->newest && defect != STEPS_SHORT)
    return false;
  r->used_bytes = 0;
  return true;
}

static void destroy(void *region)
{
  struct wrong_region *r = region;
  if (defect != KEEPS_ALL)
    drop(r);
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static void stats(const void *region, struct region_stats *stats)
{
  const struct wrong_region *r = region;
  stats->blocks = r->blocks;
  stats->mapped_bytes =
      r->blocks * (defect == FORGETS_HEADERS ? r->capacity : r->config.block_bytes);
  stats->used_bytes = r->used_bytes;
}

static const struct region_plugin plugin = {
    .head = {.kind = PLUGIN_REGION,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .name = NAME,
             .summary = "has one defect, on purpose"},
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
