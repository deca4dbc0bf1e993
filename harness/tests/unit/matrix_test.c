/* matrix_test.c: from profiles and choices to points: what is made, what is refused and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/matrix.h"
#include "run/matrix_places.h"
#include "tests/contract/cmocka_includes.h"

static char error[MATRIX_ERROR_BYTES];
static char profile_path[256];

static const char *profile(const char *text)
{
  FILE *file = fopen(profile_path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  return profile_path;
}

static struct choice_list one(const char *item)
{
  return (struct choice_list){.item = {item}, .count = 1};
}

static struct choice_list two(const char *first, const char *second)
{
  return (struct choice_list){.item = {first, second}, .count = 2};
}

/* One map, one thread: as few points as can be. */
static struct matrix_choices few(void)
{
  return (struct matrix_choices){
      .workloads = one("unique_inserts"), .maps = one("hash_trie"), .threads = one("1"), .seed = 5};
}

static struct matrix made(const char *path, const struct matrix_choices *choices)
{
  struct matrix matrix;
  if (!matrix_make(path, choices, "default.tmbc", &matrix, error))
    fail_msg("%s", error);
  return matrix;
}

static void assert_refused(const char *path, const struct matrix_choices *choices,
                           const char *words)
{
  struct matrix matrix;
  error[0] = '\0';
  if (matrix_make(path, choices, NULL, &matrix, error))
    fail_msg("made, and should have said '%s'", words);
  if (!strstr(error, words))
    fail_msg("'%s' does not say '%s'", error, words);
}

static bool has(const struct matrix *matrix, const char *part)
{
  for (size_t i = 0; i < matrix->count; i++)
    if (strstr(matrix->point[i].name, part))
      return true;
  return false;
}

/* ---- choices alone ---- */

static void chosen_keys_are_the_only_ones(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.keys = one("1000");
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 1);
  assert_string_equal(matrix.point[0].name,
                      "unique_inserts/hash_trie/region_shared/kind:strings/keys:1000/pages:warm/"
                      "place:compact/threads:1");
  assert_int_equal(matrix.point[0].seed, 5);
  assert_int_equal(matrix.point[0].operations, 200000);
  assert_int_equal(matrix.point[0].block_bytes, REGION_BLOCK_BYTES);
  matrix_fini(&matrix);
  choices.keys = two("77", "99");
  matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 2);
  matrix_fini(&matrix);
}

static void defaults_are_those_of_the_header(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 4);
  for (uint64_t i = 0, keys = 1000; i < 4; i++, keys *= 10)
    assert_int_equal(matrix.point[i].keys, keys);
  assert_int_equal(matrix.rounds, 3);
  assert_true(matrix.budget_s <= 0);
  matrix_fini(&matrix);
  choices.maps.count = 0; /* the project's own */
  matrix = made(NULL, &choices);
  assert_true(has(&matrix, "/hash_trie/") && has(&matrix, "/fixed_bucket/region_locked/"));
  assert_true(has(&matrix, "/null_map/") && !has(&matrix, "/sharded_unordered/"));
  matrix_fini(&matrix);
}

static void maps_have_words(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.maps = one("own");
  struct matrix matrix = made(NULL, &choices);
  size_t own = matrix.count;
  assert_true(has(&matrix, "/hash_trie/") && !has(&matrix, "/sharded_unordered/"));
  matrix_fini(&matrix);
  choices.maps = one("peers");
  matrix = made(NULL, &choices);
  size_t peers = matrix.count;
  assert_true(has(&matrix, "/sharded_unordered/") && !has(&matrix, "/hash_trie/"));
  matrix_fini(&matrix);
  choices.maps = one("all");
  matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, own + peers);
  matrix_fini(&matrix);
  choices.maps = two("hash_trie", "peers");
  matrix = made(NULL, &choices);
  assert_true(has(&matrix, "/sharded_unordered/") && has(&matrix, "/hash_trie/"));
  matrix_fini(&matrix);
}

