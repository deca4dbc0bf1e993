/* shared_region_test.c: one region for several maps: seats, blocks and drops, with every region. */
#include "shared_region.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "tests/contract/cmocka_includes.h"
#include "tests/contract/poison_source.h"
#include "tests/contract/team.h"

static const char *const region_names[] = {"region_locked", "region_shared", "region_sharded",
                                           "region_per_thread"};
#define REGIONS (sizeof region_names / sizeof *region_names)
#define BLOCK ((size_t)4096)

static const struct region_plugin *region_named(const char *name)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name, PLUGIN_REGION, error);
  if (!table)
    fail_msg("%s", error);
  return &table->region;
}

/* Two references to one region, as the tables of a generation hold them. */
struct pair {
  struct poison_source source;
  struct shared_region shared;
  const struct region_plugin *calls;
  void *strings, *stacks;
};

static void open_pair(struct pair *pair, const char *name, unsigned threads)
{
  memset(pair, 0, sizeof *pair);
  poison_source_init(&pair->source);
  const struct region_config config = {
      .block_bytes = BLOCK, .source = &pair->source.source, .threads = threads};
  shared_region_init(&pair->shared, region_named(name), &config);
  struct map_config map_config = {0};
  shared_region_lend(&pair->shared, &map_config);
  pair->calls = map_config.region;
  assert_int_equal(pair->calls->create(&map_config.region_config, &pair->strings), 0);
  assert_int_equal(pair->calls->create(&map_config.region_config, &pair->stacks), 0);
}

static void close_pair(struct pair *pair)
{
  pair->calls->destroy(pair->strings);
  pair->calls->destroy(pair->stacks);
  assert_int_equal(poison_source_held_bytes(&pair->source), 0);
  shared_region_fini(&pair->shared);
  poison_source_fini(&pair->source);
}

static void *seat_in(struct pair *pair, void *region, unsigned thread)
{
  const struct seat_place place = {.thread = thread, .cpu = -1, .node = -1};
  void *seat = NULL;
  assert_int_equal(pair->calls->enter(region, &place, &seat), 0);
  return seat;
}

static void one_threads_block_serves_both(void **state)
{
  (void)state;
  for (size_t i = 0; i < REGIONS; i++) {
    struct pair pair;
    open_pair(&pair, region_names[i], 1);
    void *seat = seat_in(&pair, pair.strings, 0), *other = seat_in(&pair, pair.stacks, 0);
    assert_ptr_equal(seat, other);
    assert_non_null(pair.calls->alloc(pair.strings, seat, 64));
    assert_non_null(pair.calls->alloc(pair.stacks, other, 64));
    assert_int_equal(pair.source.held_blocks, 1);
    struct region_stats sum = {0}, none = {0};
    pair.calls->stats(pair.strings, &sum);
    pair.calls->stats(pair.stacks, &none);
    assert_int_equal(sum.used_bytes, 128);
    assert_int_equal(sum.blocks, 1);
    assert_int_equal(none.blocks + none.used_bytes + none.mapped_bytes, 0);
    pair.calls->leave(pair.strings, seat);
    assert_non_null(pair.calls->alloc(pair.stacks, other, 64)); /* the seat is still held */
    pair.calls->leave(pair.stacks, other);
    close_pair(&pair);
  }
}

/* The control of the test above: without sharing it takes two blocks. */
static void two_regions_take_two_blocks(void **state)
{
  (void)state;
  struct pair left, right;
  open_pair(&left, "region_per_thread", 1);
  open_pair(&right, "region_per_thread", 1);
  void *a = seat_in(&left, left.strings, 0), *b = seat_in(&right, right.strings, 0);
  assert_non_null(left.calls->alloc(left.strings, a, 64));
  assert_non_null(right.calls->alloc(right.strings, b, 64));
  assert_int_equal(left.source.held_blocks + right.source.held_blocks, 2);
  left.calls->leave(left.strings, a);
  right.calls->leave(right.strings, b);
  close_pair(&left);
  close_pair(&right);
}

static void the_last_drop_gives_back(void **state)
{
  (void)state;
  for (size_t i = 0; i < REGIONS; i++) {
    struct pair pair;
    open_pair(&pair, region_names[i], 1);
    void *seat = seat_in(&pair, pair.strings, 0), *other = seat_in(&pair, pair.stacks, 0);
    for (int round = 0; round < 3; round++) {
      unsigned char *kept = pair.calls->alloc(pair.strings, seat, 64);
      assert_non_null(kept);
      memset(kept, round, 64);
      assert_non_null(pair.calls->alloc(pair.stacks, other, 64));
      pair.calls->drop(pair.stacks);
      assert_null(pair.calls->alloc(pair.stacks, other, 8)); /* until the other drops too */
      assert_non_null(pair.calls->alloc(pair.strings, seat, 8));
      for (size_t at = 0; at < 64; at++)
        assert_int_equal(kept[at], round);
      pair.calls->drop(pair.strings);
      assert_int_equal(poison_source_held_bytes(&pair.source), 0);
    }
    pair.calls->leave(pair.strings, seat);
    pair.calls->leave(pair.stacks, other);
    close_pair(&pair);
  }
}

static void the_last_drop_goes_in_steps(void **state)
{
  (void)state;
  for (size_t i = 0; i < REGIONS; i++) {
    struct pair pair;
    open_pair(&pair, region_names[i], 1);
    if (pair.calls->drop_step) {
      void *seat = seat_in(&pair, pair.strings, 0);
      for (int n = 0; n < 50; n++)
        assert_non_null(pair.calls->alloc(pair.strings, seat, 1000));
      uint64_t held = pair.source.held_blocks;
      assert_true(held > 5);
      assert_true(pair.calls->drop_step(pair.stacks, 1));
      assert_int_equal(pair.source.held_blocks, held);
      bool done = false;
      while (!done) {
        uint64_t before = pair.source.held_blocks;
        done = pair.calls->drop_step(pair.strings, 2);
        assert_in_range(before - pair.source.held_blocks, 0, 2);
      }
      assert_int_equal(pair.source.held_blocks, 0);
      assert_non_null(pair.calls->alloc(pair.strings, seat, 8));
      pair.calls->leave(pair.strings, seat);
    }
    close_pair(&pair);
  }
}

