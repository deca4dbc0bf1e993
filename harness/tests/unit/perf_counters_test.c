/* perf_counters_test.c: events that the kernel itself counts stand in for a processor's, which many
 * machines lack; and what is said where there are none. */
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/perf_counters.h"
#include "tests/contract/cmocka_includes.h"

static const struct perf_counter_kind by_the_kernel[] = {
    {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"minor_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {0},
};

static const struct perf_counter_kind one_unknown[] = {
    {"page_faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"no_such_event", PERF_TYPE_SOFTWARE, 12345},
    {0},
};

#define PAGES 100

static void touch_pages(void)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *area = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(area, MAP_FAILED);
  madvise(area, PAGES * page, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < PAGES; i++)
    ((volatile char *)area)[i * page] = 1;
  munmap(area, PAGES * page);
}

static void counts_what_the_thread_does(void **state)
{
  (void)state;
  struct perf_counters counters;
  char error[PERF_COUNTERS_ERROR_BYTES];
  uint64_t idle[PERF_COUNTERS_MOST], before[PERF_COUNTERS_MOST], after[PERF_COUNTERS_MOST];
  if (!perf_counters_open(&counters, by_the_kernel, error)) {
    print_message("perf_event_open is closed here: %s\n", error);
    skip();
  }
  assert_true(perf_counters_read(&counters, idle));
  assert_true(perf_counters_read(&counters, before));
  touch_pages();
  assert_true(perf_counters_read(&counters, after));
  perf_counters_close(&counters);
  for (int kind = 0; kind < 2; kind++) {
    assert_true(before[kind] - idle[kind] < PAGES);
    assert_true(after[kind] - before[kind] >= PAGES); /* a sanitizer's shadow has pages too */
  }
}

static void one_that_is_missing_closes_all(void **state)
{
  (void)state;
  struct perf_counters counters;
  char error[PERF_COUNTERS_ERROR_BYTES] = "";
  uint64_t value[PERF_COUNTERS_MOST];
  assert_false(perf_counters_open(&counters, one_unknown, error));
  assert_int_equal(counters.count, 0);
  assert_non_null(strstr(error, ": "));
  assert_false(perf_counters_read(&counters, value));
}

static void the_machines_own_work_or_say_why(void **state)
{
  (void)state;
  struct perf_counters counters;
  char error[PERF_COUNTERS_ERROR_BYTES] = "";
  uint64_t value[PERF_COUNTERS_MOST];
  if (!perf_counters_open(&counters, perf_hardware, error)) {
    assert_string_not_equal(error, "");
    print_message("no hardware counters: %s\n", error);
    return;
  }
  touch_pages();
  assert_true(perf_counters_read(&counters, value));
  assert_true(value[0] > 0 && value[1] > 0); /* cycles, instructions */
  perf_counters_close(&counters);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_what_the_thread_does),
      cmocka_unit_test(one_that_is_missing_closes_all),
      cmocka_unit_test(the_machines_own_work_or_say_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