static void choices_combine(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.workloads = two("unique_inserts", "zipf_mix");
  choices.maps = two("hash_trie", "fixed_bucket");
  choices.regions = two("region_locked", "region_shared");
  choices.kinds = two("strings", "stacks");
  choices.keys = two("10", "20");
  choices.pages = two("cold", "warm");
  choices.places = two("compact", "none");
  choices.operations = 99;
  choices.block_bytes = 4096;
  choices.huge_pages = true;
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 128);
  for (size_t i = 0; i < matrix.count; i++) {
    assert_int_equal(matrix.point[i].operations, 99);
    assert_int_equal(matrix.point[i].block_bytes, 4096);
    assert_true(matrix.point[i].huge_pages);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(matrix.point[i].name, matrix.point[j].name);
  }
  matrix_fini(&matrix);
}

/* Of a machine with nodes 0 to 3, of which 1 and 3 have memory only. */
static void pairs_are_of_nodes_with_cpus(void **state)
{
  (void)state;
  static const char *const expected[] = {"compact",       "node:0+node:0", "node:0+node:2",
                                         "node:2+node:0", "node:2+node:2", "none"};
  struct topology *topology;
  char sentence[TOPOLOGY_ERROR_BYTES];
  assert_int_equal(topology_load_synthetic("pack:2 [numa] [numa] pu:2", &topology, sentence), 0);
  unsigned pairs = 0;
  json_t *places = matrix_places(json_pack("[s, s]", "compact", "none"), topology, &pairs);
  assert_int_equal(json_array_size(places), 2);
  assert_int_equal(pairs, 0);
  json_decref(places);
  assert_int_equal(topology_counts(topology).nodes, 4);
  places = matrix_places(json_pack("[s, s, s]", "compact", "pairs", "none"), topology, &pairs);
  assert_int_equal(pairs, 4);
  assert_int_equal(json_array_size(places), 6);
  for (size_t i = 0; i < 6; i++)
    assert_string_equal(json_string_value(json_array_get(places, i)), expected[i]);
  json_decref(places);
  topology_destroy(topology);
}

/* On the real machine: 1, 2, 4 … up to the number of CPUs of the place, whichever it is. */
static void each_ends_with_the_room_of_the_place(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  struct topology *topology;
  char sentence[TOPOLOGY_ERROR_BYTES], list[32];
  assert_int_equal(topology_load(&topology, sentence), 0);
  snprintf(list, sizeof list, "cpus:%u", topology_pu(topology, 0).cpu);
  choices.keys = one("10");
  choices.threads = one("each");
  choices.places = one(list);
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 1);
  assert_int_equal(matrix.point[0].threads, 1);
  matrix_fini(&matrix);
  choices.places = one("cores-first");
  matrix = made(NULL, &choices);
  assert_int_equal(matrix.point[matrix.count - 1].threads, topology_counts(topology).pus);
  matrix_fini(&matrix);
  choices.places = one("pairs");
  matrix = made(NULL, &choices);
  assert_true(matrix.node_pairs >= 1);
  matrix_fini(&matrix);
  choices.places = one(list);
  choices.threads = one("2");
  assert_refused(NULL, &choices, "2 threads do not fit on the CPUs of place cpus:");
  topology_destroy(topology);
}

static void the_same_point_is_measured_once(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.keys = two("1000", "1000");
  choices.workloads = two("misses", "misses");
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 1);
  matrix_fini(&matrix);
}

static void parameters_are_taken(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.workloads = one("zipf_mix");
  choices.keys = one("1000");
  choices.parameters = two("skew=1.25", "puts=0");
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 1);
  assert_true(has(&matrix, "/skew:1.25/puts:0/"));
  matrix_fini(&matrix);
  static const char *const bad[] = {"skew", "skew=", "skew=much", "skew=1x"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    choices.parameters = one(bad[i]);
    assert_refused(NULL, &choices, bad[i]);
  }
}

static void bad_choices_are_refused(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
#define REFUSED(member, value, words)                                                              \
  do {                                                                                             \
    choices = few();                                                                               \
    choices.member = one(value);                                                                   \
    assert_refused(NULL, &choices, words);                                                         \
  } while (0)
  REFUSED(workloads, "no_such", "no_such");
  REFUSED(workloads, "hash_trie", "a workload is wanted");
  REFUSED(maps, "no_such", "no_such");
  REFUSED(maps, "misses", "a map is wanted");
  REFUSED(kinds, "lists", "lists");
  REFUSED(pages, "tepid", "tepid");
  REFUSED(places, "anywhere", "anywhere");
  REFUSED(threads, "0", "threads '0'");
  REFUSED(threads, "two", "threads 'two'");
  REFUSED(threads, "60000", "60000 threads");
  REFUSED(threads, "-1", "threads '-1'");
  REFUSED(keys, "0", "keys '0'");
  REFUSED(keys, "-5", "keys '-5'");
  REFUSED(keys, "1e6", "keys '1e6'");
  REFUSED(keys, "", "keys ''");
  REFUSED(keys, "268435457", "keys '268435457'");
  REFUSED(keys, "99999999999999999999999", "keys '99");
  choices = few();
  choices.block_bytes = 5000;
  assert_refused(NULL, &choices, "block bytes 5000");
  choices = few();
  choices.workloads = one("replay");
  assert_refused(NULL, &choices, "needs a corpus");
}

