/* hash_trie: the trace map that replaced the old one.
 *
 * A 4-ary trie over the bits of a 64-bit hash, two bits a level from the top. Every node holds a
 * key, and a node's key stays where it is when it gets children: a walk compares keys on its way.
 * A slot is written once, from NULL to a node, by compare-and-swap.
 *
 * When the hash bits run out the remaining hash is 0, so keys with the same full hash form a list
 * through child 0. This is intended.
 *
 * Progress: put and lookup are lock-free, the region's fetching of a block apart.
 * Ids: drawn before the publish; a put that loses a race against the same string burns its id (and
 * its node), so ids may have gaps but are never used twice.
 *
 * Reference: traceMap, Go commit 5bba5b25.
 */
#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "api/intern_map.h"
#include "common/atomics.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

/* All but child[] is written before the node is published, never after. */
struct node {
  _Atomic(struct node *) child[4];
  uint64_t hash, id;
  const void *bytes;
  size_t n;
};

struct hash_trie {
  alignas(64) _Atomic(struct node *) root;
  struct key_hash hash;
  alignas(64) _Atomic uint64_t last_id;
  alignas(64) struct owned_region region;
  alignas(64) _Atomic uint64_t lost_races;
};

static int create(const struct map_config *config, void **map)
{
  struct hash_trie *m = aligned_alloc(64, sizeof *m);
  if (!m)
    return -ENOMEM;
  *m = (struct hash_trie){.hash = key_hash_of(config)};
  int error = owned_region_create(&m->region, config, CALLERS_OVERLAP);
  if (error) {
    free(m);
    return error;
  }
  *map = m;
  return 0;
}

static void destroy(void *map)
{
  struct hash_trie *m = map;
  owned_region_destroy(&m->region);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct hash_trie *m = map;
  return owned_region_enter(&m->region, place, seat);
}

static void leave(void *map, void *seat)
{
  struct hash_trie *m = map;
  owned_region_leave(&m->region, seat);
}

static bool holds(const struct node *node, uint64_t hash, const void *bytes, size_t n)
{
  return node->hash == hash && key_equal(node->bytes, node->n, bytes, n);
}

static struct node *build(struct hash_trie *m, void *seat, uint64_t hash, const void *bytes,
                          size_t n)
{
  struct node *node = owned_region_alloc(&m->region, seat, sizeof *node);
  void *copy = node ? owned_region_alloc(&m->region, seat, n) : NULL;
  if (!copy)
    return NULL;
  memcpy(copy, bytes, n);
  for (int i = 0; i < 4; i++)
    atomic_init(&node->child[i], NULL);
  node->hash = hash;
  node->id = fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
  node->bytes = copy;
  node->n = n;
  return node;
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct hash_trie *m = map;
  if (n == 0)
    return (struct map_put){0};
  const uint64_t hash = key_hash(&m->hash, bytes, n);
  struct node *built = NULL; /* at most once a put, on the first empty slot */
  _Atomic(struct node *) *slot = &m->root;
  for (uint64_t rest = hash;; rest <<= 2) {
    struct node *node = load_acquire(slot); /* pairs with the publish below */
    if (!node) {
      if (!built && !(built = build(m, seat, hash, bytes, n)))
        return (struct map_put){0};
      /* The publish: pairs with the loads of slots here, in lookup() and in walk(). */
      if (cas_publish(slot, &node, built))
        return (struct map_put){.id = built->id, .added = true};
      /* node is now what the winner put there; a slot is written only once. */
    }
    if (holds(node, hash, bytes, n)) {
      if (built)
        fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
      return (struct map_put){.id = node->id};
    }
    slot = &node->child[rest >> 62];
  }
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct hash_trie *m = map;
  if (n == 0)
    return 0;
  const uint64_t hash = key_hash(&m->hash, bytes, n);
  const struct node *node = load_acquire(&m->root); /* pairs with the publish in put() */
  for (uint64_t rest = hash; node && !holds(node, hash, bytes, n); rest <<= 2)
    node = load_acquire(&((struct node *)node)->child[rest >> 62]); /* the same */
  return node ? node->id : 0;
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct hash_trie *m = map;
  return fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
}

