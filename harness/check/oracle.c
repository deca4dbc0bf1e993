/* oracle.c: see oracle.h. */
#include "check/oracle.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STOLEN_MOST 64

enum key_flag {
  ADDED = 1,   /* some put said that it added the key */
  SETTLED = 2, /* an earlier phase put it, so it must be found */
  VISITED = 4, /* the map has shown it */
};

struct id_of_key {
  uint64_t id;
  uint32_t key;
};

struct oracle {
  const struct key_set *keys;
  uint64_t *id;            /* by key; 0: not seen */
  unsigned char *flag;     /* by key, enum key_flag */
  struct id_of_key *known; /* the keys seen, as they came */
  uint64_t seen;           /* entries of known */
  uint32_t *key_of;        /* by id, NOBODY where no key has it; NULL: known is sorted by id */
  uint64_t largest;        /* id of known */
  uint64_t stolen[STOLEN_MOST];
  unsigned stolen_count;
  char contradiction[512];
};

struct oracle *oracle_create(const struct workload_plan *plan)
{
  struct oracle *oracle = calloc(1, sizeof *oracle);
  if (!oracle)
    return NULL;
  size_t count = plan->key_set.count;
  oracle->keys = &plan->key_set;
  oracle->id = calloc(count, sizeof *oracle->id);
  oracle->flag = calloc(count, 1);
  oracle->known = malloc(count * sizeof *oracle->known);
  if (oracle->id && oracle->flag && oracle->known)
    return oracle;
  oracle_destroy(oracle);
  return NULL;
}

void oracle_destroy(struct oracle *oracle)
{
  if (!oracle)
    return;
  free(oracle->id);
  free(oracle->flag);
  free(oracle->known);
  free(oracle->key_of);
  free(oracle);
}

void oracle_begin(struct oracle *oracle)
{
  memset(oracle->id, 0, oracle->keys->count * sizeof *oracle->id);
  memset(oracle->flag, 0, oracle->keys->count);
  oracle->seen = 0;
  oracle->stolen_count = 0;
  oracle->contradiction[0] = '\0';
}

const char *oracle_contradiction(const struct oracle *oracle)
{
  return oracle->contradiction;
}

/* Keeps the first contradiction; returns false. */
__attribute__((format(printf, 2, 3))) static bool contradict(struct oracle *oracle,
                                                             const char *format, ...)
{
  if (oracle->contradiction[0])
    return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(oracle->contradiction, sizeof oracle->contradiction, format, arguments);
  va_end(arguments);
  return false;
}

struct key_text {
  char text[80];
};

/* A key for a sentence: its number and its first bytes. */
static struct key_text key_text(const struct oracle *oracle, uint32_t key)
{
  struct key_text out;
  const unsigned char *bytes = oracle->keys->bytes + oracle->keys->offset[key];
  size_t n = (size_t)(oracle->keys->offset[key + 1] - oracle->keys->offset[key]);
  char shown[25];
  size_t i;
  for (i = 0; i < n && i < sizeof shown - 1; i++)
    shown[i] = isprint(bytes[i]) ? (char)bytes[i] : '.';
  shown[i] = '\0';
  snprintf(out.text, sizeof out.text, "key %u \"%s%s\" (%zu bytes)", key, shown, i < n ? "..." : "",
           n);
  return out;
}

static bool take_step(struct oracle *oracle, const struct tape_step *step, uint64_t result,
                      unsigned worker)
{
  uint64_t id = result_id(result);
  uint32_t key = step->key;
  uint64_t known = oracle->id[key];
  if (id == 0) {
    if (step->operation == TAPE_PUT)
      return contradict(oracle, "worker %u: put of %s was refused (id 0)", worker,
                        key_text(oracle, key).text);
    if (oracle->flag[key] & SETTLED)
      return contradict(oracle, "worker %u: lookup misses %s, which has id %llu", worker,
                        key_text(oracle, key).text, (unsigned long long)known);
    return true;
  }
  if (known && known != id)
    return contradict(oracle, "worker %u: %s has id %llu, earlier %llu: two ids for one string",
                      worker, key_text(oracle, key).text, (unsigned long long)id,
                      (unsigned long long)known);
  if (!known) {
    oracle->id[key] = id;
    oracle->known[oracle->seen++] = (struct id_of_key){id, key};
  }
  if (result_added(result)) {
    if (oracle->flag[key] & (ADDED | SETTLED))
      return contradict(oracle, "worker %u: %s (id %llu) was added a second time", worker,
                        key_text(oracle, key).text, (unsigned long long)id);
    oracle->flag[key] |= ADDED;
  }
  return true;
}

bool oracle_tape(struct oracle *oracle, const struct tape *tape, const uint64_t *results,
                 unsigned worker)
{
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    if (!take_step(oracle, step, results[i], worker))
      return false;
  return true;
}