static void a_corpus_is_chosen_or_the_default(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.workloads = one("replay");
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 1); /* its own number of keys, whatever was asked for */
  assert_string_equal(matrix.point[0].corpus, "default.tmbc");
  assert_int_equal(matrix.point[0].keys, 0);
  matrix_fini(&matrix);
  choices.corpus = "mine.tmbc";
  matrix = made(NULL, &choices);
  assert_string_equal(matrix.point[0].corpus, "mine.tmbc");
  matrix_fini(&matrix);
}

/* ---- filters ---- */

static void filters_choose_points(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.workloads = two("unique_inserts", "misses");
  choices.filter = "^misses.*keys:1000+/";
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 4);
  matrix_fini(&matrix);
  choices.filter = "-misses"; /* as Google Benchmark has it: all but these */
  matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 4);
  assert_false(has(&matrix, "misses"));
  matrix_fini(&matrix);
  static const char *const all[] = {"", ".", "all"}; /* the same */
  for (size_t i = 0; i < 3; i++) {
    choices.filter = all[i];
    matrix = made(NULL, &choices);
    assert_int_equal(matrix.count, 8);
    matrix_fini(&matrix);
  }
  choices.filter = "nothing_like_it";
  assert_refused(NULL, &choices, "matches no point");
  choices.filter = "(";
  assert_refused(NULL, &choices, "filter '('");
}

/* ---- profiles ---- */

static void profiles_are_read(void **state)
{
  (void)state;
  struct matrix_choices choices = {.seed = 1};
  struct matrix matrix = made(
      profile("{\"count_instructions\": true, \"rounds\": 2, \"min_time_s\": 0.5, \"budget_s\": 7, "
              "\"timeout_s\": 9, \"sweeps\": ["
              "{\"workload\": \"zipf_mix\", \"maps\": [\"hash_trie\"], \"threads\": [1],"
              " \"keys\": [10, 30], \"kinds\": [\"stacks\"], \"parameters\": {\"skew\": 1},"
              " \"operations\": 55, \"block_bytes\": 8192, \"huge_pages\": true, \"twice\": true},"
              "{\"workload\": \"misses\", \"maps\": [\"hash_trie\"], \"threads\": 1, \"keys\": 10}"
              "]}"),
      &choices);
  assert_int_equal(matrix.rounds, 2);
  assert_true(matrix.count_instructions);
  assert_true(matrix.min_time_s == 0.5 && matrix.budget_s == 7 && matrix.timeout_s == 9);
  assert_int_equal(matrix.count, 5); /* two, their copies, and one */
  assert_true(has(&matrix, "/kind:stacks/keys:30/skew:1/pages:warm/place:compact/block:8192/"
                           "huge:1/arm:aa/"));
  assert_int_equal(matrix.point[0].operations, 55);
  assert_false(matrix.point[4].huge_pages);
  matrix_fini(&matrix);

  choices.keys = one("20"); /* choices replace the profile's lists in every sweep */
  choices.workloads = one("misses");
  matrix = made(profile_path, &choices);
  assert_int_equal(matrix.count, 1);
  assert_true(has(&matrix, "misses/hash_trie/region_shared/kind:strings/keys:20/"));
  matrix_fini(&matrix);
}

static void maps_may_be_named_for_all_sweeps(void **state)
{
  (void)state;
  struct matrix_choices choices = {.seed = 1};
  struct matrix matrix =
      made(profile("{\"maps\": [\"null_map\"], \"sweeps\": ["
                   "{\"workload\": \"misses\", \"threads\": 1, \"keys\": 10},"
                   "{\"workload\": \"misses\", \"maps\": [\"hash_trie\"], \"threads\": 1,"
                   " \"keys\": 20}]}"),
           &choices);
  assert_int_equal(matrix.count, 2);
  assert_true(has(&matrix, "misses/null_map/region_shared/kind:strings/keys:10/"));
  assert_true(has(&matrix, "misses/hash_trie/region_shared/kind:strings/keys:20/"));
  matrix_fini(&matrix);
}

