/* generation.h: the two tables that writers fill in one generation of the trace, and their
 * cleaning: dump the stacks, write the strings out, give both tables' memory back.
 *
 * A writer takes a seat (a pair of the maps' seats) before its first put. While a generation is
 * cleaned nobody puts into it but the thread that cleans, which interns names.
 */
#ifndef TMB_TRACER_GENERATION_H
#define TMB_TRACER_GENERATION_H

#include "shared_region.h"
#include "tracer/stack_table.h"

struct generation {
  uint64_t number;
  struct string_table strings;
  struct stack_table stacks;
  bool one_region; /* both tables take their blocks from `region` */
  struct shared_region region;
};

struct generation_seat {
  void *strings, *stacks;
};

/* 0, or -errno and nothing taken. */
int generation_create(struct generation *, const struct map_plugin *, const struct map_config *,
                      bool one_region);
void generation_destroy(struct generation *);
/* 0, or -errno and nothing taken. */
int generation_enter(struct generation *, const struct seat_place *, struct generation_seat *);
void generation_leave(struct generation *, const struct generation_seat *);

/* ---- cleaning ---- */

enum cleaning_phase { CLEANING_DONE = 0, CLEANING_DUMP, CLEANING_STACKS, CLEANING_STRINGS };

/* Stretches without a yield point. */
struct stretches {
  uint64_t total_ns, longest_ns;
  uint64_t longest_items; /* stacks dumped, or blocks given back, in the longest */
};

/* What cleaning took, over all generations. */
struct cleaning_record {
  struct stretches dump, reset;
  uint64_t longest_ns; /* of any kind: where there are no steps, a dump and its reset are one */
  uint64_t steps, stacks, strings, frames, unknown_frames, blocks, batches, bytes, lost;
};

struct cleaning {
  /* Set by the owner. */
  const struct corpus *corpus;
  struct batch_pool *pool;
  uint64_t (*now_ns)(void);
  const _Atomic uint64_t *blocks_back; /* counts blocks as they go back */
  unsigned step_stacks, step_blocks;   /* most that one step does */
  bool in_steps;                       /* false: all in one section that nothing interrupts */
  struct cleaning_record record;
  /* The generation under way. */
  enum cleaning_phase phase;
  struct generation *subject;
  struct stack_dump dump;
  int error; /* -errno of the map's; stays */
};

/* Nobody puts into the generation any more. seat: of the thread that will clean. */
void cleaning_begin(struct cleaning *, struct generation *, const struct generation_seat *);
/* One step, or, where there are none, all of it. True: there is more to do. */
bool cleaning_step(struct cleaning *);

#endif
