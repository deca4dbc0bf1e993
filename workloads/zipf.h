/* zipf.h: numbers 0 … n-1 with probability proportional to 1 / (rank + 1)^skew.
 *
 * Rejection inversion after W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates
 * from monotone discrete distributions", ACM TOMACS 6(3), 1996: constant time, no table, any skew
 * >= 0 (0 is uniform). */
#ifndef TMB_ZIPF_H
#define TMB_ZIPF_H

#include "key_stream.h"

struct zipf {
  double n, skew;
  double area_first, area_all; /* of the hat function up to 1.5 and up to n + 0.5 */
  double squeeze;
};

struct zipf zipf_of(uint64_t n, double skew);
uint64_t zipf_draw(const struct zipf *, struct random_stream *);

#endif
