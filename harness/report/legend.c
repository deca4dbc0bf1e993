/* legend.c: see legend.h.
 *
 * The colours have a contrast of at least 3 to white, and stay apart (at least 17 in CIELAB) for
 * eyes that lack red or green cones. On dark pages a picture's lightness is turned over, hues stay.
 */
#include "report/legend.h"

#include "report/memory.h"

#define OLD_COLOR "#d55e00"   /* vermilion */
#define NEW_COLOR "#2a82c9"   /* blue */
#define FLOOR_COLOR "#8a8a8a" /* grey */

static const char *const other_colors[] = {"#b2008f", "#1a6630", "#4b39e6", "#8a994c", "#336657"};

struct marker {
  int filled, open;
};

/* Square, circle, triangles up and down, diamond, pentagon. */
static const struct marker markers[] = {{5, 4}, {7, 6}, {9, 8}, {11, 10}, {13, 12}, {15, 14}};
#define MARKERS (sizeof markers / sizeof *markers)

/* How a floor looks: star, plus, cross and an open diamond, with dashes of their own. */
static const struct {
  int marker, dash;
} floors[] = {{3, 2}, {1, 4}, {2, 3}, {12, 5}};
#define FLOORS (sizeof floors / sizeof *floors)

/* Curves of own maps are thick, those of peers thin. */
#define OWN_WIDTH 2.5
#define PEER_WIDTH 1.2

enum rank { RANK_OLD, RANK_NEW, RANK_OTHER, RANK_PEER, RANK_BASELINE };

static enum rank rank(const struct legend_curve *curve)
{
  return curve->baseline                ? RANK_BASELINE
         : !strcmp(curve->map, OLD_MAP) ? RANK_OLD
         : !strcmp(curve->map, NEW_MAP) ? RANK_NEW
         : curve->peer                  ? RANK_PEER
                                        : RANK_OTHER;
}

static int compare_curves(const void *left, const void *right)
{
  const struct legend_curve *a = left, *b = right;
  if (rank(a) != rank(b))
    return (int)rank(a) - (int)rank(b);
  int order = strcmp(a->map, b->map);
  return order ? order : strcmp(a->region, b->region);
}

size_t legend_find(const struct legend *legend, const struct point *point)
{
  size_t i = 0;
  while (i < legend->count && (strcmp(legend->curves[i].map, point->map) != 0 ||
                               strcmp(legend->curves[i].region, point->region) != 0))
    i++;
  return i;
}

static bool same_map(const struct legend *legend, size_t i, size_t j)
{
  return j < legend->count && !strcmp(legend->curves[i].map, legend->curves[j].map);
}

void legend_init(struct legend *legend, const struct points *points)
{
  *legend = (struct legend){0};
  for (size_t i = 0; i < points->count + points->open_count; i++) {
    const struct point *point = &points->items[i];
    if (!point_is_good(point) || legend_find(legend, point) < legend->count)
      continue;
    legend->curves = memory_one_more(legend->curves, legend->count, sizeof *legend->curves);
    legend->curves[legend->count++] = (struct legend_curve){
        .map = point->map,
        .region = point->region,
        .baseline = point_is_baseline(point),
        .peer = *point->library != 0,
    };
  }
  if (legend->count)
    qsort(legend->curves, legend->count, sizeof *legend->curves, compare_curves);
  size_t others = 0, next_marker = 2; /* the first two belong to the old and the new map */
  size_t next_floor = 0;
  for (size_t i = 0; i < legend->count; i++) {
    struct legend_curve *curve = &legend->curves[i];
    bool goes_on = i > 0 && same_map(legend, i, i - 1);
    bool several = goes_on || same_map(legend, i, i + 1);
    enum rank kind = rank(curve);
    if (kind == RANK_BASELINE) {
      curve->color = FLOOR_COLOR;
      curve->marker = curve->open_marker = floors[next_floor % FLOORS].marker;
      curve->dash = floors[next_floor++ % FLOORS].dash;
      curve->width = 1;
    } else {
      curve->color = kind == RANK_OLD   ? OLD_COLOR
                     : kind == RANK_NEW ? NEW_COLOR
                     : goes_on          ? curve[-1].color
                               : other_colors[others++ % (sizeof other_colors / sizeof(char *))];
      const bool is_named = kind == RANK_OLD || kind == RANK_NEW;
      const struct marker *marker =
          is_named && !goes_on ? &markers[kind] : &markers[next_marker++ % MARKERS];
      curve->marker = marker->filled;
      curve->open_marker = marker->open;
      curve->dash = 1;
      curve->width = kind == RANK_PEER ? PEER_WIDTH : OWN_WIDTH;
    }
    curve->title = memory_format("%s%s%s%s", kind == RANK_BASELINE ? "floor: " : "", curve->map,
                                 several ? ", " : "", several ? curve->region : "");
  }
}

void legend_fini(struct legend *legend)
{
  for (size_t i = 0; i < legend->count; i++)
    free(legend->curves[i].title);
  free(legend->curves);
}
