/* made_points.h: points with made-up figures, for the tests of tables and pictures. */
#ifndef TMB_TESTS_MADE_POINTS_H
#define TMB_TESTS_MADE_POINTS_H

#include "report/points.h"

enum { MADE_ROUNDS = 3, MADE_POINTS_MOST = 40 };

struct made_points {
  struct points points;
  struct point items[MADE_POINTS_MOST];
  double ns[MADE_POINTS_MOST][MADE_ROUNDS];
  struct round rounds[OUTCOMES][MADE_ROUNDS]; /* of all points with that outcome */
};

/* Empty; made_points_destroy() after it. */
struct made_points *made_points_create(void);
void made_points_destroy(struct made_points *made);

/* Of one thread; its rounds take ns, 1.01 ns and 1.02 ns, and all operations have that outcome. To
 * be added in the order of points.h. The strings are not copied. */
struct point *made_points_add(struct made_points *made, const char *workload, enum outcome outcome,
                              const char *map, uint64_t keys, double ns);

#endif
