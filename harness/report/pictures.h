/* pictures.h: which pictures a run gives, and the drawing of all of them.
 *
 * Called by cmd/report.c; page.c walks the list. A picture for which the run has no points is left
 * out.
 */
#ifndef TMB_REPORT_PICTURES_H
#define TMB_REPORT_PICTURES_H

#include "report/picture.h"
#include "report/summary.h"

#define PICTURES 11

struct pictures {
  struct picture items[PICTURES];
  size_t count; /* of those that show something */
};

void pictures_init(struct pictures *pictures, const struct points *points);
void pictures_fini(struct pictures *pictures);

/* Draws all into folder/plots, which is made when it does not exist; plots: where the scripts are.
 * False with a sentence in error[RUN_ERROR]. */
bool pictures_draw(const struct pictures *pictures, const struct summary *summary,
                   const char *plots, const char *folder, char *error);

#endif
