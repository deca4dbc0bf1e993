/* thread_pictures.c: see thread_pictures.h. */
#include "report/thread_pictures.h"

#include <math.h>

#include "report/boundaries.h"
#include "report/choice.h"
#include "report/memory.h"
#include "report/report_tables.h"
#include "report/scaling_model.h"

/* No further workload once so many panels are there; one with several placements may go beyond. */
#define ENOUGH_PANELS 4
#define MODEL_STEPS 48

/* In this order the workloads get panels. More threads than CPUs have a workload of their own,
 * which is none of these: it is no point of a scaling curve. */
static const char *const workload_order[] = {"unique_inserts", "repeated_hits",  "same_key_race",
                                             "replay",         "zipf_mix",       "misses",
                                             "cold_storm",     "hash_collisions"};
#define WORKLOADS (sizeof workload_order / sizeof *workload_order)

/* Whether there is a curve over threads, of a map that does something. */
static bool has_thread_curve(const struct points *points, const struct choice *choice)
{
  for (size_t i = 0; choice->like && i < points->count; i++)
    if (choice_has(choice, &points->items[i]) && points->items[i].threads > 1 &&
        !point_is_baseline(&points->items[i]))
      return choice_least_threads(points, choice) == 1;
  return false;
}

static const struct point *same_curve_one_thread(const struct points *points,
                                                 const struct choice *choice,
                                                 const struct point *point)
{
  for (size_t i = 0; i < points->count; i++) {
    const struct point *one = &points->items[i];
    if (choice_has(choice, one) && one->threads == 1 && !strcmp(one->map, point->map) &&
        !strcmp(one->region, point->region) && one->keys == point->keys)
      return one;
  }
  return NULL;
}

static unsigned most_threads(const struct points *points, const struct choice *choice)
{
  unsigned most = 1;
  for (size_t i = 0; i < points->count; i++)
    if (choice_has(choice, &points->items[i]) && points->items[i].threads > most)
      most = points->items[i].threads;
  return most;
}

static void add_ideal(struct picture *picture, size_t panel, const char *color, double one,
                      unsigned most)
{
  size_t ideal = picture_curve(picture, NULL, color, 0, 2, 1);
  picture_vertex(picture, panel, ideal, 1, one);
  picture_vertex(picture, panel, ideal, most, one * most);
}

/* Between the last thread on one side and the first on the other. */
static void add_boundaries(struct picture *picture, size_t panel, const struct choice *choice,
                           unsigned most)
{
  struct boundaries boundaries;
  boundaries_find(choice->like->rounds[0].run->path, choice->like->place, &boundaries);
  for (size_t i = 0; i < boundaries.count; i++) {
    double threads = boundaries.item[i].threads;
    if (threads < most)
      picture_boundary(picture, panel,
                       picture->x == AXIS_THREADS ? sqrt(threads * (threads + 1)) : threads + 0.5,
                       boundaries.item[i].label);
  }
}

/* The model over one thread as it was measured, from the least to the most threads of the curve. */
static void add_model(struct picture *picture, size_t panel, const struct points *points,
                      const struct point *one, const char *color, unsigned most)
{
  struct usl *usl = scaling_model_fit(points, one);
  if (usl->verdict == USL_FITS) {
    size_t band = picture_curve(picture, NULL, color, 0, 3, 1);
    for (int step = 0; step <= MODEL_STEPS; step++) {
      double threads = 1 + (most - 1.0) * step / MODEL_STEPS;
      struct interval ns = usl_ns(usl, threads);
      double ideal = threads * one->interval.centre;
      picture_vertex(picture, panel, band, threads, ideal / ns.centre);
      picture_band(picture, panel, band, threads, ideal / ns.high, ideal / ns.low);
    }
  }
  free(usl);
}

static void mark_point(struct picture *picture, size_t panel, const struct legend *legend,
                       const struct point *one, const struct point *point, bool speedup)
{
  size_t curve = legend_find(legend, point);
  if (speedup) {
    struct interval ratio = report_tables_speedup(one, point);
    if (point == one)
      ratio = (struct interval){1, 1, 1, true};
    choice_mark(picture, panel, curve, point->threads, ratio.centre, ratio.low, ratio.high);
    return;
  }
  double rate = 1e9 * point->threads; /* ns_per_op is thread time */
  choice_mark(picture, panel, curve, point->threads, rate / point->median_ns,
              rate / point->interval.high, rate / point->interval.low);
}

static size_t fill_panel(struct picture *picture, const struct points *points,
                         const struct legend *legend, const struct choice *choice, bool speedup)
{
  char words[160];
  choice_words(words, sizeof words, choice);
  size_t panel =
      picture_panel(picture, "%s: %s, %s", choice->like->workload, words, choice->like->place);
  unsigned most = most_threads(points, choice);
  add_boundaries(picture, panel, choice, most);
  if (speedup)
    add_ideal(picture, panel, "#8a8a8a", 1, most);
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    const struct point *one =
        choice_has(choice, point) ? same_curve_one_thread(points, choice, point) : NULL;
    const struct legend_curve *style = one ? &legend->curves[legend_find(legend, point)] : NULL;
    if (!one || style->baseline)
      continue;
    mark_point(picture, panel, legend, one, point, speedup);
    if (point == one && speedup)
      add_model(picture, panel, points, one, style->color, most);
    else if (point == one)
      add_ideal(picture, panel, style->color, 1e9 / point->median_ns, most);
  }
  return panel;
}

static bool differs_in_place_only(const struct point *a, const struct point *b)
{
  return !strcmp(a->workload, b->workload) && !strcmp(a->kind, b->kind) &&
         !strcmp(a->parameters, b->parameters) && !strcmp(a->corpus, b->corpus) &&
         !strcmp(a->pages, b->pages) && strcmp(a->place, b->place) != 0;
}

static bool is_first_of_its_place(const struct points *points, size_t index)
{
  for (size_t i = 0; i < index; i++)
    if (point_same_group(&points->items[i], &points->items[index]) &&
        !strcmp(points->items[i].pages, points->items[index].pages) &&
        point_is_good(&points->items[i]))
      return false;
  return point_is_good(&points->items[index]);
}

static void fill(struct picture *picture, const struct points *points, const struct legend *legend,
                 bool speedup)
{
  choice_add_legend(picture, legend);
  for (size_t w = 0; w < WORKLOADS && picture->panel_count < ENOUGH_PANELS; w++) {
    struct choice choice = choice_best_group(points, workload_order[w], NULL, NULL);
    choice_narrow(points, &choice, true, false);
    if (!has_thread_curve(points, &choice))
      continue;
    size_t first = fill_panel(picture, points, legend, &choice, speedup);
    for (size_t i = 0; i < points->count; i++) {
      struct choice other = {.like = &points->items[i], .keys = choice.keys};
      if (differs_in_place_only(other.like, choice.like) && is_first_of_its_place(points, i) &&
          has_thread_curve(points, &other))
        picture_share_y(picture, fill_panel(picture, points, legend, &other, speedup), first);
    }
  }
}

void thread_pictures_throughput(struct picture *picture, const struct points *points,
                                const struct legend *legend)
{
  fill(picture, points, legend, false);
}

void thread_pictures_scaling(struct picture *picture, const struct points *points,
                             const struct legend *legend)
{
  fill(picture, points, legend, true);
}
