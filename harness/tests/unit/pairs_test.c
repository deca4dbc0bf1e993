/* pairs_test.c: pairs.jsonl, written and read again, torn, and damaged. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate/pairs.h"

#define holds(condition)                                                                           \
  do {                                                                                             \
    if (!(condition))                                                                              \
      fail_msg("DISAGREES: %s", #condition);                                                       \
  } while (0)

#define HEADER                                                                                     \
  "{\"schema\":\"" PAIRS_SCHEMA "\",\"seed\":1,\"base\":{\"commit\":\"b\",\"build\":\"x\"},"       \
  "\"candidate\":{\"commit\":\"c\",\"build\":\"y\"},\"machine\":{\"fingerprint\":\"f\"},"          \
  "\"looks\":[2,4],\"removed\":[],\"same\":[\"w/threads:1\"],\"manifest\":[{\"benchmark\":"        \
  "\"w/"                                                                                           \
  "threads:1\",\"tier\":\"time\",\"limit\":0.03,\"direction\":\"slower\",\"operations\":9}]}\n"
#define HALF "{\"chunk_ns\":[8,7,6,5,4,3,2,1],\"cpu_ns\":3}"
#define PAIR(n, base, candidate)                                                                   \
  "{\"benchmark\":\"w/threads:1\",\"arm\":\"change\",\"pair\":" #n                                 \
  ",\"order\":\"base-first\",\"base\":" base ",\"candidate\":" candidate "}\n"

static bool parse(struct pairs *pairs, const char *text, char *error)
{
  FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  assert_non_null(in);
  bool good = pairs_parse(pairs, in, "pairs.jsonl", error);
  fclose(in);
  return good;
}

static void the_views_of_a_half(void **state)
{
  (void)state;
  struct pairs pairs;
  char error[GATE_ERROR_BYTES] = "";
  if (!parse(&pairs, HEADER PAIR(1, HALF, "{\"chunk_ns\":[10,20,30,40,50,60,70,80],\"cpu_ns\":33}"),
             error))
    fail_msg("%s", error);
  const struct pairs_series *series = pairs_find(&pairs, "w/threads:1", PAIRS_CHANGE);
  assert_non_null(series);
  holds(series->count == 1 && series->chunk_count == 8 && !pairs.torn);
  const struct pairs_pair *pair = &series->pair[0];
  holds(pair->order == PAIRS_BASE_FIRST);
  holds(pair->ns[PAIRS_BASE][PAIRS_MINIMUM] == 1 && pair->ns[PAIRS_CANDIDATE][PAIRS_MINIMUM] == 10);
  holds(pair->ns[PAIRS_BASE][PAIRS_CPU] == 3 && pair->ns[PAIRS_CANDIDATE][PAIRS_CPU] == 33);
  holds(pair->ns[PAIRS_BASE][PAIRS_P90] == 8 && pair->ns[PAIRS_CANDIDATE][PAIRS_P90] == 80);
  assert_null(pairs_find(&pairs, "w/threads:1", PAIRS_SAME));
  holds(pairs_has_same_arm(&pairs, "w/threads:1") && !pairs_has_same_arm(&pairs, "w"));
  assert_string_equal(pairs_commit(&pairs, PAIRS_CANDIDATE), "c");
  assert_string_equal(pairs_fingerprint(&pairs), "f");
  pairs_fini(&pairs);
}

/* Ten chunks: the ninth is the 90th percentile. */
static void the_percentile_is_of_nearest_rank(void **state)
{
  (void)state;
  struct pairs pairs;
  char error[GATE_ERROR_BYTES];
#define TEN "{\"chunk_ns\":[1,2,3,4,5,6,7,8,9,10],\"cpu_ns\":3}"
  assert_true(parse(&pairs, HEADER PAIR(1, TEN, TEN), error));
  holds(pairs.series[0].pair[0].ns[PAIRS_BASE][PAIRS_P90] == 9);
  pairs_fini(&pairs);
}

static void a_torn_line_is_left_out(void **state)
{
  (void)state;
  static const char whole[] = HEADER PAIR(1, HALF, HALF) PAIR(2, HALF, HALF);
  const size_t one = strlen(HEADER PAIR(1, HALF, HALF));
  for (size_t n = one; n <= sizeof whole - 1; n++) {
    struct pairs pairs;
    char error[GATE_ERROR_BYTES] = "", text[sizeof whole];
    memcpy(text, whole, n);
    text[n] = '\0';
    if (!parse(&pairs, text, error))
      fail_msg("%s", error);
    holds(pairs.series[0].count == (n == sizeof whole - 1 ? 2 : 1));
    holds(pairs.torn == (n > one && n < sizeof whole - 1));
    pairs_fini(&pairs);
  }
}

