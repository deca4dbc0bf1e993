/* pictures.c: see pictures.h. What is shown is chosen here; how it looks is scripts/plots' part. */
#include "report/pictures.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/figure.h"
#include "report/gnuplot.h"
#include "report/legend.h"
#include "report/memory.h"
#include "report/region_report.h"
#include "report/report_tables.h"

#define MOST_PANELS 4

/* In this order the workloads get panels. */
static const char *const workload_order[] = {"unique_inserts", "repeated_hits",  "same_key_race",
                                             "replay",         "zipf_mix",       "misses",
                                             "cold_storm",     "hash_collisions"};
#define WORKLOADS (sizeof workload_order / sizeof *workload_order)

/* ---- choosing points ---- */

/* What the points of one panel have in common: group and pages of `like`, and one of keys and
 * threads where it is not 0. */
struct choice {
  const struct point *like; /* NULL: nothing to show */
  uint64_t keys;
  unsigned threads;
};

static bool shown(const struct point *point)
{
  return point_is_good(point) && !point->arm[0];
}

static bool chosen(const struct choice *choice, const struct point *point)
{
  return shown(point) && point_same_group(point, choice->like) &&
         !strcmp(point->pages, choice->like->pages) &&
         (!choice->keys || point->keys == choice->keys) &&
         (!choice->threads || point->threads == choice->threads);
}

static size_t count_chosen(const struct points *points, const struct choice *choice)
{
  size_t count = 0;
  for (size_t i = 0; i < points->count; i++)
    count += chosen(choice, &points->items[i]);
  return count;
}

/* Of two groups with as many points, the one with string keys, then with warm pages. */
static bool preferred(const struct point *a, const struct point *b)
{
  int kind = strcmp(a->kind, b->kind); /* stacks, strings */
  return kind ? kind > 0 : strcmp(a->pages, b->pages) > 0;
}

/* The workload's group and pages with the most points. kind, pages: only those, NULL: any. */
static struct choice best_group(const struct points *points, const char *workload, const char *kind,
                                const char *pages)
{
  struct choice best = {0};
  size_t most = 0;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!shown(point) || strcmp(point->workload, workload) != 0 ||
        (kind && strcmp(point->kind, kind) != 0) || (pages && strcmp(point->pages, pages) != 0))
      continue;
    struct choice choice = {.like = point};
    size_t count = count_chosen(points, &choice);
    if (count > most || (count == most && preferred(point, best.like))) {
      most = count;
      best = choice;
    }
  }
  return best;
}

/* Keeps of the choice those keys (and threads) that the most points have; of equals the largest. */
static void narrow(const struct points *points, struct choice *choice, bool keys, bool threads)
{
  struct choice best = *choice;
  size_t most = 0;
  for (size_t i = 0; choice->like && i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!chosen(choice, point))
      continue;
    struct choice candidate = *choice;
    candidate.keys = keys ? point->keys : choice->keys;
    candidate.threads = threads ? point->threads : choice->threads;
    size_t count = count_chosen(points, &candidate);
    if (count >= most) { /* points are sorted by keys, then threads, both rising */
      most = count;
      best = candidate;
    }
  }
  *choice = best;
}

static unsigned least_threads(const struct points *points, const struct choice *choice)
{
  unsigned least = 0;
  for (size_t i = 0; i < points->count; i++)
    if (chosen(choice, &points->items[i]) && (!least || points->items[i].threads < least))
      least = points->items[i].threads;
  return least;
}

/* ---- curves ---- */

/* The picture's first curves are the legend's, in its order. */
static void add_legend(struct picture *picture, const struct legend *legend)
{
  for (size_t i = 0; i < legend->count; i++)
    picture_curve(picture, legend->curves[i].title, legend->curves[i].color,
                  legend->curves[i].marker, 1, 2);
}

static void mark_interval(struct picture *picture, size_t panel, size_t curve, double x, double y,
                          double low, double high)
{
  if (y > 0 && isfinite(y) && x > 0)
    picture_mark(picture, panel, curve, x, y, low > 0 ? fmin(low, y) : y, fmax(high, y));
}

static void panel_words(char *words, size_t size, const struct choice *choice)
{
  char keys[FIGURE] = "", threads[FIGURE] = "";
  const struct point *like = choice->like;
  if (choice->keys)
    figure_keys(keys, (double)choice->keys);
  if (choice->threads)
    snprintf(threads, sizeof threads, ", %u %s", choice->threads,
             choice->threads == 1 ? "thread" : "threads");
  snprintf(words, size, "%s%s%s%s%s%s, %s", keys, keys[0] ? " " : "",
           like->corpus[0] ? "keys" : like->kind, threads, like->parameters[0] ? ", " : "",
           like->parameters, like->pages);
}

/* ---- the pictures ---- */

