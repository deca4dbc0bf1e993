/* generation_report.c: see generation_report.h. */
#include "report/generation_report.h"

#include <math.h>

#include "report/choice.h"
#include "report/figure.h"
#include "report/memory.h"
#include "report/report_tables.h"

#define DUMP_COLOR "#e3a008"
#define RESET_COLOR "#6b7fa3"

static bool is_shown(const struct point *point)
{
  return point_is_good(point) && !point->arm[0] && !strcmp(point->workload, "generations");
}

/* ---- the table ---- */

void generation_report_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},
      {"thr", true, false},
      {"pages", false, false},
      {"map", false, false},
      {"region", false, true},
      {"stretch max", true, false},
      {"its p99.9", true, false},
      {"stacks", true, false},
      {"blocks", true, false},
      {"stall max", true, false},
      {"at switch p99.9", true, false},
      {"dump/stack", true, false},
      {"reset/key", true, false},
      {"written B/key", true, false},
      {"checked", true, true},
  };
  table_init(
      table, "Generations: what cleaning costs who writes",
      "stretch: what the cleaning did without a yield point, with the most stacks dumped and "
      "blocks given back in one.\nstall: between the ends of two successive puts of a "
      "thread. Medians over the rounds; a longest one has in it\nwhat the machine did, too.",
      columns, sizeof columns / sizeof *columns);
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!is_shown(point) || isnan(point_counter(point, "stretch_ns")))
      continue;
    char text[FIGURE];
    report_tables_heading(table, &group, point);
    table_row(table);
    table_cell(table, "%s", figure_keys(text, (double)point->keys));
    table_cell(table, "%u", point->threads);
    table_cell(table, "%s", point->pages);
    table_cell(table, "%s", point->map);
    table_cell(table, "%s", point->region);
    report_tables_counter(table, point, "stretch_ns", figure_time);
    report_tables_counter(table, point, "latency_stretch_p999_ns", figure_time);
    report_tables_counter(table, point, "stretch_dump_stacks", figure_plain);
    report_tables_counter(table, point, "stretch_reset_blocks", figure_plain);
    report_tables_counter(table, point, "latency_stall_max_ns", figure_time);
    report_tables_counter(table, point, "latency_stall_at_switch_p999_ns", figure_time);
    report_tables_counter(table, point, "dump_ns_per_stack", figure_time);
    report_tables_counter(table, point, "reset_ns_per_key", figure_time);
    report_tables_counter(table, point, "written_bytes_per_key", figure_plain);
    report_tables_counter(table, point, "generations_checked", figure_plain);
  }
}

/* ---- over time ---- */

/* Of one of the point's rounds; NULL: there is none. */
static const json_t *timeline_of(const struct point *point)
{
  for (size_t r = 0; r < point->round_count; r++) {
    const json_t *entries = json_object_get(point->rounds[r].run->timelines, "entries"), *entry;
    size_t i;
    json_array_foreach(entries, i, entry)
    {
      if (!strcmp(json_string_value(json_object_get(entry, "name")), point->name))
        return entry;
    }
  }
  return NULL;
}

static size_t count_switches(const json_t *timeline)
{
  size_t i, count = 0;
  const json_t *span;
  json_array_foreach(json_object_get(timeline, "spans"), i, span)
  {
    count += !strcmp(json_string_value(json_object_get(span, "name")), "switch");
  }
  return count;
}

/* The same point but for map and region. */
static const struct point *partner_of(const struct points *points, const struct point *point,
                                      const char *map)
{
  for (size_t i = 0; i < points->count; i++) {
    const struct point *other = &points->items[i];
    if (is_shown(other) && !strcmp(other->map, map) && point_same_group(point, other) &&
        other->keys == point->keys && other->threads == point->threads &&
        !strcmp(other->pages, point->pages) && timeline_of(other))
      return other;
  }
  return NULL;
}

struct pair {
  const struct point *point[2]; /* old, new */
};

static bool find_pair(const struct points *points, struct pair *pair)
{
  size_t most = 0;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *old = &points->items[i];
    if (!is_shown(old) || strcmp(old->map, OLD_MAP) != 0 || !timeline_of(old))
      continue;
    const struct point *young = partner_of(points, old, NEW_MAP);
    size_t switches = count_switches(timeline_of(old));
    if (young && switches > most) {
      most = switches;
      *pair = (struct pair){{old, young}};
    }
  }
  return most > 0;
}

