/* region_report.h: regions set side by side: each over region_shared, with what it wastes and what
 * was counted of it, in a table, in words and in pictures.
 *
 * Called by cmd/report.c, page.c and pictures.c. A run in which nothing was measured with two
 * regions shows nothing.
 */
#ifndef TMB_REPORT_REGION_REPORT_H
#define TMB_REPORT_REGION_REPORT_H

#include "report/picture.h"
#include "report/points.h"
#include "report/table.h"

void region_report_table(struct table *table, const struct points *points);

/* What the table comes to, a line a sentence, made from its figures; malloc'ed, NULL: nothing. */
char *region_report_words(const struct points *points);

/* Throughput over threads, a curve a region. */
void region_report_throughput(struct picture *picture, const struct points *points);
/* Bytes mapped and not used: over threads, and over seats. */
void region_report_waste(struct picture *picture, const struct points *points);

#endif