static int reset_step(void *map, unsigned blocks)
{
  struct hash_trie *m = map;
  store_relaxed(&m->root, NULL); /* no put runs */
  store_relaxed(&m->last_id, 0);
  store_relaxed(&m->lost_races, 0);
  return !owned_region_drop_step(&m->region, blocks);
}

static int reset(void *map)
{
  return reset_step(map, UINT_MAX);
}

typedef bool node_visitor(void *arg, const struct node *, uint64_t depth);

/* Recurses into children 1 to 3 and loops over child 0. A child other than 0 needs a hash bit that
 * is set, so it hangs at most 32 levels deep however long a list of colliding keys is. */
static bool walk(struct node *node, uint64_t depth, node_visitor *visitor, void *arg)
{
  for (; node;
       node = load_acquire(&node->child[0]), depth++) { /* pairs with the publish in put() */
    if (!visitor(arg, node, depth))
      return false;
    for (int i = 1; i < 4; i++) {
      struct node *child = load_acquire(&node->child[i]); /* the same */
      if (child && !walk(child, depth + 1, visitor, arg))
        return false;
    }
  }
  return true;
}

struct key_visit {
  map_visitor *visitor;
  void *arg;
};

static bool visit_key(void *arg, const struct node *node, uint64_t depth)
{
  (void)depth;
  const struct key_visit *to = arg;
  return to->visitor(to->arg, node->id, node->bytes, node->n);
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct hash_trie *m = map;
  struct key_visit to = {.visitor = visitor, .arg = arg};
  return walk(load_acquire(&m->root), 0, visit_key, &to) ? 0 : -ECANCELED;
}

/* A cursor is the stack of subtrees still to be shown, the next one on top. A node is popped,
 * shown, and its children pushed, child 0 first; so what waits below the way down are at most three
 * siblings a level, and only on the 32 levels where a child other than 0 can hang: 97 words are
 * enough. */
struct trie_cursor {
  uintptr_t begun, height;
  struct node *waiting[sizeof(((struct map_cursor *)0)->word) / sizeof(uintptr_t) - 2];
};
_Static_assert(sizeof(struct trie_cursor) == sizeof(struct map_cursor), "a cursor is its words");

static int visit_step(void *map, struct map_cursor *cursor, unsigned keys, map_visitor *visitor,
                      void *arg)
{
  struct hash_trie *m = map;
  struct trie_cursor at;
  memcpy(&at, cursor, sizeof at);
  struct node *root = load_acquire(&m->root); /* pairs with the publish in put() */
  if (!at.begun && root)
    at.waiting[at.height++] = root;
  at.begun = 1;
  int result = 0;
  for (; keys && at.height && result == 0; keys--) {
    struct node *node = at.waiting[--at.height];
    if (!visitor(arg, node->id, node->bytes, node->n))
      result = -ECANCELED;
    for (int i = 0; i < 4; i++) {
      struct node *child = load_acquire(&node->child[i]); /* the same */
      if (child)
        at.waiting[at.height++] = child;
    }
  }
  memcpy(cursor, &at, sizeof at);
  return result ? result : at.height > 0;
}

static bool count_depth(void *arg, const struct node *node, uint64_t depth)
{
  (void)node;
  struct map_stats *stats = arg;
  stats->keys++;
  stats->depth_count[depth < MAP_DEPTHS ? depth : MAP_DEPTHS - 1]++;
  if (depth + 1 > stats->depth_max)
    stats->depth_max = depth + 1;
  return true;
}

static void stats(void *map, struct map_stats *stats)
{
  struct hash_trie *m = map;
  stats->table_bytes = sizeof *m;
  stats->lost_races = load_relaxed(&m->lost_races);
  owned_region_stats(&m->region, &stats->region);
  walk(load_acquire(&m->root), 0, count_depth, stats);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_LOCK_FREE | MAP_ORDERED_IDS | MAP_ASYNC_SIGNAL_SAFE | MAP_USES_REGION |
                         MAP_INCREMENTAL | MAP_RESET_GIVES_BACK,
             .name = "hash_trie",
             .summary = "the new trace map: lock-free 4-ary trie over the hash"},
    .usual_region = "region_shared",
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
    .visit_step = visit_step,
    .reset_step = reset_step,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
