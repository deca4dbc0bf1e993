/* map_semantics.c: what a map promises to one thread. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/map_rig.h"

#define SIX 6
static const char *const six[SIX] = {"a", "b", "aa", "ab", "ba", "bb"};

static void reset_or_skip(struct map_rig *rig)
{
  if (map_under_test->reset)
    assert_int_equal(map_under_test->reset(rig->map), 0);
}

/* The original's own test: six strings, ids 1 to 6, three rounds with a reset. */
static void original_facts_on_one_thread(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (int round = 0; round < (map_under_test->reset ? 3 : 1); round++) {
    for (uint64_t i = 0; i < SIX; i++)
      assert_int_equal(map_rig_add(&rig, six[i], strlen(six[i])), i + 1);
    for (uint64_t i = 0; i < SIX; i++)
      map_rig_find(&rig, six[i], strlen(six[i]), i + 1);
    reset_or_skip(&rig);
  }
  map_rig_close(&rig);
}

static void the_empty_string_is_never_interned(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (int i = 0; i < 2; i++) {
    struct map_put put = map_rig_put(&rig, "x", 0);
    assert_int_equal(put.id, 0);
    assert_false(put.added);
    put = map_rig_put(&rig, NULL, 0);
    assert_int_equal(put.id, 0);
    assert_false(put.added);
    if (map_under_test->lookup)
      assert_int_equal(map_rig_lookup(&rig, "x", 0), 0);
    uint64_t id = map_rig_add_key(&rig, (uint32_t)i); /* and no id was drawn */
    if (map_promises(MAP_DENSE_IDS))
      assert_int_equal(id, i + 1);
  }
  map_rig_close(&rig);
}

static void bytes_are_copied(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  char *buffer = malloc(40);
  assert_non_null(buffer);
  memset(buffer, 'a', 40);
  uint64_t id = map_rig_add(&rig, buffer, 40);
  memset(buffer, 'b', 40);
  assert_int_not_equal(map_rig_add(&rig, buffer, 40), id);
  memset(buffer, 'c', 40);
  free(buffer);
  char again[40];
  memset(again, 'a', sizeof again);
  map_rig_find(&rig, again, sizeof again, id);
  map_rig_close(&rig);
}

/* A key may lie at any address and is not read beyond its end (AddressSanitizer looks). */
static void keys_may_lie_anywhere(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (size_t n = 1; n < 300; n++) {
    uint64_t id = 0;
    for (size_t offset = 0; offset < 9; offset++) {
      unsigned char *buffer = malloc(offset + n);
      assert_non_null(buffer);
      memset(buffer, 'k', offset + n);
      if (offset == 0)
        id = map_rig_add(&rig, buffer, n);
      else
        map_rig_find(&rig, buffer + offset, n, id);
      free(buffer);
    }
  }
  map_rig_close(&rig);
}

