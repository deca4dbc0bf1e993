/* around_map.c: see around_map.h. */
#include "around/around_map.h"

static int reset(void *map)
{
  struct around_map *self = map;
  return self->inner.reset(self->inner_map);
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct around_map *self = map;
  return self->inner.visit(self->inner_map, visitor, arg);
}

static void stats(void *map, struct map_stats *result)
{
  struct around_map *self = map;
  self->inner.stats(self->inner_map, result);
}

static int visit_step(void *map, struct map_cursor *cursor, unsigned keys, map_visitor *visitor,
                      void *arg)
{
  struct around_map *self = map;
  return self->inner.visit_step(self->inner_map, cursor, keys, visitor, arg);
}

static int reset_step(void *map, unsigned blocks)
{
  struct around_map *self = map;
  return self->inner.reset_step(self->inner_map, blocks);
}

void around_map_init(struct around_map *self, const struct map_plugin *inner, void *inner_map,
                     const struct map_plugin *own)
{
  self->inner = *inner;
  self->inner_map = inner_map;
  self->calls = (struct map_plugin){
      .head = inner->head,
      .usual_region = inner->usual_region,
      .enter = own->enter,
      .leave = own->leave,
      .put = own->put,
      .lookup = inner->lookup ? own->lookup : NULL,
      .steal_id = inner->steal_id ? own->steal_id : NULL,
      .reset = !inner->reset ? NULL
               : own->reset  ? own->reset
                             : reset,
      .visit = inner->visit ? visit : NULL,
      .stats = inner->stats ? stats : NULL,
      .visit_step = inner->visit_step ? visit_step : NULL,
      .reset_step = inner->reset_step && !own->reset ? reset_step : NULL,
  };
  self->calls.head.size = sizeof self->calls;
  self->calls.head.promises &= ~(uint32_t)MAP_ASYNC_SIGNAL_SAFE;
  if (!self->calls.reset_step)
    self->calls.head.promises &= ~(uint32_t)MAP_INCREMENTAL;
}
