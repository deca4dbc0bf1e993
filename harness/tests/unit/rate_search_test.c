/* rate_search_test.c: the search finds a threshold that is there, and ends when there is none. */
#include <math.h>
#include <stdlib.h>

#include "run/arrivals.h"
#include "run/rate_search.h"
#include "tests/contract/cmocka_includes.h"

/* Runs a search for that threshold: rates up to it pass. The number of rates tried. */
static unsigned run(struct rate_search *search, uint64_t first, double precision, double threshold)
{
  rate_search_init(search, first, precision);
  unsigned tried = 0;
  for (uint64_t rate; (rate = rate_search_next(search)) != 0; tried++) {
    assert_true(rate <= ARRIVALS_RATE_MOST);
    assert_true(rate > search->passed);
    assert_true(search->failed == 0 || rate < search->failed);
    if (tried == 100)
      fail_msg("no end: first %llu, threshold %g", (unsigned long long)first, threshold);
    rate_search_tell(search, rate, (double)rate <= threshold);
  }
  return tried;
}

static void finds_the_threshold(void **state)
{
  (void)state;
  struct rate_search search;
  for (double threshold = 1000; threshold < 9e8; threshold *= 1.37) {
    for (double share = 0.01; share < 8; share *= 1.9) {
      uint64_t first = rate_search_round(threshold * share);
      run(&search, first, 0.1, threshold);
      assert_true(search.passed > 0 && (double)search.passed <= threshold);
      assert_true(search.failed > 0 && (double)search.failed > threshold);
      /* As close as asked, or as three digits can be. */
      assert_true((double)search.failed <= (double)search.passed * 1.1 + 2);
    }
  }
}

static void finer_takes_longer(void **state)
{
  (void)state;
  struct rate_search search;
  unsigned coarse = run(&search, 1000, 0.5, 12345);
  assert_true(run(&search, 1000, 0.02, 12345) > coarse);
  assert_true((double)search.failed <= (double)search.passed * 1.02);
}

static void ends_where_nothing_passes(void **state)
{
  (void)state;
  struct rate_search search;
  assert_int_equal(run(&search, 1000000, 0.1, 0), 1 + RATE_SEARCH_HALVINGS);
  assert_int_equal(search.passed, 0);
  assert_int_equal(search.failed, 1000000 >> RATE_SEARCH_HALVINGS);
  run(&search, 1, 0.1, 0);
  assert_int_equal(search.failed, 1);
}

static void ends_where_all_pass(void **state)
{
  (void)state;
  struct rate_search search;
  run(&search, 1000, 0.1, INFINITY);
  assert_int_equal(search.passed, ARRIVALS_RATE_MOST);
  assert_int_equal(search.failed, 0);
}

static void can_be_given_up(void **state)
{
  (void)state;
  struct rate_search search;
  rate_search_init(&search, 1000, 0.1);
  rate_search_tell(&search, 1000, false);
  assert_int_equal(rate_search_next(&search), 500);
  rate_search_give_up(&search);
  assert_int_equal(rate_search_next(&search), 0);
  rate_search_init(&search, 1000, 0.1); /* but not once a rate has passed */
  rate_search_tell(&search, 1000, true);
  rate_search_tell(&search, 2000, false);
  rate_search_give_up(&search);
  assert_int_equal(rate_search_next(&search), 1410);
}

static void rounds_to_three_digits(void **state)
{
  (void)state;
  static const struct {
    double rate;
    uint64_t rounded;
  } known[] = {{NAN, 1},     {-5, 1},        {0, 1},           {1.6, 2},          {999.6, 1000},
               {1234, 1230}, {1235.1, 1240}, {987654, 988000}, {1e12, 1000000000}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    assert_int_equal(rate_search_round(known[i].rate), known[i].rounded);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_the_threshold),       cmocka_unit_test(finer_takes_longer),
      cmocka_unit_test(ends_where_nothing_passes), cmocka_unit_test(ends_where_all_pass),
      cmocka_unit_test(can_be_given_up),           cmocka_unit_test(rounds_to_three_digits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