/* Whether there is a curve over threads, of a map that does something. */
static bool has_thread_curve(const struct points *points, const struct choice *choice)
{
  for (size_t i = 0; choice->like && i < points->count; i++)
    if (chosen(choice, &points->items[i]) && points->items[i].threads > 1 &&
        strcmp(points->items[i].map, NULL_MAP) != 0)
      return least_threads(points, choice) == 1;
  return false;
}

static const struct point *same_curve_one_thread(const struct points *points,
                                                 const struct choice *choice,
                                                 const struct point *point)
{
  for (size_t i = 0; i < points->count; i++) {
    const struct point *one = &points->items[i];
    if (chosen(choice, one) && one->threads == 1 && !strcmp(one->map, point->map) &&
        !strcmp(one->region, point->region) && one->keys == point->keys)
      return one;
  }
  return NULL;
}

static unsigned most_threads(const struct points *points, const struct choice *choice)
{
  unsigned most = 1;
  for (size_t i = 0; i < points->count; i++)
    if (chosen(choice, &points->items[i]) && points->items[i].threads > most)
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

/* Throughput, or the speed-up over one thread. */
static void fill_threads(struct picture *picture, const struct points *points,
                         const struct legend *legend, bool speedup)
{
  add_legend(picture, legend);
  for (size_t w = 0; w < WORKLOADS && picture->panel_count < MOST_PANELS; w++) {
    struct choice choice = best_group(points, workload_order[w], NULL, NULL);
    narrow(points, &choice, true, false);
    if (!has_thread_curve(points, &choice))
      continue;
    char words[160];
    panel_words(words, sizeof words, &choice);
    size_t panel = picture_panel(picture, "%s: %s", workload_order[w], words);
    unsigned most = most_threads(points, &choice);
    if (speedup)
      add_ideal(picture, panel, "#8a8a8a", 1, most);
    for (size_t i = 0; i < points->count; i++) {
      const struct point *point = &points->items[i];
      const struct point *one =
          chosen(&choice, point) ? same_curve_one_thread(points, &choice, point) : NULL;
      const struct legend_curve *style = one ? &legend->curves[legend_find(legend, point)] : NULL;
      if (!one || style->baseline)
        continue;
      size_t curve = legend_find(legend, point);
      if (speedup) {
        struct interval ratio = report_tables_speedup(one, point);
        if (point == one)
          ratio = (struct interval){1, 1, 1, true};
        mark_interval(picture, panel, curve, point->threads, ratio.centre, ratio.low, ratio.high);
        continue;
      }
      double rate = 1e9 * point->threads; /* ns_per_op is thread time */
      mark_interval(picture, panel, curve, point->threads, rate / point->median_ns,
                    rate / point->interval.high, rate / point->interval.low);
      if (point == one)
        add_ideal(picture, panel, style->color, rate / point->median_ns, most);
    }
  }
}

enum measure { MEASURE_TIME, MEASURE_MEMORY };

static void add_keys_panel(struct picture *picture, const struct points *points,
                           const struct legend *legend, const char *workload, const char *kind,
                           enum measure measure)
{
  struct choice choice = best_group(points, workload, kind, NULL);
  if (!choice.like || picture->panel_count == MOST_PANELS)
    return;
  choice.threads = least_threads(points, &choice);
  struct choice one_size = choice;
  narrow(points, &one_size, true, false);
  if (count_chosen(points, &choice) == count_chosen(points, &one_size))
    return; /* a single number of keys is no curve */
  char words[160];
  panel_words(words, sizeof words, &choice);
  size_t panel = SIZE_MAX;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!chosen(&choice, point))
      continue;
    bool baseline = legend->curves[legend_find(legend, point)].baseline;
    double bytes = point_counter(point, "bytes_per_key");
    if (measure == MEASURE_MEMORY && (baseline || !(bytes > 0)))
      continue;
    if (panel == SIZE_MAX)
      panel = picture_panel(picture, "%s: %s", workload, words);
    size_t curve = legend_find(legend, point);
    if (measure == MEASURE_MEMORY)
      mark_interval(picture, panel, curve, (double)point->keys, bytes, bytes, bytes);
    else
      mark_interval(picture, panel, curve, (double)point->keys, point->median_ns,
                    point->interval.low, point->interval.high);
  }
}

static void fill_cost(struct picture *picture, const struct points *points,
                      const struct legend *legend)
{
  add_legend(picture, legend);
  static const char *const kinds[] = {"strings", "stacks"};
  for (size_t i = 0; i < 2; i++) {
    add_keys_panel(picture, points, legend, "repeated_hits", kinds[i], MEASURE_TIME);
    add_keys_panel(picture, points, legend, "unique_inserts", kinds[i], MEASURE_TIME);
  }
}

