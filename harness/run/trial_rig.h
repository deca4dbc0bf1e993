/* trial_rig.h: what a point made ready consists of. Private to trial_rig.c, which makes it ready,
 * trial.c, which plays its trials, trial_counter.c, which counts its calls, and trial_events.c,
 * which opens its counters; everybody else includes trial.h. */
#ifndef TMB_TRIAL_RIG_H
#define TMB_TRIAL_RIG_H

#include <sched.h>

#include "check/oracle.h"
#include "run/open_loop.h"
#include "run/plan_memory.h"
#include "run/rig_memory.h"
#include "run/stage_record.h"
#include "run/trial.h"
#include "run/worker_team.h"

/* What one worker saw in the trial under way. */
struct seat_record {
  uint64_t start_ns, end_ns;
  struct worker_cost cost;
  uint64_t stolen[2]; /* 0: none */
  int error;
  struct placement_proof proof;
};

struct trial_rig {
  const struct point *point;
  const struct map_plugin *map_calls;
  const struct workload_plugin *workload;
  struct plan_memory plan; /* the plan and all that prepare() allocated */
  struct topology *topology;
  struct placement *placement;
  struct worker_team *team;
  cpu_set_t caller_cpus; /* where the calling thread might run before, and may again */
  bool caller_saved;
  struct page_source pages;
  struct rig_memory memory;
  struct map_config config;
  struct stage_record *stage; /* NULL: the workload has a run(); else there is no map below */
  struct seat_place *places;  /* by worker, when there is a stage */
  void *map;
  bool filled;            /* START_FILLED, and the fill tapes were played */
  bool unproved;          /* the oracle has taken in more than it has seen in the map */
  struct map_stats stats; /* after the last trial, once they were asked for */
  bool stats_taken;
  struct oracle *oracle;
  struct open_loop *open_loop;              /* NULL: the loop is closed */
  uint64_t **fill_results, **timed_results; /* by worker */
  struct seat_record *record;               /* by worker */
  struct perf_counters *events;             /* by worker; none open unless they are counted */
  struct node_times *node;                  /* by node with workers */
  unsigned nodes;                           /* 0: just one, or not known */
  /* What the workers call in the trial under way: the map, or a watcher around it. */
  const struct map_plugin *calls;
  void *watched;
  enum placement_verdict placement_verdict;
  char placement_reason[160];
};

/* Closes the counters that trial_rig_count_events() opened. */
void trial_rig_stop_events(struct trial_rig *);

#endif
