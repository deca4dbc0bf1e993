/* wide_trie: hash_trie with tagged links, wide at the root, a key's bytes inside its node.
 *
 * The first 8 bits of a 64-bit hash choose one of 256 root slots; below it the trie is 4-ary, two
 * bits a level. Every node holds a key and stays where it is when it gets children. A slot is
 * written once, from 0 to a link, by compare-and-swap.
 *
 * A link is a node's address in its low 48 bits and above it the node's tag, the last 16 bits of
 * its key's hash. A walk reads of a node that it passes only the slot that it leaves by, and
 * compares keys only where the tag fits. So a node holds no hash: of 65536 keys passed that differ
 * in their hash, one costs a comparison of lengths.
 *
 * When the hash bits run out the remaining hash is 0, so keys with the same full hash form a list
 * through child 0, as in hash_trie. A weak hash makes long ways and comparisons in vain, no wrong
 * answers.
 *
 * Progress: put and lookup are lock-free, the region's fetching of a block apart.
 * Ids: drawn before the publish; a put that loses a race against the same string burns its id (and
 * its node), so ids may have gaps but are never used twice.
 *
 * Tried, each with string keys of 5 to 60 bytes on one thread, all in one run on a shared machine
 * (differences under a fifth may be noise). How many times as fast as hash_trie a hit is, at 10^3,
 * 10^4, 10^5 and 10^6 keys, and how many times as many bytes a key takes at 10^6:
 *
 *   root slots, children   10^3   10^4   10^5   10^6   bytes
 *             64,      4   1.12   1.17   1.34   1.06    0.80
 *            256,      4   1.20   1.25   1.40   1.21    0.80   this map
 *           1024,      4   1.35   1.35   1.46   1.06    0.80   8 KiB for an empty map
 *            256,      8   1.30   1.46   1.60   1.24    1.12
 *            256,     16   1.37   1.44   1.37   1.40    1.76
 */
#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/intern_map.h"
#include "common/atomics.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

enum {
  HASH_BITS = 64,
  ROOT_BITS = 8,
  CHILD_BITS = 2,
  ROOTS = 1 << ROOT_BITS,
  CHILDREN = 1 << CHILD_BITS,
  ADDRESS_BITS = 48, /* the tag takes the bits above */
};

/* A link in a place of its own: 0, then one link for good. */
typedef _Atomic(uint64_t) slot;

/* All but child[] is written before the node is published, never after. */
struct node {
  slot child[CHILDREN];
  uint64_t id;
  uint32_t n;
  unsigned char bytes[];
};

struct wide_trie {
  struct key_hash hash;
  alignas(64) slot root[ROOTS];
  alignas(64) _Atomic uint64_t last_id;
  alignas(64) struct owned_region region;
  alignas(64) _Atomic uint64_t lost_races;
};

static uint64_t link_to(const struct node *node, uint64_t hash)
{
  return hash << ADDRESS_BITS | (uintptr_t)node;
}

static struct node *node_at(uint64_t link)
{
  return (struct node *)(uintptr_t)(link & ((UINT64_C(1) << ADDRESS_BITS) - 1));
}

static bool tag_fits(uint64_t link, uint64_t hash)
{
  return link >> ADDRESS_BITS == (uint16_t)hash;
}

static bool holds(const struct node *node, const void *bytes, size_t n)
{
  return key_equal(node->bytes, node->n, bytes, n);
}

static int create(const struct map_config *config, void **map)
{
  struct wide_trie *m = aligned_alloc(64, sizeof *m);
  if (!m)
    return -ENOMEM;
  *m = (struct wide_trie){.hash = key_hash_of(config)};
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
  struct wide_trie *m = map;
  owned_region_destroy(&m->region);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct wide_trie *m = map;
  return owned_region_enter(&m->region, place, seat);
}

static void leave(void *map, void *seat)
{
  struct wide_trie *m = map;
  owned_region_leave(&m->region, seat);
}

/* NULL also for what a node or a link has no room for: a length of 2^32, an address of 2^48. */
static struct node *build(struct wide_trie *m, void *seat, const void *bytes, size_t n)
{
  if (n > UINT32_MAX)
    return NULL;
  struct node *node = owned_region_alloc(&m->region, seat, offsetof(struct node, bytes) + n);
  if (!node || (uint64_t)(uintptr_t)node >> ADDRESS_BITS)
    return NULL;
  for (int i = 0; i < CHILDREN; i++)
    atomic_init(&node->child[i], 0);
  node->id = fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
  node->n = (uint32_t)n;
  memcpy(node->bytes, bytes, n);
  return node;
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct wide_trie *m = map;
  if (n == 0)
    return (struct map_put){0};
  const uint64_t hash = key_hash(&m->hash, bytes, n);
  struct node *built = NULL; /* at most once a put, on the first empty slot */
  slot *at = &m->root[hash >> (HASH_BITS - ROOT_BITS)];
  for (uint64_t rest = hash << ROOT_BITS;; rest <<= CHILD_BITS) {
    uint64_t found = load_acquire(at); /* pairs with the publish below */
    if (!found) {
      if (!built && !(built = build(m, seat, bytes, n)))
        return (struct map_put){0};
      /* The publish: pairs with the loads of slots here, in lookup() and in the visits. */
      if (cas_publish(at, &found, link_to(built, hash)))
        return (struct map_put){.id = built->id, .added = true};
      /* found is now what the winner put there; a slot is written only once. */
    }
    struct node *node = node_at(found);
    if (tag_fits(found, hash) && holds(node, bytes, n)) {
      if (built)
        fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
      return (struct map_put){.id = node->id};
    }
    at = &node->child[rest >> (HASH_BITS - CHILD_BITS)];
  }
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct wide_trie *m = map;
  if (n == 0)
    return 0;
  const uint64_t hash = key_hash(&m->hash, bytes, n);
  slot *at = &m->root[hash >> (HASH_BITS - ROOT_BITS)];
  for (uint64_t rest = hash << ROOT_BITS;; rest <<= CHILD_BITS) {
    const uint64_t found = load_acquire(at); /* pairs with the publish in put() */
    if (!found)
      return 0;
    struct node *node = node_at(found);
    if (tag_fits(found, hash) && holds(node, bytes, n))
      return node->id;
    at = &node->child[rest >> (HASH_BITS - CHILD_BITS)];
  }
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct wide_trie *m = map;
  return fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
}

