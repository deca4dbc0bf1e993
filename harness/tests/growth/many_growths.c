/* many_growths.c: small maps that grow again and again under threads.
 *
 *   many_growths MAP REGION growths|fills NUMBER [TEST]
 *
 * A fill: threads put the same keys into an empty map, each in an order of its own, one at a time
 * or sixteen, and the map grows under them; all results are looked at; the map is reset. Two
 * threads play until they have seen half of NUMBER growths, or fills; eight threads play the other
 * half. REGION may be `usual`. Exit code 77: a baseline, which interns nothing.
 *
 * Growths are seen from outside: what a map takes from its source of blocks by itself, beside what
 * its region takes, are pieces of its index. In split_line with blocks of 4 KiB, and as few keys as
 * here, each piece is one level of one shard, begun when that shard grew. More grow than are seen:
 * a level of at most 1 KiB comes from the region. Most maps have their tables elsewhere and show no
 * growth.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/plugin_loader.h"
#include "tests/contract/map_rig.h"
#include "tests/contract/team.h"

#define KEYS 2048u /* of a fill; a power of two, so odd steps meet all of them */
#define POOL 16384u
#define GROUP 16u /* strings of a put_many */
#define BATCH 16u /* fills with one team, of which the last one is visited */
#define THREADS_MOST 8u
#define ID_SLOTS (4 * KEYS)
#define HANG_SECONDS 100

enum { CANNOT_RUN = 77 };

static uint64_t growths_wanted, fills_wanted; /* one of them is 0 */

/* By number. A fill takes those that follow one of the first POOL. */
static struct test_key pool[POOL + KEYS];

/* ---- a region with a source of its own, so that the map's takes stand alone ---- */

static const struct region_plugin *real_region;
static struct poison_source region_source;

static int create_region(const struct region_config *config, void **region)
{
  struct region_config own = *config;
  own.source = &region_source.source;
  return real_region->create(&own, region);
}

/* ---- a fill ---- */

struct fills {
  struct map_rig rig;
  unsigned threads;
  uint64_t number;  /* of the fill, from 1 */
  uint32_t first;   /* of its keys */
  uint64_t growths; /* of all fills so far */
  struct map_put put[THREADS_MOST][KEYS];
  const char *wrong[THREADS_MOST]; /* what a thread found first */
  struct {
    uint64_t id, fill;
  } seen[ID_SLOTS];
};

