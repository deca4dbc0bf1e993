/* trial_events.c: has the workers of a rig count events. See trial.h. */
#include <stdatomic.h>
#include <stdio.h>

#include "run/trial_rig.h"

struct events_job {
  struct trial_rig *rig;
  _Atomic(unsigned) failed; /* relaxed: read when the job is done, which the team orders */
  char error[PERF_COUNTERS_ERROR_BYTES];
};

static void open_job(void *arg, unsigned index)
{
  struct events_job *job = arg;
  char error[PERF_COUNTERS_ERROR_BYTES];
  if (!perf_counters_open(&job->rig->events[index], perf_hardware, error) &&
      atomic_fetch_add_explicit(&job->failed, 1, memory_order_relaxed) == 0)
    snprintf(job->error, sizeof job->error, "%s", error); /* the first one's alone */
}

void trial_rig_stop_events(struct trial_rig *rig)
{
  for (unsigned t = 0; rig->events && t < rig->plan.plan.threads; t++)
    perf_counters_close(&rig->events[t]);
}

bool trial_rig_count_events(struct trial_rig *rig, char *error)
{
  struct events_job job = {.rig = rig};
  worker_team_run(rig->team, open_job, &job);
  if (atomic_load_explicit(&job.failed, memory_order_relaxed) == 0)
    return true;
  trial_rig_stop_events(rig);
  snprintf(error, PERF_COUNTERS_ERROR_BYTES, "%s", job.error);
  return false;
}
