/* place_verdict.h: whether threads and pages were where they were put: what every round says of
 * itself. A point of which one says no is marked in the tables, and listed with the reasons.
 *
 * Called by cmd/report.c, the tables and page.c. The points must outlive what is made of them.
 */
#ifndef TMB_REPORT_PLACE_VERDICT_H
#define TMB_REPORT_PLACE_VERDICT_H

#include "report/points.h"
#include "report/table.h"

/* Behind the figure of a point that place_verdict_is_bad(). */
#define PLACE_VERDICT_MARK " !"

/* Whether in some round threads or pages were elsewhere, or nobody could tell. */
bool place_verdict_is_bad(const struct point *point);

/* A sentence each, about all rounds; malloc'ed. */
char *place_verdict_threads(const struct points *points);
char *place_verdict_pages(const struct points *points);

/* A line a round that did not hold, with what was seen. */
void place_verdict_table(struct table *table, const struct points *points);

#endif
