/* map_hashes.c: a map with the hash that it is told to use, however bad that is. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/map_rig.h"
#include "tests/contract/team.h"

/* FNV-1a with a finish: good enough, and none of the maps' own. */
static uint64_t mixed(const void *bytes, size_t n, uint64_t seed)
{
  const unsigned char *byte = bytes;
  uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;
  for (size_t i = 0; i < n; i++)
    h = (h ^ byte[i]) * UINT64_C(0x100000001b3);
  h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
  return h ^ h >> 29;
}

/* The seed is the hash. */
static uint64_t constant(const void *bytes, size_t n, uint64_t seed)
{
  (void)bytes, (void)n;
  return seed;
}

/* The seed says which bits are left. */
static uint64_t masked(const void *bytes, size_t n, uint64_t seed)
{
  return mixed(bytes, n, 0) & seed;
}

static const struct {
  map_hash *hash;
  uint64_t seed;
} bad_hashes[] = {
    {constant, 0},
    {constant, UINT64_MAX},
    {constant, UINT64_C(0x123456789abcdef0)},
    {masked, 0x3f},                         /* few, at the bottom */
    {masked, UINT64_C(0x3f) << 58},         /* few, at the top */
    {masked, UINT64_C(0xf) << 30},          /* few, in the middle */
    {masked, 0xffff},                       /* one prefix of 48 bits */
    {masked, UINT64_MAX << 16},             /* one suffix of 16 bits */
    {masked, UINT64_C(0x5555555555555555)}, /* every other bit */
};
enum { BAD_HASHES = sizeof bad_hashes / sizeof *bad_hashes };

static void colliding_hashes_lose_nothing(void **state)
{
  (void)state;
  enum { KEYS = 1500 };
  uint64_t id[2 * KEYS];
  for (int h = 0; h < BAD_HASHES; h++) {
    struct map_rig rig;
    map_rig_open(&rig, (struct map_wish){bad_hashes[h].hash, bad_hashes[h].seed, 0, 0});
    memset(id, 0, sizeof id);
    for (uint32_t i = 0; i < KEYS; i++)
      id[i] = map_rig_add_key(&rig, i);
    for (uint32_t i = 0; i < KEYS; i++)
      map_rig_find_key(&rig, i, id[i]);
    assert_sound_ids(id, KEYS);
    map_rig_holds_keys(&rig, 0, 2 * KEYS, id); /* as many that are not there */
    map_rig_close(&rig);
  }
}

/* The first of them go into a map that is empty, where a tag of zeros is that of any slot. */
static void several_at_once_with_colliding_hashes(void **state)
{
  (void)state;
  enum { KEYS = 100, AT_ONCE = 20 };
  for (int h = 0; h < BAD_HASHES; h++) {
    struct map_rig rig;
    map_rig_open(&rig, (struct map_wish){bad_hashes[h].hash, bad_hashes[h].seed, 0, 0});
    uint64_t id[KEYS];
    for (uint32_t first = 0; first < KEYS; first += AT_ONCE) {
      struct test_key held[AT_ONCE];
      struct map_key keys[AT_ONCE];
      struct map_put puts[AT_ONCE];
      uint64_t found[AT_ONCE];
      for (uint32_t i = 0; i < AT_ONCE; i++) {
        held[i] = test_key(first + i);
        keys[i] = (struct map_key){held[i].bytes, held[i].n};
      }
      if (map_under_test->lookup) {
        map_lookup_many(map_under_test, rig.map, rig.seat, keys, AT_ONCE, found);
        for (uint32_t i = 0; i < AT_ONCE; i++)
          assert_int_equal(found[i], 0);
      }
      map_put_many(map_under_test, rig.map, rig.seat, keys, AT_ONCE, puts);
      for (uint32_t i = 0; i < AT_ONCE; i++) {
        assert_true(puts[i].added);
        id[first + i] = puts[i].id;
      }
      if (map_under_test->lookup) {
        map_lookup_many(map_under_test, rig.map, rig.seat, keys, AT_ONCE, found);
        assert_memory_equal(found, &id[first], sizeof found);
      }
    }
    assert_sound_ids(id, KEYS);
    map_rig_holds_keys(&rig, 0, KEYS, id);
    map_rig_close(&rig);
  }
}

static const struct map_wish usual_and_constant[] = {{0}, {.hash = constant, .hash_seed = 7}};

