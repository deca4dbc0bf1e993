/* urcu_lfht: userspace RCU's lock-free resizable hash table: split-ordered lists, one linked list
 * of everything with a dummy node a bucket.
 *
 * Chosen:
 *   The QSBR flavour, whose read side costs nothing. Its price, threads that announce quiescent
 *   states, is never due: nothing is freed while threads are in, so nobody waits for a grace
 * period. Each thread is registered while it has a seat, as the library asks. A lookup, which no
 * hit needs more than; on a miss the node is built and cds_lfht_add_unique searches once more,
 * since it takes a finished node. A put that loses the race leaves node and bytes in the region and
 * burns the id. Growth by cds_lfht_resize() to one bucket a string, in the put that crosses the
 * size, at most one at a time, while the others go on. CDS_LFHT_AUTO_RESIZE would do it in a thread
 * of its own, which a fast fill outruns (chains of tens of nodes until it has caught up), and which
 * goes by the length of chains: when hashes collide it doubles the table without end. Buckets in
 * one reserved range of addresses (a bound on their number asks for that): the library then finds a
 * bucket by one index, and tables never move.
 *
 * Progress: lock-free: no put waits for another. The one that grows the table also prepares its
 * buckets, for large tables with helper threads, which the library starts and joins. Ids: in order,
 * with gaps. When the system has no memory for buckets the library ends the process.
 *
 * The hash is that of the config; the node keeps it, bits reversed, and the library compares it
 * before it calls us.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <urcu/urcu-qsbr.h>

#include <urcu/rculfhash.h>

#include "api/intern_map.h"
#include "common/atomics.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

#define FIRST_BUCKETS 1024ul
#define BUCKETS_MOST (1ul << 30)

/* All but what the library keeps in node is written before the publish, never after. */
struct record {
  struct cds_lfht_node node; /* first: a node is its record */
  uint64_t id;
  size_t n;
  unsigned char bytes[];
};

struct urcu_lfht {
  struct key_hash hash;
  struct cds_lfht *table;
  _Atomic unsigned long buckets; /* written by who holds growing */
  alignas(64) _Atomic uint64_t last_id;
  alignas(64) struct owned_region region;
  alignas(64) _Atomic uint64_t lost_races;
  atomic_flag growing;
};

struct wanted {
  uint64_t hash;
  const void *bytes;
  size_t n;
};

/* The order that the library makes between its publish of a node and its load of it, in code that
 * is not instrumented, told to ThreadSanitizer: release before the one, acquire behind the other.
 */
#if defined(__SANITIZE_THREAD__)
#define TOLD_ORDER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TOLD_ORDER 1
#endif
#endif
#ifdef TOLD_ORDER
void __tsan_release(void *);
void __tsan_acquire(void *);
#define published_by_library(node) __tsan_release(node)
#define loaded_by_library(node) __tsan_acquire(node)
#else
#define published_by_library(node) (void)(node)
#define loaded_by_library(node) (void)(node)
#endif

static struct record *record_of(struct cds_lfht_node *node)
{
  return (struct record *)node;
}

static int is_wanted(struct cds_lfht_node *node, const void *key)
{
  const struct wanted *wanted = key;
  loaded_by_library(node);
  const struct record *record = record_of(node);
  return key_equal(record->bytes, record->n, wanted->bytes, wanted->n);
}

/* ---- threads ---- */

/* The library knows a thread once, however many seats it has. */
static _Thread_local unsigned registrations;

static void thread_in(void)
{
  if (registrations++ == 0)
    urcu_qsbr_register_thread();
}

static void thread_out(void)
{
  if (--registrations == 0)
    urcu_qsbr_unregister_thread();
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct urcu_lfht *m = map;
  int error = owned_region_enter(&m->region, place, seat);
  if (!error)
    thread_in();
  return error;
}

static void leave(void *map, void *seat)
{
  struct urcu_lfht *m = map;
  thread_out();
  owned_region_leave(&m->region, seat);
}

/* ---- a map ---- */

static struct cds_lfht *new_table(void)
{
  return cds_lfht_new_flavor(FIRST_BUCKETS, FIRST_BUCKETS, BUCKETS_MOST, 0, &urcu_qsbr_flavor,
                             NULL);
}

/* The library destroys only an empty table. Alone. */
static void destroy_table(struct cds_lfht *table)
{
  struct cds_lfht_iter at;
  thread_in();
  urcu_qsbr_read_lock();
  for (cds_lfht_first(table, &at); cds_lfht_iter_get_node(&at); cds_lfht_next(table, &at))
    cds_lfht_del(table, cds_lfht_iter_get_node(&at));
  urcu_qsbr_read_unlock();
  thread_out();
  cds_lfht_destroy(table, NULL);
}

static int create(const struct map_config *config, void **map)
{
  struct urcu_lfht *m = aligned_alloc(64, sizeof *m);
  if (!m)
    return -ENOMEM;
  *m = (struct urcu_lfht){
      .hash = key_hash_of(config), .buckets = FIRST_BUCKETS, .growing = ATOMIC_FLAG_INIT};
  int error = owned_region_create(&m->region, config, CALLERS_OVERLAP);
  if (!error && !(m->table = new_table())) {
    owned_region_destroy(&m->region);
    error = -ENOMEM;
  }
  if (error) {
    free(m);
    return error;
  }
  *map = m;
  return 0;
}

