/* report_tables.c: see report_tables.h. */
#include "report/report_tables.h"

#include <math.h>

#include "report/figure.h"
#include "report/memory.h"
#include "report/place_verdict.h"
#include "report/summary.h"

#define COLUMNS(list) list, sizeof list / sizeof *list

void report_tables_heading(struct table *table, const struct point **before,
                           const struct point *point)
{
  if (*before && point_same_group(*before, point))
    return;
  *before = point;
  bool recorded = point->corpus[0]; /* its keys are of both kinds */
  table_heading(table, "%s, %s%s%s%s, place %s", point->workload, recorded ? "corpus " : "",
                recorded ? point->corpus : point->kind, point->parameters[0] ? ", " : "",
                point->parameters, point->place);
}

static void figure_cells(struct table *table, const struct point *point)
{
  char a[FIGURE], b[FIGURE];
  table_cell(table, "%s%s", figure_plain(a, point->median_ns),
             place_verdict_is_bad(point) ? PLACE_VERDICT_MARK : "");
  table_cell(table, "%s", figure_spread(b, &point->interval));
}

void report_tables_counter(struct table *table, const struct point *point, const char *counter,
                           const char *(*figure)(char *, double))
{
  char text[FIGURE];
  table_cell(table, "%s", figure(text, point_counter(point, counter)));
}

/* Of the outcome that most operations had. */
static void latency_cell(struct table *table, const struct point *point, const char *which)
{
  char counter[64];
  enum outcome outcome = point_main_outcome(point);
  snprintf(counter, sizeof counter, "latency_%s_%s_ns",
           outcome == OUTCOMES ? "?" : outcome_name(outcome), which);
  report_tables_counter(table, point, counter, figure_time);
}

static void place_cells(struct table *table, const struct point *point)
{
  char keys[FIGURE];
  table_cell(table, "%s", point->keys ? figure_keys(keys, (double)point->keys) : "-");
  table_cell(table, "%u", point->threads);
  table_cell(table, "%s", point->pages);
}

void report_tables_subject(struct table *table, const struct point *point)
{
  place_cells(table, point);
  table_cell(table, "%s", point->map);
  table_cell(table, "%s", point->region);
}

/* Of the bytes that the region mapped, those that nobody asked for. */
static void waste_cell(struct table *table, const struct point *point)
{
  char text[FIGURE];
  double mapped = point_counter(point, "region_mapped_bytes");
  double used = point_counter(point, "region_used_bytes");
  table_cell(table, "%s", mapped > 0 ? figure_plain(text, 100 * (mapped - used) / mapped) : "-");
}

void report_tables_points(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},       {"thr", true, false},       {"pages", false, false},
      {"map", false, false},       {"region", false, false},   {"ns/op", true, false},
      {"± 95 %", true, false},     {"ops/s", true, false},     {"thread least", true, true},
      {"thread most", true, true}, {"bytes/key", true, false}, {"region waste %", true, true},
      {"depth mean", true, true},  {"depth max", true, true},  {"lost races", true, true},
      {"p50", true, true},         {"p90", true, true},        {"p99", true, true},
      {"p99.9", true, false},      {"max", true, true},        {"faults", true, false},
      {"peak RSS", true, true},    {"rounds", true, true},
  };
  table_init(table, "Every point",
             "ns/op is thread time per operation, the median over the rounds; latencies are of the "
             "outcome\nmost operations had, timer cost inside; faults are page faults a trial; !: "
             "threads or pages "
             "were not\nwhere they were put, see the list of them.",
             COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (point->arm[0])
      continue; /* has its own table */
    report_tables_heading(table, &group, point);
    table_row(table);
    report_tables_subject(table, point);
    if (!point_is_good(point)) {
      if (point->failure)
        table_cell(table, "no figure: %s in round %u", point->failure->reason,
                   point->failure->round);
      else
        table_cell(table, "no figure: no round came through");
      continue;
    }
    figure_cells(table, point);
    report_tables_counter(table, point, "ops_per_s", figure_rate);
    report_tables_counter(table, point, "ops_per_s_thread_min", figure_rate);
    report_tables_counter(table, point, "ops_per_s_thread_max", figure_rate);
    report_tables_counter(table, point, "bytes_per_key", figure_plain);
    waste_cell(table, point);
    report_tables_counter(table, point, "depth_mean", figure_plain);
    report_tables_counter(table, point, "depth_max", figure_plain);
    report_tables_counter(table, point, "lost_races", figure_plain);
    latency_cell(table, point, "p50");
    latency_cell(table, point, "p90");
    latency_cell(table, point, "p99");
    latency_cell(table, point, "p999");
    latency_cell(table, point, "max");
    report_tables_counter(table, point, "page_faults", figure_plain);
    report_tables_counter(table, point, "peak_rss_bytes", figure_bytes);
    table_cell(table, "%zu", point->round_count);
  }
}