static void a_destroyed_map_counts_as_dropped(void **state)
{
  (void)state;
  struct pair pair;
  open_pair(&pair, "region_per_thread", 1);
  void *seat = seat_in(&pair, pair.strings, 0);
  assert_non_null(pair.calls->alloc(pair.strings, seat, 64));
  pair.calls->drop(pair.strings);
  assert_int_equal(pair.source.held_blocks, 1);
  pair.calls->destroy(pair.stacks);
  assert_int_equal(pair.source.held_blocks, 0);
  assert_non_null(pair.calls->alloc(pair.strings, seat, 64));
  pair.calls->leave(pair.strings, seat);
  pair.calls->destroy(pair.strings);
  assert_int_equal(poison_source_held_bytes(&pair.source), 0);
  shared_region_fini(&pair.shared);
  poison_source_fini(&pair.source);
}

static int refuse_to_create(const struct region_config *config, void **region)
{
  (void)config, (void)region;
  return -ENOMEM;
}

static void a_region_that_is_not_created_is_refused(void **state)
{
  (void)state;
  struct region_plugin broken = *region_named("region_locked");
  broken.create = refuse_to_create;
  const struct region_config config = {.block_bytes = BLOCK};
  struct shared_region shared;
  struct map_config map_config = {0};
  void *region;
  shared_region_init(&shared, &broken, &config);
  shared_region_lend(&shared, &map_config);
  assert_int_equal(map_config.region->create(&map_config.region_config, &region), -ENOMEM);
  shared_region_fini(&shared);
}

/* ---- threads that come and go, each with two maps ---- */

enum { THREADS = 4, EACH = 200, VISITS = 5 };

struct writers {
  const struct map_plugin *map;
  void *table[2];
  unsigned wrong[THREADS];
};

static void put_in_both(void *arg, unsigned thread)
{
  struct writers *writers = arg;
  const struct map_plugin *map = writers->map;
  const struct seat_place place = {.thread = thread, .cpu = -1, .node = -1};
  for (unsigned visit = 0; visit < VISITS; visit++) {
    void *seat[2];
    for (int t = 0; t < 2; t++)
      if (map->enter(writers->table[t], &place, &seat[t]) != 0)
        abort();
    for (unsigned i = 0; i < EACH; i++) {
      uint64_t key[4] = {thread, visit, i, 7};
      for (int t = 0; t < 2; t++)
        writers->wrong[thread] += !map->put(writers->table[t], seat[t], key, sizeof key).added;
    }
    for (int t = 0; t < 2; t++)
      map->leave(writers->table[t], seat[t]);
  }
}

static bool count_key(void *arg, uint64_t id, const void *bytes, size_t n)
{
  uint64_t key[4];
  (void)id;
  assert_int_equal(n, sizeof key);
  memcpy(key, bytes, n);
  assert_true(key[0] < THREADS && key[1] < VISITS && key[2] < EACH && key[3] == 7);
  ++*(unsigned *)arg;
  return true;
}

static void maps_of_many_threads_share_it(void **state)
{
  (void)state;
  static const char *const maps[] = {"hash_trie", "fixed_bucket"};
  char error[PLUGIN_ERROR_BYTES];
  for (size_t i = 0; i < 2 * REGIONS; i++) {
    const union plugin_table *table = plugin_load(maps[i % 2], PLUGIN_MAP, error);
    assert_non_null(table);
    struct writers writers = {.map = &table->map};
    struct poison_source source;
    struct shared_region shared;
    struct map_config config = {.threads = THREADS};
    poison_source_init(&source);
    const struct region_config own = {
        .block_bytes = BLOCK, .source = &source.source, .threads = THREADS};
    shared_region_init(&shared, region_named(region_names[i / 2]), &own);
    shared_region_lend(&shared, &config);
    for (int t = 0; t < 2; t++)
      assert_int_equal(writers.map->create(&config, &writers.table[t]), 0);
    for (int generation = 0; generation < 3; generation++) {
      team_run(THREADS, put_in_both, &writers);
      for (int t = 0; t < 2; t++) {
        unsigned keys = 0;
        assert_int_equal(writers.map->visit(writers.table[t], count_key, &keys), 0);
        assert_int_equal(keys, THREADS * VISITS * EACH);
        assert_int_not_equal(poison_source_held_bytes(&source), 0);
        assert_int_equal(writers.map->reset(writers.table[t]), 0);
      }
      assert_int_equal(poison_source_held_bytes(&source), 0);
    }
    for (int t = 0; t < THREADS; t++)
      assert_int_equal(writers.wrong[t], 0);
    for (int t = 0; t < 2; t++)
      writers.map->destroy(writers.table[t]);
    assert_int_equal(poison_source_held_bytes(&source), 0);
    shared_region_fini(&shared);
    poison_source_fini(&source);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_threads_block_serves_both),
      cmocka_unit_test(two_regions_take_two_blocks),
      cmocka_unit_test(the_last_drop_gives_back),
      cmocka_unit_test(the_last_drop_goes_in_steps),
      cmocka_unit_test(a_destroyed_map_counts_as_dropped),
      cmocka_unit_test(a_region_that_is_not_created_is_refused),
      cmocka_unit_test(maps_of_many_threads_share_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
