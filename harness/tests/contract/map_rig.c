/* map_rig.c: see map_rig.h. */
#include "tests/contract/map_rig.h"

#include <stdlib.h>
#include <string.h>

const struct map_plugin *map_under_test;
const struct region_plugin *region_under_test;

static const struct seat_place nowhere = {.thread = 0, .cpu = -1, .node = -1};

void map_rig_open(struct map_rig *rig, struct map_wish wish)
{
  size_t block_bytes = wish.block_bytes ? wish.block_bytes : REGION_BLOCK_BYTES;
  memset(rig, 0, sizeof *rig);
  poison_source_init(&rig->source);
  const struct map_config config = {
      .hash = wish.hash,
      .hash_seed = wish.hash_seed,
      .region = region_under_test,
      .region_config = {.block_bytes = block_bytes,
                        .source = &rig->source.source,
                        .threads = wish.threads + 1},
      .threads = wish.threads + 1,
  };
  assert_int_equal(map_under_test->create(&config, &rig->map), 0);
  if (map_under_test->enter)
    assert_int_equal(map_under_test->enter(rig->map, &nowhere, &rig->seat), 0);
}

void map_rig_close(struct map_rig *rig)
{
  map_rig_leave(rig, rig->seat);
  map_under_test->destroy(rig->map);
  assert_int_equal(poison_source_held_bytes(&rig->source), 0);
  poison_source_fini(&rig->source);
}

struct map_put map_rig_put(struct map_rig *rig, const void *bytes, size_t n)
{
  return map_under_test->put(rig->map, rig->seat, bytes, n);
}

uint64_t map_rig_lookup(struct map_rig *rig, const void *bytes, size_t n)
{
  return map_under_test->lookup(rig->map, rig->seat, bytes, n);
}

uint64_t map_rig_add(struct map_rig *rig, const void *bytes, size_t n)
{
  struct map_put put = map_rig_put(rig, bytes, n);
  assert_int_not_equal(put.id, 0);
  assert_true(put.added);
  return put.id;
}

void map_rig_find(struct map_rig *rig, const void *bytes, size_t n, uint64_t id)
{
  struct map_put put = map_rig_put(rig, bytes, n);
  assert_int_equal(put.id, id);
  assert_false(put.added);
  if (map_under_test->lookup)
    assert_int_equal(map_rig_lookup(rig, bytes, n), id);
}

bool map_rig_enter(struct map_rig *rig, unsigned thread, void **seat)
{
  const struct seat_place place = {.thread = thread + 1, .cpu = -1, .node = -1};
  *seat = NULL;
  return !map_under_test->enter || map_under_test->enter(rig->map, &place, seat) == 0;
}

void map_rig_leave(struct map_rig *rig, void *seat)
{
  if (map_under_test->leave)
    map_under_test->leave(rig->map, seat);
}

/* ---- keys ---- */

struct test_key test_key(uint32_t number)
{
  struct test_key key = {.n = 5 + (number * UINT32_C(2654435761) >> 8) % 56};
  memcpy(key.bytes, &number, sizeof number);
  for (size_t i = sizeof number; i < key.n; i++)
    key.bytes[i] = (unsigned char)(number % 7 * i);
  return key;
}

static uint32_t test_key_number(const void *bytes)
{
  uint32_t number;
  memcpy(&number, bytes, sizeof number);
  return number;
}

uint64_t map_rig_add_key(struct map_rig *rig, uint32_t number)
{
  struct test_key key = test_key(number);
  return map_rig_add(rig, key.bytes, key.n);
}

void map_rig_find_key(struct map_rig *rig, uint32_t number, uint64_t id)
{
  struct test_key key = test_key(number);
  map_rig_find(rig, key.bytes, key.n, id);
}

struct expected {
  uint32_t first, count;
  const uint64_t *id;
  unsigned char *shown; /* by key */
  const char *wrong;
};

static bool check_shown(void *arg, uint64_t id, const void *bytes, size_t n)
{
  struct expected *expected = arg;
  uint32_t at = n >= sizeof at ? test_key_number(bytes) - expected->first : UINT32_MAX;
  if (at >= expected->count || !expected->id[at])
    expected->wrong = "visit shows a string that was not interned";
  else if (test_key(expected->first + at).n != n ||
           memcmp(test_key(expected->first + at).bytes, bytes, n) != 0)
    expected->wrong = "visit shows other bytes than were put";
  else if (expected->id[at] != id)
    expected->wrong = "visit shows another id than put gave";
  else if (expected->shown[at]++)
    expected->wrong = "visit shows a string twice";
  return !expected->wrong;
}

static void visit_shows(struct map_rig *rig, uint32_t first, uint32_t count, const uint64_t *id)
{
  struct expected expected = {first, count, id, calloc(count + 1, 1), NULL};
  assert_non_null(expected.shown);
  int result = map_under_test->visit(rig->map, check_shown, &expected);
  if (expected.wrong)
    fail_msg("%s", expected.wrong);
  assert_int_equal(result, 0);
  for (uint32_t i = 0; i < count; i++)
    if (id[i] && !expected.shown[i])
      fail_msg("visit does not show key %u of %u", i, count);
  free(expected.shown);
}

void map_rig_holds_keys(struct map_rig *rig, uint32_t first, uint32_t count, const uint64_t *id)
{
  for (uint32_t i = 0; i < count && map_under_test->lookup; i++) {
    struct test_key key = test_key(first + i);
    assert_int_equal(map_rig_lookup(rig, key.bytes, key.n), id[i]);
  }
  if (map_under_test->visit)
    visit_shows(rig, first, count, id);
}

static int compare_ids(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return left < right ? -1 : left > right;
}

void assert_sound_ids(const uint64_t *id, size_t count)
{
  uint64_t *sorted = malloc((count + 1) * sizeof *sorted);
  assert_non_null(sorted);
  memcpy(sorted, id, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, compare_ids);
  for (size_t i = 0; i < count; i++) {
    assert_int_not_equal(sorted[i], 0);
    if (i)
      assert_int_not_equal(sorted[i], sorted[i - 1]);
    if (map_promises(MAP_DENSE_IDS))
      assert_int_equal(sorted[i], i + 1);
  }
  free(sorted);
}