static void stolen_ids_are_never_seen(void **state)
{
  (void)state;
  if (!map_under_test->steal_id)
    skip();
  enum { PAIRS = 500 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t id[2 * PAIRS]; /* PAIRS of strings, then PAIRS stolen */
  for (uint32_t i = 0; i < PAIRS; i++) {
    if (i % 3 == 0)
      id[PAIRS + i] = map_under_test->steal_id(rig.map, rig.seat);
    id[i] = map_rig_add_key(&rig, i);
    if (i % 3 != 0)
      id[PAIRS + i] = map_under_test->steal_id(rig.map, rig.seat);
  }
  assert_sound_ids(id, 2 * PAIRS);
  map_rig_holds_keys(&rig, 0, PAIRS, id);
  reset_or_skip(&rig);
  if (map_under_test->reset && map_promises(MAP_DENSE_IDS))
    assert_int_equal(map_under_test->steal_id(rig.map, rig.seat), 1);
  map_rig_close(&rig);
}

static void reset_forgets_and_gives_back(void **state)
{
  (void)state;
  if (!map_under_test->reset)
    skip();
  enum { KEYS = 3000 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  const uint64_t none[KEYS] = {0};
  uint64_t id[KEYS];
  for (uint32_t round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < KEYS; i++)
      id[i] = map_rig_add_key(&rig, i + round);
    assert_sound_ids(id, KEYS);
    assert_int_equal(id[0], 1); /* one thread, nobody to lose an id to */
    map_rig_holds_keys(&rig, round, KEYS, id);
    assert_int_equal(map_under_test->reset(rig.map), 0);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
    map_rig_holds_keys(&rig, round, KEYS, none);
  }
  assert_int_equal(map_under_test->reset(rig.map), 0); /* an empty map may be reset */
  map_rig_close(&rig);
}

static void destroy_gives_back(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  map_rig_close(&rig); /* never used */
  map_rig_open(&rig, (struct map_wish){0});
  for (uint32_t i = 0; i < 5000; i++)
    map_rig_add_key(&rig, i);
  if (map_promises(MAP_USES_REGION))
    assert_int_not_equal(poison_source_held_bytes(&rig.source), 0);
  map_rig_close(&rig);
}

static bool count_until(void *arg, uint64_t id, const void *bytes, size_t n)
{
  unsigned *left = arg;
  (void)id, (void)bytes, (void)n;
  return --*left > 0;
}

static void visit_shows_each_string_once(void **state)
{
  (void)state;
  if (!map_under_test->visit)
    skip();
  enum { KEYS = 2000 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t id[KEYS];
  map_rig_holds_keys(&rig, 0, 0, id); /* an empty map shows nothing */
  for (uint32_t i = 0; i < KEYS; i++)
    id[i] = map_rig_add_key(&rig, i);
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_holds_keys(&rig, 0, KEYS, id); /* and looking changes nothing */
  map_rig_close(&rig);
}

static void visit_ends_when_told(void **state)
{
  (void)state;
  if (!map_under_test->visit)
    skip();
  enum { KEYS = 40 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (uint32_t i = 0; i < KEYS; i++)
    map_rig_add_key(&rig, i);
  for (unsigned most = 1; most <= KEYS; most++) {
    unsigned left = most;
    assert_int_equal(map_under_test->visit(rig.map, count_until, &left), -ECANCELED);
    assert_int_equal(left, 0);
  }
  unsigned left = KEYS + 1;
  assert_int_equal(map_under_test->visit(rig.map, count_until, &left), 0);
  assert_int_equal(left, 1);
  map_rig_close(&rig);
}

/* Counts a step's strings on their way to the usual check. */
struct step_count {
  unsigned shown;
  uint64_t *id; /* by key; taken out when it was shown */
  bool wrong;
};

static bool take_shown(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct step_count *step = arg;
  uint32_t number;
  step->shown++;
  memcpy(&number, bytes, sizeof number);
  if (number >= 1000 || step->id[number] != id || test_key(number).n != n)
    step->wrong = true;
  else
    step->id[number] = 0;
  return true;
}

static void a_visit_may_go_in_steps(void **state)
{
  (void)state;
  if (!map_under_test->visit_step)
    skip();
  enum { KEYS = 1000 };
  static const unsigned most[] = {1, 7, 100, KEYS, UINT_MAX / 2};
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t id[KEYS];
  for (uint32_t i = 0; i < KEYS; i++)
    id[i] = map_rig_add_key(&rig, i);
  for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
    uint64_t left[KEYS];
    struct step_count step = {.id = left};
    struct map_cursor cursor = {{0}};
    memcpy(left, id, sizeof left);
    int result = 1;
    for (unsigned steps = 0; result == 1; steps++) {
      step.shown = 0;
      result = map_under_test->visit_step(rig.map, &cursor, most[m], take_shown, &step);
      assert_in_range(step.shown, 0, most[m]);
      assert_false(step.wrong);
      assert_in_range(steps, 0, KEYS + 1);
    }
    assert_int_equal(result, 0);
    for (int i = 0; i < KEYS; i++)
      assert_int_equal(left[i], 0);
  }
  unsigned until = 3;
  struct map_cursor cursor = {{0}};
  assert_int_equal(map_under_test->visit_step(rig.map, &cursor, 10, count_until, &until),
                   -ECANCELED);
  assert_int_equal(until, 0);
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_close(&rig);
}

/* Whether the steps are small is the region's affair, where it has no drop_step. */
static void a_reset_may_go_in_steps(void **state)
{
  (void)state;
  if (!map_under_test->reset_step)
    skip();
  enum { KEYS = 2000 };
  const uint64_t none[KEYS] = {0};
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.block_bytes = 4096});
  for (unsigned most = 1; most < 40; most += 7) {
    for (uint32_t i = 0; i < KEYS; i++)
      assert_int_equal(map_rig_add_key(&rig, i), i + 1);
    int result = 1;
    for (unsigned steps = 0; result == 1; steps++) {
      uint64_t before = rig.source.held_blocks;
      result = map_under_test->reset_step(rig.map, most);
      if (region_under_test->drop_step)
        assert_in_range(before - rig.source.held_blocks, 0, most);
      assert_in_range(steps, 0, KEYS);
    }
    assert_int_equal(result, 0);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
    map_rig_holds_keys(&rig, 0, KEYS, none);
  }
  map_rig_close(&rig);
}

