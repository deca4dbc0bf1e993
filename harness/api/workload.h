/* workload.h: a workload as a plug-in: what is done to a map.
 *
 * A workload makes keys and, for each worker, tapes: packed lists of operations with the key's
 * bytes in them, laid out before the clock starts, so that the timed loop reads memory in order and
 * computes nothing. The harness then repeats trials:
 *
 *   fresh map (or the same filled map) → workers play their fill tapes, untimed → start line
 *     → run(), timed inside each worker → oracle over tapes and results
 *
 * run() is nearly always tape_play(). Every result goes into worker->results, one word a step,
 * where the oracle finds it; null_map's figure shows what that costs.
 *
 * A workload that needs more than one map, or no map, or things done between operations, conducts
 * its trials itself: begin(), act() and end() instead of run(), with a struct stage (below).
 */
#ifndef TMB_WORKLOAD_H
#define TMB_WORKLOAD_H

#include "intern_map.h"
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tapes ---- */

enum tape_operation { TAPE_PUT = 0, TAPE_LOOKUP = 1 };

/* One operation. The key's bytes follow, padded to the next multiple of 8. */
struct tape_step {
  uint32_t key;           /* index into the plan's key set */
  uint32_t operation : 1; /* enum tape_operation */
  uint32_t length : 31;   /* bytes of the key */
};

struct tape {
  const struct tape_step *steps; /* the first step, aligned to 8; owned by the plan */
  uint64_t bytes;                /* of all steps */
  uint64_t count;                /* of steps */
};

static inline const void *tape_key(const struct tape_step *step)
{
  return step + 1;
}

static inline const struct tape_step *tape_next(const struct tape_step *step)
{
  size_t padded = ((size_t)step->length + 7) & ~(size_t)7;
  return (const struct tape_step *)((const char *)(step + 1) + padded);
}

/* A result word: the id and whether this operation added the string. */
static inline uint64_t result_word(uint64_t id, bool added)
{
  return id << 1 | added;
}
static inline uint64_t result_id(uint64_t word)
{
  return word >> 1;
}
static inline bool result_added(uint64_t word)
{
  return word & 1;
}

/* ---- the plan: what prepare() makes ---- */

enum key_kind {
  KEYS_STRINGS = 0, /* 5 to 60 bytes */
  KEYS_STACKS = 1,  /* 1 to 128 program counters of 8 bytes */
};

/* All distinct keys of a point: key i is the bytes from offset[i] up to offset[i + 1]. */
struct key_set {
  const unsigned char *bytes;
  const uint64_t *offset; /* count + 1 entries */
  uint64_t count;
};

enum trial_start {
  START_EMPTY = 0,  /* each trial begins with an empty map, then plays the fill tapes */
  START_FILLED = 1, /* the fill tapes are played once; trials run on the same map, which the timed
                       tapes leave as they found it */
};

#define PLAN_PARAMETERS 8
#define PLAN_FACTS 8

/* Something that the workload found out about its input, for the report: "repeat_share", 0.93. */
struct plan_fact {
  const char *name; /* [a-z0-9_]+ */
  double value;
};

struct workload_plan {
  /* Set by the harness before prepare(). */
  uint64_t seed;       /* every key and order follows from it */
  uint64_t keys;       /* distinct keys wanted */
  uint64_t operations; /* timed steps a worker wanted, where the workload has a choice */
  enum key_kind kind;
  unsigned threads;                  /* workers, >= 1 */
  double parameter[PLAN_PARAMETERS]; /* by index into the plug-in's parameters */
  const char *corpus_path;           /* for workloads that replay one; else NULL */
  /* Zeroed memory that lives until the plan ends; NULL when there is none. Aligned to 64. */
  void *(*allocate)(struct workload_plan *, size_t bytes);

  /* Set by prepare(). Zeroed before. */
  struct key_set key_set;    /* all keys that any tape names */
  struct tape *fill, *timed; /* one a worker; fill may be NULL */
  enum trial_start start;
  map_hash *hash; /* when the workload wants another hash; NULL: the usual one */
  uint64_t hash_seed;
  struct plan_fact fact[PLAN_FACTS]; /* ended by a NULL name when there are fewer */
  char error[1024];                  /* a sentence, when prepare() fails */
};

struct worker {
  unsigned index; /* 0 … threads-1 */
  const struct map_plugin *calls;
  void *map, *seat;
  uint64_t *results; /* one word a step of timed[index], in order; pages already present */
};

/* Plays one step; its result word. */
static inline uint64_t tape_step_play(const struct tape_step *step, const struct worker *worker)
{
  const struct map_plugin *calls = worker->calls;
  if (step->operation == TAPE_PUT) {
    struct map_put put = calls->put(worker->map, worker->seat, tape_key(step), step->length);
    return result_word(put.id, put.added);
  }
  return result_word(calls->lookup(worker->map, worker->seat, tape_key(step), step->length), false);
}

