/* signed_rank.c: see signed_rank.h. */
#include "gate/signed_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/allocate.h"

/* The distribution of the rank sum: probability[t] for t = 0 … n (n + 1) / 2. Rank by rank: with a
 * fair coin rank r adds r or nothing. Only sums of positive numbers and halvings, so each value is
 * right to about n units in its last place. */
static double *rank_sums(size_t n)
{
  size_t most = n * (n + 1) / 2;
  double *probability = allocate_zeroed(most + 1, sizeof *probability);
  probability[0] = 1;
  for (size_t r = 1, top = 0; r <= n; r++) {
    top += r;
    for (size_t t = top + 1; t-- > 0;) /* downwards: t - r is still that of the ranks before */
      probability[t] = (probability[t] + (t >= r ? probability[t - r] : 0)) / 2;
  }
  return probability;
}

double signed_rank_tail(size_t n, size_t t)
{
  double *probability = rank_sums(n), sum = 0;
  size_t most = n * (n + 1) / 2;
  for (size_t i = 0; i <= t && i <= most; i++)
    sum += probability[i];
  free(probability);
  return fmin(sum, 1);
}

/* How many Walsh averages lie outside on each side: the most k for which a rank sum below k has a
 * probability of at most `error`. 0: not even the extreme one may. */
static size_t outside(size_t n, double error)
{
  double *probability = rank_sums(n), sum = 0;
  size_t k = 0, most = n * (n + 1) / 2;
  while (k <= most / 2 && sum + probability[k] <= error)
    sum += probability[k++];
  free(probability);
  return k;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

struct signed_rank_interval signed_rank_interval_of(const double *values, size_t n, double error)
{
  size_t count = n * (n + 1) / 2, i = 0, k = outside(n, error);
  double *walsh = allocate(count, sizeof *walsh);
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b <= a; b++)
      walsh[i++] = (values[a] + values[b]) / 2;
  qsort(walsh, count, sizeof *walsh, compare);
  struct signed_rank_interval interval = {
      .estimate = (walsh[(count - 1) / 2] + walsh[count / 2]) / 2,
      .low = k ? walsh[k - 1] : -INFINITY,
      .high = k ? walsh[count - k] : INFINITY,
  };
  free(walsh);
  return interval;
}
