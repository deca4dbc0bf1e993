/* hash_only: hashes the string and answers. What a put of any map that hashes its strings cannot
 * undercut. */
#include <errno.h>
#include <stdlib.h>

#include "common/baseline.h"
#include "common/hash.h"

static int create(const struct map_config *config, void **map)
{
  struct key_hash *hash = malloc(sizeof *hash);
  if (!hash)
    return -ENOMEM;
  *hash = key_hash_of(config);
  *map = hash;
  return 0;
}

static void destroy(void *map)
{
  free(map);
}

/* The answer hangs on the hash, so that no compiler leaves it out; and is an id that can be. */
static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  return (struct map_put){.id = 1 + (key_hash(map, bytes, n) >> 63)};
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  return put(map, seat, bytes, n).id;
}

static const struct map_plugin plugin = {
    .head = BASELINE_HEAD("hash_only", "the hash of the string alone: what a put cannot undercut"),
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
