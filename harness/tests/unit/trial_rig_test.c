/* trial_rig_test.c: where the thread that makes a rig stands while there is one, and after. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_caller_stands_where_worker_0_does),
      cmocka_unit_test(a_caller_that_was_not_bound_is_told_apart),
      cmocka_unit_test(an_unplaced_caller_is_left_alone),
      cmocka_unit_test(a_rig_that_fails_gives_back_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