struct interval report_tables_ratio(const struct point *above, const struct point *below)
{
  return interval_of_ratio(above->ns_per_op, above->round_count, below->ns_per_op,
                           below->round_count);
}

static bool is_plain(const struct point *point, const char *map)
{
  return point_is_good(point) && !point->arm[0] && strcmp(point->map, map) == 0;
}

void report_tables_generations(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},       {"thr", true, false},        {"pages", false, false},
      {"old ns/op", true, false},  {"± 95 %", true, false},     {"new ns/op", true, false},
      {"± 95 %", true, false},     {"old/new", true, false},    {"95 % interval", false, false},
      {"old region", false, true}, {"new region", false, true},
  };
  table_init(
      table, "Old against new: " OLD_MAP " over " NEW_MAP,
      "old/new above 1: the new map is faster by that factor. It is the ratio of the rounds' "
      "geometric means.",
      COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *old = &points->items[i];
    for (size_t j = 0; is_plain(old, OLD_MAP) && j < points->count; j++) {
      const struct point *new = &points->items[j];
      if (!is_plain(new, NEW_MAP) || !point_same_group(old, new) || old->keys != new->keys ||
          old->threads != new->threads || strcmp(old->pages, new->pages) != 0)
        continue;
      struct interval ratio = report_tables_ratio(old, new);
      char text[FIGURE];
      report_tables_heading(table, &group, old);
      table_row(table);
      place_cells(table, old);
      figure_cells(table, old);
      figure_cells(table, new);
      table_cell(table, "%s", figure_plain(text, ratio.centre));
      table_cell(table, "%s", figure_range(text, &ratio));
      table_cell(table, "%s", old->region);
      table_cell(table, "%s", new->region);
    }
  }
}

/* The same point with one thread; NULL when it was not measured. */
static const struct point *one_thread(const struct points *points, const struct point *point)
{
  for (size_t i = 0; i < points->count; i++) {
    const struct point *one = &points->items[i];
    if (one->threads == 1 && is_plain(one, point->map) && !strcmp(one->region, point->region) &&
        point_same_group(one, point) && one->keys == point->keys &&
        !strcmp(one->pages, point->pages))
      return one;
  }
  return NULL;
}

struct interval report_tables_speedup(const struct point *one, const struct point *many)
{
  struct interval ratio = report_tables_ratio(one, many);
  /* ns_per_op is thread time, so n threads that do not disturb each other have the same. */
  ratio.centre *= many->threads;
  ratio.low *= many->threads;
  ratio.high *= many->threads;
  return ratio;
}

void report_tables_scaling(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},         {"thr", true, false},      {"pages", false, false},
      {"map", false, false},         {"region", false, false},  {"ops/s, 1 thr", true, false},
      {"ops/s, n thr", true, false}, {"n over 1", true, false}, {"95 % interval", false, false},
  };
  table_init(table, "Scaling: throughput of n threads over one",
             "Ideal is n. Below 1 the threads hinder each other.", COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *many = &points->items[i];
    if (many->threads < 2 || !point_is_of_a_curve(many) || !is_plain(many, many->map) ||
        point_is_baseline(many))
      continue;
    const struct point *one = one_thread(points, many);
    if (!one)
      continue;
    struct interval ratio = report_tables_speedup(one, many);
    char text[FIGURE];
    report_tables_heading(table, &group, many);
    table_row(table);
    report_tables_subject(table, many);
    report_tables_counter(table, one, "ops_per_s", figure_rate);
    report_tables_counter(table, many, "ops_per_s", figure_rate);
    table_cell(table, "%s", figure_plain(text, ratio.centre));
    table_cell(table, "%s", figure_range(text, &ratio));
  }
}

