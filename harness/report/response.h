/* response.h: what a run says about open loops: response times over the rate, and the highest rate
 * that keeps a bound. Called by pictures.c, page.c and cmd/report.c; the tables are empty for a run
 * without a rate.
 */
#ifndef TMB_REPORT_RESPONSE_H
#define TMB_REPORT_RESPONSE_H

#include "report/legend.h"
#include "report/picture.h"
#include "report/points.h"
#include "report/table.h"

/* Of the group of open-loop points with the most of them. */
void response_picture(struct picture *picture, const struct points *points,
                      const struct legend *legend);

/* Every point of an open loop. */
void response_table(struct table *table, const struct points *points);

/* What sweeps of the rate found. */
void response_sweep_table(struct table *table, const struct points *points);

#endif
