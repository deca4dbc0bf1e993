/* plan_memory.h: a workload plan together with all memory that its workload allocates for it: keys,
 * tapes, results.
 *
 * A memory policy binds each area as it is made; local moves each worker's tape and results to its
 * node once they are made (plan_memory_settle), and leaves what all share to first touch.
 */
#ifndef TMB_PLAN_MEMORY_H
#define TMB_PLAN_MEMORY_H

#include "api/workload.h"
#include "place/memory_proof.h"

struct plan_memory {
  struct workload_plan plan; /* first: plan->allocate finds the rest behind it */
  struct plan_area *areas;
  struct memory_plan policy;
  uint64_t bytes;                     /* of all areas */
  char refusal[TOPOLOGY_ERROR_BYTES]; /* a sentence, when an allocation failed for its policy */
};

void plan_memory_init(struct plan_memory *);
/* Areas made from now on are placed by that policy. */
void plan_memory_place(struct plan_memory *, const struct memory_plan *);
/* Gives everything back. */
void plan_memory_fini(struct plan_memory *);

/* Under local, puts the area that holds an address on that node, unless it was put on one before.
 * False with a sentence in plan_memory.refusal. */
bool plan_memory_settle(struct plan_memory *, const void *address, int node);

/* Counts the pages of all areas. */
void plan_memory_census(const struct plan_memory *, page_query *, struct page_census *);

#endif
