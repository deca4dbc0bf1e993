/* map_rig.h: the map and region under test, and one map made ready for a test. */
#ifndef TMB_MAP_RIG_H
#define TMB_MAP_RIG_H

#include "api/intern_map.h"
#include "tests/contract/cmocka_includes.h"
#include "tests/contract/poison_source.h"

/* Set by main. */
extern const struct map_plugin *map_under_test;
extern const struct region_plugin *region_under_test;

static inline bool map_promises(uint32_t promise)
{
  return map_under_test->head.promises & promise;
}

/* What a test wants that is not usual; zero: the usual. */
struct map_wish {
  map_hash *hash;
  uint64_t hash_seed;
  size_t block_bytes; /* 64 KiB */
  unsigned threads;   /* besides the test's own; 0 */
};

struct map_rig {
  struct poison_source source;
  void *map;
  void *seat; /* of the test's own thread */
};

/* Creates the map and takes a seat. */
void map_rig_open(struct map_rig *, struct map_wish);
/* Leaves, destroys, and asserts that every block came back. */
void map_rig_close(struct map_rig *);

/* Calls with the test's own seat. */
struct map_put map_rig_put(struct map_rig *, const void *bytes, size_t n);
uint64_t map_rig_lookup(struct map_rig *, const void *bytes, size_t n);

/* Puts that must add, or find, the string. */
uint64_t map_rig_add(struct map_rig *, const void *bytes, size_t n);
void map_rig_find(struct map_rig *, const void *bytes, size_t n, uint64_t id);

/* Seats for a test's threads: NULL where the map has none. False: refused. */
bool map_rig_enter(struct map_rig *, unsigned thread, void **seat);
void map_rig_leave(struct map_rig *, void *seat);

/* ---- keys ---- */

struct test_key {
  size_t n;
  unsigned char bytes[64];
};

/* Distinct for each number; 5 to 60 bytes, zero bytes among them. */
struct test_key test_key(uint32_t number);

uint64_t map_rig_add_key(struct map_rig *, uint32_t number);
void map_rig_find_key(struct map_rig *, uint32_t number, uint64_t id);

/* Asserts that the map holds exactly the test keys first … first + count - 1 with these ids (id[0]
 * is that of `first`; 0: must be absent), by lookup and by visit, where it has them. */
void map_rig_holds_keys(struct map_rig *, uint32_t first, uint32_t count, const uint64_t *id);

/* Asserts that ids are distinct and not 0; with MAP_DENSE_IDS, that they are exactly 1 … count. */
void assert_sound_ids(const uint64_t *id, size_t count);

/* ---- the tests, by file ---- */

#define MAP_TESTS_MOST 64

/* Fills in up to MAP_TESTS_MOST tests; returns how many. */
size_t map_semantics_tests(struct CMUnitTest *);
size_t map_memory_tests(struct CMUnitTest *);
size_t map_hash_tests(struct CMUnitTest *);
size_t map_thread_tests(struct CMUnitTest *);

#endif
