/* report_test.c: reading runs strictly, gathering their rounds, and showing foreign text safely.
 * The figures are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/figure.h"
#include "report/points.h"
#include "report/report_tables.h"
#include "report/summary.h"
#include "report/svg.h"
#include "report/text.h"

/* One entry of benchmarks[]; the name stands for all that tells points apart. */
#define ROUND(map, arm, name, round, ns)                                                           \
  "{\"name\": \"" name "\", \"run_type\": \"iteration\", \"repetition_index\": " round             \
  ", \"point\": {\"workload\": \"misses\", \"map\": \"" map "\", \"region\": \"r\", "              \
  "\"kind\": \"strings\", \"keys\": 1000, \"threads\": 2, \"pages\": \"warm\", "                   \
  "\"place\": \"compact\", \"arm\": \"" arm "\", \"parameters\": {\"skew\": 0.5}}, "               \
  "\"ns_per_op\": " ns ", \"missed\": 1, \"bytes_per_key\": 80}"

#define FAILED_COPY                                                                                \
  "misses/gone_map/r/kind:strings/keys:5000/pages:warm/place:compact/arm:aa/threads:2"
#define FAILED_NAME                                                                                \
  "misses/gone_map/r/kind:strings/keys:5000/skew:0.5/pages:warm/place:compact/threads:2"

static const char bench_text[] =
    "{\"context\": {\"tmb_version\": \"0\", \"commit\": \"abc\", \"build\": \"made up\", "
    "\"complete\": false, \"failures\": ["
    "{\"name\": \"bad\", \"round\": 1, \"reason\": \"oracle\", \"detail\": \"two ids\"}, "
    "{\"name\": \"" FAILED_NAME "\", \"round\": 0, \"reason\": \"crash\", \"detail\": \"gone\"}, "
    "{\"name\": \"" FAILED_COPY "\", \"round\": 0, \"reason\": \"hang\", \"detail\": \"\"}]}, "
    "\"benchmarks\": [" ROUND("hash_trie", "", "new", "0", "10") ", " ROUND("hash_trie", "", "new", "1", "12") ", " ROUND(
        "fixed_bucket", "", "old", "0",
        "40") ", " ROUND("fixed_bucket", "", "old", "1",
                         "44") ", " ROUND("hash_trie", "A/A", "aa", "0",
                                          "11") ", " ROUND("hash_trie", "A/A", "aa", "1",
                                                           "10.5") ", " ROUND("wrong_map", "",
                                                                              "bad", "0",
                                                                              "1.2345") ", "
                                                                                        "{\"name\":"
                                                                                        " \"new_"
                                                                                        "mean\", "
                                                                                        "\"run_"
                                                                                        "type\": "
                                                                                        "\"aggregat"
                                                                                        "e\"}], "
                                                                                        "\"unknown"
                                                                                        "\": {}}";

static const char histograms_text[] =
    "{\"v\": 1, \"entries\": ["
    "{\"name\": \"new\", \"round\": 0, \"outcome\": \"missed\", \"count\": 90, \"max_ns\": 20, "
    "\"buckets\": [[10, 80], [20, 10]]}, "
    "{\"name\": \"new\", \"round\": 1, \"outcome\": \"missed\", \"count\": 10, \"max_ns\": 90, "
    "\"buckets\": [[10, 9], [100, 1]]}]}";

static const char machine_text[] = "{\"v\": 1, \"fingerprint\": \"f1\", \"facts\": ["
                                   "{\"name\": \"cpus\", \"value\": \"2\", \"concern\": null}]}";

struct fixture {
  char folder[64];
  struct run_folder run;
  char error[RUN_ERROR];
};

static void write_file(const char *folder, const char *name, const char *text)
{
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  assert_int_equal(fclose(out), 0);
}