static double number_at(const json_t *list, size_t index)
{
  return json_number_value(json_array_get(list, index));
}

struct extent {
  double least, most;
};

static void widen(struct extent *extent, double value)
{
  extent->least = fmin(extent->least, value);
  extent->most = fmax(extent->most, value);
}

#define NS_A_MS 1e6

/* Puts a second in each slice; at the bottom, which is half a put a slice, where there was none. */
static void add_throughput(struct picture *picture, size_t panel, size_t curve,
                           const json_t *timeline, struct extent *extent)
{
  const json_t *puts = json_object_get(json_object_get(timeline, "latencies"), "put");
  const json_t *count = json_object_get(puts, "count");
  double slice_ns = json_number_value(json_object_get(timeline, "slice_ns"));
  for (size_t i = 0; i < json_array_size(count); i++) {
    double rate = fmax(number_at(count, i), 0.5) * 1e9 / slice_ns;
    picture_vertex(picture, panel, curve, (double)i * slice_ns / NS_A_MS, rate);
    picture_vertex(picture, panel, curve, (double)(i + 1) * slice_ns / NS_A_MS, rate);
    widen(extent, rate);
  }
}

/* A stall stands where it ended. */
static void add_stalls(struct picture *picture, size_t panel, size_t curve, const json_t *timeline,
                       const char *figure, struct extent *extent)
{
  const json_t *stalls = json_object_get(json_object_get(timeline, "latencies"), "stall");
  const json_t *ns = json_object_get(stalls, figure);
  double slice_ns = json_number_value(json_object_get(timeline, "slice_ns"));
  for (size_t i = 0; i < json_array_size(ns); i++) {
    if (!(number_at(ns, i) > 0))
      continue;
    picture_vertex(picture, panel, curve, ((double)i + 0.5) * slice_ns / NS_A_MS, number_at(ns, i));
    widen(extent, number_at(ns, i));
  }
}

/* Shades the spans of that name from the panel's bottom to its top. */
static void add_shade(struct picture *picture, size_t panel, size_t curve, const json_t *timeline,
                      const char *name, const struct extent *extent)
{
  size_t i;
  const json_t *span;
  json_array_foreach(json_object_get(timeline, "spans"), i, span)
  {
    if (strcmp(json_string_value(json_object_get(span, "name")), name) != 0)
      continue;
    double from = json_number_value(json_object_get(span, "from_ns")) / NS_A_MS;
    double to = json_number_value(json_object_get(span, "to_ns")) / NS_A_MS;
    /* Between two spans the band has no height. */
    picture_band(picture, panel, curve, from, extent->least, extent->least);
    picture_band(picture, panel, curve, from, extent->least, extent->most);
    picture_band(picture, panel, curve, to, extent->least, extent->most);
    picture_band(picture, panel, curve, to, extent->least, extent->least);
  }
}

void generation_report_moments(struct picture *picture, const struct points *points,
                               const struct legend *legend)
{
  picture_init(picture, "generations", "Writing goes on while a generation is cleaned away",
               "one trial of each map; the thread that cleans also writes, wherever the cleaning "
               "yields; at the bottom: no put at all",
               AXIS_MOMENT, AXIS_RATE);
  struct pair pair;
  if (!find_pair(points, &pair))
    return;
  size_t line[2], longest[2], panel[4];
  for (int side = 0; side < 2; side++) {
    const struct legend_curve *style = &legend->curves[legend_find(legend, pair.point[side])];
    char title[160];
    line[side] = picture_curve(picture, style->title, style->color, 0, 1, 1.5);
    snprintf(title, sizeof title, "%s, longest stall", style->title);
    longest[side] = picture_curve(picture, title, style->color, 0, 3, 1);
  }
  size_t dump = picture_curve(picture, "dump", DUMP_COLOR, 0, 1, 6);
  size_t reset = picture_curve(picture, "reset", RESET_COLOR, 0, 1, 6);
  struct extent rates = {INFINITY, 0}, stalls = {INFINITY, 0};
  for (int side = 0; side < 2; side++) {
    const struct point *point = pair.point[side];
    char keys[FIGURE];
    panel[side] = picture_panel(picture, "%s: puts a second, %s keys a generation, %u %s",
                                point->map, figure_keys(keys, (double)point->keys), point->threads,
                                point->threads == 1 ? "thread" : "threads");
    add_throughput(picture, panel[side], line[side], timeline_of(point), &rates);
  }
  for (int side = 0; side < 2; side++) {
    const struct point *point = pair.point[side];
    panel[2 + side] =
        picture_panel(picture, "%s: stalls of a writer, p99.9 and longest", point->map);
    picture_panel_y(picture, panel[2 + side], AXIS_TIME);
    add_stalls(picture, panel[2 + side], line[side], timeline_of(point), "p999_ns", &stalls);
    add_stalls(picture, panel[2 + side], longest[side], timeline_of(point), "max_ns", &stalls);
  }
  picture_share_y(picture, panel[1], panel[0]);
  picture_share_y(picture, panel[3], panel[2]);
  for (int p = 0; p < 4; p++) {
    const json_t *timeline = timeline_of(pair.point[p % 2]);
    add_shade(picture, panel[p], dump, timeline, "dump", p < 2 ? &rates : &stalls);
    add_shade(picture, panel[p], reset, timeline, "reset", p < 2 ? &rates : &stalls);
  }
}

