/* fixed_bucket: the old trace map.
 *
 * 8192 buckets, each the head of a list. A put searches its bucket without the lock; on a miss it
 * takes the map's one mutex, searches again, draws the id, builds the node and links it in front.
 * A chain has n/8192 nodes, so the cost of an operation grows with n.
 *
 * Progress: hits and lookups are wait-free; a put that adds waits for the mutex. reset and visit
 * are one section under the mutex, which nothing may interrupt in the original. Ids: drawn under
 * the mutex, so dense and in the order of insertion.
 *
 * Reference: traceMap, Go before commit 5bba5b25.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/intern_map.h"
#include "common/atomics.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

#define BUCKETS 8192u

/* Written before it is published, never after. */
struct node {
  struct node *next;
  uint64_t hash, id;
  const void *bytes;
  size_t n;
};

struct fixed_bucket {
  struct key_hash hash;
  struct owned_region region; /* under lock */
  pthread_mutex_t lock;
  _Atomic uint64_t last_id;
  _Atomic(struct node *) bucket[BUCKETS];
};

static int create(const struct map_config *config, void **map)
{
  struct fixed_bucket *m = calloc(1, sizeof *m);
  if (!m)
    return -ENOMEM;
  m->hash = key_hash_of(config);
  int error = owned_region_create(&m->region, config, CALLER_SERIALISES);
  if (error) {
    free(m);
    return error;
  }
  pthread_mutex_init(&m->lock, NULL);
  *map = m;
  return 0;
}

static void destroy(void *map)
{
  struct fixed_bucket *m = map;
  owned_region_destroy(&m->region);
  pthread_mutex_destroy(&m->lock);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct fixed_bucket *m = map;
  return owned_region_enter(&m->region, place, seat);
}

static void leave(void *map, void *seat)
{
  struct fixed_bucket *m = map;
  owned_region_leave(&m->region, seat);
}

static const struct node *find(struct fixed_bucket *m, uint64_t hash, const void *bytes, size_t n)
{
  /* Pairs with the publish in insert(): a node that is seen is whole, and so are those behind it.
   */
  const struct node *node = load_acquire(&m->bucket[hash % BUCKETS]);
  while (node && !(node->hash == hash && key_equal(node->bytes, node->n, bytes, n)))
    node = node->next;
  return node;
}

/* Under the lock. */
static struct map_put insert(struct fixed_bucket *m, void *seat, uint64_t hash, const void *bytes,
                             size_t n)
{
  struct node *node = owned_region_alloc(&m->region, seat, sizeof *node);
  void *copy = node ? owned_region_alloc(&m->region, seat, n) : NULL;
  if (!copy)
    return (struct map_put){0};
  memcpy(copy, bytes, n);
  _Atomic(struct node *) *bucket = &m->bucket[hash % BUCKETS];
  node->hash = hash;
  node->id = fetch_add_relaxed(&m->last_id, 1) + 1; /* atomic only for steal_id() */
  node->bytes = copy;
  node->n = n;
  node->next = load_relaxed(bucket); /* written under this lock only */
  store_release(bucket, node);       /* the publish; pairs with the load in find() */
  return (struct map_put){.id = node->id, .added = true};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct fixed_bucket *m = map;
  if (n == 0)
    return (struct map_put){0};
  uint64_t hash = key_hash(&m->hash, bytes, n);
  const struct node *found = find(m, hash, bytes, n);
  if (found)
    return (struct map_put){.id = found->id};

  pthread_mutex_lock(&m->lock);
  found = find(m, hash, bytes, n); /* someone may have added it meanwhile */
  struct map_put result =
      found ? (struct map_put){.id = found->id} : insert(m, seat, hash, bytes, n);
  pthread_mutex_unlock(&m->lock);
  return result;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct fixed_bucket *m = map;
  if (n == 0)
    return 0;
  const struct node *found = find(m, key_hash(&m->hash, bytes, n), bytes, n);
  return found ? found->id : 0;
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct fixed_bucket *m = map;
  return fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
}

static int reset(void *map)
{
  struct fixed_bucket *m = map;
  pthread_mutex_lock(&m->lock);
  for (size_t i = 0; i < BUCKETS; i++)
    store_relaxed(&m->bucket[i], NULL); /* no put runs */
  store_relaxed(&m->last_id, 0);
  owned_region_drop(&m->region);
  pthread_mutex_unlock(&m->lock);
  return 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct fixed_bucket *m = map;
  int result = 0;
  pthread_mutex_lock(&m->lock);
  for (size_t i = 0; i < BUCKETS && result == 0; i++) {
    const struct node *node = load_relaxed(&m->bucket[i]); /* no put runs */
    for (; node && result == 0; node = node->next)
      if (!visitor(arg, node->id, node->bytes, node->n))
        result = -ECANCELED;
  }
  pthread_mutex_unlock(&m->lock);
  return result;
}

static void stats(void *map, struct map_stats *stats)
{
  struct fixed_bucket *m = map;
  pthread_mutex_lock(&m->lock);
  stats->table_bytes = sizeof *m;
  owned_region_stats(&m->region, &stats->region);
  for (size_t i = 0; i < BUCKETS; i++) {
    uint64_t depth = 0;
    for (const struct node *node = load_relaxed(&m->bucket[i]); node; node = node->next, depth++)
      stats->depth_count[depth < MAP_DEPTHS ? depth : MAP_DEPTHS - 1]++;
    stats->keys += depth;
    if (depth > stats->depth_max)
      stats->depth_max = depth;
  }
  pthread_mutex_unlock(&m->lock);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
             .name = "fixed_bucket",
             .summary = "the old trace map: 8192 buckets, one mutex for inserts"},
    .usual_region = "region_locked",
    .create = create,
    .destroy = destroy,
    .enter = enter,
    .leave = leave,
    .put = put,
    .lookup = lookup,
    .steal_id = steal_id,
    .reset = reset,
    .visit = visit,
    .stats = stats,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
