/* pictures.c: see pictures.h. What is shown is chosen here; how it looks is scripts/plots' part. */
#include "report/pictures.h"
#include "report/generation_report.h"

#include <math.h>

#include "report/choice.h"
#include "report/drawing.h"
#include "report/legend.h"
#include "report/memory.h"
#include "report/region_report.h"
#include "report/response.h"
#include "report/thread_pictures.h"

#define MOST_PANELS 4

/* ---- the pictures ---- */

/* What most operations do of the maps that were chosen; OUTCOMES when nothing tells. */
static enum outcome choice_outcome(const struct points *points, const struct choice *choice)
{
  for (size_t i = 0; i < points->count; i++)
    if (choice_has(choice, &points->items[i]) && !point_is_baseline(&points->items[i]))
      return point_main_outcome(&points->items[i]);
  return OUTCOMES;
}

enum measure { MEASURE_TIME, MEASURE_MEMORY };

/* A map that takes so many times the least of all is not shown: a small one with a table made for
 * large ones would press all others into one line. */
#define BYTES_SPAN 5

static double least_bytes(const struct points *points, const struct choice *choice)
{
  double least = INFINITY;
  for (size_t i = 0; i < points->count; i++) {
    double bytes = point_counter(&points->items[i], "bytes_per_key");
    if (choice_has(choice, &points->items[i]) && !point_is_baseline(&points->items[i]) && bytes > 0)
      least = fmin(least, bytes);
  }
  return least;
}

static void add_keys_panel(struct picture *picture, const struct points *points,
                           const struct legend *legend, const char *workload, const char *kind,
                           enum measure measure)
{
  struct choice choice = choice_best_group(points, workload, kind, NULL);
  if (!choice.like || picture->panel_count == MOST_PANELS)
    return;
  choice.threads = choice_least_threads(points, &choice);
  struct choice one_size = choice;
  choice_narrow(points, &one_size, true, false);
  if (choice_count(points, &choice) == choice_count(points, &one_size))
    return; /* a single number of keys is no curve */
  char words[160];
  choice_words(words, sizeof words, &choice);
  size_t panel = SIZE_MAX;
  enum outcome outcome = choice_outcome(points, &choice);
  double least = least_bytes(points, &choice);
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!choice_has(&choice, point))
      continue;
    bool baseline = point_is_baseline(point);
    double bytes = point_counter(point, "bytes_per_key");
    if (measure == MEASURE_MEMORY ? baseline || !(bytes > 0 && bytes <= BYTES_SPAN * least)
                                  : baseline && !point_is_floor_of(point, outcome))
      continue;
    if (panel == SIZE_MAX)
      panel = picture_panel(picture, "%s: %s", workload, words);
    size_t curve = legend_find(legend, point);
    if (measure == MEASURE_MEMORY)
      choice_mark(picture, panel, curve, (double)point->keys, bytes, bytes, bytes);
    else
      choice_mark(picture, panel, curve, (double)point->keys, point->median_ns, point->interval.low,
                  point->interval.high);
  }
}

static void fill_cost(struct picture *picture, const struct points *points,
                      const struct legend *legend)
{
  choice_add_legend(picture, legend);
  static const char *const kinds[] = {"strings", "stacks"};
  for (size_t i = 0; i < 2; i++) {
    add_keys_panel(picture, points, legend, "repeated_hits", kinds[i], MEASURE_TIME);
    add_keys_panel(picture, points, legend, "unique_inserts", kinds[i], MEASURE_TIME);
  }
}

static void fill_memory(struct picture *picture, const struct points *points,
                        const struct legend *legend)
{
  choice_add_legend(picture, legend);
  add_keys_panel(picture, points, legend, "unique_inserts", "strings", MEASURE_MEMORY);
  add_keys_panel(picture, points, legend, "unique_inserts", "stacks", MEASURE_MEMORY);
}

