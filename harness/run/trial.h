/* trial.h: a point made ready in this process, and its trials.
 *
 * A trial: an empty map (reset, or created anew where the map has no reset) or the filled one →
 * fill tapes → workers enter, meet at the start line, run, leave → oracle. Start and end are taken
 * inside each worker; what a trial lasts is from the first start to the last end.
 *
 * The thread that calls stands on the processor of worker 0 while there is a rig, and resets and
 * checks there.
 *
 * A staged workload (begin, act and end) makes, checks and destroys its maps itself: a trial is
 * begin → workers meet at the start line, act → end, and the region's blocks must be back.
 *
 * Inside the clock: the workload's run() (in an open loop its timed tape, on the schedule) or act()
 * and nothing else. Outside: reset and create, entering and leaving, fill tapes, the oracle. Page
 * faults of fresh pages are inside where pages are cold.
 */
#ifndef TMB_TRIAL_H
#define TMB_TRIAL_H

#include "measure/histogram.h"
#include "measure/sampling_map.h"
#include "place/memory_proof.h"
#include "run/access_matrix.h"
#include "run/node_times.h"
#include "run/point.h"
#include "run/stage_record.h"
#include "run/worker_cost.h"

struct trial_rig;

/* Called once for each figure. */
typedef void counter_sink(void *arg, const char *name, double value);

enum trial_problem {
  TRIAL_GOOD = 0,
  TRIAL_WRONG,   /* the oracle found a contradiction, or the map leaks: exit 1 */
  TRIAL_REFUSED, /* the map lacks a call that the workload needs, or the machine is unfit: exit 3 */
  TRIAL_ERROR,   /* bad input, no memory, no such plug-in: exit 4 */
};

struct trial_times {
  uint64_t wall_ns;              /* first start to last end */
  double slowest, fastest;       /* operations a second of one worker, by its own clock */
  struct worker_cost cost;       /* of all workers, inside the clock */
  const struct node_times *node; /* of each node with workers, until the next trial */
  unsigned nodes;                /* 0: all workers are on one node, or it is not known */
};

/* Loads plug-ins, binds threads, makes keys and tapes. The point outlives the rig. On a problem
 * there is no rig, and a sentence in error[POINT_ERROR_BYTES]. */
enum trial_problem trial_rig_create(const struct point *, struct trial_rig **, char *error);
void trial_rig_destroy(struct trial_rig *);

/* A series of trials begins: what a staged workload told of earlier ones is forgotten. */
void trial_rig_begin_series(struct trial_rig *);
/* NULL: the workload is not staged. Such a one takes part in trial_run() only. */
struct stage_record *trial_rig_stage(struct trial_rig *);

/* One trial. On TRIAL_WRONG the times mean nothing; the sentence is in error[POINT_ERROR_BYTES]. */
enum trial_problem trial_run(struct trial_rig *, struct trial_times *, char *error);

/* One trial in which about one of mean_gap operations is timed by itself; adds to the latencies. */
struct sampled_latencies;
enum trial_problem trial_run_sampled(struct trial_rig *, uint32_t mean_gap,
                                     struct sampled_latencies *, char *error);
/* Empty ones, for the nodes on which this rig's workers are; free() ends them. NULL: no memory. */
struct sampled_latencies *trial_rig_latencies(const struct trial_rig *);

/* A map around the map: what the workers of one trial call instead. */
struct trial_watcher {
  /* Wraps the map and sets *watched; returns the table to call it with. */
  const struct map_plugin *(*wrap)(void *arg, const struct map_plugin *, void *map, void **watched);
  void *arg;
};

/* One trial, its filling included, through a watcher: always from an empty map, so that the watcher
 * sees all that was ever put into it. */
enum trial_problem trial_run_watched(struct trial_rig *, const struct trial_watcher *,
                                     struct trial_times *, char *error);

/* Walks the timed tapes with no map call, writing result words as a trial does. */
void trial_bare_loop(struct trial_rig *, struct trial_times *);

/* Of a point with a rate: its schedule, and what the last trial saw of it; else NULL. */
struct open_loop;
const struct open_loop *trial_rig_open_loop(const struct trial_rig *);

/* The oracle checks every answer after each trial, and the map itself, all that it holds, when it
 * is about to be emptied. Call this when trials end: the map of the last ones may be unproved.
 * TRIAL_WRONG with a sentence in error[POINT_ERROR_BYTES] casts doubt on all of them. */
enum trial_problem trial_rig_prove_map(struct trial_rig *, char *error);

/* What holds for every trial of the rig; outcome shares and map_stats are those of the last one. */
struct trial_facts {
  const struct workload_plan *plan;
  const struct map_plugin *map;
  uint64_t operations;         /* of all workers, a trial */
  double added, found, missed; /* share of the operations */
  bool without_outcomes;       /* a staged workload that wrote no results */
  struct map_stats stats;      /* zero when the map has none */
  bool has_stats;
  bool huge_pages_asked;
  uint64_t huge_page_bytes; /* of the regions' pages, after the last trial; 0 when not asked for */
  const struct stage_record *stage; /* NULL: the workload is not staged */
  const char *placement;            /* "held", "broken", "free": over all trials so far */
  char placement_reason[160];
};
void trial_rig_facts(struct trial_rig *, struct trial_facts *);

/* Where pages are, and whose accesses go where. */
struct trial_memory {
  struct memory_proof proof; /* the worst found so far, before and after what was timed */
  struct page_census region, keys, history; /* as last counted */
  struct access_matrix access;
};

/* Counts pages, judges, and samples the accesses of the last trial, whose map is still there. Call
 * it after the timed series; before it, trial_rig_create() has counted once. False: no memory. */
bool trial_rig_prove_memory(struct trial_rig *);
/* Lives as long as the rig. */
const struct trial_memory *trial_rig_memory(const struct trial_rig *);
/* region_pages_node_0 … as results/README.md has them; none that would be zero. */
void trial_memory_counters(const struct trial_memory *, counter_sink *, void *arg);

/* Has trials count the events of perf_hardware, from now on, where that can be done on all workers.
 * False with a sentence in error[PERF_COUNTERS_ERROR_BYTES]; trials go on without. */
bool trial_rig_count_events(struct trial_rig *, char *error);

/* Around a trial that records: where its tapes come from, `bytes` being what is expected of them
 * all (NULL: the heap), and, while the tapes are there, the proof. */
enum trial_problem trial_rig_history_begin(struct trial_rig *, uint64_t bytes,
                                           struct block_source **, char *error);
void trial_rig_history_end(struct trial_rig *);

#endif
