/* wrong_map.c: a map that is right but for one defect, which the build names with -DDEFECT=…: what
 * the contract tests must catch. With SOUND it has none, and passes them all. A table of chains
 * under one mutex. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "api/intern_map.h"

enum defect {
  SOUND,
  ADDS_TWICE,       /* each put says that it added */
  IDS_FROM_ZERO,    /* the first id is 0 */
  INTERNS_NOTHING,  /* n == 0 gets an id */
  KEEPS_POINTER,    /* the caller's bytes, not a copy */
  STOPS_AT_ZERO,    /* compares as C strings */
  HASH_IS_ENOUGH,   /* compares hashes, not bytes */
  LENGTH_IS_ENOUGH, /* compares hash and length, not bytes */
  ONE_BYTE_SHORT,   /* does not compare the last byte */
  READS_BEYOND,     /* looks at the byte behind the key */
  IGNORES_HASH,     /* always its own hash */
  IGNORES_SEED,     /* the config's hash, another seed */
  TRUSTS_ZEROES,    /* takes fresh memory for zeroed */
  KEEPS_IDS,        /* reset does not start ids again */
  KEEPS_STRINGS,    /* reset gives memory back and forgets half of the strings */
  KEEPS_BLOCKS,     /* reset keeps the blocks */
  KEEPS_TABLE,      /* reset keeps a table that grew, and says so */
  HIDES_TABLE,      /* the same, and does not */
  LEAKS,            /* destroy keeps the blocks */
  SHARES_IDS,       /* one counter for all maps */
  GAPS,             /* burns an id now and then, and promises not to */
  DISORDER,         /* ids in pairs, the later first */
  STEALS_USED,      /* steal_id gives the last id of a string */
  LENDS_STOLEN,     /* a stolen id goes to the next string */
  BURNS_ON_REFUSAL, /* a refused put draws an id */
  LIES_ON_REFUSAL,  /* no memory: says that it added */
  LINKS_HALF,       /* no memory for the bytes: the node is in the table all the same */
  STAYS_DRY,        /* refuses for good once memory was short */
  LOOKUP_ADDS,
  LOOKUP_MISSES, /* every hundredth string */
  VISITS_TWICE,
  VISITS_HALF,
  VISITS_ON,         /* does not end when told */
  VISIT_FORGETS_WHY, /* ends when told, and returns 0 */
  VISIT_RECURSES,    /* one stack frame a node */
  STEPS_FAR,         /* visit_step shows more than it may */
  STEPS_OVER,        /* visit_step leaves out a string between steps */
  RESETS_AT_ONCE,    /* reset_step gives back more than it may */
  RESETS_SHORT,      /* reset_step says done too early */
  COUNTS_WRONG,      /* stats */
  HIDES_REGION,      /* stats: region left at zero */
  DEPTH_WRONG,       /* stats: depth_max */
  WEARS_SEATS_OUT,   /* a seat that was left is not free again */
  NO_SECOND_LOOK,    /* searches, lets go of the lock, inserts without another look */
  UNSOUND_ID,        /* two threads may draw one id */
  MANY_FORGETS_LAST, /* put_many leaves the last string out */
  MANY_SWAPS,        /* lookup_many answers in another order */
};

static const enum defect defect = DEFECT;

#define BUCKETS 512
#define TABLE_BYTES (1u << 20) /* of the table that KEEPS_TABLE and HIDES_TABLE have beside it */

struct node {
  struct node *next;
  uint64_t hash, id;
  const unsigned char *bytes;
  size_t n;
};

struct wrong_map {
  pthread_mutex_t lock;
  struct map_config config;
  void *region;
  uint64_t last_id, lent;
  unsigned seats;
  bool dry;
  void *table;
  struct node *bucket[BUCKETS];
};

static uint64_t shared_last_id;

