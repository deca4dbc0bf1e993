/* node_times.h: what the workers of each NUMA node did in one trial. trial.c adds them up,
 * measurement.c makes counters of them.
 */
#ifndef TMB_NODE_TIMES_H
#define TMB_NODE_TIMES_H

#include "place/placement.h"

struct node_times {
  int node;                /* OS index */
  double ops_per_s;        /* sum over its workers, each by its own clock */
  double slowest, fastest; /* operations a second of one worker, by its own clock */
};

/* Writes an entry for each node on which a thread stands, rising, into room for as many as there
 * are threads. Returns how many; 0 when they all stand on one node, or one is not known. */
unsigned node_times_init(struct node_times *, const struct placement *);

/* Before the workers of a trial are added. */
void node_times_begin(struct node_times *, unsigned nodes);
/* A worker of that node did so many operations a second. */
void node_times_add(struct node_times *, unsigned nodes, int node, double ops_per_s);

#endif