static uint64_t mixed(uint64_t x)
{
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

static void begin_fill(struct fills *fills)
{
  fills->number++;
  fills->first = (uint32_t)(mixed(fills->number) % POOL);
}

static void put_all(struct fills *fills, unsigned thread, void *seat)
{
  const uint64_t order = mixed(fills->number * THREADS_MOST + thread);
  const uint32_t step = (uint32_t)(order >> 32) | 1, from = (uint32_t)order;
  const uint32_t count = (fills->number + thread) % 2 ? GROUP : 1;
  for (uint32_t i = 0; i < KEYS; i += count) {
    struct map_key keys[GROUP];
    struct map_put puts[GROUP];
    for (uint32_t j = 0; j < count; j++) {
      const struct test_key *key = &pool[fills->first + (from + (i + j) * step) % KEYS];
      keys[j] = (struct map_key){key->bytes, key->n};
    }
    if (count == 1)
      puts[0] = map_under_test->put(fills->rig.map, seat, keys[0].bytes, keys[0].n);
    else
      map_put_many(map_under_test, fills->rig.map, seat, keys, count, puts);
    for (uint32_t j = 0; j < count; j++)
      fills->put[thread][(from + (i + j) * step) % KEYS] = puts[j];
  }
}

/* Looks at this thread's share of the keys: one id, one put that added it, found again. */
static const char *check_share(struct fills *fills, unsigned thread, void *seat)
{
  for (uint32_t i = thread; i < KEYS; i += fills->threads) {
    const struct test_key *key = &pool[fills->first + i];
    const uint64_t id = fills->put[0][i].id;
    unsigned added = 0;
    for (unsigned t = 0; t < fills->threads; t++) {
      added += fills->put[t][i].added;
      if (fills->put[t][i].id != id)
        return "a key has two ids";
    }
    if (added != 1)
      return added ? "a key was added twice" : "a key was not added";
    if (map_under_test->lookup &&
        map_under_test->lookup(fills->rig.map, seat, key->bytes, key->n) != id)
      return "a lookup does not find a key";
    const struct map_put again = map_under_test->put(fills->rig.map, seat, key->bytes, key->n);
    if (again.added || again.id != id)
      return "a put does not find a key";
  }
  return NULL;
}

static const char *check_ids(struct fills *fills)
{
  for (uint32_t i = 0; i < KEYS; i++) {
    const uint64_t id = fills->put[0][i].id;
    uint64_t at = mixed(id) % ID_SLOTS;
    for (; fills->seen[at].fill == fills->number; at = (at + 1) % ID_SLOTS)
      if (fills->seen[at].id == id)
        return "two keys have one id";
    fills->seen[at].id = id;
    fills->seen[at].fill = fills->number;
  }
  return NULL;
}

static void note(struct fills *fills, unsigned thread, const char *wrong)
{
  if (!fills->wrong[thread])
    fills->wrong[thread] = wrong;
}

/* Of the last fill the map stays full. */
static void play_batch(void *arg, unsigned thread)
{
  struct fills *fills = arg;
  void *seat;
  const bool seated = map_rig_enter(&fills->rig, thread, &seat);
  if (!seated)
    note(fills, thread, "a seat was refused");
  for (unsigned left = map_under_test->reset ? BATCH : 1; left > 0; left--) {
    team_meet();
    if (seated)
      put_all(fills, thread, seat);
    team_meet();
    if (seated)
      note(fills, thread, check_share(fills, thread, seat));
    team_meet();
    if (thread > 0)
      continue;
    note(fills, thread, check_ids(fills));
    fills->growths += fills->rig.source.held_blocks;
    if (left == 1)
      continue;
    if (map_under_test->reset(fills->rig.map) != 0)
      note(fills, thread, "a reset failed");
    begin_fill(fills);
  }
  if (seated)
    map_rig_leave(&fills->rig, seat);
}

/* ---- many of them ---- */

static void check_batch(struct fills *fills)
{
  uint64_t id[KEYS];
  for (unsigned t = 0; t < fills->threads; t++)
    if (fills->wrong[t])
      fail_msg("%s, in the batch of fills that ends with %llu", fills->wrong[t],
               (unsigned long long)fills->number);
  for (uint32_t i = 0; i < KEYS; i++)
    id[i] = fills->put[0][i].id;
  map_rig_holds_keys(&fills->rig, fills->first, KEYS, id);
}

/* Each batch has a map of its own, and every fourth the usual blocks, where small maps have all
 * pieces from the region and show no growth. */
static void grow_under(unsigned threads)
{
  struct fills *fills = calloc(1, sizeof *fills);
  assert_non_null(fills);
  fills->threads = threads;
  for (uint64_t batch = 0; fills->growths < growths_wanted / 2 || fills->number < fills_wanted / 2;
       batch++) {
    map_rig_open(&fills->rig, (struct map_wish){.hash_seed = batch,
                                                .block_bytes = batch % 4 == 3 ? 0 : 4096,
                                                .threads = threads});
    begin_fill(fills);
    alarm(HANG_SECONDS);
    team_run(threads, play_batch, fills);
    check_batch(fills);
    map_rig_close(&fills->rig);
    assert_int_equal(poison_source_held_bytes(&region_source), 0);
    if (growths_wanted)
      assert_int_not_equal(fills->growths, 0); /* else it would never end */
  }
  alarm(0);
  printf("%u threads: %llu growths seen in %llu fills\n", threads,
         (unsigned long long)fills->growths, (unsigned long long)fills->number);
  free(fills);
}

static void two_threads_make_small_maps_grow(void **state)
{
  (void)state;
  grow_under(2);
}

static void eight_threads_make_small_maps_grow(void **state)
{
  (void)state;
  grow_under(THREADS_MOST);
}

static const union plugin_table *load(const char *name, uint32_t kind)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name, kind, error);
  if (!table)
    fprintf(stderr, "many_growths: %s\n", error);
  return table;
}

int main(int argc, char **argv)
{
  const uint64_t number = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
  if (argc > 3 && strcmp(argv[3], "growths") == 0)
    growths_wanted = number;
  else if (argc > 3 && strcmp(argv[3], "fills") == 0)
    fills_wanted = number;
  if (argc > 6 || growths_wanted + fills_wanted == 0) {
    fprintf(stderr, "usage: many_growths MAP REGION growths|fills NUMBER [TEST]\n");
    return 4;
  }
  const union plugin_table *map = load(argv[1], PLUGIN_MAP);
  if (!map)
    return 4;
  map_under_test = &map->map;
  const char *usual = map->map.usual_region ? map->map.usual_region : "region_shared";
  const union plugin_table *region =
      load(strcmp(argv[2], "usual") == 0 ? usual : argv[2], PLUGIN_REGION);
  if (!region)
    return 4;
  if (map_promises(MAP_IS_BASELINE))
    return CANNOT_RUN;
  real_region = &region->region;
  struct region_plugin with_own_source = region->region;
  with_own_source.create = create_region;
  region_under_test = &with_own_source;
  poison_source_init(&region_source);
  /* What a reset gives back is kept for the next fill: else most of the time were the kernel's. */
  mallopt(M_TRIM_THRESHOLD, 1 << 28);
  for (uint32_t i = 0; i < POOL + KEYS; i++)
    pool[i] = test_key(i);
  if (argc == 6)
    cmocka_set_test_filter(argv[5]);
  const struct CMUnitTest tests[] = {cmocka_unit_test(two_threads_make_small_maps_grow),
                                     cmocka_unit_test(eight_threads_make_small_maps_grow)};
  return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
