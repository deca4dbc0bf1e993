/* arrivals_test.c: schedules of an open loop. Seeds are fixed, so nothing here is a matter of luck;
 * the bounds are wide enough for any seed (six standard deviations). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/arrivals.h"
#include "tests/contract/cmocka_includes.h"

enum { COUNT = 100000 };

static uint64_t *laid_out(enum arrival_process process, uint64_t rate, uint64_t seed,
                          unsigned threads, unsigned worker)
{
  const struct arrivals arrivals = {
      .rate = rate, .process = process, .seed = seed, .threads = threads};
  uint64_t *due_ns = calloc(COUNT, sizeof *due_ns);
  assert_non_null(due_ns);
  arrivals_lay_out(&arrivals, worker, due_ns, COUNT);
  return due_ns;
}

static void fixed_ones_are_exact(void **state)
{
  (void)state;
  uint64_t *one = laid_out(ARRIVALS_FIXED, 1000000, 1, 1, 0);
  for (uint64_t i = 0; i < COUNT; i++)
    assert_int_equal(one[i], (i + 1) * 1000);
  uint64_t *second = laid_out(ARRIVALS_FIXED, 1000000, 9, 3, 2); /* the seed means nothing */
  for (uint64_t i = 0; i < COUNT; i++)
    assert_int_equal(second[i], (3 * i + 3) * 1000);
  uint64_t *odd = laid_out(ARRIVALS_FIXED, 3, 1, 1, 0); /* does not drift: 33333 s */
  assert_int_equal(odd[0], 333333333);
  assert_int_equal(odd[COUNT - 1], UINT64_C(33333333333333));
  uint64_t *fastest = laid_out(ARRIVALS_FIXED, ARRIVALS_RATE_MOST, 1, 1, 0);
  assert_int_equal(fastest[COUNT - 1], COUNT);
  free(one);
  free(second);
  free(odd);
  free(fastest);
}

/* Whether gaps look like those of a Poisson process with that mean: their mean, and the share that
 * is shorter than the mean, 1 - 1/e. */
static bool looks_poisson(const uint64_t *due_ns, double mean_ns)
{
  double shorter = 0;
  uint64_t before = 0;
  for (uint64_t i = 0; i < COUNT; i++) {
    assert_true(due_ns[i] >= before);
    shorter += (double)(due_ns[i] - before) < mean_ns;
    before = due_ns[i];
  }
  double mean = (double)before / COUNT, share = 1 - exp(-1);
  double six = 6 / sqrt(COUNT);
  return fabs(mean / mean_ns - 1) < six &&
         fabs(shorter / COUNT - share) < six * sqrt(share * (1 - share));
}

static void poisson_ones_have_their_mean(void **state)
{
  (void)state;
  for (unsigned worker = 0; worker < 3; worker++) {
    uint64_t *due_ns = laid_out(ARRIVALS_POISSON, 50000, 7, 3, worker);
    assert_true(looks_poisson(due_ns, 60000));
    assert_false(looks_poisson(due_ns, 61500)); /* so a rate that is 2.5 % off would be seen */
    free(due_ns);
  }
  uint64_t *even = laid_out(ARRIVALS_FIXED, 50000, 7, 3, 0);
  assert_false(looks_poisson(even, 60000)); /* the right mean alone will not do */
  free(even);
}

static bool equal(const uint64_t *a, const uint64_t *b)
{
  return memcmp(a, b, COUNT * sizeof *a) == 0;
}

static void poisson_ones_follow_from_the_seed(void **state)
{
  (void)state;
  uint64_t *due_ns = laid_out(ARRIVALS_POISSON, 50000, 7, 2, 1);
  uint64_t *again = laid_out(ARRIVALS_POISSON, 50000, 7, 2, 1);
  uint64_t *other_worker = laid_out(ARRIVALS_POISSON, 50000, 7, 2, 0);
  uint64_t *other_seed = laid_out(ARRIVALS_POISSON, 50000, 8, 2, 1);
  assert_true(equal(due_ns, again));
  assert_false(equal(due_ns, other_worker));
  assert_false(equal(due_ns, other_seed));
  free(due_ns);
  free(again);
  free(other_worker);
  free(other_seed);
}

static void names(void **state)
{
  (void)state;
  enum arrival_process process;
  assert_true(arrival_process_parse("poisson", &process));
  assert_int_equal(process, ARRIVALS_POISSON);
  assert_true(arrival_process_parse("fixed", &process));
  assert_int_equal(process, ARRIVALS_FIXED);
  assert_false(arrival_process_parse("", &process));
  assert_false(arrival_process_parse("Poisson", &process));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fixed_ones_are_exact),
      cmocka_unit_test(poisson_ones_have_their_mean),
      cmocka_unit_test(poisson_ones_follow_from_the_seed),
      cmocka_unit_test(names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