static void nonsense_is_refused_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *text, *says;
  } bad[] = {
      {"\n", "pairs.jsonl:1: byte"},
      {"[]\n", "pairs.jsonl:1: not a JSON object"},
      {"{}\n", "pairs.jsonl:1: the first line must be the header"},
      {"{\"schema\":", "pairs.jsonl:1: the header is torn"},
      {HEADER "{\n", "pairs.jsonl:2: byte"},
      {HEADER HEADER, "pairs.jsonl:2: \"benchmark\" must be a name"},
      {HEADER "{\"benchmark\":\"w\"}\n", "no pair"},
      {HEADER PAIR(2, HALF, HALF), "\"pair\" must be 1 here"},
      {HEADER PAIR(1, HALF, HALF) PAIR(1, HALF, HALF), "pairs.jsonl:3: \"pair\" must be 2 here"},
      {HEADER PAIR(1, HALF, HALF) PAIR(3, HALF, HALF), "\"pair\" must be 2 here"},
      {HEADER PAIR(1, HALF, "3"), "candidate: a half must be an object"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1],\"cpu_ns\":1}", HALF),
       "base: \"chunk_ns\" must be a list"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,0],\"cpu_ns\":1}", HALF), "base: chunk_ns[7]"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,1e300],\"cpu_ns\":1}", HALF), "chunk_ns[7]"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,\"x\"],\"cpu_ns\":1}", HALF), "chunk_ns[7]"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,8]}", HALF), "\"cpu_ns\" must be"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,8],\"cpu_ns\":1,\"x\":1}", HALF), "\"x\""},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,8],\"cpu_ns\":1,\"counters\":[]}", HALF),
       "\"counters\" must be"},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,8],\"cpu_ns\":1,\"counters\":{\"c\":-1}}",
                   HALF),
       "counter \"c\""},
      {HEADER PAIR(1, "{\"chunk_ns\":[1,2,3,4,5,6,7,8,9],\"cpu_ns\":1}", HALF), "as many chunks"},
      {HEADER "{\"benchmark\":\"w\",\"arm\":\"other\"}\n", "\"arm\" must be change or same"},
      {HEADER "{\"benchmark\":\"w\",\"instructions\":{\"base\":0,\"candidate\":1}}\n", "above 0"},
      {HEADER "{\"benchmark\":\"w\",\"instructions\":{\"base\":1}}\n", "candidate"},
      {HEADER "{\"benchmark\":\"w\",\"trouble\":\"odd\",\"side\":\"base\",\"reason\":\"\"}\n",
       "\"trouble\" must be"},
      {HEADER "{\"benchmark\":\"w\",\"trouble\":\"failed\",\"side\":\"base\"}\n", "\"reason\""},
      {HEADER "{\"benchmark\":\"w\",\"instructions\":{\"base\":1,\"candidate\":1}}\n"
              "{\"benchmark\":\"w\",\"instructions\":{\"base\":1,\"candidate\":1}}\n",
       "twice"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct pairs pairs;
    char error[GATE_ERROR_BYTES] = "";
    if (parse(&pairs, bad[i].text, error))
      fail_msg("DISAGREES: taken: %s", bad[i].text);
    if (!strstr(error, bad[i].says))
      fail_msg("DISAGREES: wanted '%s', got '%s'", bad[i].says, error);
    assert_true(pairs.header == NULL && pairs.series == NULL);
  }
}

