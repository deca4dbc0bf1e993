/* region_report_test.c: regions side by side, from made-up figures. */
#include "report/region_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/cmocka_includes.h"

enum { ROUNDS = 3, POINTS_MOST = 32 };

struct made_up {
  struct points points;
  struct point items[POINTS_MOST];
  struct round rounds[POINTS_MOST][ROUNDS];
  double ns[POINTS_MOST][ROUNDS];
};

/* Rounds of ns, 0.99 ns and 1.01 ns. */
static void add(struct made_up *made, const char *region, const char *map, unsigned threads,
                unsigned seats, double ns, double used, double mapped, double shared)
{
  size_t n = made->points.count++;
  assert_true(n < POINTS_MOST);
  made->points.items = made->items;
  made->items[n] = (struct point){.name = "made up",
                                  .workload = seats ? "region_only" : "unique_inserts",
                                  .map = map,
                                  .region = region,
                                  .kind = "strings",
                                  .pages = "warm",
                                  .place = "compact",
                                  .arm = "",
                                  .corpus = "",
                                  .arrivals = "",
                                  .parameters = (char *)(uintptr_t)(seats > 100  ? "seats=256"
                                                                    : seats > 10 ? "seats=16"
                                                                                 : ""),
                                  .keys = 10000,
                                  .threads = threads,
                                  .rounds = made->rounds[n],
                                  .ns_per_op = made->ns[n],
                                  .round_count = ROUNDS,
                                  .median_ns = ns};
  for (int r = 0; r < ROUNDS; r++) {
    made->ns[n][r] = ns * (0.99 + 0.01 * r);
    json_t *entry =
        json_pack("{s:f, s:f}", "region_used_bytes", used, "region_mapped_bytes", mapped);
    if (seats)
      json_object_set_new(entry, "region_seats", json_real(seats));
    if (r == 0 && shared >= 0) {
      json_object_set_new(entry, "instructions_per_op", json_real(123));
      json_object_set_new(entry, "locked_per_op", json_real(2));
      json_object_set_new(entry, "shared_locked_per_op", json_real(shared));
    }
    made->rounds[n][r].entry = entry;
  }
  made->items[n].interval = interval_of(made->ns[n], ROUNDS);
}

static struct made_up *make(void)
{
  struct made_up *made = calloc(1, sizeof *made);
  assert_non_null(made);
  return made;
}

static void forget(struct made_up *made)
{
  for (size_t i = 0; i < made->points.count; i++)
    for (int r = 0; r < ROUNDS; r++)
      json_decref(made->rounds[i][r].entry);
  free(made);
}

static char *printed(const struct points *points)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct table table;
  region_report_table(&table, points);
  table_print(&table, out);
  table_fini(&table);
  fclose(out);
  return text;
}

static void assert_holds(const char *text, const char *words)
{
  if (!text || !strstr(text, words))
    fail_msg("'%s' does not stand in:\n%s", words, text ? text : "(nothing)");
}

static struct made_up *four_regions(void)
{
  struct made_up *made = make();
  for (unsigned threads = 1; threads <= 2; threads++) {
    add(made, "region_locked", "hash_trie", threads, 0, 150 * threads, 900, 1000, -1);
    add(made, "region_per_thread", "hash_trie", threads, 0, 100.1, 600, 1000, 0);
    add(made, "region_sharded", "hash_trie", threads, 0, threads == 1 ? 100 : 50, 700, 1000, 0);
    add(made, "region_shared", "hash_trie", threads, 0, 100, 950, 1000, 1);
  }
  return made;
}

static void each_is_set_over_the_shared_one(void **state)
{
  (void)state;
  struct made_up *made = four_regions();
  char *text = printed(&made->points);
  assert_holds(text, "region_sharded");
  assert_holds(text, "2.00"); /* sharded over shared at two threads */
  assert_holds(text, "30.0"); /* and its waste in per cent */
  free(text);
  text = region_report_words(&made->points);
  assert_holds(text, "At 2 threads, unique_inserts on hash_trie");
  assert_holds(text, "region_sharded gains: 2.00 times region_shared");
  assert_holds(text, "region_per_thread gains nothing that its interval does not swallow: 0.999");
  assert_holds(text, "region_shared: 123 instructions, 2.00 locked, 1.00 of them on shared lines");
  assert_holds(text, "region_sharded: 123 instructions, 2.00 locked, 0.00 of them on shared lines");
  assert_null(strstr(text, "At 1 threads"));
  free(text);
  forget(made);
}

static void a_slower_one_is_said_to_lose(void **state)
{
  (void)state;
  struct made_up *made = make();
  add(made, "region_sharded", "hash_trie", 2, 0, 200, 900, 1000, -1);
  add(made, "region_shared", "hash_trie", 2, 0, 100, 900, 1000, -1);
  char *text = region_report_words(&made->points);
  assert_holds(text, "region_sharded loses: 0.500 times region_shared");
  assert_null(strstr(text, "Counted")); /* nothing was */
  free(text);
  forget(made);
}

static void one_region_alone_shows_nothing(void **state)
{
  (void)state;
  struct made_up *made = make();
  struct picture picture;
  add(made, "region_shared", "hash_trie", 1, 0, 100, 900, 1000, 1);
  add(made, "region_shared", "hash_trie", 2, 0, 100, 900, 1000, 1);
  add(made, "region_sharded", "fixed_bucket", 2, 0, 100, 900, 1000, 1);
  char *text = printed(&made->points);
  assert_string_equal(text, "");
  free(text);
  assert_null(region_report_words(&made->points));
  picture_init(&picture, "regions", "", "", AXIS_THREADS, AXIS_RATE);
  region_report_throughput(&picture, &made->points);
  region_report_waste(&picture, &made->points);
  assert_int_equal(picture.sample_count, 0);
  picture_fini(&picture);
  forget(made);
}

static void what_many_seats_waste_is_said_and_drawn(void **state)
{
  (void)state;
  struct made_up *made = make();
  struct picture picture;
  for (unsigned seats = 1; seats <= 256; seats *= 16) {
    add(made, "region_per_thread", "null_map", 1, seats, 100, 1e6, 1e6 + 65536 * seats, -1);
    add(made, "region_shared", "null_map", 1, seats, 100, 1e6, 1e6 + 1024, -1);
  }
  char *text = region_report_words(&made->points);
  assert_holds(text, "With 256 seats and 10k pieces among them, region_per_thread wastes 16.0 MiB");
  assert_holds(text, "region_shared 1.00 KiB");
  free(text);
  picture_init(&picture, "region_waste", "", "", AXIS_THREADS, AXIS_BYTES);
  region_report_waste(&picture, &made->points);
  assert_int_equal(picture.panel_count, 1);
  assert_int_equal(picture.sample_count, 4); /* 16 and 256 seats were asked for by parameter */
  picture_fini(&picture);
  forget(made);
}

static void threads_get_a_panel_for_each_map(void **state)
{
  (void)state;
  struct made_up *made = four_regions();
  struct picture picture;
  picture_init(&picture, "regions", "", "", AXIS_THREADS, AXIS_RATE);
  region_report_throughput(&picture, &made->points);
  assert_int_equal(picture.panel_count, 1);
  assert_int_equal(picture.sample_count, 8);
  picture_fini(&picture);
  forget(made);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_set_over_the_shared_one),
      cmocka_unit_test(a_slower_one_is_said_to_lose),
      cmocka_unit_test(one_region_alone_shows_nothing),
      cmocka_unit_test(what_many_seats_waste_is_said_and_drawn),
      cmocka_unit_test(threads_get_a_panel_for_each_map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
