/* region_report.c: see region_report.h. */
#include "report/region_report.h"

#include <math.h>

#include "report/figure.h"
#include "report/memory.h"

#define COMMON_REGION "region_shared"
#define MOST_PANELS 4

/* ---- points that differ in their region alone ---- */

static bool same_but_region(const struct point *a, const struct point *b)
{
  return point_same_group(a, b) && a->keys == b->keys && a->threads == b->threads &&
         !strcmp(a->pages, b->pages) && !strcmp(a->map, b->map);
}

static bool shown(const struct point *point)
{
  return point_is_good(point) && !point->arm[0];
}

/* The point with that region; NULL when it was not measured. */
static const struct point *with_region(const struct points *points, const struct point *like,
                                       const char *region)
{
  for (size_t i = 0; i < points->count; i++)
    if (shown(&points->items[i]) && same_but_region(&points->items[i], like) &&
        !strcmp(points->items[i].region, region))
      return &points->items[i];
  return NULL;
}

static bool has_rival(const struct points *points, const struct point *point)
{
  for (size_t i = 0; i < points->count; i++)
    if (shown(&points->items[i]) && same_but_region(&points->items[i], point) &&
        strcmp(points->items[i].region, point->region) != 0)
      return true;
  return false;
}

/* Throughput over that of the common region. */
static struct interval gain_of(const struct point *common, const struct point *point)
{
  return interval_of_ratio(common->ns_per_op, common->round_count, point->ns_per_op,
                           point->round_count);
}

static double waste_bytes(const struct point *point)
{
  return point_counter(point, "region_mapped_bytes") - point_counter(point, "region_used_bytes");
}

/* ---- the table ---- */

static void counted_cell(struct table *table, const struct point *point, const char *counter)
{
  char text[FIGURE];
  double value = point_counter(point, counter);
  table_cell(table, "%s", value == 0 ? "0" : figure_plain(text, value));
}

void region_report_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},  {"thr", true, false},         {"pages", false, false},
      {"map", false, false},  {"region", false, false},     {"ns/op", true, false},
      {"± 95 %", true, true}, {"over shared", true, false}, {"95 % interval", false, false},
      {"mapped", true, true}, {"waste", true, false},       {"waste %", true, false},
      {"instr", true, false}, {"locked", true, false},      {"shared", true, false},
  };
  table_init(table, "Regions: throughput over that of " COMMON_REGION ", and what it costs",
             "over shared above 1: faster by that factor. waste: bytes mapped that nobody asked "
             "for, at the end of a\ntrial. instr, locked, shared: counted by single steps in round "
             "0: instructions a "
             "call, those that lock a cache line, and those that\nlock a line which another "
             "thread's calls lock too: the ones that cost more with every core.",
             columns, sizeof columns / sizeof *columns);
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!shown(point) || !has_rival(points, point))
      continue;
    if (!group || !point_same_group(group, point))
      table_heading(table, "%s, %s%s%s, place %s", point->workload,
                    point->corpus[0] ? point->corpus : point->kind,
                    point->parameters[0] ? ", " : "", point->parameters, point->place);
    group = point;
    const struct point *common = with_region(points, point, COMMON_REGION);
    char text[FIGURE];
    table_row(table);
    table_cell(table, "%s", point->keys ? figure_keys(text, (double)point->keys) : "-");
    table_cell(table, "%u", point->threads);
    table_cell(table, "%s", point->pages);
    table_cell(table, "%s", strcmp(point->map, NULL_MAP) ? point->map : "-");
    table_cell(table, "%s", point->region);
    table_cell(table, "%s", figure_plain(text, point->median_ns));
    table_cell(table, "%s", figure_spread(text, &point->interval));
    if (common && common != point) {
      struct interval gain = gain_of(common, point);
      table_cell(table, "%s", figure_plain(text, gain.centre));
      table_cell(table, "%s", figure_range(text, &gain));
    } else {
      table_cell(table, "%s", common ? "1" : "-");
      table_cell(table, "%s", "");
    }
    double mapped = point_counter(point, "region_mapped_bytes"), waste = waste_bytes(point);
    table_cell(table, "%s", figure_bytes(text, mapped));
    table_cell(table, "%s", figure_bytes(text, waste));
    table_cell(table, "%s", isnan(waste) ? "-" : figure_plain(text, 100 * waste / mapped));
    counted_cell(table, point, "instructions_per_op");
    counted_cell(table, point, "locked_per_op");
    counted_cell(table, point, "shared_locked_per_op");
  }
}

/* ---- in words ---- */

static const char *const rivals[] = {"region_sharded", "region_per_thread"};
#define RIVALS (sizeof rivals / sizeof *rivals)

/* "region_only" or "unique_inserts on hash_trie" */
static void say_subject(FILE *out, const struct point *point)
{
  char keys[FIGURE];
  bool map = strcmp(point->map, NULL_MAP) != 0;
  fprintf(out, "%s%s%s (%s %s%s%s, %s)", point->workload, map ? " on " : "", map ? point->map : "",
          figure_keys(keys, (double)point->keys), point->kind, point->parameters[0] ? ", " : "",
          point->parameters, point->pages);
}

