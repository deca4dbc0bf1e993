/* tics.c: see tics.h. */
#include "report/tics.h"

#include <math.h>

#include "report/memory.h"

#define LEAST_GAP 0.045 /* between two labels, of the axis's length */

static void tic(FILE *out, const char **separator, const char *label, double at)
{
  fprintf(out, "%s'%s' %.9g", *separator, label, at);
  *separator = ", ";
}

static void label_of(char *label, size_t size, enum axis axis, double value)
{
  static const char *const time_units[] = {" ns", " µs", " ms", " s"};
  static const char *const rate_units[] = {"", "k", "M", "G"};
  int unit = 0;
  while ((axis == AXIS_TIME || axis == AXIS_RATE || axis == AXIS_KEYS) && value >= 999.5 &&
         unit < 3) {
    value /= 1000;
    unit++;
  }
  const char *format = value >= 9999.5 ? "%.0f%s" : "%.4g%s";
  snprintf(label, size, format, value,
           axis == AXIS_TIME    ? time_units[unit]
           : axis == AXIS_BYTES ? ""
                                : rate_units[unit]);
}

/* At round numbers, the more of them the fewer decades the axis spans. */
static void decade_tics(FILE *out, enum axis axis, double low, double high)
{
  static const struct {
    double decades; /* for axes that span at most so many */
    size_t count;
    double steps[8];
  } choices[] = {{0.7, 8, {1, 1.5, 2, 3, 4, 5, 6, 8}},
                 {1.2, 4, {1, 2, 3, 5}},
                 {2.2, 3, {1, 2, 5}},
                 {3.4, 2, {1, 3}},
                 {HUGE_VAL, 1, {1}}};
  size_t choice = 0;
  while (choices[choice].decades < log10(high / low))
    choice++;
  const double *steps = choices[choice].steps;
  size_t count = choices[choice].count;
  const char *separator = "";
  for (int power = (int)floor(log10(low)); pow(10, power) <= high; power++) {
    for (size_t i = 0; i < count; i++) {
      double at = steps[i] * pow(10, power);
      char label[32];
      label_of(label, sizeof label, axis, at);
      if (at >= low && at <= high)
        tic(out, &separator, label, at);
    }
  }
}

/* A number of keys that nobody writes in digits. */
static bool is_power_of_two(enum axis axis, double value)
{
  int exponent;
  return axis == AXIS_KEYS && value >= 1024 && frexp(value, &exponent) == 0.5;
}

static void power_label(char *label, size_t size, double value)
{
  static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  int power = ilogb(value);
  snprintf(label, size, "2%s%s", raised[power / 10 % 10], raised[power % 10]);
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* At each value, but not where its label would touch the one before. Numbers of keys that are
 * powers of two are labelled as such; among round numbers they have no tic. */
static void value_tics(FILE *out, enum axis axis, double low, double high, const double *values,
                       size_t count)
{
  double *sorted = memory_zeroed(count, sizeof *sorted);
  size_t distinct = 0, powers = 0;
  if (count)
    memcpy(sorted, values, count * sizeof *sorted);
  qsort(sorted, count, sizeof *sorted, ascending);
  for (size_t i = 0; i < count; i++) {
    if (distinct > 0 && sorted[distinct - 1] >= sorted[i])
      continue;
    sorted[distinct++] = sorted[i];
    powers += is_power_of_two(axis, sorted[i]);
  }
  const char *separator = "";
  double last = -1;
  for (size_t i = 0; i < distinct; i++) {
    double at = axis == AXIS_THREADS_LINEAR ? (sorted[i] - low) / (high - low)
                                            : log(sorted[i] / low) / log(high / low);
    bool power = is_power_of_two(axis, sorted[i]);
    if (at - last < LEAST_GAP || (power && powers < distinct))
      continue;
    last = at;
    char label[32];
    if (power)
      power_label(label, sizeof label, sorted[i]);
    else
      label_of(label, sizeof label, axis, sorted[i]);
    tic(out, &separator, label, sorted[i]);
  }
  free(sorted);
}

static void percentile_tics(FILE *out, double high)
{
  static const struct {
    const char *label;
    double at;
  } tics[] = {{"0", 1},      {"50", 2},      {"90", 10},      {"99", 100},
              {"99.9", 1e3}, {"99.99", 1e4}, {"99.999", 1e5}, {"99.9999", 1e6}};
  const char *separator = "";
  for (size_t i = 0; i < sizeof tics / sizeof *tics && tics[i].at <= high; i++)
    tic(out, &separator, tics[i].label, tics[i].at);
}

/* At powers of two, at every second where there are many. */
static void size_tics(FILE *out, double low, double high)
{
  static const char *const units[] = {"", "K", "M", "G", "T"};
  int step = log2(high / low) > 10 ? 2 : 1;
  const char *separator = "";
  for (int power = (int)ceil(log2(low)); power <= (int)floor(log2(high)); power++) {
    char label[32];
    if (power % step != 0 || power < 0 || power >= 50)
      continue;
    snprintf(label, sizeof label, "%d%s", 1 << (power % 10), units[power / 10]);
    tic(out, &separator, label, ldexp(1, power));
  }
}

void tics_write(FILE *out, enum axis axis, double low, double high, const double *values,
                size_t value_count)
{
  switch (axis) {
  case AXIS_THREADS:
  case AXIS_THREADS_LINEAR:
  case AXIS_KEYS:
    value_tics(out, axis, low, high, values, value_count);
    break;
  case AXIS_TIME:
  case AXIS_RATE:
  case AXIS_BYTES:
    decade_tics(out, axis, low, high);
    break;
  case AXIS_SIZE:
    size_tics(out, low, high);
    break;
  case AXIS_PERCENTILE:
    percentile_tics(out, high);
    break;
  case AXIS_FACTOR:
  case AXIS_MOMENT:
    break; /* gnuplot's own choice */
  }
}
