/* thread_pictures.h: the two pictures over threads: a panel a workload and placement, with the
 * machine's boundaries in it. Called by pictures.c. */
#ifndef TMB_REPORT_THREAD_PICTURES_H
#define TMB_REPORT_THREAD_PICTURES_H

#include "report/legend.h"
#include "report/picture.h"
#include "report/points.h"

/* Operations per second. */
void thread_pictures_throughput(struct picture *picture, const struct points *points,
                                const struct legend *legend);

/* Throughput over that of one thread, with the model where it may be fitted. */
void thread_pictures_scaling(struct picture *picture, const struct points *points,
                             const struct legend *legend);

#endif
