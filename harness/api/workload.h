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

#define PLAN_PARAMETERS 4
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

/* Plays a tape from start to end: what most run() calls do, and what fills a map. */
static inline void tape_play(const struct tape *tape, const struct worker *worker,
                             uint64_t *results)
{
  const struct map_plugin *calls = worker->calls;
  const struct tape_step *step = tape->steps;
  for (uint64_t i = 0; i < tape->count; i++, step = tape_next(step)) {
    if (step->operation == TAPE_PUT) {
      struct map_put put = calls->put(worker->map, worker->seat, tape_key(step), step->length);
      results[i] = result_word(put.id, put.added);
    } else {
      uint64_t id = calls->lookup(worker->map, worker->seat, tape_key(step), step->length);
      results[i] = result_word(id, false);
    }
  }
}

/* ---- the plug-in ---- */

struct workload_parameter {
  const char *name; /* [a-z_]+; NULL ends the list */
  const char *meaning;
  double initial, least, most;
};

enum workload_need {
  NEEDS_LOOKUP = 1u << 0, /* of the map */
  NEEDS_CORPUS = 1u << 1,
};

struct workload_plugin {
  struct plugin head;
  uint32_t needs;                              /* enum workload_need */
  const struct workload_parameter *parameters; /* NULL: none; at most PLAN_PARAMETERS */

  /* Mandatory. Makes keys and tapes from the plan's wishes. One thread, untimed. 0, or -errno with
   * a sentence in plan->error. */
  int (*prepare)(struct workload_plan *);
  /* Mandatory. The timed part of one worker; all workers run at once, each writing a word for every
   * step of its timed tape. Must not allocate, print or wait for the others. */
  void (*run)(const struct workload_plan *, struct worker *);
  /* Optional. Gives back what prepare() took elsewhere than from plan->allocate. */
  void (*cleanup)(struct workload_plan *);
};

#ifdef __cplusplus
}
#endif
#endif
