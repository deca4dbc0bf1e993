/* interval_test.c: Student's quantiles and the intervals made of them, against known values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/interval.h"

static void assert_near(double found, double wanted)
{
  if (!(fabs(found - wanted) <= 1e-6 * fabs(wanted)))
    fail_msg("found %.9g, wanted %.9g", found, wanted);
}

static void quantiles_are_those_of_the_tables(void **state)
{
  (void)state;
  static const struct {
    double degrees, quantile;
  } known[] = {{1, 12.7062047},  {2, 4.30265273},   {3, 3.18244631},
               {4, 2.77644511},  {5, 2.57058184},   {10, 2.22813885},
               {30, 2.04227246}, {120, 1.97993041}, {1e6, 1.95996633}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    assert_near(interval_student(known[i].degrees), known[i].quantile);
  assert_true(interval_student(2.5) < interval_student(2));
  assert_true(interval_student(2.5) > interval_student(3));
}

static void f_tails_are_those_of_the_tables(void **state)
{
  (void)state;
  static const struct {
    double above, below, f, tail;
  } known[] = {{1, 10, 4.96460274, 0.05},
               {3, 20, 4.93819338, 0.01},
               {5, 5, 5.05032906, 0.05},
               {5, 32, 2.51225499, 0.05}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    double found = interval_f_tail(known[i].f, known[i].above, known[i].below);
    if (fabs(found - known[i].tail) > 1e-5)
      fail_msg("F(%g, %g) above %g: found %.9g", known[i].above, known[i].below, known[i].f, found);
  }
  assert_true(interval_f_tail(0, 3, 3) == 1);
  assert_true(interval_f_tail(INFINITY, 3, 3) == 0);
}

static void median_is_the_middle(void **state)
{
  (void)state;
  assert_near(interval_median((double[]){7}, 1), 7);
  assert_near(interval_median((double[]){9, 1, 5}, 3), 5);
  assert_near(interval_median((double[]){9, 1, 5, 7}, 4), 6);
}

static void interval_is_of_the_mean_logarithm(void **state)
{
  (void)state;
  struct interval interval = interval_of((double[]){exp(1), exp(2), exp(3)}, 3);
  double half = 4.30265273 / sqrt(3);
  assert_true(interval.known);
  assert_near(interval.centre, exp(2));
  assert_near(interval.low, exp(2 - half));
  assert_near(interval.high, exp(2 + half));
  assert_near(interval_percent(&interval), (exp(half) - 1) * 100);
}

static void one_round_has_no_interval(void **state)
{
  (void)state;
  double one = 5, two[] = {5, 6};
  assert_false(interval_of(&one, 1).known);
  assert_false(interval_of_ratio(&one, 1, two, 2).known);
  assert_false(interval_of_ratio(two, 2, &one, 1).known);
  assert_true(interval_of_ratio(two, 2, two, 2).known);
}

static void ratio_follows_welch(void **state)
{
  (void)state;
  double above[] = {exp(3), exp(4), exp(5)}, below[] = {exp(0), exp(1), exp(2)};
  struct interval ratio = interval_of_ratio(above, 3, below, 3);
  double half = 2.77644511 * sqrt(2.0 / 3); /* equal variances and counts: 4 degrees of freedom */
  assert_near(ratio.centre, exp(3));
  assert_near(ratio.low, exp(3 - half));
  assert_near(ratio.high, exp(3 + half));
  assert_false(interval_holds_one(&ratio));
  struct interval self = interval_of_ratio(above, 3, above, 3);
  assert_true(interval_holds_one(&self));
}

static void quiet_side_leaves_the_degrees_to_the_other(void **state)
{
  (void)state;
  double noisy[] = {exp(0), exp(1), exp(2)}, quiet[] = {exp(1), exp(1), exp(1), exp(1), exp(1)};
  struct interval ratio = interval_of_ratio(noisy, 3, quiet, 5);
  assert_near(ratio.high, exp(4.30265273 / sqrt(3)));
}

static void rounds_without_spread_give_a_point(void **state)
{
  (void)state;
  double same[] = {4, 4, 4}, twice[] = {8, 8, 8};
  struct interval ratio = interval_of_ratio(twice, 3, same, 3);
  assert_true(ratio.known);
  assert_near(ratio.low, 2);
  assert_near(ratio.high, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles_are_those_of_the_tables),
      cmocka_unit_test(f_tails_are_those_of_the_tables),
      cmocka_unit_test(median_is_the_middle),
      cmocka_unit_test(interval_is_of_the_mean_logarithm),
      cmocka_unit_test(one_round_has_no_interval),
      cmocka_unit_test(ratio_follows_welch),
      cmocka_unit_test(quiet_side_leaves_the_degrees_to_the_other),
      cmocka_unit_test(rounds_without_spread_give_a_point),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