static void fill_memory(struct picture *picture, const struct points *points,
                        const struct legend *legend)
{
  add_legend(picture, legend);
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
  add_legend(picture, legend);
  static const struct {
    const char *workload;
    enum outcome outcome;
  } wanted[] = {
      {"unique_inserts", OUTCOME_ADDED}, {"repeated_hits", OUTCOME_FOUND},
      {"misses", OUTCOME_MISSED},        {"replay", OUTCOME_FOUND},
      {"same_key_race", OUTCOME_FOUND},  {"zipf_mix", OUTCOME_FOUND},
  };
  for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
    struct choice choice = best_group(points, wanted[w].workload, NULL, NULL);
    narrow(points, &choice, true, true);
    size_t panel = SIZE_MAX;
    for (size_t i = 0; choice.like && i < points->count; i++) {
      const struct point *point = &points->items[i];
      if (!chosen(&choice, point) || picture->panel_count == MOST_PANELS + (panel != SIZE_MAX))
        continue;
      const struct latencies *latencies = &point->latency[wanted[w].outcome];
      if (latencies->count < 1 || legend->curves[legend_find(legend, point)].baseline)
        continue;
      char words[160];
      panel_words(words, sizeof words, &choice);
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
  struct choice cold = best_group(points, "unique_inserts", NULL, "cold");
  struct choice warm =
      best_group(points, "unique_inserts", cold.like ? cold.like->kind : NULL, "warm");
  if (!warm.like || !cold.like)
    return;
  warm.threads = cold.threads = least_threads(points, &warm);
  picture->same_y = true;
  for (size_t c = 0; c < legend->count && picture->panel_count < MOST_PANELS; c++) {
    const struct legend_curve *style = &legend->curves[c];
    if (style->baseline)
      continue;
    size_t panel = picture_panel(picture, "%s: %s, %u %s", style->title, warm.like->kind,
                                 warm.threads, warm.threads == 1 ? "thread" : "threads");
    for (int state = 0; state < 2; state++) {
      const struct choice *choice = state ? &cold : &warm;
      char title[160];
      snprintf(title, sizeof title, "%s, %s pages", style->title, state ? "cold" : "warm");
      size_t curve = picture_curve(picture, title, style->color,
                                   state ? style->open_marker : style->marker, state ? 2 : 1, 2);
      for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->items[i];
        if (chosen(choice, point) && legend_find(legend, point) == c)
          mark_interval(picture, panel, curve, (double)point->keys, point->median_ns,
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
  fill_threads(&p[0], points, &legend, false);
  picture_init(&p[1], "scaling", "Scaling: throughput of n threads over one",
               "thin dashes: ideal; bars: 95 % interval", AXIS_THREADS_LINEAR, AXIS_FACTOR);
  fill_threads(&p[1], points, &legend, true);
  picture_init(&p[2], "cost", "Cost of an operation over the number of keys",
               "thread time per operation; bars: 95 % interval", AXIS_KEYS, AXIS_TIME);
  fill_cost(&p[2], points, &legend);
  picture_init(&p[3], "latency", "Latency of single operations",
               "sampled, timer cost inside; a share of the operations took at most so long",
               AXIS_PERCENTILE, AXIS_TIME);
  fill_latency(&p[3], points, &legend);
  picture_init(&p[4], "memory", "Memory per key over the number of keys",
               "region mapped and table, divided by the keys in the map", AXIS_KEYS, AXIS_BYTES);
  fill_memory(&p[4], points, &legend);
  picture_init(&p[5], "cold_warm", "Inserts into cold and warm pages",
               "cold: page faults are inside the clock; warm: pages that an earlier trial touched",
               AXIS_KEYS, AXIS_TIME);
  fill_cold_warm(&p[5], points, &legend);
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

static void remove_folder(const char *path)
{
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));)
    if (entry->d_name[0] != '.')
      unlinkat(dirfd(folder), entry->d_name, 0);
  if (folder)
    closedir(folder);
  rmdir(path);
}

bool pictures_draw(const struct pictures *pictures, const struct summary *summary,
                   const char *plots, const char *folder, char *error)
{
  const char *temporary = getenv("TMPDIR");
  char rounds[64];
  if (summary->rounds_least == summary->rounds_most)
    snprintf(rounds, sizeof rounds, "%zu", summary->rounds_most);
  else
    snprintf(rounds, sizeof rounds, "%zu to %zu", summary->rounds_least, summary->rounds_most);
  char *work = memory_format("%s/tmb-report-XXXXXX", temporary ? temporary : "/tmp");
  char *out = memory_format("%s/plots", folder);
  char *footer_2 =
      memory_format("commit %s, %s; rounds: %s", summary->commit, summary->build, rounds);
  const char *const footer[2] = {summary->machine, footer_2};
  bool good = mkdtemp(work) != NULL;
  if (!good)
    snprintf(error, RUN_ERROR, "%s: %s", work, strerror(errno));
  if (good && mkdir(out, 0777) != 0 && errno != EEXIST) {
    snprintf(error, RUN_ERROR, "%s: %s", out, strerror(errno));
    good = false;
  }
  for (size_t i = 0; good && i < pictures->count; i++)
    good = picture_write(&pictures->items[i], work, plots, footer, error) &&
           gnuplot_draw(plots, work, pictures->items[i].name, out, error);
  remove_folder(work);
  free(work);
  free(out);
  free(footer_2);
  return good;
}
