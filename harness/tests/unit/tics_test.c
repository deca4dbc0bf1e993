/* tics_test.c: what stands at an axis of keys. */
#include <stdio.h>
#include <stdlib.h>

#include "report/tics.h"
#include "tests/contract/cmocka_includes.h"

static void assert_tics(const double *keys, size_t count, const char *expected)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  tics_write(out, AXIS_KEYS, keys[0] / 1.3, keys[count - 1] * 1.3, keys, count);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
}

static void round_numbers_are_written_short(void **state)
{
  (void)state;
  static const double keys[] = {1000, 1000, 10000, 100000, 1000000};
  assert_tics(keys, 5, "'1k' 1000, '10k' 10000, '100k' 100000, '1M' 1000000");
}

static void powers_of_two_are_written_as_such(void **state)
{
  (void)state;
  static const double keys[] = {1024, 2048, 524288, 1048576};
  assert_tics(keys, 4, "'2¹⁰' 1024, '2¹¹' 2048, '2¹⁹' 524288, '2²⁰' 1048576");
}

static void among_round_numbers_powers_of_two_have_no_tic(void **state)
{
  (void)state;
  static const double keys[] = {1000, 1024, 8192, 10000, 16384};
  assert_tics(keys, 5, "'1k' 1000, '10k' 10000");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_numbers_are_written_short),
      cmocka_unit_test(powers_of_two_are_written_as_such),
      cmocka_unit_test(among_round_numbers_powers_of_two_have_no_tic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
