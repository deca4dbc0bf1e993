/* null_map: interns nothing and answers at once. What it costs is what the harness costs; every
 * report prints that figure. */
#include <stdlib.h>

#include "api/intern_map.h"

static int create(const struct map_config *config, void **map)
{
  (void)config;
  *map = NULL;
  return 0;
}

static void destroy(void *map)
{
  (void)map;
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return (struct map_put){.id = 1};
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return 1;
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)map, (void)seat;
  return 1;
}

static int reset(void *map)
{
  (void)map;
  return 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  (void)map, (void)visitor, (void)arg;
  return 0;
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_IS_BASELINE,
             .name = "null_map",
             .summary = "does nothing: the harness's own cost"},
    .create = create,
    .destroy = destroy,
    .put = put,
    .lookup = lookup,
    .steal_id = steal_id,
    .reset = reset,
    .visit = visit,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
