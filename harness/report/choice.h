/* choice.h: which points a panel of a picture shows, and how they are put into it. Called by
 * pictures.c and thread_pictures.c. */
#ifndef TMB_REPORT_CHOICE_H
#define TMB_REPORT_CHOICE_H

#include "report/legend.h"
#include "report/picture.h"
#include "report/points.h"

/* What the points of one panel have in common: group and pages of `like`, and one of keys and
 * threads where it is not 0. */
struct choice {
  const struct point *like; /* NULL: nothing to show */
  uint64_t keys;
  unsigned threads;
};

/* Whether the point is good, no second arm, and of the choice. */
bool choice_has(const struct choice *choice, const struct point *point);
size_t choice_count(const struct points *points, const struct choice *choice);

/* The workload's group and pages with the most points. kind, pages: only those, NULL: any. */
struct choice choice_best_group(const struct points *points, const char *workload, const char *kind,
                                const char *pages);

/* Keeps of the choice those keys (and threads) that the most points have; of equals the largest. */
void choice_narrow(const struct points *points, struct choice *choice, bool keys, bool threads);

/* Of the chosen points; 0: there is none. */
unsigned choice_least_threads(const struct points *points, const struct choice *choice);

/* "100k strings, 2 threads, warm": for a panel's title. */
void choice_words(char *words, size_t size, const struct choice *choice);

/* The picture's first curves are the legend's, in its order. */
void choice_add_legend(struct picture *picture, const struct legend *legend);

/* A mark with its error bar, unless it cannot stand on logarithmic axes. */
void choice_mark(struct picture *picture, size_t panel, size_t curve, double x, double y,
                 double low, double high);

#endif
