/* worker_team.h: threads that live as long as a point does, each bound to its place, and the start
 * line from which they run a trial together.
 *
 * Google Benchmark never sees these threads: with its own, versions before 1.9 divide manual time
 * by their number.
 */
#ifndef TMB_WORKER_TEAM_H
#define TMB_WORKER_TEAM_H

#include <stdbool.h>

#include "place/placement.h"

struct worker_team;

/* Runs on every worker of the team at once; `worker` counts from 0. */
typedef void team_job(void *arg, unsigned worker);

/* Starts the threads and binds them. 0, or -errno with a sentence in error[TOPOLOGY_ERROR_BYTES].
 * The placement outlives the team. */
int worker_team_create(const struct placement *, struct worker_team **, char *error);
void worker_team_destroy(struct worker_team *);

/* Has every worker do the job; returns when all have done it. One caller at a time. */
void worker_team_run(struct worker_team *, team_job *, void *arg);

/* Called by all workers inside a job, the same number of times each: lets them go at one moment.
 * Spins, and yields the processor when the others do not come soon. */
void worker_team_start_line(struct worker_team *);

#endif
