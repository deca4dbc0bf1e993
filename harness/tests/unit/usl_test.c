/* usl_test.c: the fit of the Universal Scalability Law on points made from known parameters, and on
 * points that no such law made. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/usl.h"

enum { ROUNDS = 5, MOST_COUNTS = 16 };

struct truth {
  double one_ns, contention, coherence;
};

static double truth_ns(const struct truth *truth, double n)
{
  return truth->one_ns * (1 + truth->contention * (n - 1) + truth->coherence * n * (n - 1));
}

/* Nearly normal, of standard deviation 1. */
static double noise(uint64_t *state)
{
  double sum = 0;
  for (int i = 0; i < 12; i++) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    sum += (double)(*state >> 11) / (double)(UINT64_C(1) << 53);
  }
  return sum - 6;
}

static const unsigned eight_counts[] = {1, 2, 4, 8, 12, 16, 24, 32};

struct data {
  double ns[MOST_COUNTS][ROUNDS];
  struct usl_point points[MOST_COUNTS];
};

static void make(struct data *data, const struct truth *truth, const unsigned *threads,
                 size_t counts, size_t rounds, double width, uint64_t seed)
{
  for (size_t i = 0; i < counts; i++) {
    for (size_t r = 0; r < rounds; r++)
      data->ns[i][r] = truth_ns(truth, threads[i]) * exp(width * noise(&seed));
    data->points[i] = (struct usl_point){threads[i], data->ns[i], rounds};
  }
}

static void assert_near(double found, double wanted, double share)
{
  if (!(fabs(found - wanted) <= share * fabs(wanted) + 1e-12))
    fail_msg("found %.9g, wanted %.9g", found, wanted);
}

static void exact_points_give_their_parameters_back(void **state)
{
  (void)state;
  static const struct truth truths[] = {
      {25, 0.05, 0.001}, {25, 0.05, 0}, {25, 0, 0.001}, {25, 0, 0}, {1e6, 0.9, 0.2}};
  static struct usl usl;
  for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
    struct data data;
    make(&data, &truths[i], eight_counts, 8, ROUNDS, 0, 1);
    usl_fit(data.points, 8, 7, &usl);
    assert_int_equal(usl.verdict, USL_FITS);
    assert_near(usl.one_ns.centre, truths[i].one_ns, 1e-9);
    assert_near(usl.contention.centre, truths[i].contention, 1e-6);
    assert_near(usl.coherence.centre, truths[i].coherence, 1e-6);
    assert_near(usl_ns(&usl, 20).centre, truth_ns(&truths[i], 20), 1e-6);
  }
}

/* Of 200 noisy runs, how many have the parameters in their intervals, and the whole true curve
 * within reach of the band? The other truth must be told from it. */
static void the_band_holds_the_truth(void **state)
{
  (void)state;
  const struct truth truth = {40, 0.04, 0.0008}, other = {40, 0.08, 0.0008};
  enum { RUNS = 200 };
  unsigned contention = 0, coherence = 0, curve = 0, wrong = 0, fits = 0;
  static struct usl usl;
  for (uint64_t run = 0; run < RUNS; run++) {
    struct data data;
    make(&data, &truth, eight_counts, 8, ROUNDS, 0.03, 1000 + run);
    usl_fit(data.points, 8, run, &usl);
    fits += usl.verdict == USL_FITS;
    contention += usl.contention.low <= truth.contention && truth.contention <= usl.contention.high;
    coherence += usl.coherence.low <= truth.coherence && truth.coherence <= usl.coherence.high;
    struct interval at = usl_ns(&usl, 16);
    curve += at.low <= truth_ns(&truth, 16) && truth_ns(&truth, 16) <= at.high;
    wrong += at.low <= truth_ns(&other, 16) && truth_ns(&other, 16) <= at.high;
  }
  print_message("of %d: contention %u, coherence %u, curve %u; fits %u; another truth %u\n", RUNS,
                contention, coherence, curve, fits, wrong);
  assert_in_range(contention, RUNS * 85 / 100, RUNS);
  assert_in_range(coherence, RUNS * 85 / 100, RUNS);
  assert_in_range(curve, RUNS * 85 / 100, RUNS - 1); /* a band that holds everything says nothing */
  assert_in_range(fits, RUNS * 95 / 100, RUNS);
  assert_in_range(wrong, 0, RUNS / 20);
}

static void few_points_are_refused(void **state)
{
  (void)state;
  const struct truth truth = {40, 0.04, 0.0008};
  static struct usl usl;
  struct data data;
  make(&data, &truth, eight_counts, 8, ROUNDS, 0.01, 3);
  for (size_t counts = 0; counts < USL_LEAST_COUNTS; counts++) {
    usl_fit(data.points, counts, 7, &usl);
    assert_int_equal(usl.verdict, USL_FEW_COUNTS);
    assert_int_equal(usl.counts, counts);
  }
  usl_fit(data.points, USL_LEAST_COUNTS, 7, &usl);
  assert_int_equal(usl.verdict, USL_FITS);
  data.points[3].rounds = 1;
  usl_fit(data.points, 8, 7, &usl);
  assert_int_equal(usl.verdict, USL_FEW_ROUNDS);
}

/* Throughput that halves where a second node begins, and rises again: no law of this shape. */
static void points_of_another_shape_do_not_fit(void **state)
{
  (void)state;
  const struct truth truth = {40, 0.01, 0};
  static struct usl usl;
  struct data data;
  make(&data, &truth, eight_counts, 8, ROUNDS, 0.02, 3);
  usl_fit(data.points, 8, 7, &usl);
  assert_int_equal(usl.verdict, USL_FITS); /* before the damage */
  for (size_t r = 0; r < ROUNDS; r++)
    data.ns[4][r] *= 2;
  usl_fit(data.points, 8, 7, &usl);
  assert_int_equal(usl.verdict, USL_DOES_NOT_FIT);
  assert_int_equal(usl.worst_threads, 12);
  assert_true(usl.worst > 1.2);
}

/* Nothing but noise: nothing may be claimed, so the band is wide. */
static void noise_gets_a_wide_band(void **state)
{
  (void)state;
  const struct truth truth = {40, 0.04, 0.0008};
  static struct usl quiet, noisy;
  struct data data;
  make(&data, &truth, eight_counts, 8, ROUNDS, 0.01, 11);
  usl_fit(data.points, 8, 7, &quiet);
  make(&data, &truth, eight_counts, 8, ROUNDS, 0.6, 11);
  usl_fit(data.points, 8, 7, &noisy);
  struct interval narrow = usl_ns(&quiet, 32), wide = usl_ns(&noisy, 32);
  assert_true(narrow.high / narrow.low < 1.1);
  assert_true(wide.high / wide.low > 1.5);
}

static void the_seed_decides(void **state)
{
  (void)state;
  const struct truth truth = {40, 0.04, 0.0008};
  static struct usl first, again, other;
  struct data data;
  make(&data, &truth, eight_counts, 8, ROUNDS, 0.03, 11);
  usl_fit(data.points, 8, 7, &first);
  usl_fit(data.points, 8, 7, &again);
  usl_fit(data.points, 8, 8, &other);
  assert_memory_equal(first.resample, again.resample, sizeof first.resample);
  assert_memory_not_equal(first.resample, other.resample, sizeof first.resample);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_points_give_their_parameters_back),
      cmocka_unit_test(the_band_holds_the_truth),
      cmocka_unit_test(few_points_are_refused),
      cmocka_unit_test(points_of_another_shape_do_not_fit),
      cmocka_unit_test(noise_gets_a_wide_band),
      cmocka_unit_test(the_seed_decides),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