static void destroy(void *map)
{
  struct urcu_lfht *m = map;
  destroy_table(m->table);
  owned_region_destroy(&m->region);
  free(m);
}

/* The first power of two that is not less than `strings`, unless someone else is at it. */
static void grow(struct urcu_lfht *m, uint64_t strings)
{
  /* Acquire: pairs with the clear below, so that the bucket count is that of whoever grew before.
   */
  if (atomic_flag_test_and_set_explicit(&m->growing, memory_order_acquire))
    return;
  unsigned long buckets = load_relaxed(&m->buckets);
  while (buckets < strings && buckets < BUCKETS_MOST)
    buckets *= 2;
  if (buckets > load_relaxed(&m->buckets)) {
    cds_lfht_resize(m->table, buckets);
    store_relaxed(&m->buckets, buckets); /* the others only compare it */
  }
  atomic_flag_clear_explicit(&m->growing, memory_order_release);
}

static uint64_t find(struct urcu_lfht *m, const struct wanted *wanted)
{
  struct cds_lfht_iter at;
  urcu_qsbr_read_lock();
  cds_lfht_lookup(m->table, wanted->hash, is_wanted, wanted, &at);
  struct cds_lfht_node *node = cds_lfht_iter_get_node(&at);
  uint64_t id = node ? record_of(node)->id : 0;
  urcu_qsbr_read_unlock();
  return id;
}

static struct map_put insert(struct urcu_lfht *m, void *seat, const struct wanted *wanted)
{
  struct record *record = owned_region_alloc(&m->region, seat, sizeof *record + wanted->n);
  if (!record)
    return (struct map_put){0};
  cds_lfht_node_init(&record->node);
  record->id = fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
  record->n = wanted->n;
  memcpy(record->bytes, wanted->bytes, wanted->n);
  published_by_library(&record->node);
  urcu_qsbr_read_lock();
  struct cds_lfht_node *node =
      cds_lfht_add_unique(m->table, wanted->hash, is_wanted, wanted, &record->node);
  uint64_t id = record_of(node)->id;
  urcu_qsbr_read_unlock();
  bool added = node == &record->node;
  if (!added)
    fetch_add_relaxed(&m->lost_races, 1); /* a statistic */
  return (struct map_put){.id = id, .added = added};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct urcu_lfht *m = map;
  if (n == 0)
    return (struct map_put){0};
  const struct wanted wanted = {key_hash(&m->hash, bytes, n), bytes, n};
  uint64_t id = find(m, &wanted);
  if (id)
    return (struct map_put){.id = id};
  struct map_put result = insert(m, seat, &wanted);
  if (result.id > load_relaxed(&m->buckets)) /* ids count the strings, nearly */
    grow(m, result.id);
  return result;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct urcu_lfht *m = map;
  if (n == 0)
    return 0;
  const struct wanted wanted = {key_hash(&m->hash, bytes, n), bytes, n};
  return find(m, &wanted);
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct urcu_lfht *m = map;
  return fetch_add_relaxed(&m->last_id, 1) + 1; /* relaxed: only uniqueness matters */
}

static int reset(void *map)
{
  struct urcu_lfht *m = map;
  struct cds_lfht *fresh = new_table();
  if (!fresh)
    return -ENOMEM;
  destroy_table(m->table);
  m->table = fresh;
  store_relaxed(&m->buckets, FIRST_BUCKETS); /* no put runs */
  store_relaxed(&m->last_id, 0);
  store_relaxed(&m->lost_races, 0);
  owned_region_drop(&m->region);
  return 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct urcu_lfht *m = map;
  struct cds_lfht_iter at;
  bool more = true;
  thread_in();
  urcu_qsbr_read_lock();
  for (cds_lfht_first(m->table, &at); more && cds_lfht_iter_get_node(&at);
       cds_lfht_next(m->table, &at)) {
    const struct record *record = record_of(cds_lfht_iter_get_node(&at));
    more = visitor(arg, record->id, record->bytes, record->n);
  }
  urcu_qsbr_read_unlock();
  thread_out();
  return more ? 0 : -ECANCELED;
}

static void stats(void *map, struct map_stats *stats)
{
  struct urcu_lfht *m = map;
  long before, after; /* estimates of the library, for tables that shrink */
  unsigned long keys;
  thread_in();
  urcu_qsbr_read_lock();
  cds_lfht_count_nodes(m->table, &before, &keys, &after);
  urcu_qsbr_read_unlock();
  thread_out();
  stats->keys = keys;
  stats->lost_races = load_relaxed(&m->lost_races);
  stats->table_bytes = sizeof *m + load_relaxed(&m->buckets) * sizeof(struct cds_lfht_node);
  owned_region_stats(&m->region, &stats->region);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_LOCK_FREE | MAP_ORDERED_IDS | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
             .name = "urcu_lfht",
             .summary = "peer: userspace RCU's lock-free hash table, split-ordered lists"},
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
    .library = PEER_LIBRARY,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
