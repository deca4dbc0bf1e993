/* histogram_test.c: percentiles against sorted arrays, and the edges of the value range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "measure/histogram.h"

static const unsigned per_mille[] = {1, 10, 250, 500, 750, 900, 990, 999, 1000};
enum { PERCENTILES = sizeof per_mille / sizeof per_mille[0] };

static struct histogram *empty_histogram(void)
{
  struct histogram *histogram = calloc(1, sizeof *histogram);
  assert_non_null(histogram);
  return histogram;
}

static int compare(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* The value with the 1-based rank ceil(count * per_mille / 1000). */
static uint64_t nearest_rank(const uint64_t *sorted, size_t count, unsigned part)
{
  size_t rank = (count * part + 999) / 1000;
  return sorted[rank - 1];
}

/* What histogram.h promises: never below, at most 1/32 above. */
static bool is_close(uint64_t given, uint64_t exact)
{
  return given >= exact && given - exact <= exact / 32;
}

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return random_state >> 1;
}

static void check_against_sorted(size_t count, unsigned least_shift, unsigned most_shift)
{
  uint64_t *values = calloc(count, sizeof *values);
  struct histogram *histogram = empty_histogram();
  assert_non_null(values);
  for (size_t i = 0; i < count; i++) {
    uint64_t shift = least_shift + next_random() % (most_shift - least_shift + 1);
    values[i] = next_random() >> shift;
    histogram_record(histogram, values[i]);
  }
  qsort(values, count, sizeof *values, compare);
  assert_int_equal(histogram->count, count);
  assert_int_equal(histogram->max_ns, values[count - 1]);
  assert_int_equal(histogram_percentile_ns(histogram, 1000), values[count - 1]); /* exact */
  for (size_t i = 0; i < PERCENTILES; i++) {
    uint64_t exact = nearest_rank(values, count, per_mille[i]);
    uint64_t given = histogram_percentile_ns(histogram, per_mille[i]);
    if (!is_close(given, exact))
      fail_msg("count %zu: %u per mille: %llu, not %llu", count, per_mille[i],
               (unsigned long long)given, (unsigned long long)exact);
  }
  free(histogram);
  free(values);
}

static void percentiles_are_those_of_the_sorted_values(void **state)
{
  (void)state;
  const size_t counts[] = {1, 2, 3, 9, 10, 99, 100, 101, 999, 1000, 1001, 20000};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    check_against_sorted(counts[i], 0, 63);  /* all magnitudes */
    check_against_sorted(counts[i], 50, 53); /* some microseconds */
    check_against_sorted(counts[i], 57, 63); /* below 64 ns */
  }
}

static void the_check_of_percentiles_can_fail(void **state)
{
  (void)state;
  assert_true(is_close(1000, 1000));
  assert_true(is_close(1031, 1000));
  assert_false(is_close(1032, 1000));
  assert_false(is_close(999, 1000));
  assert_false(is_close(11, 10)); /* below 32 there is no slack */
}

static void small_values_are_exact(void **state)
{
  (void)state;
  struct histogram *histogram = empty_histogram();
  for (uint64_t value = 0; value < 64; value++)
    histogram_record(histogram, value);
  unsigned cursor = 0;
  uint64_t upper_ns, count;
  for (uint64_t value = 0; value < 64; value++) {
    assert_true(histogram_next(histogram, &cursor, &upper_ns, &count));
    assert_int_equal(upper_ns, value);
    assert_int_equal(count, 1);
  }
  assert_false(histogram_next(histogram, &cursor, &upper_ns, &count));
  assert_int_equal(histogram_percentile_ns(histogram, 500), 31);
  free(histogram);
}

static void every_bucket_ends_where_the_next_begins(void **state)
{
  (void)state;
  struct histogram *histogram = empty_histogram();
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
    histogram->bucket[i] = 1;
  unsigned cursor = 0, expected = 0;
  uint64_t upper_ns = 0, count;
  while (histogram_next(histogram, &cursor, &upper_ns, &count)) {
    assert_int_equal(histogram_bucket(upper_ns), expected);
    if (upper_ns < HISTOGRAM_MOST_NS)
      assert_int_equal(histogram_bucket(upper_ns + 1), expected + 1);
    expected++;
  }
  assert_int_equal(expected, HISTOGRAM_BUCKETS);
  assert_true(upper_ns == HISTOGRAM_MOST_NS);
  free(histogram);
}

