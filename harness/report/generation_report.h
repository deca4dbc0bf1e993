/* generation_report.h: what a run says about cleaning a generation away while writing goes on: a
 * table, and the pictures that set the old map beside the new one.
 *
 * Called by cmd/report.c, page.c and pictures.c. A run without the workload generations shows
 * nothing.
 */
#ifndef TMB_REPORT_GENERATION_REPORT_H
#define TMB_REPORT_GENERATION_REPORT_H

#include "report/legend.h"
#include "report/picture.h"
#include "report/points.h"
#include "report/table.h"

void generation_report_table(struct table *table, const struct points *points);

/* Throughput and stalls over time, OLD_MAP beside NEW_MAP, of the pair of points that switched most
 * often. */
void generation_report_moments(struct picture *picture, const struct points *points,
                               const struct legend *legend);
/* The longest stretch of cleaning over the keys of a generation. */
void generation_report_stretches(struct picture *picture, const struct points *points,
                                 const struct legend *legend);

#endif