/* The staircase of a histogram: each share of the operations took at most so long. */
static void add_latencies(struct picture *picture, size_t panel, size_t curve,
                          const struct latencies *latencies)
{
  static const double marks[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
  double seen = 0, before = 1;
  size_t next = 0;
  for (size_t i = 0; i < latencies->bucket_count; i++) {
    double ns = fmax(latencies->buckets[i].upper_ns, 1);
    if (i + 1 == latencies->bucket_count)
      ns = fmax(fmin(ns, latencies->max_ns), 1); /* the bucket's edge may be above the greatest */
    seen += latencies->buckets[i].count;
    /* The greatest value stands at one over its rank, where the axis would go on for ever. */
    double left = fmax(latencies->count - seen, 1) / latencies->count, x = fmax(1 / left, before);
    picture_vertex(picture, panel, curve, before, ns);
    for (; next < sizeof marks / sizeof *marks && 1 / (1 - marks[next]) <= x * (1 + 1e-9); next++)
      picture_mark(picture, panel, curve, 1 / (1 - marks[next]), ns, ns, ns);
    picture_vertex(picture, panel, curve, x, ns);
    before = x;
  }
}

static void fill_latency(struct picture *picture, const struct points *points,
                         const struct legend *legend)
{
  choice_add_legend(picture, legend);
  static const struct {
    const char *workload;
    enum outcome outcome;
  } wanted[] = {
      {"unique_inserts", OUTCOME_ADDED}, {"repeated_hits", OUTCOME_FOUND},
      {"misses", OUTCOME_MISSED},        {"replay", OUTCOME_FOUND},
      {"same_key_race", OUTCOME_FOUND},  {"zipf_mix", OUTCOME_FOUND},
  };
  for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
    struct choice choice = choice_best_group(points, wanted[w].workload, NULL, NULL);
    choice_narrow(points, &choice, true, true);
    size_t panel = SIZE_MAX;
    for (size_t i = 0; choice.like && i < points->count; i++) {
      const struct point *point = &points->items[i];
      if (!choice_has(&choice, point) || picture->panel_count == MOST_PANELS + (panel != SIZE_MAX))
        continue;
      const struct latencies *latencies = &point->latency[wanted[w].outcome];
      if (latencies->count < 1 || legend->curves[legend_find(legend, point)].baseline)
        continue;
      char words[160];
      choice_words(words, sizeof words, &choice);
      if (panel == SIZE_MAX)
        panel = picture_panel(picture, "%s, %s: %s", wanted[w].workload,
                              outcome_name(wanted[w].outcome), words);
      add_latencies(picture, panel, legend_find(legend, point), latencies);
    }
  }
}

/* A panel a map: inserts into fresh pages against inserts into pages touched before. */
static void fill_cold_warm(struct picture *picture, const struct points *points,
                           const struct legend *legend)
{
  struct choice cold = choice_best_group(points, "unique_inserts", NULL, "cold");
  struct choice warm =
      choice_best_group(points, "unique_inserts", cold.like ? cold.like->kind : NULL, "warm");
  if (!warm.like || !cold.like)
    return;
  warm.threads = cold.threads = choice_least_threads(points, &warm);
  for (size_t c = 0; c < legend->count && picture->panel_count < MOST_PANELS; c++) {
    const struct legend_curve *style = &legend->curves[c];
    if (style->baseline)
      continue;
    size_t panel = picture_panel(picture, "%s: %s, %u %s", style->title, warm.like->kind,
                                 warm.threads, warm.threads == 1 ? "thread" : "threads");
    picture_share_y(picture, panel, 0);
    for (int state = 0; state < 2; state++) {
      const struct choice *choice = state ? &cold : &warm;
      char title[160];
      snprintf(title, sizeof title, "%s, %s pages", style->title, state ? "cold" : "warm");
      size_t curve = picture_curve(picture, title, style->color,
                                   state ? style->open_marker : style->marker, state ? 2 : 1, 2);
      for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->items[i];
        if (choice_has(choice, point) && legend_find(legend, point) == c)
          choice_mark(picture, panel, curve, (double)point->keys, point->median_ns,
                      point->interval.low, point->interval.high);
      }
    }
  }
}