void oracle_settle(struct oracle *oracle)
{
  for (uint64_t i = 0; i < oracle->seen; i++)
    oracle->flag[oracle->known[i].key] |= SETTLED;
}

void oracle_stolen(struct oracle *oracle, uint64_t id)
{
  if (oracle->stolen_count < STOLEN_MOST)
    oracle->stolen[oracle->stolen_count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
  uint64_t left = ((const struct id_of_key *)a)->id, right = ((const struct id_of_key *)b)->id;
  return left < right ? -1 : left > right;
}

static bool shared_id(struct oracle *oracle, uint32_t first, uint32_t second, uint64_t id)
{
  return contradict(oracle, "%s and %s both have id %llu", key_text(oracle, first).text,
                    key_text(oracle, second).text, (unsigned long long)id);
}

/* The ids are too wild for a table. */
static bool sort_ids(struct oracle *oracle)
{
  qsort(oracle->known, oracle->seen, sizeof *oracle->known, compare_ids);
  const struct id_of_key *known = oracle->known;
  for (uint64_t i = 1; i < oracle->seen; i++)
    if (known[i].id == known[i - 1].id)
      return shared_id(oracle, known[i - 1].key, known[i].key, known[i].id);
  return true;
}

#define NOBODY UINT32_MAX /* key sets are smaller */

/* Makes keys findable by id: in a table where the ids drawn are few more than the keys, as they
 * nearly always are. False: two keys have one id. */
static bool index_ids(struct oracle *oracle)
{
  free(oracle->key_of);
  oracle->key_of = NULL;
  oracle->largest = 0;
  for (uint64_t i = 0; i < oracle->seen; i++)
    if (oracle->known[i].id > oracle->largest)
      oracle->largest = oracle->known[i].id;
  if (oracle->largest > 4 * oracle->seen + 1024)
    return sort_ids(oracle);
  oracle->key_of = malloc((oracle->largest + 1) * sizeof *oracle->key_of);
  if (!oracle->key_of)
    return sort_ids(oracle);
  for (uint64_t id = 0; id <= oracle->largest; id++)
    oracle->key_of[id] = NOBODY;
  for (uint64_t i = 0; i < oracle->seen; i++) {
    uint32_t *key = &oracle->key_of[oracle->known[i].id];
    if (*key != NOBODY)
      return shared_id(oracle, *key, oracle->known[i].key, oracle->known[i].id);
    *key = oracle->known[i].key;
  }
  return true;
}

/* The key with that id, or NOBODY; after index_ids(). */
static uint32_t find_key(const struct oracle *oracle, uint64_t id)
{
  if (oracle->key_of)
    return id <= oracle->largest ? oracle->key_of[id] : NOBODY;
  struct id_of_key wanted = {.id = id};
  const struct id_of_key *found =
      bsearch(&wanted, oracle->known, oracle->seen, sizeof wanted, compare_ids);
  return found ? found->key : NOBODY;
}

/* ---- what visit shows ---- */

/* Maps show their strings in no order that memory has, so each would cost the oracle a handful of
 * cache misses in a row. They wait in a ring instead, and what the next stage reads is asked for
 * while they do; a map keeps the bytes that it shows. */
#define RING 32u
#define STAGE_LAG 8u /* strings between two stages */

struct shown {
  uint64_t id;
  const void *bytes;
  size_t n;
  uint32_t key; /* from the second stage on */
};

struct visit_ring {
  struct oracle *oracle;
  struct shown shown[RING];
  uint64_t arrived, checked;
  uint64_t good; /* of those checked */
};

_Static_assert(3 * STAGE_LAG < RING, "a string leaves the ring before its place is needed");

static void find_shown(struct visit_ring *ring, struct shown *shown)
{
  const struct oracle *oracle = ring->oracle;
  shown->key = find_key(oracle, shown->id);
  if (shown->key == NOBODY)
    return;
  __builtin_prefetch(&oracle->keys->offset[shown->key]);
  __builtin_prefetch(&oracle->flag[shown->key]);
}

static void fetch_key(const struct visit_ring *ring, const struct shown *shown)
{
  const struct key_set *keys = ring->oracle->keys;
  if (shown->key != NOBODY)
    __builtin_prefetch(keys->bytes + keys->offset[shown->key]);
}

static bool check_shown(struct visit_ring *ring, const struct shown *shown)
{
  struct oracle *oracle = ring->oracle;
  unsigned long long id = shown->id;
  uint32_t key = shown->key;
  ring->checked++;
  if (key == NOBODY)
    return contradict(oracle, "visit shows id %llu, which no put was given", id);
  uint64_t from = oracle->keys->offset[key], to = oracle->keys->offset[key + 1];
  if (shown->n != to - from || memcmp(shown->bytes, oracle->keys->bytes + from, shown->n) != 0)
    return contradict(oracle, "visit shows other bytes (%zu of them) for id %llu than %s", shown->n,
                      id, key_text(oracle, key).text);
  if (oracle->flag[key] & VISITED)
    return contradict(oracle, "visit shows %s twice", key_text(oracle, key).text);
  oracle->flag[key] |= VISITED;
  ring->good++;
  return true;
}

/* Moves each waiting string on that the `now`th one overtakes. */
static bool turn_ring(struct visit_ring *ring, uint64_t now)
{
  if (now >= STAGE_LAG && now - STAGE_LAG < ring->arrived)
    find_shown(ring, &ring->shown[(now - STAGE_LAG) % RING]);
  if (now >= 2 * STAGE_LAG && now - 2 * STAGE_LAG < ring->arrived)
    fetch_key(ring, &ring->shown[(now - 2 * STAGE_LAG) % RING]);
  return now < 3 * STAGE_LAG || check_shown(ring, &ring->shown[(now - 3 * STAGE_LAG) % RING]);
}

static bool take_shown(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct visit_ring *ring = arg;
  const struct oracle *oracle = ring->oracle;
  if (oracle->key_of && id <= oracle->largest)
    __builtin_prefetch(&oracle->key_of[id]);
  ring->shown[ring->arrived % RING] = (struct shown){.id = id, .bytes = bytes, .n = n};
  return turn_ring(ring, ring->arrived++);
}

/* Checks what still waits when the map has shown all. */
static void empty_ring(struct visit_ring *ring)
{
  uint64_t now = ring->arrived;
  while (ring->checked < ring->arrived && turn_ring(ring, now))
    now++;
}

static bool check_visit(struct oracle *oracle, const struct map_plugin *calls, void *map)
{
  if (!calls->visit)
    return true;
  for (uint64_t i = 0; i < oracle->seen; i++)
    oracle->flag[oracle->known[i].key] &= (unsigned char)~VISITED;
  struct visit_ring ring = {.oracle = oracle};
  int result = calls->visit(map, take_shown, &ring);
  if (!oracle->contradiction[0])
    empty_ring(&ring);
  if (oracle->contradiction[0])
    return false;
  if (result != 0)
    return contradict(oracle, "visit failed: %s", strerror(-result));
  if (ring.good == oracle->seen)
    return true;
  for (uint64_t i = 0; i < oracle->seen; i++)
    if (!(oracle->flag[oracle->known[i].key] & VISITED))
      return contradict(
          oracle, "visit does not show %s (id %llu): %llu of %llu strings are lost",
          key_text(oracle, oracle->known[i].key).text, (unsigned long long)oracle->known[i].id,
          (unsigned long long)(oracle->seen - ring.good), (unsigned long long)oracle->seen);
  return true;
}

static bool check_stolen(struct oracle *oracle)
{
  for (unsigned i = 0; i < oracle->stolen_count; i++) {
    uint32_t key = find_key(oracle, oracle->stolen[i]);
    if (key != NOBODY)
      return contradict(oracle, "stolen id %llu belongs to %s",
                        (unsigned long long)oracle->stolen[i], key_text(oracle, key).text);
    if (oracle->stolen[i] == 0)
      return contradict(oracle, "steal_id gave id 0");
    for (unsigned j = 0; j < i; j++)
      if (oracle->stolen[j] == oracle->stolen[i])
        return contradict(oracle, "id %llu was stolen twice",
                          (unsigned long long)oracle->stolen[i]);
  }
  return true;
}

static bool check_dense(struct oracle *oracle)
{
  uint64_t drawn = oracle->seen + oracle->stolen_count, most = oracle->largest;
  for (unsigned i = 0; i < oracle->stolen_count; i++)
    most = oracle->stolen[i] > most ? oracle->stolen[i] : most;
  if (most == drawn)
    return true;
  return contradict(oracle,
                    "ids are promised to be dense: %llu were drawn, but the largest is %llu",
                    (unsigned long long)drawn, (unsigned long long)most);
}

static bool check_adders(struct oracle *oracle)
{
  for (uint64_t i = 0; i < oracle->seen; i++)
    if (!(oracle->flag[oracle->known[i].key] & ADDED))
      return contradict(oracle, "%s has id %llu, but no put said that it added it",
                        key_text(oracle, oracle->known[i].key).text,
                        (unsigned long long)oracle->known[i].id);
  return true;
}

bool oracle_map(struct oracle *oracle, const struct map_plugin *calls, void *map)
{
  return !oracle->contradiction[0] && check_adders(oracle) && index_ids(oracle) &&
         check_stolen(oracle) && check_visit(oracle, calls, map) &&
         (!(calls->head.promises & MAP_DENSE_IDS) || check_dense(oracle));
}
