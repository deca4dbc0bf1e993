/* drift.c: see drift.h. */
#include "gate/drift.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/allocate.h"
#include "report/interval.h"

#define SHUFFLES 1999

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014). */
static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* sign[i * n + j]: how values i and j compare; the series is shuffled by its indices. */
static signed char *compare_all(const double *values, size_t n)
{
  signed char *sign = allocate(n * n, 1);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      sign[i * n + j] = (signed char)((values[i] > values[j]) - (values[i] < values[j]));
  return sign;
}

/* The greatest |U| over all places where the series may be cut, and the first of these. */
static long greatest(const signed char *sign, const size_t *order, size_t n, size_t *cut)
{
  long u = 0, most = 0;
  *cut = 0;
  for (size_t k = 0; k + 1 < n; k++) {
    for (size_t j = 0; j < n; j++)
      u += sign[order[k] * n + order[j]];
    if (labs(u) > most) {
      most = labs(u);
      *cut = k + 1;
    }
  }
  return most;
}

struct drift drift_find(const double *values, size_t n)
{
  if (n < DRIFT_LEAST)
    return (struct drift){.first = n, .before = NAN, .after = NAN, .probability = 1};
  size_t skipped = n > DRIFT_MOST ? n - DRIFT_MOST : 0, cut, anywhere;
  uint64_t state = n;
  unsigned as_clear = 1; /* the series itself */
  values += skipped;
  n -= skipped;
  signed char *sign = compare_all(values, n);
  size_t *order = allocate(n, sizeof *order);
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  long found = greatest(sign, order, n, &cut);
  for (unsigned s = 0; s < SHUFFLES; s++) {
    for (size_t i = n - 1; i > 0; i--) {
      size_t j = next_random(&state) % (i + 1), kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    as_clear += greatest(sign, order, n, &anywhere) >= found;
  }
  free(order);
  free(sign);
  if (cut == 0) /* all are equal */
    return (struct drift){skipped + n, values[0], values[0], 1};
  return (struct drift){skipped + cut, interval_median(values, cut),
                        interval_median(values + cut, n - cut), as_clear / (SHUFFLES + 1.0)};
}
