/* null_map: interns nothing and answers at once. What it costs is what the harness costs; a report
 * on a run that has it prints that figure. */
#include <stdlib.h>

#include "common/baseline.h"

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

static const struct map_plugin plugin = {
    .head = BASELINE_HEAD("null_map", "does nothing: the harness's own cost"),
    .create = create,
    .destroy = destroy,
    .put = put,
    .lookup = lookup,
    .steal_id = baseline_steal_id,
    .reset = baseline_reset,
    .visit = baseline_visit,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
