/* scaling_model.c: see scaling_model.h. */
#include "report/scaling_model.h"

#include <math.h>

#include "report/figure.h"
#include "report/memory.h"
#include "report/report_tables.h"

/* Of the band's draws: the same figures give the same report. */
#define SEED 20240311

static bool on_curve(const struct point *a, const struct point *b)
{
  return point_is_good(b) && point_is_of_a_curve(b) && !b->arm[0] && point_same_group(a, b) &&
         a->keys == b->keys && !strcmp(a->pages, b->pages) && !strcmp(a->map, b->map) &&
         !strcmp(a->region, b->region);
}

/* By rising threads, as points are sorted. Room for points->count. */
static size_t gather(const struct points *points, const struct point *like,
                     const struct point **curve)
{
  size_t count = 0;
  for (size_t i = 0; i < points->count; i++)
    if (on_curve(like, &points->items[i]))
      curve[count++] = &points->items[i];
  return count;
}

static struct usl *fit(const struct point *const *curve, size_t count)
{
  struct usl *usl = memory_zeroed(1, sizeof *usl);
  struct usl_point *rounds = memory_zeroed(count, sizeof *rounds);
  for (size_t i = 0; i < count; i++)
    rounds[i] = (struct usl_point){curve[i]->threads, curve[i]->ns_per_op, curve[i]->round_count};
  usl_fit(rounds, count, SEED, usl);
  free(rounds);
  return usl;
}

struct usl *scaling_model_fit(const struct points *points, const struct point *point)
{
  const struct point **curve = memory_zeroed(points->count, sizeof *curve);
  struct usl *usl = fit(curve, gather(points, point, curve));
  free(curve);
  return usl;
}

bool scaling_model_is_possible(const struct points *points)
{
  const struct point **curve = memory_zeroed(points->count, sizeof *curve);
  bool possible = false;
  for (size_t i = 0; i < points->count && !possible; i++)
    possible = gather(points, &points->items[i], curve) >= USL_LEAST_COUNTS;
  free(curve);
  return possible;
}

static void print_share(FILE *out, const char *name, const struct interval *share)
{
  fprintf(out, "%s %.3g %% (%.3g to %.3g)", name, share->centre * 100, share->low * 100,
          share->high * 100);
}

/* What the intervals allow, where no law may be fitted. */
static void print_bounds(FILE *out, const struct point *const *curve, size_t count)
{
  if (curve[0]->threads != 1) {
    fputs("one thread was not measured", out);
    return;
  }
  for (size_t i = 1; i < count; i++) {
    struct interval ratio = report_tables_speedup(curve[0], curve[i]);
    char figure[FIGURE];
    fprintf(out, "%s%s at %u", i > 1 ? ", " : "ratio ",
            ratio.known ? figure_range(figure, &ratio) : figure_plain(figure, ratio.centre),
            curve[i]->threads);
  }
}

static char *words(const struct usl *usl, const struct point *const *curve, size_t count)
{
  char *text = NULL;
  size_t size;
  FILE *out = memory_checked(open_memstream(&text, &size));
  switch (usl->verdict) {
  case USL_FITS:
    print_share(out, "contention", &usl->contention);
    print_share(out, ", coherence", &usl->coherence);
    break;
  case USL_DOES_NOT_FIT:
    fprintf(out, "does not fit: %u threads take %.2f times what the model says", usl->worst_threads,
            usl->worst);
    break;
  case USL_FEW_ROUNDS:
    fputs("no fit, a single round has no band: ", out);
    print_bounds(out, curve, count);
    break;
  case USL_FEW_COUNTS:
    fputs("no fit: ", out);
    print_bounds(out, curve, count);
    break;
  }
  fclose(out);
  return memory_checked(text);
}

static void add_row(struct table *table, const struct point *const *curve, size_t count)
{
  char keys[FIGURE];
  const struct point *first = curve[0];
  struct usl *usl = fit(curve, count);
  char *said = words(usl, curve, count);
  table_row(table);
  table_cell(table, "%s", first->keys ? figure_keys(keys, (double)first->keys) : "-");
  table_cell(table, "%s", first->pages);
  table_cell(table, "%s", first->map);
  table_cell(table, "%s", first->region);
  table_cell(table, "%zu", count);
  table_cell(table, "%s", said);
  free(said);
  free(usl);
}

void scaling_model_table(struct table *table, const struct points *points)
{
  static const struct table_column columns[] = {
      {"keys", true, false},          {"pages", false, false},
      {"map", false, false},          {"region", false, false},
      {"thread counts", true, false}, {"model, with its 95 % band", false, false},
  };
  table_init(
      table, "Scaling model: the Universal Scalability Law",
      "A model, not a measurement, and nothing beyond the threads that ran. contention: work "
      "done one after the other;\ncoherence: what each pair of threads costs. A fit needs 6 "
      "thread counts: 3 parameters pass through any 3 points,\nand as many again must be "
      "able to contradict them.",
      columns, sizeof columns / sizeof *columns);
  const struct point **curve = memory_zeroed(points->count, sizeof *curve);
  const struct point *group = NULL;
  for (size_t i = 0; i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!on_curve(point, point) || point_is_baseline(point))
      continue;
    size_t count = gather(points, point, curve);
    if (count < 2 || curve[0] != point)
      continue;
    report_tables_heading(table, &group, point);
    add_row(table, curve, count);
  }
  free(curve);
}