static void zero_bytes_are_bytes(void **state)
{
  (void)state;
  static const struct {
    const char *bytes;
    size_t n;
  } keys[] = {{"\0", 1},      {"\0\0", 2},         {"a", 1},         {"a\0", 2},    {"a\0b", 3},
              {"a\0c", 3},    {"a\0\0b", 4},       {"\0a", 2},       {"a\0b\0", 4}, {"\0\0\0\0", 4},
              {"a\0b\0c", 5}, {"a\0b\0\0\0\0", 7}, {"\xff\0\xff", 3}};
  enum { KEYS = sizeof keys / sizeof *keys };
  uint64_t id[KEYS];
  for (int h = 0; h < 2; h++) {
    struct map_rig rig;
    map_rig_open(&rig, usual_and_constant[h]);
    for (int i = 0; i < KEYS; i++)
      id[i] = map_rig_add(&rig, keys[i].bytes, keys[i].n);
    for (int i = 0; i < KEYS; i++)
      map_rig_find(&rig, keys[i].bytes, keys[i].n, id[i]);
    assert_sound_ids(id, KEYS);
    map_rig_close(&rig);
  }
}

static void one_byte_tells_keys_apart(void **state)
{
  (void)state;
  unsigned char key[300];
  uint64_t id[2 * sizeof key];
  for (int h = 0; h < 2; h++) {
    struct map_rig rig;
    map_rig_open(&rig, usual_and_constant[h]);
    memset(key, 7, sizeof key);
    for (size_t n = 1; n <= sizeof key; n++)
      id[n - 1] = map_rig_add(&rig, key, n);
    for (size_t i = 0; i < sizeof key; i++) {
      key[i] ^= 0x80;
      id[sizeof key + i] = map_rig_add(&rig, key, sizeof key);
      key[i] ^= 0x80;
    }
    assert_sound_ids(id, sizeof id / sizeof *id);
    map_rig_close(&rig);
  }
}

/* Groups of all strings that differ in one byte, in every second group in the last one. A whole
 * hash tells them apart; the few bits of it that a map may keep as a tag do not always, and where
 * they agree only the bytes do. Tags of 16 bits in 180 lines agree for 5 or 6 of the 65 million
 * pairs that 8000 groups of strings of up to 64 bytes have in their last byte, and for 4 or 5 of
 * those of 65 to 254. The short lengths end in a whole word of four bytes, or, for 3 or 4
 * of these pairs, one to three bytes behind it. */
static void one_byte_tells_keys_apart_at_scale(void **state)
{
  (void)state;
  enum { KEYS = 256 };
  static const size_t lengths[] = {7, 16, 33, 62, 64, 65, 128, 200, 254, 300};
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (uint64_t group = 0; group < APART_GROUPS; group++) {
    const size_t n = lengths[group / 2 % (sizeof lengths / sizeof *lengths)];
    unsigned char key[300];
    uint64_t id[KEYS];
    for (size_t i = 0; i < n; i++)
      key[i] = (unsigned char)mixed(&group, sizeof group, i);
    const size_t at = group % 2 ? n - 1 : mixed(&group, sizeof group, n) % n;
    for (unsigned i = 0; i < KEYS; i++) {
      key[at] = (unsigned char)i;
      id[i] = map_rig_add(&rig, key, n);
    }
    for (unsigned i = 0; i < KEYS; i++) {
      key[at] = (unsigned char)i;
      map_rig_find(&rig, key, n, id[i]);
    }
    if (map_under_test->reset) {
      assert_int_equal(map_under_test->reset(rig.map), 0);
    } else {
      map_rig_close(&rig);
      map_rig_open(&rig, (struct map_wish){0});
    }
  }
  map_rig_close(&rig);
}

/* ---- a list as deep as a bad day makes it ---- */

#define DEEP 8000

struct deep_look {
  struct map_rig *rig;
  uint64_t shown, keys;
};

static bool count_shown(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct deep_look *look = arg;
  (void)id, (void)bytes, (void)n;
  look->shown++;
  return true;
}

/* On a small stack: 32 bytes a level would be too many. */
static void look_deep(void *arg, unsigned thread)
{
  struct deep_look *look = arg;
  (void)thread;
  if (map_under_test->visit)
    map_under_test->visit(look->rig->map, count_shown, look);
  struct map_stats stats = {0};
  if (map_under_test->stats)
    map_under_test->stats(look->rig->map, &stats);
  look->keys = stats.keys;
  if (map_under_test->reset)
    map_under_test->reset(look->rig->map);
}

static void a_deep_map_needs_no_deep_stack(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.hash = constant, .hash_seed = 7});
  for (uint32_t i = 0; i < DEEP; i++)
    map_rig_add_key(&rig, i);
  struct deep_look look = {.rig = &rig};
  team_run_on_small_stack(look_deep, &look);
  if (map_under_test->visit)
    assert_int_equal(look.shown, DEEP);
  if (map_under_test->stats)
    assert_int_equal(look.keys, DEEP);
  map_rig_close(&rig);
}

