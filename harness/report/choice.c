/* choice.c: see choice.h. */
#include "report/choice.h"

#include <math.h>

#include "report/figure.h"
#include "report/memory.h"

static bool shown(const struct point *point)
{
  return point_is_good(point) && !point->arm[0];
}

bool choice_has(const struct choice *choice, const struct point *point)
{
  return shown(point) && point_same_group(point, choice->like) &&
         !strcmp(point->pages, choice->like->pages) &&
         (!choice->keys || point->keys == choice->keys) &&
         (!choice->threads || point->threads == choice->threads);
}

size_t choice_count(const struct points *points, const struct choice *choice)
{
  size_t count = 0;
  for (size_t i = 0; i < points->count; i++)
    count += choice_has(choice, &points->items[i]);
  return count;
}

/* Of two groups with as many points, the one with string keys, then with warm pages. */
static bool preferred(const struct point *a, const struct point *b)
{
  int kind = strcmp(a->kind, b->kind); /* stacks, strings */
  return kind ? kind > 0 : strcmp(a->pages, b->pages) > 0;
}

struct choice choice_best_group(const struct points *points, const char *workload, const char *kind,
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
    size_t count = choice_count(points, &choice);
    if (count > most || (count == most && preferred(point, best.like))) {
      most = count;
      best = choice;
    }
  }
  return best;
}

void choice_narrow(const struct points *points, struct choice *choice, bool keys, bool threads)
{
  struct choice best = *choice;
  size_t most = 0;
  for (size_t i = 0; choice->like && i < points->count; i++) {
    const struct point *point = &points->items[i];
    if (!choice_has(choice, point))
      continue;
    struct choice candidate = *choice;
    candidate.keys = keys ? point->keys : choice->keys;
    candidate.threads = threads ? point->threads : choice->threads;
    size_t count = choice_count(points, &candidate);
    if (count >= most) { /* points are sorted by keys, then threads, both rising */
      most = count;
      best = candidate;
    }
  }
  *choice = best;
}

unsigned choice_least_threads(const struct points *points, const struct choice *choice)
{
  unsigned least = 0;
  for (size_t i = 0; i < points->count; i++)
    if (choice_has(choice, &points->items[i]) && (!least || points->items[i].threads < least))
      least = points->items[i].threads;
  return least;
}

void choice_add_legend(struct picture *picture, const struct legend *legend)
{
  for (size_t i = 0; i < legend->count; i++) {
    const struct legend_curve *curve = &legend->curves[i];
    picture_curve(picture, curve->title, curve->color, curve->marker, curve->dash, curve->width);
  }
}

void choice_mark(struct picture *picture, size_t panel, size_t curve, double x, double y,
                 double low, double high)
{
  if (y > 0 && isfinite(y) && x > 0)
    picture_mark(picture, panel, curve, x, y, low > 0 ? fmin(low, y) : y, fmax(high, y));
}

void choice_words(char *words, size_t size, const struct choice *choice)
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
