/* winners_test.c: own maps against peers, from made-up figures. */
#include "report/winners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/contract/cmocka_includes.h"

enum { ROUNDS = 3, POINTS_MOST = 16 };

struct made_up {
  struct points points;
  struct point items[POINTS_MOST];
  struct round rounds[ROUNDS]; /* of all points alike */
  double ns[POINTS_MOST][ROUNDS];
};

/* Rounds of ns, 1.01 ns and 1.02 ns; or as many of them. */
static struct point *add(struct made_up *made, const char *map, const char *library, uint64_t keys,
                         double ns, size_t rounds)
{
  size_t n = made->points.count++;
  assert_true(n < POINTS_MOST);
  for (size_t r = 0; r < ROUNDS; r++)
    made->ns[n][r] = ns * (1 + 0.01 * (double)r);
  made->points.items = made->items;
  made->items[n] = (struct point){.name = "made up",
                                  .workload = "repeated_hits",
                                  .map = map,
                                  .region = "region_shared",
                                  .library = library,
                                  .kind = "strings",
                                  .pages = "warm",
                                  .place = "compact",
                                  .arm = "",
                                  .corpus = "",
                                  .arrivals = "",
                                  .parameters = (char *)(uintptr_t) "",
                                  .keys = keys,
                                  .threads = 1,
                                  .rounds = made->rounds,
                                  .ns_per_op = made->ns[n],
                                  .round_count = rounds,
                                  .median_ns = ns};
  made->items[n].interval = interval_of(made->ns[n], rounds);
  return &made->items[n];
}

/* Frees the points too. */
static char *printed(struct made_up *made)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct table table;
  winners_table(&table, &made->points);
  table_print(&table, out);
  table_fini(&table);
  fclose(out);
  free(made);
  return text;
}

static struct made_up *make(void)
{
  struct made_up *made = calloc(1, sizeof *made);
  assert_non_null(made);
  return made;
}

static void assert_holds(const char *text, const char *words)
{
  if (!text || !strstr(text, words))
    fail_msg("'%s' does not stand in:\n%s", words, text ? text : "(nothing)");
}

/* The line of a cell is found by its keys. */
static void assert_cell(const char *text, const char *keys, const char *words)
{
  const char *line = strstr(text, keys);
  if (!line)
    fail_msg("no line of %s in:\n%s", keys, text);
  char copy[400];
  snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
  assert_holds(copy, words);
}

static void the_winner_of_each_cell_is_told(void **state)
{
  (void)state;
  struct made_up *made = make();
  add(made, "hash_trie", "", 1000, 40, ROUNDS);
  add(made, "null_map", "", 1000, 2, ROUNDS)->baseline = true;
  add(made, "peer_fast", "a library 1.0", 1000, 20, ROUNDS);
  add(made, "peer_slow", "a library 1.0", 1000, 90, ROUNDS);
  add(made, "split_line", "", 1000, 10, ROUNDS);
  add(made, "peer_fast", "a library 1.0", 2000, 20, ROUNDS); /* the own map loses */
  add(made, "split_line", "", 2000, 30, ROUNDS);
  add(made, "peer_fast", "a library 1.0", 3000, 20, ROUNDS); /* neither */
  add(made, "split_line", "", 3000, 20.01, ROUNDS);
  add(made, "peer_fast", "a library 1.0", 4000, 20, 1); /* nobody can say */
  add(made, "split_line", "", 4000, 90, 1);
  char *text = printed(made);
  assert_cell(text, "1k ", "split_line");
  assert_cell(text, "1k ", "peer_fast");
  assert_cell(text, "1k ", " 0.500 ");
  assert_cell(text, "1k ", "own wins");
  assert_cell(text, "1k ", " 4.00 "); /* hash_trie over split_line */
  assert_cell(text, "1k ", " 2.00");  /* the floor */
  assert_cell(text, "2k ", "OWN LOSES");
  assert_cell(text, "2k ", " 1.50 ");
  assert_cell(text, "3k ", "too close to call");
  assert_cell(text, "4k ", "too few rounds to say");
  assert_null(strstr(text, "peer_slow"));
  assert_holds(text, "of 4 cells: own wins 1, OWN LOSES 1, undecided 2, no own map 0");
  free(text);
}

static void a_map_without_a_figure_does_not_compete(void **state)
{
  (void)state;
  static const struct failure failure = {"made up", "oracle", "two ids", 0};
  struct made_up *made = make();
  add(made, "peer_fast", "a library 1.0", 1000, 20, ROUNDS);
  add(made, "split_line", "", 1000, 10, ROUNDS)->failure = &failure;
  char *text = printed(made);
  assert_cell(text, "1k ", "no own map has a figure");
  free(text);
}

static void without_peers_there_is_no_table(void **state)
{
  (void)state;
  struct made_up *made = make();
  add(made, "hash_trie", "", 1000, 40, ROUNDS);
  add(made, "split_line", "", 1000, 10, ROUNDS);
  char *text = printed(made);
  assert_string_equal(text, "");
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_winner_of_each_cell_is_told),
      cmocka_unit_test(a_map_without_a_figure_does_not_compete),
      cmocka_unit_test(without_peers_there_is_no_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
