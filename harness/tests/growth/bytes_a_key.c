/* bytes_a_key.c: what a map may take for a key, at every size.
 *
 *   bytes_a_key MAP MOST LOG2_KEYS [TEST]
 *
 * Fills maps with strings of 5 to 60 bytes up to 2^LOG2_KEYS and asks after every eighth of a
 * doubling from 2^10 on: the mean over several maps, each with keys and a hash of its own, is at
 * most MOST bytes a key at powers of two, and at most BETWEEN more elsewhere.
 *
 * Counted is what the region has handed out, rounding included, and the tables beside it. What is
 * left of its blocks is not: at 2^10 keys a block of 64 KiB is 64 bytes a key, and whether it was
 * just begun says nothing of the map. That is the region's waste, which has tests and pictures of
 * its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "tests/contract/map_rig.h"

#define LOG2_LEAST 10u
#define LOG2_MOST 23u
#define EIGHTHS 8u
#define MAPS 4u /* a small one alone may be 3 bytes above the mean of many */
#define BETWEEN 1.0

static unsigned long most, log2_keys;

static uint64_t held_bytes(const struct map_rig *rig)
{
  struct map_stats stats = {0};
  map_under_test->stats(rig->map, &stats);
  return stats.region.used_bytes + stats.table_bytes;
}

static void each_size_takes_few_bytes_a_key(void **state)
{
  (void)state;
  const size_t sizes = (log2_keys - LOG2_LEAST) * EIGHTHS + 1;
  double mean[(LOG2_MOST - LOG2_LEAST) * EIGHTHS + 1] = {0};
  for (uint32_t m = 0; m < MAPS; m++) {
    struct map_rig rig;
    map_rig_open(&rig, (struct map_wish){.hash_seed = m});
    uint32_t keys = 0;
    for (size_t i = 0; i < sizes; i++) {
      const uint32_t size =
          (uint32_t)((EIGHTHS + i % EIGHTHS) << (LOG2_LEAST + i / EIGHTHS)) / EIGHTHS;
      for (; keys < size; keys++)
        map_rig_add_key(&rig, m << LOG2_MOST | keys);
      mean[i] += (double)held_bytes(&rig) / size / MAPS;
    }
    map_rig_close(&rig);
  }
  size_t worst[2] = {0, 1}; /* of the powers of two, of the others */
  for (size_t i = 0; i < sizes; i++)
    if (mean[i] > mean[worst[i % EIGHTHS != 0]])
      worst[i % EIGHTHS != 0] = i;
  for (int other = 0; other < 2; other++)
    printf("most at %s: %.2f bytes a key, at %.3f x 2^%zu keys\n",
           other ? "sizes between" : "powers of two", mean[worst[other]],
           1 + (double)(worst[other] % EIGHTHS) / EIGHTHS, LOG2_LEAST + worst[other] / EIGHTHS);
  assert_true(mean[worst[0]] <= (double)most);
  assert_true(mean[worst[1]] <= (double)most + BETWEEN);
}

int main(int argc, char **argv)
{
  char error[PLUGIN_ERROR_BYTES];
  if (argc >= 4) {
    most = strtoul(argv[2], NULL, 10);
    log2_keys = strtoul(argv[3], NULL, 10);
  }
  if (argc > 5 || most == 0 || log2_keys <= LOG2_LEAST || log2_keys > LOG2_MOST) {
    fprintf(stderr, "usage: bytes_a_key MAP MOST LOG2_KEYS [TEST]; LOG2_KEYS: %u to %u\n",
            LOG2_LEAST + 1, LOG2_MOST);
    return 4;
  }
  const union plugin_table *map = plugin_load(argv[1], PLUGIN_MAP, error);
  const union plugin_table *region =
      map ? plugin_load(map->map.usual_region ? map->map.usual_region : "region_shared",
                        PLUGIN_REGION, error)
          : NULL;
  if (!region) {
    fprintf(stderr, "bytes_a_key: %s\n", error);
    return 4;
  }
  map_under_test = &map->map;
  region_under_test = &region->region;
  if (argc == 5)
    cmocka_set_test_filter(argv[4]);
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_size_takes_few_bytes_a_key)};
  return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}
