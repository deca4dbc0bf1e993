/* plan_memory.c: see plan_memory.h. Each area is a mapping of its own: zeroed, and gone when it is
 * given back, so that one point's keys do not end up in the next one's resident size. */
#include "run/plan_memory.h"

#include <string.h>
#include <sys/mman.h>

struct plan_area {
  _Alignas(64) struct plan_area *next;
  size_t bytes; /* of the whole mapping */
};

static void *allocate(struct workload_plan *plan, size_t bytes)
{
  struct plan_memory *memory = (struct plan_memory *)plan;
  size_t whole = sizeof(struct plan_area) + bytes;
  if (whole < bytes)
    return NULL;
  struct plan_area *area =
      mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED)
    return NULL;
  area->bytes = whole;
  area->next = memory->areas;
  memory->areas = area;
  return area + 1;
}

void plan_memory_init(struct plan_memory *memory)
{
  memset(memory, 0, sizeof *memory);
  memory->plan.allocate = allocate;
}

void plan_memory_fini(struct plan_memory *memory)
{
  while (memory->areas) {
    struct plan_area *area = memory->areas;
    memory->areas = area->next;
    munmap(area, area->bytes);
  }
}
