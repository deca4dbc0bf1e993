/* stage_test.c: points whose workload conducts its own trials: what it needs and is refused, what
 * becomes of its figures, latencies and spans. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "run/measurement.h"
#include "run/trial.h"
#include "tests/contract/cmocka_includes.h"

static char error[POINT_ERROR_BYTES];

/* A plug-in that the tests build. */
static const char *test_plugin(char path[PATH_MAX], const char *name)
{
  snprintf(path, PATH_MAX, "%s/../../test-plugins/%s.so", plugin_default_folder(), name);
  return path;
}

static enum trial_problem create_rig(const char *workload, const char *map, struct trial_rig **rig)
{
  static char workload_path[PATH_MAX];
  static struct point point; /* outlives the rig */
  point = (struct point){.workload = test_plugin(workload_path, workload),
                         .map = map,
                         .region = "region_shared",
                         .keys = 300,
                         .pages = PAGES_COLD,
                         .place = "none",
                         .threads = 2,
                         .operations = 100,
                         .block_bytes = REGION_BLOCK_BYTES,
                         .seed = 1,
                         .arm = ""};
  point_set_name(&point);
  error[0] = '\0';
  return trial_rig_create(&point, rig, error);
}

static void needs_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *workload, *says;
  } needs[] = {{"wrong/wrong_stage_asks_visit", "needs visit, which"},
               {"wrong/wrong_stage_asks_reset", "needs reset, which"},
               {"wrong/wrong_stage_asks_steal", "needs steal_id, which"}};
  struct trial_rig *rig;
  char lacking[PATH_MAX];
  test_plugin(lacking, "misbehaving_map/lacks_lookup"); /* and all other calls that it may lack */
  for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
    assert_int_equal(create_rig(needs[i].workload, lacking, &rig), TRIAL_REFUSED);
    assert_non_null(strstr(error, needs[i].says));
    assert_int_equal(create_rig(needs[i].workload, "hash_trie", &rig), TRIAL_GOOD);
    trial_rig_destroy(rig);
  }
}

static void a_workload_without_a_map_wants_null_map(void **state)
{
  (void)state;
  struct trial_rig *rig;
  assert_int_equal(create_rig("wrong/wrong_stage_asks_no_map", "hash_trie", &rig), TRIAL_REFUSED);
  assert_non_null(strstr(error, "name null_map"));
  assert_int_equal(create_rig("wrong/wrong_stage_asks_no_map", "null_map", &rig), TRIAL_GOOD);
  trial_rig_destroy(rig);
}

struct seen {
  double keys_put, added, latency_max_ns;
};

static void see(void *arg, const char *name, double value)
{
  struct seen *seen = arg;
  if (strcmp(name, "keys_put") == 0)
    seen->keys_put = value;
  if (strcmp(name, "added") == 0)
    seen->added = value;
  if (strcmp(name, "latency_put_max_ns") == 0)
    seen->latency_max_ns = value;
}

static void figures_become_counters(void **state)
{
  (void)state;
  struct trial_rig *rig;
  assert_int_equal(create_rig("wrong/wrong_stage_sound", "hash_trie", &rig), TRIAL_GOOD);
  struct measurement *measurement = measurement_create();
  assert_non_null(measurement);
  for (int trial = 0; trial < 4; trial++) {
    struct trial_times times;
    assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
    if (trial == 1) /* the first two count no more */
      trial_rig_begin_series(rig);
    assert_true(measurement_add(measurement, &times));
  }
  struct trial_facts facts;
  struct seen seen = {0};
  trial_rig_facts(rig, &facts);
  measurement_counters(measurement, &facts, see, &seen);
  assert_true(seen.keys_put == 300);
  assert_true(seen.added == 0.5); /* two threads put the same */
  assert_true(seen.latency_max_ns > 0);
  struct stage_record *stage = trial_rig_stage(rig);
  assert_int_equal(stage_record_histogram(stage, 0)->count, 2 * 2 * 300);

  json_t *timeline = stage_record_timeline(stage);
  json_t *put = json_object_get(json_object_get(timeline, "latencies"), "put"), *count;
  json_int_t all = 0;
  size_t i;
  json_array_foreach(json_object_get(put, "count"), i, count) all += json_integer_value(count);
  assert_int_equal(all, 2 * 300); /* of the last trial */
  assert_int_equal(json_array_size(json_object_get(put, "p999_ns")), i);
  json_t *span = json_array_get(json_object_get(timeline, "spans"), 0);
  assert_string_equal(json_string_value(json_object_get(span, "name")), "first");
  assert_int_equal(json_integer_value(json_object_get(span, "from_ns")), 0);
  assert_true(json_integer_value(json_object_get(span, "to_ns")) > 0);
  json_decref(timeline);
  measurement_destroy(measurement);
  trial_rig_destroy(rig);
}

