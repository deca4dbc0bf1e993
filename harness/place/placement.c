/* placement.c: orders of PUs, binding, and the look at where a thread really is. */
#include "place/placement.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct placement {
  const struct topology *topology;
  enum placement_kind kind;
  unsigned threads;
  struct seat_place seat[]; /* one a thread */
};

const char *placement_kind_name(enum placement_kind kind)
{
  static const char *const name[PLACE_KINDS] = {"compact", "scatter", "none"};
  return name[kind];
}

bool placement_kind_parse(const char *name, enum placement_kind *kind)
{
  for (unsigned i = 0; i < PLACE_KINDS; i++) {
    if (strcmp(name, placement_kind_name((enum placement_kind)i)) == 0) {
      *kind = (enum placement_kind)i;
      return true;
    }
  }
  return false;
}

const char *placement_verdict_name(enum placement_verdict verdict)
{
  static const char *const name[] = {"held", "broken", "free"};
  return name[verdict];
}

/* ---- orders ---- */

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

/* The first PUs of the order, one a seat. */
static void seat_scattered(struct placement *self, const struct topology_pu *pus,
                           struct turn *order)
{
  hwloc_obj_t machine = hwloc_get_root_obj(topology_hwloc(self->topology));
  unsigned seated = 0;
  for (unsigned rank = 0; seated < self->threads; rank++) {
    unsigned count = take_turns(pus, rank, machine, order);
    for (unsigned i = 0; i < count && seated < self->threads; i++, seated++) {
      self->seat[seated].cpu = (int)pus[order[i].pu].cpu;
      self->seat[seated].node = pus[order[i].pu].node;
    }
  }
}

static void seat_compactly(struct placement *self, const struct topology_pu *pus)
{
  for (unsigned i = 0; i < self->threads; i++) {
    self->seat[i].cpu = (int)pus[i].cpu;
    self->seat[i].node = pus[i].node;
  }
}

static bool find_seats(struct placement *self, unsigned pu_count)
{
  struct topology_pu *pus = calloc(pu_count, sizeof *pus);
  struct turn *order = calloc(pu_count, sizeof *order);
  if (pus && order) {
    for (unsigned i = 0; i < pu_count; i++)
      pus[i] = topology_pu(self->topology, i);
    if (self->kind == PLACE_COMPACT)
      seat_compactly(self, pus);
    else
      seat_scattered(self, pus, order);
  }
  bool found = pus && order;
  free(order);
  free(pus);
  return found;
}

int placement_create(const struct topology *topology, enum placement_kind kind, unsigned threads,
                     struct placement **placement, char *error)
{
  unsigned pu_count = topology_counts(topology).pus;
  if (threads == 0) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no threads to place: ask for at least 1");
    return -EINVAL;
  }
  if (threads > pu_count) {
    char allowed[128];
    topology_allowed(topology, allowed, sizeof allowed);
    snprintf(
        error, TOPOLOGY_ERROR_BYTES,
        "%u threads do not fit on %u processing unit%s (%s): ask for at most %u, or allow this "
        "process more",
        threads, pu_count, pu_count == 1 ? "" : "s", allowed, pu_count);
    return -ERANGE;
  }
  struct placement *self = calloc(1, sizeof *self + threads * sizeof self->seat[0]);
  if (!self) {
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for the placement");
    return -ENOMEM;
  }
  self->topology = topology;
  self->kind = kind;
  self->threads = threads;
  for (unsigned i = 0; i < threads; i++)
    self->seat[i] = (struct seat_place){.thread = i, .cpu = -1, .node = -1};
  if (kind != PLACE_NONE && !find_seats(self, pu_count)) {
    free(self);
    snprintf(error, TOPOLOGY_ERROR_BYTES, "no memory for the placement");
    return -ENOMEM;
  }
  *placement = self;
  return 0;
}

void placement_destroy(struct placement *placement)
{
  free(placement);
}

enum placement_kind placement_kind(const struct placement *placement)
{
  return placement->kind;
}