static uint64_t own_hash(const unsigned char *bytes, size_t n)
{
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < n; i++)
    h = (h ^ bytes[i]) * 1099511628211u;
  return h ^ h >> 31;
}

static uint64_t hash_of(const struct wrong_map *m, const void *bytes, size_t n)
{
  if (!m->config.hash || defect == IGNORES_HASH)
    return own_hash(bytes, n);
  return m->config.hash(bytes, n, m->config.hash_seed + (defect == IGNORES_SEED));
}

static int create(const struct map_config *config, void **map)
{
  struct wrong_map *m = calloc(1, sizeof *m);
  if (!m)
    return -ENOMEM;
  m->config = *config;
  m->config.region_config.caller_serialises = true;
  int error = config->region->create(&m->config.region_config, &m->region);
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
  struct wrong_map *m = map;
  if (defect != LEAKS)
    m->config.region->destroy(m->region);
  pthread_mutex_destroy(&m->lock);
  free(m->table);
  free(m);
}

static int enter(void *map, const struct seat_place *place, void **seat)
{
  struct wrong_map *m = map;
  const struct region_plugin *region = m->config.region;
  *seat = NULL;
  pthread_mutex_lock(&m->lock);
  bool full = m->seats == m->config.threads;
  m->seats += !full;
  pthread_mutex_unlock(&m->lock);
  if (full)
    return -EAGAIN;
  return region->enter ? region->enter(m->region, place, seat) : 0;
}

static void leave(void *map, void *seat)
{
  struct wrong_map *m = map;
  if (m->config.region->leave)
    m->config.region->leave(m->region, seat);
  pthread_mutex_lock(&m->lock);
  m->seats -= defect != WEARS_SEATS_OUT;
  pthread_mutex_unlock(&m->lock);
}

static bool same(const struct node *node, uint64_t hash, const unsigned char *bytes, size_t n)
{
  if (node->hash != hash)
    return false;
  switch (defect) {
  case HASH_IS_ENOUGH:
    return true;
  case LENGTH_IS_ENOUGH:
    return node->n == n;
  case ONE_BYTE_SHORT:
    return node->n == n && memcmp(node->bytes, bytes, n - 1) == 0;
  case STOPS_AT_ZERO:
    return strncmp((const char *)node->bytes, (const char *)bytes, n) == 0;
  default:
    return node->n == n && memcmp(node->bytes, bytes, n) == 0;
  }
}

static struct node *find(struct wrong_map *m, uint64_t hash, const void *bytes, size_t n)
{
  struct node *node = m->bucket[hash % BUCKETS];
  while (node && !same(node, hash, bytes, n))
    node = node->next;
  return node;
}

static uint64_t draw(struct wrong_map *m)
{
  uint64_t *last = defect == SHARES_IDS ? &shared_last_id : &m->last_id;
  uint64_t id = ++*last;
  switch (defect) {
  case IDS_FROM_ZERO:
    return id - 1;
  case GAPS:
    m->last_id += id % 100 == 0;
    return id;
  case DISORDER: /* 2 1 4 3 6 5 … */
    return id % 2 ? id + 1 : id - 1;
  default:
    return id;
  }
}

static void *take(struct wrong_map *m, void *seat, size_t bytes)
{
  void *memory = m->dry ? NULL : m->config.region->alloc(m->region, seat, bytes);
  if (!memory && defect == STAYS_DRY)
    m->dry = true;
  return memory;
}

