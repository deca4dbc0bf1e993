/* figure.c: see figure.h. */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>

/* Decimals that leave three significant digits; whole numbers from 100 up. */
static int decimals(double value)
{
  double size = fabs(value);
  return size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
}

static const char *scaled(char *text, double value, const char *unit)
{
  snprintf(text, FIGURE, "%.*f%s", value == 0 ? 0 : decimals(value), value, unit);
  return text;
}

static const char *unknown(char *text)
{
  snprintf(text, FIGURE, "-");
  return text;
}

const char *figure_plain(char *text, double value)
{
  return isfinite(value) ? scaled(text, value, "") : unknown(text);
}

const char *figure_time(char *text, double ns)
{
  if (!isfinite(ns))
    return unknown(text);
  double size = fabs(ns);
  return size < 999.5     ? scaled(text, ns, " ns")
         : size < 999.5e3 ? scaled(text, ns / 1e3, " µs")
         : size < 999.5e6 ? scaled(text, ns / 1e6, " ms")
                          : scaled(text, ns / 1e9, " s");
}

const char *figure_rate(char *text, double per_second)
{
  if (!isfinite(per_second))
    return unknown(text);
  return per_second < 999.5     ? scaled(text, per_second, "")
         : per_second < 999.5e3 ? scaled(text, per_second / 1e3, "k")
         : per_second < 999.5e6 ? scaled(text, per_second / 1e6, "M")
                                : scaled(text, per_second / 1e9, "G");
}

const char *figure_bytes(char *text, double bytes)
{
  static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
  if (!isfinite(bytes))
    return unknown(text);
  size_t unit = 0;
  for (; fabs(bytes) >= 1023.5 && unit + 1 < sizeof units / sizeof *units; unit++)
    bytes /= 1024;
  return scaled(text, bytes, units[unit]);
}

const char *figure_keys(char *text, double keys)
{
  if (!isfinite(keys))
    return unknown(text);
  if (keys >= 1e6 && fmod(keys, 1e6) == 0)
    snprintf(text, FIGURE, "%.0fM", keys / 1e6);
  else if (keys >= 1e3 && fmod(keys, 1e3) == 0)
    snprintf(text, FIGURE, "%.0fk", keys / 1e3);
  else
    snprintf(text, FIGURE, "%.0f", keys);
  return text;
}

const char *figure_spread(char *text, const struct interval *interval)
{
  double percent = interval_percent(interval);
  if (!interval->known || !isfinite(percent))
    return unknown(text);
  if (percent > 999)
    snprintf(text, FIGURE, "± >999 %%");
  else
    snprintf(text, FIGURE, "± %.*f %%", percent < 9.95 ? 1 : 0, percent);
  return text;
}

/* An end of a ratio's interval: three decimals would call a small one 0, and nobody reads more than
 * four digits of a large one. */
static const char *bound(char *text, double value)
{
  if (value < 0.0005)
    return "<0.001";
  if (value >= 9999.5)
    return ">9999";
  return scaled(text, value, "");
}

const char *figure_range(char *text, const struct interval *interval)
{
  char low[FIGURE], high[FIGURE];
  if (!interval->known)
    return unknown(text);
  snprintf(text, FIGURE, "%.12s to %.12s", bound(low, interval->low), bound(high, interval->high));
  return text;
}
