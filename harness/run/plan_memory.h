/* plan_memory.h: a workload plan together with all memory that its workload allocates for it. */
#ifndef TMB_PLAN_MEMORY_H
#define TMB_PLAN_MEMORY_H

#include "api/workload.h"

struct plan_memory {
  struct workload_plan plan; /* first: plan->allocate finds the rest behind it */
  struct plan_area *areas;
};

void plan_memory_init(struct plan_memory *);
/* Gives everything back. */
void plan_memory_fini(struct plan_memory *);

#endif
