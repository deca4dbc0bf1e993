/* legend.h: how each map looks in every picture of a report: colour, marker, title.
 *
 * Called by pictures.c. A curve is a map with a region. A map keeps one colour throughout; the old
 * map and the new one have theirs in every report, others get the next free one in alphabetical
 * order. A marker of its own tells each curve from the others without colour. Peers are thin.
 * Baselines are floors under the maps: thin, grey and dashed, with markers that no map has.
 */
#ifndef TMB_REPORT_LEGEND_H
#define TMB_REPORT_LEGEND_H

#include "report/points.h"

struct legend_curve {
  const char *map, *region;
  char *title; /* the map's name, a floor's said to be one; the region's when it ran with several */
  const char *color;       /* "#rrggbb" */
  int marker, open_marker; /* point types of gnuplot: filled and, for a second state, open */
  int dash;                /* dash type of gnuplot: 1 solid */
  double width;
  bool baseline; /* interns nothing */
  bool peer;     /* made of another library's map */
};

struct legend {
  struct legend_curve *curves; /* old map, new map, others, peers, baselines */
  size_t count;
};

void legend_init(struct legend *legend, const struct points *points);
void legend_fini(struct legend *legend);

/* Index of the point's curve. */
size_t legend_find(const struct legend *legend, const struct point *point);

#endif