/* Writes the three files, with `from` turned into `to` in one of them, and reads them back. */
static bool read_with(struct fixture *fixture, const char *file, const char *from, const char *to)
{
  const char *names[] = {"bench.json", "histograms.json", "machine.json"};
  const char *texts[] = {bench_text, histograms_text, machine_text};
  strcpy(fixture->folder, "/tmp/report_test_XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  for (size_t i = 0; i < 3; i++) {
    char text[8192];
    const char *place = file && !strcmp(file, names[i]) ? strstr(texts[i], from) : NULL;
    if (file && !strcmp(file, names[i]))
      assert_non_null(place);
    if (place)
      snprintf(text, sizeof text, "%.*s%s%s", (int)(place - texts[i]), texts[i], to,
               place + strlen(from));
    else
      snprintf(text, sizeof text, "%s", texts[i]);
    write_file(fixture->folder, names[i], text);
  }
  fixture->error[0] = '\0';
  return run_folder_init(&fixture->run, fixture->folder, fixture->error);
}

static void clear(struct fixture *fixture)
{
  static const char *const names[] = {"bench.json", "histograms.json", "machine.json"};
  run_folder_fini(&fixture->run);
  for (size_t i = 0; i < 3; i++) {
    char path[128];
    snprintf(path, sizeof path, "%.63s/%s", fixture->folder, names[i]);
    unlink(path);
  }
  rmdir(fixture->folder);
}

static const struct point *find(const struct points *points, const char *name)
{
  for (size_t i = 0; i < points->count; i++)
    if (strcmp(points->items[i].name, name) == 0)
      return &points->items[i];
  fail_msg("no point %s", name);
  return NULL;
}

/* What the call prints; the caller frees it. */
static char *printed(void fill(struct table *, const struct points *), const struct points *points)
{
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct table table;
  assert_non_null(out);
  fill(&table, points);
  table_print(&table, out);
  table_fini(&table);
  fclose(out);
  return text;
}

static void rounds_become_points(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(read_with(&fixture, NULL, NULL, NULL));
  assert_true(points_init(&points, &fixture.run, 1, fixture.error));
  assert_int_equal(points.count, 6);
  const struct point *new = find(&points, "new");
  assert_int_equal(new->round_count, 2);
  assert_true(new->median_ns == 11);
  assert_true(point_is_good(new));
  assert_string_equal(new->parameters, "skew=0.5");
  assert_true(point_counter(new, "bytes_per_key") == 80);
  assert_int_equal(point_main_outcome(new), OUTCOME_MISSED);
  assert_ptr_equal(summary_self_pair(&points, find(&points, "aa")), new);
  assert_null(summary_self_pair(&points, new));
  points_fini(&points);
  clear(&fixture);
}

static void failed_point_shows_its_reason_and_no_figure(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(read_with(&fixture, NULL, NULL, NULL));
  assert_true(points_init(&points, &fixture.run, 1, fixture.error));
  assert_false(point_is_good(find(&points, "bad")));
  const struct point *gone = find(&points, FAILED_NAME);
  assert_string_equal(gone->map, "gone_map");
  assert_int_equal(gone->keys, 5000);
  assert_int_equal(gone->threads, 2);
  assert_string_equal(find(&points, FAILED_COPY)->arm, "A/A");
  char *text = printed(report_tables_points, &points);
  assert_non_null(strstr(text, "no figure: oracle in round 1"));
  assert_non_null(strstr(text, "no figure: crash in round 0"));
  assert_null(strstr(text, "1.23"));
  free(text);
  points_fini(&points);
  clear(&fixture);
}

static void the_same_round_counts_once(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(
      read_with(&fixture, "bench.json", "\"repetition_index\": 1", "\"repetition_index\": 0"));
  assert_false(points_init(&points, &fixture.run, 1, fixture.error));
  assert_non_null(strstr(fixture.error, "round 0 of new stands there twice"));
  points_fini(&points);
  clear(&fixture);
}