/* ---- the hash of the config ---- */

#define ODD_SEED UINT64_C(0x0ddba11)

static struct {
  pthread_mutex_t lock;
  uint64_t calls, strange; /* strange: another seed than the config's */
} asked = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t counted(const void *bytes, size_t n, uint64_t seed)
{
  pthread_mutex_lock(&asked.lock);
  asked.calls++;
  asked.strange += seed != ODD_SEED;
  pthread_mutex_unlock(&asked.lock);
  return mixed(bytes, n, seed);
}

static void the_hash_of_the_config_is_used(void **state)
{
  (void)state;
  enum { KEYS = 100 };
  struct map_rig rig;
  uint64_t id[KEYS];
  map_rig_open(&rig, (struct map_wish){.hash = counted, .hash_seed = ODD_SEED});
  asked.calls = asked.strange = 0;
  for (uint32_t i = 0; i < KEYS; i++) {
    uint64_t before = asked.calls;
    id[i] = map_rig_add_key(&rig, i);
    assert_true(asked.calls > before);
  }
  assert_int_equal(asked.strange, 0);
  for (uint32_t i = 0; i < KEYS; i++)
    map_rig_find_key(&rig, i, id[i]);
  map_rig_close(&rig);
}

static void any_seed_of_the_usual_hash_serves(void **state)
{
  (void)state;
  enum { KEYS = 500 };
  static const uint64_t seeds[] = {0, 1, UINT64_MAX, ODD_SEED};
  uint64_t id[KEYS];
  for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++) {
    struct map_rig rig;
    map_rig_open(&rig, (struct map_wish){.hash_seed = seeds[s]});
    for (uint32_t i = 0; i < KEYS; i++)
      id[i] = map_rig_add_key(&rig, i);
    map_rig_holds_keys(&rig, 0, KEYS, id);
    map_rig_close(&rig);
  }
}

/* ---- collisions under threads ---- */

enum { RACERS = 4, RACE_KEYS = 150 };

struct race {
  struct map_rig rig;
  struct map_put put[RACERS][RACE_KEYS];
  bool seated[RACERS];
};

static void race_for_all(void *arg, unsigned thread)
{
  struct race *race = arg;
  void *seat;
  race->seated[thread] = map_rig_enter(&race->rig, thread, &seat);
  team_meet();
  if (!race->seated[thread])
    return;
  for (uint32_t step = 0; step < RACE_KEYS; step++) {
    uint32_t i = thread % 2 ? RACE_KEYS - 1 - step : step;
    struct test_key key = test_key(i);
    race->put[thread][i] = map_under_test->put(race->rig.map, seat, key.bytes, key.n);
  }
  map_rig_leave(&race->rig, seat);
}

static void colliding_hashes_under_threads(void **state)
{
  (void)state;
  struct race *race = calloc(1, sizeof *race);
  assert_non_null(race);
  for (int h = 0; h < 3 * BAD_HASHES; h++) {
    uint64_t id[RACE_KEYS];
    map_rig_open(&race->rig, (struct map_wish){.hash = bad_hashes[h % BAD_HASHES].hash,
                                               .hash_seed = bad_hashes[h % BAD_HASHES].seed,
                                               .threads = RACERS});
    team_run(RACERS, race_for_all, race);
    for (uint32_t i = 0; i < RACE_KEYS; i++) {
      unsigned added = 0;
      for (unsigned t = 0; t < RACERS; t++) {
        assert_true(race->seated[t]);
        added += race->put[t][i].added;
        assert_int_equal(race->put[t][i].id, race->put[0][i].id);
      }
      assert_int_equal(added, 1);
      id[i] = race->put[0][i].id;
    }
    assert_sound_ids(id, RACE_KEYS);
    map_rig_holds_keys(&race->rig, 0, RACE_KEYS, id);
    map_rig_close(&race->rig);
  }
  free(race);
}

size_t map_hash_tests(struct CMUnitTest *tests)
{
  const struct CMUnitTest own[] = {
      cmocka_unit_test(colliding_hashes_lose_nothing),
      cmocka_unit_test(several_at_once_with_colliding_hashes),
      cmocka_unit_test(zero_bytes_are_bytes),
      cmocka_unit_test(one_byte_tells_keys_apart),
      cmocka_unit_test(one_byte_tells_keys_apart_at_scale),
      cmocka_unit_test(a_deep_map_needs_no_deep_stack),
      cmocka_unit_test(the_hash_of_the_config_is_used),
      cmocka_unit_test(any_seed_of_the_usual_hash_serves),
      cmocka_unit_test(colliding_hashes_under_threads),
  };
  memcpy(tests, own, sizeof own);
  return sizeof own / sizeof *own;
}
