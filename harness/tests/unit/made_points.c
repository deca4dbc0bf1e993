/* made_points.c: see made_points.h. */
#include "made_points.h"

#include <stdlib.h>

#include "tests/contract/cmocka_includes.h"

struct made_points *made_points_create(void)
{
  struct made_points *made = calloc(1, sizeof *made);
  assert_non_null(made);
  made->points.items = made->items;
  for (int outcome = 0; outcome < OUTCOMES; outcome++) {
    json_t *entry = json_pack("{s:f}", outcome_name((enum outcome)outcome), 1.0);
    assert_non_null(entry);
    for (size_t r = 0; r < MADE_ROUNDS; r++)
      made->rounds[outcome][r].entry = entry;
  }
  return made;
}

void made_points_destroy(struct made_points *made)
{
  for (int outcome = 0; outcome < OUTCOMES; outcome++)
    json_decref(made->rounds[outcome][0].entry);
  free(made);
}

struct point *made_points_add(struct made_points *made, const char *workload, enum outcome outcome,
                              const char *map, uint64_t keys, double ns)
{
  size_t n = made->points.count++;
  assert_true(n < MADE_POINTS_MOST);
  for (size_t r = 0; r < MADE_ROUNDS; r++)
    made->ns[n][r] = ns * (1 + 0.01 * (double)r);
  made->items[n] = (struct point){.name = "made up",
                                  .workload = workload,
                                  .map = map,
                                  .region = "region_shared",
                                  .library = "",
                                  .kind = "strings",
                                  .pages = "warm",
                                  .place = "compact",
                                  .arm = "",
                                  .corpus = "",
                                  .arrivals = "",
                                  .parameters = (char *)(uintptr_t) "",
                                  .keys = keys,
                                  .threads = 1,
                                  .rounds = made->rounds[outcome],
                                  .ns_per_op = made->ns[n],
                                  .round_count = MADE_ROUNDS,
                                  .median_ns = ns,
                                  .interval = interval_of(made->ns[n], MADE_ROUNDS)};
  return &made->items[n];
}