/* ---- over keys ---- */

/* Two tables in one region make another experiment. */
static bool is_of_stretches(const struct point *point)
{
  return is_shown(point) && !strstr(point->parameters, "one_region") &&
         point_counter(point, "stretch_ns") > 0;
}

static bool same_panel(const struct point *a, const struct point *b)
{
  return a->threads == b->threads && !strcmp(a->pages, b->pages) && !strcmp(a->place, b->place);
}

static bool begins_panel(const struct points *points, size_t index)
{
  for (size_t i = 0; i < index; i++)
    if (is_of_stretches(&points->items[i]) && same_panel(&points->items[i], &points->items[index]))
      return false;
  return true;
}

/* Whether there is more than one size. */
static bool is_curve(const struct points *points, const struct point *like)
{
  for (size_t i = 0; i < points->count; i++)
    if (is_of_stretches(&points->items[i]) && same_panel(&points->items[i], like) &&
        points->items[i].keys != like->keys)
      return true;
  return false;
}

static void mark_rounds(struct picture *picture, size_t panel, size_t curve,
                        const struct point *point, const char *counter)
{
  struct extent rounds = {INFINITY, 0};
  for (size_t i = 0; i < point->round_count; i++)
    widen(&rounds, json_number_value(json_object_get(point->rounds[i].entry, counter)));
  picture_mark(picture, panel, curve, (double)point->keys, point_counter(point, counter),
               rounds.least, rounds.most);
}

void generation_report_stretches(struct picture *picture, const struct points *points,
                                 const struct legend *legend)
{
  picture_init(
      picture, "stretches", "How long cleaning keeps a processor to itself",
      "longest stretch without a yield point, median over the rounds; bars: least and most "
      "round; dashes: p99.9 of the stretches",
      AXIS_KEYS, AXIS_TIME);
  size_t *dashed = memory_zeroed(legend->count + 1, sizeof *dashed);
  choice_add_legend(picture, legend);
  for (size_t i = 0; i < legend->count; i++)
    dashed[i] =
        picture_curve(picture, NULL, legend->curves[i].color, legend->curves[i].open_marker, 2, 1);
  for (size_t i = 0; i < points->count; i++) {
    const struct point *like = &points->items[i];
    if (!is_of_stretches(like) || !begins_panel(points, i) || !is_curve(points, like))
      continue;
    size_t panel = picture_panel(picture, "%u %s, %s pages", like->threads,
                                 like->threads == 1 ? "thread" : "threads", like->pages);
    picture_share_y(picture, panel, 0);
    for (size_t j = i; j < points->count; j++) {
      const struct point *point = &points->items[j];
      if (!is_of_stretches(point) || !same_panel(point, like))
        continue;
      size_t curve = legend_find(legend, point);
      mark_rounds(picture, panel, curve, point, "stretch_ns");
      if (point_counter(point, "latency_stretch_p999_ns") < point_counter(point, "stretch_ns"))
        mark_rounds(picture, panel, dashed[curve], point, "latency_stretch_p999_ns");
    }
  }
  free(dashed);
}