static struct map_put insert(struct wrong_map *m, void *seat, uint64_t hash, const void *bytes,
                             size_t n)
{
  struct node *node = take(m, seat, sizeof *node);
  void *copy = node ? take(m, seat, n) : NULL;
  if (!copy && !(defect == LINKS_HALF && node)) {
    if (defect == BURNS_ON_REFUSAL)
      draw(m);
    return (struct map_put){.id = defect == LIES_ON_REFUSAL ? draw(m) : 0,
                            .added = defect == LIES_ON_REFUSAL};
  }
  if (copy)
    memcpy(copy, bytes, n);
  if ((defect == KEEPS_TABLE || defect == HIDES_TABLE) && !m->table)
    m->table = calloc(1, TABLE_BYTES);
  node->hash = hash;
  node->id = m->lent ? m->lent : draw(m);
  m->lent = 0;
  if (defect == UNSOUND_ID && pthread_mutex_unlock(&m->lock) == 0) {
    sched_yield();
    pthread_mutex_lock(&m->lock);
    m->last_id = node->id;
  }
  node->bytes = defect == KEEPS_POINTER || !copy ? bytes : copy;
  node->n = n;
  struct node **bucket = &m->bucket[hash % BUCKETS];
  if (defect != TRUSTS_ZEROES || *bucket)
    node->next = *bucket;
  *bucket = node;
  return (struct map_put){.id = node->id, .added = true};
}

static struct map_put put(void *map, void *seat, const void *bytes, size_t n)
{
  struct wrong_map *m = map;
  if (n == 0)
    return (struct map_put){.id = defect == INTERNS_NOTHING};
  size_t hashed = n + (defect == READS_BEYOND);
  uint64_t hash = hash_of(m, bytes, hashed);
  pthread_mutex_lock(&m->lock);
  const struct node *found = find(m, hash, bytes, n);
  if (!found && defect == NO_SECOND_LOOK) {
    pthread_mutex_unlock(&m->lock);
    sched_yield();
    pthread_mutex_lock(&m->lock);
  }
  struct map_put result = found ? (struct map_put){.id = found->id, .added = defect == ADDS_TWICE}
                                : insert(m, seat, hash, bytes, n);
  pthread_mutex_unlock(&m->lock);
  return result;
}

static uint64_t lookup(void *map, void *seat, const void *bytes, size_t n)
{
  struct wrong_map *m = map;
  if (defect == LOOKUP_ADDS)
    return put(map, seat, bytes, n).id;
  if (n == 0)
    return 0;
  uint64_t hash = hash_of(m, bytes, n + (defect == READS_BEYOND));
  pthread_mutex_lock(&m->lock);
  const struct node *found = find(m, hash, bytes, n);
  uint64_t id = found ? found->id : 0;
  pthread_mutex_unlock(&m->lock);
  return defect == LOOKUP_MISSES && id % 100 == 99 ? 0 : id;
}

static uint64_t steal_id(void *map, void *seat)
{
  struct wrong_map *m = map;
  (void)seat;
  pthread_mutex_lock(&m->lock);
  uint64_t id = defect == STEALS_USED ? m->last_id : draw(m);
  if (defect == LENDS_STOLEN)
    m->lent = id;
  pthread_mutex_unlock(&m->lock);
  return id;
}

static int reset(void *map)
{
  struct wrong_map *m = map;
  for (size_t i = 0; i < BUCKETS; i++)
    if (defect != KEEPS_STRINGS || i % 2)
      m->bucket[i] = NULL;
  if (defect != KEEPS_IDS)
    m->last_id = 0;
  m->lent = 0;
  m->dry = false;
  if (defect != KEEPS_BLOCKS)
    m->config.region->drop(m->region);
  return 0;
}

static int reset_step(void *map, unsigned blocks)
{
  struct wrong_map *m = map;
  memset(m->bucket, 0, sizeof m->bucket);
  m->last_id = 0;
  const struct region_plugin *region = m->config.region;
  bool done = true;
  if (region->drop_step && defect != RESETS_AT_ONCE)
    done = region->drop_step(m->region, blocks);
  else
    region->drop(m->region);
  return !done && defect != RESETS_SHORT;
}

static bool show(const struct node *node, map_visitor *visitor, void *arg)
{
  bool more = visitor(arg, node->id, node->bytes, node->n);
  if (defect == VISITS_TWICE && node->id % 50 == 1)
    more = more && visitor(arg, node->id, node->bytes, node->n);
  return more || defect == VISITS_ON;
}

