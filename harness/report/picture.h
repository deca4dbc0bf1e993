/* picture.h: what one picture shows, as panels and curves, and its files for gnuplot.
 *
 * pictures.c fills it; picture_write() writes the two files that a script of scripts/plots reads:
 * <name>.vars (assignments: titles, ranges, tics, styles) and <name>.dat (a block p<panel>c<curve>m
 * with marked points, one p<panel>c<curve>l with the vertices of a line, one p<panel>c<curve>b with
 * the edges of a band, for each curve of each panel that has them). Not thread-safe.
 */
#ifndef TMB_REPORT_PICTURE_H
#define TMB_REPORT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

enum axis {
  AXIS_THREADS,        /* logarithmic, tics where there are points */
  AXIS_THREADS_LINEAR, /* linear, tics where there are points */
  AXIS_KEYS,           /* logarithmic, tics where there are points */
  AXIS_TIME,           /* logarithmic, ns */
  AXIS_RATE,           /* logarithmic, per second */
  AXIS_BYTES,          /* logarithmic */
  AXIS_SIZE,           /* logarithmic, bytes in powers of two */
  AXIS_PERCENTILE,     /* logarithmic in 1 / (1 - share) */
  AXIS_FACTOR,         /* linear from 0 */
  AXIS_MOMENT,         /* linear from 0, ms */
};

struct picture_curve {
  char *title;       /* NULL: not in the legend */
  const char *color; /* "#rrggbb" */
  int marker;        /* point type of gnuplot */
  int dash;          /* dash type of gnuplot: 1 solid */
  double width;
};

enum sample_kind {
  SAMPLE_MARK,   /* a vertex of the line too */
  SAMPLE_VERTEX, /* only a vertex of the line */
  SAMPLE_BAND,   /* an area from low to high */
};

struct picture_sample {
  size_t panel, curve;
  enum sample_kind kind;
  double x, y, low, high;
};

/* A line across the panel where something else begins. */
struct picture_boundary {
  size_t panel;
  double x;
  char *label;
};

struct picture {
  const char *name, *title, *subtitle;
  enum axis x, y;
  char **panels;      /* titles */
  size_t *y_range;    /* the first panel that has the same y range */
  enum axis *panel_y; /* y, but for panels that have one of their own */
  size_t panel_count;
  struct picture_curve *curves;
  size_t curve_count;
  struct picture_sample *samples;
  size_t sample_count;
  struct picture_boundary *boundaries;
  size_t boundary_count;
};

void picture_init(struct picture *picture, const char *name, const char *title,
                  const char *subtitle, enum axis x, enum axis y);
void picture_fini(struct picture *picture);

/* Index of the new panel. */
__attribute__((format(printf, 2, 3))) size_t picture_panel(struct picture *picture,
                                                           const char *format, ...);

/* From now on the panel has the y range of an earlier one. */
void picture_share_y(struct picture *picture, size_t panel, size_t earlier);

/* Gives the panel a y axis of its own. */
void picture_panel_y(struct picture *picture, size_t panel, enum axis y);

/* Index of the new curve. The title is copied. */
size_t picture_curve(struct picture *picture, const char *title, const char *color, int marker,
                     int dash, double width);

/* A marked point and a vertex of the curve's line; low and high are its error bar. Points of a
 * curve come in the order of the line. */
void picture_mark(struct picture *picture, size_t panel, size_t curve, double x, double y,
                  double low, double high);

/* A vertex alone, and a mark alone. */
void picture_vertex(struct picture *picture, size_t panel, size_t curve, double x, double y);

/* An area around the curve; its points come in the order of x. */
void picture_band(struct picture *picture, size_t panel, size_t curve, double x, double low,
                  double high);

/* The label is copied. */
void picture_boundary(struct picture *picture, size_t panel, double x, const char *label);

/* Writes <folder>/<name>.vars and .dat. footer: two lines below the picture; plots: the folder of
 * the scripts. False with a sentence in error[RUN_ERROR]. */
bool picture_write(const struct picture *picture, const char *folder, const char *plots,
                   const char *const footer[2], char *error);

#endif
