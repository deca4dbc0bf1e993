/* rig_memory.h: the memory policies of a point: planned on this machine, used for its regions, keys
 * and recorded tapes, and proved. Used by trial_rig.c and trial.c, and private to them; everybody
 * else calls what trial.h has of it.
 */
#ifndef TMB_RIG_MEMORY_H
#define TMB_RIG_MEMORY_H

#include "place/node_regions.h"
#include "run/trial.h"

struct trial_rig;

struct rig_memory {
  struct memory_plan plan[POINT_MEMORIES];
  page_query *query;
  struct page_source history;       /* under a policy for it: where tapes come from */
  struct node_regions node_regions; /* per-node: what the map's config names */
  struct trial_memory facts;
};

/* Once placement is known and before the plan is made: plans all three. TRIAL_REFUSED when the
 * machine cannot bind memory. */
enum trial_problem rig_memory_plan(struct trial_rig *, char *error);

/* Once tapes and results are there: puts each worker's on its node where the policy says local. */
enum trial_problem rig_memory_settle(struct trial_rig *, char *error);

/* Makes the source of the region's blocks, touched where pages are warm. `bytes` is what the map is
 * expected to need; refused when the nodes have not that much room. */
enum trial_problem rig_memory_make_pages(struct trial_rig *, size_t bytes, char *error);

/* Counts what is there before anything is timed. */
void rig_memory_prove_before(struct trial_rig *);

void rig_memory_fini(struct rig_memory *);

#endif