/* Each member of the header, replaced by something else. */
static void a_damaged_header_is_refused(void **state)
{
  (void)state;
  static const char *const damage[][2] = {
      {"\"seed\":1", "\"seed\":\"1\""},
      {"\"commit\":\"c\"", "\"commit\":3"},
      {"\"fingerprint\":\"f\"", "\"other\":1"},
      {"\"looks\":[2,4]", "\"looks\":[]"},
      {"\"looks\":[2,4]", "\"looks\":[4,2]"},
      {"\"looks\":[2,4]", "\"looks\":[2,1001]"},
      {"\"looks\":[2,4]", "\"looks\":[1,2,3,4,5,6,7,8,9]"},
      {"\"looks\":[2,4]", "\"looks\":[0]"},
      {"\"removed\":[]", "\"removed\":[1]"},
      {"\"same\":[\"w/threads:1\"]", "\"same\":[\"v/threads:1\"]"},
      {"\"tier\":\"time\"", "\"tier\":\"x\""},
      {"\"limit\":0.03", "\"limit\":0"},
      {"\"seed\":1", "\"seed\":1,\"more\":1"},
  };
  for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
    char text[2048], error[GATE_ERROR_BYTES] = "";
    const char *at = strstr(HEADER, damage[i][0]);
    struct pairs pairs;
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(strlen(HEADER) - strlen(at)), HEADER,
             damage[i][1], at + strlen(damage[i][0]));
    if (parse(&pairs, text, error) || !strstr(error, "pairs.jsonl:1: "))
      fail_msg("DISAGREES: %s: %s", text, error);
  }
}

static void fill_half(double *chunks, struct pairs_half half[PAIRS_SIDES], json_t *counters)
{
  for (int i = 0; i < 8; i++)
    chunks[i] = 10 + i / 3.0;
  for (int side = 0; side < PAIRS_SIDES; side++)
    half[side] = (struct pairs_half){chunks, 8, 10.1 + side / 7.0, counters};
}

static void what_is_written_is_read(void **state)
{
  (void)state;
  char folder[] = "/tmp/pairs_test.XXXXXX", path[64], error[GATE_ERROR_BYTES] = "";
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/pairs.jsonl", folder);
  struct pairs written, read;
  struct manifest_row row = {"w/threads:1", MANIFEST_TIME, 0.025, MANIFEST_SLOWER, 7, 1};
  struct manifest manifest = {&row, 1};
  json_t *machine = json_pack("{s:s}", "fingerprint", "f");
  json_t *counters = json_pack("{s:f}", "cycles", 1.0 / 3);
  const char *const same[] = {"w/threads:1", NULL};
  struct pairs_plan plan = {.seed = 5,
                            .build = {{"b", "x"}, {"c", "y"}},
                            .machine = machine,
                            .manifest = &manifest,
                            .same = same};
  double chunks[8];
  struct pairs_half half[PAIRS_SIDES];
  fill_half(chunks, half, counters);
  if (!pairs_create(&written, path, &plan, error))
    fail_msg("%s", error);
  assert_true(pairs_add(&written, "w/threads:1", PAIRS_CHANGE, PAIRS_BASE_FIRST, half, error));
  assert_true(pairs_add(&written, "w/threads:1", PAIRS_SAME, PAIRS_CANDIDATE_FIRST, half, error));
  assert_true(pairs_add_instructions(&written, "w/threads:1", (uint64_t[]){3, 4}, error));
  assert_true(
      pairs_add_trouble(&written, "w/threads:1", PAIRS_FAILED, PAIRS_CANDIDATE, "why", error));
  chunks[3] = NAN;
  assert_false(pairs_add(&written, "w/threads:1", PAIRS_CHANGE, PAIRS_BASE_FIRST, half, error));
  assert_false(pairs_create(&read, path, &plan, error)); /* it exists */
  assert_non_null(strstr(error, "File exists"));
  if (!pairs_read(&read, path, error))
    fail_msg("%s", error);
  holds(read.series_count == 2 && read.instructions_count == 1 && read.event_count == 1);
  holds(json_equal(read.header, written.header));
  holds(read.look_count == 4 && read.look[3] == 160);
  for (size_t s = 0; s < 2; s++) {
    const struct pairs_series *a = &written.series[s], *b = &read.series[s];
    holds(a->count == 1 && b->count == 1 && a->arm == b->arm);
    holds(memcmp(a->pair->ns, b->pair->ns, sizeof a->pair->ns) == 0);
    holds(json_equal(a->pair->counters[0], b->pair->counters[0]));
  }
  holds(read.manifest.row[0].limit == row.limit);
  pairs_fini(&written);
  pairs_fini(&read);
  json_decref(machine);
  json_decref(counters);
  unlink(path);
  rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_views_of_a_half),
      cmocka_unit_test(the_percentile_is_of_nearest_rank),
      cmocka_unit_test(a_torn_line_is_left_out),
      cmocka_unit_test(nonsense_is_refused_with_its_line),
      cmocka_unit_test(a_damaged_header_is_refused),
      cmocka_unit_test(what_is_written_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
