/* owned_region.h: the region that a map creates for itself from its config, and the seats that its
 * threads take there. A map without per-thread state of its own hands the region's seat out as its
 * own seat. */
#ifndef TMB_OWNED_REGION_H
#define TMB_OWNED_REGION_H

#include "api/intern_map.h"

struct owned_region {
  const struct region_plugin *calls;
  void *region;
};

enum region_caller { CALLERS_OVERLAP = 0, CALLER_SERIALISES = 1 };

static inline int owned_region_create(struct owned_region *owned, const struct map_config *config,
                                      enum region_caller caller)
{
  struct region_config region_config = config->region_config;
  region_config.caller_serialises = caller == CALLER_SERIALISES;
  owned->calls = config->region;
  return owned->calls->create(&region_config, &owned->region);
}

static inline void owned_region_destroy(struct owned_region *owned)
{
  owned->calls->destroy(owned->region);
}

static inline int owned_region_enter(struct owned_region *owned, const struct seat_place *place,
                                     void **seat)
{
  *seat = NULL;
  return owned->calls->enter ? owned->calls->enter(owned->region, place, seat) : 0;
}

static inline void owned_region_leave(struct owned_region *owned, void *seat)
{
  if (owned->calls->leave)
    owned->calls->leave(owned->region, seat);
}

static inline void *owned_region_alloc(struct owned_region *owned, void *seat, size_t bytes)
{
  return owned->calls->alloc(owned->region, seat, bytes);
}

static inline void owned_region_drop(struct owned_region *owned)
{
  owned->calls->drop(owned->region);
}

/* True once every block is given back. A region that knows no steps does all of it in one. */
static inline bool owned_region_drop_step(struct owned_region *owned, unsigned blocks)
{
  if (owned->calls->drop_step)
    return owned->calls->drop_step(owned->region, blocks);
  owned->calls->drop(owned->region);
  return true;
}

static inline void owned_region_stats(const struct owned_region *owned, struct region_stats *stats)
{
  owned->calls->stats(owned->region, stats);
}

#endif
