/* signed_rank_test.c: the exact signed-rank distribution and its intervals, against all sign
 * patterns counted out, and against what R said (harness/tests/gate/wilcox.R). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gate/signed_rank.h"

static void assert_near(const char *what, double found, double wanted)
{
  if (!(fabs(found - wanted) <= 1e-10 * fabs(wanted)))
    fail_msg("DISAGREES: %s: found %.17g, wanted %.17g", what, found, wanted);
}

static void tails_are_those_counted_out(void **state)
{
  (void)state;
  for (size_t n = 1; n <= 12; n++) {
    for (size_t t = 0; t <= n * (n + 1) / 2; t++) {
      unsigned patterns = 0;
      for (unsigned signs = 0; signs < 1u << n; signs++) {
        size_t sum = 0;
        for (size_t r = 1; r <= n; r++)
          sum += signs >> (r - 1) & 1 ? r : 0;
        patterns += sum <= t;
      }
      assert_near("a tail", signed_rank_tail(n, t), patterns / (double)(1u << n));
    }
  }
}

/* As in wilcox.R. */
static double value_of(size_t i, size_t n)
{
  return sin(12.9898 * (double)i + (double)n) * 0.02 +
         exp(-3 * fmod((double)i * 0.6180339887498949, 1)) * 0.05 - 0.01;
}

static void compare_interval(size_t n, double error, const double wanted[3])
{
  double values[SIGNED_RANK_MOST];
  for (size_t i = 0; i < n; i++)
    values[i] = value_of(i + 1, n);
  struct signed_rank_interval found = signed_rank_interval_of(values, n, error);
  char what[64];
  snprintf(what, sizeof what, "interval of %zu at %g", n, error);
  /* R adds the halves of the values in another order. */
  assert_near(what, found.low, wanted[1]);
  assert_near(what, found.high, wanted[2]);
  assert_near(what, found.estimate, wanted[0]);
}

static void all_is_as_r_says(void **state)
{
  (void)state;
  char path[4096], line[512];
  unsigned tails = 0, intervals = 0;
  snprintf(path, sizeof path, "%s/harness/tests/gate/wilcox.tsv", getenv("TMB_SOURCE_DIR"));
  FILE *in = fopen(path, "r");
  assert_non_null(in);
  while (fgets(line, sizeof line, in)) {
    size_t n, t;
    double p, error, wanted[3];
    if (sscanf(line, "tail %zu %zu %lf", &n, &t, &p) == 3) {
      assert_near("R's tail", signed_rank_tail(n, t), p);
      tails++;
    } else if (sscanf(line, "interval %zu %lf %lf %lf %lf", &n, &error, &wanted[0], &wanted[1],
                      &wanted[2]) == 5) {
      compare_interval(n, error, wanted);
      intervals++;
    } else {
      fail_msg("%s: not understood: %s", path, line);
    }
  }
  fclose(in);
  assert_int_equal(tails, 48);
  assert_true(intervals >= 15);
}

static void too_few_values_bound_nothing(void **state)
{
  (void)state;
  const double values[] = {1, 2, 3, 4, 5};
  struct signed_rank_interval none = signed_rank_interval_of(values, 5, 0.03);
  assert_true(none.low == -INFINITY && none.high == INFINITY && none.estimate == 3);
  struct signed_rank_interval all = signed_rank_interval_of(values, 5, 1.0 / 32);
  assert_true(all.low == 1 && all.high == 5);
}

static void ties_and_zeros_stay(void **state)
{
  (void)state;
  double values[20] = {0};
  struct signed_rank_interval zero = signed_rank_interval_of(values, 20, 0.01);
  assert_true(zero.low == 0 && zero.high == 0 && zero.estimate == 0);
  for (size_t i = 0; i < 20; i++)
    values[i] = i < 10 ? 0 : 1;
  struct signed_rank_interval tied = signed_rank_interval_of(values, 20, 0.01);
  assert_true(tied.low == 0 && tied.high == 1 && tied.estimate == 0.5);
}

/* A closed interval of tied values covers at least as often: all sign patterns of values that are
 * tied or zero, the centre being 0. */
static void ties_do_not_cost_coverage(void **state)
{
  (void)state;
  static const double size[12] = {0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 5};
  const double error = 0.02;
  unsigned missed = 0;
  for (unsigned signs = 0; signs < 1u << 12; signs++) {
    double values[12];
    for (size_t i = 0; i < 12; i++)
      values[i] = signs >> i & 1 ? size[i] : -size[i];
    missed += signed_rank_interval_of(values, 12, error).low > 0;
  }
  assert_true(missed > 0);
  if (missed / 4096.0 > error)
    fail_msg("DISAGREES: wrong %u times in 4096", missed);
}

static void turning_values_round_turns_the_interval(void **state)
{
  (void)state;
  double values[40], turned[40];
  for (size_t i = 0; i < 40; i++) {
    values[i] = value_of(i, 40);
    turned[i] = -values[i];
  }
  struct signed_rank_interval a = signed_rank_interval_of(values, 40, 0.001);
  struct signed_rank_interval b = signed_rank_interval_of(turned, 40, 0.001);
  assert_true(a.low == -b.high && a.high == -b.low && a.estimate == -b.estimate);
  assert_true(a.low < a.estimate && a.estimate < a.high);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tails_are_those_counted_out),
      cmocka_unit_test(all_is_as_r_says),
      cmocka_unit_test(too_few_values_bound_nothing),
      cmocka_unit_test(ties_and_zeros_stay),
      cmocka_unit_test(ties_do_not_cost_coverage),
      cmocka_unit_test(turning_values_round_turns_the_interval),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