static void incremental_maps_have_steps(void **state)
{
  (void)state;
  if (!map_promises(MAP_INCREMENTAL))
    skip();
  assert_true(map_under_test->visit_step && map_under_test->reset_step);
}

static void lookup_finds_and_adds_nothing(void **state)
{
  (void)state;
  if (!map_under_test->lookup)
    skip();
  enum { KEYS = 1000 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t id[KEYS] = {0};
  for (uint32_t i = 0; i < KEYS; i++) {
    struct test_key key = test_key(i);
    assert_int_equal(map_rig_lookup(&rig, key.bytes, key.n), 0);
    if (i % 2 == 0)
      id[i] = map_rig_add_key(&rig, i);
    assert_int_equal(map_rig_lookup(&rig, key.bytes, key.n), id[i]);
  }
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_close(&rig);
}

static void check_stats(struct map_rig *rig, uint64_t keys, uint64_t key_bytes)
{
  struct map_stats stats = {0};
  map_under_test->stats(rig->map, &stats);
  assert_int_equal(stats.keys, keys);
  assert_int_equal(stats.lost_races, 0);
  uint64_t counted = 0, deepest = 0;
  for (uint64_t d = 0; d < MAP_DEPTHS; d++) {
    counted += stats.depth_count[d];
    if (stats.depth_count[d])
      deepest = d + 1;
  }
  if (counted) { /* a map may know no depths */
    assert_int_equal(counted, keys);
    if (stats.depth_max < MAP_DEPTHS)
      assert_int_equal(stats.depth_max, deepest);
    else
      assert_int_equal(deepest, MAP_DEPTHS);
  } else {
    assert_int_equal(stats.depth_max, 0);
  }
  if (!map_promises(MAP_USES_REGION)) {
    assert_int_equal(stats.region.mapped_bytes, 0);
    return;
  }
  assert_int_equal(stats.region.mapped_bytes, rig->source.held_bytes);
  assert_int_equal(stats.region.blocks, rig->source.held_blocks);
  assert_in_range(stats.region.used_bytes, key_bytes, stats.region.mapped_bytes);
}

static void stats_add_up(void **state)
{
  (void)state;
  if (!map_under_test->stats)
    skip();
  enum { KEYS = 4000 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (int round = 0; round < (map_under_test->reset ? 2 : 1); round++) {
    uint64_t key_bytes = 0;
    check_stats(&rig, 0, 0);
    for (uint32_t i = 0; i < KEYS; i++) {
      key_bytes += test_key(i).n;
      map_rig_add_key(&rig, i);
      if (i == 0 || i == 100)
        check_stats(&rig, i + 1, key_bytes);
    }
    check_stats(&rig, KEYS, key_bytes);
    reset_or_skip(&rig);
  }
  map_rig_close(&rig);
}

/* Twice as many seats over time as at a time; what a seat put stays when it is left. */
static void seats_are_taken_and_left(void **state)
{
  (void)state;
  enum { KEYS = 300 };
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.threads = 2});
  uint64_t id[KEYS];
  for (uint32_t i = 0; i < KEYS; i++) {
    void *seat[2];
    struct test_key key = test_key(i);
    assert_true(map_rig_enter(&rig, 0, &seat[0]));
    assert_true(map_rig_enter(&rig, 1, &seat[1]));
    struct map_put put = map_under_test->put(rig.map, seat[i % 2], key.bytes, key.n);
    assert_true(put.added);
    id[i] = put.id;
    map_rig_leave(&rig, seat[i % 2]);
    put = map_under_test->put(rig.map, seat[1 - i % 2], key.bytes, key.n);
    assert_int_equal(put.id, id[i]);
    map_rig_leave(&rig, seat[1 - i % 2]);
  }
  assert_sound_ids(id, KEYS);
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_close(&rig);
}

