/* usl.c: see usl.h. In thread time the law is linear in its parameters, so the fit is linear least
 * squares of relative errors with no parameter below 0; the band comes from drawing rounds again.
 */
#include "report/usl.h"

#include <math.h>
#include <stdbool.h>

#include "report/memory.h"

#define PARAMETERS 3
#define TAIL_SHARE 0.025
#define CLEAR_P 0.01         /* so seldom do points of the law look that far off */
#define CLEAR_DEVIATION 1.05 /* a deviation that nobody would act on is forgiven */

/* The mean that a fit sees at one number of threads. */
struct sample {
  double threads, ns, weight;
};

static double basis(int parameter, double threads)
{
  return parameter == 0 ? 1 : parameter == 1 ? threads - 1 : threads * (threads - 1);
}

static double curve_ns(const struct usl_curve *curve, double threads)
{
  return curve->one + curve->linear * basis(1, threads) + curve->square * basis(2, threads);
}

/* ---- least squares ---- */

/* Solves n equations in place by elimination; false: they depend on each other. */
static bool solve(double a[PARAMETERS][PARAMETERS + 1], int n)
{
  for (int column = 0; column < n; column++) {
    int pivot = column;
    for (int row = column + 1; row < n; row++)
      if (fabs(a[row][column]) > fabs(a[pivot][column]))
        pivot = row;
    if (!(fabs(a[pivot][column]) > 1e-12))
      return false;
    for (int i = 0; i <= n; i++) {
      double swapped = a[column][i];
      a[column][i] = a[pivot][i];
      a[pivot][i] = swapped;
    }
    for (int row = 0; row < n; row++) {
      double factor = row == column ? 0 : a[row][column] / a[column][column];
      for (int i = column; i <= n; i++)
        a[row][i] -= factor * a[column][i];
    }
  }
  for (int row = 0; row < n; row++)
    a[row][n] /= a[row][row];
  return true;
}

/* Fits the parameters whose bits are set; the others are 0. Infinite: not to be had, or one of them
 * would be below 0. Else the weighted sum of squared relative errors. */
static double fit_some(const struct sample *samples, size_t count, unsigned set,
                       struct usl_curve *curve)
{
  double scale[PARAMETERS] = {0}, equations[PARAMETERS][PARAMETERS + 1] = {{0}};
  double found[PARAMETERS] = {0};
  int used[PARAMETERS], n = 0;
  for (int p = 0; p < PARAMETERS; p++) {
    if (!(set & 1u << p))
      continue;
    used[n++] = p;
    for (size_t i = 0; i < count; i++)
      scale[p] = fmax(scale[p], basis(p, samples[i].threads) / samples[i].ns);
    if (!(scale[p] > 0))
      return INFINITY;
  }
  for (size_t i = 0; i < count; i++) {
    for (int row = 0; row < n; row++) {
      double x = basis(used[row], samples[i].threads) / samples[i].ns / scale[used[row]];
      for (int column = 0; column < n; column++)
        equations[row][column] += samples[i].weight * x * basis(used[column], samples[i].threads) /
                                  samples[i].ns / scale[used[column]];
      equations[row][n] += samples[i].weight * x;
    }
  }
  if (!solve(equations, n))
    return INFINITY;
  for (int row = 0; row < n; row++) {
    found[used[row]] = equations[row][n] / scale[used[row]];
    if (!(found[used[row]] >= 0))
      return INFINITY;
  }
  *curve = (struct usl_curve){found[0], found[1], found[2]};
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    double error = curve_ns(curve, samples[i].threads) / samples[i].ns - 1;
    sum += samples[i].weight * error * error;
  }
  return sum;
}

/* The best curve with no parameter below 0: with so few of them all choices of zeros are tried. */
static struct usl_curve fit(const struct sample *samples, size_t count)
{
  static const unsigned choices[] = {7, 3, 5, 1}; /* one thread takes time in all */
  struct usl_curve best = {0};
  double least = INFINITY;
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    struct usl_curve curve = best;
    double sum = fit_some(samples, count, choices[i], &curve);
    if (sum < least) {
      least = sum;
      best = curve;
    }
  }
  return best;
}