void report_tables_self(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},     {"thr", true, false},         {"pages", false, false},
      {"map", false, false},     {"region", false, false},     {"ns/op", true, false},
      {"again", true, false},    {"again/first", true, false}, {"95 % interval", false, false},
      {"verdict", false, false},
  };
  table_init(
      table, "A/A: points that were measured twice, over themselves",
      "The ratio should be 1 within its interval; of 20 such rows one is expected to miss it.",
      COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *again = &points->items[i];
    const struct point *first = summary_self_pair(points, again);
    if (!first)
      continue;
    report_tables_heading(table, &group, again);
    table_row(table);
    report_tables_subject(table, again);
    if (!point_is_good(first) || !point_is_good(again)) {
      table_cell(table, "no figure: a round failed");
      continue;
    }
    struct interval ratio = report_tables_ratio(again, first);
    char text[FIGURE];
    table_cell(table, "%s", figure_plain(text, first->median_ns));
    table_cell(table, "%s", figure_plain(text, again->median_ns));
    table_cell(table, "%.3f", ratio.centre);
    table_cell(table, "%s", figure_range(text, &ratio));
    table_cell(table, "%s",
               !ratio.known                 ? "too few rounds to say"
               : interval_holds_one(&ratio) ? "agrees"
                                            : "does not agree");
  }
}

void report_tables_harness(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},
      {"thr", true, false},
      {"pages", false, false},
      {"null_map ns/op", true, false},
      {"bare loop ns/op", true, false},
      {"null_map above a bare loop, ns/op", true, false},
  };
  table_init(table, "Harness cost: " HARNESS_COST_WORDS,
             "null_map answers at once; the bare loop walks the same tapes with no map call.",
             COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!is_plain(point, NULL_MAP) || isnan(point_counter(point, "harness_ns_per_op")))
      continue;
    char text[FIGURE];
    report_tables_heading(table, &group, point);
    table_row(table);
    place_cells(table, point);
    table_cell(table, "%s", figure_plain(text, point->median_ns));
    report_tables_counter(table, point, "bare_loop_ns_per_op", figure_plain);
    report_tables_counter(table, point, "harness_ns_per_op", figure_plain);
  }
}

/* Facts in words: first those of the project's own workloads, in this order, then others, whose
 * names must do. */
static const struct {
  const char *counter, *words, *unit;
} known_facts[] = {
    {"fact_puts", "puts in the stream", ""},
    {"fact_distinct_keys", "distinct keys", ""},
    {"fact_repeat_share", "puts that repeat an earlier one", "%"},
    {"fact_strings", "keys that are strings", ""},
    {"fact_stacks", "keys that are stacks", ""},
    {"fact_mean_key_bytes", "mean size of a key", " bytes"},
    {"fact_streams", "recorded threads", ""},
};
#define KNOWN_FACTS (sizeof known_facts / sizeof *known_facts)

static void fact_row(struct table *table, const char *words, double value, const char *unit)
{
  table_row(table);
  table_cell(table, "%s", words);
  if (unit[0] == '%')
    table_cell(table, "%.1f %%", value * 100);
  else if (value == floor(value))
    table_cell(table, "%.0f%s", value, unit);
  else
    table_cell(table, "%.4g%s", value, unit);
}

static bool is_known_fact(const char *counter)
{
  for (size_t i = 0; i < KNOWN_FACTS; i++)
    if (strcmp(known_facts[i].counter, counter) == 0)
      return true;
  return false;
}

static void fact_rows(struct table *table, json_t *entry)
{
  for (size_t i = 0; i < KNOWN_FACTS; i++) {
    const json_t *value = json_object_get(entry, known_facts[i].counter);
    if (value)
      fact_row(table, known_facts[i].words, json_number_value(value), known_facts[i].unit);
  }
  const char *counter;
  json_t *value;
  json_object_foreach(entry, counter, value)
  {
    if (strncmp(counter, "fact_", 5) != 0 || is_known_fact(counter))
      continue;
    char *words = memory_string(counter + 5);
    for (char *c = words; *c; c++)
      *c = *c == '_' ? ' ' : *c;
    fact_row(table, words, json_number_value(value), "");
    free(words);
  }
}

static bool has_facts(json_t *entry)
{
  const char *counter;
  json_t *value;
  json_object_foreach(entry, counter, value)
  {
    if (strncmp(counter, "fact_", 5) == 0)
      return true;
  }
  return false;
}

void report_tables_facts(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {{"fact", false, false}, {"value", true, false}};
  table_init(table, "What the workloads found in their input", NULL, COLUMNS(columns));
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i], *group = NULL;
    bool last = i + 1 == points->count || !point_same_group(point, &points->items[i + 1]);
    if (!last || point->round_count == 0)
      continue; /* the last of a group has the most keys */
    json_t *entry = point->rounds[0].entry;
    if (!has_facts(entry))
      continue;
    report_tables_heading(table, &group, point);
    fact_rows(table, entry);
  }
}