static void rates_open_the_loop(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.keys = one("10");
  choices.rates = two("5000", "7000");
  struct matrix matrix = made(NULL, &choices);
  assert_int_equal(matrix.count, 2);
  assert_true(has(&matrix, "/place:compact/rate:5000/arrivals:poisson/threads:1"));
  assert_true(has(&matrix, "/rate:7000/"));
  matrix_fini(&matrix);

  const char *text = "{\"sweeps\": [{\"workload\": \"misses\", \"maps\": [\"hash_trie\"], "
                     "\"threads\": 1, \"keys\": 10, \"rates\": [100, 200], "
                     "\"arrivals\": \"fixed\"}, {\"workload\": \"misses\", \"maps\": "
                     "[\"hash_trie\"], \"threads\": 1, \"keys\": 10}]}";
  choices = (struct matrix_choices){.seed = 1};
  matrix = made(profile(text), &choices);
  assert_int_equal(matrix.count, 3);
  assert_int_equal(matrix.point[1].rate, 200);
  assert_int_equal(matrix.point[1].arrivals, ARRIVALS_FIXED);
  assert_int_equal(matrix.point[2].rate, 0);
  matrix_fini(&matrix);
  choices.arrivals = "poisson"; /* a choice replaces what the profile says */
  matrix = made(profile_path, &choices);
  assert_int_equal(matrix.point[1].arrivals, ARRIVALS_POISSON);
  matrix_fini(&matrix);
}

static void bad_profiles_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *text, *words;
  } bad[] = {
      {"", ":1:"},
      {"{\n\n\"sweeps\": [,]}", ":3:"},
      {"{\"sweeps\": [], \"sweeps\": []}", "duplicate"},
      {"[]", "bject"},
      {"{}", "`sweeps`"},
      {"{\"sweeps\": {}}", "`sweeps`"},
      {"{\"sweeps\": []}", "no points"},
      {"{\"sweeps\": [7]}", "sweep 1 names no workload"},
      {"{\"sweeps\": [{\"workload\": \"no_such\"}]}", "no_such"},
      {"{\"rounds\": 0, \"sweeps\": []}", "rounds"},
      {"{\"rounds\": \"many\", \"sweeps\": []}", "rounds"},
      {"{\"rounds\": 4294967297, \"sweeps\": []}", "rounds"},
      {"{\"min_time_s\": 0, \"sweeps\": []}", "min_time_s"},
      {"{\"count_instructions\": 1, \"sweeps\": []}", "count_instructions"},
      {"{\"timeout_s\": -1, \"sweeps\": []}", "timeout_s"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"maps\": [7]}]}", "maps"},
      {"{\"maps\": [7], \"sweeps\": [{\"workload\": \"misses\"}]}", "maps"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"keys\": [\"x\"]}]}", "keys"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"keys\": []}]}", "nothing in it"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"pages\": []}]}", "nothing in it"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"keys\": [-1]}]}", "keys"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"places\": []}]}", "nothing in it"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"places\": [1]}]}", "a list of names"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"places\": [\"node:\"]}]}", "node:"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"threads\": [0.5]}]}", "threads"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"operations\": 0}]}", "operations"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"block_bytes\": 5000}]}", "block bytes 5000"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"block_bytes\": \"x\"}]}", "block_bytes"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"huge_pages\": 2}]}", "huge_pages"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"mem\": [\"there\"]}]}", "mem: 'there'"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"mem\": []}]}", "nothing in it"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"mem_keys\": 3}]}", "a string"},
      {"{\"sweeps\": [{\"workload\": \"zipf_mix\", \"parameters\": {\"skew\": true}}]}", "skew"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"thread\": [1]}]}", "thread"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"rates\": [0]}]}", "rate"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"rates\": [1000000001]}]}", "rate"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"rates\": \"fast\"}]}", "rate 'fast'"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"rates\": []}]}", "nothing in it"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"arrivals\": \"rare\"}]}", "'rare'"},
      {"{\"sweeps\": [{\"workload\": \"misses\", \"arrivals\": 7}]}", "arrivals"},
      {"{\"round\": 1, \"sweeps\": []}", "round"},
  };
  struct matrix_choices choices = {.seed = 1};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_refused(profile(bad[i].text), &choices, bad[i].words);
    assert_non_null(error);
  }
  assert_refused("no such file.json", &choices, "no such file.json");
  assert_refused(profile("{\"sweeps\": [{\"workload\": \"misses\"}]}"),
                 &(struct matrix_choices){.workloads = one("zipf_mix")}, "no points");
}

