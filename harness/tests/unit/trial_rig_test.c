/* trial_rig_test.c: where the thread that makes a rig stands while there is one, and after; and
 * when the map itself is proved. */
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "load/plugin_loader.h"
#include "run/trial.h"
#include "tests/contract/cmocka_includes.h"

static char error[POINT_ERROR_BYTES];

static struct point point_at(const char *place)
{
  struct point point = {.workload = "unique_inserts",
                        .map = "hash_trie",
                        .region = "region_shared",
                        .keys = 100,
                        .pages = PAGES_WARM,
                        .place = place,
                        .threads = 1,
                        .operations = 1,
                        .block_bytes = REGION_BLOCK_BYTES,
                        .seed = 1,
                        .arm = ""};
  point_set_name(&point);
  return point;
}

static cpu_set_t affinity(void)
{
  cpu_set_t cpus;
  assert_int_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
  return cpus;
}

static bool is_only(const cpu_set_t *cpus, size_t cpu)
{
  return CPU_COUNT(cpus) == 1 && CPU_ISSET(cpu, cpus);
}

static void assert_affinity(const cpu_set_t *expected)
{
  cpu_set_t now = affinity();
  assert_true(CPU_EQUAL(&now, expected));
}

/* On each CPU in turn: the caller, worker 0's guest, is bound there, and only while there is a rig.
 */
static void the_caller_stands_where_worker_0_does(void **state)
{
  (void)state;
  const cpu_set_t before = affinity();
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &before))
      continue;
    char place[32];
    snprintf(place, sizeof place, "cpus:%zu", cpu);
    struct point point = point_at(place);
    struct trial_rig *rig;
    struct trial_times times;
    if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
      fail_msg("%s", error);
    cpu_set_t while_made = affinity();
    assert_true(is_only(&while_made, cpu));
    assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
    assert_true(times.nodes == 0); /* one worker is on one node */
    assert_affinity(&while_made);
    trial_rig_destroy(rig);
    assert_affinity(&before);
  }
}

/* Else is_only() above might be true of any thread here. */
static void a_caller_that_was_not_bound_is_told_apart(void **state)
{
  (void)state;
  const cpu_set_t before = affinity();
  if (CPU_COUNT(&before) < 2)
    skip();
  for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
    assert_false(is_only(&before, cpu));
}

static void an_unplaced_caller_is_left_alone(void **state)
{
  (void)state;
  const cpu_set_t before = affinity();
  struct point point = point_at("none");
  struct trial_rig *rig;
  if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
    fail_msg("%s", error);
  assert_affinity(&before);
  trial_rig_destroy(rig);
  assert_affinity(&before);
}

/* The plan is made after the threads were placed. */
static void a_rig_that_fails_gives_back_too(void **state)
{
  (void)state;
  const cpu_set_t before = affinity();
  struct point point = point_at("compact");
  struct trial_rig *rig;
  point.keys = 0;
  assert_int_equal(trial_rig_create(&point, &rig, error), TRIAL_ERROR);
  assert_non_null(strstr(error, "keys: 0"));
  assert_affinity(&before);
}

/* ---- when the map is proved ---- */

static struct trial_rig *rig_of_wrong_map(const char *workload, const char *defect)
{
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/../../test-plugins/wrong/wrong_map_%s.so",
           plugin_default_folder(), defect);
  static struct point point; /* outlives the rig */
  point = point_at("compact");
  point.workload = workload;
  point.map = path;
  point.region = "region_locked";
  struct trial_rig *rig;
  if (trial_rig_create(&point, &rig, error) != TRIAL_GOOD)
    fail_msg("%s", error);
  return rig;
}

static void a_map_that_is_emptied_is_proved_in_each_trial(void **state)
{
  (void)state;
  struct trial_times times;
  struct trial_rig *rig = rig_of_wrong_map("unique_inserts", "visits_half");
  assert_int_equal(trial_run(rig, &times, error), TRIAL_WRONG);
  assert_non_null(strstr(error, "are lost"));
  trial_rig_destroy(rig);
}

static void a_filled_map_is_proved_when_trials_end(void **state)
{
  (void)state;
  struct trial_times times;
  struct trial_rig *rig = rig_of_wrong_map("repeated_hits", "sound");
  assert_int_equal(trial_rig_prove_map(rig, error), TRIAL_GOOD); /* nothing to prove */
  assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
  assert_int_equal(trial_rig_prove_map(rig, error), TRIAL_GOOD);
  trial_rig_destroy(rig);

  rig = rig_of_wrong_map("repeated_hits", "visits_half");
  for (int trial = 0; trial < 2; trial++)
    assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
  assert_int_equal(trial_rig_prove_map(rig, error), TRIAL_WRONG);
  assert_non_null(strstr(error, "are lost"));
  trial_rig_destroy(rig);
}

static const struct map_plugin *wrap_nothing(void *arg, const struct map_plugin *calls, void *map,
                                             void **watched)
{
  (void)arg;
  *watched = map;
  return calls;
}

/* A trial with a watcher empties the filled map: the last moment to look at it. */
static void a_filled_map_is_proved_before_it_is_emptied(void **state)
{
  (void)state;
  const struct trial_watcher watcher = {.wrap = wrap_nothing};
  struct trial_times times;
  struct trial_rig *rig = rig_of_wrong_map("repeated_hits", "visits_half");
  assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
  assert_int_equal(trial_run_watched(rig, &watcher, &times, error), TRIAL_WRONG);
  assert_non_null(strstr(error, "are lost"));
  trial_rig_destroy(rig);
}

/* Puts a string of its own into the map that it is given. */
static const struct map_plugin *wrap_and_add(void *arg, const struct map_plugin *calls, void *map,
                                             void **watched)
{
  const struct seat_place place = {0};
  void *seat = NULL;
  if (calls->enter)
    assert_int_equal(calls->enter(map, &place, &seat), 0);
  assert_true(calls->put(map, seat, "!", 1).added);
  if (calls->leave)
    calls->leave(map, seat);
  return wrap_nothing(arg, calls, map, watched);
}

static void a_map_is_counted_anew_after_each_trial(void **state)
{
  (void)state;
  const struct trial_watcher watcher = {.wrap = wrap_and_add};
  struct trial_times times;
  struct trial_facts facts;
  struct trial_rig *rig = rig_of_wrong_map("unique_inserts", "sound");
  assert_int_equal(trial_run(rig, &times, error), TRIAL_GOOD);
  trial_rig_facts(rig, &facts);
  assert_int_equal(facts.stats.keys, 100);
  assert_int_equal(trial_run_watched(rig, &watcher, &times, error), TRIAL_WRONG);
  trial_rig_facts(rig, &facts);
  assert_int_equal(facts.stats.keys, 101);
  trial_rig_destroy(rig);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_caller_stands_where_worker_0_does),
      cmocka_unit_test(a_caller_that_was_not_bound_is_told_apart),
      cmocka_unit_test(an_unplaced_caller_is_left_alone),
      cmocka_unit_test(a_rig_that_fails_gives_back_too),
      cmocka_unit_test(a_map_that_is_emptied_is_proved_in_each_trial),
      cmocka_unit_test(a_filled_map_is_proved_when_trials_end),
      cmocka_unit_test(a_filled_map_is_proved_before_it_is_emptied),
      cmocka_unit_test(a_map_is_counted_anew_after_each_trial),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
