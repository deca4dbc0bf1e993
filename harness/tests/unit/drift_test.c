/* drift_test.c: a change of level is found where it is, and none where there is none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../gate/made_pairs.h"
#include "gate/drift.h"

static void a_step_is_found_where_it_is(void **state)
{
  (void)state;
  uint64_t random = 1;
  double values[40];
  for (size_t i = 0; i < 40; i++)
    values[i] = made_uniform(&random) * 0.01 + (i >= 25 ? 0.02 : 0);
  struct drift drift = drift_find(values, 40);
  assert_int_equal(drift.first, 25);
  assert_true(drift.probability < 0.001);
  assert_true(drift.before > 0 && drift.before < 0.01 && drift.after > 0.02 && drift.after < 0.03);
  struct drift again = drift_find(values, 40);
  assert_true(again.probability == drift.probability);
}

/* Of series without a change about one in a hundred has a probability below 0.01. */
static void noise_is_rarely_a_change(void **state)
{
  (void)state;
  uint64_t random = 2;
  unsigned found = 0;
  for (unsigned series = 0; series < 300; series++) {
    double values[20];
    for (size_t i = 0; i < 20; i++)
      values[i] = made_uniform(&random);
    found += drift_find(values, 20).probability < 0.01;
  }
  assert_in_range(found, 0, 9);
}

static void short_and_equal_series_say_nothing(void **state)
{
  (void)state;
  double values[DRIFT_MOST + 50] = {0};
  assert_true(drift_find(values, 0).probability == 1);
  assert_true(drift_find(values, DRIFT_LEAST - 1).probability == 1);
  assert_true(drift_find(values, 20).probability == 1);
  for (size_t i = 0; i < 4; i++)
    values[4 + i] = 1;
  assert_true(drift_find(values, 8).probability < 0.05);
}

static void the_end_of_a_long_series_counts(void **state)
{
  (void)state;
  double values[DRIFT_MOST + 50];
  for (size_t i = 0; i < DRIFT_MOST + 50; i++)
    values[i] = i >= 300;
  struct drift drift = drift_find(values, DRIFT_MOST + 50);
  assert_int_equal(drift.first, 300);
  assert_true(drift.before == 0 && drift.after == 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_found_where_it_is),
      cmocka_unit_test(noise_is_rarely_a_change),
      cmocka_unit_test(short_and_equal_series_say_nothing),
      cmocka_unit_test(the_end_of_a_long_series_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
