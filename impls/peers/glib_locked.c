/* glib_locked: GLib's GHashTable behind a GRWLock.
 *
 * Chosen:
 *   The table as a set (g_hash_table_add): GLib then keeps one array of pointers and one of 32-bit
 *   hashes, and compares hashes before it calls us. A record carries its id.
 *   The reader's lock for the search, since most puts are hits; on a miss the writer's lock, and a
 *   second search only when another string came in between. A record is built only for a string
 * that is added. The 64-bit hash folded to the 32 bits that GLib takes.
 *
 * Progress: none promised, every operation waits for the one lock. Ids: drawn under the writer's
 * lock, so dense and in order. When malloc fails GLib ends the process; a region that has no block
 * is refused as in every map.
 *
 * GLib neither shows its two arrays nor lets us allocate them; table_bytes has what they take at
 * least: 12 bytes a slot, and a power of two of slots, more than there are keys. They are twice as
 * large from 94 % of that power on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "api/intern_map.h"
#include "common/hash.h"
#include "common/key.h"
#include "common/owned_region.h"

/* A record in the region, or what is looked for, on the stack. */
struct record {
  uint64_t hash, id;
  const void *bytes;
  size_t n;
};

struct glib_locked {
  struct key_hash hash;
  struct owned_region region; /* this, last_id and changes to the table: under the writer's lock */
  GRWLock lock;
  GHashTable *table;
  uint64_t last_id;
};

static guint record_hash(gconstpointer record)
{
  uint64_t hash = ((const struct record *)record)->hash;
  return (guint)(hash ^ hash >> 32);
}

static gboolean record_equal(gconstpointer left, gconstpointer right)
{
  const struct record *a = left, *b = right;
  return a->hash == b->hash && key_equal(a->bytes, a->n, b->bytes, b->n);
}

static int create(const struct map_config *config, void **map)
{
  struct glib_locked *m = calloc(1, sizeof *m);
  if (!m)
    return -ENOMEM;
  m->hash = key_hash_of(config);
  int error = owned_region_create(&m->region, config, CALLER_SERIALISES);
  if (error) {
    free(m);
    return error;
  }
  g_rw_lock_init(&m->lock);
  m->table = g_hash_table_new(record_hash, record_equal);
  *map = m;
  return 0;
}

static void destroy(void *map)
{
  struct glib_locked *m = map;
  g_hash_table_destroy(m->table);
  g_rw_lock_clear(&m->lock);
  owned_region_destroy(&m->region);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct glib_locked *m = map;
  return owned_region_enter(&m->region, place, seat);
}

static void leave(void *map, void *seat)
{
  struct glib_locked *m = map;
  owned_region_leave(&m->region, seat);
}

/* The id, or 0, and which ids had been drawn by then. */
static uint64_t find(struct glib_locked *m, const struct record *wanted, uint64_t *drawn)
{
  g_rw_lock_reader_lock(&m->lock);
  const struct record *found = g_hash_table_lookup(m->table, wanted);
  uint64_t id = found ? found->id : 0;
  *drawn = m->last_id;
  g_rw_lock_reader_unlock(&m->lock);
  return id;
}

/* Under the writer's lock. */
static struct map_put insert(struct glib_locked *m, void *seat, const struct record *wanted)
{
  struct record *record = owned_region_alloc(&m->region, seat, sizeof *record + wanted->n);
  if (!record)
    return (struct map_put){0};
  *record = *wanted;
  record->bytes = memcpy(record + 1, wanted->bytes, wanted->n);
  record->id = ++m->last_id;
  g_hash_table_add(m->table, record);
  return (struct map_put){.id = record->id, .added = true};
}

static struct record record_of(struct glib_locked *m, const void *bytes, size_t n)
{
  return (struct record){.hash = key_hash(&m->hash, bytes, n), .bytes = bytes, .n = n};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct glib_locked *m = map;
  if (n == 0)
    return (struct map_put){0};
  const struct record wanted = record_of(m, bytes, n);
  uint64_t drawn, id = find(m, &wanted, &drawn);
  if (id)
    return (struct map_put){.id = id};

  g_rw_lock_writer_lock(&m->lock);
  const struct record *found = NULL;
  if (m->last_id != drawn)
    found = g_hash_table_lookup(m->table, &wanted);
  struct map_put result = found ? (struct map_put){.id = found->id} : insert(m, seat, &wanted);
  g_rw_lock_writer_unlock(&m->lock);
  return result;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  (void)seat;
  struct glib_locked *m = map;
  if (n == 0)
    return 0;
  const struct record wanted = record_of(m, bytes, n);
  uint64_t drawn;
  return find(m, &wanted, &drawn);
}

static uint64_t steal_id(void *map, void *seat)
{
  (void)seat;
  struct glib_locked *m = map;
  g_rw_lock_writer_lock(&m->lock);
  uint64_t id = ++m->last_id;
  g_rw_lock_writer_unlock(&m->lock);
  return id;
}

static int reset(void *map)
{
  struct glib_locked *m = map;
  g_hash_table_destroy(m->table); /* no put runs */
  m->table = g_hash_table_new(record_hash, record_equal);
  m->last_id = 0;
  owned_region_drop(&m->region);
  return 0;
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct glib_locked *m = map;
  GHashTableIter at;
  gpointer key;
  g_hash_table_iter_init(&at, m->table);
  while (g_hash_table_iter_next(&at, &key, NULL)) {
    const struct record *record = key;
    if (!visitor(arg, record->id, record->bytes, record->n))
      return -ECANCELED;
  }
  return 0;
}

static void stats(void *map, struct map_stats *stats)
{
  struct glib_locked *m = map;
  stats->keys = g_hash_table_size(m->table);
  uint64_t slots = 8;
  while (slots <= stats->keys)
    slots *= 2;
  stats->table_bytes = sizeof *m + slots * (sizeof(gpointer) + sizeof(guint32));
  owned_region_stats(&m->region, &stats->region);
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
             .name = "glib_locked",
             .summary = "peer: GLib's GHashTable behind one reader-writer lock"},
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
