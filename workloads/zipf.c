/* zipf.c: see zipf.h. The hat is h(x) = x^-skew; `area` is its integral, `area_inverse` undoes it.
 */
#include "zipf.h"

#include <math.h>

/* (exp(x) - 1) / x and log(1 + x) / x, exact near 0, where skew is close to 1. */
static double expm1_over(double x)
{
  return fabs(x) > 1e-8 ? expm1(x) / x : 1 + x / 2;
}
static double log1p_over(double x)
{
  return fabs(x) > 1e-8 ? log1p(x) / x : 1 - x / 2;
}

static double area(double x, double skew)
{
  double log_x = log(x);
  return expm1_over((1 - skew) * log_x) * log_x;
}

static double area_inverse(double a, double skew)
{
  double t = a * (1 - skew);
  if (t < -1)
    t = -1; /* rounding at the far end */
  return exp(log1p_over(t) * a);
}

static double hat(double x, double skew)
{
  return exp(-skew * log(x));
}

struct zipf zipf_of(uint64_t n, double skew)
{
  struct zipf z = {.n = (double)n, .skew = skew};
  z.area_first = area(1.5, skew) - 1;
  z.area_all = area(z.n + 0.5, skew);
  z.squeeze = 2 - area_inverse(area(2.5, skew) - hat(2, skew), skew);
  return z;
}

uint64_t zipf_draw(const struct zipf *z, struct random_stream *stream)
{
  for (;;) {
    double a = z->area_all + random_stream_unit(stream) * (z->area_first - z->area_all);
    double x = area_inverse(a, z->skew);
    double k = floor(x + 0.5);
    k = k < 1 ? 1 : k > z->n ? z->n : k;
    if (k - x <= z->squeeze || a >= area(k + 0.5, z->skew) - hat(k, z->skew))
      return (uint64_t)k - 1;
  }
}
