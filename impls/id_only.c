/* id_only: draws an id from a counter that all threads share, and looks at no string. What an
 * insert costs at least whose id comes from one counter. */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "common/atomics.h"
#include "common/baseline.h"

struct counter {
  alignas(64) _Atomic uint64_t last_id;
};

static int create(const struct map_config *config, void **map)
{
  (void)config;
  struct counter *counter = aligned_alloc(alignof(struct counter), sizeof *counter);
  if (!counter)
    return -ENOMEM;
  atomic_init(&counter->last_id, 0);
  *map = counter;
  return 0;
}

static void destroy(void *map)
{
  free(map);
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct counter *counter = map;
  return fetch_add_relaxed(&counter->last_id, 1) + 1; /* no partner: only uniqueness matters */
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)bytes, (void)n;
  return (struct map_put){.id = steal_id(map, seat)};
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)map, (void)seat, (void)bytes, (void)n;
  return 1;
}

static int reset(void *map)
{
  struct counter *counter = map;
  store_relaxed(&counter->last_id, 0); /* no partner: no other call runs */
  return 0;
}

static const struct map_plugin plugin = {
    .head = BASELINE_HEAD(
        "id_only", "an id from one shared counter alone: what an insert that draws one costs"),
    .create = create,
    .destroy = destroy,
    .put = put,
    .lookup = lookup,
    .steal_id = steal_id,
    .reset = reset,
    .visit = baseline_visit,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