static void say_gain(FILE *out, const struct point *common, const struct point *point)
{
  struct interval gain = gain_of(common, point);
  char centre[FIGURE], range[FIGURE];
  const char *verdict = !gain.known     ? "too few rounds to say whether it gains"
                        : gain.low > 1  ? "gains"
                        : gain.high < 1 ? "loses"
                                        : "gains nothing that its interval does not swallow";
  fprintf(out, "%s %s: %s times %s (%s)", point->region, verdict, figure_plain(centre, gain.centre),
          COMMON_REGION, figure_range(range, &gain));
}

static void say_counts(FILE *out, const struct point *point)
{
  double instructions = point_counter(point, "instructions_per_op");
  double locked = point_counter(point, "locked_per_op");
  double shared = point_counter(point, "shared_locked_per_op");
  char text[FIGURE];
  if (isnan(instructions))
    return;
  fprintf(out, " %s: %s instructions", point->region, figure_plain(text, instructions));
  fprintf(out, ", %.2f locked", locked);
  if (!isnan(shared))
    fprintf(out, ", %.2f of them on shared lines", shared);
  fputc(';', out);
}

/* About the point of the common region, and those that differ from it in their region. */
static void say_point(FILE *out, const struct points *points, const struct point *common)
{
  fprintf(out, "At %u threads, ", common->threads);
  say_subject(out, common);
  const char *separator = ": ";
  for (size_t r = 0; r < RIVALS; r++) {
    const struct point *rival = with_region(points, common, rivals[r]);
    if (!rival)
      continue;
    fputs(separator, out);
    say_gain(out, common, rival);
    separator = "; ";
  }
  fputc('.', out);
  if (!isnan(point_counter(common, "instructions_per_op"))) {
    fputs(" Counted a call:", out);
    say_counts(out, common);
    for (size_t r = 0; r < RIVALS; r++) {
      const struct point *rival = with_region(points, common, rivals[r]);
      if (rival)
        say_counts(out, rival);
    }
    fputs(" a locked instruction on a shared line waits for every other core that uses "
          "the line.",
          out);
  }
  fputc('\n', out);
}

static unsigned most_threads(const struct points *points, const struct point *like)
{
  unsigned most = 0;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (shown(point) && point_same_group(point, like) && !strcmp(point->map, like->map) &&
        point->keys == like->keys && !strcmp(point->pages, like->pages) && point->threads > most)
      most = point->threads;
  }
  return most;
}

static bool has_some_rival(const struct points *points, const struct point *common)
{
  for (size_t r = 0; r < RIVALS; r++)
    if (with_region(points, common, rivals[r]))
      return true;
  return false;
}

/* Of the seats that one thread took, the most: what a block a thread costs. */
static void say_waste(FILE *out, const struct points *points)
{
  const struct point *most = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!shown(point) || strcmp(point->region, "region_per_thread") != 0 ||
        !with_region(points, point, COMMON_REGION))
      continue;
    double seats = point_counter(point, "region_seats");
    if (seats > point->threads && (!most || seats > point_counter(most, "region_seats")))
      most = point;
  }
  if (!most)
    return;
  const struct point *common = with_region(points, most, COMMON_REGION);
  char waste[FIGURE], less[FIGURE], keys[FIGURE];
  fprintf(out,
          "With %.0f seats and %s pieces among them, region_per_thread wastes %s (%.1f %% of what "
          "it maps), %s %s.\n",
          point_counter(most, "region_seats"), figure_keys(keys, (double)most->keys),
          figure_bytes(waste, waste_bytes(most)),
          100 * waste_bytes(most) / point_counter(most, "region_mapped_bytes"), COMMON_REGION,
          figure_bytes(less, waste_bytes(common)));
}

char *region_report_words(const struct points *points)
{
  char *text = NULL;
  size_t size;
  FILE *out = memory_checked(open_memstream(&text, &size));
  for (size_t i = 0; i < points->count; i++) {
    const struct point *common = &points->items[i];
    if (shown(common) && !strcmp(common->region, COMMON_REGION) && common->threads > 1 &&
        common->threads == most_threads(points, common) && !common->parameters[0] &&
        has_some_rival(points, common))
      say_point(out, points, common);
  }
  say_waste(out, points);
  fclose(out);
  memory_checked(text);
  if (text[0])
    return text;
  free(text);
  return NULL;
}

/* ---- pictures ---- */

/* Regions that are not listed come last and share a look. */
static const struct {
  const char *region, *color;
  int marker;
} looks[] = {{"region_locked", "#d55e00", 5},
             {COMMON_REGION, "#2a82c9", 7},
             {"region_sharded", "#1a6630", 9},
             {"region_per_thread", "#b2008f", 11},
             {"other regions", "#8a994c", 13}};
