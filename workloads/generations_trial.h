/* generations_trial.h: one trial of the workload generations. Private to generations.c, which
 * conducts it, and generations_result.c, which looks at what came of it. */
#ifndef TMB_GENERATIONS_TRIAL_H
#define TMB_GENERATIONS_TRIAL_H

#include <stdalign.h>
#include <stdatomic.h>

#include "generations_plan.h"
#include "tracer/generation.h"

/* Counts a generation's blocks as they come and go; they are the harness's own source's. */
struct counting_source {
  struct block_source source; /* first */
  struct block_source *inner;
  _Atomic uint64_t taken, back;
};

struct writer {
  /* The generation that it puts into. Release: its puts into earlier ones are done; pairs with the
   * load in all_left(). */
  alignas(64) _Atomic uint64_t in;
  struct generation_seat seat[2];
  uint64_t *first_step; /* by generation, from 1 on: the first step that went into it or later */
  uint64_t last;        /* generation */
  int error;
};

/* What became of one generation's batches. */
struct archive {
  struct trace_batch *strings, *stacks;
  bool kept;
  uint64_t emitted; /* id of the string that names the generation */
};

enum conduct { CONDUCT_WRITE, CONDUCT_LEAVE, CONDUCT_CLEAN };

struct tracing {
  struct stage *stage;
  const struct generations_plan *plan;
  struct counting_source source[2]; /* by number mod 2, as the next */
  struct generation generation[2];
  /* The one that is written. Release: its tables are clean; pairs with the load in act(). */
  alignas(64) _Atomic uint64_t current;
  /* Until when a stall counts as one at a switch. Relaxed: it only sorts. */
  _Atomic uint64_t near_switch_until_ns;
  alignas(64) struct writer *writer;
  struct batch_pool pool;
  struct archive *archive;
  uint64_t archive_bytes;
  /* Of the last thread. */
  enum conduct conduct;
  struct cleaning cleaning;
  uint64_t switched_step, switched_ns, phase_from_ns, slice_left;
  uint64_t switches, late_switches;
  uint64_t kept_blocks, keeper; /* of the first generation that did not give all back */
  bool late;                    /* the next switch is due, and waits for the cleaning */
};

/* Bytes of the string that names a generation: written, and never interned. */
size_t generation_name(char name[40], uint64_t number);

/* What went wrong while the threads were at it: 0, or -errno with a sentence in stage->error. */
int tracing_failure(const struct tracing *);
/* Decodes the batches and holds them against what was put: the same. One thread, after all others.
 */
int tracing_prove(const struct tracing *);
/* Gives the trial's figures to its stage. */
void tracing_figures(const struct tracing *);

#endif
