/* drawing.h: pictures onto disk. Called by pictures.c, `tmb memory` and gate/gate_picture.c. */
#ifndef TMB_REPORT_DRAWING_H
#define TMB_REPORT_DRAWING_H

#include "report/picture.h"

/* Draws each picture as <folder>/<name>.svg and .png; the folder is made when it does not exist.
 * plots: where the scripts are; footer: two lines below each picture. False with a sentence in
 * error[RUN_ERROR]. */
bool drawing_make(const struct picture *pictures, size_t count, const char *plots,
                  const char *const footer[2], const char *folder, char *error);

/* A new folder for what gnuplot reads, malloc'ed; NULL with a sentence in error[RUN_ERROR]. */
char *drawing_work_make(char *error);
/* Removes it with its files, and gives the name back; NULL is let be. */
void drawing_work_remove(char *work);

#endif
