/* stopwatch_test.c: the clock goes forward and is the one that was meant. No figure is asserted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "measure/stopwatch.h"

static uint64_t read_ns(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether a stopwatch reading falls between two of the clock's. */
static bool agrees_with(clockid_t clock)
{
  uint64_t before_ns = read_ns(clock);
  uint64_t now_ns = stopwatch_now_ns();
  return before_ns <= now_ns && now_ns <= read_ns(clock);
}

static void is_the_monotonic_clock(void **state)
{
  (void)state;
  assert_true(agrees_with(CLOCK_MONOTONIC));
  assert_false(agrees_with(CLOCK_REALTIME)); /* the check can fail */
}

static void never_goes_back(void **state)
{
  (void)state;
  uint64_t last_ns = stopwatch_now_ns();
  for (int i = 0; i < 100000; i++) {
    uint64_t now_ns = stopwatch_now_ns();
    assert_true(now_ns >= last_ns);
    last_ns = now_ns;
  }
}

static void cost_is_part_of_what_measuring_it_takes(void **state)
{
  (void)state;
  uint64_t start_ns = stopwatch_now_ns();
  uint64_t cost_ns = stopwatch_cost_ns();
  assert_true(cost_ns <= stopwatch_now_ns() - start_ns);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_monotonic_clock),
      cmocka_unit_test(never_goes_back),
      cmocka_unit_test(cost_is_part_of_what_measuring_it_takes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