void pictures_init(struct pictures *pictures, const struct points *points)
{
  struct legend legend;
  legend_init(&legend, points);
  struct picture *p = pictures->items;
  picture_init(&p[0], "throughput", "Throughput over threads",
               "thin dashes: ideal, each map's own figure for one thread times the threads; bars: "
               "95 % interval",
               AXIS_THREADS, AXIS_RATE);
  thread_pictures_throughput(&p[0], points, &legend);
  picture_init(
      &p[1], "scaling", "Scaling: throughput of n threads over one",
      "thin dashes: ideal; bars: 95 % interval; dots and shade: Universal Scalability Law, "
      "a model, 95 % band",
      AXIS_THREADS_LINEAR, AXIS_FACTOR);
  thread_pictures_scaling(&p[1], points, &legend);
  picture_init(&p[2], "cost", "Cost of an operation over the number of keys",
               "thread time per operation; bars: 95 % interval; grey: floors, what the machine and "
               "the harness take",
               AXIS_KEYS, AXIS_TIME);
  fill_cost(&p[2], points, &legend);
  picture_init(&p[3], "latency", "Latency of single operations",
               "sampled, timer cost inside; a share of the operations took at most so long",
               AXIS_PERCENTILE, AXIS_TIME);
  fill_latency(&p[3], points, &legend);
  picture_init(&p[4], "memory", "Memory per key over the number of keys",
               "region mapped and table, divided by the keys in the map; without points above 5 "
               "times the least",
               AXIS_KEYS, AXIS_BYTES);
  fill_memory(&p[4], points, &legend);
  picture_init(&p[5], "cold_warm", "Inserts into cold and warm pages",
               "cold: page faults are inside the clock; warm: pages that an earlier trial touched",
               AXIS_KEYS, AXIS_TIME);
  fill_cold_warm(&p[5], points, &legend);
  response_picture(&p[8], points, &legend);
  generation_report_moments(&p[9], points, &legend);
  generation_report_stretches(&p[10], points, &legend);
  legend_fini(&legend);
  picture_init(&p[6], "regions", "Regions: throughput over threads",
               "the same map and workload with each region; bars: 95 % interval", AXIS_THREADS,
               AXIS_RATE);
  region_report_throughput(&p[6], points);
  picture_init(&p[7], "region_waste", "Regions: bytes mapped and not used",
               "at the end of a trial; a region with a block for each thread maps one for each "
               "seat that was used",
               AXIS_THREADS, AXIS_BYTES);
  region_report_waste(&p[7], points);

  pictures->count = 0;
  for (size_t i = 0; i < PICTURES; i++) {
    if (p[i].sample_count > 0)
      p[pictures->count++] = p[i];
    else
      picture_fini(&p[i]);
  }
}

void pictures_fini(struct pictures *pictures)
{
  for (size_t i = 0; i < pictures->count; i++)
    picture_fini(&pictures->items[i]);
}

/* ---- drawing ---- */

bool pictures_draw(const struct pictures *pictures, const struct summary *summary,
                   const char *plots, const char *folder, char *error)
{
  char rounds[64];
  if (summary->rounds_least == summary->rounds_most)
    snprintf(rounds, sizeof rounds, "%zu", summary->rounds_most);
  else
    snprintf(rounds, sizeof rounds, "%zu to %zu", summary->rounds_least, summary->rounds_most);
  char *out = memory_format("%s/plots", folder);
  char *footer_2 =
      memory_format("commit %s, %s; rounds: %s", summary->commit, summary->build, rounds);
  const char *const footer[2] = {summary->machine, footer_2};
  bool good = drawing_make(pictures->items, pictures->count, plots, footer, out, error);
  free(out);
  free(footer_2);
  return good;
}
