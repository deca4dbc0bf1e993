/* map_contract.c: what intern_map.h says, held against one map with one region.
 *
 *   map_contract MAP REGION [TEST]
 *
 * REGION may be `usual`: the map's usual one. Called by ctest for every map, with every region or
 * the usual one. Exit code 77: nothing to test in this pair. */
#include <stdio.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "tests/contract/map_rig.h"

enum { CANNOT_RUN = 77 };

static const union plugin_table *load(const char *name, uint32_t kind)
{
  char error[PLUGIN_ERROR_BYTES];
  const union plugin_table *table = plugin_load(name, kind, error);
  if (!table)
    fprintf(stderr, "map_contract: %s\n", error);
  return table;
}

/* A baseline is excused from the contract: it interns nothing, and answers every call. */
static void a_baseline_answers(void **state)
{
  (void)state;
  struct map_rig rig;
  map_rig_open(&rig, (struct map_wish){0});
  for (int i = 0; i < 3; i++) {
    struct map_put put = map_rig_put(&rig, "a", 1);
    assert_int_not_equal(put.id, 0);
    assert_false(put.added);
  }
  if (map_under_test->reset)
    assert_int_equal(map_under_test->reset(rig.map), 0);
  map_rig_close(&rig);
}

int main(int argc, char **argv)
{
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: map_contract MAP REGION [TEST]\n");
    return 4;
  }
  const union plugin_table *map = load(argv[1], PLUGIN_MAP);
  if (!map)
    return 4;
  map_under_test = &map->map;
  const char *usual = map->map.usual_region ? map->map.usual_region : "region_shared";
  const char *region_name = strcmp(argv[2], "usual") == 0 ? usual : argv[2];
  const union plugin_table *region = load(region_name, PLUGIN_REGION);
  if (!region)
    return 4;
  region_under_test = &region->region;
  if (argc == 4)
    cmocka_set_test_filter(argv[3]);

  const struct CMUnitTest baseline[] = {cmocka_unit_test(a_baseline_answers)};
  if (map_promises(MAP_IS_BASELINE))
    return cmocka_run_group_tests_name(argv[1], baseline, NULL, NULL);
  if (!map_promises(MAP_USES_REGION) && strcmp(region_name, "region_shared") != 0) {
    fprintf(stderr, "%s uses no region: tested once, with region_shared\n", argv[1]);
    return CANNOT_RUN;
  }
  size_t (*const files[])(struct CMUnitTest *) = {map_semantics_tests, map_memory_tests,
                                                  map_hash_tests, map_thread_tests};
  const char *const names[] = {"semantics", "memory", "hashes", "threads"};
  int failed = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    struct CMUnitTest tests[MAP_TESTS_MOST];
    size_t count = files[i](tests);
    failed += _cmocka_run_group_tests(names[i], tests, count, NULL, NULL);
  }
  return failed;
}