static void seats_outlast_a_reset(void **state)
{
  (void)state;
  if (!map_under_test->reset)
    skip();
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.threads = 1});
  void *seat;
  assert_true(map_rig_enter(&rig, 0, &seat));
  for (uint32_t round = 0; round < 4; round++) {
    for (uint32_t i = 0; i < 1500; i++) {
      struct test_key key = test_key(i);
      struct map_put put = map_under_test->put(rig.map, seat, key.bytes, key.n);
      assert_true(put.added);
      map_rig_find_key(&rig, i, put.id); /* by the other seat */
    }
    assert_int_equal(map_under_test->reset(rig.map), 0);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
  }
  map_rig_leave(&rig, seat);
  map_rig_close(&rig);
}

static void two_maps_share_nothing(void **state)
{
  (void)state;
  enum { KEYS = 1000 };
  struct map_rig left, right;
  map_rig_open(&left, (struct map_wish){0});
  map_rig_open(&right, (struct map_wish){0});
  uint64_t left_id[KEYS], right_id[KEYS];
  for (uint32_t i = 0; i < KEYS; i++) {
    left_id[i] = map_rig_add_key(&left, i);
    right_id[i] = map_rig_add_key(&right, KEYS - i);
  }
  assert_int_equal(left_id[0], 1);
  assert_int_equal(right_id[0], 1);
  map_rig_holds_keys(&left, 0, KEYS, left_id);
  if (map_under_test->reset)
    assert_int_equal(map_under_test->reset(left.map), 0);
  for (uint32_t i = 0; i < KEYS; i++)
    map_rig_find_key(&right, KEYS - i, right_id[i]);
  map_rig_close(&left);
  for (uint32_t i = 0; i < KEYS; i++)
    map_rig_find_key(&right, KEYS - i, right_id[i]);
  map_rig_close(&right);
}

/* ---- against a plain map ---- */

struct random_walk {
  uint64_t state;
};

static uint32_t draw(struct random_walk *walk, uint32_t bound)
{
  walk->state = walk->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(walk->state >> 33) % bound;
}

static void random_operations_agree_with_a_plain_map(void **state)
{
  (void)state;
  enum { KEYS = 400, STEPS = 40000 };
  struct random_walk walk = {.state = 1};
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.block_bytes = 4096});
  uint64_t id[KEYS] = {0}; /* the plain map */
  for (int step = 0; step < STEPS; step++) {
    uint32_t number = draw(&walk, KEYS), what = draw(&walk, 1000);
    if (what == 0 && map_under_test->reset) {
      map_rig_holds_keys(&rig, 0, KEYS, id);
      assert_int_equal(map_under_test->reset(rig.map), 0);
      memset(id, 0, sizeof id);
    } else if (what < 20 && map_under_test->steal_id) {
      uint64_t stolen = map_under_test->steal_id(rig.map, rig.seat);
      assert_int_not_equal(stolen, 0);
      for (int i = 0; i < KEYS; i++)
        assert_int_not_equal(stolen, id[i]);
    } else if (what < 500 && map_under_test->lookup) {
      struct test_key key = test_key(number);
      assert_int_equal(map_rig_lookup(&rig, key.bytes, key.n), id[number]);
    } else if (id[number]) {
      map_rig_find_key(&rig, number, id[number]);
    } else {
      id[number] = map_rig_add_key(&rig, number);
    }
  }
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_close(&rig);
}