static bool show_recursively(const struct node *node, map_visitor *visitor, void *arg)
{
  volatile char frame[64] = {0}; /* kept, whatever the optimiser thinks of the recursion */
  bool more = !node || (show_recursively(node->next, visitor, arg) && show(node, visitor, arg));
  return more && !frame[0];
}

static int visit(void *map, map_visitor *visitor, void *arg)
{
  struct wrong_map *m = map;
  bool more = true;
  for (size_t i = defect == VISITS_HALF ? BUCKETS / 2 : 0; i < BUCKETS && more; i++) {
    if (defect == VISIT_RECURSES)
      more = show_recursively(m->bucket[i], visitor, arg);
    else
      for (const struct node *node = m->bucket[i]; node && more; node = node->next)
        more = show(node, visitor, arg);
  }
  return more || defect == VISIT_FORGETS_WHY ? 0 : -ECANCELED;
}

/* The cursor: the bucket, and how many of its strings were shown. */
static int visit_step(void *map, struct map_cursor *cursor, unsigned keys, map_visitor *visitor,
                      void *arg)
{
  struct wrong_map *m = map;
  keys += defect == STEPS_FAR;
  for (; cursor->word[0] < BUCKETS; cursor->word[0]++, cursor->word[1] = 0) {
    const struct node *node = m->bucket[cursor->word[0]];
    for (uintptr_t i = 0; node && i < cursor->word[1]; i++)
      node = node->next;
    for (; node; node = node->next, cursor->word[1]++) {
      if (keys-- == 0) {
        cursor->word[1] += defect == STEPS_OVER;
        return 1;
      }
      if (!show(node, visitor, arg))
        return -ECANCELED;
    }
  }
  return 0;
}

static void stats(void *map, struct map_stats *stats)
{
  struct wrong_map *m = map;
  stats->table_bytes = sizeof *m + (defect == KEEPS_TABLE && m->table ? TABLE_BYTES : 0);
  if (defect != HIDES_REGION)
    m->config.region->stats(m->region, &stats->region);
  for (size_t i = 0; i < BUCKETS; i++) {
    uint64_t depth = 0;
    for (const struct node *node = m->bucket[i]; node; node = node->next, depth++)
      stats->depth_count[depth < MAP_DEPTHS ? depth : MAP_DEPTHS - 1]++;
    stats->keys += depth;
    if (depth > stats->depth_max)
      stats->depth_max = depth;
  }
  stats->keys += defect == COUNTS_WRONG && stats->keys > 100;
  stats->depth_max += defect == DEPTH_WRONG;
}

static void put_many(void *map, void *seat, const struct map_key *keys, size_t count,
                     struct map_put *results)
{
  for (size_t i = 0; i < count; i++)
    results[i] = defect == MANY_FORGETS_LAST && i > 0 && i == count - 1
                     ? (struct map_put){0}
                     : put(map, seat, keys[i].bytes, keys[i].n);
}

static void lookup_many(void *map, void *seat, const struct map_key *keys, size_t count,
                        uint64_t *results)
{
  for (size_t i = 0; i < count; i++) {
    const struct map_key *key = &keys[defect == MANY_SWAPS ? count - 1 - i : i];
    results[i] = lookup(map, seat, key->bytes, key->n);
  }
}

static const struct map_plugin plugin = {
    .head = {.kind = PLUGIN_MAP,
             .abi_major = TMB_ABI_MAJOR,
             .size = sizeof plugin,
             .promises = MAP_DENSE_IDS | MAP_ORDERED_IDS | MAP_USES_REGION | MAP_RESET_GIVES_BACK,
             .name = NAME,
             .summary = "has one defect, on purpose"},
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
    .put_many = put_many,
    .lookup_many = lookup_many,
};

const struct plugin *tmb_plugin(void)
{
  return &plugin.head;
}
