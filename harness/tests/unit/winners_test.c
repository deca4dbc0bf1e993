/* winners_test.c: own maps against peers, over floors, from made-up figures. Each failure begins
 * with DISAGREES, which the mutants of the report must bring about. */
#include "report/winners.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made_points.h"
#include "tests/contract/cmocka_includes.h"

static struct point *add(struct made_points *made, const char *map, uint64_t keys, double ns)
{
  return made_points_add(made, "repeated_hits", OUTCOME_FOUND, map, keys, ns);
}

static struct point *add_peer(struct made_points *made, const char *map, uint64_t keys, double ns)
{
  struct point *point = add(made, map, keys, ns);
  point->library = "a library 1.0";
  return point;
}

static struct point *add_baseline(struct made_points *made, const char *map, uint64_t keys,
                                  double ns)
{
  struct point *point = add(made, map, keys, ns);
  point->baseline = true;
  return point;
}

/* Frees the points too. */
static char *printed(struct made_points *made)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct table table;
  winners_table(&table, &made->points);
  table_print(&table, out);
  table_fini(&table);
  fclose(out);
  made_points_destroy(made);
  return text;
}

static void assert_holds(const char *text, const char *words)
{
  if (!text || !strstr(text, words))
    fail_msg("DISAGREES: '%s' does not stand in:\n%s", words, text ? text : "(nothing)");
}

/* The line of a cell is found by its keys. */
static void assert_cell(const char *text, const char *keys, const char *words)
{
  const char *line = strstr(text, keys);
  if (!line)
    fail_msg("DISAGREES: no line of %s in:\n%s", keys, text);
  char copy[400];
  snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
  assert_holds(copy, words);
}

/* The last three words of the cell's line. */
static void assert_floors(const char *text, const char *keys, const char *hash, const char *chase,
                          const char *id)
{
  char wanted[64], found[64] = "";
  const char *line = strstr(text, keys);
  assert_cell(text, keys, "");
  const char *end = line + strcspn(line, "\n"), *at = end;
  for (int word = 0; word < 3; word++) {
    while (at[-1] == ' ')
      at--;
    while (at[-1] != ' ')
      at--;
  }
  for (; at < end; at++) /* one space between words */
    if (*at != ' ' || at[1] != ' ')
      strncat(found, at, 1);
  snprintf(wanted, sizeof wanted, "%s %s %s", hash, chase, id);
  if (strcmp(found, wanted) != 0)
    fail_msg("DISAGREES: floors '%s' where '%s' should be, in:\n%s", found, wanted, text);
}

static void the_winner_of_each_cell_is_told(void **state)
{
  (void)state;
  struct made_points *made = made_points_create();
  add(made, "hash_trie", 1000, 40);
  add_peer(made, "peer_fast", 1000, 20);
  add_peer(made, "peer_slow", 1000, 90);
  add(made, "split_line", 1000, 10);
  add_peer(made, "peer_fast", 2000, 20); /* the own map loses */
  add(made, "split_line", 2000, 30);
  add_peer(made, "peer_fast", 3000, 20); /* neither */
  add(made, "split_line", 3000, 20.01);
  struct point *once[] = {add_peer(made, "peer_fast", 4000, 20), /* nobody can say */
                          add(made, "split_line", 4000, 90)};
  for (size_t i = 0; i < 2; i++) {
    once[i]->round_count = 1;
    once[i]->interval = interval_of(once[i]->ns_per_op, 1);
  }
  char *text = printed(made);
  assert_cell(text, "1k ", "split_line");
  assert_cell(text, "1k ", "peer_fast");
  assert_cell(text, "1k ", " 0.500 ");
  assert_cell(text, "1k ", "own wins");
  assert_cell(text, "1k ", " 4.00 "); /* hash_trie over split_line */
  assert_cell(text, "2k ", "OWN LOSES");
  assert_cell(text, "2k ", " 1.50 ");
  assert_cell(text, "3k ", "too close to call");
  assert_cell(text, "4k ", "too few rounds to say");
  assert_null(strstr(text, "peer_slow"));
  assert_holds(text, "of 4 cells: own wins 1, OWN LOSES 1, undecided 2, no own map 0");
  free(text);
}

static void floors_stand_beside_the_winner(void **state)
{
  (void)state;
  static const struct failure failure = {"made up", "crash", "gone", 0};
  struct made_points *made = made_points_create();
  add_baseline(made, "chase_only", 1000, 9);
  add_baseline(made, "hash_only", 1000, 5);
  add_baseline(made, "id_only", 1000, 70); /* slower than a hit, of which it is no floor */
  add_baseline(made, "null_map", 1000, 2);
  add_peer(made, "peer", 1000, 30);
  add(made, "split_line", 1000, 20);
  add_baseline(made, "chase_only", 2000, 9)->failure = &failure;
  add_baseline(made, "hash_only", 2000, 5);
  add_peer(made, "peer", 2000, 30);
  add(made, "split_line", 2000, 20);
  static const enum outcome outcomes[] = {OUTCOME_ADDED, OUTCOME_MISSED};
  for (uint64_t i = 0; i < 2; i++) {
    const uint64_t keys = 3000 + 1000 * i;
    const char *workload = i ? "misses" : "unique_inserts";
    for (int map = 0; map < 5; map++) {
      static const char *const names[] = {"chase_only", "hash_only", "id_only", "peer",
                                          "split_line"};
      struct point *point = made_points_add(made, workload, map < 3 ? OUTCOME_FOUND : outcomes[i],
                                            names[map], keys, 10 * map + 40);
      point->baseline = map < 3;
      point->library = map == 3 ? "a library 1.0" : "";
    }
  }
  char *text = printed(made);
  assert_cell(text, "1k ",
              "  split_line  split_line "); /* no floor is the fastest, nor an own map */
  assert_cell(text, "1k ", " 0.667 ");
  assert_floors(text, "1k ", "5.00", "9.00", "-");
  assert_floors(text, "2k ", "5.00", "-", "-");
  assert_floors(text, "3k ", "50.0", "-", "60.0");
  assert_floors(text, "4k ", "50.0", "-", "-");
  assert_holds(text, "floor: hash  chase");
  free(text);
}

static void a_map_without_a_figure_does_not_compete(void **state)
{
  (void)state;
  static const struct failure failure = {"made up", "oracle", "two ids", 0};
  struct made_points *made = made_points_create();
  add_peer(made, "peer_fast", 1000, 20);
  add(made, "split_line", 1000, 10)->failure = &failure;
  char *text = printed(made);
  assert_cell(text, "1k ", "no own map has a figure");
  free(text);
}

static void without_peers_there_is_no_table(void **state)
{
  (void)state;
  struct made_points *made = made_points_create();
  add(made, "hash_trie", 1000, 40);
  add(made, "split_line", 1000, 10);
  char *text = printed(made);
  assert_string_equal(text, "");
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_winner_of_each_cell_is_told),
      cmocka_unit_test(floors_stand_beside_the_winner),
      cmocka_unit_test(a_map_without_a_figure_does_not_compete),
      cmocka_unit_test(without_peers_there_is_no_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