static void histograms_add_up(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(read_with(&fixture, NULL, NULL, NULL));
  assert_true(points_init(&points, &fixture.run, 1, fixture.error));
  const struct latencies *sum = &find(&points, "new")->latency[OUTCOME_MISSED];
  assert_true(sum->count == 100 && sum->max_ns == 90);
  static const struct bucket wanted[] = {{10, 89}, {20, 10}, {100, 1}};
  assert_int_equal(sum->bucket_count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_true(sum->buckets[i].upper_ns == wanted[i].upper_ns &&
                sum->buckets[i].count == wanted[i].count);
  points_fini(&points);
  clear(&fixture);
}

static void old_is_set_against_new(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(read_with(&fixture, NULL, NULL, NULL));
  assert_true(points_init(&points, &fixture.run, 1, fixture.error));
  char *text = printed(report_tables_generations, &points);
  assert_non_null(strstr(text, " 3.83 ")); /* sqrt(40 * 44) / sqrt(10 * 12) */
  free(text);
  text = printed(report_tables_self, &points);
  assert_non_null(strstr(text, "agrees"));
  free(text);
  points_fini(&points);
  clear(&fixture);
}

static void disagreement_with_itself_is_told(void **state)
{
  (void)state;
  struct fixture fixture;
  struct points points;
  assert_true(read_with(&fixture, NULL, NULL, NULL));
  json_t *entries = json_object_get(fixture.run.bench, "benchmarks");
  json_object_set_new(json_array_get(entries, 0), "ns_per_op", json_real(30));
  json_object_set_new(json_array_get(entries, 1), "ns_per_op", json_real(30.001));
  assert_true(points_init(&points, &fixture.run, 1, fixture.error));
  char *text = printed(report_tables_self, &points);
  assert_non_null(strstr(text, "does not agree"));
  free(text);
  points_fini(&points);
  clear(&fixture);
}

static void damage_is_named(void **state)
{
  (void)state;
  static const struct {
    const char *file, *from, *to, *says;
  } damages[] = {
      {"bench.json", "\"commit\": \"abc\"", "\"commit\": 7",
       "context: \"commit\" must be a string, found a number"},
      {"bench.json", "\"complete\": false", "\"complete\": 1", "must be true or false"},
      {"bench.json", "\"benchmarks\": [", "\"benchmarks\": [7, ",
       "benchmarks[0]: must be an object"},
      {"bench.json", "\"keys\": 1000", "\"keys\": -1", "benchmarks[0]: \"keys\""},
      {"bench.json", "\"keys\": 1000", "\"keys\": 1.5", "whole number"},
      {"bench.json", "\"threads\": 2", "\"threads\": 0", "\"threads\""},
      {"bench.json", "\"ns_per_op\": 12", "\"ns_per_op\": 0",
       "benchmarks[1]: \"ns_per_op\" must be a number above 0"},
      {"bench.json", "\"bytes_per_key\": 80", "\"bytes_per_key\": \"x\"", "\"bytes_per_key\""},
      {"bench.json", "\"bytes_per_key\": 80", "\"latency_x\": []", "\"latency_x\""},
      {"bench.json", "\"reason\": \"oracle\", ", "", "context.failures[0]: \"reason\""},
      {"bench.json", "\"unknown\": {}}", "", "line 1, column"},
      {"bench.json", "\"unknown\"", "\"context\"", "duplicate object key"},
      {"histograms.json", "\"v\": 1", "\"v\": 2", "\"v\" must be 1"},
      {"histograms.json", "\"count\": 90", "\"count\": 91", "the buckets hold 90 values"},
      {"histograms.json", "[20, 10]", "[10, 10]", "entries[0]: buckets[1]"},
      {"histograms.json", "[20, 10]", "[20, 0]", "entries[0]: buckets[1]"},
      {"histograms.json", "[20, 10]", "7", "entries[0]: buckets[1]"},
      {"machine.json", "\"fingerprint\": \"f1\"", "\"fingerprint\": null", "\"fingerprint\""},
      {"machine.json", "\"concern\": null", "\"concern\": 1", "facts[0]: \"concern\""},
      {"machine.json", "\"value\": \"2\"", "\"value\": []", "facts[0]: \"value\""},
      {"machine.json", "{\"v\"", "[{\"v\"", "line 1"},
  };
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    struct fixture fixture;
    if (read_with(&fixture, damages[i].file, damages[i].from, damages[i].to))
      fail_msg("accepted: %s", damages[i].to);
    if (!strstr(fixture.error, damages[i].says) || !strstr(fixture.error, damages[i].file))
      fail_msg("wanted \"%s\", found \"%s\"", damages[i].says, fixture.error);
    clear(&fixture);
  }
}

