/* winners.h: who is fastest, the project's own maps or the libraries (peers), cell by cell.
 *
 * Called by cmd/report.c and page.c. A cell is what maps are compared in: workload, key kind, keys,
 * pages, place, parameters and threads. The points must outlive the table.
 */
#ifndef TMB_REPORT_WINNERS_H
#define TMB_REPORT_WINNERS_H

#include "report/points.h"
#include "report/table.h"

/* A line a cell in which at least one peer has a figure; none elsewhere. */
void winners_table(struct table *table, const struct points *points);

#endif
