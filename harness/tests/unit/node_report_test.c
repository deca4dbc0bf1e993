/* node_report_test.c: what a report says of nodes, threads and pages, from made-up rounds. */
#include "report/node_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/place_verdict.h"
#include "report/report_tables.h"
#include "tests/contract/cmocka_includes.h"

enum { ROUNDS = 2 };

struct made_up {
  struct points points;
  struct point item;
  struct round rounds[ROUNDS];
  double ns[ROUNDS];
};

/* A point of ROUNDS rounds, each with these members; JSON. */
static struct made_up *make(const char *first, const char *second)
{
  struct made_up *made = calloc(1, sizeof *made);
  assert_non_null(made);
  const char *texts[ROUNDS] = {first, second};
  for (int r = 0; r < ROUNDS; r++) {
    json_error_t at;
    json_t *entry = json_loads(texts[r], 0, &at);
    if (!entry)
      fail_msg("round %d, column %d: %s", r, at.column, at.text);
    json_object_set_new(entry, "repetition_index", json_integer(r));
    made->rounds[r].entry = entry;
    made->ns[r] = 100;
  }
  made->item = (struct point){.name = "made up",
                              .workload = "producer_consumer",
                              .map = "hash_trie",
                              .region = "region_shared",
                              .kind = "strings",
                              .pages = "warm",
                              .place = "node:0+node:1",
                              .arm = "",
                              .corpus = "",
                              .arrivals = "",
                              .parameters = (char *)(uintptr_t) "",
                              .keys = 1000,
                              .threads = 4,
                              .rounds = made->rounds,
                              .ns_per_op = made->ns,
                              .round_count = ROUNDS,
                              .median_ns = 100};
  made->points = (struct points){.items = &made->item, .count = 1};
  return made;
}

static void forget(struct made_up *made)
{
  for (int r = 0; r < ROUNDS; r++)
    json_decref(made->rounds[r].entry);
  free(made);
}

typedef void fill_table(struct table *, const struct points *);

/* The table as it is printed, each run of blanks made one. */
static char *printed(fill_table *fill, const struct made_up *made)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct table table;
  fill(&table, &made->points);
  table_print(&table, out);
  table_fini(&table);
  fclose(out);
  char *to = text;
  for (const char *from = text; *from; from++)
    if (*from != ' ' || from[1] != ' ')
      *to++ = *from;
  *to = '\0';
  return text;
}

static void assert_prints(fill_table *fill, const struct made_up *made, const char *const *lines)
{
  char *text = printed(fill, made);
  for (; *lines; lines++)
    if (!strstr(text, *lines))
      fail_msg("'%s' does not stand in:\n%s", *lines, text);
  free(text);
}

static void assert_prints_nothing(fill_table *fill, const struct made_up *made)
{
  char *text = printed(fill, made);
  assert_string_equal(text, "");
  free(text);
}

static void assert_says(char *sentence, const char *expected)
{
  assert_non_null(sentence);
  assert_string_equal(sentence, expected);
  free(sentence);
}

/* Threads of node 0 put, those of node 1 look up; the second round took three times the samples. */
#define HELD "\"placement\": \"held\", \"memory\": \"held\""
static const char two_nodes_first[] =
    "{" HELD ", \"access_samples\": 100, \"remote_share\": 0.5, \"access_node_0_0\": 0.5, "
    "\"access_node_1_0\": 0.5, \"ops_per_s_node_0\": 8e6, \"ops_per_s_thread_min_node_0\": 3e6, "
    "\"ops_per_s_thread_max_node_0\": 4e6, \"ops_per_s_node_1\": 2e6, "
    "\"ops_per_s_thread_min_node_1\": 1e6, \"ops_per_s_thread_max_node_1\": 1e6, "
    "\"latency_added_p50_ns_node_0\": 100, \"latency_added_p99_ns_node_0\": 200, "
    "\"latency_added_p999_ns_node_0\": 300, \"latency_found_p50_ns_node_1\": 40, "
    "\"latency_found_p99_ns_node_1\": 50, \"latency_found_p999_ns_node_1\": 60, "
    "\"latency_missed_p50_ns_node_1\": 7000}";
static const char two_nodes_second[] =
    "{" HELD ", \"access_samples\": 300, \"remote_share\": 0.25, \"access_node_0_0\": 0.5, "
    "\"access_node_1_0\": 0.25, \"access_node_1_1\": 0.25}";

static void each_node_has_its_row(void **state)
{
  (void)state;
  struct made_up *made = make(two_nodes_first, two_nodes_second);
  assert_prints(node_report_times, made,
                (const char *const[]){"producer_consumer, strings, place node:0+node:1\n",
                                      " node ops/s least/most outcome p50 p99 p99.9\n",
                                      "region_shared 0 8.00M 0.750 added 100 ns 200 ns 300 ns\n",
                                      " 1 2.00M 1.00 found 40.0 ns 50.0 ns 60.0 ns\n",
                                      " missed 7.00 µs - -\n", NULL});
  forget(made);
}

