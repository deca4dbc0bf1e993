/* ck_ht: Concurrency Kit's hash table for one writer and many readers: open addressing by cache
 * lines of four slots, each with 16 bits of the hash and the key's length beside two pointers.
 *
 * Chosen:
 *   ck_ht rather than ck_hs: measured here with one thread, 10^4 to 10^6 strings, hits took ck_hs
 *   1.1 to 1.4 times as long (it must look into its objects), inserts 0.5 to 0.95 times; a tracer's
 *   puts are mostly hits.
 *   The id is the value of a slot, the string its key (CK_HT_MODE_BYTESTRING).
 *   Readers without a lock; one mutex for who adds. It searches again only when an id was drawn
 * since its first search, so that bytes are copied only for a string that is added. Growth as the
 * library does it, from 1024 slots, at half full. Slots keep too little of the hash, so the library
 * then asks for it anew. Arrays that were outgrown stay until the reset, since a reader may be in
 * them: the library leaves it to us when to free them, and this is the only way that costs readers
 * nothing. Together they are smaller than the array in use, and table_bytes has them.
 *
 * Progress: hits and lookups take no lock (a reader may start over while the table grows); a put
 * that adds waits for the mutex. Ids: drawn under it, dense and in order. Strings of 64 KiB and
 * more are refused: the library keeps lengths in 16 bits.
 */
#include <errno.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <ck_ht.h>

#include "api/intern_map.h"
#include "common/atomics.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

#define FIRST_SLOTS 1024
#define KEY_MOST UINT16_MAX

/* In front of what the library takes. */
struct array {
  alignas(16) struct array *next; /* outgrown before this one */
  size_t bytes;
};

struct array_memory {
  struct array *outgrown;
  uint64_t bytes;
};

struct ck_map {
  struct key_hash hash;
  ck_ht_t table;
  _Atomic uint64_t last_id;
  alignas(64) pthread_mutex_t lock; /* what is below, last_id and changes to the table: under it */
  struct owned_region region;
  struct array_memory memory;
};

/* ---- what the library calls: with nothing that tells the map ---- */

static _Thread_local struct array_memory *charged; /* of the map that this thread changes */

static void *take_array(size_t bytes)
{
  struct array *array = malloc(sizeof *array + bytes);
  if (!array)
    return NULL;
  array->bytes = sizeof *array + bytes;
  charged->bytes += array->bytes;
  return array + 1;
}

static void free_array(struct array *array)
{
  charged->bytes -= array->bytes;
  free(array);
}

/* defer: readers may be in it. */
static void give_array_back(void *given, size_t bytes, bool defer)
{
  (void)bytes;
  struct array *array = (struct array *)given - 1;
  if (!defer) {
    free_array(array);
    return;
  }
  array->next = charged->outgrown;
  charged->outgrown = array;
}

static struct ck_malloc arrays = {.malloc = take_array, .free = give_array_back};

/* The seed is the map's hash. */
static void hash_again(ck_ht_hash_t *hash, const void *bytes, size_t n, uint64_t seed)
{
  hash->value = key_hash((const struct key_hash *)(uintptr_t)seed, bytes, n);
}

/* ---- a map ---- */

static bool table_init(struct ck_map *m, ck_ht_t *table)
{
  charged = &m->memory;
  return ck_ht_init(table, CK_HT_MODE_BYTESTRING, hash_again, &arrays, FIRST_SLOTS,
                    (uintptr_t)&m->hash);
}

/* Alone. */
static void table_fini(struct ck_map *m)
{
  charged = &m->memory;
  ck_ht_destroy(&m->table);
  while (m->memory.outgrown) {
    struct array *array = m->memory.outgrown;
    m->memory.outgrown = array->next;
    free_array(array);
  }
}

static int create(const struct map_config *config, void **map)
{
  struct ck_map *m = aligned_alloc(64, sizeof *m);
  if (!m)
    return -ENOMEM;
  *m = (struct ck_map){.hash = key_hash_of(config)};
  int error = owned_region_create(&m->region, config, CALLER_SERIALISES);
  if (!error && !table_init(m, &m->table)) {
    owned_region_destroy(&m->region);
    error = -ENOMEM;
  }
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
  struct ck_map *m = map;
  table_fini(m);
  pthread_mutex_destroy(&m->lock);
  owned_region_destroy(&m->region);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct ck_map *m = map;
  return owned_region_enter(&m->region, place, seat);
}

