/* point_test.c: names of points, and points as JSON and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/point.h"
#include "tests/contract/cmocka_includes.h"

static struct point usual(void)
{
  return (struct point){.workload = "misses",
                        .map = "hash_trie",
                        .region = "region_shared",
                        .kind = KEYS_STACKS,
                        .keys = 1000,
                        .pages = PAGES_WARM,
                        .place = "compact",
                        .threads = 2,
                        .operations = 77,
                        .block_bytes = REGION_BLOCK_BYTES,
                        .seed = UINT64_C(0x7fffffffffffffff),
                        .arm = ""};
}

static void assert_named(struct point point, const char *name)
{
  point_set_name(&point);
  assert_string_equal(point.name, name);
}

static void names_say_what_a_point_is(void **state)
{
  (void)state;
  struct point point = usual();
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                      "place:compact/threads:2");
  point.block_bytes = 4096;
  point.pages = PAGES_COLD;
  point.place = "none";
  point.arm = "A/A";
  point.parameter_name[0] = "skew";
  point.parameter[0] = 0.5;
  point.parameter_name[1] = "new";
  point.parameter[1] = 0;
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/skew:0.5/new:0/"
                      "pages:cold/place:none/block:4096/arm:aa/threads:2");
  point = usual();
  point.huge_pages = true;
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                      "place:compact/huge:1/threads:2");
  point = usual();
  point.memory[POINT_MEM] = "interleave:0,2-3";
  point.memory[POINT_MEM_HISTORY] = "bind:1";
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                      "place:compact/mem:interleave:0,2-3/mem_history:bind:1/threads:2");
  point = usual();
  point.map = "../far/away/mine.so";
  point.corpus = "/some/where/gofmt.tmbc";
  point.place = "scatter";
  assert_named(point, "misses/mine/region_shared/corpus:gofmt.tmbc/pages:warm/place:scatter/"
                      "threads:2");
}

static void an_open_loop_has_its_rate_in_its_name(void **state)
{
  (void)state;
  struct point point = usual();
  point.rate = 250000;
  point.arrivals = ARRIVALS_POISSON;
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                      "place:compact/rate:250000/arrivals:poisson/threads:2");
  point.arm = "A/A";
  point.arrivals = ARRIVALS_FIXED;
  assert_named(point, "misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                      "place:compact/rate:250000/arrivals:fixed/arm:aa/threads:2");
}

static void assert_comes_back(const char *name)
{
  char error[POINT_ERROR_BYTES] = "";
  struct point point;
  json_t *json = point_json_of_name(name, 77, 5, error);
  if (!json)
    fail_msg("%s", error);
  assert_true(point_from_json(json, &point, error));
  assert_string_equal(point.name, name);
  assert_int_equal(point.operations, 77);
  assert_int_equal(point.seed, 5);
  json_decref(json);
}

static void points_come_back_from_names(void **state)
{
  (void)state;
  assert_comes_back("misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                    "place:compact/threads:2");
  assert_comes_back("misses/hash_trie/region_shared/kind:strings/keys:1/skew:0.5/new:0/pages:cold/"
                    "place:cpus:0,1/block:4096/huge:1/mem:bind:0/threads:1");
  assert_comes_back("misses/hash_trie/region_shared/kind:stacks/keys:1000/pages:warm/"
                    "place:compact/rate:250000/arrivals:poisson/threads:2");
}

static void assert_no_name(const char *name, const char *words)
{
  char error[POINT_ERROR_BYTES] = "";
  assert_null(point_json_of_name(name, 1, 1, error));
  if (!strstr(error, words))
    fail_msg("'%s' does not say '%s'", error, words);
}

static void what_is_no_name_is_refused(void **state)
{
  (void)state;
  static const char after[] = "a/b/c/kind:strings/keys:9/pages:warm/place:compact/threads:1";
  char name[200];
  for (size_t bytes = 0; bytes < sizeof after - 1; bytes++) { /* wherever it is cut */
    snprintf(name, sizeof name, "%.*s", (int)bytes, after);
    assert_no_name(name, "names no point: ");
  }
  assert_no_name("a/b/c/keys:9/kind:strings/pages:warm/place:compact/threads:1", "is written");
  assert_no_name("a/b/c/kind:strings/keys:9/pages:warm/place:compact/arm:aa/threads:1", "parts");
  assert_no_name("a/b/c/kind:strings/keys:9x/pages:warm/place:compact/threads:1", "parts");
  assert_no_name("a/b/c/kind:strings/keys:99999999999999999999/pages:warm/place:compact/threads:1",
                 "parts");
  assert_no_name("a/b/c/corpus:x/pages:warm/place:compact/threads:1", "parts");
}