/* ---- the band ---- */

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* One round fewer than there are: the mean of n - 1 draws varies as the mean of n rounds does. */
static void resample(const struct usl_point *points, size_t count, uint64_t *state,
                     struct sample *samples)
{
  for (size_t i = 0; i < count; i++) {
    double sum = 0;
    for (size_t drawn = 1; drawn < points[i].rounds; drawn++)
      sum += log(points[i].ns_per_op[draw(state) % points[i].rounds]);
    samples[i].ns = exp(sum / (double)(points[i].rounds - 1));
  }
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

enum quantity { QUANTITY_NS, QUANTITY_CONTENTION, QUANTITY_COHERENCE };

static double quantity_of(const struct usl_curve *curve, enum quantity quantity, double threads)
{
  return quantity == QUANTITY_NS           ? curve_ns(curve, threads)
         : quantity == QUANTITY_CONTENTION ? curve->linear / curve->one
                                           : curve->square / curve->one;
}

static struct interval spread(const struct usl *usl, enum quantity quantity, double threads)
{
  double values[USL_RESAMPLES];
  for (size_t i = 0; i < USL_RESAMPLES; i++)
    values[i] = quantity_of(&usl->resample[i], quantity, threads);
  qsort(values, USL_RESAMPLES, sizeof *values, ascending);
  const size_t tail = (size_t)(TAIL_SHARE * USL_RESAMPLES);
  double centre = quantity_of(&usl->curve, quantity, threads);
  return (struct interval){.centre = centre,
                           .low = fmin(values[tail], centre),
                           .high = fmax(values[USL_RESAMPLES - 1 - tail], centre),
                           .known = true};
}

struct interval usl_ns(const struct usl *usl, double threads)
{
  return spread(usl, QUANTITY_NS, threads);
}

/* ---- does it fit? ---- */

/* Whether the means are further from the curve than the rounds are from their means: the F test for
 * lack of fit. */
static bool is_off(const struct usl_point *points, const struct sample *samples, size_t count,
                   struct usl *usl)
{
  double off = 0, noise = 0, rounds = 0;
  usl->worst = 1;
  usl->worst_threads = points[0].threads;
  for (size_t i = 0; i < count; i++) {
    double ratio = samples[i].ns / curve_ns(&usl->curve, samples[i].threads);
    off += (double)points[i].rounds * log(ratio) * log(ratio);
    if (fabs(log(ratio)) > fabs(log(usl->worst))) {
      usl->worst = ratio;
      usl->worst_threads = points[i].threads;
    }
    for (size_t r = 0; r < points[i].rounds; r++)
      noise += pow(log(points[i].ns_per_op[r] / samples[i].ns), 2);
    rounds += (double)points[i].rounds;
  }
  if (fabs(log(usl->worst)) < log(CLEAR_DEVIATION))
    return false;
  double free_off = (double)count - PARAMETERS, free_noise = rounds - (double)count;
  return interval_f_tail(off / free_off / (noise / free_noise), free_off, free_noise) < CLEAR_P;
}

void usl_fit(const struct usl_point *points, size_t count, uint64_t seed, struct usl *usl)
{
  *usl = (struct usl){.verdict = USL_FEW_COUNTS, .counts = count};
  if (count < USL_LEAST_COUNTS)
    return;
  usl->verdict = USL_FEW_ROUNDS;
  struct sample *samples = memory_zeroed(count, sizeof *samples);
  bool enough = true;
  for (size_t i = 0; i < count; i++) {
    double sum = 0;
    for (size_t r = 0; r < points[i].rounds; r++)
      sum += log(points[i].ns_per_op[r]);
    enough &= points[i].rounds > 1;
    samples[i] = (struct sample){.threads = points[i].threads,
                                 .ns = exp(sum / (double)points[i].rounds),
                                 .weight = (double)points[i].rounds};
  }
  if (enough) {
    usl->curve = fit(samples, count);
    usl->verdict = is_off(points, samples, count, usl) ? USL_DOES_NOT_FIT : USL_FITS;
    for (size_t i = 0; i < USL_RESAMPLES; i++) {
      resample(points, count, &seed, samples);
      usl->resample[i] = fit(samples, count);
    }
    usl->one_ns = spread(usl, QUANTITY_NS, 1);
    usl->contention = spread(usl, QUANTITY_CONTENTION, 1);
    usl->coherence = spread(usl, QUANTITY_COHERENCE, 1);
  }
  free(samples);
}