static void leave(void *map, void *seat)
{
  struct ck_map *m = map;
  owned_region_leave(&m->region, seat);
}

static uint64_t find(struct ck_map *m, ck_ht_hash_t hash, const void *bytes, size_t n)
{
  ck_ht_entry_t entry;
  ck_ht_entry_key_set(&entry, bytes, (uint16_t)n);
  return ck_ht_get_spmc(&m->table, hash, &entry) ? (uintptr_t)ck_ht_entry_value(&entry) : 0;
}

/* Under the lock. */
static struct map_put insert(struct ck_map *m, void *seat, ck_ht_hash_t hash, const void *bytes,
                             size_t n)
{
  void *copy = owned_region_alloc(&m->region, seat, n);
  if (!copy)
    return (struct map_put){0};
  memcpy(copy, bytes, n);
  uint64_t id = load_relaxed(&m->last_id) + 1; /* written under this lock only */
  ck_ht_entry_t entry;
  ck_ht_entry_set(&entry, hash, copy, (uint16_t)n, (const void *)(uintptr_t)id);
  charged = &m->memory;
  if (!ck_ht_put_spmc(&m->table, hash, &entry))
    return (struct map_put){0};   /* it could not grow */
  store_release(&m->last_id, id); /* pairs with the load in put() */
  return (struct map_put){.id = id, .added = true};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct ck_map *m = map;
  if (n == 0 || n > KEY_MOST)
    return (struct map_put){0};
  const ck_ht_hash_t hash = {.value = key_hash(&m->hash, bytes, n)};
  uint64_t drawn =
      load_acquire(&m->last_id); /* those strings the search sees; pairs with insert() */
  uint64_t id = find(m, hash, bytes, n);
  if (id)
    return (struct map_put){.id = id};

  pthread_mutex_lock(&m->lock);
  if (load_relaxed(&m->last_id) != drawn) /* written under this lock only */
    id = find(m, hash, bytes, n);
  struct map_put result = id ? (struct map_put){.id = id} : insert(m, seat, hash, bytes, n);
  pthread_mutex_unlock(&m->lock);
  return result;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct ck_map *m = map;
  if (n == 0 || n > KEY_MOST)
    return 0;
  const ck_ht_hash_t hash = {.value = key_hash(&m->hash, bytes, n)};
  return find(m, hash, bytes, n);
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct ck_map *m = map;
  pthread_mutex_lock(&m->lock);
  uint64_t id = load_relaxed(&m->last_id) + 1; /* written under this lock only */
  store_release(&m->last_id, id);              /* as in insert() */
  pthread_mutex_unlock(&m->lock);
  return id;
}

static int reset(void *map)
{
  struct ck_map *m = map;
  ck_ht_t fresh;
  if (!table_init(m, &fresh))
    return -ENOMEM;
  table_fini(m);
  m->table = fresh;
  store_relaxed(&m->last_id, 0); /* no put runs */
  owned_region_drop(&m->region);
  return 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct ck_map *m = map;
  ck_ht_iterator_t at = CK_HT_ITERATOR_INITIALIZER;
  ck_ht_entry_t *entry;
  while (ck_ht_next(&m->table, &at, &entry))
    if (!visitor(arg, (uintptr_t)ck_ht_entry_value(entry), ck_ht_entry_key(entry),
                 ck_ht_entry_key_length(entry)))
      return -ECANCELED;
  return 0;
}

static void stats(void *map, struct map_stats *stats)
{
  struct ck_map *m = map;
  stats->keys = ck_ht_count(&m->table);
  stats->table_bytes = sizeof *m + m->memory.bytes;
  owned_region_stats(&m->region, &stats->region);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
             .name = "ck_ht",
             .summary =
                 "peer: Concurrency Kit's ck_ht, readers without lock, one mutex for inserts"},
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
    .library = PEER_LIBRARY,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