unsigned placement_threads(const struct placement *placement)
{
  return placement->threads;
}

struct seat_place placement_seat(const struct placement *placement, unsigned thread)
{
  return placement->seat[thread];
}

/* ---- binding and its proof ---- */

int placement_bind(const struct placement *placement, unsigned thread, char *error)
{
  if (placement->kind == PLACE_NONE)
    return 0;
  unsigned cpu = (unsigned)placement->seat[thread].cpu;
  struct topology_support support = topology_support(placement->topology);
  if (!support.this_system) {
    snprintf(error, TOPOLOGY_ERROR_BYTES,
             "this placement was planned for another machine: no thread can be bound by it");
    return -ENOTSUP;
  }
  if (!support.bind_thread) {
    snprintf(error, TOPOLOGY_ERROR_BYTES,
             "threads cannot be bound on this system: use --place=none");
    return -ENOTSUP;
  }
  hwloc_bitmap_t only = hwloc_bitmap_alloc();
  int status = -ENOMEM;
  if (only && hwloc_bitmap_only(only, cpu) == 0) {
    int done = hwloc_set_cpubind(topology_hwloc(placement->topology), only,
                                 HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT);
    status = done == 0 ? 0 : -errno;
  }
  hwloc_bitmap_free(only);
  if (status != 0)
    snprintf(
        error, TOPOLOGY_ERROR_BYTES,
        "thread %u cannot be bound to CPU %u: %s; it may have been taken from this process since "
        "the start",
        thread, cpu, strerror(-status));
  return status;
}

/* The OS index of the PU that the calling thread last ran on, -1 when not known. */
static int last_cpu(const struct placement *self, hwloc_bitmap_t scratch)
{
  if (!topology_support(self->topology).last_cpu ||
      hwloc_get_last_cpu_location(topology_hwloc(self->topology), scratch, HWLOC_CPUBIND_THREAD) !=
          0)
    return -1;
  return hwloc_bitmap_first(scratch);
}

/* Writes a reason when the calling thread is not where it should be. */
static void compare_with_seat(const struct placement *self, unsigned thread, hwloc_bitmap_t scratch,
                              struct placement_proof *proof)
{
  int cpu = self->seat[thread].cpu;
  if (!topology_support(self->topology).bind_thread) {
    snprintf(proof->reason, sizeof proof->reason, "thread %u: bindings cannot be read here",
             thread);
    return;
  }
  if (hwloc_get_cpubind(topology_hwloc(self->topology), scratch, HWLOC_CPUBIND_THREAD) != 0) {
    snprintf(proof->reason, sizeof proof->reason, "thread %u: its binding cannot be read: %s",
             thread, strerror(errno));
    return;
  }
  if (!hwloc_bitmap_isset(scratch, (unsigned)cpu) || hwloc_bitmap_weight(scratch) != 1) {
    char found[64];
    hwloc_bitmap_list_snprintf(found, sizeof found, scratch);
    snprintf(proof->reason, sizeof proof->reason,
             "thread %u should be bound to CPU %d, but is to %s", thread, cpu, found);
  } else if (proof->last_cpu != cpu) {
    snprintf(proof->reason, sizeof proof->reason,
             "thread %u is bound to CPU %d, but last ran on %d", thread, cpu, proof->last_cpu);
  }
}

void placement_verify(const struct placement *placement, unsigned thread,
                      struct placement_proof *proof)
{
  *proof = (struct placement_proof){.verdict = PLACEMENT_FREE, .last_cpu = -1};
  hwloc_bitmap_t scratch = hwloc_bitmap_alloc();
  if (scratch)
    proof->last_cpu = last_cpu(placement, scratch);
  if (placement->kind != PLACE_NONE) {
    if (scratch)
      compare_with_seat(placement, thread, scratch, proof);
    else
      snprintf(proof->reason, sizeof proof->reason, "no memory to look where the thread is");
    proof->verdict = proof->reason[0] == '\0' ? PLACEMENT_HELD : PLACEMENT_BROKEN;
  }
  hwloc_bitmap_free(scratch);
}
