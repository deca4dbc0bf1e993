/* baseline.h: what the baselines have in common (MAP_IS_BASELINE): they intern nothing, so there is
 * nothing to visit and, in most, nothing to reset and no id to steal. Any thread may call these. */
#ifndef TMB_BASELINE_H
#define TMB_BASELINE_H

#include "api/intern_map.h"

static inline uint64_t baseline_steal_id(void *map, void *seat)
{
  (void)map, (void)seat;
  return 1;
}

static inline int baseline_reset(void *map)
{
  (void)map;
  return 0;
}

static inline int baseline_visit(void *map, map_visitor *visitor, void *arg)
{
  (void)map, (void)visitor, (void)arg;
  return 0;
}

#define BASELINE_HEAD(called, what)                                                                \
  {                                                                                                \
    .kind = PLUGIN_MAP, .abi_major = TMB_ABI_MAJOR, .size = sizeof(struct map_plugin),             \
    .promises = MAP_IS_BASELINE, .name = called, .summary = what                                   \
  }

#endif
