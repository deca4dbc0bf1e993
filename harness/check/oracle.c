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
  struct id_of_key *by_id; /* the keys seen, sorted by id once oracle_map() runs */
  uint64_t seen;           /* entries of by_id */
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
  oracle->by_id = malloc(count * sizeof *oracle->by_id);
  if (oracle->id && oracle->flag && oracle->by_id)
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
  free(oracle->by_id);
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
    oracle->by_id[oracle->seen++] = (struct id_of_key){id, key};
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
    oracle->flag[oracle->by_id[i].key] |= SETTLED;
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

/* Sorts by_id in one pass over a table of all ids drawn: ids are nearly always few more than keys.
 * False, and nothing is changed: the ids are too wild for that, or two keys share one. */
static bool place_ids(struct oracle *oracle)
{
  uint64_t seen = oracle->seen, most = 0;
  for (uint64_t i = 0; i < seen; i++)
    most = oracle->by_id[i].id > most ? oracle->by_id[i].id : most;
  if (most > 4 * seen + 1024)
    return false;
  const uint32_t nobody = UINT32_MAX; /* key sets are smaller */
  uint32_t *key_of = malloc((most + 1) * sizeof *key_of);
  bool placed = key_of != NULL;
  for (uint64_t id = 0; placed && id <= most; id++)
    key_of[id] = nobody;
  for (uint64_t i = 0; placed && i < seen; i++) {
    placed = key_of[oracle->by_id[i].id] == nobody;
    key_of[oracle->by_id[i].id] = oracle->by_id[i].key;
  }
  for (uint64_t id = 0, at = 0; placed && id <= most; id++)
    if (key_of[id] != nobody)
      oracle->by_id[at++] = (struct id_of_key){id, key_of[id]};
  free(key_of);
  return placed;
}

/* Sorts by_id. False: two keys have one id. */
static bool sort_ids(struct oracle *oracle)
{
  if (!place_ids(oracle))
    qsort(oracle->by_id, oracle->seen, sizeof *oracle->by_id, compare_ids);
  for (uint64_t i = 1; i < oracle->seen; i++)
    if (oracle->by_id[i].id == oracle->by_id[i - 1].id)
      return contradict(
          oracle, "%s and %s both have id %llu", key_text(oracle, oracle->by_id[i - 1].key).text,
          key_text(oracle, oracle->by_id[i].key).text, (unsigned long long)oracle->by_id[i].id);
  return true;
}

/* The entry with that id, or NULL. by_id is sorted. Ids without gaps are found at once. */
static const struct id_of_key *find_id(const struct oracle *oracle, uint64_t id)
{
  if (id >= 1 && id <= oracle->seen && oracle->by_id[id - 1].id == id)
    return &oracle->by_id[id - 1];
  struct id_of_key wanted = {.id = id};
  return bsearch(&wanted, oracle->by_id, oracle->seen, sizeof wanted, compare_ids);
}

struct visit_count {
  struct oracle *oracle;
  uint64_t visited;
};

static bool check_visited(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct visit_count *count = arg;
  struct oracle *oracle = count->oracle;
  const struct id_of_key *entry = find_id(oracle, id);
  if (!entry)
    return contradict(oracle, "visit shows id %llu, which no put was given",
                      (unsigned long long)id);
  uint64_t from = oracle->keys->offset[entry->key], to = oracle->keys->offset[entry->key + 1];
  if (n != to - from || memcmp(bytes, oracle->keys->bytes + from, n) != 0)
    return contradict(oracle, "visit shows other bytes (%zu of them) for id %llu than %s", n,
                      (unsigned long long)id, key_text(oracle, entry->key).text);
  if (oracle->flag[entry->key] & VISITED)
    return contradict(oracle, "visit shows %s twice", key_text(oracle, entry->key).text);
  oracle->flag[entry->key] |= VISITED;
  count->visited++;
  return true;
}

static bool check_visit(struct oracle *oracle, const struct map_plugin *calls, void *map)
{
  if (!calls->visit)
    return true;
  for (uint64_t i = 0; i < oracle->seen; i++)
    oracle->flag[oracle->by_id[i].key] &= (unsigned char)~VISITED;
  struct visit_count count = {.oracle = oracle};
  int result = calls->visit(map, check_visited, &count);
  if (oracle->contradiction[0])
    return false;
  if (result != 0)
    return contradict(oracle, "visit failed: %s", strerror(-result));
  if (count.visited == oracle->seen)
    return true;
  for (uint64_t i = 0; i < oracle->seen; i++)
    if (!(oracle->flag[oracle->by_id[i].key] & VISITED))
      return contradict(
          oracle, "visit does not show %s (id %llu): %llu of %llu strings are lost",
          key_text(oracle, oracle->by_id[i].key).text, (unsigned long long)oracle->by_id[i].id,
          (unsigned long long)(oracle->seen - count.visited), (unsigned long long)oracle->seen);
  return true;
}

static bool check_stolen(struct oracle *oracle)
{
  for (unsigned i = 0; i < oracle->stolen_count; i++) {
    const struct id_of_key *entry = find_id(oracle, oracle->stolen[i]);
    if (entry)
      return contradict(oracle, "stolen id %llu belongs to %s", (unsigned long long)entry->id,
                        key_text(oracle, entry->key).text);
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
  uint64_t drawn = oracle->seen + oracle->stolen_count, most = 0;
  if (oracle->seen)
    most = oracle->by_id[oracle->seen - 1].id;
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
    if (!(oracle->flag[oracle->by_id[i].key] & ADDED))
      return contradict(oracle, "%s has id %llu, but no put said that it added it",
                        key_text(oracle, oracle->by_id[i].key).text,
                        (unsigned long long)oracle->by_id[i].id);
  return true;
}

bool oracle_map(struct oracle *oracle, const struct map_plugin *calls, void *map)
{
  return !oracle->contradiction[0] && check_adders(oracle) && sort_ids(oracle) &&
         check_stolen(oracle) && check_visit(oracle, calls, map) &&
         (!(calls->head.promises & MAP_DENSE_IDS) || check_dense(oracle));
}