/* Several strings a call: known ones, new ones, one twice, and the empty one. */
static void several_at_once_are_one_after_another(void **state)
{
  (void)state;
  enum { KEYS = 3000, MOST = 40, CALLS = 1500 };
  struct random_walk walk = {.state = 2};
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t id[KEYS + 1] = {0}; /* the plain map; the last one is the empty string's */
  struct test_key held[MOST];
  struct map_key keys[MOST];
  struct map_put puts[MOST];
  uint64_t found[MOST];
  uint32_t number[MOST];
  for (int call = 0; call < CALLS; call++) {
    const uint32_t count = draw(&walk, MOST + 1);
    for (uint32_t i = 0; i < count; i++) {
      number[i] = i && draw(&walk, 8) == 0 ? number[i - 1] : draw(&walk, KEYS + 1);
      held[i] = test_key(number[i]);
      keys[i] = (struct map_key){held[i].bytes, number[i] == KEYS ? 0 : held[i].n};
    }
    if (map_under_test->lookup) {
      map_lookup_many(map_under_test, rig.map, rig.seat, keys, count, found);
      for (uint32_t i = 0; i < count; i++)
        assert_int_equal(found[i], id[number[i]]);
    }
    map_put_many(map_under_test, rig.map, rig.seat, keys, count, puts);
    for (uint32_t i = 0; i < count; i++) {
      uint64_t *known = &id[number[i]];
      uint32_t added = 0;
      for (uint32_t j = 0; j < count; j++)
        added += number[j] == number[i] && puts[j].added;
      if (number[i] == KEYS) {
        assert_int_equal(puts[i].id, 0);
        assert_int_equal(added, 0);
        continue;
      }
      assert_int_equal(added, *known ? 0 : 1);
    }
    for (uint32_t i = 0; i < count; i++)
      if (puts[i].added) {
        assert_int_equal(id[number[i]], 0);
        id[number[i]] = puts[i].id;
      }
    for (uint32_t i = 0; i < count; i++)
      assert_int_equal(puts[i].id, id[number[i]]);
  }
  map_rig_holds_keys(&rig, 0, KEYS, id);
  map_rig_close(&rig);
}

static void promised_ids_are_in_order(void **state)
{
  (void)state;
  if (!map_promises(MAP_ORDERED_IDS))
    skip();
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  uint64_t before = 0;
  for (uint32_t i = 0; i < 3000; i++) {
    uint64_t id = map_rig_add_key(&rig, i);
    assert_true(id > before);
    before = id;
  }
  map_rig_close(&rig);
}

size_t map_semantics_tests(struct CMUnitTest *tests)
{
  const struct CMUnitTest own[] = {
      cmocka_unit_test(original_facts_on_one_thread),
      cmocka_unit_test(the_empty_string_is_never_interned),
      cmocka_unit_test(bytes_are_copied),
      cmocka_unit_test(keys_may_lie_anywhere),
      cmocka_unit_test(stolen_ids_are_never_seen),
      cmocka_unit_test(reset_forgets_and_gives_back),
      cmocka_unit_test(destroy_gives_back),
      cmocka_unit_test(visit_shows_each_string_once),
      cmocka_unit_test(visit_ends_when_told),
      cmocka_unit_test(a_visit_may_go_in_steps),
      cmocka_unit_test(a_reset_may_go_in_steps),
      cmocka_unit_test(incremental_maps_have_steps),
      cmocka_unit_test(lookup_finds_and_adds_nothing),
      cmocka_unit_test(stats_add_up),
      cmocka_unit_test(seats_are_taken_and_left),
      cmocka_unit_test(seats_outlast_a_reset),
      cmocka_unit_test(two_maps_share_nothing),
      cmocka_unit_test(random_operations_agree_with_a_plain_map),
      cmocka_unit_test(several_at_once_are_one_after_another),
      cmocka_unit_test(promised_ids_are_in_order),
  };
  memcpy(tests, own, sizeof own);
  return sizeof own / sizeof *own;
}