static void no_cut_of_a_file_is_accepted(void **state)
{
  (void)state;
  for (size_t length = 0; length + 1 < sizeof machine_text; length++) {
    struct fixture fixture;
    char text[sizeof machine_text];
    snprintf(text, sizeof text, "%.*s", (int)length, machine_text);
    assert_false(read_with(&fixture, "machine.json", machine_text, text));
    assert_non_null(strstr(fixture.error, "machine.json"));
    clear(&fixture);
  }
}

static void missing_files_are_named(void **state)
{
  (void)state;
  struct run_folder run;
  char error[RUN_ERROR];
  assert_false(run_folder_init(&run, "no/such/folder", error));
  assert_non_null(strstr(error, "no/such/folder/bench.json"));
  run_folder_fini(&run);
}

static void only_one_subject_is_pooled(void **state)
{
  (void)state;
  struct fixture fixtures[4];
  assert_true(read_with(&fixtures[0], NULL, NULL, NULL));
  assert_true(read_with(&fixtures[1], "machine.json", "\"f1\"", "\"f2\""));
  assert_true(read_with(&fixtures[2], "bench.json", "\"abc\"", "\"abd\""));
  assert_true(read_with(&fixtures[3], "bench.json", "\"made up\"", "\"another\""));
  static const char *const says[] = {"", "different machines (fingerprints f1 and f2)",
                                     "differ in their commit (abc and abd)",
                                     "differ in their build (made up and another)"};
  char error[RUN_ERROR];
  assert_true(run_folder_same_subject(&fixtures[0].run, &fixtures[0].run, error));
  for (size_t i = 1; i < 4; i++) {
    assert_false(run_folder_same_subject(&fixtures[0].run, &fixtures[i].run, error));
    assert_non_null(strstr(error, says[i]));
  }
  for (size_t i = 0; i < 4; i++)
    clear(&fixtures[i]);
}

static void runs_of_one_subject_add_their_rounds(void **state)
{
  (void)state;
  struct fixture fixtures[2];
  struct points points;
  assert_true(read_with(&fixtures[0], NULL, NULL, NULL));
  assert_true(read_with(&fixtures[1], NULL, NULL, NULL));
  struct run_folder runs[] = {fixtures[0].run, fixtures[1].run};
  assert_true(points_init(&points, runs, 2, fixtures[0].error));
  assert_int_equal(points.count, 6);
  assert_int_equal(find(&points, "new")->round_count, 4);
  assert_true(find(&points, "new")->latency[OUTCOME_MISSED].count == 200);
  points_fini(&points);
  clear(&fixtures[0]);
  clear(&fixtures[1]);
}

static char *through(void write(FILE *, const char *), const char *text)
{
  char *result;
  size_t size;
  FILE *out = open_memstream(&result, &size);
  assert_non_null(out);
  write(out, text);
  fclose(out);
  return result;
}

