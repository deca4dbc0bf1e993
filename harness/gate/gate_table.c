/* gate_table.c: see gate_table.h. */
#include "gate/gate_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate/signed_rank.h"
#include "record/allocate.h"
#include "report/figure.h"

const char *gate_table_interval(char *text, const struct verdict_ratio *ratio)
{
  if (ratio->low > 0 && isfinite(ratio->high))
    snprintf(text, FIGURE, "%.3f to %.3f", ratio->low, ratio->high);
  else
    snprintf(text, FIGURE, "-");
  return text;
}

static const char *figure_ratio(char *text, double ratio)
{
  snprintf(text, FIGURE, isfinite(ratio) ? "%.3f" : "-", ratio);
  return text;
}

static const char *figure_percent(char *text, double ratio)
{
  snprintf(text, FIGURE, isfinite(ratio) ? "+%.1f %%" : "-", (ratio - 1) * 100);
  return text;
}

static const char *figure_side(char *text, const struct verdict *verdict, double value)
{
  if (manifest_in_pairs(verdict->tier))
    return figure_time(text, value);
  snprintf(text, FIGURE, isfinite(value) ? "%.0f" : "-", value);
  return text;
}

static void add_verdict(struct table *table, const struct verdict *verdict)
{
  char text[FIGURE];
  const struct verdict_ratio *ratio = &verdict->ratio[PAIRS_MINIMUM];
  table_row(table);
  if (verdict->word == VERDICT_FAIL && verdict->failed_view != PAIRS_MINIMUM)
    table_cell(table, "FAIL (%s)", pairs_view_name(verdict->failed_view));
  else
    table_cell(table, "%s", verdict_word_name(verdict->word));
  table_cell(table, "%s", figure_side(text, verdict, verdict->base));
  table_cell(table, "%s", figure_side(text, verdict, verdict->candidate));
  table_cell(table, "%s", figure_ratio(text, ratio->estimate));
  table_cell(table, "%s", gate_table_interval(text, ratio));
  table_cell(table, "%zu", verdict->pairs);
  table_cell(table, "%s", figure_percent(text, 1 + verdict->limit));
  table_cell(table, "%s", figure_percent(text, verdict->seen));
  table_cell(table, "%s", verdict->benchmark);
}

static void add_part(struct table *table, const struct judgement *judgement, const char *heading,
                     enum pairs_arm arm, enum manifest_tier tier, bool any_tier)
{
  bool headed = false;
  for (size_t i = 0; i < judgement->count; i++) {
    const struct verdict *verdict = &judgement->verdict[i];
    if (verdict->arm != arm || (!any_tier && verdict->tier != tier))
      continue;
    if (!headed)
      table_heading(table, "%s", heading);
    headed = true;
    add_verdict(table, verdict);
  }
}

void gate_table_verdicts(struct table *table, const struct judgement *judgement)
{
  static const struct table_column columns[] = {
      {"verdict", false, false}, {"base", true, false},     {"candidate", true, false},
      {"ratio", true, false},    {"interval", true, false}, {"pairs", true, false},
      {"limit", true, false},    {"seen", true, false},     {"benchmark", false, false},
  };
  table_init(table, "The change, candidate over base",
             "ratio above 1: slower. seen: the smallest slowdown that would more likely than not "
             "have been called FAIL",
             columns, sizeof columns / sizeof *columns);
  add_part(table, judgement, "Time of an operation, the least of a process", PAIRS_CHANGE,
           MANIFEST_TIME, false);
  add_part(table, judgement, "Instructions of the map's functions, exact", PAIRS_CHANGE,
           MANIFEST_INSTRUCTIONS, false);
  add_part(table, judgement, "Advice: blocks nothing", PAIRS_CHANGE, MANIFEST_ADVICE, false);
  add_part(table, judgement, "A/A: the base against itself", PAIRS_SAME, MANIFEST_TIME, true);
}

/* ---- counters ---- */

/* Logarithms of candidate over base for the pairs that have the counter on both sides; how many. */
static size_t counter_changes(const struct pairs_series *series, const char *name, double *change)
{
  size_t n = 0;
  for (size_t i = 0; i < series->count; i++) {
    const struct pairs_pair *pair = &series->pair[i];
    double base = json_number_value(json_object_get(pair->counters[PAIRS_BASE], name));
    double candidate = json_number_value(json_object_get(pair->counters[PAIRS_CANDIDATE], name));
    if (base > 0 && candidate > 0)
      change[n++] = log(candidate / base);
  }
  return n;
}

static void add_counters(struct table *table, const struct pairs_series *series)
{
  double *change = allocate(series->count, sizeof *change);
  const char *name;
  json_t *value;
  bool headed = false;
  json_object_foreach(series->pair[0].counters[PAIRS_BASE], name, value)
  {
    size_t n = counter_changes(series, name, change);
    if (n == 0)
      continue;
    if (!headed)
      table_heading(table, "%s", series->benchmark);
    headed = true;
    struct signed_rank_interval interval = signed_rank_interval_of(change, n, 0.025);
    struct verdict_ratio ratio = {exp(interval.estimate), exp(interval.low), exp(interval.high)};
    char text[FIGURE];
    table_row(table);
    table_cell(table, "%s", name);
    table_cell(table, "%s", figure_ratio(text, ratio.estimate));
    table_cell(table, "%s", gate_table_interval(text, &ratio));
    table_cell(table, "%zu", n);
  }
  free(change);
}

void gate_table_counters(struct table *table, const struct pairs *pairs)
{
  static const struct table_column columns[] = {{"events an operation", false, false},
                                                {"ratio", true, false},
                                                {"interval", true, false},
                                                {"pairs", true, false}};
  table_init(table, "Hardware counters, candidate over base",
             "Intervals of 95 % each, not corrected for their number: a hint at causes, no verdict",
             columns, sizeof columns / sizeof *columns);
  for (size_t i = 0; i < pairs->series_count; i++)
    if (pairs->series[i].arm == PAIRS_CHANGE)
      add_counters(table, &pairs->series[i]);
}
