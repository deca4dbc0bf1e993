/* node_regions.c: see node_regions.h. */
#include "place/node_regions.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

struct regions {
  const struct node_regions *kind;
  unsigned count;
  void *region[]; /* by area of the page source */
};

struct seat {
  void *region, *inner; /* inner: NULL where the plug-in knows no seats */
};

static void destroy(void *opaque)
{
  struct regions *r = opaque;
  for (unsigned i = 0; i < r->count; i++)
    r->kind->inner->destroy(r->region[i]);
  free(r);
}

static int create(const struct region_config *config, void **opaque)
{
  const struct node_regions *kind = (const struct node_regions *)config->source;
  const struct page_source *pages = kind->pages;
  struct regions *r = calloc(1, sizeof *r + pages->areas * sizeof r->region[0]);
  if (!r)
    return -ENOMEM;
  r->kind = kind;
  for (; r->count < pages->areas; r->count++) {
    struct region_config of_node = *config;
    of_node.source = &pages->area[r->count].source;
    int error = kind->inner->create(&of_node, &r->region[r->count]);
    if (error) {
      destroy(r);
      return error;
    }
  }
  *opaque = r;
  return 0;
}

static void *region_of(const struct regions *r, int node)
{
  unsigned cpu, here;
  if (node < 0 && getcpu(&cpu, &here) == 0)
    node = (int)here;
  for (unsigned i = 0; i < r->count; i++)
    if (r->kind->pages->area[i].node == node)
      return r->region[i];
  return r->region[0]; /* a node without memory */
}

static int enter(void *opaque, const struct seat_place *place, void **out)
{
  struct regions *r = opaque;
  struct seat *seat = calloc(1, sizeof *seat);
  if (!seat)
    return -ENOMEM;
  seat->region = region_of(r, place->node);
  int error = r->kind->inner->enter ? r->kind->inner->enter(seat->region, place, &seat->inner) : 0;
  if (error) {
    free(seat);
    return error;
  }
  *out = seat;
  return 0;
}

static void leave(void *opaque, void *out)
{
  struct regions *r = opaque;
  struct seat *seat = out;
  if (r->kind->inner->leave)
    r->kind->inner->leave(seat->region, seat->inner);
  free(seat);
}

static void *alloc(void *opaque, void *in, size_t bytes)
{
  struct regions *r = opaque;
  struct seat *seat = in;
  return r->kind->inner->alloc(seat->region, seat->inner, bytes);
}

static void drop(void *opaque)
{
  struct regions *r = opaque;
  for (unsigned i = 0; i < r->count; i++)
    r->kind->inner->drop(r->region[i]);
}

static bool drop_step(void *opaque, unsigned blocks)
{
  struct regions *r = opaque;
  for (unsigned i = 0; i < r->count; i++) {
    struct region_stats before = {0};
    r->kind->inner->stats(r->region[i], &before);
    if (before.blocks == 0)
      continue;
    if (blocks == 0 || !r->kind->inner->drop_step(r->region[i], blocks))
      return false;
    blocks -= before.blocks < blocks ? (unsigned)before.blocks : blocks; /* all of them went */
  }
  return true;
}

static void stats(const void *opaque, struct region_stats *sum)
{
  const struct regions *r = opaque;
  *sum = (struct region_stats){0};
  for (unsigned i = 0; i < r->count; i++) {
    struct region_stats one = {0};
    r->kind->inner->stats(r->region[i], &one);
    sum->blocks += one.blocks;
    sum->mapped_bytes += one.mapped_bytes;
    sum->used_bytes += one.used_bytes;
  }
}

static void *take(struct block_source *source, size_t bytes)
{
  struct block_source *pages = &((struct node_regions *)source)->pages->source;
  return pages->take(pages, bytes);
}

static void *take_zeroed(struct block_source *source, size_t bytes)
{
  return block_source_take_zeroed(&((struct node_regions *)source)->pages->source, bytes);
}

static void give_back(struct block_source *source, void *block, size_t bytes)
{
  struct block_source *pages = &((struct node_regions *)source)->pages->source;
  pages->give_back(pages, block, bytes);
}

void node_regions_init(struct node_regions *self, const struct region_plugin *inner,
                       struct page_source *pages, struct map_config *config)
{
  *self = (struct node_regions){
      .source = {.take = take, .give_back = give_back, .take_zeroed = take_zeroed},
      .calls = {.head = inner->head,
                .create = create,
                .destroy = destroy,
                .enter = enter,
                .leave = leave,
                .alloc = alloc,
                .drop = drop,
                .stats = stats,
                .drop_step = inner->drop_step ? drop_step : NULL},
      .inner = inner,
      .pages = pages};
  bool per_node = pages->config.memory.policy.kind == MEMORY_PER_NODE;
  config->region = per_node ? &self->calls : inner;
  config->region_config.source = per_node ? &self->source : &pages->source;
}
