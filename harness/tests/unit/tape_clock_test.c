/* tape_clock_test.c: bounds on made-up clocks, and the clocks of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "record/tape_clock.h"

/* A rally in which the other clock is `ahead` of the reference; the ways there and back take
 * different times each round. */
static void rally(struct clock_offset *offset, int64_t from_ns, int64_t ahead, int rounds)
{
  for (int i = 0; i < rounds; i++) {
    int64_t sent = from_ns + 1000 * i;
    int64_t there = 40 + 37 * i % 200, back = 60 + 53 * i % 300;
    clock_offset_narrow(offset, sent, sent + there + ahead, sent + there + back);
  }
}

static void an_offset_is_bounded_from_both_sides(void **state)
{
  (void)state;
  const int64_t ahead[] = {0, 500, -500, 123456789};
  for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
    struct clock_offset offset = CLOCK_OFFSET_UNKNOWN;
    rally(&offset, 1000000, ahead[i], 300);
    assert_true(clock_offset_stable(&offset));
    assert_true(offset.low_ns <= ahead[i] && ahead[i] <= offset.high_ns);
    assert_true(offset.high_ns - offset.low_ns <= 40 + 60 + 20); /* the quickest ways count */
    assert_true(clock_offset_error_ns(&offset) >= (ahead[i] < 0 ? -ahead[i] : ahead[i]));
  }
}

static void more_rounds_never_widen_it(void **state)
{
  (void)state;
  struct clock_offset offset = CLOCK_OFFSET_UNKNOWN;
  rally(&offset, 0, 70, 1);
  struct clock_offset before = offset;
  rally(&offset, 5000, 70, 50);
  assert_true(offset.low_ns >= before.low_ns && offset.high_ns <= before.high_ns);
  assert_true(clock_offset_error_ns(&offset) <= clock_offset_error_ns(&before));
}

/* The negative control: no one offset explains it. */
static void a_clock_that_moves_is_unstable(void **state)
{
  (void)state;
  struct clock_offset offset = CLOCK_OFFSET_UNKNOWN;
  rally(&offset, 0, 0, 100);
  assert_true(clock_offset_stable(&offset));
  rally(&offset, 1000000, 5000, 100);
  assert_false(clock_offset_stable(&offset));
}

static void a_clock_that_runs_backwards_is_unstable(void **state)
{
  (void)state;
  struct clock_offset offset = CLOCK_OFFSET_UNKNOWN;
  clock_offset_narrow(&offset, 1000, 1050, 990); /* answered before it was sent */
  assert_false(clock_offset_stable(&offset));
}

static void this_machine_is_calibrated(void **state)
{
  (void)state;
  char error[TAPE_CLOCK_ERROR_BYTES] = "";
  struct tape_clock *clock = tape_clock_create();
  if (!tape_clock_calibrate(clock, error))
    fail_msg("%s", error);
  int64_t first_ns = tape_clock_error_ns(clock);
  assert_true(first_ns >= 0);
  assert_true(tape_clock_calibrate(clock, error));
  assert_true(tape_clock_error_ns(clock) <= first_ns);
  tape_clock_destroy(clock);
}

static void readings_do_not_run_backwards(void **state)
{
  (void)state;
  int64_t last = tape_clock_before_ns();
  for (int i = 0; i < 10000; i++) {
    int64_t after = tape_clock_after_ns(), before = tape_clock_before_ns();
    assert_true(last <= after && after <= before);
    last = before;
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_offset_is_bounded_from_both_sides),
      cmocka_unit_test(more_rounds_never_widen_it),
      cmocka_unit_test(a_clock_that_moves_is_unstable),
      cmocka_unit_test(a_clock_that_runs_backwards_is_unstable),
      cmocka_unit_test(this_machine_is_calibrated),
      cmocka_unit_test(readings_do_not_run_backwards),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
