/* time_slices_test.c: nothing recorded is lost or moved, however long the run becomes; the widths
 * double; percentiles are within their promise. */
#include <stdlib.h>

#include "measure/time_slices.h"
#include "tests/contract/cmocka_includes.h"

#define START_NS UINT64_C(5000000)

static struct time_slices *fresh(void)
{
  struct time_slices *slices = time_slices_create();
  assert_non_null(slices);
  time_slices_begin(slices);
  time_slices_start(slices, START_NS);
  return slices;
}

static uint64_t total(const struct time_slices *slices)
{
  uint64_t count = 0;
  for (unsigned i = 0; i < time_slices_count(slices); i++)
    count += time_slices_at(slices, i).count;
  return count;
}

static void a_short_run_stays_as_it_is(void **state)
{
  (void)state;
  struct time_slices *slices = fresh();
  for (unsigned i = 0; i < 10; i++)
    time_slices_record(slices, START_NS + i * TIME_SLICE_LEAST_NS, 100 + i);
  time_slices_settle(slices, 0);
  assert_int_equal(time_slices_width_ns(slices), TIME_SLICE_LEAST_NS);
  assert_int_equal(time_slices_count(slices), 10);
  for (unsigned i = 0; i < 10; i++) {
    assert_int_equal(time_slices_at(slices, i).count, 1);
    assert_int_equal(time_slices_at(slices, i).max_ns, 100 + i);
    assert_int_equal(time_slices_at(slices, i).p50_ns, 100 + i); /* cut at the maximum */
  }
  time_slices_destroy(slices);
}

/* Each record's latency is its own time's number, so that each slice's maximum tells what must be
 * in it. Lengths around every turn of the merging. */
static void a_long_run_loses_nothing(void **state)
{
  (void)state;
  static const unsigned lengths[] = {255, 256,  257,  258,  300,  511,  512,  513,  514,  767,
                                     768, 1000, 1023, 1024, 1025, 1535, 2047, 2048, 5000, 20000};
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
    struct time_slices *slices = fresh();
    for (unsigned i = 0; i < lengths[l]; i++)
      time_slices_record(slices, START_NS + i * TIME_SLICE_LEAST_NS + 7, i + 1);
    time_slices_settle(slices, 0);
    assert_int_equal(total(slices), lengths[l]);
    uint64_t width = time_slices_width_ns(slices) / TIME_SLICE_LEAST_NS;
    assert_true(time_slices_count(slices) <= TIME_SLICES);
    assert_int_equal(time_slices_count(slices), (lengths[l] + width - 1) / width);
    for (unsigned i = 0; i < time_slices_count(slices); i++) {
      uint64_t last = (i + 1) * width < lengths[l] ? (i + 1) * width : lengths[l];
      assert_int_equal(time_slices_at(slices, i).count, last - i * width);
      assert_int_equal(time_slices_at(slices, i).max_ns, last);
    }
    time_slices_destroy(slices);
  }
}

static void a_leap_leaves_empty_slices(void **state)
{
  (void)state;
  struct time_slices *slices = fresh();
  time_slices_record(slices, START_NS, 5);
  time_slices_record(slices, START_NS + 3000 * TIME_SLICE_LEAST_NS, 6);
  time_slices_record(slices, START_NS, 7); /* late: counts where the recording is */
  time_slices_record(slices, 0, 8);
  time_slices_settle(slices, 0);
  unsigned last = time_slices_count(slices) - 1;
  assert_int_equal(total(slices), 4);
  assert_int_equal(time_slices_at(slices, 0).count, 1);
  assert_int_equal(time_slices_at(slices, last).count, 3);
  assert_int_equal(time_slices_at(slices, last / 2).count, 0);
  assert_int_equal(time_slices_at(slices, last / 2).p999_ns, 0);
  time_slices_destroy(slices);
}

static void threads_are_added_slice_by_slice(void **state)
{
  (void)state;
  static const unsigned lengths[][2] = {{10, 10}, {10, 700}, {700, 10}, {300, 400}, {600, 5000}};
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
    struct time_slices *pair[2] = {fresh(), fresh()};
    for (int p = 0; p < 2; p++)
      for (unsigned i = 0; i < lengths[l][p]; i++)
        time_slices_record(pair[p], START_NS + i * TIME_SLICE_LEAST_NS, i + 1);
    time_slices_merge(pair[0], pair[1]);
    uint64_t width = time_slices_width_ns(pair[0]) / TIME_SLICE_LEAST_NS;
    assert_int_equal(total(pair[0]), lengths[l][0] + lengths[l][1]);
    for (unsigned i = 0; i < time_slices_count(pair[0]); i++) {
      uint64_t count = 0;
      for (int p = 0; p < 2; p++)
        for (uint64_t at = i * width; at < (i + 1) * width; at++)
          count += at < lengths[l][p];
      assert_int_equal(time_slices_at(pair[0], i).count, count);
    }
    time_slices_destroy(pair[0]);
    time_slices_destroy(pair[1]);
  }
}

static void percentiles_are_close(void **state)
{
  (void)state;
  struct time_slices *slices = fresh();
  for (unsigned i = 1; i <= 10000; i++)
    time_slices_record(slices, START_NS, i * 1000);
  time_slices_record(slices, START_NS, UINT64_MAX); /* longer than there are buckets */
  time_slices_settle(slices, 0);
  struct time_slice slice = time_slices_at(slices, 0);
  assert_in_range(slice.p50_ns, 5000000, 5000000 + 5000000 / 16);
  assert_in_range(slice.p999_ns, 9990000, 9990000 + 9990000 / 16);
  assert_true(slice.max_ns == UINT64_MAX);
  time_slices_destroy(slices);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_short_run_stays_as_it_is),
      cmocka_unit_test(a_long_run_loses_nothing),
      cmocka_unit_test(a_leap_leaves_empty_slices),
      cmocka_unit_test(threads_are_added_slice_by_slice),
      cmocka_unit_test(percentiles_are_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