static void accesses_are_a_matrix_over_all_rounds(void **state)
{
  (void)state;
  struct made_up *made = make(two_nodes_first, two_nodes_second);
  /* 200 of node 0, all at home; 200 of node 1: 50 + 75 on node 0, 75 at home. */
  assert_prints(node_report_accesses, made,
                (const char *const[]){" threads on remote on node 0 on node 1\n",
                                      "region_shared 0 0.0 100.0 0.0\n", "\n 1 62.5 62.5 37.5\n",
                                      "\n all 31.2 81.2 18.8\n", NULL});
  assert_null(node_report_words(&made->points));
  forget(made);
}

/* Pages on a node without threads, and no pages where the threads are. */
static void a_node_that_is_only_memory_has_a_column(void **state)
{
  (void)state;
  static const char round[] = "{" HELD ", \"access_samples\": 8, \"access_node_1_12\": 1.0}";
  struct made_up *made = make(round, round);
  assert_prints(
      node_report_accesses, made,
      (const char *const[]){" remote on node 12\n", "region_shared 1 100.0 100.0\n", NULL});
  forget(made);
}

static void one_node_is_said_in_words(void **state)
{
  (void)state;
  static const char round[] = "{" HELD ", \"access_samples\": 8, \"remote_share\": 0.0, "
                              "\"access_node_0_0\": 1.0}";
  struct made_up *made = make(round, round);
  assert_prints_nothing(node_report_times, made);
  assert_prints_nothing(node_report_accesses, made);
  assert_says(node_report_words(&made->points),
              "one node: all threads and pages that were sampled are on node 0, so no access goes "
              "to another, and there is no table of them");
  forget(made);
  made = make("{}", "{}");
  assert_prints_nothing(node_report_accesses, made);
  assert_says(node_report_words(&made->points),
              "no accesses were sampled, or the kernel does not say where pages are");
  forget(made);
}

/* Names that are almost those of accesses, and a node that cannot be. */
static void other_counters_are_no_accesses(void **state)
{
  (void)state;
  static const char round[] = "{\"access_samples\": 8, \"access_node_0_1_2\": 1.0, "
                              "\"access_node_0\": 1.0, \"access_node_0_64\": 1.0, "
                              "\"access_node_99999999999_1\": 1.0}";
  struct made_up *made = make(round, round);
  assert_prints_nothing(node_report_accesses, made);
  forget(made);
}

static void what_held_is_not_listed(void **state)
{
  (void)state;
  struct made_up *made =
      make("{\"placement\": \"held\", \"memory\": \"free\"}", "{\"placement\": \"free\"}");
  assert_false(place_verdict_is_bad(&made->item));
  assert_prints_nothing(place_verdict_table, made);
  assert_says(place_verdict_threads(&made->points),
              "1 of 2 rounds held; 1 of 2 rounds were left to the kernel, as asked for");
  assert_says(place_verdict_pages(&made->points),
              "1 of 2 rounds were left to the kernel, as asked for; 1 of 2 rounds do not say");
  char *text = printed(report_tables_points, made);
  assert_null(strstr(text, "100 !"));
  free(text);
  forget(made);
}

/* The control: each kind of fault shows in the sentence, in the list and at the figure. */
static void what_did_not_hold_is_shown_as_such(void **state)
{
  (void)state;
  struct made_up *made =
      make("{\"placement\": \"held\", \"memory\": \"held\"}",
           "{\"placement\": \"broken\", \"placement_reason\": \"thread 1 ran on CPU 3\", "
           "\"memory\": \"held\"}");
  assert_true(place_verdict_is_bad(&made->item));
  assert_says(place_verdict_threads(&made->points),
              "1 of 2 rounds held; 1 of 2 rounds DID NOT HOLD, marked !");
  assert_says(place_verdict_pages(&made->points), "2 of 2 rounds held");
  assert_prints(
      place_verdict_table, made,
      (const char *const[]){"region_shared 1 threads did not hold thread 1 ran on CPU 3\n", NULL});
  assert_prints(report_tables_points, made, (const char *const[]){" 100 ! ", NULL});
  forget(made);

  made = make("{\"placement\": \"held\", \"memory\": \"unknown\", \"memory_reason\": \"EPERM\"}",
              "{\"placement\": \"held\", \"memory\": \"broken\"}");
  assert_says(place_verdict_threads(&made->points), "2 of 2 rounds held");
  assert_says(place_verdict_pages(&made->points),
              "1 of 2 rounds DID NOT HOLD, marked !; 1 of 2 rounds are NOT KNOWN to have held, "
              "marked !");
  assert_prints(place_verdict_table, made,
                (const char *const[]){"region_shared 0 pages not known EPERM\n",
                                      " 1 pages did not hold \n", NULL});
  forget(made);

  made = make("{\"placement\": \"something new\"}", "{\"placement\": \"held\"}");
  assert_true(place_verdict_is_bad(&made->item)); /* a word that is not known is no yes */
  forget(made);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_node_has_its_row),
      cmocka_unit_test(accesses_are_a_matrix_over_all_rounds),
      cmocka_unit_test(a_node_that_is_only_memory_has_a_column),
      cmocka_unit_test(one_node_is_said_in_words),
      cmocka_unit_test(other_counters_are_no_accesses),
      cmocka_unit_test(what_held_is_not_listed),
      cmocka_unit_test(what_did_not_hold_is_shown_as_such),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
