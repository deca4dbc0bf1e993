/* chase_test.c: the cycle that latencies are measured with, and cycles that must be found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/chase.h"

enum { LINE_BYTES = 64, MOST_LINES = 1 << 15 };

static _Alignas(64) unsigned char area[(size_t)MOST_LINES * LINE_BYTES];

static void **line(size_t index)
{
  return (void **)(void *)(area + index * LINE_BYTES);
}

static struct chase_shape look(size_t lines)
{
  struct chase_shape shape;
  assert_true(chase_look(area, lines, LINE_BYTES, &shape));
  return shape;
}

static void every_line_is_visited_exactly_once(void **state)
{
  (void)state;
  static const size_t sizes[] = {2, 3, 64, 65, 1000, MOST_LINES};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    size_t lines = sizes[i];
    chase_build(area, lines, LINE_BYTES, 42 + i);
    unsigned *visits = calloc(lines, sizeof *visits);
    assert_non_null(visits);
    void *at = area;
    for (size_t step = 0; step < lines; step++) {
      size_t offset = (size_t)((unsigned char *)at - area);
      assert_int_equal(offset % LINE_BYTES, 0);
      assert_true(offset / LINE_BYTES < lines);
      visits[offset / LINE_BYTES]++;
      at = chase_walk(at, 1);
    }
    assert_ptr_equal(at, area);
    for (size_t j = 0; j < lines; j++)
      assert_int_equal(visits[j], 1);
    free(visits);
    struct chase_shape shape = look(lines);
    assert_int_equal(shape.visited, lines);
    assert_true(shape.closed);
    if (lines >= 64)
      assert_true(chase_is_good(&shape, lines));
    assert_ptr_equal(chase_walk(area, 3 * lines), area);
    assert_ptr_equal(chase_walk(chase_walk(area, 13), 2 * lines), chase_walk(area, 13));
  }
}

static void a_sequential_chase_is_recognised(void **state)
{
  (void)state;
  for (size_t stride = 1; stride <= 7; stride += 2) { /* odd: meets all of a power of two */
    for (size_t i = 0; i < 1024; i++)
      *line(i) = line((i + stride) % 1024);
    struct chase_shape shape = look(1024);
    assert_int_equal(shape.visited, 1024); /* it is a single cycle, and no random one */
    assert_true(shape.commonest_share > 0.9);
    assert_false(chase_is_good(&shape, 1024));
  }
  for (size_t i = 0; i < 1024; i++) /* backwards */
    *line(i) = line((i + 1023) % 1024);
  struct chase_shape shape = look(1024);
  assert_false(chase_is_good(&shape, 1024));
}

static void two_cycles_are_recognised(void **state)
{
  (void)state;
  chase_build(area, 1024, LINE_BYTES, 1);
  struct chase_shape shape = look(1024);
  assert_true(chase_is_good(&shape, 1024));
  void *swapped = *line(0); /* any swap of two pointers cuts one cycle into two */
  *line(0) = *line(500);
  *line(500) = swapped;
  shape = look(1024);
  assert_true(shape.closed);
  assert_true(shape.visited < 1024);
  assert_false(chase_is_good(&shape, 1024));
}

static void stray_pointers_are_recognised(void **state)
{
  (void)state;
  void *const strays[] = {NULL, area + 8, (void *)((uintptr_t)area - LINE_BYTES), line(1024),
                          line(300)};
  for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) {
    chase_build(area, 1024, LINE_BYTES, 7);
    *(void **)chase_walk(area, 100) = strays[i];
    struct chase_shape shape = look(1024);
    assert_false(chase_is_good(&shape, 1024));
  }
}

static void the_seed_decides(void **state)
{
  (void)state;
  static unsigned char first[1024 * LINE_BYTES];
  chase_build(area, 1024, LINE_BYTES, 7);
  memcpy(first, area, sizeof first);
  chase_build(area, 1024, LINE_BYTES, 7);
  assert_memory_equal(first, area, sizeof first);
  chase_build(area, 1024, LINE_BYTES, 8);
  assert_memory_not_equal(first, area, sizeof first);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_line_is_visited_exactly_once),
      cmocka_unit_test(a_sequential_chase_is_recognised),
      cmocka_unit_test(two_cycles_are_recognised),
      cmocka_unit_test(stray_pointers_are_recognised),
      cmocka_unit_test(the_seed_decides),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
