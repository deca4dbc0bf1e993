/* response.c: see response.h. */
#include "report/response.h"

#include <math.h>

#include "report/choice.h"
#include "report/figure.h"
#include "report/interval.h"
#include "report/memory.h"
#include "report/report_tables.h"

#define COLUMNS(list) list, sizeof list / sizeof *list

/* ---- choosing points ---- */

static const struct point *open_point(const struct points *points, size_t index)
{
  return &points->items[points->count + index];
}

static bool same_curves(const struct point *a, const struct point *b)
{
  return point_is_good(a) && point_is_good(b) && !a->arm[0] && !b->arm[0] &&
         point_same_group(a, b) && a->keys == b->keys && a->threads == b->threads &&
         !strcmp(a->pages, b->pages);
}

/* A point of the largest set that differs in map and rate alone; NULL: there is none. */
static const struct point *largest_set(const struct points *points)
{
  const struct point *best = NULL;
  size_t most = 1; /* a single rate is no curve */
  for (size_t i = 0; i < points->open_count; i++) {
    size_t count = 0;
    for (size_t j = 0; j < points->open_count; j++)
      count += same_curves(open_point(points, i), open_point(points, j));
    if (count > most) {
      most = count;
      best = open_point(points, i);
    }
  }
  return best;
}

/* The bound of the run's sweep; 0: none, or runs with different ones. */
static double bound_ns(const struct points *points)
{
  double bound = 0;
  for (size_t i = 0; i < points->run_count; i++) {
    double other = json_number_value(json_object_get(points->runs[i].sweep, "p999_bound_ns"));
    if (i > 0 && other != bound)
      return 0;
    bound = other;
  }
  return bound;
}

/* ---- the picture ---- */

struct extent {
  double least, most;
};

/* Least and most over the point's rounds. */
static struct extent extent_of(const struct point *point, const char *counter)
{
  struct extent extent = {INFINITY, 0};
  for (size_t i = 0; i < point->round_count; i++) {
    double value = json_number_value(json_object_get(point->rounds[i].entry, counter));
    if (value > 0) {
      extent.least = fmin(extent.least, value);
      extent.most = fmax(extent.most, value);
    }
  }
  return extent;
}

static const struct {
  const char *title, *counter;
  bool bounded, closed; /* closed: as a closed loop would see it */
} panels[] = {
    {"p50 from when due", "response_p50_ns", false, false},
    {"p99 from when due", "response_p99_ns", false, false},
    {"p99.9 from when due", "response_p999_ns", true, false},
    {"p99.9 from the actual start: what a closed loop sees", "service_p999_ns", true, true},
};

void response_picture(struct picture *picture, const struct points *points,
                      const struct legend *legend)
{
  picture_init(picture, "response", "Latency over the rate at which operations come",
               "open loop, median over the rounds; bars: least and most round", AXIS_RATE,
               AXIS_TIME);
  const struct point *like = largest_set(points);
  if (!like)
    return;
  choice_add_legend(picture, legend);
  char figure[FIGURE], title[FIGURE + 16];
  double bound = bound_ns(points);
  snprintf(title, sizeof title, "bound: %s", figure_time(figure, bound));
  size_t bound_curve = picture_curve(picture, title, "#24292f", 0, 2, 1);
  for (size_t p = 0; p < sizeof panels / sizeof *panels; p++) {
    char keys[FIGURE] = "";
    if (like->keys)
      figure_keys(keys, (double)like->keys);
    size_t panel =
        panels[p].closed
            ? picture_panel(picture, "%s", panels[p].title)
            : picture_panel(picture, "%s: %s, %s %s, %u %s", panels[p].title, like->workload, keys,
                            like->kind, like->threads, like->threads == 1 ? "thread" : "threads");
    if (p > 0)
      picture_share_y(picture, panel, 0);
    struct extent rates = {INFINITY, 0};
    for (size_t i = 0; i < points->open_count; i++) {
      const struct point *point = open_point(points, i);
      double ns = same_curves(like, point) ? point_counter(point, panels[p].counter) : NAN;
      struct extent rounds = extent_of(point, panels[p].counter);
      if (!(ns > 0))
        continue;
      picture_mark(picture, panel, legend_find(legend, point), point->rate, ns, rounds.least,
                   rounds.most);
      rates.least = fmin(rates.least, point->rate);
      rates.most = fmax(rates.most, point->rate);
    }
    if (bound > 0 && panels[p].bounded && rates.most > 0) {
      picture_vertex(picture, panel, bound_curve, rates.least, bound);
      picture_vertex(picture, panel, bound_curve, rates.most, bound);
    }
  }
}

/* ---- tables ---- */

static void heading(struct table *table, const struct point **before, const struct point *point)
{
  if (*before && point_same_group(*before, point))
    return;
  *before = point;
  bool recorded = point->corpus[0];
  table_heading(table, "%s, %s%s%s%s, place %s, %s arrivals", point->workload,
                recorded ? "corpus " : "", recorded ? point->corpus : point->kind,
                point->parameters[0] ? ", " : "", point->parameters, point->place, point->arrivals);
}

static const char *figure_share(char *text, double share)
{
  if (isfinite(share))
    snprintf(text, FIGURE, "%.1f %%", 100 * share);
  else
    snprintf(text, FIGURE, "-");
  return text;
}

