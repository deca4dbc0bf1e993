/* stopwatch.c: what reading the clock costs. Called once a point, outside the clock. */
#include "measure/stopwatch.h"

#include <stdlib.h>

enum { PAIRS = 2001, WARM_UP = 64 };

static int compare(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

uint64_t stopwatch_cost_ns(void)
{
  uint64_t pair_ns[PAIRS];
  for (int i = -WARM_UP; i < PAIRS; i++) {
    uint64_t start_ns = stopwatch_now_ns();
    uint64_t end_ns = stopwatch_now_ns();
    pair_ns[i < 0 ? 0 : i] = end_ns - start_ns;
  }
  qsort(pair_ns, PAIRS, sizeof pair_ns[0], compare);
  return pair_ns[PAIRS / 2];
}