static void extreme_values_have_a_place(void **state)
{
  (void)state;
  const uint64_t huge[] = {HISTOGRAM_MOST_NS, (uint64_t)1 << 63, UINT64_MAX};
  struct histogram *histogram = empty_histogram();
  histogram_record(histogram, 0);
  assert_int_equal(histogram->max_ns, 0);
  assert_int_equal(histogram_percentile_ns(histogram, 999), 0);
  for (size_t i = 0; i < 3; i++)
    histogram_record(histogram, huge[i]);
  assert_int_equal(histogram->count, 4);
  assert_int_equal(histogram->bucket[0], 1);
  assert_int_equal(histogram->bucket[HISTOGRAM_BUCKETS - 1], 3);
  assert_true(histogram->max_ns == HISTOGRAM_MOST_NS);
  assert_true(histogram_percentile_ns(histogram, 500) == HISTOGRAM_MOST_NS);
  assert_int_equal(histogram_percentile_ns(histogram, 250), 0);
  free(histogram);
}

static void an_empty_histogram_answers(void **state)
{
  (void)state;
  struct histogram *histogram = empty_histogram();
  unsigned cursor = 0;
  uint64_t upper_ns, count;
  assert_int_equal(histogram_percentile_ns(histogram, 500), 0);
  assert_int_equal(histogram_percentile_ns(histogram, 1000), 0);
  assert_false(histogram_next(histogram, &cursor, &upper_ns, &count));
  json_t *json = histogram_json(histogram);
  assert_int_equal(json_array_size(json), 0);
  json_decref(json);
  free(histogram);
}

/* A count so large that count * per_mille overflows 64 bits. */
static void ranks_do_not_overflow(void **state)
{
  (void)state;
  struct histogram *histogram = empty_histogram();
  uint64_t half = UINT64_MAX / 2;
  histogram->bucket[histogram_bucket(10)] = half;
  histogram->bucket[histogram_bucket(20)] = half;
  histogram->count = half * 2;
  histogram->max_ns = 20;
  assert_int_equal(histogram_percentile_ns(histogram, 500), 10);
  assert_int_equal(histogram_percentile_ns(histogram, 501), 20);
  free(histogram);
}

static void merging_is_recording_all(void **state)
{
  (void)state;
  struct histogram *parts[3], *merged = empty_histogram(), *whole = empty_histogram();
  for (int i = 0; i < 3; i++)
    parts[i] = empty_histogram();
  for (int i = 0; i < 10000; i++) {
    uint64_t value = next_random() >> (next_random() % 64);
    histogram_record(parts[next_random() % 3], value);
    histogram_record(whole, value);
  }
  for (int i = 0; i < 2; i++)
    histogram_merge(merged, parts[i]);
  assert_memory_not_equal(merged, whole, sizeof *whole); /* a part is missing */
  histogram_merge(merged, parts[2]);
  assert_memory_equal(merged, whole, sizeof *whole);
  for (int i = 0; i < 3; i++)
    free(parts[i]);
  free(merged);
  free(whole);
}

static void json_is_as_the_results_page_says(void **state)
{
  (void)state;
  struct histogram *histogram = empty_histogram();
  histogram_record(histogram, 7);
  histogram_record(histogram, 7);
  histogram_record(histogram, 64); /* shares its bucket with 65 */
  histogram_record(histogram, UINT64_MAX);
  json_t *json = histogram_json(histogram);
  char *text = json_dumps(json, JSON_COMPACT);
  assert_string_equal(text, "[[7,2],[65,1],[9223372036854775807,1]]");
  free(text);
  json_decref(json);
  free(histogram);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(percentiles_are_those_of_the_sorted_values),
      cmocka_unit_test(the_check_of_percentiles_can_fail),
      cmocka_unit_test(small_values_are_exact),
      cmocka_unit_test(every_bucket_ends_where_the_next_begins),
      cmocka_unit_test(extreme_values_have_a_place),
      cmocka_unit_test(an_empty_histogram_answers),
      cmocka_unit_test(ranks_do_not_overflow),
      cmocka_unit_test(merging_is_recording_all),
      cmocka_unit_test(json_is_as_the_results_page_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
