/* open_loop.h: plays a worker's timed tape on a schedule, as requests that come from outside do:
 * they do not wait until the one before has been served.
 *
 * A worker waits until an operation is due (it reads the clock over and over and never sleeps),
 * calls, and records when the operation ended less when it was due: its response time. Is the
 * worker behind, it does not wait. So what a stall holds up is counted for every operation that
 * came due during it, where a closed loop would count one (coordinated omission: Gil Tene, "How NOT
 * to measure latency", 2013). The service time, from the actual start, is recorded beside it.
 *
 * trial_rig.c makes one, trial.c's workers play it, cmd/point.c takes the figures. Each worker
 * writes its own memory alone; everything else is one thread's while no worker runs.
 */
#ifndef TMB_OPEN_LOOP_H
#define TMB_OPEN_LOOP_H

#include "api/workload.h"
#include "measure/histogram.h"
#include "run/measurement.h"
#include "run/point.h"

/* Over any number of trials; zeroed is none. */
struct open_loop_figures {
  uint64_t rate;
  uint64_t operations, late;    /* late: due before the worker could look at it */
  struct histogram response;    /* end less when due */
  struct histogram service;     /* end less actual start */
  struct histogram start_delay; /* the part of the response that an idle worker lost to clock,
                                   processor and kernel: from when the operation was due until the
                                   wait that it fell into was seen to end; 0 when it came due while
                                   the worker was serving another one */
  double planned_ns, taken_ns;  /* until the last operation was due, and until it was begun */
};

struct open_loop;

/* Lays out the schedule of every timed tape of the plan, at the point's rate. NULL: no memory. */
struct open_loop *open_loop_create(const struct point *, const struct workload_plan *);
void open_loop_destroy(struct open_loop *);

/* Forgets the trial before. No worker plays. */
void open_loop_begin(struct open_loop *);

/* Plays the worker's timed tape; its schedule counts from start_ns, a reading of the stopwatch.
 * Workers play at once. */
void open_loop_play(struct open_loop *, const struct workload_plan *, const struct worker *,
                    uint64_t start_ns);

/* Adds the trial since open_loop_begin(). No worker plays. */
void open_loop_collect(const struct open_loop *, struct open_loop_figures *into);

/* The counters of results/README.md. */
void open_loop_counters(const struct open_loop_figures *, counter_sink *, void *arg);

/* Entries for histograms.json. A new reference; NULL: no memory. */
json_t *open_loop_histograms(const struct open_loop_figures *);

#endif