#define LOOKS (sizeof looks / sizeof *looks)

/* wide: every other line, so that it shows below the next one where both run along one way. */
static void add_curves(struct picture *picture, bool wide)
{
  for (size_t i = 0; i < LOOKS; i++)
    picture_curve(picture, looks[i].region, looks[i].color, looks[i].marker, 1,
                  wide && i % 2 == 0 ? 5 : 2);
}

static size_t curve_of(const struct point *point)
{
  size_t i = 0;
  while (i + 1 < LOOKS && strcmp(looks[i].region, point->region) != 0)
    i++;
  return i;
}

/* Equal in all but region and threads. */
static bool same_panel(const struct point *a, const struct point *b)
{
  return point_same_group(a, b) && a->keys == b->keys && !strcmp(a->pages, b->pages) &&
         !strcmp(a->map, b->map);
}

/* Whether the point is the first of a panel over threads. */
static bool begins_panel(const struct points *points, size_t index)
{
  const struct point *first = &points->items[index];
  if (!shown(first) || !has_rival(points, first) ||
      point_counter(first, "region_seats") > first->threads)
    return false;
  for (size_t i = 0; i < index; i++)
    if (shown(&points->items[i]) && has_rival(points, &points->items[i]) &&
        same_panel(&points->items[i], first))
      return false;
  return most_threads(points, first) > 1;
}

static size_t add_panel(struct picture *picture, const struct point *like)
{
  char keys[FIGURE];
  bool map = strcmp(like->map, NULL_MAP) != 0;
  return picture_panel(picture, "%s%s%s: %s %s%s%s, %s", like->workload, map ? ", " : "",
                       map ? like->map : "", figure_keys(keys, (double)like->keys), like->kind,
                       like->parameters[0] ? ", " : "", like->parameters, like->pages);
}

static void mark_waste(struct picture *picture, size_t panel, const struct point *point, double x)
{
  double kib = waste_bytes(point) / 1024;
  if (kib > 0)
    picture_mark(picture, panel, curve_of(point), x, kib, kib, kib);
}

/* A panel for each set of points that differ in region and threads alone. */
static void add_thread_panels(struct picture *picture, const struct points *points, bool waste)
{
  for (size_t i = 0; i < points->count && picture->panel_count < MOST_PANELS; i++) {
    if (!begins_panel(points, i))
      continue;
    const struct point *like = &points->items[i];
    size_t panel = add_panel(picture, like);
    for (size_t j = i; j < points->count; j++) {
      const struct point *point = &points->items[j];
      if (!shown(point) || !same_panel(point, like))
        continue;
      double rate = 1e9 * point->threads; /* ns_per_op is thread time */
      if (waste)
        mark_waste(picture, panel, point, point->threads);
      else
        picture_mark(picture, panel, curve_of(point), point->threads, rate / point->median_ns,
                     rate / point->interval.high, rate / point->interval.low);
    }
  }
}

void region_report_throughput(struct picture *picture, const struct points *points)
{
  add_curves(picture, false);
  add_thread_panels(picture, points, false);
}

/* Points that took more seats than threads, or could have: equal but for their seats. */
static bool same_seat_panel(const struct point *a, const struct point *b)
{
  return !strcmp(a->workload, b->workload) && !strcmp(a->kind, b->kind) && a->keys == b->keys &&
         a->threads == b->threads && !strcmp(a->pages, b->pages) && !strcmp(a->place, b->place) &&
         a->parameters[0] && b->parameters[0];
}

static int by_seats(const void *left, const void *right)
{
  double a = point_counter(*(const struct point *const *)left, "region_seats");
  double b = point_counter(*(const struct point *const *)right, "region_seats");
  return (a > b) - (a < b);
}

static void add_seats_panel(struct picture *picture, const struct points *points)
{
  const struct point **found = memory_zeroed(points->count + 1, sizeof *found);
  const struct point *like = NULL;
  size_t count = 0;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!shown(point) || !point->parameters[0] || isnan(point_counter(point, "region_seats")))
      continue;
    if (!like)
      like = point;
    if (same_seat_panel(like, point))
      found[count++] = point;
  }
  qsort(found, count, sizeof *found, by_seats);
  if (count > 1 &&
      point_counter(found[0], "region_seats") < point_counter(found[count - 1], "region_seats")) {
    char keys[FIGURE];
    size_t panel = picture_panel(picture, "%s: %s %s among so many seats, %s", like->workload,
                                 figure_keys(keys, (double)like->keys), like->kind, like->pages);
    for (size_t i = 0; i < count; i++)
      mark_waste(picture, panel, found[i], point_counter(found[i], "region_seats"));
  }
  free(found);
}

void region_report_waste(struct picture *picture, const struct points *points)
{
  add_curves(picture, true);
  add_seats_panel(picture, points);
  add_thread_panels(picture, points, true);
}