static int reset_step(void *map, unsigned blocks)
{
  struct wide_trie *m = map;
  for (int i = 0; i < ROOTS; i++)
    store_relaxed(&m->root[i], 0); /* no put runs */
  store_relaxed(&m->last_id, 0);
  store_relaxed(&m->lost_races, 0);
  return !owned_region_drop_step(&m->region, blocks);
}

static int reset(void *map)
{
  return reset_step(map, UINT_MAX);
}

/* A cursor is the stack of subtrees still to be shown below the roots before `root`, the next one
 * on top. A node is popped, shown, and its children pushed, child 0 first; so what waits below the
 * way down are at most three siblings a level, and only where a child other than 0 can hang: that
 * needs a hash bit that is set, however long a list of colliding keys is. */
struct trie_cursor {
  uintptr_t root, height;
  struct node *waiting[sizeof(((struct map_cursor *)0)->word) / sizeof(uintptr_t) - 2];
};
_Static_assert(sizeof(struct trie_cursor) == sizeof(struct map_cursor), "a cursor is its words");
_Static_assert((HASH_BITS - ROOT_BITS) / CHILD_BITS * (CHILDREN - 1) + 1 <=
                   sizeof(((struct trie_cursor *)0)->waiting) / sizeof(struct node *),
               "a cursor has room for every sibling that waits");

static void push(struct trie_cursor *at, slot *from)
{
  struct node *node = node_at(load_acquire(from)); /* pairs with the publish in put() */
  if (node)
    at->waiting[at->height++] = node;
}

/* Goes on to the next root when nothing waits; after it nothing waits only at the end. */
static void refill(struct trie_cursor *at, struct wide_trie *m)
{
  while (!at->height && at->root < ROOTS)
    push(at, &m->root[at->root++]);
}

static int visit_step(void *map, struct map_cursor *cursor, unsigned keys, map_visitor *visitor,
                      void *arg)
{
  struct wide_trie *m = map;
  struct trie_cursor at;
  memcpy(&at, cursor, sizeof at);
  int result = 0;
  refill(&at, m);
  for (; keys && at.height && result == 0; keys--) {
    struct node *node = at.waiting[--at.height];
    if (!visitor(arg, node->id, node->bytes, node->n))
      result = -ECANCELED;
    for (int i = 0; i < CHILDREN; i++)
      push(&at, &node->child[i]);
    refill(&at, m);
  }
  memcpy(cursor, &at, sizeof at);
  return result ? result : at.height > 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct map_cursor cursor = {0};
  int more;
  do
    more = visit_step(map, &cursor, UINT_MAX, visitor, arg);
  while (more > 0);
  return more;
}

/* Recurses into children 1 to 3, which hang at most 28 levels deep, and loops over child 0. */
static void count_depths(slot *at, uint64_t depth, struct map_stats *stats)
{
  struct node *node;
  for (; (node = node_at(load_acquire(at))); depth++) { /* pairs with the publish in put() */
    stats->keys++;
    stats->depth_count[depth < MAP_DEPTHS ? depth : MAP_DEPTHS - 1]++;
    if (depth + 1 > stats->depth_max)
      stats->depth_max = depth + 1;
    for (int i = 1; i < CHILDREN; i++)
      count_depths(&node->child[i], depth + 1, stats);
    at = &node->child[0];
  }
}

static void stats(void *map, struct map_stats *stats)
{
  struct wide_trie *m = map;
  stats->table_bytes = sizeof *m;
  stats->lost_races = load_relaxed(&m->lost_races);
  owned_region_stats(&m->region, &stats->region);
  for (int i = 0; i < ROOTS; i++)
    count_depths(&m->root[i], 0, stats);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_LOCK_FREE | MAP_ORDERED_IDS | MAP_ASYNC_SIGNAL_SAFE | MAP_USES_REGION |
                         MAP_INCREMENTAL | MAP_RESET_GIVES_BACK,
             .name = "wide_trie",
             .summary = "a trie with tagged links and keys inside its nodes"},
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
