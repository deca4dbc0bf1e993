/* scaling_model.h: the Universal Scalability Law over the curves of a run, and in words what may be
 * said of a curve where it may not be fitted. Called by thread_pictures.c, page.c and cmd/report.c.
 */
#ifndef TMB_REPORT_SCALING_MODEL_H
#define TMB_REPORT_SCALING_MODEL_H

#include "report/points.h"
#include "report/table.h"
#include "report/usl.h"

/* Of the curve that the point is on: those that differ from it in threads alone. free() it. */
struct usl *scaling_model_fit(const struct points *points, const struct point *point);

/* Whether any curve has thread counts enough for a fit to be tried. */
bool scaling_model_is_possible(const struct points *points);

/* A line a curve. */
void scaling_model_table(struct table *table, const struct points *points);

#endif
