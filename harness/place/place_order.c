/* place_order.c: see place_order.h. What the orders are: placement.h. */
#include "place/place_order.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>

#define FAIL(error, number, ...) (snprintf((error), TOPOLOGY_ERROR_BYTES, __VA_ARGS__), -(number))

bool place_machine_init(struct place_machine *machine, const struct topology *topology)
{
  unsigned count = topology_counts(topology).pus;
  *machine = (struct place_machine){.topology = topology,
                                    .pu_count = count,
                                    .pus = calloc(count, sizeof *machine->pus),
                                    .order = calloc(count, sizeof *machine->order)};
  if (!machine->pus || !machine->order) {
    place_machine_fini(machine);
    return false;
  }
  for (unsigned i = 0; i < count; i++)
    machine->pus[i] = topology_pu(topology, i);
  return true;
}

void place_machine_fini(struct place_machine *machine)
{
  free(machine->order);
  free(machine->pus);
  *machine = (struct place_machine){0};
}

/* ---- children of an object in turns ---- */

/* A PU that waits for its turn. */
struct turn {
  unsigned pu;    /* its number in topology order */
  unsigned turn;  /* its place among those of the same child */
  unsigned child; /* of the object whose order is being made */
};

static int compare_turns(const void *a, const void *b)
{
  const struct turn *left = a, *right = b;
  if (left->turn != right->turn)
    return left->turn < right->turn ? -1 : 1;
  return (left->child > right->child) - (left->child < right->child);
}

/* Orders the PUs below `object` that have that rank in their core so that its children take turns.
 * Returns how many there are. */
static unsigned take_turns(const struct topology_pu *pus, unsigned rank, hwloc_obj_t object,
                           struct turn *order)
{
  if (object->type == HWLOC_OBJ_PU) {
    if (pus[object->logical_index].rank != rank)
      return 0;
    order[0].pu = object->logical_index;
    return 1;
  }
  unsigned total = 0;
  for (unsigned child = 0; child < object->arity; child++) {
    unsigned count = take_turns(pus, rank, object->children[child], order + total);
    for (unsigned i = 0; i < count; i++) {
      order[total + i].turn = i;
      order[total + i].child = child;
    }
    total += count;
  }
  qsort(order, total, sizeof order[0], compare_turns);
  return total;
}

static unsigned turns_of_rank(const struct place_machine *machine, unsigned rank,
                              struct turn *turns)
{
  return take_turns(machine->pus, rank, hwloc_get_root_obj(topology_hwloc(machine->topology)),
                    turns);
}

/* ---- orders of the whole machine ---- */

static void order_compact(struct place_machine *machine)
{
  for (unsigned i = 0; i < machine->pu_count; i++)
    machine->order[i] = i;
}

/* Of the PUs that `node` is the own node of, or of all when it is negative: the first of each core,
 * then the second ones, and so on. Returns how many. */
static unsigned order_cores_first(struct place_machine *machine, int node)
{
  unsigned count = 0;
  for (unsigned rank = 0, met = 0; met < machine->pu_count; rank++) {
    for (unsigned i = 0; i < machine->pu_count; i++) {
      const struct topology_pu *pu = &machine->pus[i];
      if (pu->rank != rank)
        continue;
      met++;
      if (node < 0 || pu->node == node)
        machine->order[count++] = i;
    }
  }
  return count;
}

static void order_scatter(struct place_machine *machine, struct turn *turns)
{
  unsigned ordered = 0;
  for (unsigned rank = 0; ordered < machine->pu_count; rank++) {
    unsigned count = turns_of_rank(machine, rank, turns);
    for (unsigned i = 0; i < count; i++)
      machine->order[ordered++] = turns[i].pu;
  }
}

static void order_smt_first(struct place_machine *machine, struct turn *turns)
{
  unsigned cores = turns_of_rank(machine, 0, turns), ordered = 0;
  for (unsigned i = 0; i < cores; i++) {
    unsigned pu = turns[i].pu; /* its siblings follow it in topology order */
    do
      machine->order[ordered++] = pu++;
    while (pu < machine->pu_count && machine->pus[pu].rank > 0);
  }
}

static int order_in_turns(struct place_machine *machine, enum place_kind kind, char *error)
{
  struct turn *turns = calloc(machine->pu_count, sizeof *turns);
  if (!turns)
    return FAIL(error, ENOMEM, "no memory for the placement");
  if (kind == PLACE_SCATTER)
    order_scatter(machine, turns);
  else
    order_smt_first(machine, turns);
  free(turns);
  return 0;
}

/* ---- nodes and lists ---- */

static int no_such_node(const struct place_machine *machine, unsigned wanted, char *error)
{
  char known[256] = "";
  size_t length = 0;
  unsigned count = topology_counts(machine->topology).nodes;
  for (unsigned i = 0; i < count; i++) {
    struct topology_node node;
    topology_node(machine->topology, i, &node);
    if (node.node == wanted)
      return FAIL(error, EINVAL,
                  "node %u has memory only: its nearest CPUs (%s) belong to another node; name "
                  "that one, or the CPUs",
                  wanted, node.cpus);
    if (length < sizeof known)
      length +=
          (size_t)snprintf(known + length, sizeof known - length, i ? ", %u" : "%u", node.node);
  }
  return FAIL(error, EINVAL, "there is no node %u that this process may use; there is: %s", wanted,
              known);
}

static int order_node(struct place_machine *machine, unsigned node, unsigned *count, char *error)
{
  *count = order_cores_first(machine, (int)node);
  return *count > 0 ? 0 : no_such_node(machine, node, error);
}

static int cannot_use_cpu(const struct place_machine *machine, unsigned cpu, char *error)
{
  char allowed[128];
  topology_allowed(machine->topology, allowed, sizeof allowed);
  if (topology_has_cpu(machine->topology, cpu))
    return FAIL(error, EINVAL, "CPU %u is offline, or this process may not use it: it may use %s",
                cpu, allowed);
  return FAIL(error, EINVAL, "there is no CPU %u; this process may use %s", cpu, allowed);
}

static int order_list(struct place_machine *machine, const struct place_part *part, char *error)
{
  for (unsigned i = 0; i < part->cpu_count; i++) {
    unsigned pu = 0;
    while (pu < machine->pu_count && machine->pus[pu].cpu != part->cpus[i])
      pu++;
    if (pu == machine->pu_count)
      return cannot_use_cpu(machine, part->cpus[i], error);
    machine->order[i] = pu; /* each CPU is in the list once, so they are no more than PUs */
  }
  return 0;
}

int place_order_make(struct place_machine *machine, const struct place_part *part, unsigned *count,
                     char *error)
{
  *count = machine->pu_count;
  switch (part->kind) {
  case PLACE_SCATTER:
  case PLACE_SMT_FIRST:
    return order_in_turns(machine, part->kind, error);
  case PLACE_CORES_FIRST:
    order_cores_first(machine, -1);
    return 0;
  case PLACE_NODE:
    return order_node(machine, part->node, count, error);
  case PLACE_CPUS:
    *count = part->cpu_count;
    return order_list(machine, part, error);
  default:
    order_compact(machine);
    return 0;
  }
}
