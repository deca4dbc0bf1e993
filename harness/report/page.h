/* page.h: report.html: one file with all in it, no script, nothing fetched, light and dark.
 * Called by cmd/report.c. */
#ifndef TMB_REPORT_PAGE_H
#define TMB_REPORT_PAGE_H

#include "report/pictures.h"
#include "report/summary.h"

/* Writes folder/report.html, whole or not at all, with the pictures of folder/plots inside; NULL:
 * without pictures, and without_pictures says why. False with a sentence in error[RUN_ERROR]. */
bool page_write(const char *folder, const struct summary *summary, const struct pictures *pictures,
                const char *without_pictures, char *error);

#endif
