/* interval.c: see interval.h. */
#include "report/interval.h"

#include <math.h>

#include "report/memory.h"

#define TAIL 0.05

/* The continued fraction of the incomplete beta function, by Lentz's method; converges fast for
 * x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
  const double tiny = 1e-300;
  double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
  d = 1.0 / (fabs(d) < tiny ? tiny : d);
  double product = d;
  for (int m = 1; m < 1000; m++) {
    double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (int half = 0; half < 2; half++) {
      double term = half == 0 ? even : odd;
      d = 1.0 + term * d;
      d = 1.0 / (fabs(d) < tiny ? tiny : d);
      c = 1.0 + term / c;
      if (fabs(c) < tiny)
        c = tiny;
      product *= c * d;
    }
    if (fabs(c * d - 1.0) < 1e-15)
      break;
  }
  return product;
}

/* The regularised incomplete beta function. */
static double beta(double a, double b, double x)
{
  int sign;
  double log_front =
      lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log1p(-x);
  if (x < (a + 1.0) / (a + b + 2.0))
    return exp(log_front) * beta_fraction(a, b, x) / a;
  return 1.0 - exp(log_front) * beta_fraction(b, a, 1.0 - x) / b;
}

double interval_student(double degrees)
{
  double low = 1.0, high = 16.0; /* the quantiles lie between 1.96 and 12.71 */
  while (high - low > 1e-12) {
    double t = (low + high) / 2;
    double outside = beta(degrees / 2, 0.5, degrees / (degrees + t * t));
    *(outside > TAIL ? &low : &high) = t;
  }
  return (low + high) / 2;
}

double interval_f_tail(double f, double above_degrees, double below_degrees)
{
  if (!(f > 0))
    return 1;
  if (!isfinite(f))
    return 0;
  return beta(below_degrees / 2, above_degrees / 2,
              below_degrees / (below_degrees + above_degrees * f));
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double interval_median(const double *values, size_t n)
{
  double *sorted = memory_zeroed(n, sizeof *sorted);
  memcpy(sorted, values, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, ascending);
  double median = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  free(sorted);
  return median;
}

struct moments {
  double mean;       /* of the logarithms */
  double mean_error; /* variance of that mean */
};

static struct moments log_moments(const double *values, size_t n)
{
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    sum += log(values[i]);
  double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++)
    squares += (log(values[i]) - mean) * (log(values[i]) - mean);
  double variance = n > 1 ? squares / (double)(n - 1) : 0;
  return (struct moments){mean, variance / (double)n};
}

static struct interval around(double mean, double half_width, bool known)
{
  return (struct interval){exp(mean), exp(mean - half_width), exp(mean + half_width), known};
}

struct interval interval_of(const double *values, size_t n)
{
  struct moments m = log_moments(values, n);
  if (n < 2)
    return around(m.mean, 0, false);
  return around(m.mean, interval_student((double)(n - 1)) * sqrt(m.mean_error), true);
}

struct interval interval_of_ratio(const double *above, size_t n, const double *below, size_t m)
{
  struct moments a = log_moments(above, n), b = log_moments(below, m);
  double difference = a.mean - b.mean, variance = a.mean_error + b.mean_error;
  if (n < 2 || m < 2)
    return around(difference, 0, false);
  if (variance <= 0)
    return around(difference, 0, true);
  double degrees = variance * variance /
                   (a.mean_error * a.mean_error / (double)(n - 1) +
                    b.mean_error * b.mean_error / (double)(m - 1));
  return around(difference, interval_student(degrees) * sqrt(variance), true);
}

double interval_percent(const struct interval *interval)
{
  return (interval->high / interval->centre - 1.0) * 100.0;
}

bool interval_holds_one(const struct interval *ratio)
{
  return ratio->low <= 1.0 && ratio->high >= 1.0;
}