/* ---- the record by itself ---- */

static struct stage_record *record_of(struct workload_plan *plan)
{
  static const char *const kinds[] = {"put", NULL};
  static const struct workload_plugin workload = {.latencies = kinds};
  plan->threads = 1;
  struct stage_record *record = stage_record_create(&workload, plan, NULL, NULL, NULL, NULL);
  assert_non_null(record);
  stage_record_begin_series(record);
  return record;
}

static void play(struct stage_record *record, double median, double most)
{
  struct stage *stage = stage_record_stage(record);
  stage_record_begin_trial(record);
  stage->figure(stage, "middle", median, FIGURE_MEDIAN);
  stage->figure(stage, "most", most, FIGURE_MOST);
  assert_true(stage_record_end_trial(record, error));
}

static void see_rules(void *arg, const char *name, double value)
{
  double *seen = arg;
  seen[strcmp(name, "most") == 0] = value;
}

static void figures_are_combined_as_they_say(void **state)
{
  (void)state;
  struct workload_plan plan = {0};
  struct stage_record *record = record_of(&plan);
  double seen[2] = {0};
  play(record, 100, 3);
  play(record, 1, 9);
  play(record, 7, 5);
  stage_record_figures(record, see_rules, seen);
  assert_true(seen[0] == 7 && seen[1] == 9);
  play(record, 1, 1);
  stage_record_figures(record, see_rules, seen);
  assert_true(seen[0] == 4);
  stage_record_destroy(record);
}

static void more_spans_than_fit_are_counted(void **state)
{
  (void)state;
  struct workload_plan plan = {0};
  struct stage_record *record = record_of(&plan);
  struct stage *stage = stage_record_stage(record);
  stage_record_begin_trial(record);
  for (int i = 0; i < STAGE_SPANS + 3; i++)
    stage->span(stage, "dump", 1, 2);
  assert_true(stage_record_end_trial(record, error));
  json_t *timeline = stage_record_timeline(record);
  assert_int_equal(json_array_size(json_object_get(timeline, "spans")), STAGE_SPANS);
  assert_int_equal(json_integer_value(json_object_get(timeline, "spans_left_out")), 3);
  json_decref(timeline);
  stage_record_destroy(record);
}

static void one_figure_too_many_is_refused(void **state)
{
  (void)state;
  struct workload_plan plan = {0};
  struct stage_record *record = record_of(&plan);
  struct stage *stage = stage_record_stage(record);
  stage_record_begin_trial(record);
  for (int i = 0; i <= STAGE_FIGURES; i++) {
    char name[16];
    snprintf(name, sizeof name, "f%d", i);
    stage->figure(stage, name, 1, FIGURE_MOST);
  }
  assert_false(stage_record_end_trial(record, error));
  assert_non_null(strstr(error, "one figure too many"));
  stage_record_destroy(record);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(needs_are_refused),
      cmocka_unit_test(a_workload_without_a_map_wants_null_map),
      cmocka_unit_test(figures_become_counters),
      cmocka_unit_test(figures_are_combined_as_they_say),
      cmocka_unit_test(more_spans_than_fit_are_counted),
      cmocka_unit_test(one_figure_too_many_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