/* ---- plans ---- */

static void a_matrix_comes_back_from_its_plan(void **state)
{
  (void)state;
  struct matrix_choices choices = few();
  choices.workloads = two("zipf_mix", "replay");
  choices.parameters = one("skew=0.1");
  struct matrix matrix = made(NULL, &choices), back;
  matrix.rounds = 9;
  json_t *json = matrix_json(&matrix);
  char *text = json_dumps(json, 0);
  json_decref(json);
  json = json_loads(text, 0, NULL);
  free(text);
  assert_true(matrix_from_json(json, &back, error));
  json_decref(json);
  assert_int_equal(back.count, matrix.count);
  assert_int_equal(back.rounds, 9);
  assert_true(back.min_time_s == matrix.min_time_s && back.timeout_s == matrix.timeout_s);
  for (size_t i = 0; i < back.count; i++)
    assert_string_equal(back.point[i].name, matrix.point[i].name);
  matrix_fini(&back);
  matrix_fini(&matrix);
}

static void bad_plans_are_refused(void **state)
{
  (void)state;
  static const char *const bad[] = {
      "{}",
      "[]",
      "{\"rounds\": 1, \"min_time_s\": 1, \"budget_s\": 1, \"timeout_s\": 1}",
      "{\"rounds\": 1, \"min_time_s\": 1, \"budget_s\": 1, \"timeout_s\": 1, \"points\": [{}]}",
      "{\"rounds\": 1, \"min_time_s\": 1, \"budget_s\": 1, \"timeout_s\": 1, \"points\": {}}",
      "{\"rounds\": 1, \"min_time_s\": 1, \"budget_s\": 1, \"timeout_s\": 1, \"points\": []}",
      "{\"rounds\": 0, \"min_time_s\": 1, \"budget_s\": 1, \"timeout_s\": 1, \"points\": []}",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct matrix matrix;
    error[0] = '\0';
    json_t *json = json_loads(bad[i], 0, NULL);
    if (matrix_from_json(json, &matrix, error))
      fail_msg("%s is taken", bad[i]);
    assert_int_not_equal(error[0], 0);
    json_decref(json);
  }
  struct matrix matrix;
  assert_false(matrix_from_json(NULL, &matrix, error)); /* plan.json without a matrix */
}

static int make_profile(void **state)
{
  (void)state;
  const char *base = getenv("TMPDIR");
  snprintf(profile_path, sizeof profile_path, "%.200s/matrix_test.XXXXXX", base ? base : "/tmp");
  int file = mkstemp(profile_path);
  return file < 0 ? -1 : close(file);
}

static int remove_profile(void **state)
{
  (void)state;
  return unlink(profile_path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chosen_keys_are_the_only_ones),
      cmocka_unit_test(defaults_are_those_of_the_header),
      cmocka_unit_test(maps_have_words),
      cmocka_unit_test(choices_combine),
      cmocka_unit_test(pairs_are_of_nodes_with_cpus),
      cmocka_unit_test(each_ends_with_the_room_of_the_place),
      cmocka_unit_test(the_same_point_is_measured_once),
      cmocka_unit_test(parameters_are_taken),
      cmocka_unit_test(bad_choices_are_refused),
      cmocka_unit_test(a_corpus_is_chosen_or_the_default),
      cmocka_unit_test(filters_choose_points),
      cmocka_unit_test(profiles_are_read),
      cmocka_unit_test(maps_may_be_named_for_all_sweeps),
      cmocka_unit_test(rates_open_the_loop),
      cmocka_unit_test(bad_profiles_are_refused),
      cmocka_unit_test(a_matrix_comes_back_from_its_plan),
      cmocka_unit_test(bad_plans_are_refused),
  };
  return cmocka_run_group_tests(tests, make_profile, remove_profile);
}
