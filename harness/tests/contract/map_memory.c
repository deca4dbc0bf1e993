/* map_memory.c: large keys, small blocks, and memory that runs out at every block. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/map_rig.h"
#include "tests/contract/team.h"

static const size_t block_sizes[] = {4096, 16384, REGION_BLOCK_BYTES, (size_t)1 << 20};
enum { BLOCK_SIZES = sizeof block_sizes / sizeof *block_sizes };

static void every_block_size_serves(void **state)
{
  (void)state;
  enum { KEYS = 3000 };
  uint64_t id[KEYS];
  for (int b = 0; b < BLOCK_SIZES; b++) {
    struct map_rig rig;
    map_rig_open(&rig, (struct map_wish){.block_bytes = block_sizes[b]});
    for (uint32_t i = 0; i < KEYS; i++)
      id[i] = map_rig_add_key(&rig, i);
    assert_sound_ids(id, KEYS);
    map_rig_holds_keys(&rig, 0, KEYS, id);
    map_rig_close(&rig);
  }
}

/* Every length up to half a block is taken; the longest ones may be refused, the length of a block
 * must be, by a map that lives in its region. A map that refuses a length refuses all longer ones.
 */
static void keys_of_every_length(void **state)
{
  (void)state;
  const size_t block_bytes = 4096;
  unsigned char *key = malloc(2 * block_bytes);
  assert_non_null(key);
  memset(key, 0x11, 2 * block_bytes);
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){.block_bytes = block_bytes});
  uint64_t *id = calloc(2 * block_bytes + 2, sizeof *id);
  assert_non_null(id);
  size_t drawn = 0;
  bool refused = false;
  for (size_t n = 1; n <= 2 * block_bytes; n = n < 300 || n > 3800 ? n + 1 : n + 13) {
    struct map_put put = map_rig_put(&rig, key, n);
    assert_true(put.added == (put.id != 0));
    if (n <= block_bytes / 2)
      assert_int_not_equal(put.id, 0);
    if (n >= block_bytes && map_promises(MAP_USES_REGION))
      assert_int_equal(put.id, 0);
    if (refused)
      assert_int_equal(put.id, 0);
    if (put.id)
      id[drawn++] = put.id;
    else if (map_under_test->lookup)
      assert_int_equal(map_rig_lookup(&rig, key, n), 0);
    refused = put.id == 0;
  }
  id[drawn] = map_rig_add(&rig, "z", 1);
  assert_sound_ids(id, drawn + 1); /* where ids are dense: a refused key draws none */
  drawn = 0;
  for (size_t n = 1; n <= 2 * block_bytes; n = n < 300 || n > 3800 ? n + 1 : n + 13) {
    struct map_put put = map_rig_put(&rig, key, n);
    assert_false(put.added);
    if (put.id)
      assert_int_equal(put.id, id[drawn++]);
  }
  if (map_under_test->stats) {
    struct map_stats stats = {0};
    map_under_test->stats(rig.map, &stats);
    assert_int_equal(stats.keys, drawn + 1);
  }
  map_rig_close(&rig);
  free(id);
  free(key);
}

/* ---- a source that fails ---- */

#define FAIL_KEYS 500

/* Puts keys until one is refused; returns how many there were. */
static uint32_t put_until_refused(struct map_rig *rig, uint64_t *id)
{
  for (uint32_t i = 0; i < FAIL_KEYS; i++) {
    struct test_key key = test_key(i);
    struct map_put put = map_rig_put(rig, key.bytes, key.n);
    assert_true(put.added == (put.id != 0));
    if (!put.id)
      return i;
    id[i] = put.id;
  }
  return FAIL_KEYS;
}

/* The first n takes succeed. True: some put was refused. */
static bool fails_cleanly_after(int64_t n)
{
  struct map_rig rig;
  uint64_t id[FAIL_KEYS] = {0};
  map_rig_open(&rig, (struct map_wish){.block_bytes = 4096});
  poison_source_limit(&rig.source, n);
  uint32_t before = put_until_refused(&rig, id);
  if (before < FAIL_KEYS) {
    struct test_key refused = test_key(before);
    for (int again = 0; again < 3; again++) {
      struct map_put put = map_rig_put(&rig, refused.bytes, refused.n);
      assert_int_equal(put.id, 0);
      assert_false(put.added);
    }
  }
  for (uint32_t i = 0; i < before; i++)
    map_rig_find_key(&rig, i, id[i]); /* what is there needs no memory to be found */
  map_rig_holds_keys(&rig, 0, FAIL_KEYS, id);

  poison_source_limit(&rig.source, INT64_MAX);
  for (uint32_t i = before; i < FAIL_KEYS; i++)
    id[i] = map_rig_add_key(&rig, i);
  assert_sound_ids(id, FAIL_KEYS);
  map_rig_holds_keys(&rig, 0, FAIL_KEYS, id);
  map_rig_close(&rig);
  return before < FAIL_KEYS;
}