/* Plays a tape from start to end: what most run() calls do, and what fills a map. */
static inline void tape_play(const struct tape *tape, const struct worker *worker,
                             uint64_t *results)
{
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step))
    results[i] = tape_step_play(step, worker);
}

/* ---- the stage: what a workload that conducts its own trial is given ---- */

#define STAGE_LATENCIES 8   /* kinds of latencies a workload, at most */
#define STAGE_FIGURES 64    /* figures a workload, at most */
#define STAGE_SPANS 4096    /* a trial; more are counted and left out */
#define STAGE_NAME_BYTES 48 /* of a figure or a span, NUL included; [a-z0-9_]+ */

/* What becomes of a figure that each trial gives anew. */
enum figure_rule { FIGURE_MEDIAN = 0, FIGURE_MOST = 1 };

/* One a point; the harness makes it, and begin(), act() and end() of every trial get it. It grows
 * only at its tail. */
struct stage {
  /* Set by the harness. */
  const struct workload_plan *plan;
  const struct map_plugin *calls;  /* of the map that the point names */
  const struct map_config *config; /* ready for create(), the region and its pages in it */
  const struct seat_place *place;  /* by thread: for the enter() of maps and regions */
  uint64_t *const *results;        /* by thread: a word a step of its timed tape, for the workload's
                                      own use; where it writes result words, outcomes are counted */
  uint64_t (*now_ns)(void);        /* the harness's clock */
  uint64_t start_ns;               /* just before the first act() of this trial */

  /* Records an operation of one kind, an index into the plug-in's `latencies`, and that it ended at
   * end_ns. From act(), each thread for itself. Never waits; takes some ten nanoseconds. */
  void (*latency)(struct stage *, unsigned thread, unsigned kind, uint64_t start_ns,
                  uint64_t end_ns);
  /* Marks a stretch of the trial in its timeline. From act(), one thread at a time, or end(). */
  void (*span)(struct stage *, const char *name, uint64_t from_ns, uint64_t to_ns);
  /* A figure of this trial: becomes a counter of that name. From begin() or end(). */
  void (*figure)(struct stage *, const char *name, double value, enum figure_rule);

  /* The workload's. */
  void *own;        /* from begin() to end() */
  char error[1024]; /* a sentence, when begin() or end() fails */
};

/* ---- the plug-in ---- */

struct workload_parameter {
  const char *name; /* [a-z_]+; NULL ends the list */
  const char *meaning;
  double initial, least, most;
};

enum workload_need {
  NEEDS_LOOKUP = 1u << 0, /* of the map */
  NEEDS_CORPUS = 1u << 1,
  NEEDS_VISIT = 1u << 2, /* of the map, as the next two */
  NEEDS_RESET = 1u << 3,
  NEEDS_STEAL = 1u << 4,
  NEEDS_NO_MAP = 1u << 5, /* calls no map: the point must name null_map */
};

struct workload_plugin {
  struct plugin head;
  uint32_t needs;                              /* enum workload_need */
  const struct workload_parameter *parameters; /* NULL: none; at most PLAN_PARAMETERS */

  /* Mandatory. Makes keys and tapes from the plan's wishes. One thread, untimed. 0, or -errno with
   * a sentence in plan->error. */
  int (*prepare)(struct workload_plan *);
  /* Mandatory, unless the next three calls are there; then it must not be. The timed part of one
   * worker; all workers run at once, each writing a word for every step of its timed tape. Must not
   * allocate, print or wait for the others. In an open loop (points with a rate) the harness plays
   * the timed tape itself, on its schedule. */
  void (*run)(const struct workload_plan *, struct worker *);
  /* Optional. Gives back what prepare() took elsewhere than from plan->allocate. */
  void (*cleanup)(struct workload_plan *);

  /* All three or none, instead of run(). Such a workload creates, enters, checks and destroys its
   * maps itself: the oracle, sampling and recording leave it alone. The tapes stay mandatory: how
   * many steps they hold is how many operations a trial has.
   *
   * begin: one thread, untimed. 0, or -errno with a sentence in stage->error and nothing taken. */
  int (*begin)(struct stage *);
  /* The timed part, on all plan->threads threads at once, as run(). */
  void (*act)(struct stage *, unsigned thread);
  /* One thread, untimed: checks, gives figures, destroys; every block of the region has gone back.
   * 0, or -errno with a sentence in stage->error: the map is wrong. */
  int (*end)(struct stage *);
  /* Names of the kinds of stage->latency(), ended by NULL; NULL: none. */
  const char *const *latencies;
};

static inline bool workload_is_staged(const struct workload_plugin *workload)
{
  return workload->act;
}

#ifdef __cplusplus
}
#endif
#endif