void response_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},
      {"thr", true, false},
      {"map", false, false},
      {"region", false, true},
      {"rate", true, false},
      {"achieved", true, false},
      {"late", true, false},
      {"p50", true, false},
      {"p90", true, true},
      {"p99", true, false},
      {"p99.9", true, false},
      {"max", true, true},
      {"service p50", true, true},
      {"service p99.9", true, false},
      {"idle start p99.9", true, false},
      {"rounds", true, true},
  };
  table_init(table, "Open loop: latency from when an operation was due",
             "Medians over the rounds. late: operations that were due before the one before had "
             "ended. service: from the\nactual start. idle start: how late a worker that waited "
             "began, which is the machine's doing, not the map's.",
             COLUMNS(columns));
  const struct point *group = NULL;
  for (size_t i = 0; i < points->open_count; i++) {
    const struct point *point = open_point(points, i);
    char text[FIGURE];
    heading(table, &group, point);
    table_row(table);
    table_cell(table, "%s", point->keys ? figure_keys(text, (double)point->keys) : "-");
    table_cell(table, "%u", point->threads);
    table_cell(table, "%s", point->map);
    table_cell(table, "%s", point->region);
    table_cell(table, "%s", figure_rate(text, point->rate));
    if (!point_is_good(point)) {
      table_cell(table, "no figure: %s", point->failure ? point->failure->reason : "no round");
      continue;
    }
    report_tables_counter(table, point, "rate_achieved_share", figure_share);
    report_tables_counter(table, point, "late_share", figure_share);
    report_tables_counter(table, point, "response_p50_ns", figure_time);
    report_tables_counter(table, point, "response_p90_ns", figure_time);
    report_tables_counter(table, point, "response_p99_ns", figure_time);
    report_tables_counter(table, point, "response_p999_ns", figure_time);
    report_tables_counter(table, point, "response_max_ns", figure_time);
    report_tables_counter(table, point, "service_p50_ns", figure_time);
    report_tables_counter(table, point, "service_p999_ns", figure_time);
    report_tables_counter(table, point, "start_delay_p999_ns", figure_time);
    table_cell(table, "%zu", point->round_count);
  }
}

/* What the map's sweep saw at that rate; NULL: the rate was not tried. */
static const json_t *try_at(const json_t *map, double rate)
{
  size_t index;
  json_t *item;
  json_array_foreach(json_object_get(map, "tried"), index, item)
  {
    if (json_number_value(json_object_get(item, "rate")) == rate)
      return item;
  }
  return NULL;
}

/* Rate, p99.9 there, its extent over the rounds. */
static void try_cells(struct table *table, const json_t *map, const char *member)
{
  char a[FIGURE], b[FIGURE];
  const json_t *rate = json_object_get(map, member);
  const json_t *found = json_is_number(rate) ? try_at(map, json_number_value(rate)) : NULL;
  if (!found) {
    for (int i = 0; i < 3; i++)
      table_cell(table, "-");
    return;
  }
  table_cell(table, "%s", figure_rate(a, json_number_value(rate)));
  table_cell(table, "%s", figure_time(a, json_number_value(json_object_get(found, "p999_ns"))));
  table_cell(table, "%s to %s, %.0f of %.0f under",
             figure_time(a, json_number_value(json_object_get(found, "p999_least_ns"))),
             figure_time(b, json_number_value(json_object_get(found, "p999_most_ns"))),
             json_number_value(json_object_get(found, "rounds_under")),
             json_number_value(json_object_get(found, "rounds")));
}

static const char *limit_words(const char *limit)
{
  static const struct {
    const char *limit, *words;
  } known[] = {{"latency", "p99.9 above the bound"},
               {"rate", "rate not achieved"},
               {"machine", "the machine: idle starts are above the bound too"}};
  for (size_t i = 0; limit && i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].limit, limit) == 0)
      return known[i].words;
  return "-";
}

void response_sweep_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"map", false, false},  {"region", false, true},           {"highest rate", true, false},
      {"p99.9", true, false}, {"over the rounds", false, false}, {"lowest that fails", true, false},
      {"p99.9", true, false}, {"over the rounds", false, true},  {"because", false, false},
  };
  table_init(table, "Highest rate that keeps p99.9 under the bound",
             "p99.9 from when an operation was due; a rate passes when the median over the rounds "
             "is at most the bound\nand at least 99 % of the rate was achieved.",
             COLUMNS(columns));
  for (size_t i = 0; i < points->run_count; i++) {
    const json_t *sweep = points->runs[i].sweep;
    char figure[FIGURE];
    size_t index;
    json_t *map;
    if (sweep)
      table_heading(
          table, "bound %s",
          figure_time(figure, json_number_value(json_object_get(sweep, "p999_bound_ns"))));
    json_array_foreach(json_object_get(sweep, "maps"), index, map)
    {
      table_row(table);
      table_cell(table, "%s", json_string_value(json_object_get(map, "map")));
      table_cell(table, "%s", json_string_value(json_object_get(map, "region")));
      try_cells(table, map, "rate");
      try_cells(table, map, "rate_failed");
      const char *limit = json_string_value(json_object_get(map, "limit"));
      table_cell(table, "%s",
                 strcmp(json_string_value(json_object_get(map, "verdict")), "failed")
                     ? limit_words(limit)
                     : "a point has no figure");
    }
  }
}