static void memory_may_run_out_at_every_block(void **state)
{
  (void)state;
  int64_t n = 0;
  while (fails_cleanly_after(n))
    n++;
  if (map_promises(MAP_USES_REGION))
    assert_in_range(n, 4, 1000); /* else the keys are too few to say anything */
}

static void a_map_that_ran_dry_can_be_reset(void **state)
{
  (void)state;
  if (!map_under_test->reset)
    skip();
  struct map_rig rig;
  uint64_t id[FAIL_KEYS] = {0};
  map_rig_open(&rig, (struct map_wish){.block_bytes = 4096});
  for (int round = 0; round < 3; round++) {
    poison_source_limit(&rig.source, 2);
    put_until_refused(&rig, id);
    assert_int_equal(map_under_test->reset(rig.map), 0);
    assert_int_equal(poison_source_held_bytes(&rig.source), 0);
  }
  map_rig_close(&rig);
}

/* ---- what a reset leaves ---- */

/* What the map says that it holds. */
static uint64_t held_bytes(const struct map_rig *rig)
{
  struct map_stats stats = {0};
  map_under_test->stats(rig->map, &stats);
  return stats.table_bytes + stats.region.mapped_bytes;
}

/* What malloc says that the process holds; always 0 under a sanitizer. */
static uint64_t allocated_bytes(void)
{
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void a_reset_gives_memory_back(void **state)
{
  (void)state;
  if (!map_promises(MAP_RESET_GIVES_BACK))
    skip();
  assert_true(map_under_test->reset && map_under_test->stats);
  enum { KEYS = 20000, SPARE = 65536 }; /* spare: malloc's own caches */
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  const uint64_t held = held_bytes(&rig), allocated = allocated_bytes();
  for (int round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < KEYS; i++)
      map_rig_add_key(&rig, i);
    assert_true(held_bytes(&rig) > held);
    assert_int_equal(map_under_test->reset(rig.map), 0);
    assert_int_equal(held_bytes(&rig), held);
    assert_in_range(allocated_bytes(), 0, allocated + SPARE);
  }
  map_rig_close(&rig);
}

/* ---- memory that runs out on several threads ---- */

#define THREADS 4

struct dry_run {
  struct map_rig rig;
  struct map_put put[THREADS][2][FAIL_KEYS]; /* before and after memory came back */
  bool seated[THREADS];
};

static void put_all(struct dry_run *run, unsigned thread, void *seat, int phase)
{
  for (uint32_t i = 0; i < FAIL_KEYS; i++) {
    struct test_key key = test_key(i);
    run->put[thread][phase][i] = map_under_test->put(run->rig.map, seat, key.bytes, key.n);
  }
}

static void put_twice(void *arg, unsigned thread)
{
  struct dry_run *run = arg;
  void *seat;
  run->seated[thread] = map_rig_enter(&run->rig, thread, &seat);
  team_meet();
  if (run->seated[thread])
    put_all(run, thread, seat, 0);
  team_meet();
  if (thread == 0)
    poison_source_limit(&run->rig.source, INT64_MAX);
  team_meet();
  if (!run->seated[thread])
    return;
  put_all(run, thread, seat, 1);
  map_rig_leave(&run->rig, seat);
}

static void check_dry_run(const struct dry_run *run, uint64_t *id)
{
  for (uint32_t i = 0; i < FAIL_KEYS; i++) {
    unsigned added = 0;
    id[i] = run->put[0][1][i].id;
    for (unsigned t = 0; t < THREADS; t++) {
      for (int phase = 0; phase < 2; phase++) {
        struct map_put put = run->put[t][phase][i];
        added += put.added;
        if (put.id || phase == 1)
          assert_int_equal(put.id, id[i]);
        else
          assert_false(put.added);
      }
    }
    assert_int_equal(added, 1);
  }
}

static void memory_may_run_out_under_threads(void **state)
{
  (void)state;
  struct dry_run *run = calloc(1, sizeof *run);
  assert_non_null(run);
  for (int64_t n = 0; n < 12; n++) {
    uint64_t id[FAIL_KEYS];
    map_rig_open(&run->rig, (struct map_wish){.block_bytes = 4096, .threads = THREADS});
    poison_source_limit(&run->rig.source, n);
    team_run(THREADS, put_twice, run);
    for (unsigned t = 0; t < THREADS; t++)
      assert_true(run->seated[t]);
    check_dry_run(run, id);
    assert_sound_ids(id, FAIL_KEYS);
    map_rig_holds_keys(&run->rig, 0, FAIL_KEYS, id);
    map_rig_close(&run->rig);
  }
  free(run);
}

size_t map_memory_tests(struct CMUnitTest *tests)
{
  const struct CMUnitTest own[] = {
      cmocka_unit_test(every_block_size_serves),
      cmocka_unit_test(keys_of_every_length),
      cmocka_unit_test(memory_may_run_out_at_every_block),
      cmocka_unit_test(a_map_that_ran_dry_can_be_reset),
      cmocka_unit_test(a_reset_gives_memory_back),
      cmocka_unit_test(memory_may_run_out_under_threads),
  };
  memcpy(tests, own, sizeof own);
  return sizeof own / sizeof *own;
}