static void foreign_text_is_tamed(void **state)
{
  (void)state;
  static const struct {
    void (*write)(FILE *, const char *);
    const char *text, *wanted;
  } cases[] = {
      {text_html, "<b a=\"1\" c='2'>&\033", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp; "},
      {text_html, "± µs", "± µs"},
      {text_print, "a\033[31m\n\x7f", "a?[31m??"},
      {text_print, "\xc2\x9b\xc2\xb5",
       "?\xc2\xb5"}, /* U+009B is a control character, U+00B5 none */
      {text_gnuplot, "it's `date`\n", "'it''s `date` '"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *found = through(cases[i].write, cases[i].text);
    assert_string_equal(found, cases[i].wanted);
    free(found);
  }
  assert_int_equal(text_width("± µs"), 4);
}

static void figures_have_three_digits(void **state)
{
  (void)state;
  char text[FIGURE];
  assert_string_equal(figure_plain(text, 12.345), "12.3");
  assert_string_equal(figure_plain(text, 99.96), "100");
  assert_string_equal(figure_plain(text, 12345.6), "12346");
  assert_string_equal(figure_plain(text, 0.0 / 0.0), "-");
  assert_string_equal(figure_time(text, 1234), "1.23 µs");
  assert_string_equal(figure_time(text, 999.7), "1.00 µs");
  assert_string_equal(figure_rate(text, 45.6e6), "45.6M");
  assert_string_equal(figure_bytes(text, 1536), "1.50 KiB");
  assert_string_equal(figure_keys(text, 1e6), "1M");
  assert_string_equal(figure_keys(text, 6512), "6512");
  struct interval interval = {1, 0.5, 2, true};
  assert_string_equal(figure_spread(text, &interval), "± 100 %");
  assert_string_equal(figure_range(text, &interval), "0.500 to 2.00");
  interval = (struct interval){1, 1e-9, 1e30, true};
  assert_string_equal(figure_range(text, &interval), "<0.001 to >9999");
  assert_string_equal(figure_spread(text, &interval), "± >999 %");
  interval.known = false;
  assert_string_equal(figure_spread(text, &interval), "-");
  assert_string_equal(figure_range(text, &interval), "-");
}

static void svg_stands_alone_and_inside_a_page(void **state)
{
  (void)state;
  char error[RUN_ERROR], *text, folder[] = "/tmp/report_test_XXXXXX", path[64];
  size_t size;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/picture.svg", folder);
  write_file(folder, "picture.svg",
             "<?xml version='1.0'?>\n<svg\n width=\"4\" viewBox=\"0 0 4 3\" "
             "xmlns=\"http://www.w3.org/2000/svg\">"
             "<g id=\"gnuplot_canvas\"><use xlink:href='#gpPt7'/><path id='gpPt7'/></g></svg>");
  assert_true(svg_adapt(path, "cost", error));
  FILE *page = open_memstream(&text, &size);
  assert_non_null(page);
  assert_true(svg_inline(page, path, "a \"picture\""));
  fclose(page);
  const char *start = "<svg role=\"img\" aria-label=\"a &quot;picture&quot;\" viewBox=\"0 0 4 3\">";
  assert_memory_equal(text, start, strlen(start));
  assert_null(strstr(text, "http://"));
  assert_null(strstr(text, "<?xml"));
  assert_non_null(strstr(text, "prefers-color-scheme: dark) { #cost_gnuplot_canvas"));
  assert_non_null(strstr(text, "id=\"cost_gnuplot_canvas\""));
  assert_non_null(strstr(text, "href='#cost_gpPt7'"));
  assert_non_null(strstr(text, " id='cost_gpPt7'"));
  free(text);
  write_file(folder, "picture.svg", "no picture");
  assert_false(svg_adapt(path, "cost", error));
  unlink(path);
  assert_false(svg_adapt(path, "cost", error));
  rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounds_become_points),
      cmocka_unit_test(failed_point_shows_its_reason_and_no_figure),
      cmocka_unit_test(the_same_round_counts_once),
      cmocka_unit_test(histograms_add_up),
      cmocka_unit_test(old_is_set_against_new),
      cmocka_unit_test(disagreement_with_itself_is_told),
      cmocka_unit_test(damage_is_named),
      cmocka_unit_test(no_cut_of_a_file_is_accepted),
      cmocka_unit_test(missing_files_are_named),
      cmocka_unit_test(only_one_subject_is_pooled),
      cmocka_unit_test(runs_of_one_subject_add_their_rounds),
      cmocka_unit_test(foreign_text_is_tamed),
      cmocka_unit_test(figures_have_three_digits),
      cmocka_unit_test(svg_stands_alone_and_inside_a_page),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
