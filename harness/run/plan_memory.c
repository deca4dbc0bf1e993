/* plan_memory.c: see plan_memory.h. Each area is a mapping of its own: zeroed, and gone when it is
 * given back, so that one point's keys do not end up in the next one's resident size. */
#include "run/plan_memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct plan_area {
  _Alignas(64) struct plan_area *next;
  size_t bytes;      /* of the whole mapping */
  node_set expected; /* where its pages must be; 0: anywhere */
};

#define WHAT "the key set with its tapes"

/* Whether the nodes that are bound to have room for that much more. Memory that was not touched yet
 * still counts as free there, so all of the areas is held against it: rather too careful. */
static bool has_room(struct plan_memory *memory, uint64_t more)
{
  const struct memory_plan *policy = &memory->policy;
  if (policy->policy.kind != MEMORY_BIND && policy->policy.kind != MEMORY_INTERLEAVE)
    return true;
  uint64_t nodes = (uint64_t)__builtin_popcountll(policy->nodes);
  for (int node = 0; node < NODES_MOST; node++)
    if (node_set_has(policy->nodes, node) &&
        !memory_fits("", (unsigned)node, (memory->bytes + more) / nodes, WHAT, memory->refusal))
      return false;
  return true;
}

static void *allocate(struct workload_plan *plan, size_t bytes)
{
  struct plan_memory *memory = (struct plan_memory *)plan;
  size_t whole = sizeof(struct plan_area) + bytes;
  if (whole < bytes || !has_room(memory, whole))
    return NULL;
  struct plan_area *area =
      mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED)
    return NULL;
  const struct page_properties properties = memory_plan_properties(&memory->policy);
  int error = page_properties_apply(&properties, area, whole, false);
  if (error) {
    snprintf(memory->refusal, sizeof memory->refusal, "memory: " WHAT " cannot be bound: %s",
             strerror(-error));
    munmap(area, whole);
    return NULL;
  }
  area->expected = properties.nodes;
  area->bytes = whole;
  area->next = memory->areas;
  memory->areas = area;
  memory->bytes += whole;
  return area + 1;
}

void plan_memory_init(struct plan_memory *memory)
{
  memset(memory, 0, sizeof *memory);
  memory->plan.allocate = allocate;
}

void plan_memory_place(struct plan_memory *memory, const struct memory_plan *policy)
{
  memory->policy = *policy;
}

void plan_memory_fini(struct plan_memory *memory)
{
  while (memory->areas) {
    struct plan_area *area = memory->areas;
    memory->areas = area->next;
    munmap(area, area->bytes);
  }
}

static struct plan_area *area_of(const struct plan_memory *memory, const void *address)
{
  const char *at = address;
  for (struct plan_area *area = memory->areas; area; area = area->next)
    if (at >= (const char *)area && at < (const char *)area + area->bytes)
      return area;
  return NULL;
}

bool plan_memory_settle(struct plan_memory *memory, const void *address, int node)
{
  if (memory->policy.policy.kind != MEMORY_LOCAL || !node_set_has(memory->policy.nodes, node))
    return true;
  struct plan_area *area = area_of(memory, address);
  if (!area || area->expected)
    return true;
  if (!memory_fits("", (unsigned)node, area->bytes, WHAT, memory->refusal))
    return false;
  const struct page_properties properties = {.nodes = UINT64_C(1) << node};
  int error = page_properties_apply(&properties, area, area->bytes, true);
  if (error) {
    snprintf(memory->refusal, sizeof memory->refusal,
             "memory: " WHAT ": pages of a worker cannot be moved to its node %d: %s", node,
             strerror(-error));
    return false;
  }
  area->expected = properties.nodes;
  return true;
}

void plan_memory_census(const struct plan_memory *memory, page_query *query,
                        struct page_census *census)
{
  for (const struct plan_area *area = memory->areas; area; area = area->next)
    page_census_add(census, query, area, area->bytes, area->expected);
}