static void a_long_name_is_cut(void **state)
{
  (void)state;
  char text[2000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  struct point point = usual();
  point.corpus = text;
  point_set_name(&point);
  assert_int_equal(strlen(point.name), sizeof point.name - 1);
}

static void points_come_back_from_json(void **state)
{
  (void)state;
  char error[POINT_ERROR_BYTES];
  struct point point = usual(), back;
  point.parameter_name[0] = "skew";
  point.parameter[0] = 0.1;
  point.corpus = "a corpus";
  point.arm = "A/A";
  point.huge_pages = true;
  point.memory[POINT_MEM] = "per-node";
  point.memory[POINT_MEM_KEYS] = "local";
  point_set_name(&point);
  json_t *json = point_json(&point);
  assert_non_null(json);
  char *text = json_dumps(json, JSON_COMPACT);
  json_decref(json);
  json = json_loads(text, 0, NULL);
  free(text);
  assert_true(point_from_json(json, &back, error));
  assert_string_equal(back.name, point.name);
  assert_string_equal(back.corpus, "a corpus");
  assert_string_equal(back.arm, "A/A");
  assert_int_equal(back.seed, point.seed);
  assert_int_equal(back.operations, 77);
  assert_int_equal(back.keys, 1000);
  assert_true(back.parameter[0] == 0.1);
  assert_null(back.parameter_name[1]);
  assert_true(back.huge_pages);
  assert_string_equal(back.memory[POINT_MEM], "per-node");
  assert_string_equal(back.memory[POINT_MEM_KEYS], "local");
  assert_null(back.memory[POINT_MEM_HISTORY]);
  json_object_del(json, "huge_pages"); /* a plan of before there were any */
  assert_true(point_from_json(json, &back, error));
  assert_false(back.huge_pages);
  assert_null(json_object_get(json, "rate")); /* a closed loop's JSON is as it always was */
  assert_int_equal(back.rate, 0);
  json_decref(json);

  point.rate = 77;
  point.arrivals = ARRIVALS_POISSON;
  json = point_json(&point);
  assert_true(point_from_json(json, &back, error));
  assert_int_equal(back.rate, 77);
  assert_int_equal(back.arrivals, ARRIVALS_POISSON);
  json_decref(json);
}

/* The usual point with one member changed. */
static void assert_refused(const char *member, const char *value, const char *words)
{
  char error[POINT_ERROR_BYTES] = "";
  struct point point = usual(), back;
  json_t *json = point_json(&point);
  json_t *changed = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
  if (changed)
    json_object_set_new(json, member, changed);
  else
    json_object_del(json, member);
  if (point_from_json(json, &back, error))
    fail_msg("%s: %s is taken", member, value ? value : "(none)");
  if (!strstr(error, words))
    fail_msg("'%s' does not say '%s'", error, words);
  json_decref(json);
}

static void bad_points_are_refused(void **state)
{
  (void)state;
  static const char *const members[] = {
      "workload", "map",        "region",      "kind", "keys", "pages",     "place",
      "threads",  "operations", "block_bytes", "seed", "arm",  "parameters"};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    assert_refused(members[i], NULL, members[i]);
    assert_refused(members[i], "true", "");
  }
  assert_refused("kind", "\"lists\"", "lists");
  assert_refused("pages", "\"tepid\"", "tepid");
  assert_refused("place", "\"anywhere\"", "anywhere");
  assert_refused("keys", "-1", "keys");
  assert_refused("operations", "-1", "operations");
  assert_refused("threads", "0", "threads");
  assert_refused("threads", "-3", "threads");
  assert_refused("threads", "4294967297", "threads");
  assert_refused("rate", "0", "rate");
  assert_refused("rate", "1000", "arrivals"); /* without them */
  assert_refused("rate", "\"1000\"", "rate");
  assert_refused("arrivals", "\"poisson\"", "rate");
  assert_refused("block_bytes", "2048", "block_bytes");
  assert_refused("block_bytes", "5000", "block_bytes");
  assert_refused("block_bytes", "-4096", "block_bytes");
  assert_refused("huge_pages", "\"many\"", "");
  assert_refused("mem", "\"somewhere\"", "mem: 'somewhere'");
  assert_refused("mem", "7", "string");
  assert_refused("mem_keys", "\"per-node\"", "mem_keys: 'per-node'");
  assert_refused("mem_history", "\"interleave@8192\"", "mem_history: ");
  assert_refused("parameters", "{\"skew\": \"much\"}", "skew");
  assert_refused("parameters",
                 "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9}",
                 "one too many");
}

static void what_is_no_object_is_refused(void **state)
{
  (void)state;
  static const char *const texts[] = {"[]", "1", "\"point\"", "null", "{}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char error[POINT_ERROR_BYTES] = "";
    struct point point;
    json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);
    assert_false(point_from_json(json, &point, error));
    assert_int_not_equal(error[0], 0);
    json_decref(json);
  }
}

static void short_names(void **state)
{
  (void)state;
  static const char *const pairs[][2] = {{"hash_trie", "hash_trie"}, {"./mine.so", "mine"},
                                         {"/a/b.so/c.so", "c"},      {".so", ".so"},
                                         {"a.so.so", "a.so"},        {"dir/", ""}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char name[32];
    plugin_short_name(pairs[i][0], name, sizeof name);
    assert_string_equal(name, pairs[i][1]);
  }
  char small[4];
  plugin_short_name("a_long_name", small, sizeof small);
  assert_string_equal(small, "a_l");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_say_what_a_point_is),
      cmocka_unit_test(points_come_back_from_names),
      cmocka_unit_test(what_is_no_name_is_refused),
      cmocka_unit_test(a_long_name_is_cut),
      cmocka_unit_test(an_open_loop_has_its_rate_in_its_name),
      cmocka_unit_test(points_come_back_from_json),
      cmocka_unit_test(bad_points_are_refused),
      cmocka_unit_test(what_is_no_object_is_refused),
      cmocka_unit_test(short_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
